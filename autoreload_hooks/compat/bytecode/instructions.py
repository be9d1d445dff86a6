"""The instructions of a code object, whole and unspecialised, on every Python.

It must never know what the instructions are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from opcode import EXTENDED_ARG, hasjrel, hasname, opmap, opname
from types import CodeType
from typing import Final, NamedTuple

from autoreload_hooks.compat.behaviours import HAS_LAZY_IMPORTS, METHOD_CALLS_FLAGGED


class Instruction(NamedTuple):
    """One instruction, with its EXTENDED_ARGs and without its inline caches."""

    start: int  #: in code units, of its first EXTENDED_ARG
    op: int
    arg: int


CACHE: Final = 0
MISSING: Final = -1  # no instruction has this number


def number_of(name: str) -> int:
    """The number of an instruction, or MISSING where this Python has none of that name."""
    return opmap.get(name, MISSING)


IMPORT_NAME: Final = number_of("IMPORT_NAME")
IMPORT_FROM: Final = number_of("IMPORT_FROM")
STORE_ATTR: Final = number_of("STORE_ATTR")
STORE_NAME: Final = number_of("STORE_NAME")
STORE_GLOBAL: Final = number_of("STORE_GLOBAL")
LOAD_CONST: Final = number_of("LOAD_CONST")
LOAD_SMALL_INT: Final = number_of("LOAD_SMALL_INT")
LOAD_ATTR: Final = number_of("LOAD_ATTR")
LOAD_METHOD: Final = number_of("LOAD_METHOD")  # 3.11 only; later a flag of LOAD_ATTR
LOAD_GLOBAL: Final = number_of("LOAD_GLOBAL")
LOAD_NAME: Final = number_of("LOAD_NAME")
LOAD_SUPER_ATTR: Final = number_of("LOAD_SUPER_ATTR")
MAKE_FUNCTION: Final = number_of("MAKE_FUNCTION")
SET_FUNCTION_ATTRIBUTE: Final = number_of("SET_FUNCTION_ATTRIBUTE")
BUILD_TUPLE: Final = number_of("BUILD_TUPLE")
INTRINSIC_1: Final = number_of("CALL_INTRINSIC_1")
INTRINSIC_2: Final = number_of("CALL_INTRINSIC_2")
STORE_SUBSCR: Final = number_of("STORE_SUBSCR")
COPY: Final = number_of("COPY")
SWAP: Final = number_of("SWAP")
POP_TOP: Final = number_of("POP_TOP")
ROOTS: Final = frozenset({LOAD_NAME, LOAD_GLOBAL, number_of("LOAD_FROM_DICT_OR_GLOBALS")} - {MISSING})
ATTRIBUTES: Final = frozenset({LOAD_ATTR, LOAD_METHOD})
STORES: Final = frozenset({STORE_NAME, STORE_GLOBAL})
GLOBAL_STORES: Final = frozenset({STORE_GLOBAL, number_of("DELETE_GLOBAL")})
DELETES: Final = frozenset({number_of("DELETE_NAME"), number_of("DELETE_GLOBAL")})
CONSTANTS: Final = frozenset({LOAD_CONST, number_of("RETURN_CONST"), number_of("KW_NAMES")} - {MISSING})
NAMES: Final = frozenset(hasname)
JUMPS: Final = frozenset(hasjrel)
BACKWARD: Final = frozenset(op for op in JUMPS if "BACKWARD" in opname[op] or opname[op] == "END_ASYNC_FOR")
LEAVES: Final = frozenset(
    opmap[name] for name in ("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "RETURN_VALUE",
                             "RETURN_CONST", "RERAISE", "RAISE_VARARGS") if name in opmap
)  # fmt: skip
"""After these the next instruction is reached by jumps only."""

#: Where the index of a name is not the whole argument: how many bits of flags lie below it.
FLAG_BITS: Final = {
    LOAD_GLOBAL: 1,
    **({LOAD_ATTR: 1} if METHOD_CALLS_FLAGGED else {}),
    **({LOAD_SUPER_ATTR: 2} if LOAD_SUPER_ATTR != MISSING else {}),
    **({IMPORT_NAME: 2} if HAS_LAZY_IMPORTS else {}),
}

CO_OPTIMIZED: Final = 0x1


def decode(code: CodeType) -> list[Instruction]:
    """All instructions with their whole arguments; `co_code` is unspecialised, with empty inline caches."""
    raw = code.co_code
    found: list[Instruction] = []
    append, make = found.append, tuple.__new__  # thousands are made at each edit
    arg = 0
    start = -1
    for at, (op, byte) in enumerate(zip(raw[::2], raw[1::2], strict=True)):
        if op == CACHE:
            continue
        if op == EXTENDED_ARG:
            arg = (arg | byte) << 8
            if start < 0:
                start = at
        elif start < 0:
            append(make(Instruction, (at, op, byte)))
        else:
            append(make(Instruction, (start, op, arg | byte)))
            arg = 0
            start = -1
    return found


class Decoder:
    """Decodes each code object once, for several questions about the same ones; it keeps them alive meanwhile."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[CodeType, list[Instruction]]] = {}

    def __call__(self, code: CodeType) -> list[Instruction]:
        """All instructions; see `decode`."""
        known = self._known.get(id(code))
        if known is None:
            known = self._known[id(code)] = code, decode(code)
        return known[1]


Decode = Callable[[CodeType], list[Instruction]]
"""What gives the instructions of a code object: `decode`, or a `Decoder`."""


def jump_target(instructions: list[Instruction], index: int, size: int) -> int:
    """Where the jump at `index` goes, in code units: its argument counts from the next instruction."""
    after = instructions[index + 1].start if index + 1 < len(instructions) else size
    arg = instructions[index].arg
    return after - arg if instructions[index].op in BACKWARD else after + arg


def exception_table(code: CodeType) -> Iterator[tuple[int, int, int, int]]:
    """(start, end, target, depth and lasti), in code units.

    https://github.com/python/cpython/blob/main/InternalDocs/exception_handling.md
    """
    numbers: list[int] = []
    value = 0
    for byte in code.co_exceptiontable:
        value = value << 6 | byte & 63
        if not byte & 64:
            numbers.append(value)
            value = 0
    for start, length, target, depth in zip(*[iter(numbers)] * 4, strict=True):
        yield start, start + length, target, depth


def name_of(code: CodeType, op: int, arg: int) -> str:
    """The name that an instruction is about."""
    return code.co_names[arg >> FLAG_BITS.get(op, 0)]


def positions_of(instructions: list[Instruction]) -> dict[int, int]:
    """The number of each instruction by its position in code units."""
    return {start: number for number, (start, _, _) in enumerate(instructions)}
