"""What a data file may be made of: what is read, what is noted, what an editor is given."""

from __future__ import annotations

from typing import Any

import pytest

from il2calc.errors import ImplausibleInput
from il2calc.language.fields import whole_number
from il2calc.language.regimen_keys import name
from il2calc.text.shapes import (
    Either,
    Fault,
    Leaf,
    Named,
    Record,
    Recursive,
    Several,
    Shape,
    json_schema,
    read,
)
from il2calc.text.values import text

WORD = Leaf(text, {"type": "string"})
NUMBER = Leaf(whole_number, {"type": "integer"})
NAME = Leaf(name, {"type": "string", "pattern": "^[a-z]+$"})
PERSON = Record("a person", {"called": WORD, "age": NUMBER}, ("called",))


def outcome(shape: Shape, data: Any) -> tuple[Any, list[Fault]]:
    """What a shape reads, and every fault it notes."""
    faults: list[Fault] = []
    return read(shape, data, (), faults), faults


def test_a_leaf_gives_its_value() -> None:
    """One value is read by its own reader."""
    assert outcome(NUMBER, "4") == (4, [])


def test_what_is_not_plausible_is_noted_as_what_the_file_says() -> None:
    """A slip of the decimal point is a fault of the file like any other."""

    def weight(value: str) -> None:
        raise ImplausibleInput("a weight of", value, "2 to 400 kg")

    problem = "says that a weight of 700 kg is not plausible; give 2 to 400 kg"
    assert outcome(Leaf(weight, {}), "700 kg") == (None, [((), problem)])


def test_a_leaf_that_cannot_be_read_is_noted_with_its_place() -> None:
    """A broken value is left out, and its fault is at its location."""
    value, faults = outcome(PERSON, {"called": "Ann", "age": "old"})
    assert value == {"called": "Ann"}
    assert [loc for loc, _ in faults] == [("age",)]


def test_every_fault_of_a_record_is_noted() -> None:
    """A broken value, an unknown key and a missing key are reported together."""
    _, faults = outcome(PERSON, {"age": "old", "size": "1"})
    assert [loc for loc, _ in faults] == [("age",), ("size",), ()]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("calld", "Ann", "is an unknown key; did you mean 'called'?"),
        ("AGE", "4", "is an unknown key; did you mean 'age'?"),
        ("size", "4", "is an unknown key; keys here: called, age"),
        ("age:4", "", "is not a key; write 'age: 4', with a space"),
        (
            "size:4",
            "",
            "is not a key; a comma splits a { } mapping: put a list in [ ], or quote the text",
        ),
        (
            "Methods",
            "",
            "is not a key; a comma splits a { } mapping: put a list in [ ], or quote the text",
        ),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_one(
    key: str, value: str, problem: str
) -> None:
    """Unknown keys with the nearest known one: a misspelt `cap` must not go unread."""
    _, faults = outcome(PERSON, {"called": "Ann", key: value})
    assert faults == [((key,), problem)]


def test_a_missing_key_is_reported_with_what_needs_it() -> None:
    """A required key that is absent is a fault of the mapping itself."""
    assert outcome(PERSON, {}) == ({}, [((), "has no 'called'; a person needs one")])


@pytest.mark.parametrize("data", [{"calld": "Ann"}, {"Called": "Ann"}])
def test_a_key_that_is_misspelt_is_not_missing_too(data: Any) -> None:
    """One slip, one line; what nobody tried to write is missing."""
    (key,) = data
    assert outcome(PERSON, data)[1] == [((key,), "is an unknown key; did you mean 'called'?")]
    no_space = outcome(PERSON, {"called:Ann": ""})[1]
    assert no_space == [(("called:Ann",), "is not a key; write 'called: Ann', with a space")]
    both = outcome(PERSON, {"agee": "4"})[1]
    assert both == [
        (("agee",), "is an unknown key; did you mean 'age'?"),
        ((), "has no 'called'; a person needs one"),
    ]


def test_a_key_of_another_name_is_taken_for_the_one_that_means_it() -> None:
    """Where that one is valid; it is not missing too."""
    person = PERSON._replace(aliases={"name": "called", "colour": "coat"})
    problem = "is an unknown key; did you mean 'called'?"
    assert outcome(person, {"name": "Ann"})[1] == [(("name",), problem)]
    faults = outcome(person, {"called": "Ann", "colour": "red"})[1]
    assert faults == [(("colour",), "is an unknown key; keys here: called, age")]


ANIMAL = Record("an animal", {"cat": WORD, "dog": WORD, "age": NUMBER}, (), ("cat", "dog"))


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        ({"cat": "Tom"}, []),
        ({"cat": ""}, ["has no value; write one, or leave it out"]),
        ({"age": "4"}, ["has none of: cat, dog; an animal needs one"]),
        ({"cat": "Tom", "dog": "Rex"}, ["has 'cat' and 'dog' at once; write an animal for each"]),
        ({"dogg": "Rex"}, ["is an unknown key; did you mean 'dog'?"]),
        ({"fish": "Wanda"}, ["is an unknown key; keys here: cat, dog, age"]),
        (
            {"agee": "4"},
            [
                "is an unknown key; did you mean 'age'?",
                "has none of: cat, dog; an animal needs one",
            ],
        ),
    ],
)
def test_exactly_one_of_a_few_keys_is_there(data: Any, problems: list[str]) -> None:
    """None is too little, two are too much; what was misspelt is not missing too."""
    assert [problem for _, problem in outcome(ANIMAL, data)[1]] == problems


@pytest.mark.parametrize("data", ["text", ["a"], ""])
def test_a_record_is_a_mapping(data: Any) -> None:
    """A text or list where a record belongs is refused, with the keys that it needs."""
    result, faults = outcome(PERSON, data)
    assert result is None
    assert faults == [((), "is not a mapping; write {called: ...}")]
    two = Record("a person", PERSON.keys, ("called", "age"))
    assert outcome(two, data)[1] == [((), "is not a mapping; write {called: ..., age: ...}")]


def test_a_record_that_needs_no_key_is_reported_with_its_first() -> None:
    """An example all the same."""
    free = Record("a person", PERSON.keys)
    assert outcome(free, "text")[1] == [((), "is not a mapping; write {called: ...}")]


@pytest.mark.parametrize("data", ["text", {"a": "b"}])
def test_a_list_is_a_list(data: Any) -> None:
    """A text or mapping where a list belongs is a fault."""
    value, faults = outcome(Several(WORD), data)
    assert value == []
    assert faults == [((), "is not a list; begin each entry with '- '")]


def test_a_list_that_needs_an_entry_is_not_empty() -> None:
    """An empty list of doses gives nothing."""
    problem = "is an empty list; write an entry or leave the key out"
    assert outcome(Several(WORD, 1), []) == ([], [((), problem)])
    assert outcome(Several(WORD), []) == ([], [])


def test_a_list_may_be_left_blank_where_its_shape_says_so() -> None:
    """`entries:` alone is where the first one will be."""
    assert outcome(Several(WORD, blank=True), "") == ([], [])
    assert outcome(Several(WORD), "")[1] == [((), "is not a list; begin each entry with '- '")]


def test_a_broken_entry_keeps_its_place_in_a_list() -> None:
    """The entries after a broken one keep their numbers, and so their lines."""
    assert outcome(Several(NUMBER), ["1", "x", "3"])[0] == [1, None, 3]


def test_named_things_have_names_and_shapes() -> None:
    """Both the name and the thing are read, and both faults are reported."""
    value, faults = outcome(Named(NAME, NUMBER), {"low": "1", "a.b": "x"})
    assert value == {"low": 1, "a.b": None}
    assert [loc for loc, _ in faults] == [("a.b",), ("a.b",)]


def test_named_things_are_at_least_one() -> None:
    """A mapping that should name something and is empty is a fault."""
    assert outcome(Named(NAME, WORD), {}) == ({}, [((), "is empty; name at least one")])


@pytest.mark.parametrize("data", ["text", ["a"]])
def test_named_things_are_in_a_mapping(data: Any) -> None:
    """A list of arms is not a mapping from arm to meaning."""
    _, faults = outcome(Named(NAME, WORD), data)
    assert faults == [((), "is not a mapping; write indented 'name: value' lines")]


def test_a_key_beside_named_things_is_none_of_them() -> None:
    """`source` beside the amounts of the arms is no arm."""
    shape = Named(NAME, NUMBER, {"source": WORD})
    assert outcome(shape, {"low": "1", "source": "doe2020"}) == ({"low": 1}, [])
    assert outcome(shape, {"low": "1", "source": []})[1][0][0] == ("source",)


@pytest.mark.parametrize(("data", "value"), [("4", 4), ({"called": "Ann"}, {"called": "Ann"})])
def test_either_takes_one_value_or_a_mapping(data: Any, value: Any) -> None:
    """An amount is one amount or a mapping from arm to amount."""
    assert outcome(Either(NUMBER, PERSON), data) == (value, [])


@pytest.mark.parametrize(
    ("data", "value", "problems"),
    [
        ({"called": "Ann"}, {"called": "Ann"}, []),
        ([{"called": "Ann"}, {"called": "Bob"}], [{"called": "Ann"}, {"called": "Bob"}], []),
        ([], [], ["is an empty list; write an entry or leave the key out"]),
        ("Ann", None, ["is not a mapping; write {called: ...}"]),
    ],
)
def test_either_takes_a_mapping_or_a_list_of_them(
    data: Any, value: Any, problems: list[str]
) -> None:
    """What is neither is reported as the first of the two would be."""
    result, faults = outcome(Either(PERSON, Several(PERSON, 1)), data)
    assert (result, [problem for _, problem in faults]) == (value, problems)


def test_a_record_may_hold_itself() -> None:
    """Blocks may be within blocks."""
    tree = Record("a tree", {"trees": Several(Recursive(lambda: tree))})
    data = {"trees": [{"trees": [{}]}, {"leaf": "1"}]}
    value, faults = outcome(tree, data)
    assert value == {"trees": [{"trees": [{}]}, {}]}
    assert [loc for loc, _ in faults] == [("trees", 1, "leaf")]


def test_the_json_schema_of_a_record_names_its_keys() -> None:
    """What an editor is given is what the reader checks the file for."""
    assert json_schema(PERSON) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "description": "a person",
        "properties": {"called": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["called"],
        "additionalProperties": False,
        "$defs": {},
    }


def test_the_json_schema_shares_records_and_knows_every_shape() -> None:
    """A record that is used twice, or within itself, is written once."""
    tree = Record(
        "a tree",
        {
            "trees": Several(Recursive(lambda: tree), 1),
            "leaves": Several(WORD),
            "owner": Either(WORD, PERSON),
            "keeper": PERSON,
            "names": Named(NAME, NUMBER, {"source": WORD}),
            "people": Either(PERSON, Several(PERSON, blank=True)),
            "pet": ANIMAL,
        },
    )
    schema = json_schema(Record("a wood", {"tree": tree}))
    assert schema["properties"] == {"tree": {"$ref": "#/$defs/tree"}}
    assert sorted(schema["$defs"]) == ["animal", "person", "tree"]
    assert schema["$defs"]["animal"]["oneOf"] == [{"required": ["cat"]}, {"required": ["dog"]}]
    properties = schema["$defs"]["tree"]["properties"]
    assert properties["trees"] == {
        "type": "array",
        "items": {"$ref": "#/$defs/tree"},
        "minItems": 1,
    }
    assert properties["leaves"] == {"type": "array", "items": {"type": "string"}}
    assert properties["owner"] == {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/person"}]}
    assert properties["people"] == {
        "anyOf": [
            {"$ref": "#/$defs/person"},
            {"type": ["array", "null"], "items": {"$ref": "#/$defs/person"}},
        ]
    }
    assert properties["keeper"] == {"$ref": "#/$defs/person"}
    assert properties["names"] == {
        "type": "object",
        "minProperties": 1,
        "properties": {"source": {"type": "string"}},
        "patternProperties": {"^(?!(source)$)[a-z]+$": {"type": "integer"}},
        "additionalProperties": False,
    }
