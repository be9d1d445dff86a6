"""Moving instances between classes that are laid out alike."""

from __future__ import annotations

import abc
import collections.abc
import gc
import threading
import types
import typing
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from autoreload_hooks.compat import FREE_THREADED, IS_CPYTHON, Refused, assign_bases, assign_class, references
from autoreload_hooks.compat.layouts import alike, are_exchangeable

EMPTY = types.new_class("Empty", (), {}, lambda namespace: namespace.update(__slots__=()))
STATELESS = (object, abc.ABC, typing.Generic, typing.Protocol, collections.abc.Hashable, EMPTY)
PAIRS = [(one, other) for one in STATELESS for other in STATELESS if one is not other]
SHAPES: dict[str, tuple[str, ...] | None] = {"dictionary": None, "slot": ("x",)}

needs_addresses = pytest.mark.skipif(not IS_CPYTHON or FREE_THREADED, reason="an address says nothing here")


def class_below(base: Any, slots: tuple[str, ...] | None = None) -> Any:
    """A class whose instances have an attribute `x`."""
    bases: tuple[Any, ...] = (typing.Generic[typing.TypeVar("T")],) if base is typing.Generic else (base,)  # type: ignore[misc]

    def fill(namespace: dict[str, Any]) -> None:
        namespace["__hash__"] = object.__hash__
        namespace["__init__"] = lambda self, x=None: setattr(self, "x", x)
        if slots is not None:
            namespace["__slots__"] = slots

    return types.new_class("A", bases, {}, fill)


def derived(cls: Any) -> Any:
    """A class below another one, with no more of its own than a dictionary."""
    return types.new_class("Sub", (cls,), {}, lambda namespace: namespace.update(__init__=cls.__init__))


@needs_addresses
@pytest.mark.parametrize("slots", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(("one", "other"), PAIRS, ids=str)
def test_bases_without_state_are_exchanged(one: Any, other: Any, slots: tuple[str, ...] | None) -> None:
    """Instances and subclasses move between classes whose bases have no state, and back; nothing is left of it."""
    old, new = class_below(one, slots), class_below(other, slots)
    objects = [] if one is typing.Protocol else [old([n]) for n in range(20)]
    sub = derived(old)
    below = [sub([n]) for n in range(20)]
    for obj in objects:
        assign_class(obj, new)
    undo = assign_bases(sub, (new,))
    assert old.__base__ is one
    assert {type(obj) for obj in objects} <= {new}
    assert new in sub.__mro__
    assert [obj.x for obj in below] == [[n] for n in range(20)]
    undo()
    assert old in sub.__mro__
    for obj in objects:
        assign_class(obj, old)
        obj.x = "set"
        assign_class(obj, new)
    assign_bases(sub, (new,))
    gone = [weakref.ref(cls) for cls in (old, new, sub)]
    del undo, old
    gc.collect()
    assert gone[0]() is None
    objects, below, obj = [], [], None
    del new, sub
    gc.collect()
    assert [ref() for ref in gone] == [None, None, None]


@needs_addresses
@pytest.mark.parametrize("base", [typing.Generic, abc.ABC], ids=str)
def test_what_a_class_adds_may_come_from_a_new_base(base: Any) -> None:
    """A class with attributes of its own is like one that has them from a class between it and bases without state."""
    old, between = class_below(object), class_below(base)
    new = derived(between)
    obj = old([1])
    assign_class(obj, new)
    assert (type(obj), obj.x) == (new, [1])
    assign_class(obj, old)
    assert (type(obj), obj.x, old.__base__, new.__base__) == (old, [1], object, between)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (object, list),
        (list, object),
        (abc.ABC, dict),
        (ValueError, abc.ABC),
        (int, str),
        (class_below(object, ("x",)), class_below(object, ("x", "y"))),
        (class_below(object, ("x",)), abc.ABC),
    ],
    ids=str,
)
def test_bases_with_state_are_not(old: Any, new: Any) -> None:
    """Where a base has a state of its own, nothing is exchanged."""
    one, other = type("One", (old,), {}), types.new_class("Other", (new,))
    assert not are_exchangeable(one, other)
    with pytest.raises(TypeError):
        assign_class(one.__new__(one), other)


@needs_addresses
def test_slots_are_compared_by_python() -> None:
    """What the classes themselves add decides as ever."""
    obj = class_below(object, ("x",))()
    for slots in (None, ("x", "y"), ("y",)):
        with pytest.raises(TypeError, match="layout differs"):
            assign_class(obj, class_below(abc.ABC, slots))


@needs_addresses
def test_slots_beside_a_place_for_weak_references_are_the_same() -> None:
    """Instances with slots that can be referred to weakly move as well, and keep what is in the slots."""
    old, new = (class_below(base, ("x", "y", "__weakref__")) for base in (object, abc.ABC))
    obj = old(1)
    obj.y = 2
    for cls in (new, old):
        assign_class(obj, cls)
        assert (type(obj), obj.x, obj.y) == (cls, 1, 2)
    with pytest.raises(TypeError, match="layout differs"):
        assign_class(obj, class_below(abc.ABC, ("x", "z", "__weakref__")))


@needs_addresses
def test_threads_use_instances_that_move() -> None:
    """Instances that move to and fro are read, made and thrown away by other threads all the while."""
    old, new = class_below(object), class_below(abc.ABC)
    shared = [old(n) for n in range(50)]
    wrong: list[Any] = []
    over = threading.Event()

    def use(make: Callable[[int], Any]) -> None:
        while not over.is_set():
            for n, obj in enumerate(shared):
                if obj.x != n or type(obj) not in (old, new) or make(n).x != n:
                    wrong.append((n, obj))

    threads = [threading.Thread(target=use, args=(cls,)) for cls in (old, new, derived(old))]
    for thread in threads:
        thread.start()
    try:
        for _ in range(300):
            for cls in (new, old):
                for obj in shared:
                    assign_class(obj, cls)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert (old.__base__, new.__base__) == (object, abc.ABC)


def test_a_class_that_comes_between_closes_no_circle() -> None:
    """What a class is based on, and a class based on that, are not exchanged: CPython would walk in a circle."""
    warning: Any = types.new_class("Removed", (DeprecationWarning,))
    between: Any = types.new_class("Between", (DeprecationWarning,))

    assert not are_exchangeable(DeprecationWarning, between)
    try:
        assign_bases(warning, (between,))
    except Refused:
        expected: tuple[type, ...] = (warning, DeprecationWarning)
    else:  # Python compares what both are laid out upon from 3.15 on, and so finds them alike by itself
        expected = (warning, between, DeprecationWarning)
    assert warning.__mro__[: len(expected)] == expected
    assert (DeprecationWarning.__base__, DeprecationWarning.__mro__[1]) == (Warning, Warning)


@needs_addresses
def test_a_lent_base_counts_as_a_reference() -> None:
    """The garbage collector takes the field for one: without it, the base might be taken for garbage meanwhile."""
    base = types.new_class("Base", (EMPTY,), {}, lambda namespace: namespace.update(__slots__=()))
    old, new = class_below(object), class_below(base)
    before = references(base)
    with alike(old, new):
        assert old.__base__ is base
        assert references(base) == before + 2  # the field, and the frame that lends it
        gc.collect()
    assert old.__base__ is object
    assert references(base) == before
