"""Read the values of a regimen file: amounts, lengths of time, days, times, bands of patients.

Each function reads one kind of value, or raises `ValueError` with a message that ends in what to
write instead. Values that other files and the command line share are read in `text.values`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any, Literal

from il2calc.errors import NotAQuantity
from il2calc.language import spelling
from il2calc.language.spelling import ARMS_AND_BANDS, COUNT_IN_WORDS, length_help, one_dose
from il2calc.model.measure import IN_WORDS, MEASURES, Amount, DosingWeight, Measure, Within
from il2calc.model.patient import BSA_RANGE, WEIGHT_RANGE, within
from il2calc.model.regimen import NOT_STATED, OPEN, ROUTES, WEEKDAYS, At, Days
from il2calc.plan.calendar import DAY, lasting
from il2calc.text import values
from il2calc.text.values import CLOCK, MOST, clock, text
from il2calc.units import ACTIVITY_SCALES, NUMBER, Quantity, Span, plain_number, quantity, span


def whole_number(value: Any) -> int:
    """A whole number of at least 1, digits in groups of three allowed."""
    try:
        return values.whole(value, grouped=True)
    except ValueError:
        match = re.fullmatch(COUNT_IN_WORDS, text(value))
        if match is None or match[2] == value:
            raise
        raise ValueError(f"{value!r} is more than a number; write {match[2]}") from None


def _refuse_by_arm(value: Any) -> None:
    """Refuse a mapping: a value that differs by arm needs a dose, or a block, for each arm."""
    if isinstance(value, dict):
        raise ValueError("is not a mapping; write a dose, or a block, for each arm, with its 'arm'")


def count(value: Any) -> int:
    """A number of turns or doses; a range, or a maximum, is refused with a hint at `up_to`."""
    _refuse_by_arm(value)
    if match := re.fullmatch(_COUNT_RANGE, text(value)):
        hint = f"if the larger number is a maximum, write 'up_to: {match[1]}'"
        raise ValueError(f"{value!r} is a range; {hint}")
    if (match := re.fullmatch(COUNT_IN_WORDS, value)) and match[1]:
        raise ValueError(f"{value!r} is a maximum; write 'up_to: {match[2]}'")
    return whole_number(value)


def amount(value: Any) -> Quantity:
    """A drug amount: `72_000 IU/kg`, `12 million IU/m2`, `45 mg/m2/day`, `5 AUC`.

    An amount in an older scale of activity (`100_000 Cetus units/kg`) keeps that unit.
    """
    word = text(value)
    for scale in ACTIVITY_SCALES:
        if f" {scale}" in word:
            try:
                return quantity(word.replace(f" {scale}", " units", 1))._replace(unit=scale)
            except NotAQuantity as error:
                raise ValueError(str(error).replace(" units", f" {scale}")) from None
    try:
        return quantity(word)
    except NotAQuantity:
        if (single := one_dose(word)) is None:
            raise
        quantity(single)
        how_often = "how often it is given goes in 'day', 'at' or 'repeat'"
        problem = f"{word!r} is not an amount; write '{single}', the amount of one dose"
        raise ValueError(f"{problem}; {how_often}") from None


def dose_amount(value: Any) -> Amount:
    """The amount of a dose, or `not stated`."""
    if isinstance(value, dict):
        raise ValueError(ARMS_AND_BANDS)
    if re.fullmatch(r"0(?:\.0+)? [A-Za-z/0-9]+", text(value)):
        left_out = "leave out a dose that is not given, or use 'arm' if only some arms give it"
        raise ValueError(f"{value!r} is nothing; {left_out}")
    return NOT_STATED if value == NOT_STATED else amount(value)


def total(value: Any) -> tuple[Quantity, Quantity]:
    """A total that a source prints: `52.5 million IU`, `90 MIU/m2`, or a range `40 to 60 mg`."""
    word = text(value)
    match = re.fullmatch(rf"({NUMBER}) to ({NUMBER})( .+)", word)
    low, high = (f"{match[1]}{match[3]}", f"{match[2]}{match[3]}") if match else (word, word)
    least, most = quantity(low), quantity(high)
    if least.per_day or least.per_hour or least.unit == "AUC":
        raise ValueError(f"{word!r} is not a total; write it like '52.5 million IU' or '90 mg/m2'")
    if match and least.value >= most.value:
        raise ValueError(f"{word!r} is not in rising order; write the smaller total first")
    return least, most


def dose_route(value: Any) -> str:
    """The route of a dose, or `not stated`."""
    return NOT_STATED if value == NOT_STATED else route(value)


CAPS = {"bsa_cap": ("m2", "body surface area"), "weight_cap": ("kg", "body weight")}
"""Key of a cap -> the basis of the amounts that it is for, and the name of the body measure."""


def _cap(value: Any, key: str, limits: tuple[Decimal, Decimal], like: str) -> Decimal:
    """The cap on a measure of the body, in its unit.

    Raises:
        ImplausibleInput: the cap is outside the range of that measure.
    """
    unit, name = CAPS[key]
    cap = values.measure(value, unit, like=f"it like '{like} {unit}'")
    within(f"a cap on {name} of", cap, limits, unit)
    return cap


surface_cap = partial(_cap, key="bsa_cap", limits=BSA_RANGE, like="2")
weight_cap = partial(_cap, key="weight_cap", limits=WEIGHT_RANGE, like="100")


def weight(value: Any) -> DosingWeight:
    """The weight that an amount per kg is calculated with: `ideal`, `adjusted 40 %`, `actual`."""
    word = text(value)
    if word in ("ideal", "actual"):
        return DosingWeight(Decimal(0 if word == "ideal" else 100), word)
    match = re.fullmatch(rf"adjusted ({NUMBER}) %", word)
    if match is None or not 1 <= (share := Decimal(match[1].replace("_", ""))) < Decimal(100):
        raise ValueError(f"{word!r} is not a weight; write 'ideal', 'adjusted 40 %' or 'actual'")
    return DosingWeight(share, word)


def _length(value: Any) -> Span:
    word = text(value)
    try:
        return span(word)
    except NotAQuantity:
        if (hint := length_help(word)) is None:
            raise
        raise ValueError(f"{word!r} is not a duration; {hint}") from None


def duration(value: Any) -> Span:
    """A length of time, or a range of them, longer than nothing."""
    result = _length(value)
    if result.shortest == 0:
        raise ValueError(f"{value!r} is zero; write a longer time or leave the key out")
    return result


def _with_minimum(value: Any, read: Callable[[Any], Span]) -> Span:
    """A length read by `read`; or `at least` such a length, of which only the minimum is known."""
    word = text(value)
    if not word.startswith("at least "):
        return read(word)
    length = read(word.removeprefix("at least "))
    if length.shortest != length.longest:
        shorter, *_, unit = length.text.split()
        raise ValueError(f"{word!r} is a range too; write 'at least {shorter} {unit}'")
    return length._replace(text=word, at_least=True)


interval = partial(_with_minimum, read=duration)
"""From the start of one dose to that of the next; for a dose as needed a minimum."""


def whole_days(value: Any) -> Span:
    """A length in whole days or weeks; `0 days` is allowed."""
    result = _length(value)
    in_days = re.search(r"(day|week)s?$", result.text)
    if not in_days or result.shortest % DAY or result.longest % DAY:
        hint = f"a block is measured in days{_days_hint(result)}"
        raise ValueError(f"{value!r} is not in whole days; {hint}")
    return result


def rest(value: Any) -> Span:
    """A length in whole days or weeks, perhaps with `at least`; or `open`."""
    word = text(value)
    if word == OPEN:
        return Span(0, 0, OPEN, at_least=True)
    return _with_minimum(word, whole_days)


def _days_hint(length: Span) -> str:
    """The hint at a length in days: the same length if it is whole days, else an example."""
    low, high = length.shortest // DAY, length.longest // DAY
    if length.shortest % DAY or length.longest % DAY or low == 0:
        return ", such as '21 days'"
    days = f"{low} to {high} days" if low < high else f"{low} days" if low > 1 else "1 day"
    return f": '{days}'"


def block_length(value: Any) -> Span:
    """A length in whole days or weeks, longer than nothing."""
    duration(value)
    return whole_days(value)


def count_or_span(value: Any) -> int | Span:
    """The value of `up_to`: a number of turns, or the time within which turns start."""
    word = text(value)
    if " " not in word or re.fullmatch(COUNT_IN_WORDS, word):
        return whole_number(word)
    length = duration(word)
    if length.shortest != length.longest:
        raise ValueError(f"{word!r} is a range; write one time, or a number of turns")
    return length


def route(value: Any) -> str:
    """One of the routes of the language."""
    word = text(value)
    if word not in ROUTES:
        raise ValueError(f"{word!r} is not a known route; {spelling.route_help(word)}")
    return word


def weekdays(value: Any) -> tuple[str, ...]:
    """One weekday, or a list of them in any order, each once."""
    names = values.one_or_more(value, _weekday)
    if not names or len(set(names)) != len(names):
        raise ValueError("names no weekday, or one twice; write each once, like Monday")
    return names


def _weekday(value: Any) -> str:
    word = text(value)
    matching = [day for day in WEEKDAYS if day.casefold().startswith(word.casefold())]
    if word not in WEEKDAYS and len(matching) == 1:
        raise ValueError(f"{word!r} is not a full weekday name; write {matching[0]}")
    return values.one_of(word, WEEKDAYS)


def stop_after(value: Any) -> dict[str, Any]:
    """The limit of a stop rule: `3 held doses`, `delay of 4 weeks`, `550 mg/m2`."""
    word = text(value)
    if match := re.fullmatch(r"([1-9][0-9]{0,4}) held doses?", word):
        return {"after": word, "held": int(match[1])}
    if word.startswith("delay of "):
        delay = whole_days(word.removeprefix("delay of "))
        if delay.shortest != delay.longest or not delay.shortest:
            raise ValueError(f"{word!r} is not one length; write it like 'delay of 4 weeks'")
        return {"after": word, "delay": delay.shortest // DAY}
    if not word[0].isdigit() or "held" in word:
        like = "'3 held doses', 'delay of 4 weeks' or an amount, '550 mg/m2'"
        raise ValueError(f"{word!r} is not a stop rule; write it like {like}")
    total_amount = quantity(word)
    if total_amount.per_day or total_amount.unit == "AUC":
        raise ValueError(f"{word!r} is not a total amount; write it like '550 mg/m2'")
    return {"after": word, "amount": total_amount}


def band(value: Any) -> Within:
    """A range of a measure of the patient: `below 50 kg`, `2 to 5 years`, `above 55 to 85 kg`."""
    word = text(value)
    match = spelling.band_parts(word)
    if match is None:
        raise ValueError(f"{word!r} is not a range of a measure; {spelling.band_help(word)}")
    relation, first, below_second, second, unit, or_more = match.groups()
    low, high = plain_number(first), plain_number(second or first)
    unit = f"{unit}s" if unit in ("year", "month") else unit
    return Within(
        unit=unit,
        low=low if or_more or second or relation == "above" else None,
        high=None if or_more or (relation == "above" and not second) else high,
        low_in=relation != "above",
        high_in=relation != "below" and not below_second,
        text=word,
    )


def range_of(value: Any, measure: Measure) -> Within:
    """The range of one measure, of the patients that an arm is for."""
    limits = band(value)
    if limits.measure != measure:
        units = " or ".join(unit for unit, other in MEASURES.items() if other == measure)
        problem = f"has the wrong unit for {IN_WORDS[measure]}; write it in {units}"
        raise ValueError(f"{value!r} {problem}")
    return limits


is_band = partial(values.accepts, band)


def citations(value: Any) -> tuple[str, ...]:
    """Citations of sources: `key, locator`, several separated by `; `."""
    parts = tuple(part.strip() for part in text(value).split(";"))
    if any(not part for part in parts):
        raise ValueError(f"{value!r} has an empty part; write 'key, locator; key, locator'")
    return parts


_DAY_OR_RANGE = re.compile(rf"{spelling.DAY_NUMBER}(?: to {spelling.DAY_NUMBER})?")
_COUNT_RANGE = r"[1-9][0-9]* ?(?:to|-|\u2013) ?([1-9][0-9]*)"
_ONWARD = re.compile(rf"{spelling.DAY_NUMBER} onward")
_TIMES_A_DAY = re.compile(r"([1-9][0-9]?) times a day")
_UP_TO_A_DAY = re.compile(r"up to (?:([1-9][0-9]?) times|(once)) a day")

_WAKING_MINUTES = 12 * 60
_MOST_IN_WAKING_HOURS = 6
_OFFSET = rf"([+-]{NUMBER})(?: to ([+-]{NUMBER}))? ([a-z]+)"


def days(value: Any) -> Days:
    """Days or turns: `1`, `[1, 8]`, `1 to 5`, `[2 to 7, 9 to 21]`, `-21 to 14`, `6 onward`."""
    _refuse_by_arm(value)
    items = value if isinstance(value, list) else [value]
    ranges: list[tuple[int, int]] = []
    onward: int | None = None
    for item in items:
        word = text(item)
        if onward is not None:
            raise ValueError(f"{word!r} follows 'onward'; put the 'onward' item last")
        if match := _ONWARD.fullmatch(word):
            first, onward = int(match[1]), int(match[1])
        elif match := _DAY_OR_RANGE.fullmatch(word):
            first, last = int(match[1]), int(match[2] or match[1])
            if last < first or (match[2] and last == first):
                raise ValueError(f"{word!r} is not in rising order; write it like '1 to 5'")
            ranges.append((first, last))
        else:
            raise ValueError(f"{word!r} is not a day; {spelling.day_help(word)}")
        previous = ranges[-2:-1] if onward is None else ranges[-1:]
        if previous and first <= previous[0][1]:
            problem = "does not follow the day before it; list days in order, once"
            raise ValueError(f"{word!r} {problem}")
    if not items:
        raise ValueError("lists no days; write at least one")
    if any(abs(number) > MOST for pair in ranges for number in pair) or abs(onward or 0) > MOST:
        raise ValueError(f"contains a day beyond {MOST:,}; check the number")
    return Days(tuple(ranges), onward, values.as_written(value))


def turns(value: Any) -> Days:
    """Turns of a block, in the forms of `day`, counted from 1."""
    listed = days(value)
    if listed.first < 1:
        raise ValueError("contains a turn below 1; turns are counted from 1")
    return listed


def one_day(value: Any) -> int:
    """One day number."""
    word = text(value)
    if not re.fullmatch(spelling.DAY_NUMBER, word) or abs(int(word)) > MOST:
        raise ValueError(f"{word!r} is not one day; write it like 22")
    return int(word)


def at(value: Any) -> At:
    """Times in a day: `08:00`, `[08:00, 20:00]`, `2 times a day`, `+36 hours`, `-30 minutes`."""
    if isinstance(value, list):
        if not value:
            raise ValueError("lists no times; write at least one")
        kinds, earliest, latest = zip(*map(_clock_or_offset, value), strict=True)
        if len(set(kinds)) > 1:
            raise ValueError("mixes clock times and offsets; write one kind")
        if any(list(times) != sorted(set(times)) for times in (earliest, latest)):
            hint = _past_midnight_hint(value[0], earliest) if kinds[0] == "clock" else ""
            advice = f"list each time once, the earlier first{hint}"
            raise ValueError(f"is not in rising order; {advice}")
        return At(kinds[0], earliest, values.as_written(value), latest)
    _refuse_by_arm(value)
    word = text(value)
    if match := _TIMES_A_DAY.fullmatch(word):
        return At("times a day", _waking_times(int(match[1]), word), word)
    if match := _UP_TO_A_DAY.fullmatch(word):
        return At("as needed", (0,), word, most=int(match[1] or 1))
    kind, minute, late = _clock_or_offset(word)
    return At(kind, (minute,), word, (late,))


def _past_midnight_hint(first: str, minutes: tuple[int, ...]) -> str:
    """The hint at a repeat for evenly spaced clock times past midnight; empty for other times."""
    steps = {(later - earlier) % DAY for earlier, later in pairwise(minutes)}
    step = steps.pop()
    if steps or not 0 < step * (len(minutes) - 1) < DAY:
        return ""
    repeat = f"'repeat: {{times: {len(minutes)}, every: {lasting(step)}}}'"
    return f"; if they continue past midnight, write 'at: {first}' and {repeat}"


def _waking_times(count: int, word: str) -> tuple[int, ...]:
    """Evenly spaced times, the last 12 hours after the first, from the first [min]."""
    if count > _MOST_IN_WAKING_HOURS:
        hint = "list the clock times: [08:00, ...]"
        if DAY % count == 0:
            every = f"every: {lasting(DAY // count)}"
            hint = f"leave it out and write 'repeat: {{times: {count}, {every}}}', or {hint}"
        raise ValueError(f"{word!r} does not fit into waking hours; {hint}")
    return tuple(_WAKING_MINUTES // max(count - 1, 1) * index for index in range(count))


def _clock_or_offset(value: Any) -> tuple[Literal["clock", "offset"], int, int]:
    """The kind of a time, and its earliest and latest minute."""
    word = text(value)
    if match := re.fullmatch(_OFFSET, word):
        first, last, unit = match.groups()
        ends = [_signed_minutes(end, unit, word) for end in (first, last or first)]
        if last is not None and ends[0] >= ends[1]:
            raise ValueError(f"{word!r} is not in rising order; write the earlier one first")
        return "offset", ends[0], ends[1]
    if not CLOCK.fullmatch(word):
        hint, alone_hint = spelling.time_help(word), "write it alone, not in a list"
        raise ValueError(f"{word!r} is not a time; {alone_hint if repr(word) in hint else hint}")
    return "clock", clock(word), clock(word)


def _signed_minutes(end: str, unit: str, word: str) -> int:
    """A signed length of time, after or before the start time of a day [min].

    Raises:
        ValueError: it is no length; the hint keeps the sign, and both ends of a range, of `word`.
    """
    try:
        length = span(f"{end[1:]} {unit}").shortest
    except NotAQuantity as error:
        problem = re.sub(f"'{re.escape(end[1:])} ", f"'{word.removesuffix(unit)}", str(error))
        problem = re.sub(r"(write '.+ to .+[^s])'", r"\1s'", problem)  # even '1 to 2' is plural
        raise ValueError(re.sub("'(?=[0-9])", f"'{end[0]}", problem)) from None
    return length if end[0] == "+" else -length
