"""What can be told of a module that ran before anybody looked: is its file's text the one that runs?

It must never ask the module for an attribute, nor run any of its code.
"""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType
from typing import Any

from autoreload_hooks.recordings import CodeRef, survey
from autoreload_hooks.sources import Source, cached_agrees, compiled


def is_lazy(module: object) -> bool:
    """Is it a module of `importlib.util.LazyLoader` that has not been loaded?"""
    return type(module).__name__ == "_LazyModule"


def is_initialising(namespace: dict[str, Any]) -> bool:
    """Is the module's code still running, in this thread or another?"""
    return bool(getattr(namespace.get("__spec__"), "_initializing", False))


def runs(source: Source, namespace: dict[str, Any], started: int) -> bool:
    """Is this text, read now, the one that the module was run from?

    It is if the file has not been touched since the process began; else the `.pyc` tells what was imported; without
    one, or where none is written, the functions in the module are compared with those that the text would make.
    """
    if source.stamp is not None and source.stamp[1] < started:
        return True
    agrees = None if sys.dont_write_bytecode else cached_agrees(source)
    return agrees if agrees is not None else _makes_the_functions(source, namespace)


def _makes_the_functions(source: Source, namespace: dict[str, Any]) -> bool:
    """Would the text make the functions that are there? What has another name than its own is not looked at."""
    if type(namespace.get("__loader__")) is not SourceFileLoader:
        return True  # another loader may make other code of it: nothing speaks against the text
    code = compiled(source)
    if code is None:
        return False
    refs: list[CodeRef] = []
    survey(code, refs)
    made: dict[str, list[CodeType]] = {}
    for inner in (ref() for ref in refs):
        if inner is not None:
            made.setdefault(inner.co_qualname, []).append(inner)
    live = {name: value for name, value in namespace.items() if _is_own(value, name, namespace)}
    known = {name for name in made if "." not in name and not name.startswith("<")}
    return known <= namespace.keys() and all(value.__code__ in made.get(name, ()) for name, value in live.items())


def _is_own(value: object, name: str, namespace: dict[str, Any]) -> bool:
    """Is it a plain function that the module itself defined under this name?"""
    return type(value) is FunctionType and value.__globals__ is namespace and value.__code__.co_qualname == name
