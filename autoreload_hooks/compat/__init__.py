"""The one part that knows interpreters: named behaviours, bytecode, and every trick that CPython's internals allow.

It must never decide what to change, and never guess: what it cannot verify it refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoreload_hooks.compat.lazily import lazily

if TYPE_CHECKING:
    from autoreload_hooks.compat.behaviours import (
        CLASSES_KNOW_LINES,
        FREE_THREADED,
        HAS_JIT,
        HAS_LAZY_IMPORTS,
        HAS_MONITORING,
        HAS_TYPE_PARAMETERS,
        INLINES_COMPREHENSIONS,
        IS_CPYTHON,
        LAZY_ANNOTATIONS,
        LOSES_SPECIALISATION,
        OBJECT_BASES_ASSIGNABLE,
        WARNS_OF_KIND,
        Refused,
    )
    from autoreload_hooks.compat.bytecode import (
        ImportSite,
        binds,
        class_facts,
        import_sites,
        nested,
        reads,
        same_code,
        same_lines,
        same_shape,
    )
    from autoreload_hooks.compat.classes import (
        assign_bases,
        assign_metaclass,
        become_abstract,
        cell_contents,
        class_cells,
        class_references,
        clear_abc_caches,
        clear_all_abc_caches,
        clear_typing_caches,
        delete_class_attribute,
        drop_class,
        functions_in,
        registered_with,
        repoint_class_cells,
        set_class_attribute,
        unregister_virtual,
        update_abstract_methods,
        wraps_nothing,
    )
    from autoreload_hooks.compat.functions import docstring, new_cell, respecialise, set_code
    from autoreload_hooks.compat.heap import (
        frozen_objects,
        functions_running,
        reachable_functions,
        references,
        referents,
    )
    from autoreload_hooks.compat.holders import Do, Holder, replace_everywhere
    from autoreload_hooks.compat.layouts import assign_class
else:
    __getattr__ = lazily(globals())


HOMES = (
    "behaviours",
    "bytecode.imports",
    "bytecode.likeness",
    "bytecode.nesting",
    "bytecode.running",
    "classes",
    "functions",
    "heap",
    "holders",
    "layouts",
)
"""The files of this package, those first that are needed first."""

__all__ = [
    "CLASSES_KNOW_LINES",
    "FREE_THREADED",
    "HAS_JIT",
    "HAS_LAZY_IMPORTS",
    "HAS_MONITORING",
    "HAS_TYPE_PARAMETERS",
    "INLINES_COMPREHENSIONS",
    "IS_CPYTHON",
    "LAZY_ANNOTATIONS",
    "LOSES_SPECIALISATION",
    "OBJECT_BASES_ASSIGNABLE",
    "WARNS_OF_KIND",
    "Do",
    "Holder",
    "ImportSite",
    "Refused",
    "assign_bases",
    "assign_class",
    "assign_metaclass",
    "become_abstract",
    "binds",
    "cell_contents",
    "class_cells",
    "class_facts",
    "class_references",
    "clear_abc_caches",
    "clear_all_abc_caches",
    "clear_typing_caches",
    "delete_class_attribute",
    "docstring",
    "drop_class",
    "frozen_objects",
    "functions_in",
    "functions_running",
    "import_sites",
    "nested",
    "new_cell",
    "reachable_functions",
    "reads",
    "references",
    "referents",
    "registered_with",
    "replace_everywhere",
    "repoint_class_cells",
    "respecialise",
    "same_code",
    "same_lines",
    "same_shape",
    "set_class_attribute",
    "set_code",
    "unregister_virtual",
    "update_abstract_methods",
    "wraps_nothing",
]
