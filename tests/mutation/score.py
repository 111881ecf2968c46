"""How many of a module's faults its tests find.

    PYTHONPATH=src:tests python -m mutation.score              # every module, as long as it takes
    PYTHONPATH=src:tests python -m mutation.score plan.dosing  # some
    PYTHONPATH=src:tests python -m mutation.score plan.dosing:_cap,_round  # of such functions

It prints what survived, then a row of the table of `RESULTS.md`: the module, its faults, those that
were found, their share, how many of these by a test that had no end, and the faults that change
no meaning.

The tests of a module (`modules.toml`) are collected once. For each fault the process forks, puts
it into the functions that are loaded, and runs the tests that call the function at fault, those
that found the most faults before first, until one fails. A test that takes ten times its time has
failed. Property tests draw few examples, always the same: a score is at least what it says.

A survivor that changes no meaning is named in `modules.toml` with the reason, and not counted.
"""

from __future__ import annotations

import ast
import gc
import importlib
import os
import pickle
import pkgutil
import resource
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, settings

import il2calc
from mutation.mutants import Definition, Mutant, mutants

ROOT = Path(__file__).parents[2]
EXAMPLES = 15
MEMORY = 8 * 1024**3
LONGEST = 1
"""A test that takes more seconds of the processor is left out."""

DRAWN = "_hypothesis_internal_use_settings"
"""Where hypothesis keeps the settings of a property test."""

LEAST, SLOWEST = 10, 10
"""A fault has no end after so many seconds and so many times what its tests take without it.

Seconds of the processor, so that a machine with other work to do finds no fault; a test that waits
for ever has `SLOWEST` times as many on the clock.
"""


class Known(NamedTuple):
    """What a run of the tests without a fault shows of one.

    Args:
        seconds: of the processor.
        calls: the functions of the module that it calls.
        quick: it passes, and is worth its time.
    """

    seconds: float
    calls: frozenset[str]
    quick: bool


class Score:
    """A plugin of pytest that runs the collected tests once for each fault.

    Args:
        module: by its dotted name, below `il2calc`.
        equal: names of faults that change no meaning.
        only: faults of functions whose names hold one of these texts, with commas between.
    """

    def __init__(self, module: str, equal: Mapping[str, str], only: str) -> None:
        self.module = importlib.import_module(f"il2calc.{module}")
        assert self.module.__file__ is not None
        self.path = Path(self.module.__file__)
        self.equal, self.only = equal, only
        self.kills: Counter[str] = Counter()
        self.survivors: list[str] = []
        self.outdated = set(equal)
        self.faults = self.killed = self.without_end = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let no property test draw more examples than `EXAMPLES`, whatever it asks for."""
        for item in items:
            function = getattr(item, "obj", None)
            drawn_settings = getattr(function, DRAWN, None)
            if drawn_settings is not None and drawn_settings.max_examples > EXAMPLES:
                setattr(function, DRAWN, settings(drawn_settings, max_examples=EXAMPLES))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of running the tests once."""
        tests: dict[str, Known] = pickle.loads(_forked(lambda: self._without_fault(session)))  # noqa: S301 - our own child wrote it
        functions = _functions(self.path)
        total = sum(answer.seconds for answer in tests.values())
        _print(f"  {len(tests)} tests of {total:.0f} s; left out: {self._slow(tests)}")
        for mutant in mutants(self.path.read_text(encoding="utf-8")):
            if any(part in mutant.function for part in self.only.split(",")):
                self._judge(mutant, session, tests, functions)
        return True

    @staticmethod
    def _slow(tests: Mapping[str, Known]) -> list[str]:
        return [name.rpartition("::")[2] for name, answer in tests.items() if not answer.quick]

    def _judge(
        self,
        mutant: Mutant,
        session: pytest.Session,
        tests: Mapping[str, Known],
        functions: Mapping[str, list[FunctionType]],
    ) -> None:
        """Run the tests with one fault, and count what becomes of it."""
        self.outdated.discard(mutant.name)
        if mutant.name in self.equal:
            return
        self.faults += 1
        items = [
            item
            for item in session.items
            if (test := tests[item.nodeid]).quick
            and (mutant.function in test.calls or (test.calls and not mutant.function))
        ]
        items.sort(key=lambda item: (-self.kills[item.nodeid], tests[item.nodeid].seconds))
        limit = LEAST + SLOWEST * sum(tests[item.nodeid].seconds for item in items)
        killer = _forked(lambda: self._with_fault(mutant, functions, items), limit)
        where = f"{self.path.name}:{mutant.line} {mutant.name}"
        if killer == b"survived":
            self.survivors.append(mutant.name)
            _print(f"  survived: {where}")
        elif killer.startswith(b"broken"):
            _print(f"  could not be put in: {where} {killer!r}")
        else:
            self.killed += 1
            self.kills[killer.decode()] += 1
            self.without_end += not killer

    def _without_fault(self, session: pytest.Session) -> bytes:
        tests = {}
        for item, after in _chained(session.items):
            calls: set[str] = set()
            start, failed = time.process_time(), session.testsfailed
            sys.setprofile(_noting(str(self.path), calls))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            sys.setprofile(None)
            seconds = time.process_time() - start
            quick = session.testsfailed == failed and seconds < LONGEST
            tests[item.nodeid] = Known(seconds, frozenset(calls), quick)
        return pickle.dumps(tests)

    def _with_fault(
        self,
        mutant: Mutant,
        functions: Mapping[str, list[FunctionType]],
        items: list[pytest.Item],
    ) -> bytes:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        tree = ast.fix_missing_locations(mutant.tree)
        try:
            if mutant.function:
                _put_in(tree, mutant.function, functions, self.module)
            else:
                _set_anew(tree, mutant.line, self.module)
        except Exception as error:  # noqa: BLE001 - told by the process that waits
            return f"broken: {error!r}".encode()
        for item, after in _chained(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if item.session.testsfailed:
                return item.nodeid.encode()
        return b"survived"


def _chained(items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    yield from zip(items, [*items[1:], None], strict=True)


def _noting(path: str, calls: set[str]) -> Any:
    """A profiler that notes which functions of a file are called, by the outermost around them."""

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename == path:
            calls.add(frame.f_code.co_qualname.partition(".<locals>")[0])

    return note


def _functions(path: Path) -> dict[str, list[FunctionType]]:
    """Every loaded function of a file by its qualified name, whatever decorates it."""
    loaded: dict[str, list[FunctionType]] = {}
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == str(path):
            loaded.setdefault(function.__qualname__, []).append(function)
    return loaded


def _put_in(
    tree: ast.Module, name: str, functions: Mapping[str, list[FunctionType]], module: ModuleType
) -> None:
    """Give the loaded functions of a name the code, and the defaults, that the tree has for it."""
    (code,) = (
        code
        for code in _codes(compile(tree, str(module.__file__), "exec", dont_inherit=True))
        if code.co_qualname == name
    )
    (node,) = (node for called, node in _definitions(tree, "") if called == name)
    for function in functions[name]:
        function.__code__ = code
        if node.args.defaults:
            function.__defaults__ = tuple(_value(value, module) for value in node.args.defaults)
        if function.__kwdefaults__:
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if default is not None:
                    function.__kwdefaults__[argument.arg] = _value(default, module)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _definitions(node: ast.AST, around: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            assert isinstance(child, ast.FunctionDef)
            yield around + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _definitions(child, f"{around}{child.name}.")
        else:
            yield from _definitions(child, around)


def _value(node: ast.expr, module: ModuleType) -> object:
    code = compile(ast.Expression(node), str(module.__file__), "eval", dont_inherit=True)
    return eval(code, dict(vars(module)))  # noqa: S307 - the module's own code


def _set_anew(tree: ast.Module, line: int, module: ModuleType) -> None:
    """Set what a statement at the top of a module sets, wherever it was imported to."""
    (statement,) = (
        node for node in tree.body if node.lineno <= line <= (node.end_lineno or node.lineno)
    )
    old, new = vars(module), dict(vars(module))
    code = compile(ast.Module([statement], []), str(module.__file__), "exec", dont_inherit=True)
    exec(code, new)  # noqa: S102 - the module's own code
    for name, value in new.items():
        if name in old and old[name] is not value and not name.startswith("__"):
            was = old[name]
            for place in list(sys.modules.values()):
                if vars(place).get(name, place) is was:
                    setattr(place, name, value)


def _forked(work: Any, limit: float = 3600) -> bytes:
    """What a piece of work answers that is done in a process of its own, or why it did not."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, limit)
            signal.alarm(int(limit * SLOWEST))
            answer = work()
            with os.fdopen(writing, "wb") as stream:
                stream.write(answer)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    return answer


def _print(text: str) -> None:
    os.write(_STDOUT, f"{text}\n".encode())


_STDOUT = os.dup(1)


OPTIONS = (
    *("--assert=plain", "--tb=native"),  # nobody reads why a test failed, and to tell it takes long
    *("-q", "--rootdir", str(ROOT), "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *("-o", "tmp_path_retention_policy=failed"),
)


def table_row(name: str, only: str = "") -> str:
    """The score of one module as a row of the table, its survivors before it.

    Args:
        only: faults of functions whose names hold this text.
    """
    config = tomllib.loads((ROOT / "tests/mutation/modules.toml").read_text(encoding="utf-8"))
    equal = config["equal"].get(name, {})
    _prepare()
    score = Score(name, equal, only)
    start = time.perf_counter()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    tests = [str(ROOT / f"tests/test_{test}.py") for test in config["modules"][name]]
    status = pytest.main([*OPTIONS, *tests], plugins=[score])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        _print(f"  the tests could not be run: {status!r}")
    for qualified in () if only else sorted(score.outdated):
        _print(f"  no such fault any more: {qualified}")
    share = f"{100 * score.killed / max(score.faults, 1):.1f} %"
    equals = len(equal) - len(score.outdated)
    minutes = f"{(time.perf_counter() - start) / 60:.0f} min"
    figures = (name, score.faults, score.killed, share, score.without_end, equals, minutes)
    return f"| {' | '.join(map(str, figures))} |"


def _prepare() -> None:
    """Draw few examples, always the same, and load what every test would load again."""
    settings.register_profile(
        "mutation",
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutation")
    for module in pkgutil.walk_packages(il2calc.__path__, "il2calc."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def main(names: list[str]) -> None:
    """Print the score of the modules that are named, or of all."""
    if len(names) == 1:
        _print(table_row(*names[0].split(":")))
        return
    config = tomllib.loads((ROOT / "tests/mutation/modules.toml").read_text(encoding="utf-8"))
    for name in names or config["modules"]:
        subprocess.run([sys.executable, "-m", "mutation.score", name], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
