"""Carry out a plan: swap code, move lines, run units, and settle what each of them made before anybody sees it.

It must never decide by itself what an edit means (that is planning), nor change an object but through the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autoreload_hooks.compat import clear_typing_caches
from autoreload_hooks.outline import Unit
from autoreload_hooks.planning import Kind, Plan
from autoreload_hooks.program import Program
from autoreload_hooks.sketch import Sketch
from autoreload_hooks.transaction import Transaction

from .agenda import Agenda
from .annotating import annotate, annotate_anew, begin_annotations
from .asking import Asking
from .attributes import Attributes
from .caches import Caches
from .codes import HeldCode
from .contents import Contents
from .context import Context
from .contracts import Patching, Rebinding, Recording
from .copied import copy_facts_again
from .covering import Covering
from .drawing import Drawing
from .following import Following
from .lazily import Lazily
from .names import Names
from .places import Places
from .preparing import Preparing
from .removing import Removing
from .renaming import follow_renamed
from .reordering import Reordering
from .running import Running
from .searching import Searching
from .settling import Settling
from .showing import Showing
from .swapping import Swapping


class Execution:
    """One reload at work. Use it once: `run()`, and after the transaction's commit `advance()`."""

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
        sketches: Iterable[Sketch] = (),
    ) -> None:
        self.context = Context(
            program,
            plan,
            tx,
            patching=patching,
            rebinding=rebinding,
            recording=recording,
            same_value=same_value,
            remembered=remembered,
            note=note,
            sketches=sketches,
        )
        self.agenda = Agenda(self.context)
        self.searching = Searching(self.context)
        self.showing = Showing(self.context, self.agenda)
        self.following = Following(self.context, self.agenda, self.showing)
        self.asking = Asking(self.context, self.agenda, self.following)
        self.contents = Contents(self.context, self.agenda)
        self.swapping = Swapping(self.context, self.agenda, self.searching)
        self.removing = Removing(self.context, self.agenda, self.searching, self.following)
        self.reordering = Reordering(self.context, self.agenda)
        self.places = Places(self.context)
        self.caches = Caches(self.context, self.agenda)
        self.covering = Covering(self.context)
        self.attributes = Attributes(self.context, self.agenda)
        self.lazily = Lazily(self.context)
        self.names = Names(self.context)
        self.drawing = Drawing(self.context, self.agenda)
        self.running = self._running()

    def _running(self) -> Running:
        """What runs a unit, together with what goes before that and what comes after it."""
        preparing = Preparing(
            self.context,
            self.agenda,
            self.searching,
            self.following,
            self.showing,
            self.places,
            self.caches,
            self.covering,
            self.attributes,
            self.lazily,
        )
        settling = Settling(
            self.context, self.agenda, self.following, self.showing, self.contents, self.places, self.covering
        )
        return Running(
            self.context,
            self.agenda,
            preparing,
            settling,
            self.following,
            self.showing,
            self.contents,
            self.removing,
            self.swapping,
            self.attributes,
            self.lazily,
            self.names,
            self.drawing,
        )

    @property
    def events(self) -> list[str]:
        """What was done, in order."""
        return self.context.events

    @property
    def removed(self) -> list[tuple[str, str, Any]]:
        """The names that went: (module, name, what it held)."""
        return self.context.removed

    def cover(self) -> None:
        """Give who held functions that were decorated what the decorators made of them, and have copies follow."""
        self.covering.settle()
        lives = [edit.live for edit in self.context.plan.edits] + [sketch.live for sketch in self.context.sketches]
        copy_facts_again(lives, self.context.tx)

    @property
    def begun(self) -> list[str]:
        """The modules in which a unit has run."""
        return self.context.begun

    @property
    def current(self) -> tuple[str, Unit] | None:
        """The unit that is running, and its module's name."""
        return self.context.current

    # -- the acts, in order -------------------------------------------------------------------------------------
    def run(self) -> None:
        """Do everything that the plan asks for, and what follows from it."""
        plan, tx = self.context.plan, self.context.tx
        for edit in plan.edits:
            tx.guard(edit.live.namespace)
        for sketch in self.context.sketches:
            self.swapping.follow_sketch(sketch)
        self.swapping.swap_all()
        self.swapping.decorate_again()
        self.showing.docstrings_changed()
        if plan.runs:
            clear_typing_caches()  # `Union[str, bytes]` shall not come out as the `Union[bytes, str]` of before
        for run in plan.runs:
            self.agenda.schedule(run)
        for edit in plan.edits:
            self.reordering.follow(edit)
        self.caches.follow()
        self._search_ahead()
        for edit in plan.edits:
            self.attributes.take_back_any(edit)
            self.removing.take_out(edit)
            gone = [pair.old for pair in edit.pairs_of(Kind.REMOVED) if pair.old is not None]
            for run in [each for unit in gone for each in self.lazily.reset(edit.live, unit)]:
                self.agenda.schedule(run)
            for unit in gone:
                self.drawing.begin_anew(edit.live, unit)
            begin_annotations(edit, tx)
            self.attributes.no_longer_set(edit)
        with self.context.recording.session():
            self._track_swapped()
            while self.agenda.runs or self._follow_up():
                if self.agenda.runs:
                    self.running.run(self.agenda.take())
        follow_renamed(self.context)
        self.places.restore()
        for edit in plan.edits:
            self.names.put_in_order(edit.live)
        if plan.edits or self.searching.met_others:
            HeldCode(self.context).follow()
        for live, unit in self.context.annotated_anew:
            annotate_anew(live.namespace, unit, tx)
        for edit in plan.edits:
            annotate(edit, tx)

    def _follow_up(self) -> bool:
        """Everything has run that was to run: what follows from all of it; whether there was anything."""
        has_run = bool(self.context.plan.edits or self.context.begun)
        return (has_run and self._follow_runs()) or self.caches.follow() or self.asking.ask_modules_again()

    def _follow_runs(self) -> bool:
        """What follows from what units have made, or what is gone; whether there was anything."""
        self.reordering.sort_items()
        return (
            self.following.follow_exports()
            or self.contents.uncover()
            or self.places.settle_left()
            or self.contents.follow_contents()
        )

    def _search_ahead(self) -> None:
        """Look for the functions of all units that are going to run, or are gone, at once."""
        context = self.context
        gone = [(edit.live, pair.old) for edit in context.plan.edits for pair in edit.pairs_of(Kind.REMOVED)]
        runs = [(live, unit) for unit, run in self.agenda.runs.items() if (live := context.program.module(run.module))]
        self.covering.look_ahead(runs)  # first, as the other one remembers functions
        self.searching.of_units([*gone, *((live, context.partner_of(live, unit)) for live, unit in runs)])

    def _track_swapped(self) -> None:
        """What was swapped is watched as well."""
        for ref in self.context.renamed.values():
            if (code := ref()) is not None:
                self.context.recording.track(code)

    def empty_caches(self) -> None:
        """Have caches of the user's modules forget what this edit may have made wrong."""
        self.caches.empty_all()

    def advance(self) -> None:
        """The new outlines are what runs from now on."""
        self.context.program.rename_codes(self.context.renamed)
        if not self.context.inert and (self.agenda.count or self.context.plan.edits):
            self.context.program.units_ran()
        for name, progress in self.context.progress.items():
            live = self.context.program.module(name)
            if live is None:
                continue
            outline = progress.edit.new if progress.edit else live.outline
            for unit in outline.units:
                before = self.context.partners.get(unit) if progress.edit else unit
                if before is not None:
                    progress.codes.setdefault(unit, live.code_refs(before))
                    progress.ran.setdefault(unit, live.ran_refs(before))
                unit.__dict__.pop("code", None)  # it would count as a holder of the functions' code
                unit.__dict__.pop("functions", None)
            outline.__dict__.pop("code", None)
            live.advance(outline, progress.codes, progress.ran)
