"""Definitions that an edit took out of a module or a class, and that a later one may bring back.

It must never keep one of them alive.
"""

from __future__ import annotations

import weakref
from enum import Enum
from types import FunctionType
from typing import Any

from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.transaction import MISSING


class Departed:
    """Functions, classes and members of enumerations that went, by module and qualified name."""

    def __init__(self) -> None:
        self._refs: dict[tuple[str, str], weakref.ref[Any]] = {}
        self._left: dict[tuple[str, str], list[weakref.ref[type]]] = {}

    def note(self, module: str, qualname: str, obj: Any) -> None:
        """An object goes. What cannot be referred to weakly, as a member that is a number, does not return."""
        if is_a(obj, (FunctionType, type, Enum)) and type(obj).__weakrefoffset__:
            self._refs[module, qualname] = weakref.ref(obj)

    def find(self, module: str, qualname: str) -> Any:
        """What went under this name, if somebody still holds it; or MISSING."""
        ref = self._refs.get((module, qualname))
        found = ref() if ref is not None else None
        return MISSING if found is None else found

    def leave(self, cls: type) -> None:
        """A class has been replaced, and has instances that could not follow."""
        known = self._left.setdefault((cls.__module__, cls.__qualname__), [])
        others = [ref for ref in known if (each := ref()) is not None and each is not cls]
        known[:] = [*others, weakref.ref(cls)]

    def left(self, cls: type) -> list[type]:
        """The classes that this one, or one that was replaced by it, has replaced, and that still have instances."""
        found = (ref() for ref in self._left.get((cls.__module__, cls.__qualname__), ()))
        return [each for each in found if each is not None and each is not cls]
