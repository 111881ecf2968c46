"""For whom an amount or an arm is: what a range of a measure, or a sex, means in a regimen file."""

from __future__ import annotations

import re
from typing import Any

from il2calc.model.measure import IN_WORDS, MEASURES, Measure, Within
from il2calc.text.values import text
from il2calc.units import PLAIN_NUMBER, plain_number

BANDS_LIKE = "'below 50 kg', '50 to 80 kg', 'above 80 kg', 'up to 10 kg' or '18 years or more'"


_BAND = re.compile(
    rf"(?:(below|up to|above) )?({PLAIN_NUMBER})(?: to ({PLAIN_NUMBER}))? "
    r"(kg|m2|years?|months?|mL/min)( or more)?"
)


def band(value: Any) -> Within:
    """A range of a measure of the patient: `below 50 kg`, `2 to 5 years`, `15 mL/min or more`."""
    word = text(value)
    match = _BAND.fullmatch(word)
    if match is None or sum(match[group] is not None for group in (1, 3, 5)) != 1:
        raise ValueError(f"{word!r} is no range of a measure; write it like {BANDS_LIKE}")
    how, first, second, unit, more = match.groups()
    low, high = plain_number(first), plain_number(second or first)
    unit = f"{unit}s" if unit in ("year", "month") else unit
    return Within(
        unit=unit,
        low=low if more or second or how == "above" else None,
        high=None if more or how == "above" else high,
        low_in=how != "above",
        high_in=how != "below",
        text=word,
    )


def range_of(value: Any, measure: Measure) -> Within:
    """The range of one measure of those whom an arm is for."""
    found = band(value)
    if found.measure != measure:
        units = " or ".join(unit for unit, of in MEASURES.items() if of == measure)
        raise ValueError(f"{value!r} is no {IN_WORDS[measure]}; write it in {units}")
    return found


def is_band(value: Any) -> bool:
    """Whether a text reads as a range of a measure of the patient."""
    try:
        band(value)
    except ValueError:
        return False
    return True
