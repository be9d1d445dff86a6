"""The few C fields that Python does not let one assign: where they are, found by experiment and verified.

It must never write to a field whose place was not verified in this very process.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from functools import cache, partial
from operator import call
from types import CellType, CodeType, FunctionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import (
    FREE_THREADED,
    HAS_JIT,
    IS_CPYTHON,
    LOSES_SPECIALISATION,
)

_FIRST_VERSION: Final = 2  # 0 and 1 mean "no version" (FUNC_VERSION_UNSET, FUNC_VERSION_CLEARED)


def in_one_go(*steps: Callable[[], object]) -> None:
    """Run steps that are C code without a single bytecode between them, so that no other thread sees them half done.

    The evaluation loop hands over to another thread only between bytecodes, and `map` calls `operator.call` from C.
    """
    list(map(call, steps))


def version_steps(function: FunctionType, code: CodeType) -> Sequence[Callable[[], object]]:
    """What gives `function`, about to run `code`, the version that a function has which `code` was just made into.

    A function's version tells inline caches which code a call will run. An assignment to `__code__` takes it away,
    and from 3.13 on it never comes back: calls stay slow. MAKE_FUNCTION gives all functions of one code object the
    version of the code object, whatever their defaults and closures, so that a version means nothing but the code;
    hence it may be given again. https://github.com/python/cpython/blob/3.13/Objects/funcobject.c (Function versions)

    Empty where that is not needed or cannot be verified; calls are right then, and slower.
    """
    offsets = _version_offsets()
    if offsets is None:
        return ()
    of_function, of_code = offsets
    version = _uint32(code, of_code).value
    if version < _FIRST_VERSION:
        return ()
    return (partial(setattr, _uint32(function, of_function), "value", version),)


def closure_steps(
    function: FunctionType, code: CodeType, cells: tuple[CellType, ...] | None
) -> Sequence[Callable[[], object]]:
    """What has `function` run `code` with the closure `cells`, without an audit event once the first field is written.

    A hook written in Python (`sys.addaudithook`) runs bytecode, and so lets other threads in: at an assignment to
    `__code__`, and from 3.14 on at every call by ctypes, they would see one field written and the other not.

    The first step has inline caches forget the function, as `PyFunction_SetDefaults` does without such an event:
    https://github.com/python/cpython/blob/3.13/Objects/funcobject.c (_PyFunction_ClearVersion)

    The fields own references: `own` the new code and closure before, `disown` the old ones afterwards.
    Empty where the fields cannot be verified.
    """
    offsets = _closure_offsets()
    if offsets is None:
        return ()
    from ctypes import py_object, pythonapi

    of_code, of_closure = (address_field(function, offset) for offset in offsets)
    return (
        partial(pythonapi.PyFunction_SetDefaults, py_object(function), py_object(function.__defaults__)),
        partial(setattr, of_closure, "value", 0 if cells is None else id(cells)),
        partial(setattr, of_code, "value", id(code)),
    )


def own(*objects: object) -> None:
    """Count a reference more to each object (None left out): that of a C field which will hold it."""
    from ctypes import py_object, pythonapi

    for obj in objects:
        if obj is not None:
            pythonapi.Py_IncRef(py_object(obj))


def disown(*objects: object) -> None:
    """Count a reference less to each object (None left out): that of a C field which was written over."""
    from ctypes import py_object, pythonapi

    for obj in objects:
        if obj is not None:
            pythonapi.Py_DecRef(py_object(obj))


def _uint32(obj: object, offset: int) -> Any:
    from ctypes import c_uint32

    return c_uint32.from_address(id(obj) + offset)


def address_field(obj: object, offset: int) -> Any:
    """The field of an object that holds an address, to be read and written by its `value`: no reference is counted."""
    from ctypes import c_size_t

    return c_size_t.from_address(id(obj) + offset)


def can_look() -> bool:
    """Is an `id` an address here, and is there ctypes to look at it?"""
    if not IS_CPYTHON or FREE_THREADED:
        return False
    try:
        import ctypes  # noqa: F401
    except ImportError:
        return False
    return True


def _offsets(obj: object, value: int, size: int) -> set[int]:
    """Where in `obj` there is an unsigned integer of `size` bytes that equals `value`."""
    from ctypes import string_at

    raw = string_at(id(obj), type(obj).__basicsize__)
    wanted = value.to_bytes(size, _byteorder())
    return {at for at in range(0, len(raw) - size + 1, size) if raw[at : at + size] == wanted}


def _byteorder() -> Any:
    import sys

    return sys.byteorder


def _probe(source: str) -> FunctionType:
    """A function made as every function is made: by the MAKE_FUNCTION instruction."""
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    function = namespace["probe"]
    assert isinstance(function, types.FunctionType)
    return function


@cache
def _version_offsets() -> tuple[int, int] | None:
    """The fields `func_version` and `co_version`: equal and distinct in new functions, reset by an assignment."""
    if not LOSES_SPECIALISATION or HAS_JIT or not can_look():
        return None
    from ctypes import c_uint32

    functions = [_probe("def probe(): pass") for _ in range(3)]
    found = {
        (in_function, in_code)
        for in_function in range(0, FunctionType.__basicsize__, 4)
        if (values := [_uint32(function, in_function).value for function in functions])
        and len(set(values)) == 3
        and min(values) >= _FIRST_VERSION
        and max(values) - min(values) < 1000  # a counter; halves of pointers lie further apart
        for in_code in set.intersection(
            *(_offsets(function.__code__, value, 4) for function, value in zip(functions, values, strict=True))
        )
    }
    if len(found) != 1:
        return None
    in_function, in_code = found.pop()
    field = c_uint32.from_address(id(functions[0]) + in_function)
    functions[0].__code__ = functions[1].__code__
    return (in_function, in_code) if field.value < _FIRST_VERSION else None


@cache
def _closure_offsets() -> tuple[int, int] | None:
    """The fields `func_code` and `func_closure`: found in new functions, and tried on one of them."""
    if not can_look():
        return None
    from ctypes import pythonapi

    source = "def make(number):\n    def inner(): return number\n    return inner\ndef probe(): return make({})"
    functions = [_probe(source.format(number))() for number in range(3)]
    size = tuple.__itemsize__  # of a pointer
    of_code = set.intersection(*(_offsets(f, id(f.__code__), size) for f in functions))
    of_closure = set.intersection(*(_offsets(f, id(f.__closure__), size) for f in functions))
    if len(of_code) != 1 or len(of_closure) != 1 or not hasattr(pythonapi, "PyFunction_SetDefaults"):
        return None
    found = of_code.pop(), of_closure.pop()
    one, other = functions[:2]
    fields = [address_field(one, offset) for offset in found]
    before = [field.value for field in fields]
    own(other.__code__, other.__closure__)
    for field, value in zip(fields, (other.__code__, other.__closure__), strict=True):
        field.value = id(value)
    verified = one.__code__ is other.__code__ and one.__closure__ is other.__closure__ and one() == 1
    for field, address in zip(fields, before, strict=True):
        field.value = address
    disown(other.__code__, other.__closure__)
    return found if verified and one() == 0 else None
