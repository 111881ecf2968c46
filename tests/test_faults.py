"""From a location in plain data to file, line and path."""

from __future__ import annotations

from il2calc.errors import RegimenError
from il2calc.language.faults import FaultPlaces
from il2calc.model.regimen import Setting
from il2calc.text import yaml

TEXT = b"""\
drug: examplumab
products:
  - product: vial
    contains: 5 mg
  - product: other vial
"""


def places() -> FaultPlaces:
    """The places of a small file."""
    return FaultPlaces("examplumab.yaml", yaml.read(TEXT))


def setting(path: str) -> Setting:
    """A value that was read otherwise."""
    return Setting(path, "5 mg", "50 mg")


def test_a_fault_is_told_with_its_file_its_line_and_its_path() -> None:
    (error,) = places().errors([(("products", 0, "contains"), "is wrong")])
    assert str(error) == "examplumab.yaml:4: products[1].contains: is wrong"


def test_entries_of_a_log_are_counted_as_undo_counts_them() -> None:
    """From 1, and so the mappings of a list within one."""
    text = b"entries:\n  - stop: yes\n  - stop: yes\n  - given:\n      - numbers: 7\n"
    log = FaultPlaces("S-07.yaml", yaml.read(text))
    (error,) = log.errors([(("entries", 2, "given", 0, "numbers"), "is wrong")])
    assert str(error) == "S-07.yaml:5: entries[3].given[1].numbers: is wrong"
    assert log.line(("entries", 2)) == 4


def test_a_fault_of_the_whole_file_stands_on_its_first_line_without_a_path() -> None:
    (error,) = places().errors([((), "is wrong")])
    assert (error.line, error.path) == (1, "")


def test_a_key_that_is_missing_is_told_where_the_mapping_begins() -> None:
    """A place that does not exist has the line of the nearest thing around it."""
    (error,) = places().errors([(("products", 1, "contains"), "is missing")])
    assert error.line == 5


def test_the_faults_come_in_the_order_of_the_file_and_each_once() -> None:
    """Those of the text among those of the data."""
    document = yaml.read(b"b: 1\na: 2\na: 3\n")
    faults = [(("a",), "second"), (("b",), "first"), (("a",), "second")]
    found = FaultPlaces("file", document).errors(faults, document.faults)
    assert [error.line for error in found] == sorted(error.line or 0 for error in found)
    assert [error.problem for error in found].count("second") == 1
    assert found[0].problem == "first"
    assert len(found) == 2 + len(document.faults)


def test_a_key_is_told_on_its_own_line_and_not_on_that_of_its_value() -> None:
    document = yaml.read(b"products:\n  - product: vial\n    how:\n      >-\n      Swirl.\n")
    (error,) = FaultPlaces("file", document).errors([(("products", 0, "how"), "is wrong")])
    assert error.line == 3


def test_a_fault_that_was_there_before_is_told_as_the_files_own() -> None:
    """What the user set is not blamed for what the file got wrong."""
    found = places()
    fault = [(("drug",), "is wrong")]
    found.before = found.errors(fault)
    found.settings = {("products", 0, "contains"): setting("products[1].contains")}
    assert str(found.errors(fault)[0]) == "examplumab.yaml:1: drug: is wrong"


def test_a_fault_of_a_value_that_was_set_is_told_of_the_option() -> None:
    found = places()
    found.settings = {
        ("products", 0, "contains"): setting("products[1].contains"),
        ("drug",): setting("drug"),
    }
    (error,) = found.errors([(("products", 0, "contains", 0), "is wrong")])
    assert str(error) == "--set products[1].contains=50 mg: is wrong"


def test_a_fault_elsewhere_that_a_set_value_caused_names_every_option_and_the_place() -> None:
    found = places()
    found.settings = {("drug",): setting("drug"), ("products", 1): setting("products[2]")}
    (error,) = found.errors([(("products", 0), "is wrong")])
    assert isinstance(error, RegimenError)
    assert error.line is None
    assert str(error) == "--set drug=50 mg, --set products[2]=50 mg: products[1]: is wrong"
