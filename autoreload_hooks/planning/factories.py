"""Which statements make instances of a class: themselves, in functions that they run, or by a field's factory.

It must never change anything, nor run code of the user.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Final

from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, Program, attribute, is_a
from autoreload_hooks.transaction import MISSING

from .families import subclasses
from .implied import makers
from .readers import Readers

FIELDS: Final = ("__dataclass_fields__", "__attrs_attrs__", "__pydantic_fields__")
"""Where classes with a generated constructor keep their fields: `dataclasses`, attrs and pydantic."""
_ANNOTATIONS: Final = ("annotation", "type")
"""Where a field keeps what it is said to be."""


def makers_of_instances(program: Program, readers: Readers, cls: type) -> Iterator[tuple[LiveModule, Unit]]:
    """The units that make instances of a class, also as parts of others, or take those that it has of itself.

    A class that is operated with (`for color in Color`, `set(Color)`) may give its own.
    """
    yield from makers(program, readers, [cls, *made_with(program, cls)])
    for live, unit in readers.anywhere(cls.__module__, cls.__qualname__.partition(".")[0]):
        if any(program.value(live.namespace, chain) is cls for chain in unit.calls):
            yield live, unit


def made_with(program: Program, cls: type) -> list[type]:
    """The classes of the user's whose generated constructors make an instance of a class, for a field of theirs.

    So do those whose field is made by such a class, and what is below one of them.
    """
    found: list[type] = []
    todo = [cls, *subclasses(cls)]
    for made in todo:
        for owner in _classes_with_fields(program, made):
            if all(owner is not each for each in todo) and any(_makes(factory, made) for factory in _factories(owner)):
                family = [owner, *subclasses(owner)]
                found += family
                todo += family
    return found


def showing(program: Program, cls: type) -> list[type]:
    """The classes of the user's that are shown by a library with what a class has: those with fields of it."""
    found: list[type] = []
    todo = [cls, *subclasses(cls)]
    for part in todo:
        for owner in _classes_with_fields(program, part):
            if all(owner is not each for each in todo) and any(_mentions(kind, part) for kind in _kinds(owner)):
                found.append(owner)
                todo += [owner, *subclasses(owner)]
    return found


def _kinds(cls: type) -> Iterator[Any]:
    """What the fields of a class are said to be."""
    for field in _fields(cls):
        yield from (kind for name in _ANNOTATIONS if (kind := _part(field, name)) is not MISSING)


def _mentions(kind: Any, cls: type, depth: int = 4) -> bool:
    """Whether an annotation is a class, or has it within, as `dict[str, list[Item]]`, or is a text with its name."""
    if type(kind) is str:
        return cls.__name__ in kind
    if kind is cls or depth == 0:
        return kind is cls
    parts = attribute(kind, "__args__")
    return is_a(parts, tuple) and any(_mentions(part, cls, depth - 1) for part in parts)


def _classes_with_fields(program: Program, cls: type) -> Iterator[type]:
    """The classes with fields in the modules that mention a class."""
    for live in program.mentioning(cls.__qualname__.rpartition(".")[2]):
        for value in list(live.namespace.values()):
            if is_a(value, type) and value.__module__ == live.name and not value.__dict__.keys().isdisjoint(FIELDS):
                yield value


def _factories(cls: type) -> Iterator[Any]:
    for field in _fields(cls):
        yield _part(field, "default_factory")
        default = _part(field, "default")
        if (type(default).__module__, type(default).__qualname__) == ("attr._make", "Factory"):
            yield _part(default, "factory")


def _fields(cls: type) -> Iterator[Any]:
    for name in FIELDS:
        fields = attribute(cls, name)
        yield from fields.values() if is_a(fields, dict) else fields if is_a(fields, tuple) else ()


def _part(obj: Any, name: str) -> Any:
    """An attribute of what a library has made, also where it stands in a slot."""
    return getattr(obj, name, MISSING)


def _makes(factory: Any, cls: type) -> bool:
    """Whether a factory is a class; what functions make is known from their runs."""
    while is_a(factory, functools.partial):
        factory = factory.func
    return factory is cls
