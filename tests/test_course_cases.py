"""Worked courses: logs that someone of the field can read and check, in `cases/courses/*.yaml`.

A case says what it shows (`case`), where its numbers come from (`from`), the log as it stands in a
file (without version and SHA-256: those of the regimen, which ships or is a file of
`cases/regimens`), the day on which it is looked at and what is expected. A number ending in `...`
is held against the digits before the dots; `none` is nothing.
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
from il2calc.model.effects import Chain, chain_text
from il2calc.model.regimen import day_at
from il2calc.plan.calendar import chain_of
from il2calc.review.of_course import recorded

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
    found = _course(case["log"], case["as_of"])
    for name, expected in case["expect"].items():
        assert name in CHECKS, f"unknown expectation {name!r}; known: {', '.join(CHECKS)}"
        CHECKS[name](found, expected)


def test_every_case_is_a_sentence_of_its_own() -> None:
    """Cases are found by their sentence, so that no two may be alike."""
    sentences = [each.id for each in _cases()]
    assert sentences
    assert len(set(sentences)) == len(sentences)


def _course(text: str, as_of: str) -> Course:
    """The course of a log that says neither version nor SHA-256."""
    name = str(yaml.safe_load(text)["regimen"])
    regimen = load_regimen(str(CASES.parent / name) if name.endswith(".yaml") else name)
    head = f"version: {regimen.version}\nsha256: {regimen.origin.sha256}\n"
    whole = text.replace(f"regimen: {name}\n", f"regimen: {name}\n{head}", 1)
    return replay(
        regimen, log_file.read(whole.encode(), "S-07.yaml"), datetime.fromisoformat(as_of)
    )


def _block(turns: Chain) -> str:
    return chain_text(turns) or "none"


def _row(each: CourseRow) -> dict[str, object]:
    now, plain, recorded = each.administration, each.plain, each.recorded
    return {
        "number": each.number,
        "block": _block(each.key.turns),
        "drug": each.key.drug,
        "dose": each.key.dose,
        "dose_number": each.key.number,
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


def _check_row(found: Course, expected: list[dict[str, str]]) -> None:
    for wanted in expected:
        number = wanted["number"]
        place = -1 if number == "last" else int(number) - 1
        rest = {name: value for name, value in wanted.items() if name != "number"}
        agree(_row(found.rows[place]), rest, f"row {number}")


def _check_every_row(found: Course, expected: dict[str, str]) -> None:
    for each in found.rows:
        agree(_row(each), expected, f"row {each.number}")


def _check_every_row_of(found: Course, expected: dict[str, dict[str, str]]) -> None:
    for drug, facts in expected.items():
        rows = [each for each in found.rows if each.key.drug == drug]
        assert rows, f"there is no row of {drug}"
        for each in rows:
            agree(_row(each), facts, f"row {each.number}")


def _check_rows(found: Course, expected: str) -> None:
    assert len(found.rows) == int(expected)


def _check_days(found: Course, expected: dict[str, str]) -> None:
    for path, text in expected.items():
        rows = [each.administration for each in found.rows if each.administration.dose.path == path]
        assert [each.regimen_day for each in rows] == numbers(text), f"days of {path}"


def _check_blocks(found: Course, expected: dict[str, dict[str, str]]) -> None:
    turns = {chain_text(chain_of(turn)): turn for turn, _ in found.schedule.turns}
    for block, facts in expected.items():
        turn, zero = turns[block], found.schedule.regimen.day_zero
        days = {
            "first_day": day_at(turn.start, zero),
            "last_day": day_at(turn.start + turn.length - 1, zero),
        }
        agree(days, facts, block)


def _share(share: Doses) -> str:
    return f"{share.doses}, {shown(share.value)}"


def _tally(each: Progress) -> dict[str, object]:
    return {
        "drug": each.drug,
        "block": _block(each.turns),
        "planned": _share(each.planned),
        "given": _share(each.given),
        "held": _share(each.held),
        "unrecorded": _share(each.unrecorded),
        "remaining": _share(each.remaining),
        "stopped": _share(each.stopped),
    }


def _check_tally(found: Course, expected: list[dict[str, str]]) -> None:
    for wanted in expected:
        chosen = [
            told
            for told in map(_tally, found.progress)
            if (told["drug"], told["block"]) == (wanted["drug"], wanted["block"])
        ]
        assert len(chosen) == 1, f"{len(chosen)} tallies of {wanted['drug']} in {wanted['block']}"
        agree(chosen[0], wanted, f"tally of {wanted['drug']} in {wanted['block']}")


def _intensity(each: Intensity) -> dict[str, object]:
    return {
        "drug": each.drug,
        "block": _block(each.turns),
        "per": each.basis,
        "doses": f"{each.given_doses} of {each.planned_doses}",
        "planned": each.planned,
        "given": each.given,
        "share": each.share,
        "days": f"{each.days} of {each.planned_days}",
        "planned_a_week": each.planned_a_week,
        "given_a_week": each.given_a_week,
        "relative": each.relative,
    }


def _check_intensity(found: Course, expected: list[dict[str, str]]) -> None:
    reckoned = [_intensity(each) for each in intensities(found)]
    for wanted in expected:
        chosen = [
            told
            for told in reckoned
            if (told["drug"], told["block"]) == (wanted["drug"], wanted["block"])
        ]
        assert len(chosen) == 1, f"{len(chosen)} of {wanted['drug']} in {wanted['block']}"
        agree(chosen[0], wanted, f"intensity of {wanted['drug']} in {wanted['block']}")


def _check_cautions(found: Course, expected: str) -> None:
    """Beside what is told of every one of these logs: their entries have no hashes."""
    codes = [each.code for each in recorded(found)]
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
