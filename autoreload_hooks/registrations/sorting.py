"""Putting the entries of containers into another order, as the statements stand that have put them there.

It must never add or take an entry, nor touch a container whose order was another one than that of the statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from types import FunctionType
from typing import Any

from autoreload_hooks.compat.behaviours import is_a, is_among, qualname_of
from autoreload_hooks.transaction import Transaction

from .containers import DEPTH, containers_of, parts_of


class EntryPlaces:
    """Where the statements stood, and where they stand, that have made what entries hold."""

    def __init__(self) -> None:
        self._of_objects: dict[int, tuple[Any, tuple[int, int]]] = {}
        self._of_names: dict[str, tuple[int, int]] = {}

    def note(self, value: Any, old: int, new: int) -> None:
        """Something is of the making of a statement that stood at one place and stands at another now."""
        self._of_objects[id(value)] = value, (old, new)
        if is_a(value, (FunctionType, type)):
            self._of_names[qualname_of(value) if is_a(value, type) else value.__name__] = old, new

    def of(self, entry: Any, *, by_name: bool) -> tuple[int, int] | None:
        """The two places of the statement that an entry comes from, if that can be told by what it holds.

        `by_name`: or by its being the name of that, where statements put the names of what they make.
        """
        if by_name and type(entry) is str:
            return self._of_names.get(entry)
        for part in parts_of(entry):
            if id(part) in self._of_objects:
                return self._of_objects[id(part)][1]
        return None


def sort_entries(tx: Transaction, shared: Collection[Any], places: EntryPlaces) -> None:
    """Sort the entries of the lists and dictionaries at and below some objects as their statements stand now.

    Those of other classes than Python's own have an order of their own, or may be asked by methods only.
    """
    direct = set(map(id, shared))  # what statements fill themselves, and not only what is in it
    containers = {id(each): each for obj in shared for each in containers_of(obj, DEPTH)}
    for container in containers.values():
        if not is_among(type(container), (list, dict, defaultdict)):
            continue
        entries = list(container.items()) if type(container) is not list else list(container)
        held = entries if type(container) is list else [value for _, value in entries]
        known = [
            (at, place) for at, entry in enumerate(held) if (place := places.of(entry, by_name=id(container) in direct))
        ]
        before, now = [old for _, (old, _) in known], [new for _, (_, new) in known]
        if before != sorted(before) or now == sorted(now):
            continue
        ordered = sorted(known, key=lambda each: each[1][1])
        taken = [entries[at] for at, _ in ordered]
        for (at, _), entry in zip(known, taken, strict=True):
            entries[at] = entry
        _put(tx, container, entries)


def _put(tx: Transaction, container: Any, entries: list[Any]) -> None:
    if type(container) is list:
        tx.guard_list(container)
        container[:] = entries
    else:
        tx.guard(container)
        dict.clear(container)
        dict.update(container, entries)
