"""A schedule as Markdown, for a protocol annex or an issue: every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from il2calc.administration import Administration
from il2calc.render import notes, words
from il2calc.render.csv import block_path
from il2calc.render.sections import marked
from il2calc.schedule import Caution, Schedule
from il2calc.units import safe

_NUMBERED = re.compile(r"^([0-9]+)\.(?= )")
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>&|#!~])")


def lines(schedule: Schedule, cautions: Sequence[Caution]) -> Iterator[str]:
    """The sheet as Markdown, line by line."""
    rows, marks = marked(schedule, cautions)
    yield f"# {escaped(schedule.regimen.title)}"
    yield ""
    yield from (f"- {label}: {escaped(text)}" for label, text in notes.head(schedule))
    if len(rows) < len(schedule.administrations):
        yield f"- {notes.shown(schedule)}"
    yield ""
    yield "| no. | day | date | time | block | drug | dose | route | marks |"
    yield "| ---: | ---: | --- | --- | --- | --- | ---: | --- | --- |"
    for row in rows:
        each = row.administration
        cells = (
            str(each.number),
            str(each.regimen_day),
            words.dated(each.when) if each.when else "",
            each.clock,
            block_path(each),
            each.dose.drug,
            safe(each.dosed.value, each.dosed.unit),
            words.route(each.dose),
            ", ".join(filter(None, (" ".join(row.marks), _latest(each)))),
        )
        yield f"| {' | '.join(escaped(cell) for cell in cells)} |"
    legend = [f"{mark}: {meaning}" for mark, meaning in marks.legend()]
    blocks = [
        ("Marks", legend),
        ("Cautions", [caution.text for caution in cautions]),
        ("Totals", list(notes.totals(schedule))),
        ("Rules used", list(notes.rules(schedule))),
        *notes.resting_on(schedule),
    ]
    for heading, texts in blocks:
        if texts:
            yield from ("", f"## {heading}", "")
            yield from (f"- {escaped(text)}" for text in texts)


def _latest(each: Administration) -> str:
    late = words.latest(each.latest_date, each.latest_day)
    return f"latest {late}" if late else ""


def escaped(text: str) -> str:
    r"""A text in which nothing acts as Markdown or HTML.

    >>> escaped("<b> | *x*")
    '\\<b\\> \\| \\*x\\*'
    """
    return _NUMBERED.sub(r"\1\\.", _ACTIVE.sub(r"\\\1", text))
