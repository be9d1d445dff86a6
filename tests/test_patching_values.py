"""When are two values the same?"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import functools
import math
import re
import threading
import types
import typing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoreload_hooks.patching import same_value


class Plain:
    """Nothing but attributes."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Slotted:
    """Slots only."""

    __slots__ = ("x", "y")

    def __init__(self, x: Any) -> None:
        self.x = x


@dataclasses.dataclass
class Data:
    """With an equality that a dataclass wrote."""

    x: Any
    y: Any = dataclasses.field(default=0, compare=False)


class Odd:
    """With an equality of its own."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class Hostile:
    """Raises whatever it is asked."""

    def _fail(self, *args: Any) -> Any:
        raise RuntimeError

    __eq__ = __hash__ = __repr__ = __bool__ = __len__ = __iter__ = _fail  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError


class Colour(enum.Enum):
    """Members are themselves only."""

    RED = 1


def cyclic() -> list[Any]:
    """A list that contains itself."""
    items: list[Any] = [1]
    items.append({"me": items})
    return items


SAME: list[tuple[Any, Any]] = [
    (1, 1),
    (math.nan, float("nan")),
    (decimal.Decimal("1.50"), decimal.Decimal("1.50")),
    ("a", "a"),
    ([1, (2, {3})], [1, (2, {3})]),
    ({"a": 1, "b": [2]}, {"a": 1, "b": [2]}),
    (frozenset({1, 2}), frozenset({2, 1})),
    (collections.OrderedDict(a=1), collections.OrderedDict(a=1)),
    (collections.defaultdict(list, a=[1]), collections.defaultdict(list, a=[1])),
    (collections.deque([1], 3), collections.deque([1], 3)),
    (Plain(x=[1]), Plain(x=[1])),
    (Slotted(1), Slotted(1)),
    (Data(1), Data(1)),
    (cyclic(), cyclic()),
    (re.compile("a"), re.compile("a")),
    (Path("a"), Path("a")),
    (datetime.date(2020, 1, 1), datetime.date(2020, 1, 1)),
    (functools.partial(print, 1), functools.partial(print, 1)),
    (types.SimpleNamespace(a=1), types.SimpleNamespace(a=1)),
    (types.MappingProxyType({"a": 1}), types.MappingProxyType({"a": 1})),
    (typing.List[int], typing.List[int]),  # noqa: UP006
    (list[int], list[int]),
    (int | str, int | str),
    (print, print),
    (Colour.RED, Colour.RED),
    (range(3), range(3)),
]

DIFFERENT: list[tuple[Any, Any]] = [
    (typing.ForwardRef("X", module="a"), typing.ForwardRef("X", module="b")),
    (1, True),
    (1, 1.0),
    (0.0, -0.0),
    (0j, -0j),
    (decimal.Decimal("1.5"), decimal.Decimal("1.50")),
    ([1], (1,)),
    ([1], [True]),
    ([1], [1, 2]),
    ([1, 2], [2, 1]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({1: "a"}, {True: "a"}),
    ({1}, {True}),
    (collections.OrderedDict(a=1), {"a": 1}),
    (collections.defaultdict(list), collections.defaultdict(dict)),
    (collections.deque([1], 3), collections.deque([1], 4)),
    (Plain(x=1), Plain(x=2)),
    (Plain(x=1), Plain(x=1, y=2)),
    (Slotted(1), Slotted(2)),
    (Data(1, 2), Data(1, 3)),
    (Odd(), Odd()),
    (Hostile(), Hostile()),
    ([Hostile()], [Hostile()]),
    (lambda: 1, lambda: 1),
    (threading.Lock(), threading.Lock()),
    (Plain(lock=threading.Lock()), Plain(lock=threading.Lock())),
    (typing.List[int], typing.List[str]),  # noqa: UP006
    (list[int], list[str]),
    (iter([1]), iter([1])),
    (re.compile("a"), re.compile("a", re.IGNORECASE)),
    (str, "str"),
]


@pytest.mark.parametrize(("old", "new"), SAME, ids=lambda value: type(value).__name__)
def test_same(old: Any, new: Any) -> None:
    """Values that say the same in every part and order are the same."""
    assert same_value(old, new)


@pytest.mark.parametrize(("old", "new"), DIFFERENT, ids=lambda value: type(value).__name__)
def test_different(old: Any, new: Any) -> None:
    """Values that differ in type, order or any part are not, nor are those of which nothing can be said."""
    assert not same_value(old, new)
    assert not same_value(new, old)


def test_numpy() -> None:
    """Arrays of the same dtype, shape and bytes are the same; nothing asks for the truth of comparing them."""
    np = pytest.importorskip("numpy")
    assert same_value(np.arange(3), np.arange(3))
    assert same_value({"a": [np.array([math.nan])]}, {"a": [np.array([math.nan])]})
    assert not same_value(np.arange(3), np.arange(3.0))
    assert not same_value(np.arange(4), np.arange(4).reshape(2, 2))
    assert not same_value(np.array([Odd()]), np.array([Odd()]))


def test_pandas() -> None:
    """Frames count by identity."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1]})
    assert same_value(frame, frame)
    assert not same_value(frame, frame.copy())


def test_deep_values_end() -> None:
    """A value that is too deep to compare is taken to differ."""
    old: list[Any] = []
    new: list[Any] = []
    for _ in range(100_000):
        old, new = [old], [new]
    assert not same_value(old, new)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_copy_is_the_same(value: Any) -> None:
    """A copy of a value is the same as the value, whatever plain data it is."""
    assert same_value(value, _copied(value))


@given(VALUES, VALUES)
def test_same_values_read_the_same(old: Any, new: Any) -> None:
    """Two values are the same exactly if they read the same."""
    assert same_value(old, new) == (repr(old) == repr(new))


def _copied(value: Any) -> Any:
    if type(value) in (list, tuple):
        return type(value)(_copied(each) for each in value)
    if type(value) is dict:
        return {key: _copied(each) for key, each in value.items()}
    return float(str(value)) if type(value) is float else value
