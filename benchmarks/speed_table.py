"""Put the tables of what was measured into the docs: `python benchmarks/speed_table.py`.

The figures are those of `docs/about/speed.json`, into which `python benchmarks` puts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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
LEAST = {"npc-bolus": 0.80, "imp321": 0.75}
"""The least that a cohort is to keep of the speed of writing alone."""
MOST_EXPONENT = 1.1
BEGIN, END = "<!-- figures of {} -->\n", "<!-- end of {} -->\n"


def _when(origin: Mapping[str, Any]) -> str:
    return f"Measured on {origin['date']} with Python {origin['python']}"


def start(measured: dict[str, Any]) -> Iterator[str]:
    """Commands beside an empty one and bare Python, with when and against what."""
    origin, commands = measured["made"], measured["commands"]
    empty, bare = commands["floor"], commands["bare python"]
    yield (
        f"{_when(origin)}: medians of {origin['rounds']} rounds, against an empty command of typer "
        f"{origin['typer']} and `python -I -c pass` in the same round."
    )
    yield ""
    yield "| command | CPU time, of an empty command | at most | of bare Python |"
    yield "| --- | --- | --- | --- |"
    for name, most in TARGETS.items():
        figures = commands[name]
        yield f"| {name} | {figures['over_floor']:.2f} | {most} | {figures['over_bare']:.1f} |"
    csv = commands["schedule, csv"]["million_instructions"]
    ratio = csv / bare["million_instructions"]
    yield ""
    yield (
        f"In user-mode instructions, under valgrind, the CSV takes {csv:,.0f} million: "
        f"{ratio:.1f} times bare Python ({bare['million_instructions']:,.0f} million; "
        "at most 15) "
        f"and {csv / empty['million_instructions']:.2f} of the empty command "
        f"({empty['million_instructions']:,.0f} million)."
    )


def cohort(measured: dict[str, Any]) -> Iterator[str]:
    """Rows per second beside writing alone, and memory by the number of patients."""
    origin = measured["made"]
    yield (
        f"{_when(origin)}, numpy {origin['numpy']} and pyarrow {origin['pyarrow']}, one thread: "
        f"medians of {origin['rounds']} rounds, each of which writes the same batches twice, as "
        "they lie in memory and as they are made."
    )
    yield ""
    sizes = list(measured["npc-bolus"]["peak_MB"])
    peaks = " | ".join(f"MB, {int(size):,} patients" for size in sizes)
    yield (
        "| regimen | million rows per CPU second | of writing alone | at least | rows that differ "
        f"from single schedules | {peaks} |"
    )
    yield "| --- " * (5 + len(sizes)) + "|"
    for name, least in LEAST.items():
        figures = measured[name]
        memory = " | ".join(f"{figures['peak_MB'][size]:.0f}" for size in sizes)
        yield (
            f"| {name} | {figures['made_and_written']:.1f} | {figures['ratio']:.2f} | {least:.2f} "
            f"| {figures['rows_that_differ']} | {memory} |"
        )


def growth(measured: dict[str, Any]) -> Iterator[str]:
    """Of each kind of work the steepest growth, between its two largest sizes."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for name, figures in measured.items():
        if figures.get("exponent") is not None:
            kinds.setdefault(name.partition(",")[0], []).append(figures)
    yield f"{_when(measured['made'])}. {_LINEAR}"
    yield from _exponents("work", {name: _steepest(figures) for name, figures in kinds.items()})


def folders(measured: dict[str, Any]) -> Iterator[str]:
    """The growth of verbs with the files of a folder."""
    yield f"{_when(measured['made'])}. {_LINEAR}"
    verbs = {name: figures for name, figures in measured.items() if "exponent" in figures}
    yield from _exponents("verb", verbs)


def logs(measured: dict[str, Any]) -> Iterator[str]:
    """Of each kind of work on a course log the steepest growth, and in which kind of log."""
    kinds = {name: figures for name, figures in measured.items() if name != "made"}
    yield f"{_when(measured['made'])}, of {len(kinds)} kinds of logs. {_LINEAR}"
    yield ""
    yield "| work | kind of log | up to | CPU time there | exponent |"
    yield "| --- | --- | --- | --- | --- |"
    for act in dict.fromkeys(act for figures in kinds.values() for act in figures):
        acts = {name: figures[act] for name, figures in kinds.items() if act in figures}
        name = max(acts, key=lambda log_kind: float(acts[log_kind]["exponent"]))
        size, time = list(acts[name]["seconds"].items())[-1]
        exponent = acts[name]["exponent"]
        yield f"| {act} | {name} | {int(size):,} | {time:.1f} s | {exponent:.2f} |"


_LINEAR = f"An exponent of 1 is linear; at most {MOST_EXPONENT}."


def _steepest(figures: list[dict[str, Any]]) -> dict[str, Any]:
    return max(figures, key=lambda one: float(one["exponent"]))


def _exponents(what: str, figures: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    yield ""
    yield f"| {what} | up to | CPU time there | exponent |"
    yield "| --- | --- | --- | --- |"
    for name, one in figures.items():
        size, time = list(one["seconds"].items())[-1]
        yield f"| {name} | {int(size):,} | {time:.1f} s | {one['exponent']:.2f} |"


PARTS = {"start": start, "cohort": cohort, "growth": growth, "folders": folders, "logs": logs}


def page(text: str, measured: Mapping[str, dict[str, Any]]) -> str:
    """A page with these figures in the place of those that it has."""
    for name, told in PARTS.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, rest = text.split(begin, 1)
        figures = "".join(f"{line}\n" for line in told(measured[name]))
        text = f"{before}{begin}{figures}{end}{rest.split(end, 1)[1]}"
    return text


def main() -> None:
    """Write the page anew."""
    measured = json.loads((FOLDER / "speed.json").read_text(encoding="utf-8"))
    path = FOLDER / "speed.md"
    path.write_text(page(path.read_text(encoding="utf-8"), measured), encoding="utf-8")


if __name__ == "__main__":
    main()
