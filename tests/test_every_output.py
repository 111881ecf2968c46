"""Every output has the same cautions, in one order: whoever reads one of them trusts it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from icalendar import Calendar
from pypdf import PdfReader

import il2calc
from commandline import Result, run
from il2calc.cli import formats
from il2calc.plan.schedule import Caution
from il2calc.review import of_schedule

REVIEW = Path(il2calc.__file__).parent / "review"
CODE = re.compile(r'(?:Caution(?:\.alike)?|_listed)\(\s*"([a-z-]+)"')
KINDS = sorted({code for file in REVIEW.glob("*.py") for code in CODE.findall(file.read_text())})
"""The code of every caution that there is."""

SOMEBODY = ("--weight", "70", "--start", "2025-01-06")
PLAN = ("schedule", "npc-bolus", *SOMEBODY)
COURSE = ("log", "start", "S-07.yaml", "--regimen", "npc-bolus", *SOMEBODY)


def written(*args: str) -> Result:
    """What a verb writes to a file, and to standard error."""
    with TemporaryDirectory() as folder:
        result = run(*args, "--output", f"{folder}/out")
        return result._replace(out=Path(folder, "out").read_bytes().decode())


def one_of_each(*_: object) -> tuple[Caution, ...]:
    """One caution of each kind, in order: of no row and of one, of the patient and of the plan."""
    return tuple(
        Caution(code, f"A caution of the kind {code}.", (1,) * (number % 2), number % 3 == 0)
        for number, code in enumerate(KINDS)
    )


def texts() -> list[str]:
    return [caution.text for caution in one_of_each()]


def in_json(text: str, _: str) -> str:
    return "\n".join(caution["text"] for caution in json.loads(text)["cautions"])


def in_ics(text: str, _: str) -> str:
    """What the first event says."""
    event = next(node for node in Calendar.from_ical(text).walk("VEVENT"))
    return str(event["description"])


def nowhere_but_on_standard_error(text: str, err: str) -> str:
    assert "caution" not in text.casefold()
    return err


def in_fhir(text: str, _: str) -> str:
    """The notes of all resources, each once."""

    def notes(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (text for key, text in value.items() if key == "text")
            value = list(value.values())
        if isinstance(value, list):
            yield from (text for item in value for text in notes(item))

    unique_notes = dict.fromkeys(note for note in notes(json.loads(text)) if isinstance(note, str))
    return "\n".join(unique_notes)


def as_it_is(text: str, _: str) -> str:
    return text


HOLDS: dict[str, Callable[[str, str], str]] = {
    "table": as_it_is,
    "csv": nowhere_but_on_standard_error,
    "json": in_json,
    "markdown": as_it_is,
    "timeline": as_it_is,
    "ics": in_ics,
    "html": as_it_is,
    "svg": as_it_is,
    "fhir": in_fhir,
}
"""Where each text format has its cautions."""


@pytest.fixture
def cautioned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A plan that has a caution of every kind, and a folder for what is written."""
    monkeypatch.setattr(of_schedule, "review", one_of_each)
    monkeypatch.chdir(tmp_path)


def pages_of(file: str) -> list[str]:
    """The text of each page, with one plain space wherever there is any."""
    pages = PdfReader(BytesIO(Path(file).read_bytes())).pages
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in pages]


def assert_has_all_cautions(output: str, err: str) -> None:
    """Every caution is in it once, in the order of review, and on standard error too."""
    one_line = " ".join(output.split())
    places = [one_line.find(text) for text in texts()]
    assert -1 not in places, [
        text for text, place in zip(texts(), places, strict=True) if place < 0
    ]
    assert [one_line.count(text) for text in texts()] == [1] * len(KINDS)
    cautions = [line.removeprefix("caution: ") for line in err.splitlines() if "caution: " in line]
    assert cautions[: len(KINDS)] == texts()


def test_every_kind_of_caution_is_tested() -> None:
    """A new kind is found automatically, since every caution names its code where it is created."""
    assert {"default-arm", "body-size", "largest-dose", "weight-taken-up", "above-plan"} <= {*KINDS}
    assert {*HOLDS, "pdf", "events"} == {*formats.FORMATS}


@pytest.mark.usefixtures("cautioned")
def test_an_event_table_leaves_its_cautions_to_standard_error() -> None:
    """It holds only numbers; the cautions are printed beside it."""
    result = written(*PLAN, "--format", "events", "--strict")
    assert result.code == 3
    assert_has_all_cautions(nowhere_but_on_standard_error(result.out, result.err), result.err)


@pytest.mark.hazard(41)
@pytest.mark.usefixtures("cautioned")
@pytest.mark.parametrize("format_", HOLDS)
def test_every_format_of_a_plan_has_every_kind_of_caution(format_: str) -> None:
    """A calendar or a picture without its cautions is a plan that looks clean."""
    more = ("--subject", "S-07", "--with-patient") if format_ == "ics" else ()
    result = written(*PLAN, "--format", format_, *more, "--strict")
    assert result.code == 3
    output = HOLDS[format_](result.out, result.err)
    if format_ == "ics":  # those of the plan first, then those of the row
        of_plan = [caution.text for caution in one_of_each() if not caution.administrations]
        assert [text for text in texts() if text in output] == texts()
        lines = [line.removeprefix("Caution: ") for line in output.split("\n") if "Caution" in line]
        assert lines == [*of_plan, *(text for text in texts() if text not in of_plan)]
    else:
        assert_has_all_cautions(output, result.err)


@pytest.mark.usefixtures("cautioned")
def test_a_brief_table_has_every_kind_of_caution() -> None:
    result = run(*PLAN, "--brief", "--strict")
    assert result.code == 3
    assert_has_all_cautions(result.out, result.err)


def test_a_pdf_has_every_kind_of_caution_from_its_first_page_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on the last page is read after the dose is given."""
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(of_schedule, "review", one_of_each)
        result = run(*PLAN, "-o", "S-07.pdf", "--strict")
    assert result.code == 3
    assert_has_all_cautions(" ".join(pages_of("S-07.pdf")), result.err)
    cautions = json.loads(run(*REAL, "--format", "json").out)["cautions"]
    run(*REAL, "-o", "real.pdf")
    places = [pages_of("real.pdf")[0].find(caution["text"]) for caution in cautions]
    assert min(places) >= 0
    assert places == sorted(places)


@pytest.mark.usefixtures("cautioned")
def test_a_calendar_that_names_nobody_leaves_cautions_about_the_patient_to_standard_error() -> None:
    """A shared calendar is no place for a weight; it still says that there is a caution."""
    result = written(*PLAN, "--format", "ics", "--subject", "S-07")
    event_text = in_ics(result.out, result.err)
    for caution in one_of_each():
        assert (caution.text in event_text) is not caution.of_patient
        assert f"caution: {caution.text}\n" in result.err
    assert "one about the patient, left out here" in event_text


@pytest.mark.usefixtures("cautioned")
@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_preparation_sheet_has_every_kind_of_caution_of_its_plan(format_: str) -> None:
    result = run("prepare", "npc-bolus", "--weight", "70", "--format", format_, "--strict")
    assert result.code == 3
    assert_has_all_cautions(
        in_json(result.out, "") if format_ == "json" else result.out, result.err
    )


@pytest.mark.hazard(41)
@pytest.mark.usefixtures("cautioned")
@pytest.mark.parametrize("format_", HOLDS)
def test_every_format_of_a_course_has_every_kind_of_caution(format_: str) -> None:
    """The same sheet is printed of a plan and of a course."""
    assert run(*COURSE).code == 0
    more = ("--as-of", "2025-01-06", "--strict")
    result = written("replan", "S-07.yaml", "--format", format_, *more)
    assert result.code == 3
    if format_ != "ics":
        assert_has_all_cautions(HOLDS[format_](result.out, result.err), result.err)
    else:
        hidden = {caution.text for caution in one_of_each() if caution.of_patient}
        event_text = in_ics(result.out, result.err)
        assert [text for text in texts() if text in event_text] == [
            text for text in texts() if text not in hidden
        ]


@pytest.mark.usefixtures("cautioned")
@pytest.mark.parametrize("format_", ["table", "csv", "json"])
def test_dose_intensity_has_every_kind_of_caution(format_: str) -> None:
    assert run(*COURSE).code == 0
    result = run("intensity", "S-07.yaml", "--format", format_, "--as-of", "2025-01-06", "--strict")
    assert result.code == 3
    assert_has_all_cautions(HOLDS[format_](result.out, result.err), result.err)


@pytest.mark.usefixtures("cautioned")
def test_starting_a_log_shows_every_kind_of_caution() -> None:
    assert_has_all_cautions(result.err if (result := run(*COURSE)) else "", result.err)


WEIGHED = ("--on", "2025-01-05", "--use-from", "course 1/cycle 1")
CHILD_AS_ADULT = "a weight of 7.2 kg is outside 40 to 150 kg"
ADDED = ("--at", "2025-01-06 12:00", "--route", "IV bolus")
ENTRIES = {
    "given": (("given", "S-07.yaml", "1", "--amount", "50.4 million IU"), "10 times the plan"),
    "hold": (("hold", "S-07.yaml", "1-14"), None),
    "shift": (("shift", "S-07.yaml", "5", "--by", "-7 h"), None),
    "delay": (("delay", "S-07.yaml", "course 1/cycle 2", "--by", "30 days"), None),
    "weigh": (("weigh", "S-07.yaml", "7.2 kg", *WEIGHED), CHILD_AS_ADULT),
    "reduce": (
        ("reduce", "S-07.yaml", "aldesleukin", "--to", "50 %", "--from", "course 1/cycle 1"),
        None,
    ),
    "decide": (("decide", "S-07.yaml", "course 2", "no"), None),
    "stop": (("stop", "S-07.yaml"), None),
    "extra": (("extra", "S-07.yaml", "aldesleukin", "504 million IU", *ADDED), "not of the plan"),
    "undo": (("undo", "S-07.yaml"), None),
}
"""An entry by each verb of a log, with the caution of a careful pharmacist, if any."""


@pytest.mark.parametrize("verb", ENTRIES)
def test_every_verb_of_a_log_shows_the_cautions_of_its_entry(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenfold dose, a weight with its point moved: shown to the person who typed it."""
    monkeypatch.chdir(tmp_path)
    assert run(*COURSE).code == 0
    if verb == "undo":
        assert run("log", *ENTRIES["stop"][0]).code == 0
    args, word = ENTRIES[verb]
    result = run("log", *args, "--reason", "a test")
    assert result.code == 0, result.err
    assert (word is None) or (word in result.err)
    assert "caution" not in result.out


def test_every_verb_of_a_log_is_tested() -> None:
    from il2calc.model.log import EFFECTS

    elsewhere = {"amend", "level", "part", "reseal"}  # of another text, arms, an infusion, a fault
    assert {*ENTRIES} | elsewhere == {*EFFECTS}


@pytest.mark.hazard(5)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_surface_area_is_cautioned_about_the_body_it_is_calculated_for(format_: str) -> None:
    """Height and weight swapped: 170 kg at 70 cm."""
    result = run("bsa", "--weight", "170", "--height", "70", "--format", format_, "--strict")
    assert result.code == 3
    assert "may be swapped" in result.err
    assert format_ == "text" or "may be swapped" in in_json(result.out, "")


REAL = (
    *("schedule", "imatinib", "--cycles", "1", "--start", "2025-01-06", "--weight", "170"),
    *("--height", "70", "--percent", "imatinib=50%"),
    *("--set", "cycle.aldesleukin.amount[level-2]=60 MIU"),
)
"""Real cautions in place of those above: an arm that nobody chose, a body, a factor, a share."""


@pytest.mark.hazard(21)
@pytest.mark.parametrize("format_", HOLDS)
def test_the_cautions_of_a_real_plan_are_in_every_format(format_: str) -> None:
    """The arm that nobody chose in a dose escalation is the first of them everywhere."""
    cautions = json.loads(run(*REAL, "--format", "json").out)["cautions"]
    codes = [caution["code"] for caution in cautions]
    assert codes[0] == "default-arm"
    assert {"set", "percent", "body-size"} <= {*codes}
    more = ("--subject", "S-07", "--with-patient") if format_ == "ics" else ()
    result = written(*REAL, "--format", format_, *more)
    output = HOLDS[format_](result.out, result.err)
    if format_ == "svg":  # which breaks lines as it has room
        output = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", output))
    text = " ".join((output if format_ == "json" else unescape(output)).split())
    places = [text.replace("\\", "").find(caution["text"]) for caution in cautions]
    if format_ == "ics":  # others belong to other days
        places = [place for place in places if place >= 0]
        assert len(places) >= 3
    assert min(places) == places[0] >= 0
    assert result.err.startswith("caution: no --arm was given")
