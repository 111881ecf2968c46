"""What a careful pharmacist would point out about a finished plan or course."""
