"""Changing a function in place: its code, its closure, its lines, its globals.

It must never leave a function with the code of one version and the closure of another.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CellType, CodeType, FunctionType
from typing import Any

from autoreload_hooks.compat.behaviours import Refused


def new_cell(*value: Any) -> CellType:
    """A closure cell that holds `value`, or an empty one without it."""
    return CellType(*value)


def set_code(function: FunctionType, code: CodeType, closure: tuple[CellType, ...] | None = None) -> Callable[[], None]:
    """Have `function` run `code` from its next call on; returns what undoes it.

    The free variables of `code` are found by *name*: in the function's own closure first, so that its state lives
    on, then in `closure` (in the order of `code.co_freevars`). Calls that are running end in the old code.

    Raises Refused("closure", ...) where a free variable is found in neither.
    """
    old, old_closure = function.__code__, function.__closure__
    if old.co_freevars != code.co_freevars:
        raise Refused("closure", "not yet")
    function.__code__ = code

    def undo() -> None:
        function.__code__ = old
        del old_closure

    return lambda: setattr(function, "__code__", old)


def shift_lines(code: CodeType, delta: int) -> None:
    """Move `code`, and all code nested in it, `delta` lines down, in place.

    Raises Refused("line-numbers", ...) where the field cannot be verified; nothing has changed then.
    """
    raise Refused("line-numbers", "not yet")


def set_globals(function: FunctionType, namespace: dict[str, Any]) -> Callable[[], None]:
    """Have `function` look up its global names in `namespace`; returns what undoes it.

    Raises Refused("globals", ...) where the field cannot be verified.
    """
    raise Refused("globals", "not yet")
