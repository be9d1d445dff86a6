"""What a unit does not see of registries while it runs: the entries that statements after it have put there.

It must never hide an entry that a statement above may have put there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.containers import entries, fill
from autoreload_hooks.outline import FUNCTIONS, Unit, chain_of, own_nodes
from autoreload_hooks.program import SCALARS, LiveModule, Program

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .acting import Acting
from .containers import CONSTANTS, PLAIN_CONTAINERS, can_be_told, parts_of
from .later import Later
from .makers import Makers
from .reading import Reading, Registry

DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)


@dataclass(slots=True, eq=False)
class Named:
    """What statements name that put something into a registry."""

    things: set[int] = field(default_factory=set)  #: functions, classes and instances, by id
    constants: set[tuple[type, Any]] = field(default_factory=set)
    is_known: bool = True  #: whether no statement puts there what its text does not say

    def add(self, other: Named) -> None:
        """What another statement names is named as well."""
        self.things |= other.things
        self.constants |= other.constants
        self.is_known &= other.is_known


class Hiding:
    """What is out of sight while units run, in one reload."""

    def __init__(self, program: Program, reading: Reading, later: Later, acting: Acting, makers: Makers) -> None:
        self.program = program
        self.reading = reading
        self.later = later
        self.acting = acting
        self.makers = makers
        self._known: dict[tuple[str, str, int], dict[Unit, LiveModule]] = {}  # who puts something where
        self._looked: dict[tuple[str, str, int], int] = {}  # how many of the following had run when that was found out
        self._ran_others: list[tuple[LiveModule, Unit]] = []  # units in which other functions ran than before
        self._named: dict[Unit, Named] = {}
        self._acted_upon: dict[tuple[Unit, bool], set[int]] = {}  # by unit, and whether only plain containers count

    @contextmanager
    def hidden(
        self, live: LiveModule, unit: Unit, codes: Collection[CodeType], readers: Readers, acted_upon: Collection[int]
    ) -> Iterator[None]:
        """Meanwhile, the lists, dictionaries and sets that a unit reads lack the entries of statements below it.

        Those of other modules stay in sight if a statement above may have imported them without saying so.
        `codes` are its own code and what will run inside it; containers that it acts upon, by `id`, stay as they are.
        """
        found = [each for each in self.reading.registries(live, codes) if id(each.holder) not in acted_upon]
        del codes  # whoever holds a code object counts as a user of it
        if not found:
            yield
            return
        defined = set(self._defined_below(live, unit, readers))

        def is_later(entry: Any) -> bool:
            return any(
                id(part) in defined
                or (type(part) is FunctionType and id(part.__code__) in defined)
                or self.later.is_certainly_later(part, live, unit)
                for part in parts_of(entry)
            )

        with ExitStack() as stack:
            for registry in found:
                if (is_put_later := self._put_later(registry, live, unit, readers)) is not None:
                    for each in registry.containers:
                        stack.enter_context(_without(each, is_later, is_put_later))
            yield

    def _defined_below(self, live: LiveModule, unit: Unit, readers: Readers) -> Iterator[int]:
        """The ids of what the statements below a unit define: functions, classes, what decorators made, and code."""
        for each in readers.units(live)[unit.index + 1 :]:
            yield from (id(code) for code in live.codes(readers.before.get(each, each)) if code is not None)
            if isinstance(each.node, DEFINITIONS) and unit.module.last_binder(each.node.name) is each:
                value = live.namespace.get(each.node.name)
                if value is not None:
                    yield id(value)

    def _put_later(
        self, registry: Registry, live: LiveModule, unit: Unit, readers: Readers
    ) -> Callable[[Any], bool] | None:
        """What tells whether an entry is named by statements below a unit alone, of those that put something there.

        None if the unit is such a statement itself.
        """
        below, above = Named(), Named()
        for other, each in self._actors(registry, readers):
            if each is unit:
                return None
            is_after = self.later.runs_after(other, each.index, live, unit)
            (below if is_after else above).add(self._named_by(other, each))
        things, constants = below.things - above.things, below.constants - above.constants

        def is_put_later(entry: Any) -> bool:
            parts = list(parts_of(entry))
            if any(id(part) in things for part in parts):
                return True
            key = entry[0] if type(entry) is tuple and entry else entry  # of a dictionary, pairs are asked for
            return above.is_known and type(key) in SCALARS and (type(key), key) in constants

        return is_put_later

    def _actors(self, registry: Registry, readers: Readers) -> list[tuple[LiveModule, Unit]]:
        """The units that put something into a registry, as far as they, or functions that ran in them, name it.

        It is asked for each unit that reads the registry, and found out once in a reload; after that it is asked of
        those units alone in which other functions have run since.
        """
        key = registry.module, registry.name, id(registry.holder)
        known = self._known.get(key)
        if known is None or self._has_come(known, self._ran_others[self._looked[key] :], registry, readers):
            known = self._known[key] = {each: other for other, each in self._look_for_actors(registry, readers)}
        self._looked[key] = len(self._ran_others)
        return [(live, unit) for unit, live in known.items()]

    def _has_come(
        self, known: dict[Unit, LiveModule], ran: list[tuple[LiveModule, Unit]], registry: Registry, readers: Readers
    ) -> bool:
        """Whether one of some units puts something into a registry that did not before; those that do no more go."""
        for live, unit in dict.fromkeys(ran):
            if not self._acts_upon(live, unit, registry, readers):
                known.pop(unit, None)
            elif unit not in known:
                return True
        return False

    def _look_for_actors(self, registry: Registry, readers: Readers) -> Iterator[tuple[LiveModule, Unit]]:
        home, name = self.makers.home_of(self.program.module(registry.module), registry.name)
        named = readers.anywhere(home.name if home else registry.module, name)
        found = {each: other for other, each in named if not each.is_import}
        yield from ((other, each) for each, other in found.items() if self._acts_upon(other, each, registry, readers))

    def _acts_upon(self, live: LiveModule, unit: Unit, registry: Registry, readers: Readers) -> bool:
        is_plain = type(registry.holder) in PLAIN_CONTAINERS
        if not is_plain and not unit.is_definition:
            return self.acting.puts_into(live, unit, registry.holder, readers)
        if not is_plain and not getattr(unit.node, "decorator_list", ()):
            return False
        if (unit, is_plain) not in self._acted_upon:
            acted_upon = self.acting.changed_by if is_plain else self.acting.shared_by
            self._acted_upon[unit, is_plain] = acted_upon(live, unit, readers.codes_in(live, unit))
        return id(registry.holder) in self._acted_upon[unit, is_plain]

    def _named_by(self, live: LiveModule, unit: Unit) -> Named:
        """What a statement that puts something into a registry names, or gives a name; kept until it runs."""
        if unit not in self._named:
            self._named[unit] = Named()
            self._note_named(self._named[unit], live, unit)
        return self._named[unit]

    def forget(self, live: LiveModule, unit: Unit, *, ran_others: bool) -> None:
        """A unit has run: its names may stand for other things now.

        If other functions than before ran in it, it may act upon something else as well.
        """
        self._named.pop(unit, None)
        self._acted_upon.pop((unit, True), None)
        self._acted_upon.pop((unit, False), None)
        if ran_others:
            self._ran_others.append((live, unit))

    def _note_named(self, named: Named, live: LiveModule, unit: Unit) -> None:
        if unit.is_compound:
            named.is_known = False
        made = [live.namespace.get(name) for name in unit.binds if unit.module.last_binder(name) is unit]
        named.things |= {id(each) for each in made if can_be_told(each)}
        for node in own_nodes(unit.node):
            values = [*node.args, *(each.value for each in node.keywords)] if isinstance(node, ast.Call) else []
            values += [node.slice] if isinstance(node, ast.Subscript) else []
            for value in values:
                if isinstance(value, ast.Constant):
                    named.constants.add((type(value.value), value.value))
                elif isinstance(value, (ast.Name, ast.Attribute)) and (chain := chain_of(value)):
                    self._note_thing(named, self.program.value(live.namespace, chain))
                else:
                    named.is_known = False

    def _note_thing(self, named: Named, value: Any) -> None:
        if can_be_told(value):
            named.things.add(id(value))
        elif type(value) in CONSTANTS:
            named.is_known = False


@contextmanager
def _without(container: Any, *is_later: Callable[[Any], bool]) -> Iterator[None]:
    """Meanwhile, a container lacks some entries."""
    held = entries(container)
    later = [entry for entry in held if any(asked(entry) for asked in is_later)]
    if not later:
        yield
        return
    gone = set(map(id, later))
    shown = [entry for entry in held if id(entry) not in gone]
    fill(container, shown)
    try:
        yield
    finally:
        now = entries(container)
        if len(now) >= len(shown) and all(map(_is_same, now, shown)):  # what has come goes before all that is later
            place = next(place for place, entry in enumerate(held) if id(entry) in gone)
            fill(container, [*held[:place], *now[len(shown) :], *held[place:]])
        else:
            fill(container, now + later)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two entries are the same object; pairs of a key and a value are made anew whenever they are asked for."""
    return one is other or (
        type(one) is tuple is type(other)
        and len(one) == len(other)
        and all(a is b for a, b in zip(one, other, strict=True))
    )
