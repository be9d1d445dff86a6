"""Which files may have been touched since the last question, as the system tells it: nothing is looked at one by one.

It must never leave out a file that was touched: where that is not certain, it says so, and stamps are compared.

Linux's inotify is read in the thread that asks. `watchfiles` reads it in a thread of its own and was tried first, with
a file that is saved in a watched folder before each cell and waited for, so that all earlier events are known. That
took 140 microseconds of processor time per cell instead of 4 (250, and 2 milliseconds of waiting, without spinning) and
a new watcher for each new folder; and as its events leave out that the system's queue was too short, an edit could be
missed for good. Nor can it be exact on other systems for that reason, so stamps are compared there.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from importlib.machinery import PathFinder
from typing import Final

from autoreload_hooks.compat.inotify import IN_FOLDER, ITSELF, LINK, Inotify, is_local

LINKS: Final = 40
"""How many symbolic links may lead to a file, as the system counts."""


class Watching:
    """The files that are followed, and the folders that are watched for it.

    A file may be touched by whatever happens to an entry of that name in its folder. What happens to the folder itself,
    to a folder above it or to a symbolic link on the way is rare: then all is asked anew.
    """

    def __init__(self) -> None:
        self.files: dict[str, bool] = {}  #: the files that are followed, and whether they can be watched
        self._wanted: bool | None = None
        self._usable: bool | None = None  # None until that is asked
        self._queue: Inotify | None = None
        self._process = 0  # which opened the queue: a child has the parent's, whose events it must not take
        self._entries: dict[int, dict[bytes, set[str]]] = {}  # folder -> name -> the files that such an entry leads to
        self._folders: dict[str, int] = {}  # real folders whose entries are watched
        self._steps: set[str] = set()  # folders and links that are watched themselves
        self._places: dict[str, str | None] = {}  # folder -> its real place, if it can be watched

    @property
    def wanted(self) -> bool | None:
        """Whether files are to be watched; None: if the extra for it is installed."""
        return self._wanted

    @wanted.setter
    def wanted(self, wanted: bool | None) -> None:
        self._wanted, self._usable = wanted, None
        self.reset()

    @property
    def usable(self) -> bool:
        """Whether files can be watched here, as far as that is known."""
        if self._usable is None:
            self._usable = is_installed() if self._wanted is None else self._wanted
        return self._usable

    def follow(self, paths: Iterable[str]) -> None:
        """Watch these files too. What was done to them before is not told, so they are to be compared after this."""
        for table in (self._folders, self._steps, self._places):
            table.clear()  # anything may have taken their place
        if self._open():
            self._follow_all(paths)

    def follow_again(self, paths: Collection[str]) -> bool:
        """The same for files that were touched; False if that is not possible now, then they are followed no more.

        The folders and links on the way are as they were: whatever takes their place is told at the next question.
        """
        if self._queue is not None:
            self._follow_all(paths)
        gone = [path for path in paths if not self.files.get(path)]
        self.leave(gone)
        return not gone

    def leave(self, paths: Iterable[str]) -> None:
        """Follow these files no more."""
        for path in paths:
            self.files.pop(path, None)

    def unwatched(self) -> Collection[str]:
        """Those of the files that cannot be watched: on a network file system, over the limit, hard links."""
        return {path for path, watched in self.files.items() if not watched}

    def touched(self) -> Collection[str] | None:
        """The files that may have been touched since the last question; None if that is not known of all.

        Each of them has to be followed again: another file may be in its place.
        """
        if self._queue is None or self._process != os.getpid():
            self.reset()
            return None
        try:
            events = self._queue.events()
        except OSError:
            self.reset()
            return None
        return self._touched_by(events) if events else ()

    def reset(self) -> None:
        """Follow nothing any more, and leave nothing open."""
        if self._queue is not None:
            if self._process != os.getpid():
                self._usable = False
            self._queue.close()
            self._queue = None
        for table in (self.files, self._entries, self._folders, self._steps, self._places):
            table.clear()

    def _open(self) -> bool:
        if self._queue is not None and self._process != os.getpid():
            self.reset()
        if self._queue is None and self.usable:
            try:
                self._queue = Inotify()
            except OSError:
                self._usable = False
            self._process = os.getpid()
        return self._queue is not None

    def _touched_by(self, events: Iterable[tuple[int, bytes]]) -> Collection[str] | None:
        touched: set[str] = set()
        for number, name in events:
            if not name:  # the queue was too short, or a folder or link is not what it was
                self.reset()
                return None
            touched |= self._entries.get(number, {}).get(name, set())
        return touched

    def _follow_all(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.files[path] = self._follow(path)

    def _follow(self, path: str) -> bool:
        """Watch the entries that lead to a file; False if that is not enough to be told of every touch."""
        folder, _, name = path.rpartition("/")
        try:
            place = self._place(folder)
            if place is None:
                return False
            self._expect(place, name, path)
            status = os.lstat(path)  # after it is watched: what comes later is told
            if stat.S_ISLNK(status.st_mode):
                if not self._watch_way(path):
                    return False
                place, name = os.path.split(os.path.realpath(path, strict=True))
                self._expect(place, name, path)
                status = os.stat(path)
            return status.st_nlink == 1  # by another name it can be written to unseen
        except (OSError, ValueError):
            return False

    def _place(self, folder: str) -> str | None:
        """The real place of a folder, when all that leads to it is watched; None if that cannot be."""
        if folder not in self._places:
            self._places[folder] = None
            if folder.startswith("/") and self._watch_way(folder):
                self._places[folder] = os.path.realpath(folder, strict=True)
        return self._places[folder]

    def _watch_way(self, path: str) -> bool:
        """Watch each folder and link on the way to a path; False if changes there would not be told."""
        return all(self._watch_step(step, mode) for step, mode in _steps(path))

    def _watch_step(self, path: str, mode: int) -> bool:
        is_link = stat.S_ISLNK(mode)
        if path in self._steps or not (is_link or stat.S_ISDIR(mode)):
            return True
        if not is_local(os.path.dirname(path) if is_link else path):
            return False
        self._watch(path, LINK if is_link else ITSELF)
        self._steps.add(path)
        return True

    def _watch(self, path: str, mask: int) -> int:
        if self._queue is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._queue.add(path, mask)

    def _expect(self, place: str, name: str, path: str) -> None:
        """Whatever happens to this entry of a folder touches this file."""
        number = self._folders.get(place)
        if number is None:
            number = self._folders[place] = self._watch(place, IN_FOLDER | ITSELF)
        self._entries.setdefault(number, {}).setdefault(os.fsencode(name), set()).add(path)


def is_installed() -> bool:
    """Is the library of the extra `[watch]` there? It is not imported for it."""
    try:
        return PathFinder.find_spec("watchfiles") is not None
    except (ImportError, ValueError):
        return False


def _steps(path: str) -> Iterator[tuple[str, int]]:
    """Each folder and link on the way from the root to a path, and the path itself, with its mode.

    Raises:
        OSError: if the way is broken or goes in circles.
    """
    at, todo, links = "/", path.split("/")[::-1], 0
    while todo:
        part = todo.pop()
        if part in ("", "."):
            continue
        if part == "..":
            at = os.path.dirname(at)
            continue
        here = os.path.join(at, part)
        mode = os.lstat(here).st_mode
        yield here, mode
        if not stat.S_ISLNK(mode):
            at = here
            continue
        links += 1
        if links > LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(here)
        if target.startswith("/"):
            at = "/"
        todo += target.split("/")[::-1]
