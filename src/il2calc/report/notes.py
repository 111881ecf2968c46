"""What stands above and below the rows: who and what, rules used, totals, what it rests on.

What is given of each drug in all, and what rounding made of each dose, in words. It takes a plan or
a course: what a log adds to a plan is told where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from il2calc.errors import numbered
from il2calc.model.evidence import Assumption, Note, Origin, Source
from il2calc.model.patient import Patient
from il2calc.model.regimen import NOT_STATED, Block, Regimen, offset_of
from il2calc.plan.administration import as_needed, key_of_amount
from il2calc.plan.calendar import clock
from il2calc.plan.schedule import Schedule
from il2calc.report import rules, words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.text import values
from il2calc.units import exact, plain, safe, short


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
            yield f"{name.drug}: no monograph is at hand. {name.other.text}"
        elif not name.described:
            yield f"{name.drug}: no monograph is at hand, so nothing is held against it"


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
        told.append("not reviewed as it was set here")
    return "; ".join(told) or words.NOT_REVIEWED


def as_of(plan: Plan) -> str:
    """That it is a course, and of which day, as an addition to a name; empty for a plan."""
    return "" if isinstance(plan, Schedule) else f", a course as of {words.dated(plan.as_of)}"


def _bodies(schedule: Schedule) -> Iterator[str]:
    """The body of the patient, and what differs of each other one that rows are reckoned with."""
    known = list(_body(schedule.patient))
    if any(row.by_sex for row in schedule.administrations):
        known.append(f"sex {schedule.patient.sex}")
    if known:
        yield ", ".join(known)
    rows = schedule.administrations
    others: dict[Patient, list[int]] = {}
    for each in rows if schedule.recorded else ():
        if each.patient != schedule.patient:
            others.setdefault(each.patient, []).append(each.number)
    for other, numbers in others.items():
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
            given = "given" if patient.height is None else "given, not reckoned from the height"
        yield f"body surface area {short(area)} m2 ({given})"
        if counted < area:
            yield f"counted as {short(counted)} m2 (--bsa-cap)"
    if patient.gfr is not None:
        yield f"GFR {exact(patient.gfr)} mL/min"
    if patient.age is not None:
        yield f"age {values.age_in_words(patient.age)}"


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


def pointer(schedule: Schedule, described: Sequence[str]) -> str:
    """What more can be asked about the drugs of a schedule."""
    name = words.typed(schedule.regimen.origin)
    prepare = f"il2calc prepare {name}, with the options of this schedule,"
    made_up = f"{prepare} says how these doses are made up; " if name else ""
    more = f"il2calc drug NAME and il2calc screen NAME say more of {words.listed(described)}."
    return f"{made_up}{more}"


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


def needed(schedule: Schedule) -> Iterator[str]:
    """Each dose that is given when it is needed: how much, how often, on which days."""
    for each in schedule.as_needed:
        dose = each.dose
        name = f"{dose.drug} ({dose.own_name})" if dose.own_name is not None else dose.drug
        how = words.how(dose, each.dosed)
        parts = [words.much_needed(each, schedule.arm, how), how, as_needed(dose)]
        parts.append(words.on_days(dose) + "".join(map(_within, reversed(each.blocks))))
        parts += [words.only_if(conditions)] if (conditions := each.conditions()) else []
        rests = [*each.source, *(f"assumption {number}" for number in each.assumed)]
        yield f"{name}: {', '.join(parts)} [{'; '.join(rests)}]"


def _within(block: Block) -> str:
    """In which block a dose is, and on what each turn of it but the first depends."""
    if block.repeat is None:
        return f" of {block.name}"
    later = block.repeat.only_if
    text = f" of each {block.name}"
    return f"{text} (after the first {words.only_if([later])})" if later else text


def _kinds(regimen: Regimen) -> str:
    """How much was read of the sources."""
    return words.listed(list(dict.fromkeys(each.read for each in regimen.sources.values())))


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
    ruled = rules.bearing(plan, headed=headed)
    ruled += () if isinstance(plan, Schedule) else plan.notes
    told = [*assumed, *ruled]
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


def roundings(schedule: Schedule) -> Iterator[str]:
    """Each distinct dose that was rounded: calculated, given, and the difference in per cent."""
    doses = {
        (each.dose.as_written, each.dosed.calculated, each.dosed.value, each.dosed.unit): None
        for each in schedule.administrations
    }
    for dose, calculated, value, unit in doses:
        if value is not None and calculated is not None and value != calculated:
            change = (value - calculated) / calculated * 100
            sign = "+" if change > 0 else "-"
            yield (
                f"{dose.path}: {safe(calculated, unit)} calculated, "
                f"{safe(value, unit)} given ({sign}{short(abs(change), 3)} %)"
            )


def workings(schedule: Schedule) -> Iterator[str]:
    """How each distinct dose came about, with the path and source of its amount."""
    doses = {each.dose.as_written: each.dosed for each in schedule.administrations}
    doses |= {each.dose: each.dosed for each in schedule.as_needed}
    for dose, dosed in doses.items():
        steps = (
            "; ".join(step.text for step in dosed.working) or f"{dose.drug}: amount {NOT_STATED}"
        )
        key = key_of_amount(dose, dosed, schedule.arm)
        rests = words.rests_on(dose.provenance[key])
        behind = f"; {rests}" if rests else ""
        yield f"{steps} ({schedule.regimen.id}: {dose.path}.{key}{behind})"
