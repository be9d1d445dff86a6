"""What all parts of one reload share: what it acts upon, what it was given to act with, and what it has done so far.

It must never act: it answers questions.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_among
from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.outline import Chain, Outline, Unit, called, chains, operated, own_nodes
from autoreload_hooks.planning import LIKE, MAKES_INSTANCES, Kind, ModuleEdit, Plan, Readers, likeness, plain_entries
from autoreload_hooks.program import CodeRef, LiveModule, Program, callables, class_of, family_of, is_a, is_exported
from autoreload_hooks.registrations import Registrations
from autoreload_hooks.sketch import Sketch
from autoreload_hooks.transaction import MISSING, Transaction

from .contracts import Patching, Rebinding, Recording
from .ordering import fresh_order

MAKES_OTHERWISE: Final = MAKES_INSTANCES | {"__call__", "__bases__", "__class__"}
"""The attributes of a class, or of its metaclass, by which its instances come to be made in another way."""
CLASS: Final = "cls"
"""What the first parameter of a class method is called."""


@dataclass(eq=False)
class Progress:
    """What is known of one module's new version while the reload goes on."""

    edit: ModuleEdit | None
    codes: dict[Unit, list[CodeRef]] = field(default_factory=dict)
    ran: dict[Unit, tuple[CodeRef, ...]] = field(default_factory=dict)


class Context:
    """One reload: its program, plan and transaction, its helpers, and what has changed by now."""

    def __init__(
        self,
        program: Program,
        plan: Plan,
        tx: Transaction,
        *,
        patching: Patching,
        rebinding: Rebinding,
        recording: Recording,
        same_value: Callable[[Any, Any], bool],
        remembered: Callable[[str, str], Any],
        note: Callable[[str, str, str], None],
        sketches: Iterable[Sketch],
    ) -> None:
        self.program = program
        self.plan = plan
        self.sketches = sketches
        self.tx = tx
        self.patching = patching
        self.rebinding = rebinding
        self.recording = recording
        self.same_value = same_value
        self.remembered = remembered
        self.note = note
        self.loaded = list(sys.modules)  #: the modules that there were before
        self.events: list[str] = []  #: what was done, in order
        self.removed: list[tuple[str, str, Any]] = []  #: names that went: (module, name, what it held)
        self.begun: list[str] = []  #: modules in which a unit has run
        self.current: tuple[str, Unit] | None = None  #: the unit that is running
        self.waiting: Collection[Unit] = ()  #: the units that have yet to run
        self.settling: Unit | None = None  #: the unit that has run, and whose names are being settled
        self.edits = {edit.name: edit for edit in plan.edits}
        self.progress = {edit.name: Progress(edit) for edit in plan.edits}
        self.readers = Readers(program, {edit.name: edit.new for edit in plan.edits}, plan.edits)
        self.partners = {pair.new: pair.old for edit in plan.edits for pair in edit.pairs if pair.new is not None}
        self.listed: dict[str, tuple[list[Any], list[Any]]] = {}  #: by module: `__all__`, and a copy from before
        self.changed_names: set[tuple[str, str]] = set()  #: (module, name): what holds something else now
        self.changed_between: set[tuple[str, str]] = set()  #: what another statement than the last has bound anew
        self.changed_codes: dict[int, CodeType] = {}  #: by id, what changed functions ran
        self.changed_classes: list[type] = []  #: classes with other attributes, of which others may hold copies
        self.annotated_anew: list[tuple[LiveModule, Unit]] = []  #: assignments of which only the annotation is another
        came = (pair for edit in plan.edits for pair in edit.pairs_of(Kind.ADDED, Kind.CHANGED))
        self.inert = not any(pair.unit.is_import for pair in came)
        """Whether nothing has changed but what can be neither called nor asked for what can be."""
        self.changed_contents: dict[int, Any] = {}  #: by id: the containers that hold something else now
        self.changed_attributes: dict[str, list[Any]] = {}  #: by name: the classes and objects that have another one
        self.refilled: list[Any] = []  #: objects that were made anew in place, since caches were last asked for them
        self.rebuilt: set[Unit] = set()  #: the makers of objects into which others put something once more
        self.unset: dict[int, set[str]] = {}  #: by `id` of an instance: the attributes that are no longer assigned
        self.merged: list[tuple[CodeType, CodeType]] = []  #: what functions ran and run since their unit ran
        self.renamed: dict[int, CodeRef] = {}  #: by id of an old code object (alive in `kept`), what runs instead
        self.kept: dict[int, CodeType] = {}  #: by id: an id means nothing once its object is gone
        self._gone: dict[str, bool] = {}  # by module: whether its file is gone
        self._moved_from = dict(_moved_definitions(plan))

    @cached_property
    def registrations(self) -> Registrations:
        """Who put what where."""
        departing = {edit.name for edit in self.plan.edits if edit.departs}
        new = {edit.name: edit.new for edit in self.plan.edits}
        return Registrations(self.program, self.tx, new, fresh_order, departing)

    def outline(self, module: str) -> Outline:
        """What a module is made of once this reload is through."""
        edit = self.edits.get(module)
        live = self.program.module(module)
        assert live is not None
        return edit.new if edit else live.outline

    def partner_of(self, live: LiveModule, unit: Unit) -> Unit | None:
        """What stood there before: the unit itself where its module was not edited."""
        if live.name not in self.edits:
            return unit
        return self.partners.get(unit)

    def begins_anew(self, live: LiveModule, old: Unit) -> bool:
        """Whether what a unit did is gone, or will be done once more: it has been removed, or has yet to run."""
        edit = self.edits.get(live.name)
        if edit is None:
            return old in self.waiting
        now = next((pair.new for pair in edit.pairs if pair.old is old), None)
        return now is None or now in self.waiting

    def binders_of(self, live: LiveModule, name: str, outline: Outline | None = None) -> list[Unit]:
        """The units of a module that bind a name, in order, also those that import it by a star."""
        outline = outline or self.outline(live.name)
        named, stars = outline.binders.get(name, []), outline.binders.get("*")
        if not stars:
            return named
        giving = [unit for unit in stars if unit not in named and self.starred_value(live, unit, name) is not MISSING]
        return sorted([*named, *giving], key=lambda unit: unit.index)

    def starred_value(self, live: LiveModule, unit: Unit, name: str) -> Any:
        """What a unit gives under a name if it is a star import of it."""
        given = MISSING
        for source in self.program.starred_by(live, unit.node) if "*" in unit.binds else ():
            exported = self.program.records[source].namespace
            if name in exported and is_exported(name, exported.get("__all__")):
                given = exported[name]
        return given

    def is_gone(self, module: str) -> bool:
        """Whether the file of a module is no longer there: a fresh process would not import it, so nothing runs again.

        What has no stamp never was a file that could be looked at, as a member of an archive.
        """
        if module not in self._gone:
            record = self.program.records[module]
            had_file = record.source is not None and record.source.stamp is not None
            is_edited = module in self.edits and not self.edits[module].departs
            self._gone[module] = not is_edited and had_file and not os.path.exists(record.path)
        return self._gone[module]

    def is_unknown(self, live: LiveModule) -> bool:
        """Whether a module runs as a whole because its old text is not known."""
        edit = self.edits.get(live.name)
        return edit is not None and edit.old is None

    def has_moved(self, old: Unit) -> bool:
        """Whether a definition went to another module."""
        return any(unit is old for _, unit in self._moved_from.values())

    def moved_from(self, unit: Unit) -> tuple[LiveModule, Unit] | None:
        """Where a definition stood before the edit, if it moved to another module."""
        return self._moved_from.get(unit)

    def has_changed(self, function: FunctionType) -> bool:
        """Whether patching really changed a function."""
        return id(function) in self.patching.changed

    def is_changed_name(self, namespace: dict[str, Any], chain: Chain) -> bool:
        """Whether a chain of names reads a name that this edit changed."""
        key = namespace.get("__name__"), chain[0]
        if key in self.changed_names or key in self.changed_between:
            return True
        return any(
            (is_a(owner, ModuleType) and (owner.__name__, name) in self.changed_names)
            or any(each is owner or each in family_of(owner) for each in self.changed_attributes.get(name, ()))
            for owner, name in self.program.owners(namespace, chain)
        )

    def reads_changed(self, live: LiveModule, statement: ast.AST, ran: Collection[int]) -> bool:
        """Whether a statement of a class body reads something that this edit changed, or would run it.

        `ran` are the ids of the code objects that ran with the class statement, as far as that is known.
        """
        read = list(chains(statement))
        if any(self.is_changed_name(live.namespace, each) or self.holds_changed(live.namespace, each) for each in read):
            return True
        if any(self._makes_instance_otherwise(live.namespace, chain) for chain in called(statement)):
            return True
        reached = self._reached_in_body(live.namespace, statement, read, ran)
        if not self.codes_of_changed().isdisjoint(reached):
            return True
        return any(
            any(name in self.changed_attributes for name in code.co_names)
            or self.asks_changed(code)
            or self._makes_otherwise(code)
            for code in reached.values()
        )

    def _reached_in_body(
        self, namespace: dict[str, Any], statement: ast.AST, read: list[Chain], ran: Collection[int]
    ) -> dict[int, CodeType]:
        """The code of the functions that a statement of a class body may run, by `id`.

        What operations may run inside functions is supposed only of what ran with the class statement.
        """
        values = [(chain, self.program.value(namespace, chain)) for chain in read]
        calls = [chain for chain, value in values if is_a(value, type) or any(True for _ in callables(value))]
        calls += [chain for chain, value in values if value is MISSING and len(chain) > 1]  # a method, or a property
        operands = [*calls, *operated(statement)]
        if not operands:
            return {}
        asked = {node.attr for node in own_nodes(statement) if isinstance(node, ast.Attribute)}
        found = self.program.reached(namespace, calls, asked)
        wide = self.program.reached(namespace, calls, asked, operands) if ran else {}
        return found | {key: code for key, code in wide.items() if key in ran}

    def ids_that_ran(self, live: LiveModule, unit: Unit) -> set[int]:
        """The ids of the code objects that ran with a statement, and of those that the functions run now instead."""
        keys = self.program.ran(live, unit)
        now = (ref() for key, ref in self.renamed.items() if key in keys)
        return {*keys, *(id(code) for code in now if code is not None)}

    def codes_run_by(self, live: LiveModule, unit: Unit) -> list[CodeType]:
        """The functions that ran in a unit the last time: their code now, and before this reload."""
        codes = self.readers.codes_in(live, unit)
        now = (ref() for code in codes if (ref := self.renamed.get(id(code))) is not None)
        return [*codes, *(code for code in now if code is not None)]

    def _makes_otherwise(self, code: CodeType) -> bool:
        """Whether a function may make instances of a class that are made in another way now."""
        space = self.program.namespace_of_file(code.co_filename)
        return any(self._makes_instance_otherwise(space, chain) for chain in reads(code)) or (
            CLASS in code.co_varnames[:1] and self._is_made_otherwise(class_of(code, space))
        )

    def _makes_instance_otherwise(self, space: dict[str, Any], chain: Chain) -> bool:
        """Whether a chain names a class, or a class method of one, whose instances are made in another way now."""
        value = self.program.value(space, chain)
        return self._is_made_otherwise(self.program.value(space, chain[:-1]) if is_a(value, classmethod) else value)

    def _is_made_otherwise(self, value: Any) -> bool:
        """Whether a value is a class whose instances are made in another way now, by what it or a base got or lost."""
        if not is_a(value, type):
            return False
        changed = [each for name in MAKES_OTHERWISE for each in self.changed_attributes.get(name, ())]
        family = [*family_of(value), *family_of(type(value))]
        return any(each is cls for each in (*changed, *self.changed_classes) for cls in family)

    def asks_changed(self, code: CodeType) -> bool:
        """Whether a function reads a name that this edit changed, or imports it."""
        return any(True for _ in self.changes_asked_by(code))

    def changes_asked_by(self, code: CodeType) -> Iterator[object]:
        """What a function reads, or imports, that this edit changed."""
        space = self.program.namespace_of_file(code.co_filename)
        for chain in reads(code):
            if self.is_changed_name(space, chain) or self.holds_changed(space, chain):
                yield id(code), chain, (space.get("__name__"), chain[0]) in self.changed_names
            elif self.changed_classes and self._is_changed_class(self.program.value(space, chain)):
                yield id(code), chain
        for given, name in self.program.imported_inside(code, space):
            if (given.get("__name__"), name) in self.changed_names:
                yield given.get("__name__"), name

    def _is_changed_class(self, value: Any) -> bool:
        """Whether a value is a class with other attributes, or one below it."""
        return is_a(value, type) and any(base is each for base in family_of(value) for each in self.changed_classes)

    def holds_changed(self, space: dict[str, Any], chain: Chain) -> bool:
        """Whether a container along a chain holds something else now, or functions that have changed."""
        found = [self.program.value(space, chain[:end]) for end in range(1, len(chain) + 1)]
        if any(id(each) in self.changed_contents for each in found):
            return True
        containers = [each for each in found if is_among(type(each), (list, dict, tuple, set))]
        changed = self.codes_of_changed() if containers else set()
        entries = (entry for each in containers for entry in plain_entries(each)) if changed else ()
        return any(id(function.__code__) in changed for entry in entries for function in callables(entry))

    def ids_of(self, code: CodeType) -> list[int]:
        """The ids by which recordings may know a code object: its own, and those of what it took the place of."""
        return [id(code), *(key for key, ref in self.renamed.items() if ref() is code)]

    def codes_of_changed(self) -> set[int]:
        """The ids of the code objects that changed functions ran, and of those that they run now."""
        now = (ref() for key, ref in self.renamed.items() if key in self.changed_codes)
        return {*self.changed_codes, *(id(code) for code in now if code is not None)}


def _moved_definitions(plan: Plan) -> Iterator[tuple[Unit, tuple[LiveModule, Unit]]]:
    """Definitions that left one module and arrived in another in the same edit, the text being much the same."""
    left: dict[str, list[tuple[LiveModule, Unit]]] = {}
    for edit in plan.edits:
        for pair in edit.pairs:
            if pair.old and pair.old.is_definition and not (pair.new and pair.new.is_definition):
                left.setdefault(pair.old.label, []).append((edit.live, pair.old))
    for edit in plan.edits:
        for pair in edit.pairs_of(Kind.ADDED, Kind.CHANGED):
            if pair.new and pair.new.is_definition and not (pair.old and pair.old.is_definition):
                origins = left.get(pair.new.label, [])
                same = [origin for origin in origins if origin[1].says_what(pair.new)]
                if same or (len(origins) == 1 and _is_the_same_moved(plan, *origins[0], pair.new)):
                    yield pair.new, (same or origins)[0]


def _is_the_same_moved(plan: Plan, home: LiveModule, old: Unit, new: Unit) -> bool:
    """Whether a definition that went and one that came are one: much alike, or now imported where it had stood."""
    outline = next(edit.new for edit in plan.edits if edit.live is home)
    binder = outline.last_binder(str(getattr(new.node, "name", "")))
    return (binder is not None and binder.is_import) or likeness(old, new) >= LIKE
