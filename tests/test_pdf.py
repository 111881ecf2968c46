"""The PDF, read again by another library: every row, every page's head, fonts, and plain text."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from pypdf import PageObject, PdfReader

from commandline import environment
from filetext import a_cycle, a_dose, loaded
from il2calc.errors import Refused
from il2calc.format import html, pdf
from il2calc.picture import svg
from il2calc.plan.schedule import make
from il2calc.report import words
from il2calc.review.of_schedule import review
from pages import (
    HOSTILE,
    REGIMENS,
    START,
    assert_no_row_is_cut,
    hostile,
    on_page,
    preparation,
    printed,
    row_texts,
    schedule,
    spaced,
    tall_rows,
)

EVERY = [*REGIMENS, "hostile", "under way"]


def pages(content: bytes) -> list[PageObject]:
    return list(PdfReader(BytesIO(content)).pages)


@cache
def texts(content: bytes) -> list[str]:
    """The text of each page, with one plain space wherever there is any."""
    return [spaced(page.extract_text().replace("\u200b", "")) for page in pages(content)]


@pytest.mark.hazard(34)
@pytest.mark.parametrize("name", EVERY)
def test_every_row_stands_whole_on_one_page(name: str) -> None:
    """Number, day, date, time, drug and dose; a row cut in two is read as two doses or none."""
    found = texts(printed(name))
    for row in row_texts(schedule(name)):
        assert sum(row in text for text in found) == 1, row


def test_no_row_of_many_lines_is_cut() -> None:
    """Half a remark at the foot of a page, and its other half under another row's head."""
    made = tall_rows()
    assert_no_row_is_cut(made, texts(pdf.document(made, ())))


@pytest.mark.parametrize("name", EVERY)
def test_the_head_of_the_table_stands_on_every_page_that_has_rows(name: str) -> None:
    """What a number means is said on the page on which it stands, and so is its block."""
    made = schedule(name)
    shown = on_page(made, review(made))
    head = " ".join(column.name for column in shown.columns)
    blocks = {
        entry.number: spaced(group.heading) for group in shown.groups for entry in group.entries
    }
    for text in texts(printed(name)):
        there = [
            number
            for number, row in enumerate(row_texts(made), 1)
            if re.search(rf"(?<![0-9]){re.escape(row)}", text)
        ]
        if there:
            assert head in text
            assert blocks[there[0]] in text.split(row_texts(made)[there[0] - 1])[0]


@pytest.mark.parametrize("name", EVERY)
def test_every_page_says_which_it_is_and_whose(name: str) -> None:
    """Pages come apart: number, regimen, version, what was set, subject and disclaimer on each."""
    made = schedule(name)
    found = texts(printed(name))
    assert len(found) > 1
    whose = spaced(f"subject {made.subject}") if made.subject else "subject"
    changed = " ".join(on_page(made, ()).changed.split())
    for number, text in enumerate(found, 1):
        assert f"{number} of {len(found)}" in text
        assert f"{made.regimen.id}, version 1 ({changed})" in text
        assert whose in text
        assert words.DISCLAIMER in text


def test_the_foot_says_which_program_and_when_on_every_page() -> None:
    """A page that lies alone must say which it is, and how old."""
    made = schedule("npc-bolus")
    when = "printed 2026-12-01 07:30"
    found = texts(pdf.document(made, review(made), (), html.Paper(printed=when)))
    for number, text in enumerate(found, 1):
        assert f"{words.PROGRAM}, {when} page {number} of {len(found)}" in text
    assert "printed" not in texts(printed("npc-bolus"))[0], "nothing here reads a clock"


def test_the_boxes_to_fill_in_stand_on_the_first_page_alone() -> None:
    """Two people sign each dose; what is of the whole sheet is filled in once."""
    made = schedule("npc-bolus")
    first, *others = texts(printed("npc-bolus"))
    for label, _ in on_page(made, ()).blanks:
        assert label in first
        assert not any(label in text for text in others)


def test_a_sheet_on_letter_without_a_picture() -> None:
    """11 by 8.5 inches on its side; the rows are those of A4, the drawing is not there."""
    made = schedule("imp321")
    content = pdf.document(made, review(made), (), html.Paper("letter", picture=False))
    assert [float(each) for each in pages(content)[0].mediabox[2:]] == [792, 612]
    found = " ".join(texts(content))
    assert all(row in found for row in row_texts(made))
    assert "At a glance" not in found
    assert "At a glance" in texts(printed("imp321"))[0]


def test_however_much_was_set_stands_on_every_page_above_the_rows() -> None:
    """The head grows with what it says, and nothing lies upon anything."""
    wanted = {f"cycle.d{number}.amount": f"{number + 10} mg" for number in range(1, 21)}
    doses = "\n".join(
        f"      - {{drug: examplumab, dose: d{number}, amount: {number} mg, "
        f"route: IV, day: {number}}}"
        for number in range(1, 21)
    )
    text = a_cycle().split("    doses:")[0] + f"    doses:\n{doses}\n"
    made = make(loaded(text, *wanted.items()), start=START)
    content = pdf.document(made, review(made))
    assert len(made.administrations) == 20 * 4
    for page, found in zip(pages(content), texts(content), strict=True):
        for number in range(1, 21):
            assert f"set: cycle.d{number}.amount: {number} mg -> {number + 10} mg" in found
        stands = [(each.y, each.text) for each in pieces(page)]
        (lowest,) = {y for y, text in stands if text.endswith("20 mg -> 30 mg)")}
        assert all(y < lowest for y, text in stands if text == "no." or "2026-" in text)


class Piece(NamedTuple):
    """A piece of text and where on its page it begins, from the left and from below [pt]."""

    x: float
    y: float
    text: str


def pieces(page: PageObject) -> list[Piece]:
    """The texts of a page that are not empty, each where it stands."""
    found: list[Piece] = []

    def visit(text: str, outer: list[float], inner: list[float], *_rest: object) -> None:
        if text.strip():
            x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
            y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
            found.append(Piece(x, y, spaced(text)))

    page.extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize("name", EVERY)
def test_every_font_is_embedded(name: str) -> None:
    """A sheet looks the same on the ward's printer as here."""
    embedded = 0
    for page in pages(printed(name)):
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            (inner,) = font.get_object().get("/DescendantFonts", [font])
            descriptor = inner.get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), descriptor
            embedded += 1
    assert embedded >= len(pages(printed(name)))


def test_everything_on_the_sheet_is_in_the_text_layer() -> None:
    """Cautions, marks, totals, rules, preparation, assumptions, findings, sources."""
    made = schedule("npc-bolus")
    whole = on_page(made, review(made), preparation("npc-bolus"))
    # Lines may end after a hyphen or a slash, so spaces say nothing here.
    told = re.sub(r"\s", "", "".join(texts(printed("npc-bolus"))))
    parts = (*whole.notes, *whole.preparation, *whole.rests_on)
    every = [text for heading, lines in parts for text in (heading, *lines)]
    every += [whole.title, *whole.cautions]
    every += [text for pair in (*whole.head, *whole.marks) for text in pair]
    missing = [text for text in every if re.sub(r"\s", "", text) not in _paged(told)]
    assert missing == []


def _paged(told: str) -> str:
    """A text without the heads and feet of its pages, between which a paragraph may run on."""
    told = re.sub(r"npc-bolus,version1\(asinthefile\)subjectS-07", "", told)
    return re.sub(
        r"Forresearchandchecking:thisisnotaprescription\.il2calc[0-9.]*page[0-9]of[0-9]", "", told
    )


@pytest.mark.parametrize("name", EVERY)
def test_the_document_says_what_it_is(name: str) -> None:
    """Title and language for programs, tags and the picture's words for a screen reader, A4."""
    reader = PdfReader(BytesIO(printed(name)))
    made = schedule(name)
    assert reader.metadata is not None
    title = f"{made.subject}: " if made.subject else ""
    assert reader.metadata.title == f"{title}{made.regimen.id}, version 1: administration sheet"
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data(), "it says that it is PDF/UA"
    width, height = reader.pages[0].mediabox[2:]
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (297, 210)


def test_the_same_input_gives_the_same_bytes() -> None:
    """No clock and no chance in it: two files can be compared. In a process of its own, too."""
    made = schedule("imp321")
    again = pdf.document(made, review(made), preparation("imp321"))
    assert again == printed("imp321")
    assert b"/CreationDate" not in again
    assert b"/ModDate" not in again
    program = "import hashlib, pages\nprint(hashlib.sha256(pages.printed('imp321')).hexdigest())\n"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment(), "PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == hashlib.sha256(again).hexdigest()


def test_text_of_a_file_is_never_markup() -> None:
    """`#panic()` would end it, `*bold*` and `$x$` would change it."""
    found = " ".join(texts(printed("hostile")))
    told = spaced(HOSTILE)
    assert f"subject {told}" in found
    assert f"only if {told}" in found
    assert f"{told} [doe2020]" in found


@pytest.mark.parametrize(
    "text", ["\U000f1234", "a\U000f1234b \U000f1235", "\u00e9\U000f1234 5 mg \u03b1"]
)
def test_a_character_that_no_font_has_is_written_as_its_code_point(text: str) -> None:
    """A box says that something is missing and not what; every other character stays."""
    made = hostile(text)
    found = " ".join(texts(pdf.document(made, review(made))))
    told = re.sub("[\U000f1234\U000f1235]", lambda char: f"[U+{ord(char[0]):04X}]", text)
    assert f"only if {told}" in found
    assert f"subject {told}" in found
    assert not re.search("[\U000f1234\U000f1235]", found)


def test_a_character_that_only_the_machine_has_is_shown_or_written_out() -> None:
    """The fonts that come along have no Chinese; whether those of the machine do is its affair."""
    made = hostile("\u767d \u03b1 \u0416")
    found = " ".join(texts(pdf.document(made, review(made))))
    assert re.search("only if (?:\u767d|\\[U\\+767D\\]) \u03b1 \u0416", found)


def test_a_fault_of_the_picture_is_not_taken_for_a_missing_character(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bug keeps its traceback."""
    from typst import TypstError

    monkeypatch.setattr(svg, "picture", lambda *_args, **_named: "no picture")
    made = make(loaded(a_dose()))
    with pytest.raises(TypstError, match="SVG"):
        pdf.document(made, ())


def test_without_typst_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before anything is written, with the command that helps."""
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(Refused) as refused:
        pdf.document(schedule("imp321"), ())
    assert str(refused.value) == (
        "a PDF needs typst, which is not installed: pip install 'il2calc[pdf]'"
    )


LONG = "examplumab" * 9


def test_a_name_longer_than_its_column_is_whole_and_pushes_nothing_off_the_page() -> None:
    """It folds; the columns to sign stay on the paper."""
    made = make(loaded(a_dose(f"drug: {LONG}")), start=START)
    content = pdf.document(made, ())
    assert LONG in "".join(texts(content)).replace(" ", "")
    (remarks,) = [each.x for each in pieces(pages(content)[0]) if each.text == "remarks"]
    assert remarks < 842 - 31 - 60, "they begin well within the margin [pt]"


def test_an_empty_choice_of_rows_has_no_table() -> None:
    """No head of columns over nothing."""
    made = replace(schedule("npc-bolus"), shown=())
    found = " ".join(texts(pdf.document(made, ())))
    assert "no rows of 60 lie between these dates" in found
    assert "dose given" not in found


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
    made = make(loaded(a_cycle(repeat="{times: 1501, every: 7 days}")))
    way = "a PDF of 1,501 rows .* --from and --to, or write --format html"
    with pytest.raises(Refused, match=way):
        pdf.document(made, ())
    assert pages(pdf.document(replace(made, shown=made.shown[:2]), ()))
