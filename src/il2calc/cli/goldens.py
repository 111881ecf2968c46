"""The schedules that ship as they must come out, and whether they come out so here.

Each stands in `goldens.json` with what is given on the command line, the cells of its CSV column by
column, and what it gives of each drug in all. It is laid out anew as `schedule` lays it out. CSV
and JSON must hold these values to the last digit; what people read is read back row by row.
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
from il2calc.cli.options import Begun, Body, Choices, Rounding
from il2calc.cli.request import Wanted
from il2calc.pharmacy.answers import Monographs
from il2calc.plan.schedule import Caution, Schedule
from il2calc.review import of_schedule
from il2calc.units import UCUM, safe

BY_VALUE = ("csv", "json")
BY_ROW = ("table", "markdown", "html", "ics", "fhir", "events")
DRAWN = ("timeline", "svg")
_AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
_EVENT = re.compile(r"\r\nSUMMARY:(.*)\r\nDTSTART[^\r]*:(\d{8})T(\d\d)(\d\d)\d\d")
_OF_ALL = ("regimen", "version", "arm")
_OF_BODY = ("set", "subject", "weight_kg", "bsa_m2")
"""Columns of the CSV that JSON says once for all rows, or not in the same words."""

Runs = list["str | tuple[str, int]"]
"""Cells one after another: one alone, or one with how often it stands there."""

Cells = Mapping[str, Sequence[str]]


class Golden(NamedTuple):
    """A schedule as it must come out.

    Args:
        given: what is typed, by the names of the options.
        rows: how many there are.
        cells: of the CSV, by column; a column that is empty throughout is left out.
        totals: of the whole: drug, amount, unit.
    """

    regimen: str
    given: Mapping[str, Any]
    rows: int
    cells: Mapping[str, Runs]
    totals: tuple[tuple[str, ...], ...]

    def name(self) -> str:
        """Which schedule it is, as it would be typed."""
        words = [
            f"--{option.replace('_', '-')} {value}"
            for option, values in self.given.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        return " ".join((self.regimen, *words))

    def column(self, name: str) -> list[str]:
        """The cells of a column, row by row."""
        runs: Runs = self.cells.get(name, [("", self.rows)])
        found: list[str] = []
        for run in runs:
            cell, count = (run, 1) if isinstance(run, str) else run
            found += [cell] * count
        return found


class Made(NamedTuple):
    """A schedule as it comes out here, and what it takes to write it."""

    schedule: Schedule
    cautions: Sequence[Caution]
    monographs: Monographs


def read() -> list[Golden]:
    """All that ship."""
    text = files("il2calc.cli").joinpath("goldens.json").read_text("utf-8")
    kept = [Golden(**each) for each in json.loads(text)]
    return [each._replace(totals=tuple(map(tuple, each.totals))) for each in kept]


def made(regimen: str, given: Mapping[str, Any]) -> Made:
    """A schedule laid out here, of the regimens that ship; `given` names fields of the options."""
    kinds: tuple[Any, ...] = (Body, Begun, Choices)
    unknown = given.keys() - {name for kind in kinds for name in kind._fields}
    assert not unknown, f"{unknown} would be left out in silence"
    groups: list[Any] = [
        kind(**{name: given[name] for name in kind._fields if name in given}) for kind in kinds
    ]
    body, begun, choices = groups
    wanted = Wanted(regimen, choices, Rounding(), None)
    dates = request.dates(begun)._replace(subject="S-1")
    found = request.made(body, wanted, dates)
    monographs = language.monographs(found.regimen.drugs(found.arm))
    return Made(found, of_schedule.review(found, monographs), monographs)


def differences(each: Golden, here: Made, format_: str) -> Iterator[str]:
    """What a format says otherwise than it must, with the first row of each kind."""
    if format_ == "csv":
        yield from _cell_differences(each, csv_cells(here))
    elif format_ == "json":
        document = json_of(here)
        yield from _cell_differences(each, _json_cells(document), without=_OF_BODY)
        if (totals := json_totals(document)) != each.totals:
            found, wanted = ("; ".join(map(" ".join, listed)) for listed in (totals, each.totals))
            yield f"totals: {found}, not {wanted}"
    elif format_ == "events":
        yield from _event_differences(each, here)
    elif format_ == "svg":
        from il2calc.picture import svg

        text = "\n".join(svg.lines(here.schedule, here.cautions))
        ET.fromstring(text)  # noqa: S314 - it was written on the line above
    elif format_ == "timeline":
        from il2calc.picture import timeline

        lines = timeline.lines(here.schedule, None, here.cautions)
        if not any(f"{each.regimen}, version" in line.text for line in lines):
            yield "the picture does not name the regimen"
    else:
        yield from _row_differences(each, here, _UNITS[format_](here))


def _cell_differences(each: Golden, cells: Cells, without: Iterable[str] = ()) -> Iterator[str]:
    """Every column that holds another value somewhere, with the first row where it does."""
    if (count := len(cells["number"])) != each.rows:
        yield f"{count} rows, not {each.rows}"
        return
    for name, column in cells.items():
        if name in without or name == "number":
            continue
        for row, (found, wanted) in enumerate(zip(column, each.column(name), strict=True), 1):
            if found != wanted:
                yield f"row {row}, {name}: {found or 'nothing'}, not {wanted or 'nothing'}"
                break


def csv_cells(here: Made) -> dict[str, list[str]]:
    """The cells of the CSV that is written here, read back by column."""
    from il2calc.format import tabular

    header, *rows = csv_files.reader(tabular.csv_lines(here.schedule))
    columns = zip(*rows, strict=True) if rows else ([] for _ in header)
    return {name: list(column) for name, column in zip(header, columns, strict=True)}


def json_of(here: Made) -> Any:
    """The JSON that is written here, read back."""
    from il2calc.format import json as document

    return json.loads("\n".join(document.lines(here.schedule, here.cautions)), parse_float=Decimal)


def _json_cells(document: Any) -> dict[str, list[str]]:
    """What the JSON says of each row, as the CSV has it."""
    from il2calc.format import tabular

    rows = document["administrations"]
    head = {**document["regimen"], "arm": document["arm"], "regimen": document["regimen"]["id"]}
    cells: dict[str, list[str]] = {}
    for name in (name for name in tabular.COLUMNS if name not in _OF_BODY):
        if name in _OF_ALL:
            cells[name] = [tabular.text(head[name]) for _ in rows]
        else:
            cells[name] = [tabular.text(_of_row(row, name)) for row in rows]
    return cells


def _of_row(row: Any, name: str) -> Any:
    if name in ("amount", "unit"):
        amount = row["amount"] or {}
        return amount.get("value" if name == "amount" else "unit")
    if name == "block":
        return "/".join(f"{block['block']} {block['turn']}" for block in row["blocks"])
    return ";".join(map(str, row[name])) if name == "assumed" else row[name]


def json_totals(document: Any) -> tuple[tuple[str, ...], ...]:
    """What the JSON gives of each drug in all."""
    from il2calc.format import tabular

    return tuple(
        (each["drug"], tabular.text(each["amount"]["value"]), each["amount"]["unit"])
        for each in document["totals"]
        if not each["blocks"]
    )


def _event_differences(each: Golden, here: Made) -> Iterator[str]:
    """Of the event table, where each drug has a compartment of its own: times and amounts."""
    from il2calc.format import events

    drugs = here.schedule.regimen.drugs(here.schedule.arm)
    places = {drug: number for number, drug in enumerate(drugs, 1)}
    table = events.table(here.schedule, events.Wanted(compartments=places))
    rows = [*csv_files.DictReader(events.lines(table))]
    wanted = zip(each.column("drug"), each.column("hours"), each.column("amount"), strict=True)
    found = ((row["CMT"], row["TIME"], row["AMT"]) for row in rows)
    if len(rows) != each.rows:
        yield f"{len(rows)} rows, not {each.rows}"
        return
    for number, (row, (drug, hours, amount)) in enumerate(zip(found, wanted, strict=True), 1):
        said = (str(places[drug]), _short(hours), _short(amount))
        if (row[0], _short(row[1]), _short(row[2])) != said:
            yield f"row {number}: {', '.join(row)}, not {', '.join(said)}"
            return


def _short(number: str) -> str:
    """A number as the shortest text of its double, as event tables have it."""
    return repr(float(number))


def _row_differences(each: Golden, here: Made, units: Iterable[str]) -> Iterator[str]:
    """Every row in its order, in what a format shows for a row; the first that is not there."""
    left = iter(units)
    for number, wanted in enumerate(_shown(each, here), 1):
        if not any(all(_stands_in(word, unit) for word in wanted) for unit in left):
            yield f"row {number} is not there: {', '.join(wanted)}"
            return


def _shown(each: Golden, here: Made) -> Iterator[tuple[str, ...]]:
    """What a person must be able to read of each row: date, time, drug and amount."""
    named = {UCUM[row.dosed.unit]: row.dosed.unit for row in here.schedule.administrations}
    columns = map(each.column, ("date", "time", "drug", "amount", "unit"))
    for date, time, drug, amount, unit in zip(*columns, strict=True):
        yield date, time[:5], drug, safe(Decimal(amount), named.get(unit, unit))


def _stands_in(word: str, text: str) -> bool:
    """Whether a text holds a word that is no part of a longer one.

    `2 mg` is not in `12 mg` or `1.2 mg`, and `00:00` is not in `08:00:00`.
    """
    at = text.find(word)
    while at >= 0:
        before, behind = text[max(at - 1, 0) : at], text[at + len(word) : at + len(word) + 1]
        if before not in (":", ".", ",") and not before.isalnum() and not behind.isalnum():
            return True
        at = text.find(word, at + 1)
    return False


def _table(here: Made) -> Iterator[str]:
    """Each line, with the one drug that stands above the rows where it is the same for all."""
    from il2calc.format import table

    drug = ""
    for line in table.lines(here.schedule, here.cautions):
        if line.text.startswith("all rows ") and ": " not in line.text:
            drug = line.text
        yield f"{line.text} {drug}"


def _markdown(here: Made) -> Iterator[str]:
    from il2calc.format import tabular

    return tabular.markdown_lines(here.schedule, here.cautions)


def _html(here: Made) -> Iterator[str]:
    """The text of each row of the page."""
    from html import unescape

    from il2calc.format import printed

    page = "\n".join(printed.html(here.schedule, here.cautions))
    rows = re.findall(r"<tr role=\"row\" id=.*?</tr>", page, re.DOTALL)
    return (unescape(re.sub(r"<[^>]*>", " ", row)) for row in rows)


def _ics(here: Made) -> Iterator[str]:
    """The start and the name of each event of the calendar file."""
    from il2calc.format import ics

    data = ics.document(here.schedule, here.cautions, as_of=_AS_OF)
    text = data.decode().replace("\r\n ", "").replace("\\", "")
    events = _EVENT.findall(text)
    return (
        f"{start[:4]}-{start[4:6]}-{start[6:]} {hour}:{at} {name}"
        for name, start, hour, at in events
    )


def _fhir(here: Made) -> Iterator[str]:
    """Each request of the bundle in the order of the rows that they name, as text."""
    from il2calc.format import fhir

    codings = fhir.codings_of(here.monographs)
    bundle = json.loads("\n".join(fhir.lines(here.schedule, here.cautions, codings)))
    found = (entry["resource"] for entry in bundle["entry"])
    requests = [each for each in found if each["resourceType"] == "MedicationRequest"]
    requests.sort(key=lambda each: int(each["note"][0]["text"].split()[-1]))
    texts = (json.dumps(each["dosageInstruction"], ensure_ascii=False) for each in requests)
    return (re.sub(r"(\d)T(\d)", r"\1 \2", text) for text in texts)


_UNITS: Mapping[str, Callable[[Made], Iterator[str]]] = {
    "table": _table,
    "markdown": _markdown,
    "html": _html,
    "ics": _ics,
    "fhir": _fhir,
}
"""Format -> what it shows, in parts of which each row has one of its own."""
