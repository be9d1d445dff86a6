"""Which statements and expressions are there for a value, and which bring it from elsewhere.

It must never look at anything but syntax.
"""

from __future__ import annotations

import ast
from typing import Final

from autoreload_hooks.outline import Unit, own_calls

PUTS: Final = (
    "add", "append", "attach", "bind", "define", "extend", "include", "insert", "install", "mount", "on", "push", "put",
    "register", "route", "set", "subscribe", "update", "use", "__",
)  # fmt: skip
"""How methods of others are called that put something into an object; operators do."""
_FETCHES: Final = ("read", "load", "from", "open", "gen", "fetch", "connect", "get", "mem")
"""How functions are called that bring something from elsewhere, which is not to be brought once more."""


def first_call(value: ast.expr | None) -> ast.expr | None:
    """The call that comes first in a chain of calls: `Query()` of `Query().where(...).limit(3)`."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if not isinstance(value.func.value, ast.Call):
            break
        value = value.func.value
    return value


def asks_for_value(unit: Unit) -> bool:
    """Whether a statement calls for what is returned: what functions note meanwhile, or count, is their business.

    A thread is made for what its function does.
    """
    is_assignment = isinstance(unit.node, (ast.Assign, ast.AnnAssign)) and unit.node.value is not None
    return is_assignment and not unit.run_by_threads


def fetches(value: ast.expr) -> bool:
    """Whether an expression brings something from elsewhere: `DataFrame(load("big.csv"))`."""
    calls = (called for _, called in own_calls(value))
    return any(called is not None and called[-1].startswith(_FETCHES) for called in calls)
