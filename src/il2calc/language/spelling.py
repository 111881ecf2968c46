"""Hints at how to write a day, a time, a route or a band that is spelled as in papers.

Each hint means what was written. What may have two meanings gets a hint at how such values are
written in general, never the known value with the most similar letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

from il2calc.errors import nearest_slip
from il2calc.model.regimen import ROUTES, WEEKDAYS
from il2calc.plan.calendar import DAY
from il2calc.text.values import respelled_clock
from il2calc.units import NUMBER, PLAIN_NUMBER, number

DAY_NUMBER = r"(0|-?[1-9][0-9]{0,5})"
COUNT_IN_WORDS = (
    r"(?i)((?:at most|up to|max(?:imum)?) )?([1-9][0-9]{0,4})(?: ?x| (?:times|turns?|doses?|"
    r"cycles?|courses?|blocks?|injections?|infusions?))?"
)
AS_NEEDED = re.compile(r"p\.?r\.?n\.?|(?:as|if|when) (?:needed|required|necessary)|on demand")

_TO = r" ?(?:[-\u2013]|to|through|thru) ?"
_RANGE = rf"[dD]?{DAY_NUMBER}{_TO}[dD]?{DAY_NUMBER}"
_DAY_LETTER = r"(?i)\b(?:days?|d) ?(?=[0-9])"
_LIST_SEPARATOR = r" ?(?:[,;&/]| and ) ?(?:days? )?"
_ONE_DAY = rf"[dD]?{DAY_NUMBER}"
_DATE = r"\d{4}-[\d-]+( [\d:]+)?|\d+/\d+/\d+|[A-Z][a-z]+-\d+|\d+[-. ]+(\d+[-.]|[A-Z][a-z]+)[-. \d]*"
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?"
_WEEKDAYS = rf"{_WEEKDAY}(?:(?: ?(?:to|through|and|[-\u2013,;/]) ?)+{_WEEKDAY})*"
_FIRST_TO_LAST = rf"([1-9][0-9]*){_TO}([1-9][0-9]*)\b.*"
_EVERY_N_DAYS = r"\b(?:every|q) ?(other|second|2nd|third|3rd|[2-9]|[1-9][0-9]) ?d(?:ays?)?\b"
_EVERY_OTHER_DAY = r"\balternat\w+ days?\b|\b(?:qod|eod)\b"
_ORDINALS = {"other": "2", "second": "2", "2nd": "2", "third": "3", "3rd": "3"}

_TIME_UNIT = r"(m(?=in)|h|d)(?:in(?:ute)?s?|(?:ou)?rs?|ays?)?"
_AFTER_OR_BEFORE = (
    rf"\+?({NUMBER})(?:(?: ?{_TIME_UNIT})? ?(?:to|[-\u2013]) ?\+?({NUMBER}))? ?{_TIME_UNIT}"
    r"(?: (after|before)\b.*)?"
)
_HOUR_ALONE = r"([0-9]|1[0-9]|2[0-3]) ?h"
_DIVIDED = r"(?:divided )?(?:in(?:to)? )?([2-6]|two|three|four) (?:equally )?(?:divided )?doses\b.*"
_UNIT_NAMES = {"m": "minute", "h": "hour", "d": "day", "w": "week"}
_TIMES_A_WEEK = (
    r"(?:[a-z]+ |[0-9]+ ?)?(?:(?:times|x) ?)?(?:(?:a|per) |/ ?)week|"
    r"(?:once |twice |thrice |(?:[a-z]+ |[0-9]+ ?)(?:times|x) ?)?weekly"
)
_LATIN = {"bid": 2, "bd": 2, "tid": 3, "tds": 3, "qid": 4, "qds": 4}
_NUMBERS = {"twice": 2, "two": 2, "three": 3, "thrice": 3, "four": 4}
_TIMES_A_DAY = (
    rf"(up to |at most |max(?:imum)? )?(?:([2-6]|{'|'.join(_NUMBERS)}) ?(?:times|x)? ?"
    rf"(?:daily|(?:/ ?|(?:a|per|each) )day)|({'|'.join(_LATIN)}))"
)
_HOW_OFTEN = (
    r"(?i)(.+?)(?: ?/ ?| (?:per |an? )?)(?:dose|injection|infusion|daily|weekly|every .+|"
    r"(?:once|twice|thrice|[0-9]+ ?(?:x|times)) .+|q ?[0-9]+ ?[a-z]+|[btq]\.?i\.?d\.?|[boq]\.?d\.?)"
)
_EVERY_HOURS = r"(?:q|every) ?([1-9][0-9]?) ?h(?:(?:ou)?rs?)?|([1-9][0-9]?)[ -]?h(?:ou)?rly"
_AT_MOST_ONCE = r"(?:up to|at most|max(?:imum)?) (?:once|1 ?(?:time|x)) ?(?:daily|(?:a|per) day)"
_ONCE_A_DAY = r"qd|od|(?:once )?(?:daily|(?:a|per|every) day)|1 time a day"

_REPEAT = (
    r"(?:([1-9][0-9]*) ?(?:x|times|doses|cycles),? )?(?:q|every) ?([1-9][0-9]{0,2}) ?"
    r"(h|d|w)(?:ours?|rs?|ays?|eeks?|ks?)?(?:,? (?:(up to|at most)|x|for) ?([1-9][0-9]*)"
    r"(?: (?:times|doses|cycles))?)?"
)
_INTERVALS = {
    **dict.fromkeys(("hour", "hourly"), "1 hour"),
    **dict.fromkeys(("day", "daily"), "1 day"),
    **dict.fromkeys(("week", "weekly"), "1 week"),
    **dict.fromkeys(("fortnight", "fortnightly"), "2 weeks"),
    **{f"{nth} {unit}": f"{n} {unit}s" for nth, n in _ORDINALS.items() for unit in ("day", "week")},
}
"""Lengths by their words, after `every` or alone: `week`, `weekly`, `other day`."""

ARMS_AND_BANDS = (
    "mixes arms and bands of patients; write a dose for each arm, with 'dose: NAME' and 'arm: ARM'"
)

_ONWARD = r"(?: ?\+| on(?:wards?)?| to (?:the )?(?:end|last)\b.*)"
_IN_A_WEEK_BLOCK = "in a block that repeats every 7 days"
_OF_A_WEEK = r" (?:of|in|per) (?:(?:each|every|a|the) )?week$"
_DAYS_OF_A_TURN = r"(.+?),? (?:every|q) ?([2-9]|[1-9][0-9]) ?([dw])(?:(?:ay|ee?k|k)s?)?"
_DAYS_IN_WORDS = (
    (r"([2-7]) (?:days (?:a|per|each) week|of 7 days)", rf"write '1 to \1', {_IN_A_WEEK_BLOCK}"),
    (_TIMES_A_WEEK, f"list the days, {_IN_A_WEEK_BLOCK}, like 'day: [1, 3, 5]'"),
    (
        r"(?:for )?([2-9]|[1-9][0-9]) (?:consecutive )?days",
        r"write '1 to \1' if they begin on day 1",
    ),
    (
        rf"{_EVERY_HOURS}|{_ONCE_A_DAY}",
        "write only the first day, with a 'repeat', or all of them, like '1 to 5'",
    ),
    (rf"from (?:day )?{DAY_NUMBER}|{DAY_NUMBER}{_ONWARD}", r"write '\1\2 onward'"),
    (
        rf"{DAY_NUMBER} (?:to|until|till) (?:[^0-9-].*|.+ after .+)",
        r"if it has no last day, write '\1 onward' on a dose of the outermost list",
    ),
)
"""Patterns of days as written in papers, in lower case, each with the hint for it."""

BANDS_LIKE = (
    "'below 50 kg', '50 to 80 kg', '10 to below 15 kg', 'above 80 kg', 'up to 10 kg' or "
    "'18 years or more'"
)

_UNIT = r"kg|m2|years?|months?|mL/min"
_BAND = re.compile(
    rf"(?:(below|up to|above) )?({PLAIN_NUMBER})(?: to (below )?({PLAIN_NUMBER}))? "
    rf"({_UNIT})( or more)?"
)
_UNIT_SPELLINGS = (
    (r"kgs?|kilo(?:gram)?s?", "kg"),
    (r"m(?:2|\^2|\N{SUPERSCRIPT TWO})|sq\.? ?m", "m2"),
    (r"y(?:ea)?rs?(?: old| of age)?", "years"),
    (r"mo(?:nth)?s?(?: old| of age)?", "months"),
    (r"ml ?(?:/|per) ?min(?:ute)?", "mL/min"),
)
_MEASURE = rf"[0-9]\+? ?(?:{'|'.join(words for words, _ in _UNIT_SPELLINGS)}|lbs?|pounds?)(?!\w)"
_BAND_SPELLINGS = (
    *((rf"(?<=[0-9])(\+?) ?(?:{words})(?!\w)", rf"\1 {unit}") for words, unit in _UNIT_SPELLINGS),
    (rf" ({_UNIT})(?= ?(?:[-\u2013]|(?:up )?to\b|and\b).*[0-9] \1$)", ""),
    (rf"^(?:from|between) ({PLAIN_NUMBER}) (?:to|and) ", r"\1 to "),
    (r"(?<=[0-9]) ?(?:[-\u2013]|(?:up )?to) ?(?=[0-9<bul])", " to "),
    (r"(^|(?<=to ))(?:<(?!=)|below|under|less than) ?", "below "),
    (r"^(?:>=|\u2265|at least) ?(?=[0-9.]+ to below )", ""),
    (rf"^({PLAIN_NUMBER})\+ (.+)", r"\1 \2 or more"),
    (r"^(.+)\+$", r"\1 or more"),
    (r"^(?:>=|\u2265|at least|from) ?(.+)", r"\1 or more"),
    (r"^(.+) (?:and|or) (?:above|over|older|greater|heavier)$", r"\1 or more"),
    (r"^(?:<=|\u2264|at most|up to) ?", "up to "),
    (r"^(.+) (?:and|or) (?:below|under|less|younger|lighter)$", r"up to \1"),
    (r"^(?:>|above|over|more than|greater than) ?", "above "),
    (r"(?<![0-9.])1 (year|month)s\b", r"1 \1"),
)
"""Patterns in any letter case, each with what a band has in its place; applied in this order."""

_ROUTE_NAMES = {
    "iv": "IV",
    "iv push": "IV bolus",
    "im": "IM",
    "intranasal": "nasal",
    "per rectum": "rectal",
    **dict.fromkeys(("inhalation", "nebulised", "nebulized"), "inhaled"),
    **dict.fromkeys(("sq", "subq", "subcut", "sc"), "SC"),
    **dict.fromkeys(("ivi", "civ", "civi", "iv ci", "iv drip"), "IV infusion"),
    **dict.fromkeys(("po", "per os", "by mouth"), "oral"),
    **{name.casefold(): route for route, words in ROUTES.items() for name in (route, words)},
}


def repeat_of(data: Any, *, counted: bool = False) -> str:
    """How to write a repeat, from what the file has of it: some keys, `q8h`, `weekly` or `4`.

    Args:
        counted: whether it repeats a dose, which needs a count and has no rest; else a block,
            which repeats after whole days.

    >>> repeat_of("q8h"), repeat_of("weekly"), repeat_of({"times": "4"})
    ('{times: ..., every: ...}', '{every: 1 week}', '{times: 4, every: ...}')
    """
    keys = {**data} if isinstance(data, dict) else dict(_repeat_keys(data))
    if not counted and re.search("hour|minute", str(keys.get("every"))):
        del keys["every"]
    if counted:
        keys.pop("rest", None)
    if not keys.keys() & {"times", "up_to"} and (counted or not keys):
        keys = {"times": "...", **keys}
    if not keys.keys() & {"every", "rest"}:
        keys["every"] = "..."
    return f"{{{', '.join(f'{key}: {value}' for key, value in keys.items())}}}"


repeat_of_dose = partial(repeat_of, counted=True)
"""The same for the repeat of a dose."""


def _repeat_keys(data: Any) -> Iterator[tuple[str, str]]:
    """The keys and values of a repeat that a text means."""
    word = data.casefold() if isinstance(data, str) else ""
    if match := re.fullmatch(COUNT_IN_WORDS, word):
        yield "up_to" if match[1] else "times", match[2]
    if match := re.fullmatch(_REPEAT, word):
        count_before, number, unit, maximum, count_after = match.groups()
        if count_before or count_after:
            yield "up_to" if maximum else "times", count_before or count_after
        yield "every", f"{number} {_UNIT_NAMES[unit]}{'' if number == '1' else 's'}"
    if (interval := _INTERVALS.get(word.removeprefix("every "))) is not None:
        yield "every", interval


def respelled_day(text: str) -> str:
    """A day or a range of days as a file writes it, from a spelling that can mean nothing else.

    >>> respelled_day("D1"), respelled_day("1-5"), respelled_day("D1-D5"), respelled_day("D1 to D5")
    ('1', '1 to 5', '1 to 5', '1 to 5')
    """
    bare = re.sub(_DAY_LETTER, "", text)
    return re.sub(r"(?i)^([0-9]+) ?[-\u2013] ?(?:d ?)?([0-9]+)$", r"\1 to \2", bare)


def day_help(word: str) -> str:
    """How to write days that are spelled like `1-5`, `Mon to Fri` or `every other day`."""
    plain = re.sub("(?i)\\bdays? (?=-?[0-9])", "", word)
    default = "write 1, [1, 8], '1 to 5' or '6 onward'"
    if re.fullmatch(_DATE, plain):
        return f"it is a date, as some spreadsheets make of 1-5; {default}"
    folded = plain.casefold()
    return _turn_hint(folded) or _interval_hint(plain) or next(_day_hints(folded), default)


def _turn_hint(word: str) -> str | None:
    """How to write several days that come in each turn; None if the text does not mean that."""
    match = re.fullmatch(_DAYS_OF_A_TURN, word)
    if match is None or (hint := next(_day_hints(match[1]), None)) is None:
        return None
    numbers = [int(number) for number in re.findall(r"-?[0-9]+", hint)]
    length = int(match[2]) * (7 if match[3] == "w" else 1)
    turn = f"in a block that repeats every {match[2]} {_UNIT_NAMES[match[3]]}s"
    return f"{hint}, {turn}" if 0 < numbers[-1] - numbers[0] < length else None


def _day_hints(word: str) -> Iterator[str]:
    """Hints at days that are written in small letters; none of them is in falling order."""
    listed, of_a_week = re.subn(_OF_A_WEEK, "", word)
    items = [_day_or_range(part) or "?" for part in re.split(_LIST_SEPARATOR, listed)]
    numbers = re.findall(r"-?[0-9]+", " ".join(items))
    if "?" not in items and _are_rising(map(Decimal, numbers)):
        days = items[0] if len(numbers) == 1 else f"'{items[0]}'"
        days = f"[{', '.join(items)}]" if items[1:] else days
        yield f"write {days}{f', {_IN_A_WEEK_BLOCK}' if of_a_week else ''}"
    if re.fullmatch(_WEEKDAYS, word):
        yield _weekday_hint(word)
    for pattern, answer in _DAYS_IN_WORDS:
        if match := re.fullmatch(pattern, word):
            yield match.expand(answer)


def _day_or_range(word: str) -> str | None:
    """A day or a range of days as a file writes it; None if the text is neither."""
    if match := re.fullmatch(_RANGE, word):
        return f"{match[1]} to {match[2]}"
    match = re.fullmatch(_ONE_DAY, word)
    return match and match[1]


def _are_rising(numbers: Iterable[Decimal]) -> bool:
    return all(before < after for before, after in pairwise(numbers))


def _interval_hint(word: str) -> str | None:
    """How to write doses some days apart; None if the text does not mean that."""
    folded = word.casefold()
    match = re.search(_EVERY_N_DAYS, folded)
    if match is None and not re.search(_EVERY_OTHER_DAY, folded):
        return None
    count = "2" if match is None else _ORDINALS.get(match[1], match[1])
    if (days := re.fullmatch(_FIRST_TO_LAST, folded)) and int(days[1]) < int(days[2]):
        times = (int(days[2]) - int(days[1])) // int(count) + 1
        return f"write {days[1]}, and 'repeat: {{times: {times}, every: {count} days}}'"
    return f"give its first day alone, and write 'repeat: {{times: ..., every: {count} days}}'"


def _weekday_hint(word: str) -> str:
    """How to write weekdays: as days of a week that begins on the first of them."""
    beginnings = [day[:3].casefold() for day in WEEKDAYS]
    indices = [beginnings.index(name[:3]) for name in re.findall(_WEEKDAY, word)]
    day_numbers = [(index - indices[0]) % 7 + 1 for index in indices]
    days = f"[{', '.join(map(str, day_numbers))}]" if indices[1:] else "1"
    if len(indices) == 2 and not re.search("and|[,;/]", word):
        days = f"'1 to {day_numbers[1]}'"
    return f"write {days}, and 'starts_on: {WEEKDAYS[indices[0]]}' in the head of the file"


def time_help(word: str) -> str:
    """How to write times of day that are spelled like `BID`, `q8h` or `twice daily`."""
    if (hint := _interval_hint(word)) is not None:
        return f"leave it out; {hint}"
    plain = word.casefold().replace(".", "")
    lead = "leave it out with 'as_needed: yes', or " if AS_NEEDED.fullmatch(plain) else ""
    default = f"{lead}write it like 08:00, '2 times a day', '+36 hours' or '-30 minutes'"
    times = [respelled_clock(part) or "" for part in re.split(" ?(?:,|;|/|&|and) ?", word)]
    if all(times) and times == sorted(set(times)):
        default = f"write [{', '.join(times)}]" if times[1:] else f"write {times[0]}"
    if match := re.fullmatch(_HOUR_ALONE, word):
        after = f"'+{match[1]} hours' if it is that long after the start time of the day"
        return f"write {match[1]:0>2}:00 if it is a clock time, or {after}"
    if match := re.fullmatch(_DIVIDED, word):
        frequency = f"write '{_NUMBERS.get(match[1], match[1])} times a day'"
        amount_hint = ", with an amount per day, like '45 mg/m2/day'"
        return f"{frequency}{amount_hint if 'divided' in word else ''}"
    return _offset_hint(word) or _frequency_hint(plain) or default


def one_dose(word: str) -> str | None:
    """The amount of one dose in a text that also says how often it is given; else None.

    >>> one_dose("72_000 IU/kg q8h"), one_dose("5 MIU/dose")
    ('72_000 IU/kg', '5 MIU')
    """
    match = re.fullmatch(_HOW_OFTEN, word)
    return match and match[1]


def _offset_hint(word: str) -> str | None:
    """How to write a time before or after another dose; None if the text is no such time."""
    if (match := re.fullmatch(_AFTER_OR_BEFORE, word)) is None:
        return None
    first, other_unit, last, unit, relation = match.groups()
    ends = [end for end in (first, last) if end is not None]
    if other_unit not in (None, unit) or not _are_rising(map(number, ends)):
        return None
    before = relation == "before"
    offset = " to ".join(f"{'-' if before else '+'}{end}" for end in ends[:: -1 if before else 1])
    name = f"{_UNIT_NAMES[unit]}{'' if ends == ['1'] else 's'}"
    return f"write '{offset} {name}', which counts from the start time of the day"


def _frequency_hint(plain: str) -> str | None:
    """How to write a number of times, or an interval; None if the text is neither."""
    if re.fullmatch(_TIMES_A_WEEK, plain):
        return "leave it out, and list the days of a block of 7 days, like 'day: [1, 3, 5]'"
    if re.fullmatch(_ONCE_A_DAY, plain):
        return "once a day needs no 'at': leave it out"
    if re.fullmatch(_AT_MOST_ONCE, plain):
        return "write 'up to once a day'"
    if match := re.fullmatch(_TIMES_A_DAY, plain):
        maximum, count, latin = match.groups()
        frequency = _LATIN[latin] if latin else _NUMBERS.get(count, count)
        return f"write '{'up to ' if maximum else ''}{frequency} times a day'"
    if match := re.fullmatch(_EVERY_HOURS, plain):
        hours = match[1] or match[2]
        return f"leave it out and write 'repeat: {{times: ..., every: {hours} hours}}'"
    return None


_HOURS_AND_MINUTES = r"([0-9]+) ?h(?:ours?|rs?)?,? ?(?:and )?([0-5]?[0-9]) ?(?:m(?:in(?:ute)?s?)?)?"
_LENGTHS_IN_WORDS = {
    **{word: f"'{interval}'" for word, interval in _INTERVALS.items()},
    **dict.fromkeys(("month", "monthly"), "'28 days' (or what the source means) and assume it"),
}


def length_help(word: str) -> str | None:
    """How to write a length of time that is spelled in words; None for unknown words.

    >>> length_help("other day"), length_help("1 hour 30 minutes")
    ("write '2 days'", "write '90 minutes'")
    """
    length = word.casefold().removeprefix("every ")
    if length in _LENGTHS_IN_WORDS:
        return f"write {_LENGTHS_IN_WORDS[length]}"
    if match := re.fullmatch(_HOURS_AND_MINUTES, length):
        return f"write '{60 * int(match[1]) + int(match[2])} minutes'"
    if re.fullmatch(_TIMES_A_WEEK, length):
        return "list the days of a block that repeats every 7 days, like 'day: [1, 3, 5]'"
    if match := re.fullmatch(_TIMES_A_DAY, length):
        return f"{time_help(length)} as its 'at', instead of the repeat"
    return None


def count_help(days: Sequence[int], every: int) -> str:
    """The hint at a count for a repeat without one on several days; empty if none fits.

    Args:
        days: the days that it is listed on, in order.
        every: from one of its doses to the next, 0 if it could not be read [min].

    >>> count_help([12, 13, 14], 480)
    ", or write 'times: 3', if it begins that often on each"
    """
    if 0 < every < DAY:
        return f", or write 'times: {-(-DAY // every)}', if it begins that often on each"
    count = (days[-1] - days[0]) * DAY // every + 1 if days and every else 1
    return f", with 'times: {count}' if it ends on the last" if count > 1 else ""


KEYS_LIKE = {
    **dict.fromkeys(("name", "cycle", "phase", "course"), "block"),
    **dict.fromkeys(("start", "starts", "starts on", "begins"), "day"),
    **dict.fromkeys(("amounts", "dosage", "quantity"), "amount"),
    **dict.fromkeys(("medication", "agent", "substance"), "drug"),
    **dict.fromkeys(("infusion", "infusion_time", "infused over"), "over"),
    **dict.fromkeys(("count", "cycles", "number", "turns"), "times"),
    "interval": "every",
    **dict.fromkeys(("condition", "if", "given if"), "only_if"),
    **dict.fromkeys(("cohort", "group"), "arm"),
    "frequency": "repeat",
    "time": "at",
}
"""Other names for keys, each with the key of a regimen file that is meant."""


def route_help(word: str) -> str:
    """How to write a route that is spelled differently, else the list of known routes.

    No other route is guessed for one that the language lacks: only a known spelling, or a slip of
    one letter in a long word, is answered with a route.
    """
    first, *others = re.split(" or |/", word)
    if others and first in ROUTES:
        return f"write one, {first!r}, and assume it with the other as 'otherwise'"
    plain = word.casefold().replace(".", "").removesuffix(" injection").removesuffix("ly")
    plain = re.sub("^continuous (?=iv|intravenous)", "", plain)
    long_names = [name for name in _ROUTE_NAMES if len(name) > len("oral")]
    guess = _ROUTE_NAMES.get(plain) or _ROUTE_NAMES.get(nearest_slip(plain, long_names, 1) or "")
    return f"write {guess!r}" if guess else f"known: {', '.join(ROUTES)}"


def band_parts(word: str) -> re.Match[str] | None:
    """The match of a band (relation, low, `below`, high, unit, `or more`); None if it is none."""
    match = _BAND.fullmatch(word)
    if match is None:
        return None
    relation, _, _, second, _, or_more = match.groups()
    bounds = [part for part in (relation, second, or_more) if part is not None]
    return match if len(bounds) == 1 or (relation == "above" and or_more is None) else None


def like_days(name: str) -> bool:
    """Whether a name is written like days or turns: `1`, `1 to 5`, `2 onward`, `cycle 1`."""
    pattern = rf"(?:days?|weeks?|cycles?) .+|{_RANGE}|{DAY_NUMBER}{_ONWARD}?"
    return re.fullmatch(pattern, name.casefold()) is not None


def like_band(name: str) -> bool:
    """Whether a name contains a measure of the body, as a band of patients does."""
    return re.search(_MEASURE, name, re.IGNORECASE) is not None


def band_help(word: str) -> str:
    """How to write a band of patients that is spelled like `>=50 kg` or `50-80 kg`.

    >>> band_help("at least 60 kg"), band_help("more than 55-85kg")
    ("write '60 kg or more'", "write 'above 55 to 85 kg'")
    """
    written = word
    for pattern, as_written in _BAND_SPELLINGS:
        written = re.sub(pattern, as_written, written, flags=re.IGNORECASE)
    parts = band_parts(written)
    if parts is None or not _are_rising(Decimal(end) for end in parts.group(2, 4) if end):
        return f"write it like {BANDS_LIKE}"
    return f"write {written!r}"
