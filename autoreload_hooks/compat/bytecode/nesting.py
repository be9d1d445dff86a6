"""The code objects in a code object, and what each is for.

It must never compare two of them.
"""

from __future__ import annotations

from itertools import pairwise
from types import CodeType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import CLASSES_KNOW_LINES
from autoreload_hooks.compat.bytecode.instructions import (
    BUILD_TUPLE,
    CO_OPTIMIZED,
    INTRINSIC_1,
    INTRINSIC_2,
    LOAD_CONST,
    LOAD_SMALL_INT,
    MAKE_FUNCTION,
    SET_FUNCTION_ATTRIBUTE,
    STORE_NAME,
    Decode,
    Instruction,
    decode,
)

LINE_NAME: Final = "__firstlineno__"
ATTRIBUTES_NAME: Final = "__static_attributes__"

CLASS: Final = "class"
COMPREHENSION: Final = "comprehension"
PARAMETERS: Final = "type parameters"
ANNOTATION: Final = "annotation"
FUNCTION: Final = "function"
RUNS_AT_ONCE: Final = frozenset({CLASS, COMPREHENSION, PARAMETERS})


def code_constants(code: CodeType, instructions: list[Instruction]) -> list[tuple[str, CodeType]]:
    """The code objects that `code` makes functions of, each with its kind, in the order of the instructions."""
    constants = code.co_consts
    return [
        (kind_of(inner, instructions, index), inner)
        for index, (_, op, arg) in enumerate(instructions)
        if op == LOAD_CONST and type(inner := constants[arg]) is CodeType
    ]


def module_annotate(code: CodeType) -> CodeType | None:
    """What evaluates the annotations of a module's own names; functions have each one of the same name.

    https://peps.python.org/pep-0649/
    """
    instructions = decode(code)
    threes = zip(instructions, instructions[1:], instructions[2:], strict=False)
    for (_, load, constant), (_, make, _), (_, store, name) in threes:
        if (load, make, store) == (LOAD_CONST, MAKE_FUNCTION, STORE_NAME) and code.co_names[name] == "__annotate__":
            found = code.co_consts[constant]
            return found if isinstance(found, CodeType) else None
    return None


def kind_of(inner: CodeType, instructions: list[Instruction], index: int) -> str:
    """What the code object loaded at `index` is for.

    Only functions, lambdas among them, are optimised and have a name that a user can write; the value of a type
    alias and the bound of a type variable look like functions, and show by what is made of them.
    """
    if not inner.co_flags & CO_OPTIMIZED:
        return CLASS
    name = inner.co_name
    if name == "<lambda>":
        return FUNCTION
    if name.startswith("<"):
        return PARAMETERS if name.startswith("<generic parameters of ") else COMPREHENSION
    if name == "__annotate__" or _is_lazy_value(instructions, index + 1):
        return ANNOTATION
    return FUNCTION


def _is_lazy_value(instructions: list[Instruction], index: int) -> bool:
    """Do the instructions make a type alias, or a bound, constraint or default of a type variable?

    https://docs.python.org/3/library/dis.html#opcode-CALL_INTRINSIC_2
    """
    ops = [(op, arg) for _, op, arg in instructions[index : index + 6]]
    while ops and ops[0][0] in (MAKE_FUNCTION, SET_FUNCTION_ATTRIBUTE):
        ops.pop(0)
    if ops[:2] == [(BUILD_TUPLE, 3), (INTRINSIC_1, 11)]:
        return True
    return bool(ops) and ops[0] in ((INTRINSIC_2, 2), (INTRINSIC_2, 3), (INTRINSIC_2, 5))


def nested(code: CodeType, instructions_of: Decode = decode) -> list[CodeType]:
    """The functions' code objects that belong directly to the code of a module, statement or class body.

    In source order, through class bodies, type parameters and comprehensions, not into functions. `co_qualname` is
    the path ("C.method"); several may have the same one (overloads, a property and its setter).
    """
    found: list[CodeType] = []
    if CodeType not in map(type, code.co_consts):
        return found  # the values of a long table need not be gone through
    for kind, inner in code_constants(code, instructions_of(code)):
        if kind == FUNCTION:
            found.append(inner)
        elif kind in RUNS_AT_ONCE:
            found += nested(inner, instructions_of)
    return found


def class_facts(code: CodeType, instructions_of: Decode = decode) -> dict[str, dict[str, Any]]:
    """For each class body in `code`, by qualified name: what the compiler wrote down about its source.

    `__firstlineno__` and `__static_attributes__` (3.13+) change with positions and with bodies of methods, so
    `same_shape` and `same_code` do not compare them, and a class that stays needs the new ones.
    """
    facts: dict[str, dict[str, Any]] = {}
    if CLASSES_KNOW_LINES:
        _add_class_facts(code, facts, instructions_of)
    return facts


def _add_class_facts(code: CodeType, facts: dict[str, dict[str, Any]], instructions_of: Decode) -> None:
    for kind, inner in code_constants(code, instructions_of(code)):
        if kind == CLASS:
            facts[inner.co_qualname] = _facts(inner, instructions_of(inner))
        if kind in RUNS_AT_ONCE:
            _add_class_facts(inner, facts, instructions_of)


def _facts(code: CodeType, instructions: list[Instruction]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for load, store in pairwise(instructions):
        if store.op == STORE_NAME and (name := code.co_names[store.arg]) in (LINE_NAME, ATTRIBUTES_NAME):
            facts[name] = load.arg if load.op == LOAD_SMALL_INT else code.co_consts[load.arg]
    return facts
