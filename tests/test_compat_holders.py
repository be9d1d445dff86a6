"""What holds an object, and putting another one in its place."""

from __future__ import annotations

import collections
import dataclasses
import functools
import types
from collections.abc import Callable
from typing import Any

import pytest

from autoreload_hooks.compat import new_cell
from autoreload_hooks.compat.holders import Holder, holders, replace_everywhere


class Changes:
    """The least that a transaction does."""

    def __init__(self) -> None:
        self.undo: list[Callable[[], object]] = []

    def do(self, act: Callable[[], object], undo: Callable[[], object]) -> None:
        """Act and remember."""
        act()
        self.undo.append(undo)

    def rollback(self) -> None:
        """Take everything back, the last first."""
        while self.undo:
            self.undo.pop()()


class Old:
    """What is replaced."""


class New:
    """What replaces it."""


class Different:
    """What replaces it, with another layout."""

    __slots__ = ("x",)


@dataclasses.dataclass(frozen=True)
class Record:
    """An instance that does not like to be changed."""

    value: Any


class Slotted:
    """An instance without a dictionary."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Named(collections.namedtuple("Named", "value other")):
    """A tuple of a class of its own."""

    __slots__ = ()


class Listing(list):  # type: ignore[type-arg]
    """A list that is an instance as well."""

    def __setitem__(self, index: Any, value: Any) -> None:
        raise AssertionError("code of the user must not run")


def having_attribute(value: Any) -> Listing:
    """A list with an attribute."""
    listing = Listing()
    listing.attribute = value  # type: ignore[attr-defined]
    return listing


def closing_over(value: Any) -> Callable[[], Any]:
    """A function with a closure."""
    return lambda: value


def with_default(value: Any) -> Callable[..., Any]:
    """A function with defaults of both kinds."""

    def function(argument: Any = value, *, keyword: Any = value) -> Any:
        return argument, keyword

    return function


def read(holder: Any, *path: Any) -> Any:
    """Follow attributes (names), items (in a list of one) and calls (None)."""
    for step in path:
        if step is None:
            holder = holder()
        elif isinstance(step, list):
            holder = holder[step[0]]
        else:
            holder = getattr(holder, step)
    return holder


HOLDERS: dict[str, tuple[Callable[[Any], Any], tuple[Any, ...]]] = {
    "list": (lambda value: [1, value], ([1],)),
    "dict": (lambda value: {"key": value}, (["key"],)),
    "OrderedDict": (lambda value: collections.OrderedDict(key=value), (["key"],)),
    "defaultdict": (lambda value: collections.defaultdict(value), ("default_factory",)),
    "dict key": (
        lambda value: {1: 1, value: 2, 3: 3},
        ("keys", None, "__iter__", None, "__reduce__", None, [1], [0], [1]),
    ),
    "set": (lambda value: {value}, ("copy", None, "pop", None)),
    "deque": (lambda value: collections.deque([value], maxlen=3), ([0],)),
    "list of tuples": (lambda value: [(1, (2, value))], ([0], [1], [1])),
    "named tuple": (lambda value: [Named(value, 1)], ([0], "value")),
    "frozenset": (lambda value: {"key": frozenset([value])}, (["key"], "__iter__", None, "__next__", None)),
    "instance": (lambda value: types.SimpleNamespace(value=value), ("value",)),
    "frozen instance": (Record, ("value",)),
    "slots": (Slotted, ("value",)),
    "list subclass": (lambda value: Listing([value]), ([0],)),
    "list subclass's attribute": (having_attribute, ("attribute",)),
    "cell": (new_cell, ("cell_contents",)),
    "closure": (closing_over, (None,)),
    "default": (with_default, (None, [0])),
    "keyword default": (with_default, (None, [1])),
    "property": (property, ("fget",)),
    "classmethod": (classmethod, ("__func__",)),
    "staticmethod": (staticmethod, ("__func__",)),
    "partial": (lambda value: functools.partial(value, 1), ("func",)),
    "partial's argument": (lambda value: functools.partial(print, value), ("args", [0])),
    "partial's keyword": (lambda value: functools.partial(print, key=value), ("keywords", ["key"])),
    "cached_property": (lambda value: functools.cached_property(value), ("func",)),
    "bound method": (lambda value: [types.MethodType(value, 1)], ([0], "__func__")),
    "generic alias": (lambda value: {"key": list[value]}, (["key"], "__args__", [0])),
    "callable alias": (lambda value: {"key": Callable[[int, value], value]}, (["key"], "__args__", [1])),
    "union": (lambda value: {"key": value | None}, (["key"], "__args__", [0])),
    "class attribute": (lambda value: type("Sample", (), {"attribute": value}), ("attribute",)),
    "base": (lambda value: type("Sample", (value,), {}), ("__base__",)),
    "module": (lambda value: _module(value), ("value",)),
}


def _module(value: Any) -> types.ModuleType:
    module = types.ModuleType("sample")
    module.value = value  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize("name", list(HOLDERS))
def test_replace_everywhere(name: str) -> None:
    """Each kind of holder has the new object, and after undoing the old one."""
    make, path = HOLDERS[name]
    root = type("Root", (), {})
    old, new = type("Before", (root,), {"__slots__": ("x",)}), type("After", (root,), {"__slots__": ("x",)})
    holder = make(old)
    assert read(holder, *path) is old
    changes = Changes()
    pairs = {id(old): (old, new)}
    unmended = replace_everywhere(pairs, do=changes.do)
    assert not [each for each in unmended if not isinstance(each.holder, types.FrameType)]
    assert read(holder, *path) is new
    changes.rollback()
    assert read(holder, *path) is old


def test_dictionaries_keep_their_order() -> None:
    """A new key stands where the old one stood."""
    old, new = Old(), New()
    holder = {1: 1, old: 2, 3: 3}
    replace_everywhere({id(old): (old, new)}, do=Changes().do)
    assert list(holder.items()) == [(1, 1), (new, 2), (3, 3)]


class Unhashable:
    """It cannot be a key."""

    def __hash__(self) -> int:
        raise AttributeError("not yet")


@pytest.mark.parametrize("kind", [dict, collections.OrderedDict, set])
def test_no_entry_is_lost_where_the_new_key_has_no_hash(kind: Callable[..., Any]) -> None:
    """A dictionary or set whose key cannot be exchanged is as it was."""
    old, new = Old(), Unhashable()
    holder = kind([(old, 1), (2, 2)]) if kind is not set else {old, 2}
    unmended = replace_everywhere({id(old): (old, new)}, do=Changes().do)
    assert any(each.holder is holder for each in unmended)
    assert (len(holder), Old in map(type, holder)) == (2, True)


def test_a_class_notices() -> None:
    """A class attribute is replaced so that lookups that were cached see it."""

    def old(self: Any) -> str:
        return "old"

    def new(self: Any) -> str:
        return "new"

    cls = type("Sample", (), {"method": old})
    instance = cls()
    assert [instance.method() for _ in range(50)] == ["old"] * 50
    replace_everywhere({id(old): (old, new)}, do=Changes().do)
    assert [instance.method() for _ in range(50)] == ["new"] * 50


def test_instances_follow_their_class() -> None:
    """Where a class is replaced, its instances become instances of the new one, and back."""
    old, new = type("Before", (), {}), type("After", (), {})
    instance, listing = old(), [old()]
    changes = Changes()
    replace_everywhere({id(old): (old, new)}, do=changes.do)
    assert type(instance) is type(listing[0]) is new
    changes.rollback()
    assert type(instance) is type(listing[0]) is old


def test_what_cannot_be_mended_is_returned() -> None:
    """An instance of another layout, a suspended generator and an iterator of C keep the old object, and are named."""
    old = type("Before", (), {})
    instance = old()

    def generator() -> Any:
        kept = old
        yield kept

    running = generator()
    next(running)
    iterator = iter([old])
    hidden = map(old, [1])
    unmended = replace_everywhere({id(old): (old, Different)}, do=Changes().do)
    found = [each.holder for each in unmended]
    assert any(each is instance for each in found)
    assert any(each is hidden for each in found)
    assert type(instance) is not Different
    assert next(iterator) is Different
    assert any("generator" in str(each) for each in unmended if each.holder is running)


def test_several_at_once() -> None:
    """Several objects are replaced in one pass, also in one holder."""
    first, second = Old(), Old()
    one, two = New(), New()
    holder = [first, (second, first)]
    replace_everywhere({id(first): (first, one), id(second): (second, two)}, do=Changes().do)
    assert holder == [one, (two, one)]


def test_ignored_holders_stay() -> None:
    """What the caller keeps for itself is left alone."""
    old, new = Old(), New()
    mine, other = [old], [old]
    replace_everywhere({id(old): (old, new)}, do=Changes().do, ignore=[mine])
    assert (mine, other) == ([old], [new])


def test_holders() -> None:
    """Every holder is told with what it holds and how, ready to be read by people."""
    thing = Old()
    kept = {"key": thing}
    found = [each for each in holders([thing]) if not isinstance(each.holder, types.FrameType)]
    assert [(each.target, each.holder, each.kind) for each in found] == [(thing, kept, "dict")]
    assert holders([]) == []


def test_holders_describe_themselves() -> None:
    """A holder says what it is in a few words."""
    assert str(Holder(Old, Old, "class")) == "class Old"
    assert str(Holder(Old, closing_over, "function")) == "function closing_over"
    assert str(Holder(Old, [], "list")) == "list"
    (namespace,) = (each for each in holders([Changes]) if type(each.holder) is dict)
    assert str(namespace) == f"namespace of {__name__}"
