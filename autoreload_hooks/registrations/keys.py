"""The order of a dictionary's keys where plain statements give them: `TABLE["a"] = 1`.

It must never add or take an entry, nor move one that no statement of the edited module gives.
"""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.states import keep_dict, restore_dict
from autoreload_hooks.outline import Chain, Unit, assigned_to, chain_of, owner_of
from autoreload_hooks.program import SCALARS, LiveModule, Program, is_a
from autoreload_hooks.transaction import MISSING, Transaction

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .makers import Makers

BY_IDENTITY: Final = object()
"""Marks a key that is told by what it is, as its class may compare in a way of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Keyed:
    """A dictionary to which statements of an edited module give items, and in which order they gave the keys."""

    live: LiveModule
    chain: Chain  #: what the module calls it
    table: dict[Any, Any]
    before: list[Hashable]


class Keys:
    """The items that plain statements give dictionaries, in one reload."""

    def __init__(self, program: Program, tx: Transaction, makers: Makers) -> None:
        self.program = program
        self.tx = tx
        self.makers = makers

    def keyed(self, live: LiveModule, units: Iterable[Unit], readers: Readers) -> Iterator[Keyed]:
        """The dictionaries to which units of a module give items, where their keys stand in the order of the units."""
        tables: dict[int, tuple[Chain, dict[Any, Any]]] = {}
        keys: dict[int, list[Hashable]] = {}
        for chain, table, key in self._given(live, units):
            tables.setdefault(id(table), (chain, table))
            keys.setdefault(id(table), []).append(key)
        for at, (chain, table) in tables.items():
            given = self._given_by_maker(live, chain, readers)
            before = [key for key in dict.fromkeys(keys[at]) if key not in given]
            stand = {_token(key): place for place, key in enumerate(dict.keys(table))}
            places = [stand[key] for key in before if key in stand]
            if places == sorted(places):
                yield Keyed(live, chain, table, before)

    def sort(self, keyed: Keyed, units: Iterable[Unit], readers: Readers) -> None:
        """Have the keys of a dictionary stand in the order of the units that give them now.

        What others have put in keeps its place behind the keys behind which it came.
        """
        table, given = keyed.table, self._given_by_maker(keyed.live, keyed.chain, readers)
        tokens = {_token(key): key for key in dict.keys(table)}
        wanted = [key for _, owner, key in self._given(keyed.live, units) if owner is table]
        wanted = [key for key in dict.fromkeys(wanted) if key in tokens and key not in given]
        order = merged_order(list(tokens), set(keyed.before), wanted)
        if order != list(tokens):
            self.tx.guard(table)
            _, [copy] = keep_dict(table)
            items = OrderedDict((tokens[key], copy[tokens[key]]) for key in order)
            restore_dict(table, items)

    def _given(self, live: LiveModule, units: Iterable[Unit]) -> Iterator[tuple[Chain, dict[Any, Any], Hashable]]:
        """The items that units give: (what they call the dictionary, it, the key)."""
        for unit in units:
            for chain, node in items_given(unit.node):
                table = self.program.value(live.namespace, chain)
                if _is_plain_dict(table) and (key := self.key(live, node)) is not MISSING:
                    yield chain, table, key

    def key(self, live: LiveModule, node: ast.expr) -> Any:
        """A key that a statement writes out or has by a name, as it can be told from others; else MISSING."""
        chain = chain_of(node)
        try:
            value = self.program.value(live.namespace, chain) if chain is not None else ast.literal_eval(node)
        except (ValueError, TypeError, MemoryError, RecursionError):  # it is computed
            return MISSING
        return MISSING if value is MISSING else _token(value)

    def _given_by_maker(self, live: LiveModule, chain: Chain, readers: Readers) -> set[Hashable]:
        """The keys that a dictionary may have had when it was made."""
        maker = self.makers.of(live.namespace, chain, readers)
        if maker is None:
            return set()
        nodes = list(ast.walk(maker[1].node))
        found: set[Hashable] = {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
        found |= {_token(node.value) for node in nodes if isinstance(node, ast.Constant)}
        found |= {
            key
            for node in nodes
            if isinstance(node, (ast.Name, ast.Attribute)) and (key := self.key(maker[0], node)) is not MISSING
        }
        for code in readers.codes_in(*maker):
            found |= {_token(value) for value in code.co_consts}
        return found


def items_given(node: ast.stmt) -> Iterator[tuple[Chain, ast.expr]]:
    """The items that a plain statement gives something: (its name, the key)."""
    for target in assigned_to(node):
        if isinstance(target, ast.Subscript) and (chain := owner_of(target.value)):
            yield chain, target.slice
    match node:
        case ast.Expr(ast.Call(func=ast.Attribute(value=owner, attr="setdefault"), args=[key, *_])):
            if chain := chain_of(owner):
                yield chain, key
        case ast.Expr(ast.Call(func=ast.Attribute(value=owner, attr="update"), args=args, keywords=keywords)):
            if chain := chain_of(owner):
                yield from ((chain, key) for key in _updated(args, keywords))


def _updated(args: list[ast.expr], keywords: list[ast.keyword]) -> Iterator[ast.expr]:
    for each in args:
        if isinstance(each, ast.Dict):
            yield from filter(None, each.keys)
    yield from (ast.Constant(each.arg) for each in keywords if each.arg is not None)


def merged_order(now: list[Hashable], before: set[Hashable], wanted: list[Hashable]) -> list[Hashable]:
    """The order of keys in which `wanted` come as they stand there, and others behind whom they were behind.

    `before` are the keys that had places of their own; a key that came since stands behind the one above it.
    """
    known = set(wanted)
    there = iter([key for key in wanted if key in before])
    order = [next(there) if key in known and key in before else key for key in now if key not in known or key in before]
    for at, key in enumerate(wanted):
        if key not in before:
            below = next((order.index(each) for each in wanted[at + 1 :] if each in before), len(order))
            order.insert(order.index(wanted[at - 1]) + 1 if at else below, key)
    return order


def _token(key: Any) -> Hashable:
    """What tells a key from others and can be compared without asking the user's code."""
    if is_a(key, tuple) and type(key) is tuple:
        return tuple(map(_token, key))
    return key if type(key) in SCALARS else (BY_IDENTITY, id(key))


def _is_plain_dict(value: Any) -> bool:
    """Whether a value is a dictionary that takes items as Python's own do."""
    return is_a(value, dict) and type(value).__setitem__ in (dict.__setitem__, OrderedDict.__setitem__)
