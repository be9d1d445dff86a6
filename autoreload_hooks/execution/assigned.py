"""Telling a value that somebody has assigned from outside from one that the source gave.

It must never claim so of a value that may have come from the module's own code: what cannot be told is the source's.
"""

from __future__ import annotations

import ast
import re
from types import FunctionType
from typing import Any

from autoreload_hooks.compat.bytecode import binds
from autoreload_hooks.outline import FUNCTIONS, Unit
from autoreload_hooks.program import LiveModule, Program, is_a, with_nested
from autoreload_hooks.transaction import MISSING

from .making import is_named_so


def is_from_outside(program: Program, live: LiveModule, unit: Unit, name: str, value: Any) -> bool:
    """Whether `value`, which a name of the module holds, cannot be what its last binder `unit` gave it.

    It is seen by the statement itself: a `def` gives a function that runs its code, a `class` a class of its name, a
    plain constant that very value. Names which functions or other modules of the user assign are not judged.
    """
    return not _may_give(program, live, unit, name, value) and not _is_assigned_by_code(program, live, name)


def _may_give(program: Program, live: LiveModule, unit: Unit, name: str, value: Any) -> bool:
    node = unit.node
    if getattr(node, "decorator_list", None):
        return True
    if isinstance(node, FUNCTIONS):
        return is_a(value, FunctionType) and any(value.__code__ is code for code in live.codes(unit))
    if isinstance(node, ast.ClassDef):
        if not is_a(value, type):
            return bool(node.bases or node.keywords)  # a metaclass makes what it likes
        return is_named_so(program, live, name, value) or bool(node.keywords)
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_plain_target(node):
        return _may_be(node.value, value)
    return True


def _is_plain_target(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return all(isinstance(target, ast.Name) for target in targets)


def _may_be(expression: ast.expr | None, value: Any) -> bool:
    """Whether an expression may have given a value: constants are compared, of displays the type is."""
    if isinstance(expression, (ast.List, ast.Dict, ast.Set)):
        return type(value).__name__ == type(expression).__name__.lower()
    if isinstance(expression, ast.JoinedStr):
        return type(value) is str
    try:
        constant = ast.literal_eval(expression) if isinstance(expression, (ast.Constant, ast.UnaryOp)) else ...
    except ValueError:
        return True
    return constant is ... or (type(constant) is type(value) and repr(constant) == repr(value))  # NaN, and -0.0


def _is_assigned_by_code(program: Program, live: LiveModule, name: str) -> bool:
    """Whether the user's own code assigns the name while it runs: by `global`, as `module.name`, or by `setattr`."""
    if any(name in binds(code) for code in with_nested(live.all_codes())):
        return True
    word = re.escape(name.encode())
    assigns = re.compile(
        rb"""\.\s*%b\s*(?:[-+*/%%@&|^<>]|//|\*\*|<<|>>)?=(?!=)|(?:setattr|\[|globals).*["']%b["']""" % (word, word)
    )
    near = (other for other in program.mentioning(name) if other is live or live.name in program.imports_of(other))
    return any(source is None or assigns.search(source.data) for source in (other.record.source for other in near))


def literal_given(node: ast.stmt, name: str) -> Any:
    """The value that a plain assignment gives a name, if it is written out; else MISSING."""
    match node:
        case ast.Assign(targets=[ast.Name(given)], value=value):
            pass
        case ast.AnnAssign(target=ast.Name(given), value=ast.expr() as value):
            pass
        case _:
            return MISSING
    try:
        return ast.literal_eval(value) if given == name else MISSING
    except (ValueError, TypeError, MemoryError, RecursionError):  # it is not
        return MISSING
