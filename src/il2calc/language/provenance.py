"""What a file rests on: the sources and assumptions of each value, and who has reviewed all of it.

A value rests on its nearest source, on the assumptions about it, or on a `--set`. What a file
assumes, in which arms, and the option that gives each other reading.

A review is bound to what a file says by the SHA-256 of its canonical form 1, in UTF-8: a JSON
object, its keys in order, without white space, of everything that stands in the file but `reviews`
and `reviewed_by`. Every value is the text that stands there, with one space for each run of white
space. Comments, the order of keys, layout, quotes and line ends do not count; the order of lists
does, and so does how a number is written.

Reviews of a user's own file stand in its key `reviews`. Those of what ships stand in `reviews.yaml`
of the user's library folder, by the id of the regimen, for nothing in the installation is edited.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from il2calc.errors import FaultyFile, Refused, as_typed, nearest
from il2calc.language.paths import FaultPlaces, dotted, entries, find, holds, settable, suggestion
from il2calc.language.regimen_keys import NAME, REVIEW, REVIEWS
from il2calc.language.shelf import LIBRARY_REVIEWS, Found, open_file, shipped
from il2calc.model.evidence import Assumption, Half, Provenance, Review, option_text
from il2calc.model.regimen import Regimen, Setting
from il2calc.text import yaml
from il2calc.text.shapes import Fault, Loc, Named, Record, read


class Fact(NamedTuple):
    """A value of a file that must rest on something: its key, its half, what it inherits."""

    key: str
    half: Half | None
    sources: tuple[str, ...]


class Evidence:
    """Answers what a value rests on, and collects the values that rest on nothing.

    Args:
        abouts: number and path of each assumption.
        settings: what the user read otherwise; such a value has neither source nor assumption.
    """

    def __init__(self, abouts: Iterable[tuple[int, str]], settings: Iterable[Setting]) -> None:
        self.abouts = tuple(abouts)
        self.settings = {setting.path for setting in settings}
        self.faults: list[Fault] = []

    def of(self, path: str, fact: Fact) -> Provenance:
        """What a fact rests on, within the mapping at a dotted path."""
        path = f"{path}.{fact.key}" if path else fact.key
        if path in self.settings:
            return Provenance(was_set=True, half=fact.half)
        numbers = tuple(number for number, about in self.abouts if _covers(about, path))
        return Provenance(() if numbers else fact.sources, numbers, half=fact.half)

    def of_facts(self, path: str, facts: Iterable[Fact], loc: Loc) -> dict[str, Provenance]:
        """The provenance of several facts of one mapping, by their keys."""
        provenance = {fact.key: self.of(path, fact) for fact in facts}
        bare = [
            key
            for key, behind in provenance.items()
            if not (behind.sources or behind.assumptions or behind.was_set)
        ]
        if bare:
            listed = f"{', '.join(bare[:-1])} and {bare[-1]}" if bare[1:] else bare[0]
            have = "have" if bare[1:] else "has"
            problem = f"{listed} {have} neither source nor assumption; add 'source: key, locator'"
            self.faults.append((loc, problem))
        return provenance


def _covers(about: str, path: str) -> bool:
    return path == about or path.startswith((f"{about}.", f"{about}["))


def citation_faults(data: Any) -> Iterator[Fault]:
    """A fault for every citation whose key is not among the file's `sources`, where it has any."""
    sources = data.get("sources")
    keys = list(sources) if isinstance(sources, dict) else []
    for loc, text in _citations(data, ()):
        for part in filter(None, (piece.strip() for piece in text.split(";"))):
            key = part.split(",")[0].strip()
            if keys and key not in keys:
                guess = nearest(key, keys)
                known = f"did you mean {guess!r}?" if guess else f"known: {', '.join(keys)}"
                yield loc, f"cites {key!r}, which is not among the sources; {known}"


def _citations(data: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    for key, value in items:
        if key == "source" and isinstance(value, str):
            yield (*loc, key), value
        elif key == "source" and isinstance(value, dict):
            yield from (((*loc, key, k), v) for k, v in value.items() if isinstance(v, str))
        else:
            yield from _citations(value, (*loc, key))


def about_faults(data: Any) -> Iterator[Fault]:
    """A fault for every assumption about a path that neither exists nor could stand there."""
    known: set[str] | None = None
    for index, entry in entries(data, "assumptions"):
        about = entry.get("about")
        if not isinstance(about, str) or not about:
            continue
        loc = find(data, about)
        if loc is not None and dotted(data, loc) == about and not _within_a_value(loc):
            continue
        known = set(settable(data)) if known is None else known
        if known and about not in known:
            problem = f"{about!r} is not a path in this file; {suggestion(data, about)}"
            yield ("assumptions", index, "about"), problem


def _within_a_value(loc: Loc) -> bool:
    """Whether a location is one entry of a list of days, times or the like."""
    return isinstance(loc[-1], int) and loc[-2] not in ("blocks", "doses")


def assumptions(
    data: Any, draft: dict[str, Any], arms: tuple[str, ...], was_set: Container[str]
) -> Iterator[Assumption]:
    """The assumptions of a file, numbered in its order.

    Args:
        data: the plain data of the whole file.
        draft: what could be read of it.
        arms: the arms that the file names.
        was_set: paths of the values that were read otherwise.
    """
    for number, entry in enumerate(draft.get("assumptions", ()), 1):
        each = {"about": "", "text": "", "because": "", **(entry or {})}
        about, otherwise = each["about"], each.get("otherwise")
        each["source"] = "; ".join(each.get("source", ())) or None
        yield Assumption(
            number=number,
            **each,
            arms=_arms_of(about, data, draft, arms),
            was_set=about in was_set,
            setting=option_text(about, otherwise) if otherwise else None,
        )


def _arms_of(about: str, data: Any, draft: Any, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The arms in which what an assumption is about exists; None = all."""
    holder = about
    while holder and find(data, holder) is None:
        holder = holder.rpartition(".")[0]
    arms: tuple[str, ...] | None = None
    for step in find(data, holder) or ():
        draft = draft[step] if holds(draft, step) else {}
        if isinstance(draft, dict) and isinstance(draft.get("arm"), tuple):
            inside = draft["arm"]
            arms = inside if arms is None else tuple(arm for arm in arms if arm in inside)
        if isinstance(step, str) and step in names:
            arms = (step,)
    return arms


FORM = 1
"""The number of the canonical form."""

FILE = Record("a file of reviews", {"reviews": Named(NAME, REVIEWS)}, ("reviews",))
_NO_MEANING = ("reviews", "reviewed_by")
_HEAD = "# Reviews of regimens that ship with il2calc, by their ids; written by: il2calc sign\n"
_FURTHEST = 20
"""How many lines after the last known one of a list its end is looked for."""


def content_hash(content: bytes) -> str:
    """The SHA-256 of what a file says, whoever has reviewed it."""
    data = yaml.read(content).data
    assert isinstance(data, dict), "a regimen was read from it"
    said = {key: value for key, value in data.items() if key not in _NO_MEANING}
    canonical = {"form": str(FORM), "file": said}
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def judged(regimen: Regimen, found: Found, folder: Path | None) -> Regimen:
    """A regimen with its reviews, each held against what the file says now.

    Args:
        found: the file that it was read from.
        folder: the user's own library, which may hold reviews of what ships.

    Raises:
        FaultyFile: the file of reviews has faults; all of them are told.
    """
    said = regimen.reviews
    beside = None if folder is None else folder / LIBRARY_REVIEWS
    if found.origin.shipped and beside is not None and beside.exists():
        reviews, faulty = examine(open_file(str(beside)))
        if faulty is not None:
            raise faulty
        said += reviews.get(regimen.id, ())
    if not said:
        return regimen
    now = content_hash(found.content)
    held = tuple(review._replace(holds=review.content_sha256 == now) for review in said)
    return replace(regimen, reviews=held)


def examine(found: Found) -> tuple[dict[str, tuple[Review, ...]], FaultyFile | None]:
    """The reviews in a file of a library folder by the id of their regimen, or all its faults."""
    document = yaml.read(found.content)
    faults: list[Fault] = []
    draft: Any = {}
    if document.data is not None:
        draft = read(FILE, document.data, (), faults)
    if told := FaultPlaces(found.origin.file, document).errors(faults, document.faults):
        return {}, FaultyFile(told)
    reviews = draft["reviews"].items()
    return {name: tuple(Review(**entry) for entry in entries) for name, entries in reviews}, None


class _Place(NamedTuple):
    """Where a review is written: a file, and the list in it."""

    path: Path
    loc: Loc


def sign(regimen: Regimen, found: Found, folder: Path | None, review: Review) -> Path:
    """Write down a review of what a file says now, and say in which file it stands.

    Args:
        review: by whom and on which day; which content it is of is put in here.

    Raises:
        Refused: the same person has signed this content; there is no place for it, or the file
            cannot be written. Nothing was changed.
        FaultyFile: the file of reviews has faults.
    """
    review = review._replace(content_sha256=content_hash(found.content), holds=True)
    who = (review.name, review.role, review.content_sha256)
    for each in regimen.reviews:
        if who == (each.name, each.role, each.content_sha256):
            there = f"{review.name} ({review.role}) has already signed what {regimen.id} says now"
            raise Refused(f"{there}, on {each.on}; there is nothing to add")
    place = _place(regimen, found, folder)
    if not place.path.exists():
        _begin(place, review)
        return place.path
    from il2calc.language.log_file import held, put

    with ExitStack() as stack:
        file = held(stack, place.path)
        put(file, _added(file.content, place, review), place.path)
    return place.path


def _place(regimen: Regimen, found: Found, folder: Path | None) -> _Place:
    """The user's own file itself; for what ships, the file of reviews in the library folder."""
    if found.origin.file == "<stdin>":
        raise Refused("a review cannot be added to standard input; sign a file")
    path = Path(found.origin.file)
    inside = path.resolve().is_relative_to(shipped().resolve())
    if not inside:
        return _Place(path, ("reviews",))
    what = f"{regimen.id} ships with il2calc, and the installation is not edited"
    if not found.origin.shipped:
        by_id = f"il2calc sign {as_typed(regimen.id)} --name NAME --role ROLE --library DIR"
        raise Refused(f"{what}; sign it by its id: {by_id}")
    if folder is None or folder.resolve() == shipped().resolve():
        raise Refused(f"{what}; give a folder of your own for the review: --library DIR")
    return _Place(folder / LIBRARY_REVIEWS, ("reviews", regimen.id))


def _entry(review: Review, indent: str) -> Iterator[str]:
    """A review as a list of a YAML file has it, every text in quotes that YAML reads back."""
    for number, (key, text) in enumerate(_facts(review).items()):
        value = json.dumps(text, ensure_ascii=False) if key in ("name", "role") else text
        yield f"{indent}{'  ' if number else '- '}{key}: {value}"


def _facts(review: Review) -> dict[str, str]:
    """A review as the plain data of a file."""
    return {key: str(getattr(review, key)) for key in REVIEW.keys}


def _begin(place: _Place, review: Review) -> None:
    from il2calc.text import safefile

    _, name = place.loc
    lines = ["reviews:", f"  {name}:", *_entry(review, "    ")]
    content = _HEAD + "".join(f"{line}\n" for line in lines)
    try:
        safefile.create(place.path, [content.encode()])
    except FileExistsError:
        raise Refused(f"{place.path} was created by another program; try again") from None
    except OSError as error:
        problem = f"{place.path} cannot be written ({error.strerror}); nothing was signed"
        raise Refused(f"{problem}: give a folder that exists, has space and is writable") from None


def _added(content: bytes, place: _Place, review: Review) -> bytes:
    """The bytes of a file with one review more, everything else as it is.

    The lines are put where the list ends: at the first place at which the file then says what it
    said before and the new review, and nothing else.

    Raises:
        Refused: there is no such place.
    """
    document = yaml.read(content)
    meant = _meant(document.data, place.loc, review)
    lines = content.splitlines(keepends=True)
    end = b"\r\n" if b"\r\n" in content else b"\n"
    new, after = _lines(document, lines, place, review)
    for at in range(after, min(after + _FURTHEST, len(lines)) + 1):
        before, behind = b"".join(lines[:at]), b"".join(lines[at:])
        gap = b"" if before.endswith(b"\n") else end
        made = before + gap + b"".join(line.encode() + end for line in new) + behind
        found = yaml.read(made)
        if not found.faults and found.data == meant:
            return made
    told = "; ".join(line.strip() for line in new)
    raise Refused(f"{place.path} has no place for a list of reviews; write it by hand: {told}")


def _lines(
    document: yaml.Document, lines: list[bytes], place: _Place, review: Review
) -> tuple[list[str], int]:
    """What is put into a file, and after which of its lines at the earliest."""
    known = _known(document.data, place.loc)
    if not known:
        return ["reviews:", *_entry(review, "  ")], len(lines)
    last = max(line for loc, line in document.lines.items() if loc[: len(known)] == known)
    if known == place.loc:
        first = lines[document.line((*known, 0)) - 1]
        return [*_entry(review, _indent(first))], last
    names = [line for loc, line in document.lines.items() if loc[:-2] == known]
    indent = _indent(lines[min(names) - 1])
    return [f"{indent}{place.loc[-1]}:", *_entry(review, f"{indent}  ")], last


def _known(data: Any, loc: Loc) -> Loc:
    """As much of a location as a file has."""
    for depth, step in enumerate(loc):
        if step not in data:
            return loc[:depth]
        data = data[step]
    return loc


def _indent(line: bytes) -> str:
    return " " * (len(line) - len(line.lstrip(b" ")))


def _meant(data: Any, loc: Loc, review: Review) -> Mapping[str, Any]:
    """The plain data of a file with one review more."""
    step, *rest = loc
    if not rest:
        return {**data, step: [*data.get(step, ()), _facts(review)]}
    return {**data, step: _meant(data.get(step, {}), tuple(rest), review)}
