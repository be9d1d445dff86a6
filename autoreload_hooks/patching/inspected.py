"""What libraries remember of how functions look: FastAPI, whether one is a coroutine.

It must never empty a cache of anything else: that would be the library's state.
"""

from __future__ import annotations

import sys
from functools import _lru_cache_wrapper
from types import FunctionType, ModuleType
from typing import Final

from autoreload_hooks.compat.behaviours import is_a

_INSPECTS: Final = frozenset({"signature", "iscoroutinefunction", "isgeneratorfunction", "isasyncgenfunction"})


def forget_answers() -> None:
    """Empty the caches of functions in modules that inspect what they are asked about.

    Such a cache goes by which function it is, and a function that survives stays that when it looks different: what
    decorates it anew would be told of the old one.
    """
    modules = [module for module in list(sys.modules.values()) if is_a(module, ModuleType)]
    spaces = [ModuleType.__getattribute__(module, "__dict__") for module in modules]  # no lazy module loads for that
    for cache in [value for space in spaces for value in list(space.values()) if type(value) is _lru_cache_wrapper]:
        function = getattr(cache, "__wrapped__", None)
        if is_a(function, FunctionType) and not _INSPECTS.isdisjoint(function.__code__.co_names):
            cache.cache_clear()
