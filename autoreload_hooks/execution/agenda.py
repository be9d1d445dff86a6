"""Which units have yet to run, and which of them is next.

It must never run one.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final

from autoreload_hooks.outline import Unit
from autoreload_hooks.planning import Run
from autoreload_hooks.program import absolute

from .context import Context, Progress
from .ordering import fresh_order

RUNS: Final = 3  #: how often a unit may run in one reload, where modules import each other in circles


class Agenda:
    """The units that are going to run in one reload, and how often each has run."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.runs: dict[Unit, Run] = {}  #: what is going to run
        context.waiting = self.runs.keys()
        self.count: dict[Unit, int] = {}  #: how often each unit has run
        self.begun: dict[Unit, int] = {}  #: the number of the run in which each unit has run last
        self.deferred: Counter[Unit] = Counter()  #: how often units have made way for what they need
        self._waiting: dict[str, dict[Unit, None]] = {}  # by module, what is going to run there
        self._order: dict[tuple[str, int], int] = {}
        self._ordered = (-1, frozenset[str]())  # for which records and modules
        self._queue: list[tuple[int, int, Unit]] = []  # a heap: the place in the order, a number, the unit
        self._begins = count(1)
        self._numbers = count()  # of two at one place the first to come is first

    def schedule(self, run: Run) -> None:
        """Have a unit run, unless it is pinned, its file is gone, or it has run often enough."""
        unit = run.unit
        if unit in self.runs or self._is_pinned(unit) or self.count.get(unit, 0) >= RUNS:
            return
        if self.context.is_gone(run.module):
            return
        self.runs[unit] = run
        self._waiting.setdefault(run.module, {})[unit] = None
        if run.module not in self.context.progress:
            self.context.progress[run.module] = Progress(None)
        if (place := self._order.get((run.module, unit.index))) is not None:
            heappush(self._queue, (place, next(self._numbers), unit))

    def _is_pinned(self, unit: Unit) -> bool:
        """Whether a unit never runs again; one that has come with this edit has not run yet."""
        return unit.keeps and (unit in self.count or self.context.partners.get(unit, unit) is not None)

    def defer(self, run: Run) -> bool:
        """Put a unit back, so that what it acts upon is made anew first; False if it has waited often enough."""
        if self.deferred[run.unit] >= RUNS:
            return False
        self.deferred[run.unit] += 1
        self.schedule(run)
        return True

    def note_begun(self, unit: Unit) -> None:
        """Count the run of a unit that is about to run."""
        self.count[unit] = self.count.get(unit, 0) + 1
        self.begun[unit] = next(self._begins)

    def has_run_after(self, unit: Unit, others: Iterable[Unit]) -> bool:
        """Whether a unit has run in this reload, and none of the others has run since."""
        return unit in self.begun and all(self.begun.get(other, 0) < self.begun[unit] for other in others)

    def take(self) -> Run:
        """The run that a fresh import would do first; it is off the agenda then."""
        unit = next(iter(self.runs)) if len(self.runs) == 1 else self._needed_first(self._next())
        run = self.runs.pop(unit)
        del self._waiting[run.module][unit]
        return run

    def _next(self) -> Unit:
        """The unit of the agenda that a fresh import would run first."""
        self._put_in_order()
        while self._queue[0][2] not in self.runs:
            heappop(self._queue)
        return self._queue[0][2]

    def _put_in_order(self) -> None:
        """Sort all that waits, if modules have come since that was done: into the agenda, or into the process."""
        version, modules = self.context.program.records.version, frozenset(self._waiting)
        if self._ordered == (version, modules):
            return
        self._ordered = version, modules
        outlines = {name: self.context.outline(name) for name in modules}
        self._order = fresh_order(self.context.program, outlines, self.context.codes_run_by)
        numbers = self._numbers
        self._queue = [(self._order[run.module, unit.index], next(numbers), unit) for unit, run in self.runs.items()]
        heapify(self._queue)

    def _needed_first(self, unit: Unit) -> Unit:
        """In a circle of imports: what leads to the unit that makes what this one imports, if that has yet to run."""
        seen = {unit}
        while isinstance(unit.node, ast.ImportFrom):
            live = self.context.program.module(self.runs[unit].module)
            source = absolute(unit.node.module or "", unit.node.level, live.record.package) if live else ""
            names = {alias.name for alias in unit.node.names}
            waiting = sorted(self._waiting.get(source, ()), key=lambda u: u.index)
            if not any(names & u.binds for u in waiting) or waiting[0] in seen:
                break
            unit = waiting[0]  # that module runs from its start
            seen.add(unit)
        return unit
