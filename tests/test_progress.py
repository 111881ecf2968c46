"""What was planned, given and is to come of each drug."""

from __future__ import annotations

from courselogs import course, given, held, turn
from il2calc.course import Course
from il2calc.course.progress import Progress
from il2calc.model.effects import Chain, Delayed
from written import regimen as written


def tally(found: Course, drug: str, turns: Chain, unit: str | None = None) -> Progress:
    """The tally of a drug in a turn."""
    alike = [each for each in found.progress if (each.drug, each.turns) == (drug, turns)]
    return next(each for each in alike if unit in {None, each.unit})


def test_there_is_a_tally_per_drug_and_turn_then_one_for_the_drug() -> None:
    found = course("imp321", arm="6.25-mg")
    cycles = [(("cycle", number),) for number in range(1, 7)]
    assert [(each.drug, each.turns) for each in found.progress] == [
        *(("paclitaxel", each) for each in (*cycles, ())),
        *(("IMP321", each) for each in (*cycles, ())),
    ]


def test_what_a_delay_added_was_not_planned() -> None:
    """Five doses of 1.8 million units more are to come in cycle 1 than the 14 of its plan."""
    found = course("trastuzumab", Delayed(turn("cycle 2"), 5), times={"cycle": 2})
    told = tally(found, "aldesleukin", turn("cycle 1"))
    assert (told.planned.doses, told.remaining.doses) == (14, 19)
    assert told.remaining.value - told.planned.value == 5 * 1_800_000


def test_what_was_given_is_counted_as_it_was_given() -> None:
    """300 of 400 mg given, one of 400 mg held, twelve to come: 4,800 mg."""
    told = given("cycle 1", "imatinib", [1], amount="300 mg")
    found = course("imatinib", told, held("cycle 1", "imatinib", [2]), times={"cycle": 1})
    each = tally(found, "imatinib", turn("cycle 1"))
    assert [each.given.value, each.held.value, each.remaining.value] == [300, 400, 4_800]
    assert each.planned.value == 14 * 400


def test_units_of_one_dimension_are_added_and_others_are_not() -> None:
    """1 g and 500 mg are 1.5 g; units are no mass."""
    regimen = written("""
        doses:
          - {dose: a, drug: x, amount: 1 g, route: IV, day: 1}
          - {dose: b, drug: x, amount: 500 mg, route: IV, day: 2}
          - {dose: c, drug: x, amount: 7 units, route: IV, day: 3}
          - {dose: d, drug: x, amount: 250 mg, route: IV, day: 4}
    """)
    found = course(
        regimen,
        given(
            "",
            "x",
            [
                1,
            ],
            dose="a",
        ),
    )
    assert [(each.unit, float(each.planned.value)) for each in found.progress] == [
        ("g", 1.75),
        ("units", 7),
    ]
    assert tally(found, "x", (), "g").given.value == 1
