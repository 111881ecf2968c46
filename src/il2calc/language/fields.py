"""What the text of one key of a regimen file means: amounts, lengths, days, for whom.

Every function reads one kind of value, or raises `ValueError` with a text that ends in what would
be right. What all kinds of file and the command line write alike is read in `text.values`.
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
from il2calc.language.spelling import ARMS_AND_BANDS, length_help, one_dose
from il2calc.model.measure import IN_WORDS, MEASURES, Amount, DosingWeight, Measure, Within
from il2calc.model.patient import BSA_RANGE, WEIGHT_RANGE, within
from il2calc.model.regimen import NOT_STATED, OPEN, ROUTES, WEEKDAYS, At, Days
from il2calc.plan.calendar import DAY, lasting
from il2calc.text import values
from il2calc.text.values import CLOCK, MOST, clock, text
from il2calc.units import ACTIVITY_SCALES, NUMBER, Quantity, Span, plain_number, quantity, span

_COUNTED = (
    r"(?i)((?:at most|up to|max(?:imum)?) )?([1-9][0-9]*)(?: ?x| (?:times|turns?|doses?|cycles?|"
    r"courses?|blocks?|injections?|infusions?))?"
)


def whole(value: Any) -> int:
    """A whole number of at least 1, digits in groups of three allowed."""
    try:
        return values.whole(value, grouped=True)
    except ValueError:
        match = re.fullmatch(_COUNTED, text(value))
        if match is None or match[2] == value:
            raise
        raise ValueError(f"{value!r} is more than a number; write {match[2]}") from None


def _by_arm(value: Any) -> None:
    """A value that differs by arm belongs to a dose, or a block, of its own."""
    if isinstance(value, dict):
        raise ValueError("is not a mapping; write a dose, or a block, for each arm, with its 'arm'")


def count(value: Any) -> int:
    """A number of turns or doses; a range of them is a maximum."""
    _by_arm(value)
    if match := re.fullmatch(_COUNTS, text(value)):
        raise ValueError(
            f"{value!r} is a range; if the larger number is a maximum, write 'up_to: {match[1]}'"
        )
    if (match := re.fullmatch(_COUNTED, value)) and match[1]:
        raise ValueError(f"{value!r} is a maximum; write 'up_to: {match[2]}'")
    return whole(value)


def amount(value: Any) -> Quantity:
    """A drug amount: `72_000 IU/kg`, `12 million IU/m2`, `45 mg/m2/day`, `5 AUC`.

    One in an older scale of activity (`100_000 Cetus units/kg`) keeps that as its unit.
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
        if (one := one_dose(word)) is None:
            raise
        quantity(one)
        raise ValueError(
            f"{word!r} is not an amount; write '{one}', the amount of one dose; how often it is "
            "given goes in 'day', 'at' or 'repeat'"
        ) from None


def prescribed(value: Any) -> Amount:
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


def prescribed_route(value: Any) -> str:
    """The route of a dose, or `not stated`."""
    return NOT_STATED if value == NOT_STATED else route(value)


def _cap(value: Any, of: str, limits: tuple[Decimal, Decimal], unit: str, like: str) -> Decimal:
    """The most that a measure of the body counts for, in its unit.

    Raises:
        ImplausibleInput: no body has so much.
    """
    found = values.measure(value, unit, like=f"it like '{like} {unit}'")
    within(f"a cap on {of} of", found, limits, unit)
    return found


surface_cap = partial(_cap, of="body surface area", limits=BSA_RANGE, unit="m2", like="2")
weight_cap = partial(_cap, of="body weight", limits=WEIGHT_RANGE, unit="kg", like="100")


def weight(value: Any) -> DosingWeight:
    """Which weight an amount per kg is calculated with: `ideal`, `adjusted 40 %`, `actual`."""
    word = text(value)
    if word in ("ideal", "actual"):
        return DosingWeight(Decimal(0 if word == "ideal" else 100), word)
    match = re.fullmatch(rf"adjusted ({NUMBER}) %", word)
    if match is None or not 0 < (share := Decimal(match[1].replace("_", ""))) < Decimal(100):
        raise ValueError(f"{word!r} is not a weight; write 'ideal', 'adjusted 40 %' or 'actual'")
    return DosingWeight(share, word)


def _length(value: Any) -> Span:
    """A length of time, or a range of them, in the words of the language."""
    word = text(value)
    try:
        return span(word)
    except NotAQuantity:
        if (meant := length_help(word)) is None:
            raise
        raise ValueError(f"{word!r} is not a duration; {meant}") from None


def duration(value: Any) -> Span:
    """A length of time, or a range of them, longer than nothing."""
    result = _length(value)
    if result.shortest == 0:
        raise ValueError(f"{value!r} is zero; write a longer time or leave the key out")
    return result


def _perhaps_at_least(value: Any, read: Callable[[Any], Span]) -> Span:
    """A length, of which perhaps only the shortest is known."""
    word = text(value)
    match = _AT_LEAST.fullmatch(word)
    if match is None:
        return read(word)
    found = read(match[1])
    if found.shortest != found.longest:
        shorter, *_, unit = found.text.split()
        raise ValueError(f"{word!r} is a range too; write 'at least {shorter} {unit}'")
    return found._replace(text=word, at_least=True)


interval = partial(_perhaps_at_least, read=duration)
"""From the start of one dose to that of the next; of a dose as needed only the shortest."""


def whole_days(value: Any) -> Span:
    """A length in whole days or weeks, nothing allowed (`0 days`)."""
    result = _length(value)
    if (
        not re.search(r"(day|week)s?$", result.text)
        or result.shortest % DAY
        or result.longest % DAY
    ):
        raise ValueError(
            f"{value!r} is not in whole days; a block is measured in days{_in_days(result)}"
        )
    return result


def rest(value: Any) -> Span:
    """A length in whole days or weeks, of which perhaps only the shortest is known, or `open`."""
    word = text(value)
    if word == OPEN:
        return Span(0, 0, OPEN, at_least=True)
    return _perhaps_at_least(word, whole_days)


def _in_days(length: Span) -> str:
    """How a length would be written in days, where it is whole days at all."""
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
    """What `up_to` says: a number of turns, or the time within which turns start."""
    word = text(value)
    if " " not in word or re.fullmatch(_COUNTED, word):
        return whole(word)
    within = duration(word)
    if within.shortest != within.longest:
        raise ValueError(f"{word!r} is a range; write one time, or a number of turns")
    return within


def route(value: Any) -> str:
    """One of the routes of the language."""
    word = text(value)
    if word not in ROUTES:
        raise ValueError(f"{word!r} is not a known route; {spelling.route_help(word)}")
    return word


def weekdays(value: Any) -> tuple[str, ...]:
    """One weekday, or a list of them in any order, each once."""
    found = values.one_or_more(value, _weekday)
    if not found or len(set(found)) != len(found):
        raise ValueError("names no weekday, or one twice; write each once, like Monday")
    return found


def _weekday(value: Any) -> str:
    word = text(value)
    begun = [day for day in WEEKDAYS if day.casefold().startswith(word.casefold())]
    if word not in WEEKDAYS and len(begun) == 1:
        raise ValueError(f"{word!r} is not a full weekday name; write {begun[0]}")
    return values.one_of(word, WEEKDAYS)


def limit(value: Any) -> dict[str, Any]:
    """After what a source says to stop: `3 held doses`, `delay of 4 weeks`, `550 mg/m2`."""
    word = text(value)
    if match := re.fullmatch(r"([1-9][0-9]{0,4}) held doses?", word):
        return {"after": word, "held": int(match[1])}
    if word.startswith("delay of "):
        found = whole_days(word.removeprefix("delay of "))
        if found.shortest != found.longest or not found.shortest:
            raise ValueError(f"{word!r} is not one length; write it like 'delay of 4 weeks'")
        return {"after": word, "delay": found.shortest // DAY}
    if not word[0].isdigit() or "held" in word:
        like = "'3 held doses', 'delay of 4 weeks' or an amount, '550 mg/m2'"
        raise ValueError(f"{word!r} is not a stop rule; write it like {like}")
    amount = quantity(word)
    if amount.per_day or amount.unit == "AUC":
        raise ValueError(f"{word!r} is not a total amount; write it like '550 mg/m2'")
    return {"after": word, "amount": amount}


def band(value: Any) -> Within:
    """A range of a measure of the patient: `below 50 kg`, `2 to 5 years`, `above 55 to 85 kg`."""
    word = text(value)
    match = spelling.band_parts(word)
    if match is None:
        raise ValueError(f"{word!r} is not a range of a measure; {spelling.band_help(word)}")
    how, first, short_of, second, unit, more = match.groups()
    low, high = plain_number(first), plain_number(second or first)
    unit = f"{unit}s" if unit in ("year", "month") else unit
    return Within(
        unit=unit,
        low=low if more or second or how == "above" else None,
        high=None if more or (how == "above" and not second) else high,
        low_in=how != "above",
        high_in=how != "below" and not short_of,
        text=word,
    )


def range_of(value: Any, measure: Measure) -> Within:
    """The range of one measure of patients an arm is for."""
    found = band(value)
    if found.measure != measure:
        units = " or ".join(unit for unit, of in MEASURES.items() if of == measure)
        raise ValueError(
            f"{value!r} has the wrong unit for {IN_WORDS[measure]}; write it in {units}"
        )
    return found


is_band = partial(values.takes, band)


def citations(value: Any) -> tuple[str, ...]:
    """Where something stands: `key, locator`, several separated by `; `."""
    parts = tuple(part.strip() for part in text(value).split(";"))
    if any(not part for part in parts):
        raise ValueError(f"{value!r} has an empty part; write 'key, locator; key, locator'")
    return parts


_DAY = re.compile(rf"{spelling.DAY_NUMBER}(?: to {spelling.DAY_NUMBER})?")
_COUNTS = r"[1-9][0-9]* ?(?:to|-|\u2013) ?([1-9][0-9]*)"
_ONWARD = re.compile(rf"{spelling.DAY_NUMBER} onward")
_TIMES_A_DAY = re.compile(r"([1-9][0-9]?) times a day")
_UP_TO_A_DAY = re.compile(r"up to (?:([1-9][0-9]?) times|(once)) a day")
_AT_LEAST = re.compile(r"at least (.+)")
_AWAKE = 12 * 60
_MOST_WHILE_AWAKE = 6
_OFFSET = rf"([+-]{NUMBER})(?: to ([+-]{NUMBER}))? ([a-z]+)"


def days(value: Any) -> Days:
    """Days or turns: `1`, `[1, 8]`, `1 to 5`, `[2 to 7, 9 to 21]`, `-21 to 14`, `6 onward`."""
    _by_arm(value)
    items = value if isinstance(value, list) else [value]
    ranges: list[tuple[int, int]] = []
    onward: int | None = None
    for item in items:
        word = text(item)
        if onward is not None:
            raise ValueError(f"{word!r} follows 'onward'; put the 'onward' item last")
        if match := _ONWARD.fullmatch(word):
            first, onward = int(match[1]), int(match[1])
        elif match := _DAY.fullmatch(word):
            first, last = int(match[1]), int(match[2] or match[1])
            if last < first or (match[2] and last == first):
                raise ValueError(f"{word!r} is not in rising order; write it like '1 to 5'")
            ranges.append((first, last))
        else:
            raise ValueError(f"{word!r} is not a day; {spelling.day_help(word)}")
        previous = ranges[-2:-1] if onward is None else ranges[-1:]
        if previous and first <= previous[0][1]:
            raise ValueError(
                f"{word!r} does not follow the day before it; list days in order, once"
            )
    if not items:
        raise ValueError("lists no days; write at least one")
    if any(abs(edge) > MOST for pair in ranges for edge in pair) or abs(onward or 0) > MOST:
        raise ValueError(f"contains a day beyond {MOST:,}; check the number")
    return Days(tuple(ranges), onward, values.shown(value))


def turns(value: Any) -> Days:
    """Turns of a block, in the forms of `day`, counted from 1."""
    result = days(value)
    edges = [first for first, _ in result.ranges]
    if min([*edges, *([] if result.onward is None else [result.onward])]) < 1:
        raise ValueError("contains a turn below 1; turns are counted from 1")
    return result


def one_day(value: Any) -> int:
    """One day number."""
    word = text(value)
    if not re.fullmatch(spelling.DAY_NUMBER, word) or abs(int(word)) > MOST:
        raise ValueError(f"{word!r} is not one day; write it like 22")
    return int(word)


def at(value: Any) -> At:
    """When in its day: `08:00`, `[08:00, 20:00]`, `2 times a day`, `+36 hours`, `-30 minutes`."""
    if isinstance(value, list):
        if not value:
            raise ValueError("lists no times; write at least one")
        kinds, minutes, latest = zip(*map(_moment, value), strict=True)
        if len(set(kinds)) > 1:
            raise ValueError("mixes clock times and offsets; write one kind")
        if any(list(ends) != sorted(set(ends)) for ends in (minutes, latest)):
            way_out = _past_midnight(value[0], minutes) if kinds[0] == "clock" else ""
            raise ValueError(
                f"is not in rising order; list each time once, the earlier first{way_out}"
            )
        return At(kinds[0], minutes, values.shown(value), latest)
    _by_arm(value)
    word = text(value)
    if match := _TIMES_A_DAY.fullmatch(word):
        return At("times a day", _while_awake(int(match[1]), word), word)
    if match := _UP_TO_A_DAY.fullmatch(word):
        return At("as needed", (0,), word, most=int(match[1] or 1))
    kind, minute, late = _moment(word)
    return At(kind, (minute,), word, (late,))


def _past_midnight(first: str, minutes: tuple[int, ...]) -> str:
    """How times of a night are written that go on after midnight, where they are evenly apart."""
    steps = {(later - sooner) % DAY for sooner, later in pairwise(minutes)}
    step = steps.pop()
    if steps or not 0 < step * (len(minutes) - 1) < DAY:
        return ""
    repeat = f"'repeat: {{times: {len(minutes)}, every: {lasting(step)}}}'"
    return f"; if they continue past midnight, write 'at: {first}' and {repeat}"


def _while_awake(count: int, word: str) -> tuple[int, ...]:
    """So many times of a day, the last 12 hours after the first, evenly between [min]."""
    if count > _MOST_WHILE_AWAKE:
        hint = "list the clock times: [08:00, ...]"
        if DAY % count == 0:
            every = f"every: {lasting(DAY // count)}"
            hint = f"leave it out and write 'repeat: {{times: {count}, {every}}}', or {hint}"
        raise ValueError(f"{word!r} does not fit into waking hours; {hint}")
    return tuple(_AWAKE // max(count - 1, 1) * k for k in range(count))


def _moment(value: Any) -> tuple[Literal["clock", "offset"], int, int]:
    """What kind of time a text is, and when that is at the earliest and at the latest."""
    word = text(value)
    if match := re.fullmatch(_OFFSET, word):
        first, last, unit = match.groups()
        ends = [_offset(end, unit, word) for end in (first, last or first)]
        if last is not None and ends[0] >= ends[1]:
            raise ValueError(f"{word!r} is not in rising order; write the earlier one first")
        return "offset", ends[0], ends[1]
    if not CLOCK.fullmatch(word):
        told, alone = spelling.time_help(word), "write it alone, not in a list"
        raise ValueError(f"{word!r} is not a time; {alone if repr(word) in told else told}")
    return "clock", clock(word), clock(word)


def _offset(end: str, unit: str, word: str) -> int:
    """A signed length of time, after or before the start time of a day [min].

    Raises:
        ValueError: it is none; what would be one has the sign, and both ends, that were written.
    """
    try:
        length = span(f"{end[1:]} {unit}").shortest
    except NotAQuantity as error:
        said = re.sub(f"'{re.escape(end[1:])} ", f"'{word.removesuffix(unit)}", str(error))
        said = re.sub(r"(write '.+ to .+[^s])'", r"\1s'", said)  # of two ends, one may be 1
        raise ValueError(re.sub("'(?=[0-9])", f"'{end[0]}", said)) from None
    return length if end[0] == "+" else -length
