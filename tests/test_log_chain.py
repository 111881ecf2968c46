"""The hashes of a course log: every change by hand is found."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandline import assert_refused, run
from drawnlogs import LOGS, entries
from il2calc.language.log_chain import CANONICAL, chained, hash_of, head_hash, seal, seal_after
from il2calc.language.log_keys import BODY
from il2calc.language.log_writing import document
from il2calc.model.effects import (
    Effect,
    Extra,
    Given,
    Held,
    Parted,
    Portion,
    Reduced,
    Resealed,
    Stopped,
    Weighed,
)
from il2calc.model.log import EFFECTS, Entry, Log
from il2calc.units import Quantity
from logtext import ENTERED, FIRST, HASH, a_key, a_log, read, started_log

SOME = settings(max_examples=40, deadline=None)


def hashed(log: Log) -> Log:
    """A log of form 2 with a hash in every entry."""
    bare = replace(log, format=2, entries=())
    return replace(bare, entries=chained(bare, log.entries))


def numbered(log: Log, entries: list[Entry]) -> Log:
    """A log with other entries, numbered anew as a file is."""
    return replace(
        log, entries=tuple(entry._replace(number=number) for number, entry in enumerate(entries, 1))
    )


def broken(log: Log) -> list[int]:
    """The entries that are not as they were written."""
    return [fault.number for fault in seal(log).broken]


def test_every_kind_of_fact_has_a_canonical_form() -> None:
    """A fact without one could be changed unseen."""
    kinds = {fact.kind for form in EFFECTS.values() for fact in form.facts}
    assert kinds <= set(CANONICAL)


def test_the_canonical_form_is_the_documented_one() -> None:
    """By the page on outputs: a JSON object with its keys in order, hashed with SHA-256."""
    entry = Entry(1, ENTERED, Held((a_key(1), a_key(2))), "creatinine 3.1", by="AB")
    canonical = {
        "before": "00",
        "by": "AB",
        "entered": "2025-12-03 09:00",
        "form": "1",
        "hold": {
            "doses": [
                ["course 1/cycle 1", "examplumab", "examplumab", 1],
                ["course 1/cycle 1", "examplumab", "examplumab", 2],
            ]
        },
        "reason": "creatinine 3.1",
    }
    text = json.dumps(canonical, separators=(",", ":")).encode()
    assert hash_of(entry, "00") == hashlib.sha256(text).hexdigest()


def test_the_head_is_hashed_with_every_measure_of_a_body() -> None:
    """One that was not given is null in it, as in logs that exist."""
    canonical = {
        "at": "480",
        "facts": {},
        "form": "1",
        "format": "1",
        "log": "S-07",
        "patient": {**dict.fromkeys(sorted(BODY)), "weight": "70"},
        "percent": {},
        "regimen": "examplumab",
        "set": {},
        "sha256": HASH,
        "start": "2025-12-01",
        "times": {},
        "version": "1",
    }
    text = json.dumps(canonical, separators=(",", ":")).encode()
    assert head_hash(read(a_log())) == hashlib.sha256(text).hexdigest()


@SOME
@given(LOGS)
def test_a_log_reads_back_unchanged(log: Log) -> None:
    """Also from its text, in which spaces, comments and the order of keys do not count."""
    hashed_log = hashed(log)
    text = "".join(f"{line}  # a comment\n" for line in document(hashed_log))
    assert broken(hashed_log) == []
    reread = read(text.replace("  # a comment", ""))
    assert reread.seal == seal(hashed_log)
    assert reread.seal is not None
    last = hashed_log.entries[-1].hash if hashed_log.entries else head_hash(hashed_log)
    assert reread.seal.last == last


@pytest.mark.hazard(29)
@SOME
@given(
    LOGS,
    entries(least=2),
    st.data(),
    st.sampled_from(["changed", "inserted", "swapped", "removed"]),
)
def test_one_entry_changed_inserted_swapped_or_removed_is_found(
    log: Log, written: tuple[Entry, ...], data: st.DataObject, how: str
) -> None:
    """Except the last entry, whose removal only the last hash shows."""
    hashed_log = hashed(replace(log, entries=written))
    entries = list(hashed_log.entries)
    place = data.draw(st.integers(0, len(entries) - 2))
    old = entries[place]
    if how == "changed":
        entries[place] = old._replace(entered=old.entered + timedelta(minutes=1))
    elif how == "inserted":
        entries.insert(place, old)
    elif how == "swapped":
        entries[place], entries[place + 1] = entries[place + 1], old
    else:
        del entries[place]
    assert broken(numbered(hashed_log, entries))


ANOTHER: dict[str, Any] = {
    "effect": Held((a_key(29),)),
    "reason": "something else",
    "by": "somebody else",
    "as_of": datetime(2099, 1, 1, 8),  # noqa: DTZ001 - local time
}
"""The replacement for a generated part that is the same by chance."""


@SOME
@given(LOGS, entries(least=1), entries(least=1), st.sampled_from([*ANOTHER, "overridden"]))
def test_every_part_of_an_entry_is_hashed(
    log: Log, entries: tuple[Entry, ...], others: tuple[Entry, ...], part: str
) -> None:
    """What it says, why, who and when."""
    if isinstance(entries[0].effect, Resealed):
        entries = (entries[0]._replace(effect=Stopped()), *entries[1:])
    hashed_log = hashed(replace(log, entries=entries))
    first = hashed_log.entries[0]
    old, other = getattr(first, part), getattr(others[0], part)
    change: dict[str, Any] = {part: ANOTHER.get(part, not old) if other == old else other}
    assert 1 in broken(numbered(hashed_log, [first._replace(**change), *hashed_log.entries[1:]]))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "S-08"},
        {"version": 2},
        {"start": date(2025, 12, 2)},
        {"at": 481},
        {"arm": "A"},
        {"times": {"cycle": 2}},
        {"settings": (("cycle.rest", "6 days"),)},
        {"facts": {"cycle.rest": "6 days"}},
        {"zone": "Europe/London"},
        {"text": b"regimen: a"},
    ],
)
def test_a_changed_head_is_found(change: dict[str, object]) -> None:
    """The first entry has its hash before it."""
    hashed_log = hashed(replace(started_log(), entries=(Entry(1, ENTERED, Held((a_key(1),))),)))
    assert broken(hashed_log) == []
    assert broken(replace(hashed_log, **change)) == [1]  # type: ignore[arg-type]  # one of its fields


def test_an_entry_without_a_hash_is_broken_in_a_log_that_has_them() -> None:
    """It was written by hand; in a log of form 1 it is as it always was."""
    bare = Entry(1, ENTERED, Held((a_key(1),)))
    assert [
        fault.bare for fault in seal(replace(started_log(), format=2, entries=(bare,))).broken
    ] == [True]
    assert seal(replace(started_log(), entries=(bare,))).broken == ()


RECORDED = Portion(Quantity(Decimal(5_000_000), "IU"), "SC", ENTERED)


@pytest.mark.hazard(29)
@pytest.mark.parametrize(
    "entry",
    [
        Entry(2, ENTERED, Given((a_key(1),), portions=(RECORDED,))),
        Entry(2, ENTERED, Parted(a_key(1), RECORDED.amount, ENTERED)),
        Entry(2, ENTERED, Extra("examplumab", RECORDED.amount, ENTERED, "SC")),
        Entry(2, ENTERED, Reduced("examplumab", RECORDED.amount, FIRST)),
        Entry(2, ENTERED, Reduced("examplumab", Decimal(50), FIRST, "low")),
        Entry(2, ENTERED, Weighed(None, ENTERED.date(), gfr=Decimal(80))),
        Entry(2, ENTERED, Held((a_key(1),)), by="AB"),
        Entry(2, ENTERED, Held((a_key(1),)), as_of=ENTERED),
    ],
)
def test_an_entry_only_later_logs_can_have_is_broken_without_a_hash(entry: Entry) -> None:
    """Danger: the mark of the form and all hashes taken out, and other amounts put in.

    The first entry is of the older form, and valid; after the one that is not, none is.
    """
    first, last = Entry(1, ENTERED, Held((a_key(2),))), Entry(3, ENTERED, Stopped())
    assert broken(replace(started_log(), entries=(first, entry, last))) == [2, 3]
    assert broken(replace(started_log(), entries=(first, last._replace(number=2)))) == []


def test_the_text_of_a_regimen_is_in_no_head_of_an_older_log() -> None:
    """Only logs of form 2 have it, and their entries have hashes."""
    entry = Entry(1, ENTERED, Held((a_key(1),)))
    assert broken(replace(started_log(), text=b"regimen: a", entries=(entry,))) == [1]


def test_an_entry_that_older_logs_can_have_needs_no_hash() -> None:
    """By the schema of form 1: doses as planned, a share of a drug, a body weight."""
    effects: tuple[Effect, ...] = (
        Given((a_key(1),)),
        Reduced("examplumab", Decimal(50), FIRST),
        Weighed(Decimal(71), ENTERED.date()),
    )
    entries = tuple(Entry(number, ENTERED, effect) for number, effect in enumerate(effects, 1))
    assert broken(replace(started_log(), entries=entries)) == []


def test_an_entry_added_to_an_older_log_has_a_hash_and_protects_the_old_ones() -> None:
    """From then on a change of the entries before it is found."""
    bare = Entry(1, ENTERED, Held((a_key(1),)))
    log = replace(started_log(), entries=(bare,))
    extended = replace(log, entries=(bare, *chained(log, [Entry(2, ENTERED, Stopped())])))
    assert broken(extended) == []
    assert extended.entries[1].hash is not None
    changed = bare._replace(effect=Held((a_key(2),)))
    assert broken(replace(extended, entries=(changed, extended.entries[1]))) == [2]


def test_a_resealing_accepts_only_what_is_before_it() -> None:
    """A later change is found again."""
    bare = Entry(1, ENTERED, Held((a_key(1),)))
    other = Entry(2, ENTERED, Held((a_key(2),)))
    log = replace(started_log(), format=2, entries=(bare, other))
    sealed = replace(
        log, entries=(bare, other, *chained(log, [Entry(3, ENTERED, Resealed(), "typed")]))
    )
    seals = seal(sealed)
    assert (seals.broken, [(resealing.number, resealing.by) for resealing in seals.resealed]) == (
        (),
        [(1, 3), (2, 3)],
    )
    more = Entry(4, ENTERED, Held((a_key(3),)))
    sealed = replace(sealed, entries=(*sealed.entries, *chained(sealed, [more])))
    assert seal(sealed).broken == ()
    later = bare._replace(reason="another one")
    assert broken(replace(sealed, entries=(later, *sealed.entries[1:]))) == [1, 2, 3]


@SOME
@given(LOGS, entries(least=2), entries(least=1), st.sampled_from(["whole", "broken", "resealed"]))
def test_a_log_that_grows_has_the_same_seal_as_one_hashed_from_its_head(
    log: Log, written: tuple[Entry, ...], more: tuple[Entry, ...], how: str
) -> None:
    """A fault from before, or one that a resealing accepted, is found as before."""
    hashed_log = hashed(replace(log, entries=written))
    if how != "whole":
        first = hashed_log.entries[0]
        late = first._replace(entered=first.entered + timedelta(minutes=1))
        hashed_log = replace(hashed_log, entries=(late, *hashed_log.entries[1:]))
    if how == "resealed":
        mended = Entry(len(hashed_log.entries) + 1, ENTERED, Resealed(), "typed")
        hashed_log = replace(
            hashed_log, entries=(*hashed_log.entries, *chained(hashed_log, [mended]))
        )
    before = seal(hashed_log)
    added = chained(replace(hashed_log, seal=before), more)
    assert seal_after(before, added) == seal(
        replace(hashed_log, entries=(*hashed_log.entries, *added))
    )


# On the command line


START = ("--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of three entries."""
    monkeypatch.chdir(tmp_path)
    assert run("log", "start", "S-07.yaml", *START).code == 0
    for rows in ("1-3", "4-6", "7-8"):
        assert run("log", "given", "S-07.yaml", rows, "--as-of", "2025-12-04").code == 0
    return tmp_path / "S-07.yaml"


def edit(file: Path, old: str, new: str) -> None:
    """Change a log by hand."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def last_hash(text: str) -> str:
    """The hash that a verb printed."""
    return text.rpartition("last hash ")[2].split()[0]


def make_older(file: Path) -> None:
    """Let a log be one of format 1, with one entry."""
    text = file.read_text(encoding="utf-8").replace("format: 2\n", "")
    head = [line for line in text.splitlines() if not line.startswith("regimen_text")]
    head = head[: head.index("entries:") + 1]
    old = "\n".join([*head, "  - stop: yes", "    entered: 2025-12-04 10:00", ""])
    file.write_text(old, encoding="utf-8")


def test_every_verb_prints_the_last_hash(file: Path) -> None:
    """Whoever writes it down can see later that the end of the log is still there."""
    result = run("log", "check", "S-07.yaml")
    assert (result.code, result.out) == (0, "S-07.yaml: every entry is as it was written\n")
    first_hash = last_hash(result.err)
    assert run("log", "check", "S-07.yaml", "--expect", first_hash).code == 0
    replanned = run("replan", "S-07.yaml", "--as-of", "2025-12-04")
    assert f"S-07.yaml, 3 entries, last hash {first_hash}" in replanned.out
    intensity = run("intensity", "S-07.yaml", "--as-of", "2025-12-04")
    assert f"last hash {first_hash}" in intensity.out
    data = json.loads(run("replan", "S-07.yaml", "--format", "json").out)
    assert data["log"]["last_hash"].startswith(first_hash)
    entered = run("log", "hold", "S-07.yaml", "9", "--as-of", "2025-12-04")
    assert last_hash(entered.err) != first_hash
    refused = run("log", "check", "S-07.yaml", "--expect", first_hash)
    assert_refused(refused, 1, f"{first_hash} is that of entry 3, and entries were added since")
    edit(file, file.read_text(encoding="utf-8").rpartition("  - hold:")[2], "")
    edit(file, "  - hold:", "")
    refused = run("log", "check", "S-07.yaml", "--expect", last_hash(entered.err))
    assert_refused(refused, 1, "is not that of any of its entries: its end was cut off")
    assert_refused(run("log", "check", "S-07.yaml", "--expect", "3f"), 2, "--expect: ", "16 to 64")


@pytest.mark.hazard(29)
def test_a_changed_digit_is_named_by_every_verb(file: Path) -> None:
    """With `--allow-edited` the verb continues, and every output says so."""
    edit(file, "at: 2025-12-02 08:00", "at: 2025-12-02 09:00")
    line = next(
        number
        for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if "numbers: 4 to 6" in text
    )
    for verb in (("log", "check"), ("replan",), ("intensity",), ("log", "stop")):
        result = run(*verb, "S-07.yaml")
        assert result.code == 1
        assert f"S-07.yaml:{line}: entries[2]: is not as it was written" in result.err
    for verb in (("replan",), ("intensity",)):
        result = run(*verb, "S-07.yaml", "--allow-edited")
        assert result.code == 0
        assert "S-07.yaml was changed by hand: entry 2, or what comes before" in result.out
    result = run("log", "hold", "S-07.yaml", "9", "--allow-edited")
    assert "caution: S-07.yaml was changed by hand: entry 2" in result.err


def test_a_changed_log_is_resealed_with_a_reason(file: Path) -> None:
    """The reason is cautioned from then on."""
    edit(file, "at: 2025-12-02 08:00", "at: 2025-12-02 09:00")
    refused = run("log", "check", "S-07.yaml", "--reseal")
    assert_refused(refused, 1, "say why you accept a changed log: give --reason")
    result = run("log", "check", "S-07.yaml", "--reseal", "--reason", "one hour late", "--by", "AB")
    assert result.out == (
        "entry 4: everything before it accepted as it is; one hour late\n"
        "S-07.yaml: every entry is as it was written, or as it stood when entry 4 resealed it\n"
    )
    caution = (
        "entry 2, or what comes before, was changed by hand and resealed (entry 4: one hour late)"
    )
    assert caution in result.err
    assert caution in run("replan", "S-07.yaml").err
    again = run("log", "check", "S-07.yaml", "--reseal", "--reason", "once more")
    assert_refused(again, 1, "every entry of S-07.yaml is as it was written, or as it stood when")


def test_a_resealing_is_not_undone(file: Path) -> None:
    """Danger: "undone" is printed, and the change by hand is accepted all the same."""
    edit(file, "at: 2025-12-02 08:00", "at: 2025-12-02 09:00")
    run("log", "check", "S-07.yaml", "--reseal", "--reason", "typo")
    reason = "it accepts what was changed by hand before it, and changes no dose"
    for number in ((), ("4",)):
        refused = run("log", "undo", "S-07.yaml", *number)
        assert_refused(refused, 1, f"entry 4 cannot be undone; {reason}")


@pytest.mark.hazard(29)
def test_a_resealed_log_is_not_called_unchanged(file: Path) -> None:
    """Danger: whoever gets a log with a changed weight reads that nothing was changed."""
    first = last_hash(run("log", "start", "S-08.yaml", *START).err)
    old_hash = last_hash(run("log", "check", "S-07.yaml").err)
    edit(file, "weight: 70 kg", "weight: 71 kg")
    run("log", "check", "S-07.yaml", "--reseal", "--reason", "typo")
    result = run("log", "check", "S-07.yaml")
    assert result.out == (
        "S-07.yaml: every entry is as it was written, or as it stood when entry 4 resealed it\n"
    )
    assert "entry 1, or what comes before, was changed by hand and resealed (entry 4" in result.err
    checked = run("log", "check", "S-07.yaml", "--expect", old_hash)
    assert checked.code == 1
    assert "caution: entry 1, or what comes before, was changed by hand and resealed" in checked.err
    refused = run("log", "check", "S-07.yaml", "--expect", first)
    assert refused.code == 1
    assert "this is another log, or it belongs to what was changed and resealed" in refused.err


def test_a_hash_that_a_verb_printed_is_recognised(file: Path) -> None:
    """Danger: a sound log is called cut off, by a hash from its start or its older format."""
    old_hash = last_hash(run("log", "start", "S-08.yaml", *START).err)
    run("log", "given", "S-08.yaml", "1", "--as-of", "2025-12-01 09:00")
    refused = run("log", "check", "S-08.yaml", "--expect", old_hash)
    assert_refused(
        refused, 1, f"{old_hash} is that of its head, as it was started, and entries were"
    )
    make_older(file)
    old_hash = last_hash(run("log", "check", "S-07.yaml").err)
    assert run("log", "undo", "S-07.yaml", "1").code == 0
    refused = run("log", "check", "S-07.yaml", "--expect", old_hash)
    assert_refused(refused, 1, f"{old_hash} is that of entry 1, and entries were added since")


def test_a_changed_head_is_reported_at_the_first_entry(file: Path) -> None:
    """Another weight is another dose."""
    edit(file, "weight: 70 kg", "weight: 71 kg")
    assert "entries[1]: is not as it was written: it, or the head" in run("replan", "S-07.yaml").err


def test_an_entry_by_hand_has_no_hash(file: Path) -> None:
    """If the entry is right, the log is resealed."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write("  - stop: yes\n    entered: 2025-12-04 10:00\n")
    assert "entries[4]: has no hash, like one written by hand" in run("replan", "S-07.yaml").err


def test_an_older_log_gets_hashes_by_a_resealing(tmp_path: Path) -> None:
    """From then on every entry has one."""
    text = "".join(f"{line}\n" for line in document(started_log("S-01.yaml")))
    path = tmp_path / "S-01.yaml"
    path.write_text(text + "  - stop: yes\n    entered: 2025-12-04 10:00\n", encoding="utf-8")
    result = run("log", "check", str(path))
    assert result.code == 0
    assert "entry 1 without a hash, as in older logs" in result.out
    assert run("log", "check", str(path), "--reseal", "--reason", "from now on").code == 0
    assert path.read_text(encoding="utf-8").count("    hash: ") == 1
    resealed = read(path.read_bytes())
    assert resealed.seal is not None
    assert resealed.seal.broken == resealed.seal.resealed == ()
    assert "every entry is as it was written" in run("log", "check", str(path)).out
    assert_refused(run("log", "check", str(path), "--reseal", "--reason", "again"), 1, "as it was")


@pytest.mark.hazard(29)
def test_a_log_made_to_look_older_is_refused_by_every_verb(file: Path) -> None:
    """Danger: half the amount that was given is shown in a course, without a word."""
    text = file.read_text(encoding="utf-8").replace("format: 2\n", "")
    lines = [line for line in text.splitlines() if not line.startswith("    hash: ")]
    text = "\n".join(lines).replace("5.04 million IU", "2.52 million IU") + "\n"
    assert "amount: 2.52 million IU" in text
    file.write_text(text, encoding="utf-8")
    for verb in (("log", "check"), ("replan",), ("intensity",), ("log", "stop")):
        result = run(*verb, "S-07.yaml")
        assert result.code == 1
        assert "entries[1]: has no hash" in result.err
    allowed = run("replan", "S-07.yaml", "--as-of", "2025-12-04", "--allow-edited")
    assert allowed.code == 0
    assert "S-07.yaml was changed by hand: entries 1 to 3" in allowed.err


def test_every_output_of_an_older_course_says_that_nothing_protects_it(file: Path) -> None:
    """Its entries have no hash, and a change of them by hand cannot be seen."""
    make_older(file)
    caution = "entry 1 without a hash, as in older logs: a change by hand would not show"
    assert caution in run("replan", "S-07.yaml", "--as-of", "2025-12-04").err
    assert caution in run("intensity", "S-07.yaml", "--as-of", "2025-12-04").out
    assert run("log", "check", "S-07.yaml", "--reseal", "--reason", "copied").code == 0
    assert "without a hash" not in run("replan", "S-07.yaml", "--as-of", "2025-12-04").err


# Who and when


def test_every_entry_has_who_made_it_beside_when(file: Path) -> None:
    """By an option, or for a whole shell; the time of entry beside the time it counts for."""
    where = ("log", "delay", "S-07.yaml", "course 1/cycle 2", "--by", "3 days")
    result = run(*where, "--who", "AB", "--as-of", "2025-12-05 10:00")
    assert result.out.endswith("(from 2025-12-16 08:00 instead of 2025-12-13 08:00), by AB\n")
    assert "entries 1 to 3: no name is given, but others have one" in result.err
    result = run("log", "stop", "S-07.yaml", env={"IL2CALC_BY": "CD"})
    assert result.out.endswith(", by CD\n")
    text = file.read_text(encoding="utf-8")
    assert "    as_of: 2025-12-05 10:00\n    by: AB\n" in text
    assert text.count("as_of: ") == 4, "the stop counts from when it was entered"
    output = run("replan", "S-07.yaml", env={"COLUMNS": "0"}).out
    assert "(entry 4, by AB, as of 2025-12-05 10:00, entered " in output


def test_an_entry_that_is_not_written_needs_no_name(tmp_path: Path) -> None:
    """An entry in no file: a what-if, or the change of a file accepted for one output.

    A change of a file accepted on entering is signed by the same person as the entry with it.
    """
    path, own_file = tmp_path / "S-07.yaml", tmp_path / "own.yaml"
    text = (Path(__file__).parents[1] / "regimens" / "npc-bolus.yaml").read_text(encoding="utf-8")
    own_file.write_text(text, encoding="utf-8")
    where = ("--as-of", "2025-12-04")
    run("log", "start", str(path), "--regimen", str(own_file), *START[2:])
    run("log", "given", str(path), "1", "--by", "AB", *where)
    what_if = run("replan", str(path), "--what-if", "hold 2", *where)
    assert "what if, as entry 2: " in what_if.out
    assert "no name is given" not in what_if.out + what_if.err
    own_file.write_text(text.replace("72_000", "60_000"), encoding="utf-8")
    accepted = run("replan", str(path), "--accept-regimen", *where)
    assert "(accepted here, not entered)" in accepted.out
    assert "no name is given" not in accepted.out + accepted.err
    entered = run("log", "hold", str(path), "2", "--by", "CD", "--accept-regimen", *where)
    assert entered.code == 0
    assert "no name is given" not in entered.err
    assert path.read_text(encoding="utf-8").count("    by: CD\n") == 2


def test_a_log_in_which_all_sign_is_not_cautioned(tmp_path: Path) -> None:
    """Nor one in which nobody signs."""
    path = str(tmp_path / "S-07.yaml")
    run("log", "start", path, *START)
    result = run("log", "given", path, "1", "--by", "AB", "--as-of", "2025-12-04")
    assert "no name is given" not in result.err
    assert_refused(run("log", "stop", path, "--by", "-"), 2, "--by: ")
