"""Edits that failed: what was told of them, and what may mend them.

It must never tell the same failure twice, unless it is asked to.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from typing import Final, NamedTuple

from autoreload_hooks.importer import Importer
from autoreload_hooks.report import Failure
from autoreload_hooks.sources import Stamp, stamp_of

_OWN: Final = os.path.dirname(os.path.dirname(__file__))  # the folder of this package


class Failed(NamedTuple):
    """An edit that is waiting to be mended."""

    failure: Failure  #: what was told
    watched: dict[str, Stamp | None]  #: other files that it went through: mending one of them may help
    missing: str | None  #: a module that was not found
    edited: frozenset[str]  #: the modules whose edits failed


class Failing:
    """The edits that failed, until they are mended."""

    def __init__(self, importer: Importer) -> None:
        self.importer = importer
        self.edits: dict[str, Failed] = {}  #: by module

    def waits(self, names: Iterable[str]) -> bool:
        """Whether nothing but edits that failed is there, and nothing has changed that may mend them."""
        if not self.edits:
            return False
        fresh = self.importer.sources.fresh
        return all(name in self.edits and name not in fresh for name in names) and not self._may_be_mended()

    def forget_taken_back(self, differing: Iterable[str]) -> None:
        """Forget failures whose edits were taken back: when they are made once more, they are told once more."""
        if self.edits:
            differing = set(differing)
            self.edits = {name: each for name, each in self.edits.items() if each.edited & differing}

    def _may_be_mended(self) -> bool:
        """Whether something else than the failed file itself has changed that it failed for."""
        return any(
            (failed.missing is not None and _can_be_found(failed.missing))
            or any(_stamp(path) != stamp for path, stamp in failed.watched.items())
            for failed in self.edits.values()
        )

    def add(
        self,
        name: str,
        error: BaseException,
        begun: tuple[str, ...] = (),
        *,
        again: bool,
        edited: Iterable[str] = (),
    ) -> list[Failure]:
        """Remember a failure; it is told, with the edited modules if it is none, unless the same was told before."""
        edited = set(edited)
        because = [] if name in edited else sorted(self.importer.records[each].path for each in edited)
        record = self.importer.records[name]
        watched = {path: _stamp(path) for path in files_of(error) if path != record.path}
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        failure = Failure.of(name, error, path=record.path, began=begun, because=because)
        known = self.edits.get(name)
        self.edits[name] = Failed(failure, watched, missing, frozenset(edited or {name}))
        return [] if known is not None and known.failure == failure and not again else [failure]


def files_of(error: BaseException) -> set[str]:
    """The files that an error went through."""
    files: set[str] = set()
    trace = error.__traceback__
    while trace is not None:
        files.add(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        files.add(error.filename)
    return {file for file in files if not file.startswith(_OWN) and os.path.exists(file)}


def _stamp(path: str) -> Stamp | None:
    try:
        return stamp_of(os.stat(path))
    except OSError:
        return None


def _can_be_found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
