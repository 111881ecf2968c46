"""What a monograph answers: another measure, other drugs, precautions.

A measure is told as another: IU, mass, and the units that older papers counted in. Activity and
mass meet only through a factor of the drug's own monograph, never through a number
of this program's; what pint can convert, pint converts.

Nothing known is never taken for safe, and an answer that was not given never counts as fine.
Nothing about a patient is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Literal, NamedTuple, TypeAlias

from il2calc.errors import NotAQuantity, Refused, UnknownName, nearest_scale, nearest_slip
from il2calc.model.drug import Condition, Drug, Fact, Factor, Measure, Question, Rule, one_spelling
from il2calc.units import (
    AMOUNT_UNITS,
    COUNTED_UNITS,
    EXACT,
    alike,
    convert,
    meant_by,
    plain,
    plain_number,
)

Monographs: TypeAlias = Mapping[str, Drug | None]
"""The monographs at hand, by the drug's name in the regimen; None where there is none."""

_DENOMINATORS = ("mL", "kg", "m2")
_TEXT = re.compile(r"(\S+) (million )?([A-Za-z][A-Za-z ]*?)((?:/[A-Za-z0-9]+)?)")
_UNIT = re.compile(r"([A-Za-z][A-Za-z ]*?)((?:/[A-Za-z0-9]+)?)")
_OF_A_BODY = re.compile(
    r"(?:([0-9]+) ft )?([0-9]+(?:\.[0-9]+)?) (kg|lb|m|cm|in|ft)", flags=re.ASCII
)
_BODY_UNITS = ("kg", "lb", "m", "cm", "in", "ft")
_PLAIN = ("units", "unit", "u")
"""How units are written that may be those of any scale of activity."""

_FIGURES = 4
"""Of a value that no factor limits, and that has no last digit."""

_INCHES = 12
"""In a foot."""


class Exchanged(NamedTuple):
    """The same measure in another unit.

    Args:
        per: `/mL`, `/kg`, `/m2` or nothing.
        figures: significant figures that the factors allow, or that of an endless value are told;
            None = every one.
        by: the factors that were used.
    """

    value: Decimal
    unit: str
    per: str
    figures: int | None
    by: tuple[Factor, ...]


def exchange(text: str, to: str, drug: Drug | None) -> Exchanged:
    """How much is a measure in another unit?

    Args:
        text: `18 million IU`, `600000 IU/kg`, `18 million IU/mL`; `154 lb`, `5 ft 7 in`.
        to: a unit, per the same thing: `mg`, `Cetus units/kg`.
        drug: whose factors may be used; none where only mass or volume is converted.

    Raises:
        NotAQuantity: a text or unit that cannot be read.
        Refused: activity and mass without a drug, or a drug without a factor between them.
    """
    body = _OF_A_BODY.fullmatch(text)
    if body is not None and to in _BODY_UNITS:
        value = _of_a_body(text, body, to)
        endless = len(value.as_tuple().digits) >= EXACT.prec
        return Exchanged(value, to, "", _FIGURES if endless else None, ())
    if body is not None and body[3] not in AMOUNT_UNITS:
        raise NotAQuantity(to, f"is not a unit for {text}; known: {', '.join(_BODY_UNITS)}")
    measure, per = _read(text, drug)
    match = _UNIT.fullmatch(to.removeprefix("million ").replace("MIU", "IU"))
    if not match:
        raise NotAQuantity(to, "is not a unit; write it like mg, mcg or mg/mL")
    _refuse_plain_units(to, match[1], drug, lambda meant: f"{meant}{match[2]}")
    unit, other = _known(match[1], drug), match[2]
    if per != other:
        raise Refused(f"{text!r} is per {per[1:] or 'nothing'}, {to!r} is not; write {unit}{per}")
    found = _along(measure, unit, drug)
    if found is None:
        if drug is None:
            raise Refused(f"{measure.unit} to {unit} needs to know the drug: add --drug NAME")
        unknown = f"no factor between {measure.unit} and {unit}"
        raise Refused(f"the monograph of {drug.name} has {unknown}")
    value, by = found
    figures = [factor.figures for factor in by if factor.figures is not None]
    return Exchanged(value, unit, per, min(figures, default=_FIGURES) if by else None, by)


def _of_a_body(text: str, match: re.Match[str], to: str) -> Decimal:
    """A weight or a height in another unit, as US charts write them.

    Raises:
        NotAQuantity: feet and something else than inches below a foot; a weight as a length.
    """
    feet, digits, unit = match.groups()
    value = plain_number(digits)
    if feet is not None and (unit != "in" or value >= _INCHES):
        raise NotAQuantity(text, "is not a height in feet and inches; write it like '5 ft 7 in'")
    with localcontext(EXACT):
        if unit == "ft":
            value, unit = value * _INCHES, "in"
        value += int(feet or 0) * _INCHES
        found = convert(value, unit, "in" if to == "ft" else to)
        return found / _INCHES if to == "ft" else found


def through(value: Decimal, unit: str, to: str, drug: Drug) -> Decimal | None:
    """A measure in another unit by a drug's factors; None where they do not connect the two."""
    found = _along(Measure(value, unit), to, drug)
    return None if found is None else found[0]


def _along(
    measure: Measure, to: str, drug: Drug | None, used: tuple[Factor, ...] = ()
) -> tuple[Decimal, tuple[Factor, ...]] | None:
    """Follow factors from unit to unit, each at most once; None where they lead nowhere."""
    if alike(measure.unit, to):
        return convert(measure.value, measure.unit, to), used
    for factor in drug.factors if drug else ():
        if factor in used:
            continue
        for here, there in ((factor.left, factor.right), (factor.right, factor.left)):
            if alike(measure.unit, here.unit):
                with localcontext(EXACT):
                    value = convert(measure.value, measure.unit, here.unit)
                    value = value * there.value / here.value
                if found := _along(Measure(value, there.unit), to, drug, (*used, factor)):
                    return found
    return None


def volume_of(value: Decimal, unit: str, drug: Drug) -> Decimal | None:
    """The volume of concentrate [mL]; every product of a drug must agree on it."""
    volumes = set()
    for product in drug.products:
        if product.concentration is not None:
            amount = through(value, unit, product.concentration.unit, drug)
            volumes.add(None if amount is None else amount / product.concentration.value)
    return volumes.pop() if len(volumes) == 1 else None


def _read(text: str, drug: Drug | None) -> tuple[Measure, str]:
    match = _TEXT.fullmatch(text)
    if not match:
        meant = meant_by(text.partition(" ")[2].partition("/")[0])
        hint = f"write {meant}" if meant else "write '18 million IU', '5 mcg' or '5 ft 7 in'"
        raise NotAQuantity(text, f"is not a number and a unit; {hint}")
    digits, million, unit, per = match.groups()
    if per and per[1:] not in _DENOMINATORS:
        raise NotAQuantity(text, f"is per {per[1:]}; known: {', '.join(_DENOMINATORS)}")
    if million and unit in (*AMOUNT_UNITS, "MIU") and unit not in COUNTED_UNITS:
        raise NotAQuantity(text, "says million of what is not counted; write the number")
    _refuse_plain_units(text, unit, drug, lambda meant: f"{digits} {million or ''}{meant}{per}")
    factor = Decimal(1_000_000) if million or unit == "MIU" else Decimal(1)
    value = EXACT.multiply(plain_number(digits), factor)
    return Measure(value, "IU" if unit == "MIU" else _known(unit, drug)), per


def _refuse_plain_units(
    text: str, unit: str, drug: Drug | None, written: Callable[[str], str]
) -> None:
    """Refuse units that may be those of any scale, of a drug that is counted in IU.

    Args:
        written: the text with another unit.

    Raises:
        NotAQuantity: says what to write instead.
    """
    if unit.casefold() not in _PLAIN or drug is None or not drug.counted_in_iu():
        return
    ways = [f"write {written('IU')!r} if international units are meant"]
    ways += [f"{written(scale)!r} if {scale} are" for scale in reversed(drug.other_scales())]
    told = f"is in plain units, but {drug.name} is measured in IU: {'; '.join(ways)}"
    raise NotAQuantity(text, told)


def _known(unit: str, drug: Drug | None) -> str:
    own = tuple(drug.own_units()) if drug else ()
    units = tuple(dict.fromkeys((*AMOUNT_UNITS, *own)))
    if unit in units:
        return unit
    alike = [name for name in units if name.casefold() == unit.casefold()]
    guess = next(iter(alike), nearest_scale(unit, own))
    every = ", ".join(dict.fromkeys((*units, *_BODY_UNITS)))
    hint = f"did you mean {guess!r}?" if guess else f"known: {every}"
    if (meant := meant_by(unit)) is not None:
        hint = f"write {meant}"
    if drug is None:
        hint += "; units of a drug need --drug NAME"
    raise NotAQuantity(unit, f"is not a known unit; {hint}")


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
    return all(answer.outcome == "compatible" for answer in found)


_CAUTION: tuple[Outcome, ...] = ("incompatible", "avoid", "given beside", "as stated", "compatible")


def _of(drug: Drug, other: str) -> Known:
    name = _plain(other)
    meetings = [each for each in drug.meetings if name in map(_plain, (each.name, *each.also))]
    if not meetings:
        return Known(other, None, "no data", ())
    meetings.sort(key=lambda entry: _CAUTION.index(entry.verdict))
    first = meetings[0]
    return Known(other, first.name, first.verdict, tuple(entry.fact for entry in meetings))


def _plain(name: str) -> str:
    """A name without the ways of writing it that mean the same: case, hyphens, order, `0.9%`."""
    return " ".join(sorted(one_spelling(name.replace("%", " % ")).split()))


Answers = Mapping[str, "bool | Decimal"]
State = Literal["met", "not met", "does not apply", "cannot be decided"]


class Screened(NamedTuple):
    """A rule over the answers.

    Args:
        count: conditions met, where the rule counts them; of `of`.
        lacking: questions that were not answered and would decide.
    """

    rule: Rule
    state: State
    met: tuple[Condition, ...]
    lacking: tuple[str, ...]


def answer(drug: Drug, name: str, text: str) -> bool | Decimal:
    """What an answer's text says.

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
            raise Refused(
                f"{name} is a yes/no question, not {text!r}; write {name}=yes or {name}=no"
            )
        return text == "yes"
    limits = f"{plain(question.least)} to {plain(question.most)}"
    try:
        value = plain_number(text)
    except ValueError:
        raise Refused(f"{name} is a number from {limits}, not {text!r}") from None
    if not question.least <= value <= question.most:
        raise Refused(f"{name} is a number from {limits}, not {text}")
    return value


def screen(drug: Drug, answers: Answers) -> tuple[Screened, ...]:
    """Each rule of a monograph over the answers that were given."""
    return tuple(_judged(rule, answers) for rule in drug.rules)


def unanswered(drug: Drug, answers: Answers) -> tuple[Question, ...]:
    """The questions that were not answered."""
    return tuple(question for question in drug.questions if question.name not in answers)


def all_clear(drug: Drug, answers: Answers) -> bool:
    """Whether every question was answered and nothing that counts was met, not even in part."""
    found = screen(drug, answers)
    clear = all(
        screened.state in ("not met", "does not apply") and not screened.met for screened in found
    )
    return bool(drug.questions) and clear and not unanswered(drug, answers)


def _judged(rule: Rule, answers: Answers) -> Screened:
    verdicts = {condition: _holds(condition, answers) for condition in rule.conditions}
    met = tuple(condition for condition, holds in verdicts.items() if holds)
    lacking = [condition.question for condition, holds in verdicts.items() if holds is None]
    applies = True if rule.only_if is None else answers.get(rule.only_if)
    if rule.only_if is not None and applies is None:
        lacking.insert(0, rule.only_if)
    refuted = rule.every and any(holds is False for holds in verdicts.values())
    state: State = "not met"
    if applies is False:
        state = "does not apply"
    elif refuted:
        state = "not met"
    elif (rule.every and lacking) or (lacking and not met) or applies is None:
        state = "cannot be decided"
    elif met:
        state = "met"
    return Screened(rule, state, met, tuple(lacking))


def _holds(condition: Condition, answers: Answers) -> bool | None:
    given = answers.get(condition.question)
    if given is None:
        return None
    if condition.relation == "yes":
        return given is True
    assert condition.limit is not None
    value = Decimal(given)
    return {
        ">=": value >= condition.limit,
        ">": value > condition.limit,
        "<=": value <= condition.limit,
        "<": value < condition.limit,
    }[condition.relation]
