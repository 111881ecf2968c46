"""From a location in plain data to the file, line and path that a person is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from il2calc.errors import RegimenError
from il2calc.language.paths import dotted
from il2calc.model.regimen import Setting
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc


class FaultPlaces:
    """Turns locations into file, line and path."""

    def __init__(self, file: str, document: yaml.Document) -> None:
        self.file, self.document = file, document
        self.settings: dict[Loc, Setting] = {}
        self.before: tuple[RegimenError, ...] = ()

    def errors(
        self, faults: Iterable[Fault], textual: Iterable[yaml.TextFault] = ()
    ) -> tuple[RegimenError, ...]:
        """The faults as errors, each once, in the order of the file."""
        placed = [(fault.line, fault.loc, fault.problem) for fault in textual]
        placed += [(self.line(loc), loc, problem) for loc, problem in faults]
        ordered = sorted(dict.fromkeys(placed), key=lambda each: each[0])
        return tuple(self._error(*each) for each in ordered)

    def line(self, loc: Loc) -> int:
        """The line of a key, or of an entry of a list."""
        key = (*loc, yaml.KEY)
        return self.document.lines[key] if key in self.document.lines else self.document.line(loc)

    def _error(self, line: int, loc: Loc, problem: str) -> RegimenError:
        error = RegimenError(self.file, line, dotted(self.document.data, loc), problem)
        if not self.settings or str(error) in map(str, self.before):
            return error
        there = [setting for place, setting in self.settings.items() if loc[: len(place)] == place]
        named = ", ".join(
            f"--set {setting.path}={setting.now}" for setting in there or self.settings.values()
        )
        return RegimenError(named, None, "" if there else error.path, problem)


class Refusal(NamedTuple):
    """What a spreadsheet says that cannot be read, where, and what would be right.

    Args:
        kind: the column that it is of, or `file`.
        problem: what is wrong, and what would be right.
    """

    row: int
    text: str
    kind: str
    problem: str

    def right(self) -> str:
        """What would be right; all that is said, where no part of it is that."""
        before, write, after = self.problem.partition("write ")
        if write and "; " not in before:
            return write + after
        return self.problem.partition("; ")[2] or self.problem
