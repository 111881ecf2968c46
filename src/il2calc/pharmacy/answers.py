"""What a monograph answers: a measure in other units, other drugs, precautions.

Units are IU, mass, and those of older papers. Activity and mass are converted only by a factor from
the drug's own monograph, never by a number in this program; pint converts what it can.

Missing data never counts as safe, and a missing answer never counts as fine. Nothing about a
patient is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Literal, NamedTuple, TypeAlias

from il2calc.errors import NotAQuantity, Refused, UnknownName, nearest_scale, nearest_slip
from il2calc.model.drug import (
    Compatibility,
    Condition,
    Drug,
    Fact,
    Factor,
    Figure,
    Question,
    Rule,
    one_spelling,
)
from il2calc.units import (
    AMOUNT_UNITS,
    COUNTED_UNITS,
    EXACT,
    addable,
    convert,
    plain,
    plain_number,
    right_spelling,
)

Monographs: TypeAlias = Mapping[str, Drug | None]
"""The monographs by the drug's name in the regimen; None for a drug without one."""

_DENOMINATORS = ("mL", "kg", "m2")
_AMOUNT_PATTERN = re.compile(r"(\S+) (million )?([A-Za-z][A-Za-z ]*?)((?:/[A-Za-z0-9]+)?)")
_UNIT_PATTERN = re.compile(r"([A-Za-z][A-Za-z ]*?)((?:/[A-Za-z0-9]+)?)")
_BODY_PATTERN = re.compile(
    r"(?:([0-9]+) ft )?([0-9]+(?:\.[0-9]+)?) (kg|lb|m|cm|in|ft)", flags=re.ASCII
)
_BODY_UNITS = ("kg", "lb", "m", "cm", "in", "ft")
_PLAIN_UNITS = ("units", "unit", "u")
"""Units that may be of any scale of activity."""

_FIGURES = 4
"""Significant figures of a value that no factor limits and that has no last digit."""

_INCHES_A_FOOT = 12


class Conversion(NamedTuple):
    """The same measure in another unit.

    Args:
        per: `/mL`, `/kg`, `/m2` or empty.
        figures: significant figures that the factors allow, or those shown of an endless value;
            None = all.
        factors: the factors that were used.
    """

    value: Decimal
    unit: str
    per: str
    figures: int | None
    factors: tuple[Factor, ...]


def convert_measure(text: str, to: str, drug: Drug | None) -> Conversion:
    """A measure in another unit.

    Args:
        text: `18 million IU`, `600000 IU/kg`, `18 million IU/mL`; `154 lb`, `5 ft 7 in`.
        to: a unit, per the same thing: `mg`, `Cetus units/kg`.
        drug: whose factors may be used; None where only mass or volume is converted.

    Raises:
        NotAQuantity: a text or unit that cannot be read.
        Refused: activity and mass without a drug, or a drug without a factor between them.
    """
    body_match = _BODY_PATTERN.fullmatch(text)
    if body_match is not None and to in _BODY_UNITS:
        value = _convert_body(text, body_match, to)
        endless = len(value.as_tuple().digits) >= EXACT.prec
        return Conversion(value, to, "", _FIGURES if endless else None, ())
    if body_match is not None and body_match[3] not in AMOUNT_UNITS:
        raise NotAQuantity(to, f"is not a unit for {text}; known: {', '.join(_BODY_UNITS)}")
    measure, per = _parse(text, drug)
    match = _UNIT_PATTERN.fullmatch(to.removeprefix("million ").replace("MIU", "IU"))
    if not match:
        raise NotAQuantity(to, "is not a unit; write it like mg, mcg or mg/mL")
    _refuse_plain_units(to, match[1], drug, lambda other: f"{other}{match[2]}")
    unit, other_per = _known_unit(match[1], drug), match[2]
    if per != other_per:
        raise Refused(f"{text!r} is per {per[1:] or 'nothing'}, {to!r} is not; write {unit}{per}")
    result = _by_factors(measure, unit, drug)
    if result is None:
        if drug is None:
            raise Refused(f"{measure.unit} to {unit} needs to know the drug: add --drug NAME")
        missing = f"no factor between {measure.unit} and {unit}"
        raise Refused(f"the monograph of {drug.name} has {missing}")
    value, factors = result
    figures = [factor.figures for factor in factors if factor.figures is not None]
    least = min(figures, default=_FIGURES) if factors else None
    return Conversion(value, unit, per, least, factors)


def _convert_body(text: str, match: re.Match[str], to: str) -> Decimal:
    """A weight or a height in another unit, as US charts write them."""
    feet, digits, unit = match.groups()
    value = plain_number(digits)
    if feet is not None and (unit != "in" or value >= _INCHES_A_FOOT):
        raise NotAQuantity(text, "is not a height in feet and inches; write it like '5 ft 7 in'")
    with localcontext(EXACT):
        if unit == "ft":
            value, unit = value * _INCHES_A_FOOT, "in"
        value += int(feet or 0) * _INCHES_A_FOOT
        result = convert(value, unit, "in" if to == "ft" else to)
        return result / _INCHES_A_FOOT if to == "ft" else result


def converted(value: Decimal, unit: str, to: str, drug: Drug) -> Decimal | None:
    """A measure in another unit by a drug's factors; None where they do not connect the two."""
    result = _by_factors(Figure(value, unit), to, drug)
    return None if result is None else result[0]


def _by_factors(
    measure: Figure, to: str, drug: Drug | None, used: tuple[Factor, ...] = ()
) -> tuple[Decimal, tuple[Factor, ...]] | None:
    """Follow factors from unit to unit, each at most once; None where they lead nowhere."""
    if addable(measure.unit, to):
        return convert(measure.value, measure.unit, to), used
    for factor in drug.factors if drug else ():
        if factor in used:
            continue
        for source, target in ((factor.left, factor.right), (factor.right, factor.left)):
            if addable(measure.unit, source.unit):
                with localcontext(EXACT):
                    value = convert(measure.value, measure.unit, source.unit)
                    value = value * target.value / source.value
                if result := _by_factors(Figure(value, target.unit), to, drug, (*used, factor)):
                    return result
    return None


def volume_of(value: Decimal, unit: str, drug: Drug) -> Decimal | None:
    """The volume of concentrate [mL], if all products of a drug agree on it; else None."""
    volumes = set()
    for product in drug.products:
        if product.concentration is not None:
            amount = converted(value, unit, product.concentration.unit, drug)
            volumes.add(None if amount is None else amount / product.concentration.value)
    return volumes.pop() if len(volumes) == 1 else None


def _parse(text: str, drug: Drug | None) -> tuple[Figure, str]:
    match = _AMOUNT_PATTERN.fullmatch(text)
    if not match:
        intended = right_spelling(text.partition(" ")[2].partition("/")[0])
        hint = f"write {intended}" if intended else "write '18 million IU', '5 mcg' or '5 ft 7 in'"
        raise NotAQuantity(text, f"is not a number and a unit; {hint}")
    digits, million, unit, per = match.groups()
    if per and per[1:] not in _DENOMINATORS:
        raise NotAQuantity(text, f"is per {per[1:]}; known: {', '.join(_DENOMINATORS)}")
    if million and unit in (*AMOUNT_UNITS, "MIU") and unit not in COUNTED_UNITS:
        raise NotAQuantity(text, "says million of what is not counted; write the number")
    _refuse_plain_units(text, unit, drug, lambda other: f"{digits} {million or ''}{other}{per}")
    factor = Decimal(1_000_000) if million or unit == "MIU" else Decimal(1)
    value = EXACT.multiply(plain_number(digits), factor)
    return Figure(value, "IU" if unit == "MIU" else _known_unit(unit, drug)), per


def _refuse_plain_units(
    text: str, unit: str, drug: Drug | None, with_unit: Callable[[str], str]
) -> None:
    """Refuse units that may be of any scale, for a drug that is measured in IU.

    Args:
        with_unit: the function that writes the text with another unit.
    """
    if unit.casefold() not in _PLAIN_UNITS or drug is None or not drug.counted_in_iu():
        return
    ways = [f"write {with_unit('IU')!r} if international units are meant"]
    ways += [f"{with_unit(scale)!r} if {scale} are" for scale in reversed(drug.other_scales())]
    problem = f"is in plain units, but {drug.name} is measured in IU: {'; '.join(ways)}"
    raise NotAQuantity(text, problem)


def _known_unit(unit: str, drug: Drug | None) -> str:
    of_drug = tuple(drug.own_units()) if drug else ()
    units = tuple(dict.fromkeys((*AMOUNT_UNITS, *of_drug)))
    if unit in units:
        return unit
    matches = [name for name in units if name.casefold() == unit.casefold()]
    guess = next(iter(matches), nearest_scale(unit, of_drug))
    known = ", ".join(dict.fromkeys((*units, *_BODY_UNITS)))
    hint = f"did you mean {guess!r}?" if guess else f"known: {known}"
    if (intended := right_spelling(unit)) is not None:
        hint = f"write {intended}"
    if drug is None:
        hint += "; units of a drug need --drug NAME"
    raise NotAQuantity(unit, f"is not a known unit; {hint}")


Outcome = Literal["compatible", "as stated", "incompatible", "avoid", "given beside", "no data"]


class CompatibilityAnswer(NamedTuple):
    """What the monograph says about one other drug or solution.

    Args:
        asked_name: as the user typed it.
        name: as the monograph lists it; None where it does not.
    """

    asked_name: str
    name: str | None
    outcome: Outcome
    facts: tuple[Fact, ...]


def compatibility_answers(drug: Drug, others: Iterable[str]) -> tuple[CompatibilityAnswer, ...]:
    """What the monograph says about each other drug, by its name, a synonym or its class.

    Case is ignored. Where several entries match, all are given, and the most cautious one decides.
    """
    return tuple(_looked_up(drug, other) for other in others)


def all_compatible(answers: Iterable[CompatibilityAnswer]) -> bool:
    """Whether all are documented as compatible."""
    return all(answer.outcome == "compatible" for answer in answers)


_RANKED: tuple[Outcome, ...] = ("incompatible", "avoid", "given beside", "as stated", "compatible")
"""The outcomes, the most cautious one first."""


def entries_about(drug: Drug, other: str) -> list[Compatibility]:
    """What a monograph lists about another drug or solution, the most cautious entry first."""
    name = _spelling(other)
    entries = [one for one in drug.compatibilities if name in map(_spelling, (one.name, *one.also))]
    return sorted(entries, key=lambda entry: _RANKED.index(entry.verdict))


def _looked_up(drug: Drug, other: str) -> CompatibilityAnswer:
    entries = entries_about(drug, other)
    if not entries:
        return CompatibilityAnswer(other, None, "no data", ())
    first = entries[0]
    return CompatibilityAnswer(other, first.name, first.verdict, tuple(one.fact for one in entries))


def _spelling(name: str) -> str:
    """A name without differences that mean the same: case, hyphens, order, `0.9%`."""
    return " ".join(sorted(one_spelling(name.replace("%", " % ")).split()))


Answers = Mapping[str, "bool | Decimal"]
State = Literal["met", "not met", "does not apply", "cannot be decided"]


class RuleResult(NamedTuple):
    """What the answers say about a rule.

    Args:
        met: the conditions that are met.
        unanswered: questions without an answer that would decide.
    """

    rule: Rule
    state: State
    met: tuple[Condition, ...]
    unanswered: tuple[str, ...]


def parse_answer(drug: Drug, name: str, text: str) -> bool | Decimal:
    """The value of an answer.

    Raises:
        UnknownName: a question that the monograph does not ask.
        Refused: an answer that is not yes or no, or no number in its range.
    """
    questions = {question.name: question for question in drug.questions}
    if name not in questions:
        raise UnknownName(f"question of {drug.name}", name, questions, near=nearest_slip)
    question = questions[name]
    if question.least is None or question.most is None:
        if text not in ("yes", "no"):
            ways = f"write {name}=yes or {name}=no"
            raise Refused(f"{name} is a yes/no question, not {text!r}; {ways}")
        return text == "yes"
    limits = f"{plain(question.least)} to {plain(question.most)}"
    try:
        value = plain_number(text)
    except ValueError:
        raise Refused(f"{name} is a number from {limits}, not {text!r}") from None
    if not question.least <= value <= question.most:
        raise Refused(f"{name} is a number from {limits}, not {text}")
    return value


def screen(drug: Drug, answers: Answers) -> tuple[RuleResult, ...]:
    """Each rule of a monograph, applied to the answers."""
    return tuple(_screened(rule, answers) for rule in drug.rules)


def unanswered(drug: Drug, answers: Answers) -> tuple[Question, ...]:
    """The questions that were not answered."""
    return tuple(question for question in drug.questions if question.name not in answers)


def all_clear(drug: Drug, answers: Answers) -> bool:
    """Whether every question was answered and no condition of any rule is met."""
    results = screen(drug, answers)
    none_met = all(one.state in ("not met", "does not apply") and not one.met for one in results)
    return bool(drug.questions) and none_met and not unanswered(drug, answers)


def _screened(rule: Rule, answers: Answers) -> RuleResult:
    results = {condition: _holds(condition, answers) for condition in rule.conditions}
    met = tuple(condition for condition, result in results.items() if result)
    lacking = [condition.question for condition, result in results.items() if result is None]
    applies = True if rule.only_if is None else answers.get(rule.only_if)
    if rule.only_if is not None and applies is None:
        lacking.insert(0, rule.only_if)
    is_refuted = rule.every and any(result is False for result in results.values())
    state: State = "met" if met else "not met"
    if applies is False:
        state = "does not apply"
    elif is_refuted:
        state = "not met"
    elif (rule.every and lacking) or (lacking and not met) or applies is None:
        state = "cannot be decided"
    return RuleResult(rule, state, met, tuple(lacking))


def _holds(condition: Condition, answers: Answers) -> bool | None:
    value = answers.get(condition.question)
    if value is None:
        return None
    if condition.relation == "yes":
        return value is True
    assert condition.limit is not None
    number = Decimal(value)
    return {
        ">=": number >= condition.limit,
        ">": number > condition.limit,
        "<=": number <= condition.limit,
        "<": number < condition.limit,
    }[condition.relation]
