"""The conductor: notice edits, have them carried out, keep the reports.

It must never wait for what only an edit needs: that is imported when there is one, or while nobody waits.
"""

from __future__ import annotations

import gc
import importlib
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from .bindings import USER
from .importer import Importer
from .report import Note, Report
from .selection import Mode, Selection
from .sources.changed import Changed

if TYPE_CHECKING:
    from types import ModuleType

    from .compat.bytecode import ImportSite
    from .planning import Plan
    from .program import Program
    from .reloading import Reloading

NOTHING: Final = Report()
REMEMBERED: Final = 100  #: how many reports are kept
QUIET: Final = 0.05  #: how many seconds after a cell nobody seems to wait
HEAVY: Final = ("outline", "planning", "sketch", "patching.values", "patching", "execution", "reloading")
"""What only edits need, in steps that are short: a cell may begin between any two."""
PATIENCE: Final = 40  #: how often such a moment is waited for


class Reloader:
    """Follows the user's edits: one for each process and shell."""

    def __init__(self, user_namespace: dict[str, Any] | None = None) -> None:
        self.user_namespace = user_namespace
        self.selection = Selection()
        self.full = False  #: run a changed module as a whole
        self.importer = Importer()
        self.reports: list[Report] = []  #: what was done last, without the checks that found nothing
        self.idle_since: float | None = None  #: when the last cell ended, by `time.monotonic`; None while one runs
        self._reloading: Reloading | None = None
        self._lock = (
            threading.RLock()
        )  # guards all of the above; user code runs under it, imports of other threads do not need it

    @property
    def reloading(self) -> Reloading:
        """What carries out edits; made, and all that it needs imported, when there is one."""
        if self._reloading is None:
            with self._lock:
                if self._reloading is None:
                    self._reloading = _import_reloading()(self.importer, lambda: self.user_namespace)
        return self._reloading

    @property
    def program(self) -> Program:
        """The modules of the program as they run now."""
        return self.reloading.program

    # -- on and off ---------------------------------------------------------------------------------------------
    def install(self) -> None:
        """Follow imports from now on, and adopt the modules that are there."""
        self.importer.install()
        self.importer.on_reload = self._reload_asked
        self.importer.sources.chore = self._prepare
        self.importer.adopt(list(sys.modules.values()))

    def _prepare(self) -> None:
        """While nobody waits: import what an edit needs, and find out what the first one would have to wait for."""
        for name in HEAVY:
            if not self._has_become_quiet():
                return  # the next look at third-party files tries again
            importlib.import_module(f"{__package__}.{name}")
        own = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == __package__]
        with self._lock:
            self.importer.adopt(own)  # no cell shall have to tell so many new modules from the user's
        self.reloading.prepare(self._lock)

    def _has_become_quiet(self) -> bool:
        """Wait for a moment when nobody waits; False if none comes soon."""
        for _ in range(PATIENCE):
            if self._is_quiet():
                return True
            time.sleep(QUIET)
        return False

    def _is_quiet(self) -> bool:
        """Whether no cell runs, nor has just run: the next may follow at once."""
        since = self.idle_since
        return since is not None and time.monotonic() - since >= QUIET

    def uninstall(self) -> None:
        """Follow nothing any more, and leave no trace."""
        with self._lock:
            self.importer.on_reload = None
            self.importer.uninstall()
            if self._reloading is not None:
                self._reloading.shown.close()

    def watch_files(self, wanted: bool | None) -> None:
        """Have the system tell which files were touched, or not; None: if the extra for it is installed."""
        with self._lock:
            self.importer.sources.watching.wanted = wanted

    def importing_cell(self, sites: Iterable[ImportSite]) -> None:
        """A cell bound these names in the user's namespace."""
        self.importer.bindings.record(USER, None, sites)

    # -- checks -------------------------------------------------------------------------------------------------
    def check(self) -> Report:
        """Before a cell: reload what was edited of the selected modules."""
        if self.selection.mode is Mode.OFF:
            return NOTHING
        with self._lock:
            self.importer.notice()
            names, appeared = self.importer.differing(), self.importer.missing.appeared()
            listing, untried = self.importer.listing.differing(), self.importer.missing.untried()
            if self._reloading is not None:
                self._reloading.failing.forget_taken_back([*names, *untried, *listing])
            changed = self._of(names, untried, listing, self.selection.selects)
            if not changed.names and not (changed.gone and self.importer.sources.has_lost):
                return self._told(NOTHING)
            fresh = self.importer.sources.fresh.union(appeared, self.importer.listing.fresh)
            if changed.names and self.reloading.failing.waits(changed.names, fresh):
                return self._told(NOTHING)
            return self._told(self.reloading.reload(changed, whole=self.full))

    def now(self) -> Report:
        """At once, whatever the mode: reload all that is not excluded, and try again what failed."""
        with self._lock:
            changed = self._changed_now(everywhere=True)
            if not changed.names and not (changed.gone and self.importer.sources.has_lost):
                return self._told(NOTHING)
            return self._told(self.reloading.reload(changed, again=True, whole=self.full))

    def plan(self) -> Plan:
        """What a reload would do now; nothing is changed by asking."""
        with self._lock:
            return self.reloading.plan(self._changed_now(), whole=self.full)

    def _changed_now(self, *, everywhere: bool = False) -> Changed:
        """What has been edited, whatever the mode; `everywhere`: have a look at third-party modules too."""
        self.importer.notice()
        if everywhere:
            self.importer.sources.changed_others_now()
        names, listing = self.importer.differing(), self.importer.listing.differing()
        return self._of(names, self.importer.missing.found(), listing, self.selection.allows)

    def _of(
        self, names: Iterable[str], importing: Iterable[str], listing: Iterable[str], wanted: Callable[[str], bool]
    ) -> Changed:
        """Of the modules that were edited, can import more by now or list other files, those that are wanted."""
        listing = [name for name in listing if wanted(name)]
        names = dict.fromkeys([*filter(wanted, [*names, *importing]), *listing])
        return Changed([*names], [name for name in self.importer.sources.missing if wanted(name)], listing)

    def _told(self, report: Report) -> Report:
        """Add what became of files that are gone, and remember the report."""
        told = {note.subject for note in report.notes if note.slug == "file-gone"}
        gone = [
            Note("file-gone", "its file is gone; the code that was loaded keeps running", name)
            for name in self.importer.sources.deleted()
            if self.selection.allows(name) and name not in told
        ]
        if gone:
            report = Report(report.reloaded, report.failures, (*report.notes, *gone), report.events)
        if report != NOTHING:
            self._keep(report)
        return report

    def _keep(self, report: Report) -> None:
        self.reports.append(report)
        del self.reports[:-REMEMBERED]

    def _reload_asked(self, module: ModuleType, default: Callable[[], None]) -> None:
        """`importlib.reload` by the user: the module runs as a whole and is merged like an edit."""
        with self._lock:
            name = module.__name__
            if self.program.module(name) is None:
                default()
                return
            self.importer.sources.changed()
            listing = [each for each in self.importer.listing.differing() if each == name]
            report = self.reloading.reload(Changed([name], listing=listing), again=True, whole=True)
            self._keep(report)
            for failure in report.failures:
                raise failure.error


def _import_reloading() -> type[Reloading]:
    """Import what carries out edits.

    A look through all objects for garbage, which so many new ones may set off, would take longer than the import.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        from .reloading import Reloading
    finally:
        if enabled:
            gc.enable()
    return Reloading
