"""Twins: new objects whose old versions survived. Whoever has caught one gets the survivor, and it vanishes.

It must never search the heap for an object that nobody can have caught.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import (
    BuiltinFunctionType,
    CellType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
)
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import class_references, references, referents, registered_with, unregister_virtual
from autoreload_hooks.compat.behaviours import Kinds, is_a, is_among
from autoreload_hooks.compat.holders import Find, holders, replace_everywhere
from autoreload_hooks.compat.layouts import is_python_layout
from autoreload_hooks.compat.nearby import Nearby
from autoreload_hooks.patching.kinds import full_name, is_class

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

KNOWN: Final = 1  #: the references to a twin that the patcher itself has
_OPEN: Final = Kinds(
    (
        dict,
        list,
        tuple,
        set,
        frozenset,
        partial,
        property,
        classmethod,
        staticmethod,
        FunctionType,
        MethodType,
    )
)
_RUNNING: Final = (FrameType, GeneratorType)
_WEAK_COLLECTIONS: Final = ("weakref", "_weakrefset")

Pairs = Mapping[int, tuple[Any, Any]]


def replace_twins(patcher: Patcher, pairs: Pairs, ignore: list[Any], near: Iterable[Any] = ()) -> None:
    """Have everybody who has caught the first of a pair hold the second instead; look for them in `near` first."""
    for pair in pairs.values():  # no variable of this function may hold a twin while references are counted
        if is_class(pair[0]):
            follow_weak_references(patcher, *pair)
    inner = _inner_references(pairs)
    caught = {key: pair for key, pair in pairs.items() if is_caught(key, pairs, inner)}
    if not caught:
        return
    find = _finder(patcher, caught, pairs, near)
    own = [*ignore, caught, pairs, *pairs.values(), *_own_parts(caught)]
    found = find([new for new, _ in caught.values()], ignore=own)
    lists = {id(each.holder): each.holder for each in found if type(each.holder) is list}
    counts = {key: Counter(map(id, items)) for key, items in lists.items()}
    if not any(not is_a(each.holder, _RUNNING) for each in found):
        return
    unmended = replace_everywhere(caught, do=patcher.tx.do, ignore=[*own, found, lists, *found], find=find, found=found)
    survivors = {id(old) for _, old in caught.values()}
    for key, items in lists.items():
        _drop_repetitions(patcher, items, survivors, counts[key])
    for holder in unmended:
        if not is_a(holder.holder, _RUNNING) and not holder.is_part:
            text = f"{holder} holds another object of this name: make it anew"
            patcher.note("twin-caught", full_name(holder.target), text)


def _finder(patcher: Patcher, caught: Pairs, pairs: Pairs, near: Iterable[Any]) -> Find:
    """Where to look for holders: in `near`, around the twins and their survivors, or else in the whole heap."""
    nearby = Nearby([*near, *(each for pair in pairs.values() for each in pair)])
    own = {id(part) for part in _own_parts(caught)}
    noted = patcher.tx.changes_of(caught)
    known = {key: KNOWN + noted[key] for key in caught}
    return nearby.holders if nearby.knows_holders(known, own) else holders


def is_caught(key: int, pairs: Pairs, inner: Mapping[int, int]) -> bool:
    """May somebody hold a twin besides the patcher and other twins?"""
    twin = pairs[key][0]
    count = class_references(twin) if is_class(twin) else references(twin)
    return count is None or count > KNOWN + inner.get(key, 0)


def _inner_references(pairs: Pairs) -> Counter[int]:
    """How often twins are held by twins, as far as this is easily seen: by wrappers around them, and as members."""
    counts: Counter[int] = Counter()
    seen: set[int] = set()
    waiting = [new for new, _ in pairs.values()]
    while waiting:
        obj = waiting.pop()
        if id(obj) in seen:
            continue
        seen.add(id(obj))
        for part in _parts(obj, pairs[id(obj)][1] if id(obj) in pairs else None):
            counts[id(part)] += 1
            if id(part) in pairs or type(part) is CellType:
                waiting.append(part)
    return counts


def _parts(obj: Any, survivor: Any) -> Iterator[Any]:
    """What a definition or a wrapper holds directly; `survivor` is what goes on instead of it."""
    if is_class(obj):
        taken = set(map(id, type.__dict__["__dict__"].__get__(survivor).values())) if is_class(survivor) else set[int]()
        for value in type.__dict__["__dict__"].__get__(obj).values():
            yield value
            if is_among(type(value), (dict, list)) and id(value) not in taken:  # the books of an enumeration
                yield from referents(value)
        return
    if type(obj) is FunctionType:  # not its defaults, which its survivor may have taken over
        yield from obj.__closure__ or ()
        yield from obj.__dict__.values()
        return
    for part in referents(obj):
        if is_among(type(part), (tuple, dict)):
            yield from referents(part)
        else:
            yield part


def _own_parts(pairs: Pairs) -> Iterator[Any]:
    """What makes a twin what it is: it may go on holding the twin, both will be gone."""
    for new, old in pairs.values():
        yield new
        if is_class(new):
            yield type.__dict__["__mro__"].__get__(new)
            namespace = type.__dict__["__dict__"].__get__(new)
            yield from referents(namespace)
            kept = {id(value) for value in type.__dict__["__dict__"].__get__(old).values()}
            yield from (value for value in namespace.values() if _is_opaque(value) and id(value) not in kept)
        else:
            yield from (part for part in referents(new) if is_among(type(part), (dict, tuple, CellType)))


def _is_opaque(value: Any) -> bool:
    """Is it an object of C, such as a slot, or what a framework has compiled for the class?"""
    return type(value) not in _OPEN and not is_python_layout(type(value))


def _drop_repetitions(patcher: Patcher, items: list[Any], survivors: set[int], before: Counter[int]) -> None:
    """A definition that has entered itself in a list again is in it once, where it was before."""
    places: dict[int, list[int]] = {}
    for place, item in enumerate(items):
        if id(item) in survivors:
            places.setdefault(id(item), []).append(place)
    gone = {place for key, found in places.items() if before[key] for place in found[before[key] :]}
    if gone:
        patcher.tx.guard_list(items)
        items[:] = [item for place, item in enumerate(items) if place not in gone]


# ---- weak references


def follow_weak_references(patcher: Patcher, new: type, old: type) -> None:
    """Weak collections that have caught a class hold the survivor: else it would silently go with its twin."""
    refs: list[Any] = weakref.getweakrefs(new)
    if any(_is_of_abc(ref.__callback__) for ref in refs):
        _register_instead(patcher, new, old)
    for ref in refs:
        callback = ref.__callback__
        for data in _weak_data(callback):
            if type(data) is dict and type(ref) is weakref.KeyedRef:
                key = ref.key
                if data.get(key) is ref:
                    patcher.tx.set_item(data, key, weakref.KeyedRef(old, callback, key))
            elif type(data) is dict and ref in data:
                value = data[ref]
                patcher.tx.del_item(data, ref)
                patcher.tx.set_item(data, weakref.ref(old, callback), value)
            elif type(data) is set and ref in data:
                known = weakref.ref(old, callback)
                if known not in data:
                    patcher.tx.do(partial(data.add, known), partial(data.discard, known))


def _weak_data(callback: Any) -> Iterator[Any]:
    """What a weak collection keeps its references in, by the callback that it has given them.

    The collection is a default of the callback: https://github.com/python/cpython/blob/3.13/Lib/_weakrefset.py
    """
    if type(callback) is FunctionType and callback.__module__ in _WEAK_COLLECTIONS:
        owners: list[Any] = [value() for value in callback.__defaults__ or () if type(value) is weakref.ref]
        yield from (owner.data for owner in owners if hasattr(owner, "data"))


def _register_instead(patcher: Patcher, new: type, old: type) -> None:
    """The survivor is registered with the abstract classes with which the twin is."""
    known = registered_with(old)
    for cls in registered_with(new):
        if all(each is not cls for each in known):
            patcher.tx.do(partial(cls.register, old), partial(unregister_virtual, cls, old))


def _is_of_abc(callback: Any) -> bool:
    """Does a weak reference belong to the registry of an abstract class, which is kept in C?"""
    return type(callback) is BuiltinFunctionType and callback.__name__ == "_destroy"
