"""Which units had a library compute something of a class, an instance or a function: it looks at what it likes.

It must never change anything, nor run code of the user.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import home_of
from autoreload_hooks.outline import Chain, Unit, chain_of, own_calls, own_nodes
from autoreload_hooks.program import (
    LiveModule,
    attribute,
    callables,
    class_of,
    family_of,
    gives_computed_values,
    is_a,
    module_namespace,
)
from autoreload_hooks.transaction import MISSING

from .factories import FIELDS, showing
from .families import subclasses
from .readers import Readers
from .targets import plain_entries

_CREATES: Final = frozenset({"create_all"})
"""What makes elsewhere what classes declare, where it is not there yet."""
_NOT_LIBRARIES: Final = frozenset({"builtins", "typing", "abc", "enum", "__main__"})

Found = Iterator[tuple[LiveModule, Unit]]


def computing_of_class(readers: Readers, cls: type, names: Collection[str]) -> Found:
    """The units that computed values by a library of a class with other attributes, and of those that show it.

    Those are the classes with fields of it, and the bases to which a library adds what is below them.
    """
    if any(name in names for name in FIELDS) or _is_of_library(readers, cls):
        for each in (cls, *showing(readers.program, cls)):
            yield from computing_of(readers, each, [each, *subclasses(each)])
    yield from computing_of_bases(readers, cls)


def computing_of(readers: Readers, cls: type, family: list[type]) -> Found:
    """The units that computed values of classes, or of their instances, by a library; all of them are below one.

    The library was handed one of them, or has written what was called: a method of a base, or of what it has put
    into the class.
    """
    places = {(each.__module__, each.__qualname__.partition(".")[0]) for each in family}
    for module, name in sorted(places.union(readers.instances.named(family))):
        for live, unit in readers.anywhere(module, name):
            if _computes(live, unit) and any(_is_shown(readers, live, unit, chain, cls) for chain in unit.reads):
                yield live, unit


def computing_of_function(readers: Readers, function: FunctionType) -> Found:
    """The units that computed values by a library that was handed a function, or whose class has it as a method."""
    cls = class_of(function.__code__, function.__globals__)
    if cls is not None:
        if _is_of_library(readers, cls):
            yield from computing_of(readers, cls, [cls, *subclasses(cls)])
        return
    for live, unit in readers.anywhere(function.__module__, function.__qualname__.partition(".")[0]):
        if _is_computed_of(readers, live, unit, function):
            yield live, unit


def _is_computed_of(readers: Readers, live: LiveModule, unit: Unit, obj: Any) -> bool:
    """Whether a unit computed a value by a library to which it handed this very function or class."""
    return _computes(live, unit) and any(
        readers.program.value(live.namespace, chain) is obj and _is_handed(readers, live, unit, chain)
        for chain in unit.reads
    )


def computing_of_bases(readers: Readers, cls: type) -> Found:
    """The units that computed values of a base to which a library adds what is below it, as tables to a registry."""
    for base in cls.__mro__[1:-1]:
        if readers.program.module(base.__module__) is not None and _is_of_library(readers, base):
            yield from computing_of(readers, base, [base])


def _computes(live: LiveModule, unit: Unit) -> bool:
    return gives_computed_values(live.namespace, unit.binds) or not _CREATES.isdisjoint(unit.attributes)


def _is_of_library(readers: Readers, cls: type) -> bool:
    """Whether a library has a part in a class: by a base, or by a metaclass."""
    return any(_is_foreign(readers, each.__module__) for each in (*family_of(cls)[:-1], *family_of(type(cls))[:-2]))


def _is_foreign(readers: Readers, module: object) -> bool:
    if not is_a(module, str) or module in _NOT_LIBRARIES:
        return False
    record = readers.program.records.get(module)
    return record is None or not record.mine


def _module_of(value: Any) -> object:
    """The module that a function or class says to be of; of anything else, that of its class."""
    if is_a(value, (FunctionType, BuiltinFunctionType)):
        return value.__module__
    return home_of(value if is_a(value, type) else type(value))


def _is_shown(readers: Readers, live: LiveModule, unit: Unit, chain: Chain, cls: type) -> bool:
    """Whether a chain of names has a library look at a class or an instance, as a whole."""
    for end in range(1, len(chain) + 1):
        value = readers.program.value(live.namespace, chain[:end])
        if any(each is cls for each in family_of(value)):
            if end < len(chain):
                return _is_written_by_library(readers, value, chain[end])
            is_asked = chain in unit.calls and any(
                _is_written_by_library(readers, value, name) for name in unit.attributes
            )  # `Order().model_dump()`
            return is_asked or _is_handed(readers, live, unit, chain)
    value = readers.program.value(live.namespace, chain)
    entries = plain_entries(value)
    return any(each is cls for entry in entries for each in family_of(entry))


def _is_written_by_library(readers: Readers, value: Any, name: str) -> bool:
    """Whether an attribute of a class or an instance comes from a library: from a base, or as an object of its own."""
    for base in (*family_of(value), *(family_of(type(value)) if is_a(value, type) else ())):
        entries = type.__getattribute__(base, "__dict__")
        if name in entries:
            return any(_is_foreign(readers, module) for module in (base.__module__, type(entries[name]).__module__))
    return False


def _is_handed(readers: Readers, live: LiveModule, unit: Unit, chain: Chain) -> bool:
    """Whether a unit hands what a chain stands for to a library, or to a function of the user's that asks one."""
    for node, called in own_calls(unit.node):
        is_handed = any(chain_of(each) == chain for each in _handed_by(node))
        if is_handed and (called is None or _is_library(readers, live, called)):
            return True
    value, codes = readers.program.value(live.namespace, chain), readers.codes_in(live, unit)
    return any(_asks_library(readers, code, value) for code in codes)


def _handed_by(call: ast.Call) -> Iterator[ast.expr]:
    """What stands in the arguments of a call, in a list that is handed over as well."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        yield from (each for each in own_nodes(argument) if isinstance(each, (ast.Name, ast.Attribute)))


def _is_library(readers: Readers, live: LiveModule, called: Chain) -> bool:
    """Whether what a unit calls is neither of the user's nor of the language."""
    if called[0] not in live.namespace and called[0] in module_namespace(builtins):
        return False
    value = readers.program.value(live.namespace, called)
    if value is MISSING and len(called) > 1:
        value = attribute(type(readers.program.value(live.namespace, called[:-1])), called[-1])
    if value is MISSING:
        return True
    is_own = any(map(readers.program.follows, callables(value)))
    return not is_own and _is_foreign(readers, _module_of(value))


def _asks_library(readers: Readers, code: CodeType, given: Any) -> bool:
    """Whether a function of the user's reads something of a library's by a name, or asks what it is given for it."""
    if any(_is_written_by_library(readers, given, name) for name in readers.given.asked_by(code)):
        return True
    space = readers.namespace_of(code)
    values = (readers.program.value(space, chain) for chain in readers.chains_of(code))
    return any(callable(value) and _is_foreign(readers, _module_of(value)) for value in values)
