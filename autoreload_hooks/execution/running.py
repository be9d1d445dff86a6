"""Run one unit in its module, and settle what each name that it bound holds from then on.

It must never choose what runs next: that is the agenda's.
"""

from __future__ import annotations

import ast
import builtins
import gc
import itertools
import linecache
import weakref
from abc import ABCMeta
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat import functions_in
from autoreload_hooks.outline import FUNCTIONS, Unit, chain_of, own_nodes
from autoreload_hooks.planning import Run
from autoreload_hooks.program import CodeRef, LiveModule, alive, asks_for, attribute, is_a, note_branches, with_nested
from autoreload_hooks.registrations import Ordered, is_plain_instance, orders_of, state_of
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .annotating import REACHED, note_reached
from .attributes import Attributes, Setting
from .caches import Caches
from .contents import Contents
from .context import Context, Progress
from .covering import Covering
from .following import Following
from .labels import Kept, labels_of_shared, write_again
from .lazily import Lazily
from .names import Names
from .places import Places
from .removing import Removing
from .renaming import new_home
from .searching import Searching
from .survivors import Survivors
from .swapping import Swapping

DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)
INSIDE: Final = 10  #: so many names of several binders may functions read that run inside a unit
BUILTINS: Final = frozenset(dir(builtins))


@dataclass(slots=True, eq=False)
class Scene:
    """A unit that is about to run, and how everything is before it does."""

    live: LiveModule
    unit: Unit
    old: Unit | None  #: what it takes the place of
    code: CodeType
    step: Survivors
    plain: bool  #: whether nothing of the user's runs in it
    before: dict[str, Any]  #: the names of its module
    bound: WriteThrough | None  #: notes what it really binds, where its text does not tell
    hidden: dict[str, Any]  #: names that it does not see
    foreseen: list[CodeRef]  #: the functions that will run in it, as far as is known
    acted_upon: list[Any]
    orders: list[Ordered]  #: the lists and dictionaries among these, with the order of their entries
    assigned: list[tuple[Any, str, Any]]  #: the attributes that it will assign: (object, name, value)
    given: list[tuple[LiveModule, str, Any]]  #: the names of other modules that functions will assign
    settings: list[Setting]  #: what others have set on what it makes
    labels: Kept  #: what functions said that its class has from elsewhere


class Running:
    """The runs of one reload."""

    def __init__(
        self,
        context: Context,
        agenda: Agenda,
        searching: Searching,
        following: Following,
        contents: Contents,
        removing: Removing,
        places: Places,
        caches: Caches,
        swapping: Swapping,
        covering: Covering,
    ) -> None:
        self.context = context
        self.agenda = agenda
        self.searching = searching
        self.following = following
        self.contents = contents
        self.removing = removing
        self.places = places
        self.caches = caches
        self.swapping = swapping
        self.covering = covering
        self.attributes = Attributes(context, agenda)
        self.lazily = Lazily(context)
        self.names = Names(context)

    def run(self, run: Run, *, placing: bool = False) -> None:
        """Run one unit in its module, and settle every name that it bound."""
        live = self.context.program.module(run.module)
        assert live is not None
        if live.name not in self.context.edits and live.name not in self.context.begun:
            note_branches(live, live.outline)
        self.context.tx.guard(live.namespace)
        old = self.context.partner_of(live, run.unit)
        if not placing and old is not None and self._makes_way(run, live, old):
            return
        scene = self._prepare(run, live, old, placing=placing)
        ran = self._execute(scene)
        if ran is None:
            self.agenda.schedule(run)
        else:
            self._take_in(scene, ran, placing=placing)

    def _makes_way(self, run: Run, live: LiveModule, old: Unit) -> bool:
        """Whether a unit waits for others: what it acts upon, reads or goes on from is made anew first."""
        return (
            (self.removing.take_back(live, old, run.unit) and self.agenda.defer(run))
            or (self._forget_kept(live, old) and self.agenda.defer(run))
            or (self._is_given_first(live, run.unit) and self.agenda.defer(run))
        )

    def _prepare(self, run: Run, live: LiveModule, old: Unit | None, *, placing: bool) -> Scene:
        """Put everything in place for a unit, and take down how it is before the unit runs."""
        unit, namespace = run.unit, live.namespace
        if unit in self.agenda.count:
            self.context.registrations.take_out_added(unit)
        plain = self._only_defines(live, unit, old)
        if not plain:
            self.context.patching.drop_twins()  # it may look at what holds them
        self.agenda.count[unit] = self.agenda.count.get(unit, 0) + 1
        self._put_names_in_place(live, unit)
        self.places.restore_for(live, unit)
        foreseen = [weakref.ref(code) for code in self.context.program.foreseen_codes(live, unit)]
        acted_upon = self.context.registrations.guard(live, unit, alive(foreseen))
        is_first = not placing and self.agenda.count[unit] == 1
        orders = [each for obj in acted_upon for each in orders_of(obj)] if is_first else []
        if not placing:
            self.context.events.append(f"run {run.module}:{unit.first} {unit.label}")
        self.caches.clear_for(live, old)
        self.following.note_exports(live)
        assigned = list(self._assigned_by(live, unit))
        given = [] if unit.is_import else list(self.lazily.given_by_calls(live, alive(foreseen)))
        self.covering.look(live, unit)
        before = namespace.copy()
        settings = self.attributes.on_made(live, unit)
        step = Survivors(self.context, self.searching, self.following, live, unit, old, before)
        code = step.code()
        step.prepare()
        self._hide_definitions(live, unit, step)
        hidden = self._hide_namesakes(live, unit)
        self._forget_generated_sources(live, unit)
        labels = labels_of_shared(self.context.program, namespace, unit)
        bound = WriteThrough(namespace) if unit.is_compound else None
        return Scene(
            live, unit, old, code, step, plain,
            before=before, bound=bound, hidden=hidden, foreseen=foreseen, acted_upon=acted_upon, orders=orders,
            assigned=assigned, given=given, settings=settings, labels=labels,
        )  # fmt: skip

    def _execute(self, scene: Scene) -> list[CodeType] | None:
        """Run the code of a unit; returns what ran inside it, or None if it is to be tried again."""
        live, unit, namespace = scene.live, scene.unit, scene.live.namespace
        gc.collect(0)  # what is in the youngest generation afterwards was made by the unit
        self._begin(live, unit)
        mark = self.context.tx.mark()
        runs_nothing = scene.plain or unit.is_import
        try:
            with (
                self.names.as_at(live, unit),
                self.context.registrations.later.hidden(
                    live,
                    unit,
                    [] if runs_nothing else [*with_nested([scene.code]), *alive(scene.foreseen)],
                    self.context.readers,
                    self.context.registrations.changed_by(live, unit, alive(scene.foreseen)),
                ),
                self.context.recording.unit(live.name, scene.code, record=live.record) as ran,
            ):
                exec(scene.code, namespace, scene.bound)
        except Exception as error:
            taken_back = self.attributes.take_back(live, unit, error)
            if not taken_back and not self._make_anew_what_refuses(live, unit, error):
                raise
            self.context.patching.settle()
            self.context.tx.undo_to(mark)
            return None
        return ran

    def _take_in(self, scene: Scene, ran: list[CodeType], *, placing: bool) -> None:
        """Settle what a unit has bound, and have follow what follows from it."""
        live, unit, step, before = scene.live, scene.unit, scene.step, scene.before
        note_reached(live.namespace, before.get(REACHED), self.context.outline(live.name), unit)
        live.namespace.update(scene.hidden)
        if scene.bound is not None:
            self._unbind(live, unit, scene.old, scene.bound)
        made = {id(obj) for obj in gc.get_objects(generation=0)}
        self.context.current = None
        self.context.patching.settle()
        self._note_progress(live, unit, step, ran)
        if not unit.is_definition and not unit.is_import:
            self.contents.was_put_into(live, unit, ran or alive(scene.foreseen))
        for owner, name, value in scene.assigned:
            self.following.attribute_assigned(owner, name, value, live, unit)
        names = _bound_by(unit, before, live.namespace, scene.bound)
        for home, name, value in scene.given:
            self.following.given_by_call(home, name, value, live, unit)
        self.context.settling = unit
        for name in names:
            self._settle(live, unit, name, before.get(name, MISSING), step, made, placing=placing)
        self.context.settling = None
        if any(name not in before for name in names):
            self.names.put_in_order(live)
        self.context.progress[live.name].codes[unit] = step.refs()
        if not scene.plain:  # else nobody has seen the twins: there is time until somebody may look
            registries = self.context.registrations.later.containers_read(live, ran)
            step.finish(itertools.chain(scene.acted_upon, registries))
        write_again(self.context.tx, scene.labels)
        self.swapping.follow_inner(self.context.merged)
        self.context.merged.clear()
        self.attributes.set_again(scene.settings)
        self.following.docstrings_changed()
        step.note_attributes()
        self.following.faces_changed(unit)
        self.following.instances_moved(unit)
        for owner, maker in self.context.registrations.place_new(live, unit, scene.orders, self.context.readers):
            self.agenda.schedule(Run(owner.name, maker, f"{unit.label} is new"))
        self.context.registrations.put_in_place()

    def _forget_kept(self, live: LiveModule, old: Unit) -> bool:
        """Forget what functions keep of a unit's last run; whether names are to get their first values again."""
        waits = False
        for again in self.lazily.forget(live, old):
            if again.unit not in self.agenda.count:
                self.agenda.schedule(again)
                waits = waits or again.unit in self.agenda.runs
        return waits

    def _is_given_first(self, live: LiveModule, unit: Unit) -> bool:
        """Whether attributes that a unit reads and replaces are to be given their values from before it once more."""
        waits = False
        for owner, giver in self.context.registrations.givers_before(live, unit, self.context.readers):
            if self.agenda.count.get(giver, 0) <= self.agenda.count.get(unit, 0):
                if isinstance(giver.node, ast.Assign) and giver.binds:  # an object that is made anew in place
                    self.context.rebuilt.add(giver)
                self.agenda.schedule(Run(owner.name, giver, f"{unit.label} goes on from it"))
                waits = waits or giver in self.agenda.runs
        return waits

    def _only_defines(self, live: LiveModule, unit: Unit, old: Unit | None) -> bool:
        """Whether a unit is a definition at which nothing of the user's runs, so that it can look at no object."""
        node = unit.node
        if old is None or not isinstance(node, DEFINITIONS) or node.decorator_list:
            return False
        if isinstance(node, ast.ClassDef) and not self._has_plain_bases(live, node):
            return False
        calls = any(isinstance(child, ast.Call) for child in own_nodes(node))
        return not calls and live.record.complete and not self.context.program.ran_codes(live, old)

    def _has_plain_bases(self, live: LiveModule, node: ast.ClassDef) -> bool:
        """Whether all bases of a class are classes that take no part in making their subclasses."""
        bases = [self.context.program.value(live.namespace, chain_of(base) or ("",)) for base in node.bases]
        return not node.keywords and all(
            type(base) in (type, ABCMeta)
            and attribute(base, "__init_subclass__") is attribute(object, "__init_subclass__")
            for base in bases
        )

    def _hide_definitions(self, live: LiveModule, unit: Unit, step: Survivors) -> None:
        """A branch that looks for a name finds no function or class that the statement's old version defined.

        In a fresh process it is not there, or it is the builtin of that name; values of other kinds are state.
        """
        if unit.is_compound and step.old is not None:
            for name in step.old.binds:
                if step.made_before(name, live.namespace.get(name)) and asks_for(unit, name):
                    del live.namespace[name]

    def _hide_namesakes(self, live: LiveModule, unit: Unit) -> dict[str, Any]:
        """A unit above all that binds the name of a builtin reads the builtin: take the others away meanwhile.

        Returns what is to be put back.
        """
        names = {chain[0] for chain in unit.reads if chain[0] in BUILTINS and chain[0] in live.namespace}
        hidden = {}
        for name in names - unit.binds:
            binders = self.context.binders_of(live, name)
            if binders and binders[0].index > unit.index:
                hidden[name] = live.namespace.pop(name)
        return hidden

    def _forget_generated_sources(self, live: LiveModule, unit: Unit) -> None:
        """What generated the methods of a class wrote their text into `linecache`, under a file name of its choice.

        attrs, for one, takes another name where the first is taken by another text.
        """
        cls = live.namespace.get(unit.node.name) if isinstance(unit.node, ast.ClassDef) else None
        for value in list(vars(cls).values()) if is_a(cls, type) else ():
            for function in functions_in(value):
                name = function.__code__.co_filename
                if name.startswith("<") and name in linecache.cache:
                    self.context.tx.del_item(linecache.cache, name)

    def _assigned_by(self, live: LiveModule, unit: Unit) -> Iterator[tuple[Any, str, Any]]:
        """The attributes that a unit is going to assign: (object, name, what it is now)."""
        for chain in (*unit.assigns, *self.context.registrations.assigned_by_calls(live, unit)):
            owner = self.context.program.value(live.namespace, chain[:-1])
            if owner is not MISSING:
                yield owner, chain[-1], attribute(owner, chain[-1])

    def _put_names_in_place(self, live: LiveModule, unit: Unit) -> None:
        """Have the names that a unit reads hold what they hold at its place: what bound them there runs before it.

        That binder may read names of several binders itself, and so displace another: then it is looked once more.
        """
        for name, needed in list(self.places.absent(live, unit)):
            exec(needed.module.compile(needed.node, needed.text), live.namespace)
            self.places.borrow(live, name)
        for _ in range(len(unit.reads) + INSIDE):
            missing = next(self.places.missing(live, unit), None)
            if missing is None:
                return
            name, needed = missing
            because = f"{unit.label} needs {name}"
            self.run(Run(live.name, needed, because), placing=True)
            for each in self.context.outline(live.name).units[needed.index + 1 : unit.index]:
                made = live.namespace.get(name)
                if (
                    name not in each.binds
                    and not each.is_definition
                    and self.context.registrations.builds(live, each, made, self.context.readers)
                ):
                    self.run(Run(live.name, each, because), placing=True)  # it had put something into the old one

    def _make_anew_what_refuses(self, live: LiveModule, unit: Unit, error: Exception) -> bool:
        """Have the object made anew whose methods will not let a unit act upon it; whether that is to be tried."""
        if unit.is_compound:
            return False
        for owner, maker in self.context.registrations.refused_by(live, unit, self.context.readers, error):
            if maker not in self.agenda.count:
                self.agenda.schedule(Run(owner.name, maker, f"{unit.label} was refused"))
                if maker in self.agenda.runs:
                    text = f"it is made anew, as it would not have '{unit.label}': {error}"
                    self.context.note("made-anew", maker.label, text.partition("\n")[0])
                    return True
        return False

    def _unbind(self, live: LiveModule, unit: Unit, old: Unit | None, bound: WriteThrough) -> None:
        """Names that a compound statement bound before and does not now go, unless it looks for them itself.

        So do those that a statement bound which is gone, where only this one could bind them now.
        """
        outline = self.context.outline(live.name)
        silent = frozenset(name for name in unit.binds - bound.names if not asks_for(unit, name))
        outline.hush(unit, silent)
        for name in unit.binds - bound.names:
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

    def _begin(self, live: LiveModule, unit: Unit) -> None:
        self.context.current = live.name, unit
        if live.name not in self.context.begun:
            self.context.begun.append(live.name)

    def _note_progress(self, live: LiveModule, unit: Unit, step: Survivors, ran: list[CodeType]) -> None:
        progress = self.context.progress.setdefault(live.name, Progress(None))
        progress.codes[unit] = step.refs()
        progress.ran[unit] = tuple(weakref.ref(code) for code in dict.fromkeys(ran))
        self.context.readers.ran(live, unit, ran)

    def _settle(
        self, live: LiveModule, unit: Unit, name: str, old: Any, step: Survivors, made: set[int], *, placing: bool
    ) -> None:
        """Decide what a name holds after its unit has run: the survivor of old and new."""
        later = [each for each in self.context.binders_of(live, name) if each.index > unit.index]
        if later:
            self.places.hold(live, unit, name, old, lambda final: self._take_place(live, unit, name, final, step, made))
            if not placing:
                self.context.changed_between.add((live.name, name))
                self._pass_on(live, unit, name)
            return
        self._take_place(live, unit, name, self.places.leave(live, name, old), step, made)

    def _pass_on(self, live: LiveModule, unit: Unit, name: str) -> None:
        """What a name holds after a unit is read by those up to the next binder, which may be a branch not taken."""
        self.following.value_covered(live, unit.index, name)
        later = next((each for each in self.context.binders_of(live, name) if each.index > unit.index), None)
        if later is not None and later.is_compound and name not in later.gives and later not in self.agenda.count:
            self.agenda.schedule(Run(live.name, later, f"it may bind {name} over again"))

    def _take_place(self, live: LiveModule, unit: Unit, name: str, old: Any, step: Survivors, made: set[int]) -> None:
        """What a unit has bound takes the place of what a name held: the survivor of both does."""
        namespace = live.namespace
        new = namespace.get(name, MISSING)
        if new is old:
            return
        if "*" in unit.binds and old is not MISSING and self._is_from_outside(live, name, old):
            namespace[name] = old
            return
        survivor = self._survivor(step, name, step.returning(name) if old is MISSING else old, new, made)
        if is_a(survivor, type):
            step.own(survivor)
        if survivor is not new:
            namespace[name] = survivor
            if _is_instance(survivor) and self.context.patching.is_survivor(survivor):
                self.contents.made_anew_in_place(live, name, unit)
        if survivor is not old:
            self.context.patching.supersede(old)
            if step.made_before(name, old) and _needs_mending(old, survivor) and not step.has_survived(old):
                self.context.patching.replaced.append((old, survivor))
            self.following.name_changed(live, name, old, survivor)

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
        if old is MISSING or new is MISSING:
            return new
        if step.has_survived(old):  # what its decorators made of it now stands in its place
            self.covering.cover(old, new)
            return new
        unset = self.context.unset.get(id(old), ())
        is_rebuilt = step.unit in self.context.rebuilt and id(new) in made
        if is_rebuilt and self.context.patching.refill(old, new, without=unset):
            return old
        if step.may_merge(name, old):
            before = _parts(old)
            survivor = self.context.patching.merge(
                old,
                new,
                keep=step.keeps if step.is_giver(name) else lambda *_: False,
                made=lambda obj: id(obj) in made,
                made_names=step.made_names(old),
            )
            step.live.namespace[name] = survivor  # who asks what reads it must not find its twin
            self.following.merged(step.unit)
            if survivor is old and before and not self.context.same_value(before, _parts(old)):
                self.contents.became_another(step.live, name, step.unit)
            return survivor
        if not step.unit.is_import:
            return self.context.patching.equal_or_new(old, new)
        home = new_home(self.context, name, new) if step.made_before(name, old) else None
        if home is None:
            return new
        survivor = self.context.patching.merge(old, new, made_names=step.made_names(old))
        if survivor is not new:
            self.context.tx.set_item(home.namespace, name, survivor)
        step.live.namespace[name] = survivor
        self.following.merged(step.unit)
        return survivor


class WriteThrough(MutableMapping[str, Any]):
    """A module's namespace as the locals of a statement: it notes the names that the statement really binds."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        return self.namespace[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.names.add(name)
        self.namespace[name] = value

    def __delitem__(self, name: str) -> None:
        self.names.add(name)
        del self.namespace[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.namespace)

    def __len__(self) -> int:
        return len(self.namespace)


def _parts(value: Any) -> dict[str, Any]:
    """What an instance is made of, where it may become another in place; nothing for functions and classes."""
    if issubclass(type(value), partial):
        return {"args": value.args, "keywords": dict(value.keywords)}
    return dict(state_of(value)) if is_plain_instance(value) else {}


def _is_instance(value: Any) -> bool:
    """Whether a value is an object that others may have put something into: no definition, no plain container."""
    return not is_a(value, (FunctionType, type, ModuleType, list, dict, set, tuple))


def _bound_by(unit: Unit, before: dict[str, Any], after: dict[str, Any], bound: WriteThrough | None) -> list[str]:
    """The names that a run really bound, in order: those that differ, and those that the unit binds by its text.

    Of a compound statement only what it was seen to bind (`bound`) is sure.
    """
    names = [name for name, value in after.items() if before.get(name, MISSING) is not value]
    names += [name for name in before if name not in after]
    sure = unit.binds if bound is None else unit.binds & bound.names
    names += sorted(name for name in sure if name != "*" and (name in before or name in after))
    return [name for name in dict.fromkeys(names) if name != "__builtins__"]


def _needs_mending(old: Any, new: Any) -> bool:
    """Whether unrecorded holders of the old value shall get the new one: what can be called, not plain values."""
    return callable(old) and callable(new) and (not is_a(old, type) or is_a(new, (FunctionType, type)))
