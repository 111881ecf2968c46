"""The architecture: few modules, each with a name of its own, and no import cycle."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from house import House, measure

ROOT = Path(__file__).parents[1]
HOUSE = measure()


@pytest.mark.parametrize(
    ("what", "figure", "most"),
    [
        ("modules", len(HOUSE.imports), 125),
        ("modules with one importer", len(HOUSE.with_one_importer()), 10),
        ("folders and modules at the top", len(HOUSE.top), 14),
        ("lines of the largest module", max(HOUSE.lines.values()), 450),
        ("lines in all", sum(HOUSE.lines.values()), 40_492),
    ],
)
def test_the_source_keeps_its_size(what: str, figure: int, most: int) -> None:
    """The limits are measured sizes: whoever raises one says why in the commit."""
    assert figure <= most, what


def test_the_page_of_validation_counts_the_modules_of_an_installation() -> None:
    """Its example cannot be run in a checkout, and was out of date twice."""
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert f"{len(HOUSE.imports)} modules" in page


def test_no_module_imports_itself_through_others() -> None:
    """An import cycle has no lower layer."""
    assert not HOUSE.circles()


def test_no_two_modules_share_a_name() -> None:
    """A name in two folders says nothing about either."""
    assert not HOUSE.named_alike()


def test_the_folders_are_the_layers() -> None:
    """Every folder is in the import contract, on one of at most eleven layers."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (
        contract
        for contract in config["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    floors = [floor.split(" | ") for floor in contract["layers"]]
    assert len(floors) <= 11
    folders = {name.removeprefix("il2calc.") for floor in floors for name in floor}
    assert folders == {name.removesuffix(".py") for name in HOUSE.top}


def test_a_module_with_one_importer_is_found() -> None:
    """An import inside a function counts, a package's own `__init__` does not."""
    imports = {
        "p": frozenset[str](),
        "p.a": frozenset({"p.b"}),
        "p.b": frozenset({"p.c"}),
        "p.c": frozenset({"p.a", "p.d"}),
        "p.d": frozenset({"p.e.d"}),
        "p.e": frozenset[str](),
        "p.e.d": frozenset[str](),
    }
    house = House(imports, dict.fromkeys(imports, 1), ())
    assert house.with_one_importer() == ["p.a", "p.b", "p.c", "p.d", "p.e.d"]
    assert house.circles() == ["p.a", "p.b", "p.c"]
    assert house.named_alike() == ["d"]
