"""The preparation sheet in words and as data, for an invented drug."""

from __future__ import annotations

import re
from decimal import Decimal
from textwrap import dedent
from typing import NamedTuple

import pytest

from filetext import a_cycle, a_file, loaded
from il2calc import language
from il2calc.model.drug import Drug
from il2calc.model.evidence import Origin
from il2calc.model.patient import Patient
from il2calc.pharmacy.preparation import Prepared, prepare
from il2calc.pharmacy.supply import Order, order
from il2calc.plan.schedule import Caution, Schedule, make
from il2calc.report import monograph_text
from il2calc.report import preparation_sheet as sheet

D = Decimal
HEAD = """\
drug: examplumab
version: 1
read_on: 2026-11-22
source: doe2020, Table 1
sources:
  doe2020: {cite: Doe J. A paper., read: abstract}
"""
VIAL_OF_5_MG = """\
products:
  - product: vial of 5 mg
    form: vial
    contains: 5 mg
    source: doe2020
"""
VIAL = """\
products:
  - product: vial of 22 million units
    form: vial
    contains: 22 million IU
    add: 1.2 mL
    with: water
    how: Swirl.
    concentration: 18 million IU/mL
    delivers: 18 million IU
    at_most: 21.6 million IU
    keeps: 24 hours
    single_dose: true
"""
FACTOR = "factors:\n  - {is: 18 million IU = 1.1 mg, text: Exact., source: doe2020}\n"
DRIP = """\
preparations:
  - preparation: drip
    routes: IV
    stands_in_for: IV bolus
    diluent: glucose 5 %
    bags: [{volume: 25 mL}, {volume: 50 mL}]
    window: 30 to 70 mcg/mL
    first: {text: Add albumin., source: doe2020}
    over: 15 minutes
    filter: 0.22 micron
    container: glass
    keeps: 48 hours
    notes: [{text: Keep it cold., source: doe2020}]
"""
MEETINGS = """\
compatibility:
  - {with: salt, verdict: avoid, where: [line, diluent], text: It clots.}
  - {with: acid, verdict: incompatible, text: It burns.}
  - {with: alcohol, verdict: avoid, where: patient, text: It harms.}
  - {with: water, verdict: compatible, text: It dissolves.}
"""
BAG = """\
preparations:
  - preparation: drip
    routes: IV
    diluent: water
    bags: [{volume: 9 mL}]
"""
IU = ("amount: 42 million IU",)


class Made(NamedTuple):
    """A sheet and what it was made from."""

    schedule: Schedule
    prepared: tuple[Prepared, ...]
    orders: tuple[Order, ...]
    share: bool

    def parts(self) -> list[tuple[str, list[str]]]:
        """Headings with the lines under them."""
        return list(sheet.paragraphs(self.schedule, self.prepared, self.orders, share=self.share))

    def lines(self) -> list[str]:
        """What is under the first dose."""
        return self.parts()[1][1]

    def ordered(self) -> tuple[str, list[str]]:
        """The heading of the order and the lines under it."""
        return next(part for part in self.parts() if part[0].startswith("Order"))

    def text(self) -> str:
        """Everything that the sheet says."""
        return "\n".join(line for heading, lines in self.parts() for line in (heading, *lines))


def described(body: str) -> Drug:
    """The monograph of an invented drug with these entries."""
    file = language.shelf.FileContent((HEAD + dedent(body)).encode(), Origin("examplumab.yaml", ""))
    drug, faults = language.examine_drug(file)
    assert drug is not None, "\n".join(map(str, faults))
    return drug


def sheet_of(text: str, body: str | None, *, share: bool = False) -> Made:
    """The sheet of a regimen's text for a drug of these entries, or of no monograph."""
    schedule = make(loaded(text), Patient(weight=D(70)))
    drug = None if body is None else described(body)
    prepared = prepare(schedule, {"examplumab": drug})
    return Made(schedule, prepared, order(schedule, prepared, share=share), share)


def test_a_dose_without_a_monograph_gets_its_amount_and_one_line() -> None:
    """And nothing is ordered of it by guess: the order says how many doses it cannot count.

    Danger: "the monograph has no product" was read as if somebody had looked in one.
    """
    prepared_sheet = sheet_of(a_cycle("amount: 5 mg"), None)
    heading, lines = prepared_sheet.parts()[1]
    assert heading == "examplumab 5 mg, intravenous, 4 times (cycle.examplumab)"
    assert lines == ["No monograph of examplumab is available: no volume can be calculated."]
    uncounted = "examplumab: 4 x 5 mg, for which there is no monograph"
    assert prepared_sheet.ordered()[1] == [uncounted]
    sheet_lines = (line for _, texts in prepared_sheet.parts() for line in texts)
    assert [line for line in sheet_lines if re.search(r"\d+ x ", line)] == [uncounted]


def test_a_dose_is_made_up_line_by_line() -> None:
    """42 x 1.1 / 18 = 2.567 mg; 42 / 18 = 2.333 mL; 3 vials or 2; 51.3 mcg/mL in 50 mL."""
    lines = sheet_of(a_cycle(*IU), FACTOR + VIAL + DRIP + MEETINGS).lines()
    text = "\n".join(lines)
    for part in (
        "Mass: 2.567 mg [doe2020]",
        "2.333 mL",
        "with 1.2 mL of water",
        "Swirl.",
        "3 x vial of 22 million units",
        "(counted at the 18 million units that each delivers)",
        "2 if all of 21.6 million units can be withdrawn",
        "Drip: glucose 5 %, 50 mL [doe2020, Table 1]",
        "First: Add albumin. [doe2020]",
        "51.3 mcg/mL in 50 mL (49 with the drug's own volume) fits",
        "30 to 70 mcg/mL",
        "Infuse over: 15 minutes [doe2020, Table 1]",
        "Filter: 0.22 micron [doe2020, Table 1]",
        "Container: glass [doe2020, Table 1]",
        "48 hours",
        "Keep it cold. [doe2020]",
    ):
        assert part in text, part


@pytest.mark.hazard(8)
@pytest.mark.parametrize("route", ["IV", "SC"])
def test_what_it_is_kept_apart_from_is_shown_by_place(route: str) -> None:
    """In the line (of an intravenous dose), the vial and bag, the patient, each with its reason.

    What says nothing of its place is kept out of the line.
    """
    body = FACTOR + VIAL + DRIP.replace("routes: IV", "routes: [IV, SC]") + MEETINGS
    lines = sheet_of(a_cycle(*IU, f"route: {route}"), body).lines()
    apart = [line for line in lines if line.startswith("Not ")]
    of_the_drug = (
        "this alone is no reason to keep it from the patient; il2calc compatible says more"
    )
    expected = [
        f"Not in the same line or bag: salt, acid ({of_the_drug})",
        f"Not to dissolve or dilute with: salt ({of_the_drug})",
        "Not to be given with alcohol without a reason: It harms. [doe2020, Table 1]",
    ]
    assert apart == (expected if route == "IV" else expected[1:])


def test_a_bag_that_may_be_smaller_says_so() -> None:
    """Up to 50 mL: the concentration is the least there can be."""
    body = DRIP.replace("{volume: 25 mL}, {volume: 50 mL}", "{volume: up to 50 mL}")
    body = body.replace("keeps: 48 hours", "keeps: 48 hours\n    keeps_from: mixing")
    prepared_sheet = sheet_of(a_cycle(*IU), FACTOR + VIAL + body)
    assert "Drip: glucose 5 %, up to 50 mL [doe2020, Table 1]" in prepared_sheet.lines()
    assert "Keeps: 48 hours from mixing [doe2020, Table 1]" in prepared_sheet.lines()
    (line,) = [line for line in prepared_sheet.lines() if line.startswith("Concentration: ")]
    assert line.startswith("Concentration: at least 51.3 mcg/mL in up to 50 mL (49 with")
    data = sheet.document(
        prepared_sheet.schedule, prepared_sheet.prepared, prepared_sheet.orders, share=False
    )
    assert (data["doses"][0]["bag_ml"], data["doses"][0]["bag_at_most"]) == (50, True)


def test_a_sheet_lists_those_sources_of_a_monograph_that_it_cites() -> None:
    """Thirty papers under a sheet that names three hide the three."""
    head = HEAD.replace(
        "sources:\n", "sources:\n  doe2020-b: {cite: Doe J. More., read: abstract}\n"
    )
    schedule = make(loaded(a_cycle(*IU)), Patient(weight=D(70)))
    drug, _ = language.examine_drug(
        language.shelf.FileContent((head + VIAL).encode(), Origin("examplumab.yaml", ""))
    )
    prepared = prepare(schedule, {"examplumab": drug})
    parts = dict(sheet.paragraphs(schedule, prepared, (), share=False))
    assert [line.strip() for line in parts["Monographs and their sources"][1:]] == [
        "doe2020: Doe J. A paper. read: abstract"
    ]


def test_the_mass_has_its_source_however_the_factor_is_written() -> None:
    """1.1 mg = 18 million IU is the same factor."""
    turned = "factors:\n  - {is: 1.1 mg = 18 million IU, text: Exact., source: doe2020}\n"
    lines = sheet_of(a_cycle(*IU), turned + VIAL).lines()
    (mass,) = [line for line in lines if line.startswith("Mass")]
    assert mass == "Mass: 2.567 mg [doe2020]"


def test_a_mass_in_milligrams_is_not_shown_twice() -> None:
    """The amount is the mass."""
    lines = sheet_of(
        a_cycle("amount: 5 mg"), "products:\n  - {product: t, form: tablet, contains: 5 mg}"
    )
    assert not any(line.startswith("Mass") for line in lines.lines())


def test_a_bolus_shown_as_another_preparation_is_called_an_assumption() -> None:
    """In the line itself."""
    lines = sheet_of(a_cycle(*IU, "route: IV bolus"), FACTOR + VIAL + DRIP).lines()
    assert any(re.search(r"^Drip.*assumption.*glucose 5 %", line) for line in lines)


def test_an_undiluted_preparation_says_so() -> None:
    """No bag, no concentration."""
    body = "preparations:\n  - {preparation: shot, routes: SC, undiluted: true}\n"
    lines = sheet_of(a_cycle(*IU, "route: SC"), VIAL + body).lines()
    assert any(line.startswith("Shot: undiluted [doe2020, Table 1]") for line in lines)
    assert not any("Concentration" in line for line in lines)


def test_a_preparation_without_bags_or_window_claims_none() -> None:
    """A diluent alone; or a bag without a window: a number and no verdict."""
    alone = "preparations:\n  - {preparation: drip, routes: IV, diluent: water}\n"
    lines = sheet_of(a_cycle(*IU), FACTOR + VIAL + alone).lines()
    assert any(line.startswith("Drip: water [") for line in lines)
    text = "\n".join(sheet_of(a_cycle(*IU), FACTOR + VIAL + BAG).lines())
    assert "Concentration" in text
    assert "fits" not in text
    assert "Window" not in text


def test_a_preparation_that_says_neither_diluent_nor_undiluted_says_its_rest() -> None:
    """Only its time is known."""
    body = "preparations:\n  - {preparation: drip, routes: IV, over: 1 hour}\n"
    text = "\n".join(sheet_of(a_cycle(*IU), VIAL + body).lines())
    assert "Drip" not in text
    assert "Infuse over: 1 hour" in text


def test_a_route_that_no_preparation_is_for_says_so() -> None:
    """Vials are counted all the same."""
    lines = sheet_of(a_cycle(*IU, "route: oral"), FACTOR + VIAL + DRIP).lines()
    assert any("no preparation for this route" in line for line in lines)


def test_what_a_monograph_leaves_out_is_stated_and_no_none_is_on_the_sheet() -> None:
    """Danger: "5 mL of None"; a bag of nobody knows what; vials, and silence about their volume."""
    powder = VIAL_OF_5_MG + "    add: 5 mL\n"
    bag = BAG.replace("    diluent: water\n", "")
    lines = sheet_of(a_cycle("amount: 5 mg"), powder + bag).lines()
    assert "Reconstitute each vial of 5 mg with 5 mL of solvent. [doe2020]" in lines
    assert "The vials have no concentration, or not the same: no volume is computed." in lines
    assert "Drip: a diluent that is not named [doe2020, Table 1]" in lines
    drug = described(powder + bag)
    monograph_lines = [line for _, texts in monograph_text.paragraphs(drug) for line in texts]
    assert (
        "drip (intravenous): in a diluent that is not named, 9 mL. [doe2020, Table 1]"
        in monograph_lines
    )


def test_a_dose_that_no_product_is_in_says_that_no_volume_can_be_computed() -> None:
    """A monograph without products."""
    lines = sheet_of(a_cycle("amount: 5 mg"), FACTOR).lines()
    assert "No product of examplumab makes up this dose: no volume is computed." in lines


def test_alternatives_of_products_are_joined_by_or() -> None:
    """2 x 150 mg or 1 x 420 mg; what a product without water says is listed by its name."""
    body = (
        "products:\n"
        "  - {product: small, form: vial, contains: 150 mg, concentration: 21 mg/mL, how: Stir.}\n"
        "  - {product: large, form: vial, contains: 420 mg, concentration: 21 mg/mL}\n"
    )
    lines = sheet_of(a_cycle("amount: 280 mg"), body).lines()
    assert any(line.startswith("2 x small") and " or 1 x large" in line for line in lines)
    assert any(line.startswith("small: Stir. [") for line in lines)
    assert any("13.33 mL" in line for line in lines)


def test_tablets_need_no_preparation() -> None:
    """One of 5 mg, or five of 1 mg."""
    body = (
        "products:\n  - {product: five, form: tablet, contains: 5 mg}\n"
        "  - {product: one, form: tablet, contains: 1 mg}\n"
    )
    lines = sheet_of(a_cycle("amount: 5 mg", "route: oral"), body).lines()
    assert any(line.startswith("1 x five") and "5 x one" in line for line in lines)
    assert not any("no preparation" in line for line in lines)


@pytest.mark.parametrize(
    ("repeat", "count"),
    [("{times: 4}", "4 times"), ("{times: 1}", "once"), ("{up_to: 3}", "at most 3")],
)
def test_a_heading_says_how_often_a_dose_is_given(repeat: str, count: str) -> None:
    """Exactly, or at most."""
    times = repeat.replace("}", ", every: 21 days}")
    heading = sheet_of(a_cycle("amount: 5 mg", repeat=times), None).parts()[1][0]
    assert count in heading


@pytest.mark.parametrize(
    ("repeat", "lines", "words"),
    [
        ("{times: 4, every: 21 days}", (), "4 x 5 mg"),
        ("{up_to: 3, every: 21 days, only_if: fit}", (), "at most 3 x 5 mg, 2 of them only if fit"),
        ("{times: 3, every: 21 days, only_if: fit}", (), "3 x 5 mg, 2 of them only if fit"),
        ("{times: 2, every: 21 days}", ("only_if: fit",), "2 x 5 mg, only if fit"),
    ],
)
def test_what_no_product_is_counted_for_is_as_firm_as_the_rest(
    repeat: str, lines: tuple[str, ...], words: str
) -> None:
    """Of three cycles the first is not conditional; three at the most are no three.

    A drug with a monograph, whose vial holds 5 mg, is ordered in the same words.
    """
    text = a_cycle("amount: 5 mg", *lines, repeat=repeat)
    lacking = "for which there is no monograph"
    assert sheet_of(text, None).ordered()[1] == [f"examplumab: {words}, {lacking}"]
    total = sheet_of(text, VIAL_OF_5_MG).ordered()[1][-1]
    assert total == f"examplumab in all: {words.replace('5 mg', 'vial of 5 mg')}"


def test_the_json_of_a_dose_says_how_firm_it_is() -> None:
    """It was `administrations: 3`, and a dose without a product stood in no order."""
    text = a_cycle("amount: 5 mg", repeat="{up_to: 3, every: 21 days, only_if: fit}")
    prepared_sheet = sheet_of(text, None)
    data = sheet.document(
        prepared_sheet.schedule, prepared_sheet.prepared, prepared_sheet.orders, share=False
    )
    (dose,) = data["doses"]
    keys = ("administrations", "at_most", "only_if", "certain", "conditional")
    assert [dose[key] for key in keys] == [3, True, ["fit"], 0, 2]


def test_an_order_without_blocks_is_one_line() -> None:
    """Doses of the outermost block belong to no turn."""
    body = "doses:\n  - {drug: examplumab, amount: 42 million IU, route: IV, day: [1, 2]}\n"
    prepared_sheet = sheet_of(a_file(body), VIAL)
    heading, lines = prepared_sheet.ordered()
    assert heading == "Order (each dose from its own vials)"
    assert len(lines) == 1
    assert "6 x vial of 22 million units" in lines[0]
    # 6 x 18 - 2 x 42 = 24
    assert "wasting 24 million units" in lines[0]


def test_an_order_without_waste_claims_none() -> None:
    """4 x 18 million, each one whole vial."""
    lines = sheet_of(a_cycle("amount: 18 million IU"), VIAL).ordered()[1]
    assert all("wasting" not in line for line in lines)


def test_equal_turns_are_on_one_line() -> None:
    """Four cycles of 3 vials each; the total apart."""
    vial = "vial of 22 million units"
    lines = sheet_of(a_cycle(*IU), VIAL).ordered()[1]
    assert lines == [
        f"examplumab for each of cycles 1 to 4: 3 x {vial}, wasting 12 million units",
        f"examplumab in all: 12 x {vial}, wasting 48 million units",
    ]


def test_what_is_certain_is_shown_beside_what_is_at_most() -> None:
    """One dose outside the cycles for certain, up to three of them besides."""
    body = dedent("""\
        doses:
          - {dose: first, drug: examplumab, amount: 18 million IU, route: IV, day: 1}
        blocks:
          - block: cycle
            day: 2
            repeat: {up_to: 3, every: 21 days}
            doses:
              - {drug: examplumab, amount: 18 million IU, route: IV, day: 1}
        """)
    total = sheet_of(a_file(body), VIAL).ordered()[1][-1]
    assert total == ("examplumab in all: at most 4 x vial of 22 million units, 1 of them certain")


def test_what_depends_on_a_condition_is_shown_with_it() -> None:
    """Every turn after the first only if it responds; the whole in part only."""
    repeat = "{up_to: 2, every: 21 days, only_if: response}"
    lines = sheet_of(a_cycle(*IU, repeat=repeat), VIAL).ordered()[1]
    assert "only if" not in lines[0]
    assert "cycle 2: at most 3 x vial of 22 million units, only if response" in lines[1]
    assert "at most 6 x vial of 22 million units, 3 of them only if response" in lines[2]


def test_shared_vials_state_the_rule_and_the_caution() -> None:
    """Single-dose without preservative; chemical stability is no beyond-use date."""
    daily = ("amount: 5 million IU", "repeat: {times: 3, every: 8 hours}")
    prepared_sheet = sheet_of(a_cycle(*daily), VIAL, share=True)
    heading, lines = prepared_sheet.ordered()
    assert "remainders are not pooled" in heading
    assert lines[-1] == "vial of 22 million units: shared for 24 hours [doe2020, Table 1]"
    (caution,) = sheet.cautions(prepared_sheet.prepared, share=True)
    assert caution.code == "shared-vials"
    assert "preservative" in caution.text
    assert sheet.cautions(prepared_sheet.prepared, share=False) == ()
    data = sheet.document(
        prepared_sheet.schedule, prepared_sheet.prepared, prepared_sheet.orders, share=True
    )
    of_all = {"code": caution.code, "text": caution.text, "administrations": []}
    assert data["cautions"] == [of_all]


def test_a_caution_about_several_preparations_is_one_with_the_rows_of_all() -> None:
    """Rows 1 and 3 need it as much as row 2 does."""
    (only,) = sheet_of(a_cycle(*IU), VIAL).prepared
    one, other = Caution("bag", "the same text", (1, 3)), Caution("bag", "the same text", (2,))
    both = [only._replace(cautions=(one,)), only._replace(cautions=(other,))]
    assert sheet.cautions(both, share=False) == (one._replace(administrations=(1, 2, 3)),)


def test_a_vial_of_unknown_stability_is_called_not_shared() -> None:
    """And no caution names a sharing that is none."""
    prepared_sheet = sheet_of(a_cycle(*IU), VIAL.replace("    keeps: 24 hours\n", ""), share=True)
    assert prepared_sheet.ordered()[1][-1] == (
        "vial of 22 million units: not shared, since no stability is given"
    )
    assert sheet.cautions(prepared_sheet.prepared, share=True) == ()


def test_nothing_is_said_about_sharing_tablets() -> None:
    """Tablets are taken from the package one by one."""
    body = "products:\n  - {product: five, form: tablet, contains: 5 mg}\n"
    prepared_sheet = sheet_of(a_cycle("amount: 5 mg", "route: oral"), body, share=True)
    assert prepared_sheet.ordered()[1] == [
        "examplumab for each of cycles 1 to 4: 1 x five",
        "examplumab in all: 4 x five",
    ]


@pytest.mark.parametrize(
    ("window", "verdict"),
    [
        ("30 to 70", " fits"),
        ("50 to 70", " fits only without the drug's own volume"),
        ("30 to 50", " fits only with the drug's own volume"),
        ("60 to 70", " is too dilute"),
        ("30 to 40", " is too concentrated"),
    ],
)
def test_a_concentration_is_compared_with_the_window(window: str, verdict: str) -> None:
    """51.3 mcg/mL in 50 mL, 49 with the 2.333 mL of the drug."""
    body = DRIP.replace("{volume: 25 mL}, ", "").replace("30 to 70", window)
    lines = sheet_of(a_cycle(*IU), FACTOR + VIAL + body).lines()
    (line,) = [line for line in lines if line.startswith("Concentration: ")]
    assert line == (f"Concentration: 51.3 mcg/mL in 50 mL (49 with the drug's own volume){verdict}")


def test_a_sheet_names_its_monographs_and_their_sources() -> None:
    """The edition and the papers behind the brackets."""
    parts = dict(sheet_of(a_cycle(*IU), VIAL).parts())
    first, second = parts["Monographs and their sources"]
    assert first.startswith("examplumab, version 1: examplumab.yaml")
    assert second == "  doe2020: Doe J. A paper. read: abstract"


def test_vials_that_are_not_single_dose_are_not_called_so() -> None:
    """The sheet says of a product only what its file says."""
    prepared_sheet = sheet_of(a_cycle(*IU), VIAL.replace("    single_dose: true\n", ""), share=True)
    assert sheet.cautions(prepared_sheet.prepared, share=True) == ()
    assert "preservative" not in prepared_sheet.text()


def test_a_caution_of_two_doses_is_shown_once() -> None:
    """The same dose on two days of two names."""
    body = dedent("""\
        doses:
          - {dose: one, drug: examplumab, amount: 1 million IU, route: SC, day: 1}
          - {dose: two, drug: examplumab, amount: 1 million IU, route: SC, day: 2}
        """)
    prepared_sheet = sheet_of(a_file(body), VIAL)
    assert len(prepared_sheet.prepared) == 2
    assert [caution.code for caution in sheet.cautions(prepared_sheet.prepared, share=False)] == [
        "small-volume"
    ]
    assert "Caution: " in prepared_sheet.text()


def test_the_same_as_plain_data() -> None:
    """Decimals as they were calculated; UCUM; null where nothing is known."""
    prepared_sheet = sheet_of(a_cycle(*IU), FACTOR + VIAL + DRIP)
    data = sheet.document(
        prepared_sheet.schedule, prepared_sheet.prepared, prepared_sheet.orders, share=False
    )
    assert data["format"] == "il2calc.preparation/1"
    assert data["arm"] is None
    assert data["version"] == prepared_sheet.schedule.regimen.version
    assert data["sha256"] == prepared_sheet.schedule.regimen.origin.sha256
    assert data["patient"]["weight_kg"] == 70
    (monograph,) = data["monographs"]
    assert (monograph["drug"], monograph["file"]) == ("examplumab", "examplumab.yaml")
    assert data["cautions"] == []
    (dose,) = data["doses"]
    assert dose["amount"] == {"value": 42_000_000, "unit": "[iU]"}
    assert dose["mass"]["value"] == pytest.approx(D(42) * D("1.1") / D(18))
    assert dose["bag_ml"] == 50
    assert dose["concentration"]["unit"] == "ug/mL"
    assert dose["concentration"]["window"] == [30, 70]
    (vial,) = dose["vials"]
    assert (vial["count"], vial["at_best"]) == (3, 2)
    last = data["totals"][-1]
    # 12 x 18 - 4 x 42 = 48
    assert (last["block"], last["count"]) == (None, 12)
    assert last["waste"] == {"value": 48_000_000, "unit": "[iU]"}


def test_plain_data_of_an_unknown_drug_is_null() -> None:
    """Nothing is invented."""
    prepared_sheet = sheet_of(a_cycle("amount: 5 mg"), None)
    data = sheet.document(
        prepared_sheet.schedule, prepared_sheet.prepared, prepared_sheet.orders, share=False
    )
    (dose,) = data["doses"]
    for key in ("mass", "volume_ml", "preparation", "diluent", "bag_ml", "concentration"):
        assert dose[key] is None, key
    assert data["totals"] == []


def test_a_concentration_without_a_window_has_an_empty_one_as_data() -> None:
    """A list all the same, so that a program can read it."""
    prepared_sheet = sheet_of(a_cycle(*IU), FACTOR + VIAL + BAG)
    data = sheet.document(
        prepared_sheet.schedule, prepared_sheet.prepared, prepared_sheet.orders, share=True
    )
    assert not data["doses"][0]["concentration"]["window"]
    assert data["shared_vials"] is True
