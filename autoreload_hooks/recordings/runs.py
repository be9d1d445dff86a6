"""Top-level code that is running now: its frame, and what was seen to run inside it.

It must never keep a frame longer than the code runs.
"""

from __future__ import annotations

import os
import sys
import weakref
from bisect import bisect_right
from threading import get_ident
from types import CodeType, FrameType
from typing import Final

from .records import CodeRef

_POOLS: Final = tuple(os.path.join(*names) for names in (("futures", "thread.py"), ("multiprocessing", "pool.py")))
"""The files of the standard library whose threads run what others wait for."""


class Run:
    """Top-level code that is running now, and what was seen inside it."""

    __slots__ = ("code", "complete", "frame", "hits", "thread")

    def __init__(self, code: CodeType, frame: FrameType | None) -> None:
        self.code = code  #: the code whose frame is looked for
        self.frame = frame  #: the very frame, once it is known
        self.complete = True  #: whether everything is seen
        self.thread = get_ident()  #: who runs it
        self.hits: dict[tuple[int, int], CodeType] = {}  #: (instruction, id) -> what ran there

    def lines(self) -> dict[int, tuple[CodeRef, ...]]:
        """Return what ran by line of the code."""
        table = [(start, line) for start, _, line in self.code.co_lines() if line]
        found: dict[int, dict[CodeRef, None]] = {}
        for (instruction, _), code in sorted(self.hits.items(), key=lambda hit: hit[0][0]):
            place = max(bisect_right(table, (instruction, sys.maxsize)) - 1, 0)
            found.setdefault(table[place][1] if table else 0, {})[weakref.ref(code)] = None
        return {line: tuple(refs) for line, refs in sorted(found.items())}

    def find_frame(self) -> FrameType | None:
        """The frame of the run, looked for from another thread."""
        frame = sys._current_frames().get(self.thread)
        while frame is not None and frame.f_code is not self.code:
            frame = frame.f_back
        self.frame = frame
        return frame


def is_in_pool(frame: FrameType | None) -> bool:
    """Whether a pool of threads runs a frame: a thread of its own goes on for itself, whoever started it."""
    while frame is not None:
        if frame.f_code.co_filename.endswith(_POOLS):
            return True
        frame = frame.f_back
    return False
