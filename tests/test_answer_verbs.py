"""The verbs that answer at once: `drug`, `convert`, `compatible`, `screen`, `bsa`; drug files."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commandline import (
    Result,
    assert_refused,
    document,
    printed,
    run,
    separate,
    terminal,
    written,
)
from il2calc import language
from il2calc.cli import answer_verbs
from il2calc.report import words
from il2calc.report.plain_data import document_head

D = Decimal
UNSAFE = re.compile(r"\b(?:IU|MIU|U|SC|SQ|QD|OD)\b|\u00b5|\u03bc|(?<![\d.])\.\d|\d\.0+(?!\d)")
"""What the ISMP list asks not to write: international units, a micro sign, bare or idle zeros."""

THREE_FACTORS = (
    *("--answer", "renal_cell=yes", "--answer", "ecog=1"),
    *("--answer", "metastatic_sites=2", "--answer", "months_since_diagnosis=12"),
)
NO_TO_ALL_ELSE = tuple(
    word
    for name in (
        *("cardiac_disease", "pulmonary_disease", "severe_renal_impairment"),
        *("severe_hepatic_impairment", "cns_metastases", "seizure_disorder"),
        *("adrenal_metastases", "raised_creatinine", "nephrectomy", "autoimmune_disease"),
        *("bacterial_infection", "effusion", "central_line", "aids", "organ_allograft"),
    )
    for word in ("--answer", f"{name}=no")
)
EXAMPLUMAB = """\
drug: examplumab
also: [exa, EX-1]
version: 1
read_on: 2026-11-22
source: doe2020, Table 1
never_the_same:
  - name: samplumab
    text: Another antibody.
factors:
  - is: 10 million IU = 2 mg
    text: An invented factor.
compatibility:
  - with: water
    also: [aqua]
    verdict: compatible
    text: It dissolves.
  - with: water
    verdict: avoid
    text: Not in glass.
    source: roe2021, Page 2
screen:
  questions:
    - {name: age, ask: Age in years, number: 0 to 120}
    - {name: fever, ask: "Fever?"}
  rules:
    - rule: heat
      any: [fever, age > 60]
      verdict: wait
sources:
  doe2020: {cite: Doe J. An invented paper., read: abstract}
  roe2021: {cite: Roe R. A compendium., read: secondary}
"""


def library_of(folder: Path, text: str = EXAMPLUMAB, name: str = "examplumab") -> tuple[str, str]:
    """The option of a folder of the user's own that holds one monograph."""
    (folder / "drugs").mkdir(exist_ok=True)
    (folder / "drugs" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return ("--library", str(folder))


def converted(*args: str) -> str:
    """The first line of a conversion."""
    result = run("convert", *args)
    assert (result.code, result.err) == (0, ""), result
    return result.out.splitlines()[0]


def data(*args: str) -> Any:
    """What a verb prints as JSON, whatever its exit code."""
    result = run(*args, "--format", "json")
    assert result.err == ""
    return json.loads(result.out, parse_float=D)


def outcomes(*args: str) -> dict[str, str]:
    """What is known of each other, by what was typed."""
    return {entry["given"]: entry["outcome"] for entry in data("compatible", *args)["others"]}


# drug


def test_a_monograph_is_printed_section_by_section() -> None:
    """Units, products, preparation, compatibility, precautions, sources: each under a heading."""
    result = run("drug", "aldesleukin")
    assert (result.code, result.err) == (0, "")
    headings = [line for line in result.out.splitlines() if line and not line.startswith(" ")]
    assert headings[0].startswith("aldesleukin")
    for heading in ("Identity", "Units", "Products", "Preparation", "Precautions", "Sources"):
        assert heading in headings
    assert "Monitoring" in headings
    assert "not a prescription" in result.out


def test_a_monograph_says_which_file_it_is() -> None:
    """Its name and its SHA-256, so that nobody wonders which edition was used."""
    file = language.shelf.find_drug("aldesleukin")
    assert file is not None
    out = run("drug", "aldesleukin").out
    assert "aldesleukin.yaml" in out
    assert file.origin.sha256[:16] in out


@pytest.mark.parametrize("drug", language.shelf.drug_files())
def test_every_line_of_a_monograph_has_its_source(drug: str) -> None:
    """A statement nobody can look up is no statement."""
    without = re.compile(r"assumption|^No data: ")
    for section in data("drug", drug)["sections"][1:]:
        if section["heading"] in {"Sources", "Standing"}:
            continue
        for line in section["lines"]:
            assert re.search(r"\[[^\]]+\]$", line) or without.search(line), line


@pytest.mark.parametrize("drug", language.shelf.drug_files())
def test_a_monograph_is_written_in_the_safe_style(drug: str) -> None:
    """Units, never IU; mcg; no idle zeros; `subcutaneous` in full."""
    text = re.sub(r"(?s)\n(Sources|Identity)\n.*?\n\n", "\n", run("drug", drug).out)
    text = re.sub(r"SHA-256\s+[0-9a-f]+|version \d+", "", text)
    assert not UNSAFE.search(text.replace(words.PROGRAM, ""))


def test_a_synonym_names_the_drug_whatever_its_case() -> None:
    """Proleukin is a name of aldesleukin."""
    assert run("drug", "Proleukin").out == run("drug", "aldesleukin").out


@pytest.mark.parametrize("columns", [60, 80])
def test_a_monograph_keeps_within_the_terminal(columns: int) -> None:
    """No line is wider, and no word is lost."""
    result = run("drug", "aldesleukin", env={"COLUMNS": str(columns)})
    assert max(map(len, result.out.splitlines())) <= columns
    assert result.out.split() == run("drug", "aldesleukin").out.split()


def test_a_monograph_is_plain_where_colour_is_not_wanted() -> None:
    """NO_COLOR and a pipe give text without control characters."""
    assert "\x1b" not in terminal("drug", "paclitaxel", env={"NO_COLOR": "1"}).out
    assert "\x1b" not in separate("drug", "paclitaxel").out


def test_a_monograph_as_json_has_its_format_and_its_file() -> None:
    """A program reads the number of the format before anything else."""
    read = data("drug", "aldesleukin")
    assert read["format"] == "il2calc.drug/1"
    assert (read["drug"], read["version"]) == ("aldesleukin", 1)
    assert len(read["sha256"]) == 64
    assert "proleukin" in read["also"]


@pytest.mark.parametrize("name", ["celmoleukin", "teceleukin", "Teceleukin"])
@pytest.mark.parametrize(
    "verb",
    [
        ("drug", "{}"),
        ("compatible", "{}", "morphine"),
        ("screen", "{}"),
        ("convert", "1 IU", "mg", "--drug", "{}"),
    ],
    ids=lambda verb: verb[0],
)
def test_another_preparation_is_refused_by_name(name: str, verb: tuple[str, ...]) -> None:
    """Celmoleukin and teceleukin are other preparations; no number of aldesleukin is theirs."""
    result = run(*(word.format(name) for word in verb))
    assert_refused(result, 1, f"{name.casefold()} is not aldesleukin")


@pytest.mark.parametrize("name", ["IL-2", "il-2", "Interleukin-2", "rIL-2", "ETAF"])
def test_a_name_of_many_preparations_is_taken_for_the_drug_with_a_caution(name: str) -> None:
    """IL-2 is any interleukin-2; a recombinant one by its full name is meant as this drug."""
    doubtful = run("drug", name)
    assert (doubtful.code, doubtful.out) == (0, run("drug", "aldesleukin").out)
    assert doubtful.err.startswith(f"caution: {name} is read as aldesleukin. ")
    assert "he2020" in doubtful.err
    result = run("drug", "recombinant interleukin-2")
    assert (result.code, result.out, result.err) == (0, doubtful.out, "")


@pytest.mark.hazard(2)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("BG-8301", "teceleukin is not aldesleukin"),
        ("interleukin-11", "oprelvekin is not aldesleukin"),
        ("Ontak", "denileukin diftitox is not aldesleukin"),
        ("nogapendekin", "nogapendekin alfa inbakicept is not aldesleukin"),
        ("bempegaldesleukin", "bempegaldesleukin is not aldesleukin"),
        ("trastuzumab emtansine", "trastuzumab emtansine is not trastuzumab"),
        ("kadcyla", "trastuzumab emtansine is not trastuzumab"),
        ("Enhertu", "trastuzumab deruxtecan is not trastuzumab"),
        ("nab-paclitaxel", "nab-paclitaxel is not paclitaxel"),
        ("Abraxane", "nab-paclitaxel is not paclitaxel"),
    ],
)
def test_a_drug_of_a_like_name_is_another_one(name: str, words: str) -> None:
    """FDA 2013, MHRA 2022: the wrong one of the two was given, or might be."""
    result = run("drug", name)
    assert_refused(result, 1, words)
    assert "did you mean" not in result.err


def test_an_unknown_drug_is_refused_with_the_nearest() -> None:
    """One transposed letter is offered its right spelling."""
    assert_refused(run("drug", "aldesluekin"), 1, "'aldesluekin'", "did you mean 'aldesleukin'?")
    assert_refused(run("drug", "imexon"), 1, "'imexon'", "Known: ", "aldesleukin")


@pytest.mark.parametrize("verb", ["drug", "screen"])
def test_an_unknown_format_is_an_option_that_cannot_be_read(verb: str) -> None:
    """Exit 2, and what would do."""
    assert_refused(run(verb, "aldesleukin", "--format", "csv"), 2, "--format", "text, json")


# convert


@pytest.mark.parametrize(
    ("measure", "unit", "expected"),
    [
        ("18 million IU", "mg", "1.1 mg"),
        ("42 million IU", "mg", "2.567 mg"),  # 42 / 18 x 1.1
        ("18 MIU", "mg", "1.1 mg"),
        ("1.1 mg", "IU", "units"),
        ("100 IU", "Nutley units", "about 83.3 Nutley units"),
        ("100 IU", "Cetus units", "about 16.7 Cetus units"),
        ("83.3 Nutley units", "IU", "about 100 units"),
        ("16.7 Cetus units", "IU", "about 100 units"),
        ("600000 IU/kg", "Cetus units/kg", "about 100,000 Cetus units/kg"),  # 100,200
        ("600000 IU/kg", "mg/kg", "0.03667 mg/kg"),  # 0.6 / 18 x 1.1
        ("18 million IU/mL", "mg/mL", "1.1 mg/mL"),
        ("1.1 mg/m2", "g/m2", "0.0011 g/m2"),
    ],
)
def test_a_measure_of_the_drug_is_given_in_another_unit(
    measure: str, unit: str, expected: str
) -> None:
    """18 million IU = 1.1 mg; 100 IU = 83.3 Nutley or 16.7 Cetus units; nothing else."""
    assert expected in converted(measure, unit, "--drug", "aldesleukin")


def test_a_factor_known_to_three_figures_gives_three_figures() -> None:
    """100 / 16.7 is 5.98802..., and all of it would be a lie."""
    assert converted("1 Cetus units", "IU", "--drug", "aldesleukin").startswith("about 5.99 ")


def test_a_weight_without_a_last_digit_in_pounds_is_not_called_exact() -> None:
    """70 / 0.45359237 = 154.3235835... has no end; 28 digits of it looked like all of them."""
    assert converted("70 kg", "lb") == "about 154.3 lb"
    assert converted("154 lb", "kg") == "69.85322498 kg"
    data = json.loads(run("convert", "70 kg", "lb", "--format", "json").out)
    assert data["value"] == pytest.approx(154.3235835294143)


def test_a_dose_without_a_last_digit_in_milligrams_is_not_called_exact() -> None:
    """Danger: 42 x 1.1 / 18 = 2.5666... was printed as 2.567 mg, and 0.308 mg really is 0.308."""
    of_drug = ("--drug", "aldesleukin")
    assert converted("42 million IU", "mg", *of_drug) == "about 2.567 mg"
    assert converted("30 mcg/mL", "IU/mL", *of_drug) == "about 490,900 units/mL"
    assert converted("5.04 million IU", "mg", *of_drug) == "0.308 mg"
    data = json.loads(run("convert", "42 million IU", "mg", *of_drug, "--format", "json").out)
    assert data["value"] == pytest.approx(2.5666666666666667)


def test_two_factors_lead_from_one_old_unit_to_the_other() -> None:
    """16.7 / 83.3 x 83.3 = 16.7, by way of IU; both factors are shown."""
    result = run("convert", "83.3 Nutley units", "Cetus units", "--drug", "aldesleukin")
    assert result.out.splitlines()[0] == "about 16.7 Cetus units"
    assert "100 units = 83.3 Nutley units" in result.out
    assert "100 units = 16.7 Cetus units" in result.out


def test_a_conversion_shows_the_factor_and_its_source() -> None:
    """18 million units = 1.1 mg, from the monograph's Units."""
    result = run("convert", "18 million IU", "mg", "--drug", "aldesleukin")
    assert re.search(r"18 million units = 1\.1 mg\..*\[monograph, Units", result.out)
    result = run("convert", "100 IU", "Nutley units", "--drug", "aldesleukin")
    assert re.search(r"[Rr]eportedly.*\[monograph, Units\]", result.out)


def test_mass_to_mass_needs_no_drug() -> None:
    """1 g is 1,000 mg of anything."""
    result = run("convert", "1 g", "mg")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("1,000 mg\n")
    assert "no drug factor" in result.out


def test_a_million_units_are_written_with_the_word_million() -> None:
    """Seven zeros in a row are miscounted; the safe style says million from 1,000,000."""
    assert converted("1.1 mg", "IU", "--drug", "aldesleukin") == "18 million units"


def test_units_that_this_program_printed_are_answered_with_what_is_typed() -> None:
    """`18 million units` is on every sheet for 18 million IU; in a paper it may be others."""
    words = "write '18 million IU' if international units are meant"
    assert_refused(run("convert", "18 million units", "mg", "--drug", "aldesleukin"), 1, words)
    assert converted("18 million IU", "mg", "--drug", "aldesleukin") == "1.1 mg"


def test_activity_to_mass_without_a_drug_says_that_the_drug_is_needed() -> None:
    """IU measure activity: of which drug is the question."""
    assert_refused(run("convert", "18 million IU", "mg"), 1, "drug", "--drug")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("18 million IU", "mg", "--drug", "paclitaxel"), 1, ("paclitaxel", "no factor")),
        (("1 mg", "mL", "--drug", "aldesleukin"), 1, ("no factor", "mg and mL")),
        (("5 IU", "Nutly units", "--drug", "aldesleukin"), 1, ("'Nutley units'",)),
        (("5 iu", "mg", "--drug", "aldesleukin"), 1, ("write 'IU'",)),
        (("5 IU", "Cetus units"), 1, ("--drug",)),
        (("5", "mg", "--drug", "aldesleukin"), 1, ("'5'", "'18 million IU'")),
        (("5 mg/L", "mg/mL"), 1, ("per L", "mL")),
        (("5 mg/mL", "mg"), 1, ("per mL", "mg/mL")),
        (("5 mg", "17"), 1, ("'17'", "unit")),
        (("1e6 IU", "mg", "--drug", "aldesleukin"), 1, ("'1e6'",)),
        (("1 IU", "mg", "--drug", "nosuchdrug"), 1, ("'nosuchdrug'",)),
        (("1 IU", "mg", "--drug", "aldesleukin", "--format", "xml"), 2, ("--format",)),
        (("1 IU",), 2, ("convert --help",)),
    ],
)
def test_what_cannot_be_converted_is_refused_in_one_line(
    args: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    """With the reason and what would do; never a traceback."""
    assert_refused(run("convert", *args), code, *words)


def test_a_conversion_as_json_holds_every_digit() -> None:
    """42 / 18 x 1.1 = 2.5666...; 28 digits of it, as a number, and mg."""
    read = document("convert", "42 million IU", "mg", "--drug", "aldesleukin")
    assert read["format"] == "il2calc.conversion/1"
    assert read["value"] == pytest.approx(D(42) / D(18) * D("1.1"))
    assert len(str(read["value"])) > 20
    assert read["unit"] == "mg"
    assert read["factors"][0]["source"].startswith("monograph, Units")


@pytest.mark.parametrize(
    ("args", "unit"),
    [
        (("1.1 mg", "IU", "--drug", "aldesleukin"), "[iU]"),
        (("1.1 mg/kg", "IU/kg", "--drug", "aldesleukin"), "[iU]/kg"),
        (("1 mg", "mcg"), "ug"),
    ],
)
def test_a_conversion_as_json_names_units_in_ucum(args: tuple[str, ...], unit: str) -> None:
    """[iU], ug: what machines agreed on."""
    assert document("convert", *args)["unit"] == unit


def test_an_old_unit_as_json_is_a_ucum_annotation() -> None:
    """A unit that UCUM does not have is in braces, without spaces; else it is no UCUM."""
    unit = document("convert", "100 IU/kg", "Cetus units/kg", "--drug", "aldesleukin")["unit"]
    assert re.fullmatch(r"\{[!-z|~]+\}/kg", unit), unit


# compatible


def test_each_other_drug_is_shown_with_its_source() -> None:
    """Of six: two incompatible, one compatible, two to avoid, one without data."""
    others = ("lorazepam", "promethazine", "morphine", "indomethacin", "saline", "amoxicillin")
    result = run("compatible", "aldesleukin", *others)
    assert (result.code, result.err) == (3, "")
    assert outcomes("aldesleukin", *others) == {
        "lorazepam": "incompatible",
        "promethazine": "incompatible",
        "morphine": "compatible",
        "indomethacin": "avoid",
        "saline": "avoid",
        "amoxicillin": "no data",
    }
    assert "33,800 units/mL in glucose 5 %" in result.out
    for line in result.out.splitlines():
        assert not line.startswith("  ") or "[" in line, line


def test_a_secondary_source_is_called_secondary() -> None:
    """Morphine at a Y-site is known from a hospital manual only."""
    result = run("compatible", "aldesleukin", "morphine")
    assert result.code == 0
    assert "(secondary source)" in result.out
    assert "secondary" not in run("compatible", "aldesleukin", "lorazepam").out


def test_only_lorazepam_was_seen_to_be_incompatible() -> None:
    """The printed monograph: looking is no test, and spectrophotometry was none either."""
    assert "visibly" in run("compatible", "aldesleukin", "lorazepam").out
    for other in ("ganciclovir", "pentamidine", "prochlorperazine", "promethazine"):
        out = run("compatible", "aldesleukin", other).out
        assert "incompatible" in out
        assert "visibly incompatible" not in out


def test_where_sources_differ_on_indometacin_both_are_shown() -> None:
    """The monograph warns of it; some published high-dose practice gives it."""
    out = run("compatible", "aldesleukin", "indometacin").out
    assert "renal" in out
    assert "practice" in out
    assert out.count("[") == 1 or "monograph" in out


@pytest.mark.parametrize(
    ("typed", "outcome"),
    [
        ("ganciclovir sodium", "incompatible"),
        ("Pentamidine Isetionate", "incompatible"),
        ("prochlorperazine edisilate", "incompatible"),
        ("promethazine hydrochloride", "incompatible"),
        ("fluorouracil", "incompatible"),
        ("NS", "avoid"),
        ("  normal   saline ", "avoid"),
        ("indomethacin", "avoid"),
        ("ibuprofen", "avoid"),
        ("diclofenac", "avoid"),
        ("ketorolac", "avoid"),
        ("naproxen", "avoid"),
        ("aspirin", "avoid"),
        ("NSAID", "avoid"),
    ],
)
def test_another_drug_is_known_by_its_synonyms_salts_and_class(typed: str, outcome: str) -> None:
    """What a user may type, whatever the case."""
    assert outcomes("aldesleukin", typed) == {typed: outcome}


@pytest.mark.parametrize("typed", ["sodium chloride 0.9%", "0.9% sodium chloride"])
def test_saline_is_known_however_its_strength_is_written(typed: str) -> None:
    """The one diluent that aldesleukin must not touch is not 'no data' for want of a space."""
    assert outcomes("aldesleukin", typed) == {typed: "avoid"}


@pytest.mark.parametrize("typed", ["amoxicillin", "", "celmoleukin", "morphin", "\u2603"])
def test_no_data_is_never_called_compatible(typed: str) -> None:
    """Nothing known is not the same as safe; it leaves with exit 3."""
    result = run("compatible", "aldesleukin", typed)
    assert result.code == 3
    assert "no data" in result.out
    assert "compatible" not in result.out


def test_one_without_data_among_compatible_ones_is_exit_3() -> None:
    """Exit 0 only when every one is documented."""
    assert run("compatible", "aldesleukin", "morphine", "amoxicillin").code == 3
    assert run("compatible", "aldesleukin", "paracetamol").code == 3
    assert run("compatible", "aldesleukin", "morphine").code == 0


def test_glucose_is_incompatible_with_trastuzumab_and_saline_with_aldesleukin() -> None:
    """Each is the diluent of the other."""
    assert outcomes("trastuzumab", "D5W", "NS") == {"D5W": "avoid", "NS": "compatible"}
    assert outcomes("aldesleukin", "NS") == {"NS": "avoid"}


@pytest.mark.parametrize("other", ["glucose 5 %", "water for injection", "human albumin"])
def test_what_is_stated_with_a_condition_is_not_counted_as_compatible(other: str) -> None:
    """The conditions of a diluent are read, not passed over with exit 0."""
    result = run("compatible", "aldesleukin", other)
    assert result.code == 3
    assert result.out.startswith(f"{other}: only as stated here")
    assert outcomes("aldesleukin", other) == {other: "as stated"}


def test_compatibility_as_json_has_facts_with_sources() -> None:
    """Its format number, what was typed, what the monograph calls it, why."""
    read = data("compatible", "aldesleukin", "saline", "amoxicillin")
    assert read["format"] == "il2calc.compatibility/1"
    assert read["drug"] == "aldesleukin"
    first, second = read["others"]
    assert first["name"] == "sodium chloride 0.9 %"
    assert first["facts"][0]["source"].startswith("monograph, Stability; ")
    assert (second["name"], second["outcome"], second["facts"]) == (None, "no data", [])


@pytest.mark.parametrize("args", [(), ("aldesleukin",)])
def test_with_nothing_to_compare_the_option_is_missing(args: tuple[str, ...]) -> None:
    """Exit 2 and where help is."""
    assert_refused(run("compatible", *args), 2, "Missing argument", "compatible --help")


# screen


def test_without_answers_the_questions_are_printed() -> None:
    """Exit 3: nothing was answered, so nothing is fine."""
    result = run("screen", "aldesleukin")
    assert (result.code, result.err) == (3, "")
    for question in ("renal_cell=yes|no", "ecog=NUMBER", "(0 to 4)", "nephrectomy=yes|no"):
        assert question in result.out
    assert "met: " not in result.out


def test_all_three_factors_in_renal_cell_carcinoma_are_the_uk_rule() -> None:
    """ECOG 1 or more, 2 or more sites, under 24 months: not to be used, UK."""
    result = run("screen", "aldesleukin", *THREE_FACTORS)
    assert result.code == 3
    line = result.out.splitlines()[0]
    assert "3 of 3" in line
    assert "not to be used" in line
    assert "UK" in line
    assert "[monograph, Precautions; label-uk, Indications]" in line


@pytest.mark.parametrize(
    ("spared", "value"),
    [("ecog", "0"), ("metastatic_sites", "1"), ("months_since_diagnosis", "24")],
)
def test_two_of_three_factors_are_counted_and_do_not_decide(spared: str, value: str) -> None:
    """24 months are not under 24; 1 site is not 2; ECOG 0 is not 1."""
    args = [
        f"{spared}={value}" if answer.startswith(f"{spared}=") else answer
        for answer in THREE_FACTORS
    ]
    result = run("screen", "aldesleukin", *args)
    assert result.code == 3
    line = result.out.splitlines()[0]
    assert "2 of 3" in line
    assert "not all met, so not 'not to be used" in line
    assert "met: " not in line


def test_two_of_three_factors_are_not_all_clear() -> None:
    """A rule met in part, with everything else answered and fine, still leaves with exit 3."""
    args = [word.replace("ecog=1", "ecog=0") for word in THREE_FACTORS]
    result = run("screen", "aldesleukin", *args, *NO_TO_ALL_ELSE, "--answer", "age=50")
    assert result.code == 3
    assert "Not answered" not in result.out
    assert "met: " not in result.out


@pytest.mark.parametrize(
    "missing", ["renal_cell", "ecog", "metastatic_sites", "months_since_diagnosis"]
)
def test_one_unanswered_factor_leaves_the_rule_undecided(missing: str) -> None:
    """Even with everything else answered: cannot be decided, exit 3."""
    given = dict(zip(THREE_FACTORS[1::2], THREE_FACTORS[::2], strict=True))
    args = [
        word for text in given if not text.startswith(f"{missing}=") for word in ("--answer", text)
    ]
    result = run("screen", "aldesleukin", *args, *NO_TO_ALL_ELSE, "--answer", "age=40")
    assert result.code == 3
    line = result.out.splitlines()[0]
    assert "cannot be decided" in line
    assert missing in line
    assert "not met" not in line


def test_the_uk_rule_is_for_renal_cell_carcinoma_only() -> None:
    """In another tumour the three factors are counted, and the rule does not apply."""
    args = ("--answer", "renal_cell=no", *THREE_FACTORS[2:])
    line = run("screen", "aldesleukin", *args).out.splitlines()[0]
    assert "risk factors 3 of 3" in line
    assert "the UK rule does not apply" in line


def test_all_answered_and_nothing_met_is_exit_0() -> None:
    """Age 60 is not over 60."""
    answers = ("renal_cell=yes", "ecog=0", "metastatic_sites=1", "months_since_diagnosis=24")
    args = [word for answer in (*answers, "age=60") for word in ("--answer", answer)]
    result = run("screen", "aldesleukin", *args, *NO_TO_ALL_ELSE)
    assert (result.code, result.err) == (0, "")
    assert "met: " not in result.out
    assert "Not answered" not in result.out


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("cardiac_disease=yes", "great care, if at all"),
        ("pulmonary_disease=yes", "great care, if at all"),
        ("severe_renal_impairment=yes", "great care, if at all"),
        ("severe_hepatic_impairment=yes", "great care, if at all"),
        ("cns_metastases=yes", "avoid"),
        ("seizure_disorder=yes", "avoid"),
        ("adrenal_metastases=yes", "haemorrhage"),
        ("raised_creatinine=yes", "renal function"),
        ("age=61", "renal function"),
        ("nephrectomy=yes", "renal function"),
        ("autoimmune_disease=yes", "worsen"),
        ("bacterial_infection=yes", "before beginning"),
        ("effusion=yes", "before beginning"),
        ("central_line=yes", "sepsis"),
        ("ecog=3", "contraindicated"),
        ("organ_allograft=yes", "contraindicated"),
    ],
)
def test_one_condition_that_is_met_is_exit_3(answer: str, verdict: str) -> None:
    """Each precaution of the monograph, with everything else clear."""
    name = answer.partition("=")[0]
    clear = ("renal_cell=no", "ecog=0", "metastatic_sites=0", "months_since_diagnosis=99", "age=50")
    given = {text.partition("=")[0]: text for text in (*clear, *NO_TO_ALL_ELSE[1::2])}
    given[name] = answer
    result = run(
        "screen", "aldesleukin", *(w for text in given.values() for w in ("--answer", text))
    )
    assert result.code == 3
    assert re.search(rf": met: .*{verdict}.* \[(monograph|label-u)", result.out), result.out
    assert result.out.count(": met: ") == 1


@pytest.mark.hazard(31)
def test_a_clear_screen_says_that_there_are_contraindications_it_does_not_ask() -> None:
    """Of the product information, low platelets, a PaO2 below 60 mm Hg and others are not asked."""
    answers = ("renal_cell=no", "ecog=2", "metastatic_sites=0", "months_since_diagnosis=99")
    args = [word for answer in (*answers, "age=50") for word in ("--answer", answer)]
    out = run("screen", "aldesleukin", *args, *NO_TO_ALL_ELSE).out
    assert "performance status: not met" in out, "only above 2 the UK text contraindicates it"
    line = "Only what is asked here was checked; the monograph has more: Contraindications"
    assert any(text.startswith(line) for text in out.splitlines())


def test_an_unanswered_question_is_listed_and_never_counts_as_fine() -> None:
    """Every rule that lacks an answer says so."""
    result = run("screen", "aldesleukin", "--answer", "ecog=0")
    assert result.code == 3
    assert "never assumed to be fine" in result.out
    assert "cannot be decided without cns_metastases" in result.out
    assert "nephrectomy=yes|no" in result.out


def test_what_to_monitor_is_shown() -> None:
    """Before and regularly during therapy."""
    result = run("screen", "aldesleukin", *THREE_FACTORS)
    line = next(line for line in result.out.splitlines() if line.startswith("Monitor"))
    for word in ("Vital signs", "blood counts", "electrolytes", "before", "during", "[monograph"):
        assert word in line


def test_a_screen_as_json_repeats_no_answer() -> None:
    """Nothing about a patient is kept, not even in what is printed."""
    read = data("screen", "aldesleukin", *THREE_FACTORS, "--answer", "age=77")
    assert read["format"] == "il2calc.screen/1"
    first = read["rules"][0]
    assert (first["state"], len(first["met"]), first["of"]) == ("met", 3, 3)
    assert first["source"] == "monograph, Precautions; label-uk, Indications"
    assert "77" not in json.dumps(read, default=str)
    assert "nephrectomy" in read["unanswered"]
    assert "age" not in read["unanswered"]


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("nephrectomy", 2, ("--answer", "'nephrectomy'", "NAME=yes")),
        ("=yes", 2, ("--answer",)),
        ("ecog=5", 1, ("ecog", "0 to 4")),
        ("ecog=-1", 1, ("ecog", "0 to 4")),
        ("ecog=one", 1, ("ecog", "0 to 4", "'one'")),
        ("age=121", 1, ("age", "0 to 120")),
        ("nephrectomy=Yes", 1, ("nephrectomy=yes", "nephrectomy=no")),
        ("nephrectomy=1", 1, ("yes/no",)),
        ("ecg=1", 1, ("'ecg'", "did you mean 'ecog'?")),
    ],
)
def test_a_bad_answer_is_refused(answer: str, code: int, words: tuple[str, ...]) -> None:
    """Nothing is screened on an answer that was misread; only the monograph knows its range (1)."""
    assert_refused(run("screen", "aldesleukin", "--answer", answer), code, *words)


def test_two_answers_to_one_question_are_refused() -> None:
    """Else the last one silently wins, and `ecog=2` is forgotten."""
    result = run("screen", "aldesleukin", "--answer", "ecog=2", "--answer", "ecog=0")
    assert_refused(result, 2, "--answer", "'ecog'", "twice")


@pytest.mark.parametrize("verb", ["screen", "compatible"])
def test_a_screen_keeps_within_the_terminal(verb: str) -> None:
    """80 columns: words are not cut where the terminal ends."""
    args = THREE_FACTORS if verb == "screen" else ("lorazepam",)
    result = run(verb, "aldesleukin", *args, env={"COLUMNS": "80"})
    assert max(map(len, result.out.splitlines())) <= 80


def test_a_conversion_keeps_within_the_terminal() -> None:
    """The factor's sentence folds."""
    args = ("convert", "18 million IU", "mg", "--drug", "aldesleukin")
    result = run(*args, env={"COLUMNS": "80"})
    assert max(map(len, result.out.splitlines())) <= 80


@pytest.mark.parametrize("drug", ["paclitaxel", "trastuzumab", "imatinib", "cyclophosphamide"])
def test_a_monograph_without_precautions_is_never_all_clear(drug: str) -> None:
    """No question asked is no answer given: saying nothing with exit 0 reads as fine."""
    result = run("screen", drug)
    assert (result.code, result.err) == (3, "")
    assert result.out.count("\n") == 1
    assert f"The monograph of {drug} lists no precautions" in result.out


# A user's own monograph


def test_a_monograph_of_the_users_own_behaves_the_same(tmp_path: Path) -> None:
    """Every verb, from --library DIR/drugs; 10 million IU = 2 mg there."""
    library = library_of(tmp_path)
    result = run("drug", "EX-1", *library)
    assert result.code == 0
    assert result.out.startswith("examplumab (also: exa, EX-1), version 1")
    assert "File: examplumab.yaml, SHA-256 " in result.out
    assert converted("5 million IU", "mg", "--drug", "exa", *library) == "1 mg"
    assert_refused(run("drug", "samplumab", *library), 1, "samplumab is not examplumab")


def test_two_entries_on_one_other_drug_are_both_shown_the_cautious_one_first(
    tmp_path: Path,
) -> None:
    """Compatible in one source, to avoid in another: avoid, and both are read."""
    result = run("compatible", "examplumab", "water", *library_of(tmp_path))
    assert result.code == 3
    assert result.out.splitlines()[0] == "water: avoid"
    assert result.out.index("Not in glass.") < result.out.index("It dissolves.")
    assert "[roe2021, Page 2] (secondary source)" in result.out
    assert run("compatible", "examplumab", "AQUA", *library_of(tmp_path)).code == 0


def test_a_screen_of_the_users_own_is_clear_only_when_all_is_answered(tmp_path: Path) -> None:
    """Two questions, one rule."""
    library = library_of(tmp_path)
    assert run("screen", "examplumab", "--answer", "fever=no", *library).code == 3
    clear = run("screen", "examplumab", "--answer", "fever=no", "--answer", "age=60", *library)
    assert clear.code == 0
    assert clear.out == "heat: not met [doe2020, Table 1]\n"
    met_rule = run("screen", "examplumab", "--answer", "fever=yes", *library)
    assert met_rule.code == 3
    assert "heat (fever): met: wait" in met_rule.out


@pytest.mark.parametrize(
    "args",
    [
        ("convert", "18 million IU", "mg", "--drug", "aldesleukin"),
        ("compatible", "aldesleukin", "morphine"),
        ("screen", "aldesleukin"),
        ("drug", "aldesleukin"),
    ],
    ids=lambda args: args[0],
)
def test_a_users_monograph_in_place_of_the_shipped_one_is_a_caution(
    tmp_path: Path, args: tuple[str, ...]
) -> None:
    """A factor of 11 mg in a forgotten folder must not pass for the published one."""
    path = Path(language.shelf.drug_files()["aldesleukin"].file)
    text = path.read_text(encoding="utf-8").replace("IU = 1.1 mg", "IU = 11 mg")
    result = run(*args, *library_of(tmp_path, text, "aldesleukin"))
    assert "caution: " in result.err
    assert str(tmp_path) in result.err


def test_a_faulty_monograph_is_refused_with_every_fault(tmp_path: Path) -> None:
    """Each with file and line; nothing on standard output."""
    text = EXAMPLUMAB.replace("version: 1", "version: one").replace("verdict: avoid", "verdict: no")
    result = run("drug", "examplumab", *library_of(tmp_path, text))
    assert (result.code, result.out) == (1, "")
    assert re.search(r"examplumab\.yaml:3: version: ", result.err)
    assert re.search(r"examplumab\.yaml:18: compatibility\[2\]\.verdict: ", result.err)


# check and schema


def test_every_shipped_monograph_is_checked_and_without_fault() -> None:
    """`check` alone looks at regimens and drugs."""
    result = run("check")
    assert (result.code, result.err) == (0, "")
    for name in language.shelf.drug_files():
        assert f"drugs/{name}: no faults" in result.out


def test_every_fault_of_a_drug_file_is_reported_with_its_line(tmp_path: Path) -> None:
    """An unknown key, a bad version, a unit, a verdict: all at once."""
    text = (
        EXAMPLUMAB.replace("version: 1", "version: one")
        .replace("10 million IU = 2 mg", "10 million IU")
        .replace("verdict: compatible", "verdict: fine")
        .replace("[fever, age > 60]", "[fever, weight > 60]")
    )
    result = run("check", written(tmp_path, text))
    assert result.code == 1
    assert "examplumab.yaml: 4 faults" in result.out
    lines = result.err.splitlines()
    matches = [re.search(r"examplumab\.yaml:(\d+): (\S+): ", line) for line in lines]
    assert [(match[1], match[2]) for match in matches if match] == [
        ("3", "version"),
        ("10", "factors[1].is"),
        ("15", "compatibility[1].verdict"),
        ("27", "screen.rules[1].any"),
    ]


def test_the_faults_of_a_drug_file_as_json(tmp_path: Path) -> None:
    """File, line, path, problem; exit 1 as before."""
    text = EXAMPLUMAB.replace("version: 1", "version: one")
    result = run("check", written(tmp_path, text), "--format", "json")
    assert result.code == 1
    (file,) = json.loads(result.out)["files"]
    (fault,) = file["faults"]
    assert (fault["line"], fault["path"]) == (3, "version")
    assert fault["file"].endswith("examplumab.yaml")


def test_a_drug_file_is_known_by_its_key_wherever_it_is(tmp_path: Path) -> None:
    """A path, or standard input; its name must be that of its file."""
    assert run("check", written(tmp_path, EXAMPLUMAB)).out.endswith(": no faults\n")
    assert run("check", "-", stdin=EXAMPLUMAB.encode()).code == 0
    result = run("check", written(tmp_path, EXAMPLUMAB, "other.yaml"))
    assert result.code == 1
    assert "'examplumab'" in result.err
    assert "'other'" in result.err


def test_the_users_drugs_are_checked_with_the_rest(tmp_path: Path) -> None:
    """A fault in a user's drug file fails `check --library`."""
    text = EXAMPLUMAB.replace("version: 1", "version: one")
    result = run("check", *library_of(tmp_path, text))
    assert result.code == 1
    assert "drugs/examplumab: 1 fault\n" in result.out
    assert "drugs/aldesleukin: no faults" in result.out


@pytest.mark.parametrize("key", ["version", "read_on", "sources"])
def test_a_required_key_that_is_misspelt_is_one_fault_of_a_drug_file(
    tmp_path: Path, key: str
) -> None:
    """It is not missing too, and nothing that depends on it is reported."""
    text = re.sub(f"^{key}:", f"{key}x:", EXAMPLUMAB, flags=re.MULTILINE)
    result = run("check", written(tmp_path, text))
    assert result.err.count("\n") == 1
    assert result.err.endswith(f" {key}x: is an unknown key; did you mean {key!r}?\n")


def test_the_schema_of_a_drug_file_is_printed_on_request() -> None:
    """And is another than that of a regimen."""
    of_drug = json.loads(run("schema", "--drug").out)
    assert set(of_drug["required"]) == {"drug", "version", "read_on", "sources"}
    assert of_drug != json.loads(run("schema").out)


def test_a_name_of_both_a_drug_and_a_regimen_says_where_the_other_is() -> None:
    """Who asks for the one may mean the other; what goes down a pipe stays as it is."""
    assert run("drug", "imatinib").err == "imatinib is a regimen too: il2calc show imatinib\n"
    assert run("show", "imatinib").err == "imatinib is a drug too: il2calc drug imatinib\n"
    assert run("drug", "aldesleukin").err == run("show", "npc-bolus").err == ""
    for hint in (("show", "imatinib"), ("drug", "imatinib")):
        assert run(*hint, "--format", "json").err == ""


def test_a_height_as_us_charts_write_it_has_its_ucum_unit() -> None:
    """67 in = 170.18 cm; a pound is [lb_av] for programs."""
    data = json.loads(run("convert", "154 lb", "lb", "--format", "json").out)
    assert (data["value"], data["unit"]) == (154, "[lb_av]")
    assert "170.18 cm" in run("convert", "5 ft 7 in", "cm").out


# Answers from a file

MET = "renal_cell: yes\necog: 1\nmetastatic_sites: 2\nmonths_since_diagnosis: 12\n"


def answered(folder: Path, text: str, *more: str) -> Result:
    """A screening by a file of answers."""
    path = folder / "answers.yaml"
    path.write_text(text, encoding="utf-8")
    return run("screen", "aldesleukin", "--answers", str(path), *more)


def test_a_file_answers_as_options_do(tmp_path: Path) -> None:
    """All three risk factors; nineteen questions are not typed one by one."""
    pairs = [line.replace(": ", "=") for line in MET.splitlines()]
    typed = run("screen", "aldesleukin", *(word for pair in pairs for word in ("--answer", pair)))
    assert typed.out.startswith("risk factors 3 of 3")
    assert answered(tmp_path, MET) == typed
    first, rest = MET.split("\n", 1)
    assert answered(tmp_path, rest, "--answer", first.replace(": ", "=")) == typed


def test_a_template_asks_every_question_and_answers_none(tmp_path: Path) -> None:
    """Filled in it is a file of answers; left empty, nothing counts as fine."""
    template = run("screen", "aldesleukin", "--template")
    assert (template.code, template.err) == (0, "")
    assert "\necog:  # ECOG performance status (0 to 4)\n" in template.out
    assert answered(tmp_path, template.out) == run("screen", "aldesleukin")
    filled = template.out.replace("\necog: ", "\necog: 1")
    assert answered(tmp_path, filled) == run("screen", "aldesleukin", "--answer", "ecog=1")


def test_every_impossible_answer_is_reported_on_its_line(tmp_path: Path) -> None:
    """All at once: a number out of its range, a question that is none, neither yes nor no."""
    result = answered(tmp_path, "renal_cell: yes\necog: 9\nnonsense: no\ncardiac_disease: maybe\n")
    file = tmp_path / "answers.yaml"
    assert (result.code, result.out) == (1, "")
    two, three, four = result.err.splitlines()
    assert two == f"{file}:2: ecog is a number from 0 to 4, not 9"
    assert three.startswith(f"{file}:3: no question of aldesleukin is called 'nonsense'")
    assert four.startswith(f"{file}:4: cardiac_disease is a yes/no question, not 'maybe'")


def test_every_impossible_answer_that_was_typed_is_reported() -> None:
    """All at once, as those of a file are."""
    result = run("screen", "aldesleukin", "--answer", "ecog=9", "--answer", "nonsense=no")
    one, two = result.err.splitlines()
    assert (result.code, result.out) == (1, "")
    assert one == "error: --answer: ecog is a number from 0 to 4, not 9"
    assert two.startswith("--answer: no question of aldesleukin is called 'nonsense'")


@pytest.mark.parametrize(
    ("text", "more", "code", "word"),
    [
        (MET, ("--answer", "ecog=1"), 2, "'ecog' is also answered in"),
        ("- renal_cell\n", (), 1, "answers.yaml:1: is not a mapping; write NAME: yes, one per"),
        ("", (), 1, "answers.yaml:1: is empty; write NAME: yes, one per line"),
        ("# ecog: 1\n", (), 1, "answers.yaml:1: is empty; write NAME: yes, one per line"),
        ("a: b: c\n", (), 1, "answers.yaml:1: is not YAML here"),
    ],
)
def test_a_file_that_holds_no_answers_is_refused(
    tmp_path: Path, text: str, more: tuple[str, ...], code: int, word: str
) -> None:
    """In one line; an answer that is given twice may be given two ways."""
    assert_refused(answered(tmp_path, text, *more), code, word)


def test_answers_that_are_not_there_are_refused(tmp_path: Path) -> None:
    """With the way to begin one."""
    result = run("screen", "aldesleukin", "--answers", str(tmp_path / "no.yaml"))
    assert_refused(result, 1, "no.yaml cannot be read", "--template")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "aldesleukin"), "It is a drug: il2calc drug aldesleukin"),
        (("schedule", "aldesleukin"), "It is a drug: il2calc drug aldesleukin"),
        (("drug", "npc-bolus"), "It is a regimen: il2calc show npc-bolus"),
        (("screen", "npc-bolus"), "It is a regimen: il2calc show npc-bolus"),
    ],
)
def test_a_drug_named_as_a_regimen_or_the_reverse_is_called_what_it_is(
    words: tuple[str, ...], message: str
) -> None:
    """Both are words of the same page; a list of forty others says nothing to who mixed them up."""
    assert_refused(run(*words), 1, message)
    assert run(*message.partition(": il2calc ")[2].split()).code == 0


# Body surface area

BODY = ("bsa", "--weight", "70", "--height", "170")
PUBLISHED = {
    "mosteller": "1.818118685772619",
    "du-bois": "1.809707801753247",
    "haycock": "1.8256771247769754",
    "gehan-george": "1.8312893134221293",
    "fujimoto": "1.7642934701397994",
    "takahira": "1.8240665635433273",
    "shuter-aslani": "1.7860700647202692",
}
"""Check values for 170 cm and 70 kg, computed elsewhere in binary floating point."""


def area(*args: str) -> Decimal:
    """The number on the only line."""
    name, value, unit = printed(*args).split()
    assert unit == "m2", name
    return D(value)


@pytest.mark.parametrize("formula", PUBLISHED)
def test_each_formula_gives_its_published_value(formula: str) -> None:
    """To 12 decimals, one line, its name before it."""
    assert printed(*BODY, "--formula", formula).startswith(f"{formula}  ")
    assert abs(area(*BODY, "--formula", formula) - D(PUBLISHED[formula])) < D("1e-12")


def test_boyd_takes_the_weight_in_grams() -> None:
    """178 cm, 84 kg: 2.0544 m2 published; with kg in its place it would be 0.03."""
    args = ("bsa", "--weight", "84", "--height", "178", "--formula", "boyd")
    assert abs(area(*args) - D("2.0544")) < D("0.0001")


def test_schlich_does_not_swap_the_sexes() -> None:
    """165 cm, 95 kg: of all formulae Schlich for men is the lowest, 1.838 m2."""
    args = ("bsa", "--weight", "95", "--height", "165", "--formula", "schlich", "--sex")
    assert abs(area(*args, "male") - D("1.838")) < D("0.0005")
    assert area(*args, "female") > area(*args, "male")


def test_without_a_formula_it_is_mosteller() -> None:
    """sqrt(160 x 90 / 3600) = 2 exactly, shown without zeros."""
    assert printed("bsa", "--weight", "90", "--height", "160") == "mosteller  2 m2\n"


def test_units_are_converted() -> None:
    """1.70 m is 170 cm."""
    assert printed("bsa", "--weight", "70 kg", "--height", "1.70 m") == printed(*BODY)


def test_all_formulae_are_one_line_each() -> None:
    """Schlich for both sexes where none is given, else for that one."""
    lines = printed(*BODY, "--formula", "all").splitlines()
    names = [line.split("  ")[0] for line in lines]
    assert names[:8] == [*list(PUBLISHED)[:4], "boyd", *list(PUBLISHED)[4:]]
    assert names[8:] == ["schlich (female)", "schlich (male)"]
    assert {line.index("1.") for line in lines} == {len("schlich (female)") + 2}
    one = printed(*BODY, "--formula", "all", "--sex", "male").splitlines()
    assert len(one) == 9
    assert one[-1].split() == lines[-1].split()


def test_a_formula_for_adults_is_cautioned_where_it_is_printed_for_a_child() -> None:
    """Alone or among all of them; of an adult, and of a formula for everybody, nothing."""
    child = ("bsa", "--weight", "20", "--height", "115", "--sex", "male", "--formula")
    for formula, age, count in (("schlich", 6, 1), ("all", 6, 1), ("haycock", 6, 0)):
        result = run(*child, formula, "--age", f"{age}")
        assert (result.code, result.err.count("the formula schlich is for adults")) == (0, count)


def test_json_holds_the_same_with_all_digits() -> None:
    """28 of them."""
    data = document(*BODY)
    assert data["format"] == "il2calc.bsa/1"
    assert (data["weight_kg"], data["height_cm"]) == (70, 170)
    (only,) = data["bsa"]
    assert (only["formula"], only["unit"]) == ("mosteller", "m2")
    assert str(only["value"]).startswith(PUBLISHED["mosteller"])
    assert len(document(*BODY, "--formula", "all")["bsa"]) == 10


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (("bsa", "--weight", "70"), 2, "--height"),
        (("bsa", "--height", "170"), 2, "--weight"),
        (("bsa", "--weight", "1", "--height", "170"), 2, "2 to 400 kg"),
        (("bsa", "--weight", "70", "--height", "39"), 2, "40 to 260 cm"),
        ((*BODY, "--formula", "mostellar"), 2, "mosteller"),
        ((*BODY, "--formula", "schlich"), 1, "--sex female"),
        ((*BODY, "--sex", "f"), 2, "female"),
        ((*BODY, "--format", "csv"), 2, "json"),
    ],
)
def test_a_surface_area_that_cannot_be_calculated_is_refused(
    args: tuple[str, ...], code: int, word: str
) -> None:
    """One line that ends in what would work."""
    assert_refused(run(*args), code, "error: ", word)


AREAS = [("mosteller", D("1.8181186857726190")), ("du-bois", D(2))]


def test_a_line_is_name_value_and_unit() -> None:
    """Every digit but trailing zeros; values are below each other."""
    assert list(answer_verbs.area_lines(AREAS)) == [
        "mosteller  1.818118685772619 m2",
        "du-bois    2 m2",
    ]


def test_the_document_states_the_same_surfaces() -> None:
    """For programs."""
    assert answer_verbs.area_document(AREAS, D(70), D(170)) == {
        **document_head("il2calc.bsa/1"),
        "weight_kg": 70,
        "height_cm": 170,
        "bsa": [
            {"formula": "mosteller", "value": D("1.8181186857726190"), "unit": "m2"},
            {"formula": "du-bois", "value": 2, "unit": "m2"},
        ],
        "cautions": [],
    }
