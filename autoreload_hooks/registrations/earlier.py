"""What names held before this reload gave them something else: what statements had registered then is to be taken back.

It must never keep alive what nobody else does.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from types import FunctionType, MethodDescriptorType, MethodType, ModuleType
from typing import Any

from autoreload_hooks.outline import Chain
from autoreload_hooks.program import LiveModule, Program, attribute, is_a, module_namespace
from autoreload_hooks.transaction import MISSING

from .containers import can_be_told


class Earlier:
    """The objects that took their leave from names in one reload."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._held: dict[tuple[str, str], list[weakref.ref[Any]]] = {}  # by module and name

    def note(self, names: Iterable[tuple[str, str]], old: Any) -> None:
        """Names, as (module, name), hold something else than this object from now on."""
        if not can_be_told(old):
            return
        try:
            ref = weakref.ref(old)
        except TypeError:  # nobody can ask whether it is still there
            return
        for key in names:
            self._held.setdefault(key, []).append(ref)

    def values(self, live: LiveModule, chain: Chain) -> list[Any]:
        """What a chain of names was, as far as its last name is one that changed, and what it is.

        A method is that of each object that its owner was and is.
        """
        if len(chain) > 1 and (methods := [*self._methods(live, chain)]):
            return methods
        module: Any = self.program.value(live.namespace, chain[:-1]) if len(chain) > 1 else None
        home = module_namespace(module).get("__name__") if is_a(module, ModuleType) else live.name
        held = self._held.get((str(home), chain[-1]), []) if len(chain) == 1 or is_a(module, ModuleType) else []
        known = [each for ref in held if (each := ref()) is not None]
        return [*known, self.program.value(live.namespace, chain)]

    def _methods(self, live: LiveModule, chain: Chain) -> Iterator[Any]:
        for owner in self.values(live, chain[:-1]):
            if owner is not MISSING and not is_a(owner, ModuleType) and attribute(owner, chain[-1]) is MISSING:
                yield from _bound(owner, type(owner), chain[-1])
            elif is_a(owner, type):
                yield from _bound(owner, owner, chain[-1])


def _bound(owner: Any, cls: type, name: str) -> Iterator[Any]:
    """The method of a class that is asked of an object, or of the class itself, without running code of the user."""
    found = attribute(cls, name)
    if is_a(found, classmethod):
        yield MethodType(found.__func__, cls)
    elif is_a(found, staticmethod):
        yield found.__func__
    elif owner is not cls and is_a(found, FunctionType):
        yield MethodType(found, owner)
    elif owner is not cls and is_a(found, MethodDescriptorType):
        yield found.__get__(owner)


def is_one(one: Any, other: Any) -> bool:
    """Whether two objects are one, or the same method of one: that is another object each time when it is asked for."""
    if type(one) is MethodType and type(other) is MethodType:
        return one.__self__ is other.__self__ and one.__func__ is other.__func__
    return one is other
