"""The modules of the program as they run now: outline, live code and recordings of each unit.

It must never change anything of the user's: it answers questions about the process, and forgets on demand.
"""

from autoreload_hooks.compat.behaviours import is_a

from .branches import asks_for, note_branches
from .lookups import (
    PLAIN,
    SCALARS,
    absolute,
    attribute,
    callables,
    class_of,
    defaults_of,
    family_of,
    gives_computed_values,
    gives_plain_values,
    is_exported,
    is_inert,
    live_object,
    members,
    module_namespace,
    slot,
)
from .modules import CodeRef, LiveModule, Sketched, alive, codes_near, with_nested
from .ordering import BEGUN, FINISHED, Ordering
from .whole import IMPORT_BY_TEXT, Program, Runs

__all__ = [
    "BEGUN",
    "FINISHED",
    "IMPORT_BY_TEXT",
    "PLAIN",
    "SCALARS",
    "CodeRef",
    "LiveModule",
    "Ordering",
    "Program",
    "Runs",
    "Sketched",
    "absolute",
    "alive",
    "asks_for",
    "attribute",
    "callables",
    "class_of",
    "codes_near",
    "defaults_of",
    "family_of",
    "gives_computed_values",
    "gives_plain_values",
    "is_a",
    "is_exported",
    "is_inert",
    "live_object",
    "members",
    "module_namespace",
    "note_branches",
    "slot",
    "with_nested",
]
