"""Entries of containers that are of statements after the one that runs: it must not see them, or come after them.

It must never say of an entry that it came later unless a statement that defined it stands later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from autoreload_hooks.outline import Outline, Unit
from autoreload_hooks.program import BEGUN, FINISHED, LiveModule, Ordering, Program, attribute

FreshOrder = Callable[[Program, dict[str, Outline]], dict[tuple[str, int], int]]
"""Numbers the units of modules, and where each module begins and ends, in the order of a fresh import."""


class Later:
    """What would come only after a statement, in a fresh process."""

    def __init__(
        self, program: Program, ordering: Ordering, new: Mapping[str, Outline], fresh_order: FreshOrder
    ) -> None:
        """`new` are the new outlines of the edited modules."""
        self.program = program
        self.ordering = ordering
        self.new = new
        self._fresh_order = fresh_order
        self._orders: dict[tuple[str, int], dict[tuple[str, int], int]] = {}  # by module and records' version

    def is_of_later_module(self, part: Any, live: LiveModule, unit: Unit) -> bool:
        """Whether a function or class is defined in another module, by a statement that runs after a unit."""
        if issubclass(type(part), type):
            module, name = attribute(part, "__module__"), part.__qualname__
        elif type(part) is FunctionType:
            module, name = part.__module__, part.__qualname__
        else:
            return False
        other = self.program.module(module) if isinstance(module, str) and module != live.name else None
        if other is None or not other.record.mine:
            return False
        binder = self.ordering.outline(other).last_binder(name.partition(".")[0])
        return binder is not None and self.ordering.is_after(other, binder.index, live, unit)

    def is_certainly_later(self, part: Any, live: LiveModule, unit: Unit) -> bool:
        """The same, unless a statement above may have imported that module without saying so."""
        is_class = issubclass(type(part), type)
        if not is_class and type(part) is not FunctionType:
            return False
        module = attribute(part, "__module__") if is_class else part.__module__
        record, other = live.record, self.program.records.get(module)
        if other is None or other is record or not other.mine or self.ordering.brings(live, other.name):
            return False
        if other.order > record.order:
            return 0 < record.finished < other.order and not self._begins_before_end(module, live)
        return self.is_of_later_module(part, live, unit)

    def _begins_before_end(self, module: str, live: LiveModule) -> bool:
        """Whether what modules import by now, or will, has a module begin before another one is through."""
        key = live.name, self.program.records.version
        if key not in self._orders:
            self._orders[key] = self._fresh_order(self.program, {live.name: live.outline, **self.new})
        order = self._orders[key]
        return (module, BEGUN) in order and order[module, BEGUN] < order[live.name, FINISHED]

    def runs_after(self, other: LiveModule, place: int, live: LiveModule, unit: Unit) -> bool:
        """Whether what stands at a place of a module certainly runs after a unit, of the same module or another one."""
        if other is live:
            return place > unit.index
        if self.ordering.brings(live, other.name):
            return False
        if other.record.order > live.record.order:
            return 0 < live.record.finished < other.record.order and not self._begins_before_end(other.name, live)
        return self.ordering.is_after(other, place, live, unit)
