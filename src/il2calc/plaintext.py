"""Text that can be shown: nothing in it steers a terminal or hides what it says."""

from __future__ import annotations

import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> bool:
    """Whether a text holds no control, invisible or line-breaking character."""
    return not any(unicodedata.category(char) in _HIDDEN for char in text)


def shown(text: str) -> str:
    r"""A text with every character that cannot be shown written out.

    >>> shown("a\x1b[31m")
    'a\\x1b[31m'
    """
    if printable(text):
        return text
    return "".join(char if printable(char) else repr(char)[1:-1] for char in text)
