"""From a course log's bytes to the log, or to everything that is wrong with the file.

How its file is held while it is added to, too: so is every file of a person's own.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from il2calc.errors import FaultyFile, Refused, RegimenError, as_typed
from il2calc.language import log_chain, log_keys, shelf
from il2calc.language.paths import FaultPlaces
from il2calc.model.effects import Amended, DoseKey, Effect, Given, Parted, Portion, Undone
from il2calc.model.log import EFFECTS, Entry, Form, Log
from il2calc.model.patient import Patient
from il2calc.text import safefile, shapes, yaml
from il2calc.text.shapes import Fault, Loc

Draft = Mapping[str, Any]
_BEGINS = "a course log begins with 'log: LABEL'"


def load(file: str | Path) -> Log:
    """The course log of a path.

    Raises:
        RegimenError: there is no such file, or it cannot be opened.
        FaultyFile: the file has faults; all of them are reported.
    """
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(safefile.MOST_OF_A_LOG + 1)
    except OSError as error:
        raise unreadable(file, error) from None
    return read(content, str(file))


def unreadable(file: str | Path, error: OSError) -> RegimenError:
    """What to say of a log that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        name = str(file)
        of_regimen = name in shelf.names()
        log, regimen = ("S-01.yaml", name) if of_regimen else (as_typed(name), "ID")
        what = "a regimen; to start its log" if of_regimen else "there is no such log; to start one"
        problem = f"{what}: {_start(log, regimen)}"
    else:
        problem = f"cannot be opened ({error.strerror}); check the path and its permissions"
    return RegimenError(str(file), None, "", problem)


def _start(log: str, regimen: str) -> str:
    """The command that begins a log."""
    return f"il2calc log start {log} --regimen {regimen} --start DATE"


def read(content: bytes, file: str) -> Log:
    """The course log that a file's bytes hold.

    Raises:
        FaultyFile: with every fault in it, in the order of the file.
    """
    log, faults = examine(content, file)
    if log is None:
        raise FaultyFile(faults)
    return log


def examine(
    content: bytes, file: str, before: Sequence[Entry] = ()
) -> tuple[Log | None, tuple[RegimenError, ...]]:
    """A course log, or every fault of its file in order.

    Args:
        before: entries that stand before the first of the content, cut out of it.
    """
    document = yaml.read(content, safefile.MOST_OF_A_LOG)
    places = FaultPlaces(file, document)
    if _is_empty(content):
        return None, places.errors([((), f"is empty; {_BEGINS}")])
    data = document.data
    if not isinstance(data, dict):
        return None, places.of_no_mapping(_BEGINS)
    if "log" not in data and not {"doses", "blocks"}.isdisjoint(data):
        regimen = f"is a regimen; to start its log: {_start('S-01.yaml', as_typed(file))}"
        return None, places.errors([((), regimen)])
    faults: list[Fault] = []
    draft = shapes.read(log_keys.log(), data, (), faults)
    entries = draft.get("entries", [])
    faults += _head_faults(data, draft)
    faults += _dose_faults(entries)
    faults += _record_faults(entries)
    broken = {loc[1] for loc, _ in faults if loc[:1] == ("entries",) and loc[1:]}
    whole = {index: entry for index, entry in enumerate(entries) if index not in broken}
    faults += _undo_faults(whole, data, before)
    if faults or document.faults:
        return None, places.errors(faults, document.faults)
    lines = [places.line(("entries", index)) for index in whole]
    numbers = range(len(before) + 1, len(before) + len(lines) + 1)
    log = _log(draft, file, tuple(map(_entry, entries, lines, numbers)))
    return replace(log, seal=log_chain.seal(log)), ()


def measures(file: str | Path) -> dict[str, Any]:
    """What a file of measures says of a patient, by the keys of a log.

    Raises:
        RegimenError: there is no such file, or it cannot be opened.
        FaultyFile: the file has faults; all of them are reported.
    """
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(safefile.MOST_BYTES + 1)
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); give a file of lines like 'weight: 70 kg'"
        raise RegimenError(str(file), None, "", problem) from None
    document = yaml.read(content)
    places = FaultPlaces(str(file), document)
    if _is_empty(content):
        raise FaultyFile(places.errors([((), "is empty; write lines like 'weight: 70 kg'")]))
    if not isinstance(document.data, dict):
        raise FaultyFile(places.of_no_mapping("write lines like 'weight: 70 kg'"))
    faults: list[Fault] = []
    found = shapes.read(log_keys.patient(), document.data, (), faults)
    faults += _excluded(document.data, ("height", "bsa-formula"))
    if faults or document.faults:
        raise FaultyFile(places.errors(faults, document.faults))
    return {key.replace("-", "_"): value for key, value in found.items()}


def _is_empty(content: bytes) -> bool:
    """Whether a file holds nothing but comments."""
    lines = map(bytes.strip, content.splitlines())
    return all(line.startswith(b"#") for line in lines if line)


def _excluded(data: Container[Any], keys: Iterable[str]) -> Iterator[Fault]:
    """Two ways to one body surface area; with a sex, a height is for an ideal weight."""
    for key in keys:
        if "bsa" in data and key in data and not (key == "height" and "sex" in data):
            yield (key,), "excludes 'bsa'; keep one way to get the body surface area"


def _head_faults(data: dict[str, yaml.Plain], draft: Draft) -> Iterator[Fault]:
    if "entries" in data and (last := next(reversed(data))) != "entries":
        problem = f"is where entries are added; move it below {last!r}, to the end of the file"
        yield ("entries",), problem
    yield from _excluded(data, ("height", "bsa_formula"))
    if "regimen_text" in draft and not _is_of(draft["regimen_text"], draft.get("sha256")):
        yield ("regimen_text",), _OTHER_TEXT


_OTHER_TEXT = "is not the file of this sha256; leave both as il2calc log wrote them"


def _is_of(text: bytes, digits: str | None) -> bool:
    return sha256(text).hexdigest() == digits


def _dose_faults(entries: list[Draft | None]) -> Iterator[Fault]:
    """A dose is named once in an entry, and what is said of a single one is said of one."""
    for index, entry in enumerate(entries):
        for key, form in EFFECTS.items():
            if entry is not None and key in entry:
                yield from _of_effect(form, entry[key], ("entries", index, key))


def _of_effect(form: Form, draft: Any, loc: Loc) -> Iterator[Fault]:
    if isinstance(draft, list):
        found: set[DoseKey] = set()
        for index, choice in enumerate(draft):
            doses = _doses(choice or {})
            if twice := [dose.number for dose in doses if dose in found]:
                problem = f"names dose {twice[0]} again; name each dose once"
                yield (*loc, index, "numbers"), problem
            found.update(doses)
    elif form.effect is Amended and {"text", "sha256"} <= draft.keys():
        if not _is_of(draft["text"], draft["sha256"]):
            yield (*loc, "text"), _OTHER_TEXT
    elif isinstance(draft, dict) and (count := len(_doses(draft))) > 1:
        for fact in form.facts:
            if fact.kind == "dose":
                yield (*loc, "numbers"), "names several doses; name the first one"
            elif fact.optional and fact.key in draft:
                yield (*loc, fact.key), f"is for {count} doses; give each an entry of its own"


def _record_faults(entries: list[Draft | None]) -> Iterator[Fault]:
    """What is recorded is of as many doses as were given, and agrees with what was said."""
    for index, entry in enumerate(entries):
        if entry is None or "recorded" not in entry:
            continue
        loc: Loc = ("entries", index, "recorded")
        said = entry.get("given", entry.get("part"))
        if said is None:
            yield loc, "is for doses that were given, and none was; remove it"
            continue
        found = _portions(entry["recorded"])
        choices = said if isinstance(said, list) else [said]
        count = sum(len(_doses(choice or {})) for choice in choices)
        if len(found) != count:
            yield loc, f"is for {len(found)} doses, but {count} were given; restore it"
        elif isinstance(said, dict):
            for fact in ("at", "amount"):
                if fact in said and said[fact] != getattr(found[0], fact):
                    yield loc, f"has another {fact} than 'given'; restore it"


def _portions(runs: Any) -> tuple[Portion, ...]:
    """What is recorded of each dose; nothing where some of it could not be read."""
    runs = runs if isinstance(runs, list) else [runs]
    whole = all(run is not None and {"amount", "route", "at"} <= run.keys() for run in runs)
    return tuple(portion for run in runs for portion in _run(run)) if whole else ()


def _run(run: Draft) -> Iterator[Portion]:
    """Amount, route and time of each dose of a run in turn."""
    step, again = timedelta(minutes=run.get("every", 0)), int(run.get("again", False))
    for place in range(run.get("doses", 1)):
        at = (run["at"] + place * step).replace(fold=again)
        yield Portion(run["amount"], run["route"], at)


def _doses(choice: Draft) -> tuple[DoseKey, ...]:
    """The doses of a mapping; none where it does not say which."""
    drug, turns = choice.get("drug", ""), choice.get("block", ())
    numbers = choice.get("numbers", ()) if drug else ()
    return tuple(DoseKey(turns, drug, choice.get("dose", drug), number) for number in numbers)


def _undo_faults(
    whole: Mapping[int, Draft], data: Mapping[str, Any], before: Sequence[Entry]
) -> Iterator[Fault]:
    """An undo names an earlier entry that still counts and is no undo itself.

    Args:
        whole: the entries that have no fault of their own.
        before: those that stand before them.
    """
    undone = {each.effect.entry: each.number for each in before if isinstance(each.effect, Undone)}
    undos = set(undone.values())
    for index, entry in whole.items():
        if "undo" not in entry:
            continue
        loc, number, target = ("entries", index, "undo"), len(before) + index + 1, entry["undo"]
        named = f"names entry {target}"
        if target >= number:
            yield loc, f"{named}, which is not before it; name an earlier one"
        elif target in undos or (
            target > len(before) and "undo" in _keys(data["entries"][target - len(before) - 1])
        ):
            yield loc, f"{named}, an undo; enter again what it had undone"
        elif target in undone:
            yield loc, f"{named}, which entry {undone[target]} has undone already"
        else:
            undone[target] = number


def _keys(data: yaml.Plain) -> Iterable[str]:
    return data if isinstance(data, dict) else ()


def _entry(draft: Draft, line: int, number: int) -> Entry:
    (key,) = EFFECTS.keys() & draft
    effect = _effect(EFFECTS[key], draft[key])
    if isinstance(effect, Given | Parted):
        effect = effect._replace(portions=_portions(draft.get("recorded", [])))
    kept = {key: draft[key] for key in ("reason", "as_of", "by", "hash") if key in draft}
    overridden = draft.get("override", False)
    return Entry(number, draft["entered"], effect, overridden=overridden, line=line, **kept)


def _effect(form: Form, draft: Any) -> Effect:
    said: dict[str, Any] = {fact.field: None for fact in form.facts if fact.optional}
    for fact in form.facts:
        if fact.of_doses:
            choices = draft if isinstance(draft, list) else [draft]
            doses = tuple(dose for choice in choices for dose in _doses(choice))
            said[fact.field] = doses if fact.kind == "doses" else doses[0]
        elif not fact.key:
            said[fact.field] = draft
        elif fact.key in draft:
            said[fact.field] = draft[fact.key]
    effect: Effect = form.effect(**said)
    return effect


_FIELDS = {"log": "subject", "percent": "percents", "tz": "zone", "regimen_text": "text"}
"""Keys of the head that the model calls otherwise."""


def _log(draft: Draft, file: str, entries: tuple[Entry, ...]) -> Log:
    body = {name: draft[key] for key, name in log_keys.BODY.items() if key in draft}
    kept = draft.keys() - {*log_keys.BODY, "set", "entries"}
    said = {_FIELDS.get(key, key): draft[key] for key in kept}
    settings = tuple(draft.get("set", {}).items())
    return Log(file=file, patient=Patient(**body), settings=settings, entries=entries, **said)


def held(stack: ExitStack, file: str | Path) -> safefile.Held:
    """A file of a person's own that is added to, held against every other writer.

    Raises:
        RegimenError: there is no such file.
        Refused: another program holds it, or it may not be written.
    """
    try:
        return stack.enter_context(safefile.held(Path(file)))
    except FileNotFoundError as error:
        raise unreadable(file, error) from None
    except safefile.Busy as error:
        raise Refused(f"{file}: {error.strerror}; nothing was entered, try again") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror}); nothing was entered"
        raise Refused(f"{problem}: check the path and its permissions") from None


def put(there: safefile.Held, content: bytes, file: str | Path) -> None:
    """Write a file that is held.

    Raises:
        Refused: it was changed in the meantime, or cannot be written; it is as it was.
    """
    try:
        there.replace(content)
    except safefile.Changed:
        problem = "was changed by another program in the meantime; nothing was entered"
        raise Refused(f"{file} {problem}: check it and try again") from None
    except safefile.Linked as error:
        problem = f"{file} is not written: {error.strerror}"
        raise Refused(f"{problem}; copy it, and continue only with the copy") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror}); it is as it was"
        raise Refused(f"{problem}: free some space, or check its folder, and try again") from None
