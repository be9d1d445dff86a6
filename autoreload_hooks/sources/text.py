"""The text of a module and the stamp of its file, read together.

It must never give a stamp that belongs to another text.
"""

from __future__ import annotations

import io
import os
import re
import stat
import time
import tokenize
import zlib
from dataclasses import dataclass
from operator import attrgetter
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

NOTED: Final = (b"import", b"__code__", b"singledispatch", b"__subclasshook__")
"""Words that are asked for in all sources at each edit."""

_INNER_IMPORT: Final = re.compile(rb"\n[ \t]+(?:from|import) ")
_BY_TEXT: Final = (b"import_module", b"__import__", b"sys.modules")
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOINHERIT", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe in the place of a file is not waited for
)


@dataclass(slots=True, eq=False)
class Source:
    """A module's text as it was when it was compiled."""

    path: str  #: the file
    stamp: Stamp | None  #: taken from the very file that was read; None where there is no file
    _data: bytes | tuple[bytes]  #: its bytes, or in a tuple its compressed bytes: one assignment changes which
    racy: bool = False  #: whether it was read so soon after it was saved that its stamp proves nothing
    _noted: frozenset[bytes] | None = None  #: which of the words that are often asked for occur, once it was asked

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        data = self._data
        return zlib.decompress(data[0]) if isinstance(data, tuple) else data

    def mentions(self, word: bytes) -> bool:
        """Does it have these bytes in it? A word that is often asked for may have gone since, by an edit of a part."""
        return word in self._note() if word in NOTED else word in self.data

    def _note(self) -> frozenset[bytes]:
        """Which of the words that are often asked for occur; looked for once."""
        if self._noted is None:
            data = self.data
            self._noted = frozenset(word for word in NOTED if word in data)
        return self._noted

    def note_like(self, before: Source, part: str) -> None:
        """It differs from another text only in a part, so it has none of those words but the other's and the part's."""
        if before._noted is not None:
            self._noted = before._noted.union(word for word in NOTED if word in part.encode())

    def pack(self) -> None:
        """Keep the bytes compressed from now on, if that is worth it."""
        data = self._data
        if isinstance(data, bytes) and len(data) >= PACK_FROM:
            self._note()
            self._data = (zlib.compress(data, 1),)


def stamp_or_none(path: str) -> Stamp | None:
    """The stamp that a file has now; None if it is not there."""
    try:
        return stamp_of(os.stat(path))
    except (OSError, ValueError):
        return None


def changed_at(path: str) -> int:
    """When a file or folder changed last, in nanoseconds; 0 if it is not there."""
    stamp = stamp_or_none(path)
    return 0 if stamp is None else stamp[0]


def imports_inside(data: bytes) -> bool:
    """Does a source import something in a class body, a function or a compound statement?"""
    return _INNER_IMPORT.search(data) is not None


def imports_by_text(data: bytes) -> bool:
    """May a source have a module that a string names?"""
    return any(text in data for text in _BY_TEXT)


def decode(data: bytes) -> str:
    """Return the text of a source file as Python reads it: coding cookie, BOM, universal newlines.

    Raises:
        SyntaxError: if it names no known encoding or is not written in the one it names.
    """
    if data.isascii() and b"\r" not in data and b"coding" not in data[: data.find(b"\n", data.find(b"\n") + 1)]:
        return data.decode("ascii")  # the usual case, at once: no cookie in the first two lines
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SyntaxError(f"(unicode error) {error}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(path: str) -> Source:
    """Read a source file; its stamp and its bytes belong together.

    Raises:
        OSError: if it cannot be read or is no regular file.
    """
    now = time.time_ns()  # before: this thread may be kept waiting after it has read
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path} is no regular file")
        data = os.read(descriptor, status.st_size + 1)
        if len(data) != status.st_size:
            status, data = _read_rest(descriptor, data)
    finally:
        os.close(descriptor)
    stamp = stamp_of(status)
    return Source(path, stamp, data, is_racy(stamp, now))


def read_or_none(path: str) -> Source | None:
    """Read a source file if it is there."""
    try:
        return read(path)
    except OSError:
        return None


def _read_rest(descriptor: int, data: bytes) -> tuple[os.stat_result, bytes]:
    """Read on until the end: the file has grown or shrunk since, or reads come in pieces."""
    parts = [data]
    while part := os.read(descriptor, 1 << 16):
        parts.append(part)
    return os.fstat(descriptor), b"".join(parts)


def is_racy(stamp: Stamp, now: int) -> bool:
    """Could a later save leave this very stamp, as far as a look at the time `now` can say?"""
    mtime, ctime, _, _ = stamp
    if now - ctime > RACY_COARSE < now - mtime:
        return False
    window = RACY_COARSE if ctime % 1_000_000_000 == 0 else RACY
    return -RACY_COARSE < now - ctime < window or -RACY_COARSE < now - mtime < window


def twin(path: str) -> str:
    """Where a module's source is after it has become a package, or a package's after it has become a module."""
    folder, name = os.path.split(path)
    if name == "__init__.py":
        return folder + ".py"
    return os.path.join(os.path.splitext(path)[0], "__init__.py")
