"""Course logs drawn at random: every effect, and texts that YAML could take for something else."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from il2calc.errors import printable
from il2calc.model.effects import (
    Amended,
    Chain,
    Decided,
    Delayed,
    DoseKey,
    Effect,
    Extra,
    Given,
    Held,
    Levelled,
    Parted,
    Portion,
    Reduced,
    Resealed,
    Shifted,
    Stopped,
    Undone,
    Weighed,
    in_order,
)
from il2calc.model.log import Entry, Log
from il2calc.model.patient import FORMULA_NAMES, Patient
from il2calc.units import Quantity

TRICKY = (
    *("yes", "no", "null", "~", "1", "08:00", "- a", "a: b", "a # b", "# a", "'", '"', "\\", "\\n"),
    *("{a}", "[a]", "a, b", "&a", "*a", "!a", "%a", "|", ">", "?", "`a`", "a:", ":a", "<<", "---"),
    *(
        "µg/mL ≥ 3.1",
        "naïve 日本語 🙂",
        "plain words",
        "2025-12-01",
        "...",
        "platelets 62 (10^9/L)",
    ),
)
"""Texts of one line that YAML could take for something else."""


def normal(text: str) -> str:
    """A text with single spaces, as YAML folds it."""
    return " ".join(text.split())


def _fit(text: str) -> bool:
    return bool(text) and text[0] not in "=@" and printable(text)


REASONS = st.one_of(
    st.sampled_from(TRICKY), st.text(min_size=1, max_size=30).map(normal).filter(_fit)
)
_SCRIPTS = ("abcXYZéïøß", "αβγΩ", "абвЖ", "日本語薬", "イロハ", "אבג", "가나다")
_NAMES = st.one_of(
    st.sampled_from(["examplumab", "IL-2", "low dose", "arm 2", "-x", "4", "no"]),
    st.sampled_from(_SCRIPTS)
    .flatmap(lambda script: st.text(f"{script}09 -", min_size=1, max_size=12))
    .map(normal)
    .filter(bool),
)
_COUNTS = st.integers(1, 30)
_DATES = st.dates(date(1950, 1, 1), date(2049, 12, 31))
_MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2049, 12, 31)).map(  # noqa: DTZ001 - local time
    lambda moment: moment.replace(second=0, microsecond=0)
)
_CHAINS: st.SearchStrategy[Chain] = st.lists(
    st.tuples(_NAMES, _COUNTS), min_size=1, max_size=3
).map(tuple)
_PERCENTS = st.decimals("0.1", "200", places=1)
_WEIGHTS = st.decimals("2", "400", places=2)
_AMOUNTS = st.builds(
    Quantity,
    st.decimals("0.001", "90000000", places=3),
    st.sampled_from(["IU", "units", "cells", "mg", "mcg", "mL", "g", "kg"]),
    basis=st.none(),
    per_day=st.just(value=False),
    per_hour=st.just(value=False),
    conversion=st.just(""),
)


@st.composite
def _keys(draw: st.DrawFn) -> list[DoseKey]:
    """Some doses of one name in one turn."""
    drug = draw(_NAMES)
    turns: Chain = draw(st.one_of(st.just(()), _CHAINS))
    dose = draw(st.one_of(st.just(drug), _NAMES))
    numbers: set[int] = draw(st.sets(_COUNTS, min_size=1))
    return [DoseKey(turns, drug, dose, number) for number in numbers]


_DOSES = st.lists(_keys(), min_size=1, max_size=3).map(
    lambda groups: in_order(key for group in groups for key in group)
)
_DOSE = _keys().map(lambda keys: keys[0])


def _amended(text: bytes, version: int, start: Chain | None) -> Amended:
    return Amended("npc-bolus", version, hashlib.sha256(text).hexdigest(), text, start)


@st.composite
def _recorded(draw: st.DrawFn) -> Given:
    """Doses given, with what was recorded of each."""
    doses: tuple[DoseKey, ...] = draw(_DOSES)
    routes = st.sampled_from(["SC", "IV bolus"])
    portions = st.builds(Portion, _AMOUNTS, routes, _MOMENTS)
    return Given(doses, portions=tuple(draw(portions) for _ in doses))


EFFECTS: st.SearchStrategy[Effect] = st.one_of(
    _DOSES.map(Given),
    _recorded(),
    st.builds(
        lambda key, at, amount: Given((key,), at, amount),
        _DOSE,
        st.one_of(st.none(), _MOMENTS),
        st.one_of(st.none(), _AMOUNTS),
    ),
    _DOSES.map(Held),
    st.builds(Shifted, _DOSE, st.integers(-3000, 3000).filter(bool)),
    st.builds(Delayed, _CHAINS, _COUNTS),
    st.tuples(_WEIGHTS, _DATES, st.one_of(st.none(), _CHAINS)).map(
        lambda measured: Weighed(*measured)
    ),
    st.builds(
        Weighed,
        st.one_of(st.none(), _WEIGHTS),
        _DATES,
        st.one_of(st.none(), _CHAINS),
        height=st.one_of(st.none(), st.decimals("40", "260", places=1)),
        surface_area=st.one_of(st.none(), st.decimals("0.1", "4", places=2)),
        gfr=st.one_of(st.none(), st.decimals("1", "300", places=1)),
        age=st.integers(0, 130).map(Decimal),
    ),
    st.builds(
        Reduced, _NAMES, st.one_of(_PERCENTS, _AMOUNTS), _CHAINS, st.one_of(st.none(), _NAMES)
    ),
    st.builds(Levelled, _NAMES, _CHAINS),
    st.builds(
        Extra,
        _NAMES,
        _AMOUNTS,
        _MOMENTS,
        st.sampled_from(["SC", "IV bolus"]),
        written=st.none() | _NAMES,
    ),
    st.builds(
        lambda key, amount, ended, routes: Parted(
            *(key, amount, ended, None), tuple(Portion(amount, route, ended) for route in routes)
        ),
        _DOSE,
        _AMOUNTS,
        _MOMENTS,
        st.sampled_from([(), ("SC",)]),
    ),
    st.builds(Decided, _CHAINS, st.booleans()),
    st.just(Stopped()),
    st.builds(_amended, st.binary(max_size=40), _COUNTS, st.one_of(st.none(), _CHAINS)),
    st.just(Resealed()),
)


@st.composite
def entries(draw: st.DrawFn, most: int = 6, least: int = 0) -> tuple[Entry, ...]:
    """Entries in the order of a file, some of them undone."""
    entries: list[Entry] = []
    open_ones: list[int] = []
    for number in range(1, draw(st.integers(least, most)) + 1):
        effect = draw(EFFECTS)
        undoing = draw(st.booleans())
        if undoing and open_ones:
            undone = draw(st.sampled_from(open_ones))
            open_ones.remove(undone)
            effect = Undone(undone)
        else:
            open_ones.append(number)
        reason = draw(st.one_of(st.none(), REASONS))
        by = draw(st.sampled_from([None, "AB", "C. D"]))
        as_of = draw(st.one_of(st.none(), _MOMENTS))
        overridden = draw(st.booleans())
        entered = draw(_MOMENTS)
        entries.append(Entry(number, entered, effect, reason, overridden, as_of=as_of, by=by))
    return tuple(entries)


_BODIES = st.one_of(
    st.builds(
        Patient,
        weight=st.one_of(st.none(), _WEIGHTS),
        surface_area=st.decimals("0.1", "4", places=2),
        gfr=st.one_of(st.none(), st.decimals("1", "300", places=1)),
    ),
    st.builds(
        Patient,
        weight=st.one_of(st.none(), _WEIGHTS),
        height=st.one_of(st.none(), st.decimals("40", "260", places=1)),
        formula=st.sampled_from(FORMULA_NAMES),
        sex=st.sampled_from([None, "female", "male"]),
        surface_cap=st.one_of(st.none(), st.decimals("0.1", "4", places=2)),
    ),
)
_SETTINGS = st.dictionaries(
    st.sampled_from(["cycle.repeat.rest", "course.IMP-1.amount[0.25-mg]", "pulse.at"]), REASONS
)
LOGS = st.builds(
    Log,
    file=st.just("drawn.yaml"),
    subject=st.one_of(st.just("S-07"), REASONS.filter(lambda text: text[0].isalnum())),
    regimen=st.sampled_from(["npc-bolus", "./own regimens/a, b.yaml", "C:\\own\\a.yaml"]),
    version=_COUNTS,
    sha256=st.sampled_from(["3f" * 32, "00" * 32]),
    patient=_BODIES,
    start=_DATES,
    at=st.integers(0, 1439),
    arm=st.sampled_from([None, "0.25-mg", "no"]),
    times=st.dictionaries(st.sampled_from(["cycle", "course.cycle", "lead-in"]), _COUNTS),
    percents=st.dictionaries(_NAMES, _PERCENTS, max_size=2),
    settings=_SETTINGS.map(lambda settings: tuple(settings.items())),
    zone=st.sampled_from([None, "Europe/London", "Etc/GMT+1"]),
    facts=_SETTINGS,
    entries=entries(),
)
"""Logs with everything that one can hold."""
