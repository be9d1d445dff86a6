"""What the files of modules contained when they were read, and which differ now.

It must never believe a stamp that says "changed" without comparing contents, nor one that is too young to say "same".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from .cached import cached_agrees, cached_code, code_of, compiled, discard_mistaken, pyc_header
from .listed import Listed
from .others import Others, process_started
from .rewriting import Unseen, rewrites, rewritten
from .shown import Shown
from .text import (
    RACY,
    RACY_COARSE,
    Source,
    Stamp,
    changed_at,
    decode,
    imports_by_text,
    imports_inside,
    is_racy,
    read,
    read_or_none,
    stamp_of,
    stamp_or_none,
    twin,
)
from .watching import Watching

__all__ = [
    "RACY",
    "RACY_COARSE",
    "Shown",
    "Source",
    "Sources",
    "Stamp",
    "Unseen",
    "cached_agrees",
    "cached_code",
    "changed_at",
    "code_of",
    "compiled",
    "decode",
    "imports_by_text",
    "imports_inside",
    "is_racy",
    "process_started",
    "pyc_header",
    "read",
    "rewrites",
    "rewritten",
    "stamp_of",
    "stamp_or_none",
]

GLANCE_EVERY: Final = 10.0
"""Seconds between two looks at the stamps of all files that are watched, at least."""


class Sources:
    """The known sources of all tracked modules, and what has become of their files."""

    def __init__(self) -> None:
        self.chore: Callable[[], None] = lambda: None  #: what else is done while nobody waits
        self.fresh: set[str] = set()  #: of what `changed` returned last, the names whose content was new then
        self._known: dict[str, Source] = {}  # the user's modules: what runs
        self._pending: dict[str, Source] = {}  # what differs from it
        self._racy: set[str] = set()
        self._missing: dict[str, bool] = {}  # files that are not there -> whether that was reported
        self._looked: dict[str, Stamp | None] = {}  # stamps seen since, where they differ from the known source's
        self._listed = Listed([], [], [])  # what a look goes through
        self._unwatched = Listed([], [], [])  # what of it is looked at even while the rest is watched
        self._stale = False  # whether the lists must be made anew
        self.watching = Watching()  #: tells which files were touched, where it can
        self._covered = False  # whether it follows all that is listed
        self._looking = False  # whether a look is going on, or was interrupted: what it was told is not told again
        self._glanced = 0.0  # when all stamps were looked at last, while nobody waited
        self._doubted = False  # whether they differed from what watching said
        self._third = Others(self.pack)
        self.others = self._third.paths  #: third-party modules and their files; the importer writes to it

    # -- the user's own modules ---------------------------------------------------------------------------------
    def watch(self, name: str, source: Source, *, mine: bool = True) -> None:
        """Follow the file of a module: `source` is what runs."""
        if not mine:
            self._third.watch(name, source)
            return
        if name in self._known:
            for table in (self._pending, self._missing, self._looked):
                table.pop(name, None)
        self._known[name] = source
        if source.racy or source.path in self.watching.files:  # what was told of the file may have been before this
            self._racy.add(name)
        self._stale = True

    def forget(self, name: str) -> None:
        """Follow a module no more."""
        for table in (self._known, self._pending, self._missing, self._looked):
            table.pop(name, None)
        self._third.forget(name)
        self._racy.discard(name)
        self._stale = True

    def source(self, name: str) -> Source | None:
        """Return the known source of a module: what runs."""
        return self._known.get(name) or self._third.known.get(name)

    def stamp(self, name: str) -> Stamp | None:
        """Return the stamp of what runs of a module, where it is known."""
        known = self._known.get(name)
        return known.stamp if known is not None else self._third.stamp(name)

    def changed(self) -> list[str]:
        """Return the user's modules whose files differ from what runs, by content, in the order of their import.

        A file that was touched but says the same is none of them, and its new stamp is remembered. A difference is
        returned at each call until it is accepted or taken back; `fresh` says for which it was found just now.
        """
        self.fresh = set()
        interrupted, self._looking = self._looking, True
        for name in self._suspects(sure=not interrupted):
            self._look_again(name)
        self._looking = False
        for name in [*self._racy, *self._missing]:
            self._look_again(name)
        return [name for name in list(self._known) if name in self._pending] if self._pending else []

    def deleted(self) -> list[str]:
        """Return the user's modules whose file has gone since the last question: each is reported once."""
        gone = [name for name, reported in self._missing.items() if not reported]
        self._missing.update(dict.fromkeys(gone, True))
        return gone

    @property
    def missing(self) -> list[str]:
        """The user's modules whose file is not there."""
        return list(self._missing)

    @property
    def has_lost(self) -> bool:
        """Whether a file has gone since `deleted` was asked last."""
        return not all(self._missing.values())

    def depart(self, name: str, source: Source) -> None:
        """Take this for what is left of a module whose file is gone."""
        self._known[name] = source

    def pending_data(self, name: str) -> bytes:
        """Return the very bytes that were found to differ.

        Raises:
            KeyError: if the module has not changed.
        """
        return self._found(name).data

    def pending_path(self, name: str) -> str:
        """Return the file in which they were found: another one if a module has become a package, or back."""
        return self._found(name).path

    def _found(self, name: str) -> Source:
        return self._pending[name] if name in self._pending else self._third.pending[name]

    def accept(self, name: str) -> Source | None:
        """Take what was found to differ for what runs from now on."""
        if name in self._third.pending:
            return self._third.accept(name)
        source = self._pending.pop(name, None)
        if source is not None:
            self.watch(name, source)
        return source

    def _suspects(self, *, sure: bool = True) -> Iterable[str]:
        """The modules whose files may have been touched: as watching tells it if that is sure, else by all stamps."""
        if self._stale:
            self._list()
        elif not self._covered and self.watching.usable:
            return self._cover()
        if self._covered and sure and not self._doubted:
            touched = self.watching.touched()
            if touched is not None:
                return self._touched(touched) if touched or self._unwatched.names else ()
        self._covered = self._doubted = False
        return self._listed.differing()

    def _cover(self) -> list[str]:
        """Have all files watched, and compare them then: from now on every touch is told."""
        files = self.watching.files
        self.watching.follow(path for path in self._listed.paths if path not in files)
        self._covered = all(path in files for path in self._listed.paths)
        self._unwatched = self._listed.of(self.watching.unwatched())
        return self._listed.differing()

    def _touched(self, paths: Iterable[str]) -> list[str]:
        """The modules of these files, and of those that cannot be watched and differ."""
        touched = set(paths)
        names = [name for name, path in zip(self._listed.names, self._listed.paths, strict=True) if path in touched]
        if not self.watching.follow_again(touched):  # before they are read: what comes later is told
            self._covered = False
        return [*names, *self._unwatched.differing()]

    def _list(self) -> None:
        """Make the lists that a look goes through; other threads may import meanwhile."""
        self._stale = False
        missing, looked, pending = self._missing, self._looked, self._pending
        known = [item for item in list(self._known.items()) if item[0] not in missing]
        paths = [source.path for _, source in known]
        stamps = [source.stamp for _, source in known]
        if looked or pending:
            for index, (name, source) in enumerate(known):
                paths[index] = self._path(name, source)
                stamps[index] = looked.get(name) or source.stamp
        self._listed = Listed([name for name, _ in known], paths, stamps, self._listed)
        if self._covered:
            files = self.watching.files
            self._covered = all(path in files for path in paths)
            self._unwatched = self._listed.of(self.watching.unwatched())

    def _path(self, name: str, known: Source) -> str:
        pending = self._pending.get(name)
        return pending.path if pending is not None else known.path

    def _look_again(self, name: str) -> None:
        """Compare the content of a file with what runs and with what was found before."""
        known = self._known.get(name)
        if known is None:
            return
        source = read_or_none(self._path(name, known)) or read_or_none(known.path) or read_or_none(twin(known.path))
        self._racy.discard(name)
        if (name in self._missing) != (source is None):
            self._stale = True
            self.watching.leave([known.path, self._path(name, known)])  # its folder may be another one by then
        if source is None:
            self._missing.setdefault(name, False)
            self._pending.pop(name, None)
            return
        self._missing.pop(name, None)
        if source.racy:
            self._racy.add(name)
        if source.stamp != (self._looked.get(name) or known.stamp):
            self._looked[name] = source.stamp
            self._stale = True
        self._compare(name, known, source)

    def _compare(self, name: str, known: Source, source: Source) -> None:
        """Sort out what was found: what runs, what was found before, or something new."""
        pending = self._pending.get(name)
        if source.path == known.path and source.data == known.data:
            self._pending.pop(name, None)
            self._looked.pop(name, None)
            known.stamp = source.stamp
        elif pending is None or source.path != pending.path or source.data != pending.data:
            self._pending[name] = source
            self.fresh.add(name)
            discard_mistaken(source, pending or known)
            self._stale = True
        else:
            pending.stamp = source.stamp

    # -- third-party modules ------------------------------------------------------------------------------------
    def changed_others(self) -> list[str]:
        """Return the third-party modules whose files were found to differ; never waits for a file that did not.

        Files are looked at by a short-lived thread, at most every two seconds, so an edit may be seen a cell later.
        """
        return self._third.changed()

    def changed_others_now(self) -> list[str]:
        """The same, but look at every file at once and wait for it."""
        return self._third.changed_now()

    def pack(self) -> None:
        """Keep long sources compressed; called while nobody waits."""
        self.chore()
        self._glance()
        for source in list(self._known.values()):
            source.pack()

    def _glance(self) -> None:
        """Now and then, doubt what watching says: a hard link made later, shared memory and mounts are silent."""
        now = time.monotonic()
        if self._covered and now - self._glanced >= GLANCE_EVERY:
            self._glanced = now
            self._doubted = bool(self._listed.differing())
