"""A report as a table for a terminal, a pipe or paper: nothing is cut, lines are streamed.

Dose intensities are set in the same way, each with a bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.model.regimen import UNPLANNED
from il2calc.plan.calendar import chain_of, lasting
from il2calc.plan.schedule import Caution
from il2calc.report import notes, words
from il2calc.report.lines import Line, listed, padded, width_of, wrapped
from il2calc.report.lines import sheet as parts
from il2calc.report.plain_data import Plan
from il2calc.report.sheet import Entry, Group, Sheet, sheet
from il2calc.report.words import NIGHT, marks_of_nights, part
from il2calc.units import safe
from il2calc.units import short as in_short

if TYPE_CHECKING:
    from il2calc.course import Course
    from il2calc.course.intensity import Intensity

_GAP = "  "
_NARROW = 80
"""What a line of several texts takes at the most, in a pipe too."""
_ROOMY = 100
"""From so many columns on, and in a pipe, each total and each note has a line of its own."""
_RIGHT = ("number", "day", "dose")


class Layout(NamedTuple):
    """One way to set the rows: what stands in columns, and what beside them.

    Args:
        across: the columns, by what they hold.
        last: what follows the last column, folded where it is long; empty = nothing.
        room: how much of that fits on the line at the least [columns].
        above: what is told once of each drug, under the heading.
        below: the lines under each row, by what they hold.
    """

    across: tuple[str, ...]
    last: str = ""
    room: int = 0
    above: tuple[str, ...] = ()
    below: tuple[tuple[str, ...], ...] = ()


_WHEN = ("day", "date", "time", "block")
_WHOLE = ("day", "date", "hour", "block")
_ROW = ("number", *_WHEN)
_OF_PLAN = (
    Layout(("number", *_WHOLE, "drug", "dose", "route", "latest", "own")),
    Layout((*_ROW, "drug", "dose", "route", "latest", "own")),
    Layout((*_ROW, "drug", "dose", "latest", "own"), above=("route",)),
    Layout((*_ROW, "latest", "own"), below=(("what", "route"),)),
)
"""The ways to set a plan, from the widest on."""

_PLANNED = ("number", "day", "planned")
_GIVEN, _AMOUNT = 26, 17
"""What `08:00, 5.04 million units` takes, and what `1.8 million units` does [columns]."""

_WHOSE = ("block", "what", "route")
_ACROSS = ("block", "drug", "dose", "state")
_OF_COURSE = (
    Layout(("number", "day", "whole", *_ACROSS), "outcome", _GIVEN, above=("route",)),
    Layout((*_PLANNED, *_ACROSS), "outcome", _GIVEN, above=("route",)),
    Layout((*_PLANNED, "block", "state"), "outcome", _GIVEN, ("dose", "route")),
    Layout((*_PLANNED, "block", "which", "state"), "behind", _AMOUNT, ("route",)),
    Layout((*_PLANNED, "state"), "outcome", _GIVEN, below=(_WHOSE,)),
    Layout((*_PLANNED, "state"), below=(_WHOSE, ("account",))),
)
"""The ways to set a course, from the widest on."""

_CLOCK = "00:00"
"""Any time of day: all are as wide."""

_NAMES = {
    "own": "marks",
    "hour": "time",
    "whole": "planned",
    "which": "drug",
    "outcome": "given",
    "behind": "dose",
    "number": "no",
}
"""What stands above a column, where that is not the name of what it holds."""


def lines(
    plan: Plan, cautions: Sequence[Caution], *, width: int | None = None, **how: Any
) -> Iterator[Line]:
    """The whole report, line by line.

    Args:
        plan: a finished schedule or a course, and `cautions` of it.
        width: columns to keep within; None = as wide as it wants to be.
        how: it is told, in the words of `sheet`: `brief`, `explain`, `described`, `short`.
    """
    told = sheet(plan, cautions, narrow=width is not None and width < _ROOMY, **how)
    for label, text in told.head:
        yield from wrapped(f"{label:<8} ", text, width)
    rows = _Rows(told, width) if told.columns else _Stretches(told, width)
    yield from _all_rows([", ".join(told.equal.values()), *rows.once], width)
    if told.shown:
        yield Line(told.shown)
    if told.logged:
        yield from listed("What the log changes", told.logged, width)
    yield from rows.lines()
    yield from _legend((*told.marks, *rows.marks()), width)
    for heading, texts in (("Cautions", told.cautions), *told.notes):
        if texts:
            yield from listed(heading, texts, width)
    yield Line("")
    yield from parts(told.rests_on, width)


def _all_rows(texts: Sequence[str], width: int | None) -> Iterator[Line]:
    """What is the same in every row: on one line where that is short, else each on its own."""
    filled, lead = list(filter(None, texts)), "all rows "
    joined = "; ".join(filled)
    fits = len(lead) + width_of(joined) <= min(width or _NARROW, _NARROW)
    for text in [joined] if filled and fits else filled:
        yield from wrapped(lead, text, width)
        lead = " " * len(lead)


def _legend(marks: Sequence[tuple[str, str]], width: int | None) -> Iterator[Line]:
    """What each mark means."""
    if marks:
        yield Line("")
    for mark, meaning in marks:
        yield from wrapped(f"{mark:<3} ", meaning, width)


def _heading(group: Group, width: int | None, *, first: bool = False) -> Iterator[Line]:
    if group.heading:
        if not first:
            yield Line("")
        yield from wrapped("", group.heading, width, "heading")


class _Stretches:
    """Folded rows, the night of a midnight by its mark where some line has no room for words."""

    def __init__(self, told: Sheet, width: int | None) -> None:
        self.told, self.width = told, width
        self.once: tuple[str, ...] = ()
        entries = (entry.cells for group in told.groups for entry in group.entries)
        nights = [(each["when"], each["in_short"]) for each in entries]
        nights = [(when, in_short) for when, in_short in nights if when != in_short]
        room = None if width is None else width - len(_GAP)
        self.marked = room is not None and any(width_of(when) > room for when, _ in nights)
        self.in_short = [in_short for _, in_short in nights]

    def marks(self) -> Iterator[tuple[str, str]]:
        """The marks of nights, where a line has no room for words."""
        return marks_of_nights(self.in_short if self.marked else ())

    def lines(self) -> Iterator[Line]:
        """Every group: when, and what is given."""
        for group in self.told.groups:
            yield from _heading(group, self.width)
            for entry in group.entries:
                when = entry.cells["in_short" if self.marked else "when"]
                yield from wrapped(_GAP, when, self.width)
                yield from wrapped("    ", entry.cells["what"], self.width)
            for text in group.again:
                yield from wrapped("", text, self.width, hanging=2)


class _Rows:
    """The rows of a report, in the widest layout that the terminal has room for.

    A layout that tells something once of each drug is only taken where that is one and the same
    under every heading; it stands above all rows where it is the same in all of them.
    """

    def __init__(self, told: Sheet, width: int | None) -> None:
        self.told, self.width = told, width
        self.texts: dict[str, tuple[str, ...]] = {each.kind: each.texts for each in told.columns}
        self.texts |= dict.fromkeys(told.equal, ())
        self.texts["hour"] = self.texts["time"]
        self.nights = any(hour != hour[: len(_CLOCK)] for hour in self.texts["hour"])
        self.texts["time"] = (f"{_CLOCK}{NIGHT if self.nights else ''}",)
        self.of_course = "state" in self.texts
        self.several = len(self.texts["drug"]) > 1
        if self.of_course:
            whole = tuple(f"{self.texts['date'][0]} {hour}" for hour in self.texts["hour"])
            self.texts["whole"] = whole
            self.texts["planned"] = (f"{self.texts['date'][0]} {self.texts['time'][0]}",)
            self.texts["which"] = self.texts["drug"] if self.several else ()
        layouts = _OF_COURSE if self.of_course else _OF_PLAN
        kinds = dict.fromkeys(kind for layout in layouts for kind in layout.across)
        self.widths = {kind: self._width(kind) for kind in kinds}
        fitting = (layout for layout in layouts if self._fits(layout) and self._is_clear(layout))
        self.layout = next(fitting, layouts[-1])
        self.marked = self.nights and not {"hour", "whole"} & set(self.layout.across)
        self.across = self._across(self.layout)
        ways = {way: None for group in told.groups for way in self._ways(self.layout, group)}
        drugs = {drug for drug, _ in ways}
        self.once = tuple(text for _, text in ways) if len(ways) == len(drugs) else ()

    def _cells(self, entry: Entry) -> dict[str, str]:
        """The texts of a row, with those that join some of them."""
        cells = {**entry.cells, **dict.fromkeys(self.told.equal, "")}
        cells["hour"] = cells["night"] or cells["time"]
        cells["block"] = cells["block"] if "block" in self.texts else ""
        cells["what"] = ",\u00a0".join(filter(None, (cells["drug"], cells["dose"])))
        time = f"{cells['time']}{cells['mark of night']}"
        if self.of_course:
            cells["planned"] = f"{cells['date']} {time}"
            cells["whole"] = f"{cells['date']} {cells['hour']}"
            cells["which"] = cells["drug"] if self.several else ""
            cells["outcome"], cells["behind"] = _outcome(cells), _behind(cells)
            account = _account(cells["outcome"], cells)
            cells["account"] = f"given {account}" if cells["state"] == "given" else account
        cells["time"] = time
        return cells

    def _width(self, kind: str) -> int:
        """How wide a column is; 0 where it holds nothing."""
        widest = max(map(width_of, self.texts.get(kind, ())), default=0)
        return widest and max(widest, len(_NAMES.get(kind, kind)))

    def _across(self, layout: Layout) -> list[str]:
        return [kind for kind in layout.across if self.widths[kind]]

    def _fits(self, layout: Layout) -> bool:
        """Whether a row has room; what follows the last column may be folded below its room."""
        columns = [self.widths[kind] for kind in self._across(layout)]
        columns += [layout.room] if layout.last else []
        return self.width is None or sum(columns) + len(_GAP) * (len(columns) - 1) <= self.width

    def _is_clear(self, layout: Layout) -> bool:
        ways = (self._ways(layout, group) for group in self.told.groups)
        return all(len(each) == len({drug for drug, _ in each}) for each in ways)

    def _ways(self, layout: Layout, group: Group) -> dict[tuple[str, str], None]:
        """Each drug that a row names with what stands above the rows of it, each once."""
        above = [kind for kind in layout.above if kind not in self.told.equal]
        if not above:
            return {}
        named = next((kind for kind in ("drug", "which") if kind in layout.across), "")
        return dict.fromkeys(
            (
                cells.get(named, ""),
                ": ".join(filter(None, (cells["drug"], ", ".join(cells[kind] for kind in above)))),
            )
            for cells in map(self._cells, group.entries)
        )

    def marks(self) -> Iterator[tuple[str, str]]:
        """The marks of times, where the layout has no room for words."""
        entries = (entry.cells for group in self.told.groups for entry in group.entries)
        marks = {cells["mark of night"] for cells in entries} if self.marked else ()
        return marks_of_nights(marks)

    def lines(self) -> Iterator[Line]:
        """The names of the columns, then every group."""
        yield Line("")
        yield Line(self._header(), "label")
        for number, group in enumerate(self.told.groups):
            yield from _heading(group, self.width, first=not number)
            for _, text in () if self.once else self._ways(self.layout, group):
                yield from wrapped("  ", text, self.width)
            for cells in map(self._cells, group.entries):
                yield from self._row(cells)
        if self.layout.last == "behind":
            yield Line("")
            text = "A given dose is shown with its time if that is not the planned one."
            yield from wrapped("", text, self.width)

    def _header(self) -> str:
        names = {kind: _NAMES.get(kind, kind) for kind in (*self.across, self.layout.last)}
        return _GAP.join([*self._set(names), names[self.layout.last]]).rstrip()

    def _set(self, texts: Mapping[str, str]) -> Iterator[str]:
        """Texts in the columns, each filled up to its width."""
        for kind in self.across:
            text, width = texts[kind], self.widths[kind]
            yield text.rjust(width) if kind in _RIGHT else padded(text, width)

    def _row(self, cells: Mapping[str, str]) -> Iterator[Line]:
        """A row and what stands below it: its reason too, where that does not fit behind."""
        lead, text, reason = _GAP.join(self._set(cells)), "", ""
        if self.layout.last:
            text, lead = _account(cells[self.layout.last], cells), lead + _GAP
            if self.width is not None and len(lead) + width_of(text) > self.width:
                reason = cells["reason"]
                text = _account(cells[self.layout.last], {**cells, "reason": ""})
        if text:
            yield from wrapped(lead, text, self.width)
        else:
            yield Line(lead.rstrip())
        below = (", ".join(filter(None, map(cells.get, kinds))) for kinds in self.layout.below)
        for further in (*below, reason):
            if further:
                yield from wrapped("    ", further, self.width)


def _account(outcome: str, cells: Mapping[str, str]) -> str:
    """What became of a row, why, and its marks."""
    marks = f"[{cells['own']}]" if cells["own"] else ""
    told = "; ".join(filter(None, (outcome, cells["reason"])))
    return " ".join(filter(None, (told, marks)))


def _outcome(cells: Mapping[str, str]) -> str:
    """When and how much was given, else until when it may be."""
    if cells["state"] == "given":
        return ", ".join(filter(None, (cells["given-at"], cells["given"])))
    return f"latest {cells['latest']}" if cells["latest"] else ""


def _behind(cells: Mapping[str, str]) -> str:
    """The planned dose; of a given one what was given of it, with a time that was not planned."""
    if cells["state"] != "given":
        return "; ".join(filter(None, (cells["dose"], _outcome(cells))))
    when = "" if cells["given-at"] == cells["time"] else f"{cells['given-at']}, "
    given, off, until = cells["given"].partition(", stopped early ")
    whole = given == cells["dose"]
    return when + (given if whole else part(given, cells["dose"])) + off + until


NOTHING = (
    "No dose was given or held yet: there is no time to divide by, so dose intensity is undefined."
)
_BAR = 20
"""How wide a bar is for 100 % [columns]."""


def intensity_lines(
    course: Course,
    reckoned: Sequence[Intensity],
    cautions: Sequence[Caution],
    width: int | None = None,
) -> Iterator[Line]:
    """The dose intensities of a course, line by line, within a width or as wide as they go."""
    from il2calc.course.intensity import DEFINITION, REFERENCES
    from il2calc.report import course_text

    for label, text in (*notes.head(course.schedule), *course_text.head(course)):
        yield from wrapped(f"{label:<8} ", text, width)
    named = {chain_of(turn): turn.name() for turn, _ in course.schedule.turns}
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
            beside = "" if each.turns else course_text.in_no_block(course, drug, each.unit)
            if {*each.arms} - {course.log.arm}:
                noun = "arms" if each.arms[1:] else "arm"
                beside += f", planned by {noun} {words.listed(each.arms)}"
            yield from _intensity(each, padded(name, room), beside, width)
    blocks = (
        ("Cautions", [caution.text for caution in cautions]),
        ("Definition", (*DEFINITION, "A full bar of # is 100 %, a > means more.")),
        ("References", REFERENCES),
        ("Standing", [notes.standing(course.schedule.regimen), words.DISCLAIMER]),
    )
    for heading, texts in blocks:
        if texts:
            yield from listed(heading, texts, width)


def _intensity(each: Intensity, name: str, beside: str, width: int | None) -> Iterator[Line]:
    name = f"  {name}"
    figure = "not planned" if each.relative is None else f"RDI {percent(each.relative)}"
    picture = " " * _BAR if each.relative is None else bar(each.relative)
    room = width is None or width_of(name) + _BAR + len(figure) + 4 <= width
    yield Line(f"{name}  {picture}  {figure}" if room else f"{name}  {figure}")
    of = f" ({percent(each.share)})" if each.share is not None else ""
    doses = f"{each.given_doses} of {each.planned_doses} doses"
    if each.drawn_doses:
        doses += f" ({each.drawn_doses} of those given through a delay)"
    if each.needed_doses:
        doses += f" ({each.needed_doses} of those as needed)"
    if unplanned := each.unplanned_doses - each.needed_doses:
        doses += f" ({unplanned} of those {UNPLANNED})"
    if each.open_doses:
        doses += f" ({each.open_doses} still to come or unrecorded)"
    total = words.part(_per_basis(each.given, each), _per_basis(each.planned, each))
    yield from wrapped("    ", f"{doses}: {total}{of}{beside}", width)
    planned = f"planned {each.planned_days}, {each.delay} of delay" if each.delay else "as planned"
    a_week = words.part(_per_basis(each.given_a_week, each), _per_basis(each.planned_a_week, each))
    text = f"in {lasting(each.days * 1440)} ({planned}): {a_week} a week"
    yield from wrapped("    ", text, width)


def _per_basis(value: Decimal, each: Intensity) -> str:
    return safe(value, each.unit) + (f"/{each.basis}" if each.basis else "")


def percent(value: Decimal) -> str:
    """A percentage to a tenth, halves rounded up.

    >>> percent(Decimal("53.333"))
    '53.3 %'
    """
    return f"{in_short(value.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP))} %"


def bar(value: Decimal) -> str:
    """A percentage as a bar of fixed width.

    >>> bar(Decimal(50))
    '##########..........'
    """
    full = int((value * _BAR / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if full > _BAR:
        return "#" * (_BAR - 1) + ">"
    return "#" * full + "." * (_BAR - full)
