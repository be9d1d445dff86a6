"""The order of entries: what comes again goes to where it was, what is new to where a fresh process would have it.

It must never add or take an entry: it only moves those that a unit has just put at the end.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from .containers import containers_of, is_or_holds


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """The entries that a list or dictionary had at some time, to tell what was added since."""

    container: Any
    entries: list[Any]  #: of a list, or the keys of a dictionary

    def added(self) -> list[Any]:
        """What stands behind those entries now; nothing if the container has changed otherwise."""
        now = list(self.container)
        kept = len(now) > len(self.entries) and all(one is other for one, other in zip(self.entries, now, strict=False))
        return now[len(self.entries) :] if kept else []

    def put_before(self, later: Set[int]) -> bool:
        """Move what was added before the first of the entries that were made later; False if none can be told apart.

        `later` are the ids of objects, and of the code of functions.
        """
        added = self.added()
        at = next((place for place, entry in enumerate(self.entries) if self._is_of(entry, later)), None)
        if at is None:
            return not added
        _move(self.container, list(range(at, at + len(added))))
        return True

    def _is_of(self, entry: Any, wanted: Set[int]) -> bool:
        """Whether an entry is one of the wanted objects: that of a dictionary by its key or by its value."""
        parts = (entry, self.container.get(entry)) if isinstance(self.container, dict) else (entry,)
        return any(
            is_or_holds(part, wanted) or (isinstance(part, FunctionType) and id(part.__code__) in wanted)
            for part in parts
        )


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What was left of a list or dictionary when entries were taken out, and where those had been."""

    left: Ordered
    places: list[int]  #: of the entries that were taken, in ascending order

    def put_back(self) -> None:
        """Move what came again at the end to the places of what had been taken out."""
        if added := self.left.added():
            last = self.places[-1]
            extra = len(added) - len(self.places)
            _move(self.left.container, [*self.places, *range(last + 1, last + 1 + extra)][: len(added)])


def orders_of(shared: Any, depth: int) -> list[Ordered]:
    """The lists and dictionaries at and below an object, with the order of their entries."""
    return [Ordered(each, list(each)) for each in containers_of(shared, depth) if isinstance(each, (list, dict))]


def _move(container: Any, places: list[int]) -> None:
    """Move the last entries of a list or dictionary to these places, in their order."""
    entries = list(container)
    order, added = entries[: -len(places)], entries[-len(places) :]
    for place, entry in zip(places, added, strict=True):
        order.insert(place, entry)
    if isinstance(container, list):
        container[:] = order
    else:
        container.update([(key, container.pop(key)) for key in order[places[0] :]])
