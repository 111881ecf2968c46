"""What a careful pharmacist would point out about a course: what was recorded, and what was not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from il2calc.course import Course
from il2calc.course.moves import LONGEST_CONTINUED
from il2calc.course.state import CourseState
from il2calc.course.whereabouts import Laid
from il2calc.errors import as_typed, how_many, numbered
from il2calc.model.effects import Delayed, chain_text, turn_name
from il2calc.model.regimen import WEEKDAYS
from il2calc.plan.calendar import DAY, chain_of
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review import limits, of_record, of_schedule
from il2calc.review.departures import NO_MONOGRAPHS
from il2calc.review.of_entries import beyond_need, keeps_arm, reductions
from il2calc.review.spacing import moved_near
from il2calc.review.weighings import weighings

if TYPE_CHECKING:
    from il2calc.pharmacy.answers import Monographs

LONGEST_DELAY = 12 * 7
"""A delay is asked about above so many days: our own assumption, longer than toxicity or a holiday
puts a turn off, and short of what a digit too many makes of three weeks."""


def review(course: Course, monographs: Monographs = NO_MONOGRAPHS) -> tuple[Caution, ...]:
    """Everything that should be pointed out about a course: its schedule first, then its log."""
    planned = of_schedule.review(course.schedule, monographs)
    if not keeps_arm(course.state):
        planned = tuple(each for each in planned if each.code != "arm")
    return (*planned, *recorded(course))


def cautions(
    plan: Schedule | Course, monographs: Monographs = NO_MONOGRAPHS
) -> tuple[Caution, ...]:
    """What a careful pharmacist would point out about a schedule, or about a course.

    Args:
        plan: what `make_schedule` or `replan` returned.
        monographs: by the drug's name in the regimen, as `monographs` finds them; what a monograph
            alone can say, as the largest dose, is not said without it.
    """
    if isinstance(plan, Schedule):
        return of_schedule.review(plan, monographs)
    return review(plan, monographs)


def recorded(course: Course) -> tuple[Caution, ...]:
    """What a careful pharmacist would point out about what was recorded."""
    standing, now = course.state, course.schedule
    given = tuple(of_record.given(standing, now))
    near = {each.administrations for each in given if each.code == "too-near"}
    return (
        *of_record.review(standing),
        *limits.stops_recorded(course),
        *_windows(course),
        *_weekdays(course),
        *reductions(standing, now),
        *weighings(standing, now),
        *given,
        *moved_near(standing, now, near),
        *beyond_need(now),
        *_left_behind(standing),
        *_lost_delays(standing),
        *_long_delays(standing),
        *_continued(course.laid, now),
        *_undecided(standing, now, course.as_of.date()),
        *_unrecorded(now),
    )


def _weekdays(course: Course) -> Iterator[Caution]:
    """A delay that moves doses to come off the weekdays on which the file counts from day 1.

    Days 1 to 5 of a cycle that begins on a Monday fall on a weekend when it begins on a Wednesday.
    """
    now, off = course.schedule, []
    for row in course.rows:
        turn, state = row.administration.turn, row.recorded.state
        if now.start and row.plain and state not in ("given", "held", "stopped"):
            first, fits = now.start.date(), now.regimen.starts_on
            planned, begins = (
                first + timedelta(days=each.start) for each in (row.plain.turn, turn)
            )
            if WEEKDAYS[planned.weekday()] in fits and WEEKDAYS[begins.weekday()] not in fits:
                off.append((row.number, turn, begins))
    if off:
        which, day = chain_text(chain_of(off[0][1])), of_schedule.dated(off[0][2])
        days = " or ".join(now.regimen.starts_on)
        text = f"{which} begins on {day}, as a delay moves it; by the file day 1 is a {days}"
        yield Caution("starts-on", text, tuple(number for number, _, _ in off))


def _windows(course: Course) -> Iterator[Caution]:
    """A dose given, or shifted, further from its day than the window of its block allows.

    Its day is that of the regimen, in a turn that was delayed or not: no shift moves its window.
    """
    for row in course.rows:
        turn, plain = row.administration.turn, row.plain
        windows = [each.block.window for each in turn.chain() if each.block.window is not None]
        when = row.recorded.when or row.administration.when
        is_due = row.recorded.state not in ("held", "stopped")
        if not (is_due and windows and when and plain and plain.when):
            continue
        planned = plain.when.date() + timedelta(days=turn.start - plain.turn.start)
        days = abs((when.date() - planned).days)
        if days * DAY > windows[-1].longest:
            how = "was given" if row.recorded.state == "given" else "is shifted to"
            text = (
                f"row {row.number} {how} {how_many(days, 'day')} from its planned "
                f"{planned}, outside its window of {windows[-1].text}"
            )
            yield Caution("window", text, (row.number,), of_patient=True)


def _lost_delays(standing: CourseState) -> Iterator[Caution]:
    """Delays of block turns that another text or arm does not have, nor any in their place."""
    for chain in dict.fromkeys(chain for chain, _ in standing.delays_by(standing.plan)):
        if chain not in standing.plan.turns:
            text = f"the delay of {turn_name(chain)} puts nothing off: that turn is no more, and "
            text += "none takes its place"
            yield Caution("delay-unused", text, of_patient=True)


def _left_behind(standing: CourseState) -> Iterator[Caution]:
    """Doses of what lies around a delayed turn, which keep their days beside it."""
    for chain in dict.fromkeys(chain for chain, _ in standing.delays):
        turn = standing.plan.turns[chain]
        around = [chain[:depth] for depth in reversed(range(len(chain)))]
        own = [standing.plan.by_turn[each] for each in around if each in standing.plan.by_turn]
        slots = standing.plan.slots if own[1:] else (own or [{}])[0]
        left: dict[str, list[int]] = {}
        for key, slot in slots.items():
            if key.turns in around and slot.day >= turn.start:
                left.setdefault(slot.dose.name, []).append(standing.rows[key])
        for name, rows in left.items():
            text = (
                f"{name} stands beside {turn_name(chain)} and is not delayed with it "
                f"({numbered('row', sorted(rows))}); "
                f"il2calc log shift {as_typed(standing.log.file)} {min(rows)} --by TIME moves it"
            )
            yield Caution("left-behind", text, tuple(sorted(rows)))


def _long_delays(standing: CourseState) -> Iterator[Caution]:
    """A delay so long that a digit too many may have been typed."""
    for entry in standing.log.in_force():
        if isinstance(entry.effect, Delayed) and entry.effect.by > LONGEST_DELAY:
            which, by = turn_name(entry.effect.turns), f"{entry.effect.by} days"
            most = f"{LONGEST_DELAY // 7} weeks (assumed by il2calc)"
            text = f"{which} is delayed by {by} (entry {entry.number}), more than {most}; check it"
            yield Caution("long-delay", text, of_patient=True)


def _continued(laid: Laid, now: Schedule) -> Iterator[Caution]:
    """A dose that goes on through a delay longer than a source lets it, or that does not go on."""
    for continued_dose in laid.continued:
        name, dose = turn_name(continued_dose.delayed), continued_dose.dose
        if not continued_dose.slots:
            text = (
                f"{dose.name} is not continued through the delay of {name}: it had ended before "
                "it, or has no rhythm to go on in; what is given in it is not in this schedule"
            )
            yield Caution("not-continued", text)
        elif continued_dose.days > LONGEST_CONTINUED:
            touched = tuple(row.number for row in now.administrations if continued_dose.holds(row))
            text = (
                f"{dose.name} goes on through the delay of {name} by {continued_dose.days} days; a "
                f"source lets it go on for up to {LONGEST_CONTINUED}"
            )
            yield Caution("long-delay", text, touched)


def _undecided(standing: CourseState, now: Schedule, on: date) -> Iterator[Caution]:
    """A conditional turn whose day has come without a decision."""
    found: dict[str, None] = {}
    for row in now.administrations:
        if now.recorded[row.number].state == "conditional":
            turn = standing.decisions.undecided(row.turn)
            if turn is not None and standing.moments.local(row.moment).date() < on:
                found[chain_text(chain_of(turn))] = None
    if found:
        names = list(found)
        more = ", ..." if names[4:] else ""
        text = (
            f"nothing is decided of {', '.join(names[:4])}{more}, whose day has passed "
            f'(il2calc log decide {as_typed(standing.log.file)} "{names[0]}" yes, or no)'
        )
        yield Caution("undecided", text)


def _unrecorded(now: Schedule) -> Iterator[Caution]:
    rows = [number for number, recorded in now.recorded.items() if recorded.state == "unrecorded"]
    if rows:
        text = f"nothing is recorded of {numbered('row', rows)}, whose day has passed"
        yield Caution("unrecorded", text)
