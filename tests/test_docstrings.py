"""The examples in docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import il2calc

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(il2calc.__path__, "il2calc.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", ["il2calc", *MODULES])
def test_every_example_in_a_docstring_prints_what_it_says(name: str) -> None:
    """An example beside a function is what the function does."""
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
