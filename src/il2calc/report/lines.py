"""Text wrapped to a width, without breaking a word or parting a number from its unit.

A width is one in columns of a terminal, or in pixels of a picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from itertools import chain, pairwise
from typing import Literal, NamedTuple

Style = Literal["", "heading", "label"]
_LOOSE_WORDS = frozenset((
    "a", "about", "above", "after", "an", "and", "as", "at", "before", "below", "between",
    "but", "by", "each", "every", "for", "from", "if", "in", "is", "least", "most", "nor", "of",
    "on", "only", "or", "over", "per", "than", "that", "the", "then", "to", "under", "until",
    "up", "was", "were", "where", "which", "while", "with", "within",
))  # fmt: skip
"""Words that never belong to a number, so that a line may end between them."""
_UNIT_BEGINNINGS = frozenset(("million", "mm", "SHA-256", "hash"))
"""Words that are only the first half of a unit or a noun, and stay with the next one."""
_NARROWEST = 40
_NARROW_LETTERS = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027]*")
"""Characters that rich measures as one column; rich is loaded only for others."""
_LETTER_WIDTHS = dict.fromkeys(" .,;:'|!()[]/-Iijlfrt", 350) | dict.fromkeys("mwMW@%&", 980)
"""Of a common sans-serif font [per mille of its size]; other letters have another."""


class Line(NamedTuple):
    """A line of text and its style, for terminals with colour."""

    text: str
    style: Style = ""


def glued(text: str) -> str:
    r"""A text with no-break spaces between each number and its unit or noun.

    >>> glued("at most 5 mg of it on day 3").split(" ")
    ['at', 'most', '5\xa0mg', 'of', 'it', 'on', 'day\xa03']
    """
    words = text.split(" ")
    gaps = ("\u00a0" if _belong_together(*pair) else " " for pair in pairwise(words))
    return "".join(chain.from_iterable(zip(words, (*gaps, ""), strict=True)))


def _belong_together(word: str, following: str) -> bool:
    """Whether a word and the next are a number and its unit or noun, in either order."""
    word = re.split("[\u00a0/]", word)[-1]
    if word in _UNIT_BEGINNINGS:
        return True
    if word[-1:].isdecimal():
        word_follows = following[:1].isalpha() and following not in _LOOSE_WORDS
        return (word_follows or following[:1] == "%") and not any(map(str.isalpha, word))
    is_noun = word[-1:].isalpha() and word.lstrip("(").lower() not in _LOOSE_WORDS
    return is_noun and following[:1].isdecimal()


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if _NARROW_LETTERS.fullmatch(text):
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
    """Lines of a text within a width, all but the first indented.

    Args:
        lead: a label or spaces before the text.
        width: columns, wide characters taking two; None = one line.
        hanging: the indentation of further lines where there is no `lead`.
        measure: the width of a text, where it is not counted in columns.
    """
    if width is None:
        yield Line((lead + text).replace("\u00a0", " "), style)
        return
    indent = " " * len(lead) if lead.strip() else f"{lead}  " if lead else " " * hanging
    room = max(width, _NARROWEST)
    line, starts = lead, True
    for word in glued(text).split(" "):
        if not starts and measure(f"{line} {word}") > room:
            yield Line(line.replace("\u00a0", " "), style)
            line, starts = indent, True
        line, starts = (line + word if starts else f"{line} {word}"), False
    yield Line(line.replace("\u00a0", " "), style)


def headed_lines(heading: str, texts: Iterable[str], width: int | None) -> Iterator[Line]:
    """A heading after an empty line, and texts under it."""
    yield Line("")
    yield from parts_lines([(heading, list(texts))], width)


def parts_lines(parts: Iterable[tuple[str, list[str]]], width: int | None) -> Iterator[Line]:
    """Headings with texts under them; each text keeps its own indentation."""
    for number, (heading, texts) in enumerate(parts):
        if number:
            yield Line("")
        yield from wrapped("", heading, width, "heading")
        yield from indented_lines(texts, width, indent=2)


def indented_lines(texts: Iterable[str], width: int | None, *, indent: int = 0) -> Iterator[Line]:
    """Texts within a width; each keeps its indentation, and further lines hang by two columns."""
    for text in texts:
        text_only = text.lstrip(" ")
        lead = " " * (indent + len(text) - len(text_only))
        yield from wrapped(lead, text_only, width, hanging=2)


def padded(text: str, width: int) -> str:
    """A text filled with spaces to a width in columns."""
    return text + " " * (width - width_of(text))


def text_width(text: str, size: int) -> int:
    """The length of a text in a common sans-serif font, rather over- than underestimated [px].

    >>> text_width("cycle 1", 10)
    37
    """
    return -(-sum(map(_letter_width, text)) * size // 1000)


@cache
def _letter_width(letter: str) -> int:
    """The width of a character [per mille of the font size]."""
    default = 590 if letter.isdecimal() or letter.islower() else 760
    return 1050 if width_of(letter) > 1 else _LETTER_WIDTHS.get(letter, default)


def text_lines(lead: str, text: str, size: int, room: int) -> Iterator[str]:
    """A text in lines that fit a room, all but the first indented; overlong words are broken."""
    measure = partial(text_width, size=size)
    for line in wrapped(lead, text, room, measure=measure):
        rest = line.text
        while measure(rest) > room:
            end = next(end for end in range(1, len(rest)) if measure(rest[: end + 1]) > room)
            yield rest[:end]
            rest = rest[end:]
        yield rest
