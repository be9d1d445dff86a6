"""Enumerations: the class and its members survive, and its books say what the new source says.

It must never ask the class itself for a member: `EnumType` refuses changes, and members may compare as they like.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from autoreload_hooks.compat import Refused
from autoreload_hooks.compat.behaviours import ByKind, is_a
from autoreload_hooks.compat.heap import is_heap_type
from autoreload_hooks.patching.classes import are_classes, become, merge_header, set_attribute
from autoreload_hooks.patching.flags import combinations, combined
from autoreload_hooks.patching.frameworks import rebuild_users
from autoreload_hooks.patching.inherited import all_members, namespace
from autoreload_hooks.patching.instances import move
from autoreload_hooks.patching.kinds import How, Kind
from autoreload_hooks.patching.layouts import replace_class
from autoreload_hooks.patching.values import same_value
from autoreload_hooks.transaction import MISSING, ChangedAttribute

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

_MEMBERS: Final = "_member_map_"
_VALUES: Final = "_value2member_map_"
_LISTS: Final = ("_member_names_", "_unhashable_values_", "_hashable_values_")
_BOOKS: Final = frozenset({_MEMBERS, _VALUES, *_LISTS, "_unhashable_values_map_"})
"""What an enumeration writes about its members; which of them there are depends on the version of Python."""

_PAYLOADS: Final = ByKind[Callable[[Any], Any]](
    {
        int: int.__int__,
        float: float.__float__,
        complex: complex.__pos__,
        str: lambda member: str.__getitem__(member, slice(None)),
        bytes: lambda member: bytes.__getitem__(member, slice(None)),
        tuple: lambda member: tuple.__getitem__(member, slice(None)),
    }
)
"""What a member is, besides its attributes, where an enumeration mixes in one of these types."""


def are_enums(old: Any, new: Any) -> bool:
    """Are both enumerations, or flags?"""
    return are_classes(old, new) and issubclass(type(old), enum.EnumMeta) and issubclass(type(new), enum.EnumMeta)


def merge_enums(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Keep the class and its members; where the class cannot stay, its members move to the new one."""
    mark = patcher.tx.mark()
    pairs = _pairs(patcher, old, new)
    before, after = namespace(old), namespace(new)
    names = frozenset({*(before[_MEMBERS].keys() - after.keys()), *after[_MEMBERS]})
    try:
        merge_header(patcher, old, new)
    except Refused as refused:
        patcher.tx.undo_to(mark)
        _merge_members(patcher, old, new, new, pairs, how)
        return replace_class(patcher, old, new, how, refused.reason)
    become(patcher, old, new, how, ignore=_BOOKS | names)
    _merge_members(patcher, old, new, old, pairs, how)
    rebuild_users(patcher, old)
    return old


ENUM: Final = Kind(
    name="Enum, Flag and their kin",
    matches=are_enums,
    merge=merge_enums,
    survives="the old class and its old members",
    how="Members get their new values and attributes; members are added, removed, reordered, made aliases and renamed "
    "with the old name as an alias; combined flags follow the flags that they are made of, and may get or lose a name.",
    refused="A member that is also a number or a text, and has another value: it is a new object, and who holds "
    "the old one is given it; a member that is a number is a new object also when it comes back after it was taken "
    "out. Another mixed-in type: the new class survives, with the old members where possible.",
)


def own_members(cls: type) -> dict[str, Any]:
    """The members of an enumeration by name, without aliases."""
    return {name: member for name, member in namespace(cls)[_MEMBERS].items() if member._name_ == name}


# ---- which old members a new one follows


def _pairs(patcher: Patcher, old: type, new: type) -> list[_Pair]:
    """Each new member with the old ones that it follows, while both classes are as their statements made them.

    By its name; else by an alias, of either version: the usual way to rename a member is to leave the old name as an
    alias. A combination of flags may have become a member, and the other way round.
    """
    mine, theirs = own_members(old), own_members(new)
    pairs = {id(member): _Pair(member, [mine[name]] if name in mine else []) for name, member in theirs.items()}
    taken = {id(member) for name, member in mine.items() if name in theirs}
    for name, member in namespace(new)[_MEMBERS].items():
        before = namespace(old)[_MEMBERS].get(name)
        if before is not None and id(before) not in taken:
            taken.add(id(before))
            pairs[id(member)].olds.append(before)
    for name, member in theirs.items():
        before = patcher.departed.find(old.__module__, f"{old.__qualname__}.{name}")
        if not pairs[id(member)].olds and before is not MISSING and id(before) not in taken:
            taken.add(id(before))
            pairs[id(member)].olds.append(before)
    for member, twin in combinations(old, new, [each for each in mine.values() if id(each) not in taken]):
        if id(member) not in taken:
            pairs.setdefault(id(twin), _Pair(twin, [])).olds.append(member)
    return list(pairs.values())


class _Pair(NamedTuple):
    """A new member, or combination of flags, and the old ones of which it takes the place; the first may survive."""

    new: Any
    olds: list[Any]


# ---- the members


def _merge_members(patcher: Patcher, old: type, new: type, target: type, pairs: list[_Pair], how: How) -> None:
    """Write the books of `target` (one of the two) so that they say what `new` says, of old members where possible."""
    others = [] if issubclass(new, enum.Flag) else [each for each in combined(old) if each._name_ is None]
    before, after = namespace(old), namespace(new)
    survivors = {id(pair.new): _survivor(patcher, old, pair, target, how.left(old) or ()) for pair in pairs}

    def stays(member: Any) -> Any:
        return survivors.get(id(member), member)

    members = {name: stays(member) for name, member in after[_MEMBERS].items()}
    kept = {id(pair.new._value_): survivors[id(pair.new)]._value_ for pair in pairs}  # an equal value is the old one
    values = {kept.get(id(value), value): stays(member) for value, member in after[_VALUES].items()}
    values |= {each._value_: each for each in others if each._value_ not in values and _join(patcher, each, target)}
    stay = {id(member) for member in members.values()}
    for name in before[_MEMBERS].keys() - members.keys():
        if target is old:
            _remove(patcher, old, name, before[_MEMBERS][name], is_there=name in after, stays=stay)
    for name, value in after.items():
        if name in members:
            _enter(patcher, target, name, value, stays)
    books = {**{name: after[name] for name in _BOOKS if name in after}, _MEMBERS: members, _VALUES: values}
    books |= {name: [kept.get(id(value), value) for value in books[name]] for name in _LISTS if name in books}
    for name, book in books.items():
        _write_book(patcher, namespace(target)[name], book)


def _remove(patcher: Patcher, cls: type, name: str, member: Any, *, is_there: bool, stays: Collection[int]) -> None:
    """A name is no member's any more; something else may stand there now."""
    if id(member) not in stays:
        patcher.departed.note(cls.__module__, f"{cls.__qualname__}.{name}", member)
    if not is_there and name in namespace(cls):
        patcher.tx.del_class_attr(cls, name)
    patcher.changed_attributes.append(ChangedAttribute(cls, name))


def _survivor(patcher: Patcher, old: type, pair: _Pair, target: type, left: Collection[str]) -> Any:
    """The member that is to stand in the books for a new one; the others of which it takes the place are replaced."""
    new = pair.new
    survivor = next((each for each in pair.olds if _same_payload(each, new) and _join(patcher, each, target)), MISSING)
    if survivor is MISSING or namespace(old)[_MEMBERS].get(new._name_) is not survivor:
        patcher.changed_attributes.append(ChangedAttribute(old, new._name_))
    if survivor is MISSING:
        survivor = _moved(patcher, new, target)
    else:
        _update(patcher, survivor, new, target, left)
    patcher.replaced += [(each, survivor) for each in pair.olds if each is not survivor]
    if survivor is not new:
        patcher.remember(new, survivor)
    return survivor


def _payload(member: Any) -> Any:
    """What a member is besides its attributes; MISSING where it is nothing else. Raises Refused."""
    for base in type(member).__mro__[:-1]:
        if base in _PAYLOADS:
            return _PAYLOADS[base](member)
        if not is_heap_type(base):  # another builtin type
            raise Refused("enum-payload", f"its members are {base.__name__} objects")
    return MISSING


def _same_payload(old: Any, new: Any) -> bool:
    try:
        return same_value(_payload(old), _payload(new))
    except Refused:
        return same_value(old._value_, new._value_)


def _join(patcher: Patcher, member: Any, target: type) -> bool:
    return type(member) is target or move(patcher, member, target)


def _moved(patcher: Patcher, member: Any, target: type) -> Any:
    """A new member as a member of `target`: itself, or made again where its class cannot be assigned (3.11)."""
    if not _join(patcher, member, target):
        base = next(base for base in type(member).__mro__ if base in _PAYLOADS)
        made: Any = base.__new__(target, _payload(member))
        made.__dict__.update(member.__dict__)
        member = made
    if member.__dict__.get("__objclass__", target) is not target:
        member.__dict__["__objclass__"] = target
    return member


def _update(patcher: Patcher, old: Any, new: Any, target: type, left: Collection[str]) -> None:
    """Give an old member the name, the value and the attributes of the new one."""
    mine, theirs = old.__dict__, dict(new.__dict__)
    if "__objclass__" in theirs:  # not a combination of flags
        theirs["__objclass__"] = target
    is_renamed, has_value = old._name_ != new._name_, same_value(old._value_, new._value_)
    if not has_value:
        patcher.changed_attributes.append(ChangedAttribute(target, new._name_))
    if is_renamed or not (has_value or is_hashed_by_name(target)):
        patcher.hashed.append(target)
    for name, value in theirs.items():
        before = mine.get(name, MISSING)
        if before is not value and not same_value(before, value):
            patcher.tx.set_item(mine, name, value)
    for name in mine.keys() - theirs.keys():
        if (
            is_renamed or not has_value or name == "_inverted_" or name in left
        ):  # the rest may have been stored by a property that is still right
            patcher.tx.del_item(mine, name)


def is_hashed_by_name(cls: type) -> bool:
    """Does the hash of the members go by their names, as that of plain enumerations?"""
    return all_members(*cls.__mro__).get("__hash__") is enum.Enum.__dict__["__hash__"]


def _enter(patcher: Patcher, target: type, name: str, value: Any, stays: Callable[[Any], Any]) -> None:
    """Set a member as an attribute of its class; a property stands for it where a base has one of this name."""
    before = namespace(target).get(name, MISSING)
    if is_a(value, enum.property):
        member = getattr(value, "member", None)
        if member is not None and stays(member) is not member:
            patcher.tx.set_attr(value, "member", stays(member))
        if is_a(before, enum.property) and getattr(before, "member", None) is getattr(value, "member", None):
            return
        survivor: Any = value
    else:
        survivor = stays(value)
    if survivor is not before:
        set_attribute(patcher, target, name, survivor)


def _write_book(patcher: Patcher, book: Any, content: Any) -> None:
    """Have a list or dictionary of an enumeration hold this, in place: `__members__` shows it to everybody."""
    if book is content:
        return
    if type(book) is list:
        before = list(book)
        patcher.tx.do(partial(_fill_list, book, list(content)), partial(_fill_list, book, before))
    else:
        patcher.tx.do(partial(_fill_dict, book, dict(content)), partial(_fill_dict, book, dict(book)))


def _fill_list(book: list[Any], content: list[Any]) -> None:
    book[:] = content


def _fill_dict(book: dict[Any, Any], content: dict[Any, Any]) -> None:
    """Fill without ever leaving out a key that stays: other threads may be looking."""
    if not all(key in book for key in book):  # a value has another hash than when it was put in
        book.clear()
    for key in [key for key in book if key not in content]:
        del book[key]
    if list(book) == list(content)[: len(book)]:
        book.update(content)
        return
    for key, value in content.items():
        book.pop(key, None)
        book[key] = value
