"""The nodes of a syntax tree that run with a statement, and the chains of names and attributes among them.

It must never say what any of them does.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from typing import Any, Final

Chain = tuple[str, ...]
"""A name and the attributes read from it: `("settings", "URL")` for `settings.URL`."""
WORD: Final = re.compile(r"\w+")
WITHOUT_NODES: Final = frozenset(
    {"ctx", "op", "ops", "id", "attr", "asname", "module", "level", "kind", "type_comment"}
)
"""Fields of nodes that hold texts, operators, or whether a name is read or bound."""
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
CLASS_OF: Final = "__class__"  #: the name in a chain that stands for the class of what comes before
_UNSAID: Final = frozenset({"ctx", "kind", "type_comment"})
"""Fields of nodes that follow from the others, or make no difference."""
_DISPLAYS: Final = (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.UnaryOp)
"""What is but data where all that it holds is: `-1` too."""
_BELOW: Final = "_autoreload_below"
_BELOW_WITHOUT_CLASSES: Final = "_autoreload_below_without_classes"
_CALLS: Final = "_autoreload_calls"
"""The attributes of a node, of a statement or a function's body, that hold what runs with it."""


def own_nodes(node: ast.AST, *, classes: bool = True) -> Iterator[ast.AST]:
    """The nodes that run with a statement: not the bodies of functions that it defines.

    Constants, and containers that hold nothing else, do nothing and are left out: a table of data may have thousands.
    """
    yield node
    if not isinstance(node, (ast.stmt, ast.Module)):
        yield from _below(node, classes=classes)
        return
    known = _BELOW if classes else _BELOW_WITHOUT_CLASSES
    below: tuple[ast.AST, ...] | None = vars(node).get(known)
    if below is None:  # a statement is asked about many things
        below = tuple(_below(node, classes=classes))
        setattr(node, known, below)
    yield from below


def own_calls(node: ast.AST) -> tuple[tuple[ast.Call, Chain | None], ...]:
    """The calls that run with a statement, each with the chain of names that it calls, if it is one."""
    known: tuple[tuple[ast.Call, Chain | None], ...] | None = vars(node).get(_CALLS)
    if known is None:
        calls = (each for each in own_nodes(node) if isinstance(each, ast.Call))
        known = tuple((call, chain_of(call.func)) for call in calls)
        if isinstance(node, (ast.stmt, ast.Module)):
            setattr(node, _CALLS, known)
    return known


def _below(node: ast.AST, *, classes: bool) -> Iterator[ast.AST]:
    """The nodes that run with another one, without that itself."""
    todo = _run_by(node, classes=classes)
    while todo:
        current = todo.pop()
        inner = _run_by(current, classes=classes)
        if inner or type(current) not in _DISPLAYS:
            yield current
            todo += inner


def _run_by(node: ast.AST, *, classes: bool) -> list[ast.AST]:
    """The nodes right below one that run with it."""
    if isinstance(node, FUNCTIONS):
        return [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
    if isinstance(node, ast.Lambda):
        return [*node.args.defaults, *filter(None, node.args.kw_defaults)]
    if not classes and isinstance(node, ast.ClassDef):
        return []
    return children(node)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below one, in order, without what says nothing here: constants, operators, contexts of names.

    Only its fields: other libraries hang more on nodes, as a `parent` on each and on the one `Load()` that all share.
    """
    found: list[ast.AST] = []
    held = vars(node)
    for name in _fields_with_nodes(node._fields):
        value = held.get(name)
        if type(value) is list:
            found += [each for each in value if type(each) is not ast.Constant and isinstance(each, ast.AST)]
        elif type(value) is not ast.Constant and isinstance(value, ast.AST):
            found.append(value)
    return found


def spelling(node: ast.AST) -> tuple[object, ...]:
    """What a piece of syntax says, whatever its layout: equal if, and only if, it says the same.

    As `ast.dump` does, in a fraction of its time, and however deep the tree is.
    """
    said: list[object] = []
    todo: list[Any] = [node]
    while todo:
        each = todo.pop()
        kind = type(each)
        said.append(kind)
        if kind is ast.Constant:
            said += (type(each.value), each.value)  # 1, 1.0 and True are equal
        elif isinstance(each, ast.AST):
            todo += [getattr(each, name, None) for name in _fields_said(kind._fields)]
        elif kind is list:
            said.append(len(each))
            todo += each
        else:
            said.append(each)
    return tuple(said)


def says_the_same(one: ast.AST, other: ast.AST) -> bool:
    """Whether two pieces of syntax have the same spelling, without making it: a difference is seen when it comes."""
    todo: list[tuple[Any, Any]] = [(one, other)]
    while todo:
        left, right = todo.pop()
        kind = type(left)
        if kind is not type(right):
            return False
        if kind is ast.Constant:
            if type(left.value) is not type(right.value) or left.value != right.value:
                return False
        elif isinstance(left, ast.AST):
            todo += [(getattr(left, name, None), getattr(right, name, None)) for name in _fields_said(kind._fields)]
        elif kind is list:
            if len(left) != len(right):
                return False
            todo += zip(left, right, strict=True)
        elif left != right:
            return False
    return True


@functools.cache
def _fields_said(fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in fields if name not in _UNSAID)


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


def owner_of(node: ast.expr) -> Chain | None:
    """The chain of the object whose attribute or item is assigned; `type(x)` is what `x.__class__` is."""
    match node:
        case ast.Call(func=ast.Name("type"), args=[inner], keywords=[]) if chain := chain_of(inner):
            return *chain, CLASS_OF
        case ast.Attribute(value=ast.Call()) if chain := owner_of(node.value):
            return *chain, node.attr
    return chain_of(node)


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
