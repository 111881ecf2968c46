"""Hold the program against the oracle: `python -m oracle.compare --seed 1 --cases 1000000`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from il2calc.errors import Il2calcError
from il2calc.model.patient import Patient
from il2calc.plan import schedule
from oracle.drawing import Drawing
from oracle.meaning import Person, Row, rows
from written import regimen

MIDNIGHT = datetime(2026, 12, 1)  # noqa: DTZ001 - plain clock times, as a schedule without a zone
DIGITS = Fraction(1, 10**24)
"""How far amounts may differ, as a share: the program keeps 28 digits where a division ends not."""


IN_MG = {"mcg": Fraction(1, 1000), "mg": Fraction(1), "g": Fraction(1000)}
"""The units that rows carry."""


class Result(NamedTuple):
    """How one case went: its rows, or why it was refused, and the first difference."""

    body: dict[str, Any]
    rows: int
    refused: str
    difference: str


def decimal(value: Fraction) -> Decimal:
    """A number of a drawn person, which has few digits."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def of_program(body: dict[str, Any], person: Person, start: int) -> list[Row]:
    """The rows that the program gives."""
    plan = schedule.make(
        regimen(body),
        Patient(
            weight=decimal(person.weight), surface_area=decimal(person.bsa), gfr=decimal(person.gfr)
        ),
        start=MIDNIGHT.date(),
        at=start,
        percents={drug: decimal(share) for drug, share in person.percents.items()},
    )
    return [
        Row(
            row.dose.drug,
            minutes(row.when),
            None if row.latest is None else minutes(row.latest),
            row.regimen_day,
            row.at_most,
            row.only_if,
            Fraction(row.dosed.value or 0) * IN_MG[row.dosed.unit],
        )
        for row in plan.administrations
    ]


def minutes(when: datetime | None) -> int:
    """Minutes after midnight of day 1."""
    assert when is not None
    return int((when - MIDNIGHT).total_seconds()) // 60


def difference(rows: list[Row], expected: list[Row]) -> str:
    """The first difference of two lists of rows; empty without one."""
    if any(first.minute > second.minute for first, second in pairwise(rows)):
        return "rows are not in the order of time"
    if len(rows) != len(expected):
        return f"{len(rows)} rows, the oracle has {len(expected)}"
    for row, other in zip(sorted(rows, key=_key), sorted(expected, key=_key), strict=True):
        near = abs(row.amount - other.amount) <= other.amount * DIGITS
        same = row._replace(amount=other.amount, only_if=tuple(sorted(row.only_if)))
        if not near or same != other._replace(only_if=tuple(sorted(other.only_if))):
            return f"{row}, the oracle has {other}"
    return ""


def _key(row: Row) -> tuple[str, int, tuple[str, ...], bool]:
    return row.drug, row.minute, tuple(sorted(row.only_if)), row.at_most


def cases(seed: int, count: int) -> Iterator[Result]:
    """So many cases from a seed; what the program refuses is reported with its reason."""
    for number in range(count):
        random = Random(f"{seed} {number}")  # noqa: S311 - a seed that can be told again
        drawing = Drawing(random)
        body = drawing.body()
        person = drawing.person(body)
        start = random.choice((480, 480, 600, 840))
        try:
            given_rows = of_program(json.loads(json.dumps(body)), person, start)
        except Il2calcError as refusal:
            yield Result(body, 0, str(refusal), "")
            continue
        expected = list(rows(body, person, start))
        yield Result(body, len(given_rows), "", difference(given_rows, expected))


def main() -> None:
    """Print each mismatch, the shortest regimen last, then the counts; exit 1 with a mismatch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=1_000_000)
    options = parser.parse_args()
    compared = laid_out = 0
    wrong: list[Result] = []
    for result in cases(options.seed, options.cases):
        compared += not result.refused
        laid_out += result.rows
        if result.difference:
            wrong.append(result)
    for result in sorted(wrong, key=lambda result: -len(str(result.body)))[-20:]:
        sys.stdout.write(f"{json.dumps(result.body)}\n  {result.difference}\n")
    sys.stdout.write(
        f"seed {options.seed}: {options.cases} cases, {options.cases - compared} refused, "
        f"{laid_out} rows, {len(wrong)} mismatches\n"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
