"""The hook into the import system: it notes what is imported, from which text, and what ran meanwhile.

It must never change what an import does or shows: the loader that was found does the work and is handed back before
the module runs, and whatever goes wrong here only means that less is known.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import marshal
import os
import site
import sys
import sysconfig
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.machinery import BYTECODE_SUFFIXES, SOURCE_SUFFIXES, ModuleSpec, SourceFileLoader
from types import CodeType, FrameType, ModuleType
from typing import Any, Final, TypeVar

from .bindings import BindingTable, modules_of
from .compat import ImportSite, import_sites
from .recordings import ModuleRecord, Recorder, Run, can_call, function_codes
from .sources import Source, Sources, cached_agrees, cached_code, read

F = TypeVar("F", bound=Callable[..., Any])

_bootstrap: Final[Any] = importlib._bootstrap  # type: ignore[attr-defined]
_external: Final[Any] = importlib._bootstrap_external  # type: ignore[attr-defined]

namespace_of: Final[Callable[[ModuleType], dict[str, Any]]] = ModuleType.__dict__["__dict__"].__get__
"""A module's `__dict__`, past any `__getattribute__` of its own: lazy modules load at any other touch."""

_PLAIN: Final = ("get_code", "get_data", "path_stats", "exec_module", "source_to_code")
_HEADER_SIZE: Final = 16
_SECOND: Final = 1_000_000_000


def within_importlib(function: F) -> F:
    """Have a function's frames count as the import system's own.

    Python cuts these from tracebacks, and warnings that point to the importer of a module skip them; both go by the
    file name of the code. https://github.com/python/cpython/blob/3.13/Python/import.c (remove_importlib_frames)
    """
    name = _external.SourceFileLoader.get_filename.__code__.co_filename
    function.__code__ = function.__code__.replace(co_filename=name)  # type: ignore[attr-defined]
    return function


class Finder:
    """Stands first on `sys.meta_path`, lets the others find, and arranges to see what they found run."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer

    @within_importlib
    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return what the finders after this one find."""
        finders = iter(sys.meta_path)
        for finder in finders:
            if finder is self:
                break
        for finder in finders:
            try:
                find_spec = finder.find_spec
            except AttributeError:
                continue
            spec: ModuleSpec | None = find_spec(fullname, path, target)
            if spec is not None:
                self._importer.found(fullname, spec, target)
                return spec
        return None

    def invalidate_caches(self) -> None:
        """Keep nothing that could be out of date."""


class _Proxy:
    """Stands in for a loader that several modules share, until the module runs."""

    def __init__(self, importer: Importer, loader: Any, *, again: bool) -> None:
        self._importer, self._loader, self._again = importer, loader, again

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    @within_importlib
    def create_module(self, spec: ModuleSpec) -> Any:
        """Have the loader itself create the module."""
        create = getattr(self._loader, "create_module", None)
        return create(spec) if create is not None else None

    @within_importlib
    def exec_module(self, module: ModuleType) -> None:
        """Give the loader its place back, and have it run the module."""
        spec = module.__spec__
        if spec is not None and spec.loader is self:
            spec.loader = self._loader
        if getattr(module, "__loader__", None) is self:
            module.__loader__ = self._loader
        run_module(self._importer, self._loader, self._again, module)


@within_importlib
def run_attached(importer: Importer, loader: Any, again: bool, module: ModuleType) -> None:
    """Be the `exec_module` of one loader, once."""
    loader.__dict__.pop("exec_module", None)
    run_module(importer, loader, again, module)


@within_importlib
def run_module(importer: Importer, loader: Any, again: bool, module: ModuleType) -> None:
    """Run a module as its loader would, and note what happens; `again` is true for `importlib.reload`."""
    if again and importer.reloaded(module, partial(run_recorded, importer, loader, module)):
        return
    run_recorded(importer, loader, module)


@within_importlib
def run_recorded(importer: Importer, loader: Any, module: ModuleType) -> None:
    """Run a module and note what happens."""
    load = Load(importer, loader, module)
    try:
        if load.runs_itself:
            code = load.cached_code() or loader.get_code(load.name)
            if code is None:
                raise ImportError(f"cannot load module {load.name!r} when get_code() returns None")
            load.start(code)
            _bootstrap._call_with_frames_removed(exec, code, module.__dict__)
        else:
            load.attach()
            loader.exec_module(module)
    except BaseException:
        load.fail()
        raise
    load.finish()


@within_importlib
def attached_get_code(load: Load, name: str) -> CodeType | None:
    """Be the `get_code` of a loader whose own `exec_module` runs the module."""
    load.detach()
    code: CodeType | None = load.loader.get_code(name)
    if code is not None and name == load.name:
        load.start(code)
    return code


class Load:
    """One execution of one of the user's modules."""

    __slots__ = ("before", "code", "importer", "loader", "module", "name", "record", "run", "runs_itself", "sites", "source")

    def __init__(self, importer: Importer, loader: Any, module: ModuleType) -> None:
        self.importer, self.loader, self.module = importer, loader, module
        self.name: str = module.__name__
        self.run: Run | None = None
        self.sites: tuple[ImportSite, ...] = ()
        self.record: ModuleRecord | None = None
        self.before: ModuleRecord | None = None
        kind = type(loader)
        self.runs_itself: bool = kind is SourceFileLoader or kind.exec_module is _external._LoaderBasics.exec_module
        path = getattr(module, "__file__", None) if kind is not SourceFileLoader else loader.path
        self.source: Source | None = None
        try:
            self.source = read(path)  # before the code is compiled or found: a later save has another stamp
        except (OSError, TypeError, ValueError):  # in an archive, or made up
            pass

    def cached_code(self) -> CodeType | None:
        """Return the module's code from its `.pyc` if that is what the loader would do, else None.

        The same checks as `SourceLoader.get_code` makes, but of the source that has just been read.
        """
        loader, source = self.loader, self.source
        if type(loader) is not SourceFileLoader or source is None or source.stamp is None or not self.importer.plain():
            return None
        spec = self.module.__spec__
        try:
            descriptor = os.open(spec.cached, os.O_RDONLY | os.O_CLOEXEC)  # type: ignore[union-attr, arg-type]
            try:
                status = os.fstat(descriptor)
                data = os.read(descriptor, status.st_size)
            finally:
                os.close(descriptor)
            mtime, _, size, _ = source.stamp
            if data[:_HEADER_SIZE] != self.importer.magic + ((mtime // _SECOND & 0xFFFFFFFF) | (size & 0xFFFFFFFF) << 32).to_bytes(8, "little"):
                return None
            if 0 < mtime - status.st_mtime_ns < _SECOND:  # saved again within the second that the .pyc knows
                return self._compiled(source)
            code: CodeType = marshal.loads(memoryview(data)[_HEADER_SIZE:])
        except (AttributeError, OSError, TypeError, ValueError, EOFError):
            return None
        return code if type(code) is CodeType and code.co_filename == source.path else None

    def _compiled(self, source: Source) -> CodeType | None:
        try:
            code: CodeType = self.loader.source_to_code(source.data, source.path)
        except SyntaxError:  # the loader will say so itself
            return None
        return code

    def attach(self) -> None:
        """See the module's code when the loader asks itself for it."""
        if hasattr(self.loader, "__dict__") and hasattr(self.loader, "get_code"):
            self.loader.get_code = partial(attached_get_code, self)

    def detach(self) -> None:
        """Leave the loader as it was."""
        getattr(self.loader, "__dict__", {}).pop("get_code", None)

    def start(self, code: CodeType) -> None:
        """The code is known and about to run."""
        importer = self.importer
        self.before = importer.records.get(self.name)
        self.code = code
        try:
            record = self.record = importer.new_record(self.name, self.module, self.source)
            record.codes = [weakref.ref(inner) for inner in function_codes(code)]
            self.sites = import_sites(code)
            importer.records[self.name] = record
            recorder = importer.recorder
            if recorder.active or recorder.has_module_getattr or can_call(code):
                package = record.package
                self.run = recorder.begin(code, [name for site in self.sites for name in modules_of(site, package)])
                record.complete = self.run is not None
            else:
                record.complete = True
        except Exception:  # a fault of ours must not become one of the import
            self.run = None

    def fail(self) -> None:
        """The module did not load: nothing of it stays."""
        self.detach()
        self.importer.recorder.end(self.run)
        if self.record is not None and self.importer.records.get(self.name) is self.record:
            del self.importer.records[self.name]
            if self.before is not None:
                self.importer.records[self.name] = self.before

    def finish(self) -> None:
        """The module has loaded."""
        self.detach()
        importer = self.importer
        try:
            if self.run is not None and self.record is not None:
                importer.recorder.end(self.run)
                self.record.complete = self.run.complete
                if self.run.hits:
                    self.record.ran = self.run.lines()
            if self.record is not None:
                self.record.initialising = False
                importer.loaded(self.record, self.sites)
            else:
                importer.adopt([self.module])
        except Exception:  # a fault of ours must not become one of the import
            importer.records.pop(self.name, None)


class Importer:
    """All tracked modules: their records, sources and bindings, and the hook that keeps them."""

    def __init__(self) -> None:
        self.records: dict[str, ModuleRecord] = {}  #: by module name, every tracked module
        self.sources = Sources()
        self.bindings = BindingTable()
        self.recorder = Recorder(self._reach)
        self.on_reload: Callable[[ModuleType, Callable[[], None]], None] | None = None
        self.magic: Final = importlib.util.MAGIC_NUMBER + bytes(4)
        self._finder = Finder(self)
        self._order = itertools.count()
        self._folders: dict[str, bool] = {}
        self._roots = installed_roots()
        self._others = self.sources.others
        self._ignored: set[str] = {"__main__", "__mp_main__"}
        self._seen: tuple[int, str] = (0, "")
        self._plain = [(name, getattr(SourceFileLoader, name)) for name in _PLAIN]

    # -- the hook -----------------------------------------------------------------------------------------------
    def install(self) -> None:
        """Stand first on `sys.meta_path`."""
        if not sys.meta_path or sys.meta_path[0] is not self._finder:
            self._remove()
            sys.meta_path.insert(0, self._finder)  # type: ignore[arg-type]

    def uninstall(self) -> None:
        """Leave no trace; what is known stays known."""
        self._remove()
        self.recorder.close()

    @property
    def installed(self) -> bool:
        """Whether imports pass here."""
        return any(finder is self._finder for finder in sys.meta_path)

    def _remove(self) -> None:
        finders = [finder for finder in sys.meta_path if finder is not self._finder]
        if len(finders) != len(sys.meta_path):
            sys.meta_path[:] = finders

    def found(self, name: str, spec: ModuleSpec, target: ModuleType | None) -> None:
        """A spec was found: arrange to see the module run if it is the user's, note its file otherwise."""
        origin = spec.origin
        if origin is None or not spec.has_location:
            return
        mine = self._folders.get(origin.rpartition(os.sep)[0])
        if mine is None:
            mine = self.is_mine(origin)
        if not mine:
            if origin.endswith(".py"):
                self._others[name] = origin
        elif self._is_import(name, target):
            self._wrap(name, spec, again=target is not None)

    def _wrap(self, name: str, spec: ModuleSpec, *, again: bool) -> None:
        loader: Any = spec.loader
        kind = type(loader)
        if kind is SourceFileLoader:
            loader.exec_module = partial(run_attached, self, loader, again)
        elif kind is importlib.util.LazyLoader:
            self._wrap_lazy(loader)
        elif not hasattr(kind, "exec_module") or not spec.origin or not spec.origin.endswith(tuple(SOURCE_SUFFIXES)):
            return
        elif getattr(loader, "name", None) == name and hasattr(loader, "__dict__"):
            loader.exec_module = partial(run_attached, self, loader, again)
        else:
            spec.loader = _Proxy(self, loader, again=again)  # type: ignore[assignment]

    def _wrap_lazy(self, lazy: Any) -> None:
        """See a lazy module run when its time comes: the loader inside does it."""
        inner = lazy.loader
        if isinstance(inner, SourceFileLoader):
            inner.exec_module = partial(run_attached, self, inner, False)  # type: ignore[method-assign]

    def _is_import(self, name: str, target: ModuleType | None) -> bool:
        """Will the spec be executed? `importlib.util.find_spec`, `pkgutil` and `runpy` only look."""
        if target is not None:
            return True
        frame: FrameType | None = sys._getframe(3)
        while frame is not None:
            if frame.f_code is _FIND_AND_LOAD:
                return bool(frame.f_locals.get("name") == name)
            if frame.f_code.co_name == "<module>":
                return False
            frame = frame.f_back
        return False

    def plain(self) -> bool:
        """Is the loader of source files as Python made it, and is nobody watching what it does?"""
        return not sys.flags.verbose and all(getattr(SourceFileLoader, name) is value for name, value in self._plain)

    def reloaded(self, module: ModuleType, default: Callable[[], None]) -> bool:
        """Hand `importlib.reload` of a tracked module over, if somebody wants it."""
        record = self.records.get(module.__name__)
        if self.on_reload is None or record is None or record.namespace is not namespace_of(module):
            return False
        self.on_reload(module, default)
        return True

    # -- records ------------------------------------------------------------------------------------------------
    def new_record(self, name: str, module: ModuleType, source: Source | None) -> ModuleRecord:
        """Return the record of one of the user's modules that is about to run."""
        spec = module.__spec__
        path = source.path if source is not None else str(getattr(module, "__file__", ""))
        package = spec.parent if spec is not None else name.rpartition(".")[0]
        return ModuleRecord(
            name, path, True, next(self._order), package, namespace_of(module), initialising=True, source=source
        )

    def loaded(self, record: ModuleRecord, sites: tuple[ImportSite, ...]) -> None:
        """A module of the user has run."""
        self.bindings.record(record.name, record.package, sites, replace=True)
        if record.source is not None:
            self.sources.watch(record.name, record.source, mine=True)
        if not self.recorder.has_module_getattr and "__getattr__" in record.namespace:
            self.recorder.has_module_getattr = True

    def record_for(self, name: str) -> ModuleRecord | None:
        """Return the record of a module; one of a third party's is made when it is asked for."""
        record = self.records.get(name)
        if record is None and name in self._others:
            record = self._record_other(name, self._others[name])
        return record

    def is_mine(self, path: str) -> bool:
        """Is this a file of the user: not of the standard library, nor of an installed package?"""
        folder = path.rpartition(os.sep)[0]
        mine = self._folders.get(folder)
        if mine is None:
            mine = self._folders[folder] = is_users(folder, self._roots)
        return mine

    def adopt(self, modules: Iterable[ModuleType]) -> None:
        """Track modules that did not come through the finder.

        No module is asked for an attribute, and no file of a third party is looked at.
        """
        folders, others, records, ignored = self._folders, self._others, self.records, self._ignored
        for module in modules:
            try:
                namespace = namespace_of(module)
            except TypeError:  # sys.modules may hold anything
                continue
            name, path = namespace.get("__name__"), namespace.get("__file__")
            if type(name) is not str or name in others:
                continue
            if type(path) is not str or path[-3:] != ".py" or name in ignored:
                ignored.add(name)
                continue
            mine = folders.get(path.rpartition(os.sep)[0])
            if mine is None:
                mine = self.is_mine(path)
            if not mine:
                others[name] = path
            elif name not in records or records[name].namespace is not namespace:
                self._adopt(name, path, module, namespace)

    def notice(self) -> None:
        """Adopt what has come into `sys.modules` by other ways since the last time, and forget what has gone."""
        modules = sys.modules
        seen = len(modules), next(reversed(modules), "")
        if seen == self._seen:
            return
        self._seen = seen
        records, others, ignored = self.records, self._others, self._ignored
        self.adopt(
            module
            for name, module in list(modules.items())
            if name not in records and name not in others and name not in ignored
        )
        for name in [name for name in records if name not in modules]:
            self.forget(name)

    def forget(self, name: str) -> None:
        """Track a module no more."""
        self.records.pop(name, None)
        self.sources.forget(name)
        self.bindings.forget(name)

    def _adopt(self, name: str, path: str, module: ModuleType, namespace: dict[str, Any]) -> None:
        """Track a module of the user that has run already, or is about to in another thread."""
        if type(module) is not ModuleType and type(module).__name__ == "_LazyModule":
            return  # not loaded yet
        spec = namespace.get("__spec__")
        try:
            source = read(path)
        except OSError:
            return
        package = namespace.get("__package__")
        record = ModuleRecord(
            name, path, True, next(self._order), package if isinstance(package, str) else None, namespace,
            initialising=bool(getattr(spec, "_initializing", False)), source=source,
        )  # fmt: skip
        agrees = cached_agrees(source)
        if agrees is False:
            record.edited_before = True
            record.old_code = cached_code(path)
        self.records[name] = record
        self.bindings.record(name, record.package, self._adopted_sites(source, record.old_code), replace=True)
        self.sources.watch(name, source, mine=True)

    def _adopted_sites(self, source: Source, code: CodeType | None) -> tuple[ImportSite, ...]:
        """What an adopted module imports, as its code says."""
        if code is None:
            code = cached_code(source.path, source.stamp)
        if code is None:
            try:
                code = compile(source.data, source.path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                return ()
        return import_sites(code)

    def _record_other(self, name: str, path: str) -> ModuleRecord | None:
        """The record of a third-party module: what its `.pyc` says stands for the text that runs."""
        module = sys.modules.get(name)
        try:
            namespace = namespace_of(module)  # type: ignore[arg-type]
        except TypeError:
            return None
        package = namespace.get("__package__")
        return ModuleRecord(
            name, path, False, next(self._order), package if isinstance(package, str) else None, namespace,
            source=self.sources.source(name), old_code=cached_code(path),
        )  # fmt: skip

    def _reach(self, names: Iterable[str] | None) -> Iterator[ModuleRecord]:
        """The records of modules and of all that they import."""
        if names is None:
            yield from list(self.records.values())
            return
        done: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            record = self.records.get(name)
            if record is None or name in done:
                continue
            done.add(name)
            yield record
            todo += self.bindings.imported_modules(name)


_FIND_AND_LOAD: Final[CodeType] = _bootstrap._find_and_load_unlocked.__code__


def installed_roots() -> tuple[str, ...]:
    """Return the folders of the standard library, of installed packages and of this package, with a separator."""
    paths = sysconfig.get_paths()
    folders = {paths[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib") if kind in paths}
    folders |= {*site.getsitepackages(), site.getusersitepackages(), os.path.dirname(os.path.abspath(__file__))}
    folders |= {os.path.realpath(folder) for folder in folders}
    return tuple(os.path.normcase(folder).rstrip(os.sep) + os.sep for folder in folders if folder)


def is_users(folder: str, roots: tuple[str, ...]) -> bool:
    """Is a folder neither below one of `roots` nor in a folder for installed packages?"""
    folder = os.path.normcase(os.path.abspath(folder)) + os.sep
    if folder.startswith(roots):
        return False
    return not any(f"{os.sep}{name}{os.sep}" in folder for name in ("site-packages", "dist-packages"))
