"""The list of regimens at hand, one line each."""

from __future__ import annotations

from filetext import a_cycle, a_dose, a_file, loaded
from il2calc import library
from il2calc.render.listing import Entry, document, lines, open_counts


def entry(name: str) -> Entry:
    return Entry(name, f"/regimens/{name}.yaml", library.load(name))


def test_a_line_has_id_title_arms_and_open_counts() -> None:
    """What must be given is said before it is asked for."""
    first, second = lines([entry("imatinib"), entry("npc-bolus")])
    assert first.startswith("imatinib   Cyclophosphamide, imatinib and interleukin-2 (IMAIL-2)")
    assert "level-1, level-2, level-3, level-4" in first
    assert "cycle: count open" in first
    assert second == "npc-bolus  Intravenous bolus interleukin-2 in nasopharyngeal carcinoma"


def test_an_empty_list_has_no_line() -> None:
    """And breaks nothing."""
    assert list(lines([])) == []
    assert document([]) == {"format": "il2calc.list/1", "regimens": []}


def test_a_file_with_faults_says_how_to_see_them() -> None:
    """It is not left out: its owner looks for it."""
    one = Entry("mine", "lib/mine.yaml", None, 1)
    two = Entry("other", "lib/other.yaml", None, 2)
    assert list(lines([one, two])) == [
        "mine   cannot be used: 1 fault; see: il2calc check lib/mine.yaml",
        "other  cannot be used: 2 faults; see: il2calc check lib/other.yaml",
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


def test_the_document_says_the_same() -> None:
    """For programs; a faulty file has its count of faults and no title."""
    found = document([entry("imatinib"), Entry("mine", "lib/mine.yaml", None, 2)])
    imatinib, mine = found["regimens"]
    assert imatinib == {
        "id": "imatinib",
        "file": "/regimens/imatinib.yaml",
        "title": "Cyclophosphamide, imatinib and interleukin-2 (IMAIL-2)",
        "arms": ["level-1", "level-2", "level-3", "level-4"],
        "default_arm": "level-2",
        "open": ["cycle"],
        "faults": 0,
    }
    assert (mine["title"], mine["arms"], mine["open"], mine["faults"]) == (None, [], [], 2)
