"""Which cached results an edit may have made wrong, and which statements they had answered.

It must never empty a cache before something that is going to run may ask it, or the reload is through.
"""

from __future__ import annotations

import functools
import weakref
from abc import ABCMeta
from collections.abc import Callable, Iterable, Iterator, Set
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple

from autoreload_hooks.compat import clear_all_abc_caches, functions_in, referents
from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.outline import Unit
from autoreload_hooks.planning import Run, subclasses
from autoreload_hooks.program import LiveModule, attribute, callables, class_of, family_of, is_a, members
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .context import Context
from .memos import CLEAR, WRAPPED, Memo, keeps_nothing, memos, with_wrappers, wrappers_of

BASES: Final = "__bases__"
HOOK: Final = "__subclasshook__"
_NEVER: Final = (-1, -1, -1, -1, -1)


class Stale(NamedTuple):
    """A cache with results that are of old code."""

    cache: Any  #: what has a `cache_clear`
    function: FunctionType | None  #: whose results they are, where it is one function's
    because: frozenset[object] = frozenset()  #: what has changed of what that runs and reads


class Caches:
    """What the user's modules remember of results: in wrappers of Python, of libraries, of decorators of their own."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda
        self._asked: tuple[int, ...] = (0, 0, 0, 0, 0)  # how much had changed when it was last asked
        self._stale: list[Stale] = []  # the answer
        self._emptied: tuple[int, ...] = self._asked  # how much had changed when they were last emptied
        self._followed: tuple[int, ...] = self._asked  # how much had changed when their readers were last looked for
        self._because: dict[int, frozenset[object]] = {}  # by id of a cache: for what it was emptied
        self._walked: dict[str, list[weakref.ref[Any]]] = {}  # by module, the wrappers it had, until a unit of it runs
        self._is_partial = False  # whether the answer relies on that
        self._running = ""  # the module of which a unit has run last

    def follow(self) -> bool:
        """The units that call a function whose cache is stale run again; returns whether any is to.

        At import it may have been the cache that answered them: then nothing of the function ran inside them.
        """
        self._look_everywhere()
        stale = self._find()
        if self._followed == self._asked:
            return False
        self._followed = self._asked
        found = [(each, *reader) for each in stale for reader in self._callers_of(each)]
        for each, live, unit in found:
            if unit not in self.agenda.count and each.function is not None:
                because = f"the cache of {each.function.__qualname__} is out of date"
                self.agenda.schedule(Run(live.name, unit, because))
        if found:
            self.empty()
        return bool(self.agenda.runs)

    def clear_for(self, live: LiveModule, unit: Unit | None) -> None:
        """Empty what a unit that ran cached functions before would be given again, were it run now."""
        self._walked.pop(self._running, None)
        self._running = live.name
        self._forget_refilled()
        if unit is not None and self.context.program.ran_codes(live, unit):
            self.empty()

    def _forget_refilled(self) -> None:
        """Empty the caches that answer for an object which was made anew in place: it is another one now."""
        refilled = {id(each) for each in self.context.refilled}
        self.context.refilled.clear()
        for cache, _ in self._remembering() if refilled else ():
            if is_a(cache, functools._lru_cache_wrapper) and _is_asked_for(cache, refilled):
                self.context.tx.on_undo(_clearing(cache))
                cache.cache_clear()

    def empty_all(self) -> None:
        """All units have run: the same for every cache, wherever it has come to stand."""
        self._look_everywhere()
        self.empty()

    def _look_everywhere(self) -> None:
        """Have the wrappers of all modules looked for when they are asked for next.

        Between the runs of units it is but those of the modules in which a unit ran: there may be thousands.
        """
        self._walked.clear()
        if self._is_partial:
            self._is_partial = False
            self._asked = self._emptied = self._followed = _NEVER

    def empty(self) -> None:
        """Have the caches forget what this edit may have made wrong, if more has changed since they last did."""
        self._forget_refilled()
        stale = self._find()
        if self._emptied == self._asked:
            return
        self._emptied = self._asked
        for cache, function, because in stale:
            key = id(cache.results if isinstance(cache, Memo) else cache)
            if because and self._because.get(key) == because:
                continue  # it was emptied for this, and what it has remembered since then is of the new code
            self._because[key] = because
            if isinstance(cache, Memo):
                self.context.tx.guard(cache.results)
            else:
                self.context.tx.on_undo(_clearing(cache))  # what it is told from now on is of the new code
            self._clear(cache, function)

    def _clear(self, cache: Any, function: FunctionType | None) -> None:
        """Empty one; where that is a function of the user's, which raises, no edit can do anything about it."""
        try:
            cache.cache_clear()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            name = f"{function.__module__}.{function.__qualname__}" if function is not None else type(cache).__name__
            reason = f"{type(error).__name__}: {error}"
            self.context.note("cache-kept", name, f"its cache could not be emptied, and may answer as before: {reason}")

    def _find(self) -> list[Stale]:
        """The caches of the user's modules whose results this edit may have made wrong; each has a `cache_clear`."""
        context = self.context
        attributes = sum(map(len, context.changed_attributes.values()))
        found = (context.changed_codes, context.changed_names, context.changed_contents, context.changed_classes)
        now = *map(len, found), attributes
        if now != self._asked:
            self._asked = now
            self._stale = list(self._look())
        return self._stale

    def _look(self) -> Iterator[Stale]:
        if any(self._asked):
            for cache, wrapped in self._remembering():
                reasons = ((each, self._changes_of(each)) for each in functions_in(wrapped))
                function, because = next((found for found in reasons if found[1]), (None, frozenset[object]()))
                if function is not None:
                    yield Stale(cache, function, because)
            hooks = (hook for live in self.context.program.noted_in(HOOK) for hook in _hooks_of(live))
            if any(map(self._changes_of, hooks)):
                yield Stale(Answers(), None)
        if BASES in self.context.changed_attributes:
            yield from (Stale(each, None) for each in self._dispatching())

    def _callers_of(self, stale: Stale) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that call a cached function, themselves or in functions that ran in them."""
        function, readers, program = stale.function, self.context.readers, self.context.program
        if function is None:
            return
        home, name = function.__module__, function.__qualname__.partition(".")[0]
        for live, unit in list(readers.anywhere(home, name)):
            if unit.is_definition and live.name == home and name in unit.binds:
                continue
            called = [(live.namespace, chain) for chain in unit.calls]
            for code in readers.codes_in(live, unit):
                space = program.namespace_of_file(code.co_filename)
                called += [(space, chain) for chain in reads(code)]
                called += [(given, (name,)) for given, name in program.imported_inside(code, space)]
            if any(id(function) in map(id, callables(program.value(space, chain))) for space, chain in called):
                yield live, unit

    def _remembering(self) -> Iterator[tuple[Any, Any]]:
        """The caches of the user's modules, each with the function whose results it remembers."""
        found: dict[int, tuple[Any, Any]] = {}
        seen: dict[int, Any] = {}
        for value in (each for live in with_wrappers(self.context.program.mine()) for each in self._wrappers_of(live)):
            if id(value) in seen:  # a name may be imported into many modules
                continue
            seen[id(value)] = value
            if is_a(value, functools._lru_cache_wrapper):
                found[id(value)] = value, value.__wrapped__
            elif is_cache(value):
                found[id(value)] = value, attribute(value, WRAPPED)
            else:
                for memo in memos(value, self.context.registrations.sharing.definition):
                    found[id(memo.results)] = memo, memo.function
        yield from found.values()

    def _wrappers_of(self, live: LiveModule) -> Iterable[Any]:
        """The wrappers of a module, as they were looked for last; none is kept alive for that.

        Without those of which the source says that they remember nothing: there may be one around each function.
        """
        known = self._walked.get(live.name)
        if known is not None:
            self._is_partial = True
            return [value for ref in known if (value := ref()) is not None]
        definition = self.context.registrations.sharing.definition
        found = [value for value in wrappers_of(live) if is_kept(value) or not keeps_nothing(value, definition)]
        if all(type(value).__weakrefoffset__ for value in found):
            self._walked[live.name] = list(map(weakref.ref, found))
        return found

    def _dispatching(self) -> Iterator[Dispatched]:
        """What `singledispatch` functions and methods remember of classes, which have other bases now."""
        for live in self.context.program.noted_in("singledispatch"):
            for value in list(live.namespace.values()):
                members = type.__getattribute__(value, "__dict__").values() if is_a(value, type) else (value,)
                for each in members:
                    function = each.dispatcher if is_a(each, functools.singledispatchmethod) else each
                    if is_a(function, FunctionType) and "_clear_cache" in function.__dict__:
                        yield Dispatched(function)

    def _changes_of(self, function: Any) -> frozenset[object]:
        """What has changed of what a cached function runs, or reads on the way."""
        if not is_a(function, FunctionType):
            return frozenset()
        own, space = function.__code__, function.__globals__
        cls = class_of(own, space)
        methods = [] if cls is None else [(*own.co_qualname.split(".")[:-1], name) for name in own.co_names]
        codes = {id(own): own, **self.context.program.reached(space, [*reads(own), *methods], own.co_names)}
        for each in () if cls is None else subclasses(cls):  # of which the instance may be
            codes |= {id(found.__code__): found.__code__ for found in members(each, own.co_names)}
        changed = self.context.codes_of_changed().intersection(codes)
        attributes = frozenset(each for code in codes.values() for each in self._attributes_of(code))
        return frozenset(changed).union(attributes, *map(self.context.changes_asked_by, codes.values()))

    def _attributes_of(self, code: CodeType) -> Iterator[object]:
        """The attributes that a method may ask its instance for, and of which its class has others now."""
        names = self.context.changed_attributes.keys() & set(code.co_names)
        cls = class_of(code, self.context.program.namespace_of_file(code.co_filename)) if names else None
        for name in names if cls is not None else ():
            owners = [each for each in self.context.changed_attributes[name] if is_a(each, type)]
            if any(each in family_of(cls) or cls in family_of(each) for each in owners):
                yield id(code), name


def _clearing(cache: Any) -> Callable[[], object]:
    """What empties a cache, without keeping alive one that another object takes the place of."""
    if is_a(cache, functools._lru_cache_wrapper):
        return functools.partial(_clear, weakref.ref(cache))
    clear: Callable[[], object] = cache.cache_clear
    return clear


def _clear(ref: weakref.ref[Any]) -> None:
    if (cache := ref()) is not None:
        cache.cache_clear()


def _is_asked_for(cache: Any, wanted: Set[int]) -> bool:
    """Whether a cache of `functools` remembers a result for one of some objects, told by `id`.

    Its keys are the arguments, as tuples: https://github.com/python/cpython/blob/3.13/Modules/_functoolsmodule.c
    """
    keys = (key for each in referents(cache) if type(each) is dict for key in list(each) if type(key) is tuple)
    return any(id(argument) in wanted for key in keys for argument in key)


def is_cache(value: Any) -> bool:
    """Is it a wrapper that can be emptied, as those of `cachetools.cached`?"""
    if (type(value) is FunctionType and not value.__dict__) or attribute(value, WRAPPED) is MISSING:
        return False
    return any(attribute(each, CLEAR) is not MISSING for each in (value, type(value)))


def is_kept(value: Any) -> bool:
    """Is it a cache, of whatever make, that has a `cache_clear`?"""
    return is_a(value, functools._lru_cache_wrapper) or is_cache(value)


class Dispatched:
    """What a `singledispatch` function remembers: which of its implementations a class has."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def cache_clear(self) -> None:
        """Have it look once more."""
        self._function._clear_cache()


class Answers:
    """What abstract classes remember of `isinstance` and `issubclass`: a cache that has no object of its own."""

    def cache_clear(self) -> None:
        """Have all of them ask again: an answer is kept by the abstract bases as well."""
        clear_all_abc_caches()


def _hooks_of(live: LiveModule) -> Iterator[Any]:
    """The functions by which a module's abstract classes decide what is a subclass."""
    for value in [value for value in list(live.namespace.values()) if is_a(value, ABCMeta)]:
        if value.__module__ == live.name and HOOK in value.__dict__:
            yield getattr(value.__dict__[HOOK], "__func__", None)
