"""Which faults are put into the code to see whether a test finds them."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from mutation.mutants import mutants

ROOT = Path(__file__).parents[1]
KEPT = tomllib.loads((ROOT / "tests/mutation/modules.toml").read_text(encoding="utf-8"))


def faults(source: str) -> list[str]:
    return [mutant.name for mutant in mutants(source)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a < 3", ["Lt -> LtE in a < 3", "Lt -> GtE in a < 3", "3 -> 4", "3 -> 2"]),
        ("a is not b", ["IsNot -> Is in a is not b"]),
        ("Decimal('0.25')", ["0.25 -> 0.26", "0.25 -> 0.24"]),
        ("Decimal('Infinity')", ["Infinity -> 0"]),
        ("a + b", ["Add -> Sub in a + b"]),
        ("not a", ["without not: not a"]),
        ("-a", ["without minus: -a"]),
        ("True", ["True -> False"]),
        (
            "a and b",
            ["And -> Or in a and b", "without a in a and b", "without b in a and b"],
        ),
        ("b if a else c", ["True for: a", "False for: a"]),
        ("[b for b in c if b]", ["without if b"]),
    ],
)
def test_one_thing_is_changed_at_a_time(line: str, expected: list[str]) -> None:
    """A limit moved, a comparison reversed, a part of a check left out."""
    left_out = f"return {line} -> return None"
    assert faults(f"def f():\n    return {line}") == [
        *(f"f: {change}" for change in (left_out, *expected)),
    ]


def test_every_statement_that_has_an_effect_is_left_out_once() -> None:
    source = "def f():\n    yield a\n    b()\n    c += d\n    raise E\n    return None"
    assert faults(source) == [
        "f: yield a -> yield from ()",
        "f: b() -> pass",
        "f: c += d -> pass",
        "f: raise E -> pass",
    ]


def test_changes_of_messages_are_no_faults() -> None:
    """Texts, conditions of texts alone, arguments of errors; nor types and assertions."""
    source = """
def f(a: X | 3, b: int = 1):
    'Documented.'
    assert a > 1
    c = f'{1 if a > 1 else 2} rows'
    if TYPE_CHECKING:
        import d

class C:
    e: int = 1
"""
    assert faults(source) == ["f: 1 -> 2", "f: 1 -> 0"]


def test_a_method_is_named_by_its_class_and_an_inner_function_by_the_outer() -> None:
    source = "class C:\n    def f(self):\n        def g():\n            b()\n\nLEAST = 3\n"
    assert faults(source) == ["C.f: b() -> pass", "module: 3 -> 4", "module: 3 -> 2"]


def test_a_fault_is_in_the_module_only_while_it_is_tested() -> None:
    source = "A = 1\n\ndef f():\n    return a < b\n"
    original = ast.unparse(ast.parse(source))
    sources = [ast.unparse(mutant.tree) for mutant in mutants(source)]
    assert len(set(sources)) == len(sources) == 5
    assert original not in sources
    *_, last = mutants(source)
    assert ast.unparse(last.tree) == original


def test_faults_of_one_name_are_numbered() -> None:
    """The number identifies a fault that is named as equivalent."""
    assert faults("def f():\n    a()\n    a()") == ["f: a() -> pass", "f: a() -> pass (2)"]


@pytest.mark.parametrize("name", KEPT["modules"])
def test_a_module_with_a_score_exists_and_so_do_its_tests(name: str) -> None:
    """A score of a module that moved, or without one of its tests, would be meaningless."""
    assert (ROOT / "src/il2calc" / f"{name.replace('.', '/')}.py").is_file()
    for test in KEPT["modules"][name]:
        assert (ROOT / f"tests/test_{test}.py").is_file(), test


@pytest.mark.parametrize("name", KEPT["equal"])
def test_a_fault_named_as_equivalent_still_exists(name: str) -> None:
    """The reason why it changes nothing is about that line."""
    path = ROOT / "src/il2calc" / f"{name.replace('.', '/')}.py"
    all_faults = faults(path.read_text(encoding="utf-8"))
    assert [fault for fault in KEPT["equal"][name] if fault not in all_faults] == []
