"""Where decorators of the user's own keep the results of the function that they decorate.

It must never change anything, nor run code of the user: whether a wrapper keeps results is read from its source.
"""

from __future__ import annotations

import ast
import functools
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from opcode import opmap
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final, NamedTuple, TypeAlias

from autoreload_hooks.compat import cell_contents
from autoreload_hooks.compat.behaviours import Kinds, home_of
from autoreload_hooks.outline import FUNCTIONS, Chain, chain_of, own_nodes
from autoreload_hooks.program import LiveModule, attribute, is_a, with_nested
from autoreload_hooks.registrations import state_of
from autoreload_hooks.transaction import MISSING

DEPTH: Final = 4  #: decorators around decorators
ENTRIES: Final = 1000  #: so many entries of a container are looked at
CONTAINERS: Final = Kinds((dict, OrderedDict, defaultdict))
WRAPPED: Final = "__wrapped__"
CLEAR: Final = "cache_clear"
_CALL: Final = "__call__"
_STORE: Final = opmap["STORE_SUBSCR"]
_SETS: Final = "setdefault"
_REMEMBERED: Final = "_autoreload_remembered"  #: the attribute of a function's node that holds what it remembers
_DESCRIPTORS: Final = Kinds((GetSetDescriptorType, MemberDescriptorType, WrapperDescriptorType))
_WITHIN_CLASSES: Final = Kinds((property, staticmethod, classmethod, *_DESCRIPTORS))


class Memo(NamedTuple):
    """A dictionary with results of a function that somebody remembers."""

    results: dict[Any, Any]
    function: Any  #: whose results they are

    def cache_clear(self) -> None:
        """Forget them."""
        self.results.clear()


def wrappers_of(live: LiveModule) -> Iterator[Any]:
    """The wrappers of a module and its classes that may remember something: functions and callable objects.

    Those within others are among them: below decorators, in closures, in the module's containers. Which names lead to
    any is looked for once for each version of the source.
    """
    source, names = live.wrapping
    if source is None or source is not live.record.source:
        own = [(name, value) for name, value in list(live.namespace.items()) if name[:2] != "__"]
        named = [(name, value) for name, value in own if _may_wrap(value, live.name)]
        names = [name for name, value in named if any(map(_may_remember, _walk([value], live.name)))]
        live.wrapping = live.record.source, names
    return filter(_may_remember, _walk([live.namespace.get(name) for name in names], live.name))


def with_wrappers(lives: Iterable[LiveModule]) -> list[LiveModule]:
    """The modules among some for which `wrappers_of` has an answer: all but those that are known to have none."""
    return [live for live in lives if live.wrapping[1] or live.wrapping[0] is not live.record.source]


def _may_remember(value: Any) -> bool:
    """A quick no: a function that closes over no dictionary and cannot be emptied, and what cannot be called."""
    if type(value) is FunctionType:
        return CLEAR in value.__dict__ or any(type(content) in CONTAINERS for _, content in cell_contents(value))
    return type(value) not in _WITHIN_CLASSES and (
        is_a(value, functools._lru_cache_wrapper)
        or _is_callable(value)
        or attribute(value, WRAPPED) is not MISSING  # of a library, in whatever language
    )


def _walk(values: list[Any], module: str) -> Iterator[Any]:
    """What can be called among some values of a module, in its containers and classes, and within each other."""
    seen: set[int] = set()
    waiting = [(value, 0) for value in values]
    while waiting:
        value, depth = waiting.pop()
        kind = type(value)
        if id(value) in seen or kind in _LEAVES:
            continue
        seen.add(id(value))
        if issubclass(kind, type):
            if depth == 0 and value.__module__ == module:
                waiting += [(each, 1) for each in list(type.__getattribute__(value, "__dict__").values())]
        elif kind in CONTAINERS or kind is list or kind is tuple:
            if depth == 0 and len(value) <= ENTRIES:
                waiting += [(each, 1) for each in list(value.values() if is_a(value, dict) else value)]
        else:
            yield value
            if depth < DEPTH:
                waiting += [(each, depth + 1) for each in _within(value)]


_LEAVES: Final = Kinds({str, bytes, int, float, bool, complex, type(None), ModuleType, BuiltinFunctionType})


def _may_wrap(value: Any, module: str) -> bool:
    """A quick no for most of what a module has: plain functions, values, and classes of nothing else."""
    kind = type(value)
    if kind is FunctionType:
        return value.__closure__ is not None or bool(value.__dict__)
    if kind in _LEAVES:
        return False
    if kind is type:
        members = list(value.__dict__.values()) if value.__module__ == module else []
        return any(_may_wrap(each.fget if type(each) is property else each, "") for each in members)
    return kind not in _DESCRIPTORS and home_of(kind) != "typing"


def _within(value: Any) -> list[Any]:
    """What a function or a wrapper is made of."""
    if is_a(value, FunctionType):
        return [*(content for _, content in cell_contents(value)), *value.__dict__.values()]
    if is_a(value, (staticmethod, classmethod, MethodType)):
        return [value.__func__]
    if is_a(value, property):
        return [value.fget, value.fset]
    if is_a(value, functools._lru_cache_wrapper):
        return [value.__wrapped__]
    if is_a(value, (functools.partial, functools.partialmethod, functools.cached_property)):
        return [value.func]
    return list(state_of(value).values()) if _is_callable(value) else []


def _is_callable(value: Any) -> bool:
    return is_a(attribute(type(value), _CALL), FunctionType)


Definition: TypeAlias = Callable[[CodeType], ast.AST | None]
"""What gives the syntax of a function."""


def memos(value: Any, definition: Definition) -> Iterator[Memo]:
    """What a function or a callable object remembers of a function that it calls, by what its source says."""
    code, known = _parts(value)
    filled = {place: each for place, each in known.items() if type(each) in CONTAINERS and each}
    if code is not None and _may_fill(filled, known) and (node := definition(code)) is not None:
        for place, called in remembered(node):
            if place in filled and called in known:
                yield Memo(filled[place], known[called])


def keeps_nothing(value: Any, definition: Definition) -> bool:
    """Whether the source of a function, or of what a callable object runs, says that it remembers nothing.

    It is not read of what could not have remembered anything by now.
    """
    code, known = _parts(value)
    if code is None or not _stores_items(code):
        return code is not None
    if is_a(value, FunctionType) and not any(type(each) in CONTAINERS for each in known.values()):
        return True
    filled = {place: each for place, each in known.items() if type(each) in CONTAINERS and each}
    if not _may_fill(filled, known):
        return False
    node = definition(code)
    return node is None or not remembered(node)


def _parts(value: Any) -> tuple[CodeType | None, dict[Chain, Any]]:
    """The code of a function or a callable object, and by which chains it has what it is made of."""
    if is_a(value, FunctionType):
        code: CodeType = value.__code__
        names = {id(cell): name for name, cell in zip(code.co_freevars, value.__closure__ or (), strict=True)}
        return code, {(names[id(cell)],): content for cell, content in cell_contents(value)}
    if _is_callable(value):
        code = attribute(type(value), _CALL).__code__
        return code, {(*code.co_varnames[:1], name): each for name, each in state_of(value).items()}
    return None, {}


def _stores_items(code: CodeType) -> bool:
    """A quick no: neither a function nor what is in it puts an item anywhere."""
    return any(_STORE in inner.co_code[::2] or _SETS in inner.co_names for inner in with_nested([code]))


def _may_fill(filled: dict[Chain, Any], known: dict[Chain, Any]) -> bool:
    return bool(filled) and any(callable(each) for each in known.values())


def remembered(function: ast.AST) -> tuple[tuple[Chain, Chain], ...]:
    """Where a function puts the very results of another that it calls, and gives back what is there: (place, called).

    `if n not in cache: cache[n] = f(n)`, then `return cache[n]`; by way of local variables, too.
    """
    known: tuple[tuple[Chain, Chain], ...] | None = vars(function).get(_REMEMBERED)
    if known is None:  # the wrappers that one decorator makes are all of the same function
        known = tuple(_remembered(function)) if isinstance(function, FUNCTIONS) else ()
        setattr(function, _REMEMBERED, known)
    return known


def _remembered(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[Chain, Chain]]:
    nodes = [node for statement in function.body for node in own_nodes(statement)]
    results = _results(nodes)
    given = [node.value for node in nodes if isinstance(node, ast.Return) and node.value is not None]
    names = {value.id for value in given if isinstance(value, ast.Name)}
    returned = set(_places_read([*given, *(value for name, value in _assignments(nodes) if name in names)]))
    for place, value in _stores(nodes):
        called = results(value)
        if called is not None and place in returned:
            yield place, called


def _assignments(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """The local variables that are assigned, each with its value."""
    for node in nodes:
        if isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _results(nodes: list[ast.AST]) -> Callable[[ast.expr | None], Chain | None]:
    """What tells of an expression whose result it is: the chain of what was called for it."""
    values: dict[str, list[ast.expr]] = {}
    for name, value in _assignments(nodes):
        values.setdefault(name, []).append(value)

    def result_of(value: ast.expr | None, depth: int = 0) -> Chain | None:
        if depth > DEPTH:
            return None
        if isinstance(value, (ast.Await, ast.NamedExpr)):
            return result_of(value.value, depth + 1)
        if isinstance(value, ast.Call):
            return chain_of(value.func)
        if isinstance(value, ast.Tuple):  # with the time, say
            parts = (result_of(each, depth + 1) for each in value.elts)
            return next((each for each in parts if each is not None), None)
        if isinstance(value, ast.Name):
            found = (result_of(each, depth + 1) for each in values.get(value.id, ()))
            return next((each for each in found if each is not None and each[-1] != "get"), None)
        return None

    return result_of


def _stores(nodes: Iterable[ast.AST]) -> Iterator[tuple[Chain, ast.expr]]:
    """The places of which items are assigned, each with the value."""
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                found = (chain_of(each.value) for each in targets if isinstance(each, ast.Subscript))
                yield from ((place, value) for place in found if place)
            case ast.Call(func=ast.Attribute(value=target, attr="setdefault"), args=[_, value]):
                if place := chain_of(target):
                    yield place, value


def _places_read(values: Iterable[ast.expr]) -> Iterator[Chain]:
    """The places whose items some expressions give, in whatever part of them."""
    for node in (node for value in values for node in own_nodes(value)):
        match node:
            case ast.Subscript(value=target) | ast.Call(func=ast.Attribute(value=target, attr="get" | "setdefault")):
                if place := chain_of(target):
                    yield place
