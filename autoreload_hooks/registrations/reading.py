"""The registries that code asks for by names: lists, dictionaries and sets, and objects that have such.

It must never change one, nor run code of the user.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.containers import size
from autoreload_hooks.program import LiveModule, Program, attribute, family_of, is_a, module_namespace

from .containers import containers_of, is_plain_instance, state_of
from .contents import MOST

Container = list[Any] | dict[Any, Any] | set[Any]
_KINDS: Final = (list, dict, set)


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """What code asks for by a name, and the containers in it whose entries statements may have put there."""

    module: str  #: where the name stands
    name: str
    holder: Any  #: the container, or the object that has some
    containers: list[Container]


class Reading:
    """Which registries code asks for."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def containers(self, live: LiveModule, codes: Collection[CodeType]) -> Iterator[Container]:
        """The containers that have a name in a module or a class of the user's, and that code asks for by it."""
        yield from (each.holder for each in self.registries(live, codes) if type(each.holder) in _KINDS)

    def registries(self, live: LiveModule, codes: Collection[CodeType]) -> Iterator[Registry]:
        """The same with the objects that have containers; each once."""
        seen: set[int] = set()
        spaces = {path: self.program.namespace_of_file(path) for path in {code.co_filename for code in codes}}
        names = {name for code in codes for name in code.co_names}
        for code in codes:
            namespace = spaces[code.co_filename] or live.namespace
            for name in code.co_names:
                for found in self._behind(namespace, name, names):
                    if id(found.holder) not in seen and found.containers:
                        seen.add(id(found.holder))
                        yield found

    def _behind(self, namespace: dict[str, Any], name: str, asked: set[str]) -> Iterator[Registry]:
        """What a name stands for, or has under one of the names that are asked for."""
        value: Any = namespace.get(name)
        if issubclass(type(value), ModuleType):
            module = self.program.module(str(module_namespace(value).get("__name__")))
            if module is not None and module.record.mine:
                for each in asked & module.namespace.keys():
                    yield self._registry(module.name, each, module.namespace[each], asked)
        elif issubclass(type(value), type):
            yield from self._of_class(value, asked)
        elif value is not None:
            yield self._registry(str(namespace.get("__name__")), name, value, asked)

    def _of_class(self, cls: type, asked: set[str]) -> Iterator[Registry]:
        for base in family_of(cls):
            entries = type.__getattribute__(base, "__dict__")
            if self._is_own(base):
                for each in asked & entries.keys():
                    yield self._registry(
                        attribute(base, "__module__"), base.__qualname__.partition(".")[0], entries[each], asked
                    )

    def _registry(self, module: str, name: str, value: Any, asked: set[str]) -> Registry:
        found: list[Any] = []
        if type(value) in _KINDS:
            found = [value]
        elif any(map(self._is_own, family_of(value))):
            found = list(containers_of(value, 1)) if is_plain_instance(value) or is_a(value, _KINDS) else []
        elif is_plain_instance(value):
            found = [part for each, part in state_of(value).items() if each in asked]
        return Registry(module, name, value, [each for each in found if is_small(each)])

    def _is_own(self, cls: type) -> bool:
        module = attribute(cls, "__module__")
        record = self.program.records.get(module) if type(module) is str else None
        return record is not None and record.mine


def is_small(container: Any) -> bool:
    """Whether something is a list, dictionary or set with some entries, and not too many."""
    return issubclass(type(container), _KINDS) and 0 < size(container) <= MOST
