"""What the user's modules tried to import and did not find: it may appear, as an optional `local_settings.py` does.

It must never search while nothing was created: one `stat` of each folder in which such a module would be tells that.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FrameType

from autoreload_hooks.sources import changed_at


@dataclass(eq=False)
class Wanted:
    """A module that was not found."""

    folders: tuple[str, ...]  #: where it would be
    importers: set[str] = field(default_factory=set)  #: the user's modules that tried to import it
    tried: int = 0  #: the stamp of the file that was there when they tried last


class Missing:
    """The modules that imports of the user's modules did not find."""

    def __init__(self, is_mine: Callable[[str], bool]) -> None:
        self._is_mine = is_mine
        self._wanted: dict[str, Wanted] = {}
        self._stamps: dict[str, int] = {}  # when each of the folders changed last
        self._waits = False  # whether something has appeared that was not imported yet

    def note(self, name: str, path: Iterable[str] | None, frame: FrameType | None) -> None:
        """No finder has found a module; `frame` is that of who asked, or of importlib below it."""
        while frame is not None and frame.f_code.co_filename.startswith("<frozen"):
            frame = frame.f_back
        importer = frame.f_globals.get("__name__") if frame is not None and frame.f_code.co_name == "<module>" else None
        if frame is None or not isinstance(importer, str) or not self._is_mine(frame.f_code.co_filename):
            return
        last = name.rpartition(".")[2]
        folders = [os.path.abspath(each) for each in (sys.path if path is None else path) if isinstance(each, str)]
        folders = [each for each in dict.fromkeys(folders) if self._is_mine(os.path.join(each, f"{last}.py"))]
        self._wanted.setdefault(name, Wanted(tuple(folders))).importers.add(importer)
        for folder in folders:
            self._stamps.setdefault(folder, changed_at(folder))

    def appeared(self) -> list[str]:
        """The user's modules that tried to import what may be there now; each time that a folder changes anew."""
        if not self._stamps:
            return []
        now = {folder: changed_at(folder) for folder in self._stamps}
        if now == self._stamps:
            return []
        self._stamps = now
        found = list(self.found())
        self._waits = bool(found)
        return found

    def untried(self) -> list[str]:
        """The modules of which that was said and that have not run again since, as they failed or are not followed."""
        found = list(self._found()) if self._waits else []
        self._waits = bool(found)
        return found

    def found(self) -> dict[str, list[str]]:
        """By importer, the names of what can be imported now, is not yet, and has not been tried as it is."""
        found = self._found()
        if found:
            importlib.invalidate_caches()  # a folder may have been listed in the very second
        return found

    def _found(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, wanted in list(self._wanted.items()):
            if name in sys.modules:
                del self._wanted[name]
            elif _file_of(name, wanted.folders) not in (0, wanted.tried):
                for importer in wanted.importers:
                    found.setdefault(importer, []).append(name)
        return found

    def settle(self, names: Iterable[str]) -> None:
        """Modules have run again with these there: those that they have not imported then are not tried once more."""
        for name in names:
            if (wanted := self._wanted.get(name)) is not None:
                wanted.tried = _file_of(name, wanted.folders)


def _file_of(name: str, folders: Iterable[str]) -> int:
    """When the file that a module would be was changed last; 0 if there is none."""
    last = name.rpartition(".")[2]
    places = (os.path.join(folder, last) for folder in folders)
    return next(filter(None, (changed_at(f"{p}.py") or changed_at(os.path.join(p, "__init__.py")) for p in places)), 0)
