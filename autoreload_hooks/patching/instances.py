"""Instances of a class that has changed: finding them, moving them, filling what they lack.

It must never search the heap unless something has to be done to instances.
"""

from __future__ import annotations

import dis
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import compress
from types import CodeType, FunctionType, MemberDescriptorType, MethodType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import assign_class
from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.compat.classes import functions_in
from autoreload_hooks.patching.kinds import full_name

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

FEW: Final = 5  #: up to so many classes are looked for among what each object refers to, more of them by its type
MIGRATE: Final = "__autoreload_migrate__"
"""The method that a class may have to be told, for each old instance, which attributes came and went."""

Defaults = Mapping[str, Callable[[Any], Any]]
"""By name, what makes the value of an attribute that an instance lacks."""

_SET: Final = object.__setattr__
_NO_KEEPERS: Final = (FunctionType, MethodType, staticmethod, classmethod, type, MemberDescriptorType)
"""What stands in classes and gives something to those who ask an instance, and keeps nothing in it."""
_BY_TEXT: Final = frozenset({"setattr", "__setattr__", "__dict__", "vars"})
"""What sets an attribute whose name is a text."""


def instances_of(*classes: type) -> list[Any]:
    """The living instances of exactly these classes: one pass over the heap."""
    if not classes:
        return []
    wanted = {id(cls) for cls in classes}
    if len(classes) < FEW:
        return [obj for obj in gc.get_referrers(*classes) if id(type(obj)) in wanted]
    objects = gc.get_objects()
    return list(compress(objects, map(wanted.__contains__, map(id, map(type, objects)))))


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
    metaclass: Any = type(cls)
    if any(kind.__module__ == "_ctypes" for kind in metaclass.__mro__):
        return False  # CPython would allow it, and fields would read memory of others
    try:
        assign_class(obj, cls)
    except TypeError:
        return False
    patcher.tx.on_undo(partial(assign_class, obj, before))
    return True


def fill(patcher: Patcher, cls: type, defaults: Defaults) -> None:
    """Give the instances of `cls`, and of classes below it, the attributes that they lack."""
    if defaults:
        fill_objects(patcher, instances_of(cls, *below(cls)), defaults)


def fill_objects(patcher: Patcher, objects: Iterable[Any], defaults: Defaults) -> None:
    """Give some instances the attributes that they lack."""
    for obj in objects:
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


def drop_stored(patcher: Patcher, cls: type, name: str, old: Any, new: Any) -> None:
    """What a cached property has stored in instances would hide a member of another kind that takes its place."""
    if type(old) is type(new) or not _stores(old):
        return
    for obj in instances_of(cls, *below(cls)):
        state = _own_dict(obj)
        if state is not None:
            patcher.tx.del_item(state, name)


def drop_computed(patcher: Patcher, obj: Any) -> bool:
    """Have an instance forget what its cached properties have computed; whether there was anything."""
    state = _own_dict(obj) or {}
    names = [name for name in state if _stores(_member(type(obj), name))]
    for name in names:
        patcher.tx.del_item(state, name)
    return bool(names)


def computed_names(cls: type, names: Iterable[str]) -> set[str]:
    """Those of some attributes of instances that a member of the class keeps there: a cached property, or any method.

    What stands in the place of a method was put there by somebody.
    """
    kept: set[Any] = set()
    for code in _codes(cls):
        kept.update(_assigned_to_self(code), () if _BY_TEXT.isdisjoint(code.co_names) else code.co_consts)
    return {name for name in names if name in kept or _is_computing(_member(cls, name))}


def _codes(cls: type) -> Iterator[CodeType]:
    """What the methods of a class and its bases run."""
    for base in cls.__mro__[:-1]:
        yield from (function.__code__ for value in base.__dict__.values() for function in functions_in(value))


def _is_computing(member: Any) -> bool:
    kind = type(member)
    return hasattr(kind, "__get__") and not issubclass(kind, _NO_KEEPERS)


def _member(cls: type, name: str) -> Any:
    """What a class or one of its bases has under a name."""
    return next((base.__dict__[name] for base in cls.__mro__ if name in base.__dict__), None)


def _stores(member: Any) -> bool:
    """Does a member of a class keep what it has computed in the instance, under its own name?"""
    return "cached_property" in type(member).__name__ and not hasattr(type(member), "__set__")


# ---- attributes that come and go


def has_migration(cls: type) -> bool:
    """Does the class want to be told, for its old instances, which attributes have changed?"""
    return any(MIGRATE in base.__dict__ for base in cls.__mro__)


def state_names(cls: type, codes: Mapping[int, CodeType]) -> frozenset[str]:
    """The attributes that instances of a class have by its source: fields, slots, and what methods set on `self`.

    `codes` has, by the `id` of a function, the code that it ran before the reload: then the answer is of that time.
    """
    names: set[str] = set()
    for base in cls.__mro__[:-1]:
        namespace = base.__dict__
        names.update(name for name, value in namespace.items() if is_a(value, MemberDescriptorType))
        names.update(namespace.get("__dataclass_fields__", ()))
        names.update(namespace.get("__pydantic_fields__", ()))
        names.update(field.name for field in namespace.get("__attrs_attrs__", ()))
        for value in namespace.values():
            function = value.__func__ if type(value) in (staticmethod, classmethod) else value
            if type(function) is FunctionType:
                names.update(_assigned_to_self(codes.get(id(function), function.__code__)))
    return frozenset(names)


def no_longer_set(cls: type, codes: Mapping[int, CodeType]) -> frozenset[str]:
    """The attributes that methods set on instances before the reload, and none sets now; `codes`: as above."""
    return state_names(cls, codes) - state_names(cls, {})


def _assigned_to_self(code: CodeType) -> Iterator[str]:
    """The attributes that a method sets on its first parameter."""
    first = code.co_varnames[0] if code.co_argcount else None
    loaded = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_ATTR" and loaded == first:
            yield str(instruction.argval)
        argument = instruction.argval
        loaded = argument[-1] if isinstance(argument, tuple) and argument else argument


def owner_of(function: FunctionType) -> type | None:
    """The class that a method belongs to, by its qualified name."""
    found: Any = function.__globals__
    for name in function.__qualname__.split(".")[:-1]:
        found = found.get(name) if is_a(found, dict) else getattr(found, "__dict__", {}).get(name)
    return found if is_a(found, type) else None


@dataclass(frozen=True, slots=True, eq=False)
class Migration:
    """Old instances that are to be told, when everything has run, which attributes came and went."""

    cls: type  #: their class now
    before: frozenset[str]  #: the attributes that they had by the old source
    objects: list[Any] | None  #: the instances; None: those that there are


def migrate(patcher: Patcher, migration: Migration) -> None:
    """Call `__autoreload_migrate__(added, removed)` of each instance, where the attributes have changed."""
    cls = migration.cls
    after = state_names(cls, {})
    added, removed = after - migration.before, migration.before - after
    if not added and not removed:
        return
    objects = instances_of(cls, *below(cls)) if migration.objects is None else migration.objects
    for obj in objects:
        _keep_state(patcher, obj)
        try:
            getattr(obj, MIGRATE)(set(added), set(removed))
        except (Exception, SystemExit) as error:  # the user's own code; the others go on
            patcher.note("migration", full_name(cls), f"{MIGRATE} raised {type(error).__name__}: {error}")


def _keep_state(patcher: Patcher, obj: Any) -> None:
    """What the user's method does to the attributes of an instance can be undone."""
    before = _own_dict(obj)
    if before is not None:
        patcher.tx.guard(before)


def _own_dict(obj: Any) -> dict[str, Any] | None:
    """The dictionary of an instance, asked for past the user's own attribute access."""
    try:
        found = object.__getattribute__(obj, "__dict__")
    except AttributeError:
        return None
    return found if type(found) is dict else None
