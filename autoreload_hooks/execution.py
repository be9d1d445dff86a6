"""Carry out a plan: swap code, move lines, run units, and settle what each of them made before anybody sees it.

It must never decide by itself what an edit means (that is planning), nor change an object but through the transaction.
"""

from __future__ import annotations

import ast
import functools
import gc
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final, Protocol

from .bindings import Binding
from .compat import LAZY_ANNOTATIONS, Refused
from .compat.bytecode import binds, class_facts, nested, reads
from .compat.classes import functions_in
from .compat.heap import functions_running, reachable_functions, references
from .compat.holders import holders
from .compat.lines import moved
from .outline import FUNCTIONS, Chain, Outline, Unit, acted_upon, bound_by_text, chains, class_members
from .planning import (
    Kind,
    ModuleEdit,
    Pair,
    Plan,
    Readers,
    Run,
    certain_runs,
    copies_from_bases,
    subclass_units,
    swapped_codes,
    uncovered_binders,
)
from .program import (
    CodeRef,
    LiveModule,
    Program,
    absolute,
    attribute,
    callables,
    is_exported,
    live_object,
    module_namespace,
)
from .registrations import Registrations
from .sketch import Sketch
from .transaction import MISSING, Transaction

MARK: Final = "\0autoreload: the survivor goes here"
RUNS: Final = 3  #: how often a unit may run in one reload, where modules import each other in circles
REACH: Final = 20_000  #: how many objects are looked at around a module before the heap is asked


class Patching(Protocol):
    """What execution needs of `patching`."""

    replaced: list[tuple[Any, Any]]
    changed: set[int]
    codes_before: dict[int, CodeType]
    changed_attributes: list[tuple[type, str]]
    made_of_docstrings: list[FunctionType]

    def function(self, old: FunctionType, new: FunctionType, *, left: Collection[str] = ...) -> FunctionType:
        """Update the old function in place from the new one."""

    def swap_code(self, functions: Iterable[FunctionType], code: CodeType, copies: Iterable[Any] = ()) -> None:
        """Give every function this code."""

    def merge(
        self,
        old: Any,
        new: Any,
        *,
        keep: Callable[[str, str], bool] = ...,
        made: Callable[[Any], bool] = ...,
        made_names: set[str] | None = ...,
    ) -> Any:
        """Merge what a unit made anew into what it made before; returns the survivor."""

    def is_survivor(self, obj: Any) -> bool:
        """Whether an old object was updated in place in this reload."""

    def settle(self) -> None:
        """The decorators have run: put back the attributes that nobody has set again."""

    def prepare(self, old: Any) -> None:
        """Make way in third parties' books for a class that is about to be made again."""

    def drop_twins(self) -> None:
        """Let go of what was made anew for nothing, as an old object survived."""


class Rebinding(Protocol):
    """What execution needs of `rebinding`."""

    def follow(self, module: str, name: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
        """Give the new value to every importer that holds the old one."""

    def follow_all(self, module: str, old: Any, new: Any) -> Iterator[tuple[str, str, Any, Any]]:
        """Follow a change of `__all__` into the modules that import a star."""

    def refresh(self, binding: Binding, value: Any) -> Iterator[tuple[str, str]]:
        """Give an importer a value that its source's `__getattr__` makes."""


class Recording(Protocol):
    """What execution needs of the recorder."""

    def session(self) -> AbstractContextManager[object]:
        """Keep watching from the first unit that needs it to the end of the context."""

    def track(self, code: CodeType) -> None:
        """Watch the functions of a code object until the session ends."""

    def unit(self, module: str, code: CodeType) -> AbstractContextManager[list[CodeType]]:
        """Record what runs within the context: this code, of this module."""


@dataclass(frozen=True, slots=True)
class Swap:
    """A code object and the one that takes its place."""

    old: CodeType
    new: CodeType
    roots: list[Any]  #: what the unit's names hold: where its functions are
    known: int = 1  #: how many holders of the old code are known that are no functions: this is one


@dataclass(frozen=True, slots=True)
class Searched:
    """A code object whose functions are looked for."""

    ref: CodeRef
    roots: list[Any]  #: where to look first
    known: int = 0  #: how many holders of it are known that are no functions
    nested: bool = False  #: whether it is nested in another function, whose closures run it


@dataclass(eq=False)
class Place:
    """Where a name with several binders stands while units in the middle of its chain run."""

    unit: Unit  #: the binder whose value the name has now
    final: Any  #: the value that the name had, and gets back


@dataclass(eq=False)
class Progress:
    """What is known of one module's new version while the reload goes on."""

    edit: ModuleEdit | None
    codes: dict[Unit, list[CodeRef]] = field(default_factory=dict)
    ran: dict[Unit, tuple[CodeRef, ...]] = field(default_factory=dict)


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
        self.program = program
        self.plan = plan
        self.sketches = sketches
        self.tx = tx
        self.patching = patching
        self.rebinding = rebinding
        self.recording = recording
        self.same_value = same_value
        self.note = note
        self.events: list[str] = []  #: what was done, in order
        self.removed: list[tuple[str, str, Any]] = []  #: names that went: (module, name, what it held)
        self.covered: list[tuple[Any, Any, list[Any]]] = []
        #: functions that got a decorator: (function, what stands in its place, who held the function before)
        self.begun: list[str] = []  #: modules in which a unit has run
        self.current: tuple[str, Unit] | None = None  #: the unit that is running
        self.edits = {edit.name: edit for edit in plan.edits}
        self.progress = {edit.name: Progress(edit) for edit in plan.edits}
        self.readers = Readers(program, {edit.name: edit.new for edit in plan.edits}, plan.edits)
        self.partner = {pair.new: pair.old for edit in plan.edits for pair in edit.pairs if pair.new is not None}
        self.registrations = Registrations(program, tx)
        self._agenda: dict[Unit, Run] = {}
        self._count: dict[Unit, int] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._changed_names: set[tuple[str, str]] = set()
        self.remembered = remembered
        self._changed_codes: dict[int, CodeType] = {}
        self._renamed: dict[int, CodeRef] = {}  # by id of an old code object (kept alive in `_kept`), what runs instead
        self._moved_from = dict(self._moved_definitions())
        self._order: dict[tuple[str, int], int] | None = None
        self._running: dict[int, list[FunctionType]] = {}  # the functions that ran each code object, by its id
        self._kept: dict[int, CodeType] = {}  # these code objects: an id means nothing once its object is gone

    # -- the acts, in order -------------------------------------------------------------------------------------
    def run(self) -> None:
        """Do everything that the plan asks for, and what follows from it."""
        for edit in self.plan.edits:
            self.tx.guard(edit.live.namespace)
        for sketch in self.sketches:
            self._follow_sketch(sketch)
        self._swap_code()
        self._decorate_again()
        for run in (*certain_runs(self.plan.edits), *uncovered_binders(self.plan.edits)):
            self._schedule(run)
        self._search_ahead()
        for edit in self.plan.edits:
            self._take_out_removed(edit)
        with self.recording.session():
            for ref in self._renamed.values():
                if (code := ref()) is not None:
                    self.recording.track(code)  # what was swapped is watched as well
            while self._agenda:
                self._run(self._agenda.pop(self._next()))
        self._restore_places()
        for edit in self.plan.edits:
            self._annotate(edit)
        self._follow_module_getattr()

    def _follow_module_getattr(self) -> None:
        """Names that a module's `__getattr__` gave to importers are asked for again, if the module has changed."""
        changed = {module for module, _ in self._changed_names} | set(self.edits)
        changed |= {sketch.live.name for sketch in self.sketches}
        for module in changed:
            live, target = self.program.module(module), self.program.loaded(module)
            if live is None or target is None or "__getattr__" not in live.namespace:
                continue
            for binding in self.program.bindings.from_source(module):
                if binding.name not in live.namespace:
                    self._ask_again(target, binding)

    def _ask_again(self, module: ModuleType, binding: Binding) -> None:
        try:
            value = getattr(module, binding.name)
        except AttributeError:
            return  # a submodule, or no longer given: its importer keeps what it has
        for importer, local in self.rebinding.refresh(binding, value):
            self.events.append(f"rebind {importer}.{local}")
            if (follower := self.program.module(importer)) is not None:
                self._name_changed(follower, local, MISSING, value)

    def stale_caches(self) -> list[Any]:
        """The `lru_cache` wrappers of the user's modules whose results this edit may have made wrong."""
        if not (self._changed_codes or self._changed_names):
            return []
        lives = self.program.mentioning("cache")
        return [cache for live in lives for cache in _caches_of(live) if self._may_lie(cache)]

    def _may_lie(self, cache: Any) -> bool:
        """Whether what a cached function runs, or reads on the way, has changed."""
        function = cache.__wrapped__
        if not isinstance(function, FunctionType):
            return False
        codes = {id(function.__code__): function.__code__}
        codes |= self.program.reached(function.__globals__, reads(function.__code__))
        if not self._codes_of_changed().isdisjoint(codes):
            return True
        return any(
            self._is_changed_name(self.program.namespace_of_file(code.co_filename), chain)
            for code in codes.values()
            for chain in reads(code)
        )

    def _is_changed_name(self, namespace: dict[str, Any], chain: Chain) -> bool:
        """Whether a chain of names reads a name that this edit changed."""
        if (namespace.get("__name__"), chain[0]) in self._changed_names:
            return True
        return any(
            isinstance(owner, ModuleType) and (owner.__name__, name) in self._changed_names
            for owner, name in self.program.owners(namespace, chain)
        )

    def advance(self) -> None:
        """The new outlines are what runs from now on."""
        self.program.rename_codes(self._renamed)
        if self._count or self.plan.edits:
            self.program.units_ran()
        for name, progress in self.progress.items():
            live = self.program.module(name)
            if live is None:
                continue
            outline = progress.edit.new if progress.edit else live.outline
            for unit in outline.units:
                before = self.partner.get(unit) if progress.edit else unit
                if before is not None:
                    progress.codes.setdefault(unit, live.code_refs(before))
                    progress.ran.setdefault(unit, live.ran_refs(before))
                unit.__dict__.pop("code", None)  # it would count as a holder of the functions' code
                unit.__dict__.pop("functions", None)
            outline.__dict__.pop("code", None)
            live.advance(outline, progress.codes, progress.ran)

    # -- edits that need no outline -----------------------------------------------------------------------------
    def _follow_sketch(self, sketch: Sketch) -> None:
        """Swap what the sketch says; the module has other code and lines from then on, for whoever asks."""
        live, namespace = sketch.live, sketch.live.namespace
        roots = [namespace.get(name) for name in sketch.names]
        self._changed_codes |= {id(code): code for code in sketch.changed}
        self.events += [f"swap {live.name}:{code.co_qualname}" for code in sketch.changed]
        swaps = [  # the sketch holds the old code, too
            Swap(old, new, roots, known=2 + (id(old) in self._changed_codes)) for old, new in sketch.swaps
        ]
        if sketch.delta:
            places = {id(f.__code__): f for f in namespace.values() if isinstance(f, FunctionType)}
            swaps += [
                Swap(old, new, [places.get(id(old), namespace.get(old.co_qualname.partition(".")[0]))], known=2)
                for old, new in sketch.moves
            ]
        self._swap(swaps)
        renamed = {id(old): weakref.ref(new) for old, new in (*sketch.swaps, *sketch.moves)}
        self.tx.on_undo(live.move_on(renamed, sketch.below, sketch.delta))
        for facts in sketch.facts:
            cls = live_object(facts.path, namespace)
            if isinstance(cls, type) and facts.old.items() <= type.__getattribute__(cls, "__dict__").items():
                self._set_known_facts(live, {facts.path: facts.new})
        if sketch.delta:
            self._move_classes(live, sketch.below, sketch.delta)

    def _move_classes(self, live: LiveModule, below: int, delta: int) -> None:
        """The classes from a line on are some lines further down now."""
        todo = [("", name, value) for name, value in live.namespace.items() if isinstance(value, type)]
        while todo:
            path, name, cls = todo.pop()
            path = f"{path}.{name}" if path else name
            entries = type.__getattribute__(cls, "__dict__")
            if cls.__qualname__ != path or cls.__module__ != live.name:
                continue
            line = entries.get("__firstlineno__")
            if isinstance(line, int) and line >= below:
                self.tx.set_attr(cls, "__firstlineno__", line + delta, setter=type.__setattr__)
            todo += [(path, inner, value) for inner, value in entries.items() if isinstance(value, type)]

    # -- code that only changes its body, or its place -------------------------------------------------------------
    def _swap_code(self) -> None:
        """Swap the code objects of all units whose functions only got new bodies or moved, in all modules at once."""
        swaps: list[Swap] = []
        for edit in self.plan.edits:
            for code in list(swapped_codes(edit)):
                for live, unit in list(self.readers.of_code(id(code))):
                    self._schedule(Run(live.name, unit, f"{code.co_qualname} changed"))
                self._changed_codes[id(code)] = code
            for pair in edit.pairs_of(Kind.BODY, Kind.MOVED):
                swaps += self._swaps_of(edit, pair)
        self._swap(swaps)
        for edit in self.plan.edits:
            for pair in edit.pairs_of(Kind.BODY, Kind.MOVED):
                if pair.new is not None and "class" in pair.new.text:
                    self._set_facts(edit.live, pair.new)

    def _swaps_of(self, edit: ModuleEdit, pair: Pair) -> Iterator[Swap]:
        """What the functions of one unit run now, and what they shall run."""
        old, new = pair.old, pair.new
        assert old is not None
        assert new is not None
        refs = edit.live.code_refs(old)
        after = self.progress[edit.name].codes[new] = list(refs)
        changed = {id(before) for before, _ in pair.bodies}
        roots = [edit.live.namespace.get(name) for name in old.binds]
        for place, ref in enumerate(refs):
            live = ref()
            if live is None:
                continue
            now = self._new_code(pair, place, live)
            if live == now and place < len(old.functions) and id(old.functions[place]) not in changed:
                continue
            after[place] = weakref.ref(now)
            if pair.kind is Kind.BODY and id(old.functions[place]) in changed:
                self.events.append(f"swap {edit.name}:{now.co_qualname}")
            yield Swap(live, now, roots)

    def _new_code(self, pair: Pair, place: int, live: CodeType) -> CodeType:
        """The code at one place of a unit: moved by some lines, or as it is compiled anew."""
        assert pair.old is not None
        assert pair.new is not None
        if pair.kind is Kind.MOVED and (copy := moved(live, pair.new.first - pair.old.first)) is not None:
            return copy
        return pair.new.functions[place]

    def _swap(self, swaps: list[Swap]) -> None:
        """Swap code objects in every live function that runs the old ones, nested code included."""
        if not swaps:
            return
        inner = [Swap(old, new, swap.roots) for swap in swaps for old, new in _inner_pairs(swap.old, swap.new)]
        searched = [Searched(weakref.ref(swap.old), swap.roots, known=swap.known) for swap in swaps]
        searched += [
            Searched(weakref.ref(swap.old), swap.roots, known=2, nested=True) for swap in inner
        ]  # and by its outer
        found = self.functions(searched)
        for swap in (*swaps, *inner):
            functions = found.get(id(swap.old), [])
            if functions:
                self._swap_functions(functions, swap.old, swap.new, swap.roots)

    def _swap_functions(self, functions: list[FunctionType], old: CodeType, new: CodeType, roots: list[Any]) -> None:
        members = [member for root in roots if (member := _member(root, old.co_qualname)) is not None]
        self._renamed[id(old)] = weakref.ref(new)
        try:
            self.patching.swap_code(functions, new, copies=[*roots, *members])
        except Refused as refused:
            self.note(refused.slug, old.co_qualname, refused.reason)

    def _decorate_again(self) -> None:
        """Where decorators made something else of a docstring that has changed, the definitions run again."""
        for function in self.patching.made_of_docstrings:
            live = self.program.module(function.__globals__.get("__name__", ""))
            unit = self._outline(live.name).unit_at(function.__code__.co_firstlineno) if live is not None else None
            if live is not None and unit is not None:
                self._schedule(Run(live.name, unit, f"the docstring of {function.__qualname__} changed"))

    def functions(self, searched: list[Searched]) -> dict[int, list[FunctionType]]:
        """The live functions that run these code objects, by `id` of the code.

        Looked for where their names say, then around the module, and in the whole heap only if the reference counts
        say that somebody else holds one.
        """
        found = self._running
        wanted = {id(code) for each in searched if (code := each.ref()) is not None}
        searched = [each for each in searched if (code := each.ref()) is not None and id(code) not in found]
        for each in searched:
            code = each.ref()
            if code is not None:
                self._kept[id(code)] = code
                found[id(code)] = [] if each.nested else list(_functions_by_name(code, each.roots))
        code = None
        for look in (_look_around, _look_everywhere):
            missing = [each for each in searched if self._is_elsewhere(each, found)]
            if missing:
                found |= look(missing)
        return {key: found[key] for key in wanted}

    def _search_ahead(self) -> None:
        """Look for the functions of all units that are going to run at once: the heap is passed over but once."""
        units = [(edit.live, pair.old) for edit in self.plan.edits for pair in edit.pairs_of(Kind.REMOVED)]
        units += [
            (live, self._partner(live, unit))
            for unit, run in self._agenda.items()
            if (live := self.program.module(run.module))
        ]
        searched: list[Searched] = []
        for live, old in units:
            if old is not None:
                roots = [live.namespace.get(name) for name in old.binds]
                searched += [Searched(ref, roots) for ref in live.code_refs(old)]
        self.functions(searched)

    def _is_elsewhere(self, searched: Searched, found: dict[int, list[FunctionType]]) -> bool:
        """Whether somebody unknown holds a code object; if nothing can be said, somebody does."""
        code = searched.ref()
        if code is None:
            return False
        known = 1 + searched.known + len(found[id(code)]) + (id(code) in self._changed_codes) + self.readers.holds(code)
        count = references(code)
        return count is None or count > known

    def _set_facts(self, live: LiveModule, unit: Unit) -> None:
        """What classes know of their source: the first line, and which attributes methods assign."""
        self._set_known_facts(live, class_facts(unit.code))

    def _set_known_facts(self, live: LiveModule, known: dict[str, dict[str, Any]]) -> None:
        for path, facts in known.items():
            cls = live_object(path, live.namespace)
            if isinstance(cls, type) and cls.__qualname__ == path and cls.__module__ == live.name:
                for name, value in facts.items():
                    if cls.__dict__.get(name) != value:
                        self.tx.set_attr(cls, name, value, setter=type.__setattr__)

    # -- what is gone -------------------------------------------------------------------------------------------
    def _take_out_removed(self, edit: ModuleEdit) -> None:
        """Names that no unit binds any more go, and what removed units had put into shared objects."""
        namespace = edit.live.namespace
        for pair in edit.pairs_of(Kind.REMOVED):
            assert pair.old is not None
            self.registrations.take_away(edit.live, pair.old)
            self._take_back(edit.live, pair.old)
        gone = [name for name in edit.gone if name in namespace]
        gone += [name for name in self._dynamic_names(edit) if name in namespace and name not in edit.new.binders]
        gone += [name for name in self._star_names(edit) if name in namespace and name not in edit.new.names]
        for name in dict.fromkeys(gone):
            old = namespace[name]
            if name == "__doc__":  # every module has one
                namespace[name] = None
                continue
            if isinstance(old, ModuleType) and module_namespace(old).get("__name__") == f"{edit.name}.{name}":
                continue  # the import system set it
            fallback = self._from_star(edit, name)
            if fallback is not MISSING:
                namespace[name] = fallback
            else:
                del namespace[name]
                self.events.append(f"remove {edit.name}.{name}")
            self.removed.append((edit.name, name, old))
            self._name_changed(edit.live, name, old, fallback)

    def _from_star(self, edit: ModuleEdit, name: str) -> Any:
        """What a star import, which the removed name had covered, gives under that name."""
        for unit in edit.new.binders.get("*", ()):
            for source in self.program.imported_by(edit.live, unit.node):
                exported = self.program.records[source].namespace
                if name in exported and is_exported(name, exported.get("__all__")):
                    return exported[name]
        return MISSING

    def _dynamic_names(self, edit: ModuleEdit) -> Iterator[str]:
        """The names that units which changed or went had bound through functions: by `global`, or by `globals()`."""
        for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED):
            if pair.old is not None:
                for code in self.program.ran_codes(edit.live, pair.old):
                    if self.program.namespace_of_file(code.co_filename) is edit.live.namespace:
                        yield from binds(code)
                yield from bound_by_text(pair.old.node)

    def _star_names(self, edit: ModuleEdit) -> Iterator[str]:
        """The names that came by a star import which is no longer there."""
        for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED):
            if pair.old is None or "*" not in pair.old.binds:
                continue
            for source in self.program.imported_by(edit.live, pair.old.node):
                exported = self.program.records[source].namespace
                for name, value in list(exported.items()):
                    if not name.startswith("__") and edit.live.namespace.get(name, MISSING) is value:
                        yield name

    def _take_back(self, live: LiveModule, unit: Unit) -> bool:
        """Undo what a unit that changed or went had put into shared objects; what cannot be told apart is made anew.

        Returns whether something is to be made anew that has not been in this reload.
        """
        waits = False
        for again, because in self.registrations.take_back(live, unit, self.readers, self._made_by(live, unit)):
            for owner, maker in again:
                if maker not in self._count:
                    self._schedule(Run(owner.name, maker, because))
                    waits = waits or maker in self._agenda
        return waits

    def _made_by(self, live: LiveModule, unit: Unit) -> list[Any]:
        """The objects that a unit is known to have made: what its names hold, and the functions that run its code."""
        made = [live.namespace[name] for name in unit.binds if name in live.namespace] if not unit.is_import else []
        searched = [Searched(ref, list(made)) for ref in live.code_refs(unit)]
        for functions in self.functions(searched).values():
            made += [function for function in functions if all(function is not each for each in made)]
        return made

    # -- the agenda ---------------------------------------------------------------------------------------------
    def _schedule(self, run: Run) -> None:
        """Have a unit run, unless it is pinned, or has run often enough."""
        unit = run.unit
        if unit.keeps or unit in self._agenda or self._count.get(unit, 0) >= RUNS:
            return
        self._agenda[unit] = run
        if run.module not in self.progress:
            self.progress[run.module] = Progress(None)
        self._order = None

    def _next(self) -> Unit:
        """The unit of the agenda that a fresh import would run first."""
        if len(self._agenda) == 1:
            return next(iter(self._agenda))
        if self._order is None:
            self._order = fresh_order(
                self.program, {run.module: self._outline(run.module) for run in self._agenda.values()}
            )
        order = self._order
        return self._needed_first(min(self._agenda, key=lambda unit: order[self._agenda[unit].module, unit.index]))

    def _needed_first(self, unit: Unit) -> Unit:
        """In a circle of imports: the unit that makes what this one imports, if it has yet to run."""
        seen = {unit}
        while isinstance(unit.node, ast.ImportFrom):
            live = self.program.module(self._agenda[unit].module)
            source = absolute(unit.node.module or "", unit.node.level, live.record.package) if live else ""
            names = {alias.name for alias in unit.node.names}
            maker = next((u for u, run in self._agenda.items() if run.module == source and names & u.binds), None)
            if maker is None or maker in seen:
                break
            unit = maker
            seen.add(unit)
        return unit

    def _outline(self, module: str) -> Outline:
        edit = self.edits.get(module)
        live = self.program.module(module)
        assert live is not None
        return edit.new if edit else live.outline

    # -- running a unit -----------------------------------------------------------------------------------------
    def _run(self, run: Run, *, placing: bool = False) -> None:
        """Run one unit in its module, and settle every name that it bound."""
        live = self.program.module(run.module)
        assert live is not None
        unit, namespace = run.unit, live.namespace
        old = self._partner(live, unit)
        self.tx.guard(namespace)
        if not placing and old is not None and self._take_back(live, old):
            self._schedule(run)  # what it acts upon is made anew first
            return
        self._count[unit] = self._count.get(unit, 0) + 1
        if not placing:
            self._place(live, unit)
            self.events.append(f"run {run.module}:{unit.first} {unit.label}")
        before = namespace.copy()
        step = Survivors(self, live, unit, old, before)
        code = step.code()
        step.prepare()
        gc.collect(0)  # what is in the youngest generation afterwards was made by the unit
        self._begin(live, unit)
        bound = WriteThrough(namespace) if unit.is_compound else None
        mark = self.tx.mark()
        try:
            with self.recording.unit(live.name, code) as ran:
                exec(code, namespace, bound)
        except Exception as error:
            if not self._make_anew_what_refuses(live, unit, error):
                raise
            self.patching.settle()
            self.tx.undo_to(mark)
            self._schedule(run)
            return
        if bound is not None and old is not None:
            self._unbind(live, unit, old, bound)
        made = {id(obj) for obj in gc.get_objects(generation=0)}
        self.current = None
        self.patching.settle()
        self._note_progress(live, unit, step, ran)
        for name in _bound_by(unit, before, namespace):
            self._settle(live, unit, name, before.get(name, MISSING), step, made, placing=placing)
        step.finish()
        self.registrations.put_in_place()

    def _make_anew_what_refuses(self, live: LiveModule, unit: Unit, error: Exception) -> bool:
        """Have the object made anew whose methods will not let a unit act upon it; whether that is to be tried."""
        if unit.is_compound:
            return False
        for owner, maker in self.registrations.refused_by(live, unit, self.readers, error):
            if maker not in self._count:
                self._schedule(Run(owner.name, maker, f"{unit.label} was refused"))
                if maker in self._agenda:
                    text = f"it is made anew, as it would not have '{unit.label}': {error}"
                    self.note("made-anew", maker.label, text.partition("\n")[0])
                    return True
        return False

    def _unbind(self, live: LiveModule, unit: Unit, old: Unit, bound: WriteThrough) -> None:
        """Names that a compound statement bound before and does not now go, unless it looks for them itself."""
        outline = self._outline(live.name)
        silent = frozenset(name for name in unit.binds - bound.names if not _asks_for(unit, name))
        outline.hush(unit, silent)
        for name in old.binds & silent:
            before = outline.last_binder(name)
            if before is None:
                live.namespace.pop(name, None)
            else:
                self._schedule(Run(live.name, before, f"it is the last to bind {name} now"))

    def _begin(self, live: LiveModule, unit: Unit) -> None:
        self.current = live.name, unit
        if live.name not in self.begun:
            self.begun.append(live.name)

    def _partner(self, live: LiveModule, unit: Unit) -> Unit | None:
        """What stood there before: the unit itself where its module was not edited."""
        if live.name not in self.edits:
            return unit
        return self.partner.get(unit)

    def _note_progress(self, live: LiveModule, unit: Unit, step: Survivors, ran: list[CodeType]) -> None:
        progress = self.progress.setdefault(live.name, Progress(None))
        progress.codes[unit] = step.refs()
        progress.ran[unit] = tuple(weakref.ref(code) for code in dict.fromkeys(ran))
        self.readers.ran(live, unit, ran)

    # -- names with several binders -----------------------------------------------------------------------------
    def _place(self, live: LiveModule, unit: Unit) -> None:
        """Give the names that a unit reads the values that they have at its place."""
        outline = self._outline(live.name)
        for name in {chain[0] for chain in unit.reads}:
            binders = outline.binders.get(name, ())
            needed = outline.binder_before(name, unit.index)
            if len(binders) < 2 or needed is None or _same_package(needed, binders[-1]):
                continue
            place = self._places.get((live.name, name))
            if needed is not (place.unit if place else binders[-1]):
                self._run(Run(live.name, needed, f"{unit.label} needs {name}"), placing=True)

    def _restore_places(self) -> None:
        """Names with several binders have what the last one gives them."""
        for (module, name), place in self._places.items():
            live = self.program.module(module)
            assert live is not None
            if place.final is MISSING:
                live.namespace.pop(name, None)
            else:
                live.namespace[name] = place.final

    # -- settling what a unit bound -----------------------------------------------------------------------------
    def _settle(
        self, live: LiveModule, unit: Unit, name: str, old: Any, step: Survivors, made: set[int], *, placing: bool
    ) -> None:
        """Decide what a name holds after its unit has run: the survivor of old and new."""
        namespace, key = live.namespace, (live.name, name)
        outline = self._outline(live.name)
        new = namespace.get(name, MISSING)
        last = outline.last_binder(name)
        if last is not None and last is not unit:
            kept = self._places[key].final if key in self._places else old
            self._places[key] = Place(unit, kept)
            if not placing:
                self._schedule_until_next_binder(live, unit, name)
            return
        if key in self._places:
            old = self._places.pop(key).final
        if new is old:
            return
        survivor = self._survivor(step, name, step.returning(name) if old is MISSING else old, new, made)
        if survivor is not new:
            namespace[name] = survivor
            if _is_instance(survivor) and self.patching.is_survivor(survivor):
                self._schedule_actors(live, name, unit)
        if survivor is not old:
            if step.made_before(name, old) and _needs_mending(old, survivor) and not step.has_survived(old):
                self.patching.replaced.append((old, survivor))
            self._name_changed(live, name, old, survivor)

    def _survivor(self, step: Survivors, name: str, old: Any, new: Any, made: set[int]) -> Any:
        if old is MISSING or new is MISSING:
            return new
        if step.has_survived(old):  # what its decorators made of it now stands in its place
            self.covered.append((old, new, step.holders(old)))
            return new
        if step.may_merge(name, old):
            survivor = self.patching.merge(
                old, new, keep=step.keeps, made=lambda obj: id(obj) in made, made_names=step.made_names(old)
            )
            self._merged(step)
            return survivor
        if not step.unit.is_import and self.same_value(old, new):
            return old
        return new

    def _merged(self, step: Survivors) -> None:
        """Follow up what a merge changed: functions, and attributes of classes."""
        for key, code in list(self.patching.codes_before.items()):
            if key in self.patching.changed and id(code) not in self._changed_codes:
                self.function_changed(code, step.unit)
        attributes, self.patching.changed_attributes[:] = list(self.patching.changed_attributes), []
        for cls, name in attributes:
            self._attribute_changed(cls, name)
        changed = {cls for cls, name in attributes if not _is_method(attribute(cls, name))}
        for cls in changed:
            if copies_from_bases(cls, self.program):
                for live, unit in list(subclass_units(self.program, self.readers, cls)):
                    if unit is not step.unit:
                        self._schedule(Run(live.name, unit, f"{cls.__qualname__} changed"))

    def _schedule_until_next_binder(self, live: LiveModule, unit: Unit, name: str) -> None:
        """The readers of a value that a later unit binds over."""
        outline = self._outline(live.name)
        following = next((u for u in outline.binders[name] if u.index > unit.index), None)
        end = following.index if following else len(outline.units)
        for reader in outline.units[unit.index + 1 : end + 1]:
            if any(chain[0] == name for chain in reader.reads):
                self._schedule(Run(live.name, reader, f"{live.name}.{name} changed"))

    def _name_changed(self, live: LiveModule, name: str, old: Any, new: Any) -> None:
        """A module's name holds something else: its importers follow, its readers run."""
        if old is not MISSING or new is not MISSING:
            self._changed_names.add((live.name, name))
        self._schedule_readers(live, name)
        if old is new:
            return
        for importer, local in list(self.rebinding.follow(live.name, name, old, new)):
            self.events.append(f"{'rebind' if new is not MISSING else 'remove'} {importer}.{local}")
            follower = self.program.module(importer)
            if follower is not None:
                self._name_changed(follower, local, old, new)
        self._schedule_covered_imports(live.name, name)
        if name == "__all__":
            for importer, exported, before, now in list(self.rebinding.follow_all(live.name, old, new)):
                self.events.append(f"{'rebind' if now is not MISSING else 'remove'} {importer}.{exported}")
                if (follower := self.program.module(importer)) is not None:
                    self._name_changed(follower, exported, before, now)

    def _schedule_covered_imports(self, module: str, name: str) -> None:
        """Importers that bind the imported name over again: the chain of its binders runs from the import on."""
        for binding in self.program.bindings.of(module, name):
            importer = self.program.module(binding.importer)
            if importer is None or not importer.record.mine or not importer.rebinds(binding.local):
                continue
            binders = self._outline(importer.name).binders.get(binding.local, [])
            for unit in binders[:-1]:
                if unit.is_import:
                    self._schedule(Run(importer.name, unit, f"{module}.{name} changed"))

    def _schedule_readers(self, live: LiveModule, name: str) -> None:
        outline_last = None
        for reader_live, reader in list(self.readers.of_name(live.name, name)):
            if reader_live is live and any(chain[0] == name for chain in reader.reads):
                if outline_last is None:
                    outline_last = self._outline(live.name).last_binder(name)
                if outline_last is not None and reader.index <= outline_last.index:
                    continue
            self._schedule(Run(reader_live.name, reader, f"{live.name}.{name} changed"))

    def _schedule_actors(self, live: LiveModule, name: str, maker: Unit) -> None:
        """The units that act upon an object that was made anew in place: what they had put into it may be gone."""
        target = live.namespace[name]
        names = [(live.name, name)]
        for module, local in names:
            for reader_live, reader in list(self.readers.of_name(module, local)):
                if reader is not maker and any(
                    self.program.value(reader_live.namespace, chain) is target for chain in acted_upon(reader.node)
                ):
                    self._schedule(Run(reader_live.name, reader, f"{live.name}.{name} was made anew"))
            for each in self.program.bindings.of(module, local):
                if (each.importer, each.local) not in names:
                    names.append((each.importer, each.local))

    def _attribute_changed(self, cls: type, name: str) -> None:
        for live, unit in list(self.readers.of_attribute(cls, name)):
            if not (live.name == cls.__module__ and unit.binds >= {cls.__qualname__.partition(".")[0]}):
                self._schedule(Run(live.name, unit, f"{cls.__qualname__}.{name} changed"))

    def function_merged(self, old: CodeType, new: CodeType) -> None:
        """A function that ran one code object runs another now."""
        self._kept[id(old)] = old
        self._renamed[id(old)] = weakref.ref(new)

    def function_changed(self, code: CodeType, unit: Unit) -> None:
        """A function that runs this code was changed by running its unit: units in which it ran run again."""
        self._changed_codes[id(code)] = code
        for live, reader in list(self.readers.of_code(id(code))):
            if reader is not unit:
                self._schedule(Run(live.name, reader, f"{code.co_qualname} changed"))

    # -- questions ----------------------------------------------------------------------------------------------
    def reads_changed(self, live: LiveModule, statement: ast.AST) -> bool:
        """Whether a statement of a class body reads something that this edit changed, or would run it."""
        read = list(chains(statement))
        if any(self._is_changed_name(live.namespace, chain) for chain in read):
            return True
        calls = [c for c in read if any(True for _ in callables(self.program.value(live.namespace, c)))]
        return bool(calls) and not self._codes_of_changed().isdisjoint(self.program.reached(live.namespace, calls))

    def _codes_of_changed(self) -> set[int]:
        """The ids of the code objects that changed functions ran, and of those that they run now."""
        now = (ref() for key, ref in self._renamed.items() if key in self._changed_codes)
        return {*self._changed_codes, *(id(code) for code in now if code is not None)}

    def _annotate(self, edit: ModuleEdit) -> None:
        """A module's annotations are those of its whole source."""
        namespace = edit.live.namespace
        if LAZY_ANNOTATIONS:
            codes = (const for const in edit.new.code.co_consts if isinstance(const, CodeType))
            annotate = (
                next((code for code in codes if code.co_name == "__annotate__"), None) if edit.new.annotated else None
            )
            if annotate is not None or namespace.get("__annotate__") is not None:
                namespace["__annotate__"] = FunctionType(annotate, namespace) if annotate is not None else None
                namespace.pop("__annotations__", None)
        elif edit.old is not None and isinstance(notes := namespace.get("__annotations__"), dict):
            self.tx.guard(notes)
            for name in edit.old.annotated - edit.new.annotated:
                notes.pop(name, None)
            if not edit.new.annotated and not notes:
                del namespace["__annotations__"]

    def _moved_definitions(self) -> Iterator[tuple[Unit, tuple[LiveModule, Unit]]]:
        """Definitions that left one module and arrived in another in the same edit, the text being the same."""
        left: dict[tuple[str, str], tuple[LiveModule, Unit]] = {}
        for edit in self.plan.edits:
            for pair in edit.pairs:
                if pair.old and pair.old.is_definition and not (pair.new and pair.new.is_definition):
                    left[pair.old.label, pair.old.dump] = edit.live, pair.old
        for edit in self.plan.edits:
            for pair in edit.pairs_of(Kind.ADDED, Kind.CHANGED):
                if pair.new and pair.new.is_definition and (origin := left.get((pair.new.label, pair.new.dump))):
                    yield pair.new, origin

    def is_unknown(self, live: LiveModule) -> bool:
        """Whether a module runs as a whole because its old text is not known."""
        edit = self.edits.get(live.name)
        return edit is not None and edit.old is None

    def has_moved(self, old: Unit) -> bool:
        """Whether a definition went to another module."""
        return any(unit is old for _, unit in self._moved_from.values())

    def moved_from(self, unit: Unit) -> tuple[LiveModule, Unit] | None:
        """Where a definition stood before the edit, if it moved to another module."""
        return self._moved_from.get(unit)

    def changed_function(self, function: FunctionType) -> bool:
        """Whether patching really changed a function."""
        return id(function) in self.patching.changed


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


class Survivors:
    """The hidden step of one run of a unit: new functions are merged below their first decorator."""

    def __init__(
        self, execution: Execution, live: LiveModule, unit: Unit, old: Unit | None, before: dict[str, Any]
    ) -> None:
        self.execution = execution
        self.live = live
        self.unit = unit
        self.before = before
        self.origin, self.old = execution.moved_from(unit) or (live, old)
        self._refs: list[CodeRef] = []
        self._held_by: dict[int, list[Any]] = {}  # who held a function before it was decorated
        self._survived: dict[int, FunctionType] = {}
        self._targets: dict[tuple[str, int], list[tuple[int, FunctionType | None]]] = {}

    def code(self) -> CodeType:
        """The unit's code, with the hidden step where there are functions to survive."""
        unit = self.unit
        old_refs = self.origin.code_refs(self.old) if self.old is not None else []
        has_functions = any(ref() is not None for ref in old_refs)
        unknown = self.execution.is_unknown(self.live)
        code = self._with_hidden_step() if has_functions or unknown else unit.module.compile(unit.node, unit.text)
        own = list(nested(code))
        self._refs = [weakref.ref(function) for function in own]
        if unknown:
            self._find_targets_by_name(own)
        elif self.old is not None and has_functions:
            self._find_targets(self.old, old_refs, own)
        return code

    def _find_targets_by_name(self, own: list[CodeType]) -> None:
        """Where the old text is not known: the functions that stand under the names of the new ones."""
        for place, code in enumerate(own):
            root = self.before.get(code.co_qualname.partition(".")[0])
            value = _member(root, code.co_qualname) if "." in code.co_qualname else root
            found = (f for f in functions_in(value, 2) if f.__qualname__ == code.co_qualname)
            key = code.co_qualname, code.co_firstlineno
            self._targets.setdefault(key, []).append((place, next(found, None)))

    def prepare(self) -> None:
        """Look around before the unit runs; make way for a class that is made again."""
        self._note_holders()
        if self.old is not None and isinstance(self.unit.node, ast.ClassDef):
            old = self.before.get(self.unit.node.name, MISSING)
            if isinstance(old, type) and self.may_merge(self.unit.node.name, old):
                self.execution.patching.prepare(old)

    def returning(self, name: str) -> Any:
        """What a definition that is added had made before, where it was removed from or has moved from; or MISSING."""
        if self.origin is not self.live:
            return self.origin.namespace.get(name, MISSING)
        if self.old is None and getattr(self.unit.node, "name", None) == name:
            return self.execution.remembered(self.live.name, name)
        return MISSING

    def has_survived(self, old: Any) -> bool:
        """Whether an old value is a function that went through the hidden step of this run."""
        return id(old) in self._survived

    def holders(self, old: Any) -> list[Any]:
        """The objects that held a function before this run."""
        return self._held_by.get(id(old), [])

    def _note_holders(self) -> None:
        """Remember who holds a plain function that is about to be decorated: they shall hold what that makes."""
        for name in self.old.binds if self.old is not None else ():
            function = self.before.get(name)
            is_plain = isinstance(function, FunctionType) and any(function.__code__ is r() for r in self._old_refs())
            if is_plain and getattr(self.unit.node, "decorator_list", None) and not _decorator_dumps(self.old):
                self._held_by[id(function)] = [holder.holder for holder in holders([function])]

    def _old_refs(self) -> list[CodeRef]:
        return self.origin.code_refs(self.old) if self.old is not None else []

    def finish(self) -> None:
        """Let go of the twins of what survived."""
        self.execution.patching.drop_twins()

    def refs(self) -> list[CodeRef]:
        """The code objects that the unit's functions run now, in order."""
        return self._refs

    def _with_hidden_step(self) -> CodeType:
        """Compile the unit with one more decorator below all others: a constant that is replaced by our step."""
        definitions = list(_own_definitions(self.unit.node))
        for node in definitions:
            node.decorator_list.append(ast.copy_location(ast.Constant(MARK), node))
        try:
            code = self.unit.module.compile(self.unit.node, self.unit.text)
        finally:
            for node in definitions:
                node.decorator_list.pop()
        return _with_constant(code, MARK, self.step)

    def _find_targets(self, old: Unit, old_refs: list[CodeRef], own: list[CodeType]) -> None:
        """Pair new functions with the live ones that they shall become: by qualified name, then by order."""
        roots = [self.origin.namespace.get(name) for name in old.binds] + [self.before.get(name) for name in old.binds]
        found = self.execution.functions([Searched(ref, roots) for ref in old_refs])
        waiting: dict[str, list[FunctionType | None]] = {}
        for code, ref in zip(old.functions, old_refs, strict=False):
            running = found.get(id(ref()), [])
            waiting.setdefault(code.co_qualname, []).append(running[0] if len(running) == 1 else None)
        for place, code in enumerate(own):
            candidates = waiting.get(code.co_qualname)
            target = candidates.pop(0) if candidates else None
            self._targets.setdefault((code.co_qualname, code.co_firstlineno), []).append((place, target))

    def step(self, new: Any) -> Any:
        """Called with each new function before any decorator sees it; returns the function that goes on."""
        if not isinstance(new, FunctionType):
            return new
        entry = self._targets.get((new.__code__.co_qualname, new.__code__.co_firstlineno))
        if not entry:
            return new
        place, old = entry[0] if len(entry) == 1 else entry.pop(0)
        if old is None:
            return new
        self._survived[id(old)] = old
        code = old.__code__
        survivor = self.execution.patching.function(old, new, left=self._left_on(old))
        self._refs[place] = weakref.ref(survivor.__code__)
        self.execution.function_merged(code, survivor.__code__)
        if self.execution.changed_function(old):
            self.execution.function_changed(code, self.unit)
        return survivor

    def _left_on(self, function: FunctionType) -> set[str]:
        """The attributes that the old decorators left on a function, where the decorators are others now."""
        if not function.__dict__ or _decorator_dumps(self.old) == _decorator_dumps(self.unit):
            return set()
        assigned = {
            chain[1] for unit in self.unit.module.units for chain in unit.assigns if chain[0] == function.__name__
        }
        return set(function.__dict__) - assigned

    def may_merge(self, name: str, old: Any) -> bool:
        """Whether an old value may be merged with what the unit makes: only what the old unit itself made."""
        if self.execution.is_unknown(self.live):
            return self.unit.is_definition and getattr(old, "__module__", None) == self.live.name
        if self.old is None:
            return old is not MISSING and old is self.returning(name)
        if self.unit.is_import or self.old.is_import:
            return False
        if isinstance(old, FunctionType) and any(old.__code__ is ref() for ref in self.origin.code_refs(self.old)):
            return True
        if self.unit.is_definition and self.old.is_definition:
            return True
        if isinstance(old, type) and old.__module__ == self.live.name and old.__qualname__ == name:
            return True
        return _makes_by_call(self.unit.node) and _makes_by_call(self.old.node)

    def made_before(self, name: str, old: Any) -> bool:
        """Whether an old value is the very function or class that the old unit defined, and stands nowhere else now."""
        if self.old is None or self.origin is not self.live or name not in self.old.binds:
            return False
        if self.execution.has_moved(self.old):
            return False
        if isinstance(old, FunctionType):
            return any(old.__code__ is ref() for ref in self.origin.code_refs(self.old)) or self.old.is_definition
        return isinstance(old, type) and old.__module__ == self.live.name and old.__qualname__ == name

    def keeps(self, qualname: str, name: str) -> bool:
        """Whether a class keeps its value of a name: the statement and all that it reads are unchanged."""
        before = _class_at(self.old.node, qualname) if self.old is not None else None
        now = _class_at(self.unit.node, qualname)
        if before is None or now is None:
            return False
        old, new = class_members(before).get(name), class_members(now).get(name)
        if (
            old is None
            or new is None
            or ast.dump(old) != ast.dump(new)
            or isinstance(new, (ast.Import, ast.ImportFrom))
        ):
            return False
        if name in self.execution.registrations.anew.get(self.unit, ()):
            return False
        if isinstance(getattr(new, "value", None), ast.Constant) and _decorators(before) != _decorators(now):
            return False  # a decorator may have set it
        if any(chain[0] != name and self._is_made_anew(qualname, chain[0], now) for chain in chains(new)):
            return False
        return not self.execution.reads_changed(self.live, new)

    def _is_made_anew(self, qualname: str, name: str, node: ast.ClassDef) -> bool:
        """Whether another name of the same class body, which a statement of it reads, gets a new value."""
        members = class_members(node)
        return name in members and not isinstance(members[name], FUNCTIONS) and not self.keeps(qualname, name)

    def made_names(self, old: Any) -> set[str] | None:
        """The names that the old class body bound itself, where that is known."""
        if self.old is None or not isinstance(old, type):
            return None
        node = _class_at(self.old.node, old.__qualname__)
        return set(class_members(node)) if node is not None else None


def _decorator_dumps(unit: Unit | None) -> list[str]:
    return [ast.dump(decorator) for decorator in getattr(unit.node, "decorator_list", ())] if unit is not None else []


def _decorators(node: ast.ClassDef) -> list[str]:
    return [ast.dump(decorator) for decorator in (*node.decorator_list, *node.keywords)]


# -- the order of a fresh import -----------------------------------------------------------------------------------
def fresh_order(program: Program, outlines: dict[str, Outline]) -> dict[tuple[str, int], int]:
    """Number the units of these modules in the order in which a fresh import would run them, depth first."""
    order: dict[tuple[str, int], int] = {}
    visited: set[str] = set()

    def visit_independent(name: str) -> None:
        """A module that nobody has seen yet may import any other: those that do not need this one run first."""
        for other in sorted(outlines, key=lambda n: program.records[n].order):
            if other not in visited and name not in program.reachable(other):
                visit(other)

    def visit(name: str) -> None:
        if name in visited:
            return
        visited.add(name)
        outline = outlines.get(name)
        if outline is None:
            for imported in program.bindings.imported_modules(name):
                visit(imported)
            return
        live = program.module(name)
        for unit in outline.units:
            if live is not None and _may_import(unit):
                for imported in program.imported_by(live, unit.node):
                    visit(imported)
                if program.imports_unknown(live, unit.node):
                    visit_independent(name)
            order[name, unit.index] = len(order)

    for name in sorted(outlines, key=lambda n: program.records[n].order):
        visit(name)
    return order


def _may_import(unit: Unit) -> bool:
    return "import" in unit.text


# -- small helpers ---------------------------------------------------------------------------------------------
def _is_instance(value: Any) -> bool:
    """Whether a value is an object that others may have put something into: no definition, no plain container."""
    return not isinstance(value, (FunctionType, type, ModuleType, list, dict, set, tuple))


def _bound_by(unit: Unit, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names that a run really bound, in order: those that differ, and those that the unit binds by its text."""
    names = [name for name, value in after.items() if before.get(name, MISSING) is not value]
    names += [name for name in before if name not in after]
    names += sorted(name for name in unit.binds if name != "*" and (name in before or name in after))
    return [name for name in dict.fromkeys(names) if name != "__builtins__"]


def _own_definitions(node: ast.stmt) -> Iterator[Any]:
    """The `def` statements that a statement runs itself: in class bodies and compounds, not inside functions."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop(0)
        if isinstance(current, FUNCTIONS):
            yield current
        elif isinstance(current, ast.stmt | ast.excepthandler | ast.match_case):
            todo += [child for child in ast.iter_child_nodes(current) if not isinstance(child, ast.expr)]


def _with_constant(code: CodeType, mark: str, value: Any) -> CodeType:
    """A code object in which one constant is another, whatever it is; class bodies within it included."""
    consts = tuple(
        value if const == mark else _with_constant(const, mark, value) if _is_class_like(const) else const
        for const in code.co_consts
    )
    return code.replace(co_consts=consts)


def _is_class_like(const: object) -> bool:
    """A code object that runs as part of another: class bodies and type parameters, not functions."""
    return isinstance(const, CodeType) and (MARK in const.co_consts or any(_is_class_like(c) for c in const.co_consts))


def _inner_pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The code objects nested in two versions of a function that correspond: by qualified name, then by order."""
    waiting: dict[str, list[CodeType]] = {}
    for const in new.co_consts:
        if isinstance(const, CodeType):
            waiting.setdefault(const.co_qualname, []).append(const)
    for const in old.co_consts:
        if isinstance(const, CodeType) and (found := waiting.get(const.co_qualname)):
            partner = found.pop(0)
            yield const, partner
            yield from _inner_pairs(const, partner)


def _member(root: Any, qualname: str) -> Any:
    """What a class, or a class within it, holds under the rest of a qualified name."""
    value = root
    for name in qualname.split(".")[1:]:
        value = type.__getattribute__(value, "__dict__").get(name) if isinstance(value, type) else None
    return value if value is not root else None


def _functions_by_name(code: CodeType, roots: list[Any]) -> Iterator[FunctionType]:
    """The function that runs a code object where its qualified name says: a root, or a member of a class."""
    for root in roots:
        value = _member(root, code.co_qualname) if "." in code.co_qualname else root
        for function in functions_in(value, 2):
            if function.__code__ is code:
                yield function
                return


def _look_around(missing: list[Searched]) -> dict[int, list[FunctionType]]:
    roots = [root for each in missing for root in each.roots]
    return reachable_functions(roots, [code for each in missing if (code := each.ref()) is not None], REACH)


def _look_everywhere(missing: list[Searched]) -> dict[int, list[FunctionType]]:
    return functions_running([code for each in missing if (code := each.ref()) is not None])


def _asks_for(unit: Unit, name: str) -> bool:
    """Whether a compound statement looks for a name itself, as the idioms that keep state across reloads do."""
    return any(chain[0] == name for chain in unit.reads) or f'"{name}"' in unit.text or f"'{name}'" in unit.text


def _same_package(one: Unit, other: Unit) -> bool:
    """`import a.b` and `import a.c` both bind `a`, to the same object."""
    return isinstance(one.node, ast.Import) and isinstance(other.node, ast.Import)


def _makes_by_call(node: ast.stmt) -> bool:
    """Whether a statement assigns what a call (or a lambda) makes, rather than something that is there already."""
    value = getattr(node, "value", None) if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    return isinstance(value, (ast.Call, ast.Lambda))


def _class_at(node: ast.stmt, qualname: str) -> ast.ClassDef | None:
    """The class statement of a qualified name within a statement."""
    first, _, rest = qualname.partition(".")
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop(0)
        if isinstance(current, ast.ClassDef):
            if current.name == first:
                return next((c for s in current.body if (c := _class_at(s, rest))), None) if rest else current
        elif isinstance(current, (ast.stmt, ast.excepthandler, ast.match_case)) and not isinstance(current, FUNCTIONS):
            todo += ast.iter_child_nodes(current)
    return None


def _caches_of(live: LiveModule) -> Iterator[Any]:
    """The `lru_cache` wrappers in a module's namespace and in its classes."""
    for value in list(live.namespace.values()):
        if isinstance(value, functools._lru_cache_wrapper):
            yield value
        elif isinstance(value, type) and value.__module__ == live.name:
            for member in list(type.__getattribute__(value, "__dict__").values()):
                inner = (
                    getattr(member, "__func__", member) if isinstance(member, (staticmethod, classmethod)) else member
                )
                if isinstance(inner, functools._lru_cache_wrapper):
                    yield inner


def _is_method(value: Any) -> bool:
    return isinstance(value, (FunctionType, property, classmethod, staticmethod))


def _needs_mending(old: Any, new: Any) -> bool:
    """Whether unrecorded holders of the old value shall get the new one: functions and classes, not plain values."""
    return (isinstance(old, (FunctionType, type)) and isinstance(new, (FunctionType, type))) or (
        isinstance(old, FunctionType) and callable(new)
    )
