"""Modules whose files are gone and that no other one imports any more: what they had given to others goes with them.

Their code stays, for those who hold some of it; so does what they have under names of their own, for the file may come
back. It must never take the file of a module that is still imported for gone: it may be about to be saved.
"""

from __future__ import annotations

import ast
import sys
from abc import ABCMeta
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import EnumMeta
from types import ModuleType
from typing import Final

from autoreload_hooks.bindings import STAR, absolute
from autoreload_hooks.compat.bytecode.imports import ImportSite, import_sites
from autoreload_hooks.outline import Unit, own_nodes
from autoreload_hooks.program import LiveModule, family_of, is_a, module_namespace

from .cutting import without
from .edits import Kind, ModuleEdit, home
from .importers import Importers

GIVE_NOTHING: Final = frozenset({"abc", "contextlib", "dataclasses", "enum", "functools", "typing"})
"""The modules of decorators that tell nobody of what they decorate."""


def departures(
    importers: Importers, gone: Iterable[str], registers: Callable[[LiveModule, Unit], bool]
) -> Iterator[ModuleEdit]:
    """What it means for modules whose files are `gone` that nobody imports them after some edits.

    `registers` tells whether a statement has put what it gave a name into an object of another module.
    """
    program, came = importers.program, _came(importers.edits)
    lives = [live for name in gone if (live := program.module(name)) is not None and live.record.source is not None]
    lives = [live for live in lives if any(_goes(live, unit, came) or _may_give(unit) for unit in live.outline.units)]
    imported = importers.modules() if lives else set[str]()
    for live in lives:
        if live.name in imported:
            continue
        is_held = importers.may_hold(live)
        units = [unit for unit in live.outline.units if _has_come(unit, came)]
        if not is_held:  # else it stays, without what has moved
            units = [each for each in live.outline.units if _goes(live, each, came) or _gives(live, each, registers)]
        edit = without(live, units) if units else None
        if edit is not None:
            yield replace(edit, departs=True, is_unwanted=not is_held)


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
    if not is_a(module, ModuleType):
        return module is None
    return site.name not in (None, STAR) and site.name not in module_namespace(module)


def _goes(live: LiveModule, unit: Unit, came: Collection[str] | None) -> bool:
    """Whether a statement goes with the file: it may have given others something, or defines what came elsewhere."""
    node = unit.node
    if unit.is_definition:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        is_decorated = any(home(live, each) not in GIVE_NOTHING for each in decorators)
        return _has_come(unit, came) or is_decorated or (isinstance(node, ast.ClassDef) and _is_told_of(live, node))
    if unit.is_import or any(isinstance(each, (ast.Import, ast.ImportFrom)) for each in own_nodes(node)):
        return False
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return not isinstance(node, ast.Assert) and (not unit.binds or (unit.is_compound and bool(unit.acts_upon)))


def _has_come(unit: Unit, came: Collection[str] | None) -> bool:
    """Whether a statement defines what has come elsewhere."""
    return unit.is_definition and (came is None or unit.label in came)


def _may_give(unit: Unit) -> bool:
    """Whether an assignment may have given others something: a quick no."""
    is_assignment = isinstance(unit.node, (ast.Assign, ast.AnnAssign))
    return isinstance(unit.node, ast.AugAssign) or (is_assignment and bool(unit.calls))


def _gives(live: LiveModule, unit: Unit, registers: Callable[[LiveModule, Unit], bool]) -> bool:
    """Whether an assignment has given others what it gave a name, or has changed what another module gave it."""
    if not _may_give(unit):
        return False
    match unit.node:
        case ast.AugAssign(target=ast.Name(name)):
            giver = live.outline.binder_before(name, unit.index)
            return giver is not None and giver.is_import
        case ast.AugAssign():
            return False
    return registers(live, unit)


def _is_told_of(live: LiveModule, node: ast.ClassDef) -> bool:
    """Whether a base or the metaclass of a class was told of it when it was made."""
    cls = live.namespace.get(node.name)
    if not is_a(cls, type) or node.keywords:
        return True
    bases = (type.__getattribute__(base, "__dict__") for base in family_of(cls)[1:] if base is not object)
    return type(cls) not in (type, ABCMeta, EnumMeta) or any("__init_subclass__" in names for names in bases)
