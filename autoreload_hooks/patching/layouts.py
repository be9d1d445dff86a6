"""Classes that cannot become their new version: the new one takes their place.

It must never leave an instance between two classes: it moves as a whole, or stays and is reported.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import CellType, FunctionType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import Refused, assign_bases, functions_in, repoint_class_cells, update_abstract_methods
from autoreload_hooks.compat.behaviours import ByKind, Kinds, is_a
from autoreload_hooks.patching.functions import is_other_name
from autoreload_hooks.patching.inherited import all_members
from autoreload_hooks.patching.instances import (
    Migration,
    below,
    fill,
    has_migration,
    instances_of,
    move,
    state_names,
)
from autoreload_hooks.patching.kinds import HASH, How, full_name, is_class
from autoreload_hooks.patching.remaking import remake
from autoreload_hooks.transaction import MISSING, ChangedAttribute

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher


_ON_SUBCLASS: Final = "__init_subclass__"


def same_layout(old: type, new: type) -> bool:
    """Are instances of both laid out alike in memory, as far as the classes themselves decide that?"""
    return _layout(old) == _layout(new)


def _layout(cls: type) -> tuple[object, ...]:
    members = {name for name, value in cls.__dict__.items() if is_a(value, MemberDescriptorType)}
    return members, cls.__basicsize__, cls.__itemsize__, bool(cls.__dictoffset__), bool(cls.__weakrefoffset__)


def replace_class(patcher: Patcher, old: type, new: type, how: How, reason: str) -> type:
    """Have `new` take the place of `old`: for its subclasses, its instances, and `super()` in its methods.

    Instances of a class before `old`, which could not become those of `old`, may become those of `new`: an edit that is
    taken back finds them again.
    """
    _keep_wrappers(patcher, old, new, how)
    values = [*old.__dict__.values(), *new.__dict__.values()]
    patcher.tx.on_undo(repoint_class_cells(values, old, new))
    _move_subclasses(patcher, old, new)
    before = state_names(old, patcher.codes_before) if has_migration(new) else None
    patcher.moves.append(Move(old, new, reason, before))
    again = [each for each in patcher.departed.left(new) if each is not old and same_layout(each, new)]
    patcher.moves += [Move(each, new, reason, None) for each in again]
    return new


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """The instances of a class that are to become instances of the one that has taken its place."""

    old: type
    new: type
    reason: str  #: why the old class could not become the new one
    before: frozenset[str] | None  #: the attributes that instances had by the old source, if they want to be told


def move_instances(patcher: Patcher, *, last: bool = False) -> None:
    """Do all moves that have been put off: the heap is passed over once for all of them.

    Instances that cannot be moved now may later, when what holds them has been made anew: until the `last` time.
    """
    moves, patcher.moves = patcher.moves, []
    if last:
        moves, patcher.unfinished = patcher.unfinished + moves, []
    if not moves:
        return
    instances: dict[int, list[Any]] = {}
    for obj in instances_of(*(each.old for each in moves)):
        instances.setdefault(id(type(obj)), []).append(obj)
    obj = None  # whoever counts references counts this one
    for each in moves:
        moved, left = _move(patcher, each, instances.pop(id(each.old), []))
        instances.setdefault(id(each.new), []).extend(moved)  # which may have been replaced as well since
        if left and last:
            what = f"{left} of its instances cannot follow" if left > 1 else "an instance of it cannot follow"
            patcher.note("instances-stay", full_name(each.new), f"{what}, as {each.reason}: make them anew")
        elif left:
            patcher.unfinished.append(each)
    for cls, defaults in patcher.defaults:  # also for instances of subclasses that were moved since
        fill(patcher, cls, defaults)


def _move(patcher: Patcher, this: Move, objects: list[Any]) -> tuple[list[Any], int]:
    """Move the instances of one class; returns those that could be moved, and how many could not."""
    moved: list[Any] = []
    left: list[Any] = []
    replaced = {id(old) for old, _ in patcher.replaced}
    while objects:
        if move(patcher, objects[-1], this.new):
            moved.append(objects.pop())
        elif id(objects[-1]) in replaced:  # a member of an enumeration that has a new one
            objects.pop()
        else:
            left.append(objects.pop())
    moved += remake(patcher, left, this.new)
    if moved and type.__getattribute__(this.new, HASH) is not object.__hash__:
        patcher.hashed.append(this.new)
    if left or type.__subclasses__(this.old):
        _lend_methods(patcher, this.old, this.new)
    if this.before is not None:
        patcher.migrations.append(Migration(this.new, this.before, moved))
    return moved, len(left)


def _keep_wrappers(patcher: Patcher, old: type, new: type, how: How) -> None:
    """Members of the old class that can become their new version go into the new class, so that holders follow."""
    for name, value in list(new.__dict__.items()):
        mine = old.__dict__.get(name, MISSING)
        if mine is value or not is_code(value) or is_generated(value):
            continue
        if is_other_name(name, mine, value, old.__dict__, new.__dict__):
            continue
        survivor = patcher.part(mine, value, how)
        if survivor is mine:
            patcher.tx.set_class_attr(new, name, mine)


def _move_subclasses(patcher: Patcher, old: type, new: type) -> None:
    """Classes that derive from the old one, wherever they were made, derive from the new one."""
    direct: list[type] = list(type.__subclasses__(old))
    for cls in direct:
        bases = tuple(new if base is old else base for base in cls.__bases__)
        before = all_members(*cls.__mro__[1:]).get(_ON_SUBCLASS)
        try:
            patcher.tx.on_undo(assign_bases(cls, bases))
        except Refused as refused:
            patcher.stays.append((cls, old, refused.reason))
            continue
        if all_members(*cls.__mro__[1:]).get(_ON_SUBCLASS) is not before:  # it was called, or will be, for those below
            patcher.changed_attributes.append(ChangedAttribute(cls, _ON_SUBCLASS))
    for each in below(new):
        update_abstract_methods(each)


def make_stays_again(patcher: Patcher) -> None:
    """Make the subclasses anew that could not leave a class which was replaced, and whose statement did not run again.

    They are of a cell, or a function made them. Where that is not possible they are told of.
    """
    survivors: dict[int, Any] = {id(old): new for old, new in patcher.replaced}

    def survivor(cls: Any) -> Any:
        for _ in range(len(survivors)):  # what took the place of a class may have been replaced as well
            cls = survivors.get(id(cls), cls)
        return cls

    while patcher.stays:
        cls, base, reason = patcher.stays.pop(0)
        if id(cls) in survivors or not any(each is base for each in cls.__bases__):
            continue
        new = class_again(cls, tuple(map(survivor, cls.__bases__)))
        if new is None:
            text = f"still derives from the old {base.__qualname__} ({reason}): run its definition again"
            patcher.note("subclass-stays", full_name(cls), text)
            continue
        survivors[id(cls)] = new
        patcher.tx.on_undo(repoint_class_cells(list(new.__dict__.values()), cls, new))
        _move_subclasses(patcher, cls, new)
        patcher.moves.append(Move(cls, new, reason, None))
        patcher.replaced.append((cls, new))


def class_again(cls: type, bases: tuple[Any, ...]) -> type | None:
    """A class with the members of another on other bases; None where code of the user's takes part in making it."""
    members = cls.__dict__
    if not all(map(is_class, bases)):
        return None
    above = [base for each in (cls, *bases) for base in each.__mro__ if base is not object]
    if type(cls) not in Kinds((type, ABCMeta)) or any(_ON_SUBCLASS in base.__dict__ for base in above):
        return None
    if any(hasattr(type(each), "__set_name__") and type(each) is not cached_property for each in members.values()):
        return None
    made = {"__dict__", "__weakref__", "__abstractmethods__", "__slotnames__", "_abc_impl"}
    namespace = {
        name: value
        for name, value in members.items()
        if name not in made and not (is_a(value, MemberDescriptorType) and value.__objclass__ is cls)
    }
    try:
        return type(cls)(cls.__name__, bases, {**namespace, "__qualname__": cls.__qualname__})
    except (TypeError, ValueError):  # bases that cannot be together
        return None


# ---- for instances that must stay what they are


def is_code(value: Any) -> bool:
    """Is it a function, a class, or one of Python's own descriptors around a function?"""
    return type(value) in _REBUILD or is_class(value)


def is_generated(value: Any) -> bool:
    """Was this method written by a decorator such as `dataclass`, for the fields of one class only?"""
    return any(function.__code__.co_filename.startswith("<") for function in functions_in(value))


def _lend_methods(patcher: Patcher, old: type, new: type) -> None:
    """Let instances that stay with the old class run the new methods; generated ones only fit the new fields."""
    for name, value in list(new.__dict__.items()):
        if type(value) not in _REBUILD or is_generated(value) or name in ("__new__", "__init_subclass__"):
            continue
        copy = _REBUILD[type(value)](value, new, old)
        if copy is not old.__dict__.get(name):
            patcher.tx.set_class_attr(old, name, copy)


def _for_class(value: Any, cls: type, meant: type) -> Any:
    """A function whose `super()` means another class; the function itself if it does not ask."""
    if type(value) is not FunctionType or "__class__" not in value.__code__.co_freevars:
        return value
    names = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
    closure = tuple(CellType(meant) if name == "__class__" else cell for name, cell in names)
    copy = FunctionType(value.__code__, value.__globals__, value.__name__, value.__defaults__, closure)
    copy.__kwdefaults__ = value.__kwdefaults__
    copy.__qualname__ = value.__qualname__
    copy.__doc__ = value.__doc__
    copy.__dict__.update(value.__dict__)
    del cls
    return copy


_REBUILD: Final = ByKind[Callable[[Any, type, type], Any]](
    {
        FunctionType: _for_class,
        staticmethod: lambda value, cls, meant: _same_or(value, staticmethod, _for_class(value.__func__, cls, meant)),
        classmethod: lambda value, cls, meant: _same_or(value, classmethod, _for_class(value.__func__, cls, meant)),
        property: lambda value, cls, meant: property(
            _for_class(value.fget, cls, meant),
            _for_class(value.fset, cls, meant),
            _for_class(value.fdel, cls, meant),
            value.__doc__,
        ),
    }
)
"""How a member is made anew for another class."""


def _same_or(value: Any, kind: Callable[[Any], Any], function: Any) -> Any:
    return value if function is value.__func__ else kind(function)
