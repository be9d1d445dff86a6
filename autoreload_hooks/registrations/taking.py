"""Taking entries out of containers, so that they can come again at their places.

It must never take out an entry that is not told to be of the unit, nor forget where it was.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from autoreload_hooks.compat.containers import contents, elements, entries, fill, kind_of, size
from autoreload_hooks.outline import Unit
from autoreload_hooks.program import is_a
from autoreload_hooks.transaction import MISSING, Transaction

from .containers import (
    CONSTANTS,
    DEPTH,
    can_be_told,
    containers_of,
    dispatch_registry,
    holding,
    is_plain_instance,
    state_of,
)
from .placing import Ordered, Taken

Share = Callable[[Any, Any], tuple[int, int]]
"""Of an entry that a container holds more than once: how many are of units before the one asked, and of others."""


class Taking:
    """What was taken out of which containers, in one reload."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.dropped: list[tuple[dict[Any, Any], Any]] = []  #: the keys that were taken out of dictionaries
        self._taken: list[Taken] = []  # for the unit that is about to run
        self._sorts = False
        self._added: dict[Unit, list[tuple[Any, list[Any], list[Any]]]] = {}  # what a unit has put where in this reload

    def begin(self, *, sorts: bool) -> None:
        """Another unit is about to run, or is gone; `sorts`: it puts entries to places of their own."""
        self._taken = []
        self._sorts = sorts

    def containers(self) -> set[int]:
        """The ids of the lists and dictionaries out of which something was taken for the present unit."""
        return {id(taken.left.container) for taken in self._taken}

    def put_back(self) -> None:
        """Entries that came again at the end of a container go back to where they were."""
        for taken in self._taken if not self._sorts else ():
            taken.put_back()
        self._taken = []

    def take_out(
        self,
        shared: Any,
        made: list[Any],
        share: Share,
        places_too: Callable[[], bool],
        is_own: Callable[[Any], bool],
        *,
        labels: bool = False,
    ) -> bool:
        """Take out every entry that is one of `made`; whether there was any.

        `places_too`: whether what is empty then was made for such an entry, and goes as well. `is_own`: whether an
        object is of a class of the user's; a record of a library's of which nothing is left goes.
        `labels`: whether their names may stand for them, as in `kinds.append(cls.__name__)`.
        """
        names = {obj.__name__ for obj in made if is_a(obj, (FunctionType, type))}
        wanted = {id(obj) for obj in made if can_be_told(obj)}
        found = False
        registry = dispatch_registry(shared)
        containers = list(containers_of(shared, DEPTH)) if registry is None else [registry]
        emptied: set[int] = set()
        for container in containers:
            entries = holding(container, wanted)
            if type(container) is dict:  # `CALLS[f.__name__] = 0`
                named = [key for key in elements(container) if type(key) is str and key in names] if names else []
                entries |= {id(key) for key in named if type(container[key]) in CONSTANTS}
            elif labels and names:
                texts = Counter(each for each in elements(container) if type(each) is str and each in names)
                entries |= {id(each) for each in elements(container) if type(each) is str and texts[each] == 1}
            if entries:
                found = True
                self._remove(container, entries, share)
                if not size(container) or _is_rest_of_record(container):
                    emptied.add(id(container))
        for container in containers if emptied else ():
            if is_a(container, dict) and (is_a(container, defaultdict) or places_too()):
                gone = [place for place, value in enumerate(contents(container)) if id(value) in emptied]
                if gone:
                    self.drop(container, gone)
            elif is_a(container, (list, deque)):
                rest = [_is_rest_of_instance(entry, emptied) and not is_own(entry) for entry in elements(container)]
                self.drop(container, [place for place, is_rest in enumerate(rest) if is_rest])
        if registry is not None:
            shared._clear_cache()
        return found

    def note_added(self, unit: Unit, orders: Iterable[Ordered]) -> None:
        """A unit has run: remember what it has added since these were taken down.

        That need not stand at the end: entries of statements below it, which it did not see, come after it.
        """
        self._added[unit] = [
            (each.container, came, _held(each.container, came)) for each in orders if (came := each.arrived())
        ]

    def take_out_added(self, unit: Unit) -> None:
        """A unit runs once more in one reload: what it has put into lists and dictionaries before goes."""
        for container, added, held in self._added.pop(unit, []):
            now = zip(added, held, _held(container, added), strict=True)
            added = [entry for entry, value, other in now if value is other]  # a key may be another unit's by now
            places: list[int] = []
            entries = elements(container)
            for entry in reversed(added):  # the last, as an equal text may be the very same object
                at = (i for i in reversed(range(len(entries))) if entries[i] is entry and i not in places)
                places += itertools.islice(at, 1)
            if places:
                self.drop(container, sorted(places))

    def _remove(self, container: Any, wanted: set[int], share: Share) -> None:
        if is_a(container, set):
            self.tx.guard_set(container)
            set.difference_update(container, [entry for entry in elements(container) if id(entry) in wanted])
            return
        found: dict[int, tuple[Any, list[int]]] = {}  # where a wanted value is, or what has a wanted key
        for place, entry in enumerate(entries(container)):
            key, value = entry if is_a(container, dict) else (entry, entry)
            if id(value) in wanted or id(key) in wanted:
                each = value if id(value) in wanted else key
                found.setdefault(id(each), (each, []))[1].append(place)
        own = (_own(*each, container, share) if len(each[1]) > 1 else each[1] for each in found.values())
        self.drop(container, sorted(itertools.chain.from_iterable(own)))

    def drop(self, container: Any, places: list[int]) -> None:
        """Take out the entries of a list or dictionary at some places, and remember those."""
        if not places:
            return
        gone = set(places)
        if is_a(container, (list, deque)):
            self.tx.guard_list(container)
            fill(container, [entry for place, entry in enumerate(elements(container)) if place not in gone])
        else:
            self.tx.guard(container)
            for key in [key for place, key in enumerate(elements(container)) if place in gone]:
                kind_of(container).__delitem__(container, key)
                self.dropped.append((container, key))
        self._taken.append(Taken(Ordered(container, elements(container)), places))


def _held(container: Any, added: list[Any]) -> list[Any]:
    """What stands under keys of a dictionary; of other containers, the entries themselves."""
    return [dict.get(container, key, MISSING) for key in added] if is_a(container, dict) else added


def _is_rest_of_record(container: Any) -> bool:
    """Whether a dictionary is left with nothing but what was said of the entry, as in `{"call": f, "needs": ()}`."""
    return type(container) is dict and all(type(value) in CONSTANTS or value == () for value in container.values())


def _is_rest_of_instance(entry: Any, emptied: set[int]) -> bool:
    """Whether an object is left with nothing but its kind, as `Middleware(cls, dispatch=f)` without the function."""
    values = list(state_of(entry).values()) if is_plain_instance(entry) else []
    return any(id(value) in emptied for value in values) and all(
        id(value) in emptied or type(value) in CONSTANTS or is_a(value, type) for value in values
    )


def _own(entry: Any, places: list[int], container: Any, share: Share) -> list[int]:
    """Of the places of an entry that is there more than once, those that a unit has given it."""
    before, others = share(container, entry)
    return places[before : before + max(1, len(places) - others)]
