"""From a drug file to a monograph, or to every fault in it; and where the files are found."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from filetext import MARK, line_of
from il2calc.errors import FaultyFile, Refused, RegimenError, UnknownName
from il2calc.language import drug, examine_drug, misnamed_fault, monograph, shelf
from il2calc.language.drug_keys import ALWAYS_SHOWN, SECTIONS
from il2calc.language.shelf import FileContent
from il2calc.model.drug import Additive, Bag, Drug, Fact, Question
from il2calc.model.evidence import Origin
from il2calc.units import quantity, span

D = Decimal
FILE = "examplumab.yaml"
HEAD = {
    "drug": "drug: examplumab",
    "version": "version: 1",
    "read_on": "read_on: 2026-11-22",
    "source": "source: label, Everything",
    "sources": "sources:\n  label: {cite: An invented label., read: secondary}",
}
PRODUCT = """\
products:
  - product: vial
    form: vial
    contains: 100 mg
"""
MADE_UP = f"{PRODUCT}    concentration: 20 mg/mL\n"
SCREEN = """\
screen:
  questions:
    - {name: age, ask: How old?, number: 0 to 120}
    - {name: pregnant, ask: Pregnant?}
  rules:
    - rule: old age
"""
WHOLE = """\
also: [examplin, EX-1]
also_with_caution:
  - {names: [mab, EX], text: Of several.}
identity:
  - text: An invented antibody.
codes:
  - {system: atc, code: L03AC01, source: "paper, Register"}
  - {system: unii, code: none found, source: "paper, Register"}
never_the_same:
  - {name: samplumab, also: SA-1, text: Another invented antibody.}
factors:
  - {is: 2 million IU = 1 mg, figures: 3, text: About., source: "paper, Table 1"}
products:
  - product: vial of 100 mg
    form: vial
    contains: 100 mg
    add: 5 mL
    with: water for injection
    how: Swirl.
    concentration: 20 mg/mL
    delivers: 90 mg
    at_most: 95 mg
    keeps: 24 hours
    single_dose: true
preparations:
  - preparation: infusion
    routes: [IV infusion, IV]
    stands_in_for: IV bolus
    diluent: glucose 5 %
    bags:
      - {volume: 50 mL, up_to: 100 mg}
      - {volume: up to 100 mL}
    window: 1 to 2 mg/mL
    first: {text: Albumin.}
    additive: {name: human albumin, share: 0.1 %, from: 20 %, source: "paper, Table 2"}
    below: {text: Albumin too., source: "paper, Table 2"}
    over: 30 minutes
    filter: 0.22 micron
    container: glass
    keeps: 8 hours
    keeps_from: mixing
    notes:
      - text: Inherits.
      - {text: Its own., source: "paper, Note"}
    source: paper, Methods
  - preparation: injection
    routes: SC
    undiluted: true
limits:
  - {route: IV infusion, amount: 5 mg/kg, text: the largest}
  - {route: [IV infusion, IV], amount: 90 mg, per: day of infusion, text: the largest}
never_reduce:
  - {route: IV, from: 4 mg/kg, text: Withheld.}
compatibility:
  - {with: saline, also: NS, verdict: avoid, where: [diluent, line], text: Clumps.}
monitoring:
  - text: Look.
screen:
  source: paper, Exclusion
  questions:
    - {name: age, ask: How old?, number: 0 to 120}
    - {name: pregnant, ask: Pregnant?}
  rules:
    - {rule: old, only_if: pregnant, all: age > 60, verdict: care, otherwise: no matter, text: So.}
    - {rule: pregnancy, any: [pregnant, age < 18], verdict: avoid, source: "label, Section 4"}
"""
TWO_SOURCES = """\
sources:
  label: {cite: An invented label., read: secondary}
  paper: {cite: Doe J. An invented trial., pmid: 123, read: abstract}"""


def a_drug(body: str = "", *head: str, without: str = "") -> str:
    """The least good drug file around a body; a head line replaces the one of its key."""
    lines = HEAD | {line.partition(":")[0]: line for line in head}
    kept = [line for key, line in lines.items() if key not in without.split()]
    return "\n".join(kept) + "\n" + body


def examined(text: str | bytes) -> tuple[Drug | None, tuple[RegimenError, ...]]:
    """What a file's text holds."""
    content = text.encode() if isinstance(text, str) else text
    return examine_drug(FileContent(content, Origin(FILE, "")))


def assert_fault(text: str, path: str, *words: str) -> None:
    """The file has exactly one fault: on the marked line, at this path, in these words."""
    monograph, faults = examined(text)
    shown = "\n".join(map(str, faults))
    assert monograph is None
    assert len(faults) == 1, shown
    assert (faults[0].file, faults[0].line, faults[0].path) == (FILE, line_of(text), path), shown
    for word in words:
        assert word in faults[0].problem, shown


def read(text: str) -> Drug:
    """The monograph of a text without fault."""
    monograph, faults = examined(text)
    assert not faults, "\n".join(map(str, faults))
    assert monograph is not None
    return monograph


def put(folder: Path, name: str, text: str) -> Path:
    """A drug file of the user's own."""
    (folder / "drugs").mkdir(exist_ok=True)
    path = folder / "drugs" / name
    path.write_text(text, encoding="utf-8")
    return path


# A whole file


def test_the_smallest_file_is_a_name_and_its_sources() -> None:
    """A drug of which nothing is stated is a drug without any number."""
    monograph = read(a_drug())
    assert (monograph.name, monograph.also, monograph.version, monograph.read_on) == (
        "examplumab",
        (),
        1,
        "2026-11-22",
    )
    assert monograph.sources["label"].read == "secondary"
    assert (monograph.products, monograph.preparations, monograph.factors, monograph.rules) == (
        (),
        (),
        (),
        (),
    )
    assert monograph.origin.file == FILE


def test_every_key_of_a_file_is_read() -> None:
    """What is written and not read would be believed and not used."""
    monograph = read(a_drug(WHOLE, TWO_SOURCES))
    assert monograph.names() == ("examplumab", "examplin", "EX-1")
    assert [fact.text for fact in monograph.identity] == ["An invented antibody."]
    assert [tuple(code) for code in monograph.codes] == [
        ("atc", "L03AC01", ("paper, Register",)),
        ("unii", None, ("paper, Register",)),
    ]
    (doubt,) = monograph.ambiguous
    assert (doubt.names, doubt.fact.text) == (("mab", "EX"), "Of several.")
    assert [(other.name, other.also, other.fact.sources) for other in monograph.others] == [
        ("samplumab", ("SA-1",), ("label, Everything",))
    ]
    (factor,) = monograph.factors
    assert (factor.left.value, factor.right.value) == (D(2_000_000), D(1))
    assert factor.figures == 3
    assert factor.sources == ("paper, Table 1",)
    assert list(monograph.own_units()) == ["IU", "mg"]
    (product,) = monograph.products
    assert product.added == 5
    assert (product.solvent, product.how) == ("water for injection", "Swirl.")
    assert product.concentration == quantity("20 mg")
    assert (product.delivers, product.at_most) == (quantity("90 mg"), quantity("95 mg"))
    assert (product.keeps, product.single_dose) == (span("24 hours"), True)
    infusion, injection = monograph.preparations
    assert infusion.routes == ("IV infusion", "IV")
    assert infusion.stands_in_for == ("IV bolus",)
    assert infusion.bags == (Bag(D(50), quantity("100 mg")), Bag(D(100), None, at_most=True))
    assert infusion.window == (quantity("1 mg"), quantity("2 mg"))
    assert infusion.first == Fact("Albumin.", ("paper, Methods",))
    assert infusion.below == Fact("Albumin too.", ("paper, Table 2",))
    assert infusion.additive == Additive("human albumin", D("0.1"), D(20), ("paper, Table 2",))
    assert (injection.first, injection.below, injection.additive) == (None, None, None)
    assert (infusion.over, infusion.keeps) == (span("30 minutes"), span("8 hours"))
    assert (infusion.keeps_from, injection.keeps_from) == ("mixing", None)
    assert (infusion.filter, infusion.container) == ("0.22 micron", "glass")
    assert (infusion.diluent, infusion.undiluted) == ("glucose 5 %", False)
    assert (injection.undiluted, injection.routes, injection.bags) == (True, ("SC",), ())
    limit, by_day = monograph.limits
    assert (limit.routes, limit.amount, limit.per) == (
        ("IV infusion",),
        quantity("5 mg/kg"),
        "dose",
    )
    assert (by_day.routes, by_day.per) == (("IV infusion", "IV"), "day of infusion")
    (withheld,) = monograph.never_reduced
    assert (withheld.routes, withheld.amount) == (("IV",), quantity("4 mg/kg"))
    (meeting,) = monograph.compatibilities
    assert (meeting.name, meeting.also, meeting.verdict) == ("saline", ("NS",), "avoid")
    assert meeting.where == ("diluent", "line")
    assert [heading for heading, facts in monograph.sections if not facts] == [
        SECTIONS[key] for key in ALWAYS_SHOWN
    ]
    assert [facts[0].text for _, facts in monograph.sections if facts] == ["Look."]
    assert monograph.questions == (
        Question("age", "How old?", D(0), D(120)),
        Question("pregnant", "Pregnant?"),
    )
    old, pregnancy = monograph.rules
    assert (old.every, old.only_if, old.otherwise, old.text) == (
        True,
        "pregnant",
        "no matter",
        "So.",
    )
    assert (pregnancy.every, len(pregnancy.conditions)) == (False, 2)


def test_a_statement_inherits_the_nearest_source() -> None:
    """A note that of its preparation, a rule that of the screen, the rest that of the file."""
    monograph = read(a_drug(WHOLE, TWO_SOURCES))
    infusion, injection = monograph.preparations
    assert [note.sources for note in infusion.notes] == [("paper, Methods",), ("paper, Note",)]
    assert injection.sources == ("label, Everything",)
    assert [rule.sources for rule in monograph.rules] == [
        ("paper, Exclusion",),
        ("label, Section 4",),
    ]
    assert monograph.products[0].sources == ("label, Everything",)


# Faults


@pytest.mark.parametrize("key", ["drug", "version", "read_on", "sources"])
def test_a_file_without_what_it_must_say_is_refused(key: str) -> None:
    _, faults = examined(a_drug(without=key))
    assert any(f"has no {key!r}" in fault.problem for fault in faults)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty; a drug file begins with 'drug: NAME'"),
        (b"- a\n- b\n", "is not a mapping; a drug file begins with 'drug: NAME'"),
        (b"drug: [\n", "is not YAML"),
        (b"drug: \xff\n", "is not UTF-8"),
    ],
)
def test_what_is_no_drug_file_is_refused_as_such(content: bytes, words: str) -> None:
    monograph, faults = examined(content)
    assert monograph is None
    assert [words in fault.problem for fault in faults] == [True]


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    text = a_drug(f"{PRODUCT}    deliver: 100 mg  {MARK}\n")
    assert_fault(text, "products[1].deliver", "did you mean 'delivers'")


def test_a_citation_of_a_source_that_is_not_listed_is_a_fault() -> None:
    text = a_drug(f"{PRODUCT}    source: lable, Table 1  {MARK}\n")
    assert_fault(text, "products[1].source", "did you mean 'label'")


@pytest.mark.parametrize(
    "body",
    [
        "factors:\n  - {is: 1 IU = 1 mg, text: So.}  # here\n",
        "products:\n  - {product: v, form: vial, contains: 1 mg}  # here\n",
        "preparations:\n  - {preparation: p, routes: IV}  # here\n",
        "limits:\n  - {route: IV, amount: 1 mg, text: So.}  # here\n",
        "never_reduce:\n  - {route: IV, from: 1 mg, text: So.}  # here\n",
        "also_with_caution:\n  - {names: mab, text: So.}  # here\n",
        "compatibility:\n  - {with: x, verdict: compatible, text: So.}  # here\n",
        "identity:\n  - {text: So.}  # here\n",
        "monitoring:\n  - {text: So.}  # here\n",
        "adverse_effects:\n  - {text: So.}  # here\n",
        "handling_toxicity:\n  - {text: So.}  # here\n",
        f"{SCREEN.rstrip()}  # here\n      any: age > 60\n      verdict: care\n",
    ],
)
def test_a_statement_without_any_source_does_not_load(body: str) -> None:
    """A number without a source has nobody behind it."""
    text = a_drug(body, without="source")
    _, (fault,) = examined(text)
    assert "has no source; add 'source: key, locator'" in fault.problem
    assert fault.line == line_of(text)


def test_another_drug_that_is_never_the_same_has_a_source_too() -> None:
    """Otherwise the monograph would refuse a name on nobody's word."""
    monograph, faults = examined(
        a_drug("never_the_same:\n  - {name: samplumab, text: Another.}\n", without="source")
    )
    assert monograph is None
    assert ["has no source" in fault.problem for fault in faults] == [True]


def test_statements_with_sources_of_their_own_need_none_of_the_file() -> None:
    body = f"{PRODUCT}    source: label\n{SCREEN}      any: age > 60\n      verdict: care\n"
    text = a_drug(f"{body}      source: label\n", without="source")
    assert read(text).rules[0].sources == ("label",)
    screens = a_drug(body.replace("screen:\n", "screen:\n  source: label, S\n"), without="source")
    assert read(screens).rules[0].sources == ("label, S",)


def test_broken_entries_are_reported_once_and_do_not_hide_others() -> None:
    """A product and a rule that are no mappings: their sources are not asked for besides."""
    body = "products:\n  - vial\n  - {product: v, form: bag, contains: 1 mg}\n"
    body += "screen:\n  questions: [age]\n  rules: [old]\n"
    _, faults = examined(a_drug(body, without="source"))
    problems = [(fault.path, fault.problem.split(";")[0]) for fault in faults]
    assert ("products[1]", "is not a mapping") in problems
    assert ("screen.questions[1]", "is not a mapping") in problems
    assert ("screen.rules[1]", "is not a mapping") in problems
    assert ("products[2].form", "'bag' is not known") in problems


@pytest.mark.parametrize(
    ("lines", "path", "words"),
    [
        ("any: weight > 60  # here", "any", "'weight' is not a number here"),
        ("any: nephrectomy  # here", "any", "'nephrectomy' is not a yes/no question"),
        ("all: pregnant > 1  # here", "all", "'pregnant' is not a number here"),
        ("all: age  # here", "all", "'age' is not a yes/no question"),
        ("any: pregnant\n      only_if: age  # here", "only_if", "'age' is not a yes/no question"),
        ("any: pregnant\n      only_if: sex  # here", "only_if", "'sex' is not a yes/no question"),
    ],
)
def test_a_rule_asks_only_what_is_asked_and_compares_only_numbers(
    lines: str, path: str, words: str
) -> None:
    """A rule about a question that is never asked could never be met."""
    text = a_drug(f"{SCREEN}      verdict: care\n      {lines}\n")
    assert_fault(text, f"screen.rules[1].{path}", words, "add it under 'questions'")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("", "has none of: all, any; a rule needs one"),
        (
            "      any: pregnant\n      all: age > 60\n",
            "has 'all' and 'any' at once; write a rule for each",
        ),
    ],
)
def test_a_rule_says_whether_all_or_any_of_its_conditions_count(lines: str, problem: str) -> None:
    text = a_drug(f"{SCREEN.rstrip()}  {MARK}\n      verdict: care\n{lines}")
    assert_fault(text, "screen.rules[1]", problem)


@pytest.mark.parametrize(
    "line",
    ["delivers: 101 mg", "at_most: 101 mg", "delivers: 1 g", "at_most: 10 IU"],
)
def test_a_vial_gives_no_more_than_it_holds_and_in_the_same_unit(line: str) -> None:
    """A vial of 100 mg that delivers 101 would leave a patient short."""
    text = a_drug(f"{PRODUCT}    {line}  {MARK}\n")
    assert_fault(text, f"products[1].{line.partition(':')[0]}", "up to, what the product contains")


@pytest.mark.parametrize(
    ("per_ml", "factor", "fault"),
    [
        ("20 g/mL", "", False),
        ("20 IU/mL", "", True),
        ("20 IU/mL", "2 million IU = 1 mg", False),
        ("20 IU/mL", "1 g = 2_000 million IU", False),
        ("20 IU/mL", "100 IU = 83.3 Nutley units", True),
        ("20 mL/mL", "", True),
    ],
)
def test_a_vial_is_measured_in_what_it_holds(per_ml: str, factor: str, fault: bool) -> None:
    """Danger: 100 mg at 20 IU/mL lost its volume, or its vials, without a word."""
    factors = f"factors: [{{is: {factor}, text: About.}}]\n" if factor else ""
    text = a_drug(f"{factors}{PRODUCT}    concentration: {per_ml}\n")
    problems = [one.problem for one in examined(text)[1] if one.path == "products[1].concentration"]
    unit = per_ml.split()[1].removesuffix("/mL")
    message = (
        f"is in {unit}, what it contains in mg, and no factor of this file converts them; use "
    )
    message += "one"
    assert problems == ([message] if fault else [])


@pytest.mark.parametrize(
    ("per_ml", "fault"),
    [
        *((right, False) for right in ("20 mg/mL", "21 mg/mL", "12 mg/mL", "0.02 g/mL")),
        *((slip, True) for slip in ("200 mg/mL", "100 mg/mL", "4 mg/mL", "2 mg/mL", "20 mcg/mL")),
    ],
)
def test_a_concentration_goes_with_what_is_held_and_added(per_ml: str, fault: bool) -> None:
    """Danger: a tenfold volume is drawn. 100 mg in 5 mL are 20 mg/mL; 5 times and a 5th are far."""
    text = a_drug(f"{PRODUCT}    add: 5 mL\n    concentration: {per_ml}\n")
    problems = [one.problem for one in examined(text)[1]]
    assert [problem.startswith("is far from 20") for problem in problems] == (
        [True] if fault else []
    )
    assert all("20,000 mcg/mL" in problem or "20 mg/mL" in problem for problem in problems)


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("0.5 to 1 mg/mL", ""),
        ("500 to 900 mcg/mL", ""),
        ("30 to 70 IU/mL", "is in IU, the concentration in mg, and no factor of this file "),
    ],
)
def test_a_window_is_of_what_the_vials_hold(window: str, message: str) -> None:
    """Danger: a window in IU of a drug in mg was printed, and nothing was checked against it."""
    way = (
        f"preparations:\n  - {{preparation: drip, routes: IV, diluent: water, window: {window}}}\n"
    )
    problems = [fault.problem for fault in examined(a_drug(f"{MADE_UP}{way}"))[1]]
    assert len(problems) == bool(message)
    assert all(problem.startswith(message) for problem in problems)


@pytest.mark.parametrize(
    ("amount", "factor", "fault"),
    [
        ("8 g/kg", "", None),
        ("8 IU/kg", "", "is in IU, the products in mg"),
        ("8 mL/kg", "", "is in mL, the products in mg"),
        ("8 units", "", "is in units, the products in mg"),
        ("8 IU/kg", "2 million IU = 1 mg", None),
    ],
)
def test_a_limit_is_of_what_the_vials_hold(amount: str, factor: str, fault: str | None) -> None:
    """Danger: a limit in IU of a drug in mg was printed, and no dose was checked against it."""
    factors = f"factors: [{{is: {factor}, text: About.}}]\n" if factor else ""
    most = f"limits: [{{route: IV, amount: {amount}, text: The most.}}]\n"
    least = f"never_reduce: [{{route: IV, from: {amount}, text: High.}}]\n"
    faults = examined(a_drug(f"{factors}{PRODUCT}{most}{least}"))[1]
    paths = ["limits[1].amount", "never_reduce[1].from"] if fault else []
    assert [one.path for one in faults] == paths
    end = "and no factor of this file converts them; write it in mg"
    assert {one.problem for one in faults} == ({f"{fault}, {end}"} if fault else set())


def test_plain_units_beside_iu_are_one_fault_and_a_limit_without_a_product_is_none() -> None:
    """Nobody can tell which units they are; without a product nothing says how it is counted."""
    most = "limits: [{route: IV, amount: 8 units, text: The most.}]\n"
    least = "never_reduce: [{route: IV, from: 8 units, text: High.}]\n"
    faults = examined(a_drug(f"{PRODUCT.replace('100 mg', '100 IU')}{most}{least}"))[1]
    assert [one.path for one in faults] == ["limits[1].amount", "never_reduce[1].from"]
    assert all(one.problem.startswith("mixes plain units with IU") for one in faults)
    assert examined(a_drug(f"{most}{least}"))[1] == ()


@pytest.mark.parametrize(
    "key", ["diluent: water", "bags: [{volume: 9 mL}]", "window: 1 to 2 mg/mL"]
)
def test_what_is_given_undiluted_is_in_no_bag(key: str) -> None:
    """Which of both is meant nobody can tell, and the bag was left out without a word."""
    way = f"preparations:\n  - {{preparation: shot, routes: SC, undiluted: true, {key}}}  {MARK}\n"
    path = f"preparations[1].{key.partition(':')[0]}"
    assert_fault(
        a_drug(f"{MADE_UP}{way}"), path, "but 'undiluted: true' is here too; keep one of them"
    )


@pytest.mark.parametrize("key", ["add: 5 mL", "concentration: 20 mg/mL"])
def test_a_tablet_is_not_made_up(key: str) -> None:
    """A volume was drawn of what is swallowed."""
    text = a_drug(f"{PRODUCT.replace('form: vial', 'form: tablet')}    {key}  {MARK}\n")
    assert_fault(text, f"products[1].{key.partition(':')[0]}", "this is a tablet; leave it out")


def test_a_missing_name_is_one_fault_of_each_entry() -> None:
    """That a name is missing, or that an entry is no mapping, is one fault of each of them."""
    text = a_drug(
        "products: [one, {form: vial, contains: 5 mg}, {form: vial, contains: 5 mg}, two]"
    )
    _, faults = examined(text)
    assert [f"{fault.path}: {fault.problem}" for fault in faults] == [
        "products[1]: is not a mapping; write {product: ..., form: ..., contains: ...}",
        "products[2]: has no 'product'; a product needs one",
        "products[3]: has no 'product'; a product needs one",
        "products[4]: is not a mapping; write {product: ..., form: ..., contains: ...}",
    ]


def test_a_vial_may_give_all_it_holds() -> None:
    monograph = read(a_drug(f"{PRODUCT}    delivers: 100 mg\n    at_most: 100 mg\n"))
    assert monograph.products[0].delivers == quantity("100 mg")


def test_the_most_that_can_be_withdrawn_is_not_less_than_the_nominal() -> None:
    """`at_most` below `delivers` would count more vials in the better case."""
    monograph, faults = examined(a_drug(f"{PRODUCT}    delivers: 90 mg\n    at_most: 80 mg\n"))
    assert monograph is None
    assert len(faults) == 1


@pytest.mark.parametrize(
    "bags",
    [
        "[{volume: 100 mL}, {volume: 25 mL, up_to: 25 mg}]",
        "[{volume: 50 mL, up_to: 60 mg}, {volume: 25 mL, up_to: 25 mg}]",
    ],
)
def test_a_bag_that_could_never_be_chosen_is_a_fault(bags: str) -> None:
    """The first bag that a dose fits is taken: 20 mg would get 100 or 50 mL, not its 25 mL."""
    monograph, faults = examined(
        a_drug(f"preparations:\n  - preparation: infusion\n    routes: IV\n    bags: {bags}\n")
    )
    assert monograph is None
    assert len(faults) == 1


@pytest.mark.parametrize("amount", ["5 AUC", "5 mg/day"])
def test_a_limit_of_a_single_dose_is_an_amount_of_a_single_dose(amount: str) -> None:
    """A target AUC cannot be compared with milligrams, nor a day with a dose."""
    monograph, faults = examined(
        a_drug(f"limits:\n  - {{route: IV, amount: {amount}, text: the largest}}\n")
    )
    assert monograph is None
    assert len(faults) == 1


def test_a_name_cannot_be_that_of_the_drug_and_of_another_that_it_never_is() -> None:
    """Danger: a name in both was the drug's own, without the refusal that the file asks for."""
    others = "{name: EX 2, text: a}, {name: b, also: [c, Ex-1], text: d}, {name: e, text: f}"
    monograph, faults = examined(a_drug(f"also: [EX-1, ex-2]\nnever_the_same: [{others}]\n"))
    assert monograph is None
    rest = "is a name of the drug itself above; keep it in one place"
    assert [(fault.path, fault.problem) for fault in faults] == [
        ("never_the_same[1].name", f"'EX 2' {rest}"),
        ("never_the_same[2].also", f"'Ex-1' {rest}"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "preparations:\n  - {preparation: p, routes: IV}\n  - {preparation: p, routes: SC}\n",
        (
            "products:\n  - {product: v, form: vial, contains: 1 mg}\n"
            "  - {product: v, form: vial, contains: 2 mg}\n"
        ),
        (
            "screen:\n  questions:\n    - {name: age, ask: How old?, number: 0 to 120}\n"
            "    - {name: age, ask: Of age?}\n  rules:\n"
            "    - {rule: minor, any: age, verdict: avoid}\n"
        ),
    ],
)
def test_a_name_used_twice_is_a_fault(body: str) -> None:
    """The second preparation or question of a name could never be meant."""
    monograph, faults = examined(a_drug(body))
    assert monograph is None
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("system", "code"),
    [("atc", "L03AC1"), ("rxnorm", "RX56946"), ("unii", "M89N0Q7EQ"), ("cas", "110942024")],
)
def test_a_code_that_looks_like_none_of_its_register_is_a_fault(system: str, code: str) -> None:
    """A code under another register's name is another drug to whoever reads it."""
    entry = f"{{system: {system}, code: '{code}', source: label}}"
    assert_fault(a_drug(f"codes:\n  - {entry}  {MARK}\n"), "codes[1].code", f"not a valid {system}")


def test_a_code_has_a_register_and_a_source_of_its_own() -> None:
    """The source of a file is of its texts: public lists of codes contradict each other."""
    _, faults = examined(a_drug("codes:\n  - {system: atc, code: L03AC01}\n  - 5\n"))
    assert ["source" in fault.problem or "mapping" in fault.problem for fault in faults] == [
        True,
        True,
    ]
    _, faults = examined(a_drug("codes:\n  - {system: snomed, code: x, source: label}\n"))
    assert len(faults) == 1


# Where monographs are found


@pytest.mark.parametrize("name", shelf.drug_files())
def test_a_shipped_drug_file_has_no_fault_and_is_named_as_its_drug(name: str) -> None:
    drug = monograph(name)
    assert drug is not None
    assert drug.name == name
    assert misnamed_fault(drug) is None
    assert drug.origin.shipped


def test_the_six_monographs_ship() -> None:
    companions = {"cyclophosphamide", "imatinib", "paclitaxel", "trastuzumab", "IMP321"}
    assert {"aldesleukin"} | companions <= set(shelf.drug_files())


def test_a_drug_without_a_file_has_no_monograph(tmp_path: Path) -> None:
    """Amounts only."""
    assert monograph("examplin") is None
    assert monograph("examplumab", tmp_path) is None


@pytest.mark.parametrize(
    "name", ["aldesleukin", "Aldesleukin", "Proleukin", "Recombinant Interleukin-2"]
)
def test_a_drug_is_found_by_its_name_or_a_synonym_in_any_case(name: str) -> None:
    assert drug(name).name == "aldesleukin"


@pytest.mark.parametrize("name", ["IL-2", "il2", "interleukin-2"])
def test_a_name_of_every_interleukin_2_is_open_to_doubt(name: str) -> None:
    """Of celmoleukin and teceleukin it is the name as well: the doubt is stated beside it."""
    monograph = drug(name)
    assert (monograph.name, name in monograph.names()) == ("aldesleukin", False)
    assert monograph.doubt(name) is not None
    assert (monograph.doubt("aldesleukin"), monograph.doubt("teceleukin")) == (None, None)


@pytest.mark.parametrize("name", ["celmoleukin", "Teceleukin"])
def test_another_interleukin_2_is_refused_by_name(name: str) -> None:
    """What is stated of aldesleukin is not stated of it."""
    with pytest.raises(Refused, match=r"leukin is not aldesleukin: .* il2calc drug aldesleukin"):
        drug(name)


def test_a_name_that_nothing_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'aldesleukin'"):
        drug("aldesleukine")


def test_a_monograph_of_the_users_own_is_found_by_name_and_synonym(tmp_path: Path) -> None:
    """A user's own file works as a shipped one does, beside those that ship."""
    path = put(tmp_path, "examplumab.yaml", a_drug("also: [EX-1]\n"))
    assert drug("examplumab", tmp_path).origin.file == str(path)
    assert drug("ex-1", tmp_path).name == "examplumab"
    assert not drug("examplumab", tmp_path).origin.shipped
    assert drug("aldesleukin", tmp_path).origin.shipped
    with pytest.raises(UnknownName):
        drug("examplumab")


def test_a_monograph_of_the_users_own_is_used_before_a_shipped_one(tmp_path: Path) -> None:
    path = put(tmp_path, "paclitaxel.yaml", a_drug("", "drug: paclitaxel"))
    monograph = drug("paclitaxel", tmp_path)
    assert (monograph.products, monograph.origin.file) == ((), str(path))


def test_a_monograph_that_hides_a_shipped_one_says_so(tmp_path: Path) -> None:
    """Another concentration for a known drug must not come in unseen."""
    put(tmp_path, "paclitaxel.yaml", a_drug("", "drug: paclitaxel"))
    drug = monograph("paclitaxel", tmp_path)
    assert drug is not None
    assert drug.origin.hides == str(shelf.shipped() / "drugs" / "paclitaxel.yaml")


def test_the_shipped_folder_as_the_users_own_still_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--library regimens` in a checkout names the same files by another path."""
    monkeypatch.chdir(shelf.shipped().parent)
    drug = monograph("aldesleukin", Path(shelf.shipped().name))
    assert drug is not None
    assert (drug.origin.shipped, drug.origin.hides) == (True, None)


def test_a_file_of_another_drug_does_not_stand_in_for_this_one(tmp_path: Path) -> None:
    """A file paclitaxel.yaml that is of docetaxel must not make up paclitaxel."""
    put(tmp_path, "paclitaxel.yaml", a_drug("", "drug: docetaxel"))
    with pytest.raises(FaultyFile, match="is 'docetaxel', but the file is named 'paclitaxel'"):
        monograph("paclitaxel", tmp_path)


def test_a_faulty_monograph_is_reported_and_never_left_out(tmp_path: Path) -> None:
    put(tmp_path, "examplumab.yaml", a_drug("colour: red\n"))
    with pytest.raises(FaultyFile, match="colour: is an unknown key"):
        monograph("examplumab", tmp_path)


def test_a_folder_without_drugs_adds_none(tmp_path: Path) -> None:
    assert shelf.drug_files(tmp_path) == shelf.drug_files()


def test_a_synonym_of_two_drugs_is_refused_with_both(tmp_path: Path) -> None:
    """Which drug is meant is never decided by the alphabet."""
    (tmp_path / "drugs").mkdir()
    for name in ("examplumab", "otherumab"):
        text = (
            f"drug: {name}\nalso: [mab]\nversion: 1\nread_on: 2026-11-22\n"
            "sources: {doe2020: {cite: Doe J. 2020., read: abstract}}\n"
        )
        (tmp_path / "drugs" / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match="examplumab or otherumab"):
        drug("mab", tmp_path)


def factor_faults(*factors: str) -> list[str]:
    """The faults of a file with these factors, each on its own line."""
    lines = "".join(f"  - {{is: {factor}, text: So.}}\n" for factor in factors)
    head = "\n".join(HEAD.values())
    file = FileContent(f"factors:\n{lines}{head}\n".encode(), Origin(FILE, ""))
    return [str(fault) for fault in examine_drug(file)[1]]


@pytest.mark.parametrize(
    ("factors", "against"),
    [
        (("1 mg = 18 million IU", "1.1 mg = 18 million IU"), "line 2"),
        (("18 million IU = 1.1 mg", "1000 mcg = 18 MIU"), "line 2"),
        (("1 mg = 10 IU", "10 IU = 5 Foo units", "2 mg = 5 Foo units"), "lines 2, 3"),
        (("1 mg = 16.36 million IU", "1.1 mg = 18 million IU", "1 mg = 16.5 million IU"), "line 2"),
        (("100 IU = 16.7 Cetus units", "1 Cetus units = 12 IU, for_doses: true"), "line 2"),
        (("1 mg = 5 IU, figures: 3", "1 mg = 5.1 IU, figures: 3"), "line 2"),
        (("1 mg = 1_100 mcg",), "its own units"),
    ],
)
def test_a_factor_that_contradicts_earlier_ones_is_a_fault(
    factors: tuple[str, ...], against: str
) -> None:
    """They differ by more than rounding explains; both lines are named.

    18 million (half a step: 1 in 36) = 1.1 mg (1 in 22) is 16.4 million per mg within 5.3 %, the
    root of 1/36^2 + 1/22^2; 18 million per mg is 10 % away, of which its own rounding is 2.8 %.
    """
    (fault,) = factor_faults(*factors)
    assert fault == (
        f"{FILE}:{len(factors) + 1}: factors[{len(factors)}].is: contradicts {against} by more "
        "than the rounding of its numbers explains; correct or remove one"
    )


@pytest.mark.parametrize(
    "factors",
    [
        ("18 million IU = 1.1 mg", "1 mg = 16.36 million IU"),
        ("1 mg = 16.2 million IU", "1 mg = 16.3 million IU, figures: 2", "1.1 mg = 18 MIU"),
        ("100 IU = 83.3 Nutley units", "1 Nutley units = 1.2 IU, for_doses: true"),
        ("1 mg = 3 IU", "3 IU = 1 mg", "7 IU = 3 Foo units", "1 mg = 9 Bar units"),
        ("1 mg = 1000 mcg",),
        # labels of one product: both sides are rounded, 21.9 million / 1.35 mg is 16.2 million
        ("22 million IU = 1.3 mg", "1 mg = 16.2 million IU", "18 million IU = 1.1 mg"),
        ("33.6 million IU = 263 mcg", "13.4 million IU = 105 mcg", "1 mg = 128 million IU"),
        ("10 IU = 16.8 mcg", "5 IU = 8.3 mcg", "1 mg = 600 IU"),
        ("1 IU = 0.025 mcg", "1 mcg = 40 IU", "1.25 mg = 50_000 IU"),
        ("1 IU = 0.0347 mg", "1 mg = 28.8 IU", "100 IU = 3.5 mg"),
    ],
)
def test_rounded_factors_do_not_contradict_each_other(factors: tuple[str, ...]) -> None:
    """18 / 1.1 is 16.36; 100 / 83.3 is 1.2005, which is 1.2 to two figures."""
    assert factor_faults(*factors) == []


def test_a_factor_that_cannot_be_read_contradicts_nothing() -> None:
    """Its own fault is reported, and so is what contradicts others."""
    faults = factor_faults("1 mg", "1 mg = 5 IU", "1 mg = 8 IU")
    assert [fault.split(":")[1] for fault in faults] == ["2", "4"]
