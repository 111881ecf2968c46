"""What is given of each drug in all, and what rounding made of each dose, in words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from il2calc.administration import runs
from il2calc.render import words
from il2calc.schedule import Schedule
from il2calc.totals import Total
from il2calc.units import safe, short


def counted(schedule: Schedule) -> tuple[str, list[str]]:
    """Totals under their heading: on a course, what was given and is still to come."""
    if schedule.annex is not None:
        return "Given and still to come", list(schedule.annex.totals)
    part = len(schedule.shown) < len(schedule.administrations)
    return f"Totals{' of the whole schedule' if part else ''}", list(totals(schedule))


def totals(schedule: Schedule) -> Iterator[str]:
    """What a plan gives of each drug, per innermost block turn and in all."""
    for drug, group in groupby(schedule.totals, key=lambda total: total.drug):
        for_drug = list(group)
        alike: dict[tuple[object, ...], list[Total]] = {}
        for total in for_drug:
            if total.turns:
                key = (total.turns[-1].block.path, total.value, total.unit, total.administrations)
                alike.setdefault((*key, total.at_most, total.only_if), []).append(total)
        for same in alike.values():
            where = (
                f"per {same[0].turns[-1].block.name}" if same[0].turns[-1].block.repeat else "in"
            )
            yield f"{drug}: {_amount(same[0])} {where} {_which(same)}"
        for total in for_drug:
            if not total.turns:
                text = f"{drug}: {_amount(total, whole=True)} in all"
                if total.only_if and total.conditional != total.value:
                    part = safe(total.conditional, total.unit)
                    text += f", of which {part} only if {words.listed(total.only_if)}"
                yield text


def _amount(total: Total, *, whole: bool = False) -> str:
    most = "at most " if total.at_most else ""
    doses = "dose" if total.administrations == 1 else "doses"
    text = f"{most}{safe(total.value, total.unit)} ({total.administrations:,} {doses})"
    if total.only_if and (not whole or total.conditional == total.value):
        text += f", only if {words.listed(total.only_if)},"
    return text


def _which(same: list[Total]) -> str:
    names = [words.turn_name(total.turns) for total in same]
    if not same[0].turns[-1].block.repeat:
        return names[0]
    if len(names) > 3 and len(same[0].turns) == 1:
        return f"({', '.join(runs([total.turns[-1].number for total in same]))})"
    return f"({'; '.join(names)})"


def roundings(schedule: Schedule) -> Iterator[str]:
    """Each distinct dose that was rounded: calculated, given, and the difference in per cent."""
    doses = {
        (each.dose, each.dosed.calculated, each.dosed.value): each.dosed
        for each in schedule.administrations
    }
    for (dose, _, _), dosed in doses.items():
        if dosed.value != dosed.calculated:
            change = (dosed.value - dosed.calculated) / dosed.calculated * 100
            sign = "+" if change > 0 else "-"
            yield (
                f"{dose.path}: {safe(dosed.calculated, dosed.unit)} calculated, "
                f"{safe(dosed.value, dosed.unit)} given ({sign}{short(abs(change), 3)} %)"
            )
