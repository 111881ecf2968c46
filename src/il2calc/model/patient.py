"""The patient: body weight, height, body surface area by a named formula, GFR, age.

Every formula is computed in decimals, with digits to spare for a multiplication that follows, and
shown to 28 digits; H is the height [cm], W the weight [kg].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal, TypeAlias, get_args

from il2calc.errors import ImplausibleInput, MissingInput, Refused
from il2calc.units import EXACT, GUARDED

Sex = Literal["female", "male"]
D = Decimal

WEIGHT_RANGE = (D(2), D(400))
HEIGHT_RANGE = (D(40), D(260))
BSA_RANGE = (D("0.1"), D(4))
GFR_RANGE = (D(1), D(300))
AGE_RANGE = (D(0), D(130))

DEVINE_FROM = D("152.4")
"""The lowest height that Devine's ideal weight is defined for, 60 inches [cm]."""

_DEVINE: dict[Sex, Decimal] = {"female": D("45.5"), "male": D(50)}
_INCH = D("2.54")


def devine(height: Decimal, sex: Sex) -> tuple[Decimal, str]:
    """Ideal body weight [kg] by Devine, and its formula with the numbers in it.

    45.5 (women) or 50 (men) + 2.3 x (H / 2.54 - 60).

    References: Devine BJ. Gentamicin therapy. Drug Intell Clin Pharm 1974;8:650-5; reviewed by Pai
    MP, Paloucek FP. The origin of the "ideal" body weight equations. Ann Pharmacother
    2000;34:1066-9.

    >>> devine(Decimal("177.8"), "male")
    (Decimal('73.0'), '50 + 2.3 x (177.8 / 2.54 - 60)')
    """
    with localcontext(GUARDED):
        ideal = _DEVINE[sex] + D("2.3") * (height / _INCH - 60)
    return ideal, f"{_DEVINE[sex]} + 2.3 x ({height.normalize():f} / 2.54 - 60)"


def mosteller(height: Decimal, weight: Decimal) -> Decimal:
    """Body surface area [m2] by Mosteller, sqrt(H W / 3600).

    References: N Engl J Med 1987;317:1098.

    >>> mosteller(Decimal(160), Decimal(90))
    Decimal('2')
    """
    with localcontext(GUARDED):
        return (height * weight / 3600).sqrt()


def boyd(height: Decimal, weight: Decimal) -> Decimal:
    """Body surface area [m2] by Boyd, 0.0003207 H^0.3 G^(0.7285 - 0.0188 log10 G), G in grams.

    References: Boyd E. The growth of the surface area of the human body.
    University of Minnesota Press, 1935.
    """
    with localcontext(GUARDED):
        grams = weight * 1000
        exponent = D("0.7285") - D("0.0188") * grams.log10()
        return D("0.0003207") * height ** D("0.3") * grams**exponent


Formula: TypeAlias = "Callable[[Decimal, Decimal], Decimal]"
"""Body surface area [m2] from the height [cm] and the weight [kg]."""


def _of_powers(*numbers: str) -> Formula:
    """The formula factor x H^h x W^w, from the texts of factor, h and w."""
    factor, h, w = map(D, numbers)

    def area(height: Decimal, weight: Decimal) -> Decimal:
        with localcontext(GUARDED):
            return factor * height**h * weight**w

    return area


FORMULAE: dict[str, Formula] = {
    "mosteller": mosteller,
    "du-bois": _of_powers("0.007184", "0.725", "0.425"),  # Arch Intern Med 1916;17:863-71
    "haycock": _of_powers("0.024265", "0.3964", "0.5378"),  # J Pediatr 1978;93:62-66
    # Gehan and George: Cancer Chemother Rep 1970;54:225-35
    "gehan-george": _of_powers("0.0235", "0.42246", "0.51456"),
    "boyd": boyd,
    "fujimoto": _of_powers("0.008883", "0.663", "0.444"),  # Nippon Eiseigaku Zasshi 1968;23:443-50
    # Takahira H, 1925; Japanese sources also give 0.007246 for the first factor
    "takahira": _of_powers("0.007241", "0.725", "0.425"),
    "shuter-aslani": _of_powers("0.00949", "0.655", "0.441"),  # Eur J Appl Physiol 2000;82:250-54
}
"""Formulas by name, except `schlich`, which also needs the sex."""

_SCHLICH: dict[Sex, Formula] = {
    "female": _of_powers("0.000975482", "1.08", "0.46"),
    "male": _of_powers("0.000579479", "1.24", "0.38"),
}
"""For adults. References: Ernaehrungs Umschau 2010;57:178-83."""

FORMULA_NAMES = (*FORMULAE, "schlich")
OF_ADULTS = ("schlich",)
"""Formulas that were derived from adults only."""
DEFAULT_FORMULA = "mosteller"


def surface(formula: str, height: Decimal, weight: Decimal, sex: Sex | None = None) -> Decimal:
    """Body surface area [m2] by a named formula, to 28 digits.

    Args:
        height: [cm].
        weight: [kg].
        sex: needed by `schlich` only.

    Raises:
        MissingInput: `schlich` without a sex.
    """
    return EXACT.plus(_surface(formula, height, weight, sex))


def _surface(formula: str, height: Decimal, weight: Decimal, sex: Sex | None) -> Decimal:
    if formula == "schlich":
        if sex is None:
            raise MissingInput("--sex female or --sex male", "the formula schlich differs by sex")
        return _SCHLICH[sex](height, weight)
    return FORMULAE[formula](height, weight)


_MEASURES = {
    "weight": ("a weight of", WEIGHT_RANGE, "kg"),
    "height": ("a height of", HEIGHT_RANGE, "cm"),
    "surface_area": ("a body surface area of", BSA_RANGE, "m2"),
    "surface_cap": ("a cap on body surface area of", BSA_RANGE, "m2"),
    "gfr": ("a GFR of", GFR_RANGE, "mL/min"),
    "age": ("an age of", AGE_RANGE, "years"),
}
"""The fields of a patient that are decimals: in words, the range of bodies, and the unit."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is known of a patient's body, in decimals; a whole number may be an `int`.

    Args:
        weight: actual body weight [kg].
        height: [cm].
        surface_area: body surface area [m2] as measured elsewhere, instead of a height.
        formula: one of `FORMULA_NAMES`; used if `surface_area` is None.
        surface_cap: the largest body surface area to calculate with [m2].
        gfr: glomerular filtration rate [mL/min], never estimated here.
        age: [years]; it may choose a band of amounts, but no amount is multiplied by it.

    Raises:
        ImplausibleInput: a value outside its range.
        Refused: another type, such as `float`, which may differ from what it shows; unknown words.
    """

    weight: Decimal | None = None
    height: Decimal | None = None
    surface_area: Decimal | None = None
    formula: str = DEFAULT_FORMULA
    sex: Sex | None = None
    surface_cap: Decimal | None = None
    gfr: Decimal | None = None
    age: Decimal | None = None

    def __post_init__(self) -> None:
        for name in _MEASURES:
            value = getattr(self, name)
            if isinstance(value, int) and not isinstance(value, bool):
                object.__setattr__(self, name, Decimal(value))
            elif value is not None and not isinstance(value, Decimal):
                kind = type(value).__name__
                raise Refused(f"{name}={value!r} is a {kind}; give a decimal, as Decimal('70.5')")
        for name, words in (("formula", FORMULA_NAMES), ("sex", (*get_args(Sex), None))):
            if (word := getattr(self, name)) not in words:
                raise Refused(f"{name}={word!r} is not known; write one of {words}")
        for name, (what, limits, unit) in _MEASURES.items():
            within(what, getattr(self, name), limits, unit)

    def uncapped(self) -> Decimal | None:
        """Body surface area [m2] as given or computed, without a cap; None if it is not known.

        Raises:
            MissingInput: the formula needs a sex.
        """
        area = self._area()
        return None if area is None else EXACT.plus(area)

    def bsa(self) -> Decimal | None:
        """Body surface area [m2] that doses are calculated with; None if it is not known."""
        area = self.unrounded_bsa()
        return None if area is None else EXACT.plus(area)

    def unrounded_bsa(self) -> Decimal | None:
        """The same with digits to spare, for a multiplication [m2]."""
        area = self._area()
        if area is None or self.surface_cap is None:
            return area
        return min(area, self.surface_cap)

    def _area(self) -> Decimal | None:
        if self.surface_area is not None:
            return self.surface_area
        if self.weight is None or self.height is None:
            return None
        return _surface(self.formula, self.height, self.weight, self.sex)

    def bmi(self) -> Decimal | None:
        """Body mass index [kg/m2]; None without weight and height."""
        if self.weight is None or self.height is None:
            return None
        with localcontext(EXACT):
            return self.weight / (self.height / 100) ** 2


def within(what: str, value: Decimal | None, limits: tuple[Decimal, Decimal], unit: str) -> None:
    """Refuse a measure that no body has.

    Raises:
        ImplausibleInput: it is outside the limits.
    """
    low, high = limits
    if value is not None and not (value.is_finite() and low <= value <= high):
        raise ImplausibleInput(what, f"{value} {unit}", f"{low} to {high} {unit}")
