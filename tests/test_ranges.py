"""What is left of ranges of time: each is used up once, by the turn right after it."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from courselogs import turn
from il2calc.course.index import Index
from il2calc.course.moves import Moves, delayed, ranges_left
from il2calc.course.whereabouts import lay_out
from il2calc.model.effects import Chain
from il2calc.plan import timing
from il2calc.plan.calendar import DAY
from written import SMALL, Data, bodies
from written import regimen as written

Day = tuple[int, int]
"""The day on which a dose is planned, and the latest."""

TWO_COURSES = """
    blocks:
      - block: course
        repeat: {times: 2, rest: 14 days}
        blocks:
          - block: cycle
            repeat: {times: 2, rest: 1 to 2 weeks}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
"""


def after(
    body: str, *delays: tuple[str, int], started: tuple[str, ...] = (), drug: str = "x"
) -> list[Day]:
    """The days of a drug after delays, once turns have started; those around them have, too."""
    plan = Index(timing.expand(written(body)))
    chains = [turn(name) for name in started]
    around = frozenset(chain[:depth] for chain in chains for depth in range(1, len(chain) + 1))
    moves = Moves(tuple((turn(name), days) for name, days in delays), (), around)
    slots = [slot for slot in delayed(plan, moves).slots if slot.dose.drug == drug]
    return [
        (slot.day + 1, (slot.minute if slot.latest is None else slot.latest) // DAY + 1)
        for slot in slots
    ]


def test_a_range_within_the_turn_before_is_not_used_up_by_what_follows_that_turn() -> None:
    """Cycle 2 is on days 9 to 16, course 2 on days 24 to 31 and 3 days later."""
    assert after(TWO_COURSES) == [(1, 1), (9, 16), (24, 31), (32, 46)]
    assert after(TWO_COURSES, ("course 2", 3)) == [(1, 1), (9, 16), (27, 34), (35, 49)]


def test_a_range_is_used_up_once_by_the_turn_right_after_it() -> None:
    """7 of 7 days by cycle 2, started or delayed; 3 days of delay after it move what follows."""
    given = ("course 1/cycle 1", "course 1/cycle 2")
    for name in ("course 2", "course 2/cycle 1"):
        days = after(TWO_COURSES, (name, 3), started=given)
        assert days == [(1, 1), (9, 9), (27, 27), (35, 42)]
    both = (("course 1/cycle 2", 7), ("course 2", 3))
    assert after(TWO_COURSES, *both) == [(1, 1), (16, 16), (34, 34), (42, 49)]
    some = (("course 1/cycle 2", 4), ("course 2", 3))
    assert after(TWO_COURSES, *some) == [(1, 1), (13, 16), (31, 34), (39, 49)]


def test_the_range_of_every_is_counted_from_the_beginning_of_the_turn_before() -> None:
    """Cycle 2 on days 22 to 29, whatever the range within cycle 1; day 3 is at the latest day 5."""
    body = """
        blocks:
          - block: cycle
            repeat: {times: 2, every: 21 to 28 days}
            blocks:
              - block: first
                rest: 1 to 3 days
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
              - block: second
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """
    assert after(body) == [(1, 1), (3, 5), (22, 29), (24, 33)]
    assert after(body, started=("cycle 1/second 1",)) == [(1, 1), (3, 3), (22, 29), (24, 33)]
    assert after(body, ("cycle 2", 9)) == [(1, 1), (3, 5), (31, 31), (33, 35)]
    # A day of delay within the cycle uses up its own range, and not that of the next cycle.
    assert after(body, ("cycle 1/second 1", 1)) == [(1, 1), (4, 5), (23, 30), (25, 34)]


def test_a_range_of_hours_that_lengthens_a_turn_is_right_before_the_next() -> None:
    """4 doses 6 to 8 hours apart end after 18 to 24 hours, so that y may wait from day 2 to 3."""
    body = """
        blocks:
          - block: first
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 4, every: 6 to 8 hours}}
          - block: second
            doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
    """
    assert after(body, drug="y") == [(2, 3)]
    assert after(body, ("second 1", 1), drug="y") == [(3, 3)]
    assert after(body, ("second 1", 3), drug="y") == [(5, 5)]


def test_a_block_beside_may_hide_a_range() -> None:
    """After z on days 1 to 15 and the second x on days 3 to 22 comes y: on days 16 to 23."""
    body = """
        blocks:
          - block: course
            blocks:
              - block: cycle
                repeat: {times: 2, rest: 1 to 20 days}
                doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
              - block: beside
                day: 1
                doses: [{drug: z, amount: 1 mg, route: IV, day: 1 to 15}]
          - block: after
            doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
    """
    late = ("course 1/cycle 2", 10)
    assert after(body, drug="y") == [(16, 23)]
    assert after(body, started=("course 1/cycle 2",), drug="y") == [(16, 16)]
    assert after(body, ("course 1/cycle 2", 3), drug="y") == [(19, 23)]
    assert after(body, late) == [(1, 1), (13, 22)]
    assert after(body, late, drug="y") == [(26, 26)]


def test_a_block_placed_by_day_has_no_range_of_its_own() -> None:
    """It begins so many days after the turn around it: a delay of it leaves that turn its range."""
    body = """
        blocks:
          - block: course
            repeat: {times: 2, rest: 5 to 8 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
            blocks:
              - block: beside
                day: 3
                repeat: {times: 2, rest: 1 to 2 days}
                doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
          - block: after
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
    """
    assert after(body) == [(1, 1), (11, 15), (16, 21)]
    assert after(body, drug="y") == [(3, 3), (5, 6), (13, 17), (15, 20)]
    held = ("course 2/beside 1", 2)
    assert after(body, held) == [(1, 1), (11, 15), (18, 23)]
    assert after(body, held, drug="y") == [(3, 3), (5, 6), (15, 19), (17, 22)]
    delayed = ("course 2/beside 2", 3)
    assert after(body, delayed, drug="y") == [(3, 3), (5, 6), (13, 17), (18, 22)]


@settings(SMALL)
@over(bodies(depth=2))
def test_without_a_log_every_range_is_left_whole(body: Data) -> None:
    """Rule: an empty log gives exactly the plain schedule."""
    plan = Index(timing.expand(written(body)))
    assert ranges_left(plan, (), ()) == plan.late


@settings(SMALL)
@over(bodies(depth=2), st.data())
def test_no_latest_date_is_before_the_planned_one(body: Data, data: st.DataObject) -> None:
    """Rule: dates are the earliest, a later row also carries its latest; also after any log."""
    regimen = written(body)
    plan = Index(timing.expand(regimen))
    chains = [chain for chain in plan.turns if chain]
    delays = data.draw(st.lists(st.tuples(st.sampled_from(chains), st.integers(1, 30)), max_size=4))
    shifted = st.tuples(st.sampled_from(list(plan.slots)), st.integers(-3000, 3000))
    given = data.draw(st.sets(st.sampled_from(chains)))
    started = frozenset(chain[:depth] for chain in given for depth in range(1, len(chain) + 1))
    moves = Moves(tuple(delays), tuple(data.draw(st.lists(shifted, max_size=2))), started)
    course_dates = lay_out(plan, moves, regimen).now
    assert all(
        slot.latest is None or slot.latest > slot.minute for slot in course_dates.slots.values()
    )
    assert all(
        0 <= course_dates.late[course_dates.turns[chain]] <= plan.late[plan.turns[chain]]
        for chain in chains
    )


class Courses(NamedTuple):
    """Courses of cycles of one day, after a day of something else and before another.

    Args:
        courses, cycles: how many courses, and how many cycles in each.
        between: the least and the most days of rest before each cycle but the first of a course.
        apart: the same before each course and what follows the last.
        every: what a course lasts at the least and the most, or None where it ends with its doses.
    """

    courses: int
    cycles: int
    between: Day
    apart: Day
    every: Day | None


class Moved(NamedTuple):
    """By how many days each turn was delayed, and which had started, as course and cycle.

    Cycle 0 is the course itself. The course after the last represents what follows it.
    """

    delays: dict[tuple[int, int], int]
    begun: frozenset[tuple[int, int]]

    def gap(self, days: Day, *turns: tuple[int, int]) -> Day:
        """A gap before turns that begin together, once their delays have used it up."""
        days_later = sum(self.delays.get(turn, 0) for turn in turns)
        least, most = days[0] + days_later, max(days[0] + days_later, days[1])
        return (least, least) if self.begun.intersection(turns) else (least, most)


@st.composite
def courses(draw: st.DrawFn) -> Courses:
    """Small courses, in which ranges are longer or shorter than delays."""
    spans = st.tuples(st.integers(0, 3), st.integers(0, 9)).map(lambda two: (two[0], sum(two)))
    count, cycles = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    between, apart, every = draw(spans), draw(spans), draw(st.one_of(st.none(), spans))
    filled = cycles + (cycles - 1) * between[1]
    lasts = None if every is None else (filled + every[0], filled + every[1])
    return Courses(count, cycles, between, apart, lasts)


@st.composite
def moved(draw: st.DrawFn, course: Courses) -> Moved:
    """Delays of some turns, and the first few of them started."""
    order = [(m, k) for m in range(1, course.courses + 1) for k in range(1, course.cycles + 1)]
    turns = [*order, *((m, 0) for m in range(1, course.courses + 2))]
    delays = draw(st.dictionaries(st.sampled_from(turns), st.integers(1, 12), max_size=4))
    started = order[: draw(st.integers(0, len(order)))]
    return Moved(delays, frozenset(started) | {(m, 0) for m, _ in started})


def _rest(days: Day) -> str:
    return f"{days[0]} to {days[1]} days" if days[0] < days[1] else f"{days[0]} days"


def _block(name: str, **more: object) -> Data:
    dose = {"drug": "x", "amount": "1 mg", "route": "IV", "day": "1"}
    return {"block": name, "doses": [dose], **more}


def repeated(result: Courses) -> Data:
    """The courses as a file states them: with repeats."""
    apart = "rest" if result.every is None else "every"
    course: Data = {
        "block": "course",
        "blocks": [_block("cycle", repeat={"times": result.cycles, "rest": _rest(result.between)})],
        "repeat": {"times": result.courses, apart: _rest(result.every or result.apart)},
        "rest": _rest(result.apart),
    }
    return {"blocks": [_block("before", rest=_rest(result.apart)), course, _block("after")]}


def written_out(result: Courses, log: Moved) -> Data:
    """The same courses and cycles one by one, with the gap before each as the log leaves it."""
    blocks = [_block("before", rest=_rest(log.gap(result.apart, (1, 0), (1, 1))))]
    for m in range(1, result.courses + 1):
        cycles = [_block(f"cycle-{m}-1")]
        for k in range(2, result.cycles + 1):
            cycles[-1]["rest"] = _rest(log.gap(result.between, (m, k)))
            cycles.append(_block(f"cycle-{m}-{k}"))
        course: Data = {"block": f"course-{m}", "blocks": cycles}
        least, most = result.apart
        if result.every is not None:
            late = sum(log.delays.get((m, k), 0) for k in range(2, result.cycles + 1))
            course["repeat"] = {"times": 1, "every": f"{result.every[0] + late} days"}
            least, most = (least, most) if m == result.courses else (0, 0)
            most += result.every[1] - result.every[0]
        course["rest"] = _rest(log.gap((least, most), (m + 1, 0), (m + 1, 1)))
        blocks.append(course)
    return {"blocks": [*blocks, _block("after")]}


def _chain(course: Courses, m: int, k: int) -> Chain:
    if m > course.courses:
        return (("after", 1),)
    return (("course", m), ("cycle", k)) if k else (("course", m),)


@settings(SMALL, max_examples=200)
@over(courses(), st.data())
def test_a_delay_uses_up_only_the_range_right_before_its_turn_once(
    course: Courses, data: st.DataObject
) -> None:
    """Rule: a delay uses up only the range right before its turn, once; a started turn has none.

    So a course with its log has the dates of one whose file states each of these gaps shorter or
    longer.
    """
    log = data.draw(moved(course))
    plan = Index(timing.expand(written(repeated(course))))
    delays = tuple((_chain(course, *turns), days_later) for turns, days_later in log.delays.items())
    started = frozenset(_chain(course, *turns) for turns in log.begun)
    now = delayed(plan, Moves(delays, (), started)).slots
    other = timing.expand(written(written_out(course, log))).slots
    assert [(slot.minute, slot.latest) for slot in now] == [
        (slot.minute, slot.latest) for slot in other
    ]
