"""The order of entries: what comes again goes to where it was, what is new to where a fresh process would have it.

It must never add or take an entry: it only moves those that a unit has just put at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from autoreload_hooks.compat.containers import contents, elements, entries, fill, kind_of
from autoreload_hooks.program import SCALARS, is_a

from .containers import DEPTH, containers_of, parts_of


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """The entries that a list or dictionary had at some time, to tell what was added since."""

    container: Any
    entries: list[Any]  #: of a list, or the keys of a dictionary
    values: list[Any] = field(default_factory=list)  #: of a dictionary, where that is asked for

    def added(self) -> list[Any]:
        """What stands behind those entries now; nothing if the container has changed otherwise."""
        now = elements(self.container)
        kept = len(now) > len(self.entries) and all(one is other for one, other in zip(self.entries, now, strict=False))
        return now[len(self.entries) :] if kept else []

    def arrived(self) -> list[Any]:
        """What has come since, wherever it stands; nothing if any of those entries has gone."""
        left, now = Counter(map(id, self.entries)), elements(self.container)
        came = []
        for entry in now:
            if left[id(entry)] > 0:
                left[id(entry)] -= 1
            else:
                came.append(entry)
        return came if len(now) == len(self.entries) + len(came) else []

    def replaced(self) -> list[Any]:
        """The keys of a dictionary under which something else stands now."""
        if not self.values:
            return []
        before = zip(self.entries, self.values, strict=True)
        return [
            key for key, value in before if type(key) in SCALARS and dict.get(self.container, key, value) is not value
        ]

    def holds(self, wanted: Callable[[Any], bool]) -> bool:
        """Whether one of those entries, or what it is made around, is wanted."""
        return self._first(wanted) is not None

    def put_before(self, is_later: Callable[[Any], bool]) -> None:
        """Move what was added before the first of the entries that were made later, as far as these can be told.

        `is_later` is asked about entries and what they are made around.
        """
        at, added = self._first(is_later), self.added()
        if at is not None and added:
            _move(self.container, list(range(at, at + len(added))))

    def _first(self, wanted: Callable[[Any], bool]) -> int | None:
        return next((place for place, entry in enumerate(self.entries) if any(map(wanted, self._parts(entry)))), None)

    def _parts(self, entry: Any) -> Iterator[Any]:
        """What an entry is made of, or holds, that a statement may have made: of a dictionary's its key and value."""
        values: tuple[Any, ...] = (entry, dict.get(self.container, entry)) if is_a(self.container, dict) else (entry,)
        for value in values:
            held: Iterable[Any] = (value,)
            if is_a(value, (list, dict)):
                held = (value, *contents(value))
            for each in held:
                if type(each) not in SCALARS:
                    yield from (part for part in parts_of(each) if type(part) not in SCALARS)


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


def orders_of(shared: Any) -> list[Ordered]:
    """The lists and dictionaries at and below an object, with the order of their entries."""
    found = (each for each in containers_of(shared, DEPTH) if is_a(each, (list, dict)))
    return [Ordered(each, elements(each), contents(each) if is_a(each, dict) else []) for each in found]


def _move(container: Any, places: list[int]) -> None:
    """Move the last entries of a list or dictionary to these places, in their order."""
    held = entries(container)
    order, added = held[: -len(places)], held[-len(places) :]
    for place, entry in zip(places, added, strict=True):
        order.insert(place, entry)
    if is_a(container, list):
        fill(container, order)
    else:
        kind = kind_of(container)
        for key, value in order[places[0] :]:
            kind.__delitem__(container, key)
            kind.__setitem__(container, key, value)
