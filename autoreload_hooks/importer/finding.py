"""The finder on `sys.meta_path`, and how the loaders that others found are wrapped and handed back.

It must never find anything itself, nor change the type of a loader.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from .loading import exec_module, within_importlib

if TYPE_CHECKING:
    from . import Importer

_bootstrap: Final[Any] = importlib._bootstrap
_find_and_load: Final[CodeType] = _bootstrap._find_and_load_unlocked.__code__

OURS: Final = "autoreload_hooks"
"""This package does not follow itself."""


class Finder:
    """Stands first on `sys.meta_path`, lets the others find, and arranges to see what they found run."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self._folders = importer.ownership.folders
        self._others = importer.sources.others

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
                self._found(fullname, spec, target)
                return spec
        if target is None:
            self._importer.missing.note(fullname, path, sys._getframe(1))
        return None

    def invalidate_caches(self) -> None:
        """Nothing is kept here that could be out of date."""

    def _found(self, name: str, spec: ModuleSpec, target: ModuleType | None) -> None:
        """Arrange to see the module run if it is the user's; note its file otherwise."""
        origin = spec.origin
        if origin is None or origin[-3:] != ".py":
            return  # built in, frozen, compiled, or a namespace
        mine = self._folders.get(origin.rpartition(os.sep)[0])
        if mine is None:
            mine = self._importer.is_mine(origin)
        if not mine:
            if name[: len(OURS)] != OURS:
                self._others[name] = origin
        elif target is not None or _is_import(name):
            wrap(self._importer, name, spec, again=target is not None)


def _is_import(name: str) -> bool:
    """Will what is found be executed? `importlib.util.find_spec`, `pkgutil` and `runpy` only look."""
    frame: FrameType | None = sys._getframe(4)  # this, _found, find_spec, importlib's _find_spec, who asked that
    if frame is not None and frame.f_code is _find_and_load:
        return True
    while frame is not None:  # perhaps another finder asked, which was asked by an import
        if frame.f_code is _find_and_load:
            return bool(frame.f_locals.get("name") == name)
        frame = None if frame.f_code.co_name == "<module>" else frame.f_back
    return False


def wrap(importer: Importer, name: str, spec: ModuleSpec, *, again: bool) -> None:
    """Arrange to see a module run: by the loader's own instance if it serves this module only."""
    loader: Any = spec.loader
    kind = type(loader)
    if kind is importlib.util.LazyLoader:
        loader, kind, again = loader.loader, type(loader.loader), False
        if kind is not SourceFileLoader:
            return
    if not hasattr(kind, "exec_module"):
        return  # of an old kind, with `load_module` only
    if (kind is SourceFileLoader or getattr(loader, "name", None) == name) and _is_untouched(loader):
        loader.exec_module = partial(exec_module, importer, loader, again)
    else:
        spec.loader = Proxy(importer, loader, again=again)  # type: ignore[assignment]


def _is_untouched(loader: Any) -> bool:
    """Has nobody else put an `exec_module` on the instance, and could one be put there?"""
    return getattr(loader.exec_module, "__self__", None) is loader and hasattr(loader, "__dict__")


class Proxy:
    """Stands in for a loader that several modules share, until the module runs."""

    def __init__(self, importer: Importer, loader: Any, *, again: bool) -> None:
        self._importer, self._loader, self._again = importer, loader, again

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    @within_importlib
    def create_module(self, spec: ModuleSpec) -> Any:
        """Have the loader itself create the module, from a spec that names it."""
        create = getattr(self._loader, "create_module", None)
        return create(spec) if create is not None else None

    @within_importlib
    def exec_module(self, module: ModuleType) -> None:
        """Give the loader its place back, and have it run the module."""
        spec: Any = module.__spec__
        if spec is not None and spec.loader is self:
            spec.loader = self._loader
        if getattr(module, "__loader__", None) is self:
            module.__loader__ = self._loader
        exec_module(self._importer, self._loader, self._again, module)
