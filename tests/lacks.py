"""Regimens that other collections hold and a first reading of this language did not take.

Each is the smallest file of its kind, by a word for what it is.
"""

from __future__ import annotations

from filetext import faults

_HEAD = """\
regimen: probe
title: probe
for: probe
version: 1
read_on: 2026-11-28
source: s, x
sources:
  s: {cite: probe, read: secondary}
"""


def _in_cycles(*doses: str, repeat: str = "{times: 4, every: 21 days}") -> str:
    cycle = f"blocks:\n- block: cycle\n  repeat: {repeat}\n  doses:\n"
    return _HEAD + cycle + "".join(f"  - {{{dose}}}\n" for dose in doses)


def _alone(*doses: str) -> str:
    return _HEAD + "doses:\n" + "".join(f"- {{{dose}}}\n" for dose in doses)


_PEMETREXED = "drug: pemetrexed, amount: 500 mg/m2, route: IV, day: 1"
_FOLIC = "drug: folic acid, amount: 400 mcg, route: oral"
_OPEN_CYCLE = (
    f"blocks:\n- block: cycle\n  repeat: {{every: 21 days}}\n  doses: [{{{_PEMETREXED}}}]\n"
)
_SURGERY = """\
blocks:
- block: before surgery
  repeat: {times: 4, every: 14 days}
  rest: open
  doses: [{drug: docetaxel, amount: 50 mg/m2, route: IV, day: 1}]
- block: after surgery
  repeat: {times: 4, every: 14 days}
  doses: [{drug: docetaxel, amount: 50 mg/m2, route: IV, day: 1}]
"""
_IFOSFAMIDE = "drug: ifosfamide, amount: 1800 mg/m2, route: IV, day: 1 to 5"

LACKS = {
    "auc": _alone("drug: carboplatin, amount: AUC 5, route: IV, day: 1"),
    "bid": _alone("drug: x, amount: 75 mg/m2, route: oral, day: 1 to 14, at: BID"),
    "day0": _in_cycles("drug: rituximab, amount: 375 mg/m2, route: IV, day: [-5, 0]"),
    "dcomma": _alone("drug: x, amount: 5 mg, route: oral, day: '1, 8, 15'"),
    "drange": _alone("drug: x, amount: 5 mg, route: oral, day: 1-5"),
    "dropsday": _alone("drug: x, amount: 5 mg, route: oral, day: 1;8;15"),
    "equal": _alone(
        _IFOSFAMIDE, "drug: mesna, amount: equal to ifosfamide, route: IV, day: 1 to 5"
    ),
    "everymonth": _in_cycles(
        "drug: goserelin, amount: 10.8 mg, route: SC, day: 1",
        repeat="{times: 6, every: 3 months}",
    ),
    "folfoxbolus": _in_cycles(
        "dose: bolus, drug: fluorouracil, amount: 400 mg/m2, route: IV bolus, day: 1, "
        "over: 5 minutes",
        "dose: pump, drug: fluorouracil, amount: 2400 mg/m2, route: IV infusion, day: 1, "
        "over: 46 hours",
        repeat="{times: 12, every: 14 days}",
    ),
    "folic": _in_cycles(_PEMETREXED, f"{_FOLIC}, day: -7 to 21 days after the last dose"),
    "folicopen": _alone(f"{_FOLIC}, day: -7 onward") + _OPEN_CYCLE,
    "gap": _HEAD + _SURGERY,
    "gy": _alone("drug: radiotherapy, amount: 2 Gy, route: IV, day: 1 to 5"),
    "infusionfirst": _in_cycles(
        "drug: trastuzumab, amount: 6 mg/kg, route: IV, day: 1, "
        "over: {1: 90 minutes, 2 onward: 30 minutes}"
    ),
    "mbq": _alone("drug: lutetium dotatate, amount: 7400 MBq, route: IV, day: 1"),
    "mesna": _alone(
        "dose: bolus, drug: mesna, amount: 600 mg/m2, route: IV bolus, day: 1, over: 15 minutes",
        "dose: infusion, drug: mesna, amount: 3 g/m2, route: IV infusion, day: 1, over: 24 hours",
    ),
    "months": _in_cycles(
        "drug: x, amount: 5 mg, route: IV, day: 1", repeat="{up_to: 24 months, every: 28 days}"
    ),
    "noamount": _in_cycles("drug: docetaxel, route: IV, day: 1"),
    "noroute": _in_cycles("drug: docetaxel, amount: 75 mg/m2, day: 1"),
    "openfolicrepeat": _alone(f"{_FOLIC}, day: -7, repeat: {{every: 1 day}}") + _OPEN_CYCLE,
    "overlap": _in_cycles(
        "dose: load, drug: methotrexate, amount: 200 mg/m2, route: IV infusion, day: 1, "
        "over: 2 hours",
        "dose: rest, drug: methotrexate, amount: 800 mg/m2, route: IV infusion, day: 1, "
        "over: 22 hours",
    ),
    "paren": _alone("drug: cytarabine (high dose), amount: 3 g/m2, route: IV, day: 1"),
    "percent": _alone(
        _IFOSFAMIDE, "drug: mesna, amount: 60 % of ifosfamide, route: IV, day: 1 to 5"
    ),
    "plus": _alone("drug: 5-FU + leucovorin, amount: 400 mg/m2, route: IV, day: 1"),
    "prn": _alone(
        "drug: domperidone, amount: 10 mg, route: oral, day: 1 to 21, at: up to 3 times a day"
    ),
    "q36h": _alone(
        "drug: leucovorin, amount: 15 mg/m2, route: IV, day: 1, at: 24 hours after methotrexate, "
        "repeat: {times: 10, every: 6 hours}"
    ),
    "q3w": _in_cycles(
        "drug: x, amount: 75 mg/m2, route: IV, day: 1", repeat="{times: 4, every: q3w}"
    ),
    "range": _in_cycles("drug: carboplatin, amount: 5 to 6 AUC, route: IV, day: 1"),
    "slash": _alone("drug: trastuzumab/hyaluronidase, amount: 600 mg, route: SC, day: 1"),
    "sqm": _alone("drug: x, amount: 75 mg/m\N{SUPERSCRIPT TWO}, route: IV, day: 1"),
    "timesrange": _in_cycles(
        "drug: carboplatin, amount: 5 AUC, route: IV, day: 1",
        repeat="{times: 4 to 6, every: 21 days}",
    ),
    "tworoutes": _alone("drug: azacitidine, amount: 75 mg/m2, route: SC or IV, day: 1 to 7"),
    "until": _alone(
        "drug: tretinoin, amount: 45 mg/m2/day, route: oral, day: 1 until complete remission, "
        "at: 2 times a day"
    ),
    "weekday": _in_cycles(
        "drug: capecitabine, amount: 825 mg/m2, route: oral, day: Mon to Fri, at: 2 times a day",
        repeat="{times: 6, every: 7 days}",
    ),
    "wk3": _in_cycles(
        "drug: interferon alfa, amount: 10 MIU/m2, route: SC, day: 1, at: 3 times a week",
        repeat="{every: 7 days}",
    ),
}
"""All 35, by a word for what each is."""


def answer(text: str) -> list[str]:
    """What is wrong with a text, and what would be right."""
    return [fault.problem for fault in faults(text)]
