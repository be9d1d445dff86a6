"""Before a unit acts upon shared objects: they are restored if the reload is undone, and who refuses is told.

It must never guard what no unit acts upon or has at hand, unless a module comes that may act upon anything.
"""

from __future__ import annotations

import ast
import inspect
from collections import deque
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from types import CodeType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, is_a
from autoreload_hooks.transaction import Transaction

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .applications import have_built_anew
from .asking import asks_for_value
from .containers import DEPTH, containers_of, is_plain_instance
from .contents import Contents
from .hands import at_hand
from .makers import Makers
from .pictures import Look, is_data, look_at
from .sharing import Sharing

SETS: Final = ".set("
"""How a statement gives a context variable its value, if it gives a name to the token as well."""
_OF_PYTHON: Final = ("builtins", "collections")
"""The modules of the containers that may be copied without running code of the user."""


class Guarding:
    """What is guarded while the units of one reload act upon it."""

    def __init__(self, tx: Transaction, sharing: Sharing, makers: Makers, contents: Contents) -> None:
        self.tx = tx
        self.sharing = sharing
        self.makers = makers
        self.contents = contents
        self._data: dict[int, Look] = {}  # by id, what is put back of arrays, frames and texts in memory

    def guard(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> list[Any]:
        """Have the plain containers that a unit acts upon restored if the reload is undone; returns what it acts upon.

        `codes` are the functions that will run inside it.
        """
        guarded = []
        for owner, chain, shared in self.sharing.shared(live, unit, codes, now=True):
            self.contents.note(live, unit, owner, chain, shared)
            if not self._guard_container(shared):
                have_built_anew(self.tx, shared)
                self._guard_parts(shared)
            guarded.append(shared)
        return guarded

    def look_at_hand(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> list[Look]:
        """Remember what the objects hold that a unit, or one of these functions, has at hand and may change.

        Not of an import, nor of a statement that asks for a value and gives it nothing but names.
        Returns how the arrays, frames and texts in memory look now that are among these.
        """
        looks = []
        only_binds = _only_binds(unit)
        if not unit.is_import and (not only_binds or SETS in unit.text):
            for obj in at_hand(self.sharing.program, live, unit, codes):
                is_variable = type(obj) is ContextVar
                if only_binds and not is_variable:  # `token = variable.set(3)`
                    continue
                self.contents.look_at(live, unit, obj)
                if (is_data(obj) or is_variable) and (look := look_at(obj)) is not None:
                    looks += [] if is_variable else [look]
                    if id(obj) not in self._data:
                        self._data[id(obj)] = look
                        self.tx.on_undo(look.put_back)
        return looks

    def guard_held(self, modules: Iterable[LiveModule]) -> None:
        """The same for all that these modules hold: what a statement imports for the first time may act upon any."""
        for live in modules:
            for container in self.contents.note_held(live):
                self._guard_container(container)

    def _guard_parts(self, shared: Any) -> None:
        """Have the containers that an object has restored if the reload is undone."""
        for container in containers_of(shared, DEPTH) if is_plain_instance(shared) and not is_data(shared) else ():
            if type(container).__module__ in _OF_PYTHON:
                self._guard_container(container)

    def _guard_container(self, shared: Any) -> bool:
        """Have a plain container restored if the reload is undone; whether it is one."""
        if is_a(shared, dict):
            self.tx.guard(shared)
        elif is_a(shared, (list, deque)):
            self.tx.guard_list(shared)
        elif is_a(shared, set):
            self.tx.guard_set(shared)
        else:
            return False
        return True

    def refused_by(
        self, live: LiveModule, unit: Unit, readers: Readers, error: BaseException
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """The makers of the shared objects that would not let a unit act upon them.

        The error was raised in a method of such an object, as by a web application that has begun to serve.
        """
        asked = _receivers_of(error)
        for owner, chain, shared in self.sharing.shared(live, unit):
            maker = self.makers.of(owner, chain, readers) if id(shared) in asked else None
            if maker is not None and maker[1] is not unit:
                yield maker


def _only_binds(unit: Unit) -> bool:
    """Whether a statement asks for a value, and gives it nothing but names."""
    targets = unit.node.targets if isinstance(unit.node, ast.Assign) else [getattr(unit.node, "target", None)]
    within = (node for target in targets if target is not None for node in ast.walk(target))
    return asks_for_value(unit) and not any(isinstance(node, (ast.Subscript, ast.Attribute)) for node in within)


def _receivers_of(error: BaseException) -> set[int]:
    """The ids of the first arguments of the functions that an error went through, below the unit itself."""
    found: set[int] = set()
    trace = error.__traceback__
    while trace is not None:
        code, values = trace.tb_frame.f_code, trace.tb_frame.f_locals
        if code.co_argcount:
            found.add(id(values.get(code.co_varnames[0])))
        elif code.co_flags & inspect.CO_VARARGS:
            found |= {id(first) for first in values.get(code.co_varnames[code.co_kwonlyargcount], ())[:1]}
        trace = trace.tb_next
    return found
