"""Which parts of a value a unit has read: where those are what they were, another value makes no difference to it.

`settings.url` and `CONF["url"]` read a part; `connect(settings)` reads the whole. It must never run code of the user.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from autoreload_hooks.outline import Chain, Unit, own_nodes
from autoreload_hooks.program import LiveModule, attribute, is_a
from autoreload_hooks.transaction import MISSING

from .targets import LOOKERS

if TYPE_CHECKING:
    from .readers import Readers

Same = Callable[[Any, Any], bool]


class Change:
    """What a name of some modules held before, and what it holds now."""

    def __init__(self, readers: Readers, old: Any, new: Any, same: Same) -> None:
        self.readers = readers
        self.old = old
        self.new = new
        self.same = same

    def matters_to(self, owner: LiveModule, unit: Unit, live: LiveModule, name: str) -> bool:
        """Whether a unit of module `owner` has read of that name of `live` what is another now, as far as is known."""
        if self.old is MISSING or self.new is MISSING or type(self.old) is not type(self.new):
            return True
        if is_a(self.old, (type, ModuleType)) or unit.is_definition or unit.is_import:
            return True
        chains = [(owner, chain) for chain in unit.reads]
        for code in self.readers.codes_in(owner, unit):
            home = self.readers.program.module(str(self.readers.namespace_of(code).get("__name__")))
            if home is None or not LOOKERS.isdisjoint(code.co_names) or name in self.readers.given.asked_by(code):
                return True
            chains += [(home, chain) for chain in self.readers.chains_of(code)]
        read = [(reader, rest) for reader, chain in chains for rest in self._behind(reader, chain, live, name)]
        return not read or not all(self._is_same(rest, reader is owner, unit, name) for reader, rest in read)

    def _behind(self, reader: LiveModule, chain: Chain, live: LiveModule, name: str) -> Iterator[Chain]:
        """What a chain reads of the name, if it goes through it."""
        if chain[0] == name and reader is live:
            yield chain[1:]
        target = self.readers.program.loaded(live.name)
        for place, (asked, step) in enumerate(self.readers.program.owners(reader.namespace, chain), start=1):
            if step == name and asked is target:
                yield chain[place + 1 :]

    def _is_same(self, rest: Chain, is_own: bool, unit: Unit, name: str) -> bool:
        if not rest:
            keys = _keys_read(unit.node, name) if is_own and type(self.old) is dict else None
            return bool(keys) and all(
                self.same(self.old.get(key, MISSING), self.new.get(key, MISSING)) for key in keys or ()
            )
        old, new = self.old, self.new
        for step in rest:
            old, new = attribute(old, step), attribute(new, step)
        return old is not MISSING and new is not MISSING and self.same(old, new)


def _keys_read(node: ast.AST, name: str) -> list[Any] | None:
    """The keys by which a statement reads a name's value, where it does nothing else with it."""
    nodes = list(own_nodes(node))
    items = [n for n in nodes if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name) and n.value.id == name]
    uses = sum(isinstance(n, ast.Name) and n.id == name for n in nodes)
    keys = [n.slice.value for n in items if isinstance(n.slice, ast.Constant) and isinstance(n.ctx, ast.Load)]
    return keys if keys and len(keys) == len(items) == uses else None
