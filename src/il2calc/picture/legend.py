"""What a picture of a regimen means, in words: sizes of dose, conditions, columns, omissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from il2calc.picture.bands import Band
from il2calc.picture.bars import turn_name
from il2calc.picture.lanes import KINDS, Kind, Lane, Level
from il2calc.picture.outline import Outline
from il2calc.plan.calendar import DAY, clock
from il2calc.report import words
from il2calc.report.words import Marks
from il2calc.units import Quantity, safe, safe_quantity

NOTHING = "Nothing is given."
"""What stands in place of a picture where there is none."""

RUNS_ON = "an infusion runs on"
"""What stands for a column in which nothing begins, and an infusion has not ended."""

_STILL = "an infusion still runs on"

_AT_MOST = dict(Marks((), frozenset("M")).legend())["M"]


def names(outline: Outline) -> list[str]:
    """The name of each lane: its drug, and its unit where one drug has several lanes."""
    drugs = [lane.drug for lane in outline.lanes]
    return [
        lane.drug if drugs.count(lane.drug) == 1 else f"{lane.drug} ({_unit(lane)})"
        for lane in outline.lanes
    ]


def sizes(lane: Lane, column: str) -> list[str]:
    """Each size of dose of a lane, from the smallest to the largest.

    Args:
        column: what a column is, `day` or `week`.
    """
    short = {_range(lane, level, full=False) for level in lane.levels}
    full = len(short) < len(lane.levels)
    return [_size(lane, level, column, full=full) for level in lane.levels]


def _size(lane: Lane, level: Level, column: str, *, full: bool) -> str:
    most = "at most " if lane.at_most == "all" else ""
    count = f"{level.fewest:,}" + (f" to {level.most:,}" if level.most > level.fewest else "")
    count += " dose" if level.most == 1 else " doses"
    told = f"{most}{_range(lane, level, full=full)}{_spread(level, column)} ({count})"
    if level.share is None:
        return told
    least, largest = (_amount(lane, each, full=full) for each in level.share)
    share = least if least == largest else f"{least} to {largest}"
    where = "" if level.kinds == {"mixed"} else "where only a part is conditional, "
    return f"{told}; {where}{share} of it only if a condition is met"


def _range(lane: Lane, level: Level, *, full: bool) -> str:
    amount = _amount(lane, level.high, full=full)
    if level.low is None:
        return amount
    more = f"more than {_amount(lane, level.low, full=full)}, " if level.low else ""
    return f"{more}up to {amount}"


def _spread(level: Level, column: str) -> str:
    """Over what time an amount is given: a column or, where infusions run on, how long they do."""
    if not any(level.over):
        return f" a {column}"
    part = "" if all(level.over) else "in part "
    return f", begun that {column}, {part}over {' or '.join(filter(None, level.over))}"


def _amount(lane: Lane, value: Decimal, *, full: bool) -> str:
    if lane.basis is None:
        return safe(value, lane.unit, full=full)
    return safe_quantity(Quantity(value, lane.unit, lane.basis), full=full)


def _unit(lane: Lane) -> str:
    return safe_quantity(Quantity(Decimal(2), lane.unit, lane.basis)).removeprefix("2 ")


def kinds(outline: Outline) -> dict[Kind, str]:
    """What each kind of column says."""
    firm = "given or planned" if outline.given else "due"
    return {
        "firm": firm,
        "conditional": "due only if a condition is met",
        "mixed": f"{firm}, a part of it only if a condition is met",
    }


def conditions(outline: Outline) -> list[tuple[str, str]]:
    """Each mark of a condition that something drawn depends on, with what it means.

    Where no turn bears it, its drugs are named.
    """
    told = []
    legend = Marks(outline.conditions, frozenset()).legend()
    for condition, (mark, meaning) in zip(outline.conditions, legend, strict=True):
        drugs = dict.fromkeys(lane.drug for lane in outline.lanes if condition in lane.only_if)
        if any(condition in each.only_if for each in outline.stretches):
            told.append((mark, meaning))
        elif drugs:
            told.append((mark, f"{meaning} ({words.listed([*drugs])})"))
    return told


def folded(outline: Outline, band: Band) -> str:
    """What stands in place of columns that hold nothing."""
    first, last = outline.first_day(band.first), outline.first_day(band.last + 1) - 1
    days = words.days(outline.number(first), outline.number(last))
    length = words.minutes((last - first + 1) * DAY)
    return f"{words.title(days)}: nothing is given ({length}, not drawn)"


def remarks(outline: Outline) -> Iterator[str]:
    """What else a reader of the picture must know."""
    if outline.column == "day":
        yield "A column is a day."
    else:
        yield (
            "A column is a week of the regimen (days 1 to 7, 8 to 14, ...), marked with its first "
            "day; an amount is that of the whole week."
        )
        begun = [(each.path, outline.column_of(each.first)) for each in outline.stretches]
        if len(set(begun)) < len(begun):
            yield "Of turns that begin in one week, the first is named."
    if outline.begins is not None:
        yield f"Drawn as if each day begins at {clock(outline.begins)}."
    if outline.first < 0 and not outline.day_zero:
        yield "There is no day 0: day -1 is the day before day 1."
    lanes = outline.lanes
    some = [lane.drug for lane in lanes if lane.at_most == "some"]
    if any(lane.at_most != "none" for lane in lanes):
        partly = f" For {words.listed(some)} this holds of some doses only." if some else ""
        yield f"{words.title(_AT_MOST)}; all of them are drawn.{partly}"
    if outline.ranged:
        yield " ".join(_earliest(outline))
    if outline.left_out:
        yield "Doses that were held or stopped are not drawn."
    for path in outline.opened:
        name = path.rpartition(".")[2]
        turns = {each.number for each in outline.stretches if each.path == path}
        yield f"{words.title(name)}: {len(turns)} turns drawn; the file leaves it open."
    if any(lane.levels for lane in lanes):
        yield "Amounts are shown to 4 significant figures."


def _earliest(outline: Outline) -> Iterator[str]:
    """That what may lie later is drawn at its earliest, and how much later its turns may begin."""
    yield "Where a source gives a range of time, the earliest is drawn."
    late = [each for each in outline.stretches if each.late]
    outermost = min((each.depth for each in late), default=0)
    late = [each for each in late if each.depth == outermost]
    for each in [*late[:1], *late[1:][-1:]]:
        later = words.minutes(each.late * DAY)
        yield f"{words.title(turn_name(each))} may begin up to {later} later."


def told(outline: Outline) -> Iterator[str]:
    """The picture in sentences, for those who do not see it."""
    for name, lane in zip(names(outline), outline.lanes, strict=True):
        marks = [f"C{outline.conditions.index(each) + 1}" for each in lane.only_if]
        begun = {
            kind: _days(outline, [at for at, cell in lane.cells.items() if cell.kind == kind])
            for kind in KINDS
        }
        runs = {
            only_if: _days(outline, [at for at, each in lane.running.items() if each is only_if])
            for only_if in (False, True)
        }
        mark = words.listed(marks)
        parts = [
            begun["firm"],
            begun["conditional"] and f"{begun['conditional']} ({mark})",
            begun["mixed"] and f"{begun['mixed']} (in part {mark})",
            runs[False] and f"{_STILL} {runs[False]}",
            runs[True] and f"{_STILL} {runs[True]} ({mark})",
        ]
        yield f"{name}: {'; '.join(filter(None, parts)) or 'nothing'}."
    for mark, meaning in conditions(outline):
        yield f"{mark}: {meaning}."


def _days(outline: Outline, columns: Iterable[int]) -> str:
    """The days of columns, runs of them folded."""
    runs: list[tuple[int, int]] = []
    for column in columns:
        first, last = outline.first_day(column), outline.first_day(column + 1) - 1
        if runs and runs[-1][1] == first - 1:
            first = runs.pop()[0]
        runs.append((first, last))
    number = outline.number
    return ", ".join(words.days(number(first), number(last)) for first, last in runs)


def used(lanes: Iterable[Lane]) -> list[Kind]:
    """Which kinds of columns there are."""
    found = {kind for lane in lanes for level in lane.levels for kind in level.kinds}
    return [kind for kind in KINDS if kind in found]


def runs_on(lanes: Iterable[Lane]) -> bool:
    """Whether there are columns in which nothing begins and an infusion runs on."""
    return any(at not in lane.cells for lane in lanes for at in lane.running)
