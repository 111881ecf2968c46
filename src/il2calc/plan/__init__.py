"""When each dose is due, how much it is, and both joined into a schedule."""
