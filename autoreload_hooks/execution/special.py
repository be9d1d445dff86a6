"""The special names of a class that its statement has nothing to do with: others have marked it by them.

It must never run anything, nor change a class.
"""

from __future__ import annotations

import ast
from abc import ABCMeta
from collections.abc import Iterable
from typing import Final

from autoreload_hooks.compat.behaviours import is_among
from autoreload_hooks.outline import chain_of, class_members, own_nodes
from autoreload_hooks.program import LiveModule, Program, attribute

GIVEN_BY_PYTHON: Final = frozenset({
    "__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__hash__", "__slots__", "__match_args__",
    "__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__", "__conditional_annotations__",
    "__static_attributes__", "__firstlineno__", "__type_params__", "__classcell__", "__classdictcell__",
    "__orig_bases__", "__parameters__", "__abstractmethods__",
})  # fmt: skip
"""What Python gives to a class by what else its statement says."""
COMPUTES_NAMES: Final = frozenset({"locals", "vars", "exec"})
"""By what a class body gives names that it does not show."""


def is_set_by_others(program: Program, live: LiveModule, name: str, nodes: Iterable[ast.ClassDef]) -> bool:
    """Whether a special name of a class comes from none of these versions of its statement.

    So it is where a decorator of a subclass marks the bases, as `implementer` of zope.interface does. What a decorator,
    a metaclass or a base of the class gives need not show in its statement.
    """
    if not (name.startswith("__") and name.endswith("__")) or name in GIVEN_BY_PYTHON:
        return False
    return all(name not in class_members(node) and _shows_all(program, live, node) for node in nodes)


def _shows_all(program: Program, live: LiveModule, node: ast.ClassDef) -> bool:
    """Whether a class statement shows all names that it gives."""
    computes = (isinstance(each, ast.Name) and each.id in COMPUTES_NAMES for each in own_nodes(node))
    if node.decorator_list or node.keywords or any(computes):
        return False
    return has_plain_bases(program, live, node)


def has_plain_bases(program: Program, live: LiveModule, node: ast.ClassDef) -> bool:
    """Whether all bases of a class are classes that take no part in making their subclasses."""
    bases = [program.value(live.namespace, chain_of(base) or ("",)) for base in node.bases]
    return not node.keywords and all(
        is_among(type(base), (type, ABCMeta))
        and attribute(base, "__init_subclass__") is attribute(object, "__init_subclass__")
        for base in bases
    )
