"""What the help of a verb says: how it is typed, its options in groups, examples, exit codes.

Loaded when help is asked for, and never otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

DOCS = "https://github.com/il2calc/il2calc/blob/main/docs/"

GROUPS = {
    "Patient": "patient weight height bsa bsa-formula sex bsa-cap gfr age subject",
    "Dates": "start first-dose date-of at tz on as-of",
    "What is given": "regimen arm cycles times weeks until rest percent set round round-within "
    "graduation preparation share-vials what-if",
    "Rows": "from to brief explain",
    "Output": "format output columns notes paper no-picture ascii no-pager quiet",
    "Calendar file": "per no-subject with-patient",
    "Event table": "drug cmt id compact map part-rows summary plan",
}
"""Heading -> the options that stand under it, in their order; any other one stands at the end."""

OTHER = "Other"
_FEW = 13
"""So many options need no groups."""

CODES = {0: "done", 1: "refused; it says why", 2: "an option cannot be read"}
_CODES: dict[str, dict[int, str]] = {
    "check": {1: "there is a fault"},
    "cohort": {1: "refused, or a patient is rejected; it says why"},
    "compatible": {3: "not all of it is known to be compatible"},
    "verify": {1: "something differs, or cannot be verified"},
    "screen": {3: "not all is answered and clear"},
}
_STRICT = "Exit 3 "
_WIDEST = 26
_INDENT = "  "


class More(NamedTuple):
    """What stands at the end of a verb's help.

    Args:
        page: of the documentation.
        examples: command lines that work as they stand.
    """

    page: str
    examples: tuple[str, ...]


@cache
def more() -> dict[str, More]:
    """Verb, as `log given` -> what stands at the end of its help; il2calc's own under its name."""
    text = (Path(__file__).parent / "help.txt").read_text("utf-8")
    found = {}
    for part in text.strip().split("\n\n"):
        head, *examples = part.splitlines()
        verb, _, page = head.partition(": ")
        found[verb] = More(page, tuple(examples))
    return found


def lines(command: Any, ctx: Any, width: int) -> Iterator[str]:
    """The help of a verb, or of all of them.

    Args:
        command, ctx: the command and its context, as the option parser has them.
        width: columns to keep within.
    """
    path = ctx.command_path
    verb = path.removeprefix("il2calc ")
    params = command.get_params(ctx)
    arguments = [param for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.param_type_name == "option"]
    within = getattr(command, "commands", {})
    words = [*map(_typed, arguments), "[options]", *(["VERB ..."] if within else [])]
    yield f"Usage: {path} {' '.join(words)}"
    yield ""
    yield from wrap(command.help, width, initial_indent=_INDENT, subsequent_indent=_INDENT)
    rows = [(param.name.upper(), _told(param)) for param in arguments]
    yield from _section("Arguments", rows, width)
    shown = {param: _option(param) for param in options}
    column = min(max(map(len, shown.values())), _WIDEST)
    for heading, those in _grouped(options):
        rows = [(shown[param], _told(param)) for param in those]
        yield from _section(heading, rows, width, column)
    yield from _section("Commands", [(name, one.help) for name, one in within.items()], width)
    if within:
        yield from ("", f"{path.replace('il2calc', 'il2calc help', 1)} VERB says more of each.")
    end = more().get(verb)
    if end is not None:
        yield from ("", "Examples:", *(f"{_INDENT}{example}" for example in end.examples))
    yield from _section("Exit codes", list(_codes(verb, options)), width)
    if end is not None:
        yield from ("", f"More: {DOCS}{end.page}")


def _typed(argument: Any) -> str:
    """An argument within the line of usage."""
    name = f"{argument.name.upper()}{'...' if argument.nargs == -1 else ''}"
    return name if argument.required else f"[{name}]"


def _option(option: Any) -> str:
    """An option with the value that stands behind it, as a shell takes it."""
    names = ", ".join(sorted(option.opts, key=lambda name: name.startswith("--")))
    if option.is_flag:
        return names
    value = option.metavar or option.name.upper()
    return f'{names} "{value}"' if " " in value else f"{names} {value}"


def _told(param: Any) -> str:
    """What a parameter means, whether it may be repeated, and what it is where nobody says."""
    said = [param.help]
    if getattr(param, "multiple", False):
        said.append("May be repeated.")
    if param.envvar:
        said.append(f"[else {param.envvar}]")
    if param.default and not getattr(param, "is_flag", False):
        said.append(f"[default: {param.default}]")
    if param.required and param.param_type_name == "option":
        said.append("[required]")
    return " ".join(said)


def _grouped(options: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Options under their headings; few of them under one."""
    if len(options) < _FEW:
        yield "Options", list(options)
        return
    left = {option.opts[0].removeprefix("--"): option for option in options}
    for heading, names in GROUPS.items():
        yield heading, [left.pop(name) for name in names.split() if name in left]
    yield OTHER, list(left.values())


def _section(
    heading: str, rows: Sequence[tuple[str, str]], width: int, column: int = 0
) -> Iterator[str]:
    """Names and what they mean under a heading; nothing where there are none.

    Args:
        column: the width of the names; 0 = as wide as the widest of them.
    """
    if not rows:
        return
    yield from ("", f"{heading}:")
    behind = " " * (len(_INDENT) + (column or max(len(name) for name, _ in rows)) + 2)
    for name, text in rows:
        first, *others = wrap(text, width - len(behind), break_on_hyphens=False)
        if len(_INDENT + name) + 2 > len(behind):
            yield f"{_INDENT}{name}"
            yield f"{behind}{first}"
        else:
            yield f"{_INDENT + name:<{len(behind)}}{first}"
        yield from (f"{behind}{line}" for line in others)


def _codes(verb: str, options: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """The exit codes of a verb, each with what it means."""
    codes = CODES | _CODES.get(verb, {})
    for option in options:
        if "--strict" in option.opts and option.help.startswith(_STRICT):
            codes |= {3: f"{option.help.removeprefix(_STRICT).rstrip('.')}, with --strict"}
    for code, text in codes.items():
        yield str(code), text
