"""A module's annotations are those of its whole source.

It must never evaluate one.
"""

from __future__ import annotations

from types import CodeType, FunctionType

from autoreload_hooks.compat import LAZY_ANNOTATIONS
from autoreload_hooks.planning import ModuleEdit
from autoreload_hooks.transaction import Transaction


def annotate(edit: ModuleEdit, tx: Transaction) -> None:
    """A module's annotations are those of its whole source."""
    namespace = edit.live.namespace
    if LAZY_ANNOTATIONS:
        codes = (const for const in edit.new.code.co_consts if isinstance(const, CodeType))
        function = (
            next((code for code in codes if code.co_qualname == "__annotate__"), None) if edit.new.annotated else None
        )
        if "__conditional_annotations__" in namespace:  # which of them were reached: the compiler numbers them
            namespace["__conditional_annotations__"] = set(range(edit.new.annotations))
        if function is not None or namespace.get("__annotate__") is not None:
            namespace["__annotate__"] = FunctionType(function, namespace) if function is not None else None
            namespace.pop("__annotations__", None)
    elif edit.old is not None and isinstance(notes := namespace.get("__annotations__"), dict):
        tx.guard(notes)
        for name in edit.old.annotated - edit.new.annotated:
            notes.pop(name, None)
        if not edit.new.annotated and not notes:
            del namespace["__annotations__"]
