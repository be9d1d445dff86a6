"""Finding the holders of an object around some roots, instead of in the whole heap."""

from __future__ import annotations

import collections
import functools
import gc
from collections.abc import Callable
from typing import Any

import pytest

from autoreload_hooks.compat.classes import own_holders
from autoreload_hooks.compat.holders import Holder, holders, replace_everywhere
from autoreload_hooks.compat.nearby import EDGES, Nearby


class Kept:
    """An instance that holds something."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Slotted:
    """The same without a dictionary."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def with_default(value: Any) -> Callable[..., Any]:
    """Return a function that holds a value as a default."""

    def function(default: Any = value) -> Any:
        return default

    return function


def closing_over(value: Any) -> Callable[..., Any]:
    """Return a function that holds a value in its closure."""

    def function() -> Any:
        return value

    return function


def subclass(value: Any) -> type:
    """Return a class that holds a value as an attribute."""
    return type("Sub", (), {"value": value})


HOLDERS: dict[str, Callable[[Any], Any]] = {
    "list": lambda value: [value],
    "twice": lambda value: [value, value],
    "dictionary": lambda value: {"key": value},
    "key": lambda value: {value: "value"},
    "deque": lambda value: collections.deque([value]),
    "tuple": lambda value: [(1, value)],
    "tuples": lambda value: [((value,), 1), (value,)],
    "frozenset": lambda value: {1: frozenset([value])},
    "instance": Kept,
    "slots": Slotted,
    "default": with_default,
    "closure": closing_over,
    "class": subclass,
    "partial": functools.partial(functools.partial, print),
}


def made(kind: str) -> Any:
    """Return what may be held: a class or a function."""
    if kind == "class":
        return type("Target", (), {"method": lambda self: self, "__slots__": ("one",)})
    return with_default(1)


def said(found: list[Holder]) -> set[tuple[int, str]]:
    """Return who holds, and how; a frame ends with what it has."""
    return {(id(each.holder), each.kind) for each in found if each.kind != "frame"}


@pytest.mark.parametrize("target_kind", ["class", "function"])
@pytest.mark.parametrize("kind", HOLDERS)
def test_finds_what_the_heap_knows(kind: str, target_kind: str) -> None:
    """All holders are found where the roots lead to them."""
    roots = [made(target_kind)]
    root = {"of": HOLDERS[kind](roots[0])}
    own = [roots, *(own_holders(roots[0]) if target_kind == "class" else [])]
    expected = said(holders(roots, ignore=own))
    nearby = Nearby([roots[0], root])

    assert nearby.knows_holders({id(roots[0]): 1}, set(map(id, own)))
    assert expected == said(nearby.holders(roots, ignore=own))


@pytest.mark.parametrize("kind", HOLDERS)
def test_says_that_somebody_else_holds_it(kind: str) -> None:
    """A reference that does not lead back to the roots is missed."""
    roots = [made("class")]
    nearby_holder, hidden = [roots[0]], HOLDERS[kind](roots[0])
    nearby = Nearby([roots[0], nearby_holder])

    assert not nearby.knows_holders({id(roots[0]): 1})
    del hidden
    gc.collect()  # a class is always part of a cycle
    assert nearby.knows_holders({id(roots[0]): 1})


def test_says_that_somebody_else_holds_a_tuple() -> None:
    """What holds it immutably is put where that is held: its own holders must be known as well."""
    roots = [made("class")]
    pair = (roots[0], 1)
    hidden = [pair]
    near = Kept(pair)
    del pair
    nearby = Nearby([roots[0], near])

    assert not nearby.knows_holders({id(roots[0]): 1})
    hidden.clear()
    assert nearby.knows_holders({id(roots[0]): 1})


def test_who_holds_what_is_ignored_is_not_asked() -> None:
    """A tuple that may go on holding it may itself be held by anybody."""
    roots = [made("class")]
    pair = (roots[0], 1)
    nearby = Nearby([roots[0], Kept(pair)])

    assert not nearby.knows_holders({id(roots[0]): 1})
    assert nearby.knows_holders({id(roots[0]): 1}, {id(pair)})


def test_gives_up_far_away() -> None:
    """Where the holder is behind more objects than a few milliseconds allow, the heap has to be asked."""
    roots = [made("class")]
    root = [[object() for _ in range(EDGES + 1)], [[[roots[0]]]]]
    found = [Nearby([roots[0], each]).knows_holders({id(roots[0]): 1}) for each in (root, root[1])]

    assert found == [False, True]


@pytest.mark.parametrize("kind", HOLDERS)
def test_holders_are_mended_as_with_the_heap(kind: str) -> None:
    """Nothing goes on holding the old object."""
    roots = [made("function")]
    root = {"of": HOLDERS[kind](roots[0])}
    nearby = Nearby([roots[0], root])
    assert nearby.knows_holders({id(roots[0]): 1})

    unmended = replace_everywhere(
        {id(roots[0]): (roots[0], Slotted)}, do=lambda act, _: act(), find=nearby.holders, ignore=[roots]
    )

    assert unmended == []
    del nearby
    assert said(holders(roots, ignore=[roots])) == set()
