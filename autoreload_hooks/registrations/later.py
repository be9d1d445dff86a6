"""Entries of containers that are of statements after the one that runs: it must not see them, or come after them.

It must never say of an entry that it came later unless a statement that defined it stands later.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.behaviours import is_among
from autoreload_hooks.outline import FUNCTIONS, Outline, Unit
from autoreload_hooks.program import BEGUN, FINISHED, LiveModule, Ordering, Program, attribute, module_namespace

from .containers import CONSTANTS, parts_of
from .contents import MOST

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)
Container = list[Any] | dict[Any, Any] | set[Any]

FreshOrder = Callable[[Program, dict[str, Outline]], dict[tuple[str, int], int]]
"""Numbers the units of modules, and where each module begins and ends, in the order of a fresh import."""


class Later:
    """What would come only after a statement, in a fresh process."""

    def __init__(
        self, program: Program, ordering: Ordering, new: Mapping[str, Outline], fresh_order: FreshOrder
    ) -> None:
        """`new` are the new outlines of the edited modules."""
        self.program = program
        self.ordering = ordering
        self.new = new
        self._fresh_order = fresh_order
        self._orders: dict[tuple[str, int], dict[tuple[str, int], int]] = {}  # by module and records' version

    def is_of_later_module(self, part: Any, live: LiveModule, unit: Unit) -> bool:
        """Whether a function or class is defined in another module, by a statement that runs after a unit."""
        if issubclass(type(part), type):
            module, name = attribute(part, "__module__"), part.__qualname__
        elif type(part) is FunctionType:
            module, name = part.__module__, part.__qualname__
        else:
            return False
        other = self.program.module(module) if isinstance(module, str) and module != live.name else None
        if other is None or not other.record.mine:
            return False
        binder = self.ordering.outline(other).last_binder(name.partition(".")[0])
        return binder is not None and self.ordering.is_after(other, binder.index, live, unit)

    def _is_certainly_later(self, part: Any, live: LiveModule, unit: Unit) -> bool:
        """The same, unless a statement above may have imported that module without saying so."""
        is_class = issubclass(type(part), type)
        if not is_class and type(part) is not FunctionType:
            return False
        module = attribute(part, "__module__") if is_class else part.__module__
        record, other = live.record, self.program.records.get(module)
        if other is None or other is record or not other.mine:
            return False
        if other.order > record.order:
            return 0 < record.finished < other.order and not self._begins_before_end(module, live)
        return self.is_of_later_module(part, live, unit)

    def _begins_before_end(self, module: str, live: LiveModule) -> bool:
        """Whether what modules import by now, or will, has a module begin before another one is through."""
        key = live.name, self.program.records.version
        if key not in self._orders:
            self._orders[key] = self._fresh_order(self.program, {live.name: live.outline, **self.new})
        order = self._orders[key]
        return (module, BEGUN) in order and order[module, BEGUN] < order[live.name, FINISHED]

    @contextmanager
    def hidden(
        self, live: LiveModule, unit: Unit, codes: Collection[CodeType], readers: Readers, acted_upon: Collection[int]
    ) -> Iterator[None]:
        """Meanwhile, the lists, dictionaries and sets that a unit reads lack the entries of statements below it.

        Those of other modules stay in sight if a statement above may have imported them without saying so.
        `codes` are its own code and what will run inside it; containers that it acts upon, by `id`, stay as they are.
        """
        read = self.containers_read(live, codes)
        containers = {id(each): each for each in read if id(each) not in acted_upon and _may_be_registry(each)}
        del codes, read  # whoever holds a code object counts as a user of it
        if not containers:
            yield
            return
        defined = set(self._defined_below(live, unit, readers))

        def is_later(entry: Any) -> bool:
            return any(
                id(part) in defined
                or (type(part) is FunctionType and id(part.__code__) in defined)
                or self._is_certainly_later(part, live, unit)
                for part in parts_of(entry)
            )

        with ExitStack() as stack:
            for each in containers.values():
                stack.enter_context(_without(each, is_later))
            yield

    def containers_read(self, live: LiveModule, codes: Collection[CodeType]) -> Iterator[Container]:
        """The containers that have a name in a module or a class of the user's, and that code asks for by it."""
        spaces = {path: self.program.namespace_of_file(path) for path in {code.co_filename for code in codes}}
        for code in codes:
            namespace = spaces[code.co_filename] or live.namespace
            for name in code.co_names:
                value: Any = namespace.get(name)
                values = [value]
                if issubclass(type(value), ModuleType) and (module := self.program.module(value.__name__)) is not None:
                    values = [module_namespace(value).get(each) for each in code.co_names] if module.record.mine else []
                elif (
                    issubclass(type(value), type)
                    and self.program.module(str(attribute(value, "__module__"))) is not None
                ):
                    values = [value.__dict__.get(each) for each in code.co_names]
                yield from (
                    each for each in values if is_among(type(each), (list, dict, set)) and 0 < len(each) <= MOST
                )

    def _defined_below(self, live: LiveModule, unit: Unit, readers: Readers) -> Iterator[int]:
        """The ids of what the statements below a unit define: functions, classes, what decorators made, and code."""
        for each in readers.units(live)[unit.index + 1 :]:
            yield from (id(code) for code in live.codes(readers.before.get(each, each)) if code is not None)
            if isinstance(each.node, DEFINITIONS) and unit.module.last_binder(each.node.name) is each:
                value = live.namespace.get(each.node.name)
                if value is not None:
                    yield id(value)


def _may_be_registry(container: Container) -> bool:
    """Whether a container holds anything but numbers, texts and the like: a table of constants is none."""
    entries = container.items() if isinstance(container, dict) else container
    return any(type(part) not in CONSTANTS for entry in list(entries) for part in parts_of(entry))


@contextmanager
def _without(container: Container, is_later: Callable[[Any], bool]) -> Iterator[None]:
    """Meanwhile, a container lacks some entries."""
    if isinstance(container, dict):
        pairs = list(container.items())
        later: list[Any] = [pair for pair in pairs if is_later(pair)]
        entries: list[Any] = pairs
    else:
        entries = list(container)
        later = [entry for entry in entries if is_later(entry)]
    if not later:
        yield
        return
    gone = set(map(id, later))
    shown = [entry for entry in entries if id(entry) not in gone]
    _fill(container, shown)
    try:
        yield
    finally:
        now = list(container.items()) if isinstance(container, dict) else list(container)
        same = len(now) == len(shown) and all(_is_same(one, other) for one, other in zip(now, shown, strict=True))
        _fill(container, entries if same else now + later)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two entries are the same object; pairs of a key and a value are made anew whenever they are asked for."""
    return one is other or (
        type(one) is tuple is type(other)
        and len(one) == len(other)
        and all(a is b for a, b in zip(one, other, strict=True))
    )


def _fill(container: Container, entries: list[Any]) -> None:
    """Give a container exactly these entries."""
    if isinstance(container, list):
        container[:] = entries
    else:
        container.clear()
        container.update(entries)
