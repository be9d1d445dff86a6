"""What functions made once, while a unit ran, and kept: in a global name, or in an attribute of a function.

A text that a function adds to (`__doc__ += table()`) begins anew when the unit runs; a number that it counts goes on.

It must never forget what was made at another time: nobody would make it anew.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from autoreload_hooks.compat.bytecode import binds, reads
from autoreload_hooks.outline import Chain, Unit, chain_of, chains, own_nodes
from autoreload_hooks.planning import Run
from autoreload_hooks.program import LiveModule, is_a
from autoreload_hooks.registrations import body
from autoreload_hooks.transaction import MISSING

from .context import Context


class Lazily:
    """The values that functions keep for the next call, as `global PARSER` and `get.parser = ...` do."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._kept: dict[ast.AST, list[tuple[Chain, bool]]] = {}

    def forget(self, live: LiveModule, unit: Unit) -> Iterator[Run]:
        """A unit is about to run again: forget what is kept of its last run, if anything that ran in it has changed.

        Yields the units that give the names their first values again.
        """
        ran = self.context.program.ran_codes(live, unit)
        changed = self.context.codes_of_changed()
        for code in ran if not changed.isdisjoint(map(id, ran)) else [code for code in ran if binds(code)]:
            node = self.context.registrations.sharing.definition(code)
            home = self._home(code) if node is not None else None
            if node is None or home is None:
                continue
            has_changed = None
            for chain, adds in self._kept_by(node):
                if has_changed is None:
                    has_changed = self._may_make_another(code, home, changed)
                is_text = len(chain) == 1 and type(home.namespace.get(chain[0])) is str
                if not (is_text if adds else has_changed):
                    continue
                if len(chain) == 2:
                    self._forget_attribute(home, chain)
                elif (again := self._first_given(home, chain[0])) is not None:
                    yield Run(home.name, again, f"{code.co_name} sets {chain[0]}")

    def given_by_calls(self, live: LiveModule, codes: list[CodeType]) -> Iterator[tuple[LiveModule, str, Any]]:
        """The names of other modules that these functions assign as they are told: (module, name, what it is now).

        Not those that they look at themselves: counters, and what is made at the first call.
        """
        for code in codes:
            for home, name in self._told(code):
                if home is not live:
                    yield home, name, home.namespace.get(name, MISSING)

    def reset(self, live: LiveModule, unit: Unit) -> Iterator[Run]:
        """A unit has gone: the names that functions assigned for it get their first values, or what others tell."""
        for code in self.context.program.ran_codes(live, unit):
            for home, name in self._told(code):
                giver = self._first_given(home, name)
                if giver is not None:
                    yield Run(home.name, giver, f"{unit.label} was removed")
                    for owner, other in self.context.readers.of_code(id(code)):
                        yield Run(owner.name, other, f"{code.co_name} sets {name}")

    def _told(self, code: CodeType) -> Iterator[tuple[LiveModule, str]]:
        node = self.context.registrations.sharing.definition(code) if binds(code) else None
        home = self._home(code) if node is not None else None
        if node is not None and home is not None:
            looked_at = {chain[0] for chain in reads(code)}
            for chain, adds in self._kept_by(node):
                if len(chain) == 1 and not adds and chain[0] not in looked_at:
                    yield home, chain[0]

    def _may_make_another(self, code: CodeType, home: LiveModule, changed: set[int]) -> bool:
        """Whether a function that keeps something, or anything that it calls for it, or what these read has changed."""
        reached = {id(code): code, **self.context.program.reached(home.namespace, reads(code))}
        return not changed.isdisjoint(reached) or any(map(self.context.asks_changed, reached.values()))

    def _kept_by(self, function: ast.AST) -> list[tuple[Chain, bool]]:
        if (known := self._kept.get(function)) is None:
            known = self._kept[function] = list(_kept(function))
        return known

    def _home(self, code: CodeType) -> LiveModule | None:
        space = self.context.program.namespace_of_file(code.co_filename)
        live = self.context.program.module(str(space.get("__name__")))
        return live if live is not None and live.record.mine and live.namespace is space else None

    def _forget_attribute(self, home: LiveModule, chain: Chain) -> None:
        owner = home.namespace.get(chain[0])
        if is_a(owner, FunctionType) and chain[1] in owner.__dict__:
            units = self.context.outline(home.name).units
            if not any(chain in unit.assigns for unit in units):
                self.context.tx.del_attr(owner, chain[1])

    def _first_given(self, home: LiveModule, name: str) -> Unit | None:
        """The unit that gives a name its first value; where none does, the name itself goes."""
        giver = self.context.outline(home.name).last_binder(name)
        if giver is None and name in home.namespace:
            self.context.tx.guard(home.namespace)
            del home.namespace[name]
        return giver if giver is not None and not giver.is_import else None


def _kept(function: ast.AST) -> Iterator[tuple[Chain, bool]]:
    """The global names, and attributes of what they hold, that a function assigns; and whether it adds to them."""
    nodes = list(own_nodes(body(function)))
    declared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    for node in (each for each in nodes if isinstance(each, (ast.Assign, ast.AugAssign))):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            chain = chain_of(target) if isinstance(target, (ast.Name, ast.Attribute)) else None
            if chain is not None and (len(chain) == 2 or (len(chain) == 1 and chain[0] in declared)):
                yield chain, isinstance(node, ast.AugAssign) or chain in set(chains(node.value))
