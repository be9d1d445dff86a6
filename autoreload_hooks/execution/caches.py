"""Which cached results an edit may have made wrong.

It must never empty a cache that nothing is going to ask before the reload is through: who asked for it decides.
"""

from __future__ import annotations

import functools
from abc import ABCMeta
from collections.abc import Iterator
from types import FunctionType
from typing import Any, Final

from autoreload_hooks.compat import clear_all_abc_caches, functions_in
from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, attribute, is_a
from autoreload_hooks.transaction import MISSING

from .context import Context
from .memos import Memo, memos, wrappers_of

CLEAR: Final = "cache_clear"
WRAPPED: Final = "__wrapped__"
BASES: Final = "__bases__"
HOOK: Final = "__subclasshook__"


class Caches:
    """The `lru_cache` wrappers of the user's modules, after a reload."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._asked: tuple[int, ...] = (0, 0, 0)  # how much had changed when it was last asked
        self._stale: list[Any] = []  # the answer
        self._version = -1  # of the records, when the modules were looked for
        self._lives: dict[str, list[LiveModule]] = {}  # by word: the modules in whose source it occurs

    def clear_for(self, live: LiveModule, unit: Unit | None) -> None:
        """Empty what a unit that ran cached functions before would be given again, were it run now."""
        if unit is None or not self.context.program.ran_codes(live, unit):
            return
        context = self.context
        now = len(context.changed_codes), len(context.changed_names), len(context.changed_attributes.get(BASES, ()))
        if now != self._asked:
            self._asked, self._stale = now, self.stale()
            for cache in self._stale:
                if isinstance(cache, Memo):
                    context.tx.guard(cache.results)
                else:
                    context.tx.on_undo(cache.cache_clear)  # what it is told from now on is of the new code
                cache.cache_clear()

    def stale(self) -> list[Any]:
        """The caches of the user's modules whose results this edit may have made wrong; each has a `cache_clear`."""
        dispatching = list(self._dispatching()) if BASES in self.context.changed_attributes else []
        if not (self.context.changed_codes or self.context.changed_names):
            return dispatching
        found = [cache for cache, function in self._remembering() if any(map(self._may_lie, functions_in(function)))]
        hooks = (hook for live in self._mentioning(HOOK) for hook in _hooks_of(live))
        found += dispatching
        return [*found, Answers()] if any(self._may_lie(hook) for hook in hooks) else found

    def _remembering(self) -> Iterator[tuple[Any, Any]]:
        """The caches of the user's modules, each with the function whose results it remembers."""
        found: dict[int, tuple[Any, Any]] = {}
        for value in (value for live in self.context.program.mine() for value in wrappers_of(live)):
            if id(value) in found:
                continue
            if is_a(value, functools._lru_cache_wrapper):
                found[id(value)] = value, value.__wrapped__
            elif is_cache(value):
                found[id(value)] = value, attribute(value, WRAPPED)
            else:
                for memo in memos(value, self.context.registrations.sharing.definition):
                    found[id(memo.results)] = memo, memo.function
        yield from found.values()

    def _dispatching(self) -> Iterator[Dispatched]:
        """What `singledispatch` functions and methods remember of classes, which have other bases now."""
        for live in self._mentioning("singledispatch"):
            for value in list(live.namespace.values()):
                members = type.__getattribute__(value, "__dict__").values() if is_a(value, type) else (value,)
                for each in members:
                    function = each.dispatcher if is_a(each, functools.singledispatchmethod) else each
                    if is_a(function, FunctionType) and "_clear_cache" in function.__dict__:
                        yield Dispatched(function)

    def _mentioning(self, word: str) -> list[LiveModule]:
        program = self.context.program
        if self._version != program.records.version:
            self._version = program.records.version
            self._lives.clear()
        if word not in self._lives:
            self._lives[word] = list(program.mentioning(word))
        return self._lives[word]

    def _may_lie(self, function: Any) -> bool:
        """Whether what a cached function runs, or reads on the way, has changed."""
        if not isinstance(function, FunctionType):
            return False
        codes = {id(function.__code__): function.__code__}
        codes |= self.context.program.reached(function.__globals__, reads(function.__code__))
        if not self.context.codes_of_changed().isdisjoint(codes):
            return True
        return any(
            self.context.is_changed_name(self.context.program.namespace_of_file(code.co_filename), chain)
            for code in codes.values()
            for chain in reads(code)
        )


def is_cache(value: Any) -> bool:
    """Is it a wrapper that can be emptied, as those of `cachetools.cached`?"""
    if attribute(value, WRAPPED) is MISSING:
        return False
    return any(attribute(each, CLEAR) is not MISSING for each in (value, type(value)))


class Dispatched:
    """What a `singledispatch` function remembers: which of its implementations a class has."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def cache_clear(self) -> None:
        """Have it look once more."""
        self._function._clear_cache()


class Answers:
    """What abstract classes remember of `isinstance` and `issubclass`: a cache that has no object of its own."""

    def cache_clear(self) -> None:
        """Have all of them ask again: an answer is kept by the abstract bases as well."""
        clear_all_abc_caches()


def _hooks_of(live: LiveModule) -> Iterator[Any]:
    """The functions by which a module's abstract classes decide what is a subclass."""
    for value in [value for value in list(live.namespace.values()) if isinstance(value, ABCMeta)]:
        if value.__module__ == live.name and HOOK in value.__dict__:
            yield getattr(value.__dict__[HOOK], "__func__", None)
