"""How instances are laid out, and moving them between classes laid out alike, where CPython compares the bases only.

It must never widen what may be exchanged beyond bases that have no state: what the classes themselves add is CPython's
to compare.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import MemberDescriptorType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_a, is_among
from autoreload_hooks.compat.fields import address_field, can_look, disown, own
from autoreload_hooks.compat.heap import is_heap_type

_HAS_GC: Final = 1 << 14  # Py_TPFLAGS_HAVE_GC
_SET_CLASS: Final[Any] = object.__dict__["__class__"].__set__
_BASE: Final = type.__dict__["__base__"]
_POINTER: Final = struct.calcsize("P")


def assign_class(obj: Any, cls: type) -> None:
    """Have `obj` be an instance of `cls`, past its own `__setattr__`. Raises TypeError where the layouts differ."""
    try:
        _SET_CLASS(obj, cls)
    except TypeError:
        if not are_exchangeable(type(obj), cls):
            raise
        try:
            with alike(type(obj), cls):
                _SET_CLASS(obj, cls)
        except TypeError:
            if not _add_the_same(type(obj), cls):
                raise
            with _lent(cls, type(obj)):  # then all that is compared is the size
                _SET_CLASS(obj, cls)


def are_exchangeable(old: type, new: type) -> bool:
    """Are these classes based on different classes without any state, on top of the same class with state?

    `object`, `Generic`, `Protocol`, `ABC` and those of `collections.abc` have none, so that instances of `class A` and
    of `class A(ABC)` are alike, but CPython (before 3.15; for bases of a class ever since) only compares the bases.
    https://github.com/python/cpython/blob/3.13/Objects/typeobject.c (compatible_for_assignment)
    """
    mine, theirs = _with_state(old), _with_state(new)
    one, other = _BASE.__get__(mine), _BASE.__get__(theirs)
    if one is None or other is None or one is other or _base_offset() is None:
        return False
    if is_among(mine, _bases(other)):  # to lend it that base would close a circle, in which CPython walks for ever
        return False
    if (old.__flags__ ^ new.__flags__) & _HAS_GC:  # the garbage collector keeps its books before such an object
        return False
    return _first_with_state(one) is _first_with_state(other)


@contextmanager
def alike(old: type, new: type) -> Iterator[None]:
    """Meanwhile, `old` is based on what `new` is based on for all that compares layouts, if they `are_exchangeable`.

    Nothing else reads the field in between that would notice: what a class inherits is decided by its order of
    resolution, and what its instances are made of by the first base with state, which is the same.
    """
    with _lent(_with_state(old), _BASE.__get__(_with_state(new))):
        yield


@contextmanager
def _lent(cls: type, base: type) -> Iterator[None]:
    """Meanwhile, a class has another base for all that compares layouts.

    The garbage collector may come by, and takes the field for a reference: the base that is lent has one more, or it
    could be taken for an object that only garbage refers to.
    """
    offset = _base_offset()
    assert offset is not None
    field, before = address_field(cls, offset), _BASE.__get__(cls)
    own(base)
    try:
        field.value = id(base)
        yield
    finally:
        field.value = id(before)
        disown(base)


def _add_the_same(old: type, new: type) -> bool:
    """Do both classes add the same slots to bases that are alike? Python puts them in the order of their names.

    Python 3.11 adds up the sizes of `__weakref__` and of other slots in the wrong order, and so refuses both together.
    """
    return _shape(old) == _shape(new) and _members(old) == _members(new)


def _members(cls: type) -> set[str]:
    return {name for name, value in vars(cls).items() if is_a(value, MemberDescriptorType)}


def _with_state(cls: type) -> type:
    """The class that CPython compares for another: the first from `cls` upwards that adds something to its base.

    Where none does, that is `cls` itself.
    """
    found = _first_with_state(cls)
    return cls if found is _first_with_state(object) else found


def _first_with_state(cls: type) -> type:
    """The nearest class from `cls` upwards whose instances have more in memory than those of its base."""
    while (base := _BASE.__get__(cls)) is not None and _is_without_state(cls, base):
        cls = base
    return cls


def _bases(cls: type) -> Iterator[type]:
    """A class and what it is laid out upon, up to `object`."""
    base: type | None = cls
    while base is not None:
        yield base
        base = _BASE.__get__(base)


def _is_without_state(cls: type, base: type) -> bool:
    return _shape(cls) == _shape(base) and not _members(cls)


def _shape(cls: type) -> tuple[int, ...]:
    return cls.__basicsize__, cls.__itemsize__, cls.__dictoffset__, cls.__weakrefoffset__


@cache
def _base_offset() -> int | None:
    """The field `tp_base` of a class: found by two classes whose bases are known, and tried on a third."""
    if not can_look():
        return None

    class OfDict(dict):  # type: ignore[type-arg]
        pass

    class OfList(list):  # type: ignore[type-arg]
        pass

    size: int = type.__dict__["__basicsize__"].__get__(type)
    step = tuple.__itemsize__  # the size of a pointer
    found = [
        offset
        for offset in range(0, size, step)
        if address_field(OfDict, offset).value == id(dict) and address_field(OfList, offset).value == id(list)
    ]
    return found[0] if len(found) == 1 and _is_base(found[0]) else None


def _is_base(offset: int) -> bool:
    """Is it this field that `__base__` tells, which only looks at it?"""

    class Empty:
        __slots__ = ()

    class Probe:
        pass

    field = address_field(Probe, offset)
    read: Callable[[type], Any] = _BASE.__get__
    before = field.value
    field.value = id(Empty)
    answer = read(Probe)
    field.value = before
    return answer is Empty and read(Probe) is object


def is_python_layout(kind: type) -> bool:
    """Is all state of an instance of `kind` in `__dict__` and slots, with nothing below `object` written in C?"""
    while kind is not object:
        base = _BASE.__get__(kind)
        if base is None or not _is_written_in_python(kind, base):
            return False
        kind = base
    return True


def _is_written_in_python(kind: type, base: type) -> bool:
    """Did a class statement make `kind`? Then it has no more room than its slots, `__dict__` and `__weakref__` need.

    A class made in C straight below `object` has neither `__slots__` nor both of the other two.
    """
    if not is_heap_type(kind):
        return False
    namespace = type.__dict__["__dict__"].__get__(kind)
    slots = sum(is_a(member, MemberDescriptorType) for member in namespace.values())
    if kind.__basicsize__ > base.__basicsize__ + _POINTER * (slots + 2):
        return False
    return base is not object or "__slots__" in namespace or {"__dict__", "__weakref__"} <= namespace.keys()
