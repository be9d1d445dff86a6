"""Something has changed: importers follow, and readers are put on the agenda.

It must never run a unit, nor decide what a name shall hold.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from autoreload_hooks.bindings import Binding
from autoreload_hooks.outline import Unit, acted_upon
from autoreload_hooks.planning import Run, copies_from_bases, subclass_units
from autoreload_hooks.program import LiveModule, attribute
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .context import Context


class Following:
    """What follows from changes of names, attributes and functions in one reload."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda

    def name_changed(self, live: LiveModule, name: str, old: Any, new: Any) -> None:
        """A module's name holds something else: its importers follow, its readers run."""
        if old is not MISSING or new is not MISSING:
            self.context.changed_names.add((live.name, name))
        self._schedule_readers(live, name)
        if old is new:
            return
        for importer, local in list(self.context.rebinding.follow(live.name, name, old, new)):
            self.context.events.append(f"{'rebind' if new is not MISSING else 'remove'} {importer}.{local}")
            follower = self.context.program.module(importer)
            if follower is not None:
                self.name_changed(follower, local, old, new)
        self._schedule_covered_imports(live.name, name)
        if name == "__all__":
            for importer, exported, before, now in list(self.context.rebinding.follow_all(live.name, old, new)):
                self.context.events.append(f"{'rebind' if now is not MISSING else 'remove'} {importer}.{exported}")
                if (follower := self.context.program.module(importer)) is not None:
                    self.name_changed(follower, exported, before, now)

    def _schedule_covered_imports(self, module: str, name: str) -> None:
        """Importers that bind the imported name over again: the chain of its binders runs from the import on."""
        for binding in self.context.program.bindings.of(module, name):
            importer = self.context.program.module(binding.importer)
            if importer is None or not importer.record.mine or not importer.rebinds(binding.local):
                continue
            binders = self.context.outline(importer.name).binders.get(binding.local, [])
            for unit in binders[:-1]:
                if unit.is_import:
                    self.agenda.schedule(Run(importer.name, unit, f"{module}.{name} changed"))

    def _schedule_readers(self, live: LiveModule, name: str) -> None:
        outline_last = None
        for reader_live, reader in list(self.context.readers.of_name(live.name, name)):
            if reader_live is live and any(chain[0] == name for chain in reader.reads):
                if outline_last is None:
                    outline_last = self.context.outline(live.name).last_binder(name)
                if outline_last is not None and reader.index <= outline_last.index:
                    continue
            self.agenda.schedule(Run(reader_live.name, reader, f"{live.name}.{name} changed"))

    def value_covered(self, live: LiveModule, unit: Unit, name: str) -> None:
        """The readers of a value that a later unit binds over."""
        outline = self.context.outline(live.name)
        following = next((u for u in outline.binders[name] if u.index > unit.index), None)
        end = following.index if following else len(outline.units)
        for reader in outline.units[unit.index + 1 : end + 1]:
            if any(chain[0] == name for chain in reader.reads):
                self.agenda.schedule(Run(live.name, reader, f"{live.name}.{name} changed"))

    def made_anew_in_place(self, live: LiveModule, name: str, maker: Unit) -> None:
        """The units that act upon an object that was made anew in place: what they had put into it may be gone."""
        target = live.namespace[name]
        for reader_live, reader in self._readers_everywhere(live.name, name):
            if reader is not maker and any(
                self.context.program.value(reader_live.namespace, chain) is target for chain in acted_upon(reader.node)
            ):
                self.agenda.schedule(Run(reader_live.name, reader, f"{live.name}.{name} was made anew"))

    def _readers_everywhere(self, module: str, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that read a module's name, there or wherever it was imported."""
        names = [(module, name)]
        for owner, local in names:
            yield from list(self.context.readers.of_name(owner, local))
            for each in self.context.program.bindings.of(owner, local):
                if (each.importer, each.local) not in names:
                    names.append((each.importer, each.local))

    def merged(self, unit: Unit) -> None:
        """Follow up what a merge changed: functions, and attributes of classes."""
        for key, code in list(self.context.patching.codes_before.items()):
            if key in self.context.patching.changed and id(code) not in self.context.changed_codes:
                self.function_changed(code, unit)
        attributes, self.context.patching.changed_attributes[:] = list(self.context.patching.changed_attributes), []
        for cls, name in attributes:
            self._attribute_changed(cls, name)
        changed = {cls for cls, name in attributes if not _is_method(attribute(cls, name))}
        for cls in changed:
            if copies_from_bases(cls, self.context.program):
                for live, other in list(subclass_units(self.context.program, self.context.readers, cls)):
                    if other is not unit:
                        self.agenda.schedule(Run(live.name, other, f"{cls.__qualname__} changed"))

    def _attribute_changed(self, cls: type, name: str) -> None:
        for live, unit in list(self.context.readers.of_attribute(cls, name)):
            if not (live.name == cls.__module__ and unit.binds >= {cls.__qualname__.partition(".")[0]}):
                self.agenda.schedule(Run(live.name, unit, f"{cls.__qualname__}.{name} changed"))

    def docstrings_changed(self) -> None:
        """The units that read a docstring which is another now, or whose decorators copied it from another function."""
        changed, self.context.patching.docstrings_before[:] = list(self.context.patching.docstrings_before), []
        for function, before in changed:
            live = self.context.program.module(function.__module__)
            name = function.__qualname__.partition(".")[0]
            if live is None or function.__doc__ == before:
                continue
            for owner, unit in self._readers_everywhere(live.name, name):
                if not (owner is live and name in unit.binds) and self._has_docstring(owner, unit, function, before):
                    self.agenda.schedule(Run(owner.name, unit, f"the docstring of {function.__qualname__} changed"))

    def _has_docstring(self, live: LiveModule, unit: Unit, function: FunctionType, before: str) -> bool:
        """Whether a unit read the docstring of a function itself, or bound something that has the very same."""
        texts = (chain[:-1] for chain in unit.reads if chain[-1] == "__doc__")
        if any(self.context.program.value(live.namespace, chain) is function for chain in texts):
            return True
        bound = (live.namespace.get(name) for name in unit.binds)
        return any(isinstance(value, FunctionType) and value.__doc__ is before for value in bound)

    def function_merged(self, old: CodeType, new: CodeType) -> None:
        """A function that ran one code object runs another now."""
        self.context.kept[id(old)] = old
        self.context.renamed[id(old)] = weakref.ref(new)

    def function_changed(self, code: CodeType, unit: Unit) -> None:
        """A function that runs this code was changed by running its unit: units in which it ran run again."""
        self.context.changed_codes[id(code)] = code
        for live, reader in list(self.context.readers.of_code(id(code))):
            if reader is not unit:
                self.agenda.schedule(Run(live.name, reader, f"{code.co_qualname} changed"))

    def ask_modules_again(self) -> None:
        """Names that a module's `__getattr__` gave to importers are asked for again, if the module has changed."""
        changed = {module for module, _ in self.context.changed_names} | set(self.context.edits)
        changed |= {sketch.live.name for sketch in self.context.sketches}
        for module in changed:
            live, target = self.context.program.module(module), self.context.program.loaded(module)
            if live is None or target is None or "__getattr__" not in live.namespace:
                continue
            for binding in self.context.program.bindings.from_source(module):
                if binding.name not in live.namespace:
                    self._ask_again(target, binding)

    def _ask_again(self, module: ModuleType, binding: Binding) -> None:
        try:
            value = getattr(module, binding.name)
        except AttributeError:
            return  # a submodule, or no longer given: its importer keeps what it has
        for importer, local in self.context.rebinding.refresh(binding, value):
            self.context.events.append(f"rebind {importer}.{local}")
            if (follower := self.context.program.module(importer)) is not None:
                self.name_changed(follower, local, MISSING, value)


def _is_method(value: Any) -> bool:
    return isinstance(value, (FunctionType, property, classmethod, staticmethod))
