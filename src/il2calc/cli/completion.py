"""What a shell may complete: ids of regimens and the arms of the one that was typed."""

from __future__ import annotations

from pathlib import Path

import typer

from il2calc import library
from il2calc.errors import Il2calcError


def regimens(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ids that begin with what was typed."""
    try:
        return [name for name in library.shelf.names(_folder(ctx)) if name.startswith(incomplete)]
    except Il2calcError:
        return []


def arms(ctx: typer.Context, incomplete: str) -> list[str]:
    """Arms of the regimen that was typed; none where it cannot be read."""
    try:
        typed = ctx.params.get("regimen") or next(iter(ctx.args), "")
        regimen = library.load(str(typed), folder=_folder(ctx))
    except Il2calcError:
        return []
    return [name for name in regimen.arms if name.startswith(incomplete)]


def drugs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Drugs with a monograph that begin with what was typed."""
    try:
        return [name for name in library.shelf.drugs(_folder(ctx)) if name.startswith(incomplete)]
    except Il2calcError:
        return []


def _folder(ctx: typer.Context) -> Path | None:
    folder: Path | None = ctx.params.get("folder")
    return folder
