"""Changing a function in place: its code, its closure, its lines, its globals.

It must never leave a function with the code of one version and the closure of another.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from types import CellType, CodeType, FunctionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import FREE_THREADED, WARNS_OF_KIND, Refused
from autoreload_hooks.compat.fields import closure_steps, disown, in_one_go, own, version_steps
from autoreload_hooks.compat.silence import warnings_are

FUNCTION_KINDS: Final = 0x20 | 0x80 | 0x200
"""The flags of code that say what a call gives: CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR."""


def new_cell(*value: Any) -> CellType:
    """A closure cell that holds `value`, or an empty one without it."""
    return CellType(*value)


def set_code(
    function: FunctionType,
    code: CodeType,
    closure: tuple[CellType, ...] | None = None,
    *,
    fresh: Collection[str] = (),
) -> Callable[[], None]:
    """Have `function` run `code` from its next call on; returns what undoes it.

    The free variables of `code` are found by *name*: in the function's own closure first, so that its state lives
    on, then in `closure` (in the order of `code.co_freevars`); those named in `fresh` in `closure` first. Calls that
    are running end in the old code. Safe while other threads call the function: each call sees the old code and
    closure or the new ones, never a mixture.

    Raises Refused("closure", ...) where a free variable is found in neither, or where the interpreter does not allow
    another closure; nothing has changed then.
    """
    old, old_cells = function.__code__, function.__closure__
    cells = _cells(function, code, closure, fresh)
    if code is old and cells is old_cells:
        return lambda: None  # assigned all the same, it would cost its callers their caches
    _assign(function, code, cells)
    return partial(_assign, function, old, old_cells)


def respecialise(function: FunctionType) -> bool:
    """Let calls of `function` be as fast as before it was changed; says whether that is so now.

    From 3.13 on every assignment to `__code__`, `__defaults__` or `__kwdefaults__` makes all later calls slower.
    `set_code` takes care of its own; call this after the last assignment of another attribute.
    """
    steps = version_steps(function, function.__code__)
    in_one_go(*steps)
    return bool(steps)


def _cells(
    function: FunctionType, code: CodeType, closure: tuple[CellType, ...] | None, fresh: Collection[str]
) -> tuple[CellType, ...] | None:
    """The closure with which `function` can run `code`; its own tuple where that fits."""
    old = function.__code__
    if old.co_freevars == code.co_freevars and not fresh:
        return function.__closure__
    known = dict(zip(code.co_freevars, closure or (), strict=False))
    own = zip(old.co_freevars, function.__closure__ or (), strict=True)
    known.update((name, cell) for name, cell in own if name not in fresh or name not in known)
    missing = [name for name in code.co_freevars if name not in known]
    if missing:
        raise Refused("closure", f"{function.__qualname__} has no variable {', '.join(missing)} to close over")
    return tuple(known[name] for name in code.co_freevars) or None


def _assign(function: FunctionType, code: CodeType, cells: tuple[CellType, ...] | None) -> None:
    """Assign code and version at once, and the closure with them where it changes.

    A frame takes its cells from the function in its first instruction (COPY_FREE_VARS), before it can be interrupted.
    """
    if cells is function.__closure__:
        with _no_warning(function.__code__, code):
            in_one_go(partial(setattr, function, "__code__", code), *version_steps(function, code))
    else:
        _assign_with_closure(function, code, cells)


def _assign_with_closure(function: FunctionType, code: CodeType, cells: tuple[CellType, ...] | None) -> None:
    """An assignment to `__code__` wants a closure of the right length, which is read-only: both are written at once."""
    if FREE_THREADED:
        raise Refused("free-threaded", "without the GIL a closure and its code cannot be swapped at once")
    old, old_cells = function.__code__, function.__closure__
    steps = closure_steps(function, code, cells)
    if not steps:
        raise Refused("closure", "this Python does not let a function have another closure")
    sys.audit("object.__setattr__", function, "__code__", code)  # a hook may refuse, as with any assignment
    own(code, cells)
    in_one_go(*steps, *version_steps(function, code))
    disown(old, old_cells)


def _no_warning(old: CodeType, new: CodeType) -> AbstractContextManager[object]:
    """From 3.13 on a change of kind warns; shown or raised, that would be Python code between the steps."""
    if not WARNS_OF_KIND or not (old.co_flags ^ new.co_flags) & FUNCTION_KINDS:
        return nullcontext()
    return warnings_are("ignore")


def docstring(code: CodeType) -> str | None:
    """The docstring that a function gets from its code."""
    closure = tuple(CellType() for _ in code.co_freevars)
    return FunctionType(code, {}, closure=closure).__doc__


LABELS: Final[dict[str, Callable[[CodeType], Any]]] = {
    "__name__": lambda code: code.co_name,
    "__qualname__": lambda code: code.co_qualname,
    "__doc__": docstring,
    "__module__": lambda _: None,
}
"""What is written on a function, and what a `def` writes there as far as its code says it."""
