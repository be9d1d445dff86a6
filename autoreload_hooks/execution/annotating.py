"""A module's annotations are those of its whole source.

It must never evaluate one.
"""

from __future__ import annotations

from types import FunctionType
from typing import Final

from autoreload_hooks.compat import LAZY_ANNOTATIONS
from autoreload_hooks.compat.bytecode import module_annotate
from autoreload_hooks.planning import ModuleEdit
from autoreload_hooks.transaction import Transaction

CONDITIONAL: Final = "__conditional_annotations__"
LAZY_NAMES: Final = ("__annotate__", "__annotations__", CONDITIONAL)


def annotate(edit: ModuleEdit, tx: Transaction) -> None:
    """A module's annotations are those of its whole source."""
    namespace = edit.live.namespace
    if LAZY_ANNOTATIONS:
        function = module_annotate(edit.new.code) if edit.new.annotated else None
        if function is None:  # a module without annotations has none of these names
            for name in LAZY_NAMES:
                namespace.pop(name, None)
            return
        if CONDITIONAL in namespace:  # which of them were reached: the compiler numbers them
            namespace[CONDITIONAL] = set(range(edit.new.annotations))
        namespace["__annotate__"] = FunctionType(function, namespace)
        namespace.pop("__annotations__", None)
    elif edit.old is not None and isinstance(notes := namespace.get("__annotations__"), dict):
        tx.guard(notes)
        for name in edit.old.annotated - edit.new.annotated:
            notes.pop(name, None)
        if not edit.new.annotated and not notes:
            del namespace["__annotations__"]
