"""A report as a table for a terminal, a pipe or paper: nothing is cut off, lines are streamed.

Dose intensities are laid out in the same way, each with a bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.model.regimen import UNPLANNED
from il2calc.plan.calendar import DAY, chain_of, lasting
from il2calc.plan.schedule import Caution
from il2calc.report import notes, words
from il2calc.report.lines import Line, headed_lines, padded, parts_lines, width_of, wrapped
from il2calc.report.plain_data import Plan
from il2calc.report.sheet import Group, Sheet, SheetEntry, sheet
from il2calc.report.words import NIGHT, marks_of_nights, part_of
from il2calc.units import safe
from il2calc.units import short as in_short

if TYPE_CHECKING:
    from il2calc.course import Course
    from il2calc.course.intensity import Intensity

_GAP = "  "
_LINE_WIDTH = 80
"""The widest line of several joined texts, in a pipe too [columns]."""
_WIDE = 100
"""At this width or more, and in a pipe, each total and each note has its own line [columns]."""
_RIGHT = ("number", "day", "dose")


class Columns(NamedTuple):
    """A layout of the rows. Each text has a kind, such as `route`; `_Rows._cells` makes them all.

    Args:
        columns: the kinds in columns.
        last: the kind after the last column, folded if it is long; empty = none.
        room: the least width for it on the line [columns].
        above: kinds that are shown once for each drug, under the heading.
        below: the lines under each row, each a list of kinds.
    """

    columns: tuple[str, ...]
    last: str = ""
    room: int = 0
    above: tuple[str, ...] = ()
    below: tuple[tuple[str, ...], ...] = ()


_ROW = ("number", "day", "date", "clock", "block")
_PLAN_LAYOUTS = (
    Columns(("number", "day", "date", "time", "block", "drug", "dose", "route", "latest", "own")),
    Columns((*_ROW, "drug", "dose", "route", "latest", "own")),
    Columns((*_ROW, "drug", "dose", "latest", "own"), above=("route",)),
    Columns((*_ROW, "latest", "own"), below=(("drug and dose", "route"),)),
)
"""The layouts of a plan, widest first."""

_PLANNED = ("number", "day", "planned")
_GIVEN, _AMOUNT = 26, 17
"""The widths of `08:00, 5.04 million units` and of `1.8 million units` [columns]."""

_DOSE_LINE = ("block", "drug and dose", "route")
_DOSE_AND_STATE = ("block", "drug", "dose", "state")
_COURSE_LAYOUTS = (
    Columns(("number", "day", "full plan", *_DOSE_AND_STATE), "outcome", _GIVEN, above=("route",)),
    Columns((*_PLANNED, *_DOSE_AND_STATE), "outcome", _GIVEN, above=("route",)),
    Columns((*_PLANNED, "block", "state"), "outcome", _GIVEN, ("dose", "route")),
    Columns((*_PLANNED, "block", "drugs", "state"), "dose and outcome", _AMOUNT, ("route",)),
    Columns((*_PLANNED, "state"), "outcome", _GIVEN, below=(_DOSE_LINE,)),
    Columns((*_PLANNED, "state"), below=(_DOSE_LINE, ("full outcome",))),
)
"""The layouts of a course, widest first."""

_CLOCK = "00:00"
"""A time of day; all have the same width."""

_NAMES = {
    "own": "marks",
    "clock": "time",
    "full plan": "planned",
    "drugs": "drug",
    "outcome": "given",
    "dose and outcome": "dose",
    "number": "no",
}
"""The heading of a column, if it is not the name of its kind."""


def lines(
    plan: Plan, cautions: Sequence[Caution], *, width: int | None = None, **options: Any
) -> Iterator[Line]:
    """The whole report, line by line.

    Args:
        plan: a finished schedule or a course; `cautions` are about it.
        width: maximum width [columns]; None = any.
        options: passed to `sheet`: `brief`, `explain`, `described`, `short`.
    """
    report = sheet(plan, cautions, narrow=width is not None and width < _WIDE, **options)
    for label, text in report.head:
        yield from wrapped(f"{label:<8} ", text, width)
    body = _Rows(report, width) if report.columns else _FoldedRows(report, width)
    yield from _common_lines([", ".join(report.common_texts.values()), *body.common], width)
    if report.shown:
        yield Line(report.shown)
    if report.log_changes:
        yield from headed_lines("What the log changes", report.log_changes, width)
    yield from body.lines()
    yield from _legend((*report.marks, *body.marks()), width)
    for heading, texts in (("Cautions", report.cautions), *report.notes):
        if texts:
            yield from headed_lines(heading, texts, width)
    yield Line("")
    yield from parts_lines(report.rests_on, width)


def _common_lines(texts: Sequence[str], width: int | None) -> Iterator[Line]:
    """What is the same in every row: on one line if that is short enough, else on one line each."""
    present, lead = list(filter(None, texts)), "all rows "
    joined = "; ".join(present)
    fits = len(lead) + width_of(joined) <= min(width or _LINE_WIDTH, _LINE_WIDTH)
    for text in [joined] if present and fits else present:
        yield from wrapped(lead, text, width)
        lead = " " * len(lead)


def _legend(marks: Sequence[tuple[str, str]], width: int | None) -> Iterator[Line]:
    """The meaning of each mark."""
    if marks:
        yield Line("")
    for mark, meaning in marks:
        yield from wrapped(f"{mark:<3} ", meaning, width)


def _heading(group: Group, width: int | None, *, first: bool = False) -> Iterator[Line]:
    if group.heading:
        if not first:
            yield Line("")
        yield from wrapped("", group.heading, width, "heading")


class _FoldedRows:
    """Folded rows: when, and what is given; midnights are marked if there is no room for words."""

    def __init__(self, report: Sheet, width: int | None) -> None:
        self.report, self.width = report, width
        self.common: tuple[str, ...] = ()
        entries = (entry.cells for group in report.groups for entry in group.entries)
        nights = [cells for cells in entries if cells["when"] != cells["in_short"]]
        widest = max((width_of(cells["when"]) for cells in nights), default=0)
        self.uses_marks = width is not None and widest > width - len(_GAP)
        self.in_short = [cells["in_short"] for cells in nights]

    def marks(self) -> Iterator[tuple[str, str]]:
        """The marks of midnights, if some line has no room for words."""
        return marks_of_nights(self.in_short if self.uses_marks else ())

    def lines(self) -> Iterator[Line]:
        """The lines of every group: when and what is given."""
        for group in self.report.groups:
            yield from _heading(group, self.width)
            for entry in group.entries:
                when = entry.cells["in_short" if self.uses_marks else "when"]
                yield from wrapped(_GAP, when, self.width)
                yield from wrapped("    ", entry.cells["what"], self.width)
            for text in group.repeats:
                yield from wrapped("", text, self.width, hanging=2)


class _Rows:
    """The rows of a report, in the widest layout that fits.

    A layout with texts above the rows, once for each drug, is used only if under every heading each
    drug has one such text; these are above all rows if each is the same under all headings.
    """

    def __init__(self, report: Sheet, width: int | None) -> None:
        self.report, self.width = report, width
        self.texts: dict[str, tuple[str, ...]] = {one.kind: one.texts for one in report.columns}
        self.texts |= dict.fromkeys(report.common_texts, ())
        self.has_nights = any(time != time[: len(_CLOCK)] for time in self.texts["time"])
        self.texts["clock"] = (f"{_CLOCK}{NIGHT if self.has_nights else ''}",)
        self.is_course = "state" in self.texts
        self.several_drugs = len(self.texts["drug"]) > 1
        if self.is_course:
            (date,) = self.texts["date"]
            self.texts["full plan"] = tuple(f"{date} {time}" for time in self.texts["time"])
            self.texts["planned"] = (f"{date} {self.texts['clock'][0]}",)
            self.texts["drugs"] = self.texts["drug"] if self.several_drugs else ()
        layouts = _COURSE_LAYOUTS if self.is_course else _PLAN_LAYOUTS
        kinds = dict.fromkeys(kind for layout in layouts for kind in layout.columns)
        self.widths = {kind: self._width(kind) for kind in kinds}
        fitting = (layout for layout in layouts if self._fits(layout) and self._is_clear(layout))
        self.layout = next(fitting, layouts[-1])
        self.columns = self._columns(self.layout)
        self.uses_marks = self.has_nights and not {"time", "full plan"} & {*self.columns}
        per_group = (self._drug_texts(self.layout, group) for group in report.groups)
        above = dict.fromkeys(pair for pairs in per_group for pair in pairs)
        drugs = {drug for drug, _ in above}
        self.common = tuple(text for _, text in above) if len(above) == len(drugs) else ()

    def _cells(self, entry: SheetEntry) -> dict[str, str]:
        """The texts of a row by kind, including those made of several others."""
        cells = {**entry.cells, **dict.fromkeys(self.report.common_texts, "")}
        cells["block"] = cells["block"] if "block" in self.texts else ""
        cells["drug and dose"] = ",\u00a0".join(filter(None, (cells["drug"], cells["dose"])))
        clock = f"{cells['clock']}{cells['mark of night']}"
        if self.is_course:
            cells["planned"] = f"{cells['date']} {clock}"
            cells["full plan"] = f"{cells['date']} {cells['time']}"
            cells["drugs"] = cells["drug"] if self.several_drugs else ""
            cells["outcome"], cells["dose and outcome"] = _outcome(cells), _dose_and_outcome(cells)
            outcome = _outcome_and_marks(cells["outcome"], cells)
            cells["full outcome"] = f"given {outcome}" if cells["state"] == "given" else outcome
        cells["clock"] = clock
        return cells

    def _width(self, kind: str) -> int:
        """The width of a column; 0 if it is empty."""
        widest = max(map(width_of, self.texts.get(kind, ())), default=0)
        return widest and max(widest, len(_NAMES.get(kind, kind)))

    def _columns(self, layout: Columns) -> list[str]:
        return [kind for kind in layout.columns if self.widths[kind]]

    def _fits(self, layout: Columns) -> bool:
        """Whether a row fits the width; the text after the last column may be folded."""
        columns = [self.widths[kind] for kind in self._columns(layout)]
        columns += [layout.room] if layout.last else []
        return self.width is None or sum(columns) + len(_GAP) * (len(columns) - 1) <= self.width

    def _is_clear(self, layout: Columns) -> bool:
        per_group = (self._drug_texts(layout, group) for group in self.report.groups)
        return all(len(texts) == len({drug for drug, _ in texts}) for texts in per_group)

    def _drug_texts(self, layout: Columns, group: Group) -> dict[tuple[str, str], None]:
        """Each drug, if a column names it, with the text above its rows; pairs without repeats."""
        kinds = [kind for kind in layout.above if kind not in self.report.common_texts]
        if not kinds:
            return {}
        drug_kind = next((kind for kind in ("drug", "drugs") if kind in layout.columns), "")
        return dict.fromkeys(
            (
                cells.get(drug_kind, ""),
                ": ".join(filter(None, (cells["drug"], ", ".join(cells[kind] for kind in kinds)))),
            )
            for cells in map(self._cells, group.entries)
        )

    def marks(self) -> Iterator[tuple[str, str]]:
        """The marks of midnights, if the layout has no room for words."""
        entries = (entry.cells for group in self.report.groups for entry in group.entries)
        marks = {cells["mark of night"] for cells in entries} if self.uses_marks else ()
        return marks_of_nights(marks)

    def lines(self) -> Iterator[Line]:
        """The headings of the columns, then every group."""
        yield Line("")
        yield Line(self._header(), "label")
        for index, group in enumerate(self.report.groups):
            yield from _heading(group, self.width, first=not index)
            if not self.common:
                for _, text in self._drug_texts(self.layout, group):
                    yield from wrapped("  ", text, self.width)
            for cells in map(self._cells, group.entries):
                yield from self._row(cells)
        if self.layout.last == "dose and outcome":
            yield Line("")
            text = "A given dose is shown with its time if that is not the planned one."
            yield from wrapped("", text, self.width)

    def _header(self) -> str:
        names = {kind: _NAMES.get(kind, kind) for kind in (*self.columns, self.layout.last)}
        return _GAP.join([*self._padded_cells(names), names[self.layout.last]]).rstrip()

    def _padded_cells(self, texts: Mapping[str, str]) -> Iterator[str]:
        """The text of each column, padded to its width."""
        for kind in self.columns:
            text, width = texts[kind], self.widths[kind]
            yield text.rjust(width) if kind in _RIGHT else padded(text, width)

    def _row(self, cells: Mapping[str, str]) -> Iterator[Line]:
        """A row and the lines below it, with its reason if that does not fit on the row itself."""
        lead, text, reason = _GAP.join(self._padded_cells(cells)), "", ""
        if self.layout.last:
            text, lead = _outcome_and_marks(cells[self.layout.last], cells), lead + _GAP
            if self.width is not None and len(lead) + width_of(text) > self.width:
                reason = cells["reason"]
                text = _outcome_and_marks(cells[self.layout.last], {**cells, "reason": ""})
        if text:
            yield from wrapped(lead, text, self.width)
        else:
            yield Line(lead.rstrip())
        below = (", ".join(filter(None, map(cells.get, kinds))) for kinds in self.layout.below)
        for extra in (*below, reason):
            if extra:
                yield from wrapped("    ", extra, self.width)


def _outcome_and_marks(outcome: str, cells: Mapping[str, str]) -> str:
    """The outcome of a row with its reason and its marks."""
    marks = f"[{cells['own']}]" if cells["own"] else ""
    texts = "; ".join(filter(None, (outcome, cells["reason"])))
    return " ".join(filter(None, (texts, marks)))


def _outcome(cells: Mapping[str, str]) -> str:
    """When and how much was given; if nothing was, the latest time for it."""
    if cells["state"] == "given":
        return ", ".join(filter(None, (cells["given-at"], cells["given"])))
    return f"latest {cells['latest']}" if cells["latest"] else ""


def _dose_and_outcome(cells: Mapping[str, str]) -> str:
    """The planned dose; if given, how much of it, with the time if that is not the planned one."""
    if cells["state"] != "given":
        return "; ".join(filter(None, (cells["dose"], _outcome(cells))))
    time = "" if cells["given-at"] == cells["clock"] else f"{cells['given-at']}, "
    given, stopped, until = cells["given"].partition(", stopped early ")
    all_given = given == cells["dose"]
    return time + (given if all_given else part_of(given, cells["dose"])) + stopped + until


NOTHING = (
    "No planned dose was given or held yet: there is no time to divide by, so dose intensity is "
    "undefined."
)
_BAR = 20
"""The width of a bar for 100 % [columns]."""


def intensity_lines(
    course: Course,
    intensities: Sequence[Intensity],
    cautions: Sequence[Caution],
    width: int | None = None,
) -> Iterator[Line]:
    """The dose intensities of a course, line by line; `width` None = any."""
    from il2calc.course.intensity import DEFINITION, REFERENCES
    from il2calc.report import course_text

    for label, text in (*notes.head(course.schedule), *course_text.head(course)):
        yield from wrapped(f"{label:<8} ", text, width)
    turn_names = {chain_of(turn): turn.name() for turn, _ in course.schedule.turns}
    if not intensities:
        yield Line("")
        yield from wrapped("", NOTHING, width)
    for (drug, _), group in groupby(intensities, key=lambda row: (row.drug, row.unit)):
        yield Line("")
        yield from wrapped("", words.capitalized(drug), width, "heading")
        rows = list(group)
        names = [
            words.capitalized(turn_names[row.turns]) if row.turns else "In all" for row in rows
        ]
        name_width = max(map(width_of, names))
        for row, name in zip(rows, names, strict=True):
            suffix = "" if row.turns else course_text.in_no_block(course, drug, row.unit)
            if {*row.arms} - {course.log.arm}:
                noun = "arms" if row.arms[1:] else "arm"
                suffix += f", planned by {noun} {words.listed(row.arms)}"
            yield from _intensity(row, padded(name, name_width), suffix, width)
    sections = (
        ("Cautions", [caution.text for caution in cautions]),
        ("Definition", (*DEFINITION, "A full bar of # is 100 %, a > means more.")),
        ("References", REFERENCES),
        ("Standing", [notes.review_status(course.schedule.regimen), words.DISCLAIMER]),
    )
    for heading, texts in sections:
        if texts:
            yield from headed_lines(heading, texts, width)


def _intensity(row: Intensity, name: str, suffix: str, width: int | None) -> Iterator[Line]:
    name = f"  {name}"
    figure = "not planned" if row.relative is None else f"RDI {percent(row.relative)}"
    picture = " " * _BAR if row.relative is None else bar(row.relative)
    fits = width is None or width_of(name) + _BAR + len(figure) + 4 <= width
    yield Line(f"{name}  {picture}  {figure}" if fits else f"{name}  {figure}")
    share = f" ({percent(row.share)})" if row.share is not None else ""
    doses = f"{row.given_doses} of {row.planned_doses} doses"
    if row.continued_doses:
        doses += f" ({row.continued_doses} of those given through a delay)"
    if row.needed_doses:
        doses += f" ({row.needed_doses} of those as needed)"
    if unplanned := row.unplanned_doses - row.needed_doses:
        doses += f" ({unplanned} of those {UNPLANNED})"
    if row.open_doses:
        doses += f" ({row.open_doses} still to come or unrecorded)"
    total = words.part_of(_per_basis(row.given, row), _per_basis(row.planned, row))
    yield from wrapped("    ", f"{doses}: {total}{share}{suffix}", width)
    planned = f"planned {row.planned_days}, {row.delay} of delay" if row.delay else "as planned"
    a_week = words.part_of(_per_basis(row.given_a_week, row), _per_basis(row.planned_a_week, row))
    text = f"in {lasting(row.days * DAY)} ({planned}): {a_week} a week"
    yield from wrapped("    ", text, width)


def _per_basis(value: Decimal, row: Intensity) -> str:
    return safe(value, row.unit) + (f"/{row.basis}" if row.basis else "")


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
    filled = int((value * _BAR / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if filled > _BAR:
        return "#" * (_BAR - 1) + ">"
    return "#" * filled + "." * (_BAR - filled)
