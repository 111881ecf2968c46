"""The shape of a regimen as text: a row per drug, a column per day or week, turns above them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from rich.cells import cell_len

from il2calc.lanes import Kind, Lane
from il2calc.outline import Column, Outline, of_regimen, of_schedule
from il2calc.regimen import Regimen
from il2calc.render import legend, notes, words
from il2calc.render.lines import Line, padded, wrapped
from il2calc.render.staves import ASCII, UNICODE, Signs, Staves, margin
from il2calc.schedule import Schedule

_ROOM_FOR_SIZES = 45
"""Columns of text that a size of dose needs, with its signs, so as not to be broken too often."""

OutlineIn = Callable[[Column], Outline]


def lines(schedule: Schedule, width: int | None, *, unicode: bool = True) -> Iterator[Line]:
    """A finished schedule as a picture: what it is above it, what it means below.

    Args:
        width: columns to keep within; None = as wide as it wants to be.
        unicode: whether more than ASCII may be drawn.
    """
    for label, text in notes.head(schedule):
        yield from wrapped(f"{label:<8} ", text, width)
    signs = UNICODE if unicode else ASCII
    yield from _drawn({None: partial(of_schedule, schedule)}, width, signs)
    yield Line("")
    yield from wrapped("", words.DISCLAIMER, width)


def shape(
    regimen: Regimen, arm: str | None, width: int | None, *, unicode: bool = True
) -> Iterator[Line]:
    """A regimen without a patient as a picture, in the amounts that it prescribes.

    Args:
        arm: one of its arms. None = its default arm or, where it has none, every arm, those
            that look alike together.
        width: columns to keep within; None = as wide as it wants to be.
        unicode: whether more than ASCII may be drawn.
    """
    for label, text in _head(regimen, arm):
        yield from wrapped(f"{label:<8} ", text, width)
    one = arm or regimen.default_arm
    arms: list[str | None] = [one] if one or not regimen.arms else [*regimen.arms]
    alike: dict[object, dict[str | None, OutlineIn]] = {}
    for each in arms:
        by_day = of_regimen(regimen, each)
        outline_in = partial(_outline_in, regimen, each)
        alike.setdefault(_drawing(by_day), {})[each] = outline_in
    for group in alike.values():
        if len(arms) > 1:
            yield Line("")
            listed = words.listed([str(each) for each in group])
            yield from wrapped("", f"Arm{'s' if len(group) > 1 else ''} {listed}", width, "heading")
        yield from _drawn(group, width, UNICODE if unicode else ASCII)
    yield Line("")
    yield from wrapped("", words.DISCLAIMER, width)


def _head(regimen: Regimen, arm: str | None) -> Iterator[tuple[str, str]]:
    yield "regimen", f"{regimen.id}, version {regimen.version}: {regimen.title}"
    yield "file", notes.file_line(regimen)
    if used := arm or regimen.default_arm:
        default = "" if arm else " (the file's default)"
        yield "arm", f"{used}{default}: {regimen.arms[used].text}"
    for setting in regimen.settings:
        yield "set", setting.in_safe_style()


def _outline_in(regimen: Regimen, arm: str | None, column: Column) -> Outline:
    return of_regimen(regimen, arm, column=column)


def _drawing(outline: Outline) -> object:
    """All that is seen of an outline in its picture, the amounts in its legend aside."""
    lanes = zip(legend.names(outline), outline.lanes, strict=True)
    return (
        outline.first,
        outline.last,
        outline.stretches,
        outline.begins,
        tuple(
            (name, lane.at_most, lane.only_if, _cells(lane), tuple(lane.running))
            for name, lane in lanes
        ),
    )


def _cells(lane: Lane) -> tuple[tuple[int, int, Kind], ...]:
    return tuple((at, cell.level, cell.kind) for at, cell in lane.cells.items())


def _drawn(
    outlines_in: Mapping[str | None, OutlineIn], width: int | None, signs: Signs
) -> Iterator[Line]:
    """The picture that some arms share, and what it means in each of them."""
    first, *others = outlines_in.values()
    if not any(lane.cells for lane in first("day").lanes):
        yield Line("")
        yield Line(legend.NOTHING)
        return
    staves = Staves(first, width, signs)
    yield from staves.lines()
    outlines = [staves.outline, *(other(staves.outline.column) for other in others)]
    yield Line("")
    yield from _legend(dict(zip(outlines_in, outlines, strict=True)), signs, width)


def _legend(
    outlines: Mapping[str | None, Outline], signs: Signs, width: int | None
) -> Iterator[Line]:
    outline = next(iter(outlines.values()))
    most = max(len(lane.levels) for lane in outline.lanes)
    meanings = legend.kinds(outline)
    key = [f"{signs.of(kind)[most]} = {meanings[kind]}" for kind in legend.used(outline.lanes)]
    if legend.runs_on(outline.lanes):
        key.append(f"{signs.runs_on} = {legend.RUNS_ON}")
    yield from wrapped("", ", ".join([*key, f"{signs.nothing} = nothing"]), width)
    names = legend.names(outline)
    room = margin(names, width)
    room = room if width is None or width - room >= _ROOM_FOR_SIZES else 2
    for place, name in enumerate(names):
        if not outline.lanes[place].levels:
            continue
        lead = padded(name, room)
        if cell_len(lead) > room:
            yield from wrapped("", name, width)
            lead = " " * room
        lanes = {arm: each.lanes[place] for arm, each in outlines.items()}
        for sign, told in _sizes(lanes, outline.column, signs):
            yield from wrapped(lead + sign, told, width)
            lead = " " * room
    yield Line("")
    for mark, meaning in legend.conditions(outline):
        yield from wrapped(f"{mark:<3} ", meaning, width)
    for text in legend.remarks(outline):
        yield from wrapped("", text, width)


def _sizes(
    lanes: Mapping[str | None, Lane], column: Column, signs: Signs
) -> Iterator[tuple[str, str]]:
    """Each size of dose of a lane: its signs, and what it is, by arm where the arms differ."""
    lane = next(iter(lanes.values()))
    texts = {arm: legend.sizes(each, column) for arm, each in lanes.items()}
    for place, level in enumerate(lane.levels):
        sign = "".join(
            f"{signs.of(kind)[len(lane.levels)][place] if kind in level.kinds else ' '} "
            for kind in legend.used([lane])
        )
        here = {arm: each[place] for arm, each in texts.items()}
        told = next(iter(here.values()))
        if len(set(here.values())) > 1:
            told = "; ".join(f"{text} in {arm}" for arm, text in here.items())
        yield f"{sign} ", told
