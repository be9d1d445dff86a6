"""Functions: the old one is updated in place."""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from types import FunctionType, ModuleType
from typing import Any

import pytest
from patching_lab import Lab

from autoreload_hooks.patching import Patcher
from autoreload_hooks.transaction import Transaction

LOUD = """
import functools
def loud(f):
    @functools.wraps(f)
    def wrapper(*args):
        return str(f(*args)) + "!"
    return wrapper
"""


def test_everything_of_a_function() -> None:
    """Code, defaults, annotations, docstring and names follow; the function stays."""
    lab = Lab("def f(a, b=1, *, c=2) -> int:\n    'Old.'\n    return a, b, c\n")
    f = lab.f
    lab.edit("def f(a, b=3, *, c=4, d=5) -> str:\n    'New.'\n    return [a, b, c, d]\n")
    assert lab.f is f
    assert (f(0), f.__doc__, f.__annotations__) == ([0, 3, 4, 5], "New.", {"return": str})
    assert str(inspect.signature(f)) == "(a, b=3, *, c=4, d=5) -> str"


def test_other_kind_of_function() -> None:
    """A function may become a coroutine or a generator, and back."""
    lab = Lab("def f(): return 1\n")
    f = lab.f
    lab.edit("async def f(): return 2\n")
    assert asyncio.run(f()) == 2
    lab.edit("def f(): yield 3\n")
    assert list(f()) == [3]


def test_moved_function_has_not_changed() -> None:
    """A function that has only been moved has its new lines, and counts as unchanged."""
    lab = Lab("def f():\n    return 1\n")
    f, code = lab.f, lab.f.__code__
    lab.edit("\n\n\ndef f():\n    return 1\n", commit=False)
    assert (lab.f is f, f.__code__.co_firstlineno, lab.patcher.changed) == (True, 4, set())
    lab.rollback()
    assert f.__code__ is code


def test_equal_defaults_stay() -> None:
    """Defaults that are equal stay the old objects."""
    lab = Lab("def f(x=[1], *, y={2: 3}): return x, y\n")
    before = lab.f.__defaults__, lab.f.__kwdefaults__
    lab.sub("return x, y", "return y, x")
    assert (lab.f.__defaults__ is before[0], lab.f.__kwdefaults__ is before[1]) == (True, True)


def test_attributes_of_others_stay() -> None:
    """Attributes, names and docstrings that others set on a function stay."""
    lab = Lab("def f():\n    'Doc.'\n    return 1\n")
    lab.f.mine = 1
    lab.f.__doc__ = "Written by hand."
    lab.f.__qualname__ = "other"
    lab.sub("return 1", "return 2")
    assert (lab.f(), lab.f.mine, lab.f.__doc__, lab.f.__qualname__) == (2, 1, "Written by hand.", "other")
    lab.sub("'Doc.'", "'Other.'")
    assert lab.f.__doc__ == "Other."


def test_decorators_find_a_fresh_function() -> None:
    """Attributes that decorators collect on a function do not pile up; those of others come back."""
    lab = Lab(
        "def mark(n):\n    def deco(f):\n        f.__dict__.setdefault('marks', []).append(n)\n"
        "        return f\n    return deco\n"
        "@mark(1)\n@mark(2)\ndef f(): return 1\n"
    )
    lab.f.mine = 1
    lab.sub("return 1", "return 2", units=lambda text: "def f" in text)
    assert (lab.f(), lab.f.marks, lab.f.mine) == (2, [2, 1], 1)


def test_wrappers_follow() -> None:
    """A function deep inside decorators, and the wrappers around it, stay and follow."""
    lab = Lab(LOUD + "@loud\n@loud\ndef f(): return 1\n")
    f, inner = lab.f, lab.f.__wrapped__.__wrapped__
    lab.sub("return 1", "return 2")
    assert (lab.f is f, f.__wrapped__.__wrapped__ is inner, f()) == (True, True, "2!!")
    lab.sub('"!"', '"?"')
    assert f() == "2??"
    lab.sub("def loud(f):\n", "def loud(f):\n    mark = '#'\n", '+ "?"', "+ mark")
    assert (lab.f is f, f()) == (True, "2##")


def test_decorator_argument() -> None:
    """An argument of a decorator that changes reaches the wrapper, and no other wrapper."""
    lab = Lab(
        "def times(n):\n    def deco(f):\n        def w(): return [f()] * n\n        return w\n    return deco\n"
        "twice = times(2)\n@twice\ndef f(): return 1\n@twice\ndef g(): return 1\n"
    )
    f, g = lab.f, lab.g
    lab.sub("@twice\ndef f", "@times(3)\ndef f", units=lambda text: "def f" in text and "deco" not in text)
    assert (f(), g(), lab.f is f) == ([1, 1, 1], [1, 1], True)


def test_closure_of_a_factory() -> None:
    """A closure that is made anew with other arguments is updated in place."""
    lab = Lab("def adder(n):\n    def add(x): return x + n\n    return add\nadd3 = adder(3)\n")
    held = [lab.add3]
    lab.sub("adder(3)", "adder(4)")
    assert (lab.add3(5), held[0](5)) == (9, 9)


def test_wrapper_that_calls_itself() -> None:
    """A wrapper that refers to itself refers to the one that survived."""
    lab = Lab(
        "def count(f):\n    def w(*a):\n        w.calls += 1\n        return f(*a)\n    w.calls = 0\n    return w\n"
        "@count\ndef f(): return 1\n"
    )
    f = lab.f
    f()
    lab.sub("return 1", "return 2", units=lambda text: "def f" in text)
    assert (lab.f is f, f(), f.calls) == (True, 2, 1)


def test_decorator_comes_and_goes() -> None:
    """With a decorator added or removed the new object survives, and the old one is listed as replaced."""
    lab = Lab(LOUD + "def f(): return 1\n")
    f = lab.f
    lab.sub("def f()", "@loud\ndef f()", commit=False)
    assert (lab.f(), f()) == ("1!", 1)
    assert [(old, new) for old, new in lab.patcher.replaced if old is f] == [(f, lab.f)]
    wrapper = lab.f
    lab.edit(LOUD + "def f(): return 2\n", commit=False)
    assert (lab.f is f, f(), wrapper()) == (True, 2, "2!")


def test_wrapper_around_a_survivor_is_not_to_be_rebound() -> None:
    """What a new wrapper holds of the function that it replaces is listed, so that nobody puts the wrapper there."""
    lab = Lab(LOUD + "def f(): return 1\n")
    lab.sub("def f()", "@loud\ndef f()", commit=False)
    assert any(holder is cell for holder in lab.patcher.inner for cell in lab.f.__closure__)
    assert any(holder is lab.f.__dict__ or holder is lab.f for holder in lab.patcher.inner)


def test_nothing_is_merged_that_the_unit_did_not_make() -> None:
    """A name that comes to hold another existing function does not turn one into the other."""
    lab = Lab("def f(): return 'f'\ndef g(): return 'g'\ncurrent = f\n")
    f = lab.f
    lab.sub("current = f", "current = g")
    assert (lab.current(), f(), lab.f is f) == ("g", "f", True)


def test_functions_in_containers() -> None:
    """Functions in a list, tuple or dictionary are updated; an otherwise equal container stays."""
    lab = Lab("T = {'a': lambda x: x + 1, 'b': [lambda: 1, (lambda: 2,)]}\n")
    table, a, b, c = lab.T, lab.T["a"], lab.T["b"][0], lab.T["b"][1][0]
    lab.sub("x + 1", "x + 2", "lambda: 1", "lambda: 10", "lambda: 2", "lambda: 20")
    assert (a(0), b(), c(), lab.T is table) == (2, 10, 20, True)
    lab.sub("'a'", "'z'")
    assert (lab.T is table, list(lab.T), lab.T["b"][0] is b) == (False, ["z", "b"], True)


def test_swap_code() -> None:
    """A body-only change reaches every function given, its docstring, and what copied that."""
    lab = Lab(LOUD + "@loud\ndef f():\n    'Old.'\n    return 1\n")
    new: dict[str, Any] = {}
    exec("def f():\n    'New.'\n    return 2\n", new)
    tx = Transaction()
    patcher = Patcher(tx, lambda *note: None)
    inner: FunctionType = lab.f.__wrapped__
    patcher.swap_code([inner], new["f"].__code__, copies=[lab.f])
    assert (lab.f(), inner.__doc__, lab.f.__doc__) == ("2!", "New.", "New.")
    assert patcher.changed == {id(inner)}
    tx.rollback()
    assert (lab.f(), inner.__doc__, lab.f.__doc__) == ("1!", "Old.", "Old.")


def test_swap_code_clears_caches() -> None:
    """A cache around a function with another body is emptied before somebody may ask, and stays until then."""
    lab = Lab("import functools\n@functools.cache\ndef f(): return [1]\n")
    before = lab.f()
    new: dict[str, Any] = {}
    exec("def f(): return [2]\n", new)
    for asked in (False, True):
        tx = Transaction()
        patcher = Patcher(tx, lambda *note: None)
        patcher.swap_code([lab.f.__wrapped__], new["f"].__code__, copies=[lab.f])
        if asked:
            patcher.forget_answers()
            assert lab.f() == [2]
        tx.rollback()
        assert lab.f() == [1]
        assert (lab.f() is before) is not asked


def test_undo() -> None:
    """Undoing gives a wrapper and its function back as they were."""
    lab = Lab(LOUD + "@loud\ndef f(x=1): return x\n")
    f, cells = lab.f, lab.f.__closure__
    contents = [cell.cell_contents for cell in cells]
    lab.sub("x=1", "x=2", "return x", "return [x]", '"!"', '"?"', commit=False)
    assert f() == "[2]?"
    lab.rollback()
    assert (f(), f.__closure__, [cell.cell_contents for cell in cells]) == ("1!", cells, contents)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with 3.12")
def test_type_parameters() -> None:
    """Type parameters follow."""
    lab = Lab("def f[T](x: T) -> T: return x\nclass A[T]:\n    def m[U](self, x: T, y: U): return 1\n")
    f, a = lab.f, lab.A()
    lab.sub("f[T]", "f[T, V]", "A[T]", "A[T, W]", "return 1", "return 2")
    assert [str(each) for each in f.__type_params__] == ["T", "V"]
    assert [str(each) for each in lab.A.__type_params__] == ["T", "W"]
    assert (a.m(1, 2), f.__annotations__["x"] is f.__type_params__[0]) == (2, True)
    assert lab.A[int, str].__args__ == (int, str)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="lazy annotations came with 3.14")
def test_lazy_annotations_stay_lazy() -> None:
    """Annotations that cannot be evaluated yet are not evaluated by a reload."""
    lab = Lab("def f(x: Later): return 1\n")
    lab.sub("Later", "Later | None")
    lab.module.Later = int
    assert lab.f.__annotations__ == {"x": int | None}


def test_partial_follows() -> None:
    """A partial function stays, with its new arguments."""
    lab = Lab("from functools import partial\ndef f(a, b): return a + b\nadd5 = partial(f, 5)\n")
    held = lab.add5
    lab.sub("a + b", "a * b", "f, 5", "f, 6")
    assert (lab.add5 is held, held(2)) == (True, 12)


def test_cache_is_kept_around_an_unchanged_function() -> None:
    """A cache stays filled if its function did not change, is emptied if it did, and is new with another size."""
    lab = Lab("import functools\n@functools.lru_cache(8)\ndef f(x, y=1): return x\n")
    f = lab.f
    f(1)
    lab.edit("\n" + lab.source)
    assert (lab.f is f, f.cache_info().currsize) == (True, 1)
    lab.sub("return x", "return [x]")
    assert (lab.f is f, f.cache_info().currsize, f(1)) == (True, 0, [1])
    lab.sub("lru_cache(8)", "lru_cache(9)", commit=False)
    assert (lab.f is f, lab.f.cache_parameters()["maxsize"]) == (False, 9)
    assert any(old is f and new is lab.f for old, new in lab.patcher.replaced)


def test_singledispatch_keeps_what_others_registered() -> None:
    """A generic function stays, with its implementations and those of other modules."""
    lab = Lab(
        "from functools import singledispatch\n@singledispatch\ndef show(x): return 'any'\n"
        "@show.register\ndef show_int(x: int): return 'int'\n"
    )
    show = lab.show
    show.register(list, lambda x: "list")
    lab.sub("'any'", "'ANY'", "'int'", "'INT'")
    assert lab.show is show
    assert (show(""), show(1), show([])) == ("ANY", "INT", "list")


def test_method_wrappers() -> None:
    """Properties, class methods, static methods and cached properties keep their identity."""
    lab = Lab(
        LOUD + "class A:\n"
        "    @property\n    def p(self): return 1\n"
        "    @classmethod\n    def c(cls): return 1\n"
        "    @staticmethod\n    def s(): return 1\n"
        "    @functools.cached_property\n    def k(self): return 1\n"
        "    @functools.singledispatchmethod\n    def d(self, x): return 1\n"
        "    @loud\n    def w(self): return 1\n"
        "    x = property(lambda self: 1)\n"
    )
    before = {name: lab.A.__dict__[name] for name in "pcskdwx"}
    a, held = lab.A(), [lab.A.c, lab.A.s, lab.A.w]
    assert a.k == 1
    lab.sub("return 1", "return 2", "lambda self: 1", "lambda self: 2")
    assert {name: lab.A.__dict__[name] for name in "pcskdwx"} == before
    assert (a.p, a.c(), a.s(), a.k, lab.A().k, a.d(0), a.w(), a.x) == (2, 2, 2, 1, 2, 2, "2!", 2)
    assert (held[0](), held[1](), held[2](a)) == (2, 2, "2!")


def test_property_gains_a_setter() -> None:
    """A property keeps its identity when functions are added, and undoing takes them away again."""
    lab = Lab("class A:\n    @property\n    def p(self):\n        'Doc.'\n        return 1\n")
    prop = lab.A.p
    lab.sub("        return 1\n", "        return 1\n    @p.setter\n    def p(self, v): self.v = v\n", commit=False)
    a = lab.A()
    a.p = 3
    assert (lab.A.p is prop, a.v) == (True, 3)
    lab.rollback()
    assert (prop.fset, prop.__doc__) == (None, "Doc.")


def test_cached_property_of_another_kind() -> None:
    """The stored value of a cached property does not hide a member of another kind."""
    lab = Lab("import functools\nclass A:\n    @functools.cached_property\n    def k(self): return 1\n")
    a = lab.A()
    assert a.k == 1
    lab.sub("    @functools.cached_property\n", "", "return 1", "return 2")
    assert a.k() == 2


def test_instance_returned_by_a_decorator() -> None:
    """An instance that a decorator returned stays, around the function that survived."""
    lab = Lab(
        "class Counted:\n    def __init__(self, f, mark): self.f, self.mark, self.calls = f, mark, 0\n"
        "    def __call__(self): self.calls += 1; return self.f(), self.mark\n"
        "def counted(mark): return lambda f: Counted(f, mark)\n"
        "@counted('a')\ndef f(): return 1\n"
    )
    f = lab.f
    f.note = "mine"
    lab.sub("counted('a')", "counted('b')", "return 1", "return 2", units=lambda text: "def f" in text)
    assert (lab.f is f, f(), f.note) == (True, (2, "b"), "mine")


def test_instance_of_the_decorated_class() -> None:
    """A decorator that makes an instance of its class: the instance and the class stay."""
    lab = Lab("def single(c): return c()\n@single\nclass conf:\n    level = 1\n    def __init__(self): self.x = 1\n")
    conf, cls = lab.conf, type(lab.conf)
    lab.sub("level = 1", "level = 2", "self.x = 1", "self.x = 2", units=lambda text: "class conf" in text)
    assert (lab.conf is conf, type(conf) is cls, conf.level, conf.x) == (True, True, 2, 2)


def test_answers_that_a_library_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a library remembers of what a function is goes when the function becomes another kind."""

    @functools.cache
    def is_coroutine(function: Any) -> bool:
        return inspect.iscoroutinefunction(function)

    library = ModuleType("library")
    monkeypatch.setattr(library, "is_coroutine", is_coroutine, raising=False)
    monkeypatch.setitem(sys.modules, "library", library)
    lab = Lab("def f(): return 1\n")
    f = lab.f
    assert not is_coroutine(f)
    lab.sub("def f", "async def f")
    assert (lab.f is f, is_coroutine(f)) == (True, True)


def test_value_that_wraps_nothing_is_new() -> None:
    """An instance that is not around a definition of the unit is a value: the new one survives."""
    lab = Lab("class S:\n    def __init__(self, n): self.n = n\ns = S(1)\n")
    s = lab.s
    lab.sub("S(1)", "S(2)", units=lambda text: text.startswith("s ="))
    assert (lab.s is s, lab.s.n, s.n) == (False, 2, 1)


def test_contextmanager() -> None:
    """A context manager made from a generator function stays."""
    lab = Lab("import contextlib\n@contextlib.contextmanager\ndef c(): yield 1\n")
    c = lab.c
    lab.sub("yield 1", "yield 2")
    with c() as value:
        assert value == 2
    assert lab.c is c


def test_partialmethod() -> None:
    """A partial method keeps its identity and follows."""
    lab = Lab("import functools\nclass A:\n    def f(self, x): return x\n    g = functools.partialmethod(f, 1)\n")
    g, a = lab.A.__dict__["g"], lab.A()
    lab.sub("f, 1", "f, 2")
    assert (lab.A.__dict__["g"] is g, a.g()) == (True, 2)
    assert isinstance(g, functools.partialmethod)
