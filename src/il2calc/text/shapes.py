"""The shapes of data files: leaves of text, records of known keys, lists, and named things.

Plain data is read by a shape (`read`): what can be read is kept and every fault is noted, so that
no fault hides another. The same shape gives the JSON Schema for editors (`json_schema`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from il2calc.errors import ImplausibleInput, nearest_slip
from il2calc.text.values import accepts, as_written

Loc: TypeAlias = "tuple[str | int, ...]"
Fault: TypeAlias = "tuple[Loc, str]"
Json: TypeAlias = "dict[str, Any]"


class Leaf(NamedTuple):
    """One value: the function that reads it or raises ValueError, and its JSON Schema."""

    read: Callable[[Any], Any]
    json: Json


class Record(NamedTuple):
    """A mapping with a closed set of keys.

    Args:
        title: in words, for a fault (`a dose`).
        one_of: keys of which exactly one is needed.
        if_none: required key -> what to write if there is no value for it.
        any_of: keys of which at least one is needed.
        like: writes an example of the record, from the value found in its place, or from its keys
            that were wrongly written beside it.
        aliases: another name for a key -> the key.
    """

    title: str
    keys: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    if_none: Mapping[str, str] = {}
    any_of: tuple[str, ...] = ()
    like: Callable[[Any], str] | None = None
    aliases: Mapping[str, str] = {}


class Several(NamedTuple):
    """A list of one shape.

    Args:
        blank: a key without a value is an empty list.
    """

    item: Shape
    least: int = 0
    blank: bool = False


class Named(NamedTuple):
    """A mapping from names of a file's choice to one shape; keys in `also` are only checked."""

    name: Leaf
    item: Shape
    also: Mapping[str, Shape] = {}


class Either(NamedTuple):
    """Either of two shapes: `other` for data of its type (a list or a mapping), else `first`."""

    first: Leaf | Record
    other: Record | Named | Several


class Recursive(NamedTuple):
    """A record that is defined elsewhere, for records that contain their own kind."""

    record: Callable[[], Record]


Shape: TypeAlias = "Leaf | Record | Several | Named | Either | Recursive"


def read(shape: Shape, data: Any, loc: Loc, faults: list[Fault]) -> Any:
    """Read plain data by a shape; what cannot be read is noted in `faults`.

    Returns:
        A leaf's value, or dicts and lists of such; None (in a record: no key) for what is broken.
    """
    if isinstance(shape, Either):
        kind = list if isinstance(shape.other, Several) else dict
        shape = shape.other if isinstance(data, kind) else shape.first
    if isinstance(shape, Recursive):
        shape = shape.record()
    if isinstance(shape, Leaf):
        try:
            return shape.read(data)
        except ValueError as error:
            faults.append((loc, str(error)))
        except ImplausibleInput as error:
            faults.append((loc, f"says that {error}"))
        return None
    if isinstance(shape, Several):
        return _read_list(shape, data, loc, faults)
    if not isinstance(data, dict):
        faults.append((loc, f"is not a mapping; write {_example(shape, data)}"))
        return None
    if isinstance(shape, Named):
        return _read_named(shape, data, loc, faults)
    return _read_record(shape, data, loc, faults)


def _example(shape: Record | Named, data: Any) -> str:
    """An example of a mapping: its required keys, or else its first one."""
    if isinstance(shape, Named):
        return "indented 'name: value' lines"
    if shape.like is not None:
        return shape.like(data)
    return f"{{{', '.join(f'{key}: ...' for key in shape.required or tuple(shape.keys)[:1])}}}"


def _read_list(shape: Several, data: Any, loc: Loc, faults: list[Fault]) -> list[Any]:
    if shape.blank and data == "":
        return []
    if not isinstance(data, list):
        faults.append((loc, "is not a list; begin each entry with '- '"))
        return []
    if len(data) < shape.least:
        faults.append((loc, "is an empty list; write an entry or leave the key out"))
    return [read(shape.item, item, (*loc, index), faults) for index, item in enumerate(data)]


def _read_named(
    shape: Named, data: dict[str, Any], loc: Loc, faults: list[Fault]
) -> dict[str, Any]:
    items: dict[str, Any] = {}
    if not data:
        faults.append((loc, "is empty; name at least one"))
    for key, value in data.items():
        if key in shape.also:
            read(shape.also[key], value, (*loc, key), faults)
            continue
        read(shape.name, key, (*loc, key), faults)
        items[key] = read(shape.item, value, (*loc, key), faults)
    return items


def _read_record(
    shape: Record, data: dict[str, Any], loc: Loc, faults: list[Fault]
) -> dict[str, Any]:
    record: dict[str, Any] = {}
    unknown = nearest_keys(shape, data)
    for key, value in data.items():
        if key in unknown:
            faults.append(((*loc, key), _unknown(shape, unknown[key], key, data)))
        elif value == "" and key in shape.required:
            faults.append(((*loc, key), f"has no value; {_requirement(shape, key)}"))
        elif (result := read(shape.keys[key], value, (*loc, key), faults)) is not None:
            record[key] = result
    present = {*data, *unknown.values()}
    missing = (key for key in shape.required if key not in present)
    faults.extend((loc, f"has no {key!r}; {_requirement(shape, key)}") for key in missing)
    faults.extend((loc, problem) for problem in _choices(shape, data, present))
    return record


def _requirement(shape: Record, key: str) -> str:
    return f"{shape.title} needs one{f', or {shape.if_none[key]}' if key in shape.if_none else ''}"


def nearest_keys(shape: Record, data: Mapping[str, Any]) -> dict[str, str | None]:
    """Unknown keys of a mapping -> the nearest known ones, so that a misspelt key is one fault.

    None if none is near, or if a key has no value: it is half of a text that a comma split,
    unless it is a known key with its value behind the colon (`amount:80 mg`).
    """
    unknown = (key for key in data if key not in shape.keys)
    return {
        key: _nearest_key(shape, key) if data[key] != "" else _before_colon(shape, key)
        for key in unknown
    }


def with_nearest_keys(shape: Record, data: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping, with the known keys nearest to its unknown ones added, without a value."""
    return {**dict.fromkeys(filter(None, nearest_keys(shape, data).values()), ""), **data}


def _before_colon(shape: Record, key: str) -> str | None:
    name, colon, _ = key.partition(":")
    return name if colon and name in shape.keys else None


def _nearest_key(shape: Record, key: str) -> str | None:
    meaning = shape.aliases.get(key)
    return meaning if meaning in shape.keys else nearest_slip(key, shape.keys)


def _unknown(shape: Record, guess: str | None, key: str, data: Mapping[str, Any]) -> str:
    if data[key] == "" and guess:
        return f"is not a key; write '{key.replace(':', ': ', 1)}', with a space"
    if data[key] == "":
        return "is not a key; a comma splits a { } mapping: put a list in [ ], or quote the text"
    for name, inner in shape.keys.items():
        if not isinstance(inner, Record):
            continue
        leaf = inner.keys.get(key if guess else inner.aliases.get(key, key))
        if isinstance(leaf, Leaf) and accepts(leaf.read, data[key]):
            typed = {inner.aliases.get(other, other): other for other in data.keys() - shape.keys}
            misplaced = {field: data[typed[field]] for field in inner.keys if field in typed}
            present = data[name] if isinstance(data.get(name), dict) else {}
            example = _example_with(inner, {**present, **misplaced})
            return f"belongs in {name!r}; write {name}: {example}"
    known = f"did you mean {guess!r}?" if guess else f"keys here: {', '.join(shape.keys)}"
    return f"is an unknown key; {known}"


def _example_with(shape: Record, data: Mapping[str, Any]) -> str:
    """An example of a mapping with these keys and values."""
    return shape.like(data) if shape.like is not None else as_written(data)


def _choices(shape: Record, data: Collection[str], present: set[str | None]) -> Iterator[str]:
    """Problems where one of several keys is needed, and there is none, or too many.

    Args:
        present: the keys of the data, and the known ones nearest to its unknown ones; None among
            them if one is near to none: then no key is reported as missing as well.
    """
    chosen = [key for key in shape.one_of if key in data]
    if len(chosen) > 1:
        yield f"has {' and '.join(map(repr, chosen))} at once; write {shape.title} for each"
    for needed in (shape.one_of, shape.any_of):
        if needed and not present & {None, *needed}:
            yield f"has none of: {', '.join(needed)}; {_requirement(shape, needed[0])}"


def json_schema(shape: Shape) -> Json:
    """The JSON Schema (draft 2020-12) of a shape; records are shared under `$defs`."""
    definitions: dict[str, Json] = {}
    top = _schema(shape, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **definitions.pop(str(top["$ref"]).rsplit("/", 1)[-1]),
        "$defs": dict(sorted(definitions.items())),
    }


def _pattern(shape: Named) -> str:
    """The pattern of the names of a mapping; the keys with fixed names do not match it."""
    pattern = str(shape.name.json["pattern"])
    return f"^(?!({'|'.join(shape.also)})$){pattern.removeprefix('^')}" if shape.also else pattern


def _schema(shape: Shape, definitions: dict[str, Json]) -> Json:
    if isinstance(shape, Leaf):
        return shape.json
    if isinstance(shape, Recursive):
        return _schema(shape.record(), definitions)
    if isinstance(shape, Either):
        return {"anyOf": [_schema(alternative, definitions) for alternative in shape]}
    if isinstance(shape, Several):
        items = _schema(shape.item, definitions)
        kind: Json = {"type": ["array", "null"] if shape.blank else "array"}
        return kind | {"items": items} | ({"minItems": 1} if shape.least else {})
    if isinstance(shape, Named):
        return {
            "type": "object",
            "minProperties": 1,
            "properties": {key: _schema(value, definitions) for key, value in shape.also.items()},
            "patternProperties": {_pattern(shape): _schema(shape.item, definitions)},
            "additionalProperties": False,
        }
    name = shape.title.removeprefix("a ").removeprefix("an ").replace(" ", "-")
    if name not in definitions:
        definitions[name] = {}
        definitions[name] = {
            "type": "object",
            "description": shape.title,
            "properties": {key: _schema(value, definitions) for key, value in shape.keys.items()},
            "required": list(shape.required),
            "additionalProperties": False,
        }
        if shape.one_of:
            definitions[name]["oneOf"] = [{"required": [key]} for key in shape.one_of]
        if shape.any_of:
            definitions[name]["anyOf"] = [{"required": [key]} for key in shape.any_of]
    return {"$ref": f"#/$defs/{name}"}
