"""Looking at live objects by name, and only where looking runs no code of the user.

It must never ask an object by `getattr`: lazy modules load, and properties run.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    pass


def absolute(module: str, level: int, package: str | None) -> str:
    """A relative import's module by its full name."""
    if not level:
        return module
    parts = (package or "").split(".")
    base = ".".join(parts[: len(parts) - level + 1])
    return f"{base}.{module}" if module and base else module or base


def attribute(value: Any, name: str) -> Any:
    """An attribute of a module, class or plain instance without running any code of the user, or MISSING."""
    if isinstance(value, ModuleType):
        return module_namespace(value).get(name, MISSING)
    if isinstance(value, type):
        for base in type.__getattribute__(value, "__mro__"):
            entries = type.__getattribute__(base, "__dict__")
            if name in entries:
                return entries[name]
        return MISSING
    try:
        state = object.__getattribute__(value, "__dict__")
    except (AttributeError, TypeError):
        return MISSING
    return state.get(name, MISSING) if type(state) is dict else MISSING


def module_namespace(module: ModuleType) -> dict[str, Any]:
    """A module's `__dict__`, past any `__getattribute__` of its own (lazy modules load at any other touch)."""
    return ModuleType.__getattribute__(module, "__dict__")  # type: ignore[no-any-return]


def callables(value: Any) -> Iterable[FunctionType]:
    """The Python functions that calling a value may run at once."""
    if isinstance(value, FunctionType):
        yield value
        wrapped = value.__dict__.get("__wrapped__")
        if wrapped is not None and wrapped is not value:
            yield from callables(wrapped)
    elif isinstance(value, (staticmethod, classmethod)):
        yield from callables(value.__func__)
    elif isinstance(value, functools._lru_cache_wrapper):
        yield from callables(value.__wrapped__)
    elif isinstance(value, functools.partial):
        yield from callables(value.func)
    elif isinstance(value, type):
        names = (
            "__init__",
            "__new__",
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
        yield from (method for method in found if isinstance(method, FunctionType))


def members(cls: type, names: Iterable[str]) -> Iterator[FunctionType]:
    """The functions that asking an instance of a class for these names may run: methods, properties."""
    for name in names:
        member = attribute(cls, name)
        for value in (member.fget, member.fset) if isinstance(member, property) else (member,):
            if isinstance(value, (FunctionType, staticmethod, classmethod)):
                yield from callables(value)


def and_nested(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions within it, which it may call or hand on."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from and_nested(constant)


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
