"""Find the live functions that run a code object.

It must never change one, nor pass over the heap while the reference counts say that nothing else is there.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple

from autoreload_hooks.compat.classes import functions_in
from autoreload_hooks.compat.heap import functions_running, reachable_functions, references
from autoreload_hooks.outline import Unit
from autoreload_hooks.program import CodeRef, LiveModule, alive, is_a, with_nested

from .context import Context

REACH: Final = 20_000  #: how many objects are looked at around a module before the heap is asked


class Searched(NamedTuple):
    """A code object whose functions are looked for."""

    ref: CodeRef
    roots: list[Any]  #: where to look first
    known: int = 0  #: how many holders of it are known that are no functions
    nested: bool = False  #: whether it is nested in another function, whose closures run it


class Searching:
    """The functions found so far in one reload: each code object is looked for once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.met_others = False  #: whether somebody held code of which nothing was known
        self._running: dict[int, list[FunctionType]] = {}  # the functions that ran each code object, by its id
        self._inner: dict[int, CodeRef] = {}  # nested in units that are going to run: what closures of theirs may run
        self._closures: dict[int, list[FunctionType]] = {}  # what a pass over the heap found of them

    def functions(self, searched: list[Searched]) -> dict[int, list[FunctionType]]:
        """The live functions that run these code objects, by `id` of the code.

        Looked for where their names say, then around the module, and in the whole heap only if the reference counts
        say that somebody else holds one.
        """
        found = self._running
        wanted = {id(code) for each in searched if (code := each.ref()) is not None}
        searched = [each for each in searched if (code := each.ref()) is not None and id(code) not in found]
        for each in searched:
            code = each.ref()
            if code is not None:
                self.context.kept[id(code)] = code
                at_hand = self._closures_of(code) if each.nested else _functions_by_name(code, each.roots)
                found[id(code)] = list(at_hand)
        code = None
        missing = [each for each in searched if self._is_elsewhere(each, found)]
        if missing:
            self.met_others = True
            found |= _look_around(missing)
            missing = [each for each in missing if self._is_elsewhere(each, found)]
        if missing:
            found |= self._look_everywhere(missing)
        return {key: found[key] for key in wanted}

    def _closures_of(self, code: CodeType) -> Iterator[FunctionType]:
        """What an earlier pass over the heap found to run a nested code object; newer ones show by its count."""
        return (function for function in self._closures.pop(id(code), ()) if function.__code__ is code)

    def _look_everywhere(self, missing: list[Searched]) -> dict[int, list[FunctionType]]:
        """Pass over the heap, also for the closures that later units will have to be looked for: once is enough."""
        inner = {id(code): code for code in alive(self._inner.values()) if id(code) not in self._running}
        self._inner.clear()
        found = functions_running([*alive(each.ref for each in missing), *inner.values()])
        self._closures |= {key: found.pop(key) for key in inner}
        return found

    def of_units(self, units: Iterable[tuple[LiveModule, Unit | None]]) -> None:
        """Look for the functions of many units at once: the heap is passed over but once."""
        searched: list[Searched] = []
        for live, old in units:
            if old is not None:
                roots = [live.namespace.get(name) for name in old.binds]
                refs = live.code_refs(old)
                searched += [Searched(ref, roots) for ref in refs]
                self._inner |= {id(code): weakref.ref(code) for code in with_nested(alive(refs))}
        self.functions(searched)

    def _is_elsewhere(self, searched: Searched, found: dict[int, list[FunctionType]]) -> bool:
        """Whether somebody unknown holds a code object; if nothing can be said, somebody does."""
        code = searched.ref()
        if code is None:
            return False
        known = (
            1
            + searched.known
            + len(found[id(code)])
            + (id(code) in self.context.changed_codes)
            + self.context.readers.holds(code)
        )
        count = references(code)
        return count is None or count > known


def member_of(root: Any, qualname: str) -> Any:
    """What a class, or a class within it, holds under the rest of a qualified name."""
    value = root
    for name in qualname.split(".")[1:]:
        members = type.__getattribute__(value, "__dict__") if is_a(value, type) else {}
        value = members.get("__annotate_func__" if name == "__annotate__" else name)
    return value if value is not root else None


def _functions_by_name(code: CodeType, roots: list[Any]) -> Iterator[FunctionType]:
    """The function that runs a code object where its qualified name says: a root, or a member of a class."""
    for root in roots:
        value = member_of(root, code.co_qualname) if "." in code.co_qualname else root
        for function in functions_in(value, 2):
            if function.__code__ is code:
                yield function
                return


def _look_around(missing: list[Searched]) -> dict[int, list[FunctionType]]:
    roots = [root for each in missing for root in each.roots]
    return reachable_functions(roots, alive(each.ref for each in missing), REACH)
