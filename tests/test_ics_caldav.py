"""Calendar files in a real calendar server: imported again, nothing is doubled and nothing lost.

Importing is what calendar programs do: each event is stored under its UID (RFC 4791, section 4.1)
with the time zone that it names; then the server is asked for what it holds.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from icalendar import Event

from calendars import AS_OF, IMATINIB, NPC, day, events, exported, moment
from filetext import a_dose, loaded
from il2calc import language
from il2calc.plan import dating
from il2calc.plan.schedule import Schedule, make

DATA = "{urn:ietf:params:xml:ns:caldav}calendar-data"
PATIENCE = 60
"""How long a server may take to begin, or to answer [s]."""

_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = none
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}
[web]
type = none
[logging]
level = warning
"""
_QUERY = """\
<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop><C:calendar-data/></D:prop>
  <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{within}</C:comp-filter>
  </C:comp-filter></C:filter>
</C:calendar-query>
"""
_WITHIN = '<C:time-range start="{0:%Y%m%dT%H%M%SZ}" end="{1:%Y%m%dT%H%M%SZ}"/>'


class Server(NamedTuple):
    """A calendar server on this machine, and its log."""

    port: int
    log: Path


class Folder:
    """A calendar of our own in a server, empty at first."""

    def __init__(self, server: Server, path: str) -> None:
        self.server, self.path = server, path
        self._ask("MKCALENDAR", "", b"", {201})

    def take(self, content: bytes) -> None:
        """Store every event of a file under its UID, with the time zone of the file."""
        head = content[: content.index(b"BEGIN:VEVENT")]
        for match in re.findall(rb"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", content, re.DOTALL):
            (name,) = re.findall(rb"\r\nUID:(.*)\r\n", match)
            body = head + match + b"END:VCALENDAR\r\n"
            self._ask("PUT", f"{name.decode()}.ics", body, {201, 204}, "text/calendar")

    def held(self, first: datetime | None = None, last: datetime | None = None) -> list[Event]:
        """The events that the server holds, or those that it finds between two moments."""
        within = _WITHIN.format(first, last) if first is not None else ""
        answer = self._ask("REPORT", "", _QUERY.format(within=within).encode(), {207})
        elements = ET.fromstring(answer).iter(DATA)  # noqa: S314 - the answer of our own server
        return [event for element in elements for event in events((element.text or "").encode())]

    def _ask(
        self, method: str, name: str, body: bytes, statuses: set[int], kind: str = "application/xml"
    ) -> bytes:
        headers = {"Authorization": "Basic d2FyZDp3YXJk", "Depth": "1", "Content-Type": kind}
        with closing(HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)) as line:
            line.request(method, self.path + name, body, headers)
            with line.getresponse() as answer:
                content = answer.read()
        assert answer.status in statuses, (answer.status, content, self.server.log.read_text())
        return content


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server; it is started again if another process has taken its port."""
    for _ in range(5):
        with serving(tmp_path_factory.mktemp("caldav")) as running:
            if running is not None:
                yield running
                return
    pytest.fail("no calendar server could be started")


@contextmanager
def serving(folder: Path) -> Iterator[Server | None]:
    """A server that answers; None if it ended before it did."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    config, log = folder / "config", folder / "log"
    config.write_text(_CONFIG.format(port=port, folder=folder / "held"))
    command = [sys.executable, "-m", "radicale", "--config", str(config)]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output) as process,
    ):
        try:
            answers = _answers(process, port)
            if not answers:
                sys.stderr.write(log.read_text())
            yield Server(port, log) if answers else None
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until a server answers; False where it has ended, or stays silent."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
                line.request("OPTIONS", "/")
                with line.getresponse() as answer:
                    return answer.status == 200 and process.poll() is None
        except (OSError, HTTPException):
            time.sleep(0.05)
    return False


numbers = count(1)


@pytest.fixture
def folder(server: Server) -> Folder:
    """An empty calendar."""
    return Folder(server, f"/ward/{next(numbers)}/")


def titles(all_events: list[Event]) -> Counter[str]:
    """How many events there are of each title, without subject and amount."""
    return Counter(str(event["summary"]).partition(": ")[2].split()[0] for event in all_events)


def times(all_events: list[Event]) -> dict[str, date]:
    """When each event begins, by its UID."""
    return {str(event["uid"]): day(event) for event in all_events}


def test_a_later_start_moves_the_events_and_two_subjects_keep_their_own(folder: Folder) -> None:
    """imatinib, 2 cycles: 35 + 28 + 10 events, however often; with a second subject 146."""
    content = exported(IMATINIB)
    folder.take(content)
    first = folder.held()
    assert titles(first) == {"cyclophosphamide": 35, "imatinib": 28, "aldesleukin": 10}
    assert_no_day_zero(first)
    folder.take(content)
    again = folder.held()
    assert len(again) == 73, "importing twice doubles nothing"
    assert times(again) == times(first)

    later = make(IMATINIB.regimen, times={"cycle": 2}, start=date(2024, 1, 29), subject="S-07")
    folder.take(exported(later, as_of=AS_OF + timedelta(days=1)))
    week = timedelta(days=7)
    assert times(folder.held()) == {uid: when + week for uid, when in times(first).items()}

    folder.take(exported(replace(later, subject="S-08")))
    counts = Counter(str(event["summary"]).partition(":")[0] for event in folder.held())
    assert counts == {"S-07": 73, "S-08": 73}


def assert_no_day_zero(all_events: list[Event]) -> None:
    """Cyclophosphamide from day -21 to 14 is 35 days on end; day 1 is 2024-01-22."""
    by_drug: dict[str, list[int]] = {}
    for event in all_events:
        drug = str(event["summary"]).partition(": ")[2].split()[0]
        by_drug.setdefault(drug, []).append((moment(event).date() - date(2024, 1, 22)).days)
    assert {drug: sorted(days) for drug, days in by_drug.items()} == {
        "cyclophosphamide": list(range(-21, 14)),
        "imatinib": [*range(14), *range(21, 35)],
        "aldesleukin": [*range(9, 14), *range(30, 35)],
    }
    matches = [
        re.search(r"Regimen day (-?[0-9]+)\n", str(event["description"])) for event in all_events
    ]
    numbered = {int(match[1]) for match in matches if match is not None}
    assert numbered == {*range(-21, 0), *range(1, 15), *range(22, 36)}


HOSTILE = 'S;07, "x" \\N \\n {0} %s <b> \U0001f600 ' + "\u767d\u8840\u75c5" * 20


def test_any_text_comes_back_from_the_server_as_it_was_sent(folder: Folder) -> None:
    """A backslash, a comma or a quote in a label must not end a line or a value."""
    folder.take(exported(replace(NPC, subject=HOSTILE, shown=NPC.shown[:1])))
    (event,) = folder.held()
    assert str(event["summary"]) == (
        f"{HOSTILE}: aldesleukin 5.04 million units, intravenous bolus (at most)"
    )


def every_eight_hours(zone: str, start: date) -> Schedule:
    """Nine doses every 8 hours from 06:00 of the day before a change of the clocks."""
    text = a_dose("repeat: {times: 9, every: 8 hours}")
    return make(loaded(text), start=start, at=360, subject="S-07", zone=dating.zone(zone))


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("zone", "start", "first"),
    [
        ("Europe/London", date(2026, 3, 28), "2026-03-28T06:00+00:00"),
        ("Europe/London", date(2026, 10, 24), "2026-10-24T05:00+00:00"),
        ("America/New_York", date(2026, 3, 7), "2026-03-07T11:00+00:00"),
    ],
)
def test_every_eight_hours_stays_so_across_a_change_of_the_clocks(
    zone: str, start: date, first: str, known: bool, folder: Folder
) -> None:
    """The server finds a dose in each minute that is 8 h after the last, and none between.

    A server that does not know the zone by its name has nothing but its definition in the file.
    """
    content = exported(every_eight_hours(zone, start))
    name = zone if known else f"ward-{folder.path.strip('/')}"
    folder.take(
        content.replace(f"{zone}:".encode(), f"{name}:".encode()).replace(
            f"TZID:{zone}\r\n".encode(), f"TZID:{name}\r\n".encode()
        )
    )
    eight, minute = timedelta(hours=8), timedelta(minutes=1)
    due = [datetime.fromisoformat(first) + eight * number for number in range(9)]
    assert sorted(moment(event).astimezone(UTC) for event in folder.held()) == due
    for due_at in due:
        (event,) = folder.held(due_at, due_at + minute)
        assert moment(event).astimezone(UTC) == due_at
        assert folder.held(due_at + minute, due_at + eight) == []


def test_events_of_days_move_as_events_of_doses_do(folder: Folder) -> None:
    """One event per treatment day: days 1 to 6 of two courses of two cycles are 24."""
    folder.take(exported(NPC, per_day=True))
    folder.take(exported(NPC, per_day=True))
    assert len(folder.held()) == 24
    later = make(language.load("npc-bolus"), NPC.patient, start=date(2025, 1, 8), subject="S-07")
    folder.take(exported(later, per_day=True))
    assert len(folder.held()) == 24
    assert min(times(folder.held()).values()) == date(2025, 1, 8)
    folder.take(exported(replace(later, shown=later.shown[:3])))
    assert len(folder.held()) == 27, "an event of a day is none of a dose"
