"""Putting the entries of containers into another order, as the statements stand that have put them there.

It must never add or take an entry, nor touch a container whose order was another one than that of the statements.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection
from types import FunctionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_a, qualname_of
from autoreload_hooks.compat.containers import ordered_items
from autoreload_hooks.compat.states import restore_dict
from autoreload_hooks.transaction import Transaction

from .containers import DEPTH, containers_of, parts_of

TAKE: Final = ("__setitem__", "__delitem__", "__iter__", "append", "setdefault", "update", "items")
"""The methods by which containers take entries and tell their order."""


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
        if type(entry) is list and entry:  # `HOOKS[name].append(function)`
            found = [place for each in entry if (place := self.of(each, by_name=False)) is not None]
            if len(found) == len(entry):
                return min(old for old, _ in found), min(new for _, new in found)
        return None


def sort_entries(tx: Transaction, shared: Collection[Any], places: EntryPlaces) -> None:
    """Sort the entries of the lists and dictionaries at and below some objects as their statements stand now.

    Where each came before the others, as by `HOOKS.insert(0, function)`, the last statement's comes first.

    Classes that take entries in a way of their own may keep them in an order of their own.
    """
    direct = set(map(id, shared))  # what statements fill themselves, and not only what is in it
    containers = {id(each): each for obj in shared for each in containers_of(obj, DEPTH)}
    for container in containers.values():
        if not _takes_as_python_does(container):
            continue
        is_dict = is_a(container, dict)
        entries = ordered_items(container) if is_dict else list(_kind_of(container).__iter__(container))
        held = [value for _, value in entries] if is_dict else entries
        known = [
            (at, place) for at, entry in enumerate(held) if (place := places.of(entry, by_name=id(container) in direct))
        ]
        before, now = [old for _, (old, _) in known], [new for _, (_, new) in known]
        falls = len(before) > 1 and before == sorted(before, reverse=True) and before[0] != before[-1]
        if (before != sorted(before) and not falls) or now == sorted(now, reverse=falls):
            continue
        ordered = sorted(known, key=lambda each: each[1][1], reverse=falls)
        taken = [entries[at] for at, _ in ordered]
        for (at, _), entry in zip(known, taken, strict=True):
            entries[at] = entry
        _put(tx, container, entries)


def _put(tx: Transaction, container: Any, entries: list[Any]) -> None:
    if is_a(container, dict):
        tx.guard(container)
        restore_dict(container, OrderedDict(entries))
    else:
        tx.guard_list(container)
        kind = _kind_of(container)
        for at, entry in enumerate(entries):
            kind.__setitem__(container, at, entry)


def _kind_of(container: Any) -> Any:
    """Python's own class of containers of which one is: no method of the user's is called."""
    return next((kind for kind in (list, deque, OrderedDict, dict) if is_a(container, kind)), None)


def _takes_as_python_does(container: Any) -> bool:
    """Whether a container is of Python's own classes, or of one below that takes entries as these do."""
    kind = _kind_of(container)
    cls = type(container)
    return kind is not None and all(getattr(cls, name, None) is getattr(kind, name, None) for name in TAKE)
