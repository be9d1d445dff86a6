"""What stands for something outside of Python's objects, and the books of the standard library that can be put back.

It must never import a library for that: what nobody has imported nobody can have used.
"""

from __future__ import annotations

import atexit
import copyreg
import logging
import signal
import typing
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import home_of, is_a
from autoreload_hooks.compat.layouts import is_python_layout
from autoreload_hooks.transaction import Transaction

from .standard import set_filters

_OUTSIDE: Final = frozenset({
    *("threading", "_thread", "socket", "ssl", "io", "_io", "subprocess", "multiprocessing", "concurrent", "asyncio"),
    *("selectors", "sqlite3", "IPython", "ipykernel", "traitlets", "tornado", "zmq"),
})  # fmt: skip
"""The packages of what runs, is open or is connected: its attributes tell how that stands."""

_KEPT_BY_C: Final = frozenset({
    *("builtins", "datetime", "decimal", "re", "_thread", "functools", "types", "operator", "weakref", "itertools"),
    *("collections", "typing", "abc", "_abc", "pathlib", "uuid", "contextvars", "_contextvars"),
})  # fmt: skip
"""The modules of classes of C whose instances other objects may keep: they never change, or it does not matter."""


def is_outside(cls: type) -> bool:
    """Whether a class, which somebody else has written, is of what stands for something outside."""
    return home_of(cls).partition(".")[0] in _OUTSIDE or cls is logging.Manager


def is_of_c(value: Any) -> bool:
    """Whether an object may keep in C what its attributes rely on."""
    kind = type(value)
    return not (home_of(kind) in _KEPT_BY_C or issubclass(kind, (*_HOLDING, type)) or is_python_layout(kind))


_HOLDING: Final = (dict, list, set, tuple, frozenset, str, bytes, int, float, BaseException, FunctionType)


# ---- books of the standard library


def guard_books(tx: Transaction, module: str, named: Iterable[Any], later: Callable[[], Iterable[Any]]) -> None:
    """Keep the books that functions of the standard library write, of which some are `named` in a module's unit.

    `later` says which objects the names stand for when the unit has run.
    """
    for each in named:
        if (keep := _BY_ID.get(id(each))) is not None:
            keep(tx, later)
        elif each is typing.overload:
            for book in getattr(typing, "_overload_registry", {}).get(module, {}).values():
                tx.guard_state(book)
        elif is_a(each, logging.Logger):
            manager: Any = each.manager
            tx.on_undo(manager._clear_cache)  # what loggers remember of levels; theirs are put back before


def _keep_exits(tx: Transaction, later: Callable[[], Iterable[Any]]) -> None:
    """Python tells how many functions were registered, not which: if any, it is taken to be the named ones."""
    count = atexit._ncallbacks()

    def undo() -> None:
        if atexit._ncallbacks() > count:
            for each in later():
                if is_a(each, (FunctionType, BuiltinFunctionType, MethodType)):
                    atexit.unregister(each)

    tx.on_undo(undo)


def _keep_signals(tx: Transaction, later: object) -> None:
    del later
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}

    def undo() -> None:
        for number, handler in before.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)

    tx.on_undo(undo)


def _keep_warnings(tx: Transaction, later: object) -> None:
    del later
    before = list(warnings.filters)

    def undo() -> None:
        if list(warnings.filters) != before:
            set_filters(before)

    tx.on_undo(undo)


def _keep_all(objects: Callable[[], Iterable[Any]], tx: Transaction, later: object) -> None:
    del later
    for each in objects():
        tx.guard_state(each)


_BOOKS: Final[dict[Any, Callable[[Transaction, Callable[[], Iterable[Any]]], None]]] = {
    atexit.register: _keep_exits,
    signal.signal: _keep_signals,
    warnings.filterwarnings: _keep_warnings,
    warnings.simplefilter: _keep_warnings,
    warnings.resetwarnings: _keep_warnings,
    logging.basicConfig: partial(_keep_all, lambda: (logging.root, logging.root.handlers)),
    logging.addLevelName: partial(_keep_all, lambda: (logging._levelToName, logging._nameToLevel)),
    copyreg.pickle: partial(_keep_all, lambda: (copyreg.dispatch_table,)),
}
"""Functions that write into books which nobody names, and how these are kept."""

_BY_ID: Final = {id(function): keep for function, keep in _BOOKS.items()}
