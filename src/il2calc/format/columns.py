"""The columns of a table's rows: which there are, and how wide each is.

The rows of a course: which columns there are, how wide each is, and what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from rich.cells import cell_len

from il2calc.course import Course
from il2calc.course.index import CourseRow, chain_of
from il2calc.course.intensity import moved
from il2calc.model.log import chain_text
from il2calc.plan.administration import Administration
from il2calc.plan.schedule import Schedule
from il2calc.report import words
from il2calc.report.course_text import part
from il2calc.report.lines import Line, padded, wrapped
from il2calc.report.rows import Row, Section
from il2calc.units import safe

Mode = Literal["wide", "routes above", "two lines"]
_GAP = "  "


class Columns:
    """How the rows of a schedule are set.

    What is uniform under a heading moves into it; where the rows are still wider than the
    terminal, or where a drug under one heading has two routes, each row takes two lines.

    Args:
        schedule: whose rows they are.
        grouped: the rows under their headings.
        amounts: the amount in words, by the path of the dose.
        width: columns to keep within; None = as wide as they want to be.
    """

    def __init__(
        self,
        schedule: Schedule,
        grouped: Sequence[Section],
        amounts: Mapping[str, str],
        width: int | None,
    ) -> None:
        self.amounts, self.width = amounts, width
        self.dated = schedule.start is not None
        self.blocks = grouped[0].heading is None and any(
            row.administration.turn.block.name for row in grouped[0].rows
        )
        rows = [row for section in grouped for row in section.rows]
        doses = {row.administration.dose for row in rows}
        self.day = max(3, *(len(str(row.administration.regimen_day)) for row in rows))
        self.late = max(len(_latest(row.administration)) for row in rows)
        self.block = max(
            5, *(cell_len(chain_text(chain_of(row.administration.turn))) for row in rows)
        )
        self.drug = max(4, *(cell_len(dose.drug) for dose in doses))
        self.dose = max(4, *(len(amounts[dose.path]) for dose in doses))
        self.route = max(5, *(len(words.route(dose)) for dose in doses))
        marks = max(len(" ".join(row.marks)) for row in rows)
        self.marks = max(5, marks) if marks else 0
        self.mode: Mode = self._mode(grouped)

    def _mode(self, grouped: Sequence[Section]) -> Mode:
        if self.width is None or self._width(self.route) <= self.width:
            return "wide"
        one_route_each = all(
            len(ways) == len({drug for drug, _ in ways}) for ways in map(_ways, grouped)
        )
        return "routes above" if one_route_each and self._width(0) <= self.width else "two lines"

    def _width(self, route: int) -> int:
        optional = (16 if self.dated else 0, self.late and self.late + 2)
        block = self.block + 2 if self.blocks else 0
        marks = self.marks + 2 if self.marks else 0
        end = route + 2 if route else 0
        return self.day + sum(optional) + 2 + block + 7 + self.drug + 2 + self.dose + end + marks

    def header(self) -> str:
        """The names of the columns."""
        cells = ["day".rjust(self.day)]
        if self.dated:
            cells.append("date".ljust(14))
        cells.append("time ")
        if self.blocks:
            cells.append("block".ljust(self.block))
        if self.mode != "two lines":
            cells += ["drug".ljust(self.drug), "dose".rjust(self.dose)]
        if self.mode == "wide":
            cells.append("route".ljust(self.route))
        if self.late:
            cells.append("latest".ljust(self.late))
        if self.marks:
            cells.append("marks")
        return _GAP.join(cells).rstrip()

    def above(self, section: Section) -> list[str]:
        """How each drug of a section is given, where its rows do not say so."""
        if self.mode != "routes above":
            return []
        return [f"{drug}: {route}" for drug, route in _ways(section)]

    def row(self, row: Row) -> Iterator[Line]:
        """The lines of one row."""
        each = row.administration
        cells = [str(each.regimen_day).rjust(self.day)]
        if each.when is not None:
            cells.append(words.dated(each.when))
        cells.append(each.clock)
        if self.blocks:
            cells.append(padded(chain_text(chain_of(each.turn)), self.block))
        drug, dose = each.dose.drug, self.amounts[each.dose.path]
        last = [_latest(each).ljust(self.late)] if self.late else []
        last.append(" ".join(row.marks))
        if self.mode == "two lines":
            yield Line(_GAP.join([*cells, *last]).rstrip())
            yield from wrapped("    ", f"{drug},\u00a0{dose}, {words.route(each.dose)}", self.width)
            return
        cells += [padded(drug, self.drug), dose.rjust(self.dose)]
        if self.mode == "wide":
            cells.append(words.route(each.dose).ljust(self.route))
        yield Line(_GAP.join([*cells, *last]).rstrip())


def _ways(section: Section) -> dict[tuple[str, str], None]:
    """Every drug of a section with each way in which it is given."""
    doses = (row.administration.dose for row in section.rows)
    return dict.fromkeys((dose.drug, words.route(dose)) for dose in doses)


def _latest(each: Administration) -> str:
    return words.latest(each.latest_date, each.latest_day)


CourseRowsMode = Literal["wide", "dose above", "dose behind", "two lines"]
_GIVEN = 26
"""What `08:00, 5.04 million units` takes, and so a row behind its state [columns]."""
_AMOUNT = 17
"""What `1.8 million units` takes [columns]."""


class Rows:
    """How the rows of a course are set.

    `wide`: drug and planned dose in columns of their own. Where that is wider than the terminal,
    `dose above`: under the heading, where each has one drug at one dose; else `dose behind`: the
    planned dose behind the state, replaced by what was given, whose time is told where it is not
    the planned one; else each row takes two lines, or three where not even what was given has room.

    Args:
        grouped: the rows under their headings.
        width: columns to keep within; None = as wide as they want to be.
    """

    def __init__(self, course: Course, grouped: Sequence[Section], width: int | None) -> None:
        self.rows: Mapping[int, CourseRow] = {row.number: row for row in course.rows}
        self.moved, self.width = moved(course), width
        every = [row.administration for row in course.rows]
        self.blocks = grouped[0].heading is None and any(row.key.turns for row in course.rows)
        self.number = max(2, len(str(len(every))))
        self.day = max(3, *(len(str(each.regimen_day)) for each in every))
        self.drug = max(4, *(cell_len(each.dose.drug) for each in every))
        self.dose = max(4, *(len(_planned(each)) for each in every))
        self.block = max(5, *(cell_len(chain_text(chain_of(each.turn))) for each in every))
        self.state = max(5, *(len(row.recorded.state) for row in course.rows))
        self.narrow = False
        self.several = len({each.dose.drug for each in every}) > 1
        self.mode: CourseRowsMode = self._mode(grouped)

    def _mode(self, grouped: Sequence[Section]) -> CourseRowsMode:
        around = self.number + self.day + 20 + self.state + 4 * len(_GAP)
        around += self.block + len(_GAP) if self.blocks else 0
        drug, dose = self.drug + len(_GAP), self.dose + len(_GAP)
        if self.width is None or around + drug + dose + _GIVEN <= self.width:
            return "wide"
        if around + _GIVEN > self.width:
            self.narrow = True
            return "two lines"
        doses = [{_way(row.administration) for row in section.rows} for section in grouped]
        if all(len(each) == 1 for each in doses):
            return "dose above"
        drug = drug if self.several else 0
        return "dose behind" if around + drug + _AMOUNT <= self.width else "two lines"

    def header(self) -> str:
        """The names of the columns."""
        cells = ["no".rjust(self.number), "day".rjust(self.day), "planned".ljust(20)]
        names = "block".ljust(self.block), "drug".ljust(self.drug), "dose".rjust(self.dose)
        cells += self._what(*names)
        last = "dose" if self.mode == "dose behind" else "" if self.narrow else "given"
        return _GAP.join([*cells, "state".ljust(self.state), last]).rstrip()

    def _what(self, block: str, drug: str, dose: str) -> Iterator[str]:
        """The columns between the planned time and the state."""
        if self.mode in ("wide", "dose behind"):
            yield from [block] if self.blocks else []
            yield from [drug] if self.several or self.mode == "wide" else []
            yield from [dose] if self.mode == "wide" else []

    def section(self, section: Section) -> Iterator[Line]:
        """The lines under one heading."""
        if section.heading is not None:
            yield Line("")
            common = f" [{' '.join(section.common)}]" if section.common else ""
            text = f"{section.heading}{self._later(section)}{common}"
            yield from wrapped("", text, self.width, "heading")
        for text in self._above(section):
            yield from wrapped("  ", text, self.width)
        for row in section.rows:
            yield from self._row(self.rows[row.administration.number], row.marks)

    def _above(self, section: Section) -> Iterator[str]:
        """How each drug under a heading is given, where its rows do not say so."""
        ways = dict.fromkeys(_way(row.administration) for row in section.rows)
        if self.mode == "dose above":
            yield from (f"{drug}: {dose}, {route}" for drug, dose, route in ways)
        elif self.mode != "two lines":
            routes = dict.fromkeys((drug, route) for drug, _, route in ways)
            yield from (f"{drug}: {route}" for drug, route in routes)

    def _later(self, section: Section) -> str:
        """How much later a block lies than the plan had it."""
        turns = {chain_of(row.administration.turn) for row in section.rows}
        days = self.moved.get(turns.pop(), 0) if len(turns) == 1 else 0
        return f", {words.minutes(days * 1440)} late" if days else ""

    def _row(self, row: CourseRow, marks: Sequence[str]) -> Iterator[Line]:
        each = row.administration
        assert each.when is not None, "a course has dates"
        cells = [
            str(each.number).rjust(self.number),
            str(each.regimen_day).rjust(self.day),
            f"{words.dated(each.when)} {each.clock}",
        ]
        block, drug = (
            padded(chain_text(chain_of(each.turn)), self.block),
            padded(each.dose.drug, self.drug),
        )
        cells += self._what(block, drug, _planned(each).rjust(self.dose))
        lead = _GAP.join([*cells, row.recorded.state.ljust(self.state)])
        details = "; ".join(_details(row, behind=self.mode == "dose behind"))
        bracket = f"[{' '.join(marks)}]" if marks else ""
        under = ""
        if self.mode == "two lines":
            drug, dose, route = _way(each)
            where = f"{chain_text(chain_of(each.turn))}, " if self.blocks and row.key.turns else ""
            under = f"{where}{drug},\u00a0{dose}, {route}"
        yield from self._told(f"{lead}{_GAP}", (details, row.recorded.reason, bracket), under)

    def _told(self, lead: str, told: tuple[str, str, str], under: str) -> Iterator[Line]:
        """A row, what it holds and its marks; its reason below where that does not fit behind."""
        details, reason, marks = told
        whole = " ".join(filter(None, ("; ".join(filter(None, (details, reason))), marks)))
        fits = self.width is None or len(lead) + cell_len(whole) <= self.width
        text = whole if fits else " ".join(filter(None, (details, marks)))
        last = "" if fits else reason
        if self.narrow:
            text, last = "", f"given {whole}" if lead.rstrip().endswith("given") else whole
        if text:
            yield from wrapped(lead, text, self.width)
        else:
            yield Line(lead.rstrip())
        for below in (under, last):
            if below:
                yield from wrapped("    ", below, self.width)


def _details(row: CourseRow, *, behind: bool) -> Iterator[str]:
    """When and how much was given, else until when it may be.

    Args:
        behind: the planned dose stands here too, for it has no column.
    """
    each, recorded = row.administration, row.recorded
    planned = _planned(each)
    if recorded.when is not None and recorded.value is not None:
        amount = safe(recorded.value, each.dosed.unit)
        when = f"{_time(row)}, " if not behind or recorded.when != each.when else ""
        yield when + (part(amount, planned) if behind and amount != planned else amount)
    elif behind:
        yield planned
    if recorded.state not in ("given", "held", "stopped") and each.latest_date is not None:
        yield f"latest {each.latest_date.isoformat()}"


def _time(row: CourseRow) -> str:
    """The clock time at which a dose was given, with its date where it was another day."""
    planned, given = row.administration.when, row.recorded.when
    assert planned is not None, "a course has dates"
    assert given is not None, "it was given"
    clock = f"{given:%H:%M}"
    return clock if given.date() == planned.date() else f"{words.dated(given)} {clock}"


def _planned(each: Administration) -> str:
    return safe(each.dosed.value, each.dosed.unit)


def _way(each: Administration) -> tuple[str, str, str]:
    """A drug, its planned dose and how it is given."""
    return each.dose.drug, _planned(each), words.route(each.dose)
