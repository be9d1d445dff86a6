"""Instances that cannot move to the class that has taken the place of theirs: another object takes their own place.

It must never leave two of them: unless everybody who holds the old object can be given the new one, the old one stays.
"""

from __future__ import annotations

import weakref
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import references, referents
from autoreload_hooks.compat.behaviours import Kinds, inherits, is_a
from autoreload_hooks.compat.holders import holders, is_frame, replace_everywhere
from autoreload_hooks.patching.instances import fill_objects, has_attribute

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

MOST: Final = 100_000  #: of so many objects all holders are looked for; what undoes it needs memory for each
_BOOKS: Final = 2  # references that are ours: the list of the old objects, and the pair


def remake(patcher: Patcher, objects: list[Any], cls: type) -> list[Any]:
    """Have new instances of `cls`, with the state of `objects`, take their place wherever they are held.

    Nobody but `objects` may hold them on behalf of the reload; those that were replaced go from it.
    Returns the new ones.
    """
    if not objects or len(objects) > MOST or _is_told_its_end(type(objects[0])) or _is_told_its_end(cls):
        return []
    pairs = _known(_twins(objects, cls), objects)
    for each, defaults in patcher.defaults:  # before they are keys of anything
        if inherits(cls, each):
            fill_objects(patcher, [new for _, new in pairs.values()], defaults)
    stuck = _replace(patcher, pairs, objects)
    if stuck:  # then the others without these
        pairs = {key: pair for key, pair in pairs.items() if key not in stuck}
        if _replace(patcher, pairs, objects):
            return []
    objects[:] = [old for old in objects if id(old) not in pairs]
    patcher.inner += [old for old, _ in pairs.values()]  # alive until the commit only
    return [new for _, new in pairs.values()]


def _is_told_its_end(cls: type) -> bool:
    """Would instances be called when they go, for state that goes on living in others?"""
    return any("__del__" in base.__dict__ for base in cls.__mro__)


def _twins(objects: list[Any], cls: type) -> dict[int, tuple[Any, Any]]:
    """By `id`, each of the objects with one that may take its place."""
    found = {}
    for old in objects:
        new = _twin(old, cls)
        if new is None and (len(objects) == 1 or cls.__hash__ is None):  # two that are equal could not both be keys
            new = _blank(old, cls)
        if new is not None:
            found[id(old)] = old, new
    return found


def _twin(old: Any, cls: type) -> Any:
    """An instance of `cls` with the state of another; None where there is more to them than attributes."""
    if weakref.getweakrefcount(old):
        return None
    try:
        object.__new__(type(old))
        new: Any = object.__new__(cls)
    except TypeError:  # based on a class written in C, or abstract
        return None
    slots = _slots(cls)
    state: dict[str, Any] = object.__getattribute__(old, "__dict__") if type(old).__dictoffset__ else {}
    if cls.__dictoffset__ and slots.keys().isdisjoint(state):
        object.__setattr__(new, "__dict__", state)  # the very same: somebody may hold it
    else:
        for name, value in state.items():
            _put(new, slots, name, value)
    for name, member in _slots(type(old)).items():
        try:
            _put(new, slots, name, member.__get__(old))
        except AttributeError:  # an empty one
            continue
    return new


def _blank(old: Any, cls: type) -> Any:
    """What a class that is based on one of Python's own gives without arguments, for an instance that has no state."""
    if weakref.getweakrefcount(old) or _state(old):
        return None
    try:
        object.__new__(type(old))
        base: Any = next(base for base in cls.__mro__ if base in _BLANK)
        return base.__new__(cls)
    except (StopIteration, TypeError):
        return None


_BLANK: Final = Kinds((int, float, str, bytes, tuple, frozenset, list, dict, set))
"""Classes of Python that a class of the user's may come to be based on."""


def _state(obj: Any) -> bool:
    """Has an object attributes, in its dictionary or in slots?"""
    if type(obj).__dictoffset__ and object.__getattribute__(obj, "__dict__"):
        return True
    return any(has_attribute(obj, name) for name in _slots(type(obj)))


def _slots(cls: type) -> dict[str, MemberDescriptorType]:
    """The slots of a class and its bases."""
    members = [item for base in reversed(cls.__mro__) for item in list(base.__dict__.items())]
    return {name: value for name, value in members if is_a(value, MemberDescriptorType)}


def _put(obj: Any, slots: dict[str, MemberDescriptorType], name: str, value: Any) -> None:
    """Set an attribute past the class's own attribute access: in a slot, or the dictionary; it may have neither."""
    if name in slots:
        slots[name].__set__(obj, value)
    elif type(obj).__dictoffset__:
        object.__getattribute__(obj, "__dict__")[name] = value


def _known(pairs: dict[int, tuple[Any, Any]], objects: list[Any]) -> dict[int, tuple[Any, Any]]:
    """The pairs of which every reference to the old object is of a holder that can be given another one."""
    counts = _references_known(pairs, objects)
    known = {}
    for key, pair in pairs.items():
        old = pair[0]
        if references(old) == counts[key]:
            known[key] = pair
    return known


def _references_known(pairs: dict[int, tuple[Any, Any]], objects: list[Any]) -> dict[int, int]:
    """By `id`, how many references to each old object are known."""
    counts = dict.fromkeys(pairs, _BOOKS)
    found = holders([old for old, _ in pairs.values()], ignore=[objects, *pairs.values()])
    for holder in {id(each.holder): each.holder for each in found}.values():
        if not is_frame(holder):  # a function that runs ends with what it has
            for held in referents(holder):
                if id(held) in counts:
                    counts[id(held)] += 1
    return counts


def _replace(patcher: Patcher, pairs: dict[int, tuple[Any, Any]], objects: list[Any]) -> set[int]:
    """Give everybody the new ones. If somebody cannot be given one, everything is as it was: returns what they hold."""
    mark = patcher.tx.mark()
    try:
        unmended = replace_everywhere(pairs, do=patcher.tx.do, ignore=[objects])
    except Exception:  # a `__hash__` of the user's that misbehaves, or the like
        patcher.tx.undo_to(mark)
        return set(pairs)
    if not unmended:
        return set()
    patcher.tx.undo_to(mark)
    held = {id(each) for found in unmended for each in (found.target, *referents(found.holder))}
    return held.intersection(pairs) or set(pairs)  # a tuple of theirs is held where it cannot be replaced
