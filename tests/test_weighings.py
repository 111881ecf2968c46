"""Measures of a body in the midst of a course: weight, height, body surface area, GFR and age.

Dangers: a dose by the body surface area of another weight, by a GFR that fell since, by the band of
an age that is past; and a slip in one of them that nobody sees.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import assert_refused, run
from courselogs import course, entry, given, log, turn
from filetext import a_file, loaded
from il2calc import Patient
from il2calc.course import Course, admit
from il2calc.course.intensity import intensities
from il2calc.format import events, fhir
from il2calc.format import json as json_format
from il2calc.language import log_chain, log_file, log_writing
from il2calc.model.effects import Effect, Reduced, Undone, Weighed
from il2calc.model.log import Entry
from il2calc.model.regimen import Regimen
from il2calc.report import course_text, notes
from il2calc.review import of_course
from il2calc.units import quantity
from logtext import a_log, assert_fault, read
from written import regimen as written

D = Decimal
ANN = Patient(weight=D(70), surface_area=D("1.8"), gfr=D(90), age=D(59))
CYCLES = written("""
    blocks:
      - block: cycle
        repeat: {times: 4, every: 7 days}
        doses:
          - {drug: x, amount: 10 mg/kg, route: IV, day: 1}
          - {drug: y, amount: 100 mg/m2, route: IV, day: 1}
          - {drug: z, amount: 5 AUC, route: IV, day: 1}
          - {drug: w, amount: {below 60 years: 300 mg, 60 years or more: 200 mg}, route: IV, day: 1}
""")
"""Ann: 10 x 70 = 700 mg, 100 x 1.8 = 180 mg, 5 x (90 + 25) = 575 mg, and 300 mg below 60 years."""


def one_dose(drug: str, amount: str, times: int = 2) -> Regimen:
    """One dose on the first day of each week."""
    dose = f"{{drug: {drug}, amount: {amount}, route: IV, day: 1}}"
    repeat = f"{{times: {times}, every: 7 days}}"
    return written(f"blocks: [{{block: cycle, repeat: {repeat}, doses: [{dose}]}}]")


def weigh(name: str | None = None, on: str = "2025-12-01", **measures: str) -> Weighed:
    """What was measured on a day, in the units of the model, and from when it is used."""
    values: dict[str, Any] = {key: D(value) for key, value in measures.items()}
    return Weighed(
        values.pop("weight", None), date.fromisoformat(on), turn(name) if name else None, **values
    )


def amounts(course: Course, drug: str) -> list[str]:
    """What every dose of a drug amounts to, to a tenth."""
    rows = [row.administration for row in course.rows if row.key.drug == drug]
    return [f"{row.dosed.value:.1f}".removesuffix(".0") for row in rows]


def head(course: Course) -> str:
    """The body in the head of every sheet, with the rows that it is for."""
    return dict(notes.head(course.schedule))["patient"]


def cautions_by_code(course: Course) -> dict[str, list[str]]:
    """The cautions of a course by their codes."""
    cautions: dict[str, list[str]] = {}
    for caution in of_course.review(course):
        cautions.setdefault(caution.code, []).append(caution.text)
    return cautions


# What doses are calculated with


def test_every_measure_is_taken_up_from_its_block_on() -> None:
    """66 kg: 660 mg; 1.7 m2: 170 mg; GFR 60: 5 x 85 = 425 mg; 61 years: 200 mg."""
    new = weigh("cycle 3", weight="66", surface_area="1.7", height="172", gfr="60", age="61")
    result = course(CYCLES, new, patient=ANN)
    assert amounts(result, "x") == ["700"] * 2 + ["660"] * 2
    assert amounts(result, "y") == ["180"] * 2 + ["170"] * 2
    assert amounts(result, "z") == ["575"] * 2 + ["425"] * 2
    assert amounts(result, "w") == ["300"] * 2 + ["200"] * 2
    assert head(result) == (
        "weight 70 kg, body surface area 1.8 m2 (given), GFR 90 mL/min, age 59 years; from row 9 "
        "on: weight 66 kg, height 172 cm, body surface area 1.7 m2 (given, not calculated from "
        "the height), GFR 60 mL/min, age 61 years"
    )


@pytest.mark.parametrize("name", ["weight", "surface_area", "height", "gfr", "age"])
def test_no_measure_changes_a_dose_by_itself(name: str) -> None:
    """Without a block from which it is used it is a note."""
    new = weigh(None, **{name: {"surface_area": "1.2", "height": "150"}.get(name, "61")})
    result, plain = course(CYCLES, new, patient=ANN), course(CYCLES, patient=ANN)
    rows, planned = result.schedule.administrations, plain.schedule.administrations
    assert [(row.dosed, row.patient) for row in rows] == [(row.dosed, ANN) for row in planned]


def test_a_weight_leaves_a_given_surface_area_as_it_was() -> None:
    """A log started with a body surface area: 60 kg, and still 1.8 m2."""
    result = course(CYCLES, weigh("cycle 3", weight="60"), patient=ANN)
    assert amounts(result, "x")[2:] == ["600"] * 2
    assert amounts(result, "y") == ["180"] * 4


def test_a_height_ends_the_use_of_a_given_surface_area() -> None:
    """64 kg and 169 cm by Mosteller: sqrt(64 x 169 / 3600) = 8 x 13 / 60 = 1.7333 m2."""
    result = course(CYCLES, weigh("cycle 3", weight="64", height="169"), patient=ANN)
    assert amounts(result, "y") == ["180"] * 2 + ["173.3"] * 2
    assert "body surface area 1.733 m2 (Mosteller)" in head(result)


def test_a_height_counts_with_the_weight_that_is_known() -> None:
    """70 kg of the start and 160 cm: sqrt(70 x 160 / 3600) = sqrt(28) / 3 = 1.7638 m2."""
    result = course(CYCLES, weigh("cycle 3", height="160"), patient=ANN)
    assert amounts(result, "y")[2:] == ["176.4"] * 2


def test_a_height_alone_is_no_surface_area() -> None:
    """Without a weight nothing can be calculated from it: the area that was given stays."""
    regimen = one_dose("y", "100 mg/m2", 2)
    body = Patient(surface_area=D("1.8"))
    result = course(regimen, weigh("cycle 2", height="160"), patient=body)
    assert amounts(result, "y") == ["180"] * 2
    with_weight = course(
        regimen,
        weigh("cycle 2", height="160"),
        weigh("cycle 2", "2025-12-02", weight="90", height="160"),
        patient=body,
    )
    assert amounts(with_weight, "y") == ["180", "200"]


def test_a_new_weight_is_calculated_with_the_kept_height_by_the_formula_of_the_log() -> None:
    """Du Bois, 0.007184 x 170^0.725 x 60^0.425 m2, calculated in binary fractions."""
    body = Patient(weight=D(70), height=D(170), formula="du-bois", gfr=D(90), age=D(59))
    result = course(CYCLES, weigh("cycle 3", weight="60"), patient=body)
    old, new = (100 * 0.007184 * 170**0.725 * kg**0.425 for kg in (70, 60))
    assert amounts(result, "y") == [
        f"{amount:.1f}".removesuffix(".0") for amount in (old, old, new, new)
    ]
    assert "(Du Bois)" in head(result).partition("from row 9 on: ")[2]


def test_a_given_surface_area_stays_under_a_later_weight() -> None:
    """1.5 m2 was measured; a weight two days later says nothing against it, a height does."""
    body = Patient(weight=D(70), height=D(160), gfr=D(90), age=D(59))
    first = weigh("cycle 2", surface_area="1.5")
    second = weigh("cycle 3", "2025-12-03", weight="62.5")
    third = weigh("cycle 4", "2025-12-04", height="160")
    result = course(CYCLES, first, second, third, patient=body)
    assert amounts(result, "y") == ["176.4", "150", "150", "166.7"]
    assert amounts(result, "x") == ["700", "700", "625", "625"]


def test_each_measure_counts_until_a_newer_one_of_its_kind() -> None:
    """A GFR of 12-02 and a weight of 12-01, in whatever order they were entered."""
    two = (weigh("cycle 2", weight="66"), weigh("cycle 3", "2025-12-02", gfr="60"))
    for order in (two, two[::-1]):
        result = course(CYCLES, *order, patient=ANN)
        assert amounts(result, "x") == ["700", "660", "660", "660"]
        assert amounts(result, "z") == ["575", "575", "425", "425"]


def test_what_was_given_before_a_measure_keeps_its_body() -> None:
    """The first dose of cycle 2 was given by the GFR of the start."""
    doses_given = [given(f"cycle {number}", drug, [1]) for number in (1, 2) for drug in "xyzw"]
    late = entry(weigh("cycle 2", "2025-12-08", gfr="60"), overridden=True)
    result = course(CYCLES, *doses_given, late, patient=ANN)
    assert amounts(result, "z") == ["575", "575", "425", "425"]


def test_an_undone_measure_leaves_the_course_as_it_was() -> None:
    """And one that is no other than that of the start takes nothing with it when it goes."""
    same = weigh("cycle 1", weight="70", gfr="90")
    result = course(CYCLES, same, given("cycle 1", "x", [1]), patient=ANN)
    assert {row.administration.patient for row in result.rows} == {ANN}
    admit(CYCLES, result.log, Entry(3, entry(same).entered, Undone(1)))


def test_another_amount_may_rest_on_a_measure_that_was_taken_up() -> None:
    """2 mg/m2 x 1.7 m2 = 3.4 mg, and no longer where that measure does not reach."""
    per_kg = one_dose("x", "1 mg/kg", 3)
    body = Patient(weight=D(70))
    area = weigh("cycle 2", surface_area="1.7")
    by_area = Reduced("x", quantity("2 mg/m2"), turn("cycle 2"))
    result = course(per_kg, area, by_area, patient=body)
    assert amounts(result, "x") == ["70", "3.4", "3.4"]
    codes = cautions_by_code(result).keys() - {"unrecorded", "days-before"}
    assert codes == {"set-low"}  # 3.4 of 70 mg
    with pytest.raises(Exception, match="x is dosed per m2: give the measure first"):
        course(per_kg, area, by_area._replace(start=turn("cycle 1")), patient=body)


def test_what_is_left_of_a_started_block_may_rest_on_a_measure_of_it() -> None:
    """Danger: the line that was offered for the height is entered, and is offered for ever.

    Dose 1 was given by the weight alone; dose 2 is 30 mg/m2 x 1.818 m2 = 54.5 mg.
    """
    doses = "doses: [{drug: x, amount: 1 mg/kg, route: IV, day: 1 to 2}]"
    daily = written(f"blocks: [{{block: cycle, repeat: {{times: 1, every: 7 days}}, {doses}}}]")
    tall = entry(weigh("cycle 1", height="170"), overridden=True)
    by_area = entry(Reduced("x", quantity("30 mg/m2"), turn("cycle 1")), overridden=True)
    body = Patient(weight=D(70))
    first, second = (given("cycle 1", "x", [number]) for number in (1, 2))
    assert amounts(course(daily, first, tall, by_area, patient=body), "x") == ["70", "54.5"]
    for entries in ((first, by_area), (first, second, tall, by_area)):
        with pytest.raises(Exception, match="x is dosed per m2: give the measure first"):
            course(daily, *entries, patient=body)


def test_a_measure_that_no_band_holds_is_refused_when_it_is_entered() -> None:
    """No dose of the source is for it; the same for a formula that lacks the sex."""
    bands = one_dose("x", "{50 to 80 kg: 390 mg, above 80 kg: 590 mg}", 2)
    with pytest.raises(Exception, match="weight 49 kg is in no band of the source"):
        course(bands, weigh("cycle 2", weight="49"))
    course(bands, weigh(None, weight="49"))
    schlich = Patient(weight=D(70), formula="schlich")
    with pytest.raises(Exception, match="the formula schlich differs by sex"):
        course(bands, weigh("cycle 2", height="170"), patient=schlich)


def test_a_weighing_of_the_future_or_of_a_started_block_is_refused() -> None:
    """It is no weight, and is not called one."""
    with pytest.raises(Exception, match="the weighing is dated 2025-12-11, after this entry"):
        course(CYCLES, entry(weigh(None, "2025-12-11", gfr="60"), "2025-12-10"), patient=ANN)
    with pytest.raises(Exception, match="; a weighing is used from the first dose of a block on"):
        course(CYCLES, weigh("cycle 1", "2025-12-02", gfr="60"), patient=ANN)


# In the log


def test_a_weighing_is_written_and_read_with_its_measures_first() -> None:
    """What was not measured has no key, and none is in the canonical form."""
    weighing = weigh("cycle 2", weight="66.5", surface_area="1.7", height="172", gfr="90", age="61")
    text = (
        "weigh: {weight: 66.5 kg, bsa: 1.7 m2, height: 172 cm, gfr: 90 mL/min, age: 61 years, "
        "on: 2025-12-01, use_from: cycle 2}"
    )
    assert read(a_log(text)).entries[0].effect == weighing
    lines = list(log_text_of(weighing))
    assert lines == [text]
    assert course_text.effect_text(weighing, log(CYCLES)) == (
        "weight 66.5 kg, body surface area 1.7 m2, height 172 cm, GFR 90 mL/min, age 61 years on "
        "2025-12-01, used from cycle 2"
    )
    assert list(log_text_of(weigh(None, gfr="60.0"))) == ["weigh: {gfr: 60 mL/min, on: 2025-12-01}"]


def log_text_of(effect: Effect) -> list[str]:
    """An effect as a log writes it."""
    return [next(iter(log_writing.entry_lines(entry(effect)))).strip().removeprefix("- ")]


def test_an_old_weighing_keeps_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Canonical form 1: a key for what is stated, and none for what is not."""
    seen: list[dict[str, Any]] = []

    def noted(data: dict[str, Any]) -> str:
        seen.append(data)
        return "0"

    monkeypatch.setattr(log_chain, "_hash", noted)
    moment = entry(weigh(None, weight="66.50"), "2025-12-14 10:00")
    log_chain.hash_of(moment, "f")
    log_chain.hash_of(entry(weigh("cycle 2", gfr="60", age="0.5")), "f")
    assert seen[0]["weigh"] == {"weight": "66.5", "on": "2025-12-01"}
    assert seen[1]["weigh"] == {
        "gfr": "60",
        "age": "0.5",
        "on": "2025-12-01",
        "use_from": "cycle 2",
    }


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("weigh: {on: 2025-12-14}", "weigh", "has none of: weight, bsa, height, gfr, age; a weigh"),
        ("weigh: {bsa: 17 m2, on: 2025-12-14}", "weigh.bsa", "is not plausible; give 0.1 to 4 m2"),
        ("weigh: {height: 172, on: 2025-12-14}", "weigh.height", "is not in cm or m or in"),
        ("weigh: {gfr: 90, on: 2025-12-14}", "weigh.gfr", "is not in mL/min"),
        ("weigh: {age: old, on: 2025-12-14}", "weigh.age", "is not an age"),
        ("weigh: {wieght: 70 kg, on: 2025-12-14}", "weigh.wieght", "did you mean 'weight'?"),
    ],
)
def test_a_weighing_that_measures_nothing_is_a_fault(text: str, path: str, words: str) -> None:
    """One fault with its line, for a hand that writes the log."""
    assert_fault(a_log(f"{text}  # here"), f"entries[1].{path}", words)


REGIMEN = """
blocks:
  - block: cycle
    repeat: {times: 3, every: 21 days}
    doses:
      - {drug: primumab, amount: 100 mg/m2, route: IV, day: 1}
      - {drug: secumab, amount: 5 AUC, route: IV, day: 1}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A log started with a body surface area and a GFR."""
    monkeypatch.chdir(tmp_path)
    Path("own.yaml").write_text(a_file(REGIMEN), encoding="utf-8")
    begin = ("--regimen", "own.yaml", "--bsa", "1.8", "--gfr", "90", "--start", "2025-12-01")
    result = run("log", "start", "S-07.yaml", *begin)
    assert result.code == 0, result.err
    return "S-07.yaml"


def test_the_verb_takes_every_measure_and_needs_one(file: str) -> None:
    """100 x 1.5 = 150 mg from row 3 on; nothing measured is nothing to enter."""
    line = ("--on", "2025-12-14", "--as-of", "2025-12-14")
    new = ("66.5 kg", "--bsa", "1.5", "--height", "1.72 m", "--gfr", "60 mL/min", "--age", "61")
    result = run("log", "weigh", file, *new, *line, "--use-from", "cycle 2")
    assert result.out == (
        "entry 1: weight 66.5 kg, body surface area 1.5 m2, height 172 cm, GFR 60 mL/min, age 61 "
        "years on 2025-12-14, used from cycle 2 (from row 3, 2025-12-22 08:00: primumab 150 mg)\n"
    )
    assert run("log", "weigh", file, "--gfr", "58", *line).out == (
        "entry 2: GFR 58 mL/min on 2025-12-14, changes no dose\n"
    )
    assert [entry.effect for entry in log_file.load(file).entries][1] == weigh(
        None, "2025-12-14", gfr="58"
    )
    assert_refused(
        run("log", "weigh", file, *line),
        1,
        "nothing was measured: give a weight or one of --bsa, --height, --gfr, --age",
    )
    assert run("log", "check", file).code == 0


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("--bsa", "17", "is not plausible"),
        ("--height", "1.72", "did you mean '1.72 m'?"),
        ("--height", "17", "is not plausible"),
        ("--gfr", "90 mL/min/1.73 m2", "is for a body of 1.73 m2"),
        ("--gfr", "9000", "is not plausible"),
        ("--age", "61.5", "is not an age"),
        ("--age", "610", "is not plausible"),
    ],
)
def test_a_measure_that_no_body_has_is_refused(
    file: str, option: str, text: str, words: str
) -> None:
    """As by every other verb, and nothing is entered."""
    before = Path(file).read_bytes()
    assert_refused(run("log", "weigh", file, option, text, "--on", "2025-12-14"), 2, words)
    assert Path(file).read_bytes() == before


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ((), "with this patient's 1.8 m2 it is 62.43 mL/min"),
        (("--bsa", "1.5"), "with this patient's 1.5 m2 it is 52.02 mL/min"),
    ],
)
def test_a_rate_of_a_standard_body_is_turned_into_this_patients_own(
    file: str, more: tuple[str, ...], words: str
) -> None:
    """Danger: the rate of an example body of 1.9 m2 is typed in. 60 x 1.8 / 1.73 = 62.43.

    A surface that is measured with it counts: 60 x 1.5 / 1.73 = 52.02.
    """
    before = Path(file).read_bytes()
    rate = ("--gfr", "60 mL/min/1.73m2", "--on", "2025-12-14")
    assert_refused(run("log", "weigh", file, *rate, *more), 2, "is for a body of 1.73 m2", words)
    assert Path(file).read_bytes() == before


def test_what_if_takes_the_same_words(file: str) -> None:
    """The body of a question, in no log: 5 x (60 + 25) = 425 mg."""
    line = "weigh 66.5 kg bsa 1.5 gfr 60 on 2025-12-01 use-from cycle 2"
    result = run("replan", file, "--as-of", "2025-12-01", "--what-if", line, "--format", "csv")
    assert [csv_line.split(",")[9] for csv_line in result.out.splitlines()[1:]] == [
        *("180", "575"),
        *("150", "425") * 2,
    ]


# What is pointed out


@pytest.mark.hazard(37)
def test_a_slip_in_any_measure_that_is_taken_up_is_cautioned_with_both_doses() -> None:
    """Danger: 1.08 m2 for 1.80, GFR 9 for 90: 40 % and 90 % less."""
    slip = weigh("cycle 2", surface_area="1.08", gfr="9")
    (caution,) = cautions_by_code(course(CYCLES, slip, patient=ANN))["weight-taken-up"]
    assert caution == (
        "the GFR of 9 mL/min on 2025-12-01 differs by 90 % from the 90 mL/min before it and the "
        "body surface area of 1.08 m2 on 2025-12-01 differs by 40 % from the 1.8 m2 before it, "
        "and doses use them from cycle 2 on (z 170 mg, before 575 mg; y 108 mg, before "
        "180 mg); check them"
    )
    codes = cautions_by_code(course(CYCLES, slip, patient=ANN))
    assert "below 15, kidney failure" in codes["gfr"][0]
    assert "fit no height from 120 to 220 cm" in codes["body-size"][0]


@pytest.mark.hazard(37)
def test_a_later_weighing_of_something_else_does_not_silence_a_slip() -> None:
    """Danger: 95 kg for 70, cautioned once; a GFR the day after, and no caution about the 950 mg.

    10 x 95 = 950 mg and 10 x 70 = 700 mg; what the GFR alone changes is not blamed on the weight.
    """
    slip = weigh("cycle 2", weight="95")
    rate = weigh("cycle 3", "2025-12-02", gfr="88")
    for later in (rate, rate._replace(use_from=turn("cycle 2"))):
        result = course(CYCLES, slip, later, patient=ANN)
        (text,) = cautions_by_code(result)["weight-taken-up"]
        assert text == (
            "the weight of 95 kg on 2025-12-01 differs by 35.7 % from the 70 kg before it, and "
            "doses use it from cycle 2 on (x 950 mg, before 700 mg); check it"
        )
        (caution,) = (item for item in of_course.review(result) if item.code == "weight-taken-up")
        assert caution.administrations == tuple(range(5, 17)), "those of all three cycles"


def test_a_measure_replaced_by_a_later_one_is_no_longer_cautioned_where_it_is_not_used() -> None:
    """95 kg and GFR 9, the GFR measured again: the weight is in force, the slip of the GFR not."""
    slips = weigh("cycle 2", weight="95", gfr="9")
    again = weigh("cycle 2", "2025-12-02", gfr="88")
    (first, second) = cautions_by_code(course(CYCLES, slips, again, patient=ANN))["weight-taken-up"]
    assert first.startswith("the weight of 95 kg on 2025-12-01 differs by 35.7 % from the 70 kg")
    assert "GFR" not in first
    assert second.startswith("the GFR of 88 mL/min on 2025-12-02 differs by 878 % from the 9 mL")
    mended = weigh("cycle 2", "2025-12-02", weight="70", gfr="88")
    codes = cautions_by_code(course(CYCLES, slips, mended, patient=ANN))["weight-taken-up"]
    assert not any("95 kg on" in text for text in codes)


def test_a_height_that_ended_a_given_area_is_cautioned_under_a_later_weighing() -> None:
    """130 cm and 70 kg: sqrt(9100 / 3600) = 1.590 m2 for 1.8 m2; 100 mg/m2 of each."""
    height = weigh("cycle 2", height="130")
    rate = weigh("cycle 2", "2025-12-02", gfr="88")
    (caution,) = cautions_by_code(course(CYCLES, height, rate, patient=ANN))["weight-taken-up"]
    assert caution.startswith("the body surface area of 1.59 m2 on 2025-12-01 differs by 11.7 %")
    assert "(y 159 mg, before 180 mg)" in caution


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        ({"gfr": "81.1"}, ""),
        ({"gfr": "81"}, "the GFR of 81 mL/min on 2025-12-01 differs by 10 %"),
        ({"surface_area": "1.63"}, ""),
        ({"surface_area": "1.62"}, "the body surface area of 1.62 m2 on 2025-12-01 differs by 10"),
        ({"height": "130"}, "the body surface area of 1.59 m2 on 2025-12-01 differs by 11.7 %"),
        ({"age": "61"}, ""),
        ({"age": "70"}, ""),
        ({"age": "6"}, ""),
    ],
)
def test_a_change_of_a_tenth_is_cautioned_for_every_measure(
    measures: dict[str, str], words: str
) -> None:
    """Of 90 mL/min and 1.8 m2. 70 kg and 130 cm are sqrt(9100 / 3600) = 1.590 m2.

    An age is cautioned where it falls and changes a dose: 70 years rise, 6 are below 60 as 59 are.
    """
    cautions = cautions_by_code(course(CYCLES, weigh("cycle 2", **measures), patient=ANN))
    assert cautions.get("weight-taken-up", [""])[0].startswith(words)
    assert ("weight-taken-up" in cautions) is bool(words)


def test_an_age_that_falls_is_cautioned_where_it_changes_a_dose() -> None:
    """Danger: 16 years for 61: another band."""
    old = Patient(weight=D(70), surface_area=D("1.8"), gfr=D(90), age=D(61))
    (caution,) = cautions_by_code(course(CYCLES, weigh("cycle 2", age="16"), patient=old))[
        "weight-taken-up"
    ]
    assert caution == (
        "the age of 16 years on 2025-12-01 differs by 73.8 % from the 61 years before it, and "
        "doses use it from cycle 2 on (w 300 mg, before 200 mg); check it"
    )


@pytest.mark.hazard(4)
def test_a_slip_of_the_age_that_turns_off_the_limits_of_adults_is_cautioned() -> None:
    """Danger: 16 for a man of 61, whose 30 kg are then those of a child, and no limit is checked.

    It is cautioned where no dose is calculated from an age too, and as a note that changes no dose.
    """
    per_kg = one_dose("x", "1 mg/kg", 2)
    man = Patient(weight=D(70), age=D(61))
    (used,) = cautions_by_code(course(per_kg, weigh("cycle 2", age="16"), patient=man))["age-moved"]
    assert used == (
        "the age of 16 years on 2025-12-01 (entry 1) does not fit the 61 years on "
        "2025-12-01: check both; from cycle 2 on the limits of adults are not checked"
    )
    (noted,) = cautions_by_code(course(per_kg, weigh(None, age="16"), patient=man))["age-moved"]
    assert noted.endswith("does not fit the 61 years on 2025-12-01: check both")


@pytest.mark.parametrize(
    ("began", "on", "age", "cautioned"),
    [
        ("61", "2025-12-20", "62", False),  # a birthday
        ("61", "2025-12-20", "63", True),  # two years in 19 days
        ("61", "2026-12-20", "63", False),  # one year and 19 days, and a birthday
        ("61", "2026-12-20", "64", True),
        ("61", "2025-12-20", "60", True),  # nobody grows younger
        ("18", "2025-12-20", "17", True),  # an adult who becomes a child
        ("18", "2025-11-20", "17", False),  # measured before the start
        ("17", "2025-12-20", "18", False),
        ("18", "2025-12-20", "18", False),  # an adult still
        ("18", "2025-12-01", "17", True),  # a child on the day on which the log begins
        ("61", "2025-12-01", "62", False),  # a birthday that was not calculated with
        ("61", "2029-12-01", "66", False),  # 1,461 days are four years, and a birthday
        ("61", "2029-12-01", "64", False),
        ("61", "2029-11-30", "66", True),  # 1,460 days are less than four years
        ("61", "2029-12-02", "64", True),
        (None, "2025-12-20", "16", False),  # none to compare it with
    ],
)
def test_an_age_moves_with_the_days_between(
    began: str | None, on: str, age: str, cautioned: bool
) -> None:
    """The log started on 2025-12-01; ages are counted in whole years."""
    body = Patient(weight=D(70), age=D(began) if began else None)
    cautions = cautions_by_code(
        course(one_dose("x", "1 mg/kg", 2), weigh(None, on, age=age), patient=body)
    )
    assert ("age-moved" in cautions) is cautioned


def test_ages_of_a_log_that_started_without_one_are_compared_with_the_first() -> None:
    """61 and then 16, eight days later; a weight between them says nothing of an age."""
    ages = [weigh(None, f"2025-12-0{day}", age=age) for day, age in ((1, "61"), (9, "16"))]
    weight = weigh(None, "2025-12-05", weight="70")
    result = course(one_dose("x", "1 mg/kg", 2), *ages, weight, patient=Patient(weight=D(70)))
    (text,) = cautions_by_code(result)["age-moved"]
    assert text.startswith("the age of 16 years on 2025-12-09 (entry 2) does not fit the 61")
    assert "age-moved" not in cautions_by_code(course(CYCLES, patient=ANN))


def test_an_age_that_follows_hides_none_that_does_not() -> None:
    """Danger: 62 in the next year, and then 16: the last alone is wrong, whoever entered it first.

    It is a fact of the patient. 90 for 61 is no child's, and no limit of adults is left out for it.
    """
    ages = [weigh(None, "2026-12-08", age="16"), weigh(None, "2026-12-01", age="62")]
    man = Patient(weight=D(70), age=D(61))
    result = course(one_dose("x", "1 mg/kg", 2), *ages, patient=man)
    (moved,) = [
        caution for caution in of_course.log_cautions(result) if caution.code == "age-moved"
    ]
    assert moved.text.startswith("the age of 16 years on 2026-12-08 (entry 1) does not fit")
    assert moved.of_patient
    old = course(one_dose("x", "1 mg/kg", 2), weigh("cycle 2", age="90"), patient=man)
    (of_old,) = cautions_by_code(old)["age-moved"]
    assert of_old.endswith("does not fit the 61 years on 2025-12-01: check both")
    without_start_age = course(one_dose("x", "1 mg/kg", 2), *ages, patient=Patient(weight=D(70)))
    (of_begun,) = cautions_by_code(without_start_age)["age-moved"]
    assert "does not fit the 62 years on 2026-12-01" in of_begun, "the first by its date"


def test_a_first_measure_has_none_before_it() -> None:
    """What was not known cannot have changed; a dose that needs it was none before."""
    per_kg = one_dose("x", "1 mg/kg", 2)
    new = weigh("cycle 2", weight="50", surface_area="1.5")
    by_area = Reduced("x", quantity("1 mg/m2"), turn("cycle 2"))
    cautions = cautions_by_code(course(per_kg, new, by_area, patient=Patient(weight=D(70))))
    assert "weight-taken-up" not in cautions


@pytest.mark.parametrize(
    ("measures", "words", "entered"),
    [
        (
            {"gfr": "60"},
            "the GFR of 60 mL/min on 2025-12-20 differs by 33.3 % from the 90 mL/min",
            "--gfr '60 mL/min'",
        ),
        (
            {"surface_area": "1.5"},
            "the body surface area of 1.5 m2 on 2025-12-20 differs by 16.7",
            "--bsa '1.5 m2'",
        ),
        (  # (61 - 6.5) / 61; of an infant `--age '0.5 years'` is none that anybody says
            {"age": "6.5"},
            "the age of 78 months on 2025-12-20 differs by 89.3 % from the 61 years",
            "--age '78 months'",
        ),
        ({"height": "150"}, "", ""),
        ({"age": "61"}, "", ""),
        ({"gfr": "85"}, "", ""),
    ],
)
def test_a_measure_that_differs_and_is_not_taken_up_is_cautioned(
    measures: dict[str, str], words: str, entered: str
) -> None:
    """The newest of its kind, compared with what doses are calculated with."""
    older = replace(ANN, age=D(61))
    cautions = cautions_by_code(
        course(CYCLES, weigh(None, "2025-12-20", **measures), patient=older)
    )
    assert cautions.get("weight-change", [""])[0].startswith(words)
    assert ("weight-change" in cautions) is bool(words)
    if words:
        assert cautions["weight-change"][0].endswith(
            "that doses are calculated with, and is not used (il2calc log weigh S-07.yaml "
            f"{entered} --on 2025-12-20 --use-from BLOCK)"
        )


BANDED = written("""
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 days}
        doses:
          - {drug: x, amount: {below 50 kg: 100 mg, 50 kg or more: 200 mg}, route: SC, day: 1}
          - drug: y
            amount: {40 to below 60 mL/min: 1 mg, 60 mL/min or more: 2 mg}
            route: SC
            day: 1
          - {drug: z, amount: {1 to below 1.4 m2: 3 mg, 1.4 to 2 m2: 4 mg}, route: SC, day: 1}
""")
"""52 kg at 150 cm are sqrt(52 x 150 / 3600) = 1.47 m2."""


@pytest.mark.parametrize(
    ("measures", "caution"),
    [
        ({"weight": "51"}, None),
        ({"gfr": "60"}, None),
        (
            {"weight": "49"},
            (
                "weight of 49 kg on 2025-12-20 is in another band of x (below 50 kg) than the 52 "
                "kg that doses are calculated with, and is not used (il2calc log weigh S-07.yaml "
                "'49 kg' --on 2025-12-20 --use-from BLOCK)"
            ),
        ),
        (
            {"gfr": "58"},
            (
                "GFR of 58 mL/min on 2025-12-20 is in another band of y (40 to below 60 mL/min) "
                "than the 62 mL/min that doses are calculated with, and is not used (il2calc log "
                "weigh S-07.yaml --gfr '58 mL/min' --on 2025-12-20 --use-from BLOCK)"
            ),
        ),
        (
            {"gfr": "30"},
            (
                "GFR of 30 mL/min on 2025-12-20 is in no band of y, so the source gives no dose, "
                "unlike the 62 mL/min that doses are calculated with"
            ),
        ),
        (
            {"height": "130"},
            (
                "height of 130 cm on 2025-12-20 is in another band of z (1 to below 1.4 m2) than "
                "the 1.472 m2 that doses are calculated with, and is not used (il2calc log weigh "
                "S-07.yaml --height '130 cm' --on 2025-12-20 --use-from BLOCK)"
            ),
        ),
    ],
)
def test_a_measure_in_another_band_is_cautioned_however_little_it_differs(
    measures: dict[str, str], caution: str | None
) -> None:
    """Danger: 49 kg of 52 halve the dose, and 5.8 % get no caution; a GFR of no band was refused.

    130 cm and 52 kg: sqrt(52 x 130 / 3600) = 1.37 m2.
    """
    body = Patient(weight=D(52), height=D(150), gfr=D(62))
    cautions = cautions_by_code(course(BANDED, weigh(None, "2025-12-20", **measures), patient=body))
    assert cautions.get("weight-change") == (None if caution is None else [f"the {caution}"])


@pytest.mark.parametrize(
    ("cap", "number_given", "offered"),
    [("", 0, True), ("cap: 150 mg, ", 0, False), ("cap: 190 mg, ", 0, True), ("", 2, False)],
)
def test_a_measure_that_would_change_no_dose_is_not_offered(
    cap: str, number_given: int, offered: bool
) -> None:
    """70 kg: 170 cm are 1.818 m2, 182 mg; 190 cm are 1.922 m2, 192 mg. Capped at 150 both are.

    Where both doses were given there is none to change.
    """
    dose = f"{{drug: x, amount: 100 mg/m2, {cap}route: IV, day: 1}}"
    repeat = "{times: 2, every: 7 days}"
    per_m2 = written(f"blocks: [{{block: cycle, repeat: {repeat}, doses: [{dose}]}}]")
    given_up_to = [given(f"cycle {number}", "x", [1]) for number in (1, 2)[:number_given]]
    body = Patient(weight=D(70), height=D(170))
    cautions = cautions_by_code(course(per_m2, *given_up_to, weigh(height="190"), patient=body))
    assert ("weight-change" in cautions) is offered


def test_a_height_that_an_ideal_weight_is_calculated_from_changes_doses() -> None:
    """Danger: said to change no dose, 61.44 mg at 170 cm and 70 at 190; no caution where not used.

    Devine, a woman: 45.5 + 2.3 x (66.93 - 60) = 61.44 kg; at 190 cm the ideal is above the actual.
    """
    by_ideal = written(
        "blocks: [{block: cycle, repeat: {times: 2, every: 7 days}, doses: "
        "[{drug: x, amount: 1 mg/kg, weight: ideal, route: IV, day: 1}]}]"
    )
    body = Patient(weight=D(70), height=D(170), sex="female")
    used = cautions_by_code(course(by_ideal, weigh("cycle 2", height="190"), patient=body))
    assert "weight-unused" not in used
    assert "weight-taken-up" in used
    assert "weight-change" in cautions_by_code(course(by_ideal, weigh(height="190"), patient=body))
    flat = Reduced("x", quantity("50 mg"), turn("cycle 1"))
    unused = cautions_by_code(course(by_ideal, flat, weigh("cycle 2", height="190"), patient=body))
    assert "weight-unused" in unused


def test_an_area_whose_use_a_height_ended_is_not_cautioned_as_left_out() -> None:
    """Danger: a measure that was used, cautioned as not taken up: 1.2 m2, and 1.818 m2 since."""
    area = weigh("cycle 2", surface_area="1.2")
    height = weigh("cycle 3", "2025-12-02", height="170")
    assert "weight-change" not in cautions_by_code(course(CYCLES, area, height, patient=ANN))


def test_a_measured_area_is_compared_with_the_calculated_one() -> None:
    """Danger: a slip in a weight or a height, that the area shows, without a caution.

    70 kg and 170 cm are sqrt(11900 / 3600) = 1.818 m2; 1.5 m2 are 17.5 % less.
    """
    body = Patient(weight=D(70), height=D(170), gfr=D(90), age=D(59))
    (text,) = cautions_by_code(course(CYCLES, weigh(surface_area="1.5"), patient=body))[
        "weight-change"
    ]
    assert "differs by 17.5 % from the 1.818 m2 that doses are calculated with" in text


def test_a_measure_that_no_dose_is_calculated_from_is_cautioned_once_taken_up() -> None:
    """And not where another measure of the same weighing is used."""
    flat = one_dose("x", "5 AUC", 2)
    body = Patient(weight=D(70), gfr=D(90))
    unused = course(flat, weigh("cycle 2", weight="69", height="170"), patient=body)
    (text,) = cautions_by_code(unused)["weight-unused"]
    assert text == (
        "the weight of 69 kg and the height of 170 cm (entry 1) change no dose: none is calculated "
        "from the weight and none is calculated from the height"
    )
    assert "weight-unused" not in cautions_by_code(
        course(flat, weigh("cycle 2", weight="69", gfr="88"), patient=body)
    )


def test_a_weight_that_leaves_the_doses_per_m2_is_cautioned_beside_a_measure_that_is_used() -> None:
    """A new GFR is used; the weight does not change the area that was given."""
    per_m2 = loaded(a_file(REGIMEN))
    body = Patient(weight=D(70), surface_area=D("1.8"), gfr=D(90))
    cautions = cautions_by_code(
        course(per_m2, weigh("cycle 2", weight="69", gfr="88"), patient=body)
    )
    (text,) = cautions["weight-unused"]
    assert text == (
        "the weight of 69 kg (entry 1) changes no dose: doses per m2 are calculated from the body "
        "surface area given, not from a height"
    )
    both = weigh("cycle 2", weight="69", gfr="88", surface_area="1.79")
    assert "weight-unused" not in cautions_by_code(course(per_m2, both, patient=body))


def test_each_weighing_that_changes_no_dose_is_cautioned() -> None:
    """Danger: the second entry of 69 kg was taken in silence, and `replan` said the same twice."""
    body = Patient(weight=D(70), surface_area=D("1.8"), gfr=D(90))
    both = [weigh(f"cycle {turn}", weight="69") for turn in (2, 3)]
    texts = cautions_by_code(course(loaded(a_file(REGIMEN)), *both, patient=body))["weight-unused"]
    assert [text.partition(" changes")[0] for text in texts] == [
        "the weight of 69 kg (entry 1)",
        "the weight of 69 kg (entry 2)",
    ]


def test_a_weight_that_changes_the_doses_per_kg_is_not_called_unused() -> None:
    """Danger: `changes no dose` beside a dose that it changes, for another per m2 stays."""
    assert "weight-unused" not in cautions_by_code(
        course(CYCLES, weigh("cycle 2", weight="69"), patient=ANN)
    )


def test_a_surface_area_that_only_follows_from_a_weight_is_no_second_slip() -> None:
    """Danger: one slip reported as two, and the wrong one looked for: 50 kg of 70 at 170 cm."""
    body = Patient(weight=D(70), height=D(170), gfr=D(90), age=D(59))
    cautions = cautions_by_code(course(CYCLES, weigh("cycle 2", weight="50"), patient=body))
    (text,) = cautions["weight-taken-up"]
    assert text.startswith(
        "the weight of 50 kg on 2025-12-01 differs by 28.6 % from the 70 kg before it, and doses "
    )


def test_a_height_that_ended_no_given_area_is_one_slip_whichever_area_came_between() -> None:
    """130 cm of 170: one slip. The area of the day before was entered after a dose without it.

    Danger: the surface area that follows from the height, reported as a slip of its own.
    """
    body = Patient(weight=D(70), height=D(170), gfr=D(90), age=D(59))
    height = weigh("cycle 2", "2025-12-02", height="130")
    area = entry(weigh("cycle 1", surface_area="1.8"), overridden=True)
    result = course(CYCLES, height, given("cycle 2", "x", [1]), area, patient=body)
    (text,) = [
        caution for caution in cautions_by_code(result)["weight-taken-up"] if "cm" in caution
    ]
    assert text.startswith(
        "the height of 130 cm on 2025-12-02 differs by 23.5 % from the 170 cm before it, and doses "
    )
    assert "surface" not in text


def test_an_age_of_months_is_given_in_months() -> None:
    """Danger: 0.5 years, which nobody says of an infant and a glance takes for 5: 1 of 1.5."""
    small = written("""
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: {below 1 years: 3 mg, 1 years or more: 2 mg}, route: IV, day: 1}
    """)
    child = course(small, weigh("cycle 2", age="0.5"), patient=Patient(age=D("1.5")))
    (text,) = cautions_by_code(child)["weight-taken-up"]
    assert text.startswith(
        "the age of 6 months on 2025-12-01 differs by 66.7 % from the 18 months before it"
    )


def test_a_note_is_not_cautioned_as_used_whatever_was_overridden() -> None:
    """Danger: a weight that no dose rests on, reported as used inside a block that had started."""
    note = entry(weigh(None, weight="69"), overridden=True)
    assert "override" not in cautions_by_code(course(CYCLES, note, patient=ANN))


def test_several_measures_used_inside_a_started_block_are_all_named() -> None:
    """Two, and three."""
    doses_given = [given("cycle 1", drug, [1]) for drug in "xyz"]
    late = entry(weigh("cycle 1", weight="69", gfr="88", surface_area="1.8"), overridden=True)
    (text,) = cautions_by_code(course(CYCLES, *doses_given, late, patient=ANN))["override"]
    assert text == (
        "the weight of 69 kg, the body surface area of 1.8 m2 and the GFR of 88 mL/min are used "
        "inside cycle 1, which had begun (entry 4)"
    )
    two = entry(weigh("cycle 1", weight="69", gfr="88"), overridden=True)
    (text,) = cautions_by_code(course(CYCLES, *doses_given, two, patient=ANN))["override"]
    assert text.startswith("the weight of 69 kg and the GFR of 88 mL/min are used inside cycle 1")
    one = entry(weigh("cycle 1", weight="69"), overridden=True)
    cautions = of_course.review(course(CYCLES, *doses_given, one, patient=ANN))
    (caution,) = (item for item in cautions if item.code == "override")
    assert caution.text.startswith("the weight of 69 kg is used inside cycle 1")
    assert caution.of_patient


def test_a_cap_on_the_surface_area_is_cautioned_for_the_body_that_exceeds_it() -> None:
    """160 cm and 70 kg are 1.764 m2, below 2 m2; 90 kg and 169 cm are 2.055 m2, above it."""
    body = Patient(weight=D(70), height=D(160), surface_cap=D(2), gfr=D(90), age=D(59))
    result = course(CYCLES, weigh("cycle 3", weight="90", height="169"), patient=body)
    (cap,) = (caution for caution in of_course.review(result) if caution.code == "bsa-cap")
    assert cap.text == "body surface area 2.055 m2 is counted as 2 m2 (--bsa-cap)"
    assert cap.administrations == (10, 14)
    assert amounts(result, "y")[2:] == ["200"] * 2


def test_an_arm_is_checked_against_the_body_that_was_measured_last() -> None:
    """An arm for children below 10 kg, and one who has grown out of it from row 2 on."""
    arms = loaded(
        a_file(
            "arms:\n"
            "  light: {text: a, for: {weight: below 10 kg}}\n"
            "  heavy: {text: b, for: {weight: 10 kg or more}}\n"
            "blocks:\n"
            "  - block: cycle\n"
            "    repeat: {times: 2, every: 7 days}\n"
            "    doses: [{drug: x, amount: 5 mg, route: IV, day: 1}]\n"
        )
    )
    result = course(arms, weigh("cycle 2", weight="12"), patient=Patient(weight=D(9)), arm="light")
    (other,) = (caution for caution in of_course.review(result) if caution.code == "arm-for-others")
    assert other.text == (
        "arm light is for weight below 10 kg, and this patient has weight 12 kg; for this patient: "
        "heavy"
    )
    assert other.administrations == (2,)


def test_the_rules_of_measures_are_shown_where_they_were_used() -> None:
    """A weight alone needs one of them, another measure the other."""
    weight_only = course(CYCLES, weigh("cycle 2", weight="69"), patient=ANN)
    with_gfr = course(CYCLES, weigh("cycle 2", weight="69", gfr="88"), patient=ANN)
    (new,) = set(with_gfr.notes) - set(weight_only.notes)
    assert new == (
        "Each measure counts until a newer one of its kind; a body surface area that was given "
        "counts until a height is measured without one, and is then calculated from height and "
        "weight."
    )


# In every output


def test_a_new_gfr_or_band_is_no_change_of_dose() -> None:
    """All of it given: 100 %, though 425 mg are less than 575 mg, and 200 mg than 300 mg."""
    doses = [given(f"cycle {number}", drug, [1]) for number in (1, 2) for drug in "xyzw"]
    late = weigh("cycle 2", "2025-12-02", gfr="60", age="61")
    result = course(CYCLES, late, *doses, patient=ANN, as_of="2025-12-08")
    shares = {
        intensity.drug: intensity.share for intensity in intensities(result) if not intensity.turns
    }
    assert shares == {"x": 100, "y": 100, "z": 100, "w": 100}
    (z,) = (
        intensity
        for intensity in intensities(result)
        if intensity.drug == "z" and not intensity.turns
    )
    assert z.planned == 575 + 425


def test_every_row_of_json_says_with_which_body_it_is_calculated() -> None:
    new = weigh("cycle 4", weight="66", height="172", gfr="60", age="61")
    text = "\n".join(json_format.lines(course(CYCLES, new, patient=ANN), ()))
    rows = json.loads(text)["administrations"]
    names = ("weight_kg", "height_cm", "gfr_ml_min", "age_years")
    assert [rows[0][name] for name in names] == [70, None, 90, 59]
    assert [rows[15][name] for name in names] == [66, 172, 60, 61]


def test_a_measure_that_is_known_for_some_rows_only_is_no_column_of_events() -> None:
    """A log started with a body surface area, weighed later: numbers have no blank."""
    regimen = one_dose("y", "100 mg/m2", 2)
    body = Patient(surface_area=D("1.8"))
    result = course(regimen, weigh("cycle 2", weight="70", surface_area="1.7"), patient=body)
    table = events.table(result, events.EventOptions(to_come=True))
    assert list(events.lines(table)) == [
        "ID,TIME,EVID,CMT,AMT,RATE,ADDL,II,BSA",
        "1,0,1,1,180,0,0,0,1.8",
        "1,168,1,1,170,0,0,0,1.7",
    ]
    assert "WT is left out: it is not known of every row" in table.notes
    flat = one_dose("y", "1 mg/kg", 2)
    result = course(flat, weigh("cycle 2", height="160"), patient=Patient(weight=D(70)))
    table = events.table(result, events.EventOptions(to_come=True))
    assert next(iter(events.lines(table))) == "ID,TIME,EVID,CMT,AMT,RATE,ADDL,II,WT"
    assert "BSA is left out: it is not known of every row" in table.notes


def test_an_observation_that_two_bodies_share_is_written_once() -> None:
    """A new GFR beside the weight of the start: one weight, one area, two rates."""
    result = course(CYCLES, weigh("cycle 3", gfr="60"), patient=ANN)
    bundle = json.loads("\n".join(fhir.lines(result, (), {})))
    resources = [entry["resource"] for entry in bundle["entry"]]
    ids = [(resource["resourceType"], resource["id"]) for resource in resources]
    assert len(ids) == len(set(ids))
    values = [
        resource["valueQuantity"]["value"]
        for resource in resources
        if resource["resourceType"] == "Observation"
    ]
    assert sorted(values) == [1.8, 60, 70, 90]


def test_a_weighing_that_a_later_one_replaces_is_cautioned_as_unused() -> None:
    """Danger: two weighings said to be used, and every dose calculated with the later: 10 x 77."""
    first = weigh("cycle 3", "2025-12-02", weight="75")
    second = weigh("cycle 2", "2025-12-03", weight="77")
    result = course(CYCLES, first, second, patient=ANN)
    assert amounts(result, "x") == ["700", "770", "770", "770"]
    (text,) = cautions_by_code(result)["weight-unused"]
    assert text == (
        "the weight of 75 kg on 2025-12-02 changes no dose: a later weighing counts instead "
        "(entry 2)"
    )


def test_what_replaces_a_weighing_is_what_is_used_in_its_block() -> None:
    """75 kg and 77 kg from cycle 2 on, 79 kg from cycle 4 on: the 77 kg replace the 75 kg."""
    first, second = (weigh("cycle 2", f"2025-12-0{day}", weight=f"7{day + 3}") for day in (2, 4))
    third = weigh("cycle 4", "2025-12-05", weight="79")
    result = course(CYCLES, first, second, third, patient=ANN)
    assert amounts(result, "x") == ["700", "770", "770", "790"]
    (text,) = cautions_by_code(result)["weight-unused"]
    assert text.endswith("a later weighing counts instead (entry 2)")


def test_a_weighing_that_is_used_for_one_turn_is_not_called_unused() -> None:
    """75 kg in cycle 2 and 77 kg from cycle 3 on: 750 mg, then 770 mg."""
    both = weigh("cycle 2", "2025-12-02", weight="75"), weigh("cycle 3", "2025-12-03", weight="77")
    result = course(CYCLES, *both, patient=ANN)
    assert amounts(result, "x") == ["700", "750", "770", "770"]
    assert "weight-unused" not in cautions_by_code(result)


def test_a_replaced_weighing_is_still_used_only_for_what_doses_need() -> None:
    """A GFR that no dose is calculated from does not make the replaced weight a used one."""
    flat = one_dose("x", "10 mg/kg", 2)
    first = weigh("cycle 2", "2025-12-02", weight="75", gfr="80")
    result = course(flat, first, weigh("cycle 2", "2025-12-03", weight="77"), patient=ANN)
    (text,) = cautions_by_code(result)["weight-unused"]
    assert text == (
        "the weight of 75 kg and the GFR of 80 mL/min on 2025-12-02 change no dose: a later "
        "weighing counts instead (entry 2)"
    )
    still = course(CYCLES, first, weigh("cycle 2", "2025-12-03", weight="77"), patient=ANN)
    assert "weight-unused" not in cautions_by_code(still)


def test_only_what_replaces_a_weighing_is_named_with_it() -> None:
    """Of a GFR, a weight that is a note and a weight that is used, the one that is used."""
    later = (
        weigh("cycle 2", "2025-12-03", gfr="80"),
        weigh(None, "2025-12-04", weight="76"),
        weigh("cycle 2", "2025-12-05", weight="77"),
        weigh("cycle 4", "2025-12-01", weight="74"),
    )
    result = course(CYCLES, weigh("cycle 3", "2025-12-02", weight="75"), *later, patient=ANN)
    assert cautions_by_code(result)["weight-unused"] == [
        f"the weight of {weight} kg on {on} changes no dose: a later weighing counts instead "
        "(entry 4)"
        for weight, on in (("75", "2025-12-02"), ("74", "2025-12-01"))
    ]


def test_an_earlier_weighing_that_is_used_replaces_no_later_one() -> None:
    """75 kg in cycle 2 and 78 kg from cycle 3 on; 77 kg in between are never used, for the 78."""
    weighings = (
        weigh("cycle 2", "2025-12-02", weight="75"),
        weigh("cycle 3", "2025-12-03", weight="77"),
        weigh("cycle 3", "2025-12-04", weight="78"),
    )
    cautions = of_course.review(course(CYCLES, *weighings, patient=ANN))
    (caution,) = (item for item in cautions if item.code == "weight-unused")
    assert caution.text.endswith("no dose: a later weighing counts instead (entry 3)")
    assert caution.of_patient, "no calendar that names nobody tells a weight"


def test_a_weighing_that_comes_after_every_dose_is_cautioned_as_unused() -> None:
    """Danger: reported as used inside a block of which every dose was given with the old weight."""
    flat = one_dose("x", "10 mg/kg", 1)
    late = entry(weigh("cycle 1", weight="75"), overridden=True)
    cautions = cautions_by_code(course(flat, given("cycle 1", "x", [1]), late, patient=ANN))
    (text,) = cautions["weight-unused"]
    assert text == (
        "the weight of 75 kg on 2025-12-01 changes no dose: no dose from cycle 1 on is calculated "
        "with it"
    )
    assert "override" not in cautions


def test_an_entry_that_changes_no_dose_names_no_row_as_its_own() -> None:
    """Danger: `used from cycle 3 (row 7: 770 mg)` of 75 kg that a later weighing replaces."""
    later = weigh("cycle 2", "2025-12-03", weight="77")
    before = course(CYCLES, later, patient=ANN)
    after = course(CYCLES, later, weigh("cycle 3", "2025-12-02", weight="75"), patient=ANN)
    assert course_text.entry_line(after.log.entries[-1], before, after) == (
        "entry 2: weight 75 kg on 2025-12-02, used from cycle 3 (no dose is calculated with it)"
    )
