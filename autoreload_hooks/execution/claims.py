"""Which values that were there before a unit runs are its own: what its old version made, or left to it.

It must never change anything, nor claim a value that another statement may have made.
"""

from __future__ import annotations

import ast
from functools import _lru_cache_wrapper
from types import FunctionType
from typing import Any

from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, is_a, live_object
from autoreload_hooks.transaction import MISSING

from .context import Context
from .making import has_made


class Claims:
    """What one unit may take for its own of what was there before it runs."""

    def __init__(
        self, context: Context, live: LiveModule, unit: Unit, old: Unit | None, before: dict[str, Any]
    ) -> None:
        self.context = context
        self.live = live
        self.unit = unit
        self.before = before  #: what the names of its module held
        self.origin, self.old = context.moved_from(unit) or (live, old)  #: what it takes the place of, and where

    def returning(self, name: str) -> Any:
        """What a definition that is added had made before, where it was removed from or has moved from; or MISSING."""
        if self.origin is not self.live:
            gone = {removed: held for module, removed, held in self.context.removed if module == self.origin.name}
            return self.origin.namespace.get(name, gone.get(name, MISSING))
        if self.old is None and getattr(self.unit.node, "name", None) == name:
            return self.context.remembered(self.live.name, name)
        return MISSING

    def may_merge(self, name: str, old: Any) -> bool:
        """Whether an old value may be merged with what the unit makes: only what the old unit itself made."""
        if self.context.is_unknown(self.live):
            return self.unit.is_definition and getattr(old, "__module__", None) == self.live.name
        if self.old is None:
            return old is not MISSING and (old is self.returning(name) or self._is_left_to_unit(name, old))
        if self._is_named_back(old):
            return True
        if self.unit.is_import or self.old.is_import or self._is_of_another_name(name, old):
            return False
        if is_a(old, FunctionType) and any(old.__code__ is ref() for ref in self.origin.code_refs(self.old)):
            return True
        if self.unit.is_definition and self.old.is_definition:
            return True
        if (is_a(old, type) and self._is_own(name, old)) or self._is_left_to_unit(name, old):
            return True
        both = self.unit.node, self.old.node
        return all(map(makes_by_call, both)) or all(map(_displays_lambdas, both))

    def made_before(self, name: str, old: Any) -> bool:
        """Whether an old value is the very function or class that the old unit defined, and stands nowhere else now."""
        if self.old is None or self.origin is not self.live or name not in self.old.binds:
            return False
        if self.context.has_moved(self.old) or self._is_of_another_name(name, old):
            return False
        return has_made(self.context.program, self.origin, self.old, self.before, name, old)

    def giver(self, name: str) -> Unit | None:
        """The old unit that gave a name the value that it had: another one where the last of several has gone."""
        if self.old is None or self.origin is not self.live:
            return self.old
        binders = self._old_binders(name)
        return binders[-1] if binders else self.old

    def is_giver(self, name: str, value: Any) -> bool:
        """Whether the unit's old version gave a name its value, or the class that others below it decorated."""
        giver = self.giver(name)
        return giver is self.old or (giver in self.decorating() and is_a(value, type) and self._is_own(name, value))

    def decorating(self) -> list[Unit]:
        """The old statements below a class that made something of it: `Shop = decorated(Shop)`."""
        if self.old is None or not isinstance(self.old.node, ast.ClassDef):
            return []
        below = [each for each in self._old_binders(self.old.node.name) if each.index > self.old.index]
        return below if all(isinstance(each.node, ast.Assign) for each in below) else []

    def _old_binders(self, name: str) -> list[Unit]:
        """The units that bound a name by the old text."""
        edit = self.context.edits.get(self.live.name)
        outline = edit.old if edit is not None else self.live.outline
        return self.context.binders_of(self.live, name, outline) if outline is not None else []

    def _is_named_back(self, old: Any) -> bool:
        """Whether an old value had its own name from a definition that is gone, and this unit defines it instead.

        Its name here was an alias: a new name that was tried out, and is taken back.
        """
        edit = self.context.edits.get(self.live.name)
        if edit is None or not self.unit.is_definition or self.old is None or self.old.is_definition:
            return False
        is_own = is_a(old, (FunctionType, type)) and old.__module__ == self.live.name
        return is_own and old.__qualname__ in edit.gone

    def _is_left_to_unit(self, name: str, old: Any) -> bool:
        """Whether an old value is the module's own function or class, and no other statement binds its name now.

        The one that made it has gone, as it was put into a branch or taken out of one.
        """
        return self._is_own(name, old) and self.context.binders_of(self.live, name) == [self.unit]

    def _is_own(self, name: str, old: Any) -> bool:
        """Whether an old value is a function or class that the module defined under this name, or a cache of one."""
        if not issubclass(type(old), (FunctionType, type, _lru_cache_wrapper)):
            return False
        return getattr(old, "__module__", None) == self.live.name and getattr(old, "__qualname__", None) == name

    def _is_of_another_name(self, name: str, old: Any) -> bool:
        """Whether an old value is what another statement defines, here or elsewhere: this one gave it a name too."""
        if not is_a(old, (FunctionType, type)) or type(old.__module__) is not str:
            return False
        home = self.context.program.module(old.__module__)
        if home is None or (home in (self.live, self.origin) and old.__qualname__ == name):
            return False
        giver = self.context.outline(home.name).last_binder(old.__qualname__.partition(".")[0])
        if giver is None or giver.is_import:  # a package may say that a class is its own
            return False
        return live_object(old.__qualname__, home.namespace) is old


def makes_by_call(node: ast.stmt) -> bool:
    """Whether a statement assigns what a call (or a lambda) makes, rather than something that is there already."""
    value = getattr(node, "value", None) if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    return isinstance(value, (ast.Call, ast.Lambda))


def _displays_lambdas(node: ast.stmt) -> bool:
    """Whether a statement assigns a list or dictionary in which lambdas are written, which have a place or a key."""
    value = getattr(node, "value", None) if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    return isinstance(value, (ast.Dict, ast.List, ast.Tuple)) and any(
        isinstance(each, ast.Lambda) for each in ast.walk(value)
    )
