"""What a regimen means, worked out a second time: when each dose is due, and how much it is.

Written from docs/reference/language.md alone, on whole minutes and exact fractions. It imports
nothing of the program, and it judges no fault: it answers for regimens that have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

DAY = 1440
MINUTES = {"minutes": 1, "hour": 60, "hours": 60, "day": DAY, "days": DAY, "weeks": 7 * DAY}
MASS = {"mcg": Fraction(1, 1000), "mg": Fraction(1), "g": Fraction(1000)}


class Row(NamedTuple):
    """One dose: minutes are counted from midnight of day 1, amounts in mg."""

    drug: str
    minute: int
    latest: int | None
    regimen_day: int
    at_most: bool
    only_if: tuple[str, ...]
    amount: Fraction


class Person(NamedTuple):
    """What amounts depend on: kg, m2, mL/min, and shares in per cent by drug."""

    weight: Fraction
    bsa: Fraction
    gfr: Fraction
    percents: Mapping[str, Fraction]


class Around(NamedTuple):
    """What the blocks around a dose say: the turn it is in, its marks, the length of a turn."""

    turn: int = 1
    at_most: bool = False
    only_if: tuple[str, ...] = ()
    every: int | None = None


class Due(NamedTuple):
    """One dose in time, and which dose of the file it is."""

    dose: dict[str, Any]
    minute: int
    last: int
    planned_day: int
    at_most: bool
    only_if: tuple[str, ...]


def span(text: str, longest: bool) -> int:
    """`8 hours`, or `5 to 6 days` at one of its ends [min]."""
    *numbers, unit = text.replace(" to ", " ").split()
    return int(numbers[-1 if longest else 0]) * MINUTES[unit]


def numbers(form: object, end: int) -> list[int]:
    """The numbers of `1`, `[1, 8]`, `2 to 7`, `-2 to 2` (without 0) or `6 onward`."""
    if isinstance(form, list):
        return [number for part in form for number in numbers(part, end)]
    text = str(form)
    if text.endswith(" onward"):
        return list(range(int(text.removesuffix(" onward")), end + 1))
    first, _, last = text.partition(" to ")
    return [number for number in range(int(first), int(last or first) + 1) if number]


def index(day: int) -> int:
    """Days after day 1; there is no day 0, so day -1 is the day before day 1."""
    return day - 1 if day > 0 else day


def moments(at: object, start: int, longest: bool) -> list[int]:
    """The times of `at`, each as so many minutes after the start time of its day."""
    if at is None:
        return [0]
    if isinstance(at, list):
        return [moment for part in at for moment in moments(part, start, longest)]
    text = str(at)
    if text.endswith(" times a day"):
        many = int(text.partition(" ")[0])
        return [number * 12 * 60 // (many - 1) for number in range(many)]
    if ":" in text:
        hour, minute = text.split(":")
        return [int(hour) * 60 + int(minute) - start]
    sign = -1 if text.startswith("-") else 1
    return [sign * span(text.lstrip("+-").replace("to +", "to "), longest)]


class Meaning:
    """The doses of plain data in time, with every range at its shortest or at its longest."""

    def __init__(self, start: int, *, longest: bool) -> None:
        self.start, self.longest = start, longest
        self.due: list[Due] = []

    def within(self, body: dict[str, Any], origin: int, around: Around) -> int:
        """One turn's doses and blocks from a day on; how many days it takes."""
        length = 0
        for dose in body.get("doses", []):
            if around.turn in numbers(dose.get("turn", "1 onward"), around.turn):
                length = max(length, self.dose(dose, origin, around))
        cursor = 0
        for block in body.get("blocks", []):
            first = index(block["day"]) if "day" in block else cursor
            end = first + self.block(block, origin + first, around)
            length = max(length, end)
            if "day" not in block:
                cursor = end + span(block.get("rest", "0 days"), self.longest) // DAY
        return length

    def block(self, block: dict[str, Any], origin: int, around: Around) -> int:
        """All turns of a block from a day on; how many days they take."""
        repeat = block.get("repeat", {})
        always = around.only_if + ((block["only_if"],) if "only_if" in block else ())
        at_most = around.at_most or "up_to" in repeat
        every = span(repeat["every"], self.longest) // DAY if "every" in repeat else None
        rest = span(repeat.get("rest", "0 days"), self.longest) // DAY
        cursor = 0
        for turn in range(1, repeat.get("times", repeat.get("up_to", 1)) + 1):
            cursor += rest if turn > 1 else 0
            later = (repeat["only_if"],) if turn > 1 and "only_if" in repeat else ()
            held = self.within(block, origin + cursor, Around(turn, at_most, always + later, every))
            cursor += held if every is None else every
        return cursor

    def dose(self, dose: dict[str, Any], origin: int, around: Around) -> int:
        """All that one turn has of a dose; the last of its planned days."""
        repeat = dose.get("repeat", {})
        count = repeat.get("times", repeat.get("up_to", 1))
        interval = span(repeat["every"], self.longest) if repeat else 0
        over = span(dose["over"], longest=True) if "over" in dose else 0
        always = around.only_if + ((dose["only_if"],) if "only_if" in dose else ())
        at_most = around.at_most or "up_to" in repeat or "up_to" in dose
        at_most = at_most or "onward" in str(dose["day"])
        times = moments(dose.get("at"), self.start, self.longest)
        days = [index(day) for day in numbers(dose["day"], around.every or 0)]
        last, due = 0, []
        for day in days:
            for offset in times:
                planned = offset - min(times) if ":" in str(dose.get("at")) else offset
                reach = planned + (count - 1) * interval
                took = (
                    ceil(Fraction(reach + over, DAY)) if over else floor(Fraction(reach, DAY)) + 1
                )
                last = max(last, day + max(took, 1))
                for number in range(count):
                    later = (repeat["only_if"],) if number and "only_if" in repeat else ()
                    minute = (origin + day) * DAY + self.start + offset + number * interval
                    due.append(Due(dose, minute, minute, origin + day, at_most, always + later))
        if "up_to" in dose:
            begin = (origin + min(0, *days)) * DAY + self.start
            clock = ":" in str(dose.get("at"))
            due = [one for one in due if not clock or one.minute >= begin][: dose["up_to"]]
        self.due += due
        return last


def measured(text: str) -> tuple[Fraction, list[str]]:
    """`60 mg/m2/day` as 60 mg and what it is per; a mass counts in mg."""
    number, unit = text.split(" ")
    name, *per = unit.split("/")
    return Fraction(number.replace("_", "")) * MASS.get(name, Fraction(1)), per


def in_band(band: str, person: Person) -> bool:
    """Whether a person is in a band; a bound that two bands hold belongs to the upper one."""
    words = band.split()
    value = {"kg": person.weight, "m2": person.bsa, "mL/min": person.gfr}[
        words[words.index("or") - 1] if "or" in words else words[-1]
    ]
    if words[0] in ("below", "above"):
        bound = Fraction(words[1])
        return value < bound if words[0] == "below" else value > bound
    if "or" in words:
        return value >= Fraction(words[0])
    return Fraction(words[0]) <= value <= Fraction(words[2])


def how_much(dose: dict[str, Any], person: Person) -> Fraction:
    """Basis, percentage, division over the day, cap, rounding, in this order [mg]."""
    amount = dose["amount"]
    if isinstance(amount, dict):
        amount = [amount[band] for band in amount if in_band(band, person)][-1]
    weight, bsa = person.weight, person.bsa
    if "weight_cap" in dose:
        weight = min(weight, measured(dose["weight_cap"])[0] / 1)
    if "bsa_cap" in dose:
        bsa = min(bsa, measured(dose["bsa_cap"])[0])
    value, per = measured(amount)
    if amount.endswith(" AUC"):
        value *= person.gfr + 25
    value *= weight if "kg" in per else bsa if "m2" in per else 1
    value *= person.percents.get(dose["drug"], Fraction(100)) / 100
    cap, cap_per = measured(dose["cap"]) if "cap" in dose else (None, [])
    if cap is not None and "day" in cap_per:
        value = min(value, cap)
    if "day" in per:
        value /= a_day(dose)
    if cap is not None and "day" in cap_per:
        cap /= a_day(dose)
    value = value if cap is None else min(value, cap)
    if "round" in dose:
        step = measured(dose["round"])[0]
        rounded = floor(value / step + Fraction(1, 2)) * step
        if rounded and (cap is None or rounded <= cap):
            value = rounded
    return value


def a_day(dose: dict[str, Any]) -> int:
    """How many doses share an amount for a day."""
    if "repeat" in dose:
        return DAY // span(dose["repeat"]["every"], longest=False)
    return len(moments(dose.get("at"), 0, longest=False))


def rows(body: dict[str, Any], person: Person, start: int) -> Iterator[Row]:
    """Every dose of plain data, in the order of the file."""
    early, late = (Meaning(start, longest=longest) for longest in (False, True))
    for meaning in (early, late):
        meaning.within(body, 0, Around())
    for first, last in zip(early.due, late.due, strict=True):
        spread = "times a day" in str(first.dose.get("at"))
        day = first.planned_day if spread else first.minute // DAY
        yield Row(
            first.dose["drug"],
            first.minute,
            last.minute if last.minute != first.minute else None,
            day + 1 if day >= 0 else day,
            first.at_most,
            first.only_if,
            how_much(first.dose, person),
        )
