"""What a pharmacy orders: vials per dose or shared, what is certain apart from what is not."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc import Patient, load_regimen, make_schedule
from il2calc.language import monograph
from il2calc.model.drug import Drug, Preparation, Product
from il2calc.pharmacy.preparation import prepare
from il2calc.pharmacy.supply import Order, order
from il2calc.plan.schedule import Schedule
from il2calc.report import totals
from il2calc.report.preparation_sheet import paragraphs
from il2calc.units import quantity, span
from written import SMALL
from written import regimen as written

D = Decimal
MILLION = D(1_000_000)
SEVENTY = Patient(weight=D(70), height=D(170))
NPC = make_schedule(load_regimen("npc-bolus"), SEVENTY)


def orders_of(schedule: Schedule, drug: Drug | None = None, *, share: bool = False) -> list[Order]:
    """The order for a schedule by the shipped monographs, or by one of a test."""
    drugs = {
        name: drug if drug is not None else monograph(name)
        for name in schedule.regimen.drugs(schedule.arm)
    }
    return list(order(schedule, prepare(schedule, drugs), share=share))


def examplumab(*products: str, keeps: str | None = "24 hours") -> Drug:
    """An invented drug with vials of so much."""
    vials = tuple(
        Product(
            name=f"vial of {amount}",
            form="vial",
            contains=quantity(amount),
            sources=("label",),
            keeps=span(keeps) if keeps else None,
        )
        for amount in products
    )
    return Drug("examplumab", (), 1, "2026-11-22", {}, products=vials)


def at_hours(*doses: tuple[int, int]) -> Schedule:
    """Doses of examplumab as (hours after the start, mg) in one block."""
    lines = "".join(
        f"      - {{dose: dose {index}, drug: examplumab, amount: {amount} mg, route: IV, "
        f"day: 1, at: +{hour} hours}}\n"
        for index, (hour, amount) in enumerate(doses)
    )
    return make_schedule(written(f"blocks:\n  - block: cycle\n    doses:\n{lines}"))


def pieces(orders: Sequence[Order]) -> list[tuple[str | None, int]]:
    """Turn and pieces of each part, the total last."""
    return [
        (f"{order_.turn.block.name} {order_.turn.number}" if order_.turn else None, order_.pieces)
        for order_ in orders
    ]


def total(schedule: Schedule, drug: Drug, *, share: bool = True) -> int:
    """The pieces of the one product in all."""
    return orders_of(schedule, drug, share=share)[-1].pieces


# Bags


def in_bags(*products: str, keeps: str, hours: int = 72, amount: int = 30) -> tuple[Schedule, Drug]:
    """An infusion of so many hours in bags of 24 hours, from vials that keep so long."""
    bag = Preparation("bag", ("IV",), (), ("label",), over=span("24 hours"))
    line = f"{{drug: examplumab, amount: {amount} mg, route: IV, day: 1, over: {hours} hours}}"
    drug = examplumab(*products, keeps=keeps)._replace(preparations=(bag,))
    return make_schedule(written(f"doses: [{line}]")), drug


@pytest.mark.parametrize(
    ("keeps", "hours", "share", "vials"),
    [
        # 10 mg at 0, 24 and 48 hours, from vials of 40 mg
        ("24 hours", 72, False, 3),
        ("24 hours", 72, True, 3),  # a vial of 0 h is spoilt at 24 h
        ("25 hours", 72, True, 2),  # that of 0 h serves 24 h too, not 48 h
        ("48 hours", 72, True, 2),  # less than it keeps: 48 h is too late
        ("49 hours", 72, True, 1),
        # 30 mg over 60 hours: 12 mg at 0 and 24, 6 mg at 48 hours
        ("49 hours", 60, True, 1),
        ("49 hours", 60, False, 3),
    ],
)
def test_a_vial_serves_several_bags_only_if_shared_and_as_long_as_it_keeps(
    keeps: str, hours: int, share: bool, vials: int
) -> None:
    """Waste is what the vials hold beyond the 30 mg that are given."""
    schedule, drug = in_bags("40 mg", keeps=keeps, hours=hours)
    (order_,) = orders_of(schedule, drug, share=share)
    assert (order_.pieces, order_.waste) == (vials, D(40 * vials - 30))


def test_a_bag_that_no_opened_vial_holds_enough_for_takes_a_new_one() -> None:
    """15 mg a bag from vials of 20 mg: 5 mg are left each time, and not pooled."""
    schedule, drug = in_bags("20 mg", keeps="10 days", amount=45)
    assert orders_of(schedule, drug, share=True)[-1].pieces == 3


def test_each_product_that_fits_is_counted_bag_by_bag() -> None:
    """10 mg a bag: 3 vials of 10 mg or 3 of 40 mg; of 4 mg 3 x 3 = 9, and not 30 / 4 = 8."""
    schedule, drug = in_bags("10 mg", "40 mg", "4 mg", keeps="1 hour")
    assert [order_.pieces for order_ in orders_of(schedule, drug)] == [3, 3, 9]


# The bolus


def test_each_bolus_takes_its_own_vial_course_by_course() -> None:
    """At most 30 for course 1; 30 more if course 2 is given; 12.96 of 18 million left of each."""
    orders = orders_of(NPC)
    assert pieces(orders) == [("course 1", 30), ("course 2", 30), (None, 60)]
    assert [order_.only_if for order_ in orders[:2]] == [(), ("stable disease or response",)]
    assert all(order_.at_most for order_ in orders)
    assert [order_.waste for order_ in orders] == [30 * D(12_960_000)] * 2 + [60 * D(12_960_000)]
    assert {order_.unit for order_ in orders} == {"IU"}


def test_shared_vials_of_the_bolus_are_five_a_cycle_and_twenty_in_all() -> None:
    """Three whole doses of 5.04 from 18 million units, at 0, 8 and 16 hours: 15 / 3 = 5."""
    orders = orders_of(NPC, share=True)
    assert pieces(orders) == [("course 1", 10), ("course 2", 10), (None, 20)]
    assert [order_.per_turn for order_ in orders] == [5, 5, None]
    assert orders[0].waste == 10 * 18 * MILLION - 30 * D(5_040_000)


def test_the_certain_the_at_most_and_the_conditional_stay_apart() -> None:
    """Lead-in for certain; cycle 1 at most; cycle 2 only without progression."""
    schedule = make_schedule(load_regimen("trastuzumab"), SEVENTY, times={"cycle": 2})
    orders = [order_ for order_ in orders_of(schedule) if order_.product.name == "vial of 420 mg"]
    assert [(order_.certain, order_.conditional) for order_ in orders] == [
        (2, 0),
        (0, 0),
        (0, 1),
        (2, 1),
    ]
    assert [(order_.pieces, order_.at_most, bool(order_.only_if)) for order_ in orders] == [
        (2, False, False),
        (1, True, False),
        (1, True, True),
        (4, True, True),
    ]


def test_vials_of_interleukin_2_are_counted_for_every_dose_of_a_cycle() -> None:
    """Lead-in 19 doses of one vial; cycle 1 three pulses of two and eleven of one: 17."""
    schedule = make_schedule(load_regimen("trastuzumab"), SEVENTY, times={"cycle": 1})
    orders = [order_ for order_ in orders_of(schedule) if order_.drug == "aldesleukin"]
    assert [order_.pieces for order_ in orders] == [19, 17, 36]


def test_tablets_are_counted_for_the_whole_and_by_each_strength() -> None:
    """Day -21 to 14 without a day 0 is 35 days of 50 mg; 14 days of 400 mg."""
    schedule = make_schedule(load_regimen("imatinib"), times={"cycle": 1})
    wholes = {
        order_.product.name: order_.pieces for order_ in orders_of(schedule) if order_.turn is None
    }
    assert wholes == {
        "tablet of 50 mg": 35,
        "tablet of 100 mg": 56,
        "tablet of 400 mg": 14,
        "vial of 22 million units": 5,
    }
    parts = [order_ for order_ in orders_of(schedule) if order_.drug == "cyclophosphamide"]
    assert [part.turn for part in parts] == [None]
    assert {part.waste for part in parts} == {0}


def test_tablets_are_not_shared() -> None:
    schedule = make_schedule(load_regimen("imatinib"), times={"cycle": 1})
    tablets = [
        order_ for order_ in orders_of(schedule, share=True) if order_.product.form == "tablet"
    ]
    assert [order_.pieces for order_ in tablets if order_.turn is None] == [35, 56, 14]


def test_what_depends_on_a_condition_within_a_course_is_not_conditional_for_the_whole_course() -> (
    None
):
    """Cycle 1 of a course is given for certain: nobody orders nothing because cycle 2 may not be.

    Two cycles of one vial a course, the second only if there is a response.
    """
    schedule = make_schedule(
        written("""
            blocks:
              - block: course
                blocks:
                  - block: cycle
                    repeat: {times: 2, every: 7 days, only_if: response}
                    doses: [{drug: examplumab, amount: 10 mg, route: IV, day: 1}]
        """)
    )
    for order_ in orders_of(schedule, examplumab("18 mg")):
        assert order_.only_if == ("response",)
        assert (order_.pieces, order_.certain, order_.conditional) == (2, 1, 1)


def test_what_is_given_only_in_need_is_not_ordered_as_certain_nor_the_certain_as_needed() -> None:
    """One dose for certain and one against fever in the same cycle."""
    schedule = make_schedule(
        written("""
            blocks:
              - block: cycle
                doses:
                  - {dose: one, drug: examplumab, amount: 10 mg, route: IV, day: 1}
                  - {dose: two, drug: examplumab, amount: 10 mg, route: IV, day: 2, only_if: fever}
        """)
    )
    part, total = orders_of(schedule, examplumab("18 mg"))
    for order_ in (part, total):
        assert order_.only_if == ("fever",)
        assert (order_.pieces, order_.certain, order_.conditional) == (2, 1, 1)
    shared, _ = orders_of(schedule, examplumab("36 mg"), share=True)
    assert (shared.pieces, shared.certain, shared.conditional) == (2, 1, 1)


# Sharing


@pytest.mark.parametrize(
    ("doses", "vials"),
    [
        ([(0, 5), (8, 5), (16, 5), (24, 5)], 2),
        ([(0, 9), (8, 9)], 1),
        ([(0, 10), (8, 10), (16, 10)], 3),
        ([(0, 18), (8, 18)], 2),
        ([(0, 20), (8, 10)], 3),
        ([(0, 37)], 3),
        ([(0, 5), (23, 5)], 1),
        ([(0, 5), (24, 5)], 2),
        ([(0, 5), (25, 5)], 2),
        ([(0, 5), (12, 5), (30, 5)], 2),
    ],
)
def test_a_vial_serves_whole_doses_as_long_as_it_keeps(
    doses: list[tuple[int, int]], vials: int
) -> None:
    """Vials of 18 mg that keep 24 hours; three remainders of 8 mg are no dose of 10."""
    assert total(at_hours(*doses), examplumab("18 mg")) == vials


def test_a_dose_takes_from_the_first_opened_vial_that_still_holds_it() -> None:
    """10 leaves 8, 12 leaves 6: the dose of 6 takes the first and leaves the dose of 8 nothing.

    The dose of 5 takes the first as well, and the dose of 6 the second.
    """
    doses = at_hours((0, 10), (8, 12), (16, 6), (24, 8))
    assert total(doses, examplumab("18 mg")) == 3
    assert total(at_hours((0, 10), (8, 12), (16, 5), (24, 6)), examplumab("18 mg")) == 2


def test_a_vial_that_soon_expires_is_used_before_a_fresh_one() -> None:
    """8 leaves 10 until 24 h, 14 leaves 4 until 32 h: two vials are the fewest.

    The dose of 3 at 20 h takes the first, the dose of 4 at 31 h the second.
    """
    doses = at_hours((0, 8), (8, 14), (20, 3), (31, 4))
    assert total(doses, examplumab("18 mg")) == 2


def test_a_vial_of_unknown_stability_is_not_shared() -> None:
    """How long it keeps is not stated, so it serves one dose."""
    doses = at_hours((0, 5), (1, 5))
    assert total(doses, examplumab("18 mg", keeps=None)) == 2
    assert total(doses, examplumab("18 mg")) == 1
    assert total(doses, examplumab("18 mg"), share=False) == 2


def test_a_vial_of_one_turn_serves_no_dose_of_the_next() -> None:
    """Two turns of a day each; the second dose comes 23 hours later and takes a new vial."""
    schedule = make_schedule(
        written("""
            blocks:
              - block: cycle
                repeat: {times: 2, every: 1 day}
                doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]
        """)
    )
    assert total(schedule, examplumab("18 mg")) == 2


def test_every_product_is_an_order_of_its_own() -> None:
    """30 mg as 2 x 18 or 1 x 40; wasted 6 or 10 mg."""
    orders = orders_of(at_hours((0, 30)), examplumab("18 mg", "40 mg"))
    totals_by_product = {
        order_.product.name: (order_.pieces, order_.waste) for order_ in orders if not order_.turn
    }
    assert totals_by_product == {"vial of 18 mg": (2, D(6)), "vial of 40 mg": (1, D(10))}


def test_products_that_may_replace_each_other_are_not_listed_as_if_both_were_needed() -> None:
    """14 tablets of 400 mg or 56 of 100 mg: ordered together they are twice the course."""
    schedule = make_schedule(load_regimen("imatinib"), times={"cycle": 1})
    prepared = prepare(schedule, {name: monograph(name) for name in schedule.regimen.drugs(None)})
    sections = paragraphs(schedule, prepared, order(schedule, prepared), share=False)
    (listed,) = (lines for heading, lines in sections if heading.startswith("Order"))
    lines = [line for line in listed if "tablet of 100 mg" in line or "tablet of 400 mg" in line]
    assert lines
    assert any(" or " in line or "instead" in line for line in lines)


def test_turns_that_take_different_numbers_are_not_shown_as_equal() -> None:
    """Cycle 1 with two doses, cycle 2 with one."""
    schedule = make_schedule(
        written("""
            blocks:
              - block: course
                blocks:
                  - block: cycle
                    repeat: {times: 2, every: 7 days}
                    doses:
                      - {dose: one, drug: examplumab, amount: 5 mg, route: IV, day: 1}
                      - {dose: two, drug: examplumab, amount: 5 mg, route: IV, day: 2, turn: 1}
        """)
    )
    part, total = orders_of(schedule, examplumab("18 mg"))
    assert (part.pieces, part.per_turn) == (3, None)
    assert (total.pieces, total.per_turn) == (3, None)


def test_a_product_that_makes_up_only_some_doses_is_not_ordered_for_all() -> None:
    """400 mg and 300 mg of imatinib: only the tablets of 100 mg make up both, 4 + 3."""
    schedule = make_schedule(
        written("""
            doses:
              - {dose: one, drug: imatinib, amount: 400 mg, route: oral, day: 1}
              - {dose: two, drug: imatinib, amount: 300 mg, route: oral, day: 2}
        """)
    )
    assert [(order_.product.name, order_.pieces) for order_ in orders_of(schedule)] == [
        ("tablet of 100 mg", 7)
    ]


def both_ways(*doses: tuple[str, str], tablets: Sequence[str] = ("50 mg",)) -> list[list[str]]:
    """The order, JSON's alternatives and the total in words, for doses of a drug as both forms."""
    vial = Product("vial of 500 mg", "vial", quantity("500 mg"), ("label",))
    pressed = [
        Product(f"{strength} tablet", "tablet", quantity(strength), ("label",))
        for strength in tablets
    ]
    drug = Drug("examplumab", (), 1, "2026-11-22", {}, products=(*pressed, vial))
    lines = "".join(
        f"  - {{dose: d{day}, drug: examplumab, amount: {amount}, route: {route}, day: {day}}}\n"
        for day, (amount, route) in enumerate(doses, 1)
    )
    schedule = make_schedule(written(f"doses:\n{lines}"))
    prepared = prepare(schedule, {"examplumab": drug})
    orders = order(schedule, prepared)
    return [
        [f"{order_.pieces} x {order_.product.name}" for order_ in orders],
        [", ".join(totals.order(order_, orders)["instead_of"]) for order_ in orders],
        list(totals.ordered(schedule, orders, prepared, share=False)),
    ]


def test_tablets_and_vials_of_one_drug_are_both_ordered_and_neither_instead() -> None:
    """An infusion on day 1, tablets on days 2 and 3: one vial and 1 + 2 tablets are needed."""
    result = both_ways(("500 mg", "IV infusion"), ("50 mg", "oral"), ("100 mg", "oral"))
    assert result == [
        ["1 x vial of 500 mg", "3 x 50 mg tablet"],
        ["", ""],
        ["examplumab in all: 1 x vial of 500 mg", "examplumab in all: 3 x 50 mg tablet"],
    ]


def test_doses_that_no_one_tablet_makes_up_together_are_ordered_apart() -> None:
    """40 mg are two of 20 mg, 50 mg one of 50: no tablet makes up both, and both are given."""
    result = both_ways(("40 mg", "oral"), ("50 mg", "oral"), tablets=("20 mg", "50 mg"))
    assert result[0] == ["2 x 20 mg tablet", "1 x 50 mg tablet"]


def test_a_dose_that_no_product_makes_up_takes_no_other_out_of_the_order() -> None:
    """75 mg are no whole tablets; the vial for the infusion is needed all the same."""
    result = both_ways(("500 mg", "IV infusion"), ("75 mg", "oral"), ("50 mg", "oral"))
    assert result[2] == [
        "examplumab in all: 1 x vial of 500 mg",
        "examplumab in all: 1 x 50 mg tablet",
        "examplumab: 1 x 75 mg, for which the monograph has no product",
    ]


def test_a_drug_without_a_monograph_is_not_ordered() -> None:
    """IMP321 has no product: amounts only."""
    schedule = make_schedule(load_regimen("imp321"), SEVENTY, arm="0.25-mg")
    assert {order_.drug for order_ in orders_of(schedule)} == {"paclitaxel"}


def test_paclitaxel_for_six_cycles_is_three_times_five_vials_each() -> None:
    """145.4 / 30 = 4.85: five vials a dose, fifteen a cycle, ninety in all; 13.65 mg left."""
    schedule = make_schedule(load_regimen("imp321"), SEVENTY, arm="0.25-mg")
    orders = orders_of(schedule)
    assert [order_.pieces for order_ in orders] == [15] * 6 + [90]
    assert orders[0].waste.quantize(D("0.01")) == D("13.65")
    assert not any(order_.at_most or order_.only_if for order_ in orders)


shared = st.lists(st.tuples(st.integers(0, 46), st.integers(1, 40)), min_size=1, max_size=7)


@SMALL
@given(shared)
def test_shared_vials_are_never_too_few_and_never_more_than_unshared(
    doses: list[tuple[int, int]],
) -> None:
    """What is ordered holds what is given, and sharing costs nothing."""
    schedule = at_hours(*sorted(dict(doses).items()))
    drug = examplumab("18 mg")
    needed = sum(amount for _, amount in dict(doses).items())
    together, apart = total(schedule, drug), total(schedule, drug, share=False)
    assert together <= apart
    assert together * 18 >= needed
    for order_ in orders_of(schedule, drug, share=True):
        assert order_.waste == order_.pieces * 18 - needed
