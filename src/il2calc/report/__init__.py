"""What an answer says, once for all formats."""
