"""A file of measures in the place of options, so that they stay out of the shell's history.

Danger: two weights for one patient, one in the file and one typed, and nobody knows which counts.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import assert_refused, run
from il2calc.cli.options import Body
from il2calc.errors import FaultyFile
from il2calc.language import log_file, log_keys
from il2calc.model.effects import Weighed
from il2calc.text import safefile

D = Decimal
WHOLE = (
    "# Ann",
    "weight: 154 lb",
    "height: 1.70 m",
    "bsa-formula: du-bois",
    "sex: female",
    "bsa-cap: 2.0 m2",
    "gfr: 90 mL/min",
    "age: 8 months",
)
NPC = ("schedule", "npc-bolus", "--format", "csv", "--columns", "amount,weight_kg")
IMP321 = ("schedule", "imp321", "--arm", "6.25-mg", "--format", "csv", "--columns", "bsa_m2")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file in a folder of its own."""
    monkeypatch.chdir(tmp_path)


def ann(*lines: str) -> str:
    """A file of measures."""
    Path("ann.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "ann.yaml"


def faults(*lines: str) -> list[str]:
    """What is wrong with a file of measures."""
    with pytest.raises(FaultyFile) as error:
        log_file.measures(ann(*lines))
    return str(error.value).splitlines()


def test_its_keys_are_the_options() -> None:
    """One table: a measure of a log's head is an option, and a key of the file."""
    options = {field.replace("_", "-") for field in Body._fields} - {"patient"}
    assert set(log_keys.patient().keys) == options
    assert {key.replace("_", "-") for key in log_keys.BODY} == options
    help_text = run("schedule", "--help").out
    assert all(f"--{option} " in help_text for option in options)


def test_every_measure_can_be_in_it() -> None:
    """154 lb x 0.45359237 = 69.85322498 kg."""
    measures: dict[str, Any] = log_file.measures(ann(*WHOLE))
    assert measures == {
        "weight": D("69.85322498"),
        "height": D(170),
        "bsa_formula": "du-bois",
        "sex": "female",
        "bsa_cap": D(2),
        "gfr": D(90),
        "age": D(8) / 12,
    }


def test_a_schedule_of_a_file_is_that_of_its_options() -> None:
    """72,000 x 70 = 5,040,000 units."""
    file = ann("weight: 70 kg", "height: 170 cm", "bsa-formula: haycock")
    typed = ("--weight", "70", "--height", "170", "--bsa-formula", "haycock")
    for verb in (NPC, IMP321, ("prepare", "npc-bolus"), ("diff", "npc-bolus", "npc-bolus")):
        by_file, by_options = run(*verb, "--patient", file), run(*verb, *typed)
        assert (by_file.code, by_file.out) == (0, by_options.out)
    assert run(*NPC, "--patient", file).out.splitlines()[1] == "5040000,70"


def test_a_log_started_with_a_file_holds_its_measures() -> None:
    """The file is not needed any more."""
    file = ann("weight: 70 kg", "gfr: 90 mL/min", "age: 61 years")
    begin = ("log", "start", "S-07.yaml", "--regimen", "npc-bolus", "--start", "2025-12-01")
    assert run(*begin, "--patient", file).code == 0
    Path(file).unlink()
    patient = log_file.load("S-07.yaml").patient
    assert (patient.weight, patient.gfr, patient.age) == (D(70), D(90), D(61))


def test_options_may_add_what_it_does_not_say() -> None:
    """The measure of today beside those that stay."""
    file = ann("height: 170 cm", "bsa-formula: haycock")
    result = run(*IMP321, "--patient", file, "--weight", "70")
    typed = ("--weight", "70", "--height", "170", "--bsa-formula", "haycock")
    assert result.out == run(*IMP321, *typed).out


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (
            ("--weight", "70"),
            "--patient: ann.yaml says weight, given as an option too; give it once",
        ),
        (("--weight", "71", "--gfr", "90"), "ann.yaml says weight and gfr, given as an option"),
        (("--bsa", "1.8"), "--bsa: excludes --height"),
    ],
)
def test_a_measure_is_given_once(typed: tuple[str, ...], words: str) -> None:
    """Even where both say the same; and one way to the body surface area."""
    file = ann("weight: 70 kg", "gfr: 90 mL/min", "height: 170 cm")
    assert_refused(run("schedule", "npc-bolus", "--patient", file, *typed), 2, words)


def test_a_given_surface_area_excludes_a_formula_of_the_file() -> None:
    file = ann("weight: 70 kg", "bsa-formula: haycock")
    refused = run("schedule", "npc-bolus", "--patient", file, "--bsa", "1.8")
    assert_refused(refused, 2, "--bsa: excludes --bsa-formula")


def test_every_fault_of_a_file_is_reported_at_once_with_its_line() -> None:
    """Strict: units, known keys, what a body can have, one way to the surface area."""
    assert faults(
        "bsa: 1.8 m2",
        "height: 170 cm",
        "wieght: 70 kg",
        "age: 7",
        "gfr: 90 mL/min/1.73 m2",
        "bsa_cap: 2 m2",
        "bsa-formula: du bois",
    ) == [
        "ann.yaml:2: height: excludes 'bsa'; keep one way to get the body surface area",
        "ann.yaml:3: wieght: is an unknown key; did you mean 'weight'?",
        "ann.yaml:4: age: '7' is not an age; write '7 years' or '7 months'",
        (
            "ann.yaml:5: gfr: '90 mL/min/1.73 m2' is for a body of 1.73 m2; give the absolute "
            "rate, which is that times the body surface area / 1.73: with for example 1.9 m2 it "
            "is 98.84 mL/min"
        ),
        "ann.yaml:6: bsa_cap: is an unknown key; did you mean 'bsa-cap'?",
        (
            "ann.yaml:7: bsa-formula: 'du bois' is not known; did you mean 'du-bois'? write one "
            "of: mosteller, du-bois, haycock, gehan-george, boyd, fujimoto, takahira, "
            "shuter-aslani, schlich"
        ),
        "ann.yaml:7: bsa-formula: excludes 'bsa'; keep one way to get the body surface area",
    ]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("# nothing",), "ann.yaml:1: is empty; write lines like 'weight: 70 kg'"),
        (("\ufeff# nothing",), "ann.yaml:1: is empty; write lines like 'weight: 70 kg'"),
        (("- weight: 70 kg",), "ann.yaml:1: is not a mapping; write lines like 'weight: 70 kg'"),
        (("{weight: 70 kg",), "ann.yaml:2: is not YAML here"),
        (("weight: 70 kg", "weight: 71 kg"), "ann.yaml:2: weight: "),
        (("weight: 700 kg",), "ann.yaml:1: weight: says that a weight of 700 kg is not plausible"),
        (("tall: 170 cm",), "ann.yaml:1: tall: is an unknown key; keys here: weight, height, bsa"),
    ],
)
def test_what_is_no_file_of_measures_is_refused(lines: tuple[str, ...], words: str) -> None:
    """With what would be right."""
    assert faults(*lines)[0].startswith(words)
    refused = run("schedule", "npc-bolus", "--patient", "ann.yaml")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith(words)


def test_a_file_that_cannot_be_read_is_refused() -> None:
    """A missing file, a folder, a file that is too large."""
    for name, reason in (("none.yaml", "No such file or directory"), (".", "Is a directory")):
        refused = run("schedule", "npc-bolus", "--patient", name)
        assert_refused(refused, 1, f"{name}: cannot be read ({reason}); give a file of lines like")
    Path("large.yaml").write_bytes(b"weight: 70 kg\n" + b" " * safefile.MOST_BYTES)
    refused = run("schedule", "npc-bolus", "--patient", "large.yaml")
    assert_refused(refused, 1, "large.yaml:1: is larger than 1,000,000 bytes")


def test_no_output_replaces_it() -> None:
    """Danger: `-o ann.yaml` for `--patient ann.yaml`."""
    for key in log_keys.patient().keys:
        file = ann("# Ann", "", f"{key}: x")
        assert_refused(
            run(*NPC, "--weight", "70", "-o", file),
            1,
            "is a file of a patient's measures, which no output overwrites",
        )


def test_a_weighing_may_be_of_a_file() -> None:
    """Its measures, those typed beside it, and nothing that the log keeps from its start."""
    begin = ("log", "start", "S-07.yaml", "--regimen", "npc-bolus", "--start", "2025-12-01")
    assert run(*begin, "--patient", ann("weight: 70 kg", "sex: female")).code == 0
    line = ("--on", "2025-12-02", "--as-of", "2025-12-02")
    file = ann("weight: 69 kg", "height: 170 cm", "sex: female")
    weigh = ("log", "weigh", "S-07.yaml", "--patient", file, *line)
    result = run(*weigh, "--gfr", "80")
    assert result.out == (
        "entry 1: weight 69 kg, height 170 cm, GFR 80 mL/min on 2025-12-02, changes no dose\n"
    )
    (entry,) = log_file.load("S-07.yaml").entries
    assert isinstance(entry.effect, Weighed)
    assert entry.effect.measures() == {"weight": 69, "height": 170, "gfr": 80}
    words = "--patient: ann.yaml says weight and height, given as an option too"
    assert_refused(run(*weigh, "66 kg", "--height", "170"), 2, words)
    ann("weight: 69 kg", "bsa-cap: 2 m2")
    words = "--patient: the log keeps the bsa-cap that it was started with; leave it out, or start"
    assert_refused(run(*weigh), 2, words)
    ann("sex: female")
    assert_refused(run(*weigh), 1, "nothing was measured: give a weight or one of --bsa")


@pytest.mark.hazard(4)
def test_a_number_without_a_unit_is_answered_with_that_number(tmp_path: Path) -> None:
    """Danger: `gfr: 80` was answered with "write '90 mL/min'", which loads when it is copied."""
    file = tmp_path / "bare.yaml"
    file.write_text("gfr: 80\nweight: 71\nage: 62\nheight: 171\n", encoding="utf-8")
    result = run("schedule", "npc-bolus", "--patient", str(file), "--start", "2025-12-01")
    assert result.code == 1
    advice = [line.partition("; ")[2] for line in result.err.splitlines()]
    assert advice == [
        "write '80 mL/min'",
        "write '71 kg'",
        "write '62 years' or '62 months'",
        "write '171 cm'",
    ]
