"""The sources and assumptions behind each value of a file, and the reviews of the file.

A value rests on its nearest source, on the assumptions about it, or on a `--set`. The assumptions
are given with the arms that each applies to and the option for its other reading.

A review is bound to a file by the SHA-256 of the file's canonical form 1, in UTF-8: a JSON object,
with sorted keys and no white space, of everything but `reviews` and `reviewed_by`. Every value is
its text, with one space for each run of white space. Comments, the order of keys, layout, quotes
and line ends do not matter; the order of lists does, and so does how a number is written.

Reviews of a user's own file are in its key `reviews`. Those of shipped regimens are, by their ids,
in `reviews.yaml` in the user's library folder: nothing in the installation is edited.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from il2calc.errors import FaultyFile, Refused, as_typed, nearest
from il2calc.language.paths import (
    FaultLocator,
    dotted,
    entries,
    find,
    holds,
    leaves,
    settable,
    suggestion,
    value_at,
)
from il2calc.language.regimen_keys import NAME, REVIEW, REVIEWS
from il2calc.language.shelf import LIBRARY_REVIEWS, FileContent, open_file, shipped
from il2calc.model.evidence import Assumption, Half, Provenance, Review, option_text
from il2calc.model.regimen import Regimen, Setting
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc, Named, Record, read

NO_SOURCE = "has no source; add 'source: key, locator'"


class Fact(NamedTuple):
    """A value that needs a source or an assumption: its key, its half, its nearest sources."""

    key: str
    half: Half | None
    sources: tuple[str, ...]


class Evidence:
    """Gives the provenance of values, and collects a fault for each value that has none.

    Args:
        assumed: what could be read of the file's assumptions.
        settings: what the user set; such a value has neither source nor assumption.
    """

    def __init__(
        self, assumed: Iterable[dict[str, Any] | None], settings: Iterable[Setting]
    ) -> None:
        self.abouts = [(entry or {}).get("about") for entry in assumed]
        self.settings = {setting.path for setting in settings}
        self.faults: list[Fault] = []

    def of(self, path: str, fact: Fact) -> Provenance:
        """The provenance of a fact of the mapping at a dotted path."""
        path = f"{path}.{fact.key}" if path else fact.key
        if path in self.settings:
            return Provenance(was_set=True, half=fact.half)
        numbers = tuple(
            number for number, about in enumerate(self.abouts, 1) if about and _covers(about, path)
        )
        return Provenance(() if numbers else fact.sources, numbers, half=fact.half)

    def of_facts(self, path: str, facts: Iterable[Fact], loc: Loc) -> dict[str, Provenance]:
        """The provenance of facts of a mapping, by key; those without any are a fault at `loc`."""
        provenance = {fact.key: self.of(path, fact) for fact in facts}
        missing = [
            key
            for key, basis in provenance.items()
            if not (basis.sources or basis.assumptions or basis.was_set)
        ]
        if missing:
            listed = f"{', '.join(missing[:-1])} and {missing[-1]}" if missing[1:] else missing[0]
            verb = "have" if missing[1:] else "has"
            problem = f"{listed} {verb} neither source nor assumption; add 'source: key, locator'"
            self.faults.append((loc, problem))
        return provenance


def _covers(about: str, path: str) -> bool:
    return path == about or path.startswith((f"{about}.", f"{about}["))


def citation_faults(data: Any) -> Iterator[Fault]:
    """A fault for every citation whose key is not in the file's `sources`, if it has any."""
    sources = data.get("sources")
    keys = list(sources) if isinstance(sources, dict) else []
    for loc in leaves(data) if keys else ():
        text = value_at(data, loc) if "source" in loc[-2:] else ""
        for part in text.split(";") if isinstance(text, str) else ():
            key = part.split(",")[0].strip()
            if part.strip() and key not in keys:
                guess = nearest(key, keys)
                hint = f"did you mean {guess!r}?" if guess else f"known: {', '.join(keys)}"
                yield loc, f"cites {key!r}, which is not among the sources; {hint}"


def about_faults(data: Any) -> Iterator[Fault]:
    """A fault for every assumption about a path that neither exists nor can be set."""
    all_paths = settable(data)
    for index, entry in entries(data, "assumptions"):
        about = entry.get("about")
        if not isinstance(about, str) or not about or not all_paths or about in all_paths:
            continue
        loc = find(data, about)
        if loc is None or dotted(data, loc) != about or _is_list_entry(loc):
            problem = f"{about!r} is not a path in this file; {suggestion(about, all_paths)}"
            yield ("assumptions", index, "about"), problem


def _is_list_entry(loc: Loc) -> bool:
    """Whether a location is an entry of a list other than `doses` and `blocks`, such as a day."""
    return isinstance(loc[-1], int) and loc[-2] not in ("blocks", "doses")


def assumptions(
    data: Any, draft: dict[str, Any], arms: tuple[str, ...], was_set: Container[str]
) -> Iterator[Assumption]:
    """The assumptions of a file, numbered in the order of the file.

    Args:
        data: the plain data of the whole file.
        draft: what could be read of it.
        arms: the names of all arms of the file.
        was_set: the paths of values that were set.
    """
    for number, entry in enumerate(draft.get("assumptions", ()), 1):
        fields = {"about": "", "text": "", "because": "", **(entry or {})}
        about, otherwise = fields["about"], fields.get("otherwise")
        fields["source"] = "; ".join(fields.get("source", ())) or None
        yield Assumption(
            number=number,
            **fields,
            arms=_arms_of(about, data, draft, arms),
            was_set=about in was_set,
            setting=option_text(about, otherwise) if otherwise else None,
        )


def _arms_of(about: str, data: Any, draft: Any, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The arms in which the value that an assumption is about exists; None = all."""
    holder = about
    while holder and find(data, holder) is None:
        holder = holder.rpartition(".")[0]
    arms: tuple[str, ...] | None = None
    for step in find(data, holder) or ():
        draft = draft[step] if holds(draft, step) else {}
        if isinstance(draft, dict) and isinstance(draft.get("arm"), tuple):
            entry_arms = draft["arm"]
            arms = entry_arms if arms is None else tuple(arm for arm in arms if arm in entry_arms)
        if isinstance(step, str) and step in names:
            arms = (step,)
    return arms


FORM = 1
"""The number of the canonical form."""

FILE = Record("a file of reviews", {"reviews": Named(NAME, REVIEWS)}, ("reviews",))
_NOT_HASHED = ("reviews", "reviewed_by")
_HEAD = "# Reviews of regimens that ship with il2calc, by their ids; written by: il2calc sign\n"
_MOST_LINES_AFTER = 20
"""How many lines after the last value of a list its end is looked for."""


def content_hash(content: bytes) -> str:
    """The SHA-256 of the canonical form of a file; its reviews do not change it."""
    data = yaml.read(content).data
    assert isinstance(data, dict), "a regimen was read from it"
    hashed = {key: value for key, value in data.items() if key not in _NOT_HASHED}
    canonical = {"form": str(FORM), "file": hashed}
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def with_checked_reviews(regimen: Regimen, file: FileContent, folder: Path | None) -> Regimen:
    """A regimen with its reviews, each marked with whether it is of the file's present content.

    Args:
        file: the file that it was read from.
        folder: the user's library folder, which may hold reviews of shipped regimens.

    Raises:
        FaultyFile: the file of reviews has faults; all of them are reported.
    """
    reviews = regimen.reviews
    library_reviews = None if folder is None else folder / LIBRARY_REVIEWS
    if file.origin.shipped and library_reviews is not None and library_reviews.exists():
        shipped_reviews, error = read_reviews(open_file(str(library_reviews)))
        if error is not None:
            raise error
        reviews += shipped_reviews.get(regimen.id, ())
    if not reviews:
        return regimen
    digest = content_hash(file.content)
    checked = tuple(review._replace(holds=review.content_sha256 == digest) for review in reviews)
    return replace(regimen, reviews=checked)


def read_reviews(file: FileContent) -> tuple[dict[str, tuple[Review, ...]], FaultyFile | None]:
    """The reviews in a library folder's file, by the id of their regimen; or its faults."""
    document = yaml.read(file.content)
    locator = FaultLocator(file.origin.file, document)
    if not isinstance(document.data, dict):
        return {}, FaultyFile(locator.not_a_mapping("a file of reviews begins with 'reviews:'"))
    faults: list[Fault] = []
    draft: Any = read(FILE, document.data, (), faults)
    if errors := locator.errors(faults, document.faults):
        return {}, FaultyFile(errors)
    reviews = draft["reviews"].items()
    return {name: tuple(Review(**entry) for entry in entries) for name, entries in reviews}, None


def sign(regimen: Regimen, file: FileContent, folder: Path | None, review: Review) -> Path:
    """Write a review of the present content of a file, and return the path of the file written.

    Args:
        review: the reviewer and the day; the hash of the content is filled in here.

    Raises:
        Refused: the same person has already signed this content, there is no place for a review,
            or the file cannot be written. Nothing was changed.
        FaultyFile: the file of reviews has faults.
    """
    review = review._replace(content_sha256=content_hash(file.content), holds=True)
    signature = (review.name, review.role, review.content_sha256)
    for earlier in regimen.reviews:
        if signature == (earlier.name, earlier.role, earlier.content_sha256):
            problem = f"{review.name} ({review.role}) has already signed what {regimen.id} says now"
            raise Refused(f"{problem}, on {earlier.on}; there is nothing to add")
    path, loc = _place(regimen, file, folder)
    if file.origin.shipped and not path.exists():
        _create_file(path, regimen.id, review)
        return path
    from il2calc.language.log_file import lock_file, replace_locked

    with ExitStack() as stack:
        held_file = lock_file(stack, path)
        replace_locked(held_file, _with_review(held_file.content, path, loc, review), path)
    return path


def _place(regimen: Regimen, file: FileContent, folder: Path | None) -> tuple[Path, Loc]:
    """Where a review is written: the user's own file, or that of the library folder; the list."""
    if file.origin.file == "<stdin>":
        raise Refused("a review cannot be added to standard input; sign a file")
    path = Path(file.origin.file)
    if not path.resolve().is_relative_to(shipped().resolve()):
        return path, ("reviews",)
    problem = f"{regimen.id} ships with il2calc, and the installation is not edited"
    if not file.origin.shipped:
        command = f"il2calc sign {as_typed(regimen.id)} --name NAME --role ROLE --library DIR"
        raise Refused(f"{problem}; sign it by its id: {command}")
    if folder is None or folder.resolve() == shipped().resolve():
        raise Refused(f"{problem}; give a folder of your own for the review: --library DIR")
    return folder / LIBRARY_REVIEWS, ("reviews", regimen.id)


def _review_lines(review: Review, indent: str) -> Iterator[str]:
    """The lines of a review as an entry of a YAML list, with name and role quoted."""
    for number, (key, text) in enumerate(_review_data(review).items()):
        value = json.dumps(text, ensure_ascii=False) if key in ("name", "role") else text
        yield f"{indent}{'  ' if number else '- '}{key}: {value}"


def _review_data(review: Review) -> dict[str, str]:
    return {key: str(getattr(review, key)) for key in REVIEW.keys}


def _create_file(path: Path, name: str, review: Review) -> None:
    from il2calc.text import safefile

    lines = ["reviews:", f"  {name}:", *_review_lines(review, "    ")]
    content = _HEAD + "".join(f"{line}\n" for line in lines)
    try:
        safefile.create(path, [content.encode()])
    except FileExistsError:
        raise Refused(f"{path} was created by another program; try again") from None
    except OSError as error:
        problem = f"{path} cannot be written ({error.strerror}); nothing was signed"
        raise Refused(f"{problem}: give a folder that exists, has space and is writable") from None


def _with_review(content: bytes, path: Path, loc: Loc, review: Review) -> bytes:
    """The bytes of a file with one review added and every other byte unchanged.

    The review is inserted at the end of the list: after the first line at which the file then reads
    back as the old data with the new review.

    Raises:
        Refused: there is no such line.
    """
    document = yaml.read(content)
    expected: Any = yaml.read(content).data
    *above, last = loc
    holder = expected
    for step in above:
        holder = holder.setdefault(step, {})
    holder.setdefault(last, []).append(_review_data(review))
    lines = content.splitlines(keepends=True)
    end = b"\r\n" if b"\r\n" in content else b"\n"
    new, after = _new_lines(document, lines, loc, review)
    for position in range(after, min(after + _MOST_LINES_AFTER, len(lines)) + 1):
        before, rest = b"".join(lines[:position]), b"".join(lines[position:])
        gap = b"" if before.endswith(b"\n") else end
        result = before + gap + b"".join(line.encode() + end for line in new) + rest
        read_back = yaml.read(result)
        if not read_back.faults and read_back.data == expected:
            return result
    entry = "; ".join(line.strip() for line in new)
    raise Refused(f"{path} has no place for a list of reviews; write it by hand: {entry}")


def _new_lines(
    document: yaml.Document, lines: list[bytes], place: Loc, review: Review
) -> tuple[list[str], int]:
    """The lines to add to a file, and the earliest of its lines that they may follow."""
    existing = place
    while existing not in document.lines:
        existing = existing[:-1]
    if not existing:
        return ["reviews:", *_review_lines(review, "  ")], len(lines)
    last = max(line for loc, line in document.lines.items() if loc[: len(existing)] == existing)
    if existing == place:
        first = lines[document.line((*existing, 0)) - 1]
        return [*_review_lines(review, _indent(first))], last
    names = [line for loc, line in document.lines.items() if loc[:-2] == existing]
    indent = _indent(lines[min(names) - 1])
    return [f"{indent}{place[-1]}:", *_review_lines(review, f"{indent}  ")], last


def _indent(line: bytes) -> str:
    return " " * (len(line) - len(line.lstrip(b" ")))
