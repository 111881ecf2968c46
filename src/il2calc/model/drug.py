"""The vocabulary of a drug monograph: units, products, preparations, what it is not mixed with.

Everything here is data of a file; `language` makes it from text. Nothing is known of a drug that
its file does not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from il2calc.errors import as_typed
from il2calc.model.evidence import NO_FILE, Origin, Source
from il2calc.units import EXACT, Quantity, Span, plain, safe_quantity

Sources = tuple[str, ...]


class Fact(NamedTuple):
    """A sentence of the monograph and where it stands."""

    text: str
    sources: Sources


def one_spelling(name: str) -> str:
    """A drug's name as it is compared: in any case, with spaces as good as hyphens."""
    return " ".join(name.casefold().replace("-", " ").split())


class Apart(NamedTuple):
    """That a name is of another preparation than a drug, in a sentence."""

    of: str
    text: str


class Other(NamedTuple):
    """A preparation that people take for this drug, and that is another one."""

    name: str
    fact: Fact
    also: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """What it is called."""
        return (self.name, *self.also)

    def apart(self, drug: str) -> Apart:
        """That it is not a drug, by the name of that."""
        return Apart(drug, f"{self.name} is not {drug}: {self.fact.text}")


class DrugName(NamedTuple):
    """A drug as a file writes it, and which drug it is.

    Args:
        drug: the name of its monograph; as written where there is none.
        described: there is a monograph.
        doubt: why the name may mean another preparation.
        near: what has a monograph and is called almost so.
        holds: this name holds one of that among other words.
        twin: what the same file calls almost so, where neither has a monograph.
        other: of which drug it is known to be another one.
    """

    written: str
    drug: str
    described: bool = True
    doubt: str | None = None
    near: str | None = None
    holds: bool = False
    other: Apart | None = None
    twin: str | None = None

    def question(self) -> str | None:
        """What a person should confirm of the name; None where nothing is in doubt."""
        if self.doubt is not None:
            return f"{self.written} is read as {self.drug}. {self.doubt}"
        if self.near is not None:
            holds = f"it contains a name of {self.near}"
            like = holds if self.holds else f"{self.near} is spelled almost the same"
            return (
                f"{self.written} has no monograph here, and {like}; write {self.near} if it is "
                "meant"
            )
        if self.twin is not None:
            return (
                f"{self.written} and {self.twin} count as two drugs, each with its own totals; "
                "write one name if one drug is meant"
            )
        return None


class Ambiguous(NamedTuple):
    """Names by which sources mean this drug as a rule, and now and then another preparation."""

    names: tuple[str, ...]
    fact: Fact


class Measure(NamedTuple):
    """A number of a unit that may be the drug's own (`Nutley units`)."""

    value: Decimal
    unit: str


class Factor(NamedTuple):
    """Two measures of one drug that are the same.

    Args:
        figures: significant figures that the factor is known to; None = as written, exact.
    """

    left: Measure
    right: Measure
    figures: int | None
    text: str
    sources: Sources


class Product(NamedTuple):
    """What a pharmacy holds.

    Args:
        contains: in the vial or tablet as labelled.
        added: volume added to make it up [mL].
        concentration: per mL, made up.
        delivers: what a vial nominally gives; vials are counted by it.
        at_most: the most that can be withdrawn, where that is another number.
        keeps: how long it keeps once made up.
        graduation: of the syringe that it is drawn into [mL], where a source names one.
    """

    name: str
    form: Literal["vial", "tablet"]
    contains: Quantity
    sources: Sources
    added: Decimal | None = None
    solvent: str = "solvent"
    how: str | None = None
    concentration: Quantity | None = None
    delivers: Quantity | None = None
    at_most: Quantity | None = None
    keeps: Span | None = None
    single_dose: bool = False
    graduation: Decimal | None = None

    @property
    def gives(self) -> Quantity:
        """What one gives, by which it is counted."""
        return self.delivers or self.contains


class Bag(NamedTuple):
    """A bag [mL], and up to which dose it is the product's choice.

    Args:
        at_most: the volume is the largest that the source allows, no fixed one.
    """

    volume: Decimal
    up_to: Quantity | None
    at_most: bool = False

    def told(self) -> str:
        """Its volume, in words."""
        return f"{'up to ' if self.at_most else ''}{plain(self.volume)} mL"


class Additive(NamedTuple):
    """What goes into a bag beside the drug, to a share of the bag.

    Args:
        share: of the finished bag [%].
        stock: of the solution that it is taken from [%].
    """

    name: str
    share: Decimal
    stock: Decimal
    sources: Sources


class Dilution(NamedTuple):
    """A step before a small dose is measured: some concentrate, made up to a larger volume.

    Args:
        up_to: the largest dose that is measured from it.
        take: of the concentrate [mL], made up `to` so much [mL].
        because: why it is assumed, where no source gives it.
    """

    up_to: Quantity
    take: Decimal
    to: Decimal
    diluent: str
    sources: Sources
    keeps: Span | None = None
    because: str | None = None

    def given(self, concentrate: Decimal) -> Decimal:
        """The volume [mL] that holds what so much of the concentrate [mL] holds."""
        return EXACT.divide(EXACT.multiply(concentrate, self.to), self.take)


class Preparation(NamedTuple):
    """A way of making a dose up.

    Args:
        routes: routes it is for.
        stands_in_for: routes for which it is shown as an assumption, for want of their own.
        window: concentrations [per mL] that the product asks for, lowest and highest.
        first: what goes into the bag before the drug.
        additive: how much that is; where there is a window, only below it.
        below: what to do below the window where that cannot be avoided.
        keeps_from: from when to when the time that it keeps is counted, in words.
        dilution: before a small dose is measured.
    """

    name: str
    routes: tuple[str, ...]
    stands_in_for: tuple[str, ...]
    sources: Sources
    undiluted: bool = False
    diluent: str | None = None
    bags: tuple[Bag, ...] = ()
    window: tuple[Quantity, Quantity] | None = None
    first: Fact | None = None
    additive: Additive | None = None
    below: Fact | None = None
    over: Span | None = None
    filter: str | None = None
    container: str | None = None
    keeps: Span | None = None
    keeps_from: str | None = None
    notes: tuple[Fact, ...] = ()
    dilution: Dilution | None = None


Per = Literal["dose", "day", "day of infusion"]


class Limit(NamedTuple):
    """The largest sourced dose by some routes and on one basis.

    Args:
        per: what the amount is of: one dose, all doses of a day, or each day of one infusion.
    """

    routes: tuple[str, ...]
    amount: Quantity
    fact: Fact
    per: Per = "dose"

    def in_words(self) -> str:
        """The amount, and what it is of where that is not one dose."""
        return safe_quantity(self.amount) + ("" if self.per == "dose" else f" a {self.per}")


class NeverReduced(NamedTuple):
    """From which dose on, by some routes, a dose is withheld and never made smaller."""

    routes: tuple[str, ...]
    amount: Quantity
    fact: Fact


Verdict = Literal["compatible", "as stated", "incompatible", "avoid", "given beside"]


Where = Literal["line", "diluent", "patient"]


class Compatibility(NamedTuple):
    """What is known of the drug together with something else.

    Args:
        where: what a warning speaks of: the same line or bag, what the drug is dissolved or
            diluted with, or what the same patient is given. Nothing said = the line or bag.
    """

    name: str
    also: tuple[str, ...]
    verdict: Verdict
    fact: Fact
    where: tuple[Where, ...] = ()

    def warns_of(self, where: Where) -> bool:
        """Whether it is to be kept apart from the drug there."""
        return self.verdict in ("avoid", "incompatible") and where in (self.where or ("line",))


class Question(NamedTuple):
    """A named question about a patient: a number in a range, or yes or no."""

    name: str
    ask: str
    least: Decimal | None = None
    most: Decimal | None = None


Relation = Literal["yes", ">=", ">", "<=", "<"]


class Condition(NamedTuple):
    """A question's answer that counts: `yes`, or a comparison with a number."""

    question: str
    relation: Relation
    limit: Decimal | None
    text: str


class Rule(NamedTuple):
    """A precaution of the monograph over named answers.

    Args:
        only_if: a yes/no question without which the rule does not apply.
        every: all conditions must be met, not any of them.
        otherwise: what is said where the rule does not apply.
    """

    name: str
    conditions: tuple[Condition, ...]
    every: bool
    verdict: str
    sources: Sources
    only_if: str | None = None
    otherwise: str | None = None
    text: str | None = None


class Code(NamedTuple):
    """What a register calls the drug.

    Args:
        system: of the register, as a drug file writes it.
        code: None where it was looked for and not found.
    """

    system: str
    code: str | None
    sources: Sources


class Drug(NamedTuple):
    """A monograph."""

    name: str
    also: tuple[str, ...]
    version: int
    read_on: str
    sources: Mapping[str, Source]
    ambiguous: tuple[Ambiguous, ...] = ()
    identity: tuple[Fact, ...] = ()
    codes: tuple[Code, ...] = ()
    others: tuple[Other, ...] = ()
    factors: tuple[Factor, ...] = ()
    products: tuple[Product, ...] = ()
    preparations: tuple[Preparation, ...] = ()
    limits: tuple[Limit, ...] = ()
    never_reduced: tuple[NeverReduced, ...] = ()
    meetings: tuple[Compatibility, ...] = ()
    sections: tuple[tuple[str, tuple[Fact, ...]], ...] = ()
    questions: tuple[Question, ...] = ()
    rules: tuple[Rule, ...] = ()
    origin: Origin = NO_FILE
    scales: tuple[Factor, ...] = ()

    def scale(self, unit: str) -> Factor | None:
        """What a unit of an older scale of activity is in doses; None where it is not known."""
        return next((factor for factor in self.scales if factor.left.unit == unit), None)

    def own_units(self) -> Iterator[str]:
        """Every unit that its factors speak of."""
        for factor in self.factors:
            yield from (factor.left.unit, factor.right.unit)

    def other_scales(self) -> list[str]:
        """The older scales of activity that its factors speak of."""
        return [unit for unit in dict.fromkeys(self.own_units()) if " " in unit]

    def by_route(self, route: str) -> Drug:
        """The drug with what a route takes: of both forms tablets by mouth, else vials."""
        forms, form = {each.form for each in self.products}, "tablet" if route == "oral" else "vial"
        kept = (each for each in self.products if each.form == form or form not in forms)
        return self._replace(products=tuple(kept))

    def counted_in_iu(self) -> bool:
        """Whether its doses are counted in international units."""
        held = {product.contains.unit for product in self.products}
        return "IU" in held | set(self.own_units())

    def refuses_units(self, *, scaled: bool = True) -> str:
        """What to say of an amount in plain units, which may be those of another scale.

        Args:
            scaled: it may be written in an older scale of activity where it stands.
        """
        scales = self.other_scales()
        text = f"is in plain units, but {self.name} is measured in IU: write it like '5.04 "
        text += "million IU' if the source means international units"
        if not scales:
            return f"{text}; no factor for another scale is known here"
        convert = f'il2calc convert "100 {scales[-1]}" IU --drug {as_typed(self.name)}'
        if self.scales and scaled:
            scale = self.scales[0].left.unit
            text = f"{text}, or like '100_000 {scale}/kg' if it means those"
        return f"{text}; {' or '.join(scales)} are another scale, see: {convert}"

    def names(self) -> tuple[str, ...]:
        """What it is called without any doubt, its own name first."""
        return (self.name, *self.also)

    def all_names(self) -> tuple[str, ...]:
        """What it is called, with doubt or without."""
        return (*self.names(), *(name for entry in self.ambiguous for name in entry.names))

    def doubt(self, name: str) -> Fact | None:
        """Why a name may mean another preparation; None where it is no such name of the drug."""
        for entry in self.ambiguous:
            if one_spelling(name) in map(one_spelling, entry.names):
                return entry.fact
        return None

    def limits_for(self, route: str, basis: str | None, *, for_days: bool) -> tuple[Limit, ...]:
        """The limits that a dose is held against.

        Those of its own basis where its route has such, else those on any basis.

        Args:
            for_days: the dose is one infusion of a day or more; it is held against the limits of
                a day of infusion where there are such.
        """
        of_route = [limit for limit in self.limits if route in limit.routes]
        by_day = [limit for limit in of_route if limit.per == "day of infusion"]
        others = [limit for limit in of_route if limit.per != "day of infusion"]
        held = by_day if for_days and by_day else others
        return tuple([limit for limit in held if limit.amount.basis == basis] or held)
