"""What doses can be rounded to: the smallest vial or tablet of a drug, or dose bands from a file.

Also which doses are diluted first, and what a syringe measures of a dose; neither rounds a dose.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, localcontext
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from il2calc.errors import NotAQuantity, Refused
from il2calc.model.drug import Dilution, Drug, Product
from il2calc.pharmacy.answers import converted, volume_of
from il2calc.plan.dosing import Band
from il2calc.text import safefile
from il2calc.text.safefile import MOST_BYTES
from il2calc.units import (
    AMOUNT_UNITS,
    EXACT,
    RELIABLE,
    Quantity,
    convert,
    plain,
    plain_number,
    safe_quantity,
    short,
)

FINE_SYRINGE = Decimal(1)
"""Up to this volume [mL] a syringe is graduated in 0.01 mL, above it in 0.1 mL: our assumption."""

_HEAD = ["low", "high", "give", "unit"]


MOST_READING_ERROR = Decimal(5)
"""Above this a caution says how far a drawn amount is off its dose, or what share of a subcutaneous
volume one graduation is [%]: our assumption."""


class DrawnVolume(NamedTuple):
    """What a syringe measures of a dose: whole graduations; nothing else about the dose changes.

    Args:
        volume: to be drawn [mL]; 0 if it is less than half a graduation.
        value: what that volume holds, in the unit of the dose.
        graduation: of the syringe [mL].
        product: the one that states a graduation; None where none does.
        was_set: the user set the graduation, whatever a product states. Without either it is our
            assumption.
        exact_value: what should be drawn, and `exact_volume` what holds it [mL].
    """

    volume: Decimal
    value: Decimal
    graduation: Decimal
    product: Product | None
    was_set: bool
    exact_value: Decimal
    exact_volume: Decimal

    @property
    def assumed(self) -> bool:
        """Whether the graduation is our assumption."""
        return self.product is None and not self.was_set

    def reading_problem(self, *, into_skin: bool) -> str:
        """How badly a syringe measures the dose; empty where it measures it well.

        Args:
            into_skin: the size of one graduation counts too, not only what is drawn.
        """
        share = EXACT.divide(self.graduation * 100, self.exact_volume)
        error = EXACT.divide((self.value - self.exact_value) * 100, self.exact_value)
        step = f"{plain(self.graduation)} mL"
        if into_skin and share > MOST_READING_ERROR:
            text = f"one graduation of {step} is {short(share, 2)} % of it"
        elif abs(error) > MOST_READING_ERROR:
            difference = f"{short(abs(error), 2)} % {'more' if error > 0 else 'less'}"
            text = f"a syringe graduated in {step} draws {plain(self.volume)} mL, {difference}"
        else:
            return ""
        return f"{text} (above {MOST_READING_ERROR} %, our assumption)"


def smallest(monograph: Drug | None, drug: str, form: str) -> Quantity:
    """What the smallest vial or tablet of a drug gives.

    Raises:
        Refused: no such form is known.
    """
    products = monograph.products if monograph else ()
    gives = [product.gives for product in products if product.form == form]
    if not gives:
        problem = f"no {form} of {drug} is known"
        raise Refused(f"--round {drug}={form}: {problem}; give an amount in its own unit instead")
    unit = gives[0].unit
    return min(gives, key=lambda amount: convert(amount.value, amount.unit, unit))


def amount_in_volume(monograph: Drug | None, drug: str, volume: Quantity) -> Quantity:
    """What a volume of the made-up drug holds; a drug without a concentration is itself liquid.

    Raises:
        Refused: its products have several concentrations, or some doses are drawn from a dilution.
    """
    products = monograph.products if monograph else ()
    concentrations = dict.fromkeys(one.concentration for one in products if one.concentration)
    if not concentrations:
        return volume
    if len(concentrations) > 1:
        listed = ", ".join(f"{safe_quantity(one)}/mL" for one in concentrations)
        problem = f"{drug} has more than one concentration ({listed})"
        text = f"--round {drug}={plain(volume.value)} mL: {problem}"
        raise Refused(f"{text}; give an amount in its own unit instead")
    (per_ml,) = concentrations
    amount = Quantity(EXACT.multiply(volume.value, per_ml.value), per_ml.unit)
    dilutions = (one.dilution for one in monograph.preparations) if monograph else ()
    dilution = next(filter(None, dilutions), None)
    if dilution is None:
        return amount
    diluted = amount._replace(value=EXACT.divide(amount.value * dilution.take, dilution.to))
    ml = f"{plain(volume.value)} mL"
    least, most = (f"{plain(one.value)} {one.unit}" for one in (diluted, amount))
    raise Refused(
        f"--round {drug}={ml}: doses of {drug} up to {safe_quantity(dilution.up_to)} are diluted "
        f"before they are drawn, so {ml} then holds less; give an amount: {least} for {ml} "
        f"of the dilution, {most} for {ml} of the concentrate"
    )


def graduation_of(volume: Decimal) -> Decimal:
    """The assumed graduation [mL] of the syringe for a volume [mL]."""
    return Decimal("0.01") if volume <= FINE_SYRINGE else Decimal("0.1")


def concentrate(dilution: Dilution, drug: Drug) -> Quantity:
    """The amount of a drug in the concentrate that a dilution is made from."""
    per_ml = next(one.concentration for one in drug.products if one.concentration)
    return Quantity(EXACT.multiply(dilution.take, per_ml.value), per_ml.unit)


def diluted(dilution: Dilution, drug: Drug, unit: str) -> tuple[Decimal, Decimal]:
    """The largest content of a bag that is drawn from a dilution, and the amount that this takes.

    Both are in a unit of amounts; 0 where it is not known how much a mL of the concentrate holds.
    """
    if volume_of(Decimal(1), unit, drug) is None:
        return Decimal(0), Decimal(0)
    amounts = (dilution.up_to, concentrate(dilution, drug))
    up_to, taken = (converted(one.value, one.unit, unit, drug) or Decimal(0) for one in amounts)
    return min(up_to, taken), taken


def draw(
    value: Decimal, volume: Decimal, product: Product | None, chosen: Decimal | None
) -> DrawnVolume:
    """What a syringe measures of a dose: its volume in whole graduations, halves up.

    Args:
        value: of the dose, in any unit; `volume` is what holds it [mL].
        product: the one that states the graduation of its syringe; None where none does.
        chosen: the graduation that the user sets [mL].
    """
    stated = product.graduation if product is not None else None
    graduation = chosen or stated or graduation_of(volume)
    with localcontext(EXACT):
        steps = (volume / graduation).to_integral_value(rounding=ROUND_HALF_UP)
        value_held = RELIABLE.plus(value * steps * graduation / volume)
        drawn, was_set = steps * graduation, chosen is not None
        return DrawnVolume(drawn, value_held, graduation, product, was_set, value, volume)


def read_bands(path: Path) -> tuple[Band, ...]:
    """Dose bands of a CSV file with the columns low, high, give, unit.

    A printed table writes 100 to 109.99 and 110 to 119.99: a gap of one last printed digit is no
    gap but one boundary, here 110, and the last band then also ends one digit later. A spreadsheet
    drops zeros at the end (`120` for 120.00), so the finest bound of the table gives that digit.
    Empty cells at the end of a line are ignored.

    Raises:
        Refused: it cannot be read, or its bands leave a gap or overlap; `file:line` comes first.
    """
    try:
        content = safefile.read(path)
        rows = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    except UnicodeDecodeError:
        raise Refused(f"{path}: is not UTF-8 text; save the bands as CSV in UTF-8") from None
    except (OSError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise Refused(f"{path}: cannot be read as CSV ({reason}); give a file of bands") from None
    if len(content) > MOST_BYTES:
        raise Refused(f"{path}: is larger than {MOST_BYTES // 1000} kB; give a file of bands")
    rows = [_without_empty_end(row) for row in rows]
    if not rows or [cell.casefold() for cell in rows[0]] != _HEAD:
        separators = {";", "\t"} & {*"".join(rows[0] if rows else "")}
        hint = "; put commas between its cells, and use decimal points" if separators else ""
        raise Refused(f"{path}:1: the first line of a band file is: {','.join(_HEAD)}{hint}")
    numbered = [(line, row) for line, row in enumerate(rows[1:], 2) if row]
    bands = tuple(_band(path, line, row) for line, row in numbered)
    if not bands:
        raise Refused(f"{path}:2: lists no bands; write a line like 0,100,80,mg")
    joined: list[Band] = []
    for (line, _), (one, other) in zip(numbered[1:], pairwise(bands), strict=True):
        joined.append(one._replace(high=_upper_bound(one, other)))
        if joined[-1].high != other.low or one.unit != other.unit:
            problem = f"the band before ends at {one.high} {one.unit}, this one begins at "
            problem += f"{other.low} {other.unit}; leave no gap and no overlap"
            raise Refused(f"{path}:{line}: {problem}")
    last = bands[-1]
    is_printed = bool(joined) and joined[-1].high != bands[-2].high
    digit = min(_last_digit(bound) for band in bands for bound in (band.low, band.high))
    return (*joined, last._replace(high=last.high + digit) if is_printed else last)


def _without_empty_end(row: list[str]) -> list[str]:
    """The cells of a line up to the last one that is not empty."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _upper_bound(one: Band, other: Band) -> Decimal:
    """Where a band ends: where the next begins, if only one last printed digit is between them."""
    digit = min(_last_digit(one.high), _last_digit(other.low))
    return other.low if one.high + digit == other.low else one.high


def _last_digit(number: Decimal) -> Decimal:
    """One unit of the last digit of a number as written: 0.01 for 109.99."""
    return Decimal(1).scaleb(min(0, int(number.as_tuple().exponent)))


def _band(path: Path, line: int, row: list[str]) -> Band:
    try:
        low, high, give = (plain_number(cell) for cell in row[:3])
        (unit,) = row[3:]
    except NotAQuantity as error:
        raise Refused(f"{path}:{line}: is not low,high,give,unit: {error}") from None
    except ValueError:
        raise Refused(f"{path}:{line}: is not low,high,give,unit; write 0,100,80,mg") from None
    if unit not in AMOUNT_UNITS:
        known = f"known: {', '.join(AMOUNT_UNITS)}; a million is written 1000000"
        raise Refused(f"{path}:{line}: is not a band: {unit!r} is not a unit for one; {known}")
    if not low < high or give == Decimal(0):
        raise Refused(f"{path}:{line}: is not a band; low must be below high, give above 0")
    return Band(low, high, give, unit)


class Count(NamedTuple):
    """How many of a product a dose takes.

    Args:
        pieces: whole vials or tablets.
        counted_by: what one gives, in words, after how many each of several bags takes.
        at_best: the count at the most that can be withdrawn, if that is another one.
    """

    product: Product
    pieces: int
    counted_by: str
    at_best: int | None = None


def whole(value: Decimal, number: Decimal) -> int:
    """How many units of `number` make up a value, rounded up."""
    return int((value / number).to_integral_value(rounding=ROUND_CEILING))


def counts(parts: Sequence[Quantity], drug: Drug, form: str) -> tuple[Count, ...]:
    """How many whole units of each product of a form make up a dose, or its bags one by one."""
    result = []
    for product in drug.products:
        gives, most = product.gives, product.at_most
        converted_parts = [converted(part.value, part.unit, gives.unit, drug) for part in parts]
        amounts = [amount for amount in converted_parts if amount is not None]
        if product.form != form or not amounts or (form == "tablet" and amounts[0] % gives.value):
            continue
        pieces = [whole(amount, gives.value) for amount in amounts]
        fewest = most and sum(whole(amount, most.value) for amount in amounts)
        at_best = fewest if fewest != sum(pieces) else None
        verb = "delivers" if form == "vial" else "holds"
        counted_by = f"{_by_bag(pieces)}counted at the {safe_quantity(gives)} that each {verb}"
        result.append(Count(product, sum(pieces), counted_by, at_best))
    return tuple(result)


def _by_bag(pieces: Sequence[int]) -> str:
    """How many each of several bags takes, in words; only the last one may take fewer."""
    fewer = "" if pieces[-1] == pieces[0] else f", but {pieces[-1]} for the last"
    return f"{pieces[0]} for each of {len(pieces)} bags{fewer}, " if pieces[1:] else ""
