"""Which names a compound statement has bound, of which only one branch has run.

It must never run anything to find out: it compares what names hold with what the branches could have given.
"""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Any, Final

from autoreload_hooks.compat import functions_in
from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.outline import FUNCTIONS, Outline, Unit, binding_nodes
from autoreload_hooks.transaction import MISSING

from .modules import LiveModule

DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)
DISPLAYS: Final[dict[type[ast.expr], type]] = {
    ast.Tuple: tuple, ast.List: list, ast.ListComp: list, ast.Dict: dict, ast.DictComp: dict, ast.Set: set,
    ast.SetComp: set, ast.JoinedStr: str, ast.Lambda: FunctionType,
}  # fmt: skip
"""What the value of an expression is an instance of, whatever stands in it."""


def note_branches(live: LiveModule, outline: Outline) -> None:
    """Have the compound statements of a module know which names they were seen to bind, and which not.

    Only of those that nothing certain binds afterwards does the value tell. `outline` is that of what has run.
    """
    for name, binders in list(outline.binders.items()):
        value = live.namespace.get(name, MISSING)
        for unit in reversed(binders):
            if not unit.is_compound or name == "*" or asks_for(unit, name):
                break
            given = False if value is MISSING else has_given(live, unit, name, value)
            if given is not False:
                unit.gives |= {name} if given else frozenset()
                break
            outline.hush(unit, unit.silent | {name})


def asks_for(unit: Unit, name: str) -> bool:
    """Whether a compound statement looks for a name itself, as the idioms that keep state across reloads do."""
    return any(chain[0] == name for chain in unit.reads) or f'"{name}"' in unit.text or f"'{name}'" in unit.text


def has_given(live: LiveModule, unit: Unit, name: str, value: Any) -> bool | None:
    """Whether a compound statement has given a name this value; None if it cannot be told.

    Args:
        live: the module.
        unit: the statement, as it was when it ran.
        name: a name that it binds in some branch.
        value: what the name holds.
    """
    nodes = list(binding_nodes(unit.node, name))
    if is_a(value, (FunctionType, type)):
        own = _is_defined_by(live, unit, name, value)
        if own is not None:
            return own
    return None if any(_could_give(node, value) for node in nodes) else False


def _is_defined_by(live: LiveModule, unit: Unit, name: str, value: FunctionType | type) -> bool | None:
    """Whether a function or class was defined by this very statement; None if it does not show."""
    own = {id(code) for code in live.codes(unit) if code is not None}
    parts = list(value.__dict__.values()) if is_a(value, type) else [value]
    codes = [function.__code__ for part in parts for function in functions_in(part)]
    codes = [code for code in codes if code.co_filename == live.record.path]
    if any(id(code) in own for code in codes):
        return True
    if codes and value.__module__ == live.name and value.__qualname__ == name:
        return False  # another statement has defined it
    return None


def _could_give(node: ast.AST, value: Any) -> bool:
    """Whether what binds a name could have given it a value."""
    if isinstance(node, DEFINITIONS):
        return bool(node.decorator_list) or is_a(value, (FunctionType, type))
    given = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    if isinstance(given, ast.Constant):
        return type(given.value) is type(value) and bool(given.value == value)
    kind = DISPLAYS.get(type(given)) if given is not None else None
    return kind is None or type(value) is kind
