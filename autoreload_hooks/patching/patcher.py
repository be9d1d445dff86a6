"""Merging what a unit made anew into what it made before.

It must never merge what the unit did not make, and never change an object otherwise than through the transaction.
"""

from __future__ import annotations

import typing
import weakref
from collections.abc import Callable, Collection, Iterable
from functools import partial
from types import CodeType, FunctionType, GenericAlias, UnionType
from typing import Any, Final

from autoreload_hooks.compat import Refused, clear_all_abc_caches, docstring, drop_class
from autoreload_hooks.compat.behaviours import Kinds
from autoreload_hooks.compat.layouts import is_python_layout
from autoreload_hooks.patching import functions, twins
from autoreload_hooks.patching.decorated import (
    are_of_one_class,
    attributes,
    follow_docstrings,
    holders_inside,
    write_attributes,
)
from autoreload_hooks.patching.departed import Departed
from autoreload_hooks.patching.hashing import hash_again
from autoreload_hooks.patching.instances import (
    Defaults,
    Migration,
    computed_names,
    drop_computed,
    instances_of,
    migrate,
    state_names,
)
from autoreload_hooks.patching.kinds import (
    How,
    Kind,
    full_name,
    is_class,
    keep_nothing,
    make_everything,
    make_nothing,
    said,
)
from autoreload_hooks.patching.layouts import Move, make_stays_again, move_instances, same_layout
from autoreload_hooks.patching.table import KINDS
from autoreload_hooks.patching.values import same_value
from autoreload_hooks.transaction import ChangedAttribute, Transaction

NOTHING_MADE: Final = How(made=make_nothing)


class Patcher:
    """The merges of one reload.

    `note(slug, subject, message)` is told what could not follow; `departed` are the definitions that went earlier.
    """

    def __init__(
        self, tx: Transaction, note: Callable[[str, str, str], None], departed: Departed | None = None
    ) -> None:
        self.tx = tx
        self.note = note
        self.departed = departed if departed is not None else Departed()
        self.replaced: list[tuple[Any, Any]] = []  #: (old, new): the new one survives, the old one must be rebound
        self.inner: list[Any] = []  #: what rightly goes on holding a replaced object: the wrapper that replaced it
        self.changed: set[int] = set()  #: the ids of the functions that now do something else
        self.changed_attributes: list[ChangedAttribute] = []  #: the attributes of classes that are now another object
        self.changed_faces: list[
            tuple[Any, str]
        ] = []  #: functions and classes that show something else, and under which name
        self.hashed: list[type] = []  #: classes whose `__hash__` is another
        self.codes_before: dict[int, CodeType] = {}  #: by id, the code of functions that have other code now
        self.codes_kept: dict[int, tuple[CodeType, CodeType]] = {}
        """By id of a new code object: it, and its old version, which functions go on running as it says the same."""
        self.moves: list[Move] = []  #: instances of replaced classes that are still to be moved
        self.unfinished: list[Move] = []  #: those of which some instances are left
        self.defaults: list[tuple[type, Defaults]] = []  #: what instances of such classes get if they lack it
        self.stays: list[tuple[type, type, str]] = []  #: subclasses that could not leave a replaced class, and why
        self.migrations: list[Migration] = []  #: instances to be told when everything has run
        self.after_unit: list[Callable[[], None]] = []  #: what was prepared for one unit only, to be taken back
        self.at_end: list[Callable[[], None]] = []  #: what waits until everything has run
        self.committed: list[Callable[[], None]] = []  #: what waits until nothing is kept any more to undo it
        self.stale: list[Any] = []  #: caches of functions that have changed, before anybody asks them
        self.made_of_docstrings: list[FunctionType] = []  #: whose decorators made something of a docstring that changed
        self.docstrings_before: list[tuple[FunctionType, str]] = []  #: functions that have another docstring now
        self.asks_anew = False  #: whether a class may now answer `isinstance` and `issubclass` otherwise
        self._survivors: dict[int, tuple[Any, Any]] = {}  # id of the new one -> (the new one, kept alive; survivor)
        self._inside: list[Any] = []  # what lives on inside another object, of the merge that goes on
        self._twins: list[int] = []  # the keys of `_survivors` for objects that must vanish
        self._kept: dict[int, Any] = {}  # the survivors, by id
        self._superseded: set[int] = set()  # the ids of what another object has taken the place of
        self._aside: list[tuple[FunctionType, dict[str, Any]]] = []
        self.defined: dict[str, FunctionType] = {}  #: by qualified name: the functions for which the unit has a `def`

    def function(
        self, old: FunctionType, new: FunctionType, *, left: Collection[str] = (), written: Collection[str] = ()
    ) -> FunctionType:
        """Update the function that a `def` made before, below its decorators, while the unit runs; returns it.

        Its attributes are put aside until `settle`, so that decorators find a function as new as they would in a
        fresh process; those that they do not set again come back, except the ones named in `left`: these are known
        to have been left by the unit itself. `written` are those that units assigned which no longer stand there:
        they do not come back either, and names and docstring are what the `def` says. Where `old` cannot be updated,
        `new` is returned.
        """
        if old is new:
            return old
        if not functions.are_functions(old, new):
            return new
        survivor = self._attempt(
            lambda: functions.merge_functions(self, old, new, NOTHING_MADE, fresh=True, written=written), old, new
        )
        if survivor is old:
            self.remember(new, old)
            self.defined[old.__qualname__] = old
            self._put_aside(old, {*left, *written})
        else:
            self.replaced.append((old, new))
        result: FunctionType = survivor
        return result

    def settle(self) -> None:
        """A unit has run: attributes that were put aside, and that nobody has set again, come back."""
        while self.after_unit:
            self.after_unit.pop()()
        while self._aside:
            function, before = self._aside.pop()
            for name, value in before.items():
                if name not in function.__dict__:
                    self.tx.set_item(function.__dict__, name, value)

    def swap_code(
        self,
        functions_: Iterable[FunctionType],
        new_code: CodeType,
        copies: Iterable[Any] = (),
        *,
        differs: bool | None = None,
    ) -> None:
        """Give every one of the functions other code that needs no other closure; see `functions.swap_code`."""
        swapped, wrappers = list(functions_), list(copies)
        before = [(function, docstring(function.__code__)) for function in swapped if wrappers]
        functions.swap_code(self, swapped, new_code, wrappers, differs=differs)
        follow_docstrings(self, before, wrappers)

    def merge(
        self,
        old: Any,
        new: Any,
        *,
        made: Callable[[Any], bool] = make_everything,
        keep: Callable[[str, str, Any], bool] = keep_nothing,
        made_names: Collection[str] | Callable[[type], Collection[str] | None] | None = None,
    ) -> Any:
        """Return the survivor of what a name held before and after its unit ran.

        `made(obj)` says whether the run made an object; `keep(class_name, name, new)` whether the source and the
        inputs of a name in a class body are as before, and `new` may be what they gave; `made_names` are the names
        that the old class body bound, where they are known (or a function that knows them for nested classes, too):
        other data that the class has is its state.

        The survivor is `old`, updated in place, where its kind allows; `drop_twins` then lets go of `new`. Otherwise
        it is `new`, and (old, new) is added to `replaced`.
        """
        self.settle()
        if old is new:
            return old
        known = self._survivors.get(id(new))
        if known is not None and known[1] is old:
            return old
        left = (
            made_names if callable(made_names) else lambda obj: made_names if obj is old or not is_class(obj) else None
        )
        place = said(old, "__qualname__") or ""
        inner = holders_inside(new, old) if is_definition(old) else []
        if inner:  # a decorator was added: the old object lives on inside the new one
            self.inner += inner
            survivor = new
        else:
            survivor = self._merge(old, new, How(made, keep, left, place)) if made(new) else self.equal_or_new(old, new)
        self._keep_inside()
        if survivor is not old and has_identity(old):
            self.replaced.append((old, survivor))
        return survivor

    def _keep_inside(self) -> None:
        """What was made around an object that lives on inside another one now may hold it besides: it goes on to."""
        for old in self._inside:
            for twin, survivor in self._survivors.values():
                if type(twin) is FunctionType and any(value is old for value in twin.__dict__.values()):
                    self.inner.append(survivor.__dict__)
        self._inside.clear()

    def part(self, old: Any, new: Any, how: How) -> Any:
        """Return the survivor of two objects at corresponding places of two that are being merged."""
        if old is new:
            return old
        known = self._survivors.get(id(new))
        if known is not None:
            return known[1]
        if is_definition(old) and self.is_survivor(old):  # it lives on as another part, or inside the new one
            inner = holders_inside(new, old) if self._is_definition_at(old, how) else []
            if inner:  # a decorator was added
                self.inner += inner
                self._inside.append(old)
                self.replaced.append((old, new))
            return new
        if not are_paired(old, new) or not how.made(new):
            return self.equal_or_new(old, new)
        survivor = self._merge(old, new, how)
        if survivor is not old and is_definition(old):
            self.replaced.append((old, survivor))
        return survivor

    def _is_definition_at(self, old: Any, how: How) -> bool:
        """Whether objects are merged at the place where the unit defines a function, not where it is mentioned."""
        return self.defined.get(how.place) is old

    def equal_or_new(self, old: Any, new: Any) -> Any:
        """A value that is equal stays the old object, unless what it holds has been replaced by another object."""
        return old if same_value(old, new, self._superseded) else new

    def supersede(self, old: Any) -> None:
        """Another object has taken the place of `old`, under a name or in a class."""
        if has_identity(old):
            self._superseded.add(id(old))  # what could be compared with it has it, too: it does not go meanwhile

    def refill(self, old: Any, new: Any, *, without: Collection[str] = ()) -> bool:
        """Give an object the state of another of its class, if attributes are all that there is to them.

        An attribute that no method of the class sets, nor a cached property, was set by the user, and stays, but for
        those in `without`.
        """
        cls = type(old)
        if cls is not type(new) or is_definition(old) or not is_python_layout(cls):
            return False
        mine, theirs = attributes(old), attributes(new)
        given = state_names(cls, {}) | state_names(cls, self.codes_before) | computed_names(cls, mine) | set(without)
        write_attributes(self, old, mine, {name: mine[name] for name in mine.keys() - given} | theirs)
        self.remember(new, old)
        return True

    def drop_computed(self, obj: Any) -> bool:
        """Have an instance forget what its cached properties have computed; whether there was anything."""
        return drop_computed(self, obj)

    def moves_along(self, old: type, new: type) -> bool:
        """Whether the instances of a class are going to be those of the one in its place, with all that they have."""
        return any(each.old is old and each.new is new for each in self.moves) and same_layout(old, new)

    def is_survivor(self, obj: Any) -> bool:
        """Is it an old object that was updated by this patcher?"""
        return id(obj) in self._kept

    def drop_twins(self, near: Iterable[Any] = ()) -> None:
        """Let go of what was made anew for nothing, as an old object survived: whoever has caught it gets that.

        Call it after a unit, when the names that the unit bound hold the survivors. `near`: who is likely to have
        caught it.
        """
        self.settle()
        self.defined.clear()
        move_instances(self)
        pairs = {key: self._survivors[key] for key in self._twins}
        self._twins.clear()
        twins.replace_twins(self, pairs, [self._survivors, *self._survivors.values(), self._kept], near)
        classes = [weakref.ref(new) for new, _ in pairs.values() if is_class(new)]
        for key in pairs:
            self._survivors.pop(key, None)
        pairs.clear()
        for ref in classes:
            drop_class(ref)
        if self.asks_anew:
            self.asks_anew = False
            clear_all_abc_caches()

    def forget_answers(self) -> None:
        """Have caches forget what functions that have changed had answered: somebody may ask.

        What they are told from now on is of the new code, and goes if the reload is undone.
        """
        while self.stale:
            cache = self.stale.pop()
            cache.cache_clear()
            self.tx.on_undo(partial(_clear, weakref.ref(cache)))  # it may be replaced, and must not be held for this

    def complete(self) -> None:
        """Everything has run: tell old instances which attributes came and went. Call it before the commit."""
        self.forget_answers()
        self.drop_twins()
        make_stays_again(self)
        for old, new in self.replaced:
            if is_class(old) and is_class(new):
                twins.follow_weak_references(self, old, new)
        move_instances(self, last=True)
        self.defaults.clear()
        migrations, self.migrations = self.migrations, []
        for migration in migrations:
            migrate(self, migration)
        while self.at_end:
            self.at_end.pop()()

    def prepare(self, old: Any) -> None:
        """Make way for a class statement that is about to run again, where two such classes cannot be.

        For each kind of class of which a framework keeps a register by name.
        """
        kind = _kind_of(old)
        if kind is not None and kind.prepare is not None:
            kind.prepare(self, old)

    def retire(self, old: Any) -> None:
        """The statement that made an object is gone: so is the object, from the register of a framework."""
        kind = _kind_of(old)
        if kind is not None and kind.retire is not None:
            kind.retire(self, old)

    def finish(self) -> None:
        """The transaction is committed and everything rebound: replaced classes that nobody needs vanish."""
        self.complete()
        classes = [weakref.ref(old) for old, _ in self.replaced if is_class(old)]
        self.replaced.clear()
        self.inner.clear()
        self._survivors.clear()
        self._superseded.clear()
        self._kept.clear()
        self.changed_attributes.clear()
        self.changed_faces.clear()
        hash_again(self.hashed)
        self.hashed.clear()
        held = {id(type(obj)) for obj in instances_of(*filter(None, (ref() for ref in classes)))}
        for ref in classes:
            if id(ref()) not in held:
                drop_class(ref)
            elif (stays := ref()) is not None:
                self.departed.leave(stays)
                del stays
        while self.committed:
            self.committed.pop()()

    def remember(self, new: Any, survivor: Any) -> None:
        """From now on `new` stands for `survivor`, wherever it is met."""
        self._survivors[id(new)] = new, survivor
        if survivor is not new and has_identity(new) and type(new) not in _ALIASES:
            self._kept[id(survivor)] = survivor
            self._twins.append(id(new))

    def survivor(self, new: Any) -> Any:
        """What has become of an object that the run made: its survivor, or itself."""
        known = self._survivors.get(id(new))
        return new if known is None else known[1]

    def _merge(self, old: Any, new: Any, how: How) -> Any:
        """Look up the kind of two objects, and merge them by it."""
        for kind in KINDS:
            if kind.matches(old, new):
                self._survivors[id(new)] = new, old  # for cycles: whoever meets it meanwhile means the old one
                survivor = self._attempt(partial(kind.merge, self, old, new, how), old, new)
                self.remember(new, survivor)
                return survivor
        return self.equal_or_new(old, new)

    def _attempt(self, act: Callable[[], Any], old: Any, new: Any) -> Any:
        """Merge, or leave everything as it was and let the new object survive."""
        mark = self.tx.mark()
        books: tuple[list[Any], ...] = (
            self.replaced,
            self._twins,
            self.changed_attributes,
            self.changed_faces,
            self.moves,
            self.defaults,
            self.stays,
        )
        counts = [len(book) for book in books]
        try:
            return act()
        except Refused as refused:
            del refused  # a normal outcome: whoever holds the old object is looked for
        except Exception as error:  # an object of the user that misbehaves must not keep the others from following
            reason = f"{type(error).__name__}: {error}"
            self.note(
                "misbehaves", full_name(old), f"is replaced by its new version, as it cannot be updated: {reason}"
            )
        self.tx.undo_to(mark)
        for book, count in zip(books, counts, strict=True):
            del book[count:]
        return new

    def _put_aside(self, function: FunctionType, left: Collection[str]) -> None:
        attributes = function.__dict__
        if attributes:
            self._aside.append((function, {name: value for name, value in attributes.items() if name not in left}))
            for name in list(attributes):
                self.tx.del_item(attributes, name)


def _kind_of(obj: Any) -> Kind | None:
    return next((kind for kind in KINDS if kind.matches(obj, obj)), None)


def are_paired(old: Any, new: Any) -> bool:
    """May two objects at corresponding places be versions of one? Functions and classes need the same name."""
    if is_definition(old) or is_definition(new):
        same_kind = functions.are_functions(old, new) or (is_class(old) and is_class(new))
        return same_kind and old.__qualname__ == new.__qualname__ and old.__module__ == new.__module__
    return type(old) is type(new) or are_of_one_class(old, new)


def is_definition(obj: Any) -> bool:
    """Is it a function or a class?"""
    return functions.is_function(obj) or is_class(obj)


def has_identity(obj: Any) -> bool:
    """Is it an object that somebody may hold for its own sake? Numbers and texts are not."""
    return type(obj) not in _VALUES


_OF_TYPING: Final = map(vars(typing).get, ("_GenericAlias", "_UnionGenericAlias"))
_ALIASES: Final = Kinds((GenericAlias, UnionType, *filter(None, _OF_TYPING)))
"""What `list[int]` and `Optional[int]` are: an equal one is as good, and the caches of `typing` hold each."""
_VALUES: Final = Kinds((type(None), bool, int, float, complex, str, bytes, tuple, frozenset, range, slice))


def _clear(ref: weakref.ref[Any]) -> None:
    if (cache := ref()) is not None:
        cache.cache_clear()
