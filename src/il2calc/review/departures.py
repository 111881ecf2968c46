"""How far something departs from what a file or a plan says.

It is told as a factor, of a value that was set as of an amount that a log changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from il2calc.model.patient import Patient
from il2calc.model.regimen import Dose, Setting
from il2calc.plan import dosing
from il2calc.plan.calendar import DAY, a_day, multiplied_out
from il2calc.plan.schedule import Schedule
from il2calc.units import EXACT, Quantity, alike, convert, short, span

if TYPE_CHECKING:
    from il2calc.model.drug import Drug

NO_MONOGRAPHS: Mapping[str, Drug | None] = MappingProxyType({})

NOTABLE_FACTOR = Decimal(2)
"""From this factor on a departure is told as a factor, for no rounding and few reductions in use
come to it, and every slip of a digit or a unit does: our own assumption."""


def factor_in_words(value: Decimal, reference: Decimal) -> str | None:
    """How many times a reference a value is, or what part of it; None where it is near it.

    >>> factor_in_words(Decimal(504), Decimal("50.4")), factor_in_words(Decimal(1), Decimal(8))
    ('10 times', '1/8 of')
    """
    if value >= reference * NOTABLE_FACTOR:
        return f"{short(EXACT.divide(value, reference), 3)} times"
    if value * NOTABLE_FACTOR <= reference:
        return f"1/{short(EXACT.divide(reference, value), 3)} of"
    return None


_PLACE = re.compile(r"(.+)\.([a-z_]+)(?:\[[^\[\]]*\])?")
"""A path that was set: of what, and which key of it, perhaps in an arm."""

_HOW: Mapping[str, str] = {
    **dict.fromkeys(("times", "up_to", "at_most", "day", "at"), "as many"),
    **dict.fromkeys(("over", "rest", "window"), "as long"),
    "every": "as often",
}
"""A count, a list, a length or an interval that was set -> what a factor of it is."""


def of_setting(
    setting: Setting, schedule: Schedule, monographs: Mapping[str, Drug | None]
) -> str | None:
    """By which factor a value was read otherwise, in words; None where it is near, or is none.

    Amounts of different scales or bases are compared by what they come to: in one unit by the
    drug's monograph, for the patient of a schedule.
    """
    match = _PLACE.fullmatch(setting.path)
    key = match[2] if match else ""
    try:
        if key not in _HOW:
            return _of_amount(setting, match[1] if match else "", schedule, monographs)
        if key in ("day", "at"):
            was, now = (_listed(text, setting.path, schedule) for text in setting[1:])
        else:
            was, now = (_numbers(text, _HOW[key]) for text in (setting.was or "", setting.now))
    except ValueError:
        return None
    told = (factor_in_words(*pair) for pair in zip(now, was, strict=True) if min(pair) > 0)
    factor = next(filter(None, told), None)
    return f"{factor.removesuffix(' of')} {_HOW[key]}" if factor else None


def _numbers(text: str, how: str) -> tuple[Decimal, ...]:
    """A count; the ends of a length [min]; of an interval how often it lies in a day.

    Raises:
        ValueError: the text is none of them.
    """
    if how == "as many":
        from il2calc.language import fields

        return (Decimal(fields.whole(text)),)
    length = span(text.removeprefix("at least "))
    ends = (Decimal(length.shortest), Decimal(length.longest))
    if how == "as often":
        return tuple(EXACT.divide(DAY, minutes) for minutes in ends)
    return ends


def _listed(text: str | None, path: str, schedule: Schedule) -> tuple[Decimal, ...]:
    """On how many days of a turn, or at how many times of a day, a dose is given.

    Raises:
        ValueError: its days have no end.
    """
    from il2calc.language import fields
    from il2calc.text import yaml

    value = yaml.value(text) if text is not None else "08:00"
    dose, _, key = path.rpartition(".")
    if key == "at":
        return (Decimal(len(fields.at(value).minutes)),)
    walk = schedule.regimen.body.walk()
    around = next((b for b in walk if dose in {each.path for each in b.prescribed()}), None)
    every = around.repeat.every if around is not None and around.repeat is not None else None
    days = fields.days(value)
    if days.onward is not None and every is None:
        raise ValueError(f"{text!r} has no end")
    length = every.shortest // DAY if every is not None else None
    return (Decimal(len(list(days.offsets(schedule.regimen.day_zero, length)))),)


def _of_amount(
    setting: Setting, path: str, schedule: Schedule, monographs: Mapping[str, Drug | None]
) -> str | None:
    """The same of an amount.

    Raises:
        ValueError: a text is no amount, or the patient lacks what one is reckoned from.
    """
    from il2calc.language import fields

    dose = next((dose for dose in schedule.regimen.doses() if dose.path == path), None)
    drug = monographs.get(dose.drug) if dose is not None else None
    was, now = (_counted(fields.amount(text), drug) for text in (setting.was, setting.now))
    per = "value"
    if (was.tail(), was.unit == "AUC") != (now.tail(), now.unit == "AUC"):
        if dose is None:
            return None
        per = "dose for this patient"
        was, now = (_come_to(prescribed, dose, schedule.patient) for prescribed in (was, now))
    value = _in_unit(now, was.unit, drug)
    factor = factor_in_words(value, was.value) if value is not None else None
    return f"{factor} the file's {per}" if factor else None


def _counted(prescribed: Quantity, drug: Drug | None) -> Quantity:
    """An amount in an older scale of activity as the monograph counts it; others as they are."""
    factor = drug.scale(prescribed.unit) if drug is not None else None
    if factor is None:
        return prescribed
    value = EXACT.divide(prescribed.value * factor.right.value, factor.left.value)
    return prescribed._replace(value=value, unit=factor.right.unit)


def _come_to(prescribed: Quantity, dose: Dose, patient: Patient) -> Quantity:
    """What an amount is for a patient, neither capped nor rounded.

    Raises:
        ValueError: the patient lacks what it is reckoned from.
    """
    lasting = multiplied_out(dose, prescribed)
    per_day = a_day(dose)
    made = dosing.dose(prescribed, patient, a_day=per_day, counted=dose.counted, lasting=lasting)
    return Quantity(made.value, made.unit)


def _in_unit(prescribed: Quantity, unit: str, drug: Drug | None) -> Decimal | None:
    """An amount in another unit, activity as mass by the drug's monograph; None without a way."""
    if alike(prescribed.unit, unit):
        return convert(prescribed.value, prescribed.unit, unit)
    if drug is None:
        return None
    from il2calc.pharmacy.answers import through

    return through(prescribed.value, prescribed.unit, unit, drug)
