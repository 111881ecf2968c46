"""What stands above and below the rows: who and what, rules used, totals, what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from il2calc.administration import runs
from il2calc.daytimes import DAY, clock, pick_of
from il2calc.patient import Patient
from il2calc.planned import Turn
from il2calc.regimen import Assumption, Origin, Regimen, Source, day_at
from il2calc.render import words
from il2calc.schedule import Schedule
from il2calc.totals import Total
from il2calc.units import exact, plain, safe, short

_TIMEKEEPING = {
    "stated": "What is counted in hours runs on elapsed time; what stands on a day or a clock "
    "keeps its clock time (--clock).",
    "wall": "Every dose keeps its clock time, also where hours are counted (--clock wall).",
    "elapsed": "Every dose lies at its elapsed time from the start of day 1 (--clock elapsed).",
}
"""What runs on elapsed time in a zone, and what on the clock."""


def head(schedule: Schedule) -> Iterator[tuple[str, str]]:
    """The lines above the rows: a label and what it says."""
    regimen, patient = schedule.regimen, schedule.patient
    yield "regimen", f"{regimen.id}, version {regimen.version}: {regimen.title}"
    yield "file", file_line(regimen)
    if schedule.subject:
        yield "subject", schedule.subject
    if body := ", ".join(_body(patient)):
        yield "patient", body
    if schedule.arm is not None:
        default = " (the file's default)" if schedule.arm_by_default else ""
        yield "arm", f"{schedule.arm}{default}: {regimen.arms[schedule.arm].text}"
    yield "start", _start(schedule)
    for setting in regimen.settings:
        yield "set", setting.in_safe_style()
    for drug, percent in schedule.percents.items():
        yield "percent", f"{drug}: {plain(percent)} % of the amount in the file"


def _body(patient: Patient) -> Iterator[str]:
    if patient.weight is not None:
        yield f"weight {exact(patient.weight)} kg"
    if patient.height is not None:
        yield f"height {exact(patient.height)} cm"
    area, counted = patient.uncapped(), patient.bsa()
    if area is not None and counted is not None:
        given = "given" if patient.surface_area is not None else words.FORMULAE[patient.formula]
        yield f"body surface area {short(area)} m2 ({given})"
        if counted < area:
            yield f"counted as {short(counted)} m2 (--bsa-cap)"
    if patient.gfr is not None:
        yield f"GFR {exact(patient.gfr)} mL/min"


def _start(schedule: Schedule) -> str:
    at = clock(schedule.start_minute)
    at += f" in {schedule.zone}" if schedule.zone else ""
    if schedule.start is None:
        return f"no date given (--start); each day begins at {at}"
    text = f"day 1 = {words.dated(schedule.start)}; each day begins at {at}"
    first = schedule.administrations[0]
    if first.minute < 0 and first.when is not None:
        text += f"; first dose, day {first.regimen_day} = {words.dated(first.when)}"
    return text


def file_line(regimen: Regimen) -> str:
    """Which file it was, and its SHA-256."""
    return origin_line(regimen.origin)


def origin_line(origin: Origin) -> str:
    """A file in words: its name where it ships, else its path, and its SHA-256."""
    name = origin.file.replace("\\", "/").rsplit("/", 1)[-1] if origin.shipped else origin.file
    ships = " (ships with il2calc)" if origin.shipped else ""
    return f"{name}{ships}, SHA-256 {origin.sha256[:16]}"


def shown(schedule: Schedule) -> str:
    """Which rows of the schedule are shown."""
    if not schedule.shown:
        return f"no rows of {len(schedule.administrations)} lie between these dates"
    first, last = schedule.shown[0].number, schedule.shown[-1].number
    return f"rows {first}-{last} of {len(schedule.administrations)}"


def roundings(schedule: Schedule) -> Iterator[str]:
    """Each distinct dose that was rounded: calculated, given, and the difference in per cent."""
    doses = {each.dose: each.dosed for each in schedule.administrations}
    for dose, dosed in doses.items():
        if dosed.value != dosed.calculated:
            change = (dosed.value - dosed.calculated) / dosed.calculated * 100
            sign = "+" if change > 0 else "-"
            yield (
                f"{dose.path}: {safe(dosed.calculated, dosed.unit)} calculated, "
                f"{safe(dosed.value, dosed.unit)} given ({sign}{short(abs(change), 3)} %)"
            )


def pointer(schedule: Schedule, described: Sequence[str]) -> str:
    """What more can be asked about the drugs of a schedule."""
    name = schedule.regimen.id
    return (
        f"il2calc prepare {name} says how these doses are made up; il2calc drug NAME and il2calc "
        f"screen NAME say more of {words.listed(described)}."
    )


def rules(schedule: Schedule) -> Iterator[str]:
    """The rules of time and dose that this schedule used, one line each."""
    yield from _block_rules(schedule)
    rows = schedule.administrations
    if rows[0].minute < 0 and not schedule.regimen.day_zero:
        yield "There is no day 0: day -1 is the day before day 1."
    if any(each.latest_day is not None for each in rows):
        yield "Where a source gives a range of time, dates are the earliest."
    if any(each.at_most for each in rows):
        yield "What follows a maximum is dated as if every dose or turn of it were given."
    for path, count in schedule.counts.items():
        repeat = next(turn.block.repeat for turn, _ in schedule.turns if turn.block.path == path)
        if repeat is not None and repeat.count != count:
            said = "leaves it open" if repeat.count is None else f"says {repeat.count}"
            yield f"{path}: {count} as asked for; the file {said}."
    bounded = bool(schedule.bounds)
    if not bounded and not any(each.dose.cap or each.dose.round for each in rows):
        yield "No dose is capped or rounded: the file gives no cap and no step."
    if schedule.zone is not None:
        yield _TIMEKEEPING[schedule.timekeeping]
        yield (
            "A clock time that does not exist is read with the offset from before the change; of "
            "one that exists twice the first is meant."
        )
    if any(each.outside for each in rows):
        yield "A dose that falls past midnight of its planned days lengthens nothing."
    yield "Amounts are shown to 4 significant figures; --explain, CSV and JSON hold every digit."


def _block_rules(schedule: Schedule) -> Iterator[str]:
    zero = schedule.regimen.day_zero
    told: set[str] = set()
    turns = [turn for turn, _ in schedule.turns]
    late = dict(schedule.turns)
    by_outer: dict[tuple[str, Turn | None], list[Turn]] = {}
    for turn in turns:
        by_outer.setdefault((turn.block.path, turn.outer), []).append(turn)
    for (path, _), group in by_outer.items():
        repeat = group[0].block.repeat
        if repeat is None or path in told:
            continue
        told.add(path)
        first, name = group[0], group[0].block.name
        second = group[1] if group[1:] else None
        if repeat.every is not None:
            length = repeat.every.text
            text = f"{path}: each turn lasts {length}, the last one too"
        elif second is not None:
            rest = pick_of(repeat.rest, "earliest") // DAY
            end = first.start + first.length
            planned = words.days(day_at(first.start, zero), day_at(end - 1, zero))
            off = words.days(day_at(end, zero), day_at(end + rest - 1, zero)) if rest else ""
            text = (
                f"{path}: rest {off}, counted from planned {planned}" if off else f"{path}: no rest"
            )
        else:
            continue
        if second is not None:
            text += f"; {name} 2 starts day {day_at(second.start, zero)}"
            if late[second] > late[first]:
                text += f", at the latest day {day_at(second.start + late[second], zero)}"
        yield f"{text}."


def totals(schedule: Schedule) -> Iterator[str]:
    """What is given of each drug, per innermost block turn and in all."""
    for drug, group in groupby(schedule.totals, key=lambda total: total.drug):
        for_drug = list(group)
        alike: dict[tuple[object, ...], list[Total]] = {}
        for total in for_drug:
            if total.turns:
                key = (total.turns[-1].block.path, total.value, total.unit, total.administrations)
                alike.setdefault((*key, total.at_most, total.only_if), []).append(total)
        for same in alike.values():
            where = (
                f"per {same[0].turns[-1].block.name}" if same[0].turns[-1].block.repeat else "in"
            )
            yield f"{drug}: {_amount(same[0])} {where} {_which(same)}"
        for total in for_drug:
            if not total.turns:
                text = f"{drug}: {_amount(total, whole=True)} in all"
                if total.only_if and total.conditional != total.value:
                    part = safe(total.conditional, total.unit)
                    text += f", of which {part} only if {words.listed(total.only_if)}"
                yield text


def _amount(total: Total, *, whole: bool = False) -> str:
    most = "at most " if total.at_most else ""
    doses = "dose" if total.administrations == 1 else "doses"
    text = f"{most}{safe(total.value, total.unit)} ({total.administrations:,} {doses})"
    if total.only_if and (not whole or total.conditional == total.value):
        text += f", only if {words.listed(total.only_if)},"
    return text


def _which(same: list[Total]) -> str:
    names = [words.turn_name(total.turns) for total in same]
    if not same[0].turns[-1].block.repeat:
        return names[0]
    if len(names) > 3 and len(same[0].turns) == 1:
        return f"({', '.join(runs([total.turns[-1].number for total in same]))})"
    return f"({'; '.join(names)})"


def resting_on(schedule: Schedule) -> Iterator[tuple[str, list[str]]]:
    """What the schedule rests on, under headings."""
    regimen = schedule.regimen
    if schedule.assumptions:
        yield "Assumptions", [assumption(each) for each in schedule.assumptions]
    yield from facts(regimen)


def facts(regimen: Regimen) -> Iterator[tuple[str, list[str]]]:
    """Findings, what is given alongside, sources and review, under headings."""
    if regimen.findings:
        yield "Findings", [f"{note.text} [{note.source}]" for note in regimen.findings]
    alongside = [f"{note.text} [{note.source}]" for note in regimen.alongside]
    missing = "Not in this schedule: premedication, supportive care and monitoring"
    missing += " beyond the above." if alongside else "."
    yield "Alongside", [*alongside, missing]
    yield "Sources", [source(each) for each in regimen.sources.values()]
    yield "Standing", [standing(regimen), words.DISCLAIMER]


def assumption(each: Assumption) -> str:
    """An assumption with its reason, and the option that gives the other reading."""
    text = f"{each.number}. {each.text} ({each.about}) Because: {each.because}"
    return f"{text} Otherwise: {each.setting}" if each.setting else text


def source(each: Source) -> str:
    """A source with what identifies it, and how much of it was read."""
    marks = [("doi", each.doi), ("PMID", each.pmid), ("trial", each.trial), ("", each.url)]
    found = "; ".join(f"{label} {value}".strip() for label, value in marks if value)
    return f"{each.key}: {each.cite} {f'{found}; ' if found else ''}read: {each.read}"


def standing(regimen: Regimen) -> str:
    """Who has held the file against its sources, and when."""
    read = words.listed(list(dict.fromkeys(each.read for each in regimen.sources.values())))
    reviewed = f"reviewed by {regimen.reviewed_by}" if regimen.reviewed_by else words.NOT_REVIEWED
    return f"Read on {regimen.read_on.isoformat()} from: {read}; {reviewed}."
