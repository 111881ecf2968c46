"""How much of each drug is given, per innermost block turn and in the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from il2calc.administration import Administration
from il2calc.planned import Turn
from il2calc.units import EXACT, convert, same_dimension


@dataclass(slots=True)
class Total:
    """What administrations of one drug add up to.

    Args:
        turns: the innermost block turn and those around it; empty for the whole schedule.
        at_most: at least one administration is a maximum.
        only_if: conditions that some of it depends on.
        conditional: the part that depends on a condition.
    """

    drug: str
    turns: tuple[Turn, ...]
    value: Decimal
    unit: str
    administrations: int
    at_most: bool
    only_if: tuple[str, ...]
    conditional: Decimal


class AddedIn:
    """In which unit amounts of a drug are added: that of the first of their kind."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def unit(self, drug: str, unit: str) -> str:
        """The unit to which amounts of a drug in this one are converted."""
        known = self._known
        if (drug, unit) not in known:
            alike = (one for name, one in known if name == drug and same_dimension(unit, one))
            known[drug, unit] = known.get((drug, next(alike, unit)), unit)
        return known[drug, unit]


def add_up(administrations: Iterable[Administration]) -> tuple[Total, ...]:
    """Totals per drug: one per innermost block turn, then one for the whole, in drug order."""
    added_in = AddedIn()
    found: dict[tuple[str, str, Turn | None], Total] = {}
    for each in administrations:
        drug, unit = each.dose.drug, added_in.unit(each.dose.drug, each.dosed.unit)
        for turn in {None, each.turn if each.turn.outer else None}:
            total = found.get((drug, unit, turn))
            if total is None:
                chain = turn.chain() if turn else ()
                total = Total(drug, chain, Decimal(0), unit, 0, False, (), Decimal(0))
                found[drug, unit, turn] = total
            _add(total, each)
    drugs = {drug: place for place, drug in enumerate(dict.fromkeys(drug for drug, _, _ in found))}
    return tuple(sorted(found.values(), key=lambda one: (drugs[one.drug], not one.turns)))


def _add(total: Total, each: Administration) -> None:
    with localcontext(EXACT):
        amount = convert(each.dosed.value, each.dosed.unit, total.unit)
        total.value += amount
        total.conditional += amount if each.only_if else 0
    total.administrations += 1
    total.at_most = total.at_most or each.at_most
    total.only_if = tuple(dict.fromkeys((*total.only_if, *each.only_if)))
