"""The units that make the objects which others act upon: found by their names, through imports, or in their class.

It must never change anything of the user's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.outline import Chain, Unit, chain_of
from autoreload_hooks.program import LiveModule, Program, attribute, is_a
from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .building import Building
from .containers import DEPTH, is_plain_instance

IMPORTS: Final = 20  #: so often at most is a name followed from import to import


class Makers:
    """Which unit makes what, for one reload."""

    def __init__(self, program: Program, building: Building) -> None:
        self.program = program
        self.building = building
        self.anew: dict[Unit, set[str]] = {}  #: class statements that run again to make these members of theirs anew

    def of(
        self, namespace: dict[str, Any], chain: Chain, readers: Readers, steps: int = IMPORTS
    ) -> tuple[LiveModule, Unit] | None:
        """The unit that makes the object of a chain: the binder of its name, or the class that has it as a member."""
        value, owner, name = namespace.get(chain[0], MISSING), namespace, chain[0]
        for step in chain[1:]:
            if is_a(value, ModuleType):
                owner, name = value.__dict__, step
            elif is_a(value, type):
                return self._class_maker(value, step, readers)
            else:
                break
            value = attribute(value, step)
        live = next((m for m in self.program.mine() if m.namespace is owner), None)
        if live is None:
            return None
        return self._origin(live, name, readers, steps)

    def of_instance(self, live: LiveModule, chain: Chain, readers: Readers) -> tuple[LiveModule, Unit] | None:
        """The unit that made an instance which a module knows by a chain, by calling its class."""
        if not is_plain_instance(self.program.value(live.namespace, chain)):
            return None
        maker = self.of(live.namespace, chain, readers)
        return maker if maker is not None and self.building.is_made_by(*maker, live.namespace, chain) else None

    def behind(
        self, owner: dict[str, Any], chain: Chain, unit: Unit, readers: Readers, depth: int = DEPTH
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """The unit that made an object, by this name of it or by another one that the module has for it.

        Where that is a part of another object, the unit that made the whole. It is never `unit`, who asks.
        """
        obj = self.program.value(owner, chain)
        others = [(name,) for name, value in list(owner.items()) if value is obj and (name,) != chain]
        for names in (chain, *others):
            last = self.of(owner, names, readers)
            if last is None:
                continue
            binders = readers.outline(last[0]).binders  # `query = Query()`, then `query = query.where(...)`
            earlier = [
                each for name in last[1].binds for each in reversed(binders.get(name, ())) if each is not last[1]
            ]
            for maker in [last[1], *earlier]:
                if maker is not unit and self.building.is_made_by(last[0], maker, owner, names):
                    yield last[0], maker
                    return
                if depth and (whole := receiver(maker)) is not None:  # `run = commands.add_parser("run")`
                    yield from self.behind(last[0].namespace, whole, unit, readers, depth - 1)
                    return

    def _origin(self, live: LiveModule, name: str, readers: Readers, steps: int) -> tuple[LiveModule, Unit] | None:
        """Follow imports of a name to the unit that really makes its value."""
        for _ in range(IMPORTS):
            binders = (u for u in reversed(readers.units(live)) if name in u.binds or "*" in u.binds)
            for unit in binders:
                if "*" in unit.binds and name not in unit.binds:
                    following = self._starred(live, unit, name)
                elif isinstance(unit.node, ast.AugAssign):
                    continue  # it adds to what is there
                elif steps and (chain := _alias(unit, name)) is not None:
                    return self.of(live.namespace, chain, readers, steps - 1)
                elif not unit.is_import:
                    return live, unit
                else:
                    following = self.imported(live, name)
                if following is not None or name in unit.binds:
                    break
            else:
                return None
            if following is None:
                return None
            live, name = following
        return None

    def imported(self, live: LiveModule, name: str) -> tuple[LiveModule, str] | None:
        """Where a name was imported from: the module, and its name there."""
        binding = next((b for b in self.program.bindings.by(live.name) if b.local == name), None)
        if binding is None and name not in live.outline.binders:
            stars = (self._starred(live, unit, name) for unit in reversed(live.outline.binders.get("*", ())))
            return next((found for found in stars if found is not None), None)
        source = self.program.module(binding.source) if binding is not None else None
        return (source, binding.name) if binding is not None and source is not None else None

    def home_of(self, live: LiveModule | None, name: str) -> tuple[LiveModule | None, str]:
        """The module from which others import what a module has under a name, and its name there."""
        for _ in range(IMPORTS):
            source = self.imported(live, name) if live is not None else None
            if source is None:
                break
            live, name = source
        return live, name

    def home_of_chain(self, live: LiveModule, chain: Chain) -> tuple[str, str]:
        """The module from which others import what a chain begins with, and its name there."""
        module = self.program.value(live.namespace, chain[:1]) if len(chain) > 1 else MISSING
        if is_a(module, ModuleType) and (target := self.program.module(module.__name__)) is not None:
            live, chain = target, chain[1:]
        home, name = self.home_of(live, chain[0])
        return (home or live).name, name

    def _starred(self, live: LiveModule, unit: Unit, name: str) -> tuple[LiveModule, str] | None:
        """The same for a name that a star import gave."""
        for each in self.program.starred_by(live, unit.node):
            source = self.program.module(each)
            if source is not None and name in source.namespace and source.namespace[name] is live.namespace.get(name):
                return source, name
        return None

    def _class_maker(self, cls: type, member: str, readers: Readers) -> tuple[LiveModule, Unit] | None:
        owner = next((base for base in cls.__mro__ if member in base.__dict__), None)
        live = self.program.module(owner.__module__) if owner is not None else None
        if owner is None or live is None or not live.record.mine:
            return None
        unit = next((u for u in readers.units(live) if owner.__qualname__.partition(".")[0] in u.binds), None)
        if unit is None:
            return None
        self.anew.setdefault(unit, set()).add(member)
        return live, unit


def _alias(unit: Unit, name: str) -> Chain | None:
    """The other name, if a statement gives a name what another one holds: `B = A`, `queue = state.queue`."""
    node = unit.node
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return None
    chain = chain_of(node.value) if isinstance(node.value, (ast.Name, ast.Attribute)) else None
    return chain if chain is not None and chain[0] != name else None


def receiver(unit: Unit) -> Chain | None:
    """The object whose `add...` or `create...` method gives a name its value."""
    call = unit.node.value if isinstance(unit.node, ast.Assign) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    return chain_of(call.func.value) if call.func.attr.startswith(("add", "create", "register")) else None
