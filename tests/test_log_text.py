"""A course log, or an entry of one, as the YAML that a person reads and edits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

from drawnlogs import LOGS, TRICKY
from il2calc.language import log_file
from il2calc.language.log_writing import amount, document, entry_lines, quoted
from il2calc.model.effects import (
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Given,
    Held,
    Reduced,
    Shifted,
    Stopped,
    Undone,
    Weighed,
    in_order,
)
from il2calc.model.log import Entry, Log
from il2calc.model.patient import Patient
from il2calc.plan.calendar import duration
from il2calc.units import Quantity
from logtext import ENTERED, FIRST, HASH, SECOND, a_key, started_log, unplaced

GOLDEN = Path(__file__).parent / "golden"
AT = datetime.combine(date(2025, 12, 3), time(10, 10))
EFFECTS: tuple[tuple[Effect, str | None, bool], ...] = (
    (Given(tuple(map(a_key, range(1, 7)))), None, False),
    (Given((a_key(7),), AT, Quantity(Decimal(5_000_000), "IU")), "line: occluded", False),
    (Held((a_key(8), a_key(9), a_key(11))), "creatinine 3.1 mg/dL", False),
    (Held((a_key(12), DoseKey(SECOND, "otherumab", "pulse", 1))), '"sepsis"', False),
    (Shifted(a_key(13), 240), "dose 12 given late", False),
    (Delayed(SECOND, 3), "platelets 62", False),
    (Weighed(Decimal("66.5"), date(2025, 12, 14), SECOND), None, False),
    (Weighed(Decimal(67), date(2025, 12, 15)), None, False),
    (Reduced("otherumab", Decimal(75), SECOND), "neuropathy grade 2", True),
    (Decided((("course", 2),), given=True), "stable disease", False),
    (Stopped(), "progression", False),
    (Undone(11), "read the wrong scan", False),
)
EVERYTHING = replace(
    started_log(),
    patient=Patient(Decimal(70), Decimal(170), None, "mosteller", None, Decimal(2), Decimal(90)),
    arm="0.25-mg",
    times={"course.cycle": 2},
    percents={"otherumab": Decimal("62.5")},
    settings=(("course.cycle.repeat.rest", "6 days"), ("cycle.pulse.amount[0.25-mg]", "2 mg")),
    zone="Europe/London",
    entries=tuple(
        Entry(number, ENTERED, effect, reason, overridden)
        for number, (effect, reason, overridden) in enumerate(EFFECTS, 1)
    ),
)


def written(log: Log) -> str:
    return "\n".join(document(log)) + "\n"


def test_a_log_with_one_entry_of_each_kind_reads_as_it_should() -> None:
    """One line a fact, flow mappings for the facts of an effect, quotes only where needed."""
    assert written(EVERYTHING) == (GOLDEN / "log.yaml").read_text("utf-8")


@given(LOGS)
@settings(deadline=None, max_examples=150)
def test_reading_what_was_written_gives_the_same_log(log: Log) -> None:
    """Reading what was written gives the same Log, entry by entry and fact by fact."""
    back = log_file.read(written(log).encode(), log.file)
    assert replace(back, entries=unplaced(back)) == log


@pytest.mark.parametrize("text", TRICKY)
def test_a_text_is_the_same_text_to_any_reader_of_yaml(text: str) -> None:
    """Alone, in a flow mapping, and whichever loader reads it."""
    content = f"a: {quoted(text)}\nb: {{c: {quoted(text)}}}\n"
    for loader in (yaml.BaseLoader, getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
        data = loader(content)
        assert data.get_data() == {"a": text, "b": {"c": text}}


def test_plain_words_are_written_without_quotes() -> None:
    """People edit plain words most."""
    for text in (
        "S-07",
        "course 1/cycle 2",
        "creatinine 3.1 mg/dL",
        "75 %",
        "Müller 2",
        "Etc/GMT+1",
    ):
        assert quoted(text) == text
    assert quoted("a  b ") == "a b"
    for text in ("-x", "", "a: b", "a,b", "(a)", ".5"):
        assert quoted(text) == f'"{text}"'


def test_a_length_is_written_in_hours_where_it_is_whole_hours() -> None:
    """Otherwise in minutes."""
    expected = {60: "1 hour", 240: "4 hours", 1: "1 minute", 90: "90 minutes", -60: "-1 hour"}
    assert {minutes: duration(minutes) for minutes in expected} == expected


def test_an_amount_says_million_of_what_is_counted() -> None:
    """5,040,000 IU = 5.04 million IU; milligrams are never counted in millions."""
    assert amount(Quantity(Decimal(5_040_000), "IU")) == "5.04 million IU"
    assert amount(Quantity(Decimal(999_999), "IU")) == "999999 IU"
    assert amount(Quantity(Decimal(2_000_000), "mg")) == "2000000 mg"
    assert amount(Quantity(Decimal("2.50"), "mg")) == "2.5 mg"


def test_the_formula_is_written_beside_the_height() -> None:
    """A default may be another one day; the dose that was given stays what it was."""
    tall = replace(started_log(), patient=Patient(Decimal(70), Decimal(170)))
    assert "bsa_formula: mosteller" in document(tall)
    measured = replace(started_log(), patient=Patient(surface_area=Decimal("1.81")))
    assert not [line for line in document(measured) if line.startswith("bsa_formula")]
    assert not [line for line in document(started_log()) if line.startswith("bsa_formula")]


def test_doses_are_written_together_by_name_and_in_order() -> None:
    """However they were typed, each once."""
    other = DoseKey(FIRST, "otherumab", "otherumab", 1)
    mixed = (a_key(3), other, a_key(1), a_key(3))
    assert in_order(mixed) == (a_key(1), a_key(3), other)
    assert in_order(in_order(mixed)) == in_order(mixed)


def test_an_entry_follows_the_indentation_of_its_list() -> None:
    """A person's own layout is kept."""
    lines = list(entry_lines(Entry(1, ENTERED, Stopped(), "x"), ""))
    assert lines == ["- stop: yes", "  entered: 2025-12-03 09:00", "  reason: x"]


def test_the_hash_is_written_as_it_is() -> None:
    """64 digits that may all be decimal are not a number here."""
    assert f"sha256: {HASH}" in document(started_log())
