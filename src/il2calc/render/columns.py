"""The columns of a table's rows: which there are, and how wide each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from rich.cells import cell_len

from il2calc.administration import Administration
from il2calc.render import words
from il2calc.render.csv import block_path
from il2calc.render.lines import Line, padded, wrapped
from il2calc.render.sections import Row, Section
from il2calc.schedule import Schedule

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
        self.block = max(5, *(cell_len(block_path(row.administration)) for row in rows))
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
            cells.append(padded(block_path(each), self.block))
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
