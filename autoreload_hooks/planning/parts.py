"""Which parts of a value a unit has read: where those are what they were, another value makes no difference to it.

`settings.url` and `CONF["url"]` read a part; `connect(settings)` reads the whole. It must never run code of the user.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from autoreload_hooks.compat.behaviours import is_among
from autoreload_hooks.compat.bytecode import items_read
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
        chains: list[tuple[LiveModule, Chain, CodeType | None]]
        chains = [(owner, chain, None) for chain in self.readers.reads_of(owner, unit)]
        for code in self.readers.codes_in(owner, unit):
            home = self.readers.program.module(str(self.readers.namespace_of(code).get("__name__")))
            if home is None or not LOOKERS.isdisjoint(code.co_names) or name in self.readers.given.asked_by(code):
                return True
            chains += [(home, chain, code) for chain in self.readers.chains_of(code)]
        read = [
            (chain, rest, code) for reader, chain, code in chains for rest in self._behind(reader, chain, live, name)
        ]
        return not read or not all(self._is_same(chain, rest, code, unit) for chain, rest, code in read)

    def _behind(self, reader: LiveModule, chain: Chain, live: LiveModule, name: str) -> Iterator[Chain]:
        """What a chain reads of the name, if it goes through it."""
        if chain[0] == name and reader is live:
            yield chain[1:]
        target = self.readers.program.loaded(live.name)
        for place, (asked, step) in enumerate(self.readers.program.owners(reader.namespace, chain), start=1):
            if step == name and asked is target:
                yield chain[place + 1 :]

    def _is_same(self, chain: Chain, rest: Chain, code: CodeType | None, unit: Unit) -> bool:
        """Whether what a chain reads is as before: by its end, in a statement or in a function that ran in it."""
        if not rest or (rest == ("get",) and type(self.old) is dict):
            chain = chain[: len(chain) - len(rest)]
            paths = _items_read(unit.node, chain) if code is None else items_read(code, chain)
            return bool(paths) and is_among(type(self.old), (dict, list)) and self._are_same(paths or ())
        old, new = self.old, self.new
        for step in rest:
            old, new = attribute(old, step), attribute(new, step)
        return old is not MISSING and new is not MISSING and self.same(old, new)

    def _are_same(self, paths: Iterable[tuple[Any, ...]]) -> bool:
        return all(self.same(_item(self.old, path), _item(self.new, path)) for path in paths)


def _items_read(node: ast.AST, chain: Chain) -> list[tuple[Any, ...]]:
    """The items of items of a name's value that a statement reads; none if it does anything else with the value."""
    if len(chain) > 1:
        return []
    name = chain[0]
    nodes = list(own_nodes(node))
    inner = {id(n.value) for n in nodes if isinstance(n, ast.Subscript)}
    inner |= {id(n.func.value) for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)}
    paths = [path for n in nodes if id(n) not in inner if (path := _path(n, name))]
    uses = sum(isinstance(n, ast.Name) and n.id == name for n in nodes)
    return paths if len(paths) == uses else []


def _path(node: ast.AST, name: str) -> tuple[Any, ...]:
    """The keys on the way to an item: `C["db"]["url"]`, `C.get("db")`; empty if it is something else."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(key), ctx=ast.Load()):
            pass
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(key)], keywords=[]):
            pass
        case _:
            return ()
    if isinstance(value, ast.Name) and value.id == name:
        return (key,)
    return (*above, key) if (above := _path(value, name)) else ()


def _item(value: Any, path: tuple[Any, ...]) -> Any:
    """What is at the end of a path of keys, in plain dictionaries and lists.

    MISSING where a dictionary has no such key; where it cannot be known, something that is like nothing else.
    """
    for key in path:
        if type(value) is dict:
            value = value.get(key, MISSING)
        elif type(value) is list and type(key) is int and -len(value) <= key < len(value):
            value = value[key]
        else:
            return object()
    return value
