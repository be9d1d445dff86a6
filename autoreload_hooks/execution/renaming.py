"""Modules that were imported in this reload from files that other modules' files have become: the definitions go on.

It must never look for files unless a new module of the user's has come.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Collection, Iterator
from types import FunctionType
from typing import Any

from autoreload_hooks.outline import Unit, class_members
from autoreload_hooks.planning import LIKE, likeness
from autoreload_hooks.program import LiveModule

from .context import Context


def follow_renamed(context: Context, loaded: Collection[str]) -> None:
    """Have the definitions of modules whose file is gone become those that came with the new modules.

    `loaded`: the modules that there were before. The old object survives where it can; else the new one takes its
    place, as anywhere.
    """
    known = frozenset(loaded)
    names = [name for name in list(sys.modules) if name not in known]
    fresh = [live for name in names if (live := context.program.module(name)) is not None and live.record.mine]
    if not fresh:
        return
    gone = [live for live in context.program.mine() if live.name in known and not os.path.exists(live.record.path)]
    for old in gone:
        for new in fresh:
            for name in _shared(old, new):
                left = _members(old, name)
                survivor = context.patching.merge(old.namespace[name], new.namespace[name], made_names=left)
                if survivor is not new.namespace[name]:
                    context.tx.set_item(new.namespace, name, survivor)
    context.patching.drop_twins()


def _shared(old: LiveModule, new: LiveModule) -> Iterator[str]:
    """The names of the definitions that two modules have in common, much as they are."""
    before = {unit.label: unit for unit in old.outline.units if unit.is_definition}
    for unit in new.outline.units:
        partner = before.get(unit.label)
        if partner is not None and _is_like(partner, unit):
            name = getattr(unit.node, "name", "")
            if _is_own(old, name) and _is_own(new, name):
                yield name


def _members(live: LiveModule, name: str) -> set[str] | None:
    """The names that the body of a module's class binds."""
    unit = live.outline.last_binder(name)
    return set(class_members(unit.node)) if unit is not None and isinstance(unit.node, ast.ClassDef) else None


def _is_like(old: Unit, new: Unit) -> bool:
    return old.dump == new.dump or likeness(old, new) >= LIKE


def _is_own(live: LiveModule, name: str) -> bool:
    """Whether a name holds a function or class that the module itself has defined."""
    value: Any = live.namespace.get(name)
    return isinstance(value, (FunctionType, type)) and value.__module__ == live.name and value.__qualname__ == name
