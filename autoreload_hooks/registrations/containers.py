"""The containers at and below an object, what they hold, and how entries go back to their places.

It must never call a method of the user: only plain containers are looked at.
"""

from __future__ import annotations

import functools
import weakref
from collections import deque
from collections.abc import Iterator, Set
from types import FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat import cell_contents
from autoreload_hooks.compat.behaviours import Kinds
from autoreload_hooks.compat.containers import contents, elements
from autoreload_hooks.compat.heap import is_heap_type
from autoreload_hooks.program import SCALARS, is_a, slot
from autoreload_hooks.transaction import MISSING

DEPTH: Final = 3  #: how deep entries are looked for below an object that is acted upon
_place_of_dict: Final[Any] = type.__dict__["__dictoffset__"].__get__  # past a metaclass's own attribute access
CONSTANTS: Final = Kinds((*SCALARS, tuple))  #: what registers nothing
CONTAINERS: Final = (list, dict, set, deque)
PLAIN_CONTAINERS: Final = Kinds(CONTAINERS)  #: not the classes below these
WEAK: Final = frozenset({"weakref", "_weakrefset"})
"""The modules of the containers that Python has written in Python."""
_VALUES: Final = (str, bytes, int, float, complex, tuple, frozenset, *CONTAINERS)
_LEAVES: Final = (*CONSTANTS, FunctionType, ModuleType, type)  # what no container is looked for in
_LEAF_IDS: Final = frozenset(map(id, _LEAVES))  # no metaclass of the user's is asked for a hash
_SCALAR_IDS: Final = frozenset(map(id, SCALARS))
WIDTH: Final = 10_000  #: how many entries of one object are looked at


def dispatch_registry(function: Any) -> dict[Any, Any] | None:
    """The dictionary behind a `singledispatch` function: its `registry` attribute is only a view of it."""
    if not is_a(function, FunctionType) or not hasattr(function, "_clear_cache"):
        return None
    register = getattr(function, "register", None)
    if not is_a(register, FunctionType) or "registry" not in register.__code__.co_freevars:
        return None
    cells = register.__closure__ or ()
    content = cells[register.__code__.co_freevars.index("registry")].cell_contents
    return content if is_a(content, dict) else None


def containers_of(obj: Any, depth: int) -> Iterator[Any]:
    """The plain containers at and below an object."""
    waiting = [(obj, depth)]
    while waiting:
        obj, depth = waiting.pop()
        if issubclass(type(obj), CONTAINERS) and (type(obj) in PLAIN_CONTAINERS or is_a(obj, (list, dict))):
            yield obj
            inner = contents(obj, WIDTH)
            if type(obj) not in PLAIN_CONTAINERS:
                inner += list(state_of(obj).values())[:WIDTH]
        else:
            inner = list(state_of(obj).values())[:WIDTH]
        if depth:
            kinds = map(id, map(type, inner))
            asked = [value for value, kind in zip(inner, kinds, strict=True) if kind not in _LEAF_IDS]
            waiting += [(value, depth - 1) for value in reversed(asked) if _may_contain(value, depth)]


def _may_contain(value: Any, depth: int) -> bool:
    return issubclass(type(value), CONTAINERS) or (depth > 1 and is_plain_instance(value))


def state_of(obj: Any) -> dict[str, Any]:
    """The `__dict__` of a class or a plain instance, what an instance has in slots if it has no other; else nothing."""
    if issubclass(type(obj), type):
        return dict(type.__getattribute__(obj, "__dict__"))
    if not _place_of_dict(type(obj)) and not is_heap_type(type(obj)):
        return {}
    try:
        state = object.__getattribute__(obj, "__dict__")
    except (AttributeError, TypeError):
        return _slots_of(obj) if is_heap_type(type(obj)) else {}
    return state if type(state) is dict else {}


def _slots_of(obj: Any) -> dict[str, Any]:
    spaces = [list(base.__dict__.items()) for base in type(obj).__mro__]
    names = [name for space in spaces for name, member in space if type(member) is MemberDescriptorType]
    return {name: value for name in names if (value := slot(obj, name)) is not MISSING}


def is_plain_instance(value: Any) -> bool:
    """Whether a value is an object with attributes of its own, and neither class, module nor function."""
    return not issubclass(type(value), (type, ModuleType, FunctionType)) and bool(state_of(value))


def can_be_told(value: Any) -> bool:
    """Whether a value is a thing of its own: a function, a class, an instance of one, though it have no attributes."""
    if is_a(value, (FunctionType, type)) or is_plain_instance(value):
        return True
    return is_heap_type(type(value)) and not is_a(value, _VALUES)


def may_hold(value: Any) -> bool:
    """Whether a value is an object that may have containers, or one of a class below `list`, `dict` and the like."""
    return is_a(value, CONTAINERS) or is_plain_instance(value)


def is_weak(value: Any) -> bool:
    """Whether a value is a container of Python's for what others hold, as `WeakSet` and `WeakValueDictionary`."""
    return type(value).__module__ in WEAK and is_plain_instance(value)


def is_or_holds(entry: Any, wanted: Set[int]) -> bool:
    """Whether an entry is one of the wanted objects, or a small record made around one (a command and its callback)."""
    if id(entry) in wanted or id(type(entry)) in _SCALAR_IDS:
        return id(entry) in wanted
    return any(id(part) in wanted for part in parts_of(entry))


def holding(container: Any, wanted: set[int]) -> set[int]:
    """The ids of the entries of a container that are, or are made around, one of the wanted objects."""
    entries = entries_of(container)
    found = wanted & set(map(id, entries))
    kinds = map(id, map(type, entries))
    asked = (entry for entry, kind in zip(entries, kinds, strict=True) if kind not in _SCALAR_IDS)
    return found | {id(entry) for entry in asked if is_or_holds(entry, wanted)}


def registers(obj: Any, value: Any) -> bool:
    """Whether a container, or one at or below an object, has a value as an entry or in one."""
    return any(is_or_holds(entry, {id(value)}) for each in containers_of(obj, DEPTH) for entry in entries_of(each))


def parts_of(entry: Any) -> list[Any]:
    """An entry, and what it is made around if it is a small record."""
    if issubclass(type(entry), tuple):
        return [entry, *elements(entry)]
    if issubclass(type(entry), functools.partial):
        return [entry, entry.func, *entry.args]
    if issubclass(type(entry), weakref.ref):
        return [entry, weakref.ref.__call__(entry)]
    if issubclass(type(entry), MethodType):
        return [entry, entry.__self__, entry.__func__]
    if is_a(entry, FunctionType):
        wraps = "__wrapped__" in entry.__dict__  # else, a library's `lambda app: app.add(rule, view)`
        return [entry] if wraps else [entry, *(content for _, content in cell_contents(entry))]
    return [entry, *list(state_of(entry).values())[:WIDTH]] if is_plain_instance(entry) else [entry]


def entries_of(container: Any) -> list[Any]:
    """The elements of a list or set, or the keys and values of a dictionary."""
    return [*elements(container), *contents(container)] if is_a(container, dict) else elements(container)
