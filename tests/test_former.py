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
    made = planned(times, zone=zone)
    return make(made.regimen, start=date(2025, 1, 6), at=540, subject="S-07", zone=made.zone)


def again(
    earlier: bytes, made: Schedule, as_of: datetime = LATER, *, per_day: bool = False
) -> bytes:
    """The calendar file of a plan that is written over an earlier one."""
    formers = ics.formers_in(earlier, made)
    return ics.document(made, (), as_of=as_of, per_day=per_day, formers=formers)


def states(content: bytes) -> list[str]:
    return [str(each["status"]) for each in events(content)]


def number(event: Event) -> int:
    return int(event.decoded("sequence"))


@pytest.mark.hazard(38)
def test_a_dose_that_the_plan_lost_is_cancelled() -> None:
    """Left in the calendar it would be given: 3 doses, then 2; the third keeps UID and time."""
    first = again(b"", planned(3))
    second = again(first, planned(2))
    assert states(second) == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    (was, now) = (events(first)[2], events(second)[2])
    assert (now["uid"], now.decoded("dtstart")) == (was["uid"], was.decoded("dtstart"))
    assert now.decoded("dtend") == was.decoded("dtend")
    assert number(now) > number(was)
    assert str(now["summary"]) == f"{was['summary']} (no longer planned)"
    assert str(now["description"]) == "No longer planned: a later plan does not have this event."
    assert now["transp"] == "TRANSPARENT"


def test_what_was_cancelled_stays_so_and_is_not_said_twice() -> None:
    """A calendar that missed one file learns it from the next."""
    second = again(again(b"", planned(3)), planned(2))
    third = again(second, planned(2))
    assert third == second
    assert str(events(third)[2]["summary"]).count("(no longer planned)") == 1


def test_a_dose_that_comes_back_is_numbered_above_its_cancelling() -> None:
    """Within one minute too: a calendar keeps what has the higher number, here the cancelling."""
    first = again(b"", planned(3), AS_OF)
    second = again(first, planned(2), AS_OF)
    third = again(second, planned(3), AS_OF)
    numbers = [number(events(content)[2]) for content in (first, second, third)]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    assert states(third) == ["CONFIRMED"] * 3


@pytest.mark.hazard(38)
@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_what_is_another_event_now_is_numbered_above_whatever_the_moment(zone: str | None) -> None:
    """Danger: exported as of a day before, a moved dose had a lower number than in the calendar.

    By RFC 5546 (2.1.4) the greater SEQUENCE counts: the calendar would keep the old time. What is
    as it was keeps its number, so that the same command gives the same bytes.
    """
    first = again(b"", planned(3, zone=zone), AS_OF)
    day_before = AS_OF - timedelta(days=1)
    assert again(first, planned(3, zone=zone), AS_OF) == first
    late = again(first, moved(3, zone), day_before)
    assert [number(each) for each in events(late)] == [number(events(first)[0]) + 1] * 3
    assert again(late, moved(3, zone), day_before) == late
    (*_, third) = events(again(first, planned(2, zone=zone), day_before))
    assert (str(third["status"]), number(third)) == ("CANCELLED", number(events(first)[2]) + 1)


def test_a_dose_that_stays_cancelled_is_not_numbered_anew() -> None:
    """A held dose, exported twice in a minute: nothing has changed."""
    held = replace(planned(2), recorded={2: Recorded("held")})
    first = again(b"", held, AS_OF)
    assert again(first, held, AS_OF) == first


def test_no_number_passes_the_greatest_of_a_calendar_file() -> None:
    """RFC 5545, section 3.3.8: 2,147,483,647."""
    top = 2**31 - 1
    first = again(b"", planned(3)).replace(
        f"SEQUENCE:{number(events(again(b'', planned(3)))[0])}".encode(), f"SEQUENCE:{top}".encode()
    )
    second = again(first, planned(2))
    assert number(events(second)[2]) == top
    assert number(events(again(second, planned(3)))[2]) == top


def test_what_is_planned_and_not_shown_is_not_cancelled() -> None:
    """`--from` and `--to` choose events; the doses they leave out are still to be given."""
    whole = planned(3)
    part = replace(whole, shown=whole.shown[:1])
    assert states(again(again(b"", whole), part)) == ["CONFIRMED"]
    daily = again(b"", whole, per_day=True)
    assert states(again(daily, part, per_day=True)) == ["CONFIRMED"]


def test_events_of_days_take_the_place_of_events_of_doses() -> None:
    """Both in one calendar would show every dose twice; a day has no end."""
    first = again(b"", planned(2), per_day=True)
    second = again(first, planned(2))
    assert states(second) == ["CONFIRMED"] * 2 + ["CANCELLED"] * 2
    assert events(second)[2].decoded("dtstart") == date(2025, 1, 6)
    assert "dtend" not in events(second)[2]


def test_a_cancelled_event_stands_in_utc_where_it_had_a_zone() -> None:
    """08:00 in New York in January is 13:00 UTC; the new plan knows no zone to write it in."""
    second = again(again(b"", planned(2, zone="America/New_York")), planned(1))
    assert events(second)[1].decoded("dtstart") == datetime(2025, 1, 7, 13, tzinfo=UTC)


@pytest.mark.parametrize("subject", ["S-08", None])
def test_the_file_of_another_subject_cancels_nothing(subject: str | None) -> None:
    """A patient's doses must not be cancelled by the plan of another."""
    assert states(again(again(b"", planned(3)), planned(2, subject))) == ["CONFIRMED"] * 2


def test_a_damaged_file_of_this_plan_is_not_written_over(tmp_path: Path) -> None:
    """What it had could not be cancelled any more, and nobody would know."""
    whole = again(b"", planned(3))
    for damaged in (whole[: len(whole) // 2], whole.replace(b"\r\nUID", b"\r\nX-UID")):
        with pytest.raises(Refused, match="cannot be read, so events that the plan"):
            ics.formers_in(damaged, planned(2))
    file = tmp_path / "c.ics"
    args = ("schedule", "npc-bolus", "--weight", "70", "--start", "2025-01-06", "--no-subject")
    assert run(*args, "-o", str(file)).code == 0
    file.write_bytes(damaged := file.read_bytes()[:9000])
    assert_refused(run(*args, "-o", str(file)), 1, "move it away, or give another --output")
    assert file.read_bytes() == damaged


def test_the_command_tells_what_it_cancelled(tmp_path: Path) -> None:
    """Whoever imports only what is new would keep the doses that are gone: told once."""
    file = tmp_path / "c.ics"
    args = ("schedule", "npc-bolus", "--weight", "70", "--start", "2025-01-06", "--no-subject")
    told = "30 events of the old file, no longer in the plan: cancelled in the new one"
    assert told not in run(*args, "-o", str(file)).err
    shorter = (*args, "--times", "course=1", "-o", str(file))
    done = run(*shorter)
    assert (done.code, done.err.splitlines()[0]) == (0, f"{told}; import all of it")
    assert told not in run(*shorter).err
    assert states(file.read_bytes()).count("CANCELLED") == 30


def test_a_calendar_of_another_plan_is_told_where_it_is_written_over(tmp_path: Path) -> None:
    """One file for two subjects keeps the doses of one; what cancels them later has no place."""
    file, told = tmp_path / "c.ics", "the old file had events of another subject"
    begun = ("schedule", "npc-bolus", "--weight", "70", "--start", "2025-01-06", "-o", str(file))
    assert told not in run(*begun, "--subject", "S-1").err
    assert told not in run(*begun, "--subject", "S-1").err
    assert told in run(*begun, "--subject", "S-2").err
    file.write_bytes(b"no calendar")
    assert told not in run(*begun, "--subject", "S-1").err


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


def test_one_event_is_told_as_one(tmp_path: Path) -> None:
    """A sentence in bad English is read twice."""
    file, path = tmp_path / "c.ics", tmp_path / "examplumab.yaml"
    for times in (2, 1):
        path.write_text(a_dose(f"repeat: {{times: {times}, every: 1 day}}"))
        done = run("schedule", str(path), "--start", "2025-01-06", "--no-subject", "-o", str(file))
    assert done.err.splitlines()[-2].startswith("1 event of the old file, ")
