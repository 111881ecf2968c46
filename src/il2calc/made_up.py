"""What a dose is when it has been made up: mass, volume, pieces, bag, concentration."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from il2calc.drug import Bag, Drug, Preparation, Product
from il2calc.regimen import Dose
from il2calc.schedule import Caution
from il2calc.units import Span, plain, short


class Count(NamedTuple):
    """How many of a product a dose takes.

    Args:
        pieces: whole vials or tablets.
        counted_by: what one gives, in words.
        at_best: the count where the most that can be withdrawn is reckoned, if another.
    """

    product: Product
    pieces: int
    counted_by: str
    at_best: int | None = None


class Concentration(NamedTuple):
    """The final concentration in a bag [per mL], without and with the drug's own volume."""

    bag: Bag
    bag_only: Decimal
    with_drug: Decimal
    unit: str
    fits: bool
    fits_bag_only: bool


class Prepared(NamedTuple):
    """One distinct dose, made up.

    Args:
        by_assumption: the preparation stands in for the route's own, which is not described.
        bags: every listed bag with its concentration; `bag` is the one chosen.
    """

    dose: Dose
    value: Decimal
    unit: str
    administrations: tuple[int, ...]
    drug: Drug | None
    mass: Decimal | None
    volume: Decimal | None
    vials: tuple[Count, ...]
    tablets: tuple[Count, ...]
    preparation: Preparation | None
    by_assumption: bool
    bag: Concentration | None
    bags: tuple[Concentration, ...]
    cautions: tuple[Caution, ...]


def whole(value: Decimal, each: Decimal) -> int:
    """How many whole ones of `each` make up a value."""
    return int((value / each).to_integral_value(rounding=ROUND_CEILING))


def concentration(each: Concentration) -> str:
    """A concentration in words, without and with the drug's own volume."""
    text = f"{short(each.bag_only, 3)} {each.unit}/mL in {plain(each.bag.volume)} mL"
    return f"{text} ({short(each.with_drug, 3)} with the drug's own volume)"


def overlap(one: Span, other: Span) -> bool:
    """Whether two lengths, or ranges of lengths, have one in common."""
    return one.shortest <= other.longest and other.shortest <= one.longest
