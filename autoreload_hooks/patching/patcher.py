"""Merging what a unit made anew into what it made before.

It must never merge what the unit did not make, and never change an object otherwise than through the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from autoreload_hooks.compat import Refused
from autoreload_hooks.patching import functions
from autoreload_hooks.patching.kinds import How, full_name, is_class, keep_nothing, make_nothing
from autoreload_hooks.patching.table import KINDS
from autoreload_hooks.patching.values import same_value
from autoreload_hooks.transaction import Transaction

NOTHING_MADE = How(made=make_nothing)


class Patcher:
    """The merges of one reload.

    `note(slug, subject, message)` is told what could not follow.
    """

    def __init__(self, tx: Transaction, note: Callable[[str, str, str], None]) -> None:
        self.tx = tx
        self.note = note
        self.replaced: list[tuple[Any, Any]] = []  #: (old, new): the new one survives, the old one must be rebound
        self.twins: list[tuple[Any, Any]] = []  #: (new, old): the old one survives, the new one must vanish
        self.changed: set[int] = set()  #: the ids of the functions that now do something else
        self.changed_attributes: list[tuple[type, str]] = []  #: the attributes of classes that are now another object
        self._survivors: dict[int, tuple[Any, Any]] = {}  # id of the new one -> (the new one, kept alive; survivor)
        self._aside: list[tuple[FunctionType, dict[str, Any]]] = []

    def function(self, old: FunctionType, new: FunctionType, *, left: Collection[str] = ()) -> FunctionType:
        """Update the function that a `def` made before, below its decorators, while the unit runs; returns it.

        Its attributes are put aside until `settle`, so that decorators find a function as new as they would in a
        fresh process; those that they do not set again come back, except the ones named in `left`: these are known
        to have been left by the unit itself. Where `old` cannot be updated, `new` is returned.
        """
        if old is new:
            return old
        if not functions.are_functions(old, new):
            return new
        survivor = self._attempt(lambda: functions.merge_functions(self, old, new, NOTHING_MADE, fresh=True), old, new)
        if survivor is old:
            self.remember(new, old)
            self._put_aside(old, left)
        else:
            self.replaced.append((old, new))
        result: FunctionType = survivor
        return result

    def settle(self) -> None:
        """The decorators have run: attributes that were put aside, and that nobody has set again, come back."""
        while self._aside:
            function, before = self._aside.pop()
            for name, value in before.items():
                if name not in function.__dict__:
                    self.tx.set_item(function.__dict__, name, value)

    def swap_code(self, functions_: Iterable[FunctionType], new_code: CodeType, copies: Iterable[Any] = ()) -> None:
        """Give every one of the functions other code that needs no other closure; see `functions.swap_code`."""
        functions.swap_code(self, functions_, new_code, copies)

    def merge(
        self,
        old: Any,
        new: Any,
        *,
        made: Callable[[Any], bool],
        keep: Callable[[str, str], bool] = keep_nothing,
        made_names: Collection[str] | None = None,
    ) -> Any:
        """Return the survivor of what a name held before and after its unit ran.

        `made(obj)` says whether the run made an object; `keep(class_name, name)` whether the source and the inputs of
        a name in a class body are as before; `made_names` are the names that the old class body and its decorators
        left, where they are known: what else the old class has was set by others.

        The survivor is `old`, updated in place, where its kind allows; then (new, old) is added to `twins`.
        Otherwise it is `new`, and (old, new) is added to `replaced`.
        """
        self.settle()
        if old is new:
            return old
        known = self._survivors.get(id(new))
        if known is not None and known[1] is old:
            return old
        survivor = self._merge(old, new, How(made, keep, left=made_names)) if made(new) else new
        if survivor is not old and has_identity(old):
            self.replaced.append((old, survivor))
        return survivor

    def part(self, old: Any, new: Any, how: How) -> Any:
        """Return the survivor of two objects at corresponding places of two that are being merged."""
        if old is new:
            return old
        known = self._survivors.get(id(new))
        if known is not None:
            return known[1]
        if not are_paired(old, new) or not self.is_made(old, new, how):
            return old if same_value(old, new) else new
        survivor = self._merge(old, new, how)
        if survivor is not old and is_definition(old):
            self.replaced.append((old, survivor))
        return survivor

    def is_made(self, old: Any, new: Any, how: How) -> bool:
        """Did the run make this part: by what the caller knows, by its name, or as a wrapper of a survivor?"""
        if not is_definition(new) or how.made(new):
            return True
        if how.owner is not None:
            module, name = how.owner
            if new.__module__ == module and new.__qualname__.startswith(name + "."):
                return True
        return functions.is_function(new) and any(
            part is other or self.survivor(other) is part for part, other in functions.wrapped_pairs(old, new)
        )

    def remember(self, new: Any, survivor: Any) -> None:
        """From now on `new` stands for `survivor`, wherever it is met."""
        self._survivors[id(new)] = new, survivor
        if survivor is not new:
            self.twins.append((new, survivor))

    def survivor(self, new: Any) -> Any:
        """What has become of an object that the run made: its survivor, or itself."""
        known = self._survivors.get(id(new))
        return new if known is None else known[1]

    def _merge(self, old: Any, new: Any, how: How) -> Any:
        """Look up the kind of two objects, and merge them by it."""
        for kind in KINDS:
            if kind.matches(old, new):
                self._survivors[id(new)] = new, old  # for cycles: whoever meets it meanwhile means the old one
                survivor = self._attempt(partial(kind.merge, self, old, new, how), old, new)
                self._survivors[id(new)] = new, survivor
                if survivor is old:
                    self.twins.append((new, old))
                return survivor
        return old if same_value(old, new) else new

    def _attempt(self, act: Callable[[], Any], old: Any, new: Any) -> Any:
        """Merge, or leave everything as it was and let the new object survive."""
        mark = self.tx.mark()
        counts = len(self.replaced), len(self.twins), len(self.changed_attributes)
        try:
            return act()
        except Refused as refused:
            del refused  # a normal outcome: whoever holds the old object is looked for
        except Exception as error:  # an object of the user that misbehaves must not keep the others from following
            reason = f"{type(error).__name__}: {error}"
            self.note(
                "misbehaves", full_name(old), f"is replaced by its new version, as it cannot be updated: {reason}"
            )
        self.tx.undo_to(mark)
        for items, count in zip((self.replaced, self.twins, self.changed_attributes), counts, strict=True):
            del items[count:]
        return new

    def _put_aside(self, function: FunctionType, left: Collection[str]) -> None:
        attributes = function.__dict__
        if attributes:
            self._aside.append((function, {name: value for name, value in attributes.items() if name not in left}))
            for name in list(attributes):
                self.tx.del_item(attributes, name)


def are_paired(old: Any, new: Any) -> bool:
    """May two objects at corresponding places be versions of one? Functions and classes need the same name."""
    if is_definition(old) or is_definition(new):
        same_kind = functions.are_functions(old, new) or (is_class(old) and is_class(new))
        return same_kind and old.__qualname__ == new.__qualname__ and old.__module__ == new.__module__
    return type(old) is type(new)


def is_definition(obj: Any) -> bool:
    """Is it a function or a class?"""
    return functions.is_function(obj) or is_class(obj)


def has_identity(obj: Any) -> bool:
    """Is it an object that somebody may hold for its own sake? Numbers and texts are not."""
    return type(obj) not in _VALUES


_VALUES = frozenset({type(None), bool, int, float, complex, str, bytes, tuple, frozenset, range, slice})
