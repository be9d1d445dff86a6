"""What a statement puts into a registry by the name that it has: `HOOKS.append(check)`, `KINDS.add("ball", Ball)`.

It must never change anything, nor name an object beside which the statement may have put another one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from autoreload_hooks.outline import Chain, Unit, chain_of
from autoreload_hooks.program import Program
from autoreload_hooks.transaction import MISSING

from .containers import CONSTANTS, can_be_told


def offered(program: Program, namespace: dict[str, Any], unit: Unit) -> list[tuple[Chain, Any]]:
    """The things of their own that a statement hands over, each with the chain that names it.

    Nothing if it hands over anything else but keys: what it then has put there cannot be told.
    """
    found: list[tuple[Chain, Any]] = []
    for given, within in _given(unit.node):
        chain = chain_of(given) if isinstance(given, (ast.Name, ast.Attribute)) else None
        value = program.value(namespace, chain) if chain is not None else MISSING
        if chain is not None and value is not MISSING and can_be_told(value):
            found.append((chain, value))
        elif within or not (isinstance(given, ast.Constant) or type(value) in CONSTANTS):
            return []
    return found


def _given(node: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """What a call that stands for itself has as arguments, and whether that stands in a list or dictionary."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        for each in (*call.args, *(keyword.value for keyword in call.keywords)):
            yield from _parts(each)


def _parts(node: ast.expr) -> Iterator[tuple[ast.expr, bool]]:
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        yield from ((each, True) for each in node.elts)
    elif isinstance(node, ast.Dict):
        yield from ((each, True) for each in node.values)
    else:
        yield node, False
