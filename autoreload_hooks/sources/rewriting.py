"""What loaders compile in place of a module's text: some rewrite its syntax, to have types or assertions checked.

It must never run the module, nor leave a trace in the loader's own module.
"""

from __future__ import annotations

import ast
import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import CodeType, FunctionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import FUTURE_FLAGS

from .text import decode

COMPILE: Final = "compile"
_external: Final[Any] = importlib._bootstrap_external
_ordinary: Final[Any] = _external.SourceLoader.source_to_code


class Unseen(ValueError):  # noqa: N818  (an outcome)
    """The loader makes code of its own, and it cannot be seen of what."""


def rewritten(loader: object, data: bytes, path: str) -> ast.Module | str:
    """What a loader that `rewrites` compiles for a text: other syntax, or another text.

    Raises Unseen, and for what the loader raises what compiling a text may raise.
    """
    try:
        special = _REWRITERS.get((type(loader).__module__, type(loader).__qualname__))
        return special(loader, data, path) if special is not None else _seen(loader, data, path)
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError):
        raise
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _seen(loader: Any, data: bytes, path: str) -> ast.Module | str:
    """What a loader compiles, seen while it does."""
    seen = _Seen(path)
    with ExitStack() as stack:
        for namespace in _namespaces_of(loader):
            stack.enter_context(_watched(namespace, seen))
        code = loader.source_to_code(data, path)
    if seen.code is not code:
        raise Unseen
    return seen.compiled if isinstance(seen.compiled, (ast.Module, str)) else decode(bytes(seen.compiled))


def rewrites(loader: object) -> bool:
    """Whether a loader may compile something else than the text."""
    if (type(loader).__module__, type(loader).__qualname__) in _REWRITERS:
        return True
    own = getattr(loader, "source_to_code", None)
    return own is not None and getattr(own, "__func__", own) is not _ordinary


class _Seen:
    """Stands in for `compile` in the modules of a loader, while this thread asks that for code."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.thread = threading.get_ident()
        self.compiled: Any = None  #: what was compiled last for this path
        self.code: Any = None  #: and what came of it

    def __call__(self, source: Any, filename: Any, mode: str, flags: int = 0, *rest: Any, **options: Any) -> Any:
        """Compile for whoever asks, with the features from the future that its own code has."""
        dont_inherit = rest[0] if rest else options.pop("dont_inherit", False)
        if not dont_inherit:
            flags |= sys._getframe(1).f_code.co_flags & FUTURE_FLAGS
        code = compile(source, filename, mode, flags, True, *rest[1:], **options)
        if threading.get_ident() == self.thread and type(code) is CodeType and filename == self.path:
            self.compiled, self.code = source, code
        return code


@contextmanager
def _watched(namespace: dict[str, Any], seen: _Seen) -> Iterator[None]:
    """Meanwhile, `compile` in a module is another one."""
    had = COMPILE in namespace
    namespace[COMPILE] = seen
    try:
        yield
    finally:
        if had:
            namespace[COMPILE] = compile
        else:
            namespace.pop(COMPILE, None)


def _namespaces_of(loader: object) -> list[dict[str, Any]]:
    """The modules where the methods are defined that make a loader's code, if `compile` means Python's there."""
    methods = [vars(cls).get("source_to_code") for cls in type(loader).__mro__]
    methods.append(getattr(loader, "source_to_code", None))
    functions = [getattr(method, "__func__", method) for method in methods]
    found = {id(each.__globals__): each.__globals__ for each in functions if isinstance(each, FunctionType)}
    return [namespace for namespace in found.values() if namespace.get(COMPILE, compile) is compile]


def _with_assertions(loader: Any, data: bytes, path: str) -> ast.Module:
    """What pytest makes of a module of tests: https://docs.pytest.org/en/stable/how-to/assert.html"""
    tree = ast.parse(data, path)
    sys.modules[type(loader).__module__].rewrite_asserts(tree, data, path, loader.config)
    return tree


_REWRITERS: Final[dict[tuple[str, str], Callable[[Any, bytes, str], ast.Module]]] = {
    ("_pytest.assertion.rewrite", "AssertionRewritingHook"): _with_assertions,
}
"""Loaders that run modules in a way of their own, by module and name."""
