"""The shape of a regimen as text: a row per drug, a column per day or week, turns above them.

Below the rows, words explain sizes of dose, conditions, columns and omissions; the SVG picture uses
the same words. Nothing depends on colour. Conditional doses have signs of their own, under the mark
of their condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from il2calc.errors import how_many
from il2calc.model.regimen import Regimen
from il2calc.picture.bands import BLOCK_DAY, Band, Bar, Layout, Pen
from il2calc.picture.outline import Cell, Column, Lane, Mark, Outline, of_regimen, of_schedule
from il2calc.plan.calendar import DAY, clock, lasting
from il2calc.plan.schedule import Caution
from il2calc.report import notes, words
from il2calc.report.lines import Line, Style, padded, width_of, wrapped
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.units import AMOUNT_UNITS, Quantity, safe_quantity

NARROWEST = 40  # columns of text that a picture takes at least
_ROOM_FOR_SIZES = 45  # and that the text of a size needs, not to be broken too often
_Sizes = list[tuple[list[Mark | None], str]]  # the marks of each size of dose, and what it is
_AT_MOST = dict(words.Marks((), frozenset("M")).legend())["M"]


class Signs(NamedTuple):
    """The signs of a picture; of each pair, the first is firm, the other conditional."""

    sizes: tuple[str, str]  # of dose, from the smallest; where a drug has fewer, the last of them
    runs_on: tuple[str, str]
    nothing: str
    opens: str
    line: str
    closes: str

    def of(self, mark: Mark) -> str:
        """The sign of a mark."""
        if mark.size == 0:
            return self.runs_on[mark.conditional]
        return self.sizes[mark.conditional][mark.size - mark.sizes - 1]


UNICODE = Signs(("░▒█", "◦○◉"), ("━", "╍"), nothing="·", opens="├", line="─", closes="┤")
ASCII = Signs((":+#", "oO@"), ("~", "?"), nothing="_", opens="|", line="-", closes="|")


def margin(names: list[str], width: int | None) -> int:
    """The room for names to the left of their rows; longer names go on a line above."""
    needed = [width_of(name) + 2 for name in names]
    limit = max(needed) if width is None else max(width, NARROWEST) * 2 // 5
    return max(filter(lambda room: room <= limit, needed), default=2)


def lines(
    plan: Plan, width: int | None, cautions: Sequence[Caution] = (), *, unicode: bool = True
) -> Iterator[Line]:
    """A finished schedule as a picture, with its head above and the explanations below."""
    picture = Picture(of_schedule(schedule_of(plan)), width, UNICODE if unicode else ASCII)
    caution_lines = (("caution", caution.text) for caution in cautions)
    yield from _sheet([*notes.head(plan), *caution_lines], [{None: picture}], width)


def regimen_lines(
    regimen: Regimen, arm: str | None, width: int | None, *, unicode: bool = True
) -> Iterator[Line]:
    """A regimen without a patient as a picture, in the amounts that it prescribes.

    Without an arm: its default arm, or else every arm, one picture for arms that look the same.
    """
    only_arm = arm or regimen.default_arm
    head = [("regimen", f"{regimen.id}, version {regimen.version}: {regimen.title}")]
    head.append(("file", notes.origin_line(regimen.origin)))
    head.append(("program", words.PROGRAM))
    if only_arm:
        default = "" if arm else " (the file's default)"
        head.append(("arm", f"{only_arm}{default}: {regimen.arms[only_arm].text}"))
    head += [("set", setting.in_safe_style()) for setting in regimen.settings]
    groups: dict[object, dict[str | None, Picture]] = {}
    for name in [only_arm] if only_arm or not regimen.arms else regimen.arms:
        picture = Picture(of_regimen(regimen, name), width, UNICODE if unicode else ASCII)
        groups.setdefault((*picture.lines(), *picture.notes()), {})[name] = picture
    yield from _sheet(head, [*groups.values()], width)


def _sheet(
    head: Iterable[tuple[str, str]], groups: list[dict[str | None, Picture]], width: int | None
) -> Iterator[Line]:
    """A head, each picture with the explanations for the arms that share it, and a disclaimer."""
    for label, text in head:
        yield from wrapped(f"{label:<8} ", text, width)
    for group in groups:
        if sum(map(len, groups)) > 1:
            listed = words.listed([str(name) for name in group])
            yield Line("")
            yield from wrapped("", f"Arm{'s' if len(group) > 1 else ''} {listed}", width, "heading")
        picture = next(iter(group.values()))
        yield from picture.lines()
        if not picture.outline.empty():
            yield from picture.sizes({arm: other.outline for arm, other in group.items()})
            yield Line("")
            yield from picture.notes()
    yield Line("")
    yield from wrapped("", words.DISCLAIMER, width)


class Picture:
    """An outline as lines of text."""

    def __init__(self, outline: Outline, width: int | None, signs: Signs) -> None:
        self.signs, self.width = signs, width
        self.margin = margin([*row_labels(outline), BLOCK_DAY], width)
        room = None if width is None else max(width, NARROWEST) - self.margin
        pen = Pen(room, range(1, 4), [1], width_of, bar_gap=2, number_gap=1, text_gap=1)
        self.layout = Layout(outline, pen)
        self.outline, self.size = self.layout.outline, self.layout.size
        self.names = lane_names(self.outline)

    def lines(self) -> Iterator[Line]:
        """Every band, with an empty line before it."""
        if self.outline.empty():
            yield from (Line(""), Line(empty_text(self.outline)))
            return
        for band in self.layout.bands:
            yield from (Line(""), *self._band(band))

    def _band(self, band: Band) -> Iterator[Line]:
        if band.folded:
            yield from wrapped("", folded_text(self.outline, band), self.width)
            return
        columns, nothing = range(band.last - band.first + 1), self.signs.nothing
        wide = max(1, self.size - 1)  # with a gap, so that days can be counted
        for name, bars in self.layout.bars(band):
            yield from self._line(name, _in_columns(self._bars(bars)), "label")
        for name, marks in zip(self.names, self.layout.marks(band), strict=True):
            signs = {column: self.signs.of(mark) * wide for column, mark in marks.items()}
            row = (signs.get(column, nothing).ljust(self.size) for column in columns)
            yield from self._line(name, "".join(row))
        for name, texts in self.layout.axis_rows(band):
            placed = ((column * self.size, text) for column, text in texts.items())
            yield from self._line(name, _in_columns(placed))

    def _line(self, name: str, text: str, style: Style = "") -> Iterator[Line]:
        if width_of(name) + 2 > self.margin:
            yield from wrapped("", name, self.width, style)
            name = ""
        yield Line((padded(name, self.margin) + text).rstrip(), style)

    def _bars(self, bars: Iterable[Bar]) -> Iterator[tuple[int, str]]:
        end, text = 0, ""
        for bar in bars:
            begin = bar.first * self.size
            text = self._bar(bar, after_number=begin == end and text[-1:].isalnum())
            yield begin, text
            end = begin + width_of(text)

    def _bar(self, bar: Bar, *, after_number: bool) -> str:
        """A bar with its text, or without it if the bar is too narrow."""
        signs, width = self.signs, (bar.last - bar.first + 1) * self.size
        opens = signs.opens if bar.opens else signs.line
        closes = signs.closes if bar.closes else signs.line
        text = f" {bar.text} " if bar.text and width_of(bar.text) + 4 <= width else bar.text
        if width_of(text) + 2 <= width:
            return opens + text + signs.line * (width - width_of(text) - 2) + closes
        if width_of(text) < width:
            return opens + padded(text, width - 1)
        if width_of(text) == width and not after_number:
            return text
        return opens + signs.line * (width - 1)

    def sizes(self, outlines: Mapping[str | None, Outline]) -> Iterator[Line]:
        """The meaning of the signs and of the sizes of dose, in each of some arms."""
        signs, lanes = self.signs, self.outline.lanes
        most_sizes = max(cell.mark.sizes for lane in lanes for cell in lane.cells.values())
        texts = []
        for runs, conditional, text in legend(self.outline):
            sign = signs.runs_on[conditional] if runs else signs.sizes[conditional][-most_sizes:]
            texts.append(f"{sign} = {text}")
        yield Line("")
        yield from wrapped("", ", ".join([*texts, f"{signs.nothing} = nothing"]), self.width)
        room = margin(self.names, self.width)
        room = room if self.width is None or self.width - room >= _ROOM_FOR_SIZES else 2
        for name, sizes in lane_rows(outlines):
            lead = padded(name, room)
            if sizes and width_of(lead) > room:
                yield from wrapped("", name, self.width)
                lead = " " * room
            for marks, text in sizes:
                lead += "".join(f"{signs.of(mark) if mark else ' '} " for mark in marks)
                yield from wrapped(f"{lead} ", text, self.width)
                lead = " " * room

    def notes(self) -> Iterator[Line]:
        """What else a reader must know."""
        for mark, meaning in conditions(self.outline):
            yield from wrapped(f"{mark:<3} ", meaning, self.width)
        for text in remarks(self.outline):
            yield from wrapped("", text, self.width)


def _in_columns(texts: Iterable[tuple[int, str]]) -> str:
    """A line with each text in its column, or right after the text before if there is no room."""
    end, line = 0, list[str]()
    for column, text in texts:
        line += " " * (column - end), text
        end = max(end, column) + width_of(text)
    return "".join(line)


def empty_text(outline: Outline) -> str:
    """The text in place of an empty picture: there may be no dose on a fixed day."""
    if outline.as_needed and not outline.lanes:
        doses = "; ".join(outline.as_needed)
        return f"Nothing is given on a fixed day: all of it is given as needed. {doses}."
    return "Nothing is given."


def lane_names(outline: Outline) -> list[str]:
    """The name of each lane: the drug, and what distinguishes it from other lanes of the drug."""
    names = []
    for lane in outline.lanes:
        kinds = {(other.unit, other.basis) for other in outline.lanes if other.drug == lane.drug}
        unit = _amount(lane, Decimal(2), full=True).removeprefix("2 ")
        name = f"{lane.drug} ({unit})" if len(kinds) > 1 else lane.drug
        names.append(f"{name}, only if" if lane.split else name)
    return names


def row_labels(outline: Outline) -> list[str]:
    """All names to the left of rows, except days and dates."""
    return [*lane_names(outline), *(turn.name for turn in outline.turns)]


def lane_rows(outlines: Mapping[str | None, Outline]) -> Iterator[tuple[str, _Sizes]]:
    """The name of each lane, with the marks and the meaning of each size of dose, by arm."""
    outline = next(iter(outlines.values()))
    for index, (name, lane) in enumerate(zip(lane_names(outline), outline.lanes, strict=True)):
        kinds = sorted({cell.mark.conditional for cell in lane.cells.values()})
        by_arm = [sizes(other.lanes[index], other.column) for other in outlines.values()]
        entries = []
        for size, *texts in zip(lane.sizes(), *by_arm, strict=True):
            marks = {cell.mark.conditional: cell.mark for cell in size}
            pairs = zip(outlines, texts, strict=True)
            joined = "; ".join(f"{text} in {arm}" for arm, text in pairs)
            text = texts[0] if len(set(texts)) == 1 else joined
            entries.append(([marks.get(kind) for kind in kinds], text))
        yield name, entries


def sizes(lane: Lane, column: Column) -> list[str]:
    """The text of each size of dose of a lane, from the smallest to the largest."""
    ends = {cell.value for size in lane.sizes() for cell in (min(size), max(size))}
    full = len({_amount(lane, value, full=False) for value in ends}) < len(ends)
    return [_size(lane, size, column, full=full) for size in lane.sizes()]


def _size(lane: Lane, size: list[Cell], column: Column, *, full: bool) -> str:
    amounts = (_amount(lane, cell.value, full=full) for cell in (min(size), max(size)))
    at_most = "at most " if lane.at_most == {True} else ""
    overs = dict.fromkeys(over for cell in size for over in cell.over)
    time = f" a {column}"
    if any(overs):  # not all of it is given in its column
        partly = "" if all(overs) else "in part "
        time = f", begun that {column}, {partly}over {' or '.join(filter(None, overs))}"
    counts = sorted(cell.administrations for cell in size)
    doses = " to ".join(dict.fromkeys(f"{count:,}" for count in (counts[0], counts[-1])))
    amount = " to ".join(dict.fromkeys(amounts))
    return f"{at_most}{amount}{time} ({how_many(doses, 'dose')})"


def _amount(lane: Lane, value: Decimal, *, full: bool) -> str:
    if lane.unit not in (*AMOUNT_UNITS, "AUC"):
        return f"amount {lane.unit}"
    return safe_quantity(Quantity(value, lane.unit, lane.basis), full=full)


def legend(outline: Outline) -> list[tuple[bool, bool, str]]:
    """Each sign used: whether an infusion runs on, whether it is conditional, and its meaning."""
    meanings = {  # by whether an infusion runs on, and whether it is conditional
        (False, False): "given or planned" if outline.has_given else "due",
        (False, True): "due only if a condition is met",
        (True, False): "an infusion runs on",
        (True, True): "an infusion runs on only if a condition is met",
    }
    marks = [mark for lane in outline.lanes for mark in lane.marks().values()]
    used = {(not mark.size, mark.conditional) for mark in marks}
    return [(*sign, meanings[sign]) for sign in sorted(used)]


def conditions(outline: Outline) -> Iterator[tuple[str, str]]:
    """The mark and meaning of each condition in use, with its drugs where no turn has it."""
    meanings = words.Marks(outline.conditions, frozenset()).legend()
    for condition, (mark, meaning) in zip(outline.conditions, meanings, strict=True):
        drugs = dict.fromkeys(lane.drug for lane in outline.lanes if condition in lane.only_if)
        if any(condition in turn.only_if for turn in outline.turns):
            yield mark, meaning
        elif drugs:
            yield mark, f"{meaning} ({words.listed([*drugs])})"


def folded_text(outline: Outline, band: Band) -> str:
    """The text in place of empty columns."""
    days = words.capitalized(_days(outline, range(band.first, band.last + 1)))
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
        starts = [(turn.path, outline.column_of(turn.first)) for turn in outline.turns]
        if len(set(starts)) < len(starts):
            yield "Of turns that begin in one week, the first is named."
    if outline.day_start is not None:
        yield f"Drawn as if each day begins at {clock(outline.day_start)}."
    if outline.first < 0 and not outline.day_zero:
        yield "There is no day 0: day -1 is the day before day 1."
    yield from _lane_remarks(outline.lanes)
    if outline.has_ranges or any(turn.not_before for turn in outline.turns):
        remark = "Where a source gives a range of time, the earliest is drawn."
        yield " ".join([remark, *_slack_remarks(outline)])
    if outline.as_needed:
        yield f"Not drawn, because it has no fixed day: {'; '.join(outline.as_needed)}."
    if any(dose.held for dose in outline.doses):
        yield "Doses that were held or stopped are not drawn."
    for path in outline.open_paths:
        turns = {turn.number for turn in outline.turns if turn.path == path}
        name = words.capitalized(path.rpartition(".")[2])
        yield f"{name}: {len(turns)} turns drawn; the file leaves it open."
    if not outline.empty():
        yield "Amounts are shown to 4 significant figures."


def _lane_remarks(lanes: Iterable[Lane]) -> Iterator[str]:
    if split := dict.fromkeys(lane.drug for lane in lanes if lane.split):
        yield (
            f"Doses of {words.listed([*split])} that depend on a condition have a row of their "
            "own; in a column marked in both rows, they are in addition to the firm ones."
        )
    if any(True in lane.at_most for lane in lanes):
        mixed = dict.fromkeys(lane.drug for lane in lanes if len(lane.at_most) > 1)
        partly = f" For {words.listed([*mixed])} this is true of some doses only." if mixed else ""
        yield f"{words.capitalized(_AT_MOST)}; all of them are drawn.{partly}"


def _slack_remarks(outline: Outline) -> Iterator[str]:
    """How much later the first and the last of the outermost uncertain turns may begin."""
    uncertain = [turn for turn in outline.turns if turn.slack or turn.not_before]
    depth = min((turn.depth for turn in uncertain), default=0)
    outermost = [turn for turn in uncertain if turn.depth == depth]
    for turn in dict.fromkeys([*outermost[:1], *outermost[-1:]]):
        text = f"may begin up to {lasting(turn.slack * DAY)} later"
        if turn.not_before:
            text = "begins no earlier than the day drawn: the source gives only a minimum rest"
        yield f"{words.capitalized(turn.title)} {text}."


def sentences(outline: Outline) -> Iterator[str]:
    """The picture in sentences, for those who cannot see it."""
    for name, lane in zip(lane_names(outline), outline.lanes, strict=True):
        marks = words.listed([f"C{outline.conditions.index(text) + 1}" for text in lane.only_if])
        starting = {column: cell.mark.conditional for column, cell in lane.cells.items()}
        texts = []
        for lead, columns in (("", starting), ("an infusion still runs on ", lane.running)):
            for conditional, mark in ((False, ""), (True, f" ({marks})")):
                chosen = (column for column, kind in columns.items() if kind is conditional)
                if days := _days(outline, chosen):
                    texts.append(f"{lead}{days}{mark}")
        yield f"{name}: {'; '.join(texts) or 'nothing'}."
    for mark, meaning in conditions(outline):
        yield f"{mark}: {meaning}."


def _days(outline: Outline, columns: Iterable[int]) -> str:
    """The days of some columns, consecutive ones as a range."""
    runs: list[tuple[int, int]] = []
    for column in columns:
        first, last = outline.first_day(column), outline.first_day(column + 1) - 1
        if runs and runs[-1][1] == first - 1:
            first = runs.pop()[0]
        runs.append((first, last))
    return ", ".join(words.days(*map(outline.number, run)) for run in runs)
