"""Dotted paths: one name for one value, in faults, assumptions and `--set`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from filetext import a_cycle, a_dose, a_file, examined, faults, loaded, loaded_dose
from il2calc.errors import FaultyFile, RegimenError, shown
from il2calc.language.paths import FaultLocator, dotted, facts, find, settable, suggestion
from il2calc.model.regimen import Setting
from il2calc.text import yaml
from il2calc.units import Quantity
from stated import amount_of

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
    """A file that is a list is refused as one; naming its entries never ends in a crash."""
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
        "primumab.bsa_cap",
        "primumab.weight_cap",
        "primumab.weight",
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
        "course.cycle.pulse.bsa_cap",
        "course.cycle.pulse.weight_cap",
        "course.cycle.pulse.weight",
        "course.cycle.pulse.repeat.times",
        "course.cycle.pulse.repeat.every",
    ]


def test_the_facts_of_a_file_are_the_values_at_its_paths() -> None:
    """What may be added and is not there is no fact."""
    values = dict(facts(DATA))
    assert values["primumab.amount"] == "5 mg"
    assert values["course.cycle.pulse.amount[low]"] == "1 mg"
    assert values["course.cycle.pulse.day"] == ["1", "8"]
    assert values["course.cycle.repeat.every"] == "21 days"
    assert "primumab.cap" not in values
    assert "course.cycle.repeat.times" not in values


@pytest.mark.parametrize("data", [{}, {"doses": "x"}, {"doses": [[]], "blocks": {}}, [], "x"])
def test_a_broken_file_has_no_path_that_can_be_set(data: Any) -> None:
    """What cannot be read offers no path."""
    assert list(settable(data)) == []


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("course.cycle.pulse.amuont[low]", "did you mean 'course.cycle.pulse.amount[low]'?"),
        ("primumab.rout", "did you mean 'primumab.route'?"),
        ("cycle.repeat.every", "did you mean 'course.cycle.repeat.every'?"),
        ("zzz", "paths here: "),
    ],
)
def test_a_path_that_names_nothing_is_answered_with_the_nearest(path: str, hint: str) -> None:
    """A misspelt path is answered with one that works."""
    assert suggestion(path, settable(DATA)).startswith(hint)


@pytest.mark.parametrize("path", ["repeat.every", "every"])
def test_a_path_that_several_end_with_is_answered_with_all_of_them(path: str) -> None:
    """Danger: of two doses of a drug, or two intervals, one was offered, and set in its place."""
    both = "course.cycle.repeat.every, course.cycle.pulse.repeat.every"
    assert suggestion(path, settable(DATA)) == f"one of these is meant: {both}"


TWO_ARMS = {
    "doses": [{"drug": "examplumab", "amount": {"1.25-mg": "1.25 mg", "1-million": "1 million IU"}}]
}


@pytest.mark.parametrize("arm", ["125-mg", "-1-million", "1.2-mg", "10-million"])
def test_an_arm_in_a_path_is_no_slip_of_one_with_other_digits(arm: str) -> None:
    """Danger: [125-mg] answered with [1.25-mg]; the existing arms are listed."""
    listed = "paths here: examplumab.amount[1.25-mg], examplumab.amount[1-million]"
    assert suggestion(f"examplumab.amount[{arm}]", settable(TWO_ARMS)) == listed
    assert suggestion(f"amount[{arm}]", settable(TWO_ARMS)).startswith("paths here: examplumab.")
    assert suggestion("examplumab.amuont", settable(TWO_ARMS)) == listed, "no arm that nobody typed"


@pytest.mark.parametrize(
    "path", ["examplumab.amount[1.25mg]", "examplumab.amonut[1.25-mg]", "amount[1.25-mg]"]
)
def test_an_arm_in_a_path_with_its_own_digits_is_found(path: str) -> None:
    """A hyphen left out, a key misspelt, a short path: the arm is the one that was typed."""
    assert suggestion(path, settable(TWO_ARMS)) == "did you mean 'examplumab.amount[1.25-mg]'?"


def test_many_paths_are_not_all_listed() -> None:
    """A hint stays one line: after a dozen paths it says that there are more."""
    assert suggestion("zzz", settable(DATA)).endswith(", ...")
    assert not suggestion("zzz", settable({"doses": [DATA["doses"][0]]})).endswith("...")


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


ARMS = "arms: {low: the lower dose, 0.25-mg: the lowest dose}"


def refusal(text: str, *settings: tuple[str, str]) -> str:
    """Why a setting is refused."""
    with pytest.raises(FaultyFile) as error:
        examined(text, *settings)
    return str(error.value)


def test_a_value_is_replaced() -> None:
    """`--set` reads another value into one fact."""
    text = a_cycle()
    assert loaded_dose(text, ("cycle.examplumab.amount", "6 mg")).amount(None) == Quantity(
        Decimal(6), "mg"
    )
    days = loaded_dose(text, ("cycle.examplumab.day", "[1, 8]")).days
    assert (days.ranges, days.text) == (((1, 1), (8, 8)), "[1, 8]")
    assert loaded_dose(text, ("cycle.examplumab.route", "SC")).route == "SC"
    every = loaded(text, ("cycle.repeat.every", "28 days")).body.blocks[0].repeat
    assert every is not None
    assert every.every is not None
    assert every.every.text == "28 days"


def test_what_was_set_is_kept_from_what_to_what() -> None:
    """Every output says that it was set, from what to what."""
    regimen = loaded(a_cycle("day: [1, 8]"), ("cycle.examplumab.day", "2 to 5"))
    assert regimen.settings == (Setting("cycle.examplumab.day", "[1, 8]", "2 to 5"),)
    assert str(regimen.settings[0]) == "cycle.examplumab.day: [1, 8] -> 2 to 5"


@pytest.mark.parametrize(
    ("key", "value"), [("cap", "20 mg"), ("round", "5 mg"), ("over", "2 hours"), ("at", "09:00")]
)
def test_cap_round_over_and_at_may_be_added(key: str, value: str) -> None:
    """`--set` adds `cap`, `round`, `over`, `at` to a dose."""
    regimen = loaded(a_dose(), (f"examplumab.{key}", value))
    assert getattr(regimen.body.doses[0], key) is not None
    assert regimen.settings == (Setting(f"examplumab.{key}", None, value),)
    assert str(regimen.settings[0]) == f"examplumab.{key}: not stated -> {value}"


def test_an_open_end_may_be_given_a_count() -> None:
    """`repeat.times` may be given where neither count is given."""
    regimen = loaded(a_cycle(repeat="{every: 21 days}"), ("cycle.repeat.times", "4"))
    assert regimen.body.blocks[0].repeat is not None
    assert regimen.body.blocks[0].repeat.count == 4


def test_the_amount_of_one_arm_is_set_in_brackets() -> None:
    """Arm keys in brackets: `IMP321.amount[0.25-mg]`, also where the arm holds a dot."""
    text = a_dose("amount: {low: 5 mg, 0.25-mg: 0.25 mg}", head=(ARMS,))
    dose = loaded_dose(text, ("examplumab.amount[0.25-mg]", "0.5 mg"))
    assert amount_of(dose, "0.25-mg").value == Decimal("0.5")
    assert amount_of(dose, "low").value == Decimal(5)
    assert dose.provenance["amount[0.25-mg]"].was_set
    assert not dose.provenance["amount[low]"].was_set


def test_a_named_dose_is_set_by_its_name() -> None:
    """Dose names are in the path, not the drug."""
    text = a_cycle("dose: pulse")
    dose = loaded_dose(text, ("cycle.pulse.amount", "6 mg"))
    assert amount_of(dose).value == Decimal(6)
    assert "did you mean 'cycle.pulse.amount'?" in refusal(text, ("cycle.drug.amount", "6 mg"))


def test_several_values_may_be_set() -> None:
    """The option may be repeated."""
    regimen = loaded(a_dose(), ("examplumab.at", "09:00"), ("examplumab.day", "2"))
    assert regimen.body.doses[0].at is not None
    assert regimen.body.doses[0].at.minutes == (540,)
    assert [setting.path for setting in regimen.settings] == ["examplumab.at", "examplumab.day"]


@pytest.mark.parametrize("key", ["times", "up_to"])
@pytest.mark.parametrize("about", ["cycle.repeat.times", "cycle.repeat.up_to"])
def test_an_assumed_open_end_may_be_given_either_count(about: str, key: str) -> None:
    """Setting one count must not make the file's assumption about the other a fault."""
    head = (f"assumptions:\n  - {{about: {about}, text: a, because: b}}",)
    text = a_cycle(repeat="{every: 21 days}", head=head)
    repeat = loaded(text, (f"cycle.repeat.{key}", "4")).body.blocks[0].repeat
    assert repeat is not None
    assert (repeat.count, repeat.at_most) == (4, key == "up_to")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("cycle.examplumab.amuont", "did you mean 'cycle.examplumab.amount'?"),
        ("examplumab.amount", "did you mean 'cycle.examplumab.amount'?"),
        ("cycle.examplumab.amount[low]", "did you mean 'cycle.examplumab.amount'?"),
        ("zzz", "paths here: cycle.repeat.times, cycle.repeat.every"),
        ("", "names no value of this regimen"),
    ],
)
def test_a_path_that_is_not_there_is_answered_with_the_nearest(path: str, hint: str) -> None:
    """A misspelt path must not be taken for another value, nor be silently left unread."""
    message = refusal(a_cycle(), (path, "6 mg"))
    assert message.startswith(f"--set {path}: ")
    assert "names no value of this regimen" in message
    assert hint in message


@pytest.mark.parametrize("path", ["title", "regimen", "source", "cycle.examplumab.drug"])
def test_the_identity_of_a_regimen_cannot_be_set(path: str) -> None:
    """`--set` reads facts, not the identity or the sources of a regimen."""
    message = refusal(a_cycle(), (path, "other"))
    assert message.startswith(f"--set {path}: is not a value that can be set; ")


@pytest.mark.parametrize("key", ["as_needed", "drug", "source", "dose", "during_delay"])
def test_a_key_that_is_no_fact_is_answered_with_those_that_are(key: str) -> None:
    """Who asks for another reading of a dose learns which of its keys have one.

    The nearest path (`at` for `as_needed`) was another fact.
    """
    message = refusal(a_cycle(), (f"cycle.examplumab.{key}", "no"))
    assert "; of cycle.examplumab can be set: amount, route, day, at, over" in message
    of_block = refusal(a_cycle(), ("cycle.count_as", "round"))
    assert "names no value of this regimen; did you mean" not in of_block


def test_a_value_is_set_by_its_one_name() -> None:
    """A second way to name a value would be missing from what was set, and from its provenance."""
    message = refusal(a_cycle(), ("blocks[1].doses[1].amount", "6 mg"))
    assert message.startswith("--set blocks[1].doses[1].amount: ")


@pytest.mark.parametrize("key", ["turn", "only_if", "arm", "dose"])
def test_other_keys_cannot_be_added(key: str) -> None:
    """Only cap, round, over and at may be added."""
    assert "names no value" in refusal(a_dose(), (f"examplumab.{key}", "1"))


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("cycle", "cycle.repeat.times, cycle.repeat.every"),
        ("cycle.repeat", "cycle.repeat.times, cycle.repeat.every"),
        ("cycle.examplumab.amount", "cycle.examplumab.amount[low]"),
    ],
)
def test_what_holds_several_values_asks_for_one(path: str, inner: str) -> None:
    """Setting the amount of every arm at once would mix the dose levels."""
    text = a_cycle("amount: {low: 5 mg}", head=("arms: {low: a}",))
    message = refusal(text, (path, "6 mg"))
    assert message.startswith(f"--set {path}: has several values; name one: {inner}")


def test_a_value_is_set_once() -> None:
    """Two values for one fact: nobody can know which was meant."""
    message = refusal(a_dose(), ("examplumab.cap", "5 mg"), ("examplumab.cap", "6 mg"))
    assert message == "--set examplumab.cap: appears twice; set it once"


def test_all_settings_that_are_none_are_told_at_once() -> None:
    """As all faults of a file are."""
    wrong = (("examplumab.foo", "1"), ("examplumab.day", "[1"), ("examplumab.amuont", "6 mg"))
    first, second, third = refusal(a_dose(), *wrong).splitlines()
    assert first.startswith("--set examplumab.foo: names no value of this regimen; ")
    assert second.startswith("--set examplumab.day=[1: ")
    assert third.endswith("; did you mean 'examplumab.amount'?")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("cycle.examplumab.bar", "of cycle.examplumab can be set: amount, route, day, at, over"),
        ("cycle.foo", "of cycle can be set: repeat.times, repeat.every, examplumab.amount"),
        ("cycle.tiems", "did you mean 'cycle.repeat.times'?"),
        ("cycle.reepat.every", "did you mean 'cycle.repeat.every'?"),
    ],
)
def test_a_key_like_no_other_is_answered_with_those_that_are_there(path: str, hint: str) -> None:
    """Two paths are much alike for what they begin with; only the last key can be a slip."""
    message = refusal(a_cycle(), (path, "2"))
    assert message.startswith(f"--set {path}: names no value of this regimen; {hint}")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("[1, 8", "close the bracket"),
        ("*other", "is an alias"),
        ("&a 5 mg", "has an anchor"),
        ("!!str 5", "has a tag"),
        ("{a: 1, a: 2}", "appears twice"),
        ("a: b: c", "quote a text that contains ': '"),
        ("1\x07", "control character"),
        ("--- 1\n--- 2", "second document"),
    ],
)
def test_a_value_that_is_not_plain_is_refused(value: str, problem: str) -> None:
    """A set value is read as strictly as one of a file."""
    message = refusal(a_dose(), ("examplumab.day", value))
    assert message.startswith(f"--set examplumab.day={shown(value)}: ")
    assert problem in message


@pytest.mark.parametrize("value", ["", " ", "# 5 mg"])
def test_an_empty_value_is_refused_in_words_about_a_value(value: str) -> None:
    """`--set PATH=` asks for a value, and does not say how a file begins."""
    message = refusal(a_dose(), ("examplumab.amount", value))
    assert message.startswith("--set examplumab.amount=")
    assert "file begins" not in message


def test_a_value_of_bytes_that_are_no_text_is_refused_in_plain_words() -> None:
    """What a terminal could not decode is no value; the message is not Python's."""
    message = refusal(a_dose(), ("examplumab.amount", "\udcff"))
    assert "codec" not in message


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("cycle.examplumab.amount", "10mg", "write '10 mg', with a space"),
        ("cycle.examplumab.over", "1 month", "28 days"),
        ("cycle.examplumab.cap", "5 IU", "is in IU, the amount in mg; use mg"),
        ("cycle.examplumab.day", "22", "outside the 21 days of cycle"),
        ("cycle.examplumab.day", "0", "names day 0"),
        ("cycle.examplumab.route", "by mouth", "is not a known route"),
        ("cycle.repeat.every", "36 hours", "is not in whole days"),
        ("cycle.repeat.times", "0", "at least 1"),
        ("cycle.examplumab.amount", "{low: 5 mg}", "is not an arm of this file"),
    ],
)
def test_a_fault_of_a_set_value_is_reported_for_the_set(
    path: str, value: str, problem: str
) -> None:
    """The file is not to blame: no line of it is named."""
    (fault,) = faults(a_cycle(), (path, value))
    assert (fault.file, fault.line, fault.path) == (f"--set {path}={value}", None, "")
    assert problem in str(fault)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        (a_cycle("day: 15"), "cycle.repeat.every", "7 days"),
        (a_cycle("cap: 20 mg"), "cycle.examplumab.amount", "5 IU"),
        (a_cycle("turn: 4"), "cycle.repeat.times", "3"),
        (
            a_cycle("day: [1, 2]", "repeat: {times: 3, every: 8 hours}"),
            "cycle.examplumab.repeat.times",
            "6",
        ),
        (a_cycle("at: [08:00, 20:00]", "over: 12 hours"), "cycle.examplumab.over", "13 hours"),
        (
            a_file("""
                blocks:
                  - block: cycle
                    repeat: {times: 4, every: 21 days}
                    doses:
                      - {dose: a, drug: examplumab, amount: 5 mg, route: IV, day: 1, over: 1 hour}
                      - {dose: b, drug: examplumab, amount: 5 mg, route: IV, day: 2, over: 1 hour}
            """),
            "cycle.a.over",
            "30 hours",
        ),
    ],
)
def test_a_fault_that_only_the_set_value_causes_is_reported_for_the_set(
    text: str, path: str, value: str
) -> None:
    """A right file must not be called faulty for what was set into it."""
    assert not faults(text)
    for fault in faults(text, (path, value)):
        assert fault.file == f"--set {path}={value}", str(fault)


def test_a_fault_of_the_file_is_still_the_files() -> None:
    """What is wrong without the `--set` keeps its line."""
    faults_found = faults(a_dose("amount: 10mg", "day: 0"), ("examplumab.day", "1"))
    assert [(fault.file, fault.path) for fault in faults_found] == [
        ("examplumab.yaml", "examplumab.amount")
    ]


def test_a_file_that_cannot_be_read_is_refused_before_any_set() -> None:
    """Where the text is no YAML, that is the fault."""
    faults_found = faults("regimen: [", ("examplumab.day", "1"))
    assert len(faults_found) == 1
    assert "is not YAML" in faults_found[0].problem


DRUG_FILE = b"""\
drug: examplumab
products:
  - product: vial
    contains: 5 mg
  - product: other vial
"""


def the_places() -> FaultLocator:
    """The places of a small file."""
    return FaultLocator("examplumab.yaml", yaml.read(DRUG_FILE))


def a_setting(path: str) -> Setting:
    """A value that was read otherwise."""
    return Setting(path, "5 mg", "50 mg")


def test_a_fault_names_its_file_its_line_and_its_path() -> None:
    (error,) = the_places().errors([(("products", 0, "contains"), "is wrong")])
    assert str(error) == "examplumab.yaml:4: products[1].contains: is wrong"


def test_entries_of_a_log_are_counted_as_undo_counts_them() -> None:
    """From 1, and so the mappings of a list within one."""
    text = b"entries:\n  - stop: yes\n  - stop: yes\n  - given:\n      - numbers: 7\n"
    log = FaultLocator("S-07.yaml", yaml.read(text))
    (error,) = log.errors([(("entries", 2, "given", 0, "numbers"), "is wrong")])
    assert str(error) == "S-07.yaml:5: entries[3].given[1].numbers: is wrong"
    assert log.line(("entries", 2)) == 4


def test_a_fault_of_the_whole_file_is_on_its_first_line_without_a_path() -> None:
    (error,) = the_places().errors([((), "is wrong")])
    assert (error.line, error.path) == (1, "")


def test_a_missing_key_is_reported_where_the_mapping_begins() -> None:
    """A place that does not exist has the line of the nearest thing around it."""
    (error,) = the_places().errors([(("products", 1, "contains"), "is missing")])
    assert error.line == 5


def test_the_faults_come_in_the_order_of_the_file_and_each_once() -> None:
    """Faults of the text come among those of the data; no value of a doubled key is judged."""
    document = yaml.read(b"b: 1\na: 2\na: 3\nc: 4\n")
    faults = [(("c",), "second"), (("b",), "first"), (("c",), "second"), (("a",), "of one")]
    errors = FaultLocator("file", document).errors(faults, document.faults)
    assert [error.line for error in errors] == sorted(error.line or 0 for error in errors)
    assert [error.problem for error in errors].count("second") == 1
    assert errors[0].problem == "first"
    assert len(errors) == 2 + len(document.faults)


def test_a_faulty_key_is_reported_on_its_own_line_and_not_on_that_of_its_value() -> None:
    document = yaml.read(b"products:\n  - product: vial\n    how:\n      >-\n      Swirl.\n")
    (error,) = FaultLocator("file", document).errors([(("products", 0, "how"), "is wrong")])
    assert error.line == 3


def test_a_fault_that_was_there_before_is_reported_as_the_files() -> None:
    """What the user set is not blamed for what the file got wrong."""
    fault_places = the_places()
    fault = [(("drug",), "is wrong")]
    fault_places.without_settings = fault_places.errors(fault)
    fault_places.settings = {("products", 0, "contains"): a_setting("products[1].contains")}
    assert str(fault_places.errors(fault)[0]) == "examplumab.yaml:1: drug: is wrong"


def test_a_fault_of_a_value_that_was_set_is_reported_for_the_option() -> None:
    fault_places = the_places()
    fault_places.settings = {
        ("products", 0, "contains"): a_setting("products[1].contains"),
        ("drug",): a_setting("drug"),
    }
    (error,) = fault_places.errors([(("products", 0, "contains", 0), "is wrong")])
    assert str(error) == "--set products[1].contains=50 mg: is wrong"


def test_a_fault_elsewhere_that_a_set_value_caused_names_every_option_and_the_place() -> None:
    fault_places = the_places()
    fault_places.settings = {
        ("drug",): a_setting("drug"),
        ("products", 1): a_setting("products[2]"),
    }
    (error,) = fault_places.errors([(("products", 0), "is wrong")])
    assert isinstance(error, RegimenError)
    assert error.line is None
    assert str(error) == "--set drug=50 mg, --set products[2]=50 mg: products[1]: is wrong"
