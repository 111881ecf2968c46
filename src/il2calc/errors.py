"""What can go wrong, in words for the user, as text that is safe to show.

No text steers a terminal or contains invisible characters.
"""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Callable, Iterable, Sequence

WINDOWS = os.name == "nt"
"""Whether this is Windows, where files, shells and pipes behave differently."""

_LONG_WORD = re.compile(r"\S{500,}")
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> bool:
    """Whether a text has no control, invisible or line-breaking characters."""
    hidden = (unicodedata.category(char) in _HIDDEN for char in text)
    return text.isprintable() or not any(hidden)


def shown(text: str) -> str:
    r"""A text with unprintable characters escaped and extremely long words cut.

    >>> shown("a\x1b[31m")
    'a\\x1b[31m'
    """
    text = _LONG_WORD.sub(lambda word: f"{word[0][:60]}... ({len(word[0]):,} characters)", text)
    if printable(text):
        return text
    return "".join(char if printable(char) else repr(char)[1:-1] for char in text)


def as_typed(text: str) -> str:
    """A word as it is typed into a shell, in quotes if it needs them.

    The only quotes that both Windows shells take are double; a backslash is part of a path.
    """
    if not WINDOWS:
        return shlex.quote(text)
    if re.fullmatch(r"[\w@+=:,./\\-]+", text):
        return text
    return '"' + text.replace('"', '\\"') + '"'


class Il2calcError(Exception):
    """Anything that a user can cause and correct; its text is safe to show."""


class RegimenError(Il2calcError):
    """One fault of a data file: its place, what is wrong, and what would be right."""

    def __init__(self, file: str, line: int | None, path: str, problem: str) -> None:
        self.file, self.line, self.path, self.problem = file, line, path, problem
        super().__init__(file, line, path, problem)

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return shown(": ".join(part for part in (place, self.path, self.problem) if part))


class FaultyFile(Il2calcError):
    """Every fault of one data file, in the order of the file."""

    def __init__(self, faults: Iterable[RegimenError]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


MOST_NAMED = 30
"""The most known names that a message lists; if there are more, it only says how many."""


class UnknownName(Il2calcError):
    """A name that is not known; suggests the nearest one, or lists the known ones.

    Args:
        hint: what would work; if no name is known, it should say that as well.
        near: finds the nearest name; a stricter one if a wrong guess could be a wrong dose.
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
    """Something that the regimen needs and nobody gave.

    Args:
        options: options, each with a value, that make the command line work.
    """

    def __init__(self, what: str, needed_by: str, options: Sequence[tuple[str, str]] = ()) -> None:
        self.what, self.needed_by, self.options = what, needed_by, tuple(options)
        super().__init__(what, needed_by, options)

    def __str__(self) -> str:
        return f"{self.needed_by}: give {self.what}"


class Unmeasured(MissingInput):
    """Measures of the body that amounts are calculated from and nobody gave.

    Args:
        example: options that would supply them, as typed.
    """

    def __init__(self, what: str, needed_by: str, example: str) -> None:
        self.example = example
        super().__init__(f"{what}, for example {example}", needed_by)


class ImplausibleInput(Il2calcError):
    """A value outside the range of human bodies, or of this program."""

    def __init__(self, what: str, given: str, allowed: str) -> None:
        self.what, self.given, self.allowed = what, given, allowed
        super().__init__(what, given, allowed)

    def __str__(self) -> str:
        return f"{self.what} {self.given} is not plausible; give {self.allowed}"


class OptionError(Il2calcError):
    """An option that cannot be read, is out of range or excludes another one."""

    def __init__(self, option: str, problem: str) -> None:
        self.option, self.problem = option, problem
        super().__init__(option, problem)

    def __str__(self) -> str:
        return f"{self.option}: {self.problem}"


class NotAQuantity(Il2calcError, ValueError):
    """A text that is not a number with a unit; says what would be right."""

    def __init__(self, text: str, problem: str) -> None:
        self.text, self.problem = text, problem
        super().__init__(text, problem)

    def __str__(self) -> str:
        return f"{self.text!r} {self.problem}"


class Refused(Il2calcError):
    """A request that this regimen, or this program, cannot fulfil, with the reason."""


def nearest(given: str, known: Iterable[str]) -> str | None:
    """The known name most similar to the given one, else one that contains it; None if none does.

    Case is ignored. Only three letters or more are looked for in other names.
    """
    names = tuple(known)
    folded = given.casefold()
    containing = (name for name in names if folded[2:] and folded in name.casefold())
    return _most_similar(given, names) or next(containing, None)


_SIGNS = r"[0-9.,]|[-+\u2212\u2013](?=[0-9])"
"""Digits, points, and the signs before a digit."""


def nearest_arm(given: str, known: Iterable[str]) -> str | None:
    """The arm that a name may be a misspelling of; None if there is none.

    Digits, points and signs must be the same: `6.25-mg` is no misspelling of `0.25-mg`.
    """
    return _most_similar(given, [name for name in known if same_signs(name, given)])


_SIMILAR_DRUG = 0.8
"""How similar a name must be to one of a monograph to be suggested (difflib's ratio).

Assumed by il2calc: letters changed by a slip or another language stay above it (an added e,
f for ph), other drugs of the same class below it (two with the same ending, 0.7).
"""


def nearest_drug(given: str, known: Iterable[str]) -> str | None:
    """The drug that a name may be a misspelling of; None if there is none.

    Digits, points and signs must be the same, and neither name may be the other one with words or
    syllables added, which is another drug (examplumab, nab-examplumab). One letter more or less is
    a misspelling.
    """
    names = [name for name in known if same_signs(name, given) and not _contains(name, given)]
    return _most_similar(given, names, _SIMILAR_DRUG)


def nearest_slip(given: str, known: Iterable[str], in_long: int = 2) -> str | None:
    """The only name that another can be a misspelling of; None if several may be meant.

    A user in a hurry types what is suggested. So the digits must be the same (`cycle 3` is no
    misspelling of `cycle 2`), no words may be added, and no other known name may be as similar. One
    letter may be exchanged, changed, missing or added; from six letters on, `in_long`.
    """
    typed = given.casefold()
    most = 1 if len(typed) < _LONG else in_long
    slips = {
        name: _slips(typed, name.casefold())
        for name in known
        if same_signs(name, given)
        and not _contains(name, given)
        and abs(len(name) - len(given)) <= most
    }
    least = min(slips.values(), default=most + 1)
    near = [name for name, count in slips.items() if count == least <= most]
    return near[0] if len(near) == 1 else None


_LONG = 6


def _slips(typed: str, name: str) -> int:
    """The optimal string alignment distance: letters changed, added, missing or exchanged."""
    before: list[int] = []
    last = list(range(len(name) + 1))
    for i, letter in enumerate(typed, 1):
        row = [i]
        for j, other in enumerate(name, 1):
            count = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != other))
            exchanged = typed[max(i - 2, 0) : i] == name[max(j - 2, 0) : j][::-1]
            if before and j > 1 and exchanged:
                count = min(count, before[j - 2] + 1)
            row.append(count)
        before, last = last, row
    return last[-1]


def nearest_scale(given: str, known: Iterable[str]) -> str | None:
    """The scale of activity that a unit may be a misspelling of (`Cetsu units`), if any.

    Only an almost equal name, with one slip or two, is suggested: a Roche unit is no Cetus unit.
    """
    return _most_similar(given, known, 0.9)


def _most_similar(given: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    from difflib import get_close_matches

    by_fold = {name.casefold(): name for name in known}
    matches = get_close_matches(given.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[matches[0]] if matches else None


def same_signs(name: str, other: str) -> bool:
    """Whether two names have the same digits, points and signs before a digit."""
    return re.findall(_SIGNS, name) == re.findall(_SIGNS, other)


def _contains(name: str, other: str) -> bool:
    """Whether one of two names is the other with more than one letter added."""
    one, two = name.casefold(), other.casefold()
    return (one in two or two in one) and abs(len(one) - len(two)) > 1


MOST_RUNS = 6
"""The most runs of numbers that a message lists."""


def runs(values: Sequence[int], shortest: int = 3) -> list[str]:
    """Numbers as texts, with runs of at least `shortest` consecutive ones folded.

    >>> runs([1, 2, 3, 7]), runs([1, 2, 7], 2)
    (['1 to 3', '7'], ['1 to 2', '7'])
    """
    groups: list[list[int]] = []
    for value in values:
        if groups and value == groups[-1][-1] + 1:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [
        f"{run[0]} to {run[-1]}" if len(run) >= shortest else ", ".join(map(str, run))
        for run in groups
    ]


def numbered(noun: str, numbers: Sequence[int], most: int | None = MOST_RUNS) -> str:
    """A noun with its numbers, in at most `most` runs of them; None = all.

    >>> numbered("row", [3]), numbered("row", [1, 2, 3, 5])
    ('row 3', 'rows 1 to 3, 5')
    """
    texts = runs(numbers)
    more = ", ..." if most is not None and texts[most:] else ""
    return f"{_plural(noun) if numbers[1:] else noun} {', '.join(texts[:most])}{more}"


def how_many(count: int | str, noun: str) -> str:
    """A count, or its text, with its noun.

    >>> how_many(1, "dose"), how_many(f"{1200:,}", "entry")
    ('1 dose', '1,200 entries')
    """
    return f"{count} {noun if str(count) == '1' else _plural(noun)}"


def _plural(noun: str) -> str:
    return "entries" if noun == "entry" else f"{noun}s"
