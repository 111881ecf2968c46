"""What an event says: enough to act on, in the safe style, and nothing of the patient unasked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from icalendar import Event

from calendars import IMATINIB, NPC, events, exported
from courselogs import course
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import language
from il2calc.model.effects import Extra
from il2calc.model.patient import Patient
from il2calc.plan import dating
from il2calc.plan.administration import Recorded
from il2calc.plan.schedule import Caution, Schedule, make
from il2calc.report import words
from il2calc.review.of_schedule import review
from il2calc.units import quantity
from written import regimen as written

D = Decimal
HEAVY = Patient(weight=D("171.3"), height=D("163.7"), surface_cap=D(2), gfr=D("87.5"))
"""Somebody whose body surface area is capped, and whose measures all differ."""


def title(event: Event) -> str:
    return str(event["summary"])


def text(event: Event) -> str:
    return str(event["description"])


def one(schedule: Schedule, number: int = 1, *, with_patient: bool = False) -> Event:
    """The event of the administration with a number."""
    rows = tuple(row for row in schedule.administrations if row.number == number)
    (event,) = events(exported(replace(schedule, shown=rows), with_patient=with_patient))
    return event


def test_an_event_has_everything_about_its_dose() -> None:
    """Row 45 is dose 15 of cycle 1 of the conditional course, 8 h x 14 after 08:00 of day 53.

    Cycle 2 begins on day 13 and ends on day 17; 5 to 6 weeks later are days 53 and 60.
    """
    event = one(NPC, 45)
    assert title(event) == (
        "S-07: aldesleukin 5.04 million units, intravenous bolus (conditional, at most)"
    )
    assert text(event) == (
        "00:00 aldesleukin 5.04 million units, intravenous bolus (conditional, at most)\n"
        "Dose 15 of 15 in course 2, cycle 1 (row 45)\n"
        "Regimen day 58\n"
        "\n"
        "Only if stable disease or response\n"
        "At most: the source gives a maximum number of doses or turns\n"
        "At the latest on 2025-03-11; the source gives a range of time\n"
        "Caution: 4 doses fall outside the planned days of their repeat because each day begins at "
        "08:00 (rows 15, 30, 45, 60: regimen days 6, 18, 58, 70); no block is lengthened by it\n"
        "Assumption 1: Seven treatment-free days follow dosing days 1 to 5, so cycle 2 begins on "
        "day 13.\n"
        "Assumption 2: The 5 to 6 weeks run from the end of cycle 2 to the first dose of the next "
        "course.\n"
        "Source: chi2001, Abstract, Methods (doi 10.1159/000055306)\n"
        "\n"
        "Regimen: npc-bolus, version 1: Intravenous bolus interleukin-2 in nasopharyngeal "
        "carcinoma\n"
        "Amounts are shown to 4 significant figures.\n"
        "Read on 2026-11-28 from: abstract; not clinically reviewed.\n"
        f"{words.DISCLAIMER}"
    )


@pytest.mark.hazard(24)
def test_two_patients_differ_in_the_first_word() -> None:
    """A month shows the first letters of a title only."""
    assert title(one(NPC)).startswith("S-07: ")
    assert title(one(replace(NPC, subject="S-08"))).startswith("S-08: ")
    assert title(one(replace(NPC, subject=None))) == (
        "aldesleukin 5.04 million units, intravenous bolus (at most)"
    )


@pytest.mark.parametrize("per_day", [False, True])
def test_amounts_are_written_in_the_safe_style(per_day: bool) -> None:
    """Never IU, U or MIU, no trailing zero, no naked decimal point, no micro sign."""
    for schedule in (NPC, IMATINIB):
        for event in events(exported(schedule, per_day=per_day)):
            own_text = title(event) + text(event).partition("\n\n")[0]
            assert not re.search(r"\b(?:IU|MIU|U|SC|SQ|QD)\b|[µμ]", own_text)
            assert not re.search(r"[0-9]\.[0-9]*0\b|(?<![0-9])\.[0-9]", own_text)


def test_an_event_names_dose_blocks_and_infusion_time() -> None:
    """Two doses of one drug on one day are two events that must not be taken for each other."""
    body = """
    doses: [{drug: otherumab, amount: 1 mg, route: oral, day: 1}]
    blocks:
      - block: lead-in
        doses:
          - {drug: examplumab, dose: slow, amount: 5 mg, route: IV, day: 1, over: 30 to 90 minutes}
          - {drug: examplumab, dose: pulse, amount: 7 mg, route: SC, day: 2}
    """
    schedule = make(loaded(a_file(body)), start=date(2025, 1, 6))
    lines = [text(event).split("\n")[:2] for event in events(exported(schedule))]
    assert lines == [
        ["08:00 otherumab 1 mg, oral", "Dose 1 of 1 (row 1)"],
        [
            "08:00 examplumab 5 mg, intravenous over 30 to 90 minutes",
            "Dose 1 of 2 in lead-in, slow (row 2)",
        ],
        ["08:00 examplumab 7 mg, subcutaneous", "Dose 2 of 2 in lead-in, pulse (row 3)"],
    ]


def test_an_event_names_what_was_set_and_the_percentage() -> None:
    """72,000 units/kg was read as 60,000, of which 75 % is given to 70 kg: 3.15 million units."""
    path = "course.cycle.aldesleukin.amount"
    regimen = language.load("npc-bolus", settings=((path, "60_000 IU/kg"),))
    schedule = make(regimen, NPC.patient, start=date(2025, 1, 6), percents={"aldesleukin": D(75)})
    event = one(schedule)
    assert title(event) == "aldesleukin 3.15 million units, intravenous bolus (at most)"
    lines = text(event).split("\n")
    assert "75 % of the amount in the file" in lines
    assert f"Set: {path}: 72,000 units/kg -> 60,000 units/kg" in lines
    assert [line for line in lines if line.startswith("Caution")] == [
        f"Caution: changed from the file: {path}: 72,000 units/kg -> 60,000 units/kg",
        "Caution: aldesleukin is given at 75 % of the amount in the file",
    ], "as in every other output"


def test_a_setting_of_ten_times_the_amount_is_shown_as_a_factor() -> None:
    """A calendar that left the caution out would lose the only word of the tenfold dose."""
    path = "course.cycle.aldesleukin.amount"
    regimen = language.load("npc-bolus", settings=((path, "720_000 IU/kg"),))
    assert "10 times the file's value" in text(
        one(make(regimen, NPC.patient, start=date(2025, 1, 6)))
    )


def test_capped_and_rounded_amounts_are_marked() -> None:
    """5 mg/kg x 70 kg = 350 mg, capped at 300 mg; 4 mg/kg x 71 kg = 284 mg, rounded to 300 mg."""
    capped = a_dose("amount: 5 mg/kg", "cap: 300 mg")
    rounded = a_dose("amount: 4 mg/kg", "round: 50 mg")
    for source, weight, mark in ((capped, 70, "Capped"), (rounded, 71, "Rounded")):
        schedule = make(loaded(source), Patient(weight=D(weight)), start=date(2025, 1, 6))
        assert title(one(schedule)) == "examplumab 300 mg, intravenous"
        assert mark in text(one(schedule)).split("\n")
        assert "--explain" not in text(one(schedule)), "a calendar has no options"


def test_the_arm_and_its_caution_are_in_every_event() -> None:
    """An amount above the maximum tolerated dose must say so wherever it is shown."""
    schedule = make(
        language.load("imatinib"), arm="level-3", times={"cycle": 1}, start=date(2024, 1, 22)
    )
    for event in events(exported(schedule)):
        assert "Arm: level-3: 9 million units of interleukin-2 a day" in text(event)
        assert "Caution: level-3 is above the maximum tolerated dose" in text(event)


@pytest.mark.hazard(21)
def test_an_arm_that_nobody_chose_is_the_first_of_the_cautions() -> None:
    """Level 2 of a dose escalation was given because nobody chose: no event may hide that."""
    description = text(one(IMATINIB))
    assert "Arm: level-2 (the file's default): " in description
    first = next(line for line in description.split("\n") if line.startswith("Caution"))
    assert first.startswith("Caution: no --arm was given; level-2 is the file's default")
    assert description.count("no --arm was given") == 1


def test_a_zone_is_named() -> None:
    """A calendar shows the clock of the one who looks; the text keeps that of the ward."""
    schedule = make(
        NPC.regimen, NPC.patient, start=date(2026, 3, 28), zone=dating.zone("Europe/London")
    )
    description = text(one(schedule, 5))
    assert description.startswith("17:00 aldesleukin")
    assert "Times are those of Europe/London." in description
    assert "Caution: Europe/London: " in description
    assert "Times are those of" not in text(one(NPC))


SOURCES = """
sources:
  doe2020: {cite: A paper of numbers., doi: 10.1/1, pmid: "2", read: abstract}
  roe2021: {cite: A paper without a doi., pmid: "3", trial: NCT4, read: abstract}
  poe2022: {cite: A registry entry., trial: NCT5, url: "https://example.org/5", read: registry}
  moe2023: {cite: A page., url: "https://example.org/6", read: secondary}
  zoe2024: {cite: A letter., read: secondary}
"""


def test_a_reader_of_the_event_can_find_the_source() -> None:
    """`doe2020` is the file's own name for a paper; the event gives what identifies it."""
    keys = ("doe2020", "roe2021", "poe2022", "moe2023", "zoe2024")
    doses = "\n".join(
        f"  - {{drug: d{key}, amount: 5 mg, route: IV, day: 1, source: '{key}, Results'}}"
        for key in keys
    )
    schedule = make(loaded(a_file(f"doses:\n{doses}\n{SOURCES}", without="sources")))
    dated = make(schedule.regimen, start=date(2025, 1, 6))
    lines = [line for event in events(exported(dated)) for line in text(event).split("\n")]
    assert [line for line in lines if line.startswith("Source")] == [
        "Source: doe2020, Results (doi 10.1/1)",
        "Source: roe2021, Results (PMID 3)",
        "Source: poe2022, Results (trial NCT5)",
        "Source: moe2023, Results (https://example.org/6)",
        "Source: zoe2024, Results (A letter.)",
    ]


def schedules(patient: Patient) -> list[Schedule]:
    """A schedule of each regimen that ships, and one dosed by the GFR."""
    options: dict[str, dict[str, object]] = {
        "npc-bolus": {},
        "imatinib": {"times": {"cycle": 1}},
        "trastuzumab": {"times": {"cycle": 2}},
        "imp321": {"arm": "1.25-mg"},
    }
    regimens = [(language.load(name), more) for name, more in options.items()]
    regimens.append((loaded(a_dose("amount: 5 AUC")), {}))
    return [
        make(regimen, patient, start=date(2025, 1, 6), subject="S-07", **more)  # type: ignore[arg-type]
        for regimen, more in regimens
    ]


OF_THE_BODY = ("171.3", "163.7", "87.5", "2.79", "63.9", "weight 1", "height 1", "m2 (")
"""sqrt(171.3 x 163.7 / 3600) = 2.791 m2; 171.3 / 1.637^2 = 63.92 kg/m2."""


@pytest.mark.parametrize("per_day", [False, True])
def test_nothing_about_the_patient_is_shown_unasked(per_day: bool) -> None:
    """A calendar is seen by many: no weight, height, body surface area, GFR, BMI or working."""
    for schedule in schedules(HEAVY):
        cautions = review(schedule)
        assert "body-size" in {caution.code for caution in cautions}, "a caution that tells the BMI"
        content = exported(schedule, cautions, per_day=per_day)
        shown = "\n".join(title(event) + text(event) for event in events(content))
        for fact in (*OF_THE_BODY, "Patient:", "Working:", "mL/min"):
            assert fact not in shown, (schedule.regimen.id, fact)
        assert "Caution: one about the patient, left out here" in shown


def test_the_patient_is_shown_where_it_was_asked_for() -> None:
    """4 mg/kg x 171.3 kg = 685.2 mg; 1,000,000 units/m2 x 2 m2 = 2,000,000 units."""
    schedule = schedules(HEAVY)[2]
    first, second = one(schedule, 1, with_patient=True), one(schedule, 2, with_patient=True)
    assert "Working: 4 mg/kg x 171.3 kg = 685.2 mg; no cap; not rounded" in text(first)
    assert "Working: 1,000,000 units/m2 x 2 m2 = 2,000,000 units" in text(second)
    assert (
        "Patient: weight 171.3 kg, height 163.7 cm, body surface area 2.791 m2 (Mosteller), "
        "counted as 2 m2 (--bsa-cap), GFR 87.5 mL/min\n"
    ) in text(second)
    assert "Caution: body surface area 2.791 m2 is counted as 2 m2 (--bsa-cap)\n" in text(second)
    assert "Caution: body surface area" not in text(first), "it is not dosed by it"
    assert "body mass index of 63.92 kg/m2" in text(first)


def test_the_patient_of_a_row_is_the_one_its_dose_was_calculated_for() -> None:
    """A new weight in the midst of a course changes later rows alone."""
    lighter = replace(NPC.administrations[1], patient=Patient(weight=D("66.5")))
    schedule = replace(NPC, administrations=(NPC.administrations[0], lighter))
    assert "Patient: weight 70 kg\n" in text(one(schedule, 1, with_patient=True))
    assert "Patient: weight 66.5 kg\n" in text(one(schedule, 2, with_patient=True))


def test_a_flat_dose_of_an_unknown_patient_has_no_line_about_the_patient() -> None:
    description = text(one(make(loaded(a_dose()), start=date(2025, 1, 6)), with_patient=True))
    assert "Patient" not in description
    assert "Working: 5 mg, flat; no cap; not rounded" in description


def at(clock: str) -> datetime:
    return datetime.fromisoformat(clock)


LOG: Mapping[int, Recorded] = {
    1: Recorded("given", at("2025-01-06T08:00"), D(5040000)),
    2: Recorded("given", at("2025-01-06T18:10"), D(5000000)),
    3: Recorded("held", reason="creatinine 3.1 mg/dL"),
    4: Recorded("unrecorded"),
    5: Recorded("due"),
    6: Recorded("planned"),
    7: Recorded("stopped", reason="progression"),
    31: Recorded("given", at("2025-02-28T01:00"), D(5040000)),
    32: Recorded("conditional"),
}
LOGGED = replace(NPC, recorded=LOG)


@pytest.mark.parametrize(
    ("number", "status", "ending", "note"),
    [
        (1, "CONFIRMED", " (given)", "Given: Mon 2025-01-06 at 08:00, 5.04 million units"),
        (
            2,
            "CONFIRMED",
            " (given)",
            (
                "Given: Mon 2025-01-06 at 18:10, 5 million units; "
                "planned: Mon 2025-01-06 at 16:00, 5.04 million units"
            ),
        ),
        (3, "CANCELLED", " (held)", "Held: not given"),
        (4, "TENTATIVE", " bolus (at most)", "Not recorded whether it was given"),
        (5, "TENTATIVE", " bolus (at most)", "Due; nothing recorded yet"),
        (6, "TENTATIVE", " bolus (at most)", "At most: "),
        (7, "CANCELLED", " (stopped)", "Stopped: not given"),
        (8, "TENTATIVE", " bolus (at most)", "At most: "),
        (
            31,
            "CONFIRMED",
            " (given)",
            (
                "Given: Fri 2025-02-28 at 01:00, 5.04 million units; "
                "planned: Thu 2025-02-27 at 08:00, 5.04 million units"
            ),
        ),
        (32, "TENTATIVE", " (conditional, at most)", "Only if stable disease or response"),
    ],
)
def test_an_event_shows_what_the_course_log_says(
    number: int, status: str, ending: str, note: str
) -> None:
    """A held dose that the calendar shows as due would be given after all."""
    event = one(LOGGED, number)
    assert event["status"] == status
    assert title(event).endswith(ending)
    first = text(event).split("\n\n")[1].split("\n")[0]
    assert first.startswith(note)


@pytest.mark.parametrize(
    ("needed", "first"),
    [
        ("", "Not of the plan in cycle (row 2)"),
        (", as_needed: yes", "Given as needed in cycle (row 2)"),
    ],
)
def test_an_extra_dose_is_not_counted_among_the_planned_ones(needed: str, first: str) -> None:
    """Danger: dose 5 of 5 in a cycle of four, and dose 4 taken for given by an extra."""
    body = f"""
        blocks:
          - block: cycle
            doses:
              - {{drug: y, amount: 1 mg, route: SC, day: 1}}
              - {{drug: x, amount: 1 mg, route: SC, day: 2 to 5{needed}}}
    """
    extra = Extra("x", quantity("1 mg"), at("2025-12-01 09:30"), "SC")
    schedule = course(written(body), extra).schedule
    lines = [text(one(schedule, row.number)).split("\n")[1] for row in schedule.administrations]
    planned = [] if needed else [f"Dose {n} of 4 in cycle (row {n + 2})" for n in range(1, 5)]
    assert lines == ["Dose 1 of 1 in cycle (row 1)", first, *planned]


def test_the_title_shows_the_amount_that_was_given() -> None:
    """5.04 million units were planned, 5 million given."""
    assert title(one(LOGGED, 2)) == "S-07: aldesleukin 5 million units, intravenous bolus (given)"


def test_reasons_of_a_course_log_are_shown_where_they_were_asked_for() -> None:
    """A laboratory value is the patient's; in a caution, too."""
    text_ = "given in spite of: creatinine 3.1 mg/dL"
    spoken = Caution("override", text_, (3,), of_patient=True)
    schedule = replace(LOGGED, shown=LOGGED.administrations[2:3])
    (plain,), (full,) = (
        events(exported(schedule, (spoken,), with_patient=with_patient))
        for with_patient in (False, True)
    )
    assert "creatinine" not in text(plain)
    assert "Caution: one about the patient" in text(plain)
    assert "Reason: creatinine 3.1 mg/dL" in text(full)
    assert "Caution: given in spite of: creatinine 3.1 mg/dL" in text(full)


def test_a_part_hidden_in_two_cautions_about_a_row_is_noted_at_that_row() -> None:
    """Two cautions about row 2, in a day of rows 1 and 2, were shown as if about both rows."""
    spoken = [Caution("override", text_, (2,), of_patient=True) for text_ in ("a", "b")]
    schedule = replace(LOGGED, shown=LOGGED.administrations[:2])
    (day, *_) = events(exported(schedule, spoken, per_day=True))
    assert "left out here; see the schedule's own table (row 2)\n" in text(day)


def test_a_day_lists_its_doses_in_order_of_time_and_notes_once() -> None:
    """Day 32: imatinib and interleukin-2; a note about one of them says which."""
    schedule = make(
        language.load("imatinib"), times={"cycle": 2}, start=date(2024, 1, 22), subject="S-07"
    )
    event = events(exported(schedule, per_day=True))[45]
    assert title(event) == (
        "S-07: imatinib 400 mg, oral (conditional), at 08:00; "
        "aldesleukin 6 million units, subcutaneous (conditional), at 08:00"
    )
    conditional = "aldesleukin 6 million units, subcutaneous (conditional)"
    levels = "(arms: level-1, level-2, level-3, level-4)"
    unasked = f"no --arm was given; level-2 is the file's default {levels}"
    assert text(event).split("\n")[:11] == [
        "08:00 imatinib 400 mg, oral (conditional); dose 11 of 14 in cycle 2 (row 66)",
        f"08:00 {conditional}; dose 2 of 5 in cycle 2 (row 67)",
        "Regimen day 32",
        "",
        f"Caution: {unasked}",
        "Only if neither intolerance nor progression",
        "Assumption 2: The daily injection is subcutaneous. (row 67)",
        "Source: pautier2013, Abstract (doi 10.4161/onci.23079)",
        "Source: eudract2007, INCa registry entry (trial EudraCT 2007-001699-35) (row 66)",
        "Source: chaput2013, Abstract (doi 10.4161/onci.23080) (row 67)",
        "",
    ]


def test_equal_doses_of_one_day_are_one_line() -> None:
    """Three doses of a day: 00:00, 08:00 and 16:00."""
    second = events(exported(NPC, per_day=True))[1]
    assert title(second) == (
        "S-07: aldesleukin 5.04 million units, intravenous bolus (at most), "
        "at 00:00, 08:00 and 16:00"
    )


def test_a_dose_given_on_another_day_says_on_which() -> None:
    """Planned for the day of the event, given in the night after it."""
    days = events(exported(LOGGED, per_day=True))
    (event,) = (day for day in days if "2025-02-28" in title(day))
    assert title(event) == (
        "S-07: aldesleukin 5.04 million units, intravenous bolus (given), at Fri 2025-02-28 01:00; "
        "aldesleukin 5.04 million units, intravenous bolus (conditional, at most), at 16:00"
    )


@pytest.mark.hazard(39)
@pytest.mark.parametrize(
    ("states", "status"),
    [
        ({}, "TENTATIVE"),
        ({31: "held"}, "TENTATIVE"),
        ({31: "given", 32: "stopped"}, "CONFIRMED"),
        ({31: "held", 32: "stopped"}, "CANCELLED"),
    ],
)
def test_a_day_is_as_certain_as_the_most_certain_of_its_doses(
    states: dict[int, str], status: str
) -> None:
    """The conditional course begins with rows 31 and 32: a day is off when all of it is off."""
    log = {number: Recorded(state) for number, state in states.items()}  # type: ignore[arg-type]
    rows = NPC.administrations[30:32]
    (event,) = events(exported(replace(NPC, recorded=log, shown=rows), per_day=True))
    assert event["status"] == status


def test_a_day_is_certain_where_one_of_its_doses_is() -> None:
    """Two doses on a day, one of them only if needed."""
    body = """
    doses:
      - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
      - {drug: otherumab, amount: 5 mg, route: IV, day: [1, 2], only_if: needed}
    """
    schedule = make(loaded(a_file(body)), start=date(2025, 1, 6))
    all_events = events(exported(schedule, per_day=True))
    assert [event["status"] for event in all_events] == ["CONFIRMED", "TENTATIVE"]


@pytest.mark.hazard(22)
def test_a_dose_that_is_a_maximum_is_not_certain_in_the_calendar() -> None:
    """Read as an order, "up to 2 doses" in a calendar would be 2 doses, whatever the patient bore.

    Row 1 of each drug: one given up to twice, one twice; a dose that was given is certain again.
    """
    body = """
    doses:
      - {drug: examplumab, amount: 5 mg, route: oral, day: 1, repeat: {up_to: 2, every: 1 day}}
      - {drug: otherumab, amount: 5 mg, route: oral, day: 1, repeat: {times: 2, every: 1 day}}
    """
    schedule = make(loaded(a_file(body)), start=date(2025, 1, 6))
    titles = [(str(event["status"]), title(event)) for event in events(exported(schedule))]
    most, firm = "examplumab 5 mg, oral (at most)", "otherumab 5 mg, oral"
    assert titles == [("TENTATIVE", most), ("CONFIRMED", firm)] * 2
    log = {1: Recorded("given", schedule.administrations[0].when, D(5)), 3: Recorded("held")}
    all_events = events(exported(replace(schedule, recorded=log)))
    assert [(str(event["status"]), title(event)) for event in all_events[::2]] == [
        ("CONFIRMED", "examplumab 5 mg, oral (given)"),
        ("CANCELLED", "examplumab 5 mg, oral (held)"),
    ]


def test_control_characters_are_written_out() -> None:
    """A line of a label must not become a line of the file, nor turn what follows around."""
    schedule = replace(
        make(loaded(a_cycle()), start=date(2025, 1, 6)), subject="A\r\nB\x1b[31m\u202e"
    )
    assert title(one(schedule)).startswith(r"A\r\nB\x1b[31m\u202e: examplumab")
