"""Plain containers that a unit makes: what they hold is merged side by side.

It must never ask a key of the user's for its hash or its equality.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.behaviours import Kinds, is_among
from autoreload_hooks.patching.kinds import How, Kind
from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

MANY: Final = 10_000  #: a container with more entries is a table of data, not of definitions
_PLAIN_KEYS: Final = Kinds((str, int, bytes, type(None), bool))


def are_containers(old: Any, new: Any) -> bool:
    """Are both lists, tuples or dictionaries of a size that a person would write?"""
    return type(old) is type(new) and is_among(type(old), (list, tuple, dict)) and len(old) < MANY and len(new) < MANY


def merge_containers(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Merge the entries; the old container stays if it then equals the new one."""
    if type(new) is dict:
        for key, value in new.items():
            before = old.get(key, MISSING) if type(key) in _PLAIN_KEYS else MISSING
            if before is not MISSING:
                new[key] = patcher.part(before, value, how)
    elif len(old) == len(new):
        parts = [patcher.part(mine, theirs, how) for mine, theirs in zip(old, new, strict=True)]
        if type(new) is list:
            new[:] = parts
        elif any(part is not theirs for part, theirs in zip(parts, new, strict=True)):
            new = tuple(parts)
    return patcher.equal_or_new(old, new)


CONTAINER: Final = Kind(
    name="list, tuple, dictionary",
    matches=are_containers,
    merge=merge_containers,
    survives="the old container if the new one is equal, otherwise the new one, with old functions and classes in it",
    how="Entries at the same place or under the same key are merged; a value is equal only if it is of the same type "
    "and order in every part.",
    refused="Containers with ten thousand entries or more, and entries of lists whose length has changed: the new "
    "entries are bound.",
)
