"""What a regimen or a monograph rests on: its file, what was read, and what was read into it."""

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
        half: whether the value says when a dose is given or how much; None where neither.
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
    """What was read into the source, about which value, why, and what else it could be.

    Args:
        arms: the arms in which the value exists; None = all.
        was_set: the value was `--set`, so that the assumption is no longer in force.
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
    """Who has held a file against its sources, when, and what the file said then.

    Args:
        content_sha256: of what it said, as `il2calc sign` reckons it.
        holds: it says the same now.
    """

    name: str
    role: str
    on: date
    content_sha256: str = ""
    holds: bool = False


class PublishedTotal(NamedTuple):
    """What a source says is given in all: an amount, or a range from `low` to `high`.

    Args:
        drug: of which; None where the file gives one alone.
        block: in each turn of which; None = in the whole regimen.
        arm: in which; None = in each.
    """

    low: Quantity
    high: Quantity
    drug: str | None = None
    block: str | None = None
    arm: str | None = None

    def in_words(self) -> str:
        """The total as a person should read it."""
        if self.low == self.high:
            return safe_quantity(self.low)
        return f"{safe_quantity(self.low)} to {safe_quantity(self.high)}"

    def sentence(self) -> str:
        """What is printed, of what and in what."""
        parts = [f"Total as printed: {self.in_words()}"]
        parts += [f"of {self.drug}"] if self.drug is not None else []
        parts += [f"per {self.block}"] if self.block is not None else []
        parts += [f"in arm {self.arm}"] if self.arm is not None else []
        return f"{' '.join(parts)}."


class Note(NamedTuple):
    """A finding of the source, or what it gives alongside, as text.

    Args:
        head: a finding that stands in the head of every sheet.
        total: what a finding says is given in all.
    """

    text: str
    source: str
    head: bool = False
    total: PublishedTotal | None = None


class Origin(NamedTuple):
    """Which file a regimen was read from, and the SHA-256 of its bytes.

    Args:
        typed: what finds it again on a command line: its name on a shelf, or its path; None of a
            text that is no file.
    """

    file: str
    sha256: str
    shipped: bool = False
    hides: str | None = None
    typed: str | None = None

    def hiding(self, name: str) -> str | None:
        """What to say where a file of the user's stands in for one that ships."""
        if self.hides is None:
            return None
        return f"{safe_text(self.file)} is used instead of the shipped {name}"


NO_FILE = Origin("", "")


def option_text(path: str, text: str) -> str:
    """The option that reads a value otherwise, ready for a shell and safe to paste into one."""
    if path == "default_arm":
        return f"--arm {as_typed(text)}"
    if re.fullmatch(r"[A-Za-z0-9_.-]+", path) and re.fullmatch(r"[][A-Za-z0-9 .,:/%+_-]+", text):
        return f'--set {path}="{text}"'
    return f"--set {as_typed(f'{path}={text}')}"
