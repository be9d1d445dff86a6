"""Holders that cannot be changed, as tuples and bound methods: they are made anew, to be put where they are held.

It must never put the new one anywhere itself.
"""

from __future__ import annotations

import collections.abc
import functools
import operator
from collections.abc import Callable
from types import GenericAlias, MethodType, UnionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import ByKind, is_a

from .pairs import Pairs, new_for


def is_rebuilt(holder: Any) -> bool:
    """Whether it is immutable: to hold something else it is made anew, and put where it is held itself."""
    return rebuilder(holder) is not None


def rebuilder(holder: Any) -> Callable[[Any, Pairs], Any] | None:
    """What makes a holder of this kind anew, or None."""
    return _REBUILD.get(type(holder)) or (_rebuild_tuple if is_a(holder, tuple) else None)


def _rebuild_tuple(holder: tuple[Any, ...], pairs: Pairs) -> Any:
    return tuple.__new__(type(holder), [new_for(pairs, value) for value in holder])


def _rebuild_frozenset(holder: frozenset[Any], pairs: Pairs) -> Any:
    return frozenset(new_for(pairs, value) for value in holder)


def _rebuild_method(holder: MethodType, pairs: Pairs) -> Any:
    return MethodType(new_for(pairs, holder.__func__), new_for(pairs, holder.__self__))


def _rebuild_alias(holder: GenericAlias, pairs: Pairs) -> Any:
    arguments = tuple(new_for(pairs, value) for value in new_for(pairs, holder.__args__))
    return GenericAlias(new_for(pairs, holder.__origin__), arguments)


def _rebuild_callable(holder: Any, pairs: Pairs) -> Any:
    *given, result = (new_for(pairs, value) for value in new_for(pairs, holder.__args__))
    return _CALLABLE(new_for(pairs, holder.__origin__), (given, result))


def _rebuild_union(holder: UnionType, pairs: Pairs) -> Any:
    return functools.reduce(operator.or_, (new_for(pairs, value) for value in new_for(pairs, holder.__args__)))


_CALLABLE: Final[Any] = type(collections.abc.Callable[[], None])  # a generic alias of a class of its own
_REBUILD: Final = ByKind[Callable[[Any, Pairs], Any]](
    {
        tuple: _rebuild_tuple,
        frozenset: _rebuild_frozenset,
        MethodType: _rebuild_method,
        GenericAlias: _rebuild_alias,
        _CALLABLE: _rebuild_callable,
        UnionType: _rebuild_union,
    }
)
"""How an immutable holder is made anew, to be put where it is held itself."""
