"""The help of a verb, and what a shell may complete.

Help shows how a verb is typed, its options in groups, examples and exit codes. A shell completes
ids, arms, drugs and the values of options. Without completions from here it offers files, as it
should for `--output`, logs and patients. Loaded only for help or completion.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import cache, partial
from io import StringIO
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from il2calc.cli import output
from il2calc.errors import Il2calcError

if TYPE_CHECKING:
    from il2calc.model.regimen import Regimen

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
"""Heading -> its options, in the order of the help; all others come under `OTHER` at the end."""

OTHER = "Other"
_UNGROUPED = 13
"""Fewer options than this are not grouped."""

CODES = {0: "done", 1: "refused; it says why", 2: "an option cannot be read"}
_OWN_CODES: dict[str, dict[int, str]] = {
    "check": {1: "there is a fault"},
    "cohort": {1: "refused, or a patient is rejected; it says why"},
    "compatible": {3: "not all of it is known to be compatible"},
    "verify": {1: "something differs, or cannot be verified"},
    "screen": {3: "not all is answered and clear"},
}
_STRICT = "Exit 3 "
_WIDEST_COLUMN = 26
_INDENT = "  "


@cache
def help_ends() -> dict[str, tuple[str, list[str]]]:
    """Verb, such as `log given` -> a page of the documentation, and command lines as examples.

    Those of il2calc itself are under `il2calc`.
    """
    text = (Path(__file__).parent / "help.txt").read_text("utf-8")
    ends = {}
    for section in text.strip().split("\n\n"):
        head, *examples = section.splitlines()
        verb, _, page = head.partition(": ")
        ends[verb] = (page, examples)
    return ends


def lines(command: Any, ctx: Any, width: int) -> Iterator[str]:
    """The help of a verb, or of il2calc itself.

    Args:
        command, ctx: the command and its context in the option parser.
        width: of the text [columns].
    """
    path = ctx.command_path
    verb = path.removeprefix("il2calc ")
    params = command.get_params(ctx)
    arguments = [param for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.param_type_name == "option"]
    subcommands = getattr(command, "commands", {})
    words = [*map(_usage_of_argument, arguments), "[options]"]
    if subcommands:
        words.append("COMMAND ...")
    yield f"Usage: {path} {' '.join(words)}"
    yield ""
    yield from wrap(command.help, width, initial_indent=_INDENT, subsequent_indent=_INDENT)
    rows = [(param.name.upper(), _meaning(param)) for param in arguments]
    yield from _section("Arguments", rows, width)
    usages = {param: _usage_of_option(param) for param in options}
    column = min(max(map(len, usages.values())), _WIDEST_COLUMN)
    for heading, members in _grouped(options):
        rows = [(usages[param], _meaning(param)) for param in members]
        yield from _section(heading, rows, width, column)
    rows = [(name, inner.help) for name, inner in subcommands.items()]
    yield from _section("Commands", rows, width)
    if subcommands:
        yield from ("", f"{path.replace('il2calc', 'il2calc help', 1)} COMMAND explains each.")
    page, examples = help_ends().get(verb, ("", []))
    if examples:
        yield from ("", "Examples:", *(f"{_INDENT}{example}" for example in examples))
    yield from _section("Exit codes", list(_codes(verb, options)), width)
    if page:
        yield from ("", f"More: {DOCS}{page}")


def _usage_of_argument(argument: Any) -> str:
    name = f"{argument.name.upper()}{'...' if argument.nargs == -1 else ''}"
    return name if argument.required else f"[{name}]"


def _usage_of_option(option: Any) -> str:
    """An option with its value, quoted as a shell needs it."""
    names = ", ".join(sorted(option.opts, key=lambda name: name.startswith("--")))
    if option.is_flag:
        return names
    value = option.metavar or option.name.upper()
    return f'{names} "{value}"' if " " in value else f"{names} {value}"


def _meaning(param: Any) -> str:
    """What a parameter means, whether it may be repeated, and its default."""
    has_default = param.default and not getattr(param, "is_flag", False)
    parts = (
        param.help,
        "May be repeated." if getattr(param, "multiple", False) else "",
        f"[else {param.envvar}]" if param.envvar else "",
        f"[default: {param.default}]" if has_default else "",
        "[required]" if param.required and param.param_type_name == "option" else "",
    )
    return " ".join(filter(None, parts))


def _grouped(options: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Options under their headings; under a single one if they are few."""
    if len(options) < _UNGROUPED:
        yield "Options", list(options)
        return
    ungrouped = {option.opts[0].removeprefix("--"): option for option in options}
    for heading, names in GROUPS.items():
        yield heading, [ungrouped.pop(name) for name in names.split() if name in ungrouped]
    yield OTHER, list(ungrouped.values())


def _section(
    heading: str, rows: Sequence[tuple[str, str]], width: int, column: int = 0
) -> Iterator[str]:
    """Names and their meanings under a heading; nothing if there are none.

    Args:
        column: the width of the names; 0 = the longest name.
    """
    if not rows:
        return
    yield from ("", f"{heading}:")
    margin = " " * (len(_INDENT) + (column or max(len(name) for name, _ in rows)) + 2)
    for name, text in rows:
        first, *more_lines = wrap(text, width - len(margin), break_on_hyphens=False)
        if len(_INDENT + name) + 2 > len(margin):
            yield f"{_INDENT}{name}"
            yield f"{margin}{first}"
        else:
            yield f"{_INDENT + name:<{len(margin)}}{first}"
        yield from (f"{margin}{line}" for line in more_lines)


def _codes(verb: str, options: Iterable[Any]) -> Iterator[tuple[str, str]]:
    codes = CODES | _OWN_CODES.get(verb, {})
    for option in options:
        if "--strict" in option.opts and option.help.startswith(_STRICT):
            codes |= {3: f"{option.help.removeprefix(_STRICT).rstrip('.')}, with --strict"}
    for code, text in codes.items():
        yield str(code), text


Completer = Callable[[typer.Context, str], Iterable[str]]


class Item(NamedTuple):
    """One completion, in the form that the option parser passes to a shell."""

    value: str
    type: str = "plain"
    help: str | None = None


def regimens(ctx: typer.Context, _: str) -> Iterable[str]:
    """Ids of regimens."""
    from il2calc.language import shelf

    return shelf.regimen_files(_folder(ctx))


def arms(ctx: typer.Context, _: str) -> Iterable[str]:
    """Arms of the regimen that was typed."""
    return _regimen(ctx).arms


def drugs(ctx: typer.Context, _: str) -> Iterable[str]:
    """Drugs with a monograph."""
    from il2calc.language import shelf

    return shelf.drug_files(_folder(ctx))


def _regimen(ctx: typer.Context) -> Regimen:
    """The regimen typed, left in `args` if the option parser has not reached it."""
    from il2calc import language

    typed = ctx.params.get("regimen") or next(iter(ctx.args), "")
    return language.load(str(typed), folder=_folder(ctx))


def _regimen_drugs(ctx: typer.Context) -> Iterable[str]:
    """The drugs of the regimen typed; all drugs with a monograph if it cannot be read."""
    try:
        return dict.fromkeys(dose.drug for dose in _regimen(ctx).doses())
    except Il2calcError:
        return drugs(ctx, "")


def _each_drug_with(*values: str) -> Completer:
    """Each drug of the regimen with each of some values."""
    return lambda ctx, _: (f"{drug}={value}" for drug in _regimen_drugs(ctx) for value in values)


def _zones(*_: object) -> Iterable[str]:
    from il2calc.plan.dating import zone_names

    return zone_names()


def _formulas(*_: object) -> Iterable[str]:
    from il2calc.model.patient import FORMULA_NAMES

    return FORMULA_NAMES


def _formats(*_: object) -> Iterable[str]:
    from il2calc.cli.formats import FORMATS

    return FORMATS


def _columns(ctx: typer.Context, incomplete: str) -> Iterable[str]:
    """The next of several columns; none that is already named."""
    format_ = ctx.params.get("format_") or "csv"
    if ctx.info_name == "cohort":
        from il2calc.cohort.expansion import TEXTS

        names: Iterable[str] = TEXTS
    else:
        from il2calc.cli.formats import columns_of

        names = columns_of(format_, of_course=ctx.info_name == "replan")
    before, comma, _ = incomplete.rpartition(",")
    return (f"{before}{comma}{name}" for name in names if name not in before.split(","))


VALUES: dict[str, Completer] = {
    "REGIMEN": regimens,
    **dict.fromkeys(("regimen", "other", "--regimen", "files"), regimens),
    **dict.fromkeys(("name", "--drug"), drugs),
    **dict.fromkeys(("--percent", "--cmt"), _each_drug_with("")),
    "--arm": arms,
    "--round": _each_drug_with("vial", "tablet", "bands:"),
    "--tz": _zones,
    "--columns": _columns,
    "--bsa-formula": _formulas,
    "--formula": lambda *_: (*_formulas(), "all"),
    "--format": _formats,
}
"""Option, argument or metavar -> its completions; a metavar such as `text|json` lists its own."""


def attach_completions(command: Any) -> None:
    """Let the parameters of a command and its subcommands offer their completions."""
    for param in command.params:
        alternatives = (param.metavar or "").split("|")
        completer = VALUES.get(param.opts[0]) or VALUES.get(param.metavar)
        if alternatives[1:]:
            completer = partial(lambda values, *_: values, alternatives)
        if completer is not None and not getattr(param, "is_flag", False):
            vars(param)["shell_complete"] = partial(_items, completer)
    for inner in getattr(command, "commands", {}).values():
        attach_completions(inner)


def _items(completer: Completer, ctx: typer.Context, incomplete: str) -> list[Item]:
    line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
    typed = re.search(r"\s(--[\w-]+=)\S*$", line)
    option = typed[1] if typed else ""  # zsh and fish treat option and value as one word
    return [Item(f"{option}{value}") for value in completions(completer, ctx, incomplete)]


def completions(completer: Completer, ctx: typer.Context, incomplete: str) -> list[str]:
    """Values that begin with the text typed; none if a file needed for them cannot be read."""
    try:
        return [word for word in completer(ctx, incomplete) if word.startswith(incomplete)]
    except Il2calcError:
        return []


def _folder(ctx: typer.Context) -> Path | None:
    folder: Path | None = ctx.params.get("folder")
    return folder


@contextmanager
def help_rewritten() -> Iterator[None]:
    """Rejoin what bash splits, and drop `help` before a verb, while a shell's line is completed.

    bash splits `--format=csv` and `DRUG=vial` at the `=` and replaces only the part after it, so
    the part before it is removed from each completion; zsh and fish do not split.
    """
    line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
    os.environ["_TYPER_COMPLETE_ARGS"] = re.sub(r"^(\S+\s+)help\s+", r"\1", line)
    words = os.environ.get("COMP_WORDS", "").split("\n")
    index = int(os.environ.get("COMP_CWORD", "0"))
    prefix = ""
    if words[1:]:
        words = [*words, *[""] * (index + 1 - len(words))]
        if words[1] == "help" and index > 1:
            del words[1]
            index -= 1
        words, prefix = _rejoined(words[: index + 1])
        os.environ |= {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            yield
    finally:
        for line in printed.getvalue().splitlines():
            output.write([line.removeprefix(prefix)])


def _rejoined(words: Sequence[str]) -> tuple[list[str], str]:
    """The words up to the one being completed, rejoined at each `=`.

    Returns:
        the words, and the part of the last one that bash has split off, up to its last `=`.
    """
    joined: list[str] = []
    joins = False
    for word in words:
        if word == "=" or joins:
            joined[-1] += word
        else:
            joined.append(word)
        joins = word == "="
    last = joined[-1]
    return joined, last[: last.rindex("=") + 1] if "=" in words[-2:] else ""
