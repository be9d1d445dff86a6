"""What modules look like, as plain data that can be compared between processes.

Everything is pictured once; where it is met again stands the path of the first time. So two pictures are equal only if
the same names hold the same code and values, and if what is one object in the one is one object in the other.
Only the standard library is used here: a fresh process that has nothing else takes pictures as well.
"""

from __future__ import annotations

import functools
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

Shape = Any
"""Plain data: strings, lists and dictionaries with strings as keys."""

MINE = "user_"
"""Names that begin like this were put there by the user of a session; a fresh process cannot know them."""

OF_THE_IMPORT_SYSTEM = frozenset({"__builtins__", "__cached__", "__file__", "__loader__", "__path__", "__spec__"})
OF_PYTHON = frozenset(
    {"__dict__", "__weakref__", "__annotations_cache__", "__abstractmethods__", "__slotnames__", "_abc_impl"}
)
LAZY = hasattr(FunctionType, "__annotate__")
"""Annotations are computed when asked for (3.14+): then their code is pictured, for asking would change something."""

_CACHED = type(functools.lru_cache(lambda: None))


def pictures(names: Iterable[str], *, without: Iterable[str] = ()) -> dict[str, Shape]:
    """Picture the loaded modules of these names; `without` lists "module.name" that are left out."""
    names = sorted(names)
    camera = _Camera(frozenset(names), frozenset(without))
    return {name: camera.module(name, sys.modules[name].__dict__) for name in names if name in sys.modules}


def differences(live: Shape, fresh: Shape, path: str = "") -> Iterator[str]:
    """Yield a line for each place where two pictures differ."""
    if isinstance(live, dict) and isinstance(fresh, dict):
        for name in sorted(live.keys() | fresh.keys()):
            if name not in fresh:
                yield f"{path}.{name}: only live, {_short(live[name])}"
            elif name not in live:
                yield f"{path}.{name}: only fresh, {_short(fresh[name])}"
            else:
                yield from differences(live[name], fresh[name], f"{path}.{name}")
    elif isinstance(live, list) and isinstance(fresh, list) and len(live) == len(fresh):
        for place, (one, other) in enumerate(zip(live, fresh, strict=True)):
            yield from differences(one, other, f"{path}[{place}]")
    elif live != fresh:
        yield f"{path}: live {_short(live)}, fresh {_short(fresh)}"


def code_shape(code: CodeType) -> Shape:
    """A code object: what it does, and which lines and columns each instruction comes from."""
    return {
        "name": code.co_qualname,
        "code": code.co_code.hex(),
        "consts": [
            code_shape(c) if isinstance(c, CodeType) else f"{type(c).__name__} {_constant(c)}" for c in code.co_consts
        ],
        "names": [list(code.co_names), list(code.co_varnames), list(code.co_freevars), list(code.co_cellvars)],
        "numbers": [
            code.co_argcount,
            code.co_posonlyargcount,
            code.co_kwonlyargcount,
            code.co_flags,
            code.co_stacksize,
        ],
        "line": code.co_firstlineno,
        "positions": [list(position) for position in code.co_positions()],
        "handlers": code.co_exceptiontable.hex(),
    }


def _constant(value: object) -> str:
    """A constant's text, which must not depend on the order in which a set happens to stand."""
    return repr(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)


def _short(shape: Shape) -> str:
    text = str(shape)
    return text if len(text) <= 200 else text[:197] + "..."


def _entries(value: Any) -> list[Any]:
    """What a container holds, or the items of a dictionary, whatever its class makes of being asked."""
    kind: Any = next(kind for kind in (OrderedDict, dict, list, set, frozenset) if isinstance(value, kind))
    return list(kind.items(value) if issubclass(kind, dict) else kind.__iter__(value))


class _Camera:
    """One run over the modules: what has been met so far, and where."""

    def __init__(self, modules: frozenset[str], without: frozenset[str]) -> None:
        self.modules = modules
        self.without = without
        self._met: dict[int, str] = {}
        self._held: list[Any] = []  # an id means nothing once its object is gone

    def module(self, name: str, namespace: dict[str, Any]) -> Shape:
        """All names of a module that its own source gave it."""
        shapes = {}
        for key in sorted(namespace):
            if key in OF_THE_IMPORT_SYSTEM or key.startswith(MINE) or f"{name}.{key}" in self.without:
                continue
            if (LAZY and key == "__annotations__") or self._is_submodule(namespace, name, key):
                continue
            shapes[key] = self.value(namespace[key], f"{name}.{key}")
        return shapes

    def value(self, value: Any, path: str) -> Shape:
        """Any value; what has an identity of its own is pictured at the first time only."""
        if value is None or (
            isinstance(value, (bool, int, float, complex, str, bytes)) and type(value).__module__ == "builtins"
        ):
            return f"{type(value).__name__} {value!r}"
        if isinstance(value, ModuleType):
            return f"module {value.__name__}"
        if isinstance(value, (FunctionType, type)) and self._is_foreign(value):
            return f"outside {value.__module__}.{value.__qualname__}"
        if isinstance(value, tuple) and type(value) is tuple:
            return ["tuple", *self._items(value, path)]
        if id(value) in self._met:
            return f"same as {self._met[id(value)]}"
        self._met[id(value)] = path
        self._held.append(value)
        kind = next((kind for kind in _KINDS if isinstance(value, kind)), None)
        return _KINDS[kind](self, value, path) if kind else self._instance(value, path)

    def _is_foreign(self, value: Any) -> bool:
        return getattr(value, "__module__", None) not in self.modules

    def _is_submodule(self, namespace: dict[str, Any], name: str, key: str) -> bool:
        """A package keeps the submodules that were ever imported, whoever did it."""
        value = namespace[key]
        return isinstance(value, ModuleType) and value.__name__ == f"{name}.{key}"

    def _items(self, items: Iterable[Any], path: str) -> list[Shape]:
        return [self.value(item, f"{path}[{place}]") for place, item in enumerate(items)]

    def _named(self, namespace: dict[str, Any], path: str) -> Shape:
        return {
            name: self.value(namespace[name], f"{path}.{name}")
            for name in sorted(namespace, key=str)
            if not str(name).startswith(MINE)
        }

    def _list(self, value: Any, path: str) -> Shape:
        return [type(value).__name__, *self._items(_entries(value), path)]

    def _dict(self, value: dict[Any, Any], path: str) -> Shape:
        pairs = [(k, v) for k, v in _entries(value) if not (isinstance(k, str) and k.startswith(MINE))]
        return [type(value).__name__, *(self._items(pair, f"{path}[{pair[0]!r}]") for pair in pairs)]

    def _set(self, value: Any, path: str) -> Shape:
        return [type(value).__name__, *sorted((self.value(item, f"{path}{{}}") for item in _entries(value)), key=str)]

    def _function(self, value: FunctionType, path: str) -> Shape:
        cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
        shape = {
            "function": f"{value.__module__} {value.__name__} {value.__qualname__}",
            "code": code_shape(value.__code__),
            "doc": repr(value.__doc__),
            "defaults": self.value(value.__defaults__, f"{path}.__defaults__"),
            "keywords": self.value(value.__kwdefaults__, f"{path}.__kwdefaults__"),
            "closure": {name: self._cell(cell, f"{path}.{name}") for name, cell in cells},
            "globals": value.__globals__.get("__name__"),
            "names": self._named(value.__dict__, path),
        }
        notes = value.__annotate__ if LAZY else value.__annotations__  # type: ignore[attr-defined]
        return shape | {"annotations": self.value(notes, f"{path}.__annotations__")}

    def _cell(self, cell: Any, path: str) -> Shape:
        if path.endswith(".__classdict__"):  # the class's own names once more
            return "the class"
        try:
            return self.value(cell.cell_contents, path)
        except ValueError:
            return "empty"

    def _class(self, value: type, path: str) -> Shape:
        names = {name: entry for name, entry in value.__dict__.items() if name not in OF_PYTHON}
        if isinstance(names.get("__static_attributes__"), tuple):
            names["__static_attributes__"] = sorted(names["__static_attributes__"])
        return {
            "class": f"{value.__module__} {value.__qualname__}",
            "type": self.value(type(value), f"{path}.__class__"),
            "bases": self._items(value.__bases__, f"{path}.__bases__"),
            "names": self._named(names, path),
        }

    def _parts(*attributes: str) -> Callable[[_Camera, Any, str], Shape]:
        def shape(self: _Camera, value: Any, path: str) -> Shape:
            parts = {name: self.value(getattr(value, name), f"{path}.{name}") for name in attributes}
            return {"kind": type(value).__name__, **parts}

        return shape

    def _by_text(self, value: Any, path: str) -> Shape:
        return f"{type(value).__name__} {getattr(value, '__qualname__', None) or value!r}"

    def _by_name(self, value: Any, path: str) -> Shape:
        return f"{type(value).__name__} {value.__name__}"

    def _instance(self, value: Any, path: str) -> Shape:
        """An instance: its class and its attributes, in slots too."""
        shape: dict[str, Shape] = {"instance of": self.value(type(value), f"{path}.__class__")}
        for base in type(value).__mro__:
            for name, member in list(vars(base).items()):
                if isinstance(member, MemberDescriptorType) and self._has(value, name) and not self._is_foreign(base):
                    shape[f"slot {name}"] = self.value(getattr(value, name), f"{path}.{name}")
        state = getattr(value, "__dict__", None)
        return shape | ({"names": self._named(state, path)} if type(state) is dict else {})

    def _has(self, value: Any, name: str) -> bool:
        return hasattr(value, name)

    method = _parts("__func__", "__self__")
    wrapped = _parts("__func__")
    accessor = _parts("fget", "fset", "fdel")
    partial = _parts("func", "args", "keywords")
    cache = _parts("__wrapped__")
    cached_property = _parts("func")


_KINDS: dict[type, Callable[[_Camera, Any, str], Shape]] = {
    FunctionType: _Camera._function,
    type: _Camera._class,
    list: _Camera._list,
    dict: _Camera._dict,
    set: _Camera._set,
    frozenset: _Camera._set,
    staticmethod: _Camera.wrapped,
    classmethod: _Camera.wrapped,
    property: _Camera.accessor,
    MethodType: _Camera.method,
    functools.partial: _Camera.partial,
    functools.cached_property: _Camera.cached_property,
    _CACHED: _Camera.cache,
    BuiltinFunctionType: _Camera._by_text,
    MemberDescriptorType: _Camera._by_name,
    GetSetDescriptorType: _Camera._by_name,
    CodeType: lambda camera, value, path: code_shape(value),
}
"""How each kind of object is pictured; anything else is an instance."""
