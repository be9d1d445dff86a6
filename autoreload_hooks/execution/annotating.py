"""A module's annotations are those of its whole source, as far as it has been reached.

It must never evaluate one but where a statement would.
"""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Any, Final

from autoreload_hooks.compat.bytecode import module_annotate
from autoreload_hooks.outline import Outline, Unit
from autoreload_hooks.planning import Kind, ModuleEdit, is_annotated_otherwise
from autoreload_hooks.transaction import Transaction

REACHED: Final = "__conditional_annotations__"
"""Where a module with annotations in branches notes the numbers of those that were reached (3.14)."""
LAZY_NAMES: Final = ("__annotate__", "__annotations__", REACHED)
STAY: Final = (Kind.SAME, Kind.MOVED, Kind.BODY)


def begin_annotations(edit: ModuleEdit, tx: Transaction) -> None:
    """What units annotated that changed or went is gone: those that run again, and reach it, annotate it again."""
    if edit.old is None:
        return
    if edit.new.annotated_lazily:
        _renumber(edit, edit.old)
        return
    notes = edit.live.namespace.get("__annotations__")
    if isinstance(notes, dict):
        tx.guard(notes)
        stay = {name for pair in edit.pairs_of(*STAY) for name in pair.unit.annotated}
        for pair in edit.pairs_of(Kind.CHANGED, Kind.REMOVED):
            for name in pair.old.annotated if pair.old is not None else ():
                if name not in stay:
                    notes.pop(name, None)


def _renumber(edit: ModuleEdit, old: Outline) -> None:
    """The annotations that were reached have other numbers now, as the compiler counts them through the module."""
    namespace = edit.live.namespace
    reached = namespace.get(REACHED, frozenset[int]())
    namespace.pop(REACHED, None)
    if not edit.new.annotated:
        return
    before, now = _numbers(old), _numbers(edit.new)
    found = {number for unit, numbers in now.items() if not unit.is_compound for number in numbers}
    for pair in edit.pairs_of(*STAY):
        if pair.old is not None and pair.new is not None and pair.new.is_compound:
            found |= {two for one, two in zip(before[pair.old], now[pair.new], strict=True) if one in reached}
    namespace[REACHED] = found


def note_reached(namespace: dict[str, Any], before: Any, outline: Outline, unit: Unit) -> None:
    """A unit has run, which counts its annotations from nought: the module goes on with its own count."""
    if not (outline.annotated_lazily and unit.is_compound and unit.annotated):
        return
    numbers = _numbers(outline)[unit]
    local = namespace.get(REACHED, ())
    others = set(before or ()).difference(numbers)
    namespace[REACHED] = others | {number for place, number in enumerate(numbers) if place in local}


def _numbers(outline: Outline) -> dict[Unit, range]:
    """The numbers of each unit's annotations."""
    found, count = {}, 0
    for unit in outline.units:
        found[unit] = range(count, count + unit.annotations)
        count += unit.annotations
    return found


def annotate_anew(namespace: dict[str, Any], unit: Unit, tx: Transaction) -> None:
    """A statement that gives the same name the same has another annotation, or none any more."""
    tx.guard(namespace)
    if isinstance(before := namespace.get("__annotations__"), dict):
        tx.guard(before)
    if isinstance(unit.node, ast.AnnAssign):
        node = ast.AnnAssign(unit.node.target, unit.node.annotation, None, unit.node.simple)
        exec(unit.module.compile(ast.copy_location(node, unit.node), unit.text), namespace)
    elif isinstance(notes := namespace.get("__annotations__"), dict):
        for name in unit.binds:
            notes.pop(name, None)


def annotate(edit: ModuleEdit, tx: Transaction) -> None:
    """A module's annotations are those of its whole source."""
    namespace = edit.live.namespace
    if edit.new.annotated_lazily:
        function = module_annotate(edit.new.code) if edit.new.annotated else None
        if function is None:  # a module without annotations has none of these names
            for name in LAZY_NAMES:
                namespace.pop(name, None)
            return
        namespace["__annotate__"] = FunctionType(function, namespace)
        namespace.pop("__annotations__", None)
        return
    for pair in edit.pairs_of(Kind.BODY):
        if pair.old is not None and pair.new is not None and is_annotated_otherwise(pair.old, pair.new):
            annotate_anew(namespace, pair.new, tx)
    notes = namespace.get("__annotations__")
    if edit.old is not None and not edit.new.annotated and notes == {}:
        del namespace["__annotations__"]
    elif isinstance(notes, dict):
        places = {name: unit.index for unit in reversed(edit.new.units) for name in unit.annotated}
        ordered = sorted(notes, key=lambda name: places.get(name, -1))
        for name in ordered if ordered != list(notes) else ():
            notes[name] = notes.pop(name)
