"""The SVG picture: what it shows of the regimens that ship, on a telephone and on paper.

Golden files hold the layout; the days, amounts and dates in them are asserted here and in the
tests of the rooms beneath.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courselogs import course, turn
from filetext import a_dose, loaded
from il2calc import language
from il2calc.model.effects import Delayed
from il2calc.model.patient import Patient
from il2calc.model.regimen import day_at, offset_of
from il2calc.picture import svg
from il2calc.picture.outline import of_schedule
from il2calc.picture.svg import LANES, SMALL, TEXT, TONES, Canvas
from il2calc.plan.administration import Recorded
from il2calc.plan.schedule import Caution, Schedule, make
from il2calc.report import words
from il2calc.report.lines import text_lines, text_width
from written import SMALL as SMALL_REGIMENS
from written import Data, bodies, regimen

D = Decimal
GOLDEN = Path(__file__).parent / "golden" / "svg"
REWRITE = "IL2CALC_REWRITE_GOLDEN"
"""Set this to 1 to write the golden files anew; look at what changed before it is kept."""

NS = "{http://www.w3.org/2000/svg}"
STARTS = {
    "npc-bolus": date(2026, 12, 1),
    "imp321": None,
    "trastuzumab": date(2025, 1, 6),
    "imatinib": date(2024, 1, 22),
}


@cache
def schedule_of(name: str) -> Schedule:
    """A schedule of each regimen that ships: 70 kg, 1.8 m2; the whole year of trastuzumab."""
    return make(
        language.load(name),
        Patient(weight=D(70), surface_area=D("1.8")),
        arm="6.25-mg" if name == "imp321" else None,
        times={"cycle": 4} if name == "imatinib" else None,
        start=STARTS[name],
    )


def pictures() -> Iterator[tuple[str, str]]:
    for name in STARTS:
        yield f"{name}-720", svg.picture(schedule_of(name))
        yield f"{name}-360", svg.picture(schedule_of(name), width=360)
    yield "npc-bolus-file", "\n".join(svg.lines(schedule_of("npc-bolus")))


PICTURES = dict(pictures())


@pytest.mark.parametrize("name", PICTURES)
def test_the_layout_is_that_of_the_golden_file(name: str) -> None:
    """Nobody changes what people see without seeing it; a file's SHA-256 is left out of it."""
    file = GOLDEN / f"{name}.svg"
    text = re.sub(r"SHA-256 [0-9a-f]{16}", f"SHA-256 {'0' * 16}", f"{PICTURES[name]}\n")
    if os.environ.get(REWRITE) == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text.encode())
    message = f"{file.name} differs. If that is meant: {REWRITE}=1 python -m pytest {__file__}"
    assert text == file.read_bytes().decode(), message


class Box(NamedTuple):
    """A rectangle, or the place of a text at its longest."""

    x: int
    y: int
    width: int
    height: int


class Read(NamedTuple):
    """A picture as a person would read it.

    Args:
        columns: by lane, the height over each day on which there is one, and whether it is hatched.
        bars: each bar's text, with the columns from which to which it runs.
        dates: the dates of days of the axis.
    """

    columns: dict[str, dict[int, tuple[int, bool]]]
    bars: list[tuple[str, int, int, bool]]
    dates: dict[int, str]


def parsed(picture: str) -> ET.Element:
    return ET.fromstring(picture)  # noqa: S314 - a picture of our own


def box(element: ET.Element) -> Box:
    return Box(*(int(element.attrib[key]) for key in ("x", "y", "width", "height")))


def texts(picture: str) -> list[tuple[int, int, str]]:
    """Every text with its place."""
    elements = parsed(picture).iter(f"{NS}text")
    return [(int(t.attrib["x"]), int(t.attrib["y"]), t.text or "") for t in elements]


def words_of(picture: str) -> list[str]:
    """Every text of a picture, from top to bottom."""
    return [
        text for _, _, text in sorted(texts(picture), key=lambda placed: (placed[1], placed[0]))
    ]


def read(picture: str) -> Read:
    """Reads a picture in days, bands one after another, by the numbers of its axes alone."""
    drawing = Read({}, [], {})
    written = texts(picture)
    axes = sorted(y for _, y, text in written if text == "day")
    tops = [0, *axes]
    for top, axis in zip(tops, axes, strict=False):
        marks = sorted((x, int(text)) for x, y, text in written if y == axis and text != "day")
        left, first = marks[0][0], offset_of(marks[0][1], False)
        sizes = {(x - left) / (offset_of(day, False) - first) for x, day in marks[1:]}
        assert len(sizes) == 1, "the numbers of an axis are evenly spaced"
        size = int(sizes.pop())

        def day(x: int, left: int = left, first: int = first, size: int = size) -> int:
            return day_at(first + (x - left) // size, False)

        for group in parsed(picture).iter(f"{NS}g"):
            for element in group.findall(f"{NS}rect"):
                at = box(element)
                if not top < at.y < axis:
                    continue
                if "rx" in element.attrib:
                    label = _label(at, written)
                    last = day(at.x + at.width)
                    drawing.bars.append((label, day(at.x), last, "dash" in str(group.attrib)))
                else:
                    lane = drawing.columns.setdefault(
                        group.attrib["class"].removesuffix("-line"), {}
                    )
                    hatched = "url(" in group.attrib["fill"]
                    lane[day(at.x)] = (at.height + hatched, hatched)
        for x, y, text in written:
            if axis < y <= axis + 31 and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                drawing.dates[day(x)] = text
    return drawing


def _label(bar: Box, written: list[tuple[int, int, str]]) -> str:
    inside = (bar.x, bar.x + bar.width), (bar.y, bar.y + bar.height)
    return next(
        t
        for x, y, t in written
        if inside[0][0] <= x <= inside[0][1] and inside[1][0] < y < inside[1][1]
    )


A_COURSE = {1: 13, 2: 20, 3: 20, 4: 20, 5: 20, 6: 6}
"""Two, then three, then one of three doses, of 20 px: 13, 20 and 6."""


@pytest.mark.parametrize("width", [360, 720, 1400])
def test_the_picture_of_npc_bolus_shows_two_courses_of_two_cycles(width: int) -> None:
    """Cycles from days 1 and 13, again from 53 and 65; the second course is hatched."""
    drawing = read(svg.picture(schedule_of("npc-bolus"), width=width))
    columns = {s + day: (high, s > 50) for s in (0, 12, 52, 64) for day, high in A_COURSE.items()}
    assert drawing.columns == {"lane0": columns}
    assert sorted(drawing.bars, key=lambda bar: (bar[1], -bar[2], bar[0])) == [
        ("course 1", 1, 17, False),
        ("cycle 1", 1, 5, False),
        ("cycle 2", 13, 17, False),
        ("C1", 53, 69, True),
        ("course 2", 53, 69, True),
        ("cycle 1", 53, 57, True),
        ("cycle 2", 65, 69, True),
    ]
    assert drawing.dates[1] == "2026-12-01"
    assert drawing.dates[53] == "2027-01-22"


@pytest.mark.parametrize("width", [360, 720, 1400])
def test_the_picture_of_imp321_shows_its_days_in_each_cycle(width: int) -> None:
    """Paclitaxel on days 1, 8 and 15 and IMP321 on days 2 and 16 of six cycles of 28 days."""
    picture = svg.picture(schedule_of("imp321"), width=width)
    drawing = read(picture)
    starts = range(0, 168, 28)
    assert drawing.columns == {
        "lane0": {s + day: (20, False) for s in starts for day in (1, 8, 15)},
        "lane1": {s + day: (20, False) for s in starts for day in (2, 16)},
    }
    assert drawing.bars == [(f"cycle {k + 1}", s + 1, s + 28, False) for k, s in enumerate(starts)]
    assert not drawing.dates
    assert "144 mg a day (1 dose)" in words_of(picture)
    assert "6.25 mg a day (1 dose)" in words_of(picture)


@pytest.mark.parametrize("width", [360, 720, 1400])
def test_the_picture_of_imatinib_begins_before_day_1(width: int) -> None:
    """Cyclophosphamide on days -21 to 14; there is no day 0; interleukin-2 on 10 to 14."""
    drawing = read(svg.picture(schedule_of("imatinib"), width=width))
    starts = range(0, 84, 21)
    assert {lane: set(days) for lane, days in drawing.columns.items()} == {
        "lane0": {*range(-21, 0), *range(1, 15)},
        "lane1": {s + day for s in starts for day in range(1, 15)},
        "lane2": {s + day for s in starts for day in range(10, 15)},
    }
    assert [bar for bar in drawing.bars if bar[0] != "C1"] == [
        (f"cycle {k + 1}", s + 1, s + 21, k > 0) for k, s in enumerate(starts)
    ]
    assert drawing.dates[-21] == "2024-01-01"


def test_the_picture_of_a_year_of_trastuzumab_shows_every_day() -> None:
    """A lead-in of 21 days and 24 cycles of 14, from the second on hatched."""
    drawing = read(svg.picture(schedule_of("trastuzumab")))
    starts = range(21, 357, 14)
    pulses = {s + day for s in starts for day in (1, 2, 3)}
    assert drawing.columns["lane0"] == {
        day: (20, day > 35) for day in (1, 8, *(s + 1 for s in starts))
    }
    assert drawing.columns["lane1"] == {
        day: (20 if day in pulses else 10, day > 35)
        for day in (*range(2, 8), *range(9, 22), *range(22, 358))
    }
    cycles = [bar for bar in drawing.bars if bar[0].startswith("cycle")]
    assert cycles[0] == ("cycle 1", 22, 35, False)
    assert sorted(cycles[1:], key=lambda bar: bar[1]) == [
        (f"cycle {k}", 22 + 14 * (k - 1), 35 + 14 * (k - 1), True) for k in range(2, 25)
    ]


def test_a_year_on_a_telephone_is_one_of_weeks() -> None:
    """51 weeks in three bands; 6 x 1.8, 7 x 1.8 and 3 x 21.6 + 4 x 1.8 million units."""
    picture = PICTURES["trastuzumab-360"]
    words = words_of(picture)
    assert words.count("day") == 3
    for amount in ("10.8", "12.6", "72"):
        assert any(text.startswith(f"{amount} million units a week") for text in words)
    assert "280 mg a week (1 dose)" in words
    days = [int(text) for x, _, text in texts(picture) if re.fullmatch("[0-9]+", text) and x > 60]
    numbered = {day for day in days if day > 24}
    assert all(day % 7 == 1 for day in numbered)
    assert set(range(1, 25)) <= set(days)


@pytest.mark.parametrize("name", ["npc-bolus", "trastuzumab", "imatinib"])
@pytest.mark.parametrize("width", [720, 1400])
def test_the_dates_are_those_of_the_days_above_them(name: str, width: int) -> None:
    """Day 1 is the start; day -1 the day before it."""
    start = STARTS[name]
    assert start is not None
    dates = read(svg.picture(schedule_of(name), width=width)).dates
    assert dates
    for day, date_shown in dates.items():
        assert date_shown == (start + timedelta(offset_of(day, False))).isoformat()


def test_the_sizes_of_dose_are_shown_beside_columns_of_their_height() -> None:
    """5.04, 10.08 and 15.12 million units, solid and hatched; what hatching means; what C1 is."""
    words = words_of(PICTURES["npc-bolus-720"])
    legend = words[words.index("at most 5.04 million units a day (1 dose)") :]
    assert legend == [
        "at most 5.04 million units a day (1 dose)",
        "at most 10.08 million units a day (2 doses)",
        "at most 15.12 million units a day (3 doses)",
        "Solid: due. Hatched: due only if a condition is met.",
        "C1: only if stable disease or response",
        "A column is a day.",
        "At most: the source gives a maximum number of doses or turns; all of them are drawn.",
        (
            "Where a source gives a range of time, the earliest is drawn. "
            "Course 2 may begin up to 7 days later."
        ),
        "Amounts are shown to 4 significant figures.",
    ]
    bottom = max(y for _, y, text in texts(PICTURES["npc-bolus-720"]) if text == "date")
    rects = [box(r) for r in parsed(PICTURES["npc-bolus-720"]).iter(f"{NS}rect")]
    swatches = sorted((r.x, r.height) for r in rects if r.y > bottom)
    firm, hatched = swatches[:3], swatches[3:]
    assert [height for _, height in firm] == [3, 6, 10]
    assert [height + 1 for _, height in hatched] == [3, 6, 10]


def test_what_is_only_firm_needs_no_word_on_hatching() -> None:
    """Nothing of imp321 is conditional."""
    words = words_of(PICTURES["imp321-720"])
    assert not any("Hatched" in text for text in words)
    assert "hatch" not in PICTURES["imp321-720"]


def test_a_size_that_is_only_conditional_has_a_hatched_sample_alone() -> None:
    """And one that is only firm a solid one; both are in line with the others'."""
    text = """
        doses:
          - {drug: primumab, dose: one, amount: 5 mg, route: IV, day: 1}
          - {drug: primumab, dose: two, amount: 9 mg, route: IV, day: 2, only_if: need}
    """
    picture = svg.picture(make(regimen(text)))
    bottom = max(y for _, y, text_ in texts(picture) if text_ == "day")
    samples = {
        group.attrib["fill"].startswith("url"): [
            box(r) for r in group.findall(f"{NS}rect") if box(r).y > bottom
        ]
        for group in parsed(picture).iter(f"{NS}g")
        if "lane0" in group.attrib.get("class", "")
    }
    assert [len(samples[hatched]) for hatched in (False, True)] == [1, 1]
    assert samples[False][0].x < samples[True][0].x


def test_a_file_says_what_it_is_and_that_it_is_no_prescription() -> None:
    """It may be found without the command that made it."""
    words_shown = words_of(PICTURES["npc-bolus-file"])
    assert words_shown[0] == (
        "regimen: npc-bolus, version 1: Intravenous bolus interleukin-2 in nasopharyngeal carcinoma"
    )
    assert "start: day 1 = Tue 2026-12-01; each day begins at 08:00" in words_shown
    assert words_shown[-1] == words.DISCLAIMER
    assert PICTURES["npc-bolus-file"].startswith('<?xml version="1.0" encoding="UTF-8"?>\n<svg ')
    assert not any("npc-bolus" in text for text in words_of(PICTURES["npc-bolus-720"]))


def test_whose_picture_it_is_is_in_the_file() -> None:
    """Two printed ones must not be mixed up."""
    named = replace(schedule_of("npc-bolus"), subject="S-07")
    assert "subject: S-07" in words_of("\n".join(svg.lines(named)))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_an_image_with_a_name_and_a_description(name: str) -> None:
    """For those who do not see it."""
    root = parsed(PICTURES[name])
    assert root.tag == f"{NS}svg"
    assert root.attrib["role"] == "img"
    title, desc = root.find(f"{NS}title"), root.find(f"{NS}desc")
    assert title is not None
    assert desc is not None
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {desc.attrib['id']}"
    regimen_id = name.rpartition("-")[0]
    assert (title.text or "").startswith(f"{regimen_id}, version 1: ")
    assert (desc.text or "").endswith(" Amounts are shown to 4 significant figures.")


def test_the_description_says_what_is_drawn() -> None:
    """Days of each drug, what depends on what, and what a reader must know."""
    desc = parsed(PICTURES["npc-bolus-360"]).find(f"{NS}desc")
    assert desc is not None
    assert (desc.text or "").startswith(
        "aldesleukin: days 1 to 6, days 13 to 18; days 53 to 58, days 65 to 70 (C1). "
        "C1: only if stable disease or response. A column is a day. "
    )


def test_a_picture_of_a_course_says_so() -> None:
    """In its name, for those who do not see it, and in the head of a file."""
    result = course("npc-bolus", Delayed(turn("course 1/cycle 2"), 3), as_of="2025-12-03")
    alone = "\n".join(svg.lines(result))
    for picture in (svg.picture(result), alone):
        title = parsed(picture).find(f"{NS}title")
        assert title is not None
        assert (title.text or "").endswith(", a course as of Wed 2025-12-03")
    words = words_of(alone)
    assert "as of: Wed 2025-12-03" in " ".join(words)
    assert "change: course 1, cycle 2 delayed by 3 days (entry 1)" in words


def test_two_pictures_of_a_page_share_no_id() -> None:
    """Neither the names that a reader hears nor the hatching must be the other's."""
    one, other = (svg.picture(schedule_of("npc-bolus"), ids=ids) for ids in ("narrow", "wide"))
    for picture, ids in ((one, "narrow"), (other, "wide")):
        ids_of_picture = [
            element.attrib["id"] for element in parsed(picture).iter() if "id" in element.attrib
        ]
        assert ids_of_picture == [
            f"{ids}-{part}" for part in ("picture", "title", "desc", "hatch0")
        ]
        assert set(re.findall(r"url\(#(.*?)\)", picture)) == {f"{ids}-hatch0"}
        assert set(re.findall(r"#(\w+-\w+) \.", picture)) == {f"{ids}-picture"}
    assert one.replace("narrow", "wide") == other


@pytest.mark.parametrize("name", PICTURES)
def test_everything_is_within_the_picture_and_on_whole_pixels(name: str) -> None:
    """What is clipped is lost; fractions are noise."""
    root = parsed(PICTURES[name])
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    assert (root.attrib["width"], root.attrib["height"]) == (str(width), str(height))
    for element in root.iter(f"{NS}rect"):
        at = box(element)
        assert 0 <= at.x <= at.x + at.width <= width
        assert 0 <= at.y <= at.y + at.height <= height
        assert at.width > 0
        assert at.height > 0
    for x, y, text in texts(PICTURES[name]):
        assert 0 <= x <= x + text_width(text, SMALL) <= width
        assert SMALL <= y <= height
    for path in root.iter(f"{NS}path"):
        assert re.fullmatch(r"M\d+ \d+L\d+ \d+", path.attrib["d"])
    assert not re.search(r"\d\.\d{2,}", re.sub(r"<(title|desc|text)\b.*", "", PICTURES[name]))


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_overlaps_another(name: str) -> None:
    """Each is measured in a common font, a tenth less than at the longest."""
    root = parsed(PICTURES[name])
    rows: dict[int, list[tuple[int, int, str]]] = {}
    for element in root.iter(f"{NS}text"):
        size = int(element.attrib.get("font-size", SMALL))
        assert size >= 10
        x, text = int(element.attrib["x"]), element.text or ""
        end = x + text_width(text, size) * 9 // 10
        rows.setdefault(int(element.attrib["y"]), []).append((x, end, text))
    for row in rows.values():
        for one, other in combinations(sorted(row), 2):
            assert one[1] <= other[0], (one, other)


def test_the_same_schedule_gives_the_same_picture() -> None:
    """Byte for byte."""
    assert svg.picture(schedule_of("imatinib")) == svg.picture(schedule_of("imatinib"))
    assert (
        svg.picture(schedule_of("imatinib"), width=720, ids="il2calc") == PICTURES["imatinib-720"]
    )


HOSTILE = "[red] <script>alert(1)</script> & \"x\" 'y' ]]> <!-- {0} :smile:"


def test_texts_from_files_are_texts() -> None:
    """A title, a condition and a subject that would be XML are shown as they are."""
    quoted = HOSTILE.replace("'", "''")
    text = a_dose(f"only_if: '{quoted}'", head=(f"title: '{quoted}'",))
    schedule = replace(make(loaded(text)), subject=HOSTILE)
    for picture in (svg.picture(schedule), "\n".join(svg.lines(schedule))):
        root = parsed(picture)
        assert {element.tag.removeprefix(NS) for element in root.iter()} <= {
            *("svg", "title", "desc", "style", "defs", "pattern", "path", "g", "rect", "text")
        }
        title = root.find(f"{NS}title")
        assert title is not None
        assert title.text == f"examplumab, version 1: {HOSTILE}"
        assert f"C1: only if {HOSTILE} (examplumab)" in " ".join(words_of(picture))
    assert f"subject: {HOSTILE}" in " ".join(words_of("\n".join(svg.lines(schedule))))


def test_a_folded_rest_is_named() -> None:
    """On a telephone, 34 days between the courses are not drawn, and the picture says so."""
    assert "Days 19 to 52: nothing is given (34 days, not drawn)" in words_of(
        PICTURES["npc-bolus-360"]
    )


def test_a_course_of_which_nothing_was_given_says_so() -> None:
    """There is nothing to draw."""
    once = make(loaded(a_dose("day: 1")))
    held = replace(once, recorded={1: Recorded("held")})
    assert words_of(svg.picture(held)) == ["Nothing is given."]


def test_a_drug_of_which_nothing_was_given_has_an_empty_row() -> None:
    """And no size of dose."""
    text = """
        doses:
          - {drug: primumab, amount: 5 mg, route: IV, day: 1}
          - {drug: secumab, amount: 5 mg, route: IV, day: 2}
    """
    held = replace(make(regimen(text)), recorded={2: Recorded("held")})
    words = words_of(svg.picture(held))
    assert (words.count("primumab"), words.count("secumab")) == (2, 1)
    assert "Solid" not in " ".join(words)


NAMES = """
    blocks:
      - block: a-block-with-a-name-that-is-longer-than-any-margin
        doses:
          - drug: a-drug-with-a-name-that-is-longer-than-any-line-on-a-telephone-may-ever-be-or-was
            amount: 5 mg
            route: IV
            day: 1
"""


@pytest.mark.parametrize("width", [360, 720])
def test_names_too_long_are_above_what_they_name_and_are_broken(width: int) -> None:
    """None of their letters is lost."""
    words = words_of(svg.picture(make(regimen(NAMES)), width=width))
    text = "".join(words)
    assert text.count("a-drug-with-a-name-that-is-longer-than-any-line-on-a-telephone") == 2
    assert text.count("-may-ever-be-or-was") == 2
    assert "a-block-with-a-name-that-is-longer-than-any-margin" in text


def test_numbers_without_room_are_left_out() -> None:
    """Of 130 cycles of a day not every one has room for its number; none overlaps another."""
    text = """
        blocks:
          - block: cycle
            repeat: {times: 130, every: 1 day}
            doses: [{drug: primumab, amount: 5 mg, route: IV, day: 1}]
    """
    picture = svg.picture(make(regimen(text)), width=360)
    bars = {box(r).y for r in parsed(picture).iter(f"{NS}rect") if "rx" in r.attrib}
    for top in bars:
        row = sorted((x, t) for x, y, t in texts(picture) if top < y < top + 16 and t.isdecimal())
        assert len(row) > 5
        assert all(x + text_width(t, SMALL) < then for (x, t), (then, _) in pairwise(row))


def rects(picture: str, *, hatched: bool) -> list[Box]:
    """The columns above the axis, solid or hatched, in the order of time."""
    axis = min(y for _, y, text in texts(picture) if text == "day")
    groups = parsed(picture).iter(f"{NS}g")
    lanes = [group for group in groups if group.attrib.get("class", "").startswith("lane")]
    rectangles = [
        box(element)
        for group in lanes
        if group.attrib["fill"].startswith("url") is hatched
        for element in group.findall(f"{NS}rect")
    ]
    return sorted(rectangle for rectangle in rectangles if rectangle.y < axis)


def test_an_infusion_that_runs_on_is_a_thin_bar() -> None:
    """Over 120 hours from 08:00 of day 1: a column, then five thin bars at half its height."""
    text = "doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1, over: 120 hours{}}}]"
    picture = svg.picture(make(regimen(text.format(""))))
    column, *thin = rects(picture, hatched=False)
    assert (column.height, [rectangle.height for rectangle in thin]) == (20, [3] * 5)
    assert {rectangle.y for rectangle in thin} == {column.y + 10}
    steps = {other.x - one.x for one, other in pairwise([column, *thin])}
    assert steps == {column.width + 1}
    assert "Solid: due. Thin bar: an infusion runs on." in words_of(picture)
    assert "5 mg, begun that day, over 120 hours (1 dose)" in words_of(picture)
    bound = svg.picture(make(regimen(text.format(", only_if: need"))))
    assert [rectangle.height for rectangle in rects(bound, hatched=True)] == [19, *[2] * 5]
    assert not rects(bound, hatched=False)
    assert not any("Thin bar" in text for text in words_of(PICTURES["npc-bolus-720"]))


def test_a_key_names_what_is_drawn_and_nothing_else() -> None:
    """All conditional: nothing is solid, and an infusion that runs on is a thin hatched bar."""
    text = "doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1, over: {}, only_if: need}}]"
    short, long = (
        words_of(svg.picture(make(regimen(text.format(over))))) for over in ("1 hour", "120 hours")
    )
    assert "Hatched: due only if a condition is met." in short
    assert (
        "Hatched: due only if a condition is met. "
        "Thin hatched bar: an infusion runs on only if a condition is met."
    ) in long


def test_what_is_conditional_beside_what_is_firm_has_a_row_of_its_own() -> None:
    """5 mg firm + 10 mg if needed, beside 5 mg firm: sizes of 5 and 10 mg, of 10 and 20 px."""
    text = """
        doses:
          - {drug: primumab, dose: a, amount: 5 mg, route: IV, day: [1, 2]}
          - {drug: primumab, dose: b, amount: 10 mg, route: IV, day: 2, only_if: need}
    """
    picture = svg.picture(make(regimen(text)))
    alone, beside = rects(picture, hatched=False)
    (bound,) = rects(picture, hatched=True)
    assert (alone.y, alone.height) == (beside.y, beside.height) == (beside.y, 10)
    assert (bound.x, bound.height + 1) == (beside.x, 20)
    assert bound.y > beside.y + beside.height
    words = words_of(picture)
    assert (words.count("primumab"), words.count("primumab, only if")) == (2, 2)
    assert words.index("5 mg a day (1 dose)") < words.index("10 mg a day (1 dose)")
    assert "Solid: due. Hatched: due only if a condition is met." in words


def test_a_week_that_is_conditional_in_part_shows_its_firm_doses() -> None:
    """Cycles of four days, from the second only if: week 1 holds the first one's two doses."""
    text = """
        blocks:
          - block: cycle
            repeat: {times: 90, every: 4 days, only_if: response}
            doses: [{drug: primumab, amount: 10 mg, route: IV, day: [1, 3]}]
    """
    picture = svg.picture(make(regimen(text)), width=360)
    (firm,) = rects(picture, hatched=False)
    bound = rects(picture, hatched=True)[0]
    assert (firm.x, firm.height) == (bound.x, bound.height + 1)


def test_a_name_that_only_weeks_make_long_is_above_its_row() -> None:
    """The margin is that of days, in which nothing is apart."""
    text = """
        blocks:
          - block: b
            repeat: {times: 300, every: 4 days, only_if: response}
            doses: [{drug: p, amount: 10 mg, route: IV, day: [1, 3]}]
    """
    picture = svg.picture(make(regimen(text)))
    places = {shown: y for _, y, shown in reversed(texts(picture))}
    assert 0 < places["p, only if"] - places["p"] < 30
    lanes = [y for x, y, shown in texts(picture) if shown == "p, only if"]
    assert all(abs(y - bound.y) > 4 for y in lanes for bound in rects(picture, hatched=True))


def test_more_drugs_than_colours_have_a_row_each() -> None:
    """Colours begin again from the first."""
    dose = "  - {{drug: d{0}umab, amount: {0} mg, route: IV, day: {0}}}\n"
    text = "doses:\n" + "".join(dose.format(k) for k in range(1, len(LANES) + 3))
    words = words_of(svg.picture(make(regimen(text))))
    assert [text for text in words if text.endswith("umab")] == [
        f"d{k}umab" for k in range(1, 7)
    ] * 2


@SMALL_REGIMENS
@given(bodies(), st.sampled_from([360, 720]))
def test_any_regimen_has_a_picture(body: Data, width: int) -> None:
    """Well-formed, within its edges, and with a column for every cell."""
    patient = Patient(weight=D(70), surface_area=D("1.8"))
    picture = svg.picture(make(regimen(body), patient), width=width)
    root = parsed(picture)
    for element in root.iter(f"{NS}rect"):
        at = box(element)
        assert 0 <= at.x <= at.x + at.width <= width
        assert at.height > 0
    for x, _, text in texts(picture):
        assert x + text_width(text, SMALL) <= width, text
    by_day = "A column is a day." in words_of(picture)
    outline = of_schedule(make(regimen(body), patient))
    outline = outline if by_day else outline.in_weeks()
    lanes = [g for g in root.iter(f"{NS}g") if g.attrib.get("class", "").startswith("lane")]
    cells = sum(len(lane.cells) for lane in outline.lanes)
    samples = sum(len({c.mark for c in lane.cells.values()}) for lane in outline.lanes)
    running = sum(len({*lane.running} - {*lane.cells}) for lane in outline.lanes)
    assert sum(len(group.findall(f"{NS}rect")) for group in lanes) == cells + samples + running


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2 of a colour such as `#1a2026`."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio by WCAG 2.2: (lighter + 0.05) / (darker + 0.05)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_calculated_as_wcag_says() -> None:
    """Black on white is 21:1; #767676 on white is the classic 4.54:1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


LIGHT, DARK = 0, 1


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_texts_can_be_read_in_light_and_in_dark(theme: int) -> None:
    """4.5:1 at the least, on paper and on the bars of turns."""
    for text, ground in product(("ink", "quiet"), ("paper", "bar")):
        assert contrast(TONES[text][theme], TONES[ground][theme]) >= 4.5, (text, ground)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_columns_have_contrast_in_light_and_in_dark(theme: int) -> None:
    """As texts do, though 3:1 would do for what is drawn; so they do when printed in grey."""
    paper = TONES["paper"][theme]
    assert all(contrast(lane[theme], paper) >= 4.5 for lane in LANES.values())


def test_texts_are_never_below_ten_pixels() -> None:
    """Smaller ones are not read on a telephone."""
    assert min(SMALL, TEXT) >= 10


def test_wide_and_narrow_letters_are_measured_as_such() -> None:
    """`illi` is shorter than `mmmm`, capitals are longer than small letters, CJK the longest."""
    lengths = [text_width(text, 12) for text in ("illi", "aaaa", "AAAA", "mmmm", "白血病薬")]
    assert lengths == sorted(set(lengths))
    assert text_width("", 12) == 0
    assert text_width("aa", 12) == 15  # 2 x 0.59 x 12 = 14.16, rounded up
    assert text_width("白", 12) == 13  # 1.05 x 12 = 12.6


def test_a_text_is_broken_between_words_and_indented() -> None:
    """After 100 px; what follows a mark is under its words."""
    broken_lines = list(text_lines("C1: ", "only if the disease is stable or smaller", 10, 200))
    assert (
        " ".join(line.strip() for line in broken_lines)
        == "C1: only if the disease is stable or smaller"
    )
    assert len(broken_lines) == 2
    assert broken_lines[1].startswith("    ")


def test_no_word_is_cut_however_wide_the_letters_of_its_line_are() -> None:
    """By the mean width of a letter "mmmm" fits where "illi" does; it was cut in two."""
    words = ["illi"] * 30 + ["mmmm"] * 30 + ["illi"] * 30
    broken_lines = list(text_lines("", " ".join(words), SMALL, 300))
    assert [word for line in broken_lines for word in line.split()] == words


def test_a_further_line_of_a_caution_is_not_taken_for_another_line_of_the_head() -> None:
    """It is to the right of where the caution begins; a picture shows no leading space."""
    caution = Caution("x", f"begins {'and goes on ' * 20}")
    picture = "\n".join(svg.lines(schedule_of("imp321"), [caution]))
    (first,) = re.findall(r'x="(\d+)" y="\d+">caution: begins', picture)
    further = re.findall(r'x="(\d+)" y="\d+">(?:and|goes|on)\b', picture)
    assert further
    assert all(int(x) > int(first) for x in further)


@given(st.text("abcdefghijklmn ABCW白血", min_size=1), st.integers(40, 300))
def test_no_line_is_longer_than_its_room_and_no_letter_is_lost(text: str, room: int) -> None:
    """Not even where a word is longer than a line."""
    broken_lines = list(text_lines("", text, SMALL, room))
    assert all(text_width(line, SMALL) <= room for line in broken_lines)
    assert "".join(broken_lines).replace(" ", "") == text.replace(" ", "")


def test_texts_and_ids_are_escaped() -> None:
    """Nothing in a file acts as XML."""
    canvas = Canvas('a"b')
    canvas.text(1, 2, "<script>&'\"")
    drawn_svg = "\n".join(canvas.element(10, 10, "<title>", "</desc>", paper=False))
    assert '<text x="1" y="2">&lt;script&gt;&amp;&#x27;&quot;</text>' in drawn_svg
    assert '<title id="a&quot;b-title">&lt;title&gt;</title>' in drawn_svg
    assert '<desc id="a&quot;b-desc">&lt;/desc&gt;</desc>' in drawn_svg


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


def test_light_colours_are_in_attributes_and_dark_ones_in_a_style_sheet() -> None:
    """A renderer without style sheets draws it light; paper is always light."""
    canvas = Canvas("a")
    for hatched in (False, True):
        canvas.column(0, 0, 9, 9, lane=1, hatched=hatched)
    for group in ("bar", "broken"):
        canvas.box(0, 0, 9, 9, group)
    canvas.line(0, 0, 9, 9)
    drawn_svg = "\n".join(canvas.element(10, 10, "name", "told", paper=True))
    sheet = re.search("<style>(.*?)</style>", drawn_svg, re.DOTALL)
    assert sheet is not None
    assert sheet[1].startswith("@media screen and (prefers-color-scheme: dark) {")
    assert sheet[1].endswith("}\n@media screen { #a-picture { max-width: 100%; height: auto; } }")
    outside = drawn_svg.replace(sheet[0], "")
    for name, (_, dark) in {**TONES, **LANES}.items():
        assert dark in sheet[1]
        assert dark not in outside
        for attribute, kind in (("fill", ""), ("stroke", "-line")):
            assert f"#a-picture .{name}{kind} {{ {attribute}: {dark}; }}" in sheet[1]
    for used in re.findall(r'class="([^"]*)" (fill|stroke)="(#[0-9a-f]{6})"', outside):
        assert used[2] == {**TONES, **LANES}[used[0].removesuffix("-line")][LIGHT]
    assert "var(" not in drawn_svg


def test_more_lanes_than_colours_begin_again() -> None:
    """The rows distinguish them."""
    canvas = Canvas("a")
    canvas.column(0, 0, 9, 9, lane=len(LANES), hatched=True)
    drawn_svg = "\n".join(canvas.element(10, 10, "name", "told", paper=False))
    assert 'id="a-hatch0"' in drawn_svg
    assert 'fill="url(#a-hatch0)"' in drawn_svg


def test_within_a_page_the_page_says_how_wide_a_picture_is() -> None:
    """Only a file by itself shrinks to the screen."""
    drawn_svg = "\n".join(Canvas("a").element(10, 10, "name", "told", paper=False))
    assert "max-width" not in drawn_svg


def test_a_column_of_one_pixel_is_still_seen() -> None:
    """Solid or hatched."""
    canvas = Canvas("a")
    for hatched in (False, True):
        canvas.column(0, 0, 1, 1, lane=0, hatched=hatched)
    drawn_svg = "\n".join(canvas.element(10, 10, "name", "told", paper=False))
    assert drawn_svg.count('<rect x="0" y="0" width="1" height="1"/>') == 2


def test_a_hatched_column_is_within_the_place_of_a_solid_one() -> None:
    """Its line, half a pixel on either side of its edge, would else run into its neighbour."""
    canvas = Canvas("a")
    canvas.column(5, 6, 9, 8, lane=0, hatched=False)
    canvas.column(5, 6, 9, 8, lane=0, hatched=True)
    drawn_svg = "\n".join(canvas.element(10, 10, "name", "told", paper=False))
    assert '<rect x="5" y="6" width="9" height="8"/>' in drawn_svg
    assert '<rect x="5" y="6" width="8" height="7"/>' in drawn_svg
    assert 'transform="translate(0.5 0.5)"' in drawn_svg
