"""Statements that have made instances of a class which another one has replaced: the instances move along as they are.

It must never spare a statement whose value may have been computed of what the class is.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from types import CodeType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_among
from autoreload_hooks.compat.bytecode import asks_for_kind
from autoreload_hooks.compat.holders import holder_of, replace_everywhere
from autoreload_hooks.outline import Unit, chain_of
from autoreload_hooks.planning import instances_are_its_own
from autoreload_hooks.program import LiveModule, is_a
from autoreload_hooks.registrations import is_plain_instance, state_of

from .context import Context

_MENDED: Final = (list, dict, set, deque)
"""Containers in which a class can be exchanged in place."""
_APART: Final = frozenset({"__dict__", "__weakref__", "__module__", "__doc__", "__orig_bases__", "__parameters__"})
"""What each class has for itself."""


class Moving:
    """A class and the one that has taken its place, in one reload."""

    def __init__(self, context: Context, old: Any, new: Any) -> None:
        self.context = context
        self.old = old
        self.new = new
        self.is_whole = (
            is_a(old, type)
            and is_a(new, type)
            and context.patching.moves_along(old, new)
            and all(instances_are_its_own(cls, context.program) for cls in (old, new))
        )
        """Whether instances become those of the new class with all that they have, of which nobody else made a part."""

    def changed_attributes(self) -> list[str]:
        """The names under which both classes find something else, those left out that every class has for itself."""
        names = self._differing(self.old.__mro__, self.new.__mro__)
        before, after = ([id(base) for base in cls.__bases__] for cls in (self.old, self.new))
        return names if before == after else [*names, "__bases__"]

    def take_along(self, live: LiveModule, unit: Unit) -> bool:
        """Spare a unit that has only made or kept instances of the class, as they are as good as new; says whether.

        A container in which it put the class itself besides holds the new one from now on.
        """
        if not self.is_whole or not isinstance(unit.node, (ast.Assign, ast.AnnAssign, ast.Expr)):
            return False
        allowed = {id(each) for each in _made_or_held(unit.node)}
        places = [id(node) in allowed for node in ast.walk(unit.node) if self._is_class(live, node)]
        values = [live.namespace.get(name) for name in unit.binds]
        moved = [self._moves(value) for value in values]
        if not all(places) or (values and not any(moved)) or not (places or values):
            return False
        if not places and not all(moved):
            return False  # functions did so, which may have done more with the class
        if any(map(self._depends_on_bases, (unit.code, *self.context.readers.codes_in(live, unit)))):
            return False
        holding = [value for value in values if any(part is self.old for part in (value, *_parts(value)))]
        if any(type(value) not in _MENDED for value in holding):
            return False
        found = [holder_of(self.old, value) for value in holding]
        replace_everywhere({id(self.old): (self.old, self.new)}, do=self.context.tx.do, found=found)
        return True

    def _differing(self, old: tuple[type, ...], new: tuple[type, ...]) -> list[str]:
        before, now = _members(old), _members(new)
        return [name for name in {**before, **now} if not self.context.same_value(before.get(name), now.get(name))]

    def _depends_on_bases(self, code: CodeType) -> bool:
        """Whether code asks for the class of something, or by `super()` for what the bases now give otherwise."""
        if asks_for_kind(code):
            return True
        return "super" in code.co_names and not self._hidden.isdisjoint(code.co_names)

    @cached_property
    def _hidden(self) -> set[str]:
        """The names under which the bases give something else, also where the class has its own."""
        return set(self._differing(self.old.__mro__[1:], self.new.__mro__[1:]))

    def _is_class(self, live: LiveModule, node: ast.AST) -> bool:
        chain = chain_of(node) if isinstance(node, (ast.Name, ast.Attribute)) else None
        return chain is not None and self.context.program.value(live.namespace, chain) is self.new

    def _moves(self, value: Any) -> bool:
        """Whether a value is an instance, or holds one."""
        return any(type(each) is self.old or type(each) is self.new for each in (value, *_parts(value)))


def _members(family: tuple[type, ...]) -> dict[str, Any]:
    """What is found in classes, the first that has it, those left out that say what kind of class another one is."""
    found: dict[str, Any] = {}
    for base in reversed(family):
        if base.__module__ not in ("builtins", "typing", "abc"):
            found |= type.__getattribute__(base, "__dict__")
    return {name: value for name, value in found.items() if name not in _APART and not name.startswith("_abc_")}


def _made_or_held(node: ast.AST) -> Iterator[ast.AST]:
    """The places in a statement where a class is called, annotates, or is put as it is into a container."""
    for each in ast.walk(node):
        match each:
            case ast.Call(func=func):
                yield func
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                yield from elements
            case ast.Dict(keys=keys, values=values):
                yield from (key for key in (*keys, *values) if key is not None)
            case ast.AnnAssign(annotation=annotation):
                yield annotation


def _parts(value: Any) -> list[Any]:
    if type(value) is dict:
        return [*value, *value.values()]
    if is_among(type(value), (list, tuple, set, frozenset, deque)):
        return list(value)
    return list(state_of(value).values()) if is_plain_instance(value) else []
