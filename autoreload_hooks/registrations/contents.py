"""What lists, dictionaries, sets and the objects that have them held before units ran, and which units may change them.

It must never change one, nor look at one that no unit acts upon or has at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Final

from autoreload_hooks.outline import Chain, Unit
from autoreload_hooks.program import LiveModule, Ordering, Program, attribute, family_of, is_a

from .asking import asks_for_value
from .containers import DEPTH, PLAIN_CONTAINERS, containers_of, dispatch_registry, is_weak, may_hold
from .makers import Makers
from .pictures import Look, copied, different, look_at, picture_of

MOST: Final = 1000  #: longer lists, dictionaries and sets are hardly registries
_OF_PYTHON: Final = frozenset({"__builtins__", "__annotations__", "__dict__"})


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What a list, dictionary or set, or an object with such, held before the units of a reload acted upon it."""

    module: str  #: where it is held; empty where that has not been asked
    name: str  #: under which name
    container: Any
    before: Any  #: a copy, as deep as there are containers in it
    owner: type | None = None  #: the class of the module that holds it, if one does
    parts: frozenset[str] = frozenset()  #: of an object, the attributes that hold something else now

    @property
    def is_object(self) -> bool:
        """Whether it is an object that has containers, and none itself."""
        return type(self.container) not in PLAIN_CONTAINERS


class Contents:
    """What the containers held that units have acted upon in one reload."""

    def __init__(self, program: Program, makers: Makers, ordering: Ordering, departing: Collection[str]) -> None:
        """`departing`: the modules whose files are gone; whoever read what they had put somewhere came after them."""
        self.departing = departing
        self.program = program
        self.makers = makers
        self.ordering = ordering
        self._contents: dict[int, Content] = {}  # by the container's id
        self._looks: dict[int, Look | None] = {}  # by id: the same of what units merely have at hand
        self._users: dict[int, list[tuple[LiveModule, Unit, int]]] = {}  # by the object's id: who has it at hand
        self._actors: dict[int, list[tuple[LiveModule, Unit, int]]] = {}  # by the container's id: who acts upon it

    def note(
        self, live: LiveModule, unit: Unit, owner: dict[str, Any], chain: Chain, shared: Any, place: int | None = None
    ) -> None:
        """Remember what a container holds that a module has under a name of its own, and that a unit acts upon it.

        `place` is where a unit that went would stand now.
        """
        if (registry := dispatch_registry(shared)) is not None:
            shared = registry
        is_plain = type(shared) in PLAIN_CONTAINERS
        is_object = may_hold(shared) and (is_weak(shared) or self.is_own(shared) or not asks_for_value(unit))
        if not is_plain and not is_object:
            return
        self._actors.setdefault(id(shared), []).append((live, unit, unit.index if place is None else place))
        if id(shared) in self._contents:
            return
        space, name = self._place_of(owner, chain)
        before = copied(shared) if is_plain else picture_of(shared)
        if is_a(space, type) and space.__module__ in self.program.records:
            self._contents[id(shared)] = Content(space.__module__, name, shared, before, space)
        module = space.get("__name__") if is_a(space, dict) else None
        if is_a(module, str) and module in self.program.records:
            home, name = self.makers.home_of(self.program.module(module), name)
            self._contents[id(shared)] = Content(home.name if home else module, name, shared, before)

    def is_own(self, obj: Any) -> bool:
        """Whether the class of an object, or one above it, is the user's: others keep what nobody has put there."""
        modules = (attribute(base, "__module__") for base in family_of(obj))
        found = (self.program.records.get(module) for module in modules if type(module) is str)
        return any(record is not None and record.mine for record in found)

    def _place_of(self, owner: dict[str, Any], chain: Chain) -> tuple[Any, str]:
        """The namespace or class in which what a chain begins with is held, and its name there."""
        space: Any = owner
        for place, name in enumerate(chain[:-1]):
            value = self.program.value(owner, chain[: place + 1])
            if not is_a(value, (type, ModuleType)):
                return space, name
            space = value.__dict__ if is_a(value, ModuleType) else value
        return space, chain[-1]

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
                    content = Content(live.name, name, found[name], copied(found[name]), owner)
                    self._contents.setdefault(id(content.container), content)
                    yield content.container

    def look_at(self, live: LiveModule, unit: Unit, obj: Any) -> None:
        """Remember what an object holds that a unit has at hand, and may change by whatever means."""
        self._users.setdefault(id(obj), []).append((live, unit, unit.index))
        if id(obj) not in self._looks:
            self._looks[id(obj)] = look_at(obj)

    def of(self, container: Any) -> Content | None:
        """What a container held, if a unit has acted upon it."""
        return self._contents.get(id(container))

    def around(self, container: Any) -> Content | None:
        """What a container held, or an object that has it, if a unit has acted upon either."""
        objects = (each for each in self._contents.values() if each.is_object)
        having = (each for each in objects if any(part is container for part in containers_of(each.container, DEPTH)))
        return self.of(container) or next(having, None)

    def changed(self, same_value: Callable[[Any, Any], bool]) -> list[Content]:
        """The containers that hold something else than when units began to act upon them; each change is told once."""
        changed = []
        for each in list(self._contents.values()):
            now = picture_of(each.container) if each.is_object else each.container
            if not same_value(each.before, now):
                parts = different(each.before, now, same_value) if each.is_object else each.parts
                changed.append(replace(each, parts=parts))
                before = now if each.is_object else copied(now)
                self._contents[id(each.container)] = replace(each, before=before)
        for key, look in list(self._looks.items()):
            different_parts = look.parts(same_value) if look is not None else None
            if look is not None and different_parts is not None:
                changed.append(Content("", "", look.obj, None, parts=different_parts))
                self._looks[key] = look_at(look.obj)
        return changed

    def actors_above(self, content: Content, live: LiveModule, reader: Unit) -> list[Unit]:
        """The units that act upon a container in this reload, or might, and run before a reader of it."""
        actors = (self._actors if content.module else self._users).get(id(content.container), [])
        others = (each for each in actors if each[1] is not reader)
        return [
            unit
            for other, unit, place in others
            if other.name in self.departing or not self.ordering.is_after(other, place, live, reader)
        ]

    def follows_on(self, content: Content, live: LiveModule, reader: Unit) -> bool:
        """Whether a reader of a container runs after somebody who acted upon it in this reload, or might."""
        is_known = id(content.container) in (self._actors if content.module else self._users)
        return not is_known or bool(self.actors_above(content, live, reader))
