"""What is noted of a module whose text is another: its source, its file, and what it imports.

It must never run anything of the module.
"""

from __future__ import annotations

import importlib.util
import os

from autoreload_hooks.compat.bytecode.imports import import_sites, names_where_imported
from autoreload_hooks.importer import Importer
from autoreload_hooks.planning import Kind, ModuleEdit
from autoreload_hooks.program import LiveModule, Program
from autoreload_hooks.sketch import Sketch
from autoreload_hooks.sources import Shown, Source
from autoreload_hooks.transaction import Transaction


class Accepting:
    """Takes new texts for what runs: for the time of a reload, and for good."""

    def __init__(self, importer: Importer, program: Program, shown: Shown) -> None:
        self.importer = importer
        self.program = program
        self.shown = shown

    def take_source(self, sketch: Sketch, tx: Transaction) -> None:
        """What outlines the module during this reload finds the text that the sketch speaks of."""
        record = sketch.live.record
        before = record.source
        record.source = Source(record.path, None, self.importer.sources.pending_data(sketch.name))
        if before is not None and sketch.piece is not None:
            record.source.note_like(before, sketch.piece.text)
            sketch.live.only_bodies_changed(before)
        tx.on_undo(lambda: setattr(record, "source", before))

    def accept_sketch(self, sketch: Sketch) -> None:
        """The new bodies are what runs."""
        noted = sketch.live.record.source
        self._accept_source(sketch.live)
        if noted is not None and sketch.live.record.source is not None:
            sketch.live.record.source.note_like(noted, "")
            sketch.live.only_bodies_changed(noted)
        if sketch.piece is None or self.importer.listing.may_follow(sketch.name, sketch.piece.text):
            self.importer.listing.note_text(sketch.live.record)
        sketch.live.piece = sketch.piece or sketch.live.piece

    def accept(self, edit: ModuleEdit) -> None:
        """The new source is what runs."""
        record = edit.live.record
        edit.new.warns = False
        names = edit.old.names if edit.old is not None else frozenset[str]()
        edit.live.left = names | (edit.live.left or frozenset()) if edit.departs else None
        if edit.departs and record.source is not None:
            record.source = Source(record.path, record.source.stamp, edit.data)
            self.importer.sources.depart(edit.name, record.source)
        else:
            self._accept_source(edit.live)
            self.importer.listing.note_text(record)
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


def name_imports(edit: ModuleEdit) -> None:
    """Functions of what a module imports by now are seen to run in its units."""
    if _changes_imports(edit):
        record = edit.live.record
        names = names_where_imported(unit.code for unit in edit.new.units if "import" in unit.text)
        record.names = tuple(names.union(record.names))


def relocate(edit: ModuleEdit, tx: Transaction) -> None:
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


def _changes_imports(edit: ModuleEdit) -> bool:
    """May the new source import something else than the old one?"""
    changed = (pair for pair in edit.pairs if pair.kind not in (Kind.SAME, Kind.MOVED))
    return any("import" in (pair.old or pair.unit).text + pair.unit.text for pair in changed)
