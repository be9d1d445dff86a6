"""What a call does to what it is handed, and to the object whose method it calls: read from the functions' source.

`fill(TABLE, "a")` puts something into `TABLE` if `fill` does so with its first parameter; `conf.setup(3)` assigns
`conf.level` if `setup` assigns `self.level`. It must never change anything, nor run code of the user.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, Final

from autoreload_hooks.outline import FUNCTIONS, Chain, chain_of, own_calls, puts_into
from autoreload_hooks.program import Program, attribute, callables, is_a
from autoreload_hooks.transaction import MISSING

from .containers import PLAIN_CONTAINERS, is_plain_instance
from .definitions import body

DEPTH: Final = 3  #: how far a parameter is followed into functions that it is handed on to


class Calling:
    """What functions of the user do to their parameters; each is looked at once."""

    def __init__(self, program: Program, definition: Callable[[CodeType], ast.AST | None]) -> None:
        """`definition` gives the syntax of a function."""
        self.program = program
        self.definition = definition
        self._fills: dict[tuple[ast.AST, int], list[tuple[str, Chain]]] = {}  # by syntax, and how far it was followed

    def filled(self, namespace: dict[str, Any], node: ast.AST) -> Iterator[Chain]:
        """The chains of the plain containers that some syntax hands to functions which put something into them."""
        for call, called in own_calls(node):
            if called and (call.args or call.keywords):
                for function, skip in self.called(namespace, called):
                    for name, rest in self._filled_by(function, DEPTH):
                        chain = argument(call, function.__code__, name, skip)
                        if chain and type(self.program.value(namespace, (*chain, *rest))) in PLAIN_CONTAINERS:
                            yield *chain, *rest

    def assigned(self, namespace: dict[str, Any], node: ast.AST) -> Iterator[Chain]:
        """The chains of the attributes that methods assign which a statement calls for what they do."""
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return
        chain = chain_of(call.func.value)
        obj = self.program.value(namespace, chain) if chain else MISSING
        if chain is None or not is_plain_instance(obj):
            return
        for function, _ in self.called(namespace, chain_of(call.func)):
            names = function.__code__.co_varnames
            found = self.definition(function.__code__) if function.__code__.co_argcount else None
            for target in puts_into(body(found)) if isinstance(found, FUNCTIONS) else ():
                if len(target) == 2 and target[0] == names[0]:
                    yield *chain, target[1]

    def called(self, namespace: dict[str, Any], chain: Chain | None) -> Iterator[tuple[FunctionType, int]]:
        """The user's functions that a call runs at once, and how many parameters its first argument comes behind."""
        value = self.program.value(namespace, chain) if chain else MISSING
        skip = 0
        if chain and value is MISSING and len(chain) > 1:
            owner = self.program.value(namespace, chain[:-1])
            value, skip = attribute(type(owner), chain[-1]) if owner is not MISSING else MISSING, 1
        elif is_a(value, type):
            value, skip = attribute(value, "__init__"), 1
        if not is_a(value, type):
            yield from ((function, skip) for function in callables(value) if self.program.follows(function))

    def _filled_by(self, function: FunctionType, depth: int) -> list[tuple[str, Chain]]:
        """The parameters, and their attributes, that a function puts something into, or a function it hands them to."""
        code = function.__code__
        node = self.definition(code)
        if not isinstance(node, FUNCTIONS):
            return []
        if (node, depth) not in self._fills:
            self._fills[node, depth] = []  # it may call itself
            names = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
            found = [(chain[0], chain[1:]) for chain in puts_into(body(node)) if chain[0] in names]
            for call, called in own_calls(body(node)) if depth else ():
                if called:
                    found += self._handed_on(function, call, called, names, depth)
            self._fills[node, depth] = found
        return self._fills[node, depth]

    def _handed_on(
        self, function: FunctionType, call: ast.Call, called: Chain, names: set[str], depth: int
    ) -> Iterator[tuple[str, Chain]]:
        for inner, skip in self.called(function.__globals__, called):
            for name, rest in self._filled_by(inner, depth - 1):
                chain = argument(call, inner.__code__, name, skip)
                if chain and chain[0] in names:
                    yield chain[0], (*chain[1:], *rest)


def argument(call: ast.Call, code: CodeType, name: str, skip: int) -> Chain | None:
    """The chain of what a call gives a parameter, if that is one."""
    place = code.co_varnames.index(name) - skip
    given = call.args[place] if 0 <= place < len(call.args) and place < code.co_argcount else None
    given = next((keyword.value for keyword in call.keywords if keyword.arg == name), given)
    return chain_of(given) if isinstance(given, (ast.Name, ast.Attribute)) else None
