"""The classes below a class: which statements made them, and whether they copied from it.

It must never change anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, Program, attribute

from .readers import Readers


def subclass_units(program: Program, readers: Readers, cls: type) -> Iterator[tuple[LiveModule, Unit]]:
    """The class statements of a class's subclasses, and the units that bound instances of it, in any module."""
    family = list(subclasses(cls))
    for live in program.mine():
        namespace = live.namespace
        wanted = {sub.__qualname__.partition(".")[0] for sub in family if sub.__module__ == live.name}
        wanted |= {name for name, value in list(namespace.items()) if type(value) in (cls, *family)}
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
    hooks = [base for base in metaclass.__mro__ if base not in (type, object)]
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
    if type(cls) is not type:
        return True
    for base in cls.__mro__[:-1]:
        if (
            "__init_subclass__" in base.__dict__
            or "__dataclass_fields__" in base.__dict__
            or "__attrs_attrs__" in base.__dict__
            or "_field_defaults" in base.__dict__
        ):
            return True
        record = program.records.get(base.__module__)
        if (record is None or not record.mine) and base.__module__ not in ("builtins", "typing", "abc", "__main__"):
            return True
    return attribute(cls, "__init_subclass__") is not attribute(object, "__init_subclass__")
