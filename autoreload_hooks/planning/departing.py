"""Modules whose files are gone and that no other one imports any more: what they had given to others goes with them.

Their code stays, for those who hold some of it; so does what they have under names of their own, for the file may come
back. It must never take the file of a module that is still imported for gone: it may be about to be saved.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from abc import ABCMeta
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import EnumMeta
from typing import Final

from autoreload_hooks.bindings import STAR, absolute, modules_of
from autoreload_hooks.compat.bytecode.imports import ImportSite, import_sites
from autoreload_hooks.outline import Unit, own_nodes
from autoreload_hooks.program import LiveModule, Program, family_of, is_a

from .edits import Kind, ModuleEdit, edit_of, home

GIVE_NOTHING: Final = frozenset({"abc", "contextlib", "dataclasses", "enum", "functools", "typing"})
"""The modules of decorators that tell nobody of what they decorate."""


def departures(program: Program, gone: Collection[str], edits: Sequence[ModuleEdit]) -> Iterator[ModuleEdit]:
    """What it means for modules whose files are `gone` that these edits leave nobody who imports them."""
    came = _came(edits)
    lives = [live for name in gone if (live := program.module(name)) is not None and live.record.source is not None]
    going = {live: [unit for unit in live.outline.units if _goes(live, unit, came)] for live in lives}
    imported = _imported(program, gone, edits) if any(going.values()) else set[str]()
    yield from (_departure(live, units) for live, units in going.items() if units and live.name not in imported)


def _came(edits: Sequence[ModuleEdit]) -> set[str] | None:
    """The labels of the definitions that came with edits; None where any may, with a module that is new."""
    came: set[str] = set()
    for edit in edits:
        for pair in edit.pairs_of(Kind.ADDED, Kind.CHANGED):
            if pair.new is not None and pair.new.is_definition:
                came.add(pair.new.label)
            sites = import_sites(pair.new.code) if pair.new is not None and pair.new.is_import else ()
            if any(_may_bring(site, edit.live.record.package) for site in sites):
                return None
    return came


def _may_bring(site: ImportSite, package: str | None) -> bool:
    """Whether an import may run a module that has not been there, as far as that is known before it runs."""
    module = sys.modules.get(absolute(site.module, site.level, package))
    return module is None or (site.name not in (None, STAR) and site.name not in vars(module))


def _imported(program: Program, gone: Collection[str], edits: Sequence[ModuleEdit]) -> set[str]:
    """All that is imported by modules whose files are there, as they are after some edits."""
    new = {edit.name: edit for edit in edits}
    imported: set[str] = set()
    for live in program.mine():
        if live.name in new:
            units = [unit for unit in new[live.name].new.units if "import" in unit.text]
            sites = [site for unit in units for site in import_sites(unit.code)]
            imported.update(name for site in sites for name in modules_of(site, live.record.package))
        elif live.name not in gone:
            imported.update(program.bindings.imported_modules(live.name))
    return imported


def _departure(live: LiveModule, going: Sequence[Unit]) -> ModuleEdit:
    """The edit that leaves a module all but these statements."""
    source = live.record.source
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source.data if source is not None else b"").readline)
    data = "".join(_without(live.outline.text, going, live.outline.units)).encode(encoding)
    return replace(edit_of(live, live.read(data, live.outline.path), data), departs=True)


def _goes(live: LiveModule, unit: Unit, came: Collection[str] | None) -> bool:
    """Whether a statement goes with the file: it may have given others something, or defines what came elsewhere."""
    node = unit.node
    if unit.is_definition:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        is_decorated = any(home(live, each) not in GIVE_NOTHING for each in decorators)
        has_come = came is None or unit.label in came
        return has_come or is_decorated or (isinstance(node, ast.ClassDef) and _is_told_of(live, node))
    if unit.is_import or any(isinstance(each, (ast.Import, ast.ImportFrom)) for each in own_nodes(node)):
        return False
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return not isinstance(node, ast.Assert) and (not unit.binds or (unit.is_compound and bool(unit.acts_upon)))


def _is_told_of(live: LiveModule, node: ast.ClassDef) -> bool:
    """Whether a base or the metaclass of a class was told of it when it was made."""
    cls = live.namespace.get(node.name)
    if not is_a(cls, type) or node.keywords:
        return True
    bases = (type.__getattribute__(base, "__dict__") for base in family_of(cls)[1:] if base is not object)
    return type(cls) not in (type, ABCMeta, EnumMeta) or any("__init_subclass__" in names for names in bases)


def _without(text: str, going: Iterable[Unit], units: Iterable[Unit]) -> Iterator[str]:
    """The lines of a text without some statements; the others stay where they are."""
    lines = text.splitlines(keepends=True)
    out = {line for unit in going for line in range(unit.first, unit.last + 1)}
    out -= {line for unit in set(units).difference(going) for line in range(unit.first, unit.last + 1)}
    yield from ("\n" if number in out else line for number, line in enumerate(lines, start=1))
