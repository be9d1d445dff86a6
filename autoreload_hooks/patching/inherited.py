"""What a class itself holds, and what it has from its bases.

It must never ask a metaclass or a class for anything: only their dictionaries are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import functions_in
from autoreload_hooks.transaction import MISSING, ChangedAttribute

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

OF_THE_CLASS: Final = frozenset(
    {
        "__dict__",
        "__weakref__",
        "__slotnames__",  # what `copyreg` has found out for pickling
        "_abc_impl",  # the registry and the caches of an abstract class
        "__abstractmethods__",
        "__annotations__",
        "__annotations_cache__",
        "__annotate__",
        "__annotate_func__",
    }
)
"""What each class has for itself, or what is merged by a function of its own."""


def namespace(cls: type) -> dict[str, Any]:
    """A copy of what a class itself holds, whatever its metaclass says."""
    return dict(type.__dict__["__dict__"].__get__(cls))


def all_members(*classes: type) -> dict[str, Any]:
    """What is found under each name in classes, the first that has it, those of Python's own left out."""
    found: dict[str, Any] = {}
    for base in reversed(classes):
        if base not in (object, type):
            found |= namespace(base)
    return found


def note_inherited(patcher: Patcher, cls: type, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Other members are found in a class than before, by its bases: a method that hides one may ask for it."""
    own = namespace(cls)
    for name in old.keys() | new.keys():
        hidden = name in own and not any(True for _ in functions_in(own[name], 2))
        if name not in OF_THE_CLASS and not hidden and old.get(name, MISSING) is not new.get(name, MISSING):
            patcher.changed_attributes.append(ChangedAttribute(cls, name))
