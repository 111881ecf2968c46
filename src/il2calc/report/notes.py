"""The texts above and below the rows: regimen and patient, rules used, assumptions and sources.

They are the same for a plan and for a course; a course adds what its log changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from il2calc.errors import numbered
from il2calc.model.evidence import Assumption, Note, Origin, Source
from il2calc.model.measure import age_in_words
from il2calc.model.patient import Patient
from il2calc.model.regimen import Regimen, day_at, offset_of
from il2calc.plan.administration import grouped
from il2calc.plan.calendar import DAY, clock, to_minutes
from il2calc.plan.schedule import Schedule
from il2calc.report import words
from il2calc.report.plain_data import Plan, schedule_of
from il2calc.units import exact, plain, rounded, short

_FORMULAE = {
    "mosteller": "Mosteller", "du-bois": "Du Bois", "haycock": "Haycock",
    "gehan-george": "Gehan and George", "boyd": "Boyd", "fujimoto": "Fujimoto",
    "takahira": "Takahira", "shuter-aslani": "Shuter and Aslani", "schlich": "Schlich",
}  # fmt: skip
"""Formulae for body surface area: name on the command line -> authors."""

_FIGURES = "Amounts are shown to 4 significant figures"
_CARE = "premedication, supportive care and monitoring"


def head(plan: Plan) -> Iterator[tuple[str, str]]:
    """The lines above a picture, each a label and a text; of a course also what its log changes."""
    yield from lines_above_rows(plan)
    if not isinstance(plan, Schedule):
        from il2calc.report import course_text

        yield from (("change", text) for text in course_text.changes(plan))


def lines_above_rows(plan: Plan, *, short: bool = False) -> Iterator[tuple[str, str]]:
    """The lines above the rows, each a label and a text.

    Args:
        short: put the program on the line of the file, and what was read on that of the review.
    """
    schedule = schedule_of(plan)
    regimen = schedule.regimen
    yield "regimen", f"{regimen.id}, version {regimen.version}: {regimen.title}"
    yield from _file_lines(regimen, short=short)
    if schedule.subject:
        yield "subject", schedule.subject
    if patient := "; ".join(_body_lines(schedule)):
        yield "patient", patient
    if schedule.arm is not None:
        default = " (the file's default)" if schedule.arm_by_default else ""
        yield "arm", f"{schedule.arm}{default}: {regimen.arms[schedule.arm].text}"
    yield from (("drug", text) for text in drug_remarks(schedule))
    yield "start", _start_text(schedule)
    for setting in regimen.settings:
        yield "set", setting.in_safe_style()
    for drug, percent in schedule.percents.items():
        yield "percent", f"{drug}: {plain(percent)} % of the amount in the file"
    if not isinstance(plan, Schedule):
        from il2calc.report import course_text

        yield from course_text.head(plan)
        for rows, former in course_text.former_versions(plan):
            yield "before", f"{rows}: version {former.version}, {origin_line(former.origin)}"


def _file_lines(regimen: Regimen, *, short: bool) -> Iterator[tuple[str, str]]:
    """The file and the program that read it, its review, and findings meant for the head."""
    if short:
        yield "file", origin_line(regimen.origin, words.PROGRAM)
        read = f"read from {_extent_read(regimen)} on {regimen.read_on.isoformat()}"
        yield "review", f"{words.capitalized(review_text(regimen))}; {read}."
    else:
        yield "file", origin_line(regimen.origin)
        yield "program", words.PROGRAM
        yield "review", f"{words.capitalized(review_text(regimen))}."
    for note in regimen.findings:
        if note.head:
            yield "finding", f"{_source_keys(note, regimen) if short else ''}{note.text}"


def drug_remarks(schedule: Schedule) -> Iterator[str]:
    """Drugs that the file calls by another name, and drugs without a monograph."""
    given = set(schedule.regimen.drugs(schedule.arm))
    for name in schedule.regimen.names:
        if name.drug not in given:
            continue
        if name.written != name.drug:
            yield f"{name.drug}, written {name.written} in the file"
        if name.mistaken_for is not None:
            yield f"{name.drug}: no monograph is available. {name.mistaken_for.text}"
        elif not name.has_monograph:
            yield f"{name.drug}: no monograph is available, so its doses are not checked"


def review_text(regimen: Regimen) -> str:
    """Who reviewed a file, and whether the file still says what they reviewed."""
    parts = [f"reviewed by {regimen.reviewed_by}"] if regimen.reviewed_by else []
    for holds, text in ((True, "reviewed by"), (False, "reviewed in an earlier state by")):
        reviewers = [
            f"{review.name} ({review.role}) on {review.on}"
            for review in regimen.reviews
            if review.holds is holds
        ]
        parts += [f"{text} {words.listed(reviewers)}"] if reviewers else []
    if any(review.holds for review in regimen.reviews) and regimen.is_changed():
        parts.append("not reviewed as changed here")
    return "; ".join(parts) or words.NOT_REVIEWED


def as_of(plan: Plan) -> str:
    """An addition to a name: that it is a course, and as of which day; empty for a plan."""
    return "" if isinstance(plan, Schedule) else f", a course as of {words.dated(plan.as_of)}"


def _body_lines(schedule: Schedule) -> Iterator[str]:
    """The patient's measurements; then, for rows calculated with later ones, what differs."""
    texts = list(_body_texts(schedule.patient))
    if any(row.by_sex for row in schedule.administrations):
        texts.append(f"sex {schedule.patient.sex}")
    if texts:
        yield ", ".join(texts)
    rows = schedule.administrations
    others = (row for row in rows if schedule.recorded and row.patient != schedule.patient)
    for patient, numbers in grouped((row.patient, row.number) for row in others).items():
        first = numbers[0]
        to_the_end = len(numbers) > 1 and len(numbers) == rows[-1].number - first + 1
        which = f"from row {first} on" if to_the_end else numbered("row", numbers)
        differences = (text for text in _body_texts(patient) if text not in texts)
        yield f"{which}: {', '.join(differences)}"


def _body_texts(patient: Patient) -> Iterator[str]:
    if patient.weight is not None:
        yield f"weight {exact(patient.weight)} kg"
    if patient.height is not None:
        yield f"height {exact(patient.height)} cm"
    area, counted = patient.uncapped(), patient.bsa()
    if area is not None and counted is not None:
        origin = _FORMULAE[patient.formula]
        if patient.surface_area is not None:
            origin = "given" if patient.height is None else "given, not calculated from the height"
        yield f"body surface area {short(area)} m2 ({origin})"
        if counted < area:
            yield f"counted as {short(counted)} m2 (--bsa-cap)"
    if patient.gfr is not None:
        yield f"GFR {exact(patient.gfr)} mL/min"
    if patient.age is not None:
        yield f"age {age_in_words(patient.age)}"


def _start_text(schedule: Schedule) -> str:
    time = clock(schedule.start_minute)
    time += f" in {schedule.zone}" if schedule.zone else ""
    if schedule.start is None:
        return f"no date given (--start); each day begins at {time}"
    text = f"day 1 = {words.dated(schedule.start)}; each day begins at {time}"
    if schedule.date_of is not None:
        offset = offset_of(schedule.date_of, schedule.regimen.day_zero)
        date = words.dated(schedule.start + timedelta(days=offset))
        text = f"day {schedule.date_of}: {date}, as given; {text}"
    rows = schedule.administrations
    if rows and rows[0].minute < 0 and rows[0].when is not None:
        text += f"; first dose, day {rows[0].regimen_day} = {words.dated(rows[0].when)}"
    return text


def origin_line(origin: Origin, program: str = "") -> str:
    """A file by its name or path as typed, its SHA-256, and the program that read it, if given."""
    name = words.file_name(origin.file) if origin.shipped else words.file_shown(origin.file)
    ships = f" (ships with {program or 'il2calc'})" if origin.shipped else ""
    read = f", read by {program}" if program and not origin.shipped else ""
    return f"{name}{ships}, SHA-256 {origin.sha256[:16]}{read}"


def is_part(schedule: Schedule) -> bool:
    """Whether some rows of a schedule are not shown."""
    return len(schedule.shown) < len(schedule.administrations)


def rows_shown(schedule: Schedule) -> str:
    """Which rows of a schedule are shown."""
    if not schedule.administrations:
        return "all of it is given as needed"
    if not schedule.shown:
        return f"no rows of {len(schedule.administrations)} lie between these dates"
    first, last = schedule.shown[0].number, schedule.shown[-1].number
    return f"rows {first}-{last} of {len(schedule.administrations)}"


def basis(regimen: Regimen, assumptions: Sequence[Assumption]) -> Iterator[tuple[str, list[str]]]:
    """Assumptions, findings, what is given alongside, sources and review, under headings."""
    if assumptions:
        yield "Assumptions", list(map(assumption, assumptions))
    if regimen.findings:
        yield "Findings", list(map(finding, regimen.findings))
    alongside = [f"{note.text} [{note.source}]" for note in regimen.alongside]
    beyond = " beyond the above" if alongside else ""
    yield "Alongside", [*alongside, f"Not in this schedule: {_CARE}{beyond}."]
    yield "Sources", list(map(source, regimen.sources.values()))
    yield "Standing", [review_status(regimen), words.DISCLAIMER]


def finding(note: Note) -> str:
    """A finding with the total that it states, and its source."""
    return f"{_finding_text(note)} [{note.source}]"


def _finding_text(note: Note) -> str:
    return note.text if note.total is None else f"{note.text} {note.total.sentence()}"


def assumption(assumption: Assumption) -> str:
    """An assumption with its reason, and the option that chooses the other reading."""
    about, because = assumption.about, assumption.because
    text = f"{assumption.number}. {assumption.text} ({about}) Because: {because}"
    return f"{text} Otherwise: {assumption.setting}" if assumption.setting else text


def source(source: Source) -> str:
    """A source with its identifiers, and how much of it was read."""
    ids = "".join(f"{identity}; " for identity in identities(source))
    return f"{source.key}: {source.cite} {ids}read: {source.read}"


def identities(source: Source) -> list[str]:
    """The identifiers of a source that its file gives."""
    ids = [("doi", source.doi), ("PMID", source.pmid), ("trial", source.trial), ("", source.url)]
    return [f"{label} {value}".strip() for label, value in ids if value]


def review_status(regimen: Regimen) -> str:
    """When and from what a file was read, and who reviewed it."""
    read = f"Read on {regimen.read_on.isoformat()} from: {_extent_read(regimen)}"
    return f"{read}; {review_text(regimen)}."


def _extent_read(regimen: Regimen) -> str:
    kinds = dict.fromkeys(source.read for source in regimen.sources.values())
    return words.listed(["secondary sources" if kind == "secondary" else kind for kind in kinds])


def in_short(plan: Plan, *, headed: bool, run_on: bool) -> Iterator[tuple[str, list[str]]]:
    """What a plan rests on in short, under a heading that names the command for the full text.

    One line for each assumption, each finding that is not in the head, and each rule that concerns
    these rows; then what is given alongside, and what the plan leaves out.

    Args:
        headed: every row is under a heading, which gives the days of its turn.
        run_on: join assumptions and rules into one paragraph, separated by strokes, and the
            findings of each source into another.
    """
    schedule = schedule_of(plan)
    regimen = schedule.regimen
    assumed = [f"A{note.number}\u00a0{note.text}" for note in schedule.assumptions]
    findings = [note for note in regimen.findings if not note.head]
    rules = rules_in_short(plan, headed=headed)
    rules += () if isinstance(plan, Schedule) else plan.notes
    lines = [*assumed, *rules]
    lines = ["\u00a0| ".join(lines)] if run_on and lines else lines
    for key, notes in groupby(findings, lambda note: _source_keys(note, regimen)):
        texts = [_finding_text(note) for note in notes]
        lines += (f"{key}{text}" for text in ([" ".join(texts)] if run_on else texts))
    lines += (f"{_source_keys(note, regimen)}{note.text}" for note in regimen.alongside)
    beyond = "other " if regimen.alongside else ""
    lines.append(f"Not a prescription, and without {beyond}{_CARE}.")
    name = words.name_to_type(regimen.origin)
    shows = f"il2calc show {name}".replace(" ", "\u00a0")
    alternative = f", or {shows}" if name else ""
    of = f"of {next(iter(regimen.sources))}; " if len(regimen.sources) == 1 else ""
    yield f"Notes in short ({of}in full: --notes full{alternative})", lines


def _source_keys(note: Note, regimen: Regimen) -> str:
    """The keys of a note's sources as a prefix; empty where the file has only one source."""
    if len(regimen.sources) == 1:
        return ""
    keys = dict.fromkeys(part.partition(",")[0] for part in note.source.split("; "))
    return f"{', '.join(keys)}: "


def rules(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    """The rules that a plan used, under headings; of a course, those of its plan and of its log."""
    if isinstance(plan, Schedule):
        yield "Rules used", list(rules_used(plan))
    else:
        yield "Rules of the plan", list(rules_used(plan.planned, holders="CSV and JSON"))
        yield "Rules of the log", list(plan.notes)


class Rule(NamedTuple):
    """A rule in words, and whether a short table needs it.

    It does not where the table shows the same elsewhere: headings show when turns begin, a column
    the latest dates, the mark of a maximum how later rows are dated, and a caution what falls past
    midnight.
    """

    text: str
    in_short: bool = True


def rules_in_short(plan: Plan, *, headed: bool) -> list[str]:
    """The rules for a short table; those of turns only where not every row is under a heading."""
    schedule = plan if isinstance(plan, Schedule) else plan.planned
    rules = [] if headed else list(_block_rules(schedule))
    rules += (rule.text for rule in _rules(schedule) if rule.in_short)
    shortened = any(rounded(value, 4) != value for value in _amounts(schedule_of(plan)))
    return [*rules, f"{_FIGURES}."] if shortened else rules


def rules_used(schedule: Schedule, holders: str = "--explain, CSV and JSON") -> Iterator[str]:
    """The rules of time and dose that a plan used, one line each.

    Args:
        holders: outputs that give amounts in full digits.
    """
    yield from _block_rules(schedule)
    yield from (rule.text for rule in _rules(schedule))
    yield f"{_FIGURES}; {holders} hold every digit."


def _rules(schedule: Schedule) -> Iterator[Rule]:
    rows = schedule.administrations
    if days := schedule.regimen.starts_on:
        yield Rule(f"Day 1 is a {words.listed(days, 'or')}, by the file.")
    if rows and rows[0].minute < 0 and not schedule.regimen.day_zero:
        yield Rule("There is no day 0: day -1 is the day before day 1.")
    if any(row.latest_day is not None for row in rows):
        text = "Where a source gives a range of time, dates are the earliest."
        yield Rule(text, in_short=False)
    if any(row.not_before for row in rows):
        yield Rule(
            "After a rest with only a minimum nothing has a latest date: dates are 'not before'."
        )
    for dose in dict.fromkeys(row.dose.as_written for row in rows if row.dose.up_to):
        before_start = ", none before the start time" if dose.at and dose.at.kind == "clock" else ""
        yield Rule(f"{dose.path}: at most {dose.up_to} of its times in a turn{before_start}.")
    if any(row.at_most for row in rows):
        text = "What follows a maximum is dated as if every dose or turn of it were given."
        yield Rule(text, in_short=False)
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
    if any(row.outside for row in rows):
        text = "A dose that falls past midnight of its planned days makes no block longer."
        yield Rule(text, in_short=False)


def _amount_rules(schedule: Schedule) -> Iterator[Rule]:
    """Which weight counts where it is not the actual one, and that no dose is capped or rounded."""
    dosed = [(row.dose, row.dosed.basis) for row in schedule.administrations]
    dosed += [(need.dose, need.dosed.basis) for need in schedule.as_needed]
    if any(basis == "kg" and dose.dosing_body.by_formula for dose, basis in dosed):
        yield Rule(
            "Ideal weight is that of Devine (Drug Intell Clin Pharm 1974;8:650-5; reviewed in Ann "
            "Pharmacother 2000;34:1066-9), from a height of 152.4 cm on; an actual weight below "
            "it is used as it is."
        )
    capped = any(dose.cap or dose.round or any(dose.dosing_body[:2]) for dose, _ in dosed)
    if not schedule.bounds and not capped:
        text = "No dose is capped or rounded: the file gives no cap and no step."
        yield Rule(text, in_short=False)


def _amounts(schedule: Schedule) -> Iterator[Decimal]:
    """Every amount that a plan shows or that was given, each once."""
    doses = {row.dosed.value: None for row in schedule.administrations}
    doses |= {recorded.value: None for recorded in schedule.recorded.values()}
    yield from (value for value in doses if value is not None)
    for total in schedule.totals:
        yield from (total.value, total.conditional)


def counts(schedule: Schedule) -> Iterator[str]:
    """Each number of turns that differs from the file's; in a course, from its newest version's."""
    blocks = {turn.block.path: turn.block for turn, _ in schedule.turns}
    for path, count in schedule.counts.items():
        block = blocks.get(path)
        stated = block.repeat.count if block is not None and block.repeat is not None else None
        if stated != count:
            file_says = "leaves it open" if stated is None else f"says {stated}"
            yield f"{path}: {count} as requested; the file {file_says}"


def _block_rules(schedule: Schedule) -> Iterator[str]:
    day_zero = schedule.regimen.day_zero
    done: set[str] = set()
    turns = [turn for turn, _ in schedule.turns]
    not_before = {row.turn for row in schedule.administrations if row.not_before}
    slack = dict(schedule.turns)
    for block in dict.fromkeys(turn.block for turn in turns):
        if block.window is not None:
            yield f"{block.path}: each dose within {block.window.text} of its day."
    by_outer = grouped(((turn.block.path, turn.outer), turn) for turn in turns)
    for (path, _), group in by_outer.items():
        repeat = group[0].block.repeat
        if repeat is None or path in done:
            continue
        done.add(path)
        first, name = group[0], group[0].block.name
        second = group[1] if group[1:] else None
        if repeat.every is not None:
            length = repeat.every.text
            text = f"{path}: each turn lasts {length}, the last one too"
        elif second is not None:
            text = f"{path}: no rest"
            if rest := to_minutes(repeat.rest, "earliest") // DAY:
                end = first.start + first.length
                planned = words.days(day_at(first.start, day_zero), day_at(end - 1, day_zero))
                rest_days = words.days(day_at(end, day_zero), day_at(end + rest - 1, day_zero))
                text = f"{path}: rest {rest_days}, counted from planned {planned}"
        else:
            continue
        if second is not None:
            text += f"; {name} 2 starts day {day_at(second.start, day_zero)}"
            if second not in not_before and slack[second] > slack[first]:
                text += f", at the latest day {day_at(second.start + slack[second], day_zero)}"
        yield f"{text}."
