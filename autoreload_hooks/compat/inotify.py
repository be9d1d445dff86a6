"""Linux's own notice of what happens to files, asked in the calling thread.

It must never answer "nothing happened" where the kernel was not asked or did not keep count: it raises instead.

The fact that it relies on: the kernel queues an event before the system call that caused it returns, so a look at the
queue knows of every write that had returned before, whichever process wrote. https://man7.org/linux/man-pages/man7/inotify.7.html
"""

from __future__ import annotations

import errno
import os
import struct
import sys
from collections.abc import Iterator
from typing import Any, Final

IN_FOLDER: Final = 0x00000002 | 0x00000004 | 0x00000008 | 0x000000C0 | 0x00000100 | 0x00000200
"""What concerns an entry: modified, attributes, closed after writing (shared memory), moved, created, deleted."""

ITSELF: Final = 0x00000400 | 0x00000800
"""The thing itself is deleted or moved."""

LINK: Final = ITSELF | 0x00000004 | 0x02000000
"""The same for a symbolic link, which is not followed; its number of links is an attribute and tells at once."""

_ADD: Final = 0x20000000  # to what was asked for before of the same folder
_EVENT: Final = struct.Struct("iIII")
_BUFFER: Final = 1 << 16
_READS: Final = 32

LOCAL: Final = frozenset(
    {
        0xEF53,  # ext2, ext3, ext4
        0x58465342,  # xfs
        0x9123683E,  # btrfs
        0xCA451A4E,  # bcachefs
        0x2FC12FC1,  # zfs
        0xF2F52010,  # f2fs
        0x3153464A,  # jfs
        0x52654973,  # reiserfs
        0x01021994,  # tmpfs
        0x858458F6,  # ramfs
        0x794C7630,  # overlayfs
        0x73717368,  # squashfs
        0xE0F5E1E2,  # erofs
        0x9660,  # iso9660
    }
)
"""The file systems, by `f_type`, that nothing but this kernel writes to. https://man7.org/linux/man-pages/man2/statfs.2.html"""


class Inotify:
    """One queue of events.

    Raises:
        OSError: if there is none to be had: another system, a missing library, too many queues.
    """

    def __init__(self) -> None:
        self._descriptor = -1
        self._library = _library()
        self._descriptor = int(self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        if self._descriptor < 0:
            raise _error()

    def __del__(self) -> None:
        self.close()

    def add(self, path: str, mask: int) -> int:
        """Ask for events of a folder or link, besides those asked for before; returns its number in the events.

        Raises:
            OSError: if it is not there, may not be read, or there are too many.
        """
        number = int(self._library.inotify_add_watch(self._descriptor, os.fsencode(path), mask | _ADD))
        if number < 0:
            raise _error()
        return number

    def events(self) -> list[tuple[int, bytes]]:
        """What happened since the last question: the number of the folder and the name in it.

        The name is empty where something happened to the folder or the link itself, or to the queue.

        Raises:
            OSError: if the queue is closed, or filled faster than it can be read.
        """
        found: list[tuple[int, bytes]] = []
        try:
            for _ in range(_READS):
                found += _parsed(os.read(self._descriptor, _BUFFER))
        except BlockingIOError:
            return found
        raise OSError(errno.EOVERFLOW, os.strerror(errno.EOVERFLOW))

    def close(self) -> None:
        """Ask for nothing any more."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def is_local(path: str) -> bool:
    """Is a path on a file system that nothing but this kernel writes to? False where that is not known for certain."""
    import ctypes

    answer = (ctypes.c_long * 64)()  # longer than any system's `struct statfs`, whose first field is the type
    try:
        failed = _library().statfs(os.fsencode(path), answer)
    except (OSError, AttributeError):
        return False
    return not failed and answer[0] & 0xFFFFFFFF in LOCAL


def _library() -> Any:
    """The C library; imported when it is needed."""
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    try:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        library.inotify_init1, library.inotify_add_watch, library.statfs  # noqa: B018  (are they there?)
    except (ImportError, AttributeError, TypeError) as error:
        raise OSError(errno.ENOSYS, str(error)) from error
    return library


def _error() -> OSError:
    import ctypes

    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


def _parsed(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        number, _, _, length = _EVENT.unpack_from(data, at)
        at += _EVENT.size + length
        yield number, data[at - length : at].rstrip(b"\0")
