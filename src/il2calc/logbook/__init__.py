"""Course logs: read strictly, every fault told at once, and written so that nothing is lost."""

from il2calc.logbook.reading import load, read
from il2calc.logbook.writing import edit, start

__all__ = ["edit", "load", "read", "start"]
