"""What an object holds by itself, taken down so that it can be put back: by its kind.

It must never ask an object by its own methods, but for the hash and equality of keys and members and for those of the
process's environment, which tell the system; nor touch one that still holds what it held.
"""

from __future__ import annotations

import abc
import os
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import is_
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import FREE_THREADED, Refused, is_a
from autoreload_hooks.compat.classes import cell_contents, delete_class_attribute, set_class_attribute
from autoreload_hooks.compat.containers import copy_of, ordered_items
from autoreload_hooks.compat.fields import in_one_go
from autoreload_hooks.compat.heap import is_heap_type, referents
from autoreload_hooks.compat.layouts import assign_class

Restore = Callable[[], None]
"""Puts back what an object held. It has the object, and copies of plain lists and dictionaries, in its closure: who
looks for the holders of an object finds them there, and may put another in its place."""

Kept = tuple[Restore, Sequence[Any]]
"""What puts back, and the lists and dictionaries that it does it from."""

Layouts = dict[int, tuple[tuple[type, ...], Any, list[Any]]]
"""By `id` of a class: its bases, what gives the `__dict__` of its instances, or None, and their slots."""

_MISSING: Final[Any] = object()
_OF_FUNCTIONS: Final = ("__defaults__", "__kwdefaults__", "__doc__", "__name__", "__qualname__", "__module__")
_namespace_of_class: Final[Any] = type.__dict__["__dict__"].__get__


def states_of(obj: Any, layouts: Layouts) -> list[Kept]:
    """All that an object holds by itself: an instance of a subclass of `list` has items and attributes.

    `layouts` are those of the classes that were met before, which the caller keeps alive.
    Nothing for modules, whose namespaces are dictionaries, and for what cannot be changed or is of C.
    """
    cls = type(obj)
    if id(cls) in _PLAIN:
        return [_KEEP_BY_ID[id(cls)](obj)]
    kinds: tuple[type, ...] = type.__dict__["__mro__"].__get__(cls)
    found = [keep(obj) for kind in kinds if (keep := _KEEP_BY_ID.get(id(kind))) is not None]
    if is_heap_type(cls) and not issubclass(cls, type):
        if id(cls) not in layouts or layouts[id(cls)][0] is not kinds:  # it may have been given other bases since
            layouts[id(cls)] = kinds, _member_for_namespace(obj), _slots_of(cls)
        found.append(_keep_instance(obj, *layouts[id(cls)][1:]))
    return found


def namespace_of(obj: Any) -> dict[str, Any] | None:
    """The `__dict__` of an object past whatever its class says it is; None where it has none."""
    member = _member_for_namespace(obj)
    found = member.__get__(obj) if member is not None else None
    return found if type(found) is dict else None


def _member_for_namespace(obj: Any) -> Any:
    for base in type.__dict__["__mro__"].__get__(type(obj)):
        member = _namespace_of_class(base).get("__dict__")
        if type(member) is GetSetDescriptorType:
            return member
    return None


# ---- dictionaries, lists, sets


def keep_dict(obj: dict[Any, Any]) -> Kept:
    """Keep a dictionary's items, in order."""
    before = copy_of(obj)

    def restore() -> None:
        restore_dict(obj, before)

    return restore, [before]


def restore_dict(obj: dict[Any, Any], before: dict[Any, Any]) -> None:
    """Give a dictionary its old content and order without ever leaving it empty for other threads."""
    kind: Any = OrderedDict if is_a(obj, OrderedDict) else dict
    items = ordered_items(obj)
    if _are_same(items, list(before.items())):
        return
    for each in [each for each, value in before.items() if _is_dead(each) or _is_dead(value)]:
        before.pop(each)  # of a weak dictionary: who has gone since does not return
    for key in [key for key, _ in items if key not in before]:
        kind.pop(obj, key, None)
    if not all(map(is_, kind.keys(obj), before)) or kind.__len__(obj) != len(before):
        for key, value in list(before.items()):
            kind.pop(obj, key, None)
            kind.__setitem__(obj, key, value)
    else:
        kind.update(obj, before)


def _is_dead(value: Any) -> bool:
    return issubclass(type(value), weakref.ref) and weakref.ref.__call__(value) is None


def _are_same(items: list[tuple[Any, Any]], before: list[tuple[Any, Any]]) -> bool:
    return len(items) == len(before) and all(
        key is old_key and value is old for (key, value), (old_key, old) in zip(items, before, strict=True)
    )


def _are_alike(one: Iterable[Any], other: Sequence[Any]) -> bool:
    """Whether these are the very same objects in the same order."""
    found = list(one)
    return len(found) == len(other) and all(map(is_, found, other))


def keep_list(obj: list[Any] | deque[Any]) -> Kept:
    """Keep the items of a list, or of a `deque`."""
    kind: Any = list if is_a(obj, list) else deque
    before = list(kind.__iter__(obj))

    def restore() -> None:
        if _are_alike(kind.__iter__(obj), before):
            return
        if is_a(obj, deque):
            deque.clear(obj)
            deque.extend(obj, before)
        else:  # in one step
            kind.__setitem__(obj, slice(None), before)

    return restore, [before]


def keep_set(obj: set[Any]) -> Kept:
    """Keep the members of a set; one that has them still is left alone, for the order in which they come."""
    before = list(set.__iter__(obj))

    def restore() -> None:
        if set(map(id, set.__iter__(obj))) != set(map(id, before)):
            set.clear(obj)
            set.update(obj, [each for each in before if not _is_dead(each)])

    return restore, [before]


def _keep_bytes(obj: bytearray) -> Kept:
    before = bytes(obj)

    def restore() -> None:
        if bytes(obj) != before:
            bytearray.__setitem__(obj, slice(None), before)

    return restore, []


def _keep_factory(obj: defaultdict[Any, Any]) -> Kept:
    before = [obj.default_factory]

    def restore() -> None:
        obj.default_factory = before[0]

    return restore, [before]


def _keep_environment(obj: os._Environ[str]) -> Kept:
    """The variables of the process: what is set by its methods is told to the system as well."""
    before = dict(obj)

    def restore() -> None:
        for name in [name for name in obj if name not in before]:
            del obj[name]
        for name, value in before.items():
            if obj.get(name) != value:
                obj[name] = value

    return restore, []


# ---- instances


def _keep_instance(obj: Any, member: Any, slots: list[Any]) -> Kept:
    """The class of an instance, its `__dict__` and what it has in slots."""
    cls = type(obj)
    namespace = member.__get__(obj) if member is not None else None
    before = namespace.copy() if namespace is not None else {}
    values = [_in_slot(obj, slot) for slot in slots]

    def restore() -> None:
        if type(obj) is not cls:
            assign_class(obj, cls)
        if namespace is not None:
            if member.__get__(obj) is not namespace:
                member.__set__(obj, namespace)
            restore_dict(namespace, before)
        for slot, value in zip(slots, values, strict=True):
            if (now := _in_slot(obj, slot)) is not value:
                slot.__set__(obj, value) if value is not _MISSING else now is not _MISSING and slot.__delete__(obj)

    return restore, [before, values]


def _slots_of(cls: type) -> list[Any]:
    bases: tuple[type, ...] = type.__dict__["__mro__"].__get__(cls)
    members = [member for base in bases if is_heap_type(base) for member in list(_namespace_of_class(base).values())]
    return [member for member in members if type(member) is MemberDescriptorType]


def _in_slot(obj: Any, slot: Any) -> Any:
    try:
        return slot.__get__(obj)
    except AttributeError:  # an empty one
        return _MISSING


# ---- functions


def _keep_function(obj: FunctionType) -> Kept:
    """Its attributes, and what is in its closure; what it runs only a reload changes."""
    namespace, cells = obj.__dict__, [cell for cell, _ in cell_contents(obj)]
    before = namespace.copy()
    own = {name: getattr(obj, name) for name in _OF_FUNCTIONS}
    contents = [cell.cell_contents for cell in cells]

    def restore() -> None:
        if obj.__dict__ is not namespace:
            obj.__dict__ = namespace
        restore_dict(namespace, before)
        for name, value in own.items():
            if getattr(obj, name) is not value:
                setattr(obj, name, value)
        for cell, content in zip(cells, contents, strict=True):
            cell.cell_contents = content

    return restore, [before, own, contents]


# ---- classes


def _keep_class(obj: type) -> Kept:
    """The attributes of a class, past its metaclass, and in their order."""
    before = dict(_namespace_of_class(obj)) if is_heap_type(obj) else {}

    def restore() -> None:
        if not before:
            return
        now = _namespace_of_class(obj)
        for name in [name for name in now if name not in before]:
            _unless_refused(delete_class_attribute, obj, name)
        for name, value in before.items():
            if now.get(name, _MISSING) is not value:
                _unless_refused(set_class_attribute, obj, name, value)
        restore_order(obj, list(before))

    return restore, [before]


def _unless_refused(act: Callable[..., None], *arguments: Any) -> None:
    """One attribute that cannot be put back must not keep the others changed."""
    try:
        act(*arguments)
    except (Refused, TypeError, AttributeError):
        return


def restore_order(cls: type, names: list[str]) -> None:
    """Have the attributes of a class in an order: they go to the end one by one, each in a step that nobody sees.

    It is the dictionary itself in which they move, as it is seen by the garbage collector: for the class nothing
    changes by that. https://github.com/python/cpython/blob/3.13/Objects/typeobject.c (type_traverse)
    """
    held = _namespace_of_class(cls)
    if FREE_THREADED or list(held) == names:
        return
    namespace = next((each for each in referents(cls) if type(each) is dict and _are_entries(each, held)), None)
    if namespace is None:
        return
    for name in [name for name in names if name in held]:
        in_one_go(partial(namespace.pop, name), partial(namespace.__setitem__, name, held[name]))


def _are_entries(namespace: dict[Any, Any], held: Any) -> bool:
    return len(namespace) == len(held) and all(map(is_, namespace.values(), held.values())) and "__module__" in held


def _keep_registered(obj: abc.ABCMeta) -> Kept:
    """The virtual subclasses of an abstract class."""
    before = registered(obj)

    def restore() -> None:
        if not _are_alike(registered(obj), before):
            abc.ABCMeta._abc_registry_clear(obj)  # type: ignore[attr-defined]
            abc.ABCMeta._abc_caches_clear(obj)  # type: ignore[attr-defined]
            for each in before:
                abc.ABCMeta.register(obj, each)

    return restore, [before]


def registered(cls: abc.ABCMeta) -> list[type]:
    """The classes that were registered with an abstract class. https://github.com/python/cpython/blob/3.13/Lib/abc.py"""
    dump: Any = getattr(abc, "_get_dump", None)
    found = [each for ref in dump(cls)[0] if (each := ref()) is not None] if dump is not None else []
    return sorted(found, key=id)  # they come from a set


_KEEP: Final[dict[Any, Callable[[Any], Kept]]] = {
    dict: keep_dict,
    list: keep_list,
    deque: keep_list,
    set: keep_set,
    bytearray: _keep_bytes,
    defaultdict: _keep_factory,
    FunctionType: _keep_function,
    type: _keep_class,
    abc.ABCMeta: _keep_registered,
    os._Environ: _keep_environment,
}
"""How a kind of object is kept; of an instance of a class of Python's, its attributes come as well."""

_KEEP_BY_ID: Final = {id(kind): keep for kind, keep in _KEEP.items()}  # not every class lets itself be hashed
_PLAIN: Final = frozenset(map(id, (dict, list, deque, set, FunctionType)))  #: most objects, and they are nothing else
