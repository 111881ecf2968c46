"""What a verification of an installation has found, as one page with room for two signatures.

The page needs no module that computes: of an installation that lacks one it tells that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from il2calc import __version__

if TYPE_CHECKING:
    from il2calc.report.sheet import Part

FORMAT = "il2calc.verification/1"
TITLE = "Verification of an il2calc installation"
SIGNED_BY = ("Carried out by", "Checked by")
_MOST_TOLD = 5
_BLANK = "_" * 14


class Check(NamedTuple):
    """One thing that was looked at.

    Args:
        told: what was looked at and how much of it.
        differences: what is not as it should be; empty = all is.
        done: it could be looked at; otherwise `told` says why not, and whether that is a fault.
    """

    name: str
    told: str
    differences: tuple[str, ...] = ()
    done: bool = True

    def verdict(self) -> str:
        """In one word or two."""
        if self.differences:
            return "DIFFERS" if self.done else "NOT VERIFIABLE"
        return "as it should be" if self.done else "not looked at"


class Verification(NamedTuple):
    """All that was looked at, with what, and when."""

    when: datetime
    installation: Sequence[Check]
    operation: Sequence[Check]
    versions: Mapping[str, str]

    def checks(self) -> list[Check]:
        """Both parts."""
        return [*self.installation, *self.operation]

    def holds(self) -> bool:
        """Whether nothing differs."""
        return not any(check.differences for check in self.checks())


def paragraphs(found: Verification) -> Iterator[Part]:
    """The page under its headings."""
    yield TITLE, [f"il2calc {__version__}", f"looked at on {found.when:%Y-%m-%d %H:%M} UTC"]
    for heading, checks in (
        ("Installation: the files", found.installation),
        ("Operation: the schedules that ship, computed here", found.operation),
    ):
        yield heading, [line for check in checks for line in _lines(check)]
    yield "Versions", ["; ".join(f"{name} {version}" for name, version in found.versions.items())]
    yield "Result", [result(found)]
    yield "Signatures", [*signatures()]


def _lines(check: Check) -> Iterator[str]:
    yield f"{check.name}: {check.verdict()}. {check.told}".rstrip()
    yield from (f"  {text}" for text in check.differences[:_MOST_TOLD])
    if (more := len(check.differences) - _MOST_TOLD) > 0:
        yield f"  and {more:,} more; all of them: --format json"


def result(found: Verification) -> str:
    """In one sentence, and what it does not say."""
    count = sum(len(check.differences) for check in found.checks())
    if not count:
        told = "Nothing differs."
    else:
        told = f"Not as it should be: {count:,} finding{'s' if count > 1 else ''} above."
    return f"{told} This does not say that a regimen is right for a patient."


def signatures() -> Iterator[str]:
    """A line for each who signs."""
    for who in SIGNED_BY:
        yield f"{who}: name {_BLANK} date {_BLANK[:10]} signature {_BLANK}"


def document(found: Verification) -> dict[str, Any]:
    """The same for programs."""
    from il2calc.report.plain_data import headed

    return {
        **headed(FORMAT),
        "when": f"{found.when:%Y-%m-%dT%H:%M}Z",
        "holds": found.holds(),
        "installation": [_told(check) for check in found.installation],
        "operation": [_told(check) for check in found.operation],
        "versions": dict(found.versions),
    }


def _told(check: Check) -> dict[str, Any]:
    return {
        "check": check.name,
        "done": check.done,
        "told": check.told,
        "differences": list(check.differences),
    }
