"""What a source does not state: `amount: not stated`, `route: not stated`."""

from __future__ import annotations

import json as plain_json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from commandline import run
from courselogs import course, given, turn
from filetext import a_cycle, a_dose, a_file, assert_fault, loaded
from il2calc.format import json, tabular
from il2calc.language import fields
from il2calc.model.effects import Reduced, Weighed
from il2calc.model.evidence import Provenance
from il2calc.model.measure import measures
from il2calc.model.patient import Patient
from il2calc.pharmacy.preparation import prepare
from il2calc.pharmacy.supply import order
from il2calc.picture import outline
from il2calc.plan.dosing import Unstated
from il2calc.plan.schedule import make
from il2calc.report import course_text, preparation_sheet, regimen_text, totals
from il2calc.review.of_course import review as review_course
from il2calc.review.of_schedule import review
from il2calc.units import Quantity
from lacks import LACKS, answer

BOTH = a_file(
    """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 days}
        doses:
          - {drug: examplumab, amount: not stated, route: IV, day: 1}
          - {drug: otherumab, amount: 5 mg, route: not stated, day: 1}
    """
)
UNTOLD = "whose amount is not stated, in no total and not prepared"


def test_a_dose_without_a_stated_amount_is_in_the_schedule() -> None:
    """It is given, so it has its rows; nothing is calculated from it and nothing is added up."""
    schedule = make(loaded(BOTH))
    first, second, *_ = schedule.administrations
    assert first.dosed == Unstated()
    assert first.dosed.true_share() is None
    assert second.dosed.value == 5
    assert {total.drug for total in schedule.totals} == {"otherumab"}
    assert measures("not stated") == frozenset()


def test_sheets_say_that_an_amount_is_not_stated() -> None:
    """In the table, in `show`, under the totals and in the working."""
    regimen = loaded(BOTH)
    schedule = make(regimen)
    lines = dict(regimen_text.paragraphs(regimen))["What is given"]
    assert "  examplumab (amount not stated), intravenous, on day 1 [doe2020, Abstract]" in lines
    assert "  otherumab 5 mg, route not stated, on day 1 [doe2020, Abstract]" in lines
    total_lines = list(totals.totals(schedule))
    assert total_lines[-1] == f"examplumab: 2 doses {UNTOLD}"
    assert next(totals.workings(schedule)) == (
        "examplumab: amount not stated (examplumab: cycle.examplumab.amount)"
    )
    assert not list(totals.roundings(schedule))


def test_one_dose_without_a_stated_amount_is_in_the_singular() -> None:
    """It says 1 dose, not 1 doses."""
    schedule = make(loaded(a_dose("amount: not stated")))
    assert list(totals.totals(schedule)) == [f"examplumab: 1 dose {UNTOLD}"]


def test_an_amount_not_stated_is_empty_in_csv_and_null_in_json() -> None:
    """Empty in CSV, null in JSON: never a 0."""
    schedule = make(loaded(BOTH))
    first, second, *_ = tabular.records(schedule)
    assert (first["amount"], first["unit"], first["route"]) == ("", "", "IV")
    assert (second["amount"], second["unit"], second["route"]) == ("5", "mg", "")
    rows = [*json.document(schedule, ())["administrations"]]
    assert rows[0]["amount"] is None
    assert rows[0]["working"] == []
    assert rows[1]["route"] is None


def test_an_amount_not_stated_needs_neither_source_nor_assumption() -> None:
    """There is no value to have a source; an assumption about it is still shown."""
    text = a_dose(
        "amount: not stated",
        "route: not stated",
        "source: {day: doe2020}",
        without="source",
        head=(
            "assumptions:\n  - {about: examplumab.amount, text: As in doe2020., because: Unsaid.}",
        ),
    )
    (dose,) = loaded(text).doses()
    assert dose.provenance["route"] == Provenance(half="how much")
    assert dose.provenance["amount"] == Provenance(assumptions=(1,), half="how much")
    assert make(loaded(text)).administrations[0].assumed == (1,)


def test_an_amount_not_stated_may_be_set() -> None:
    """--set states what the source does not."""
    regimen = loaded(a_dose("amount: not stated"), ("examplumab.amount", "5 mg"))
    assert make(regimen).administrations[0].dosed.value == 5
    assert str(regimen.settings[0]) == "examplumab.amount: not stated -> 5 mg"


def test_the_amount_of_one_arm_may_not_be_stated() -> None:
    """A trial may give the dose of one arm alone."""
    text = a_dose("amount: {low: 5 mg, high: not stated}", head=("arms: {low: a, high: b}",))
    regimen = loaded(text)
    assert make(regimen, arm="low").administrations[0].dosed.value == 5
    assert make(regimen, arm="high").administrations[0].dosed.value is None
    assert "5 mg (low) and (amount not stated) (high)" in "\n".join(
        line for _, lines in regimen_text.paragraphs(regimen) for line in lines
    )


def test_a_percentage_of_an_amount_not_stated_is_still_cautioned() -> None:
    """The file does not say how much, the user says half of it."""
    schedule = make(loaded(a_dose("amount: not stated")), percents={"examplumab": Decimal(50)})
    assert schedule.administrations[0].dosed.percent == 50
    assert "percent" in [caution.code for caution in review(schedule)]


@pytest.mark.parametrize("line", ["cap: 5 mg", "round: 5 mg"])
def test_an_amount_not_stated_cannot_be_capped_or_rounded(line: str) -> None:
    """A cap beside it says that something is missing."""
    key = line.partition(":")[0]
    problem = "cannot go with an amount that is not stated; leave it out"
    assert_fault(a_dose("amount: not stated", f"{line}  # here"), f"examplumab.{key}", problem)


def test_a_cap_on_body_surface_beside_an_amount_not_stated_is_a_fault() -> None:
    """A bsa_cap beside it would cap nothing."""
    text = a_dose("amount: not stated", "bsa_cap: 2 m2  # here")
    assert_fault(text, "examplumab.bsa_cap", "has no effect, because the amount is not per m2")


@pytest.mark.parametrize(("key", "lack"), [("amount", "noamount"), ("route", "noroute")])
def test_a_missing_amount_is_a_fault_that_names_not_stated(key: str, lack: str) -> None:
    """A dose without an amount may be a slip; the message names what would load."""
    (fault,) = answer(LACKS[lack])
    assert f"write '{key}: not stated' if the source does not say it" in fault
    assert answer(LACKS[lack].replace("docetaxel,", f"docetaxel, {key}: not stated,")) == []


def test_a_drug_file_still_states_its_routes() -> None:
    """`not stated` is a word of regimens alone: a monograph's limit without a route is no limit."""
    with pytest.raises(ValueError, match="'not stated' is not a known route"):
        fields.route("not stated")
    with pytest.raises(ValueError, match="is not an amount"):
        fields.amount("not stated")


def test_nothing_is_prepared_or_ordered_of_an_amount_not_stated() -> None:
    """The sheet says so; the other drug's doses are prepared as ever."""
    schedule = make(loaded(BOTH))
    prepared = prepare(schedule, {"examplumab": None, "otherumab": None})
    assert [preparation.dose.drug for preparation in prepared] == ["otherumab"]
    assert {preparation.drug for preparation in order(schedule, prepared)} <= {"otherumab"}
    parts = dict(preparation_sheet.preparation_parts(schedule, prepared, (), share=False))
    assert parts["Not prepared"] == [f"examplumab: 2 doses {UNTOLD}"]
    document = preparation_sheet.document(schedule, prepared, (), share=False)
    assert document["not_stated"] == [1, 3]


def test_a_picture_has_a_lane_for_an_amount_not_stated() -> None:
    """What is given is drawn; its size is unknown."""
    regimen = loaded(BOTH)
    for drawn in (outline.of_schedule(make(regimen)), outline.of_regimen(regimen)):
        lane = next(lane for lane in drawn.lanes if lane.drug == "examplumab")
        assert sorted(lane.cells) == [0, 21]
    picture = run("show", "-", "--format", "timeline", stdin=BOTH.encode())
    assert "examplumab  █  amount not stated a day (1 dose)" in picture.out


def test_a_course_counts_doses_without_a_stated_amount() -> None:
    """1 of 2 given; the drug whose amount is stated has its milligrams."""
    result = course(loaded(BOTH), given("cycle 1", "examplumab", [1]), as_of="2025-12-02")
    lines = list(course_text.totals(result))
    assert "examplumab, cycle 1: 1 of 1 given" in lines
    assert "examplumab, cycle 2: 0 of 1 given, 1 still to come (amount not stated)" in lines
    document = plain_json.loads("".join(json.lines(result, ())))
    row = document["administrations"][0]
    assert (row["state"], row["given"]["amount"]) == ("given", None)
    tallies = {(tally["drug"], tally["unit"]) for tally in document["tallies"]}
    assert tallies == {("examplumab", None), ("otherumab", "mg")}
    assert next(iter(tabular.records(result)))["given_amount"] == ""
    assert "below-plan" not in [caution.code for caution in review_course(result)]


def test_an_amount_given_where_none_is_stated_is_recorded_and_not_compared() -> None:
    """`log given --amount`: 5 mg in every output, and no caution of more or less than planned."""
    result = course(loaded(BOTH), given("cycle 1", "examplumab", [1], amount="5 mg"))
    (row,) = (row for row in result.rows if row.recorded.state == "given")
    assert (row.recorded.value, row.administration.dosed.unit) == (Decimal(5), "mg")
    lines = list(course_text.totals(result))
    assert "examplumab, cycle 1: 1 of 1 given (5 mg; planned: amount not stated)" in lines
    assert "examplumab, cycle 2: 0 of 1 given, 1 still to come (amount not stated)" in lines
    record = next(iter(tabular.records(result)))
    assert (record["amount"], record["given_amount"], record["unit"]) == ("", "5", "mg")
    as_given = plain_json.loads("".join(json.lines(result, ())))["administrations"][0]["given"]
    assert as_given["amount"] == {"value": 5, "unit": "mg"}
    (overall,) = (
        tally
        for tally in plain_json.loads("".join(json.lines(result, ())))["tallies"]
        if (tally["drug"], tally["blocks"]) == ("examplumab", [])
    )
    assert overall["unit"] == "mg"
    assert overall["planned"] == {"administrations": 2, "amount": None}
    assert overall["given"] == {"administrations": 1, "amount": 5}
    assert not {"above-plan", "below-plan"} & {caution.code for caution in review_course(result)}


def test_a_log_asks_for_the_amount_given_where_none_is_stated(tmp_path: Path) -> None:
    """Neither the file nor the entry has it: it is asked for, and then taken by every verb."""
    file, log = tmp_path / "both.yaml", str(tmp_path / "log.yaml")
    file.write_text(BOTH.replace("route: IV,", "route: IV infusion,"), encoding="utf-8")
    assert run("log", "start", log, "--regimen", str(file), "--start", "2026-01-01").code == 0
    refused = run("log", "given", log, "1")
    assert refused.code == 1
    (line,) = refused.err.splitlines()
    assert "row 1 (examplumab dose 1 of cycle 1) is not stated in the file" in line
    assert '--amount "5 mg"' in line
    what_if = run("replan", log, "--what-if", "given 1")
    assert (what_if.code, what_if.err) == (1, refused.err), "refused so as it would be"
    assert "examplumab dose 1 of cycle 1 given, 5 mg" in (
        run("log", "given", log, "1", "--amount", "5 mg").out
    )
    ended = ("--ended", "2026-01-22 09:00")
    part = run("log", "part", log, "3", "--amount", "0.5 g", *ended)
    assert "0.5 g of examplumab dose 1 of cycle 2 given, stopped early" in part.out
    at = ("--at", "2026-01-23 08:00")
    assert run("log", "extra", log, "examplumab", "3 mg", "--route", "IV", *at).code == 0
    assert "08:00, 0.5 g, stopped early 09:00" in run("replan", log).out


def test_totals_add_the_amount_given_to_what_is_set() -> None:
    """5 mg given, and 2 mg set from cycle 2 on: 5 mg of a planned amount that nobody knows."""
    to = Reduced("examplumab", Quantity(Decimal(2), "mg"), turn("cycle 2"), None)
    one = given("cycle 1", "examplumab", [1], amount="5 mg")
    lines = list(course_text.totals(course(loaded(BOTH), to, one)))
    total = "1 of 2 given (5 mg; planned: amount not stated), 1 still to come (2 mg)"
    assert f"examplumab, in all: {total}" in lines


def test_dose_intensity_of_an_amount_not_stated_is_not_calculated_and_names_the_rows(
    tmp_path: Path,
) -> None:
    """A share of an unknown amount is not 0 % and not 100 %."""
    file, log = tmp_path / "both.yaml", str(tmp_path / "log.yaml")
    file.write_text(BOTH, encoding="utf-8")
    assert run("log", "start", log, "--regimen", str(file), "--start", "2026-01-01").code == 0
    assert run("log", "given", log, "2").code == 0
    result = run("intensity", log)
    assert result.code == 0
    assert "Otherumab" in result.out
    assert (
        "the amount of rows 1, 3 (examplumab) is not stated in the file: there is no dose"
        in result.out
    )


def test_every_format_shows_an_amount_not_stated(tmp_path: Path) -> None:
    """Table, Markdown, calendar, HTML: none of them breaks on it."""
    file = tmp_path / "both.yaml"
    file.write_text(BOTH, encoding="utf-8")
    options = ("--start", "2026-12-01", "--no-subject")
    for name in ("table", "markdown", "html", "svg", "timeline"):
        output = run("schedule", str(file), *options, "--format", name)
        assert output.code == 0, output.err
        assert "not stated" in output.out
    calendar = run("schedule", str(file), *options, "-o", str(tmp_path / "both.ics"))
    assert calendar.code == 0, calendar.err
    assert "examplumab amount not stated" in (tmp_path / "both.ics").read_text(encoding="utf-8")
    brief = run("schedule", str(file), "--brief")
    assert "examplumab amount not stated, intravenous" in brief.out
    prepared = run("prepare", str(file), "--format", "json")
    assert plain_json.loads(prepared.out)["not_stated"] == [1, 3]


def test_a_weight_taken_up_changes_no_amount_not_stated() -> None:
    """Doses per kg have other amounts; one that is not stated has none to show."""
    from decimal import Decimal

    text = a_cycle("amount: not stated").replace(
        "    doses:\n",
        "    doses:\n      - {drug: otherumab, amount: 1 mg/kg, route: IV, day: 1}\n",
    )
    weighed = Weighed(Decimal(90), date(2025, 12, 1), turn("cycle 2"))
    patient = Patient(weight=Decimal(70))
    result = course(loaded(text), weighed, as_of="2025-12-02", patient=patient)
    (caution,) = (caution for caution in review_course(result) if caution.code == "weight-taken-up")
    assert "otherumab 90 mg, before 70 mg" in caution.text
    assert "examplumab" not in caution.text
