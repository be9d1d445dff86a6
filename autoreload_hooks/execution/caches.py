"""Which cached results an edit may have made wrong.

It must never empty a cache: who asked for the reload decides.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.program import LiveModule

from .context import Context


class Caches:
    """The `lru_cache` wrappers of the user's modules, after a reload."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def stale(self) -> list[Any]:
        """The `lru_cache` wrappers of the user's modules whose results this edit may have made wrong."""
        if not (self.context.changed_codes or self.context.changed_names):
            return []
        lives = self.context.program.mentioning("cache")
        return [cache for live in lives for cache in _caches_of(live) if self._may_lie(cache)]

    def _may_lie(self, cache: Any) -> bool:
        """Whether what a cached function runs, or reads on the way, has changed."""
        function = cache.__wrapped__
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


def _caches_of(live: LiveModule) -> Iterator[Any]:
    """The `lru_cache` wrappers in a module's namespace and in its classes."""
    for value in list(live.namespace.values()):
        if isinstance(value, functools._lru_cache_wrapper):
            yield value
        elif isinstance(value, type) and value.__module__ == live.name:
            for member in list(type.__getattribute__(value, "__dict__").values()):
                inner = (
                    getattr(member, "__func__", member) if isinstance(member, (staticmethod, classmethod)) else member
                )
                if isinstance(inner, functools._lru_cache_wrapper):
                    yield inner
