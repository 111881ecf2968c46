"""How doses are to be rounded: a step, a vial, a tablet, or dose bands from a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from il2calc import library
from il2calc.cli.options import OptionError, pair, percentage
from il2calc.dosing import Band, Bound
from il2calc.errors import NotAQuantity, Refused
from il2calc.units import AMOUNT_UNITS, Quantity, convert, plain_number, quantity

_LIKE = "DRUG=5 mg, DRUG=vial, DRUG=tablet or DRUG=bands:FILE.csv"
_HEAD = ["low", "high", "give", "unit"]


def bounds(pairs: Iterable[str], within: str, folder: Path | None) -> dict[str, Bound]:
    """How each drug is rounded, from every `--round DRUG=...`.

    Raises:
        OptionError: a text that cannot be read.
        Refused: a drug without vials or tablets, a band file with gaps or overlaps.
    """
    most = percentage("--round-within", within, "10%")
    found: dict[str, Bound] = {}
    for each in pairs:
        drug, text = pair("--round", each, _LIKE)
        if drug in found:
            raise OptionError("--round", f"{drug!r} is given twice; give it once: '{drug}=5 mg'")
        if text in ("vial", "tablet"):
            found[drug] = Bound(_smallest(drug, text, folder), within=most)
        elif text == "bands:":
            raise OptionError("--round", f"'{drug}=bands:' names no file; write {_LIKE}")
        elif text.startswith("bands:"):
            found[drug] = Bound(bands=_bands(Path(text.removeprefix("bands:"))), within=most)
        else:
            found[drug] = Bound(_step(text, drug), within=most)
    return found


def _step(text: str, drug: str) -> Quantity:
    try:
        step = quantity(text)
    except NotAQuantity as error:
        raise OptionError("--round", str(error)) from None
    if step.basis or step.per_day or step.unit == "AUC":
        raise OptionError("--round", f"{text!r} is not an amount; write it like '{drug}=5 mg'")
    return step


def _smallest(drug: str, form: str, folder: Path | None) -> Quantity:
    """What the smallest vial or tablet of a drug gives."""
    monograph = library.monograph(drug, folder)
    gives = [
        each.delivers or each.contains
        for each in (monograph.products if monograph else ())
        if each.form == form
    ]
    if not gives:
        known = f"no {form} of {drug} is known"
        raise Refused(f"--round {drug}={form}: {known}; give an amount of its own unit instead")
    unit = gives[0].unit
    return min(gives, key=lambda each: convert(each.value, each.unit, unit))


def _bands(path: Path) -> tuple[Band, ...]:
    """Dose bands of a CSV file with the columns low, high, give, unit."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{path}: cannot be read as CSV ({error}); give a file of bands") from None
    if not rows or [cell.strip().casefold() for cell in rows[0]] != _HEAD:
        raise Refused(f"{path}:1: the first line of a band file is: {','.join(_HEAD)}")
    numbered = [(line, row) for line, row in enumerate(rows[1:], 2) if row]
    bands = tuple(_band(path, line, row) for line, row in numbered)
    if not bands:
        raise Refused(f"{path}:2: lists no band; write a line like 0,100,80,mg")
    for (line, _), (one, other) in zip(numbered[1:], pairwise(bands), strict=True):
        if one.high != other.low or one.unit != other.unit:
            problem = f"the band before ends at {one.high} {one.unit}, this one begins at "
            problem += f"{other.low} {other.unit}; leave no gap and no overlap"
            raise Refused(f"{path}:{line}: {problem}")
    return bands


def _band(path: Path, line: int, row: list[str]) -> Band:
    try:
        low, high, give = (plain_number(cell.strip()) for cell in row[:3])
        (unit,) = row[3:]
    except ValueError:
        raise Refused(f"{path}:{line}: is not low,high,give,unit; write 0,100,80,mg") from None
    if unit.strip() not in AMOUNT_UNITS or not low < high or give == Decimal(0):
        raise Refused(f"{path}:{line}: is no band; low is below high, give above 0, unit known")
    return Band(low, high, give, unit.strip())
