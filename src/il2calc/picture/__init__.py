"""The shape of a regimen in time, as text and as SVG."""
