"""Under which names the user's modules hold instances of classes, themselves or in plain containers.

It must never change anything, nor run code of the user: of an object only its type is asked.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from autoreload_hooks.program import Program

from .targets import plain_entries

_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class that a `class` statement made


class Instances:
    """The names of all modules by the classes of what they hold; as it was when it was first asked.

    Classes are told by their `id`: a reference more would count as somebody who holds them.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._names: dict[int, dict[tuple[str, str], None]] | None = None

    def named(self, classes: Collection[type]) -> list[tuple[str, str]]:
        """The (module, name) of what is an instance of one of these very classes, or a container with one."""
        if self._names is None:
            self._names = self._look()
        return list({key: None for cls in classes for key in self._names.get(id(cls), ())})

    def _look(self) -> dict[int, dict[tuple[str, str], None]]:
        names: dict[int, dict[tuple[str, str], None]] = {}
        containers: dict[int, list[int]] = {}  # what many modules import is looked at once
        for live in self.program.mine():
            for name, value in list(live.namespace.items()):
                if id(value) not in containers:
                    containers[id(value)] = _classes_of(value)
                for cls in containers[id(value)]:
                    names.setdefault(cls, {})[live.name, name] = None
        return names


def _classes_of(value: Any) -> list[int]:
    kinds = dict.fromkeys(map(type, (value, *plain_entries(value))))
    return [id(kind) for kind in kinds if kind.__flags__ & _HEAP_TYPE]
