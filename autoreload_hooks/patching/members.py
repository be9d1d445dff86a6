"""A method whose decorators are others: who holds what the old ones made of it gets what the new ones made.

It must never take for that what a decorator has merely looked up, as a registry that it returns.
"""

from __future__ import annotations

from functools import _lru_cache_wrapper
from types import FunctionType
from typing import TYPE_CHECKING, Any

from autoreload_hooks.compat.layouts import is_python_layout
from autoreload_hooks.patching.decorated import attributes, holders_inside
from autoreload_hooks.patching.functions import is_function
from autoreload_hooks.patching.kinds import is_class

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher


def replace_member(patcher: Patcher, function: FunctionType, old: Any, new: Any) -> None:
    """Have `new` take the place of `old`, both made of a function that a class defines, wherever that is held.

    Of class methods and static methods the function below is, which is what asking for them gives.
    """
    if type(old) is type(new) and type(old) in (staticmethod, classmethod):
        old, new = old.__func__, new.__func__
    if is_function(new) and new is not function and new.__code__.co_qualname == function.__code__.co_qualname:
        return  # another `def` of this name, below
    if old is not new and _is_made_of(old, function):
        patcher.inner += holders_inside(new, old)
        patcher.replaced.append((old, new))


def _is_made_of(obj: Any, function: FunctionType) -> bool:
    """Is it a function itself, or what a decorator has made around it?"""
    if obj is function:
        return True
    if is_function(obj):
        return "<locals>" in obj.__qualname__ or bool(holders_inside(obj, function))
    if type(obj) in (_lru_cache_wrapper, staticmethod, classmethod, property):
        return bool(holders_inside(obj, function))
    if is_class(obj) or not is_python_layout(type(obj)):
        return False
    return any(is_function(value) and _is_made_of(value, function) for value in attributes(obj).values())
