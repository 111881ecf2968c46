"""Spellings of other collections: they load as meant, or a message names one that loads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from filetext import loaded
from il2calc.errors import MissingInput
from il2calc.model.patient import Patient
from il2calc.plan.schedule import make
from lacks import LACKS, answer

OTHERWISE = """\
assumptions:
  - {about: azacitidine.route, text: Under the skin., because: Either will do., otherwise: IV}
"""


@pytest.mark.parametrize(
    ("lack", "was", "now", "problem"),
    [
        ("auc", "AUC 5", "5 AUC", "write '5 AUC'"),
        ("sqm", "75 mg/m\N{SUPERSCRIPT TWO}", "75 mg/m2", "write '75 mg/m2'"),
        ("mbq", "7400 MBq", "not stated", "write 'amount: not stated', and say it in a finding"),
        ("gy", "2 Gy", "not stated", "write 'amount: not stated', and say it in a finding"),
        ("bid", "at: BID", "at: 2 times a day", "write '2 times a day'"),
        ("day0", "title:", "numbering: with day 0\ntitle:", "write 'numbering: with day 0'"),
        ("dcomma", "'1, 8, 15'", "[1, 8, 15]", "write [1, 8, 15]"),
        ("drange", "1-5", "1 to 5", "write '1 to 5'"),
        ("dropsday", "1;8;15", "[1, 8, 15]", "write [1, 8, 15]"),
        ("everymonth", "3 months", "84 days", "for each, so '84 days', or '91 days' by"),
        ("months", "24 months", "672 days", "for each, so '672 days', or '730 days' by"),
        ("overlap", "dose: rest", "dose: last", "is a key of the language; choose another name"),
        ("q36h", "24 hours after methotrexate", "+24 hours", "write '+24 hours'"),
        ("q3w", "q3w", "3 weeks", "write '3 weeks'"),
        ("timesrange", "times: 4 to 6", "up_to: 6", "write 'up_to: 6'"),
        ("until", "1 until complete remission", "1 onward", "write '1 onward'"),
        ("weekday", "Mon to Fri", "1 to 5", "write '1 to 5', and 'starts_on: Monday'"),
        ("wk3", "day: 1, at: 3 times a week", "day: [1, 3, 5]", "like 'day: [1, 3, 5]'"),
        ("percent", "60 % of ifosfamide", "1080 mg/m2", "write the resulting amount"),
        ("equal", "equal to ifosfamide", "1800 mg/m2", "write the resulting amount"),
        ("noamount", "docetaxel,", "docetaxel, amount: not stated,", "'amount: not stated'"),
        ("noroute", "docetaxel,", "docetaxel, route: not stated,", "'route: not stated'"),
        ("paren", "drug:", "dose: high, drug:", "add 'dose: NAME'"),
        ("plus", "drug:", "dose: both, drug:", "add 'dose: NAME'"),
        ("slash", "drug:", "dose: both, drug:", "add 'dose: NAME'"),
    ],
)
def test_what_does_not_load_is_refused_with_what_would(
    lack: str, was: str, now: str, problem: str
) -> None:
    """The first message of each is the way to a file that loads."""
    (message,) = answer(LACKS[lack])
    assert problem in message
    assert answer(LACKS[lack].replace(was, now)) == []


def test_doses_until_days_after_the_last_are_open_ended_in_the_outermost_list() -> None:
    """'-7 to 21 days after the last dose' of cycles: nobody can write the day on which it ends."""
    messages = answer(LACKS["folic"])
    assert "write '-7 onward' on a dose of the outermost list" in messages[0]
    assert answer(LACKS["folicopen"]) == []


AS_PRINTED = ("folfoxbolus", "mesna", "infusionfirst", "gap", "prn", "openfolicrepeat", "folicopen")


@pytest.mark.parametrize("lack", AS_PRINTED)
def test_a_text_that_means_what_it_says_loads_unchanged(lack: str) -> None:
    """It needs no other spelling."""
    assert answer(LACKS[lack]) == []


def rows(lack: str, *changes: tuple[str, str], **options: Any) -> list[str]:
    """The first four rows of a file: day, clock, infusion time [min]."""
    text = LACKS[lack]
    for was, now in changes:
        text = text.replace(was, now)
    schedule = make(loaded(text), Patient(weight=Decimal(70), surface_area=Decimal(2)), **options)
    return [
        f"{row.regimen_day} {row.clock} {row.dose.over.longest if row.dose.over else ''}".rstrip()
        for row in schedule.administrations[:4]
    ]


def test_each_loaded_text_means_what_it_says() -> None:
    """A bolus of 5 or 15 minutes, then the pump; folic acid from 7 days before cycle 1 on."""
    assert rows("folfoxbolus") == ["1 08:00 5", "1 08:05 2760", "15 08:00 5", "15 08:05 2760"]
    assert rows("mesna") == ["1 08:00 15", "1 08:15 1440"]
    assert rows("overlap", ("dose: rest", "dose: last"))[:2] == ["1 08:00 120", "1 10:00 1320"]
    assert rows("infusionfirst") == ["1 08:00 90", "22 08:00 30", "43 08:00 30", "64 08:00 30"]
    assert rows("prn") == []
    for lack in ("openfolicrepeat", "folicopen"):
        assert rows(lack, weeks=3) == ["-7 08:00", "-6 08:00", "-5 08:00", "-4 08:00"]
    assert rows("noamount", ("docetaxel,", "docetaxel, amount: not stated,"))[:2] == [
        "1 08:00", "22 08:00",
    ]  # fmt: skip
    assert rows("gap", ("rest: open", "rest: 6 weeks"))[3] == "43 08:00"
    with pytest.raises(MissingInput, match='--rest "before surgery=6 weeks"'):
        rows("gap")


def test_a_name_as_printed_is_given_as_printed() -> None:
    """Brackets, a plus and a slash stay in the name; the dose has a plain one for paths."""
    for lack, name in (
        ("paren", "cytarabine (high dose)"),
        ("plus", "5-FU + leucovorin"),
        ("slash", "trastuzumab/hyaluronidase"),
    ):
        regimen = loaded(LACKS[lack].replace("drug:", "dose: one, drug:"))
        assert [(dose.drug, dose.path) for dose in regimen.doses()] == [(name, "one")]


def test_a_range_of_an_amount_is_refused_with_arms() -> None:
    """'5 to 6 AUC': which of them a patient gets, a person must pick."""
    (message,) = answer(LACKS["range"])
    arms = "{low: 5 AUC, high: 6 AUC}"
    assert message.endswith(f"a range is that of two arms, {arms}")
    text = LACKS["range"].replace("5 to 6 AUC", arms)
    assert answer(f"{text}arms: {{low: the lower AUC, high: the higher}}\n") == []


def test_of_two_routes_one_is_assumed() -> None:
    """'SC or IV': the other reading is ready for --set."""
    (message,) = answer(LACKS["tworoutes"])
    assert message.endswith("write one, 'SC', and assume it with the other as 'otherwise'")
    assert answer(LACKS["tworoutes"].replace("SC or IV", "SC") + OTHERWISE) == []
