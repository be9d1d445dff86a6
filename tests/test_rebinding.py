"""Recorded names that hold the old value come to hold the new one."""

from __future__ import annotations

from typing import Any

import pytest

from autoreload_hooks.bindings import USER, Binding, BindingTable
from autoreload_hooks.compat.bytecode import import_sites
from autoreload_hooks.rebinding import Rebinder
from autoreload_hooks.transaction import MISSING, Transaction

OLD, NEW = object(), object()


class World:
    """Namespaces with recorded imports between them."""

    def __init__(self, **sources: str) -> None:
        self.table = BindingTable()
        self.spaces: dict[str, dict[str, Any]] = {"a": {"x": NEW}}
        self.lost: set[Binding] = set()
        self.tx = Transaction()
        for name, source in sources.items():
            importer = USER if name == "user" else name
            self.spaces[importer] = {}
            self.table.record(importer, None, import_sites(compile(source, name, "exec")))
        self.rebinder = Rebinder(self.table, self.spaces.get, self.tx, self.lost)

    def follow(self, old: Any, new: Any, name: str = "x") -> list[tuple[str, str]]:
        """Follow a name of module `a`."""
        return list(self.rebinder.follow("a", name, old, new))


def test_every_importer_that_holds_the_old_value_gets_the_new() -> None:
    """Under its own name for it; the notebook is an importer too."""
    world = World(b="from a import x", c="from a import x as y", user="from a import x")
    world.spaces["b"]["x"] = world.spaces["c"]["y"] = world.spaces[USER]["x"] = OLD

    assert {("b", "x"), ("c", "y"), (USER, "x")} == set(world.follow(OLD, NEW))
    assert [NEW] * 3 == [world.spaces["b"]["x"], world.spaces["c"]["y"], world.spaces[USER]["x"]]


def test_what_holds_something_else_is_left_alone() -> None:
    """Whoever assigned a name since keeps what they assigned, also what is equal; a name that is gone stays gone."""
    world = World(b="from a import x", c="from a import x")
    world.spaces["b"]["x"] = "mine"

    assert [] == world.follow(OLD, NEW)
    assert "mine" == world.spaces["b"]["x"]
    assert {} == world.spaces["c"]


def test_an_importer_that_is_gone_is_no_importer() -> None:
    """Its namespace is not known any more."""
    world = World(b="from a import x")
    del world.spaces["b"]

    assert [] == world.follow(OLD, NEW)


def test_a_name_goes_and_returns() -> None:
    """Where a name went with its source it returns with it, and only there."""
    world = World(b="from a import x", c="from a import x")
    world.spaces["b"]["x"] = OLD
    world.spaces["c"]["x"] = "mine"

    assert [("b", "x")] == world.follow(OLD, MISSING)
    assert {} == world.spaces["b"]
    assert [("b", "x")] == world.follow(MISSING, NEW)
    assert {"x": NEW} == world.spaces["b"]
    assert set() == world.lost


def test_all_of_it_can_be_undone() -> None:
    """Names and the memory of what went."""
    world = World(b="from a import x", c="from a import x")
    world.spaces["b"]["x"] = world.spaces["c"]["x"] = OLD
    world.follow(OLD, MISSING)
    assert world.lost
    world.tx.rollback()

    assert {"x": OLD} == world.spaces["b"] == world.spaces["c"]
    assert set() == world.lost


def test_a_star_import_brings_new_names() -> None:
    """A name that its source did not have before arrives in star importers, a private one does not."""
    world = World(b="from a import *")

    assert [("b", "x")] == world.follow(MISSING, NEW)
    assert [] == world.follow(MISSING, NEW, "_private")


@pytest.mark.parametrize(("listed", "gets"), [(["x"], True), (("x",), True), (["y"], False), ("x", True)])
def test_a_star_import_gives_what_is_listed(listed: Any, gets: bool) -> None:
    """A list or tuple in `__all__` decides; anything else is no list."""
    world = World(b="from a import *")
    world.spaces["a"]["__all__"] = listed

    assert gets is bool(world.follow(MISSING, NEW))


def test_a_change_of_the_list_is_followed() -> None:
    """Star importers get what is listed now and lose what is not, unless they assigned or imported it themselves."""
    world = World(b="from a import *", c="from a import *\nfrom a import x", d="from a import *")
    world.spaces["a"] |= {"x": OLD, "y": NEW}
    world.spaces["b"] |= {"x": OLD}
    world.spaces["c"] |= {"x": OLD}
    world.spaces["d"] |= {"x": "mine", "y": "mine"}
    steps = set(world.rebinder.follow_all("a", ["x"], ["y"]))

    assert {("b", "x", OLD, MISSING), ("b", "y", MISSING, NEW), ("c", "y", MISSING, NEW)} == steps
    assert {"y": NEW} == world.spaces["b"]
    assert {"x": OLD, "y": NEW} == world.spaces["c"]
    assert {"x": "mine", "y": "mine"} == world.spaces["d"]


def test_a_later_import_of_the_same_name_covers_the_earlier() -> None:
    """A name that two modules give holds what the later import brought."""
    world = World(b="from a import x\nfrom z import x")
    world.spaces["z"] = {"x": OLD}
    world.spaces["b"]["x"] = OLD

    assert [] == world.follow(OLD, NEW)
    assert {"x": OLD} == world.spaces["b"]


def test_a_value_made_by_a_modules_getattr_is_refreshed() -> None:
    """An importer has the new value if it is another of the same type."""
    world = World(b="from a import made")
    world.spaces["b"]["made"] = 1
    (binding,) = world.table.by("b")

    assert [("b", "made")] == list(world.rebinder.refresh(binding, 2))
    assert [] == list(world.rebinder.refresh(binding, 2))
    assert [] == list(world.rebinder.refresh(binding, "other"))
    assert {"made": 2} == world.spaces["b"]
