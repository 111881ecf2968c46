"""What a log records beside what was said: amount, route and time of each dose that was given.

Doses that are alike, at even intervals, stand in one run. A regimen's file stands in its log whole,
compressed, so that rows of an earlier version keep what they rest on.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from il2calc.model.effects import Portion
from il2calc.text.safefile import MOST_BYTES

Run = tuple[Portion, int, int]
"""The first of some alike portions, how many there are, and from one to the next [min]."""


def runs(portions: Iterable[Portion]) -> Iterator[Run]:
    """Portions in order, those alike and at even intervals together."""
    found: list[Portion] = []
    for portion in portions:
        if found and not _continues(found, portion):
            yield _run(found)
            found = []
        found.append(portion)
    if found:
        yield _run(found)


def _continues(run: Sequence[Portion], portion: Portion) -> bool:
    first, last = run[0], run[-1]
    step = portion.at - last.at
    alike = portion[:2] == first[:2] and not first.at.fold and not portion.at.fold
    return alike and step > timedelta() and (len(run) == 1 or step == run[1].at - first.at)


def _run(run: Sequence[Portion]) -> Run:
    step = run[1].at - run[0].at if run[1:] else timedelta()
    return run[0], len(run), int(step.total_seconds()) // 60


def portions(runs: Iterable[Mapping[str, Any]]) -> tuple[Portion, ...]:
    """The portions of runs as they were read: amount, route and time of each dose in turn."""
    return tuple(
        Portion(
            run["amount"],
            run["route"],
            (run["at"] + place * timedelta(minutes=run.get("every", 0))).replace(
                fold=int(run.get("again", False))
            ),
        )
        for run in runs
        for place in range(run.get("doses", 1))
    )


def packed(text: bytes) -> str:
    """A regimen file as one word: compressed, then in letters and digits."""
    return base64.b64encode(zlib.compress(text, 9)).decode()


def unpacked(word: str) -> bytes:
    """The regimen file of such a word.

    Raises:
        ValueError: it is none.
    """
    wrong = "is not the text of a regimen file as il2calc log wrote it; leave it as it was written"
    try:
        packing = zlib.decompressobj()
        text = packing.decompress(base64.b64decode(word, validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError):
        raise ValueError(wrong) from None
    if not packing.eof:
        raise ValueError(wrong)
    return text


def sha256(text: bytes) -> str:
    """The content hash of a regimen file."""
    return hashlib.sha256(text).hexdigest()
