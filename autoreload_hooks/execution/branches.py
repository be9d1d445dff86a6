"""Whether a compound statement, of which only one branch runs, has given a name its value.

It must never run anything to find out: it compares the value with what the branches could have given.
"""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Any, Final

from autoreload_hooks.compat import functions_in
from autoreload_hooks.outline import FUNCTIONS, Unit, binding_nodes
from autoreload_hooks.program import LiveModule

DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)


def has_given(live: LiveModule, unit: Unit, name: str, value: Any) -> bool | None:
    """Whether a compound statement has given a name this value; None if it cannot be told.

    Args:
        live: the module.
        unit: the statement, as it was when it ran.
        name: a name that it binds in some branch.
        value: what the name holds.
    """
    nodes = list(binding_nodes(unit.node, name))
    if isinstance(value, (FunctionType, type)):
        return _has_defined(live, unit, name, value, nodes)
    if all(isinstance(node, DEFINITIONS) and not node.decorator_list for node in nodes):
        return False
    constants = [getattr(node, "value", None) for node in nodes if isinstance(node, (ast.Assign, ast.AnnAssign))]
    if len(constants) == len(nodes) and all(isinstance(each, ast.Constant) for each in constants):
        given = [each.value for each in constants if isinstance(each, ast.Constant)]
        if not any(type(each) is type(value) and each == value for each in given):
            return False
    return None


def _has_defined(
    live: LiveModule, unit: Unit, name: str, value: FunctionType | type, nodes: list[ast.AST]
) -> bool | None:
    own = {id(code) for code in live.codes(unit) if code is not None}
    codes = [function.__code__ for function in functions_in(value)]
    if isinstance(value, type):
        codes = [f.__code__ for member in list(value.__dict__.values()) for f in functions_in(member)]
    codes = [code for code in codes if code.co_filename == live.record.path]
    if any(id(code) in own for code in codes):
        return True
    is_own = value.__module__ == live.name and value.__qualname__ == name
    if is_own and codes:
        return False  # another statement has defined it
    simple = (ast.Assign, ast.AnnAssign)
    if all(isinstance(node, simple) and isinstance(node.value, ast.Constant) for node in nodes):
        return False
    return None
