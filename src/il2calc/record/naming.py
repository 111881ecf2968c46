"""Which dose, and which block turn, a user means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from il2calc.course import Chain, DoseKey, chain_text
from il2calc.errors import Refused, UnknownName
from il2calc.record.places import chain_of
from il2calc.record.replay import Course

_NUMBERED = re.compile(r"(.+) ([0-9]{1,6})")


def find(course: Course, rows: Sequence[int]) -> tuple[DoseKey, ...]:
    """The doses of row numbers, each once, in the order of their rows.

    Raises:
        Refused: a row that there is not.
    """
    known = {row.number: row.key for row in course.rows}
    for row in rows:
        if row not in known:
            raise Refused(
                f"there is no row {row}; the course has rows 1 to {len(known)} "
                f"(il2calc replan {course.log.file}); more turns of an open block are given in "
                "its head, as times: {BLOCK: 4}"
            )
    return tuple(known[row] for row in sorted(set(rows)))


def turn(course: Course, text: str) -> Chain:
    """The block turn of a text, such as `course 1/cycle 2` or, where only one fits, `cycle 2`.

    A block that is not repeated needs no number. What stands around a turn may be left out.

    Raises:
        Refused: several turns fit; names them.
        UnknownName: none does.
    """
    turns = [chain_of(each) for each, _ in course.schedule.turns]
    turns = [chain for chain in turns if chain]
    parts = [_part(part) for part in re.split(r"[/,]", text)]
    exact = [chain for chain in turns if len(chain) == len(parts) and _fits(chain, parts)]
    fitting = exact or [chain for chain in turns if _fits(chain, parts)]
    if not fitting:
        raise UnknownName("block turn", text, [chain_text(chain) for chain in turns])
    if len(fitting) > 1:
        which = " or ".join(f"'{chain_text(chain)}'" for chain in fitting[:4])
        more = " ..." if fitting[4:] else ""
        raise Refused(f"{text!r} may be several block turns; write which: {which}{more}")
    return fitting[0]


def _part(text: str) -> tuple[str, int | None]:
    """A block's name and the number of its turn, where one is written."""
    bare = " ".join(text.split()).casefold()
    match = _NUMBERED.fullmatch(bare)
    return (match[1], int(match[2])) if match else (bare, None)


def _fits(chain: Chain, parts: Sequence[tuple[str, int | None]]) -> bool:
    """Whether a turn ends in these parts, others perhaps standing between them."""
    if not _same(chain[-1], parts[-1]):
        return False
    around = iter(chain[:-1])
    return all(any(_same(each, part) for each in around) for part in parts[:-1])


def _same(each: tuple[str, int], part: tuple[str, int | None]) -> bool:
    name, number = part
    if number is None:
        return each[0].casefold() == name
    whole = f"{name} {number}"  # a name may itself end in a number
    return (each[0].casefold(), each[1]) == part or each[0].casefold() == whole
