"""What a picture of a regimen means, in words: sizes of dose, conditions, columns, omissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from il2calc.picture.bands import Band
from il2calc.picture.outline import Cell, Column, Lane, Mark, Outline, Stretch
from il2calc.plan.calendar import DAY, clock, lasting
from il2calc.report import words
from il2calc.report.words import Marks
from il2calc.units import AMOUNT_UNITS, Quantity, safe_quantity

_Sizes = list[tuple[list[Mark | None], str]]  # the marks of each size of dose, and what it is
_AT_MOST = dict(Marks((), frozenset("M")).legend())["M"]


def nothing(outline: Outline) -> str:
    """What stands in place of a picture where there is none: no drug may have a day at all."""
    if outline.at_need and not outline.lanes:
        what = "; ".join(outline.at_need)
        return f"Nothing is given on a set day: all of it is given as needed. {what}."
    return "Nothing is given."


def names(outline: Outline) -> list[str]:
    """The name of each lane: its drug, and what tells it from other lanes of that drug."""
    names = []
    for lane in outline.lanes:
        like = {(other.unit, other.basis) for other in outline.lanes if other.drug == lane.drug}
        unit = _amount(lane, Decimal(2), full=True).removeprefix("2 ")
        name = f"{lane.drug} ({unit})" if len(like) > 1 else lane.drug
        names.append(f"{name}, only if" if lane.apart else name)
    return names


def labels(outline: Outline) -> list[str]:
    """All that stands before rows of a picture, but for days and dates."""
    return [*names(outline), *(turn.name for turn in outline.stretches)]


def rows(outlines: Mapping[str | None, Outline]) -> Iterator[tuple[str, _Sizes]]:
    """The name of each lane, and of each size of dose how it is drawn and what it is, by arm."""
    outline = next(iter(outlines.values()))
    for place, (name, lane) in enumerate(zip(names(outline), outline.lanes, strict=True)):
        kinds = sorted({cell.mark.conditional for cell in lane.cells.values()})
        told = [sizes(other.lanes[place], other.column) for other in outlines.values()]
        found = []
        for size, *here in zip(lane.sizes(), *told, strict=True):
            marks = {cell.mark.conditional: cell.mark for cell in size}
            by_arm = "; ".join(f"{text} in {arm}" for arm, text in zip(outlines, here, strict=True))
            text = here[0] if len(set(here)) == 1 else by_arm
            found.append(([marks.get(kind) for kind in kinds], text))
        yield name, found


def sizes(lane: Lane, column: Column) -> list[str]:
    """Each size of dose of a lane, from the smallest to the largest."""
    ends = {cell.value for size in lane.sizes() for cell in (min(size), max(size))}
    full = len({_amount(lane, value, full=False) for value in ends}) < len(ends)
    return [_size(lane, size, column, full=full) for size in lane.sizes()]


def _size(lane: Lane, size: list[Cell], column: Column, *, full: bool) -> str:
    """An amount, over what time it is given, and in how many doses."""
    amounts = (_amount(lane, cell.value, full=full) for cell in (min(size), max(size)))
    most = "at most " if lane.at_most == {True} else ""
    overs = dict.fromkeys(over for cell in size for over in cell.over)
    time = f" a {column}"
    if any(overs):  # not all of it is given in its column
        part = "" if all(overs) else "in part "
        time = f", begun that {column}, {part}over {' or '.join(filter(None, overs))}"
    counts = sorted(cell.administrations for cell in size)
    doses = " to ".join(dict.fromkeys(f"{count:,}" for count in (counts[0], counts[-1])))
    doses += " dose" if counts[-1] == 1 else " doses"
    return f"{most}{' to '.join(dict.fromkeys(amounts))}{time} ({doses})"


def _amount(lane: Lane, value: Decimal, *, full: bool) -> str:
    if lane.unit not in (*AMOUNT_UNITS, "AUC"):
        return f"amount {lane.unit}"
    return safe_quantity(Quantity(value, lane.unit, lane.basis), full=full)


def key(outline: Outline) -> list[tuple[bool, bool, str]]:
    """What is drawn: whether an infusion runs on, whether it is conditional, and what that says."""
    lanes, bound = outline.lanes, "only if a condition is met"
    begun = {cell.mark.conditional for lane in lanes for cell in lane.cells.values()}
    runs = {lane.running[at] for lane in lanes for at in lane.running if at not in lane.cells}
    due = "given or planned" if outline.given else "due"
    told = [(False, kind, f"due {bound}" if kind else due) for kind in sorted(begun)]
    runs_on = "an infusion runs on"
    return told + [(True, kind, f"{runs_on} {bound}" if kind else runs_on) for kind in sorted(runs)]


def conditions(outline: Outline) -> Iterator[tuple[str, str]]:
    """The mark of each condition that matters, and what it means; if no turn bears it, for what."""
    legend = Marks(outline.conditions, frozenset()).legend()
    for condition, (mark, meaning) in zip(outline.conditions, legend, strict=True):
        drugs = dict.fromkeys(lane.drug for lane in outline.lanes if condition in lane.only_if)
        if any(condition in turn.only_if for turn in outline.stretches):
            yield mark, meaning
        elif drugs:
            yield mark, f"{meaning} ({words.listed([*drugs])})"


def folded(outline: Outline, band: Band) -> str:
    """What stands in place of columns that hold nothing."""
    days = words.title(_days(outline, range(band.first, band.last + 1)))
    count = outline.first_day(band.last + 1) - outline.first_day(band.first)
    return f"{days}: nothing is given ({lasting(count * DAY)}, not drawn)"


def remarks(outline: Outline) -> Iterator[str]:
    """What else a reader of the picture must know."""
    if outline.column == "day":
        yield "A column is a day."
    else:
        yield (
            "A column is a week of the regimen (days 1 to 7, 8 to 14, ...), marked with its first "
            "day; an amount is that of the whole week."
        )
        begun = [(turn.path, outline.column_of(turn.first)) for turn in outline.stretches]
        if len(set(begun)) < len(begun):
            yield "Of turns that begin in one week, the first is named."
    if outline.begins is not None:
        yield f"Drawn as if each day begins at {clock(outline.begins)}."
    if outline.first < 0 and not outline.day_zero:
        yield "There is no day 0: day -1 is the day before day 1."
    yield from _of_lanes(outline.lanes)
    if outline.ranged or any(turn.endless for turn in outline.stretches):
        yield "Where a source gives a range of time, the earliest is drawn." + _late(outline)
    if outline.at_need:
        yield f"Not drawn, for it has no set day: {'; '.join(outline.at_need)}."
    if outline.left_out:
        yield "Doses that were held or stopped are not drawn."
    for path in outline.opened:
        turns = {turn.number for turn in outline.stretches if turn.path == path}
        name = words.title(path.rpartition(".")[2])
        yield f"{name}: {len(turns)} turns drawn; the file leaves it open."
    if not outline.empty():
        yield "Amounts are shown to 4 significant figures."


def _of_lanes(lanes: Iterable[Lane]) -> Iterator[str]:
    """What is drawn in a row of its own, and what is a maximum."""
    if apart := dict.fromkeys(lane.drug for lane in lanes if lane.apart):
        yield (
            f"Doses of {words.listed([*apart])} that depend on a condition have a row of their "
            "own; in a column marked in both rows, they come on top of the firm ones."
        )
    if any(True in lane.at_most for lane in lanes):
        some = dict.fromkeys(lane.drug for lane in lanes if len(lane.at_most) > 1)
        partly = f" For {words.listed([*some])} this holds of some doses only." if some else ""
        yield f"{words.title(_AT_MOST)}; all of them are drawn.{partly}"


def _late(outline: Outline) -> str:
    """How much later the first and the last of the outermost turns that may lie later may begin."""
    found = (turn for turn in outline.stretches if turn.late or turn.endless)
    late = sorted(found, key=lambda turn: turn.depth)
    late = [turn for turn in late if turn.depth == late[0].depth]
    return "".join(
        f" {words.title(turn.title)} {_when_at_last(turn)}."
        for turn in dict.fromkeys([*late[:1], *late[-1:]])
    )


def _when_at_last(turn: Stretch) -> str:
    if turn.endless:
        return "begins not before the day drawn: the source gives only the shortest rest"
    return f"may begin up to {lasting(turn.late * DAY)} later"


def told(outline: Outline) -> Iterator[str]:
    """The picture in sentences, for those who do not see it."""
    for name, lane in zip(names(outline), outline.lanes, strict=True):
        marks = words.listed([f"C{outline.conditions.index(text) + 1}" for text in lane.only_if])
        begun = {at: cell.mark.conditional for at, cell in lane.cells.items()}
        runs = [
            (lead, _days(outline, (at for at in columns if columns[at] is kind)), kind)
            for lead, columns in (("", begun), ("an infusion still runs on ", lane.running))
            for kind in (False, True)
        ]
        texts = [
            f"{lead}{days}{f' ({marks})' if kind else ''}" for lead, days, kind in runs if days
        ]
        yield f"{name}: {'; '.join(texts) or 'nothing'}."
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
