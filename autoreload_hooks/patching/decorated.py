"""Instances that decorators of anybody's return, and what is inside of what decorators return.

It must never take an instance for a wrapper that holds no definition of the unit: that is a value.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable
from functools import partial
from types import CellType, FunctionType, MemberDescriptorType, MethodType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import Refused, docstring, referents
from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.compat.layouts import is_python_layout
from autoreload_hooks.patching.functions import is_function
from autoreload_hooks.patching.instances import no_longer_set
from autoreload_hooks.patching.kinds import How, Kind, is_class
from autoreload_hooks.patching.singletons import has_made_since
from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher


def are_wrappers(old: Any, new: Any) -> bool:
    """Are both instances of one class written in Python, that wrap the same definition?

    Not `__wrapped__` says so, which not every decorator sets, but what is held: at the same place the same function
    or class, or two that have one survivor.
    """
    kind = type(old)
    if kind is not type(new) or is_class(old) or not is_python_layout(kind):
        return False
    mine, theirs = attributes(old), attributes(new)
    return any(name in theirs and _is_one_definition(value, theirs[name]) for name, value in mine.items())


def _is_one_definition(old: Any, new: Any) -> bool:
    """Could both be one function, class or wrapper of a function, in two versions?"""
    if is_function(old) or is_class(old):
        return old is new or (type(old) is type(new) and old.__qualname__ == new.__qualname__)
    wrappers = (property, classmethod, staticmethod, partial, functools._lru_cache_wrapper, MethodType)
    return issubclass(type(old), wrappers) and type(old) is type(new)


def merge_wrappers(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Give an instance that a decorator returned the attributes of its new version, in place.

    What only the old one has, and does not look like a cache, was set by others and stays, unless methods of its class
    set it before this reload, and none does now.
    """
    mine, theirs = attributes(old), attributes(new)
    wraps = False
    after = {}
    for name, value in theirs.items():
        before = mine.get(name, MISSING)
        if has_made_since(mine.values(), before, value):
            after[name] = before
            continue
        after[name] = value if before is MISSING else patcher.part(before, value, how)
        wraps |= after[name] is before and patcher.is_survivor(before)
    if not wraps:
        raise Refused("other-content", "it is around something else now")
    left = {name for name in mine.keys() - theirs.keys() if not name.startswith("_")}
    for name in left - (no_longer_set(type(old), patcher.codes_before) if left else set()):
        after[name] = mine[name]
    write_attributes(patcher, old, mine, after)
    if any(value is not mine.get(name) for name, value in after.items()):
        patcher.changed.add(id(old))
    return old


def attributes(obj: Any) -> dict[str, Any]:
    """The attributes that an instance itself has, in slots and in `__dict__`."""
    found: dict[str, Any] = {}
    for name, member in _slots(type(obj)).items():
        try:
            found[name] = member.__get__(obj)
        except AttributeError:  # an empty slot
            continue
    if type(obj).__dictoffset__:
        found.update(object.__getattribute__(obj, "__dict__"))
    return found


def _slots(kind: type) -> dict[str, Any]:
    return {
        name: member
        for base in reversed(kind.__mro__)
        for name, member in base.__dict__.items()
        if is_a(member, MemberDescriptorType)
    }


def write_attributes(patcher: Patcher, obj: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Write the attributes of an instance where they differ, past its own `__setattr__`."""
    slots = _slots(type(obj))
    for name in {**before, **after}:
        mine, theirs = before.get(name, MISSING), after.get(name, MISSING)
        if mine is theirs:
            continue
        if name in slots:
            patcher.tx.do(partial(_write_slot, slots[name], obj, theirs), partial(_write_slot, slots[name], obj, mine))
        elif theirs is MISSING:
            patcher.tx.del_item(obj.__dict__, name)
        else:
            patcher.tx.set_item(obj.__dict__, name, theirs)


def _write_slot(member: Any, obj: Any, value: Any) -> None:
    if value is MISSING:
        member.__delete__(obj)
    else:
        member.__set__(obj, value)


WRAPPER: Final = Kind(
    name="an instance that a decorator returned, cached_property, partialmethod, singledispatchmethod",
    matches=are_wrappers,
    merge=merge_wrappers,
    survives="the old instance, if it is of the same class and wraps the same definition",
    how="Its attributes become those of the new one; attributes that others have set since stay. The value that a "
    "cached_property has stored is its instance's state, and stays unless the member changes kind.",
    refused="Instances of classes written in C, and instances of another class: the new one survives.",
)


def are_of_one_class(old: Any, new: Any) -> bool:
    """Are both instances of a class that the unit defines, of its old and of its new version?"""
    one, other = type(old), type(new)
    return (
        one is not other
        and (one.__qualname__, one.__module__) == (other.__qualname__, other.__module__)
        and is_python_layout(one)
        and is_python_layout(other)
    )


def merge_instances(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Merge the classes, then give the old instance, which has moved with its class, the attributes of the new one."""
    survivor = patcher.part(type(old), type(new), how)
    if type(old) is not survivor:
        raise Refused("other-content", "its class could not follow")
    write_attributes(patcher, old, attributes(old), attributes(new))
    return old


INSTANCE: Final = Kind(
    name="an instance of the class that the statement defines",
    matches=are_of_one_class,
    merge=merge_instances,
    survives="the old instance, where a decorator of the class returned one",
    how="Its class is merged, and its attributes become those of the new instance.",
    refused="An instance that cannot follow its class: the new one survives.",
)


# ---- docstrings that decorators have copied


def follow_docstrings(
    patcher: Patcher, functions: Iterable[tuple[FunctionType, str | None]], copies: Iterable[Any]
) -> None:
    """Instances around functions that may have another docstring now: the attributes that copied the old one follow.

    `functions` come with what their code said before. Where no attribute is that text, the decorator may have made
    another one of it: `made_of_docstrings` says so.
    """
    for function, before in functions:
        after = docstring(function.__code__)
        if after == before:
            continue
        for copy in copies:
            if is_class(copy) or not is_python_layout(type(copy)) or not holders_inside(copy, function):
                continue
            if not _follow_texts(patcher, copy, before, after):
                patcher.made_of_docstrings.append(function)


def _follow_texts(patcher: Patcher, obj: Any, old: str | None, new: str | None) -> bool:
    """Exchange a docstring in the attributes of an instance, as it was written or cleaned; whether that is all."""
    if not old or not new:
        return False
    texts = {inspect.cleandoc(old): inspect.cleandoc(new), old: new}
    mine = {name: value for name, value in attributes(obj).items() if type(value) is str}
    found = {name: texts[value] for name, value in mine.items() if value in texts}
    if any(text in value for name, value in mine.items() if name not in found for text in texts):
        return False
    write_attributes(patcher, obj, {name: mine[name] for name in found}, found)
    return bool(found)


# ---- what is inside


def holders_inside(outer: Any, inner: Any) -> list[Any]:
    """The objects within `outer` that hold `inner`: the cells, dictionaries and wrappers of decorators around it."""
    found: list[Any] = []
    seen: set[int] = set()
    waiting = [(outer, 0)]
    while waiting:
        obj, depth = waiting.pop()
        if id(obj) in seen or depth > _DEPTH:
            continue
        seen.add(id(obj))
        for part in referents(obj) if obj is not inner and _may_wrap(obj) else ():
            if part is inner:
                found.append(obj)
            else:
                waiting.append((part, depth + 1))
    return found


_DEPTH: Final = 24
_WRAPPING: Final = (
    FunctionType, CellType, property, classmethod, staticmethod, MethodType, partial, functools._lru_cache_wrapper,
    tuple, dict, list,
)  # fmt: skip


def _may_wrap(obj: Any) -> bool:
    """May this object be a part of what a decorator made? Not a module's names, nor a class or the names in its body.

    From 3.14 on these are in reach of each method that has annotations, by the cell `__classdict__`.
    """
    if type(obj) is dict:
        return "__spec__" not in obj if "__name__" in obj else "__module__" not in obj
    return issubclass(type(obj), _WRAPPING) or (not is_class(obj) and is_python_layout(type(obj)))
