"""Settle what each name that a unit has bound holds from then on: the survivor of old and new.

It must never run a unit: what follows from a name that changed is put on the agenda.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import _lru_cache_wrapper, partial
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import home_of, qualname_of
from autoreload_hooks.outline import Unit
from autoreload_hooks.planning import Run
from autoreload_hooks.program import LiveModule, asks_for, is_a
from autoreload_hooks.registrations import can_be_told, is_plain_instance, registers, state_of
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .assigned import literal_given
from .contents import Contents
from .context import Context
from .covering import Covering
from .following import Following
from .making import ALIAS
from .places import Places, Settle
from .renaming import new_home
from .scenes import Scene
from .showing import Showing
from .survivors import Survivors

FUNCTIONS: Final = (FunctionType, MethodType, partial, _lru_cache_wrapper, ALIAS)
"""What holds nothing of its own: functions and what is like them, and aliases of types."""


class Settling:
    """What names hold after the runs of one reload."""

    def __init__(
        self,
        context: Context,
        agenda: Agenda,
        following: Following,
        showing: Showing,
        contents: Contents,
        places: Places,
        covering: Covering,
    ) -> None:
        self.context = context
        self.agenda = agenda
        self.following = following
        self.showing = showing
        self.contents = contents
        self.places = places
        self.covering = covering
        self._acted_upon: list[Any] = []  # by the unit whose names are being settled

    def settle(
        self, step: Survivors, names: Iterable[str], made: set[int], acted_upon: list[Any], *, placing: bool
    ) -> None:
        """Decide what these names hold after their unit has run.

        `made` are the ids of what it has made, and it may have put that into what it has `acted_upon`.
        """
        self.context.settling, self._acted_upon = step.unit, acted_upon
        for name in names:
            self._settle(step, name, made, placing=placing)
        self.context.settling, self._acted_upon = None, []

    def unbind(self, scene: Scene) -> None:
        """Names that a compound statement bound before and does not now go, unless it looks for them itself.

        So do those that a statement bound which is gone, where only this one could bind them now.
        """
        live, unit, old = scene.live, scene.unit, scene.old
        if scene.bound is None:
            return
        outline = self.context.outline(live.name)
        unbound = unit.binds - scene.bound.names
        silent = frozenset(name for name in unbound if not asks_for(unit, name))
        outline.hush(unit, silent)
        for name in unbound:
            if self.places.keep(live, name, unit, self.agenda.count):
                self._pass_on(live, unit, name)
                continue
            if name not in silent or (
                not (old is not None and name in old.binds) and not self._has_lost_its_binder(live, name)
            ):
                continue
            before = outline.last_binder(name)
            if before is None:
                live.namespace.pop(name, None)
            elif before not in self.agenda.count:
                self.agenda.schedule(Run(live.name, before, f"it is the last to bind {name} now"))

    def _has_lost_its_binder(self, live: LiveModule, name: str) -> bool:
        """Whether the statement that gave a name its value is gone."""
        edit = self.context.edits.get(live.name)
        giver = edit.old.last_binder(name) if edit is not None and edit.old is not None else None
        return edit is not None and giver is not None and all(p.old is not giver or p.new is None for p in edit.pairs)

    def _settle(self, step: Survivors, name: str, made: set[int], *, placing: bool) -> None:
        """What a unit has bound takes its place, unless another one below binds the name: then for the time being."""
        live, unit, old = step.live, step.unit, step.before.get(name, MISSING)
        later = [each for each in self.context.binders_of(live, name) if each.index > unit.index]
        take_place = self._taker(step, name, made)
        is_covered = not later and self.places.is_covered(live, unit, name, old)
        if later or is_covered:
            self.places.hold(live, unit, name, old, take_place, is_covered=is_covered)
            if not placing:
                self.context.changed_between.add((live.name, name))
                self._pass_on(live, unit, name)
            return
        take_place(self.places.leave(live, name, old), frozenset())

    def _taker(self, step: Survivors, name: str, made: set[int]) -> Settle:
        """Who has what a unit has bound take the place of what the name held.

        What a statement makes of a class further up (`Shop = decorated(Shop)`) is that class still.
        """
        live = step.live
        held = self.places.held(live, name)
        if held is not None and _is_class(live, name):
            return lambda final, more: held.settle(final, made | more)

        def take_place(final: Any, more: AbstractSet[int]) -> None:
            self._take_place(step, name, final, made | more)
            if step.unit.is_definition and more:
                self.context.progress[live.name].codes[step.unit] = step.refs()

        return take_place

    def _pass_on(self, live: LiveModule, unit: Unit, name: str) -> None:
        """What a name holds after a unit is read by those up to the next binder, which may be a branch not taken."""
        self.following.value_covered(live, unit.index, name)
        later = next((each for each in self.context.binders_of(live, name) if each.index > unit.index), None)
        if later is not None and later.is_compound and name not in later.gives and later not in self.agenda.count:
            self.agenda.schedule(Run(live.name, later, f"it may bind {name} over again"))

    def _take_place(self, step: Survivors, name: str, old: Any, made: set[int]) -> None:
        """What a unit has bound takes the place of what a name held: the survivor of both does."""
        live, unit, namespace = step.live, step.unit, step.live.namespace
        new = namespace.get(name, MISSING)
        said = self._said_before(step, name, old, new)
        if new is old and said is MISSING:
            return
        if "*" in unit.binds and old is not MISSING and self._is_from_outside(live, name, old):
            namespace[name] = old
            return
        before = step.claims.returning(name) if old is MISSING else old
        survivor = self._survivor(step, name, before, new, made) if said is MISSING else new
        if survivor is not new and self._is_registered(new, survivor, made):
            survivor = namespace[name] = new
        if is_a(survivor, type):
            step.own(survivor)
        if survivor is not new:
            namespace[name] = survivor
            if _is_instance(survivor) and self.context.patching.is_survivor(survivor):
                self.contents.made_anew_in_place(live, name, unit)
        if survivor is not old:
            self.context.patching.supersede(old)
            is_decorated = step.old is not None and step.old.is_definition and not is_a(old, type)
            needs_mending = is_decorated or _needs_mending(old, survivor)
            if needs_mending and step.claims.made_before(name, old) and not step.has_survived(old):
                self.context.patching.replaced.append((old, survivor))
            self.following.name_changed(live, name, old, survivor)
        if said is not MISSING:
            self.following.name_changed(live, name, said, survivor)

    def _said_before(self, step: Survivors, name: str, old: Any, new: Any) -> Any:
        """The value that a changed statement had given before, where what it gives now is there already.

        Somebody has set it since, or put it into what was given: others were computed of what was given.
        """
        if step.old is None or step.old.text == step.unit.text or self.agenda.count.get(step.unit, 0) > 1:
            return MISSING
        said = literal_given(step.old.node, name) if self.context.same_value(old, new) else MISSING
        if said is MISSING or self.context.same_value(said, new):
            return MISSING
        program = self.context.program
        for each in program.bindings.of(step.live.name, name):  # who has imported it may still have what was given
            importer = program.module(each.importer)
            held = importer.namespace.get(each.local) if importer is not None else None
            if self.context.same_value(said, held):
                return held
        return said

    def _is_from_outside(self, live: LiveModule, name: str, value: Any) -> bool:
        """Whether somebody has set a name that no statement of the old text gave."""
        edit = self.context.edits.get(live.name)
        outline = edit.old if edit is not None else live.outline
        if outline is None:
            return False
        binders = self.context.binders_of(live, name, outline)
        return all(
            name not in unit.binds and self.context.starred_value(live, unit, name) is not value for unit in binders
        )

    def _survivor(self, step: Survivors, name: str, old: Any, new: Any, made: set[int]) -> Any:
        """What goes on of the two: the old object as the new one, if it can be that, or the new one."""
        if old is MISSING or new is MISSING:
            return new
        if step.has_survived(old):  # what its decorators made of it now stands in its place
            self.covering.cover(old, new)
            return new
        unset = self.context.unset.get(id(old), ())
        is_rebuilt = step.unit in self.context.rebuilt and id(new) in made
        if is_rebuilt and self.context.patching.refill(old, new, without=unset):
            self._forget_computed_of(old, step.unit)
            return old
        if step.claims.may_merge(name, old):
            return self._merged(step, name, old, new, made)
        if step.unit.is_import:
            return self._moved(step, name, old, new)
        return self.context.patching.equal_or_new(old, new)

    def _forget_computed_of(self, obj: Any, maker: Unit) -> None:
        """What others remember of an object that was made anew in place: their cached properties, and caches."""
        program = self.context.program
        self.context.refilled.append(obj)
        for module, name in program.names_holding(obj, in_objects=True):
            holder = program.module(module)
            value = holder.namespace.get(name) if holder is not None else obj
            if holder is None or value is obj or not is_plain_instance(value):
                continue
            if self.context.patching.drop_computed(value):
                self.contents.became_another(holder, name, maker)

    def _is_registered(self, new: Any, survivor: Any, made: set[int]) -> bool:
        """Whether an object that is equal to the one from before was put into what its unit acts upon: it stays."""
        if id(new) not in made or not can_be_told(new) or self.context.patching.is_survivor(survivor):
            return False
        return any(registers(obj, new) for obj in self._acted_upon)

    def _merged(self, step: Survivors, name: str, old: Any, new: Any, made: set[int]) -> Any:
        """The survivor where a unit has made an object that an old one may become."""
        before = _parts(old)
        survivor = self.context.patching.merge(
            old,
            new,
            keep=step.standing.keeps if step.claims.is_giver(name, old) else lambda *_: False,
            made=lambda obj: id(obj) in made,
            made_names=step.standing.made_names(old),
        )
        step.live.namespace[name] = survivor  # who asks what reads it must not find its twin
        self.showing.merged(step.unit)
        if survivor is old and before and not self.context.same_value(before, _parts(old)):
            self.contents.became_another(step.live, name, step.unit)
        return survivor

    def _moved(self, step: Survivors, name: str, old: Any, new: Any) -> Any:
        """The survivor where a definition has left its module for the one from which its name is imported now."""
        home = new_home(self.context, name, new) if step.claims.made_before(name, old) else None
        if home is None:
            return new
        survivor = self.context.patching.merge(old, new, made_names=step.standing.made_names(old))
        if survivor is not new:
            self.context.tx.set_item(home.namespace, name, survivor)
        step.live.namespace[name] = survivor
        self.showing.merged(step.unit)
        return survivor


def _is_class(live: LiveModule, name: str) -> bool:
    """Whether a name holds the class that the module defines under it."""
    value = live.namespace.get(name)
    return is_a(value, type) and (home_of(value), qualname_of(value)) == (live.name, name)


def _parts(value: Any) -> dict[str, Any]:
    """What an instance is made of, where it may become another in place; nothing for functions and classes."""
    if issubclass(type(value), partial):
        return {"args": value.args, "keywords": dict(value.keywords)}
    return dict(state_of(value)) if is_plain_instance(value) else {}


def _is_instance(value: Any) -> bool:
    """Whether a value is an object that others may have put something into: no definition, no plain container."""
    return not is_a(value, (FunctionType, type, ModuleType, list, dict, set, tuple))


def _needs_mending(old: Any, new: Any) -> bool:
    """Whether unrecorded holders of the old value shall get the new one: what can be called, not plain values."""
    if issubclass(type(old), FUNCTIONS):
        return True
    return callable(old) and callable(new) and (not is_a(old, type) or is_a(new, (FunctionType, type)))
