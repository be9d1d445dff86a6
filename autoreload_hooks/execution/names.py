"""The names of a module as a fresh process would have them: in the order of their statements, and no later ones.

It must never change what a name holds.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from autoreload_hooks.compat import FREE_THREADED
from autoreload_hooks.outline import FUNCTIONS, Unit
from autoreload_hooks.program import IMPORT_BY_TEXT, LiveModule, is_a

from .context import Context
from .ordering import imports_that_run
from .removing import GIVEN_BY_IMPORT, items_given

_NAMES_OF: Final = frozenset({"globals", "locals", "vars", "dir"})
_ASKING: Final = frozenset({"get", "setdefault", "pop", "update", "__contains__", "__getitem__", "__setitem__"})
"""Methods of a namespace that are about one name, or add to it: they do not go through all of them."""


class Names:
    """Where the names of modules stand."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def put_in_order(self, live: LiveModule) -> None:
        """Have a module's names stand in the order of the statements that bind them first.

        What no statement binds stays behind what it came after. Each name is taken out and put in again without a
        step of Python in between, so that no other thread misses one; without the global lock the order stays.
        """
        if FREE_THREADED:
            return
        namespace, places = live.namespace, {**self._places_of_submodules(live), **self._places(live)}
        before, at = list(namespace), -1.0
        order = []
        for name in before:
            at = places.get(name, at)
            order.append((at, name))
        order.sort(key=lambda each: each[0])
        after = [name for _, name in order]
        same = next((i for i, (one, other) in enumerate(zip(before, after, strict=True)) if one != other), None)
        if same is not None:
            moved = after[same:]
            deque(map(namespace.__setitem__, moved, map(namespace.pop, moved)), maxlen=0)

    @contextmanager
    def as_at(self, live: LiveModule, unit: Unit) -> Iterator[None]:
        """Meanwhile, a module has no names that one which goes through its names does not find in a fresh process.

        These are what statements below it bind, what it binds itself, or has functions bind that it hands the namespace
        to, and submodules that are imported later.
        """
        if not _goes_through_names(unit):
            yield
            return
        self.put_in_order(live)
        namespace, places = live.namespace, self._places(live)
        later = {name for name, place in places.items() if place >= unit.index}
        later |= self._submodules_of_later(live, unit) | self._given_inside(live, unit)
        hidden = {name: value for name, value in namespace.items() if name in later}
        for name in hidden:
            del namespace[name]
        try:
            yield
        finally:
            for name, value in hidden.items():
                namespace.setdefault(name, value)

    def _submodules_of_later(self, live: LiveModule, unit: Unit) -> set[str]:
        """The submodules of a package to which none of its statements leads down to this one."""
        outline = self.context.outline(live.name)
        found = {
            name for name, value in live.namespace.items() if name not in outline.binders and is_a(value, ModuleType)
        }
        found = {name for name in found if f"{live.name}.{name}" in self.context.program.records}
        if not found:
            return set()
        above = (each for each in outline.units[: unit.index + 1] if "import" in each.text)
        nodes = [node for each in above for node in imports_that_run(live, each)]
        reached = self._reached_from(live, set(self.context.program.imported_by(live, nodes)))
        return {name for name in found if not any(f"{each}.".startswith(f"{live.name}.{name}.") for each in reached)}

    def _reached_from(self, live: LiveModule, names: set[str]) -> set[str]:
        """These modules and those that they import; where one may do so by a text, all that the package leads to."""
        program, seen, todo = self.context.program, {live.name} | names, list(names - {live.name})
        while todo:
            each = program.module(todo.pop())
            if each is None:
                continue
            bound = each.namespace.keys() | each.deleted.keys()
            new = {name for name in program.bindings.imported_modules(each.name, bound) if name in program.records}
            todo += new - seen
            seen |= new
        lives = [each for name in seen if (each := program.module(name)) is not None]
        return seen | program.reachable(live.name) if any(map(self._has_imported_by_text, lives)) else seen

    def _has_imported_by_text(self, live: LiveModule) -> bool:
        """Whether a statement of a module, or a function that ran in one, has imported what a text names."""
        units = live.outline.units
        if live.habits.imports_by_text and any(
            not unit.is_definition and any(word in unit.text for word in IMPORT_BY_TEXT) for unit in units
        ):
            return True
        codes = (code for unit in units for code in self.context.readers.codes_in(live, unit))
        return any(not IMPORT_BY_TEXT.isdisjoint(code.co_names) for code in codes)

    def _given_inside(self, live: LiveModule, unit: Unit) -> set[str]:
        """The names, bound by no statement, that functions assign as items which ran in a unit: `names["x"] = ...`."""
        binders = self.context.outline(live.name).binders
        codes = self.context.readers.codes_in(live, unit) or self.context.program.foreseen_codes(live, unit)
        found = (self.context.registrations.sharing.definition_now(code) for code in codes)
        given = {name for node in found if node is not None for name in items_given(node)}
        return given - binders.keys() - GIVEN_BY_IMPORT.keys()

    def _places_of_submodules(self, live: LiveModule) -> dict[str, float]:
        """For each submodule that no statement binds, where it comes: before the names of the first that imports it."""
        outline, inside = self.context.outline(live.name), f"{live.name}."
        found: dict[str, float] = {}
        for unit in outline.units if "__path__" in live.namespace else ():
            if unit.is_import:
                for name in self.context.program.imported_by(live, imports_that_run(live, unit)):
                    if name.startswith(inside):
                        found.setdefault(name[len(inside) :].partition(".")[0], unit.index - 0.5)
        return {name: place for name, place in found.items() if name not in outline.binders}

    def _places(self, live: LiveModule) -> dict[str, int]:
        """For each name, which statement binds it first; of those that are deleted in between nothing is said."""
        binders = self.context.outline(live.name).binders
        found = {}
        for name in binders:
            units = self.context.binders_of(live, name) if "*" in binders else binders[name]
            units = [unit for unit in units if not _only_annotates(unit)]
            first = units[0] if units else None
            if first is None or any(name in unit.deletes for unit in units):
                continue
            if len(units) == 1 or not first.is_compound or name in first.gives:  # else the branch may not have run
                found[name] = first.index
        return found


def _goes_through_names(unit: Unit) -> bool:
    """Whether a statement asks for all names of its module: to ask for one is what code does that expects a reload."""
    if isinstance(unit.node, (*FUNCTIONS, ast.ClassDef)) or not any(name in unit.text for name in _NAMES_OF):
        return False
    spared = {id(part) for node in ast.walk(unit.node) for part in _asked_for_one(node)}
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _NAMES_OF
        and not node.args
        and id(node) not in spared
        for node in ast.walk(unit.node)
    )


def _only_annotates(unit: Unit) -> bool:
    return isinstance(unit.node, ast.AnnAssign) and unit.node.value is None


def _asked_for_one(node: ast.AST) -> Iterator[ast.expr]:
    """The namespaces that a piece of syntax asks for one name."""
    if isinstance(node, ast.Compare):
        yield from node.comparators
    elif isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in _ASKING):
        yield node.value
