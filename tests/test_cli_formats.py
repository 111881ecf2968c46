"""Which format is meant, which options it knows, and what a terminal is spared."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from commandline import NPC, assert_refused, run, terminal
from il2calc.cli import formats, options
from il2calc.cli.formats import OutputOptions
from il2calc.errors import OptionError, Refused


@pytest.mark.parametrize(
    ("format_", "target", "expected"),
    [
        (None, None, "table"),
        (None, "npc.txt", "table"),
        (None, "npc", "table"),
        (None, "-", "table"),
        *(
            (None, f"npc{ending}", shape)
            for ending, shape in options.ENDINGS.items()
            if shape in formats.FORMATS
        ),
        (None, "NPC.PDF", "pdf"),
        ("csv", "npc.pdf", "csv"),
        ("timeline", None, "timeline"),
    ],
)
def test_the_ending_of_the_output_decides_the_format_where_none_is_named(
    format_: str | None, target: str | None, expected: str
) -> None:
    """What is named outright is meant, whatever the file is called."""
    assert (
        options.chosen_format(format_, Path(target) if target else None, formats.FORMATS)
        == expected
    )


@pytest.mark.parametrize("ending", [".yaml", ".yml"])
def test_an_ending_decides_the_format_only_of_what_can_be_written_in_it(ending: str) -> None:
    """A regimen can be written as YAML, a schedule cannot."""
    target = Path(f"npc{ending}")
    assert options.chosen_format(None, target, ("text", "yaml")) == "yaml"
    with pytest.raises(OptionError, match="no format ends in"):
        options.chosen_format(None, target, formats.FORMATS)


@pytest.mark.parametrize("name", ["x.pdf", "x.docx", "S-07.yaml"])
def test_an_ending_of_no_format_is_refused(name: str) -> None:
    """A table in a file called .pdf opens nowhere, and one in a log's place destroys it."""
    with pytest.raises(OptionError, match=r"or end in one of: \.txt, \.csv$"):
        options.chosen_format(None, Path(name), ("table", "csv"))
    assert options.chosen_format("table", Path(name), ("table", "csv")) == "table"


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    """`ical` is not guessed to be `ics`."""
    assert_refused(run(*NPC, "--format", "pfd"), 2, "did you mean 'pdf'?", "timeline")


@pytest.mark.parametrize(
    ("args", "option"),
    [
        (("--brief", "--format", "csv"), "--brief"),
        (("--explain", "--format", "html"), "--explain"),
        (("--columns", "drug"), "--columns"),
        (("--columns", "drug", "--format", "json"), "--columns"),
        (("--per", "day"), "--per"),
        (("--as-of", "2026-11-22", "--format", "markdown"), "--as-of"),
        (("--with-patient",), "--with-patient"),
        (("--ascii", "--format", "svg"), "--ascii"),
        (("--from", "2025-01-07", "--format", "timeline"), "--from"),
        (("--to", "2025-01-07", "--format", "svg"), "--to"),
    ],
)
def test_an_option_that_a_format_does_not_know_is_refused(
    args: tuple[str, ...], option: str
) -> None:
    """An option that is silently dropped is believed to have worked."""
    assert_refused(
        run(*NPC, *args), 2, f"error: {option}: does not go with --format", "leave it out"
    )


@pytest.mark.parametrize("shape", options.PAGES)
@pytest.mark.parametrize("output", [(), ("--output", "-")])
def test_a_page_is_not_written_to_a_terminal(shape: str, output: tuple[str, ...]) -> None:
    """Bytes of a page steer a terminal; the message has the option that makes a file."""
    result = terminal(*NPC, "--format", shape, *output)
    assert (result.code, result.out) == (1, "")
    assert (
        f"--format {shape} is not text for a terminal: add --output npc-bolus.{shape}" in result.err
    )


def test_what_is_no_terminal_takes_any_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe, a file and a calendar file are no pages on a screen."""
    screen = StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", screen)
    with pytest.raises(Refused, match=r"add --output npc-bolus\.pdf"):
        options.refuse_terminal("pdf", None, "npc-bolus")
    options.refuse_terminal("pdf", Path("x.pdf"), "npc-bolus")
    options.refuse_terminal("ics", None, "npc-bolus")
    monkeypatch.setattr("sys.stdout", StringIO())
    options.refuse_terminal("pdf", None, "npc-bolus")


def test_the_file_that_is_offered_is_named_after_the_regimen() -> None:
    """Also where the regimen was named by its path."""
    result = terminal("schedule", "regimens/npc-bolus.yaml", "--weight", "70", "--format", "svg")
    assert "add --output npc-bolus.svg" in result.err


@pytest.mark.parametrize(
    ("variables", "with_unicode"),
    [
        ({}, True),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LC_ALL": "C.UTF-8"}, True),
        ({"LC_ALL": "C"}, False),
        ({"LANG": "POSIX"}, False),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, True),
    ],
)
def test_a_terminal_without_unicode_gets_ascii(
    variables: dict[str, str], with_unicode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of LC_ALL, LC_CTYPE and LANG that is set says it."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", StringIO())
    assert options.draws_unicode() is with_unicode


def test_a_stream_of_another_encoding_gets_ascii_and_a_file_unicode(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Files are written in UTF-8 whatever the terminal."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr("sys.stdout", TextIOWrapper(BytesIO(), encoding="latin-1"))
    assert not options.draws_unicode()
    assert not options.draws_unicode(Path("-"))
    assert options.draws_unicode(Path("x.txt"))


def test_a_calendar_is_dated_with_a_moment_of_utc() -> None:
    """The same command with the same `--as-of` gives the same bytes on every machine."""
    writing = formats.output_spec(
        OutputOptions("ics", per="day"), as_of="2026-11-22 14:30", with_patient=True
    )
    assert writing.as_of == datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
    assert (writing.per_day, writing.with_patient) == (True, True)
    assert not formats.output_spec(OutputOptions("ics", per="dose")).per_day


def test_an_event_is_per_dose_or_per_day() -> None:
    """Nothing else is a visit."""
    with pytest.raises(OptionError, match="'week' is not known"):
        formats.output_spec(OutputOptions("ics", per="week"))


def test_marks_are_a_column_of_markdown_only() -> None:
    """A program reads what is behind a mark in the columns of the CSV."""
    assert formats.output_spec(OutputOptions("markdown", columns="drug,marks")).columns == (
        "drug",
        "marks",
    )
    with pytest.raises(OptionError, match="'marks' is not known"):
        formats.output_spec(OutputOptions("csv", columns="drug,marks"))
