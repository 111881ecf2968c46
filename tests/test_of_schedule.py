"""Cautions: what a careful pharmacist would point out, and on which rows."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import language, load_regimen
from il2calc.model.patient import Patient
from il2calc.model.regimen import OPEN, Regimen, Setting
from il2calc.plan.administration import Recorded
from il2calc.plan.schedule import Caution, make
from il2calc.review.departures import setting_factor
from il2calc.review.of_schedule import clock_touches, review
from written import regimen

D = Decimal
NPC = language.load("npc-bolus")
IMATINIB = language.load("imatinib")
TRASTUZUMAB = language.load("trastuzumab")
KG70 = Patient(weight=D(70))


def body(weight: str, height: str, cap: str | None = None) -> Patient:
    return Patient(weight=D(weight), height=D(height), surface_cap=D(cap) if cap else None)


def codes(cautions: tuple[Caution, ...]) -> list[str]:
    return [caution.code for caution in cautions]


def caution_of(code: str, cautions: tuple[Caution, ...]) -> Caution:
    (only,) = (caution for caution in cautions if caution.code == code)
    return only


def test_a_plain_schedule_has_no_caution() -> None:
    """A caution that is always there is never read."""
    assert review(make(loaded(a_dose()))) == ()


@pytest.mark.hazard(14)
@pytest.mark.parametrize(
    ("drug", "amount", "problem"),
    [
        ("trastuzumab", "18 MIU", "trastuzumab is in IU, and in its monograph in mg"),
        ("imatinib", "400 mL", "imatinib is in mL, and in its monograph in mg"),
        ("aldesleukin", "18 mL", "aldesleukin is in mL, and in its monograph in IU"),
        ("imatinib", "0.4 g", None),
        ("aldesleukin", "1.1 mg", None),
        ("examplumab", "18 MIU", None),
        ("aldesleukin", "not stated", None),
    ],
)
def test_a_unit_of_another_kind_than_that_of_the_monograph_is_cautioned(
    drug: str, amount: str, problem: str | None
) -> None:
    """Danger: trastuzumab in million units, and no limit that it could be compared with.

    A factor of the monograph makes activity of mass; grams are milligrams.
    """
    for needed in ("", ", as_needed: yes"):
        text = f"doses: [{{drug: {drug}, amount: {amount}, route: IV, day: 1{needed}}}]"
        other = "{drug: other, amount: 1 mg, route: IV, day: 1}"
        schedule = make(regimen(text.replace("doses: [", f"doses: [{other}, ")))
        monographs = language.monographs(schedule.regimen.drugs(None), None)
        cautions = [caution for caution in review(schedule, monographs) if caution.code == "unit"]
        rest = ": it is not checked against limits, and nothing is prepared; check the unit"
        assert [caution.text for caution in cautions] == ([problem + rest] if problem else [])
        assert [caution.administrations for caution in cautions] == [() if needed else (2,)] * len(
            cautions
        )


@pytest.mark.hazard(30)
def test_a_users_file_that_hides_a_shipped_one_is_cautioned(tmp_path: Path) -> None:
    """Two regimens of one name are the surest way to give the wrong one."""
    own_file = tmp_path / "npc-bolus.yaml"
    shipped = Path(NPC.origin.file).read_bytes()
    own_file.write_bytes(shipped)
    caution = caution_of(
        "hides-shipped", review(make(language.load("npc-bolus", folder=tmp_path), KG70))
    )
    assert str(own_file) in caution.text
    assert "npc-bolus" in caution.text
    assert "shipped" in caution.text


@pytest.mark.hazard(30)
def test_a_users_monograph_that_hides_a_shipped_one_is_cautioned(tmp_path: Path) -> None:
    """Danger: a monograph of one's own without limits took the limit's caution away in silence."""
    own_file = tmp_path / "drugs" / "aldesleukin.yaml"
    own_file.parent.mkdir()
    shipped = (Path(NPC.origin.file).parent / "drugs" / "aldesleukin.yaml").read_text("utf-8")
    own_file.write_text(re.sub(r"\nlimits:\n(  - .*\n)+", "\n", shipped), "utf-8")
    schedule = make(NPC, KG70, percents={"aldesleukin": D(200)})
    monographs = language.monographs(["aldesleukin"], tmp_path)
    assert monographs["aldesleukin"] is not None
    assert not monographs["aldesleukin"].limits
    caution = caution_of("hides-shipped", review(schedule, monographs))
    assert caution.text == f"{own_file} is used instead of the shipped aldesleukin"
    assert "hides-shipped" not in codes(review(schedule, language.monographs(["aldesleukin"])))


def test_a_file_given_by_its_path_hides_nothing(tmp_path: Path) -> None:
    """Who names a path knows which file it is."""
    own_file = tmp_path / "npc-bolus.yaml"
    own_file.write_bytes(Path(NPC.origin.file).read_bytes())
    assert "hides-shipped" not in codes(review(make(language.load(str(own_file)), KG70)))


def test_a_value_that_was_set_is_cautioned_with_the_one_of_the_file() -> None:
    """Two values that were set are two cautions, with old and new value, on every row."""
    settings = [
        ("course.cycle.repeat.rest", "6 days"),
        ("course.cycle.aldesleukin.over", "1 hours"),
    ]
    all_cautions = review(make(language.load("npc-bolus", settings=settings), KG70))
    cautions = [caution for caution in all_cautions if caution.code == "set"]
    assert [caution.administrations for caution in cautions] == [tuple(range(1, 61))] * 2
    assert "course.cycle.repeat.rest: 7 days -> 6 days" in cautions[0].text
    assert "course.cycle.aldesleukin.over: not stated -> 1 hours" in cautions[1].text


def test_a_percentage_of_a_regimen_never_to_be_reduced_is_cautioned() -> None:
    """Rule: a file that says `reduce: no` is believed on the first day too."""
    never = replace(IMATINIB, never_reduce=True)
    for percent, expected in (("50", True), ("99.5", True), ("100.5", False)):
        schedule = make(never, times={"cycle": 1}, percents={"imatinib": D(percent)})
        assert ("never to reduce them" in caution_of("percent", review(schedule)).text) is expected


@pytest.mark.hazard(20)
def test_a_percentage_is_cautioned_on_the_rows_of_its_drug() -> None:
    """75 % of imatinib touches the 28 imatinib rows of two cycles and no other drug."""
    schedule = make(IMATINIB, times={"cycle": 2}, percents={"imatinib": D(75)})
    caution = caution_of("percent", review(schedule))
    assert "imatinib" in caution.text
    assert "75 %" in caution.text
    touched = {schedule.administrations[number - 1].dose.drug for number in caution.administrations}
    assert touched == {"imatinib"}
    assert len(caution.administrations) == 2 * 14


@pytest.mark.hazard(21)
def test_a_default_arm_is_cautioned_with_the_arms_there_are() -> None:
    """Level 2 is given because nobody chose otherwise: that must not go unseen."""
    caution = caution_of("default-arm", review(make(IMATINIB, times={"cycle": 1})))
    for word in ("level-1", "level-2", "level-3", "level-4", "--arm"):
        assert word in caution.text


def test_an_arm_that_was_named_is_no_default() -> None:
    """Naming the default arm is a choice."""
    cautions = review(make(IMATINIB, arm="level-2", times={"cycle": 1}))
    assert codes(cautions) == []


@pytest.mark.parametrize("arm", ["level-3", "level-4"])
def test_an_arm_above_the_maximum_tolerated_dose_says_so(arm: str) -> None:
    """9 and 12 million units a day are above the 6 million that the trial found tolerable."""
    caution = caution_of("arm", review(make(IMATINIB, arm=arm, times={"cycle": 1})))
    assert arm in caution.text
    assert "above the maximum tolerated dose" in caution.text
    assert "6 million units" in caution.text


def test_a_cap_that_reduces_the_body_surface_is_cautioned_on_the_rows_dosed_by_it() -> None:
    """190 cm, 150 kg: sqrt(190 x 150 / 3600) = 2.814 m2, counted as 2; rows by kg are as before."""
    schedule = make(TRASTUZUMAB, body("150", "190", "2.0"), times={"cycle": 1})
    caution = caution_of("bsa-cap", review(schedule))
    assert "2.814 m2" in caution.text
    assert "2 m2" in caution.text
    touched = [schedule.administrations[number - 1].dose.drug for number in caution.administrations]
    assert set(touched) == {"aldesleukin"}
    assert len(touched) == 19 + 14
    assert caution.of_patient, "it tells how large the patient is"


TWO_CAPS = """
    doses:
      - {drug: primumab, amount: 5 mg/m2, route: IV, day: 1, bsa_cap: 2.2 m2}
      - {drug: secumab, amount: 5 mg/m2, route: IV, day: 2}
"""


def test_a_cap_of_the_file_below_the_users_is_not_cautioned_as_the_users() -> None:
    """Of 2.814 m2 primumab counts 2.2, so "counted as 2.5 m2" is true of secumab alone."""
    schedule = make(loaded(a_file(TWO_CAPS)), body("150", "190", "2.5"))
    assert caution_of("bsa-cap", review(schedule)).administrations == (2,)
    alone = TWO_CAPS.replace("day: 2", "day: 2, bsa_cap: 2.4 m2")
    assert "bsa-cap" not in codes(review(make(loaded(a_file(alone)), body("150", "190", "2.5"))))


def test_a_capped_surface_that_chooses_another_band_is_cautioned() -> None:
    """Danger: 150 instead of 200 mg in silence, where a dose per m2 has a lower cap of its own."""
    band = "{drug: b, amount: {up to 2 m2: 150 mg, above 2 m2: 200 mg}, route: IV infusion, day: 1}"
    own = "{drug: a, amount: 5 mg/m2, route: IV infusion, day: 1, bsa_cap: 1.8 m2}"
    for doses, touched in ((f"[{own}, {band}]", (2,)), (f"[{band}]", (1,))):
        schedule = make(loaded(a_file(f"doses: {doses}\n")), body("90", "180", "2"))
        assert schedule.administrations[touched[0] - 1].dosed.value == 150
        assert caution_of("bsa-cap", review(schedule)).administrations == touched


def test_a_cap_that_reduces_nothing_is_not_cautioned() -> None:
    """160 cm and 90 kg are exactly sqrt(4) = 2 m2: not above a cap of 2."""
    assert "bsa-cap" not in codes(review(make(TRASTUZUMAB, body("90", "160", "2.0"))))
    assert "bsa-cap" not in codes(review(make(TRASTUZUMAB, body("150", "190"))))
    assert codes(review(make(loaded(a_dose()), Patient(surface_cap=D(2))))) == []


@pytest.mark.hazard(17)
def test_the_fifteenth_dose_falls_past_midnight_of_its_planned_days() -> None:
    """From 08:00, dose 15 is due 112 h later: 00:00 on day 6 of a cycle planned for days 1 to 5."""
    caution = caution_of("outside-planned-days", review(make(NPC, KG70)))
    assert caution.administrations == (15, 30, 45, 60)
    assert "rows 15, 30, 45, 60" in caution.text
    assert "08:00" in caution.text


def test_fifteen_doses_stay_within_five_days_if_the_first_is_before_eight() -> None:
    """07:59 + 112 h = 119 h 59 min, one minute before the end of day 5."""
    assert codes(review(make(NPC, KG70, at=7 * 60 + 59))) == []


def test_all_rows_outside_their_days_are_listed() -> None:
    """From 23:30 doses 14 and 15 of each of four cycles fall on day 6: eight rows."""
    caution = caution_of("outside-planned-days", review(make(NPC, KG70, at=23 * 60 + 30)))
    assert caution.administrations == (14, 15, 29, 30, 44, 45, 59, 60)
    assert "rows 14, 15, 29, 30, 44, 45, 59, 60" in caution.text
    assert "8 doses fall" in caution.text


def test_one_row_outside_its_days_is_cautioned_in_the_singular() -> None:
    """Four doses every 6 h from 08:00 end at 02:00 of the next day, planned for one day."""
    schedule = make(loaded(a_dose("repeat: {times: 4, every: 6 hours}")))
    caution = caution_of("outside-planned-days", review(schedule))
    assert caution.administrations == (4,)
    assert "1 dose falls" in caution.text
    assert "(row 4: regimen day 2)" in caution.text


def test_a_repeat_that_begins_at_a_clock_time_is_cautioned_with_that_time() -> None:
    """From 20:00 the second of two doses 12 hours apart is at 08:00: the start time is not why."""
    schedule = make(loaded(a_dose("at: 20:00", "repeat: {times: 2, every: 12 hours}")))
    caution = caution_of("outside-planned-days", review(schedule))
    assert "because it begins at 20:00 (row 2: regimen day 2)" in caution.text


REACHING = a_file(
    """
    blocks:
      - block: first
        repeat: {up_to: 4, every: 7 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: 6, turn: [1, 2]}]
      - block: second
        repeat: {times: 1, every: 7 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: [-2, 1]}]
    """
)


def test_a_day_before_its_turn_with_a_dose_of_the_same_drug_is_cautioned() -> None:
    """After two weeks, not four, day -2 of `second` is day 13, which is day 6 of `first 2`."""
    schedule = make(loaded(REACHING), times={"first": 2})
    assert [row.regimen_day for row in schedule.administrations] == [6, 13, 13, 15]
    (caution,) = review(schedule)
    assert caution.code == "given-twice"
    assert caution.administrations == (2, 3)
    assert "primumab" in caution.text
    assert "day 13" in caution.text
    by_two = REACHING.replace("IV, day: 6", "SC, day: 6")
    (caution,) = review(make(loaded(by_two), times={"first": 2}))
    assert caution.text.endswith("; SC: row 2; IV: row 3")


def test_two_blocks_side_by_side_that_give_a_drug_on_one_day_are_not_cautioned() -> None:
    """Neither reaches back: the file says so itself, day by day."""
    dose = "doses: [{drug: x, amount: 1 mg, route: SC, day: 1}]"
    first = f"{{block: one, day: 1, {dose}}}"
    second = f"{{block: other, day: 1, {dose}}}"
    schedule = make(regimen(f"blocks: [{first}, {second}]"), Patient())
    assert [row.regimen_day for row in schedule.administrations] == [1, 1]
    assert "given-twice" not in codes(review(schedule))


def low_and_pulse(low: str, pulse: str) -> tuple[Caution, ...]:
    """A low dose of a drug on most days and a high one on others, by lists of days."""
    doses = f"""
        doses:
          - {{dose: low, drug: primumab, amount: 1 mg, route: SC, day: {low}}}
          - {{dose: pulse, drug: primumab, amount: 12 mg, route: SC, day: {pulse}}}
        """
    return review(make(loaded(a_file(doses)), Patient()))


def test_two_lists_with_some_days_in_common_are_cautioned() -> None:
    """Danger: 13 mg on day 19 by a slip in a list, 19 for 18, unseen.

    Fourteen low doses come before five pulses (rows 15 to 19), then the low one of day 19.
    """
    caution = caution_of("given-twice", low_and_pulse("[1 to 14, 19 to 28]", "15 to 19"))
    assert caution.administrations == (19, 20)
    assert caution.text == (
        "low and pulse give primumab at the same time on some of their days (rows 19, 20)"
    )


def test_two_blocks_side_by_side_with_some_days_in_common_are_cautioned() -> None:
    """Danger: days 3 to 5 of both, 15 mg each, where the second was to begin on day 6."""
    blocks = """
        blocks:
          - {block: a, day: 1, doses: [{drug: x, amount: 10 mg, route: oral, day: 1 to 5}]}
          - {block: b, day: 3, doses: [{drug: x, amount: 5 mg, route: oral, day: 1 to 5}]}
        """
    caution = caution_of("given-twice", review(make(loaded(a_file(blocks)))))
    assert caution.text == "a.x and b.x give x at the same time on some of their days (rows 3 to 8)"


@pytest.mark.hazard(3)
@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("proleukin, dose: b, amount: 9 MIU, route: SC", ", as aldesleukin and as proleukin"),
        ("Aldesleukin, dose: b, amount: 9 MIU, route: SC", None),
        ("proleukin, dose: b, amount: 9 MIU, route: IV bolus", None),
    ],
)
def test_a_brand_beside_its_drug_at_one_moment_is_cautioned(
    second: str, message: str | None, tmp_path: Path
) -> None:
    """Danger: the brand and the drug on every day, each the whole dose, taken for two drugs.

    Two of one name that always come together, or by two routes, are taken to be meant.
    """
    first = "{drug: aldesleukin, dose: a, amount: 9 MIU, route: SC, day: 1 to 5}"
    doses = f"doses: [{first}, {{drug: {second}, day: 1 to 5}}]\n"
    path = tmp_path / "twice.yaml"
    path.write_text(a_file(doses), encoding="utf-8")
    schedule = make(load_regimen(path), Patient())
    found = [one for one in review(schedule) if one.code == "given-twice"]
    expected = f"a and b give aldesleukin at the same time{message} (rows 1 to 10)"
    assert [caution.text for caution in found] == [expected] * bool(message)


@pytest.mark.hazard(32)
@pytest.mark.parametrize(
    ("other", "rows"),
    [
        ("lorazepam, amount: 1 mg, route: IV bolus, at: '08:10'", (1, 2)),
        ("lorazepam, amount: 1 mg, route: IV bolus, at: '08:15'", None),
        ("lorazepam, amount: 1 mg, route: IV infusion, at: '07:50', over: 15 minutes", (1, 2)),
        ("lorazepam, amount: 1 mg, route: IV bolus", (1, 2)),
        ("lorazepam, amount: 1 mg, route: oral", None),
        ("morphine, amount: 1 mg, route: IV bolus", None),
        ("bacteriostatic water, amount: 1 mL, route: IV bolus", None),
        ("dexamethasone, amount: 8 mg, route: oral, at: '20:00'", (3,)),
        ("ibuprofen, amount: 1 mg, route: oral, as_needed: yes, at: up to 3 times a day", ()),
        ("examplumab, amount: 1 mg, route: IV bolus", None),
    ],
)
def test_what_a_monograph_keeps_apart_is_cautioned_where_a_plan_has_both(
    other: str, rows: tuple[int, ...] | None
) -> None:
    """Danger: lorazepam into the line of aldesleukin, whose activity is lost and looks the same.

    Aldesleukin runs from 08:00 to 08:15 and at 16:00 and 00:00. By mouth, or when it is over, there
    is no common line; what is not for the same patient may be given at any time of any day.
    """
    bolus = "aldesleukin, amount: 9 MIU, route: IV infusion, over: 15 minutes"
    repeat = "repeat: {times: 3, every: 8 hours}"
    doses = f"doses: [{{drug: {bolus}, day: 1, {repeat}}}, {{drug: {other}, day: 1}}]\n"
    schedule = make(loaded(a_file(doses)), Patient())
    cautions = review(schedule, language.monographs(["aldesleukin"]))
    found = [one.administrations for one in cautions if one.code == "kept-apart"]
    assert found == ([] if rows is None else [rows])


@pytest.mark.hazard(32)
def test_a_bolus_during_an_infusion_hides_nothing_that_meets_the_infusion() -> None:
    """The infusion runs for a day, long after the bolus at 09:00; lorazepam is at 12."""
    doses = """
        doses:
          - {drug: aldesleukin, dose: bag, amount: 9 MIU, route: IV infusion, day: 1, over: 1 day}
          - {drug: aldesleukin, dose: push, amount: 1 MIU, route: IV bolus, day: 1, at: '09:00'}
          - {drug: lorazepam, amount: 1 mg, route: IV bolus, day: 1, at: '12:00'}
    """
    schedule = make(loaded(a_file(doses)), Patient())
    cautions = review(schedule, language.monographs(["aldesleukin"]))
    found = [one.administrations for one in cautions if one.code == "kept-apart"]
    assert found == [(1, 3)]


def test_a_dose_that_was_held_meets_no_other_drug() -> None:
    """Lorazepam at 08:00 beside aldesleukin, held: nothing comes into the line."""
    doses = """
        doses:
          - {drug: aldesleukin, amount: 9 MIU, route: IV bolus, day: 1}
          - {drug: lorazepam, amount: 1 mg, route: IV bolus, day: 1}
    """
    schedule = make(loaded(a_file(doses)), Patient())
    known = language.monographs(["aldesleukin"])
    assert "kept-apart" in codes(review(schedule, known))
    held = replace(schedule, recorded={1: Recorded("planned"), 2: Recorded("held")})
    assert "kept-apart" not in codes(review(held, known))


def test_lists_without_a_day_in_common_are_not_cautioned() -> None:
    """Low doses on days 1 to 14 and pulses on days 15 to 19 share no day."""
    assert "given-twice" not in codes(low_and_pulse("1 to 14", "15 to 19"))


@pytest.mark.parametrize(("low", "pulse"), [("1 to 28", "1"), ("1 to 28", "[15, 22]")])
def test_a_dose_that_always_comes_on_top_of_another_one_is_cautioned(low: str, pulse: str) -> None:
    """Danger: a first dose, or a pulse, that was to take the place of the daily one: 12 + 1 mg."""
    assert caution_of("given-twice", low_and_pulse(low, pulse)).administrations[:2] in (
        (1, 2),
        (15, 16),
    )


def loading(load: str, every: str) -> tuple[Caution, ...]:
    """A loading dose of 8 mg/kg and one of 6 mg/kg, of three cycles of 21 days."""
    file = a_file(
        f"""
        blocks:
          - block: cycle
            repeat: {{times: 3, every: 21 days}}
            doses:
              - {{dose: load, drug: primumab, amount: 560 mg, day: 1, {load}}}
              - {{dose: usual, drug: primumab, amount: 420 mg, day: 1, {every}}}
        """
    )
    return review(make(loaded(file), Patient()))


_IV = "route: IV infusion"


@pytest.mark.parametrize(
    ("load", "every", "rows"),
    [
        (f"{_IV}, turn: 1", _IV, (1, 2)),
        (_IV, f"{_IV}, turn: 2 onward", (2, 3, 4, 5)),
        (f"{_IV}, over: 90 minutes, turn: 1", f"{_IV}, over: 30 minutes", (1, 2)),
    ],
)
def test_a_loading_dose_beside_the_usual_one_is_cautioned(
    load: str, every: str, rows: tuple[int, ...]
) -> None:
    """Danger: 560 + 420 mg on one day, for a `turn` that was left out, without a caution.

    So too where the second infusion waits for the first: both are of one moment.
    """
    caution = caution_of("given-twice", loading(load, every))
    assert caution.administrations == rows
    assert "cycle.load and cycle.usual give primumab at the same time on some" in caution.text


@pytest.mark.parametrize(
    ("load", "every"),
    [
        (f"{_IV}, turn: 1", f"{_IV}, turn: 2 onward"),
        (f"{_IV}, over: 15 minutes", f"{_IV}, over: 46 hours"),
        ("route: IV bolus, turn: 1", f"{_IV}, over: 4 hours"),
        (f"{_IV}, over: 15 minutes, turn: 1", f"{_IV}, over: 24 hours"),
    ],
)
def test_a_loading_dose_that_is_meant_beside_another_is_not_cautioned(
    load: str, every: str
) -> None:
    """In turns of its own, always with its pump, by another route, before a bag of a day."""
    assert "given-twice" not in codes(loading(load, every))


def side_by_side(second: str) -> str:
    """A drug every two weeks, and again every three from day 8 on."""
    return a_file(
        f"""
        doses: [{{drug: primumab, amount: 1 mg, route: SC, day: 1 to 60}}]
        blocks:
          - block: one
            repeat: {{times: 4, every: 14 days}}
            doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1, at: 12:00}}]
          - block: other
            day: 8
            repeat: {{times: 3, every: 21 days}}
            doses: [{second}]
        """
    )


def test_blocks_whose_intervals_bring_a_drug_to_one_time_are_cautioned() -> None:
    """Days 1, 15, 29, 43 and 8, 29, 50: twice the dose on day 29, which the file nowhere names."""
    schedule = make(
        loaded(side_by_side("{drug: primumab, amount: 5 mg, route: IV, day: 1, at: 12:00}")),
        Patient(),
    )
    caution = caution_of("given-twice", review(schedule))
    rows = [schedule.administrations[number - 1] for number in caution.administrations]
    assert [(row.regimen_day, row.turn.name()) for row in rows] == [(29, "one 3"), (29, "other 2")]
    assert caution.text == "primumab is given more than once at one time (rows 33, 34)"


def beside(days: str, more: str = "") -> str:
    """A dose of the regimen itself beside one of each of four cycles of 14 days."""
    return a_file(
        f"""
        doses: [{{drug: primumab, amount: 12 mg, route: intrathecal, day: {days}{more}}}]
        blocks:
          - block: cycle
            repeat: {{times: 4, every: 14 days}}
            doses: [{{drug: primumab, amount: 900 mg, route: IV, day: 1}}]
        """
    )


def test_a_dose_at_the_time_of_one_of_a_later_turn_is_cautioned_with_both_routes() -> None:
    """Danger: two doses on day 29, 28 days on, and nobody sees that one of them is intrathecal.

    Cycle 3 begins on day 2 x 14 + 1 = 29; the dose of day 8 is on the day of no other.
    """
    caution = caution_of("given-twice", review(make(loaded(beside("[8, 29]")))))
    assert caution.administrations == (4, 5)
    assert caution.text == (
        "primumab is given more than once at one time (rows 4, 5); intrathecal: row 4; IV: row 5"
    )


def test_a_dose_that_its_own_interval_brings_to_a_block_is_cautioned() -> None:
    """Every 7 days from day 1: the third one is of day 15, the only one of `boost`."""
    boost = "{block: boost, day: 15, doses: [{drug: x, amount: 1 mg, route: SC, day: 1}]}"
    dose = "{drug: x, amount: 1 mg, route: SC, day: 1, repeat: {times: 4, every: 7 days}}"
    schedule = make(regimen(f"doses: [{dose}]\nblocks: [{boost}]"), Patient())
    assert caution_of("given-twice", review(schedule)).administrations == (3, 4)


@pytest.mark.parametrize("days", ["1", "[1, 15]", "2 to 14"])
def test_a_loading_dose_beside_the_first_turn_is_not_cautioned(days: str) -> None:
    """The file has both on day 1, or never at the same time; so does what repeats them."""
    assert codes(review(make(loaded(beside(days))))) == []


def test_of_two_doses_at_one_time_a_held_one_is_not_counted() -> None:
    """A caution that stays after it was heeded is not read; what was meant is still meant."""
    for days, number in (("29", 3), ("[1, 15]", 1)):
        schedule = make(loaded(beside(days)))
        kept = {
            row.number: Recorded("held" if row.number == number else "planned")
            for row in schedule.administrations
        }
        assert codes(review(replace(schedule, recorded=kept))) == []


def test_infusions_due_at_one_time_are_cautioned_though_one_runs_after_the_other() -> None:
    """Danger: twice the dose on day 29, without a caution since the second runs after the first.

    Days 1, 15, 29, 43 and 8, 29, 50, each from 08:00 for an hour: on day 29 from 08:00 and 09:00.
    """
    infusion = "{drug: primumab, amount: 5 mg, route: IV infusion, day: 1, over: 1 hour}"
    schedule = make(
        loaded(
            a_file(
                f"""
                blocks:
                  - {{block: one, repeat: {{times: 4, every: 14 days}}, doses: [{infusion}]}}
                  - block: other
                    day: 8
                    repeat: {{times: 3, every: 21 days}}
                    doses: [{infusion}]
                """
            )
        ),
        Patient(),
    )
    caution = caution_of("given-twice", review(schedule))
    rows = [schedule.administrations[number - 1] for number in caution.administrations]
    assert [(row.regimen_day, row.time) for row in rows] == [(29, "08:00"), (29, "09:00")]


def test_blocks_of_each_cycle_that_give_a_drug_at_one_time_are_not_cautioned() -> None:
    """No interval brings them together: the file has both on day 1 of every cycle."""
    block = "doses: [{drug: primumab, amount: 5 mg, route: SC, day: 1}]"
    schedule = make(
        loaded(
            a_file(
                f"""
                blocks:
                  - block: cycle
                    repeat: {{times: 3, every: 21 days}}
                    blocks:
                      - {{block: one, day: 1, {block}}}
                      - {{block: other, day: 1, {block}}}
                """
            )
        ),
        Patient(),
    )
    assert codes(review(schedule)) == []


@pytest.mark.parametrize(
    "second",
    [
        "{drug: primumab, amount: 5 mg, route: IV, day: 1, at: 13:00}",
        "{drug: secumab, amount: 5 mg, route: IV, day: 1, at: 12:00}",
        "{drug: primumab, amount: 5 mg, route: IV, day: 2, at: 12:00}",
    ],
)
def test_blocks_that_give_a_drug_at_other_times_are_not_cautioned(second: str) -> None:
    """Nor is a dose outside all blocks, day by day, beside them."""
    assert codes(review(make(loaded(side_by_side(second)), Patient()))) == []


NESTED = """
    blocks:
      - block: course
        repeat: {times: 2, every: 28 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
        blocks:
          - block: cycle
            repeat: {times: 2, every: 14 days}
            doses: [{drug: primumab, amount: 1 mg, route: IV, day: 1}]
"""


def test_a_block_and_one_within_it_that_give_a_drug_at_one_time_are_cautioned() -> None:
    """Day 1 of a course is that of its first cycle, not of its second: 5 + 1 mg, then 1 mg."""
    caution = caution_of("given-twice", review(make(loaded(a_file(NESTED)), Patient())))
    assert caution.administrations == (1, 2, 4, 5)


def test_a_day_before_its_turn_without_another_dose_is_not_cautioned() -> None:
    """After all four weeks it is day 27, and the last dose of `first` was on day 13."""
    schedule = make(loaded(REACHING))
    assert [row.regimen_day for row in schedule.administrations] == [6, 13, 27, 29]
    assert review(schedule) == ()


def rounded(*lines: str) -> Regimen:
    return loaded(a_cycle(*lines, repeat="{times: 2, every: 21 days}"))


def test_rounding_that_would_exceed_the_cap_is_cautioned_on_its_rows() -> None:
    """98 mg to a multiple of 10 mg is 100 mg, above the cap of 98 mg: left unrounded."""
    cautions = review(make(rounded("amount: 98 mg", "cap: 98 mg", "round: 10 mg")))
    assert codes(cautions) == ["not-rounded"]
    assert cautions[0].administrations == (1, 2)
    assert "cycle.examplumab" in cautions[0].text
    assert "cap of 98 mg" in cautions[0].text


def test_rounding_that_would_leave_nothing_is_cautioned() -> None:
    """4 mg to a multiple of 10 mg is 0 mg: a dose must not vanish."""
    (caution,) = review(make(rounded("amount: 4 mg", "round: 10 mg")))
    assert caution.code == "not-rounded"
    assert "zero" in caution.text


def test_rounding_that_changes_a_dose_by_more_than_a_quarter_is_cautioned() -> None:
    """Danger: a step of 10 mg for 1 mg doubles 5 mg. 8 mg to 10 mg is a quarter, and no more."""
    (caution,) = review(make(rounded("amount: 5 mg", "round: 10 mg")))
    assert (caution.code, caution.administrations) == ("rounded-far", (1, 2))
    assert caution.text == "cycle.examplumab: rounded from 5 mg to 10 mg; check the step"
    assert review(make(rounded("amount: 8 mg", "round: 10 mg"))) == ()


def test_each_dose_left_unrounded_has_its_own_caution() -> None:
    """Two doses are two cautions, each with its own rows."""
    text = a_file(
        """
        doses:
          - {drug: primumab, amount: 4 mg, route: IV, day: 1, round: 10 mg}
          - {drug: secumab, amount: 3 mg, route: IV, day: [1, 2], round: 10 mg}
        """
    )
    cautions = review(make(loaded(text)))
    assert [caution.administrations for caution in cautions] == [(1,), (2, 3)]
    assert ["primumab" in caution.text for caution in cautions] == [True, False]


def test_choices_of_the_user_are_cautioned_before_what_follows_from_them(tmp_path: Path) -> None:
    """An arm that nobody chose may be the highest of an escalation: nothing is before it."""
    (tmp_path / "imatinib.yaml").write_bytes(Path(IMATINIB.origin.file).read_bytes())
    settings = [("cycle.aldesleukin.round", "100 million IU"), ("cycle.repeat.every", "22 days")]
    imatinib = language.load("imatinib", folder=tmp_path, settings=settings)
    cautions = review(
        make(imatinib, body("10", "190"), times={"cycle": 1}, percents={"imatinib": D(50)})
    )
    assert codes(cautions) == [
        "default-arm",
        "hides-shipped",
        "set",
        "set",
        "percent",
        "body-size",
        "not-rounded",
    ]


TWO = """
    doses:
      - {drug: x, amount: 10 mg, route: IV, day: 1}
      - {drug: y, amount: 8 mg, route: IV, day: 1}
"""


def test_a_drug_at_100_per_cent_hides_no_percentage_of_another() -> None:
    """Danger: half of a drug, asked for beside all of another, without a caution."""
    schedule = make(regimen(TWO), percents={"x": D(100), "y": D(50)})
    (caution,) = review(schedule)
    assert (caution.code, caution.administrations) == ("percent", (2,))
    assert caution.text == "y is given at 50 % of the amount in the file"


def test_a_rest_that_the_file_leaves_open_hides_no_value_that_was_set() -> None:
    """Danger: an amount that was set goes unseen behind a rest that the file leaves open."""
    settings = (Setting("cycle.rest", OPEN, "6 weeks"), Setting("x.amount", "1 mg", "10 mg"))
    first, second = review(make(replace(loaded(a_dose()), settings=settings)))
    assert first.text == "cycle.rest is open in the file, and set to 6 weeks as requested"
    assert second.text == (
        "changed from the file: x.amount: 1 mg -> 10 mg, 10 times the file's value"
    )
    assert (first.code, second.code) == ("rest", "set")


def test_a_drug_given_as_needed_is_cautioned_once() -> None:
    """Danger: a drug that is in no row and in no total, so that nobody misses it."""
    body = "doses: [{drug: x, amount: 1 mg, route: oral, day: 1 to 5, as_needed: yes}]"
    (caution,) = review(make(regimen(body)))
    assert (caution.code, caution.text) == (
        "as-needed",
        "x is given as needed: in no row and in no total, and not prepared",
    )


def test_all_of_the_amount_is_no_caution() -> None:
    """100 % changes nothing, and a caution about nothing hides the others."""
    schedule = make(loaded(a_dose()), Patient(weight=D(70)), percents={"examplumab": D(100)})
    assert "percent" not in codes(review(schedule))


LONDON = ZoneInfo("Europe/London")

EIGHT_HOURLY = """
    doses:
      - {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 6, every: 8 hours}}
"""


def doses(days: str, *more: str) -> str:
    entry = ", ".join(("drug: x", "amount: 1 mg", "route: SC", f"day: {days}", *more))
    return f"doses: [{{{entry}}}]"


def clock_cautions(body: str, start: date) -> list[Caution]:
    schedule = make(regimen(body), start=start, zone=LONDON)
    return [caution for caution in review(schedule) if caution.code == "clock-change"]


def test_rows_after_a_change_of_the_clocks_are_cautioned_as_later_by_the_clock() -> None:
    """From 2026-03-28 08:00 row 4 is due 24 h later, at 09:00 by the new clock, not at 08:00."""
    (caution,) = clock_cautions(EIGHT_HOURLY, date(2026, 3, 28))
    assert caution.administrations == (4, 5, 6)
    assert caution.text == (
        "Europe/London: rows 4 to 6, on elapsed time, 1:00 h later by the clock than planned "
        "(row 4: 09:00+01:00, not 08:00)"
    )


def test_in_autumn_rows_come_earlier_by_the_clock() -> None:
    """Given an hour late by the clock, a dose is 9 hours after the one before."""
    (caution,) = clock_cautions(EIGHT_HOURLY, date(2026, 10, 24))
    assert "1:00 h earlier by the clock" in caution.text
    assert "(row 4: 07:00+00:00, not 08:00)" in caution.text


def test_a_dose_by_the_clock_is_cautioned_with_the_hours_since_the_one_before() -> None:
    """At fixed clock times the dose after the change comes 7 hours after the one before it.

    On 2026-03-29 the clocks go forward at 01:00, between 00:00 (row 4) and 08:00 (row 5).
    """
    (caution,) = clock_cautions(doses("1 to 2", "at: [00:00, 08:00, 16:00]"), date(2026, 3, 28))
    assert caution.administrations == (5,)
    assert "row 5, by the clock: row 5 comes 7:00 h after row 4" in caution.text
    assert caution.text.endswith("as the clocks change in between"), "no infusion runs, or fails to"


@pytest.mark.hazard(18)
@pytest.mark.parametrize(
    ("over", "step", "start", "consequence"),
    [
        ("24 hours", 1, (2026, 3, 28), "row 1 still runs then: 1:00 h of overlap"),
        ("1410 minutes", 1, (2026, 3, 28), "row 1 still runs then: 0:30 h of overlap"),
        ("1381 minutes", 1, (2026, 3, 28), "row 1 still runs then: 0:01 h of overlap"),
        ("23 to 24 hours", 1, (2026, 3, 28), "row 1 still runs then: 1:00 h of overlap"),
        ("23 hours", 1, (2026, 3, 28), None),
        ("25 hours", 1, (2026, 3, 28), None),
        ("48 hours", 2, (2026, 3, 28), "row 1 still runs then: 1:00 h of overlap"),
        ("24 hours", 1, (2026, 10, 24), "row 1 has ended by then: nothing runs for 1:00 h"),
        ("23 hours", 1, (2026, 10, 24), None),
        ("23 to 24 hours", 1, (2026, 10, 24), None),
        ("48 hours", 2, (2026, 10, 24), "row 1 has ended by then: nothing runs for 1:00 h"),
        ("1499 minutes", 1, (2026, 10, 24), "row 1 has ended by then: nothing runs for 0:01 h"),
    ],
)
def test_bags_hung_by_the_clock_overlap_in_spring_and_leave_the_line_empty_in_autumn(
    over: str, step: int, start: tuple[int, int, int], consequence: str | None
) -> None:
    """Two bags of one drug at once double its rate, and nobody sees it in the clock times.

    Hung at 08:00, the second comes an hour early, or late, by the hours that the first has run.
    Where they overlap as planned, the clocks are not the reason.
    """
    bags = doses(f"[1, {1 + step}]", f"over: {over}")
    (caution,) = clock_cautions(bags, date(*start))
    ending = caution.text.partition("as the clocks change in between")[2]
    assert ending == (f"; {consequence}" if consequence else "")


@pytest.mark.parametrize("route", ["route: SC", "route: IV bolus, over: 5 minutes"])
@pytest.mark.parametrize(
    ("start", "consequence"),
    [
        (date(2026, 3, 28), "23:00 h after row 1, {}; row 1 still runs then: 1:00 h of overlap"),
        (date(2026, 10, 24), "25:00 h after row 1, {}; row 1 has ended by then: nothing runs for"),
    ],
)
def test_a_dose_between_two_bags_does_not_hide_their_overlap(
    route: str, start: date, consequence: str
) -> None:
    """Danger: of two bags and an injection only the time since the injection was told."""
    bag = "{drug: x, dose: bag, amount: 1 mg, route: IV infusion, day: 1 to 3, over: 24 hours}"
    shot = f"{{drug: x, dose: shot, amount: 1 mg, {route}, day: 1 to 3, at: +2 hours}}"
    cautions = clock_cautions(f"doses: [{bag}, {shot}]", start)
    assert [caution.administrations for caution in cautions] == [(3,), (3,)]
    assert "after row 2, as the clocks change in between" in cautions[0].text
    assert consequence.format("as the clocks change in between") in cautions[1].text


def test_bags_of_two_days_with_a_break_between_them_are_not_touched() -> None:
    """The line was planned to be empty for hours: one more or less is nobody's error."""
    assert clock_cautions(doses("[1, 3]", "over: 24 hours"), date(2026, 3, 28)) == []


def test_a_daily_dose_is_cautioned_for_its_one_short_day() -> None:
    """08:00 on 2026-03-29 is 23 hours after 08:00 on the day before."""
    (caution,) = clock_cautions(doses("1 to 4"), date(2026, 3, 27))
    assert caution.administrations == (3,)
    assert "23:00 h after row 2" in caution.text


def test_the_first_dose_of_a_turn_is_compared_with_the_last_of_the_turn_before() -> None:
    """Weekly turns of daily doses: the change of 2026-03-29 falls on the first day of turn 2."""
    body = """
        blocks:
          - block: week
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: SC, day: 1 to 7}]
    """
    (caution,) = clock_cautions(body, date(2026, 3, 22))
    assert caution.administrations == (8,)
    assert "23:00 h after row 7" in caution.text


def test_a_weekly_dose_is_not_cautioned_for_an_hour() -> None:
    """167 hours in place of 168 harm nobody; a caution would hide those that matter."""
    assert clock_cautions(doses("[1, 8]"), date(2026, 3, 27)) == []


def test_a_clock_time_that_does_not_exist_is_cautioned_with_the_one_that_is_meant() -> None:
    """A nurse cannot give a dose at 01:30 on that night."""
    missing, *_ = clock_cautions(doses("1 to 2", 'at: "01:30"'), date(2026, 3, 28))
    assert missing.administrations == (2,)
    assert "01:30 does not exist on that day; 2026-03-29 02:30+01:00 is meant" in missing.text


def test_a_clock_time_that_exists_twice_is_cautioned_with_the_one_that_is_meant() -> None:
    """Given at the first 01:30 and again at the second it would be given twice."""
    cautions = clock_cautions(doses("1 to 2", 'at: "01:30"'), date(2026, 10, 24))
    assert "01:30 exists twice on 2026-10-25" in cautions[0].text
    assert "01:30+01:00 is meant" in cautions[0].text
    assert cautions[0].administrations == (2,)


def test_a_touch_says_no_more_than_what_it_is() -> None:
    """A clock time that exists twice has no length, no dose before it and nothing that runs."""
    plan = regimen(doses("1 to 2", 'at: "01:30"'))
    schedule = make(plan, Patient(), start=date(2026, 10, 24), zone=LONDON)
    (twice,) = clock_touches(schedule)
    assert (twice.kind, twice.minutes, twice.before, twice.still) == ("twice", 0, 0, 0)


@pytest.mark.parametrize("start", [date(2026, 3, 20), date(2026, 6, 1)])
def test_a_schedule_that_no_change_touches_has_no_such_caution(start: date) -> None:
    """Two days in March that end before the change, and two in June."""
    assert clock_cautions(EIGHT_HOURLY, start) == []


def test_without_a_zone_there_is_no_such_caution() -> None:
    """Nobody knows then whose clocks change."""
    schedule = make(regimen(EIGHT_HOURLY), start=date(2026, 3, 28))
    assert [caution.code for caution in review(schedule) if caution.code == "clock-change"] == []


def infusions(*doses: str) -> tuple[Caution, ...]:
    """The cautions of overlapping infusions of one drug."""
    listed = "".join(f"\n  - {{drug: x, amount: 1 mg, route: IV, {dose}}}" for dose in doses)
    cautions = review(make(regimen(f"doses:{listed}")))
    return tuple(caution for caution in cautions if caution.code == "overlap")


@pytest.mark.parametrize("day", [1, 3])
def test_two_infusions_of_one_drug_that_run_together_are_cautioned_with_the_cure(day: int) -> None:
    """Load over 2 hours while the bag runs: both are given, and a person must mean it."""
    (caution,) = infusions(
        f"dose: load, day: {day}, over: 2 hours",
        f"dose: bag, day: {day}, at: +0 hours, over: 1 day",
    )
    assert caution.text == (
        "x: the infusion of load still runs when bag begins (row 2), for 2 hours after row 2 "
        'begins; it would begin after it with --set bag.at="+2 hours"'
    )
    assert caution.administrations == (2,)


@pytest.mark.parametrize(
    ("doses", "rows"),
    [
        (("dose: a, day: 1 to 3, over: 25 hours",), (2, 3)),
        (("dose: a, day: 1, at: [08:00, 14:00], over: 7 hours",), (2,)),
        (
            (
                "dose: a, day: 1, over: 4 hours",
                "dose: b, day: 1, at: [10:00, 18:00], over: 1 hour",
            ),
            (2,),
        ),
        (("dose: a, day: 1, over: 25 hours", "dose: b, day: 1, over: 1 hour"), (2,)),
        (
            (
                "dose: push, day: 1, at: 07:00",
                "dose: a, day: 1, over: 25 hours",
                "dose: b, day: 1, over: 1 hour",
            ),
            (3,),
        ),
        (("dose: a, day: 1, over: 5 days", "dose: b, day: [2, 3], over: 1 hour"), (2, 3)),
        (
            (
                "dose: a, day: 1, at: 06:00, over: 90 minutes",
                "dose: b, day: 1, at: 07:00, over: 10 minutes",
            ),
            (2,),
        ),
    ],
)
def test_an_overlap_that_no_hour_of_the_day_cures_is_cautioned_without_one(
    doses: tuple[str, ...], rows: tuple[int, ...]
) -> None:
    """Into the next day, of one dose with itself or with several hours, or before the start."""
    (caution,) = infusions(*doses)
    assert caution.administrations == rows
    assert caution.text.endswith(f" after row {rows[0]} begins")


@pytest.mark.parametrize(
    "doses",
    [
        ("dose: a, day: 1, over: 5 minutes", "dose: b, day: 1, over: 46 hours"),
        ("dose: a, day: 1 to 3, over: 24 hours",),
        ("dose: a, day: 1", "dose: b, day: 1, at: +0 hours, over: 1 hour"),
        ("dose: a, day: 1, over: 4 hours", "dose: push, day: 1, at: 10:00"),
    ],
)
def test_infusions_that_follow_each_other_are_not_cautioned(doses: tuple[str, ...]) -> None:
    """What waits, what ends in time, and what takes no time overlaps nothing."""
    assert not infusions(*doses)


@pytest.mark.parametrize(
    ("over", "cure"), [("119 minutes", ""), ("120 minutes", ""), ("121 minutes", "+1 minute")]
)
def test_a_cure_begins_a_minute_after_the_start_of_the_day_at_the_least(
    over: str, cure: str
) -> None:
    """Danger: a line that is no other hour, or one before the day begins at 08:00."""
    (caution,) = infusions(
        f"dose: a, day: 1, at: 06:00, over: {over}", "dose: b, day: 1, at: 07:00, over: 5 minutes"
    )
    assert caution.text.partition('--set b.at="')[2].removesuffix('"') == cure


def test_a_cure_begins_when_no_other_infusion_of_the_drug_runs() -> None:
    """6 hours from 08:00, then 4 from 14:00: a third infusion could begin at 18:00.

    Danger: the caution said to begin it after 6 hours, in the middle of the second.
    """
    (caution,) = infusions(
        "dose: a, day: 1, over: 6 hours",
        "dose: b, day: 1, at: 14:00, over: 4 hours",
        "dose: other, day: 1, at: 20:00, over: 1 hour",
        "dose: c, day: 1, at: +0 hours, over: 1 hour",
    )
    assert caution.text.endswith('--set c.at="+10 hours"')


def test_of_infusions_that_end_together_the_first_is_named() -> None:
    """Danger: a caution of the third bag and the second alone, and the first one left running."""
    one, other = infusions(
        "dose: a, day: 1, over: 4 hours",
        "dose: b, day: 1, at: 10:00, over: 2 hours",
        "dose: c, day: 1, at: 11:00, over: 5 minutes",
    )
    assert one.text.startswith("x: the infusion of a still runs when b begins (row 2), for 2 hours")
    assert other.text.startswith("x: the infusion of a still runs when c begins (row 3), for 1 ho")


def test_an_infusion_that_was_held_overlaps_nothing() -> None:
    """A dose that the log says was not given does not run; one that was given does."""
    schedule = make(
        regimen("doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 2, over: 25 hours}]"),
        start=date(2026, 12, 1),
    )
    assert "overlap" in codes(review(schedule))
    held = replace(schedule, recorded={1: Recorded("held"), 2: Recorded("planned")})
    assert "overlap" not in codes(review(held))
    was_given = replace(schedule, recorded={1: Recorded("given"), 2: Recorded("planned")})
    assert "overlap" in codes(review(was_given))


@pytest.mark.parametrize(
    ("count", "clocks", "every"),
    [(2, "08:00, 20:00", "12 hours"), (3, "08:00, 14:00, 20:00", "8 hours")],
)
def test_times_a_day_into_a_vein_may_be_meant_round_the_clock(
    count: int, clocks: str, every: str
) -> None:
    """An antibiotic three times a day is every 8 hours on a ward, a tablet is not."""
    text = "doses: [{{drug: x, amount: 1 mg, route: {}, day: 1 to 2, at: {} times a day}}]"
    caution = caution_of("times-a-day", review(make(regimen(text.format("IV bolus", count)))))
    assert caution.text == (
        f"x: {count} times a day, intravenous, is spread over waking hours ({clocks}); round the "
        f"clock it would be 'repeat: {{times: {count}, every: {every}}}' instead of 'at'"
    )
    assert caution.administrations == tuple(range(1, 2 * count + 1))
    for route, times in (("oral", count), ("IV", 1)):
        cautions = review(make(regimen(text.format(route, times))))
        assert "times-a-day" not in codes(cautions)
    clock_times = regimen(text.format("IV", count).replace(f"{count} times a day", f"[{clocks}]"))
    assert "times-a-day" not in codes(review(make(clock_times))), "they say themselves when"


def test_rows_after_a_minimum_rest_are_cautioned_as_not_before_their_date() -> None:
    """Every output says so, CSV on the error stream: nobody takes the date for the planned one."""
    text = """
        blocks:
          - block: first
            repeat: {{times: {}, rest: at least 7 weeks}}
            doses: [{{drug: x, amount: 1 mg, route: oral, day: 1}}]
    """
    why = "not before the date shown: the source gives only a minimum rest"
    assert caution_of("not-before", review(make(regimen(text.format(2))))).text == f"row 2 is {why}"
    caution = caution_of("not-before", review(make(regimen(text.format(3)))))
    assert caution.text == f"rows 2, 3 are {why}"
    assert caution.administrations == (2, 3)
    assert "not-before" not in codes(review(make(regimen(text.format(1)))))


WEEKDAY = """
    starts_on: {}
    doses: [{{drug: x, amount: 1 mg, route: oral, day: 1 to 5}}]
"""


@pytest.mark.parametrize(
    ("weekdays", "start", "ending"),
    [
        ("Monday", "2026-12-02", "a Monday: Monday 2026-11-30 or Monday 2026-12-07"),
        (
            "[Tuesday, Friday]",
            "2026-12-05",
            "a Tuesday or Friday: Friday 2026-12-04 or Tuesday 2026-12-08",
        ),
        ("Monday", "2026-12-06", "a Monday: Monday 2026-11-30 or Monday 2026-12-07"),
        ("Sunday", "2026-12-07", "a Sunday: Sunday 2026-12-06 or Sunday 2026-12-13"),
        ("Sunday", "0001-01-01", "a Sunday: Sunday 0001-01-07"),
        ("Monday", "0001-01-02", "a Monday: Monday 0001-01-01 or Monday 0001-01-08"),
        ("Sunday", "9999-12-27", "a Sunday: Sunday 9999-12-26"),
    ],
)
def test_a_start_on_another_weekday_is_cautioned_with_the_dates_that_fit(
    weekdays: str, start: str, ending: str
) -> None:
    """Days 1 to 5 from a Wednesday fall on a weekend, when the clinic is closed."""
    parsed = regimen(WEEKDAY.format(weekdays))
    text = caution_of("starts-on", review(make(parsed, start=date.fromisoformat(start)))).text
    assert text.startswith("day 1 is ")
    assert text.endswith(f"day {start}; the file says that it is {ending}")


def test_a_start_on_the_weekday_of_the_file_is_not_cautioned() -> None:
    """Nor is a plan without dates."""
    parsed = regimen(WEEKDAY.format("[Monday, Wednesday]"))
    for start in (date(2026, 12, 2), date(2026, 12, 7), None):
        assert "starts-on" not in codes(review(make(parsed, start=start)))
    assert review(make(loaded(a_dose()), start=date(2026, 12, 2))) == (), "any day will do"


def test_without_monographs_nothing_of_theirs_is_even_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A regimen of drugs without monographs is started as fast as before."""
    monkeypatch.setitem(sys.modules, "il2calc.review.limits", None)
    monkeypatch.delattr("il2calc.review.limits", raising=False)
    assert review(make(NPC, body("70", "170"))) == review(
        make(NPC, body("70", "170")), {"aldesleukin": None}
    )


@pytest.mark.parametrize("percent", ["50", "100"])
def test_a_plan_is_checked_against_its_monographs(percent: str) -> None:
    """72,000,000 units/kg are above every limit; half of a high dose has a caution of its own."""
    monographs = language.monographs(["aldesleukin"])
    loud = language.load("npc-bolus", settings=(("course.cycle.aldesleukin.amount", "72 MIU/kg"),))
    schedule = make(loud, body("70", "170"), percents={"aldesleukin": D(percent)})
    cautions = codes(review(schedule, monographs))
    assert "largest-dose" in cautions
    assert ("never-reduced" in cautions) is (percent == "50")
    assert "1000 times the file's value" in caution_of("set", review(schedule)).text.replace(
        ",", ""
    )


def test_a_name_in_doubt_is_cautioned_on_its_rows(tmp_path: Path) -> None:
    """`IL-2` may be another preparation; the other drug of the file is in no doubt."""
    path = tmp_path / "doubtful.yaml"
    body = """
        doses:
          - {drug: IL-2, amount: 5 MIU, route: SC, day: 1}
          - {drug: primumab, amount: 5 mg, route: IV, day: 1}
    """
    path.write_text(a_file(body), encoding="utf-8")
    caution = caution_of("drug-name", review(make(language.load(str(path)), Patient())))
    assert caution.administrations == (1,)
    assert "IL-2 is read as aldesleukin" in caution.text


def setting_caution(key: str, now: str, patient: Patient) -> str:
    """The caution about a value of the bolus regimen that is set for a patient."""
    path = f"course.cycle.aldesleukin.{key}"
    schedule = make(language.load("npc-bolus", settings=((path, now),)), patient)
    return caution_of("set", review(schedule, language.monographs(["aldesleukin"]))).text


FACTORS = [
    # the file: 72,000 IU/kg every 8 hours up to 15 times; a Cetus unit is 6 IU
    ("amount", "72_000 Cetus units/kg", "6 times the file's value"),
    ("amount", "24_000 Cetus units/kg", "2 times the file's value"),
    # 18 million IU = 1.1 mg: 0.02 mg = 327,273 IU
    ("amount", "0.02 mg/kg", "4.55 times the file's value"),
    # 70 kg: 72,000 IU of 5.04 million; 360,000 IU of 5.04 million
    ("amount", "72_000 IU", "1/70 of the file's dose for this patient"),
    ("amount", "60_000 Cetus units", "1/14 of the file's dose for this patient"),
    ("repeat.every", "30 minutes", "16 times as often"),
    ("repeat.every", "24 hours", "1/3 as often"),
    ("repeat.up_to", "150", "10 times as many"),
    ("repeat.up_to", "3", "1/5 as many"),
]


@pytest.mark.parametrize(("key", "now", "factor"), FACTORS)
def test_a_setting_is_cautioned_as_a_factor_whatever_its_unit(
    key: str, now: str, factor: str
) -> None:
    """Danger: six times the dose, shown as 72,000 units/kg -> 72_000 Cetus units/kg."""
    assert setting_caution(key, now, body("70", "170")).endswith(f", {factor}")


@pytest.mark.parametrize(
    ("key", "now"),
    [
        ("amount", "12_000 Cetus units/kg"),  # 72,000 IU/kg
        ("amount", "5 million IU"),  # 72,000 IU/kg x 70 kg = 5.04 million IU
        ("repeat.every", "5 hours"),
        ("repeat.up_to", "14"),
        ("over", "15 minutes"),  # the file has none
    ],
)
def test_a_setting_near_the_file_is_no_factor(key: str, now: str) -> None:
    """Another way to write what the file has is no departure."""
    assert setting_caution(key, now, body("70", "170")).endswith(f"-> {shown_as(now)}")


TWICE = """
    doses:
      - {drug: primumab, amount: 5 mg, route: oral, day: -7 onward}
    blocks:
      - block: cycle
        day: 1
        repeat: {times: 2, every: 28 days}
        doses: [{drug: secumab, amount: 5 mg, route: SC, day: 1 to 3, at: [08:00, 20:00]}]
      - block: last
        doses: [{drug: secumab, amount: 5 mg, route: SC, day: [1, 3]}]
"""


@pytest.mark.parametrize(
    ("path", "now", "factor"),
    [
        ("cycle.secumab.day", "1 to 28", ", 9.33 times as many"),
        ("cycle.secumab.day", "1 onward", ", 9.33 times as many"),
        ("cycle.secumab.day", "1", ", 1/3 as many"),
        ("cycle.secumab.day", "[2, 4 to 5]", ""),
        ("cycle.secumab.at", "08:00", ", 1/2 as many"),
        ("cycle.secumab.at", "4 times a day", ", 2 times as many"),
        ("cycle.secumab.at", "[09:00, 21:00]", ""),
        ("last.secumab.at", "3 times a day", ", 3 times as many"),
        ("last.secumab.at", "12:00", ""),
        ("cycle.day", "2", ""),
        ("primumab.day", "-14 onward", ""),
    ],
)
def test_days_and_times_that_are_set_are_cautioned_by_how_many_they_are(
    path: str, now: str, factor: str
) -> None:
    """Danger: 28 days of a drug for 3, shown as `1 to 3 -> 1 to 28` alone."""
    schedule = make(loaded(a_file(TWICE), (path, now)), Patient(), weeks=2)
    assert caution_of("set", review(schedule)).text.endswith(f"-> {now}{factor}")


def test_an_amount_that_was_set_is_compared_by_the_scale_of_its_own_drug() -> None:
    """Danger: the scale of the first drug of a file, used for the amount of another.

    72,000 Cetus units of aldesleukin are 432,000 IU, six times 72,000 IU; of the drug before it
    nothing is known.
    """
    text = """
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: 1}
          - {drug: aldesleukin, amount: 72_000 IU/kg, route: IV bolus, day: 1}
    """
    parsed = loaded(a_file(text), ("aldesleukin.amount", "72_000 Cetus units/kg"))
    cautions = review(make(parsed, KG70), language.monographs(["aldesleukin"]))
    assert caution_of("set", cautions).text.endswith(", 6 times the file's value")


def shown_as(now: str) -> str:
    """A value as a caution shows it: international units by the word that is safe."""
    return now.replace(" IU", " units")


def factor_of(setting: Setting) -> str | None:
    """The factor between a value, of no dose of the bolus regimen, and what it was set to."""
    return setting_factor(setting, make(NPC, KG70, times={"course": 1}), {})


def test_amounts_that_cannot_be_compared_have_no_factor() -> None:
    """No weight to compare a total amount with one per kg; no monograph; no value in the file."""
    assert setting_caution("amount", "72_000 IU", Patient()).endswith("-> 72,000 units")
    per_kg = Setting("x.amount", "1 mg/kg", "70 mg")
    assert factor_of(per_kg) is None
    assert factor_of(Setting("x.amount", "1 mg/kg", "1 IU/kg")) is None
    assert factor_of(Setting("x.cap", None, "70 mg")) is None
    assert factor_of(Setting("starts_on", "Monday", "Friday")) is None


def test_lengths_are_compared_by_both_ends() -> None:
    """Of a range one end may be far off; there is no factor of a rest of 0 days."""
    assert factor_of(Setting("c.repeat.rest", "5 to 6 weeks", "5 to 12 weeks")) == (
        "2 times as long"
    )
    assert factor_of(Setting("c.repeat.rest", "at least 7 weeks", "7 days")) == "1/7 as long"
    assert factor_of(Setting("x.over[6.25-mg]", "1 hour", "3 hours")) == "3 times as long"
    assert factor_of(Setting("c.repeat.rest", "0 days", "7 days")) is None
    assert factor_of(Setting("c.repeat.rest", OPEN, "7 days")) is None


def test_an_amount_a_day_is_compared_with_one_an_hour() -> None:
    """24 mg a day for 3 days are 72 mg; 24 mg an hour for 72 hours are 24 times as much."""
    parsed = loaded(
        a_dose("amount: 24 mg/day", "over: 3 days"), ("examplumab.amount", "24 mg/hour")
    )
    assert caution_of("set", review(make(parsed))).text.endswith(
        "24 times the file's dose for this patient"
    )
