"""Whether a plan is for the body that it is calculated with, and whether that can be one body.

Measures that can hardly be of one are the marks of pounds for kilograms and of swapped boxes.

Pounds entered as kilograms and height as weight are reported events: ISMP Canada Safety Bulletin
2016;16(9); P T 2014;39:151. No limit is published; those here are assumptions of il2calc, set so
that about 1 % of adults lie outside (weight log-normal, means and spreads of adults in the United
States), for a caution that always comes is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from il2calc.model.measure import IN_WORDS, MONTHS_A_YEAR, Bands, Within, measured, measures, told
from il2calc.model.patient import AGE_RANGE, HEIGHT_RANGE, OF_ADULTS, Patient, mosteller
from il2calc.plan.administration import Administration, gathered
from il2calc.plan.schedule import Caution
from il2calc.units import EXACT, convert, exact, rounded, short

if TYPE_CHECKING:
    from il2calc.model.regimen import Arm
    from il2calc.plan.schedule import Schedule

D = Decimal

ADULT_WEIGHT = (D(40), D(150))
"""Body weight of adults [kg]."""

ADULT_BMI = (D(15), D(50))
"""Body mass index of adults [kg/m2]."""

ADULT_HEIGHT = (D(120), D(220))
"""Height of adults that a given body surface area and weight may come to [cm]."""

ADULT_SURFACE = (D("1.15"), D("3.03"))
"""Body surface area of adults [m2]: at 40 kg and 120 cm, and at 150 kg and 220 cm (Mosteller)."""

ANY_BMI = (D(8), D(60))
"""Body mass index [kg/m2] that a child of any age may have, from a preterm newborn on."""

_ABOVE_AGE = D(24)
"""What the body mass index [kg/m2] of a child of 2 years or more is above its age [years], at the
most. Pounds for kilograms raise a middle one, of 15 to 21, to more."""

_MIDDLE_BMI = D(16)
"""Body mass index [kg/m2] of a middle child, from 15 to 21: with 19 kg at 4 years it is 0.76 m2."""

_WEIGHED = D(14)
"""Age [years] below which a weight is held against a mean: 3 x years + 7 kg, of 93,827 children of
1 to 13 years (Luscombe M, Owens B, Emerg Med J 2011;28:590-3); before that months / 2 + 4 kg, as
Advanced Paediatric Life Support (5th edition, 2011) has it."""

_INFANT = D(11) / MONTHS_A_YEAR
"""The oldest age [years] that 0 completed years may be."""

_OF_THE_MEAN = (D("0.5"), D("1.75"))
"""What of that mean a child may weigh; a mistaken unit makes 2.2 times it, or 1 / 2.2."""

ADULT_AGE = D(18)
"""Age from which on the limits of adults are held against a body [years]."""

GFR_CAUTIONED = (D(15), D(125))
"""Glomerular filtration rate [mL/min]. Above: an estimated rate counts as at most 125 in the
Calvert formula (FDA, carboplatin dosing, October 2010). Below: kidney failure (KDIGO 2012, G5)."""

UNTOLD = {
    "AGE": (ADULT_AGE, AGE_RANGE[1] + 1),
    "WT": ADULT_WEIGHT,
    "BMI": ADULT_BMI,
    "GFR": GFR_CAUTIONED,
}
"""Measures by their columns: within all of them nothing is told of a body without an area."""

_CHILD = re.compile(
    r"\b(child|paediatr|pediatr|infan|neonat|newborn|adolescen|toddler)", re.IGNORECASE
)
_ADULT = re.compile(r"\badult", re.IGNORECASE)


def largest(patient: Patient) -> Mapping[str | None, Decimal]:
    """The largest weight [kg] and surface area [m2] of a body, given what is known of it.

    If nothing is, those of an adult: 150 kg, and with 220 cm 3.03 m2. A surface area A alone leaves
    a body mass index of at most B, and so by Mosteller a weight of at most (B (36 A^2)^2)^(1/3).
    """
    weight, height, area = patient.weight, patient.height, patient.surface_area
    if weight is None and area is not None:
        weight = (ANY_BMI[1] * (36 * area * area) ** 2) ** (D(1) / 3)
    weight = weight or ADULT_WEIGHT[1]
    return {"kg": weight, "m2": area or mosteller(height or ADULT_HEIGHT[1], weight), None: D(1)}


def of_schedule(schedule: Schedule) -> Iterator[Caution]:
    """What should be checked about every body that the doses of a schedule are calculated with."""
    child, bodies = of_children(schedule), _bodies(schedule)
    told = (caution for body in bodies for caution in of_body(body, says_child=child))
    counts = (each for each in told if each.code != "gfr" or "gfr" in needed(schedule))
    yield from dict.fromkeys(counts)
    if not child:
        yield from Caution.alike("body-cap", _small_caps(schedule))


def needed(now: Schedule) -> set[str]:
    """What the doses of a schedule are calculated from; for an ideal weight, height."""
    rows = now.administrations
    doses = {(row.dosed.set_to or row.dose.amount(now.arm), row.dose) for row in rows}
    needs: set[str] = {need for amount, _ in doses for need in measures(amount)}
    ideal = any("weight" in measures(amount) and dose.counted.by_formula for amount, dose in doses)
    return needs | {"height"} if ideal else needs


def _bodies(schedule: Schedule) -> dict[Patient, list[Administration]]:
    """Every body that the doses of a schedule are calculated with, that of the start first."""
    begun = {schedule.patient: list[Administration]()}
    return begun | gathered((row.patient, row) for row in schedule.administrations)


def of_children(schedule: Schedule) -> bool:
    """Whether a regimen, or the arm that is scheduled, is for children and not for adults too."""
    regimen = schedule.regimen
    texts = [regimen.treats]
    if schedule.arm is not None:
        arm = regimen.arms[schedule.arm]
        texts += [arm.text, schedule.arm]
        age = arm.whom.get("age")
        if isinstance(age, Within) and age.ends() <= (ADULT_AGE * MONTHS_A_YEAR, 0):
            return True
    if any(_below_adults(each.amount(schedule.arm)) for each in regimen.doses_in(schedule.arm)):
        return True
    return any(_CHILD.search(text) and not _ADULT.search(text) for text in texts)


def _below_adults(amount: object) -> bool:
    """Whether an amount goes by bands of which the last ends before every adult."""
    if not isinstance(amount, Bands):
        return False
    lowest = {"age": (ADULT_AGE * MONTHS_A_YEAR, 0), "weight": (ADULT_WEIGHT[0], 1)}
    return amount.measure in lowest and amount.bands[-1].within.ends() <= lowest[amount.measure]


def for_whom(schedule: Schedule) -> Iterator[Caution]:
    """An arm for patients of whom this one is none, and the arms that are for this one."""
    if schedule.arm is not None:
        for patient, rows in _bodies(schedule).items():
            yield from _for_others(schedule, schedule.arm, patient, rows)


def _for_others(
    schedule: Schedule, arm: str, patient: Patient, rows: Sequence[Administration]
) -> Iterator[Caution]:
    arms = schedule.regimen.arms
    unlike = [*_unlike(arms[arm], patient)]
    if not unlike:
        return
    fitting = [
        name
        for name, arm in arms.items()
        if arm.whom and not [*_unlike(arm, patient)] and not [*_unknown(arm, patient)]
    ]
    others = f"; for this patient: {', '.join(fitting)}" if fitting else "; no arm fits"
    text = (
        f"arm {arm} is for {arms[arm].for_whom()}, and this patient has {', '.join(unlike)}{others}"
    )
    touched = () if patient == schedule.patient else tuple(row.number for row in rows)
    yield Caution("arm-for-others", text, touched, of_patient=True)


def _unlike(arm: Arm, patient: Patient) -> Iterator[str]:
    """What is known of a patient and lies outside of what an arm is for."""
    for of in arm.whom.values():
        if isinstance(of, Within):
            value = measured(patient, of.measure)
            if value is not None and not of.holds(value):
                yield f"{IN_WORDS[of.measure]} {told(value, of.unit)}"
        elif patient.sex not in (None, of):
            yield f"sex {patient.sex}"


def _unknown(arm: Arm, patient: Patient) -> Iterator[str]:
    """What an arm is chosen by and is not known of a patient."""
    for key, of in arm.whom.items():
        known = measured(patient, of.measure) if isinstance(of, Within) else patient.sex
        if known is None:
            yield key


def capped_surface(schedule: Schedule) -> Iterator[Caution]:
    """A body surface area above its cap, and the doses that are calculated from it."""
    for patient, rows in _bodies(schedule).items():
        area, cap = patient.uncapped(), patient.surface_cap
        if area is not None and cap is not None and area > cap:
            by_area = [row for row in rows if row.dosed.basis == "m2"]
            touched = tuple(row.number for row in by_area if (row.dose.bsa_cap or cap) >= cap)
            text = f"body surface area {short(area)} m2 is counted as {short(cap)} m2 (--bsa-cap)"
            if touched or not by_area:
                yield Caution("bsa-cap", text, touched, of_patient=True)


def _small_caps(schedule: Schedule) -> Iterator[tuple[str, int]]:
    """Caps of a file on the body of an adult that no adult comes to: a digit or a unit was lost."""
    lowest = {"kg": ("weight_cap", ADULT_WEIGHT[0]), "m2": ("bsa_cap", ADULT_SURFACE[0])}
    for row in schedule.administrations:
        basis, age = row.dosed.basis, row.patient.age
        if basis is None or (age is not None and age < ADULT_AGE):
            continue
        key, low = lowest[basis]
        if (cap := getattr(row.dose, key)) is not None and cap < low:
            text = f"{row.dose.path}: a {key} of {exact(cap)} {basis} is below the {low} {basis} "
            yield f"{text}of any adult (assumed by il2calc); check it", row.number


def below_ideal(schedule: Schedule) -> Iterator[Caution]:
    """Doses by ideal weight of a patient whose actual weight is not above it, and is used."""
    told = (
        (f"{row.dose.path}: the actual weight is not above the ideal one, and is used", row.number)
        for row in schedule.administrations
        if row.dose.counted.by_formula and row.dosed.basis == "kg" and not row.dosed.less
    )
    yield from Caution.alike("below-ideal-weight", told, of_patient=True)


def of_body(patient: Patient, *, says_child: bool = False) -> Iterator[Caution]:
    """What should be checked about the measures of one body.

    Args:
        says_child: the regimen is for children; an age that is known counts before it.
    """
    child = says_child if patient.age is None else patient.age < ADULT_AGE
    found = (
        *_index(patient, child=child),
        *_weight(patient, child=child),
        *_surface_alone(patient, child=child),
    )
    if found:
        of_age = child and patient.age is not None
        whose = "of a child of that age" if of_age else "of a child" if child else "of adults"
        text = f"{'; '.join(found)} (limits {whose} assumed by il2calc); check the units"
        text += " and the age" if of_age else ""
        yield Caution("body-size", text, of_patient=True)
    by_formula = patient.surface_area is None and patient.height is not None
    if child and by_formula and patient.formula in OF_ADULTS:
        text = f"the formula {patient.formula} is for adults, and this is a child; choose another"
        yield Caution("body-size", text, of_patient=True)
    if unlike := _surface(patient, child=child):
        yield Caution("body-size", unlike, of_patient=True)
    if unusual := _filtration(patient.gfr):
        yield Caution("gfr", unusual, of_patient=True)


def _weights(patient: Patient, *, child: bool) -> tuple[Decimal, ...]:
    """The least and the most that one may weigh [kg]; nothing of a child of another age."""
    if not child:
        return ADULT_WEIGHT
    if (age := patient.age) is None or age >= _WEIGHED:
        return ()
    low, high = _OF_THE_MEAN
    return low * _mean(age), high * _mean(age or _INFANT)


def _mean(age: Decimal) -> Decimal:
    """The mean weight [kg] of a child of an age [years]."""
    return 3 * D(int(age)) + 7 if age >= 1 else EXACT.quantize(age * 6, D("0.1")) + 4


def _weight(patient: Patient, *, child: bool) -> Iterator[str]:
    weight, limits = patient.weight, _weights(patient, child=child)
    if weight is None or not limits:
        return
    low, high = limits
    outside = f"a weight of {exact(weight)} kg is outside {exact(low)} to {exact(high)} kg"
    if weight > high:
        yield f"{outside}; in pounds it would be {short(_as_pounds(weight), 3)} kg"
    elif weight < low:
        yield f"{outside}; it is {short(convert(weight, 'kg', 'lb'), 3)} pounds"


def _index(patient: Patient, *, child: bool) -> Iterator[str]:
    index, (low, high) = patient.bmi(), ANY_BMI if child else ADULT_BMI
    if child and patient.age is not None and patient.age >= 2:
        high = _ABOVE_AGE + int(patient.age)
    if index is None or low <= index <= high:
        return
    figures = next(one for one in count(4) if not low <= rounded(index, one) <= high)
    told = f"a body mass index of {short(index, figures)} kg/m2"
    text = f"weight and height give {told}, outside {low} to {high}"
    assert patient.weight is not None, "an index needs both"
    assert patient.height is not None, "an index needs both"
    if low <= _bmi(patient.height, patient.weight) <= high:
        text += ", and may be swapped"
    elif low <= (real := _bmi(_as_pounds(patient.weight), patient.height)) <= high:
        text += f" (with {exact(patient.weight)} as pounds it would be {short(real, 3)})"
    elif low <= (real := _bmi(patient.weight, _as_inches(patient.height))) <= high:
        text += f" (with {exact(patient.height)} as inches it would be {short(real, 3)})"
    yield text


def _surface_alone(patient: Patient, *, child: bool) -> Iterator[str]:
    """A body surface area of no adult, or of no child of that age; a weight is held against it."""
    area, weights = patient.surface_area, _weights(patient, child=child)
    middle = [mosteller((each / _MIDDLE_BMI).sqrt() * 100, each) for each in weights]
    limits = middle if child else ADULT_SURFACE
    if area is not None and patient.weight is None and limits:
        low, high = (EXACT.quantize(each, D("0.01")) for each in limits)
        if not low <= area <= high:
            yield f"a body surface area of {exact(area)} m2 is outside {low} to {high} m2"


def _surface(patient: Patient, *, child: bool) -> str | None:
    """A body surface area that goes with a weight at no height."""
    area, weight = patient.surface_area, patient.weight
    if area is None or weight is None:
        return None
    height = EXACT.divide(EXACT.multiply(area * area, D(3600)), weight)
    low, high = HEIGHT_RANGE if child else ADULT_HEIGHT
    if low <= height <= high:
        return None
    return (
        f"a body surface area of {exact(area)} m2 and a weight of {exact(weight)} kg fit no "
        f"height from {low} to {high} cm (Mosteller: {short(height, 3)} cm; limits assumed by "
        "il2calc); check both, or give --bsa-cap if the area is a capped one"
    )


def _filtration(gfr: Decimal | None) -> str | None:
    low, high = GFR_CAUTIONED
    if gfr is None:
        return None
    if gfr > high:
        return (
            f"a GFR of {exact(gfr)} mL/min is above {high}, the largest estimated GFR to use in "
            "the Calvert formula (FDA, October 2010); it is not capped here"
        )
    if gfr < low:
        return f"a GFR of {exact(gfr)} mL/min is below {low}, kidney failure (KDIGO 2012); check it"
    return None


@cache
def _one(unit: str, to: str) -> Decimal:
    """What one of a unit is in another: a cohort asks it of every unusual body."""
    return convert(D(1), unit, to)


def _as_pounds(number: Decimal) -> Decimal:
    """What a number of pounds is in kilograms [kg]."""
    return EXACT.multiply(number, _one("lb", "kg"))


def _as_inches(number: Decimal) -> Decimal:
    """What a number of inches is in centimetres [cm]."""
    return EXACT.multiply(number, _one("in", "cm"))


def _bmi(weight: Decimal, height: Decimal) -> Decimal:
    """Body mass index [kg/m2] of a weight [kg] and a height [cm]."""
    return EXACT.divide(weight * 10_000, height * height)
