"""Reading one value of a file otherwise: `--set PATH=VALUE`."""

from __future__ import annotations

from decimal import Decimal

import pytest

from filetext import a_cycle, a_dose, a_file, examined, faults, loaded, loaded_dose
from il2calc.errors import Refused
from il2calc.regimen import Setting
from il2calc.units import Quantity

ARMS = "arms: {low: the lower dose, 0.25-mg: the lowest dose}"


def refusal(text: str, *settings: tuple[str, str]) -> str:
    """Why a setting is refused."""
    with pytest.raises(Refused) as error:
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
    """`repeat.times` may stand where neither count is given."""
    regimen = loaded(a_cycle(repeat="{every: 21 days}"), ("cycle.repeat.times", "4"))
    assert regimen.body.blocks[0].repeat is not None
    assert regimen.body.blocks[0].repeat.count == 4


def test_the_amount_of_one_arm_is_set_in_brackets() -> None:
    """Arm keys in brackets: `IMP321.amount[0.25-mg]`, also where the arm holds a dot."""
    text = a_dose("amount: {low: 5 mg, 0.25-mg: 0.25 mg}", head=(ARMS,))
    dose = loaded_dose(text, ("examplumab.amount[0.25-mg]", "0.5 mg"))
    assert dose.amount("0.25-mg").value == Decimal("0.5")
    assert dose.amount("low").value == Decimal(5)
    assert dose.backing["amount[0.25-mg]"].was_set
    assert not dose.backing["amount[low]"].was_set


def test_a_named_dose_is_set_by_its_name() -> None:
    """Dose names stand in the path, not the drug."""
    text = a_cycle("dose: pulse")
    dose = loaded_dose(text, ("cycle.pulse.amount", "6 mg"))
    assert dose.amount(None).value == Decimal(6)
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
def test_a_path_that_is_not_there_is_told_the_nearest(path: str, hint: str) -> None:
    """A misspelt path must not be taken for another value, nor be silently left unread."""
    message = refusal(a_cycle(), (path, "6 mg"))
    assert message.startswith(f"--set {path}: ")
    assert "names no value of this regimen" in message
    assert hint in message


@pytest.mark.parametrize("path", ["title", "regimen", "source", "cycle.examplumab.drug"])
def test_who_a_regimen_is_cannot_be_set(path: str) -> None:
    """`--set` reads facts, not the identity or the sources of a regimen."""
    message = refusal(a_cycle(), (path, "other"))
    assert message.startswith(f"--set {path}: is not a value that can be set; ")


def test_a_value_is_set_by_its_one_name() -> None:
    """A second way to name a value would be missing from what was set, and from its backing."""
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
    assert message.startswith(f"--set {path}: holds several values; name one: {inner}")


def test_a_value_is_set_once() -> None:
    """Two values for one fact: nobody can know which was meant."""
    message = refusal(a_dose(), ("examplumab.cap", "5 mg"), ("examplumab.cap", "6 mg"))
    assert message == "--set examplumab.cap stands twice; set each value once"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("[1, 8", "close the bracket"),
        ("*other", "is an alias"),
        ("&a 5 mg", "has an anchor"),
        ("!!str 5", "has a tag"),
        ("{a: 1, a: 2}", "stands twice"),
        ("a: b: c", "quote a text that holds ': '"),
        ("1\x07", "control character"),
        ("--- 1\n--- 2", "second document"),
    ],
)
def test_a_value_that_is_not_plain_is_refused(value: str, problem: str) -> None:
    """A set value is read as strictly as one of a file."""
    message = refusal(a_dose(), ("examplumab.day", value))
    assert message.startswith(f"--set examplumab.day={value}: ")
    assert problem in message


@pytest.mark.parametrize("value", ["", " ", "# 5 mg"])
def test_an_empty_value_is_refused_in_words_about_a_value(value: str) -> None:
    """`--set PATH=` is told to give a value, not how a file begins."""
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
def test_a_fault_of_a_set_value_is_told_as_the_set(path: str, value: str, problem: str) -> None:
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
def test_a_fault_that_only_the_set_value_causes_is_told_as_the_set(
    text: str, path: str, value: str
) -> None:
    """A right file must not be called faulty for what was set into it."""
    assert not faults(text)
    for fault in faults(text, (path, value)):
        assert fault.file == f"--set {path}={value}", str(fault)


def test_a_fault_of_the_file_is_still_the_files() -> None:
    """What is wrong without the `--set` keeps its line."""
    found = faults(a_dose("amount: 10mg", "day: 0"), ("examplumab.day", "1"))
    assert [(fault.file, fault.path) for fault in found] == [
        ("examplumab.yaml", "examplumab.amount")
    ]


def test_a_file_that_cannot_be_read_is_told_before_any_set() -> None:
    """Where the text is no YAML, that is the fault."""
    found = faults("regimen: [", ("examplumab.day", "1"))
    assert len(found) == 1
    assert "is not YAML" in found[0].problem
