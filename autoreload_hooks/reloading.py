"""One reload: what the edits of some modules mean, carried out within a transaction.

It must never let an edit half in: everything that one check does stays together, or is undone and told.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from types import FunctionType
from typing import Any, Final, NamedTuple

from .bindings import USER, Binding
from .compat import respecialise
from .compat.bytecode.imports import import_sites, names_where_imported
from .compat.classes import class_references, compiled_for, drop_class, own_holders
from .compat.heap import frozen_objects, references
from .compat.holders import name_of, replace_everywhere
from .execution import Execution
from .execution.making import ALIAS
from .importer import Importer
from .patching import Departed, Patcher
from .patching.values import same_value
from .planning import Kind, ModuleEdit, Plan, departures, edit_of, make_plan
from .program import LiveModule, Program, Runs, is_a
from .rebinding import Rebinder
from .report import Failure, Note, Report
from .sketch import Sketch, sketch_of
from .sources import Shown, Source, Stamp, decode, stamp_of
from .transaction import Transaction

OWN_CODE: Final = "code of its own; what was edited is compiled by Python alone, until a restart"


class Failed(NamedTuple):
    """An edit that is waiting to be mended."""

    failure: Failure  #: what was told
    watched: dict[str, Stamp | None]  #: other files that it went through: mending one of them may help
    missing: str | None  #: a module that was not found
    edited: frozenset[str]  #: the modules whose edits failed


@dataclass(slots=True)
class Found:
    """What edits mean, before anything is done."""

    sketches: list[Sketch] = field(default_factory=list)  #: new bodies only
    edits: list[ModuleEdit] = field(default_factory=list)  #: whatever else
    broken: list[tuple[str, BaseException]] = field(default_factory=list)  #: what cannot be compiled, and why
    importable: dict[str, list[str]] = field(default_factory=dict)
    """By module, what it did not find when it ran and can import now."""

    @property
    def names(self) -> tuple[str, ...]:
        """The modules that can be reloaded."""
        return (
            *(sketch.name for sketch in self.sketches),
            *(edit.name for edit in self.edits if not edit.departs),
        )


class UnitError(Exception):
    """User code raised in a reload: which module it was, what had begun, and the classes that there were."""

    def __init__(
        self, module: str, error: BaseException, begun: tuple[str, ...], classes: list[weakref.ref[type]]
    ) -> None:
        super().__init__(module)
        self.module = module
        self.error = error
        self.begun = begun
        self.classes = classes


class Reloading:
    """Carries out edits, and remembers those that failed."""

    def __init__(self, importer: Importer, user_namespace: Callable[[], dict[str, Any] | None]) -> None:
        self.importer = importer
        self.program = Program(importer.records, importer.bindings)
        self._user_namespace = user_namespace
        self._failed: dict[str, Failed] = {}
        self._lost: set[Binding] = set()
        self._departed = Departed()
        self.shown = Shown()  #: which text Python shows of the files of failed edits

    def prepare(self, lock: AbstractContextManager[object]) -> None:
        """Find out what the first edit would have to wait for; `lock` is held for one module at a time."""
        respecialise(lambda: None)  # type: ignore[arg-type]
        names = list(self.importer.records)
        ready = [name for name in names if not self.importer.must_compile(name)]
        for name in ready:
            with lock:
                self.importer.bindings.imported_modules(name)
                if len(ready) == len(names):  # it may lead to any of them
                    self.program.prepare(name)

    def plan(self, names: Iterable[str], *, whole: bool = False) -> Plan:
        """What a reload of these modules would do."""
        found = self._read(names, whole=whole, sketch=False)
        plan = make_plan(self.program, found.edits, found.importable)
        broken = tuple(f"{name}: {type(error).__name__}: {error}" for name, error in found.broken)
        return replace(plan, broken=broken)

    # -- failed edits -------------------------------------------------------------------------------------------
    def waits(self, names: Iterable[str]) -> bool:
        """Whether nothing but edits that failed is there, and nothing has changed that may mend them."""
        if not self._failed:
            return False
        fresh = self.importer.sources.fresh
        return all(name in self._failed and name not in fresh for name in names) and not self._may_be_mended()

    def forget_taken_back(self, differing: Iterable[str]) -> None:
        """Forget failures whose edits were taken back: when they are made once more, they are told once more."""
        if self._failed:
            differing = set(differing)
            self._failed = {name: each for name, each in self._failed.items() if each.edited & differing}

    def _may_be_mended(self) -> bool:
        """Whether something else than the failed file itself has changed that it failed for."""
        return any(
            (failed.missing is not None and _can_be_found(failed.missing))
            or any(_stamp(path) != stamp for path, stamp in failed.watched.items())
            for failed in self._failed.values()
        )

    def _fail(
        self,
        name: str,
        error: BaseException,
        begun: tuple[str, ...] = (),
        *,
        again: bool,
        edited: Iterable[str] = (),
    ) -> list[Failure]:
        """Remember a failure; it is told, with the edited modules if it is none, unless the same was told before."""
        edited = set(edited)
        because = [] if name in edited else sorted(self.importer.records[each].path for each in edited)
        record = self.importer.records[name]
        watched = {path: _stamp(path) for path in _files_of(error) if path != record.path}
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        failure = Failure.of(name, error, path=record.path, began=begun, because=because)
        known = self._failed.get(name)
        self._failed[name] = Failed(failure, watched, missing, frozenset(edited or {name}))
        return [] if known is not None and known.failure == failure and not again else [failure]

    # -- one reload ---------------------------------------------------------------------------------------------
    def reload(
        self, names: list[str], *, gone: Collection[str] = (), again: bool = False, whole: bool = False
    ) -> Report:
        """Reload these modules together; what fails, and what hangs together with it, stays out.

        The files of the modules `gone` are not there any more.
        """
        known = [record for name in names if (record := self.importer.records.get(name)) is not None]
        for record in known:
            self.shown.show_file(record.path)  # what is raised is raised by that
        report = self._reload(names, gone, again=again, whole=whole)
        for record in known if report.failures or self._failed else ():
            if record.name not in report.reloaded and record.source is not None and not record.edited_before:
                self.shown.show_running(record.source)
        return report

    def _reload(self, names: list[str], gone: Collection[str], *, again: bool, whole: bool) -> Report:
        told: list[Failure] = []
        before = set(self._failed)
        while names or gone:
            found = self._read(names, whole=whole)
            if found.broken:
                told += [failure for name, error in found.broken for failure in self._fail(name, error, again=again)]
                out = {name for name, _ in found.broken}
                for name in out - before:
                    out |= self._connected(name, names)
                names = [name for name in names if name not in out]
                continue
            found.edits += departures(self.program, gone, found.edits) if gone else []
            if not names and not found.edits:
                break
            try:
                report = self._carry_out(found)
            except UnitError as failed:
                edited = self._connected(failed.module, names).intersection(names)
                told += self._fail(failed.module, failed.error, failed.begun, again=again, edited=edited)
                failed.__traceback__ = None  # its frames hold all that was made
                self._let_go_of_made(failed)
                alone = failed.module in before and failed.module in names
                out = {failed.module} if alone else self._connected(failed.module, names)
                if out.isdisjoint(names):
                    break
                names = [name for name in names if name not in out]
                continue
            for name in names:
                self._failed.pop(name, None)
            return Report(report.reloaded, tuple(told), report.notes, report.events)
        return Report(failures=tuple(told))

    def _read(self, names: Iterable[str], *, whole: bool = False, sketch: bool = True) -> Found:
        """Compare the new sources with what runs: by a sketch where that will do, else by outlines."""
        found = Found(importable=self.importer.missing.found())
        runs = Runs(self.program)
        for name in names:
            live = self.program.module(name)
            if live is None or live.record.initialising:
                continue
            try:
                quick = self._sketch(live, runs) if sketch and not whole and name not in found.importable else None
                if quick is not None:
                    found.sketches.append(quick)
                else:
                    found.edits.append(self._edit(live, whole=whole))
            except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
                found.broken.append((name, error))
        return found

    def _sketch(self, live: LiveModule, runs: Runs) -> Sketch | None:
        """What an edit means if it only means new bodies; None where that is not plain."""
        source = live.record.source
        if (
            source is None
            or live.record.edited_before
            or live.is_rewritten
            or self.importer.sources.pending_path(live.name) != live.record.path
        ):
            return None
        old, new = decode(source.data), decode(self.importer.sources.pending_data(live.name))
        return sketch_of(live, old, new, imported=lambda: live.imported, ran=partial(runs.has_run, live))

    def _edit(self, live: LiveModule, *, whole: bool) -> ModuleEdit:
        data, path = self._new_source(live)
        new = live.read(data, path, warns=True)
        edit = edit_of(live, new, data, whole=whole)
        for pair in edit.pairs_of(Kind.CHANGED, Kind.ADDED):
            assert pair.new is not None
            _ = pair.new.code  # everything compiles before anything is touched
        return edit

    def _new_source(self, live: LiveModule) -> tuple[bytes, str]:
        """The very bytes that were compared, and the file that they are from."""
        sources = self.importer.sources
        try:
            return sources.pending_data(live.name), sources.pending_path(live.name)
        except KeyError:
            source = live.record.source
            return (source.data, source.path) if source is not None else (b"", live.record.path)

    def _connected(self, name: str, names: Iterable[str]) -> set[str]:
        """The edited modules that hang together with one by imports, in either direction."""
        names = set(names)
        up = {other for other in names if name in self.program.reachable(other)}
        return {name} | up | (names & self.program.reachable(name))

    def _carry_out(self, found: Found) -> Report:
        """Execute one edit as a transaction; raises UnitError when user code raised, and has changed nothing then."""
        edits, sketches = found.edits, found.sketches
        plan = make_plan(self.program, edits, found.importable, predict=False)
        notes: list[Note] = []

        def note(slug: str, subject: str, message: str) -> None:
            found = Note(slug, message, subject)
            if found not in notes:
                notes.append(found)

        tx, lost = Transaction(), set(self._lost)
        patcher = Patcher(tx, note, self._departed)
        rebinder = Rebinder(self.importer.bindings, self._namespace_of, tx, self._lost)
        execution = Execution(
            self.program, plan, tx,
            patching=patcher, rebinding=rebinder, recording=self.importer.recorder,
            same_value=same_value, remembered=self._departed.find, note=note,
            sketches=sketches,
        )  # fmt: skip
        loaded = list(sys.modules)  # much quicker than a set of them
        ran = False  # whether all units have
        with _collector_paused(), tx:
            try:
                for sketch in sketches:
                    self._take_source(sketch, tx)
                for edit in edits:
                    _name_imports(edit)
                    if edit.live.is_opaque:
                        note("own-loader", edit.name, f"{type(edit.live.loader).__name__} makes {OWN_CODE}")
                for edit in edits:
                    _relocate(edit, tx)
                execution.run()
                ran = True
                patcher.complete()
                self._mend(patcher, tx, note)
                execution.cover()
                execution.empty_caches()
            except BaseException as error:
                self._forget_modules(loaded)
                classes = self._classes_in(execution.begun)
                tx.rollback()
                if isinstance(error, KeyboardInterrupt) or (ran and not self._is_of_user(error)):
                    raise
                module = execution.current[0] if execution.current else (*found.names, edits[0].name)[0]
                raise UnitError(module, error, tuple(execution.begun), classes) from error
            tx.commit()
        patcher.finish()
        execution.advance()
        self.importer.missing.settle(name for names in found.importable.values() for name in names)
        self._remember(execution.removed)
        for sketch in sketches:
            noted = sketch.live.record.source
            self._accept_source(sketch.live)
            if noted is not None and sketch.live.record.source is not None:
                sketch.live.record.source.note_like(noted, "")
            sketch.live.piece = sketch.piece or sketch.live.piece
        for edit in edits:
            self._accept(edit)
        for binding in sorted(self._lost.difference(lost), key=str):
            if self._is_missed(binding):
                message = f"is gone, but {binding.importer} still imports it, which a fresh process could not do"
                note("name-gone", f"{binding.source}.{binding.name}", message)
        return Report(found.names, (), tuple(notes), tuple(execution.events))

    def _take_source(self, sketch: Sketch, tx: Transaction) -> None:
        """What outlines the module during this reload finds the text that the sketch speaks of."""
        record = sketch.live.record
        before = record.source
        record.source = Source(record.path, None, self.importer.sources.pending_data(sketch.name))
        if before is not None and sketch.piece is not None:
            record.source.note_like(before, sketch.piece.text)
        tx.on_undo(lambda: setattr(record, "source", before))

    def _mend(self, patcher: Patcher, tx: Transaction, note: Callable[[str, str, str], None]) -> None:
        """Give unrecorded holders of what could not survive the object that took its place."""
        replaced = patcher.replaced
        pairs = {id(old): (old, new) for old, new in replaced if old is not new and _has_holders(old)}
        wanted = {key: pair for key, pair in pairs.items() if _is_held(pair[0], tx)}
        if not wanted:
            return
        gone = [old for old, _ in replaced]
        gone += [each for old in gone if is_a(old, type) for each in (*own_holders(old), *compiled_for(old))]
        unmended = replace_everywhere(wanted, do=tx.do, ignore=[tx, replaced, pairs, wanted, *gone, *patcher.inner])
        for holder in [each for each in unmended if not each.is_part]:
            name = name_of(holder.target) or type(holder.target).__name__
            note("stale-holder", name, f"a {holder} still holds the old version: make it anew")

    def _forget_modules(self, loaded: list[str]) -> None:
        """Modules that a failed edit imported are imported again by the next attempt."""
        for name in set(sys.modules).difference(loaded):
            if (record := self.importer.records.get(name)) is not None and record.mine:
                sys.modules.pop(name, None)
                self.importer.forget(name)
                self.program.forget(name)

    def _accept(self, edit: ModuleEdit) -> None:
        """The new source is what runs."""
        record = edit.live.record
        edit.new.warns = False
        if edit.departs and record.source is not None:
            record.source = Source(record.path, record.source.stamp, edit.data)
            self.importer.sources.depart(edit.name, record.source)
        else:
            self._accept_source(edit.live)
        if _changes_imports(edit):
            sites = [site for unit in edit.new.units if "import" in unit.text for site in import_sites(unit.code)]
            self.importer.bindings.record(edit.name, record.package, sites, replace=True)
            self.program.units_ran()
            for unit in edit.new.units:
                unit.__dict__.pop("code", None)

    def _accept_source(self, live: LiveModule) -> None:
        """What was read is what runs."""
        record = live.record
        source = self.importer.sources.accept(live.name)
        if source is not None:
            record.source = source
            if record.path != source.path:
                record.path = source.path
                self.importer.records.changed()
        record.edited_before, record.inner_names = False, None
        self.shown.show_file(record.path)

    def _remember(self, removed: list[tuple[str, str, Any]]) -> None:
        """Keep in mind, weakly, which definitions went: they return when their source does, if somebody holds them."""
        classes = []
        while removed:
            module, name, value = removed.pop()
            if not self._goes_on(module, value):
                self._departed.note(module, name, value)
            if is_a(value, type):
                classes.append(weakref.ref(value))
        value = None
        _let_go(classes)

    def _goes_on(self, module: str, value: Any) -> bool:
        """Whether a definition of which a name is gone has got another name, under which it stands in its module."""
        live = self.program.module(module) if is_a(value, (FunctionType, type)) else None
        return live is not None and live.namespace.get(name_of(value)) is value

    def _is_of_user(self, error: BaseException) -> bool:
        """Whether an error went through code of the user's; else it is a mistake of this package."""
        return any(record.mine for path in _files_of(error) for record in self.program.of_file(path))

    def _classes_in(self, names: Iterable[str]) -> list[weakref.ref[type]]:
        """The classes that these modules define, as they are now."""
        return [
            weakref.ref(value)
            for name in names
            if (record := self.importer.records.get(name)) is not None
            for value in list(record.namespace.values())
            if is_a(value, type) and type.__dict__["__module__"].__get__(value) == name
        ]

    def _let_go_of_made(self, failed: UnitError) -> None:
        """Classes that a reload made before it failed shall not be subclasses of their bases any more."""
        left = set(map(id, self._classes_in(failed.begun)))  # a class has one plain weak reference
        made = [ref for ref in failed.classes if id(ref) not in left]
        if made:
            gc.collect(1)  # what the reload knew of them
            _let_go(made)

    def _is_missed(self, binding: Binding) -> bool:
        """Whether a module has a plain import statement, of a name that is not there any more, as its last word."""
        live = self.program.module(binding.importer)
        if live is None or binding.local in live.namespace or binding not in self.importer.bindings.of(*binding[2:]):
            return False
        giver = live.outline.last_binder(binding.local)
        return giver is not None and giver.is_import

    def _namespace_of(self, importer: str) -> dict[str, Any] | None:
        if importer == USER:
            return self._user_namespace()
        record = self.importer.records.get(importer)
        return record.namespace if record is not None else None


def _let_go(classes: list[weakref.ref[type]]) -> None:
    """Drop the classes that nobody holds."""
    for ref in classes:
        if (cls := ref()) is not None and class_references(cls) == 0:
            cls = None
            drop_class(ref)


def _changes_imports(edit: ModuleEdit) -> bool:
    """May the new source import something else than the old one?"""
    changed = (pair for pair in edit.pairs if pair.kind not in (Kind.SAME, Kind.MOVED))
    return any("import" in (pair.old or pair.unit).text + pair.unit.text for pair in changed)


def _name_imports(edit: ModuleEdit) -> None:
    """Functions of what a module imports by now are seen to run in its units."""
    if _changes_imports(edit):
        record = edit.live.record
        names = names_where_imported(unit.code for unit in edit.new.units if "import" in unit.text)
        record.names = tuple(names.union(record.names))


def _relocate(edit: ModuleEdit, tx: Transaction) -> None:
    """A module that has become a package, or the reverse: its file, its path and its spec follow."""
    record, path = edit.live.record, edit.new.path
    if path == record.path:
        return
    namespace, name, before = record.namespace, record.name, record.package
    is_package = os.path.basename(path) == "__init__.py"
    folders = [os.path.dirname(path)] if is_package else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=folders)
    record.package = name if is_package else name.rpartition(".")[0]
    tx.on_undo(lambda: setattr(record, "package", before))
    values = {"__file__": path, "__spec__": spec, "__loader__": spec and spec.loader, "__package__": record.package}
    values |= {"__cached__": spec and spec.cached} if "__cached__" in namespace else {}
    for key, value in values.items():
        tx.set_item(namespace, key, value)
    if is_package:
        tx.set_item(namespace, "__path__", folders)
    else:
        tx.del_item(namespace, "__path__")


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the collector from running while generations tell what is new.

    What `gc.freeze` has hidden is seen meanwhile. It is hidden again with all that is alive then, which is why garbage
    is collected before: it would never go.
    """
    enabled = gc.isenabled()
    gc.disable()
    frozen = frozen_objects()
    if frozen:
        gc.unfreeze()
    try:
        yield
    finally:
        if frozen:
            gc.collect()
            gc.freeze()
        if enabled:
            gc.enable()


def _has_holders(obj: Any) -> bool:
    """Whether an object that was replaced is looked for: what can be called, members of enumerations, type aliases."""
    return callable(obj) or is_a(obj, (Enum, ALIAS))


def _is_held(obj: Any, tx: Transaction) -> bool:
    """Whether somebody beyond the transaction's own books refers to an object."""
    count = references(obj)
    return count is None or count > tx.holds(obj) + 2  # the pair and its tuple's entry in `replaced`


def _files_of(error: BaseException) -> set[str]:
    """The files that an error went through."""
    files: set[str] = set()
    trace = error.__traceback__
    while trace is not None:
        files.add(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        files.add(error.filename)
    return {file for file in files if not file.startswith(os.path.dirname(__file__)) and os.path.exists(file)}


def _stamp(path: str) -> Stamp | None:
    try:
        return stamp_of(os.stat(path))
    except OSError:
        return None


def _can_be_found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
