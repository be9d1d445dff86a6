"""The files of third-party modules: thousands, seldom edited, so nobody waits for a look at them.

It must never read such a file before its stamp has changed, nor keep its text before it was edited.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from .cached import cached_header, means_the_same, pyc_header
from .text import Source, Stamp, read_or_none, stamp_of

SWEEP_EVERY: Final = 2.0
"""Seconds between two looks at all files, at least."""


class Others:
    """Third-party modules by name, with the stamps of their files as of the last look."""

    def __init__(self, chore: Callable[[], None]) -> None:
        self.paths: dict[str, str] = {}  #: module -> file; the importer writes to it
        self.known: dict[str, Source] = {}  #: what runs, of those that were edited before
        self.pending: dict[str, Source] = {}  #: what differs from what runs
        self._chore = chore  # what else can be done while nobody waits
        self._stamps: dict[str, Stamp] = {}
        self._suspects: dict[str, Stamp] = {}
        self._started: int | None = None  # when the process began, once that was asked for
        self._swept = 0.0
        self._thread: threading.Thread | None = None

    def changed(self) -> list[str]:
        """Return those found to differ so far, and have a short-lived thread look at all files if it is time."""
        if self._suspects:
            self._check()
        if self.paths:
            now = time.monotonic()
            if now - self._swept >= SWEEP_EVERY and not (self._thread is not None and self._thread.is_alive()):
                self._swept = now
                self._start()
        return list(self.pending)

    def changed_now(self) -> list[str]:
        """The same after a look at every file, for which it waits."""
        self._sweep()
        self._check()
        return list(self.pending)

    def stamp(self, name: str) -> Stamp | None:
        """Return the stamp that the file of a module had when it was imported or accepted, if it was looked at."""
        return self._stamps.get(name)

    def accept(self, name: str) -> Source:
        """Take what was found to differ for what runs from now on."""
        source = self.known[name] = self.pending.pop(name)
        self.paths[name] = source.path
        if source.stamp is not None:
            self._stamps[name] = source.stamp
        self._suspects.pop(name, None)
        return source

    def watch(self, name: str, source: Source) -> None:
        """Follow a module whose source is known."""
        self.pending[name] = source
        self.accept(name)

    def forget(self, name: str) -> None:
        """Follow a module no more."""
        self.paths.pop(name, None)
        self.known.pop(name, None)
        self.pending.pop(name, None)
        self._stamps.pop(name, None)
        self._suspects.pop(name, None)

    def _start(self) -> None:
        """Look in a thread that ends with the look: none is there at exit, and a fork leaves none behind."""
        thread = threading.Thread(target=self._work, name="autoreload_hooks", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is about to end, or has no threads left
            return
        self._thread = thread

    def _work(self) -> None:
        self._sweep()
        self._chore()

    def _sweep(self) -> None:
        """Compare the stamps of all files with those of the last look."""
        if self._started is None:
            self._started = process_started()
        for name, path in list(self.paths.items()):
            try:
                stamp = stamp_of(os.stat(path))
            except OSError:
                continue  # an archive, or removed: what is loaded goes on running
            before = self._stamps.setdefault(name, stamp)
            if stamp != before or (before is stamp and stamp[1] > self._started and _is_stale(path, stamp)):
                self._suspects[name] = stamp

    def _check(self) -> None:
        """Read the files that look edited, and keep those whose content differs."""
        while self._suspects:
            name, stamp = self._suspects.popitem()
            path, known, before = self.paths.get(name), self.known.get(name), self._stamps.get(name)
            source = read_or_none(path) if path is not None else None
            if source is None or before is None:
                continue
            if source.data == known.data if known is not None else means_the_same(source, before):
                self._stamps[name] = source.stamp or stamp
                self.pending.pop(name, None)
            elif name not in self.pending or self.pending[name].data != source.data:
                self.pending[name] = source


def _is_stale(path: str, stamp: Stamp) -> bool:
    """Does the `.pyc` say that the module was imported from another source? It does not where none is written."""
    return not sys.dont_write_bytecode and cached_header(path) not in (None, pyc_header(stamp))


def process_started() -> int:
    """Return when this process began, in nanoseconds since the epoch, a second early; 0 if the system does not say."""
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        with open("/proc/stat", "rb") as file:
            boot = next(int(line.split()[1]) for line in file if line.startswith(b"btime"))
        return int((boot + ticks / os.sysconf("SC_CLK_TCK") - 1) * 1_000_000_000)
    except (OSError, ValueError, IndexError, StopIteration, AttributeError):
        return 0
