"""Import a spreadsheet of regimens: a regimen for each name in it, or the reasons against one.

What no row states becomes an assumption of the regimen. A row that cannot be read stops its own
regimen, and no other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc.errors import FaultyFile, Refused, RegimenError, numbered, runs
from il2calc.language import fields, regimen_keys
from il2calc.language.regimen_file import examine
from il2calc.language.regimen_yaml import assumption, lines
from il2calc.language.shelf import FileContent
from il2calc.language.spreadsheet_rows import CLOCKS, Line, Refusal, Row
from il2calc.model.evidence import Origin
from il2calc.model.regimen import Regimen
from il2calc.plan.administration import grouped
from il2calc.plan.calendar import DAY
from il2calc.plan.needs import openings
from il2calc.plan.timing import expand
from il2calc.text import values

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames

_THOUSANDS = re.compile(r"([1-9][0-9]{0,2})\.([0-9]{3})(?![0-9.])")
_NOT_IN_NAMES = re.compile(r"[^\w-]+|_+")


class SheetRegimen(NamedTuple):
    """A regimen of a sheet: its plain data, or the refusals that prevent it.

    Args:
        name: as the sheet prints it.
        rows: the numbers of all of its rows.
    """

    name: str
    rows: tuple[int, ...]
    blocks: tuple[Block, ...]
    data: dict[str, Any] | None
    refusals: tuple[Refusal, ...]


class Sheet(NamedTuple):
    """A sheet with its columns named.

    Args:
        cite: its citation in every file that is made from it.
        read_on: the day on which it is read.
        rows: the number of each row, and its cells by column.
        drugs: printed name in small letters -> name of the drug.
        between: the sign that separates its cells.
    """

    cite: str
    read_on: str
    rows: Sequence[tuple[int, Mapping[str, str]]]
    drugs: Mapping[str, str]
    between: str = ","


def drafts(sheet: Sheet) -> Iterator[SheetRegimen]:
    """Every regimen of a sheet, in the order of its first row."""
    by_name: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    name = ""
    for number, cells in sheet.rows:  # a row without a name may belong to the one above
        name = cells.get("regimen", "") or name
        by_name.setdefault(plain_name(name).casefold(), []).append((number, cells))
    for rows in by_name.values():
        yield _draft(rows, sheet)


def plain_name(text: str) -> str:
    """A printed name in letters, digits and hyphens.

    >>> plain_name("R-CHOP 21 (2019)"), plain_name("Aprepitant (Emend)")
    ('R-CHOP 21 2019', 'Aprepitant Emend')
    """
    return " ".join(_NOT_IN_NAMES.sub(" ", text).split()).strip(" -")


def _draft(rows: Sequence[tuple[int, Mapping[str, str]]], sheet: Sheet) -> SheetRegimen:
    refusals: list[Refusal] = []
    read_lines: list[Line] = []
    first, name = rows[0][0], rows[0][1].get("regimen", "")
    numbers = tuple(number for number, _ in rows)
    try:
        regimen_keys.name(plain_name(name) if name else "nameless")
    except ValueError as error:
        refusals.append(Refusal(first, name, "regimen", str(error)))
    for number, cells in rows:
        reading = Row(number, cells)
        read_lines += reading.lines()
        refusals += reading.refusals
        refusals += _ambiguous_amounts(number, cells) if sheet.between in ";\t" else ()
        problem, printed = "", cells.get("regimen", "")
        if not printed:
            below = f", below a row of {name!r}" if name else ""
            problem = f"has no name{below}; write its regimen's name in each row"
        elif printed != name:
            hint = "write one, or a name that differs in more than case and signs"
            problem = f"{printed!r} is {name!r} in row {first}; {hint}"
        refusals += [Refusal(number, printed, "regimen", problem)] if problem else []
    title = _agreed("title", [(line, line.title) for line in read_lines], refusals)
    disease = _agreed("for", [(line, line.disease) for line in read_lines], refusals)
    blocks = tuple(_blocks(read_lines, refusals))
    data = None if refusals else _data(name, title, disease, numbers, blocks, sheet)
    return SheetRegimen(name, numbers, blocks, data, tuple(refusals))


def _ambiguous_amounts(number: int, cells: Mapping[str, str]) -> Iterator[Refusal]:
    """Refusals of amounts whose point may separate thousands.

    For sheets without commas between cells: with them the decimal sign is the point.
    """
    for column in ("amount", "cap", *CLOCKS):
        if match := _THOUSANDS.match(cells.get(column, "")):
            large, small = "".join(match.groups()), f"{match[0]}0"
            problem = f"is {large} if the point separates thousands; write {large} or {small}"
            yield Refusal(number, cells[column], column, problem)


class Block(NamedTuple):
    """A block of a regimen; without a name it holds the doses that are in no block.

    Args:
        every: the length of a cycle; empty where no row states it.
        cycles: `times` or `up_to`, and the number; empty where no row states it.
        lines: its doses, each with its path.
        incomplete: rows that lack the length or the number of cycles, which other rows state.
    """

    name: str
    every: str
    cycles: tuple[str, ...]
    lines: tuple[Line, ...]
    incomplete: tuple[int, ...]


def _merged(read_lines: Iterable[Line], refusals: list[Refusal]) -> Iterator[Line]:
    """Lines that differ only in their days, merged; a day that two rows give is refused."""
    merged: dict[tuple[Any, ...], Line] = {}
    for line in read_lines:
        times = values.as_written(line.at), values.as_written(line.turns)
        drug = line.drug.casefold()
        key = (drug, line.amount, line.route, *times, line.over, line.cap, line.as_needed)
        before = merged.setdefault(key, line)
        if before is line:
            continue
        again = sorted(set(before.days) & set(line.days))
        if again or (before.onward or line.onward) is not None:
            days = numbered("day", again) if again else "'onward'"
            problem = f"gives {days} of row {before.rows[0]} again; keep one"
            refusals.append(Refusal(line.rows[0], line.drug, "days", problem))
        merged[key] = before._replace(
            rows=(*before.rows, *line.rows),
            days=tuple(sorted({*before.days, *line.days})),
            notes=(*before.notes, *line.notes),
        )
    yield from merged.values()


def _blocks(read_lines: Sequence[Line], refusals: list[Refusal]) -> Iterator[Block]:
    """The blocks of a regimen, in the order of their first rows; the rows of a block must agree."""
    for block_lines in grouped((line.block.casefold(), line) for line in read_lines).values():
        name = _agreed("block", [(line, line.block) for line in block_lines], refusals)
        every = _agreed("cycle days", [(line, line.every) for line in block_lines], refusals)
        cycles = _agreed("cycles", [(line, line.cycles) for line in block_lines], refusals)
        kind, _, count = cycles.partition(" ")
        if not every and count not in ("", "1"):
            problem = f"has no length for {count} cycles; write the days of a cycle"
            refusals.append(Refusal(block_lines[0].rows[0], "", "cycle days", problem))
        name = name or ("cycle" if every else "")
        yield Block(
            name=name,
            every=every,
            cycles=(kind, count) if every and count else (),
            lines=tuple(_with_paths(name, [*_merged(block_lines, refusals)])),
            incomplete=tuple(
                line.rows[0]
                for line in block_lines
                if every and (not line.every or (count and not line.cycles))
            ),
        )


def _agreed(kind: str, texts: Sequence[tuple[Line, str]], refusals: list[Refusal]) -> str:
    """The first text of a column; rows that have another one are refused."""
    stated = [(line, text) for line, text in texts if text]
    for line, text in stated:
        first, before = stated[0]
        if text != before:
            one, other = (word.removeprefix("times ").replace("_", " ") for word in (text, before))
            problem = f"{one!r} is {other!r} in row {first.rows[0]}; write one"
            if kind in ("cycle days", "cycles"):
                problem += ", or name the blocks in a column 'block'"
            refusals.append(Refusal(line.rows[0], one, kind, problem))
    return stated[0][1] if stated else ""


def _source(numbers: Iterable[int]) -> str:
    return f"sheet, {numbered('row', sorted(numbers), None)}"


def _data(
    name: str, title: str, disease: str, rows: Sequence[int], blocks: Sequence[Block], sheet: Sheet
) -> dict[str, Any]:
    assumed: list[dict[str, Any]] = []
    if not disease:
        because = "The sheet does not say which it is."
        assumed.append(assumption("for", "The disease is left open.", because))
    for block in blocks:
        assumed += _cycle_assumptions(block)
        for line in block.lines:
            assumed += _dose_assumptions(line, sheet)
    all_lines = (line for block in blocks for line in block.lines)
    note_rows = grouped((note, row) for line in all_lines for row, note in line.notes)
    alongside = [{"text": note, "source": _source(numbers)} for note, numbers in note_rows.items()]
    data = {
        "regimen": plain_name(name),
        "title": title or name,
        "for": disease or "a disease that the sheet does not name",
        "version": "1",
        "read_on": sheet.read_on,
        "source": _source(rows),
        "doses": next((_doses(block, sheet) for block in blocks if not block.name), []),
        "blocks": [_block(block, sheet) for block in blocks if block.name],
        "alongside": alongside,
        "assumptions": assumed,
        "sources": {"sheet": {"cite": sheet.cite, "read": "secondary"}},
    }
    return {key: value for key, value in data.items() if value}


def _block(block: Block, sheet: Sheet) -> dict[str, Any]:
    count = {block.cycles[0]: block.cycles[1]} if block.cycles else {}
    repeat = {"repeat": {**count, "every": block.every}} if block.every else {}
    return {"block": block.name, **repeat, "doses": _doses(block, sheet)}


def _doses(block: Block, sheet: Sheet) -> list[dict[str, Any]]:
    return [_dose(block, line, sheet) for line in block.lines]


def _with_paths(block: str, lines: Sequence[Line]) -> Iterator[Line]:
    """The doses of a block with their paths; several doses of one drug are numbered."""
    of_drug = Counter(line.drug for line in lines)
    number: Counter[str] = Counter()
    for line in lines:
        number[line.drug] += 1
        plain = line.drug if values.is_name(line.drug) else plain_name(line.drug)
        name = f"{plain} {number[line.drug]}" if of_drug[line.drug] > 1 else plain
        yield line._replace(path=f"{block}.{name}" if block else name)


def _dose(block: Block, line: Line, sheet: Sheet) -> dict[str, Any]:
    name = line.path.removeprefix(f"{block.name}.")
    drug = sheet.drugs.get(line.drug.casefold(), line.drug)
    days = [day for run in runs(line.days) for day in run.split(", ")]
    days += [f"{line.onward} onward"] if line.onward is not None else []
    data = {
        "dose": name if name != drug else "",
        "drug": drug,
        "amount": line.amount,
        "route": line.route,
        "day": days if days[1:] else days[0],
        "turn": line.turns,
        "as_needed": "yes" if line.as_needed else "",
        "at": "" if line.at == "1" else line.at,
        "over": line.over,
        "cap": line.cap,
        "source": _source(line.rows),
    }
    return {key: value for key, value in data.items() if value}


def _cycle_assumptions(block: Block) -> Iterator[dict[str, Any]]:

    if block.every and not block.cycles:
        text = "The number of cycles is open."
        because = "The sheet says how long a cycle is, but not how many there are."
        yield assumption(f"{block.name}.repeat.times", text, because)
    if block.incomplete:
        text = "All rows have cycles of the same length and number."
        because = f"Not every row says it ({numbered('row', block.incomplete)})."
        yield assumption(f"{block.name}.repeat.every", text, because)


def _dose_assumptions(line: Line, sheet: Sheet) -> Iterator[dict[str, Any]]:
    path = line.path
    if (drug := sheet.drugs.get(line.drug.casefold(), line.drug)) != line.drug:
        text = f"The sheet prints it as {line.drug!r}."
        yield assumption(f"{path}.drug", text, f"The list of names says that it is {drug}.")
    if not line.at and not line.as_needed:
        because = "The sheet does not say how often in a day."
        yield assumption(f"{path}.at", "Given once on each of its days.", because)
    elif line.clocks:
        listed = values.as_written(line.at).strip("[]")
        because = f"The sheet names {line.clocks} without clock times."
        yield assumption(f"{path}.at", f"Given at {listed}.", because)
    if not line.over and line.route.startswith("IV"):
        text = "No infusion time is given; it is shown without one."
        yield assumption(f"{path}.over", text, "The sheet gives none.")


def days_of_sheet(blocks: Iterable[Block], turns: int) -> Counter[tuple[str, int]]:
    """How often each dose is given on each day of its regimen, by the arithmetic of the sheet.

    Day d of turn t of a cycle of n days is day (t - 1) x n + d after the blocks before it.

    Args:
        turns: how many turns to count of a block, or days of a dose, that has no stated end.
    """
    given: Counter[tuple[str, int]] = Counter()
    begin = 0
    for block in blocks:
        length = fields.block_length(block.every).shortest // DAY if block.every else 0
        count = fields.count(block.cycles[1]) if block.cycles else turns if block.every else 1
        last = 0
        for line in block.lines:
            in_turns = fields.turns(line.turns) if line.turns else None
            at = fields.at(line.at) if line.at not in ("", "1") else None
            if line.as_needed or (at is not None and at.most is not None):
                continue  # it has no fixed day, and makes nothing longer
            times = len(at.minutes) if at is not None else 1
            start = line.onward or 0
            onward = range(start, (length + 1 if length else start + turns) if start else 0)
            lasts = -(-fields.duration(line.over).longest // DAY) if line.over else 1
            for turn in range(count):
                if in_turns is not None and not in_turns.holds(turn + 1):
                    continue
                for day in (*line.days, *onward):
                    regimen_day = begin * bool(block.name) + turn * length + day - (day > 0)
                    given[line.path, regimen_day] += times
                    last = max(last, day - 1 + lasts)
        begin += (length * count or last) if block.name else 0
    return given


_COLUMN_OF_KEY = {"day": "days", "turn": "turns", "at": "times a day", "dose": "drug"}


class Written(NamedTuple):
    """The text of a regimen's file, and the regimen that it holds.

    Args:
        regimen: None where the file has faults.
        remarks: points that a person should confirm.
    """

    content: bytes
    regimen: Regimen | None
    refusals: tuple[Refusal, ...]
    remarks: tuple[RegimenError, ...] = ()


def render(draft: SheetRegimen, file: str, names: DrugNames) -> Written:
    """The text of the file of a regimen without refusals, and the regimen that it is read as."""
    assert draft.data is not None
    content = "".join(f"{line}\n" for line in lines(draft.data)).encode()
    try:
        result = examine(FileContent(content, Origin(file, "")), (), names)
    except FaultyFile as error:
        faults: Sequence[RegimenError] = error.faults
    except (RegimenError, Refused) as error:
        faults = [RegimenError(file, None, "", str(error))]
    else:
        if result.regimen is not None:
            return Written(content, result.regimen, (), result.remarks)
        faults = result.faults
    return Written(content, None, tuple(_refusal(fault, draft) for fault in faults))


def _refusal(fault: RegimenError, draft: SheetRegimen) -> Refusal:
    """A fault of the file, at the first row of the dose, block or regimen that it is about."""
    for block in draft.blocks:
        for line in block.lines:
            if f"{fault.path}.".startswith(f"{line.path}."):
                key = fault.path.removeprefix(line.path).strip(".") or "dose"
                kind = _COLUMN_OF_KEY.get(key, key)
                return Refusal(line.rows[0], line.drug, kind, fault.problem)
        if block.name and f"{fault.path}.".startswith(f"{block.name}."):
            return Refusal(block.lines[0].rows[0], block.name, "cycles", fault.problem)
    where = f"{fault.path}: " if fault.path else ""
    return Refusal(draft.rows[0], draft.name, "file", f"{where}{fault.problem}")


_OPEN_TURNS = 2
"""The turns of an open-ended block or dose that are compared with the sheet."""


def differences_from_sheet(
    draft: SheetRegimen, regimen: Regimen
) -> tuple[int, tuple[Refusal, ...]]:
    """The number of administrations of a regimen, and refusals for days that differ from the sheet.

    Open-ended blocks and doses are compared for two turns. The start time is as early as offsets
    allow, so that doses round the clock are all on the day on which they begin, as in a sheet.
    """
    times = dict.fromkeys((counted.path for counted in openings(regimen.body, None)), _OPEN_TURNS)
    offsets = (dose.at.minutes for dose in regimen.doses() if dose.at and dose.at.kind == "offset")
    start = max(0, -min((minute for minutes in offsets for minute in minutes), default=0))
    slots = expand(regimen, times=times, start=start).slots
    in_file = Counter((slot.dose.path, slot.day) for slot in slots)
    in_sheet = days_of_sheet(draft.blocks, _OPEN_TURNS)
    keys = in_file.keys() | in_sheet.keys()
    wrong = sorted(key for key in keys if in_file[key] != in_sheet[key])
    refusals = []
    for line in (line for block in draft.blocks for line in block.lines):
        if days := [day + (day >= 0) for path, day in wrong if path == line.path]:
            problem = f"is given differently on {numbered('day', days)} of the regimen than here"
            problem += "; see what the file says with il2calc show, and report it"
            refusals.append(Refusal(line.rows[0], line.drug, "check", problem))
    return len(slots), tuple(refusals)
