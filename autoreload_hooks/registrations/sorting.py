"""Putting the entries of containers into another order, as the statements stand that have put them there.

It must never add or take an entry, nor touch a container whose order was another one than that of the statements.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from types import FunctionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_a, qualname_of
from autoreload_hooks.compat.containers import contents, entries, kind_of
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
        held = entries(container)
        known = [
            (at, place)
            for at, entry in enumerate(contents(container))
            if (place := places.of(entry, by_name=id(container) in direct))
        ]
        before, now = [old for _, (old, _) in known], [new for _, (_, new) in known]
        falls = len(before) > 1 and before == sorted(before, reverse=True) and before[0] != before[-1]
        if (before != sorted(before) and not falls) or now == sorted(now, reverse=falls):
            continue
        ordered = sorted(known, key=lambda each: each[1][1], reverse=falls)
        taken = [held[at] for at, _ in ordered]
        for (at, _), entry in zip(known, taken, strict=True):
            held[at] = entry
        _put(tx, container, held)


def _put(tx: Transaction, container: Any, held: list[Any]) -> None:
    if is_a(container, dict):
        tx.guard(container)
        restore_dict(container, OrderedDict(held))
    else:
        tx.guard_list(container)
        kind = kind_of(container)
        for at, entry in enumerate(held):
            kind.__setitem__(container, at, entry)


def _takes_as_python_does(container: Any) -> bool:
    """Whether a container is of Python's own classes, or of one below that takes entries as these do."""
    kind, cls = kind_of(container), type(container)
    return kind is not set and all(getattr(cls, name, None) is getattr(kind, name, None) for name in TAKE)
