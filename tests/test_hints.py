"""Every command that il2calc prints is run as it is printed: none leads into a dead end.

A hint is `il2calc VERB ...` within any text that is printed. One with words for its reader to fill
in (FILE, BLOCK, NAME), or of a verb alone, is checked against the verbs and options that exist.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest

from commandline import EVERY_REGIMEN, run
from desks import assert_works, fill, hints
from docpages import ROOT
from filetext import a_dose, a_file
from il2calc.language import shelf

LIBRARY = {"IL2CALC_LIBRARY": "library"}
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.txt"))
SRC = sorted((ROOT / "src" / "il2calc").rglob("*.py"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that hints name."""
    folder = fill(tmp_path_factory.mktemp("filled"))
    (folder / "library" / "drugs").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / "library" / name).write_text(text, encoding="utf-8")
    log = (folder / "S-06.yaml").read_text(encoding="utf-8")
    (folder / "S-10.yaml").write_text(log.replace("numbers: 1}", "numbers: 99}"), encoding="utf-8")
    beside = FILES["beside.yaml"].encode()
    (folder / "S-13.yaml").write_text(
        f"log: S-13\nregimen: beside\nversion: 1\nsha256: {sha256(beside).hexdigest()}\n"
        "start: 2025-12-01\nat: '08:00'\nentries:\n"
        "  - given: {drug: z, numbers: 1}\n    entered: 2025-12-02 09:00\n",
        encoding="utf-8",
    )
    with chdir(folder):
        for name in ("S-11.yaml", "S-12.yaml"):
            run("log", "start", name, "--regimen", "beside", "--start", "2025-01-06", env=LIBRARY)
    return folder


FILES = {
    "broken.yaml": "regimen: broken\n",
    "folinic acid.yaml": a_dose().replace("regimen: examplumab", "regimen: folinic acid"),
    "units.yaml": a_dose("drug: aldesleukin", "amount: 5 units", "route: IV", "day: 1"),
    "beside.yaml": a_file(
        """
        doses:
          - {drug: w, amount: 1 mg, route: SC, day: [-1, 2, 9]}
          - {drug: z, amount: 1 mg, route: oral, day: 2, as_needed: yes, at: up to 3 times a day}
        blocks:
          - block: cycle
            repeat: {times: 2, every: 7 days}
            doses: [{drug: x, amount: 1 mg, route: IV, day: 1}]
        """
    ).replace("regimen: examplumab", "regimen: beside"),
    "drugs/iron sulfate.yaml": (
        "drug: iron sulfate\nversion: 1\nread_on: 2026-11-22\nsource: label\n"
        "sources: {label: {cite: Package insert. 2020., read: full text}}\n"
    ),
}
"""A library: a faulty file, names that a shell splits, and what hints are about."""


@pytest.fixture
def desk(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That folder, to work in; shipped files are in it under their own names."""
    copytree(filled, tmp_path, dirs_exist_ok=True)
    (tmp_path / "regimens").symlink_to(shelf.shipped())
    monkeypatch.chdir(tmp_path)
    return tmp_path


# What is printed for people


@pytest.mark.usefixtures("desk")
def test_every_command_of_a_golden_file_works() -> None:
    """The sheets that people keep point to `show`, `prepare`, `drug`: each is pasted."""
    commands = {hint for file in GOLDEN for hint in hints(file.read_text(encoding="utf-8"))}
    assert len(commands) >= 2 * len(EVERY_REGIMEN)
    for hint in sorted(commands):
        assert_works(hint, LIBRARY)


@pytest.mark.parametrize("name", EVERY_REGIMEN)
def test_every_alternative_that_show_offers_makes_a_schedule(name: str) -> None:
    """`Otherwise: --set PATH=VALUE` is appended to the line of the schedule."""
    text = re.sub(r"\n\s+", " ", run("show", name, env={"COLUMNS": "80"}).out)
    for other in re.findall(r"Otherwise: (--set \S+?=(?:\"[^\"]*\"|\S+))", text):
        result = run(*EVERY_REGIMEN[name], *shlex.split(other))
        assert result.code == 0, (other, result.err)


@pytest.mark.parametrize("args", EVERY_REGIMEN.values(), ids=EVERY_REGIMEN)
def test_what_a_sheet_offers_works_with_its_own_options(args: tuple[str, ...]) -> None:
    """`--notes full` after the line that was typed; `prepare` with its options."""
    assert run(*args, "--notes", "full").code == 0
    assert run("prepare", *args[1:]).code == 0


# Messages

PROVOKED = [
    "show imatinib",
    "drug imatinib",
    "drug npc-bolus",
    "drug T-DM1",
    "schedule aldesleukin",
    "show 'two words'",
    "schedule nothing",
    "schedule ./nothing.yaml --weight 70",
    "drug 'folinic acid'",
    "show 'iron sulfate'",
    "list --for nobody",
    "list",
    "check library/units.yaml",
    "new mine.yaml --drug aldesleukin --amount '5 MIU' --route SC",
    "show npc-bolus --set course.cycle.repeat.rest='6 days' -o other.yaml",
    "screen aldesleukin --template",
    "prepare npc-bolus --weight 70",
    "schedule npc-bolus --weight 70 --require-reviewed",
    "schedule npc-v2.yaml --weight 70 --require-reviewed",
    "sign regimens/npc-bolus.yaml --name A --role B",
    "schedule imp321",
    "prepare imp321 --weight 70",
    "cohort imp321 patients.csv -o a.csv",
    "diff imp321 npc-bolus --weight 70",
    "log start S-1.yaml --regimen imp321 --start 2026-12-01",
    "schedule npc-bolus --wieght 70",
    "schdule",
    "log givn",
    "replan S-06.yaml",
    "replan S-06.yaml --allow-edited",
    "log check S-06.yaml",
    "log given none.yaml 1",
    "log given S-07.yaml 99",
    "log given S-07.yaml 31 --at '2026-01-22 08:00'; log decide S-07.yaml 'course 2' no",
    "replan S-07.yaml --as-of 2026-12-01",
    "log weigh S-07.yaml '50 kg' --on 2025-12-03; replan S-07.yaml --as-of 2025-12-04",
    "log part S-07.yaml 7 --amount '2 MIU' --ended '2025-12-03 08:10'",
    "replan S-10.yaml",
    "replan S-13.yaml",
    "log delay S-11.yaml 'cycle 1' --by '7 days'",
    "log given S-12.yaml 3 --at '2025-01-07 08:00'; replan S-12.yaml",
    "log given S-11.yaml 2 --at '2025-01-08 08:00'; replan S-11.yaml",
    "log given S-11.yaml 4 --at '2025-01-15 08:00'; replan S-11.yaml",
]
"""Lines whose answers name a command."""


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("lines", PROVOKED)
def test_every_command_of_a_message_works(lines: str) -> None:
    """Whoever reads what would work types it."""
    TOLD[lines] = output_of(lines)
    commands = dict.fromkeys(hints(TOLD[lines]))
    assert commands, lines
    for hint in commands:
        assert_works(hint, LIBRARY)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("measure", ["50 kg", "--bsa '1.5 m2'", "--gfr '60 mL/min'"])
def test_a_measure_is_taken_up_by_the_command_that_is_printed(measure: str) -> None:
    """With the block turn filled in; the measure is in it as it was entered."""
    measured = measure if measure.startswith("--") else shlex.quote(measure)
    line = f"log weigh S-07.yaml {measured} --on 2025-12-03 --use-from 'course 1/cycle 2'"
    assert run(*shlex.split(line)).code == 0


TOLD: dict[str, str] = {}
"""Lines -> what they printed, once they were run."""


def output_of(lines: str) -> str:
    """The whole output of command lines, one after the other."""
    results = [run(*shlex.split(line), env=LIBRARY) for line in lines.split("; ")]
    return "".join(f"{result.out}\n{result.err}\n" for result in results)


# What the program can print

NOT_PROVOKED = {
    "il2calc show": "a spreadsheet that was read otherwise than it says, which would be a bug",
    "il2calc log start": "a log of megabytes",
}
"""A command that a message names -> what it would take to have it printed."""


@pytest.mark.usefixtures("desk")
def test_every_command_in_the_source_is_among_those_run() -> None:
    """A new message that names a command needs a line above that provokes it."""
    text = "\n".join(TOLD.get(lines) or output_of(lines) for lines in PROVOKED)
    text += "\n".join(file.read_text(encoding="utf-8") for file in GOLDEN)
    commands = set(hints(text))
    for file, piece in pieces():
        for hint in hints(piece):
            is_known = any(known.startswith(hint) for known in commands)
            assert is_known or hint in NOT_PROVOKED, f"{file}: {hint}"


def pieces() -> Iterator[tuple[str, str]]:
    """Every string in the source that is no docstring, and every part of an f-string."""
    for file in SRC:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = getattr(node, "value", None)
            if (
                isinstance(node, ast.Constant)
                and isinstance(text, str)
                and id(node) not in docstrings
            ):
                yield file.name, text


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("typed", ["--library library", "--library=library"])
@pytest.mark.parametrize(
    "line", ["drug 'folinic acid'", "show 'iron sulfate'", "list --for nobody"]
)
def test_a_command_about_a_file_of_a_library_names_the_library_typed(line: str, typed: str) -> None:
    """Without it nothing of that name is found, and the command is refused."""
    (hint,) = hints(run(*shlex.split(f"{line} {typed}")).err)
    assert hint.endswith(" --library library")
    assert_works(hint)


def test_a_message_of_another_kind_names_no_folder() -> None:
    """A message without a command is left as it is."""
    assert "--library" not in run("show", "npc-bolus", "--arm", "x", "--library", ".").err
