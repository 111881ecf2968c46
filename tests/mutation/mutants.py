"""Which faults a module is given: one small change of its meaning at a time.

A comparison is turned or its border moved, a number moved by one (a decimal by its last digit), a
condition held to be met or not, a part of it left out, `and` and `or` exchanged, a sign of
arithmetic exchanged, a statement left out.

Left out are the words of messages, and what only words hang on: texts, what stands inside a text
with placeholders, and the arguments of an error that is raised. So are annotations, assertions
(they say what cannot happen), and the fields of a class.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import NamedTuple

_TURNED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_EXCHANGED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}
Definition = ast.FunctionDef | ast.AsyncFunctionDef


class Mutant(NamedTuple):
    """One fault of a module.

    Args:
        function: in which it is, by its qualified name; empty outside functions.
        what: was changed into what.
        tree: the whole module with the fault, as long as no other is asked for.
    """

    line: int
    function: str
    what: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """What it is called, whatever line it moves to."""
        return f"{self.function or 'module'}: {self.what}"


def mutants(source: str) -> Iterator[Mutant]:
    """Every fault of a module, one at a time; none twice under one name."""
    tree = ast.parse(source)
    seen: dict[str, int] = {}
    for function, node in _meant(tree, ""):
        for line, what in _faults(node):
            mutant = Mutant(line, function, what, tree)
            seen[mutant.name] = seen.get(mutant.name, 0) + 1
            again = f" ({seen[mutant.name]})" if seen[mutant.name] > 1 else ""
            yield mutant._replace(what=what + again)


def _meant(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node that may be at fault, with the outermost function around it."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_left_out(child):
                continue
            within = function
            if isinstance(child, ast.ClassDef):
                yield from _of_class(child, function)
                continue
            if isinstance(child, Definition) and not function.rpartition(".")[2]:
                within = function + child.name
            yield within, child
            yield from _meant(child, within)


def _of_class(node: ast.ClassDef, function: str) -> Iterator[tuple[str, ast.AST]]:
    """The methods of a class; its fields are no faults."""
    for child in node.body:
        if isinstance(child, Definition):
            name = f"{function}{node.name}.{child.name}"
            yield name, child
            yield from _meant(child, name)


def _is_left_out(node: ast.AST) -> bool:
    checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    return checking or isinstance(node, (ast.Assert, ast.JoinedStr, ast.Raise))


@contextmanager
def _with(node: ast.AST, field: str, value: object) -> Iterator[None]:
    old = getattr(node, field)
    setattr(node, field, value)
    try:
        yield
    finally:
        setattr(node, field, old)


def _faults(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Make every fault of one node in its place, one at a time, and unmake it."""
    line = getattr(node, "lineno", 0)
    for field, value, what in _changes(node):
        with _with(node, field, value):
            yield line, what
    for field in ("body", "orelse", "finalbody"):
        statements = getattr(node, field, None)
        if isinstance(statements, list):
            for index, statement in enumerate(statements):
                for other in _in_place_of(statement):
                    changed = [*statements[:index], other, *statements[index + 1 :]]
                    what = f"{_short(statement)} -> {_short(other)}"
                    with _with(node, field, changed):
                        yield statement.lineno, what


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:87]}..."


Change = tuple[str, object, str]
"""Which field of a node becomes what, and that in words."""


def _changes(node: ast.AST) -> Iterator[Change]:
    """Every fault of a node that is none of a whole statement."""
    match node:
        case ast.Compare():
            yield from _turned(node)
        case ast.Constant() | ast.Call():
            yield from _moved(node)
        case ast.BoolOp():
            yield from _loosened(node)
        case ast.BinOp() | ast.UnaryOp():
            yield from _of_sign(node)
        case ast.If() | ast.IfExp() | ast.While():
            for outcome in (True, False):
                if not (outcome and isinstance(node, ast.While)):
                    yield "test", ast.Constant(outcome), f"{outcome} for: {_short(node.test)}"
        case ast.comprehension():
            yield from _without("ifs", node.ifs, "if")
        case ast.Tuple(elts=elts) if len(elts) > 3 and _names(elts):
            yield from _without("elts", elts, "of a table")
        case _:
            pass


def _turned(node: ast.Compare) -> Iterator[Change]:
    for index, op in enumerate(node.ops):
        for new in _TURNED[type(op)]:
            text = f"{type(op).__name__} -> {new.__name__} in {_short(node)}"
            yield "ops", [*node.ops[:index], new(), *node.ops[index + 1 :]], text


def _moved(node: ast.Constant | ast.Call) -> Iterator[Change]:
    """A number one up and down, a decimal one of its last digit; yes and no exchanged."""
    match node:
        case ast.Constant(value=bool(value)):
            yield "value", not value, f"{value} -> {not value}"
        case ast.Constant(value=int(value)):
            for other in (value + 1, value - 1):
                yield "value", other, f"{value} -> {other}"
        case ast.Call(func=ast.Name(id="Decimal" | "D"), args=[ast.Constant(value=str(digits))]):
            yield from _of_last_digit(digits)
        case _:
            pass


def _of_last_digit(digits: str) -> Iterator[Change]:
    """A decimal moved by one of its last digit; infinity has none, and becomes 0."""
    number = Decimal(digits)
    exponent = number.as_tuple().exponent
    others = [Decimal(0)]
    if isinstance(exponent, int):
        step = Decimal(1).scaleb(exponent)
        others = [number + step, number - step]
    for other in others:
        yield "args", [ast.Constant(str(other))], f"{digits} -> {other}"


def _loosened(node: ast.BoolOp) -> Iterator[Change]:
    """`and` and `or` exchanged, and every part left out."""
    new = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "op", new, f"{type(node.op).__name__} -> {type(new).__name__} in {_short(node)}"
    for index, left_out in enumerate(node.values):
        rest = [*node.values[:index], *node.values[index + 1 :]]
        operands = rest if rest[1:] else rest * 2  # an operator has two sides at least
        yield "values", operands, f"without {_short(left_out)} in {_short(node)}"


def _of_sign(node: ast.BinOp | ast.UnaryOp) -> Iterator[Change]:
    match node:
        case ast.BinOp(op=op) if type(op) in _EXCHANGED:
            other = _EXCHANGED[type(op)]
            yield "op", other(), f"{type(op).__name__} -> {other.__name__} in {_short(node)}"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            both = ast.UnaryOp(ast.Not(), operand)
            yield "operand", both, f"without not: {_short(node)}"
        case ast.UnaryOp(op=ast.USub()):
            yield "op", ast.UAdd(), f"without minus: {_short(node)}"
        case _:
            pass


def _without(field: str, parts: list[ast.expr], what: str) -> Iterator[Change]:
    for index, left_out in enumerate(parts):
        yield field, [*parts[:index], *parts[index + 1 :]], f"without {what} {_short(left_out)}"


def _names(nodes: list[ast.expr]) -> bool:
    return all(isinstance(node, (ast.Name, ast.Attribute)) for node in nodes)


def _in_place_of(statement: ast.stmt) -> Iterator[ast.stmt]:
    """What a statement becomes where it is left out; nothing for one that is no fault to lose."""
    match statement:
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
            yield ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load())))
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Expr() | ast.AugAssign() | ast.Raise():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.Return(value=value) if value is not None:
            if not (isinstance(value, ast.Constant) and value.value is None):
                yield ast.Return(ast.Constant(None))
