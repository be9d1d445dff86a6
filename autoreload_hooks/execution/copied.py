"""What `functools.wraps` has copied of a class that was wrapped in a function: its line, and what its methods assign.

It must never look at functions of modules that were not edited: their classes have not moved.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Final

from autoreload_hooks.program import LiveModule, is_a
from autoreload_hooks.transaction import Transaction

FACTS: Final = ("__firstlineno__", "__static_attributes__")
"""What Python writes into a class besides what its statement says (3.13+); no statement runs again for it."""


def copy_facts_again(modules: Iterable[LiveModule], tx: Transaction) -> None:
    """Functions that stand for a class of their module say of it what it says itself."""
    for live in modules:
        for value in list(live.namespace.values()):
            if type(value) is not FunctionType or "__wrapped__" not in value.__dict__:
                continue
            copied, wrapped = value.__dict__, value.__dict__["__wrapped__"]
            facts = type.__getattribute__(wrapped, "__dict__") if is_a(wrapped, type) else {}
            for name in FACTS:
                if name in copied and name in facts and copied[name] != facts[name]:
                    tx.set_item(copied, name, facts[name])
