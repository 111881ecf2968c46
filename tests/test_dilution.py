"""A dilution before a small dose is measured: 1 million units at 18 million/mL are 0.056 mL."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from commandline import assert_refused, run, written
from il2calc.model.drug import Bag, Dilution, Drug, Preparation, Product
from il2calc.pharmacy.preparation import Prepared, drawn_volume, prepare, rates
from il2calc.units import Span, quantity
from il2calc.units.notation import span
from pharmacy import SOURCES, given

D = Decimal
HEAD = """\
drug: lowumab
version: 1
read_on: 2026-11-28
source: label, Preparation
sources: {label: {cite: Invented., read: full text}}
"""
VIAL = """\
products:
  - product: vial
    form: vial
    contains: 22 million IU
    add: 1.2 mL
    with: water for injection
    concentration: 18 million IU/mL
    delivers: 18 million IU
"""
STEP = "{up_to: 2 million IU, take: 1 mL, to: 10 mL, with: glucose 5 %, keeps: 24 hours}"
ASSUMED = STEP.replace("keeps: 24 hours", "because: no source says it")


def a_drug(step: str = STEP) -> str:
    """A monograph of which small subcutaneous doses are diluted."""
    way = "preparations:\n  - {preparation: injection, routes: [SC], undiluted: true, dilution: "
    return f"{HEAD}{VIAL}{way}{step}}}\n"


def prepared(tmp_path: Path, amount: str, *args: str, step: str = STEP) -> str:
    """The preparation sheet of one dose."""
    folder = tmp_path / "drugs"
    folder.mkdir()
    (folder / "lowumab.yaml").write_text(a_drug(step), encoding="utf-8")
    text = (
        "regimen: low\ntitle: a\nfor: b\nversion: 1\nread_on: 2026-11-28\nsource: s, x\n"
        f"doses: [{{drug: lowumab, amount: {amount}, route: SC, day: 1}}]\n"
        "sources: {s: {cite: c, read: abstract}}\n"
    )
    file = written(tmp_path, text)
    result = run("prepare", file, "--library", str(tmp_path), *args)
    assert result.code == 0, result.err
    return result.out


def test_both_steps_are_on_the_sheet(tmp_path: Path) -> None:
    """1 mL to 10 mL is 1.8 million/mL; 1 million is 0.556 mL, drawn as 0.56: 1.008 million."""
    out = prepared(tmp_path, "1 million IU")
    assert "Volume of concentrate: 0.05556 mL" in out
    assert (
        "For doses up to 2 million units dilute first: 1 mL of the concentrate, made up to 10 mL "
        "with glucose 5 % (18 million units, then 1.8 million units/mL), keeps 24 hours "
        "[label, Preparation]"
    ) in out
    assert "Volume of the dilution: 0.5556 mL" in out
    assert "draw 0.56 mL = 1.008 million units, +0.8 %" in out
    assert "Injection: as diluted" in out
    assert "graduation of 0.01 mL is" not in out


def test_an_assumed_dilution_is_printed_as_an_assumption(tmp_path: Path) -> None:
    """Where no source gives it, the sheet says so to whoever measures."""
    assert "(an assumption: no source says it)" in prepared(tmp_path, "1 million IU", step=ASSUMED)


def test_a_larger_dose_is_measured_undiluted(tmp_path: Path) -> None:
    """3 million units, 0.167 mL, is above what the dilution is for."""
    out = prepared(tmp_path, "3 million IU")
    assert "Volume of the dilution" not in out
    assert "Injection: undiluted" in out
    assert "graduation of 0.01 mL is 6 %" in out


def test_a_dilution_is_plain_data_too(tmp_path: Path) -> None:
    """volume_ml stays that of the concentrate; the dilution has its own."""
    (dose,) = json.loads(prepared(tmp_path, "1.8 million IU", "--format", "json"))["doses"]
    assert dose["volume_ml"] == pytest.approx(0.1)
    assert dose["dilution"] == {
        "take_ml": 1, "to_ml": 10, "with": "glucose 5 %", "volume_ml": 1, "assumed": None,
        "up_to": {"value": 2_000_000, "unit": "[iU]"}, "keeps": "24 hours",
        "source": "label, Preparation",
    }  # fmt: skip
    assert dose["drawn"]["volume_ml"] == 1


def test_the_monograph_states_the_dilution(tmp_path: Path) -> None:
    """`il2calc drug` says for which doses."""
    prepared(tmp_path, "1 million IU")
    out = run("drug", "lowumab", "--library", str(tmp_path)).out
    assert "For doses up to 2 million units dilute first: 1 mL of the concentrate" in out


@pytest.mark.parametrize(("take", "vials"), [("1 mL", 1), ("2 mL", 2)])
@pytest.mark.parametrize("share", [[], ["--share-vials"]])
def test_the_order_has_the_vials_that_the_dilutions_take(
    tmp_path: Path, take: str, vials: int, share: list[str]
) -> None:
    """A vial gives 1 mL: 2 mL to dilute are two vials, whatever the dose is; the rest is waste.

    1,999,700 units are 0.111094444... mL without end; the vials are counted by the mL taken.
    """
    step = STEP.replace("take: 1 mL", f"take: {take}")
    data = json.loads(prepared(tmp_path, "1_999_700 IU", "--format", "json", *share, step=step))
    assert [vial["count"] for vial in data["doses"][0]["vials"]] == [vials]
    (ordered,) = data["totals"]
    assert (ordered["count"], ordered["waste"]["value"]) == (vials, vials * 18_000_000 - 1_999_700)


def low(
    amount: str,
    step: Dilution,
    *,
    route: str = "SC",
    bags: tuple[Bag, ...] = (),
    keeps: Span | None = None,
    graduation: Decimal | None = None,
) -> Prepared:
    """A dose of a drug of 18 million units in a mL and vials of 9 million."""
    window = (quantity("1_000 IU"), quantity("100_000 IU")) if bags else None
    routes = ("SC", "IV infusion")
    way = Preparation(
        "way", routes, (), SOURCES, bags=bags, window=window, dilution=step, keeps=keeps
    )
    vial = Product(
        *("vial", "vial", quantity("9 million IU"), SOURCES),
        concentration=quantity("18 million IU"),
        graduation=graduation,
    )
    drug = Drug("lowumab", (), 1, "", {}, products=(vial,), preparations=(way,))
    more = ", over: 1 hour" if bags else ""
    (prepared,) = prepare(given(amount, route, "lowumab", more), {"lowumab": drug})
    return prepared


def test_vials_are_counted_for_what_is_taken() -> None:
    """1 mL of 18 million a mL is two vials of 9 million, whatever small dose it is for.

    Half a mL is one.
    """
    prepared = low(
        "1 million IU", Dilution(quantity("2 million IU"), D(1), D(10), "water", SOURCES)
    )
    assert [count.pieces for count in prepared.vials] == [2]
    half = Dilution(quantity("2 million IU"), D("0.5"), D(5), "water", SOURCES)
    assert [count.pieces for count in low("1 million IU", half).vials] == [1]


def test_each_bag_of_an_infusion_of_days_takes_its_own_dilution() -> None:
    """3 million over 72 hours: each 24 hours 1 million, which is diluted, from 1 mL or two vials.

    The whole dose is above the 2 million up to which doses are diluted; no bag of it is.
    """
    step = Dilution(quantity("2 million IU"), D(1), D(10), "water", SOURCES)
    vial = Product(
        *("vial", "vial", quantity("9 million IU"), SOURCES),
        concentration=quantity("18 million IU"),
    )
    way = Preparation("way", ("IV infusion",), (), SOURCES, dilution=step, over=span("24 hours"))
    drug = Drug("lowumab", (), 1, "", {}, products=(vial,), preparations=(way,))
    schedule = given("3 million IU", "IV infusion", "lowumab", ", over: 72 hours")
    (prepared,) = prepare(schedule, {"lowumab": drug})
    assert prepared.dilution is step
    assert [count.pieces for count in prepared.vials] == [6]
    syringe = drawn_volume(prepared)
    assert syringe is not None
    assert syringe.volume == D("0.56")  # 1 / 18 mL of concentrate, ten times as much diluted


def test_a_dose_that_the_dilution_does_not_hold_is_not_measured_from_it() -> None:
    """0.1 mL of concentrate holds 1.8 million units: a dose of 2 million is not in it."""
    step = Dilution(quantity("5 million IU"), D("0.1"), D(1), "water", SOURCES)
    assert low("2 million IU", step).dilution is None
    assert low("1.8 million IU", step).dilution is step
    syringe = drawn_volume(low("1.8 million IU", step))
    assert syringe is not None
    assert syringe.volume == 1


def test_the_largest_dose_of_a_dilution_is_measured_from_it() -> None:
    """Up to 2 million units, 2 million are one of them; 2,000,001 are not."""
    step = Dilution(quantity("2 million IU"), D(1), D(10), "water", SOURCES)
    assert low("2 million IU", step).dilution is step
    assert low("2_000_001 IU", step).dilution is None


@pytest.mark.parametrize(("step", "shorter"), [(None, "1 day"), ("24 hours", "1 day")])
def test_a_dilution_that_keeps_no_shorter_leaves_the_time_of_its_preparation(
    step: str | None, shorter: str
) -> None:
    """A time not stated for the dilution, or as long, is shown in the words of the preparation."""
    keeps = None if step is None else span(step)
    dilution = Dilution(quantity("2 million IU"), D(1), D(10), "water", SOURCES, keeps)
    prepared = low("1 million IU", dilution, keeps=span("1 day"))
    assert prepared.preparation is not None
    assert prepared.preparation.keeps is not None
    assert prepared.preparation.keeps.text == shorter


def test_a_dose_of_a_powder_of_unknown_volume_is_not_measured_from_a_dilution() -> None:
    """Nobody knows how much of what is made up holds the dose."""
    step = Dilution(quantity("5 million IU"), D(1), D(10), "water", SOURCES)
    way = Preparation("way", ("SC",), (), SOURCES, dilution=step)
    powder = Product("powder", "vial", quantity("9 million IU"), SOURCES)
    drug = Drug("lowumab", (), 1, "", {}, products=(powder,), preparations=(way,))
    (prepared,) = prepare(given("1 million IU", "SC", "lowumab"), {"lowumab": drug})
    assert (prepared.dilution, prepared.measured) == (None, None)


def test_a_dose_in_another_measure_is_not_measured_from_a_dilution() -> None:
    """No factor here converts milligrams into units."""
    step = Dilution(quantity("1 mg"), D(1), D(10), "water", SOURCES)
    assert low("1 million IU", step).dilution is None


def test_a_bag_is_calculated_with_the_volume_that_goes_into_it() -> None:
    """1.8 million units are 1 mL of the dilution: 101 mL an hour with it."""
    step = Dilution(quantity("2 million IU"), D(1), D(10), "water", SOURCES)
    bags = (Bag(D(100), None),)
    prepared = low("1.8 million IU", step, route="IV infusion", bags=bags)
    assert [prepared.volume, prepared.measured] == [D("0.1"), D(1)]
    message = "Rate of 100 mL: 100 mL/h over 1 hour (101 with the drug's own volume)"
    assert list(rates(prepared)) == [message]


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        (
            "to: 10 mL",
            "to: 1 mL",
            "is not more than the volume taken; write the total after dilution",
        ),
        (
            "keeps",
            "source: label, because: nobody says, keeps",
            "has both 'because' and a source; keep one",
        ),
        ("2 million IU", "2 mg", "is in mg, the concentration in IU, and no factor of this file"),
        ("take: 1 mL, ", "", "has no 'take'; a dilution needs one"),
        ("to: 10 mL", "to: ten", "'ten' is not a volume"),
    ],
)
def test_a_step_that_cannot_be_made_is_a_fault(
    tmp_path: Path, was: str, now: str, problem: str
) -> None:
    """One line each, with the file and the line."""
    file = tmp_path / "lowumab.yaml"
    file.write_text(a_drug(STEP.replace(was, now)), encoding="utf-8")
    result = run("check", str(file))
    assert result.code == 1
    assert problem in result.out + result.err


@pytest.mark.parametrize(
    ("step", "keeps"), [("6 hours", "6 hours"), ("48 hours", "24 hours"), ("24 hours", "24 hours")]
)
def test_a_dose_keeps_no_longer_than_its_dilution(step: str, keeps: str) -> None:
    """A sheet with "Keeps: 24 hours" of a dilution that keeps 6 has it given 18 hours too late."""
    of_step, of_way = (span(text) for text in (step, "24 hours"))
    dilution = Dilution(quantity("2 MIU"), D(1), D(10), "water", SOURCES, of_step)
    prepared = low("1 million IU", dilution, keeps=of_way)
    assert prepared.preparation is not None
    assert prepared.preparation.keeps is not None
    assert prepared.preparation.keeps.text == keeps


def test_the_sheet_states_one_time_that_a_diluted_dose_keeps(tmp_path: Path) -> None:
    """The shorter one is with the dilution and its source; a larger dose keeps the longer."""
    for amount, count in (("1 million IU", 0), ("3 million IU", 1)):
        folder = tmp_path / str(count)
        folder.mkdir()
        step = STEP.replace("keeps: 24 hours}", "keeps: 6 hours}, keeps: 24 hours")
        out = prepared(folder, amount, step=step)
        assert out.count("Keeps: 24 hours") == count
        assert out.count("keeps 6 hours [label, Preparation]") == 1 - count


def test_a_factor_of_another_scale_joins_no_mass(tmp_path: Path) -> None:
    """1 Cetus unit = 6 IU says nothing of milligrams; 18 million IU = 1.1 mg does."""
    step = STEP.replace("2 million IU", "2 mg")
    file = tmp_path / "lowumab.yaml"
    for factor, code in (("1 Cetus units = 6 IU", 1), ("18 million IU = 1.1 mg", 0)):
        text = f"factors:\n  - {{is: {factor}, text: By weight., source: label}}\n"
        file.write_text(a_drug(step) + text, encoding="utf-8")
        assert run("check", str(file)).code == code


def test_an_assumed_dilution_has_no_source_in_plain_data(tmp_path: Path) -> None:
    """A program must not take an assumption for a source; no source states how long it keeps."""
    out = prepared(tmp_path, "1.8 million IU", "--format", "json", step=ASSUMED)
    (dose,) = json.loads(out)["doses"]
    data = dose["dilution"]
    assert (data["source"], data["assumed"], data["keeps"]) == (None, "no source says it", None)


def test_a_volume_of_a_drug_that_is_diluted_is_no_step(tmp_path: Path) -> None:
    """0.01 mL of the concentrate is 180,000 units, of the dilution 18,000: ten times apart.

    18 million units in a mL; 1 mL made up to 10 mL.
    """
    prepared(tmp_path, "1 million IU")
    file, step = str(tmp_path / "examplumab.yaml"), "lowumab=0.01 mL"
    result = run("schedule", file, "--library", str(tmp_path), "--round", step)
    assert_refused(result, 1, "--round lowumab=0.01 mL: doses of lowumab up to 2 million units are")
    assert "give an amount: 18000 IU for 0.01 mL of the dilution, 180000 IU for 0.01" in result.err
    for amount in ("18000 IU", "180000 IU"):
        args = ("--library", str(tmp_path), "--round", f"lowumab={amount}")
        assert run("schedule", file, *args).code == 0


def test_the_syringe_of_a_product_is_not_that_of_its_dilution() -> None:
    """A source names the syringe of the concentrate; of a dilution ours is named, as assumed.

    1 million units of 18 million/mL, 1 mL to 10 mL: 0.556 mL, to 0.01 mL 0.56 mL.
    """
    step = Dilution(quantity("2 million IU"), D(1), D(10), "water", SOURCES)
    small, large = (low(amount, step, graduation=D("0.05")) for amount in ("1 MIU", "9 MIU"))
    diluted, concentrate = drawn_volume(small), drawn_volume(large)
    assert diluted is not None
    assert (diluted.volume, diluted.graduation, diluted.assumed) == (
        D("0.56"),
        D("0.01"),
        True,
    )
    assert concentrate is not None
    assert (concentrate.volume, concentrate.graduation) == (D("0.5"), D("0.05"))
