"""Which functions ran inside which units, and which names they mention.

It must never look at a live object: code objects and units are all it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import CodeType
from typing import Final

from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, with_nested

from .targets import LOOKERS, mentions_within

FEW: Final = 3
"""So many names are looked for in one code object after another; for more, the names of each are listed."""


class Ran:
    """The code objects that ran inside units, each held once.

    Of a module that was not edited it is enough to know what ran in it, until somebody asks in which unit: so that
    an edit does not take the outlines of all modules. `spread` then enters the module's units.
    """

    def __init__(self, spread: Callable[[LiveModule], None]) -> None:
        self._spread = spread
        self._within: dict[int, list[LiveModule]] = {}  # by the code object's id: the modules that are not spread
        self._whole: set[str] = set()  # their names
        self.codes: dict[int, CodeType] = {}  #: by id
        self._units: dict[int, dict[Unit, LiveModule]] = {}  # by the code object's id
        self._ids: dict[Unit, list[int]] = {}  # what ran in each unit
        self._asked: set[str] = set()
        self._naming: dict[str, dict[int, None]] | None = None  # by name, the ids of those that mention it, in order
        self._lookers: dict[int, None] = {}  # those that may look for any name

    def enter(self, live: LiveModule, unit: Unit, codes: Iterable[CodeType]) -> None:
        """These ran inside a unit, besides what is known to have run there."""
        for code in codes:
            self._keep(code)
            self._units[id(code)][unit] = live
            self._ids.setdefault(unit, []).append(id(code))

    def enter_module(self, live: LiveModule, codes: Iterable[CodeType]) -> None:
        """These ran in units of a module."""
        self._whole.add(live.name)
        for code in codes:
            self._keep(code)
            self._within.setdefault(id(code), []).append(live)

    def spread(self, live: LiveModule) -> None:
        """Enter the units of a module, if only the module was entered."""
        if live.name in self._whole:
            self._whole.remove(live.name)
            self._spread(live)

    def _keep(self, code: CodeType) -> None:
        if id(code) not in self.codes:
            self.codes[id(code)] = code
            self._units[id(code)] = {}
            if self._naming is not None:
                self._list(code, self._naming)

    def leave(self, unit: Unit) -> None:
        """A unit is going to run, or has run, anew: what ran in it before counts no more."""
        for key in self._ids.pop(unit, ()):
            self._units[key].pop(unit, None)

    def units(self, key: int) -> list[tuple[LiveModule, Unit]]:
        """The units inside which the code object of an id ran."""
        for live in self._within.pop(key, ()):
            self.spread(live)
        return [(live, unit) for unit, live in self._units.get(key, {}).items()]

    def codes_in(self, unit: Unit) -> list[CodeType]:
        """What ran in a unit."""
        return [self.codes[key] for key in self._ids.get(unit, ())]

    def mentioning(self, name: str) -> list[CodeType]:
        """The code objects that mention a name, themselves or within, or may look for names that they are told."""
        if self._naming is None:
            self._asked.add(name)
            if len(self._asked) <= FEW:
                return [code for code in self.codes.values() if _may_look_at(code, name)]
            self._naming = {}
            for code in self.codes.values():
                self._list(code, self._naming)
        return [self.codes[key] for key in {**self._naming.get(name, {}), **self._lookers}]

    def _list(self, code: CodeType, naming: dict[str, dict[int, None]]) -> None:
        key = id(code)
        if not LOOKERS.isdisjoint(code.co_names):
            self._lookers[key] = None
        for name in {name for inner in with_nested([code]) for name in inner.co_names}:
            naming.setdefault(name, {})[key] = None


def _may_look_at(code: CodeType, name: str) -> bool:
    return name in code.co_names or not LOOKERS.isdisjoint(code.co_names) or mentions_within(code, name)
