"""Dose intensity as a table for people, with its definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from il2calc.course import Course
from il2calc.course.intensity import REFERENCES, Intensity
from il2calc.plan.schedule import Caution
from il2calc.report import course_text, notes, words
from il2calc.report.lines import Line, listed, padded, width_of, wrapped
from il2calc.units import safe, short

_BAR = 20
"""How wide a bar is for 100 % [columns]."""

NOTHING = (
    "No dose was given or held yet: there is no time to divide by, and dose intensity is undefined."
)
DEFINITION = (
    (
        "Dose intensity = total dose / time; relative dose intensity (RDI) = that of what was "
        "given / that of what was planned."
    ),
    (
        "Time runs from the first day of the first turn that has begun to the end of the last, its "
        "every or its rest included; as given, days of delay before what follows are added."
    ),
    (
        "Only turns that have begun count (a dose of them was given or held), and those before "
        "them; they count whole, so that a dose still to come in one counts as not given."
    ),
    (
        "Planned is what the file prescribes at 100 %, for the patient of the start; doses drawn "
        "through a delay are given and not planned."
    ),
    (
        "Amounts per kg or m2 are each divided by the weight or surface area that the dose was "
        "reckoned with, so that a new weight is no change of dose."
    ),
    "Doses of the regimen itself, in no block, last from their first to their last planned day.",
    "A full bar of # is 100 %, a > stands for more.",
)
"""What the numbers mean, a line each."""


def lines(
    course: Course,
    reckoned: Sequence[Intensity],
    cautions: Sequence[Caution],
    width: int | None = None,
) -> Iterator[Line]:
    """The whole sheet, line by line.

    Args:
        reckoned: the dose intensities of the course.
        cautions: those of the schedule and of the log.
        width: columns to keep within; None = as wide as it wants to be.
    """
    for label, text in (*notes.head(course.schedule), *course_text.head(course)):
        yield from wrapped(f"{label:<8} ", text, width)
    named = course_text.names(course)
    if not reckoned:
        yield Line("")
        yield from wrapped("", NOTHING, width)
    for (drug, _), group in groupby(reckoned, key=lambda one: (one.drug, one.unit)):
        yield Line("")
        yield from wrapped("", words.title(drug), width, "heading")
        own = list(group)
        names = [words.title(named[each.turns]) if each.turns else "In all" for each in own]
        room = max(map(width_of, names))
        for each, name in zip(own, names, strict=True):
            yield from _told(each, padded(name, room), width)
    blocks = (
        ("Cautions", [caution.text for caution in cautions]),
        ("Definition", DEFINITION),
        ("References", REFERENCES),
        ("Standing", [notes.standing(course.schedule.regimen), words.DISCLAIMER]),
    )
    for heading, texts in blocks:
        if texts:
            yield from listed(heading, texts, width)


def _told(each: Intensity, name: str, width: int | None) -> Iterator[Line]:
    name = f"  {name}"
    figure = "not planned" if each.relative is None else f"RDI {percent(each.relative)}"
    picture = " " * _BAR if each.relative is None else bar(each.relative)
    room = width is None or width_of(name) + _BAR + len(figure) + 4 <= width
    yield Line(f"{name}  {picture}  {figure}" if room else f"{name}  {figure}")
    of = f" ({percent(each.share)})" if each.share is not None else ""
    doses = f"{each.given_doses} of {each.planned_doses} doses"
    if each.drawn_doses:
        doses += f" ({each.drawn_doses} of those given through a delay)"
    if each.open_doses:
        doses += f" ({each.open_doses} still to come or unrecorded)"
    total = words.part(_amount(each.given, each), _amount(each.planned, each))
    yield from wrapped("    ", f"{doses}: {total}{of}", width)
    planned = f"planned {each.planned_days}, {each.delay} of delay" if each.delay else "as planned"
    a_week = words.part(_amount(each.given_a_week, each), _amount(each.planned_a_week, each))
    text = f"in {words.minutes(each.days * 1440)} ({planned}): {a_week} a week"
    yield from wrapped("    ", text, width)


def _amount(value: Decimal, each: Intensity) -> str:
    return safe(value, each.unit) + (f"/{each.basis}" if each.basis else "")


def percent(value: Decimal) -> str:
    """A percentage to a tenth, halves rounded up.

    >>> percent(Decimal("53.333"))
    '53.3 %'
    """
    return f"{short(value.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP))} %"


def bar(value: Decimal) -> str:
    """A percentage as a bar of fixed width.

    >>> bar(Decimal(50))
    '##########..........'
    """
    full = int((value * _BAR / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if full > _BAR:
        return "#" * (_BAR - 1) + ">"
    return "#" * full + "." * (_BAR - full)
