"""In which order statements of different modules would run in a fresh process.

It must never import anything: it knows the order in which modules were begun, and who imports whom.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection
from functools import cached_property
from typing import TYPE_CHECKING, Final

from autoreload_hooks.outline import Outline, Unit, imports

from .lookups import absolute
from .modules import LiveModule

if TYPE_CHECKING:
    from .whole import Program

BEGUN: Final = -1
FINISHED: Final = sys.maxsize
"""Before and behind the units of a module."""


class Ordering:
    """The order of the units of all modules; `outline` gives a module's present outline."""

    def __init__(self, program: Program, outline: Callable[[LiveModule], Outline]) -> None:
        self.program = program
        self.outline = outline
        self._above: dict[tuple[str, int], frozenset[str]] = {}
        self._brought: dict[str, set[str]] = {}

    def is_after(self, other: LiveModule, place: int, live: LiveModule, unit: Unit) -> bool:
        """Whether what stands at a place of a module runs after a unit of another one, or of the same.

        A module that was begun later runs later, unless it is imported above; one that was begun before and imports
        the other goes on below its import. Where both import each other nobody can tell: an import that is in a
        function, or of what has been begun, runs nothing.
        """
        if other is live:
            return place > unit.index
        if self._began.get(other.name, 0) > self._began.get(live.name, 0):
            return other.name not in self._imported_above(live, unit.index)
        return live.name in self._imported_above(other, place) and other.name not in self.program.imports_of(live)

    @cached_property
    def _began(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.program.records)}

    def _imported_above(self, live: LiveModule, place: int) -> frozenset[str]:
        """The modules that the statements above a place of a module import, directly or not."""
        key = live.name, place
        if key not in self._above:
            found: set[str] = set()
            for unit in self.outline(live).units[:place]:
                for node in imports(unit.node):
                    for name in self._named(live, node):
                        if (imported := self.program.module(name)) is not None:
                            found |= self.program.imports_of(imported) | {name}
            self._above[key] = frozenset(found | self._brought_by(found))
        return self._above[key]

    def brings(self, live: LiveModule, name: str) -> bool:
        """Whether a module may have run by the end of another one without an import statement that says so."""
        if live.name not in self._brought:
            self._brought[live.name] = self._brought_by(self.program.imports_of(live))
        return name in self._brought[live.name]

    def _brought_by(self, names: Collection[str]) -> set[str]:
        """The modules that ran while some others did which import by a text: no statement says which they are."""
        lives = [live for name in names if (live := self.program.module(name)) is not None]
        brought = set().union(*(live.record.brought for live in lives))
        spans = [(live.record.order, live.record.finished) for live in lives if live.habits.imports_by_text]
        for name, record in list(self.program.records.items()) if spans else ():
            if any(begun < record.order and 0 < record.finished <= end for begun, end in spans):
                brought.add(name)
        return brought

    def _named(self, live: LiveModule, node: ast.Import | ast.ImportFrom) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        base = absolute(node.module or "", node.level, live.record.package)
        return [base, *(f"{base}.{alias.name}" for alias in node.names)]
