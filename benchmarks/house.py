"""Measure the plan of the house: modules, their importers, circles, sizes; print, judge nothing.

What counts: every `.py` file below `src/il2calc`, and every import statement in it, also those
inside functions. A package's `__init__` counts as a module, but not as one with a single importer.

    python benchmarks/house.py
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[1] / "src" / "il2calc"
_NOT_COUNTED_AT_TOP = ("__init__.py", "__main__.py", "py.typed", "__pycache__")


class House(NamedTuple):
    """What was measured.

    Args:
        imports: each module with the modules of the package that it imports.
        lines: lines of each module.
        top: folders and modules directly in the package.
    """

    imports: Mapping[str, frozenset[str]]
    lines: Mapping[str, int]
    top: tuple[str, ...]

    def with_one_importer(self) -> list[str]:
        """Modules that a single other module imports, `__init__` not counted."""
        importers = Counter(
            module for user, used in self.imports.items() for module in used if module != user
        )
        packages = {module.rpartition(".")[0] for module in self.imports}
        return sorted(
            module for module in self.imports if importers[module] == 1 and module not in packages
        )

    def named_alike(self) -> list[str]:
        """Names that modules of two folders share, `__init__` not counted."""
        packages = {module.rpartition(".")[0] for module in self.imports}
        plain = (module for module in self.imports if module not in packages)
        names = Counter(module.rpartition(".")[2] for module in plain)
        return sorted(name for name, count in names.items() if count > 1)

    def circles(self) -> list[str]:
        """Modules that import themselves by way of others, or of nobody else."""
        return sorted(module for module in self.imports if module in self._reached(module))

    def _reached(self, module: str) -> set[str]:
        found: set[str] = set()
        waiting = [*self.imports[module]]
        while waiting:
            other = waiting.pop()
            if other not in found:
                found.add(other)
                waiting.extend(self.imports[other])
        return found


def measure(package: Path = PACKAGE) -> House:
    """What does the house look like?"""
    files = {_name(package, path): path for path in sorted(package.rglob("*.py"))}
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    return House(
        imports={
            name: frozenset(_imported(text, files.keys() - {package.name}))
            for name, text in texts.items()
        },
        lines={name: text.count("\n") for name, text in texts.items()},
        top=tuple(
            sorted(path.name for path in package.iterdir() if path.name not in _NOT_COUNTED_AT_TOP)
        ),
    )


def _name(package: Path, path: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(text: str, modules: set[str]) -> Iterator[str]:
    """The modules that a text imports; of `from package import module` the module alone."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from modules & ({inner} if inner in modules else {node.module})
        elif isinstance(node, ast.Import):
            yield from modules & {alias.name for alias in node.names}


def main() -> None:
    """Print the figures, and the names behind them."""
    house = measure()
    largest = max(house.lines, key=lambda module: house.lines[module])
    for what, figure in (
        ("modules, with every __init__", len(house.imports)),
        ("modules with one importer", len(house.with_one_importer())),
        ("folders and modules at the top", len(house.top)),
        ("modules in an import circle", len(house.circles())),
        ("names that two modules share", len(house.named_alike())),
        ("lines of src", sum(house.lines.values())),
        (f"lines of the largest module ({largest})", house.lines[largest]),
    ):
        sys.stdout.write(f"{figure:>7,}  {what}\n")
    for module in house.with_one_importer():
        sys.stdout.write(f"         one importer: {module}\n")


if __name__ == "__main__":
    main()
