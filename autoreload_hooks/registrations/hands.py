"""What a unit has at hand when it runs, and so may change, by whatever means: what it and its functions have by name.

It must never change anything, nor run code of the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from types import BuiltinMethodType, CodeType, FunctionType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat import referents
from autoreload_hooks.outline import Chain, Unit
from autoreload_hooks.program import SCALARS, LiveModule, Program, defaults_of, is_a, with_nested
from autoreload_hooks.transaction import MISSING

from .containers import CONTAINERS, PLAIN_CONTAINERS, is_plain_instance, state_of
from .pictures import is_data

ENTRIES: Final = 50  #: a container or object of more parts is looked at as a whole
_SKIPPED: Final = (type, ModuleType, FunctionType)


def at_hand(program: Program, live: LiveModule, unit: Unit, codes: Iterable[CodeType]) -> Iterator[Any]:
    """The containers and objects that a unit, or one of these functions, has by a name; and what is in these."""
    seen: set[int] = set()
    for value in _named(program, live, unit, codes):
        parts = _parts(value)
        for each in (value, *parts, *(behind for part in (value, *parts) for behind in _written_by(part))):
            if id(each) not in seen and _may_change(each):
                seen.add(id(each))
                yield each


def _named(program: Program, live: LiveModule, unit: Unit, codes: Iterable[CodeType]) -> Iterator[Any]:
    places: list[tuple[dict[str, Any], Iterable[Chain]]] = [(live.namespace, unit.reads)]
    if "lambda" in unit.text:
        places += [(live.namespace, program.reads_of(code)) for code in unit.functions]
    for code in with_nested(codes):
        namespace = program.namespace_of_file(code.co_filename)
        places.append((namespace, program.reads_of(code)))
        function = program.value(namespace, tuple(code.co_qualname.split(".")))
        if is_a(function, FunctionType):
            yield from defaults_of(function).values()
    for namespace, chains in places:
        for chain in chains:
            yield from (program.value(namespace, chain[:end]) for end in range(1, len(chain) + 1))


def _parts(value: Any) -> list[Any]:
    """What is in a container or plain instance; the array of which another one is a part."""
    if type(value) in PLAIN_CONTAINERS or type(value) is tuple:
        entries = value.values() if type(value) is dict else value
    elif is_data(value):
        entries = [getattr(value, "base", None)]
    elif is_plain_instance(value) and not is_a(value, _SKIPPED):
        entries = state_of(value).values()
    else:
        return []
    return list(entries) if len(entries) <= ENTRIES else []


def _written_by(value: Any) -> Iterator[Any]:
    """The texts in memory and the like that an object of C holds, or a method of which: `csv.writer(buffer)`."""
    if value is MISSING or type(value) in SCALARS or is_a(value, (*_SKIPPED, *CONTAINERS, tuple)) or is_data(value):
        return
    for part in referents(value)[:ENTRIES]:
        held = part.__self__ if type(part) is BuiltinMethodType else part
        if is_data(held):
            yield held


def _may_change(value: Any) -> bool:
    if value is MISSING or is_a(value, _SKIPPED):
        return False
    return type(value) in PLAIN_CONTAINERS or is_data(value) or is_plain_instance(value) or type(value) is ContextVar
