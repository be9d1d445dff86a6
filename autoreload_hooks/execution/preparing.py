"""Put in place what a unit shall find when it runs, and take down how everything is before it does.

It must never run the unit itself, nor a binder that the unit needs: for that it is handed somebody who does.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import weakref
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any, Final

from autoreload_hooks.compat import functions_in
from autoreload_hooks.outline import FUNCTIONS, Unit, imports, own_nodes
from autoreload_hooks.planning import Run
from autoreload_hooks.program import CodeRef, LiveModule, alive, asks_for, attribute, is_a, is_inert
from autoreload_hooks.recordings.folders import lists_modules, names_in, words_in
from autoreload_hooks.registrations import orders_of
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .attributes import Attributes
from .caches import Caches
from .context import Context
from .covering import Covering
from .following import Following
from .labels import labels_of_shared
from .lazily import Lazily
from .places import Places
from .scenes import Scene, WriteThrough
from .searching import Searching
from .showing import Showing
from .special import has_plain_bases
from .survivors import Survivors

DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)
INSIDE: Final = 10  #: so many names of several binders may functions read that run inside a unit
BUILTINS: Final = frozenset(dir(builtins))

Runner = Callable[[Run], None]
"""Runs a unit for the sake of a name that another one reads."""


class Preparing:
    """What is in place before the runs of one reload."""

    def __init__(
        self,
        context: Context,
        agenda: Agenda,
        searching: Searching,
        following: Following,
        showing: Showing,
        places: Places,
        caches: Caches,
        covering: Covering,
        attributes: Attributes,
        lazily: Lazily,
    ) -> None:
        self.context = context
        self.agenda = agenda
        self.searching = searching
        self.following = following
        self.showing = showing
        self.places = places
        self.caches = caches
        self.covering = covering
        self.attributes = attributes
        self.lazily = lazily

    def prepare(self, run: Run, live: LiveModule, old: Unit | None, place: Runner, *, placing: bool) -> Scene:
        """Put everything in place for a unit, and take down how it is before the unit runs.

        `place` runs what binds a name that the unit reads; `placing`: this run is for such a name itself.
        """
        unit, namespace = run.unit, live.namespace
        plain = self._begin(live, unit, old)
        self._put_names_in_place(live, unit, place)
        self.places.restore_for(live, unit)
        foreseen = [weakref.ref(code) for code in self.context.program.foreseen_codes(live, unit)]
        acted_upon = self.context.registrations.guarding.guard(live, unit, alive(foreseen))
        self._guard_reached(live, unit, alive(foreseen), plain=plain)
        orders = [each for obj in acted_upon for each in orders_of(obj)]
        if not placing:
            self.context.events.append(f"run {run.module}:{unit.first} {unit.label}")
        if not plain and self._may_ask(live, unit, foreseen):
            self.context.patching.forget_answers()
        self.caches.clear_for(live, old)
        self.following.note_exports(live)
        assigned = list(self._assigned_by(live, unit))
        given = [] if unit.is_import else list(self.lazily.given_by_calls(live, alive(foreseen)))
        self.covering.look(live, unit)
        before = namespace.copy()
        settings = self.attributes.on_made(live, unit)
        step = Survivors(self.context, self.searching, self.showing, live, unit, old, before)
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

    def _guard_reached(self, live: LiveModule, unit: Unit, codes: list[CodeType], *, plain: bool) -> None:
        """Keep what a unit can reach by names, as it may change that in whatever way; `plain`: it looks at nothing."""
        registrations, program = self.context.registrations, self.context.program
        imports_anew = "import" in unit.text and any(program.unknown_imports(live, imports(unit.node)))
        if imports_anew or (not plain and imports_listed(unit, codes)):
            registrations.guarding.guard_held(program.mine())
            registrations.reaching.guard_all(program.mine())
        if not plain and not unit.is_import:
            registrations.reaching.guard(live, unit, codes)

    def _may_ask(self, live: LiveModule, unit: Unit, foreseen: list[CodeRef]) -> bool:
        """Whether a unit may call a function, or hand it on: `1 / 0` loses no cache of a reload that fails by it."""
        if unit.is_import:
            return any(self.context.program.unknown_imports(live, imports(unit.node)))
        return bool(foreseen) or not all(is_inert(live.namespace.get(chain[0])) for chain in unit.reads)

    def _begin(self, live: LiveModule, unit: Unit, old: Unit | None) -> bool:
        """Take out what a unit has put anywhere in this reload, and count the run; whether it only defines."""
        if unit in self.agenda.count:
            self.context.registrations.taking.take_out_added(unit)
        plain = self._only_defines(live, unit, old)
        if not plain:
            self.context.patching.drop_twins()  # it may look at what holds them
        self.agenda.note_begun(unit)
        return plain

    def _only_defines(self, live: LiveModule, unit: Unit, old: Unit | None) -> bool:
        """Whether a unit is a definition at which nothing of the user's runs, so that it can look at no object."""
        node = unit.node
        if old is None or not isinstance(node, DEFINITIONS) or node.decorator_list:
            return False
        if isinstance(node, ast.ClassDef) and not has_plain_bases(self.context.program, live, node):
            return False
        calls = any(isinstance(child, ast.Call) for child in own_nodes(node))
        return not calls and live.record.complete and not self.context.program.ran_codes(live, old)

    def _put_names_in_place(self, live: LiveModule, unit: Unit, place: Runner) -> None:
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
            place(Run(live.name, needed, because))
            if isinstance(needed.node, ast.ClassDef) and name not in unit.binds:
                self._decorate_again(live, name, unit)
            for each in self.context.outline(live.name).units[needed.index + 1 : unit.index]:
                made = live.namespace.get(name)
                if (
                    name not in each.binds
                    and not each.is_definition
                    and self.context.registrations.acting.builds(live, each, made, self.context.readers)
                ):
                    place(Run(live.name, each, because))  # it had put something into the old one

    def _decorate_again(self, live: LiveModule, name: str, unit: Unit) -> None:
        """A unit makes something of a class that those below it decorate: it must be the one that all others have."""
        for each in self.context.binders_of(live, name):
            if each.index > unit.index and any(chain[0] == name for chain in each.reads):
                self.agenda.schedule(Run(live.name, each, f"it makes something of the {name} that {unit.label} needs"))

    def _assigned_by(self, live: LiveModule, unit: Unit) -> Iterator[tuple[Any, str, Any]]:
        """The attributes that a unit is going to assign: (object, name, what it is now)."""
        for chain in (*unit.assigns, *self.context.registrations.acting.assigned_by_calls(live, unit)):
            owner = self.context.program.value(live.namespace, chain[:-1])
            if owner is not MISSING:
                yield owner, chain[-1], attribute(owner, chain[-1])

    def _hide_definitions(self, live: LiveModule, unit: Unit, step: Survivors) -> None:
        """A branch that looks for a name finds no function or class that the statement's old version defined.

        In a fresh process it is not there, or it is the builtin of that name; values of other kinds are state.
        """
        if unit.is_compound and step.old is not None:
            for name in step.old.binds:
                if step.claims.made_before(name, live.namespace.get(name)) and asks_for(unit, name):
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


def imports_listed(unit: Unit, codes: list[CodeType]) -> bool:
    """Whether a unit, or one of these functions, imports what it finds in a folder: nothing tells what that is."""
    return lists_modules(names_in(codes) | words_in(unit.text))
