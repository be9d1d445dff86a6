"""Changing a class in place: its bases, its metaclass, its attributes, what knows it.

It must never call code of the user, neither a metaclass's `__setattr__` nor a descriptor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import CellType
from typing import Any

from autoreload_hooks.compat.behaviours import Refused


def class_cells(cls: type) -> list[CellType]:
    """The `__class__` cells that the methods of `cls` close over, and that hold `cls`."""
    return []


def repoint_class_cells(values: Iterable[Any], old: type, new: type) -> Callable[[], None]:
    """Have `super()` in functions among `values` (functions, or descriptors around them) mean `new` instead of `old`.

    Returns what undoes it.
    """
    return lambda: None


def assign_bases(cls: type, bases: tuple[type, ...]) -> Callable[[], None]:
    """Give `cls` other bases; returns what undoes it. Raises Refused("layout" | "mro" | "bases", ...)."""
    raise Refused("bases", "not yet")


def assign_metaclass(cls: type, metaclass: type) -> Callable[[], None]:
    """Give `cls` another metaclass; returns what undoes it. Raises Refused("metaclass", ...)."""
    raise Refused("metaclass", "not yet")


def set_class_attribute(cls: type, name: str, value: Any) -> None:
    """Set an attribute past a metaclass's own `__setattr__`."""
    type.__setattr__(cls, name, value)


def delete_class_attribute(cls: type, name: str) -> None:
    """Delete an attribute past a metaclass's own `__delattr__`."""
    type.__delattr__(cls, name)


def update_abstract_methods(cls: type) -> None:
    """Work out anew which methods of `cls` are abstract."""


def clear_abc_caches(cls: type) -> None:
    """Have `isinstance` and `issubclass` forget what they have found about `cls`, where it is an abstract class."""


def class_references(cls: type) -> int | None:
    """How many references to `cls` there are above those of an untouched class; None: unknown."""
    return None


def drop_class(cls: type) -> None:
    """Let go of a class that nobody holds, so that `__subclasses__()` of its bases no longer lists it."""
