"""Edits that failed: what was told of them, and what may mend them.

It must never tell the same failure twice, unless it is asked to.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Set
from dataclasses import replace
from typing import Final, NamedTuple

from autoreload_hooks.importer import Importer
from autoreload_hooks.report import Failure
from autoreload_hooks.sources import Stamp, stamp_or_none

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

    def waits(self, names: Iterable[str], fresh: Set[str]) -> bool:
        """Whether nothing but edits that failed is there, none of them fresh, and nothing that may mend them."""
        if not self.edits:
            return False
        elsewhere = [each.edited for name, each in self.edits.items() if name not in each.edited]
        failed = set(self.edits).union(*elsewhere)
        return all(name in failed and name not in fresh for name in names) and not self._may_be_mended()

    def forget_taken_back(self, differing: Iterable[str]) -> None:
        """Forget failures whose edits were taken back: when they are made once more, they are told once more.

        `differing`: the modules that were edited, and those that find other files than when they ran.
        """
        if self.edits:
            differing = set(differing)
            self.edits = {name: each for name, each in self.edits.items() if each.edited & differing}

    def settle(self, names: Iterable[str]) -> None:
        """These modules were reloaded: neither they nor what their edits had made fail elsewhere waits any longer."""
        if self.edits:
            names = set(names)
            self.edits = {n: each for n, each in self.edits.items() if n not in names and not each.edited <= names}

    def _may_be_mended(self) -> bool:
        """Whether something else than the failed file itself has changed that it failed for."""
        return any(
            (failed.missing is not None and _can_be_found(failed.missing))
            or any(stamp_or_none(path) != stamp for path, stamp in failed.watched.items())
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
        files: Iterable[str] = (),
    ) -> list[Failure]:
        """Remember a failure; it is told, with the edited modules if it is none, unless the same was told before.

        `files`: more files that may be at fault, as they were imported on the way.
        """
        edited = set(edited)
        because = [] if name in edited else sorted(self.importer.records[each].path for each in edited)
        record = self.importer.records[name]
        watched = {path: stamp_or_none(path) for path in files_of(error).union(files) if path != record.path}
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        failure = Failure.of(name, error, path=record.path, began=begun, because=because)
        known = self.edits.get(name)
        self.edits[name] = Failed(failure, watched, missing, frozenset(edited or {name}))
        return [] if known is not None and _is_same(known.failure, failure) and not again else [failure]


def _is_same(known: Failure, failure: Failure) -> bool:
    """Whether a failure has been told, be it that lines of other modules had begun to run this time."""
    return known == replace(failure, began=known.began)


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


def _can_be_found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
