"""The pager: on a terminal that is too low, and nowhere else; nothing of it is heard or lost."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path

import pytest

from commandline import NPC, needs_posix, run, separate, terminal
from desks import fill
from il2calc.cli import app, output, pager
from il2calc.report.lines import Line

CAT = shlex.join([sys.executable, "-c", "import sys; print('PAGED', len(sys.stdin.readlines()))"])
"""A pager that says how many lines it was given, instead of showing them."""
DRUG = ("drug", "aldesleukin")
SHOW = ("show", "npc-bolus")
HELP = ("schedule", "--help")


@pytest.mark.parametrize("args", [NPC, SHOW, DRUG, HELP])
def test_what_is_taller_than_the_terminal_goes_through_the_pager(args: tuple[str, ...]) -> None:
    """Table, regimen, drug and help; a terminal of 24 lines has lost the head of a table of 115."""
    whole = terminal(*args)
    done = terminal(*args, lines=24, env={"PAGER": CAT})
    assert (done.code, done.err) == (whole.code, whole.err)
    assert done.out == f"PAGED {len(whole.out.splitlines())}\n"


@pytest.mark.parametrize("args", [NPC, SHOW, DRUG, HELP])
def test_no_pager_prints_it_as_it_is(args: tuple[str, ...]) -> None:
    """Who scrolls by other means, or records the terminal, wants all of it."""
    done = terminal(*args, "--no-pager", lines=24, env={"PAGER": CAT})
    assert done == terminal(*args)
    assert len(done.out.splitlines()) > 24


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
    whole = terminal(*args, "--no-pager", lines=5, env={"PAGER": CAT})
    paged = terminal(*args, lines=5, env={"PAGER": CAT})
    assert (paged.code, paged.err) == (whole.code, whole.err)
    assert paged.out == f"PAGED {len(whole.out.splitlines())}\n"
    assert "PAGED" not in separate(*args, env={"PAGER": CAT}).out


def test_what_fits_on_the_terminal_is_printed() -> None:
    """One line is left for the prompt: as many lines as the terminal has are too many."""
    height = len(terminal(*SHOW).out.splitlines())
    fits = terminal(*SHOW, lines=height + 1, env={"PAGER": CAT})
    assert fits.out == terminal(*SHOW).out
    assert terminal(*SHOW, lines=height, env={"PAGER": CAT}).out.startswith("PAGED")


def test_data_and_timelines_are_printed_as_they_are() -> None:
    """A pager is for what people read from top to bottom."""
    for shape in ("csv", "json", "timeline"):
        done = terminal(*NPC, "--format", shape, lines=5, env={"PAGER": CAT})
        assert "PAGED" not in done.out


@pytest.mark.parametrize("name", ["", "no-such-pager", "'unbalanced", "/"])
def test_a_pager_that_is_none_prints_plainly(name: str) -> None:
    """Empty, not installed, not to be read, no program: the answer is what counts."""
    done = terminal(*SHOW, lines=10, env={"PAGER": name})
    assert done == terminal(*SHOW)


def test_a_dumb_terminal_has_no_pager() -> None:
    """It cannot move its cursor."""
    done = terminal(*SHOW, lines=10, env={"PAGER": CAT, "TERM": "dumb"})
    assert "PAGED" not in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("program", ["pass", "import sys; sys.stdin.readline(); sys.exit(7)"])
def test_a_pager_that_is_left_ends_quietly_and_keeps_the_exit_code(program: str) -> None:
    """No traceback, no broken pipe; `--strict` still says that there are cautions."""
    left = {"PAGER": shlex.join([sys.executable, "-c", program])}
    long = ("schedule", "npc-bolus", "--weight", "70", "--notes", "full", "--explain")
    for args, code in ((long, 0), ((*long, "--strict"), 3), (HELP, 0)):
        done = terminal(*args, lines=10, env=left)
        assert (done.code, done.out) == (code, "")
        assert "Traceback" not in done.err
        assert "pipe" not in done.err.lower()


@needs_posix("a pager that is a script")
def test_less_shows_bold_and_is_told_how_where_nobody_tells_it(tmp_path: Path) -> None:
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
    told = terminal(*NPC, lines=10, columns=100, env=env).out
    assert int(told) == max(map(len, run(*NPC, env={"COLUMNS": "100"}).out.splitlines())) <= 100


def test_an_interrupt_is_the_pagers_own_and_heeded_again_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C in `less` ends a search, not il2calc."""
    interrupts = "import os, signal, sys; os.kill(os.getppid(), signal.SIGINT); sys.stdin.read()"
    monkeypatch.setattr(pager, "_height", lambda: 1)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", shlex.join([sys.executable, "-c", interrupts]))
    before = signal.getsignal(signal.SIGINT)
    assert list(pager.paged(["one", "two"])) == []
    assert signal.getsignal(signal.SIGINT) is before


def test_help_is_shown_whole_with_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed before an error of the command line is shown too."""
    shown: list[str] = []
    monkeypatch.setattr(sys, "stdout", StringIO())

    def fail() -> None:
        with pager.whole(shown.extend):
            sys.stdout.write("one\ntwo\n")
            sys.exit(2)

    with pytest.raises(SystemExit) as end:
        fail()
    assert (shown, end.value.code) == (["one", "two"], 2)


class Terminal(StringIO):
    """A standard output that says that it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True

    def fileno(self) -> int:
        """A handle, which stands for any."""
        return 1


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
    monkeypatch.setattr(pager, "_height", lambda: 1)
    for name, value in ({"TERM": "xterm"} | env).items():
        monkeypatch.setenv(name, value)
    assert list(pager.paged(["one", "two"])) == ["one", "two"]


@pytest.mark.parametrize(("height", "left"), [(2, 0), (3, 2), (0, 2)])
def test_a_pager_is_asked_for_by_the_height_of_the_terminal(
    height: int, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two lines and a prompt need three; a terminal that does not know its height gets all."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((80, height)))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", shlex.join([sys.executable, "-c", "import sys; sys.stdin.read()"]))
    assert len(list(pager.paged(["one", "two"]))) == left


def test_styled_lines_are_paged_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With their bold, which a pager is told to show."""
    given: list[str] = []
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(pager, "paged", _taking(given))
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
    monkeypatch.setattr(pager, "paged", _taking(given))
    monkeypatch.setattr(sys, "argv", ["il2calc", *words])
    with pytest.raises(SystemExit):
        app.run()
    assert words == ["help"] or any("il2calc" in line for line in given)


def test_help_without_a_pager_is_the_same_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--no-pager` is known to the help of every verb, also of one that never asks for a pager."""
    monkeypatch.setattr(sys, "stdout", shown := Terminal())
    monkeypatch.setattr(sys, "argv", ["il2calc", "bsa", "--help", "--no-pager"])
    with pytest.raises(SystemExit) as end:
        app.run()
    assert end.value.code == 0
    assert shown.getvalue() == run("bsa", "--help").out


def test_a_backslash_is_part_of_a_path_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere it takes the meaning from what follows."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", '"C:\\less is more\\less.exe" -R')
    monkeypatch.setattr(pager, "WINDOWS", True)
    assert pager._command() == ["C:\\less is more\\less.exe", "-R"]  # noqa: SLF001 - on no terminal


def test_what_is_told_on_a_terminal_is_folded_and_a_command_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The words of a message stay whole, and a command stays one line."""
    monkeypatch.setattr(sys, "stderr", told := Terminal())
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((50, 24)))
    command = "il2calc schedule examplumab --weight 70 --height 170 --cycles 2"
    output.tell(f"error: one of the words is missing here, give one, such as: {command}")
    output.tell("short\nand short")
    assert told.getvalue().splitlines() == [
        "error: one of the words is missing here, give one,",
        "  such as:",
        f"  {command}",
        "short",
        "and short",
    ]
