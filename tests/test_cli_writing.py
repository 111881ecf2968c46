"""A schedule in each of its formats: which one a command writes, and what each of them needs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from icalendar import Calendar

from commandline import EVERY_REGIMEN, IMP321, NPC, assert_refused, run, separate, terminal, written
from filetext import a_dose
from il2calc import library
from il2calc.cli.writing import preparation
from il2calc.schedule import make

DATED = {**EVERY_REGIMEN, "imp321": (*IMP321, "--start", "2026-12-01")}
BEGINS = {"html": b"<!doctype html>", "pdf": b"%PDF-", "svg": b"<?xml", "ics": b"BEGIN:VCALENDAR"}


@pytest.mark.parametrize("name", DATED)
@pytest.mark.parametrize("shape", BEGINS)
def test_every_regimen_is_written_in_every_page_format(
    name: str, shape: str, tmp_path: Path
) -> None:
    """The ending of the file says the format; cautions are told on standard error all the same."""
    file = tmp_path / f"out.{shape}"
    nobody = ("--no-subject",) if shape == "ics" else ()
    done = run(*DATED[name], *nobody, "--output", str(file))
    assert (done.code, done.out) == (0, "")
    assert file.read_bytes().lower().startswith(BEGINS[shape].lower())
    assert done.err == run(*DATED[name], "--format", "csv").err


@pytest.mark.parametrize("shape", BEGINS)
def test_every_page_format_goes_down_a_pipe(shape: str, tmp_path: Path) -> None:
    """What the pipe carries is what the file would hold."""
    dated = ("--no-subject", "--as-of", "2026-11-22") if shape == "ics" else ()
    args = (*NPC, "--format", shape, *dated)
    file = tmp_path / "out"
    assert run(*args, "--output", str(file)).code == 0
    piped = separate(*args)
    assert piped.raw == file.read_bytes()


def test_a_timeline_keeps_to_the_width_of_the_terminal() -> None:
    """And is drawn in ASCII where that was asked for."""
    done = run(*NPC, "--format", "timeline", env={"COLUMNS": "80"})
    assert done.out == terminal(*NPC, "--format", "timeline", env={"NO_COLOR": "1"}).out
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80
    assert "█" in done.out
    plain = terminal(*NPC, "--format", "timeline", "--ascii", columns=80)
    assert plain.out.isascii()
    assert terminal(*NPC, "--format", "timeline", env={"LC_ALL": "C"}).out.isascii()


def test_a_calendar_needs_dates() -> None:
    """A day 1 of nobody knows when is no event."""
    done = run("schedule", "npc-bolus", "--weight", "70", "--format", "ics", "--no-subject")
    assert_refused(done, 1, "a calendar file needs dates: give --start 2026-12-01")


def test_a_calendar_needs_a_subject_or_says_outright_that_it_has_none(tmp_path: Path) -> None:
    """Two patients' events of one regimen would take each other's place."""
    done = run(*NPC, "--format", "ics")
    assert_refused(done, 1, "must not replace each other", "give --subject S-07, or --no-subject")
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


def test_without_any_monograph_a_sheet_has_no_preparation(tmp_path: Path) -> None:
    """An order that no product is counted for would only fill the page."""
    made = make(library.load(written(tmp_path, a_dose())))
    assert preparation(made, None) == []


def test_a_picture_says_nothing_of_a_choice_of_rows() -> None:
    """`show` draws a regimen of no patient, by arm."""
    done = run("show", "imp321", "--arm", "6.25-mg", "--format", "timeline", "--ascii")
    assert (done.code, done.err) == (0, "")
    assert done.out.isascii()
    assert "IMP321" in done.out
    refused = run("show", "imp321", "--arm", "6.25-mg")
    assert_refused(refused, 2, "--arm: says nothing to --format text, only to timeline")


def test_pdf_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear line, and nothing is written."""
    monkeypatch.setitem(sys.modules, "typst", None)
    assert_refused(run(*NPC, "--format", "pdf"), 1, "pip install 'il2calc[pdf]'")
