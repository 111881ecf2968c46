"""A regimen in words: what is given when, and what that rests on.

Also the list of available regimens, one line each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from il2calc.errors import as_typed, how_many, shown
from il2calc.model.drug import DrugName
from il2calc.model.regimen import OPEN, Block, Dose, Regimen, Repeat, amount_in_words
from il2calc.plan.administration import as_needed, grouped
from il2calc.plan.needs import openings
from il2calc.report import notes, words
from il2calc.report.lines import width_of
from il2calc.report.plain_data import assumption, document_head, finding, regimen_head, settings_of
from il2calc.units import Span, exact, safe_quantity

FORMAT = "il2calc.regimen/1"


def paragraphs(regimen: Regimen) -> Iterator[tuple[str, list[str]]]:
    """Headings with the lines under them; inner blocks are indented."""
    yield (
        f"{regimen.id}, version {regimen.version}: {regimen.title}",
        [
            f"For {regimen.treats}.",
            f"File: {notes.origin_line(regimen.origin)}",
            f"Program: {words.PROGRAM}",
            *general_rules(regimen),
            *(f"set: {setting.in_safe_style()}" for setting in regimen.settings),
        ],
    )
    yield "What is given", list(_block_lines(regimen.body, 0))
    if regimen.arms:
        yield "Arms (--arm)", list(arms(regimen))
    if regimen.stop_rules:
        yield "Stop rules of the source", list(stop_rules(regimen))
    in_force = [entry for entry in regimen.assumptions if not entry.was_set]
    yield from notes.basis(regimen, in_force)


def document(regimen: Regimen) -> dict[str, Any]:
    """The regimen as plain data."""
    return {
        **document_head(FORMAT),
        "regimen": {**regimen_head(regimen), "for": regimen.treats},
        "given": [text.strip() for text in _block_lines(regimen.body, 0)],
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
            {**assumption(entry), "setting": entry.setting}
            for entry in regimen.assumptions
            if not entry.was_set
        ],
        "stop_rules": list(stop_rules(regimen)),
        "findings": [finding(note) for note in regimen.findings],
        "alongside": [{"text": note.text, "source": note.source} for note in regimen.alongside],
    }


def general_rules(regimen: Regimen) -> Iterator[str]:
    """What a file says of all doses: the weekday of day 1, how days count, that none is reduced."""
    if regimen.starts_on:
        yield f"Starts on a {words.listed(regimen.starts_on, 'or')}."
    if any(dose.days.first < 1 for dose in regimen.doses()):
        zero = "Day 0 is" if regimen.day_zero else "There is no day 0: day -1 is"
        yield f"{zero} the day before day 1."
    if regimen.never_reduce:
        yield "Doses are withheld and never reduced, by the source."


def stop_rules(regimen: Regimen) -> Iterator[str]:
    """When the source says to stop, one line for each rule."""
    for rule in regimen.stop_rules:
        drug = f" ({rule.drug})" if rule.drug is not None else ""
        per_block = f", counted again in each {rule.block}" if rule.block is not None else ""
        yield f"After {rule.after}{drug}{per_block}: {rule.text} [{rule.source}]"


def arms(regimen: Regimen) -> Iterator[str]:
    """Each arm with its description, whom it is for, and its caution."""
    for arm in regimen.arms.values():
        default = " (the default)" if arm.name == regimen.default_arm else ""
        caution = f" Caution: {arm.caution}." if arm.caution else ""
        whom = f" For: {arm.for_whom()}." if arm.whom else ""
        yield f"{arm.name}{default}: {arm.text}.{whom}{caution}"


def _block_lines(block: Block, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if block.name:
        yield indent + words.capitalized(block.name) + _timing_text(block)
    inner_depth = depth + 1 if block.name else depth
    for dose in block.prescribed():
        yield "  " * inner_depth + _dose_text(dose)
    for inner in block.blocks:
        yield from _block_lines(inner, inner_depth)


def _timing_text(block: Block) -> str:
    length = block.repeat.every if block.repeat is not None and block.repeat.count == 1 else None
    parts = (
        "" if block.day is None else f"from day {block.day}",
        "" if block.repeat is None else _repeat_text(block.repeat),
        "" if length is None else f"{length.text} long",
        words.only_if([block.only_if]) if block.only_if else "",
        "" if block.rest is None else f"then {_rest_text(block.rest)}",
        "" if block.window is None else f"each within {block.window.text} of its day",
        f"in arm {words.listed(block.arms)}" if block.arms else "",
        f"numbered with other blocks as {block.count_as}" if block.count_as else "",
    )
    text = "; ".join(filter(None, parts))
    return f" ({text})" if text else ""


def _repeat_text(repeat: Repeat) -> str:
    text = "an open number of times"
    if repeat.count is not None:
        times = "once" if repeat.count == 1 else f"{repeat.count} times"
        text = f"up to {times}" if repeat.at_most else times
    if repeat.every is not None and repeat.count != 1:  # "once, every 21 days" reads as no end
        text += f", every {repeat.every.text}"
    if repeat.rest is not None:
        text += f", with {_rest_text(repeat.rest)} between"
    return f"{text}, after the first {words.only_if([repeat.only_if])}" if repeat.only_if else text


def _rest_text(rest: Span) -> str:
    return "a rest that the file leaves open" if rest.text == OPEN else f"{rest.text} of rest"


def _dose_text(dose: Dose) -> str:
    spelling = f"written {dose.written}" if dose.written != dose.drug else None
    names = [text for text in (spelling, dose.own_name) if text is not None]
    name = f"{dose.drug} ({', '.join(names)})" if names else dose.drug
    parts = (
        f"{name} {_amount_text(dose)}",
        words.route(dose),
        words.on_days(dose),
        *_time_texts(dose),
        *_limit_texts(dose),
        words.only_if([dose.only_if]) if dose.only_if else "",
        f"in arm {words.listed(dose.arms)}" if dose.arms else "",
        "continued during a delay" if dose.during_delay else "",
    )
    return f"{', '.join(filter(None, parts))} [{provenance(dose)}]"


def _time_texts(dose: Dose) -> Iterator[str]:
    """The times of day of a dose, and how often it is given; or that it is given as needed."""
    if dose.as_needed:
        yield as_needed(dose)
        return
    if dose.at is not None:
        times = dose.at.text.strip("[]")
        yield f"at {times}" if dose.at.kind != "times a day" else times
    if dose.up_to is not None:
        yield f"at most {dose.up_to} of these"
    if dose.repeat is not None:
        yield _repeat_text(dose.repeat)


def _limit_texts(dose: Dose) -> tuple[str, ...]:
    """The part of a body that counts, the cap, and the rounding of a dose."""
    area, weight = dose.bsa_cap, dose.weight_cap
    return (
        "" if area is None else f"for at most {exact(area)} m2 of body surface area",
        "" if weight is None else f"for at most {exact(weight)} kg of body weight",
        "" if dose.weight is None else f"by {dose.weight.sentence()}",
        "" if dose.cap is None else f"capped at {safe_quantity(dose.cap)}",
        "" if dose.round is None else f"rounded to {safe_quantity(dose.round)}",
    )


def sentence(part: Dose | Block) -> str:
    """A dose in one sentence; of a block, when and how often it is given."""
    if isinstance(part, Dose):
        return _dose_text(part)
    return _timing_text(part).strip(" ()")


def _amount_text(dose: Dose) -> str:
    if None in dose.amounts:
        return amount_in_words(dose.amounts[None])
    texts = [f"{amount_in_words(amount)} ({arm})" for arm, amount in dose.amounts.items()]
    return words.listed(texts)


def provenance(dose: Dose) -> str:
    """What the facts of a dose rest on: sources, and assumptions by number, each with its facts."""
    by_basis: dict[str, list[str]] = {}
    for key, provenance in dose.provenance.items():
        fact = key.split("[")[0].removeprefix("repeat.")
        basis = words.rests_on(provenance)
        if basis and fact not in by_basis.setdefault(basis, []):
            by_basis[basis].append(fact)
    if len(by_basis) == 1:
        return next(iter(by_basis))
    return "; ".join(f"{words.listed(facts)}: {basis}" for basis, facts in by_basis.items())


LIST_FORMAT = "il2calc.list/1"


class ListEntry(NamedTuple):
    """An available regimen, or a file that cannot be used because of its faults."""

    id: str
    file: str
    regimen: Regimen | None
    faults: int = 0


def lines(entries: Sequence[ListEntry], width: int | None = None) -> Iterator[str]:
    """The diseases in order; under each, one line per regimen: name, title, arms, open counts.

    Args:
        width: columns of a terminal; longer lines are shortened to them. None = no limit.
    """
    groups = grouped((entry.regimen.treats if entry.regimen else "", entry) for entry in entries)
    for disease, group in sorted(groups.items(), key=lambda item: item[0].casefold()):
        heading = shown(disease) if disease else "cannot be used"
        yield heading if width is None else _cut(heading, width)
        widest = max(len(entry.id) for entry in (entries if width is None else group))
        for entry in group:
            lead = f"  {shown(entry.id):<{widest}}  "
            line = lead + _list_line(entry)
            if width is not None and width_of(line) > width:
                line = lead + _short_list_line(entry, width - width_of(lead))
            yield line


def _cut(text: str, room: int) -> str:
    """A text within a number of columns; a longer one keeps its first words, with dots after them.

    >>> _cut("Interleukin-2 alone", 18), _cut("Interleukin-2", 13), _cut("Interleukin-2", 12)
    ('Interleukin-2 ...', 'Interleukin-2', '...')
    """
    if width_of(text) <= room:
        return text
    parts = text.split(" ")
    shorter = (" ".join([*parts[:count], "..."]) for count in range(len(parts) - 1, 0, -1))
    return next((candidate for candidate in shorter if width_of(candidate) <= room), "...")


def matches(
    entry: ListEntry, word: str | None, disease: str | None, drugs: Collection[str] | None
) -> bool:
    """Whether a regimen matches a search.

    Args:
        word: part of its name, title, disease or of a drug; case is ignored, also below.
        disease: part of its disease.
        drugs: it has at least one of these.
    """
    regimen = entry.regimen
    if regimen is None:
        is_named = word is None or word.casefold() in entry.id.casefold()
        return is_named and disease is None and drugs is None
    names = _drug_names(regimen)
    texts = (entry.id, regimen.title, regimen.treats, *names)
    return (
        (word is None or any(word.casefold() in text.casefold() for text in texts))
        and (disease is None or disease.casefold() in regimen.treats.casefold())
        and (drugs is None or not set(names).isdisjoint(drugs))
    )


def drugs_named(entries: Iterable[ListEntry], name: DrugName) -> list[str]:
    """The drugs of regimens that a name means: the drug of its monograph, or all that contain it.

    >>> drugs_named([], DrugName("interferon", "interferon", has_monograph=False))
    []
    """
    regimens = [entry.regimen for entry in entries if entry.regimen is not None]
    names = dict.fromkeys(drug for regimen in regimens for drug in _drug_names(regimen))
    if name.has_monograph:
        return [drug for drug in names if drug.casefold() == name.drug.casefold()]
    part = name.written.casefold()
    return sorted((drug for drug in names if part in drug.casefold()), key=str.casefold)


def _drugs_of(regimen: Regimen) -> list[str]:
    return list(dict.fromkeys(dose.drug for dose in regimen.doses()))


def _drug_names(regimen: Regimen) -> list[str]:
    """The drugs of a regimen by all their names: those of the monographs and of its file."""
    return [*_drugs_of(regimen), *(dose.written for dose in regimen.doses())]


def list_document(entries: Sequence[ListEntry]) -> dict[str, Any]:
    """The list as plain data."""
    return {**document_head(LIST_FORMAT), "regimens": [_entry_data(entry) for entry in entries]}


def open_counts(regimen: Regimen) -> list[str]:
    """Paths of the blocks and doses whose count the file leaves open, in any arm."""
    arms = tuple(regimen.arms) or (None,)
    parts = (part for arm in arms for part in openings(regimen.body, arm))
    return list(dict.fromkeys(part.path for part in parts))


def _list_line(entry: ListEntry) -> str:
    if entry.regimen is None:
        check = f"il2calc check {as_typed(shown(entry.file))}"
        return f"cannot be used: {how_many(entry.faults, 'fault')}; see: {check}"
    parts = [entry.regimen.title]
    if entry.regimen.arms:
        parts.append(f"arms {', '.join(entry.regimen.arms)}")
    parts.extend(f"{path}: count open" for path in open_counts(entry.regimen))
    return "; ".join(parts)


def _short_list_line(entry: ListEntry, room: int) -> str:
    """A shorter line: the number of arms, and as many words of the title as there is room for."""
    if entry.regimen is None:
        return f"{how_many(entry.faults, 'fault')}; see: il2calc check"
    arms = [f"{len(entry.regimen.arms)} arms"] if entry.regimen.arms else []
    remarks = ", ".join([*arms, *(["count open"] if open_counts(entry.regimen) else [])])
    ending = f" ({remarks})" if remarks else ""
    return _cut(entry.regimen.title, room - len(ending)) + ending


def _entry_data(entry: ListEntry) -> dict[str, Any]:
    regimen = entry.regimen
    return {
        "id": entry.id,
        "file": entry.file,
        "title": regimen.title if regimen else None,
        "for": regimen.treats if regimen else None,
        "drugs": _drugs_of(regimen) if regimen else [],
        "arms": list(regimen.arms) if regimen else [],
        "default_arm": regimen.default_arm if regimen else None,
        "open": open_counts(regimen) if regimen else [],
        "faults": entry.faults,
    }
