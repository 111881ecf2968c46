"""What other collections write of how much and how: each message names a spelling that loads."""

from __future__ import annotations

import pytest

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
        ("percent", "60 % of ifosfamide", "1080 mg/m2", "write the amount that it comes to"),
        ("equal", "equal to ifosfamide", "1800 mg/m2", "write the amount that it comes to"),
        ("noamount", "docetaxel,", "docetaxel, amount: not stated,", "'amount: not stated'"),
        ("noroute", "docetaxel,", "docetaxel, route: not stated,", "'route: not stated'"),
        ("paren", "drug:", "dose: high, drug:", "add 'dose: NAME'"),
        ("plus", "drug:", "dose: both, drug:", "add 'dose: NAME'"),
        ("slash", "drug:", "dose: both, drug:", "add 'dose: NAME'"),
    ],
)
def test_what_does_not_load_is_told_what_would(lack: str, was: str, now: str, problem: str) -> None:
    """The first message of each is the way to a file that loads."""
    (told,) = answer(LACKS[lack])
    assert problem in told
    assert answer(LACKS[lack].replace(was, now)) == []


def test_what_is_given_up_to_so_often_a_day_loads_as_it_stands() -> None:
    """'Up to 3 times a day' names no times: it is in no row (see test_as_needed)."""
    assert answer(LACKS["prn"]) == []


def test_a_range_of_an_amount_is_one_of_arms() -> None:
    """'5 to 6 AUC': which of them a patient gets, a person must pick."""
    (told,) = answer(LACKS["range"])
    arms = "{low: 5 AUC, high: 6 AUC}"
    assert told.endswith(f"a range is that of two arms, {arms}")
    text = LACKS["range"].replace("5 to 6 AUC", arms)
    assert answer(f"{text}arms: {{low: the lower AUC, high: the higher}}\n") == []


def test_of_two_routes_one_is_assumed() -> None:
    """'SC or IV': the other reading is ready for --set."""
    (told,) = answer(LACKS["tworoutes"])
    assert told.endswith("write one, 'SC', and assume it with the other as 'otherwise'")
    assert answer(LACKS["tworoutes"].replace("SC or IV", "SC") + OTHERWISE) == []
