"""Names that stand as text in a statement: what `globals()["name"]`, `getattr` and `exec` bind and read.

It must never run a text: it is compiled, and its code looked at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from types import CodeType
from typing import Final

from autoreload_hooks.compat.bytecode import binds, reads
from autoreload_hooks.compat.silence import warnings_are

from .nodes import Chain, chain_of, own_calls, own_nodes

NAMESPACES: Final = frozenset({"globals", "vars", "locals"})
"""Builtins that give a module's names to its own level."""
LOOKS_THROUGH: Final = re.compile(
    rb"""\b(?:vars|dir|getmembers)\(|__dict__|\b(?:get|has)attr\(\s*[\w.]+\s*,\s*(?!["'])|\b(?:set|del)attr\("""
    rb"""|\b(?:globals|locals)\(\)(?!\s*(?:\[|\.(?:get|setdefault|update|pop)\b))"""
)
"""Something that goes through the names of an object; a name that is written out is read by itself."""


def bound_by_text(node: ast.AST) -> Iterator[str]:
    """The names that `globals()["name"] = ...`, `globals().update(name=...)` and `exec("name = ...")` bind.

    And `setattr(sys.modules[__name__], "name", ...)`.
    """
    for child in own_nodes(node):
        match child:
            case ast.Call(func=ast.Name("exec"), args=[ast.Constant(str(text)), *_]):
                if (code := _compiled(text)) is not None:
                    yield from binds(code)
            case ast.Subscript(
                value=ast.Call(func=ast.Name("globals")), slice=ast.Constant(str(name)), ctx=ast.Store()
            ):
                yield name
            case ast.Call(
                func=ast.Name("setattr"),
                args=[
                    ast.Subscript(value=ast.Attribute(attr="modules"), slice=ast.Name("__name__")),
                    ast.Constant(str(name)),
                    *_,
                ],
            ):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name("globals")), attr="update")):
                yield from (keyword.arg for keyword in child.keywords if keyword.arg)
                for argument in child.args:
                    keys = argument.keys if isinstance(argument, ast.Dict) else []
                    yield from (
                        key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    )


def read_by_text(node: ast.AST) -> Iterator[Chain]:
    """The chains that `getattr(object, "name")` reads, and the names that stand as text in `globals()["name"]`."""
    for child in own_nodes(node):
        match child:
            case ast.Call(func=ast.Name("getattr" | "hasattr"), args=[target, ast.Constant(str(name)), *_]):
                if chain := chain_of(target):
                    yield (*chain, name)
            case ast.Call(func=ast.Name("exec" | "eval"), args=[ast.Constant(str(text)), *_]):
                if (code := _compiled(text)) is not None:
                    yield from reads(code)
            case ast.Subscript(value=ast.Call(func=ast.Name(function), args=[]), slice=ast.Constant(str(name))):
                if function in NAMESPACES and isinstance(child.ctx, ast.Load):
                    yield (name,)
            case ast.Compare(
                left=ast.Constant(str(name)), comparators=[ast.Call(func=ast.Name(function), args=[])]
            ) if function in NAMESPACES:
                yield (name,)


def asked_by_text(node: ast.AST) -> Iterator[str]:
    """The names of the attributes that `attrgetter("owner.name")` and `methodcaller("run")` ask for."""
    for call, called in own_calls(node):
        if called and called[-1] in ("attrgetter", "methodcaller"):
            texts = (each.value for each in call.args if isinstance(each, ast.Constant))
            yield from (name for text in texts if isinstance(text, str) for name in text.split("."))


def _compiled(text: str) -> CodeType | None:
    """The code of a text that a statement executes, None where it is none."""
    try:
        with warnings_are("ignore"):
            code: CodeType = compile(text, "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return code
