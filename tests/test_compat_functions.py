"""Changing a function in place."""

from __future__ import annotations

import dis
import inspect
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from textwrap import dedent
from types import FunctionType
from typing import Any

import pytest

from autoreload_hooks.compat import (
    LOSES_SPECIALISATION,
    Refused,
    new_cell,
    respecialise,
    set_code,
)


def define(source: str, **names: Any) -> dict[str, Any]:
    """Run a module and return its namespace."""
    exec(compile(dedent(source), "example.py", "exec", dont_inherit=True), names)
    return names


def function(source: str, **names: Any) -> FunctionType:
    """The function `f` of a module."""
    found = define(source, **names)["f"]
    assert isinstance(found, FunctionType)
    return found


def raises(slug: str) -> Any:
    """A refusal with that slug is expected."""
    return pytest.raises(Refused, match=rf"\[{slug}\]")


def test_set_code() -> None:
    """A function runs the code it was given and is the same object; undoing gives it the old code."""
    f, new = function("def f(): return 1"), function("def f(): return 2")
    undo = set_code(f, new.__code__)
    assert f() == 2
    undo()
    assert f() == 1


FACTORY = "def outer(a, b):\n    def f(): return {}\n    return f\nf = outer(1, 2)"


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [("0", "(a,)", (10,)), ("a", "(b, a)", (20, 1)), ("(a, b)", "b", 2), ("(a, b)", "0", 0), ("a", "b", 20)],
)
def test_set_code_with_other_free_variables(old: str, new: str, result: object) -> None:
    """Cells are found by name, the function's own first, and undoing restores code and closure."""
    f = function(FACTORY.format(old))
    before = f()
    code = function(FACTORY.format(new)).__code__
    values = {"a": new_cell(10), "b": new_cell(20)}
    undo = set_code(f, code, tuple(values[name] for name in code.co_freevars))
    assert f() == result
    undo()
    assert f() == before


def test_set_code_keeps_the_state_of_a_closure() -> None:
    """A cell that old and new code share stays the same cell."""
    f = function("def outer(n):\n def f():\n  nonlocal n\n  n += 1\n  return n\n return f\nf = outer(5)")
    f()
    cell = f.__closure__[0]  # type: ignore[index]
    new = function("def outer(n, m):\n def f():\n  nonlocal n\n  n += m\n  return n\n return f\nf = outer(0, 10)")
    set_code(f, new.__code__, new.__closure__)
    assert f() == 16
    assert cell.cell_contents == 16


def test_set_code_refuses_an_unknown_variable() -> None:
    """Without a cell for a free variable nothing changes."""
    f = function("def f(): return 1")
    with raises("closure"):
        set_code(f, function(FACTORY.format("a")).__code__)
    assert f() == 1


def test_set_code_of_another_kind_is_silent() -> None:
    """A function may become a generator function, even where warnings are errors."""
    f, new = function(FACTORY.format("a")), function("def outer(b):\n def f(): yield b\n return f\nf = outer(3)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        set_code(f, new.__code__, new.__closure__)
    assert list(f()) == [3]
    assert inspect.isgeneratorfunction(f)


def test_running_calls_end_in_the_old_code() -> None:
    """A suspended generator goes on with the code and the closure it has."""
    f = function("def outer(a):\n def f():\n  yield a\n  yield a\n return f\nf = outer(1)")
    running = f()
    assert next(running) == 1
    new = function("def outer(b):\n def f():\n  yield b\n return f\nf = outer(2)")
    set_code(f, new.__code__, new.__closure__)
    assert list(running) == [1]
    assert list(f()) == [2]


SHAPES = {
    "self, a": "def f(self, a): return ('plain', a)",
    "self, b": "def f(self, b):\n    c = [b for b in (b, b)]\n    return ('longer', *c)",
    "self, a=7": "def f(self, a=7): return ('default', a)",
    "self, *a": "def f(self, *a): return ('star', a)",
    "self, a, *, k": "def f(self, a=2, *, k=5): return ('keyword', a, k)",
    "self, a, **k": "def f(self, a=3, **k): return ('keywords', a, k)",
    "generator": "def f(self, a=4):\n    yield a",
}

CALLS = {
    "function": "lambda: f(0, 1)",
    "keyword": "lambda: f(0, a=1)",
    "method": "lambda: o.m(1)",
    "item": "lambda: o[1]",
    "property": "lambda: o.p",
    "no argument": "lambda: o.m()",
    "init": "lambda: C(1).__dict__",
    "star": "lambda: f(*(0, 1))",
}


def outcome(call: Callable[[], Any]) -> Any:
    """What a call gives, comparable."""
    try:
        result = call()
        return list(result) if inspect.isgenerator(result) else result
    except TypeError as error:
        return str(error)


@pytest.mark.parametrize("call", CALLS)
def test_calls_are_right_after_every_change(call: str) -> None:
    """Callers with warm inline caches see each version as a fresh function would be, back and forth."""
    module = f"""
        class C:
            def __init__(self, a=0): pass
        C.m = C.__getitem__ = f
        C.p = property(f)
        o = C()
        def call(call=({CALLS[call]}), n=1):
            for _ in range(n): result = call()
            return result
    """
    made = {name: define(source + dedent(module)) for name, source in SHAPES.items()}
    live = define(SHAPES["self, a"] + dedent(module))
    if call == "init":
        for names in (*made.values(), live):
            names["C"].__init__ = names["f"]
    f = live["f"]
    for name in [name for one in SHAPES for other in SHAPES for name in (one, other)]:
        new = made[name]["f"]
        for _ in range(12):
            outcome(live["call"])
        set_code(f, new.__code__)
        f.__defaults__, f.__kwdefaults__ = new.__defaults__, new.__kwdefaults__
        respecialise(f)
        expected = outcome(made[name]["call"])
        assert [outcome(live["call"]) for _ in range(12)] == [expected] * 12


@pytest.mark.skipif(not LOSES_SPECIALISATION, reason="assigning code costs nothing")
def test_calls_stay_specialised() -> None:
    """A caller goes back to the fast way of calling after code, defaults or closure were assigned."""

    def fast(n: int = 200) -> bool:
        caller(n)
        names = {each.opname for each in dis.get_instructions(caller, adaptive=True)}
        return bool(names & {"CALL_PY_EXACT_ARGS"})

    f = function("def f(a, b): return a")
    caller = define("def call(n):\n    for _ in range(n): f(1, 2)\n", f=f)["call"]
    assert fast()
    new = function("def outer(c):\n def f(a, b): return c\n return f\nf = outer(1)")
    set_code(f, new.__code__, new.__closure__)
    assert fast()
    f.__defaults__ = (1, 2)
    assert respecialise(f)
    assert fast()
    assert f() == 1


def test_threads_never_see_a_mixture() -> None:
    """While code and closure are swapped, every call sees one version as a whole."""
    source = "def outer({0}):\n def f():\n  return [{0}]\n return f\nf = outer({1})"
    f = function(source.format("a, b, c", "1, 1, 1"))
    versions = [
        (made.__code__, made.__closure__)
        for names, values in (("d", "2"), ("e, g, h, i", "3, 3, 3, 3"), ("a, b, c", "1, 1, 1"))
        for made in [function(source.format(names, values))]
    ]
    wrong: list[object] = []
    stop = threading.Event()

    def call() -> None:
        while not stop.is_set():
            for _ in range(200):
                result = f()
                if result not in ([1, 1, 1], [2], [3, 3, 3, 3]):
                    wrong.append(result)

    threads = [threading.Thread(target=call) for _ in range(3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for turn in range(3000):
            set_code(f, *versions[turn % 3])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert wrong == []


WITH_A_HOOK = """
import sys, threading
from autoreload_hooks.compat import set_code

namespace = {}
inner = ["def f(): return a, b", "def g(): return b", "def h(): return c, a, b", "return f, g, h"]
exec("\\n ".join(["def outer(a, b, c):", *inner]), namespace)
f, *others = functions = namespace["outer"](1, 2, 3)
versions = [(function.__code__, function.__closure__) for function in functions]
stop, wrong = threading.Event(), []

def call():
    while not stop.is_set():
        for _ in range(200):
            if (result := f()) not in ((1, 2), 2, (3, 1, 2)):
                wrong.append(result)

def hook(event, arguments):
    for _ in range(500):  # bytecode, so that other threads come in
        pass
    if refusing and event == "object.__setattr__":
        raise PermissionError(event)

refusing = False
sys.addaudithook(hook)
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=call) for _ in range(3)]
for thread in threads:
    thread.start()
for turn in range(2000):
    set_code(f, *versions[turn % 3])
set_code(f, *versions[0])
refusing = True
try:
    set_code(f, *versions[1])
except PermissionError as error:
    print(error, f.__code__ is versions[0][0], f.__closure__ == versions[0][1])
stop.set()
for thread in threads:
    thread.join()
print(wrong)
"""


def test_an_audit_hook_sees_no_mixture_and_may_refuse() -> None:
    """A hook runs Python code, and other threads in between; what it refuses is not done."""
    done = subprocess.run([sys.executable, "-c", WITH_A_HOOK], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["object.__setattr__ True True", "[]"]


LINES = """def f(a):
    b = a
    def g():
        return 1 / b
    return g()
"""


def failing_lines(f: FunctionType) -> list[int | None]:
    """The lines of the traceback inside `f`."""
    try:
        f(0)
    except ZeroDivisionError as error:
        return [frame.lineno for frame in traceback.extract_tb(error.__traceback__)][1:]
    raise AssertionError


def traced_lines(f: FunctionType) -> list[int]:
    """The lines that a debugger sees."""
    seen: list[int] = []

    def trace(frame: Any, event: str, arg: object) -> Any:
        if frame.f_code.co_filename == "example.py":
            seen.append(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        f(1)
    finally:
        sys.settrace(before)
    return seen
