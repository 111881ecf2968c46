"""What a person should confirm in a file that loads: right, or a slip that no check can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from il2calc.language import clashes
from il2calc.language.regimen_build import Built
from il2calc.model.regimen import Block, Dose, quantities
from il2calc.text.shapes import Fault, Loc
from il2calc.units import COUNTED_UNITS, plain

CROSSES_ZERO = (
    "crosses from day -1 to day 1 without a day 0; if the source counts so, "
    "confirm it with 'numbering: without day 0'"
)
_AT_NEED = (
    "is read as given when it is needed; confirm it with 'as_needed: yes', or write "
    "'3 times a day' where it is given so often"
)
_NEGATED = re.compile(r"\b(no|not|without)\b[^,;]*\bor\b", re.IGNORECASE)
_BEGUN = re.compile(r"(only\s+)?(if|unless|until|when|while|as long as)\b", re.IGNORECASE)


def remarks(built: Built, *, confirmed: bool) -> Iterator[Fault]:
    """Everything in a file that a person should confirm.

    Args:
        confirmed: the file says how it numbers its days.
    """
    yield from _names_in_doubt(built)
    if not confirmed:
        yield from _crossings(built)
    for arm in built.arms or (None,):
        yield from _lost_rests(built.body, built, arm)
    yield from clashes.overlaps(built)
    for holder, loc in built.locs.items():
        yield from _conditions(holder, loc)
        if isinstance(holder, Dose) and holder.as_needed and "as_needed" not in holder.provenance:
            yield (*loc, "at"), _AT_NEED
        if isinstance(holder, Dose):
            yield from _thousands(holder, loc)


def _names_in_doubt(built: Built) -> Iterator[Fault]:
    """Names of drugs that may mean another one, once each: a person must say."""
    for written, name in built.names.items():
        if (question := name.question()) is not None:
            doses = (dose for block in built.body.walk() for dose in block.prescribed())
            first = next(dose for dose in doses if dose.written == written)
            yield (*built.locs[first], "drug"), question


def _thousands(dose: Dose, loc: Loc) -> Iterator[Fault]:
    """Amounts of units with a point and three digits, which is how half of Europe writes thousands.

    Who counts units counts whole ones: `600.000 IU` is a thousandth of what was meant.
    """
    for arm, amount in dose.amounts.items():
        for one in quantities(amount):
            thousands = 1 <= one.value < 1000 and one.value.as_tuple().exponent == -3
            if thousands and one.unit in COUNTED_UNITS:
                whole = f"{one.value}".replace(".", "_")
                text = f"is {plain(one.value)} {one.unit}{one.tail()}; write "
                text += f"'{whole} {one.unit}{one.tail()}' if thousands are meant"
                yield (*loc, "amount", *([] if arm is None else [arm])), text


def _crossings(built: Built) -> Iterator[Fault]:
    """Ranges of days that run from before day 1 to after it."""
    for block in built.body.walk():
        for dose in block.prescribed():
            onward = dose.days.onward is not None and dose.days.onward < 0
            if onward or any(first < 0 < last for first, last in dose.days.ranges):
                yield (*built.locs[dose], "day"), CROSSES_ZERO


def _lost_rests(block: Block, built: Built, arm: str | None) -> Iterator[Fault]:
    """Rests between turns, of a block that another follows without one.

    Read as a rest after every turn, the block that follows begins that much too early.
    """
    row = [inner for inner in block.blocks if inner.day is None and inner.exists_in(arm)]
    for inner, after in pairwise(row):
        for ending in _endings(inner, arm):
            if ending.repeat is not None and ending.repeat.rest is not None:
                text = ending.repeat.rest.text
                yield (
                    (*built.locs[ending], "repeat", "rest"),
                    (
                        f"lies only between turns: {after.name!r} begins the day after the last "
                        f"one; add 'rest: {text}' to the block {ending.name!r}, or confirm it "
                        "with 'rest: 0 days'"
                    ),
                )
    for inner in block.blocks:
        if inner.exists_in(arm):
            yield from _lost_rests(inner, built, arm)


def _endings(block: Block, arm: str | None) -> Iterator[Block]:
    """A block and those within it whose last turn ends with it, as far as no rest is stated."""
    if block.rest is not None or (block.repeat is not None and block.repeat.every is not None):
        return
    yield block
    row = [inner for inner in block.blocks if inner.day is None and inner.exists_in(arm)]
    if row:
        yield from _endings(row[-1], arm)


def _conditions(holder: Block | Dose, loc: Loc) -> Iterator[Fault]:
    """Conditions that do not read aloud as `only if ...`, or read as their contrary."""
    within = holder.repeat.only_if if holder.repeat is not None else None
    for text, place in ((holder.only_if, (*loc, "only_if")), (within, (*loc, "repeat", "only_if"))):
        if text is not None and _NEGATED.search(text):
            yield (
                place,
                (
                    f"{text!r} can be read as going on where what follows 'or' holds; write "
                    "'neither ... nor ...'"
                ),
            )
        if text is not None and (begun := _BEGUN.match(text)):
            yield (
                place,
                (
                    f"is read aloud as 'only if {text}'; begin with the condition itself, without "
                    f"{begun.group()!r}"
                ),
            )
