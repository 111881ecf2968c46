"""The text of help: groups of options, words that people use, examples that work, exit codes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import typer

import il2calc
from commandline import Result, run
from desks import fill
from docpages import ROOT
from il2calc.cli import help as command_help
from il2calc.cli.app import build

DOCS = ROOT / "docs"


def _verbs(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every verb of the command line by its path, verbs within verbs too."""
    for name, verb in getattr(group, "commands", {}).items():
        yield (*path, name)
        yield from _verbs(verb, (*path, name))


VERBS = [(), *_verbs(typer.main.get_command(build()))]


def help_of(*verb: str, columns: int = 80) -> str:
    """What help prints at a width."""
    result = run(*verb, "--help", env={"COLUMNS": str(columns)})
    assert (result.code, result.err) == (0, "")
    return result.out


def sections(text: str) -> dict[str, list[str]]:
    """The lines of help by their heading."""
    lines_by_heading: dict[str, list[str]] = {}
    for part in text.split("\n\n"):
        heading, *lines = part.splitlines()
        lines_by_heading[heading.removesuffix(":")] = lines
    return lines_by_heading


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the examples name."""
    return fill(tmp_path_factory.mktemp("filled"))


@pytest.fixture
def desk(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That folder, to work in."""
    copytree(filled, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


EXAMPLES = [(verb, line) for verb, (_, lines) in command_help.help_ends().items() for line in lines]


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(("verb", "line"), EXAMPLES, ids=lambda text: text)
def test_every_example_works_as_printed(verb: str, line: str) -> None:
    """Pasted into a shell it works: exit 0, or a code that the help explains."""
    result = pasted(line)
    assert not any(output_line.startswith("error: ") for output_line in result.err.splitlines()), (
        result.err
    )
    other = {"compatible": 3, "screen": 3, "verify": 1}  # a checkout cannot be verified
    assert result.code in (0, other.get(verb)), result


def pasted(line: str) -> Result:
    """A command line as a shell splits it; output redirected to a file is dropped."""
    name, *words = shlex.split(line.partition(" > ")[0])
    assert name == "il2calc"
    return run(*words)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_ends_in_two_examples_its_exit_codes_and_a_page(verb: tuple[str, ...]) -> None:
    """Who has read the options still wants to see one that works, and where to read on."""
    text = help_of(*verb)
    parts = sections(text)
    assert list(parts)[-3:-1] == ["Examples", "Exit codes"]
    line, other = parts["Examples"]
    for example in (line, other):
        assert len(example) <= 80
        words = shlex.split(example)
        assert verb in {(), tuple(words[1 : 1 + len(verb)])}
    assert [line.split()[0] for line in parts["Exit codes"]][:3] == ["0", "1", "2"]
    page = text.splitlines()[-1].removeprefix(f"More: {command_help.DOCS}")
    assert (DOCS / page).is_file()
    assert f"il2calc {' '.join(verb)}".rstrip() in (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_help_keeps_to_its_width_and_cuts_nothing_off(verb: tuple[str, ...], columns: int) -> None:
    """Only an example may be too long for the width: broken, it could not be pasted."""
    parts = sections(help_of(*verb, columns=columns))
    del parts["Examples"]
    lines = [line for those in parts.values() for line in those]
    assert max(map(len, lines)) <= min(columns, 80)
    assert not any(line.endswith("...") for line in parts.get("Commands", []))


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_value_is_named_as_a_person_would_name_it(verb: tuple[str, ...]) -> None:
    """`DATE` and not a type of the program's; a value with a space is quoted for the shell."""
    text = help_of(*verb)
    assert not re.search(r"<(str|path|list|int|float|bool)\b", text)
    for line in text.splitlines():
        if match := re.match(r"  (?:-\w, )?--[\w-]+(?:, --[\w-]+)? (\S.*?)(?:  |$)", line):
            assert " " not in match[1] or match[1][0] == match[1][-1] == '"', line


def test_the_options_of_a_schedule_are_in_groups() -> None:
    """Forty options in one list are read by nobody; each is under its subject."""
    parts = sections(help_of("schedule"))
    assert (
        tuple(parts)[2:]
        == (
            *("Arguments", *command_help.GROUPS, command_help.OTHER, "Examples", "Exit codes"),
            page_line(parts),
        )[0 : len(parts) - 2]
    )
    for heading, options in (
        ("Patient", ("--weight KG", "--height CM", "--gfr RATE")),
        ("Dates", ("--start DATE", "--date-of DAY=DATE", "--tz ZONE")),
        ("What is given", ("--cycles N", '--percent "DRUG=75 %"', "--set PATH=VALUE")),
        ("Rows", ("--from DATE", "--to DATE", "--brief")),
        ("Output", ("--format NAME", "-o, --output FILE")),
        ("Calendar file", ("--per dose|day", "--no-subject")),
        ("Event table", ("--cmt DRUG=N", "--compact")),
    ):
        for option in options:
            assert any(line.strip().startswith(option) for line in parts[heading]), option
    others = [line.split()[0] for line in parts[command_help.OTHER] if line.startswith("  -")]
    assert others == ["--strict", "--require-reviewed", "--library", "-V,", "-h,"]


def page_line(parts: dict[str, list[str]]) -> str:
    """The line that names the page."""
    return next(heading for heading in parts if heading.startswith("More: "))


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
@pytest.mark.parametrize("option", ["--version", "-V"])
def test_every_verb_prints_the_version(verb: tuple[str, ...], option: str) -> None:
    """Whatever else it needs; the last option of its help before that of help itself."""
    assert run(*verb, option) == Result(0, f"il2calc {il2calc.__version__}\n", "")
    options = [line.split()[0] for line in help_of(*verb).splitlines() if line.startswith("  -")]
    assert "-V," in options


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    "line",
    [
        "show imatinib",
        "drug imatinib",
        "new own.yaml --drug aldesleukin",
        "show npc-bolus --set course.cycle.repeat.rest='6 days' -o own.yaml",
        "schedule npc-bolus --weight 70 --at 07:00 -o plan.csv",
    ],
)
@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_a_notice_is_left_out_with_quiet(line: str, option: str) -> None:
    """What was written, where to read more: one line, and nothing with `--quiet`."""
    loud, quiet = (run(*shlex.split(f"{line} {more}")) for more in (f"{option} -h", option))
    assert "--quiet" in loud.out
    assert (quiet.code, quiet.err) == (0, "")
    Path("own.yaml").unlink(missing_ok=True)
    assert run(*shlex.split(line)).err.count("\n") == 1


def test_few_options_are_in_one_list() -> None:
    """Headings over two options each would be longer than what they divide."""
    assert "Options" in sections(help_of("drug"))
    assert "Output" not in sections(help_of("drug"))


def test_the_default_of_an_option_is_in_its_help() -> None:
    """Its default, its environment variable, that it is required, that it may be repeated."""
    text = " ".join(help_of("schedule").split())
    assert "Start time of every day. [default: 08:00]" in text
    assert "Your own folder of regimens. [else IL2CALC_LIBRARY]" in text
    assert "Turns of a block. May be repeated." in text
    assert "--regimen REGIMEN Id or path. [required]" in " ".join(help_of("log", "start").split())
    for verb, otherwise in {"show": "text", "intensity": "table", "verify": "text"}.items():
        text = " ".join(help_of(verb).split())
        assert f"Default: by --output, else {otherwise}." in text, verb
    assert help_of("check").startswith("Usage: il2calc check [FILES...] [options]\n")
    assert help_of("compatible").startswith("Usage: il2calc compatible NAME OTHERS... [options]\n")
    assert help_of().startswith("Usage: il2calc [options] COMMAND ...\n")


@pytest.mark.parametrize("verb", [(), ("schedule",), ("log",), ("log", "given")], ids=" ".join)
def test_help_and_a_verb_is_the_verb_and_its_help(verb: tuple[str, ...]) -> None:
    """People try `help schedule` before `schedule --help`."""
    assert run("help", *verb) == run(*verb, "--help")
    assert "\nil2calc help COMMAND explains each.\n" in help_of()
    assert "\nil2calc help log COMMAND explains each.\n" in help_of("log")


def test_help_of_an_unknown_verb_is_refused_like_the_verb() -> None:
    """The nearest verb is named."""
    result = run("help", "schdule")
    assert (result.code, result.out) == (2, "")
    assert "schedule" in result.err


def test_the_exit_code_of_strict_is_in_the_help() -> None:
    """`cohort --strict` refuses, exit 1; `diff --strict` says that they differ, exit 3."""
    assert "  3  on any caution, with --strict" in help_of("schedule")
    assert "  3  if anything differs, and on any caution, with --strict" in help_of("diff")
    assert "  3  " not in sections(help_of("cohort"))["Exit codes"]
    assert "  1  refused, or a patient is rejected; it says why" in help_of("cohort")


def test_a_verb_without_examples_has_help_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb that is only being written: its options and exit codes, and nothing made up."""
    monkeypatch.setattr(command_help, "help_ends", dict)
    text = help_of("drug")
    assert "Examples:" not in text
    assert "More:" not in text
    assert "Exit codes:" in text


def test_a_name_too_wide_for_its_column_is_on_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its explanation still begins in the same column as all others."""
    monkeypatch.setattr(command_help, "_WIDEST_COLUMN", 20)
    lines = help_of("schedule").splitlines()
    place = lines.index('  --rest "BLOCK=6 weeks"')
    assert lines[place + 1].startswith(f"{' ' * 24}Length of a rest")
