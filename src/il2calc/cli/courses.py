"""A course log and its regimen, as the verbs about courses need them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from il2calc import course, language
from il2calc.cli import log_options, output
from il2calc.course import Course
from il2calc.errors import Refused
from il2calc.language import log_writing
from il2calc.model.log import Effect, Entry, Log
from il2calc.model.regimen import Regimen
from il2calc.plan.schedule import Caution
from il2calc.review import of_course

_NOT_OF_AN_ENTRY = ("unrecorded", "undecided", "outside-planned-days")
"""Cautions that speak of the day, or of the plan, and not of an entry; `replan` tells them."""

File = Annotated[str, typer.Argument(help="The course log, as subject-07.yaml.")]
AcceptRegimen = Annotated[
    bool,
    typer.Option("--accept-regimen", help="Go on with a regimen file that was changed since."),
]


class How(NamedTuple):
    """What the verbs of a log ask alike."""

    reason: str | None
    as_of: str | None
    override: bool
    accept: bool
    folder: Path | None


def regimen_of(log: Log, folder: Path | None, *, accept: bool) -> Regimen:
    """The regimen of a log, read with the settings of the log.

    Args:
        folder: the user's own library.
        accept: go on with a regimen file that is not the one that the log was begun with.

    Raises:
        Refused: the file is another one, and nobody accepted it.
        Il2calcError: it is not there, or has faults.
    """
    name = log.regimen
    if is_path(name):
        name = os.path.normpath(Path(log.file).resolve().parent / name)
    found = language.load(name, folder=folder, settings=log.settings)
    if not accept and (differs := of_course.changed(found, log)) is not None:
        raise Refused(f"{differs}; look at what it says now, then add --accept-regimen")
    return found


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
    way = Path(os.path.relpath(Path(name).resolve(), Path(file).resolve().parent)).as_posix()
    return way if "/" in way else f"./{way}"


def enter(file: str, how: How, effect_of: Callable[[Course], Effect]) -> None:
    """Add one entry to a log, and tell what it says.

    Args:
        effect_of: what is entered, given the course as it stands.

    Raises:
        Il2calcError: the log, its regimen or the rules of a course refuse it; nothing is written.
    """
    told: list[str] = []
    found: list[Caution] = []

    def decide(log: Log) -> list[Entry]:
        regimen = regimen_of(log, how.folder, accept=how.accept)
        names = language.DrugNames(how.folder)
        entered = log_options.made_by_now(log_options.entered(how.as_of, log.zone), log.zone)
        before = course.replay(regimen, log, entered)
        number = len(log.entries) + 1
        effect = course.renamed(
            effect_of(before), lambda key: key, lambda drug: language.drug_of(drug, regimen, names)
        )
        entry = Entry(number, entered, effect, log_options.reason(how.reason))
        entry = _admitted(regimen, log, entry, override=how.override)
        after = course.replay(regimen, replace(log, entries=(*log.entries, entry)), entered)

        from il2calc.report.course_text import line

        told.append(line(entry, before, after))
        monographs = language.monographs(regimen.drugs(before.schedule.arm), how.folder)
        told_before = of_course.review(before, monographs)
        found.extend(
            caution
            for caution in of_course.review(after, monographs)
            if _is_news(caution, told_before)
        )
        return [entry._replace(effect=course.as_written(regimen, entry.effect))]

    log_writing.edit(file, decide)
    output.write(told)
    output.caution(found)


def _admitted(regimen: Regimen, log: Log, entry: Entry, *, override: bool) -> Entry:
    """An entry that may be added; one that was refused only says that it was made all the same."""
    try:
        course.admit(regimen, log, entry)
    except Refused:
        if not override:
            raise
        entry = entry._replace(overridden=True)
        course.admit(regimen, log, entry)
    return entry


def _is_news(caution: Caution, before: Sequence[Caution]) -> bool:
    """Whether a caution comes with the entry; that another regimen was accepted is told always."""
    if caution.code in _NOT_OF_AN_ENTRY:
        return False
    if caution.code == "regimen-changed":
        return True
    return (caution.code, caution.text) not in {(told.code, told.text) for told in before}
