"""A course log with its regimen, and the adding of entries, for the verbs about courses."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from il2calc import course, language
from il2calc.cli import log_options, output
from il2calc.cli.options import AcceptRegimen, AllowEdited, Folder, Text, option
from il2calc.course import Course
from il2calc.errors import FaultyFile, MissingInput, Refused, RegimenError, as_typed
from il2calc.language import DrugNames, log_writing
from il2calc.model.effects import Amended, DoseKey, Effect, Extra, Given, Parted, Reduced
from il2calc.model.evidence import Origin
from il2calc.model.log import SHOWN, Broken, Entry, Log, renamed
from il2calc.model.regimen import Regimen
from il2calc.plan.schedule import Caution, drugs_in
from il2calc.review import of_course, of_record
from il2calc.units import ACTIVITY_SCALES, Quantity

if TYPE_CHECKING:
    from il2calc.model.drug import Drug

_NOT_ABOUT_ENTRIES = ("unrecorded", "undecided", "outside-planned-days")
"""Codes of cautions about the day or the plan, not about an entry; `replan` tells them."""

_NOT_YET_ACCEPTED = Caution(
    "regimen-changed",
    "the change of the regimen file is not accepted yet, because its doses need the new measure; "
    "accept it with the next entry (--accept-regimen)",
)
"""For a changed file whose doses need another measure: that has to be entered first."""

Reason = Annotated[Text, option("--reason TEXT", "Why, in one line.")]
AsOf = Annotated[Text, option("--as-of DATE", "Date of the entry, or 'DATE HH:MM'. Default: now.")]
Override = Annotated[bool, option("--override", "Enter it although it would be refused.")]
INITIALS = "Who makes the entry, such as initials."
By = Annotated[Text, option("--by --who LABEL", INITIALS, envvar="IL2CALC_BY")]


class EntryOptions(NamedTuple):
    """The options that the verbs of a log share."""

    reason: Reason = None
    override: Override = False
    who: By = None
    as_of: AsOf = None
    accept: AcceptRegimen = False
    edited: AllowEdited = False
    folder: Folder = None


class Prescription(NamedTuple):
    """A log with the regimen that its course follows.

    Args:
        log: its last entry accepts a changed regimen file, if `accepted` has one.
        regimen: the newest text, read with the settings of the log.
        texts: all texts of the regimen that are needed, by SHA-256.
        accepted: the entry that accepts a changed regimen file, if any.
    """

    log: Log
    regimen: Regimen
    texts: dict[str, Regimen]
    accepted: tuple[Entry, ...] = ()

    def course(self, as_of: datetime, *more: Entry) -> Course:
        """The course of the log with more entries."""
        log = replace(self.log, entries=(*self.log.entries, *more))
        return course.replay(self.regimen, log, as_of, self.texts)

    def admitted(self, entry: Entry, before: Course) -> Entry:
        """An entry that the course before it admits.

        Raises:
            Refused: a rule of courses forbids it.
        """
        course.admit(self.regimen, before.log, entry, self.texts, state=before.state)
        return entry


def prescription_of(
    log: Log,
    folder: Path | None,
    as_of: datetime,
    *,
    accept: bool,
    edited: bool = False,
    from_log: bool = False,
    author: str | None = None,
    supposed: bool = False,
) -> Prescription:
    """A log with its regimen, from its file or the log; a changed file may be accepted.

    Args:
        folder: the user's own library.
        as_of: when a changed regimen file is accepted.
        accept: accept a regimen file that has changed since.
        edited: continue with a log that was changed by hand.
        from_log: use the text stored in the log, whatever the file says now.
        author: who accepts a changed file.
        supposed: the acceptance is not written to the log.

    Raises:
        FaultyFile: an entry was changed by hand, without `edited`; an amount in units that may be
            those of another scale.
        Refused: the file has changed, without `accept`, or no turn is left for the change.
        Il2calcError: the regimen is not found, or has faults.
    """
    if not edited and (faults := broken_entries(log)):
        raise FaultyFile(faults)
    _refuse_other_scales(log, folder)
    name, sha256 = log.newest()
    if from_log and sha256 in log.texts():
        texts = _texts(log, folder)
        _refuse_misstated(log, texts, accept=accept)
        return Prescription(log, texts[sha256], texts)
    file = regimen_file(name, log.file, folder)
    regimen = language.read(file, folder=folder, settings=log.settings)
    stored = log.texts()
    if sha256 in stored and _only_form_differs(stored[sha256][1], file):
        texts = _texts(log, folder)
        _refuse_misstated(log, texts, accept=accept)
        texts[sha256] = replace(
            texts[sha256], reviews=regimen.reviews, reviewed_by=regimen.reviewed_by
        )
        return Prescription(log, texts[sha256], texts)
    change = of_record.changed_file_text(regimen, log)
    if change is not None and not accept:
        raise Refused(f"{change}; check what it says now, then add --accept-regimen")
    amends = any(isinstance(entry.effect, Amended) for entry in log.entries)
    older = _texts(log, folder) if amends or (change is not None and sha256 in stored) else {}
    texts = {**older, file.origin.sha256: regimen}
    _refuse_misstated(log, texts, accept=accept)
    if change is None or sha256 not in stored:
        return Prescription(log, regimen, texts)
    state = course.state_of(texts[sha256], log, texts)

    def acceptance_after(recorded: Iterable[DoseKey]) -> Entry:
        start = course.first_unbegun_turn(state.now, recorded)
        effect = Amended(name, regimen.version, file.origin.sha256, file.content, start)
        entry = Entry(len(log.entries) + 1, as_of, effect, by=author, hypothetical=supposed)
        course.admit(regimen, log, entry, texts)
        return entry

    try:
        acceptance = acceptance_after(course.recorded_by(state, as_of))
    except Refused:  # The new text lacks a dose that is held ahead.
        acceptance = acceptance_after([*state.given, *state.held])
    accepted = replace(log, entries=(*log.entries, acceptance))
    return Prescription(accepted, regimen, texts, (acceptance,))


def _refuse_other_scales(log: Log, folder: Path | None) -> None:
    """Refuse entries written by hand in units that may be those of another scale."""
    names = DrugNames(folder)
    faults = [
        RegimenError(log.file, entry.line, f"entries[{entry.number}]", problem)
        for entry in log.in_force()
        for problem in _scale_refusals(entry.effect, names)
    ]
    if faults:
        raise FaultyFile(faults)


def _only_form_differs(stored: bytes, file: language.shelf.FileContent) -> bool:
    """Whether a file differs from the text in a log, but not in content: it was signed, say."""
    if stored == file.content:
        return False
    from il2calc.language.provenance import content_hash

    return content_hash(stored) == content_hash(file.content)


def _refuse_misstated(log: Log, texts: Mapping[str, Regimen], *, accept: bool) -> None:
    """Refuse a log whose head does not match the regimen that it was started with."""
    original = texts.get(log.sha256)
    problem = of_record.wrong_head_text(original, log) if original is not None else None
    if problem is not None and not accept:
        raise Refused(
            f"{problem}; restore regimen, version and sha256 as they were at the start, or use the "
            "file anyway (--accept-regimen)"
        )


def broken_entries(log: Log) -> list[RegimenError]:
    """A fault for every entry of a log that was changed by hand."""
    lines = {entry.number: entry.line for entry in log.entries}
    broken = log.seal.broken if log.seal is not None else ()
    return [_seal_fault(entry, log.file, lines[entry.number]) for entry in broken]


def _seal_fault(entry: Broken, file: str, line: int | None) -> RegimenError:
    if entry.bare:
        problem = "has no hash, like one written by hand"
    else:
        previous = "the head of the log" if entry.number == 1 else "the entry before it"
        problem = f"is not as it was written: it, or {previous}, was changed, inserted or removed"
    reseal = f"il2calc log check {as_typed(file)} --reseal --reason TEXT"
    advice = f"check it, then go on (--allow-edited) or accept it as it is ({reseal})"
    return RegimenError(file, line, f"entries[{entry.number}]", f"{problem}; {advice}")


def regimen_file(name: str, log: str, folder: Path | None) -> language.shelf.FileContent:
    """The regimen file by its name in a log: a path is relative to the folder of the log."""
    if language.shelf.is_path(name):
        name = os.path.normpath(Path(log).resolve().parent / name)
        if not os.path.lexists(name):
            problem = f"there is no such file; {as_typed(log)} follows it: move it with the log"
            raise RegimenError(name, None, "", problem)
    return language.shelf.find(name, folder)


def _read_text(text: bytes, origin: Origin, log: Log, folder: Path | None) -> Regimen:
    """The regimen of a text that a log stores or will store, read with the settings of the log."""
    file = language.shelf.FileContent(text, origin)
    return language.read(file, folder=folder, settings=log.settings)


def _texts(log: Log, folder: Path | None) -> dict[str, Regimen]:
    """The regimens whose text a log stores, by SHA-256."""
    return {
        sha256: _read_text(text, Origin(f"{name}, kept in {log.file}", sha256), log, folder)
        for sha256, (name, text) in log.texts().items()
    }


def name_in_log(name: str, file: str) -> str:
    """A regimen's name for a log; a path is made relative to the log, so that both may be moved.

    >>> name_in_log("npc-bolus", "logs/S-07.yaml")
    'npc-bolus'
    """
    if not language.shelf.is_path(name):
        return name
    regimen = Path(name).resolve()
    try:
        relative = Path(os.path.relpath(regimen, Path(file).resolve().parent)).as_posix()
    except ValueError:  # on another drive of Windows
        return regimen.as_posix()
    return relative if "/" in relative else f"./{relative}"


def enter(
    file: str,
    options: EntryOptions,
    effect_of: Callable[[Course], Effect],
    amendment: Amended | None = None,
    *,
    takes_measures: bool = False,
) -> None:
    """Add one entry to a log, and print what it says.

    Args:
        effect_of: from the present course to the effect that is entered.
        amendment: the new text of the regimen, if the entry is an amendment.
        takes_measures: the entry has measures, which a changed file may need to be accepted.

    Raises:
        Il2calcError: the log, the regimen or a rule of courses refuses it; nothing is written.
    """
    lines: list[str] = []
    cautions: list[Caution] = []

    def decide(log: Log) -> list[Entry]:
        moment = log_options.entry_moment(options.as_of, log.zone)
        moment = log_options.not_in_future(moment, log.zone)
        reason, author = log_options.reason(options.reason), log_options.author(options.who)
        read = partial(prescription_of, log, options.folder, moment, author=author)
        read = partial(read, accept=options.accept, edited=options.edited)
        try:
            prescription = read(from_log=amendment is not None)
        except MissingInput:
            if not takes_measures:
                raise
            prescription = read(from_log=True)
            cautions.append(_NOT_YET_ACCEPTED)
        if amendment is not None:
            origin = Origin(amendment.regimen, amendment.sha256)
            amended = _read_text(amendment.text, origin, log, options.folder)
            prescription.texts[amendment.sha256] = amended
        regimen = prescription.regimen
        names = DrugNames(options.folder)
        before = prescription.course(moment)
        effect, name_cautions = with_course_drug(effect_of(before), regimen, names)
        number = len(prescription.log.entries) + 1
        entry = Entry(number, moment, effect, reason, by=author)
        entry = _admitted(prescription, before, entry, override=options.override)
        after = prescription.course(moment, entry)
        if isinstance(entry.effect, Given | Parted):
            effect, after = course.with_portions(after, entry.effect)
            entry = entry._replace(effect=effect)

        from il2calc.report.course_text import entry_line

        lines.append(entry_line(entry, before, after))
        monographs = monographs_of(after, options.folder)
        by_old_doses, by_new_doses = _rows_as_doses(before), _rows_as_doses(after)
        old = {(one.code, by_old_doses(one.text)) for one in of_course.review(before, monographs)}
        cautions.extend(name_cautions)
        now = of_course.review(after, monographs)
        cautions.extend(one for one in now if _is_news(one, by_new_doses(one.text), old))
        written = after.state.as_written(entry.effect)
        entries = [*prescription.accepted, entry._replace(effect=written)]
        return [log_options.stamped(one, author, log.zone) for one in entries]

    log = log_writing.add_entries(file, decide)
    output.write_done(lines)
    tell_last_hash(log)
    output.tell_cautions(cautions)


def with_course_drug(
    effect: Effect, regimen: Regimen, names: DrugNames
) -> tuple[Effect, list[Caution]]:
    """An effect with its drug under the name that the course uses, and cautions about the name.

    Raises:
        Refused: a name of several drugs; an amount in another scale of activity than IU.
        FaultyFile: a monograph has faults.
    """
    cautions: list[Caution] = []

    def of_drug(written: str) -> str:
        drug = names.drug_of(written, regimen)
        cautions.extend(_name_cautions(written, drug, regimen, names))
        return drug

    result = renamed(effect, lambda key: key, of_drug)
    if (refusal := next(_scale_refusals(result, names), None)) is not None:
        raise Refused(refusal)
    return result, cautions


def _name_cautions(written: str, drug: str, regimen: Regimen, names: DrugNames) -> list[Caution]:
    """What to confirm about a name that is taken for a drug, if the regimen does not have it."""
    if drug in {dose.drug for dose in regimen.doses()} and regimen.drug_called(written) == drug:
        return []
    name = names.look_up(written)
    text = name.mistaken_for.text if name.mistaken_for is not None else name.question()
    return [Caution("drug-name", text)] if text is not None else []


def drug_name_cautions(prescription: Prescription, folder: Path | None) -> list[Caution]:
    """What to confirm about the drug names of unplanned doses in a log, each once."""
    names = DrugNames(folder)
    effects = (entry.effect for entry in prescription.log.in_force())
    cautions = dict[Caution, None]()
    for extra in (effect for effect in effects if isinstance(effect, Extra)):
        written = extra.written or extra.drug
        cautions |= dict.fromkeys(_name_cautions(written, extra.drug, prescription.regimen, names))
    return list(cautions)


def _scale_refusals(effect: Effect, names: DrugNames) -> Iterator[str]:
    """What to type in place of each amount in another scale, which no log keeps."""
    for drug, amount in _amounts(effect):
        if amount.unit in ("units", *ACTIVITY_SCALES):
            refusal = log_options.refusal_of_scale(amount, drug, names.monograph(drug))
            if refusal is not None:
                yield f"the amount {refusal}"


def _amounts(effect: Effect) -> Iterator[tuple[str, Quantity]]:
    """Every drug of an entry with its amount."""
    match effect:
        case Extra(drug, amount) | Reduced(drug, Quantity() as amount):
            yield drug, amount
        case Given(doses, amount=Quantity() as amount):
            yield doses[0].drug, amount
        case Parted(dose, amount):
            yield dose.drug, amount


def monographs_of(course: Course, folder: Path | None) -> dict[str, Drug | None]:
    """The monographs of the drugs of a course; None for a drug without one."""
    return language.monographs(drugs_in(course.schedule), folder)


def tell_last_hash(log: Log) -> None:
    """Tell the last hash of a log: whoever notes it can later check that no entry is missing."""
    from il2calc.report.course_text import entry_count

    assert log.seal is not None, "it was read from a file"
    output.tell(f"{log.file}: {entry_count(log)}, last hash {log.seal.last[:SHOWN]}")


def _admitted(prescription: Prescription, before: Course, entry: Entry, *, override: bool) -> Entry:
    """An entry that is admitted; with `override`, a refused one is marked as overridden."""
    try:
        return prescription.admitted(entry, before)
    except Refused:
        if not override:
            raise
        return prescription.admitted(entry._replace(overridden=True), before)


def _is_news(caution: Caution, text: str, old: Collection[tuple[str, str]]) -> bool:
    """Whether a caution is new with the entry; one about a changed regimen or log always is.

    Args:
        text: of the caution, with doses for its row numbers.
        old: code and text, so changed, of the cautions before the entry.
    """
    if caution.code in ("regimen-changed", "restated", "edited"):
        return True
    return caution.code not in _NOT_ABOUT_ENTRIES and (caution.code, text) not in old


_ROW_NUMBERS = re.compile(r"\brows? [0-9]+( to [0-9]+)?(, [0-9]+( to [0-9]+)?)*")


def _rows_as_doses(course: Course) -> Callable[[str], str]:
    """A function that replaces row numbers in a text by doses: an added dose moves the rows."""
    keys = {row.number: row.key for row in course.rows}

    def keys_of(match: re.Match[str]) -> str:
        runs = [run.split(" to ") for run in match[0].partition(" ")[2].split(", ")]
        numbers = (range(int(run[0]), int(run[-1]) + 1) for run in runs)
        return str([keys.get(number) for number in chain.from_iterable(numbers)])

    return partial(_ROW_NUMBERS.sub, keys_of)
