"""A regimen in words: everything that its file says, nothing that it does not."""

from __future__ import annotations

import pytest

from commandline import EVERY_REGIMEN, printed
from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import language
from il2calc.report import regimen_text as in_words
from il2calc.report.plain_data import document_head
from il2calc.report.regimen_text import ListEntry, lines, list_document, open_counts

NAMES = tuple(EVERY_REGIMEN)


def given(text: str, *settings: tuple[str, str]) -> list[str]:
    """What is given, as `show` says it."""
    return dict(in_words.paragraphs(loaded(text, *settings)))["What is given"]


def dose(*lines: str) -> str:
    """One dose in words."""
    (line,) = given(a_dose(*lines))
    return line


def test_blocks_are_shown_around_their_doses() -> None:
    """Indentation shows what is inside what."""
    lines = dict(in_words.paragraphs(language.load("npc-bolus")))["What is given"]
    assert lines[0].startswith("Course (up to 2 times, with 5 to 6 weeks of rest between")
    assert "after the first only if stable disease or response)" in lines[0]
    assert lines[1] == "  Cycle (2 times, with 7 days of rest between)"
    assert lines[2].startswith("    aldesleukin 72,000 units/kg, intravenous bolus, on day 1")
    assert "up to 15 times, every 8 hours" in lines[2]
    assert lines[2].endswith("[chi2001, Abstract, Methods]")


def test_sources_are_shown_with_the_facts_they_support() -> None:
    """Amounts from the abstract, days from the registry, what is inferred by its number."""
    lines = dict(in_words.paragraphs(language.load("trastuzumab")))["What is given"]
    (pulse,) = (line for line in lines if "pulse" in line)
    assert "aldesleukin (pulse) 12 million units/m2, subcutaneous, on days 1 to 3" in pulse
    assert "amount and route: mani2009, Abstract" in pulse
    assert "day: assumed (3)" in pulse
    (low,) = (line for line in lines if "low-dose" in line)
    assert "continued during a delay" in low


def test_arms_are_shown_with_their_amounts_cautions_and_default() -> None:
    """3, 6, 9 and 12 million units a day; the second is the default, the last two too much."""
    parts = dict(in_words.paragraphs(language.load("imatinib")))
    line = next(line for line in parts["What is given"] if "aldesleukin" in line)
    assert "3 million units (level-1), 6 million units (level-2)" in line
    assert "9 million units (level-3) and 12 million units (level-4)" in line
    arms = parts["Arms (--arm)"]
    names = ["level-1", "level-2 (the default)", "level-3", "level-4"]
    assert [arm.split(":")[0] for arm in arms] == names
    assert ["Caution:" in arm for arm in arms] == [False, False, True, True]


def test_a_regimen_without_arms_has_no_such_heading() -> None:
    """Nothing to choose."""
    assert "Arms (--arm)" not in dict(in_words.paragraphs(language.load("npc-bolus")))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((), "examplumab 5 mg, intravenous, on day 1 "),
        (("day: -3",), "on day -3 "),
        (("day: [1, 8, 15]",), "on days 1, 8, 15 "),
        (("day: 2 to 7",), "on days 2 to 7 "),
        (("dose: pulse",), "examplumab (pulse) 5 mg"),
        (("route: IV infusion", "over: 30 to 90 minutes"), "infusion over 30 to 90 minutes"),
        (("at: 08:00",), "at 08:00"),
        (("at: +36 hours",), "at +36 hours"),
        (("at: 2 times a day",), ", 2 times a day"),
        (("repeat: {times: 1, every: 8 hours}",), "on day 1, once ["),
        (("repeat: {up_to: 4, every: 8 hours}",), ", up to 4 times, every 8 hours"),
        (("cap: 2 mg",), ", capped at 2 mg"),
        (("round: 0.50 mg",), ", rounded to 0.5 mg"),
        (("only_if: fever",), ", only if fever"),
        (("amount: 45 mg/m2/day",), "45 mg/m2/day"),
        (("amount: 5 AUC",), "5 AUC"),
        (("amount: 12 million IU/m2",), "12 million units/m2"),
    ],
)
def test_a_dose_says_everything_that_its_entry_says(lines: tuple[str, ...], words: str) -> None:
    """In the safe style."""
    assert words in dose(*lines)


def test_a_dose_in_some_arms_or_some_turns_says_so() -> None:
    """Who reads one line must not give it to the wrong arm."""
    text = a_cycle("arm: [a, b]", "turn: '[1, 3]'", head=("arms: {a: One, b: Two, c: Three}",))
    line = given(text.replace("'[1, 3]'", "[1, 3]"))[1]
    assert "in arm a and b" in line
    assert "in turn [1, 3]" in line or "in turns 1, 3" in line


@pytest.mark.parametrize(
    ("numbering", "words"),
    [
        ("with day 0", "Day 0 is the day before day 1."),
        ("without day 0", "There is no day 0: day -1 is the day before day 1."),
    ],
)
def test_days_before_day_1_say_whether_there_is_a_day_0(numbering: str, words: str) -> None:
    """Days -3 to 7 are 11 days with a day 0, and 10 without: nobody can count them otherwise."""
    text = a_file(
        f"""
        numbering: {numbering}
        doses: [{{drug: examplumab, amount: 5 mg, route: IV, day: -3 to 7}}]
        """
    )
    assert words in next(lines for _, lines in in_words.paragraphs(loaded(text)))


@pytest.mark.parametrize(
    ("repeat", "words"),
    [
        ("{times: 4, every: 21 days}", "Cycle (4 times, every 21 days)"),
        ("{times: 1, every: 21 days}", "Cycle (once; 21 days long)"),
        ("{every: 21 days}", "Cycle (an open number of times, every 21 days)"),
        ("{up_to: 2, rest: 7 days}", "Cycle (up to 2 times, with 7 days of rest between)"),
        (
            "{times: 2, every: 21 days, only_if: response}",
            "Cycle (2 times, every 21 days, after the first only if response)",
        ),
    ],
)
def test_a_block_says_how_often_it_comes(repeat: str, words: str) -> None:
    """Totals, never additional ones."""
    assert given(a_cycle(repeat=repeat))[0] == words


def test_a_block_says_when_and_for_whom_it_is() -> None:
    """From which day, under which condition, in which arm, and what follows it."""
    text = a_file(
        """
        blocks:
          - block: rescue
            day: 3
            only_if: fever
            arm: a
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
          - block: lead-in
            rest: 7 days
            doses: [{drug: secumab, amount: 5 mg, route: IV, day: 1}]
          - block: tail
            doses: [{drug: secumab, amount: 5 mg, route: IV, day: 1}]
        """,
        "arms: {a: One, b: Two}",
    )
    lines = given(text)
    assert lines[0] == "Rescue (from day 3; only if fever; in arm a)"
    assert lines[2] == "Lead-in (then 7 days of rest)"
    assert lines[4] == "Tail"


def test_what_was_set_is_shown_at_the_top_and_in_its_place() -> None:
    """The file says 7 days; the reader is shown 6, and that it was set."""
    read = language.load("npc-bolus", settings=[("course.cycle.repeat.rest", "6 days")])
    parts = list(in_words.paragraphs(read))
    assert any("course.cycle.repeat.rest: 7 days -> 6 days" in line for line in parts[0][1])
    assert "with 6 days of rest" in dict(parts)["What is given"][1]
    assert [text[:2] for text in dict(parts)["Assumptions"]] == ["2.", "3.", "4."]


def test_an_amount_that_was_set_shows_no_source() -> None:
    """The source does not hold it."""
    (line,) = given(a_dose(), ("examplumab.amount", "7 mg"))
    assert "amount: set" in line
    assert "route and day: doe2020, Abstract" in line


@pytest.mark.parametrize("name", NAMES)
def test_every_assumption_finding_and_source_is_shown(name: str) -> None:
    """Nothing that the file rests on is left out."""
    read, text = language.load(name), printed("show", name)
    for assumption in read.assumptions:
        assert assumption.text in text
        assert assumption.because in text
        assert (assumption.setting or "") in text
    for note in (*read.findings, *read.alongside):
        assert note.text in text
        assert note.source in text
    for source in read.sources.values():
        assert source.cite in text
        assert (source.doi or "") in text
    assert "not clinically reviewed" in text


def test_a_regimen_with_no_assumption_has_no_such_heading() -> None:
    """Nothing was read into it."""
    assert "Assumptions" not in dict(in_words.paragraphs(loaded(a_dose())))


def test_a_heading_has_something_under_it() -> None:
    """Where the only assumption was set, the heading goes with it."""
    text = a_dose(
        head=("assumptions: [{about: examplumab.route, text: By vein., because: Nobody says.}]",)
    )
    parts = dict(in_words.paragraphs(loaded(text, ("examplumab.route", "SC"))))
    assert parts.get("Assumptions", ["something"]) != []


def test_the_document_says_the_same() -> None:
    """As plain data, for programs."""
    read = language.load("imatinib", settings=[("cycle.imatinib.cap", "300 mg")])
    data = in_words.document(read)
    assert data["format"] == "il2calc.regimen/1"
    assert data["regimen"]["id"] == "imatinib"
    assert data["regimen"]["for"] == "refractory solid tumours"
    assert data["default_arm"] == "level-2"
    assert list(data["arms"]) == ["level-1", "level-2", "level-3", "level-4"]
    assert "above the maximum" in data["arms"]["level-4"]["caution"]
    assert data["set"] == {"cycle.imatinib.cap": {"from": None, "to": "300 mg"}}
    assert [assumption["number"] for assumption in data["assumptions"]] == [1, 2, 3, 4]
    assert data["assumptions"][0]["setting"] is None
    assert len(data["findings"]) == len(read.findings)
    assert data["alongside"] == []
    assert all(line == line.strip() for line in data["given"])


def entry(name: str) -> ListEntry:
    return ListEntry(name, f"/regimens/{name}.yaml", language.load(name))


def test_a_line_has_id_title_arms_and_open_counts() -> None:
    """What must be given is shown before it is asked for."""
    other, second, disease, first = lines([entry("imatinib"), entry("npc-bolus")])
    assert (disease, other) == (
        "refractory solid tumours",
        "recurrent or metastatic nasopharyngeal carcinoma",
    )
    assert first.startswith("  imatinib   Cyclophosphamide, imatinib and interleukin-2 (IMAIL-2)")
    assert "level-1, level-2, level-3, level-4" in first
    assert "cycle: count open" in first
    assert second == "  npc-bolus  Intravenous bolus interleukin-2 in nasopharyngeal carcinoma"


def test_an_empty_list_has_no_line() -> None:
    """And breaks nothing."""
    assert list(lines([])) == []
    assert list_document([]) == {**document_head("il2calc.list/1"), "regimens": []}


def test_a_file_with_faults_says_how_to_see_them() -> None:
    """It is not left out: its owner looks for it."""
    one = ListEntry("mine", "lib/mine.yaml", None, 1)
    two = ListEntry("other", "lib/other.yaml", None, 2)
    assert list(lines([one, two])) == [
        "cannot be used",
        "  mine   cannot be used: 1 fault; see: il2calc check lib/mine.yaml",
        "  other  cannot be used: 2 faults; see: il2calc check lib/other.yaml",
    ]


def test_open_counts_are_named_by_their_path() -> None:
    """A block within a block, and none where every count is stated."""
    text = a_file(
        """
        blocks:
          - block: course
            repeat: {every: 42 days}
            blocks:
              - block: cycle
                repeat: {times: 2, every: 21 days}
                doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
        """
    )
    assert open_counts(loaded(text)) == ["course"]
    assert open_counts(loaded(a_cycle())) == []
    assert open_counts(loaded(a_dose())) == []


def test_the_document_says_the_same_listing() -> None:
    """For programs; a faulty file has its count of faults and no title."""
    data = list_document([entry("imatinib"), ListEntry("mine", "lib/mine.yaml", None, 2)])
    imatinib, mine = data["regimens"]
    assert imatinib == {
        "id": "imatinib",
        "file": "/regimens/imatinib.yaml",
        "title": "Cyclophosphamide, imatinib and interleukin-2 (IMAIL-2)",
        "for": "refractory solid tumours",
        "drugs": ["cyclophosphamide", "imatinib", "aldesleukin"],
        "arms": ["level-1", "level-2", "level-3", "level-4"],
        "default_arm": "level-2",
        "open": ["cycle"],
        "faults": 0,
    }
    assert (mine["title"], mine["arms"], mine["open"], mine["faults"]) == (None, [], [], 2)
    assert (mine["for"], mine["drugs"]) == (None, [])
