"""A regimen in words: what is given when, and what that rests on.

The available regimens, one line each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from il2calc.errors import as_typed, how_many, shown
from il2calc.model.drug import DrugName
from il2calc.model.regimen import OPEN, Block, Dose, Regimen, Repeat, amount_in_words
from il2calc.plan.administration import as_needed, gathered
from il2calc.plan.needs import openings
from il2calc.report import notes, words
from il2calc.report.lines import cut, width_of
from il2calc.report.plain_data import assumption, finding, headed, regimen_head, settings_of
from il2calc.units import Span, exact, safe_quantity

FORMAT = "il2calc.regimen/1"


def paragraphs(regimen: Regimen) -> Iterator[tuple[str, list[str]]]:
    """Headings with the lines under them; indentation shows what lies in what."""
    yield (
        f"{regimen.id}, version {regimen.version}: {regimen.title}",
        [
            f"For {regimen.treats}.",
            f"File: {notes.origin_line(regimen.origin)}",
            f"Program: {words.PROGRAM}",
            *bearing(regimen),
            *(f"set: {setting.in_safe_style()}" for setting in regimen.settings),
        ],
    )
    yield "What is given", list(_block(regimen.body, 0))
    if regimen.arms:
        yield "Arms (--arm)", list(arms(regimen))
    if regimen.stop_rules:
        yield "Stop rules of the source", list(stop_rules(regimen))
    if kept := [each for each in regimen.assumptions if not each.was_set]:
        yield "Assumptions", [notes.assumption(each) for each in kept]
    yield from notes.facts(regimen)


def document(regimen: Regimen) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **headed(FORMAT),
        "regimen": {**regimen_head(regimen), "for": regimen.treats},
        "given": [text.strip() for text in _block(regimen.body, 0)],
        "arms": {
            arm.name: {"text": arm.text, "caution": arm.caution}
            | ({"for": arm.for_whom()} if arm.whom else {})
            for arm in regimen.arms.values()
        },
        "default_arm": regimen.default_arm,
        "starts_on": list(regimen.starts_on),
        "reduce": not regimen.never_reduce,
        "set": settings_of(regimen),
        "assumptions": [
            {**assumption(each), "setting": each.setting}
            for each in regimen.assumptions
            if not each.was_set
        ],
        "stop_rules": list(stop_rules(regimen)),
        "findings": [finding(note) for note in regimen.findings],
        "alongside": [{"text": note.text, "source": note.source} for note in regimen.alongside],
    }


def bearing(regimen: Regimen) -> Iterator[str]:
    """What a file says of every dose: on which weekday day 1 is, and that none is reduced."""
    if regimen.starts_on:
        yield f"Starts on a {words.listed(regimen.starts_on, 'or')}."
    if regimen.never_reduce:
        yield "Doses are withheld and never reduced, by the source."


def stop_rules(regimen: Regimen) -> Iterator[str]:
    """When the source says to stop, a line for each rule."""
    for rule in regimen.stop_rules:
        whose = f" ({rule.drug})" if rule.drug is not None else ""
        anew = f", counted again in each {rule.block}" if rule.block is not None else ""
        yield f"After {rule.after}{whose}{anew}: {rule.text} [{rule.source}]"


def arms(regimen: Regimen) -> Iterator[str]:
    """Each arm with what it is, whom it is for and its caution."""
    for arm in regimen.arms.values():
        default = " (the default)" if arm.name == regimen.default_arm else ""
        caution = f" Caution: {arm.caution}." if arm.caution else ""
        whom = f" For: {arm.for_whom()}." if arm.whom else ""
        yield f"{arm.name}{default}: {arm.text}.{whom}{caution}"


def _block(block: Block, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if block.name:
        yield indent + words.title(block.name) + _when_of_block(block)
    inside = depth + 1 if block.name else depth
    for dose in block.prescribed():
        yield "  " * inside + _dose(dose)
    for inner in block.blocks:
        yield from _block(inner, inside)


def _when_of_block(block: Block) -> str:
    parts = (
        "" if block.day is None else f"from day {block.day}",
        "" if block.repeat is None else _repeat(block.repeat),
        words.only_if([block.only_if]) if block.only_if else "",
        "" if block.rest is None else f"then {_rest(block.rest)}",
        "" if block.window is None else f"each within {block.window.text} of its day",
        f"in arm {words.listed(block.arms)}" if block.arms else "",
        f"numbered with other blocks as {block.count_as}" if block.count_as else "",
    )
    told = "; ".join(filter(None, parts))
    return f" ({told})" if told else ""


def _repeat(repeat: Repeat) -> str:
    text = "an open number of times"
    if repeat.count is not None:
        times = "once" if repeat.count == 1 else f"{repeat.count} times"
        text = f"up to {times}" if repeat.at_most else times
    if repeat.every is not None:
        text += f", every {repeat.every.text}"
    if repeat.rest is not None:
        text += f", with {_rest(repeat.rest)} between"
    return f"{text}, after the first {words.only_if([repeat.only_if])}" if repeat.only_if else text


def _rest(rest: Span) -> str:
    return "a rest that the file leaves open" if rest.text == OPEN else f"{rest.text} of rest"


def _dose(dose: Dose) -> str:
    spelled = f"written {dose.written}" if dose.written != dose.drug else None
    beside = [text for text in (spelled, dose.own_name) if text is not None]
    name = f"{dose.drug} ({', '.join(beside)})" if beside else dose.drug
    parts = (
        *(f"{name} {_amount(dose)}", words.route(dose), words.on_days(dose), *_times(dose)),
        *_bounds(dose),
        words.only_if([dose.only_if]) if dose.only_if else "",
        f"in arm {words.listed(dose.arms)}" if dose.arms else "",
        "continued during a delay" if dose.during_delay else "",
    )
    return f"{', '.join(filter(None, parts))} [{provenance(dose)}]"


def _times(dose: Dose) -> Iterator[str]:
    """When in its day a dose is given, and how often; or that it is given as needed."""
    if dose.as_needed:
        yield as_needed(dose)
        return
    if dose.at is not None:
        times = dose.at.text.strip("[]")
        yield f"at {times}" if dose.at.kind != "times a day" else times
    if dose.up_to is not None:
        yield f"at most {dose.up_to} of these"
    if dose.repeat is not None:
        yield _repeat(dose.repeat)


def _bounds(dose: Dose) -> tuple[str, ...]:
    """How much of a body counts, the most that a dose may be, and how it is rounded."""
    area, weight = dose.bsa_cap, dose.weight_cap
    return (
        "" if area is None else f"for at most {exact(area)} m2 of body surface area",
        "" if weight is None else f"for at most {exact(weight)} kg of body weight",
        "" if dose.weight is None else f"by {dose.weight.sentence()}",
        "" if dose.cap is None else f"capped at {safe_quantity(dose.cap)}",
        "" if dose.round is None else f"rounded to {safe_quantity(dose.round)}",
    )


def sentence(part: Dose | Block) -> str:
    """A dose in one sentence, or of a block when and how often it is given."""
    if isinstance(part, Dose):
        return _dose(part)
    return _when_of_block(part).strip(" ()")


def _amount(dose: Dose) -> str:
    if None in dose.amounts:
        return amount_in_words(dose.amounts[None])
    return words.listed([f"{amount_in_words(each)} ({arm})" for arm, each in dose.amounts.items()])


def provenance(dose: Dose) -> str:
    """Where the facts of a dose stand: sources by fact, folded, assumptions by number."""
    by_source: dict[str, list[str]] = {}
    for key, each in dose.provenance.items():
        fact = key.split("[")[0].removeprefix("repeat.")
        where = words.rests_on(each)
        if where and fact not in by_source.setdefault(where, []):
            by_source[where].append(fact)
    if len(by_source) == 1:
        return next(iter(by_source))
    return "; ".join(f"{words.listed(facts)}: {where}" for where, facts in by_source.items())


LIST_FORMAT = "il2calc.list/1"


class Entry(NamedTuple):
    """A regimen at hand, or a file that holds none because of its faults."""

    id: str
    file: str
    regimen: Regimen | None
    faults: int = 0


def lines(entries: Sequence[Entry], width: int | None = None) -> Iterator[str]:
    """The diseases in order, under each one line per regimen: id, title, arms, open counts.

    Args:
        width: columns of a terminal, within which a line is told in short; None = all of it.
    """
    widest = max((len(entry.id) for entry in entries), default=0)
    groups = gathered((each.regimen.treats if each.regimen else "", each) for each in entries)
    for disease, group in sorted(groups.items(), key=lambda item: item[0].casefold()):
        heading = shown(disease) if disease else "cannot be used"
        yield heading if width is None else cut(heading, width)
        if width is not None:
            widest = max(len(entry.id) for entry in group)
        for entry in group:
            lead = f"  {shown(entry.id):<{widest}}  "
            line = lead + _list_line(entry)
            if width is not None and width_of(line) > width:
                line = lead + _in_short(entry, width - width_of(lead))
            yield line


def holds(
    entry: Entry, word: str | None, disease: str | None, taken: Collection[str] | None
) -> bool:
    """Whether a regimen is one of those asked for.

    Args:
        word: stands in its id, title, disease or the name of a drug, in any case.
        disease: stands in its disease.
        taken: one of these drugs is in it.
    """
    regimen = entry.regimen
    if regimen is None:
        is_named = word is None or word.casefold() in entry.id.casefold()
        return is_named and disease is None and taken is None
    drugs = drugs_of(regimen)
    texts = (entry.id, regimen.title, regimen.treats, *drugs, *_written(regimen))
    return (
        (word is None or any(word.casefold() in text.casefold() for text in texts))
        and (disease is None or disease.casefold() in regimen.treats.casefold())
        and (taken is None or not {*drugs, *_written(regimen)}.isdisjoint(taken))
    )


def drugs_named(entries: Iterable[Entry], meant: DrugName) -> list[str]:
    """The drugs of regimens that a name means: that of its monograph, else each that has it in it.

    >>> drugs_named([], DrugName("interferon", "interferon", described=False))
    []
    """
    there = [entry.regimen for entry in entries if entry.regimen is not None]
    names = dict.fromkeys(name for each in there for name in (*drugs_of(each), *_written(each)))
    if meant.described:
        return [name for name in names if name.casefold() == meant.drug.casefold()]
    part = meant.written.casefold()
    return sorted((name for name in names if part in name.casefold()), key=str.casefold)


def drugs_of(regimen: Regimen) -> list[str]:
    """The drugs of a regimen in the order of its file, each once."""
    return list(dict.fromkeys(dose.drug for dose in regimen.doses()))


def _written(regimen: Regimen) -> set[str]:
    return {dose.written for dose in regimen.doses()}


def list_document(entries: Sequence[Entry]) -> dict[str, Any]:
    """The same as plain data."""
    return {**headed(LIST_FORMAT), "regimens": [_plain(each) for each in entries]}


def open_counts(regimen: Regimen) -> list[str]:
    """Paths of the blocks and doses whose number the file leaves open, in any arm."""
    arms = tuple(regimen.arms) or (None,)
    found = (counted for arm in arms for counted in openings(regimen.body, arm))
    return list(dict.fromkeys(counted.path for counted in found))


def _list_line(each: Entry) -> str:
    if each.regimen is None:
        check = f"il2calc check {as_typed(shown(each.file))}"
        return f"cannot be used: {how_many(each.faults, 'fault')}; see: {check}"
    parts = [each.regimen.title]
    if each.regimen.arms:
        parts.append(f"arms {', '.join(each.regimen.arms)}")
    parts.extend(f"{path}: count open" for path in open_counts(each.regimen))
    return "; ".join(parts)


def _in_short(each: Entry, room: int) -> str:
    """The same with the arms counted, and of the title the words that there is room for."""
    if each.regimen is None:
        return f"{how_many(each.faults, 'fault')}; see: il2calc check"
    arms = [f"{len(each.regimen.arms)} arms"] if each.regimen.arms else []
    also = ", ".join([*arms, *(["count open"] if open_counts(each.regimen) else [])])
    ending = f" ({also})" if also else ""
    return cut(each.regimen.title, room - len(ending)) + ending


def _plain(each: Entry) -> dict[str, Any]:
    regimen = each.regimen
    return {
        "id": each.id,
        "file": each.file,
        "title": regimen.title if regimen else None,
        "for": regimen.treats if regimen else None,
        "drugs": drugs_of(regimen) if regimen else [],
        "arms": list(regimen.arms) if regimen else [],
        "default_arm": regimen.default_arm if regimen else None,
        "open": open_counts(regimen) if regimen else [],
        "faults": each.faults,
    }
