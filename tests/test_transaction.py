"""Every change has its reverse, and all of them stay or none."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from typing import Any

import pytest

from autoreload_hooks.compat import FREE_THREADED
from autoreload_hooks.transaction import MISSING, Transaction


class Thing:
    """Something with attributes."""

    shared = "class"


def test_missing_says_so() -> None:
    """The value for what is not there has a name of its own."""
    assert "<missing>" == repr(MISSING)


def test_leaving_without_commit_undoes_everything() -> None:
    """Items and attributes, set and deleted, come back as they were."""
    names, thing = {"a": 1, "b": 2}, Thing()
    thing.x = 1  # type: ignore[attr-defined]
    with Transaction() as tx:
        tx.set_item(names, "a", 10)
        tx.set_item(names, "c", 3)
        tx.del_item(names, "b")
        tx.del_item(names, "not there")
        tx.set_attr(thing, "x", 2)
        tx.set_attr(thing, "y", 2)
        tx.del_attr(thing, "x")
        assert {"a": 10, "c": 3} == names

    assert {"a": 1, "b": 2} == names
    assert {"x": 1} == vars(thing)


def test_a_commit_keeps_everything() -> None:
    """And drops what was written down for undoing."""
    names: dict[str, int] = {}
    with Transaction() as tx:
        tx.set_item(names, "a", 1)
        tx.commit()
    tx.rollback()

    assert {"a": 1} == names


def test_an_exception_undoes_and_goes_on() -> None:
    """The error is the user's to see."""
    names: dict[str, int] = {}

    def fail() -> None:
        with Transaction() as tx:
            tx.set_item(names, "a", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert {} == names


def test_a_class_gets_back_its_own_attributes_only() -> None:
    """What it inherited is not written into it, a descriptor is put back as it was."""

    class Sub(Thing):
        made = staticmethod(len)

    own = Sub.__dict__["made"]
    with Transaction() as tx:
        tx.set_attr(Sub, "shared", "sub", setter=type.__setattr__)
        tx.set_attr(Sub, "made", None, setter=type.__setattr__)
        tx.del_attr(Sub, "made", deleter=type.__delattr__)

    assert "shared" not in vars(Sub)
    assert own is vars(Sub)["made"]


def test_a_guarded_namespace_is_restored_whoever_wrote_into_it() -> None:
    """Content and order both; the dictionary is the same object."""
    names = {"a": 1, "b": 2, "c": 3}
    with Transaction() as tx:
        tx.guard(names)
        tx.guard(names)
        del names["a"]
        names["d"] = 4
        names["a"] = 5

    assert [("a", 1), ("b", 2), ("c", 3)] == list(names.items())


def test_a_guard_and_changes_before_it_are_undone_in_order() -> None:
    """A namespace that was guarded after a change of it goes back to before that change."""
    names = {"a": 1}
    with Transaction() as tx:
        tx.set_item(names, "a", 2)
        tx.guard(names)
        names["a"] = 3

    assert {"a": 1} == names


def test_containers_are_restored() -> None:
    """Lists and sets that a unit filled have what they had."""
    items, members = [1, 2], {1, 2}
    with Transaction() as tx:
        tx.guard_list(items)
        tx.guard_set(members)
        items.clear()
        items.append(3)
        members.discard(1)
        members.add(9)

    assert [1, 2] == items
    assert {1, 2} == members


def test_one_step_that_cannot_be_undone_keeps_no_other_from_it() -> None:
    """What went wrong while undoing is kept."""
    names: dict[str, int] = {}

    def fail() -> None:
        raise RuntimeError("cannot")

    with Transaction() as tx:
        tx.set_item(names, "a", 1)
        tx.on_undo(fail)
        tx.set_item(names, "b", 1)

    assert {} == names
    assert ["cannot"] == [str(error) for error in tx.errors]


def test_an_act_that_raises_has_nothing_to_undo() -> None:
    """`do` writes down the reverse only of what was done."""
    undone: list[str] = []

    def fail() -> None:
        raise RuntimeError

    with Transaction() as tx:
        tx.do(lambda: None, lambda: undone.append("one"))
        with pytest.raises(RuntimeError):
            tx.do(fail, lambda: undone.append("two"))

    assert ["one"] == undone


def test_a_part_can_be_undone() -> None:
    """Going back to a mark undoes what came after it, and nothing before."""
    names: dict[str, int] = {}

    def fail() -> None:
        raise RuntimeError

    with Transaction() as tx:
        tx.set_item(names, "a", 1)
        mark = tx.mark()
        tx.set_item(names, "b", 1)
        tx.on_undo(fail)
        tx.undo_to(mark)
        assert {"a": 1} == names
        assert ["a"] == [change.name for change in tx.changes]
        tx.commit()

    assert {"a": 1} == names
    assert 1 == len(tx.errors)


def test_changes_are_known_with_old_and_new() -> None:
    """Whoever asks what an edit really changed is told."""
    names: dict[str, Any] = {"a": 1}
    tx = Transaction()
    tx.set_item(names, "a", 2)
    tx.set_item(names, "b", 3)
    tx.del_item(names, "a")

    assert [("a", 1, 2), ("b", MISSING, 3), ("a", 2, MISSING)] == [(c.name, c.old, c.new) for c in tx.changes]


def test_its_own_references_are_counted() -> None:
    """So that others can tell whether somebody else holds an object."""
    thing, names = Thing(), {}
    names["t"] = thing
    tx = Transaction()
    assert 0 == tx.holds(thing)
    tx.guard(names)
    assert 1 == tx.holds(thing)
    tx.set_item(names, "t", None)

    assert 3 == tx.holds(thing)
    assert "t" in names


class Slotted:
    """Something with slots, one of them empty."""

    __slots__ = ("full", "never")

    def __init__(self) -> None:
        self.full = 1


class Items(list[int]):
    """A list with attributes."""


def _counter() -> Any:
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return count

    return step


def test_the_state_of_an_object_is_kept() -> None:
    """Whatever its kind: items and attributes, slots, what a function has in its closure, in their order."""
    thing, slotted, items, step = Thing(), Slotted(), Items([1]), _counter()
    vars(thing).update(a=1, b=2)
    namespace = vars(thing)
    items.label = "one"  # type: ignore[attr-defined]
    ordered, counts = OrderedDict(a=1, b=2), defaultdict(list, a=[])
    queue, members, text = deque([1], maxlen=2), {1, 2}, bytearray(b"one")
    with Transaction() as tx:
        for each in (thing, slotted, items, step, ordered, counts, queue, members, text):
            tx.guard_state(each)
        thing.__dict__ = {"c": 3}
        slotted.full, slotted.never = 2, 2  # type: ignore[attr-defined]
        items.append(2)
        del items.label  # type: ignore[attr-defined]
        step()
        step.tag = 1
        ordered.move_to_end("a")
        _ = counts["b"]
        counts.default_factory = None
        queue.extend([2, 3])
        members.clear()
        text += b"two"

    assert tx.errors == []
    assert vars(thing) is namespace
    assert list(vars(thing)) == ["a", "b"]
    assert (slotted.full, hasattr(slotted, "never")) == (1, False)
    assert (items, items.label) == ([1], "one")  # type: ignore[attr-defined]
    assert (vars(step), step()) == ({}, 1)
    assert list(ordered) == ["a", "b"]
    assert (dict(counts), counts.default_factory) == ({"a": []}, list)
    assert (queue, members, text) == (deque([1]), {1, 2}, b"one")


def test_the_names_of_a_class_stand_in_their_order() -> None:
    """What was deleted and set again is where it was."""

    class Named:
        one = 1

        def two(self) -> int:
            return 2

        three = 3

    names, two = list(vars(Named)), Named.two
    with Transaction() as tx:
        tx.del_class_attr(Named, "one")
        tx.guard_state(Named)
        del Named.two
        Named.three, Named.four = 4, 4  # type: ignore[attr-defined]
        tx.set_class_attr(Named, "three", 5)
    assert tx.errors == []
    assert FREE_THREADED or list(vars(Named)) == names
    assert (Named.one, Named.two, Named.three, Named().two()) == (1, two, 3, 2)


def test_what_still_holds_what_it_held_is_left_alone() -> None:
    """A set has no other order, and a list that refuses changes raises nothing."""
    members = {"a", "b", "c"}
    members.discard("b")
    members.add("b")
    before = list(members)
    with Transaction() as tx:
        tx.guard_state(members)
        members.add("d")
        members.discard("d")
    assert list(members) == before


def test_one_item_is_kept() -> None:
    """Or that it is not there; the others may change."""
    names = {"a": 1, "b": 2}
    with Transaction() as tx:
        tx.guard_item(names, "a")
        tx.guard_item(names, "c")
        tx.guard_class_attr(Thing, "shared")
        tx.guard_class_attr(Thing, "added")
        names.update(a=2, b=3, c=4)
        Thing.shared, Thing.added = "other", 1  # type: ignore[attr-defined]
    assert (names, Thing.shared, hasattr(Thing, "added")) == ({"a": 1, "b": 3}, "class", False)
