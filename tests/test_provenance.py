"""What each value rests on: the nearest source, the assumptions about it, or a `--set`."""

from __future__ import annotations

import re

import pytest

from filetext import (
    a_cycle,
    a_dose,
    a_file,
    assert_among,
    assert_fault,
    faults,
    loaded,
    loaded_dose,
)
from il2calc.language.regimen_keys import BODY_CAPS, DOSE
from il2calc.model.evidence import Provenance

ASSUMED = "assumptions:\n  - {{about: {}, text: a reading, because: it is not said}}"
ROE = (
    "sources:\n"
    "  doe2020: {cite: Doe J. 2020., read: abstract}\n"
    "  roe2021: {cite: Roe R. 2021., read: full text}"
)


def assumed(about: str) -> str:
    """The line of a file that assumes one value."""
    return ASSUMED.format(f'"{about}"')


def test_a_value_rests_on_the_source_of_the_file() -> None:
    """`source` is behind every fact below that names no other."""
    dose = loaded_dose(a_cycle("over: 2 hours"))
    assert set(dose.provenance) >= {"amount", "route", "day", "over"}
    for key in ("amount", "route", "day", "over"):
        assert dose.provenance[key] == Provenance(("doe2020, Abstract",), half=DOSE[key].half)


def test_a_value_rests_on_the_nearest_source() -> None:
    """A source is inherited from the nearest enclosing mapping."""
    text = a_file(
        """
        blocks:
          - block: course
            source: roe2021, Methods
            repeat: {times: 2, every: 42 days}
            blocks:
              - block: cycle
                repeat: {times: 2, every: 21 days, source: "roe2021, Table 2"}
                rest: 0 days
                doses:
                  - {drug: examplumab, amount: 5 mg, route: IV, day: 1}
                  - {drug: otherumab, amount: 5 mg, route: IV, day: 1, source: doe2020}
        """,
        ROE,
    )
    course = loaded(text).body.blocks[0]
    cycle = course.blocks[0]
    assert course.provenance["repeat.every"].sources == ("roe2021, Methods",)
    assert cycle.provenance["repeat.every"].sources == ("roe2021, Table 2",)
    assert cycle.provenance["rest"].sources == ("roe2021, Methods",)
    assert cycle.doses[0].provenance["amount"].sources == ("roe2021, Methods",)
    assert cycle.doses[1].provenance["amount"].sources == ("doe2020",)


def test_the_facts_of_a_dose_may_each_name_a_source() -> None:
    """The amount from one paper, the days from another: each keeps its own."""
    lines = ('source: {amount: "roe2021, Table 1; doe2020, Abstract", day: "roe2021, Fig 1"}',)
    provenance = loaded_dose(
        a_dose(*lines, "repeat: {times: 2, every: 8 hours}", head=(ROE,))
    ).provenance
    assert provenance["amount"].sources == ("roe2021, Table 1", "doe2020, Abstract")
    assert provenance["day"].sources == ("roe2021, Fig 1",)
    assert provenance["repeat.every"].sources == ("roe2021, Fig 1",)
    assert provenance["route"].sources == ("doe2020, Abstract",)


def test_the_repeat_of_a_dose_may_name_its_own_source() -> None:
    """Any mapping may carry a source."""
    dose = loaded_dose(a_dose("repeat: {times: 2, every: 8 hours, source: roe2021}", head=(ROE,)))
    assert dose.provenance["repeat.times"].sources == ("roe2021",)
    assert dose.provenance["day"].sources == ("doe2020, Abstract",)


def test_the_amounts_of_the_arms_may_name_their_own_source() -> None:
    """`source` beside the amounts is behind all of them and is no arm."""
    dose = loaded_dose(
        a_dose(
            "amount: {low: 5 mg, high: 9 mg, source: roe2021}",
            head=(ROE, "arms: {low: a, high: b}"),
        )
    )
    assert dose.provenance["amount[low]"].sources == ("roe2021",)
    assert dose.provenance["amount[high]"].sources == ("roe2021",)
    assert set(dose.amounts) == {"low", "high"}


def test_an_assumed_value_never_shows_the_inherited_source() -> None:
    """A reader must not take an inference for what the paper says."""
    dose = loaded_dose(a_dose(head=(assumed("examplumab.amount"),)))
    assert dose.provenance["amount"] == Provenance((), (1,), half="how much")
    assert dose.provenance["route"] == Provenance(("doe2020, Abstract",), half="how much")


@pytest.mark.parametrize(
    ("about", "keys"),
    [
        ("cycle.examplumab.amount", {"amount[low]", "amount[high]"}),
        ("cycle.examplumab.amount[low]", {"amount[low]"}),
        ("cycle.examplumab.repeat", {"repeat.times", "repeat.every"}),
        ("cycle.examplumab.repeat.every", {"repeat.every"}),
        (
            "cycle.examplumab",
            {"amount[low]", "amount[high]", "route", "day", "repeat.times", "repeat.every"},
        ),
    ],
)
def test_an_assumption_is_about_its_value_and_all_within(about: str, keys: set[str]) -> None:
    """An assumption about the amounts is one about the amount of each arm."""
    text = a_cycle(
        "amount: {low: 5 mg, high: 9 mg}",
        "repeat: {times: 2, every: 8 hours}",
        head=("arms: {low: a, high: b}", assumed(about)),
    )
    provenance = loaded(text).body.blocks[0].doses[0].provenance
    assert {key for key, assumption in provenance.items() if assumption.assumptions} >= keys
    assert {key for key, assumption in provenance.items() if assumption.assumptions} <= (
        keys | {"cap", "round", "weight", *BODY_CAPS}
    )


def test_several_assumptions_about_one_value_are_all_kept() -> None:
    """Two readings went into one number: both are shown."""
    one = assumed("examplumab.day")
    two = one + "\n" + one.split("\n")[1]
    assert loaded_dose(a_dose(head=(two,))).provenance["day"] == Provenance((), (1, 2), half="when")


@pytest.mark.parametrize("key", ["cap", "round", *BODY_CAPS])
def test_that_a_dose_is_not_capped_may_be_an_assumption(key: str) -> None:
    """An optional key that could be there is known to rest on the assumption."""
    dose = loaded_dose(a_dose(head=(assumed(f"examplumab.{key}"),)))
    assert dose.provenance[key] == Provenance((), (1,), half=DOSE[key].half)


def test_a_value_that_was_set_shows_neither_source_nor_assumption() -> None:
    """A value that was `--set` rests on the user alone."""
    text = a_dose(head=(assumed("examplumab.amount"),))
    dose = loaded_dose(text, ("examplumab.amount", "6 mg"), ("examplumab.route", "SC"))
    assert dose.provenance["amount"] == Provenance((), (), was_set=True, half="how much")
    assert dose.provenance["route"] == Provenance((), (), was_set=True, half="how much")
    assert dose.provenance["day"] == Provenance(("doe2020, Abstract",), half="when")


@pytest.mark.parametrize(
    ("lines", "listed"),
    [
        ((), "amount, route and day have"),
        (("source: {amount: doe2020, route: doe2020}",), "day has"),
        (("source: {amount: doe2020, day: doe2020}", "cap: 9 mg"), "route and cap have"),
        (
            ("source: {amount: doe2020, day: doe2020, route: doe2020}", "at: 08:00", "turn: 1"),
            "turn and at have",
        ),
        (
            (
                "source: {amount: doe2020, route: doe2020}",
                "over: 1 hour",
                "round: 1 mg",
                "repeat: {times: 2, every: 8 hours}",
            ),
            "day, over, round, repeat.times and repeat.every have",
        ),
    ],
)
def test_a_number_with_neither_source_nor_assumption_does_not_load(
    lines: tuple[str, ...], listed: str
) -> None:
    """Nobody could check a number that comes from nowhere."""
    text = a_dose("drug: examplumab  # here", *lines, without="source")
    problem = f"{listed} neither source nor assumption; add 'source: key, locator'"
    assert_fault(text, "examplumab", problem)


@pytest.mark.parametrize("key", ["rest: 7 days", "day: 8"])
def test_a_length_of_a_block_with_neither_source_nor_assumption_does_not_load(key: str) -> None:
    """When a block begins is a number like any other."""
    text = a_file(
        f"""
        blocks:
          - block: lead-in  # here
            {key}
            doses:
              - {{drug: examplumab, amount: 5 mg, route: IV, day: 1, source: doe2020}}
        """,
        without="source",
    )
    assert_fault(text, "lead-in", f"{key.partition(':')[0]} has neither source nor assumption")


def test_a_repeat_of_a_block_with_neither_source_nor_assumption_does_not_load() -> None:
    """How often a cycle is given is a number like any other."""
    text = a_cycle("source: doe2020", repeat="{up_to: 4, rest: 7 days}", without="source")
    text = text.replace("- block: cycle", "- block: cycle  # here")
    assert_fault(text, "cycle", "repeat.up_to and repeat.rest have neither source nor assumption")


def test_an_amount_of_one_arm_with_neither_source_nor_assumption_does_not_load() -> None:
    """One assumed dose level does not back the others."""
    text = a_dose(
        "drug: examplumab  # here",
        "amount: {low: 5 mg, high: 9 mg}",
        "source: {route: doe2020, day: doe2020}",
        head=("arms: {low: a, high: b}", assumed("examplumab.amount[low]")),
        without="source",
    )
    assert_fault(text, "examplumab", "amount[high] has neither source nor assumption")


def test_an_assumption_is_enough() -> None:
    """A number with an assumption and no source loads, and says that it is assumed."""
    text = a_dose(
        "source: {amount: doe2020, route: doe2020}",
        head=(assumed("examplumab.day"),),
        without="source",
    )
    assert loaded_dose(text).provenance["day"] == Provenance((), (1,), half="when")


def test_a_set_value_needs_no_source() -> None:
    """What a user sets is backed by the user."""
    text = a_dose("source: {amount: doe2020, route: doe2020}", without="source")
    assert loaded_dose(text, ("examplumab.day", "3")).provenance["day"].was_set


@pytest.mark.parametrize("line", ["only_if: a response", "turn: 1", "dose: pulse"])
def test_a_condition_or_a_name_is_no_number(line: str) -> None:
    """Words need no source of their own where the numbers have theirs."""
    sources = "source: {amount: doe2020, route: doe2020, day: doe2020, turn: doe2020}"
    assert not faults(a_dose(line, sources, without="source"))


def test_going_on_during_a_delay_needs_a_source_or_an_assumption() -> None:
    """`during_delay: continue` with source or assumption: it gives doses while others wait."""
    text = a_dose(
        "drug: examplumab  # here",
        "during_delay: continue",
        "source: {amount: doe2020, route: doe2020, day: doe2020}",
        without="source",
    )
    assert_fault(text, "examplumab", "during_delay has neither source nor assumption")


def test_going_on_during_a_delay_rests_on_the_source_of_its_dose() -> None:
    """A source is inherited from the nearest enclosing mapping, by every fact."""
    text = a_dose("during_delay: continue", 'source: "doe2020, Table 2"', without="source")
    assert loaded_dose(text).provenance["during_delay"].sources == ("doe2020, Table 2",)


def test_never_reducing_needs_a_source_or_an_assumption() -> None:
    """`reduce: no` with source or assumption: it forbids to lower a toxic dose."""
    text = a_dose("source: doe2020", head=("reduce: no  # here",), without="source")
    faults_found = [fault for fault in faults(text) if "reduce" in str(fault)]
    assert faults_found, "nothing is told of reduce"


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("source: dohe2020, Abstract  # here", "examplumab.source"),
        ('source: {day: "dohe2020, Abstract"}  # here', "examplumab.source.day"),
        ('source: "doe2020, Abstract; dohe2020, Table 1"  # here', "examplumab.source"),
        (
            "repeat: {times: 2, every: 8 hours, source: dohe2020}  # here",
            "examplumab.repeat.source",
        ),
    ],
)
def test_a_citation_of_an_unknown_source_is_answered_with_the_nearest(line: str, path: str) -> None:
    """A citation that leads nowhere cannot be checked by anybody."""
    problem = "cites 'dohe2020', which is not among the sources; did you mean 'doe2020'?"
    assert_fault(a_dose(line), path, problem)


@pytest.mark.parametrize(
    ("head", "path"),
    [
        ("source: zzz, Abstract  # here", "source"),
        ("findings:\n  - {text: a, source: zzz}  # here", "findings[1].source"),
        ("alongside:\n  - {text: a}\n  - {text: a, source: zzz}  # here", "alongside[2].source"),
        (
            "assumptions:\n  - {about: examplumab.cap, text: a, because: b, source: zzz}  # here",
            "assumptions[1].source",
        ),
        ("arms:\n  low: {text: a, source: zzz}  # here", "arms.low.source"),
    ],
)
def test_every_citation_of_a_file_is_looked_up(head: str, path: str) -> None:
    """Findings, arms and assumptions cite as numbers do."""
    problem = "cites 'zzz', which is not among the sources; known: doe2020"
    assert_fault(a_dose(head=(head,)), path, problem)


def test_a_file_without_sources_is_not_answered_with_an_empty_list_of_them() -> None:
    """Where no source is declared the message says what to do, not `known: ` and nothing."""
    text = a_dose(without="sources")
    assert any("has no 'sources'" in fault.problem for fault in faults(text))
    assert not any(fault.problem.endswith("known: ") for fault in faults(text))


def test_a_comma_that_splits_a_source_is_explained() -> None:
    """Quoted: a comma splits flow YAML, and the error says so."""
    text = a_dose("source: {amount: doe2020, Abstract}  # here")
    assert_fault(
        text,
        "examplumab.source.Abstract",
        "a comma splits a { } mapping: put a list in [ ], or quote the text",
    )


def test_a_locator_that_looks_like_a_key_is_explained_as_well() -> None:
    """`source: {day: doe2020, Day 1}`: the comma is the mistake, not the word."""
    text = a_dose("source: {day: doe2020, Day 1}  # here")
    assert_fault(text, "examplumab.source.Day 1", "a comma splits a { } mapping")


def test_a_broken_source_is_reported_once() -> None:
    """A source that cannot be read is the fault, not that everything below it has none."""
    head = "source: doe2020, Abstract;  # here"
    assert_fault(a_dose(head=(head,)), "source", "has an empty part")


def test_a_broken_source_of_the_amounts_is_a_fault() -> None:
    """A slip in the source beside the amounts of the arms is a fault like any other."""
    text = a_dose(
        "amount:  \n      low: 5 mg\n      source: doe2020;; Table 1  # here",
        head=("arms: {low: a}",),
    )
    assert_among(text, "examplumab.amount.source", "has an empty part")


@pytest.mark.parametrize(
    "about",
    [
        "default_arm",
        "cycle",
        "cycle.repeat",
        "cycle.repeat.every",
        "cycle.repeat.times",
        "cycle.examplumab",
        "cycle.examplumab.amount",
        "cycle.examplumab.amount[low]",
        "cycle.examplumab.cap",
        "cycle.examplumab.round",
        "cycle.examplumab.over",
        "cycle.examplumab.at",
        "title",
    ],
)
def test_an_assumption_is_about_a_path_that_exists_or_could(about: str) -> None:
    """`about`: a path that exists, or an optional key: cap, round, over, at, repeat.times."""
    head = (
        "arms: {low: a, high: b}",
        "default_arm: low",
        assumed("default_arm") + "\n" + assumed(about).split("\n")[1],
    )
    text = a_cycle("amount: {low: 5 mg, high: 9 mg}", repeat="{every: 21 days}", head=head)
    assert loaded(text).assumptions[1].about == about


@pytest.mark.parametrize(
    ("about", "nearest"),
    [
        ("cycle.examplumab.amuont", "did you mean 'cycle.examplumab.amount'?"),
        ("examplumab.amount", "did you mean 'cycle.examplumab.amount'?"),
        ("cycle.repeat.rest", "did you mean 'cycle.repeat."),
        ("cycle.repeat.up_to", "did you mean 'cycle.repeat.times'?"),
        ("cycle.examplumab.turn", "did you mean"),
        ("cycle.examplumab.only_if", "did you mean"),
        ("cycle.examplumab.amount[low]", "did you mean 'cycle.examplumab.amount'?"),
        ("cycle.examplumab.amount.", "did you mean 'cycle.examplumab.amount'?"),
        ("zzz", "paths here: cycle.repeat.times"),
    ],
)
def test_an_assumption_about_no_path_of_the_file_is_answered_with_the_nearest(
    about: str, nearest: str
) -> None:
    """A dead `about` would leave its number looking like a fact of the paper."""
    text = a_cycle(head=(assumed(about) + "  # here",))
    assert_fault(text, "assumptions[1].about", f"{about!r} is not a path in this file; {nearest}")


@pytest.mark.parametrize(
    "about",
    ["doses[1].amount", "examplumab.amount.low", "doses[1]", "examplumab.day[1]"],
)
def test_a_second_name_of_a_value_is_refused_or_counts_as_its_name(about: str) -> None:
    """An assumption that is accepted must show on its value, or it passes for the paper's."""
    text = a_dose(
        "amount: {low: 5 mg}", "day: [1, 3]", head=("arms: {low: a}", assumed(about) + "  # here")
    )
    if not faults(text):
        key = "day" if "day" in about else "amount[low]"
        assert loaded_dose(text).provenance[key] == Provenance(
            (), (1,), half=DOSE[key.split("[", maxsplit=1)[0]].half
        )


@pytest.mark.parametrize("data", ["assumptions: none", "assumptions: [one]", "assumptions: {a: b}"])
def test_assumptions_that_are_no_list_of_mappings_are_faults(data: str) -> None:
    """What cannot be read is a fault, and reading it does not crash."""
    assert [fault.path.split("[")[0] for fault in faults(a_dose(head=(data,)))] == ["assumptions"]


def test_an_assumption_without_about_is_reported_once() -> None:
    """about, text and because are required; a missing one is one fault."""
    text = a_dose(head=("assumptions:\n  - {text: a, because: b}  # here",))
    assert_fault(text, "assumptions[1]", "has no 'about'; an assumption needs one")


@pytest.mark.parametrize("sources", ["", "sources: doe2020\n", "sources: {}\n"])
def test_sources_that_cannot_be_read_are_one_fault(sources: str) -> None:
    """Every citation of them was reported as well, as one that the file does not list."""
    text = re.sub(r"(?m)^sources:\n(?: .*\n)+", sources, a_dose("source: doe2020, Table 1"))
    (fault,) = faults(text)
    assert "source" in f"{fault.path} {fault.problem}"
    assert "cites" not in fault.problem
