"""What a code object imports, reads, binds and contains, read from its bytecode.

It must never run code, and never change a code object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from opcode import EXTENDED_ARG, hasjrel, hasname, opmap, opname
from types import CodeType
from typing import Any, Final, NamedTuple

from autoreload_hooks.compat.behaviours import (
    CLASSES_KNOW_LINES,
    DOCSTRING_FLAG,
    HAS_LAZY_IMPORTS,
    METHOD_CALLS_FLAGGED,
)


class ImportSite(NamedTuple):
    """One name of one import statement (a tuple, because thousands are made while programs start)."""

    module: str  #: as written, without the leading dots: "a.b" or ""
    level: int  #: the number of leading dots
    name: str | None  #: y of `from x import y`; "*" for a star import; None for `import x` and `import x.y as z`
    local: str | None  #: the global name that it is stored under; None where it is not stored in a global
    line: int  #: line in the source


class _Instruction(NamedTuple):
    start: int  #: in code units, of its first EXTENDED_ARG
    op: int
    arg: int


_CACHE: Final = 0
_MISSING: Final = -1  # no instruction has this number


def _op(name: str) -> int:
    return opmap.get(name, _MISSING)


_IMPORT_NAME: Final = _op("IMPORT_NAME")
_IMPORT_FROM: Final = _op("IMPORT_FROM")
_IMPORT_BYTE: Final = bytes((_IMPORT_NAME,))
_STORE_NAME: Final = _op("STORE_NAME")
_STORE_GLOBAL: Final = _op("STORE_GLOBAL")
_STORE_GLOBAL_BYTE: Final = bytes((_STORE_GLOBAL,))
_LOAD_CONST: Final = _op("LOAD_CONST")
_LOAD_SMALL_INT: Final = _op("LOAD_SMALL_INT")
_LOAD_ATTR: Final = _op("LOAD_ATTR")
_LOAD_METHOD: Final = _op("LOAD_METHOD")  # 3.11 only; later a flag of LOAD_ATTR
_LOAD_GLOBAL: Final = _op("LOAD_GLOBAL")
_LOAD_NAME: Final = _op("LOAD_NAME")
_LOAD_BUILD_CLASS: Final = _op("LOAD_BUILD_CLASS")
_LOAD_SUPER_ATTR: Final = _op("LOAD_SUPER_ATTR")
_MAKE_FUNCTION: Final = _op("MAKE_FUNCTION")
_SET_FUNCTION_ATTRIBUTE: Final = _op("SET_FUNCTION_ATTRIBUTE")
_BUILD_TUPLE: Final = _op("BUILD_TUPLE")
_INTRINSIC_1: Final = _op("CALL_INTRINSIC_1")
_INTRINSIC_2: Final = _op("CALL_INTRINSIC_2")
_STORE_SUBSCR: Final = _op("STORE_SUBSCR")
_COPY: Final = _op("COPY")
_SWAP: Final = _op("SWAP")
_POP_TOP: Final = _op("POP_TOP")
_ROOTS: Final = frozenset({_LOAD_NAME, _LOAD_GLOBAL, _op("LOAD_FROM_DICT_OR_GLOBALS")} - {_MISSING})
_ATTRIBUTES: Final = frozenset({_LOAD_ATTR, _LOAD_METHOD})
_STORES: Final = frozenset({_STORE_NAME, _STORE_GLOBAL})
_GLOBAL_STORES: Final = frozenset({_STORE_GLOBAL, _op("DELETE_GLOBAL")})
_DELETES: Final = frozenset({_op("DELETE_NAME"), _op("DELETE_GLOBAL")})
_CONSTANTS: Final = frozenset({_LOAD_CONST, _op("RETURN_CONST"), _op("KW_NAMES")} - {_MISSING})
_NAMES: Final = frozenset(hasname)
_JUMPS: Final = frozenset(hasjrel)
_BACKWARD: Final = frozenset(op for op in _JUMPS if "BACKWARD" in opname[op] or opname[op] == "END_ASYNC_FOR")
_LEAVES: Final = frozenset(
    opmap[name] for name in ("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "RETURN_VALUE",
                             "RETURN_CONST", "RERAISE", "RAISE_VARARGS") if name in opmap
)  # fmt: skip
"""After these the next instruction is reached by jumps only."""
_TRANSPARENT: Final = frozenset(opmap[name] for name in ("NOP", "TO_BOOL", "NOT_TAKEN") if name in opmap)
"""These do not change which object is on top of the stack, as far as a chain of attributes goes."""
_OR_POP: Final = frozenset(op for op in _JUMPS if opname[op].endswith("_OR_POP"))
_CONDITIONAL: Final = frozenset(op for op in _JUMPS if "POP_JUMP" in opname[op])

#: Where the index of a name is not the whole argument: how many bits of flags lie below it.
_FLAG_BITS: Final = {
    _LOAD_GLOBAL: 1,
    **({_LOAD_ATTR: 1} if METHOD_CALLS_FLAGGED else {}),
    **({_LOAD_SUPER_ATTR: 2} if _LOAD_SUPER_ATTR != _MISSING else {}),
    **({_IMPORT_NAME: 2} if HAS_LAZY_IMPORTS else {}),
}
_IMPORT_SHIFT: Final = _FLAG_BITS.get(_IMPORT_NAME, 0)

_CO_OPTIMIZED: Final = 0x1
_COMPILER_MADE: Final = frozenset({"__annotate__", "__annotate_func__", "__conditional_annotations__"})
_LINE_NAME: Final = "__firstlineno__"
_ATTRIBUTES_NAME: Final = "__static_attributes__"


# ---- imports


def import_sites(code: CodeType) -> tuple[ImportSite, ...]:
    """The imports of a *module's* code object, in source order, functions after the code around them.

    Imports in class bodies are reported without a local name; imports in functions only where the name is global.
    Lazy imports are imports. Costs microseconds: only import instructions are looked at.
    """
    sites: list[ImportSite] = []
    raw = code.co_code
    if _IMPORT_BYTE in raw:
        _add_sites(code, raw, sites)
    for constant in code.co_consts:
        if type(constant) is CodeType:
            _add_nested_sites(constant, sites)
    return tuple(sites)


def _add_nested_sites(code: CodeType, sites: list[ImportSite]) -> None:
    """Add the imports of a class body, and the global ones of a function."""
    if code.co_names and _IMPORT_BYTE in (raw := code.co_code):
        if not code.co_flags & _CO_OPTIMIZED:
            _add_sites(code, raw, sites, in_class=True)
        elif _STORE_GLOBAL_BYTE in raw:
            _add_sites(code, raw, sites, in_function=True)
    for constant in code.co_consts:
        if type(constant) is CodeType:
            _add_nested_sites(constant, sites)


def _add_sites(
    code: CodeType, raw: bytes, sites: list[ImportSite], *, in_class: bool = False, in_function: bool = False
) -> None:
    """Jump from one IMPORT_NAME to the next; every second byte is an instruction."""
    ops = raw[::2]
    names = code.co_names
    lines: Iterator[tuple[int, int, int | None]] | None = None
    line, end = 0, -1
    at = ops.find(_IMPORT_BYTE)
    while at >= 0:
        arg, before = _argument_before(raw, ops, at)
        fromlist, before = _constant_before(code, raw, ops, before)
        level, _ = _constant_before(code, raw, ops, before)
        if lines is None:
            lines = iter(code.co_lines())
        while end <= 2 * at:
            _, end, found = next(lines)
            line = found or line
        for name, store, local in _bound(raw, ops, names, at + 1, fromlist):
            is_global = store == _STORE_GLOBAL or (store == _STORE_NAME and not in_class)
            if is_global or not in_function:
                sites.append(ImportSite(names[arg >> _IMPORT_SHIFT], level, name, local if is_global else None, line))
        at = ops.find(_IMPORT_BYTE, at + 1)


def _argument_before(raw: bytes, ops: bytes, at: int) -> tuple[int, int]:
    """The argument of the instruction at `at`, and where the instruction before it is."""
    arg = raw[2 * at + 1]
    at -= 1
    shift = 8
    while at >= 0 and ops[at] == EXTENDED_ARG:
        arg |= raw[2 * at + 1] << shift
        shift += 8
        at -= 1
    return arg, at


def _constant_before(code: CodeType, raw: bytes, ops: bytes, at: int) -> tuple[Any, int]:
    """The constant that the instruction at `at` loads; LOAD_COMMON_CONSTANT (3.15) can only mean None here."""
    op = ops[at]
    arg, before = _argument_before(raw, ops, at)
    if op == _LOAD_CONST:
        return code.co_consts[arg], before
    return arg if op == _LOAD_SMALL_INT else None, before


def _bound(
    raw: bytes, ops: bytes, names: tuple[str, ...], at: int, fromlist: Any
) -> Iterator[tuple[str | None, int, str | None]]:
    """(imported name, store instruction, stored name) for everything that one IMPORT_NAME binds."""
    if fromlist is not None and fromlist[:1] == ("*",):
        yield "*", _STORE_NAME, None
        return
    name: str | None = None
    arg = 0
    while at < len(ops):
        op = ops[at]
        arg = arg << 8 | raw[2 * at + 1]
        at += 1
        if op == EXTENDED_ARG:
            continue
        if op == _IMPORT_FROM:
            name = names[arg] if fromlist is not None else None  # otherwise a step of `import a.b as c`
        elif op == _POP_TOP and fromlist is not None:
            return
        elif op != _POP_TOP and op != _SWAP:
            yield name, op, names[arg] if op in _STORES else None
            if fromlist is None:
                return
        arg = 0


# ---- decoding


def _instructions(code: CodeType) -> list[_Instruction]:
    """All instructions with their whole arguments; `co_code` is unspecialised, with empty inline caches."""
    raw = code.co_code
    found: list[_Instruction] = []
    arg = 0
    start = -1
    for at in range(0, len(raw), 2):
        op = raw[at]
        if op == _CACHE:
            continue
        if start < 0:
            start = at >> 1
        arg = arg << 8 | raw[at + 1]
        if op != EXTENDED_ARG:
            found.append(_Instruction(start, op, arg))
            arg = 0
            start = -1
    return found


def _target(instructions: list[_Instruction], index: int, size: int) -> int:
    """Where the jump at `index` goes, in code units: its argument counts from the next instruction."""
    after = instructions[index + 1].start if index + 1 < len(instructions) else size
    arg = instructions[index].arg
    return after - arg if instructions[index].op in _BACKWARD else after + arg


def _exception_table(code: CodeType) -> Iterator[tuple[int, int, int, int]]:
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


def _name(code: CodeType, op: int, arg: int) -> str:
    return code.co_names[arg >> _FLAG_BITS.get(op, 0)]


# ---- what running the code reads and binds


def reads(code: CodeType) -> frozenset[tuple[str, ...]]:
    """The chains of global names and attributes that running this code object reads.

    `("settings", "URL")` for `settings.URL`, `("f",)` for `f()`; a chain goes on as long as attributes are read from
    one value, also through `a or b` and conditional expressions. Class bodies, comprehensions and generator
    expressions run with the code and are included; functions, lambdas and lazy annotations are not. A name that the
    same code has certainly bound itself before is left out.
    """
    found: set[tuple[str, ...]] = set()
    _add_reads(code, found)
    return frozenset(found)


def _add_reads(code: CodeType, found: set[tuple[str, ...]]) -> None:
    instructions = _instructions(code)
    reader = _ChainReader(code, instructions)
    reader.run()
    found |= reader.found
    for kind, inner in _code_constants(code, instructions):
        if kind in _RUNS_AT_ONCE:
            _add_reads(inner, found)


class _ChainReader:
    """Follows the value on top of the stack, as far as it is a chain of attributes."""

    def __init__(self, code: CodeType, instructions: list[_Instruction]) -> None:
        self.code = code
        self.instructions = instructions
        self.size = len(code.co_code) // 2
        self.found: set[tuple[str, ...]] = set()
        self.top: set[tuple[str, ...]] = set()  #: the chains that may be on top of the stack
        self.waiting: dict[int, set[tuple[str, ...]]] = {}  #: by position: what a jump will bring along
        self.bound = _certainly_bound(code, instructions)

    def run(self) -> None:
        """Read every instruction once, in order."""
        copied = False
        reachable = True
        for index, (start, op, arg) in enumerate(self.instructions):
            if not reachable:
                self.top = set()
            self.top |= self.waiting.pop(start, set())
            if op in _ROOTS and not self._is_compiler_made(index):
                self._root(index, _name(self.code, op, arg))
            elif op in _ATTRIBUTES:
                self.top = {(*chain, _name(self.code, op, arg)) for chain in self.top}
            elif op == _COPY and arg == 1:
                copied = True
                continue
            elif op in _TRANSPARENT:
                continue
            elif op in _JUMPS:
                self._jump(index, keeps=copied or op in _OR_POP or op in _LEAVES)
                if op in _LEAVES:
                    self.top = set()  # it is all at the target
                self._end(keep=copied and op in _CONDITIONAL)
            elif not (copied and op in _STORES):
                self._end()
            copied = False
            reachable = op not in _LEAVES
        self._end()

    def _is_compiler_made(self, index: int) -> bool:
        """Is it the `__module__ = __name__` of a class body, or the place where an annotation is stored?"""
        name = _name(self.code, self.instructions[index].op, self.instructions[index].arg)
        if name == "__name__":
            store = self.instructions[index + 1]
            return store.op == _STORE_NAME and self.code.co_names[store.arg] == "__module__"
        if name == "__annotations__":
            return [each.op for each in self.instructions[index + 1 : index + 3]] == [_LOAD_CONST, _STORE_SUBSCR]
        return name == "__conditional_annotations__"

    def _root(self, index: int, name: str) -> None:
        self._end()
        if name not in self.bound or index not in self.bound[name]:
            self.top = {(name,)}

    def _end(self, *, keep: bool = False) -> None:
        """The value has been used for something else than reading an attribute."""
        self.found |= self.top
        if not keep:
            self.top = set()

    def _jump(self, index: int, *, keeps: bool) -> None:
        target = _target(self.instructions, index, self.size)
        if keeps and self.top:
            self.waiting.setdefault(target, set()).update(self.top)


def _certainly_bound(code: CodeType, instructions: list[_Instruction]) -> dict[str, frozenset[int]]:
    """For each name: at which instructions the code itself has certainly bound it, whatever way it came there."""
    stored = {_name(code, op, arg) for _, op, arg in instructions if op in _STORES}
    loaded = {_name(code, op, arg) for _, op, arg in instructions if op in _ROOTS}
    if not stored & loaded:
        return {}
    edges = _edges(code, instructions)
    return {name: _bound_at(name, code, instructions, edges) for name in stored & loaded}


def _bound_at(
    name: str, code: CodeType, instructions: list[_Instruction], edges: list[tuple[list[int], list[int]]]
) -> frozenset[int]:
    """Go every way on which `name` is not bound, from the start and from where it is deleted; elsewhere it is."""
    acts = {
        index: op in _STORES
        for index, (_, op, arg) in enumerate(instructions)
        if (op in _STORES or op in _DELETES) and _name(code, op, arg) == name
    }
    waiting = [0, *(step for index, stores in acts.items() if not stores for step in edges[index][0])]
    unbound = set(waiting)
    while waiting:
        index = waiting.pop()
        normal, raising = edges[index]
        for step in raising if acts.get(index) else (*normal, *raising):
            if step not in unbound:
                unbound.add(step)
                waiting.append(step)
    return frozenset(range(len(instructions))) - unbound


def _edges(code: CodeType, instructions: list[_Instruction]) -> list[tuple[list[int], list[int]]]:
    """For each instruction: those that may come next, and the handlers that may come next if it raises."""
    positions = _positions(instructions)
    size = len(code.co_code) // 2
    edges: list[tuple[list[int], list[int]]] = []
    for index, (_, op, _) in enumerate(instructions):
        normal = [] if op in _LEAVES or index + 1 == len(instructions) else [index + 1]
        if op in _JUMPS:
            normal.append(positions[_target(instructions, index, size)])
        edges.append((normal, []))
    for start, end, target, _ in _exception_table(code):
        for index in range(positions[start], positions.get(end, len(instructions))):
            edges[index][1].append(positions[target])
    return edges


def binds(code: CodeType) -> frozenset[str]:
    """The names that running the code of a module or of a statement stores or deletes in the module.

    Class bodies and comprehensions run with it and count where they store globals; functions do not. What the
    compiler stores for itself (`__annotate__`) does not count.
    """
    found: set[str] = set()
    _add_binds(code, found, _STORES | _DELETES)
    return frozenset(found - _COMPILER_MADE)


def _add_binds(code: CodeType, found: set[str], stores: frozenset[int]) -> None:
    instructions = _instructions(code)
    found.update(code.co_names[arg] for _, op, arg in instructions if op in stores)
    for kind, inner in _code_constants(code, instructions):
        if kind in _RUNS_AT_ONCE:
            _add_binds(inner, found, _GLOBAL_STORES)


# ---- code inside code

_CLASS: Final = "class"
_COMPREHENSION: Final = "comprehension"
_PARAMETERS: Final = "type parameters"
_ANNOTATION: Final = "annotation"
_FUNCTION: Final = "function"
_RUNS_AT_ONCE: Final = frozenset({_CLASS, _COMPREHENSION, _PARAMETERS})


def _code_constants(code: CodeType, instructions: list[_Instruction]) -> list[tuple[str, CodeType]]:
    """The code objects that `code` makes functions of, each with its kind, in the order of the instructions."""
    constants = code.co_consts
    return [
        (_kind(inner, instructions, index), inner)
        for index, (_, op, arg) in enumerate(instructions)
        if op == _LOAD_CONST and type(inner := constants[arg]) is CodeType
    ]


def _kind(inner: CodeType, instructions: list[_Instruction], index: int) -> str:
    """What the code object loaded at `index` is for.

    Only functions, lambdas among them, are optimised and have a name that a user can write; the value of a type
    alias and the bound of a type variable look like functions, and show by what is made of them.
    """
    if not inner.co_flags & _CO_OPTIMIZED:
        return _CLASS
    name = inner.co_name
    if name == "<lambda>":
        return _FUNCTION
    if name.startswith("<"):
        return _PARAMETERS if name.startswith("<generic parameters of ") else _COMPREHENSION
    if name == "__annotate__" or _is_lazy_value(instructions, index + 1):
        return _ANNOTATION
    return _FUNCTION


def _is_lazy_value(instructions: list[_Instruction], index: int) -> bool:
    """Do the instructions make a type alias, or a bound, constraint or default of a type variable?

    https://docs.python.org/3/library/dis.html#opcode-CALL_INTRINSIC_2
    """
    ops = [(op, arg) for _, op, arg in instructions[index : index + 6]]
    while ops and ops[0][0] in (_MAKE_FUNCTION, _SET_FUNCTION_ATTRIBUTE):
        ops.pop(0)
    if ops[:2] == [(_BUILD_TUPLE, 3), (_INTRINSIC_1, 11)]:
        return True
    return bool(ops) and ops[0] in ((_INTRINSIC_2, 2), (_INTRINSIC_2, 3), (_INTRINSIC_2, 5))


def nested(code: CodeType) -> list[CodeType]:
    """The functions' code objects that belong directly to the code of a module, statement or class body.

    In source order, through class bodies, type parameters and comprehensions, not into functions. `co_qualname` is
    the path ("C.method"); several may have the same one (overloads, a property and its setter).
    """
    found: list[CodeType] = []
    for kind, inner in _code_constants(code, _instructions(code)):
        if kind == _FUNCTION:
            found.append(inner)
        elif kind in _RUNS_AT_ONCE:
            found += nested(inner)
    return found


def class_facts(code: CodeType) -> dict[str, dict[str, Any]]:
    """For each class body in `code`, by qualified name: what the compiler wrote down about its source.

    `__firstlineno__` and `__static_attributes__` (3.13+) change with positions and with bodies of methods, so
    `same_shape` and `same_code` do not compare them, and a class that stays needs the new ones.
    """
    facts: dict[str, dict[str, Any]] = {}
    if CLASSES_KNOW_LINES:
        _add_class_facts(code, facts)
    return facts


def _add_class_facts(code: CodeType, facts: dict[str, dict[str, Any]]) -> None:
    instructions = _instructions(code)
    for kind, inner in _code_constants(code, instructions):
        if kind == _CLASS:
            facts[inner.co_qualname] = _facts(inner)
        if kind in _RUNS_AT_ONCE:
            _add_class_facts(inner, facts)


def _facts(code: CodeType) -> dict[str, Any]:
    instructions = _instructions(code)
    facts: dict[str, Any] = {}
    for load, store in pairwise(instructions):
        if store.op == _STORE_NAME and (name := code.co_names[store.arg]) in (_LINE_NAME, _ATTRIBUTES_NAME):
            facts[name] = load.arg if load.op == _LOAD_SMALL_INT else code.co_consts[load.arg]
    return facts


# ---- comparing code


class _Differs(Exception):  # noqa: N818  (an outcome)
    """The two code objects do different things."""


def same_shape(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    """Do two versions of one statement do the same when they run, except for what is inside functions?

    None if not. Otherwise the functions' code objects that differ anywhere except in positions, as (old, new) in
    source order; no pair at all means that only positions differ. Class bodies, comprehensions, type parameters and
    lazy annotations are part of the statement. Functions must agree in everything that the statement makes of them:
    names, parameters, free variables, and kind (a generator is not a plain function). What a class body notes about
    its source is not compared: see `class_facts`.
    """
    pairs: list[tuple[CodeType, CodeType]] = []

    def pair(one: CodeType, other: CodeType) -> None:
        if _signature(one) != _signature(other):
            raise _Differs
        if not same_code(one, other):
            pairs.append((one, other))

    try:
        _compare(old, new, pair)
    except _Differs:
        return None
    return pairs


def same_code(old: CodeType, new: CodeType) -> bool:
    """Are two code objects, with all that is nested in them, equal in everything but positions?"""
    try:
        _compare(old, new, _compare_functions)
    except _Differs:
        return False
    return True


def same_lines(old: CodeType, new: CodeType) -> int | None:
    """By how many lines a code object has moved as a whole; None where `shift_lines` could not make it the new one.

    A function with a class inside has the line of the class among its instructions from 3.13 on, so it cannot.
    """
    if old.co_name != new.co_name or _head(old) != _head(new) or old.co_code != new.co_code:
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


def _compare_functions(old: CodeType, new: CodeType) -> None:
    _compare(old, new, _compare_functions)


def _compare(old: CodeType, new: CodeType, functions: Callable[[CodeType, CodeType], None]) -> None:
    """Raise `_Differs` unless both do the same; functions inside are compared by `functions`."""
    if old is new:
        return
    if _head(old) != _head(new) or _docstring(old) != _docstring(new):
        raise _Differs
    left, right = _instructions(old), _instructions(new)
    if len(left) != len(right):
        raise _Differs
    lines, lines_new = _positions(left), _positions(right)
    size, size_new = len(old.co_code) // 2, len(new.co_code) // 2
    for index, (one, other) in enumerate(zip(left, right, strict=True)):
        if one.op in _JUMPS:
            if one.op != other.op or lines[_target(left, index, size)] != lines_new[_target(right, index, size_new)]:
                raise _Differs
            continue
        value, value_new = _value(old, left, index), _value(new, right, index)
        if type(value) is CodeType and type(value_new) is CodeType:
            _compare_nested(value, value_new, _kind(value, left, index), functions)
        elif value != value_new:
            raise _Differs
    if _protected(old, lines) != _protected(new, lines_new):
        raise _Differs


def _compare_nested(old: CodeType, new: CodeType, kind: str, functions: Callable[[CodeType, CodeType], None]) -> None:
    if kind == _FUNCTION:
        functions(old, new)
    else:
        _compare(old, new, functions)


def _head(code: CodeType) -> tuple[object, ...]:
    """What two code objects must agree in, apart from their instructions."""
    return _signature(code), code.co_flags, code.co_varnames, code.co_cellvars


def _docstring(code: CodeType) -> object:
    """The docstring of a function: its first constant, which no instruction loads."""
    if not code.co_flags & _CO_OPTIMIZED or not code.co_consts:
        return None
    first = code.co_consts[0]
    return first if isinstance(first, str) and (not DOCSTRING_FLAG or code.co_flags & DOCSTRING_FLAG) else None


def _signature(code: CodeType) -> tuple[object, ...]:
    """What the code around a function makes of it: names, parameters, free variables, kind."""
    flags = code.co_flags & ~DOCSTRING_FLAG
    count = code.co_argcount + code.co_kwonlyargcount + bool(flags & 0x4) + bool(flags & 0x8)
    return (
        code.co_name, code.co_qualname, flags, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
        code.co_varnames[:count], code.co_freevars,
    )  # fmt: skip


def _positions(instructions: list[_Instruction]) -> dict[int, int]:
    """The number of each instruction by its position in code units."""
    return {start: number for number, (start, _, _) in enumerate(instructions)}


def _protected(code: CodeType, positions: dict[int, int]) -> list[tuple[int, int, int, int]]:
    """The exception table in numbers of instructions."""
    end = len(positions)
    return [
        (positions[start], positions.get(stop, end), positions[target], depth)
        for start, stop, target, depth in _exception_table(code)
    ]


def _value(code: CodeType, instructions: list[_Instruction], index: int) -> Any:
    """An instruction, comparable with another code object's: names and constants instead of their numbers."""
    _, op, arg = instructions[index]
    if op in _CONSTANTS or op == _LOAD_SMALL_INT:
        if _notes_source(code, instructions, index):
            return op in (_LOAD_CONST, _LOAD_SMALL_INT)
        constant = arg if op == _LOAD_SMALL_INT else code.co_consts[arg]
        if type(constant) is CodeType:
            return constant
        return _LOAD_CONST if op == _LOAD_SMALL_INT else op, _key(constant)
    if op in _NAMES:
        return op, _name(code, op, arg), arg & ((1 << _FLAG_BITS.get(op, 0)) - 1)
    return op, arg


def _notes_source(code: CodeType, instructions: list[_Instruction], index: int) -> bool:
    """Does the class body store this constant as `__firstlineno__` or `__static_attributes__`?"""
    if not CLASSES_KNOW_LINES or code.co_flags & _CO_OPTIMIZED or index + 1 == len(instructions):
        return False
    _, op, arg = instructions[index + 1]
    return op == _STORE_NAME and code.co_names[arg] in (_LINE_NAME, _ATTRIBUTES_NAME)


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
