"""The calendar file: valid at any text, stable, at the right moments, stamped and numbered."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars import IMATINIB, NPC, calendar, day, events, exported, moment, unfolded
from filetext import a_dose, a_file, loaded
from il2calc import __version__, library, zones
from il2calc.administration import Recorded
from il2calc.errors import Refused
from il2calc.patient import Patient
from il2calc.plaintext import shown
from il2calc.schedule import Schedule, make
from written import SMALL, Data, bodies, regimen

D = Decimal
WIDE = a_dose(
    head=("title: 白血病の治療における静脈内投与の一例 😀 白血病の治療における静脈内投与の一例 二",)
)


def test_a_file_is_named_and_told_by_whom_it_was_made() -> None:
    """A program shows the name of the calendar; a stored event must have no METHOD (RFC 4791)."""
    head = unfolded(exported(NPC))[:6]
    assert head == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//il2calc//il2calc {__version__}//EN",
        "CALSCALE:GREGORIAN",
        "NAME:S-07: npc-bolus",
        "X-WR-CALNAME:S-07: npc-bolus",
    ]
    assert not [line for line in unfolded(exported(NPC)) if line.startswith("METHOD")]


def test_without_a_subject_the_calendar_has_the_name_of_the_regimen() -> None:
    assert "X-WR-CALNAME:npc-bolus" in unfolded(exported(replace(NPC, subject=None)))


def test_the_first_event_in_full() -> None:
    """2026-11-22 10:30 UTC is 20,779 days and 630 minutes after 1970: 29,922,390 minutes."""
    lines = unfolded(exported(NPC))
    first = lines[lines.index("BEGIN:VEVENT") : lines.index("END:VEVENT")]
    assert 20_779 * 1_440 + 630 == 29_922_390
    assert date(1970, 1, 1) + timedelta(days=20_779) == date(2026, 11, 22)
    kept = [line for line in first if not line.startswith(("UID", "DESCRIPTION"))]
    assert sorted(kept) == [
        "BEGIN:VEVENT",
        "DTSTAMP:20261122T103059Z",
        "DTSTART:20250106T080000",
        "LAST-MODIFIED:20261122T103059Z",
        "SEQUENCE:29922390",
        "STATUS:CONFIRMED",
        r"SUMMARY:S-07: aldesleukin 5.04 million units\, intravenous bolus",
    ]


@pytest.mark.parametrize("per_day", [False, True])
def test_no_line_is_longer_than_75_octets_and_each_ends_with_crlf(per_day: bool) -> None:
    """RFC 5545, 3.1; a character of several octets is not torn apart."""
    for made in (NPC, make(loaded(WIDE), start=date(2025, 1, 6), subject="S-07, 😀" * 30)):
        content = exported(made, per_day=per_day)
        assert content.endswith(b"\r\nEND:VCALENDAR\r\n")
        assert not re.search(rb"[^\r]\n|\r[^\n]", content)
        lines = content.split(b"\r\n")
        assert max(len(line) for line in lines) == 75, "long lines are folded, and not too early"
        assert all(line.decode() is not None for line in lines)


def test_every_dose_has_its_event_at_its_local_time() -> None:
    """Without a zone times float: 08:00 is 08:00 wherever the calendar is read."""
    content = exported(NPC)
    assert [moment(each) for each in events(content)] == [each.when for each in NPC.shown]
    starts = [line for line in unfolded(content) if line.startswith("DTSTART")]
    assert len(starts) == 60
    assert all(re.fullmatch(r"DTSTART:[0-9]{8}T[0-9]{6}", line) for line in starts)
    assert calendar(content).timezones == []


def test_only_what_is_shown_has_events() -> None:
    content = exported(replace(NPC, shown=NPC.shown[2:5]))
    assert [moment(each) for each in events(content)] == [each.when for each in NPC.shown[2:5]]


def test_a_calendar_of_nothing_is_refused() -> None:
    """RFC 5545, 3.6: a calendar has at least one component."""
    with pytest.raises(Refused, match=r"no rows of 60 .* a calendar file needs at least one"):
        exported(replace(NPC, shown=()))


@pytest.mark.parametrize("per_day", [False, True])
def test_the_same_schedule_at_the_same_moment_gives_the_same_bytes(per_day: bool) -> None:
    again = make(library.load("npc-bolus"), NPC.patient, start=date(2025, 1, 6), subject="S-07")
    assert exported(NPC, per_day=per_day) == exported(again, per_day=per_day)


@given(
    st.datetimes(
        min_value=datetime.fromisoformat("1970-01-02"),
        max_value=datetime.fromisoformat("6050-01-01"),
        timezones=st.timezones(),
    ),
    st.integers(min_value=1, max_value=10**6),
)
@settings(deadline=None, max_examples=30)
def test_a_later_export_has_a_greater_sequence(first: datetime, minutes: int) -> None:
    """A program keeps what has the greater number; a minute later is enough."""
    later = first.astimezone(UTC) + timedelta(minutes=minutes)
    assert sequence(later) - sequence(first) == minutes


def test_the_sequence_stays_within_the_numbers_of_the_standard() -> None:
    """RFC 5545, 3.8.7.4 and 3.3.8: not below 0, not above 2147483647."""
    assert sequence(datetime(1969, 12, 31, tzinfo=UTC)) == 0
    assert sequence(datetime(9999, 12, 31, tzinfo=UTC)) == 2147483647


def sequence(as_of: datetime) -> int:
    """The number of an event that was exported at a moment."""
    (found,) = events(exported(replace(NPC, shown=NPC.shown[:1]), as_of=as_of))
    assert found.decoded("dtstamp") == as_of.astimezone(UTC).replace(microsecond=0)
    return int(found.decoded("sequence"))


@given(st.text(st.sampled_from('\\,;:"nN^\n\r\x00\u2028') | st.characters(), max_size=40))
@settings(deadline=None)
def test_any_label_and_title_is_read_back_as_it_was(text: str) -> None:
    """Commas, backslashes and quotes are text; what cannot be shown is written out."""
    made = replace(NPC, subject=text, shown=NPC.shown[:1], regimen=replace(NPC.regimen, title=text))
    content = exported(made)
    (found,) = events(content)
    assert found["summary"] == (f"{shown(text)}: aldesleukin 5.04 million units, intravenous bolus")
    assert f"Regimen: npc-bolus, version 1: {shown(text)}\n" in str(found["description"])
    name = shown(f"{text}: npc-bolus" if text else "npc-bolus")
    escaped = re.sub(r"([\\;,])", r"\\\1", name)
    assert {f"NAME:{escaped}", f"X-WR-CALNAME:{escaped}"} < set(unfolded(content))
    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_a_bolus_has_no_end_and_an_infusion_ends_after_its_longest_time() -> None:
    """30 to 90 minutes from 08:00: until 09:30 at the latest."""
    assert not any("dtend" in each for each in events(exported(NPC)))
    made = make(loaded(a_dose("over: 30 to 90 minutes")), start=date(2025, 1, 6))
    (found,) = events(exported(made))
    assert found.decoded("dtend") == datetime.fromisoformat("2025-01-06T09:30")


def test_an_infusion_beyond_the_last_year_is_refused() -> None:
    """23:00 on 9999-12-31 and two hours."""
    text = a_dose("over: 2 hours", "at: '23:00'")
    made = make(loaded(text), start=date(9999, 12, 31))
    with pytest.raises(Refused, match="beyond year 9999; give another --start"):
        exported(made)


def in_zone(zone: str, start: date, *lines: str, at: int = 480) -> Schedule:
    return make(loaded(a_dose(*lines)), start=start, at=at, subject="S-07", zone=zones.zone(zone))


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/London", date(2026, 3, 28)),
        ("Europe/London", date(2026, 10, 24)),
        ("America/New_York", date(2026, 3, 7)),
        ("America/New_York", date(2026, 10, 31)),
    ],
)
def test_every_eight_hours_stays_so_across_a_change_of_the_clocks(zone: str, start: date) -> None:
    """From 10:00 of the day before: 18:00 and then 8 h, whatever the clock says."""
    made = in_zone(zone, start, "repeat: {times: 6, every: 8 hours}", at=600)
    begun = [moment(each).astimezone(UTC) for each in events(exported(made))]
    assert {two - one for one, two in pairwise(begun)} == {timedelta(hours=8)}
    assert begun == [each.when.astimezone(UTC) for each in made.shown if each.when is not None]


@settings(SMALL, max_examples=20)
@given(body=bodies(), start=st.dates(date(2026, 3, 1), date(2026, 10, 31)))
def test_every_event_begins_when_the_schedule_says(body: Data, start: date) -> None:
    """Whatever the regimen, the file holds its moments, and no dose is lost or doubled."""
    patient = Patient(weight=D(70), surface_area=D("1.8"))
    zone = zones.zone("America/New_York")
    made = make(regimen(body), patient, start=start, at=90, zone=zone)
    found = events(exported(made))
    due = [each.when.astimezone(UTC) for each in made.shown if each.when is not None]
    assert [moment(each).astimezone(UTC) for each in found] == due
    assert len({str(each["uid"]) for each in found}) == len(due)
    days = sorted({each.when.date() for each in made.shown if each.when is not None})
    assert [day(each) for each in events(exported(made, per_day=True))] == days


def test_a_zone_stands_in_the_file_before_the_events_that_name_it() -> None:
    """Some programs read from top to bottom."""
    made = in_zone("Europe/London", date(2026, 3, 28))
    lines = unfolded(exported(made))
    assert "DTSTART;TZID=Europe/London:20260328T080000" in lines
    places = [lines.index(f"BEGIN:{name}") for name in ("VCALENDAR", "VTIMEZONE", "VEVENT")]
    assert places == sorted(places)
    assert [zone.tz_name for zone in calendar(exported(made)).timezones] == ["Europe/London"]


def test_universal_time_needs_no_zone_in_the_file() -> None:
    """`Z` says it all."""
    content = exported(in_zone("UTC", date(2026, 3, 28)))
    assert "DTSTART:20260328T080000Z" in unfolded(content)
    assert calendar(content).timezones == []


def test_an_infusion_across_a_change_of_the_clocks_keeps_its_length() -> None:
    """Two hours from 00:30 on 2026-03-29 in London end at 03:30, for there is no 01:00 to 02:00."""
    made = in_zone("Europe/London", date(2026, 3, 29), "over: 2 hours", at=30)
    lines = unfolded(exported(made))
    assert "DTSTART;TZID=Europe/London:20260329T003000" in lines
    assert "DTEND;TZID=Europe/London:20260329T033000" in lines


def test_the_second_of_two_equal_clock_times_is_given_in_universal_time() -> None:
    """On 2026-10-25 01:30 exists twice in London; a local time means the first (RFC 5545, 3.3.5).

    Every 8 hours from 17:30 UTC of the day before: the second dose is due at 01:30 UTC.
    """
    repeat = "repeat: {times: 2, every: 8 hours}"
    made = in_zone("Europe/London", date(2026, 10, 24), repeat, "over: 2 hours", at=18 * 60 + 30)
    lines = [line for line in unfolded(exported(made)) if line.startswith(("DTSTART", "DTEND"))]
    assert sorted(lines[-4:]) == [
        "DTEND:20261025T033000Z",
        "DTEND;TZID=Europe/London:20261024T203000",
        "DTSTART:20261025T013000Z",
        "DTSTART;TZID=Europe/London:20261024T183000",
    ]
    first = in_zone("Europe/London", date(2026, 10, 24), repeat, at=17 * 60 + 30)
    assert "DTSTART;TZID=Europe/London:20261025T013000" in unfolded(exported(first))


def test_a_dose_given_at_another_time_stands_where_it_was_given() -> None:
    """A calendar shows what was, once a log says it."""
    when = datetime.fromisoformat("2025-01-06T10:10")
    made = replace(NPC, recorded={1: Recorded("given", when, NPC.shown[0].dosed.value)})
    found = events(exported(made))
    assert moment(found[0]) == when
    assert [each["uid"] for each in found] == [each["uid"] for each in events(exported(NPC))]


def test_the_time_of_a_log_is_one_of_the_zone() -> None:
    """A log has local times of no zone; 10:10 in London in summer is 09:10 UTC."""
    made = in_zone("Europe/London", date(2026, 7, 1))
    when = datetime.fromisoformat("2026-07-01T10:10")
    (found,) = events(exported(replace(made, recorded={1: Recorded("given", when)})))
    assert moment(found).astimezone(UTC) == datetime(2026, 7, 1, 9, 10, tzinfo=UTC)


def test_one_event_a_day_lies_on_the_day_and_blocks_no_time() -> None:
    """Days 1 to 6 of each cycle: from 08:00, 15 doses every 8 hours end at 00:00 of day 6."""
    content = exported(NPC, per_day=True)
    found = events(content)
    assert len(found) == 24
    first = date(2025, 1, 6)
    assert [(day(each) - first).days for each in found[:12]] == [*range(6), *range(12, 18)]
    lines = unfolded(content)
    assert "DTSTART;VALUE=DATE:20250106" in lines
    assert lines.count("TRANSP:TRANSPARENT") == 24
    assert not [line for line in lines if line.startswith("DTEND")]


def test_days_in_a_zone_need_no_zone_in_the_file() -> None:
    content = exported(in_zone("Europe/London", date(2026, 3, 28)), per_day=True)
    assert calendar(content).timezones == []


def test_a_dose_that_the_clocks_moved_past_midnight_stands_on_the_day_where_it_falls() -> None:
    """24 hours after 00:00 on 2026-10-25 it is 23:00 of the same day in London."""
    body = """
    doses:
      - {drug: examplumab, amount: 5 mg, route: IV, day: 1, at: ["+24 hours"]}
      - {drug: otherumab, amount: 5 mg, route: IV, day: 2, at: ["08:00"]}
    """
    zone = zones.zone("Europe/London")
    made = make(loaded(a_file(body)), start=date(2026, 10, 25), at=0, zone=zone)
    found = events(exported(made, per_day=True))
    assert [(day(each), str(each["summary"])) for each in found] == [
        (date(2026, 10, 25), "examplumab 5 mg, intravenous, at 23:00"),
        (date(2026, 10, 26), "otherumab 5 mg, intravenous, at 08:00"),
    ]


def test_events_keep_their_uid_when_the_start_moves() -> None:
    """Imported again, a later start moves what is there."""
    later = make(IMATINIB.regimen, times={"cycle": 2}, start=date(2024, 1, 29), subject="S-07")
    for per_day in (False, True):
        before, after = (
            {str(each["uid"]): day(each) for each in events(exported(made, per_day=per_day))}
            for made in (IMATINIB, later)
        )
        week = timedelta(days=7)
        assert after == {name: when + week for name, when in before.items()}
