"""Moments of a time zone: what keeps its clock time, and what its hours.

European clocks went forward on 2026-03-29 and go back on 2026-10-25, both at 01:00 UTC; those of
New York went forward on 2026-03-08 at 02:00 local time (IANA time zone database).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courselogs import START, course, entry, log, states, turn
from courselogs import given as was_given
from il2calc import load_regimen
from il2calc.course import admit
from il2calc.errors import Refused
from il2calc.model.effects import Delayed
from il2calc.model.patient import Patient
from il2calc.plan.calendar import minutes_between
from il2calc.plan.dating import choose_zone, clock_of, is_ambiguous, zone, zone_names
from il2calc.plan.schedule import Schedule, make
from il2calc.report import words
from written import SMALL, Data, bodies, regimen

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
KG70 = Patient(weight=Decimal(70), height=Decimal(170))

EIGHT_HOURLY = """
    doses:
      - {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 12, every: 8 hours}}
"""


def daily(at: str = "08:00", days: str = "1 to 5") -> str:
    return f"""
        doses:
          - {{drug: x, amount: 1 mg, route: SC, day: {days}, at: "{at}"}}
    """


def times(schedule: Schedule) -> list[str]:
    return [row.time for row in schedule.administrations]


def elapsed(schedule: Schedule) -> list[timedelta]:
    moments = [row.when.astimezone(UTC) for row in schedule.administrations if row.when]
    return [two - one for one, two in pairwise(moments)]


@pytest.mark.hazard(18)
@pytest.mark.parametrize(
    ("zone", "start"),
    [
        (LONDON, date(2026, 3, 27)),
        (LONDON, date(2026, 10, 23)),
        (NEW_YORK, date(2026, 3, 6)),
    ],
)
def test_doses_every_eight_hours_are_eight_hours_apart(zone: ZoneInfo, start: date) -> None:
    """By the clock alone one interval would be 7 or 9 hours: too soon after the dose before."""
    schedule = make(regimen(EIGHT_HOURLY), start=start, zone=zone)
    assert set(elapsed(schedule)) == {timedelta(hours=8)}
    assert [row.hours for row in schedule.administrations] == list(range(0, 96, 8))


def test_clock_times_after_the_change_carry_the_new_offset() -> None:
    """00:00 GMT + 8 h = 09:00 BST on 2026-03-29: the offset says which clock it is."""
    schedule = make(regimen(EIGHT_HOURLY), start=date(2026, 3, 28), zone=LONDON)
    assert times(schedule)[:5] == [
        *("08:00+00:00", "16:00+00:00", "00:00+00:00", "09:00+01:00", "17:00+01:00"),
    ]


RANGED = """
    blocks:
      - block: cycle
        repeat: {times: 2, rest: 6 to 7 days}
        doses:
          - {drug: x, amount: 1 mg, route: IV, day: 1, repeat: {times: 2, every: 8 to 12 hours}}
"""


def test_a_latest_time_carries_the_offset_of_its_own_day() -> None:
    """Planned for 2026-03-28, at the latest a day later: after the change, 08:00 is +01:00.

    The second dose of a turn is 8 to 12 h after the first: at 16:00, or 20:00 at the latest.
    """
    schedule = make(regimen(RANGED), start=date(2026, 3, 21), zone=LONDON)
    assert [(row.time, row.latest_time) for row in schedule.administrations] == [
        ("08:00+00:00", None),
        ("16:00+00:00", "20:00+00:00"),
        ("08:00+00:00", "08:00+01:00"),
        ("16:00+00:00", "20:00+01:00"),
    ]
    assert [str(row.latest_date) for row in schedule.administrations[1:]] == [
        *("2026-03-21", "2026-03-29", "2026-03-29"),
    ]


@pytest.mark.parametrize(
    ("start", "latest"),
    [
        (None, ["", "day 1 20:00", "day 9", "day 9 20:00"]),
        (date(2026, 3, 21), ["", "2026-03-21 20:00", "2026-03-29", "2026-03-29 20:00"]),
    ],
)
def test_a_latest_clock_time_is_shown_where_it_differs(
    start: date | None, latest: list[str]
) -> None:
    """A date alone would leave the hours of a range untold."""
    schedule = make(regimen(RANGED), start=start)
    assert [words.latest(row) for row in schedule.administrations] == latest
    assert [row.latest_time for row in schedule.administrations] == [
        None,
        "20:00",
        "08:00",
        "20:00",
    ]


def test_a_dose_that_falls_before_midnight_after_the_change_is_on_that_day() -> None:
    """From 2026-10-24 08:00 BST, 40 h later is 2026-10-25 23:00 GMT: day 2, not day 3."""
    schedule = make(regimen(EIGHT_HOURLY), start=date(2026, 10, 24), zone=LONDON)
    sixth = schedule.administrations[5]
    assert sixth.when == datetime(2026, 10, 25, 23, tzinfo=LONDON)
    assert (sixth.regimen_day, sixth.block_day) == (2, 2)


def test_a_daily_dose_keeps_its_clock_time() -> None:
    """A tablet at 08:00 stays one at 08:00 when the clocks change."""
    schedule = make(regimen(daily()), start=date(2026, 3, 27), zone=LONDON)
    assert [row.clock for row in schedule.administrations] == ["08:00"] * 5
    assert [row.hours for row in schedule.administrations] == [0, 24, 47, 71, 95]


def test_a_repeat_by_whole_days_keeps_its_clock_time() -> None:
    """`every: 1 days` counts days; `every: 24 hours` is the same length and so the same."""
    for every in ("1 days", "24 hours"):
        body = f"""
            doses:
              - {{drug: x, amount: 1 mg, route: SC, day: 1, repeat: {{times: 4, every: {every}}}}}
        """
        schedule = make(regimen(body), start=date(2026, 3, 27), zone=LONDON)
        assert [row.clock for row in schedule.administrations] == ["08:00"] * 4


@pytest.mark.parametrize("repeat", ["", ", repeat: {times: 1, every: 2 days}"])
def test_an_offset_is_counted_in_elapsed_hours(repeat: str) -> None:
    """A rescue 36 hours after the start of 2026-03-28 08:00 GMT is due at 21:00 BST, not 20:00."""
    body = f"""
        doses:
          - {{drug: x, amount: 1 mg, route: IV, day: 1, at: +36 hours{repeat}}}
    """
    schedule = make(regimen(body), start=date(2026, 3, 28), zone=LONDON)
    assert times(schedule) == ["21:00+01:00"]


def test_times_a_day_keep_their_clock_times() -> None:
    """`2 times a day` counts from the day, not in hours from a dose before."""
    schedule = make(regimen(daily("2 times a day", "1 to 3")), start=date(2026, 3, 28), zone=LONDON)
    assert [row.clock for row in schedule.administrations] == ["08:00", "20:00"] * 3


def test_a_ward_that_gives_at_clock_times_keeps_them() -> None:
    """At 00:00, 08:00 and 16:00: one interval is then 7 hours."""
    three_a_day = daily("[00:00, 08:00, 16:00]", "1 to 2").replace('"', "")
    schedule = make(regimen(three_a_day), start=date(2026, 3, 28), zone=LONDON)
    assert [row.clock for row in schedule.administrations] == ["00:00", "08:00", "16:00"] * 2
    assert elapsed(schedule) == [timedelta(hours=hours) for hours in (8, 8, 8, 7, 8)]


def test_a_clock_time_that_does_not_exist_is_read_with_the_offset_from_before() -> None:
    """RFC 5545, 3.3.5: 01:30 on 2026-03-29 is 01:30 UTC, which London's clocks call 02:30."""
    schedule = make(regimen(daily("01:30", "1 to 3")), start=date(2026, 3, 28), zone=LONDON)
    assert times(schedule) == ["01:30+00:00", "02:30+01:00", "01:30+01:00"]


def test_of_a_clock_time_that_exists_twice_the_first_is_meant() -> None:
    """RFC 5545, 3.3.5: 01:30 on 2026-10-25 is the one of summer time."""
    schedule = make(regimen(daily("01:30", "1 to 3")), start=date(2026, 10, 24), zone=LONDON)
    assert times(schedule) == ["01:30+01:00", "01:30+01:00", "01:30+00:00"]
    assert [is_ambiguous(row.when) for row in schedule.administrations if row.when] == [
        False,
        True,
        False,
    ]


def test_the_start_carries_its_zone() -> None:
    """What other programs read says which 08:00 it is."""
    schedule = make(regimen(daily()), start=date(2026, 6, 1), zone=LONDON)
    assert schedule.start == datetime(2026, 6, 1, 8, tzinfo=LONDON)
    assert schedule.start.isoformat(timespec="minutes") == "2026-06-01T08:00+01:00"


def test_without_a_start_a_zone_says_nothing() -> None:
    """There are no dates for it to bear on."""
    schedule = make(regimen(daily()), zone=LONDON)
    assert {row.when for row in schedule.administrations} == {None}
    assert times(schedule) == ["08:00"] * 5


@pytest.mark.parametrize("start", [date(1, 1, 1), date(9999, 12, 31)])
def test_moments_beyond_the_calendar_are_refused(start: date) -> None:
    """The last midnight of the calendar is already beyond it in another zone."""
    zone = ZoneInfo("Pacific/Auckland" if start.year == 1 else "Pacific/Honolulu")
    at = 0 if start.year == 1 else 23 * 60
    with pytest.raises(Refused, match="give another --start"):
        make(regimen(daily(f"{at // 60:02d}:00", "1")), start=start, at=at, zone=zone)


def test_an_unknown_zone_names_the_nearest() -> None:
    """One line, though six hundred zones are known."""
    with pytest.raises(Refused, match="did you mean 'Europe/London'"):
        zone("Europe/Londn")
    with pytest.raises(Refused, match="write an IANA name, like Europe/London"):
        zone("&&&&")
    assert zone("Europe/London") == LONDON


@pytest.mark.parametrize("name", ["localtime", "Factory"])
def test_a_name_that_means_another_zone_on_every_machine_is_refused(name: str) -> None:
    """The same command would date the same doses otherwise elsewhere."""
    with pytest.raises(Refused, match=f"no time zone is called '{name}'"):
        zone(name)


@SMALL
@given(
    body=bodies(),
    start=st.dates(date(2026, 3, 1), date(2026, 11, 5)),
    zone=st.sampled_from([LONDON, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]),
)
def test_rows_are_in_the_order_of_time_and_hours_are_elapsed(
    body: Data, start: date, zone: ZoneInfo
) -> None:
    """`hours` = elapsed since the first administration; rows by date and time."""
    schedule = make(regimen(body), KG70, start=start, zone=zone)
    moments = [one.when.astimezone(UTC) for one in schedule.administrations if one.when]
    assert moments == sorted(moments)
    assert [one.number for one in schedule.administrations] == list(range(1, len(moments) + 1))
    for row, moment in zip(schedule.administrations, moments, strict=True):
        assert row.hours * 3600 == (moment - moments[0]).total_seconds()
        assert row.when is not None
        assert row.regimen_day == (row.when.date() - start).days + 1


@SMALL
@given(body=bodies(), start=st.dates(date(2026, 3, 1), date(2026, 11, 5)))
def test_a_zone_without_changes_moves_nothing(body: Data, start: date) -> None:
    """In UTC a schedule is that of no zone."""
    plain = make(regimen(body), KG70, start=start)
    zoned = make(regimen(body), KG70, start=start, zone=ZoneInfo("UTC"))
    assert [row.when.replace(tzinfo=None) for row in zoned.administrations if row.when] == [
        row.when for row in plain.administrations
    ]
    assert [row.hours for row in zoned.administrations] == [
        row.hours for row in plain.administrations
    ]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Eastern Standard Time", "America/New_York"),
        ("eastern standard time", "America/New_York"),
        ("GMT Daylight Time", "Europe/London"),
        ("Tokyo Standard Time", "Asia/Tokyo"),
    ],
)
def test_a_windows_name_of_a_zone_is_answered_with_its_place(name: str, place: str) -> None:
    """The likest name is in another part of the world (San Marino): doses at other hours.

    CLDR 47, supplemental/windowsZones.xml, territory 001. In summer Windows says `Daylight`.
    """
    with pytest.raises(Refused) as error:
        zone(name)
    message = (
        f"that is how Windows names the zone of '{place}' (CLDR); write this, or the IANA name"
    )
    assert message in str(error.value)
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize("name", ["Kamchatka Standard Time", "Eastern Time"])
def test_a_name_that_only_sounds_like_one_of_windows_is_answered_with_none(name: str) -> None:
    """Which place it is cannot be known: Eastern Time is that of New York and of Sydney."""
    with pytest.raises(Refused) as error:
        zone(name)
    assert str(error.value).endswith(
        "a zone is named by a place; write its IANA name, like Europe/London"
    )


def test_a_windows_name_whose_place_this_machine_lacks_is_answered_with_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is offered must be one that works when it is typed."""
    monkeypatch.setattr("il2calc.plan.dating._zones", lambda: frozenset({"Europe/London"}))
    with pytest.raises(Refused, match="a zone is named by a place"):
        zone("W. Europe Standard Time")


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("utc", "'UTC'"),
        ("europe/berlin", "'Europe/Berlin'"),
        ("Berlin", "'Europe/Berlin'"),
        ("New York", "'America/New_York'"),
        ("Europa/Berlin", "'Europe/Berlin'"),
        ("Europe/Paaris", "'Europe/Paris'"),
        ("Eastern", "'Canada/Eastern' or 'US/Eastern'"),
    ],
)
def test_a_place_is_offered_wherever_it_is(name: str, places: str) -> None:
    """A slip of the fingers, a place without its part of the world, and one that two have."""
    with pytest.raises(Refused) as error:
        zone(name)
    assert str(error.value).endswith(f"; did you mean {places}?")


@pytest.mark.parametrize(
    "name", ["Asia/Delhi", "China", "India", "America/Boston", "CEST", "BST", "IST", "PST", "/"]
)
def test_a_city_without_a_zone_and_an_abbreviation_are_answered_with_none(name: str) -> None:
    """Likest were Dili, Chita, Mahe, Belem and the time of Arizona: doses at other hours."""
    with pytest.raises(Refused) as error:
        zone(name)
    assert str(error.value).endswith("; write an IANA name, like Europe/London")
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize("name", ["GMT+1", "UTC+1", "Etc/UTC+2", "+02:00", "EST5", "UTC-02"])
def test_an_offset_is_answered_with_no_offset(name: str) -> None:
    """`Etc/GMT+1` is an hour west of Greenwich: two hours from what who writes GMT+1 means."""
    with pytest.raises(Refused) as error:
        zone(name)
    like = "write an IANA name, like America/New_York or Asia/Tokyo"
    assert str(error.value).endswith(f"; an offset has no clock changes; {like}")
    assert "did you mean" not in str(error.value)


@pytest.mark.hazard(18)
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("EST", "America/New_York"),
        ("est", "America/New_York"),
        ("MST", "America/Denver"),
        ("HST", "Pacific/Honolulu"),
        ("Etc/GMT+5", "America/New_York or Asia/Tokyo"),
        ("Etc/GMT-14", "America/New_York or Asia/Tokyo"),
        ("GMT+10", "America/New_York or Asia/Tokyo"),
        ("GMT", "Europe/London"),
        ("GMT0", "Europe/London"),
        ("GMT-0", "Europe/London"),
        ("Etc/Greenwich", "Europe/London"),
        ("GMT+1", "America/New_York or Asia/Tokyo"),
    ],
)
def test_an_offset_that_bears_the_name_of_a_zone_is_not_chosen(name: str, place: str) -> None:
    """Danger: typed in New York or London, it stays an hour behind the clocks of the summer.

    A place that an offset is not of is no answer to it: `Etc/GMT+5` is five hours behind UTC.
    """
    with pytest.raises(Refused) as error:
        choose_zone(name)
    assert str(error.value) == (
        f"'{name}' is an offset, which has no clock changes; write the IANA name of "
        f"the place, like {place}, or UTC"
    )
    assert name not in zone_names()


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "Zulu", "EST5EDT", "CET", "America/Phoenix"])
def test_a_place_without_summer_time_and_utc_are_chosen(name: str) -> None:
    """Who writes UTC means it, and the clocks of Phoenix never change."""
    assert choose_zone(name) == ZoneInfo(name)
    assert name in zone_names()


def test_a_log_that_was_begun_with_an_offset_is_read_by_it() -> None:
    """What was entered must not be shut out: 20:00 EST is 01:00 of the next day in UTC."""
    read = regimen("doses: [{drug: x, amount: 1 mg, route: IV, day: 1, at: '20:00'}]")
    result = course(read, start=date(2026, 7, 1), zone="EST", as_of="2026-07-01")
    (row,) = result.schedule.administrations
    assert row.when is not None
    assert row.when.astimezone(UTC).isoformat() == "2026-07-02T01:00:00+00:00"


def test_a_zone_of_no_place_is_not_suggested() -> None:
    """`localtime` was answered with itself."""
    with pytest.raises(Refused) as refused:
        zone("localtime")
    assert "localtime" not in str(refused.value).partition(";")[2]


# A course's own clock: with a zone and without one


NPC = load_regimen("npc-bolus")
AUTUMN = date(2026, 10, 24)
"""The day before clocks go back in London: on 2026-10-25, 02:00 is 01:00."""


def test_without_a_zone_times_are_those_of_the_clock() -> None:
    clock = clock_of(log(NPC))
    assert clock.zone is None
    assert clock.midnight == datetime.combine(START, datetime.min.time())
    noon = clock.midnight + timedelta(hours=12)
    assert clock.typed_moment(noon) is noon
    assert clock.local(noon) is noon


def test_a_moment_of_another_zone_is_shown_by_the_course_s_clock() -> None:
    """22:30 UTC is 23:30 in London in summer, and the day that decides the states is London's."""
    clock = clock_of(log(NPC, zone="Europe/London"))
    moment = clock.local(datetime(2026, 6, 1, 23, 30, tzinfo=UTC))
    assert f"{moment:%Y-%m-%d %H:%M}" == "2026-06-02 00:30"
    assert moment.tzinfo is None
    plain = clock_of(log(NPC)).local(datetime(2026, 6, 1, 23, 30, tzinfo=UTC))
    assert f"{plain:%Y-%m-%d %H:%M}" == "2026-06-01 23:30"


def test_of_a_time_that_exists_twice_either_may_be_meant() -> None:
    """01:30 of 2026-10-25 in London is there in summer time, and an hour later in winter time.

    An infusion that was begun in the second of the two hours ends after that, and not before.
    """
    clock, either = clock_of(log(NPC, zone="Europe/London")), datetime(2026, 10, 25, 1, 30)  # noqa: DTZ001 - local
    assert f"{clock.typed_moment(either):%H:%M%z}" == "01:30+0100"
    assert f"{clock.typed_moment(either, fold=1):%H:%M%z}" == "01:30+0000"
    assert f"{clock.typed_moment(either.replace(fold=1)):%H:%M%z}" == "01:30+0000"


def test_hours_between_are_elapsed_ones() -> None:
    """From 08:00 before the clocks go back to 08:00 after it are 25 hours."""
    result = course("npc-bolus", start=AUTUMN, zone="Europe/London")
    first, fourth = (result.rows[place].administration.when for place in (0, 3))
    assert first is not None
    assert fourth is not None
    assert minutes_between(first, fourth) == 24 * 60
    assert f"{fourth:%H:%M%z}" == "07:00+0000"
    naive = (moment.replace(tzinfo=None) for moment in (first, fourth))
    assert minutes_between(*naive) == 23 * 60


def test_a_dose_given_is_shown_in_the_zone() -> None:
    """Rule: `at` is local time; 01:30 exists twice on 2026-10-25, and the first is meant."""
    late = was_given("course 1/cycle 1", "aldesleukin", [1, 2])
    at = was_given("course 1/cycle 1", "aldesleukin", [3], at="2026-10-25 01:30")
    result = course("npc-bolus", late, at, start=AUTUMN, zone="Europe/London", as_of="2026-10-25")
    when = result.rows[2].recorded.when
    assert f"{when:%d %H:%M%z}" == "25 01:30+0100"
    assert states(result)[2:5] == ["given", "due", "due"]


def test_a_dose_is_in_the_future_by_the_course_s_clock() -> None:
    """After the change dose 4 falls at 07:00 local time, so that at 07:00 it may be entered."""
    first = was_given("course 1/cycle 1", "aldesleukin", [1, 2, 3])
    course_log = log(NPC, first, start=AUTUMN, zone="Europe/London")
    fourth = entry(was_given("course 1/cycle 1", "aldesleukin", [4]), "2026-10-25 07:00")
    admit(NPC, course_log, fourth)
    early = fourth._replace(entered=datetime.fromisoformat("2026-10-25 06:59"))
    with pytest.raises(Refused, match="falls on 2026-10-25 07:00, after this entry"):
        admit(NPC, course_log, early)


@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_dates_stay_within_the_calendar(zone: str | None) -> None:
    """A delay of three million days leaves the year 9999; nothing breaks down."""
    delay = Delayed(turn("course 1"), 3_000_000)
    given_late = entry(was_given("course 1/cycle 1", "aldesleukin", [1]))
    with pytest.raises(Refused, match="years 1 to 9999"):
        admit(NPC, log(NPC, delay, zone=zone), given_late)


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="no time zone is called 'Europe/Londn'; did you mean"):
        course("npc-bolus", zone="Europe/Londn")
