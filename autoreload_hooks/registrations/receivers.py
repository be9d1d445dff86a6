"""What the first parameter of a function stands for when a unit runs it: `cls` of a class method or metaclass, `self`.

It must never change anything, nor run code of the user.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_among
from autoreload_hooks.outline import FUNCTIONS, Chain, Unit, chain_of, own_nodes
from autoreload_hooks.program import LiveModule, Program, attribute, class_of, family_of, is_a
from autoreload_hooks.transaction import MISSING

from .definitions import body

_MADE: Final = "_autoreload_made_by_new"  #: the attribute of a `__new__`'s node that holds what it makes


class Receivers:
    """The classes by which methods reach containers that are not of one instance, for one reload."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def first_of(self, live: LiveModule, unit: Unit, code: CodeType) -> type | None:
        """The class that the first parameter of a function has for its attributes, if a unit runs the function."""
        made = list(self._made(live, unit))
        home = class_of(code, self.program.namespace_of_file(code.co_filename)) if code.co_argcount else None
        if home is None:
            return next(iter(made), None)
        known = [*made, *self._named(live, unit)]
        return next((cls for cls in known if is_among(home, (*family_of(cls), *family_of(type(cls))))), home)

    def _made(self, live: LiveModule, unit: Unit) -> Iterator[type]:
        """The class that a statement makes; of one that is new, what it inherits from."""
        node = unit.node
        if isinstance(node, ast.ClassDef):
            bases = (chain_of(base) for base in (*node.bases, *(keyword.value for keyword in node.keywords)))
            chains: list[Chain] = [(node.name,), *filter(None, bases)]
            yield from self._classes(live, chains)

    def _named(self, live: LiveModule, unit: Unit) -> Iterator[type]:
        """The classes of which a statement calls a method, or which it calls, and those of such objects."""
        yield from self._classes(live, (*unit.acts_upon, *unit.calls))

    def _classes(self, live: LiveModule, chains: Iterable[Chain]) -> Iterator[type]:
        for chain in chains:
            value = self.program.value(live.namespace, chain)
            if value is not MISSING:
                yield value if is_a(value, type) else type(value)

    def resolve(self, namespace: dict[str, Any], chain: Chain, node: ast.AST, first: type | None) -> Any:
        """The object of a chain in a function: what its first parameter has belongs to a class, or to its metaclass."""
        if first is not None and begins_with_first(chain, node):
            value: Any = first
            for name in chain[1:]:
                found = attribute(value, name)
                value = attribute(type(value), name) if found is MISSING and is_a(value, type) else found
            return value if len(chain) > 1 else MISSING
        return self.program.value(namespace, chain)

    def by_name(
        self, namespace: dict[str, Any], chain: Chain, node: ast.AST, first: type | None
    ) -> tuple[dict[str, Any], Chain]:
        """Where such an object is found by names."""
        if first is not None and len(chain) > 1 and begins_with_first(chain, node):
            for cls in (*family_of(first), *family_of(type(first))):
                module = attribute(cls, "__module__")
                record = self.program.records.get(module) if type(module) is str else None
                if chain[1] in cls.__dict__ and record is not None:
                    return record.namespace, (*cls.__qualname__.split("."), *chain[1:])
        return namespace, chain


def begins_with_first(chain: Chain, node: ast.AST) -> bool:
    """Whether a chain begins with the first parameter of a function, or with what `__new__` makes by it."""
    if not isinstance(node, FUNCTIONS) or not node.args.args:
        return False
    return node.args.args[0].arg == chain[0] or (node.name == "__new__" and chain[0] in _made_by_new(node))


def _made_by_new(node: ast.AST) -> frozenset[str]:
    """The names that get what another `__new__` gives: `cls = super().__new__(...)`; looked for once."""
    known: frozenset[str] | None = vars(node).get(_MADE)
    if known is None:
        known = frozenset(_assigned_of_new(node))
        setattr(node, _MADE, known)
    return known


def _assigned_of_new(node: ast.AST) -> Iterator[str]:
    for child in own_nodes(body(node)):
        match child:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Call(func=ast.Attribute(attr="__new__"))):
                yield name
