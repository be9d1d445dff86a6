"""Enumerations: the class and its members survive, and its books say what the new source says.

It must never ask the class itself for a member: `EnumType` refuses changes, and members may compare as they like.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterator
from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import Refused
from autoreload_hooks.compat.behaviours import ByKind, is_a
from autoreload_hooks.compat.heap import is_heap_type
from autoreload_hooks.patching.classes import are_classes, become, merge_header, set_attribute
from autoreload_hooks.patching.inherited import namespace
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
    names = frozenset({*namespace(old)[_MEMBERS], *namespace(new)[_MEMBERS]})
    try:
        merge_header(patcher, old, new)
    except Refused as refused:
        patcher.tx.undo_to(mark)
        _merge_members(patcher, old, new, new, how)
        return replace_class(patcher, old, new, how, refused.reason)
    become(patcher, old, new, how, ignore=_BOOKS | names)
    _merge_members(patcher, old, new, old, how)
    return old


ENUM: Final = Kind(
    name="Enum, Flag and their kin",
    matches=are_enums,
    merge=merge_enums,
    survives="the old class and its old members",
    how="Members get their new values and attributes; members are added, removed, reordered and made aliases; "
    "combined flags follow the flags that they are made of.",
    refused="A member that is also a number or a text, and has another value: it is a new object, and who holds "
    "the old one is given it; a member that is a number is a new object also when it comes back after it was taken "
    "out. Another mixed-in type: the new class survives, with the old members where possible.",
)


def own_members(cls: type) -> dict[str, Any]:
    """The members of an enumeration by name, without aliases."""
    return {name: member for name, member in namespace(cls)[_MEMBERS].items() if member._name_ == name}


def _merge_members(patcher: Patcher, old: type, new: type, target: type, how: How) -> None:
    """Write the books of `target` (one of the two) so that they say what `new` says, of old members where possible."""
    combined = list(_combined(old))
    survivors = dict(_survivors(patcher, old, new, target, how.left(old) or ()))
    before, after = namespace(old), namespace(new)

    def stays(member: Any) -> Any:
        return survivors.get(id(member), member)

    members = {name: stays(member) for name, member in after[_MEMBERS].items()}
    values = {value: stays(member) for value, member in after[_VALUES].items()}
    for member in combined:
        if _follow_parts(patcher, member, members, target):
            values.setdefault(member._value_, member)
    for name in before[_MEMBERS].keys() - members.keys():
        if target is old and name in namespace(old):
            patcher.departed.note(old.__module__, f"{old.__qualname__}.{name}", before[_MEMBERS][name])
            patcher.tx.del_class_attr(old, name)
            patcher.changed_attributes.append(ChangedAttribute(old, name))
    for name, value in after.items():
        if name in members:
            _enter(patcher, target, name, value, stays)
    books = {**{name: after[name] for name in _BOOKS if name in after}, _MEMBERS: members, _VALUES: values}
    for name, book in books.items():
        _write_book(patcher, namespace(target)[name], book)


def _survivors(
    patcher: Patcher, old: type, new: type, target: type, left: Collection[str]
) -> Iterator[tuple[int, Any]]:
    """For each new member, by id, the member that is to stand in the books."""
    mine = own_members(old)
    for name, member in own_members(new).items():
        before = mine.get(name)
        if before is None:
            before = patcher.departed.find(old.__module__, f"{old.__qualname__}.{name}")
            patcher.changed_attributes.append(ChangedAttribute(old, name))
        if before is not MISSING and _same_payload(before, member) and _join(patcher, before, target):
            _update(patcher, before, member, target, left)
            survivor = before
        else:
            survivor = _moved(patcher, member, target)
            patcher.changed_attributes.append(ChangedAttribute(old, name))
            if before is not MISSING:
                patcher.replaced.append((before, survivor))
        if survivor is not member:
            patcher.remember(member, survivor)
        yield id(member), survivor


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
    if member.__objclass__ is not target:
        member.__dict__["__objclass__"] = target
    return member


def _update(patcher: Patcher, old: Any, new: Any, target: type, left: Collection[str]) -> None:
    """Give an old member the value and the attributes of the new one."""
    mine, theirs = old.__dict__, {**new.__dict__, "__objclass__": target}
    changed = not same_value(old._value_, new._value_)
    if changed:
        patcher.changed_attributes.append(ChangedAttribute(target, new._name_))
    for name, value in theirs.items():
        before = mine.get(name, MISSING)
        if before is not value and not same_value(before, value):
            patcher.tx.set_item(mine, name, value)
    for name in mine.keys() - theirs.keys():
        if (
            changed or name == "_inverted_" or name in left
        ):  # the rest may have been stored by a property that is still right
            patcher.tx.del_item(mine, name)


def _combined(cls: type) -> Iterator[Any]:
    """The combinations of flags that have been asked for so far."""
    named = {id(member) for member in namespace(cls)[_MEMBERS].values()}
    yield from (member for member in namespace(cls)[_VALUES].values() if id(member) not in named)


def _follow_parts(patcher: Patcher, member: Any, members: dict[str, Any], target: type) -> bool:
    """Have a combination of flags follow its parts; False if one of them is gone, or it cannot follow."""
    names = (member._name_ or "").split("|") if member._name_ else []
    if not all(name in members for name in names):
        return False
    value = reduce(or_, (members[name]._value_ for name in names)) if names else member._value_
    if value != member._value_ and not _same_payload_as(member, value):
        return False
    if not _join(patcher, member, target):
        return False
    if value != member._value_:
        patcher.tx.set_item(member.__dict__, "_value_", value)
    patcher.tx.del_item(member.__dict__, "_inverted_")
    return True


def _same_payload_as(member: Any, value: Any) -> bool:
    """May a combination get another value? Not if it is itself a number."""
    payload = _payload(member)
    return payload is MISSING or same_value(payload, value)


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
    for key in [key for key in book if key not in content]:
        del book[key]
    if list(book) == list(content)[: len(book)]:
        book.update(content)
        return
    for key, value in content.items():
        book.pop(key, None)
        book[key] = value
