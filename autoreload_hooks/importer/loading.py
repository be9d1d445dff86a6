"""One execution of one of the user's modules, from reading its text to its record.

It must never let a fault of its own become one of the import, nor let the loader do anything but what it would do.
"""

from __future__ import annotations

import importlib
import marshal
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from autoreload_hooks.compat.bytecode.imports import ImportSite, import_sites
from autoreload_hooks.recordings import CodeRef, ModuleRecord, Run, survey
from autoreload_hooks.sources import Source, pyc_header, read

if TYPE_CHECKING:
    from . import Importer

F = TypeVar("F", bound=Callable[..., Any])

_bootstrap: Final[Any] = importlib._bootstrap
_external: Final[Any] = importlib._bootstrap_external
_imp: Final[Any] = _external._imp
_ordinary_exec: Final[Any] = _external._LoaderBasics.exec_module
_ordinary_get_code: Final[Any] = SourceFileLoader.get_code
_ordinary_get_data: Final[Any] = SourceFileLoader.get_data

TIMESTAMPED: Final = MAGIC_NUMBER + bytes(4)
"""How a `.pyc` begins that goes by the mtime and size of its source."""

LOADING: Final = frozenset({"exec_module", "load_module"})
"""What other loaders call their part in an import."""

PYC_HEADER: Final = 16
SECOND: Final = 1_000_000_000

_dictionary: Final[Any] = vars(ModuleType)["__dict__"]
namespace_of: Final[Callable[[Any], dict[str, Any]]] = _dictionary.__get__
"""A module's `__dict__`, past any `__getattribute__` of its own: lazy modules load at any other touch."""


def within_importlib(function: F) -> F:
    """Have a function's frames count as the import system's own.

    Python cuts these from tracebacks, and a warning that points to the importer of a module skips them; both go by
    the file name of the code. https://github.com/python/cpython/blob/3.13/Python/import.c (remove_importlib_frames)
    """
    name = _external.SourceFileLoader.get_filename.__code__.co_filename
    function.__code__ = function.__code__.replace(co_filename=name)
    return function


@within_importlib
def exec_module(importer: Importer, loader: Any, again: bool, module: ModuleType) -> None:
    """Run a module as its loader would, and note what happens; `again` is true for `importlib.reload`."""
    attached = loader.exec_module
    if type(attached) is partial and attached.func is exec_module:
        del loader.exec_module  # from now on the loader is what it was
    if again and importer.reloaded(module, partial(exec_module, importer, loader, False, module)):
        return
    try:
        load = Load(importer, loader, module)
    except (AttributeError, KeyError, TypeError):  # a loader may make a module of anything
        loader.exec_module(module)
        return
    try:
        if load.is_ordinary:
            code = load.cached_code()
            if code is None:
                if load.source is not None and load.is_plain:
                    code = loader.source_to_code(load.source.data, load.source.path)
                    load.cache(code)
                else:
                    code = loader.get_code(module.__name__)
                    if code is None:
                        raise ImportError(f"cannot load module {module.__name__!r} when get_code() returns None")
            load.start(code)
            _bootstrap._call_with_frames_removed(exec, code, load.namespace)
        else:
            load.attach()
            loader.exec_module(module)
    except BaseException:
        load.fail()
        raise
    load.finish()


@within_importlib
def get_code(load: Load, name: str) -> CodeType | None:
    """Be the `get_code` of a loader whose own `exec_module` runs the module."""
    load.detach()
    code: CodeType | None = load.loader.get_code(name)
    if code is not None and name == load.name:
        load.start(code)
    return code


JOINS_THREADS: Final = frozenset({"Thread", "start", "join"})
"""The names by which a module has threads run something and waits for them: that is not seen when it runs."""


class Load:
    """What is known of one execution while it goes on."""

    __slots__ = (
        "_cached", "before", "importer", "is_plain", "loader", "module", "name", "namespace", "record", "run", "sites",
        "source",
    )  # fmt: skip

    def __init__(self, importer: Importer, loader: Any, module: ModuleType) -> None:
        self.importer = importer
        self.loader = loader
        self.module = module
        self.namespace = namespace_of(module)
        self.name: str = self.namespace["__name__"]
        self.record: ModuleRecord | None = None
        self.before: ModuleRecord | None = None
        self.run: Run | None = None
        self.sites: tuple[ImportSite, ...] | None = None
        self.is_plain = type(loader) is SourceFileLoader and is_plain(loader)
        self.source: Source | None = None
        self._cached: str | None = None
        try:  # before the code is compiled or found: what is saved later has another stamp
            self.source = read(loader.path if self.is_plain else self.namespace["__file__"])
        except (OSError, KeyError, TypeError, ValueError, AttributeError):
            pass  # in an archive, or made up

    @property
    def is_ordinary(self) -> bool:
        """Does the loader run modules in the way of all Python's own: get the code, execute it?"""
        return self.is_plain or getattr(self.loader.exec_module, "__func__", None) is _ordinary_exec

    def cached_code(self) -> CodeType | None:
        """Return the module's code from its `.pyc` if that is what the loader would take, else None.

        The checks are those of `SourceLoader.get_code`, but of the very source that has just been read, and one more:
        a file saved twice within a second is not what its `.pyc` says, though mtime and size agree.
        """
        source = self.source
        if not self.is_plain or source is None or source.stamp is None:
            return None
        try:
            self._cached = cached = self.namespace.get("__cached__") or _external.cache_from_source(source.path)
            descriptor = os.open(cached, _FLAGS)
            try:
                status = os.fstat(descriptor)
                data = os.read(descriptor, status.st_size)
            finally:
                os.close(descriptor)
            if data[:8] != TIMESTAMPED:
                self.is_plain = data[:4] != MAGIC_NUMBER  # one that goes by a hash is the loader's own affair
                return None
            if data[8:PYC_HEADER] != pyc_header(source.stamp) or 0 < source.stamp[0] - status.st_mtime_ns < SECOND:
                return None
            code = marshal.loads(memoryview(data)[PYC_HEADER:])
        except (OSError, TypeError, ValueError, EOFError, NotImplementedError):
            return None
        if type(code) is not CodeType:
            return None
        if code.co_filename != source.path:  # compiled elsewhere and moved
            _imp._fix_co_filename(code, source.path)
        return code

    def cache(self, code: CodeType) -> None:
        """Write the `.pyc`, as the loader does after compiling."""
        source = self.source
        if sys.dont_write_bytecode or self._cached is None or source is None or source.stamp is None:
            return
        data = _external._code_to_timestamp_pyc(code, source.stamp[0] // SECOND, source.stamp[2])
        self.loader._cache_bytecode(source.path, self._cached, data)

    def attach(self) -> None:
        """See the module's code when the loader asks itself for it."""
        if hasattr(self.loader, "__dict__") and hasattr(self.loader, "get_code"):
            self.loader.get_code = partial(get_code, self)

    def detach(self) -> None:
        """Leave the loader as it was."""
        getattr(self.loader, "__dict__", {}).pop("get_code", None)

    def start(self, code: CodeType) -> None:
        """The code is known and about to run."""
        importer, namespace, name = self.importer, self.namespace, self.name
        self.before = importer.records.get(name)
        try:
            codes: list[CodeRef] = []
            may_call = survey(code, codes)
            path = self.source.path if self.source is not None else str(namespace.get("__file__"))
            record = self.record = ModuleRecord(
                name, path, True, next(importer.order), namespace.get("__package__"), namespace, True, codes,
                source=self.source, complete=True, names=code.co_names, surveyed=True, named_by=_named_by(),
            )  # fmt: skip
            importer.records[name] = record
            recorder = importer.recorder
            if may_call or recorder.active or recorder.has_module_getattr:
                self.run = recorder.begin(code, [name], record=record)
                record.complete = self.run is not None
            if not self.is_plain or sys.dont_write_bytecode:  # no `.pyc` will tell later
                self.sites = import_sites(code)
        except Exception:  # a fault of ours must not become one of the import
            self.run = None

    def fail(self) -> None:
        """The module did not load: nothing of it stays."""
        importer, name = self.importer, self.name
        if not self.is_plain:
            self.detach()
        importer.recorder.end(self.run)
        if self.record is not None and importer.records.get(name) is self.record:
            del importer.records[name]
            if self.before is not None:
                importer.records[name] = self.before

    def finish(self) -> None:
        """The module has loaded."""
        importer, record, run = self.importer, self.record, self.run
        if not self.is_plain:
            self.detach()
        try:
            if record is None:
                importer.adopt([self.module])
                return
            if run is not None:
                importer.recorder.end(run)
                record.complete = run.complete and not JOINS_THREADS.issubset(record.names)
                if run.hits:
                    record.ran = run.lines()
            record.initialising = False
            record.finished = next(importer.order)
            importer.loaded(record, self.sites)
            importer.listing.note(record)
        except Exception:  # a fault of ours must not become one of the import
            importer.records.discard(self.name)


_IMPORT_MODULE: Final = importlib.import_module.__code__
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)


def _named_by() -> str:
    """The module that has a function import, by a text, what is being imported; "" if a statement does."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code is _IMPORT_MODULE:
            return str(frame.f_back.f_globals.get("__name__")) if frame.f_back is not None else ""
        is_import = code.co_name in LOADING or code.co_filename == __file__
        if not is_import and not code.co_filename.startswith("<frozen importlib"):
            return str(frame.f_globals.get("__name__")) if "__import__" in code.co_names else ""
        frame = frame.f_back
    return ""


def is_plain(loader: SourceFileLoader) -> bool:
    """Is it as Python made it, and does nobody want to hear what it does?"""
    return (
        getattr(loader.exec_module, "__func__", None) is _ordinary_exec
        and getattr(loader.get_code, "__func__", None) is _ordinary_get_code
        and getattr(loader.get_data, "__func__", None) is _ordinary_get_data
        and not sys.flags.verbose
    )
