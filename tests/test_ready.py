"""What ships, read already: equal to its files, used for their very bytes, and for nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from commandline import modules, run
from il2calc import language
from il2calc.language import DrugNames, drug_names, load, ready, shelf
from il2calc.units import Quantity
from refresh_ready import models

ROOT = Path(__file__).parents[1]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The regimens that ship, in a folder that counts as that of an installation."""
    place = tmp_path / "site" / "regimens"
    shutil.copytree(ROOT / "regimens", place)
    for module in (ready, shelf):
        monkeypatch.setattr(module, "shipped", lambda: place)
    monkeypatch.setattr(ready, "is_installed", lambda _: True)
    ready.known.cache_clear()
    yield place
    ready.known.cache_clear()


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose YAML was read, which none should be."""
    from il2calc.text import yaml

    found: list[str] = []
    through = yaml.read

    def noted(content: bytes, most: int = 1_000_000) -> yaml.Document:
        told = content.decode().splitlines()
        found.append(next((line for line in told if line.startswith(("regimen", "drug"))), told[0]))
        return through(content, most)

    monkeypatch.setattr(yaml, "read", noted)
    return found


def test_the_models_that_ship_are_those_of_their_files() -> None:
    """Written anew, the file is the same: python tests/refresh_ready.py.

    A model that is not that of its file would give doses that no file says.
    """
    there = (ROOT / "regimens" / ready.FILE).read_text(encoding="utf-8")
    made = list(models())
    assert "".join(ready.lines(made)) == there
    assert len(made) == len(shelf.names()) + len(shelf.drugs())
    for model, line in zip(made, there.splitlines()[1:], strict=True):
        key, text = line.split(" ", 1)
        again = ready.model(json.loads(text))
        assert key == model.origin.sha256
        assert _told(again) == _told(model).replace(repr(model.origin), repr(again.origin))


def _told(model: object) -> str:
    """Everything that a model holds; a shared empty mapping is as good as one of its own."""
    return repr(model).replace("mappingproxy({})", "{}")


def test_an_installation_reads_no_yaml_of_its_own(installed: Path, unread: list[str]) -> None:
    """Regimen and monograph come as they are, each with the file that it is of."""
    made = load("npc-bolus")
    drug = drug_names.monograph("aldesleukin")
    assert unread == []
    assert drug is not None
    for origin, name in ((made.origin, "npc-bolus"), (drug.origin, "drugs/aldesleukin")):
        assert origin.file == str(installed / f"{name}.yaml")
        assert origin.shipped
    assert [dose.drug for dose in made.doses()] == ["aldesleukin"]


def test_all_is_listed_without_reading_it(installed: Path, unread: list[str]) -> None:
    """The list is the same, word for word, as where every file is read."""
    quick = run("list").out, run("list", "--format", "json").out
    assert unread == []
    (installed / ready.FILE).unlink()
    ready.known.cache_clear()
    assert (run("list").out, run("list", "--format", "json").out) == quick
    assert unread != []


def test_a_file_that_has_changed_is_read(installed: Path, unread: list[str]) -> None:
    """One digit is enough: a model is that of the very bytes that it was made of."""
    path = installed / "npc-bolus.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("72_000", "71_000"), encoding="utf-8")
    (dose,) = load("npc-bolus").doses()
    assert dose.amount(None) == Quantity(Decimal(71_000), "IU", "kg")
    assert "regimen: npc-bolus" in unread


def test_where_a_drug_file_has_changed_everything_is_read(
    installed: Path, unread: list[str]
) -> None:
    """Which drug a regimen's name means may rest on any drug file."""
    with (installed / "drugs" / "trastuzumab.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    load("npc-bolus")
    assert "regimen: npc-bolus" in unread


def test_a_checkout_reads_its_files(unread: list[str]) -> None:
    """Files and the code that reads them change there from hour to hour."""
    ready.known.cache_clear()
    assert not shelf.is_installed(shelf.shipped())
    load("npc-bolus")
    assert "regimen: npc-bolus" in unread


def test_what_a_user_says_is_read(installed: Path, unread: list[str], tmp_path: Path) -> None:
    """A --set, and drug files that may give a drug another name."""
    assert load("npc-bolus", settings=[("course.cycle.aldesleukin.cap", "1 million IU")])
    own = tmp_path / "own"
    own.mkdir()
    assert "regimen: npc-bolus" in unread
    unread.clear()
    assert load("npc-bolus", folder=own).origin.shipped
    assert unread == []
    shutil.copytree(installed / "drugs", own / "drugs")
    changed = own / "drugs" / "aldesleukin.yaml"
    changed.write_text(
        changed.read_text(encoding="utf-8").replace("version: 1", "version: 7", 1), encoding="utf-8"
    )
    drug = DrugNames(own).monograph("aldesleukin")
    assert drug is not None
    assert (drug.version, drug.origin.shipped) == (7, False)
    assert load("imp321", folder=own).id == "imp321"
    assert "regimen: imp321" in unread


def test_an_installed_schedule_loads_nothing_that_reads_yaml(tmp_path: Path) -> None:
    """To load what reads YAML, and what it is held against, is a third of a start."""
    site = tmp_path / "site"
    shutil.copytree(
        ROOT / "src" / "il2calc", site / "il2calc", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "regimens", site / "il2calc" / "regimens")
    for words in ("schedule npc-bolus --weight 70 --format csv", "list", "show npc-bolus"):
        loaded = modules(*words.split(), site=site)
        assert "il2calc.language.ready" in loaded
        assert not loaded & {"yaml", "il2calc.language.regimen_file", "il2calc.text.shapes"}


def test_language_has_no_other_names() -> None:
    """A name that is not there is told like that of any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        language.nothing  # noqa: B018 - to ask is the test
