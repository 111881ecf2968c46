"""Bytes to plain data and back: YAML, the one reader of shapes, values, safe files."""
