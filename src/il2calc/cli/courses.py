"""A course log and its regimen, as the verbs about courses need them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from il2calc import course, language
from il2calc.cli import log_options, output
from il2calc.cli.options import option
from il2calc.course import Course
from il2calc.errors import FaultyFile, MissingInput, Refused, RegimenError, as_typed
from il2calc.language import log_writing
from il2calc.model.effects import Amended, Effect, Extra, Given, Parted, Reduced
from il2calc.model.evidence import Origin
from il2calc.model.log import SHOWN, Broken, Entry, Log, renamed
from il2calc.model.regimen import Regimen
from il2calc.plan.schedule import Caution
from il2calc.review import of_course, of_record
from il2calc.units import ACTIVITY_SCALES, Quantity

if TYPE_CHECKING:
    from il2calc.model.drug import Drug

_NOT_OF_AN_ENTRY = ("unrecorded", "undecided", "outside-planned-days")
"""Cautions that speak of the day, or of the plan, and not of an entry; `replan` tells them."""

_NOT_YET_ACCEPTED = Caution(
    "regimen-changed",
    "the change of the regimen file is not accepted yet, because its doses need the new measure; "
    "accept it with the next entry (--accept-regimen)",
)
"""Of a file that was changed so that its doses need another measure, which comes before it."""

File = Annotated[str, typer.Argument(help="The course log, such as subject-07.yaml.")]
AcceptRegimen = Annotated[
    bool, option("--accept-regimen", "Accept a regimen file that has changed since.")
]


AllowEdited = Annotated[
    bool, option("--allow-edited", "Continue with a log that was changed by hand.")
]


class How(NamedTuple):
    """What the verbs of a log ask alike."""

    reason: str | None
    as_of: str | None
    who: str | None
    override: bool
    accept: bool
    edited: bool
    folder: Path | None


class Prescribed(NamedTuple):
    """A log, and what was prescribed in its course.

    Args:
        log: with the change of the regimen file that was accepted, if any, as its last entry.
        regimen: the newest text, read with the settings of the log.
        texts: all that are needed, by their SHA-256.
        accepted: the entry by which a change of the file is accepted.
    """

    log: Log
    regimen: Regimen
    texts: dict[str, Regimen]
    accepted: tuple[Entry, ...] = ()

    def course(self, as_of: datetime, *more: Entry) -> Course:
        """The course of the log, with more entries."""
        log = replace(self.log, entries=(*self.log.entries, *more))
        return course.replay(self.regimen, log, as_of, self.texts)


def prescribed(
    log: Log,
    folder: Path | None,
    as_of: datetime,
    *,
    accept: bool,
    edited: bool = False,
    kept: bool = False,
    by: str | None = None,
    looking: bool = False,
) -> Prescribed:
    """What was prescribed in the course of a log.

    Args:
        folder: the user's own library.
        as_of: when a change of the file is accepted.
        accept: go on with a regimen file that is not the one that the log goes by.
        edited: go on with a log of which an entry is not as it was written.
        kept: by the text that the log holds, whatever its file says now.
        by: who accepts it.
        looking: what is accepted is not entered.

    Raises:
        FaultyFile: an entry is not as it was written, and nobody allows that; an amount in units
            that may be those of another scale.
        Refused: the file is another one, and nobody accepted it, or nothing is left to change.
        Il2calcError: it is not there, or has faults.
    """
    if not edited and (faults := broken(log)):
        raise FaultyFile(faults)
    _refuse_other_scales(log, folder)
    name, sha256 = log.newest()
    if kept and sha256 in log.texts():
        texts = _texts(log, folder)
        _refuse_misstated(log, texts, accept=accept)
        return Prescribed(log, texts[sha256], texts)
    found = file_of(name, log.file, folder)
    regimen = language.read(found, folder=folder, settings=log.settings)
    held = log.texts()
    if sha256 in held and _says_the_same(held[sha256][1], found):
        texts = _texts(log, folder)
        _refuse_misstated(log, texts, accept=accept)
        texts[sha256] = replace(
            texts[sha256], reviews=regimen.reviews, reviewed_by=regimen.reviewed_by
        )
        return Prescribed(log, texts[sha256], texts)
    differs = of_record.changed(regimen, log)
    if differs is not None and not accept:
        raise Refused(f"{differs}; check what it says now, then add --accept-regimen")
    amends = any(isinstance(entry.effect, Amended) for entry in log.entries)
    older = _texts(log, folder) if amends or (differs is not None and sha256 in held) else {}
    texts = {**older, found.origin.sha256: regimen}
    _refuse_misstated(log, texts, accept=accept)
    if differs is None or sha256 not in held:
        return Prescribed(log, regimen, texts)
    number = len(log.entries) + 1
    state = course.state_of(texts[sha256], log, texts)
    start = course.unbegun(state.places, (*state.given, *state.held))
    effect = Amended(name, regimen.version, found.origin.sha256, found.content, start)
    accepted = Entry(number, as_of, effect, by=by, supposed=looking)
    course.admit(regimen, log, accepted, texts)
    whole = replace(log, entries=(*log.entries, accepted))
    return Prescribed(whole, regimen, texts, (accepted,))


def _refuse_other_scales(log: Log, folder: Path | None) -> None:
    """Refuse entries that were written by hand in units that may be those of another scale.

    Raises:
        FaultyFile: names each with what to write.
    """
    names = language.DrugNames(folder)
    faults = [
        RegimenError(log.file, entry.line, f"entries[{entry.number}]", problem)
        for entry in log.in_force()
        for problem in _of_other_scales(entry.effect, names)
    ]
    if faults:
        raise FaultyFile(faults)


def _says_the_same(kept: bytes, found: language.shelf.Found) -> bool:
    """Whether a file that is not the one that a log holds means the same: it was signed, say."""
    if kept == found.content:
        return False
    from il2calc.language.provenance import content_hash

    return content_hash(kept) == content_hash(found.content)


def _refuse_misstated(log: Log, texts: Mapping[str, Regimen], *, accept: bool) -> None:
    """Refuse a log whose head says otherwise than the file that it was started with.

    Raises:
        Refused: names what differs.
    """
    begun = texts.get(log.sha256)
    wrong = of_record.misstated(begun, log) if begun is not None else None
    if wrong is not None and not accept:
        raise Refused(
            f"{wrong}; restore regimen, version and sha256 as they were at the start, or use the "
            "file anyway (--accept-regimen)"
        )


def broken(log: Log) -> list[RegimenError]:
    """Every entry of a log that is not as it was written, as a fault."""
    lines = {entry.number: entry.line for entry in log.entries}
    return [
        RegimenError(
            log.file, lines[each.number], f"entries[{each.number}]", _changed(each, log.file)
        )
        for each in (log.seal.broken if log.seal is not None else ())
    ]


def _changed(each: Broken, file: str) -> str:
    if each.bare:
        what = "has no hash, like one written by hand"
    else:
        before = "the head of the log" if each.number == 1 else "the entry before it"
        what = f"is not as it was written: it, or {before}, was changed, inserted or removed"
    reseal = f"il2calc log check {as_typed(file)} --reseal --reason TEXT"
    return f"{what}; check it, then go on (--allow-edited) or accept it as it is ({reseal})"


def file_of(name: str, log: str, folder: Path | None) -> language.shelf.Found:
    """The file of a regimen by the name that a log keeps: a path is from the log's own folder."""
    if is_path(name):
        name = os.path.normpath(Path(log).resolve().parent / name)
    return language.shelf.find(name, folder)


def _read(log: Log, text: Amended, folder: Path | None) -> Regimen:
    """The text of an amendment, read with the settings of the log."""
    found = language.shelf.Found(text.text, Origin(text.regimen, text.sha256))
    return language.read(found, folder=folder, settings=log.settings)


def _texts(log: Log, folder: Path | None) -> dict[str, Regimen]:
    """The texts that a log holds."""
    return {
        sha256: language.read(
            language.shelf.Found(text, Origin(f"{name}, kept in {log.file}", sha256)),
            folder=folder,
            settings=log.settings,
        )
        for sha256, (name, text) in log.texts().items()
    }


def is_path(name: str) -> bool:
    """Whether a regimen is named by a path and not by its id."""
    return "/" in name or "\\" in name or name.endswith(language.shelf.SUFFIXES)


def kept_name(name: str, file: str) -> str:
    """A regimen's name as a log keeps it: a path from the log's own folder, so that both may move.

    >>> kept_name("npc-bolus", "logs/S-07.yaml")
    'npc-bolus'
    """
    if not is_path(name):
        return name
    regimen = Path(name).resolve()
    try:
        way = Path(os.path.relpath(regimen, Path(file).resolve().parent)).as_posix()
    except ValueError:  # on another drive of Windows
        return regimen.as_posix()
    return way if "/" in way else f"./{way}"


def enter(
    file: str,
    how: How,
    effect_of: Callable[[Course], Effect],
    brought: Amended | None = None,
    *,
    weighs: bool = False,
) -> None:
    """Add one entry to a log, and tell what it says.

    Args:
        effect_of: what is entered, given the course as it stands.
        brought: the text of the regimen that comes with it.
        weighs: it brings measures, which a changed file may need before it can be accepted.

    Raises:
        Il2calcError: the log, its regimen or the rules of a course refuse it; nothing is written.
    """
    told: list[str] = []
    found: list[Caution] = []

    def decide(written: Log) -> list[Entry]:
        entered = log_options.entered(how.as_of, written.zone)
        entered = log_options.made_by_now(entered, written.zone)
        reason, by = log_options.reason(how.reason), log_options.by(how.who)

        def by_text(*, kept: bool) -> Prescribed:
            accept, edited = how.accept, how.edited
            return prescribed(
                written, how.folder, entered, accept=accept, edited=edited, kept=kept, by=by
            )

        try:
            there = by_text(kept=brought is not None)
        except MissingInput:
            if not weighs:
                raise
            there = by_text(kept=True)
            found.append(_NOT_YET_ACCEPTED)
        if brought is not None:
            there.texts[brought.sha256] = _read(written, brought, how.folder)
        log, regimen = there.log, there.regimen
        names = language.DrugNames(how.folder)
        before = there.course(entered)
        effect, of_name = named(effect_of(before), regimen, names)
        number = len(log.entries) + 1
        entry = Entry(number, entered, effect, reason, by=by)
        entry = _admitted(there, before, entry, override=how.override)
        after = there.course(entered, entry)
        if isinstance(entry.effect, Given | Parted):
            whole, after = course.recorded(after, entry.effect)
            entry = entry._replace(effect=whole)

        from il2calc.report.course_text import line

        told.append(line(entry, before, after))
        monographs = monographs_of(after, how.folder)
        by_old, by_new = _by_doses(before), _by_doses(after)
        old = of_course.review(before, monographs)
        told_before = {(each.code, by_old(each.text)) for each in old}
        found.extend(of_name)
        found.extend(
            caution
            for caution in of_course.review(after, monographs)
            if _is_news(caution, by_new(caution.text), told_before)
        )
        written_so = after.state.as_written(entry.effect)
        added = [*there.accepted, entry._replace(effect=written_so)]
        return [log_options.clocked(each, by, written.zone) for each in added]

    written = log_writing.edit(file, decide)
    output.write_done(told)
    sealed(written)
    output.caution(found)


def named(
    effect: Effect, regimen: Regimen, names: language.DrugNames
) -> tuple[Effect, list[Caution]]:
    """An effect that calls its drug as the course does, and what to confirm of the name.

    Raises:
        Refused: a name of several drugs; an amount of another scale of activity than IU.
        FaultyFile: a monograph that had to be read has faults.
    """
    told: list[Caution] = []

    def of_drug(written: str) -> str:
        found = language.drug_of(written, regimen, names)
        told.extend(_in_doubt(written, found, regimen, names))
        return found

    found = renamed(effect, lambda key: key, of_drug)
    if (refusal := next(_of_other_scales(found, names), None)) is not None:
        raise Refused(refusal)
    return found, told


def _in_doubt(
    written: str, drug: str, regimen: Regimen, names: language.DrugNames
) -> list[Caution]:
    """What to confirm of a name that is taken for a drug, where the regimen does not say so."""
    if drug in {dose.drug for dose in regimen.doses()} and regimen.drug_called(written) == drug:
        return []
    name = names.of(written)
    text = name.other.text if name.other is not None else name.question()
    return [Caution("drug-name", text)] if text is not None else []


def names_in_doubt(there: Prescribed, folder: Path | None) -> list[Caution]:
    """What to confirm of the drugs of doses that no plan had, each once, as the log names them."""
    names = language.DrugNames(folder)
    found = [
        caution
        for entry in there.log.in_force()
        if isinstance(effect := entry.effect, Extra)
        for caution in _in_doubt(effect.written or effect.drug, effect.drug, there.regimen, names)
    ]
    return list(dict.fromkeys(found))


def _of_other_scales(effect: Effect, names: language.DrugNames) -> Iterator[str]:
    """What to type in place of each amount of an entry that no log keeps."""
    for drug, amount in _amounts(effect):
        if amount.unit in ("units", *ACTIVITY_SCALES):
            refusal = log_options.refusal_of_scale(amount, drug, names.monograph(drug))
            yield from [f"the amount {refusal}"] if refusal is not None else []


def _amounts(effect: Effect) -> Iterator[tuple[str, Quantity]]:
    """Every amount that an entry says of a drug."""
    match effect:
        case Extra(drug, amount) | Reduced(drug, Quantity() as amount):
            yield drug, amount
        case Given(doses, amount=Quantity() as amount):
            yield doses[0].drug, amount
        case Parted(dose, amount):
            yield dose.drug, amount


def monographs_of(course: Course, folder: Path | None) -> dict[str, Drug | None]:
    """The monographs of the drugs of a course; None of a drug that has none."""
    return language.monographs(course.schedule.regimen.drugs(course.schedule.arm), folder)


def sealed(log: Log) -> None:
    """Tell the last hash of a log, by which whoever notes it sees that its end is there."""
    from il2calc.report.course_text import entries

    assert log.seal is not None, "it was read from a file"
    output.tell(f"{log.file}: {entries(log)}, last hash {log.seal.last[:SHOWN]}")


def _admitted(there: Prescribed, before: Course, entry: Entry, *, override: bool) -> Entry:
    """An entry that may be added; one that was refused only says that it was made all the same."""

    def admit(entry: Entry) -> Entry:
        log, state = there.log, before.state
        course.admit(there.regimen, log, entry, there.texts, state=state)
        return entry

    try:
        return admit(entry)
    except Refused:
        if not override:
            raise
        return admit(entry._replace(overridden=True))


def _is_news(caution: Caution, text: str, before: Collection[tuple[str, str]]) -> bool:
    """Whether a caution, told by doses, comes with the entry; another regimen is told always."""
    if caution.code in ("regimen-changed", "restated", "edited"):
        return True
    return caution.code not in _NOT_OF_AN_ENTRY and (caution.code, text) not in before


_NUMBERS = re.compile(r"\brows? [0-9]+( to [0-9]+)?(, [0-9]+( to [0-9]+)?)*")


def _by_doses(course: Course) -> Callable[[str], str]:
    """What puts doses into a text for their rows, which a dose that is added moves."""
    keys = {row.number: row.key for row in course.rows}

    def named(found: re.Match[str]) -> str:
        runs = [run.split(" to ") for run in found[0].partition(" ")[2].split(", ")]
        numbers = [each for run in runs for each in range(int(run[0]), int(run[-1]) + 1)]
        return str([keys.get(number) for number in numbers])

    return partial(_NUMBERS.sub, named)
