"""Put one object in the place of another, wherever that is held.

It must never change anything otherwise than through the `do` that it is given, and never call code of the user.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any, Final

from autoreload_hooks.compat.behaviours import Refused, is_a
from autoreload_hooks.compat.classes import own_holders
from autoreload_hooks.compat.heap import referents

from .finding import Find, Holder, holders, is_frame
from .mending import mend_class_dict, mend_in_place
from .pairs import Do, Pairs
from .rebuilding import rebuilder

_DEPTH: Final = 4  # tuples in tuples


def replace_everywhere(
    pairs: Pairs, *, do: Do, ignore: Iterable[Any] = (), find: Find = holders, found: list[Holder] | None = None
) -> list[Holder]:
    """Put the new object wherever the old one is held; `pairs`: id of the old one -> (old, new).

    Dictionaries (also of modules, classes and instances), lists, sets, deques, cells, slots, functions' defaults,
    properties, partials and other descriptors are changed in place; tuples, frozensets, bound methods and generic
    aliases are made anew and put where the old ones were. Returns the holders that could not be mended: frames and
    generators (they end with what they have), and objects of C that keep it to themselves.

    `found` are the holders of the old ones, where somebody has looked for them already; only who holds what has to be
    made anew is looked for then.

    What an undone transaction needs is safe: a holder among its records is put back before the record is used.
    """
    unmended: list[Holder] = []
    ignored: list[Any] = [*ignore, pairs, *pairs.values(), unmended]
    for old, _ in pairs.values():
        ignored += own_holders(old) if is_a(old, type) else ()
    for _ in range(_DEPTH):
        if not pairs:
            break
        rebuilt: dict[int, tuple[Any, Any]] = {}
        ignored += [rebuilt]
        if found is None:
            found = find([old for old, _ in pairs.values()], ignore=ignored)
        left = set(map(id, ignored))
        holding = _distinct([each for each in found if id(each.holder) not in left])
        classes = _owners([each.holder for each in holding])
        for each in holding:
            cls = classes.get(id(each.holder))
            if cls is not None:
                mend_class_dict(cls, each.holder, pairs, do)
            else:
                _mend(each, pairs, rebuilt, do, unmended)
        ignored += [found, *rebuilt.values()]
        pairs, found = rebuilt, None
    return unmended


def _distinct(found: list[Holder]) -> list[Holder]:
    """One for each holder: mending looks for all pairs at once."""
    return list({id(each.holder): each for each in found}.values())


def _owners(candidates: list[Any]) -> dict[int, type]:
    """The classes whose own dictionaries are among the holders: those must not be written to behind a class's back."""
    namespaces = [each for each in candidates if type(each) is dict and "__module__" in each]
    wanted = set(map(id, namespaces))
    classes = [each for each in (gc.get_referrers(*namespaces) if namespaces else ()) if is_a(each, type)]
    return {id(held): cls for cls in classes for held in referents(cls) if id(held) in wanted}


def _mend(found: Holder, pairs: Pairs, rebuilt: dict[int, tuple[Any, Any]], do: Do, unmended: list[Holder]) -> None:
    holder = found.holder
    rebuild = rebuilder(holder)
    try:
        if rebuild is not None:
            rebuilt[id(holder)] = holder, rebuild(holder, pairs)
            return
        done = not is_frame(holder) and mend_in_place(holder, pairs, do)
    except (TypeError, ValueError, AttributeError, Refused):  # C code that refuses
        done = False
    if not done:
        unmended.append(found)
