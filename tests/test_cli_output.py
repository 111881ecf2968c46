"""Where words go: standard output or a whole file; cautions and errors to standard error."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from commandline import IMATINIB, NPC, assert_refused, needs_posix, run, separate, terminal, written
from desks import fill
from filetext import a_dose
from il2calc.cli import app, output
from il2calc.errors import Refused
from il2calc.plan.schedule import Caution
from il2calc.report.lines import Line

OLD = "what stood here before\n"


class Terminal(StringIO):
    """A standard output that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """Any number: nothing is asked of it."""
        return 1


def broken() -> Iterator[str]:
    """Lines that a bug cuts short."""
    yield "one"
    raise ZeroDivisionError


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# To a file


@pytest.mark.parametrize("shape", ["table", "csv", "json", "markdown"])
def test_a_file_holds_what_would_have_been_printed(shape: str, tmp_path: Path) -> None:
    """Every byte, in UTF-8; standard output stays empty, cautions are still printed."""
    file = tmp_path / "out"
    result = run(*NPC, "--format", shape, "--output", str(file))
    printed = run(*NPC, "--format", shape)
    assert (result.code, result.out) == (0, "")
    assert file.read_bytes() == printed.out.encode()
    assert result.err == f"{printed.err}written: {file} ({shape})\n"
    assert files(tmp_path) == ["out"]
    quiet = run(*NPC, "--format", shape, "--output", str(file), "--quiet")
    assert quiet == printed._replace(out="", raw=b"")


def test_bytes_go_to_a_file_or_a_pipe_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line end that is changed on the way breaks a calendar file or a PDF."""
    file = tmp_path / "out.bin"
    output.write_bytes(b"\r\n\xff", file)
    assert file.read_bytes() == b"\r\n\xff"
    pipe = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(pipe, encoding="utf-8"))
    output.write_bytes(b"\r\n\xff")
    assert pipe.getvalue() == b"\r\n\xff"


def test_bytes_that_cannot_be_written_are_refused_in_one_line(tmp_path: Path) -> None:
    """As lines are."""
    with pytest.raises(Refused, match="give a file in a folder that exists"):
        output.write_bytes(b"x", tmp_path / "no such folder" / "out.bin")


def test_the_short_option_is_the_long_one(tmp_path: Path) -> None:
    """`-o` as elsewhere."""
    file = tmp_path / "out.csv"
    assert run(*NPC, "--format", "csv", "-o", str(file)).code == 0
    assert file.exists()


def test_a_file_is_as_wide_as_it_wants_to_be(tmp_path: Path) -> None:
    """The width of the terminal that wrote it means nothing to who reads it, nor do its colours."""
    file = tmp_path / "sheet.txt"
    run(*NPC, "--output", str(file), env={"COLUMNS": "60"})
    assert "00:00 (night of Mon to Tue)  5.04 million units\n" in file.read_text(encoding="utf-8")
    terminal(*NPC, "--output", str(file))
    assert "\x1b" not in file.read_text(encoding="utf-8")


def test_a_strict_schedule_with_cautions_is_written_all_the_same(tmp_path: Path) -> None:
    """Exit 3 speaks of the cautions, not of the file."""
    file = tmp_path / "out.csv"
    assert run(*NPC, "--format", "csv", "--strict", "--output", str(file)).code == 3
    assert len(file.read_text(encoding="utf-8").splitlines()) == 61


@pytest.mark.parametrize(
    "args",
    [
        ("schedule", "npc-bolus"),
        ("schedule", "npc-bolus", "--weight", "700"),
        ("schedule", "no-such", "--weight", "70"),
        ("schedule", "npc-bolus", "--weight", "70", "--format", "yaml"),
    ],
)
def test_a_refused_command_leaves_the_file_as_it_was(args: tuple[str, ...], tmp_path: Path) -> None:
    """An empty file in place of yesterday's schedule would be worse than none."""
    file = tmp_path / "out"
    file.write_text(OLD)
    assert run(*args, "--output", str(file)).code in {1, 2}
    assert file.read_text() == OLD
    assert files(tmp_path) == ["out"]


def test_a_bug_on_the_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Whole or not at all, and no scraps beside it."""
    file = tmp_path / "out"
    file.write_text(OLD)
    with pytest.raises(ZeroDivisionError):
        output.write(broken(), file)
    assert file.read_text() == OLD
    assert files(tmp_path) == ["out"]


def test_a_full_disk_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up between the first line and the last."""
    file = tmp_path / "out"
    file.write_text(OLD)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        Refused, match=r"No space left on device\); give a file on a disk with free space"
    ):
        output.write(["one"], file)
    assert file.read_text() == OLD
    assert files(tmp_path) == ["out"]


def test_too_long_a_name_asks_for_a_shorter_one(tmp_path: Path) -> None:
    """A name of 300 letters is longer than Linux, Windows and macOS allow (255)."""
    with pytest.raises(Refused, match=r"too long\); give a file with a shorter name"):
        output.write(["one"], tmp_path / f"{300 * 'a'}.csv")


def test_a_folder_that_may_not_be_written_to_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, with the reason; that the folder exists is no cure."""

    def denied(**_: object) -> tuple[int, str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", denied)
    result = run(*NPC, "--output", str(tmp_path / "out"))
    assert_refused(result, 1, "error: --output", "Permission denied", "you may write to")


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    """It is not made: a slip in a path must not become a folder."""
    result = run(*NPC, "--output", str(tmp_path / "no" / "out"))
    assert_refused(result, 1, "error: --output", "No such file or directory", "folder that exists")
    assert files(tmp_path) == []


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Its name alone says nothing about the file in it."""
    assert_refused(run(*NPC, "--output", str(tmp_path)), 1, "error: --output", "folder")
    (tmp_path / "file").write_text(OLD)
    below = str(tmp_path / "file" / "out")
    assert_refused(run(*NPC, "--output", below), 1, "error: --output", "directory")


@needs_posix("modes of files")
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    """What is left by the mask of the process, not the 600 of a temporary file."""
    file = tmp_path / "out"
    before = os.umask(0o027)
    try:
        output.write(["one"], file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@needs_posix("modes of files")
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    """A file that only its owner may read stays so: it may name a patient."""
    file = tmp_path / "out"
    file.write_text(OLD)
    file.chmod(0o600)
    output.write(["one"], file)
    assert file.read_text() == "one\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@needs_posix("links that anybody may make")
def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    """Who reads the file it points to must not go on reading yesterday's schedule."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text(OLD)
    link.symlink_to(target)
    output.write(["one"], link)
    assert link.is_symlink()
    assert target.read_text() == "one\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_regular_file_is_never_replaced(tmp_path: Path) -> None:
    """A pipe, or /dev/null: a file put in its place breaks whatever else uses it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with suppress(Refused):
            output.write(["one"], pipe)
        assert stat.S_ISFIFO(pipe.stat().st_mode)
    finally:
        os.close(reader)


# To standard output


def test_data_goes_to_standard_output_and_cautions_to_standard_error() -> None:
    """A pipe carries data only."""
    for shape in ("csv", "json", "markdown"):
        result = run(*IMATINIB, "--format", shape)
        assert "caution:" not in result.out
        assert result.err.startswith("caution: ")
        assert "default" in result.err


def test_cautions_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    """So that a log can be searched for them."""
    output.tell_cautions([Caution("set", "one"), Caution("arm", "two", (1, 2))])
    assert capsys.readouterr() == ("", "caution: one\ncaution: two\n")
    output.tell_cautions([])
    assert capsys.readouterr() == ("", "")


def test_messages_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """With its own line."""
    output.tell("rows 1-2 of 3")
    assert capsys.readouterr() == ("", "rows 1-2 of 3\n")


def test_lines_are_written_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    """The first is out before the second is made."""
    with pytest.raises(ZeroDivisionError):
        output.write(broken())
    assert capsys.readouterr().out == "one\n"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [("80", 80), ("0", None), ("", None), ("wide", None), ("-3", None), ("8.5", None)],
)
def test_columns_sets_the_width_where_it_is_a_number(
    columns: str, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 means as wide as it wants to be; anything else is as if it were not there."""
    monkeypatch.setattr(sys, "stdout", StringIO())
    monkeypatch.setenv("COLUMNS", columns)
    assert output.width() == expected


def test_a_terminal_sets_the_width_unless_columns_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS goes before it."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((93, 40)))
    monkeypatch.delenv("COLUMNS", raising=False)
    assert output.width() == 93
    monkeypatch.setenv("COLUMNS", "70")
    assert output.width() == 70


STYLED = [Line("[red]head[/red]", "heading"), Line(":smile: body"), Line("x", "label")]
PLAIN = "[red]head[/red]\n:smile: body\nx\n"


def styled(monkeypatch: pytest.MonkeyPatch, stream: StringIO, **env: str) -> str:
    """Lines as they are shown on a stream."""
    for name in ("NO_COLOR", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", stream)
    output.write_styled(STYLED)
    return stream.getvalue()


def test_a_terminal_gets_headings_in_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no markup or emoji that a file wrote."""
    output = styled(monkeypatch, Terminal())
    assert output.startswith("\x1b[1m[red]head[/red]\x1b[0m\n:smile: body\n")


@pytest.mark.parametrize(
    ("stream", "env"),
    [(StringIO, {}), (Terminal, {"NO_COLOR": "1"}), (Terminal, {"TERM": "dumb"})],
)
def test_everything_else_gets_plain_text(
    stream: type[StringIO], env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe, a terminal that wants no colour, one that has none."""
    assert styled(monkeypatch, stream(), **env) == PLAIN


class Full(StringIO):
    """A stream on a full disk."""

    def write(self, _: str) -> int:
        """Refuse every byte."""
        raise OSError(28, "No space left on device")

    def fileno(self) -> int:
        """A handle that may be turned towards nothing."""
        return os.open(os.devnull, os.O_WRONLY)


def test_standard_output_on_a_full_disk_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a table that looks whole is worse than none."""
    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(Refused, match="No space left on device"):
        output.write(["a line"])


def test_a_closed_standard_output_is_reported_and_a_closed_standard_error_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Danger: a job whose output nobody takes ends with 0, as though its table were somewhere."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    output.open_streams()
    with pytest.raises(Refused, match=r"^standard output is closed; send it to a file$"):
        output.write(["a line"])
    output.tell("a word")
    assert sys.stderr.name == os.devnull
    for stream in (sys.stdout, sys.stderr):
        stream.close()


def test_streams_of_another_kind_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's or a test's stream has no encoding to set."""
    stream = StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    output.open_streams()
    assert sys.stdout is stream


LARGE = ("--set", "course.cycle.aldesleukin.amount=7_200_000 IU/kg")
SAID = "10 times 720,000 units/kg"


@pytest.mark.parametrize(
    ("args", "times"),
    [
        (("schedule", *NPC[1:], *LARGE), 1),
        (("schedule", *NPC[1:], *LARGE, "--format", "markdown"), 1),
        (("schedule", *NPC[1:], *LARGE, "--format", "json"), 1),
        (("schedule", *NPC[1:], *LARGE, "--format", "csv"), 1),
        (("schedule", *NPC[1:], *LARGE, "--format", "timeline"), 1),
        (("schedule", *NPC[1:], *LARGE, "-o", "-"), 1),
        (("prepare", "npc-bolus", "--weight", "70", *LARGE), 1),
    ],
)
def test_a_terminal_shows_each_caution_once(args: tuple[str, ...], times: int) -> None:
    """Danger: what is always printed twice is not read; what a format leaves out is printed."""
    output = terminal(*args, columns=400, env={"NO_COLOR": "1"}, errors_too=True).out
    assert output.count(SAID) == times


def test_a_pipe_and_a_file_take_no_caution_off_the_screen(tmp_path: Path) -> None:
    """Danger: the table is in a file, the warning nowhere."""
    args = ("schedule", *NPC[1:], *LARGE)
    filed = terminal(*args, "-o", str(tmp_path / "out.txt"), columns=400, errors_too=True)
    assert filed.out.count(SAID) == 1
    output = terminal(*args, columns=400, env={"NO_COLOR": "1"})
    assert (output.out.count(SAID), output.err.count(SAID)) == (1, 1)
    assert run(*args).err.count(SAID) == 1


# What no output replaces


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("log: S-07\n", "a course log"),
        ("\ufeff# mine\n---\n\nregimen: x\n", "a regimen"),
        ('"drug": x\n', "a monograph"),
        ("{regimen: x}\n", "a regimen"),
        ("low,high,give,unit\n0,100,80,mg\n", "a table of dose bands"),
    ],
)
def test_files_that_people_write_are_replaced_by_no_output(
    text: str, kind: str, tmp_path: Path
) -> None:
    """Danger: `replan LOG -o LOG` left a table in place of what was given."""
    file = tmp_path / "file.txt"
    file.write_text(text, encoding="utf-8")
    for args in (NPC, ("prepare", "npc-bolus", "--weight", "70")):
        assert_refused(run(*args, "-o", str(file)), 1, f"is {kind}, which no output overwrites")
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("text", ["", "# a note\n", "logs: 3\n", "regimen  npc-bolus\n", "\xff\n"])
def test_any_other_file_is_replaced(text: str, tmp_path: Path) -> None:
    """As a table of yesterday, or what is no text at all."""
    file = tmp_path / "file.txt"
    file.write_text(text, encoding="latin-1")
    assert run(*NPC, "-o", str(file)).code == 0
    assert file.read_text(encoding="utf-8").startswith("regimen")


def test_a_preparation_sheet_is_in_the_format_of_its_file(tmp_path: Path) -> None:
    """`-o x.json` held text; what the verb does not write is refused."""
    args = ("prepare", "npc-bolus", "--weight", "70", "-o")
    assert run(*args, str(tmp_path / "x.json")).code == 0
    assert (tmp_path / "x.json").read_text(encoding="utf-8").startswith('{\n  "format"')
    for name in ("x.html", "x.docx"):
        assert_refused(run(*args, str(tmp_path / name)), 2, "no format ends in", ".txt, .json")


# Streams that are not what they should be


@pytest.mark.parametrize("format_", ["csv", "json", "html", "svg"])
def test_output_for_programs_is_utf_8_on_every_terminal(format_: str) -> None:
    """Their first line says so, or they know no other."""
    args = (*NPC, "--subject", "\N{LATIN CAPITAL LETTER A WITH DIAERESIS}7", "--format", format_)
    result = separate(*args, env={"PYTHONIOENCODING": "ascii"})
    assert result.code == 0
    assert "\N{LATIN CAPITAL LETTER A WITH DIAERESIS}7" in result.raw.decode("utf-8")


def test_a_file_name_that_is_no_text_breaks_no_document(tmp_path: Path) -> None:
    """It is written out; a JSON reader reads the same name."""
    name = os.fsdecode(os.fsencode(tmp_path) + b"/x\xff.yaml")
    Path(name).write_text(a_dose(), encoding="utf-8")
    result = separate("check", name, "--format", "json")
    assert json.loads(result.raw)["files"][0]["file"].endswith("x\udcff.yaml")


def test_a_width_of_many_digits_is_as_wide_as_it_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python takes no number of 5,000 digits."""
    monkeypatch.setenv("COLUMNS", "9" * 5000)
    assert output.width() == 99_999


def test_one_terminal_shows_its_cautions_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was printed holds them; where errors go elsewhere, they are printed there."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as screen:
        monkeypatch.setattr(sys, "stdout", screen)
        monkeypatch.setattr(sys, "stderr", screen)
        output.tell_cautions([Caution("set", "a caution")], printed=True)
        output.tell_cautions([Caution("set", "another")])
    assert os.read(ours, 1000) == b"caution: another\r\n"
    os.close(ours)


# Within the width of a terminal


def test_a_message_on_a_terminal_keeps_its_words_whole() -> None:
    """A terminal breaks a line in the middle of a word or a number; a pipe has one line each."""
    args = (*NPC, "--format", "csv", "-o", "-")
    (line,) = separate(*args).err.splitlines()
    output = terminal(*args, columns=60, errors_too=True).out
    lines = output[output.index("caution: ") :].splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 60
    assert all(other.startswith("  ") for other in lines[1:])
    assert " ".join(" ".join(lines).split()) == line


def test_a_command_in_a_message_is_never_broken() -> None:
    """Pasted in two lines, it would be two commands."""
    result = terminal("schedule", "imp321", "--start", "2026-12-01", columns=60, errors_too=True)
    command = "il2calc schedule imp321 --start 2026-12-01 --arm ARM --bsa 1.8"
    assert command in result.out.splitlines()[-1]
    assert all(len(line) <= 60 for line in result.out.splitlines()[:-1])


def test_a_short_message_and_every_fault_keep_their_lines(tmp_path: Path) -> None:
    """One line each, as in a pipe, where there is room."""
    path = written(tmp_path, "regimen: x\n")
    lines = separate("check", path).err.splitlines()
    result = terminal("check", path, columns=400, errors_too=True)
    assert result.out.splitlines()[1:] == lines
    assert len(lines) > 1


def test_an_entry_is_shown_within_the_width_of_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of an entry is longer than most terminals are wide; in a pipe it is one."""
    monkeypatch.chdir(tmp_path)
    head = ("--regimen", "npc-bolus", "--weight", "70", "--start", "2025-01-06")
    assert run("log", "start", "S.yaml", *head).code == 0
    (one,) = run("log", "given", "S.yaml", "1-3").out.splitlines()
    assert len(one) > 80
    lines = terminal("log", "given", "S.yaml", "4-6").out.splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= 80


# Through a pager: on a terminal that is too low, and nowhere else; nothing is heard of it or lost

CAT = shlex.join([sys.executable, "-c", "import sys; print('PAGED', len(sys.stdin.readlines()))"])
"""A pager that says how many lines it was given, instead of showing them."""
DRUG = ("drug", "aldesleukin")
SHOW = ("show", "npc-bolus")
HELP = ("schedule", "--help")


@pytest.mark.parametrize("args", [NPC, SHOW, DRUG, HELP])
def test_what_is_taller_than_the_terminal_goes_through_the_pager(args: tuple[str, ...]) -> None:
    """Table, regimen, drug and help; a terminal of 24 lines has lost the head of a table of 115."""
    unpaged = terminal(*args)
    result = terminal(*args, lines=24, env={"PAGER": CAT})
    assert (result.code, result.err) == (unpaged.code, unpaged.err)
    assert result.out == f"PAGED {len(unpaged.out.splitlines())}\n"


@pytest.mark.parametrize("args", [NPC, SHOW, DRUG, HELP])
def test_no_pager_prints_it_as_it_is(args: tuple[str, ...]) -> None:
    """Who scrolls by other means, or records the terminal, wants all of it."""
    result = terminal(*args, "--no-pager", lines=24, env={"PAGER": CAT})
    assert result == terminal(*args)
    assert len(result.out.splitlines()) > 24


@pytest.mark.parametrize("args", [NPC, SHOW, DRUG, HELP])
def test_there_is_never_a_pager_in_a_pipe(args: tuple[str, ...]) -> None:
    """A script that waits for a key hangs for ever."""
    assert separate(*args, env={"PAGER": CAT}) == separate(*args)


ALSO = {
    "prepare": ("prepare", "npc-bolus", "--weight", "70"),
    "diff": ("diff", "npc-bolus", "imatinib"),
    "list": ("list",),
    "compatible": ("compatible", "aldesleukin", "morphine", "lorazepam", "saline"),
    "screen": ("screen", "aldesleukin"),
    "intensity": ("intensity", "S-07.yaml", "--as-of", "2025-12-20"),
}


@pytest.mark.parametrize("args", ALSO.values(), ids=ALSO)
def test_every_answer_that_is_read_from_top_to_bottom_goes_through_the_pager(
    args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its exit code stays; `--no-pager` prints it, and a pipe gets it as it is."""
    monkeypatch.chdir(fill(tmp_path))
    unpaged = terminal(*args, "--no-pager", lines=5, env={"PAGER": CAT})
    paged = terminal(*args, lines=5, env={"PAGER": CAT})
    assert (paged.code, paged.err) == (unpaged.code, unpaged.err)
    assert paged.out == f"PAGED {len(unpaged.out.splitlines())}\n"
    assert "PAGED" not in separate(*args, env={"PAGER": CAT}).out


def test_what_fits_on_the_terminal_is_printed() -> None:
    """One line is left for the prompt: as many lines as the terminal has are too many."""
    height = len(terminal(*SHOW).out.splitlines())
    fitting = terminal(*SHOW, lines=height + 1, env={"PAGER": CAT})
    assert fitting.out == terminal(*SHOW).out
    assert terminal(*SHOW, lines=height, env={"PAGER": CAT}).out.startswith("PAGED")


def test_data_and_timelines_are_printed_as_they_are() -> None:
    """A pager is for what people read from top to bottom."""
    for shape in ("csv", "json", "timeline"):
        result = terminal(*NPC, "--format", shape, lines=5, env={"PAGER": CAT})
        assert "PAGED" not in result.out


@pytest.mark.parametrize("name", ["", "no-such-pager", "'unbalanced", "/"])
def test_a_pager_that_is_none_prints_plainly(name: str) -> None:
    """Empty, not installed, not to be read, no program: the answer is what counts."""
    result = terminal(*SHOW, lines=10, env={"PAGER": name})
    assert result == terminal(*SHOW)


def test_a_dumb_terminal_has_no_pager() -> None:
    """It cannot move its cursor."""
    result = terminal(*SHOW, lines=10, env={"PAGER": CAT, "TERM": "dumb"})
    assert "PAGED" not in result.out
    assert "\x1b" not in result.out


@pytest.mark.parametrize("program", ["pass", "import sys; sys.stdin.readline(); sys.exit(7)"])
def test_a_pager_that_is_left_ends_quietly_and_keeps_the_exit_code(program: str) -> None:
    """No traceback, no broken pipe; `--strict` still says that there are cautions."""
    env = {"PAGER": shlex.join([sys.executable, "-c", program])}
    long = ("schedule", "npc-bolus", "--weight", "70", "--notes", "full", "--explain")
    for args, code in ((long, 0), ((*long, "--strict"), 3), (HELP, 0)):
        result = terminal(*args, lines=10, env=env)
        assert (result.code, result.out) == (code, "")
        assert "Traceback" not in result.err
        assert "pipe" not in result.err.lower()


@needs_posix("a pager that is a script")
def test_less_shows_bold_and_gets_its_options_where_nobody_sets_them(tmp_path: Path) -> None:
    """LESS=FRX: it ends by itself on one screen, shows escapes, and clears nothing."""
    tells = shlex.join([sys.executable, "-c", "import os; print(os.environ['LESS'])"])
    assert terminal(*SHOW, lines=10, env={"PAGER": tells}).out == "FRX\n"
    assert terminal(*SHOW, lines=10, env={"PAGER": tells, "LESS": "i"}).out == "i\n"
    file = tmp_path / "less"
    file.write_text("#!/bin/sh\nhead -1\n", encoding="utf-8")
    file.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "PAGER": "less"}
    assert terminal(*SHOW, lines=10, env=env).out.startswith("\x1b[1m")
    assert "\x1b" not in terminal(*SHOW, lines=10, env={**env, "NO_COLOR": "1"}).out


def test_a_pager_gets_the_width_of_the_terminal() -> None:
    """It sits on the same terminal: 100 columns stay 100."""
    widest = "import sys; print(max(len(line.rstrip()) for line in sys.stdin))"
    env = {"PAGER": shlex.join([sys.executable, "-c", widest]), "NO_COLOR": "1"}
    output = terminal(*NPC, lines=10, columns=100, env=env).out
    assert int(output) == max(map(len, run(*NPC, env={"COLUMNS": "100"}).out.splitlines())) <= 100


def test_an_interrupt_goes_to_the_pager_and_afterwards_to_il2calc_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C in `less` ends a search, not il2calc."""
    interrupts = "import os, signal, sys; os.kill(os.getppid(), signal.SIGINT); sys.stdin.read()"
    monkeypatch.setattr(output, "_height", lambda: 1)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", shlex.join([sys.executable, "-c", interrupts]))
    before = signal.getsignal(signal.SIGINT)
    assert list(output.paged(["one", "two"])) == []
    assert signal.getsignal(signal.SIGINT) is before


def test_help_is_shown_whole_with_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed before an error of the command line is shown too."""
    paged: list[str] = []
    monkeypatch.setattr(sys, "stdout", StringIO())
    monkeypatch.setattr(output, "write", paged.extend)

    def fail() -> None:
        with output.all_paged():
            sys.stdout.write("one\ntwo\n")
            sys.exit(2)

    with pytest.raises(SystemExit) as end:
        fail()
    assert (paged, end.value.code) == (["one", "two"], 2)


def _taking(given: list[str]) -> Callable[[Iterable[str]], list[str]]:
    """A pager that takes every line, and leaves none to print."""

    def taken(lines: Iterable[str]) -> list[str]:
        given.extend(lines)
        return []

    return taken


@pytest.mark.parametrize(
    "env", [{"TERM": "dumb"}, {"PAGER": "'unbalanced"}, {"PAGER": ""}, {"PAGER": "no-such-pager"}]
)
def test_without_a_pager_all_lines_are_still_to_be_printed(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is lost on the way to one."""
    monkeypatch.setattr(output, "_height", lambda: 1)
    for name, value in ({"TERM": "xterm"} | env).items():
        monkeypatch.setenv(name, value)
    assert list(output.paged(["one", "two"])) == ["one", "two"]


@pytest.mark.parametrize(("height", "height_left"), [(2, 0), (3, 2), (0, 2)])
def test_a_pager_is_asked_for_by_the_height_of_the_terminal(
    height: int, height_left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two lines and a prompt need three; a terminal that does not know its height gets all."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((80, height)))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", shlex.join([sys.executable, "-c", "import sys; sys.stdin.read()"]))
    assert len(list(output.paged(["one", "two"]))) == height_left


def test_styled_lines_are_paged_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With their bold, which a pager is set to show."""
    given: list[str] = []
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(output, "paged", _taking(given))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    output.write_styled([Line("head", "heading"), Line("body")], pager=True)
    assert given == ["\x1b[1mhead\x1b[0m", "body"]


@pytest.mark.parametrize("words", [["--help"], ["help"], [], ["show", "-h"]])
def test_help_of_any_kind_is_shown_by_the_pager(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all verbs, of one, and the welcome."""
    given: list[str] = []
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(output, "paged", _taking(given))
    monkeypatch.setattr(sys, "argv", ["il2calc", *words])
    with pytest.raises(SystemExit):
        app.run()
    assert words == ["help"] or any("il2calc" in line for line in given)


def test_help_without_a_pager_is_the_same_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--no-pager` is known to the help of every verb, also of one that never asks for a pager."""
    monkeypatch.setattr(sys, "stdout", stream := Terminal())
    monkeypatch.setattr(sys, "argv", ["il2calc", "bsa", "--help", "--no-pager"])
    with pytest.raises(SystemExit) as end:
        app.run()
    assert end.value.code == 0
    assert stream.getvalue() == run("bsa", "--help").out


def test_a_backslash_is_part_of_a_path_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere it takes the meaning from what follows."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", '"C:\\less is more\\less.exe" -R')
    monkeypatch.setattr(output, "WINDOWS", True)
    assert output._pager() == ["C:\\less is more\\less.exe", "-R"]  # noqa: SLF001 - on no terminal


def test_a_message_on_a_terminal_is_folded_and_a_command_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The words of a message stay whole, and a command stays one line."""
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((50, 24)))
    command = "il2calc schedule examplumab --weight 70 --height 170 --cycles 2"
    output.tell(f"error: one of the words is missing here, give one, such as: {command}")
    output.tell("short\nand short")
    assert stream.getvalue().splitlines() == [
        "error: one of the words is missing here, give one,",
        "  such as:",
        f"  {command}",
        "short",
        "and short",
    ]
