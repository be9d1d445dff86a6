"""The order in which a fresh import would run the units of some modules.

It must never import or run anything to find out.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.machinery import PathFinder
from types import CodeType, ModuleType

from autoreload_hooks.compat.bytecode.imports import own_imports
from autoreload_hooks.outline import Outline, Unit, bound_directly, imports
from autoreload_hooks.program import (
    BEGUN,
    FINISHED,
    IMPORT_BY_TEXT,
    LiveModule,
    Program,
    absolute,
    attribute,
    is_a,
)
from autoreload_hooks.sources import decode
from autoreload_hooks.transaction import MISSING

Runs = Callable[[LiveModule, Unit], Iterable[CodeType]]
"""The functions that ran in a unit, or would."""


def _nothing_ran(live: LiveModule, unit: Unit) -> Iterable[CodeType]:
    del live, unit
    return ()


def fresh_order(program: Program, outlines: dict[str, Outline], ran: Runs = _nothing_ran) -> dict[tuple[str, int], int]:
    """Number the units of these modules in the order in which a fresh import would run them, depth first.

    So is where each module that they import begins and ends: as its units BEGUN and FINISHED. What a unit imports
    by texts, and what the functions import that `ran` in it, is imported there as well.
    """
    order: dict[tuple[str, int], int] = {}
    visited: set[str] = set()

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
        outline, live = outlines.get(name), program.module(name)
        order[name, BEGUN] = len(order)
        if outline is None:
            bound = {**live.namespace, **live.deleted} if live is not None else None
            for imported in program.bindings.imported_modules(name, bound):
                visit(imported)
        for unit in outline.units if outline is not None else ():
            if live is not None and _may_import(unit):
                nodes = list(imports_that_run(live, unit))
                for imported in program.imported_by(live, nodes):
                    visit(imported)
                for imported in program.unknown_imports(live, nodes):
                    visit_new(imported)
            for imported in _imported_inside(program, live, unit, ran(live, unit)) if live is not None else ():
                visit(imported)
            order[name, unit.index] = len(order)
        order[name, FINISHED] = len(order)

    for name in sorted(outlines, key=lambda n: program.records[n].order):
        visit(name)
    return order


def _imported_inside(program: Program, live: LiveModule, unit: Unit, codes: Iterable[CodeType]) -> Iterator[str]:
    """The followed modules that a unit has imported by texts, or that functions import which it calls."""
    by_text = any(word in unit.text for word in IMPORT_BY_TEXT)
    for code in codes:
        by_text = by_text or not IMPORT_BY_TEXT.isdisjoint(code.co_names)
        for site in own_imports(code):
            package = program.namespace_of_file(code.co_filename).get("__package__")
            base = absolute(site.module, site.level, package)
            yield from (name for name in (base, f"{base}.{site.name}") if name in program.records)
    if by_text:
        yield from _begun_within(program, live)


def _begun_within(program: Program, live: LiveModule) -> list[str]:
    """The modules that ran while another one did, but for those that statements import: texts have named them."""
    begun, finished = live.record.order, live.record.finished
    stated = program.imports_of(live)
    return [
        name
        for name, record in list(program.records.items())
        if name not in stated and begun < record.order and 0 < record.finished <= finished
    ]


def imports_that_run(live: LiveModule, unit: Unit) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports of a unit, but for those in a branch that was seen not to run."""
    for node in imports(unit.node):
        if not unit.is_compound or not _was_left_out(live, unit, node):
            yield node


def _was_left_out(live: LiveModule, unit: Unit, node: ast.Import | ast.ImportFrom) -> bool:
    """Whether nothing in a module is what an import statement of a branch would have given."""
    if set(bound_directly(node)) <= unit.silent:
        return True
    module = absolute(node.module or "", node.level, live.record.package) if isinstance(node, ast.ImportFrom) else ""
    given = sys.modules.get(module)
    if not is_a(given, ModuleType):
        return False
    values = [(live.namespace.get(each.asname or each.name), attribute(given, each.name)) for each in node.names]
    return all(held is not value and value is not MISSING for held, value in values)


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
