"""When are two values the same, so that the old object may stay?

It must never trust an object: what its `__eq__`, `__hash__` or `__getattr__` raise or return decides nothing.
"""

from __future__ import annotations

import dataclasses
import math
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from functools import partial
from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from re import Pattern
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GenericAlias,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
    UnionType,
)
from typing import Any, Final

from autoreload_hooks.compat.behaviours import ByKind, Kinds, is_a
from autoreload_hooks.compat.layouts import is_python_layout

DEPTH: Final = 60  #: how deep two values are compared; below that they count as different
PARTS: Final = 200_000  #: how many parts of two values are compared; beyond that they count as different

_TRUSTED: Final = Kinds(
    {
        bool, int, str, bytes, bytearray, range, type(None), type(...), type(NotImplemented), slice, memoryview,
        date, datetime, time, timedelta, timezone, Pattern,
        PosixPath, WindowsPath, PurePosixPath, PureWindowsPath,
    }
)  # fmt: skip
"""Types whose `==` says all that there is to say of two objects of the same type."""

_UNCHANGING: Final = Kinds((tuple, frozenset))
_BY_IDENTITY: Final = (type, FunctionType, BuiltinFunctionType, ModuleType, CodeType)
_MISSING: Final = object()


def same_value(old: Any, new: Any, superseded: Collection[int] = ()) -> bool:
    """Are two values equal, of the same type in every part and order?

    What holds an object that another one has taken the place of (`superseded`, by `id`) is not what holds that one.

    NaN is the same as NaN, 0.0 is not -0.0. Functions, classes and modules count by identity; instances of plain
    Python classes by their attributes, where `__eq__` is the one of `object` or was generated, as for a dataclass.
    Whatever else defines an equality of its own counts by identity, unless it is plainly comparable (named tuples and
    numpy arrays, for example).
    """
    try:
        return _Comparison(superseded).same(old, new, DEPTH)
    except (RecursionError, MemoryError):
        return False
    except Exception:  # an object that misbehaves is not the same as anything else
        return False


class _Comparison:
    """One comparison: what has been assumed to be the same so far, and how much has been looked at."""

    def __init__(self, superseded: Collection[int]) -> None:
        self._superseded = superseded
        self._assumed: set[tuple[int, int]] = set()
        self._left = PARTS

    def same(self, old: Any, new: Any, depth: int) -> bool:
        if old is new:
            return True
        kind = type(old)
        if kind is not type(new) or depth <= 0 or self._left <= 0:
            return False
        self._left -= 1
        if kind in _TRUSTED:
            return bool(old == new)
        if kind is float:
            return _same_float(old, new)
        if kind is complex:
            return _same_float(old.real, new.real) and _same_float(old.imag, new.imag)
        if issubclass(kind, _BY_IDENTITY) or (id(old) in self._superseded and kind not in _UNCHANGING):
            return False
        pair = id(old), id(new)
        if pair in self._assumed:  # a cycle: decided where it began
            return True
        self._assumed.add(pair)
        return self._same_parts(kind, old, new, depth - 1)

    def _same_parts(self, kind: type, old: Any, new: Any, depth: int) -> bool:
        compare = _PARTS.get(kind)
        if compare is not None:
            return compare(self, old, new, depth)
        compare = _foreign(kind)
        if compare is not None:
            return compare(self, old, new, depth)
        if _is_plain(kind):
            return self.same_state(old, new, depth)
        if issubclass(kind, tuple) and _lookup(kind, "__iter__") is tuple.__iter__:  # a named tuple
            return self.same_items(old, new, depth) and self.same_state(old, new, depth)
        return False

    def same_items(self, old: Iterable[Any], new: Iterable[Any], depth: int) -> bool:
        """The same items in the same order."""
        ended = object()
        others = iter(new)
        for item in old:
            other = next(others, ended)
            if other is ended or not self.same(item, other, depth):
                return False
        return next(others, ended) is ended

    def same_mapping(self, old: dict[Any, Any], new: dict[Any, Any], depth: int) -> bool:
        """The same keys and values in the same order."""
        return len(old) == len(new) and self.same_items(_flat(old), _flat(new), depth)

    def same_set(self, old: Any, new: Any, depth: int) -> bool:
        """The same elements; their order depends on their hashes, so there is none."""
        if len(old) != len(new):
            return False
        others = {element: element for element in new}
        return all(self.same(element, others.get(element, _MISSING), depth) for element in old)

    def same_state(self, old: Any, new: Any, depth: int) -> bool:
        """The same attributes, in `__dict__` and in slots."""
        return self.same_mapping(_state(old), _state(new), depth)


def _same_float(old: float, new: float) -> bool:
    if math.isnan(old) or math.isnan(new):
        return math.isnan(old) and math.isnan(new)
    return old == new and math.copysign(1, old) == math.copysign(1, new)


def _flat(mapping: dict[Any, Any]) -> Iterator[Any]:
    for key, value in list(mapping.items()):
        yield key
        yield value


def _attributes(*names: str) -> Callable[[_Comparison, Any, Any, int], bool]:
    """A comparison of these attributes."""

    def compare(self: _Comparison, old: Any, new: Any, depth: int) -> bool:
        return all(self.same(getattr(old, name), getattr(new, name), depth) for name in names)

    return compare


_PARTS: Final = ByKind[Callable[[_Comparison, Any, Any, int], bool]](
    {
        tuple: _Comparison.same_items,
        list: _Comparison.same_items,
        dict: _Comparison.same_mapping,
        set: _Comparison.same_set,
        frozenset: _Comparison.same_set,
        OrderedDict: _Comparison.same_mapping,
        Counter: _Comparison.same_mapping,
        MappingProxyType: lambda self, old, new, depth: self.same_mapping(dict(old), dict(new), depth),
        SimpleNamespace: lambda self, old, new, depth: self.same_mapping(vars(old), vars(new), depth),
        UserDict: lambda self, old, new, depth: self.same_mapping(old.data, new.data, depth),
        UserList: _attributes("data"),
        UserString: _attributes("data"),
        ChainMap: _attributes("maps"),
        defaultdict: lambda self, old, new, depth: (
            self.same(old.default_factory, new.default_factory, depth) and self.same_mapping(old, new, depth)
        ),
        deque: lambda self, old, new, depth: old.maxlen == new.maxlen and self.same_items(old, new, depth),
        partial: _attributes("func", "args", "keywords", "__dict__"),
        MethodType: _attributes("__func__", "__self__"),
        GenericAlias: _attributes("__origin__", "__args__"),
        UnionType: _attributes("__args__"),
        staticmethod: _attributes("__func__"),
        classmethod: _attributes("__func__"),
        property: _attributes("fget", "fset", "fdel", "__doc__"),
        dataclasses.Field: lambda self, old, new, depth: self.same_state(old, new, depth),
    }
)
"""How values of exactly this type are compared."""


def _same_array(self: _Comparison, old: Any, new: Any, depth: int) -> bool:
    """Numpy's arrays and scalars: the same dtype, shape and bytes; those of objects count by identity."""
    del self, depth
    return bool(
        old.dtype == new.dtype and not old.dtype.hasobject and old.shape == new.shape and old.tobytes() == new.tobytes()
    )


def _same_alias(self: _Comparison, old: Any, new: Any, depth: int) -> bool:
    """`List[int]`, `Optional[A]`: the same origin around the same arguments."""
    return bool(old.__origin__ is new.__origin__) and self.same_items(old.__args__, new.__args__, depth)


def _foreign(kind: type) -> Callable[[_Comparison, Any, Any, int], bool] | None:
    """How values of a type that few have are compared: known by name, so that nothing needs to be imported."""
    names = ((base.__module__, base.__qualname__) for base in type.__getattribute__(kind, "__mro__"))
    found = _FOREIGN.get(next(names))
    return _same_array if found is None and ("numpy", "generic") in names else found


def _equal(self: _Comparison, old: Any, new: Any, depth: int) -> bool:
    """Where `==` says all that there is to say."""
    del self, depth
    return bool(old == new)


def _same_text(self: _Comparison, old: Any, new: Any, depth: int) -> bool:
    """Where the text says more than `==`: 1.5 is not 1.50."""
    del self, depth
    return str(old) == str(new)


def _same_repr(self: _Comparison, old: Any, new: Any, depth: int) -> bool:
    """Where the text for programmers says all that there is."""
    del self, depth
    return repr(old) == repr(new)


_FOREIGN: Final[dict[tuple[str, str], Callable[[_Comparison, Any, Any, int], bool]]] = {
    ("decimal", "Decimal"): _same_text,
    ("fractions", "Fraction"): _equal,
    ("uuid", "UUID"): _equal,
    ("ipaddress", "IPv4Address"): _equal,
    ("ipaddress", "IPv6Address"): _equal,
    ("ipaddress", "IPv4Network"): _equal,
    ("ipaddress", "IPv6Network"): _equal,
    ("numpy", "ndarray"): _same_array,
    ("pandas", "Timestamp"): _same_repr,
    ("pandas", "Timedelta"): _same_repr,
    ("pandas._libs.tslibs.timestamps", "Timestamp"): _same_repr,
    ("pandas._libs.tslibs.timedeltas", "Timedelta"): _same_repr,
    ("typing", "_GenericAlias"): _same_alias,
    ("typing", "_UnionGenericAlias"): _same_alias,
    ("typing", "_LiteralGenericAlias"): _same_alias,
    ("typing", "ForwardRef"): _attributes("__forward_arg__", "__forward_module__"),
    ("annotationlib", "ForwardRef"): _attributes("__forward_arg__", "__forward_module__"),
}


def _is_plain(kind: type) -> bool:
    """Is an instance of `kind` nothing but its attributes, with an equality of `object` or one that was generated?"""
    if not is_python_layout(kind):
        return False
    equality = _lookup(kind, "__eq__")
    if equality is object.__eq__ or getattr(equality, "__module__", None) == "pydantic.main":
        return True
    own = vars(kind)
    return ("__dataclass_fields__" in own or "__attrs_attrs__" in own) and _is_generated(equality)


def _is_generated(function: Any) -> bool:
    """Did `dataclasses` or attrs write this function? They compile from a string, and wrap what guards recursion."""
    inner = getattr(function, "__wrapped__", function)
    if not is_a(inner, FunctionType):
        return False
    name = inner.__code__.co_filename
    return name == "<string>" or name.startswith("<attrs generated")


def _lookup(kind: type, name: str) -> Any:
    for base in type.__dict__["__mro__"].__get__(kind):
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def _state(obj: Any) -> dict[Any, Any]:
    """The attributes of an instance itself."""
    state: dict[Any, Any] = {}
    for base in type(obj).__mro__:
        for name, member in base.__dict__.items():
            if is_a(member, MemberDescriptorType):
                value = _slot(member, obj)
                if value is not _MISSING:
                    state[base.__qualname__, name] = value
    try:
        state.update(object.__getattribute__(obj, "__dict__"))
    except AttributeError:  # slots only
        return state
    return state


def _slot(member: Any, obj: Any) -> Any:
    try:
        return member.__get__(obj)
    except AttributeError:  # an empty slot
        return _MISSING
