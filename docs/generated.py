"""What no page says by hand: the options of every verb, the keys of every file, the Python API.

A page names what it wants by a comment, `<!-- generated: commands -->`, on a line of its own.
The pages of the regimens that ship, one for each, are written whole before Sphinx looks for pages.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

from pygments.lexers.special import TextLexer

import il2calc
from il2calc.cli.app import build

_WANTED = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
_COMMAND = re.compile(r"^  ([a-z]+)  ", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_]\w*")


def setup(app: Any) -> dict[str, bool]:
    """Put what is generated into a page when Sphinx reads it."""
    app.add_lexer("console", TextLexer)  # a table is no shell session: 2026-12-01 is one word
    app.connect("builder-inited", lambda app: write_atlas(Path(app.srcdir) / "regimens"))
    app.connect("source-read", lambda _app, _page, source: _fill(source))
    app.connect("autodoc-process-docstring", _of_a_property, priority=1)
    return {"parallel_read_safe": True}


def _of_a_property(_app: Any, what: str, *rest: Any) -> None:
    """Napoleon takes what stands before a colon in the first line for a type: leave none there."""
    if what == "property":
        rest[-1].insert(0, "\\ ")


def _fill(source: list[str]) -> None:
    makers = {"commands": commands, "keys": keys, "python": python}
    source[0] = _WANTED.sub(lambda match: makers[match[1]](), source[0])


def printed(*args: str) -> str:
    """What a command line prints, 80 columns wide."""
    out = StringIO()
    with patch.dict(os.environ, {"COLUMNS": "80"}), redirect_stdout(out), suppress(SystemExit):
        build(args[0])(args=list(args), prog_name="il2calc")
    return out.getvalue()


def commands() -> str:
    """The help of every verb, and of every verb within one."""
    return "\n".join(_help(()))


def _help(verb: tuple[str, ...]) -> Iterator[str]:
    text = printed(*verb, "--help")
    name = " ".join(("il2calc", *verb))
    yield f"{'#' * (len(verb) + 2)} {name}\n\n```text\n{text.rstrip()}\n```\n"
    _, _, listed = text.partition("\nCommands:\n")
    for inner in _COMMAND.findall(listed.partition("\n\n")[0]):
        yield from _help((*verb, inner))


PATIENT = ("--weight", "70", "--height", "170")
"""Whose doses the pages of the regimens show."""


def write_atlas(folder: Path) -> None:
    """Write a page for each regimen that ships, and one that lists them by disease."""
    folder.mkdir(exist_ok=True)
    listed = json.loads(printed("list", "--format", "json"))["regimens"]
    with redirect_stderr(StringIO()):  # cautions: what they say stands on the pages
        pages = {"index": contents(listed)} | {each["id"]: page(each) for each in listed}
    for old in folder.glob("*.md"):
        if old.stem not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def contents(listed: list[Any]) -> str:
    """The regimens that ship by disease, each with a link to its page."""
    by_disease: dict[str, list[str]] = {}
    for each in listed:
        line = f"- [{each['id']}]({each['id']}.md): {each['title']}"
        by_disease.setdefault(each["for"], []).append(line)
    parts = ["# The regimens that ship\n"]
    for disease in sorted(by_disease, key=str.casefold):
        parts += [f"## {disease[0].upper()}{disease[1:]}\n", *by_disease[disease], ""]
    names = "\n".join(each["id"] for each in listed)
    return "\n".join((*parts, f"```{{toctree}}\n:hidden:\n\n{names}\n```\n"))


def page(listed: Any) -> str:
    """A regimen: picture, a standard patient's table, what is given, and what that rests on.

    Args:
        listed: what `il2calc list --format json` says of it.
    """
    arms = [listed["default_arm"] or arm for arm in listed["arms"][:1]]
    counts = [word for path in listed["open"] for word in ("--times", f"{path}=1")]
    chosen = (listed["id"], *PATIENT, *counts, *(word for arm in arms for word in ("--arm", arm)))
    command = " ".join(("il2calc schedule", *chosen, "--brief"))
    _, *paragraphs = printed("show", listed["id"]).split("\n\n")
    parts = [
        f"# {listed['id']}: {listed['title']}",
        f"For {listed['for']}.",
        "## Shape",
        f"```{{raw}} html\n{_picture(chosen)}\n```",
        "## A standard patient",
        f"```text\n$ {command}\n{_table_of(chosen)}\n```",
    ]
    for paragraph in paragraphs:
        heading, _, body = paragraph.partition("\n")
        parts += [f"## {heading.strip()}", f"```text\n{body.rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"


def _picture(chosen: tuple[str, ...]) -> str:
    """The schedule drawn, without what a file of its own needs at its head."""
    drawn = printed("schedule", *chosen, "--format", "svg")
    return "\n".join(line for line in drawn[drawn.index("<svg") :].splitlines() if line.strip())


def _table_of(chosen: tuple[str, ...]) -> str:
    """The table alone: what follows it stands on the page already."""
    table, _, _ = printed("schedule", *chosen, "--brief").partition("\nNotes in short")
    return table.rstrip()


def keys() -> str:
    """The keys of regimen files, drug files and course logs, from their JSON Schemas."""
    files = {
        "Regimen files": ("schema",),
        "Drug files": ("schema", "--drug"),
        "Course logs": ("schema", "--log"),
    }
    found = []
    for title, args in files.items():
        schema = json.loads(printed(*args))
        found.append(f"## {title}\n")
        found += [_table(each) for each in (schema, *schema.get("$defs", {}).values())]
    return "\n".join(found)


def _table(schema: Any) -> str:
    """The keys of one mapping, those that it must have first."""
    required = schema.get("required", [])
    properties = schema["properties"]
    rows = [
        f"| `{key}` | {'required' if key in required else ''} | {_form(properties[key])} |"
        for key in sorted(properties, key=lambda key: key not in required)
    ]
    title = schema["description"]
    head = f"### {title[0].upper()}{title[1:]}"
    return "\n".join((head, "", "| key | | what stands there |", "| --- | --- | --- |", *rows, ""))


def _form(schema: Any) -> str:
    """What may stand under a key, in words."""
    if words := schema.get("description"):
        return str(words)
    if choices := schema.get("enum"):
        return " or ".join(f"`{each}`" for each in choices if isinstance(each, str))
    if options := schema.get("anyOf"):
        several = [each for each in options if each.get("items") in options]
        forms = [_form(each) for each in options if each not in several]
        return "; or ".join((*dict.fromkeys(forms), *("a list of them" for _ in several)))
    if named := schema.get("patternProperties"):
        return f"by name: {_form(next(iter(named.values())))}"
    if items := schema.get("items"):
        return f"a list of: {_form(items)}"
    return str(schema.get("$ref", "text")).rpartition("/")[2].replace("-", " ")


def python() -> str:
    """The public names of il2calc, and every type of ours that they hand out."""
    public = {getattr(il2calc, name): name for name in il2calc.__all__ if name != "__version__"}
    functions = [each for each in public if inspect.isfunction(each)]
    found = {each: None for each in public if inspect.isclass(each)}
    for function in functions:
        found |= dict.fromkeys(_types(function, str(inspect.signature(function).return_annotation)))
    for each in (waiting := list(found)):
        fields = " ".join(map(str, inspect.get_annotations(each).values()))
        new = [other for other in _types(each, fields) if other not in found]
        found |= dict.fromkeys(new)
        waiting += new
    pages = ["## What you call\n"]
    pages += [_documented(each, f"il2calc.{name}") for each, name in public.items()]
    pages += ["## What you get\n"]
    named = {each: f"{each.__module__}.{each.__name__}" for each in found if each not in public}
    pages += [_documented(each, name) for each, name in named.items()]
    return "\n".join(pages)


def _types(owner: Any, annotation: str) -> list[type]:
    """Types of this package that an annotation names, as its module knows them."""
    known = vars(sys.modules[owner.__module__])
    named = [known.get(name) for name in _NAME.findall(annotation)]
    named += [member for each in named for member in get_args(each)]  # those of an alias
    return [each for each in named if inspect.isclass(each) and "il2calc" in each.__module__]


def _documented(thing: Any, path: str) -> str:
    kind = "function" if inspect.isfunction(thing) else "class"
    lines = [f".. auto{kind}:: {path}"]
    if kind == "class":
        own = [
            name
            for name, member in vars(thing).items()
            if not name.startswith("_")
            and (inspect.isfunction(member) or isinstance(member, property))
        ]
        if own:
            lines.append(f"   :members: {', '.join(own)}")
    listed = "\n".join(lines)
    return f"### {path.rpartition('.')[2]}\n\n```{{eval-rst}}\n{listed}\n```\n"
