"""A method whose decorators are others: who holds what the old ones made of it gets what the new ones made.

It must never take for that what a decorator has merely looked up, as a registry that it returns.
"""

from __future__ import annotations

from functools import _lru_cache_wrapper
from types import FunctionType
from typing import TYPE_CHECKING, Any

from autoreload_hooks.compat.classes import functions_in
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


def moved_functions(old: Any, new: Any, qualname: str) -> list[tuple[Any, Any]]:
    """Old and new methods of a class that has moved to another module, where these look up global names."""
    before, after = ([each for each in functions_in(value) if each.__qualname__ == qualname] for value in (old, new))
    pairs = zip(before, after, strict=True) if len(before) == len(after) else ()
    return [(one, other) for one, other in pairs if one.__globals__ is not other.__globals__]


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
