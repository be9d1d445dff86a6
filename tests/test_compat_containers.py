"""Containers are asked and filled past the methods of the classes below them."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Any

import pytest

from autoreload_hooks.compat.containers import contents, copy_of, elements, entries, fill, size


def _refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("the class was asked")


REFUSED = (
    *("__iter__", "__len__", "__contains__", "__getitem__", "__setitem__", "__delitem__", "__bool__"),
    *("keys", "values", "items", "get", "copy", "clear", "update", "extend", "append", "add", "pop"),
)


def closed(kind: Any) -> Any:
    """An empty container of a class below one of Python's that refuses to be asked or changed."""
    return type("Closed", (kind,), dict.fromkeys(REFUSED, _refuse))()


@pytest.mark.parametrize("kind", [list, deque, set])
def test_a_closed_container_is_asked_and_filled(kind: Any) -> None:
    """Its own methods are not called."""
    container = closed(kind)

    fill(container, [1])
    fill(container, [3])

    assert size(container) == 1
    assert elements(container) == contents(container) == entries(container) == [3]


def test_a_closed_dictionary_is_asked_copied_and_filled() -> None:
    """So is a dictionary, whose copy is a plain one."""
    container = closed(dict)
    fill(container, [("a", 1), ("b", 2)])
    copy = copy_of(container)

    fill(container, [("c", 3)])

    assert (type(copy), copy) == (dict, {"a": 1, "b": 2})
    assert (size(container), elements(container), contents(container)) == (1, ["c"], [3])


def test_an_ordered_dictionary_tells_its_own_order() -> None:
    """`dict.items` would tell the order in which the keys came."""
    container = OrderedDict(a=1, b=2)
    container.move_to_end("a")

    assert entries(container) == [("b", 2), ("a", 1)]
    assert elements(container, 1) == ["b"]
