"""Methods that say to be of another module than their statement, as somebody has relabelled their class and all in it.

Packages do so with what they export. It must never give a label that nobody has set.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from autoreload_hooks.compat.behaviours import home_of, is_a
from autoreload_hooks.patching.inherited import namespace

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher


def labels_of(cls: type) -> dict[str, str]:
    """By name, the modules that the methods of a class say to be of."""
    found = ((name, _label(value)) for name, value in namespace(cls).items())
    return {name: label for name, label in found if label is not None}


def relabel(patcher: Patcher, old: type, new: type, before: dict[str, str]) -> None:
    """Have methods that the new class brought say what those of the old one said, if that was what the class says."""
    label, given = home_of(old), home_of(new)
    if label == given or label not in before.values():
        return
    for name, value in namespace(old).items():
        if _label(value) == given and before.get(name, label) == label:
            patcher.tx.set_attr(value, "__module__", label)


def _label(value: Any) -> str | None:
    """The module that a method, or what stands around it in a class, says to be of."""
    if not is_a(value, (FunctionType, classmethod, staticmethod)):
        return None
    label = value.__module__ if is_a(value, FunctionType) else value.__dict__.get("__module__")
    return label if type(label) is str else None
