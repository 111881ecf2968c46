"""Files, command lines and file calls gone wrong, drawn at random from a seed."""
