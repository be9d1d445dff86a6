"""The only way to change an object of the user: every change is written down with its reverse.

It must never decide what to change: it does as it is told, and can undo it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Container, MutableMapping
from functools import partial
from typing import Any, Final, NamedTuple

from autoreload_hooks.compat import delete_class_attribute, set_class_attribute
from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.compat.states import (
    Kept,
    Layouts,
    keep_dict,
    keep_list,
    keep_set,
    namespace_of,
    restore_order,
    states_of,
)


class _Missing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "<missing>"


MISSING: Final[Any] = _Missing()
"""Stands for the value of a name that is not there."""
ORDERED: Final = 10_000  #: an entry that is deleted from a larger dictionary is put back as the last


class Change(NamedTuple):
    """One change of an attribute or name, for those who ask what an edit really changed."""

    owner: Any  #: the object or namespace that was changed, or all the places
    name: str  #: which of its names
    old: Any  #: the value before, or MISSING
    new: Any  #: the value after, or MISSING


class ChangedAttribute(NamedTuple):
    """An attribute of a class that is another object now, was added or is gone."""

    owner: type
    name: str
    before: Any = MISSING  #: the value before, if it was looked at


class Transaction:
    """Changes to the user's objects, which all stay or all go.

    Use it as a context manager: leaving without `commit` undoes everything, in reverse order.
    """

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.errors: list[BaseException] = []  #: what went wrong while undoing
        self._undo: list[Callable[[], object]] = []
        self._guarded: dict[int, tuple[int, list[Kept]]] = {}
        # by id, in order: how many steps there were before it was guarded, and what puts it back
        self._layouts: Layouts = {}
        self._committed = False

    def __enter__(self) -> Transaction:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._committed:
            self.rollback()

    def commit(self) -> None:
        """Keep all changes: what was written down for undoing is dropped."""
        self._committed = True
        self._undo.clear()
        self._guarded.clear()
        self._layouts.clear()

    def rollback(self) -> None:
        """Undo everything in reverse; a step that fails is kept in `errors` and the others go on."""
        for place, states in reversed(self._guarded.values()):
            self._undo_down_to(place)
            self._undo += [restore for restore, _ in states]
            self._undo_down_to(place)
        self._undo_down_to(0)
        self._guarded.clear()
        self.changes.clear()

    def _undo_down_to(self, place: int) -> None:
        """Undo all steps but the first `place`."""
        while len(self._undo) > place:
            try:
                self._undo.pop()()
            except BaseException as error:  # one object that misbehaves must not keep the others changed
                self.errors.append(error)

    def mark(self) -> tuple[int, int]:
        """A place to which `undo_to` can go back."""
        return len(self._undo), len(self.changes)

    def undo_to(self, mark: tuple[int, int]) -> None:
        """Undo what was done since `mark`, and nothing before it; what was guarded stays guarded."""
        undone, changed = mark
        self._undo_down_to(undone)
        del self.changes[changed:]

    def on_undo(self, undo: Callable[[], object]) -> None:
        """Have `undo` called if the transaction is undone."""
        self._undo.append(undo)

    def do(self, act: Callable[[], object], undo: Callable[[], object]) -> None:
        """Act, and remember how to take it back; an act that raises has changed nothing."""
        act()
        self._undo.append(undo)

    def guard(self, namespace: dict[str, Any]) -> None:
        """Keep a shallow copy of a namespace or plain dictionary, so that whatever runs may write into it."""
        if id(namespace) not in self._guarded:
            self._guarded[id(namespace)] = len(self._undo), [keep_dict(namespace)]

    def guard_list(self, items: list[Any] | deque[Any]) -> None:
        """Keep a shallow copy of a list, or of a `deque`."""
        self._undo.append(keep_list(items)[0])

    def guard_set(self, items: set[Any]) -> None:
        """Keep a shallow copy of a set."""
        self._undo.append(keep_set(items)[0])

    def guard_state(self, obj: Any) -> None:
        """Keep what an object of whatever kind holds by itself: items, attributes, slots, what is in a closure."""
        if id(obj) not in self._guarded and (states := states_of(obj, self._layouts)):
            self._guarded[id(obj)] = len(self._undo), states

    def guard_item(self, mapping: dict[str, Any], key: str) -> None:
        """Keep one item of a dictionary, or that it is not there."""
        old = mapping.get(key, MISSING)

        def undo() -> None:
            if old is MISSING:
                mapping.pop(key, None)
            elif mapping.get(key, MISSING) is not old:
                mapping[key] = old

        self._undo.append(undo)

    def guard_class_attr(self, cls: type, name: str) -> None:
        """Keep one attribute of a class itself, or that it is not there; one that cannot be changed needs nothing."""
        old = _own(cls, name)

        def undo() -> None:
            if _own(cls, name) is not old:
                delete_class_attribute(cls, name) if old is MISSING else set_class_attribute(cls, name, old)

        self._undo.append(undo)

    def holds(self, obj: Any) -> int:
        """How many references to `obj` this transaction's own books are."""
        _, states = self._guarded.get(id(obj), (0, []))
        kept = (each for _, states in self._guarded.values() for _, copies in states for each in copies)
        copies = sum(value is obj for each in kept for value in (each.values() if is_a(each, dict) else each))
        return len(states) + copies + self.changes_of({id(obj)})[id(obj)]

    def changes_of(self, keys: Container[int]) -> Counter[int]:
        """How many references to each of these objects, told by `id`, the records of changes are."""
        found: Counter[int] = Counter()
        for change in self.changes:
            if id(change.new) in keys:
                found[id(change.new)] += 1
            if id(change.old) in keys:
                found[id(change.old)] += 2  # the record itself, and what is to undo it
        return found

    def set_item(self, mapping: MutableMapping[Any, Any], key: Any, value: Any) -> None:
        """`mapping[key] = value`."""
        old = mapping.get(key, MISSING)
        mapping[key] = value
        self._undo.append(lambda: mapping.pop(key, None) if old is MISSING else mapping.__setitem__(key, old))
        self.changes.append(Change(mapping, key, old, value))

    def replace_items(self, places: list[tuple[dict[str, Any], str]], old: Any, new: Any) -> None:
        """`mapping[key] = new` at many places, all of which hold `old`."""

        def put(value: Any) -> None:
            for mapping, key in places:
                mapping[key] = value

        put(new)
        self._undo.append(lambda: put(old))
        self.changes.append(Change(places, "", old, new))

    def del_item(self, mapping: MutableMapping[Any, Any], key: Any) -> None:
        """`del mapping[key]`; a key that is not there is no error."""
        below = _keys_below(mapping, key)
        old = mapping.pop(key, MISSING)
        if old is not MISSING:
            self._undo.append(partial(_put_back, mapping, key, old, below))
            self.changes.append(Change(mapping, key, old, MISSING))

    def set_attr(self, obj: Any, name: str, value: Any, *, setter: Callable[[Any, str, Any], None] = setattr) -> None:
        """Set an attribute with `setter` (`type.__setattr__` goes past a metaclass's own)."""
        old = _own(obj, name)
        setter(obj, name, value)
        if old is MISSING:
            deleter = type.__delattr__ if setter is type.__setattr__ else delattr
            self._undo.append(lambda: deleter(obj, name))
        else:
            self._undo.append(lambda: setter(obj, name, old))
        self.changes.append(Change(obj, name, old, value))

    def del_attr(self, obj: Any, name: str, *, deleter: Callable[[Any, str], None] = delattr) -> None:
        """Delete an attribute with `deleter`."""
        old = _own(obj, name)
        self._keep_order(obj, name)
        deleter(obj, name)
        setter = type.__setattr__ if deleter is type.__delattr__ else setattr
        self._undo.append(lambda: setter(obj, name, old))
        self.changes.append(Change(obj, name, old, MISSING))

    def set_class_attr(self, cls: type, name: str, value: Any) -> None:
        """Set an attribute of a class past its metaclass. Raises Refused for a class of C."""
        old = _own(cls, name)
        back = partial(set_class_attribute, cls, name, old)
        gone = partial(delete_class_attribute, cls, name)
        self.do(partial(set_class_attribute, cls, name, value), gone if old is MISSING else back)
        self.changes.append(Change(cls, name, old, value))

    def del_class_attr(self, cls: type, name: str) -> None:
        """Delete an attribute of a class past its metaclass; one that is not there is no error."""
        old = _own(cls, name)
        if old is not MISSING:
            self._keep_order(cls, name)
            self.do(partial(delete_class_attribute, cls, name), partial(set_class_attribute, cls, name, old))
            self.changes.append(Change(cls, name, old, MISSING))

    def _keep_order(self, obj: Any, name: str) -> None:
        """An attribute is about to be deleted: when it is there again, it shall be where it was, and not the last."""
        if is_a(obj, type):
            self._undo.append(partial(restore_order, obj, list(type.__getattribute__(obj, "__dict__"))))
        elif (namespace := namespace_of(obj)) is not None and name in namespace:
            names = list(namespace)
            self._undo.append(partial(_move_to_end, namespace, names[names.index(name) + 1 :]))


def _own(obj: Any, name: str) -> Any:
    """What `obj` itself holds under `name`: a class's own entry, never an inherited or a bound one."""
    if is_a(obj, type):
        return type.__getattribute__(obj, "__dict__").get(name, MISSING)
    return getattr(obj, name, MISSING)


def _keys_below(mapping: MutableMapping[Any, Any], key: Any) -> list[Any]:
    """The keys behind one in a plain dictionary, as far as that is small; no key is asked whether it equals another."""
    names = list(mapping) if type(mapping) is dict and len(mapping) <= ORDERED else []
    place = next((place for place, each in enumerate(names) if each is key), len(names))
    return names[place + 1 :]


def _put_back(mapping: MutableMapping[Any, Any], key: Any, value: Any, below: list[Any]) -> None:
    """Give a mapping an item again, before those that had stood below it."""
    mapping[key] = value
    _move_to_end(mapping, below)


def _move_to_end(mapping: MutableMapping[Any, Any], names: list[Any]) -> None:
    for name in names:
        if name in mapping:
            mapping[name] = mapping.pop(name)
