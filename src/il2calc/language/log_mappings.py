"""A mapping with a closed set of keys, read so that no fault hides another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from il2calc.errors import ImplausibleInput, RegimenError, nearest
from il2calc.text import yaml
from il2calc.text.yaml import Loc

Fault = tuple[Loc, str]
Reader = Callable[[Any, "Place"], Any]
"""Reads a value at its place: what it means, or None and a fault."""


class Place(NamedTuple):
    """Where in a file something is read, and where its faults are noted."""

    loc: Loc
    faults: list[Fault]

    def at(self, step: str | int) -> Place:
        """The place of one key or entry within this one."""
        return Place((*self.loc, step), self.faults)

    def fault(self, problem: str) -> None:
        """Note what is wrong here."""
        self.faults.append((self.loc, problem))

    def mapping(
        self, data: Any, what: str, keys: Mapping[str, Reader], required: Sequence[str] = ()
    ) -> dict[str, Any] | None:
        """What the known keys of a mapping mean; None where any of it is faulty.

        Args:
            what: in words, for a fault (`a delay`).
            keys: how each key is read.
            required: keys that may not be missing; one that is misspelt is told as that alone.
        """
        if not isinstance(data, dict):
            example = ", ".join(f"{key}: ..." for key in required or tuple(keys)[:1])
            self.fault(f"is not a mapping; write {{{example}}}")
            return None
        before = len(self.faults)
        found: dict[str, Any] = {}
        meant = set()
        for key, value in data.items():
            if key in keys:
                found[key] = keys[key](value, self.at(key))
            else:
                guess = nearest(key, keys) if value != "" else None
                self.at(key).fault(_unknown(value, guess, keys))
                meant.add(guess)
        for key in required:
            if key not in data and key not in meant:
                self.fault(f"has no {key!r}; {what} needs one")
        return found if len(self.faults) == before else None


def one(field: Callable[[Any], Any]) -> Reader:
    """A reader of one value, from a function that raises where it means nothing."""

    def read(data: Any, place: Place) -> Any:
        try:
            return field(data)
        except ValueError as error:
            place.fault(str(error))
        except ImplausibleInput as error:
            place.fault(f"says that {error}")
        return None

    return read


def _unknown(value: Any, guess: str | None, known: Mapping[str, Any]) -> str:
    if value == "":
        return "is no key; a comma splits a { } mapping: quote the text that holds it"
    known_here = f"did you mean {guess!r}?" if guess else f"keys here: {', '.join(known)}"
    return f"is an unknown key; {known_here}"


def line(document: yaml.Document, loc: Loc) -> int:
    """The line of a key, or of an entry of a list."""
    key = (*loc, yaml.KEY)
    return document.lines[key] if key in document.lines else document.line(loc)


def errors(file: str, document: yaml.Document, faults: Sequence[Fault]) -> tuple[RegimenError, ...]:
    """The faults of a file as errors, each once, in the order of the file."""
    placed = [(fault.line, fault.loc, fault.problem) for fault in document.faults]
    placed += [(line(document, loc), loc, problem) for loc, problem in faults]
    ordered = sorted(dict.fromkeys(placed), key=lambda each: each[0])
    return tuple(RegimenError(file, line, dotted(loc), problem) for line, loc, problem in ordered)


def dotted(loc: Loc) -> str:
    """The path of a place in a log; entries are counted from 1, as `undo` counts them.

    >>> dotted(("entries", 2, "given", "numbers"))
    'entries[3].given.numbers'
    """
    parts: list[str] = []
    for step in loc:
        if isinstance(step, int):
            parts[-1:] = [f"{parts[-1]}[{step + 1}]"]
        else:
            parts.append(step)
    return ".".join(parts)
