"""What loads in place of a day, a time, a route or a band that is spelled as papers spell it.

Each answer means what was written. What a reader may mean in two ways is answered with how such a
value is written, and never with the known one that is most like it in letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from il2calc.errors import nearest_slip
from il2calc.model.regimen import ROUTES, WEEKDAYS
from il2calc.plan.calendar import DAY
from il2calc.text.values import clock_meant
from il2calc.units import NUMBER, PLAIN_NUMBER

DAY_NUMBER = r"(0|-?[1-9][0-9]{0,5})"
AS_NEEDED = re.compile(r"p\.?r\.?n\.?|(?:as|if|when) (?:needed|required|necessary)|on demand")

_DASHED = rf"[dD]?{DAY_NUMBER} ?(?:[-\u2013]|to|through|thru) ?[dD]?{DAY_NUMBER}"
_LETTER = r"(?i)\b(?:days?|d) ?(?=[0-9])"
_AND = r" ?(?:[,;&/]| and ) ?(?:days? )?"
_LETTERED = rf"[dD]?{DAY_NUMBER}"
_DATED = (
    r"\d{4}-[\d-]+( [\d:]+)?|\d+/\d+/\d+|[A-Z][a-z]+-\d+|\d+[-. ]+(\d+[-.]|[A-Z][a-z]+)[-. \d]*"
)
_WEEK = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?"
_WEEKLY = rf"{_WEEK}(?:(?: ?(?:to|through|and|[-\u2013,;/]) ?)+{_WEEK})*"
_ENDS = r"([1-9][0-9]*) ?(?:[-\u2013]|to|through|thru) ?([1-9][0-9]*)\b.*"
_APART = r"\b(?:every|q) ?(other|second|2nd|third|3rd|[2-9]|[1-9][0-9]) ?d(?:ays?)?\b"
_ALTERNATE = r"\balternat\w+ days?\b|\b(?:qod|eod)\b"
_COUNTED = {"other": "2", "second": "2", "2nd": "2", "third": "3", "3rd": "3"}

_PART = r"(?:m(?=in)|h|d)(?:in(?:ute)?s?|(?:ou)?rs?|ays?)?"
_BESIDE = (
    rf"\+?({NUMBER})(?:(?: ?{_PART})? ?(?:to|[-\u2013]) ?\+?({NUMBER}))? ?(m(?=in)|h|d)"
    r"(?:in(?:ute)?s?|(?:ou)?rs?|ays?)?(?: (after|before)\b.*)?"
)
_HOUR = r"([0-9]|1[0-9]|2[0-3]) ?h"
_DIVIDED = r"(?:divided )?(?:in(?:to)? )?([2-6]|two|three|four) (?:equally )?(?:divided )?doses\b.*"
_LENGTHS = {"m": "minute", "h": "hour", "d": "day"}
_A_WEEK = (
    r"(?:[a-z]+ |[0-9]+ ?)?(?:(?:times|x) ?)?(?:(?:a|per) |/ ?)week|"
    r"(?:once |twice |thrice |(?:[a-z]+ |[0-9]+ ?)(?:times|x) ?)?weekly"
)
_LATIN = {"bid": 2, "bd": 2, "tid": 3, "tds": 3, "qid": 4, "qds": 4}
_FIGURES = {"twice": 2, "two": 2, "three": 3, "thrice": 3, "four": 4}
_A_DAY = (
    rf"(up to |at most |max(?:imum)? )?(?:([2-6]|{'|'.join(_FIGURES)}) ?(?:times|x)? ?"
    rf"(?:daily|(?:/ ?|(?:a|per|each) )day)|({'|'.join(_LATIN)}))"
)
_HOW_OFTEN = (
    r"(?i)(.+?)(?: ?/ ?| (?:per |an? )?)(?:dose|injection|infusion|daily|weekly|every .+|"
    r"(?:once|twice|thrice|[0-9]+ ?(?:x|times)) .+|q ?[0-9]+ ?[a-z]+|[btq]\.?i\.?d\.?|[boq]\.?d\.?)"
)
_EVERY_HOURS = r"(?:q|every) ?([1-9][0-9]?) ?h(?:(?:ou)?rs?)?|([1-9][0-9]?)[ -]?h(?:ou)?rly"
_AT_MOST_ONCE = r"(?:up to|at most|max(?:imum)?) (?:once|1 ?(?:time|x)) ?(?:daily|(?:a|per) day)"
_ONCE = r"qd|od|(?:once )?(?:daily|(?:a|per|every) day)|1 time a day"

_COUNT = r"([1-9][0-9]{0,4})(?: times| ?x)?"
_REPEATED = (
    r"(?:([1-9][0-9]*) ?(?:x|times|doses|cycles),? )?(?:q|every) ?([1-9][0-9]{0,2}) ?"
    r"(h|d|w)(?:ours?|rs?|ays?|eeks?|ks?)?(?:,? (?:(up to|at most)|x|for) ?([1-9][0-9]*)"
    r"(?: (?:times|doses|cycles))?)?"
)
_UNIT_OF = {"h": "hour", "d": "day", "w": "week"}
_INTERVALS = {
    **dict.fromkeys(("hour", "hourly"), "1 hour"),
    **dict.fromkeys(("day", "daily"), "1 day"),
    **dict.fromkeys(("week", "weekly"), "1 week"),
    **dict.fromkeys(("fortnight", "fortnightly"), "2 weeks"),
    **{f"{nth} {unit}": f"{n} {unit}s" for nth, n in _COUNTED.items() for unit in ("day", "week")},
}
"""A length in words, after `every` or alone: `week`, `weekly`, `other day`."""

ARMS_AND_BANDS = (
    "mixes arms and bands of patients; write a dose for each arm, with 'dose: NAME' and 'arm: ARM'"
)

_TO_THE_END = r"(?: ?\+| on(?:wards?)?| to (?:the )?(?:end|last)\b.*)"
_OF_7 = "in a block that repeats every 7 days"
_DAYS_IN_WORDS = (
    (_DASHED, r"write '\1 to \2'"),
    (_LETTERED, r"write \1"),
    (
        rf"({DAY_NUMBER} to {DAY_NUMBER}) (?:of|in|per) (?:(?:each|every|a|the) )?week",
        rf"write '\1', {_OF_7}",
    ),
    (r"([2-7]) (?:days (?:a|per|each) week|of 7 days)", rf"write '1 to \1', {_OF_7}"),
    (_A_WEEK, f"list the days, {_OF_7}, like 'day: [1, 3, 5]'"),
    (
        r"(?:for )?([2-9]|[1-9][0-9]) (?:consecutive )?days",
        r"write '1 to \1' if they begin on day 1",
    ),
    (
        rf"{_EVERY_HOURS}|{_ONCE}",
        "write only the first day, with a 'repeat', or all of them, like '1 to 5'",
    ),
    (rf"from (?:day )?{DAY_NUMBER}|{DAY_NUMBER}{_TO_THE_END}", r"write '\1\2 onward'"),
    (
        rf"{DAY_NUMBER} (?:to|until|till) (?:[^0-9-].*|.+ after .+)",
        r"if it has no last day, write '\1 onward' on a dose of the outermost list",
    ),
)
"""Days as papers put them, in small letters, and what is written in place of them."""

BANDS_LIKE = (
    "'below 50 kg', '50 to 80 kg', '10 to below 15 kg', 'above 80 kg', 'up to 10 kg' or "
    "'18 years or more'"
)

_UNIT = r"kg|m2|years?|months?|mL/min"
_BAND = re.compile(
    rf"(?:(below|up to|above) )?({PLAIN_NUMBER})(?: to (below )?({PLAIN_NUMBER}))? "
    rf"({_UNIT})( or more)?"
)
_UNITS_IN_WORDS = (
    (r"kgs?|kilo(?:gram)?s?", "kg"),
    (r"m(?:2|\^2|\N{SUPERSCRIPT TWO})|sq\.? ?m", "m2"),
    (r"y(?:ea)?rs?(?: old| of age)?", "years"),
    (r"mo(?:nth)?s?(?: old| of age)?", "months"),
    (r"ml ?(?:/|per) ?min(?:ute)?", "mL/min"),
)
_MEASURED = rf"[0-9]\+? ?(?:{'|'.join(words for words, _ in _UNITS_IN_WORDS)}|lbs?|pounds?)(?!\w)"
_OF_BANDS = (
    *((rf"(?<=[0-9])(\+?) ?(?:{words})(?!\w)", rf"\1 {unit}") for words, unit in _UNITS_IN_WORDS),
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
"""Each pattern, in any case, and what stands for it in a band, in the order in which they count."""

_ROUTE_IN_SHORT = {
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


def repeat_of(said: Any, *, counted: bool = False) -> str:
    """How a repeat is written of which that much stands there: its keys, `q8h`, `weekly`, `4`.

    Args:
        counted: it is of a dose, which cannot do without a count and does not rest; else of a
            block, which comes again after whole days.

    >>> repeat_of("q8h"), repeat_of("weekly"), repeat_of({"times": "4"})
    ('{times: ..., every: ...}', '{every: 1 week}', '{times: 4, every: ...}')
    """
    found = {**said} if isinstance(said, dict) else dict(_repeat_said(said))
    if not counted and re.search("hour|minute", str(found.get("every"))):
        del found["every"]
    if counted:
        found.pop("rest", None)
    if not found.keys() & {"times", "up_to"} and (counted or not found):
        found = {"times": "...", **found}
    if not found.keys() & {"every", "rest"}:
        found["every"] = "..."
    return f"{{{', '.join(f'{key}: {value}' for key, value in found.items())}}}"


repeat_of_dose = partial(repeat_of, counted=True)
"""The same of a repeat that is not one of a block."""


def _repeat_said(said: Any) -> Iterator[tuple[str, str]]:
    """The key and the value that a text in the place of a repeat is."""
    word = said.casefold() if isinstance(said, str) else ""
    if match := re.fullmatch(_COUNT, word):
        yield "times", match[1]
    if match := re.fullmatch(_REPEATED, word):
        before, number, unit, most, after = match.groups()
        if before or after:
            yield "up_to" if most else "times", before or after
        yield "every", f"{number} {_UNIT_OF[unit]}{'' if number == '1' else 's'}"
    if (interval := _INTERVALS.get(word.removeprefix("every "))) is not None:
        yield "every", interval


def respelled_day(text: str) -> str:
    """A day or a range of them as a file writes it, of spellings that mean nothing else.

    >>> respelled_day("D1"), respelled_day("1-5"), respelled_day("D1-D5"), respelled_day("D1 to D5")
    ('1', '1 to 5', '1 to 5', '1 to 5')
    """
    bare = re.sub(_LETTER, "", text)
    return re.sub(r"(?i)^([0-9]+) ?[-\u2013] ?(?:d ?)?([0-9]+)$", r"\1 to \2", bare)


def day_help(word: str) -> str:
    """How days are written that were spelled otherwise: `1-5`, `Mon to Fri`, `every other day`."""
    plain = re.sub("(?i)\\bdays? (?=-?[0-9])", "", word)
    like = "write 1, [1, 8], '1 to 5' or '6 onward'"
    if re.fullmatch(_DATED, plain):
        return f"it is a date, as some spreadsheets make of 1-5; {like}"
    return _apart(plain) or next(_days_meant(plain), like)


def _days_meant(word: str) -> Iterator[str]:
    if len(items := [_item(each) for each in re.split(f"(?i){_AND}", word)]) > 1 and all(items):
        yield f"write [{', '.join(map(str, items))}]"
    if re.fullmatch(_WEEKLY, word.casefold()):
        yield _weekday_help(word.casefold())
    for pattern, answer in _DAYS_IN_WORDS:
        if match := re.fullmatch(pattern, word.casefold()):
            yield match.expand(answer)


def _item(word: str) -> str | None:
    """A day or a range of days among others; None of what is neither."""
    if match := re.fullmatch(_DASHED, word):
        return f"{match[1]} to {match[2]}"
    match = re.fullmatch(_LETTERED, word)
    return match and match[1]


def _apart(word: str) -> str | None:
    """How doses some days apart are written; None where the text says no such thing."""
    fold = word.casefold()
    match = re.search(_APART, fold)
    if match is None and not re.search(_ALTERNATE, fold):
        return None
    count = "2" if match is None else _COUNTED.get(match[1], match[1])
    if (ends := re.fullmatch(_ENDS, fold)) and int(ends[1]) < int(ends[2]):
        times = (int(ends[2]) - int(ends[1])) // int(count) + 1
        return f"write {ends[1]}, and 'repeat: {{times: {times}, every: {count} days}}'"
    return f"give its first day alone, and write 'repeat: {{times: ..., every: {count} days}}'"


def _weekday_help(word: str) -> str:
    """Weekdays as days of a week that begins on the first of them."""
    found = [
        next(place for place, day in enumerate(WEEKDAYS) if day.casefold().startswith(name[:3]))
        for name in re.findall(_WEEK, word)
    ]
    days_of_week = [(place - found[0]) % 7 + 1 for place in found]
    listed = f"[{', '.join(map(str, days_of_week))}]" if found[1:] else "1"
    if len(found) == 2 and not re.search("and|[,;/]", word):
        listed = f"'1 to {days_of_week[1]}'"
    return f"write {listed}, and 'starts_on: {WEEKDAYS[found[0]]}' in the head of the file"


def time_help(word: str) -> str:
    """How times of day are written that were spelled otherwise: `BID`, `q8h`, `twice daily`."""
    if (apart := _apart(word)) is not None:
        return f"leave it out; {apart}"
    plain = word.casefold().replace(".", "")
    lead = "leave it out with 'as_needed: yes', or " if AS_NEEDED.fullmatch(plain) else ""
    like = f"{lead}write it like 08:00, '2 times a day', '+36 hours' or '-30 minutes'"
    times = [clock_meant(each) or "" for each in re.split(" ?(?:,|;|/|&|and) ?", word)]
    if all(times):
        like = f"write [{', '.join(times)}]" if times[1:] else f"write {times[0]}"
    if match := re.fullmatch(_HOUR, word):
        after = f"'+{match[1]} hours' if it is that long after the start time of the day"
        return f"write {match[1]:0>2}:00 if it is a clock time, or {after}"
    if match := re.fullmatch(_DIVIDED, word):
        often = f"write '{_FIGURES.get(match[1], match[1])} times a day'"
        of_day = ", with an amount per day, like '45 mg/m2/day'"
        return f"{often}{of_day if 'divided' in word else ''}"
    return _beside(word) or _so_often(plain) or like


def one_dose(word: str) -> str | None:
    """The amount of one dose, of a text that says how often it is given too; None of others.

    >>> one_dose("72_000 IU/kg q8h"), one_dose("5 MIU/dose")
    ('72_000 IU/kg', '5 MIU')
    """
    match = re.fullmatch(_HOW_OFTEN, word)
    return match and match[1]


def _beside(word: str) -> str | None:
    """How a time is written that was told from that of another dose."""
    if (match := re.fullmatch(_BESIDE, word)) is None:
        return None
    ends = [f"+{end}" for end in match.group(1, 2) if end is not None]
    if match[4] == "before":
        ends = [f"-{end[1:]}" for end in reversed(ends)]
    unit = f"{_LENGTHS[match[3]]}{'' if ends[0][1:] == '1' and not match[2] else 's'}"
    return f"write '{' to '.join(ends)} {unit}', which counts from the start time of the day"


def _so_often(plain: str) -> str | None:
    """How times are written of which only their number, or their interval, was told."""
    if re.fullmatch(_A_WEEK, plain):
        return "leave it out, and list the days of a block of 7 days, like 'day: [1, 3, 5]'"
    if re.fullmatch(_ONCE, plain):
        return "once a day needs no 'at': leave it out"
    if re.fullmatch(_AT_MOST_ONCE, plain):
        return "write 'up to once a day'"
    if match := re.fullmatch(_A_DAY, plain):
        most, count, latin = match.groups()
        often = _LATIN[latin] if latin else _FIGURES.get(count, count)
        return f"write '{'up to ' if most else ''}{often} times a day'"
    if match := re.fullmatch(_EVERY_HOURS, plain):
        hours = match[1] or match[2]
        return f"leave it out and write 'repeat: {{times: ..., every: {hours} hours}}'"
    return None


_MIXED = r"([0-9]+) ?h(?:ours?|rs?)?,? ?(?:and )?([0-5]?[0-9]) ?(?:m(?:in(?:ute)?s?)?)?"
_IN_WORDS = {
    **{word: f"'{interval}'" for word, interval in _INTERVALS.items()},
    **dict.fromkeys(("month", "monthly"), "'28 days' (or what the source means) and assume it"),
}


def length_help(word: str) -> str | None:
    """How a length of time is written that papers put in words; None of one in other words.

    >>> length_help("other day"), length_help("1 hour 30 minutes")
    ("write '2 days'", "write '90 minutes'")
    """
    plain = word.casefold().removeprefix("every ")
    if plain in _IN_WORDS:
        return f"write {_IN_WORDS[plain]}"
    if match := re.fullmatch(_MIXED, plain):
        return f"write '{60 * int(match[1]) + int(match[2])} minutes'"
    if re.fullmatch(_A_WEEK, plain):
        return "list the days of a block that repeats every 7 days, like 'day: [1, 3, 5]'"
    if match := re.fullmatch(_A_DAY, plain):
        return f"{time_help(plain)} as its 'at', instead of the repeat"
    return None


def count_help(days: Sequence[int], every: int) -> str:
    """What ends a repeat without a count on several days; nothing if they run on.

    Args:
        days: those it stands on, in order.
        every: from one of its doses to the next, 0 where it could not be read [min].

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
"""What a key is called elsewhere, and the key of a regimen file that means it."""


def route_help(word: str) -> str:
    """How a route is written that was spelled otherwise, or which there are.

    Of a route that the language lacks no other is guessed: a slip of one letter in a long word is
    the most that is answered with a route.
    """
    first, *others = re.split(" or |/", word)
    if others and first in ROUTES:
        return f"write one, {first!r}, and assume it with the other as 'otherwise'"
    fold = word.casefold().replace(".", "").removesuffix(" injection").removesuffix("ly")
    fold = re.sub("^continuous (?=iv|intravenous)", "", fold)
    long = [name for name in _ROUTE_IN_SHORT if len(name) > len("oral")]
    guess = _ROUTE_IN_SHORT.get(fold) or _ROUTE_IN_SHORT.get(nearest_slip(fold, long, 1) or "")
    return f"write {guess!r}" if guess else f"known: {', '.join(ROUTES)}"


def band_parts(word: str) -> re.Match[str] | None:
    """What a band consists of (how, low, short of, high, unit, more); None of what is none."""
    match = _BAND.fullmatch(word)
    if match is None:
        return None
    how, _, _, second, _, more = match.groups()
    bounds = [part for part in (how, second, more) if part is not None]
    return match if len(bounds) == 1 or (how == "above" and more is None) else None


def like_days(name: str) -> bool:
    """Whether a name is written like days or turns: `1`, `1 to 5`, `2 onward`, `cycle 1`."""
    pattern = rf"(?:days?|weeks?|cycles?) .+|{_DASHED}|{DAY_NUMBER}{_TO_THE_END}?"
    return re.fullmatch(pattern, name.casefold()) is not None


def like_band(name: str) -> bool:
    """Whether a name holds a measure of a body, as a band of patients does."""
    return re.search(_MEASURED, name, re.IGNORECASE) is not None


def band_help(word: str) -> str:
    """How a band of patients is written that is spelled otherwise: `>=50 kg`, `50-80 kg`.

    >>> band_help("at least 60 kg"), band_help("more than 55-85kg")
    ("write '60 kg or more'", "write 'above 55 to 85 kg'")
    """
    written = word
    for pattern, as_written in _OF_BANDS:
        written = re.sub(pattern, as_written, written, flags=re.IGNORECASE)
    return f"write {written!r}" if band_parts(written) else f"write it like {BANDS_LIKE}"
