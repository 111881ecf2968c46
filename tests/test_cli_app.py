"""The command line as a whole: verbs, help, exit codes, pipes, terminals, start-up."""

from __future__ import annotations

import gc
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

import il2calc
from commandline import (
    EVERY_REGIMEN,
    IMATINIB,
    IMP321,
    NPC,
    Result,
    assert_refused,
    environment,
    first_line_only,
    imported,
    modules,
    needs_posix,
    run,
    separate,
    terminal,
    written,
)
from filetext import a_cycle, a_dose
from il2calc import cli
from il2calc.cli import app

README = Path(__file__).parents[1] / "README.md"
VERBS = tuple(app.VERBS)


# Verbs and help


def test_the_bare_command_gives_five_lines_with_one_to_paste() -> None:
    """Who types the name alone wants to see what it does."""
    result = run()
    assert (result.code, result.err) == (0, "")
    assert len(result.out.splitlines()) == 5
    (command,) = (line for line in result.out.splitlines() if "schedule" in line)
    pasted = command.split("   ")[0].split()[1:]
    assert run(*pasted).code == 0


def test_the_version_is_that_of_the_package() -> None:
    """One line, for bug reports."""
    for option in ("--version", "-V"):
        assert run(option) == Result(0, f"il2calc {il2calc.__version__}\n", "")


VERSIONED = [
    ("schedule", "npc-bolus", "--weight", "70"),
    ("schedule", "npc-bolus", "--weight", "70", "--format", "markdown"),
    ("schedule", "npc-bolus", "--weight", "70", "--format", "timeline"),
    ("schedule", "npc-bolus", "--weight", "70", "--format", "svg"),
    ("schedule", "npc-bolus", "--weight", "70", "--format", "html"),
    ("prepare", "npc-bolus", "--weight", "70"),
    ("show", "npc-bolus"),
    ("show", "npc-bolus", "--format", "timeline"),
    ("drug", "aldesleukin"),
]


@pytest.mark.parametrize("args", VERSIONED, ids=" ".join)
def test_output_for_people_names_the_version(args: tuple[str, ...]) -> None:
    """A number is checked against the program that calculated it."""
    out = run(*args).out.replace("\N{NO-BREAK SPACE}", " ")
    assert f"il2calc {il2calc.__version__}" in out


DOCUMENTS = [
    ("schedule", "npc-bolus", "--weight", "70"),
    ("prepare", "npc-bolus", "--weight", "70"),
    ("show", "npc-bolus"),
    ("list",),
    ("check", "npc-bolus"),
    ("bsa", "--weight", "70", "--height", "170"),
    ("drug", "aldesleukin"),
    ("convert", "1 g", "mg"),
    ("compatible", "aldesleukin", "morphine"),
    ("screen", "aldesleukin"),
]


@pytest.mark.parametrize("args", DOCUMENTS, ids=" ".join)
def test_a_document_names_its_format_and_the_program(args: tuple[str, ...]) -> None:
    """In this order, before all else."""
    document = json.loads(run(*args, "--format", "json").out)
    assert list(document)[:2] == ["format", "program"]
    assert document["format"].startswith("il2calc.")
    assert document["program"] == {"name": "il2calc", "version": il2calc.__version__}


@pytest.mark.parametrize("verb", ["", *VERBS])
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_verb_has_help_that_fits_a_terminal(verb: str, option: str) -> None:
    """No line passes 80 columns, none is drawn in a box, and nothing is an error."""
    result = run(*filter(None, [verb]), option, env={"COLUMNS": "80"})
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Usage: il2calc")
    assert max(map(len, result.out.splitlines())) <= 80
    assert result.out.isascii()


def test_help_names_every_verb_with_what_it_does() -> None:
    """A verb without a word would never be tried."""
    lines = commands(run("--help", env={"COLUMNS": "80"}).out)
    words = {line.split()[0]: line.split()[1:] for line in lines}
    assert set(words) == set(VERBS)
    assert all(words.values())


def commands(text: str) -> list[str]:
    """The lines of help under the heading of the verbs."""
    return text.split("\nCommands:\n")[1].split("\n\n", maxsplit=1)[0].splitlines()


@pytest.mark.skipif(not README.exists(), reason="an installed copy comes without its README")
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented(verb: str) -> None:
    """A verb that the README does not show does not exist for a reader."""
    assert f"il2calc {verb}" in README.read_text(encoding="utf-8")


# What cannot be read


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("schdule", "npc-bolus"), "schedule"),
        (("nonsense",), "il2calc --help"),
        (("--frobnicate",), "il2calc --help"),
        (("schedule",), "il2calc schedule --help"),
        (("schedule", "npc-bolus", "--wieght", "70"), "--weight"),
        (("schedule", "npc-bolus", "--weight"), "il2calc schedule --help"),
        (("schedule", "npc-bolus", "imatinib"), "il2calc schedule --help"),
        (("show",), "il2calc show --help"),
        (("bsa", "--weight", "70"), "--height"),
        (("list", "--nonsense"), "il2calc list --help"),
        (("schema", "extra"), "il2calc schema --help"),
    ],
)
def test_an_unknown_verb_or_option_is_one_plain_line(args: tuple[str, ...], word: str) -> None:
    """No box, no usage text, no traceback: what is wrong and what would work; exit 2."""
    assert_refused(run(*args), 2, "error: ", word)


def test_a_line_of_the_option_parser_ends_in_one_stop() -> None:
    """Its own full stop or question mark is kept."""
    for args in (("nonsense",), ("schdule",), ("schedule", "npc-bolus", "--wieght", "70")):
        err = run(*args).err
        assert ".. " not in err
        assert "?. " not in err


def test_control_characters_in_what_was_typed_are_not_echoed() -> None:
    """A pasted command line must not paint the terminal it is refused in."""
    for args in (("x\x1b[31m",), ("--x\x1b[31m",), ("schedule", "x\x1b[31m\ny")):
        assert_refused(run(*args), 1 if len(args) == 2 else 2)


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected is not dressed up as the user's mistake."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("il2calc.review.of_schedule.review", broken)
    with pytest.raises(ZeroDivisionError):
        run(*NPC)


# Exit codes


def test_done_is_0_refused_is_1_misread_is_2() -> None:
    """Shell scripts rest on them."""
    assert run("schedule", "npc-bolus", "--weight", "70").code == 0
    assert run("schedule", "npc-bolus").code == 1
    assert run("schedule", "npc-bolus", "--weight", "seventy").code == 2


def test_strict_makes_any_caution_an_exit_of_3() -> None:
    """The schedule is printed whole; only the exit code differs."""
    strict, plain = run(*NPC, "--strict"), run(*NPC)
    assert (strict.code, plain.code) == (3, 0)
    assert strict[1:] == plain[1:]
    assert run("schedule", "npc-bolus", "--weight", "70", "--at", "07:00", "--strict").code == 0


# Processes, pipes, terminals


def test_the_process_runs_the_verb_that_was_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`il2calc` and `python -m il2calc` are one program."""
    monkeypatch.setattr(sys, "argv", ["il2calc", "--version"])
    try:
        for start in (app.run, cli.main):
            with pytest.raises(SystemExit) as end:
                start()
            assert end.value.code == 0
        with pytest.raises(SystemExit):
            runpy.run_module("il2calc", run_name="__main__")
    finally:
        gc.enable()
    assert capsys.readouterr().out == f"il2calc {il2calc.__version__}\n" * 3


def test_the_bare_process_welcomes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No verb at all."""
    monkeypatch.setattr(sys, "argv", ["il2calc"])
    with pytest.raises(SystemExit):
        app.run()
    assert capsys.readouterr().out == run().out


def test_completion_knows_every_verb(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While a shell completes, nobody knows yet which verb it will be."""
    monkeypatch.setattr(sys, "argv", ["il2calc", "show"])
    monkeypatch.setenv("_IL2CALC_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "il2calc sch")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        app.run()
    assert capsys.readouterr().out.split() == ["schema", "schedule"]


@pytest.mark.parametrize("args", [NPC, (*NPC, "--format", "csv"), ("show", "npc-bolus")])
def test_a_reader_who_leaves_ends_it_quietly(args: tuple[str, ...]) -> None:
    """`| head -1` is no error of anybody's; exit 0 and nothing on standard error."""
    result = first_line_only(*args)
    assert result.code == 0
    assert result.out
    assert "Traceback" not in result.err
    assert "BrokenPipe" not in result.err


def test_ten_thousand_rows_into_a_closed_pipe_end_quietly(tmp_path: Path) -> None:
    """Most of them are never set."""
    path = written(tmp_path, a_cycle("day: 1 to 10", repeat="{times: 1000, every: 10 days}"))
    assert first_line_only("schedule", path, "--format", "csv")[::2] == (0, "")


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(22, "Invalid argument")])
def test_a_closed_pipe_within_the_process_ends_quietly(
    error: OSError, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is still to be flushed goes nowhere; Windows calls it an invalid argument."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("il2calc.cli.output.WINDOWS", not isinstance(error, BrokenPipeError))
    with (tmp_path / "out").open("wb") as stream:
        handle = os.dup(stream.fileno())

    class Closed:
        def write(self, _: str) -> int:
            raise error

        def fileno(self) -> int:
            return handle

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(SystemExit) as end:
        app.build("list")(args=["list"], prog_name="il2calc")
    assert end.value.code == 0
    assert os.fstat(handle).st_rdev == Path(os.devnull).stat().st_rdev
    os.close(handle)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line() -> None:
    """No traceback where nobody but the disk is at fault."""
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "il2calc", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr.decode().startswith("error: ")
    assert len(result.stderr.decode().splitlines()) == 1


def test_a_terminal_that_cannot_show_a_character_gets_no_traceback(tmp_path: Path) -> None:
    """A title in Japanese where only ASCII can be shown: the doses are shown all the same."""
    path = written(tmp_path, a_dose(head=("title: 白血病",)))
    result = separate("schedule", path, env={"PYTHONIOENCODING": "ascii"})
    assert "Traceback" not in result.err
    assert result.code == 0
    assert "examplumab  5 mg" in result.out


def test_in_a_pipe_there_are_no_escapes_and_the_width_is_full() -> None:
    """Unless COLUMNS says otherwise."""
    result = separate(*NPC)
    assert "\x1b" not in result.out
    assert "00:00 (night of Mon to Tue)  5.04 million units\n" in result.out
    assert max(map(len, result.out.splitlines())) > 120
    narrow = separate(*NPC, env={"COLUMNS": "70"})
    assert max(map(len, narrow.out.splitlines())) <= 70


@pytest.mark.parametrize("columns", ["", "0", "wide", "-5", "²"])
def test_a_columns_variable_that_is_no_number_is_ignored(columns: str) -> None:
    """The environment is not the user's typing: no error."""
    assert separate(*NPC, env={"COLUMNS": columns}) == separate(*NPC)


def test_a_terminal_gives_its_width_and_gets_headings_in_bold() -> None:
    """80 columns kept, in a terminal of 80 columns."""
    result = terminal(*NPC, columns=80)
    assert "\x1b[1mCourse 1, cycle 1" in result.out
    plain = result.out.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert plain == run(*NPC, env={"COLUMNS": "80"}).out


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_escapes_are_left_out_where_they_are_not_wanted(env: dict[str, str]) -> None:
    """NO_COLOR is honoured in a terminal; a dumb one would print them."""
    result = terminal(*NPC, columns=80, env=env)
    assert "\x1b" not in result.out
    assert result.out == run(*NPC, env={"COLUMNS": "80"}).out


def test_an_empty_no_color_asks_for_nothing() -> None:
    """As its convention says: present and not empty."""
    assert "\x1b[1m" in terminal(*NPC, columns=80, env={"NO_COLOR": ""}).out


def test_a_terminal_that_does_not_know_its_width_breaks_no_row() -> None:
    """0 columns are not 40: serial lines and recordings report them."""
    result = terminal(*NPC, columns=0, env={"NO_COLOR": "1"})
    assert "Mon 2025-01-06  08:00                        5.04 million units" in result.out


def test_markup_in_a_title_is_text_in_a_terminal_too(tmp_path: Path) -> None:
    """Where colours are made, `[red]` must not become one."""
    title = "[red]Two[/red] [link=x]y[/link] :smile: <b>"
    path = written(tmp_path, a_cycle(head=(f"title: '{title}'",)))
    for args in (("schedule", path), ("show", path), ("list", "--library", str(tmp_path))):
        result = terminal(*args, columns=120)
        assert title in result.out, args
        assert "\x1b[31m" not in result.out


def test_list_and_help_are_plain_in_a_terminal() -> None:
    """Nothing but words."""
    for args in (("list",), ("--help",), ("schedule", "--help"), ()):
        assert "\x1b" not in terminal(*args, columns=80).out


# What is loaded


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        ((*NPC, "--format", "csv"), ("simplejson", "il2calc.course", "il2calc.report.sheet")),
        (NPC, ("simplejson", "il2calc.course")),
        ((*IMATINIB, "--format", "csv"), ("simplejson", "il2calc.course")),
        (("list",), ("simplejson", "il2calc.course")),
        (("show", "npc-bolus"), ("simplejson", "il2calc.course")),
        (("prepare", "npc-bolus", "--weight", "70"), ("simplejson", "il2calc.course")),
        ((*NPC, "--format", "html"), ("simplejson", "il2calc.course")),
        (("convert", "1 g", "mg"), ("simplejson",)),
        (("log",), ("simplejson",)),
        (("schedule", "--help"), ("simplejson",)),
        (("--help",), ("yaml", "simplejson")),
        (("--version",), ("yaml", "simplejson")),
        ((), ("yaml", "simplejson")),
        (("bsa", "--weight", "70", "--height", "170"), ("yaml", "simplejson")),
    ],
)
def test_nothing_is_loaded_that_the_verb_does_not_use(
    args: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    """Start-up is most of a command's time: no unit library, no terminal library, no validator."""
    loaded = modules(*args)
    assert "typer" in loaded
    assert not loaded & {"pydantic", "pint", "rich", "numpy", "pyarrow", *absent}


def test_the_text_of_help_is_loaded_where_it_is_asked_for() -> None:
    """A schedule pays nothing for the help that nobody reads, and none of it for its text."""
    assert "il2calc.cli.help" in modules("schedule", "--help")
    for args in (("--version",), ("list",), (*NPC, "--format", "csv")):
        assert "il2calc.cli.help" not in modules(*args)


def test_the_help_of_all_verbs_is_that_of_every_verb() -> None:
    """The overview is made without the verbs, and says of each what the verb says."""
    assert tuple(line.split()[0] for line in commands(run("--help").out)) == VERBS
    assert separate("--help").out == run("--help").out
    for verb, (_, text) in app.VERBS.items():
        assert " ".join(text.split()) in " ".join(run(verb, "--help").out.split())


def test_the_version_is_printed_alone_whatever_verb_follows() -> None:
    """As behind a verb: who asks which version it is asks for nothing else."""
    before, behind = separate("--version", "list"), separate("list", "--version")
    assert before.out == behind.out == run("--version").out


def test_a_misspelt_verb_is_refused_without_building_one() -> None:
    """The nearest verb is named from the names alone."""
    result = separate("schdule", "npc-bolus")
    assert result == run("schdule", "npc-bolus")
    assert "schedule" in result.err


@pytest.mark.parametrize("word", ["start", "given", "amend", "check"])
def test_only_the_log_verb_that_was_typed_is_built(word: str) -> None:
    """Each of them asks for a dozen options; who enters one dose waits for none of the others."""
    assert list(log_verbs("log", word)) == [word]


@pytest.mark.parametrize("words", [(), ("--help",), ("givn",)])
def test_all_log_verbs_are_built_where_none_of_them_is_named(words: tuple[str, ...]) -> None:
    """Help lists each of them, and a slip is compared with each."""
    assert {"start", "given", "amend", "check"} <= log_verbs("log", *words).keys()


def log_verbs(*words: str) -> dict[str, Any]:
    """The verbs of a log that are made for a command line, by their names."""
    command: Any = typer.main.get_command(app.build(*words))
    verbs: dict[str, Any] = command.commands["log"].commands
    return verbs


def test_a_typer_that_reads_parameters_differently_is_left_alone() -> None:
    """Without typer's way to read a parameter ours is not put in its place."""
    command = SimpleNamespace(get_params=lambda _: [SimpleNamespace(multiple=False)])
    app.read_texts_unvalidated(command)
    (param,) = command.get_params(None)
    assert not hasattr(param, "get_runtime_param")


def test_a_switch_that_is_a_text_is_read_by_typer() -> None:
    """Only a switch that nobody set is nothing; any other value is for typer to read."""
    typers = SimpleNamespace(coerce=lambda value, **_: f"typer read {value}")
    param = SimpleNamespace(multiple=False, nargs=1)
    assert app.TextParameter(None, lambda: typers).coerce("yes", param, None) == "typer read yes"
    assert app.TextParameter(None, lambda: typers).coerce(None, param, None) is None


def test_pounds_load_the_unit_library() -> None:
    """The counterpart: where two units are converted, pint is asked."""
    assert "pint" in imported("schedule", "npc-bolus", "--weight", "154 lb", "--format", "csv")


@pytest.mark.parametrize("name", EVERY_REGIMEN)
def test_no_regimen_warns(name: str) -> None:
    """A warning of Python's is a fault of ours: none reaches standard error."""
    result = separate(*EVERY_REGIMEN[name], "--format", "csv", env={"PYTHONWARNINGS": "error"})
    assert result.code == 0
    assert all(line.startswith("caution: ") for line in result.err.splitlines())


@needs_posix("a device that is always full")
@pytest.mark.parametrize("args", [("--help",), ("schedule", "--help"), ("--version",), ("list",)])
def test_help_onto_a_full_disk_is_one_line(args: tuple[str, ...]) -> None:
    """And an exit code that a script sees. None of these has the --output that was advised."""
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "il2calc", *args],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert result.returncode == 1
    message = "error: standard output cannot be written (No space left on device)"
    assert result.stderr.decode() == f"{message}; send it to a file on another disk\n"


@needs_posix("a shell that closes a stream")
@pytest.mark.parametrize(
    "args", [("--help",), ("list",), ("check", "imatinib"), (*NPC, "--format", "csv")]
)
def test_a_closed_standard_output_is_one_line(args: tuple[str, ...]) -> None:
    """Danger: a job ends with 0, and its output is nowhere (`il2calc ... >&-`)."""
    line = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "il2calc", *args]
    result = subprocess.run(
        line, env=environment(), stderr=subprocess.PIPE, check=False, timeout=60
    )
    assert result.returncode == 1
    assert result.stderr.decode() == "error: standard output is closed; send it to a file\n"


@needs_posix("a shell that closes a stream")
def test_what_goes_to_a_file_needs_no_standard_output(tmp_path: Path) -> None:
    """A daemon has none, and its table is whole."""
    target = tmp_path / "rows.csv"
    line = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", sys.executable, "-m", "il2calc", *NPC]
    result = subprocess.run([*line, "-o", str(target)], env=environment(), check=False, timeout=60)
    assert result.returncode == 0
    assert target.read_text("utf-8") == run(*NPC, "--format", "csv").out


def test_an_error_of_a_file_that_nobody_foresaw_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is a bug, and not one of standard output."""
    bug = FileNotFoundError(2, "No such file", "monograph")
    monkeypatch.setattr("il2calc.cli.output.write", failing(bug))
    with pytest.raises(FileNotFoundError):
        run("--version")


def test_completion_that_cannot_be_installed_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start-up file of the shell that may not be written to was a traceback."""
    denied = PermissionError(13, "Permission denied", ".bashrc")
    monkeypatch.setattr("typer.completion.install", failing(denied))
    result = run("--install-completion")
    message = ".bashrc cannot be written (Permission denied)"
    assert_refused(result, 1, message, "to install it yourself: il2calc --show-completion")


def test_stopping_it_while_it_starts_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """130, as a shell expects of what Ctrl-C ended."""
    monkeypatch.setattr(app, "run", failing(KeyboardInterrupt()))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130


def test_what_was_typed_is_echoed_within_reason() -> None:
    """A line of 100,000 characters hides what it says."""
    result = run("schedule", *["1-999999"] * 20_000)
    assert_refused(result, 2, " ... Try: il2calc schedule --help")
    assert len(result.err) < 1200


def failing(error: BaseException) -> Callable[..., None]:
    """A function that fails so."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_standard_output_without_room_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever wrote to it, such as the help of the option parser."""
    full = OSError(28, "No space left on device")
    monkeypatch.setattr("il2calc.cli.output.write", failing(full))
    monkeypatch.setattr("il2calc.cli.output.write_into_nothing", lambda: None)
    result = run("--version")
    assert_refused(result, 1, "standard output cannot be written (No space left on device)")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("schedule", "npc-bolus", "--weigth", "70"), "--weigth; did you mean --weight? Try: "),
        (("shedule", "npc-bolus"), "'shedule'; did you mean schedule? Try: "),
        (("log", "hodl", "x.yaml"), "'hodl'; did you mean hold? Try: "),
        (("prepare", "npc-bolus", "--no-page"), "--no-page; did you mean --no-pager? Try: "),
        (("prepare", "npc-bolus", "--explain"), "--explain. Try: "),
    ],
)
def test_an_option_or_a_verb_is_guessed_only_where_it_is_certain(
    words: tuple[str, ...], expected: str
) -> None:
    """Whoever is in a hurry types what is offered: no list of what looks alike (`--age`)."""
    assert_refused(run(*words), 2, expected)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("shedule npc-bolus", "did you mean schedule?"),
        ("bas", "did you mean bsa?"),
        ("npc", ""),
        ("schedule npc-bolus --strat 2026-12-01", "did you mean --start?"),
        ("schedule npc-bolus --tme 2", ""),
        ("schedule npc-bolus --dose 2", ""),
        ("schedule npc-bolus --weight 70 --format cvs", "did you mean 'csv'?"),
        ("schedule npc-bolus --weight 70 --format mark", "did you mean 'markdown'?"),
        ("schedule npc-bolus --weight 70 --format excel", ""),
        ("schedule npc-bolus --weight 70 --times cycel=1", 'Try: --times "cycle=1"'),
        ("schedule npc-bolus --weight 70 --times sycel=1", 'Try: --times "course=1"'),
        ("schedule npc-bolus --weight 70 --set a=b", ""),
        ("schedule npc-bolus --weight 70 --set at=08:00", "did you mean 'course.cycle.aldes"),
        ("schedule imp312", ""),
        ("schedule imp321 --bsa 1.8 --arm 1.52-mg", ""),
        ("drug docetaxel", ""),
    ],
)
def test_what_is_offered_can_be_typed_blind(line: str, offered: str) -> None:
    """`--format cvs` was answered with ics: a calendar file, for a table."""
    result = run(*line.split())
    assert result.code in (1, 2)
    assert offered in result.err
    assert bool(offered) is ("did you mean" in result.err) or "Try: --times" in offered


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ((*NPC, "--weight", "80"), "--weight"),
        ((*NPC, "-o", "a.html", "--output", "b.html"), "--output"),
        (("new", "pair.yaml", "--drug", "carboplatin", "--drug", "paclitaxel"), "--drug"),
        (("log", "hold", "S-07.yaml", "7", "--by", "AB", "--who", "CD"), "--by"),
    ],
)
def test_an_option_of_one_value_is_refused_twice(
    words: tuple[str, ...], option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: the second weight, or the second drug, taken alone, and the first dropped unsaid."""
    monkeypatch.chdir(tmp_path)
    assert_refused(run(*words), 2, f"{option}: is given twice; give it once")
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_may_be_repeated_is_taken_each_time_and_a_switch_is_a_switch() -> None:
    """Two drugs at two shares are two facts; to be brief twice is to be brief."""
    shares = ("--percent", "paclitaxel=75 %", "--percent", "IMP321=50 %")
    result = run(*IMP321, *shares, "--brief", "--brief")
    assert result.code == 0, result.err
    assert "paclitaxel: 75 % of the amount" in result.out
    assert "IMP321: 50 % of the amount" in result.out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "help hold",
            "No such command 'hold'; it is a command of log. Try: il2calc log hold --help",
        ),
        ("start S-07.yaml", "'start'; it is a command of log. Try: il2calc log start --help"),
        ("npc-bolus", "'npc-bolus'; it is a regimen. Try: il2calc show npc-bolus"),
        ("nope", "No such command 'nope'. Try: il2calc --help"),
        ("schedule", "Missing argument REGIMEN. Try: il2calc schedule --help"),
        ("convert 154 lb kg", "'kg' is not expected here; put a value of several words in quotes"),
    ],
)
def test_a_line_that_is_no_command_is_answered_with_one_that_is(line: str, expected: str) -> None:
    """`il2calc help hold` was a dead end: `hold` is under `log`, and the line says so."""
    assert_refused(run(*line.split()), 2, expected)
