"""Copies of what containers hold, and objects by their containers, to tell later whether that has changed.

It must never call a method of the user: of objects only their attributes are looked at, and arrays, frames and texts in
memory are copied and compared by the libraries that made them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from autoreload_hooks.compat.behaviours import home_of, qualname_of
from autoreload_hooks.compat.containers import elements, ordered_items
from autoreload_hooks.program import is_a
from autoreload_hooks.transaction import MISSING

from .containers import CONSTANTS, CONTAINERS, DEPTH, PLAIN_CONTAINERS, WIDTH, is_plain_instance, state_of

ITSELF: Final = ""  #: the part of an object that is a list or dictionary itself, as of `class Registry(dict)`
BYTES: Final = 4_000_000  #: larger arrays are not copied
WORD: Final = 8  #: so many bytes an entry of an array or frame is taken to have
_DATA: Final = frozenset({
    ("numpy", "ndarray"), ("_io", "StringIO"), ("_io", "BytesIO"), ("builtins", "bytearray"), ("array", "array"),
    *(("pandas", name) for name in ("DataFrame", "Series")),
    ("pandas.core.frame", "DataFrame"), ("pandas.core.series", "Series"),
})  # fmt: skip
"""The classes of arrays, frames and texts in memory, by module and name: nothing needs to be imported."""


def picture_of(obj: Any, depth: int = DEPTH) -> dict[str, Any]:
    """What an object holds by the names of its attributes: containers, what parts of it have of these, plain values."""
    shown: dict[str, Any] = {}
    if is_a(obj, dict):
        shown[ITSELF] = copied(dict(ordered_items(obj)))
    elif is_a(obj, (list, deque)):
        shown[ITSELF] = copied(elements(obj))
    elif is_a(obj, set):
        shown[ITSELF] = set(elements(obj))
    for name, value in list(state_of(obj).items())[:WIDTH]:
        if type(value) in CONSTANTS:
            shown[name] = value
        elif type(value) in PLAIN_CONTAINERS:
            shown[name] = copied(value) if len(value) <= WIDTH else len(value)
        elif depth > 1 and (is_a(value, CONTAINERS) or is_plain_instance(value)):
            shown[name] = picture_of(value, depth - 1)
    return shown


def is_data(obj: Any) -> bool:
    """Whether an object is an array, a frame or a text in memory, of which a copy can be taken."""
    kind = type(obj)
    return (home_of(kind), qualname_of(kind)) in _DATA


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What an object held when it was looked at; of what its parts hold nothing is known."""

    obj: Any
    held: Any  #: a copy; of an object with attributes these, by name

    def parts(self, same_value: Callable[[Any, Any], bool]) -> frozenset[str] | None:
        """The attributes that hold something else now; None if there is no difference at all."""
        if type(self.obj) in PLAIN_CONTAINERS:
            return None if same_value(self.held, self.obj) else frozenset()
        if is_data(self.obj):
            now = _data_of(self.obj)
            same = now.equals(self.held) if hasattr(now, "equals") else same_value(self.held, now)
            return None if same else frozenset()
        if type(self.obj) is ContextVar:
            return None if same_value(self.held, self.obj.get(MISSING)) else frozenset()
        return different(self.held, picture_of(self.obj, 1), same_value) or None

    def put_back(self) -> None:
        """Give an array, a frame, a text in memory or a context variable what it held."""
        obj, held = self.obj, self.held
        if type(obj) is ContextVar:
            if held is not MISSING:  # nothing takes a value from it but the token of who has set it
                obj.set(held)
            return
        if hasattr(obj, "_update_inplace"):  # how pandas itself has a frame or column hold other data
            if not obj.equals(held):
                obj._update_inplace(held)
        elif not hasattr(obj, "getvalue"):
            obj[(...) if hasattr(obj, "shape") else slice(None)] = held
        elif not obj.closed and obj.getvalue() != held:
            obj.seek(0)
            obj.truncate()
            obj.write(held)


def look_at(obj: Any) -> Look | None:
    """What tells later whether an object holds something else; None where that would take too much."""
    if type(obj) in PLAIN_CONTAINERS:
        return Look(obj, obj.copy()) if len(obj) <= WIDTH else None
    if is_data(obj):
        data = _data_of(obj)
        large = data.size * WORD if hasattr(data, "size") else len(data)
        return Look(obj, data.copy() if hasattr(data, "copy") else data[:]) if large <= BYTES else None
    if type(obj) is ContextVar:
        return Look(obj, obj.get(MISSING))
    return Look(obj, picture_of(obj, 1))


def _data_of(obj: Any) -> Any:
    """The data itself: of a text in memory what has been written; nothing once it is closed."""
    return obj if not hasattr(obj, "getvalue") else "" if obj.closed else obj.getvalue()


def different(before: dict[str, Any], now: dict[str, Any], same_value: Callable[[Any, Any], bool]) -> frozenset[str]:
    """The names under which two pictures show something else."""
    names = before.keys() | now.keys()
    return frozenset(name for name in names if not same_value(before.get(name), now.get(name)))


def copied(container: Any, depth: int = DEPTH) -> Any:
    """A copy of a plain container, in which the containers are copies too; all else is the same."""
    if type(container) not in PLAIN_CONTAINERS:
        return container
    copy = container.copy()
    if depth and len(container) <= WIDTH:
        if type(copy) is dict:
            copy.update((key, copied(value, depth - 1)) for key, value in container.items())
        elif type(copy) is not set:
            for place, value in enumerate(container):
                copy[place] = copied(value, depth - 1)
    return copy
