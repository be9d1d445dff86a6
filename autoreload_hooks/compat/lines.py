"""The same code at another place of its file.

It must never change a code object in place: debuggers, coverage tools and caches take them to be immutable.
"""

from __future__ import annotations

from opcode import opmap
from types import CodeType
from typing import Final

_BUILD_CLASS: Final = opmap["LOAD_BUILD_CLASS"]


def moved(code: CodeType, delta: int) -> CodeType | None:
    """Return a copy of a code object, and of all code nested in it, `delta` lines further down.

    The line table is relative to `co_firstlineno` (https://github.com/python/cpython/blob/3.13/InternalDocs/code_objects.md),
    so nothing else need be written. None for a function with a class inside: from 3.13 on the class's line is one of
    its constants, and only the compiler knows which.
    """
    if _BUILD_CLASS in code.co_code[::2]:
        return None
    constants = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner = moved(constant, delta)
            if inner is None:
                return None
            constants.append(inner)
        else:
            constants.append(constant)
    return code.replace(co_firstlineno=code.co_firstlineno + delta, co_consts=tuple(constants))


def in_file(code: CodeType, path: str) -> CodeType:
    """Return a copy of a code object, and of those in it, that names another file as its source."""
    constants = [in_file(each, path) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.replace(co_filename=path, co_consts=tuple(constants))
