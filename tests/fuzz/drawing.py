"""Files of the three kinds, changed here and there, and command lines of words that exist."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
_TEXTS = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
NASTY = (
    *("", " ", "0", "-1", "1", "1e9", "9" * 40, "0." + "0" * 60 + "1", "NaN", "yes", "no", "null"),
    *(
        "08:00",
        "24:00",
        "1 to 5",
        "5 to 1",
        "[1, 8]",
        "1 onward",
        "-7 to -1",
        "2026-02-30",
        "up to 3",
    ),
    *(
        "5 mg",
        "5 mg/kg",
        "5 mg/m2/day",
        "5 AUC",
        "18 million IU",
        "0 mg",
        "-5 mg",
        "5 parsecs",
        "5 %",
    ),
    *(
        "7 days",
        "2 to 3 weeks",
        "1 month",
        "every: 8 hours",
        "open",
        "not stated",
        "cycle 99",
        "course",
    ),
    *(
        "a: b",
        "- a",
        "{a: b}",
        "&a b",
        "*a",
        "!!int 3",
        "# no",
        "'",
        '"',
        "\\",
        "é日本",
        "\u202egnp",
        "\N{CYRILLIC SMALL LETTER HA}",
    ),
    *(
        "doe2020",
        "aldesleukin",
        "IV bolus",
        "SC",
        "x" * 400,
        "a.b.c[0]",
        "0001-01-01",
        "9999-12-31",
    ),
)
"""Texts that mean something, or nothing, at some place of a file."""


def seeds(kind: str) -> list[Path]:
    """The shipped files of a kind that changed ones are drawn from."""
    folder = ROOT / "regimens"
    return sorted((folder / "drugs" if kind == "drug" else folder).glob("*.yaml"))


def file(kind: str, text: str, random: Random) -> str:
    """A text of a file with some of its values or keys changed; now and then with bytes cut."""
    data = yaml.load(text, Loader=_TEXTS)  # noqa: S506 - it makes texts only
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        _change(data, random)
    changed: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1_000)
    if kind == "log" or random.random() < 0.9:
        return changed
    place = random.randrange(len(changed) + 1)
    return (
        changed[:place] + random.choice(("", "\t", "\x00", "]", "\n---\n")) + changed[place + 3 :]
    )


def _change(data: Any, random: Random) -> None:
    holder, key = random.choice(list(_places(data)))
    value = holder[key]
    choice = random.randrange(7)
    if choice < 3:
        holder[key] = random.choice(NASTY)
    elif choice == 3:
        del holder[key]
    elif choice == 4:
        holder[key] = random.choice(([value], [value, value], {"a": value}, {}, []))
    elif choice == 5 and isinstance(holder, dict):
        holder[random.choice((f"{key}x", "at", "over", "repeat", "day", "arm", "cap"))] = value
    else:
        other, its = random.choice(list(_places(data)))
        holder[key] = copy.deepcopy(other[its])


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every mapping or list with each of its keys or places."""
    for key in data if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from _places(data[key])


WORDS = (
    *(
        "npc-bolus",
        "imatinib",
        "aldesleukin",
        "S-07.yaml",
        "changed.yaml",
        "none.yaml",
        "-",
        "--",
        ".",
    ),
    *("--weight", "--height", "--bsa", "--start", "--at", "--tz", "--format", "--arm", "--cycles"),
    *("--times", "--set", "--percent", "--round", "--columns", "--from", "--to", "--as-of", "--by"),
    *("--reason", "--what-if", "--drug", "--output", "--help", "--strict", "--explain", "--until"),
    *(
        "70",
        "170",
        "1.8",
        "2026-12-01",
        "08:00",
        "Europe/London",
        "csv",
        "json",
        "table",
        "ics",
        "x",
    ),
    *(
        "3 days",
        "1-3",
        "7",
        "course 1/cycle 2",
        "cycle 1",
        "66.5 kg",
        "5 million IU",
        "75 %",
        "yes",
    ),
)
VERBS = (
    *(
        ["list"],
        ["show"],
        ["check"],
        ["schedule"],
        ["prepare"],
        ["drug"],
        ["convert"],
        ["compatible"],
    ),
    *(["replan"], ["intensity"], ["bsa"], ["diff"], ["schema"], ["screen"]),
    *(
        ["log", verb]
        for verb in ("given", "hold", "delay", "shift", "weigh", "undo", "check", "part")
    ),
)


def command_line(random: Random) -> list[str]:
    """A verb with words that verbs take, and some that nobody means."""
    words = [
        random.choice(random.choice((WORDS, WORDS, NASTY))) for _ in range(random.randint(0, 7))
    ]
    return [*random.choice(VERBS), *(word for word in words if "\x00" not in word)]
