"""What running a code object reads and binds.

It must never follow a call: what a called function reads is not its business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from opcode import EXTENDED_ARG, opmap, opname
from types import CodeType
from typing import Final

from autoreload_hooks.compat.bytecode.instructions import (
    ATTRIBUTES,
    CO_OPTIMIZED,
    COPY,
    DELETES,
    FLAG_BITS,
    GLOBAL_STORES,
    JUMPS,
    LEAVES,
    LOAD_CONST,
    ROOTS,
    STORE_ATTR,
    STORE_NAME,
    STORE_SUBSCR,
    STORES,
    Decode,
    Instruction,
    decode,
    exception_table,
    jump_target,
    name_of,
    positions_of,
)
from autoreload_hooks.compat.bytecode.nesting import (
    RUNS_AT_ONCE,
    code_constants,
)

_TRANSPARENT: Final = frozenset(opmap[name] for name in ("NOP", "TO_BOOL", "NOT_TAKEN") if name in opmap)
"""These do not change which object is on top of the stack, as far as a chain of attributes goes."""
_LOCALS: Final = frozenset(op for name, op in opmap.items() if name.startswith("LOAD_FAST"))
_ITERATES: Final = frozenset(opmap[name] for name in ("GET_ITER", "CONTAINS_OP"))
_MATCHES: Final = opmap["MATCH_CLASS"]
_ASKING: Final = frozenset({"isinstance", "issubclass", "type"})
_KINDS: Final = frozenset({"__class__", "__mro__", "mro", "__bases__"})
_COUNTS: Final = frozenset({"len", "list", "tuple", "set", "sorted", "max", "min", "iter", "enumerate", "map", "zip"})
_OR_POP: Final = frozenset(op for op in JUMPS if opname[op].endswith("_OR_POP"))
_CONDITIONAL: Final = frozenset(op for op in JUMPS if "POP_JUMP" in opname[op])
_BY_TEXT: Final = frozenset({"getattr", "hasattr", "exec", "eval", "globals", "locals", "vars"})
"""What reads names that are given as strings."""
_COMPILER_MADE: Final = frozenset({"__annotate__", "__annotate_func__", "__conditional_annotations__"})


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


def goes_through_items(code: CodeType) -> bool:
    """Whether a function goes through the items of something, counts them or looks whether one is among them."""
    return not _COUNTS.isdisjoint(code.co_names) or any(op in _ITERATES for _, op, _ in decode(code))


def asks_for_kind(code: CodeType) -> bool:
    """Whether a function, or a comprehension in it, looks at the class of something: by name, or by `match`."""
    return (
        not _KINDS.isdisjoint(code.co_names)
        or (not _ASKING.isdisjoint(code.co_names) and any(chain[0] in _ASKING for chain in reads(code)))
        or any(op == _MATCHES for _, op, _ in decode(code))
        or any(asks_for_kind(each) for each in code.co_consts if isinstance(each, CodeType) and each.co_name[0] == "<")
    )


def asked_of_given(code: CodeType, *, is_method: bool) -> frozenset[str]:
    """The attributes that a function asks of something that it was given or has found, whatever that is.

    Those of global names are `reads`; of the first parameter of a method only what is asked further on is included.
    Comprehensions and generator expressions count as part of the function.
    """
    instructions = decode(code)
    found: set[str] = set()
    root = ""
    for _, op, arg in instructions:
        if op in ATTRIBUTES:
            if root in ("", "given"):
                found.add(name_of(code, op, arg))
            root = "global" if root == "global" else "given"
        elif op in ROOTS:
            root = "global"
        elif op in _LOCALS:
            root = "self" if is_method and (arg if opname[op].count("LOAD_FAST") == 1 else arg & 15) == 0 else "given"
        elif op not in _TRANSPARENT:
            root = ""
    for kind, inner in code_constants(code, instructions):
        if kind in RUNS_AT_ONCE:
            found |= asked_of_given(inner, is_method=False)
    return frozenset(found)


def _add_reads(code: CodeType, found: set[tuple[str, ...]]) -> None:
    if ROOTS.isdisjoint(code.co_code[::2]) and CodeType not in map(type, code.co_consts):
        return  # a long table of values
    instructions = decode(code)
    reader = _ChainReader(code, instructions)
    reader.run()
    found |= reader.found
    for kind, inner in code_constants(code, instructions):
        if kind in RUNS_AT_ONCE:
            _add_reads(inner, found)


class _ChainReader:
    """Follows the value on top of the stack, as far as it is a chain of attributes."""

    def __init__(self, code: CodeType, instructions: list[Instruction]) -> None:
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
            if op in ROOTS and not self._is_compiler_made(index):
                self._root(index, name_of(self.code, op, arg))
            elif op in ATTRIBUTES:
                self.top = {(*chain, name_of(self.code, op, arg)) for chain in self.top}
            elif op == COPY and arg == 1:
                copied = True
                continue
            elif op in _TRANSPARENT:
                continue
            elif op in JUMPS:
                self._jump(index, keeps=copied or op in _OR_POP or op in LEAVES)
                if op in LEAVES:
                    self.top = set()  # it is all at the target
                self._end(keep=copied and op in _CONDITIONAL)
            elif not (copied and op in STORES):
                self._end()
            copied = False
            reachable = op not in LEAVES
        self._end()

    def _is_compiler_made(self, index: int) -> bool:
        """Is it the `__module__ = __name__` of a class body, or the place where an annotation is stored?"""
        name = name_of(self.code, self.instructions[index].op, self.instructions[index].arg)
        if name == "__name__":
            store = self.instructions[index + 1]
            return store.op == STORE_NAME and self.code.co_names[store.arg] == "__module__"
        if name == "__annotations__":
            return [each.op for each in self.instructions[index + 1 : index + 3]] == [LOAD_CONST, STORE_SUBSCR]
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
        target = jump_target(self.instructions, index, self.size)
        if keeps and self.top:
            self.waiting.setdefault(target, set()).update(self.top)


def _certainly_bound(code: CodeType, instructions: list[Instruction]) -> dict[str, frozenset[int]]:
    """For each name: at which instructions the code itself has certainly bound it, whatever way it came there."""
    stored = {name_of(code, op, arg) for _, op, arg in instructions if op in STORES}
    loaded = {name_of(code, op, arg) for _, op, arg in instructions if op in ROOTS}
    if not stored & loaded:
        return {}
    edges = _edges(code, instructions)
    return {name: _bound_at(name, code, instructions, edges) for name in stored & loaded}


def _bound_at(
    name: str, code: CodeType, instructions: list[Instruction], edges: list[tuple[list[int], list[int]]]
) -> frozenset[int]:
    """Go every way on which `name` is not bound, from the start and from where it is deleted; elsewhere it is."""
    acts = {
        index: op in STORES
        for index, (_, op, arg) in enumerate(instructions)
        if (op in STORES or op in DELETES) and name_of(code, op, arg) == name
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


def _edges(code: CodeType, instructions: list[Instruction]) -> list[tuple[list[int], list[int]]]:
    """For each instruction: those that may come next, and the handlers that may come next if it raises."""
    positions = positions_of(instructions)
    size = len(code.co_code) // 2
    edges: list[tuple[list[int], list[int]]] = []
    for index, (_, op, _) in enumerate(instructions):
        normal = [] if op in LEAVES or index + 1 == len(instructions) else [index + 1]
        if op in JUMPS:
            normal.append(positions[jump_target(instructions, index, size)])
        edges.append((normal, []))
    for start, end, target, _ in exception_table(code):
        for index in range(positions[start], positions.get(end, len(instructions))):
            edges[index][1].append(positions[target])
    return edges


@dataclass(slots=True)
class Names:
    """Which names the code of a module concerns itself, with its class bodies and comprehensions."""

    loaded: set[str] = field(default_factory=set)  #: global names that it loads, bound before by itself or not
    attributes: set[str] = field(default_factory=set)  #: names that it asks objects for
    rebound: set[str] = field(default_factory=set)  #: global names that it may bind more than once, or deletes
    by_text: bool = False  #: whether it may also load or ask for names that stand in strings


def names(code: CodeType) -> Names:
    """Say quickly which names the code of a module loads, asks for and binds: more than `reads` says, never less.

    Lambdas and lazy annotations count as well: telling them apart would cost more than a name too many.
    """
    found = Names()
    _add_names(code, found, set(), STORES | DELETES)
    return found


def _add_names(code: CodeType, found: Names, bound: set[str], binders: frozenset[int]) -> None:
    known, constants, raw = code.co_names, code.co_consts, code.co_code
    arg = 0
    for op, byte in zip(raw[::2], raw[1::2], strict=True):
        arg = arg << 8 | byte
        if op == EXTENDED_ARG:
            continue
        if op in ROOTS:
            found.loaded.add(known[arg >> FLAG_BITS.get(op, 0)])
        elif op in ATTRIBUTES:
            found.attributes.add(known[arg >> FLAG_BITS.get(op, 0)])
        elif op in binders:
            name = known[arg]
            if name in bound or op in DELETES:
                found.rebound.add(name)
            bound.add(name)
        arg = 0
    found.by_text = found.by_text or not _BY_TEXT.isdisjoint(known)
    for constant in constants:
        if type(constant) is CodeType and (
            constant.co_name[0] == "<" or not constant.co_flags & CO_OPTIMIZED or constant.co_name == "__annotate__"
        ):
            _add_names(constant, found, bound, GLOBAL_STORES)


def attributes_set(code: CodeType) -> frozenset[str]:
    """The attributes that running a code object may set on some object, by assignment or by a name in a string.

    What a `__prepare__` names becomes an attribute of the class.
    """
    instructions = decode(code)
    found = {name_of(code, op, arg) for _, op, arg in instructions if op == STORE_ATTR}
    by_text = code.co_name == "__prepare__" or not {"setattr", "__setattr__", "update"}.isdisjoint(code.co_names)
    if by_text or any(op == STORE_SUBSCR for _, op, _ in instructions):
        found |= {text for const in code.co_consts for text in _texts(const) if text.isidentifier()}
    for _, inner in code_constants(code, instructions):
        found |= attributes_set(inner)
    return frozenset(found)


def _texts(const: object) -> Iterator[str]:
    if isinstance(const, str):
        yield const
    elif isinstance(const, (tuple, frozenset)):
        for each in const:
            yield from _texts(each)


def binds(code: CodeType, instructions_of: Decode = decode) -> frozenset[str]:
    """The names that running the code of a module or of a statement stores or deletes in the module.

    Class bodies and comprehensions run with it and count where they store globals; functions do not. What the
    compiler stores for itself (`__annotate__`) does not count.
    """
    found: set[str] = set()
    _add_binds(code, found, STORES | DELETES, instructions_of)
    return frozenset(found - _COMPILER_MADE)


def _add_binds(code: CodeType, found: set[str], stores: frozenset[int], instructions_of: Decode) -> None:
    instructions = instructions_of(code)
    found.update(code.co_names[arg] for _, op, arg in instructions if op in stores)
    for kind, inner in code_constants(code, instructions):
        if kind in RUNS_AT_ONCE:
            _add_binds(inner, found, GLOBAL_STORES, instructions_of)
