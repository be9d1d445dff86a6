"""The hook into the import system: it notes what is imported, from which text, and what ran meanwhile.

It must never change what an import does or shows: the loader that was found does the work and is handed back before
the module runs, and whatever goes wrong here only means that less is known.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, ModuleType
from typing import Any

from autoreload_hooks.bindings import BindingTable
from autoreload_hooks.compat.bytecode.imports import ImportSite, import_sites, names_where_imported
from autoreload_hooks.recordings import ModuleRecord, Recorder, Records
from autoreload_hooks.sources import (
    Source,
    Sources,
    cached_agrees,
    cached_code,
    code_of,
    compiled,
    imports_by_text,
    imports_inside,
    process_started,
    read,
)

from .adoption import is_initialising, is_lazy, runs
from .finding import OURS, Finder
from .listing import Listing
from .loading import namespace_of
from .missing import Missing
from .ownership import Ownership

__all__ = ["Importer", "namespace_of"]

NOT_MODULES = ("__main__", "__mp_main__")
"""What runs is no module there."""


class Importer:
    """All tracked modules: their records, sources and bindings, and the hook that keeps them."""

    def __init__(self) -> None:
        self.records = Records()  #: by module name, every tracked module
        self.sources = Sources()
        self.bindings = BindingTable(self._sites_of, self._mentions)
        self.recorder = Recorder(self._reach)
        self.ownership = Ownership()
        self.missing = Missing(self.ownership.is_mine)
        self.listing = Listing(self.ownership.is_mine)
        self.unknown: set[str] = set()  #: adopted modules whose file differs from what runs, with a text nobody knows
        self.order = itertools.count()  #: the sequence number of the next execution
        self.on_reload: Callable[[ModuleType, Callable[[], None]], None] | None = None
        #: is handed each `importlib.reload` of a tracked module, with what would be done by default
        self._finder = Finder(self)
        self._others = self.sources.others
        self._ignored: set[str] = set(NOT_MODULES)
        self._unsettled: set[str] = set()  # adopted while lazy, or while still initialising
        self._seen: tuple[int, str] = (0, "")
        self._started: int | None = None  # when the process began, once that was asked for

    # -- the hook -----------------------------------------------------------------------------------------------
    def install(self) -> None:
        """Stand first on `sys.meta_path`."""
        if not sys.meta_path or sys.meta_path[0] is not self._finder:
            self._remove()
            sys.meta_path.insert(0, self._finder)

    def uninstall(self) -> None:
        """Leave no trace; what is known stays known."""
        self._remove()
        self.recorder.close()
        self.sources.watching.reset()

    @property
    def installed(self) -> bool:
        """Whether imports pass here."""
        return any(finder is self._finder for finder in sys.meta_path)

    def _remove(self) -> None:
        if self.installed:
            sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self._finder]

    def reloaded(self, module: ModuleType, default: Callable[[], None]) -> bool:
        """Hand `importlib.reload` of a tracked module over, if somebody wants it."""
        record = self.records.get(module.__name__)
        if self.on_reload is None or record is None or record.namespace is not namespace_of(module):
            return False
        self.on_reload(module, default)
        return True

    # -- records ------------------------------------------------------------------------------------------------
    def record_for(self, name: str) -> ModuleRecord | None:
        """Return the record of a module; one of a third party's is made when it is first asked for."""
        record = self.records.get(name)
        if record is None and name in self._others:
            record = self._record_other(name, self._others[name])
        return record

    def differing(self) -> list[str]:
        """Return the modules whose files say something else than what runs: the user's first, each with a record.

        Among them are adopted modules that were edited before anybody looked, as long as nothing else ran since.
        """
        names = dict.fromkeys(self.sources.changed())
        names.update((name, None) for name in self.sources.changed_others() if self.record_for(name) is not None)
        if self.unknown:
            self.unknown = {name for name in self.unknown if (r := self.records.get(name)) and r.edited_before}
            names.update(dict.fromkeys(sorted(self.unknown)))
        return list(names)

    def is_mine(self, path: str) -> bool:
        """Is this a file of the user: not of the standard library, nor of an installed package?"""
        return self.ownership.is_mine(path)

    def loaded(self, record: ModuleRecord, sites: tuple[ImportSite, ...] | None) -> None:
        """A module of the user has run; without sites, what it imports is read when somebody asks."""
        name = record.name
        if sites is not None or record.source is None:
            self.bindings.record(name, record.package, sites or (), replace=True)
        else:
            self.bindings.expect(name, record.package)
        if record.source is not None:
            self.sources.watch(name, record.source)
        if "__getattr__" in record.namespace:
            self.recorder.has_module_getattr = True
        if self.unknown:
            self.unknown.discard(name)

    def forget(self, name: str) -> None:
        """Track a module no more."""
        self.records.discard(name)
        self.sources.forget(name)
        self.bindings.forget(name)
        self.listing.forget(name)
        self.unknown.discard(name)
        self._unsettled.discard(name)

    # -- modules that come by other ways ------------------------------------------------------------------------
    def adopt(self, modules: Iterable[ModuleType]) -> None:
        """Track modules that did not come through the finder.

        No module is asked for an attribute, and no file of a third party is looked at.
        """
        folders, others, records, ignored = self.ownership.folders, self._others, self.records, self._ignored
        for module in modules:
            try:
                namespace = namespace_of(module)
            except TypeError:  # sys.modules may hold anything
                continue
            name, path = namespace.get("__name__"), namespace.get("__file__")
            if type(name) is not str or name in others or name in ignored:
                continue
            if type(path) is not str or path[-3:] != ".py":
                ignored.add(name)
                continue
            mine = folders.get(path.rpartition(os.sep)[0])
            if mine is None:
                mine = self.is_mine(path)
            if not mine and name[: len(OURS)] == OURS:
                ignored.add(name)
            elif not mine:
                others[name] = path
            elif name not in records or records[name].namespace is not namespace:
                self._adopt(name, path, module, namespace)

    def notice(self) -> None:
        """Adopt what has come into `sys.modules` by other ways since the last time, and forget what has gone.

        Costs nothing while `sys.modules` is as it was. The finder takes the first place again if others came before.
        """
        modules = sys.modules
        seen = len(modules), next(reversed(modules), "")
        if seen == self._seen and not self._unsettled:
            return
        self._seen = seen
        if self.installed:
            self.install()
        self._settle()
        records, others, ignored = self.records, self._others, self._ignored
        new = [
            (name, module)
            for name, module in list(modules.items())
            if name not in records and name not in others and name not in ignored
        ]
        self.adopt([module for _, module in new])
        followed = (records, others, self._unsettled)
        ignored.update(name for name, _ in new if not any(name in names for names in followed))
        for name in [name for name in records if name not in modules]:
            self.forget(name)

    def _settle(self) -> None:
        """Look again at modules that had not run, or not to the end."""
        for name in list(self._unsettled):
            record, module = self.records.get(name), sys.modules.get(name)
            if record is not None:
                record.initialising = is_initialising(record.namespace)
                if not record.initialising:
                    self._unsettled.discard(name)
            elif module is None or not is_lazy(module):
                self._unsettled.discard(name)

    def _adopt(self, name: str, path: str, module: ModuleType, namespace: dict[str, Any]) -> None:
        """Track a module of the user that has run already, or is running in another thread."""
        if is_lazy(module):
            self._unsettled.add(name)
            return
        try:
            source = read(path)
        except OSError:
            return
        package = namespace.get("__package__")
        record = self.records[name] = ModuleRecord(
            name, path, True, next(self.order), package if isinstance(package, str) else None, namespace,
            initialising=is_initialising(namespace), source=source,
        )  # fmt: skip
        if record.initialising:
            self._unsettled.add(name)
        if "__getattr__" in namespace:
            self.recorder.has_module_getattr = True
        if self._started is None:
            self._started = process_started()
        if runs(source, namespace, self._started):
            self.bindings.expect(name, record.package)
        else:
            record.edited_before = True
            record.old_code = cached_code(path)
            self.unknown.add(name)
            self.bindings.record(name, record.package, _sites(source, record.old_code), replace=True)
        self.sources.watch(name, source)
        self.listing.note_text(record)

    def _record_other(self, name: str, path: str) -> ModuleRecord | None:
        """The record of a third-party module: what its `.pyc` says stands for the text that runs."""
        try:
            namespace = namespace_of(sys.modules.get(name))
        except TypeError:
            return None
        package = namespace.get("__package__")
        record = self.records[name] = ModuleRecord(
            name, path, False, next(self.order), package if isinstance(package, str) else None, namespace,
            source=self.sources.source(name), old_code=cached_code(path, self.sources.stamp(name)),
        )  # fmt: skip
        return record

    # -- answers for the lower layers ---------------------------------------------------------------------------
    def _sites_of(self, name: str) -> tuple[ImportSite, ...]:
        """What a module imports, read from the code that runs."""
        record = self.records.get(name)
        if record is None or record.source is None:
            return ()
        code = code_of(record.source)
        if code is None:
            return ()
        if not record.edited_before:  # while the code is at hand
            from autoreload_hooks.compat.bytecode import names

            record.known = names(code)
        return import_sites(code)

    def must_compile(self, name: str) -> bool:
        """Would telling what a module imports take compiling its text, as no `.pyc` says it?

        Compiling silently sets the filters of `warnings`, which are the whole process's: no work for another thread.
        """
        record = self.records.get(name)
        source = record.source if record is not None else None
        return source is not None and self.bindings.is_expected(name) and not cached_agrees(source)

    def _mentions(self, name: str, word: str) -> bool:
        """Could the text of a module have this name in it?"""
        record = self.records.get(name)
        if record is None or record.source is None:
            return False
        data = record.source.data
        return word.encode() in data or not data.isascii()  # Python folds some letters into others

    def _reach(self, names: Iterable[str] | None, done: set[str]) -> Iterator[ModuleRecord]:
        """The records of modules and of all that they import, without those that are done, which it adds to."""
        records = self.records
        todo = list(records if names is None else names)
        while todo:
            name = todo.pop()
            record = records.get(name)
            if record is None or name in done:
                continue
            done.add(name)
            yield record
            if names is not None:
                todo += self._named(record)
                if record.mine and record.by_text:  # then it may import any of the user's
                    todo += [other.name for other in records.values() if other.mine and other.name not in done]

    def _named(self, record: ModuleRecord) -> Iterator[str]:
        """The tracked modules that a module's top-level code names, so all that it imports, and perhaps some more.

        Reading its imports exactly would cost more than looking at a few modules too many.
        """
        if not record.names:
            yield from self.bindings.imported_modules(record.name)
            return
        records, prefix = self.records, ""
        packages = list(_parents(record.package))
        names = (*record.names, *_imported_inside(record))
        for prefix in ("", *(package + "." for package in packages)):
            for name in names:
                found = records.get(prefix + name)
                if found is not None:
                    yield found.name
                    if found.package == found.name:  # from package import module
                        packages.append(found.name)
                elif "." in name:
                    yield from _parents(name)
        for package in packages:
            yield package
            yield from [name for name in [f"{package}.{name}" for name in names] if name in records]


def _parents(name: str | None) -> Iterator[str]:
    """Yield a package's name and those of the packages around it."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _imported_inside(record: ModuleRecord) -> set[str]:
    """The names in a module's functions that import something; found out once, and mostly by a look at the text."""
    if record.inner_names is None:
        data = record.source.data if record.source is not None else b""
        record.by_text = imports_by_text(data)
        codes = [code for ref in record.codes if (code := ref()) is not None] if imports_inside(data) else []
        record.inner_names = names_where_imported(codes)
    return record.inner_names


def _sites(source: Source, code: CodeType | None) -> tuple[ImportSite, ...]:
    """What a module imports, as its code says; without code the source is compiled."""
    code = code or compiled(source)
    return import_sites(code) if code is not None else ()
