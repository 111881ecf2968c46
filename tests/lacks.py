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


def _in_cycles(dose: str) -> str:
    cycle = "blocks:\n- block: cycle\n  repeat: {times: 4, every: 21 days}\n"
    return f"{_HEAD}{cycle}  doses: [{{{dose}}}]\n"


def _alone(dose: str) -> str:
    return f"{_HEAD}doses: [{{{dose}}}]\n"


LACKS = {
    "noamount": _in_cycles("drug: docetaxel, route: IV, day: 1"),
    "noroute": _in_cycles("drug: docetaxel, amount: 75 mg/m2, day: 1"),
    "prn": _alone(
        "drug: domperidone, amount: 10 mg, route: oral, day: 1 to 21, at: up to 3 times a day"
    ),
    "paren": _alone("drug: cytarabine (high dose), amount: 3 g/m2, route: IV, day: 1"),
    "plus": _alone("drug: 5-FU + leucovorin, amount: 400 mg/m2, route: IV, day: 1"),
    "slash": _alone("drug: trastuzumab/hyaluronidase, amount: 600 mg, route: SC, day: 1"),
    "auc": _alone("drug: carboplatin, amount: AUC 5, route: IV, day: 1"),
    "sqm": _alone("drug: x, amount: 75 mg/m\N{SUPERSCRIPT TWO}, route: IV, day: 1"),
    "mbq": _alone("drug: lutetium dotatate, amount: 7400 MBq, route: IV, day: 1"),
    "gy": _alone("drug: radiotherapy, amount: 2 Gy, route: IV, day: 1 to 5"),
    "range": _in_cycles("drug: carboplatin, amount: 5 to 6 AUC, route: IV, day: 1"),
    "percent": _alone("drug: mesna, amount: 60 % of ifosfamide, route: IV, day: 1 to 5"),
    "equal": _alone("drug: mesna, amount: equal to ifosfamide, route: IV, day: 1 to 5"),
    "tworoutes": _alone("drug: azacitidine, amount: 75 mg/m2, route: SC or IV, day: 1 to 7"),
}


def answer(text: str) -> list[str]:
    """What is wrong with a text, and what would be right."""
    return [fault.problem for fault in faults(text)]
