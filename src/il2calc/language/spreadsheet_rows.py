"""Read the rows of a spreadsheet of regimens: each gives one drug, its amount and its days.

Cells are read like the values of a regimen file, and refused in the same words.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any, NamedTuple

from il2calc.errors import FaultyFile, Il2calcError, Refused, nearest
from il2calc.language import fields, regimen_keys
from il2calc.language.paths import FaultLocator
from il2calc.language.spelling import AS_NEEDED, respelled_day
from il2calc.model.regimen import NOT_STATED
from il2calc.text import yaml
from il2calc.text.shapes import Fault
from il2calc.text.values import accepts, respelled_clock
from il2calc.text.yaml import Plain

CLOCKS = {"morning": "08:00", "noon": "12:00", "evening": "18:00", "night": "22:00"}
"""Column of a time of day -> the clock time that it stands for."""

NEEDED = ("regimen", "drug", "days")
COLUMNS = (
    *NEEDED, "block", "amount", "unit", "route", "cycle days", "cycles", "times a day", "over",
    "cap", "turns", "as needed", "schedule", *CLOCKS, "title", "for", "note",
)  # fmt: skip
"""The names that a column of a sheet may have; `day` is the same as `days`."""

_SCHEDULE = re.compile(
    r"(?i)(.+?)(?:[,;]? (?:every |q ?(?=[0-9]))([0-9][^,;x\u00d7]*?)"
    r"(?:(?:[,;]? ?[x\u00d7] ?| for |[,;] ?)(.+))?)?"
)
_EXTRA_CELLS = (
    "has more cells than the first line names columns; quote a text that contains a comma, "
    "name each column, and delete empty cells without a column heading"
)
_UP_TO = re.compile(r"up[ _]to:? ")
_HOURLY = re.compile(r"(?:q ?|every )?([0-9]+)(?: ?h| ?hrs?| hours?|[- ]?hourly)", re.IGNORECASE)
_NO, _YES = ("", "-", "0", "no"), ("x", "1", "yes")
_COUNT_COLUMNS = ("days", "cycle days", "cycles", "times a day", "turns")
_LAST_DAY = 20_000  # a larger number is a date: spreadsheets count days from 1900; this is in 1954
_AS_DECIMAL = re.compile(r"([1-9][0-9]*)\.0+")  # a whole number as some spreadsheets write it


class Line(NamedTuple):
    """A dose of one drug, as one or more rows give it; texts are as a regimen file has them.

    Args:
        drug: as the sheet prints it.
        days: all days, in order.
        onward: the day from which it is given to the end of the turn; None = no such day.
        every: the length of a cycle; empty where the row states none.
        cycles: `times` or `up_to`, and the number; empty where the row states none.
        notes: what is given besides, each with its row.
        as_needed: the sheet marks it as given when needed.
        clocks: the times of day that the sheet names for it.
        path: of the dose in the file that is made from the sheet.
    """

    rows: tuple[int, ...]
    block: str
    drug: str
    amount: str
    route: str
    days: tuple[int, ...]
    onward: int | None
    at: Plain
    over: str
    cap: str
    turns: Plain
    every: str
    cycles: str
    title: str
    disease: str
    notes: tuple[tuple[int, str], ...]
    as_needed: bool = False
    clocks: str = ""
    path: str = ""


class Refusal(NamedTuple):
    """A text of a sheet that cannot be read, with its row and the reason.

    Args:
        kind: the column that it is in, or `file`.
        problem: what is wrong, and what would be right.
    """

    row: int
    text: str
    kind: str
    problem: str

    def right(self) -> str:
        """The part of the problem that says what would be right; all of it if none does."""
        before, write, after = self.problem.partition("write ")
        if write and "; " not in before:
            return write + after
        return self.problem.partition("; ")[2] or self.problem


class Row:
    """Reads the cells of one row, and collects a refusal for each that cannot be read."""

    def __init__(self, number: int, cells: Mapping[str, str]) -> None:
        self.number, self.cells = number, cells
        self.as_needed = self._cell("as needed").casefold() in _YES
        self.refusals: list[Refusal] = []

    def lines(self) -> list[Line]:
        """The lines of the row, one for each amount; none if any cell cannot be read."""
        if (extra := self.cells.get("")) is not None:
            self._refuse("columns", extra, _EXTRA_CELLS)
        drug = self._text("drug", regimen_keys.drug_name)
        if not drug:
            self._refuse("drug", "", "has no name; write that of the drug")
        days, every, cycles = self._schedule()
        amounts = self._amounts()
        if (text := self._cell("as needed")).casefold() not in (*_NO, *_YES):
            self._refuse("as needed", text, f"{text!r} is neither; write yes or no")
        line = Line(
            rows=(self.number,),
            block=self._text("block", regimen_keys.name),
            drug=drug,
            amount="",
            route=self._text("route", fields.dose_route) or NOT_STATED,
            days=days[0],
            onward=days[1],
            at="",
            over=self._text("over", fields.duration),
            cap=self._text("cap", regimen_keys.CAP.read),
            turns=self._turns(),
            every=every,
            cycles=cycles,
            title=self._cell("title"),
            disease=self._cell("for"),
            notes=((self.number, note),) if (note := self._cell("note")) else (),
            as_needed=self.as_needed,
        )
        if self.refusals:
            return []
        clocks = " and ".join(self._marks())
        return [line._replace(amount=amount, at=at, clocks=clocks) for amount, at in amounts]

    def _cell(self, column: str) -> str:
        return self.cells.get(column, "")

    def _refuse(self, kind: str, text: str, problem: str) -> None:
        self.refusals.append(Refusal(self.number, text, kind, problem))

    def _read(
        self, kind: str, text: str, value: Any, read: Callable[[Any], Any], hint: str = ""
    ) -> Any:
        """The meaning of a value; None, with a refusal, if it cannot be read."""
        if kind in _COUNT_COLUMNS and (match := _AS_DECIMAL.fullmatch(text)):
            clock = respelled_clock(text) if kind == "times a day" else None
            also = f", or {clock} if it is a clock time" if clock else ""
            self._refuse(kind, text, f"is not a whole number; write {match[1]}{also}")
            return None
        try:
            return read(value)
        except (ValueError, Il2calcError) as error:
            self._refuse(kind, text, f"{error}{hint}")
            return None

    def _text(self, column: str, read: Callable[[Any], Any]) -> str:
        """The unchanged text of a cell, which `read` must accept; empty for an empty cell."""
        if text := self._cell(column):
            self._read(column, text, text, read)
        return text

    def _turns(self) -> Plain:
        text = self._cell("turns")
        value = _one_or_all([respelled_day(item) for item in _items(text)])
        if text:
            self._read("turns", text, value, fields.turns)
        return value

    def _schedule(self) -> tuple[tuple[tuple[int, ...], int | None], str, str]:
        """The days, the length of a cycle, and the number of cycles."""
        cells = {key: self._cell(key) for key in ("days", "cycle days", "cycles")}
        kinds = {key: key for key in cells}
        if schedule := self._cell("schedule"):
            if doubled := [key for key, text in cells.items() if text]:
                problem = f"is given with {' and '.join(doubled)}; give one"
                self._refuse("schedule", schedule, problem)
            match = _SCHEDULE.fullmatch(schedule)
            assert match is not None, "the pattern takes any text as days"
            cells = dict(zip(cells, match.groups(default=""), strict=True))
            kinds = dict.fromkeys(cells, "schedule")
        elif not cells["days"]:
            self._refuse("days", "", "names no day; write the days of a cycle, like 1, 8, 15")
        hint = "; a schedule is like 'D1, D8, every 21 days x 6'" if schedule else ""
        days = self._days(kinds["days"], cells["days"], hint)
        every, count = cells["cycle days"].casefold().removeprefix("every "), cells["cycles"]
        if every.isdecimal():
            every = f"{every} days" if every != "1" else "1 day"
        if every:
            self._read(kinds["cycle days"], cells["cycle days"], every, fields.block_length, hint)
        key = "up_to" if (up_to := _UP_TO.match(count)) else "times"
        count = count[up_to.end() :] if up_to else count
        if count:
            self._read(kinds["cycles"], cells["cycles"], count, fields.count)
        return days, every, f"{key} {count}" if count else ""

    def _days(self, kind: str, text: str, hint: str) -> tuple[tuple[int, ...], int | None]:
        items = [respelled_day(item) for item in _items(text)]
        days = self._read(kind, text, items, fields.days, hint) if text else None
        if days is None:
            return (), None
        if days.onward == 0 or any(low <= 0 <= high for low, high in days.ranges):
            write = "write -1 for the day before day 1, as -1, 1, 2, or count from 1 (0 is then 1)"
            self._refuse(kind, text, f"names day 0, or runs across it: a sheet has none; {write}")
            return (), None
        if max(high for _, high in (*days.ranges, (0, 0))) > _LAST_DAY:
            self._refuse(kind, text, "is a date in spreadsheet form; write the day's number")
            return (), None
        listed = (day for low, high in days.ranges for day in range(low, high + 1) if day)
        return tuple(listed), days.onward

    def _marks(self) -> dict[str, str]:
        """Column of a time of day -> its cell, for those at which a dose is given."""
        return {key: self._cell(key) for key in CLOCKS if self._cell(key) not in _NO}

    def _amounts(self) -> list[tuple[str, Plain]]:
        """Each amount, with the times at which it is given."""
        number, unit = self._cell("amount"), self._cell("unit")
        marks, daily = self._marks(), self._cell("times a day")
        if marks and daily:
            self._refuse("times a day", daily, f"is given with {', '.join(marks)}; give one")
        not_given = next((key for key in CLOCKS if self._cell(key) in _NO[2:]), "")
        if not_given and not (marks or daily or self.as_needed):
            problem = "says that it is not given then, but no other cell says when it is"
            self._refuse(not_given, "", f"{problem}; leave out the row, or these cells empty")
            return []
        if unit and not number and not marks:
            self._refuse("amount", "", f"has no number before {unit!r}; write one")
            return []
        if not marks:
            at = self._daily(daily)
            amount = f"{number} {unit}".strip() or NOT_STATED
            self._amount("amount", amount)
            return [(amount, at)]
        times: dict[str, list[str]] = {}
        for key, mark in marks.items():
            if number and mark.casefold() not in _YES:
                fault = "a second amount" if mark[:1].isdecimal() else "neither x nor empty"
                self._refuse(key, mark, f"is {fault}; write x, or leave amount out")
            amount = f"{number or mark} {unit}".strip()
            self._amount("amount" if number else key, amount)
            times.setdefault(amount, []).append(CLOCKS[key])
        return [(amount, _one_or_all(at)) for amount, at in times.items()]

    def _daily(self, text: str) -> Plain:
        """How often on a day, or at which times; empty where the row does not state it."""
        if text.isdecimal() and self.as_needed:
            often = "once" if text == "1" else f"{text} times"
            self._refuse("times a day", text, f"is not a maximum; write 'up to {often} a day'")
            return ""
        if not text or text == "1":
            return text
        if text.isdecimal():
            text = f"{text} times a day"
        hint = ""
        if AS_NEEDED.fullmatch(text.casefold()):
            hint = "write yes in a column 'as needed', and here 'up to 3 times a day' or nothing"
        elif match := _HOURLY.fullmatch(text):
            hint = _round_the_clock(int(match[1]))
        if hint:
            self._refuse("times a day", text, f"{text!r} is not a time; {hint}")
            return ""
        value = _one_or_all(_items(text))
        self._read("times a day", self._cell("times a day"), value, fields.at)
        return value

    def _amount(self, kind: str, text: str) -> None:
        """Check an amount; if its number would be right in mg, the unit is at fault."""
        try:
            fields.dose_amount(text)
        except ValueError as error:
            unit = self._cell("unit")
            of_unit = unit and accepts(fields.amount, f"{text.removesuffix(unit).strip()} mg")
            self._refuse("unit" if of_unit else kind, text, str(error))


def _round_the_clock(hours: int) -> str:
    """How to write in a sheet that something is given every so many hours."""
    if hours == 24:
        return "once a day is the default: leave it out"
    if not hours or 24 % hours:
        every = f"'repeat: {{times: ..., every: {hours} hours}}'"
        return f"no column says it; leave it out here, and put {every} into the file by hand"
    times = (f"+{hour} hour{'' if hour == 1 else 's'}" for hour in range(0, 24, hours))
    return f"write '{', '.join(times)}', which is round the clock from the start time of the day"


def _items(text: str) -> list[str]:
    """The items between commas, semicolons or `and`, perhaps in brackets as in a regimen file."""
    in_brackets = re.fullmatch(r"\[(.*)\]", text)
    return re.split(r" ?(?:[,;]| and ) ?", in_brackets[1] if in_brackets else text)


def _one_or_all(texts: list[str]) -> Plain:
    """One text by itself, several as a list, as in plain data."""
    return [*texts] if texts[1:] else texts[0]


class Table(NamedTuple):
    """The rows of a CSV file under the names of its columns.

    Args:
        rows: the number of each, and its cells by column; '' = cells in columns without a name.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    between: str


def table(content: bytes, file: str) -> Table:
    """Read a CSV file with commas, semicolons or tabs; empty rows are left out.

    Raises:
        Refused: it is no such file.
    """
    if b"\0" in content:
        raise Refused(f"{file} is a workbook or not UTF-8 text; save the sheet as CSV in UTF-8")
    try:
        # without the line that tells spreadsheets which sign separates the cells
        text = re.sub(r'(?i)^"?sep=.*\n', "", content.decode("utf-8-sig"))
        between = max(",;\t", key=text.partition("\n")[0].count)
        cells = list(csv.reader(StringIO(text, newline=""), delimiter=between, strict=True))
    except UnicodeDecodeError:
        raise Refused(f"{file} is not UTF-8 text; save the sheet as CSV in UTF-8") from None
    except csv.Error as error:
        raise Refused(f"{file} is not CSV ({error}); save the sheet as CSV in UTF-8") from None
    folded = [[" ".join(cell.split()) for cell in row] for row in cells]
    columns = tuple(folded[0]) if folded else ()
    if doubled := [name for name, count in Counter(filter(None, columns)).items() if count > 1]:
        raise Refused(f"{file}:1: names the column {doubled[0]!r} twice; name each once")
    rows = []
    for number, row in enumerate(folded[1:], 2):
        if any(row):
            by_column = {name: cell for name, cell in zip(columns, row, strict=False) if name}
            nameless = (cell for name, cell in zip(columns[1:], row[1:], strict=False) if not name)
            beyond = [*filter(None, nameless), *row[len(columns) :]]
            if beyond:
                by_column[""] = " ".join(filter(None, beyond))
            rows.append((number, by_column))
    return Table(columns, tuple(rows), between)


def read_mapping(content: bytes, file: str) -> dict[str, str]:
    """Read a YAML mapping of our names of columns to the sheet's.

    Raises:
        FaultyFile: the file has faults.
    """
    document = yaml.read(content)
    data, locator = document.data, FaultLocator(file, document)
    if not isinstance(data, dict):
        raise FaultyFile(locator.not_a_mapping("write lines such as 'drug: Arzneimittel'"))
    faults: list[Fault] = []
    for name, column in data.items():
        if name not in COLUMNS:
            guess = nearest(name, COLUMNS)
            hint = f"did you mean {guess!r}?" if guess else f"known: {', '.join(COLUMNS)}"
            faults.append(((name,), f"is not a column that is read; {hint}"))
        if not isinstance(column, str) or not column:
            faults.append(((name,), "names no column of the sheet; write one name"))
    if faults or document.faults:
        raise FaultyFile(locator.errors(faults, document.faults))
    return {name: str(column) for name, column in data.items()}


def with_known_columns(
    sheet: Table, file: str, mapping: Mapping[str, str]
) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """The rows by our names of the columns, and the columns that are not read.

    Raises:
        Refused: a column is missing, or is named twice.
    """
    ours = {column: name for name, column in mapping.items()}
    listed = ", ".join(filter(None, sheet.columns)) or "none"
    for name, column in mapping.items():
        if name != (other := ours[column]):
            raise Refused(f"--map reads {column!r} as {name} and as {other}; read it as one")
        if column not in sheet.columns:
            raise Refused(f"{file}:1: has no column {column!r}; it has: {listed}")
    for column in sheet.columns:
        name = plain_column(column)
        if name in COLUMNS and name not in mapping and column not in ours:
            if name in ours.values():
                both = f"{column!r} is a second column {name!r}"
                raise Refused(f"{file}:1: {both}; leave it out, or say with --map which one counts")
            ours[column] = name
    needed = NEEDED[:-1] if "schedule" in ours.values() else NEEDED
    if lacking := [name for name in needed if name not in ours.values()]:
        raise Refused(
            f"{file}:1: has no column {', '.join(map(repr, lacking))}; it has: {listed}. Name the "
            f"columns with --map columns.yaml, with the line '{lacking[0]}: NAME'"
        )
    to_ours = {**ours, "": ""}
    rows = [
        (number, {to_ours[name]: text for name, text in cells.items() if name in to_ours})
        for number, cells in sheet.rows
    ]
    return rows, [name for name in sheet.columns if name and name not in ours]


def plain_column(text: str) -> str:
    """The name of a column in small letters, with spaces; `day` becomes `days`."""
    name = " ".join(text.replace("_", " ").casefold().split())
    return "days" if name == "day" else name


def drug_names(names: Table, file: str) -> dict[str, str]:
    """Read a table of names: printed name, in small letters -> name of the drug.

    Raises:
        Refused: a column or a name is missing, or a printed name stands for two drugs.
    """
    if not {"printed", "drug"} <= set(names.columns):
        raise Refused(f"{file}:1: needs the columns printed and drug; write printed,drug")
    drugs: dict[str, str] = {}
    for number, cells in names.rows:
        printed, drug = cells["printed"], cells.get("drug", "")
        if "" in cells:
            raise Refused(f"{file}:{number}: {_EXTRA_CELLS}")
        try:
            regimen_keys.drug_name(drug)
            regimen_keys.drug_name(printed)
        except ValueError as error:
            raise Refused(f"{file}:{number}: {error}") from None
        if drugs.setdefault(printed.casefold(), drug) != drug:
            raise Refused(f"{file}:{number}: {printed!r} is listed as two drugs; list it once")
    return drugs
