"""The order in which a fresh import would run the units of some modules.

It must never import or run anything to find out.
"""

from __future__ import annotations

from autoreload_hooks.outline import Outline, Unit
from autoreload_hooks.program import Program


def fresh_order(program: Program, outlines: dict[str, Outline]) -> dict[tuple[str, int], int]:
    """Number the units of these modules in the order in which a fresh import would run them, depth first."""
    order: dict[tuple[str, int], int] = {}
    visited: set[str] = set()

    def visit_independent(name: str) -> None:
        """A module that nobody has seen yet may import any other: those that do not need this one run first."""
        for other in sorted(outlines, key=lambda n: program.records[n].order):
            if other not in visited and name not in program.reachable(other):
                visit(other)

    def visit(name: str) -> None:
        if name not in visited and (package := name.rpartition(".")[0]):
            visit(package)  # a package runs before its modules, and may import this one
        if name in visited:
            return
        visited.add(name)
        outline = outlines.get(name)
        if outline is None:
            for imported in program.bindings.imported_modules(name):
                visit(imported)
            return
        live = program.module(name)
        for unit in outline.units:
            if live is not None and _may_import(unit):
                for imported in program.imported_by(live, unit.node):
                    visit(imported)
                if program.imports_unknown(live, unit.node):
                    visit_independent(name)
            order[name, unit.index] = len(order)

    for name in sorted(outlines, key=lambda n: program.records[n].order):
        visit(name)
    return order


def _may_import(unit: Unit) -> bool:
    return "import" in unit.text
