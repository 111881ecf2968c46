"""A regimen file written again: the same file, or one in which another reading is kept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import assert_refused, run, written
from filetext import a_cycle, a_dose
from il2calc import Patient, language, load_regimen, make_schedule
from il2calc.language import regimen_yaml, shelf
from il2calc.model.evidence import NO_FILE
from il2calc.model.regimen import Regimen
from il2calc.plan.administration import Administration
from il2calc.report.regimen_text import open_counts
from il2calc.text import yaml

SOMEBODY = Patient(
    weight=Decimal(70), height=Decimal(170), gfr=Decimal(90), age=Decimal(40), sex="female"
)


def administrations(regimen: Regimen) -> list[tuple[Administration, ...]]:
    """What one patient gets in each arm, one turn of what is open."""
    once = dict.fromkeys(open_counts(regimen), 1)
    return [
        make_schedule(regimen, SOMEBODY, arm=arm, times=once).administrations
        for arm in regimen.arms or (None,)
    ]


def plainly(rows: list[tuple[Administration, ...]]) -> list[list[Any]]:
    """The rows as they are shown, without what represents them in memory."""
    return [
        [
            (row.number, row.regimen_day, row.minute, row.dose.path, row.dosed, row.source)
            for row in arm
        ]
        for arm in rows
    ]


def again(*args: str, folder: Path) -> Regimen:
    """The regimen of what `show --format yaml` prints."""
    result = run("show", *args, "--format", "yaml")
    assert result.code == 0, result.err
    file = written(folder, result.out, "again.yaml")
    checked = run("check", file, "--strict")
    assert (checked.code, checked.err) == (0, "")
    return load_regimen(file)


@pytest.mark.parametrize("name", shelf.regimen_files())
def test_a_file_written_again_says_the_same(name: str, tmp_path: Path) -> None:
    """Danger: a copy that gives other doses, or loses a source. Every regimen that ships."""
    before, after = load_regimen(name), again(name, folder=tmp_path)
    assert plainly(administrations(after)) == plainly(administrations(before))
    assert after.sources == before.sources
    assert after.assumptions == before.assumptions
    assert replace(after, origin=NO_FILE, body=before.body) == replace(before, origin=NO_FILE)
    data = yaml.read(shelf.find(name).content).data
    assert yaml.read(Path(after.origin.file).read_bytes()).data == data


def test_what_was_assumed_and_set_is_assumed_otherwise(tmp_path: Path) -> None:
    """Six days' rest in place of seven: after dosing days 1 to 5, cycle 2 begins on day 12."""
    rest = "course.cycle.repeat.rest"
    after = again("npc-bolus", "--set", f"{rest}=6 days", folder=tmp_path)
    assert [row.regimen_day for row in administrations(after)[0]][13:17] == [5, 6, 12, 12]
    assert not after.settings
    first, *others = after.assumptions
    assert (first.about, first.text) == (rest, "Read as 6 days, not as 7 days.")
    assert "npc-bolus, version 1, which assumed: Seven treatment-free days" in first.because
    assert 'Because: The abstract says only "after 7 days"' in first.because
    assert first.otherwise == "7 days"
    assert others == list(load_regimen("npc-bolus").assumptions[1:])


def test_what_a_source_says_and_was_set_keeps_no_source(tmp_path: Path) -> None:
    """Danger: a number that was typed, with a paper behind it. 9 x 1.81 million units, assumed."""
    path = "cycle.pulse.amount"
    after = again("trastuzumab", "--set", f"{path}=9 MIU/m2", folder=tmp_path)
    dose = next(dose for dose in after.doses() if dose.path == "cycle.pulse")
    assert dose.provenance["amount"].sources == ()
    assert dose.provenance["amount"].assumptions == (8,)
    assert dose.provenance["route"].sources == ("mani2009, Abstract",)
    added = after.assumptions[-1]
    assert (added.about, added.otherwise) == (path, "12 million IU/m2")
    assert added.because.endswith("from trastuzumab, version 1, which says 12 million IU/m2.")


DEFAULT = """\
assumptions:
  - about: default_arm
    text: The lower.
    because: It is.
    otherwise: high
    source: doe2020, Table 5"""
CITED = a_cycle(
    "amount: {low: 5 mg, high: 8 mg, source: 'doe2020, Table 1'}",
    "source: {day: 'doe2020, Table 2'}",
    "repeat: {times: 2, every: 8 hours, source: 'doe2020, Table 3'}",
    repeat="{times: 4, every: 21 days, source: 'doe2020, Table 4'}",
    head=(
        "arms: {low: the lower dose, high: the higher}",
        "default_arm: low",
        "reviewed_by: a clinician",
        DEFAULT,
    ),
)


@pytest.mark.parametrize(
    ("cited", "gone"),
    [
        (("cycle.examplumab.amount[low]=6 mg",), ()),
        (("cycle.examplumab.amount[low]=6 mg", "cycle.examplumab.amount[high]=9 mg"), ("1",)),
        (("cycle.examplumab.day=2",), ("2",)),
        (("cycle.examplumab.repeat.times=3", "cycle.examplumab.repeat.every=6 hours"), ("3",)),
        (("cycle.repeat.times=3",), ()),
        (("cycle.repeat.times=3", "cycle.repeat.every=28 days"), ("4",)),
        (("cycle.examplumab.cap=7 mg",), ()),
    ],
)
def test_a_citation_is_kept_as_long_as_anything_rests_on_it(
    cited: tuple[str, ...], gone: tuple[str, ...], tmp_path: Path
) -> None:
    """Tables 1 to 4 are behind amounts, days and two repeats; a review is of the file as it was.

    An empty mapping of sources would be no file.
    """
    file = written(tmp_path, CITED)
    words = [word for value in cited for word in ("--set", value)]
    result = run("show", file, "--format", "yaml", *words)
    assert result.code == 0, result.err
    left = {number for number in "1234" if f"Table {number}" in result.out}
    assert left == set("1234") - set(gone)
    assert "reviewed_by" not in result.out
    assert run("check", written(tmp_path, result.out, "again.yaml")).code == 0


def test_the_arm_is_kept_as_the_default(tmp_path: Path) -> None:
    """It is asked for with --arm, as the other reading of a default arm is."""
    after = again(written(tmp_path, CITED), "--arm", "high", folder=tmp_path)
    assert after.default_arm == "high"
    (assumed,) = after.assumptions
    assert (assumed.about, assumed.otherwise) == ("default_arm", "low")
    assert assumed.because.endswith("assumed: The lower. Because: It is. [doe2020, Table 5]")
    other = again("imp321", "--arm", "1.25-mg", folder=tmp_path)
    assert other.default_arm == "1.25-mg"
    assert other.assumptions[-1].because.endswith("version 1, which does not say it.")
    assert_refused(run("show", "imp321", "--format", "yaml", "--arm", "x"), 1, "1.25-mg")


def test_one_value_with_two_assumptions_has_one_when_it_is_set(tmp_path: Path) -> None:
    """Both explained the value before; neither is in force."""
    about = "about: examplumab.day, text: Day {0}., because: Reason {0}."
    both = "\n".join(f"  - {{{about.format(number)}}}" for number in "12")
    file = written(tmp_path, a_dose(head=(f"assumptions:\n{both}",)))
    (assumed,) = again(file, "--set", "examplumab.day=1", folder=tmp_path).assumptions
    assert assumed.text == "Read as 1."
    assert assumed.otherwise is None
    assert all(f"Day {number}. Because: Reason {number}." in assumed.because for number in "12")


def test_another_reading_that_no_longer_fits_is_reported_and_left_out(tmp_path: Path) -> None:
    """Day 20 is right in cycles of 21 days, and a fault in those of 14."""
    other = "{about: cycle.examplumab.day, text: Day 1., because: So it is., otherwise: 20}"
    file = written(tmp_path, a_cycle(head=(f"assumptions:\n  - {other}",)))
    after = again(file, "--set", "cycle.repeat.every=14 days", folder=tmp_path)
    first = after.assumptions[0]
    assert first.otherwise is None
    expected = "So it is. The other reading, 20, does not fit what was set."
    assert first.because == expected


@pytest.mark.parametrize(
    "text",
    [
        "a: b",
        "ends in a colon:",
        "a #b",
        "'quoted'",
        '"quoted"',
        "- dash",
        "-x",
        "{a, b}",
        "[a]",
        "%",
        "&a",
        "*a",
        "!a",
        "| a",
        "> a",
        "? a",
        "a, b",
        "a]",
        "back\\slash",
        "µg",
        "-21 to 14",
        "08:00",
        "no",
        "a: 'b' \"c\" #d",
        ": a",
        "`a`",
        "<<",
        "72_000 IU/kg",
    ],
)
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    """In a line of its own, within brackets, and as a key."""
    data: dict[str, Any] = {
        text: text,
        "list": [text, text],
        "map": {text: text, "long": text * 60},
        "none": [],
    }
    data["within"] = [{text: {text: [text]}}]
    content = "\n".join(regimen_yaml.lines(data)).encode()
    assert yaml.read(content).data == data
    assert not yaml.read(content).faults


def test_a_kept_file_has_the_name_of_its_file(tmp_path: Path) -> None:
    """A library finds it by that; two readings of one name would share calendar events."""
    file = tmp_path / "six-days.yaml"
    result = run("show", "npc-bolus", "--set", "course.cycle.repeat.rest=6 days", "-o", str(file))
    assert (result.code, result.out) == (0, "")
    assert result.err == (
        f"written: {file}, as regimen six-days; to look at it: il2calc show {file}\n"
    )
    assert language.load("six-days", folder=tmp_path).id == "six-days"
    again = run("show", "npc-bolus", "-o", str(file))
    assert_refused(again, 1, "which no output overwrites")
    text = tmp_path / "words.txt"
    assert run("show", "npc-bolus", "-o", str(text)).code == 0
    assert "What is given" in text.read_text("utf-8")
    assert_refused(run("show", "npc-bolus", "-o", str(tmp_path / "a.b.yaml")), 2, "'a.b'")
    assert_refused(run("show", "npc-bolus", "-o", str(tmp_path / "a.csv")), 2, ".yaml")


def test_standard_input_is_read_once(tmp_path: Path) -> None:
    """A file that is piped in comes out again; written to a file of another ending, with its id."""
    content = a_dose().encode()
    result = run("show", "-", "--format", "yaml", stdin=content)
    assert yaml.read(result.out.encode()).data == yaml.read(content).data
    other = tmp_path / "it.txt"
    assert run("show", "-", "--format", "yaml", "-o", str(other), stdin=content).err == ""
    assert other.read_text("utf-8").startswith("regimen: examplumab\n")
