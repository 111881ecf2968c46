"""What was really given, held or delayed, and the rest of the schedule planned again from it."""

from il2calc.record.admission import admit
from il2calc.record.naming import find, turn
from il2calc.record.replay import Course, Row, changed, replay

__all__ = ["Course", "Row", "admit", "changed", "find", "replay", "turn"]
