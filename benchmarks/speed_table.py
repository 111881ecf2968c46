"""Put the table of measured starts into the docs: `python benchmarks/speed_table.py`.

The figures are those of `docs/about/speed.json`, which `run.py` prints.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "docs" / "about"
TARGETS = {
    "schedule, csv": 0.95,
    "schedule, table": 1.05,
    "convert": 1.1,
    "prepare": 1.1,
    "schedule, ics": 1.2,
    "log given": 1.2,
    "schedule, html": 1.5,
}
"""The most that a command may take of the time of an empty one."""
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def table(measured: dict[str, Any]) -> str:
    """The figures as a table of Markdown, with when and against what they were measured."""
    made, start = measured["made"], measured["start"]
    empty, bare = start["floor"], start["bare python"]
    lines = [
        (
            f"Measured on {made['date']} with Python {made['python']}, other work beside it: "
            f"medians of {made['rounds']} rounds, against an empty command of typer "
            f"{made['typer']} and `python -I -c pass` in the same round."
        ),
        "",
        "| command | CPU time, of an empty command | at most | of bare Python |",
        "| --- | --- | --- | --- |",
    ]
    for name, most in TARGETS.items():
        found = start[name]
        lines.append(f"| {name} | {found['over_floor']:.2f} | {most} | {found['over_bare']:.1f} |")
    csv = start["schedule, csv"]["million_instructions"]
    ratio = csv / bare["million_instructions"]
    lines += [
        "",
        (
            f"In user-mode instructions, under valgrind, the CSV takes {csv:,.0f} million: "
            f"{ratio:.1f} times bare Python ({bare['million_instructions']:,.0f} million; "
            "at most 15) "
            f"and {csv / empty['million_instructions']:.2f} of the empty command "
            f"({empty['million_instructions']:,.0f} million)."
        ),
    ]
    return "\n".join(lines) + "\n"


def page(text: str, figures: str) -> str:
    """A page with these figures in the place of those that it has."""
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}{figures}{END}{rest.split(END, 1)[1]}"


def main() -> None:
    """Write the page anew."""
    measured = json.loads((FOLDER / "speed.json").read_text(encoding="utf-8"))
    path = FOLDER / "speed.md"
    path.write_text(page(path.read_text(encoding="utf-8"), table(measured)), encoding="utf-8")


if __name__ == "__main__":
    main()
