"""In which modules' texts a name occurs.

It must never leave out a module that may read the name: edited ones, and those without a text at hand, are among them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from autoreload_hooks.program import LiveModule, Program
from autoreload_hooks.sources import Source

FEW: Final = 30
"""So many names are looked for in the sources as they are; for more, the words of each source are listed."""


class Words:
    """The texts of the user's modules, asked for many names in one reload."""

    def __init__(self, program: Program, edited: Collection[str]) -> None:
        self.program = program
        self.edited = edited
        self._asked: set[str] = set()
        self._mentions: dict[str, list[LiveModule]] = {}
        self._words: dict[bytes, list[LiveModule]] | None = None  # the modules in whose source each occurs
        self._data: dict[str, tuple[Source, bytes]] = {}  # by module: its source, and that unpacked

    def forget(self) -> None:
        """Modules came or went."""
        self._mentions.clear()
        self._words = None

    def mentioning(self, name: str) -> list[LiveModule]:
        """The modules that may read a name as an attribute: asked once for all modules that the name passes."""
        if name not in self._mentions:
            lives = self.program.mine() if self._are_few(name) else self.containing(name)
            self._mentions[name] = [live for live in lives if live.may_ask_for(name, self._data_of)]
        return self._mentions[name]

    def containing(self, name: str, *, among: list[LiveModule] | None = None) -> list[LiveModule]:
        """The modules in whose source a name occurs, and those that were edited."""
        if self._are_few(name):
            lives = self.program.mine() if among is None else among
            return [live for live in lives if live.name in self.edited or live.mentions_name(name)]
        if self._words is None:
            self._words = {}
            for live in self.program.mine():
                words = live.words() if live.name not in self.edited else None
                for word in (b"",) if words is None else words:
                    self._words.setdefault(word, []).append(live)
        found = self._words.get(name.encode(), []) + self._words.get(b"", [])
        return found if among is None else [live for live in found if live in among]

    def _data_of(self, live: LiveModule) -> bytes | None:
        """A module's source, unpacked once where many names are asked for; None where it is not at hand."""
        source = live.record.source
        if self._words is None or source is None:
            return None
        known = self._data.get(live.name)
        if known is None or known[0] is not source:
            self._data[live.name] = known = source, source.data
        return known[1]

    def _are_few(self, name: str) -> bool:
        """Whether few names have been asked for yet, this one included: then each source is asked, else its words."""
        self._asked.add(name)
        return self._words is None and len(self._asked) <= FEW
