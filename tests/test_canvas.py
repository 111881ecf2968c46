"""What an SVG picture is drawn with: lengths of text, colours, and elements as XML."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il2calc.picture.canvas import LANES, SMALL, TEXT, TONES, Canvas, broken, length


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2 of a colour such as `#1a2026`."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio by WCAG 2.2: (lighter + 0.05) / (darker + 0.05)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_as_wcag_says() -> None:
    """Black on white is 21:1; #767676 on white is the classic 4.54:1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read_in_light_and_in_dark(theme: str) -> None:
    """4.5:1 at the least, on paper and on the bars of turns."""
    for text, ground in product(("ink", "quiet"), ("paper", "bar")):
        shades = (getattr(TONES[each], theme) for each in (text, ground))  # type: ignore[index]
        assert contrast(*shades) >= 4.5, (text, ground)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_columns_stand_out_in_light_and_in_dark(theme: str) -> None:
    """As texts do, though 3:1 would do for what is drawn; so they do when printed in grey."""
    paper = getattr(TONES["paper"], theme)
    assert all(contrast(getattr(lane, theme), paper) >= 4.5 for lane in LANES)


def test_texts_are_never_below_ten_pixels() -> None:
    """Smaller ones are not read on a telephone."""
    assert min(SMALL, TEXT) >= 10


def test_wide_and_narrow_letters_are_measured_as_such() -> None:
    """`illi` is shorter than `mmmm`, capitals are longer than small letters, CJK the longest."""
    lengths = [length(text, 12) for text in ("illi", "aaaa", "AAAA", "mmmm", "白血病薬")]
    assert lengths == sorted(set(lengths))
    assert length("", 12) == 0
    assert length("aa", 12) == 15  # 2 x 0.59 x 12 = 14.16, rounded up
    assert length("白", 12) == 13  # 1.05 x 12 = 12.6


def test_a_text_is_broken_between_words_and_indented() -> None:
    """After 100 px; what follows a mark stands under its words."""
    told = list(broken("C1: ", "only if the disease is stable or smaller", 10, 200))
    assert " ".join(line.strip() for line in told) == "C1: only if the disease is stable or smaller"
    assert len(told) == 2
    assert told[1].startswith("    ")


@given(st.text("abcdefghijklmn ABCW白血", min_size=1), st.integers(40, 300))
def test_no_line_is_longer_than_its_room_and_no_letter_is_lost(text: str, room: int) -> None:
    """Not even where a word is longer than a line."""
    told = list(broken("", text, SMALL, room))
    assert all(length(line, SMALL) <= room for line in told)
    assert "".join(told).replace(" ", "") == text.replace(" ", "")


def test_texts_and_ids_are_escaped() -> None:
    """Nothing in a file acts as XML."""
    canvas = Canvas('a"b')
    canvas.text(1, 2, "<script>&'\"")
    told = "\n".join(canvas.element(10, 10, "<title>", "</desc>", paper=False))
    assert '<text x="1" y="2">&lt;script&gt;&amp;&#x27;&quot;</text>' in told
    assert '<title id="a&quot;b-title">&lt;title&gt;</title>' in told
    assert '<desc id="a&quot;b-desc">&lt;/desc&gt;</desc>' in told


def test_what_is_not_drawn_leaves_no_empty_group() -> None:
    """A picture without hatching needs no hatches."""
    bare = "\n".join(Canvas("a").element(10, 10, "name", "told", paper=False))
    assert "<g" not in bare
    assert "<defs>" not in bare
    assert "<rect" not in bare


def test_paper_is_drawn_where_it_is_wanted() -> None:
    """A file by itself brings its own, light or dark; within a page the page's shows through."""
    alone = "\n".join(Canvas("a").element(10, 20, "name", "told", paper=True))
    assert '<rect x="0" y="0" width="10" height="20"/>' in alone
    assert 'style="color-scheme: light dark"' in alone


def test_light_colours_stand_in_attributes_and_dark_ones_in_a_style_sheet() -> None:
    """A renderer without style sheets draws it light; paper is always light."""
    canvas = Canvas("a")
    canvas.column(0, 0, 9, 9, lane=1)
    canvas.column(0, 0, 9, 9, lane=1, hatched=True)
    canvas.box(0, 0, 9, 9)
    canvas.box(0, 0, 9, 9, broken=True)
    canvas.line(0, 0, 9, 9)
    told = "\n".join(canvas.element(10, 10, "name", "told", paper=True))
    sheet = re.search("<style>(.*?)</style>", told, re.DOTALL)
    assert sheet is not None
    assert sheet[1].startswith("@media screen and (prefers-color-scheme: dark) {")
    assert sheet[1].endswith("}\n@media screen { #a-picture { max-width: 100%; height: auto; } }")
    outside = told.replace(sheet[0], "")
    for name, shade in (*TONES.items(), ("lane1", LANES[1])):
        assert shade.dark in sheet[1]
        assert shade.dark not in outside
        for attribute, kind in (("fill", ""), ("stroke", "-line")):
            assert f"#a-picture .{name}{kind} {{ {attribute}: {shade.dark}; }}" in sheet[1]
    for used in re.findall(r'class="([^"]*)" (fill|stroke)="(#[0-9a-f]{6})"', outside):
        name = used[0].removesuffix("-line")
        shades = {str(tone): shade for tone, shade in TONES.items()}
        shades |= {f"lane{place}": lane for place, lane in enumerate(LANES)}
        assert used[2] == shades[name].light
    assert "var(" not in told


def test_more_lanes_than_colours_begin_again() -> None:
    """The rows tell them apart."""
    canvas = Canvas("a")
    canvas.column(0, 0, 9, 9, lane=len(LANES), hatched=True)
    told = "\n".join(canvas.element(10, 10, "name", "told", paper=False))
    assert 'id="a-hatch0"' in told
    assert 'fill="url(#a-hatch0)"' in told


def test_within_a_page_the_page_says_how_wide_a_picture_is() -> None:
    """Only a file by itself shrinks to the screen."""
    told = "\n".join(Canvas("a").element(10, 10, "name", "told", paper=False))
    assert "max-width" not in told


def test_a_column_of_one_pixel_is_still_seen() -> None:
    """Solid or hatched."""
    canvas = Canvas("a")
    for hatched in (False, True):
        canvas.column(0, 0, 1, 1, lane=0, hatched=hatched)
    told = "\n".join(canvas.element(10, 10, "name", "told", paper=False))
    assert told.count('<rect x="0" y="0" width="1" height="1"/>') == 2


def test_a_hatched_column_lies_within_the_place_of_a_solid_one() -> None:
    """Its line, half a pixel on either side of its edge, would else run into its neighbour."""
    canvas = Canvas("a")
    canvas.column(5, 6, 9, 8, lane=0)
    canvas.column(5, 6, 9, 8, lane=0, hatched=True)
    told = "\n".join(canvas.element(10, 10, "name", "told", paper=False))
    assert '<rect x="5" y="6" width="9" height="8"/>' in told
    assert '<rect x="5" y="6" width="8" height="7"/>' in told
    assert 'transform="translate(0.5 0.5)"' in told
