"""Names with several binders: what they hold while units in the middle of the chain run, and afterwards.

It must never run a binder: it says which one is needed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.outline import Unit
from autoreload_hooks.program import BEGUN, LiveModule, is_a
from autoreload_hooks.transaction import MISSING

from .context import Context
from .ordering import fresh_order

Settle = Callable[[Any, AbstractSet[int]], None]
"""Has what a name holds take the place of a value; with the ids of what units further down have made besides."""


@dataclass(eq=False)
class Place:
    """Where a name with several binders stands while units in the middle of its chain run."""

    unit: Unit  #: the binder whose value the name has now
    final: Any  #: the value that the name had, and gets back
    settle: Settle  #: has what the name holds now take the place of a value, if it keeps it after all
    is_covered: bool  #: whether it gets that back from the import system, which sets a submodule that is imported later


class Places:
    """The names that do not have, for the time being, what their last binder gave them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._places: dict[tuple[str, str], Place] = {}
        self._borrowed: set[tuple[str, str]] = set()  # the names that are there for the time being only
        self._given: set[tuple[str, str]] = set()  # the names whose last binder has run in this reload

    def missing(self, live: LiveModule, unit: Unit) -> Iterator[tuple[str, Unit]]:
        """The names that do not have the value that a unit reads at its place, each with the binder that gives it."""
        for name in {chain[0] for chain in unit.reads} | self._read_inside(live, unit):
            binders = self.context.binders_of(live, name)
            needed = next((each for each in reversed(binders) if each.index < unit.index), None)
            held = live.namespace.get(name)
            if needed is not None and self._is_submodule(live, name, held) and self.comes_later(live, unit, name):
                yield name, needed
                continue
            if len(binders) < 2 or needed is None or _same_package(needed, binders[-1]):
                continue
            if needed is not self._giver(live, name, binders[-1]) and not self._holds_star(live, name, needed):
                yield name, needed

    def absent(self, live: LiveModule, unit: Unit) -> Iterator[tuple[str, Unit]]:
        """The names that a unit reads, an import above it gives, and that are gone since: a function deleted them."""
        for name in {chain[0] for chain in unit.reads} - live.namespace.keys():
            binders = self.context.binders_of(live, name)
            if any(name in each.deletes for each in binders):
                continue  # a statement did: it is one of the name's places, see `missing`
            above = [each for each in binders if each.index < unit.index]
            if above and above[-1].is_import and "*" not in above[-1].binds:
                yield name, above[-1]

    def is_covered(self, live: LiveModule, unit: Unit, name: str, old: Any) -> bool:
        """Whether a submodule, which a package's name held, takes the place of what a unit has bound to that name."""
        if (place := self.held(live, name)) is not None:
            return place.is_covered
        return self._is_submodule(live, name, old) and self.comes_later(live, unit, name)

    def _is_submodule(self, live: LiveModule, name: str, value: Any) -> bool:
        """Whether a value is the submodule of a package that has this name."""
        return is_a(value, ModuleType) and value is self.context.program.loaded(f"{live.name}.{name}")

    def comes_later(self, live: LiveModule, unit: Unit, name: str) -> bool:
        """Whether a submodule is imported below a unit of its package, or by others when the package has run."""
        path = f"{live.name}.{name}"
        order = fresh_order(self.context.program, {each: self.context.outline(each) for each in (live.name, path)})
        return order[live.name, unit.index] < order[path, BEGUN]

    def borrow(self, live: LiveModule, name: str) -> None:
        """A name is there again for the time being: it goes at the end."""
        self._borrowed.add((live.name, name))

    def _read_inside(self, live: LiveModule, unit: Unit) -> set[str]:
        """The names with several binders that functions of the module read which ran inside a unit."""
        several = {name for name, units in self.context.outline(live.name).binders.items() if len(units) > 1}
        if not several:
            return several
        codes = self.context.readers.codes_in(live, unit) + self.context.program.foreseen_codes(live, unit)
        own = [code for code in codes if self.context.program.namespace_of_file(code.co_filename) is live.namespace]
        own += self._of_deleted(live, unit)
        return {chain[0] for code in own for chain in reads(code)} & several

    def _of_deleted(self, live: LiveModule, unit: Unit) -> list[CodeType]:
        """The code of definitions that a unit names and a later one deletes: what ran of them is not known."""
        found: dict[Unit, tuple[CodeType, ...]] = {}
        waiting = [{chain[0] for chain in unit.reads}]
        while waiting:
            for name in waiting.pop():
                binders = self.context.binders_of(live, name)
                needed = next((each for each in reversed(binders) if each.index < unit.index), None)
                if needed is None or needed in found or not needed.is_definition:
                    continue
                if any(name in each.deletes for each in binders):
                    found[needed] = needed.functions
                    waiting.append({chain[0] for code in needed.functions for chain in reads(code)})
        return [code for codes in found.values() for code in codes]

    def _holds_star(self, live: LiveModule, name: str, unit: Unit) -> bool:
        """Whether a name has what a star import gives it."""
        given = self.context.starred_value(live, unit, name)
        return given is not MISSING and given is live.namespace.get(name, MISSING)

    def _giver(self, live: LiveModule, name: str, last: Unit) -> Unit | None:
        """The binder whose value a name has now; None where that is gone."""
        if (place := self._places.get((live.name, name))) is not None:
            return place.unit
        edit = self.context.edits.get(live.name)
        if edit is None or edit.old is None or (live.name, name) in self._given:
            return last
        before = self.context.binders_of(live, name, edit.old)[-1:]
        return next((pair.new for pair in edit.pairs if pair.old in before), None)

    def hold(
        self, live: LiveModule, unit: Unit, name: str, old: Any, settle: Settle, *, is_covered: bool = False
    ) -> None:
        """A unit in the middle has bound a name, which held the old value: it will get back what it had at the end."""
        key = live.name, name
        kept = self._places[key].final if key in self._places else old
        self._places[key] = Place(unit, kept, settle, is_covered)

    def held(self, live: LiveModule, name: str) -> Place | None:
        """Where a name stands that has, for the time being, what a binder in the middle gave it."""
        return self._places.get((live.name, name))

    def keep(self, live: LiveModule, name: str, unit: Unit, ran: Container[Unit]) -> bool:
        """A unit has run and not bound a name: it keeps what one before it gave, if none after that binds it.

        `ran` are the units that have run in this reload. Returns whether one that gives the name is among them.
        """
        place = self._places.get((live.name, name))
        if place is None or place.unit.index > unit.index:
            return False
        after = [each for each in self.context.binders_of(live, name) if each.index > place.unit.index]
        if not place.is_covered and all(each.index <= unit.index and each in ran for each in after):
            place.settle(self.leave(live, name, place.final), frozenset())
        return True

    def leave(self, live: LiveModule, name: str, old: Any) -> Any:
        """The last binder has bound a name, which held the old value: what its last binder had given it before."""
        key = live.name, name
        self._given.add(key)
        self._borrowed.discard(key)
        return self._places.pop(key).final if key in self._places else old

    def settle_left(self) -> bool:
        """Names that nothing below binds any more, as a star import gives less now, keep what they have; any?"""
        return self._settle_left({module for module, _ in self._places})

    def _settle_left(self, modules: Container[str]) -> bool:
        found = []
        for (module, name), place in self._places.items():
            live = self.context.program.module(module) if module in modules and not place.is_covered else None
            if live is not None and self.context.binders_of(live, name)[-1:] == [place.unit]:
                found.append((live, name, place))
        for live, name, place in found:
            place.settle(self.leave(live, name, place.final), frozenset())
        return bool(found)

    def restore(self) -> None:
        """Names with several binders have what the last one gives them."""
        self._restore({module for module, _ in (*self._borrowed, *self._places)})

    def restore_for(self, live: LiveModule, unit: Unit) -> None:
        """The same for the modules of which a unit imports all names: none that is there for the time being only."""
        if "*" in unit.binds:
            modules = {*self.context.program.starred_by(live, unit.node)} - {live.name}
            self._settle_left(modules)
            self._restore(modules)

    def _restore(self, modules: Container[str]) -> None:
        for key in [key for key in self._borrowed if key[0] in modules]:
            self._borrowed.discard(key)
            self._put(*key, MISSING)
        for key in [key for key in self._places if key[0] in modules]:
            self._put(*key, self._places.pop(key).final)

    def _put(self, module: str, name: str, value: Any) -> None:
        live = self.context.program.module(module)
        assert live is not None
        if value is MISSING:
            live.namespace.pop(name, None)
        else:
            live.namespace[name] = value


def _same_package(one: Unit, other: Unit) -> bool:
    """`import a.b` and `import a.c` both bind `a`, to the same object."""
    return isinstance(one.node, ast.Import) and isinstance(other.node, ast.Import)
