"""How doses are to be rounded, as a command line says it: a step, a vial, a tablet, dose bands."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from il2calc import Patient, load_regimen, make_schedule
from il2calc.cli.request import bounds
from il2calc.errors import OptionError, Refused, UnknownName
from il2calc.pharmacy import rounding
from il2calc.plan.dosing import Band, Bound
from il2calc.review.of_schedule import review
from il2calc.units import Quantity, quantity

D = Decimal
HEAD = "low,high,give,unit\n"
MONOGRAPH = """\
drug: examplumab
version: 1
read_on: 2026-11-22
source: label
products:
{products}
sources:
  label: {{cite: An invented label., read: secondary}}
"""


def step_of(text: str, folder: Path | None = None) -> Quantity | None:
    """The step of the one drug of `--round TEXT`."""
    ((_, bound),) = bounds([text], "10%", folder).items()
    return bound.step


def banded(folder: Path, text: str) -> tuple[Band, ...]:
    """The bands of a file's text."""
    path = folder / "bands.csv"
    path.write_text(text, encoding="utf-8")
    return bounds([f"examplumab=bands:{path}"], "10%", None)["examplumab"].bands


def a_library(folder: Path, *products: str) -> Path:
    """A folder of the user's own with a monograph of these products."""
    listed = "\n".join(
        f"  - {{product: p{index}, {product}}}" for index, product in enumerate(products)
    )
    (folder / "drugs").mkdir()
    text = MONOGRAPH.format(products=listed)
    (folder / "drugs" / "examplumab.yaml").write_text(text, encoding="utf-8")
    return folder


# Steps


def test_a_volume_is_what_a_syringe_holds_of_the_made_up_drug() -> None:
    """18 million units/mL: a syringe read to 0.01 mL measures steps of 180,000 units."""
    assert step_of("aldesleukin=0.01 mL") == quantity("180_000 IU")


def test_a_volume_of_a_drug_without_a_concentration_is_one_of_the_dose(tmp_path: Path) -> None:
    """A dose in mL is rounded in mL; of other doses it is refused, for nothing converts it."""
    library = a_library(tmp_path, "form: vial, contains: 5 mg")
    assert step_of("examplumab=0.5 mL", library) == quantity("0.5 mL")
    assert step_of("unheardofumab=0.5 mL") == quantity("0.5 mL")


def test_a_volume_of_two_concentrations_is_refused(tmp_path: Path) -> None:
    """0.1 mL of one vial would be double the dose of the other."""
    library = a_library(
        tmp_path,
        "form: vial, contains: 5 mg, concentration: 5 mg/mL",
        "form: vial, contains: 10 mg, concentration: 10 mg/mL",
    )
    words = r"examplumab=0\.1 mL: examplumab has more than one concentration \(5 mg/mL, 10 mg/mL\)"
    with pytest.raises(Refused, match=words):
        step_of("examplumab=0.1 mL", library)


def test_two_vials_of_one_concentration_have_one_step() -> None:
    """Trastuzumab is made up to 21 mg/mL from both of its vials."""
    assert step_of("trastuzumab=0.1 mL") == quantity("2.1 mg")


def test_without_the_option_nothing_is_rounded() -> None:
    assert bounds([], "10%", None) == {}


def test_each_drug_has_its_own_step_and_the_one_bound() -> None:
    steps = bounds(["paclitaxel=5 mg", "aldesleukin=0.1 million IU"], "10%", None)
    assert steps == {
        "paclitaxel": Bound(quantity("5 mg"), within=D(10)),
        "aldesleukin": Bound(quantity("100_000 IU"), within=D(10)),
    }


@pytest.mark.parametrize(("text", "within"), [("5%", D(5)), ("2.5 %", D("2.5")), ("7", D(7))])
def test_the_bound_is_a_percentage(text: str, within: Decimal) -> None:
    assert bounds(["x=5 mg"], text, None)["x"].within == within


@pytest.mark.parametrize("text", ["ten", "-5%", "5 mg", ""])
def test_a_bound_that_is_no_percentage_is_refused_though_nothing_is_rounded(text: str) -> None:
    with pytest.raises(OptionError, match="--round-within"):
        bounds([], text, None)


@pytest.mark.parametrize(
    "text",
    [
        "examplumab",
        "examplumab=",
        "=5 mg",
        "examplumab=5",
        "examplumab=5mg",
        "examplumab=0 mg",
        "examplumab=5 mg/kg",
        "examplumab=5 mg/day",
        "examplumab=5 AUC",
        "examplumab=-5 mg",
        "examplumab=bag",
    ],
)
def test_a_step_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="--round"):
        bounds([text], "10%", None)


def test_a_drug_is_rounded_in_one_way() -> None:
    """Which of two steps was meant must not depend on their order."""
    with pytest.raises(OptionError, match="given twice"):
        bounds(["examplumab=5 mg", "examplumab=10 mg"], "10%", None)


# Vials and tablets


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("aldesleukin=vial", "18 million IU"),
        ("trastuzumab=vial", "150 mg"),
        ("paclitaxel=vial", "30 mg"),
        ("imatinib=tablet", "100 mg"),
        ("cyclophosphamide=tablet", "50 mg"),
    ],
)
def test_a_vial_or_tablet_is_the_smallest_by_what_it_gives(text: str, step: str) -> None:
    """A vial of aldesleukin holds 22 million units and gives 18."""
    assert step_of(text) == quantity(step)


def test_the_smallest_vial_is_the_smallest_amount_and_not_the_smallest_number(
    tmp_path: Path,
) -> None:
    """1 g is more than 500 mg, though 1 is less than 500."""
    folder = a_library(tmp_path, "form: vial, contains: 1 g", "form: vial, contains: 500 mg")
    assert step_of("examplumab=vial", folder) == quantity("500 mg")


def test_a_users_own_vial_is_a_step_too(tmp_path: Path) -> None:
    folder = a_library(
        tmp_path, "form: vial, contains: 60 mg, delivers: 50 mg", "form: tablet, contains: 5 mg"
    )
    assert step_of("examplumab=vial", folder) == quantity("50 mg")
    assert step_of("examplumab=tablet", folder) == quantity("5 mg")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("imatinib=vial", "no vial of imatinib is known"),
        ("paclitaxel=tablet", "no tablet of paclitaxel is known"),
        ("IMP321=vial", "no vial of IMP321 is known"),
    ],
)
def test_a_vial_that_is_not_known_is_refused(text: str, words: str) -> None:
    """Nothing is invented of a drug without product information."""
    with pytest.raises(Refused, match=words):
        bounds([text], "10%", None)


# Dose bands


def test_bands_are_read_from_a_file(tmp_path: Path) -> None:
    """Lower bound inclusive, upper exclusive, what is given, unit."""
    bands = banded(tmp_path, f"{HEAD}0,100,80,mg\n100,200.5, 150 ,mg\n")
    assert bands == (
        Band(D(0), D(100), D(80), "mg"),
        Band(D(100), D("200.5"), D(150), "mg"),
    )


@pytest.mark.parametrize(
    ("lines", "edges"),
    [
        ("100,109.99,105,mg\n110,119.99,115,mg\n", ["100", "110", "120"]),
        ("100.00,109.99,105,mg\n110.00,119.99,115,mg\n", ["100", "110", "120"]),
        ("0,9.9,5,mg\n10,19.9,15,mg\n20,29.9,25,mg\n", ["0", "10", "20", "30"]),
        ("100,109,105,mg\n110,119,115,mg\n", ["100", "110", "120"]),
        ("100,110,105,mg\n110,119.99,115,mg\n", ["100", "110", "119.99"]),
        # saved by a spreadsheet, which makes 120 of 120.00 and 119.9 of 119.90
        ("100,109.99,105,mg\n110,120,115,mg\n", ["100", "110", "120.01"]),
        ("100,109.99,105,mg\n110,119.9,115,mg\n", ["100", "110", "119.91"]),
        ("100,109.99,105,mg\n", ["100", "109.99"]),
    ],
)
def test_a_gap_of_one_last_printed_digit_is_one_boundary(
    tmp_path: Path, lines: str, edges: list[str]
) -> None:
    """National tables print 100-109.99, 110-119.99; retyping each by hand is where errors enter.

    What is between, such as 109.995, belongs to the band below: the boundary is 110.
    """
    bands = banded(tmp_path, HEAD + lines)
    assert [*(band.low for band in bands), bands[-1].high] == [D(edge) for edge in edges]
    assert [band.high for band in bands[:-1]] == [band.low for band in bands[1:]]


@pytest.mark.parametrize("low", ["110.01", "111", "109.999"])
def test_a_gap_or_overlap_of_more_than_that_is_refused(tmp_path: Path, low: str) -> None:
    """Two hundredths are a dose that no band holds."""
    with pytest.raises(Refused, match=r":3: the band before ends at 109\.99 mg"):
        banded(tmp_path, f"{HEAD}100,109.99,105,mg\n{low},119.99,115,mg\n")


def test_a_gap_between_units_is_refused(tmp_path: Path) -> None:
    """109.99 mg and 110 mcg are no neighbours."""
    with pytest.raises(Refused, match="leave no gap"):
        banded(tmp_path, f"{HEAD}100,109.99,105,mg\n110,119.99,115,mcg\n")


def test_empty_lines_of_a_band_file_say_nothing(tmp_path: Path) -> None:
    """Nor cells of a spreadsheet that were emptied, or never filled."""
    assert len(banded(tmp_path, f"{HEAD}\n0,100,80,mg\n\n100,200,150,mg\n")) == 2
    wide = "low,high,give,unit,,\n0,100,80,mg,,\n100,200,150,mg, ,\n,,,,,\n"
    assert banded(tmp_path, wide) == banded(tmp_path, f"{HEAD}0,100,80,mg\n100,200,150,mg\n")


def test_a_band_file_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    """Spreadsheets write a byte order mark and line ends of their own."""
    text = f"\ufeff{HEAD}0,100,80,mg\n100,200,150,mg\n".replace("\n", "\r\n")
    assert len(banded(tmp_path, text)) == 2


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("0,100,80,mg\n110,200,150,mg\n", ":3: the band before ends at 100 mg"),
        ("0,100,80,mg\n90,200,150,mg\n", ":3: the band before ends at 100 mg"),
        ("100,200,150,mg\n0,100,80,mg\n", ":3: the band before ends at 200 mg"),
        ("0,100,80,mg\n100,200,150,mcg\n", ":3: the band before ends at 100 mg"),
        ("0,100,80\n", ":2: is not low,high,give,unit"),
        ("0,100,80,mg,x\n", ":2: is not low,high,give,unit"),
        ("0,100\n", ":2: is not low,high,give,unit"),
        ("0,100,eighty,mg\n", ":2: is not low,high,give,unit"),
        ("0,100,-80,mg\n", ":2: is not low,high,give,unit: '-80' is not a plain number"),
        ('0,"100,5",80,mg\n', r":2: is not low,high,give,unit: '100,5' .* write 100\.5$"),
        ("0,100,80,\n", ":2: is not low,high,give,unit; write 0,100,80,mg"),
        ("100,100,80,mg\n", ":2: is not a band"),
        ("200,100,80,mg\n", ":2: is not a band"),
        ("0,100,0,mg\n", ":2: is not a band"),
        ("0,100,80,furlongs\n", ":2: is not a band"),
        (
            "0,10,5,MIU\n",
            ":2: is not a band: 'MIU' is not a unit for one; known: IU, units, kg",
        ),
        ("", ":2: lists no band"),
    ],
)
def test_bands_with_gaps_overlaps_or_nonsense_are_refused_by_line(
    tmp_path: Path, lines: str, words: str
) -> None:
    """Between two bands a dose would be rounded to nothing that anybody chose."""
    with pytest.raises(Refused, match=words):
        banded(tmp_path, HEAD + lines)


def test_the_line_of_a_fault_is_that_of_the_file_though_some_are_empty(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=":5: the band before"):
        banded(tmp_path, f"{HEAD}0,100,80,mg\n\n\n110,200,150,mg\n")


@pytest.mark.parametrize("text", ["", "from,to,dose,unit\n0,100,80,mg\n", "0,100,80,mg\n"])
def test_a_file_without_the_heading_is_no_band_file(tmp_path: Path, text: str) -> None:
    """Columns in another order would be other doses."""
    with pytest.raises(Refused, match=r"low,high,give,unit$"):
        banded(tmp_path, text)


@pytest.mark.parametrize("sign", [";", "\t"])
def test_bands_with_other_separators_than_commas_are_refused(tmp_path: Path, sign: str) -> None:
    """As spreadsheets save them where a comma is the decimal sign."""
    text = f"{HEAD}0,100,80,mg\n".replace(",", sign)
    with pytest.raises(Refused, match=r"put commas between its cells, and use decimal points$"):
        banded(tmp_path, text)


def test_a_band_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, problem in (
        (tmp_path / "missing.csv", r"cannot be read as CSV \(No such file or directory\)"),
        (tmp_path, r"cannot be read as CSV \(Is a directory\)"),
        (binary, "is not UTF-8 text; save the bands as CSV in UTF-8"),
    ):
        with pytest.raises(Refused, match=problem):
            bounds([f"examplumab=bands:{path}"], "10%", None)


def test_bands_of_no_file_are_refused() -> None:
    """An empty name would be read as the current folder."""
    with pytest.raises(OptionError, match="'examplumab=bands:' names no file"):
        bounds(["examplumab=bands:"], "10%", None)


def test_a_band_file_with_an_endless_cell_is_refused(tmp_path: Path) -> None:
    """A refusal and no traceback."""
    with pytest.raises(Refused):
        banded(tmp_path, f"{HEAD}{'1' * 200_000},2,3,mg\n")


# In a schedule


def test_totals_are_sums_of_rounded_amounts() -> None:
    """145.4 mg of paclitaxel to 5 mg is 145 mg; three a cycle are 435, eighteen 2,610 mg."""
    schedule = make_schedule(
        load_regimen("imp321"),
        Patient(weight=D(70), height=D(170)),
        arm="0.25-mg",
        bounds=bounds(["paclitaxel=5 mg"], "10%", None),
    )
    totals = [total.value for total in schedule.totals if total.drug == "paclitaxel"]
    assert totals == [435] * 6 + [2610]


def test_rounding_beyond_the_bound_is_left_undone_and_cautioned() -> None:
    """5.04 to 18 million units would be 257 % more."""
    schedule = make_schedule(
        load_regimen("npc-bolus"),
        Patient(weight=D(70)),
        bounds=bounds(["aldesleukin=vial"], "10%", None),
    )
    assert {row.dosed.value for row in schedule.administrations} == {D(5_040_000)}
    assert "not-rounded" in {caution.code for caution in review(schedule)}


def test_a_drug_that_the_regimen_does_not_give_is_refused() -> None:
    """A misspelt drug would leave the dose unrounded without a word."""
    with pytest.raises(UnknownName, match="did you mean 'aldesleukin'"):
        make_schedule(
            load_regimen("npc-bolus"),
            Patient(weight=D(70)),
            bounds=bounds(["aldesleukine=1 million IU"], "10%", None),
        )


def test_a_band_file_is_read_to_a_limit(tmp_path: Path) -> None:
    """What never ends is no table of bands."""
    file = tmp_path / "bands.csv"
    file.write_text("low,high,give,unit\n" + "\n" * 1_000_000, encoding="utf-8")
    with pytest.raises(Refused, match="is larger than 1000 kB; give a file of bands"):
        rounding.read_bands(file)
