"""What can go wrong, as a person would be told it, in text that can be shown.

Nothing in it steers a terminal or hides what it says.
"""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Callable, Iterable, Sequence

WINDOWS = os.name == "nt"
"""Whether this is the system on which files, shells and pipes behave otherwise."""

_WITHOUT_END = re.compile(r"\S{500,}")
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> bool:
    """Whether a text holds no control, invisible or line-breaking character."""
    hidden = (unicodedata.category(char) in _HIDDEN for char in text)
    return text.isprintable() or not any(hidden)


def shown(text: str) -> str:
    r"""A text with every character that cannot be shown written out, and no word without end.

    >>> shown("a\x1b[31m")
    'a\\x1b[31m'
    """
    text = _WITHOUT_END.sub(lambda word: f"{word[0][:60]}... ({len(word[0]):,} characters)", text)
    if printable(text):
        return text
    return "".join(char if printable(char) else repr(char)[1:-1] for char in text)


def as_typed(text: str) -> str:
    """A word as it is typed into a shell, in quotes where it needs them.

    Those of Windows take double quotes alone, both of them, and a backslash as part of a path.
    """
    if not WINDOWS:
        return shlex.quote(text)
    if re.fullmatch(r"[\w@+=:,./\\-]+", text):
        return text
    return '"' + text.replace('"', '\\"') + '"'


class Il2calcError(Exception):
    """Anything a user can cause and mend; its text is one that can be shown as it is."""


class RegimenError(Il2calcError):
    """One fault of a data file: where it stands, what is wrong, what would be right."""

    def __init__(self, file: str, line: int | None, path: str, problem: str) -> None:
        self.file, self.line, self.path, self.problem = file, line, path, problem
        super().__init__(file, line, path, problem)

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return shown(": ".join(part for part in (place, self.path, self.problem) if part))


class FaultyFile(Il2calcError):
    """Every fault of one data file, in the order in which they stand in it."""

    def __init__(self, faults: Iterable[RegimenError]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


MOST_NAMED = 30
"""So many known names are listed in a message; of more, only how many there are."""


class UnknownName(Il2calcError):
    """A name that is not among the known ones; offers the nearest, then all that one can read.

    Args:
        hint: what would work; where nothing is known, it says so too.
        near: finds the nearest; a stricter one where a wrong guess would be a wrong dose.
    """

    def __init__(
        self,
        kind: str,
        given: str,
        known: Iterable[str],
        hint: str = "",
        near: Callable[[str, Iterable[str]], str | None] | None = None,
    ) -> None:
        self.kind, self.given, self.known, self.hint = kind, given, tuple(known), hint
        self.near = near or nearest
        super().__init__(kind, given, self.known, hint, near)

    def __str__(self) -> str:
        text = f"no {self.kind} is called {self.given!r}"
        if guess := self.near(self.given, self.known):
            text += f"; did you mean {guess!r}?"
        else:
            text += "."
        if len(self.known) > MOST_NAMED:
            text += f" {len(self.known)} are known"
        elif self.known:
            text += f" Known: {', '.join(self.known)}"
        else:
            return f"{text} {self.hint or 'There is none here'}"
        return f"{text}. {self.hint}" if self.hint else text


class MissingInput(Il2calcError):
    """Something the regimen needs and nobody gave.

    Args:
        options: with which a command line that lacks it works, each with its value.
    """

    def __init__(self, what: str, needed_by: str, options: Sequence[tuple[str, str]] = ()) -> None:
        self.what, self.needed_by, self.options = what, needed_by, tuple(options)
        super().__init__(what, needed_by, options)

    def __str__(self) -> str:
        return f"{self.needed_by}: give {self.what}"


class Unmeasured(MissingInput):
    """Measures of the body that amounts are calculated from, and nobody gave.

    Args:
        example: options that would supply them, as they are typed.
    """

    def __init__(self, what: str, needed_by: str, example: str) -> None:
        self.example = example
        super().__init__(f"{what}, for example {example}", needed_by)


class ImplausibleInput(Il2calcError):
    """A value outside what a human body, or this program, allows."""

    def __init__(self, what: str, given: str, allowed: str) -> None:
        self.what, self.given, self.allowed = what, given, allowed
        super().__init__(what, given, allowed)

    def __str__(self) -> str:
        return f"{self.what} {self.given} is not plausible; give {self.allowed}"


class OptionError(Il2calcError):
    """An option that cannot be read, is out of its range or excludes another."""

    def __init__(self, option: str, problem: str) -> None:
        self.option, self.problem = option, problem
        super().__init__(option, problem)

    def __str__(self) -> str:
        return f"{self.option}: {self.problem}"


class NotAQuantity(Il2calcError, ValueError):
    """Text that is not a number with a unit; says what would be right."""

    def __init__(self, text: str, problem: str) -> None:
        self.text, self.problem = text, problem
        super().__init__(text, problem)

    def __str__(self) -> str:
        return f"{self.text!r} {self.problem}"


class Refused(Il2calcError):
    """A request that this regimen, or this program, cannot honour, with the reason."""


def nearest(given: str, known: Iterable[str]) -> str | None:
    """The known name most like the given one, whatever its case; None where none is near.

    One that holds it is near, but a letter or two stand in many a name.
    """
    names = tuple(known)
    fold = given.casefold()
    holding = (name for name in names if fold[2:] and fold in name.casefold())
    return _most_like(given, names) or next(holding, None)


_SIGNS = r"[0-9.,]|[-+\u2212\u2013](?=[0-9])"
"""Digits, points, and the signs that stand before a digit."""


def nearest_arm(given: str, known: Iterable[str]) -> str | None:
    """The arm that a name may be a misspelling of; None where none may be.

    It has the digits, points and signs that were typed: `6.25-mg` is no slip of `0.25-mg`.
    """
    return _most_like(given, [name for name in known if same_signs(name, given)])


_SLIP = 0.8
"""How alike a name must be to one of a monograph to be asked about (difflib's ratio).

Assumed by il2calc: letters changed by a slip or another language stay above it (an added e,
f for ph), other drugs of one class below it (two of one ending, 0.7).
"""


def nearest_drug(given: str, known: Iterable[str]) -> str | None:
    """The drug that a name may be a misspelling of; None where none may be.

    It has the digits, points and signs that were typed, and neither name is the other with words
    or syllables added, which is another drug (examplumab, nab-examplumab). One letter more or less
    is a slip.
    """
    fits = [name for name in known if same_signs(name, given) and not _within(name, given)]
    return _most_like(given, fits, _SLIP)


def nearest_slip(given: str, known: Iterable[str], in_long: int = 2) -> str | None:
    """The one name that another can only be a misspelling of; None where several may be meant.

    Whoever is in a hurry types what is offered. So it has the digits that were typed (`cycle 3` is
    no slip of `cycle 2`), no word more or less, and no other known name is as like: letters that
    are exchanged, changed, left out or too many, one of them or, in a word of six, `in_long`.
    """
    typed = given.casefold()
    most = 1 if len(typed) < _LONG else in_long
    slips = {
        name: _slips(typed, name.casefold())
        for name in known
        if same_signs(name, given)
        and not _within(name, given)
        and abs(len(name) - len(given)) <= most
    }
    least = min(slips.values(), default=most + 1)
    near = [name for name, count in slips.items() if count == least <= most]
    return near[0] if len(near) == 1 else None


_LONG = 6


def _slips(typed: str, meant: str) -> int:
    """How many slips make one word of another: a letter changed, more, less, or two exchanged."""
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for place, letter in enumerate(typed, 1):
        row = [place]
        for at, other in enumerate(meant, 1):
            count = min(last[at] + 1, row[-1] + 1, last[at - 1] + (letter != other))
            exchanged = typed[max(place - 2, 0) : place] == meant[max(at - 2, 0) : at][::-1]
            if before and at > 1 and exchanged:
                count = min(count, before[at - 2] + 1)
            row.append(count)
        before, last = last, row
    return last[-1]


def nearest_scale(given: str, known: Iterable[str]) -> str | None:
    """The scale of activity that a unit may be a misspelling of (`Cetsu units`); None of no one.

    What differs by more than an exchange of letters or one letter more is another scale: a Roche
    unit is no Cetus unit.
    """
    return _most_like(given, known, 0.9)


def _most_like(given: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    from difflib import get_close_matches

    by_fold = {name.casefold(): name for name in known}
    matches = get_close_matches(given.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[matches[0]] if matches else None


def same_signs(name: str, other: str) -> bool:
    """Whether two names have the same digits, points and signs before a digit."""
    return _signs(name) == _signs(other)


def _signs(name: str) -> str:
    return "".join(re.findall(_SIGNS, name))


def _within(name: str, other: str) -> bool:
    one, two = name.casefold(), other.casefold()
    return (one in two or two in one) and abs(len(one) - len(two)) > 1


MOST_RUNS = 6
"""Runs of numbers that a message tells before it leaves the rest out."""


def runs(values: Sequence[int]) -> list[str]:
    """Numbers as a list has them, runs of them folded.

    >>> runs([1, 2, 3, 7])
    ['1 to 3', '7']
    """
    found: list[list[int]] = []
    for value in values:
        if found and value == found[-1][-1] + 1:
            found[-1].append(value)
        else:
            found.append([value])
    return [f"{run[0]} to {run[-1]}" if run[2:] else ", ".join(map(str, run)) for run in found]


def numbered(noun: str, numbers: Sequence[int], most: int | None = MOST_RUNS) -> str:
    """A noun with the first few runs of its numbers, as messages tell them; None = all of them.

    >>> numbered("row", [3]), numbered("row", [1, 2, 3, 5])
    ('row 3', 'rows 1 to 3, 5')
    """
    told = runs(numbers)
    more = ", ..." if most is not None and told[most:] else ""
    return f"{_many(noun) if numbers[1:] else noun} {', '.join(told[:most])}{more}"


def how_many(count: int | str, noun: str) -> str:
    """A count, or its text, with its noun.

    >>> how_many(1, "dose"), how_many(f"{1200:,}", "entry")
    ('1 dose', '1,200 entries')
    """
    return f"{count} {noun if str(count) == '1' else _many(noun)}"


def _many(noun: str) -> str:
    return "entries" if noun == "entry" else f"{noun}s"
