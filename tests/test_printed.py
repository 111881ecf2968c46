"""The printed report: every row, nothing that acts, and a structure that a screen reader follows.

The PDF is read again by another library: every row, every page's head, fonts, and plain text.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader

from commandline import environment
from filetext import a_cycle, a_dose, loaded
from il2calc import language
from il2calc.errors import Refused
from il2calc.format.printed import Paper, css_text, html, pdf, widths
from il2calc.model.patient import Patient
from il2calc.picture import svg
from il2calc.plan.schedule import make
from il2calc.report import words
from il2calc.report.sheet import Column
from il2calc.review.of_schedule import review
from pages import (
    HOSTILE,
    REGIMENS,
    START,
    Node,
    assert_no_row_is_cut,
    hostile,
    on_page,
    page,
    preparation,
    printed,
    read,
    row_texts,
    schedule,
    spaced,
    tall_rows,
)

EVERY = [*REGIMENS, "hostile", "under way"]


def tree(name: str) -> Node:
    return read(page(name))


def by_id(root: Node, name: str) -> Node:
    (node,) = [node for node in root.walk() if node.attributes.get("id") == name]
    return node


def cells(row: Node) -> list[str]:
    return [cell.text() for cell in row.all("th", "td")]


def rows(root: Node) -> list[Node]:
    """The rows of administrations, without the headings between them."""
    return [row for row in root.all("tr") if row.attributes.get("id", "").startswith("row-")]


@pytest.mark.parametrize("name", EVERY)
def test_every_row_of_the_sheet_is_in_the_table(name: str) -> None:
    """The page drops no row and no cell, and changes none."""
    plan = schedule(name)
    sheet = on_page(plan, review(plan))
    entries = [entry for group in sheet.groups for entry in group.entries]
    page_rows = rows(tree(name))
    assert [cells(row) for row in page_rows] == [
        [entry.cells[column.kind] for column in sheet.columns] for entry in entries
    ]
    assert [row.attributes["id"] for row in page_rows] == [
        f"row-{entry.number}" for entry in entries
    ]


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
    schedule = make(loaded(a_dose()))
    root = read("\n".join(html(schedule, ())))
    (nav,) = root.all("nav")
    assert not [link for link in nav.all("a") if link.attributes["href"].startswith("#group")]
    assert [row for row in root.all("tr") if row.attributes.get("class") == "heading"] == []
    assert not [link for link in nav.all("a") if link.text() in ("Marks", "Cautions")]
    assert "preparation" not in page_ids(root)


def page_ids(root: Node) -> set[str]:
    return {node.attributes["id"] for node in root.walk() if "id" in node.attributes}


def test_the_picture_is_there_narrow_and_wide() -> None:
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
    plan = schedule("npc-bolus")
    root = read("\n".join(html(plan, review(plan), (), Paper(picture=False))))
    assert root.all("svg") == []
    assert "picture" not in page_ids(root)
    links = [node.attributes["href"][1:] for node in root.all("nav")[0].all("a")]
    assert "picture" not in links
    assert set(links) <= page_ids(root)


@pytest.mark.parametrize(("size", "printed"), [("A4", ""), ("letter", "printed 2026-12-01 07:30")])
def test_the_page_states_its_paper_and_what_is_at_its_foot(size: str, printed: str) -> None:
    """Program and time in the margin of every page, beside which page of how many it is."""
    plan = schedule("npc-bolus")
    text = "\n".join(html(plan, (), (), Paper(size, printed=printed)))
    assert f"size: {size} landscape;" in text
    foot = f"{words.PROGRAM}, {printed}" if printed else words.PROGRAM
    assert f"@bottom-left {{ content: {css_text(foot)}; }}" in text
    assert '"page " counter(page) " of " counter(pages)' in text


def test_the_boxes_to_fill_in_by_hand_are_empty() -> None:
    """A label and nothing else, and a square before what is ticked."""
    plan = schedule("npc-bolus")
    section = next(
        node
        for node in tree("npc-bolus").all("section")
        if node.attributes.get("class") == "by-hand"
    )
    boxes = section.all("p")
    assert [(box.text(), box.attributes.get("class") == "ticked") for box in boxes] == [
        *on_page(plan, ()).blanks
    ]


def test_everything_on_the_sheet_is_on_the_page() -> None:
    """Head, marks, cautions, totals, rules, preparation, what it rests on: text by text."""
    plan = schedule("trastuzumab")
    sheet_on_page = on_page(plan, review(plan), preparation("trastuzumab"))
    root = tree("trastuzumab")
    items = [node.text() for node in root.all("main")[0].all("li")]
    parts = (*sheet_on_page.notes, *sheet_on_page.preparation, *sheet_on_page.rests_on)
    assert items == [text.lstrip(" ") for _, texts in parts for text in texts]
    pairs = list(
        zip(
            [node.text() for node in root.all("dt")],
            [node.text() for node in root.all("dd")],
            strict=True,
        )
    )
    assert pairs == [*sheet_on_page.head, *sheet_on_page.marks]
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
def test_the_disclaimer_is_on_the_page_once(name: str) -> None:
    """Visible, and not repeated until nobody reads it."""
    assert tree(name).all("html")[0].text().count(words.DISCLAIMER) == 1


def test_what_a_log_says_of_a_row_is_marked_on_it() -> None:
    """A held dose looks held."""
    page_rows = rows(tree("under way"))
    assert [row.attributes["class"] for row in page_rows[5:9]] == [
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
    plan = hostile("</style><script>alert(1)</script>")
    text = "\n".join(html(plan, review(plan)))
    assert text.count("</style>") == 1 + text.split("<main>")[1].count("</style>")
    assert "<script" not in text
    (style,) = read(text).all("head")[0].all("style")
    assert r"\00003c\00002fstyle\00003e" in style.text()


@given(st.text())
def test_a_text_in_a_style_sheet_is_letters_digits_and_escapes(text: str) -> None:
    r"""`\` and one to six hexadecimal digits stand for a character (CSS Syntax, 4.3.7)."""
    written = str(css_text(text))
    assert re.fullmatch(r'"(?:[A-Za-z0-9]|\\[0-9a-f]{6})*"', written)
    back = re.sub(r"\\([0-9a-f]{6})", lambda match: chr(int(match[1], 16)), written[1:-1])
    assert back == text


def test_the_page_comes_line_by_line() -> None:
    """Whoever writes it adds the line ends."""
    schedule = make(loaded(a_cycle("day: 1 to 10", repeat="{times: 30, every: 10 days}")))
    lines = list(html(schedule, ()))
    assert not [line for line in lines if "\n" in line]
    assert lines[0] == "<!doctype html>"
    assert lines[-1] == "</html>"
    assert len(rows(read("\n".join(lines)))) == 300


def test_columns_have_what_their_texts_need_on_paper() -> None:
    """Texts that are not folded come first, then room for a pen; all of it is a hundred per cent.

    18 letters of a dose are wider than 14 digits of a date, and a folded route than neither.
    """
    assert widths([], "A4") == {}
    number = Column("number", "no.", to_sign=False, texts=("1",))
    assert widths([number], "A4") == {"number": "100.00"}
    columns = (
        Column("date", "date", to_sign=False, texts=("Tue 2026-12-01",)),
        Column("time", "time", to_sign=False, texts=("00:00", "08:00")),
        Column("dose", "dose", to_sign=False, texts=("5.04 million units",)),
        Column("drug", "drug", to_sign=False, texts=("examplumab " * 9,)),
        Column("by", "given by", to_sign=True),
    )
    route = Column("route", "route", to_sign=False, texts=("x " * 45,))
    for more, size in (((), "A4"), ((route,), "letter"), ((route,) * 9, "letter")):
        shares = {kind: float(share) for kind, share in widths((*columns, *more), size).items()}
        assert sum(shares.values()) == pytest.approx(100, abs=0.1)
        assert shares["dose"] > shares["date"] > shares["by"]
        assert shares["drug"] > shares["by"]


# The PDF


def pages(content: bytes) -> list[PageObject]:
    return list(PdfReader(BytesIO(content)).pages)


@cache
def texts(content: bytes) -> list[str]:
    """The text of each page, with one plain space wherever there is any."""
    return [spaced(page.extract_text().replace("\u200b", "")) for page in pages(content)]


@pytest.mark.hazard(34)
@pytest.mark.parametrize("name", EVERY)
def test_every_row_is_whole_on_one_page(name: str) -> None:
    """Number, day, date, time, drug and dose; a row cut in two is read as two doses or none."""
    page_texts = texts(printed(name))
    for row in row_texts(schedule(name)):
        assert sum(row in text for text in page_texts) == 1, row


def test_no_row_of_many_lines_is_cut() -> None:
    """Half a remark at the foot of a page, and its other half under another row's head."""
    plan = tall_rows()
    assert_no_row_is_cut(plan, texts(pdf(plan, ())))


@pytest.mark.parametrize("name", EVERY)
def test_the_head_of_the_table_is_on_every_page_that_has_rows(name: str) -> None:
    """What a number means is shown on the page that it is on, and so is its block."""
    plan = schedule(name)
    sheet = on_page(plan, review(plan))
    head = " ".join(column.name for column in sheet.columns)
    blocks = {
        entry.number: spaced(group.heading) for group in sheet.groups for entry in group.entries
    }
    for text in texts(printed(name)):
        rows_on_page = [
            number
            for number, row in enumerate(row_texts(plan), 1)
            if re.search(rf"(?<![0-9]){re.escape(row)}", text)
        ]
        if rows_on_page:
            assert head in text
            assert blocks[rows_on_page[0]] in text.split(row_texts(plan)[rows_on_page[0] - 1])[0]


@pytest.mark.parametrize("name", EVERY)
def test_every_page_says_which_it_is_and_whose(name: str) -> None:
    """Pages come apart: number, regimen, version, what was set, subject and disclaimer on each."""
    plan = schedule(name)
    page_texts = texts(printed(name))
    assert len(page_texts) > 1
    subject = spaced(f"subject {plan.subject}") if plan.subject else "subject"
    changed = " ".join(on_page(plan, ()).changed.split())
    for number, text in enumerate(page_texts, 1):
        assert f"{number} of {len(page_texts)}" in text
        assert f"{plan.regimen.id}, version 1 ({changed})" in text
        assert subject in text
        assert words.DISCLAIMER in text


def test_the_foot_says_which_program_and_when_on_every_page() -> None:
    """A loose page must say which it is, and how old."""
    plan = schedule("npc-bolus")
    printed_at = "printed 2026-12-01 07:30"
    page_texts = texts(pdf(plan, review(plan), (), Paper(printed=printed_at)))
    for number, text in enumerate(page_texts, 1):
        assert f"{words.PROGRAM}, {printed_at} page {number} of {len(page_texts)}" in text
    assert "printed" not in texts(printed("npc-bolus"))[0], "nothing here reads a clock"


def test_the_boxes_to_fill_in_are_on_the_first_page_only() -> None:
    """Two people sign each dose; what is about the whole sheet is filled in once."""
    plan = schedule("npc-bolus")
    first, *others = texts(printed("npc-bolus"))
    for label, _ in on_page(plan, ()).blanks:
        assert label in first
        assert not any(label in text for text in others)


def test_a_sheet_on_letter_without_a_picture() -> None:
    """11 by 8.5 inches on its side; the rows are those of A4, the drawing is not there."""
    plan = schedule("imp321")
    content = pdf(plan, review(plan), (), Paper("letter", picture=False))
    assert [float(edge) for edge in pages(content)[0].mediabox[2:]] == [792, 612]
    page_text = " ".join(texts(content))
    assert all(row in page_text for row in row_texts(plan))
    assert "At a glance" not in page_text
    assert "At a glance" in texts(printed("imp321"))[0]


def test_a_tall_picture_is_large_enough_to_read() -> None:
    """Letters of 11 px are 8.25 pt, at seven tenths 5.8 pt; 24 cycles in 80 mm left 3.5 pt."""
    plan = make(language.load("trastuzumab"), Patient(weight=Decimal(70), surface_area=Decimal(2)))
    high = int(re.findall(r'height="(\d+)"', svg.picture(plan, width=720, ids="tall"))[0])
    assert high > 600
    (leaf,) = [leaf for leaf in pages(pdf(plan, ())) if "At a glance" in leaf.extract_text()]
    stands = {piece.text: piece.y for piece in pieces(leaf)}
    assert stands["At a glance"] - stands["Administrations"] > 0.7 * high * 0.75


def test_columns_to_sign_keep_their_place_beside_long_texts_and_no_reason_is_cut_off() -> None:
    """On letter paper the place for three of them was 27 mm, and a reason left the page."""
    leaf = pages(pdf(schedule("under way"), (), (), Paper("letter", picture=False)))[0]
    found = pieces(leaf)
    across = {piece.text: piece.x for piece in found}
    assert across["dose given"] - across["given at"] > 40 / 25.4 * 72
    (reason,) = [piece.text for piece in found if "creatinine" in piece.text]
    assert reason == "creatinine"


def test_however_much_was_set_is_on_every_page_above_the_rows() -> None:
    """The head grows with what it says, and nothing overlaps."""
    changes = {f"cycle.d{number}.amount": f"{number + 10} mg" for number in range(1, 21)}
    doses = "\n".join(
        f"      - {{drug: examplumab, dose: d{number}, amount: {number} mg, "
        f"route: IV, day: {number}}}"
        for number in range(1, 21)
    )
    text = a_cycle().split("    doses:")[0] + f"    doses:\n{doses}\n"
    schedule = make(loaded(text, *changes.items()), start=START)
    content = pdf(schedule, review(schedule))
    assert len(schedule.administrations) == 20 * 4
    for leaf, page_text in zip(pages(content), texts(content), strict=True):
        for number in range(1, 21):
            assert f"set: cycle.d{number}.amount: {number} mg -> {number + 10} mg" in page_text
        stands = [(piece.y, piece.text) for piece in pieces(leaf)]
        (lowest,) = {y for y, text in stands if text.endswith("20 mg -> 30 mg)")}
        assert all(y < lowest for y, text in stands if text == "no." or "2026-" in text)


class Piece(NamedTuple):
    """A piece of text and where on its page it begins, from the left and from below [pt]."""

    x: float
    y: float
    text: str


def pieces(page: PageObject) -> list[Piece]:
    """The texts of a page that are not empty, each with its place."""
    pieces_found: list[Piece] = []

    def visit(text: str, outer: list[float], inner: list[float], *_rest: object) -> None:
        if text.strip():
            x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
            y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
            pieces_found.append(Piece(x, y, spaced(text)))

    page.extract_text(visitor_text=visit)
    return pieces_found


@pytest.mark.parametrize("name", EVERY)
def test_every_font_is_embedded(name: str) -> None:
    """A sheet looks the same on the ward's printer as here."""
    embedded = 0
    for leaf in pages(printed(name)):
        for font in leaf["/Resources"]["/Font"].values():  # type: ignore[index]
            (inner,) = font.get_object().get("/DescendantFonts", [font])
            descriptor = inner.get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), descriptor
            embedded += 1
    assert embedded >= len(pages(printed(name)))


def test_everything_on_the_sheet_is_in_the_text_layer() -> None:
    """Cautions, marks, totals, rules, preparation, assumptions, findings, sources."""
    plan = schedule("npc-bolus")
    sheet_on_page = on_page(plan, review(plan), preparation("npc-bolus"))
    # Lines may end after a hyphen or a slash, so spaces say nothing here.
    page_text = re.sub(r"\s", "", "".join(texts(printed("npc-bolus"))))
    parts = (*sheet_on_page.notes, *sheet_on_page.preparation, *sheet_on_page.rests_on)
    every = [text for heading, lines in parts for text in (heading, *lines)]
    every += [sheet_on_page.title, *sheet_on_page.cautions]
    every += [text for pair in (*sheet_on_page.head, *sheet_on_page.marks) for text in pair]
    missing = [text for text in every if re.sub(r"\s", "", text) not in _paged(page_text)]
    assert missing == []


def _paged(text: str) -> str:
    """A text without the heads and feet of its pages, between which a paragraph may run on."""
    text = re.sub(r"npc-bolus,version1\(asinthefile\)subjectS-07", "", text)
    return re.sub(
        r"Forresearchandchecking:thisisnotaprescription\.il2calc[0-9.]*page[0-9]of[0-9]", "", text
    )


@pytest.mark.parametrize("name", EVERY)
def test_the_document_says_what_it_is(name: str) -> None:
    """Title and language for programs, tags and the picture's words for a screen reader, A4."""
    reader = PdfReader(BytesIO(printed(name)))
    plan = schedule(name)
    assert reader.metadata is not None
    title = f"{plan.subject}: " if plan.subject else ""
    assert reader.metadata.title == f"{title}{plan.regimen.id}, version 1: administration sheet"
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data(), "it says that it is PDF/UA"
    width, height = reader.pages[0].mediabox[2:]
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (297, 210)


def test_the_same_input_gives_the_same_bytes() -> None:
    """No clock and no chance in it: two files can be compared. In a process of its own, too."""
    plan = schedule("imp321")
    again = pdf(plan, review(plan), preparation("imp321"))
    assert again == printed("imp321")
    assert b"/CreationDate" not in again
    assert b"/ModDate" not in again
    program = "import hashlib, pages\nprint(hashlib.sha256(pages.printed('imp321')).hexdigest())\n"
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment(), "PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert result.stdout.strip() == hashlib.sha256(again).hexdigest()


def test_text_of_a_file_is_never_markup() -> None:
    """`#panic()` would end it, `*bold*` and `$x$` would change it."""
    page_text = " ".join(texts(printed("hostile")))
    expected = spaced(HOSTILE)
    assert f"subject {expected}" in page_text
    assert f"only if {expected}" in page_text
    assert f"{expected} [doe2020]" in page_text


@pytest.mark.parametrize(
    "text", ["\U000f1234", "a\U000f1234b \U000f1235", "\u00e9\U000f1234 5 mg \u03b1"]
)
def test_a_character_that_no_font_has_is_written_as_its_code_point(text: str) -> None:
    """A box says that something is missing and not what; every other character stays."""
    plan = hostile(text)
    page_text = " ".join(texts(pdf(plan, review(plan))))
    expected = re.sub("[\U000f1234\U000f1235]", lambda char: f"[U+{ord(char[0]):04X}]", text)
    assert f"only if {expected}" in page_text
    assert f"subject {expected}" in page_text
    assert not re.search("[\U000f1234\U000f1235]", page_text)


def test_a_character_that_only_the_machine_has_is_shown_or_written_out() -> None:
    """The fonts that come along have no Chinese; whether those of the machine do is its affair."""
    plan = hostile("\u767d \u03b1 \u0416")
    page_text = " ".join(texts(pdf(plan, review(plan))))
    assert re.search("only if (?:\u767d|\\[U\\+767D\\]) \u03b1 \u0416", page_text)


def test_a_fault_of_the_picture_is_not_taken_for_a_missing_character(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bug keeps its traceback."""
    from typst import TypstError

    monkeypatch.setattr(svg, "picture", lambda *_args, **_named: "no picture")
    schedule = make(loaded(a_dose()))
    with pytest.raises(TypstError, match="SVG"):
        pdf(schedule, ())


def test_without_typst_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before anything is written, with the command that helps."""
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(Refused) as refused:
        pdf(schedule("imp321"), ())
    assert str(refused.value) == (
        "a PDF needs typst, which is not installed: pip install 'il2calc[pdf]'"
    )


LONG = "examplumab" * 9


def test_a_name_longer_than_its_column_is_whole_and_pushes_nothing_off_the_page() -> None:
    """It folds; the columns to sign stay on the paper."""
    schedule = make(loaded(a_dose(f"drug: {LONG}")), start=START)
    content = pdf(schedule, ())
    assert LONG in "".join(texts(content)).replace(" ", "")
    (remarks,) = [piece.x for piece in pieces(pages(content)[0]) if piece.text == "remarks"]
    assert remarks < 842 - 31 - 60, "they begin well within the margin [pt]"


def test_an_empty_choice_of_rows_has_no_table() -> None:
    """No head of columns over nothing."""
    plan = replace(schedule("npc-bolus"), shown=())
    page_text = " ".join(texts(pdf(plan, ())))
    assert "no rows of 60 lie between these dates" in page_text
    assert "dose given" not in page_text


def test_nothing_that_is_called_for_each_row_names_all_rows() -> None:
    """Typst hashes at each call what a function names: work would grow with the square of rows."""
    template = files("il2calc.format").joinpath("templates", "sheet.typ").read_text("utf-8")
    rows = template[template.index("#let cell(") : template.index("#context {")]
    assert re.findall(r"\b(?:data|sheet)\b.*", rows) == [
        "sheet.columns.map(column => table.cell(",
        "sheet.groups.map(group => {",
    ]


def test_more_rows_than_typst_can_set_are_refused_with_the_way_out() -> None:
    """10,000 rows take 2.6 GB and half a minute; those that are chosen of them are set."""
    schedule = make(loaded(a_cycle(repeat="{times: 1501, every: 7 days}")))
    way = "a PDF of 1,501 rows .* --from and --to, or write --format html"
    with pytest.raises(Refused, match=way):
        pdf(schedule, ())
    assert pages(pdf(replace(schedule, shown=schedule.shown[:2]), ()))
