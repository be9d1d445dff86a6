"""A name or an attribute holds something else: importers follow, and readers are put on the agenda.

It must never run a unit, nor decide what a name shall hold.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from autoreload_hooks.outline import Unit, chains, given_value, imports, loads_name
from autoreload_hooks.planning import (
    Change,
    Run,
    by_name,
    computing_of_bases,
    computing_of_class,
    likenesses,
)
from autoreload_hooks.program import LiveModule, attribute, is_a, is_exported, is_inert
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .context import Context
from .moving import Moving
from .showing import Showing


class Following:
    """What follows from changes of names and of attributes in one reload."""

    def __init__(self, context: Context, agenda: Agenda, showing: Showing) -> None:
        self.context = context
        self.agenda = agenda
        self.showing = showing
        self.to_ask: dict[tuple[str, str], Any] = {}
        """By (module, name): what names held that are gone, and that the module may give otherwise."""

    def name_changed(self, live: LiveModule, name: str, old: Any, new: Any) -> None:
        """A module's name holds something else: its importers follow, its readers run."""
        imported: list[tuple[LiveModule, str]] = []
        changed = self._rebind(live, name, old, new, imported)
        self.context.registrations.earlier.note(changed, old)
        moving = Moving(self.context, old, new)
        if moving.is_whole:
            self.showing.moved.append((new, moving.changed_attributes()))
        elif is_a(old, type) and is_a(new, type):
            names = moving.changed_attributes()
            shown = [each for cls in (old, new) for each in computing_of_class(self.context.readers, cls, names)]
            self._schedule_shown(live, name, shown)
        change = Change(self.context.readers, old, new, self.context.same_value)
        self._schedule_readers(changed, change, moving, live, self._caller(live, name))
        if old is MISSING and is_a(new, type) and new.__module__ == live.name:
            self.showing.subclasses_changed(new)
        if new is MISSING and is_a(old, type):
            self._schedule_shown(live, name, list(computing_of_bases(self.context.readers, old)))
        for source, each in imported:
            self._reconsider_imports(source.name, each, gone_or_new=old is MISSING or new is MISSING)
            self._decide_between_stars(source.name, each)
            if each == "__all__":
                self._exports_changed(source, old, new)

    def _schedule_shown(self, live: LiveModule, name: str, found: list[tuple[LiveModule, Unit]]) -> None:
        for owner, unit in found:
            self.agenda.schedule(Run(owner.name, unit, f"what libraries see of {live.name}.{name} changed"))

    def _rebind(
        self, live: LiveModule, name: str, old: Any, new: Any, imported: list[tuple[LiveModule, str]]
    ) -> dict[tuple[str, str], LiveModule]:
        """Give the new value to whoever imported the old one, directly or not.

        Returns the names that hold it now, as (module, name); to `imported` those are added that somebody imports.
        """
        context = self.context
        changed = {(live.name, name): live}
        todo = context.rebinding.imported([(live.name, name)]) if old is not new else []
        for key in todo:
            source, local = changed[key], key[1]
            if new is MISSING and "__getattr__" in source.namespace:
                self.to_ask[source.name, local] = old  # it may still be given
                continue
            imported.append((source, local))
            followed = context.rebinding.follow(source.name, local, old, new)
            done = "rebind" if new is not MISSING else "remove"
            context.events += [f"{done} {importer}.{local}" for importer, local in followed]
            lives = [(each, context.program.module(each[0])) for each in followed if each not in changed]
            came = {each: follower for each, follower in lives if follower is not None}
            changed |= came
            todo += context.rebinding.imported(came)
        context.readers.instances.forget(follower.name for follower in changed.values())
        if old is not MISSING or new is not MISSING:
            context.changed_names.update(changed)
            context.inert = context.inert and is_inert(old) and is_inert(new)
        return changed

    def _exports_changed(self, live: LiveModule, old: Any, new: Any) -> None:
        """Star importers follow a change of `__all__`."""
        self.context.listed.pop(live.name, None)
        for importer, exported, before, now in list(self.context.rebinding.follow_all(live.name, old, new)):
            self.context.events.append(f"{'rebind' if now is not MISSING else 'remove'} {importer}.{exported}")
            if (follower := self.context.program.module(importer)) is not None:
                self.name_changed(follower, exported, before, now)
        namespace = live.namespace
        if "__path__" in namespace and any(name not in namespace for name in _listed(new)):
            self._import_listed(live)
        for name in [name for name in namespace if is_exported(name, old) != is_exported(name, new)]:
            self._decide_between_stars(live.name, name, given=namespace[name])

    def _import_listed(self, package: LiveModule) -> None:
        """A package lists a module in `__all__` that has not been imported: its star imports do that."""
        for importer in self.context.program.bindings.stars_of(package.name):
            live = self.context.program.module(importer)
            for unit in self.context.outline(importer).binders.get("*", ()) if live is not None else ():
                if live is not None and package.name in self.context.program.starred_by(live, unit.node):
                    self.agenda.schedule(Run(importer, unit, f"{package.name} lists a module"))

    def note_exports(self, live: LiveModule) -> None:
        """A unit of a module is going to run: it may change the list behind `__all__` in place."""
        listed = live.namespace.get("__all__")
        if live.name not in self.context.listed and isinstance(listed, list):
            self.context.listed[live.name] = listed, listed.copy()

    def follow_exports(self) -> bool:
        """Have star importers follow lists that were changed in place; whether there was any."""
        found = False
        for name, (listed, before) in list(self.context.listed.items()):
            live = self.context.program.module(name)
            if live is not None and live.namespace.get("__all__") is listed and listed != before:
                found = True
                self._exports_changed(live, before, listed)
        return found

    def _reconsider_imports(self, module: str, name: str, *, gone_or_new: bool) -> None:
        """Importers that do more with a name than to import it: statements that depend on what it is run again."""
        program = self.context.program
        unusual = {live.name for live in program.texts.having("binds again or imports inside", _imports_unusually)}
        because = f"{module}.{name} changed"
        for binding in program.bindings.of(module, name):
            importer = program.module(binding.importer) if binding.importer in unusual else None
            if importer is None:
                continue
            if importer.rebinds(binding.local):
                self._schedule_covered_imports(importer, binding.local, because)
            if importer.habits.inner_imports:
                self._schedule_guarded_imports(importer, binding.local, because, gone_or_new=gone_or_new)

    def _schedule_covered_imports(self, importer: LiveModule, local: str, because: str) -> None:
        """An importer binds the imported name over again: the chain of its binders runs from the import on."""
        for unit in self.context.outline(importer.name).binders.get(local, [])[:-1]:
            if unit.is_import and any(self._readers_between(importer, unit.index, local)):
                self.agenda.schedule(Run(importer.name, unit, because))

    def _schedule_guarded_imports(self, importer: LiveModule, local: str, because: str, *, gone_or_new: bool) -> None:
        """Compound statements that import the name run if they read it themselves, or handle that it is missing."""
        for unit in self.context.outline(importer.name).units:
            if not (unit.is_compound and local in unit.binds and any(True for _ in imports(unit.node))):
                continue
            handles = isinstance(unit.node, ast.Try) and bool(unit.node.handlers)
            if loads_name(unit.node, local) or (gone_or_new and handles):
                self.agenda.schedule(Run(importer.name, unit, because))

    def _decide_between_stars(self, module: str, name: str, *, given: Any = MISSING) -> None:
        """A name that a star import and something else give holds what the last of them gives.

        `given` is what a module gave that may not give it any more.
        """
        for importer in self.context.program.bindings.stars_of(module):
            live = self.context.program.module(importer)
            if live is None or not live.record.mine:
                continue
            binders = self.context.binders_of(live, name)
            givers = [(unit, self.context.starred_value(live, unit, name)) for unit in binders]
            current = live.namespace.get(name, MISSING)
            if not givers or (len(givers) == 1 and current is not MISSING and current is not given):
                continue
            self._follow_covered_stars(live, name, givers[:-1], current)
            unit, value = givers[-1]
            if value is not MISSING and value is not current:
                self.context.tx.set_item(live.namespace, name, value)
                self.context.events.append(f"rebind {importer}.{name}")
                self.name_changed(live, name, current, value)
            elif value is MISSING and current is MISSING:
                self.agenda.schedule(Run(importer, unit, f"it is the last to bind {name} now"))

    def _follow_covered_stars(self, live: LiveModule, name: str, givers: list[tuple[Unit, Any]], current: Any) -> None:
        """Star imports whose value another unit covers afterwards run if something reads that value in between."""
        for unit, value in givers:
            if value is not MISSING and value is not current and any(self._readers_between(live, unit.index, name)):
                self.agenda.schedule(Run(live.name, unit, f"{name} changed"))

    def attribute_assigned(self, owner: Any, name: str, before: Any, live: LiveModule, unit: Unit) -> None:
        """A unit has assigned an attribute of an object: who read it through that object after that runs again."""
        ordering = self.context.registrations.ordering
        for other, reader in self._attribute_differs(owner, name, before):
            if reader is not unit and ordering.is_after(other, reader.index, live, unit):
                self.agenda.schedule(Run(other.name, reader, f"{unit.label} ran"))

    def attribute_taken(self, owner: Any, name: str, before: Any) -> None:
        """An attribute of an object is no longer assigned: who read it through that object runs again."""
        for other, reader in self._attribute_differs(owner, name, before):
            self.agenda.schedule(Run(other.name, reader, f"{name} is no longer set"))

    def _attribute_differs(self, owner: Any, name: str, before: Any) -> list[tuple[LiveModule, Unit]]:
        """The units that read an attribute, if it is another now, through an object, or have copied it from there.

        A module's attribute is a name: what follows from that is put on the agenda here.
        """
        now = attribute(owner, name)
        if now is before or self.context.same_value(before, now):
            return []
        if is_a(owner, ModuleType):
            if (home := self.context.program.module(owner.__name__)) is not None:
                self.name_changed(home, name, before, now)
            return []
        self.context.inert = self.context.inert and is_inert(before) and is_inert(now)
        self.context.changed_attributes.setdefault(name, []).append(owner)
        readers = self.context.readers
        if is_a(owner, type):
            found = list(readers.of_attribute(owner, name))
        else:
            found = [*readers.of_owner(owner, name), *readers.of_instance(owner, name)]
        return [*found, *likenesses(readers, owner)] if is_a(owner, (type, FunctionType)) else found

    def given_by_call(self, home: LiveModule, name: str, before: Any, live: LiveModule, unit: Unit) -> None:
        """A function that ran in a unit has given a name of another module a value: who reads it after that follows."""
        now = home.namespace.get(name, MISSING)
        if now is before or self.context.same_value(before, now):
            return
        ordering = self.context.registrations.ordering
        for local, lives in by_name(self._rebind(home, name, before, now, [])).items():
            for _, owner, reader in list(self.context.readers.of_names(local, lives)):
                if reader is not unit and ordering.is_after(owner, reader.index, live, unit):
                    self.agenda.schedule(Run(owner.name, reader, f"{unit.label} sets {name}"))

    def _schedule_readers(
        self,
        changed: dict[tuple[str, str], LiveModule],
        change: Change,
        moving: Moving,
        home: LiveModule,
        caller: Unit | None,
    ) -> None:
        """The units that read one of these names, unless they stand above what binds it in their own module.

        Those that run before the `caller` of a function that gave the name its value have read another one: so has
        who counts, as `COUNT += 1` in a function gives each of those that call it the next number.
        """
        ordering = self.context.registrations.ordering
        for name, lives in by_name(changed).items():
            for live, owner, reader in list(self.context.readers.of_names(name, lives)):
                if owner is live and any(chain[0] == name for chain in reader.reads):
                    last = self.context.outline(live.name).last_binder(name)
                    if (
                        last is not None
                        and reader.index <= last.index
                        and not self._is_imported_above(live, reader, name)
                    ):
                        continue
                has_seen = reader is self.context.settling  # what it bound itself
                if (
                    has_seen
                    or (caller is not None and ordering.is_after(home, caller.index, owner, reader))
                    or not change.matters_to(owner, reader, live, name)
                    or moving.take_along(owner, reader)
                ):
                    continue
                if self._reads_in_annotation(owner, reader, name):
                    self.context.annotated_anew.append((owner, reader))
                else:
                    self.agenda.schedule(Run(owner.name, reader, f"{live.name}.{name} changed"))

    def _caller(self, live: LiveModule, name: str) -> Unit | None:
        """The unit whose names are being settled, if a function gave the name its value and not its text."""
        unit = self.context.settling
        is_here = unit is not None and unit.module is self.context.outline(live.name)
        return unit if unit is not None and is_here and unit.binds.isdisjoint((name, "*")) else None

    def _reads_in_annotation(self, owner: LiveModule, reader: Unit, name: str) -> bool:
        """Whether an assignment reads a name for the annotation only: then what it gives stays."""
        node = reader.node
        if given_value(node) is None or not isinstance(node, ast.AnnAssign) or node.value is None:
            return False
        said, mentioned = ({each for chain in chains(part) for each in chain} for part in (node.annotation, node.value))
        return name in said - mentioned and not self.context.readers.codes_in(owner, reader)

    def _is_imported_above(self, live: LiveModule, reader: Unit, name: str) -> bool:
        """Whether what gives a name at the place of its reader is an import of something that has changed."""
        above = [unit for unit in self.context.binders_of(live, name) if unit.index < reader.index]
        if not above or not above[-1].is_import:
            return False
        sources = {
            (each.source, each.name) for each in self.context.program.bindings.by(live.name) if each.local == name
        }
        sources |= {(source, name) for source in self.context.program.starred_by(live, above[-1].node)}
        return not sources.isdisjoint(self.context.changed_names)

    def value_covered(self, live: LiveModule, place: int, name: str) -> None:
        """The readers of the value that a name has after a place in its module, up to the next unit that binds it."""
        for reader in self._readers_between(live, place, name):
            self.agenda.schedule(Run(live.name, reader, f"{live.name}.{name} changed"))

    def _readers_between(self, live: LiveModule, place: int, name: str) -> Iterator[Unit]:
        """The units that read what a name has after a place in its module, themselves or in functions that they ran."""
        following = next((unit for unit in self.context.binders_of(live, name) if unit.index > place), None)
        end = following.index if following else len(self.context.outline(live.name).units)
        for owner, reader in self.context.readers.of_name(live.name, name):
            if owner is live and place < reader.index <= end:
                yield reader


def _listed(names: Any) -> list[str]:
    """The names that `__all__` lists."""
    return [name for name in names if type(name) is str] if isinstance(names, (list, tuple)) else []


def _imports_unusually(live: LiveModule) -> bool:
    """Whether a module may do more with what it imports than to import it."""
    return live.may_rebind or live.habits.inner_imports
