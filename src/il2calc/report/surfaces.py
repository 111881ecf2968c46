"""Body surface areas, one line per formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from il2calc.report.plain_data import headed
from il2calc.units import plain

FORMAT = "il2calc.bsa/1"


def lines(areas: Sequence[tuple[str, Decimal]]) -> Iterator[str]:
    """Name, value with all its digits, unit."""
    width = max(len(name) for name, _ in areas)
    for name, area in areas:
        yield f"{name:<{width}}  {plain(area)} m2"


def document(
    areas: Sequence[tuple[str, Decimal]], weight: Decimal, height: Decimal
) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **headed(FORMAT),
        "weight_kg": weight,
        "height_cm": height,
        "bsa": [{"formula": name, "value": area, "unit": "m2"} for name, area in areas],
    }
