"""What a shell may complete: ids of regimens, and the arms of the one that was typed."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from commandline import separate, written
from filetext import a_dose
from il2calc.cli import completion
from il2calc.cli.app import build


def context(**params: object) -> typer.Context:
    """A command line as far as it has been typed."""
    made = typer.Context(typer.main.get_command(build("schedule")))
    made.params = dict(params)
    return made


def completed(words: str) -> list[str]:
    """What bash is told to offer for the last word of a line."""
    env = {
        "_IL2CALC_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = separate(env=env)
    assert (done.code, done.err) == (0, "")
    return done.out.split()


def test_ids_that_begin_with_what_was_typed_are_offered() -> None:
    """All of them where nothing was."""
    assert completion.regimens(context(), "n") == ["npc-bolus"]
    assert completion.regimens(context(), "im") == ["imatinib", "imp321"]
    assert len(completion.regimens(context(), "")) == 4
    assert completion.regimens(context(), "x") == []


def test_ids_in_the_users_folder_are_offered(tmp_path: Path) -> None:
    """Among those that ship."""
    written(tmp_path, a_dose())
    assert "examplumab" in completion.regimens(context(folder=tmp_path), "")


def test_a_folder_that_is_none_offers_nothing(tmp_path: Path) -> None:
    """While somebody types, nothing is an error."""
    assert completion.regimens(context(folder=tmp_path / "no"), "") == []


def test_arms_of_the_regimen_that_was_typed_are_offered() -> None:
    """Those that begin as typed."""
    typed = context(regimen="imatinib")
    assert completion.arms(typed, "level-1") == ["level-1"]
    assert len(completion.arms(typed, "")) == 4
    assert completion.arms(context(regimen="npc-bolus"), "") == []


def test_arms_of_a_file_given_by_its_path_are_offered(tmp_path: Path) -> None:
    """It is read as the schedule would read it."""
    path = written(tmp_path, a_dose(head=("arms: {low: Little, high: Much}",)))
    assert completion.arms(context(regimen=path), "") == ["low", "high"]


@pytest.mark.parametrize("regimen", ["no-such", "./no-such.yaml", None])
def test_a_regimen_that_cannot_be_read_offers_no_arm(regimen: str | None) -> None:
    """No traceback between two key strokes."""
    assert completion.arms(context(regimen=regimen), "") == []


def test_bash_is_offered_ids() -> None:
    """After `schedule` and after `show`."""
    assert completed("il2calc schedule np") == ["npc-bolus"]
    assert completed("il2calc show tr") == ["trastuzumab"]


@pytest.mark.parametrize("option", ["--arm", "--level"])
def test_bash_is_offered_the_arms_of_the_id_before_them(option: str) -> None:
    """The order in which a person types: id, then arm."""
    assert completed(f"il2calc schedule imatinib {option} ") == [
        f"level-{number}" for number in range(1, 5)
    ]
    assert completed(f"il2calc schedule imp321 {option} 0") == ["0.25-mg"]


def test_drugs_with_a_monograph_are_offered(tmp_path: Path) -> None:
    """By the names of their files; a folder with two of one name offers nothing."""
    assert completion.drugs(context(folder=None), "al") == ["aldesleukin"]
    (tmp_path / "drugs").mkdir()
    for ending in ("yaml", "yml"):
        (tmp_path / "drugs" / f"one.{ending}").write_text("")
    assert completion.drugs(context(folder=tmp_path), "al") == []
