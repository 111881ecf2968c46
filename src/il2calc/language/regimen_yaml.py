"""A regimen file as the YAML that a person reads and edits, with what was set kept in it.

What was read otherwise no longer stands in a source: it becomes an assumption that says who set it,
what stood there, and why that stood there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from il2calc.language import paths
from il2calc.language.paths import entries, value_at
from il2calc.language.regimen_file import examine
from il2calc.language.regimen_keys import BLOCK_REPEAT, REGIMEN, fact_keys
from il2calc.language.shelf import Found
from il2calc.model.evidence import NO_FILE
from il2calc.text import yaml
from il2calc.text.shapes import Loc
from il2calc.text.values import shown

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames

_PLAIN = re.compile(r"-?[0-9].*|[A-Za-z].*")
_MEANS_MORE = re.compile(r": |:$| #|[ :]$|[\u0080-\u009f\u2028\u2029]")
_OF_FLOW = re.compile(r"[,\[\]{}]")
_LONGEST_FLOW = 100
_OTHERWISE = re.compile(r"assumptions\[([0-9]+)\]\.otherwise")


def scalar(text: str, *, flow: bool = False) -> str:
    """A value as YAML writes it: plain where that cannot be read as anything else.

    Args:
        flow: it stands within brackets or braces.

    >>> scalar("72_000 IU/kg"), scalar("a: b"), scalar("a, b", flow=True)
    ('72_000 IU/kg', '"a: b"', '"a, b"')
    """
    plain = _PLAIN.fullmatch(text) and not _MEANS_MORE.search(text)
    if plain and not (flow and _OF_FLOW.search(text)):
        return text
    return json.dumps(text, ensure_ascii=False)


def lines(data: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a file: what is short on one line, lists of values in brackets."""
    begun = False
    for key, value in data.items():
        long = isinstance(value, dict) or _is_of_mappings(value)
        if begun and long:
            yield ""
        begun = True
        if isinstance(value, dict) and value:
            yield f"{scalar(key)}:"
            yield from _mapping(value, "  ")
        else:
            yield from _entry(key, value, "")


def _mapping(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry(key, value, indent)


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    """One key with what it holds."""
    named = f"{indent}{scalar(key)}:"
    if isinstance(value, str):
        yield f"{named} {scalar(value)}"
    elif _is_of_mappings(value):
        yield named
        for item in value:
            first, *rest = _mapping(item, f"{indent}    ")
            yield f"{indent}  - {first.lstrip()}"
            yield from rest
    elif isinstance(value, dict) and len(named) + len(_flow(value)) >= _LONGEST_FLOW:
        yield named
        yield from _mapping(value, f"{indent}  ")
    else:
        yield f"{named} {_flow(value)}"


def _is_of_mappings(value: Any) -> bool:
    """Whether a value is a list of mappings, each of which has something in it."""
    is_list = isinstance(value, list) and bool(value)
    return is_list and all(isinstance(item, dict) and item for item in value)


def _flow(value: Any) -> str:
    """A value within one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        inner = (f"{scalar(key, flow=True)}: {_flow(item)}" for key, item in value.items())
        return f"{{{', '.join(inner)}}}"
    return scalar(value, flow=True)


def assumption(about: str, text: str, because: str, otherwise: Any = None) -> dict[str, Any]:
    """An assumption as plain data; `otherwise` where another reading is known."""
    said = {"about": about, "text": text, "because": because}
    return said if otherwise is None else {**said, "otherwise": otherwise}


def kept(
    found: Found,
    wanted: Iterable[tuple[str, str]] = (),
    arm: str | None = None,
    *,
    name: str | None = None,
    names: DrugNames | None = None,
) -> Iterator[str]:
    """The lines of a file that must be right, with other readings kept in it.

    Args:
        wanted: path and text of each value that is read otherwise.
        arm: the arm that is scheduled where none is asked for.
        name: the name of the regimen in the new file; None = as it was.
        names: of the drugs with a monograph.

    Raises:
        Refused: a value to be read otherwise that this file does not have.
    """
    before, data = (yaml.read(found.content).data for _ in range(2))
    assert isinstance(before, dict)
    assert isinstance(data, dict)
    made_from = f"{before['regimen']}, version {before['version']}"
    done = paths.apply(data, wanted)
    for setting in done.values():
        loc = paths.find(before, setting.path)
        was = None if loc is None else value_at(before, loc)
        now = paths.find(data, setting.path)
        assert now is not None
        _assume(data, setting.path, value_at(data, now), was, made_from)
    _take_citations_from(data, done)
    if arm is not None:
        data["default_arm"] = arm
        _assume(data, "default_arm", arm, before.get("default_arm"), made_from)
    if done or arm is not None:
        data.pop("reviewed_by", None)
    if name is not None:
        data["regimen"] = name
    _take_impossible_readings_from(data, names)
    return lines({key: data[key] for key in REGIMEN.keys if key in data})


def _assume(data: dict[str, Any], about: str, now: Any, was: Any, made_from: str) -> None:
    """Say of a value that it was set, in place of what was assumed of it."""
    other = was if was != now else None
    text = f"Read as {shown(now)}" + (f", not as {shown(other)}." if other is not None else ".")
    because = f"Set when this file was made from {made_from}"
    listed = data.setdefault("assumptions", [])
    given_up = [entry for entry in listed if entry["about"] == about]
    if not given_up:
        because += ", which does not say it." if was is None else f", which says {shown(was)}."
        listed.append(assumption(about, text, because, other))
        return
    for entry in given_up:
        because += f", which assumed: {entry['text']} Because: {entry['because']}"
        because += f" [{entry['source']}]" if "source" in entry else ""
    given_up[0].clear()
    given_up[0].update(assumption(about, text, because, other))
    listed[:] = [entry for entry in listed if entry not in given_up[1:]]


def _take_citations_from(data: dict[str, Any], done: Collection[Loc]) -> None:
    """Leave no citation behind a value that no longer stands there."""
    for *above, key in done:
        holder = value_at(data, tuple(above))
        source = holder.get("source")
        if isinstance(source, dict):
            source.pop(key, None)
            if not source:
                del holder["source"]
        elif source is not None and above and above[-1] in ("repeat", "amount"):
            facts = fact_keys(BLOCK_REPEAT) if above[-1] == "repeat" else holder.keys()
            left = {fact for fact in facts if fact in holder and (*above, fact) not in done}
            if not left - {"source"}:
                del holder["source"]


def _take_impossible_readings_from(data: dict[str, Any], names: DrugNames | None) -> None:
    """Leave out the other readings of assumptions that do not go with what was set, and say so."""
    content = "\n".join(lines(data)).encode()
    faults = examine(Found(content, NO_FILE), (), names).faults
    impossible = {int(match[1]) - 1 for fault in faults if (match := _OTHERWISE.match(fault.path))}
    for index, entry in entries(data, "assumptions"):
        if index in impossible:
            other = shown(entry.pop("otherwise"))
            entry["because"] += f" The other reading, {other}, does not fit what was set."
