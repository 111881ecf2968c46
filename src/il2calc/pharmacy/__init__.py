"""What a pharmacy does with a dose: preparation, supply, conversion, rounding, compatibility."""
