"""Objects around a function: Python's own descriptors and wrappers.

It must never put something else into a wrapper that does not already hold a survivor: that would be another wrapper.
"""

from __future__ import annotations

import functools
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import Refused, referents
from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.patching.functions import is_function, merge_attributes
from autoreload_hooks.patching.kinds import How, Kind
from autoreload_hooks.patching.values import same_value
from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher


def around(patcher: Patcher, old: tuple[Any, ...], new: tuple[Any, ...], how: How) -> tuple[Any, ...]:
    """The survivors of what two wrappers hold. Raises Refused unless one of them is a definition that survives."""
    parts = tuple(patcher.part(mine, theirs, how) for mine, theirs in zip(old, new, strict=True))
    if not any(part is mine and part is not None for part, mine in zip(parts, old, strict=True)):
        raise Refused("other-content", "it is around something else now")
    return parts


def pass_on(patcher: Patcher, old: Any, parts: tuple[Any, ...]) -> None:
    """What is around a wrapper that does something else does so, too; functions are followed by their code."""
    if any(id(part) in patcher.changed and not is_function(part) for part in parts):
        patcher.changed.add(id(old))


def differ(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    """Is one of the parts another object?"""
    return any(mine is not theirs for mine, theirs in zip(old, new, strict=True))


# ---- property


def are_properties(old: Any, new: Any) -> bool:
    """Are both properties of the same type, made the way `property` makes them?"""
    kind = type(old)
    return kind is type(new) and issubclass(kind, property) and kind.__init__ is property.__init__


def merge_properties(patcher: Patcher, old: property, new: property, how: How) -> property:
    """Retarget a property by initialising it again."""
    mine = old.fget, old.fset, old.fdel
    parts = around(patcher, mine, (new.fget, new.fset, new.fdel), how)
    pass_on(patcher, old, parts)
    doc = new.__doc__
    if differ(mine, parts) or old.__doc__ != doc:
        inherited = new.fget is not None and doc == getattr(new.fget, "__doc__", None)
        initialise: Any = property.__init__
        before = *mine, old.__doc__
        initialise(old, *parts, *(() if inherited else (doc,)))
        patcher.tx.on_undo(partial(initialise, old, *before))
    return old


PROPERTY: Final = Kind(
    name="property",
    matches=are_properties,
    merge=merge_properties,
    survives="the old property",
    how="It is initialised again, around the functions that survived.",
    refused="A property around other functions than before, none of which survived: the new one is set.",
)


# ---- classmethod, staticmethod


def are_methods(old: Any, new: Any) -> bool:
    """Are both class methods, or both static methods?"""
    return type(old) is type(new) and is_a(old, (classmethod, staticmethod))


def merge_methods(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Retarget a class method or static method by initialising it again."""
    mine = old.__func__
    (part,) = around(patcher, (mine,), (new.__func__,), how)
    pass_on(patcher, old, (part,))
    before, after = dict(old.__dict__), {**new.__dict__, **_copied(part)}
    if part is not mine or not same_value({**before, **_NO_LAZY}, {**after, **_NO_LAZY}):
        kind: Any = classmethod if is_a(old, classmethod) else staticmethod
        patcher.tx.do(
            partial(_retarget, kind, old, part, after), partial(_retarget, kind, old, mine, before)
        )  # fmt: skip
    return old


_NO_LAZY: Final[dict[str, Any]] = {"__annotations__": None, "__annotate__": None}


def _copied(function: Any) -> dict[str, Any]:
    """What `classmethod` copies from a function, as it is now."""
    names = ("__module__", "__name__", "__qualname__", "__doc__")
    return {name: getattr(function, name) for name in names if hasattr(function, name)}


def _retarget(kind: Any, method: Any, function: Any, attributes: dict[str, Any]) -> None:
    kind.__init__(method, function)
    namespace = method.__dict__
    for name in namespace.keys() - attributes.keys():
        del namespace[name]
    namespace.update(attributes)


METHOD: Final = Kind(
    name="classmethod, staticmethod",
    matches=are_methods,
    merge=merge_methods,
    survives="the old object",
    how="It is initialised again, around the function that survived.",
    refused="One around another function: the new one is set.",
)


# ---- functools


def are_partials(old: Any, new: Any) -> bool:
    """Are both partial functions?"""
    return type(old) is type(new) is functools.partial


def merge_partials(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Retarget a partial function by its own `__setstate__`."""
    (func,) = around(patcher, (old.func,), (new.func,), how)
    pass_on(patcher, old, (func,))
    args = tuple(map(patcher.survivor, new.args))
    before = old.func, old.args, old.keywords, dict(old.__dict__)
    after = func, args, new.keywords, {**old.__dict__, **new.__dict__}
    if not same_value(before, after):
        patcher.tx.do(partial(old.__setstate__, after), partial(old.__setstate__, before))
        patcher.changed.add(id(old))
    return old


PARTIAL: Final = Kind(
    name="functools.partial",
    matches=are_partials,
    merge=merge_partials,
    survives="the old object",
    how="Function, arguments and keywords are set by its `__setstate__`.",
    refused="One around another function: the new one survives.",
)


def are_caches(old: Any, new: Any) -> bool:
    """Are both wrappers of `functools.lru_cache` or `functools.cache`?"""
    return type(old) is type(new) is functools._lru_cache_wrapper


def merge_caches(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Keep a cache around a function that survived; what it holds goes if the function computes something else."""
    mine = old.__wrapped__
    (part,) = around(patcher, (mine,), (new.__wrapped__,), how)
    if part is not mine or old.cache_parameters() != new.cache_parameters():
        raise Refused("other-cache", "its size or its function cannot be changed")
    merge_attributes(patcher, old, new, how)
    if id(part) in patcher.changed:
        patcher.stale.append(old)
        patcher.changed.add(id(old))
    return old


CACHE: Final = Kind(
    name="functools.cache, functools.lru_cache",
    matches=are_caches,
    merge=merge_caches,
    survives="the old wrapper, with its cache",
    how="The function below it survives. The cache is cleared if that function has changed, and kept otherwise.",
    refused="Another `maxsize` or `typed`: the new wrapper survives.",
)


def are_dispatchers(old: Any, new: Any) -> bool:
    """Are both generic functions of `functools.singledispatch`?"""
    return all(
        is_function(obj)
        and obj.__globals__ is vars(functools)
        and {"registry", "dispatch", "_clear_cache"} <= vars(obj).keys()
        for obj in (old, new)
    )


def merge_dispatchers(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Keep a generic function and what other modules registered with it; its default may be another function."""
    mine, theirs = _registry(old), _registry(new)
    for cls in [cls for cls in mine if cls not in theirs and _is_beside(mine[cls], theirs[object])]:
        patcher.tx.del_item(mine, cls)
    for cls, implementation in theirs.items():
        before = mine.get(cls, MISSING)
        survivor = implementation if before is MISSING else patcher.part(before, implementation, how)
        if survivor is not before:
            patcher.tx.set_item(mine, cls, survivor)
    merge_attributes(patcher, old, new, how, ignore=_DISPATCH)
    old._clear_cache()
    return old


_DISPATCH: Final = frozenset({"registry", "dispatch", "register", "_clear_cache"})


def _is_beside(function: Any, default: Any) -> bool:
    """Was an implementation defined in the same class body as the default one? Then it came with it, or went."""
    if not is_function(function) or not is_function(default) or function.__module__ != default.__module__:
        return False
    body = default.__qualname__.rpartition(".")[0]
    return bool(body) and body == function.__qualname__.rpartition(".")[0]


def _registry(dispatcher: Any) -> dict[type, Any]:
    """The dictionary behind the read-only `registry` of a generic function."""
    (registry,) = referents(dispatcher.registry)
    if type(registry) is not dict:
        raise Refused("other-dispatch", "it keeps its implementations in another way")
    return registry


DISPATCHER: Final = Kind(
    name="functools.singledispatch",
    matches=are_dispatchers,
    merge=merge_dispatchers,
    survives="the old generic function",
    how="Implementations are merged one by one: those that other statements registered stay.",
    refused="Nothing: it is always the old one that survives.",
)
