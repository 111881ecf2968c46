"""What stands above and below the rows: who and what, which rules were used, what it rests on.

It takes a plan or a course: what a log adds to a plan is told where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from il2calc.errors import numbered
from il2calc.model.evidence import Assumption, Note, Origin, Source
from il2calc.model.measure import age_in_words
from il2calc.model.patient import Patient
from il2calc.model.regimen import Regimen, day_at, offset_of
from il2calc.plan.administration import gathered
from il2calc.plan.calendar import DAY, clock, pick_of
from il2calc.plan.schedule import Schedule
from il2calc.report import words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.units import exact, plain, rounded, short


def head(plan: Plan) -> Iterator[tuple[str, str]]:
    """The lines above a picture: a label and what it says; on a course what its log changes."""
    yield from above(plan)
    if not isinstance(plan, Schedule):
        from il2calc.report import course_text

        yield from (("change", text) for text in course_text.told(plan))


def above(plan: Plan, *, short: bool = False) -> Iterator[tuple[str, str]]:
    """The lines above the rows: a label and what it says.

    Args:
        short: what wrote it stands with the file, what was read with the review.
    """
    schedule = schedule_of(plan)
    regimen = schedule.regimen
    yield "regimen", f"{regimen.id}, version {regimen.version}: {regimen.title}"
    yield from _standing(regimen, short=short)
    if schedule.subject:
        yield "subject", schedule.subject
    if told := "; ".join(_bodies(schedule)):
        yield "patient", told
    if schedule.arm is not None:
        default = " (the file's default)" if schedule.arm_by_default else ""
        yield "arm", f"{schedule.arm}{default}: {regimen.arms[schedule.arm].text}"
    yield from (("drug", text) for text in names(schedule))
    yield "start", _start(schedule)
    for setting in regimen.settings:
        yield "set", setting.in_safe_style()
    for drug, percent in schedule.percents.items():
        yield "percent", f"{drug}: {plain(percent)} % of the amount in the file"
    if not isinstance(plan, Schedule):
        from il2calc.report import course_text

        yield from course_text.head(plan)
        for rows, text in course_text.former(plan):
            yield "before", f"{rows}: version {text.version}, {origin_line(text.origin)}"


def _standing(regimen: Regimen, *, short: bool) -> Iterator[tuple[str, str]]:
    """Which file it is, read by what, whether it is reviewed, and its grave findings."""
    if short:
        yield "file", origin_line(regimen.origin, words.PROGRAM)
        read = f"read from {_kinds(regimen)} on {regimen.read_on.isoformat()}"
        yield "review", f"{words.title(reviewed(regimen))}; {read}."
    else:
        yield "file", origin_line(regimen.origin)
        yield "program", words.PROGRAM
        yield "review", f"{words.title(reviewed(regimen))}."
    for note in regimen.findings:
        if note.head:
            yield "finding", f"{_key(note, regimen) if short else ''}{note.text}"


def names(schedule: Schedule) -> Iterator[str]:
    """Drugs that the file calls otherwise, and those of which no monograph is at hand."""
    given = set(schedule.regimen.drugs(schedule.arm))
    for name in schedule.regimen.names:
        if name.drug not in given:
            continue
        if name.written != name.drug:
            yield f"{name.drug}, written {name.written} in the file"
        if name.other is not None:
            yield f"{name.drug}: no monograph is available. {name.other.text}"
        elif not name.described:
            yield f"{name.drug}: no monograph is available, so its doses are not checked"


def reviewed(regimen: Regimen) -> str:
    """Whether a clinician has held a file against its sources, and whether that still holds."""
    told = [f"reviewed by {regimen.reviewed_by}"] if regimen.reviewed_by else []
    for holds, text in ((True, "reviewed by"), (False, "reviewed in an earlier state by")):
        by = [
            f"{review.name} ({review.role}) on {review.on}"
            for review in regimen.reviews
            if review.holds is holds
        ]
        told += [f"{text} {words.listed(by)}"] if by else []
    if any(review.holds for review in regimen.reviews) and regimen.read_otherwise():
        told.append("not reviewed as changed here")
    return "; ".join(told) or words.NOT_REVIEWED


def as_of(plan: Plan) -> str:
    """That it is a course, and of which day, as an addition to a name; empty for a plan."""
    return "" if isinstance(plan, Schedule) else f", a course as of {words.dated(plan.as_of)}"


def _bodies(schedule: Schedule) -> Iterator[str]:
    """The body of the patient, and what differs of each other one that rows are calculated with."""
    known = list(_body(schedule.patient))
    if any(row.by_sex for row in schedule.administrations):
        known.append(f"sex {schedule.patient.sex}")
    if known:
        yield ", ".join(known)
    rows = schedule.administrations
    others = (each for each in rows if schedule.recorded and each.patient != schedule.patient)
    for other, numbers in gathered((each.patient, each.number) for each in others).items():
        first = numbers[0]
        to_the_end = len(numbers) > 1 and len(numbers) == rows[-1].number - first + 1
        which = f"from row {first} on" if to_the_end else numbered("row", numbers)
        differs = (text for text in _body(other) if text not in known)
        yield f"{which}: {', '.join(differs)}"


def _body(patient: Patient) -> Iterator[str]:
    if patient.weight is not None:
        yield f"weight {exact(patient.weight)} kg"
    if patient.height is not None:
        yield f"height {exact(patient.height)} cm"
    area, counted = patient.uncapped(), patient.bsa()
    if area is not None and counted is not None:
        given = words.FORMULAE[patient.formula]
        if patient.surface_area is not None:
            given = "given" if patient.height is None else "given, not calculated from the height"
        yield f"body surface area {short(area)} m2 ({given})"
        if counted < area:
            yield f"counted as {short(counted)} m2 (--bsa-cap)"
    if patient.gfr is not None:
        yield f"GFR {exact(patient.gfr)} mL/min"
    if patient.age is not None:
        yield f"age {age_in_words(patient.age)}"


def _start(schedule: Schedule) -> str:
    at = clock(schedule.start_minute)
    at += f" in {schedule.zone}" if schedule.zone else ""
    if schedule.start is None:
        return f"no date given (--start); each day begins at {at}"
    text = f"day 1 = {words.dated(schedule.start)}; each day begins at {at}"
    if schedule.date_of is not None:
        away = offset_of(schedule.date_of, schedule.regimen.day_zero)
        dated = words.dated(schedule.start + timedelta(days=away))
        text = f"day {schedule.date_of}: {dated}, as given; {text}"
    rows = schedule.administrations
    if rows and rows[0].minute < 0 and rows[0].when is not None:
        text += f"; first dose, day {rows[0].regimen_day} = {words.dated(rows[0].when)}"
    return text


def origin_line(origin: Origin, program: str = "") -> str:
    """A file in words: its name, or its path as it was typed, and its SHA-256.

    Args:
        program: what read it, where that is told here.
    """
    name = words.file_name(origin.file) if origin.shipped else words.file_shown(origin.file)
    ships = f" (ships with {program or 'il2calc'})" if origin.shipped else ""
    read = f", read by {program}" if program and not origin.shipped else ""
    return f"{name}{ships}, SHA-256 {origin.sha256[:16]}{read}"


def is_part(schedule: Schedule) -> bool:
    """Whether some rows of a schedule are not shown."""
    return len(schedule.shown) < len(schedule.administrations)


def shown(schedule: Schedule) -> str:
    """Which rows of the schedule are shown."""
    if not schedule.administrations:
        return "all of it is given as needed"
    if not schedule.shown:
        return f"no rows of {len(schedule.administrations)} lie between these dates"
    first, last = schedule.shown[0].number, schedule.shown[-1].number
    return f"rows {first}-{last} of {len(schedule.administrations)}"


def resting_on(schedule: Schedule) -> Iterator[tuple[str, list[str]]]:
    """What the schedule rests on, under headings."""
    regimen = schedule.regimen
    if schedule.assumptions:
        yield "Assumptions", [assumption(each) for each in schedule.assumptions]
    yield from facts(regimen)


def facts(regimen: Regimen) -> Iterator[tuple[str, list[str]]]:
    """Findings, what is given alongside, sources and review, under headings."""
    if regimen.findings:
        yield "Findings", [finding(note) for note in regimen.findings]
    alongside = [f"{note.text} [{note.source}]" for note in regimen.alongside]
    missing = "Not in this schedule: premedication, supportive care and monitoring"
    missing += " beyond the above." if alongside else "."
    yield "Alongside", [*alongside, missing]
    yield "Sources", [source(each) for each in regimen.sources.values()]
    yield "Standing", [standing(regimen), words.DISCLAIMER]


def finding(note: Note) -> str:
    """A finding with its source, and the total that it prints."""
    return f"{_finding(note)} [{note.source}]"


def _finding(note: Note) -> str:
    return note.text if note.total is None else f"{note.text} {note.total.sentence()}"


def assumption(each: Assumption) -> str:
    """An assumption with its reason, and the option that gives the other reading."""
    text = f"{each.number}. {each.text} ({each.about}) Because: {each.because}"
    return f"{text} Otherwise: {each.setting}" if each.setting else text


def source(each: Source) -> str:
    """A source with what identifies it, and how much of it was read."""
    found = "".join(f"{identity}; " for identity in identities(each))
    return f"{each.key}: {each.cite} {found}read: {each.read}"


def identities(each: Source) -> list[str]:
    """What identifies a source, as far as its file says it."""
    marks = [("doi", each.doi), ("PMID", each.pmid), ("trial", each.trial), ("", each.url)]
    return [f"{label} {value}".strip() for label, value in marks if value]


def standing(regimen: Regimen) -> str:
    """Who has held the file against its sources, and when."""
    return f"Read on {regimen.read_on.isoformat()} from: {_kinds(regimen)}; {reviewed(regimen)}."


def _kinds(regimen: Regimen) -> str:
    """How much was read of the sources."""
    kinds = dict.fromkeys(each.read for each in regimen.sources.values())
    return words.listed(["secondary sources" if kind == "secondary" else kind for kind in kinds])


def in_short(plan: Plan, *, headed: bool, run_on: bool) -> Iterator[tuple[str, list[str]]]:
    """What a plan rests on in short, under one heading that says where the rest stands.

    One line for each assumption and for each finding that the head does not hold, those rules that
    bear on the rows, what is given alongside and what is not in the plan.

    Args:
        headed: every row stands under a heading, which tells the days of its turn.
        run_on: assumptions and rules stand in one paragraph, a stroke between them, and so do
            findings of one source.
    """
    schedule = schedule_of(plan)
    regimen = schedule.regimen
    assumed = [f"A{each.number}\u00a0{each.text}" for each in schedule.assumptions]
    findings = [note for note in regimen.findings if not note.head]
    used = bearing(plan, headed=headed)
    used += () if isinstance(plan, Schedule) else plan.notes
    told = [*assumed, *used]
    told = ["\u00a0| ".join(told)] if run_on and told else told
    for key, notes in groupby(findings, lambda note: _key(note, regimen)):
        texts = [_finding(note) for note in notes]
        told += (f"{key}{text}" for text in ([" ".join(texts)] if run_on else texts))
    told += (f"{_key(note, regimen)}{note.text}" for note in regimen.alongside)
    beyond = "other " if regimen.alongside else ""
    told.append(f"{words.NOT_HERE} {beyond}premedication, supportive care and monitoring.")
    name = words.typed(regimen.origin)
    shows = f"il2calc show {name}".replace(" ", "\u00a0")
    also = f", or {shows}" if name else ""
    of = f"of {next(iter(regimen.sources))}; " if len(regimen.sources) == 1 else ""
    yield f"Notes in short ({of}in full: --notes full{also})", told


def _key(note: Note, regimen: Regimen) -> str:
    """The sources of a note by their keys; nothing where the file has only one."""
    if len(regimen.sources) == 1:
        return ""
    keys = dict.fromkeys(part.partition(",")[0] for part in note.source.split("; "))
    return f"{', '.join(keys)}: "


def ruled(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    """The rules that a plan used, under headings: of a course, those of its plan and its log."""
    if isinstance(plan, Schedule):
        yield "Rules used", list(rules_used(plan))
    else:
        yield "Rules of the plan", list(rules_used(plan.plain, holders="CSV and JSON"))
        yield "Rules of the log", list(plan.notes)


class Rule(NamedTuple):
    """A rule in words, and whether a short table says it: it bears on it, and nothing there does.

    Headings tell when turns begin, a column of its own the latest dates, the mark of a maximum how
    what follows is dated, and a caution what falls past midnight.
    """

    text: str
    bears: bool = True


def bearing(plan: Plan, *, headed: bool) -> list[str]:
    """The rules that a short table says.

    Args:
        headed: every row stands under a heading, which tells the days of its turn.
    """
    schedule = plan if isinstance(plan, Schedule) else plan.plain
    started = () if headed else _block_rules(schedule)
    told = _rules(schedule, "", schedule_of(plan))
    return [*started, *(rule.text for rule in told if rule.bears)]


def rules_used(schedule: Schedule, holders: str = "--explain, CSV and JSON") -> Iterator[str]:
    """The rules of time and dose that a plan used, one line each.

    Args:
        holders: what holds every digit of its amounts.
    """
    yield from _block_rules(schedule)
    yield from (rule.text for rule in _rules(schedule, f"; {holders} hold every digit", schedule))


def _rules(schedule: Schedule, digits: str, shown: Schedule) -> Iterator[Rule]:
    rows = schedule.administrations
    if days := schedule.regimen.starts_on:
        yield Rule(f"Day 1 is a {words.listed(days, 'or')}, by the file.")
    if rows and rows[0].minute < 0 and not schedule.regimen.day_zero:
        yield Rule("There is no day 0: day -1 is the day before day 1.")
    if any(each.latest_day is not None for each in rows):
        text = "Where a source gives a range of time, dates are the earliest."
        yield Rule(text, bears=False)
    if any(each.not_before for each in rows):
        yield Rule(
            "After a rest with only a minimum nothing has a latest date: dates are 'not before'."
        )
    for dose in dict.fromkeys(each.dose.as_written for each in rows if each.dose.up_to):
        none = ", none before the start time" if dose.at and dose.at.kind == "clock" else ""
        yield Rule(f"{dose.path}: at most {dose.up_to} of its times in a turn{none}.")
    if any(each.at_most for each in rows):
        text = "What follows a maximum is dated as if every dose or turn of it were given."
        yield Rule(text, bears=False)
    yield from (Rule(f"{text}.") for text in counts(schedule))
    yield from _amount_rules(schedule)
    if schedule.zone is not None:
        yield Rule(
            "Repeats counted in hours, and offsets, run on elapsed time; repeats by whole days, "
            "and doses set for a day or a clock time, keep their clock time."
        )
        yield Rule(
            "A clock time that does not exist is read with the offset from before the change; if "
            "it exists twice, the first is meant."
        )
    if any(each.outside for each in rows):
        text = "A dose that falls past midnight of its planned days makes no block longer."
        yield Rule(text, bears=False)
    shortened = any(rounded(value, 4) != value for value in _amounts(shown))
    yield Rule(f"Amounts are shown to 4 significant figures{digits}.", shortened)


def _amount_rules(schedule: Schedule) -> Iterator[Rule]:
    """Which weight counts, where it is not the actual one; and that nothing caps or rounds."""
    doses = [each.dose for each in schedule.administrations]
    doses += [each.dose for each in schedule.as_needed]
    if any(dose.counted.by_formula for dose in doses):
        yield Rule(
            "Ideal weight is that of Devine (Drug Intell Clin Pharm 1974;8:650-5; reviewed in Ann "
            "Pharmacother 2000;34:1066-9), from a height of 152.4 cm on; an actual weight below "
            "it is used as it is."
        )
    capped = any(dose.cap or dose.round or any(dose.counted[:2]) for dose in doses)
    if not schedule.bounds and not capped:
        text = "No dose is capped or rounded: the file gives no cap and no step."
        yield Rule(text, bears=False)


def _amounts(schedule: Schedule) -> Iterator[Decimal]:
    """Every amount that is shown of a plan, or was given in it, each once."""
    doses = {each.dosed.value: None for each in schedule.administrations}
    doses |= {each.value: None for each in schedule.recorded.values()}
    yield from (value for value in doses if value is not None)
    for total in schedule.totals:
        yield from (total.value, total.conditional)


def counts(schedule: Schedule) -> Iterator[str]:
    """Each number of turns that is not the file's; of two texts in a course the newer one's."""
    blocks = {turn.block.path: turn.block for turn, _ in schedule.turns}
    for path, count in schedule.counts.items():
        block = blocks.get(path)
        stated = block.repeat.count if block is not None and block.repeat is not None else None
        if stated != count:
            said = "leaves it open" if stated is None else f"says {stated}"
            yield f"{path}: {count} as requested; the file {said}"


def _block_rules(schedule: Schedule) -> Iterator[str]:
    zero = schedule.regimen.day_zero
    told: set[str] = set()
    turns = [turn for turn, _ in schedule.turns]
    endless = {row.turn for row in schedule.administrations if row.not_before}
    late = dict(schedule.turns)
    for block in dict.fromkeys(turn.block for turn in turns):
        if block.window is not None:
            yield f"{block.path}: each dose within {block.window.text} of its day."
    by_outer = gathered(((turn.block.path, turn.outer), turn) for turn in turns)
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
            if second not in endless and late[second] > late[first]:
                text += f", at the latest day {day_at(second.start + late[second], zero)}"
        yield f"{text}."
