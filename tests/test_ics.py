"""The calendar file: valid at any text, stable, at the right moments, stamped and numbered."""

from __future__ import annotations

import re
from calendar import monthcalendar
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import groupby, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Component, Timezone, TimezoneStandard

from calendars import IMATINIB, NPC, calendar, day, events, exported, moment, unfolded
from filetext import a_dose, a_file, loaded
from il2calc import __version__, language
from il2calc.errors import Refused, shown
from il2calc.format import ics
from il2calc.format.ics import time_zone
from il2calc.model.patient import Patient
from il2calc.model.regimen import At, Block, Days, Dose, Repeat
from il2calc.plan import dating
from il2calc.plan.administration import Administration, Recorded, dose_numbers
from il2calc.plan.calendar import (
    Calendar,
    Pick,
    Turn,
    anchors,
    clock,
    days_spanned,
    doses_a_day,
    expanded_size,
    is_open,
    moments,
    per_listed_day,
    starts,
    to_minutes,
    too_large,
    turns_of,
)
from il2calc.plan.schedule import Schedule, make
from il2calc.units import Quantity, Span, span
from written import SMALL, Data, begins, bodies, plan, planned_days, regimen
from written import doses as drawn_doses
from written import regimen as written

D = Decimal
WIDE = a_dose(
    head=("title: 白血病の治療における静脈内投与の一例 😀 白血病の治療における静脈内投与の一例 二",)
)


def test_a_calendar_has_its_name_and_the_program_that_made_it() -> None:
    """A program shows the calendar's name; a stored event must have no METHOD (RFC 4791)."""
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
        "STATUS:TENTATIVE",
        r"SUMMARY:S-07: aldesleukin 5.04 million units\, intravenous bolus (at most)",
    ]


@pytest.mark.parametrize("per_day", [False, True])
def test_no_line_is_longer_than_75_octets_and_each_ends_with_crlf(per_day: bool) -> None:
    """RFC 5545, 3.1; a character of several octets is not torn apart."""
    for schedule in (NPC, make(loaded(WIDE), start=date(2025, 1, 6), subject="S-07, 😀" * 30)):
        content = exported(schedule, per_day=per_day)
        assert content.endswith(b"\r\nEND:VCALENDAR\r\n")
        assert not re.search(rb"[^\r]\n|\r[^\n]", content)
        lines = content.split(b"\r\n")
        assert max(len(line) for line in lines) == 75, "long lines are folded, and not too early"
        assert all(line.decode() is not None for line in lines)


def test_every_dose_has_its_event_at_its_local_time() -> None:
    """Without a zone times float: 08:00 is 08:00 wherever the calendar is read."""
    content = exported(NPC)
    assert [moment(event) for event in events(content)] == [row.when for row in NPC.shown]
    starts = [line for line in unfolded(content) if line.startswith("DTSTART")]
    assert len(starts) == 60
    assert all(re.fullmatch(r"DTSTART:[0-9]{8}T[0-9]{6}", line) for line in starts)
    assert calendar(content).timezones == []


def test_only_shown_rows_have_events() -> None:
    content = exported(replace(NPC, shown=NPC.shown[2:5]))
    assert [moment(event) for event in events(content)] == [row.when for row in NPC.shown[2:5]]


def test_a_calendar_of_nothing_is_refused() -> None:
    """RFC 5545, 3.6: a calendar has at least one component."""
    with pytest.raises(Refused, match=r"no rows of 60 .* a calendar file needs at least one"):
        exported(replace(NPC, shown=()))


@pytest.mark.parametrize("per_day", [False, True])
def test_the_same_schedule_at_the_same_moment_gives_the_same_bytes(per_day: bool) -> None:
    again = make(language.load("npc-bolus"), NPC.patient, start=date(2025, 1, 6), subject="S-07")
    assert exported(NPC, per_day=per_day) == exported(again, per_day=per_day)


@pytest.mark.hazard(26)
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
    (event,) = events(exported(replace(NPC, shown=NPC.shown[:1]), as_of=as_of))
    assert event.decoded("dtstamp") == as_of.astimezone(UTC).replace(microsecond=0)
    return int(event.decoded("sequence"))


@given(st.text(st.sampled_from('\\,;:"nN^\n\r\x00\u2028') | st.characters(), max_size=40))
@settings(deadline=None)
def test_any_label_and_title_is_read_back_as_it_was(text: str) -> None:
    """Commas, backslashes and quotes are text; what cannot be shown is written out."""
    schedule = replace(
        NPC, subject=text, shown=NPC.shown[:1], regimen=replace(NPC.regimen, title=text)
    )
    content = exported(schedule)
    (event,) = events(content)
    what = "aldesleukin 5.04 million units, intravenous bolus (at most)"
    assert event["summary"] == f"{shown(text)}: {what}"
    assert f"Regimen: npc-bolus, version 1: {shown(text)}\n" in str(event["description"])
    name = shown(f"{text}: npc-bolus" if text else "npc-bolus")
    escaped = re.sub(r"([\\;,])", r"\\\1", name)
    assert {f"NAME:{escaped}", f"X-WR-CALNAME:{escaped}"} < set(unfolded(content))
    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_a_bolus_has_no_end_and_an_infusion_ends_after_its_longest_time() -> None:
    """30 to 90 minutes from 08:00: until 09:30 at the latest."""
    assert not any("dtend" in event for event in events(exported(NPC)))
    schedule = make(loaded(a_dose("over: 30 to 90 minutes")), start=date(2025, 1, 6))
    (event,) = events(exported(schedule))
    assert event.decoded("dtend") == datetime.fromisoformat("2025-01-06T09:30")


def test_an_infusion_beyond_the_last_year_is_refused() -> None:
    """23:00 on 9999-12-31 and two hours."""
    text = a_dose("over: 2 hours", "at: '23:00'")
    schedule = make(loaded(text), start=date(9999, 12, 31))
    with pytest.raises(Refused, match="beyond year 9999; give another --start"):
        exported(schedule)


def in_zone(zone: str, start: date, *lines: str, at: int = 480) -> Schedule:
    return make(loaded(a_dose(*lines)), start=start, at=at, subject="S-07", zone=dating.zone(zone))


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
    schedule = in_zone(zone, start, "repeat: {times: 6, every: 8 hours}", at=600)
    starts_utc = [moment(event).astimezone(UTC) for event in events(exported(schedule))]
    assert {two - one for one, two in pairwise(starts_utc)} == {timedelta(hours=8)}
    assert starts_utc == [
        row.when.astimezone(UTC) for row in schedule.shown if row.when is not None
    ]


@settings(SMALL, max_examples=20)
@given(body=bodies(), start=st.dates(date(2026, 3, 1), date(2026, 10, 31)))
def test_every_event_begins_when_the_schedule_says(body: Data, start: date) -> None:
    """Whatever the regimen, the file has its times, and no dose is lost or doubled."""
    patient = Patient(weight=D(70), surface_area=D("1.8"))
    zone = dating.zone("America/New_York")
    schedule = make(regimen(body), patient, start=start, at=90, zone=zone)
    all_events = events(exported(schedule))
    due = [row.when.astimezone(UTC) for row in schedule.shown if row.when is not None]
    assert [moment(event).astimezone(UTC) for event in all_events] == due
    assert len({str(event["uid"]) for event in all_events}) == len(due)
    days = sorted({row.when.date() for row in schedule.shown if row.when is not None})
    assert [day(event) for event in events(exported(schedule, per_day=True))] == days


def test_a_zone_is_in_the_file_before_the_events_that_name_it() -> None:
    """Some programs read from top to bottom."""
    schedule = in_zone("Europe/London", date(2026, 3, 28))
    lines = unfolded(exported(schedule))
    assert "DTSTART;TZID=Europe/London:20260328T080000" in lines
    places = [lines.index(f"BEGIN:{name}") for name in ("VCALENDAR", "VTIMEZONE", "VEVENT")]
    assert places == sorted(places)
    assert [zone.tz_name for zone in calendar(exported(schedule)).timezones] == ["Europe/London"]


def test_universal_time_needs_no_zone_in_the_file() -> None:
    """`Z` says it all."""
    content = exported(in_zone("UTC", date(2026, 3, 28)))
    assert "DTSTART:20260328T080000Z" in unfolded(content)
    assert calendar(content).timezones == []


def test_an_infusion_across_a_change_of_the_clocks_keeps_its_length() -> None:
    """Two hours from 00:30 on 2026-03-29 in London end at 03:30, for there is no 01:00 to 02:00."""
    schedule = in_zone("Europe/London", date(2026, 3, 29), "over: 2 hours", at=30)
    lines = unfolded(exported(schedule))
    assert "DTSTART;TZID=Europe/London:20260329T003000" in lines
    assert "DTEND;TZID=Europe/London:20260329T033000" in lines


def test_the_second_of_two_equal_clock_times_is_given_in_universal_time() -> None:
    """On 2026-10-25 01:30 exists twice in London; a local time means the first (RFC 5545, 3.3.5).

    Every 8 hours from 17:30 UTC of the day before: the second dose is due at 01:30 UTC.
    """
    repeat = "repeat: {times: 2, every: 8 hours}"
    schedule = in_zone(
        "Europe/London", date(2026, 10, 24), repeat, "over: 2 hours", at=18 * 60 + 30
    )
    lines = [line for line in unfolded(exported(schedule)) if line.startswith(("DTSTART", "DTEND"))]
    assert sorted(lines[-4:]) == [
        "DTEND:20261025T033000Z",
        "DTEND;TZID=Europe/London:20261024T203000",
        "DTSTART:20261025T013000Z",
        "DTSTART;TZID=Europe/London:20261024T183000",
    ]
    first = in_zone("Europe/London", date(2026, 10, 24), repeat, at=17 * 60 + 30)
    assert "DTSTART;TZID=Europe/London:20261025T013000" in unfolded(exported(first))


def test_a_dose_given_at_another_time_is_at_that_time() -> None:
    """A calendar shows what was, once a log says it."""
    given_at = datetime.fromisoformat("2025-01-06T10:10")
    schedule = replace(NPC, recorded={1: Recorded("given", given_at, NPC.shown[0].dosed.value)})
    all_events = events(exported(schedule))
    assert moment(all_events[0]) == given_at
    assert [event["uid"] for event in all_events] == [
        event["uid"] for event in events(exported(NPC))
    ]


def test_times_of_a_log_are_in_the_zone() -> None:
    """A log has local times of no zone; 10:10 in London in summer is 09:10 UTC."""
    schedule = in_zone("Europe/London", date(2026, 7, 1))
    given_at = datetime.fromisoformat("2026-07-01T10:10")
    (event,) = events(exported(replace(schedule, recorded={1: Recorded("given", given_at)})))
    assert moment(event).astimezone(UTC) == datetime(2026, 7, 1, 9, 10, tzinfo=UTC)


def test_one_event_a_day_is_on_the_day_and_blocks_no_time() -> None:
    """Days 1 to 6 of each cycle: from 08:00, 15 doses every 8 hours end at 00:00 of day 6."""
    content = exported(NPC, per_day=True)
    all_events = events(content)
    assert len(all_events) == 24
    first = date(2025, 1, 6)
    assert [(day(event) - first).days for event in all_events[:12]] == [*range(6), *range(12, 18)]
    lines = unfolded(content)
    assert "DTSTART;VALUE=DATE:20250106" in lines
    assert lines.count("TRANSP:TRANSPARENT") == 24
    assert not [line for line in lines if line.startswith("DTEND")]


def test_days_in_a_zone_need_no_zone_in_the_file() -> None:
    content = exported(in_zone("Europe/London", date(2026, 3, 28)), per_day=True)
    assert calendar(content).timezones == []


def test_a_dose_moved_past_midnight_by_the_clocks_is_on_its_new_day() -> None:
    """24 hours after 00:00 on 2026-10-25 it is 23:00 of the same day in London."""
    body = """
    doses:
      - {drug: examplumab, amount: 5 mg, route: IV, day: 1, at: ["+24 hours"]}
      - {drug: otherumab, amount: 5 mg, route: IV, day: 2, at: ["08:00"]}
    """
    zone = dating.zone("Europe/London")
    schedule = make(loaded(a_file(body)), start=date(2026, 10, 25), at=0, zone=zone)
    all_events = events(exported(schedule, per_day=True))
    assert [(day(event), str(event["summary"])) for event in all_events] == [
        (date(2026, 10, 25), "examplumab 5 mg, intravenous, at 23:00"),
        (date(2026, 10, 26), "otherumab 5 mg, intravenous, at 08:00"),
    ]


def test_a_dose_past_midnight_is_in_the_event_of_its_planned_day_with_its_date() -> None:
    """Twice a day from 18:00 is 18:00 and 12 hours later, 06:00 of the next date.

    An event of that date would have the UID of the day before, and hide it.
    """
    body = "doses: [{drug: examplumab, amount: 9 mg, route: oral, day: 1 to 2, at: 2 times a day}]"
    schedule = make(loaded(a_file(body)), start=date(2026, 12, 1), at=18 * 60)
    all_events = events(exported(schedule, per_day=True))
    assert [(day(event), str(event["summary"])) for event in all_events] == [
        (date(2026, 12, 1), "examplumab 9 mg, oral, at 18:00 and Wed 2026-12-02 06:00"),
        (date(2026, 12, 2), "examplumab 9 mg, oral, at 18:00 and Thu 2026-12-03 06:00"),
    ]
    early = make(schedule.regimen, start=date(2026, 12, 1), at=8 * 60)
    uids = [str(event["uid"]) for event in events(exported(early, per_day=True))]
    assert uids == [str(event["uid"]) for event in all_events]


@pytest.mark.hazard(26)
def test_events_keep_their_uid_when_the_start_moves() -> None:
    """Imported again, a later start moves the events that are there."""
    later = make(IMATINIB.regimen, times={"cycle": 2}, start=date(2024, 1, 29), subject="S-07")
    for per_day in (False, True):
        before, after = (
            {str(event["uid"]): day(event) for event in events(exported(schedule, per_day=per_day))}
            for schedule in (IMATINIB, later)
        )
        week = timedelta(days=7)
        assert after == {name: when + week for name, when in before.items()}


FIRST = NPC.administrations[0]


def names(schedule: Schedule) -> list[str]:
    """The UIDs of the administrations of a schedule, in the order of its rows."""
    numbers = dose_numbers(schedule.administrations)
    return [ics.dose_uid(schedule, row, numbers[row.number]) for row in schedule.shown]


def test_a_uid_is_the_digest_of_what_a_dose_is() -> None:
    """Calendars in use hold these: 160 bits of SHA-256 over the list as JSON, never to change."""
    dose = b'["administration", "S-07", "npc-bolus", [["course", 1], ["cycle", 1]], '
    dose += b'"aldesleukin", "aldesleukin", 1]'
    day = b'["day", "S-07", "npc-bolus", [["course", 1], ["cycle", 1]], 1]'
    assert ics.dose_uid(NPC, FIRST, 1) == f"{sha256(dose).hexdigest()[:40]}@il2calc"
    assert ics.day_uid(NPC, [FIRST]) == f"{sha256(day).hexdigest()[:40]}@il2calc"


def test_a_uid_fits_on_one_line_and_in_an_address() -> None:
    """`UID:` and the UID make one line of 75 octets, of characters that no address escapes."""
    for uid in (ics.dose_uid(NPC, FIRST, 1), ics.day_uid(NPC, [FIRST])):
        assert re.fullmatch(r"[0-9a-f]{40}@il2calc", uid)
        assert len(f"UID:{uid}") <= 75


CHANGING = a_file(
    """
    arms: {low: one, high: two}
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 days}
        doses:
          - drug: examplumab
            dose: slow
            amount: {low: 1 mg/kg, high: 2 mg/kg}
            route: IV
            day: [1, 8]
          - {drug: examplumab, dose: pulse, amount: 5 mg, route: SC, day: 2}
    """
)


def test_a_uid_depends_on_no_version_date_arm_or_amount() -> None:
    """A change between two exports of one plan must not double its events."""
    regimen = loaded(CHANGING)
    other = replace(regimen, version=7, title="Another title")
    day, later = date(2025, 1, 6), date(2026, 3, 1)
    schedules = (
        make(regimen, Patient(weight=D(70)), arm="low", start=day, subject="S-07"),
        make(other, Patient(weight=D(66)), arm="high", start=later, at=540, subject="S-07"),
    )
    doses = [names(schedule) for schedule in schedules]
    days = [[ics.day_uid(schedule, [row]) for row in schedule.shown] for schedule in schedules]
    assert doses[0] == doses[1]
    assert days[0] == days[1]
    assert len({*doses[0], *days[0]}) == 12, "three doses on three days of each of two cycles"


class Identity(NamedTuple):
    """What a UID is made from."""

    subject: str | None
    regimen: str
    turns: tuple[tuple[str, int], ...]
    drug: str
    dose: str
    number: int

    def schedule(self) -> Schedule:
        """A schedule of this subject and regimen."""
        return replace(NPC, subject=self.subject, regimen=replace(NPC.regimen, id=self.regimen))

    def administration(self) -> Administration:
        """A dose of this drug, name and number in these turns, on a block day of this number."""
        turn = Turn(Block("", ""), 1, 0, 1, 1, None)
        for name, number in self.turns:
            turn = Turn(Block(name, name), number, 0, 1, 1, turn)
        dose = replace(FIRST.dose, drug=self.drug, spelled=None, name=self.dose)
        return replace(FIRST, turn=turn, dose=dose, dose_number=self.number, block_day=self.number)


texts = st.text(st.sampled_from('a1,"[]\\/: \n\u00e9\ud800') | st.characters(), max_size=3)
few = st.integers(1, 12)
turns = st.lists(st.tuples(texts.filter(bool), few), max_size=2).map(tuple)
identities = st.builds(Identity, st.none() | texts, texts, turns, texts, texts, few)


@pytest.mark.hazard(24)
@given(one=identities, other=identities)
@example(
    one=Identity(None, "r", (), "d", "d", 1), other=Identity("null", "r", (), "d", "d", 1)
).via("a subject may be called null")
@example(
    one=Identity('a", "b', "c", (), "d", "d", 1), other=Identity("a", 'b", "c', (), "d", "d", 1)
).via("a quote in a text ends no text")
@example(
    one=Identity("", "r", (("c", 1), ("d", 2)), "e", "f", 1),
    other=Identity("", "r", (("c", 1),), "d", "e", 1),
).via("a block may have the name of a drug")
@example(
    one=Identity("", "r", (("c", 1),), "d", "e1", 1),
    other=Identity("", "r", (("c", 1),), "d", "e", 11),
).via("a name may end in a digit")
def test_different_doses_never_have_one_uid(one: Identity, other: Identity) -> None:
    """Two patients' events must never replace each other, whatever their labels hold."""
    first = ics.dose_uid(one.schedule(), one.administration(), one.number)
    second = ics.dose_uid(other.schedule(), other.administration(), other.number)
    assert (first == second) == (one == other)
    assert not {first, second} & {ics.day_uid(one.schedule(), [one.administration()])}


@given(one=identities, other=identities)
def test_different_days_never_have_one_uid(one: Identity, other: Identity) -> None:
    """A day is identified by subject, regimen, block turns and block day."""
    first = ics.day_uid(one.schedule(), [one.administration()])
    second = ics.day_uid(other.schedule(), [other.administration()])
    same = (*one[:3], one.number) == (*other[:3], other.number)
    assert (first == second) == same


@SMALL
@given(body=bodies())
def test_every_administration_and_every_day_has_a_uid_of_its_own(body: Data) -> None:
    """One UID twice in a file, and one of the two doses is gone from the calendar."""
    schedule = make(regimen(body), Patient(weight=D(70), surface_area=D("1.8")))
    assert len(set(names(schedule))) == len(schedule.administrations)
    firsts = {row.regimen_day: row for row in reversed(schedule.administrations)}
    assert len({ics.day_uid(schedule, [row]) for row in firsts.values()}) == len(firsts)


BESIDE = """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 14 days}
        doses:
          - {dose: fixed, drug: x, amount: 1 mg, route: SC, day: 1 to 10, at: "12:00"}
          - dose: started
            drug: x
            amount: 2 mg
            route: IV
            day: 1
            repeat: {times: 8, every: 24 hours}
      - block: beside
        day: 1
        repeat: {times: 4, every: 7 days}
        doses: [{drug: y, amount: 1 mg, route: SC, day: [1, 2]}]
"""


def test_another_start_time_moves_events_and_renames_none() -> None:
    """From 14:00 the second dose of a day is the one that was the first: both keep their names."""
    early, late = (
        make(regimen(BESIDE), start=date(2026, 3, 2), at=at * 60, subject="S-07") for at in (8, 14)
    )
    assert sorted(names(early)) == sorted(names(late))
    assert len(set(names(early))) == 44
    days = [
        {
            ics.day_uid(schedule, list(rows))
            for _, rows in groupby(schedule.shown, lambda row: row.regimen_day)
        }
        for schedule in (early, late)
    ]
    assert days[0] == days[1]
    assert len(days[0]) == 20


EIGHT_HOURLY = Repeat(count=15, every=span("8 hours"))
DAY_1 = Days(((1, 1),))
START = 8 * 60
PICKS: tuple[Pick, ...] = ("earliest", "latest")


def daytimes_a_dose(
    *,
    days: Days = DAY_1,
    turns: Days | None = None,
    at: At | None = None,
    over: Span | None = None,
    repeat: Repeat | None = None,
    arms: tuple[str, ...] | None = None,
) -> Dose:
    """A dose of which only the time matters."""
    return Dose(
        name="x",
        drug="x",
        path="x",
        amounts={None: Quantity(Decimal(1), "mg")},
        route="IV",
        days=days,
        turns=turns,
        at=at,
        over=over,
        repeat=repeat,
        arms=arms,
    )


def test_a_range_is_taken_at_its_shortest_or_its_longest() -> None:
    """Rule 5: dates are the earliest; every later row also carries its latest date."""
    weeks = span("5 to 6 weeks")
    assert to_minutes(weeks, "earliest") == 35 * 1440
    assert to_minutes(weeks, "latest") == 42 * 1440
    assert to_minutes(None, "latest") == 0


def test_fifteen_doses_every_eight_hours_begin_eight_hours_apart() -> None:
    """Facts: dose k falls 8 (k - 1) h after the first; dose 15 at +112 h."""
    minutes = starts(daytimes_a_dose(repeat=EIGHT_HOURLY))
    assert minutes == tuple(8 * 60 * (k - 1) for k in range(1, 16))
    assert minutes[-1] == 112 * 60


def test_without_at_a_dose_begins_at_the_start_time() -> None:
    """Rule: without `at`, the schedule's start time, on every day."""
    assert starts(daytimes_a_dose()) == (0,)
    assert moments(daytimes_a_dose(), START) == (START,)


def test_clock_times_are_the_same_whatever_the_start_time() -> None:
    """Rule: `[08:00, 20:00]` are clock times."""
    twice = daytimes_a_dose(at=At("clock", (6 * 60, 22 * 60)))
    assert starts(twice) == (0, 16 * 60)
    assert moments(twice, START) == (6 * 60, 22 * 60)
    assert moments(twice, 0) == (6 * 60, 22 * 60)


def test_one_clock_time_with_a_repeat_is_its_first_dose() -> None:
    """Rule: one `at` with an hourly repeat is its first dose."""
    repeat = Repeat(count=3, every=span("8 hours"))
    assert moments(daytimes_a_dose(at=At("clock", (360,)), repeat=repeat), START) == (
        360,
        840,
        1320,
    )


def test_one_offset_with_a_repeat_is_its_first_dose() -> None:
    """Rule: one `at` with an hourly repeat is its first dose; +36 h is 20:00 a day on."""
    repeat = Repeat(count=2, every=span("6 hours"))
    rescue = daytimes_a_dose(at=At("offset", (36 * 60,)), repeat=repeat)
    assert moments(rescue, START) == (44 * 60, 50 * 60)


def test_offsets_count_from_the_start_time() -> None:
    """Rule: `[-30 minutes, +4 hours]` are offsets from the start time of that day."""
    assert moments(daytimes_a_dose(at=At("offset", (-30, 240))), START) == (START - 30, START + 240)


@pytest.mark.parametrize(
    ("dose", "counted_from"),
    [
        ({"repeat": {"times": 3, "every": "8 hours"}}, (480, 480, 480)),
        ({"repeat": {"times": 3, "every": "8 hours"}, "at": "+2 hours"}, (480, 480, 480)),
        ({"repeat": {"times": 2, "every": "8 hours"}, "at": "10:00"}, (600, 600)),
        ({"repeat": {"times": 2, "every": "2 days"}, "at": "+2 hours"}, (480, 3360)),
        ({"repeat": {"times": 2, "every": "2 days"}}, (480, 3360)),
        ({"at": ["+0 hours", "+36 hours"]}, (480, 480)),
        ({"at": ["08:00", "20:00"]}, (480, 1200)),
        ({"at": "2 times a day"}, (480, 1200)),
        ({}, (480,)),
    ],
)
def test_hours_are_counted_from_a_start_and_clock_times_are_not(
    dose: Data, counted_from: tuple[int, ...]
) -> None:
    """A repeat in hours and an offset are counted from a start; a clock time is not."""
    plain = {"drug": "x", "amount": "1 mg", "route": "IV", "day": 1}
    (parsed,) = written({"doses": [{**plain, **dose}]}).body.doses
    assert anchors(parsed, START) == counted_from


def test_planned_days_of_a_repeat_follow_the_formula() -> None:
    """Rule 2: floor((offset + (count - 1) x interval) / 24 h) + 1; 112 h are planned as 5 days."""
    assert days_spanned(daytimes_a_dose(repeat=EIGHT_HOURLY)) == 5
    fourteen = Repeat(count=14, every=span("8 hours"))
    assert days_spanned(daytimes_a_dose(repeat=fourteen)) == 5
    four = Repeat(count=4, every=span("8 hours"))
    assert days_spanned(daytimes_a_dose(repeat=four)) == 2
    assert days_spanned(daytimes_a_dose(at=At("offset", (36 * 60,)), repeat=four)) == 3


def test_planned_days_of_an_infusion_follow_the_formula() -> None:
    """Rule 2: with an infusion ceil((offset + (count - 1) x interval + longest `over`) / 24 h)."""
    assert days_spanned(daytimes_a_dose(over=span("46 hours"))) == 2
    assert days_spanned(daytimes_a_dose(over=span("48 hours"))) == 2
    assert days_spanned(daytimes_a_dose(over=span("49 hours"))) == 3
    assert days_spanned(daytimes_a_dose(over=span("24 hours"))) == 1
    assert days_spanned(daytimes_a_dose(over=span("20 to 30 hours"))) == 2
    assert days_spanned(daytimes_a_dose(at=At("offset", (180,)), over=span("46 hours"))) == 3
    three = Repeat(count=3, every=span("12 hours"))
    assert days_spanned(daytimes_a_dose(over=span("2 hours"), repeat=three)) == 2


def test_the_days_of_an_infusion_are_counted_from_the_start_time_and_not_by_the_clock() -> None:
    """Rule: the days it runs are counted from the start time; 22:00 + 4 h are one day."""
    assert days_spanned(daytimes_a_dose(at=At("clock", (22 * 60,)), over=span("4 hours"))) == 1


def test_a_dose_before_the_start_time_still_takes_its_day() -> None:
    """Rule 2: a dose before its planned days lengthens nothing; its day is planned for it."""
    assert days_spanned(daytimes_a_dose(at=At("offset", (-30,)))) == 1
    assert days_spanned(daytimes_a_dose(at=At("offset", (-30,)), over=span("30 minutes"))) == 1


def test_a_range_of_hours_may_plan_for_more_days_at_the_latest() -> None:
    """Rule 5: 4 doses every 6 to 8 hours take 18 to 24 h, so one day or two."""
    dose = daytimes_a_dose(repeat=Repeat(count=4, every=span("6 to 8 hours")))
    assert (days_spanned(dose, "earliest"), days_spanned(dose, "latest")) == (1, 2)


def test_administrations_of_a_listed_day_are_counted() -> None:
    """Rows of one day: those of its repeat, or its times, or one."""
    assert per_listed_day(daytimes_a_dose(repeat=EIGHT_HOURLY)) == 15
    assert per_listed_day(daytimes_a_dose(at=At("times a day", (0, 720)))) == 2
    assert per_listed_day(daytimes_a_dose()) == 1


@given(drawn_doses("x", 1))
def test_planned_days_are_those_on_which_a_dose_begins_or_runs(dose: Data) -> None:
    """Rule 2, counted day by day instead of by the formula."""
    parsed = written({"doses": [dose]}).body.doses[0]
    for pick in PICKS:
        longest = pick == "latest"
        assert list(starts(parsed, pick)) == begins(dose, longest)
        assert days_spanned(parsed, pick) == planned_days(dose, longest)


@pytest.mark.parametrize(
    ("minute", "text"), [(0, "00:00"), (485, "08:05"), (1439, "23:59"), (1440, "00:00")]
)
def test_a_clock_time_has_four_digits_and_starts_anew_at_midnight(minute: int, text: str) -> None:
    """No clock shows 24:00."""
    assert clock(minute) == text


def test_an_amount_a_day_is_shared_by_the_administrations_of_the_day() -> None:
    """Every 8 hours is three a day, every 2 days one; two clock times are two."""
    plain = {"drug": "x", "amount": "1 mg", "route": "IV", "day": 1}
    cases: list[tuple[Data, int]] = [
        ({"repeat": {"times": 5, "every": "8 hours"}}, 3),
        ({"repeat": {"times": 5, "every": "2 days"}}, 1),
        ({"at": ["08:00", "20:00"]}, 2),
        ({}, 1),
    ]
    for more, times in cases:
        (dose,) = written({"doses": [{**plain, **more}]}).body.doses
        assert doses_a_day(dose) == times


def laid_out(
    body: str | Data, counts: Mapping[str, int] | None = None, arm: str | None = None
) -> list[Turn]:
    """The turns of a regimen, without the regimen itself."""
    parsed = written(body)
    turns = Calendar(parsed.day_zero, arm, counts or {}).turns(parsed.body)
    return [turn for turn in turns if turn.outer is not None]


# Blocks


def test_a_block_is_open_where_it_or_one_within_it_has_no_count() -> None:
    """Rule: neither `times` nor `up_to` is open-ended; judged arm by arm."""
    inner = Block("cycle", "a.cycle", repeat=Repeat(count=None, every=span("7 days")))
    assert is_open(inner, None)
    assert is_open(Block("a", "a", blocks=(inner,)), None)
    elsewhere = replace(inner, arms=("long",))
    assert not is_open(Block("a", "a", blocks=(elsewhere,)), "short")
    assert is_open(Block("a", "a", blocks=(elsewhere,)), "long")
    assert not is_open(Block("a", "a"), None)


def test_a_block_has_the_turns_chosen_or_the_turns_of_the_file_or_one() -> None:
    """Rule 7: a count may be chosen by path; an open-ended block has one turn here."""
    repeat = Repeat(count=4, every=span("7 days"))
    assert turns_of(Block("a", "a"), {}) == 1
    assert turns_of(Block("a", "a", repeat=repeat), {}) == 4
    assert turns_of(Block("a", "a", repeat=repeat), {"a": 2}) == 2
    assert turns_of(Block("a", "a", repeat=replace(repeat, count=None)), {}) == 1


def test_a_turn_with_every_is_exactly_that_long_the_last_one_too() -> None:
    """Rule 1: AC every 21 days x 4 ends on day 84 and what follows starts on day 85."""
    turns = laid_out("""
        blocks:
          - block: AC
            repeat: {times: 4, every: 21 days}
            doses: [{drug: doxorubicin, amount: 1 mg, route: IV, day: 1}]
          - block: T
            doses: [{drug: paclitaxel, amount: 1 mg, route: IV, day: 1}]
    """)
    assert [turn.start for turn in turns] == [0, 21, 42, 63, 84]
    assert [turn.length for turn in turns] == [21, 21, 21, 21, 1]
    assert [turn.planned for turn in turns] == [1, 1, 1, 1, 1]


def test_a_turn_without_every_lasts_to_its_last_planned_day_or_the_end_of_its_inner_blocks() -> (
    None
):
    """Rule 1: whichever is later."""
    body = """
        blocks:
          - block: a
            repeat: {{times: 2, rest: 10 days}}
            doses: [{{drug: x, amount: 1 mg, route: IV, day: {day}}}]
            blocks:
              - block: b
                repeat: {{times: 2, rest: 2 days}}
                doses: [{{drug: y, amount: 1 mg, route: IV, day: 1 to 3}}]
    """
    inner_longer = laid_out(body.format(day=5))
    assert [(turn.block.name, turn.start, turn.length) for turn in inner_longer] == [
        ("a", 0, 8),
        ("b", 0, 3),
        ("b", 5, 3),
        ("a", 18, 8),
        ("b", 18, 3),
        ("b", 23, 3),
    ]
    doses_longer = laid_out(body.format(day=11))
    assert [turn.start for turn in doses_longer if turn.block.name == "a"] == [0, 21]


def test_a_dose_given_onward_is_planned_to_the_end_of_its_turn() -> None:
    """`Turn.planned` is how many days a turn has to its last planned dosing day."""
    turns = laid_out("""
        blocks:
          - block: a
            repeat: {times: 1, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: [1, 6 onward]}]
    """)
    assert [turn.planned for turn in turns] == [7]


def test_days_before_a_block_lengthen_nothing() -> None:
    """Rule: negative days fall into the turn, or the block, before."""
    turns = laid_out("""
        numbering: without day 0
        blocks:
          - block: a
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: -2 to -1}]
          - block: b
            doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]
    """)
    assert [(turn.start, turn.planned) for turn in turns] == [(0, 0), (7, 0), (14, 1)]


def test_only_the_blocks_of_the_arm_are_laid_out() -> None:
    """Rule: lengths are judged arm by arm."""
    body = """
        arms: {short: a, long: b}
        blocks:
          - {block: a, arm: long, doses: [{drug: x, amount: 1 mg, route: IV, day: 1 to 9}]}
          - block: b
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: 1}
              - {drug: y, amount: 1 mg, route: IV, day: 9, arm: long}
          - {block: c, doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]}
    """
    assert [(turn.block.name, turn.start) for turn in laid_out(body, arm="short")] == [
        ("b", 0),
        ("c", 1),
    ]
    assert [turn.start for turn in laid_out(body, arm="long")] == [0, 9, 18]


def test_a_turn_names_those_around_it_without_the_regimen_itself() -> None:
    """CSV: `course 1/cycle 2`, an unrepeated block too, empty for the outermost."""
    parsed = written("""
        doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
        blocks:
          - block: a
            blocks: [{block: b, doses: [{drug: y, amount: 1 mg, route: IV, day: 1}]}]
    """)
    chains = [
        turn.chain() for turn in Calendar(day_zero=False, arm=None, counts={}).turns(parsed.body)
    ]
    assert [[turn.block.name for turn in chain] for chain in chains] == [[], ["a"], ["a", "b"]]


def test_the_doses_of_a_turn_are_those_of_its_number_and_arm() -> None:
    """Rule: a dose with `turn` is given only in those turns of its block."""
    parsed = written("""
        arms: {a: one, b: other}
        blocks:
          - block: c
            repeat: {times: 2, every: 7 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: [1, 3], turn: 2}
              - {drug: y, amount: 1 mg, route: IV, day: 2, arm: a}
    """)
    calendar = Calendar(day_zero=False, arm="b", counts={})
    turns = [turn for turn in calendar.turns(parsed.body) if turn.block.name == "c"]
    doses_by_turn = [[(dose.drug, day) for dose, day in calendar.doses(turn)] for turn in turns]
    assert doses_by_turn == [[], [("x", 0), ("x", 2)]]


@settings(SMALL)
@given(bodies(), st.sampled_from(PICKS))
def test_blocks_follow_one_another_without_gap_or_overlap(body: Data, pick: Pick) -> None:
    """Rules 1 and 4: the next turn begins after the length and the rest of the one before it."""
    parsed = written(body)
    calendar = Calendar(parsed.day_zero, None, {}, pick)
    turns = list(calendar.turns(parsed.body))
    for outer in turns:
        within = [turn for turn in turns if turn.outer is outer]
        expected = outer.start
        for block in outer.block.blocks:
            turns_of_block = [turn for turn in within if turn.block is block]
            if block.day is None:
                assert turns_of_block[0].start == expected
            else:
                assert turns_of_block[0].start == outer.start + block.day - 1
            rest = block.repeat.rest if block.repeat else None
            for turn, following in pairwise(turns_of_block):
                gap = to_minutes(rest, pick) // 1440
                assert following.start == turn.start + turn.length + gap
            end = turns_of_block[-1].start + turns_of_block[-1].length
            assert end <= outer.start + outer.length
            if block.day is None:
                expected = end + to_minutes(block.rest, pick) // 1440


# Work


def test_work_counts_administrations_and_turns_without_laying_them_out() -> None:
    """A regimen that would give more than 100,000 administrations is refused before expansion."""
    parsed = written("""
        arms: {a: one, b: other}
        blocks:
          - block: c
            repeat: {every: 10 days}
            doses:
              - {drug: x, amount: 1 mg, route: IV, day: [1 to 3], at: 2 times a day}
              - {drug: y, amount: 1 mg, route: IV, day: 9 onward}
              - {drug: z, amount: 1 mg, route: IV, day: 1, turn: [1, 3 onward]}
              - {drug: w, amount: 1 mg, route: IV, day: 1, arm: b}
            blocks:
              - {block: only b, arm: b, doses: [{drug: v, amount: 1 mg, route: IV, day: 1}]}
    """)
    billion = 10**9
    counts = {"c": billion}
    rows_a = billion * (3 * 2 + 2) + (billion - 1)
    turns_a = billion + 1
    assert expanded_size(parsed.body, "a", counts, day_zero=False) == (rows_a, turns_a)
    more_rows, more_turns = billion * (1 + 1), billion
    expected = (rows_a + more_rows, turns_a + more_turns)
    assert expanded_size(parsed.body, "b", counts, day_zero=False) == expected


@settings(SMALL)
@given(bodies())
def test_work_is_rows_and_turns(body: Data) -> None:
    """The count without expanding is what expanding gives."""
    parsed = written(body)
    turns = len(list(Calendar(parsed.day_zero, None, {}).turns(parsed.body)))
    assert expanded_size(parsed.body, None, {}, day_zero=False) == (len(plan(body)), turns)


def test_too_many_turns_are_refused_like_too_many_administrations() -> None:
    """Turns without a dose take as long to lay out as turns with one."""
    assert too_large((100_000, 100_000)) is None
    assert "100,001 administrations" in str(too_large((100_001, 1)))
    assert "100,001 block turns" in str(too_large((1, 100_001)))


LONDON = """\
BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:DAYLIGHT
DTSTART:19700329T010000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
"""
"""Summer time begins and ends at 01:00 UTC on the last Sundays of March and October."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Part(NamedTuple):
    """From a moment [UTC] on, one offset follows another."""

    onset: datetime
    before: timedelta
    after: timedelta
    standard: bool


def parts(zone: str, year: int) -> list[Part]:
    """The onsets of a zone around a year, as the standard reads them: local time from before."""
    around = datetime(year, 6, 1, tzinfo=UTC)
    zone_part = Timezone.from_ical(time_zone(ZoneInfo(zone), around, around).to_ical())
    assert isinstance(zone_part, Timezone)
    assert zone_part["tzid"] == zone
    onsets = [
        Part(
            (local - part.TZOFFSETFROM).replace(tzinfo=UTC),
            part.TZOFFSETFROM,
            part.TZOFFSETTO,
            isinstance(part, TimezoneStandard),
        )
        for part in zone_part.subcomponents
        for local in local_times(part, year)
    ]
    return sorted(onsets)


def local_times(part: Component, year: int) -> list[datetime]:
    """The local times at which a part begins, as from its DTSTART and up to two years on."""
    begins = part.decoded("dtstart")
    assert isinstance(begins, datetime)
    if "rrule" not in part:
        return [begins]
    yearly = r"\r\nRRULE:FREQ=YEARLY;BYDAY=(-?[0-9])([A-Z]{2});BYMONTH=([0-9]+)\r\n"
    match = re.search(yearly, part.to_ical().decode())
    assert match is not None
    nth, weekday, month = int(match[1]), WEEKDAYS.index(match[2]), int(match[3])
    times = []
    for number in range(begins.year, min(year + 2, 9998) + 1):
        days = [week[weekday] for week in monthcalendar(number, month) if week[weekday]]
        times.append(
            begins.replace(year=number, month=month, day=days[nth - 1 if nth > 0 else nth])
        )
    assert times[0] == begins, "a rule begins on a day of its own"
    return times


def test_london_is_written_as_calendar_programs_write_it() -> None:
    """In spring the onset is 01:00, local time from before, which the clocks then turn to 02:00."""
    around = datetime(2026, 6, 1, tzinfo=UTC)
    text = time_zone(ZoneInfo("Europe/London"), around, around).to_ical().decode()
    assert text.replace("\r\n", "\n") == LONDON


@pytest.mark.parametrize(
    ("zone", "onset", "before", "after"),
    [
        # Energy Policy Act of 2005: second Sunday of March, first of November, at 02:00.
        ("America/New_York", "2026-03-08T07:00+00:00", "-05:00", "-04:00"),
        ("America/New_York", "2026-11-01T06:00+00:00", "-04:00", "-05:00"),
        # Half an hour, at 02:00 on the first Sundays of April and October.
        ("Australia/Lord_Howe", "2026-04-04T15:00+00:00", "+11:00", "+10:30"),
        ("Australia/Lord_Howe", "2026-10-03T15:30+00:00", "+10:30", "+11:00"),
        # From 03:00 to 04:00 of summer time on the last Sundays of March and October.
        ("Europe/Helsinki", "2026-03-29T01:00+00:00", "+02:00", "+03:00"),
    ],
)
def test_changes_of_the_clocks_are_written_at_their_moment(
    zone: str, onset: str, before: str, after: str
) -> None:
    change = datetime.fromisoformat(onset)
    (part,) = (part for part in parts(zone, 2026) if part.onset == change)
    assert (part.before, part.after) == (offset(before), offset(after))
    assert part.standard == (part.after < part.before)


def offset(text: str) -> timedelta:
    """An offset from UTC, as in `-05:00`."""
    difference = datetime.fromisoformat(f"2000-01-01T00:00{text}").utcoffset()
    assert difference is not None
    return difference


ZONES = (
    "Africa/Casablanca",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/London",
    "Etc/GMT+5",
    "Pacific/Apia",
)


@settings(deadline=None, max_examples=50)
@given(
    zone=st.sampled_from(ZONES),
    when=st.datetimes(datetime.fromisoformat("1972-01-01"), datetime.fromisoformat("2099-12-31")),
)
def test_every_moment_has_the_offset_of_its_zone(zone: str, when: datetime) -> None:
    """RFC 5545, 3.6.5: in force is the part with the latest onset before the moment."""
    there = when.replace(tzinfo=UTC)
    in_force = [part for part in parts(zone, when.year) if part.onset <= there][-1]
    assert in_force.after == there.astimezone(ZoneInfo(zone)).utcoffset()


def test_a_zone_whose_clocks_never_change_has_one_part() -> None:
    """Calcutta, +05:30 all year."""
    (part,) = parts("Asia/Kolkata", 2026)
    assert (part.after, part.standard) == (timedelta(hours=5, minutes=30), True)


def test_a_zone_without_a_yearly_rule_has_each_change_by_itself() -> None:
    """In Morocco the clocks go back for Ramadan, which follows no rule of months and weekdays.

    In 2026 from Sunday 15 February, 03:00, until Sunday 22 March, 02:00.
    """
    changes = [part for part in parts("Africa/Casablanca", 2026) if part.onset.year == 2026]
    assert [part.onset.isoformat() for part in changes] == [
        "2026-02-15T02:00:00+00:00",
        "2026-03-22T02:00:00+00:00",
    ]


def test_the_years_around_a_change_of_rule_have_no_yearly_rule() -> None:
    """Until 2006 New York changed its clocks in April and October, since then in March, November.

    2007 is the first year of the later rule, so around it each change is written by itself.
    """
    march = datetime(2007, 3, 11, 7, tzinfo=UTC)
    april = datetime(2006, 4, 2, 7, tzinfo=UTC)
    onsets = [part.onset for part in parts("America/New_York", 2007)]
    assert {march, april} <= set(onsets)
    assert datetime(2006, 3, 12, 7, tzinfo=UTC) not in onsets


@pytest.mark.parametrize("year", [1, 2, 9998, 9999])
def test_the_first_and_last_years_have_a_definition_too(year: int) -> None:
    assert len(parts("Europe/London", year)) >= 1
