"""The elements of FHIR R4 that a plan and a definition share: numbers, codes, how a dose is given.

References: FHIR R4 (4.0.1), hl7.org/fhir/R4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from il2calc.model.regimen import Block, Dose
from il2calc.report import plain_data

Resource = dict[str, Any]

DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
UCUM = "http://unitsofmeasure.org"
NOTES = "https://github.com/il2calc/il2calc/dose-note"
"""System of the codes that docs/reference/outputs.md lists."""

DAYS_OF_CYCLE = "http://hl7.org/fhir/StructureDefinition/timing-daysOfCycle"


def number(value: Decimal | int) -> Decimal | int:
    """A number with at most 15 digits, halves rounded up."""
    return plain_data.number(DIGITS.plus(Decimal(value)))


def quantity(value: Decimal | int, unit: str) -> Resource:
    """A number of a UCUM unit."""
    return {"value": number(value), "unit": unit, "system": UCUM, "code": unit}


def concept(text: str, codings: Sequence[Mapping[str, str]] = ()) -> Resource:
    """A text, with its codes where there are any."""
    return {**({"coding": [dict(each) for each in codings]} if codings else {}), "text": text}


def note(code: str, text: str) -> tuple[str, Resource]:
    """What makes a dose less than firm, as text and as an instruction with its code."""
    return text, concept(text, [{"system": NOTES, "code": code}])


def days_of_cycle(days: Iterable[int]) -> Resource:
    """On which days of a block turn something is due."""
    listed = [{"url": "day", "valueInteger": day} for day in days]
    return {"extension": [{"url": DAYS_OF_CYCLE, "extension": listed}]}


def about(told: Mapping[str, Any]) -> Iterator[tuple[str, Resource]]:
    """What makes a row less than firm.

    Args:
        told: an administration, or a dose as needed with its maxima (`most`), as plain data.
    """
    if told["at_most"]:
        yield note("at-most", "at most: the source gives this dose as a maximum")
    for condition in told["only_if"]:
        yield note("only-if", f"only if {condition}")
    for text in told.get("most", ()):
        yield note("at-most", text)
    if told["not_before"]:
        day = told["date"] or f"day {told['regimen_day']}"
        why = "the source gives only the shortest rest before it"
        yield note("not-before", f"not before {day}: {why}")
    if told["latest_day"] is not None:
        day = told["latest_date"] or f"day {told['latest_day']}"
        yield note("latest", f"at the latest {day} {told['latest_time']}")
    if told["over_minutes"] != told["over_minutes_to"]:
        span = f"{told['over_minutes']} to {told['over_minutes_to']} minutes"
        yield note("infusion-range", f"infusion time {span}")
    for name in ("amount", "route"):
        if told[name] is None:
            yield note("not-stated", f"{name} not stated by the source")


def dosage(
    told: Mapping[str, Any], said: Sequence[str], how: str, timing: Resource, *, at_need: bool
) -> Resource:
    """How a dose is given, in words and as far as FHIR has elements for it.

    Args:
        told: an administration, or a dose as needed, as plain data.
        said: what it is and when, in words.
        how: its route, in words.
    """
    less = list(about(told))
    found: Resource = {"text": "; ".join((*said, *(text for text, _ in less)))}
    if less:
        found["additionalInstruction"] = [instruction for _, instruction in less]
    if timing:
        found["timing"] = timing
    if at_need:
        found["asNeededBoolean"] = True
    if told["route"] is not None:
        found["route"] = concept(how.partition(" over ")[0])
    if (amount := told["amount"]) is not None:
        found["doseAndRate"] = [{"doseQuantity": quantity(amount["value"], amount["unit"])}]
    return found


def at_most(times: int | None) -> Resource:
    """So many times in all at the most; nothing where nobody says how many."""
    return {"count": 1, "countMax": times} if times else {}


def most_a_day(times: int | None) -> Resource:
    """So many times a day at the most; nothing where nobody says how many."""
    return {"frequency": 1, "frequencyMax": times, "period": 1, "periodUnit": "d"} if times else {}


def most_at_need(dose: Dose, blocks: Iterable[Block]) -> Iterator[str]:
    """Each maximum of a dose as needed: of its times, its days, and the turns around it."""
    if dose.at is not None and dose.at.most is not None:
        yield f"at most {dose.at.most} times a day"
    if dose.repeat is not None and dose.repeat.count is not None:
        yield f"at most {dose.repeat.count} times in all"
    if dose.days.onward is not None:
        yield "at most: to the end of the turn"
    for block in blocks:
        if block.repeat is not None and block.repeat.at_most:
            yield f"at most {block.repeat.count} turns of {block.name}"


def timing(told: Mapping[str, Any], at: str, when: datetime | None) -> Resource:
    """When a planned dose is due; a time of no zone is a clock time beside its date."""
    repeat: Resource = {}
    if when is not None and told["latest_date"] is not None:
        latest = f"{told['latest_date']}T{told['latest_time'][:5]}:00{told['latest_time'][5:]}"
        end = latest if when.tzinfo is not None else told["latest_date"]
        repeat["boundsPeriod"] = {"start": moment(when), "end": end}
    if told["over_minutes"] is not None:
        repeat |= {"duration": told["over_minutes"], "durationUnit": "min"}
        if told["over_minutes"] != told["over_minutes_to"]:
            repeat["durationMax"] = told["over_minutes_to"]
    if when is None or when.tzinfo is None:
        repeat["timeOfDay"] = [f"{told['time']}:00"]
    return {
        **days_of_cycle([told["block_day"]]),
        **({"event": [moment(when)]} if when is not None else {}),
        **({"repeat": repeat} if repeat else {}),
        "code": {"text": at},
    }


def moment(when: datetime) -> str:
    """A moment of a zone, else its date: FHIR has no time without a zone."""
    return when.isoformat() if when.tzinfo is not None else when.date().isoformat()
