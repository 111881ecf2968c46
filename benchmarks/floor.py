"""The floor of a start-up: a typer command that does nothing, with yaml and pydantic imported."""

import pydantic  # noqa: F401 - typer imports it for every command; the floor must carry it too
import typer
import yaml  # noqa: F401 - every schedule reads YAML

app = typer.Typer(rich_markup_mode=None)


@app.command()
def nothing() -> None:
    """Do nothing."""


app()
