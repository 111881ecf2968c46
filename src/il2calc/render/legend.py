"""What a picture of a regimen means, in words: sizes of dose, conditions, columns, omissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from il2calc.daytimes import DAY
from il2calc.lanes import Lane, Level
from il2calc.outline import Outline
from il2calc.render import words
from il2calc.render.bands import Band
from il2calc.render.bars import turn_name
from il2calc.render.sections import Marks
from il2calc.units import Quantity, safe, safe_quantity

NOTHING = "Nothing is given."
"""What stands in place of a picture where there is none."""

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
    short = [_size(lane, level, column, full=False) for level in lane.levels]
    if len(set(short)) == len(short):
        return short
    return [_size(lane, level, column, full=True) for level in lane.levels]


def _size(lane: Lane, level: Level, column: str, *, full: bool) -> str:
    most = "at most " if lane.at_most == "all" else ""
    amount = _amount(lane, level.high, full=full)
    if level.low is not None:
        amount = f"up to {amount}"
        if level.low:
            amount = f"more than {_amount(lane, level.low, full=full)}, {amount}"
    count = f"{level.fewest:,}" + (f" to {level.most:,}" if level.most > level.fewest else "")
    return f"{most}{amount} a {column} ({count} {'dose' if level.most == 1 else 'doses'})"


def _amount(lane: Lane, value: Decimal, *, full: bool) -> str:
    if lane.basis is None:
        return safe(value, lane.unit, full=full)
    return safe_quantity(Quantity(value, lane.unit, lane.basis), full=full)


def _unit(lane: Lane) -> str:
    return safe_quantity(Quantity(Decimal(2), lane.unit, lane.basis)).removeprefix("2 ")


def kinds(outline: Outline) -> tuple[str, str]:
    """What a firm size of dose says, and what one that depends on a condition does."""
    return "given or due" if outline.given else "due", "due only if a condition is met"


def conditions(outline: Outline) -> list[tuple[str, str]]:
    """Each mark of a condition, with what it means, and for which drugs where no turn bears it."""
    told = []
    legend = Marks(outline.conditions, frozenset()).legend()
    for condition, (mark, meaning) in zip(outline.conditions, legend, strict=True):
        drugs = dict.fromkeys(lane.drug for lane in outline.lanes if condition in lane.only_if)
        in_turns = any(condition in each.only_if for each in outline.stretches)
        which = "" if in_turns or not drugs else f" ({words.listed([*drugs])})"
        told.append((mark, meaning + which))
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
    if outline.first < 0 and not outline.day_zero:
        yield "There is no day 0: day -1 is the day before day 1."
    lanes = outline.lanes
    some = [lane.drug for lane in lanes if lane.at_most == "some"]
    if any(lane.at_most != "none" for lane in lanes):
        partly = f" For {words.listed(some)} this holds of some doses only." if some else ""
        yield f"{words.title(_AT_MOST)}; all of them are drawn.{partly}"
    cells = [cell for lane in lanes for cell in lane.cells.values()]
    if any(0 < cell.conditional < cell.value for cell in cells):
        yield "What depends on a condition only in part is drawn as if all of it did."
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
        firm = _days(outline, [at for at, cell in lane.cells.items() if not cell.conditional])
        other = _days(outline, [at for at, cell in lane.cells.items() if cell.conditional])
        parts = [firm, f"{other} ({words.listed(marks)})" if other else ""]
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


def used(lanes: Iterable[Lane]) -> tuple[bool, bool]:
    """Whether any size of dose is firm, and whether any depends on a condition."""
    levels = [level for lane in lanes for level in lane.levels]
    return any(level.firm for level in levels), any(level.conditional for level in levels)
