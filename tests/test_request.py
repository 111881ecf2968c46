"""Rounding, as both `schedule` and `prepare` ask for it: steps, vials, tablets, dose bands."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer

from commandline import assert_refused, document, run, written
from filetext import a_cycle, a_dose
from il2calc.cli.app import build

D = Decimal
IMP321 = ("imp321", "--arm", "6.25-mg", "--weight", "70", "--height", "170")
NPC = ("npc-bolus", "--weight", "70")
BANDS = "low,high,give,unit\n0,140,120,mg\n140,146,142,mg\n146,200,150,mg\n"


def paclitaxel(*args: str) -> set[Decimal]:
    """The amounts of paclitaxel in a schedule as CSV [mg]; 145.4494... where nothing is rounded."""
    result = run("schedule", *IMP321, *args, "--format", "csv")
    assert result.code == 0, result.err
    rows = csv.DictReader(StringIO(result.out))
    return {D(row["amount"]) for row in rows if row["drug"] == "paclitaxel"}


def banded(folder: Path, text: str) -> str:
    """The option of a file of dose bands."""
    path = folder / "bands.csv"
    path.write_text(text, encoding="utf-8")
    return f"paclitaxel=bands:{path}"


# Steps


def test_nothing_is_rounded_unless_asked_for() -> None:
    """80 mg/m2 x 1.8181 m2 = 145.4494... mg, all of it."""
    (amount,) = paclitaxel()
    assert str(amount).startswith("145.4494")


@pytest.mark.parametrize(
    ("step", "rounded"),
    [("5 mg", "145"), ("10 mg", "150"), ("1 mg", "145"), ("0.1 mg", "145.4"), ("0.05 g", "150")],
)
def test_a_dose_is_rounded_to_a_step(step: str, rounded: str) -> None:
    """145.4494: 29.09 x 5, 14.54 x 10, 2.91 x 50; half-up."""
    assert paclitaxel("--round", f"paclitaxel={step}") == {D(rounded)}


@pytest.mark.parametrize(("bsa", "rounded"), [("1.7", "140"), ("1.6875", "140"), ("1.675", "130")])
def test_a_half_is_rounded_up(bsa: str, rounded: str) -> None:
    """80 x 1.7 = 136 -> 140; 80 x 1.6875 = 135 -> 140; 80 x 1.675 = 134 -> 130."""
    args = ("schedule", "imp321", "--arm", "6.25-mg", "--bsa", bsa, "--format", "csv")
    result = run(*args, "--round", "paclitaxel=10 mg")
    rows = csv.DictReader(StringIO(result.out))
    assert {row["amount"] for row in rows if row["drug"] == "paclitaxel"} == {rounded}


def test_the_table_shows_calculated_rounded_and_the_difference() -> None:
    """(145 - 145.4495) / 145.4495 = -0.309 %; 18 doses of 145 mg are 2,610 mg."""
    out = run("schedule", *IMP321, "--round", "paclitaxel=5 mg").out
    assert "145.4 mg calculated, 145 mg given (-0.309 %)" in out
    assert "paclitaxel: 2,610 mg (18 doses) in all" in out
    assert "(+3.13 %)" in run("schedule", *IMP321, "--round", "paclitaxel=10 mg").out


def test_a_dose_is_made_up_as_rounded() -> None:
    """145 mg / 6 mg/mL = 24.1666... mL."""
    first = document("prepare", *IMP321, "--round", "paclitaxel=5 mg")["doses"][0]
    assert first["amount"] == {"value": D(145), "unit": "mg"}
    assert str(first["volume_ml"]).startswith("24.1666")


def test_a_step_in_million_iu_rounds_what_is_dosed_in_iu() -> None:
    """5.04 -> 5 million (-0.79 %)."""
    first = document("prepare", *NPC, "--round", "aldesleukin=0.1 million IU")["doses"][0]
    assert first["amount"] == {"value": 5_000_000, "unit": "[iU]"}


def test_rounding_beyond_the_bound_is_left_undone_and_reported() -> None:
    """145.4 to 200 is 37.5 %, more than the default of 10 %."""
    result = run("schedule", *IMP321, "--round", "paclitaxel=100 mg", "--format", "csv")
    assert result.code == 0
    assert re.search(r"caution: cycle\.paclitaxel: not rounded.* 31\.2 %.*10 %", result.err)
    assert "145.4494" in result.out
    strict = run("schedule", *IMP321, "--round", "paclitaxel=100 mg", "--strict")
    assert strict.code == 3


@pytest.mark.parametrize("within", ["3%", "3 %", "3"])
def test_the_bound_can_be_set(within: str) -> None:
    """150 mg is 3.13 % more than 145.4494: beyond 3 %, within 4 %."""
    options = ("--round", "paclitaxel=10 mg", "--round-within")
    (amount,) = paclitaxel(*options, within)
    assert str(amount).startswith("145.4494")
    assert paclitaxel(*options, "4%") == {D(150)}


def test_rounding_that_would_leave_nothing_is_left_undone() -> None:
    """5.04 million units are less than half a vial of 18 million."""
    result = run("schedule", *NPC, "--round", "aldesleukin=vial", "--round-within", "200%")
    assert result.code == 0
    assert "not rounded" in result.err


# Vials and tablets


def test_a_vial_is_what_the_smallest_one_gives() -> None:
    """4 mg/kg x 70 kg = 280 mg; the nearest multiple of 150 mg is 300 mg (+7.1 %)."""
    args = ("prepare", "trastuzumab", "--weight", "70", "--height", "170", "--cycles", "1")
    first = document(*args, "--round", "trastuzumab=vial")["doses"][0]
    assert first["amount"] == {"value": 300, "unit": "mg"}
    assert first["vials"][0]["count"] == 2


def test_a_tablet_is_the_smallest_one() -> None:
    """75 % of 50 mg is 37.5 mg; a whole tablet of 50 mg is 33.3 % more."""
    args = ("prepare", "imatinib", "--cycles", "1", "--percent", "cyclophosphamide=75 %")
    rounding = ("--round", "cyclophosphamide=tablet", "--round-within", "40%")
    first = document(*args, *rounding)["doses"][0]
    assert first["amount"] == {"value": 50, "unit": "mg"}
    assert first["tablets"][0]["count"] == 1


def test_the_smallest_vial_is_found_across_units(tmp_path: Path) -> None:
    """500 mg is less than 1 g, though 1 is less than 500."""
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "examplumab.yaml").write_text(
        "drug: examplumab\nversion: 1\nread_on: 2026-11-22\nsource: doe2020\nproducts:\n"
        "  - {product: large, form: vial, contains: 1 g}\n"
        "  - {product: small, form: vial, contains: 500 mg}\n"
        "sources:\n  doe2020: {cite: Doe J., read: abstract}\n",
        encoding="utf-8",
    )
    file = written(tmp_path, a_cycle("amount: 1450 mg"))
    args = ("schedule", file, "--library", str(tmp_path), "--format", "csv")
    result = run(*args, "--round", "examplumab=vial")
    assert result.code == 0, result.err
    assert {row["amount"] for row in csv.DictReader(StringIO(result.out))} == {"1500"}


@pytest.mark.parametrize(
    ("drug", "form"), [("paclitaxel", "tablet"), ("IMP321", "vial"), ("IMP321", "tablet")]
)
def test_a_form_that_is_not_known_of_a_drug_is_refused(drug: str, form: str) -> None:
    """Nothing is invented; an amount would do."""
    result = run("schedule", *IMP321, "--round", f"{drug}={form}")
    assert_refused(result, 1, f"no {form} of {drug} is known", "an amount in its own unit")


def test_what_is_offered_instead_of_a_tablet_works() -> None:
    """Aldesleukin is dosed in IU: a step in mg would be refused in its turn."""
    result = run("schedule", *NPC, "--round", "aldesleukin=tablet")
    assert_refused(result, 1, "give an amount in its own unit instead")
    assert "mg" not in result.err
    assert run("schedule", *NPC, "--round", "aldesleukin=0.1 million IU").code == 0


# Dose bands


@pytest.mark.parametrize(
    ("bsa", "given"), [("1.749", "120"), ("1.75", "142"), ("1.8249", "142"), ("1.825", "150")]
)
def test_a_band_holds_its_lower_bound_and_not_its_upper(
    tmp_path: Path, bsa: str, given: str
) -> None:
    """80 x 1.75 = 140 and 80 x 1.825 = 146 belong to the band that begins there."""
    args = ("schedule", "imp321", "--arm", "6.25-mg", "--bsa", bsa, "--format", "csv")
    result = run(*args, "--round", banded(tmp_path, BANDS), "--round-within", "20%")
    rows = csv.DictReader(StringIO(result.out))
    assert {row["amount"] for row in rows if row["drug"] == "paclitaxel"} == {given}


def test_a_dose_in_no_band_is_left_as_it_is_and_reported(tmp_path: Path) -> None:
    """145.4 mg is above the last band, and the caution says that, not that nothing is left."""
    text = "low,high,give,unit\n0,100,80,mg\n"
    result = run("schedule", *IMP321, "--round", banded(tmp_path, text), "--format", "csv")
    assert result.code == 0
    assert "145.4494" in result.out
    assert "not rounded, because no dose band includes 145.4494" in result.err


def test_empty_lines_and_spaces_of_a_band_file_are_no_bands(tmp_path: Path) -> None:
    """A file from a spreadsheet often ends in one."""
    text = "low,high,give,unit\n0, 140 ,120,mg\n\n140,146, 142, mg \n\n"
    assert paclitaxel("--round", banded(tmp_path, text)) == {D(142)}


def test_a_band_file_as_a_spreadsheet_saves_it_is_read(tmp_path: Path) -> None:
    """CSV UTF-8 of a spreadsheet begins with a byte order mark and ends lines in CR LF."""
    text = "\ufeff" + BANDS.replace("\n", "\r\n")
    assert paclitaxel("--round", banded(tmp_path, text)) == {D(142)}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("low,high,give,unit\n0,100,80,mg\n110,200,150,mg\n", 3, ("100 mg", "110 mg", "no gap")),
        ("low,high,give,unit\n0,100,80,mg\n90,200,150,mg\n", 3, ("100 mg", "90 mg", "overlap")),
        ("low,high,give,unit\n0,100,80,mg\n100,200,150,g\n", 3, ("100 mg", "100 g")),
        ("low,high,give,unit\n0,100,80,mg\n\n110,200,150,mg\n", 4, ("no gap",)),
        ("low,high,give,unit\n0,1e9,80,mg\n", 2, ("'1e9' is not a plain number",)),
        ("low,high,give,unit\n0,-1,80,mg\n", 2, ("'-1' is not a plain number",)),
        ("low,high,give,unit\n0,100,80\n", 2, ("0,100,80,mg",)),
        ("low,high,give,unit\n0,100,80,mg,5\n", 2, ("0,100,80,mg",)),
        ("low,high,give,unit\n0,100,80,zz\n", 2, ("unit",)),
        ("low,high,give,unit\n100,100,80,mg\n", 2, ("low must be below high",)),
        ("low,high,give,unit\n0,100,0,mg\n", 2, ("give above 0",)),
        ("low,high,give,unit\n", 2, ("no band",)),
        ("", 1, ("low,high,give,unit",)),
        ("a;b\n", 1, ("low,high,give,unit",)),
    ],
)
def test_a_faulty_band_file_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, words: tuple[str, ...]
) -> None:
    """A gap would leave a dose unrounded, an overlap would round it two ways."""
    result = run("schedule", *IMP321, "--round", banded(tmp_path, text))
    assert_refused(result, 1, f"bands.csv:{line}: ", *words)


def test_a_band_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Missing, a folder, or no text."""
    result = run("schedule", *IMP321, "--round", f"paclitaxel=bands:{tmp_path}/none.csv")
    assert_refused(result, 1, "none.csv", "cannot be read")
    result = run("schedule", *IMP321, "--round", f"paclitaxel=bands:{tmp_path}")
    assert_refused(result, 1, "cannot be read")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    result = run("schedule", *IMP321, "--round", f"paclitaxel=bands:{tmp_path}/bytes.csv")
    assert_refused(result, 1, "bytes.csv", "is not UTF-8 text")


# What is refused


@pytest.mark.parametrize("verb", ["schedule", "prepare"])
@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("paclitaxel", 2, ("--round", "DRUG=5 mg")),
        ("paclitaxel=", 2, ("--round", "DRUG=vial")),
        ("=5 mg", 2, ("--round", "DRUG=bands:FILE.csv")),
        ("paclitaxel=5", 2, ("--round", "'paclitaxel=5 mg'")),
        ("paclitaxel=5mg", 2, ("--round", "'5 mg'")),
        ("paclitaxel=0 mg", 2, ("--round", "more than 0")),
        ("paclitaxel=-5 mg", 2, ("--round", "'-5 mg'")),
        ("paclitaxel=5 mg/kg", 2, ("--round", "'paclitaxel=5 mg'")),
        ("paclitaxel=5 mg/day", 2, ("--round", "'paclitaxel=5 mg'")),
        ("paclitaxel=5 AUC", 2, ("--round", "'paclitaxel=5 mg'")),
        ("paclitaxel=vials", 2, ("--round", "'vials'", "paclitaxel=vial")),
        ("paclitaxel=bands:", 2, ("--round", "names no file", "DRUG=bands:FILE.csv")),
        ("paclitaxle=5 mg", 1, ("'paclitaxle'", "did you mean 'paclitaxel'?")),
        ("IMP321=5 mL", 1, ("mL", "mg", "different things")),
        ("paclitaxel=5 IU", 1, ("IU", "mg", "different things")),
    ],
)
def test_a_bad_rounding_is_refused_in_one_line(
    verb: str, value: str, code: int, words: tuple[str, ...]
) -> None:
    """Exit 2 where it cannot be read, 1 where this regimen has no such thing."""
    assert_refused(run(verb, *IMP321, "--round", value), code, *words)


def test_a_drug_is_rounded_in_one_way_only() -> None:
    """Two steps for one drug exclude each other."""
    result = run("schedule", *IMP321, "--round", "paclitaxel=5 mg", "--round", "paclitaxel=vial")
    assert_refused(result, 2, "--round", "'paclitaxel'", "twice")


@pytest.mark.parametrize("within", ["0", "201%", "abc", "-5%", "1.2.3"])
def test_a_bad_bound_is_refused(within: str) -> None:
    """Above 0, and up to 200 %."""
    options = ("--round", "paclitaxel=5 mg", "--round-within", within)
    assert_refused(run("schedule", *IMP321, *options), 2, "--round-within", "10%")


@pytest.mark.parametrize("verb", ["schedule", "prepare"])
def test_a_surface_excludes_the_height_and_the_formula(verb: str) -> None:
    """Both verbs ask for a patient in the same words."""
    start = (verb, "imp321", "--arm", "6.25-mg", "--bsa", "1.8")
    assert_refused(run(*start, "--height", "170"), 2, "--bsa", "--height")
    assert_refused(run(*start, "--bsa-formula", "boyd"), 2, "--bsa", "--bsa-formula")
    assert_refused(run(*start[:-1], "x"), 2, "--bsa", "1.8")


# The pointer under a schedule's table


def test_the_table_points_to_prepare_drug_and_screen_in_one_line(tmp_path: Path) -> None:
    """For the drugs that have a monograph, and no others."""
    lines = run("schedule", *IMP321, "--notes", "full").out.splitlines()
    (line,) = [line for line in lines if "il2calc prepare" in line]
    assert "il2calc prepare imp321" in line
    assert "il2calc drug" in line
    assert "paclitaxel and IMP321" in line
    both = a_dose() + "  - {drug: paclitaxel, amount: 5 mg, route: IV, day: 1}\n"
    full = ("--notes", "full")
    lines = run("schedule", written(tmp_path, both), *full).out.splitlines()
    (line,) = [line for line in lines if "il2calc drug" in line]
    assert line.endswith("say more about paclitaxel.")
    lines = run("schedule", *NPC, *full).out.splitlines()
    (line,) = [line for line in lines if "il2calc screen" in line]
    assert "aldesleukin" in line


def test_a_table_without_any_monograph_points_nowhere(tmp_path: Path) -> None:
    """There is nothing more to say of a drug that nobody has described."""
    result = run("schedule", written(tmp_path, a_cycle()), "--notes", "full")
    assert result.code == 0
    assert "il2calc drug" not in result.out


@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_the_pointer_is_for_the_table_only(form: str) -> None:
    """Data stays data."""
    assert "il2calc screen" not in run("schedule", *NPC, "--format", form).out


# The same options for the same job

OF_A_FORMAT = {
    *("explain", "brief", "columns", "per", "no-subject", "with-patient", "as-of", "paper"),
    *("no-picture", "drug", "compact", "id", "cmt", "ascii", "version", "notes", "no-pager"),
    "graduation",
}
"""Options of `schedule` that say something of one of its formats, or of the program."""


def options(verb: str) -> set[str]:
    """The options that a verb takes."""
    command: Any = typer.main.get_command(build(verb))
    taken = (param for param in command.commands[verb].params if param.param_type_name == "option")
    return {name.removeprefix("--") for param in taken for name in param.opts if "--" in name}


def test_prepare_takes_every_option_of_a_schedule_that_means_something_there() -> None:
    """Whoever has a schedule on the screen puts `prepare` in its place, and it works."""
    assert options("schedule") - OF_A_FORMAT <= options("prepare")


def test_a_comparison_takes_what_makes_a_schedule() -> None:
    """All but the dates that choose rows, and the review: a comparison is how one reviews."""
    other = {"from", "to", "require-reviewed"}
    assert options("schedule") - OF_A_FORMAT - other <= options("diff")


def test_a_cohort_takes_all_but_the_patient_and_the_dates() -> None:
    """Its bodies are in a file, and nobody of it has a calendar."""
    body = {"patient", "weight", "height", "bsa", "sex", "gfr", "age", "subject"}
    dates = {"start", "first-dose", "date-of", "tz", "from", "to"}
    assert options("schedule") - OF_A_FORMAT - body - dates <= options("cohort")


@pytest.mark.parametrize("verb", ["prepare", "diff"])
def test_all_of_them_together_are_refused_by_no_verb(verb: str, tmp_path: Path) -> None:
    """Each with a value that a schedule takes."""
    second = () if verb == "prepare" else ("imp321",)
    result = run(
        *(verb, "imp321", *second, "--arm", "6.25-mg", "--weight", "70", "--height", "170"),
        *("--bsa-formula", "boyd", "--bsa-cap", "2.0", "--sex", "female", "--gfr", "90"),
        *("--age", "50", "--start", "2026-12-01", "--at", "09:00", "--subject", "S-07"),
        *("--tz", "Europe/London", "--times", "cycle=2", "--percent", "paclitaxel=75 %"),
        *("--set", "cycle.repeat.every=35 days", "--round", "paclitaxel=5 mg"),
        *("--round-within", "10%", "-o", str(tmp_path / "x.json")),
    )
    assert result.code == 0, result.err
