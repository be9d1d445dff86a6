"""The order in which a fresh import would run the units of some modules.

It must never import or run anything to find out.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder

from autoreload_hooks.outline import Outline, Unit, imports
from autoreload_hooks.program import Program, absolute
from autoreload_hooks.sources import decode


def fresh_order(program: Program, outlines: dict[str, Outline]) -> dict[tuple[str, int], int]:
    """Number the units of these modules in the order in which a fresh import would run them, depth first."""
    order: dict[tuple[str, int], int] = {}
    visited: set[str] = set()

    def visit_independent(name: str) -> None:
        """A module that nobody has seen yet may import any other: those that do not need this one run first."""
        for other in sorted(outlines, key=lambda n: program.records[n].order):
            if other not in visited and name not in program.reachable(other):
                visit(other)

    def visit_new(name: str) -> None:
        """A module that is not loaded: what its source imports runs before it, as far as it is there."""
        if name not in visited:
            visited.add(name)
            for imported in _imported_by_file(name):
                if imported in program.records:
                    visit(imported)
                elif imported not in sys.modules:
                    visit_new(imported)

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
                unknown = list(program.unknown_imports(live, unit.node))
                for imported in unknown:
                    visit_new(imported)
                if unknown:
                    visit_independent(name)
            order[name, unit.index] = len(order)

    for name in sorted(outlines, key=lambda n: program.records[n].order):
        visit(name)
    return order


def _may_import(unit: Unit) -> bool:
    return "import" in unit.text


def _imported_by_file(name: str) -> Iterator[str]:
    """The modules that a module which is not loaded will import, by the text of its file."""
    parent = name.rpartition(".")[0]
    try:
        path = sys.modules[parent].__path__ if parent else None
        spec = PathFinder.find_spec(name, path)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            return
        with open(spec.origin, "rb") as file:
            tree = ast.parse(decode(file.read()))
    except (KeyError, AttributeError, ImportError, OSError, SyntaxError, ValueError):
        return  # the import will say what is wrong with it
    package = name if spec.submodule_search_locations is not None else parent
    for node in (each for statement in tree.body for each in imports(statement)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            base = absolute(node.module or "", node.level, package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
