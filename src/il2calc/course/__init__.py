"""What was really given, held or delayed, and the rest of the schedule planned again from it."""

from il2calc.course.admission import admit, state_of
from il2calc.course.admit_turns import recorded_by
from il2calc.course.replay import Course, replay, with_portions
from il2calc.course.whereabouts import first_unbegun_turn

__all__ = [
    "Course",
    "admit",
    "first_unbegun_turn",
    "recorded_by",
    "replay",
    "state_of",
    "with_portions",
]
