"""Instances of a class that has changed: finding them, moving them, filling what they lack.

It must never search the heap unless something has to be done to instances.
"""

from __future__ import annotations

import dis
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.patching.kinds import full_name

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

MIGRATE: Final = "__autoreload_migrate__"
"""The method that a class may have to be told, for each old instance, which attributes came and went."""

_SET_CLASS: Final[Any] = object.__dict__["__class__"].__set__
_SET: Final = object.__setattr__


def instances_of(*classes: type) -> list[Any]:
    """The living instances of exactly these classes: one pass over the heap."""
    wanted = {id(cls) for cls in classes}
    return [obj for obj in gc.get_referrers(*classes) if id(type(obj)) in wanted] if classes else []


def below(cls: type) -> list[type]:
    """All classes below `cls`, bases first."""
    found: dict[int, type] = {}
    waiting: list[type] = list(type.__subclasses__(cls))
    while waiting:
        each = waiting.pop(0)
        if id(each) not in found:
            found[id(each)] = each
            waiting += type.__subclasses__(each)
    return list(found.values())


def move(patcher: Patcher, obj: Any, cls: type) -> bool:
    """Have an instance belong to another class, past its own `__setattr__`; says whether its layout allowed it."""
    before = type(obj)
    try:
        _SET_CLASS(obj, cls)
    except TypeError:
        return False
    patcher.tx.on_undo(partial(_SET_CLASS, obj, before))
    return True


def fill(patcher: Patcher, cls: type, defaults: Mapping[str, Callable[[Any], Any]]) -> None:
    """Give the instances of `cls`, and of classes below it, the attributes that they lack."""
    if not defaults:
        return
    for obj in instances_of(cls, *below(cls)):
        for name, default in defaults.items():
            if not has_attribute(obj, name):
                _fill(patcher, obj, name, default)


def has_attribute(obj: Any, name: str) -> bool:
    """Has an instance got an attribute, without asking its `__getattr__`?"""
    try:
        object.__getattribute__(obj, name)
    except AttributeError:
        return False
    except Exception:  # a property that fails is there
        return True
    return True


def _fill(patcher: Patcher, obj: Any, name: str, default: Callable[[Any], Any]) -> None:
    try:
        _SET(obj, name, default(obj))
    except Exception as error:  # the user's own factory; the others go on
        patcher.note("no-default", f"{full_name(type(obj))}.{name}", f"an old instance could not be given one: {error}")
        return
    patcher.tx.on_undo(partial(object.__delattr__, obj, name))


# ---- attributes that come and go


def has_migration(cls: type) -> bool:
    """Does the class want to be told, for its old instances, which attributes have changed?"""
    return any(MIGRATE in base.__dict__ for base in cls.__mro__)


def state_names(cls: type) -> frozenset[str]:
    """The attributes that instances of a class have by its source: fields, slots, and what methods set on `self`."""
    names: set[str] = set()
    for base in cls.__mro__[:-1]:
        namespace = base.__dict__
        names.update(name for name, value in namespace.items() if isinstance(value, MemberDescriptorType))
        names.update(namespace.get("__dataclass_fields__", ()))
        names.update(namespace.get("__pydantic_fields__", ()))
        names.update(field.name for field in namespace.get("__attrs_attrs__", ()))
        for value in namespace.values():
            function = getattr(value, "__func__", value)
            if type(function) is FunctionType and function.__code__.co_argcount:
                names.update(_assigned_to_self(function.__code__))
    return frozenset(names)


def _assigned_to_self(code: CodeType) -> Iterator[str]:
    """The attributes that a method sets on its first parameter."""
    first = code.co_varnames[0]
    loaded = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_ATTR" and loaded == first:
            yield str(instruction.argval)
        argument = instruction.argval
        loaded = argument[-1] if isinstance(argument, tuple) and argument else argument


def migrate(patcher: Patcher, cls: type, objects: Iterable[Any], before: frozenset[str], after: frozenset[str]) -> None:
    """Call `__autoreload_migrate__(added, removed)` of each object, where the attributes of its class have changed."""
    added, removed = set(after - before), set(before - after)
    if not added and not removed:
        return
    for obj in objects:
        _keep_state(patcher, obj)
        try:
            getattr(cls, MIGRATE)(obj, set(added), set(removed))
        except Exception as error:  # the user's own code; the others go on
            patcher.note("migration", full_name(cls), f"{MIGRATE} raised {type(error).__name__}: {error}")


def _keep_state(patcher: Patcher, obj: Any) -> None:
    """What the user's method does to the attributes of an instance can be undone."""
    before = getattr(obj, "__dict__", None)
    if type(before) is dict:
        patcher.tx.guard(before)
