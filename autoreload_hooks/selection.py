"""Which modules are followed: the mode, and what the user tagged or excluded by name.

It must never look at a module: it knows names only.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

GLOB_CHARACTERS: Final = frozenset("*?[")


class Mode(enum.Enum):
    """When modules are reloaded; each mode has a word and a number."""

    OFF = "off"  #: never by itself
    EXPLICIT = "explicit"  #: before each cell, what was tagged with `%aimport`
    ALL = "all"  #: before each cell, everything that is not excluded
    COMPLETE = "complete"  #: as ALL; kept because IPython has it

    @classmethod
    def parse(cls, word: str) -> Mode:
        """The mode for a word or a number in any case; ValueError where there is none."""
        wanted = word.strip().lower()
        for number, mode in enumerate(cls):
            if wanted in (mode.value, str(number)):
                return mode
        words = ", ".join(f"{number} or {mode.value}" for number, mode in enumerate(cls))
        raise ValueError(f'Unrecognized autoreload mode "{word}": it is one of now, {words}.')


class Pattern(NamedTuple):
    """A module's name, which stands for everything below it too, or a glob such as `pkg*`."""

    text: str  #: as the user wrote it

    @property
    def is_glob(self) -> bool:
        """Whether any character of the text stands for others."""
        return not GLOB_CHARACTERS.isdisjoint(self.text)

    @property
    def precision(self) -> tuple[int, bool]:
        """How much of a name it spells out: of two patterns that cover a name, the more precise one counts."""
        return sum(character not in GLOB_CHARACTERS for character in self.text), not self.is_glob

    def covers(self, name: str) -> bool:
        """Whether it names the module or a package that the module is in."""
        if not self.is_glob:
            return name == self.text or name.startswith(self.text + ".")
        return any(fnmatchcase(parent, self.text) for parent in _with_parents(name))


class Selection:
    """The mode, and the names that the user tagged or excluded; the most precise name wins."""

    def __init__(self, mode: Mode = Mode.OFF, *, tagged: Iterable[str] = (), skipped: Iterable[str] = ()) -> None:
        self._mode = mode
        self._tagged: set[str] = set()
        self._skipped: set[str] = set()
        self._answers: dict[str, bool] = {}
        self.tag(*tagged)
        self.skip(*skipped)

    def __repr__(self) -> str:
        return f"Selection({self.mode}, tagged={sorted(self.tagged)}, skipped={sorted(self.skipped)})"

    @property
    def mode(self) -> Mode:
        """When modules are reloaded."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        self._answers.clear()

    @property
    def tagged(self) -> frozenset[str]:
        """The names and globs that the user asked to be followed."""
        return frozenset(self._tagged)

    @property
    def skipped(self) -> frozenset[str]:
        """The names and globs that the user asked not to be followed."""
        return frozenset(self._skipped)

    def tag(self, *names: str) -> None:
        """Follow these modules, packages or globs; they are no longer excluded."""
        self._skipped.difference_update(names)
        self._tagged.update(names)
        self._answers.clear()

    def skip(self, *names: str) -> None:
        """Leave these modules, packages or globs alone; they are no longer tagged."""
        self._tagged.difference_update(names)
        self._skipped.update(names)
        self._answers.clear()

    def forget(self, *names: str) -> None:
        """Neither follow nor exclude these names any longer."""
        self._tagged.difference_update(names)
        self._skipped.difference_update(names)
        self._answers.clear()

    def selects(self, name: str) -> bool:
        """Whether a module is reloaded by itself, before a cell."""
        answer = self._answers.get(name)
        if answer is None:
            answer = self._answers[name] = self._selects(name)
        return answer

    def allows(self, name: str) -> bool:
        """Whether a module is reloaded on demand (`%autoreload now`): in every mode, all that is not excluded."""
        return self._wish(name) is not False

    def _selects(self, name: str) -> bool:
        if self._mode is Mode.OFF:
            return False
        if self._mode is Mode.EXPLICIT:
            return self._wish(name) is True
        return self.allows(name)

    def _wish(self, name: str) -> bool | None:
        """What the user said of a module: follow it, leave it alone, or nothing."""
        tag, skip = _precision(self._tagged, name), _precision(self._skipped, name)
        if tag is None and skip is None:
            return None
        # Of a tag and an exclusion that are as precise, the careful one counts.
        return skip is None or (tag is not None and tag > skip)


def is_glob(name: str) -> bool:
    """Whether a name stands for many, such as `pkg*`."""
    return Pattern(name).is_glob


def _precision(texts: Iterable[str], name: str) -> tuple[int, bool] | None:
    """How precisely the best of several patterns names a module; None where none covers it."""
    covering = [pattern.precision for pattern in map(Pattern, texts) if pattern.covers(name)]
    return max(covering, default=None)


def _with_parents(name: str) -> Iterator[str]:
    """`a.b.c`, `a.b`, `a`."""
    while name:
        yield name
        name = name.rpartition(".")[0]
