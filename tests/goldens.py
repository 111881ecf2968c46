"""Which schedules ship as goldens: every regimen in every arm, and every formula of the body.

`python tests/goldens.py` makes them again; look at what changed before it is kept. `for_oracle`
turns a shipped file into what the second implementation of the language reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import cycle, groupby
from math import ceil
from pathlib import Path
from typing import Any

import il2calc
from il2calc import language
from il2calc.cli.goldens import Computed, Golden, Runs, compute, csv_cells, json_of, json_totals
from il2calc.language import shelf
from il2calc.model.patient import FORMULA_NAMES
from il2calc.model.regimen import Regimen
from il2calc.plan.needs import openings
from oracle.meaning import span

FILE = Path(il2calc.__file__).parent / "cli" / "goldens.json"
BODY = {"weight": "70", "height": "170", "sex": "female", "age": "40 years", "gfr": "90"}
OTHER = {"weight": "83.4", "height": "181", "sex": "male", "age": "61 years", "gfr": "55.5"}
START = "2026-03-23"
"""A Monday; the clocks of Europe change six days later."""


def chosen() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each regimen and what is typed with it."""
    formulas, bodies = cycle(FORMULA_NAMES), cycle([BODY, OTHER])
    by_area: list[tuple[str, dict[str, Any]]] = []
    for name in shelf.regimen_files():
        regimen = language.load(name)
        for arm in regimen.arms or (None,):
            given = {**next(bodies), "start": START, **_chosen_of(regimen, arm)}
            if _is_by_area(regimen, arm):
                given["bsa_formula"] = next(formulas)
                by_area.append((name, given))
            yield name, given
    name, given = by_area[0]
    for formula in FORMULA_NAMES:
        yield name, given | {"bsa_formula": formula, **OTHER}
    for zone in ("Europe/London", "America/New_York"):
        yield name, given | {"tz": zone, "at": "01:30"}


def _chosen_of(regimen: Regimen, arm: str | None) -> dict[str, Any]:
    given: dict[str, Any] = {} if arm is None else {"arm": arm}
    if counts := [f"{counted.path}={OPEN}" for counted in openings(regimen.body, arm)]:
        given["times"] = counts
    if rests := [block.path for block in regimen.body.walk() if any(block.open_rests())]:
        given["rest"] = [f"{path}=6 weeks" for path in rests]
    return given


def _is_by_area(regimen: Regimen, arm: str | None) -> bool:
    return any(
        getattr(amount, "basis", None) == "m2"
        for dose in regimen.doses()
        if dose.exists_in(arm)
        for amount in dose.amounts.values()
    )


def all_of_them() -> Iterator[Golden]:
    """Every golden, laid out here."""
    for name, given in chosen():
        yield golden(name, given, compute(name, given))


def golden(regimen: str, given: Mapping[str, Any], output: Computed) -> Golden:
    """What comes out here, as it is kept."""
    cells = csv_cells(output)
    kept = {name: column for name, column in cells.items() if name != "number" and any(column)}
    runs = {name: _runs(column) for name, column in kept.items()}
    return Golden(regimen, given, len(cells["number"]), runs, json_totals(json_of(output)))


def _runs(column: Sequence[str]) -> Runs:
    counted = ((cell, sum(1 for _ in group)) for cell, group in groupby(column))
    return [(cell, count) if count > 1 else cell for cell, count in counted]


def written(goldens: Iterable[Golden]) -> str:
    """The text of the file that holds them, a line for each."""
    lines = (
        json.dumps(golden._asdict(), ensure_ascii=False, separators=(",", ":"))
        for golden in goldens
    )
    return "[\n" + ",\n".join(lines) + "\n]\n"


_MILLIONS = re.compile(r"([0-9_.]+) (?:million (IU|units|cells)|M(IU))(.*)")
OPEN = 2
"""How many turns an open block has here."""


def for_oracle(data: Any, arm: str | None) -> Any:
    """The plain data of a shipped file in one arm, in the words that the oracle knows."""
    if isinstance(data, list):
        return [for_oracle(item, arm) for item in data if _exists_in(item, arm)]
    if isinstance(data, dict):
        read = {key: for_oracle(item, arm) for key, item in data.items()}
        if isinstance(amount := data.get("amount"), dict) and arm in amount:
            read["amount"] = for_oracle(amount[arm], arm)
        if isinstance(data.get("repeat"), dict):
            read["repeat"] = _closed(read["repeat"])
        return read
    if isinstance(data, str) and (match := _MILLIONS.fullmatch(data)):
        number = Fraction(match[1].replace("_", "")) * 1_000_000
        return f"{number} {match[2] or match[3]}{match[4]}"
    return data


def _exists_in(entry: Any, arm: str | None) -> bool:
    arms = entry.get("arm", arm) if isinstance(entry, dict) else arm
    return arm in (arms if isinstance(arms, list) else [arms])


def _closed(repeat: dict[str, Any]) -> dict[str, Any]:
    """A repeat with a number of turns, and with the shortest of a rest that is a minimum."""
    if not repeat.keys() & {"times", "up_to"}:
        repeat["times"] = OPEN
    if isinstance(most := repeat.get("up_to"), str):
        every = span(repeat["every"], longest=False)
        repeat["up_to"] = ceil(Fraction(span(most, longest=False), every))
    if str(repeat.get("rest")).startswith("at least "):
        repeat["rest"] = repeat["rest"].removeprefix("at least ")
    return repeat


if __name__ == "__main__":
    FILE.write_text(written(all_of_them()), encoding="utf-8")
