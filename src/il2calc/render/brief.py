"""Uniform stretches of rows folded into one entry each; nothing but repetition is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from il2calc.daytimes import DAY
from il2calc.planned import Turn
from il2calc.render import words
from il2calc.render.sections import Row


def folded(
    rows: Sequence[Row], amounts: Mapping[str, str], *, blocks: bool
) -> Iterator[tuple[str, str]]:
    """When and what, per stretch of one dose at even intervals, in the order of their first rows.

    Args:
        rows: the rows of one section.
        amounts: the amount in words, by the path of the dose.
        blocks: name the block turn of each stretch, where no heading does.
    """
    stretches: list[list[Row]] = []
    running: dict[tuple[str, Turn, tuple[str, ...]], list[Row]] = {}
    for row in rows:
        marks = tuple(mark for mark in row.marks if mark != "W")
        key = (row.administration.dose.path, row.administration.turn, marks)
        stretch = running.get(key)
        if stretch is not None and _continues(stretch, row):
            stretch.append(row)
        else:
            running[key] = [row]
            stretches.append(running[key])
    for stretch in stretches:
        yield _line(stretch, amounts, blocks=blocks)


def _continues(stretch: Sequence[Row], row: Row) -> bool:
    if len(stretch) == 1:
        return True
    one, two = stretch[-2].administration.minute, stretch[-1].administration.minute
    return row.administration.minute - two == two - one


def _line(stretch: Sequence[Row], amounts: Mapping[str, str], *, blocks: bool) -> tuple[str, str]:
    first, last = stretch[0].administration, stretch[-1].administration
    when = words.days(first.regimen_day, last.regimen_day)
    if len(stretch) == 2 and first.regimen_day != last.regimen_day:
        when = f"days {first.regimen_day} and {last.regimen_day}"
    if blocks and (chain := first.turn.chain()):
        when += f" in {words.turn_name(chain)}"
    if first.when is not None and last.when is not None:
        start = f"{words.dated(first.when)} {first.clock}"
        end = f" to {words.dated(last.when)} {last.clock}" if stretch[1:] else ""
        when = f"{when}: {start}{end}"
    else:
        when = f"{when}: {first.clock}"
    dose = first.dose
    what = f"{dose.drug} {amounts[dose.path]}, {words.route(dose)}"
    if stretch[1:]:
        step = stretch[1].administration.minute - first.minute
        how = "daily" if step == DAY else f"one every {words.minutes(step)}"
        what += f", {len(stretch)} doses, {how}"
    if first.latest_date is not None:
        when += f" (the first at the latest {first.latest_date.isoformat()})"
    elif first.latest_day is not None:
        when += f" (the first at the latest day {first.latest_day})"
    marks = list(dict.fromkeys(mark for row in stretch for mark in row.marks))
    return when, what + (f" [{' '.join(marks)}]" if marks else "")
