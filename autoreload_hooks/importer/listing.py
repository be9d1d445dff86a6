"""The folders that the user's modules list for what they import, as a package of plugins does: files come and go there.

It must never list a folder while nothing was created or removed in it: one `stat` of each tells that.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import NamedTuple

from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.recordings import ModuleRecord
from autoreload_hooks.recordings.folders import lists_folder, lists_modules, words_in
from autoreload_hooks.sources import changed_at, is_racy, stamp_or_none

Entries = frozenset[str]  # the names of the modules and packages in a folder


class Folder(NamedTuple):
    """What a folder was when it was looked at last."""

    changed: int  #: when it changed last; -1 while that is so short a time ago that it says nothing
    entries: Entries


class Listing:
    """The folders that modules list, and which modules were in these."""

    def __init__(self, is_mine: Callable[[str], bool]) -> None:
        self.fresh: set[str] = set()  #: of what `differing` returned last, those for which that was seen just then
        self._is_mine = is_mine
        self._ran: dict[str, dict[str, Entries]] = {}  # by module: its folders, with what was there when it ran last
        self._folders: dict[str, Folder] = {}

    @property
    def follows(self) -> bool:
        """Whether there is any folder to look at."""
        return bool(self._folders)

    def note(self, record: ModuleRecord) -> None:
        """A module has run: if it lists folders for what it imports, these are looked at from now on."""
        self.forget(record.name)
        self.note_text(record)

    def note_text(self, record: ModuleRecord) -> None:
        """The text of a module is another, or was not seen to run; what it knows of its folders stays."""
        names = words_in(_text(record))
        if not lists_modules(names) and not (lists_folder(names) and "__all__" in names and _exports_modules(record)):
            self.forget(record.name)
            return
        known = self._ran.get(record.name, {})
        folders = {os.path.dirname(record.path), *_packages(record)}
        now = {each: _look(each) for each in folders if self._is_mine(os.path.join(each, "module.py"))}
        self._ran[record.name] = {folder: known.get(folder, look.entries) for folder, look in now.items()}
        for folder, look in now.items():  # after that: another thread may prune
            self._folders.setdefault(folder, look)
        self._prune()

    def may_follow(self, name: str, part: str) -> bool:
        """Whether `note_text` could find anything new of a module of which only a part has another text now."""
        return name in self._ran or bool(words_in(part))

    def forget(self, name: str) -> None:
        """Look for a module no more."""
        if self._ran.pop(name, None) is not None:
            self._prune()

    @property
    def modules(self) -> frozenset[str]:
        """The modules that list folders."""
        return frozenset(self._ran)

    def differing(self) -> list[str]:
        """The modules that list a folder in which modules have come or gone since they ran, until that is settled."""
        self.fresh = set()
        if not self._ran:
            return []
        changed = [folder for folder in list(self._folders) if self._has_changed(folder)]
        if changed:
            importlib.invalidate_caches()  # a folder may have been listed in the very second
        found = [name for name, ran in list(self._ran.items()) if self._differs(ran)]
        self.fresh = {name for name in found if not self._ran[name].keys().isdisjoint(changed)}
        return found

    def settle(self, names: Iterable[str]) -> None:
        """These modules have run again, with what was there when `differing` was asked last."""
        for name in names:
            if (ran := self._ran.get(name)) is not None:
                self._ran[name] = {folder: self._entries(folder, before) for folder, before in ran.items()}

    def _prune(self) -> None:
        """Look no more at folders that nobody lists."""
        listed = {folder for ran in list(self._ran.values()) for folder in ran}
        for folder in [each for each in list(self._folders) if each not in listed]:
            self._folders.pop(folder, None)

    def _has_changed(self, folder: str) -> bool:
        """Whether other modules are in a folder than at the last look; the new look is remembered."""
        before = self._folders.get(folder)
        if before is None or changed_at(folder) == before.changed:
            return False
        now = self._folders[folder] = _look(folder)
        return now.entries != before.entries

    def _differs(self, ran: dict[str, Entries]) -> bool:
        return any(self._entries(folder, before) != before for folder, before in ran.items())

    def _entries(self, folder: str, before: Entries) -> Entries:
        """What is in a folder as of the last look at it."""
        look = self._folders.get(folder)
        return look.entries if look is not None else before


def _text(record: ModuleRecord) -> str:
    """The text of a module, good enough to look for words of Python's own."""
    return record.source.data.decode("latin-1") if record.source is not None else ""


def _exports_modules(record: ModuleRecord) -> bool:
    """Whether a package has its star imports bring modules of its folder, or would if there were any."""
    exported = record.namespace.get("__all__")
    if "__path__" not in record.namespace or not is_a(exported, (list, tuple)):
        return False
    modules = {name.removesuffix(".py") for name in _modules_in(os.path.dirname(record.path))}
    return not exported or any(is_a(name, str) and name in modules for name in exported)


def _packages(record: ModuleRecord) -> Iterator[str]:
    """The folders of the packages that a module knows by a name."""
    for name in record.names or list(record.namespace):
        value = record.namespace.get(name)
        if is_a(value, ModuleType):
            places = ModuleType.__getattribute__(value, "__dict__").get("__path__")
            yield from (each for each in (places if is_a(places, list) else ()) if is_a(each, str))


def _look(folder: str) -> Folder:
    stamp = stamp_or_none(folder)
    if stamp is None:
        return Folder(0, frozenset())
    racy = is_racy(stamp, time.time_ns())
    return Folder(-1 if racy else stamp[0], _modules_in(folder))


def _modules_in(folder: str) -> Entries:
    """The names of the modules and packages in a folder; not what an editor keeps there for the time being."""
    try:
        names = os.listdir(folder)
    except OSError:
        return frozenset()
    modules = {name for name in names if name.endswith(".py") and name[:-3].isidentifier()}
    packages = [name for name in names if name.isidentifier() and not name.startswith("__")]
    return frozenset(modules.union(n for n in packages if os.path.exists(os.path.join(folder, n, "__init__.py"))))
