"""What files say, frozen: regimens, drugs, course logs, and the patient."""
