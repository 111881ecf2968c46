"""What a drug's monograph says: units, products, preparations, compatibility, precautions.

All of it is data from a drug file, built by `language`. Nothing is known about a drug that its
file does not say.
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
    """A sentence of the monograph and its sources."""

    text: str
    sources: Sources


def one_spelling(name: str) -> str:
    """A drug's name as names are compared: in lower case, and with spaces for hyphens."""
    return " ".join(name.casefold().replace("-", " ").split())


class NotThisDrug(NamedTuple):
    """Which drug a name does not mean, and a sentence that says so."""

    of: str
    text: str


class Other(NamedTuple):
    """A different preparation that people confuse with this drug."""

    name: str
    fact: Fact
    also: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """All of its names."""
        return (self.name, *self.also)

    def not_this_drug(self, drug: str) -> NotThisDrug:
        """The sentence that it is not the drug of this name."""
        return NotThisDrug(drug, f"{self.name} is not {drug}: {self.fact.text}")


class DrugName(NamedTuple):
    """A drug's name in a file, and the drug that it means.

    Args:
        drug: the name of its monograph; the name as written if there is none.
        has_monograph: there is a monograph.
        doubt: why the name may mean another preparation.
        near: a drug with a monograph and an almost equal name, or with one that the name contains.
        contains_name: the written name contains a name of `near` among other words.
        similar: an almost equal name in the same file, if neither has a monograph.
        mistaken_for: the drug that it is known not to be.
    """

    written: str
    drug: str
    has_monograph: bool = True
    doubt: str | None = None
    near: str | None = None
    contains_name: bool = False
    mistaken_for: NotThisDrug | None = None
    similar: str | None = None

    def question(self) -> str | None:
        """What a person should confirm about the name; None if nothing is in doubt."""
        if self.doubt is not None:
            return f"{self.written} is read as {self.drug}. {self.doubt}"
        if self.near is not None:
            reason = f"{self.near} is spelled almost the same"
            if self.contains_name:
                reason = f"it contains a name of {self.near}"
            return (
                f"{self.written} has no monograph here, and {reason}; write {self.near} if it is "
                "meant"
            )
        if self.similar is not None:
            return (
                f"{self.written} and {self.similar} count as two drugs, each with its own totals; "
                "write one name if one drug is meant"
            )
        return None


class Ambiguous(NamedTuple):
    """Names that usually mean this drug in sources, but sometimes another preparation."""

    names: tuple[str, ...]
    fact: Fact


class Figure(NamedTuple):
    """A number with a unit, which may be particular to the drug (`Nutley units`)."""

    value: Decimal
    unit: str


class Factor(NamedTuple):
    """Two equal measures of a drug.

    Args:
        figures: the significant figures of the factor; None = exact, as written.
    """

    left: Figure
    right: Figure
    figures: int | None
    text: str
    sources: Sources


class Product(NamedTuple):
    """What a pharmacy holds.

    Args:
        contains: amount in the vial or tablet as labelled.
        added: volume added to reconstitute it [mL].
        concentration: amount per mL after reconstitution.
        delivers: the nominal amount from one vial; vials are counted by it.
        at_most: the most that can be withdrawn, if that is another amount.
        keeps: how long it can be stored after reconstitution.
        graduation: of the syringe that it is drawn into [mL], if a source names one.
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
        """The amount from one vial or tablet, by which they are counted."""
        return self.delivers or self.contains


class Bag(NamedTuple):
    """An infusion bag [mL], and the largest dose that it is used for.

    Args:
        at_most: the volume is the largest that the source allows, not a fixed one.
    """

    volume: Decimal
    up_to: Quantity | None
    at_most: bool = False

    def in_words(self) -> str:
        """Its volume, in words."""
        return f"{'up to ' if self.at_most else ''}{plain(self.volume)} mL"


class Additive(NamedTuple):
    """What is added to a bag besides the drug.

    Args:
        share: its concentration in the finished bag [%].
        stock: its concentration in the solution that it is taken from [%].
    """

    name: str
    share: Decimal
    stock: Decimal
    sources: Sources


class Dilution(NamedTuple):
    """A dilution of the concentrate before a small dose is measured.

    Args:
        up_to: the largest dose that is measured from it.
        take: volume of concentrate [mL].
        to: the volume that it is diluted to [mL].
        because: why it is assumed, if no source gives it.
    """

    up_to: Quantity
    take: Decimal
    to: Decimal
    diluent: str
    sources: Sources
    keeps: Span | None = None
    because: str | None = None

    def given(self, concentrate: Decimal) -> Decimal:
        """The diluted volume [mL] with the same amount of drug as a volume of concentrate [mL]."""
        return EXACT.divide(EXACT.multiply(concentrate, self.to), self.take)


class Preparation(NamedTuple):
    """A way of preparing a dose.

    Args:
        routes: the routes that it is for.
        stands_in_for: routes without a preparation of their own, for which it is assumed.
        window: the lowest and highest concentration [per mL] that the product requires.
        first: what goes into the bag before the drug.
        additive: how much that is; if there is a window, only below it.
        below: what to do below the window if that cannot be avoided.
        keeps_from: from when to when the storage time is counted, in words.
        dilution: made before a small dose is measured.
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
    """The largest dose in a source, for some routes and on one basis.

    Args:
        per: what the amount is for: one dose, all doses of a day, or each day of one infusion.
    """

    routes: tuple[str, ...]
    amount: Quantity
    fact: Fact
    per: Per = "dose"

    def in_words(self) -> str:
        """The amount, and what it is per unless that is one dose."""
        return safe_quantity(self.amount) + ("" if self.per == "dose" else f" a {self.per}")


class NeverReduced(NamedTuple):
    """The dose from which on, by some routes, doses are withheld and never reduced."""

    routes: tuple[str, ...]
    amount: Quantity
    fact: Fact


Verdict = Literal["compatible", "as stated", "incompatible", "avoid", "given beside"]
Where = Literal["line", "diluent", "patient"]


class Compatibility(NamedTuple):
    """What is known about the drug together with something else.

    Args:
        where: what a warning is about: the same line or bag, what the drug is dissolved or diluted
            with, or what the same patient is given. Empty = the line or bag.
    """

    name: str
    also: tuple[str, ...]
    verdict: Verdict
    fact: Fact
    where: tuple[Where, ...] = ()

    def warns_of(self, where: Where) -> bool:
        """Whether it must be kept apart from the drug there."""
        return self.verdict in ("avoid", "incompatible") and where in (self.where or ("line",))


class Question(NamedTuple):
    """A named question about a patient; the answer is a number in a range, or yes or no."""

    name: str
    ask: str
    least: Decimal | None = None
    most: Decimal | None = None


Relation = Literal["yes", ">=", ">", "<=", "<"]


class Condition(NamedTuple):
    """What the answer to a question must be: `yes`, or a comparison with a number."""

    question: str
    relation: Relation
    limit: Decimal | None
    text: str


class Rule(NamedTuple):
    """A precaution of the monograph that depends on answers about the patient.

    Args:
        only_if: a yes/no question; the rule applies only if the answer is yes.
        every: all conditions must be met, not just one of them.
        otherwise: the text if the rule does not apply.
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
    """The drug's code in a register.

    Args:
        system: the register, as a drug file writes it.
        code: None if it was looked for and not found.
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
    compatibilities: tuple[Compatibility, ...] = ()
    sections: tuple[tuple[str, tuple[Fact, ...]], ...] = ()
    questions: tuple[Question, ...] = ()
    rules: tuple[Rule, ...] = ()
    origin: Origin = NO_FILE
    scales: tuple[Factor, ...] = ()

    def scale(self, unit: str) -> Factor | None:
        """What a unit of an older scale of activity is in doses; None if that is not known."""
        return next((factor for factor in self.scales if factor.left.unit == unit), None)

    def own_units(self) -> Iterator[str]:
        """Every unit in its factors."""
        for factor in self.factors:
            yield from (factor.left.unit, factor.right.unit)

    def other_scales(self) -> list[str]:
        """The older scales of activity in its factors."""
        return [unit for unit in dict.fromkeys(self.own_units()) if " " in unit]

    def by_route(self, route: str) -> Drug:
        """The drug with the products for a route: tablets if oral, else vials, if it has both.

        Where it has one form, every route takes it, except that no tablet is injected.
        """
        form = "tablet" if route == "oral" else "vial"
        products = tuple(product for product in self.products if product.form == form)
        injected = route.startswith(("IV", "SC", "IM", "intra"))
        return self._replace(products=products) if products or injected else self

    def counted_in_iu(self) -> bool:
        """Whether its doses are counted in international units."""
        units = {product.contains.unit for product in self.products}
        return "IU" in units | set(self.own_units())

    def refuses_units(self, *, scaled: bool) -> str:
        """What is wrong with an amount in plain units, which may be those of another scale.

        Args:
            scaled: an amount may be written in an older scale of activity at its place.
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
        """Its unambiguous names, the name of the monograph first."""
        return (self.name, *self.also)

    def all_names(self) -> tuple[str, ...]:
        """All of its names, the ambiguous ones last."""
        return (*self.names(), *(name for entry in self.ambiguous for name in entry.names))

    def doubt(self, name: str) -> Fact | None:
        """Why a name may mean another preparation; None if it is not an ambiguous name."""
        for entry in self.ambiguous:
            if one_spelling(name) in map(one_spelling, entry.names):
                return entry.fact
        return None

    def limits_for(
        self, route: str, basis: str | None, *, for_days: bool, of_day: bool
    ) -> tuple[Limit, ...]:
        """The limits for a route that apply to a dose: those on its basis if any, else all.

        Args:
            for_days: the dose is one infusion of a day or more; limits per day of infusion apply
                to it if there are any.
            of_day: limits of all doses of a day; otherwise of one dose.
        """
        of_route = [limit for limit in self.limits if route in limit.routes]
        by_day = [limit for limit in of_route if limit.per == "day of infusion"]
        others = [limit for limit in of_route if limit.per != "day of infusion"]
        limits = by_day if for_days and by_day else others
        limits = [limit for limit in limits if (limit.per == "day") is of_day]
        return tuple([limit for limit in limits if limit.amount.basis == basis] or limits)
