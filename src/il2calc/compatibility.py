"""What is known of a drug together with others: nothing known is never taken for safe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from il2calc.drug import Drug, Fact, Meeting

Outcome = Literal["compatible", "as stated", "incompatible", "avoid", "given beside", "no data"]


class Known(NamedTuple):
    """What is known of one other.

    Args:
        given: as the user typed it.
        name: as the monograph lists it; None where it does not.
    """

    given: str
    name: str | None
    outcome: Outcome
    facts: tuple[Fact, ...]


def known(drug: Drug, others: Iterable[str]) -> tuple[Known, ...]:
    """What the monograph knows of each other, by its name, a synonym or its class.

    Names are compared without regard to case. Where several entries speak of one name all are
    told, and the most cautious verdict stands first.
    """
    return tuple(_of(drug, other) for other in others)


def all_compatible(found: Iterable[Known]) -> bool:
    """Whether every one is documented as compatible."""
    return all(each.outcome == "compatible" for each in found)


_CAUTION: tuple[Outcome, ...] = (
    "incompatible",
    "avoid",
    "given beside",
    "as stated",
    "compatible",
)


def _of(drug: Drug, other: str) -> Known:
    meetings = [each for each in drug.meetings if _speaks_of(each, other)]
    if not meetings:
        return Known(other, None, "no data", ())
    meetings.sort(key=lambda each: _CAUTION.index(each.verdict))
    first = meetings[0]
    return Known(other, first.name, first.verdict, tuple(each.fact for each in meetings))


def _speaks_of(meeting: Meeting, other: str) -> bool:
    return _plain(other) in map(_plain, (meeting.name, *meeting.also))


def _plain(name: str) -> str:
    """A name without the ways of writing it that mean the same: case, spaces, order, `0.9%`."""
    return " ".join(sorted(name.casefold().replace("%", " % ").split()))
