"""Worked cases: sentences that someone of the field can read and check, in `cases/*.yaml`.

A case says what it shows (`case`), where its numbers come from (`from`), the regimen (an id, a
file in `cases/regimens`, or its text from the arms, doses or blocks on), the patient and options
as on the command line, and what is expected. A number ending in `...` is held against the digits
that stand before the dots; `none` is nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from casefiles import agree, numbers, shown
from il2calc import Patient, load_regimen, make_schedule
from il2calc.cli.options import date_of
from il2calc.errors import Il2calcError
from il2calc.language import shelf
from il2calc.model.regimen import Regimen, day_at
from il2calc.plan.administration import Administration, Total
from il2calc.plan.calendar import Turn
from il2calc.plan.schedule import Schedule
from il2calc.review.of_schedule import review
from written import regimen as written

CASES = Path(__file__).parent / "cases"
EXPECTED = Path(__file__).parent / "expected"

OPTIONS = frozenset(
    ["arm", "start", "first_dose", "date_of", "at", "times", "cycles", "percent", "set", "patient"]
)
PATIENT = {
    "weight": "weight",
    "height": "height",
    "bsa": "surface_area",
    "bsa_cap": "surface_cap",
    "gfr": "gfr",
}


def _cases() -> list[Any]:
    files = sorted((*CASES.glob("*.yaml"), *(CASES / "library").glob("*.yaml")))
    texts = [path.read_text("utf-8") for path in files]
    return [
        pytest.param(case, id=case["case"])
        for text in texts
        for case in yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes text only
    ]


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any]) -> None:
    """The schedule is as someone worked it out by hand."""
    unknown = case.keys() - OPTIONS - {"case", "from", "regimen", "expect", "refused"}
    assert not unknown, f"unknown keys of a case: {sorted(unknown)}"
    assert case["from"], "a case says where its numbers come from"
    assert ("expect" in case) != ("refused" in case), "a case expects a schedule or a refusal"
    if "refused" in case:
        with pytest.raises(Il2calcError) as error:
            _schedule(case)
        assert case["refused"] in str(error.value)
        return
    schedule = _schedule(case)
    for key, expected in case["expect"].items():
        assert key in CHECKS, f"unknown expectation {key!r}; known: {', '.join(CHECKS)}"
        CHECKS[key](schedule, expected)


def test_every_case_is_a_sentence_of_its_own() -> None:
    """Cases are found by their sentence, so that no two may be alike."""
    sentences = [each.id for each in _cases()]
    assert sentences
    assert len(set(sentences)) == len(sentences)


def test_every_shipped_regimen_has_a_case_of_its_own() -> None:
    """Danger: a file whose days nobody worked out from its source."""
    worked = {case.values[0]["regimen"] for case in _cases()}
    assert set(shelf.names()) <= worked
    assert {path.stem for path in (CASES / "library").glob("*.yaml")} <= worked


def _regimen(case: Mapping[str, Any]) -> Regimen:
    name = case["regimen"]
    settings = list(case.get("set", {}).items())
    if "\n" in name:
        return written(name, settings)
    if name.endswith(".yaml"):
        return load_regimen(str(CASES / name), settings=settings)
    return load_regimen(name, settings=settings)


def _schedule(case: Mapping[str, Any]) -> Schedule:
    given = dict(case.get("patient", {}))
    sex = given.pop("sex", None)
    assert given.keys() <= PATIENT.keys(), f"unknown keys of a patient: {sorted(given)}"
    numbers = {PATIENT[key]: Decimal(value) for key, value in given.items()}
    hour, minute = case.get("at", "08:00").split(":")
    times = {block: int(count) for block, count in case.get("times", {}).items()}
    if "cycles" in case:
        times["cycle"] = int(case["cycles"])
    return make_schedule(
        _regimen(case),
        Patient(**numbers, sex=sex),  # type: ignore[arg-type] # measures only, all of them decimals
        arm=case.get("arm"),
        start=_date(case.get("start")),
        first_dose=_date(case.get("first_dose")),
        date_of=date_of(case.get("date_of")),
        at=int(hour) * 60 + int(minute),
        times=times,
        percents={drug: Decimal(share) for drug, share in case.get("percent", {}).items()},
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _chain(turns: tuple[Turn, ...]) -> str:
    return "/".join(f"{each.block.name} {each.number}" for each in turns)


def _row(each: Administration) -> dict[str, object]:
    return {
        "number": each.number,
        "regimen_day": each.regimen_day,
        "block": _chain(each.turn.chain()) or None,
        "turn": each.turn.name(),
        "block_day": each.block_day,
        "date": each.when.date() if each.when else None,
        "time": each.clock,
        "over": each.dose.over.text if each.dose.over is not None else None,
        "latest_day": each.latest_day,
        "latest_date": each.latest_date,
        "latest_time": each.latest_time,
        "not_before": each.not_before,
        "hours": each.hours,
        "drug": each.dose.drug,
        "dose": each.dose.name,
        "dose_number": each.dose_number,
        "amount": each.dosed.value,
        "unit": each.dosed.unit,
        "capped": each.dosed.capped,
        "body": each.dosed.reckoned.value if each.dosed.reckoned else None,
        "route": each.dose.route,
        "at_most": each.at_most,
        "only_if": each.only_if,
        "outside": each.outside,
        "assumed": each.assumed,
        "source": each.source,
    }


def _total(each: Total) -> dict[str, object]:
    return {
        "drug": each.drug,
        "block": _chain(each.turns) or None,
        "amount": each.value,
        "unit": each.unit,
        "administrations": each.administrations,
        "at_most": each.at_most,
        "only_if": each.only_if,
        "conditional": each.conditional,
    }


def _check_row(schedule: Schedule, expected: list[dict[str, str]]) -> None:
    for row in expected:
        number = row["number"]
        place = -1 if number == "last" else int(number) - 1
        rest = {key: value for key, value in row.items() if key != "number"}
        agree(_row(schedule.administrations[place]), rest, f"row {number}")


def _check_every_row(schedule: Schedule, expected: dict[str, str]) -> None:
    for each in schedule.administrations:
        agree(_row(each), expected, f"row {each.number}")


def _check_every_row_of(schedule: Schedule, expected: dict[str, dict[str, str]]) -> None:
    for drug, facts in expected.items():
        rows = [each for each in schedule.administrations if each.dose.drug == drug]
        assert rows, f"there is no row of {drug}"
        for each in rows:
            agree(_row(each), facts, f"row {each.number}")


def _check_totals(schedule: Schedule, expected: list[dict[str, str]]) -> None:
    for wanted in expected:
        chosen = {"drug": wanted["drug"], "block": wanted.get("block", "none")}
        found = [
            total
            for each in schedule.totals
            if (total := _total(each))["drug"] == chosen["drug"]
            and shown(total["block"]) == chosen["block"]
        ]
        assert len(found) == 1, f"{len(found)} totals of {chosen}"
        agree(found[0], wanted, f"total of {wanted['drug']}")


def _check_days(schedule: Schedule, expected: dict[str, str]) -> None:
    for drug, text in expected.items():
        found = [each.regimen_day for each in schedule.administrations if each.dose.drug == drug]
        assert list(dict.fromkeys(found)) == numbers(text), f"days of {drug}"


def _check_blocks(schedule: Schedule, expected: dict[str, dict[str, str]]) -> None:
    found = {_chain(turn.chain()): (turn, shift) for turn, shift in schedule.turns}
    for block, facts in expected.items():
        assert block in found, f"there is no {block!r}; blocks: {', '.join(found)}"
        turn, shift = found[block]
        first = day_at(turn.start, schedule.regimen.day_zero)
        last = day_at(turn.start + turn.length - 1, schedule.regimen.day_zero)
        latest = day_at(turn.start + shift, schedule.regimen.day_zero) if shift else None
        known = {"first_day": first, "last_day": last, "latest_first_day": latest}
        agree({**known, "planned": turn.planned}, facts, block)


def _check_rows_of(schedule: Schedule, expected: dict[str, str]) -> None:
    for drug, count in expected.items():
        found = [each for each in schedule.administrations if each.dose.drug == drug]
        assert len(found) == int(count), f"rows of {drug}"


def _check_outside(schedule: Schedule, expected: str) -> None:
    rows = [each.number for each in schedule.administrations if each.outside]
    assert rows == ([] if expected == "none" else numbers(expected))


def _check_as_in(schedule: Schedule, expected: str) -> None:
    with (EXPECTED / expected).open(encoding="utf-8", newline="") as stream:
        wanted = [
            (Decimal(row["hours_from_first_dose"]), Decimal(row["amt"]))
            for row in csv.DictReader(stream)
        ]
    assert [(each.hours, each.dosed.value) for each in schedule.administrations] == wanted


def _check_rows(schedule: Schedule, expected: str) -> None:
    assert len(schedule.administrations) == int(expected)


def _check_set(schedule: Schedule, expected: list[str]) -> None:
    assert list(schedule.settings()) == expected


def _check_arm(schedule: Schedule, expected: str) -> None:
    chosen = "by default" if schedule.arm_by_default else "as asked"
    assert f"{schedule.arm}, {chosen}" == expected


def _check_order(schedule: Schedule, expected: dict[str, str]) -> None:
    for day, drugs in expected.items():
        rows = [each for each in schedule.administrations if each.regimen_day == int(day)]
        assert ", ".join(each.dose.name for each in rows) == drugs, f"order on day {day}"


def _check_cautions(schedule: Schedule, expected: dict[str, str]) -> None:
    """Cautions by their code: the rows that they are about, each once."""
    found: dict[str, object] = {}
    for caution in review(schedule):
        rows = ", ".join(map(str, caution.administrations)) or "no row"
        found[caution.code] = f"{caution.text} ({rows})"
    agree({code: found.get(code) for code in expected}, expected, "caution")


CHECKS: dict[str, Callable[[Schedule, Any], None]] = {
    "rows": _check_rows,
    "rows of": _check_rows_of,
    "row": _check_row,
    "every row": _check_every_row,
    "every row of": _check_every_row_of,
    "days": _check_days,
    "order on day": _check_order,
    "blocks": _check_blocks,
    "totals": _check_totals,
    "outside": _check_outside,
    "as in": _check_as_in,
    "set": _check_set,
    "arm": _check_arm,
    "cautions": _check_cautions,
}
"""What a case may expect of its schedule, by the key that it writes."""
