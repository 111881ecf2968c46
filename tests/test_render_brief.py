"""The short form: even stretches of one dose in one line, and nothing lost but repetition."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from commandline import NPC, printed
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import library
from il2calc.cautions import review
from il2calc.patient import Patient
from il2calc.render import table
from il2calc.schedule import Schedule, make

D = Decimal
JAN_6 = date(2025, 1, 6)


def stretches(made: Schedule) -> list[str]:
    """Each stretch on one line, as it is before it is fitted to a width."""
    lines = [line.text for line in table.lines(made, review(made), brief=True)]
    body = lines[: lines.index("Totals") - 1] if "Totals" in lines else lines
    found: list[str] = []
    for line in body:
        if line.startswith("  day"):
            found.append(line.strip())
        elif line.startswith("    ") and found:
            found[-1] += f" {line.strip()}"
    return found


def folded(text: str, **options: date) -> list[str]:
    return stretches(make(loaded(text), **options))  # type: ignore[arg-type]


def counts(lines: list[str]) -> list[str]:
    """What each line says of how many doses it stands for."""
    return [line.partition("doses")[0].split()[-1] if "doses" in line else "1" for line in lines]


def test_a_course_of_fifteen_doses_is_one_line_per_cycle() -> None:
    """From 2025-01-06 08:00 every 8 h: dose 15 is due 112 h later, 2025-01-11 00:00."""
    made = make(library.load("npc-bolus"), Patient(weight=D(70)), start=JAN_6)
    lines = stretches(made)
    assert len(lines) == 4
    assert lines[0].startswith("days 1 to 6: Mon 2025-01-06 08:00 to Sat 2025-01-11 00:00")
    for word in ("aldesleukin 5.04 million units", "intravenous bolus", "15 doses", "8 hours"):
        assert word in lines[0]


def test_headings_marks_totals_and_all_else_stay() -> None:
    """Only rows are folded."""
    long, brief = (printed(*NPC, *extra) for extra in ((), ("--brief",)))
    for part in ("Course 1, cycle 1, days 1 to 5 [M]", "\nTotals\n", "M   at most", "W   "):
        assert part in long
        assert part in brief
    assert long.split("\nTotals\n")[1] == brief.split("\nTotals\n")[1]


def test_a_row_alone_has_no_end() -> None:
    """One dose is no stretch."""
    (line,) = folded(a_dose(), start=JAN_6)
    assert line.startswith("day 1: Mon 2025-01-06 08:00")
    assert " to " not in line
    assert "doses" not in line


def test_without_dates_a_stretch_has_its_days_and_its_time() -> None:
    """Day and clock time are all there is."""
    (line,) = folded(a_dose("day: 1 to 5"))
    assert line.startswith("days 1 to 5: 08:00")
    assert "5 doses" in line


def test_an_uneven_step_begins_a_new_line() -> None:
    """Days 2 to 7 and 9 to 21: the free day 8 must not disappear in `days 2 to 21`."""
    lines = folded(a_dose("day: [2 to 7, 9 to 21]"))
    assert [line.split(":")[0] for line in lines] == ["days 2 to 7", "days 9 to 21"]
    assert counts(lines) == ["6", "13"]


def test_doses_of_two_drugs_are_folded_apart_though_they_alternate() -> None:
    """Each drug has a rhythm of its own."""
    text = a_file(
        """
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: 1 to 4}
          - {drug: secumab, amount: 7 mg, route: oral, day: 1 to 4}
        """
    )
    lines = folded(text)
    assert counts(lines) == ["4", "4"]
    assert "primumab 5 mg" in lines[0]
    assert "secumab 7 mg" in lines[1]


def test_two_doses_of_one_drug_are_folded_apart() -> None:
    """12 million on days 1 to 3 and 1 million on days 4 to 14 are never `14 doses`."""
    patient = Patient(weight=D(70), surface_area=D(1))
    made = make(library.load("trastuzumab"), patient, times={"cycle": 1})
    pulse, low = (line for line in stretches(made)[-2:])
    assert "12 million units" in pulse
    assert "3 doses" in pulse
    assert "1 million units" in low
    assert "11 doses" in low


def test_rows_with_other_marks_begin_a_new_line() -> None:
    """A conditional dose must not hide among certain ones; the late one only adds its mark."""
    text = a_dose("repeat: {times: 4, every: 6 hours, only_if: fever}")
    lines = folded(text.replace(", only_if: fever", ""))
    assert counts(lines) == ["4"]
    assert lines[0].endswith("[W]")


def test_turns_are_not_folded_into_each_other() -> None:
    """Each stands under its own heading."""
    lines = folded(a_cycle("day: [1, 8]", repeat="{times: 2, every: 14 days}"))
    assert counts(lines) == ["2", "2"]


PARALLEL = a_file(
    """
    blocks:
      - block: short
        day: 1
        repeat: {times: 3, every: 14 days}
        doses: [{drug: primumab, amount: 5 mg, route: IV, day: [1, 8]}]
      - block: long
        day: 1
        repeat: {times: 2, every: 21 days}
        doses: [{drug: secumab, amount: 5 mg, route: IV, day: [1, 8]}]
    """
)


def test_tracks_side_by_side_keep_their_blocks_in_the_short_form() -> None:
    """The full table has a column for them: that a dose belongs to `long 2` is no repetition."""
    text = " ".join(stretches(make(loaded(PARALLEL))))
    for block in ("short 1", "short 2", "short 3", "long 1", "long 2"):
        assert block in text


def test_without_dates_a_later_stretch_names_its_latest_day() -> None:
    """Seven to nine days of rest: the second turn begins on day 9, at the latest on day 11."""
    text = a_cycle("day: 1", repeat="{times: 2, rest: 7 to 9 days}")
    assert "(the first at the latest day 11)" in folded(text)[1]
