"""Which units may ask modules for names otherwise than by reading a name of their own.

It must never decide whether such a unit reads a certain module's name: `Targets` does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cached_property
from typing import Final, TypeAlias

from autoreload_hooks.outline import Chain, Outline, Unit, imports
from autoreload_hooks.program import LiveModule, Program

from .targets import Asking
from .words import Words

IMPORTS_TEXT: Final = re.compile(r"\b(?:(?:import_module|__import__|getattr)\(|modules\b)")
"""What may give a module that is named in a string."""

Importing: TypeAlias = tuple[LiveModule, Unit, list[ast.Import | ast.ImportFrom]]


class Askers:
    """The units that ask objects for names, each kind found out once for each name."""

    def __init__(
        self,
        program: Program,
        words: Words,
        outline: Callable[[LiveModule], Outline],
        reads_of: Callable[[LiveModule, Unit], frozenset[Chain]],
    ) -> None:
        self.program = program
        self.words = words
        self.outline = outline
        self.reads_of = reads_of
        self._through: list[tuple[LiveModule, Unit]] | None = None
        self._inner_imports: dict[str, list[Importing]] = {}
        self._importing: dict[str, list[Importing]] = {}
        self._askers: dict[str, list[Asking]] = {}

    def forget(self) -> None:
        """Modules came or went."""
        self._askers.clear()
        self._inner_imports.clear()
        self._importing.clear()
        self._through = None
        self.__dict__.pop("_unusual", None)
        self.__dict__.pop("_importing_inside", None)

    def asking(self, name: str) -> list[Asking]:
        """The units that may ask modules for a name, or go through all their names: asked once for all modules."""
        if name not in self._askers:
            units = (
                (live, unit)
                for live in self.words.mentioning(name)
                for unit in self.outline(live).units
                if unit.mentions(name)
            )
            found = [asking for live, unit in units if (asking := self._as_asking(live, unit, name)) is not None]
            self._askers[name] = found + [Asking(live, unit, through=True) for live, unit in self.looking_through()]
        return self._askers[name]

    def looking_through(self) -> list[tuple[LiveModule, Unit]]:
        """The units that go through all names of some object, as `vars(module)` does."""
        if self._through is None:
            lives = [live for live in self._unusual if live.habits.looks_through]
            self._through = [(live, unit) for live in lives for unit in self.outline(live).looking_through]
        return self._through

    def with_inner_imports(self, name: str) -> list[Importing]:
        """The class statements that may import a name: asked once for all modules that the name passes."""
        if name not in self._inner_imports:
            lives = self.words.containing(name, among=self._importing_inside)
            self._inner_imports[name] = [each for live in lives for each in self._importing_classes(live)]
        return self._inner_imports[name]

    def _as_asking(self, live: LiveModule, unit: Unit, name: str) -> Asking | None:
        """How a unit may ask modules for a name, if it may."""
        chains = tuple(chain for chain in self.reads_of(live, unit) if name in chain[1:])
        inside = name in unit.attributes
        by_text = inside and IMPORTS_TEXT.search(unit.text) is not None
        entries = inside and ("[" in unit.text or " in " in unit.text)
        return Asking(live, unit, chains, by_text, entries) if chains or by_text or entries else None

    def _importing_classes(self, live: LiveModule) -> list[Importing]:
        """The class statements of a module that import something."""
        if (known := self._importing.get(live.name)) is None:
            units = (unit for unit in self.outline(live).units if unit.is_class and "import" in unit.text)
            found = [(live, unit, list(imports(unit.node))) for unit in units]
            known = self._importing[live.name] = [each for each in found if each[2]]
        return known

    @cached_property
    def _importing_inside(self) -> list[LiveModule]:
        """The user's modules with imports inside statements."""
        return [live for live in self._unusual if live.habits.inner_imports]

    @cached_property
    def _unusual(self) -> list[LiveModule]:
        """The user's modules with imports inside statements, or that go through the names of something."""
        return self.program.texts.having("unusual", _is_unusual)


def _is_unusual(live: LiveModule) -> bool:
    habits = live.habits
    return habits.inner_imports or habits.looks_through
