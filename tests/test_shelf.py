"""Where files are found: the user's folder, what ships, a path, standard input; what is read."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from commandline import assert_refused, modules, needs_posix, run
from filetext import a_dose
from il2calc import language
from il2calc.errors import FaultyFile, RegimenError, UnknownName
from il2calc.language import DrugNames, drug_names, examine, load, misnamed_fault, shelf
from il2calc.model.regimen import NOT_STATED, Regimen
from il2calc.units import Quantity
from refresh_ready import models, ready_lines

ROOT = Path(__file__).parents[1]

FOUR = ("imatinib", "imp321", "npc-bolus", "trastuzumab")
SHIPPED = tuple(shelf.regimen_files())


def write(folder: Path, name: str, text: str = "") -> Path:
    """A file of the user's own."""
    path = folder / name
    path.write_text(text or a_dose(), encoding="utf-8")
    return path


# What ships


def test_the_four_published_regimens_ship() -> None:
    """trastuzumab, imatinib, npc-bolus and imp321 are found wherever il2calc is installed."""
    assert set(FOUR) <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_has_neither_fault_nor_remark(name: str) -> None:
    """What ships is right, and nothing in it waits to be confirmed."""
    result = examine(shelf.find(name))
    assert result.faults == ()
    assert result.remarks == ()
    assert result.regimen is not None
    assert result.regimen.id == name
    assert misnamed_fault(result.regimen) is None


@pytest.mark.hazard(40)
@pytest.mark.parametrize("name", SHIPPED)
def test_every_number_of_a_shipped_file_rests_on_something(name: str) -> None:
    """Every number with source or assumption, so that a reader can check it."""
    for block in load(name).body.walk():
        holders = {block.path: block.provenance} | {
            dose.path: dose.provenance for dose in block.doses
        }
        unstated = [
            dose.path for dose in block.doses if NOT_STATED in (dose.route, *dose.amounts.values())
        ]
        for path, provenances in holders.items():
            for key, provenance in provenances.items():
                optional = key in ("cap", "round", "bsa_cap", "weight_cap", "weight")
                optional |= key in ("route", "amount") and path in unstated
                assert optional or provenance.sources or provenance.assumptions, f"{path}.{key}"


def other_readings(regimen: Regimen) -> dict[str, list[str]]:
    """The option that gives each other reading of a regimen, by what it is about."""
    return {
        assumption.about: shlex.split(assumption.setting)
        for assumption in regimen.assumptions
        if assumption.setting
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_the_other_reading_of_a_shipped_assumption_can_be_set(name: str) -> None:
    """`otherwise` gives a `--set`, or an `--arm`, that loads and says what was set."""
    regimen = load(name)
    for about, words in other_readings(regimen).items():
        option, value = words
        if option == "--arm":
            assert value in regimen.arms
            continue
        assert option == "--set"
        path, _, text = value.partition("=")
        assert path == about
        (setting,) = load(name, settings=[(path, text)]).settings
        assert (setting.path, setting.now) == (path, text)
        assert setting.was != setting.now


@pytest.mark.parametrize("name", SHIPPED)
def test_every_open_end_of_a_shipped_file_may_be_given_a_count_or_a_limit(name: str) -> None:
    """`--set cycle.repeat.times=4` and `--set cycle.repeat.up_to=4` both load."""
    for block in load(name).body.walk():
        if block.repeat is not None and block.repeat.count is None:
            for key in ("times", "up_to"):
                path = f"{block.path}.repeat.{key}"
                assert load(name, settings=[(path, "4")]).settings[0].now == "4"


def test_some_shipped_assumption_has_another_reading() -> None:
    """Cycle 2 of npc-bolus may be read to begin a day earlier."""
    assert other_readings(load("npc-bolus"))["course.cycle.repeat.rest"] == [
        "--set",
        "course.cycle.repeat.rest=6 days",
    ]


def test_a_shipped_file_is_known_to_ship() -> None:
    """The output always says which file it was, with its SHA-256."""
    found = shelf.find("npc-bolus")
    path = shelf.shipped() / "npc-bolus.yaml"
    assert found.content == path.read_bytes()
    assert found.origin.file == str(path)
    assert found.origin.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.origin.shipped
    assert found.origin.hides is None
    assert load("npc-bolus").origin == found.origin


def test_ids_are_listed_in_order() -> None:
    """Every regimen at hand, by id; the schema beside them is none."""
    names = shelf.regimen_files()
    assert list(names) == sorted(names)
    assert "regimen.schema" not in names
    assert all(Path(origin.file).suffix == ".yaml" for origin in names.values())


def test_an_installation_without_regimens_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither inside the package nor beside it: install again."""
    monkeypatch.setattr(shelf, "__file__", str(tmp_path / "a" / "b" / "c" / "shelf.py"))
    with pytest.raises(FileNotFoundError, match="install il2calc again"):
        shelf.shipped()


def test_an_installed_package_holds_its_regimens_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the package first, then beside it in a checkout."""
    package = tmp_path / "src" / "il2calc"
    monkeypatch.setattr(shelf, "__file__", str(package / "library" / "shelf.py"))
    beside = tmp_path / "regimens"
    beside.mkdir()
    assert shelf.shipped() == beside
    inside = package / "regimens"
    inside.mkdir(parents=True)
    assert shelf.shipped() == inside


# The user's own folder


def test_a_file_of_the_users_own_is_found_by_its_id(tmp_path: Path) -> None:
    """`--library DIR` is looked up first."""
    path = write(tmp_path, "examplumab.yaml")
    found = shelf.find("examplumab", tmp_path)
    assert (found.origin.file, found.origin.shipped, found.origin.hides) == (str(path), False, None)
    assert load("examplumab", folder=tmp_path).id == "examplumab"
    assert set(shelf.regimen_files(tmp_path)) == {"examplumab", *SHIPPED}


def test_a_path_may_be_one_of_pathlib(tmp_path: Path) -> None:
    """As `load_log` takes it: there was only a traceback."""
    shipped = Path(load("npc-bolus").origin.file)
    copy = tmp_path / "npc-bolus.yaml"
    copy.write_bytes(shipped.read_bytes())
    assert load(copy).origin == load(str(copy)).origin


def test_what_ships_is_still_found_beside_a_folder(tmp_path: Path) -> None:
    """A folder of one's own adds to what ships."""
    assert shelf.find("npc-bolus", tmp_path).origin.shipped


@pytest.mark.parametrize("suffix", [".yaml", ".yml"])
def test_a_users_file_that_hides_a_shipped_one_says_so(tmp_path: Path, suffix: str) -> None:
    """A file of the user's that hides a shipped one is a caution, whatever its ending."""
    path = write(tmp_path, f"npc-bolus{suffix}")
    origin = shelf.find("npc-bolus", tmp_path).origin
    assert origin.file == str(path)
    assert origin.hides == str(shelf.shipped() / "npc-bolus.yaml")


def test_two_files_of_one_id_are_not_chosen_between_silently(tmp_path: Path) -> None:
    """x.yaml beside x.yml: which of the two a patient gets must not be left to the alphabet."""
    write(tmp_path, "examplumab.yaml")
    write(tmp_path, "examplumab.yml", a_dose("amount: 50 mg"))
    with pytest.raises(RegimenError, match=r"examplumab\.y"):
        shelf.find("examplumab", tmp_path)


def test_the_shipped_folder_as_the_users_own_hides_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`--library regimens` in a checkout gives the shipped files, which hide none."""
    monkeypatch.chdir(shelf.shipped().parent)
    assert shelf.find("npc-bolus", Path(shelf.shipped().name)).origin.hides is None


def test_a_folder_may_hold_other_files(tmp_path: Path) -> None:
    """Only .yaml and .yml files are regimens."""
    write(tmp_path, "notes.txt")
    write(tmp_path, "examplumab.json")
    assert shelf.regimen_files(tmp_path) == shelf.regimen_files()


@pytest.mark.parametrize("name", ["missing", "file.yaml"])
def test_a_folder_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    """A misspelt `--library` must not fall back to what ships."""
    write(tmp_path, "file.yaml")
    with pytest.raises(RegimenError) as error:
        shelf.find("npc-bolus", tmp_path / name)
    problem = "is not a folder; let --library or IL2CALC_LIBRARY name one of regimens"
    assert str(error.value) == f"{tmp_path / name}: {problem}"
    for words in ("drug aldesleukin", "compatible aldesleukin morphine", "screen aldesleukin"):
        result = run(*words.split(), "--library", str(tmp_path / name))
        assert_refused(result, 1, f"{tmp_path / name}: {problem}")


def test_nothing_about_a_drug_is_printed_before_a_refusal(tmp_path: Path) -> None:
    """Two files of one id: the whole monograph was printed, with an error under it."""
    for ending in ("yaml", "yml"):
        write(tmp_path, f"examplumab.{ending}")
    assert_refused(run("drug", "aldesleukin", "--library", str(tmp_path)), 1, "keep one of them")


def test_a_folder_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without permission is an error in plain words, not a traceback."""

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(RegimenError, match="Permission denied"):
        shelf.regimen_files(tmp_path)


def test_a_file_with_another_name_than_its_id_is_refused(tmp_path: Path) -> None:
    """A regimen is found by its file's name: the id inside must be the same."""
    write(tmp_path, "other.yaml")
    fault = misnamed_fault(load("other", folder=tmp_path))
    assert fault is not None
    assert fault.path == "regimen"
    assert "is 'examplumab', but the file is named 'other'; make them the same" in str(fault)


# Unknown ids


@pytest.mark.parametrize(
    ("name", "guess"),
    [("npc-bolos", "npc-bolus"), ("NPC-Bolus", "npc-bolus"), ("imatinb", "imatinib")],
)
def test_an_unknown_id_is_answered_with_the_nearest(name: str, guess: str) -> None:
    """Unknown regimen: nearest offered."""
    with pytest.raises(UnknownName) as error:
        load(name)
    assert f"no regimen is called {name!r}; did you mean {guess!r}?" in str(error.value)
    assert "il2calc list" in str(error.value)
    assert error.value.known == SHIPPED


@pytest.mark.parametrize("name", ["", "zzz", ".", "..", "npc"])
def test_an_unknown_id_lists_the_known(name: str) -> None:
    """Where nothing is near: all of a few, and how many there are of many."""
    with pytest.raises(UnknownName) as error:
        load(name)
    assert error.value.known == SHIPPED
    assert f"{len(SHIPPED)} are known" in str(error.value) or "did you mean" in str(error.value)


def test_an_id_of_the_users_folder_is_offered_as_well(tmp_path: Path) -> None:
    """The nearest name may be one of the user's own."""
    write(tmp_path, "examplumab.yaml")
    with pytest.raises(UnknownName, match="did you mean 'examplumab'"):
        load("examplumap", folder=tmp_path)


# Paths


@pytest.mark.parametrize("name", ["my own.yaml", "my.yml"])
def test_a_regimen_may_be_named_by_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A path is a name with a slash, or one that ends like a regimen file."""
    write(tmp_path, name)
    monkeypatch.chdir(tmp_path)
    for path in (name, f"./{name}", str(tmp_path / name)):
        regimen = load(path)
        assert regimen.origin.file == path
        assert not regimen.origin.shipped
        assert regimen.origin.sha256 == hashlib.sha256(a_dose().encode()).hexdigest()


def test_a_path_with_any_ending_is_read(tmp_path: Path) -> None:
    """With a slash in it a name is a path, whatever its ending."""
    assert load(str(write(tmp_path, "regimen.txt"))).id == "examplumab"


@pytest.mark.parametrize("name", ["missing.yaml", "./missing", "missing/examplumab.yaml"])
def test_a_missing_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """There is nothing at that path."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegimenError) as error:
        load(name)
    assert str(error.value).startswith(f"{name}: there is no such file; ")


def test_a_folder_is_no_regimen(tmp_path: Path) -> None:
    """A folder where a file belongs is refused."""
    with pytest.raises(RegimenError, match="is a folder; give a regimen file in it"):
        load(f"{tmp_path}/")


def test_a_folder_that_ends_like_a_regimen_is_no_regimen(tmp_path: Path) -> None:
    """Even one that is called like a file."""
    (tmp_path / "examplumab.yaml").mkdir()
    with pytest.raises(RegimenError, match="is a folder"):
        load("examplumab", folder=tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    """`il2calc list` hung until something wrote into it; a path may name one: `check <(...)`."""
    os.mkfifo(tmp_path / "examplumab.yaml")
    with pytest.raises(RegimenError, match="is a pipe, which would be waited for; keep it out"):
        load("examplumab", folder=tmp_path)


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    """What cannot be read is refused with the reason."""
    path = write(tmp_path, "examplumab.yaml")
    with pytest.raises(RegimenError, match=r"cannot be read .*; check the path"):
        load(f"{path}/more.yaml")


def test_a_name_too_long_for_any_file_is_refused() -> None:
    """The system's refusal is shown in its own words."""
    with pytest.raises(RegimenError, match="cannot be read"):
        load("./" + "x" * 5000)


@needs_posix("links that anybody may make")
def test_a_dead_link_is_refused(tmp_path: Path) -> None:
    """A link that leads nowhere is a missing file."""
    (tmp_path / "examplumab.yaml").symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(RegimenError, match="there is no such file"):
        load("examplumab", folder=tmp_path)


@needs_posix("a device without end")
def test_a_file_that_never_ends_is_refused() -> None:
    """Of a device or a 50 MB file no more is read than is needed to refuse it."""
    began = time.perf_counter()
    with pytest.raises(FaultyFile):
        load("/dev/zero")
    assert time.perf_counter() - began < 1


def test_a_large_file_is_refused_quickly(tmp_path: Path) -> None:
    """A 50 MB file: a clear error in well under a second."""
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    began = time.perf_counter()
    with pytest.raises(FaultyFile, match="is larger than 1,000,000 bytes"):
        load(str(path))
    assert time.perf_counter() - began < 1


# Standard input


def feed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Put bytes on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads YAML from standard input."""
    feed(monkeypatch, a_dose().encode())
    regimen = load("-")
    assert regimen.origin.file == "<stdin>"
    assert regimen.origin.sha256 == hashlib.sha256(a_dose().encode()).hexdigest()
    assert not regimen.origin.shipped


def test_faults_of_standard_input_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no file the fault says where it was read."""
    feed(monkeypatch, a_dose("amount: 10mg").encode())
    with pytest.raises(FaultyFile, match=r"^<stdin>:[0-9]+: examplumab.amount: "):
        load("-")


def test_standard_input_is_read_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless pipe is refused, not swallowed."""
    feed(monkeypatch, b"#" * 3_000_000)
    with pytest.raises(FaultyFile, match="is larger than 1,000,000 bytes"):
        load("-")


# Settings and faults through the front door


def test_a_regimen_is_loaded_with_its_settings(tmp_path: Path) -> None:
    """What was set reaches the regimen, whichever file it is read from."""
    write(tmp_path, "examplumab.yaml")
    regimen = load("examplumab", folder=tmp_path, settings=[("examplumab.amount", "6 mg")])
    assert [str(setting) for setting in regimen.settings] == ["examplumab.amount: 5 mg -> 6 mg"]


def test_a_faulty_file_reports_all_its_faults(tmp_path: Path) -> None:
    """A file that has faults gives no regimen, and names each with its file and line."""
    path = write(tmp_path, "examplumab.yaml", a_dose("amount: 10mg", "day: 0"))
    with pytest.raises(FaultyFile) as error:
        load(str(path))
    lines = str(error.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{path}:") for line in lines)


def test_a_copy_of_a_shipped_file_loads_from_anywhere(tmp_path: Path) -> None:
    """A user begins with a copy."""
    shutil.copy(shelf.shipped() / "npc-bolus.yaml", tmp_path / "copy.yaml")
    assert load(str(tmp_path / "copy.yaml")).origin.sha256 == load("npc-bolus").origin.sha256


# What ships, read already: equal to its files, used for their very bytes, and for nothing else


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The regimens that ship, in a folder that counts as that of an installation."""
    place = tmp_path / "site" / "regimens"
    shutil.copytree(ROOT / "regimens", place)
    # Both: loaded only now, provenance would keep this place, and sign what really ships.
    monkeypatch.setattr("il2calc.language.provenance.shipped", lambda: place)
    monkeypatch.setattr(shelf, "shipped", lambda: place)
    monkeypatch.setattr(shelf, "is_installed", lambda _: True)
    shelf.ready.cache_clear()
    yield place
    shelf.ready.cache_clear()


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose YAML was read, which none should be."""
    from il2calc.text import yaml

    files_read: list[str] = []
    through = yaml.read

    def noted(content: bytes, most: int = 1_000_000) -> yaml.Document:
        content_lines = content.decode().splitlines()
        files_read.append(
            next(
                (line for line in content_lines if line.startswith(("regimen", "drug"))),
                content_lines[0],
            )
        )
        return through(content, most)

    monkeypatch.setattr(yaml, "read", noted)
    return files_read


def test_the_models_that_ship_are_those_of_their_files() -> None:
    """Written anew, the file is the same: python tests/refresh_ready.py.

    A model that is not that of its file would give doses that no file states.
    """
    shipped = (ROOT / "regimens" / shelf.READY).read_text(encoding="utf-8")
    ready = list(models())
    assert "".join(ready_lines(ready)) == shipped
    assert len(ready) == len(shelf.regimen_files()) + len(shelf.drug_files())
    for model, line in zip(ready, shipped.splitlines()[1:], strict=True):
        key, text = line.split(" ", 1)
        again = shelf.model_of(json.loads(text))
        assert key == model.origin.sha256
        assert _contents(again) == _contents(model).replace(repr(model.origin), repr(again.origin))


def _contents(model: object) -> str:
    """Everything that a model holds; a shared empty mapping equals one of its own."""
    return repr(model).replace("mappingproxy({})", "{}")


def test_an_installation_reads_no_yaml_of_its_own(installed: Path, unread: list[str]) -> None:
    """Regimen and monograph come as they are, each with the file that it is of."""
    regimen = load("npc-bolus")
    drug = drug_names.monograph("aldesleukin")
    assert unread == []
    assert drug is not None
    for origin, name in ((regimen.origin, "npc-bolus"), (drug.origin, "drugs/aldesleukin")):
        assert origin.file == str(installed / f"{name}.yaml")
        assert origin.shipped
    assert [dose.drug for dose in regimen.doses()] == ["aldesleukin"]


def test_all_is_listed_without_reading_it(installed: Path, unread: list[str]) -> None:
    """The list is the same, word for word, as where every file is read."""
    quick = run("list").out, run("list", "--format", "json").out
    assert unread == []
    (installed / shelf.READY).unlink()
    shelf.ready.cache_clear()
    assert (run("list").out, run("list", "--format", "json").out) == quick
    assert unread != []


def test_a_file_that_has_changed_is_read(installed: Path, unread: list[str]) -> None:
    """One digit is enough: a model is that of the very bytes that it was made of."""
    path = installed / "npc-bolus.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("72_000", "71_000"), encoding="utf-8")
    (dose,) = load("npc-bolus").doses()
    assert dose.amount(None) == Quantity(Decimal(71_000), "IU", "kg")
    assert "regimen: npc-bolus" in unread


def test_where_a_drug_file_has_changed_everything_is_read(
    installed: Path, unread: list[str]
) -> None:
    """Which drug a regimen's name means may rest on any drug file."""
    with (installed / "drugs" / "trastuzumab.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    load("npc-bolus")
    assert "regimen: npc-bolus" in unread


def test_a_checkout_reads_its_files(unread: list[str]) -> None:
    """Files and the code that reads them change there from hour to hour."""
    shelf.ready.cache_clear()
    assert not shelf.is_installed(shelf.shipped())
    load("npc-bolus")
    assert "regimen: npc-bolus" in unread


def test_what_a_user_writes_is_read(installed: Path, unread: list[str], tmp_path: Path) -> None:
    """A --set, and drug files that may give a drug another name."""
    assert load("npc-bolus", settings=[("course.cycle.aldesleukin.cap", "1 million IU")])
    folder = tmp_path / "own"
    folder.mkdir()
    assert "regimen: npc-bolus" in unread
    unread.clear()
    assert load("npc-bolus", folder=folder).origin.shipped
    assert unread == []
    shutil.copytree(installed / "drugs", folder / "drugs")
    changed = folder / "drugs" / "aldesleukin.yaml"
    changed.write_text(
        changed.read_text(encoding="utf-8").replace("version: 1", "version: 7", 1), encoding="utf-8"
    )
    drug = DrugNames(folder).monograph("aldesleukin")
    assert drug is not None
    assert (drug.version, drug.origin.shipped) == (7, False)
    assert load("imp321", folder=folder).id == "imp321"
    assert "regimen: imp321" in unread


def test_an_installed_schedule_loads_nothing_that_reads_yaml(tmp_path: Path) -> None:
    """Loading what reads and checks YAML takes a third of a start."""
    site = tmp_path / "site"
    shutil.copytree(
        ROOT / "src" / "il2calc", site / "il2calc", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "regimens", site / "il2calc" / "regimens")
    for words in ("schedule npc-bolus --weight 70 --format csv", "list", "show npc-bolus"):
        loaded = modules(*words.split(), site=site)
        assert "il2calc.language.shelf" in loaded
        assert not loaded & {"yaml", "il2calc.language.regimen_file", "il2calc.text.shapes"}


def test_language_has_no_other_names() -> None:
    """A name that is not there is refused like that of any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        language.nothing  # noqa: B018 - to ask is the test


def test_a_file_that_only_lacks_its_ending_is_answered_with_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was answered with "no regimen is called 'mine.txt'" alone, though it is there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text(a_dose(), encoding="utf-8")
    with pytest.raises(UnknownName, match=r"A file here has that name; to use it: \./mine\.txt$"):
        shelf.find("mine.txt")
    assert shelf.find("./mine.txt").origin.file == "./mine.txt"
