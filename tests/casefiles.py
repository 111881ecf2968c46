"""What case files in YAML say: values as they write them, compared with actual ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal


def shown(value: object) -> str:
    """A value as a case writes it."""
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, tuple):
        return "; ".join(str(part) for part in value)
    return str(value)


def agree(values: Mapping[str, object], expected: Mapping[str, str], where: str) -> None:
    """Every value that a case names is as it says; one that ends in ... begins so."""
    unknown = expected.keys() - values.keys()
    assert not unknown, f"unknown keys {sorted(unknown)}; known: {', '.join(values)}"
    for name, value in expected.items():
        text = shown(values[name])
        beginning = value.removesuffix("...")
        assert text.startswith(beginning) if beginning != value else text == value, (
            f"{where}: {name} is {text}, not {value}"
        )


def numbers(text: str) -> list[int]:
    """`1, 8, 15 to 17` as the numbers it lists."""
    listed: list[int] = []
    for part in text.split(", "):
        first, _, last = part.partition(" to ")
        listed.extend(range(int(first), int(last or first) + 1))
    return listed
