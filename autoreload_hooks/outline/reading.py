"""Which names a statement reads itself, and what it may call.

It must never look into the functions that a statement defines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from .nodes import Chain, chain_of, children, innermost, own_calls, own_nodes

CALLS_BACK: Final = frozenset({
    "all", "any", "dict", "enumerate", "filter", "frozenset", "isinstance", "issubclass", "iter", "len", "list", "map",
    "max", "min", "next", "partial", "print", "reduce", "repr", "reversed", "set", "setattr", "sorted", "str", "sum",
    "tuple", "zip",
})  # fmt: skip
"""Builtins that call what they get, or its methods; to be passed to anything else is not to be called."""


def loads_name(node: ast.AST, name: str) -> bool:
    """Whether a piece of syntax reads a name itself, nested functions left out."""
    return any(
        isinstance(child, ast.Name) and child.id == name and isinstance(child.ctx, ast.Load)
        for child in own_nodes(node)
    )


def called(node: ast.AST) -> Iterator[Chain]:
    """The chains of what a piece of syntax may call, nested functions left out."""
    for child in own_nodes(node):
        for value in _callable_places(child):
            if isinstance(value, (ast.Name, ast.Attribute)) and (chain := chain_of(value)):
                yield chain


def run_by_threads(node: ast.AST) -> Iterator[Chain]:
    """The chains of what threads run that a piece of syntax makes: `Thread(target=fill)`."""
    for call, chain in own_calls(node):
        if chain and chain[-1] == "Thread":
            targets = [keyword.value for keyword in call.keywords if keyword.arg == "target"]
            yield from filter(None, map(chain_of, [*targets, *call.args[1:2]]))


def _callable_places(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        yield innermost(node.func)
        yield node.func
        if isinstance(node.func, ast.Name) and node.func.id in CALLS_BACK:
            yield from node.args
            yield from (keyword.value for keyword in node.keywords)
    elif isinstance(node, ast.ClassDef):
        yield from node.bases
        yield from (keyword.value for keyword in node.keywords)
    else:
        yield from _operands(node)
    for decorator in getattr(node, "decorator_list", ()):
        yield decorator.func if isinstance(decorator, ast.Call) else decorator


def operated(node: ast.AST) -> Iterator[Chain]:
    """The chains of what a piece of syntax operates with, nested functions left out."""
    for child in own_nodes(node):
        for value in _operands(child):
            if isinstance(value, (ast.Name, ast.Attribute)) and (chain := chain_of(value)):
                yield chain


def _operands(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.For, ast.withitem, ast.comprehension)):
        yield from (child for child in children(node) if isinstance(child, ast.expr))
