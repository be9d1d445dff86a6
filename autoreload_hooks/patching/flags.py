"""Combinations of flags, which the class makes when they are asked for, and keeps.

It must never put one into the old class: what the new class makes of the same flags is what there is to follow.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any

from autoreload_hooks.patching.inherited import namespace


def combined(cls: type) -> Iterator[Any]:
    """What has no name among the members: the combinations of flags that have been asked for so far."""
    members = namespace(cls)
    named = {id(member) for member in members["_member_map_"].values()}
    unnamed = {id(each): each for each in members["_value2member_map_"].values() if id(each) not in named}
    yield from unnamed.values()


def combinations(old: type, new: type, nameless: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """The combinations of flags of the old class, each with what the new class has for the same flags.

    `nameless` are members that are none any more: what had been a name for several flags is a combination then.
    """
    if not (issubclass(old, enum.Flag) and issubclass(new, enum.Flag)):
        return
    named = [each for each in nameless if not is_bit(each._value_) and not each._value_ & ~_bits(old)]
    for member in [*combined(old), *named]:
        value = _value_now(old, new, member._value_)
        twin = None if value is None else _asked(new, value)
        if twin is not None:
            yield member, twin


def is_bit(value: int) -> bool:
    """Is it one flag, and no combination?"""
    return value > 0 and not value & (value - 1)


def _bits(cls: type) -> int:
    """All flags of a class that have a name."""
    values = (member._value_ for member in namespace(cls)["_member_map_"].values())
    return reduce(or_, filter(is_bit, values), 0)


def _value_now(old: type, new: type, value: int) -> int | None:
    """The value of the same flags in the new class; None if one of them is gone. Bits without a name stay."""
    before, after = (namespace(cls)["_member_map_"] for cls in (old, new))
    now = value & ~_bits(old)
    for name, member in before.items():
        if is_bit(member._value_) and member._value_ & value and member._name_ == name:
            if name not in after:
                return None
            now |= after[name]._value_
    return int(now)


def _asked(cls: Any, value: int) -> Any:
    """What a class of flags has for a value; None if it refuses it, or gives a plain number."""
    known = namespace(cls)["_value2member_map_"].get(value)
    if known is not None:
        return known
    try:
        made = enum.Flag._missing_.__func__(cls, value)  # type: ignore[attr-defined]
    except ValueError:
        return None
    return made if type(made) is cls else None
