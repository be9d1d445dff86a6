"""What edits mean: the new sources of modules are compared with what runs.

It must never change anything of the program.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from autoreload_hooks.importer import Importer
from autoreload_hooks.planning import Kind, ModuleEdit, edit_of
from autoreload_hooks.program import LiveModule, Program, Runs
from autoreload_hooks.report import Note
from autoreload_hooks.sketch import Sketch, sketch_of
from autoreload_hooks.sources import decode
from autoreload_hooks.sources.changed import Changed


@dataclass(slots=True)
class Found:
    """What edits mean, before anything is done."""

    sketches: list[Sketch] = field(default_factory=list)  #: new bodies only
    edits: list[ModuleEdit] = field(default_factory=list)  #: whatever else
    broken: list[tuple[str, BaseException]] = field(default_factory=list)  #: what cannot be compiled, and why
    importable: dict[str, list[str]] = field(default_factory=dict)
    """By module, what it did not find when it ran and can import now."""
    listing: frozenset[str] = frozenset()  #: the modules that list a folder in which files have come or gone

    notes: list[Note] = field(default_factory=list)  #: what is to be told whatever comes of the edits

    @property
    def names(self) -> tuple[str, ...]:
        """The modules that can be reloaded."""
        return (
            *(sketch.name for sketch in self.sketches),
            *(edit.name for edit in self.edits if not edit.departs),
        )


class Reading:
    """Reads what was edited."""

    def __init__(self, importer: Importer, program: Program) -> None:
        self.importer = importer
        self.program = program

    def read(self, changed: Changed, *, whole: bool = False, sketch: bool = True) -> Found:
        """Compare the new sources with what runs: by a sketch where that will do, else by outlines."""
        names = frozenset(changed.names)
        importable = {name: missing for name, missing in self.importer.missing.found().items() if name in names}
        found = Found(importable=importable, listing=names.intersection(changed.listing))
        unchanged = {*found.importable, *found.listing}
        runs = Runs(self.program)
        for name in changed.names:
            live = self.program.module(name)
            if live is None or live.record.initialising:
                continue
            try:
                quick = self._sketch(live, runs) if sketch and not whole and name not in unchanged else None
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
            or live.has_departed
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
