"""What a code object imports, reads, binds and contains, and whether two of them do the same, read from their bytecode.

It must never run code, and never change a code object.
"""

from __future__ import annotations

from autoreload_hooks.compat.bytecode.imports import ImportSite, import_sites
from autoreload_hooks.compat.bytecode.likeness import same_code, same_lines, same_shape
from autoreload_hooks.compat.bytecode.nesting import class_facts, nested
from autoreload_hooks.compat.bytecode.running import binds, reads

__all__ = [
    "ImportSite",
    "binds",
    "class_facts",
    "import_sites",
    "nested",
    "reads",
    "same_code",
    "same_lines",
    "same_shape",
]
