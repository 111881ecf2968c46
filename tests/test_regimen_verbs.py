"""The verbs about regimen files: `list`, `show`, `check`, `schema`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from commandline import (
    assert_refused,
    document,
    is_plain,
    needs_posix,
    printed,
    run,
    separate,
    written,
)
from filetext import a_dose
from il2calc import language
from il2calc.cli import output
from il2calc.language.regimen_keys import REGIMEN
from il2calc.report.lines import width_of
from il2calc.text.shapes import json_schema
from logtext import a_log

SHIPPED = sorted(path.stem for path in language.shelf.shipped().glob("*.yaml"))
DRUGS = ["IMP321", "aldesleukin", "cyclophosphamide", "imatinib", "paclitaxel", "trastuzumab"]
CROSSING = a_dose("day: -3 to 3")
"""A range across zero that nobody has confirmed: it loads, and should be looked at."""


def ids(text: str) -> list[str]:
    """The regimens of a list, which are listed under their diseases."""
    return [line.split()[0] for line in text.splitlines() if line.startswith("  ")]


# list


def test_the_list_has_one_line_per_regimen() -> None:
    """Under their diseases in the order of the alphabet, there in the order of their ids."""
    lines = printed("list").splitlines()
    assert sorted(ids("\n".join(lines))) == SHIPPED
    headings = [line for line in lines if not line.startswith("  ")]
    assert headings == sorted(set(headings), key=str.casefold)
    first = lines.index("acute myeloid leukaemia in first complete remission")
    assert ids("\n".join(lines[first + 1 : first + 4])) == ["alfa-9801", "aml-12", "calgb-19808"]


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_list_fits_a_terminal(columns: int, tmp_path: Path) -> None:
    """Every regimen on one line with its whole id; what it leaves out is marked by dots.

    In a pipe nothing is left out. A file with faults, and letters two columns wide, fit too.
    """
    written(tmp_path, a_dose("amount: 10mg"), "bad-one-with-a-name.yaml")
    wide = a_dose(head=("regimen: wide", f"title: {'療法 ' * 40}"))
    written(tmp_path, wide, "wide.yaml")
    library = ("--library", str(tmp_path))
    short = printed("list", *library, columns=columns)
    assert all(width_of(line) <= columns for line in short.splitlines())
    assert ids(short) == ids(printed("list", *library))
    assert "療法 ..." in short
    assert "1 fault; see: il2calc check" in short
    assert "..." not in printed("list", *library)
    lines_by_id = {line.split()[0]: line for line in short.splitlines() if line.startswith("  ")}
    assert "4 arms" in lines_by_id["imatinib"]
    assert "count open" in lines_by_id["imatinib"]


def test_a_list_wide_enough_says_all() -> None:
    """300 columns hold every line: they are those of a pipe."""
    shipped = {line.strip() for line in printed("list").splitlines()}
    assert {" ".join(line.split()) for line in printed("list", columns=300).splitlines()} == {
        " ".join(line.split()) for line in shipped
    }


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("--match", "MYELOID"), ["alfa-9801", "aml-12", "calgb-19808"]),
        (("--match", "imail"), ["imatinib"]),
        (("--match", "9661"), ["calgb-9661"]),
        (("--match", "fluorouracil"), ["rcc-french-group", "rcc-home-therapy"]),
        (("--match", "eftilagimod"), ["aipac", "imp321"]),
        (("--for", "lupus"), ["lupus-low-dose", "lupus-three-doses"]),
        (("--drug", "Paclitaxel"), ["aipac", "imp321"]),
        (("--drug", "efti"), ["aipac", "imp321"]),
        (("--drug", "FLUDARA"), ["fludarabine-cyclophosphamide", "lifileucel"]),
        (("--drug", "fludarabine", "--for", "melanoma"), ["lifileucel"]),
    ],
)
def test_the_list_may_be_narrowed(args: tuple[str, ...], expected: list[str]) -> None:
    """By a word of id, title, disease or drug in any case, by disease, by any name of a drug."""
    assert sorted(ids(printed("list", *args))) == expected
    assert sorted(listed["id"] for listed in document("list", *args)["regimens"]) == expected


def test_a_part_of_a_drugs_name_says_which_drugs_it_takes(tmp_path: Path) -> None:
    """Interferon alfa-2a and alfa-2b are two drugs: a question about both is answered so.

    A name that has a monograph is that drug alone, and a name that is a part of none takes none.
    """
    for drug in ("interferon alfa-2a", "interferon alfa-2b", "aldesleukin", "aldesleukin beads"):
        file = tmp_path / f"of {drug}.yaml"
        file.write_text(a_dose(f"drug: {drug}", head=(f"regimen: of {drug}", f"title: Of {drug}")))
    command = ("list", "--library", str(tmp_path))
    part = run(*command, "--drug", "Interferon ALFA-2")
    assert all(f"Of {drug}\n" in part.out for drug in ("interferon alfa-2a", "interferon alfa-2b"))
    assert part.err == (
        "--drug 'Interferon ALFA-2' takes: interferon alfa-2a, interferon alfa-2b\n"
    )
    by_whole_name = run(*command, "--drug", "aldesleukin")
    assert "Of aldesleukin\n" in by_whole_name.out
    assert "Of aldesleukin beads" not in by_whole_name.out
    assert by_whole_name.err == ""


def test_a_list_that_holds_nothing_is_refused() -> None:
    """Nothing printed looks like nothing at hand."""
    assert_refused(run("list", "--match", "nothing"), 1, "il2calc list")
    both = run("list", "--for", "xyz", "--drug", "imatinib")
    assert_refused(
        both, 1, "no regimen matches --drug 'imatinib' --for 'xyz'; to see all of them: "
    )


def test_a_file_with_faults_is_listed_by_its_name_alone(tmp_path: Path) -> None:
    """Its drugs and its disease are not known."""
    written(tmp_path, a_dose("amount: 10mg"))
    options = ("--library", str(tmp_path))
    assert ids(printed("list", "--match", "exampl", *options)) == ["examplumab"]
    for question in (("--drug", "examplumab"), ("--for", "example"), ("--match", "no")):
        assert "examplumab" not in run("list", *question, *options).out


def test_a_file_that_cannot_be_opened_is_listed_and_checked_as_such(tmp_path: Path) -> None:
    """One closed file hides no other."""
    (tmp_path / "closed.yaml").mkdir()
    (tmp_path / "drugs").mkdir()
    (tmp_path / "drugs" / "closed.yaml").mkdir()
    assert "closed" in ids(printed("list", "--library", str(tmp_path)))
    result = run("check", "--library", str(tmp_path))
    assert result.code == 1
    assert "closed: 1 fault\n" in result.out
    assert "drugs/closed: 1 fault\n" in result.out
    assert "npc-bolus: no faults\n" in result.out


def test_a_folder_is_looked_through_once_however_many_files_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: a folder of 2,500 files sorted anew for each of them."""
    listed_folders: list[Path] = []
    through = Path.iterdir

    def counted(folder: Path) -> Iterator[Path]:
        listed_folders.append(folder)
        return through(folder)

    for number in range(9):
        text = a_dose().replace("regimen: examplumab", f"regimen: r{number}")
        written(tmp_path, text, f"r{number}.yaml")
    monkeypatch.setattr(Path, "iterdir", counted)
    for verb in ("list", "check"):
        listed_folders.clear()
        assert run(verb, "--library", str(tmp_path)).code == 0
        assert listed_folders.count(tmp_path) == 1


def test_the_list_holds_the_users_own_regimens(tmp_path: Path) -> None:
    """By option or by environment."""
    written(tmp_path, a_dose())
    expected = sorted([*SHIPPED, "examplumab"])
    assert sorted(ids(printed("list", "--library", str(tmp_path)))) == expected
    assert sorted(ids(run("list", env={"IL2CALC_LIBRARY": str(tmp_path)}).out)) == expected


def test_the_list_as_json_says_the_same() -> None:
    """For programs."""
    data = document("list")
    assert data["format"] == "il2calc.list/1"
    assert [listed["id"] for listed in data["regimens"]] == SHIPPED
    (imatinib,) = (listed for listed in data["regimens"] if listed["id"] == "imatinib")
    assert imatinib["for"] == "refractory solid tumours"
    assert imatinib["drugs"] == ["cyclophosphamide", "imatinib", "aldesleukin"]
    assert (imatinib["default_arm"], imatinib["open"]) == ("level-2", ["cycle"])


def test_a_file_that_cannot_be_used_stays_in_the_list(tmp_path: Path) -> None:
    """With the command that says why, which does say why."""
    written(tmp_path, a_dose("amount: 10mg"))
    result = run("list", "--library", str(tmp_path))
    assert result.code == 0
    (line,) = (line for line in result.out.splitlines() if line.startswith("  examplumab"))
    assert "1 fault" in line
    command = line.split("il2calc ")[1].split()
    assert run(*command).code == 1


def test_a_file_under_another_name_cannot_be_used(tmp_path: Path) -> None:
    """It would be found by one name and called by another."""
    written(tmp_path, a_dose(), "other.yaml")
    listed = printed("list", "--library", str(tmp_path)).splitlines()
    (line,) = (line for line in listed if line.startswith("  other "))
    assert "cannot be used: 1 fault" in line
    result = run("check", "--library", str(tmp_path))
    assert result.code == 1
    assert "'examplumab'" in result.err
    assert "'other'" in result.err


def test_names_of_files_are_text_without_control_characters(tmp_path: Path) -> None:
    """A folder unpacked from somewhere must not paint the terminal it is listed in."""
    written(tmp_path, a_dose(), "a\x1b[31mb\nc.yaml")
    for verb in ("list", "check"):
        result = run(verb, "--library", str(tmp_path))
        assert all(is_plain(line) for line in (result.out + result.err).splitlines()), result
        shipped = len(SHIPPED) + (len(DRUGS) if verb == "check" else 0)
        shown = ids(result.out) if verb == "list" else result.out.splitlines()
        assert len(shown) == 1 + shipped, result.out


def test_a_library_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    """In one line."""
    for verb in ("list", "check"):
        assert_refused(run(verb, "--library", str(tmp_path / "no")), 1, "is not a folder")


def test_a_library_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name longer than any can be, a folder that its owner keeps closed: no traceback."""
    assert_refused(run("list", "--library", "a" * 5000), 1, "folder")

    def closed(_: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", closed)
    assert_refused(run("list", "--library", str(tmp_path)), 1, "Permission denied")


def test_other_files_in_a_library_are_left_alone(tmp_path: Path) -> None:
    """Notes beside the regimens are no regimens."""
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "folder").mkdir()
    assert sorted(ids(printed("list", "--library", str(tmp_path)))) == SHIPPED


# show


def test_show_gives_a_regimen_in_words() -> None:
    """Title, what is given, assumptions, findings, sources."""
    text = printed("show", "npc-bolus")
    assert text.startswith("npc-bolus, version 1: Intravenous bolus")
    for heading in ("What is given", "Assumptions", "Findings", "Alongside", "Sources", "Standing"):
        assert f"\n{heading}\n" in text
    assert "10.1159/000055306" in text
    assert '--set course.cycle.repeat.rest="6 days"' in text


def test_show_reads_a_file_or_standard_input(tmp_path: Path) -> None:
    """By its path, or `-`."""
    path = written(tmp_path, a_dose())
    assert "File: examplumab.yaml, SHA-256 " in printed("show", path)
    result = run("show", "-", stdin=a_dose().encode())
    assert "File: <stdin>" in result.out
    assert separate("show", "-", stdin=a_dose().encode()).out == result.out


def test_show_keeps_within_a_terminal() -> None:
    """80 columns."""
    for name in SHIPPED:
        assert max(map(len, printed("show", name, columns=80).splitlines())) <= 80


@pytest.mark.parametrize("shape", ["text", "timeline"])
def test_a_file_that_show_writes_is_the_same_on_every_terminal(shape: str, tmp_path: Path) -> None:
    """It was folded to the width of the terminal that it was written on."""
    args = ("show", "imatinib", "--format", shape, "-o")
    run(*args, str(tmp_path / "narrow"), env={"COLUMNS": "60"})
    run(*args, str(tmp_path / "piped"))
    assert (tmp_path / "narrow").read_bytes() == (tmp_path / "piped").read_bytes()


@pytest.mark.parametrize("shape", ["text", "json", "timeline", "fhir"])
def test_a_file_that_show_writes_is_reported_as_that_of_every_verb(
    shape: str, tmp_path: Path
) -> None:
    """Without a message nobody knew whether, and in which format, it was written."""
    args = ("show", "npc-bolus", "--format", shape, "-o", str(tmp_path / "npc"))
    assert run(*args).err == f"written: {tmp_path / 'npc'} ({shape})\n"
    assert run(*args, "--quiet").err == ""


def test_show_takes_values_read_otherwise() -> None:
    """And says so."""
    text = printed("show", "npc-bolus", "--set", "course.cycle.repeat.rest=6 days")
    assert "course.cycle.repeat.rest: 7 days -> 6 days" in text
    assert "with 6 days of rest" in text


def test_show_as_json_says_the_same() -> None:
    """For programs."""
    data = document("show", "imatinib")
    assert data["format"] == "il2calc.regimen/1"
    assert list(data["arms"]) == ["level-1", "level-2", "level-3", "level-4"]


def test_show_reports_a_shipped_file_that_is_hidden(tmp_path: Path) -> None:
    """As the schedule does."""
    shipped = Path(language.load("npc-bolus").origin.file).read_text(encoding="utf-8")
    path = written(tmp_path, shipped, "npc-bolus.yaml")
    result = run("show", "npc-bolus", "--library", str(tmp_path))
    assert result.code == 0
    assert result.err == f"caution: {path} is used instead of the shipped npc-bolus\n"
    assert run("show", "npc-bolus").err == ""


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (("show", "npc-bolis"), 1, "'npc-bolus'"),
        (("show", "./no-such.yaml"), 1, "no such file"),
        (("show", "npc-bolus", "--set", "x=1"), 1, "course"),
        (("show", "npc-bolus", "--set", "x"), 2, "="),
        (("show", "npc-bolus", "--format", "yml"), 2, "json"),
        (("list", "--format", "cvs"), 2, "json"),
        (("check", "--format", "csv"), 2, "json"),
    ],
)
def test_what_cannot_be_shown_is_refused(args: tuple[str, ...], code: int, word: str) -> None:
    """One plain line that ends in what would work."""
    assert_refused(run(*args), code, "", word)


# check


def test_what_ships_has_no_fault() -> None:
    """Without a file, every one at hand is checked."""
    result = run("check")
    assert (result.code, result.err) == (0, "")
    names = [*SHIPPED, *(f"drugs/{name}" for name in DRUGS)]
    assert result.out.splitlines() == [f"{name}: no faults" for name in names]
    assert run("check", "--strict").code == 0


@pytest.mark.parametrize(("files", "least"), [((), 40), (("npc-bolus", "imatinib"), 2)])
def test_check_shows_its_progress_where_it_takes_long(
    files: tuple[str, ...], least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal alone, of a folder and of files that are named."""
    progress: list[int] = []

    def with_progress(items: Sequence[str], noun: str) -> Sequence[str]:
        progress.append(len(items))
        assert noun == "files"
        return items

    monkeypatch.setattr(output, "with_progress", with_progress)
    assert run("check", *files).err == ""
    assert max(progress) >= least


def test_faults_are_reported_one_per_line_with_their_place(tmp_path: Path) -> None:
    """The verdict is data; the faults are what went wrong."""
    path = written(tmp_path, a_dose("amount: 10mg", "route: IO"))
    result = run("check", path)
    assert result.code == 1
    assert result.out == f"{path}: 2 faults\n"
    lines = result.err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{path}:") for line in lines)


def test_several_files_are_checked_to_the_last(tmp_path: Path) -> None:
    """No fault in one hides those of another."""
    bad = written(tmp_path, a_dose("amount: 10mg"), "bad.yaml")
    missing = str(tmp_path / "missing.yaml")
    result = run("check", bad, "npc-bolus", missing)
    assert result.code == 1
    verdicts = [f"{bad}: 1 fault", "npc-bolus: no faults", f"{missing}: 1 fault"]
    assert result.out.splitlines() == verdicts
    assert "10 mg" in result.err
    assert "no such file" in result.err


def test_an_unknown_id_hides_no_fault_of_another_file(tmp_path: Path) -> None:
    """Three names are given, one of them misspelt: the others are checked all the same."""
    bad = written(tmp_path, a_dose("amount: 10mg"), "bad.yaml")
    result = run("check", "npc-bolis", bad)
    assert result.code == 1
    assert "npc-bolus" in result.err
    assert "10 mg" in result.err


def test_what_should_be_confirmed_is_a_caution(tmp_path: Path) -> None:
    """-3 to 3 without a day 0 is six days: exit 0, or 3 where any caution counts."""
    path = written(tmp_path, CROSSING)
    result = run("check", path)
    assert (result.code, result.out) == (0, f"{path}: no faults\n")
    assert result.err.startswith("caution: ")
    assert "numbering: without day 0" in result.err
    assert run("check", path, "--strict").code == 3
    written(tmp_path, a_dose("amount: 10mg"), "bad.yaml")
    assert run("check", path, str(tmp_path / "bad.yaml"), "--strict").code == 1


def test_check_as_json_says_the_same(tmp_path: Path) -> None:
    """Place by place; exit 1 all the same."""
    bad = written(tmp_path, a_dose("amount: 10mg"), "bad.yaml")
    crossing = written(tmp_path, CROSSING)
    result = run("check", bad, crossing, "--format", "json")
    assert (result.code, result.err) == (1, "")
    data = json.loads(result.out)
    assert data["format"] == "il2calc.check/1"
    first, second = data["files"]
    assert first["file"] == bad
    (fault,) = first["faults"]
    assert list(fault) == ["file", "line", "path", "problem"]
    assert fault["path"] == "examplumab.amount"
    assert isinstance(fault["line"], int)
    assert second["faults"] == []
    assert len(second["cautions"]) == 1


def test_a_course_log_is_checked_against_the_keys_of_a_log(tmp_path: Path) -> None:
    """It is known by its key, as a drug file is; its faults have the same form and exit code."""
    good = written(tmp_path, a_log("stop: yes"), "S-07.yaml")
    assert run("check", good) == (0, f"{good}: no faults\n", "", b"")
    text = a_log("stop: no", "hodl: {drug: a, numbers: 1}", head=("weight: 700 kg",))
    bad = written(tmp_path, text, "S-08.yaml")
    result = run("check", bad)
    assert (result.code, result.out) == (1, f"{bad}: 3 faults\n")
    assert [line.removeprefix(f"{bad}:").split(": ")[:2] for line in result.err.splitlines()] == [
        ["5", "weight"],
        ["9", "entries[1].stop"],
        ["11", "entries[2].hodl"],
    ]
    (checked,) = json.loads(run("check", bad, "--format", "json").out)["files"]
    assert checked["faults"][0]["path"] == "weight"


@pytest.mark.parametrize(
    ("key", "slip"),
    [("title", "titel"), ("version", "versoin"), ("read_on", "readon"), ("sources", "soruces")],
)
def test_a_required_key_that_is_misspelt_is_one_fault(tmp_path: Path, key: str, slip: str) -> None:
    """It is not missing too; the words are those of a log."""
    path = written(tmp_path, a_dose().replace(f"{key}:", f"{slip}:"))
    result = run("check", path)
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert result.err.endswith(f" {slip}: is an unknown key; did you mean {key!r}?\n")
    log = written(tmp_path, a_log().replace("version:", "versoin:"), "S-07.yaml")
    words = f"{log}:3: versoin: is an unknown key; did you mean 'version'?\n"
    assert run("check", log).err == run("replan", log).err == words


def test_check_reads_standard_input() -> None:
    """For editors."""
    assert run("check", "-", stdin=a_dose().encode()).code == 0
    assert run("check", "-", stdin=b"").code == 1


@pytest.mark.parametrize(
    "content",
    [
        b"a: &a [x]\nb: *a\n",
        b"[" * 100_000,
        b"{" * 100_000,
        b"\xff\xfe\x00",
        b"",
        b"\n# nothing\n",
        b"x" * 2_000_000,
    ],
    ids=["alias", "brackets", "braces", "not UTF-8", "empty", "comment", "large"],
)
def test_hostile_files_are_faults(content: bytes, tmp_path: Path) -> None:
    """An alias bomb, 100,000 brackets, what is no text: a clear line, not a traceback."""
    path = tmp_path / "hostile.yaml"
    path.write_bytes(content)
    result = run("check", str(path))
    assert result.code == 1
    assert result.err
    assert all(line.startswith(f"{path}:") and is_plain(line) for line in result.err.splitlines())


def test_a_folder_is_no_regimen_file(tmp_path: Path) -> None:
    """It says so."""
    result = run("check", str(tmp_path))
    assert result.code == 1
    assert "folder" in result.err


# schema


def test_the_schema_is_the_one_that_ships() -> None:
    """What editors read beside the files is what the verb prints."""
    data = json.loads(printed("schema"))
    assert data == json_schema(REGIMEN)
    shipped = Path(language.load("npc-bolus").origin.file).parent / "regimen.schema.json"
    assert data == json.loads(shipped.read_text(encoding="utf-8"))
    assert data["$schema"].startswith("https://json-schema.org/")


def test_the_schema_of_a_course_log_is_printed_on_request() -> None:
    """And is another than that of a regimen; of two kinds of file there is no one schema."""
    of_log = json.loads(printed("schema", "--log"))
    assert set(of_log["required"]) == {"log", "regimen", "version", "sha256", "start", "at"}
    result = run("schema", "--log", "--drug")
    assert_refused(result, 2, "--drug: excludes --log")


@needs_posix("links that anybody may make")
def test_a_file_that_cannot_be_opened_hides_no_other(tmp_path: Path) -> None:
    """A link that leads nowhere is one fault; the other files are still checked."""
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere.yaml")
    result = run("check", "--library", str(tmp_path))
    assert result.code == 1
    assert "gone: 1 fault" in result.out
    assert "there is no such file" in result.err
    assert "npc-bolus: no faults" in result.out


def test_an_empty_file_among_monographs_is_checked_as_one(tmp_path: Path) -> None:
    """Danger: advice to begin a monograph as a regimen begins."""
    file = tmp_path / "drugs" / "mine.yaml"
    file.parent.mkdir()
    file.write_text("", encoding="utf-8")
    assert (
        f"{file}:1: is empty; a drug file begins with 'drug: NAME'" in run("check", str(file)).err
    )
