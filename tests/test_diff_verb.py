"""The verb `diff`: two regimens compared on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import assert_refused, document, printed, run, written
from filetext import a_cycle
from il2calc import load_regimen

NPC = Path(load_regimen("npc-bolus").origin.file)


def changed(folder: Path) -> str:
    """A copy of the bolus regimen in which the rest is 6 days and the amount 60,000 units/kg."""
    text = NPC.read_text("utf-8").replace("rest: 7 days", "rest: 6 days")
    return written(folder, text.replace("72_000 IU/kg", "60_000 IU/kg"), "npc-v2.yaml")


def test_two_versions_of_a_regimen_two_facts_then_the_rows(tmp_path: Path) -> None:
    """72,000 x 70 = 5.04 million, 60,000 x 70 = 4.2 million; day 13 becomes day 12.

    The second cycle of course 2 is two days earlier: both rests before it are a day shorter.
    Of 60 doses the 30 of course 2 are conditional: 30 x 5.04 = 151.2, 30 x 4.2 = 126.
    """
    text = printed("diff", "npc-bolus", changed(tmp_path), "--weight", "70")
    assert "Facts that differ (2)\n" in text
    assert "  course.cycle.repeat.rest: 7 days -> 6 days [assumed (1)]\n" in text
    assert "course.cycle.aldesleukin.amount: 72,000 units/kg -> 60,000 units/kg" in text
    rows = text.partition("Rows that differ (60;")[2].splitlines()
    dose = "dose 5.04 million units -> 4.2 million units"
    assert rows[1] == f"  rows 1 to 15: {dose}"
    assert rows[2] == (
        f"  rows 16 to 30: 1 day earlier; {dose} (the first: day 13 08:00 -> day 12 08:00)"
    )
    assert rows[4].startswith("  rows 46 to 60: 2 days earlier; latest 2 days earlier;")
    half = "million units only if stable disease or response"
    was, now = (
        f"at most {total} million units (60 doses), of which {part} {half}"
        for total, part in ((302.4, 151.2), (252, 126))
    )
    assert f"{was} -> {now}" in " ".join(text.split())


def test_without_a_patient_the_facts_alone_are_compared(tmp_path: Path) -> None:
    """It says why there are no rows; with half of what is needed it refuses."""
    text = printed("diff", "npc-bolus", changed(tmp_path))
    assert "not compared, because aldesleukin is dosed per kg: give --weight" in text
    assert_refused(run("diff", "npc-bolus", changed(tmp_path), "--gfr", "90"), 1, "give --weight")
    result = run("diff", "imatinib", "imatinib", "--cycles", "2")
    assert "and all 73 rows are the same" in result.out, "nothing of the patient is needed"


def test_exit_codes_are_those_of_the_other_verbs(tmp_path: Path) -> None:
    """0 where it is done, whatever differs: 1 is a refusal here; 3 with --strict."""
    same = written(tmp_path, a_cycle())
    other = written(tmp_path, a_cycle("amount: 6 mg"), "other.yaml")
    assert run("diff", same, other).code == 0
    assert run("diff", same, other, "--strict").code == 3
    assert run("diff", same, same).code == 0
    assert run("diff", same, "no-such-regimen").code == 1
    path = written(tmp_path, a_cycle().replace("examplumab,", "otherumab,"), "x.yaml")
    assert run("diff", path, path, "--weight", "300", "--strict").code == 3, "a caution of both"


def test_cautions_are_shown_once() -> None:
    """One of both plans is printed once on standard error."""
    result = run("diff", "npc-bolus", "npc-bolus", "--weight", "70")
    assert result.err.count("caution: 4 doses fall outside") == 1
    assert "Nothing differs" in result.out


def test_as_json_every_row_that_differs_has_both_numbers(tmp_path: Path) -> None:
    data = document("diff", "npc-bolus", changed(tmp_path), "--weight", "70")
    assert data["format"] == "il2calc.diff/1"
    assert (data["from"]["file"], data["to"]["file"]) == (str(NPC), str(tmp_path / "npc-v2.yaml"))
    assert [row["from"]["number"] for row in data["rows"]] == list(range(1, 61))
    assert data["rows"][15]["to"]["regimen_day"] == 12
    assert data["uncompared"] is None
    target = tmp_path / "told.txt"
    run("diff", "npc-bolus", "npc-bolus", "-o", str(target))
    assert "Nothing differs" in target.read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("-", "imatinib"), "an id or a path for each"),
        (("imatinib", "-"), "an id or a path for each"),
        (
            ("imatinib", "imatinib", "--start", "2025-01-06", "--first-dose", "2025-01-06"),
            "excludes",
        ),
        (("imatinib", "imatinib", "--at", "noon"), "--at"),
        (("imatinib", "imatinib", "--format", "csv"), "--format"),
    ],
)
def test_what_cannot_be_read_is_refused(args: tuple[str, ...], words: str) -> None:
    assert_refused(run("diff", *args), 2, words)


def test_the_faults_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    """The second file was only read once the first one had no faults."""
    one = written(tmp_path, a_cycle().replace("title:", "titel:"), "one.yaml")
    two, none = written(tmp_path, a_cycle().replace("version:", "versoin:"), "two.yaml"), "no.yaml"
    result = run("diff", one, two)
    first, second = result.err.splitlines()
    assert result.code == 1
    assert (first.startswith(f"{one}:"), second.startswith(f"{two}:")) == (True, True)
    assert "'title'" in first
    assert "'version'" in second
    of_both = run("diff", one, none).err.splitlines()
    assert of_both == [first, f"{none}: there is no such file; to list what ships: il2calc list"]
    settings = run("diff", "npc-bolus", "imatinib", "--set", "a.b=1").err
    assert settings.startswith("error: --set a.b: names no value of this regimen; ")


def test_a_fact_may_be_set_in_both(tmp_path: Path) -> None:
    """--set is for both, with or without rows."""
    text = printed(
        "diff", "npc-bolus", changed(tmp_path), "--set", "course.cycle.repeat.rest=9 days"
    )
    assert "Facts that differ (1)\n" in text


def test_a_comparison_is_in_the_format_of_its_file(tmp_path: Path) -> None:
    """`-o x.json` holds JSON, and a format that the verb does not write is refused."""
    file = tmp_path / "x.json"
    assert run("diff", "npc-bolus", "imp321", "-o", str(file)).code == 0
    assert file.read_text(encoding="utf-8").startswith('{\n  "format"')
    result = run("diff", "npc-bolus", "imp321", "-o", str(tmp_path / "x.html"))
    assert_refused(result, 2, "no format ends in .html here")


def test_the_head_of_each_plan_is_shown_where_it_differs(tmp_path: Path) -> None:
    """A review of the second file alone was shown as none of both."""
    other = changed(tmp_path)
    both = ("diff", "npc-bolus", other, "--weight", "70")
    assert "\n  review: Not clinically reviewed.\n" in printed(*both)
    run("sign", other, "--name", "A. Doe", "--role", "pharmacist", "--on", "2026-11-29")
    text = printed(*both)
    assert "\n  review of A: Not clinically reviewed.\n" in text
    assert "\n  review of B: Reviewed by A. Doe (pharmacist) on 2026-11-29.\n" in text
    assert "\n  patient: weight 70 kg\n" in text


def test_an_arm_is_that_of_the_regimen_that_has_arms() -> None:
    """Refused for the other one, no line compared the schedules of the two."""
    arm = ("--arm", "0.25-mg", "--weight", "70", "--bsa", "1.8")
    for names in (("imp321", "npc-bolus"), ("npc-bolus", "imp321")):
        result = run("diff", *names, *arm)
        assert (result.code, "not compared" in result.out) == (0, False), result.err
    assert run("diff", "imp321", "imp321", *arm).code == 0
    assert_refused(run("diff", "npc-bolus", "npc-bolus", *arm), 1, "npc-bolus has no arms")
