"""A calendar file that is written over: what the plan no longer has must not stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Event

from calendars import AS_OF, events
from commandline import assert_refused, run
from filetext import a_dose, loaded
from il2calc.cli import output
from il2calc.errors import Refused
from il2calc.format import ics
from il2calc.plan import dating
from il2calc.plan.administration import Recorded
from il2calc.plan.schedule import Schedule, make

LATER = AS_OF + timedelta(hours=1)


def planned(times: int, subject: str | None = "S-07", zone: str | None = None) -> Schedule:
    """A plan of so many doses, one a day, each an infusion of an hour."""
    text = a_dose("over: 1 hour", f"repeat: {{times: {times}, every: 1 day}}")
    return make(
        loaded(text),
        start=date(2025, 1, 6),
        subject=subject,
        zone=dating.zone(zone) if zone else None,
    )


def moved(times: int, zone: str | None) -> Schedule:
    """That plan, an hour later on each day."""
    plan = planned(times, zone=zone)
    return make(plan.regimen, start=date(2025, 1, 6), at=540, subject="S-07", zone=plan.zone)


def again(
    earlier: bytes, schedule: Schedule, as_of: datetime = LATER, *, per_day: bool = False
) -> bytes:
    """The calendar file of a plan that is written over an earlier one."""
    formers = ics.former_events(earlier, schedule)
    return ics.document(schedule, (), as_of=as_of, per_day=per_day, formers=formers)


def states(content: bytes) -> list[str]:
    return [str(event["status"]) for event in events(content)]


def number(event: Event) -> int:
    return int(event.decoded("sequence"))


@pytest.mark.hazard(38)
def test_a_dose_no_longer_planned_is_cancelled() -> None:
    """Left in the calendar it would be given: 3 doses, then 2; the third keeps UID and time."""
    first = again(b"", planned(3))
    second = again(first, planned(2))
    assert states(second) == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    (old, new) = (events(first)[2], events(second)[2])
    assert (new["uid"], new.decoded("dtstart")) == (old["uid"], old.decoded("dtstart"))
    assert new.decoded("dtend") == old.decoded("dtend")
    assert number(new) > number(old)
    assert str(new["summary"]) == f"{old['summary']} (no longer planned)"
    assert str(new["description"]) == "No longer planned: a later plan does not have this event."
    assert new["transp"] == "TRANSPARENT"


def test_a_cancelled_dose_stays_cancelled_and_is_reported_once() -> None:
    """A calendar that missed one file learns it from the next."""
    second = again(again(b"", planned(3)), planned(2))
    third = again(second, planned(2))
    assert third == second
    assert str(events(third)[2]["summary"]).count("(no longer planned)") == 1


def test_a_dose_planned_again_is_numbered_above_its_cancellation() -> None:
    """Within one minute too: a calendar keeps what has the higher number, here the cancelling."""
    first = again(b"", planned(3), AS_OF)
    second = again(first, planned(2), AS_OF)
    third = again(second, planned(3), AS_OF)
    numbers = [number(events(content)[2]) for content in (first, second, third)]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    assert states(third) == ["CONFIRMED"] * 3


@pytest.mark.hazard(38)
@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_a_changed_event_is_numbered_above_the_old_one_whatever_the_time_of_export(
    zone: str | None,
) -> None:
    """Danger: exported as of a day before, a moved dose had a lower number than in the calendar.

    By RFC 5546 (2.1.4) the greater SEQUENCE wins: the calendar would keep the old time. An
    unchanged event keeps its number, so that the same command gives the same bytes.
    """
    first = again(b"", planned(3, zone=zone), AS_OF)
    day_before = AS_OF - timedelta(days=1)
    assert again(first, planned(3, zone=zone), AS_OF) == first
    late = again(first, moved(3, zone), day_before)
    assert [number(event) for event in events(late)] == [number(events(first)[0]) + 1] * 3
    assert again(late, moved(3, zone), day_before) == late
    (*_, third) = events(again(first, planned(2, zone=zone), day_before))
    assert (str(third["status"]), number(third)) == ("CANCELLED", number(events(first)[2]) + 1)


def test_a_dose_that_stays_cancelled_is_not_numbered_anew() -> None:
    """A held dose, exported twice in a minute: nothing has changed."""
    plan = replace(planned(2), recorded={2: Recorded("held")})
    first = again(b"", plan, AS_OF)
    assert again(first, plan, AS_OF) == first


def test_no_number_exceeds_the_greatest_of_a_calendar_file() -> None:
    """RFC 5545, section 3.3.8: 2,147,483,647."""
    top = 2**31 - 1
    first = again(b"", planned(3)).replace(
        f"SEQUENCE:{number(events(again(b'', planned(3)))[0])}".encode(), f"SEQUENCE:{top}".encode()
    )
    second = again(first, planned(2))
    assert number(events(second)[2]) == top
    assert number(events(again(second, planned(3)))[2]) == top


def test_a_dose_planned_and_not_shown_is_not_cancelled() -> None:
    """`--from` and `--to` choose events; the doses they leave out are still to be given."""
    plan = planned(3)
    part = replace(plan, shown=plan.shown[:1])
    assert states(again(again(b"", plan), part)) == ["CONFIRMED"]
    daily = again(b"", plan, per_day=True)
    assert states(again(daily, part, per_day=True)) == ["CONFIRMED"]


def test_events_of_days_replace_events_of_doses() -> None:
    """Both in one calendar would show every dose twice; a day has no end."""
    first = again(b"", planned(2), per_day=True)
    second = again(first, planned(2))
    assert states(second) == ["CONFIRMED"] * 2 + ["CANCELLED"] * 2
    assert events(second)[2].decoded("dtstart") == date(2025, 1, 6)
    assert "dtend" not in events(second)[2]


def test_a_cancelled_event_of_a_zone_is_in_utc() -> None:
    """08:00 in New York in January is 13:00 UTC; the new plan knows no zone to write it in."""
    second = again(again(b"", planned(2, zone="America/New_York")), planned(1))
    assert events(second)[1].decoded("dtstart") == datetime(2025, 1, 7, 13, tzinfo=UTC)


@pytest.mark.parametrize("subject", ["S-08", None])
def test_the_file_of_another_subject_cancels_nothing(subject: str | None) -> None:
    """A patient's doses must not be cancelled by the plan of another."""
    assert states(again(again(b"", planned(3)), planned(2, subject))) == ["CONFIRMED"] * 2


def test_a_damaged_file_of_this_plan_is_not_written_over(tmp_path: Path) -> None:
    """Its events could not be cancelled any more, and nobody would know."""
    content = again(b"", planned(3))
    for damaged in (content[: len(content) // 2], content.replace(b"\r\nUID", b"\r\nX-UID")):
        with pytest.raises(Refused, match="cannot be read, so events that the plan"):
            ics.former_events(damaged, planned(2))
    file = tmp_path / "c.ics"
    args = ("schedule", "npc-bolus", "--weight", "70", "--start", "2025-01-06", "--no-subject")
    assert run(*args, "-o", str(file)).code == 0
    file.write_bytes(damaged := file.read_bytes()[:9000])
    assert_refused(run(*args, "-o", str(file)), 1, "move it away, or give another --output")
    assert file.read_bytes() == damaged


def test_the_command_reports_what_it_cancelled(tmp_path: Path) -> None:
    """Whoever imports only new events would keep the doses that are gone: printed once."""
    file = tmp_path / "c.ics"
    args = ("schedule", "npc-bolus", "--weight", "70", "--start", "2025-01-06", "--no-subject")
    notice = "30 events of the old file, no longer in the plan: cancelled in the new one"
    assert notice not in run(*args, "-o", str(file)).err
    shorter = (*args, "--times", "course=1", "-o", str(file))
    result = run(*shorter)
    assert (result.code, result.err.splitlines()[0]) == (0, f"{notice}; import all of it")
    assert notice not in run(*shorter).err
    assert states(file.read_bytes()).count("CANCELLED") == 30


def test_writing_a_part_over_the_whole_says_what_the_file_has_lost(tmp_path: Path) -> None:
    """Danger: a later, shorter plan cancels only what the file still has.

    60 events, then 5 of them, then the plan without course 2: its 30 events are in no file any
    more, so nothing cancels them in a calendar that imported the first.
    """
    file = tmp_path / "c.ics"
    args = ("schedule", "npc-bolus", "--weight", "70", "--start", "2026-12-01", "--no-subject")
    notice = "55 events of the old file, not shown here: not in the new one, and a calendar"
    part = (*args, "--from", "2026-12-13", "--to", "2026-12-14", "-q", "-o", str(file))
    assert notice not in run(*args, "-o", str(file)).err
    assert notice in run(*part).err
    assert "of the old file" not in run(*part).err
    assert run(*args, "--times", "course=1", "-o", str(file)).code == 0
    assert "CANCELLED" not in states(file.read_bytes())


def test_writing_over_a_calendar_of_another_plan_is_cautioned(tmp_path: Path) -> None:
    """One file for two subjects leaves the doses of one; nothing can cancel them later."""
    file, notice = tmp_path / "c.ics", "the old file had events of another subject"
    command = ("schedule", "npc-bolus", "--weight", "70", "--start", "2025-01-06", "-o", str(file))
    assert notice not in run(*command, "--subject", "S-1").err
    assert notice not in run(*command, "--subject", "S-1").err
    assert notice in run(*command, "--subject", "S-2").err
    file.write_bytes(b"no calendar")
    assert notice not in run(*command, "--subject", "S-1").err


def test_a_file_that_cannot_be_read_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may hold doses that are to be cancelled."""
    (file := tmp_path / "c.ics").write_bytes(b"")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(Refused, match=r"exists and cannot be read \(no\); give another file"):
        output.existing_content(file)


def refuse(_: Path) -> bytes:
    raise PermissionError(13, "no")


def test_one_event_is_reported_in_the_singular(tmp_path: Path) -> None:
    """It says 1 event, not 1 events."""
    file, path = tmp_path / "c.ics", tmp_path / "examplumab.yaml"
    for times in (2, 1):
        path.write_text(a_dose(f"repeat: {{times: {times}, every: 1 day}}"))
        result = run(
            "schedule", str(path), "--start", "2025-01-06", "--no-subject", "-o", str(file)
        )
    assert result.err.splitlines()[-2].startswith("1 event of the old file, ")
