"""Which names a statement binds or deletes, in its module or in the body of a class.

It must never count what is bound inside of functions, which have names of their own.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from .nodes import FUNCTIONS, children, is_text, live_branches, spelling

_MEMBERS: Final = "_autoreload_members"
"""The attribute of the statement of a class that holds what its body binds."""


def names_bound(nodes: Iterable[ast.stmt]) -> frozenset[str]:
    """The module's names that statements bind or delete; a star import binds "*"."""
    return frozenset(name for node in nodes for name in _bound(node))


def class_members(node: ast.ClassDef) -> Mapping[str, ast.stmt | None]:
    """What a class body's own statements bind, as the class has it: name to statement, or to None for several."""
    known: Mapping[str, ast.stmt | None] | None = vars(node).get(_MEMBERS)
    if known is None:  # asked for each attribute of the class
        known = MappingProxyType(_find_members(node))
        setattr(node, _MEMBERS, known)
    return known


def _find_members(node: ast.ClassDef) -> dict[str, ast.stmt | None]:
    members: dict[str, ast.stmt | None] = {}
    for statement in node.body:
        for name in map(functools.partial(mangled, node.name), _bound(statement)):
            members[name] = None if name in members else statement
    return members


def written_by_text(node: ast.ClassDef) -> set[str]:
    """The names that a class body may bind by `locals()[name] = ...`: the texts in its own statements."""
    statements = [each for each in node.body if not isinstance(each, (*FUNCTIONS, ast.ClassDef))]
    own = [part for each in statements for part in ast.walk(each)]
    if not any(isinstance(part, ast.Name) and part.id in ("locals", "vars") for part in own):
        return set()
    return {part.value for part in own if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def mangled(cls: str, name: str) -> str:
    """A name as it is in the body of a class: `__private` belongs to the class alone.

    https://docs.python.org/3/reference/expressions.html#private-name-mangling
    """
    prefix = cls.lstrip("_")
    return f"_{prefix}{name}" if prefix and name.startswith("__") and not name.endswith("__") else name


@functools.lru_cache(maxsize=8)  # the old and the new statement of a class are asked for each attribute in turn
def given_value(node: ast.stmt) -> tuple[str, tuple[object, ...]] | None:
    """What a plain assignment gives which name, without its annotation; None for anything else."""
    match node:
        case ast.Assign(targets=[ast.Name(name)], value=value):
            return name, spelling(value)
        case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value, simple=1):
            return name, spelling(value)
    return None


def bound_directly(node: ast.AST) -> Iterator[str]:
    """The names that an import statement binds."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)
    else:
        yield node.name  # type: ignore[attr-defined]


def targets(nodes: Iterable[ast.expr]) -> Iterator[str]:
    """The plain names among assignment targets, unpacked ones included."""
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, (ast.Tuple, ast.List)):
            yield from targets(node.elts)


def binding_nodes(node: ast.stmt, name: str) -> Iterator[ast.AST]:
    """What binds a name within a compound statement: definitions, imports and assignments; else the bare name."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)):
            if name in bound_directly(current):
                yield current
        elif _is_assignment(current, name) or _is_bare(current, name):
            yield current
        else:
            todo += live_branches(current) or _same_scope_children(current, is_root=False)


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds or deletes in the namespace where it runs."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name
    elif is_text(node):
        yield "__doc__"
    yield from _bound_within(node)


def _bound_within(node: ast.stmt) -> Iterator[str]:
    """The names bound by what is nested in a statement: targets, walrus, `except ... as`, bodies of compounds."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        if current is not node and isinstance(current, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)):
            yield from bound_directly(current)
            continue
        if isinstance(current, ast.Name) and isinstance(current.ctx, (ast.Store, ast.Del)):
            yield current.id
        elif isinstance(current, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and current.name:
            yield current.name
        elif isinstance(current, ast.MatchMapping) and current.rest:
            yield current.rest
        elif isinstance(current, ast.TypeAlias if hasattr(ast, "TypeAlias") else ()):
            todo.append(current.name)
            continue
        todo += live_branches(current) or _same_scope_children(current, is_root=current is node)


def _same_scope_children(node: ast.AST, *, is_root: bool) -> Iterable[ast.AST]:
    """The children that bind in the same namespace: a comprehension's own targets do not, its walrus does."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return [*node.decorator_list] if is_root else []
    if isinstance(node, ast.Lambda):
        return []
    if isinstance(node, ast.comprehension):
        return [node.iter, *node.ifs]
    return children(node)


def _is_bare(node: ast.AST, name: str) -> bool:
    """A target, or what an `except` or a pattern binds."""
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    return isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name == name


def _is_assignment(node: ast.AST, name: str) -> bool:
    """`name = ...`, and no part of what stands to the left."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)
