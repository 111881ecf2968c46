"""Course logs on the disk: begun once, added to at the end, and nothing ever lost.

A log is never written anew from what was read: an entry is added as text to the text that stands
there, so that comments and layout of a person stay. What would be written is read first, and is
not written unless it says exactly what was meant. What stood there was read to be added to, and is
not read again: the head, the last entry of it and what comes after are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from il2calc.errors import FaultyFile, Refused, printable
from il2calc.language import log_chain
from il2calc.language.log_file import examine, read, unreadable
from il2calc.language.log_text import document, entry, in_order
from il2calc.model.effects import Given
from il2calc.model.log import Entry, Log, form_of
from il2calc.text import safefile, values
from il2calc.text.safefile import MOST_OF_A_LOG

_LIST = re.compile(rb"entries *:")
_DASH = re.compile(rb"( *)- ")


def start(file: str | Path, log: Log) -> Log:
    """Begin a log; of two at once exactly one does.

    Raises:
        Refused: there is a file already, it cannot be written, or would not say what was meant.
    """
    meant = replace(
        log,
        file=str(file),
        settings=tuple((path, _on_one_line(value)) for path, value in log.settings),
        facts={path: _on_one_line(value) for path, value in log.facts.items()},
    )
    meant = replace(meant, entries=log_chain.chained(replace(meant, entries=()), meant.entries))
    content = "".join(f"{line}\n" for line in document(meant)).encode()
    begun = _read_back(content, meant, "give what a log can hold")
    try:
        safefile.create(Path(file), [content])
    except FileExistsError:
        raise Refused(f"{file} is there already; give the log another name") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror}); nothing was begun"
        raise Refused(f"{problem}: give a folder that exists, has room and is yours") from None
    return begun


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def edit(file: str | Path, decide: Callable[[Log], Sequence[Entry]]) -> Log:
    """Add the entries that a decision about the present log calls for, and return the new log.

    The log is held from reading to writing, so that of two writers each decides about what the
    other has written. Entries are numbered here.

    Raises:
        RegimenError: there is no such log.
        FaultyFile: it has faults.
        Refused: another program holds or changes it, it cannot be written, or the entry cannot be
            added; the file is as it was. Also what `decide` refuses.
    """
    with ExitStack() as stack:
        there = held(stack, file)
        log = read(there.content, str(file))
        added = log_chain.chained(log, _numbered(log, decide(log)))
        if not added:
            return log
        content = _added(there.content, log, added)
        if len(content) > MOST_OF_A_LOG:
            raise Refused(
                f"{log.file} is full: with this in it it is larger than {MOST_OF_A_LOG:,} bytes, "
                f"the most of a log (entries: {len(log.entries):,}); nothing was entered. Keep it "
                "as it is, and go on in a log of what is still to come (il2calc log start)"
            )
        meant = replace(log, entries=(*log.entries, *added))
        new = _by_its_end(content, log, meant)
        if new is None:
            new = _read_back(content, meant, "end the file with 'entries:' and its '- ' lines")
        put(there, content, file)
        return new


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
        Refused: it was changed meanwhile, or cannot be written; it is as it was.
    """
    try:
        there.replace(content)
    except safefile.Changed:
        problem = "was changed by another program meanwhile; nothing was entered"
        raise Refused(f"{file} {problem}: look at it and try again") from None
    except safefile.Linked as error:
        problem = f"{file} is not written: {error.strerror}"
        raise Refused(f"{problem}; copy it, and go on with the copy alone") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror}); it is as it was"
        raise Refused(f"{problem}: make room, or check its folder, and try again") from None


def _numbered(log: Log, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    first = len(log.entries) + 1
    return tuple(
        _as_written(entry)._replace(number=number) for number, entry in enumerate(entries, first)
    )


def _as_written(entry: Entry) -> Entry:
    """An entry as the file will say it: one line of reason, doses in order.

    Raises:
        Refused: a reason that cannot stand in a log.
    """
    effect, reason = entry.effect, entry.reason
    _, form = form_of(effect)
    if isinstance(effect, Given) and effect.portions:
        recorded = dict(zip(effect.doses, effect.portions, strict=True))
        ordered = tuple(recorded[key] for key in in_order(effect.doses))
        effect = effect._replace(portions=ordered)
    doses = {fact.field for fact in form.facts if fact.kind == "doses"}
    effect = form.effect._replace(
        effect, **{field: in_order(getattr(effect, field)) for field in doses}
    )
    if reason is not None:
        reason = " ".join(reason.split())
        try:
            values.text(reason)
        except ValueError as error:
            raise Refused(f"the reason {error}") from None
        if not printable(reason):
            raise Refused("the reason holds a control or invisible character; remove it")
    return entry._replace(effect=effect, reason=reason)


def _added(content: bytes, log: Log, entries: Iterable[Entry]) -> bytes:
    """The text of a log with entries at its end, in its own line ends and indentation."""
    end = b"\r\n" if b"\r\n" in content else b"\n"
    there = content.splitlines()
    dash = _DASH.match(there[(log.entries[-1].line or 1) - 1]) if log.entries else None
    indent = dash[1].decode() if dash else "  "
    lines = [] if any(map(_LIST.match, there)) else ["entries:"]
    lines += [line for each in entries for line in entry(each, indent)]
    more = b"".join(line.encode() + end for line in lines)
    return content + (b"" if content.endswith(b"\n") else end) + more


def _read_back(content: bytes, meant: Log, hint: str) -> Log:
    """The log that a text holds, which must be the one that is meant.

    Raises:
        Refused: it is not.
    """
    try:
        found = read(content, meant.file)
    except FaultyFile as error:
        fault = error.faults[0]
        said = ": ".join(part for part in (fault.path, fault.problem) if part)
        raise Refused(f"{meant.file} could not be read with this in it ({said}); {hint}") from None
    if _unplaced(found) != _unplaced(meant):
        raise Refused(f"{meant.file} would not say what is meant with this in it; {hint}")
    return found


def _by_its_end(content: bytes, log: Log, meant: Log) -> Log | None:
    """The log that a text holds, judged by its end; None where that cannot say.

    Before the last entry that stood there a reader is in the list of entries and in nothing else,
    for that entry begins with its dash on a line of its own. It comes to the same place where the
    entries before are cut out, and from there on reads the same. What was added could change the
    last entry at most, and that is read again with it.

    Args:
        content: the text of `log`, and what was added to it.
    """
    lines = content.splitlines(keepends=True)
    begins = next(place for place, line in enumerate(lines) if _LIST.match(line))
    last = (log.entries[-1].line or 1) - 1 if log.entries else begins
    if last <= begins or not _DASH.match(lines[last]):
        return None
    end = b"".join((*lines[: begins + 1], *lines[last:]))
    found, _ = examine(end, log.file, log.entries[:-1])
    kept = len(log.entries) - 1
    if found is None or _unplaced(found) != _unplaced(replace(meant, entries=meant.entries[kept:])):
        return None
    more = [each._replace(line=(each.line or 1) + last - begins - 1) for each in found.entries[1:]]
    seal = log_chain.sealed_on(log, more)
    return replace(log, entries=(*log.entries, *more), seal=seal)


def _unplaced(log: Log) -> Log:
    return replace(log, entries=tuple(entry._replace(line=None) for entry in log.entries))
