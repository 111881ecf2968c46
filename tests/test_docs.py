"""README and documentation, checked against the program: what they say is what it does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer

import generated
import il2calc
from commandline import NPC, document, environment, needs_posix, run
from desks import assert_works, hints
from docpages import PAGES, README, ROOT, Example, blocks, file_name, marked, mended, play
from il2calc.cli.app import build
from il2calc.model.drug import Dilution
from il2calc.report import plain_data
from il2calc.units import quantity

pytestmark = needs_posix("the shell of the documented commands")

_EVERYWHERE = re.MULTILINE | re.DOTALL
_SHELL_LINES = re.compile(
    r"(python3? -m venv|\S*pip install|uv tool install|pipx install|git clone|source) .*"
    r"|python tests/refresh_docs.py|sphinx-build -W .*"
)
_LANGUAGES = {"console", "python", "sh", "text", "yaml"}
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_every_command_of_a_page_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """The lines under a command are what it prints, and a command in it works when typed.

    The Python of a page runs.
    """
    (folder := tmp_path / "page").mkdir()
    played = play(page.read_text(encoding="utf-8"), folder)
    for example in played:
        assert example.holds, f"{example.command}: refresh_docs.py mends it"
    printed = "\n".join(line for example in played for line in example.printed)
    with chdir(folder):
        for hint in dict.fromkeys(hints(printed)):
            assert_works(hint)


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_every_block_of_a_page_is_run_or_installs(page: Path) -> None:
    """No block escapes the test above but diagrams and lines that clone, install or activate."""
    for block in blocks(page.read_text(encoding="utf-8")):
        assert block.language in _LANGUAGES or block.language.startswith("{"), block
        if block.language == "yaml":
            assert file_name(block), f"is laid out as no file: {block}"
        if block.language == "sh":
            assert all(_SHELL_LINES.fullmatch(line) for line in block.lines), block


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """A link within the repository names a file that is there and a heading that it has."""
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{_id(page)}: {target}"
        if anchor:
            headings = _HEADING.findall(linked.read_text(encoding="utf-8"))
            assert anchor in {_slug(heading) for heading in headings}, f"{_id(page)}: {target}"


def _slug(heading: str) -> str:
    """The anchor of a heading, as the forge and the site both make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_readme_is_read_in_five_minutes() -> None:
    """A README of more than 150 lines is a manual."""
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_the_readme_says_that_it_does_not_prescribe() -> None:
    """Whoever reads only the README knows what the tables are not."""
    assert "It does not prescribe" in README.read_text(encoding="utf-8")


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """The checks run the README's own command, taken from the README."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    assert "<!-- tests -->" in script
    assert "pytest" in marked(text, "tests")
    assert "schedule npc-bolus" in marked(text, "main job")


# What is generated, and what must agree with the program


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """A link to nowhere, a page in no list or a docstring that cannot be read is an error."""
    pytest.importorskip("sphinx", reason="sphinx is not installed: pip install 'il2calc[docs]'")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going"]
    result = subprocess.run(
        [*command, str(ROOT / "docs"), str(tmp_path / "site")],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    for name in ("reference/commands", "reference/keys", "reference/python"):
        page = (tmp_path / "site" / f"{name}.html").read_text(encoding="utf-8")
        assert "generated:" not in page, "what is generated has been put in"


def _verbs(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every verb of the command line with its path, verbs within verbs too."""
    yield path, group
    for name, verb in getattr(group, "commands", {}).items():
        yield from _verbs(verb, (*path, name))


def test_every_verb_and_option_is_in_the_command_reference() -> None:
    """What the command line takes is what its reference shows, verb by verb."""
    assert "<!-- generated: commands -->" in _text("docs/reference/commands.md")
    sections = dict(
        re.findall(
            r"^#+ il2calc ?([a-z ]*)\n\n```text\n(.*?)```", generated.commands(), _EVERYWHERE
        )
    )
    verbs = dict(_verbs(typer.main.get_command(build())))
    assert set(sections) == {" ".join(path) for path in verbs}
    for path, verb in verbs.items():
        for option in (name for param in verb.params for name in param.opts):
            section = sections[" ".join(path)].casefold()
            assert option.lstrip("-").replace("_", "-").casefold() in section, (path, option)


def test_every_key_of_the_schemas_is_in_the_tables_of_keys() -> None:
    """A key that a file may have is a key that the tables show."""
    assert "<!-- generated: keys -->" in _text("docs/reference/keys.md")
    tables = generated.keys()
    for args in (("schema",), ("schema", "--drug"), ("schema", "--log")):
        for key in _properties(json.loads(run(*args).out)):
            assert f"| `{key}` |" in tables, key


def _properties(schema: Any) -> set[str]:
    """Every key that a schema lets a mapping have, at any depth."""
    if not isinstance(schema, dict):
        return set().union(*map(_properties, schema)) if isinstance(schema, list) else set()
    return set(schema.get("properties", ())).union(*map(_properties, schema.values()))


def test_every_public_name_is_in_the_python_api() -> None:
    """What can be imported from il2calc, and what that hands out, is described."""
    assert "<!-- generated: python -->" in _text("docs/reference/python.md")
    described = generated.python()
    for name in set(il2calc.__all__) - {"__version__"}:
        assert f":: il2calc.{name}\n" in described
    for name in ("Schedule", "Administration", "Dosed", "Working", "Regimen", "Assumption"):
        assert f"### {name}\n" in described


def test_the_language_reference_names_every_key_of_a_regimen() -> None:
    """A key without a meaning on that page is a riddle."""
    page = _text("docs/reference/language.md")
    for key in re.findall(
        r"^\| `(\w+)` \|", generated.keys().partition("## Drug")[0], re.MULTILINE
    ):
        assert re.search(rf"(?<![\w-]){key}(?![\w-])", page), key


def test_the_outputs_page_names_every_column_and_key() -> None:
    """What other programs read is what that page promises, the columns in their order."""
    page = _text("docs/reference/outputs.md")
    columns = run(*NPC, "--format", "csv").out.splitlines()[0].split(",")
    table = page.partition("| column |")[2].partition("\n\n")[0]
    rows = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in table.splitlines()[2:]]
    assert [name for row in rows for name in row] == columns
    for name in _keys(document(*NPC)) - {"chi2001", "course", "course.cycle", "format"}:
        assert f"`{name}`" in page, name


@pytest.mark.parametrize(
    "args",
    [
        ("npc-bolus", "--weight", "70"),
        ("imatinib", "--cycles", "1"),
        ("rcc-infusion", "--weight", "70", "--height", "175"),
    ],
)
def test_the_outputs_page_names_every_key_of_a_preparation(args: tuple[str, ...]) -> None:
    """Vials, tablets, and the bags of a long infusion; a dilution is one of none that ships."""
    page = _text("docs/reference/outputs.md")
    part = page.partition("## Preparation\n")[2].partition("\n## ")[0]
    data = document("prepare", *args)
    for monograph in data["monographs"]:
        monograph["sources"] = {}
    for name in _keys(data) - {"format"}:
        assert f"`{name}`" in page, name
    step = Dilution(quantity("1 MIU"), Decimal(1), Decimal(10), "water", ("x",), None)
    dilution = plain_data.diluted(step, Decimal(1))
    own_keys = {*data, *_keys(data["doses"]), *_keys(data["totals"]), *_keys(dilution)}
    for name in own_keys - {"format", "program", "value", "unit", "code", "text"}:
        assert f"`{name}`" in part, name


_SHARED = {"format", "program", "name", "version"}
"""Keys of every document, and those that a schedule has too."""


def test_the_outputs_page_names_every_key_of_dose_intensity(tmp_path: Path) -> None:
    """Per drug and block turn, of a log of which something was given."""
    log = str(tmp_path / "S-07.yaml")
    run("log", "start", log, "--regimen", "npc-bolus", "--weight", "70", "--start", "2025-12-01")
    run("log", "given", log, "1-3", "--as-of", "2025-12-02")
    data = document("intensity", log, "--as-of", "2025-12-02")
    assert data["intensities"]
    own_keys = {*data, *_keys(data["intensities"])} - _SHARED - {"block", "turn"}
    _assert_named(own_keys, "Dose intensity")


def test_the_outputs_page_names_every_key_of_a_comparison(tmp_path: Path) -> None:
    """Of a fact, a text, a row, a total and the caution of a dose 100 times as large."""
    other = tmp_path / "other.yaml"
    text = (ROOT / "regimens" / "npc-bolus.yaml").read_text(encoding="utf-8")
    changed = text.replace("72_000 IU/kg", "7_200_000 IU/kg").replace("version: 1", "version: 2")
    other.write_text(changed, encoding="utf-8")
    data = document("diff", "npc-bolus", str(other), "--weight", "70")
    parts = ("facts", "texts", "rows", "totals", "cautions")
    assert all(data[part] for part in parts)
    own_keys = {*data, *(key for part in parts for entry in data[part] for key in entry)}
    _assert_named({*own_keys, "number"} - _SHARED, "Comparison")


def test_the_outputs_page_names_every_key_of_the_summary_of_a_cohort(tmp_path: Path) -> None:
    """Of a drug with vials; by its code, a caution is no key."""
    people, rows = tmp_path / "people.csv", str(tmp_path / "rows.csv")
    people.write_text("ID,WT\n1,70\n", encoding="utf-8")
    run("cohort", "npc-bolus", str(people), "--output", rows, "--summary")
    data = json.loads((tmp_path / "rows.summary.json").read_text(encoding="utf-8"))
    assert data["cautions"]
    _assert_named({*data, *_keys(data["drugs"])} - _SHARED, "Summary of a cohort")


def _assert_named(keys: set[str], heading: str) -> None:
    """Each is named in its own part of the page."""
    page = _text("docs/reference/outputs.md")
    part = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    assert [key for key in sorted(keys) if f"`{key}`" not in part] == []


def _keys(data: Any) -> set[str]:
    """Every key in plain data."""
    if isinstance(data, dict):
        return set(data).union(*map(_keys, data.values()))
    return set().union(*map(_keys, data)) if isinstance(data, list) else set()


def test_every_word_of_the_glossary_is_used() -> None:
    """A word that is explained and never used is one too many; 30 to 40 are enough."""
    glossary = ROOT / "docs" / "reference" / "glossary.md"
    words = re.findall(r"^([^\s:#].*)\n  \S", glossary.read_text(encoding="utf-8"), re.MULTILINE)
    others = " ".join(page.read_text(encoding="utf-8") for page in PAGES if page != glossary)
    assert 30 <= len(words) <= 40
    assert [word for word in words if word.lower() not in others.lower()] == []


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# The player of pages itself


_PAGE = """\
<!-- file: greeting.txt -->
```csv
one
two
three
```

```console
$ cat greeting.txt
one
...
$ cat \\
  greeting.txt | wc -l
wrong
$ il2calc schedule nothing 2> /dev/null
```

```python
from pathlib import Path
assert Path("greeting.txt").exists()
```
"""


def test_a_page_that_is_wrong_is_noticed_and_mended(tmp_path: Path) -> None:
    """A wrong output is found, and replaced without touching what is left out on purpose."""
    (folder := tmp_path / "page").mkdir()
    played = play(_PAGE, folder)
    assert [example.holds for example in played] == [True, False, True]
    assert mended(_PAGE, played) == _PAGE.replace("wrong", "3")


def test_what_is_left_out_is_kept_left_out() -> None:
    """A line `...` replaces lines between as many lines at either end as the page shows."""
    lines = tuple("abcdef")
    assert Example("", 0, 0, ("a", "...", "f"), lines).holds
    assert Example("", 0, 0, ("a", "...", "x"), lines).mended() == ("a", "...", "f")
    assert not Example("", 0, 0, ("a", "...", "b"), ("a", "b")).holds


def test_a_block_that_is_not_there_is_not_made_up() -> None:
    """A mark that no block has is an error, and output without a command too."""
    with pytest.raises(LookupError):
        marked(_PAGE, "tests")
    with pytest.raises(AssertionError, match="output without a command"):
        play("```console\nwords\n```\n", Path())


# The pages of the regimens


def _listed(name: str) -> Any:
    (entry,) = (regimen for regimen in document("list")["regimens"] if regimen["id"] == name)
    return entry


def test_a_page_shows_picture_table_readings_findings_sources_and_review() -> None:
    """One page holds all that is known of a regimen, so that a reader can judge it."""
    text = generated.page(_listed("npc-bolus"))
    assert text.startswith("# npc-bolus: Intravenous bolus interleukin-2 in nasopharyngeal")
    assert "```{raw} html\n<svg " in text
    assert text.count("<svg") == text.count("</svg>") == 1
    assert "aldesleukin 5.04 million units" in text  # 72,000 x 70
    assert 'Otherwise: --set course.cycle.repeat.rest="6 days"' in " ".join(text.split())
    assert "chi2001: Chi KH" in text
    assert "not clinically reviewed" in text
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[:3] == ["Shape", "A standard patient", "What is given"]
    assert {"Assumptions", "Findings", "Alongside", "Sources", "Standing"} <= set(headings)


def test_a_page_counts_what_is_open_and_takes_the_default_arm() -> None:
    """A regimen without a number of cycles, and one with several arms, has a table too."""
    text = generated.page(_listed("imatinib"))
    assert "--times cycle=1 --arm level-2 --brief" in text
    assert "aldesleukin 6 million units" in text


def test_every_shipped_regimen_gets_a_page_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of them is generated too; a page whose regimen has gone goes with it."""
    monkeypatch.setattr(generated, "page", lambda listed: f"# {listed['id']}\n")
    folder = tmp_path / "regimens"
    for _ in range(2):
        generated.write_atlas(folder)
        names = {path.stem for path in folder.glob("*.md")}
        assert names == {"index", *(regimen["id"] for regimen in document("list")["regimens"])}
        (folder / "gone.md").write_text("# gone\n")
    index = (folder / "index.md").read_text("utf-8")
    assert "## Type 1 diabetes\n\n- [dilfrequency](dilfrequency.md): " in index
