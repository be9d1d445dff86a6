"""Who still holds an object: reference counts, holders, and putting another object in its place.

It must never write to an object otherwise than through the `do` that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, Protocol


class Do(Protocol):
    """How a change is made: `Transaction.do`."""

    def __call__(self, act: Callable[[], object], undo: Callable[[], object]) -> object:
        """Act, and remember how to take it back."""


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """One place that holds an object."""

    target: Any  #: the object that is held
    holder: Any  #: what holds it
    kind: str  #: how: "dict", "list", "tuple", "cell", "function", "instance" ...

    def __str__(self) -> str:
        return f"{self.kind} {type(self.holder).__name__}"


def references(obj: object) -> int | None:
    """How many references to `obj` there are, without the caller's and this call's own; None if nothing can be said.

    Nothing can be said of an immortal object, nor on a free-threaded build.
    """
    return None


def spare_references(function: FunctionType, known: int = 0) -> int | None:
    """How many references to `function` there are beyond the caller's variable and `known` others; None: unknown."""
    return None


def frozen_objects() -> int:
    """How many objects `gc.freeze` has hidden from every pass over the heap."""
    return 0


def functions_running(codes: Collection[CodeType]) -> dict[int, list[FunctionType]]:
    """For each code object, by `id`, the live functions that run it: one pass over the heap.

    Code objects are told apart by identity: two that are equal are two.
    """
    return {id(code): [] for code in codes}


def suspended_in(codes: Collection[CodeType]) -> dict[int, list[Any]]:
    """For each code object, by `id`, the generators, coroutines and running frames that are inside it."""
    return {id(code): [] for code in codes}


def reachable_functions(
    roots: Iterable[Any], codes: Collection[CodeType], limit: int = 10_000
) -> dict[int, list[FunctionType]]:
    """For each code object, by `id`, the functions running it that are found from `roots` in `limit` steps."""
    return {id(code): [] for code in codes}


def holders(objects: Iterable[Any], *, ignore: Iterable[Any] = ()) -> list[Holder]:
    """Everything the garbage collector knows to hold one of `objects`: one pass over the heap.

    Frames of this package and what is in `ignore` (by identity) are left out.
    """
    return []


def replace_everywhere(pairs: Mapping[int, tuple[Any, Any]], *, do: Do, ignore: Iterable[Any] = ()) -> list[Holder]:
    """Put the new object wherever the old one is held; `pairs`: id of the old one -> (old, new).

    Returns the holders that could not be mended.
    """
    return []
