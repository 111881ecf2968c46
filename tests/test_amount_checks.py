"""Totals that a source prints, checked against its file by `check`."""

from __future__ import annotations

import pytest

from commandline import run
from filetext import a_cycle, a_dose, a_file, assert_fault, examined, faults, loaded
from il2calc.format import json
from il2calc.model.evidence import PublishedTotal
from il2calc.model.patient import Patient
from il2calc.plan.schedule import make
from il2calc.report import regimen_text
from il2calc.units import quantity

TWO_COURSES = """
doses:
  - {dose: first course, drug: aldesleukin, amount: 1 MIU, route: SC, day: 1 to 5}
  - drug: aldesleukin
    dose: later courses
    amount: 3 MIU
    route: SC
    day: [22 to 26, 43 to 47, 64 to 68]
"""


def finding(*keys: str) -> str:
    """The findings of a file: one with these keys."""
    return f"findings:\n  - {{text: As printed., source: doe2020, {', '.join(keys)}}}"


def remarks(text: str) -> list[str]:
    """What `check` asks a person to confirm."""
    examination = examined(text)
    assert not examination.faults, [str(fault) for fault in examination.faults]
    return [f"{remark.path}: {remark.problem}" for remark in examination.remarks]


def test_a_published_total_unlike_that_of_the_file_is_asked_about_with_both_numbers() -> None:
    """5 x 1 + 15 x 3 = 50 million, and the paper prints 52.5 (it gave 1.5 in the first course)."""
    text = a_file(TWO_COURSES, finding("total: 52.5 million IU"))
    assert remarks(text) == [
        (
            "findings[1].total: the source prints 52.5 million units, but the file gives 50 "
            "million units of aldesleukin (20 doses); check both"
        )
    ]
    right = text.replace("amount: 1 MIU", "amount: 1.5 MIU")
    assert remarks(right) == []


@pytest.mark.parametrize(
    ("lines", "keys", "difference"),
    [
        (("amount: 18 MIU/m2/day", "over: 3 days"), ("total: 216 MIU/m2",), None),
        (("amount: 18 MIU/m2/day", "over: 3 days"), ("total: 54 MIU/m2", "block: cycle"), None),
        (("amount: 45 mg/day", "at: 2 times a day"), ("total: 45 mg", "block: cycle"), None),
        (("amount: 4 mg/kg",), ("total: 12 to 20 mg/kg",), None),
        (("amount: 4 mg/kg",), ("total: 0.016 g/kg",), None),
        (("amount: 9 mg", "cap: 8 mg"), ("total: 32 mg",), None),
        (
            ("amount: 4 mg/kg",),
            ("total: 17 to 20 mg/kg",),
            "prints 17 mg/kg to 20 mg/kg, but the file gives 16 mg/kg of examplumab (4 doses)",
        ),
        (
            ("amount: 5 mg",),
            ("total: 6 mg", "block: cycle"),
            "prints 6 mg per cycle, but the file gives 5 mg per cycle of examplumab (1 dose)",
        ),
        (("amount: 5 mg/kg",), ("total: 20 mg",), "prints 20 mg, but the file gives 20 mg/kg of"),
        (("amount: 5 mg/kg",), ("total: 20 MIU",), "file: it is in IU, the amounts in mg"),
        (
            ("amount: not stated",),
            ("total: 20 mg",),
            "amount of cycle.examplumab is not stated",
        ),
        (("amount: 5 AUC",), ("total: 20 mg",), "the amount of cycle.examplumab is a target AUC"),
        (
            ("amount: {below 9 kg: 1 mg, 9 kg or more: 2 mg}",),
            ("total: 20 mg",),
            "the amount of cycle.examplumab depends on bands of patients",
        ),
    ],
)
def test_a_total_counts_every_turn(
    lines: tuple[str, ...], keys: tuple[str, ...], difference: str | None
) -> None:
    """Four cycles; a dose per day is multiplied out; amounts per kg or m2 are added as such."""
    remark_lines = remarks(a_cycle(*lines, head=(finding(*keys),)))
    totals = [text for text in remark_lines if text.startswith("findings")]
    if difference is None:
        assert totals == []
    else:
        (remark,) = totals
        assert difference in remark


def test_a_maximum_counts_as_reached() -> None:
    """Up to 15 doses of 72,000 IU/kg: at most 1,080,000 IU/kg."""
    repeat = "repeat: {up_to: 15, every: 8 hours}"
    text = a_dose("amount: 72_000 IU/kg", repeat, head=(finding("total: 1.08 million IU/kg"),))
    assert remarks(text) == []


def test_amounts_of_several_bases_are_not_added() -> None:
    """A loading dose in mg and 2 mg/kg after it have no sum without a patient."""
    text = a_file(
        """
        doses:
          - {dose: load, drug: examplumab, amount: 5 mg, route: IV, day: 1}
          - {dose: upkeep, drug: examplumab, amount: 2 mg/kg, route: IV, day: 8}
        """,
        finding("total: 5 mg"),
    )
    (remark,) = remarks(text)
    assert remark.endswith("file: some amounts are per kg or m2 and others are not")


OPEN = """
blocks:
  - block: induction
    doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]
  - block: maintenance
    repeat: {every: 7 days}
    doses: [{drug: examplumab, amount: 2 mg, route: IV, day: 1 to 2}]
"""


def test_a_block_without_an_end_has_a_total_per_turn_only() -> None:
    """2 x 2 = 4 mg in each turn; in all it has no end."""
    assert remarks(a_file(OPEN, finding("total: 4 mg", "block: maintenance"))) == []
    assert remarks(a_file(OPEN, finding("total: 5 mg", "block: induction"))) == []
    (remark,) = remarks(a_file(OPEN, finding("total: 9 mg")))
    assert "maintenance has no stated end; name a block within it" in remark


TWO_CYCLES = """
blocks:
  - block: first
    blocks:
      - block: cycle
        doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]
  - block: second
    blocks:
      - block: cycle
        doses: [{drug: examplumab, amount: 2 mg, route: IV, day: 1}]
"""


def test_a_total_may_name_its_block_by_its_path() -> None:
    """Two blocks are called cycle: 2 mg are those of the second, and 5 of the first differ."""
    assert remarks(a_file(TWO_CYCLES, finding("total: 2 mg", "block: second.cycle"))) == []
    (only,) = remarks(a_file(TWO_CYCLES, finding("total: 2 mg", "block: cycle")))
    assert "the file gives 5 mg per cycle" in only
    (fault,) = faults(a_file(TWO_CYCLES, finding("total: 2 mg", "block: third.cycle")))
    assert fault.problem.endswith("known: first, first.cycle, second, second.cycle")


def test_a_total_of_a_block_that_does_not_give_the_drug_is_asked_about() -> None:
    """Nothing is not 0 mg."""
    body = OPEN + "doses: [{drug: otherumab, amount: 1 mg, route: IV, day: 1}]\n"
    text = a_file(body, finding("total: 1 mg", "block: induction", "drug: otherumab"))
    (remark,) = remarks(text)
    assert "otherumab is not given in induction" in remark


ARMS = a_dose(
    "amount: {low: 5 mg, high: 9 mg}",
    head=("arms: {low: a, high: b, none: c}", finding("total: 9 mg")),
).replace("    day: 1", "    arm: [low, high]\n    day: 1") + (
    "  - {drug: otherumab, amount: 1 mg, route: IV, day: 1, arm: none}\n"
)


def test_a_total_is_checked_in_every_arm_that_gives_the_drug_or_in_one() -> None:
    """9 mg are those of the higher level; nothing is stated of the arm without the drug."""
    text = ARMS.replace("total: 9 mg", "total: 9 mg, drug: examplumab")
    (remark,) = remarks(text)
    assert "the file gives 5 mg of examplumab in arm low (1 dose)" in remark
    assert remarks(text.replace("total: 9 mg", "total: 9 mg, arm: high")) == []


@pytest.mark.parametrize(
    ("keys", "path", "problem"),
    [
        (("total: 9mg",), "findings[1].total", "'9mg' is not an amount; write '9 mg', with"),
        (("total: 9 mg/day",), "findings[1].total", "is not a total; write it like '52.5 million"),
        (
            ("total: 9 to 8 mg",),
            "findings[1].total",
            "is not in rising order; write the smaller total",
        ),
        (
            ("total: 9 mg", "drug: x"),
            "findings[1].drug",
            "drug 'x' is not in this file; known: e",
        ),
        (
            ("total: 9 mg", "block: x"),
            "findings[1].block",
            "block 'x' is not in this file; known",
        ),
        (("total: 9 mg", "arm: x"), "findings[1].arm", "arm 'x' is not in this file; known: none"),
        (("drug: examplumab",), "findings[1].drug", "is on a finding without 'total'; add it"),
    ],
)
def test_a_total_that_is_of_nothing_is_a_fault(
    keys: tuple[str, ...], path: str, problem: str
) -> None:
    """The drug, block or arm that it names must be in the file."""
    errors = faults(a_dose(head=(finding(*keys),)))
    assert [(fault.path, problem in fault.problem) for fault in errors] == [(path, True)]


def test_faults_of_one_line_are_reported_in_a_fixed_order() -> None:
    """Drug, block and arm, as the language reference names them, whenever it is asked."""
    errors = faults(a_dose(head=(finding("drug: x", "block: x", "arm: x"),)))
    kinds = [f"findings[1].{key}" for key in ("drug", "block", "arm")]
    assert [fault.path for fault in errors] == [*kinds, *kinds]


def test_a_total_names_its_drug_where_there_are_several() -> None:
    """A total of which drug?"""
    text = ARMS.replace("total: 9 mg}", "total: 9 mg}  # here")
    problem = "names no drug, but the file gives examplumab, otherumab; add 'drug: examplumab'"
    assert_fault(text, "findings[1].total", problem)


def test_every_output_shows_the_published_total() -> None:
    """In the findings of every output."""
    regimen = loaded(a_cycle(head=(finding("total: 9 to 20 mg", "block: cycle"),)))
    line = "As printed. Total as printed: 9 mg to 20 mg per cycle. [doe2020]"
    assert dict(regimen_text.paragraphs(regimen))["Findings"] == [line]
    (plain,) = json.document(make(regimen), ())["findings"]
    assert plain["total"] == "Total as printed: 9 mg to 20 mg per cycle."
    assert regimen_text.document(regimen)["findings"] == [plain]
    total = PublishedTotal(quantity("9 mg"), quantity("9 mg"), "examplumab", None, "low")
    assert total.sentence() == "Total as printed: 9 mg of examplumab in arm low."


def test_a_schedule_is_not_stopped_by_a_wrong_published_total() -> None:
    """It is for who writes the file; `check --strict` fails on it."""
    text = a_file(TWO_COURSES, finding("total: 52.5 million IU"))
    assert make(loaded(text), Patient()).administrations
    assert run("check", "-", "--strict", stdin=text.encode()).code == 3


@pytest.mark.parametrize(
    ("block", "ends"),
    [
        ((), "examplumab is given as needed, in no total"),
        (("block: cycle",), "examplumab is given as needed, in no total"),
        (("block: rescue",), "examplumab is not given in rescue"),
    ],
)
def test_a_total_of_doses_as_needed_is_asked_about(block: tuple[str, ...], ends: str) -> None:
    """Nobody knows how often it is needed, so that no total can be checked against it."""
    text = a_file(
        """
        blocks:
          - block: cycle
            doses:
              - {drug: otherumab, amount: 1 mg, route: IV, day: 1}
              - {drug: examplumab, amount: 1 g, route: oral, day: 1, as_needed: yes,
                 at: up to 3 times a day}
          - block: rescue
            doses:
              - {drug: otherumab, amount: 1 mg, route: IV, day: 1}
        """,
        finding("total: 1 g", "drug: examplumab", *block),
    )
    (remark,) = remarks(text)
    assert remark.endswith(ends)


# Caps


@pytest.mark.parametrize(
    ("lines", "question"),
    [
        # 400 kg x 5 mg/kg = 2 g = 0.002 kg; 100 kg is no dose but a body
        (("amount: 5 mg/kg", "cap: 100 kg"), "given more than 0.002 kg; check its unit, or"),
        # 4 m2 x 1.4 mg/m2 = 5.6 mg
        (
            ("amount: 1.4 mg/m2", "cap: 2 g"),
            "reduces no dose, because nobody is given more than 0.0056 g",
        ),
        # 0.1 m2 x 1.4 mg/m2 = 0.14 mg
        (
            ("amount: 1.4 mg/m2", "cap: 2 mcg"),
            "reduces every dose, because everybody is given at least 140 mcg",
        ),
        # 4 m2 x 45 mg/m2 a day in two doses = 90 mg each
        (("amount: 45 mg/m2/day", "at: 2 times a day", "cap: 150 mg"), "given more than 90 mg"),
        (("amount: 9 mg", "cap: 10 mg"), "given more than 9 mg; check its unit"),
        # 5 x (1 + 25) = 130 mg, and 5 x (300 + 25) = 1625 mg = 0.001625 kg
        (
            ("amount: 5 AUC", "cap: 90 mg"),
            "reduces every dose, because everybody is given at least 130 mg",
        ),
        (("amount: 5 AUC", "cap: 100 kg"), "given more than 0.001625 kg; check its unit"),
        # 100 kg x 5 mg/kg = 500 mg
        (("amount: 5 mg/kg", "weight_cap: 100 kg", "cap: 600 mg"), "given more than 500 mg"),
        # 2 m2 x 5 mg/m2 = 10 mg
        (("amount: 5 mg/m2", "bsa_cap: 2 m2", "cap: 10 mg"), "given more than 10 mg"),
        # 50 kg x 5 mg/kg = 250 mg
        (
            ("amount: {below 50 kg: 5 mg/kg, 50 kg or more: 240 mg}", "cap: 250 mg"),
            "given more than 250 mg",
        ),
        # 50 kg x 5 mg/kg = 250 mg, and all below 50 kg are given 260 mg
        (
            ("amount: {below 50 kg: 260 mg, 50 kg or more: 5 mg/kg}", "cap: 200 mg"),
            "reduces every dose, because everybody is given at least 250 mg",
        ),
        # 5 x (60 + 25) = 425 mg
        (
            ("amount: {below 60 mL/min: 5 AUC, 60 mL/min or more: 400 mg}", "cap: 500 mg"),
            "given more than 425 mg",
        ),
    ],
)
def test_a_cap_that_cuts_nobody_or_everybody_is_asked_about(
    lines: tuple[str, ...], question: str
) -> None:
    """Danger: 2 g for 2 mg of vincristine caps nothing, and nobody sees it."""
    (remark,) = remarks(a_dose(*lines))
    assert remark.startswith("examplumab.cap: reduces ")
    assert question in remark


@pytest.mark.parametrize(
    "lines",
    [
        ("amount: 1.4 mg/m2", "cap: 2 mg"),
        ("amount: 5 mg/kg", "cap: 1_000 mg"),
        ("amount: 45 mg/m2/day", "at: 2 times a day", "cap: 150 mg/day"),
        ("amount: {below 45 kg: 5 mcg/m2/day, 45 kg or more: 9 mcg/day}", "cap: 9 mcg/day"),
        ("amount: 5 AUC", "cap: 750 mg"),
        ("amount: {below 2 m2: 5 mg/kg, 2 m2 or more: 300 mg}", "cap: 600 mg"),
        ("amount: 2 million cells/kg", "cap: 200 million cells"),
    ],
)
def test_a_cap_that_cuts_some_doses_is_not_asked_about(lines: tuple[str, ...]) -> None:
    """5 mcg x 4 m2 = 20 mcg a day are above 9, though 9 mcg are not."""
    assert remarks(a_dose(*lines)) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("amount: 10 mg", "cap: 100 kg"),
        ("amount: 5 mg/kg", "cap: 401 kg"),
        ("amount: 5 mg/kg", "weight_cap: 90 kg", "cap: 100 kg"),
    ],
)
def test_a_cap_in_kg_is_answered_with_one_of_a_weight_where_that_loads(
    lines: tuple[str, ...],
) -> None:
    """A weight cap of a flat dose, above 400 kg, or beside another one would be a fault."""
    (remark,) = remarks(a_dose(*lines))
    assert remark.endswith("; check its unit")


@pytest.mark.parametrize("amount", ["not stated", "5 IU/kg", "1.4", "5 mg/hour"])
def test_nothing_is_asked_about_a_cap_beside_a_fault(amount: str) -> None:
    """What cannot be read, or is in another unit, has no largest dose."""
    assert examined(a_dose(f"amount: {amount}", "cap: 100 kg")).remarks == ()
