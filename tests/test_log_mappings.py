"""Mappings with a closed set of keys, and the places of their faults."""

from __future__ import annotations

from typing import Any

from il2calc.language.log_mappings import Fault, Place, dotted, one


def taken(data: Any, *required: str) -> tuple[dict[str, Any] | None, list[Fault]]:
    """What a mapping of whole numbers means, and its faults."""
    faults: list[Fault] = []
    keys = {"first": one(int), "second": one(int)}
    return Place(("there",), faults).mapping(data, "a thing", keys, required), faults


def test_known_keys_are_read() -> None:
    """Those that stand there; the others may be left out."""
    assert taken({"first": "1"}) == ({"first": 1}, [])
    assert taken({}) == ({}, [])


def test_no_fault_hides_another() -> None:
    """And what is faulty in any part is not taken in part."""
    found, faults = taken({"first": "one", "secnd": "2", "other": "3"}, "second")
    assert found is None
    assert [loc[1] for loc, _ in faults] == ["first", "secnd", "other"]
    assert [problem for _, problem in faults][1:] == [
        "is an unknown key; did you mean 'second'?",
        "is an unknown key; keys here: first, second",
    ]


def test_a_key_that_is_misspelt_is_not_missing_too() -> None:
    """One slip, one line; what nobody tried to write is missing."""
    assert len(taken({"secnd": "2"}, "second")[1]) == 1
    assert taken({"first": "1"}, "second") == (
        None,
        [(("there",), "has no 'second'; a thing needs one")],
    )


def test_a_comma_that_split_a_mapping_is_named_as_such() -> None:
    """`{reason: sepsis, day 3}` has a key `day 3` without a value."""
    _, faults = taken({"first": "1", "day 3": ""})
    assert faults == [
        (
            ("there", "day 3"),
            "is no key; a comma splits a { } mapping: quote the text that holds it",
        )
    ]


def test_what_is_no_mapping_is_told_with_an_example() -> None:
    """Of the keys that it needs, or of the first one."""
    _, faults = taken("1", "first", "second")
    assert faults == [(("there",), "is not a mapping; write {first: ..., second: ...}")]
    assert taken(["1"])[1] == [(("there",), "is not a mapping; write {first: ...}")]


def test_paths_count_entries_as_undo_counts_them() -> None:
    """From 1."""
    assert dotted(("entries", 2, "given", 0, "numbers")) == "entries[3].given[1].numbers"
    assert dotted(()) == ""
