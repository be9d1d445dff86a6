"""What a unit does to the objects that it shares with others: which it acts upon, fills, builds or hands over.

It must never change anything, nor run code of the user.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.behaviours import Kinds
from autoreload_hooks.outline import Chain, Unit, chain_of
from autoreload_hooks.program import LiveModule, Program, is_a
from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .asking import asks_for_value
from .building import Building
from .containers import CONTAINERS, DEPTH, PLAIN_CONTAINERS, containers_of
from .makers import Makers, receiver
from .sharing import Sharing

UNCHANGING: Final = Kinds((str, bytes, int, float, complex, bool, type(None), tuple, frozenset))
"""Nothing can be put into these, and equal ones may be one object."""


class Acting:
    """Who does what to which object, for one reload."""

    def __init__(self, program: Program, sharing: Sharing, building: Building, makers: Makers) -> None:
        self.program = program
        self.sharing = sharing
        self.building = building
        self.makers = makers

    def acts_upon(self, live: LiveModule, unit: Unit, container: Any, readers: Readers) -> bool:
        """Whether a unit acts upon a container, itself or in functions that ran inside it."""
        codes = readers.codes_in(live, unit)
        if type(container) in PLAIN_CONTAINERS:
            return id(container) in self.changed_by(live, unit, codes)
        if is_a(container, CONTAINERS) and id(container) in self.changed_by(live, unit, []):
            return True
        if asks_for_value(unit) and not self._gives_another(live, unit, container):
            return self.puts_into(live, unit, container, readers)
        return id(container) in self.shared_by(live, unit, codes)

    def _gives_another(self, live: LiveModule, unit: Unit, obj: Any) -> bool:
        """Whether a unit gives another object of the same class: its methods may have run for that one."""
        given = [live.namespace.get(name, MISSING) for name in unit.binds]
        return any(type(each) is type(obj) and each is not obj for each in given)

    def shared_by(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> set[int]:
        """The ids of the objects that a unit acts upon, itself or in these functions."""
        return {id(shared) for _, _, shared in self.sharing.shared(live, unit, codes)}

    def puts_into(self, live: LiveModule, unit: Unit, obj: Any, readers: Readers) -> bool:
        """Whether methods of an object that ran inside a unit put something into what it has."""
        return any(True for _ in self.building.taken_in(obj, readers.codes_in(live, unit)))

    def changed_by(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> set[int]:
        """The ids of what a unit, or these functions, put something into or take out of: to read it is not enough."""
        return set(self.building.changed(live, unit, codes))

    def fills_another(self, live: LiveModule, unit: Unit, container: Any, readers: Readers) -> bool:
        """Whether a statement is there for what it puts into other containers than one: `fill(OUT, by=TABLE)`."""
        if not isinstance(unit.node, ast.Expr):
            return False
        filled = self.building.filled(live, unit, readers.codes_in(live, unit))
        return not filled <= {id(MISSING), *map(id, containers_of(container, DEPTH)), id(container)}

    def builds(self, live: LiveModule, unit: Unit, obj: Any, readers: Readers) -> bool:
        """Whether a unit puts something into an object or into what that has, or assigns its attributes or items."""
        if type(obj) in UNCHANGING:
            return False
        codes = readers.codes_in(live, unit)
        found = [(owner, chain) for owner, chain, _ in self.sharing.shared(live, unit, codes)]
        found += self.building.put_into(live, unit, codes, empty_too=True)
        return any(
            self.program.value(owner, chain[:end]) is obj for owner, chain in found for end in range(1, len(chain) + 1)
        )

    def hands_over(self, live: LiveModule, unit: Unit, obj: Any) -> bool:
        """Whether a statement hands an object to a method that puts it into another: `app.include_router(router)`."""
        call = unit.node.value if isinstance(unit.node, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return False
        given = (chain_of(each) for each in call.args if isinstance(each, (ast.Name, ast.Attribute)))
        if not any(chain and self.program.value(live.namespace, chain) is obj for chain in given):
            return False
        return any(True for _ in self.building.put_into(live, unit, self.program.ran_codes(live, unit)))

    def makes_part_of(self, live: LiveModule, unit: Unit, obj: Any) -> bool:
        """Whether a statement has a part made of an object and kept in it: `commands = parser.add_subparsers()`."""
        chain = receiver(unit)
        return chain is not None and self.program.value(live.namespace, chain) is obj

    def put_into(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> Iterator[tuple[str, str]]:
        """The names (module, name) of the objects into which a unit, or one of these functions, has put something."""
        for owner, chain in self.building.put_into(live, unit, codes):
            home, name = self.makers.home_of(self.program.module(str(owner.get("__name__"))), chain[0])
            if home is not None:
                yield home.name, name

    def assigned_by_calls(self, live: LiveModule, unit: Unit) -> Iterator[Chain]:
        """The attributes that a unit has assigned by the methods that it calls: `("conf", "level")`."""
        if "(" in unit.text and isinstance(unit.node, ast.Expr):
            yield from self.sharing.calling.assigned(live.namespace, unit.node)
