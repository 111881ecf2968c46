"""The page in a real browser: on a telephone, on a screen, on paper, for a screen reader."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

from filetext import a_cycle, a_dose, loaded
from il2calc.format.printed import html
from il2calc.plan.administration import Recorded
from il2calc.plan.schedule import make
from il2calc.review.of_schedule import review
from pages import (
    HOSTILE,
    REGIMENS,
    START,
    assert_no_row_is_cut,
    on_page,
    page,
    row_texts,
    schedule,
    spaced,
    tall_rows,
)

NAMES = ("chromium", "google-chrome", "chromium-browser", "chrome")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
pytestmark = pytest.mark.skipif(PROGRAM is None, reason=f"no browser here: none of {NAMES}")

EVERY = [*REGIMENS, "hostile", "under way"]
LONG = "examplumab" * 9
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this module."""
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()  # which it refuses to be otherwise
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=[*QUIET, *as_root])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a sheet from a file; closes what was opened."""
    contexts = []

    def open_(text: str, width: int = 1280, scheme: Any = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        file = tmp_path / f"{len(contexts)}.html"
        file.write_text(text, encoding="utf-8")
        page = context.new_page()
        page.goto(file.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()


@cache
def long_names() -> str:
    """A page on which a drug has a name of 90 letters."""
    schedule = make(loaded(a_dose(f"drug: {LONG}", f"only_if: {LONG}")), start=START, subject=LONG)
    return "\n".join(html(schedule, review(schedule)))


@pytest.mark.parametrize("name", ["npc-bolus", "hostile", "under way"])
def test_the_page_loads_nothing_else_and_reports_no_error(
    name: str, browser: Browser, tmp_path: Path
) -> None:
    """No request but for the file itself, no message in the console, no error, no dialog."""
    events: list[str] = []
    file = tmp_path / "page.html"
    file.write_text(page(name), encoding="utf-8")
    context = browser.new_context()
    tab = context.new_page()
    tab.on("request", lambda request: events.append(request.url))
    tab.on("console", lambda message: events.append(message.text))
    tab.on("pageerror", lambda error: events.append(str(error)))
    tab.on("dialog", lambda dialog: events.append(dialog.message))
    tab.goto(file.as_uri(), wait_until="networkidle")
    context.close()
    assert events == [file.as_uri()]


WIDTHS = (320, 390, 768, 1024, 1151, 1152, 1280)


@pytest.mark.parametrize("name", [*EVERY, "long names"])
def test_nothing_is_beyond_the_right_edge(name: str, opened: Open) -> None:
    """On a telephone, nobody should have to push a table to and fro to find its dose."""
    tab = opened(long_names() if name == "long names" else page(name))
    visible = "document.querySelectorAll('main *:not(caption, thead, thead *, svg *)')"
    ends = f"Math.max(...[...{visible}].map(each => each.getBoundingClientRect().right))"
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate(ends) <= width


@pytest.mark.parametrize(("width", "expected"), [(390, "narrow"), (768, "wide"), (1280, "wide")])
def test_one_picture_shows_at_a_time(width: int, expected: str, opened: Open) -> None:
    """The other is hidden from screen readers as well."""
    tab = opened(page("npc-bolus"), width)
    visible = [
        name for name in ("narrow", "wide") if tab.locator(f".picture.{name} svg").is_visible()
    ]
    assert visible == [expected]
    tree = tab.locator(".overview").aria_snapshot()
    assert tree.count("img ") == 1, tree


def test_a_row_is_complete_on_a_telephone(opened: Open) -> None:
    """Day, date, time, drug, dose and route of a card, and no row of empty labels."""
    tab = opened(page("npc-bolus"), 390)
    card = spaced(tab.locator("#row-31").inner_text())
    assert card == (
        "31 53 Fri 2027-01-22 08:00 aldesleukin 5.04 million units intravenous bolus 2027-01-29 "
        "M C1 A1,2"
    )
    assert tab.locator("#row-31 .given-at").bounding_box() is not None
    assert tab.locator("#row-31 .by").evaluate("e => e.offsetWidth") <= 1
    assert tab.locator("#row-31 .drug").evaluate("e => e.offsetWidth") > 50
    before = "e => getComputedStyle(e, '::before').content"
    assert "latest" in tab.locator("#row-31 .latest").evaluate(before)


@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_a_table_to_a_screen_reader_at_any_width(width: int, opened: Open) -> None:
    """Cards are still rows and cells, and columns keep their heads."""
    plan = schedule("imp321")
    tab = opened(page("imp321"), width)
    table = tab.get_by_role("table", name="Every administration of imp321, version 1")
    columns = [column.name for column in on_page(plan, ()).columns]
    if (
        width == 1280
    ):  # where the page would run over its edge, two columns for a pen wait for paper
        columns = [name for name in columns if name not in ("checked by", "lot, expiry")]
    assert table.get_by_role("columnheader").all_text_contents() == columns
    row = table.get_by_role("row").filter(has_text="Tue 2026-12-01")
    assert row.get_by_role("cell").count() == len(columns) - 1
    assert row.get_by_role("rowheader").count() == 1
    assert table.get_by_role("heading", level=3).count() == 6


def test_links_lead_to_the_headings_of_blocks(opened: Open) -> None:
    """Without a script, and below nothing that hides them."""
    tab = opened(page("npc-bolus"), 390, scripts=False)
    tab.get_by_role("link", name="Course 2, cycle 1").click()
    assert tab.url.endswith("#group-3")
    box = tab.locator("#group-3").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 200


def test_without_scripts_it_is_the_same_page(opened: Open) -> None:
    """Wards lock their browsers down."""
    with_, without = (opened(page("imatinib"), scripts=scripts) for scripts in (True, False))
    assert with_.locator("body").inner_text() == without.locator("body").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_text_stays_text(scheme: str, opened: Open) -> None:
    """A title of `<script>` and `[red]` is read as it is written."""
    tab = opened(page("hostile"), scheme=scheme)
    assert spaced(tab.locator("h1").inner_text()) == spaced(HOSTILE)
    assert tab.locator("script").count() == 0
    assert tab.locator(".picture.wide svg title").text_content() == (
        f"examplumab, version 1: {HOSTILE}"
    )


def test_the_page_is_dark_if_the_reader_wants_that_and_light_on_paper(opened: Open) -> None:
    """Nobody prints white on black."""
    paper = "getComputedStyle(document.body).backgroundColor"
    assert opened(page("imp321"), scheme="light").evaluate(paper) == "rgb(255, 255, 255)"
    tab = opened(page("imp321"), scheme="dark")
    dark = tab.evaluate(paper)
    assert sum(map(int, dark[4:-1].split(","))) < 120, dark
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate(paper) == "rgb(255, 255, 255)"


@cache
def of_everything() -> str:
    """A short page that has a part of every kind."""
    regimen = loaded(a_cycle("only_if: it helps", repeat="{times: 3, rest: 2 to 3 weeks}"))
    schedule = make(regimen, start=START, subject="S-07", percents={"examplumab": Decimal(75)})
    recorded = {1: Recorded("given", datetime(2026, 12, 2, 9, 5), Decimal(3), "late")}  # noqa: DTZ001
    schedule = replace(schedule, recorded={**recorded, 2: Recorded("held", reason="fever")})
    return "\n".join(html(schedule, review(schedule), [("Made up", ["A vial.", "  Its source."])]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_barrier_to_a_reader(width: int, scheme: str, opened: Open) -> None:
    """An independent list of what makes pages unusable: contrast, names, roles, order."""
    report = Axe().run(opened(of_everything(), width, scheme)).response
    assert [
        (violation["id"], [node["html"] for node in violation["nodes"]][:3])
        for violation in report["violations"]
        if violation["impact"] in ("serious", "critical")
    ] == []
    looked = {rule["id"] for rule in report["passes"]}
    assert {"color-contrast", "document-title", "html-has-lang", "svg-img-alt"} <= looked
    assert {"aria-required-children", "heading-order", "region"} <= looked


def test_axe_finds_nothing_on_the_page_of_a_regimen(opened: Open) -> None:
    """Nor on a page as long as they are."""
    report = Axe().run(opened(page("imp321"), 1280, "dark")).response
    assert [violation["id"] for violation in report["violations"]] == []


def on_paper(tab: Page, paper: str) -> list[str]:
    """The text of each page as it is printed, with one plain space wherever there is any."""
    document = PdfReader(BytesIO(tab.pdf(format=paper)))
    for sheet in document.pages:
        assert sheet.mediabox.width > sheet.mediabox.height, "twelve columns need the width"
    return [spaced(sheet.extract_text()) for sheet in document.pages]


@pytest.mark.parametrize(
    ("name", "paper"),
    [*((name, "A4") for name in EVERY), ("npc-bolus", "Letter")],
)
def test_paper_keeps_rows_whole_and_repeats_the_head(name: str, paper: str, opened: Open) -> None:
    """Every row is on one page, under the names of its columns, regimen and subject."""
    plan = schedule(name)
    texts = on_paper(opened(page(name)), paper)
    head = " ".join(column.name for column in on_page(plan, review(plan)).columns)
    rows = row_texts(plan)
    for row in rows:
        assert sum(row in text for text in texts) == 1, row
    for number, text in enumerate(texts, 1):
        assert f"{number} of {len(texts)}" in text
        assert f"{plan.regimen.id}, version 1 (" in text
        assert spaced(f"subject {plan.subject or ''}") in text
        if any(row in text for row in rows):
            assert head in text


def test_no_row_of_many_lines_is_cut(opened: Open) -> None:
    """Otherwise half of a remark is at the foot of a page, and the rest under another row."""
    schedule = tall_rows()
    texts = on_paper(opened("\n".join(html(schedule, ()))), "A4")
    assert_no_row_is_cut(schedule, texts)


def test_paper_has_no_links_and_no_picture_for_telephones(opened: Open) -> None:
    """What cannot be pressed is not printed."""
    tab = opened(page("npc-bolus"), 390)
    tab.emulate_media(media="print")
    assert not tab.locator("nav").is_visible()
    assert not tab.locator(".picture.narrow").is_visible()
    assert tab.locator(".picture.wide").is_visible()
    assert tab.locator("#row-1 .given-at").is_visible()


def test_a_row_leaves_room_for_a_hand(opened: Open) -> None:
    """At least 7 mm high, and 15 mm wide to sign in [px at 96 to the inch]."""
    tab = opened(page("npc-bolus"))
    tab.set_viewport_size({"width": 1039, "height": 720})  # A4 on its side within its margins
    tab.emulate_media(media="print")
    for kind in ("given-at", "by", "checked", "given", "lot", "remarks"):
        box = tab.locator(f"#row-7 .{kind}").bounding_box()
        assert box is not None
        assert box["height"] >= 7 / 25.4 * 96
        assert box["width"] >= 15 / 25.4 * 96, kind


@pytest.mark.parametrize(
    ("name", "paper"),
    [("npc-bolus", "A4"), ("npc-bolus", "Letter"), ("trastuzumab", "A4"), ("under way", "Letter")],
)
def test_paper_repeats_the_heading_of_a_block_on_every_page(
    name: str, paper: str, opened: Open
) -> None:
    """A row at the top of a page says of which cycle it is; no heading is alone at the foot."""
    plan = schedule(name)
    texts = on_paper(opened(page(name)), paper)
    groups = [
        (spaced(group.heading), [row for entry in group.entries for row in [entry.number]])
        for group in on_page(plan, review(plan)).groups
    ]
    rows = dict(zip([row.number for row in plan.shown], row_texts(plan), strict=True))
    several = 0
    for heading, numbers in groups:
        with_rows = [text for text in texts if any(rows[number] in text for number in numbers)]
        several += len(with_rows) > 1
        assert all(heading in text for text in with_rows), heading
        assert sum(heading in text for text in texts if "At a glance" not in text) <= len(with_rows)
    assert several, "some block goes on overleaf"


@pytest.mark.parametrize("name", ["npc-bolus", "trastuzumab", "imp321", "under way", "hostile"])
def test_columns_of_every_block_are_under_their_names_on_paper(name: str, opened: Open) -> None:
    """Each block is laid out by itself: a dose under another column's name is a wrong dose [px]."""
    tab = opened(page(name))
    tab.set_viewport_size({"width": 973, "height": 720})  # letter on its side within its margins
    tab.emulate_media(media="print")
    place = "all => all.map(each => Math.round(each.getBoundingClientRect().left))"
    heads = tab.locator("thead th").evaluate_all(place)
    for row in range(1, len(schedule(name).shown) + 1, 7):
        cells = tab.locator(f"#row-{row} > *").evaluate_all(place)
        assert max(abs(a - b) for a, b in zip(heads, cells, strict=True)) <= 8, row
