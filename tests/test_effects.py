"""The table of effects: what one more effect of a log needs, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

import pytest

from commandline import assert_refused, run
from courselogs import CYCLE, entry, given, key, log
from il2calc import load_regimen
from il2calc.cli.log_options import FACT_READERS
from il2calc.course import admit
from il2calc.course.admission import RULES, Rule
from il2calc.course.state import CourseState
from il2calc.errors import Refused
from il2calc.language import log_file, log_keys
from il2calc.language.log_keys import LEAVES
from il2calc.language.log_writing import WRITERS, document
from il2calc.model.effects import DoseKey, Effect
from il2calc.model.log import EFFECTS, Entry, Fact, Form, Kind
from il2calc.report.course_text import FACT_TEXTS, effect_text
from il2calc.text.shapes import json_schema
from il2calc.units import Quantity, quantity
from logtext import a_log, assert_fault, read, unplaced

NPC = load_regimen("npc-bolus")
DOSE = (CYCLE, "aldesleukin")
IN_FILE = f"block: {CYCLE}, drug: aldesleukin"


class Spilt(NamedTuple):
    """A made-up effect: some of a dose that was given was spilt."""

    dose: DoseKey
    amount: Quantity
    drug: str | None = None


def spilt(number: int, amount: str = "1 million IU", drug: str | None = None) -> Effect:
    """An effect that is not in the table."""
    return cast("Effect", Spilt(key(*DOSE, number), quantity(amount), drug))


def _admit(state: CourseState, _: Entry, effect: Any) -> None:
    if effect.dose not in state.given:
        raise Refused(f"{state.name(effect.dose)} was not given")


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> list[Effect]:
    """The tenth effects applied; the effect is one row of the model and one of the course."""
    effects: list[Effect] = []
    facts = (
        Fact("dose", "dose", named=""),
        Fact("amount", "amount"),
        Fact("drug", "drug", "What it fell on.", named="on_to", optional=True),
    )
    words = ("{amount} of {dose} spilt", "on to {drug}|nobody knows where")
    form = Form(Spilt, "a spill", "Note what was spilt.", words, facts, overridable=True)
    monkeypatch.setitem(EFFECTS, "spill", form)
    rule = Rule(_admit, lambda _, __, effect: effects.append(effect))
    monkeypatch.setitem(RULES, Spilt, rule)
    return effects


@pytest.mark.parametrize(
    "table", [LEAVES, WRITERS, FACT_TEXTS, FACT_READERS], ids=["read", "written", "told", "typed"]
)
def test_every_kind_of_fact_can_be_read_written_described_and_typed(
    table: dict[str, object],
) -> None:
    """Except doses, whose four keys are read and written together."""
    facts = (fact for form in EFFECTS.values() if form.typed for fact in form.facts)
    kinds = {fact.kind for fact in facts} if table is FACT_READERS else set(get_args(Kind))
    assert set(table) >= kinds - {"dose", "doses"}
    assert set(table) <= set(get_args(Kind))


def test_a_tenth_effect_is_read() -> None:
    text = a_log(f"spill: {{{IN_FILE}, numbers: 2, amount: 1 million IU, on_to: floor}}")
    assert [entry.effect for entry in read(text).entries] == [spilt(2, drug="floor")]
    text = a_log(f"spill: {{{IN_FILE}, numbers: 2}}  # here")
    assert_fault(text, "entries[1].spill", "has no 'amount'; a spill needs one")
    text = a_log(f"spil: {{{IN_FILE}, numbers: 2}}  # here")
    assert_fault(text, "entries[1].spil", "did you mean 'spill'?")


def test_a_tenth_effect_is_in_the_schema() -> None:
    schema = json_schema(log_keys.log())["$defs"]
    assert schema["entry"]["properties"]["spill"] == {"$ref": "#/$defs/spill"}
    assert schema["spill"]["required"] == ["drug", "numbers", "amount"]
    assert {"required": ["spill"]} in schema["entry"]["oneOf"]


def test_a_tenth_effect_is_written() -> None:
    """And means the same when it is read again."""
    course_log = log(NPC, given(*DOSE, [1, 2]), spilt(2, drug="floor"))
    lines = list(document(course_log))
    line = f"  - spill: {{{IN_FILE}, numbers: 2, amount: 1 million IU, on_to: floor}}"
    assert line in lines
    back = log_file.read("\n".join(lines).encode(), course_log.file)
    assert unplaced(back) == unplaced(course_log)


def test_a_tenth_effect_is_admitted(taken: list[Effect]) -> None:
    """And applied, once it is in the log."""
    before = log(NPC, given(*DOSE, [1, 2]), spilt(1))
    admit(NPC, before, entry(spilt(2)))
    assert taken == [spilt(1)]
    with pytest.raises(Refused, match=r"row 3 .* was not given"):
        admit(NPC, before, entry(spilt(3)))


def test_a_tenth_effect_is_described_in_words() -> None:
    course_log = log(NPC)
    where = "1 million units of aldesleukin dose 2 of course 1, cycle 1 spilt"
    assert effect_text(spilt(2), course_log) == f"{where}, nobody knows where"
    assert effect_text(spilt(2, drug="floor"), course_log) == f"{where}, on to floor"


def test_a_tenth_effect_is_typed(tmp_path: Path) -> None:
    """As a verb of its own, with its facts as options."""
    file = str(tmp_path / "S-07.yaml")
    run("log", "start", file, "--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")
    on = ("--as-of", "2025-12-03")
    run("log", "given", file, "1-6", *on)
    result = run("log", "spill", file, "2", "--amount", "1 million IU", "--on-to", "floor", *on)
    assert result.out == (
        "entry 2: 1 million units of aldesleukin dose 2 of course 1, cycle 1 spilt, on to floor"
        " (row 2, 2025-12-01 16:00)\n"
    )
    assert log_file.load(file).entries[1].effect == spilt(2, drug="floor")
    assert_refused(run("log", "spill", file, "2", "--amount", "1", *on), 2, "--amount: ")
    assert_refused(run("log", "spill", file, "x", "--amount", "1 mg", *on), 2, "ROW: ")
    assert_refused(run("log", "spill", file, "9", "--amount", "1 mg", *on), 1, "was not given")
    text = run("log", "spill", "--help").out
    for word in (
        "Note what was spilt.",
        "A row of the replan table, such as 7.",
        "What it fell on.",
    ):
        assert word in text
    assert "--override" in text
