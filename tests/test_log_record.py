"""The record of doses given in a log, and the regimen file that the log holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il2calc.language.log_keys import regimen_text
from il2calc.language.log_writing import entry_lines, packed, runs
from il2calc.model.effects import Given, Portion
from il2calc.model.log import Entry
from il2calc.units import Quantity
from logtext import a_key, a_log, assert_fault, fault_lines, read

FIRST = datetime.fromisoformat("2025-12-01 08:00")
BLOCK = "block: course 1/cycle 1, drug: examplumab"
ONE = "recorded: {amount: 5 mg, route: SC, at: 2025-12-01 08:00}"


def portion(hours: int = 0, amount: str = "5.04", route: str = "SC", fold: int = 0) -> Portion:
    """An amount, so many hours after the first."""
    at = (FIRST + timedelta(hours=hours)).replace(fold=fold)
    return Portion(Quantity(Decimal(amount), "mg"), route, at)


@pytest.mark.parametrize(
    ("doses", "counts"),
    [
        ([portion(0), portion(8), portion(16)], [3]),
        ([portion(0), portion(8), portion(17)], [2, 1]),
        ([portion(0), portion(8, "5"), portion(16)], [1, 1, 1]),
        ([portion(0), portion(8, route="IV")], [1, 1]),
        ([portion(0), portion(0)], [1, 1]),
        ([portion(0), portion(8), portion(16, fold=1), portion(24)], [2, 1, 1]),
        ([], []),
    ],
)
def test_equal_doses_at_even_intervals_are_one_run(doses: list[Portion], counts: list[int]) -> None:
    """Another amount, route or interval begins a new one, and so does a time that exists twice."""
    assert list(map(len, runs(doses))) == counts


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 60), st.sampled_from(["5", "0.001"]), st.sampled_from(["SC", "IV bolus"])
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 1),
)
def test_recorded_doses_read_back_unchanged(doses: list[tuple[int, str, str]], fold: int) -> None:
    """Every dose with its own amount, route and time."""
    portions = tuple(portion(hours, amount, route, fold) for hours, amount, route in doses)
    keys = tuple(a_key(number) for number in range(1, len(portions) + 1))
    new_entry = Entry(1, FIRST, Given(keys, portions=portions))
    text = a_log().replace("entries:\n", "entries:\n" + "\n".join(entry_lines(new_entry)) + "\n")
    (reread,) = read(text).entries
    assert isinstance(reread.effect, Given)
    assert reread.effect.portions == portions
    assert [portion.at.fold for portion in reread.effect.portions] == [fold] * len(portions)


def test_each_dose_of_a_run_is_an_interval_after_the_one_before() -> None:
    """Two of them, an hour apart."""
    run = "{amount: 5.04 mg, route: SC, at: 2025-12-01 08:00, doses: 2, every: 1 hour}"
    (entry,) = read(a_log(f"given: {{{BLOCK}, numbers: 1 to 2}}\n    recorded: {run}")).entries
    assert isinstance(entry.effect, Given)
    assert entry.effect.portions == (portion(0), portion(1))


@pytest.mark.parametrize(
    ("text", "path", "problem"),
    [
        (
            a_log(f"hold: {{{BLOCK}, numbers: 1}}\n    {ONE}  # here"),
            "entries[1].recorded",
            "is for doses that were given, and none was",
        ),
        (
            a_log(f"given: {{{BLOCK}, numbers: 1 to 2}}\n    {ONE}  # here"),
            "entries[1].recorded",
            "is for 1 dose, but 2 were given",
        ),
        (
            a_log(f"given:\n      - {{{BLOCK}, numbers: 1 to 2}}\n    {ONE}  # here"),
            "entries[1].recorded",
            "is for 1 dose, but 2 were given",
        ),
        (
            a_log(f"given: {{{BLOCK}, numbers: 1, amount: 4 mg}}\n    {ONE}  # here"),
            "entries[1].recorded",
            "has another amount than 'given'",
        ),
        (
            a_log(f"given: {{{BLOCK}, numbers: 1, at: 2025-12-01 09:00}}\n    {ONE}  # here"),
            "entries[1].recorded",
            "has another at than 'given'",
        ),
    ],
)
def test_a_record_must_agree_with_its_entry(text: str, path: str, problem: str) -> None:
    """Two amounts of one dose would leave the reader to choose."""
    assert_fault(text, path, problem)


def test_a_run_needs_amount_route_and_time() -> None:
    """Without one of them nothing of the run is recorded."""
    text = a_log(f"given: {{{BLOCK}, numbers: 1}}\n    recorded: {{amount: 5 mg, route: SC}}")
    assert any("has no 'at'; what was recorded needs one" in line for line in fault_lines(text))


def test_an_unreadable_record_is_compared_with_nothing() -> None:
    """Its missing keys are faults, beside those of what was given."""
    faults = fault_lines(a_log("given: {at: 2025-12-01 08:00}\n    recorded: {amount: 5 mg}"))
    assert any("has no 'drug'; what was given needs one" in line for line in faults)
    assert any("has no 'route'; what was recorded needs one" in line for line in faults)
    assert not any("restore it" in line for line in faults)


def test_a_regimen_file_is_packed_into_a_log_as_one_word() -> None:
    """And unpacking gives the same bytes."""
    content = "regimen: naïve\n".encode() * 200
    assert len(packed(content)) < len(content)
    assert regimen_text(packed(content).strip('"')) == content


@pytest.mark.parametrize("word", ["nothing!", "AAAA", packed(b"abc" * 99)[1:-9], "é"])
def test_a_text_that_is_no_packed_file_is_refused(word: str) -> None:
    """Part of a packed file, too."""
    with pytest.raises(ValueError, match="is not the text of a regimen file"):
        regimen_text(word)


def test_a_text_that_unpacks_to_too_much_is_refused() -> None:
    """No file of a million bytes is read, packed or not."""
    with pytest.raises(ValueError, match="is not the text of a regimen file"):
        regimen_text(packed(b" " * 1_000_001).strip('"'))


def test_the_text_must_match_its_hash() -> None:
    """A text that replaced it has another hash."""
    first, other_text = b"regimen: a\n", b"regimen: b\n"
    head = (f"sha256: {sha256(first).hexdigest()}", f"regimen_text: {packed(first)}")
    assert read(a_log(head=head)).text == first
    head = (f"sha256: {sha256(first).hexdigest()}", f"regimen_text: {packed(other_text)}  # here")
    assert_fault(a_log(head=head), "regimen_text", "is not the file of this sha256")
    amend = (
        f"regimen: a, version: 2, sha256: {sha256(first).hexdigest()}, text: {packed(other_text)}"
    )
    text = a_log(f"amend: {{{amend}}}  # here")
    assert_fault(text, "entries[1].amend.text", "is not the file of this sha256")


def test_a_log_of_a_later_form_is_refused() -> None:
    """An older reader cannot know what it means."""
    assert_fault(
        a_log(head=("format: 3  # here",)), "format", "3 is newer than this il2calc can read"
    )
