"""Write a regimen file as YAML that a person can read and edit, with `--set` values kept in it.

A value that was set no longer has a source. It becomes an assumption that says from which file the
new one was made, what the value was there and, if it was assumed, why.
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
from il2calc.language.shelf import FileContent
from il2calc.model.evidence import NO_FILE
from il2calc.text import yaml
from il2calc.text.shapes import Loc
from il2calc.text.values import as_written

if TYPE_CHECKING:
    from il2calc.language.drug_names import DrugNames

_PLAIN = re.compile(r"-?[0-9].*|[A-Za-z].*")
_SPECIAL = re.compile(r": |:$| #|[ :]$|[\u0080-\u009f\u2028\u2029]")
_FLOW_SIGNS = re.compile(r"[,\[\]{}]")
_LONGEST_FLOW = 100
_OTHERWISE = re.compile(r"assumptions\[([0-9]+)\]\.otherwise")


def scalar(text: str, *, flow: bool = False) -> str:
    """A value as YAML: unquoted if it cannot be read as anything else, else in quotes.

    Args:
        flow: whether it is within brackets or braces.

    >>> scalar("72_000 IU/kg"), scalar("a: b"), scalar("a, b", flow=True)
    ('72_000 IU/kg', '"a: b"', '"a, b"')
    """
    plain = _PLAIN.fullmatch(text) and not _SPECIAL.search(text)
    if plain and not (flow and _FLOW_SIGNS.search(text)):
        return text
    return json.dumps(text, ensure_ascii=False)


def lines(data: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a file: short mappings on one line, lists of plain values in brackets."""
    for index, (key, value) in enumerate(data.items()):
        if index and (isinstance(value, dict) or _is_list_of_mappings(value)):
            yield ""
        if isinstance(value, dict) and value:
            yield f"{scalar(key)}:"
            yield from _mapping(value, "  ")
        else:
            yield from _entry(key, value, "")


def _mapping(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry(key, value, indent)


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    head = f"{indent}{scalar(key)}:"
    if isinstance(value, str):
        yield f"{head} {scalar(value)}"
    elif _is_list_of_mappings(value):
        yield head
        for item in value:
            first, *rest = _mapping(item, f"{indent}    ")
            yield f"{indent}  - {first.lstrip()}"
            yield from rest
    elif isinstance(value, dict) and len(head) + len(_flow(value)) >= _LONGEST_FLOW:
        yield head
        yield from _mapping(value, f"{indent}  ")
    else:
        yield f"{head} {_flow(value)}"


def _is_list_of_mappings(value: Any) -> bool:
    """Whether a value is a list of mappings, none of them empty."""
    is_list = isinstance(value, list) and bool(value)
    return is_list and all(isinstance(item, dict) and item for item in value)


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        inner = (f"{scalar(key, flow=True)}: {_flow(item)}" for key, item in value.items())
        return f"{{{', '.join(inner)}}}"
    return scalar(value, flow=True)


def assumption(about: str, text: str, because: str, otherwise: Any = None) -> dict[str, Any]:
    """An assumption as plain data; without the key `otherwise` if that is None."""
    record = {"about": about, "text": text, "because": because, "otherwise": otherwise}
    return {key: value for key, value in record.items() if value is not None}


def lines_with_settings(
    file: FileContent,
    settings: Iterable[tuple[str, str]] = (),
    arm: str | None = None,
    *,
    name: str | None = None,
    names: DrugNames | None = None,
) -> Iterator[str]:
    """The lines of a new file: the old one, free of faults, with settings as its own values.

    Args:
        settings: the path and the new text of each value to change.
        arm: the default arm of the new file; None = that of the old one.
        name: the name of the regimen in the new file; None = that of the old one.
        names: of the drugs with a monograph.

    Raises:
        FaultyFile: settings name no value of the file that can be set.
    """
    data = yaml.read(file.content).data
    assert isinstance(data, dict)
    origin = f"{data['regimen']}, version {data['version']}"
    before = paths.facts(data)
    applied = paths.apply(data, settings)
    for loc, setting in applied.items():
        _assume(data, setting.path, value_at(data, loc), before.get(setting.path), origin)
    _drop_citations(data, applied)
    if arm is not None:
        _assume(data, "default_arm", arm, data.get("default_arm"), origin)
        data["default_arm"] = arm
    if applied or arm is not None:
        data.pop("reviewed_by", None)
    if name is not None:
        data["regimen"] = name
    _drop_impossible_readings(data, names)
    return lines({key: data[key] for key in REGIMEN.keys if key in data})


def _assume(data: dict[str, Any], about: str, new: Any, old: Any, origin: str) -> None:
    """Add the assumption that a value was set, in place of all others about it."""
    other = old if old != new else None
    text = f"Read as {as_written(new)}{'' if other is None else f', not as {as_written(other)}'}."
    because = f"Set when this file was made from {origin}"
    assumptions = data.setdefault("assumptions", [])
    replaced = [entry for entry in assumptions if entry["about"] == about]
    if not replaced:
        because += ", which does not say it." if old is None else f", which says {as_written(old)}."
        assumptions.append(assumption(about, text, because, other))
        return
    for entry in replaced:
        because += f", which assumed: {entry['text']} Because: {entry['because']}"
        because += f" [{entry['source']}]" if "source" in entry else ""
    replaced[0].clear()
    replaced[0].update(assumption(about, text, because, other))
    assumptions[:] = [entry for entry in assumptions if entry not in replaced[1:]]


def _drop_citations(data: dict[str, Any], applied: Collection[Loc]) -> None:
    for *above, key in applied:
        holder = value_at(data, above)
        source = holder.get("source")
        if isinstance(source, dict):
            source.pop(key, None)
            if not source:
                del holder["source"]
        elif source is not None and above and above[-1] in ("repeat", "amount"):
            facts = fact_keys(BLOCK_REPEAT) if above[-1] == "repeat" else holder.keys()
            remaining = {fact for fact in facts if fact in holder and (*above, fact) not in applied}
            if not remaining - {"source"}:
                del holder["source"]


def _drop_impossible_readings(data: dict[str, Any], names: DrugNames | None) -> None:
    """Remove other readings of assumptions that do not fit what was set, and say so in them."""
    content = "\n".join(lines(data)).encode()
    faults = examine(FileContent(content, NO_FILE), (), names).faults
    impossible = {int(match[1]) - 1 for fault in faults if (match := _OTHERWISE.match(fault.path))}
    for index, entry in entries(data, "assumptions"):
        if index in impossible:
            reading = as_written(entry.pop("otherwise"))
            entry["because"] += f" The other reading, {reading}, does not fit what was set."
