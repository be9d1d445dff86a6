"""Labels of a function that many classes share: what the last class statement has written on it stays.

attrs gives all its classes one function as `__replace__` and writes the name of each on it: in a fresh process it has
that of the last one, whichever has run again here.
"""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Any

from autoreload_hooks.compat.functions import LABELS
from autoreload_hooks.outline import Unit
from autoreload_hooks.program import Program, is_a
from autoreload_hooks.transaction import Transaction

Kept = list[tuple[FunctionType, dict[str, Any]]]


def labels_of_shared(program: Program, namespace: dict[str, Any], unit: Unit) -> Kept:
    """The labels of functions that a unit's class has from elsewhere, and that say since that they are another's."""
    cls = namespace.get(unit.node.name) if isinstance(unit.node, ast.ClassDef) else None
    if not is_a(cls, type):
        return []
    return [
        (value, {label: getattr(value, label) for label in LABELS})
        for value in list(type.__getattribute__(cls, "__dict__").values())
        if is_a(value, FunctionType)
        and not program.follows(value)
        and not value.__code__.co_filename.startswith("<")
        and value.__qualname__ not in (value.__code__.co_qualname, f"{cls.__qualname__}.{value.__name__}")
    ]


def write_again(tx: Transaction, kept: Kept) -> None:
    """Give the functions the labels that they had."""
    for function, labels in kept:
        for label, value in labels.items():
            if getattr(function, label) != value:
                tx.set_attr(function, label, value)
