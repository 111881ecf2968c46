"""What is answered to a spelling of other papers: it loads, and means what was written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from filetext import a_dose, faults, loaded
from il2calc.language import fields
from il2calc.language.spelling import BANDS_LIKE, band_help, like_band, repeat_of

ARMS = "arms: {high: a}\n"
OTHER_ROUTES = """
auricular, buccal, conjunctival, dental, endotracheal, enteral, epidural, epicutaneous,
infiltration, interstitial, intra-abdominal, intra-amniotic, intra-articular, intrabiliary,
intrabronchial, intrabursal, intracameral, intracardiac, intracaudal, intracavernous, intracavitary,
intracecal, intracerebral, intracisternal, intracoronary, intradiscal, intraductal, intradural,
intraepidermal, intragastric, intrahepatic, intraluminal, intralymphatic, intramedullary,
intrameningeal, intranodal, intraocular, intraosseous, intrapericardial, intraprostatic,
intrapulmonary, intraspinal, intrasynovial, intratendinous, intratesticular, intrathoracic,
intratracheal, intratubular, intratumor, intratumoral, intratumoural, intratympanic, intrauterine,
intravascular, intraventricular, intravitreal, laryngeal, nasogastric, ophthalmic, oropharyngeal,
parenteral, percutaneous, peridural, perilymphatic, perineural, peritumoral, respiratory,
retrobulbar, subarachnoid, subconjunctival, subdural, sublingual, submucosal, transmucosal,
transtympanic, ureteral, urethral, vaginal, hepatic artery, continuous infusion, IT, IP, ID, IA, IO,
IN, SL, PR, PV, NG
""".replace("\n", " ").strip().split(", ")  # fmt: skip
"""Routes that the language lacks, and short forms that mean several."""


@pytest.mark.parametrize("word", OTHER_ROUTES)
def test_a_route_that_the_language_lacks_is_answered_with_no_other(word: str) -> None:
    """`intratumoral`, `intravitreal` and `endotracheal` were answered "write 'intrathecal'"."""
    assert advice(fields.route, word).startswith("known: IV bolus, IV infusion, IV, SC")


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("CIV", "IV infusion"),
        ("IV push", "IV bolus"),
        ("s.c.", "SC"),
        ("subq", "SC"),
        ("intraarterial", "intra-arterial"),
        ("intrathecel", "intrathecal"),
        ("Intrathecal", "intrathecal"),
        ("inhalation", "inhaled"),
        ("intranasal", "nasal"),
        ("SC injection", "SC"),
        ("subcutaneous injection", "SC"),
        ("continuous intravenous infusion", "IV infusion"),
        ("continuous IV infusion", "IV infusion"),
    ],
)
def test_a_route_spelled_otherwise_is_answered_with_itself(word: str, suggestion: str) -> None:
    """A short form of one route alone, or a slip of one letter."""
    assert advice(fields.route, word) == f"write {suggestion!r}"


@pytest.mark.parametrize(
    ("word", "apart"),
    [
        ("every other day", 2),
        ("every second day", 2),
        ("alternate days", 2),
        ("QOD", 2),
        ("q3d", 3),
        ("every third day", 3),
        ("every 14 days", 14),
    ],
)
def test_days_apart_are_never_answered_with_every_day(word: str, apart: int) -> None:
    """`1 to 19 every 2 days` was answered "write '1 onward'", which is twice as many doses."""
    repeat = f"give its first day alone, and write 'repeat: {{times: ..., every: {apart} days}}'"
    assert advice(fields.days, word) == repeat
    assert advice(fields.at, word) == f"leave it out; {repeat}"


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        # 1, 3, ..., 19 are (19 - 1) / 2 + 1 = 10 days; 1, 3, 5 are 3; 2, 9, 16 are 3
        ("1 to 19 every 2 days", "write 1, and 'repeat: {times: 10, every: 2 days}'"),
        ("days 1 to 19 every 2 days", "write 1, and 'repeat: {times: 10, every: 2 days}'"),
        ("1-5 qod", "write 1, and 'repeat: {times: 3, every: 2 days}'"),
        ("2 to 20 every 7 days", "write 2, and 'repeat: {times: 3, every: 7 days}'"),
    ],
)
def test_days_apart_with_both_ends_are_counted(word: str, answer: str) -> None:
    """`up_to: 19 days` made ten doses "at most", and `days 1 to 19 ...` had no answer."""
    assert advice(fields.days, word) == answer
    first, count, apart = re.findall("[0-9]+", answer)
    repeat = f"repeat: {{times: {count}, every: {apart} days}}"
    assert loaded(a_dose(f"day: {first}", repeat))


def test_days_apart_that_fall_have_no_count() -> None:
    """`19 to 1 every 2 days` was answered `up_to: -17 days`."""
    repeat = "give its first day alone, and write 'repeat: {times: ..., every: 2 days}'"
    assert advice(fields.days, "19 to 1 every 2 days") == repeat


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("1 through 5", "1 to 5"),
        ("days 1 to 5", "1 to 5"),
        ("d1-d5", "1 to 5"),
        ("1 and 8", ["1", "8"]),
        ("1, 8 & 15", ["1", "8", "15"]),
        ("Day 8", "8"),
        ("day 1 to day 5", "1 to 5"),
        ("day -2 to day -1", "-2 to -1"),
    ],
)
def test_days_spelled_otherwise_are_answered_with_the_same_days(word: str, expected: Any) -> None:
    """What is written after "write" loads; `day 1 to day 5` was answered with `1 onward`."""
    suggestion = advice(fields.days, word).removeprefix("write ").strip("'")
    assert suggestion == (f"[{', '.join(expected)}]" if isinstance(expected, list) else expected)
    assert fields.days(expected).ranges


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("1-5, 8-12", "[1 to 5, 8 to 12]"),
        ("1 to 5 and 8 to 12", "[1 to 5, 8 to 12]"),
        ("D1-5 & d8", "[1 to 5, 8]"),
        ("Day 1 and day 8", "[1, 8]"),
        ("6+", "'6 onward'"),
        ("2 onwards", "'2 onward'"),
        ("from day 3", "'3 onward'"),
        ("6 to the end of the cycle", "'6 onward'"),
        ("1 TO 5", "'1 to 5'"),
        ("5 of 7 days", "'1 to 5', in a block that repeats every 7 days"),
        ("5 days a week", "'1 to 5', in a block that repeats every 7 days"),
        ("5 consecutive days", "'1 to 5' if they begin on day 1"),
        ("daily", "only the first day, with a 'repeat', or all of them, like '1 to 5'"),
        ("every 8 hours", "only the first day, with a 'repeat', or all of them, like '1 to 5'"),
    ],
)
def test_days_as_papers_put_them_are_answered_with_what_loads(word: str, suggestion: str) -> None:
    """`2 onwards`, of a turn, was to be written on a dose of the outermost list."""
    assert advice(fields.days, word) == f"write {suggestion}"


@pytest.mark.parametrize(
    "word", ["3 times a week", "twice weekly", "3x weekly", "3x/week", "once a week"]
)
def test_so_often_a_week_is_answered_with_the_days_of_a_week(word: str) -> None:
    """As the time of day it was; as the days and as an interval it had no answer."""
    week = "in a block that repeats every 7 days, like 'day: [1, 3, 5]'"
    assert advice(fields.days, word) == f"list the days, {week}"
    assert advice(fields.at, word).startswith(
        "leave it out, and list the days of a block of 7 days"
    )
    assert advice(fields.duration, word).startswith("list the days of a block that repeats")


@pytest.mark.parametrize("word", ["biweekly", "bimonthly", "every now and then"])
def test_a_word_of_two_lengths_is_answered_with_neither(word: str) -> None:
    """Biweekly is twice a week to some and every second week to others."""
    assert advice(fields.duration, word) == "write it like '8 hours' or '5 to 6 weeks'"


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("day", "1 day"),
        ("other day", "2 days"),
        ("every third day", "3 days"),
        ("weekly", "1 week"),
        ("Every day", "1 day"),
        ("2nd week", "2 weeks"),
        ("fortnight", "2 weeks"),
        ("hourly", "1 hour"),
        ("24-hour", "24 hours"),
        ("1 hour 30 minutes", "90 minutes"),
        ("1h30", "90 minutes"),
        ("3 weekly", "3 weeks"),
        ("4-weekly", "4 weeks"),
        ("8 hourly", "8 hours"),
    ],
)
def test_a_length_in_words_is_answered_with_the_same_length(word: str, suggestion: str) -> None:
    """`every: other day` was answered with `8 hours` and `5 to 6 weeks`, none of them it.

    Danger: `3 weekly`, every three weeks, with the days of three doses a week.
    """
    assert advice(fields.duration, word) == f"write {suggestion!r}"
    assert fields.duration(suggestion)


@pytest.mark.parametrize("reader", [fields.duration, fields.whole_days])
def test_a_month_in_a_word_is_answered_with_days_to_assume(reader: Any) -> None:
    """A month has 28 to 31 days."""
    assert advice(reader, "monthly") == "write '28 days' (or what the source means) and assume it"


def test_so_often_a_day_is_no_interval() -> None:
    """Twice a day is while awake, and every 12 hours round the clock."""
    assert advice(fields.duration, "twice a day") == (
        "write '2 times a day' as its 'at', instead of the repeat"
    )


@pytest.mark.parametrize("reader", [fields.whole_number, fields.count, fields.count_or_span])
@pytest.mark.parametrize("word", ["14 doses", "14 times", "14x", "14 cycles"])
def test_a_number_with_what_is_counted_is_answered_with_the_number(reader: Any, word: str) -> None:
    """Danger: `up_to: 14 doses` was to be in days; 14 days are 42 doses."""
    assert advice(reader, word) == "write 14"


def test_a_maximum_is_answered_with_a_maximum() -> None:
    """`times: at most 14` is no fourteen."""
    assert advice(fields.count, "at most 14") == "write 'up_to: 14'"
    assert advice(fields.count_or_span, "max 14 doses") == "write 14"


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("5 MIU twice daily", "5 MIU"),
        ("5 MIU/m2 daily", "5 MIU/m2"),
        ("72_000 IU/kg q8h", "72_000 IU/kg"),
        ("72_000 IU/kg every 8 hours", "72_000 IU/kg"),
        ("5 MIU/dose", "5 MIU"),
        ("5 mg per injection", "5 mg"),
        ("9 MIU b.i.d.", "9 MIU"),
        ("9 MIU qid", "9 MIU"),
        ("9 MIU QD", "9 MIU"),
        ("0.5 mg 3 times a week", "0.5 mg"),
    ],
)
def test_an_amount_that_says_how_often_is_answered_with_that_of_one_dose(
    word: str, suggestion: str
) -> None:
    """`72_000 IU/kg q8h` was answered with 'IU', and `5 MIU/dose` with per kg, m2 or day."""
    often = "how often it is given goes in 'day', 'at' or 'repeat'"
    assert advice(fields.amount, word) == f"write '{suggestion}', the amount of one dose; {often}"


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("2mg/h", "'2 mg/hour', with a space"),
        ("45mg/m2/d", "'45 mg/m2/day', with a space"),
        ("5AUC", "'5 AUC', with a space"),
        ("10ug", "'10 mcg', with a space"),
        ("18MU", "'18 MIU', with a space"),
        ("10mg/dL", "NUMBER UNIT or NUMBER UNIT/BASIS, like '5 mg' or '72_000 IU/kg'"),
    ],
)
def test_an_amount_without_a_space_is_never_answered_with_one_that_does_not_load(
    word: str, suggestion: str
) -> None:
    """`2mg/h` was answered with `2 mg/h`, and that with `2 mg/hour`."""
    assert advice(fields.amount, word) == f"write {suggestion}"


@pytest.mark.parametrize("word", ["2 times a day", "up to once a day"])
def test_a_time_that_is_valid_alone_is_not_answered_with_itself(word: str) -> None:
    """In a list `2 times a day` was called no time, and answered "write '2 times a day'"."""
    assert advice(fields.at, [word, "08:00"]) == "write it alone, not in a list"


@pytest.mark.parametrize(
    ("reader", "like"), [(fields.surface_cap, "2 m2"), (fields.weight_cap, "100 kg")]
)
def test_a_cap_on_the_body_that_cannot_be_read_is_answered_with_an_example_that_says_so(
    reader: Any, like: str
) -> None:
    """`weight_cap: max 70 kg` was answered with '100 kg', another cap."""
    assert advice(reader, "max 70") == f"write it like '{like}'"


@pytest.mark.parametrize("word", ["1 to 14 of 21", "1 to 5 and so on", "day 1 to day 14 of 21"])
def test_days_that_end_are_not_answered_as_if_they_ran_on(word: str) -> None:
    """`1 onward` would go on after day 14."""
    assert advice(fields.days, word) == "write 1, [1, 8], '1 to 5' or '6 onward'"


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("twice daily", "2 times a day"),
        ("twice a day", "2 times a day"),
        ("3x daily", "3 times a day"),
        ("2 times per day", "2 times a day"),
        ("q.i.d.", "4 times a day"),
        ("24 hours after methotrexate", "+24 hours"),
        ("30 minutes before chemotherapy", "-30 minutes"),
        ("3 to 24 hours after the cells", "+3 to +24 hours"),
        ("1 to 2 hours before chemotherapy", "-2 to -1 hours"),
        ("36 hours", "+36 hours"),
        ("3 day", "+3 days"),
        ("1 hour before chemotherapy", "-1 hour"),
        ("30 min before chemotherapy", "-30 minutes"),
        ("1 to 2 hrs before", "-2 to -1 hours"),
        ("36h after methotrexate", "+36 hours"),
        ("+3h", "+3 hours"),
        ("+3 hours after the cells", "+3 hours"),
        ("+3 to 24 hours", "+3 to +24 hours"),
        ("+3 hours to +24 hours", "+3 to +24 hours"),
        ("at most once a day", "up to once a day"),
        ("max 1x daily", "up to once a day"),
    ],
)
def test_times_spelled_otherwise_are_answered_with_what_loads(word: str, suggestion: str) -> None:
    """A time before another dose was answered with four examples, none of them it."""
    assert re.match(r"write '([^']+)'", advice(fields.at, word)).group(1) == suggestion  # type: ignore[union-attr]
    assert fields.at(suggestion).minutes


@pytest.mark.parametrize(("word", "clock"), [("20h", "20:00"), ("8 h", "08:00")])
def test_an_hour_of_the_clock_is_not_so_many_hours_after_the_start(word: str, clock: str) -> None:
    """Danger: `20h` was answered '+20 hours', which is four in the morning of the next day."""
    answer = advice(fields.at, word)
    assert answer.startswith(f"write {clock} if it is a clock time, or '+")


@pytest.mark.parametrize("word", ["08:00, 20:00", "8:00 and 20:00", "0800 & 2000"])
def test_clock_times_in_one_text_are_answered_with_a_list(word: str) -> None:
    """Each of them is clear."""
    assert advice(fields.at, word) == "write [08:00, 20:00]"


def test_doses_a_day_are_each_of_the_whole_amount() -> None:
    """Danger: an amount per day would halve what is given twice."""
    assert advice(fields.at, "2 doses a day") == "write '2 times a day'"


@pytest.mark.parametrize("word", ["in 2 divided doses", "divided in two doses"])
def test_divided_doses_are_answered_with_an_amount_per_day(word: str) -> None:
    """The amount is then that of the day, which is divided over its doses."""
    answer = "write '2 times a day', with an amount per day, like '45 mg/m2/day'"
    assert advice(fields.at, word) == answer


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [("-30 min", "-30 minutes"), ("+36 h", "+36 hours"), ("-1 to +2 hr", "-1 to +2 hours")],
)
def test_a_signed_time_keeps_its_sign(word: str, suggestion: str) -> None:
    """`-30 min` was answered with '30 minutes', and that with '+30 minutes': an hour later."""
    assert advice(fields.at, word) == f"write {suggestion!r}"
    assert fields.at(suggestion).minutes


@pytest.mark.parametrize(
    ("times", "way_out"),
    [
        (["08:00", "16:00", "00:00"], "write 'at: 08:00' and 'repeat: {times: 3, every: 8 hours}'"),
        (["20:00", "02:00"], "write 'at: 20:00' and 'repeat: {times: 2, every: 6 hours}'"),
    ],
)
def test_times_past_midnight_are_answered_with_a_repeat(times: list[str], way_out: str) -> None:
    """Sorted, as the message advised, 00:00 of day 1 is eight hours before the first dose."""
    assert advice(fields.at, times) == (
        f"list each time once, the earlier first; if they continue past midnight, {way_out}"
    )


@pytest.mark.parametrize(
    "times",
    [
        ["08:00", "20:00", "02:00"],
        ["08:00", "08:00"],
        ["20:00", "14:00", "08:00"],
        ["+4 hours", "+0 hours"],
    ],
)
def test_times_that_are_not_evenly_apart_have_no_repeat(times: list[str]) -> None:
    """18 hours from one to the next are no night."""
    assert advice(fields.at, times) == "list each time once, the earlier first"


@pytest.mark.parametrize(
    ("word", "hours"), [("q8h", 8), ("every 12 hours", 12), ("12-hourly", 12), ("every 8 hrs", 8)]
)
def test_a_time_of_so_many_hours_is_a_repeat(word: str, hours: int) -> None:
    """Round the clock is no `n times a day`, which is while awake."""
    repeat = f"leave it out and write 'repeat: {{times: ..., every: {hours} hours}}'"
    assert advice(fields.at, word) == repeat


@pytest.mark.parametrize("word", ["once a day", "once daily", "daily", "1 time a day", "QD"])
def test_once_a_day_needs_no_time(word: str) -> None:
    """It was answered with `2 times a day` among its examples alone."""
    assert advice(fields.at, word) == "once a day needs no 'at': leave it out"


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("<50 kg", "below 50 kg"),
        ("less than 1.5 m2", "below 1.5 m2"),
        ("under 18 years", "below 18 years"),
        (">= 50 kg", "50 kg or more"),
        ("\u226560 kg", "60 kg or more"),
        ("at least 60 kg", "60 kg or more"),
        ("50 kg or above", "50 kg or more"),
        ("18 years and older", "18 years or more"),
        ("over 60 kg", "above 60 kg"),
        ("<=30 mL/min", "up to 30 mL/min"),
        ("50-80 kg", "50 to 80 kg"),
        ("below 50kg", "below 50 kg"),
        ("more than 50-80 kg", "above 50 to 80 kg"),
        ("50 to under 80 kg", "50 to below 80 kg"),
        ("50 kg or less", "up to 50 kg"),
        ("10 kg to below 15 kg", "10 to below 15 kg"),
        ("above 55 kg to 85 kg", "above 55 to 85 kg"),
        ("10 kg to <15 kg", "10 to below 15 kg"),
        ("10-<15 kg", "10 to below 15 kg"),
        (">=10 to <15 kg", "10 to below 15 kg"),
        ("from 10 to 15 kg", "10 to 15 kg"),
        ("between 50 kg and 80 kg", "50 to 80 kg"),
        ("above 55 up to 85 kg", "above 55 to 85 kg"),
        ("below 30 ml/min", "below 30 mL/min"),
        ("<1.5 m\N{SUPERSCRIPT TWO}", "below 1.5 m2"),
        ("<1.5 sqm", "below 1.5 m2"),
        ("Below 50 kgs", "below 50 kg"),
        ("80+ kg", "80 kg or more"),
        ("18 years+", "18 years or more"),
        ("under 1 yr", "below 1 year"),
    ],
)
def test_a_band_spelled_otherwise_is_answered_with_the_same_band(
    word: str, suggestion: str
) -> None:
    """`at least 60 kg` beside `below 60 kg` was called a mix of arms and bands."""
    assert advice(fields.band, word) == f"write {suggestion!r}"
    assert fields.is_band(suggestion)
    (fault,) = faults(a_dose(f'amount: {{"{word}": 5 mg, {unlike(suggestion)}: 8 mg}}'))
    assert fault.problem == f"{word!r} is not a band of patients; write {suggestion!r}"


@pytest.mark.parametrize("word", ["low", "level-2", "1.25-mg"])
def test_what_is_no_band_is_not_taken_for_one(word: str) -> None:
    """A dose level is an arm."""
    assert not like_band(word)


@pytest.mark.parametrize("word", ["50 kg", "at least 50-80 kg", "up to 110 lbs", "<110 pounds"])
def test_half_a_band_is_answered_with_how_one_is_written(word: str) -> None:
    """Whether 50 kg are the lower or the upper bound, nobody knows; no band is in pounds."""
    assert band_help(word) == f"write it like {BANDS_LIKE}"
    (fault,) = faults(a_dose(f'amount: {{"{word}": 5 mg, 200 kg or more: 8 mg}}'))
    assert fault.problem == f"{word!r} is not a band of patients; {band_help(word)}"


@pytest.mark.parametrize(
    "text", [a_dose("amount: {low!: 5 mg}"), ARMS + a_dose("amount: {low!: 5 mg, high: 8 mg}")]
)
def test_what_is_no_name_is_one_fault(text: str) -> None:
    """It was also reported as no arm of the file."""
    (fault,) = faults(text)
    assert fault.problem.startswith("'low!' is not a name; use letters")


def test_a_default_arm_that_is_no_name_is_one_fault() -> None:
    """It, too, was reported twice; that it has no reason is another fault."""
    problems = [fault.problem for fault in faults("default_arm: low!\n" + ARMS + a_dose())]
    assert [problem.partition("; ")[0] for problem in problems] == [
        "'low!' is not a name",
        "gives no reason",
    ]


def test_an_arm_may_be_called_like_a_band_that_is_spelled_otherwise() -> None:
    """Whoever named an arm means it; a band beside it still mixes them."""
    arms = "arms: {over 60 years: a, others: b}\n"
    assert loaded(arms + a_dose("amount: {over 60 years: 5 mg, others: 8 mg}"))
    (fault,) = faults(arms + a_dose("amount: {over 60 years: 5 mg, below 50 years: 8 mg}"))
    assert fault.problem.startswith("mixes arms and bands of patients")


def unlike(band: str) -> str:
    """Another band of the same measure."""
    return f"200 to 300 {band.removesuffix(' or more').split()[-1]}"


def advice(reader: Any, word: Any) -> str:
    """The part of a message after what is wrong."""
    with pytest.raises(ValueError, match="; ") as error:
        reader(word)
    return str(error.value).partition("; ")[2]


def test_a_block_is_never_answered_with_a_repeat_in_hours() -> None:
    """A block comes again after whole days; `every: 8 hours` of one does not load."""
    assert repeat_of("q8h") == repeat_of({"every": "30 minutes"}) == "{times: ..., every: ...}"
    assert repeat_of("q8h", counted=True) == "{times: ..., every: 8 hours}"
    assert repeat_of("every 3 weeks") == "{every: 3 weeks}"


@pytest.mark.parametrize(
    ("reader", "word", "falling"),
    [
        (fields.days, "8-1", "8 to 1"),
        (fields.days, "D5 - D5", "5 to 5"),
        (fields.days, "8, 1", "[8, 1]"),
        (fields.days, "1-5, 3", "[1 to 5, 3]"),
        (fields.days, "8 to 1 of each week", "'8 to 1', in"),
        (fields.at, "8 pm and 8 am", "[20:00, 08:00]"),
        (fields.at, "24-3 hours after", "+24 to +3"),
        (fields.at, "3 to 3 hours before", "-3 to -3"),
        (fields.at, "30 minutes to 2 hours after", "+30 to +2"),
        (fields.at, "2 hours to 30 minutes after", "+2 to +30"),
        (fields.duration, "6-5 weeks", "6 to 5"),
        (fields.duration, "6 to 5 months", "168 to 140"),
        (fields.band, "80-50 kg", "80 to 50"),
    ],
)
def test_what_falls_is_never_answered_with_what_falls(
    reader: Callable[[str], object], word: str, falling: str
) -> None:
    """A file takes days, times, lengths and bands in rising order alone: no other order is offered.

    Neither are ends in two units offered in one of them.
    """
    with pytest.raises(ValueError, match=re.escape(word)) as error:
        reader(word)
    assert falling not in str(error.value).replace(repr(word), "")


def test_days_of_a_week_are_answered_however_their_range_is_spelled() -> None:
    """`1-5 per week` are days 1 to 5 of a block of seven days."""
    with pytest.raises(ValueError, match="write '1 to 5', in a block that repeats every 7 days"):
        fields.days("1-5 per week")


@pytest.mark.parametrize(
    ("word", "keys"),
    [("4 cycles", "times: 4"), ("up to 4 cycles", "up_to: 4"), ("max 3 doses", "up_to: 3")],
)
def test_a_repeat_that_is_a_count_keeps_it(word: str, keys: str) -> None:
    """An exact number stays one, and so does a maximum; only the interval is left open."""
    assert repeat_of(word) == f"{{{keys}, every: ...}}"
