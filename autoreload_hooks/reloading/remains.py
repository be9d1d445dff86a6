"""What remains of classes and modules that are gone: of removed definitions, and of reloads that failed.

It must never let go of what somebody holds.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterable
from types import FunctionType
from typing import Any

from autoreload_hooks.compat.behaviours import home_of
from autoreload_hooks.compat.classes import class_references, drop_class
from autoreload_hooks.compat.holders import name_of
from autoreload_hooks.importer import Importer
from autoreload_hooks.patching import Departed
from autoreload_hooks.program import Program, is_a


class UnitError(Exception):
    """User code raised in a reload: which module it was, what had begun, and the classes that there were.

    `files`: those of the modules that it had imported.
    """

    def __init__(
        self,
        module: str,
        error: BaseException,
        begun: tuple[str, ...],
        classes: list[weakref.ref[type]],
        files: list[str],
    ) -> None:
        super().__init__(module)
        self.module = module
        self.error = error
        self.begun = begun
        self.classes = classes
        self.files = files


class Remains:
    """Keeps in mind what may come back, and lets go of what cannot."""

    def __init__(self, importer: Importer, program: Program) -> None:
        self.importer = importer
        self.program = program
        self.departed = Departed()

    def remember(self, removed: list[tuple[str, str, Any]]) -> None:
        """Keep in mind, weakly, which definitions went: they return when their source does, if somebody holds them."""
        classes = []
        while removed:
            module, name, value = removed.pop()
            if not self._goes_on(module, value):
                self.departed.note(module, name, value)
            if is_a(value, type):
                classes.append(weakref.ref(value))
        value = None
        _let_go(classes)

    def _goes_on(self, module: str, value: Any) -> bool:
        """Whether a definition of which a name is gone has got another name, under which it stands in its module."""
        live = self.program.module(module) if is_a(value, (FunctionType, type)) else None
        return live is not None and live.namespace.get(name_of(value)) is value

    def forget_modules(self, loaded: list[str]) -> list[str]:
        """Modules that a failed edit imported are imported again by the next attempt; returns their files."""
        files = []
        for name in set(sys.modules).difference(loaded):
            if (record := self.importer.records.get(name)) is not None and record.mine:
                files.append(record.path)
                sys.modules.pop(name, None)
                self.importer.forget(name)
                self.program.forget(name)
        return files

    def classes_in(self, names: Iterable[str]) -> list[weakref.ref[type]]:
        """The classes that these modules define, as they are now."""
        return [
            weakref.ref(value)
            for name in names
            if (record := self.importer.records.get(name)) is not None
            for value in list(record.namespace.values())
            if is_a(value, type) and home_of(value) == name
        ]

    def let_go_of_made(self, failed: UnitError) -> None:
        """Classes that a reload made before it failed shall not be subclasses of their bases any more."""
        left = set(map(id, self.classes_in(failed.begun)))  # a class has one plain weak reference
        made = [ref for ref in failed.classes if id(ref) not in left]
        if made:
            gc.collect(1)  # what the reload knew of them
            _let_go(made)


def _let_go(classes: list[weakref.ref[type]]) -> None:
    """Drop the classes that nobody holds."""
    for ref in classes:
        if (cls := ref()) is not None and class_references(cls) == 0:
            cls = None
            drop_class(ref)
