"""What the files of modules contained when they were read, and which differ now.

It must never believe a stamp that says "changed" without comparing contents, nor one that is too young to say "same".
"""

from __future__ import annotations

import importlib.util
import marshal
import os
import stat
import threading
import time
import zlib
from dataclasses import dataclass
from operator import attrgetter, eq
from types import CodeType
from typing import Final

Stamp = tuple[int, int, int, int]
"""mtime and ctime in nanoseconds, size in bytes, inode."""

stamp_of: Final = attrgetter("st_mtime_ns", "st_ctime_ns", "st_size", "st_ino")
"""The stamp within a `os.stat_result`."""

RACY: Final = 20_000_000
"""Nanoseconds within which two saves may leave one stamp: the kernel's clock for files ticks every 1 to 10 ms."""

RACY_COARSE: Final = 2_100_000_000
"""The same where the file system counts whole seconds (FAT: two)."""

PACK_FROM: Final = 4096
"""Shorter sources are not worth compressing."""

SWEEP_EVERY: Final = 2.0
"""Seconds between two looks at third-party files, at least."""


@dataclass(slots=True, eq=False)
class Source:
    """A module's text as it was when it was compiled."""

    path: str  #: the file
    stamp: Stamp | None  #: taken from the very file that was read; None where there is no file
    _data: bytes  #: its bytes, perhaps compressed
    racy: bool = False  #: whether it was read so soon after it was saved that its stamp proves nothing
    _packed: bool = False

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return zlib.decompress(self._data) if self._packed else self._data

    def pack(self) -> None:
        """Keep the bytes compressed from now on, if that is worth it."""
        if not self._packed and len(self._data) >= PACK_FROM:
            self._data = zlib.compress(self._data, 1)
            self._packed = True


def decode(data: bytes) -> str:
    """Return the text of a source file as Python reads it: coding cookie, BOM, universal newlines.

    Raises:
        SyntaxError: if it names no known encoding or is not written in the one it names.
    """
    try:
        return importlib.util.decode_source(data)
    except UnicodeDecodeError as error:
        raise SyntaxError(f"(unicode error) {error}") from error


def read(path: str) -> Source:
    """Read a source file; its stamp and its bytes belong together.

    Raises:
        OSError: if it cannot be read or is no regular file.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        data = os.read(descriptor, status.st_size + 1)
        if len(data) != status.st_size:
            data = _read_rest(descriptor, status, data)
    finally:
        os.close(descriptor)
    stamp = stamp_of(status)
    return Source(path, stamp, data, is_racy(stamp, time.time_ns()))


_FLAGS: Final = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)


def _read_rest(descriptor: int, status: os.stat_result, data: bytes) -> bytes:
    """Read on until the end: the file has grown, or reads come in pieces."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(descriptor)
    parts = [data]
    while part := os.read(descriptor, 1 << 16):
        parts.append(part)
    return b"".join(parts)


def is_racy(stamp: Stamp, now: int) -> bool:
    """Could a later save leave this very stamp, as far as a look at the time `now` can say?"""
    mtime, ctime, _, _ = stamp
    if now - ctime > RACY_COARSE < now - mtime:
        return False
    window = RACY_COARSE if ctime % 1_000_000_000 == 0 else RACY
    return -RACY_COARSE < now - ctime < window or -RACY_COARSE < now - mtime < window


class Sources:
    """The known sources of all tracked modules, and what has become of their files."""

    def __init__(self) -> None:
        self.fresh: set[str] = set()  #: of what `changed` returned last, the names whose content was new then
        self.others: dict[str, str] = {}  #: third-party modules and their files; written to by the importer's finder
        self._known: dict[str, Source] = {}  # the user's modules: what runs
        self._pending: dict[str, Source] = {}  # what differs from it
        self._racy: set[str] = set()
        self._missing: dict[str, bool] = {}  # files that are not there -> whether that was reported
        self._looked: dict[str, Stamp] = {}  # stamps seen since, where they differ from the known source's
        self._names: list[str] = []  # what a look goes through: parallel lists
        self._paths: list[str] = []
        self._stamps: list[Stamp | None] = []
        self._stale = False  # whether the lists must be made anew
        self._since = time.time_ns() - 3_600_000_000_000
        self._other_stamps: dict[str, Stamp] = {}
        self._suspects: dict[str, Stamp] = {}
        self._swept = 0.0
        self._thread: threading.Thread | None = None

    # -- the user's own modules ---------------------------------------------------------------------------------
    def watch(self, name: str, source: Source, *, mine: bool = True) -> None:
        """Follow the file of a module: `source` is what runs."""
        if not mine:
            self.others[name] = source.path
            if source.stamp is not None:
                self._other_stamps[name] = source.stamp
        elif name in self._known:
            for table in (self._pending, self._missing, self._looked):
                table.pop(name, None)
        self._known[name] = source
        if source.racy and mine:
            self._racy.add(name)
        self._stale = True

    def forget(self, name: str) -> None:
        """Follow a module no more."""
        for table in (self._known, self._pending, self._missing, self._looked, self.others, self._other_stamps):
            table.pop(name, None)
        self._suspects.pop(name, None)
        self._racy.discard(name)
        self._stale = True

    def source(self, name: str) -> Source | None:
        """Return the known source of a module: what runs."""
        return self._known.get(name)

    def stamp(self, name: str) -> Stamp | None:
        """Return the stamp of what runs of a module, where it is known."""
        known = self._known.get(name)
        return known.stamp if known is not None else self._other_stamps.get(name)

    def changed(self) -> list[str]:
        """Return the user's modules whose files differ from what runs, by content, in the order of their import.

        A file that was touched but says the same is none of them, and its new stamp is remembered. A difference is
        returned at each call until it is accepted or taken back; `fresh` says for which it was found just now.
        """
        self.fresh = set()
        if self._stale:
            self._list()
        try:
            if all(map(eq, map(stamp_of, map(os.stat, self._paths)), self._stamps)):
                if not (self._racy or self._missing):
                    return list(self._pending)
            else:
                self._look_at_all()
        except OSError:
            self._look_at_all()
        for name in [*self._racy, *self._missing]:
            self._look_again(name)
        return [name for name in self._known if name in self._pending] if self._pending else []

    def deleted(self) -> list[str]:
        """Return the user's modules whose file has gone since the last question: each is reported once."""
        gone = [name for name, reported in self._missing.items() if not reported]
        self._missing.update(dict.fromkeys(gone, True))
        return gone

    def pending_data(self, name: str) -> bytes:
        """Return the very bytes that were found to differ.

        Raises:
            KeyError: if the module has not changed.
        """
        return self._pending[name].data

    def pending_path(self, name: str) -> str:
        """Return the file in which they were found: another one if a module has become a package, or back."""
        return self._pending[name].path

    def accept(self, name: str) -> Source | None:
        """Take what was found to differ for what runs from now on."""
        source = self._pending.pop(name, None)
        if source is None:
            return None
        mine = name not in self.others
        self.watch(name, source, mine=mine)
        self._suspects.pop(name, None)
        return source

    def _list(self) -> None:
        """Make the lists that a look goes through."""
        names = [name for name in self._known if name not in self.others and name not in self._missing]
        known = self._known
        self._names = names
        self._paths = [self._path(name) for name in names]
        self._stamps = [self._looked.get(name) or known[name].stamp for name in names]
        self._stale = False

    def _path(self, name: str) -> str:
        pending = self._pending.get(name)
        return pending.path if pending is not None else self._known[name].path

    def _look_at_all(self) -> None:
        """Look at each file whose stamp differs; the stamps are compared one by one."""
        stat_ = os.stat
        for index, (name, path) in enumerate(zip(self._names, self._paths, strict=True)):
            try:
                stamp = stamp_of(stat_(path))
            except OSError:
                self._look_again(name)
            else:
                if stamp != self._stamps[index]:
                    self._look_again(name)

    def _look_again(self, name: str) -> None:
        """Compare the content of a file with what runs and with what was found before."""
        known = self._known.get(name)
        if known is None:
            return
        source = _read_or_none(self._path(name)) or _read_or_none(known.path) or _read_or_none(_twin(known.path))
        self._racy.discard(name)
        self._stale = True
        if source is None:
            self._missing.setdefault(name, False)
            self._pending.pop(name, None)
            return
        self._missing.pop(name, None)
        if source.racy:
            self._racy.add(name)
        self._compare(name, known, source)

    def _compare(self, name: str, known: Source, source: Source) -> None:
        assert source.stamp is not None
        self._looked[name] = source.stamp
        pending = self._pending.get(name)
        if source.data == known.data and source.path == known.path:
            self._pending.pop(name, None)
            known.stamp = source.stamp
            self._looked.pop(name)
        elif pending is None or source.data != pending.data or source.path != pending.path:
            self._pending[name] = source
            self.fresh.add(name)
        else:
            pending.stamp = source.stamp

    # -- third-party modules ------------------------------------------------------------------------------------
    def changed_others(self) -> list[str]:
        """Return the third-party modules whose files were found to differ; never waits for a file that did not.

        Files are looked at by a short-lived thread, at most every two seconds, so an edit may be seen a cell later.
        """
        if self._suspects:
            self._check_suspects()
        now = time.monotonic()
        if now - self._swept >= SWEEP_EVERY and self.others and not (self._thread and self._thread.is_alive()):
            self._swept = now
            self._start_sweep()
        return [name for name in self._pending if name in self.others] if self._pending else []

    def changed_others_now(self) -> list[str]:
        """The same, but look at every file at once and wait for it."""
        self.sweep()
        self._check_suspects()
        return [name for name in self._pending if name in self.others]

    def sweep(self) -> None:
        """Look at the stamps of all third-party files, and pack long sources of the user."""
        for name, path in list(self.others.items()):
            try:
                stamp = stamp_of(os.stat(path))
            except OSError:
                continue  # an archive, or removed: what is loaded goes on running
            before = self._other_stamps.get(name)
            if before is None:
                self._other_stamps[name] = stamp
                if stamp[0] > self._since and _cached_header(path) not in (None, pyc_header(stamp)):
                    self._suspects[name] = stamp
            elif stamp != before:
                self._suspects[name] = stamp
        for source in list(self._known.values()):
            source.pack()

    def _start_sweep(self) -> None:
        """Sweep in a thread, which ends with the sweep: none is there at exit, and a fork leaves none behind."""
        thread = threading.Thread(target=self.sweep, name="autoreload_hooks", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is about to end, or has no threads left
            return
        self._thread = thread

    def _check_suspects(self) -> None:
        """Read the files that look edited, and keep those whose content differs."""
        for name in list(self._suspects):
            stamp = self._suspects.pop(name)
            path, known, before = self.others.get(name), self._known.get(name), self._other_stamps.get(name)
            source = _read_or_none(path) if path is not None else None
            if source is None:
                continue
            same = source.data == known.data if known else before is not None and _is_cached(source, before)
            if same:
                self._other_stamps[name] = source.stamp or stamp
                self._pending.pop(name, None)
            else:
                self._pending[name] = source


def _read_or_none(path: str) -> Source | None:
    try:
        return read(path)
    except OSError:
        return None


def _twin(path: str) -> str:
    """Where a module's source is after it has become a package, or a package's after it has become a module."""
    folder, name = os.path.split(path)
    if name == "__init__.py":
        return folder + ".py"
    return os.path.join(os.path.splitext(path)[0], "__init__.py")


def pyc_header(stamp: Stamp) -> bytes:
    """What a `.pyc` says of the source it was made from: mtime in seconds, and size."""
    mtime, _, size, _ = stamp
    return (mtime // 1_000_000_000 & 0xFFFFFFFF | (size & 0xFFFFFFFF) << 32).to_bytes(8, "little")


def _cached_header(path: str) -> bytes | None:
    content = _cached(path, 16)
    return content[8:16] if content is not None else None


def _cached(path: str, size: int = -1) -> bytes | None:
    """The beginning of the `.pyc` that belongs to a source file, if it is of the usual kind and of this Python."""
    try:
        with open(importlib.util.cache_from_source(path), "rb") as file:
            content = file.read(size)
    except (OSError, NotImplementedError):
        return None
    return content if content[:8] == importlib.util.MAGIC_NUMBER + bytes(4) else None


def cached_code(path: str, stamp: Stamp | None = None) -> CodeType | None:
    """Return the code in the `.pyc` of a source file, made from the source that had this stamp if one is given."""
    content = _cached(path)
    if content is None or (stamp is not None and content[8:16] != pyc_header(stamp)):
        return None
    try:
        code = marshal.loads(memoryview(content)[16:])
    except (EOFError, ValueError, TypeError):
        return None
    return code if isinstance(code, CodeType) else None


def cached_agrees(source: Source) -> bool | None:
    """Was the `.pyc` of a source file made from this very source? None if there is no such file."""
    header = _cached_header(source.path)
    return None if header is None or source.stamp is None else header == pyc_header(source.stamp)


def _is_cached(source: Source, before: Stamp) -> bool:
    """Does the source compile to what the `.pyc` of the file had when its stamp was `before`?"""
    old = cached_code(source.path, before)
    if old is None:
        return False
    try:
        return bool(compile(source.data, source.path, "exec", dont_inherit=True) == old)
    except (SyntaxError, ValueError):
        return False
