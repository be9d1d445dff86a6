"""What a code object imports, reads, binds and contains, and whether two of them do the same, read from their bytecode.

It must never run code, and never change a code object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoreload_hooks.compat.lazily import lazily

if TYPE_CHECKING:
    from autoreload_hooks.compat.bytecode.imports import ImportSite, import_sites
    from autoreload_hooks.compat.bytecode.instructions import Decoder
    from autoreload_hooks.compat.bytecode.items import items_read
    from autoreload_hooks.compat.bytecode.likeness import differing, same_code, same_lines, same_shape
    from autoreload_hooks.compat.bytecode.nesting import class_facts, module_annotate, nested
    from autoreload_hooks.compat.bytecode.running import (
        Names,
        asked_of_given,
        asks_for_kind,
        attributes_set,
        binds,
        goes_through_items,
        names,
        reads,
    )
else:
    __getattr__ = lazily(globals())


HOMES = ("imports", "likeness", "nesting", "running", "instructions", "items")
"""The files of this package, those first that are needed first."""

__all__ = [
    "Decoder",
    "ImportSite",
    "Names",
    "asked_of_given",
    "asks_for_kind",
    "attributes_set",
    "binds",
    "class_facts",
    "differing",
    "goes_through_items",
    "import_sites",
    "items_read",
    "module_annotate",
    "names",
    "nested",
    "reads",
    "same_code",
    "same_lines",
    "same_shape",
]
