"""The nodes of a syntax tree that run with a statement, and the chains of names and attributes among them.

It must never say what any of them does.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from typing import Final

Chain = tuple[str, ...]
"""A name and the attributes read from it: `("settings", "URL")` for `settings.URL`."""
WORD: Final = re.compile(r"\w+")
WITHOUT_NODES: Final = frozenset(
    {"ctx", "op", "ops", "id", "attr", "asname", "module", "level", "kind", "type_comment"}
)
"""Fields of nodes that hold texts, operators, or whether a name is read or bound."""
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


def own_nodes(node: ast.AST, *, classes: bool = True) -> Iterator[ast.AST]:
    """The nodes that run with a statement: not the bodies of functions that it defines."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        yield current
        if isinstance(current, FUNCTIONS):
            todo += [*current.decorator_list, *current.args.defaults, *filter(None, current.args.kw_defaults)]
        elif isinstance(current, ast.Lambda):
            todo += [*current.args.defaults, *filter(None, current.args.kw_defaults)]
        elif classes or not isinstance(current, ast.ClassDef):
            todo += children(current)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below one, in order, operators and the contexts of names left out, which say nothing here.

    Only its fields: other libraries hang more on nodes, as a `parent` on each and on the one `Load()` that all share.
    """
    found: list[ast.AST] = []
    held = vars(node)
    for name in _fields_with_nodes(node._fields):
        value = held.get(name)
        if type(value) is list:
            found += [each for each in value if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


@functools.cache
def _fields_with_nodes(fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in fields if name not in WITHOUT_NODES)


def live_branches(node: ast.AST) -> list[ast.AST]:
    """Of an `if` that can never be true in an imported module, what is left to run: its test and its `else`."""
    if isinstance(node, ast.If) and _is_never(node.test):
        return [node.test, *node.orelse]
    return []


def _is_never(test: ast.expr) -> bool:
    """`__name__ == "__main__"`, and `TYPE_CHECKING` under any name of `typing`."""
    if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__":
        return isinstance(test.ops[0], ast.Eq) and getattr(test.comparators[0], "value", None) == "__main__"
    return getattr(test, "id", getattr(test, "attr", None)) == "TYPE_CHECKING"


def is_text(node: ast.stmt) -> bool:
    """Is it a text that stands for itself: a docstring, where it comes first?"""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def chain_of(node: ast.expr) -> Chain | None:
    """`a.b.c` as a chain, or None for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return (node.id, *reversed(names))


def chains(node: ast.AST) -> Iterator[Chain]:
    """The chains of names that a piece of syntax reads, nested functions left out."""
    for child in own_nodes(node):
        if isinstance(child, (ast.Name, ast.Attribute)) and (chain := chain_of(child)):
            yield chain


def innermost(node: ast.expr) -> ast.expr:
    """The object at the start of a chain of calls and items: `app` of `app.group("x")["y"]`."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        inner = node.func if isinstance(node, ast.Call) else node.value
        node = inner.value if isinstance(node, ast.Call) and isinstance(inner, ast.Attribute) else inner
    return node
