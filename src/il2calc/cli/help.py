"""What someone who types a command is told: its help, and what a shell may complete.

Help says how a verb is typed, its options in groups, examples and exit codes. A shell completes
ids, arms, drugs and the values of options; where nothing is offered, it offers files: that is meant
for `--output`, logs and patients. Loaded only when one of them is asked for.
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
    words = [*map(_typed, arguments), "[options]", *(["COMMAND ..."] if within else [])]
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
        yield from ("", f"{path.replace('il2calc', 'il2calc help', 1)} COMMAND explains each.")
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
    has_default = param.default and not getattr(param, "is_flag", False)
    said = (
        param.help,
        "May be repeated." if getattr(param, "multiple", False) else "",
        f"[else {param.envvar}]" if param.envvar else "",
        f"[default: {param.default}]" if has_default else "",
        "[required]" if param.required and param.param_type_name == "option" else "",
    )
    return " ".join(filter(None, said))


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


Maker = Callable[[typer.Context, str], Iterable[str]]


class Item(NamedTuple):
    """Something that is offered, as the option parser hands it to a shell."""

    value: str
    type: str = "plain"
    help: str | None = None


def regimens(ctx: typer.Context, _: str) -> Iterable[str]:
    """Ids of regimens."""
    from il2calc.language import shelf

    return shelf.names(_folder(ctx))


def arms(ctx: typer.Context, _: str) -> Iterable[str]:
    """Arms of the regimen that was typed."""
    return _regimen(ctx).arms


def drugs(ctx: typer.Context, _: str) -> Iterable[str]:
    """Drugs with a monograph."""
    from il2calc.language import shelf

    return shelf.drugs(_folder(ctx))


def _regimen(ctx: typer.Context) -> Regimen:
    """The regimen that was typed; the option parser may have stopped before it."""
    from il2calc import language

    typed = ctx.params.get("regimen") or next(iter(ctx.args), "")
    return language.load(str(typed), folder=_folder(ctx))


def _of_regimen(ctx: typer.Context) -> Iterable[str]:
    """The drugs of the regimen that was typed; all with a monograph where it cannot be read."""
    try:
        return dict.fromkeys(dose.drug for dose in _regimen(ctx).doses())
    except Il2calcError:
        return drugs(ctx, "")


def _by_drug(*values: str) -> Maker:
    """Each drug of the regimen with each of some values."""
    return lambda ctx, _: (f"{drug}={value}" for drug in _of_regimen(ctx) for value in values)


def _zones(*_: object) -> Iterable[str]:
    from il2calc.plan.dating import places

    return places()


def _formulas(*_: object) -> Iterable[str]:
    from il2calc.model.patient import FORMULA_NAMES

    return FORMULA_NAMES


def _formats(*_: object) -> Iterable[str]:
    from il2calc.cli.formats import FORMATS

    return FORMATS


def _columns(ctx: typer.Context, incomplete: str) -> Iterable[str]:
    """The next of several columns, each of which is named once."""
    format_ = ctx.params.get("format_") or "csv"
    if ctx.info_name == "cohort":
        from il2calc.cohort.expansion import TEXTS

        known: Iterable[str] = TEXTS
    else:
        from il2calc.cli.formats import columns_of

        known = columns_of(format_, of_course=ctx.info_name == "replan")
    before, comma, _ = incomplete.rpartition(",")
    return (f"{before}{comma}{name}" for name in known if name not in before.split(","))


VALUES: dict[str, Maker] = {
    "REGIMEN": regimens,
    **dict.fromkeys(("regimen", "other", "--regimen", "files"), regimens),
    **dict.fromkeys(("name", "--drug"), drugs),
    **dict.fromkeys(("--percent", "--cmt"), _by_drug("")),
    "--arm": arms,
    "--round": _by_drug("vial", "tablet", "bands:"),
    "--tz": _zones,
    "--columns": _columns,
    "--bsa-formula": _formulas,
    "--formula": lambda *_: (*_formulas(), "all"),
    "--format": _formats,
}
"""Option, argument or name of a value -> what it may be; `text|json` is one of these two."""


def attach(command: Any) -> None:
    """Let the parameters of a command, and of those within it, offer what they may be."""
    for param in command.params:
        words = (param.metavar or "").split("|")
        maker = VALUES.get(param.opts[0]) or VALUES.get(param.metavar)
        if words[1:]:
            maker = partial(lambda offered, *_: offered, words)
        if maker is not None and not getattr(param, "is_flag", False):
            vars(param)["shell_complete"] = partial(_items, maker)
    for inner in getattr(command, "commands", {}).values():
        attach(inner)


def _items(maker: Maker, ctx: typer.Context, incomplete: str) -> list[Item]:
    line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
    typed = re.search(r"\s(--[\w-]+=)\S*$", line)
    before = typed[1] if typed else ""  # zsh and fish take it and its value for one word
    return [Item(f"{before}{value}") for value in offered(maker, ctx, incomplete)]


def offered(maker: Maker, ctx: typer.Context, incomplete: str) -> list[str]:
    """What begins with what was typed; nothing where what it follows from cannot be read."""
    try:
        return [word for word in maker(ctx, incomplete) if word.startswith(incomplete)]
    except Il2calcError:
        return []


def _folder(ctx: typer.Context) -> Path | None:
    folder: Path | None = ctx.params.get("folder")
    return folder


@contextmanager
def as_typed() -> Iterator[None]:
    """Let a shell's line be read as it was typed, `help VERB` as the verb.

    bash takes `--format=csv` and `DRUG=vial` apart at the `=`, and so puts what is offered behind
    it; zsh and fish do not.
    """
    line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
    os.environ["_TYPER_COMPLETE_ARGS"] = re.sub(r"^(\S+\s+)help\s+", r"\1", line)
    words = os.environ.get("COMP_WORDS", "").split("\n")
    at = int(os.environ.get("COMP_CWORD", "0"))
    before = ""
    if words[1:]:
        words = [*words, *[""] * (at + 1 - len(words))]
        if words[1] == "help" and at > 1:
            del words[1]
            at -= 1
        words, before = _joined(words[: at + 1])
        os.environ |= {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    told = StringIO()
    try:
        with redirect_stdout(told):
            yield
    finally:
        for offered in told.getvalue().splitlines():
            output.write([offered.removeprefix(before)])


def _joined(words: Sequence[str]) -> tuple[list[str], str]:
    """The words up to the one that is completed, put together again at each `=`.

    Returns:
        the words, and what of the last one bash does not take to be its beginning.
    """
    found: list[str] = []
    together = False
    for word in words:
        if word == "=" or together:
            found[-1] += word
        else:
            found.append(word)
        together = word == "="
    last = found[-1]
    return found, last[: last.rindex("=") + 1] if "=" in words[-2:] else ""
