"""The `with` blocks in which a recorder watches: one for a module, one for a unit, one for a whole reload.

They must never hide what is raised inside them, nor watch when they are left.
"""

from __future__ import annotations

import sys
from types import CodeType, TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .recorder import Recorder

from .records import ModuleRecord
from .runs import Run
from .surveying import can_call


class ModuleRun:
    """Into a module's record comes what runs inside its code."""

    def __init__(self, recorder: Recorder, code: CodeType, record: ModuleRecord) -> None:
        self._recorder, self._code, self._record = recorder, code, record

    def __enter__(self) -> None:
        self._run = self._recorder.begin(self._code, record=self._record)

    def __exit__(self, *_: object) -> None:
        self._recorder.end(self._run)
        if self._run is not None:
            self._record.ran = self._run.lines()
            self._record.complete = self._run.complete


class UnitRun:
    """Into a list comes what runs inside the block."""

    def __init__(
        self, recorder: Recorder, module: str | None, code: CodeType | None, record: ModuleRecord | None
    ) -> None:
        self._recorder, self._module, self._code, self._record = recorder, module, code, record
        self._run: Run | None = None
        self._found: list[CodeType] = []

    def __enter__(self) -> list[CodeType]:
        if self._code is None or self._recorder.has_module_getattr or can_call(self._code):
            frame = sys._getframe(1)
            imports = None if self._module is None else (self._module,)
            self._run = self._recorder.begin(frame.f_code, imports, frame=frame)
            if self._run is None and self._record is not None:
                self._record.complete = False
        if self._code is not None:  # a unit that runs nothing makes functions for those that come later
            self._recorder.track(self._code)
        return self._found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._run is not None:
            self._found += {id(code): code for code in self._run.hits.values()}.values()
            self._recorder.end(self._run)
            self._run.hits.clear()
            if self._record is not None:
                self._record.complete &= self._run.complete


class Session:
    """Events stay on from the first unit that needs them to the end of the block."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __enter__(self) -> None:
        self._recorder.hold()

    def __exit__(self, *_: object) -> None:
        self._recorder.release()
