"""What the texts of a `log` verb mean; what cannot be read is refused in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from il2calc import values
from il2calc.cli.options import OptionError, day, measure, moment
from il2calc.logbook import fields
from il2calc.patient import Patient
from il2calc.plaintext import printable
from il2calc.units import Quantity

_ROWS = re.compile(r"([1-9][0-9]{0,5})(?:-([1-9][0-9]{0,5}))?")
_IN_SHORT = {"min": "minutes", "h": "hours", "d": "days"}


def rows(text: str) -> list[int]:
    """Row numbers: `7`, `1-6`, `1-3,5`.

    >>> rows("1-3,5")
    [1, 2, 3, 5]
    """
    found: list[int] = []
    for part in text.split(","):
        match = _ROWS.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise OptionError("ROWS", f"{text!r} is no list of rows; write 7, 1-6 or 1-3,5")
        found += range(first, last + 1)
    return found


def row(text: str) -> int:
    """One row number."""
    found = rows(text)
    if len(found) > 1:
        raise OptionError("ROW", f"{text!r} is more than one row; name the first that is moved")
    return found[0]


def moved(text: str) -> int:
    """How far a dose is moved: `4 h`, `30 minutes`, `-2 hours` [min]."""
    return int(_read("--by", fields.minutes, _written_out(text)))


def delayed(text: str) -> int:
    """How far a block turn is delayed: `3 days` [days]."""
    return int(_read("--by", fields.days, _written_out(text)))


def _written_out(text: str) -> str:
    """A length with its unit in full: `4 h` is `4 hours`."""
    number, gap, unit = text.partition(" ")
    return f"{number}{gap}{_IN_SHORT.get(unit, unit)}"


def weight(text: str) -> Decimal:
    """Body weight [kg].

    Raises:
        OptionError: it is no weight.
        ImplausibleInput: no body weighs that.
    """
    found = measure("WEIGHT", text, "kg", ("lb",), "'66.5 kg' or '147 lb'")
    assert found is not None, "a text was given"
    Patient(weight=found)
    return found


def amount(text: str | None) -> Quantity | None:
    """The amount of a whole dose, as it was given: `5 million IU`."""
    if text is None:
        return None
    found: Quantity = _read("--amount", fields.amount, text)
    return found


def decision(text: str) -> bool:
    """`yes` or `no`."""
    return bool(_read("DECISION", fields.yes_or_no, text))


def reason(text: str | None) -> str | None:
    """A reason in one line of plain text."""
    if text is None:
        return None
    if not printable(text):
        raise OptionError("--reason", "holds a line end or an invisible character; write one line")
    return str(_read("--reason", values.text, " ".join(text.split())))


def given_at(text: str | None) -> datetime | None:
    """When a dose was given, to the minute."""
    if text is None:
        return None
    found: datetime = _read("--at", fields.moment, text)
    return found


def on(text: str) -> date:
    """A date that must be given."""
    found = day("--on", text)
    assert found is not None, "a text was given"
    return found


def entry(text: str) -> int:
    """The number of an entry."""
    return int(_read("NUMBER", fields.whole, text))


def entered(text: str | None, zone: str | None) -> datetime:
    """When something is entered, by the clock of the course; now where nobody says.

    A date alone is its last minute: what was done on a day is entered at its end.

    Args:
        zone: IANA name of the time zone of the course, where it has one.
    """
    found = moment("--as-of", text)
    if text is not None and found is not None:
        return found if " " in text else datetime.combine(found, time(23, 59))
    return _now(zone)


def made_by_now(entered: datetime, zone: str | None) -> datetime:
    """A moment of entry that has come, to the day.

    Raises:
        OptionError: it lies on a later day: what is to come cannot have been noted.
    """
    today = _now(zone).date()
    if entered.date() > today:
        problem = f"{entered.date()} is after today, {today}; enter what has happened"
        raise OptionError("--as-of", problem)
    return entered


def _now(zone: str | None) -> datetime:
    """The present moment by the clock of a zone, or of this machine."""
    now = datetime.now(UTC)
    if zone is None:
        here = now.astimezone()
    else:
        from il2calc import zones

        here = now.astimezone(zones.zone(zone))
    return here.replace(second=0, microsecond=0, tzinfo=None)


def _read(option: str, field: Callable[[Any], Any], text: str) -> Any:
    try:
        return field(text)
    except ValueError as error:
        raise OptionError(option, str(error)) from None
