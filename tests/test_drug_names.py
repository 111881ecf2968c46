"""Which drug a name means: one answer for every verb and every file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commandline import document, printed, rows, run
from filetext import a_dose
from il2calc.errors import FaultyFile, Refused
from il2calc.language import DrugNames, drug, load

AMOUNT = ("amount: 18 MIU", "route: SC")


def put(folder: Path, name: str, *lines: str) -> None:
    """A monograph of the user's own."""
    (folder / "drugs").mkdir(exist_ok=True)
    head = [f"drug: {name}", "version: 1", "read_on: 2026-11-22"]
    text = [*head, *lines, "sources: {doe2020: {cite: Doe J. 2020., read: abstract}}"]
    (folder / "drugs" / f"{name}.yaml").write_text("\n".join(text) + "\n", encoding="utf-8")


def a_regimen(folder: Path, name: str, *lines: str) -> str:
    """The path of a regimen of one drug."""
    path = folder / "examplumab.yaml"
    path.write_text(a_dose(f"drug: {name}", *(lines or AMOUNT)), encoding="utf-8")
    return str(path)


@pytest.mark.hazard(3)
@pytest.mark.parametrize("name", ["aldesleukin", "Aldesleukin", "PROLEUKIN", "proleukin"])
def test_a_drug_is_one_drug_however_it_is_spelled(name: str) -> None:
    """A monograph that vanishes with a capital letter takes every limit and warning along."""
    drug_name = DrugNames().look_up(name)
    assert (drug_name.written, drug_name.drug, drug_name.has_monograph) == (
        name,
        "aldesleukin",
        True,
    )
    assert drug_name.question() is None


@pytest.mark.parametrize("name", ["IL-2", "il-2", "interleukin-2", "rIL-2"])
def test_a_name_of_every_interleukin_2_is_taken_for_the_drug_with_a_doubt(name: str) -> None:
    """Some sources mean another preparation by it, of other units and doses."""
    drug_name = DrugNames().look_up(name)
    assert drug_name.drug == "aldesleukin"
    assert f"{name} is read as aldesleukin" in (drug_name.question() or "")


@pytest.mark.hazard(2)
@pytest.mark.parametrize(
    "name",
    ["celmoleukin", "teceleukin", "bg-8301", "Oprelvekin", "Kadcyla", "nab paclitaxel", "T DM1"],
)
def test_another_preparation_is_never_taken_for_the_drug(name: str) -> None:
    """Patients of a trial were given the wrong trastuzumab: FDA, 6 May 2013."""
    drug_name = DrugNames().look_up(name)
    assert (drug_name.drug, drug_name.has_monograph, drug_name.near) == (name, False, None)
    assert drug_name.mistaken_for is not None


@pytest.mark.parametrize("name", ["oprelvekine", "trastuzumab emtansin", "dasatinib", "IMP-32"])
def test_a_name_nearer_to_another_preparation_is_not_advised(name: str) -> None:
    """A guess of the wrong drug is worse than none."""
    drug_name = DrugNames().look_up(name)
    assert (drug_name.near, drug_name.mistaken_for, drug_name.question()) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "near"), [("aldesleukine", "aldesleukin"), ("cyclofosfamide", "cyclophosphamide")]
)
def test_a_near_name_is_asked_about_and_not_taken(name: str, near: str) -> None:
    drug_name = DrugNames().look_up(name)
    assert (drug_name.drug, drug_name.near) == (name, near)
    assert f"write {near} if it is meant" in (drug_name.question() or "")


@pytest.mark.hazard(3)
@pytest.mark.parametrize(
    ("name", "drug"),
    [
        ("Aldesleukin SC", "aldesleukin"),
        ("Aldesleukin/Proleukin", "aldesleukin"),
        ("human IL-2", "aldesleukin"),
        ("interleukin-2 (Roche)", "aldesleukin"),
        ("IL\N{MINUS SIGN}2", "aldesleukin"),
        ("Paclitaxel (Taxol)", "paclitaxel"),
        ("trastuzumab-dkst", "trastuzumab"),
    ],
)
def test_a_name_that_holds_that_of_a_drug_is_asked_about_and_not_taken(
    name: str, drug: str
) -> None:
    """Danger: a ten-fold dose of it in silence, since no monograph is looked at."""
    drug_name = DrugNames().look_up(name)
    assert (drug_name.drug, drug_name.has_monograph) == (name, False)
    assert drug_name.question() == (
        f"{name} has no monograph here, and it contains a name of {drug}; write {drug} if it is "
        "meant"
    )


@pytest.mark.parametrize(
    "name", ["IL-21", "exampleukin", "paclitaxel with trastuzumab", "trastuzumab emtansin"]
)
def test_a_name_that_holds_no_word_of_a_drug_or_those_of_two_is_not_asked_about(name: str) -> None:
    assert DrugNames().look_up(name).question() is None


@pytest.mark.parametrize(
    ("name", "in_doubt"),
    [
        ("placebo for aldesleukin", False),
        ("Aldesleukin placebo", False),
        ("aldesleukin or placebo", True),
        ("IL-2/placebo", True),
    ],
)
def test_a_placebo_is_not_taken_for_its_drug_under_another_name(name: str, in_doubt: bool) -> None:
    """It was asked about in every schedule of a trial. What is blinded may be the drug."""
    assert (DrugNames().look_up(name).question() is not None) is in_doubt


@pytest.mark.hazard(2)
@pytest.mark.parametrize("name", ["Abraxane 100 mg", "weekly nab-paclitaxel", "IL-11 (rhIL-11)"])
def test_another_preparation_is_known_among_other_words(name: str) -> None:
    """Danger: the answer is to write it as the drug that it is never the same as."""
    drug_name = DrugNames().look_up(name)
    assert (drug_name.near, drug_name.question()) == (None, None)
    assert drug_name.mistaken_for is not None


def test_a_name_of_several_drugs_is_refused(tmp_path: Path) -> None:
    """Which drug is meant is never decided by the alphabet."""
    put(tmp_path, "examplumab", "also: [mab]")
    put(tmp_path, "EXAMPLUMAB")
    assert DrugNames(tmp_path).look_up("EXAMPLUMAB").drug == "EXAMPLUMAB"
    with pytest.raises(Refused, match="EXAMPLUMAB or examplumab"):
        DrugNames(tmp_path).look_up("Examplumab")


def test_a_name_is_never_looked_up_past_a_faulty_monograph(tmp_path: Path) -> None:
    """The name may be in the very file that cannot be read."""
    put(tmp_path, "examplumab", "colour: red")
    assert DrugNames(tmp_path).look_up("Aldesleukin").drug == "aldesleukin"
    with pytest.raises(FaultyFile, match="colour"):
        DrugNames(tmp_path).look_up("herceptin")
    result = run("check", a_regimen(tmp_path, "herceptin"), "--library", str(tmp_path))
    assert (result.code, "colour" in result.err) == (1, True)


def test_check_reports_a_name_of_several_drugs(tmp_path: Path) -> None:
    put(tmp_path, "examplumab", "also: [mab]")
    put(tmp_path, "otherumab", "also: [mab]")
    result = run("check", a_regimen(tmp_path, "mab"), "--library", str(tmp_path))
    assert (result.code, "examplumab or otherumab" in result.err) == (1, True)


def test_an_option_names_a_drug_of_the_regimen_by_any_of_its_names(tmp_path: Path) -> None:
    regimen = load(a_regimen(tmp_path, "Proleukin"))
    names = DrugNames()
    called = [names.drug_of(name, regimen) for name in ("aldesleukin", "PROLEUKIN", "IL-2", "x")]
    assert called == ["aldesleukin"] * 3 + ["x"]
    assert drug("IL-2").name == "aldesleukin"


@pytest.mark.hazard(3)
def test_two_spellings_of_a_drug_have_one_total_and_one_count(tmp_path: Path) -> None:
    """The dose of a course that appears nowhere is the one that is not checked."""
    path = tmp_path / "examplumab.yaml"
    text = a_dose("drug: aldesleukin", *AMOUNT, "day: 1") + (
        "  - {dose: two, drug: Aldesleukin, amount: 18 MIU, route: SC, day: 2}\n"
    )
    path.write_text(text, encoding="utf-8")
    out = run("schedule", str(path)).out
    assert "36 million units (2 doses)" in out
    assert "aldesleukin, written Aldesleukin in the file" in out
    rows = json.loads(run("schedule", str(path), "--format", "json").out)["administrations"]
    values = [(row["drug"], row["written"], row["dose_number"]) for row in rows]
    assert values == [("aldesleukin", "aldesleukin", 1), ("aldesleukin", "Aldesleukin", 2)]


@pytest.mark.hazard(3)
@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        ("examplumab", "Examplumab", True),
        ("examplumab", "exemplumab", True),
        ("interferon alfa", "Interferon-alpha", True),
        ("5-FU", "5FU", True),
        ("interferon alfa-2a", "interferon alfa-2b", False),
        ("interferon alfa", "interferon alfa-2a", False),
        ("prednisone", "prednisolone", False),
        ("folic acid", "folinic acid", False),
        ("vaccine A", "vaccine B", False),
        ("lapatinib", "apatinib", False),
        ("pazopanib", "mazopanib", False),
        ("fenobarbital", "phenobarbital", True),
        ("exampleine", "'exampleine (Exa)'", True),
        ("'exampleine (alfa)'", "'exampleine (beta)'", False),
    ],
)
def test_two_spellings_of_a_drug_without_a_monograph_are_asked_about(
    tmp_path: Path, one: str, two: str, alike: bool
) -> None:
    """Danger: two totals, each half of what is given, and no check that sees both."""
    path = tmp_path / "examplumab.yaml"
    line = f"  - {{dose: two, drug: {two}, amount: 18 MIU, route: SC, day: 2}}\n"
    again = line.replace("dose: two", "dose: again").replace(two, one).replace("day: 2", "day: 3")
    text = a_dose(f"drug: {one}", "dose: one", *AMOUNT, "day: 1")
    path.write_text(text + line + again, encoding="utf-8")
    one, two = one.strip("'"), two.strip("'")
    question = f"{two} and {one} count as two drugs"
    for verb in ("check", "schedule"):
        assert (run(verb, str(path)).err.count(question) == 1) is alike
        assert f"{one} and" not in run(verb, str(path)).err


def test_a_second_spelling_of_a_drug_as_needed_is_cautioned(tmp_path: Path) -> None:
    """It has no row, and `schedule` had no caution of it; one of another arm is not given."""
    path = tmp_path / "examplumab.yaml"
    line = "  - {drug: Examplumab, amount: 18 MIU, route: SC, day: 2, as_needed: yes}\n"
    path.write_text(a_dose(*AMOUNT, "day: 1") + line, encoding="utf-8")
    message = "caution: Examplumab and examplumab count as two drugs"
    assert run("schedule", str(path)).err.count(message) == 1
    line = line.replace("yes}", "yes, arm: high}")
    arms = "arms: {low: a, high: b}\n"
    path.write_text(arms + a_dose(*AMOUNT, "day: 1") + line, encoding="utf-8")
    assert run("schedule", str(path), "--arm", "high").err.count(message) == 1
    assert message not in run("schedule", str(path), "--arm", "low").err


def test_the_monographs_name_is_printed_and_the_written_one_kept(tmp_path: Path) -> None:
    """A sheet without volume, window and limits looks like one that needs none."""
    path = a_regimen(tmp_path, "Proleukin")
    assert "aldesleukin 18 million units" in run("prepare", path).out
    assert "No monograph" not in run("prepare", path).out
    assert "aldesleukin (written Proleukin) 18 million units" in run("show", path).out
    assert ",aldesleukin," in run("schedule", path, "--format", "csv").out
    setting = "Proleukin.amount=9 MIU"
    assert "9 million units" in run("schedule", path, "--set", setting).out


def test_a_name_in_doubt_is_a_caution_of_every_verb(tmp_path: Path) -> None:
    path = a_regimen(tmp_path, "IL-2")
    for verb in ("check", "schedule", "prepare"):
        result = run(verb, path, "--strict")
        assert (result.code, "IL-2 is read as aldesleukin" in result.err) == (3, True)


@pytest.mark.hazard(3)
def test_a_drug_without_a_monograph_is_a_line_and_no_caution(tmp_path: Path) -> None:
    """Most drugs have none, and a check that always shouts is not read."""
    result = run("schedule", a_regimen(tmp_path, "quuxumab"), "--strict")
    assert (result.code, result.err) == (0, "")
    assert "quuxumab: no monograph is available" in result.out
    output = run("schedule", a_regimen(tmp_path, "teceleukin")).out
    assert "teceleukin is not aldesleukin" in " ".join(output.split())


@pytest.mark.parametrize("name", ["aldesleukin", "Proleukin", "il-2"])
def test_percent_round_and_preparation_take_any_name_of_the_drug(tmp_path: Path, name: str) -> None:
    path = a_regimen(tmp_path, "proleukin")
    options = ("--percent", f"{name}=50 %", "--round", f"{name}=vial", "--round-within", "200")
    assert "aldesleukin is given at 50 %" in run("schedule", path, *options).err
    chosen = run("prepare", path, "--preparation", f"{name}=24-hour infusion")
    assert (chosen.code, "24-hour infusion" in chosen.out) == (0, True)


def test_two_names_of_one_drug_in_an_option_are_refused(tmp_path: Path) -> None:
    """Of two shares of one drug neither may win in silence."""
    path = a_regimen(tmp_path, "proleukin")
    result = run("schedule", path, "--percent", "IL-2=50 %", "--percent", "proleukin=75 %")
    assert (result.code, "names aldesleukin again" in result.err) == (2, True)


def test_the_arms_of_a_regimen_may_leave_a_drug_out(tmp_path: Path) -> None:
    """A drug that an arm does not give causes no caution in it."""
    path = tmp_path / "examplumab.yaml"
    text = a_dose("arm: one", head=("arms: {one: first, two: second}",)) + (
        "  - {drug: IL-2, amount: 18 MIU, route: SC, day: 2, arm: two}\n"
    )
    path.write_text(text, encoding="utf-8")
    result = run("schedule", str(path), "--arm", "one")
    assert ("IL-2" in result.out, result.err) == (False, "")


UNITS = "amount: 100_000 units/kg"


@pytest.mark.hazard(14)
@pytest.mark.parametrize("name", ["aldesleukin", "proleukin", "IL-2"])
def test_plain_units_of_a_drug_counted_in_iu_are_refused(tmp_path: Path, name: str) -> None:
    """In papers of the 1980s a unit is a Cetus unit: six times the dose that was meant, or a sixth.

    The printed amount would be the same words for both.
    """
    path = a_regimen(tmp_path, name, UNITS, "route: IV bolus")
    for verb in (("check", path), ("schedule", path, "--weight", "70")):
        result = run(*verb)
        assert (result.code, "measured in IU" in result.err) == (1, True)
        assert 'il2calc convert "100 Cetus units" IU --drug aldesleukin' in result.err


def test_plain_units_are_not_answered_with_what_is_refused_there(tmp_path: Path) -> None:
    """A step and a cap take no amount of an older scale: that way out would be refused next."""
    step = run("schedule", "npc-bolus", "--weight", "70", "--round", "proleukin=1 million units")
    assert (step.code, "write it like '5.04 million IU'" in step.err) == (2, True)
    lines = ("amount: 5 MIU", "cap: 6 million units", "route: SC")
    cap = run("check", a_regimen(tmp_path, "Proleukin", *lines))
    assert (cap.code, "write it like '5.04 million IU'" in cap.err) == (1, True)
    for text in (step.err, cap.err):
        assert "'100_000 Cetus units/kg'" not in text


@pytest.mark.hazard(14)
@pytest.mark.parametrize(
    ("amount", "value", "working"),
    [
        (
            "100_000 Cetus units/kg",
            "42000000",
            "100,000 Cetus units/kg x 6 = 600,000 units/kg; 600,000 units/kg x 70 kg = 42,000,000",
        ),
        ("3 million Cetus units", "18000000", "3,000,000 Cetus units x 6 = 18,000,000 units"),
        ("10 Nutley units/day", "12", "10 Nutley units/day x 1.2 = 12 units/day"),
    ],
)
def test_an_older_scale_of_activity_is_turned_into_iu_when_it_is_read(
    tmp_path: Path, amount: str, value: str, working: str
) -> None:
    """UC Davis 1991: 3 million Cetus units are beside 18 million IU, six each.

    100,000 Cetus units/kg are 600,000 IU/kg (Abrams 1990), at 70 kg 42 million IU.
    """
    path = a_regimen(tmp_path, "Proleukin", f"amount: {amount}", "route: SC")
    (row,) = document("schedule", path, "--weight", "70")["administrations"]
    assert row["amount"] == {"value": int(value), "unit": "[iU]"}
    assert row["working"][0]["text"].startswith(working)
    assert working.split(" = ", maxsplit=1)[0] in printed("show", path)


def test_an_amount_by_arm_may_be_in_an_older_scale(tmp_path: Path) -> None:
    """Each arm by itself; one may be in IU."""
    lines = "amount: {a: 1 million Cetus units, b: 5 million IU}", "route: SC"
    path = a_regimen(tmp_path, "aldesleukin", *lines)
    text = Path(path).read_text()
    Path(path).write_text(text.replace("doses:", "arms: {a: first, b: second}\ndoses:"))
    assert rows("schedule", path, "--arm", "a")[0]["amount"] == "6000000"
    assert rows("schedule", path, "--arm", "b")[0]["amount"] == "5000000"


def test_an_older_scale_may_be_set(tmp_path: Path) -> None:
    path = a_regimen(tmp_path, "aldesleukin", "amount: 5 MIU", "route: SC")
    (row,) = rows("schedule", path, "--set", "aldesleukin.amount=2 million Cetus units")
    assert row["amount"] == "12000000"


@pytest.mark.parametrize("name", ["paclitaxel", "unknownumab"])
def test_an_older_scale_of_a_drug_without_its_factor_is_refused(tmp_path: Path, name: str) -> None:
    """What a Cetus unit is of another drug, no source states."""
    path = a_regimen(tmp_path, name, "amount: 5 Cetus units/kg", "route: IV")
    result = run("check", path)
    assert result.code == 1
    assert f"{name} has no factor for doses from them" in result.err + result.out


def test_the_other_reading_of_an_assumption_may_be_in_an_older_scale(tmp_path: Path) -> None:
    """`check` reads it without monographs: that it is an activity is all it needs to know."""
    path = a_regimen(tmp_path, "aldesleukin", "amount: 5 MIU", "route: SC", "cap: 9 MIU")
    with Path(path).open("a") as file:
        file.write(
            "assumptions:\n  - about: aldesleukin.amount\n    text: IU are meant.\n"
            "    because: Nothing is said.\n    otherwise: 5 million Cetus units\n"
        )
    result = run("check", path)
    assert result.code == 0, result.err + result.out


def test_the_factor_for_doses_is_not_what_convert_reports() -> None:
    """The printed monograph says about 16.7 Cetus units per 100 IU; that stays as reported."""
    output = printed("convert", "100 IU", "Cetus units", "--drug", "aldesleukin")
    assert output.startswith("about 16.7 Cetus units")
    assert "1 Cetus units = 6 units. Of an amount in a regimen." in printed("drug", "aldesleukin")


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        (("amount: 5 MIU", "cap: 9 million units"), ".cap"),
        (("amount: 5 MIU", "round: 1 million units"), ".round"),
    ],
)
def test_a_cap_or_a_step_in_plain_units_is_refused(
    tmp_path: Path, lines: tuple[str, ...], path: str
) -> None:
    result = run("check", a_regimen(tmp_path, "aldesleukin", *lines, "route: SC"))
    assert (result.code, f"aldesleukin{path}: is in plain units" in result.err) == (1, True)


def test_plain_units_are_refused_where_they_are_set_or_rounded_to(tmp_path: Path) -> None:
    """The same slip by way of an option."""
    path = a_regimen(tmp_path, "proleukin")
    setting = run("schedule", path, "--set", "proleukin.amount=5 million units")
    assert (setting.code, "measured in IU" in setting.err) == (1, True)
    bands = tmp_path / "bands.csv"
    bands.write_text("low,high,give,unit\n1,99000000,18000000,units\n", encoding="utf-8")
    for text in ("1 million units", f"bands:{bands}"):
        rounded = run("schedule", path, "--round", f"IL-2={text}")
        assert (rounded.code, "measured in IU" in rounded.err) == (2, True)


def test_plain_units_of_any_other_drug_are_its_own(tmp_path: Path) -> None:
    """Heparin, asparaginase and bleomycin are counted in units that are no IU."""
    for name in ("examplumab", "trastuzumab"):
        path = a_regimen(tmp_path, name, "amount: 100 units/kg", "route: SC")
        result = run("schedule", path, "--weight", "70", "--round", f"{name}=10 units")
        assert result.code == 0


def test_a_drug_of_no_other_scale_refuses_plain_units_too(tmp_path: Path) -> None:
    """The source that counts in units may mean a scale that the monograph does not know."""
    put(
        tmp_path,
        "examplumab",
        "products: [{product: vial, form: vial, contains: 5 MIU, source: doe2020}]",
    )
    path = a_regimen(tmp_path, "examplumab", UNITS, "route: SC")
    result = run("check", path, "--library", str(tmp_path))
    assert (result.code, "no factor for another scale is known here" in result.err) == (1, True)


def test_a_scale_without_a_factor_for_doses_is_no_way_out(tmp_path: Path) -> None:
    """`convert` knows about how much it is; what it is in a dose, no source states."""
    factor = "{is: 100 IU = 16.7 Cetus units, text: Reportedly., source: doe2020}"
    put(tmp_path, "examplumab", f"factors: [{factor}]")
    library = ("--library", str(tmp_path))
    plain = run("check", a_regimen(tmp_path, "examplumab", UNITS, "route: SC"), *library)
    assert (plain.code, "or like '100_000 Cetus" in plain.err) == (1, False)
    path = a_regimen(tmp_path, "examplumab", "amount: 5 Cetus units", "route: SC")
    scaled = run("check", path, *library)
    assert "examplumab has no factor for doses from them" in scaled.err


def test_a_drug_file_has_no_plain_units_beside_iu(tmp_path: Path) -> None:
    """A limit in units would be checked against doses in IU."""
    put(
        tmp_path,
        "examplumab",
        "products: [{product: vial, form: vial, contains: 5 MIU, source: doe2020}]",
        "limits: [{route: SC, amount: 9 million units, text: the most, source: doe2020}]",
    )
    result = run("check", str(tmp_path / "drugs" / "examplumab.yaml"))
    assert (result.code, "limits[1].amount: mixes plain units" in result.err) == (1, True)


def test_a_name_printed_with_its_brand_is_the_drug_of_both() -> None:
    """A prescription prints "IL-2 (Proleukin)": each name alone is aldesleukin, and so are both.

    The caution of IL-2 stays, and a limit that vanished with the brackets would be the danger.
    """
    drug_name = DrugNames().look_up("IL-2 (Proleukin)")
    assert (drug_name.drug, drug_name.has_monograph) == ("aldesleukin", True)
    assert "IL-2 (Proleukin) is read as aldesleukin" in (drug_name.question() or "")
    assert DrugNames().look_up("Proleukin (aldesleukin)").question() is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("paclitaxel (Proleukin)", "paclitaxel is paclitaxel and Proleukin is aldesleukin"),
        ("trastuzumab (Kadcyla)", "is not trastuzumab"),
    ],
)
def test_a_name_of_two_drugs_is_taken_for_neither_and_reported(name: str, message: str) -> None:
    """Whichever of the two were taken, the other could be what the source means."""
    drug_name = DrugNames().look_up(name)
    assert (drug_name.drug, drug_name.has_monograph) == (name, False)
    assert drug_name.mistaken_for is not None
    assert message in drug_name.mistaken_for.text


@pytest.mark.parametrize(
    "name", ["Aprepitant (Emend)", "paclitaxel (weekly)", "paclitaxel (", "same (paclitaxel)"]
)
def test_brackets_that_hold_no_drug_are_as_printed(tmp_path: Path, name: str) -> None:
    """What has no monograph, or is a name of several drugs, says nothing of the whole name."""
    for one in ("oneumab", "twoumab"):
        put(tmp_path, one, "also: [same]")
    drug_name = DrugNames(tmp_path).look_up(name)
    assert (drug_name.drug, drug_name.has_monograph, drug_name.mistaken_for) == (name, False, None)


TAKEN = "caution: IL-2 is read as aldesleukin"
"""The caution about a name that some sources use of another preparation."""


@pytest.mark.parametrize(
    "options",
    [
        ("schedule", "--percent", "IL-2=50 %"),
        ("schedule", "--percent", "IL-2=50 %", "--round", "IL-2=0.1 million IU"),
        ("schedule", "--graduation", "IL-2=0.01 mL", "--format", "html"),
        ("schedule", "--drug", "IL-2", "--format", "events"),
        ("schedule", "--percent", "IL-2=50 %", "--cmt", "IL-2=2", "--format", "events"),
        ("prepare", "--round", "IL-2=0.1 million IU", "--graduation", "IL-2=0.01 mL"),
        ("prepare", "--preparation", "IL-2=short infusion"),
        ("diff", "npc-bolus", "--percent", "IL-2=50 %"),
    ],
)
def test_a_name_in_doubt_in_an_option_is_cautioned_once(options: tuple[str, ...]) -> None:
    """Whoever types IL-2 may mean another preparation than the regimen's: a share of the wrong one.

    A regimen that is written so has the same caution.
    """
    verb, *others = options
    result = run(verb, "npc-bolus", *others, "--weight", "70")
    assert (result.code, result.err.count(TAKEN)) == (0, 1), result.err


def test_a_name_in_doubt_in_an_option_is_a_caution_like_the_others(tmp_path: Path) -> None:
    """JSON has it with the rows of that drug, and `--strict` ends with 3."""
    plan = ("schedule", "npc-bolus", "--weight", "70", "--percent", "rIL-2=50 %")
    cautions = {caution["code"]: caution for caution in document(*plan)["cautions"]}
    assert "rIL-2 is read as aldesleukin" in cautions["drug-name"]["text"]
    assert len(cautions["drug-name"]["administrations"]) == len(document(*plan)["administrations"])
    assert run(*plan, "--strict").code == 3
    people = tmp_path / "people.csv"
    people.write_text("ID,WT\n1,70\n2,80\n", encoding="utf-8")
    cohort = run("cohort", "npc-bolus", str(people), "--percent", "IL-2=50 %", "--format", "csv")
    assert "caution drug-name: 2 patients" in cohort.err
    log = str(tmp_path / "log.yaml")
    options = ("--regimen", "npc-bolus", "--start", "2026-01-05", "--weight", "70")
    assert TAKEN in run("log", "start", log, *options, "--percent", "IL-2=50 %").err
    events = ("replan", log, "--as-of", "2026-01-06", "--format", "events", "--plan")
    assert TAKEN in run(*events, "--drug", "IL-2").err
    assert TAKEN not in run(*events, "--drug", "aldesleukin").err


def test_a_name_in_doubt_in_an_option_marks_the_rows_of_its_own_drug() -> None:
    """What is to be confirmed is the interleukin-2, and not the antibody beside it."""
    plan = ("schedule", "trastuzumab", "--weight", "70", "--bsa", "1.8", "--times", "cycle=1")
    data = document(*plan, "--percent", "IL-2=50 %")
    rows = {caution["code"]: caution["administrations"] for caution in data["cautions"]}
    numbers = [
        row["number"] for row in data["administrations"] if row["drug"].startswith("aldesleukin")
    ]
    assert 0 < len(numbers) < len(data["administrations"])
    assert rows["drug-name"] == numbers


def test_a_name_in_doubt_in_a_search_of_the_shelf_is_reported() -> None:
    """What is listed is of the one drug; another preparation of that name has other regimens."""
    assert TAKEN in run("list", "--drug", "IL-2").err
    assert run("list", "--drug", "proleukin").err == ""


def test_the_name_of_a_regimen_in_an_option_is_not_cautioned_twice(tmp_path: Path) -> None:
    """A file that writes IL-2 has one caution; the option names what the file names."""
    result = run("schedule", a_regimen(tmp_path, "IL-2"), "--percent", "IL-2=50 %")
    assert result.err.count(TAKEN) == 1


@pytest.mark.parametrize(
    ("name", "messages"),
    [("IL-2", ["cycle.IL-2.drug: IL-2 is read as aldesleukin."]), ("aldesleukin", [])],
)
def test_a_name_in_doubt_that_begins_a_file_is_reported(
    tmp_path: Path, name: str, messages: list[str]
) -> None:
    """Whoever begins a regimen of IL-2 reads at once that the source may mean another one."""
    result = run("new", str(tmp_path / "mine.yaml"), "--drug", name, "--route", "SC", "--quiet")
    assert (result.code, len(result.err.splitlines())) == (0, len(messages))
    assert all(message in result.err for message in messages)
