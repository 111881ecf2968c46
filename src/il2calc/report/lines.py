"""Lines of a sheet: texts within a width, no word, number or unit broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, pairwise
from typing import Literal, NamedTuple

Style = Literal["", "heading", "label"]
_OPEN = frozenset((
    "a", "about", "above", "after", "an", "and", "as", "at", "before", "below", "between",
    "but", "by", "each", "every", "for", "from", "if", "in", "is", "least", "most", "nor", "of",
    "on", "only", "or", "over", "per", "than", "that", "the", "then", "to", "under", "until",
    "up", "was", "were", "where", "which", "while", "with", "within",
))  # fmt: skip
"""Words that belong to no number: beside them a line may end."""
_GO_ON = frozenset(("million", "mm", "SHA-256", "hash"))
"""Words that name a unit, or what they are of, with the next one only."""
_NARROWEST = 40
_MORE = "..."
_ONE_COLUMN = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
"""Letters that take one column each, as rich has it; it is asked about every other letter."""


class Line(NamedTuple):
    """A line of text and how it may be shown where there is colour."""

    text: str
    style: Style = ""


def glued(text: str) -> str:
    r"""A text in which no line may end between a number and its unit or its noun.

    >>> glued("at most 5 mg of it on day 3").split(" ")
    ['at', 'most', '5\xa0mg', 'of', 'it', 'on', 'day\xa03']
    """
    words = text.split(" ")
    behind = ("\u00a0" if _go_together(*two) else " " for two in pairwise(words))
    return "".join(chain.from_iterable(zip(words, (*behind, ""), strict=True)))


def _go_together(word: str, following: str) -> bool:
    """Whether a word and the next are a number and its unit or its noun."""
    word = re.split("[\u00a0/]", word)[-1]
    if word in _GO_ON:
        return True
    if word[-1:].isdecimal():
        of_word = following[:1].isalpha() and following not in _OPEN
        return (of_word or following[:1] == "%") and not any(map(str.isalpha, word))
    is_noun = word[-1:].isalpha() and word.lstrip("(").lower() not in _OPEN
    return is_noun and following[:1].isdecimal()


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if _ONE_COLUMN.fullmatch(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def wrapped(
    lead: str,
    text: str,
    width: int | None,
    style: Style = "",
    *,
    hanging: int = 0,
    measure: Callable[[str], int] = width_of,
) -> Iterator[Line]:
    """A text within a width, its further lines indented under its first.

    Args:
        lead: what stands before the text; only spaces = an indentation.
        width: columns, wide characters taking two; None = one line.
        hanging: by how much further lines are indented where nothing stands before the text.
        measure: how much of the width a text takes, where that is not counted in columns.
    """
    if width is None:
        yield Line((lead + text).replace("\u00a0", " "), style)
        return
    indent = " " * len(lead) if lead.strip() else f"{lead}  " if lead else " " * hanging
    room = max(width, _NARROWEST)
    line, bare = lead, True
    for word in glued(text).split(" "):
        if not bare and measure(f"{line} {word}") > room:
            yield Line(line.replace("\u00a0", " "), style)
            line, bare = indent, True
        line, bare = (line + word if bare else f"{line} {word}"), False
    yield Line(line.replace("\u00a0", " "), style)


def listed(heading: str, texts: Iterable[str], width: int | None) -> Iterator[Line]:
    """A heading after an empty line, and texts under it."""
    yield Line("")
    yield from sheet([(heading, list(texts))], width)


def sheet(parts: Iterable[tuple[str, list[str]]], width: int | None) -> Iterator[Line]:
    """Headings with texts under them; a text keeps the indentation it comes with."""
    for number, (heading, texts) in enumerate(parts):
        if number:
            yield Line("")
        yield from wrapped("", heading, width, "heading")
        for text in texts:
            bare = text.lstrip(" ")
            yield from wrapped(" " * (2 + len(text) - len(bare)), bare, width)


def folded(texts: Iterable[str], width: int | None) -> Iterator[Line]:
    """Texts within a width; each keeps the indentation it comes with, and hangs two columns."""
    for text in texts:
        bare = text.lstrip(" ")
        yield from wrapped(" " * (len(text) - len(bare)), bare, width, hanging=2)


def cut(text: str, room: int) -> str:
    """A text within so many columns; of a longer one the first words, and dots for the rest.

    >>> cut("Interleukin-2 alone", 18), cut("Interleukin-2", 13), cut("Interleukin-2", 12)
    ('Interleukin-2 ...', 'Interleukin-2', '...')
    """
    if width_of(text) <= room:
        return text
    words = text.split(" ")
    shorter = (" ".join([*words[:count], _MORE]) for count in range(len(words) - 1, 0, -1))
    return next((each for each in shorter if width_of(each) <= room), _MORE)


def padded(text: str, width: int) -> str:
    """A text filled up to a width in cells."""
    return text + " " * (width - width_of(text))
