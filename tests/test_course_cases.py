"""Worked courses: logs that someone of the field can read and check, in `cases/courses/*.yaml`.

A case says what it shows (`case`), where its numbers come from (`from`), the log as it is in a
file (without version and SHA-256: those of the regimen, which ships or is a file of
`cases/regimens`), the day on which it is looked at and what is expected. A number ending in `...`
is compared with the digits before the dots; `none` is nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from casefiles import agree, numbers, shown
from il2calc import load_regimen
from il2calc.course import Course, replay
from il2calc.course.index import CourseRow
from il2calc.course.intensity import Intensity, intensities
from il2calc.course.replay import Doses, Progress
from il2calc.language import log_file
from il2calc.model.effects import Chain, turn_text
from il2calc.model.regimen import day_at
from il2calc.plan.calendar import chain_of
from il2calc.review.of_course import log_cautions

CASES = Path(__file__).parent / "cases" / "courses"


def _cases() -> list[Any]:
    texts = [path.read_text("utf-8") for path in sorted(CASES.glob("*.yaml"))]
    return [
        pytest.param(case, id=case["case"])
        for text in texts
        for case in yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes text only
    ]


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any]) -> None:
    """The course is as someone worked it out by hand."""
    assert case.keys() == {"case", "from", "log", "as_of", "expect"}
    assert case["from"], "a case says where its numbers come from"
    course = _course(case["log"], case["as_of"])
    for name, expected in case["expect"].items():
        assert name in CHECKS, f"unknown expectation {name!r}; known: {', '.join(CHECKS)}"
        CHECKS[name](course, expected)


def test_every_case_is_a_sentence_of_its_own() -> None:
    """Cases are found by their sentence, so that no two may be alike."""
    sentences = [case.id for case in _cases()]
    assert sentences
    assert len(set(sentences)) == len(sentences)


def _course(text: str, as_of: str) -> Course:
    """The course of a log that says neither version nor SHA-256."""
    name = str(yaml.safe_load(text)["regimen"])
    regimen = load_regimen(str(CASES.parent / name) if name.endswith(".yaml") else name)
    head = f"version: {regimen.version}\nsha256: {regimen.origin.sha256}\n"
    full_text = text.replace(f"regimen: {name}\n", f"regimen: {name}\n{head}", 1)
    return replay(
        regimen, log_file.read(full_text.encode(), "S-07.yaml"), datetime.fromisoformat(as_of)
    )


def _block(turns: Chain) -> str:
    return turn_text(turns) or "none"


def _row(row: CourseRow) -> dict[str, object]:
    now, plain, recorded = row.administration, row.planned, row.recorded
    return {
        "number": row.number,
        "block": _block(row.key.turns),
        "drug": row.key.drug,
        "dose": row.key.dose,
        "dose_number": row.key.number,
        "regimen_day": now.regimen_day,
        "block_day": now.block_day,
        "planned": now.when,
        "before": plain.when if plain else None,
        "latest": now.latest_date,
        "amount": now.dosed.value,
        "amount before": plain.dosed.value if plain else None,
        "weight": now.patient.weight,
        "only_if": now.only_if,
        "state": recorded.state,
        "given": recorded.when,
        "given_amount": recorded.value,
        "reason": recorded.reason,
    }


def _check_row(course: Course, expected: list[dict[str, str]]) -> None:
    for wanted in expected:
        number = wanted["number"]
        place = -1 if number == "last" else int(number) - 1
        rest = {name: value for name, value in wanted.items() if name != "number"}
        agree(_row(course.rows[place]), rest, f"row {number}")


def _check_every_row(course: Course, expected: dict[str, str]) -> None:
    for row in course.rows:
        agree(_row(row), expected, f"row {row.number}")


def _check_every_row_of(course: Course, expected: dict[str, dict[str, str]]) -> None:
    for drug, facts in expected.items():
        rows = [one for one in course.rows if one.key.drug == drug]
        assert rows, f"there is no row of {drug}"
        for row in rows:
            agree(_row(row), facts, f"row {row.number}")


def _check_rows(course: Course, expected: str) -> None:
    assert len(course.rows) == int(expected)


def _check_days(course: Course, expected: dict[str, str]) -> None:
    for path, text in expected.items():
        rows = [row.administration for row in course.rows if row.administration.dose.path == path]
        assert [row.regimen_day for row in rows] == numbers(text), f"days of {path}"


def _check_blocks(course: Course, expected: dict[str, dict[str, str]]) -> None:
    turns = {turn_text(chain_of(turn)): turn for turn, _ in course.schedule.turns}
    for block, facts in expected.items():
        turn, zero = turns[block], course.schedule.regimen.day_zero
        days = {
            "first_day": day_at(turn.start, zero),
            "last_day": day_at(turn.start + turn.length - 1, zero),
        }
        agree(days, facts, block)


def _share(share: Doses) -> str:
    return f"{share.doses}, {shown(share.value)}"


def _tally(tally: Progress) -> dict[str, object]:
    return {
        "drug": tally.drug,
        "block": _block(tally.turns),
        "planned": _share(tally.planned),
        "given": _share(tally.given),
        "held": _share(tally.held),
        "unrecorded": _share(tally.unrecorded),
        "remaining": _share(tally.remaining),
        "stopped": _share(tally.stopped),
    }


def _check_tally(course: Course, expected: list[dict[str, str]]) -> None:
    for wanted in expected:
        chosen = [
            tally
            for tally in map(_tally, course.progress)
            if (tally["drug"], tally["block"]) == (wanted["drug"], wanted["block"])
        ]
        assert len(chosen) == 1, f"{len(chosen)} tallies of {wanted['drug']} in {wanted['block']}"
        agree(chosen[0], wanted, f"tally of {wanted['drug']} in {wanted['block']}")


def _intensity(intensity: Intensity) -> dict[str, object]:
    return {
        "drug": intensity.drug,
        "block": _block(intensity.turns),
        "per": intensity.basis,
        "doses": f"{intensity.given_doses} of {intensity.planned_doses}",
        "planned": intensity.planned,
        "given": intensity.given,
        "share": intensity.share,
        "days": f"{intensity.days} of {intensity.planned_days}",
        "planned_a_week": intensity.planned_a_week,
        "given_a_week": intensity.given_a_week,
        "relative": intensity.relative,
    }


def _check_intensity(course: Course, expected: list[dict[str, str]]) -> None:
    calculated = [_intensity(intensity) for intensity in intensities(course)]
    for wanted in expected:
        chosen = [
            values
            for values in calculated
            if (values["drug"], values["block"]) == (wanted["drug"], wanted["block"])
        ]
        assert len(chosen) == 1, f"{len(chosen)} of {wanted['drug']} in {wanted['block']}"
        agree(chosen[0], wanted, f"intensity of {wanted['drug']} in {wanted['block']}")


def _check_cautions(course: Course, expected: str) -> None:
    """But for the caution of every one of these logs: their entries have no hashes."""
    codes = [caution.code for caution in log_cautions(course)]
    codes.remove("unhashed")
    assert (", ".join(codes) or "none") == expected


CHECKS: dict[str, Callable[[Course, Any], None]] = {
    "rows": _check_rows,
    "row": _check_row,
    "every row": _check_every_row,
    "every row of": _check_every_row_of,
    "days of": _check_days,
    "blocks": _check_blocks,
    "tally": _check_tally,
    "intensity": _check_intensity,
    "cautions": _check_cautions,
}
"""What a case may expect of its course, by the key that it writes."""
