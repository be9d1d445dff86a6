"""Who is still there: reference counts, and the functions, generators and frames that run a code object.

It must never change an object.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import compress, repeat
from operator import is_
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import FREE_THREADED, IS_CPYTHON, is_a

_IMMORTAL: Final = 1 << 29
_MANY: Final = 50  # from so many code objects on, looking at every object once is cheaper than comparing each
_FROZEN_AT_START: Final = 1000
_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_flags: Final[Any] = type.__dict__["__flags__"].__get__
_namespace: Final[Any] = ModuleType.__dict__["__dict__"].__get__  # type: ignore[index]
_LEAVES: Final = (str, bytes, int, float, complex, bool, type(None), ModuleType, FrameType)


def is_heap_type(cls: type) -> bool:
    """Did a `class` statement make this class, and not C? A metaclass's own attribute access is not asked."""
    return bool(_flags(cls) & _HEAP_TYPE)


def referents(*objects: object) -> list[Any]:
    """What the garbage collector is told that each of the objects holds; of a module it is the namespace alone.

    On 3.12 the state of the module `_asyncio` shows iterators of futures that are gone already and kept for the next
    use. Who takes them from there and lets go of them frees them a second time: the list of those that are kept closes
    a circle, and the collector walks it for ever.
    https://github.com/python/cpython/blob/3.12/Modules/_asynciomodule.c (module_traverse)
    """
    modules = [obj for obj in objects if issubclass(type(obj), ModuleType)]
    if not modules:
        return gc.get_referents(*objects)
    others = [obj for obj in objects if not issubclass(type(obj), ModuleType)]
    return [*gc.get_referents(*others), *map(_namespace, modules)]


def references(*objects: object) -> int | None:
    """How many references to the one object given there are, the caller's own variable left out.

    The caller must hold it in one variable that it assigned itself: not in a parameter (from 3.14 on parameters need
    not be counted) and not as the bare result of an expression. None where nothing can be said: of an immortal
    object, and on a free-threaded build. Given as `*objects` because a tuple always owns its items, on every version.
    """
    return count_in(objects)


def count_in(box: tuple[object, ...]) -> int | None:
    """`references` of the item of a tuple, for functions that got it as `*box` themselves."""
    if not IS_CPYTHON or FREE_THREADED:
        return None
    count = sys.getrefcount(box[0])
    return None if count >= _IMMORTAL else count - _overhead()


@cache
def _overhead() -> int:
    """What counting itself adds, and the caller's variable: measured with an object that nobody else holds."""

    def measure(*box: object) -> int:
        return sys.getrefcount(box[0])

    probe = object()
    return measure(probe)


def frozen_objects() -> int:
    """How many objects the user has hidden with `gc.freeze`; no pass over the heap finds them.

    `reachable_functions` does. A few hundred are Python's own and do not count: 3.12 freezes what it starts with.
    """
    count = gc.get_freeze_count()
    return count if count > _FROZEN_AT_START else 0


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the collector from running while generations tell what is new.

    What `gc.freeze` has hidden is seen meanwhile. It is hidden again with all that is alive then, which is why garbage
    is collected before: it would never go.
    """
    enabled = gc.isenabled()
    gc.disable()
    frozen = frozen_objects()
    if frozen:
        gc.unfreeze()
    try:
        yield
    finally:
        if frozen:
            gc.collect()
            gc.freeze()
        if enabled:
            gc.enable()


def functions_running(codes: Collection[CodeType]) -> dict[int, list[FunctionType]]:
    """For each code object, by `id`, the live functions that run it: one pass over the heap.

    Code objects are told apart by identity: two that are equal are two. Functions hidden by `gc.freeze` are not
    found: see `frozen_objects`.
    """
    found: dict[int, list[FunctionType]] = {id(code): [] for code in codes}
    for function in _candidates(codes):
        if type(function) is FunctionType and (running := found.get(id(function.__code__))) is not None:
            running.append(function)
    return found


def _candidates(codes: Collection[CodeType]) -> Iterable[Any]:
    """The objects that may be functions running one of `codes`: referrers, or all functions that there are."""
    if len(codes) < _MANY:
        return gc.get_referrers(*codes) if codes else ()
    objects = gc.get_objects()
    return list(compress(objects, map(is_, map(type, objects), repeat(FunctionType))))


def reachable_functions(
    roots: Iterable[Any], codes: Collection[CodeType], limit: int = 10_000
) -> dict[int, list[FunctionType]]:
    """For each code object, by `id`, the functions running it that are found from `roots`, without the whole heap.

    Looks at `limit` objects at most, the nearest first; does not enter modules, their namespaces (except roots) and
    builtin classes. Finds objects hidden by `gc.freeze` as well.
    """
    found: dict[int, list[FunctionType]] = {id(code): [] for code in codes}
    level = list(roots)
    seen = {id(_namespace(module)) for module in list(sys.modules.values()) if is_a(module, ModuleType)}
    seen.difference_update(map(id, level))
    visited: list[Any] = []  # alive until the end, so that no `id` is used twice
    while level and len(visited) < limit:
        fresh: list[Any] = []
        for each in level:
            if id(each) not in seen and not _is_leaf(each):
                seen.add(id(each))
                fresh.append(each)
        del fresh[limit - len(visited) :]
        visited += fresh
        for each in fresh:
            if type(each) is FunctionType and (running := found.get(id(each.__code__))) is not None:
                running.append(each)
        level = referents(*fresh)
    return found


def _is_leaf(obj: Any) -> bool:
    return is_a(obj, _LEAVES) or (is_a(obj, type) and not is_heap_type(obj))
