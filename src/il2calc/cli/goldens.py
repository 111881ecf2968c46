"""The reference schedules that ship, and whether this installation reproduces them.

Each is in `goldens.json` with its command-line options, the cells of its CSV by column, and the
total of each drug. It is computed again as `schedule` does it. CSV and JSON must contain these
values to the last digit; formats for people are read back row by row.
"""

from __future__ import annotations

import csv as csv_files
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from il2calc import language
from il2calc.cli import request
from il2calc.cli.options import Body, Choices, Dating, Rounding
from il2calc.cli.request import Selection
from il2calc.pharmacy.answers import Monographs
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review import of_schedule
from il2calc.units import UCUM, safe

BY_VALUE = ("csv", "json")
BY_ROW = ("table", "markdown", "html", "ics", "fhir", "events")
PICTURES = ("timeline", "svg")
_AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
_EVENT = re.compile(r"\r\nSUMMARY:(.*)\r\nDTSTART[^\r]*:(\d{8})T(\d\d)(\d\d)\d\d")
_SAME_FOR_ALL_ROWS = ("regimen", "version", "arm")
_NOT_IN_JSON = ("set", "subject", "weight_kg", "bsa_m2")
"""Columns of the CSV that JSON gives once for all rows, and those that it gives in other words."""

Runs = list["str | tuple[str, int]"]
"""The cells of a column in order: each alone, or with how many rows in succession have it."""

Cells = Mapping[str, Sequence[str]]


class Golden(NamedTuple):
    """A reference schedule.

    Args:
        given: the options typed, by name.
        rows: their number.
        cells: of the CSV, by column; empty columns are left out.
        totals: of the whole schedule: drug, amount, unit.
    """

    regimen: str
    given: Mapping[str, Any]
    rows: int
    cells: Mapping[str, Runs]
    totals: tuple[tuple[str, ...], ...]

    def name(self) -> str:
        """The regimen and options, as they would be typed."""
        texts = [
            f"--{option.replace('_', '-')} {value}"
            for option, values in self.given.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        return " ".join((self.regimen, *texts))

    def column(self, name: str) -> list[str]:
        """The cells of a column, row by row."""
        runs: Runs = self.cells.get(name, [("", self.rows)])
        column: list[str] = []
        for run in runs:
            cell, count = (run, 1) if isinstance(run, str) else run
            column += [cell] * count
        return column


class Computed(NamedTuple):
    """A schedule computed here, with what is needed to write it."""

    schedule: Schedule
    cautions: Sequence[Caution]
    monographs: Monographs


def read() -> list[Golden]:
    """All reference schedules that ship."""
    text = files("il2calc.cli").joinpath("goldens.json").read_text("utf-8")
    goldens = [Golden(**golden) for golden in json.loads(text)]
    return [golden._replace(totals=tuple(map(tuple, golden.totals))) for golden in goldens]


def compute(regimen: str, given: Mapping[str, Any]) -> Computed:
    """A schedule of a regimen that ships; `given` has the fields of the options as keys."""
    kinds: tuple[Any, ...] = (Body, Dating, Choices)
    unknown = given.keys() - {name for kind in kinds for name in kind._fields}
    assert not unknown, f"{unknown} would be left out in silence"
    groups: list[Any] = [
        kind(**{name: given[name] for name in kind._fields if name in given}) for kind in kinds
    ]
    body, dating, choices = groups
    selection = Selection(regimen, choices, Rounding(), None)
    dates = request.dates(dating)._replace(subject="S-1")
    schedule = request.make_schedule(body, selection, dates)
    monographs = language.monographs(schedule.regimen.drugs(schedule.arm))
    return Computed(schedule, of_schedule.review(schedule, monographs), monographs)


def differences(golden: Golden, computed: Computed, format_: str) -> Iterator[str]:
    """Where a format differs from the reference schedule; only the first row of each kind."""
    if format_ == "csv":
        yield from _cell_differences(golden, csv_cells(computed))
    elif format_ == "json":
        document = json_of(computed)
        yield from _cell_differences(golden, _json_cells(document), without=_NOT_IN_JSON)
        if (totals := json_totals(document)) != golden.totals:
            actual, expected = ("; ".join(map(" ".join, rows)) for rows in (totals, golden.totals))
            yield f"totals: {actual}, not {expected}"
    elif format_ == "events":
        yield from _event_differences(golden, computed)
    elif format_ == "svg":
        from il2calc.picture import svg

        text = "\n".join(svg.lines(computed.schedule, computed.cautions))
        ET.fromstring(text)  # noqa: S314 - written on the line above
    elif format_ == "timeline":
        from il2calc.picture import timeline

        lines = timeline.lines(computed.schedule, None, computed.cautions)
        if not any(f"{golden.regimen}, version" in line.text for line in lines):
            yield "the picture does not name the regimen"
    else:
        yield from _row_differences(golden, computed, _PARTS[format_](computed))


def _cell_differences(golden: Golden, cells: Cells, without: Iterable[str] = ()) -> Iterator[str]:
    """Every column with a different value, and the first row where it differs."""
    if (count := len(cells["number"])) != golden.rows:
        yield f"{count} rows, not {golden.rows}"
        return
    for name, column in cells.items():
        if name in without or name == "number":
            continue
        for row, (actual, expected) in enumerate(zip(column, golden.column(name), strict=True), 1):
            if actual != expected:
                yield f"row {row}, {name}: {actual or 'nothing'}, not {expected or 'nothing'}"
                break


def csv_cells(computed: Computed) -> dict[str, list[str]]:
    """The cells of the CSV written here, read back by column."""
    from il2calc.format import tabular

    header, *rows = csv_files.reader(tabular.csv_lines(computed.schedule))
    columns = zip(*rows, strict=True) if rows else ([] for _ in header)
    return {name: list(column) for name, column in zip(header, columns, strict=True)}


def json_of(computed: Computed) -> Any:
    """The JSON written here, read back."""
    from il2calc.format import json as document

    text = "\n".join(document.lines(computed.schedule, computed.cautions))
    return json.loads(text, parse_float=Decimal)


def _json_cells(document: Any) -> dict[str, list[str]]:
    """The rows of the JSON, as cells of the CSV by column."""
    from il2calc.format import tabular

    rows = document["administrations"]
    common = {**document["regimen"], "arm": document["arm"], "regimen": document["regimen"]["id"]}
    cells: dict[str, list[str]] = {}
    for name in (name for name in tabular.COLUMNS if name not in _NOT_IN_JSON):
        if name in _SAME_FOR_ALL_ROWS:
            cells[name] = [tabular.text(common[name]) for _ in rows]
        else:
            cells[name] = [tabular.text(_json_value(row, name)) for row in rows]
    return cells


def _json_value(row: Any, name: str) -> Any:
    if name in ("amount", "unit"):
        amount = row["amount"] or {}
        return amount.get("value" if name == "amount" else "unit")
    if name == "block":
        return "/".join(f"{block['block']} {block['turn']}" for block in row["blocks"])
    return ";".join(map(str, row[name])) if name == "assumed" else row[name]


def json_totals(document: Any) -> tuple[tuple[str, ...], ...]:
    """The total of each drug in the JSON: drug, amount, unit."""
    from il2calc.format import tabular

    return tuple(
        (total["drug"], tabular.text(total["amount"]["value"]), total["amount"]["unit"])
        for total in document["totals"]
        if not total["blocks"]
    )


def _event_differences(golden: Golden, computed: Computed) -> Iterator[str]:
    """Where the times or amounts of the event table differ; each drug has its own compartment."""
    from il2calc.format import events

    drugs = computed.schedule.regimen.drugs(computed.schedule.arm)
    compartments = {drug: number for number, drug in enumerate(drugs, 1)}
    table = events.table(computed.schedule, events.EventOptions(compartments=compartments))
    rows = [*csv_files.DictReader(events.lines(table))]
    expected_rows = zip(*map(golden.column, ("drug", "hours", "amount")), strict=True)
    actual_rows = ((row["CMT"], row["TIME"], row["AMT"]) for row in rows)
    if len(rows) != golden.rows:
        yield f"{len(rows)} rows, not {golden.rows}"
        return
    pairs = zip(actual_rows, expected_rows, strict=True)
    for number, (row, (drug, hours, amount)) in enumerate(pairs, 1):
        expected = (str(compartments[drug]), _short(hours), _short(amount))
        if (row[0], _short(row[1]), _short(row[2])) != expected:
            yield f"row {number}: {', '.join(row)}, not {', '.join(expected)}"
            return


def _short(number: str) -> str:
    """A number as the shortest text of its double, as in event tables."""
    return repr(float(number))


def _row_differences(golden: Golden, computed: Computed, parts: Iterable[str]) -> Iterator[str]:
    """The first row whose cells are not in the parts that a format shows, in order."""
    unread = iter(parts)
    for number, cells in enumerate(_readable_cells(golden, computed), 1):
        if not any(all(_contains(word, part) for word in cells) for part in unread):
            yield f"row {number} is not there: {', '.join(cells)}"
            return


def _readable_cells(golden: Golden, computed: Computed) -> Iterator[tuple[str, ...]]:
    """The cells of each row that a person must be able to read: date, time, drug, amount."""
    rows = computed.schedule.administrations
    units_by_code = {UCUM[row.dosed.unit]: row.dosed.unit for row in rows}
    columns = map(golden.column, ("date", "time", "drug", "amount", "unit"))
    for date, time, drug, amount, unit in zip(*columns, strict=True):
        yield date, time[:5], drug, safe(Decimal(amount), units_by_code.get(unit, unit))


def _contains(word: str, text: str) -> bool:
    """Whether a text contains a word that is not part of a longer one.

    `2 mg` is not in `12 mg` or `1.2 mg`, and `00:00` is not in `08:00:00`.
    """
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        before, after = text[max(start - 1, 0) : start], text[end : end + 1]
        if before not in (":", ".", ",") and not before.isalnum() and not after.isalnum():
            return True
        start = text.find(word, start + 1)
    return False


def _table(computed: Computed) -> Iterator[str]:
    """Each line, with the drug if it is stated once above the rows."""
    from il2calc.format import table

    drug = ""
    for line in table.lines(computed.schedule, computed.cautions):
        if line.text.startswith("all rows ") and ": " not in line.text:
            drug = line.text
        yield f"{line.text} {drug}"


def _markdown(computed: Computed) -> Iterator[str]:
    from il2calc.format import tabular

    return tabular.markdown_lines(computed.schedule, computed.cautions)


def _html(computed: Computed) -> Iterator[str]:
    from html import unescape

    from il2calc.format import printed

    page = "\n".join(printed.html(computed.schedule, computed.cautions))
    rows = re.findall(r"<tr role=\"row\" id=.*?</tr>", page, re.DOTALL)
    return (unescape(re.sub(r"<[^>]*>", " ", row)) for row in rows)


def _ics(computed: Computed) -> Iterator[str]:
    """The start and the name of each event of the calendar file."""
    from il2calc.format import ics

    data = ics.document(computed.schedule, computed.cautions, as_of=_AS_OF)
    text = data.decode().replace("\r\n ", "").replace("\\", "")
    events = _EVENT.findall(text)
    return (
        f"{start[:4]}-{start[4:6]}-{start[6:]} {hour}:{minute} {name}"
        for name, start, hour, minute in events
    )


def _fhir(computed: Computed) -> Iterator[str]:
    """The dosage of each request in the bundle, as text, by the row number in its note."""
    from il2calc.format import fhir

    codings = fhir.codings_of(computed.monographs)
    bundle = json.loads("\n".join(fhir.lines(computed.schedule, computed.cautions, codings)))
    resources = (entry["resource"] for entry in bundle["entry"])
    requests = [item for item in resources if item["resourceType"] == "MedicationRequest"]
    requests.sort(key=lambda item: int(item["note"][0]["text"].split()[-1]))
    texts = (json.dumps(item["dosageInstruction"], ensure_ascii=False) for item in requests)
    return (re.sub(r"(\d)T(\d)", r"\1 \2", text) for text in texts)


_PARTS: Mapping[str, Callable[[Computed], Iterator[str]]] = {
    "table": _table,
    "markdown": _markdown,
    "html": _html,
    "ics": _ics,
    "fhir": _fhir,
}
"""Format -> its text in parts; every row has a part of its own."""
