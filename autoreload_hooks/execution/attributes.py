"""What other units assign to, or delete from, a class or function after its statement: `K.kind = L`, `f.tag = 1`.

It must never set an attribute itself: it has the units run again that do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, TracebackType
from typing import Any

from autoreload_hooks.compat import functions_in
from autoreload_hooks.outline import Chain, Unit, class_members
from autoreload_hooks.planning import Kind, ModuleEdit, Run, plain_entries
from autoreload_hooks.program import LiveModule, is_a, with_nested
from autoreload_hooks.registrations import is_plain_instance, state_of
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .context import Context


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """An attribute that a unit sets on a class or function, or takes from it."""

    live: LiveModule  #: the module of the unit
    unit: Unit
    local: str  #: the name of the class or function there
    name: str  #: the attribute, or "" where the unit computes the names of those that it sets
    value: Any  #: what was held under that name, or MISSING; all that a class held, where the name is not known

    @property
    def deletes(self) -> bool:
        """Whether the unit takes the attribute away."""
        return isinstance(self.unit.node, ast.Delete)


class Attributes:
    """The attributes that units set on classes and functions which other units make."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda

    def on_made(self, live: LiveModule, unit: Unit) -> list[Setting]:
        """What others have set on the class, or on the functions, that a unit is about to make anew."""
        made = [unit.node.name] if isinstance(unit.node, ast.ClassDef) else () if unit.is_import else unit.binds
        return [
            each
            for name in made
            if is_a(obj := live.namespace.get(name), (type, FunctionType))
            for owner, local in self._names(live, name)
            for each in self._settings(owner, local, obj)
            if each.unit is not unit
        ]

    def set_again(self, settings: list[Setting]) -> None:
        """It has been made anew: the units whose attributes it does not have any more run again."""
        for each in settings:
            obj = each.live.namespace.get(each.local)
            if is_a(obj, (type, FunctionType)) and not _is_held(obj, each):
                self._schedule(each, f"{each.local}{'.' * bool(each.name)}{each.name} was made anew")

    def take_back(self, live: LiveModule, unit: Unit, error: BaseException) -> bool:
        """Have a class made anew, as the function that raised the error was set on it only after `unit` had run.

        Returns whether the unit is to be tried again then.
        """
        raised = _codes(error.__traceback__)
        outline = self.context.outline(live.name)
        for each in (s for later in outline.units[unit.index + 1 :] for s in later.sets):
            cls = live.namespace.get(each[0])
            maker = outline.last_binder(each[0])
            if not is_a(cls, type) or maker is None or maker.index >= unit.index:
                continue
            if any(function.__code__ in raised for function in functions_in(_held(cls, each[1]))):
                self.context.registrations.makers.anew.setdefault(maker, set()).add(each[1])
                self.agenda.schedule(Run(live.name, maker, f"{unit.label} needs it without {each[1]}"))
                return maker in self.agenda.runs
        return False

    def no_longer_set(self, edit: ModuleEdit) -> None:
        """Classes that lack, or hide, what they are made with because of a unit that went are made anew.

        So are instances that have an attribute which is no longer assigned: they get what their class gives them.
        """
        self._leave(edit)
        now = {target for unit in edit.new.units for target in unit.sets}
        for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED):
            for local, name in set(pair.old.sets) - now if pair.old is not None else ():
                maker = edit.new.last_binder(local)
                if maker is not None and isinstance(maker.node, ast.ClassDef) and name in class_members(maker.node):
                    self.context.registrations.makers.anew.setdefault(maker, set()).add(name)
                    self.agenda.schedule(Run(edit.name, maker, f"{local}.{name} is no longer set"))

    def _leave(self, edit: ModuleEdit) -> None:
        old = [pair.old for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED) if pair.old is not None]
        left = {chain for unit in old for chain in self._assigned_by(edit.live, unit)}
        left |= {chain for unit in old for chain in self._set_by_name(edit.live, unit)}
        for chain in left - {chain for unit in edit.new.units if left for chain in self._assigned_by(edit.live, unit)}:
            maker = self.context.registrations.makers.of_instance(edit.live, chain[:-1], self.context.readers)
            if maker is not None:
                obj = self.context.program.value(edit.live.namespace, chain[:-1])
                self.context.unset.setdefault(id(obj), set()).add(chain[-1])
                self.context.rebuilt.add(maker[1])
                self.agenda.schedule(Run(maker[0].name, maker[1], f"{'.'.join(chain)} is no longer set"))

    def _set_by_name(self, live: LiveModule, unit: Unit) -> Iterator[Chain]:
        """The attributes of instances whose names stand as texts in a unit that sets such by computed names."""
        for chain in unit.sets_by_name:
            obj = self.context.program.value(live.namespace, chain)
            state = state_of(obj) if is_plain_instance(obj) else {}
            texts = {node.value for node in ast.walk(unit.node) if isinstance(node, ast.Constant)} if state else set()
            yield from ((*chain, name) for name in state if name in texts)

    def _assigned_by(self, live: LiveModule, unit: Unit) -> set[Chain]:
        return {*unit.assigns, *self.context.registrations.acting.assigned_by_calls(live, unit)}

    def _schedule(self, setting: Setting, because: str) -> None:
        if setting.deletes and setting.name:  # it takes all of them, so all must be there
            outline = self.context.outline(setting.live.name)
            for local, _ in setting.unit.sets:
                maker = outline.binder_before(local, setting.unit.index)
                if maker is not None and maker not in self.agenda.count:
                    self.agenda.schedule(Run(setting.live.name, maker, f"{setting.unit.label} needs it anew"))
        self.agenda.schedule(Run(setting.live.name, setting.unit, because))

    def _names(self, live: LiveModule, name: str) -> Iterator[tuple[LiveModule, str]]:
        """The modules that know a class or function by a name, and that name."""
        yield live, name
        for binding in self.context.program.bindings.of(live.name, name):
            importer = self.context.program.module(binding.importer)
            if importer is not None and importer.record.mine and importer.mentions(f"{binding.local}."):
                yield importer, binding.local

    def _settings(self, live: LiveModule, local: str, obj: Any) -> Iterator[Setting]:
        for unit in self.context.outline(live.name).units:
            for name, attr in unit.sets:
                if name == local and live.namespace.get(name) is obj:
                    yield Setting(live, unit, local, attr, _held(obj, attr))
            if unit.sets_by_name and is_a(obj, type) and any(c is obj for c in self._given_any(live, unit)):
                yield Setting(live, unit, local, "", dict(type.__getattribute__(obj, "__dict__")))

    def _given_any(self, live: LiveModule, unit: Unit) -> list[type]:
        """The classes of which a unit sets or deletes attributes whose names it computes."""
        values = [self.context.program.value(live.namespace, chain) for chain in unit.sets_by_name]
        if not all(is_a(value, type) for value in values):  # the variable of a loop, for one
            values += [self.context.program.value(live.namespace, chain) for chain in unit.reads]
            values += [entry for value in values for entry in plain_entries(value)]
        return list({id(value): value for value in values if is_a(value, type)}.values())

    def take_back_any(self, edit: ModuleEdit) -> None:
        """What units had set on classes under names that they computed, and that changed or went, goes.

        A class has such an attribute if its own statement does not give it, and its name stands in the unit or in
        what that reads, or the unit made the value.
        """
        for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED):
            if pair.old is None or not pair.old.sets_by_name:
                continue
            for cls in self._given_any(edit.live, pair.old):
                live = self.context.program.module(cls.__module__)
                if live is not None and live.record.mine:
                    self._take_back_from(cls, live, self._set_by(edit.live, pair.old, cls))

    def _take_back_from(self, cls: type, live: LiveModule, names: set[str]) -> None:
        """Take attributes from a class, or have it made anew where its statement gives others of these names."""
        maker = live.outline.last_binder(cls.__qualname__)
        if maker is None or not isinstance(maker.node, ast.ClassDef):
            return
        own = {id(code) for code in live.codes(maker)}
        members = class_members(maker.node)
        for name in names:
            if any(id(function.__code__) in own for function in functions_in(_held(cls, name))):
                continue
            if name not in members:
                self.context.tx.del_class_attr(cls, name)
            elif (unit := self.context.outline(live.name).last_binder(cls.__qualname__)) is not None:
                self.context.registrations.makers.anew.setdefault(unit, set()).add(name)
                self.agenda.schedule(Run(live.name, unit, f"{cls.__qualname__}.{name} is no longer set"))

    def _set_by(self, live: LiveModule, unit: Unit, cls: type) -> set[str]:
        values = [self.context.program.value(live.namespace, chain) for chain in unit.reads]
        texts = {entry for value in values for entry in plain_entries(value) if isinstance(entry, str)}
        texts |= {
            node.value for node in ast.walk(unit.node) if isinstance(node, ast.Constant) if type(node.value) is str
        }
        ran = set(map(id, with_nested(self.context.program.ran_codes(live, unit))))
        ran |= {id(code) for code in live.codes(unit)}
        return {
            name
            for name, value in list(type.__getattribute__(cls, "__dict__").items())
            if name in texts or any(id(function.__code__) in ran for function in functions_in(value))
        }


def _is_held(obj: Any, setting: Setting) -> bool:
    """Whether a class or function still has what a unit had set on it."""
    if setting.name:
        return _held(obj, setting.name) is setting.value
    now = type.__getattribute__(obj, "__dict__")
    return now.keys() == setting.value.keys() and all(now[name] is value for name, value in setting.value.items())


def _held(obj: Any, name: str) -> Any:
    """What a class itself, or a function, holds under a name, or MISSING."""
    if is_a(obj, FunctionType):
        return getattr(obj, name, MISSING)
    return type.__getattribute__(obj, "__dict__").get(name, MISSING)


def _codes(trace: TracebackType | None) -> set[Any]:
    """The code objects that an error went through."""
    found = set()
    while trace is not None:
        found.add(trace.tb_frame.f_code)
        trace = trace.tb_next
    return found
