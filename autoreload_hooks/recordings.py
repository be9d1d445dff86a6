"""What ran while a module's top-level code ran: which of the user's functions, inside which statement.

It must never slow code that runs later, nor break an import: what cannot be recorded is marked as unknown.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from opcode import opmap
from threading import get_ident
from types import CodeType, FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Final

from .compat.behaviours import HAS_MONITORING
from .sources import Source

if TYPE_CHECKING:
    from .compat.bytecode import Names

_POOLS: Final = tuple(os.path.join(*names) for names in (("futures", "thread.py"), ("multiprocessing", "pool.py")))
"""The files of the standard library whose threads run what others wait for."""
CodeRef = weakref.ref[CodeType]

HOT: Final = 5000
"""How often one code object is seen within one run of top-level code before it is given up for the rest of it."""

TOOLS: Final = (4, 3)
"""The tool numbers that Python leaves to nobody in particular."""

_monitoring: Final[Any] = getattr(sys, "monitoring", None)
_CO_OPTIMIZED: Final = 0x1


@dataclass(slots=True, eq=False)
class ModuleRecord:
    """What is known of a tracked module."""

    name: str  #: its name in `sys.modules`
    path: str  #: its file
    mine: bool  #: whether it belongs to the user, not to an installed package
    order: int  #: sequence number of the start of its execution
    package: str | None  #: what its relative imports are relative to
    namespace: dict[str, Any]  #: its `__dict__`
    initialising: bool = False  #: whether its top-level code is still running
    codes: list[CodeRef] = field(default_factory=list)
    #: every function's code object outside other functions, methods included, in source order
    surveyed: bool = False  #: whether that is all of them, so that none need be looked for
    ran: dict[int, tuple[CodeRef, ...]] = field(default_factory=dict)
    #: a line of a module-level statement -> the tracked code objects that ran inside it
    complete: bool = False  #: whether `ran` has everything that ran
    source: Source | None = None  #: the text that runs, where it is known
    edited_before: bool = False  #: the file differs from what runs, and the old text is not known
    names: tuple[str, ...] = ()  #: the names in its top-level code, what it imports among them
    finished: int = 0  #: the next number when its top-level code had run, where that was seen
    inner_names: set[str] | None = None  #: those in functions that import something, once somebody asked
    by_text: bool = False  #: whether they may have a module that a string names, once somebody asked
    known: Names | None = None  #: `names` told apart by what is done with them, once somebody asked
    old_code: CodeType | None = None  #: from the `.pyc`: a code tree like the one that runs, where no text is known


class Records(dict[str, ModuleRecord]):
    """Every tracked module by name; what is found out about all of them holds as long as `version` stays the same."""

    version = 0  #: how often a module came, went or was taken for another

    def changed(self) -> None:
        """Something that others have looked up may be another now."""
        self.version += 1

    def get(self, name: object, default: None = None) -> ModuleRecord | None:  # type: ignore[override]
        """The record of a module; a class may have anything for its `__module__`, also what has no hash."""
        return super().get(name, default) if type(name) is str else default

    def __contains__(self, name: object) -> bool:
        return type(name) is str and super().__contains__(name)

    def __setitem__(self, name: str, record: ModuleRecord) -> None:
        self.version += 1
        super().__setitem__(name, record)

    def __delitem__(self, name: str) -> None:
        self.version += 1
        super().__delitem__(name)

    def discard(self, name: str) -> None:
        """Track a module no more, if it was tracked."""
        if name in self:
            del self[name]


_HARMLESS: Final = bytes(
    opmap[name]
    for name in (
        "CACHE", "RESUME", "NOP", "POP_TOP", "PUSH_NULL", "LOAD_CONST", "LOAD_SMALL_INT",
        "LOAD_COMMON_CONSTANT", "LOAD_NAME", "LOAD_GLOBAL", "LOAD_LOCALS", "LOAD_FAST", "LOAD_FAST_BORROW",
        "STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF", "LOAD_DEREF", "LOAD_CLOSURE", "MAKE_CELL",
        "COPY_FREE_VARS", "COPY", "SWAP", "BUILD_TUPLE", "BUILD_LIST", "MAKE_FUNCTION",
        "SET_FUNCTION_ATTRIBUTE", "IMPORT_NAME", "IMPORT_FROM", "RETURN_VALUE", "RETURN_CONST", "EXTENDED_ARG",
        "SETUP_ANNOTATIONS", "LOAD_BUILD_CLASS", "PRECALL",
    )
    if opmap.get(name, 256) < 256  # above are the assembler's own
)  # fmt: skip
"""Instructions that run no function of the user."""

_CALL: Final = opmap["CALL"]
_BUILD_CLASS: Final = opmap["LOAD_BUILD_CLASS"]


def survey(code: CodeType, functions: list[CodeRef]) -> bool:
    """Look at the code of a module or class body before it runs.

    The code objects of its functions are added to `functions`, in source order: methods too, and what stands in
    comprehensions and hidden scopes of type parameters, but not what stands in functions.

    Returns: whether the code could run a Python function. Statements of classes without bases do not.
    """
    raw = code.co_code
    ops = raw[::2]
    rest = ops.translate(None, _HARMLESS)
    calls = bool(rest) and not _only_plain_classes(raw, ops, rest)
    for constant in code.co_consts:
        if type(constant) is CodeType:
            if not constant.co_flags & _CO_OPTIMIZED:
                calls |= survey(constant, functions)
            elif (name := constant.co_name)[0] == "<" and name != "<lambda>":
                survey(constant, functions)
            elif name != "__annotate__":
                functions.append(weakref.ref(constant))
    return calls


def can_call(code: CodeType) -> bool:
    """Could the code of a module or class body run a Python function?"""
    return survey(code, [])


def _only_plain_classes(raw: bytes, ops: bytes, rest: bytes) -> bool:
    """Is every call one of `__build_class__` with a body and a name only?"""
    if rest.count(_CALL) != len(rest) or ops.count(_BUILD_CLASS) != len(rest):
        return False
    at = ops.find(_CALL)
    while at >= 0:
        if raw[2 * at + 1] != 2:
            return False
        at = ops.find(_CALL, at + 1)
    return True


def nested_codes(code: CodeType) -> Iterator[CodeType]:
    """Yield every function's code object anywhere inside another."""
    for constant in code.co_consts:
        if type(constant) is CodeType:
            if constant.co_flags & _CO_OPTIMIZED:
                yield constant
            yield from nested_codes(constant)


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


class Recorder:
    """Watches the start of the user's functions, while top-level code runs and never longer.

    `reach` says which records' functions can be run by code that imports modules of these names (None: any): theirs
    and those of all that they import, except what goes through a module of the set, to which it adds what it found.
    """

    def __init__(self, reach: Callable[[Iterable[str] | None, set[str]], Iterable[ModuleRecord]]) -> None:
        self.hot: dict[int, CodeRef] = {}  #: what was switched off because it ran too often, by id
        self.has_module_getattr = False  #: whether `from module import name` may run a function
        self._reach = reach
        self._lock = threading.RLock()  # guards what follows; never held while code of the user runs
        self._depth = 0
        self._tool: int | None = None
        self._enabled: list[CodeRef] = []
        self._reached: set[str] = set()  # the modules of this session whose functions are seen
        self._counts: dict[int, int] = {}
        self._given_up: list[CodeRef] = []  # what is switched off for the rest of the run
        self._stack: list[Run] = []  # in the order of their beginning
        self._innermost: Run | None = None  # the last of these, if one thread runs them all
        self._runs: dict[int, list[Run]] = {}

    # -- tracking -----------------------------------------------------------------------------------------------
    def track(self, code: CodeType) -> None:
        """See the functions in a code tree start until the session ends; without a session it does nothing."""
        if self._depth and HAS_MONITORING and self._claim():
            own = (code,) if code.co_flags & _CO_OPTIMIZED else ()
            self._enable((*own, *nested_codes(code)))

    def untrack(self, code: CodeType) -> None:
        """See the functions in a code tree no more."""
        if self._tool is not None:
            for inner in (code, *nested_codes(code)):
                _monitoring.set_local_events(self._tool, inner, 0)

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
        if not HAS_MONITORING or not self._claim():
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
                self._enabled.clear()
                self._given_up.clear()
                self._tool = None
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

    @property
    def active(self) -> bool:
        """Whether something is being recorded now."""
        return self._depth > 0

    def enable(self, record: ModuleRecord) -> None:
        """See the functions of a module start, until the session ends."""
        if self._tool is None:
            return
        enabled, set_events, tool, event = self._enabled, *self._switch()
        for ref in record.codes:
            code = ref()
            if code is not None:
                enabled.append(ref)
                set_events(tool, code, event)
                if CodeType in map(type, code.co_consts):
                    self._enable(nested_codes(code))
        for refs in record.ran.values():
            for ref in refs:  # what made a closure may be gone, and with it the way to its code
                code = ref()
                if code is not None and "<locals>" in code.co_qualname:
                    enabled.append(ref)
                    set_events(tool, code, event)

    def module(self, code: CodeType, record: ModuleRecord) -> _ModuleRun:
        """Record into `record` what runs inside a module's code: a context manager."""
        return _ModuleRun(self, code, record)

    def unit(
        self, module: str | None = None, code: CodeType | None = None, *, record: ModuleRecord | None = None
    ) -> _UnitRun:
        """Record what runs inside the `with` block: a context manager that gives the list, filled when it is left.

        Args:
            module: the module whose unit it is; what its imports reach is seen. None: every tracked function.
            code: the unit's code; if that can run no function, nothing is switched on.
            record: that of the module: it is told if not everything that ran was seen.
        """
        return _UnitRun(self, module, code, record)

    def session(self) -> _Session:
        """Keep events on from the first unit that needs them to the end of the `with` block."""
        return _Session(self)

    def close(self) -> None:
        """Give everything back."""
        with self._lock:
            self._switch_off()
            self._depth = 0
            self._runs.clear()
            self._stack.clear()
            self._innermost = None
            if self._tool is not None:
                if _monitoring.get_tool(self._tool) == __package__:
                    _monitoring.register_callback(self._tool, _monitoring.events.PY_START, None)
                    _monitoring.free_tool_id(self._tool)
                self._tool = None

    # -- monitoring ---------------------------------------------------------------------------------------------
    def _claim(self) -> bool:
        """Have a tool number, which is kept: giving it back makes Python look at all code again."""
        if self._tool is not None:
            return True
        for tool in TOOLS:
            if _monitoring.get_tool(tool) is None:
                try:
                    _monitoring.use_tool_id(tool, __package__)
                except ValueError:  # another thread was faster
                    continue
                _monitoring.register_callback(tool, _monitoring.events.PY_START, self._started)
                self._tool = tool
                return True
        return False

    def _switch(self) -> tuple[Callable[[int, CodeType, int], None], int, int]:
        """What switches an event on, for whom, and which."""
        return _monitoring.set_local_events, self._tool or 0, _monitoring.events.PY_START

    def _enable(self, codes: Iterable[CodeType]) -> None:
        set_events, tool, event = self._switch()
        for code in codes:
            self._enabled.append(weakref.ref(code))
            set_events(tool, code, event)

    def _switch_off(self) -> None:
        if self._enabled:
            set_events, tool, _ = self._switch()
            for ref in self._enabled:
                if (code := ref()) is not None:
                    set_events(tool, code, 0)
        self._enabled.clear()
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
            set_events, tool, event = self._switch()
            for ref in self._given_up:
                if (code := ref()) is not None:
                    set_events(tool, code, 0)
                    set_events(tool, code, event)
            self._given_up.clear()

    def _started(self, code: CodeType, _: int) -> Any:
        """A tracked function starts: note it for the nearest running top-level code below it on this stack."""
        key = id(code)
        run = self._innermost  # runs end in the reverse order of their beginning, so it is the nearest
        if run is None or run.thread != get_ident() or (frame := run.frame) is None:
            run, frame = self._nearest(sys._getframe(1))
        if run is None and (stack := self._stack) and _is_in_pool(sys._getframe(1)):  # for what waits for it
            run = stack[-1]
            frame = run.frame or _frame_of(run)
        if run is not None and frame is not None:
            run.hits[frame.f_lasti, key] = code
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count < HOT:
            return None
        self._give_up(code, run)
        return _monitoring.DISABLE

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


def _is_in_pool(frame: FrameType | None) -> bool:
    """Whether a pool of threads runs a frame: a thread of its own goes on for itself, whoever started it."""
    while frame is not None:
        if frame.f_code.co_filename.endswith(_POOLS):
            return True
        frame = frame.f_back
    return False


def _frame_of(run: Run) -> FrameType | None:
    """The frame of a run, looked for from another thread."""
    frame = sys._current_frames().get(run.thread)
    while frame is not None and frame.f_code is not run.code:
        frame = frame.f_back
    run.frame = frame
    return frame


class _ModuleRun:
    def __init__(self, recorder: Recorder, code: CodeType, record: ModuleRecord) -> None:
        self._recorder, self._code, self._record = recorder, code, record

    def __enter__(self) -> None:
        self._run = self._recorder.begin(self._code, record=self._record)

    def __exit__(self, *_: object) -> None:
        self._recorder.end(self._run)
        if self._run is not None:
            self._record.ran = self._run.lines()
            self._record.complete = self._run.complete


class _UnitRun:
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


class _Session:
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __enter__(self) -> None:
        with self._recorder._lock:
            self._recorder._depth += 1

    def __exit__(self, *_: object) -> None:
        with self._recorder._lock:
            self._recorder._depth -= 1
            if not self._recorder._depth:
                self._recorder._switch_off()
