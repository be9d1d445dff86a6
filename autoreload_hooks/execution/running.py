"""Run one unit in its module: let it wait for what it needs, run its code, and have follow what follows from that.

It must never choose what runs next: that is the agenda's.
"""

from __future__ import annotations

import ast
import gc
import itertools
import weakref
from contextlib import AbstractContextManager
from functools import partial
from types import CodeType

from autoreload_hooks.outline import Unit
from autoreload_hooks.planning import Run
from autoreload_hooks.program import LiveModule, alive, note_branches, with_nested
from autoreload_hooks.registrations import Look

from .agenda import Agenda
from .annotating import REACHED, note_reached
from .attributes import Attributes
from .contents import Contents
from .context import Context, Progress
from .drawing import Drawing
from .following import Following
from .labels import write_again
from .lazily import Lazily
from .names import Names
from .preparing import Preparing, imports_listed
from .removing import Removing
from .scenes import Scene
from .settling import Settling
from .showing import Showing
from .swapping import Swapping


class Running:
    """The runs of one reload."""

    def __init__(
        self,
        context: Context,
        agenda: Agenda,
        preparing: Preparing,
        settling: Settling,
        following: Following,
        showing: Showing,
        contents: Contents,
        removing: Removing,
        swapping: Swapping,
        attributes: Attributes,
        lazily: Lazily,
        names: Names,
        drawing: Drawing,
    ) -> None:
        self.context = context
        self.agenda = agenda
        self.preparing = preparing
        self.settling = settling
        self.following = following
        self.showing = showing
        self.contents = contents
        self.removing = removing
        self.swapping = swapping
        self.attributes = attributes
        self.lazily = lazily
        self.names = names
        self.drawing = drawing

    def run(self, run: Run, *, placing: bool = False) -> None:
        """Run one unit in its module, and settle every name that it bound."""
        live = self.context.program.module(run.module)
        assert live is not None
        if live.name not in self.context.edits and live.name not in self.context.begun:
            note_branches(live, live.outline)
        self.context.tx.guard(live.namespace)
        old = self.context.partner_of(live, run.unit)
        looks = [] if placing else self._look_at_hand(live, run.unit, old)
        if not placing and self._makes_way(run, live, old):
            return
        scene = self.preparing.prepare(run, live, old, partial(self.run, placing=True), placing=placing)
        ran = self._execute(scene)
        if ran is None:
            self.agenda.schedule(run)
        else:
            self._take_in(scene, ran, placing=placing)
            if old is not None and not old.says_what(run.unit):
                self.contents.was_altered(scene.unit, looks, scene.acted_upon)

    # -- before it: what a unit waits for ---------------------------------------------------------------------------
    def _makes_way(self, run: Run, live: LiveModule, old: Unit | None) -> bool:
        """Whether a unit waits for others: what it acts upon, reads or goes on from is made anew first."""
        if self.drawing.begin_anew(live, run.unit, old) and self.agenda.defer(run):
            return True
        return old is not None and (
            (self.removing.take_back(live, old, run.unit) and self.agenda.defer(run))
            or (self._forget_kept(live, old) and self.agenda.defer(run))
            or (self._is_given_first(live, run.unit) and self.agenda.defer(run))
        )

    def _look_at_hand(self, live: LiveModule, unit: Unit, old: Unit | None) -> list[Look]:
        """Remember what the objects hold that a unit may change, before anything is taken out of them for it."""
        codes = self.context.program.foreseen_codes(live, old or unit)
        return self.context.registrations.guarding.look_at_hand(live, unit, codes)

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
        for owner, giver in self.context.registrations.assigning.givers_before(live, unit, self.context.readers):
            if self.agenda.count.get(giver, 0) <= self.agenda.count.get(unit, 0):
                if isinstance(giver.node, ast.Assign) and giver.binds:  # an object that is made anew in place
                    self.context.rebuilt.add(giver)
                self.agenda.schedule(Run(owner.name, giver, f"{unit.label} goes on from it"))
                waits = waits or giver in self.agenda.runs
        return waits

    # -- at it ------------------------------------------------------------------------------------------------------
    def _execute(self, scene: Scene) -> list[CodeType] | None:
        """Run the code of a unit; returns what ran inside it, or None if it is to be tried again."""
        live, unit, namespace = scene.live, scene.unit, scene.live.namespace
        gc.collect(0)  # what is in the youngest generation afterwards was made by the unit
        self._note_begun(live, unit)
        mark = self.context.tx.mark()
        known = len(self.context.program.records)
        try:
            with (
                self.names.as_at(live, unit),
                self._hides_later(scene),
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
        self._note_brought(scene, known)
        return ran

    def _note_brought(self, scene: Scene, known: int) -> None:
        """A unit has imported what it found in a folder: nothing else tells that those modules come with it."""
        records, brought = self.context.program.records, scene.live.record.brought
        if len(records) > known and imports_listed(scene.unit, alive(scene.foreseen)):
            before = set(brought)
            brought.update(list(records)[known:])
            self.context.tx.on_undo(lambda: brought.intersection_update(before))

    def _note_begun(self, live: LiveModule, unit: Unit) -> None:
        self.context.current = live.name, unit
        if live.name not in self.context.begun:
            self.context.begun.append(live.name)

    def _hides_later(self, scene: Scene) -> AbstractContextManager[None]:
        """Meanwhile, a unit does not see what statements below it have put into the containers that it reads."""
        live, unit, registrations = scene.live, scene.unit, self.context.registrations
        runs_nothing = scene.plain or unit.is_import
        return registrations.hiding.hidden(
            live,
            unit,
            [] if runs_nothing else [*with_nested([scene.code]), *alive(scene.foreseen)],
            self.context.readers,
            registrations.acting.changed_by(live, unit, self._ran_before(scene)),
        )

    def _ran_before(self, scene: Scene) -> list[CodeType]:
        """What ran in a unit the last time; where that is not known, what may run in it."""
        if scene.old is not None and scene.live.record.complete:
            return self.context.readers.codes_in(scene.live, scene.unit)
        return alive(scene.foreseen)

    def _make_anew_what_refuses(self, live: LiveModule, unit: Unit, error: Exception) -> bool:
        """Have the object made anew whose methods will not let a unit act upon it; whether that is to be tried."""
        if unit.is_compound:
            return False
        for owner, maker in self.context.registrations.guarding.refused_by(live, unit, self.context.readers, error):
            if maker not in self.agenda.count:
                self.agenda.schedule(Run(owner.name, maker, f"{unit.label} was refused"))
                if maker in self.agenda.runs:
                    text = f"it is made anew, as it would not have '{unit.label}': {error}"
                    self.context.note("made-anew", maker.label, text.partition("\n")[0])
                    return True
        return False

    # -- after it ---------------------------------------------------------------------------------------------------
    def _take_in(self, scene: Scene, ran: list[CodeType], *, placing: bool) -> None:
        """Settle what a unit has bound, and have follow what follows from it."""
        live, unit = scene.live, scene.unit
        note_reached(live.namespace, scene.before.get(REACHED), self.context.outline(live.name), unit)
        live.namespace.update(scene.hidden)
        self.settling.unbind(scene)
        made = {id(obj) for obj in gc.get_objects(generation=0)}
        self.context.current = None
        self.context.patching.settle()
        self._note_progress(scene, ran)
        self.drawing.was_seeded(live, unit)
        if not unit.is_definition and not unit.is_import:
            self.contents.was_put_into(live, unit, ran or alive(scene.foreseen))
        for owner, name, value in scene.assigned:
            self.following.attribute_assigned(owner, name, value, live, unit)
        names = scene.names_bound()
        for home, name, value in scene.given:
            self.following.given_by_call(home, name, value, live, unit)
        self.settling.settle(scene.step, names, made, scene.acted_upon, placing=placing)
        if any(name not in scene.before for name in names):
            self.names.put_in_order(live)
        self._have_follow(scene, ran)

    def _note_progress(self, scene: Scene, ran: list[CodeType]) -> None:
        live, unit = scene.live, scene.unit
        progress = self.context.progress.setdefault(live.name, Progress(None))
        progress.codes[unit] = scene.step.refs()
        progress.ran[unit] = tuple(weakref.ref(code) for code in dict.fromkeys(ran))
        self.context.readers.ran(live, unit, ran)

    def _have_follow(self, scene: Scene, ran: list[CodeType]) -> None:
        """All names are settled: let go of twins, and have follow what held or showed what the unit made before."""
        live, unit, step, registrations = scene.live, scene.unit, scene.step, self.context.registrations
        self.context.progress[live.name].codes[unit] = step.refs()
        for code in step.returned():
            self.context.recording.track(code)
        if not scene.plain:  # else nobody has seen the twins: there is time until somebody may look
            registries = registrations.reading.containers(live, ran)
            step.finish(itertools.chain(scene.acted_upon, registries))
        write_again(self.context.tx, scene.labels)
        self.swapping.follow_inner(self.context.merged)
        self.context.merged.clear()
        self.attributes.set_again(scene.settings)
        self.showing.docstrings_changed(live, unit)
        step.note_attributes()
        self.showing.faces_changed(live, unit)
        self.showing.instances_moved(unit)
        for owner, maker in registrations.arriving.place_new(live, unit, scene.orders, self.context.readers):
            if maker not in self.agenda.count:  # else all who act upon it have run in their order, or are about to
                self.agenda.schedule(Run(owner.name, maker, f"{unit.label} is new"))
        for owner, later in registrations.arriving.covered_again(live, unit, scene.orders, self.context.readers):
            self.agenda.schedule(Run(owner.name, later, f"{unit.label} has set what it sets"))
        registrations.put_in_place()
        before = {code.co_qualname for code in alive(scene.foreseen)}
        registrations.hiding.forget(live, unit, ran_others=not before.issuperset(code.co_qualname for code in ran))
