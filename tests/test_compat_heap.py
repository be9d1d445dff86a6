"""Who is still there."""

from __future__ import annotations

import gc
import subprocess
import sys
import types
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import pytest

from autoreload_hooks.compat import (
    FREE_THREADED,
    frozen_objects,
    functions_running,
    reachable_functions,
    references,
    referents,
)

AFTER_FUTURES = """
import asyncio, gc
from autoreload_hooks.compat import referents
from autoreload_hooks.compat.holders import holders

async def wait():
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, None)
    await future

asyncio.run(wait())
for count in (1, 1000):
    holders([object() for _ in range(count)])
for each in gc.get_objects():
    referents(each)
gc.collect()
"""

counting = pytest.mark.skipif(FREE_THREADED, reason="reference counts say nothing")


def define(source: str) -> dict[str, Any]:
    """Run a module and return its namespace."""
    names: dict[str, Any] = {}
    exec(source, names)
    return names


@pytest.fixture
def frozen() -> Iterator[None]:
    """Whatever a test freezes is thawed."""
    gc.collect()
    yield
    gc.unfreeze()


@counting
def test_references() -> None:
    """An object in one variable has no others; every holder counts one."""
    thing = object()
    assert references(thing) == 0
    held = [thing, thing]
    assert references(thing) == 2
    del held
    assert references(thing) == 0


@counting
def test_references_of_every_kind() -> None:
    """Functions, code objects and methods are counted as they are held."""
    function = define("def f(): pass").pop("f")
    assert references(function) == 0
    code = function.__code__
    assert references(code) == 1
    method = types.MethodType(function, 1)
    assert references(function) == 1
    assert references(method) == 0


def test_references_of_immortal_objects() -> None:
    """Nothing is said of an object whose count means nothing, where there are such objects."""
    nothing = None
    count = references(nothing)
    assert count is None or count > 100


def factory() -> tuple[FunctionType, list[FunctionType]]:
    """A factory, and functions that it has made."""
    names = define("def make(n):\n    def made(): return n\n    return made\nmade = [make(i) for i in range(3)]")
    return names["make"], names["made"]


def ids(functions: list[FunctionType]) -> set[int]:
    """Which objects they are."""
    return set(map(id, functions))


def test_functions_running() -> None:
    """All functions that run a code object are found, wherever they are."""
    make, made = factory()
    code = made[0].__code__
    found = functions_running([code, make.__code__])
    assert ids(found[id(code)]) == ids(made)
    assert found[id(make.__code__)] == [make]
    assert functions_running([]) == {}


def test_functions_running_tells_equal_code_apart() -> None:
    """Two code objects that are equal are two."""
    one, other = define("def f(): pass")["f"], define("def f(): pass")["f"]
    assert one.__code__ == other.__code__
    assert functions_running([one.__code__])[id(one.__code__)] == [one]


def test_functions_running_many() -> None:
    """Many code objects at once are found as one is."""
    functions = [define("def f(): pass")["f"] for _ in range(120)]
    found = functions_running([function.__code__ for function in functions])
    assert all(found[id(function.__code__)] == [function] for function in functions)


def test_reachable_functions() -> None:
    """Functions are found from a namespace, in containers, instances, classes and closures."""
    source = """
class C:
    def method(self): pass
    table = {"key": [lambda: 1]}
instance = C()
def outer():
    def inner(): pass
    def wrapper(): return inner
    return wrapper
instance.callback = outer()
"""
    names = define(source)
    inner = names["instance"].callback()
    functions = [names["C"].method, names["C"].table["key"][0], names["instance"].callback, inner]
    found = reachable_functions([names], [function.__code__ for function in functions])
    assert [found[id(function.__code__)] for function in functions] == [[function] for function in functions]


def test_reachable_functions_stay_in_bounds() -> None:
    """Other modules are not entered, and no more objects are looked at than allowed."""
    names = define("import collections\ndef f(): pass")
    elsewhere = gc.collect, reachable_functions
    found = reachable_functions([names], [elsewhere[1].__code__])
    assert found == {id(reachable_functions.__code__): []}
    assert reachable_functions([names], [names["f"].__code__], limit=1) == {id(names["f"].__code__): []}


@pytest.mark.usefixtures("frozen")
def test_frozen_objects() -> None:
    """After `gc.freeze` the heap tells nothing, which is said, and a search from known places still finds."""
    assert frozen_objects() == 0
    names = define("def f(): pass")
    code = names["f"].__code__
    gc.freeze()
    assert frozen_objects() > 0
    assert functions_running([code])[id(code)] == []
    assert reachable_functions([names], [code])[id(code)] == [names["f"]]


def test_referents() -> None:
    """An object holds what the collector is told; a module, also one of a class of its own, its namespace."""
    one, other = object(), types.new_class("Other", (types.ModuleType,))("other")
    assert referents([one]) == [one]
    assert referents(types, [one], other) == [one, types.__dict__, other.__dict__]


def test_nothing_is_taken_from_the_state_of_modules() -> None:
    """What `_asyncio` keeps for the next use is let be: freed twice, it would have the collector walk for ever."""
    subprocess.run([sys.executable, "-c", AFTER_FUTURES], check=True, timeout=120)
