"""The public Python API: a schedule in one line, as a table, as columns; and the notebook."""

from __future__ import annotations

import inspect
import json
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO
from math import isnan
from pathlib import Path
from typing import Any

import pytest

import il2calc
from courselogs import CYCLE, course, given
from filetext import a_cycle, a_dose, loaded
from il2calc import Patient, cautions, load_regimen, make_schedule, monographs, prepare
from il2calc.format import tabular
from il2calc.plan import schedule
from il2calc.plan.schedule import Schedule
from il2calc.review import of_course, of_schedule

D = Decimal
BODY = Patient(weight=D(70), height=D(170))
NOTEBOOK = Path(__file__).parents[1] / "docs" / "how-to" / "python.ipynb"


def shipped(name: str, **more: Any) -> Schedule:
    """A schedule of a regimen that ships."""
    needed: dict[str, dict[str, Any]] = {
        "npc-bolus": {},
        "imp321": {"arm": "6.25-mg"},
        "trastuzumab": {"times": {"cycle": 2}},
        "imatinib": {"times": {"cycle": 3}},
    }
    return make_schedule(load_regimen(name), BODY, **needed[name], **more)


SHIPPED = ("npc-bolus", "imp321", "trastuzumab", "imatinib")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_schedule_is_printed_as_one_short_line(name: str) -> None:
    """A million characters in a console say nothing."""
    schedule = shipped(name, subject="S-07", start=date(2026, 12, 1))
    assert len(repr(schedule)) < 200
    assert "\n" not in repr(schedule)
    assert f"<Schedule of {name}" in repr(schedule)
    assert "for S-07: " in repr(schedule)
    assert "day 1 on 2026-12-01>" in repr(schedule)
    long = replace(schedule, subject=" ".join(["S"] * 400))
    assert len(repr(long)) < 200


def test_the_line_says_how_many_and_when() -> None:
    """60 doses; the last falls on day 70 at midnight."""
    assert repr(shipped("npc-bolus")) == (
        "<Schedule of npc-bolus: 60 administrations, days 1 to 70>"
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_the_columns_are_those_of_the_csv_and_hold_what_it_holds(name: str) -> None:
    """Two tables of one schedule that differ are one too many."""
    schedule = shipped(name, start=date(2026, 12, 1), subject="S-07", percents={})
    columns = schedule.to_columns()
    assert sorted(columns) == sorted(tabular.COLUMNS)
    for place, cells in enumerate(tabular.records(schedule)):
        for column in tabular.COLUMNS:
            value = columns[column][place]
            if isinstance(value, bool):
                assert cells[column] == str(value).lower()
            elif isinstance(value, float):
                assert isnan(value) if cells[column] == "" else value == float(cells[column])
            else:
                assert cells[column] == str(value)


def test_every_column_has_one_type_whatever_the_regimen() -> None:
    """Frames of different regimens can be put under each other only where their types agree."""
    types = [
        {column: {type(value) for value in values} for column, values in columns.items()}
        for columns in (
            *(shipped(name).to_columns() for name in SHIPPED),
            shipped("npc-bolus", start=date(2026, 12, 1), subject="S-07").to_columns(),
            make_schedule(loaded(a_dose("over: 30 to 60 minutes"))).to_columns(),
        )
    ]
    assert all(len(kinds) == 1 for column_types in types for kinds in column_types.values())
    assert all(column_types == types[0] for column_types in types)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_of_different_regimens_are_put_under_each_other(library: str) -> None:
    """60 rows and those of the three others, with the same types."""
    frames = pytest.importorskip(library)
    schedules = [shipped(name) for name in SHIPPED]
    table = frames.concat([frames.DataFrame(schedule.to_columns()) for schedule in schedules])
    assert len(table) == sum(len(schedule.administrations) for schedule in schedules)


def test_only_shown_rows_are_in_the_columns_and_settings_are_named() -> None:
    """A share of the amount is a change like any other."""
    schedule = make_schedule(loaded(a_cycle()), percents={"examplumab": D(75)})
    part = replace(schedule, shown=schedule.shown[1:3])
    assert part.to_columns()["number"] == [2, 3]
    assert set(part.to_columns()["set"]) == {"examplumab: 100 % -> 75 %"}


def test_a_notebook_shows_a_table_with_everything_escaped() -> None:
    """A label is no HTML; what is at most, and on what condition, is in the table."""
    plan = shipped("npc-bolus", subject="<b>S-07</b>")
    page = plan._repr_html_()
    assert page.count("<tr>") == 61
    assert "<b>" not in page
    assert "&lt;b&gt;S-07" in page
    assert "<td>yes</td><td>stable disease or response</td>" in page
    assert "<th>date</th>" not in page
    many = make_schedule(load_regimen("imatinib"), BODY, times={"cycle": 6})
    more = len(many.administrations) - schedule.MOST_ROWS
    assert f"<p>and {more} more rows</p>" in many._repr_html_()


def test_dir_lists_every_public_name() -> None:
    """What can be imported is what completion shows, loaded or not."""
    names = {"load_regimen", "Patient", "make_schedule", "load_log", "replan", "prepare"}
    assert names | {"cautions", "monographs", "__version__"} == set(dir(il2calc))
    assert dir(il2calc) == sorted(il2calc.__all__)
    for name in set(dir(il2calc)) - {"__version__"}:
        assert inspect.getdoc(getattr(il2calc, name)), name
    with pytest.raises(AttributeError, match="no attribute 'lode_regimen'"):
        _ = il2calc.lode_regimen


def test_cautions_are_of_a_plan_or_of_a_course() -> None:
    """One call for both, the same cautions as the reviews give."""
    plan = shipped("npc-bolus")
    drugs = monographs(plan.regimen.drugs(plan.arm))
    assert cautions(plan, drugs) == of_schedule.review(plan, drugs)
    result = course("npc-bolus", given(CYCLE, "aldesleukin", [1]), as_of="2025-12-03")
    assert cautions(result, drugs) == of_course.review(result, drugs)
    assert prepare(plan, drugs)[0].dose.drug == "aldesleukin"


def test_the_example_notebook_prints_what_it_shows() -> None:
    """Its cells run one after the other, as in a notebook, without one."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    ran = 0
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        out = StringIO()
        with redirect_stdout(out):
            exec(compile("".join(cell["source"]), str(NOTEBOOK), "exec"), names)  # noqa: S102 - ours
        assert out.getvalue() == "".join(cell["outputs"][0]["text"])
        ran += 1
    assert ran == 4
