"""Watch which of the user's functions start while top-level code runs.

It must never slow code that runs later, nor break an import: what cannot be recorded is marked as unknown.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterable
from threading import get_ident
from types import CodeType, FrameType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import HAS_MONITORING

from .blocks import ModuleRun, Session, UnitRun
from .monitoring import DISABLE, Monitoring
from .records import CodeRef, ModuleRecord
from .runs import Run, is_in_pool
from .surveying import CO_OPTIMIZED, nested_codes

HOT: Final = 5000
"""How often one code object is seen within one run of top-level code before it is given up for the rest of it."""


class Recorder:
    """Watches the start of the user's functions, while top-level code runs and never longer.

    `reach` says which records' functions can be run by code that imports modules of these names (None: any): theirs
    and those of all that they import, except what goes through a module of the set, to which it adds what it found.
    """

    def __init__(self, reach: Callable[[Iterable[str] | None, set[str]], Iterable[ModuleRecord]]) -> None:
        self.hot: dict[int, CodeRef] = {}  #: what was switched off because it ran too often, by id
        self.has_module_getattr = False  #: whether `from module import name` may run a function
        self.monitoring = Monitoring()
        self._reach = reach
        self._lock = threading.RLock()  # guards what follows; never held while code of the user runs
        self._depth = 0
        self._reached: set[str] = set()  # the modules of this session whose functions are seen
        self._counts: dict[int, int] = {}
        self._given_up: list[CodeRef] = []  # what is switched off for the rest of the run
        self._stack: list[Run] = []  # in the order of their beginning
        self._innermost: Run | None = None  # the last of these, if one thread runs them all
        self._runs: dict[int, list[Run]] = {}

    # -- what is watched ------------------------------------------------------------------------------------------
    def track(self, code: CodeType) -> None:
        """See the functions in a code tree start until the session ends; without a session it does nothing."""
        if self._depth and HAS_MONITORING and self.monitoring.claim(self._started):
            own = (code,) if code.co_flags & CO_OPTIMIZED else ()
            self.monitoring.enable((*own, *nested_codes(code)))

    def enable(self, record: ModuleRecord) -> None:
        """See the functions of a module start, until the session ends."""
        if self.monitoring.tool is not None:
            self.monitoring.enable_all(record)

    # -- when -----------------------------------------------------------------------------------------------------
    def begin(
        self,
        code: CodeType,
        modules: Iterable[str] | None = (),
        *,
        record: ModuleRecord | None = None,
        frame: FrameType | None = None,
    ) -> Run | None:
        """Start to record what runs inside `code`, which may use these modules (None: any); `end` must follow.

        Args:
            code: the code whose frames are looked for below the functions that start.
            modules: those whose functions, and those of all they import, are seen to start.
            record: the module whose code it is.
            frame: the very frame, where others may run the same code meanwhile.

        Returns: None where nothing can be recorded.
        """
        if not HAS_MONITORING or not self.monitoring.claim(self._started):
            return None
        with self._lock:
            run = Run(code, frame)
            self._depth += 1
            self._runs.setdefault(id(code), []).append(run)
            self._stack.append(run)
            try:
                self._next_run()
                if record is not None:
                    self._reached.discard(record.name)  # it may be another module of that name
                for reached in self._reach(modules, self._reached):
                    self.enable(reached)
            except Exception:  # somebody took our tool number away, for instance: then nothing is known
                self.monitoring.forget()
                self._given_up.clear()
                self.end(run)
                return None
        return run

    def end(self, run: Run | None) -> None:
        """Stop what `begin` began; with the outermost all events go off."""
        if run is None:
            return
        with self._lock:
            if run in self._stack:
                self._stack.remove(run)
                self._depth -= 1
                runs = self._runs[id(run.code)]
                runs.remove(run)
                if not runs:
                    del self._runs[id(run.code)]
            run.frame = None
            if self._depth:
                self._next_run()
            else:
                self._switch_off()

    def hold(self) -> None:
        """Keep events on from now on, whatever ends meanwhile; `release` must follow."""
        with self._lock:
            self._depth += 1

    def release(self) -> None:
        """What `hold` has begun is over."""
        with self._lock:
            self._depth -= 1
            if not self._depth:
                self._switch_off()

    @property
    def active(self) -> bool:
        """Whether something is being recorded now."""
        return self._depth > 0

    def module(self, code: CodeType, record: ModuleRecord) -> ModuleRun:
        """Record into `record` what runs inside a module's code: a context manager."""
        return ModuleRun(self, code, record)

    def unit(
        self, module: str | None = None, code: CodeType | None = None, *, record: ModuleRecord | None = None
    ) -> UnitRun:
        """Record what runs inside the `with` block: a context manager that gives the list, filled when it is left.

        Args:
            module: the module whose unit it is; what its imports reach is seen. None: every tracked function.
            code: the unit's code; if that can run no function, nothing is switched on.
            record: that of the module: it is told if not everything that ran was seen.
        """
        return UnitRun(self, module, code, record)

    def session(self) -> Session:
        """Keep events on from the first unit that needs them to the end of the `with` block."""
        return Session(self)

    def close(self) -> None:
        """Give everything back."""
        with self._lock:
            self._switch_off()
            self._depth = 0
            self._runs.clear()
            self._stack.clear()
            self._innermost = None
            self.monitoring.close()

    def _switch_off(self) -> None:
        self.monitoring.disable_all()
        self._reached.clear()
        self._counts.clear()
        self._given_up.clear()
        self._innermost = None

    def _next_run(self) -> None:
        """Another run begins or goes on: everything is seen again."""
        self._counts.clear()
        stack = self._stack
        self._innermost = stack[-1] if stack and all(run.thread == stack[-1].thread for run in stack) else None
        if self._given_up:
            self.monitoring.enable_again(self._given_up)
            self._given_up.clear()

    # -- what is seen ---------------------------------------------------------------------------------------------
    def _started(self, code: CodeType, _: int) -> Any:
        """A tracked function starts: note it for the nearest running top-level code below it on this stack."""
        key = id(code)
        run = self._innermost  # runs end in the reverse order of their beginning, so it is the nearest
        if run is None or run.thread != get_ident() or (frame := run.frame) is None:
            run, frame = self._nearest(sys._getframe(1))
        if run is None and (stack := self._stack) and is_in_pool(sys._getframe(1)):  # for what waits for it
            run = stack[-1]
            frame = run.frame or run.find_frame()
        if run is not None and frame is not None:
            run.hits[frame.f_lasti, key] = code
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count < HOT:
            return None
        self._give_up(code, run)
        return DISABLE

    def _nearest(self, frame: FrameType | None) -> tuple[Run | None, FrameType | None]:
        """Find the run in whose frame, or above it, a frame is; the first time, its frame is learnt so."""
        while frame is not None:
            for run in self._runs.get(id(frame.f_code), ()):
                if run.frame is None and run.thread == get_ident():
                    run.frame = frame
                if run.frame is frame:
                    return run, frame
            frame = frame.f_back
        return None, None

    def _give_up(self, code: CodeType, within: Run | None) -> None:
        """A function runs too often: what is recorded meanwhile may lack it."""
        self.hot[id(code)] = weakref.ref(code)
        self._given_up.append(weakref.ref(code))
        thread = get_ident()
        for run in list(self._stack):
            if run is within or run.thread != thread:
                run.complete = False
