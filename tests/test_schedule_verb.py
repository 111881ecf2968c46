"""The verb `schedule`: what it asks for, what it prints, what it refuses."""

from __future__ import annotations

import json
import shlex
from decimal import Decimal
from pathlib import Path

import pytest

from commandline import (
    EVERY_REGIMEN,
    IMATINIB,
    NPC,
    assert_refused,
    document,
    printed,
    rows,
    run,
    separate,
    written,
)
from filetext import a_cycle, a_dose, a_file
from il2calc import language

D = Decimal
NPC_70 = ("schedule", "npc-bolus", "--weight", "70")
TRASTUZUMAB = ("schedule", "trastuzumab", "--cycles", "1")


def cautions(*args: str) -> list[str]:
    """The cautions on standard error."""
    result = run(*args, "--format", "csv")
    assert result.code == 0, result.err
    return [line.removeprefix("caution: ") for line in result.err.splitlines()]


def amounts(*args: str) -> set[str]:
    return {row["amount"] for row in rows(*args)}


# What is asked for


def test_weight_is_asked_for_only_where_something_is_dosed_per_kg() -> None:
    """The drug that needs it is named, and the value that would do."""
    result = run("schedule", "npc-bolus")
    assert_refused(result, 1, "error: ", "aldesleukin is dosed per kg", "--weight 70")
    assert run("schedule", "imatinib", "--cycles", "1").code == 0
    assert run("schedule", "imp321", "--arm", "1.25-mg", "--bsa", "1.8").code == 0


def test_height_is_asked_for_only_where_something_is_dosed_per_m2() -> None:
    """Or the surface itself."""
    result = run(*TRASTUZUMAB, "--weight", "70")
    assert_refused(result, 1, "aldesleukin is dosed per m2", "--height", "--bsa", "--height 170")
    assert run(*TRASTUZUMAB, "--weight", "70", "--bsa", "1.8").code == 0


def test_everything_that_is_missing_is_asked_for_at_once() -> None:
    """Two errors in a row for two numbers would be one too many; what is offered works."""
    result = run(*TRASTUZUMAB)
    assert_refused(result, 1, "trastuzumab is dosed per kg", "aldesleukin is dosed per m2")
    offered = result.err.split("for example ")[1].split()
    assert run(*TRASTUZUMAB, *offered).code == 0


@pytest.mark.parametrize(
    ("given", "asked_for"),
    [
        (("--height", "170"), "--weight 70"),
        (("--bsa", "1.8"), "--weight 70"),
        (("--weight", "70"), "--height 170"),
    ],
)
def test_what_was_given_is_not_asked_for_again(given: tuple[str, ...], asked_for: str) -> None:
    """What is offered completes it."""
    result = run(*TRASTUZUMAB, *given)
    assert_refused(result, 1, f"for example {asked_for}")
    assert run(*TRASTUZUMAB, *given, *asked_for.split()).code == 0


def test_a_clearance_is_asked_for_where_something_is_dosed_by_auc(tmp_path: Path) -> None:
    """It is never estimated; 5 x (90 + 25) = 575 mg."""
    path = written(tmp_path, a_dose("amount: 5 AUC"))
    result = run("schedule", path)
    assert_refused(result, 1, "by AUC", "--gfr 90")
    assert amounts("schedule", path, "--gfr", "90") == {"575"}


def test_an_arm_is_asked_for_with_a_command_that_works() -> None:
    """The three are named; what is offered lacks only the arm, beside what was already typed.

    Danger: a pasted line with the first of three levels gives a quarter of a milligram for six.
    """
    for given in ((), ("--bsa", "1.8"), ("--weight", "70", "--height", "170")):
        result = run("schedule", "imp321", *given)
        assert_refused(result, 1, "0.25-mg", "1.25-mg", "6.25-mg", "--arm")
        offered = result.err.split("such as: il2calc ")[1]
        assert " --arm ARM" in offered, "the program picks no arm"
        for arm in ("0.25-mg", "1.25-mg", "6.25-mg"):
            assert run(*shlex.split(offered.replace("ARM", arm))).code == 0, offered
        assert_refused(run(*shlex.split(offered)), 1, "0.25-mg", "1.25-mg", "6.25-mg")


ARMS = a_cycle(
    "amount: {low: 5 AUC, high: 6 AUC}",
    repeat="{every: 21 days}",
    head=("arms: {low: Little, high: Much}",),
)
"""Arms without a default, a dose by GFR, and cycles without a number."""


@pytest.mark.parametrize(
    "typed",
    [
        ("schedule", "imp321", "--height", "170"),
        ("prepare", "imp321", "--height", "170", "--weight", "70", "--start", "2026-12-01"),
        ("diff", "imp321", "imp321", "--bsa=1.8"),
        ("log", "start", "S-07.yaml", "--regimen", "imp321", "--start", "2025-12-01"),
        ("schedule", "own file.yaml", "--start", "2026-12-01", "--format", "csv"),
        ("schedule", "own file.yaml", "--weeks", "6"),
        ("schedule", "own file.yaml", "--gfr", "60", "--times", "cycle=2"),
    ],
    ids=" ".join,
)
def test_the_offered_command_is_what_was_typed_and_what_is_missing(
    typed: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same verb, the path that was named, every option: only what is missing is added."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, ARMS, "own file.yaml")
    result = run(*typed)
    assert_refused(result, 1, "--arm")
    offered = shlex.split(result.err.split("such as: il2calc ")[1])
    assert offered[: len(typed)] == list(typed)
    arm = "1.25-mg" if "imp321" in typed else "high"
    assert run(*(arm if word == "ARM" else word for word in offered)).code == 0, offered


def test_an_arm_is_asked_for_without_what_a_verb_does_not_take(tmp_path: Path) -> None:
    """The bodies of a cohort are in its file."""
    pytest.importorskip("pyarrow", reason="the extra cohort is not installed")
    (tmp_path / "p.csv").write_text("ID,WT,HT\n1,70,170\n", encoding="utf-8")
    typed = ("cohort", "imp321", str(tmp_path / "p.csv"), "-o", str(tmp_path / "x.csv"))
    offered = shlex.split(run(*typed).err.split("such as: il2calc ")[1])
    assert offered == [*typed, "--arm", "ARM"]


def test_a_count_is_asked_for_where_the_file_leaves_it_open() -> None:
    """What is offered works."""
    result = run("schedule", "imatinib")
    assert_refused(result, 1, "imatinib", "cycle", "--cycles 4")
    assert run("schedule", "imatinib", "--cycles", "4").code == 0


def test_a_sex_is_asked_for_where_the_formula_needs_it() -> None:
    """170 cm, 70 kg: 0.000579479 x 170^1.24 x 70^0.38 = 1.698 m2 for men, 1.765 for women."""
    body = ("--weight", "70", "--height", "170", "--bsa-formula", "schlich")
    assert_refused(run(*TRASTUZUMAB, *body), 1, "schlich", "--sex female")
    rows_by_sex = {sex: rows(*TRASTUZUMAB, *body, "--sex", sex)[0] for sex in ("male", "female")}
    assert rows_by_sex["male"]["bsa_m2"].startswith("1.69797628")
    assert rows_by_sex["female"]["bsa_m2"].startswith("1.76542467")


# What is refused


BAD = [
    (("--weight", "1.99"), 2, "2 to 400 kg"),
    (("--weight", "400.1"), 2, "2 to 400 kg"),
    (("--weight", "0"), 2, "2 to 400 kg"),
    (("--weight", "4 lb"), 2, "2 to 400 kg"),
    (("--weight", "NaN"), 2, "154 lb"),
    (("--weight", "inf"), 2, "154 lb"),
    (("--weight", "7e1"), 2, "154 lb"),
    (("--weight", "7_0"), 2, "154 lb"),
    (("--weight", "70,5"), 2, "70.5 kg"),
    (("--weight", "+70"), 2, "154 lb"),
    (("--weight", "-70"), 2, "154 lb"),
    (("--weight", "\N{ARABIC-INDIC DIGIT SEVEN}\N{ARABIC-INDIC DIGIT ZERO}"), 2, "154 lb"),
    (("--weight", "70 stone"), 2, "154 lb"),
    (("--height", "39.9"), 2, "40 to 260 cm"),
    (("--height", "260.1"), 2, "40 to 260 cm"),
    (("--height", "1.70"), 2, "40 to 260 cm"),
    (("--bsa", "0.09"), 2, "0.1 to 4 m2"),
    (("--bsa", "4.01"), 2, "0.1 to 4 m2"),
    (("--bsa-cap", "5"), 2, "0.1 to 4 m2"),
    (("--gfr", "0.9"), 2, "1 to 300 mL/min"),
    (("--gfr", "301"), 2, "1 to 300 mL/min"),
    (("--gfr", "ninety"), 2, "90"),
    (("--bsa", "1.8", "--height", "170"), 2, "--bsa 1.8"),
    (("--bsa", "1.8", "--bsa-formula", "boyd"), 2, "--height"),
    (("--bsa-formula", "mostellar"), 2, "mosteller"),
    (("--sex", "m"), 2, "male"),
    (("--start", "2025-02-30"), 2, "check month and day"),
    (("--start", "06.01.2025"), 2, "2026-12-01"),
    (("--first-dose", "2025-13-01"), 2, "check month and day"),
    (("--start", "2025-01-06", "--first-dose", "2025-01-06"), 2, "one of them"),
    (("--start", "0026-12-01"), 2, "--start: '0026-12-01' is not in the years 1950 to 2049"),
    (("--first-dose", "2206-12-30"), 2, "check the year"),
    (("--from", "2025-01-06"), 1, "--start 2026-12-01"),
    (("--to", "yesterday"), 2, "2026-12-01"),
    (("--start", "2025-01-06", "--from", "2025-02-01", "--to", "2025-01-31"), 2, "earlier"),
    (("--at", "25:00"), 2, "08:00"),
    (("--at", "8:00"), 2, "08:00"),
    (("--arm", "1.25-mg"), 1, "leave --arm out"),
    (("--cycles", "0"), 2, "write it like 4"),
    (("--cycles", "-1"), 2, "write it like 4"),
    (("--cycles", "3"), 1, "at most 2"),
    (("--times", "course=3"), 1, "at most 2"),
    (("--times", "course=0"), 2, "write it like 4"),
    (("--times", "coarse=1"), 1, "course"),
    (("--times", "nothing=1"), 1, 'course=1"'),
    (("--times", "course"), 2, "cycle=4"),
    (("--cycles", "1", "--times", "cycle=2"), 2, "cycle=4"),
    (("--percent", "aldesleukin=0"), 2, "aldesleukin=75 %"),
    (("--percent", "aldesleukn=75"), 1, "did you mean 'aldesleukin'?"),
    (("--percent", "75"), 2, 'write it like --percent "DRUG=75 %"'),
    (("--round", "5"), 2, 'write it like --round "DRUG=5 mg", "DRUG=0.01 mL", DRUG=vial'),
    (("--set", "course.cycle.repeat.res=6 days"), 1, "course.cycle.repeat.rest"),
    (("--set", "course.cycle.repeat.rest=6 months"), 1, "28 days"),
    (("--set", "course.cycle.aldesleukin.amount=72,000 IU/kg"), 1, "72000 IU/kg"),
    (("--set", "course.cycle.repeat.rest"), 2, "6 days"),
    (("--set", "title=Mine"), 1, "course"),
    (("--subject", "=1+1"), 2, "a label begins with a letter or digit"),
    (("--format", "cvs"), 2, "csv"),
    (("--format", "csv", "--brief"), 2, "--format csv"),
    (("--format", "json", "--explain"), 2, "--format json"),
    (("--library", "/no/such/folder"), 1, "folder"),
]


@pytest.mark.parametrize(("args", "code", "word"), BAD, ids=lambda value: str(value)[:40])
def test_bad_input_is_one_plain_line(args: tuple[str, ...], code: int, word: str) -> None:
    """Nothing on standard output, no traceback; the line ends in what would work."""
    typed = args if "--weight" in args else ("--weight", "70", *args)
    assert_refused(run("schedule", "npc-bolus", *typed), code, word)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("npc-bolis", "did you mean 'npc-bolus'?"),
        ("NPC-BOLUS", "did you mean 'npc-bolus'?"),
        ("xyz", "il2calc list"),
        ("", "il2calc list"),
        ("./no-such.yaml", "no such file"),
        ("no-such.yaml", "no such file"),
        ("../", "folder"),
    ],
)
def test_an_unknown_regimen_is_refused_with_the_nearest_or_a_way_on(name: str, word: str) -> None:
    """Every id is named, or what is wrong with the path."""
    assert_refused(run("schedule", name, "--weight", "70"), 1, word)


def test_an_unknown_arm_is_refused_with_the_nearest() -> None:
    """And all there are."""
    result = run("schedule", "imp321", "--arm", "1.25", "--bsa", "1.8")
    assert_refused(result, 1, "did you mean '1.25-mg'?", "0.25-mg", "6.25-mg")


@pytest.mark.parametrize(
    "args",
    [
        ("--set", "a\x1b[31m\nb=c"),
        ("--set", "course.cycle.repeat.rest=a\x1b[31m\nb"),
        ("--percent", "a\n\x1b[31m=x"),
        ("--times", "course\n\x1b[31m=x"),
        ("--output", "no\n\x1b[31m/x"),
        ("--library", "no\n\x1b[31m"),
        ("--subject", "\x1b[31m"),
        ("--format", "\x1b[31m\n"),
        ("--at", "\x1b[31m\n"),
    ],
)
def test_control_characters_in_an_option_are_not_echoed(args: tuple[str, ...]) -> None:
    """One line stays one line, whatever was pasted."""
    result = run(*NPC_70, *args)
    assert_refused(result, result.code)
    assert result.code in {1, 2}


def test_a_path_with_control_characters_is_not_echoed() -> None:
    """A file's name is text too."""
    assert_refused(run("schedule", "./a\x1b[31m\nb.yaml"), 1, "no such file")


def test_a_faulty_file_has_one_line_per_fault(tmp_path: Path) -> None:
    """Each with file and line; nothing else is printed."""
    path = written(tmp_path, a_dose("amount: 10mg", "route: IO", "day: 0"))
    result = run("schedule", path)
    assert (result.code, result.out) == (1, "")
    lines = result.err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{path}:") for line in lines)
    assert "10 mg" in result.err


def test_more_rows_than_anybody_reads_are_refused_before_they_are_made(tmp_path: Path) -> None:
    """100,001 administrations: in a moment, with the limit."""
    path = written(tmp_path, a_cycle(repeat="{times: 999_999, every: 1 days}"))
    assert_refused(run("schedule", path), 1, "100,000")


# What is printed


def test_a_schedule_from_standard_input_says_so() -> None:
    """`-` reads YAML; the sheet names no file that does not exist."""
    result = run("schedule", "-", stdin=a_dose().encode())
    assert result.code == 0
    assert "file     <stdin>, SHA-256 " in result.out
    assert separate("schedule", "-", stdin=a_dose().encode()).out == result.out


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b"\x00", b"- a\n- b\n"])
def test_standard_input_that_is_no_regimen_is_refused(content: bytes) -> None:
    """One line per fault, none of them a traceback."""
    assert_refused(run("schedule", "-", stdin=content), 1, "<stdin>:1: ")


def test_a_file_too_large_to_be_a_regimen_is_refused() -> None:
    """50 MB are not read to their end."""
    assert_refused(run("schedule", "-", stdin=b"a" * 50_000_000), 1, "<stdin>:1: ", "larger")


def test_a_rest_that_was_set_is_the_one_that_is_kept() -> None:
    """Six treatment-free days: cycle 2 begins on day 12; every output says what was set."""
    command = (*NPC, "--set", "course.cycle.repeat.rest=6 days")
    change = "course.cycle.repeat.rest: 7 days -> 6 days"
    assert rows(*command)[15]["regimen_day"] == "12"
    assert rows(*command)[0]["set"] == change
    assert any(change in caution for caution in cautions(*command))
    assert f"set      {change}" in printed(*command)
    assert document(*command)["set"] == {
        "course.cycle.repeat.rest": {"from": "7 days", "to": "6 days"}
    }
    assert "7 days -" in printed(*command, "--format", "markdown")


@pytest.mark.parametrize("name", ["npc-bolus", "trastuzumab"])
def test_the_ready_option_of_an_assumption_can_be_pasted(name: str) -> None:
    """`Otherwise: --set ...` is a promise."""
    settings = [
        assumption.setting for assumption in language.load(name).assumptions if assumption.setting
    ]
    assert settings
    for setting in settings:
        assert run(*EVERY_REGIMEN[name], *shlex.split(setting)).code == 0, setting


def test_dates_from_the_first_dose_are_those_from_day_1() -> None:
    """Day -21 = 2024-01-01 and day 1 = 2024-01-22 are one schedule."""
    by_start = rows(*IMATINIB[:-2], "--start", "2024-01-22")
    assert rows(*IMATINIB) == by_start
    assert len(by_start) == 35 + 3 * (14 + 5)


def test_the_start_time_is_that_of_every_day() -> None:
    """From 07:30, dose 2 at 15:30; default 08:00, shown in the head."""
    assert [row["time"] for row in rows(*NPC, "--at", "07:30")][:3] == ["07:30", "15:30", "23:30"]
    assert "08:00" in printed(*NPC).split("\nday ")[0]


def test_a_level_is_an_arm() -> None:
    """Two names of one option."""
    arm = run("schedule", "imatinib", "--cycles", "1", "--arm", "level-3")
    assert run("schedule", "imatinib", "--cycles", "1", "--level", "level-3") == arm
    assert "caution: level-3 is above the maximum tolerated dose" in arm.err


def test_turns_can_be_given_by_name_or_path() -> None:
    """`--cycles N` is `--times cycle=N`."""
    one = rows(*NPC, "--cycles", "1")
    assert len(one) == 2 * 15
    assert rows(*NPC, "--times", "cycle=1") == one
    assert rows(*NPC, "--times", "course.cycle=1") == one
    assert len(rows(*NPC, "--times", "course=1")) == 2 * 15
    assert len(rows(*NPC, "--times", "course=1", "--cycles", "1")) == 15


def test_a_block_name_met_twice_needs_its_path(tmp_path: Path) -> None:
    """Both paths are offered."""
    block = """
          - block: {}
            repeat: {{times: 1, every: 42 days}}
            blocks:
              - block: cycle
                repeat: {{times: 2, every: 21 days}}
                doses: [{{drug: primumab, amount: 5 mg, route: IV, day: 1}}]
    """
    text = a_file(f"        blocks:{block.format('first').rstrip()}{block.format('second')}")
    path = written(tmp_path, text)
    result = run("schedule", path, "--cycles", "1")
    assert_refused(result, 1, "first.cycle=1", "second.cycle=1")
    assert len(rows("schedule", path, "--times", "first.cycle=1")) == 1 + 2


def test_a_percentage_is_shown_with_its_arithmetic() -> None:
    """75 % of 5,040,000 = 3,780,000 units, marked on every row and cautioned."""
    command = (*NPC, "--percent", "aldesleukin=75 %")
    assert amounts(*command) == {"3780000"}
    text = printed(*command, "--explain")
    assert "3.78 million units" in text
    assert "75 % of 5,040,000 units = 3,780,000 units" in text
    assert "percent  aldesleukin: 75 % of the amount in the file" in text
    assert any("75 %" in caution for caution in cautions(*command))


def test_a_cap_on_the_body_surface_is_cautioned_where_it_applies() -> None:
    """190 cm, 150 kg: 2.814 m2 counted as 2: 1 and 12 million units/m2 become 2 and 24 million."""
    body = ("--weight", "150", "--height", "190", "--bsa-cap", "2.0")
    assert amounts(*TRASTUZUMAB, *body) == {"600", "2000000", "24000000"}
    assert any("2.814 m2" in caution for caution in cautions(*TRASTUZUMAB, *body))
    head = printed(*TRASTUZUMAB, *body).split("\nday ")[0]
    assert "2.814 m2" in head
    assert "counted as 2 m2" in head
    small = ("--weight", "70", "--height", "170", "--bsa-cap", "2.0")
    assert cautions(*TRASTUZUMAB, *small) == []


def test_pounds_and_inches_are_kg_and_cm() -> None:
    """154 lb x 0.45359237 = 69.85322498 kg; 67 in x 2.54 = 170.18 cm."""
    patient = document(*TRASTUZUMAB, "--weight", "154 lb", "--height", "67 in")["patient"]
    assert (patient["weight_kg"], patient["height_cm"]) == (D("69.85322498"), D("170.18"))


def test_every_formula_can_be_chosen() -> None:
    """Du Bois, 170 cm, 70 kg: 1.809707801753247 m2 published."""
    body = ("--weight", "70", "--height", "170", "--bsa-formula", "du-bois")
    assert rows(*TRASTUZUMAB, *body)[0]["bsa_m2"].startswith("1.80970780175324")
    assert document(*TRASTUZUMAB, *body)["patient"]["bsa_formula"] == "du-bois"


def test_a_body_out_of_proportion_is_cautioned() -> None:
    """10 kg at 190 cm: 2.77 kg/m2."""
    texts = cautions(*TRASTUZUMAB, "--weight", "10", "--height", "190")
    assert any("2.77 kg/m2" in caution for caution in texts)


def test_rows_can_be_chosen_by_their_dates() -> None:
    """Both ends belong to it; one end may be left open."""
    assert len(rows(*NPC, "--from", "2025-01-18", "--to", "2025-01-23")) == 15
    assert len(rows(*NPC, "--to", "2025-01-06")) == 2
    assert len(rows(*NPC, "--from", "2025-03-16")) == 1
    assert len(rows(*NPC, "--from", "2025-01-11", "--to", "2025-01-11")) == 1
    assert run(*NPC, "--from", "2025-01-18", "--format", "csv").err.startswith("rows 16-60 of 60")
    sheet = run(*NPC, "--from", "2025-01-18", "--format", "markdown")
    assert ("rows 16-60 of 60" in sheet.out, "rows 16-60" in sheet.err) == (True, False)
    assert (
        "rows" not in run(*NPC, "--from", "2025-01-06", "--format", "csv").err.split("caution")[0]
    )


def test_a_library_of_the_users_own_is_looked_up_first(tmp_path: Path) -> None:
    """Its file hides the one that ships, and that is reported; by option or by environment."""
    shipped = language.load("npc-bolus").origin.file
    text = Path(shipped).read_text(encoding="utf-8").replace("72_000 IU/kg", "36_000 IU/kg")
    path = written(tmp_path, text, "npc-bolus.yaml")
    for result in (
        run(*NPC, "--format", "csv", "--library", str(tmp_path)),
        run(*NPC, "--format", "csv", env={"IL2CALC_LIBRARY": str(tmp_path)}),
    ):
        assert ",2520000,[iU]," in result.out
        assert f"caution: {path} is used instead of the shipped npc-bolus" in result.err
    assert "file     npc-bolus.yaml, SHA-256 " in printed(*NPC, "--library", str(tmp_path))
    assert amounts(*NPC) == {"5040000"}


def test_a_regimen_of_the_users_own_is_found_by_its_id(tmp_path: Path) -> None:
    """Nothing is hidden, nothing is reported."""
    written(tmp_path, a_dose())
    result = run("schedule", "examplumab", "--library", str(tmp_path))
    assert (result.code, result.err) == (0, "")
    assert run("schedule", "npc-bolus", "--weight", "70", "--library", str(tmp_path)).code == 0


def test_the_version_may_be_asked_of_the_verb_too() -> None:
    """Without a regimen, as of the bare command."""
    result = run("schedule", "--version")
    assert (result.code, result.out) == (0, run("--version").out)


# Time zones


def test_a_zone_is_an_option() -> None:
    """Across the change of 2026-03-29 row 4 is due 24 hours after row 1, at 09:00."""
    args = (*NPC[:-1], "2026-03-28", "--tz", "Europe/London")
    assert rows(*args)[3]["time"] == "09:00+01:00"


def test_rows_that_a_change_of_clocks_touches_are_cautioned_and_strict_stops_there() -> None:
    """A script that asked for no caution must not go on over a short interval."""
    args = (*NPC[:-1], "2026-03-28", "--times", "course=1", "--tz", "Europe/London")
    result = run(*args, "--format", "json", "--strict")
    assert result.code == 3
    by_code = {caution["code"]: caution for caution in json.loads(result.out)["cautions"]}
    assert by_code["clock-change"]["administrations"] == list(range(4, 16))
    assert "caution: Europe/London: rows 4 to 15, on elapsed time" in result.err


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (("--tz", "Europe/London"), 1, "--tz gives dates a time zone: give --start 2026-12-01"),
        (("--tz", "London"), 2, "--tz: no time zone is called 'London'; did you mean"),
        (("--tz", "EST"), 2, "--tz: 'EST' is an offset, which has no clock changes"),
    ],
)
def test_a_zone_that_says_nothing_is_refused(args: tuple[str, ...], code: int, word: str) -> None:
    """In one line, with what would be right."""
    assert_refused(run("schedule", "npc-bolus", "--weight", "70", *args), code, word)


@pytest.mark.hazard(35)
@pytest.mark.parametrize(
    "args", [("imp321", "--arm", "62.5-mg", "--bsa", "1.8"), ("imatinib", "--arm", "level2")]
)
def test_no_arm_is_advised_that_nobody_typed(args: tuple[str, ...]) -> None:
    """A dose level copied from the advice is a dose level that nobody prescribed."""
    result = run("schedule", *args)
    assert (result.code, "did you mean" in result.err, "Try" in result.err) == (1, False, False)
    assert "Known: " in result.err


# Hints that name a regimen


def test_a_hint_names_an_own_file_by_the_path_that_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its id is on no shelf: `il2calc show my reg` finds nothing. Each hint is pasted."""
    monkeypatch.chdir(tmp_path)
    result = run("new", "my reg.yaml", "--drug", "trastuzumab").err
    assert result.endswith("il2calc show 'my reg.yaml'\n")
    short, full = (run("schedule", "my reg.yaml", *more).out for more in ((), ("--notes", "full")))
    for text, command in (
        (short, "il2calc show 'my reg.yaml'"),
        (full, "il2calc prepare 'my reg.yaml'"),
        (result, "il2calc show 'my reg.yaml'"),
    ):
        assert command in text
        assert run(*shlex.split(command)[1:]).code == 0


def test_a_hint_names_a_file_of_a_library_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By which it is found there; what ships likewise."""
    monkeypatch.chdir(tmp_path)
    run("new", "mine.yaml", "--drug", "trastuzumab")
    hint = "in full: --notes full, or il2calc show"
    assert f"{hint} mine)" in run("schedule", "mine", "--library", str(tmp_path)).out
    assert f"{hint} npc-bolus)" in printed(*NPC)


def test_a_hint_names_no_folder_of_a_machine(tmp_path: Path) -> None:
    """A sheet is passed on, and its head names such a file without its folders, too."""
    file = tmp_path / "mine.yaml"
    run("new", str(file), "--drug", "trastuzumab")
    short = run("schedule", str(file)).out
    full = run("schedule", str(file), "--notes", "full").out
    assert "in full: --notes full)" in short
    assert "il2calc drug NAME and il2calc screen NAME say more about trastuzumab." in full
    assert str(tmp_path) not in short + full


def test_a_step_in_a_unit_of_other_drugs_is_refused_at_its_option() -> None:
    """With one that works; a step of nobody's drug and vials are refused as before."""
    result = run(*NPC, "--round", "aldesleukin=5 mg")
    works = "aldesleukin=1 IU"
    problem = "--round aldesleukin: mg and IU measure different things"
    assert_refused(result, 1, f'{problem}; write it like --round "{works}"')
    assert run(*NPC, "--round", works).code == 0


def test_a_step_in_a_unit_of_other_drugs_is_refused_for_amounts_by_bands_too(
    tmp_path: Path,
) -> None:
    """The message named no option, no drug and no unit that works."""
    text = a_dose("amount: {below 50 kg: 5 mg, 50 kg or more: 10 mg}")
    options = ("--weight", "70", "--round", "examplumab=5 IU")
    result = run("schedule", written(tmp_path, text), *options)
    problem = "--round examplumab: IU and mg measure different things"
    assert_refused(result, 1, f'{problem}; write it like --round "examplumab=1 mg"')


def test_bands_in_a_unit_of_other_drugs_are_refused_at_their_option(tmp_path: Path) -> None:
    """Which file, and which of its two units, nobody could see in the message before."""
    file = written(tmp_path, "low,high,give,unit\n0.2,0.4,0.3,mg\n", "bands.csv")
    result = run(*NPC, "--round", f"aldesleukin=bands:{file}")
    problem = "--round aldesleukin: mg and IU measure different things; give bands in IU"
    assert_refused(result, 1, problem)
