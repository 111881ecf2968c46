"""The command line as a whole: its verbs, and how an error becomes a message and an exit code.

Exit codes: 0 done; 1 refused, with the reason; 2 an option is unknown or cannot be read; 3 with
`--strict` if there is any caution. A bug keeps its traceback.
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
    "replan": ("schedule_verbs", "What was planned, what was given, what is still to come."),
    "intensity": ("schedule_verbs", "Planned and given dose intensity."),
    "verify": ("verify_verb", "Check that this installation is intact and calculates correctly."),
    "log": ("log_verbs", "Record what was actually given, in a course log."),
}
"""Verb -> the module of its function, and what it does; in the order of the help, which can thus be
printed without importing any of them."""

_LONGEST = 1000
DONE, REFUSED, MISUSED = 0, 1, 2

_NO_PAGER = "--no-pager"

_TEXT_TYPES: dict[Any, Callable[[str], Any]] = {str: str, list[str]: str, Path: Path}
"""Annotation of a parameter that il2calc reads itself -> the type that each text is turned into."""


class TextParameter(NamedTuple):
    """A parameter whose text is passed on as typed, to be read by il2calc's own functions.

    typer makes a pydantic `TypeAdapter` for every parameter, even for plain text: two fifths of a
    command's start-up time, for nothing. This replaces typer's `RuntimeParam`.

    Args:
        kind: the type of each text; None = a switch, which typer reads only if it is set.
        typer_reader: makes the `RuntimeParam` that typer would have used.
    """

    kind: Callable[[str], Any] | None
    typer_reader: Callable[[], Any]

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value for the command: a text, or a list of them if the parameter may be repeated."""
        if self.kind is None:
            return value and self.typer_reader().coerce(value, param=param, ctx=ctx)
        if param.multiple or param.nargs == -1:
            return [self.kind(text) for text in value or ()]
        return value if value is None else self.kind(value)


def in_all(command: Any, change: Callable[[Any], None]) -> None:
    """Change a command, its subcommands, and theirs."""
    change(command)
    for inner in getattr(command, "commands", {}).values():
        in_all(inner, change)


def read_texts_unvalidated(command: Any) -> None:
    """Let a command take text parameters without pydantic.

    If this release of typer has no `get_runtime_param`, nothing is changed: it then arrives at the
    same texts in its own way.
    """
    typer_params = command.get_params

    def text_params(ctx: Any) -> list[Any]:
        params: list[Any] = typer_params(ctx)
        for param in params:
            kind = getattr(getattr(param, "type_descriptor", None), "annotation", None)
            typer_reader = getattr(param, "get_runtime_param", None)
            if typer_reader is not None and (kind is bool or kind in _TEXT_TYPES):
                vars(param).setdefault(
                    "get_runtime_param", partial(TextParameter, _TEXT_TYPES.get(kind), typer_reader)
                )
        return params

    vars(command)["get_params"] = text_params


_HINT_IF_REPEATED = {("--by",): "; who made the entry is --who"}
"""Names of an option -> a hint when it is repeated: here `--by` is a length of time only."""


def refuse_repeated(command: Any) -> None:
    """Let a command refuse a repeated option that takes one value.

    The parser would keep the last value and silently drop the other: a weight, or a drug.
    """
    typer_parser = command.make_parser

    def make_parser(ctx: Any) -> Any:
        parser = typer_parser(ctx)
        parse = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            values, rest, order = parse(args=args)
            for param in order:
                takes_one = param.param_type_name == "option" and not param.multiple
                if takes_one and not param.is_flag and order.count(param) > 1:
                    names = tuple(param.opts)
                    problem = f"is given twice; give it once{_HINT_IF_REPEATED.get(names, '')}"
                    raise OptionError(names[0], problem)
            return values, rest, order

        parser.parse_args = parse_args
        return parser

    vars(command)["make_parser"] = make_parser


def accept_also(command: Any, option: Any) -> None:
    """Let a command accept an option whose callback does all the work."""
    hidden = copy(option)
    hidden.expose_value = False
    command.params.append(hidden)


def use_own_help(command: Any) -> None:
    """Let a command print the help that `cli/help.py` lays out."""

    def format_help(ctx: Any, formatter: Any) -> None:
        from il2calc.cli import help as command_help

        formatter.write("\n".join(command_help.lines(command, ctx, formatter.width)))

    vars(command)["format_help"] = format_help


def help_as_option(words: Sequence[str]) -> list[str]:
    """The words typed, with `help VERB` turned into `VERB --help`.

    >>> help_as_option(["help", "log", "given"])
    ['log', 'given', '--help']
    """
    return [*words[1:], "--help"] if words[:1] == ["help"] else [*words]


class Verbs(TyperGroup):
    """The command line; it reports an error in one plain line, with its exit code."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        version = next(param for param in self.params if "--version" in param.opts)
        for verb, command in self.commands.items():
            _, command.help = VERBS[verb]
            in_all(command, partial(accept_also, option=version))

    def main(self, args: Sequence[str] | None = None, *others: Any, **settings: Any) -> Any:
        """Run a command line and end the process with its exit code."""
        settings["standalone_mode"] = False
        args = help_as_option(args or ())
        in_all(self, read_texts_unvalidated)
        in_all(self, use_own_help)
        if is_completing():
            from il2calc.cli import help as completion

            completion.attach_completions(self)
            with completion.help_rewritten():
                return super().main(args, *others, **settings)
        in_all(self, refuse_repeated)
        try:
            code = super().main(args, *others, **settings)
        except (OptionError, ImplausibleInput) as error:
            code = _tell(f"error: {shown(str(error))}", MISUSED)
        except (FaultyFile, RegimenError) as error:
            of_option = str(error).startswith("--")  # instead of a file, with which a fault begins
            code = _tell(f"error: {error}" if of_option else str(error), REFUSED)
        except MissingInput as error:
            code = _tell(f"error: {shown(_with_example(error, self, args))}", REFUSED)
        except Il2calcError as error:
            code = _tell(f"error: {shown(_with_library(str(error), args))}", REFUSED)
        except OSError as error:
            if error.filename is not None and "--install-completion" not in args:
                raise
            code = _tell(f"error: {_write_error(error)}", REFUSED)
        except TyperException as error:
            context = getattr(error, "ctx", None)
            verb = args[0] if args and args[0] in VERBS else ""
            path = context.command_path if context else f"il2calc {verb}".rstrip()
            problem, more = _reworded(error.format_message(), f"{path} --help")
            code = _tell(f"error: {_one_line(problem)} Try: {more}", MISUSED)
        sys.exit(code if isinstance(code, int) else DONE)


def _write_error(error: OSError) -> str:
    """The message about an unwritable standard output or completion file, with a way out."""
    if error.filename is None:
        output.write_into_nothing()
        return output.unwritable(error)
    problem = f"{error.filename} cannot be written ({error.strerror})"
    return shown(f"{problem}; to install it yourself: il2calc --show-completion")


class Overview(Verbs):
    """The verbs by name and help text only, none of them imported: for help and misspelt verbs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for verb, (_, text) in VERBS.items():
            self.add_command(TyperCommand(verb, help=text, rich_markup_mode=None))


def build(
    verb: str | None = None, inner: str | None = None, *, cls: type[TyperGroup] = Verbs
) -> typer.Typer:
    """The command line with one verb, or with all of them if `verb` is not one.

    Args:
        inner: the word after the verb; of `log`, only the subcommand that it names is built.
        cls: `Overview` for a command line without working verbs.
    """
    app = typer.Typer(
        cls=cls,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Published interleukin-2 regimens as dated administration tables.",
        invoke_without_command=True,
    )
    app.callback()(_welcome)
    if cls is not Verbs:
        return app
    from il2calc.cli.options import expand_groups

    for name in [verb] if verb in VERBS else VERBS:
        module = importlib.import_module(f"il2calc.cli.{VERBS[name][0]}")
        if name == "log":
            app.add_typer(module.verbs(inner if verb == name else None), name=name)
        else:
            function = name if hasattr(module, name) else f"{name}_"  # list_, import_
            app.command(name)(expand_groups(getattr(module, function)))
    return app


def is_completing() -> bool:
    """Whether a shell asks for completions."""
    return bool(os.environ.get("_IL2CALC_COMPLETE"))


def run() -> None:
    """Run the process's own command line, loading only what its verb needs."""
    words = help_as_option(sys.argv[1:])
    output.open_streams()
    if is_completing() or not VERBS.keys().isdisjoint(words):
        app = build() if is_completing() else build(*words[:2])
    else:
        app = build(cls=Overview)
    with _help_pager(words):
        call_words = [word for word in words if word != _NO_PAGER] if _is_help(words) else words
        app(args=call_words, prog_name="il2calc")


def _is_help(words: Sequence[str]) -> bool:
    return not words or words[0] == "help" or not {"-h", "--help"}.isdisjoint(words)


def _help_pager(words: Sequence[str]) -> AbstractContextManager[None]:
    """A context that sends help through a pager if it is longer than the terminal."""
    if not _is_help(words) or _NO_PAGER in words or not sys.stdout.isatty():
        return nullcontext()
    return output.all_paged()


def _tell_version(is_set: bool) -> None:
    if is_set:
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


_SHELF_COMMAND = r"il2calc (?:drug|list|show)\b[^;]*$"


def _with_library(text: str, words: Sequence[str]) -> str:
    """A message that ends in a command about regimens or drugs, with the `--library` typed."""
    typed = re.search(r"(?:^|\0)--library[=\0]([^\0]+)", "\0".join(words))
    if typed is None or not re.search(_SHELF_COMMAND, text):
        return text
    return f"{text} --library {as_typed(typed[1])}"


_EQUIVALENTS = {"--bsa": ("--height",), "--times": ("--cycles", "--weeks", "--until")}
"""Option -> others that say the same, so that it is then not needed or not allowed."""


def _with_example(error: MissingInput, command: Any, words: Sequence[str]) -> str:
    """What is missing, and the command line as typed with an example of the missing options."""
    if not error.options:
        return str(error)
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    accepted = {name for param in command.params for name in param.opts}
    typed = {word.partition("=")[0] for word in words}
    added = []
    for option, value in error.options:
        if option in accepted and typed.isdisjoint((option, *_EQUIVALENTS.get(option, ()))):
            added += [option, value]
    sized = not typed.isdisjoint(("--weight", "--bsa")) or "--weight" in added
    if "--height" in typed and not sized:
        added += ["--weight", "70"]
    line = " ".join(map(as_typed, ["il2calc", *words, *added]))
    return f"{error.needed_by}: give one, such as: {line}"


_WITH_GUESSES = (
    r"(No such (?:option: |command )'?([^' ]+)'?)\.? (?:\(Possible options: |Did you mean )(.*)[?)]"
)
_MISSING = r"Missing argument '(\w+)'\.?"
_EXTRA = r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)\.?"
_NO_VERB = r"(No such command '([^']+)')\.?"


def _reworded(text: str, more: str) -> tuple[str, str]:
    """A message of the parser in il2calc's words, and the command line to try next.

    Args:
        more: the command line that shows the help of the verb typed.
    """
    if match := re.fullmatch(_MISSING, text):
        return f"Missing argument {match[1].upper()}", more
    if match := re.fullmatch(_EXTRA, text):
        problem = f"'{match[1]}' is not expected here; put a value of several words in quotes"
        return problem, more
    match = re.fullmatch(_NO_VERB, text)
    if match and (meaning := _other_meaning(match[2])):
        return f"{match[1]}; it is {meaning[0]}", meaning[1]
    return _with_one_guess(text), more


def _with_one_guess(text: str) -> str:
    """A message of the parser with the one guess that is surely meant, or without any guess."""
    match = re.fullmatch(_WITH_GUESSES, text)
    if match is None:
        return text
    guess = nearest_slip(match[2], re.findall(r"[\w-]+", match[3]))
    return f"{match[1]}; did you mean {guess}?" if guess else match[1]


def _other_meaning(word: str) -> tuple[str, str] | None:
    """What a word typed as a verb is instead, if known, and the command line that shows it."""
    from il2calc.language import shelf
    from il2calc.model.log import EFFECTS

    if word == "start" or word in EFFECTS:
        return "a command of log", f"il2calc log {word} --help"
    return ("a regimen", f"il2calc show {word}") if word in shelf.regimen_files() else None


def _one_line(text: str) -> str:
    line = shown(" ".join(text.split()))
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."
    return line if line.endswith((".", "?")) else f"{line}."
