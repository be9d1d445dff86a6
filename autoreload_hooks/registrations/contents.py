"""What lists, dictionaries and sets held before the units of a reload acted upon them, and which units did.

It must never change one, nor look at one that no unit acts upon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Final

from autoreload_hooks.outline import Chain, Unit
from autoreload_hooks.program import LiveModule, Ordering, Program, is_a

from .containers import DEPTH, PLAIN_CONTAINERS, WIDTH, dispatch_registry
from .makers import Makers

MOST: Final = 1000  #: longer lists, dictionaries and sets are hardly registries
_OF_PYTHON: Final = frozenset({"__builtins__", "__annotations__", "__dict__"})


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What a list, dictionary or set held before the units of a reload acted upon it."""

    module: str  #: where it is held
    name: str  #: under which name
    container: Any
    before: Any  #: a copy, as deep as there are containers in it
    owner: type | None = None  #: the class of the module that holds it, if one does


class Contents:
    """What the containers held that units have acted upon in one reload."""

    def __init__(self, program: Program, makers: Makers, ordering: Ordering) -> None:
        self.program = program
        self.makers = makers
        self.ordering = ordering
        self._contents: dict[int, Content] = {}  # by the container's id
        self._actors: dict[int, list[tuple[LiveModule, Unit]]] = {}  # by the container's id: who acts upon it

    def note(self, live: LiveModule, unit: Unit, owner: dict[str, Any], chain: Chain, shared: Any) -> None:
        """Remember what a container holds that a module has under a name of its own, and that a unit acts upon it."""
        if (registry := dispatch_registry(shared)) is not None:
            shared = registry
        if type(shared) not in PLAIN_CONTAINERS:
            return
        self._actors.setdefault(id(shared), []).append((live, unit))
        if id(shared) in self._contents:
            return
        space: Any = owner if len(chain) == 1 else self.program.value(owner, chain[:-1])
        if is_a(space, type) and space.__module__ in self.program.records:
            self._contents[id(shared)] = Content(space.__module__, chain[-1], shared, _copied(shared), space)
        if is_a(space, ModuleType):
            space = space.__dict__
        module = space.get("__name__") if is_a(space, dict) else None
        if is_a(module, str) and module in self.program.records:
            home, name = self.makers.home_of(self.program.module(module), chain[-1])
            self._contents[id(shared)] = Content(home.name if home else module, name, shared, _copied(shared))

    def note_held(self, live: LiveModule) -> Iterator[Any]:
        """Remember what the containers hold that a module and its classes have under a name; they are yielded.

        Not those that it has from others, nor large ones.
        """
        owners: list[tuple[type | None, dict[str, Any]]] = [(None, live.namespace.copy())]
        owners += [
            (value, dict(type.__getattribute__(value, "__dict__")))
            for value in list(live.namespace.values())
            if is_a(value, type) and value.__module__ == live.name
        ]
        for owner, held in owners:
            found = {name: value for name, value in held.items() if type(value) in PLAIN_CONTAINERS}
            for name in found.keys() - _OF_PYTHON:
                is_own = owner is not None or self.makers.imported(live, name) is None
                if is_own and len(found[name]) <= MOST:
                    content = Content(live.name, name, found[name], _copied(found[name]), owner)
                    self._contents.setdefault(id(content.container), content)
                    yield content.container

    def of(self, container: Any) -> Content | None:
        """What a container held, if a unit has acted upon it."""
        return self._contents.get(id(container))

    def changed(self, same_value: Callable[[Any, Any], bool]) -> list[Content]:
        """The containers that hold something else than when units began to act upon them; each change is told once."""
        changed = [each for each in self._contents.values() if not same_value(each.before, each.container)]
        for each in changed:
            self._contents[id(each.container)] = replace(each, before=_copied(each.container))
        return changed

    def follows_on(self, container: Any, live: LiveModule, reader: Unit) -> bool:
        """Whether a reader of a container runs after somebody who acted upon it in this reload, or might."""
        actors = self._actors.get(id(container), [])
        return not actors or not all(self.ordering.is_after(other, unit.index, live, reader) for other, unit in actors)


def _copied(container: Any, depth: int = DEPTH) -> Any:
    """A copy of a plain container, in which the containers are copies too; all else is the same."""
    if type(container) not in PLAIN_CONTAINERS:
        return container
    copy = container.copy()
    if depth and len(container) <= WIDTH:
        if type(copy) is dict:
            copy.update((key, _copied(value, depth - 1)) for key, value in container.items())
        elif type(copy) is not set:
            for place, value in enumerate(container):
                copy[place] = _copied(value, depth - 1)
    return copy
