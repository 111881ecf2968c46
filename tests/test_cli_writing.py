"""A schedule in each of its formats: which one a command writes, and what each of them needs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from commandline import EVERY_REGIMEN, IMP321, NPC, assert_refused, run, separate, terminal, written
from courselogs import course, entry, given, held, turn
from filetext import a_dose
from il2calc import language
from il2calc.cli.formats import preparation_parts
from il2calc.course import Course
from il2calc.format.printed import css_text
from il2calc.model.effects import Decided, Stopped
from il2calc.plan.schedule import make

DATED = {**EVERY_REGIMEN, "imp321": (*IMP321, "--start", "2026-12-01")}
BEGINS = {"html": b"<!doctype html>", "pdf": b"%PDF-", "svg": b"<?xml", "ics": b"BEGIN:VCALENDAR"}


@pytest.mark.parametrize("name", DATED)
@pytest.mark.parametrize("shape", BEGINS)
def test_every_regimen_is_written_in_every_page_format(
    name: str, shape: str, tmp_path: Path
) -> None:
    """The ending of the file decides the format; cautions go to standard error all the same."""
    file = tmp_path / f"out.{shape}"
    nobody = ("--no-subject",) if shape == "ics" else ()
    result = run(*DATED[name], *nobody, "--output", str(file))
    assert (result.code, result.out) == (0, "")
    assert file.read_bytes().lower().startswith(BEGINS[shape].lower())
    cautions = run(*DATED[name], "--format", "csv").err
    assert result.err == f"{cautions}written: {file} ({shape})\n"


@pytest.mark.parametrize("shape", BEGINS)
def test_every_page_format_goes_down_a_pipe(shape: str, tmp_path: Path) -> None:
    """What the pipe carries is what the file would hold."""
    dated = [] if shape == "svg" else ["--as-of", "2026-11-22"]
    dated += ["--no-subject"] if shape == "ics" else []
    args = (*NPC, "--format", shape, *dated)
    file = tmp_path / "out"
    assert run(*args, "--output", str(file)).code == 0
    piped = separate(*args)
    assert piped.raw == file.read_bytes()


def test_a_timeline_keeps_to_the_width_of_the_terminal() -> None:
    """And is drawn in ASCII where that was asked for."""
    result = run(*NPC, "--format", "timeline", env={"COLUMNS": "80"})
    assert result.out == terminal(*NPC, "--format", "timeline", env={"NO_COLOR": "1"}).out
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80
    assert "█" in result.out
    plain = terminal(*NPC, "--format", "timeline", "--ascii", columns=80)
    assert plain.out.isascii()
    assert terminal(*NPC, "--format", "timeline", env={"LC_ALL": "C"}).out.isascii()


def test_a_calendar_needs_dates() -> None:
    """A day 1 of nobody knows when is no event."""
    result = run("schedule", "npc-bolus", "--weight", "70", "--format", "ics", "--no-subject")
    assert_refused(result, 1, "a calendar file needs dates: give --start 2026-12-01")


@pytest.mark.hazard(24)
def test_a_calendar_needs_a_subject_or_says_outright_that_it_has_none(tmp_path: Path) -> None:
    """Two patients' events of one regimen would take each other's place."""
    result = run(*NPC, "--format", "ics")
    assert_refused(
        result, 1, "must not overwrite each other", "give --subject S-07, or --no-subject"
    )
    both = run(*NPC, "--format", "ics", "--subject", "S-07", "--no-subject")
    assert_refused(both, 2, "--no-subject: excludes --subject")
    file = tmp_path / "npc.ics"
    assert run(*NPC, "--subject", "S-07", "-o", str(file)).code == 0
    (first, *_) = Calendar.from_ical(file.read_bytes()).events
    assert str(first["summary"]).startswith("S-07: aldesleukin 5.04 million units")


def test_events_may_be_per_treatment_day(tmp_path: Path) -> None:
    """15 doses from 08:00 on day 1 fall on 6 days; two courses of two cycles: 24 visits."""
    file = tmp_path / "npc.ics"
    assert run(*NPC, "--no-subject", "--per", "day", "-o", str(file)).code == 0
    assert len(Calendar.from_ical(file.read_bytes()).events) == 24


def test_a_calendar_without_as_of_is_dated_now(tmp_path: Path) -> None:
    """A later export must not look older than the one before."""
    file = tmp_path / "npc.ics"
    run(*NPC, "--no-subject", "--as-of", "2026-11-22", "-o", str(file))
    (old, *_) = Calendar.from_ical(file.read_bytes()).events
    run(*NPC, "--no-subject", "-o", str(file))
    (new, *_) = Calendar.from_ical(file.read_bytes()).events
    assert old["uid"] == new["uid"]
    assert old.DTSTAMP.isoformat() == "2026-11-22T00:00:00+00:00"
    assert new.DTSTAMP != old.DTSTAMP


def test_a_sheet_says_how_the_doses_are_made_up_where_a_monograph_does(tmp_path: Path) -> None:
    """5.04 million units of a vial of 18 million in 1 mL are 0.28 mL."""
    file = tmp_path / "npc.html"
    run(*NPC, "-o", str(file))
    assert "0.28 mL" in file.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")


def test_a_sheet_and_that_of_a_course_name_the_syringe_that_is_at_hand(tmp_path: Path) -> None:
    """Pharmacy and ward read the same volume: 0.28 mL is no volume of a syringe of 0.1 mL."""
    file, log = tmp_path / "npc.html", tmp_path / "npc.log"
    syringe = ("--graduation", "IL-2=0.1 mL", "-o", str(file))
    assert run(*NPC, *syringe).code == 0
    message = "graduated in 0.1 mL (as set): draw 0.30 mL = 5.4 million units, +7.1 %"
    assert message in file.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    started = ("log", "start", str(log), "--regimen", *NPC[1:])
    assert run(*started, "--subject", "S-07").code == 0
    file.unlink()
    result = run("replan", str(log), "--as-of", "2025-01-05 08:00", *syringe)
    assert result.code == 0, result.err
    assert message in file.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")


def test_a_graduation_says_nothing_of_what_is_not_drawn(tmp_path: Path) -> None:
    """Of a format without preparations, and of a drug without a monograph."""
    options = ("--graduation", "aldesleukin=0.1 mL")
    assert_refused(run(*NPC, "--format", "csv", *options), 2, "--graduation", "html, pdf")
    file = written(tmp_path, a_dose())
    drug = language.load(file).drugs(None)[0]
    result = run("schedule", str(file), "--format", "html", "--graduation", f"{drug}=0.1 mL")
    assert_refused(result, 1, f"nothing of {drug} is drawn as a volume here")


def test_cautions_of_preparation_are_in_the_box_of_the_first_page(tmp_path: Path) -> None:
    """That no bag holds the dose is read before the rows, and not first under Preparation."""
    file = tmp_path / "npc.html"
    run(*NPC, "-o", str(file))
    text = file.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    box = text.partition('class="cautions"')[2].partition("</section>")[0]
    assert "no listed bag gives 30 to 70 mcg/mL" in box
    assert "fall outside the planned days" in box, "beside the cautions of the plan"


@pytest.mark.parametrize("shape", ["html", "pdf"])
def test_a_sheet_says_when_it_was_printed(shape: str, tmp_path: Path) -> None:
    """Now, or the moment that is named; a day later it is another sheet."""
    file = tmp_path / f"npc.{shape}"
    args = (*NPC, "--paper", "letter", "--no-picture", "-o", str(file))
    assert run(*args, "--as-of", "2026-11-22 07:30").code == 0
    dated = file.read_bytes()
    assert run(*args, "--as-of", "2026-11-22 07:30").code == 0
    assert file.read_bytes() == dated
    assert run(*args).code == 0
    assert file.read_bytes() != dated
    content = file.read_bytes()
    if shape == "html":
        today = datetime.now(UTC).astimezone()
        assert str(css_text(f"{today:%Y-%m-%d}"))[1:-1].encode() in content
        assert b"size: letter landscape" in content


def test_a_paper_size_is_for_printed_sheets_only() -> None:
    for option in (("--paper", "A4"), ("--no-picture",)):
        assert_refused(run(*NPC, "--format", "csv", *option), 2, option[0], "html, pdf")
    assert_refused(run(*NPC, "--format", "html", "--paper", "A5"), 2, "--paper", "A4, letter")


def test_without_any_monograph_a_sheet_has_no_preparation(tmp_path: Path) -> None:
    """An order that no product is counted for would only fill the page."""
    schedule = make(language.load(written(tmp_path, a_dose())))
    assert preparation_parts(schedule, language.monographs(schedule.regimen.drugs(None))) == (
        [],
        (),
    )


def making_up(course: Course) -> dict[str, list[str]]:
    """How the doses of a course are made up, by their headings."""
    schedule = course.schedule
    return dict(
        preparation_parts(schedule, language.monographs(schedule.regimen.drugs(schedule.arm)))[0]
    )


def test_only_what_is_still_to_come_of_a_course_is_made_up_and_ordered() -> None:
    """Rows 1 to 3 were given, 4 held, 5 to 8 are past and unrecorded, course 2 is not given.

    What is left on 2025-12-04 is rows 9 to 30: 7 doses of cycle 1 and 15 of cycle 2, a vial each.
    """
    dose = ("course 1/cycle 1", "aldesleukin")
    result = course(
        "npc-bolus",
        given(*dose, [1, 2, 3]),
        held(*dose, [4]),
        Decided(turn("course 2"), given=False),
        as_of="2025-12-04",
    )
    parts = making_up(result)
    assert next(iter(parts)) == "Only what is still to come"
    assert parts["Only what is still to come"][0].startswith(
        "Made up and ordered here: rows 9 to 30, but nothing given, "
    )
    text = "aldesleukin 5.04 million units, intravenous bolus, at most 22 times"
    assert f"{text} (course.cycle.aldesleukin)" in parts
    lines = parts["Order (each dose from its own vials), still to come"]
    assert lines[0].startswith("aldesleukin for course 1: at most 22 x ")
    assert not any("course 2" in line for line in lines)


def test_conditional_doses_are_still_to_come() -> None:
    """The second course is ordered as conditional; nothing else is left."""
    first = [given(f"course 1/cycle {k}", "aldesleukin", range(1, 16)) for k in (1, 2)]
    parts = making_up(course("npc-bolus", *first, as_of="2026-01-01"))
    assert "rows 31 to 60" in parts["Only what is still to come"][0]
    lines = parts["Order (each dose from its own vials), still to come"]
    assert "only if stable disease or response" in lines[0]


def test_where_nothing_is_to_come_nothing_is_made_up() -> None:
    """A course that was stopped has no order."""
    assert making_up(course("npc-bolus", entry(Stopped(), "2025-12-01 07:00"))) == {}


def test_a_picture_says_nothing_of_a_choice_of_rows() -> None:
    """`show` draws a regimen of no patient, by arm."""
    result = run("show", "imp321", "--arm", "6.25-mg", "--format", "timeline", "--ascii")
    assert (result.code, result.err) == (0, "")
    assert result.out.isascii()
    assert "IMP321" in result.out
    refused = run("show", "imp321", "--arm", "6.25-mg")
    assert_refused(refused, 2, "--arm: does not go with --format text, only with timeline")


def test_pdf_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear line, and nothing is written."""
    monkeypatch.setitem(sys.modules, "typst", None)
    assert_refused(run(*NPC, "--format", "pdf"), 1, "pip install 'il2calc[pdf]'")


@pytest.mark.parametrize(("regimen", "word"), [("imp321", "6.25-mg"), ("npc-bolus", "leave --arm")])
def test_an_unknown_arm_is_not_drawn(regimen: str, word: str) -> None:
    """In one line with the known ones, as a schedule says it."""
    result = run("show", regimen, "--arm", "nope", "--format", "timeline")
    assert_refused(result, 1, "no arm", "'nope'", word)


def test_a_regimen_without_arms_is_drawn_without_one() -> None:
    """In its own units, as if each day began at 08:00, which it says."""
    result = run("show", "npc-bolus", "--format", "timeline")
    assert (result.code, result.err) == (0, "")
    assert "at most 216,000 units/kg a day (3 doses)" in result.out
    assert "Drawn as if each day begins at 08:00." in result.out
