"""Whether two code objects do the same.

It must never take positions for a difference.
"""

from __future__ import annotations

from collections.abc import Callable
from opcode import EXTENDED_ARG
from types import CodeType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import CLASSES_KNOW_LINES, DOCSTRING_FLAG, FUTURE_FLAGS
from autoreload_hooks.compat.bytecode.instructions import (
    CACHE,
    CO_OPTIMIZED,
    CONSTANTS,
    FLAG_BITS,
    JUMPS,
    LOAD_CONST,
    LOAD_SMALL_INT,
    NAMES,
    STORE_NAME,
    Decode,
    Instruction,
    decode,
    exception_table,
    jump_target,
    name_of,
    positions_of,
)
from autoreload_hooks.compat.bytecode.nesting import (
    ATTRIBUTES_NAME,
    FUNCTION,
    LINE_NAME,
    kind_of,
)

_ALIKE: Final = bytes(LOAD_CONST if op == LOAD_SMALL_INT else op for op in range(256))
_LEFT_OUT: Final = bytes((CACHE, EXTENDED_ARG))
"""These stand before or after an instruction, as many as it needs."""


class _Differs(Exception):  # noqa: N818  (an outcome)
    """The two code objects do different things."""


def same_shape(
    old: CodeType, new: CodeType, instructions_of: Decode = decode
) -> list[tuple[CodeType, CodeType]] | None:
    """Do two versions of one statement do the same when they run, except for what is inside functions?

    None if not. Otherwise the functions' code objects that differ anywhere except in positions, as (old, new) in
    source order; no pair at all means that only positions differ. Class bodies, comprehensions, type parameters and
    lazy annotations are part of the statement. Functions must agree in everything that the statement makes of them:
    names, parameters, free variables, and kind (a generator is not a plain function). The flags of `from __future__`
    imports count for functions only, which shall have the new ones. What a class body notes about its source is not
    compared: see `class_facts`.
    """
    pairs: list[tuple[CodeType, CodeType]] = []

    def pair(one: CodeType, other: CodeType) -> None:
        if _signature(one) != _signature(other):
            raise _Differs
        if one.co_flags != other.co_flags or not same_code(one, other, instructions_of):
            pairs.append((one, other))

    try:
        _compare(old, new, pair, instructions_of)
    except _Differs:
        return None
    return pairs


def differing(old: CodeType, new: CodeType, instructions_of: Decode = decode) -> list[tuple[CodeType, CodeType]]:
    """The functions within two versions of a function, or these themselves, that do something else when they run.

    Where only a function inside differs, the one around it makes the same of it as before: a decorator whose wrapper
    was edited does nothing else, its wrappers do. Nor does a function do anything else if it is described otherwise.
    """
    pairs = same_shape(old, _with_docstring_of(old, new), instructions_of)
    if pairs is None:
        return [(old, new)]
    return [each for pair in pairs for each in differing(*pair, instructions_of)]


def _with_docstring_of(old: CodeType, new: CodeType) -> CodeType:
    """The new version with the docstring of the old one, if both have one."""
    if (mine := _docstring(old)) is None or (theirs := _docstring(new)) is None or mine == theirs:
        return new
    return new.replace(co_consts=(mine, *new.co_consts[1:]))


def same_code(old: CodeType, new: CodeType, instructions_of: Decode = decode) -> bool:
    """Are two code objects, with all that is nested in them, equal in everything but positions?"""

    def compare(one: CodeType, other: CodeType) -> None:
        _compare(one, other, compare, instructions_of)

    try:
        compare(old, new)
    except _Differs:
        return False
    return True


def same_lines(old: CodeType, new: CodeType) -> int | None:
    """By how many lines a code object has moved as a whole; None where other lines alone would not make it the new one.

    A function with a class inside has the line of the class among its instructions from 3.13 on, so it cannot.
    """
    if (
        old.co_flags != new.co_flags
        or old.co_name != new.co_name
        or _head(old) != _head(new)
        or old.co_code != new.co_code
    ):
        return None
    if old.co_linetable != new.co_linetable or old.co_names != new.co_names:
        return None
    delta = new.co_firstlineno - old.co_firstlineno
    if len(old.co_consts) != len(new.co_consts):
        return None
    for one, other in zip(old.co_consts, new.co_consts, strict=True):
        if type(one) is CodeType and type(other) is CodeType:
            if same_lines(one, other) != delta:
                return None
        elif _key(one) != _key(other):
            return None
    return delta


def _operations(code: CodeType) -> bytes:
    """The numbers of all instructions, in one go; small numbers are loaded like other constants."""
    return code.co_code[::2].translate(_ALIKE, _LEFT_OUT)


def _compare(
    old: CodeType, new: CodeType, functions: Callable[[CodeType, CodeType], None], instructions_of: Decode
) -> None:
    """Raise `_Differs` unless both do the same; functions inside are compared by `functions`."""
    if old is new or old == new:  # they are compared in C, positions included
        return
    if _head(old) != _head(new) or _docstring(old) != _docstring(new):
        raise _Differs
    if old.co_code == new.co_code and old.co_exceptiontable == new.co_exceptiontable:
        _compare_operands(old, new, functions, instructions_of)
        return
    if _operations(old) != _operations(new):
        raise _Differs
    left, right = instructions_of(old), instructions_of(new)
    if len(left) != len(right):
        raise _Differs
    places, places_new = positions_of(left), positions_of(right)
    size, size_new = len(old.co_code) // 2, len(new.co_code) // 2
    for index, (one, other) in enumerate(zip(left, right, strict=True)):
        if one.op in JUMPS:
            target, target_new = jump_target(left, index, size), jump_target(right, index, size_new)
            if one.op != other.op or places[target] != places_new[target_new]:
                raise _Differs
            continue
        value, value_new = _value(old, left, index), _value(new, right, index)
        if type(value) is CodeType and type(value_new) is CodeType:
            if kind_of(value, left, index) == FUNCTION:
                functions(value, value_new)
            else:
                _compare(value, value_new, functions, instructions_of)
        elif value != value_new:
            raise _Differs
    if _protected(old, places) != _protected(new, places_new):
        raise _Differs


def _compare_operands(
    old: CodeType, new: CodeType, functions: Callable[[CodeType, CodeType], None], instructions_of: Decode
) -> None:
    """The same for two that have the very same instructions: only the constants and names that these use may differ."""
    instructions = instructions_of(old)
    constants, constants_new = old.co_consts, new.co_consts
    has_names = old.co_names == new.co_names
    for index, (_, op, arg) in enumerate(instructions):
        if op in CONSTANTS:
            value, value_new = constants[arg], constants_new[arg]
            if value is value_new:
                continue
            if type(value) is CodeType and type(value_new) is CodeType:
                if kind_of(value, instructions, index) == FUNCTION:
                    functions(value, value_new)
                else:
                    _compare(value, value_new, functions, instructions_of)
            elif _key(value) != _key(value_new) and not _notes_source(old, instructions, index):
                raise _Differs
        elif not has_names and op in NAMES and name_of(old, op, arg) != name_of(new, op, arg):
            raise _Differs


def _head(code: CodeType) -> tuple[object, ...]:
    """What two code objects must agree in, apart from their instructions."""
    return _signature(code), code.co_flags & ~FUTURE_FLAGS, code.co_varnames, code.co_cellvars


def _docstring(code: CodeType) -> object:
    """The docstring of a function: its first constant, which no instruction loads."""
    if not code.co_flags & CO_OPTIMIZED or not code.co_consts:
        return None
    first = code.co_consts[0]
    return first if isinstance(first, str) and (not DOCSTRING_FLAG or code.co_flags & DOCSTRING_FLAG) else None


def _signature(code: CodeType) -> tuple[object, ...]:
    """What the code around a function makes of it: names, parameters, free variables, kind."""
    flags = code.co_flags & ~DOCSTRING_FLAG & ~FUTURE_FLAGS
    count = code.co_argcount + code.co_kwonlyargcount + bool(flags & 0x4) + bool(flags & 0x8)
    return (
        code.co_name, code.co_qualname, flags, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
        code.co_varnames[:count], code.co_freevars,
    )  # fmt: skip


def _protected(code: CodeType, positions: dict[int, int]) -> list[tuple[int, int, int, int]]:
    """The exception table in numbers of instructions."""
    end = len(positions)
    return [
        (positions[start], positions.get(stop, end), positions[target], depth)
        for start, stop, target, depth in exception_table(code)
    ]


def _value(code: CodeType, instructions: list[Instruction], index: int) -> Any:
    """An instruction, comparable with another code object's: names and constants instead of their numbers."""
    _, op, arg = instructions[index]
    if op in CONSTANTS or op == LOAD_SMALL_INT:
        if _notes_source(code, instructions, index):
            return op in (LOAD_CONST, LOAD_SMALL_INT)
        constant = arg if op == LOAD_SMALL_INT else code.co_consts[arg]
        if type(constant) is CodeType:
            return constant
        return LOAD_CONST if op == LOAD_SMALL_INT else op, _key(constant)
    if op in NAMES:
        return op, name_of(code, op, arg), arg & ((1 << FLAG_BITS.get(op, 0)) - 1)
    return op, arg


def _notes_source(code: CodeType, instructions: list[Instruction], index: int) -> bool:
    """Does the class body store this constant as `__firstlineno__` or `__static_attributes__`?"""
    if not CLASSES_KNOW_LINES or code.co_flags & CO_OPTIMIZED or index + 1 == len(instructions):
        return False
    _, op, arg = instructions[index + 1]
    return op == STORE_NAME and code.co_names[arg] in (LINE_NAME, ATTRIBUTES_NAME)


def _key(constant: Any) -> object:
    """A constant such that equal means the same constant: 1, 1.0 and True differ, and so do 0.0 and -0.0."""
    kind = type(constant)
    if kind is tuple:
        return kind, tuple(map(_key, constant))
    if kind is frozenset:
        return kind, frozenset(map(_key, constant))
    if kind is float or kind is complex:
        return kind, repr(constant)
    if kind is slice:
        return kind, _key((constant.start, constant.stop, constant.step))
    return kind, constant
