"""What functions do to the objects that they get, by calling methods of these: `def setup(app): app.register(page)`.

It must never change anything, nor run code of the user: what a method does is read from its source.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple

from autoreload_hooks.outline import FUNCTIONS, Chain, chain_of, own_calls, own_nodes, puts_into
from autoreload_hooks.program import Program, attribute, callables, is_a

from .asking import PUTS
from .calling import NOTHING, Callee, Calling, MayRun, argument, hands_any, is_open
from .containers import CONTAINERS, is_plain_instance
from .definitions import body

DEPTH: Final = 3  #: how far an object is followed into functions that it is handed on to, and into its own methods


class Asked(NamedTuple):
    """A method that a function calls of an object that it gets."""

    name: str  #: the parameter
    rest: Chain  #: the attributes on the way to the object whose method it is
    method: str


class Handing:
    """Which functions have which objects take something in; each is looked at once."""

    def __init__(self, program: Program, definition: Callable[[CodeType], ast.AST | None], calling: Calling) -> None:
        """`definition` gives the syntax of a function."""
        self.program = program
        self.definition = definition
        self.calling = calling
        self._asked: dict[tuple[ast.AST, int, MayRun], list[Asked]] = {}
        # by syntax, how far it was followed, and what had run, where that makes a difference
        self._by_names: set[tuple[ast.AST, int]] = set()  # where it does

    def taking_in(self, namespace: dict[str, Any], node: ast.AST, ran: MayRun = NOTHING) -> Iterator[Chain]:
        """The chains of the objects that some syntax hands to functions which have them take something in."""
        for call, called in own_calls(node):
            if hands_any(call, namespace):
                for callee in self.calling.callees(namespace, call, called, ran):
                    for asked in self.asked_by(callee, ran):
                        if chain := argument(call, callee.code, asked.name, callee.skip):
                            obj = self.program.value(namespace, (*chain, *asked.rest))
                            if self.takes_in(obj, asked.method):
                                yield *chain, *asked.rest

    def asked_by(self, callee: Callee, ran: MayRun = NOTHING, depth: int = DEPTH) -> list[Asked]:
        """The methods that a function, or one to which it hands an object on, calls of what it gets."""
        code = callee.code
        node = self.definition(code)
        if not isinstance(node, FUNCTIONS):
            return []
        key = node, depth, ran if (node, depth) in self._by_names else NOTHING
        if key not in self._asked:
            self._asked[key] = []  # it may call itself
            names = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
            found = [Asked(chain[0], chain[1:-1], chain[-1]) for chain in _methods(node) if chain[0] in names]
            found += self._handed_on(callee, node, names, ran, depth) if depth else ()
            self._asked[node, depth, ran if (node, depth) in self._by_names else NOTHING] = found
            return found
        return self._asked[key]

    def _handed_on(self, callee: Callee, outer: ast.AST, names: set[str], ran: MayRun, depth: int) -> Iterator[Asked]:
        for call, called in own_calls(body(outer)):
            if not hands_any(call, names):
                continue
            if is_open(self.program, callee.namespace, called):
                self._by_names.add((outer, depth))
            for inner in self.calling.callees(callee.namespace, call, called, ran):
                for asked in self.asked_by(inner, ran, depth - 1):
                    chain = argument(call, inner.code, asked.name, inner.skip)
                    if chain and chain[0] in names:
                        yield Asked(chain[0], (*chain[1:], *asked.rest), asked.method)
                node = self.definition(inner.code)
                if node is not None and (node, depth - 1) in self._by_names:
                    self._by_names.add((outer, depth))

    def takes_in(self, obj: Any, method: str, depth: int = DEPTH) -> bool:
        """Whether a method of an object puts something into it; of somebody else's its name says so."""
        if not is_plain_instance(obj) and not is_a(obj, CONTAINERS):
            return False
        functions = list(callables(attribute(type(obj), method)))
        own = [function for function in functions if self.program.follows(function)]
        if not own:
            return is_plain_instance(obj) and method.startswith(PUTS)
        return any(self._puts_into_own(function, obj, depth) for function in own)

    def _puts_into_own(self, function: FunctionType, obj: Any, depth: int) -> bool:
        """Whether a method puts something into what its object has, itself or by another method that it calls."""
        code = function.__code__
        node = self.definition(code) if code.co_argcount else None
        if not isinstance(node, FUNCTIONS):
            return False
        own = code.co_varnames[0]
        if any(chain[0] == own for chain in puts_into(body(node))):
            return True
        for chain in _methods(node) if depth else ():
            if chain[0] == own and self.takes_in(_part(obj, chain[1:-1]), chain[-1], depth - 1):
                return True
        return False


def _methods(node: ast.AST) -> Iterator[Chain]:
    """The chains of the methods that a function calls, or decorates functions within it with."""
    for child in own_nodes(body(node)):
        called = [child.func] if isinstance(child, ast.Call) else list(getattr(child, "decorator_list", ()))
        for each in called:
            func = each.func if isinstance(each, ast.Call) else each
            chain = chain_of(func) if isinstance(func, ast.Attribute) else None
            if chain:
                yield chain


def _part(obj: Any, names: Chain) -> Any:
    """What stands at the end of a chain of attributes of an object."""
    for name in names:
        obj = attribute(obj, name)
    return obj
