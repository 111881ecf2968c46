"""Dotted paths: one name for one value, in faults, assumptions and `--set` alike."""

from __future__ import annotations

from typing import Any

import pytest

from filetext import a_cycle, a_dose, a_file, faults
from il2calc.library.paths import dotted, facts, find, settable, suggestion

DATA: dict[str, Any] = {
    "regimen": "examplumab",
    "doses": [
        {"drug": "primumab", "amount": "5 mg", "route": "IV", "day": "1"},
        "broken",
        {"route": "IV"},
    ],
    "blocks": [
        {
            "block": "course",
            "rest": "7 days",
            "blocks": [
                {
                    "block": "cycle",
                    "repeat": {"every": "21 days"},
                    "day": "1",
                    "doses": [
                        {
                            "dose": "pulse",
                            "drug": "examplumab",
                            "amount": {"0.25-mg": "0.25 mg", "low": "1 mg", "source": "doe2020"},
                            "day": ["1", "8"],
                            "repeat": {"times": "3", "every": "8 hours"},
                        }
                    ],
                }
            ],
        }
    ],
    "findings": [{"text": "a"}, {"text": "b"}],
    "sources": {"doe2020": {"cite": "a"}},
}


PULSE = ("blocks", 0, "blocks", 0, "doses", 0)


@pytest.mark.parametrize(
    ("path", "loc"),
    [
        ("regimen", ("regimen",)),
        ("primumab", ("doses", 0)),
        ("primumab.amount", ("doses", 0, "amount")),
        ("course.rest", ("blocks", 0, "rest")),
        ("course.cycle.repeat.every", ("blocks", 0, "blocks", 0, "repeat", "every")),
        ("course.cycle.pulse.amount", (*PULSE, "amount")),
        ("course.cycle.pulse.amount[low]", (*PULSE, "amount", "low")),
        ("course.cycle.pulse.amount[0.25-mg]", (*PULSE, "amount", "0.25-mg")),
        ("course.cycle.pulse.repeat.times", (*PULSE, "repeat", "times")),
        ("findings[2]", ("findings", 1)),
        ("findings[2].text", ("findings", 1, "text")),
        ("sources.doe2020.cite", ("sources", "doe2020", "cite")),
    ],
)
def test_a_path_and_its_place_name_each_other(path: str, loc: tuple[str | int, ...]) -> None:
    """`about`, faults and `--set` use the same dotted path; it is found where it was made."""
    assert dotted(DATA, loc) == path
    assert find(DATA, path) == loc


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "primumab.",
        ".primumab",
        "primumab..amount",
        "primumab.cap",
        "secundumab",
        "cycle",
        "cycle.pulse",
        "course.cycle.examplumab",
        "course.cycle.pulse.amount[high]",
        "course.cycle.pulse.amount[low",
        "course.cycle.pulse.amount[low]]",
        "course.cycle.pulse.amount[low]x",
        "course.cycle.pulse.amount.low.more",
        "findings[0]",
        "findings[3]",
        "findings[x]",
        "findings[1234567]",
        "regimen.examplumab",
        "regimen[1]",
        "[1]",
    ],
)
def test_a_path_that_names_nothing_is_not_found(path: str) -> None:
    """A path is found whole or not at all."""
    assert find(DATA, path) is None


@pytest.mark.parametrize(
    ("loc", "path"),
    [
        ((), ""),
        (("doses", 1), "doses[2]"),
        (("doses", 2, "route"), "doses[3].route"),
        ((*PULSE, "amount", "source"), "course.cycle.pulse.amount.source"),
        (("a", 0, 1), "a[1][2]"),
    ],
)
def test_what_has_no_name_is_named_by_its_number(loc: tuple[str | int, ...], path: str) -> None:
    """A dose without a drug still has a path, or its fault would have none."""
    assert dotted(DATA, loc) == path


@pytest.mark.parametrize("loc", [(0,), (0, "a"), (0, 1)])
def test_an_entry_of_a_list_that_should_be_a_file_has_a_path(loc: tuple[str | int, ...]) -> None:
    """A file that is a list is told so; naming its entries never ends in a crash."""
    assert isinstance(dotted([["a", "b"]], loc), str)


def test_every_path_that_can_be_set_is_listed() -> None:
    """The facts of each dose and repeat; cap, round, over and at even where they are absent."""
    assert list(settable(DATA)) == [
        "primumab.amount",
        "primumab.route",
        "primumab.day",
        "primumab.at",
        "primumab.over",
        "primumab.cap",
        "primumab.round",
        "course.rest",
        "course.cycle.repeat.every",
        "course.cycle.repeat.times",
        "course.cycle.repeat.up_to",
        "course.cycle.day",
        "course.cycle.pulse.amount[0.25-mg]",
        "course.cycle.pulse.amount[low]",
        "course.cycle.pulse.day",
        "course.cycle.pulse.at",
        "course.cycle.pulse.over",
        "course.cycle.pulse.cap",
        "course.cycle.pulse.round",
        "course.cycle.pulse.repeat.times",
        "course.cycle.pulse.repeat.every",
    ]


def test_the_facts_of_a_file_are_the_values_at_its_paths() -> None:
    """What may be added and is not there is no fact."""
    found = dict(facts(DATA))
    assert found["primumab.amount"] == "5 mg"
    assert found["course.cycle.pulse.amount[low]"] == "1 mg"
    assert found["course.cycle.pulse.day"] == ["1", "8"]
    assert found["course.cycle.repeat.every"] == "21 days"
    assert "primumab.cap" not in found
    assert "course.cycle.repeat.times" not in found


@pytest.mark.parametrize("data", [{}, {"doses": "x"}, {"doses": [[]], "blocks": {}}, [], "x"])
def test_a_broken_file_has_no_path_that_can_be_set(data: Any) -> None:
    """What cannot be read offers no path."""
    assert list(settable(data)) == []


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("course.cycle.pulse.amuont[low]", "did you mean 'course.cycle.pulse.amount[low]'?"),
        ("primumab.rout", "did you mean 'primumab.route'?"),
        ("repeat.every", "did you mean 'course.cycle.repeat.every'?"),
        ("times", "did you mean 'course.cycle.repeat.times'?"),
        ("zzz", "paths here: "),
    ],
)
def test_a_path_that_names_nothing_is_told_the_nearest(path: str, hint: str) -> None:
    """A misspelt path is answered with one that works."""
    assert suggestion(DATA, path).startswith(hint)


def test_many_paths_are_not_all_listed() -> None:
    """A hint stays one line: after a dozen paths it says that there are more."""
    assert suggestion(DATA, "zzz").endswith(", ...")
    assert not suggestion({"doses": [DATA["doses"][0]]}, "zzz").endswith("...")


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (a_dose("amount: 10mg"), ["examplumab.amount"]),
        (a_cycle("dose: pulse", "amount: 10mg"), ["cycle.pulse.amount"]),
        (
            a_cycle("amount: {a: 1mg, b: 2 mg}", head=("arms: {a: the first, b: the second}",)),
            ["cycle.examplumab.amount[a]"],
        ),
        (a_file("doses:\n  - {amount: 5 mg, route: IV, day: x}"), ["doses[1].day", "doses[1]"]),
        (a_file("doses:\n  - 5 mg"), ["doses[1]"]),
        (a_dose(head=("findings: [{}]",)), ["findings[1]"]),
        (a_dose(head=("alongside: [{text: a}, {text: }]",)), ["alongside[2].text"]),
        (a_dose("repeat: {times: x, every: 8 hours}"), ["examplumab.repeat.times"]),
    ],
)
def test_a_fault_names_its_value_by_the_path_that_about_and_set_use(
    text: str, paths: list[str]
) -> None:
    """Blocks and doses by their names, arms in brackets, entries of other lists by number."""
    assert [fault.path for fault in faults(text)] == paths
