"""What a unit may change when it runs: what its text and the functions inside it name, and what is held there.

It must never touch an object that stands for something outside: a thread, a file, a connection, what C keeps.
"""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat import cell_contents, referents
from autoreload_hooks.compat.behaviours import Kinds, home_of
from autoreload_hooks.compat.containers import contents, size
from autoreload_hooks.compat.heap import is_heap_type
from autoreload_hooks.compat.holders import is_ours
from autoreload_hooks.compat.states import namespace_of
from autoreload_hooks.outline import Chain, Unit
from autoreload_hooks.program import SCALARS, LiveModule, Program, attribute, family_of, is_a, module_namespace
from autoreload_hooks.transaction import MISSING, Transaction

from .containers import CONTAINERS, PLAIN_CONTAINERS, state_of
from .outside import guard_books, is_of_c, is_outside

DEPTH: Final = 3  #: how deep is looked into what has a name
EACH: Final = 1_000  #: so many objects are kept for one unit, those first that are nearest to a name
MOST: Final = 10_000  #: and so many for one reload
ENTRIES: Final = 1_000  #: of what holds more entries than these, the entries are not looked into
LARGE: Final = 100_000  #: what holds more entries is data: it is kept only where a unit is known to act upon it

_LEAVES: Final = Kinds((*SCALARS, frozenset))
_WRAPPERS: Final = (
    *(functools.partial, staticmethod, classmethod, MethodType, property),
    *(functools._lru_cache_wrapper, functools.singledispatchmethod),
)  # fmt: skip


class Reaching:
    """What is kept for the units of one reload, so that they may change it."""

    def __init__(self, program: Program, tx: Transaction) -> None:
        self.program = program
        self.tx = tx
        self._families: dict[int, tuple[type, list[type] | None]] = {}
        # by id of a class: itself, and the classes of others in its family; None where it stands for something outside
        self._looked_into: dict[int, int] = {}  # by id, of what is kept: how deep was looked from there

    def guard(self, live: LiveModule, unit: Unit, codes: Iterable[CodeType]) -> None:
        """Keep what a unit may change when it runs, in whatever module; `codes` are functions that run inside it."""
        self._guard_assigned(live, unit)
        self._guard_from(self._named(live, unit, codes), EACH)

    def guard_all(self, modules: Iterable[LiveModule]) -> None:
        """Keep what these modules have: a statement that imports for the first time may run anything."""
        values: list[Any] = []
        for live in modules:
            self.tx.guard(live.namespace)
            values += live.namespace.values()
        self._guard_from(values, MOST)

    def _guard_from(self, values: Iterable[Any], most: int) -> None:
        """Keep objects and what they hold, those first that are nearest."""
        waiting = deque((value, DEPTH) for value in values)
        last = min(MOST, len(self._looked_into) + most)
        while waiting and len(self._looked_into) < last:
            value, depth = waiting.popleft()
            if type(value) in _LEAVES or self._looked_into.get(id(value), -1) >= depth:
                continue
            kept = self._guard(value)
            if kept:
                self._looked_into[id(value)] = depth
            if depth and (kept or not _is_instance(value) or is_a(value, _WRAPPERS)):
                waiting += ((each, depth - 1) for each in self._held_by(value, named=depth == DEPTH))

    # -- what has a name --------------------------------------------------------------------------------------------
    def _named(self, live: LiveModule, unit: Unit, codes: Iterable[CodeType]) -> Iterator[Any]:
        """What stands behind the names that a unit, and the functions that run inside it, read or bind."""
        places: list[tuple[dict[str, Any], Iterable[Chain]]] = [(live.namespace, {*unit.reads, *unit.assigns})]
        for code in codes:
            space = self.program.namespace_of_file(code.co_filename)
            self.tx.guard(space)
            places.append((space, self.program.reads_of(code)))
        bound = [(name,) for name in unit.binds]
        known = self._known(places)
        guard_books(self.tx, live.name, known, lambda: self._known([*places, (live.namespace, bound)]))
        for name in unit.binds:
            yield live.namespace.get(name)
        yield from known

    def _known(self, places: Iterable[tuple[dict[str, Any], Iterable[Chain]]]) -> list[Any]:
        """Every object along some chains of names."""
        found: dict[int, Any] = {}
        for space, chains in places:
            for chain in chains:
                value = space.get(chain[0], MISSING)
                for name in chain[1:]:
                    found[id(value)] = value
                    value = attribute(value, name)
                found[id(value)] = value
        return list(found.values())

    def _guard_assigned(self, live: LiveModule, unit: Unit) -> None:
        """Keep the attributes that a unit assigns to what is not the user's: a module, a class, whatever it is."""
        for chain in {*unit.assigns, *unit.sets_anywhere}:
            owner = self.program.value(live.namespace, chain[:-1])
            if is_a(owner, ModuleType):
                self.tx.guard_item(module_namespace(owner), chain[-1])
            elif is_a(owner, type):
                self.tx.guard_class_attr(owner, chain[-1])
            elif owner is not MISSING and (namespace := namespace_of(owner)) is not None:
                self.tx.guard_item(namespace, chain[-1])

    # -- what is kept, and where is looked further --------------------------------------------------------------------
    def _guard(self, value: Any) -> bool:
        """Keep what an object holds by itself, if that says all of it."""
        if type(value) in PLAIN_CONTAINERS:
            return len(value) <= LARGE and self._keep(value)
        if is_a(value, ModuleType):
            if self._is_mine(module_namespace(value).get("__name__")):
                self.tx.guard(module_namespace(value))
            return False
        if is_a(value, type):
            return self._is_mine(home_of(value)) and self._keep(value)
        if is_a(value, FunctionType):
            return self._keep(value)
        if is_a(value, bytearray):
            return len(value) <= LARGE and self._keep(value)
        if is_a(value, CONTAINERS) and size(value) > LARGE:
            return False
        return _is_instance(value) and self._is_whole(value) and self._keep(value)

    def _keep(self, value: Any) -> bool:
        self.tx.guard_state(value)
        return True

    def _is_mine(self, module: Any) -> bool:
        record = self.program.records.get(module) if type(module) is str else None
        return record is not None and record.mine

    def _is_whole(self, value: Any) -> bool:
        """Whether the attributes and items of an object are all that there is to it.

        What a class of the user's says of itself is taken for that; somebody else's may count on what C holds.
        """
        family = self._family(value)
        return family is not None and (not family or not any(map(is_of_c, [value, *state_of(value).values()])))

    def _family(self, value: Any) -> list[type] | None:
        """The classes of others, with state, in the family of an object; None where it stands for something outside."""
        cls = type(value)
        if id(cls) not in self._families:
            others = [base for base in family_of(value) if is_heap_type(base) and not self._is_mine(home_of(base))]
            outside = is_ours(value) or any(map(is_outside, others))
            stateful = [base for base in others if home_of(base) not in _STATELESS]
            self._families[id(cls)] = cls, None if outside else stateful
        return self._families[id(cls)][1]

    def _held_by(self, value: Any, *, named: bool) -> Iterator[Any]:
        """What is looked into further; the functions and classes in it only below a function, or of a wrapper."""
        if type(value) in PLAIN_CONTAINERS:
            yield from _entries_of(value)
            return
        if is_a(value, ModuleType) or value is os.environ:  # which tells the system
            return
        if is_a(value, FunctionType):
            yield from (content for _, content in cell_contents(value))
            yield from value.__dict__.values()
        elif is_a(value, type):
            if named and self._is_mine(home_of(value)):
                yield from (*family_of(value)[1:], type(value))
            yield from filter(_is_state, state_of(value).values())
        elif is_a(value, functools._lru_cache_wrapper):
            parts = referents(value)
            yield from parts
            yield from (each for part in parts if type(part) is dict for each in _results(part))
        elif is_a(value, functools.singledispatchmethod):
            yield from (value.func, value.dispatcher)
        elif is_a(value, _WRAPPERS):
            yield from referents(value)
        else:
            yield from self._parts_of(value, named=named)

    def _parts_of(self, value: Any, *, named: bool) -> Iterator[Any]:
        if is_a(value, (*CONTAINERS, tuple)):
            yield from _entries_of(value)
        if _is_instance(value):
            if named:
                yield type(value)
            yield from filter(_is_state, list(state_of(value).values()))


_STATELESS: Final = frozenset({"abc", "typing", "collections.abc", "enum", "types"})
"""The modules of classes that have no state beyond that of their subclasses' own instances."""


def _entries_of(value: Any) -> Iterator[Any]:
    """What is in a list, dictionary and the like, if it is not too much."""
    if size(value) <= ENTRIES:
        yield from filter(_is_state, contents(value))


def _is_instance(value: Any) -> bool:
    return is_heap_type(type(value)) and not is_a(value, (type, ModuleType, FunctionType))


def _is_state(value: Any) -> bool:
    """Whether a value may be what an object keeps: no function, class or module: those have names."""
    return type(value) not in _LEAVES and not is_a(value, (FunctionType, type, ModuleType))


def _results(results: dict[Any, Any]) -> Iterator[Any]:
    """What an `lru_cache` remembers: in its dictionary, or in links to which that leads."""
    for value in list(results.values())[:ENTRIES]:
        yield from referents(value) if type(value).__name__ == "_lru_list_elem" else (value,)
