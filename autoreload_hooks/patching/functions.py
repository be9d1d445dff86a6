"""Functions: the old one is updated in place, so that everybody who holds it runs the new code.

It must never touch what does not differ: every assignment to a function makes its calls slower for a while.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Mapping
from functools import _lru_cache_wrapper, partial
from inspect import cleandoc
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import (
    HAS_TYPE_PARAMETERS,
    LAZY_ANNOTATIONS,
    Refused,
    docstring,
    functions_in,
    respecialise,
    same_code,
    same_lines,
    set_code,
    wraps_nothing,
)
from autoreload_hooks.compat.behaviours import is_a, is_among
from autoreload_hooks.compat.bytecode import differing, nested
from autoreload_hooks.compat.functions import FUNCTION_KINDS, LABELS
from autoreload_hooks.patching.inspected import forget_answers
from autoreload_hooks.patching.instances import Migration, has_migration, owner_of, state_names
from autoreload_hooks.patching.kinds import HASH, How, Kind, full_name, is_class
from autoreload_hooks.patching.singletons import has_made_since
from autoreload_hooks.patching.values import same_value
from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

LAMBDA: Final = "<lambda>"
CLASS_CELL: Final = "__class__"
WITHIN: Final = 5  #: how deep in containers functions are looked for


def is_function(obj: Any) -> bool:
    """Is it a function written in Python, not merely something that claims to be one?"""
    return type(obj) is FunctionType


def is_other_name(name: str, old: Any, new: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Was it a second name for a member which has its new version under its own name, and that is not this one?"""
    if not is_function(old):
        return False
    own = old.__name__
    return own != name and before.get(own) is old and own in after and after[own] is not new


def are_functions(old: Any, new: Any) -> bool:
    """Are both functions written in Python?"""
    return is_function(old) and is_function(new)


def merge_functions(
    patcher: Patcher,
    old: FunctionType,
    new: FunctionType,
    how: How,
    *,
    fresh: bool = False,
    written: Collection[str] = (),
) -> FunctionType:
    """Have `old` become `new` in everything that can be seen of a function; returns `old`.

    `fresh`: no decorator has seen `new` yet; `written`: what nobody writes on it any more.
    Raises Refused where `old` looks up its global names elsewhere.
    """
    if old.__globals__ is not new.__globals__:
        raise Refused("other-globals", "the new version looks up its global names in another module")
    code = old.__code__
    changed = _merge_code(patcher, old, new, how)
    changed |= _merge_defaults(patcher, old, new)
    _merge_labels(patcher, old, new, code if fresh else None, written)
    merge_annotations(patcher, old, new)
    merge_attributes(patcher, old, new, how)
    if changed:
        _note_changed(patcher, old)
        respecialise(old)
    return old


def _note_changed(patcher: Patcher, function: FunctionType) -> None:
    """A function does something else now; some are asked once and their answers remembered."""
    patcher.changed.add(id(function))
    if function.__name__ == HASH and (cls := owner_of(function)) is not None:
        patcher.hashed.append(cls)
    patcher.asks_anew |= function.__name__ in ("__subclasshook__", "__subclasscheck__", "__instancecheck__")


FUNCTION: Final = Kind(
    name="function",
    matches=are_functions,
    merge=merge_functions,
    survives="the old function",
    how="Code, closure (by name), defaults, annotations, docstring, names, attributes and type parameters become "
    "those of the new one, each only where it differs. A wrapper that a decorator made is a function like any other.",
    refused="A function whose new version looks up its global names in another module: the new function survives.",
)


# ---- code and closure


def _merge_code(patcher: Patcher, old: FunctionType, new: FunctionType, how: How) -> bool:
    """Give `old` the code and the closure of `new`; says whether it now does something else."""
    old_code, new_code = old.__code__, new.__code__
    same = old_code is new_code or same_code(old_code, new_code)
    fresh = _other_cells(patcher, old, new, how)
    if signature_of(old_code) != signature_of(new_code):
        patcher.changed_faces.append((old, "__code__"))
        forget_answers()
        patcher.tx.on_undo(forget_answers)
    if fresh or not same or not stays(old_code, new_code):
        _set_code(patcher, old, new, fresh)
        patcher.codes_before.setdefault(id(old), old_code)
    else:
        _note_kept(patcher, old_code, new_code)
    return bool(fresh) or not same


def _note_kept(patcher: Patcher, old: CodeType, new: CodeType) -> None:
    """Functions go on running the old code, as the new one says the same at the same lines."""
    if old is not new:
        pairs = zip((new, *nested(new)), (old, *nested(old)), strict=True)
        patcher.codes_kept.update((id(theirs), (theirs, mine)) for theirs, mine in pairs)


def signature_of(code: CodeType) -> tuple[Any, ...]:
    """The parameters of a function, as its code knows them, and what it is: a generator, a coroutine."""
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    return code.co_varnames[:count], code.co_argcount, code.co_posonlyargcount, code.co_flags & (12 | FUNCTION_KINDS)


def _set_code(patcher: Patcher, old: FunctionType, new: FunctionType, fresh: set[str]) -> None:
    """Code and closure at once; where a closure cannot be exchanged its cells are filled, if it has all of them."""
    try:
        patcher.tx.on_undo(set_code(old, new.__code__, new.__closure__, fresh=fresh))
    except Refused:
        patcher.tx.on_undo(set_code(old, new.__code__))
        theirs = cells_of(new)
        for name, cell in cells_of(old).items():
            if name in fresh:
                _fill(patcher, cell, content(theirs[name]))


def stays(old: CodeType, new: CodeType) -> bool:
    """May a code object stay? Only if it says the same at the same lines of one file: it is never changed in place."""
    return old is new or (old == new and old.co_filename == new.co_filename and same_lines(old, new) == 0)


def _other_cells(patcher: Patcher, old: FunctionType, new: FunctionType, how: How) -> set[str]:
    """The free variables of both for which `old` must take over the cell of `new`, as it holds something else.

    The cell itself, not only what it holds: other functions may share the old one (the arguments of a decorator
    factory), and functions that were made with `new` share the new one.
    """
    mine = cells_of(old)
    others = set()
    for name, cell in cells_of(new).items():
        if name not in mine or mine[name] is cell or name == CLASS_CELL:
            continue
        before, after = content(mine[name]), content(cell)
        if has_made_since(map(content, mine.values()), before, after):
            cell.cell_contents = before
            continue
        survivor = after if before is MISSING or after is MISSING else patcher.part(before, after, how)
        if survivor is not after:  # whatever else closes over the new cell sees the survivor, too
            cell.cell_contents = survivor  # nothing to undo: then nothing will close over it any more
        if survivor is not before:
            others.add(name)
    return others


def cells_of(function: FunctionType) -> dict[str, CellType]:
    """The closure of a function, by the names of its free variables."""
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))


def content(cell: CellType) -> Any:
    """What a cell holds, or MISSING."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _fill(patcher: Patcher, cell: CellType, value: Any) -> None:
    before = content(cell)
    if before is not value:
        patcher.tx.do(partial(_write, cell, value), partial(_write, cell, before))


def _write(cell: CellType, value: Any) -> None:
    if value is MISSING:
        del cell.cell_contents
    else:
        cell.cell_contents = value


def follow_lines(patcher: Patcher, old: Any, new: Any, depth: int = WITHIN) -> None:
    """A value that is kept stands at other lines now: the functions in it, and in plain containers in it, follow."""
    if old is new or type(old) is not type(new) or not depth:
        return
    if is_function(old):
        if same_code(old.__code__, new.__code__):
            if stays(old.__code__, new.__code__):
                _note_kept(patcher, old.__code__, new.__code__)
            else:
                patcher.tx.on_undo(set_code(old, new.__code__))
    elif type(old) is dict and old.keys() == new.keys():
        for key, value in old.items():
            follow_lines(patcher, value, new[key], depth - 1)
    elif is_among(type(old), (list, tuple)) and len(old) == len(new):
        for mine, theirs in zip(old, new, strict=True):
            follow_lines(patcher, mine, theirs, depth - 1)


# ---- what else a function has


def _merge_defaults(patcher: Patcher, old: FunctionType, new: FunctionType) -> bool:
    """Defaults that are equal stay the old objects; says whether one changed."""
    changed = False
    for name in ("__defaults__", "__kwdefaults__"):
        if not same_value(getattr(old, name), getattr(new, name)):
            patcher.tx.set_attr(old, name, getattr(new, name))
            patcher.changed_faces.append((old, name))
            changed = True
    return changed


def _merge_labels(
    patcher: Patcher, old: FunctionType, new: FunctionType, before: CodeType | None, written: Collection[str]
) -> None:
    """Names, module, docstring, type parameters.

    Where no decorator has seen `new` yet, the merge is three-way: what others have written on the function after its
    `def`, which ran the code `before`, stays unless the `def` says something else now.
    """
    for name, by_definition in LABELS.items():
        mine, theirs = getattr(old, name), getattr(new, name)
        if mine is theirs or same_value(mine, theirs):
            continue
        if before is None and name == "__module__" and _is_written_by_others(old) and not _is_written_by_others(new):
            continue
        is_ours = before is None or name in written
        if not is_ours and before is not None and by_definition(before) == by_definition(new.__code__):
            _show_as_new(patcher, old, name, theirs)
            continue
        patcher.tx.set_attr(old, name, theirs)
        if name == "__doc__" and mine:
            patcher.docstrings_before.append((old, mine))
    if HAS_TYPE_PARAMETERS and old.__type_params__ is not new.__type_params__:  # type: ignore[attr-defined]
        patcher.tx.set_attr(old, "__type_params__", new.__type_params__)  # type: ignore[attr-defined]


def _show_as_new(patcher: Patcher, function: FunctionType, name: str, given: Any) -> None:
    """Decorators find what the `def` gives; where they leave it at that, what others have written comes back.

    A decorator that adds to a docstring would else add to its own earlier text.
    """
    kept = getattr(function, name)

    def come_back() -> None:
        if same_value(getattr(function, name), given):
            patcher.tx.set_attr(function, name, kept)

    patcher.tx.set_attr(function, name, given)
    patcher.after_unit.append(come_back)


def _is_written_by_others(wrapper: FunctionType) -> bool:
    """Whether a wrapper says that it is of another module than those of its code, and of what it wraps."""
    wrapped = wrapper.__dict__.get("__wrapped__")
    homes = {wrapper.__globals__.get("__name__")}
    if is_a(wrapped, FunctionType):
        homes |= {wrapped.__module__, wrapped.__globals__.get("__name__")}
    return wrapper.__module__ not in homes


def merge_annotations(patcher: Patcher, old: Any, new: Any) -> None:
    """Annotations, without evaluating those that are lazy."""
    if LAZY_ANNOTATIONS and (old.__annotate__ is not None or new.__annotate__ is not None):
        _set_annotate(patcher, old, new.__annotate__)
        if new.__annotate__ is not None:
            return
    mine, theirs = old.__annotations__, new.__annotations__
    if not same_value(mine, theirs):
        patcher.tx.set_attr(old, "__annotations__", theirs)
        patcher.changed_faces.append((old, "__annotations__"))


def _set_annotate(patcher: Patcher, function: Any, annotate: Any) -> None:
    """Set what evaluates the annotations, which forgets those that were evaluated."""
    before = function.__annotate__
    kept = None if before is not None else function.__annotations__
    function.__annotate__ = annotate

    def undo() -> None:
        function.__annotate__ = before
        if kept is not None:
            function.__annotations__ = kept

    patcher.tx.on_undo(undo)
    if before is not None and annotate is not None and not same_code(before.__code__, annotate.__code__):
        patcher.changed_faces.append((function, "__annotations__"))


def merge_attributes(patcher: Patcher, old: Any, new: Any, how: How, *, ignore: frozenset[str] = frozenset()) -> None:
    """The dictionary of a function: what the new one has; what only the old has stays if others have set it."""
    for name, value in new.__dict__.items():
        mine = old.__dict__.get(name, MISSING)
        if name not in ignore:
            survivor = value if mine is MISSING else patcher.part(mine, value, how)
            if survivor is not mine:
                patcher.tx.set_item(old.__dict__, name, survivor)
                patcher.changed_faces.append((old, name))
    left = {"__wrapped__", *(how.left(old) or ())}  # what only a decorator sets, and what the old ones set
    for name in left.intersection(old.__dict__) - new.__dict__.keys() - ignore:
        patcher.tx.del_item(old.__dict__, name)


# ---- bodies only


def swap_code(
    patcher: Patcher,
    functions: Iterable[FunctionType],
    new: CodeType,
    copies: Iterable[Any] = (),
    *,
    differs: bool | None = None,
) -> None:
    """Have every one of `functions` run `new`; the docstring follows where nobody set another one.

    `copies` are objects that may have copied the docstring, or hold results, of one of the functions: wrappers.
    `differs` says whether `new` does something else than what they run, if the caller has compared them already.
    """
    touched: dict[int, tuple[str | None, str | None]] = {}
    for function in functions:
        old = function.__code__
        if old is new:
            continue
        same = same_code(old, new) if differs is None else not differs
        is_inner = "<locals>" in new.co_qualname  # it is a part of the outer function's code, by which it is found
        if is_inner or not same or not stays(old, new):
            try:
                patcher.tx.on_undo(set_code(function, new))
            except Refused as refused:
                patcher.at_end.append(partial(_note_stuck, patcher, weakref.ref(function), old, refused))
                continue
        touched[id(function)] = texts = docstring(old), docstring(new)
        if not same and (texts[0] == texts[1] or differing(old, new)):
            _note_changed(patcher, function)
            patcher.codes_before.setdefault(id(function), old)
            _migrate_owner(patcher, function)
        _follow_docstring(patcher, function, *touched[id(function)])
    _follow_copies(patcher, touched, copies)


def _note_stuck(patcher: Patcher, ref: weakref.ref[FunctionType], code: CodeType, refused: Refused) -> None:
    """A function could not be given other code: unless it has been given it since, or replaced, it is to be told."""
    function = ref()
    if function is None or function.__code__ is not code or any(old is function for old, _ in patcher.replaced):
        return
    patcher.note(refused.slug, full_name(function), f"keeps running its old code: {refused.reason}")


def _follow_copies(patcher: Patcher, texts: dict[int, tuple[str | None, str | None]], copies: Iterable[Any]) -> None:
    """Wrappers around a function that has other code: their docstring follows, and caches forget."""
    for copy in copies:
        for value in namespace_values(copy) if is_class(copy) else (copy,):
            for function in () if wraps_nothing(value) else functions_in(value):
                if id(function) in texts and function is not value:
                    _follow_docstring(patcher, value, *texts[id(function)], copied_from=function)
                    if is_a(value, _lru_cache_wrapper) and id(function) in patcher.changed:
                        patcher.stale.append(value)


def namespace_values(cls: type) -> list[Any]:
    """What a class itself holds, whatever its metaclass says."""
    return list(type.__dict__["__dict__"].__get__(cls).values())


def _migrate_owner(patcher: Patcher, function: FunctionType) -> None:
    """A method may set other attributes now: its class may want to tell old instances."""
    cls = owner_of(function) if "." in function.__qualname__ else None
    if cls is not None and has_migration(cls) and all(cls is not each.cls for each in patcher.migrations):
        patcher.migrations.append(Migration(cls, state_names(cls, patcher.codes_before), None))


def _follow_docstring(
    patcher: Patcher, obj: Any, old: str | None, new: str | None, *, copied_from: FunctionType | None = None
) -> None:
    """Give an object the new docstring if it has the old one; a wrapper that made another text of it is to be told."""
    if old == new:
        return
    now = getattr(obj, "__doc__", None)
    if now == old:
        if old is None and copied_from is not None and getattr(obj, "__name__", None) != copied_from.__name__:
            return  # it copies nothing
        if is_a(now, str) and is_function(obj):
            patcher.docstrings_before.append((obj, now))
        try:
            patcher.tx.set_attr(obj, "__doc__", new)
        except (AttributeError, TypeError):
            patcher.note("docstring", full_name(obj), "keeps its old docstring, which cannot be set")
    elif old and is_a(now, str) and cleandoc(old) in cleandoc(now) and (copied_from is not None or is_function(obj)):
        patcher.made_of_docstrings.append(copied_from or obj)
