"""What a monograph answers: is a drug known to go with others, and do its precautions hold.

Nothing known is never taken for safe, and an answer that was not given never counts as fine.
Nothing about a patient is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from il2calc.errors import Refused, UnknownName, nearest_slip
from il2calc.model.drug import Compatibility, Condition, Drug, Fact, Question, Rule
from il2calc.units import plain, plain_number

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


_CAUTION: tuple[Outcome, ...] = (
    "incompatible",
    "avoid",
    "given beside",
    "as stated",
    "compatible",
)


def _of(drug: Drug, other: str) -> Known:
    meetings = [entry for entry in drug.meetings if _speaks_of(entry, other)]
    if not meetings:
        return Known(other, None, "no data", ())
    meetings.sort(key=lambda entry: _CAUTION.index(entry.verdict))
    first = meetings[0]
    return Known(other, first.name, first.verdict, tuple(entry.fact for entry in meetings))


def _speaks_of(meeting: Compatibility, other: str) -> bool:
    return _plain(other) in map(_plain, (meeting.name, *meeting.also))


def _plain(name: str) -> str:
    """A name without the ways of writing it that mean the same: case, spaces, order, `0.9%`."""
    return " ".join(sorted(name.casefold().replace("%", " % ").split()))


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
