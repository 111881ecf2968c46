"""What loads in place of a day, a time or a route that is spelled as papers and orders spell it.

Each answer means what was written. What a reader may mean in two ways is answered with how such a
value is written, and never with the known one that is most like it in letters.
"""

from __future__ import annotations

import re

from il2calc.errors import nearest_slip
from il2calc.model.regimen import ROUTES, WEEKDAYS
from il2calc.units import NUMBER, PLAIN_NUMBER

DAY_NUMBER = r"(0|-?[1-9][0-9]{0,5})"
AS_NEEDED = re.compile(r"p\.?r\.?n\.?|(?:as|if|when) (?:needed|required|necessary)|on demand")

_DASHED = rf"[dD]?{DAY_NUMBER} ?(?:[-\u2013]|to|through) ?[dD]?{DAY_NUMBER}"
_LISTED = r"[dD]?-?[0-9]+(?: ?(?:[,;/&]|and) ?[dD]?-?[0-9]+)+"
_ENDING = rf"({DAY_NUMBER}) (?:to|until|till) (?:[^0-9-].*|.+ after .+)"
_LETTERED = rf"[dD]?{DAY_NUMBER}"
_DATED = r"\d{4}-[\d-]+|[A-Z][a-z]+-\d+|\d+[-. ]+(\d+[-.]|[A-Z][a-z]+)[-. \d]*"
_WEEK = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?"
_WEEKLY = rf"{_WEEK}(?:(?: ?(?:to|through|and|[-\u2013,;/]) ?)+{_WEEK})*"
_APART = r"\b(?:every|q) ?(other|second|2nd|third|3rd|[2-9]|[1-9][0-9]) ?d(?:ays?)?\b"
_ALTERNATE = r"\balternat\w+ days?\b|\b(?:qod|eod)\b"
_COUNTED = {"other": "2", "second": "2", "2nd": "2", "third": "3", "3rd": "3"}

_BESIDE = rf"({NUMBER})(?: to ({NUMBER}))? ((?:minute|hour|day)s?)(?: (after|before) .+)?"
_A_WEEK = r"(?:[a-z0-9]+ )?(?:times|x) (?:a|per) week|twice (?:a|per) week|weekly"
_COUNTS = {"bid": 2, "bd": 2, "tid": 3, "tds": 3, "qid": 4, "qds": 4}
_A_DAY = rf"(?:([2-6]) ?(?:x|times)|twice) (?:daily|(?:a|per) day)|{'|'.join(_COUNTS)}"
_EVERY_HOURS = r"(?:q|every) ?([1-9][0-9]?) ?h(?:ours?)?|([1-9][0-9]?)[ -]?hourly"
_ONCE = r"qd|od|(?:once )?(?:daily|(?:a|per|every) day)|1 time a day"

_BOUNDS = {
    **dict.fromkeys(("<", "less than", "under"), "below {}"),
    **dict.fromkeys((">", "more than", "over"), "above {}"),
    **dict.fromkeys(("<=", "\u2264", "at most"), "up to {}"),
    **dict.fromkeys((">=", "\u2265", "at least", "from"), "{} or more"),
}
_BAND = (
    rf"(?:({'|'.join(_BOUNDS)}) ?)?({PLAIN_NUMBER})(?: ?[-\u2013] ?({PLAIN_NUMBER}))? ?"
    r"(kg|m2|years?|months?|mL/min)( (?:or|and) (?:above|over|older|heavier))?"
)

_ROUTE_IN_SHORT = {
    "iv": "IV",
    "iv push": "IV bolus",
    "im": "IM",
    "inhalation": "inhaled",
    "intranasal": "nasal",
    "per rectum": "rectal",
    **dict.fromkeys(("sq", "subq", "subcut", "sc"), "SC"),
    **dict.fromkeys(("ivi", "civ", "iv drip"), "IV infusion"),
    **dict.fromkeys(("po", "per os", "by mouth", "orally"), "oral"),
    **{words.casefold(): route for route, words in ROUTES.items()},
}


def day_help(word: str) -> str:
    """How days are written that were spelled otherwise: `1-5`, `Mon to Fri`, `every other day`."""
    return _apart(word) or _days_help(re.sub("(?i)^days? ", "", word))


def _days_help(word: str) -> str:
    if match := re.fullmatch(_DASHED, word):
        return f"write '{match[1]} to {match[2]}'"
    if re.fullmatch(_LISTED, word):
        return f"write [{', '.join(re.findall('-?[0-9]+', word))}]"
    if re.fullmatch(_WEEKLY, word.casefold()):
        return _weekday_help(word.casefold())
    if match := re.fullmatch(_ENDING, word):
        onward = f"'{match[1]} onward' on a dose of the outermost list"
        return f"where it has no day on which it ends, write {onward}"
    if match := re.fullmatch(_LETTERED, word):
        return f"write {match[1]}"
    made = "it is a date, as some spreadsheets make of 1-5; " if re.fullmatch(_DATED, word) else ""
    return f"{made}write 1, [1, 8], '1 to 5' or '6 onward'"


def _apart(word: str) -> str | None:
    """How doses some days apart are written; None where the text says no such thing."""
    fold = word.casefold()
    match = re.search(_APART, fold)
    if match is None and not re.search(_ALTERNATE, fold):
        return None
    count = "2" if match is None else _COUNTED.get(match[1], match[1])
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
    lead = "leave it out beside 'as_needed: yes', or " if AS_NEEDED.fullmatch(plain) else ""
    like = f"{lead}write 08:00, '2 times a day', '+36 hours' or '-30 minutes'"
    return _beside(word) or _so_often(plain) or like


def _beside(word: str) -> str | None:
    """How a time is written that was told from that of another dose."""
    if (match := re.fullmatch(_BESIDE, word)) is None:
        return None
    ends = [f"+{end}" for end in match.group(1, 2) if end is not None]
    if match[4] == "before":
        ends = [f"-{end[1:]}" for end in reversed(ends)]
    told = f"{' to '.join(ends)} {match[3]}"
    return f"write '{told}', which counts from the start time of the day"


def _so_often(plain: str) -> str | None:
    """How times are written of which only their number, or their interval, was told."""
    if re.fullmatch(_A_WEEK, plain):
        return "leave it out, and list the days of a block of 7 days, like 'day: [1, 3, 5]'"
    if re.fullmatch(_ONCE, plain):
        return "once a day needs no 'at': leave it out"
    if match := re.fullmatch(_A_DAY, plain):
        return f"write '{_COUNTS.get(plain) or match[1] or 2} times a day'"
    if match := re.fullmatch(_EVERY_HOURS, plain):
        hours = match[1] or match[2]
        return f"leave it out and write 'repeat: {{times: ..., every: {hours} hours}}'"
    return None


def route_help(word: str) -> str:
    """How a route is written that was spelled otherwise, or which there are.

    Of a route that the language lacks no other is guessed: a slip of one letter in a long word is
    the most that is answered with a route.
    """
    first, *others = word.split(" or ")
    if others and first in ROUTES:
        return f"write one, {first!r}, and assume it with the other as 'otherwise'"
    long = [route for route in ROUTES if len(route) > len("oral")]
    short = _ROUTE_IN_SHORT.get(word.casefold().replace(".", ""))
    guess = short or nearest_slip(word, long, in_long=1)
    return f"write {guess!r}" if guess else f"known: {', '.join(ROUTES)}"


def band_meant(word: str) -> str | None:
    """The band of patients that is spelled otherwise (`>=50 kg`); None where none may be meant.

    >>> band_meant("at least 60 kg"), band_meant("50-80 kg"), band_meant("low")
    ('60 kg or more', '50 to 80 kg', None)
    """
    if (match := re.fullmatch(_BAND, word)) is None:
        return None
    sign, low, high, unit, more = match.groups()
    if len([part for part in (sign, high, more) if part is not None]) != 1:
        return None
    if high is not None:
        return f"{low} to {high} {unit}"
    return _BOUNDS.get(sign, "{} or more").format(f"{low} {unit}")
