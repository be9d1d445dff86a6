"""Attributes and items that units assign, as in `f.tag = 1` or `TABLE["k"] = f`: who gives them, and what goes with it.

It must never take away what the unit assigns that takes the place of the one that went.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from autoreload_hooks.compat.behaviours import home_of, qualname_of
from autoreload_hooks.compat.containers import kind_of
from autoreload_hooks.compat.functions import LABELS
from autoreload_hooks.outline import CLASS_OF, Chain, Unit, assigned_to, chain_of, class_members, owner_of
from autoreload_hooks.program import LiveModule, Program, attribute, is_a, module_namespace
from autoreload_hooks.transaction import MISSING, Transaction

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .acting import Acting
from .containers import state_of
from .contents import Contents
from .items import Items, says
from .makers import Makers
from .taking import Taking


class Assigning:
    """What units assign to attributes and items, in one reload."""

    def __init__(
        self,
        program: Program,
        tx: Transaction,
        makers: Makers,
        acting: Acting,
        contents: Contents,
        items: Items,
        taking: Taking,
    ) -> None:
        self.program = program
        self.tx = tx
        self.makers = makers
        self.acting = acting
        self.contents = contents
        self.items = items
        self.taking = taking
        self.taken: list[tuple[Any, str, Any]] = []  #: the attributes that were taken: (owner, name, what it held)

    # -- what goes ------------------------------------------------------------------------------------------------
    def take_away(
        self, live: LiveModule, unit: Unit, now: Unit | None, readers: Readers
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """Undo the assignments to attributes and items of a unit that went: `f.tag = 1`, `TABLE["k"] = f`.

        Those that the unit makes which takes its place, `now`, stay.
        Yields the units that had given them something before, and give it again now.
        """
        kept = set(map(ast.dump, targets(now))) if now is not None else set()
        for target in targets(unit):
            if ast.dump(target) in kept:
                continue
            chain = owner_of(target.value)
            owner = self.program.value(live.namespace, chain) if chain else MISSING
            if chain is None or owner is MISSING:
                continue
            if (before := self._giver_before(live, unit, target, chain, owner, readers)) is not None:
                yield before
            elif isinstance(target, ast.Attribute):
                self._take_attribute(owner, target.attr)
            elif is_a(owner, dict) and isinstance(target.slice, ast.Constant):
                if now is not None and self.items.only_of(live, unit, chain, owner, readers, now) is not None:
                    continue  # they go when that runs, and what it sets comes to their place
                place = readers.place_of(live, unit)
                self.contents.note(live, unit, live.namespace, chain, owner, place)
                self.tx.del_item(owner, target.slice.value)
                self.taking.dropped.append((owner, target.slice.value))

    def _take_attribute(self, owner: Any, name: str) -> None:
        """Take an attribute from a module, function or class; a label of a function is what its code says again."""
        self.taken.append((owner, name, attribute(owner, name)))
        if is_a(owner, ModuleType):
            self.tx.guard(module_namespace(owner))
            module_namespace(owner).pop(name, None)
        elif is_a(owner, FunctionType) and name in LABELS:
            said = LABELS[name](owner.__code__)
            module = owner.__globals__.get("__name__")
            self.tx.set_attr(owner, name, module if name == "__module__" else said)
        elif is_a(owner, (FunctionType, type)) and name in state_of(owner):
            self.tx.del_attr(owner, name, deleter=type.__delattr__ if is_a(owner, type) else delattr)

    def covered_before(self, readers: Readers) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that had given dictionaries an entry which another one had covered that went since."""
        dropped, self.taking.dropped[:] = list(self.taking.dropped), []
        for container, key in dropped:
            content = self.contents.around(container) if not kind_of(container).__contains__(container, key) else None
            if content is None or type(key) is not str:
                continue
            name = content.name if content.owner is None else qualname_of(content.owner).partition(".")[0]
            for live, unit in readers.anywhere(content.module, name):
                if says(unit, key) and self.acting.acts_upon(live, unit, content.container, readers):
                    yield live, unit

    # -- who had given it -----------------------------------------------------------------------------------------
    def givers_before(self, live: LiveModule, unit: Unit, readers: Readers) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that give attributes the values which a unit reads and replaces: `A.size = A.size + 1`."""
        above = [each for each in readers.units(live) if each.index < unit.index]
        for target in targets(unit):
            chain = chain_of(target)
            if chain is None or not (isinstance(unit.node, ast.AugAssign) or chain in unit.reads):
                continue
            owner = self.program.value(live.namespace, chain[:-1])
            if owner is not MISSING:
                earlier = [each for each in above if chain in each.assigns]
                giver = (live, earlier[-1]) if earlier else None
                if giver is None and is_a(owner, (FunctionType, type, ModuleType)):
                    giver = self._giver_before(live, unit, target, chain[:-1], owner, readers)
                giver = giver or self.makers.of_instance(live, chain[:-1], readers)
                if giver is not None:
                    yield giver

    def _giver_before(
        self,
        live: LiveModule,
        unit: Unit,
        target: ast.Attribute | ast.Subscript,
        chain: Chain,
        owner: Any,
        readers: Readers,
    ) -> tuple[LiveModule, Unit] | None:
        """The unit that gives an attribute or item its value where this one does not assign it."""
        if isinstance(target, ast.Attribute):
            whole = (*chain, target.attr)
            earlier = [each for each in readers.units(live) if each is not unit and whole in each.assigns]
            return (live, earlier[-1]) if earlier else self._giver_of(live, chain, target.attr, owner, readers)
        if isinstance(target.slice, ast.Constant) and is_a(owner, dict):
            return self._giver_of_item(live, chain, target.slice.value, readers)
        return None

    def _giver_of(
        self, live: LiveModule, chain: Chain, name: str, owner: Any, readers: Readers
    ) -> tuple[LiveModule, Unit] | None:
        """The unit that gives a name in a module, or the class statement that gives a member."""
        if is_a(owner, ModuleType):
            home = self.program.module(owner.__name__)
            units = readers.units(home) if home is not None and home.record.mine else []
            found = next((unit for unit in reversed(units) if name in unit.binds), None)
            return (home, found) if home is not None and found is not None else None
        if is_a(owner, type) and (maker := self._maker_of_class(live, chain, owner, readers)) is not None:
            node = maker[1].node
            if isinstance(node, ast.ClassDef) and name in class_members(node):
                self.makers.anew.setdefault(maker[1], set()).add(name)
                return maker
        return None

    def _maker_of_class(
        self, live: LiveModule, chain: Chain, cls: type, readers: Readers
    ) -> tuple[LiveModule, Unit] | None:
        """The class statement of what a chain names, or of the class of it: `type(box).size = 3`."""
        home = self.program.module(home_of(cls)) if CLASS_OF in chain else None
        if home is not None:
            return self.makers.of(home.namespace, tuple(qualname_of(cls).split(".")), readers)
        return self.makers.of(live.namespace, chain, readers)

    def _giver_of_item(
        self, live: LiveModule, chain: Chain, key: object, readers: Readers
    ) -> tuple[LiveModule, Unit] | None:
        """The unit that makes a dictionary, if it mentions the key."""
        maker = self.makers.of(live.namespace, chain, readers)
        if maker is not None and any(
            isinstance(node, ast.Constant) and node.value == key for node in ast.walk(maker[1].node)
        ):
            return maker
        return None


def targets(unit: Unit) -> list[ast.Attribute | ast.Subscript]:
    """The attributes and items to which a plain statement assigns."""
    return [target for target in assigned_to(unit.node) if isinstance(target, (ast.Attribute, ast.Subscript))]
