"""Functions and classes show something else than before, though they are the same objects: who has asked them follows.

It must never run a unit, nor change what an object shows.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from enum import EnumType
from types import CodeType, FunctionType
from typing import Final

from autoreload_hooks.outline import Unit
from autoreload_hooks.planning import (
    Run,
    asking_for_kind,
    computing_of_bases,
    computing_of_class,
    computing_of_function,
    copies_from_bases,
    going_through,
    implied_calls,
    inspecting,
    is_made_by_others,
    likenesses,
    listing_subclasses,
    made_with,
    makers_of_instances,
    names_of,
    subclass_units,
    subclasses,
)
from autoreload_hooks.program import LiveModule, attribute, is_a, is_inert
from autoreload_hooks.transaction import MISSING, ChangedAttribute

from .agenda import Agenda
from .context import Context

BOOKKEEPING: Final = frozenset({"__firstlineno__", "__static_attributes__"})
"""What Python notes of a class statement, for tools."""
DOC: Final = "__doc__"
DESCRIBES: Final = frozenset({DOC, "getdoc", "help", "render_doc"})
"""What asks a function for its docstring."""
FACES: Final = frozenset({"__defaults__", "__kwdefaults__", "__annotations__", "__code__"})
"""What others see of a function or class when they inspect it."""
UNCOPIED: Final = frozenset({"__defaults__", "__kwdefaults__", "__code__"})
"""What `functools.wraps` does not copy of a function."""


class Showing:
    """What follows from changes of functions, classes and their attributes in one reload."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda
        self.moved: list[tuple[type, list[str]]] = []  #: classes whose instances have been another's, and what changed

    def merged(self, unit: Unit) -> None:
        """Follow up what a merge changed: functions, and attributes of classes."""
        for key, code in list(self.context.patching.codes_before.items()):
            if key in self.context.patching.changed and id(code) not in self.context.changed_codes:
                self.function_changed(code, unit)
        attributes, self.context.patching.changed_attributes[:] = list(self.context.patching.changed_attributes), []
        for cls, name, before in attributes:
            self.context.inert = self.context.inert and is_inert(before) and is_inert(attribute(cls, name))
            self._attribute_changed(cls, name)
        for cls in {id(each.owner): each.owner for each in attributes if each.name not in BOOKKEEPING}.values():
            self._schedule_all(likenesses(self.context.readers, cls), unit)
        for each in attributes:
            if each.name == "__doc__":  # a text, or what gives one
                self._class_docstring_changed(each.owner, each.before)
        changed = [each.owner for each in attributes if each.name not in BOOKKEEPING and not _is_method(each)]
        for cls in {id(owner): owner for owner in changed}.values():
            names = {each.name for each in attributes if each.owner is cls} - BOOKKEEPING
            if names != {"__doc__"} or not issubclass(type(cls), EnumType):
                for shown in (cls, *made_with(self.context.program, cls)):
                    self._schedule_all(inspecting(self.context.readers, shown), unit)
                self._schedule_all(computing_of_class(self.context.readers, cls, names), unit)
            program = self.context.program
            if copies_from_bases(cls, program) or any(is_made_by_others(sub, program) for sub in subclasses(cls)):
                self.context.changed_classes.append(cls)
                for live, other in list(subclass_units(self.context.program, self.context.readers, cls)):
                    if other is not unit:
                        self.agenda.schedule(Run(live.name, other, f"{cls.__qualname__} changed"))
                self._made_of_instances(cls, unit)

    def function_merged(self, old: CodeType, new: CodeType) -> None:
        """A function that ran one code object runs another now."""
        self.context.kept[id(old)] = old
        self.context.renamed[id(old)] = weakref.ref(new)
        self.context.merged.append((old, new))

    def function_changed(self, code: CodeType, unit: Unit) -> None:
        """A function that runs this code was changed by running its unit: units in which it ran run again."""
        self.context.changed_codes[id(code)] = code
        ids = self.context.ids_of(code)
        if (now := self.context.renamed.get(id(code), _nothing)()) is not None:
            ids.append(id(now))  # what runs by the names in the source is looked up when it is asked for
        for live, reader in [entry for key in ids for entry in self.context.readers.of_code(key)]:
            if reader is not unit:
                self.agenda.schedule(Run(live.name, reader, f"{code.co_qualname} changed"))

    def instances_moved(self, unit: Unit) -> None:
        """Instances are those of the classes that replaced theirs: who read of one what is another now follows."""
        moved, self.moved = self.moved, []
        if moved:
            self.context.patching.drop_twins()  # which moves them
        for cls, names in moved:
            for name in names:
                self._attribute_changed(cls, name)
            if names:
                self._schedule_all(inspecting(self.context.readers, cls), unit)
                self._schedule_all(computing_of_class(self.context.readers, cls, names), unit)

    def faces_changed(self, home: LiveModule, unit: Unit) -> None:
        """Functions and classes show something else: who read that of them, or has them inspected, runs again."""
        faces, self.context.patching.changed_faces[:] = list(self.context.patching.changed_faces), []
        readers = self.context.readers
        for name in dict.fromkeys(name for _, name in faces):
            self._schedule_all(readers.of_owners([obj for obj, face in faces if face == name], name), unit)
        for obj, name in faces:
            if name not in FACES:
                self.context.changed_attributes.setdefault(name, []).append(obj)
            if name in ("__defaults__", "__kwdefaults__"):
                self.function_changed(obj.__code__, unit)
        for obj in {id(obj): obj for obj, name in faces if name in FACES}.values():
            self._schedule_all(inspecting(readers, obj), unit)
            if is_a(obj, FunctionType):
                self._schedule_all(computing_of_function(readers, obj), unit)
        for obj in {id(obj): obj for obj, name in faces if name not in UNCOPIED and is_a(obj, FunctionType)}.values():
            self._schedule_all(likenesses(readers, obj, home), unit)

    def docstrings_changed(self, home: LiveModule | None = None, maker: Unit | None = None) -> None:
        """The units that read a docstring which is another now, or whose decorators copied it from another function.

        It is `maker`, of the module `home`, that has just made them so.
        """
        noted, self.context.patching.docstrings_before[:] = list(self.context.patching.docstrings_before), []
        changed = [
            (function, before)
            for function, before in noted
            if self.context.program.module(function.__module__) is not None and function.__doc__ != before
        ]
        for function, owner, unit in self.context.readers.given.of_objects((each for each, _ in changed), DOC):
            if unit not in self.agenda.runs and (maker is None or self._may_have_seen(owner, unit, home, maker)):
                self.agenda.schedule(Run(owner.name, unit, f"the docstring of {function.__qualname__} changed"))
        for function, before in changed:
            found = [
                (owner, unit)
                for module, name in names_of(self.context.program, function, home)
                for owner, unit in self.context.readers.anywhere(module, name)
                if not (owner.name == module and name in unit.binds)
                and self._has_docstring(owner, unit, function, before)
            ]
            for owner, unit in found:
                self.agenda.schedule(Run(owner.name, unit, f"the docstring of {function.__qualname__} changed"))

    def _may_have_seen(self, live: LiveModule, unit: Unit, home: LiveModule | None, maker: Unit) -> bool:
        """Whether a unit may have seen what another one makes: it is neither that one, nor certainly runs before it."""
        later = self.context.registrations.later
        return unit is not maker and (home is None or not later.runs_after(home, maker.index, live, unit))

    def subclasses_changed(self, cls: type) -> None:
        """A class was added below its bases: who had asked them for their subclasses asks again."""
        readers = self.context.readers
        for live, unit in [*listing_subclasses(readers, cls), *computing_of_bases(readers, cls)]:
            self.agenda.schedule(Run(live.name, unit, f"{cls.__qualname__} is a new subclass"))

    def _attribute_changed(self, cls: type, name: str) -> None:
        readers = self.context.readers
        if name in BOOKKEEPING:
            return
        if name == "__bases__":
            self.subclasses_changed(cls)
            for live, unit in list(asking_for_kind(readers, cls)):
                self.agenda.schedule(Run(live.name, unit, f"{cls.__qualname__} has other bases"))
        self.context.changed_attributes.setdefault(name, []).append(cls)
        found = [*readers.of_attribute(cls, name), *implied_calls(self.context.program, readers, cls, name)]
        if not (name.startswith("__") and name.endswith("__")):
            found += going_through(readers, cls, name)
        for live, unit in found:
            if live.name != cls.__module__ or not self._has_seen(live, unit, cls):
                self.agenda.schedule(Run(live.name, unit, f"{cls.__qualname__}.{name} changed"))

    def _has_seen(self, live: LiveModule, unit: Unit, cls: type) -> bool:
        """Whether a unit binds a class of its module, or has run with what its statement gave, above all decorating."""
        name = cls.__qualname__.partition(".")[0]
        binders = self.context.binders_of(live, name)
        above, below = ([each for each in binders if (each.index < unit.index) is side] for side in (True, False))
        return name in unit.binds or (bool(above and below) and self.agenda.has_run_after(unit, above))

    def _schedule_all(self, found: Iterator[tuple[LiveModule, Unit]], unit: Unit) -> None:
        for live, reader in list(found):
            if reader is not unit:
                self.agenda.schedule(Run(live.name, reader, f"what {unit.label} shows changed"))

    def _made_of_instances(self, cls: type, unit: Unit) -> None:
        """The units that make instances of a class whose constructor was generated: nothing of the user's ran in it."""
        for live, reader in list(makers_of_instances(self.context.program, self.context.readers, cls)):
            if reader is not unit and not (live.name == cls.__module__ and self._has_seen(live, reader, cls)):
                self.agenda.schedule(Run(live.name, reader, f"{cls.__qualname__} changed"))

    def _has_docstring(self, live: LiveModule, unit: Unit, function: FunctionType, before: str) -> bool:
        """Whether a unit read the docstring of a function, or one that ran in it, or bound what has the very same."""
        if self._describes(live, unit):
            return True
        texts = (chain[:-1] for chain in unit.reads if chain[-1] == "__doc__")
        if any(self.context.program.value(live.namespace, chain) is function for chain in texts):
            return True
        return self._bound_copy(live, unit, before)

    def _bound_copy(self, live: LiveModule, unit: Unit, docstring: object) -> bool:
        """Whether a unit bound what has the very same docstring, as `functools.update_wrapper` copies it."""
        bound = [live.namespace.get(name) for name in unit.binds]
        texts = (each.__doc__ if is_a(each, FunctionType) else attribute(each, "__doc__") for each in bound)
        return type(docstring) is str and docstring != "" and any(text is docstring for text in texts)

    def _describes(self, live: LiveModule, unit: Unit) -> bool:
        """Whether a unit, or a function that ran in it, asks something for its docstring that has no name there."""
        if any(chain[-1] in DESCRIBES and chain[-1] != DOC for chain in unit.calls):
            return True
        if DOC in unit.attributes and not any(chain[-1] == DOC for chain in unit.reads):
            return True
        codes = self.context.readers.codes_in(live, unit)
        return any("__doc__" in code.co_consts or not DESCRIBES.isdisjoint(code.co_names) for code in codes)

    def _class_docstring_changed(self, cls: type, before: object) -> None:
        """The units that name a class and ask what they name for its docstring, or bound what has the very same."""
        name = cls.__qualname__.partition(".")[0]
        for owner, unit in self.context.readers.anywhere(cls.__module__, name):
            if owner.name == cls.__module__ and name in unit.binds:
                continue
            if self._describes(owner, unit) or self._bound_copy(owner, unit, before):
                self.agenda.schedule(Run(owner.name, unit, f"the docstring of {cls.__qualname__} changed"))


def _nothing() -> None:
    """A reference to no code object."""


def _is_method(changed: ChangedAttribute) -> bool:
    """Whether a method stands under a name in a class or in its metaclass, and one stood there before, or nothing."""
    found = (attribute(each, changed.name) for each in (changed.owner, type(changed.owner)))
    now = next((value for value in found if value is not MISSING), MISSING)
    known = [value for value in (changed.before, now) if value is not MISSING]
    return bool(known) and all(is_a(each, (FunctionType, property, classmethod, staticmethod)) for each in known)
