"""What a regimen or a monograph rests on: its file, its sources and its assumptions."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, NamedTuple

from il2calc.errors import as_typed
from il2calc.units import Quantity, safe_quantity, safe_text

Half = Literal["when", "how much"]


class Provenance(NamedTuple):
    """What one value rests on: sources (`key, locator`), assumptions by number, or a `--set`.

    Args:
        half: whether the value says when a dose is given or how much; None if neither.
    """

    sources: tuple[str, ...] = ()
    assumptions: tuple[int, ...] = ()
    was_set: bool = False
    half: Half | None = None


class Source(NamedTuple):
    """A publication or registry entry, and how much of it was read."""

    key: str
    cite: str
    read: str
    doi: str | None = None
    pmid: str | None = None
    trial: str | None = None
    url: str | None = None


class Assumption(NamedTuple):
    """What a file assumes where its source can be read in several ways or is silent, and why.

    Args:
        otherwise: the value of the other reading.
        arms: the arms in which the value exists; None = all.
        was_set: the value was changed by `--set`, so that the assumption is no longer in force.
        setting: the `--set` (or `--arm`) that gives the other reading, ready to use.
    """

    number: int
    about: str
    text: str
    because: str
    otherwise: str | None = None
    source: str | None = None
    arms: tuple[str, ...] | None = None
    was_set: bool = False
    setting: str | None = None


class Review(NamedTuple):
    """Who compared a file with its sources, when, and what the file said then.

    Args:
        content_sha256: of its content at that time, as `il2calc sign` calculates it.
        holds: the content is still the same.
    """

    name: str
    role: str
    on: date
    content_sha256: str = ""
    holds: bool = False


class PublishedTotal(NamedTuple):
    """The total that a source states: an amount, or a range from `low` to `high`.

    Args:
        drug: whose total; None if the file gives only one drug.
        block: in each turn of this block; None = in the whole regimen.
        arm: in this arm; None = in every arm.
    """

    low: Quantity
    high: Quantity
    drug: str | None = None
    block: str | None = None
    arm: str | None = None

    def in_words(self) -> str:
        """The total as people should read it."""
        if self.low == self.high:
            return safe_quantity(self.low)
        return f"{safe_quantity(self.low)} to {safe_quantity(self.high)}"

    def sentence(self) -> str:
        """The total with its drug, block and arm, as a sentence."""
        parts = [f"Total as printed: {self.in_words()}"]
        parts += [f"of {self.drug}"] if self.drug is not None else []
        parts += [f"per {self.block}"] if self.block is not None else []
        parts += [f"in arm {self.arm}"] if self.arm is not None else []
        return f"{' '.join(parts)}."


class Note(NamedTuple):
    """A finding of the source, or something given alongside, as text.

    Args:
        head: it appears in the head of every sheet.
        total: the total dose that a finding states.
    """

    text: str
    source: str
    head: bool = False
    total: PublishedTotal | None = None


class Origin(NamedTuple):
    """The file that a regimen was read from, and the SHA-256 of its bytes.

    Args:
        hides: the shipped file that it is used instead of, if there is one.
        typed: its name or path for a command line; None if the text was not read from a file.
    """

    file: str
    sha256: str
    shipped: bool = False
    hides: str | None = None
    typed: str | None = None

    def hiding(self, name: str) -> str | None:
        """The message that a user's file is used instead of a shipped one; None if it is not."""
        if self.hides is None:
            return None
        return f"{safe_text(self.file)} is used instead of the shipped {name}"


NO_FILE = Origin("", "")


def option_text(path: str, text: str) -> str:
    """The option that changes a value, quoted so that it can be pasted into a shell."""
    if path == "default_arm":
        return f"--arm {as_typed(text)}"
    if re.fullmatch(r"[A-Za-z0-9_.-]+", path) and re.fullmatch(r"[][A-Za-z0-9 .,:/%+_-]+", text):
        return f'--set {path}="{text}"'
    return f"--set {as_typed(f'{path}={text}')}"
