"""What is answered to a spelling of other papers: it loads, and means what was written."""

from __future__ import annotations

import re
from typing import Any

import pytest

from filetext import a_dose, faults, loaded
from il2calc.language import fields
from il2calc.language.spelling import BANDS_LIKE, band_help, like_band

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
    """`intratumoral`, `intravitreal` and `endotracheal` were told "write 'intrathecal'"."""
    assert meant(fields.route, word).startswith("known: IV bolus, IV infusion, IV, SC")


@pytest.mark.parametrize(
    ("word", "right"),
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
    ],
)
def test_a_route_spelled_otherwise_is_answered_with_itself(word: str, right: str) -> None:
    """A short form of one route alone, or a slip of one letter."""
    assert meant(fields.route, word) == f"write {right!r}"


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
    """`1 to 19 every 2 days` was told "write '1 onward'", which is twice as many doses."""
    repeat = f"give its first day alone, and write 'repeat: {{times: ..., every: {apart} days}}'"
    assert meant(fields.days, word) == repeat
    assert meant(fields.at, word) == f"leave it out; {repeat}"


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
    assert meant(fields.days, word) == answer
    first, count, apart = re.findall("[0-9]+", answer)
    repeat = f"repeat: {{times: {count}, every: {apart} days}}"
    assert loaded(a_dose(f"day: {first}", repeat))


def test_days_apart_that_fall_have_no_count() -> None:
    """`19 to 1 every 2 days` was told `up_to: -17 days`."""
    repeat = "give its first day alone, and write 'repeat: {times: ..., every: 2 days}'"
    assert meant(fields.days, "19 to 1 every 2 days") == repeat


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("1 through 5", "1 to 5"),
        ("days 1 to 5", "1 to 5"),
        ("d1-d5", "1 to 5"),
        ("1 and 8", ["1", "8"]),
        ("1, 8 & 15", ["1", "8", "15"]),
        ("Day 8", "8"),
    ],
)
def test_days_spelled_otherwise_are_answered_with_the_same_days(word: str, read: Any) -> None:
    """What is written after "write" loads."""
    right = meant(fields.days, word).removeprefix("write ").strip("'")
    assert right == (f"[{', '.join(read)}]" if isinstance(read, list) else read)
    assert fields.days(read).ranges


@pytest.mark.parametrize("word", ["1 to 14 of 21", "1 to 5 and 8 to 12"])
def test_days_that_end_are_not_answered_as_if_they_ran_on(word: str) -> None:
    """`1 onward` would go on after day 14."""
    assert meant(fields.days, word) == "write 1, [1, 8], '1 to 5' or '6 onward'"


@pytest.mark.parametrize(
    ("word", "right"),
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
        ("at most once a day", "up to once a day"),
        ("max 1x daily", "up to once a day"),
    ],
)
def test_times_spelled_otherwise_are_answered_with_what_loads(word: str, right: str) -> None:
    """A time before another dose was answered with four examples, none of them it."""
    assert re.match(r"write '([^']+)'", meant(fields.at, word)).group(1) == right  # type: ignore[union-attr]
    assert fields.at(right).minutes


@pytest.mark.parametrize(
    ("word", "right"),
    [("-30 min", "-30 minutes"), ("+36 h", "+36 hours"), ("-1 to +2 hr", "-1 to +2 hours")],
)
def test_a_signed_time_keeps_its_sign(word: str, right: str) -> None:
    """`-30 min` was told "write '30 minutes'", and that "write '+30 minutes'": an hour later."""
    assert meant(fields.at, word) == f"write {right!r}"
    assert fields.at(right).minutes


@pytest.mark.parametrize(
    ("times", "way_out"),
    [
        (["08:00", "16:00", "00:00"], "write 'at: 08:00' and 'repeat: {times: 3, every: 8 hours}'"),
        (["20:00", "02:00"], "write 'at: 20:00' and 'repeat: {times: 2, every: 6 hours}'"),
    ],
)
def test_times_past_midnight_are_answered_with_a_repeat(times: list[str], way_out: str) -> None:
    """Sorted, as the message said, 00:00 of day 1 is eight hours before the first dose."""
    assert meant(fields.at, times) == (
        f"list each time once, the earlier first; where they go on past midnight, {way_out}"
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
    assert meant(fields.at, times) == "list each time once, the earlier first"


@pytest.mark.parametrize(
    ("word", "hours"), [("q8h", 8), ("every 12 hours", 12), ("12-hourly", 12), ("every 8 hrs", 8)]
)
def test_a_time_of_so_many_hours_is_a_repeat(word: str, hours: int) -> None:
    """Round the clock is no `n times a day`, which is while awake."""
    repeat = f"leave it out and write 'repeat: {{times: ..., every: {hours} hours}}'"
    assert meant(fields.at, word) == repeat


@pytest.mark.parametrize("word", ["once a day", "once daily", "daily", "1 time a day", "QD"])
def test_once_a_day_needs_no_time(word: str) -> None:
    """It was answered with `2 times a day` among its examples alone."""
    assert meant(fields.at, word) == "once a day needs no 'at': leave it out"


@pytest.mark.parametrize(
    ("word", "right"),
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
def test_a_band_spelled_otherwise_is_answered_with_the_same_band(word: str, right: str) -> None:
    """`at least 60 kg` beside `below 60 kg` was told that arms and bands are mixed."""
    assert meant(fields.band, word) == f"write {right!r}"
    assert fields.is_band(right)
    (fault,) = faults(a_dose(f'amount: {{"{word}": 5 mg, {unlike(right)}: 8 mg}}'))
    assert fault.problem == f"{word!r} is no band of patients; write {right!r}"


@pytest.mark.parametrize("word", ["low", "level-2", "1.25-mg"])
def test_what_is_no_band_is_not_taken_for_one(word: str) -> None:
    """A dose level is an arm."""
    assert not like_band(word)


@pytest.mark.parametrize("word", ["50 kg", "at least 50-80 kg", "up to 110 lbs", "<110 pounds"])
def test_half_a_band_is_answered_with_how_one_is_written(word: str) -> None:
    """Whether 50 kg are the lower or the upper bound, nobody knows; no band is in pounds."""
    assert band_help(word) == f"write it like {BANDS_LIKE}"
    (fault,) = faults(a_dose(f'amount: {{"{word}": 5 mg, 200 kg or more: 8 mg}}'))
    assert fault.problem == f"{word!r} is no band of patients; {band_help(word)}"


@pytest.mark.parametrize(
    "text", [a_dose("amount: {low!: 5 mg}"), ARMS + a_dose("amount: {low!: 5 mg, high: 8 mg}")]
)
def test_what_is_no_name_is_one_fault(text: str) -> None:
    """It was also told that it is no arm of the file."""
    (fault,) = faults(text)
    assert fault.problem.startswith("'low!' is not a name; use letters")


def test_a_default_arm_that_is_no_name_is_one_fault() -> None:
    """It, too, was told twice; that it has no reason is another fault."""
    found = [fault.problem for fault in faults("default_arm: low!\n" + ARMS + a_dose())]
    assert [problem.partition("; ")[0] for problem in found] == [
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


def meant(read: Any, word: Any) -> str:
    """What a message says after it has said what is wrong."""
    with pytest.raises(ValueError, match="; ") as error:
        read(word)
    return str(error.value).partition("; ")[2]
