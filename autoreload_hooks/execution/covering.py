"""Who held plain functions before a decorator was put on them: these shall hold what the decorator makes.

It must never pass over the heap for each function: what is known beforehand is looked for at once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

from autoreload_hooks.compat.holders import holder_of, holders, is_held_by, replace_everywhere
from autoreload_hooks.compat.nearby import Nearby
from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, is_a

from .context import Context


class Covering:
    """The functions that get their first decorator in one reload, and who held them before."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._held_by: dict[int, list[Any]] = {}  # by id of a function, which `_functions` keeps alive
        self._functions: list[FunctionType] = []
        self._covered: list[tuple[FunctionType, Any]] = []

    def look_ahead(self, units: Iterable[tuple[LiveModule, Unit]]) -> None:
        """Note who holds the functions that these units are going to decorate: one search for all."""
        self._note([each for live, unit in units for each in self._to_decorate(live, unit)])

    def look(self, live: LiveModule, unit: Unit) -> None:
        """Note who holds the functions that a unit is about to decorate, unless that is known."""
        self._note(list(self._to_decorate(live, unit)))

    def cover(self, function: FunctionType, decorated: Any) -> None:
        """What a function's first decorator has made of it stands in its place now."""
        self._covered.append((function, decorated))

    def settle(self) -> None:
        """Who held a function before it was decorated gets the decorated one; decorators hold it since, and keep it."""
        for function, decorated in self._covered:
            held_by = self._held_by.get(id(function), [])
            found = [holder_of(function, each) for each in held_by if is_held_by(function, each)]
            ours = [self._functions, self._covered, *self._covered, *self._held_by.values(), self.context.tx]
            pairs = {id(function): (function, decorated)}
            replace_everywhere(pairs, do=self.context.tx.do, ignore=ours, found=found)

    def _to_decorate(self, live: LiveModule, unit: Unit) -> Iterator[tuple[FunctionType, list[Any]]]:
        """The plain functions that a unit is to decorate, each with the namespaces that are known to hold it."""
        origin, old = self.context.moved_from(unit) or (live, self.context.partner_of(live, unit))
        if old is None or not decorators_of(unit) or decorators_of(old):
            return
        codes = [ref() for ref in origin.code_refs(old)]
        for name in old.binds:
            value = live.namespace.get(name)
            if is_a(value, FunctionType) and any(value.__code__ is code for code in codes):
                yield value, [live.namespace, *self.context.rebinding.namespaces(origin.name, name)]

    def _note(self, found: list[tuple[FunctionType, list[Any]]]) -> None:
        """Note who holds functions: these namespaces and what is near them, or else whoever the whole heap shows."""
        fresh = {id(function): function for function, _ in found if id(function) not in self._held_by}
        namespaces = {id(each): each for _, namespaces in found for each in namespaces}
        found.clear()
        if not fresh:
            return
        start = len(self._functions)
        self._functions += fresh.values()
        self._held_by |= {key: [] for key in fresh}
        noted = self.context.tx.holds
        known = {key: 1 + noted(function) for key, function in fresh.items()}  # 1: the list of functions
        fresh.clear()
        functions = self._functions
        nearby = Nearby([*namespaces.values(), *functions[start:]])
        find = nearby.holders if nearby.knows_holders(known) else holders
        for each in find(functions[start:], ignore=[functions]):
            self._held_by[id(each.target)].append(each.holder)


def decorators_of(unit: Unit | None) -> list[str]:
    """The decorators of a definition, each as a text that differs where they differ."""
    return [ast.dump(each) for each in getattr(unit.node, "decorator_list", ())] if unit is not None else []
