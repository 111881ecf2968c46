"""The table of hazards: every row has a test that holds it, and every such test a row."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "safety.md"
VALIDATION = TESTS.parent / "docs" / "validation.md"
ROW = re.compile(r"\| ([0-9]+) \|(.*)\| ([^|]*) \|")
REWRITE = "IL2CALC_REWRITE_GOLDEN"


def hazards(decorators: list[ast.expr]) -> Iterator[int]:
    """The rows that the marker of a test names."""
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.hazard":
            for number in decorator.args:
                assert isinstance(number, ast.Constant)
                assert isinstance(number.value, int)
                yield number.value


def holding() -> dict[int, list[str]]:
    """The tests that cover each row, by their files."""
    tests_by_hazard: dict[int, list[str]] = {}
    for file in sorted(TESTS.glob("test_*.py")):
        for test in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(test, ast.FunctionDef):
                for number in hazards(test.decorator_list):
                    tests_by_hazard.setdefault(number, []).append(f"`{file.stem}`: `{test.name}`")
    return tests_by_hazard


def rows() -> dict[int, tuple[str, str]]:
    """What each row says before its tests, and its tests."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    matches = [match for match in map(ROW.fullmatch, lines) if match]
    return {int(match[1]): (match[2], match[3].strip()) for match in matches}


def test_every_hazard_has_the_tests_that_its_row_names() -> None:
    """A hazard that no test holds comes back unseen; a test that is gone is not named any more."""
    tests_by_hazard = {number: ", ".join(tests) for number, tests in holding().items()}
    if os.environ.get(REWRITE) == "1":
        lines = PAGE.read_text(encoding="utf-8").splitlines()
        for index, match in ((index, ROW.fullmatch(line)) for index, line in enumerate(lines)):
            if match:
                lines[index] = (
                    f"| {match[1]} |{match[2]}| {tests_by_hazard.get(int(match[1]), '')} |"
                )
        PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    message = f"If that is meant: {REWRITE}=1 python -m pytest {__file__}"
    assert {number: tests for number, (_, tests) in rows().items()} == tests_by_hazard, message


def required() -> dict[int, tuple[str, list[int], str]]:
    """Each requirement of the page on validation: what it says, its hazards, its tests."""
    lines = VALIDATION.read_text(encoding="utf-8").splitlines()
    requirements: dict[int, tuple[str, list[int], str]] = {}
    for match in filter(None, map(ROW.fullmatch, lines)):
        text, numbers = match[2].strip().split(" | ")
        requirements[int(match[1])] = (
            text,
            [int(number) for number in numbers.split(", ")],
            match[3].strip(),
        )
    return requirements


def test_every_requirement_has_the_tests_of_its_hazards() -> None:
    """The tests of a requirement are those of its hazards; the page is made from the markers."""
    tests_by_hazard = holding()
    tests = {
        number: ", ".join(sorted({test for hazard in numbers for test in tests_by_hazard[hazard]}))
        for number, (_, numbers, _) in required().items()
    }
    if os.environ.get(REWRITE) == "1":
        lines = VALIDATION.read_text(encoding="utf-8").splitlines()
        for index, match in ((index, ROW.fullmatch(line)) for index, line in enumerate(lines)):
            if match:
                lines[index] = f"| {match[1]} |{match[2]}| {tests[int(match[1])]} |"
        VALIDATION.write_text("\n".join(lines) + "\n", encoding="utf-8")
    message = f"If that is meant: {REWRITE}=1 python -m pytest {__file__}"
    assert {number: tests_named for number, (_, _, tests_named) in required().items()} == tests, (
        message
    )
    assert all(tests.values()), "a requirement without a test is a wish"


def test_every_hazard_is_answered_by_one_requirement() -> None:
    """A hazard that no requirement answers was judged by nobody; one that is gone is in none."""
    requirements = required()
    assert list(requirements) == list(range(1, len(requirements) + 1))
    numbers = [number for _, hazards_of, _ in requirements.values() for number in hazards_of]
    assert sorted(numbers) == list(rows())
    assert all(text.endswith(".") for text, _, _ in requirements.values())


def test_the_rows_are_numbered_through_and_say_everything() -> None:
    """What can go wrong, from where it is known, what is done, and what remains."""
    table_rows = rows()
    assert list(table_rows) == list(range(1, len(table_rows) + 1))
    assert len(table_rows) >= 34
    for number, (text, _) in table_rows.items():
        cells = [cell.strip() for cell in text.split(" | ")]
        assert len(cells) == 4, number
        assert all(cell.endswith(".") for cell in cells), number


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("@pytest.mark.hazard(3, 4)\ndef test_x(): ...", [3, 4]),
        ("@pytest.mark.parametrize('x', [1])\ndef test_x(): ...", []),
        ("def test_x(): ...", []),
    ],
)
def test_a_marker_names_the_rows_that_a_test_holds(source: str, numbers: list[int]) -> None:
    (test,) = ast.parse(source).body
    assert isinstance(test, ast.FunctionDef)
    assert list(hazards(test.decorator_list)) == numbers
