"""What was planned, given and is still to come, in words: a line per drug and block turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from il2calc.administration import runs
from il2calc.record.tally import Tally
from il2calc.render.changes import name
from il2calc.units import EXACT, safe


def lines(tallies: Iterable[Tally]) -> Iterator[str]:
    """What became of each drug, per innermost block turn and in all; like turns together."""
    for _, own in groupby(tallies, key=lambda tally: (tally.drug, tally.unit)):
        alike: dict[tuple[object, ...], list[Tally]] = {}
        for tally in own:
            blocks = tuple(block for block, _ in tally.turns)
            alike.setdefault((blocks, _text(tally)), []).append(tally)
        for (_, text), same in alike.items():
            yield f"{same[0].drug}, {_where(same)}: {text}"


def _where(same: list[Tally]) -> str:
    if not same[0].turns:
        return "in all"
    if len(same) > 1 and len(same[0].turns) == 1:
        numbers = ", ".join(runs([tally.turns[-1][1] for tally in same]))
        return f"each {same[0].turns[-1][0]} ({numbers})"
    return "; ".join(name(tally.turns) for tally in same)


def _text(tally: Tally) -> str:
    amounts = ""
    planned, drawn = tally.planned, tally.drawn
    if tally.given.doses:
        whole = safe(EXACT.add(planned.value, drawn.value), tally.unit)
        amounts = f" ({part(safe(tally.given.value, tally.unit), whole)})"
    parts = [f"{tally.given.doses} of {planned.doses + drawn.doses} given{amounts}"]
    if drawn.doses:
        parts[0] += f" ({drawn.doses} of them through a delay)"
    certain = tally.remaining.doses - tally.conditional.doses
    for share, what in (
        (tally.held, "held"),
        (tally.unrecorded, "unrecorded"),
        (tally.remaining, "still to come"),
        (tally.stopped, "stopped"),
    ):
        if share.doses:
            text = f"{share.doses} {what} ({safe(share.value, tally.unit)})"
            if share is tally.remaining and tally.conditional.doses:
                if_ = "all conditional" if not certain else f"{tally.conditional.doses} conditional"
                text = f"{text.removesuffix(')')}, {if_})"
            parts.append(text)
    return ", ".join(parts)


def part(amount: str, whole: str) -> str:
    """An amount of another one; their unit once where it is the same.

    >>> part("50.4 million units", "75.6 million units")
    '50.4 of 75.6 million units'
    """
    number, _, unit = amount.partition(" ")
    same = unit == whole.partition(" ")[2]
    return f"{number if same else amount} of {whole}"
