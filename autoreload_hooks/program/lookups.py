"""Looking at live objects by name, and only where looking runs no code of the user.

It must never ask an object by `getattr`: lazy modules load, and properties run.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from types import CodeType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat import cell_contents
from autoreload_hooks.compat.behaviours import Kinds, is_a, is_among
from autoreload_hooks.outline import Chain, Unit
from autoreload_hooks.transaction import MISSING

ENTRIES: Final = 1000  #: how many entries of a container are looked at
PLAIN: Final = Kinds({
    bool, int, float, complex, str, bytes, type(None), tuple, list, dict, set, frozenset,
})  # fmt: skip
"""The types of values that keep no hold of what they were computed of, nor state of their own."""

_DATA: Final = frozenset({
    ("numpy", "ndarray"), ("numpy", "generic"),
    *(("pandas", name) for name in ("DataFrame", "Series", "Index")),
    ("pandas.core.frame", "DataFrame"), ("pandas.core.series", "Series"), ("pandas.core.indexes.base", "Index"),
})  # fmt: skip
"""The classes of arrays, their scalars and frames, by module and name: nothing needs to be imported."""


def absolute(module: str, level: int, package: str | None) -> str:
    """A relative import's module by its full name."""
    if not level:
        return module
    parts = (package or "").split(".")
    base = ".".join(parts[: len(parts) - level + 1])
    return f"{base}.{module}" if module and base else module or base


def given_by_import(unit: Unit, name: str, package: str | None) -> tuple[str, str | None] | None:
    """Where an import statement has a name from: a module, and the name there, None for the module itself."""
    node = unit.node
    if isinstance(node, ast.ImportFrom):
        found = (alias.name for alias in node.names if (alias.asname or alias.name) == name)
        return next(((absolute(node.module or "", node.level, package), each) for each in found), None)
    if isinstance(node, ast.Import):
        names = {alias.asname or alias.name.partition(".")[0]: alias for alias in node.names}
        alias = names.get(name)
        return None if alias is None else (alias.name if alias.asname else name, None)
    return None


def family_of(value: Any) -> tuple[type, ...]:
    """A class, or that of an instance, and the classes above it."""
    found: tuple[type, ...] = type.__getattribute__(value if is_a(value, type) else type(value), "__mro__")
    return found


def is_inert(value: Any) -> bool:
    """Is it a number, a text or the like, or a small container of nothing else: nothing that runs code of the user?"""
    if type(value) in SCALARS or value is MISSING:
        return True
    if not is_among(type(value), (dict, tuple, list, set, frozenset)) or len(value) > ENTRIES:
        return False
    if type(value) is dict:
        return all(type(each) in SCALARS for item in value.items() for each in item)
    return all(type(each) in SCALARS for each in value)


_COLLECTIONS: Final = Kinds((list, tuple, set, frozenset, dict))
SCALARS: Final = Kinds((type(None), bool, int, float, complex, str, bytes))
"""Numbers, texts and the like: they hold nothing."""


def attribute(value: Any, name: str) -> Any:
    """An attribute of a module, class or plain instance without running any code of the user, or MISSING."""
    if is_a(value, ModuleType):
        return module_namespace(value).get(name, MISSING)
    if is_a(value, type):
        for base in type.__getattribute__(value, "__mro__"):
            entries = type.__getattribute__(base, "__dict__")
            if name in entries:
                return entries[name]
        return MISSING
    try:
        state = object.__getattribute__(value, "__dict__")
    except (AttributeError, TypeError):
        return slot(value, name)
    return state[name] if type(state) is dict and name in state else slot(value, name)


def defaults_of(function: FunctionType) -> dict[str, Any]:
    """The default values of a function's parameters, by name."""
    code, values = function.__code__, function.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    last = reversed(list(zip(reversed(positional), reversed(values), strict=False)))
    return {**dict(last), **(function.__kwdefaults__ or {})}


def slot(value: Any, name: str) -> Any:
    """What an instance has in a slot, or MISSING."""
    for base in type.__getattribute__(type(value), "__mro__"):
        member = type.__getattribute__(base, "__dict__").get(name)
        if type(member) is MemberDescriptorType:
            try:
                return member.__get__(value)
            except AttributeError:  # an empty one
                return MISSING
    return MISSING


def module_namespace(module: ModuleType) -> dict[str, Any]:
    """A module's `__dict__`, past any `__getattribute__` of its own (lazy modules load at any other touch)."""
    return ModuleType.__getattribute__(module, "__dict__")  # type: ignore[no-any-return]


def _closed_over(function: FunctionType) -> Iterator[FunctionType]:
    """The functions that a function has in its closure, as a decorator's wrapper has the one that it wraps."""
    seen = {id(function)}
    waiting = [function]
    while waiting:
        for _, content in cell_contents(waiting.pop()):
            if is_a(content, functools._lru_cache_wrapper):
                content = content.__wrapped__
            if is_a(content, FunctionType) and id(content) not in seen:
                seen.add(id(content))
                waiting.append(content)
                yield content


def callables(value: Any) -> Iterable[FunctionType]:
    """The Python functions that calling a value may run at once."""
    if is_a(value, FunctionType):
        yield value
        wrapped = value.__dict__.get("__wrapped__")
        if wrapped is not None and wrapped is not value:
            yield from callables(wrapped)
        elif value.__closure__:
            yield from _closed_over(value)
    elif is_a(value, (staticmethod, classmethod)):
        yield from callables(value.__func__)
    elif is_a(value, functools._lru_cache_wrapper):
        yield from callables(value.__wrapped__)
    elif is_a(value, functools.partial):
        yield from callables(value.func)
    elif is_a(value, type):
        names = (
            "__init__",
            "__new__",
            "__prepare__",
            "__post_init__",
            "__init_subclass__",
            "__set_name__",
            "__get__",
            "__mro_entries__",
        )
        for name in names:
            yield from callables(attribute(value, name))
        metaclass = type(value)
        if metaclass is not type:
            for name in ("__new__", "__init__", "__call__", "__prepare__"):
                yield from callables(attribute(metaclass, name))
    else:
        found = (attribute(type(value), name) for name in ("__call__", "__mro_entries__"))
        yield from (method for method in found if is_a(method, FunctionType))


def members(cls: type, names: Iterable[str]) -> Iterator[FunctionType]:
    """The functions that asking an instance of a class for these names may run: methods, properties.

    Where `super` is among the names, it may go on to those that the classes above have by the same name.
    """
    asked = list(names)
    for each in type.__getattribute__(cls, "__mro__") if "super" in asked else (cls,):
        for name in asked:
            member = attribute(each, name)
            for value in (member.fget, member.fset) if is_a(member, property) else (member,):
                if is_a(value, (FunctionType, staticmethod, classmethod)):
                    yield from callables(value)


def implied(namespace: dict[str, Any], names: Chain) -> Iterator[FunctionType]:
    """The functions that Python may run by itself where a chain of names is read and its value is operated with.

    Those are the properties and `__getattr__` methods on the way, and the special methods of what it ends at: of an
    instance, of a class (which may be made an instance of) and of its metaclass. A function may have been handed on.
    """
    value = namespace.get(names[0], MISSING)
    for name in names[1:]:
        if is_a(value, ModuleType):
            if name not in module_namespace(value):
                yield from callables(module_namespace(value).get("__getattr__", MISSING))
        elif value is not MISSING:
            found = attribute(type(value), name)
            yield from members(type(value), (name, "__getattr__", "__getattribute__"))
            if not is_a(found, (FunctionType, property)):
                yield from members(type(found), ("__get__",))
        value = attribute(value, name)
    if is_a(value, (FunctionType, functools.partial)):
        yield from callables(value)
    elif value is not MISSING:
        yield from special_methods(type(value))
        if is_a(value, type):
            yield from special_methods(value)


def special_methods(cls: type) -> Iterator[FunctionType]:
    """The special methods of a class that operations on its instances run: `__add__`, `__len__`, `__enter__` ..."""
    for base in type.__getattribute__(cls, "__mro__"):
        for name, value in list(type.__getattribute__(base, "__dict__").items()):
            if name.startswith("__") and name.endswith("__") and is_a(value, FunctionType):
                yield value


def and_nested(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions within it, which it may call or hand on."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from and_nested(constant)


def gives_plain_values(namespace: dict[str, Any], names: Iterable[str]) -> bool:
    """Whether all these names hold values that were computed: numbers, texts and containers of them."""
    values = [namespace[name] for name in names if name in namespace]
    return bool(values) and all(type(value) in PLAIN for value in values)


def gives_computed_values(namespace: dict[str, Any], names: Iterable[str]) -> bool:
    """Whether all these names hold numbers, texts, arrays and frames, or containers of nothing else."""
    values = [namespace[name] for name in names if name in namespace]
    return bool(values) and all(is_computed(value) for value in values)


def is_computed(value: Any, depth: int = 3) -> bool:
    """Whether a value is a number or text, or a container that holds such ones and nothing else, and is not empty.

    An empty list or dictionary is rather one that is going to be filled.
    """
    if type(value) in _COLLECTIONS:
        entries = chain(value, value.values()) if type(value) is dict else value
        return bool(value) and depth > 0 and all(is_computed(entry, depth - 1) for entry in islice(entries, ENTRIES))
    return type(value) in PLAIN or any(
        (base.__module__, base.__name__) in _DATA for base in family_of(value) if type(base.__module__) is str
    )


def live_object(path: str, namespace: dict[str, Any]) -> Any:
    """The object of a qualified name such as `A.B.f`, or MISSING."""
    first, *rest = path.split(".")
    value = namespace.get(first, MISSING)
    for name in rest:
        value = attribute(value, name)
    return value


def is_exported(name: str, listed: Any) -> bool:
    """Whether a star import gives a name, by the value of `__all__` (anything but a list or tuple: there is none)."""
    return name in listed if isinstance(listed, (list, tuple)) else not name.startswith("_")


def class_of(code: CodeType, namespace: dict[str, Any]) -> type | None:
    """The class that code belongs to, also that of a function within a method: its `self` is an instance of it."""
    path = code.co_qualname.partition(".<locals>")[0].rpartition(".")[0]
    found = live_object(path, namespace) if path else None
    return found if is_a(found, type) and found.__module__ == namespace.get("__name__") else None
