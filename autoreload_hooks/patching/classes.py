"""Classes: the old one becomes its new version, and its instances follow at no cost.

It must never call a metaclass's or a class's own `__setattr__`, and never touch an attribute that does not differ.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Collection
from contextlib import suppress
from enum import EnumType
from functools import partial
from types import GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import (
    LAZY_ANNOTATIONS,
    Refused,
    assign_bases,
    assign_metaclass,
    become_abstract,
    clear_typing_caches,
    functions_in,
    repoint_class_cells,
    set_class_attribute,
    update_abstract_methods,
)
from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.patching.functions import follow_lines, is_function, is_other_name
from autoreload_hooks.patching.inherited import OF_THE_CLASS, all_members, namespace, note_inherited
from autoreload_hooks.patching.instances import Migration, below, drop_stored, has_migration, instances_of, state_names
from autoreload_hooks.patching.kinds import HASH, How, Kind, full_name, is_class
from autoreload_hooks.patching.layouts import replace_class, same_layout
from autoreload_hooks.patching.members import moved_functions, replace_member
from autoreload_hooks.patching.relabelled import labels_of, relabel
from autoreload_hooks.patching.values import same_value
from autoreload_hooks.transaction import MISSING, ChangedAttribute

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher


def are_classes(old: Any, new: Any) -> bool:
    """Are both classes?"""
    return is_class(old) and is_class(new)


def merge_classes(patcher: Patcher, old: type, new: type, how: How) -> type:
    """Have `old` become `new`; where CPython does not allow that, `new` takes the place of `old`."""
    mark = patcher.tx.mark()
    try:
        merge_header(patcher, old, new)
    except Refused as refused:
        patcher.tx.undo_to(mark)
        survivor = replace_class(patcher, old, new, how, refused.reason)
        _replace_members(patcher, old, new)
        _keep_what_others_set(patcher, old, new, how)
        return survivor
    become(patcher, old, new, how)
    return old


def become(patcher: Patcher, old: type, new: type, how: How, *, ignore: frozenset[str] = frozenset()) -> None:
    """Give `old`, which has the bases of `new`, everything else that makes a class; old instances are told."""
    if has_migration(new):
        patcher.migrations.append(Migration(old, state_names(old, patcher.codes_before), None))
    if namespace(old).keys() != namespace(new).keys():
        patcher.asks_anew = True
    if namespace(old).get("__parameters__", ()) != namespace(new).get("__parameters__", ()):
        clear_typing_caches()
    labels = labels_of(old)
    merge_members(patcher, old, new, how, ignore=ignore)
    finish_class(patcher, old, new)
    relabel(patcher, old, new, labels)  # also what evaluates the annotations


CLASS: Final = Kind(
    name="class",
    matches=are_classes,
    merge=merge_classes,
    survives="the old class, and with it all instances and subclasses",
    how="Attributes are set, removed and changed where they differ, past the metaclass. Methods keep their identity; "
    "`super()` in new methods means the old class. Bases and metaclass are assigned where CPython allows it, "
    "a metaclass to the classes below as well.",
    refused="Other slots, another builtin base, bases straight under `object` before Python 3.15, `type` to another "
    "metaclass (as for a class that becomes abstract) and back: the new class survives, and subclasses and "
    "instances move to it. Of instances with other slots, new ones with the same attributes take the place; those with "
    "attributes and another builtin base, or that somebody holds who cannot be given another one, stay, run the new "
    "methods, and are reported.",
)


# ---- bases and metaclass


def merge_header(patcher: Patcher, old: type, new: type) -> None:
    """Give `old` the metaclass and the bases of `new`. Raises Refused."""
    if not same_layout(old, new):
        raise Refused("layout", "its instances are laid out differently in memory")
    if is_a(old, EnumType) != is_a(new, EnumType):
        raise Refused("layout", "one of the two is an enumeration")
    metaclass = patcher.survivor(type(new))
    if type(old) is not metaclass:
        _set_metaclass(patcher, old, metaclass)
    bases = tuple(patcher.survivor(base) for base in new.__bases__)
    if len(bases) != len(old.__bases__) or any(a is not b for a, b in zip(old.__bases__, bases, strict=True)):
        before = all_members(*old.__mro__[1:])
        patcher.tx.on_undo(assign_bases(old, bases))
        note_inherited(patcher, old, before, all_members(*old.__mro__[1:]))
        patcher.changed_attributes.append(ChangedAttribute(old, "__bases__"))
        patcher.asks_anew = True
        if issubclass(old, ABCMeta):
            _complete_abstract(patcher, instances_of(old, *below(old)))


def _set_metaclass(patcher: Patcher, cls: type, metaclass: type) -> None:
    """Give a class another metaclass, and the classes below it that had it from there."""
    before: type = type(cls)
    patcher.tx.on_undo(assign_metaclass(cls, metaclass))
    changed = [cls]
    for each in below(cls):
        if type(each) is before:
            try:
                patcher.tx.on_undo(assign_metaclass(each, _most_derived(each.__bases__)))
            except Refused as refused:
                text = f"keeps its metaclass {before.__qualname__} ({refused.reason}): run its definition again"
                patcher.note("subclass-stays", full_name(each), text)
            else:
                changed.append(each)
    _complete_abstract(patcher, changed)
    old, new = all_members(*before.__mro__), all_members(*metaclass.__mro__)
    for name in old.keys() | new.keys():
        if not is_special(name) and old.get(name) is not new.get(name):
            patcher.changed_attributes.append(ChangedAttribute(cls, name))  # found in the class as well
    if any(old.get(name) is not new.get(name) for name in ("__new__", "__init__", "__prepare__", "__call__")):
        patcher.changed_attributes.append(ChangedAttribute(cls, "__class__"))


def _most_derived(bases: tuple[type, ...]) -> type:
    """The metaclass that a class with these bases gets by itself."""
    found: type = type(bases[0])
    for base in bases[1:]:
        found = type(base) if issubclass(type(base), found) else found
    return found


def _complete_abstract(patcher: Patcher, classes: Collection[type]) -> None:
    """Classes whose metaclass has become an `ABCMeta`, or is another, have what that gives to new classes."""
    for each in sorted(classes, key=lambda cls: len(cls.__mro__)):
        undo = become_abstract(each)
        if undo is not None:
            patcher.tx.on_undo(undo)


# ---- members


def merge_members(patcher: Patcher, old: type, new: type, how: How, *, ignore: frozenset[str] = frozenset()) -> None:
    """Set, change and remove the attributes of `old` so that they are those of `new`."""
    left = how.left(old)
    before, after = namespace(old), namespace(new)
    for name, value in after.items():
        if name in OF_THE_CLASS or name in ignore or is_layout_descriptor(value, new):
            continue
        mine = before.get(name, MISSING)
        if mine is MISSING and name == "__firstlineno__" and how.keep(old.__qualname__, "__module__", value):
            continue  # Python has deleted it when somebody set `__module__`, which stays
        if mine is MISSING:
            survivor = _returned(patcher, old, name, value, how)
        elif is_other_name(name, mine, value, before, after):
            survivor = patcher.survivor(value)
        else:
            survivor = _member(patcher, old, name, mine, value, how)
        if survivor is mine and id(mine) in patcher.changed and not is_function(mine):
            patcher.changed_attributes.append(ChangedAttribute(old, name, mine))
        if survivor is not mine:
            if name == "__module__":
                _expect_no_line(patcher, old, before)
            set_attribute(patcher, old, name, survivor)
            drop_stored(patcher, old, name, mine, survivor)
    for name, value in before.items():
        gone = name not in after and name not in OF_THE_CLASS and name not in ignore
        if gone and not is_layout_descriptor(value, old) and _goes(old, name, value, left, how):
            delete_attribute(patcher, old, name)
            drop_stored(patcher, old, name, value, MISSING)


def _goes(cls: type, name: str, value: Any, left: Collection[str] | None, how: How) -> bool:
    """Does an attribute that the new statement does not give go? A special name may be a mark of somebody else's."""
    if is_special(name) and how.keep(cls.__qualname__, name, value):
        return False
    return is_left_by_unit(cls, name, value, left)


def _returned(patcher: Patcher, cls: type, name: str, new: Any, how: How) -> Any:
    """What is added to a class: a method that an earlier edit took out, and that somebody still holds, returns."""
    old = patcher.departed.find(cls.__module__, f"{cls.__qualname__}.{name}")
    return patcher.survivor(new) if old is MISSING else patcher.part(old, new, how)


def _expect_no_line(patcher: Patcher, cls: type, before: dict[str, Any]) -> None:
    """From 3.13 on Python deletes `__firstlineno__` of a class whose `__module__` is set: it has to be set again."""
    line = before.pop("__firstlineno__", MISSING)
    if line is not MISSING:
        patcher.tx.on_undo(partial(set_class_attribute, cls, "__firstlineno__", line))


def _keep_what_others_set(patcher: Patcher, old: type, new: type, how: How) -> None:
    """What the old class keeps as its state, or was given from outside, goes over to the class that takes its place."""
    left, after, written = how.left(old), namespace(new), _written_for(old)
    for name, value in namespace(old).items():
        if name in written or name in OF_THE_CLASS or is_layout_descriptor(value, old):
            continue
        if is_special(name):
            if name not in after and how.keep(old.__qualname__, name, value):
                patcher.tx.set_class_attr(new, name, value)
        elif name in after:
            now = after[name]
            if type(old) is not type(new) and type(value) is not type(now):
                continue  # the other metaclass has made something of it, as a member of an enumeration
            if now is not value and how.keep(old.__qualname__, name, now) and _is_kept(old, value, now):
                set_class_attribute(new, name, value)  # nothing to undo: the class goes then
        elif not is_left_by_unit(old, name, value, left):
            patcher.tx.set_class_attr(new, name, value)


def _replace_members(patcher: Patcher, old: type, new: type) -> None:
    """Where an enumeration is none any more, what the class has under their names takes the place of its members."""
    if is_a(old, EnumType) and not is_a(new, EnumType):
        members: dict[str, Any] = dict(old.__members__)
        patcher.replaced += [(each, namespace(new)[name]) for name, each in members.items() if name in namespace(new)]


def _written_for(cls: type) -> Collection[str]:
    """What an enumeration or a named tuple has besides what its statement says."""
    if is_a(cls, EnumType):
        return [name for name in namespace(cls) if name.startswith("_") or name in cls.__members__]
    if issubclass(cls, tuple) and "_fields" in namespace(cls):
        return _OF_NAMED_TUPLES.union(namespace(cls)["_fields"])
    return ()


_OF_NAMED_TUPLES: Final = frozenset({"_asdict", "_field_defaults", "_fields", "_make", "_replace"})


def _member(patcher: Patcher, cls: type, name: str, old: Any, new: Any, how: How) -> Any:
    """The survivor of a class attribute."""
    if old is new:
        return old
    if name in MAPPING_BOOKS and type(old) is type(new) and type(old).__module__.startswith("sqlalchemy."):
        return old  # all tables and mappers stand in there
    if how.keep(cls.__qualname__, name, new):
        if is_state(old) and is_state(new):
            follow_lines(patcher, old, new)
            if how.made(new):  # a default of a method may hold it as well
                patcher.remember(new, old)
        if _is_kept(cls, old, new):
            return old
    place = f"{cls.__qualname__}.{name}"
    survivor = patcher.part(old, new, how._replace(place=place))
    if survivor is old and how.made(new):
        patcher.remember(new, old)  # an equal one, which a metaclass may have put into its books
    if survivor is not old and place in patcher.defined:
        replace_member(patcher, patcher.defined[place], old, survivor)
    elif survivor is not old:
        patcher.replaced += moved_functions(old, survivor, place)
    return survivor


MAPPING_BOOKS: Final = ("_sa_registry", "registry", "metadata")
"""Where a declarative base of SQLAlchemy has its tables and mappers, as long as they are the same kind of books."""


def _is_kept(cls: type, old: Any, new: Any) -> bool:
    """Is a class attribute state, or a function of somebody else's, that the statement would not have given?"""
    if is_state(old) and is_state(new):
        return True
    return is_from_elsewhere(cls, old) and not are_from_one_place(old, new)


def is_state(value: Any) -> bool:
    """Is it plain data, neither a definition nor a descriptor?"""
    kind = type(value)
    names = ("__get__", "__set__", "__delete__", "__set_name__")
    return not is_class(value) and not any(name in base.__dict__ for base in kind.__mro__ for name in names)


def is_left_by_unit(cls: type, name: str, value: Any, left: Collection[str] | None) -> bool:
    """Did the old class body or a decorator leave this attribute, rather than somebody afterwards?

    What a body binds may be known (`left`), what decorators and metaclasses add is not: special names and methods
    of this class are theirs; other data is not, because a class may keep its state there.
    """
    if left is None:
        return not is_from_elsewhere(cls, value)
    return name in left or is_special(name) or _is_method_of(cls, value)


def is_special(name: str) -> bool:
    """Is it a name of Python's own, or of one of the libraries that act like Python?"""
    return name.startswith("__") and name.endswith("__")


def _is_method_of(cls: type, value: Any) -> bool:
    return any(
        function.__module__ == cls.__module__ and function.__qualname__.startswith(cls.__qualname__ + ".")
        for function in functions_in(value)
    )


def is_from_elsewhere(cls: type, value: Any) -> bool:
    """Is it a function that was written in another module: a patch of the user's, a mock?"""
    function = getattr(value, "__func__", value) if type(value) in (staticmethod, classmethod) else value
    if not is_function(function):
        return False
    return bool(function.__globals__.get("__name__") != cls.__module__ and function.__module__ != cls.__module__)


def are_from_one_place(old: Any, new: Any) -> bool:
    """Are both functions that one module made, for one `def`? Then the class body itself puts such a function there."""
    one, other = (value.__func__ if is_a(value, (classmethod, staticmethod)) else value for value in (old, new))
    return (
        is_function(one)
        and is_function(other)
        and one.__globals__ is other.__globals__
        and (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)
    )


def is_layout_descriptor(value: Any, cls: type) -> bool:
    """Is it a slot, or another descriptor that belongs to the memory layout of this very class?"""
    if is_a(value, (MemberDescriptorType, GetSetDescriptorType)):
        return value.__objclass__ is cls
    return type(value).__module__ == "_ctypes"  # CField; before 3.14 it does not say whose it is


def set_attribute(patcher: Patcher, cls: type, name: str, value: Any) -> None:
    """Set an attribute of a class past its metaclass."""
    before = namespace(cls).get(name, MISSING)
    if name == HASH:
        patcher.hashed.append(cls)
    patcher.tx.set_class_attr(cls, name, value)
    patcher.changed_attributes.append(ChangedAttribute(cls, name, before))


def delete_attribute(patcher: Patcher, cls: type, name: str) -> None:
    """Delete an attribute of a class past its metaclass."""
    before = namespace(cls).get(name, MISSING)
    if name == HASH:
        patcher.hashed.append(cls)
    patcher.departed.note(cls.__module__, f"{cls.__qualname__}.{name}", before)
    patcher.tx.del_class_attr(cls, name)
    patcher.changed_attributes.append(ChangedAttribute(cls, name, before))


# ---- what a class is besides its attributes


def finish_class(patcher: Patcher, old: type, new: type) -> None:
    """Annotations, `super()`, abstract methods, caches: what follows from the members."""
    merge_annotations(patcher, old, new)
    merge_names(patcher, old, new)
    point_cells(new, old)
    _merge_abstract(patcher, old, new)


def merge_names(patcher: Patcher, old: type, new: type) -> None:
    """The names of a class are not in its dictionary."""
    for name in ("__name__", "__qualname__"):
        mine, theirs = (type.__dict__[name].__get__(cls) for cls in (old, new))
        if mine != theirs:
            setter = type.__dict__[name].__set__
            setter(old, theirs)
            undone = mine
            patcher.tx.on_undo(lambda setter=setter, undone=undone: setter(old, undone))  # type: ignore[misc]


def merge_annotations(patcher: Patcher, old: type, new: type) -> None:
    """The annotations of a class, without evaluating those that are lazy."""
    before, after = namespace(old), namespace(new)
    if not LAZY_ANNOTATIONS:
        mine, theirs = (entries.get("__annotations__", MISSING) for entries in (before, after))
        if theirs is MISSING:  # a class without annotations has no empty dictionary either
            if mine is not MISSING:
                patcher.tx.del_class_attr(old, "__annotations__")
                patcher.asks_anew |= is_a(old, ABCMeta)
        elif not same_value(mine, theirs):
            patcher.tx.set_class_attr(old, "__annotations__", theirs)
            patcher.changed_faces.append((old, "__annotations__"))
            patcher.asks_anew |= is_a(old, ABCMeta)  # a protocol asks for what it has annotated
        return
    if any(before.get(name) is not after.get(name) for name in _ANNOTATIONS):
        patcher.asks_anew |= is_a(old, ABCMeta)
        _annotate(old, after)
        patcher.tx.on_undo(lambda: _annotate(old, before))
        patcher.changed_faces.append((old, "__annotations__"))


_ANNOTATIONS: Final = ("__annotate_func__", "__annotations__", "__annotations_cache__")


def _annotate(cls: type, entries: dict[str, Any]) -> None:
    """Write annotations the way `type` does, so that what was evaluated before is forgotten."""
    if "__annotations__" in entries:
        set_class_attribute(cls, "__annotations__", entries["__annotations__"])
        return
    if any(name in namespace(cls) for name in _ANNOTATIONS):
        set_class_attribute(cls, "__annotations__", {})  # what has not been evaluated could not be deleted
        with suppress(TypeError):  # a metaclass of C keeps the empty dictionary
            type.__delattr__(cls, "__annotations__")
    if "__annotate_func__" in entries:
        set_class_attribute(cls, "__annotate__", entries["__annotate_func__"])


def point_cells(twin: type, survivor: type) -> None:
    """Have `super()` and `__class__` in new methods mean the class that survives.

    Nothing to undo: no function of the old version closes over a cell that holds the twin.
    """
    repoint_class_cells([*namespace(twin).values(), *namespace(survivor).values()], twin, survivor)


def _merge_abstract(patcher: Patcher, old: type, new: type) -> None:
    """Which methods are abstract, here and in subclasses."""
    mine, theirs = (namespace(cls).get("__abstractmethods__", MISSING) for cls in (old, new))
    if mine is not MISSING or theirs is not MISSING:
        if theirs is MISSING:
            patcher.tx.del_class_attr(old, "__abstractmethods__")
        elif mine != theirs:
            patcher.tx.set_class_attr(old, "__abstractmethods__", theirs)
            for cls in below(old):
                update_abstract_methods(cls)
