"""Look at the code of a module before it runs: which functions it makes, and whether it could run one.

It must never say that code runs none where that is not certain.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from opcode import opmap
from types import CodeType
from typing import Final

from .records import CodeRef

CO_OPTIMIZED: Final = 0x1  #: the flag of a function's code

_HARMLESS: Final = bytes(
    opmap[name]
    for name in (
        "CACHE", "RESUME", "NOP", "POP_TOP", "PUSH_NULL", "LOAD_CONST", "LOAD_SMALL_INT",
        "LOAD_COMMON_CONSTANT", "LOAD_NAME", "LOAD_GLOBAL", "LOAD_LOCALS", "LOAD_FAST", "LOAD_FAST_BORROW",
        "STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF", "LOAD_DEREF", "LOAD_CLOSURE", "MAKE_CELL",
        "COPY_FREE_VARS", "COPY", "SWAP", "BUILD_TUPLE", "BUILD_LIST", "MAKE_FUNCTION",
        "SET_FUNCTION_ATTRIBUTE", "IMPORT_NAME", "IMPORT_FROM", "RETURN_VALUE", "RETURN_CONST", "EXTENDED_ARG",
        "SETUP_ANNOTATIONS", "LOAD_BUILD_CLASS", "PRECALL",
    )
    if opmap.get(name, 256) < 256  # above are the assembler's own
)  # fmt: skip
"""Instructions that run no function of the user."""

_CALL: Final = opmap["CALL"]
_BUILD_CLASS: Final = opmap["LOAD_BUILD_CLASS"]


def survey(code: CodeType, functions: list[CodeRef]) -> bool:
    """Look at the code of a module or class body before it runs.

    The code objects of its functions are added to `functions`, in source order: methods too, and what stands in
    comprehensions and hidden scopes of type parameters, but not what stands in functions.

    Returns: whether the code could run a Python function. Statements of classes without bases do not.
    """
    raw = code.co_code
    ops = raw[::2]
    rest = ops.translate(None, _HARMLESS)
    calls = bool(rest) and not _only_plain_classes(raw, ops, rest)
    for constant in code.co_consts:
        if type(constant) is CodeType:
            if not constant.co_flags & CO_OPTIMIZED:
                calls |= survey(constant, functions)
            elif (name := constant.co_name)[0] == "<" and name != "<lambda>":
                survey(constant, functions)
            elif name != "__annotate__":
                functions.append(weakref.ref(constant))
    return calls


def can_call(code: CodeType) -> bool:
    """Could the code of a module or class body run a Python function?"""
    return survey(code, [])


def _only_plain_classes(raw: bytes, ops: bytes, rest: bytes) -> bool:
    """Is every call one of `__build_class__` with a body and a name only?"""
    if rest.count(_CALL) != len(rest) or ops.count(_BUILD_CLASS) != len(rest):
        return False
    at = ops.find(_CALL)
    while at >= 0:
        if raw[2 * at + 1] != 2:
            return False
        at = ops.find(_CALL, at + 1)
    return True


def nested_codes(code: CodeType) -> Iterator[CodeType]:
    """Yield every function's code object anywhere inside another."""
    for constant in code.co_consts:
        if type(constant) is CodeType:
            if constant.co_flags & CO_OPTIMIZED:
                yield constant
            yield from nested_codes(constant)
