"""What holds an object: everything that the garbage collector knows of.

It must never change anything, nor call code of the user.
"""

from __future__ import annotations

import functools
import gc
import sys
import types
from collections.abc import Iterable
from dataclasses import dataclass
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final, Protocol

from autoreload_hooks.compat.behaviours import Kinds, home_of, is_a
from autoreload_hooks.compat.heap import is_heap_type, references, referents

_MANY: Final = 100  # from so many targets on, CPython's own search takes longer
_PACKAGE: Final = __name__.partition(".")[0]
_NAMED: Final = Kinds((FunctionType, types.BuiltinFunctionType, MethodType, functools._lru_cache_wrapper))
_DESCRIPTORS: Final = (types.GetSetDescriptorType, types.MemberDescriptorType)
_FRAMES: Final = (types.FrameType, types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)


def name_of(obj: Any) -> str:
    """The qualified name of a class or function, or ""; an instance is not asked, which could run its own code."""
    if issubclass(type(obj), type):
        return str(type.__dict__["__qualname__"].__get__(obj))
    return str(obj.__qualname__) if type(obj) in _NAMED else ""


class Find(Protocol):
    """How the holders of objects are found: `holders`, or where all of them are known to be nearby."""

    def __call__(self, objects: Iterable[Any], *, ignore: Iterable[Any] = ...) -> list[Holder]:
        """Return who holds one of `objects`, but for those in `ignore`."""


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """One object that holds another."""

    target: Any  #: what is held
    holder: Any  #: what holds it
    kind: str  #: how: the name of the holder's type, or "class", "instance", "namespace of <module>"

    @property
    def is_part(self) -> bool:
        """Whether what holds a class is a descriptor of its own, taken out of it, as `__weakref__` or a slot.

        Or what holds a function is a run of it, which goes on as it began, as after any edit.
        """
        if is_a(self.target, FunctionType) and is_a(self.holder, _FRAMES):
            return _code(self.holder) is self.target.__code__
        return is_a(self.holder, _DESCRIPTORS) and self.holder.__objclass__ is self.target

    def __str__(self) -> str:
        if is_a(self.holder, _FRAMES):
            return f"{self.kind} {getattr(_code(self.holder), 'co_qualname', '')}".rstrip()
        name = name_of(self.holder)
        return f"{self.kind} {name}" if name else self.kind


def holders(objects: Iterable[Any], *, ignore: Iterable[Any] = ()) -> list[Holder]:
    """Everything that the garbage collector knows to hold one of `objects`: one pass over the heap.

    Left out are running frames of this package, its own objects, and what is in `ignore` (by identity).
    """
    targets = tuple(objects)
    by_id = {id(target): target for target in targets}
    ignored = {id(targets), id(by_id), id(objects), id(ignore), *map(id, ignore)}
    found: list[Holder] = []
    for holder in _referrers(targets, by_id):
        if id(holder) in ignored or is_ours(holder):
            continue
        if _is_same_tuple(holder, targets) and references(holder) == 1:
            continue  # the arguments of the search itself: nobody but the list of what was found has them
        held = {id(each): each for each in referents(holder)}
        found += [holder_of(target, holder) for key, target in held.items() if key in by_id]
    return found


def _referrers(targets: tuple[Any, ...], by_id: dict[int, Any]) -> list[Any]:
    """Who holds one of the targets: of many of them, each reference is looked up rather than compared with all."""
    if len(targets) < _MANY:
        return gc.get_referrers(*targets) if targets else []
    wanted = by_id.keys()
    asked = (obj for obj in gc.get_objects() if type(obj) is not ModuleType)  # see `referents`; their namespaces are
    return [obj for obj in asked if not wanted.isdisjoint(map(id, gc.get_referents(obj)))]


def holder_of(target: Any, holder: Any) -> Holder:
    """Say of an object that it holds another."""
    return Holder(target, holder, _kind(holder))


def is_held_by(target: Any, holder: Any) -> bool:
    """Whether the garbage collector is told that one object holds another."""
    return any(each is target for each in referents(holder))


def _is_same_tuple(holder: Any, targets: tuple[Any, ...]) -> bool:
    return type(holder) is tuple and tuple(map(id, holder)) == tuple(map(id, targets))


def is_frame(holder: Any) -> bool:
    """Is it a running function, or a generator, which ends with what it has?"""
    return is_a(holder, _FRAMES)


def is_ours(holder: Any) -> bool:
    """Is it a running frame or an object of this package?"""
    if is_a(holder, types.FrameType):
        return str(holder.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE
    return is_of_ours(type(holder))


def is_of_ours(kind: type) -> bool:
    """Is it a class of this package?"""
    return is_heap_type(kind) and home_of(kind).partition(".")[0] == _PACKAGE


def _kind(holder: Any) -> str:
    if issubclass(type(holder), type):
        return "class"
    if type(holder) is dict:
        name = holder.get("__name__")
        module = sys.modules.get(name) if isinstance(name, str) else None
        is_own = is_a(module, types.ModuleType) and types.ModuleType.__getattribute__(module, "__dict__") is holder
        return f"namespace of {name}" if is_own else "dict"
    return type(holder).__name__


def _code(holder: Any) -> Any:
    return next(
        (getattr(holder, name) for name in ("f_code", "gi_code", "cr_code", "ag_code") if hasattr(holder, name)), None
    )
