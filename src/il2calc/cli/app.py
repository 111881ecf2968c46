"""The command line as a whole: which verbs there are, and what becomes of an error.

Exit 0 done; 1 il2calc refuses and says why; 2 an option is unknown or cannot be read; 3 with
`--strict` where there is any caution. A bug keeps its traceback.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from il2calc import __version__
from il2calc.cli import output
from il2calc.errors import (
    FaultyFile,
    Il2calcError,
    ImplausibleInput,
    MissingInput,
    OptionError,
    RegimenError,
    as_typed,
    nearest_slip,
    shown,
)

VERBS = {
    "list": ("regimen_verbs", "The available regimens, one line each."),
    "show": ("regimen_verbs", "A regimen in words."),
    "check": ("regimen_verbs", "All faults in regimen, drug and course log files."),
    "schema": ("regimen_verbs", "The JSON Schema of a regimen, drug or course log file."),
    "sign": ("regimen_verbs", "Record who reviewed a regimen in its present form."),
    "schedule": ("schedule_verbs", "A regimen for a patient, as a dated administration table."),
    "prepare": ("schedule_verbs", "The preparation sheet of a schedule: volumes, vials, diluents."),
    "cohort": ("cohort_verb", "Event tables for many virtual patients."),
    "drug": ("answer_verbs", "A drug's monograph in words."),
    "convert": ("answer_verbs", "Convert units, by a drug's own factors if needed."),
    "compatible": ("answer_verbs", "What is known about giving a drug with others."),
    "screen": ("answer_verbs", "Check the precautions of a monograph against your answers."),
    "new": ("new_verbs", "Start a regimen file that already loads."),
    "import": ("new_verbs", "Turn a spreadsheet into regimen files, one per regimen."),
    "diff": ("regimen_verbs", "What differs between two regimens, or two versions of one."),
    "bsa": ("answer_verbs", "Body surface area, by one formula or by all."),
    "replan": ("replan_verbs", "What was planned, what was given, what is still to come."),
    "intensity": ("replan_verbs", "Planned and given dose intensity."),
    "verify": ("verify_verb", "Check that this installation is intact and calculates correctly."),
    "log": ("log_verbs", "Record what was actually given, in a course log."),
}
"""Verb -> the module that its function stands in, and what it does; in the order of the help, which
so needs to make none of them."""

_LONGEST = 1000
DONE, REFUSED, MISUSED = 0, 1, 2

_NO_PAGER = "--no-pager"

_TEXTS: dict[Any, Callable[[str], Any]] = {str: str, list[str]: str, Path: Path}
"""Annotation of a parameter that is text for our own readers -> what each text becomes."""


class Words(NamedTuple):
    """A parameter that is text, taken as it was typed; what it means, our own readers say.

    typer makes a pydantic `TypeAdapter` of every parameter, of plain text too: that is two fifths
    of a command's start-up, for nothing. This stands in for typer's `RuntimeParam`.

    Args:
        kind: what each text becomes; None = a switch, which is nothing where nobody set it.
        typers: what typer would have taken.
    """

    kind: Callable[[str], Any] | None
    typers: Callable[[], Any]

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """What typer hands on: a text, or several where the parameter may be repeated."""
        if self.kind is None:
            return value and self.typers().coerce(value, param=param, ctx=ctx)
        if param.multiple or param.nargs == -1:
            return [self.kind(text) for text in value or ()]
        return value if value is None else self.kind(value)


def take_as_words(command: Any) -> None:
    """Keep pydantic away from the text parameters of a command, and of those within it.

    Where typer has no `get_runtime_param`, as an earlier or a later release may not, nothing is
    touched, and it goes its own way to the same texts.
    """
    asked = command.get_params

    def params(ctx: Any) -> list[Any]:
        found: list[Any] = asked(ctx)
        for param in found:
            kind = getattr(getattr(param, "type_descriptor", None), "annotation", None)
            typers = getattr(param, "get_runtime_param", None)
            if typers is not None and (kind is bool or kind in _TEXTS):
                vars(param).setdefault(
                    "get_runtime_param", partial(Words, _TEXTS.get(kind), typers)
                )
        return found

    vars(command)["get_params"] = params
    for inner in getattr(command, "commands", {}).values():
        take_as_words(inner)


_INSTEAD_TWICE = {("--by",): "; who made the entry is --who"}
"""The names of an option that is a length of time alone -> what its second value is meant for."""


def refuse_twice(command: Any) -> None:
    """Let a command, and those within it, refuse an option that takes one value and is typed twice.

    The parser would keep the last of them and drop the other: a weight, or a drug, without a word.
    """
    asked = command.make_parser

    def make_parser(ctx: Any) -> Any:
        parser = asked(ctx)
        parse = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            values, left, order = parse(args=args)
            for param in order:
                takes_one = param.param_type_name == "option" and not param.multiple
                if takes_one and not param.is_flag and order.count(param) > 1:
                    names = tuple(param.opts)
                    problem = f"is given twice; give it once{_INSTEAD_TWICE.get(names, '')}"
                    raise OptionError(names[0], problem)
            return values, left, order

        parser.parse_args = parse_args
        return parser

    vars(command)["make_parser"] = make_parser
    for inner in getattr(command, "commands", {}).values():
        refuse_twice(inner)


def take_too(command: Any, option: Any) -> None:
    """Let a command, and those within it, take an option that does all that it does itself."""
    own = copy(option)
    own.expose_value = False
    command.params.append(own)
    for inner in getattr(command, "commands", {}).values():
        take_too(inner, option)


def say_our_help(command: Any) -> None:
    """Let a command, and those within it, tell its help in our own words and order."""

    def format_help(ctx: Any, formatter: Any) -> None:
        from il2calc.cli import help as told

        formatter.write("\n".join(told.lines(command, ctx, formatter.width)))

    vars(command)["format_help"] = format_help
    for inner in getattr(command, "commands", {}).values():
        say_our_help(inner)


def meant(words: Sequence[str]) -> list[str]:
    """What was typed, `help VERB` as `VERB --help`.

    >>> meant(["help", "log", "given"])
    ['log', 'given', '--help']
    """
    return [*words[1:], "--help"] if words[:1] == ["help"] else [*words]


class Verbs(TyperGroup):
    """Tells errors in one plain line and turns them into exit codes."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        version = next(param for param in self.params if "--version" in param.opts)
        for verb, command in self.commands.items():
            _, command.help = VERBS[verb]
            take_too(command, version)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run a command line and end the process with its exit code."""
        extra["standalone_mode"] = False
        args = meant(args or ())
        take_as_words(self)
        say_our_help(self)
        if completes():
            from il2calc.cli import help as offers

            offers.attach(self)
            with offers.as_typed():
                return super().main(args, *rest, **extra)
        refuse_twice(self)
        try:
            code = super().main(args, *rest, **extra)
        except (OptionError, ImplausibleInput) as error:
            code = _tell(f"error: {shown(str(error))}", MISUSED)
        except (FaultyFile, RegimenError) as error:
            code = _tell(_with_kind(str(error)), REFUSED)
        except MissingInput as error:
            code = _tell(f"error: {shown(_with_command(error, self, args))}", REFUSED)
        except Il2calcError as error:
            code = _tell(f"error: {shown(_in_folder(str(error), args))}", REFUSED)
        except OSError as error:
            if error.filename is not None and "--install-completion" not in args:
                raise
            code = _tell(f"error: {_unwritable(error)}", REFUSED)
        except TyperException as error:
            context = getattr(error, "ctx", None)
            verb = args[0] if args and args[0] in VERBS else ""
            path = context.command_path if context else f"il2calc {verb}".rstrip()
            told, more = _in_our_words(error.format_message(), f"{path} --help")
            code = _tell(f"error: {_one_line(told)} Try: {more}", MISUSED)
        sys.exit(code if isinstance(code, int) else DONE)


def _unwritable(error: OSError) -> str:
    """What cannot be written, standard output or what completion stands in, and what would work."""
    if error.filename is None:
        output.write_into_nothing()
        return output.unwritable(error)
    problem = f"{error.filename} cannot be written ({error.strerror})"
    return shown(f"{problem}; to install it yourself: il2calc --show-completion")


class Overview(Verbs):
    """The verbs by name and with what they do, none of them made: for help and for misspelling."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for verb, (_, text) in VERBS.items():
            self.add_command(TyperCommand(verb, help=text, rich_markup_mode=None))


def build(
    verb: str | None = None, inner: str | None = None, *, cls: type[TyperGroup] = Verbs
) -> typer.Typer:
    """The command line with one verb, or with all of them where none is known.

    Args:
        inner: what follows the verb; of `log` the one verb that it names is made.
        cls: `Overview` for one without verbs.
    """
    made = typer.Typer(
        cls=cls,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Published interleukin-2 regimens as dated administration tables.",
        invoke_without_command=True,
    )
    made.callback()(_welcome)
    if cls is not Verbs:
        return made
    from il2calc.cli.options import asking

    for name in [verb] if verb in VERBS else VERBS:
        module = importlib.import_module(f"il2calc.cli.{VERBS[name][0]}")
        if name == "log":
            made.add_typer(module.verbs(inner if verb == name else None), name=name)
        else:
            called = name if hasattr(module, name) else f"{name}_"  # a word that Python has itself
            made.command(name)(asking(getattr(module, called)))
    return made


def completes() -> bool:
    """Whether a shell asks what may be typed next."""
    return bool(os.environ.get("_IL2CALC_COMPLETE"))


def run() -> None:
    """Run the process's own command line, loading only what its verb needs."""
    words = meant(sys.argv[1:])
    output.open_streams()
    if completes() or not VERBS.keys().isdisjoint(words):
        made = build() if completes() else build(*words[:2])
    else:
        made = build(cls=Overview)
    with _help_paged(words):
        asked = [word for word in words if word != _NO_PAGER] if _is_help(words) else words
        made(args=asked, prog_name="il2calc")


def _is_help(words: Sequence[str]) -> bool:
    """Whether a command line asks for help."""
    return not words or words[0] == "help" or not {"-h", "--help"}.isdisjoint(words)


def _help_paged(words: Sequence[str]) -> AbstractContextManager[None]:
    """Help goes through a pager where a terminal is too low for it."""
    if not _is_help(words) or _NO_PAGER in words or not sys.stdout.isatty():
        return nullcontext()
    return output.all_paged()


def _tell_version(wanted: bool) -> None:
    if wanted:
        output.write([f"il2calc {__version__}"])
        raise typer.Exit


def _welcome(
    ctx: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", is_eager=True, callback=_tell_version, help="Print the version."
        ),
    ] = False,
) -> None:
    if ctx.invoked_subcommand is None:
        output.write((Path(__file__).parent / "welcome.txt").read_text("utf-8").splitlines())


def _tell(text: str, code: int) -> int:
    output.tell(text)
    return code


_SHELVED = r"il2calc (?:drug|list|show)\b[^;]*$"


def _in_folder(text: str, words: Sequence[str]) -> str:
    """A message that ends in a command about what is at hand, with the folder that was typed."""
    typed = re.search(r"(?:^|\0)--library[=\0]([^\0]+)", "\0".join(words))
    if typed is None or not re.search(_SHELVED, text):
        return text

    return f"{text} --library {as_typed(typed[1])}"


_INSTEAD = {"--bsa": ("--height",), "--times": ("--cycles", "--weeks", "--until")}
"""Option -> others that say the same, beside which it is not needed or not allowed."""


def _with_command(error: MissingInput, command: Any, words: Sequence[str]) -> str:
    """What is missing, and the line that was typed with what makes it whole."""
    if not error.options:
        return str(error)
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    known = {name for param in command.params for name in param.opts}
    typed = {word.partition("=")[0] for word in words}
    added = []
    for option, value in error.options:
        if option in known and typed.isdisjoint((option, *_INSTEAD.get(option, ()))):
            added += [option, value]
    if "--height" in typed and not typed & {"--weight", "--bsa"}:
        added += ["--weight", "70"] * ("--weight" not in added)
    line = " ".join(map(as_typed, ["il2calc", *words, *added]))
    return f"{error.needed_by}: give one, such as: {line}"


def _with_kind(text: str) -> str:
    """Faults begin with their file; what an option caused begins with its kind."""
    return f"error: {text}" if text.startswith("--") else text


_GUESSED = (
    r"(No such (?:option: |command )'?([^' ]+)'?)\.? (?:\(Possible options: |Did you mean )(.*)[?)]"
)


_MISSING = r"Missing argument '(\w+)'\.?"
_EXTRA = r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)\.?"
_NO_VERB = r"(No such command '([^']+)')\.?"


def _in_our_words(text: str, more: str) -> tuple[str, str]:
    """A message of the parser as it is told here, and the command line that leads on.

    Args:
        more: the line that shows the help of what was typed.
    """
    if match := re.fullmatch(_MISSING, text):
        return f"Missing argument {match[1].upper()}", more
    if match := re.fullmatch(_EXTRA, text):
        problem = f"'{match[1]}' is not expected here; put a value of several words in quotes"
        return problem, more
    match = re.fullmatch(_NO_VERB, text)
    if match and (found := _is_another(match[2])):
        return f"{match[1]}; it is {found[0]}", found[1]
    return _certain(text), more


def _certain(text: str) -> str:
    """A message of the parser with the one guess that can be typed blind, or with none of them."""
    match = re.fullmatch(_GUESSED, text)
    if match is None:
        return text
    guess = nearest_slip(match[2], re.findall(r"[\w-]+", match[3]))
    return f"{match[1]}; did you mean {guess}?" if guess else match[1]


def _is_another(word: str) -> tuple[str, str] | None:
    """What a word in the place of a verb is where it is none, and the line that shows it."""
    from il2calc.language import shelf
    from il2calc.model.log import EFFECTS

    if word == "start" or word in EFFECTS:
        return "a command of log", f"il2calc log {word} --help"
    return ("a regimen", f"il2calc show {word}") if word in shelf.names() else None


def _one_line(text: str) -> str:
    line = shown(" ".join(text.split()))
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."
    return line if line.endswith((".", "?")) else f"{line}."
