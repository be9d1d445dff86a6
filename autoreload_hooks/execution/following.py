"""Something has changed: importers follow, and readers are put on the agenda.

It must never run a unit, nor decide what a name shall hold.
"""

from __future__ import annotations

import ast
import weakref
from collections.abc import Iterator
from enum import EnumType
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from autoreload_hooks.bindings import Binding
from autoreload_hooks.outline import Unit, chains, given_value, imports, loads_name
from autoreload_hooks.planning import (
    Change,
    Run,
    asking_for_kind,
    by_name,
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
from autoreload_hooks.program import LiveModule, attribute, is_a, is_exported, is_inert
from autoreload_hooks.transaction import MISSING, ChangedAttribute

from .agenda import Agenda
from .context import Context
from .moving import Moving

BOOKKEEPING: Final = frozenset({"__firstlineno__", "__static_attributes__"})
"""What Python notes of a class statement, for tools."""
DOC: Final = "__doc__"
DESCRIBES: Final = frozenset({DOC, "getdoc", "help", "render_doc"})
"""What asks a function for its docstring."""
FACES: Final = frozenset({"__defaults__", "__kwdefaults__", "__annotations__", "__code__"})
"""What others see of a function or class when they inspect it."""
UNCOPIED: Final = frozenset({"__defaults__", "__kwdefaults__", "__code__"})
"""What `functools.wraps` does not copy of a function."""


class Following:
    """What follows from changes of names, attributes and functions in one reload."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda
        self._moved: list[tuple[type, list[str]]] = []  # classes whose instances have been another's, with what changed
        self._asked = (-1, -1)  # how much had changed when modules were asked for what they give
        # by (module, name): what names held that are gone and that the module may give otherwise
        self._to_ask: dict[tuple[str, str], Any] = {}

    def name_changed(self, live: LiveModule, name: str, old: Any, new: Any) -> None:
        """A module's name holds something else: its importers follow, its readers run."""
        imported: list[tuple[LiveModule, str]] = []
        changed = self._rebind(live, name, old, new, imported)
        for module, each in changed:
            self.context.registrations.earlier.note(module, each, old)
        moving = Moving(self.context, old, new)
        if moving.is_whole:
            self._moved.append((new, moving.changed_attributes()))
        elif is_a(old, type) and is_a(new, type):
            names = moving.changed_attributes()
            shown = [each for cls in (old, new) for each in computing_of_class(self.context.readers, cls, names)]
            self._schedule_shown(live, name, shown)
        self._schedule_readers(changed, Change(self.context.readers, old, new, self.context.same_value), moving)
        if old is MISSING and is_a(new, type) and new.__module__ == live.name:
            self._subclasses_changed(new)
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
        todo = [(live, name)]
        for source, local in todo:
            if old is new or not context.rebinding.is_imported(source.name, local):
                continue
            if new is MISSING and "__getattr__" in source.namespace:
                self._to_ask[source.name, local] = old  # it may still be given
                continue
            imported.append((source, local))
            for key in context.rebinding.follow(source.name, local, old, new):
                context.events.append(f"{'rebind' if new is not MISSING else 'remove'} {key[0]}.{key[1]}")
                if key not in changed and (follower := context.program.module(key[0])) is not None:
                    changed[key] = follower
                    todo.append((follower, key[1]))
                    context.readers.instances.forget(follower.name)
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
        for name in [name for name in namespace if is_exported(name, old) != is_exported(name, new)]:
            self._decide_between_stars(live.name, name, given=namespace[name])

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
        for binding in self.context.program.bindings.of(module, name):
            importer = self.context.program.module(binding.importer)
            if importer is None or not importer.record.mine:
                continue
            because = f"{module}.{name} changed"
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
        """A unit has assigned an attribute of an object: who read it through that object runs again."""
        now = attribute(owner, name)
        if now is before or self.context.same_value(before, now):
            return
        if is_a(owner, ModuleType):
            if (home := self.context.program.module(owner.__name__)) is not None:
                self.name_changed(home, name, before, now)
            return
        ordering = self.context.registrations.ordering
        for other, reader in self._readers_of_attribute(owner, name, before, now):
            if reader is not unit and ordering.is_after(other, reader.index, live, unit):
                self.agenda.schedule(Run(other.name, reader, f"{unit.label} ran"))

    def attribute_taken(self, owner: Any, name: str, before: Any) -> None:
        """An attribute of an object is no longer assigned: who read it through that object runs again."""
        now = attribute(owner, name)
        if now is before:
            return
        if is_a(owner, ModuleType):
            if (home := self.context.program.module(owner.__name__)) is not None:
                self.name_changed(home, name, before, now)
            return
        for other, reader in self._readers_of_attribute(owner, name, before, now):
            self.agenda.schedule(Run(other.name, reader, f"{name} is no longer set"))

    def _readers_of_attribute(self, owner: Any, name: str, before: Any, now: Any) -> list[tuple[LiveModule, Unit]]:
        """The units that read an attribute, which is another now, through an object, or have copied it from there."""
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

    def _schedule_readers(self, changed: dict[tuple[str, str], LiveModule], change: Change, moving: Moving) -> None:
        """The units that read one of these names, unless they stand above what binds it in their own module."""
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
                if has_seen or not change.matters_to(owner, reader, live, name) or moving.take_along(owner, reader):
                    continue
                if self._reads_in_annotation(owner, reader, name):
                    self.context.annotated_anew.append((owner, reader))
                else:
                    self.agenda.schedule(Run(owner.name, reader, f"{live.name}.{name} changed"))

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

    def instances_moved(self, unit: Unit) -> None:
        """Instances are those of the classes that replaced theirs: who read of one what is another now follows."""
        moved, self._moved = self._moved, []
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
        for obj, name in faces:
            self._schedule_all(readers.of_owner(obj, name), unit)
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

    def _schedule_all(self, found: Iterator[tuple[LiveModule, Unit]], unit: Unit) -> None:
        for live, reader in list(found):
            if reader is not unit:
                self.agenda.schedule(Run(live.name, reader, f"what {unit.label} shows changed"))

    def _made_of_instances(self, cls: type, unit: Unit) -> None:
        """The units that make instances of a class whose constructor was generated: nothing of the user's ran in it."""
        for live, reader in list(makers_of_instances(self.context.program, self.context.readers, cls)):
            if reader is not unit and not (live.name == cls.__module__ and self._has_seen(live, reader, cls)):
                self.agenda.schedule(Run(live.name, reader, f"{cls.__qualname__} changed"))

    def _attribute_changed(self, cls: type, name: str) -> None:
        readers = self.context.readers
        if name in BOOKKEEPING:
            return
        if name == "__bases__":
            self._subclasses_changed(cls)
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

    def _subclasses_changed(self, cls: type) -> None:
        """A class was added below its bases: who had asked them for their subclasses asks again."""
        readers = self.context.readers
        for live, unit in [*listing_subclasses(readers, cls), *computing_of_bases(readers, cls)]:
            self.agenda.schedule(Run(live.name, unit, f"{cls.__qualname__} is a new subclass"))

    def docstrings_changed(self, home: LiveModule | None = None) -> None:
        """The units that read a docstring which is another now, or whose decorators copied it from another function."""
        changed, self.context.patching.docstrings_before[:] = list(self.context.patching.docstrings_before), []
        for function, before in changed:
            if self.context.program.module(function.__module__) is None or function.__doc__ == before:
                continue
            found = [
                (owner, unit)
                for module, name in names_of(self.context.program, function, home)
                for owner, unit in self.context.readers.anywhere(module, name)
                if not (owner.name == module and name in unit.binds)
                and self._has_docstring(owner, unit, function, before)
            ]
            for owner, unit in [*found, *self.context.readers.given.of_object(function, "__doc__")]:
                self.agenda.schedule(Run(owner.name, unit, f"the docstring of {function.__qualname__} changed"))

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

    def ask_modules_again(self) -> bool:
        """Names that a module's `__getattr__` gave to importers are asked for again, if the module has changed.

        Returns whether anything is to run; it is asked once for each state of things.
        """
        state = len(self.context.changed_names), len(self.context.events)
        if state == self._asked:
            return False
        self._asked = state
        changed = {module for module, _ in self.context.changed_names} | set(self.context.edits)
        changed |= {sketch.live.name for sketch in self.context.sketches}
        changed |= {package for module in changed for package in packages_of(module)}  # they may give what these have
        for module in sorted(changed):
            record = self.context.program.records.get(module)
            if record is None or "__getattr__" not in record.namespace:
                continue
            target = self.context.program.loaded(module)
            if target is None:
                continue
            self._ask_for_removed(target)
            for binding in self.context.program.bindings.from_source(module):
                if binding.name not in record.namespace:
                    self._ask_again(target, binding)
        return bool(self.agenda.runs)

    def _ask_for_removed(self, module: ModuleType) -> None:
        """Names that a module has lost: importers have what its `__getattr__` gives now, if it gives them at all."""
        for key, old in list(self._to_ask.items()):
            if key[0] != module.__name__:
                continue
            del self._to_ask[key]
            try:
                now = getattr(module, key[1])
            except (AttributeError, ImportError):
                now = MISSING
            for importer, local in self.context.rebinding.follow(*key, old, now) if now is not old else ():
                self.context.events.append(f"{'rebind' if now is not MISSING else 'remove'} {importer}.{local}")
                if (follower := self.context.program.module(importer)) is not None:
                    self.name_changed(follower, local, old, now)

    def _ask_again(self, module: ModuleType, binding: Binding) -> None:
        live = self.context.program.module(binding.importer)
        if live is not None and not any(
            unit.is_import or unit.is_compound
            for unit in self.context.outline(live.name).binders.get(binding.local, ())
        ):
            return  # it does not import it any more, and to ask may set a name
        try:
            value = getattr(module, binding.name)
        except AttributeError:
            return  # a submodule, or no longer given: its importer keeps what it has
        for importer, local in self.context.rebinding.refresh(binding, value):
            self.context.events.append(f"rebind {importer}.{local}")
            if (follower := self.context.program.module(importer)) is not None:
                self.name_changed(follower, local, MISSING, value)


def packages_of(module: str) -> Iterator[str]:
    """The packages that a module is in: `a.b` and `a` for `a.b.c`."""
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _nothing() -> None:
    """A reference to no code object."""


def _is_method(changed: ChangedAttribute) -> bool:
    """Whether a method stands under a name in a class or in its metaclass, and one stood there before, or nothing."""
    found = (attribute(each, changed.name) for each in (changed.owner, type(changed.owner)))
    now = next((value for value in found if value is not MISSING), MISSING)
    known = [value for value in (changed.before, now) if value is not MISSING]
    return bool(known) and all(is_a(each, (FunctionType, property, classmethod, staticmethod)) for each in known)
