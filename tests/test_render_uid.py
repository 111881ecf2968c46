"""UIDs: the same dose keeps its name through every change, and no two doses share one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from calendars import NPC
from filetext import a_file, loaded
from il2calc.administration import Administration
from il2calc.patient import Patient
from il2calc.planned import Turn
from il2calc.regimen import Block
from il2calc.render import uid
from il2calc.schedule import Schedule, make
from written import SMALL, Data, bodies, regimen

D = Decimal
FIRST = NPC.administrations[0]


def names(made: Schedule) -> list[str]:
    """The UIDs of the administrations of a schedule, in the order of its rows."""
    numbers = uid.numbers(made)
    return [uid.of_administration(made, each, numbers[each.number]) for each in made.shown]


def test_a_uid_is_the_digest_of_what_a_dose_is() -> None:
    """Calendars in use hold these: 160 bits of SHA-256 over the list as JSON, never to change."""
    dose = b'["administration", "S-07", "npc-bolus", [["course", 1], ["cycle", 1]], '
    dose += b'"aldesleukin", "aldesleukin", 1]'
    day = b'["day", "S-07", "npc-bolus", [["course", 1], ["cycle", 1]], 1]'
    assert uid.of_administration(NPC, FIRST, 1) == f"{sha256(dose).hexdigest()[:40]}@il2calc"
    assert uid.of_day(NPC, [FIRST]) == f"{sha256(day).hexdigest()[:40]}@il2calc"


def test_a_uid_stands_in_one_line_and_in_an_address() -> None:
    """`UID:` and the UID make one line of 75 octets, of characters that no address escapes."""
    for found in (uid.of_administration(NPC, FIRST, 1), uid.of_day(NPC, [FIRST])):
        assert re.fullmatch(r"[0-9a-f]{40}@il2calc", found)
        assert len(f"UID:{found}") <= 75


CHANGING = a_file(
    """
    arms: {low: one, high: two}
    blocks:
      - block: cycle
        repeat: {times: 2, every: 21 days}
        doses:
          - drug: examplumab
            dose: slow
            amount: {low: 1 mg/kg, high: 2 mg/kg}
            route: IV
            day: [1, 8]
          - {drug: examplumab, dose: pulse, amount: 5 mg, route: SC, day: 2}
    """
)


def test_a_uid_rests_on_no_version_date_arm_or_amount() -> None:
    """What may change between two exports of one plan must not double its events."""
    plain = loaded(CHANGING)
    other = replace(plain, version=7, title="Another title")
    day, later = date(2025, 1, 6), date(2026, 3, 1)
    made = (
        make(plain, Patient(weight=D(70)), arm="low", start=day, subject="S-07"),
        make(other, Patient(weight=D(66)), arm="high", start=later, at=540, subject="S-07"),
    )
    doses = [names(each) for each in made]
    days = [[uid.of_day(each, [row]) for row in each.shown] for each in made]
    assert doses[0] == doses[1]
    assert days[0] == days[1]
    assert len({*doses[0], *days[0]}) == 12, "three doses on three days of each of two cycles"


class Identity(NamedTuple):
    """What a UID rests on."""

    subject: str | None
    regimen: str
    turns: tuple[tuple[str, int], ...]
    drug: str
    dose: str
    number: int

    def schedule(self) -> Schedule:
        """A schedule of this subject and regimen."""
        return replace(NPC, subject=self.subject, regimen=replace(NPC.regimen, id=self.regimen))

    def administration(self) -> Administration:
        """A dose of this drug, name and number in these turns, on a block day of this number."""
        turn = Turn(Block("", ""), 1, 0, 1, 1, None)
        for name, number in self.turns:
            turn = Turn(Block(name, name), number, 0, 1, 1, turn)
        dose = replace(FIRST.dose, drug=self.drug, name=self.dose)
        return replace(FIRST, turn=turn, dose=dose, dose_number=self.number, block_day=self.number)


texts = st.text(st.sampled_from('a1,"[]\\/: \n\u00e9\ud800') | st.characters(), max_size=3)
few = st.integers(1, 12)
turns = st.lists(st.tuples(texts.filter(bool), few), max_size=2).map(tuple)
identities = st.builds(Identity, st.none() | texts, texts, turns, texts, texts, few)


@given(one=identities, other=identities)
@example(
    one=Identity(None, "r", (), "d", "d", 1), other=Identity("null", "r", (), "d", "d", 1)
).via("a subject may be called null")
@example(
    one=Identity('a", "b', "c", (), "d", "d", 1), other=Identity("a", 'b", "c', (), "d", "d", 1)
).via("a quote in a text ends no text")
@example(
    one=Identity("", "r", (("c", 1), ("d", 2)), "e", "f", 1),
    other=Identity("", "r", (("c", 1),), "d", "e", 1),
).via("a block may have the name of a drug")
@example(
    one=Identity("", "r", (("c", 1),), "d", "e1", 1),
    other=Identity("", "r", (("c", 1),), "d", "e", 11),
).via("a name may end in a digit")
def test_different_doses_never_have_one_uid(one: Identity, other: Identity) -> None:
    """Two patients' events must never replace each other, whatever their labels hold."""
    first = uid.of_administration(one.schedule(), one.administration(), one.number)
    second = uid.of_administration(other.schedule(), other.administration(), other.number)
    assert (first == second) == (one == other)
    assert not {first, second} & {uid.of_day(one.schedule(), [one.administration()])}


@given(one=identities, other=identities)
def test_different_days_never_have_one_uid(one: Identity, other: Identity) -> None:
    """A day is told apart by subject, regimen, block turns and block day."""
    first = uid.of_day(one.schedule(), [one.administration()])
    second = uid.of_day(other.schedule(), [other.administration()])
    same = (*one[:3], one.number) == (*other[:3], other.number)
    assert (first == second) == same


@SMALL
@given(body=bodies())
def test_every_administration_and_every_day_has_a_uid_of_its_own(body: Data) -> None:
    """One UID twice in a file, and one of the two doses is gone from the calendar."""
    made = make(regimen(body), Patient(weight=D(70), surface_area=D("1.8")))
    assert len(set(names(made))) == len(made.administrations)
    firsts = {each.regimen_day: each for each in reversed(made.administrations)}
    assert len({uid.of_day(made, [each]) for each in firsts.values()}) == len(firsts)


BESIDE = """
    blocks:
      - block: cycle
        repeat: {times: 2, every: 14 days}
        doses:
          - {dose: fixed, drug: x, amount: 1 mg, route: SC, day: 1 to 10, at: "12:00"}
          - dose: started
            drug: x
            amount: 2 mg
            route: IV
            day: 1
            repeat: {times: 8, every: 24 hours}
      - block: beside
        day: 1
        repeat: {times: 4, every: 7 days}
        doses: [{drug: y, amount: 1 mg, route: SC, day: [1, 2]}]
"""


def test_another_start_time_moves_events_and_renames_none() -> None:
    """From 14:00 the second dose of a day is the one that was the first: both keep their names."""
    early, late = (
        make(regimen(BESIDE), start=date(2026, 3, 2), at=at * 60, subject="S-07") for at in (8, 14)
    )
    assert sorted(names(early)) == sorted(names(late))
    assert len(set(names(early))) == 44
    days = [
        {
            uid.of_day(made, list(rows))
            for _, rows in groupby(made.shown, lambda row: row.regimen_day)
        }
        for made in (early, late)
    ]
    assert days[0] == days[1]
    assert len(days[0]) == 20
