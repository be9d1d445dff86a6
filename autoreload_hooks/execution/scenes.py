"""A unit that is about to run, how everything is before it does, and what it binds then.

It must never act upon anything but the names that the unit itself binds.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from autoreload_hooks.outline import Unit
from autoreload_hooks.program import CodeRef, LiveModule
from autoreload_hooks.registrations import Ordered
from autoreload_hooks.transaction import MISSING

from .attributes import Setting
from .labels import Kept
from .survivors import Survivors


@dataclass(slots=True, eq=False)
class Scene:
    """A unit that is about to run, and how everything is before it does."""

    live: LiveModule
    unit: Unit
    old: Unit | None  #: what it takes the place of
    code: CodeType
    step: Survivors
    plain: bool  #: whether nothing of the user's runs in it
    before: dict[str, Any]  #: the names of its module
    bound: WriteThrough | None  #: notes what it really binds, where its text does not tell
    hidden: dict[str, Any]  #: names that it does not see
    foreseen: list[CodeRef]  #: the functions that will run in it, as far as is known
    acted_upon: list[Any]
    orders: list[Ordered]  #: the lists and dictionaries among these, with the order of their entries
    assigned: list[tuple[Any, str, Any]]  #: the attributes that it will assign: (object, name, value)
    given: list[tuple[LiveModule, str, Any]]  #: the names of other modules that functions will assign
    settings: list[Setting]  #: what others have set on what it makes
    labels: Kept  #: what functions said that its class has from elsewhere

    def names_bound(self) -> list[str]:
        """The names that the run really bound, in order: those that differ, and those that the unit binds by its text.

        Of a compound statement only what it was seen to bind is sure.
        """
        unit, before, after = self.unit, self.before, self.live.namespace
        names = [name for name, value in after.items() if before.get(name, MISSING) is not value]
        names += [name for name in before if name not in after]
        sure = unit.binds if self.bound is None else unit.binds & self.bound.names
        names += sorted(name for name in sure if name != "*" and (name in before or name in after))
        return [name for name in dict.fromkeys(names) if name != "__builtins__"]


class WriteThrough(MutableMapping[str, Any]):
    """A module's namespace as the locals of a statement: it notes the names that the statement really binds."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        return self.namespace[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.names.add(name)
        self.namespace[name] = value

    def __delitem__(self, name: str) -> None:
        self.names.add(name)
        del self.namespace[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.namespace)

    def __len__(self) -> int:
        return len(self.namespace)
