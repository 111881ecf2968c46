"""Course logs on the disk: started once, added to at the end, and nothing ever lost."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import filelock
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logwriters
from commandline import needs_posix
from drawnlogs import LOGS, entries
from il2calc.errors import FaultyFile, Refused, RegimenError
from il2calc.language import log_file, log_writing
from il2calc.model.effects import Given, Held, Stopped, Undone, Weighed
from il2calc.model.log import Entry, Log
from il2calc.text import safefile, yaml
from logtext import ENTERED, FILE, HEAD, a_key, a_log, started_log, unplaced

STOP = Entry(0, ENTERED, Stopped(), "progression")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A log with one entry, in a person's own layout."""
    path = tmp_path / FILE
    path.write_text(a_log("hold: {block: course 1/cycle 1, drug: examplumab, numbers: 7}"))
    return path


def adding(*added: Entry) -> Callable[[Log], Sequence[Entry]]:
    """A decision that depends on nothing."""
    return lambda _: added


def refusal(act: Callable[[], object]) -> str:
    """The message of a refusal."""
    with pytest.raises(Refused) as caught:
        act()
    return str(caught.value)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Begun


def test_a_log_is_started_with_what_it_depends_on(tmp_path: Path) -> None:
    """And reads back as what was meant, under the name it was given."""
    file = tmp_path / FILE
    log = log_writing.start(file, started_log())
    assert log == log_file.load(file) == started_log(str(file))
    assert names(tmp_path) == [FILE]


def test_an_existing_log_is_not_started_again(file: Path) -> None:
    """What was given to somebody would be gone."""
    before = file.read_bytes()
    message = refusal(lambda: log_writing.start(file, started_log()))
    assert message == f"{file} already exists; give the log another name"
    assert file.read_bytes() == before


def test_a_log_needs_a_folder(tmp_path: Path) -> None:
    """It is not made."""
    message = refusal(lambda: log_writing.start(tmp_path / "no" / FILE, started_log()))
    assert "cannot be written (No such file or directory); no log was started" in message
    assert names(tmp_path) == []


def test_spaces_of_a_fact_that_was_set_are_read_as_in_the_file(tmp_path: Path) -> None:
    """YAML folds spaces, and so does `--set`."""
    log = replace(started_log(), settings=(("cycle.rest", "6   days"),))
    assert log_writing.start(tmp_path / FILE, log).settings == (("cycle.rest", "6 days"),)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (replace(started_log(), subject=None), "(log: has no value; a course log needs one)"),
        (replace(started_log(), regimen="=x"), "(regimen: begins with '=', which a spreadsheet"),
        (
            replace(started_log(), regimen="./two  spaces.yaml"),
            "would not keep this entry as meant",
        ),
    ],
)
def test_a_value_that_a_log_cannot_hold_starts_none(log: Log, words: str, tmp_path: Path) -> None:
    """It would have to be corrected by hand before it could be used."""
    message = refusal(lambda: log_writing.start(tmp_path / FILE, log))
    assert words in message
    assert message.endswith("; give what a log can hold")
    assert names(tmp_path) == []


# Added to


def test_an_entry_is_added_at_the_end_and_nothing_else_changes(file: Path) -> None:
    """Comments and layout of a person are not touched."""
    text = "# Mrs. S.'s own copy\n\n" + file.read_text() + "    # seen by the ward round\n\n"
    file.write_text(text)
    log = log_writing.add_entries(file, adding(STOP))
    digits = log.entries[1].hash
    assert digits is not None
    more = "  - stop: yes\n    entered: 2025-12-03 09:00\n    reason: progression\n"
    assert file.read_text() == f"{text}{more}    hash: {digits}\n"
    assert log == log_file.load(file)
    assert log.entries[1] == STOP._replace(number=2, line=15, hash=digits)


def test_a_decision_sees_the_log_as_it_is(file: Path) -> None:
    """The log is read anew once it is locked; the numbers of its entries continue."""
    logs: list[Log] = []

    def decide(log: Log) -> list[Entry]:
        logs.append(log)
        return [STOP, STOP._replace(effect=Undone(len(log.entries) + 1))]

    before = log_file.load(file)
    after = log_writing.add_entries(file, decide)
    assert logs == [before]
    assert [entry.number for entry in after.entries] == [1, 2, 3]
    assert after.entries[:1] == before.entries


@given(LOGS, st.data())
@settings(deadline=None, max_examples=40)
def test_adding_one_by_one_gives_the_log_started_with_all(log: Log, data: st.DataObject) -> None:
    """`add_entries` adds what `start` would have written, whatever is in the entries."""
    added = data.draw(entries())
    bare = replace(log, entries=())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.yaml"
        log_writing.start(file, bare)
        for entry in added:
            log_writing.add_entries(file, adding(entry))
        assert unplaced(log_file.load(file)) == added
        complete = Path(folder) / "b.yaml"
        log_writing.start(complete, replace(log, entries=added))
        assert file.read_bytes() == complete.read_bytes()


@given(LOGS, entries(most=4, least=1), st.data())
@settings(deadline=None, max_examples=40)
def test_a_log_judged_by_its_end_is_the_log_that_the_file_holds(
    log: Log, more: tuple[Entry, ...], data: st.DataObject
) -> None:
    """What `add_entries` returns without reading all again is what reading all again returns.

    Lines, numbers and hashes too; remarks of the person who keeps the log may be in between.
    """
    remark = data.draw(st.sampled_from(["", "# a remark\n", "    # seen\n\n"]))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        log_writing.start(file, replace(log, entries=more))
        file.write_bytes(file.read_bytes() + remark.encode())
        undone = {entry.effect.entry for entry in more if isinstance(entry.effect, Undone)}
        open_ones = [
            entry.number
            for entry in more
            if entry.number not in undone and not isinstance(entry.effect, Undone)
        ]
        undoing = STOP._replace(effect=Undone(open_ones[-1])) if open_ones else STOP
        returned = log_writing.add_entries(file, adding(STOP, undoing))
        again = log_file.load(file)
        assert returned == again
        assert returned.seal == again.seal


@pytest.mark.parametrize("kind", [Stopped(), Undone(300)])
def test_adding_an_entry_reads_a_log_once(
    kind: Stopped | Undone, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was read to be added to and read again when it was written: twice the time.

    Of a log of 300 entries the second reading is of the head and two entries: less than a tenth.
    """
    log_writing.add_entries(file, adding(*(STOP for _ in range(299))))
    size, sizes = len(file.read_bytes()), [0][:0]

    def counted(content: bytes, most: int) -> yaml.Document:
        sizes.append(len(content))
        return read_yaml(content, most)

    read_yaml = yaml.read
    monkeypatch.setattr(yaml, "read", counted)
    log_writing.add_entries(file, adding(STOP._replace(effect=kind)))
    assert sizes[0] == size
    assert sum(sizes[1:]) < size / 10
    assert len(log_file.load(file).entries) == 301


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (Undone(3), "(entries[4].undo: names entry 3, an undo; enter again what it had undone)"),
        (Undone(1), "(entries[4].undo: names entry 1, which entry 3 has undone already)"),
        (Undone(4), "(entries[4].undo: names entry 4, which is not before it; name an "),
    ],
)
def test_an_undo_is_checked_against_entries_that_are_not_read_again(
    entry: Undone, message: str, file: Path
) -> None:
    """Entry 3 undid entry 1; entries 1 and 2 are cut out where the end is read."""
    log_writing.add_entries(file, adding(STOP, STOP._replace(effect=Undone(1))))
    log_writing.add_entries(file, adding(STOP))
    text = file.read_bytes()
    head = text[: text.rindex(b"  - ")]
    file.write_bytes(head)
    assert message in refusal(
        lambda: log_writing.add_entries(file, adding(STOP._replace(effect=entry)))
    )
    assert file.read_bytes() == head


@pytest.mark.parametrize("more", ["    reason: |+\n      a story\n\n", "    by: 'AB'\n    # end\n"])
def test_the_last_entry_is_read_again_with_what_follows_it(more: str, file: Path) -> None:
    """A text of several lines may reach to the end of the file; what is added comes after it."""
    content = file.read_bytes() + b"  - stop: yes\n    entered: 2025-12-03 09:00\n" + more.encode()
    file.write_bytes(content)
    before = log_file.load(file).entries
    assert log_writing.add_entries(file, adding(STOP)).entries[:2] == before
    assert log_file.load(file).entries[:2] == before
    assert file.read_bytes().startswith(content)


def test_no_decision_writes_nothing(file: Path) -> None:
    """The file is the same one, to the byte and the moment."""
    before = file.stat()
    assert log_writing.add_entries(file, adding()) == log_file.load(file)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_decision_that_is_refused_writes_nothing(file: Path) -> None:
    """And unlocks the log: the next one finds it as it was."""
    before = file.read_bytes()

    def refuse(_: Log) -> list[Entry]:
        raise Refused("dose 7 was held")

    assert refusal(lambda: log_writing.add_entries(file, refuse)) == "dose 7 was held"
    assert file.read_bytes() == before
    log_writing.add_entries(file, adding(STOP))


def test_doses_and_reason_are_entered_in_the_form_of_the_file(file: Path) -> None:
    """In order, each once, in one line."""
    effect = Given((a_key(9), a_key(8), a_key(9)))
    log = log_writing.add_entries(file, adding(Entry(0, ENTERED, effect, " late:\n the  line ")))
    assert log.entries[1].effect == Given((a_key(8), a_key(9)))
    assert log.entries[1].reason == "late: the line"
    assert "numbers: 8 to 9}" in file.read_text()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "the reason has no value"),
        ("=HYPERLINK()", "the reason begins with '=', which a spreadsheet would run"),
        ("in\u200bvisible", "the reason contains a control or invisible character; remove it"),
        ("\x1b[31m", "the reason contains a control or invisible character; remove it"),
    ],
)
def test_a_reason_that_a_log_cannot_hold_is_refused(reason: str, words: str, file: Path) -> None:
    """With a message about the reason, before anything is written."""
    before = file.read_bytes()
    assert refusal(
        lambda: log_writing.add_entries(file, adding(STOP._replace(reason=reason)))
    ).startswith(words)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(HEAD),  # no line end, no `entries`
        "\n".join(HEAD) + "\nentries:",
        "\n".join(HEAD) + "\nentries: # none yet\n",
        "\n".join(HEAD) + "\nentries:\n- stop: yes\n  entered: 2025-12-03 09:00",
        "\n".join(HEAD) + "\nentries:\n    - stop: yes\n      entered: 2025-12-03 09:00\n# end",
        "\n".join(HEAD) + "\nentries:\n  -\n    stop: yes\n    entered: 2025-12-03 09:00\n",
        a_log("stop: yes").replace("\n", "\r\n"),
        a_log("stop: yes").replace("\n", "\r"),
        "\ufeff" + a_log("stop: yes"),
        a_log("stop: yes") + "    reason: >\n      a long\n      story\n",
    ],
)
def test_an_entry_follows_the_layout_of_the_file(text: str, tmp_path: Path) -> None:
    """Its indentation and line ends; a last line without an end gets one."""
    file = tmp_path / FILE
    content = text.encode()
    file.write_bytes(content)
    before = log_file.load(file).entries
    after = log_writing.add_entries(file, adding(STOP)).entries
    assert after[: len(before)] == before
    placed = STOP._replace(number=len(after), line=after[-1].line, hash=after[-1].hash)
    assert after[len(before) :] == (placed,)
    assert file.read_bytes().startswith(content)
    assert b"\r\n" not in content or b"\n" not in file.read_bytes().replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "ending",
    [
        "entries: []\n",
        "entries: [{stop: yes, entered: 2025-12-03 09:00}]\n",
        "entries:\n...\n",
        '"entries":\n',
    ],
)
def test_a_layout_that_allows_no_further_entry_is_refused(ending: str, tmp_path: Path) -> None:
    """With the layout that would work; the file is as it was."""
    file = tmp_path / FILE
    content = "\n".join([*HEAD, ending])
    file.write_text(content)
    message = refusal(lambda: log_writing.add_entries(file, adding(STOP)))
    assert message.startswith(f"{file} could not be read with this entry (")
    assert message.endswith("; end the file with 'entries:' and its '- ' lines")
    assert file.read_text() == content


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        (STOP._replace(effect=Undone(2)), "entries[2].undo"),
        (STOP._replace(effect=Given(())), "entries[2].given"),
        (STOP._replace(effect=Held(())), "entries[2].hold"),
    ],
)
def test_an_entry_that_would_be_a_fault_is_refused(entry: Entry, path: str, file: Path) -> None:
    """No verb leaves a log that the next one cannot read."""
    before = file.read_bytes()
    assert f"({path}: " in refusal(lambda: log_writing.add_entries(file, adding(entry)))
    assert file.read_bytes() == before


def test_a_log_that_would_grow_too_large_is_refused(file: Path) -> None:
    """Eight megabytes are read and no more."""
    long = STOP._replace(reason="x" * 8_000_000)
    message = refusal(lambda: log_writing.add_entries(file, adding(long)))
    assert message.startswith(
        f"{file} is full: this entry would make it larger than 8,000,000 bytes"
    )
    assert "(entries: 1); nothing was entered" in message
    assert message.endswith("continue in a new log of what is still to come (il2calc log start)")


def test_a_faulty_log_is_refused_and_not_added_to(file: Path) -> None:
    """Every fault of it."""
    file.write_text(a_log("stop: no", "undo: 2"))
    with pytest.raises(FaultyFile) as caught:
        log_writing.add_entries(file, adding(STOP))
    assert [fault.line for fault in caught.value.faults] == [9, 11]


def test_a_missing_log_is_refused_with_the_command_that_starts_one(tmp_path: Path) -> None:
    """It is not created."""
    with pytest.raises(RegimenError, match="to start one: il2calc log start"):
        log_writing.add_entries(tmp_path / FILE, adding(STOP))
    assert names(tmp_path) == []


def test_a_log_locked_by_another_process_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while of waiting."""
    monkeypatch.setattr(safefile, "_PAUSE", 0)
    with safefile.locked_file(file):
        message = refusal(lambda: log_writing.add_entries(file, adding(STOP)))
    assert message == f"{file}: another program is writing it; nothing was entered, try again"


def test_a_read_only_log_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that was made read-only is closed."""

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    message = refusal(lambda: log_writing.add_entries(file, adding(STOP)))
    assert message.startswith(
        f"{file} cannot be written (Permission denied); nothing was entered: "
    )


def test_a_disk_that_fails_leaves_the_old_log(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the message says so."""
    before = file.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    message = refusal(lambda: log_writing.add_entries(file, adding(STOP)))
    assert message.startswith(
        f"{file} cannot be written (No space left on device); it is as it was: "
    )
    assert file.read_bytes() == before
    assert names(file.parent) == [FILE]


def test_a_system_without_locks_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading needs none."""

    def none(*_: object, **__: object) -> bool:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(filelock, "lock_descriptor", none)
    message = refusal(lambda: log_writing.add_entries(file, adding(STOP)))
    assert "(this system has no file locks that il2calc knows); nothing was entered" in message
    assert len(log_file.load(file).entries) == 1


@pytest.mark.hazard(29)
def test_an_editor_that_saves_meanwhile_is_not_overwritten(file: Path) -> None:
    """It asks for no lock; what it saved stays, and the entry is to be made again."""
    edited = file.read_text() + "# a remark\n"

    def decide(_: Log) -> list[Entry]:
        file.write_text(edited)
        return [STOP]

    message = refusal(lambda: log_writing.add_entries(file, decide))
    assert message == (
        f"{file} was changed by another program in the meantime; nothing was entered: check it "
        "and try again"
    )
    assert file.read_text() == edited


def test_a_fault_of_the_program_in_a_decision_keeps_its_traceback(file: Path) -> None:
    """It is no trouble of the disk."""

    def broken(_: Log) -> list[Entry]:
        raise OSError("a bug")

    with pytest.raises(OSError, match=r"^a bug$"):
        log_writing.add_entries(file, broken)


def test_an_entry_that_would_read_back_otherwise_is_not_reported_as_written(file: Path) -> None:
    """A weight with more digits than a log keeps would come back as another one."""
    weight = Weighed(Decimal("66." + "5" * 30), date(2025, 12, 14))
    assert "more than the 28 digits" in refusal(
        lambda: log_writing.add_entries(file, adding(STOP._replace(effect=weight)))
    )


@needs_posix("second names of files")
def test_a_log_with_a_second_name_is_not_split_in_two(tmp_path: Path) -> None:
    """Danger: each of two people would add to a log that the other does not see."""
    file = tmp_path / FILE
    log_writing.start(file, logwriters.a_log(file))
    (tmp_path / "other.yaml").hardlink_to(file)
    before = file.read_bytes()
    message = refusal(lambda: log_writing.add_entries(file, logwriters.holding("fever")))
    assert "which would keep the old text; copy it, and continue only with the copy" in message
    assert file.read_bytes() == before
