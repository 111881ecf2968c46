"""What should be known of a log as a record: another regimen file, entries changed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from il2calc.course.state import CourseState, Version
from il2calc.errors import numbered
from il2calc.model.log import Levelled, Log, chain_text
from il2calc.model.regimen import NOT_STATED, Regimen
from il2calc.plan.schedule import Caution

_MOST_TOLD = 6
"""Differences between two regimen files that a message names."""


def review(standing: CourseState) -> Iterator[Caution]:
    """What should be pointed out about the record of a course."""
    if (text := changed(standing.regimen, standing.log)) is not None:
        yield Caution("regimen-changed", text)
    yield from _amendments(standing)
    yield from _levels(standing)
    yield from _seal(standing.log)
    yield from _unsigned(standing.log)
    yield from _restated(standing)


def changed(regimen: Regimen, log: Log) -> str | None:
    """What differs between the regimen file and the one that the log goes by."""
    _, sha256 = log.newest()
    if regimen.origin.sha256 == sha256:
        return None
    begun_with = sha256 == log.sha256
    version = log.version if begun_with else log.amendments()[-1].version
    which = "was begun with" if begun_with else "goes by now"
    differs = _differences(log.facts if begun_with else {}, regimen.facts)
    return (
        f"the regimen file of {regimen.id} is not the one that the log {which}: "
        f"{_versions((version, sha256), regimen, differs)}"
    )


def _versions(was: tuple[int, str], now: Regimen, differs: Iterable[str]) -> str:
    """Two texts of a regimen by version and content, and what they say otherwise."""
    version, sha256 = was
    versions = f"version {version} both times"
    if now.version != version:
        versions = f"version {version} then, {now.version} now"
    digits = f"SHA-256 {sha256[:16]} then, {now.origin.sha256[:16]} now"
    return "; ".join([versions, digits, *differs])


def _differences(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """What a file says otherwise than another; nothing where one of them is not known."""
    if not was:
        return
    paths = [path for path in {**was, **now} if was.get(path) != now.get(path)]
    for path in paths[:_MOST_TOLD]:
        yield f"{path}: {was.get(path, NOT_STATED)} then, {now.get(path, NOT_STATED)} now"
    if len(paths) > _MOST_TOLD:
        yield f"{len(paths) - _MOST_TOLD} more"
    if not paths:
        yield "amounts and times are the same"


def _of_level(version: Version) -> bool:
    return version.entry is not None and isinstance(version.entry.effect, Levelled)


def _levels(standing: CourseState) -> Iterator[Caution]:
    """Another arm has the caution of its own, as the arm of the start has."""
    for version in filter(_of_level, standing.versions):
        effect = version.entry.effect if version.entry is not None else None
        assert isinstance(effect, Levelled), "it is of a level"
        if caution := version.own.arms[effect.arm].caution:
            text = f"arm {effect.arm} from {chain_text(effect.start)} on: {caution}"
            yield Caution("arm", text)


def _seal(log: Log) -> Iterator[Caution]:
    """Entries that are not as they were written, also those that were resealed."""
    if log.seal is None:
        return
    if log.seal.broken:
        which = numbered("entry", [each.number for each in log.seal.broken])
        yield Caution("edited", f"{log.file} was changed by hand: {which}, or what is before it")
    reasons = {entry.number: entry.reason for entry in log.entries}
    by_reseal: dict[int | None, list[int]] = {}
    for each in log.seal.resealed:
        by_reseal.setdefault(each.by, []).append(each.number)
    for number, entries in by_reseal.items():
        why = f": {reasons[number]}" if number is not None and reasons[number] else ""
        which = numbered("entry", entries)
        text = (
            f"{which}, or what is before it, was changed by hand and resealed (entry {number}{why})"
        )
        yield Caution("resealed", text)


def _unsigned(log: Log) -> Iterator[Caution]:
    """Some entries say who made them and some do not."""
    bare = [entry.number for entry in log.entries if entry.by is None]
    if bare and len(bare) < len(log.entries):
        text = f"{numbered('entry', bare)}: nobody is named, and others say who made them (--by)"
        yield Caution("unsigned", text)


def _amendments(standing: CourseState) -> Iterator[Caution]:
    """Another text of the regimen is told for ever after, with what it says otherwise."""
    amended = [each for each in standing.versions if not _of_level(each)]
    for before, after in pairwise(amended):
        assert after.entry is not None, "only the text of the start came without one"
        was, now = before.own, after.own
        differs = _differences(was.facts, now.facts)
        start = getattr(after.entry.effect, "start", None)
        since = f"from {chain_text(start)} on" if start else "for the whole course"
        text = (
            f"the regimen file is another one {since}: "
            f"{_versions((was.version, was.origin.sha256), now, differs)}; what was given before "
            "stands as it was entered"
        )
        yield Caution("regimen-changed", text)


def _restated(standing: CourseState) -> Iterator[Caution]:
    """Doses given as planned, where the plan is not the one that they were given by."""
    if standing.regimen.origin.sha256 == standing.log.newest()[1]:
        return
    numbers = [
        standing.rows[key]
        for key, given in standing.given.items()
        if key not in standing.portions and (given.effect.at is None or given.effect.amount is None)
    ]
    if numbers:
        text = (
            f"{numbered('row', sorted(numbers))}: entered as given as planned, and reckoned by the "
            "regimen file as it is now; time and amount may not be those that were given"
        )
        yield Caution("restated", text, tuple(sorted(numbers)))
