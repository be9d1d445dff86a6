"""What execution needs of those that patch objects, rebind names, and record what runs.

It must never hold code: who carries a contract out is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from types import CodeType, FunctionType
from typing import Any, Protocol

from autoreload_hooks.bindings import Binding
from autoreload_hooks.recordings import ModuleRecord
from autoreload_hooks.transaction import ChangedAttribute


class Patching(Protocol):
    """What execution needs of `patching`."""

    replaced: list[tuple[Any, Any]]
    changed: set[int]
    codes_before: dict[int, CodeType]
    codes_kept: dict[int, tuple[CodeType, CodeType]]
    changed_attributes: list[ChangedAttribute]
    changed_faces: list[tuple[Any, str]]
    made_of_docstrings: list[FunctionType]
    docstrings_before: list[tuple[FunctionType, str]]

    def function(
        self, old: FunctionType, new: FunctionType, *, left: Collection[str] = ..., written: Collection[str] = ...
    ) -> FunctionType:
        """Update the old function in place from the new one."""

    def swap_code(
        self,
        functions: Iterable[FunctionType],
        code: CodeType,
        copies: Iterable[Any] = (),
        *,
        differs: bool | None = ...,
    ) -> None:
        """Give every function this code; `differs` says whether it does something else, if that is known."""

    def merge(
        self,
        old: Any,
        new: Any,
        *,
        keep: Callable[[str, str, Any], bool] = ...,
        made: Callable[[Any], bool] = ...,
        made_names: set[str] | Callable[[Any], set[str] | None] | None = ...,
    ) -> Any:
        """Merge what a unit made anew into what it made before; returns the survivor."""

    def forget_answers(self) -> None:
        """Have caches forget what functions that have changed had answered."""

    def equal_or_new(self, old: Any, new: Any) -> Any:
        """The old value if the new one is equal in every part, and holds nothing that took the place of another."""

    def refill(self, old: Any, new: Any, *, without: Collection[str] = ...) -> bool:
        """Give an object the state of another of its class, if that is all that there is to them."""

    def drop_computed(self, obj: Any) -> bool:
        """Have an instance forget what its cached properties have computed; whether there was anything."""

    def moves_along(self, old: type, new: type) -> bool:
        """Whether the instances of a class are going to be those of the one in its place, with all that they have."""

    def supersede(self, old: Any) -> None:
        """Remember that another object has taken the place of one."""

    def is_survivor(self, obj: Any) -> bool:
        """Whether an old object was updated in place in this reload."""

    def settle(self) -> None:
        """The decorators have run: put back the attributes that nobody has set again."""

    def prepare(self, old: Any) -> None:
        """Make way in third parties' books for a class that is about to be made again."""

    def retire(self, old: Any) -> None:
        """Take out of third parties' books what a statement that is gone has made."""

    def drop_twins(self, near: Iterable[Any] = ...) -> None:
        """Let go of what was made anew for nothing, as an old object survived."""


class Rebinding(Protocol):
    """What execution needs of `rebinding`."""

    def imported(self, names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of some names, as (module, name), those that somebody may have imported."""

    def namespaces(self, module: str, name: str) -> Iterator[dict[str, Any]]:
        """The namespaces into which a name was imported, as far as imports were recorded."""

    def follow(self, module: str, name: str, old: Any, new: Any) -> list[tuple[str, str]]:
        """Give the new value to every importer that holds the old one."""

    def follow_all(self, module: str, old: Any, new: Any) -> Iterator[tuple[str, str, Any, Any]]:
        """Follow a change of `__all__` into the modules that import a star."""

    def refresh(self, binding: Binding, value: Any) -> Iterator[tuple[str, str]]:
        """Give an importer a value that its source's `__getattr__` makes."""


class Recording(Protocol):
    """What execution needs of the recorder."""

    def session(self) -> AbstractContextManager[object]:
        """Keep watching from the first unit that needs it to the end of the context."""

    def track(self, code: CodeType) -> None:
        """Watch the functions of a code object until the session ends."""

    def unit(self, module: str, code: CodeType, *, record: ModuleRecord) -> AbstractContextManager[list[CodeType]]:
        """Record what runs within the context: this code, of this module; its record is told if that is not all."""
