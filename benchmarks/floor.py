"""The floor of a start-up: a typer command that does nothing."""

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def nothing() -> None:
    """Do nothing."""


app()
