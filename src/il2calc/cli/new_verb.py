"""The verb `new`: a regimen file to begin with, which loads as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from il2calc import language
from il2calc.cli import options, output
from il2calc.errors import FaultyFile, OptionError, Refused, RegimenError, as_typed
from il2calc.language import regimen_yaml, shelf, spreadsheet
from il2calc.model.evidence import Origin
from il2calc.model.regimen import NOT_STATED
from il2calc.text import safefile
from il2calc.text.values import is_name

_BEGUN = """\
# yaml-language-server: $schema=./regimen.schema.json
# The name of the regimen, as the file is called.
regimen: {name}
# One line about it.
title: A regimen that has only been begun
# The disease that it is for.
for: not yet said
# A whole number, raised whenever what is given changes.
version: 1
# The day on which it was last held against its sources.
read_on: {today}

# Named stretches of days; doses stand in them.
blocks:
  # The name of the block: cycle, course, lead-in.
  - block: cycle
    # How often, and from start to start.
    repeat: {{times: {times}, every: {every}}}
    # What is given in each turn.
    doses:
      # The drug, by the name of its monograph if there is one.
      - {dose}drug: {drug}
        # A number, a space and a unit, then perhaps what it is per: 60 mg/m2, 1 million IU/kg;
        # or not stated.
        amount: {amount}
        # IV bolus, IV infusion, SC, oral and others; or not stated.
        route: {route}
        # The days of the block: 1, [1, 8], 1 to 5.
        day: {day}

# What no source says: the path of the value, what was assumed, and why.
# Replace each by a source where the value has been read.
{assumptions}

# What the source found; none has been read.
findings: []

# Where the values were read: cite, what was read, and doi, pmid, trial or url.
sources:
  # The key by which values name the source, as in: source: paper, Methods
  paper:
    # The citation.
    cite: Not yet named
    # full text, abstract, registry, or secondary for someone else's account.
    read: secondary
"""
_BEGUN_WITH = {
    "drug": "examplumab",
    "amount": NOT_STATED,
    "route": NOT_STATED,
    "day": "1",
    "every": "21 days",
    "times": "4",
}
"""What a file says where nothing was typed: a placeholder only where a file needs a value."""

_ABOUT = {
    "times": ("cycle.repeat.times", "The number of turns", "was", "is"),
    "every": ("cycle.repeat.every", "The length of a turn", "was", "is"),
    "amount": ("cycle.{drug}.amount", "The amount", "was", "is"),
    "route": ("cycle.{drug}.route", "The route", "was", "is"),
    "day": ("cycle.{drug}.day", "The days", "were", "are"),
}
"""Of each value its path, what it is called, and its verbs."""

_LISTED = re.compile(r"\[[0-9, to-]*\]")


def new(
    file: Annotated[Path, typer.Argument(help="The file to write, such as my-regimen.yaml.")],
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="REGIMEN", help="Id or path to copy instead."),
    ] = None,
    drug: Annotated[
        str | None, typer.Option("--drug", help="Its drug; add others to the file.")
    ] = None,
    amount: Annotated[str | None, typer.Option("--amount", help="As '60 mg/m2'.")] = None,
    route: Annotated[str | None, typer.Option("--route", help="As SC.")] = None,
    day: Annotated[str | None, typer.Option("--day", metavar="DAYS", help="As '1 to 5'.")] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="LENGTH", help="From turn to turn, as '21 days'."),
    ] = None,
    times: Annotated[
        str | None, typer.Option("--times", metavar="N", help="How many turns.")
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    """Write the file, or tell every fault that it would have and write nothing."""
    if file.suffix not in shelf.SUFFIXES:
        raise Refused(f"{file} would not be found as a regimen; end its name in .yaml")
    given = {
        "drug": drug, "amount": amount, "route": route, "day": day, "every": every, "times": times
    }  # fmt: skip
    if from_ is not None:
        if used := [name for name, value in given.items() if value is not None]:
            raise OptionError(f"--{used[0]}", "excludes --from; change the copy instead")
        text = _copied(from_, file.stem)
    else:
        text = _begun(file.stem, {key: told for key, told in given.items() if told is not None})
    content = text.encode()
    result = language.examine(shelf.Found(content, Origin(str(file), "")), (), None)
    if result.regimen is None:
        raise FaultyFile(_at_its_option(each, given) for each in result.faults)
    made = language.read(shelf.Found(content, Origin(str(file), "")))
    try:
        safefile.create(file, [content])
    except FileExistsError:
        raise Refused(f"{file} is there already; give the new file another name") from None
    except OSError as error:
        problem = f"{file} cannot be written ({error.strerror})"
        raise Refused(f"{problem}; give a file in a folder that exists and has room") from None
    if not quiet:
        output.tell(f"written: {file}; to look at it: il2calc show {as_typed(str(file))}")
    for question in filter(None, (name.question() for name in made.names)):
        output.tell(f"caution: {question}")


def _at_its_option(fault: RegimenError, given: Mapping[str, str | None]) -> RegimenError:
    """A fault of a value that was typed, at its option: the file that it names is not written."""
    key = fault.path.rpartition(".")[2]
    typed = key in given and given[key] is not None
    return RegimenError(f"--{key}", None, "", fault.problem) if typed else fault


def _begun(name: str, typed: dict[str, str]) -> str:
    """The text of a file with one dose, every value of it an assumption, or not stated."""
    values = _BEGUN_WITH | typed
    dose = values["drug"]
    if not is_name(dose) and (plain := spreadsheet.plain_name(dose)):
        dose = plain
    assumed = [
        _assumption(key, dose, None if key in typed else values[key])
        for key in _ABOUT
        if values[key] != NOT_STATED
    ]
    assumptions = "\n".join(regimen_yaml.lines({"assumptions": assumed}))
    told = {key: _scalar(value) for key, value in values.items()}
    today = date.today().isoformat()  # noqa: DTZ011 - the day of whoever begins the file
    known = f"dose: {_scalar(dose)}\n        " if dose != values["drug"] else ""
    told |= {"name": _scalar(name), "dose": known}
    return _BEGUN.format(today=today, assumptions=assumptions, **told)


def _assumption(key: str, dose: str, placeholder: str | None) -> dict[str, Any]:
    """Where a value is from.

    Args:
        dose: its name in paths.
        placeholder: the value, where nobody typed it; None of one that was typed.
    """
    about, what, was, is_ = _ABOUT[key]
    text = f"{what} {was} taken from the command that began this file."
    because = "No source has been read for it yet."
    if placeholder is not None:
        text = f"{what} ({placeholder}) {is_} a placeholder of il2calc's own, to be replaced."
        because = "The command that began this file did not say, and a file needs a value."
    return regimen_yaml.assumption(about.format(drug=dose), text, because)


def _scalar(text: str) -> str:
    """A value as YAML writes it; days may be given as a list of them."""
    return text if _LISTED.fullmatch(text) else regimen_yaml.scalar(text)


def _copied(source: str, name: str) -> str:
    """The text of another regimen file, which must be right, under a new name."""
    language.load(source)
    text = shelf.find(source).content.decode()
    named = f"regimen: {_scalar(name)}"
    copy, found = re.subn(r"^regimen: .*$", lambda _: named, text, count=1, flags=re.MULTILINE)
    if not found:
        raise Refused(f"{source} does not begin a line with 'regimen: '; copy it by hand")
    return copy
