"""`il2calc verify`: the files against their record, and the schedules that ship computed again."""

from __future__ import annotations

import base64
import hashlib
import json
import py_compile
import subprocess
import sys
import zoneinfo
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from importlib import metadata
from importlib.util import cache_from_source
from io import BytesIO
from pathlib import Path

import pytest
import yaml

import goldens as chosen
import il2calc
from commandline import Result, assert_refused, environment, run
from il2calc.cli import formats, goldens, verify_verb
from il2calc.cli.goldens import Computed, Golden
from il2calc.cli.verify_verb import Check, NotVerifiableError
from il2calc.language import load, shelf
from il2calc.model.patient import FORMULA_NAMES
from il2calc.plan.dosing import Dosed
from oracle.meaning import Person, rows

CHECKED = py_compile.PycInvalidationMode.CHECKED_HASH
KEPT = goldens.read()
WHOLE = "il2calc/__init__.py", "il2calc/regimens/x.yaml", "il2calc/regimens/drugs/y.yaml"
NOT_FOR_ORACLE = {
    "chronic-gvhd": "an open dose of the outermost list",
    "lifileucel": "a day 0, and a range of hours",
    "rcc-hybrid": "an amount per day of an infusion of several days",
    "rcc-infusion": "the same",
}
"""Regimens that say what the second implementation does not read."""


def few() -> list[Golden]:
    """One schedule by weight, one by area."""
    names = ("npc-bolus", "aipac")
    return [next(golden for golden in KEPT if golden.regimen == name) for name in names]


# The schedules that ship


def test_every_regimen_every_arm_and_every_formula_ships_as_a_golden() -> None:
    """What no golden holds is not verified; 60 schedules at the least."""
    assert len(KEPT) >= 60
    formulas = {golden.given.get("bsa_formula") for golden in KEPT} - {None}
    assert formulas == {*FORMULA_NAMES}
    shipped = {(golden.regimen, golden.given.get("arm")) for golden in KEPT}
    for name in shelf.regimen_files():
        assert {(name, arm) for arm in load(name).arms or (None,)} <= shipped


def test_the_goldens_that_ship_are_what_the_tests_hold() -> None:
    """A number that moves moves here first: python tests/goldens.py, then look at what changed."""
    assert chosen.FILE.read_text(encoding="utf-8") == chosen.written(chosen.all_of_them())


def test_the_goldens_are_what_a_second_implementation_gives() -> None:
    """Time and amount of every row on exact fractions, by code that never saw the program.

    The body surface area is that of the golden; the program keeps 28 digits of it.
    """
    scales = {"g": Fraction(1000), "ug": Fraction(1, 1000)}
    compared = 0
    for golden in KEPT:
        if golden.regimen in NOT_FOR_ORACLE or "tz" in golden.given:  # it knows no change of clocks
            continue
        arm = golden.given.get("arm")
        body = chosen.for_oracle(yaml.safe_load(shelf.find(golden.regimen).content), arm)
        area = next(filter(None, golden.column("bsa_m2")), "1")
        hour, minute = golden.given.get("at", "08:00").split(":")
        weight, gfr = Fraction(golden.given["weight"]), Fraction(golden.given["gfr"])
        person = Person(weight, Fraction(area), gfr, {})
        oracle_rows = list(rows(body, person, int(hour) * 60 + int(minute)))
        first = min(row.minute for row in oracle_rows)
        columns = zip(
            golden.column("hours"), golden.column("amount"), golden.column("unit"), strict=True
        )
        given = sorted(
            (Fraction(hours), Fraction(amount or 0) * scales.get(unit, Fraction(1)))
            for hours, amount, unit in columns
        )
        assert len(given) == len(oracle_rows), golden.name()
        expected = sorted((Fraction(row.minute - first, 60), row.amount) for row in oracle_rows)
        for (hours, amount), (due, much) in zip(given, expected, strict=True):
            assert abs(hours - due) < Fraction(1, 10**20), golden.name()
            assert abs(amount - much) <= much / 10**20, golden.name()
        compared += 1
    assert compared >= 60


@pytest.mark.parametrize("format_", [*goldens.BY_VALUE, *goldens.BY_ROW, *goldens.PICTURES])
def test_every_format_holds_what_it_must(format_: str) -> None:
    for golden in [*few(), next(golden for golden in KEPT if "tz" in golden.given)]:
        remade = goldens.compute(golden.regimen, golden.given)
        assert list(goldens.differences(golden, remade, format_)) == []


def changed(good: Computed, factor: Decimal) -> Computed:
    """A schedule as a damaged program would have made it: its third row is another dose."""
    first, second, third, *rest = good.schedule.administrations
    assert isinstance(third.dosed, Dosed)
    third = replace(third, dosed=third.dosed._replace(value=third.dosed.value * factor))
    administrations = (first, second, third, *rest)
    return good._replace(
        schedule=replace(good.schedule, administrations=administrations, shown=administrations)
    )


@pytest.mark.hazard(44)
@pytest.mark.parametrize("format_", [*goldens.BY_VALUE, *goldens.BY_ROW])
def test_another_amount_is_reported_in_every_format(format_: str) -> None:
    """A tenth more in the third row, which no other row shows."""
    golden = few()[0]
    remade = goldens.compute(golden.regimen, golden.given)
    more = changed(remade, Decimal("1.1"))
    differences = list(goldens.differences(golden, more, format_))
    assert differences
    assert differences[0].startswith("row 3"), differences


@pytest.mark.parametrize("format_", ["csv", "json", "events"])
def test_a_missing_row_is_reported(format_: str) -> None:
    golden = few()[0]
    good = goldens.compute(golden.regimen, golden.given)
    administrations = good.schedule.administrations[:-1]
    less = good._replace(
        schedule=replace(good.schedule, administrations=administrations, shown=administrations)
    )
    first, *_ = goldens.differences(golden, less, format_)
    assert first == "59 rows, not 60"


def test_other_totals_and_a_picture_without_a_name_are_reported() -> None:
    """A total that does not follow from its rows; a picture of something else."""
    golden = few()[0]
    remade = goldens.compute(golden.regimen, golden.given)
    other = golden._replace(totals=(("aldesleukin", "1", "[iU]"),))
    (difference,) = goldens.differences(other, remade, "json")
    assert difference.startswith("totals: ")
    regimen = replace(remade.schedule.regimen, id="x")
    nameless = remade._replace(schedule=replace(remade.schedule, regimen=regimen))
    problem = "the picture does not name the regimen"
    assert list(goldens.differences(golden, nameless, "timeline")) == [problem]


@pytest.mark.parametrize(
    ("word", "text", "holds"),
    [
        ("2 mg", "drug 2 mg, SC", True),
        ("2 mg", "drug 12 mg, SC", False),
        ("2 mg", "12 mg or 2 mg", True),
        ("2 mg", "2 mg", True),
        ("2 mg", "2 mgs", False),
        ("2 mg", "1.2 mg", False),
        ("00:00", "08:00:00", False),
    ],
)
def test_an_amount_is_no_part_of_a_longer_one(word: str, text: str, *, holds: bool) -> None:
    """A row that shows 12 mg does not show 2 mg."""
    assert goldens._contains(word, text) is holds  # noqa: SLF001 - its edges show nowhere else


# The files


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small installation of which there is a record; the folder that holds it."""
    info = tmp_path / "il2calc-0.1.0.dist-info"
    info.mkdir()
    lines = []
    for name in WHOLE:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
        digest = base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest())
        lines.append(f"{name},sha256={digest.rstrip(b'=').decode()},{len(name)}\n")
    (info / "RECORD").write_text("".join([*lines, "il2calc-0.1.0.dist-info/RECORD,,\n"]), "utf-8")
    py_compile.compile(str(tmp_path / WHOLE[0]), invalidation_mode=CHECKED)
    monkeypatch.setattr(il2calc, "__file__", str(tmp_path / WHOLE[0]))
    distributions = [metadata.PathDistribution(info)]
    monkeypatch.setattr(metadata, "distributions", lambda **_: iter(distributions))
    return tmp_path


def test_an_installation_as_it_shipped_is_counted_by_kind(wheel: Path) -> None:
    """A module, a regimen and a monograph; what Python compiled is in no record and no fault."""
    assert wheel.is_dir()
    assert verify_verb.files() == (1, 1, 1, 0, (), (), ())


@pytest.mark.hazard(44)
def test_a_changed_byte_a_missing_and_an_extra_file_are_each_named(wheel: Path) -> None:
    """One byte in a regimen changes a dose; a file that nobody shipped may replace another."""
    regimen, drug = wheel / WHOLE[1], wheel / WHOLE[2]
    regimen.write_bytes(regimen.read_bytes().replace(b"x", b"y", 1))
    drug.unlink()
    (wheel / "il2calc" / "more.py").write_text("", "utf-8")
    files = verify_verb.files()
    assert files.differing == (WHOLE[1],)
    assert files.missing == (WHOLE[2],)
    assert files.extra == ("il2calc/more.py",)
    check = verify_verb._installation()  # noqa: SLF001 - the page of it is too long to compute here
    assert check.differences == (
        f"differs: {WHOLE[1]}",
        f"missing: {WHOLE[2]}",
        "extra, in no record: il2calc/more.py",
    )
    assert "1 modules, 0 other files. Not as recorded: 1 differing, 1 missing, 1 extra" in (
        check.text
    )


@pytest.mark.hazard(44)
def test_what_python_compiled_is_compared_with_its_module(wheel: Path) -> None:
    """Python runs the compiled file where there is one: a dose changed there is in no module."""
    module = wheel / WHOLE[0]
    for optimize in (0, 1, 2):  # python, python -O, python -OO
        py_compile.compile(str(module), optimize=optimize, invalidation_mode=CHECKED)
    assert verify_verb.files().differing == ()
    (other := wheel / "other.py").write_text("dose = 300_001\n", "utf-8")
    cache = cache_from_source(str(module))
    py_compile.compile(str(other), cfile=cache, invalidation_mode=CHECKED)
    paths = (Path(cache).relative_to(wheel).as_posix(),)
    assert verify_verb.files().differing == paths
    Path(cache).write_bytes(b"cut off")
    assert verify_verb.files().differing == paths


@pytest.mark.hazard(44)
def test_compiled_files_of_no_module_and_a_linked_folder_are_extra(wheel: Path) -> None:
    """Neither has a record; both can be run in place of what has."""
    (package := wheel / "il2calc").joinpath("__pycache__", "x.pyc").write_bytes(b"x")
    (wheel / "elsewhere").mkdir()
    (package / "plan").symlink_to(wheel / "elsewhere")
    assert verify_verb.files().extra == ("il2calc/__pycache__/x.pyc", "il2calc/plan")


def test_compiled_files_that_are_kept_elsewhere_are_not_looked_for(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PYTHONPYCACHEPREFIX` keeps them away from the package; what is in it is not run."""
    monkeypatch.setattr(sys, "pycache_prefix", "/nowhere")
    files = verify_verb.files()
    assert files.differing == ()
    assert [Path(name).parent.name for name in files.extra] == ["__pycache__"]
    assert wheel.is_dir()


@pytest.mark.hazard(44)
@pytest.mark.parametrize("rest", [",,", "", ",md0=x,9"])
def test_a_record_without_a_hash_holds_nothing(rest: str, wheel: Path) -> None:
    """The hash of a changed file may be gone from the record too, or be none that can be made."""
    record = wheel / "il2calc-0.1.0.dist-info" / "RECORD"
    lines = record.read_text("utf-8").splitlines()
    lines[1] = f"{WHOLE[1]}{rest}"
    record.write_text("\n".join(lines), "utf-8")
    assert verify_verb.files().differing == (WHOLE[1],)


def test_a_file_that_cannot_be_read_differs(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody can look into is not known to be whole."""
    read = Path.read_bytes

    def fail(path: Path) -> bytes:
        if path == wheel / WHOLE[1]:
            raise PermissionError(13, "denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert verify_verb.files().differing == (WHOLE[1],)


@pytest.mark.parametrize("why", ["another copy", "no such file", "no record"])
def test_what_has_no_record_of_its_own_is_not_verifiable(
    why: str, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout beside an installed il2calc is not what was installed."""
    if why == "another copy":
        (wheel / "copy.py").write_text("", "utf-8")
        monkeypatch.setattr(il2calc, "__file__", str(wheel / "copy.py"))
    elif why == "no such file":
        (wheel / WHOLE[0]).unlink()
    else:
        (wheel / "il2calc-0.1.0.dist-info" / "RECORD").unlink()
    with pytest.raises(NotVerifiableError, match="install the wheel to verify it"):
        verify_verb.files()


# What it runs with


def test_the_versions_of_all_that_is_needed_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Itself, Python, the system, every dependency and the extras that are there."""
    needs = ["pint>=0.25", "nowhere-at-all>=1", "pytest>=8; extra == 'test'"]
    needs.append("pypdf>=6; extra == 'pdf'")
    monkeypatch.setattr(metadata, "requires", lambda _: needs)
    versions = verify_verb.versions()
    assert {"il2calc", "Python", "system", "pint", "pypdf", "time zone data"} <= versions.keys()
    assert not {"nowhere-at-all", "pytest"} & versions.keys()

    def unknown(_: str) -> list[str]:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "requires", unknown)
    assert "pint" not in verify_verb.versions()


def test_the_time_zone_data_is_that_which_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's comes first; without it, that of the package."""
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path / "none"), str(tmp_path)))
    assert verify_verb.zones() == "of no known version, of the system"
    (tmp_path / "tzdata.zi").write_text("# version 2026a\n", "utf-8")
    assert verify_verb.zones() == "2026a, of the system"
    (tmp_path / "tzdata.zi").write_text("R x\n", "utf-8")
    assert verify_verb.zones() == "of no known version, of the system"
    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    assert verify_verb.zones() == f"{metadata.version('tzdata')}, of the package tzdata"
    monkeypatch.setattr(verify_verb, "_version", lambda _: None)
    assert verify_verb.zones() == "none, of the package tzdata"


# The page


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Two schedules, and files as they shipped."""
    monkeypatch.setattr(goldens, "read", few)
    all_files = verify_verb.Files(40, 6, 140, 12, (), (), ())
    monkeypatch.setattr(verify_verb, "files", lambda: all_files)
    return monkeypatch


@pytest.mark.usefixtures("quick")
def test_a_good_installation_is_one_page_with_room_for_two_signatures() -> None:
    """What was looked at and how much of it, with what, and by whom it is signed."""
    result = run("verify", env={"COLUMNS": "80"})
    assert (result.code, result.err) == (0, "")
    for expected in (
        "files: as it should be. By SHA-256 as recorded: 40 regimens, 6 monographs, 140",
        "schedules: as it should be. 2 schedules of 2 regimens",
        "csv: as it should be. Every value of every row",
        "html: as it should be. Date, time, drug and amount of every row, read back.",
        "pdf: as it should be. 2 sheets produced",
        "il2calc 0.1.0; Python 3.",
        "time zone data",
        "Nothing differs.",
        "Carried out by: name ____",
        "Checked by: name ____",
    ):
        assert expected in " ".join(result.out.split()), expected
    lines = result.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) < 60


@pytest.mark.usefixtures("quick")
def test_the_page_is_json_and_pdf_too(tmp_path: Path) -> None:
    """The same checks for programs, and a PDF of one page that holds the same lines."""
    data = json.loads(run("verify", "--format", "json").out)
    assert data["format"] == "il2calc.verification/1"
    assert data["holds"] is True
    assert [check["check"] for check in data["installation"]] == ["files"]
    names = [check["check"] for check in data["operation"]]
    assert names == ["schedules", *sorted(formats.FORMATS, key=names.index)]
    assert all(check["differences"] == [] and check["done"] for check in data["operation"])
    path = tmp_path / "v.pdf"
    assert run("verify", "-o", str(path)) == Result(0, "", f"written: {path} (pdf)\n")
    assert run("verify", "-o", str(tmp_path / "v.json"), "--quiet").err == ""
    pypdf = pytest.importorskip("pypdf")
    (page,) = pypdf.PdfReader(BytesIO(path.read_bytes())).pages
    text = " ".join(page.extract_text().split())
    for message in ("Verification of an il2calc installation", "Nothing differs.", "Checked by"):
        assert message in text


def test_a_page_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute's work must not end in a slip of its path; nothing is changed by the trial."""
    monkeypatch.setattr(verify_verb, "files", pytest.fail)
    regimen = tmp_path / "mine.yaml"
    regimen.write_text("regimen: mine\n", encoding="utf-8")
    for path, words in (
        (tmp_path, "it is a folder"),
        (tmp_path / "no" / "v.json", "No such file or directory"),
        (regimen, "is a regimen, which no output overwrites"),
    ):
        assert_refused(run("verify", "--format", "json", "-o", str(path)), 1, words)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


@pytest.mark.hazard(44)
def test_a_schedule_that_comes_out_otherwise_ends_with_1(quick: pytest.MonkeyPatch) -> None:
    """Each format says which schedule, row and value; the page says that it does not hold."""
    golden = few()[0]
    wrong = golden._replace(cells={**golden.cells, "amount": [("1", golden.rows)]})
    quick.setattr(goldens, "read", lambda: [wrong])
    result = run("verify")
    assert result.code == 1
    assert "csv: DIFFERS." in result.out
    difference = f"{golden.name()}: row 1, amount: 6004800, not 1"
    assert golden.given["weight"] == "83.4", "72,000 x 83.4 = 6,004,800"
    assert difference in " ".join(result.out.split())
    assert "Not as it should be: 8 findings above." in result.out


def test_a_damaged_program_is_reported_without_a_traceback(quick: pytest.MonkeyPatch) -> None:
    """Goldens that cannot be read, a schedule that cannot be made, a format that cannot write."""

    def fail(*_: object, **__: object) -> None:
        raise ImportError("no module named x")

    quick.setattr(goldens, "differences", fail)
    quick.setattr("il2calc.format.printed.pdf", fail)
    output = " ".join(run("verify", env={"COLUMNS": "200"}).out.split())
    assert "cannot be written: ImportError: no module named x" in output
    assert "cannot be produced: ImportError: no module named x" in output
    quick.setattr(goldens, "compute", fail)
    output = " ".join(run("verify", env={"COLUMNS": "200"}).out.split())
    assert "cannot be calculated: ImportError: no module named x" in output
    quick.setattr(goldens, "read", fail)
    last = run("verify")
    assert last.code == 1
    assert "they cannot be read here: ImportError" in " ".join(last.out.split())


@pytest.mark.parametrize("module", ["plan.calendar", "language"])
def test_a_module_that_is_missing_is_reported_on_the_page(module: str) -> None:
    """It was a traceback, which names neither the file nor what else is missing."""
    without = f"import sys; sys.modules['il2calc.{module}'] = None; sys.argv[0] = 'il2calc'\n"
    started = without + "from il2calc.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", started, "verify"],
        capture_output=True, check=False, encoding="utf-8", env=environment(COLUMNS="200"),
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (1, "")
    page = " ".join(result.stdout.split())
    assert f"cannot be read here: ModuleNotFoundError: import of il2calc.{module} halted" in page
    assert "Signatures" in page


def test_sheets_that_cannot_be_set_at_all_are_reported(quick: pytest.MonkeyPatch) -> None:
    """What `format.printed` lacks was a traceback, after all had been looked at."""
    quick.setattr(verify_verb, "find_spec", lambda _: True)
    quick.delattr("il2calc.format.printed", raising=False)
    quick.setitem(sys.modules, "il2calc.format.printed", None)
    output = " ".join(run("verify", env={"COLUMNS": "200"}).out.split())
    assert "pdf: DIFFERS. no sheet can be produced here: " in output


def test_half_a_pdf_is_reported(quick: pytest.MonkeyPatch) -> None:
    """A file that ends early opens nowhere."""
    quick.setattr("il2calc.format.printed.pdf", lambda *_: b"%PDF-1.7 ")
    assert "is not a complete PDF" in " ".join(run("verify").out.split())


def test_without_its_extra_a_pdf_is_not_looked_at(quick: pytest.MonkeyPatch) -> None:
    """And that is no fault."""
    quick.setattr(verify_verb, "find_spec", lambda _: None)
    result = run("verify")
    assert result.code == 0
    assert "pdf: not checked. The extra is not installed" in result.out


def test_a_checkout_is_not_verifiable_and_ends_with_1(quick: pytest.MonkeyPatch) -> None:
    """Its schedules are computed all the same."""

    def checkout() -> None:
        raise NotVerifiableError("it runs from a checkout; install the wheel to verify it")

    quick.setattr(verify_verb, "files", checkout)
    result = run("verify")
    assert result.code == 1
    assert "files: NOT VERIFIABLE.\n" in result.out
    assert "not verifiable: it runs from a checkout; install the wheel" in result.out
    assert "csv: as it should be" in result.out
    assert "1 finding above" in result.out


def test_of_many_differences_the_first_are_shown() -> None:
    """The page stays one; JSON has all of them."""
    check = Check("csv", "x", tuple(f"row {number}" for number in range(25)))
    lines = list(verify_verb._check_lines(check))  # noqa: SLF001 - a page of it would take minutes
    assert lines[-2:] == ["  row 4", "  and 20 more; all of them: --format json"]
