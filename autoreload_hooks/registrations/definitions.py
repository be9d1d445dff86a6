"""The syntax of functions that ran: where they stand in their module, and which statements act.

It must never run anything.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Final

from autoreload_hooks.outline import FUNCTIONS

_BODY: Final = "_autoreload_body"
"""The attribute of a function's node that holds its body, flat."""
_LAMBDA: Final = "<lambda>"


def body(node: ast.AST) -> ast.AST:
    """A function's body and all that is nested in it: a decorator's inner functions act as well."""
    known: ast.AST | None = vars(node).get(_BODY)
    if known is None:  # a function is asked about many things
        statements = list(getattr(node, "body", ()))
        flat = [inner for statement in statements for inner in _with_inner_bodies(statement)]
        known = ast.Module(flat, type_ignores=[])
        setattr(node, _BODY, known)
    return known


def _with_inner_bodies(statement: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(statement, FUNCTIONS):
        if statement.decorator_list:
            yield statement  # to define it acts upon what decorates it
        for inner in statement.body:
            yield from _with_inner_bodies(inner)
    else:
        yield statement


def functions_within(node: ast.AST) -> dict[tuple[str, int], ast.AST]:
    """The functions within a statement, by the name and the first line that their code objects have.

    Of several lambdas in one line nothing tells which is which: they are left out.
    """
    found: dict[tuple[str, int], ast.AST] = {}
    lambdas = Counter(child.lineno for child in ast.walk(node) if isinstance(child, ast.Lambda))
    for child in ast.walk(node):
        if isinstance(child, FUNCTIONS):
            first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
            found.setdefault((child.name, first), child)
        elif isinstance(child, ast.Lambda) and lambdas[child.lineno] == 1:
            found[_LAMBDA, child.lineno] = _as_function(child)
    return found


def _as_function(node: ast.Lambda) -> ast.FunctionDef:
    """A lambda as a function that does the same, as far as what it does to objects goes."""
    statement = ast.copy_location(ast.Expr(node.body), node.body)
    return ast.copy_location(ast.FunctionDef(_LAMBDA, node.args, [statement], []), node)
