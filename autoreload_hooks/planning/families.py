"""The classes below a class: which statements made them, and whether they copied from it.

It must never change anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autoreload_hooks.compat.behaviours import Kinds, is_among
from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, Program, attribute

from .readers import Readers


def subclass_units(program: Program, readers: Readers, cls: type) -> Iterator[tuple[LiveModule, Unit]]:
    """The class statements of a class's subclasses, and the units that bound instances of it, in any module."""
    family = list(subclasses(cls))
    kinds = Kinds((cls, *family))
    for live in program.mine():
        namespace = live.namespace
        wanted = {sub.__qualname__.partition(".")[0] for sub in family if sub.__module__ == live.name}
        wanted |= {name for name, value in list(namespace.items()) if type(value) in kinds}
        if wanted:
            outline = readers.outlines.get(live.name) or live.outline
            for name in wanted:
                unit = outline.last_binder(name)
                if unit is not None and not unit.is_import:
                    yield live, unit


def subclasses(cls: type) -> Iterator[type]:
    """All classes below a class."""
    for sub in list[type](type.__subclasses__(cls)):
        yield sub
        yield from subclasses(sub)


def is_made_by_others(cls: type, program: Program) -> bool:
    """Whether code of a library takes part in making a class, so that it may have copied from any of its bases."""
    metaclass: type = type(cls)
    hooks = [base for base in metaclass.__mro__ if not is_among(base, (type, object))]
    hooks += [base for base in cls.__mro__[:-1] if "__init_subclass__" in base.__dict__]
    for each in hooks:
        record = program.records.get(each.__module__)
        if (record is None or not record.mine) and each.__module__ not in ("builtins", "typing", "abc", "enum"):
            return True
    return False


def copies_from_bases(cls: type, program: Program) -> bool:
    """Whether subclasses or instances of a class may hold copies of what it is made of.

    So it is where it or an ancestor has a metaclass, an `__init_subclass__`, generated members or a base from outside.
    """
    if type(cls) is not type or any(_is_copied_from(base, program) for base in cls.__mro__[:-1]):
        return True
    return attribute(cls, "__init_subclass__") is not attribute(object, "__init_subclass__")


def instances_are_its_own(cls: type, program: Program) -> bool:
    """Whether nothing but a class's own code has a part in its instances; to be abstract or generic is no part."""
    family = [base for base in cls.__mro__[:-1] if base.__module__ not in _KINDS]
    return (
        (type(cls) is type or type(cls).__module__ in _KINDS)
        and not getattr(cls, "__abstractmethods__", None)
        and not any(_is_copied_from(base, program) for base in family)
    )


_KINDS: Final = ("typing", "abc")
"""Where the classes come from that only say what kind of class another one is: `ABC`, `Generic`, `Protocol`."""


def _is_copied_from(base: type, program: Program) -> bool:
    """Whether what has a class as a base may hold copies of what it is made of."""
    if not _COPIED.isdisjoint(base.__dict__):
        return True
    record = program.records.get(base.__module__)
    return (record is None or not record.mine) and base.__module__ not in ("builtins", "typing", "abc", "__main__")


_COPIED: Final = frozenset({"__init_subclass__", "__dataclass_fields__", "__attrs_attrs__", "_field_defaults"})
