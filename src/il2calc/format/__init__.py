"""A schedule or a regimen in one format per file; numbers are formatted here, none computed."""
