"""What the user's modules tried to import and did not find: it may appear, as an optional `local_settings.py` does.

It must never search while nothing was created: one `stat` of each folder in which such a module would be tells that.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import NamedTuple


class Wanted(NamedTuple):
    """A module that was not found."""

    importers: dict[str, None]  #: the user's modules that tried to import it
    folders: tuple[str, ...]  #: where it would be


class Missing:
    """The modules that imports of the user's modules did not find."""

    def __init__(self, is_mine: Callable[[str], bool]) -> None:
        self._is_mine = is_mine
        self._wanted: dict[str, Wanted] = {}
        self._stamps: dict[str, int] = {}  # when each of the folders changed last

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
        known = self._wanted.get(name)
        importers = {**(known.importers if known else {}), importer: None}
        self._wanted[name] = Wanted(importers, tuple(folders))
        for folder in folders:
            self._stamps.setdefault(folder, _changed(folder))

    def appeared(self) -> list[str]:
        """The user's modules that tried to import what may be there now; each time that a folder changes anew."""
        if not self._stamps:
            return []
        now = {folder: _changed(folder) for folder in self._stamps}
        if now == self._stamps:
            return []
        self._stamps = now
        return list(self.found())

    def found(self) -> dict[str, list[str]]:
        """By importer, the names of what can be imported now and is not yet."""
        found: dict[str, list[str]] = {}
        for name, wanted in list(self._wanted.items()):
            if name in sys.modules:
                del self._wanted[name]
            elif any(_may_hold(folder, name.rpartition(".")[2]) for folder in wanted.folders):
                for importer in wanted.importers:
                    found.setdefault(importer, []).append(name)
        if found:
            importlib.invalidate_caches()  # a folder may have been listed in the very second
        return found


def _may_hold(folder: str, name: str) -> bool:
    place = os.path.join(folder, name)
    return os.path.exists(f"{place}.py") or os.path.exists(os.path.join(place, "__init__.py"))


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0
