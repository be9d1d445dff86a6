"""Under which names the user's modules hold instances of classes, themselves or in plain containers.

It must never change anything, nor run code of the user: of an object only its type is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from autoreload_hooks.compat.heap import is_heap_type
from autoreload_hooks.program import LiveModule, Program

from .targets import plain_entries


class Instances:
    """The names of each module by the classes of what they hold; as it was when the module was first asked.

    Classes are told by their `id`: a reference more would count as somebody who holds them.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._names: dict[str, dict[int, list[str]]] = {}  # by module and class

    def named(self, classes: Collection[type]) -> list[tuple[str, str]]:
        """The (module, name) of what is an instance of one of these very classes, or a container with one."""
        wanted = list(map(id, classes))
        tables = [(live.name, self._of(live)) for live in self.program.mine()]
        return [(module, name) for module, table in tables for name in _of_any(table, wanted)]

    def forget(self, modules: Iterable[str]) -> None:
        """The names of modules may hold something else now."""
        if self._names:
            for module in modules:
                self._names.pop(module, None)

    def _of(self, live: LiveModule) -> dict[int, list[str]]:
        if (known := self._names.get(live.name)) is None:
            known = self._names[live.name] = {}
            for name, value in list(live.namespace.items()):
                for cls in _classes_of(value):
                    known.setdefault(cls, []).append(name)
        return known


def _of_any(table: dict[int, list[str]], classes: list[int]) -> dict[str, None]:
    return {name: None for cls in classes for name in table.get(cls, ())}


def _classes_of(value: Any) -> list[int]:
    kinds = {id(type(each)): type(each) for each in (value, *plain_entries(value))}
    return [key for key, kind in kinds.items() if is_heap_type(kind)]
