"""The folders that the user's modules list for what they import, as a package of plugins does: files come and go there.

It must never list a folder while nothing was created or removed in it: one `stat` of each tells that.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Final

from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.outline import LISTS
from autoreload_hooks.recordings import ModuleRecord

_FOR_IMPORTS: Final = frozenset({"__path__", "__file__", "import_module", "__import__"})
"""What says that these are modules: who lists his data has nothing of it."""


class Listing:
    """The folders that modules list, and which modules were in these."""

    def __init__(self, is_mine: Callable[[str], bool]) -> None:
        self._is_mine = is_mine
        self._folders: dict[str, set[str]] = {}  # by module
        self._stamps: dict[str, int] = {}  # when each of the folders changed last
        self._entries: dict[str, frozenset[str]] = {}
        self._failed: dict[str, list[int]] = {}  # by module that failed with new files, when these changed last

    def note(self, record: ModuleRecord) -> None:
        """A module has run: if it lists folders for what it imports, these are looked at from now on."""
        codes = [code for ref in record.codes if (code := ref()) is not None]
        names = [record.names, *(code.co_names for code in codes)]
        if all(map(LISTS.isdisjoint, names)) or all(map(_FOR_IMPORTS.isdisjoint, names)):
            self._folders.pop(record.name, None)
            return
        folders = {os.path.dirname(record.path), *_packages(record)}
        self._folders[record.name] = {each for each in folders if self._is_mine(os.path.join(each, "module.py"))}
        for folder in self._folders[record.name]:
            self._stamps[folder] = _changed(folder)
            self._entries[folder] = _modules_in(folder)

    @property
    def modules(self) -> frozenset[str]:
        """The modules that list folders."""
        return frozenset(self._folders)

    def differing(self) -> list[str]:
        """The modules that list a folder in which a module has come or gone since this was asked; once for each."""
        if not self._folders:
            return []
        found = set()
        for folder, before in list(self._stamps.items()):
            now = _changed(folder)
            if now != before:
                self._stamps[folder] = now
                entries = _modules_in(folder)
                if entries != self._entries[folder]:
                    self._entries[folder] = entries
                    found.add(folder)
        mended = {name for name, stamps in self._failed.items() if self._files(name) != stamps}
        if found or mended:
            importlib.invalidate_caches()  # a folder may have been listed in the very second
        return [name for name, each in self._folders.items() if name in mended or not found.isdisjoint(each)]

    def settle(self, names: Iterable[str], *, failed: bool) -> None:
        """These modules have run again, or have failed: then they are to try again when a file is mended."""
        for name in names:
            self._failed.pop(name, None)
            if failed:
                self._failed[name] = self._files(name)

    def _files(self, module: str) -> list[int]:
        folders = self._folders.get(module, ())
        return [_changed(os.path.join(each, name)) for each in folders for name in sorted(self._entries[each])]


def _packages(record: ModuleRecord) -> Iterator[str]:
    """The folders of the packages that a module knows by a name."""
    for name in record.names:
        value = record.namespace.get(name)
        if is_a(value, ModuleType):
            places = ModuleType.__getattribute__(value, "__dict__").get("__path__")
            yield from (each for each in (places if is_a(places, list) else ()) if is_a(each, str))


def _modules_in(folder: str) -> frozenset[str]:
    """The names of the modules and packages in a folder; not what an editor keeps there for the time being."""
    try:
        names = os.listdir(folder)
    except OSError:
        return frozenset()
    modules = {name for name in names if name.endswith(".py") and name[:-3].isidentifier()}
    packages = [name for name in names if name.isidentifier() and not name.startswith("__")]
    return frozenset(modules.union(n for n in packages if os.path.exists(os.path.join(folder, n, "__init__.py"))))


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0
