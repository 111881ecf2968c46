"""Whether a plan is for the patient it is calculated for, and whether the measures fit one body.

Measures that hardly fit one body suggest pounds entered as kilograms, or swapped fields.

Pounds entered as kilograms and height as weight are reported events: ISMP Canada Safety Bulletin
2016;16(9); P T 2014;39:151. No limits are published; those here are assumptions of il2calc, set so
that about 1 % of adults lie outside (weight log-normal, means and spreads of adults in the United
States), because nobody reads a caution that always comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from il2calc.model.measure import (
    IN_WORDS,
    MONTHS_A_YEAR,
    Bands,
    Within,
    measure_in_words,
    measured,
    measures,
)
from il2calc.model.patient import AGE_RANGE, HEIGHT_RANGE, OF_ADULTS, Patient, mosteller
from il2calc.plan.administration import Administration, grouped
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
"""Height of adults that a body surface area and a weight, both given, may imply [cm]."""

ADULT_SURFACE = (D("1.15"), D("3.03"))
"""Body surface area of adults [m2]: at 40 kg and 120 cm, and at 150 kg and 220 cm (Mosteller)."""

ANY_BMI = (D(8), D(60))
"""Body mass index [kg/m2] that a child of any age may have, from a preterm newborn on."""

_BMI_ABOVE_AGE = D(24)
"""By how much the body mass index [kg/m2] of a child from 2 years on may exceed its age [years].
Pounds for kilograms raise a typical one, of 15 to 21, above that."""

_TYPICAL_BMI = D(16)
"""Typical body mass index [kg/m2] of a child, among 15 to 21: 19 kg at 4 years make 0.76 m2."""

_MEAN_UP_TO = D(14)
"""Age [years] below which a weight is compared with a mean: 3 x years + 7 kg, of 93,827 children of
1 to 13 years (Luscombe M, Owens B, Emerg Med J 2011;28:590-3); below 1 year months / 2 + 4 kg, as
Advanced Paediatric Life Support (5th edition, 2011) has it."""

_OLDEST_INFANT = D(11) / MONTHS_A_YEAR
"""The oldest age [years] that an age of 0 completed years may mean."""

_SHARE_OF_MEAN = (D("0.5"), D("1.75"))
"""The shares of the mean weight that a child may have; a wrong unit makes 2.2 times, or 1 / 2.2."""

ADULT_AGE = D(18)
"""Age from which the limits of adults apply [years]."""

GFR_CAUTIONED = (D(15), D(125))
"""Glomerular filtration rate [mL/min]. Above: an estimated rate counts as at most 125 in the
Calvert formula (FDA, carboplatin dosing, October 2010). Below: kidney failure (KDIGO 2012, G5)."""

UNREMARKABLE = {
    "AGE": (ADULT_AGE, AGE_RANGE[1] + 1),
    "WT": ADULT_WEIGHT,
    "BMI": ADULT_BMI,
    "GFR": GFR_CAUTIONED,
}
"""Measures by their columns: within all of these a body without a given area has no caution."""

_CHILD = re.compile(
    r"\b(child|paediatr|pediatr|infan|neonat|newborn|adolescen|toddler)", re.IGNORECASE
)
_ADULT = re.compile(r"\badult", re.IGNORECASE)


def largest_sizes(patient: Patient) -> Mapping[str | None, Decimal]:
    """The largest weight [kg] and surface area [m2] of a body, given what is known of it.

    If nothing is known: 150 kg, and 3.03 m2 with 220 cm, those of an adult. A surface area A alone
    leaves a body mass index of at most B, so by Mosteller a weight of at most (B (36 A^2)^2)^(1/3).
    """
    weight, height, area = patient.weight, patient.height, patient.surface_area
    if weight is None and area is not None:
        weight = (ANY_BMI[1] * (36 * area * area) ** 2) ** (D(1) / 3)
    weight = weight or ADULT_WEIGHT[1]
    return {"kg": weight, "m2": area or mosteller(height or ADULT_HEIGHT[1], weight), None: D(1)}


def of_schedule(schedule: Schedule) -> Iterator[Caution]:
    """What should be checked about every body that the doses of a schedule are calculated with."""
    for_children, bodies = is_for_children(schedule), _rows_by_body(schedule)
    cautions = (
        caution for body in bodies for caution in body_cautions(body, says_child=for_children)
    )
    relevant = (one for one in cautions if one.code != "gfr" or "gfr" in measures_needed(schedule))
    yield from dict.fromkeys(relevant)
    if not for_children:
        yield from Caution.one_per_text("body-cap", _small_caps(schedule))


def measures_needed(schedule: Schedule) -> set[str]:
    """The measures that doses are calculated from; for an ideal weight also the height."""
    rows = schedule.administrations
    doses = {(row.dosed.set_to or row.dose.amount(schedule.arm), row.dose) for row in rows}
    needs: set[str] = {need for amount, _ in doses for need in measures(amount)}
    ideal = any(
        "weight" in measures(amount) and dose.dosing_body.by_formula for amount, dose in doses
    )
    return needs | {"height"} if ideal else needs


def _rows_by_body(schedule: Schedule) -> dict[Patient, list[Administration]]:
    """The rows of every body that doses are calculated with, the body of the start first."""
    start = {schedule.patient: list[Administration]()}
    return start | grouped((row.patient, row) for row in schedule.administrations)


def is_for_children(schedule: Schedule) -> bool:
    """Whether a regimen, or the scheduled arm, is for children only."""
    regimen = schedule.regimen
    texts = [regimen.treats]
    if schedule.arm is not None:
        arm = regimen.arms[schedule.arm]
        texts += [arm.text, schedule.arm]
        age = arm.whom.get("age")
        if isinstance(age, Within) and age.ends() <= (ADULT_AGE * MONTHS_A_YEAR, 0):
            return True
    if any(_below_adults(dose.amount(schedule.arm)) for dose in regimen.doses_in(schedule.arm)):
        return True
    return any(_CHILD.search(text) and not _ADULT.search(text) for text in texts)


def _below_adults(amount: object) -> bool:
    """Whether an amount goes by bands that all end below adults."""
    if not isinstance(amount, Bands):
        return False
    lowest = {"age": (ADULT_AGE * MONTHS_A_YEAR, 0), "weight": (ADULT_WEIGHT[0], 1)}
    return amount.measure in lowest and amount.bands[-1].within.ends() <= lowest[amount.measure]


def for_whom(schedule: Schedule) -> Iterator[Caution]:
    """An arm that is not for this patient, with the arms that are."""
    arm, arms = schedule.arm, schedule.regimen.arms
    if arm is None:
        return
    for patient, rows in _rows_by_body(schedule).items():
        if not (outside := [*_outside_arm(arms[arm], patient)]):
            continue
        fitting = [
            name
            for name, one in arms.items()
            if one.whom and not [*_outside_arm(one, patient)] and not [*_missing_keys(one, patient)]
        ]
        others = f"; for this patient: {', '.join(fitting)}" if fitting else "; no arm fits"
        text = f"arm {arm} is for {arms[arm].for_whom()}, and this patient has "
        text += f"{', '.join(outside)}{others}"
        touched = () if patient == schedule.patient else tuple(row.number for row in rows)
        yield Caution("arm-for-others", text, touched, of_patient=True)


def _outside_arm(arm: Arm, patient: Patient) -> Iterator[str]:
    """The known measures of a patient that lie outside those an arm is for."""
    for allowed in arm.whom.values():
        if isinstance(allowed, Within):
            value = measured(patient, allowed.measure)
            if value is not None and not allowed.holds(value):
                yield f"{IN_WORDS[allowed.measure]} {measure_in_words(value, allowed.unit)}"
        elif patient.sex not in (None, allowed):
            yield f"sex {patient.sex}"


def _missing_keys(arm: Arm, patient: Patient) -> Iterator[str]:
    """The keys by which an arm is chosen that are not known of a patient."""
    for key, allowed in arm.whom.items():
        value = measured(patient, allowed.measure) if isinstance(allowed, Within) else patient.sex
        if value is None:
            yield key


def capped_surface(schedule: Schedule) -> Iterator[Caution]:
    """A body surface area above its cap, and the doses that are calculated from it or by it."""
    for patient, rows in _rows_by_body(schedule).items():
        area, cap = patient.uncapped(), patient.surface_cap
        if area is not None and cap is not None and area > cap:
            by_area = [row for row in rows if row.dosed.basis == "m2"]
            of_band = [row for row in rows if _has_band_of_area(row, schedule.arm)]
            by_cap = [row for row in by_area if (row.dose.bsa_cap or cap) >= cap]
            touched = tuple(sorted({row.number for row in (*by_cap, *of_band)}))
            text = f"body surface area {short(area)} m2 is counted as {short(cap)} m2 (--bsa-cap)"
            if touched or not by_area:
                yield Caution("bsa-cap", text, touched, of_patient=True)


def _has_band_of_area(row: Administration, arm: str | None) -> bool:
    """Whether the amount of a dose goes by bands of body surface area."""
    amount = row.dosed.set_to or row.dose.amount(arm)
    return isinstance(amount, Bands) and amount.measure == "surface"


def _small_caps(schedule: Schedule) -> Iterator[tuple[str, int]]:
    """Caps in a file below the body of any adult: a digit or a unit is missing."""
    lowest = {"kg": ("weight_cap", ADULT_WEIGHT[0]), "m2": ("bsa_cap", ADULT_SURFACE[0])}
    for row in schedule.administrations:
        basis, age = row.dosed.basis, row.patient.age
        if basis is None or (age is not None and age < ADULT_AGE):
            continue
        key, least = lowest[basis]
        if (cap := getattr(row.dose, key)) is not None and cap < least:
            text = f"{row.dose.path}: a {key} of {exact(cap)} {basis} is below the {least} {basis} "
            yield f"{text}of any adult (assumed by il2calc); check it", row.number


def below_ideal(schedule: Schedule) -> Iterator[Caution]:
    """Doses by ideal weight where the actual weight is not above it, and is used instead."""
    texts = (
        (f"{row.dose.path}: the actual weight is not above the ideal one, and is used", row.number)
        for row in schedule.administrations
        if row.dose.dosing_body.by_formula
        and row.dosed.basis == "kg"
        and not row.dosed.body_reduced
    )
    yield from Caution.one_per_text("below-ideal-weight", texts, of_patient=True)


def body_cautions(patient: Patient, *, says_child: bool = False) -> Iterator[Caution]:
    """What should be checked about the measures of one body.

    Args:
        says_child: the regimen is for children; a known age takes precedence.
    """
    child = says_child if patient.age is None else patient.age < ADULT_AGE
    texts = (
        *_bmi_texts(patient, child=child),
        *_weight_texts(patient, child=child),
        *_area_texts(patient, child=child),
    )
    if texts:
        of_age = child and patient.age is not None
        whose = "of a child of that age" if of_age else "of a child" if child else "of adults"
        text = f"{'; '.join(texts)} (limits {whose} assumed by il2calc); check the units"
        text += " and the age" if of_age else ""
        yield Caution("body-size", text, of_patient=True)
    by_formula = patient.surface_area is None and patient.height is not None
    if child and by_formula and patient.formula in OF_ADULTS:
        text = f"the formula {patient.formula} is for adults, and this is a child; choose another"
        yield Caution("body-size", text, of_patient=True)
    if mismatch := _area_mismatch(patient, child=child):
        yield Caution("body-size", mismatch, of_patient=True)
    if unusual_gfr := _gfr_text(patient.gfr):
        yield Caution("gfr", unusual_gfr, of_patient=True)


def _weight_limits(patient: Patient, *, child: bool) -> tuple[Decimal, ...]:
    """The least and largest likely weight [kg]; empty for a child from 14 on or of unknown age."""
    if not child:
        return ADULT_WEIGHT
    if (age := patient.age) is None or age >= _MEAN_UP_TO:
        return ()
    low, high = _SHARE_OF_MEAN
    return low * _mean_weight(age), high * _mean_weight(age or _OLDEST_INFANT)


def _mean_weight(age: Decimal) -> Decimal:
    """The mean weight [kg] of a child of an age [years]."""
    return 3 * D(int(age)) + 7 if age >= 1 else EXACT.quantize(age * 6, D("0.1")) + 4


def _weight_texts(patient: Patient, *, child: bool) -> Iterator[str]:
    weight, limits = patient.weight, _weight_limits(patient, child=child)
    if weight is None or not limits:
        return
    low, high = limits
    outside = f"a weight of {exact(weight)} kg is outside {exact(low)} to {exact(high)} kg"
    if weight > high:
        yield f"{outside}; in pounds it would be {short(_converted(weight, 'lb', 'kg'), 3)} kg"
    elif weight < low:
        yield f"{outside}; it is {short(convert(weight, 'kg', 'lb'), 3)} pounds"


def _bmi_texts(patient: Patient, *, child: bool) -> Iterator[str]:
    """An unusual body mass index, and whether swapped fields or other units would explain it."""
    bmi, (low, high) = patient.bmi(), ANY_BMI if child else ADULT_BMI
    if child and patient.age is not None and patient.age >= 2:
        high = _BMI_ABOVE_AGE + int(patient.age)
    if bmi is None or low <= bmi <= high:
        return
    figures = next(digits for digits in count(4) if not low <= rounded(bmi, digits) <= high)
    bmi_text = f"a body mass index of {short(bmi, figures)} kg/m2"
    text = f"weight and height give {bmi_text}, outside {low} to {high}"
    weight, height = patient.weight, patient.height
    assert weight is not None, "an index needs both"
    assert height is not None, "an index needs both"
    if low <= _bmi(height, weight) <= high:
        text += ", and may be swapped"
    elif low <= (corrected := _bmi(_converted(weight, "lb", "kg"), height)) <= high:
        text += f" (with {exact(weight)} as pounds it would be {short(corrected, 3)})"
    elif low <= (corrected := _bmi(weight, _converted(height, "in", "cm"))) <= high:
        text += f" (with {exact(height)} as inches it would be {short(corrected, 3)})"
    yield text


def _area_texts(patient: Patient, *, child: bool) -> Iterator[str]:
    """An unusual body surface area of an adult, or of a child for its age, if without a weight."""
    area, weights = patient.surface_area, _weight_limits(patient, child=child)
    typical = [mosteller((weight / _TYPICAL_BMI).sqrt() * 100, weight) for weight in weights]
    limits = typical if child else ADULT_SURFACE
    if area is not None and patient.weight is None and limits:
        low, high = (EXACT.quantize(limit, D("0.01")) for limit in limits)
        if not low <= area <= high:
            yield f"a body surface area of {exact(area)} m2 is outside {low} to {high} m2"


def _area_mismatch(patient: Patient, *, child: bool) -> str | None:
    """A body surface area that fits a weight at no height."""
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


def _gfr_text(gfr: Decimal | None) -> str | None:
    low, high = GFR_CAUTIONED
    if gfr is None:
        return None
    if gfr > high:
        text = f"a GFR of {exact(gfr)} mL/min is above {high}, the largest estimated GFR to use in "
        return f"{text}the Calvert formula (FDA, October 2010); it is not capped here"
    if gfr < low:
        return f"a GFR of {exact(gfr)} mL/min is below {low}, kidney failure (KDIGO 2012); check it"
    return None


@cache
def _factor(unit: str, to: str) -> Decimal:
    """The factor from one unit to another, cached: a cohort asks for it for every unusual body."""
    return convert(D(1), unit, to)


def _converted(number: Decimal, unit: str, to: str) -> Decimal:
    return EXACT.multiply(number, _factor(unit, to))


def _bmi(weight: Decimal, height: Decimal) -> Decimal:
    """Body mass index [kg/m2] of a weight [kg] and a height [cm]."""
    return EXACT.divide(weight * 10_000, height * height)
