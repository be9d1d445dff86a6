"""Which units bound what `functools.wraps` has made a likeness of a function or class: it copies all that this has.

It must never change anything, nor run code of the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType
from typing import Any

from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, Program, attribute, is_a, live_object
from autoreload_hooks.transaction import MISSING

from .readers import Readers
from .targets import plain_entries


def likenesses(readers: Readers, obj: Any, home: LiveModule | None = None) -> Iterator[tuple[LiveModule, Unit]]:
    """The units that bound a likeness of a function or class, under a name, in a plain container or in a class."""
    for live, unit in (each for name in names_of(readers.program, obj, home) for each in readers.anywhere(*name)):
        bound = (live.namespace.get(each) for each in unit.binds) if not unit.is_import else ()
        if any(wrapped_by(part) is obj for value in bound for part in _parts(value)):
            yield live, unit


def names_of(program: Program, obj: Any, home: LiveModule | None) -> list[tuple[str, str]]:
    """The names under which a function or class, or the class that it is in, stands in modules: (module, name).

    The name that a likeness says is that of another one: it is looked for in its `home`, where this is known.
    """
    if type(obj.__module__) is not str:  # somebody has set it
        return []
    own = obj.__module__, obj.__qualname__.partition(".")[0]
    if home is None or wrapped_by(obj) is MISSING:
        return [own]
    names = [(home.name, name) for name, value in list(home.namespace.items()) if value is obj]
    said = program.module(own[0])
    is_itself = said is not None and live_object(obj.__qualname__, said.namespace) is obj
    return sorted({*names, own}) if is_itself or not names else names


def wrapped_by(value: Any) -> Any:
    """What a function or an instance is a likeness of, as `functools.wraps` notes it; MISSING if it is of nothing."""
    return attribute(value, "__wrapped__")


def _parts(value: Any) -> Iterator[Any]:
    """A value, and what a plain container or a class among them holds."""
    yield value
    yield from plain_entries(value)
    if is_a(value, type):
        yield from (each for each in value.__dict__.values() if is_a(each, FunctionType))
