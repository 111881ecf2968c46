"""Worked cases: sentences that someone of the field can read and check, in `cases/*.yaml`.

A case says what it shows (`case`), where its numbers come from (`from`), the regimen (an id, a
file in `cases/regimens`, or its text from the arms, doses or blocks on), the patient and options
as on the command line, and what is expected. A number ending in `...` is compared with the digits
before the dots; `none` is nothing.
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
    sentences = [case.id for case in _cases()]
    assert sentences
    assert len(set(sentences)) == len(sentences)


def test_every_shipped_regimen_has_a_case_of_its_own() -> None:
    """Danger: a file whose days nobody worked out from its source."""
    worked = {case.values[0]["regimen"] for case in _cases()}
    assert set(shelf.regimen_files()) <= worked
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
    return "/".join(f"{turn.block.name} {turn.number}" for turn in turns)


def _row(row: Administration) -> dict[str, object]:
    return {
        "number": row.number,
        "regimen_day": row.regimen_day,
        "block": _chain(row.turn.chain()) or None,
        "turn": row.turn.name(),
        "block_day": row.block_day,
        "date": row.when.date() if row.when else None,
        "time": row.clock,
        "over": row.dose.over.text if row.dose.over is not None else None,
        "latest_day": row.latest_day,
        "latest_date": row.latest_date,
        "latest_time": row.latest_time,
        "not_before": row.not_before,
        "hours": row.hours,
        "drug": row.dose.drug,
        "dose": row.dose.name,
        "dose_number": row.dose_number,
        "amount": row.dosed.value,
        "unit": row.dosed.unit,
        "capped": row.dosed.capped,
        "body": row.dosed.body_measure.value if row.dosed.body_measure else None,
        "route": row.dose.route,
        "at_most": row.at_most,
        "only_if": row.only_if,
        "outside": row.outside,
        "assumed": row.assumed,
        "source": row.source,
    }


def _total(total: Total) -> dict[str, object]:
    return {
        "drug": total.drug,
        "block": _chain(total.turns) or None,
        "amount": total.value,
        "unit": total.unit,
        "administrations": total.administrations,
        "at_most": total.at_most,
        "only_if": total.only_if,
        "conditional": total.conditional,
    }


def _check_row(schedule: Schedule, expected: list[dict[str, str]]) -> None:
    for row in expected:
        number = row["number"]
        place = -1 if number == "last" else int(number) - 1
        rest = {key: value for key, value in row.items() if key != "number"}
        agree(_row(schedule.administrations[place]), rest, f"row {number}")


def _check_every_row(schedule: Schedule, expected: dict[str, str]) -> None:
    for row in schedule.administrations:
        agree(_row(row), expected, f"row {row.number}")


def _check_every_row_of(schedule: Schedule, expected: dict[str, dict[str, str]]) -> None:
    for drug, facts in expected.items():
        rows = [one for one in schedule.administrations if one.dose.drug == drug]
        assert rows, f"there is no row of {drug}"
        for row in rows:
            agree(_row(row), facts, f"row {row.number}")


def _check_totals(schedule: Schedule, expected: list[dict[str, str]]) -> None:
    for wanted in expected:
        chosen = {"drug": wanted["drug"], "block": wanted.get("block", "none")}
        sums = [
            total
            for one in schedule.totals
            if (total := _total(one))["drug"] == chosen["drug"]
            and shown(total["block"]) == chosen["block"]
        ]
        assert len(sums) == 1, f"{len(sums)} totals of {chosen}"
        agree(sums[0], wanted, f"total of {wanted['drug']}")


def _check_days(schedule: Schedule, expected: dict[str, str]) -> None:
    for drug, text in expected.items():
        days = [row.regimen_day for row in schedule.administrations if row.dose.drug == drug]
        assert list(dict.fromkeys(days)) == numbers(text), f"days of {drug}"


def _check_blocks(schedule: Schedule, expected: dict[str, dict[str, str]]) -> None:
    shifts = {_chain(turn.chain()): (turn, shift) for turn, shift in schedule.turns}
    for block, facts in expected.items():
        assert block in shifts, f"there is no {block!r}; blocks: {', '.join(shifts)}"
        turn, shift = shifts[block]
        first = day_at(turn.start, schedule.regimen.day_zero)
        last = day_at(turn.start + turn.length - 1, schedule.regimen.day_zero)
        latest = day_at(turn.start + shift, schedule.regimen.day_zero) if shift else None
        values = {"first_day": first, "last_day": last, "latest_first_day": latest}
        agree({**values, "planned": turn.planned}, facts, block)


def _check_rows_of(schedule: Schedule, expected: dict[str, str]) -> None:
    for drug, count in expected.items():
        rows = [row for row in schedule.administrations if row.dose.drug == drug]
        assert len(rows) == int(count), f"rows of {drug}"


def _check_outside(schedule: Schedule, expected: str) -> None:
    rows = [row.number for row in schedule.administrations if row.outside]
    assert rows == ([] if expected == "none" else numbers(expected))


def _check_as_in(schedule: Schedule, expected: str) -> None:
    with (EXPECTED / expected).open(encoding="utf-8", newline="") as stream:
        rows = [
            (Decimal(row["hours_from_first_dose"]), Decimal(row["amt"]))
            for row in csv.DictReader(stream)
        ]
    assert [(row.hours, row.dosed.value) for row in schedule.administrations] == rows


def _check_rows(schedule: Schedule, expected: str) -> None:
    assert len(schedule.administrations) == int(expected)


def _check_set(schedule: Schedule, expected: list[str]) -> None:
    assert list(schedule.settings()) == expected


def _check_arm(schedule: Schedule, expected: str) -> None:
    chosen = "by default" if schedule.arm_by_default else "as asked"
    assert f"{schedule.arm}, {chosen}" == expected


def _check_order(schedule: Schedule, expected: dict[str, str]) -> None:
    for day, drugs in expected.items():
        rows = [row for row in schedule.administrations if row.regimen_day == int(day)]
        assert ", ".join(row.dose.name for row in rows) == drugs, f"order on day {day}"


def _check_cautions(schedule: Schedule, expected: dict[str, str]) -> None:
    """Cautions by their code: the rows that they are about, each once."""
    values: dict[str, object] = {}
    for caution in review(schedule):
        rows = ", ".join(map(str, caution.administrations)) or "no row"
        values[caution.code] = f"{caution.text} ({rows})"
    agree({code: values.get(code) for code in expected}, expected, "caution")


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
