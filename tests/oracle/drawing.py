"""Regimens and people drawn at random from a seed, as plain data of the language."""

from __future__ import annotations

from fractions import Fraction
from itertools import count
from random import Random
from typing import Any

from oracle.meaning import Person

AMOUNTS = ("400 mg", "72.5 mcg/kg", "1.4 mg/m2", "8 mg/kg", "5 AUC", "80 mg/m2", "0.75 g/m2")
BANDS = {
    "kg": ("below 50 kg", "50 to 80 kg", "above 80 kg"),
    "m2": ("below 1.5 m2", "1.5 to 1.9 m2", "1.9 m2 or more"),
    "mL/min": ("below 60 mL/min", "60 mL/min or more"),
}
DAYS: tuple[Any, ...] = (1, 2, 5, [1, 8, 15], "1 to 5", [1, "3 to 5"], ["2 to 4", "6 to 9"], [2, 9])


class Drawing:
    """One regimen after another from one seed."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = count(1)

    def chance(self, percent: int) -> bool:
        """Yes, so often in a hundred."""
        return self.random.randrange(100) < percent

    def body(self) -> dict[str, Any]:
        """The doses and blocks of a regimen."""
        body = self.held(depth=0, every=None)
        return body or self.body()

    def held(self, depth: int, every: int | None, turns: int = 1) -> dict[str, Any]:
        """The doses and blocks of a block, or of the regimen."""
        held: dict[str, Any] = {}
        if depth or self.chance(40):
            many = self.random.randint(1, 2)
            held["doses"] = [self.dose(every, turns, outermost=not depth) for _ in range(many)]
        if depth < 3 and every is None and self.chance(90 if not depth else 45):
            held["blocks"] = [self.block(depth + 1) for _ in range(self.random.randint(1, 3))]
            beside = [block for block in held["blocks"] if "day" not in block]
            for block in beside[:-1]:
                block.setdefault("rest", self.random.choice(("0 days", "2 days", "1 weeks")))
        return held

    def block(self, depth: int) -> dict[str, Any]:
        """A block with its repeat, its marks, its doses and its blocks."""
        random = self.random
        block: dict[str, Any] = {"block": f"block {next(self.names)}"}
        every = None
        turns = 1
        if self.chance(75):
            turns = random.randint(1, 4)
            repeat: dict[str, Any] = {random.choice(("times", "up_to")): turns}
            if self.chance(55):
                every = random.choice((14, 21, 28))
                wide = f"{every} to {every + 3} days" if self.chance(25) else f"{every} days"
                repeat["every"] = wide
            else:
                repeat["rest"] = random.choice(("0 days", "7 days", "5 to 6 days", "1 to 2 weeks"))
            if self.chance(25):
                repeat["only_if"] = f"response {next(self.names)}"
            block["repeat"] = repeat
        if self.chance(15):
            block["only_if"] = f"consent {next(self.names)}"
        if self.chance(15):
            block["day"] = random.randint(1, 9)
        fixed = every if every and "to" not in block["repeat"]["every"] else None
        block |= self.held(depth, fixed, turns)
        if every and not fixed and "blocks" in block:
            del block["blocks"]
        return block

    def dose(self, every: int | None, turns: int, *, outermost: bool) -> dict[str, Any]:
        """A dose of a drug of its own."""
        random = self.random
        dose: dict[str, Any] = {"drug": f"drug {next(self.names)}", "route": "IV"}
        dose["day"] = random.choice(DAYS)
        if every and self.chance(15):
            dose["day"] = random.choice(("6 onward", "2 onward"))
        if (every or outermost) and self.chance(20):
            dose["day"] = random.choice((-1, [-3, 2], "-2 to 2"))
        if turns > 2 and self.chance(25):
            dose["turn"] = random.choice((1, "2 onward", [1, 3], "2 to 3"))
        self.time(dose)
        if self.chance(15):
            dose["only_if"] = f"wish {next(self.names)}"
        self.much(dose)
        return dose

    def time(self, dose: dict[str, Any]) -> None:
        """The times of a dose: one of its kinds, or none."""
        random = self.random
        kind = random.choice(("none", "clock", "offset", "spread", "hours", "days", "range"))
        clocks = ("06:00", "08:00", "20:00", ["08:00", "20:00"], ["00:00", "08:00", "16:00"])
        offsets = ("+36 hours", ["+0 hours", "+4 hours"], "-30 minutes", "+5 minutes")
        if kind == "clock":
            dose["at"] = random.choice(clocks)
        elif kind == "offset":
            dose["at"] = random.choice(offsets)
        elif kind == "range":
            dose["at"] = random.choice(("+3 to +24 hours", "+1 to +2 hours"))
        elif kind == "spread":
            dose["at"] = f"{random.randint(2, 6)} times a day"
        elif kind in ("hours", "days"):
            if random.randrange(4):
                dose["day"] = random.choice((1, 2, 5))
            hours = ("8 hours", "12 hours", "6 hours", "36 hours")
            steps = hours if kind == "hours" else ("1 days", "2 days", "7 to 8 days")
            dose["repeat"] = {
                random.choice(("times", "up_to")): random.randint(1, 15 if kind == "hours" else 4),
                "every": random.choice(steps),
            }
            if self.chance(25):
                dose["repeat"]["only_if"] = f"tolerance {next(self.names)}"
            if kind == "hours" and self.chance(30):
                dose["at"] = random.choice(("06:00", "20:00", "+2 hours"))
        self.limited(dose, kind)

    def limited(self, dose: dict[str, Any], kind: str) -> None:
        """The most that a turn has of a dose, and how long an infusion runs.

        `up_to` is used only where the first day is day 1: of other days the reference can be read
        in two ways.
        """
        random = self.random
        begins = isinstance(dose["day"], list) and dose["day"][0] == 1
        if kind in ("clock", "spread", "offset") and begins and self.chance(50):
            dose["up_to"] = random.randint(1, 2)
        if kind in ("none", "clock", "offset", "hours") and self.chance(35):
            dose["over"] = random.choice(("30 minutes", "30 to 90 minutes", "4 hours", "22 hours"))

    def much(self, dose: dict[str, Any]) -> None:
        """The amount of a dose, its cap and its step."""
        random = self.random
        dose["amount"] = random.choice(AMOUNTS)
        interval = dose.get("repeat", {}).get("every", "8 hours")
        at = dose.get("at", "")
        listed = isinstance(at, list) or "times a day" in at
        by_day = interval in ("8 hours", "12 hours", "6 hours") and ("repeat" in dose or listed)
        if self.chance(20):
            bands = BANDS[random.choice(tuple(BANDS))]
            dose["amount"] = {band: random.choice(AMOUNTS[:4]) for band in bands}
        elif by_day and "up_to" not in dose and self.chance(50):
            dose["amount"] = random.choice(("45 mg/m2/day", "100 mg/day", "7 mg/kg/day"))
        if self.chance(35):
            cap = random.choice(("2 mg", "150 mg", "0.5 g", "33.3 mg"))
            day = "/day" if str(dose["amount"]).endswith("/day") and self.chance(50) else ""
            dose["cap"] = cap + day
        if self.chance(40):
            dose["round"] = random.choice(("5 mg", "0.1 mg", "25 mg", "2.5 mg"))
        if "/m2" in str(dose["amount"]) and self.chance(30):
            dose["bsa_cap"] = random.choice(("2 m2", "1.7 m2"))

    def person(self, body: dict[str, Any]) -> Person:
        """A person of any size, with some doses at a share."""
        random = self.random
        drugs = [text for text in str(body).split("'") if text.startswith("drug ")]
        return Person(
            Fraction(random.choice((500, 800, random.randint(400, 1200))), 10),
            Fraction(random.choice((150, 190, 200, random.randint(130, 240))), 100),
            Fraction(random.randint(20, 120)),
            {drug: Fraction(random.choice((75, 50, 80, 33))) for drug in drugs if self.chance(25)},
        )
