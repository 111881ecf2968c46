"""The page: every row, nothing that acts, and a structure that a screen reader can follow."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filetext import a_cycle, a_dose, loaded
from il2calc.format import html
from il2calc.format.html import css_text
from il2calc.plan.schedule import make
from il2calc.report import words
from il2calc.report.sheet import Column
from il2calc.review.of_schedule import review
from pages import (
    HOSTILE,
    REGIMENS,
    Node,
    hostile,
    on_page,
    page,
    preparation,
    read,
    schedule,
    spaced,
)

EVERY = [*REGIMENS, "hostile", "under way"]


def tree(name: str) -> Node:
    return read(page(name))


def by_id(root: Node, name: str) -> Node:
    (found,) = [node for node in root.walk() if node.attributes.get("id") == name]
    return found


def cells(row: Node) -> list[str]:
    return [cell.text() for cell in row.all("th", "td")]


def rows(root: Node) -> list[Node]:
    """The rows of administrations, without the headings between them."""
    return [row for row in root.all("tr") if row.attributes.get("id", "").startswith("row-")]


@pytest.mark.parametrize("name", EVERY)
def test_every_row_of_the_sheet_stands_in_the_table(name: str) -> None:
    """The page drops no row and no cell, and changes none."""
    made = schedule(name)
    told = on_page(made, review(made))
    entries = [entry for group in told.groups for entry in group.entries]
    found = rows(tree(name))
    assert [cells(row) for row in found] == [
        [entry.cells[column.kind] for column in told.columns] for entry in entries
    ]
    assert [row.attributes["id"] for row in found] == [f"row-{entry.number}" for entry in entries]


def test_the_number_of_rows_is_that_of_the_regimens() -> None:
    """2 courses x 2 cycles x 15 doses; 35 + 28 + 10; 6 cycles x (3 + 2) doses."""
    assert [len(rows(tree(name))) for name in ("npc-bolus", "imatinib", "imp321")] == [60, 73, 30]


@pytest.mark.parametrize("name", EVERY)
def test_the_page_needs_nothing_else(name: str) -> None:
    """No script, no address but within the page, and a policy that forbids all others."""
    root = tree(name)
    assert root.all("script", "iframe", "img", "object", "embed", "form", "base") == []
    for node in root.walk():
        assert not [key for key in node.attributes if key.startswith("on")], node.attributes
        for key in ("href", "src", "xlink:href", "srcset", "action"):
            value = node.attributes.get(key, "#")
            assert value.startswith("#") or value == "data:,", value
    style = " ".join(node.text() for node in root.all("style"))
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = [
        node.attributes["content"] for node in root.all("meta") if "http-equiv" in node.attributes
    ]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


@pytest.mark.parametrize("name", EVERY)
def test_a_screen_reader_finds_its_way(name: str) -> None:
    """Language, title, one first heading, no level left out, names for tables and pictures."""
    root = tree(name)
    assert root.all("html")[0].attributes["lang"] == "en"
    (title,) = root.all("head")[0].all("title")
    assert title.text().endswith("version 1: administration sheet")
    levels = [
        int(node.attributes.get("aria-level") or node.tag[1])
        for node in root.all("body")[0].walk()
        if node.tag in ("h1", "h2", "h3") or node.attributes.get("role") == "heading"
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    steps = pairwise(levels)
    assert all(after <= before + 1 for before, after in steps), levels
    assert len(root.all("main")) == len(root.all("nav")) == len(root.all("header")) == 1


@pytest.mark.parametrize("name", EVERY)
def test_every_link_leads_somewhere(name: str) -> None:
    """Names within the page are distinct, and those that are referred to exist."""
    root = tree(name)
    names = [node.attributes["id"] for node in root.walk() if "id" in node.attributes]
    assert len(set(names)) == len(names)
    for node in root.walk():
        for key in ("aria-labelledby", "aria-describedby"):
            assert set(node.attributes.get(key, "").split()) <= set(names), node.attributes
        target = node.attributes.get("href", "")
        assert not target.startswith("#") or target[1:] in names, target


@pytest.mark.parametrize("name", EVERY)
def test_the_table_says_what_its_cells_are(name: str) -> None:
    """Caption, heads of columns, rows and blocks; roles that hold where rows become cards."""
    (table,) = tree(name).all("table")
    assert table.attributes["role"] == "table"
    (caption,) = table.all("caption")
    assert caption.text().startswith("Every administration of ")
    (head,) = table.all("thead")
    columns = head.all("th")
    assert {cell.attributes["scope"] for cell in columns} == {"col"}
    assert {cell.attributes["role"] for cell in columns} == {"columnheader"}
    assert {node.attributes["role"] for node in table.all("thead", "tbody")} == {"rowgroup"}
    assert {node.attributes["role"] for node in table.all("tr")} == {"row"}
    for row in rows(table):
        assert [cell.attributes.get("scope") for cell in row.all("th")] == ["row"]
        assert {cell.attributes["role"] for cell in row.all("td")} == {"cell"}
        assert len(cells(row)) == len(columns)
    headings = [row for row in table.all("tr") if row.attributes.get("class") == "heading"]
    for row in headings:
        (cell,) = row.all("th")
        assert cell.attributes["scope"] == "rowgroup"
        assert cell.attributes["colspan"] == str(len(columns))


def test_a_long_list_can_be_navigated() -> None:
    """Every part of the page and every block turn has a link at its beginning."""
    root = tree("npc-bolus")
    (nav,) = root.all("nav")
    links = {spaced(link.text()): link.attributes["href"][1:] for link in nav.all("a")}
    for text, target in links.items():
        assert spaced(by_id(root, target).text()) == text
    assert "Course 2, cycle 1, days 53 to 57 (at the latest days 60 to 64) [M C1 A1,2]" in links
    assert [text for text in links if not text.startswith("Course")] == [
        *("Cautions", "At a glance", "Marks", "Administrations", "Totals", "Rules used"),
        *("Preparation", "Assumptions", "Findings", "Alongside", "Sources", "Standing"),
    ]


def test_one_block_needs_no_list_of_blocks() -> None:
    """A link to what follows at once is none."""
    made = make(loaded(a_dose()))
    root = read("\n".join(html.lines(made, ())))
    (nav,) = root.all("nav")
    assert not [link for link in nav.all("a") if link.attributes["href"].startswith("#group")]
    assert [row for row in root.all("tr") if row.attributes.get("class") == "heading"] == []
    assert not [link for link in nav.all("a") if link.text() in ("Marks", "Cautions")]
    assert "preparation" not in page_ids(root)


def page_ids(root: Node) -> set[str]:
    return {node.attributes["id"] for node in root.walk() if "id" in node.attributes}


def test_the_picture_stands_there_narrow_and_wide() -> None:
    """One for telephones, one for everything else; the browser's tests see that one shows."""
    root = tree("npc-bolus")
    pictures = [
        node for node in root.all("div") if node.attributes.get("class", "").startswith("picture")
    ]
    assert [node.attributes["class"] for node in pictures] == ["picture narrow", "picture wide"]
    drawn = [picture.all("svg")[0] for picture in pictures]
    assert [svg.attributes["width"] for svg in drawn] == ["360", "720"]
    assert {svg.attributes["role"] for svg in drawn} == {"img"}


def test_a_page_without_its_picture_has_no_link_to_it() -> None:
    """And every link that is left still leads somewhere."""
    made = schedule("npc-bolus")
    root = read("\n".join(html.lines(made, review(made), (), html.Paper(picture=False))))
    assert root.all("svg") == []
    assert "picture" not in page_ids(root)
    links = [node.attributes["href"][1:] for node in root.all("nav")[0].all("a")]
    assert "picture" not in links
    assert set(links) <= page_ids(root)


@pytest.mark.parametrize(("size", "printed"), [("A4", ""), ("letter", "printed 2026-12-01 07:30")])
def test_the_page_says_its_paper_and_what_stands_at_its_foot(size: str, printed: str) -> None:
    """Program and time in the margin of every page, beside which page of how many it is."""
    made = schedule("npc-bolus")
    text = "\n".join(html.lines(made, (), (), html.Paper(size, printed=printed)))
    assert f"size: {size} landscape;" in text
    foot = f"{words.PROGRAM}, {printed}" if printed else words.PROGRAM
    assert f"@bottom-left {{ content: {css_text(foot)}; }}" in text
    assert '"page " counter(page) " of " counter(pages)' in text


def test_the_boxes_to_fill_in_by_hand_are_empty() -> None:
    """A label and nothing else, and a square before what is ticked."""
    made = schedule("npc-bolus")
    section = next(
        node
        for node in tree("npc-bolus").all("section")
        if node.attributes.get("class") == "by-hand"
    )
    boxes = section.all("p")
    assert [(box.text(), box.attributes.get("class") == "ticked") for box in boxes] == [
        *on_page(made, ()).blanks
    ]


def test_everything_on_the_sheet_is_on_the_page() -> None:
    """Head, marks, cautions, totals, rules, preparation, what it rests on: text by text."""
    made = schedule("trastuzumab")
    whole = on_page(made, review(made), preparation("trastuzumab"))
    root = tree("trastuzumab")
    items = [node.text() for node in root.all("main")[0].all("li")]
    parts = (*whole.notes, *whole.preparation, *whole.rests_on)
    assert items == [text.lstrip(" ") for _, texts in parts for text in texts]
    pairs = list(
        zip(
            [node.text() for node in root.all("dt")],
            [node.text() for node in root.all("dd")],
            strict=True,
        )
    )
    assert pairs == [*whole.head, *whole.marks]
    headings = [spaced(node.text()) for node in root.all("h2", "h3")]
    for heading, _ in parts:
        assert spaced(heading) in headings
    deeper = [node for node in root.all("li") if node.attributes.get("class") == "deeper"]
    assert deeper, "sources of a monograph stand under it"


def test_the_head_of_the_page_names_regimen_subject_and_changes() -> None:
    """Whose, what, which version, and whether it is what was in the file."""
    (header,) = tree("npc-bolus").all("header")
    assert "npc-bolus, version 1 as in the file subject S-07" in spaced(header.text())
    assert (
        header.all("h1")[0].text() == "Intravenous bolus interleukin-2 in nasopharyngeal carcinoma"
    )
    assert "subject" not in spaced(tree("imp321").all("header")[0].all("p")[0].text())
    assert tree("npc-bolus").all("title")[0].text().startswith("S-07: npc-bolus")


@pytest.mark.parametrize("name", EVERY)
def test_the_disclaimer_stands_on_the_page_once(name: str) -> None:
    """Visible, and not worn out."""
    assert tree(name).all("html")[0].text().count(words.DISCLAIMER) == 1


def test_what_a_log_says_of_a_row_is_marked_on_it() -> None:
    """A held dose looks held."""
    found = rows(tree("under way"))
    assert [row.attributes["class"] for row in found[5:9]] == [
        *("state-given", "state-held", "state-given", "state-unrecorded")
    ]
    assert "class" not in rows(tree("npc-bolus"))[0].attributes


def test_text_of_a_file_stays_text() -> None:
    """A title of `<script>` and `[red]`, in the title, in rows, lists, the picture and CSS."""
    root = tree("hostile")
    assert root.all("h1")[0].text() == HOSTILE
    assert root.all("script") == []
    assert spaced(root.all("b")[-1].text()) == spaced(f"subject {HOSTILE}")
    meanings = [spaced(node.text()) for node in root.all("dd")]
    assert f"only if {spaced(HOSTILE)}" in meanings
    findings = [spaced(node.text()) for node in root.all("li")]
    assert f"{spaced(HOSTILE)} [doe2020]" in findings
    assert "<script" not in page("hostile")
    assert "49" not in root.all("h1")[0].text(), "{{ 7 }} is no template"


def test_text_of_a_file_cannot_leave_the_style_sheet() -> None:
    """The heads of printed pages are CSS, where HTML's escapes mean nothing."""
    made = hostile("</style><script>alert(1)</script>")
    text = "\n".join(html.lines(made, review(made)))
    assert text.count("</style>") == 1 + text.split("<main>")[1].count("</style>")
    assert "<script" not in text
    (style,) = read(text).all("head")[0].all("style")
    assert r"\00003c\00002fstyle\00003e" in style.text()


@given(st.text())
def test_a_text_in_a_style_sheet_is_letters_digits_and_escapes(text: str) -> None:
    r"""`\` and one to six hexadecimal digits stand for a character (CSS Syntax, 4.3.7)."""
    written = str(css_text(text))
    assert re.fullmatch(r'"(?:[A-Za-z0-9]|\\[0-9a-f]{6})*"', written)
    back = re.sub(r"\\([0-9a-f]{6})", lambda found: chr(int(found[1], 16)), written[1:-1])
    assert back == text


def test_the_page_comes_line_by_line() -> None:
    """Whoever writes it adds the line ends."""
    made = make(loaded(a_cycle("day: 1 to 10", repeat="{times: 30, every: 10 days}")))
    lines = list(html.lines(made, ()))
    assert not [line for line in lines if "\n" in line]
    assert lines[0] == "<!doctype html>"
    assert lines[-1] == "</html>"
    assert len(rows(read("\n".join(lines)))) == 300


def test_columns_have_what_their_texts_need_on_paper() -> None:
    """Texts that are not folded come first, then room for a pen; all of it is a hundred per cent.

    18 letters of a dose are wider than 14 digits of a date, and a folded route than neither.
    """
    assert html.widths([], "A4") == {}
    number = Column("number", "no.", to_sign=False, texts=("1",))
    assert html.widths([number], "A4") == {"number": "100.00"}
    columns = (
        Column("date", "date", to_sign=False, texts=("Tue 2026-12-01",)),
        Column("time", "time", to_sign=False, texts=("00:00", "08:00")),
        Column("dose", "dose", to_sign=False, texts=("5.04 million units",)),
        Column("drug", "drug", to_sign=False, texts=("examplumab " * 9,)),
        Column("by", "given by", to_sign=True),
    )
    route = Column("route", "route", to_sign=False, texts=("x " * 45,))
    for more, size in (((), "A4"), ((route,), "letter"), ((route,) * 9, "letter")):
        found = {kind: float(share) for kind, share in html.widths((*columns, *more), size).items()}
        assert sum(found.values()) == pytest.approx(100, abs=0.1)
        assert found["dose"] > found["date"] > found["by"]
        assert found["drug"] > found["by"]
