"""Which items a function takes from a container, where the keys are written out.

It must never follow a value that it cannot name: then nothing is known.
"""

from __future__ import annotations

import opcode
from types import CodeType
from typing import Any, Final

from autoreload_hooks.compat.bytecode.instructions import (
    ATTRIBUTES,
    LOAD_CONST,
    LOAD_SMALL_INT,
    ROOTS,
    Instruction,
    decode,
    name_of,
    number_of,
)
from autoreload_hooks.compat.bytecode.nesting import RUNS_AT_ONCE, code_constants

_BINARY_SUBSCR: Final = number_of("BINARY_SUBSCR")  # until 3.13
_BINARY_OP: Final = number_of("BINARY_OP")
_OPERATORS: Final = getattr(opcode, "_nb_ops", ())
_OF_ITEMS: Final = next((number for number, (_, sign) in enumerate(_OPERATORS) if sign == "[]"), None)  # from 3.14 on
_CALLS: Final = frozenset({number_of("PRECALL"), number_of("CALL")})


def items_read(code: CodeType, chain: tuple[str, ...]) -> list[tuple[Any, ...]] | None:
    """The keys by which code takes items, and items of items, from what a chain of names is.

    `[("db", "url")]` for `CONF["db"]["url"]`, also by `get`. None if it may do anything else with the value.
    """
    instructions = decode(code)
    inner = (inner for kind, inner in code_constants(code, instructions) if kind in RUNS_AT_ONCE)
    if any(chain[0] in each.co_names for each in inner):
        return None
    found: list[tuple[Any, ...]] = []
    for index, (_, op, arg) in enumerate(instructions):
        if op in ROOTS and name_of(code, op, arg) == chain[0]:
            behind = _behind(code, instructions[index + 1 :], chain[1:])
            if behind is not None:
                path = _path(code, behind)
                if not path:
                    return None
                found.append(path)
    return found


def _behind(code: CodeType, following: list[Instruction], names: tuple[str, ...]) -> list[Instruction] | None:
    """What follows when these attributes have been read; None if others are read."""
    for name, (_, op, arg) in zip(names, following, strict=False):
        if op not in ATTRIBUTES or name_of(code, op, arg) != name:
            return None
    return following[len(names) :]


def _path(code: CodeType, following: list[Instruction]) -> tuple[Any, ...]:
    """The constant keys that are looked up one after the other."""
    path: tuple[Any, ...] = ()
    while True:
        gets = bool(following) and following[0].op in ATTRIBUTES and _name(code, following[0]) == "get"
        key, *rest = following[1:] if gets else following
        if key.op not in (LOAD_CONST, LOAD_SMALL_INT):
            return path
        size = _calls_with_one(rest) if gets else int(_takes_item(rest))
        if not size:
            return path
        path = (*path, key.arg if key.op == LOAD_SMALL_INT else code.co_consts[key.arg])
        following = rest[size:]


def _name(code: CodeType, instruction: Instruction) -> str:
    return name_of(code, instruction.op, instruction.arg)


def _takes_item(following: list[Instruction]) -> bool:
    first = following[0]
    return first.op == _BINARY_SUBSCR or (first.op == _BINARY_OP and first.arg == _OF_ITEMS)


def _calls_with_one(following: list[Instruction]) -> int:
    """How many instructions call with one argument: none if they do something else."""
    calls = 0
    while following[calls].op in _CALLS and following[calls].arg == 1:
        calls += 1
    return calls
