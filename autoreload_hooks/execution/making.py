"""Whether a statement has made what its name holds, rather than taken up what was there: then it may be replaced.

It must never change anything: where nothing tells, the object is somebody else's.
"""

from __future__ import annotations

import ast
import typing
from functools import _lru_cache_wrapper
from types import CodeType, FunctionType, MethodType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import home_of, qualname_of
from autoreload_hooks.outline import Unit, chain_of
from autoreload_hooks.program import LiveModule, Program, attribute, is_a, with_nested
from autoreload_hooks.transaction import MISSING

ALIAS: Final[Any] = getattr(typing, "TypeAliasType", FunctionType)
"""What a `type` statement makes, from Python 3.12 on."""


def has_made(program: Program, live: LiveModule, unit: Unit, before: dict[str, Any], name: str, value: Any) -> bool:
    """Whether a unit has made the callable that its name holds; `before` is what the names of its module held.

    An alias of types is nothing that can be called, but there is no other way to one than its statement.
    """
    if is_a(value, ALIAS) and ALIAS is not FunctionType:
        return bool(value.__module__ == live.name and value.__name__ == name)
    if is_a(value, type):
        return is_named_so(program, live, name, value)
    if is_a(value, FunctionType):
        return unit.is_definition or _has_made_function(program, live, unit, value.__code__)
    if is_a(value, _lru_cache_wrapper):
        return unit.is_definition or has_made(program, live, unit, before, name, value.__wrapped__)
    if is_a(value, MethodType):  # each time that it is asked for, another one is made
        given = getattr(unit.node, "value", None)
        function = value.__func__
        return isinstance(given, ast.Attribute) and is_a(function, FunctionType) and given.attr == function.__name__
    return callable(value) and (
        _has_called(program, {**before, **live.namespace}, unit, type(value))
        or (unit.is_definition and _has_constructed(program, live, unit, type(value)))
    )


def is_named_so(program: Program, live: LiveModule, name: str, cls: type) -> bool:
    """Whether a class says that it is this name of a module, or of one that took it from there and has relabelled it.

    Packages set `__module__` of what they export to their own name.
    """
    home = home_of(cls)
    if qualname_of(cls) != name:
        return False
    return home == live.name or any(owner == home for owner, _ in program.importers_of(live.name, name))


def _has_made_function(program: Program, live: LiveModule, unit: Unit, code: CodeType) -> bool:
    """Whether a function is one of the unit's own, or was made within a function that ran in the unit."""
    if any(code is ref() for ref in live.code_refs(unit)):
        return True
    return any(
        code is not each and any(code is inner for inner in with_nested([each]))
        for each in program.ran_codes(live, unit)
    )


def _has_called(program: Program, namespace: dict[str, Any], unit: Unit, cls: type) -> bool:
    """Whether a unit called a class itself: in an assignment, or as a decorator."""
    given = [getattr(unit.node, "value", None), *getattr(unit.node, "decorator_list", ())]
    for each in given:
        chain = chain_of(each.func if isinstance(each, ast.Call) else each) if isinstance(each, ast.expr) else None
        if chain is None or (each is given[0] and not isinstance(each, ast.Call)):
            continue
        value = program.value(namespace, chain)
        if value is cls or (value is MISSING and chain[-1] == cls.__name__):  # its import may be gone
            return True
    return False


def _has_constructed(program: Program, live: LiveModule, unit: Unit, cls: type) -> bool:
    """Whether the constructor of a class ran in a unit."""
    init = attribute(cls, "__init__")
    return is_a(init, FunctionType) and any(init.__code__ is each for each in program.ran_codes(live, unit))
