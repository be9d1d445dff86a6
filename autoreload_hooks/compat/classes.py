"""Changing a class in place: its bases, its metaclass, its attributes, what knows it.

It must never go through a metaclass's own `__setattr__`: that is the user's code, and may refuse (Enum does).
"""

from __future__ import annotations

import abc
import functools
import gc
import typing
import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from types import CellType, FunctionType, GetSetDescriptorType, MemberDescriptorType, WrapperDescriptorType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import LAZY_ANNOTATIONS, Refused, is_a
from autoreload_hooks.compat.heap import count_in, references
from autoreload_hooks.compat.layouts import alike, are_exchangeable, is_python_layout

_DEPTH: Final = 8  # decorators around decorators
_SET_BASES: Final[Any] = type.__dict__["__bases__"].__set__
_SET_CLASS: Final[Any] = object.__dict__["__class__"].__set__


def functions_in(value: Any, depth: int = _DEPTH) -> Iterator[FunctionType]:
    """The functions that `value` stands for: itself, or below descriptors, partials and decorators' closures."""
    if depth == 0:
        return
    if is_a(value, FunctionType):
        yield value
        inner: list[Any] = [content for _, content in cell_contents(value)]
        inner.append(value.__dict__.get("__wrapped__"))
        if LAZY_ANNOTATIONS:
            inner.append(getattr(value, "__annotate__", None))  # dataclasses make one that closes over the class
    elif is_a(value, (classmethod, staticmethod)):
        inner = [value.__func__]
    elif is_a(value, property):
        inner = [value.fget, value.fset, value.fdel]
    elif is_a(value, (functools.partial, functools.partialmethod, functools.cached_property)):
        inner = [value.func]
    else:
        inner = [getattr(value, "__wrapped__", None)] if is_a(value, functools._lru_cache_wrapper) else []
    for each in inner:
        if each is not None and not is_a(each, type):
            yield from functions_in(each, depth - 1)


def wraps_nothing(value: Any) -> bool:
    """Whether `functions_in` would give nothing but `value` itself: a quick answer for most members of a class."""
    return type(value) is FunctionType and value.__closure__ is None and not value.__dict__


def cell_contents(function: FunctionType) -> Iterator[tuple[CellType, Any]]:
    """The closure cells of `function` that are not empty, each with what it holds."""
    for cell in function.__closure__ or ():
        try:
            yield cell, cell.cell_contents
        except ValueError:  # an empty cell: the variable is not bound yet
            continue


def class_cells(values: Iterable[Any], cls: type) -> list[CellType]:
    """The closure cells holding `cls` of the functions that `values` stand for, each once.

    `super()` and `__class__` in a method read a cell that all methods of a class body share; what a decorator writes
    for a class, as the `__setattr__` of a frozen dataclass, has the class in a variable of any name.
    """
    found: dict[int, CellType] = {}
    for value in values:
        for function in functions_in(value):
            found.update((id(cell), cell) for cell, content in cell_contents(function) if content is cls)
    return list(found.values())


def repoint_class_cells(values: Iterable[Any], old: type, new: type) -> Callable[[], None]:
    """Have the functions that `values` stand for mean `new` by `super()` instead of `old`; returns what undoes it."""
    cells = class_cells(values, old)
    _fill(cells, new)
    return partial(_fill, cells, old)


def _fill(cells: Iterable[CellType], content: object) -> None:
    for cell in cells:
        cell.cell_contents = content


def assign_bases(cls: type, bases: tuple[type, ...]) -> Callable[[], None]:
    """Give `cls` other bases; instances and subclasses follow. Returns what undoes it.

    Raises Refused: "layout" where instances would have another shape (also for a class right below `object`, before
    3.15), "mro" where no method resolution order exists, "bases" for anything else; nothing has changed then.
    """
    before = cls.__bases__
    if [*map(id, before)] == [*map(id, bases)]:
        return lambda: None
    try:
        _set_bases(cls, bases)
    except TypeError as error:
        raise Refused(_slug(str(error)), f"{cls.__qualname__}: {error}") from error
    return partial(_set_bases, cls, before)


def _set_bases(cls: type, bases: tuple[type, ...]) -> None:
    """Assign bases; where one takes the place of another that is laid out alike, CPython is told so meanwhile."""
    try:
        _SET_BASES(cls, bases)
    except TypeError:
        first = cls.__base__
        others = [base for base in bases if first is not None and are_exchangeable(first, base)]
        if first is None or not others:
            raise
        with alike(first, others[0]):
            _SET_BASES(cls, bases)


def _slug(message: str) -> str:
    if "layout differs" in message or "deallocator differs" in message:
        return "layout"
    return "mro" if "resolution order" in message or "MRO" in message else "bases"


def assign_metaclass(cls: type, metaclass: type) -> Callable[[], None]:
    """Give `cls` another metaclass; returns what undoes it.

    Raises Refused("metaclass", ...) where CPython does not allow it: from or to `type` itself, another layout, or a
    metaclass that conflicts with one of a base.
    """
    before = type(cls)
    if before is metaclass:
        return lambda: None
    if not all(issubclass(metaclass, type(base)) for base in cls.__bases__):
        raise Refused("metaclass", f"{cls.__qualname__}: {metaclass.__qualname__} conflicts with a base's metaclass")
    try:
        _SET_CLASS(cls, metaclass)
    except TypeError as error:
        raise Refused("metaclass", f"{cls.__qualname__}: {error}") from error
    return partial(_SET_CLASS, cls, before)


def set_class_attribute(cls: type, name: str, value: Any) -> None:
    """Set an attribute past a metaclass's own `__setattr__`. Raises Refused("immutable", ...) for a builtin class."""
    try:
        _of_c(cls, "__setattr__")(cls, name, value)
    except TypeError as error:
        raise Refused("immutable", str(error)) from error


def delete_class_attribute(cls: type, name: str) -> None:
    """Delete an attribute past a metaclass's own `__delattr__`; one that is not there is no error."""
    if name in type.__getattribute__(cls, "__dict__"):
        try:
            _of_c(cls, "__delattr__")(cls, name)
        except TypeError as error:
            raise Refused("immutable", str(error)) from error


def _of_c(cls: type, name: str) -> Callable[..., None]:
    """The nearest method of a metaclass that is written in C: `type`'s own, or that of ctypes from 3.14 on.

    `type.__setattr__` refuses classes whose metaclass sets attributes in C in another way ("can't apply this").
    """
    metaclasses: tuple[type, ...] = type.__dict__["__mro__"].__get__(type(cls))
    methods = (metaclass.__dict__.get(name) for metaclass in metaclasses)
    return next(method for method in methods if is_a(method, WrapperDescriptorType))


def update_abstract_methods(cls: type) -> None:
    """Work out anew which methods of `cls` are abstract, where its metaclass keeps such a list."""
    if is_a(cls, abc.ABCMeta):
        update: Any = abc.update_abstractmethods
        update(cls)


def become_abstract(cls: type) -> Callable[[], None] | None:
    """Give a class whose metaclass has become an `ABCMeta` what that gives each new class; returns what undoes it.

    `ABCMeta.__new__` sets `_abc_impl`, without which no `isinstance` works: https://github.com/python/cpython/blob/3.13/Lib/abc.py
    """
    initialise: Any = getattr(abc, "_abc_init", None)
    if initialise is None or not is_a(cls, abc.ABCMeta) or "_abc_impl" in type.__dict__["__dict__"].__get__(cls):
        return None
    initialise(cls)

    def undo() -> None:
        for name in ("_abc_impl", "__abstractmethods__"):
            type.__delattr__(cls, name)

    return undo


def clear_abc_caches(cls: type) -> None:
    """Have `isinstance(..., cls)` and `issubclass(..., cls)` forget their answers, where `cls` is an abstract class."""
    if is_a(cls, abc.ABCMeta):
        abc.ABCMeta._abc_caches_clear(cls)  # type: ignore[attr-defined]  # https://docs.python.org/3/library/abc.html


def clear_all_abc_caches() -> int:
    """Have every abstract class forget its answers, after a class has got other bases or methods; says how many did.

    Registering a class makes all negative answers invalid, and the caches of `functools.singledispatch` with them.
    """
    _Token.register(type("Registered", (), {}))
    cleared = 0
    for cls in _abstract_classes():
        clear_abc_caches(cls)
        cleared += 1
    return cleared


def _abstract_classes() -> Iterator[abc.ABCMeta]:
    """Every class there is whose metaclass is an `ABCMeta`."""
    waiting: list[type] = [object]
    seen: set[int] = set()
    while waiting:
        subclasses: list[type] = type.__subclasses__(waiting.pop())
        for cls in subclasses:
            if id(cls) not in seen:
                seen.add(id(cls))
                waiting.append(cls)
                if is_a(cls, abc.ABCMeta):
                    yield cls


def registered_with(subclass: type) -> list[abc.ABCMeta]:
    """The abstract classes of which a class is a virtual subclass by `register`."""
    dump: Any = getattr(abc, "_get_dump", None)
    if dump is None:
        return []
    return [cls for cls in _abstract_classes() if any(ref() is subclass for ref in dump(cls)[0])]


def unregister_virtual(cls: type, subclass: type) -> Callable[[], None]:
    """Undo `cls.register(subclass)`; returns what registers it again.

    The registry can only be read and cleared as a whole: https://github.com/python/cpython/blob/3.13/Lib/abc.py
    """
    dump: Any = getattr(abc, "_get_dump", None)
    if dump is None or not is_a(cls, abc.ABCMeta):
        return lambda: None
    registered = [each for ref in dump(cls)[0] if (each := ref()) is not None]
    abc.ABCMeta._abc_registry_clear(cls)  # type: ignore[attr-defined]
    abc.ABCMeta._abc_caches_clear(cls)  # type: ignore[attr-defined]
    for each in registered:
        if each is not subclass:
            abc.ABCMeta.register(cls, each)
    was_registered = any(each is subclass for each in registered)
    return partial(_register, cls, subclass) if was_registered else lambda: None


def _register(cls: Any, subclass: type) -> None:
    abc.ABCMeta.register(cls, subclass)


def clear_typing_caches() -> None:
    """Have `typing` forget the aliases that it has made: `Box[int]` may be an error after `Box` has other parameters.

    The same functions are called by CPython's own tests: https://github.com/python/cpython/blob/3.13/Lib/typing.py
    """
    for forget in getattr(typing, "_cleanups", ()):
        forget()


class _Token(abc.ABC):  # noqa: B024  (only ever registered with)
    """An abstract class of our own, to register with."""


def class_references(*classes: type) -> int | None:
    """How many references to the one class given there are beyond those that an untouched class has.

    A class refers to itself by its method resolution order, by the descriptors that were made for it (`__dict__`,
    `__weakref__`, slots) and by cells of its own methods. Every instance counts as a reference. 0 means that nobody
    has kept the class. The caller must hold it as `references` says. None where nothing can be said.
    """
    if not _is_untouched_known():
        return None
    count = count_in(classes)
    return None if count is None else count - len(own_holders(classes[0]))


def own_holders(cls: type) -> list[Any]:
    """What a class itself makes that refers to it: its order of resolution, its descriptors, cells of its methods."""
    namespace = type.__getattribute__(cls, "__dict__")
    descriptors = [
        value
        for value in namespace.values()
        if is_a(value, (GetSetDescriptorType, MemberDescriptorType)) and value.__objclass__ is cls
    ]
    functions = {id(each): each for value in namespace.values() for each in functions_in(value)}
    cells = {id(cell): cell for each in functions.values() for cell, content in cell_contents(each) if content is cls}
    return [type.__getattribute__(cls, "__mro__"), *descriptors, *cells.values()]


def compiled_for(cls: type) -> list[Any]:
    """What a framework has compiled for a class and put into it under special names: objects of an extension."""
    return [
        value
        for name, value in type.__getattribute__(cls, "__dict__").items()
        if name[:2] == "__" and type(value).__module__ != "builtins" and not is_python_layout(type(value))
    ]


@cache
def _is_untouched_known() -> bool:
    """Does counting come out right for classes that certainly nobody holds, with slots and with `super()`?"""

    class Plain:
        pass

    class Slots:
        __slots__ = ("one", "two")

    class Super:
        def method(self) -> object:
            return super()

    counts = references(Plain), references(Slots), references(Super)
    own = len(own_holders(Plain)), len(own_holders(Slots)), len(own_holders(Super))
    return counts == own


def drop_class(ref: weakref.ref[type]) -> bool:
    """Let go of a class that nobody holds any more: `__subclasses__()` of its bases must not list it.

    A class is always part of a cycle, so only the garbage collector frees it; a new one is found in the youngest
    generations, at little cost. Where it stays alive it is moved below a class of our own, if its layout allows.
    Says whether it is gone or out of the way.
    """
    for generation in (0, 1):
        if ref() is None:
            return True
        gc.collect(generation)
    cls = ref()
    if cls is None:
        return True
    try:
        assign_bases(cls, (_Orphan,))
    except Refused:
        return False
    return True


class _Orphan:
    """The base of classes that were dropped and are still held by somebody."""
