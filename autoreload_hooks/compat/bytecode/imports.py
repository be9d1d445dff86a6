"""The imports in a code object.

It must never look at more instructions than it must: it works while modules are imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from opcode import EXTENDED_ARG
from types import CodeType
from typing import Any, Final, NamedTuple

from autoreload_hooks.compat.bytecode.instructions import (
    CO_OPTIMIZED,
    FLAG_BITS,
    IMPORT_FROM,
    IMPORT_NAME,
    LOAD_CONST,
    LOAD_SMALL_INT,
    POP_TOP,
    STORE_GLOBAL,
    STORE_NAME,
    STORES,
    SWAP,
)

_IMPORT_BYTE: Final = bytes((IMPORT_NAME,))
_STORE_GLOBAL_BYTE: Final = bytes((STORE_GLOBAL,))
_IMPORT_SHIFT: Final = FLAG_BITS.get(IMPORT_NAME, 0)


class ImportSite(NamedTuple):
    """One name of one import statement (a tuple, because thousands are made while programs start)."""

    module: str  #: as written, without the leading dots: "a.b" or ""
    level: int  #: the number of leading dots
    name: str | None  #: y of `from x import y`; "*" for a star import; None for `import x` and `import x.y as z`
    local: str | None  #: the global name that it is stored under; None where it is not stored in a global
    line: int  #: line in the source


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


def own_imports(code: CodeType) -> list[ImportSite]:
    """The imports of a function itself, whether it stores them in a global or not."""
    sites: list[ImportSite] = []
    if code.co_names and _IMPORT_BYTE in (raw := code.co_code):
        _add_sites(code, raw, sites)
    return sites


def names_where_imported(codes: Iterable[CodeType]) -> set[str]:
    """The names in functions that import something, the modules that they import among them, and perhaps some more."""
    found: set[str] = set()
    waiting = list(codes)
    while waiting:
        code = waiting.pop()
        if code.co_names and _IMPORT_BYTE in code.co_code:
            found.update(code.co_names)
        waiting += [constant for constant in code.co_consts if type(constant) is CodeType]
    return found


def _add_nested_sites(code: CodeType, sites: list[ImportSite]) -> None:
    """Add the imports of a class body, and the global ones of a function."""
    if code.co_names and _IMPORT_BYTE in (raw := code.co_code):
        if not code.co_flags & CO_OPTIMIZED:
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
            is_global = store == STORE_GLOBAL or (store == STORE_NAME and not in_class)
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
    if op == LOAD_CONST:
        return code.co_consts[arg], before
    return arg if op == LOAD_SMALL_INT else None, before


def _bound(
    raw: bytes, ops: bytes, names: tuple[str, ...], at: int, fromlist: Any
) -> Iterator[tuple[str | None, int, str | None]]:
    """(imported name, store instruction, stored name) for everything that one IMPORT_NAME binds."""
    if fromlist is not None and fromlist[:1] == ("*",):
        yield "*", STORE_NAME, None
        return
    name: str | None = None
    arg = 0
    while at < len(ops):
        op = ops[at]
        arg = arg << 8 | raw[2 * at + 1]
        at += 1
        if op == EXTENDED_ARG:
            continue
        if op == IMPORT_FROM:
            name = names[arg] if fromlist is not None else None  # otherwise a step of `import a.b as c`
        elif op == POP_TOP and fromlist is not None:
            return
        elif op != POP_TOP and op != SWAP:
            yield name, op, names[arg] if op in STORES else None
            if fromlist is None:
                return
        arg = 0
