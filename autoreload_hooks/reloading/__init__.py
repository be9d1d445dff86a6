"""One reload: what the edits of some modules mean, carried out within a transaction.

It must never let an edit half in: everything that one check does stays together, or is undone and told.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Any, Final

from autoreload_hooks.bindings import USER, Binding
from autoreload_hooks.compat import respecialise
from autoreload_hooks.compat.classes import compiled_for, own_holders
from autoreload_hooks.compat.heap import collector_paused, references
from autoreload_hooks.compat.holders import name_of, replace_everywhere
from autoreload_hooks.execution import Execution
from autoreload_hooks.execution.making import ALIAS
from autoreload_hooks.execution.memos import wrappers_of
from autoreload_hooks.importer import Importer
from autoreload_hooks.patching import Patcher
from autoreload_hooks.patching.values import same_value
from autoreload_hooks.planning import Importers, Kind, Plan, departures, make_plan
from autoreload_hooks.program import Program, is_a
from autoreload_hooks.rebinding import Rebinder
from autoreload_hooks.recordings import ModuleRecord
from autoreload_hooks.registrations import registers_elsewhere
from autoreload_hooks.report import Failure, Note, Report
from autoreload_hooks.sources import Shown
from autoreload_hooks.sources.changed import Changed
from autoreload_hooks.transaction import Transaction

from .accepting import Accepting, name_imports, relocate
from .failing import Failing, files_of
from .reading import Found, Reading
from .remains import Remains, UnitError

OWN_CODE: Final = "code of its own; what was edited is compiled by Python alone, until a restart"
TAKEN_BACK: Final = (
    "its file is gone and nobody imports it: what it had registered is taken back; its code runs on for who holds it"
)


class Reloading:
    """Carries out edits, and remembers those that failed."""

    def __init__(self, importer: Importer, user_namespace: Callable[[], dict[str, Any] | None]) -> None:
        self.importer = importer
        self.program = Program(importer.records, importer.bindings)
        self._user_namespace = user_namespace
        self._lost: set[Binding] = set()
        self.shown = Shown()  #: which text Python shows of the files of failed edits
        self.failing = Failing(importer)
        self.reading = Reading(importer, self.program)
        self.remains = Remains(importer, self.program)
        self.accepting = Accepting(importer, self.program, self.shown)

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
                self._look_for_wrappers(name)

    def _look_for_wrappers(self, name: str) -> None:
        """Each edit asks all modules for caches: which of a module's names lead to any is found out here."""
        live = self.program.module(name)
        if live is not None and live.record.mine:
            for _ in wrappers_of(live):
                break

    def plan(self, changed: Changed, *, whole: bool = False) -> Plan:
        """What a reload of these modules would do."""
        found = self.reading.read(changed, whole=whole, sketch=False)
        self._find_departures(found, changed.gone)
        plan = make_plan(self.program, found.edits, found.importable, found.listing)
        broken = tuple(f"{name}: {type(error).__name__}: {error}" for name, error in found.broken)
        return replace(plan, broken=broken)

    # -- one reload ---------------------------------------------------------------------------------------------
    def reload(self, changed: Changed, *, again: bool = False, whole: bool = False) -> Report:
        """Reload these modules together; what fails, and what hangs together with it, stays out."""
        known = [record for name in changed.names if (record := self.importer.records.get(name)) is not None]
        for record in known:
            self.shown.show_file(record.path)  # what is raised is raised by that
        report = self._reload(changed, again=again, whole=whole)
        for record in known if report.failures or self.failing.edits else ():
            if record.name not in report.reloaded and record.source is not None and not record.edited_before:
                self.shown.show_running(record.source)
        return report

    def _reload(self, changed: Changed, *, again: bool, whole: bool) -> Report:
        told: list[Failure] = []
        before = set(self.failing.edits)
        names, gone = changed.names, changed.gone
        while names or gone:
            found = self.reading.read(replace(changed, names=names), whole=whole)
            if found.broken:
                for name, error in found.broken:
                    told += self.failing.add(name, error, again=again)
                out = {name for name, _ in found.broken}
                for name in out - before:
                    out |= self._connected(name, names)
                names = [name for name in names if name not in out]
                continue
            self._find_departures(found, gone)
            if not (found.sketches or found.edits):
                return Report((), tuple(told), tuple(found.notes))
            try:
                report = self._carry_out(found)
            except UnitError as failed:
                edited = self._connected(failed.module, names).intersection(names)
                told += self.failing.add(
                    failed.module, failed.error, failed.begun, again=again, edited=edited, files=failed.files
                )
                failed.__traceback__ = None  # its frames hold all that was made
                self.remains.let_go_of_made(failed)
                if failed.module in gone:
                    gone = [name for name in gone if name != failed.module]  # it stays as it is
                    continue
                alone = failed.module in before and failed.module in names
                out = {failed.module} if alone else self._connected(failed.module, names)
                if out.isdisjoint(names):
                    break
                names = [name for name in names if name not in out]
                continue
            self.failing.settle(names)
            return Report(report.reloaded, tuple(told), report.notes, report.events)
        return Report(failures=tuple(told))

    def _find_departures(self, found: Found, gone: Sequence[str]) -> None:
        """Add what it means that files are gone, and leave out what has come back and nobody imports yet."""
        waiting = {edit.name for edit in found.edits if edit.live.has_departed}
        if not (gone or waiting):
            return
        user, listers = self._user_namespace() or {}, self.importer.listing.modules
        importers = Importers(self.program, found.edits, {*gone, *waiting}, user, listers, waiting)
        try:
            importers = importers.without_waiting(waiting)
            departing = [*departures(importers, gone, partial(registers_elsewhere, self.program))]
        except Exception as error:  # a mistake of this package: what has been edited must not wait for what is gone
            text = f"what it means that the file is gone was not found out ({type(error).__name__}: {error})"
            found.notes += (Note("internal-error", text, name) for name in gone)
            return
        found.edits = [*importers.edits, *departing]

    def _connected(self, name: str, names: Iterable[str]) -> set[str]:
        """The edited modules that hang together with one by imports, in either direction."""
        names = set(names)
        up = {other for other in names if name in self.program.reachable(other)}
        return {name} | up | (names & self.program.reachable(name))

    def _carry_out(self, found: Found) -> Report:
        """Execute one edit as a transaction; raises UnitError when user code raised, and has changed nothing then."""
        edits, sketches = found.edits, found.sketches
        plan = make_plan(self.program, edits, found.importable, found.listing, predict=False)
        notes = list(found.notes)

        def note(slug: str, subject: str, message: str) -> None:
            told = Note(slug, message, subject)
            if told not in notes:
                notes.append(told)

        tx, lost = Transaction(), set(self._lost)
        patcher = Patcher(tx, note, self.remains.departed)
        rebinder = Rebinder(self.importer.bindings, self._namespace_of, tx, self._lost)
        execution = Execution(
            self.program, plan, tx,
            patching=patcher, rebinding=rebinder, recording=self.importer.recorder,
            same_value=same_value, remembered=self.remains.departed.find, note=note,
            sketches=sketches,
        )  # fmt: skip
        loaded = list(sys.modules)  # much quicker than a set of them
        ran = False  # whether all units have
        with collector_paused(), tx:
            try:
                for sketch in sketches:
                    self.accepting.take_source(sketch, tx)
                for edit in edits:
                    name_imports(edit)
                    if edit.live.is_opaque:
                        note("own-loader", edit.name, f"{type(edit.live.loader).__name__} makes {OWN_CODE}")
                for edit in edits:
                    relocate(edit, tx)
                execution.run()
                ran = True
                patcher.complete()
                self._mend(patcher, tx, note)
                execution.cover()
                execution.empty_caches()
            except BaseException as error:
                files = self.remains.forget_modules(loaded)
                classes = self.remains.classes_in(execution.begun)
                tx.rollback()
                if isinstance(error, KeyboardInterrupt) or (ran and not self._is_of_user(error)):
                    raise
                module = execution.current[0] if execution.current else (*found.names, edits[0].name)[0]
                raise UnitError(module, error, tuple(execution.begun), classes, files) from error
            tx.commit()
        patcher.finish()
        execution.advance()
        self.importer.listing.settle(found.listing)
        self.importer.missing.settle(name for names in found.importable.values() for name in names)
        for edit in [edit for edit in edits if edit.departs and edit.is_unwanted]:
            if not all(execution.context.has_moved(pair.unit) for pair in edit.pairs_of(Kind.REMOVED)):
                note("file-gone", edit.name, TAKEN_BACK)
        self.remains.remember(execution.removed)
        for sketch in sketches:
            self.accepting.accept_sketch(sketch)
        for edit in edits:
            self.accepting.accept(edit)
        for binding in sorted(self._lost.difference(lost), key=str):
            if self._is_missed(binding):
                message = f"is gone, but {binding.importer} still imports it, which a fresh process could not do"
                note("name-gone", f"{binding.source}.{binding.name}", message)
        departed = (f"depart {edit.name}" for edit in edits if edit.departs)
        return Report(found.names, (), tuple(notes), (*departed, *execution.events))

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

    def _is_of_user(self, error: BaseException) -> bool:
        """Whether an error went through code of the user's; else it is a mistake of this package."""
        return any(record.mine for path in files_of(error) for record in self.program.of_file(path))

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
        record: ModuleRecord | None = dict.get(self.importer.records, importer)  # asked for each of hundreds
        return record.namespace if record is not None else None


def _has_holders(obj: Any) -> bool:
    """Whether an object that was replaced is looked for: what can be called, members of enumerations, type aliases."""
    return callable(obj) or is_a(obj, (Enum, ALIAS))


def _is_held(obj: Any, tx: Transaction) -> bool:
    """Whether somebody beyond the transaction's own books refers to an object."""
    count = references(obj)
    return count is None or count > tx.holds(obj) + 2  # the pair and its tuple's entry in `replaced`
