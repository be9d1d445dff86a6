"""Putting the entries of containers into another order, as the statements stand that have put them there.

It must never add or take an entry, nor touch a container whose order was another one than that of the statements.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from autoreload_hooks.program import is_a
from autoreload_hooks.transaction import Transaction

from .containers import DEPTH, containers_of, parts_of


class EntryPlaces:
    """Where the statements stood, and where they stand, that have made what entries hold; or that have its name."""

    def __init__(self) -> None:
        self._of_objects: dict[int, tuple[Any, tuple[int, int]]] = {}
        self._of_names: dict[str, tuple[int, int]] = {}

    def note(self, value: Any, old: int, new: int) -> None:
        """Something is of the making of a statement that stood at one place and stands at another now."""
        self._of_objects[id(value)] = value, (old, new)
        if is_a(value, (FunctionType, type)):
            self._of_names[value.__name__] = old, new

    def of(self, entry: Any) -> tuple[int, int] | None:
        """The two places of the statement that an entry comes from, if that can be told."""
        for value in entry if type(entry) is tuple else (entry,):
            if type(value) is str and value in self._of_names:
                return self._of_names[value]
            found = next((part for part in parts_of(value) if id(part) in self._of_objects), None)
            if found is not None:
                return self._of_objects[id(found)][1]
        return None


def sort_entries(tx: Transaction, shared: Any, places: EntryPlaces) -> None:
    """Sort the entries of the lists and dictionaries at and below an object as their statements stand now."""
    for container in containers_of(shared, DEPTH):
        if not is_a(container, (list, dict)):
            continue
        entries = list(container.items()) if is_a(container, dict) else list(container)
        known = [(at, place) for at, entry in enumerate(entries) if (place := places.of(entry)) is not None]
        before, now = [old for _, (old, _) in known], [new for _, (_, new) in known]
        if before != sorted(before) or now == sorted(now):
            continue
        ordered = sorted(known, key=lambda each: each[1][1])
        taken = [entries[at] for at, _ in ordered]
        for (at, _), entry in zip(known, taken, strict=True):
            entries[at] = entry
        _put(tx, container, entries)


def _put(tx: Transaction, container: Any, entries: list[Any]) -> None:
    if is_a(container, dict):
        tx.guard(container)
        dict.clear(container)
        dict.update(container, entries)
    else:
        tx.guard_list(container)
        container[:] = entries
