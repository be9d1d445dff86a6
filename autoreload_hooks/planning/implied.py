"""Calls that Python makes by itself: what a special method that comes or goes means for statements that ran without it.

It must never change anything, nor run code of the user. A special method that was there and ran is known by recordings.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.outline import Chain, Unit, chain_of, own_nodes
from autoreload_hooks.program import LiveModule, Program, module_namespace
from autoreload_hooks.program import gives_plain_values as plain

from .families import subclasses
from .readers import Readers

Found = Iterator[tuple[LiveModule, Unit]]

MAKES_INSTANCES: Final = frozenset({"__init__", "__new__", "__post_init__", "__attrs_post_init__"})
MAKES_CLASSES: Final = frozenset({"__init__", "__new__", "__prepare__"})  # of a metaclass
MAKES_SUBCLASSES: Final = frozenset({"__init_subclass__", "_generate_next_value_", "__class__"})
_OPERATES: Final = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.AugAssign, ast.Compare, ast.Subscript, ast.For, ast.comprehension, ast.With,
    ast.JoinedStr, ast.If, ast.IfExp, ast.While, ast.Starred, ast.Assert, ast.Match,
)  # fmt: skip


def implied_calls(program: Program, readers: Readers, owner: type, name: str) -> Found:
    """The units that Python would have had call a method, had the class had it (or not had it) when they ran."""
    if not (name.startswith("__") and name.endswith("__")) and name not in MAKES_SUBCLASSES:
        return
    family = [owner, *subclasses(owner)]
    calls = _Calls(program, readers)
    if issubclass(owner, type):
        made = list(calls.classes(lambda cls: any(type(cls) is each for each in family)))
        if name in MAKES_CLASSES:
            yield from calls.statements(made)
        elif name == "__call__":
            yield from calls.makers(made)
        else:
            yield from calls.operations(made, [])
    elif name in MAKES_SUBCLASSES:
        yield from calls.statements(family[1:])
    elif name in MAKES_INSTANCES:
        yield from calls.makers(family)
    elif name == "__set_name__":
        yield from calls.statements(calls.classes(lambda cls: _has_member_of(cls, family)))
    elif name == "__class_getitem__":
        yield from calls.subscripts(family)
    else:
        yield from calls.operations(family, family)


def makers(program: Program, readers: Readers, classes: Collection[type]) -> Found:
    """The units that call one of these classes, themselves or in functions that they ran, or hold an instance."""
    return _Calls(program, readers).makers(classes)


class _Calls:
    """Where classes are made, called, and operated with."""

    def __init__(self, program: Program, readers: Readers) -> None:
        self.program = program
        self.readers = readers

    def classes(self, wanted: Any) -> Iterator[type]:
        """The classes of the user's modules that stand under their names and of which `wanted` is true."""
        for live in self.program.mine():
            for value in list(live.namespace.values()):
                if issubclass(type(value), type) and value.__module__ == live.name and wanted(value):
                    yield value

    def statements(self, classes: Iterable[type]) -> Found:
        """The class statements of these classes."""
        for cls in classes:
            live = self.program.module(cls.__module__)
            if live is not None and live.record.mine:
                statement = self.readers.outline(live).last_binder(_head(cls))
                if statement is not None and not statement.is_import:
                    yield live, statement

    def makers(self, classes: Collection[type]) -> Found:
        """The units that call one of these classes, themselves or in functions that they ran, or hold an instance."""
        for live, unit in self._using(classes, classes):
            if any(self._is_one(live, node, classes) for node in _called(unit)) or self._ran_with(live, unit, classes):
                yield live, unit
        for module, name in self.readers.instances.named(classes):
            if (holder := self.program.module(module)) is not None:
                binder = self.readers.outline(holder).last_binder(name)
                if binder is not None and not binder.is_import and any(True for _ in _called(binder)):
                    yield holder, binder

    def subscripts(self, classes: Collection[type]) -> Found:
        """The units that ask one of these classes for an item."""
        for live, unit in self._using(classes, []):
            if any(
                isinstance(node, ast.Subscript) and self._is_one(live, node.value, classes)
                for node in own_nodes(unit.node)
            ):
                yield live, unit

    def operations(self, classes: Collection[type], kinds: Collection[type]) -> Found:
        """The units that computed plain values with these classes, or with instances of these kinds."""
        for live, unit in self._using(classes, kinds):
            if gives_plain_values(live, unit) and (
                self._operates(live, unit, kinds) or self._ran_with(live, unit, classes, kinds)
            ):
                yield live, unit

    def _using(self, classes: Collection[type], kinds: Collection[type]) -> Found:
        """The units that read the name of a class, or of an instance of these kinds, in any module."""
        names = {(cls.__module__, _head(cls)) for cls in classes if type(cls.__module__) is str}
        names |= set(self.readers.instances.named(kinds))
        seen: set[Unit] = set()
        for module, name in sorted(names):
            for live, unit in self.readers.anywhere(module, name):
                if unit not in seen and not unit.is_import:
                    seen.add(unit)
                    yield live, unit

    def _operates(self, live: LiveModule, unit: Unit, kinds: Collection[type]) -> bool:
        return any(
            isinstance(node, _OPERATES) or (isinstance(node, ast.Call) and self._asks(live, node.func, kinds))
            for node in own_nodes(unit.node)
        )

    def _asks(self, live: LiveModule, func: ast.expr, kinds: Collection[type]) -> bool:
        """Whether what is called may ask for special methods: a builtin does, and such an instance is asked itself."""
        if isinstance(func, ast.Attribute) and isinstance(func.value, (ast.Constant, ast.JoinedStr)):
            return True
        if isinstance(func, ast.Name) and func.id not in live.namespace:
            return func.id in module_namespace(builtins)
        chain = chain_of(func)
        return chain is not None and any(type(self.program.value(live.namespace, chain)) is kind for kind in kinds)

    def _is_one(self, live: LiveModule, node: ast.expr, classes: Collection[type]) -> bool:
        chain = chain_of(node)
        return chain is not None and self._names_one(live.namespace, chain, classes)

    def _names_one(self, space: dict[str, Any], chain: Chain, classes: Collection[type]) -> bool:
        """Whether a chain names one of these classes, or a class method of one, which may make an instance."""
        value = self.program.value(space, chain)
        if type(value) is classmethod:
            value = self.program.value(space, chain[:-1])
        return any(value is cls for cls in classes)

    def _ran_with(self, live: LiveModule, unit: Unit, classes: Collection[type], kinds: Collection[type] = ()) -> bool:
        """Whether a function that ran in a unit reads one of these classes, or an instance."""
        for code in self.readers.codes_in(live, unit):
            space = self.program.namespace_of_file(code.co_filename)
            for chain in reads(code):
                value = self.program.value(space, chain)
                if self._names_one(space, chain, classes) or any(type(value) is kind for kind in kinds):
                    return True
        return False


def gives_plain_values(live: LiveModule, unit: Unit) -> bool:
    """Whether all that a unit binds are values that were computed: numbers, texts and containers of them."""
    return not unit.is_import and plain(live.namespace, unit.binds)


def _head(cls: type) -> str:
    return cls.__qualname__.partition(".")[0]


def _has_member_of(cls: type, kinds: Collection[type]) -> bool:
    return any(any(type(value) is kind for kind in kinds) for value in type.__getattribute__(cls, "__dict__").values())


def _called(unit: Unit) -> Iterator[ast.expr]:
    """What a unit calls: functions and classes, by call or as a decorator."""
    for node in own_nodes(unit.node):
        if isinstance(node, ast.Call):
            yield node.func
        yield from (each for each in getattr(node, "decorator_list", ()) if not isinstance(each, ast.Call))
