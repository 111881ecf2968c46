"""What a shell may complete: ids, arms, drugs and the values of options. Loaded only then.

Where nothing is offered, a shell offers files: that is meant for `--output`, logs and patients.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from il2calc import language
from il2calc.cli import formats, output
from il2calc.errors import Il2calcError
from il2calc.model.patient import FORMULA_NAMES

if TYPE_CHECKING:
    from il2calc.model.regimen import Regimen

Maker = Callable[[typer.Context, str], Iterable[str]]


class Item(NamedTuple):
    """Something that is offered, as the option parser hands it to a shell."""

    value: str
    type: str = "plain"
    help: str | None = None


def regimens(ctx: typer.Context, _: str) -> Iterable[str]:
    """Ids of regimens."""
    return language.shelf.names(_folder(ctx))


def arms(ctx: typer.Context, _: str) -> Iterable[str]:
    """Arms of the regimen that was typed."""
    return _regimen(ctx).arms


def drugs(ctx: typer.Context, _: str) -> Iterable[str]:
    """Drugs with a monograph."""
    return language.shelf.drugs(_folder(ctx))


def _regimen(ctx: typer.Context) -> Regimen:
    """The regimen that was typed; the option parser may have stopped before it."""
    typed = ctx.params.get("regimen") or next(iter(ctx.args), "")
    return language.load(str(typed), folder=_folder(ctx))


def _of_regimen(ctx: typer.Context) -> Iterable[str]:
    """The drugs of the regimen that was typed; all with a monograph where it cannot be read."""
    try:
        return dict.fromkeys(dose.drug for dose in _regimen(ctx).doses())
    except Il2calcError:
        return drugs(ctx, "")


def _rounded(ctx: typer.Context, _: str) -> Iterable[str]:
    return (f"{drug}={way}" for drug in _of_regimen(ctx) for way in ("vial", "tablet", "bands:"))


def _by_drug(ctx: typer.Context, _: str) -> Iterable[str]:
    return (f"{drug}=" for drug in _of_regimen(ctx))


def _zones(*_: object) -> Iterable[str]:
    from il2calc.plan.dating import places

    return places()


def _columns(ctx: typer.Context, incomplete: str) -> Iterable[str]:
    """The next of several columns, each of which is named once."""
    format_ = ctx.params.get("format_") or "csv"
    if ctx.info_name == "cohort":
        from il2calc.cohort.expansion import TEXTS

        known: Iterable[str] = TEXTS
    else:
        known = formats.columns_of(format_, of_course=ctx.info_name == "replan")
    before, comma, _ = incomplete.rpartition(",")
    return (f"{before}{comma}{name}" for name in known if name not in before.split(","))


VALUES: dict[str, Maker] = {
    "REGIMEN": regimens,
    **dict.fromkeys(("regimen", "other", "--regimen", "files"), regimens),
    **dict.fromkeys(("name", "--drug"), drugs),
    **dict.fromkeys(("--percent", "--cmt"), _by_drug),
    "--arm": arms,
    "--round": _rounded,
    "--tz": _zones,
    "--columns": _columns,
    "--bsa-formula": lambda *_: FORMULA_NAMES,
    "--formula": lambda *_: (*FORMULA_NAMES, "all"),
    "--format": lambda *_: formats.FORMATS,
}
"""Option, argument or name of a value -> what it may be; `text|json` is one of these two."""


def attach(command: Any) -> None:
    """Let the parameters of a command, and of those within it, offer what they may be."""
    for param in command.params:
        words = (param.metavar or "").split("|")
        maker = VALUES.get(param.opts[0]) or VALUES.get(param.metavar)
        if words[1:]:
            maker = partial(_among, words)
        if maker is not None and not getattr(param, "is_flag", False):
            vars(param)["shell_complete"] = partial(_items, maker)
    for inner in getattr(command, "commands", {}).values():
        attach(inner)


def _among(words: Sequence[str], *_: object) -> Iterable[str]:
    return words


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
