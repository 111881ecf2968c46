"""Printable sheets for the tests: of each regimen that ships, of a course under way, of bad text.

`read` makes a tree of a page, and refuses one whose tags do not close as they opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser

from filetext import a_cycle, loaded
from il2calc import language
from il2calc.format.printed import html, pdf
from il2calc.format.printed import page as page_of
from il2calc.model.patient import Patient
from il2calc.pharmacy.supply import order
from il2calc.plan.administration import Administration, Recorded
from il2calc.plan.schedule import Caution, Schedule, make
from il2calc.report import words
from il2calc.report.plain_data import Plan
from il2calc.report.preparation_sheet import paragraphs
from il2calc.report.sheet import Part, Sheet, sheet
from il2calc.review.of_schedule import review
from il2calc.units import safe
from pharmacy import sheet as made_up
from stated import value_of

D = Decimal
START = date(2026, 12, 1)
HOSTILE = "<script>alert(1)</script> [red]x[/red] #panic() *b* $x$ {{ 7 }} 'a' \"b\" &lt; \\u{61}"
"""Acts as nothing, wherever it is: it is text."""

REGIMENS: dict[str, Callable[[], Schedule]] = {
    "npc-bolus": lambda: make(
        language.load("npc-bolus"), Patient(weight=D(70)), start=START, subject="S-07"
    ),
    "imatinib": lambda: make(
        language.load("imatinib"), times={"cycle": 2}, start=START, subject="S-07"
    ),
    "imp321": lambda: make(
        language.load("imp321"), Patient(surface_area=D("1.8")), arm="6.25-mg", start=START
    ),
    "trastuzumab": lambda: make(
        language.load("trastuzumab"),
        Patient(weight=D(70), height=D(170)),
        times={"cycle": 3},
        start=START,
        subject="S-07",
    ),
}
"""A schedule of each regimen that ships."""


@cache
def schedule(name: str) -> Schedule:
    """The schedule of a regimen that ships, or one of the others of this module."""
    return {**REGIMENS, "hostile": hostile, "under way": under_way}[name]()


def hostile(text: str = HOSTILE) -> Schedule:
    """A regimen whose title, condition, finding and subject are this text."""
    quoted = "'" + text.replace("'", "''") + "'"
    regimen = loaded(
        a_cycle(
            f"only_if: {quoted}",
            head=(f"title: {quoted}", f"findings: [{{text: {quoted}, source: doe2020}}]"),
        )
    )
    return make(regimen, start=START, subject=text)


REASON = "creatinine 3.1 mg/dL"


def under_way() -> Schedule:
    """The first cycle of npc-bolus in a log: given, held, given late, the rest to come."""
    plan = schedule("npc-bolus")
    late = datetime(2026, 12, 4, 1, 10)  # noqa: DTZ001 - a clock time of no zone, as schedules have
    states = {
        7: Recorded("held", reason=REASON),
        8: Recorded("given", late, D(5_000_000), "late"),
        9: Recorded("unrecorded"),
    }
    return replace(
        plan, recorded={row.number: states.get(row.number) or _recorded(row) for row in plan.shown}
    )


def _recorded(row: Administration) -> Recorded:
    if row.number < 7:
        return Recorded("given", row.when, row.dosed.value)
    if row.number > 45:
        return Recorded("stopped", reason="progression")
    return Recorded("planned")


def tall_rows() -> Schedule:
    """Rows each of which takes many lines: from `first1` to `last1`, and so on."""
    regimen = loaded(a_cycle("day: 1 to 10", repeat="{times: 4, every: 10 days}"))
    schedule = make(regimen, start=START)
    states = {
        row.number: Recorded(
            "held", reason=f"first{row.number} {'a long story ' * 30}last{row.number}"
        )
        for row in schedule.shown
    }
    return replace(schedule, recorded=states)


def assert_no_row_is_cut(schedule: Schedule, texts: list[str]) -> None:
    """The beginning and the end of a row are on the same page, once."""
    for row in schedule.shown:
        ends = (rf"\bfirst{row.number}\b", rf"\blast{row.number}\b")
        places = [
            [place for place, text in enumerate(texts) if re.search(end, text)] for end in ends
        ]
        assert places[0] == places[1], row.number
        assert len(places[0]) == 1, row.number


def on_page(plan: Plan, cautions: Sequence[Caution], preparation: Sequence[Part] = ()) -> Sheet:
    """The report of a plan as a page has it."""
    return page_of(sheet(plan, cautions, preparation))


@cache
def preparation(name: str) -> list[tuple[str, list[str]]]:
    """How the doses of one of these schedules are made up, without head and standing."""
    prepared = made_up(schedule(name))
    orders = order(schedule(name), prepared)
    parts = paragraphs(schedule(name), prepared, orders, share=False)
    return [part for part in parts if part[0] not in ("Preparation sheet", "Standing")]


@cache
def page(name: str) -> str:
    """The page of one of these schedules."""
    plan = schedule(name)
    return "\n".join(html(plan, review(plan), preparation(name)))


@cache
def printed(name: str) -> bytes:
    """The PDF of one of these schedules."""
    plan = schedule(name)
    return pdf(plan, review(plan), preparation(name))


def night(when: datetime) -> str:
    """The night in which a midnight falls, as a page names it."""
    if (when.hour, when.minute) != (0, 0):
        return ""
    return f" (night of {when - timedelta(days=1):%a} to {when:%a})"


def row_texts(schedule: Schedule) -> list[str]:
    """Each row as its cells read one after another, from its number to its dose."""
    return [
        f"{row.number} {row.regimen_day} {words.dated(row.when)} {row.clock}{night(row.when)} "
        f"{row.dose.drug} {safe(value_of(row), row.dosed.unit)}"
        for row in schedule.shown
        if row.when is not None
    ]


def spaced(text: str) -> str:
    """A text with one plain space wherever there was any."""
    return " ".join(text.split())


@dataclass
class Node:
    """An element of a page with its content."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """The element and all elements in it, in their order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, *tags: str) -> list[Node]:
        """All elements of these names, in their order."""
        return [node for node in self.walk() if node.tag in tags]

    def text(self) -> str:
        """Everything that is written in it."""
        pieces = (child if isinstance(child, str) else child.text() for child in self.children)
        return "".join(pieces)


_VOID = ("meta", "link", "br")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute of <{tag}> stands twice"
        node = Node(tag, {key: value or "" for key, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        last = self.open.pop()
        assert last.tag == tag, f"</{tag}> closes <{last.tag}>"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(text: str) -> Node:
    """The tree of a page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    (root,) = reader.open
    return root
