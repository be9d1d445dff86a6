"""Objects that several statements build: an instance into which each puts something by calling its methods.

It must never change anything, nor run code of the user: what a method does is read from its source.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from autoreload_hooks.outline import FUNCTIONS, Chain, Unit, chain_of, effects, puts_into
from autoreload_hooks.program import LiveModule, Program, attribute, class_of
from autoreload_hooks.transaction import MISSING

from .containers import DEPTH, containers_of, is_plain_instance, state_of
from .definitions import body

_LENGTH: Final[dict[type, Callable[[Any], int]]] = {
    kind: kind.__len__ for kind in (list, dict, set, deque, tuple)
}  # of a subclass, too, but not by its own methods


class Building:
    """Which instances a statement has put something into that nobody can tell from what others have put there."""

    def __init__(self, program: Program, definition: Callable[[CodeType], ast.AST | None]) -> None:
        """`definition` gives the syntax of a function that ran."""
        self.program = program
        self.definition = definition
        self._puts: dict[ast.AST, tuple[Chain, ...]] = {}
        self._effects: dict[ast.AST, tuple[tuple[Chain, str], ...]] = {}

    def put_into(
        self, live: LiveModule, unit: Unit, codes: Iterable[CodeType]
    ) -> Iterator[tuple[dict[str, Any], Chain]]:
        """The names under which a unit, or a function that ran in it, called methods for what these do.

        A call whose value is used asks for something; one that stands for itself changes something. Of the user's
        own methods their source tells whether that was to put something into a list, dictionary or set of the object
        (or into one of an object that it has); of others it is supposed if the object holds anything at all.
        """
        codes = list(codes)
        seen: set[int] = set()
        for namespace, node, hidden in self._places(live, unit, codes):
            for chain, name in self._effects_of(node):
                obj = MISSING if chain[0] in hidden else self.program.value(namespace, chain)
                if obj is MISSING or id(obj) in seen or not is_plain_instance(obj):
                    continue
                seen.add(id(obj))
                method = attribute(type(obj), name)
                is_own = isinstance(method, FunctionType) and self.program.follows(method)
                if self._took_in(obj, codes) if is_own else any(containers_of(obj, DEPTH)):
                    yield namespace, chain

    def changed(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> Iterator[int]:
        """The ids of what a unit, or a function that ran in it, puts something into by a name of its module."""
        for namespace, node, hidden in self._places(live, unit, codes):
            for chain in self._puts_of(node):
                if chain[0] not in hidden:
                    yield id(self.program.value(namespace, chain))

    def made_by_call(self, live: LiveModule, unit: Unit, namespace: dict[str, Any], chain: Chain) -> bool:
        """Whether a unit made an object, or the one that has it, by calling its class: to do it again makes another."""
        value = getattr(unit.node, "value", None) if isinstance(unit.node, (ast.Assign, ast.AnnAssign)) else None
        called = chain_of(value.func) if isinstance(value, ast.Call) else None
        cls = self.program.value(live.namespace, called) if called else None
        return isinstance(cls, type) and cls in type(self.program.value(namespace, chain[:1])).__mro__

    def _places(
        self, live: LiveModule, unit: Unit, codes: list[CodeType]
    ) -> Iterator[tuple[dict[str, Any], ast.AST, frozenset[str]]]:
        """The unit and the functions that ran in it: namespace, syntax, and the names that are the function's own."""
        yield live.namespace, unit.node, frozenset()
        for code in codes:
            if (found := self.definition(code)) is not None:
                hidden = frozenset(code.co_varnames) | frozenset(code.co_cellvars) | frozenset(code.co_freevars)
                yield self.program.namespace_of_file(code.co_filename), found, hidden

    def _effects_of(self, node: ast.AST) -> tuple[tuple[Chain, str], ...]:
        if (known := self._effects.get(node)) is None:
            known = self._effects[node] = tuple(effects(body(node) if isinstance(node, FUNCTIONS) else node))
        return known

    def _took_in(self, obj: Any, codes: list[CodeType]) -> bool:
        """Whether a method that ran puts something into what an object, or one of its parts, holds now."""
        parts = [obj, *(value for value in list(state_of(obj).values()) if is_plain_instance(value))]
        for code in codes:
            cls = class_of(code, self.program.namespace_of_file(code.co_filename)) if code.co_argcount else None
            owners = [part for part in parts if cls is not None and cls in type(part).__mro__]
            node = self.definition(code) if owners else None
            for chain in self._puts_of(node) if node is not None else ():
                if chain[0] == code.co_varnames[0] and any(_holds(part, chain[1:]) for part in owners):
                    return True
        return False

    def _puts_of(self, node: ast.AST) -> tuple[Chain, ...]:
        if (known := self._puts.get(node)) is None:
            known = self._puts[node] = tuple(puts_into(body(node) if isinstance(node, FUNCTIONS) else node))
        return known


def _holds(obj: Any, chain: Chain) -> bool:
    """Whether what stands at the end of a chain of attributes is a container that is not empty."""
    for name in chain:
        obj = attribute(obj, name)
    if obj is MISSING or isinstance(obj, (type, ModuleType, FunctionType)):
        return False
    length = next((length for kind, length in _LENGTH.items() if isinstance(obj, kind)), None)
    if length is not None:
        return length(obj) > 0
    return any(containers_of(obj, 1)) if is_plain_instance(obj) and type(obj).__module__ in _WEAK else False


_WEAK: Final = frozenset({"weakref", "_weakrefset"})
"""The modules of the containers that Python has written in Python."""
