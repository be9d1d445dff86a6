"""Who holds an object, found around some roots instead of in the whole heap, as far as the reference counts allow.

It must never say that it knows all holders while a reference is unaccounted for.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from types import BuiltinFunctionType, CodeType, FrameType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.compat.classes import class_references, own_holders
from autoreload_hooks.compat.heap import is_heap_type, references, referents
from autoreload_hooks.compat.holders import Holder, holder_of, is_of_ours, is_rebuilt

EDGES: Final = 20_000  #: after so many references somebody far away must be the holder: some 20 milliseconds
SHARE: Final = 50
"""A pass over the heap takes about as long as looking at one reference for each twelve blocks of memory: after a
quarter of that the pass is the better bet."""
_LEAVES: Final = (
    str,
    bytes,
    int,
    float,
    complex,
    bool,
    type(None),
    ModuleType,
    FrameType,
    CodeType,
    BuiltinFunctionType,
)
_LEAF: Final = "leaf"
_CLASS: Final = "class"
_OTHER: Final = "other"


class Nearby:
    """The objects around some roots, the nearest first, and which of them hold which.

    A pass over the heap takes the longer the more the user has in memory; what a statement has made is mostly held by
    what the statement could reach.
    """

    def __init__(self, roots: Iterable[Any]) -> None:
        self._visited: list[Any] = []  # each once, kept alive by this list alone
        self._numbers: dict[int, int] = {}  # by id: where it is in that list
        self._held_by: dict[int, list[int]] = {}  # by id: the numbers of its holders, one for each reference
        self._kinds: dict[int, str] = {}  # by the id of a type: a reference would count as a holder of the class
        self._next = 0
        self._edges = 0
        self._enough = min(EDGES, sys.getallocatedblocks() // SHARE)
        for root in roots:
            self._visit(root)

    def knows_holders(self, known: Mapping[int, int], ignore: Collection[int] = ()) -> bool:
        """Whether all holders of these objects have been found, and all of the tuples and the like that hold them.

        `known`: by the `id` of each object, which must be a root, how many references the caller has itself.
        Holders in `ignore` (by `id`) may stay as they are: who holds them is not asked.
        """
        waiting, done = list(known), set(ignore).difference(known)
        while waiting:
            key = waiting.pop()
            if key in done:
                continue
            done.add(key)
            if not self._finds_holders(key, known.get(key, 0)):
                return False
            holders = (self._visited[number] for number in self._held_by.get(key, ()))
            waiting += [id(holder) for holder in holders if is_rebuilt(holder)]
        return True

    def _finds_holders(self, key: int, known: int) -> bool:
        """Go on until every reference to an object is accounted for; False where that does not come about."""
        obj = self._visited[self._numbers[key]]
        count = class_references(obj) if is_a(obj, type) else references(obj)
        if count is None:
            return False
        own = {id(each) for each in own_holders(obj)} if is_a(obj, type) else set[int]()
        missing = count - 1 - known  # 1: the list of what was visited
        looked_at = 0
        while True:
            holders = self._held_by.get(key, [])
            missing -= sum(id(self._visited[number]) not in own for number in holders[looked_at:])
            looked_at = len(holders)
            if missing <= 0:
                return True
            if not self._go_on():
                return False

    def holders(self, objects: Iterable[Any], *, ignore: Iterable[Any] = ()) -> list[Holder]:
        """What holds one of `objects`, among what was looked at; see `holders.holders`."""
        ignored = set(map(id, ignore))
        visited = self._visited
        return [
            holder_of(target, visited[number])
            for target in objects
            for number in dict.fromkeys(self._held_by.get(id(target), ()))
            if id(visited[number]) not in ignored
        ]

    def _visit(self, obj: Any) -> None:
        if id(obj) not in self._numbers:
            self._numbers[id(obj)] = len(self._visited)
            self._visited.append(obj)

    def _go_on(self) -> bool:
        """Look at what the next object holds; False where nothing is left, or enough has been seen."""
        number = self._next
        if number >= len(self._visited) or self._edges > self._enough:
            return False
        parts = referents(self._visited[number])
        self._edges += len(parts)
        held_by, kinds = self._held_by, self._kinds
        for part in parts:  # hundreds of thousands of them in a large edit
            kind = type(part)
            known = kinds.get(id(kind))
            if known is None:
                known = kinds[id(kind)] = _kind_of(kind)
            if known is _LEAF or (known is _CLASS and not is_heap_type(part)):
                continue
            key = id(part)
            if key in held_by:
                held_by[key].append(number)
            else:
                held_by[key] = [number]
                self._visit(part)
        self._next += 1
        return True


def _kind_of(kind: type) -> str:
    """How objects of a type are looked at: not at all, as others, or as a class, which may be one of C."""
    if issubclass(kind, type):
        return _CLASS
    return _LEAF if issubclass(kind, _LEAVES) or is_of_ours(kind) else _OTHER
