"""Lists, dictionaries, sets and deques, asked and filled past the methods that a class below them may have.

It must never run code of the user: a registry may load itself, count who asks it, or be read-only for all but its own.
"""

from __future__ import annotations

import gc
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

from autoreload_hooks.compat.behaviours import Kinds, is_a

_ITERATED: Final[dict[type, Callable[[Any], Iterable[Any]]]] = {
    kind: kind.__iter__ for kind in (OrderedDict, dict, list, set, deque, tuple, frozenset)
}
_OF_PYTHON: Final = Kinds(_ITERATED)


def kind_of(container: Any) -> Any:
    """The class of Python's by whose methods a container is asked and filled; what is none raises `StopIteration`."""
    own = type(container)
    return own if own in _OF_PYTHON else next(kind for kind in _ITERATED if issubclass(own, kind))


def size(container: Any) -> int:
    """How many entries a container has."""
    length: int = kind_of(container).__len__(container)
    return length


def elements(container: Any, most: int | None = None) -> list[Any]:
    """What a container holds, or the keys of a dictionary; no more than the first so many."""
    if is_a(container, OrderedDict):
        return [key for key, _ in islice(ordered_items(container), most)]
    return list(islice(_ITERATED[kind_of(container)](container), most))


def entries(container: Any) -> list[Any]:
    """What a container holds; of a dictionary, its keys with their values."""
    return ordered_items(container) if is_a(container, dict) else elements(container)


def contents(container: Any, most: int | None = None) -> list[Any]:
    """What a container holds; of a dictionary, the values."""
    if is_a(container, dict):
        return [value for _, value in islice(ordered_items(container), most)]
    return elements(container, most)


def ordered_items(holder: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The items of a dictionary in its order, none of its keys asked for its hash.

    An `OrderedDict` keeps an order of its own and, to walk it, looks each key up again: `KeyError` where a hash is
    another by now. The garbage collector is told the keys in that order first (`odict_traverse` in
    Objects/odictobject.c).
    """
    items = list(dict.items(holder))
    if not is_a(holder, OrderedDict):
        return items
    places: dict[int, int] = {}
    for each in gc.get_referents(holder):
        places.setdefault(id(each), len(places))
    return sorted(items, key=lambda item: places[id(item[0])])


def copy_of(mapping: dict[Any, Any]) -> dict[Any, Any]:
    """A dictionary or `OrderedDict` with the same items; `dict.copy` would ask a class below it for its `keys`."""
    copy: dict[Any, Any] = mapping.copy() if type(mapping) is dict else kind_of(mapping)(ordered_items(mapping))
    return copy


def fill(container: Any, held: Iterable[Any]) -> None:
    """Give a list, dictionary, set or deque exactly these entries, in this order; a list in one step."""
    kind = kind_of(container)
    if kind is list:
        list.__setitem__(container, slice(None), list(held))
        return
    kind.clear(container)
    if issubclass(kind, dict):
        for key, value in held:
            kind.__setitem__(container, key, value)
    else:
        add = kind.update if kind is set else kind.extend
        add(container, held)
