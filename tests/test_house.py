"""The plan of the house: few modules, each with a name of its own, and no circle."""

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
        ("modules", len(HOUSE.imports), 126),
        ("modules with one importer", len(HOUSE.with_one_importer()), 12),
        ("folders and modules at the top", len(HOUSE.top), 14),
        ("lines of the largest module", max(HOUSE.lines.values()), 450),
        ("lines in all", sum(HOUSE.lines.values()), 40_771),
    ],
)
def test_the_house_keeps_its_size(what: str, figure: int, most: int) -> None:
    """They are what was measured: who raises one grows the house, and says why in the commit."""
    assert figure <= most, what


def test_the_page_of_validation_shows_the_modules_that_an_installation_has() -> None:
    """Its example cannot be run in a checkout, and was twice out of date."""
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert f"{len(HOUSE.imports)} modules" in page


def test_no_module_imports_itself_by_way_of_others() -> None:
    """A circle has no lower floor."""
    assert not HOUSE.circles()


def test_no_two_modules_share_a_name() -> None:
    """A name that two folders use says nothing of either."""
    assert not HOUSE.named_alike()


def test_the_folders_are_the_floors() -> None:
    """Every folder stands in the import contract, on one of at most eleven floors."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (
        each for each in config["tool"]["importlinter"]["contracts"] if each["type"] == "layers"
    )
    floors = [floor.split(" | ") for floor in contract["layers"]]
    assert len(floors) <= 11
    named = {name.removeprefix("il2calc.") for floor in floors for name in floor}
    assert named == {name.removesuffix(".py") for name in HOUSE.top}


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
