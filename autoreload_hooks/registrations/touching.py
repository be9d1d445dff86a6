"""What statements do to the same objects, so that it matters in which order they do it.

It must never change anything, nor run code of the user.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator, Set
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.bytecode import binds, reads
from autoreload_hooks.outline import FUNCTIONS, Chain, Unit, owner_of, puts_into
from autoreload_hooks.program import LiveModule, Program, is_a
from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .acting import Acting
from .asking import asks_for_value
from .building import Building
from .containers import can_be_told, registers, state_of
from .definitions import body
from .keys import Keys, items_given
from .makers import Makers
from .pictures import is_data
from .sharing import Sharing

ALL: Final = ""
"""What is touched where a statement does not say which part of an object it changes."""
PREPENDS: Final = frozenset({"insert", "appendleft"})
"""The methods that may put entries at the beginning."""
_ORDERED: Final = (list, dict, deque)


@dataclass(frozen=True, slots=True, eq=False)
class Touch:
    """An object that a statement changes, and which attribute or item of it; or all of it."""

    obj: Any
    part: str

    def meets(self, other: Touch) -> bool:
        """Whether it makes a difference which of two comes last."""
        if self.obj is not other.obj:
            return False
        return self.part == other.part or (ALL in (self.part, other.part) and is_a(self.obj, _ORDERED))


class Touching:
    """Which objects statements change, for one reload."""

    def __init__(
        self, program: Program, sharing: Sharing, building: Building, makers: Makers, acting: Acting, keys: Keys
    ) -> None:
        self.program = program
        self.sharing = sharing
        self.building = building
        self.makers = makers
        self.acting = acting
        self.keys = keys

    def touched(self, live: LiveModule, unit: Unit, readers: Readers) -> list[Touch]:
        """What a statement changes that others may change as well: items, attributes, lists, names of modules."""
        if unit.is_import:
            return []
        found = list(self._assigned(live, unit))
        own = {id(each.obj) for each in found}
        codes = [] if asks_for_value(unit) else readers.codes_in(live, unit)
        found += (Touch(each, ALL) for each in self._filled(live, unit, codes, readers) if id(each) not in own)
        for code in codes:
            space = self.program.namespace_of_file(code.co_filename)
            counted = {chain[0] for chain in reads(code)}
            found += (Touch(space, name) for name in binds(code) if name not in counted)
        return found

    def _filled(self, live: LiveModule, unit: Unit, codes: list[CodeType], readers: Readers) -> Iterator[Any]:
        """The lists, dictionaries, arrays and objects that a statement is there to put something into."""
        ids = self.building.filled(live, unit, codes)
        shared = [each for _, _, each in self.sharing.shared(live, unit, codes)]
        yield from (each for each in shared if id(each) in ids and (type(each) in _ORDERED or is_data(each)))
        for owner, chain in self.building.put_into(live, unit, codes):
            if any(self.makers.behind(owner, chain, unit, readers)):  # else it cannot be done once more
                yield self.program.value(owner, chain)

    def _assigned(self, live: LiveModule, unit: Unit) -> Iterator[Touch]:
        """The attributes and items that a plain statement assigns, itself or by methods that it calls."""
        node = unit.node
        targets = node.targets if isinstance(node, (ast.Assign, ast.Delete)) else [getattr(node, "target", None)]
        for target in targets if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)) else ():
            if isinstance(target, (ast.Attribute, ast.Subscript)) and (chain := owner_of(target.value)):
                part = target.attr if isinstance(target, ast.Attribute) else self._key(live, target.slice)
                yield from self._touch(live, chain, part)
        if isinstance(node, ast.Expr):  # `table.setdefault("a", 1)`
            for chain, key in items_given(node):
                if is_a(self.program.value(live.namespace, chain), dict):
                    yield from self._touch(live, chain, self._key(live, key))
        match node:
            case ast.Expr(ast.Call(func=ast.Name("setattr" | "delattr"), args=[owner, ast.Constant(name), *_])):
                yield from self._touch(live, owner_of(owner), str(name))
        for chain in self.acting.assigned_by_calls(live, unit):
            yield from self._touch(live, chain[:-1], chain[-1])

    def _key(self, live: LiveModule, node: ast.expr) -> str:
        """The key of an item, if it is written out or has a name."""
        key = self.keys.key(live, node)
        return ALL if key is MISSING else f"[{key!r}]"

    def _touch(self, live: LiveModule, chain: Chain | None, part: str) -> Iterator[Touch]:
        obj = self.program.value(live.namespace, chain) if chain else MISSING
        if obj is not MISSING:
            yield Touch(obj, part)

    def registered_in(self, live: LiveModule, unit: Unit, readers: Readers) -> list[tuple[dict[str, Any], Chain, Any]]:
        """The objects in which a statement has put what it makes: (namespace, chain, object)."""
        made = self.made(live, unit)
        found = self.sharing.shared(live, unit, readers.codes_in(live, unit)) if made else ()
        return [each for each in found if any(registers(each[2], value) for value in made)]

    def filled_in(self, live: LiveModule, unit: Unit, readers: Readers) -> list[Any]:
        """The objects that a statement acts upon, and their attributes into which functions put something there."""
        codes = readers.codes_in(live, unit)
        shared = [each for _, _, each in self.sharing.shared(live, unit, codes)]
        bodies = [body(node) for node in map(self.sharing.definition, codes) if isinstance(node, FUNCTIONS)]
        names = {chain[-1] for each in bodies for chain in puts_into(each) if len(chain) > 1}
        states = [state_of(each) for each in shared if can_be_told(each)]
        return shared + [state[name] for state in states for name in names & state.keys()]

    def places_entries(self, live: LiveModule, unit: Unit, names: Set[str], readers: Readers) -> bool:
        """Whether functions that ran in a unit give entries places by these names, and not only the first place."""
        placing = [code for code in readers.codes_in(live, unit) if not names.isdisjoint(code.co_names)]
        return any(
            not names.isdisjoint({*code.co_names} - PREPENDS) or not only_prepends(self.sharing.definition(code))
            for code in placing
        )

    def made(self, live: LiveModule, unit: Unit) -> list[Any]:
        """What a statement has made, as far as it has a name and can be told from other things."""
        return made(live, unit)


def only_prepends(function: ast.AST | None) -> bool:
    """Whether a function inserts nothing but at the beginning: `HOOKS.insert(0, function)`."""
    for node in ast.walk(function) if function is not None else ():
        match node:
            case ast.Call(func=ast.Attribute(attr="insert"), args=args):
                if not (args and isinstance(args[0], ast.Constant) and args[0].value == 0):
                    return False
    return function is not None


def made(live: LiveModule, unit: Unit) -> list[Any]:
    """What a statement has made, as far as it has a name and can be told from other things."""
    if unit.is_import:
        return []
    values = [live.namespace.get(name) for name in unit.binds if unit.module.last_binder(name) is unit]
    return [value for value in values if can_be_told(value)]


def registers_elsewhere(program: Program, live: LiveModule, unit: Unit) -> bool:
    """Whether a statement has put what it makes into an object that its module has from another one."""
    values = made(live, unit)
    for space, chain, obj in Sharing(program, {}).shared(live, unit) if values else ():
        giver = live.outline.last_binder(chain[0]) if space is live.namespace else None
        if (giver is None or giver.is_import) and any(registers(obj, value) for value in values):
            return True
    return False
