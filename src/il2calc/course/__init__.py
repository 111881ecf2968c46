"""What was really given, held or delayed, and the rest of the schedule planned again from it."""

from il2calc.course.admission import admit, state_of
from il2calc.course.index import CourseRow
from il2calc.course.replay import Course, recorded, replay
from il2calc.course.whereabouts import unbegun

__all__ = ["Course", "CourseRow", "admit", "recorded", "replay", "state_of", "unbegun"]
