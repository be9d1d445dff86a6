"""Definitions that left their module for one that was imported in this reload: the old object goes on there.

A module whose file has got another name has left with all of them. It must never look for files unless a new module
of the user's has come.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Collection, Iterator
from types import FunctionType
from typing import Any, Final

from autoreload_hooks.outline import Unit, class_members
from autoreload_hooks.planning import Kind, likeness
from autoreload_hooks.program import LiveModule, is_a

from .context import Context
from .standing import set_by_what_ran

LIKE_NAMED: Final = 0.4  #: how alike two definitions of one name must be to count as one that has moved


def new_home(context: Context, name: str, new: Any) -> LiveModule | None:
    """The module that defined an object under a name, if it was imported in this reload."""
    module = getattr(new, "__module__", None) if is_a(new, (FunctionType, type)) else None
    live = context.program.module(module) if isinstance(module, str) and module not in context.loaded else None
    return live if live is not None and live.record.mine and _is_own(live, name) else None


def follow_renamed(context: Context) -> None:
    """Have what was defined in modules whose file is gone, or was taken out of others, become what came with new ones.

    The old object survives where it can; else the new one takes its place, as anywhere.
    """
    if not context.plan.edits and not context.begun:
        return  # nothing ran that could have imported a module
    known = frozenset(context.loaded)
    names = [name for name in list(sys.modules) if name not in known]
    fresh = [live for name in names if (live := context.program.module(name)) is not None and live.record.mine]
    came = [(new, [unit for unit in new.outline.units if unit.is_definition]) for new in fresh]
    for edit in context.plan.edits:
        added = [pair.new for pair in edit.pairs_of(Kind.ADDED) if pair.new is not None and pair.new.is_definition]
        came += [(edit.live, added)] if added else []
    left = list(_left(context, known)) if came else []
    for new, defined in came:
        units = {unit.label: unit for unit in defined}
        for home, unit, old in left:
            partner, name = units.get(unit.label), getattr(unit.node, "name", "")
            if (
                partner is not None
                and _is_like(unit, partner)
                and _is_own(new, name)
                and new.namespace[name] is not old
            ):
                made = None
                if isinstance(unit.node, ast.ClassDef):
                    made = set(class_members(unit.node)) | set_by_what_ran(context, home, unit)
                survivor = context.patching.merge(old, new.namespace[name], made_names=made)
                if survivor is not new.namespace[name]:
                    context.tx.set_item(new.namespace, name, survivor)
    context.patching.drop_twins()


def _left(context: Context, known: Collection[str]) -> Iterator[tuple[LiveModule, Unit, Any]]:
    """The definitions that have no module any more, with the one that they had, and what they had defined."""
    for live in context.program.mine():
        edit = context.edits.get(live.name)
        is_here = edit is not None and not edit.departs  # with another file perhaps: it has become a package
        if live.name in known and not is_here and not os.path.exists(live.record.path):
            for unit in live.outline.units:
                name = getattr(unit.node, "name", "") if unit.is_definition else ""
                if _is_own(live, name):
                    yield live, unit, live.namespace[name]
    for module, name, value in context.removed:
        edit = context.edits.get(module)
        binder = edit.old.last_binder(name) if edit is not None and edit.old is not None else None
        if edit is not None and binder is not None and binder.is_definition and is_a(value, (FunctionType, type)):
            yield edit.live, binder, value


def _is_like(old: Unit, new: Unit) -> bool:
    return old.says_what(new) or likeness(old, new) >= LIKE_NAMED


def _is_own(live: LiveModule, name: str) -> bool:
    """Whether a name holds a function or class that the module itself has defined."""
    value: Any = live.namespace.get(name)
    return is_a(value, (FunctionType, type)) and value.__module__ == live.name and value.__qualname__ == name
