"""The command line as a whole: which verbs there are, and what becomes of an error.

Exit 0 done; 1 il2calc refuses and says why; 2 an option is unknown or cannot be read; 3 with
`--strict` where there is any caution. A bug keeps its traceback.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from il2calc import __version__
from il2calc.cli import output
from il2calc.cli.options import OptionError
from il2calc.errors import FaultyFile, Il2calcError, ImplausibleInput, RegimenError, shown

VERBS = {
    "list": "regimen_verbs",
    "show": "regimen_verbs",
    "schedule": "schedule_verb",
    "prepare": "prepare_verb",
    "drug": "drug_verbs",
    "convert": "drug_verbs",
    "compatible": "drug_verbs",
    "screen": "drug_verbs",
    "check": "regimen_verbs",
    "schema": "regimen_verbs",
    "bsa": "bsa_verb",
    "log": "log_verbs",
    "replan": "replan_verbs",
    "intensity": "replan_verbs",
}
"""Verb -> the module it stands in."""

_LONGEST = 1000
DONE, REFUSED, MISUSED = 0, 1, 2


class Verbs(TyperGroup):
    """Tells errors in one plain line and turns them into exit codes."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run a command line and end the process with its exit code."""
        extra["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **extra)
        except (OptionError, ImplausibleInput) as error:
            code = _tell(f"error: {shown(str(error))}", MISUSED)
        except (FaultyFile, RegimenError) as error:
            code = _tell(_with_kind(str(error)), REFUSED)
        except Il2calcError as error:
            code = _tell(f"error: {shown(str(error))}", REFUSED)
        except OSError as error:
            if error.filename is not None:
                raise
            code = _tell(f"error: standard output cannot be written ({error.strerror})", REFUSED)
        except TyperException as error:
            context = getattr(error, "ctx", None)
            verb = args[0] if args and args[0] in VERBS else ""
            path = context.command_path if context else f"il2calc {verb}".rstrip()
            more = f"{path} --help"
            code = _tell(f"error: {_one_line(error.format_message())} Try: {more}", MISUSED)
        sys.exit(code if isinstance(code, int) else DONE)


def build(verb: str | None = None) -> typer.Typer:
    """The command line with one verb, or with all of them where none is known."""
    made = typer.Typer(
        cls=Verbs,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Published interleukin-2 regimens as dated administration tables.",
        invoke_without_command=True,
    )
    made.callback()(_welcome)
    modules = [VERBS[verb]] if verb in VERBS else dict.fromkeys(VERBS.values())
    for name in modules:
        importlib.import_module(f"il2calc.cli.{name}").register(made)
    return made


def run() -> None:
    """Run the process's own command line, loading only what its verb needs."""
    verb = sys.argv[1] if sys.argv[1:] else None
    if any(name.endswith("_COMPLETE") for name in os.environ):
        verb = None
    output.open_streams()
    build(verb)(args=sys.argv[1:], prog_name="il2calc")


def _welcome(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        output.write([f"il2calc {__version__}"])
    elif ctx.invoked_subcommand is None:
        output.write((Path(__file__).parent / "welcome.txt").read_text("utf-8").splitlines())


def _tell(text: str, code: int) -> int:
    output.tell(text)
    return code


def _with_kind(text: str) -> str:
    """Faults begin with their file; what an option caused begins with its kind."""
    return f"error: {text}" if text.startswith("--") else text


def _one_line(text: str) -> str:
    line = shown(" ".join(text.split()))
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."
    return line if line.endswith((".", "?")) else f"{line}."
