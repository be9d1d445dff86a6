"""Holders that are changed in place: each kind has a way of its own to hold another object.

It must never change anything otherwise than through the `do` that it is given, and never call code of the user.
"""

from __future__ import annotations

import functools
import types
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from functools import partial
from types import CellType, FunctionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import LAZY_ANNOTATIONS, Refused, is_a
from autoreload_hooks.compat.classes import assign_bases
from autoreload_hooks.compat.containers import elements, ordered_items
from autoreload_hooks.compat.heap import is_heap_type
from autoreload_hooks.compat.layouts import assign_class

from .pairs import Do, Pairs, new_for


def mend_in_place(holder: Any, pairs: Pairs, do: Do) -> bool:
    """By its kind, then by its attributes, then by its class: an instance of a subclass of `list` is all three."""
    done = False
    for kind, mend in _MEND.items():
        if is_a(holder, kind):
            done = mend(holder, pairs, do)
            break
    if is_heap_type(type(holder)) and not is_a(holder, type):
        done |= _mend_instance(holder, pairs, do)
    if id(type(holder)) in pairs and is_a(new := pairs[id(type(holder))][1], type):
        done |= _mend_kind(holder, type(holder), new, do)
    return done


def _mend_dict(holder: dict[Any, Any], pairs: Pairs, do: Do) -> bool:
    """Values in place; a key only by filling the dictionary anew, for its order."""
    set_item = OrderedDict.__setitem__ if is_a(holder, OrderedDict) else dict.__setitem__
    for key, value in list(dict.items(holder)):
        if id(value) in pairs:
            do(partial(set_item, holder, key, new_for(pairs, value)), partial(set_item, holder, key, value))
    if any(id(key) in pairs for key in dict.keys(holder)):
        before = ordered_items(holder)
        after = [(new_for(pairs, key), value) for key, value in before]
        do(partial(_refill_dict, holder, after), partial(_refill_dict, holder, before))
    if is_a(holder, defaultdict) and id(holder.default_factory) in pairs:
        _set(holder, "default_factory", new_for(pairs, holder.default_factory), do)
    return True


def _refill_dict(holder: dict[Any, Any], items: list[tuple[Any, Any]]) -> None:
    kind: Any = OrderedDict if is_a(holder, OrderedDict) else dict
    filled = kind(items)  # what a `__hash__` or an `__eq__` of the user's raises shall cost no entry
    kind.clear(holder)
    kind.update(holder, filled)


def mend_class_dict(cls: type, namespace: dict[str, Any], pairs: Pairs, do: Do) -> None:
    """The own dictionary of a class, which must learn of it."""
    for name, value in list(namespace.items()):
        if id(value) in pairs:
            new = new_for(pairs, value)
            do(partial(type.__setattr__, cls, name, new), partial(type.__setattr__, cls, name, value))


def _mend_list(holder: list[Any] | deque[Any], pairs: Pairs, do: Do) -> bool:
    set_item: Any = list.__setitem__ if is_a(holder, list) else deque.__setitem__
    for index, value in enumerate(elements(holder)):
        if id(value) in pairs:
            do(partial(set_item, holder, index, new_for(pairs, value)), partial(set_item, holder, index, value))
    return True


def _mend_set(holder: set[Any], pairs: Pairs, do: Do) -> bool:
    for value in [value for value in holder if id(value) in pairs]:
        new = new_for(pairs, value)
        do(partial(_exchange, holder, value, new), partial(_exchange, holder, new, value))
    return True


def _exchange(holder: set[Any], gone: Any, come: Any) -> None:
    hash(come)  # what has none any more takes nobody's place
    set.discard(holder, gone)
    set.add(holder, come)


def _mend_cell(holder: CellType, pairs: Pairs, do: Do) -> bool:
    return _set(holder, "cell_contents", new_for(pairs, holder.cell_contents), do)


def _mend_function(holder: FunctionType, pairs: Pairs, do: Do) -> bool:
    """Its defaults; a closure is a tuple of cells, and cells are holders themselves."""
    done = False
    names = ["__defaults__", "__kwdefaults__", "__doc__", "__module__", *(["__annotate__"] if LAZY_ANNOTATIONS else [])]
    for name in names:
        value = getattr(holder, name)
        if id(value) in pairs:
            done = _set(holder, name, new_for(pairs, value), do)
    return done


def _mend_property(holder: property, pairs: Pairs, do: Do) -> bool:
    before = holder.fget, holder.fset, holder.fdel, holder.__doc__
    after = tuple(new_for(pairs, value) for value in before)
    initialise: Any = property.__init__
    do(partial(initialise, holder, *after), partial(initialise, holder, *before))
    return after != before


def _mend_wrapper(holder: Any, pairs: Pairs, do: Do) -> bool:
    """A classmethod or staticmethod: initialising the live object again retargets it."""
    kind: Any = classmethod if is_a(holder, classmethod) else staticmethod
    before = holder.__func__
    if id(before) not in pairs:
        return False
    do(partial(kind.__init__, holder, new_for(pairs, before)), partial(kind.__init__, holder, before))
    return True


def _mend_partial(holder: functools.partial[Any], pairs: Pairs, do: Do) -> bool:
    state: Any = holder.__reduce__()[2]
    func, args, keywords, namespace = state
    new_args = new_for(pairs, args)
    after = new_for(pairs, func), tuple(new_for(pairs, value) for value in new_args), keywords, namespace
    set_state: Any = functools.partial.__dict__["__setstate__"]
    do(partial(set_state, holder, after), partial(set_state, holder, state))
    return True


def _mend_cache(holder: Any, pairs: Pairs, do: Do) -> bool:
    """What it remembers of an object that was replaced is no answer any more, and nobody can ask for it."""
    del pairs
    do(holder.cache_clear, bool)  # to be filled again is a matter of time only: nothing to undo
    return True


def _mend_class(holder: type, pairs: Pairs, do: Do) -> bool:
    """A class as a base of another; its own dictionary is another holder."""
    before = holder.__bases__
    after = tuple(new_for(pairs, base) for base in new_for(pairs, before))
    if all(one is other for one, other in zip(before, after, strict=True)):
        return True  # its method resolution order, which follows from the bases
    do(partial(assign_bases, holder, after), partial(assign_bases, holder, before))
    return True


def _mend_instance(holder: Any, pairs: Pairs, do: Do) -> bool:
    """The dictionary and the slots of an instance, read and written past the user's own attribute access."""
    done = False
    cls = type(holder)
    if cls.__dictoffset__:
        namespace = object.__getattribute__(holder, "__dict__")
        if any(id(value) in pairs for value in namespace.values()):
            done = _mend_dict(namespace, pairs, do)
    for base in cls.__mro__:
        for member in list(base.__dict__.values()):
            if is_a(member, types.MemberDescriptorType):
                done |= _mend_member(holder, member, pairs, do)
    return done


def _mend_member(holder: Any, member: types.MemberDescriptorType, pairs: Pairs, do: Do) -> bool:
    try:
        value = member.__get__(holder, type(holder))
    except AttributeError:  # an empty slot
        return False
    if id(value) not in pairs:
        return False
    do(partial(member.__set__, holder, new_for(pairs, value)), partial(member.__set__, holder, value))
    return True


def _mend_kind(holder: Any, old: type, new: type, do: Do) -> bool:
    """An instance of a class that is replaced; a TypeError says that its layout is another.

    CPython would let structures of ctypes have the class of longer ones, and read memory that is not theirs.
    """
    metaclass: Any = type(new)
    if any(kind.__module__ == "_ctypes" for kind in metaclass.__mro__):
        raise Refused("layout", f"{new.__qualname__} is laid out otherwise")
    do(partial(assign_class, holder, new), partial(assign_class, holder, old))
    return True


def _set(holder: Any, name: str, value: Any, do: Do) -> bool:
    do(partial(setattr, holder, name, value), partial(setattr, holder, name, getattr(holder, name)))
    return True


_MEND: Final[dict[Any, Callable[[Any, Pairs, Do], bool]]] = {
    dict: _mend_dict,
    list: _mend_list,
    deque: _mend_list,
    set: _mend_set,
    CellType: _mend_cell,
    FunctionType: _mend_function,
    property: _mend_property,
    classmethod: _mend_wrapper,
    staticmethod: _mend_wrapper,
    functools.partial: _mend_partial,
    functools._lru_cache_wrapper: _mend_cache,
    type: _mend_class,
}
"""How a kind of holder is changed in place; of an instance, its attributes come as well."""
