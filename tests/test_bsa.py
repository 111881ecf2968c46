"""The verb `bsa`."""

from __future__ import annotations

from decimal import Decimal

import pytest

from commandline import assert_refused, document, printed, run
from il2calc.cli import bsa_verb
from il2calc.report.plain_data import headed

D = Decimal
BODY = ("bsa", "--weight", "70", "--height", "170")
PUBLISHED = {
    "mosteller": "1.818118685772619",
    "du-bois": "1.809707801753247",
    "haycock": "1.8256771247769754",
    "gehan-george": "1.8312893134221293",
    "fujimoto": "1.7642934701397994",
    "takahira": "1.8240665635433273",
    "shuter-aslani": "1.7860700647202692",
}
"""Check values for 170 cm and 70 kg, computed elsewhere in binary floating point."""


def area(*args: str) -> Decimal:
    """The number on the only line."""
    name, value, unit = printed(*args).split()
    assert unit == "m2", name
    return D(value)


@pytest.mark.parametrize("formula", PUBLISHED)
def test_each_formula_gives_its_published_value(formula: str) -> None:
    """To 12 decimals, one line, its name before it."""
    assert printed(*BODY, "--formula", formula).startswith(f"{formula}  ")
    assert abs(area(*BODY, "--formula", formula) - D(PUBLISHED[formula])) < D("1e-12")


def test_boyd_takes_the_weight_in_grams() -> None:
    """178 cm, 84 kg: 2.0544 m2 published; with kg in its place it would be 0.03."""
    args = ("bsa", "--weight", "84", "--height", "178", "--formula", "boyd")
    assert abs(area(*args) - D("2.0544")) < D("0.0001")


def test_schlich_does_not_swap_the_sexes() -> None:
    """165 cm, 95 kg: of all formulae Schlich for men is the lowest, 1.838 m2."""
    args = ("bsa", "--weight", "95", "--height", "165", "--formula", "schlich", "--sex")
    assert abs(area(*args, "male") - D("1.838")) < D("0.0005")
    assert area(*args, "female") > area(*args, "male")


def test_without_a_formula_it_is_mosteller() -> None:
    """sqrt(160 x 90 / 3600) = 2 exactly, shown without zeros."""
    assert printed("bsa", "--weight", "90", "--height", "160") == "mosteller  2 m2\n"


def test_units_are_converted() -> None:
    """1.70 m is 170 cm."""
    assert printed("bsa", "--weight", "70 kg", "--height", "1.70 m") == printed(*BODY)


def test_all_formulae_are_one_line_each() -> None:
    """Schlich for both sexes where none is given, else for that one."""
    lines = printed(*BODY, "--formula", "all").splitlines()
    names = [line.split("  ")[0] for line in lines]
    assert names[:8] == [*list(PUBLISHED)[:4], "boyd", *list(PUBLISHED)[4:]]
    assert names[8:] == ["schlich (female)", "schlich (male)"]
    assert {line.index("1.") for line in lines} == {len("schlich (female)") + 2}
    one = printed(*BODY, "--formula", "all", "--sex", "male").splitlines()
    assert len(one) == 9
    assert one[-1].split() == lines[-1].split()


def test_json_holds_the_same_with_all_digits() -> None:
    """28 of them."""
    found = document(*BODY)
    assert found["format"] == "il2calc.bsa/1"
    assert (found["weight_kg"], found["height_cm"]) == (70, 170)
    (only,) = found["bsa"]
    assert (only["formula"], only["unit"]) == ("mosteller", "m2")
    assert str(only["value"]).startswith(PUBLISHED["mosteller"])
    assert len(document(*BODY, "--formula", "all")["bsa"]) == 10


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (("bsa", "--weight", "70"), 2, "--height"),
        (("bsa", "--height", "170"), 2, "--weight"),
        (("bsa", "--weight", "1", "--height", "170"), 2, "2 to 400 kg"),
        (("bsa", "--weight", "70", "--height", "39"), 2, "40 to 260 cm"),
        ((*BODY, "--formula", "mostellar"), 2, "mosteller"),
        ((*BODY, "--formula", "schlich"), 1, "--sex female"),
        ((*BODY, "--sex", "f"), 2, "female"),
        ((*BODY, "--format", "csv"), 2, "json"),
    ],
)
def test_what_cannot_be_reckoned_is_refused(args: tuple[str, ...], code: int, word: str) -> None:
    """One line that ends in what would work."""
    assert_refused(run(*args), code, "error: ", word)


AREAS = [("mosteller", D("1.8181186857726190")), ("du-bois", D(2))]


def test_a_line_is_name_value_and_unit() -> None:
    """Every digit but trailing zeros; values stand below each other."""
    assert list(bsa_verb.lines(AREAS)) == [
        "mosteller  1.818118685772619 m2",
        "du-bois    2 m2",
    ]


def test_the_document_says_the_same_surfaces() -> None:
    """For programs."""
    assert bsa_verb.document(AREAS, D(70), D(170)) == {
        **headed("il2calc.bsa/1"),
        "weight_kg": 70,
        "height_cm": 170,
        "bsa": [
            {"formula": "mosteller", "value": D("1.8181186857726190"), "unit": "m2"},
            {"formula": "du-bois", "value": 2, "unit": "m2"},
        ],
        "cautions": [],
    }
