"""README and documentation, held against the program: what they say is what it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docpages import PAGES, README, ROOT, Example, blocks, file_name, marked, mended, play

_SHELL_LINES = re.compile(
    r"(\S*python3? -m venv|\S*pip install|uv tool install|pipx install|git clone|source|cd) .*"
)
_LANGUAGES = {"console", "python", "sh", "text", "yaml", "csv"}
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_every_command_of_a_page_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """What stands under a command is what it prints; the Python of a page runs."""
    (folder := tmp_path / "page").mkdir()
    played = play(page.read_text(encoding="utf-8"), folder)
    for example in played:
        assert example.said == example.mended(), f"{example.command}: refresh_docs.py mends it"


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_every_block_of_a_page_is_run_or_installs(page: Path) -> None:
    """No block escapes the test above but diagrams and lines that clone, install or activate."""
    for block in blocks(page.read_text(encoding="utf-8")):
        assert block.language in _LANGUAGES or block.language.startswith("{"), block
        if block.language in {"yaml", "csv"}:
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
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{_id(page)}: {target}"
        if anchor:
            headings = _HEADING.findall(there.read_text(encoding="utf-8"))
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
    assert [each.holds for each in played] == [True, False, True]
    assert mended(_PAGE, played) == _PAGE.replace("wrong", "3")


def test_what_is_left_out_is_kept_left_out() -> None:
    """A line `...` stands for lines between as many lines at either end as the page shows."""
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
