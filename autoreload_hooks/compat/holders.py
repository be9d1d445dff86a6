"""What holds an object, and putting another one in its place there.

It must never change anything otherwise than through the `do` that it is given, and never call code of the user.
"""

from __future__ import annotations

import collections.abc
import functools
import gc
import operator
import sys
import types
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import CellType, FunctionType, GenericAlias, MethodType, ModuleType, UnionType
from typing import Any, Final, Protocol

from autoreload_hooks.compat.behaviours import LAZY_ANNOTATIONS, Refused, is_a
from autoreload_hooks.compat.classes import assign_bases, own_holders
from autoreload_hooks.compat.heap import is_heap_type, references, referents
from autoreload_hooks.compat.layouts import assign_class

_DEPTH: Final = 4  # tuples in tuples
_MANY: Final = 100  # from so many targets on, CPython's own search takes longer
_PACKAGE: Final = __name__.partition(".")[0]
_module: Final[Any] = type.__dict__["__module__"].__get__
_NAMED: Final = (FunctionType, types.BuiltinFunctionType, MethodType, functools._lru_cache_wrapper)
_FRAMES: Final = (types.FrameType, types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)

Pairs = Mapping[int, tuple[Any, Any]]


def name_of(obj: Any) -> str:
    """The qualified name of a class or function, or ""; an instance is not asked, which could run its own code."""
    if issubclass(type(obj), type):
        return str(type.__dict__["__qualname__"].__get__(obj))
    return str(obj.__qualname__) if type(obj) in _NAMED else ""


class Find(Protocol):
    """How the holders of objects are found: `holders`, or where all of them are known to be nearby."""

    def __call__(self, objects: Iterable[Any], *, ignore: Iterable[Any] = ...) -> list[Holder]:
        """Return who holds one of `objects`, but for those in `ignore`."""


class Do(Protocol):
    """How a change is made: `Transaction.do`."""

    def __call__(self, act: Callable[[], object], undo: Callable[[], object]) -> object:
        """Act, and remember how to take it back."""


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """One object that holds another."""

    target: Any  #: what is held
    holder: Any  #: what holds it
    kind: str  #: how: the name of the holder's type, or "class", "instance", "namespace of <module>"

    def __str__(self) -> str:
        if is_a(self.holder, _FRAMES):
            return f"{self.kind} {getattr(_code(self.holder), 'co_qualname', '')}".rstrip()
        name = name_of(self.holder)
        return f"{self.kind} {name}" if name else self.kind


def holders(objects: Iterable[Any], *, ignore: Iterable[Any] = ()) -> list[Holder]:
    """Everything that the garbage collector knows to hold one of `objects`: one pass over the heap.

    Left out are running frames of this package, its own objects, and what is in `ignore` (by identity).
    """
    targets = tuple(objects)
    by_id = {id(target): target for target in targets}
    ignored = {id(targets), id(by_id), id(objects), id(ignore), *map(id, ignore)}
    found: list[Holder] = []
    for holder in _referrers(targets, by_id):
        if id(holder) in ignored or is_ours(holder):
            continue
        if _is_same_tuple(holder, targets) and references(holder) == 1:
            continue  # the arguments of the search itself: nobody but the list of what was found has them
        held = {id(each): each for each in referents(holder)}
        found += [holder_of(target, holder) for key, target in held.items() if key in by_id]
    return found


def _referrers(targets: tuple[Any, ...], by_id: dict[int, Any]) -> list[Any]:
    """Who holds one of the targets: of many of them, each reference is looked up rather than compared with all."""
    if len(targets) < _MANY:
        return gc.get_referrers(*targets) if targets else []
    wanted = by_id.keys()
    asked = (obj for obj in gc.get_objects() if type(obj) is not ModuleType)  # see `referents`; their namespaces are
    return [obj for obj in asked if not wanted.isdisjoint(map(id, gc.get_referents(obj)))]


def holder_of(target: Any, holder: Any) -> Holder:
    """Say of an object that it holds another."""
    return Holder(target, holder, _kind(holder))


def is_held_by(target: Any, holder: Any) -> bool:
    """Whether the garbage collector is told that one object holds another."""
    return any(each is target for each in referents(holder))


def _is_same_tuple(holder: Any, targets: tuple[Any, ...]) -> bool:
    return type(holder) is tuple and tuple(map(id, holder)) == tuple(map(id, targets))


def is_frame(holder: Any) -> bool:
    """Is it a running function, or a generator, which ends with what it has?"""
    return is_a(holder, _FRAMES)


def is_ours(holder: Any) -> bool:
    """Is it a running frame or an object of this package?"""
    if is_a(holder, types.FrameType):
        return str(holder.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE
    module = _module(type(holder)) if is_heap_type(type(holder)) else ""  # anything may have been put there
    return type(module) is str and module.partition(".")[0] == _PACKAGE


def _kind(holder: Any) -> str:
    if issubclass(type(holder), type):
        return "class"
    if type(holder) is dict:
        name = holder.get("__name__")
        module = sys.modules.get(name) if isinstance(name, str) else None
        return f"namespace of {name}" if module is not None and module.__dict__ is holder else "dict"
    return type(holder).__name__


def _code(holder: Any) -> Any:
    return next(
        (getattr(holder, name) for name in ("f_code", "gi_code", "cr_code", "ag_code") if hasattr(holder, name)), None
    )


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
                _mend_class_dict(cls, each.holder, pairs, do)
            else:
                _mend(each, pairs, rebuilt, do, unmended)
        ignored += [found, *rebuilt.values()]
        pairs, found = rebuilt, None
    return unmended


def _distinct(found: list[Holder]) -> list[Holder]:
    """One for each holder: mending looks for all pairs at once."""
    return list({id(each.holder): each for each in found}.values())


def _mend(found: Holder, pairs: Pairs, rebuilt: dict[int, tuple[Any, Any]], do: Do, unmended: list[Holder]) -> None:
    holder = found.holder
    rebuild = _rebuilder(holder)
    try:
        if rebuild is not None:
            rebuilt[id(holder)] = holder, rebuild(holder, pairs)
            return
        done = not is_a(holder, _FRAMES) and _mend_in_place(holder, pairs, do)
    except (TypeError, ValueError, AttributeError, Refused):  # C code that refuses
        done = False
    if not done:
        unmended.append(found)


def _mend_in_place(holder: Any, pairs: Pairs, do: Do) -> bool:
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


def _new(pairs: Pairs, value: Any) -> Any:
    """What stands for `value` from now on."""
    pair = pairs.get(id(value))
    return value if pair is None else pair[1]


# ---- what is changed in place


def _mend_dict(holder: dict[Any, Any], pairs: Pairs, do: Do) -> bool:
    """Values in place; a key only by filling the dictionary anew, for its order."""
    set_item = OrderedDict.__setitem__ if is_a(holder, OrderedDict) else dict.__setitem__
    for key, value in list(dict.items(holder)):
        if id(value) in pairs:
            do(partial(set_item, holder, key, _new(pairs, value)), partial(set_item, holder, key, value))
    if any(id(key) in pairs for key in dict.keys(holder)):
        before = ordered_items(holder)
        after = [(_new(pairs, key), value) for key, value in before]
        do(partial(_refill_dict, holder, after), partial(_refill_dict, holder, before))
    if is_a(holder, defaultdict) and id(holder.default_factory) in pairs:
        _set(holder, "default_factory", _new(pairs, holder.default_factory), do)
    return True


def ordered_items(holder: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The items of a dictionary in its order, none of its keys asked for its hash.

    An `OrderedDict` keeps an order of its own and, to walk it, looks each key up again: `KeyError` where a hash is
    another by now. The garbage collector is told the keys in that order first (`odict_traverse` in
    Objects/odictobject.c).
    """
    items = list(dict.items(holder))
    if not is_a(holder, OrderedDict):
        return items
    places: dict[int, int] = {}
    for each in gc.get_referents(holder):
        places.setdefault(id(each), len(places))
    return sorted(items, key=lambda item: places[id(item[0])])


def _refill_dict(holder: dict[Any, Any], items: list[tuple[Any, Any]]) -> None:
    kind: Any = OrderedDict if is_a(holder, OrderedDict) else dict
    filled = kind(items)  # what a `__hash__` or an `__eq__` of the user's raises shall cost no entry
    kind.clear(holder)
    kind.update(holder, filled)


def _owners(candidates: list[Any]) -> dict[int, type]:
    """The classes whose own dictionaries are among the holders: those must not be written to behind a class's back."""
    namespaces = [each for each in candidates if type(each) is dict and "__module__" in each]
    wanted = set(map(id, namespaces))
    classes = [each for each in (gc.get_referrers(*namespaces) if namespaces else ()) if is_a(each, type)]
    return {id(held): cls for cls in classes for held in referents(cls) if id(held) in wanted}


def _mend_class_dict(cls: type, namespace: dict[str, Any], pairs: Pairs, do: Do) -> None:
    for name, value in list(namespace.items()):
        if id(value) in pairs:
            new = _new(pairs, value)
            do(partial(type.__setattr__, cls, name, new), partial(type.__setattr__, cls, name, value))


def _mend_list(holder: list[Any] | deque[Any], pairs: Pairs, do: Do) -> bool:
    set_item: Any = list.__setitem__ if is_a(holder, list) else deque.__setitem__
    for index, value in enumerate(list(holder)):
        if id(value) in pairs:
            do(partial(set_item, holder, index, _new(pairs, value)), partial(set_item, holder, index, value))
    return True


def _mend_set(holder: set[Any], pairs: Pairs, do: Do) -> bool:
    for value in [value for value in holder if id(value) in pairs]:
        new = _new(pairs, value)
        do(partial(_exchange, holder, value, new), partial(_exchange, holder, new, value))
    return True


def _exchange(holder: set[Any], gone: Any, come: Any) -> None:
    hash(come)  # what has none any more takes nobody's place
    set.discard(holder, gone)
    set.add(holder, come)


def _mend_cell(holder: CellType, pairs: Pairs, do: Do) -> bool:
    return _set(holder, "cell_contents", _new(pairs, holder.cell_contents), do)


def _mend_function(holder: FunctionType, pairs: Pairs, do: Do) -> bool:
    """Its defaults; a closure is a tuple of cells, and cells are holders themselves."""
    done = False
    names = ["__defaults__", "__kwdefaults__", "__doc__", "__module__", *(["__annotate__"] if LAZY_ANNOTATIONS else [])]
    for name in names:
        value = getattr(holder, name)
        if id(value) in pairs:
            done = _set(holder, name, _new(pairs, value), do)
    return done


def _mend_property(holder: property, pairs: Pairs, do: Do) -> bool:
    before = holder.fget, holder.fset, holder.fdel, holder.__doc__
    after = tuple(_new(pairs, value) for value in before)
    initialise: Any = property.__init__
    do(partial(initialise, holder, *after), partial(initialise, holder, *before))
    return after != before


def _mend_wrapper(holder: Any, pairs: Pairs, do: Do) -> bool:
    """A classmethod or staticmethod: initialising the live object again retargets it."""
    kind: Any = classmethod if is_a(holder, classmethod) else staticmethod
    before = holder.__func__
    if id(before) not in pairs:
        return False
    do(partial(kind.__init__, holder, _new(pairs, before)), partial(kind.__init__, holder, before))
    return True


def _mend_partial(holder: functools.partial[Any], pairs: Pairs, do: Do) -> bool:
    state: Any = holder.__reduce__()[2]
    func, args, keywords, namespace = state
    new_args = _new(pairs, args)
    after = _new(pairs, func), tuple(_new(pairs, value) for value in new_args), keywords, namespace
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
    after = tuple(_new(pairs, base) for base in _new(pairs, before))
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
            if isinstance(member, types.MemberDescriptorType):
                done |= _mend_member(holder, member, pairs, do)
    return done


def _mend_member(holder: Any, member: types.MemberDescriptorType, pairs: Pairs, do: Do) -> bool:
    try:
        value = member.__get__(holder, type(holder))
    except AttributeError:  # an empty slot
        return False
    if id(value) not in pairs:
        return False
    do(partial(member.__set__, holder, _new(pairs, value)), partial(member.__set__, holder, value))
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


# ---- what is made anew


def is_rebuilt(holder: Any) -> bool:
    """Whether it is immutable: to hold something else it is made anew, and put where it is held itself."""
    return _rebuilder(holder) is not None


def _rebuilder(holder: Any) -> Callable[[Any, Pairs], Any] | None:
    return _REBUILD.get(type(holder)) or (_rebuild_tuple if is_a(holder, tuple) else None)


def _rebuild_tuple(holder: tuple[Any, ...], pairs: Pairs) -> Any:
    return tuple.__new__(type(holder), [_new(pairs, value) for value in holder])


def _rebuild_frozenset(holder: frozenset[Any], pairs: Pairs) -> Any:
    return frozenset(_new(pairs, value) for value in holder)


def _rebuild_method(holder: MethodType, pairs: Pairs) -> Any:
    return MethodType(_new(pairs, holder.__func__), _new(pairs, holder.__self__))


def _rebuild_alias(holder: GenericAlias, pairs: Pairs) -> Any:
    arguments = tuple(_new(pairs, value) for value in _new(pairs, holder.__args__))
    return GenericAlias(_new(pairs, holder.__origin__), arguments)


def _rebuild_callable(holder: Any, pairs: Pairs) -> Any:
    *given, result = (_new(pairs, value) for value in _new(pairs, holder.__args__))
    return _CALLABLE(_new(pairs, holder.__origin__), (given, result))


def _rebuild_union(holder: UnionType, pairs: Pairs) -> Any:
    return functools.reduce(operator.or_, (_new(pairs, value) for value in _new(pairs, holder.__args__)))


_CALLABLE: Final[Any] = type(collections.abc.Callable[[], None])  # a generic alias of a class of its own
_REBUILD: Final[dict[type, Callable[[Any, Pairs], Any]]] = {
    tuple: _rebuild_tuple,
    frozenset: _rebuild_frozenset,
    MethodType: _rebuild_method,
    GenericAlias: _rebuild_alias,
    _CALLABLE: _rebuild_callable,
    UnionType: _rebuild_union,
}
"""How an immutable holder is made anew, to be put where it is held itself."""
