"""What a call does to what it is handed, and to the object whose method it calls: read from the functions' source.

`fill(TABLE, "a")` puts something into `TABLE` if `fill` does so with its first parameter; `conf.setup(3)` assigns
`conf.level` if `setup` assigns `self.level`. It must never change anything, nor run code of the user.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Container, Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple

from autoreload_hooks.outline import FUNCTIONS, Chain, chain_of, own_calls, puts_into
from autoreload_hooks.program import Program, attribute, callables, class_of, is_a
from autoreload_hooks.transaction import MISSING

from .containers import PLAIN_CONTAINERS, is_plain_instance
from .definitions import body

DEPTH: Final = 3  #: how far a parameter is followed into functions that it is handed on to


class MayRun:
    """The functions that ran in one unit: what a call ran of which nothing but the name can be told."""

    def __init__(self, codes: Iterable[CodeType] = ()) -> None:
        self.named: dict[str, list[CodeType]] = {}
        for code in codes:
            self.named.setdefault(code.co_name, []).append(code)

    def like(self, func: ast.expr) -> list[CodeType]:
        """What a call may have run of which only the syntax is known."""
        if isinstance(func, ast.Attribute):
            return self.named.get(func.attr, [])
        is_variable = isinstance(func, ast.Name) and not hasattr(builtins, func.id)
        return [code for codes in self.named.values() for code in codes] if is_variable else []


NOTHING: Final = MayRun()


class Callee(NamedTuple):
    """A function that a call runs at once."""

    code: CodeType
    namespace: dict[str, Any]  #: its module's
    skip: int  #: behind how many parameters the call's first argument comes


class Calling:
    """What functions of the user do to their parameters; each is looked at once."""

    def __init__(self, program: Program, definition: Callable[[CodeType], ast.AST | None]) -> None:
        """`definition` gives the syntax of a function."""
        self.program = program
        self.definition = definition
        self._fills: dict[tuple[ast.AST, int, MayRun], list[tuple[str, Chain]]] = {}
        # by syntax, how far it was followed, and what had run, where that makes a difference
        self._by_names: set[tuple[ast.AST, int]] = set()  # where it does

    def filled(self, namespace: dict[str, Any], node: ast.AST, ran: MayRun = NOTHING) -> Iterator[Chain]:
        """The chains of the plain containers that some syntax hands to functions which put something into them."""
        for call, called in own_calls(node):
            if hands_any(call, namespace):
                for callee in self.callees(namespace, call, called, ran):
                    for name, rest in self._filled_by(callee, DEPTH, ran):
                        chain = argument(call, callee.code, name, callee.skip)
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

    def callees(self, namespace: dict[str, Any], call: ast.Call, called: Chain | None, ran: MayRun) -> Iterator[Callee]:
        """The user's functions that a call runs at once, by what its names hold.

        Where they hold nothing, as what a function imports itself or takes from a list of plugins, it is those which
        ran: of a method's name, or any where the call is of a variable.
        """
        known = [Callee(f.__code__, f.__globals__, skip) for f, skip in self.called(namespace, called)]
        yield from known
        if not known and is_open(self.program, namespace, called):
            for code in ran.like(call.func):
                space = self.program.namespace_of_file(code.co_filename)
                yield Callee(code, space, 0 if class_of(code, space) is None else 1)

    def _filled_by(self, callee: Callee, depth: int, ran: MayRun) -> list[tuple[str, Chain]]:
        """The parameters, and their attributes, that a function puts something into, or a function it hands them to."""
        code = callee.code
        node = self.definition(code)
        if not isinstance(node, FUNCTIONS):
            return []
        key = node, depth, ran if (node, depth) in self._by_names else NOTHING
        if key not in self._fills:
            self._fills[key] = []  # it may call itself
            names = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
            found = [(chain[0], chain[1:]) for chain in puts_into(body(node)) if chain[0] in names]
            for call, called in own_calls(body(node)) if depth else ():
                if hands_any(call, names):
                    found += self._handed_on((node, depth), callee, call, called, names, ran)
            self._fills[node, depth, ran if (node, depth) in self._by_names else NOTHING] = found
            return found
        return self._fills[key]

    def _handed_on(
        self,
        outer: tuple[ast.AST, int],
        callee: Callee,
        call: ast.Call,
        called: Chain | None,
        names: set[str],
        ran: MayRun,
    ) -> Iterator[tuple[str, Chain]]:
        depth = outer[1] - 1
        if is_open(self.program, callee.namespace, called):
            self._by_names.add(outer)
        for inner in self.callees(callee.namespace, call, called, ran):
            for name, rest in self._filled_by(inner, depth, ran):
                chain = argument(call, inner.code, name, inner.skip)
                if chain and chain[0] in names:
                    yield chain[0], (*chain[1:], *rest)
            node = self.definition(inner.code)
            if node is not None and (node, depth) in self._by_names:
                self._by_names.add(outer)


def hands_any(call: ast.Call, names: Container[str]) -> bool:
    """Whether a call is given what begins with one of some names."""
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    chains = (chain_of(each) for each in given if isinstance(each, (ast.Name, ast.Attribute)))
    return any(chain is not None and chain[0] in names for chain in chains)


def is_open(program: Program, namespace: dict[str, Any], called: Chain | None) -> bool:
    """Whether the names of a call do not tell what it runs."""
    return called is None or (program.value(namespace, called) is MISSING and called[0] not in namespace)


def argument(call: ast.Call, code: CodeType, name: str, skip: int) -> Chain | None:
    """The chain of what a call gives a parameter, if that is one."""
    place = code.co_varnames.index(name) - skip
    given = call.args[place] if 0 <= place < len(call.args) and place < code.co_argcount else None
    given = next((keyword.value for keyword in call.keywords if keyword.arg == name), given)
    return chain_of(given) if isinstance(given, (ast.Name, ast.Attribute)) else None
