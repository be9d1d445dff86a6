"""What a code object imports, reads, binds and contains."""

from __future__ import annotations

import sys
from collections import Counter
from textwrap import dedent
from types import CodeType

import pytest

from autoreload_hooks.compat import (
    CLASSES_KNOW_LINES,
    HAS_LAZY_IMPORTS,
    HAS_TYPE_PARAMETERS,
    LAZY_ANNOTATIONS,
    binds,
    class_facts,
    import_sites,
    nested,
    reads,
    same_code,
    same_lines,
    same_shape,
)
from autoreload_hooks.compat.bytecode import asked_of_given, goes_through_items, items_read
from autoreload_hooks.compat.bytecode.imports import names_where_imported, own_imports


def code_of(source: str) -> CodeType:
    """The code of a module."""
    return compile(dedent(source), "example.py", "exec", dont_inherit=True)


def first_function(source: str) -> CodeType:
    """The code of the first function of a module."""
    return nested(code_of(source))[0]


def chains(source: str) -> set[str]:
    """What running a module reads, with dots."""
    return {".".join(chain) for chain in reads(code_of(source))}


def shape(old: str, new: str) -> list[str] | None:
    """The paths of the functions that differ."""
    pairs = same_shape(code_of(old), code_of(new))
    return None if pairs is None else [one.co_qualname for one, _ in pairs]


@pytest.mark.parametrize(
    ("source", "sites"),
    [
        ("import a", [("a", 0, None, "a")]),
        ("import a.b", [("a.b", 0, None, "a")]),
        ("import a.b.c.d as z", [("a.b.c.d", 0, None, "z")]),
        ("import a as z, b", [("a", 0, None, "z"), ("b", 0, None, "b")]),
        ("from a import b, c as d", [("a", 0, "b", "b"), ("a", 0, "c", "d")]),
        ("from . import b", [("", 1, "b", "b")]),
        ("from ...a.b import c", [("a.b", 3, "c", "c")]),
        ("from a import *", [("a", 0, "*", None)]),
        ("global z\nimport z", [("z", 0, None, "z")]),
        ("class C:\n  import a", [("a", 0, None, None)]),
        ("class C:\n  global a\n  import a", [("a", 0, None, "a")]),
        ("def f():\n  import a", []),
        ("def f():\n  global a\n  import a, b\n  from c import d", [("a", 0, None, "a")]),
        ("def f():\n  def g():\n    global z\n    from a import b as z", [("a", 0, "b", "z")]),
        ("x = y", []),
    ],
)
def test_import_sites(source: str, sites: list[tuple[str, int, str | None, str | None]]) -> None:
    """Every form of import is found with the global name that it binds."""
    assert [tuple(site)[:4] for site in import_sites(code_of(source))] == sites


def test_import_sites_know_their_lines() -> None:
    """A site has the line of its import statement."""
    source = "x = 1\nimport a\ntry:\n    from b import (\n        c,\n    )\nexcept ImportError:\n    c = 0\n"
    assert [site.line for site in import_sites(code_of(source))] == [2, 4]


def test_import_sites_with_long_arguments() -> None:
    """More than 256 names and constants before an import do not confuse it."""
    many = "".join(f"x{i} = 'c{i}'\n" for i in range(700))
    (site, other) = import_sites(code_of(many + "from late.module import thing as other, more"))
    assert tuple(site) == ("late.module", 0, "thing", "other", 701)
    assert (other.name, other.local) == ("more", "more")


@pytest.mark.skipif(not HAS_LAZY_IMPORTS, reason="needs lazy imports")
def test_import_sites_of_lazy_imports() -> None:
    """A lazy import is an import."""
    source = "lazy import a.b as c\nlazy from d import e\nlazy import f"
    assert [tuple(site)[:4] for site in import_sites(code_of(source))] == [
        ("a.b", 0, None, "c"),
        ("d", 0, "e", "e"),
        ("f", 0, None, "f"),
    ]


def test_import_sites_after_execution() -> None:
    """Code that has run, and whose instructions are specialised, tells the same."""
    code = code_of("for i in range(2000):\n    import os.path as p, sys\n    from os import sep as s")
    before = import_sites(code)
    exec(code, {})
    assert import_sites(code) == before
    assert [site.local for site in before] == ["p", "sys", "s"]


def test_functions_that_import_nothing_are_not_taken_apart() -> None:
    """Reading the imports of a module costs little: a function without any is one call, however long it is."""
    body = "".join(f"def f{i}(a, b):\n    c = a + b\n    return helper(c, {i}).value\n" for i in range(95))
    code = code_of("import os, sys\nfrom a import b, c, d\nimport x.y as z\n" + body)
    calls: Counter[str] = Counter()
    sys.setprofile(lambda frame, event, _: calls.update([frame.f_code.co_name] if event == "call" else []))
    try:
        sites = import_sites(code)
    finally:
        sys.setprofile(None)

    assert len(sites) == 6
    assert sum(calls.values()) < 95 + 50


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("settings.URL", "settings.URL"),
        ("x = settings.a.b.c + other", "settings.a.b.c other"),
        ("f(1, k=g)", "f g"),
        ("obj.method(a.b)", "obj.method a.b"),
        ("f().x", "f"),
        ("d[k].x", "d k"),
        ("(a.b or c.d).e", "a.b a.b.e c.d.e"),
        ("(a and b).e", "a a.e b.e"),
        ("(a.x if t else b.y).z", "t a.x.z b.y.z"),
        ("(w := a.b).c", "a.b.c"),
        ("a.b = c.d", "a c.d"),
        ("a.b += c", "a.b c"),
        ("del a.b", "a"),
        ("x: int = a.b", "a.b" if LAZY_ANNOTATIONS else "a.b int"),
        ("for i in y.z: f(i, j)", "y.z f j"),
        ("if t: x = 1\nprint(x)", "t print x"),
        ("x = 1\nprint(x, y)", "print y"),
        ("x = 1\ndel x\nprint(x)", "print x"),
        ("try: x = a\nexcept E: pass\nf(x)", "a E f x"),
        ("[i.a for i in x.y if z.w]", "x.y z.w"),
        ("{k: v.t for k, v in x.items()}", "x.items"),
        ("sum(i.a + q.r for i in x.y)", "sum x.y q.r"),
        ("f = lambda: a.b", ""),
        ("@d.e\ndef f(x=q.r): return s.t", "d.e q.r"),
        ("class C(B.x, metaclass=M):\n  a = b.c\n  d = a.e\n  def m(self): return z", "B.x M b.c"),
        ("class C:\n  if t: a = 1\n  b = a", "t a"),
        ("class C:\n  class D:\n    x = y.z", "y.z"),
        ("class C:\n  x = [g.h(i) for i in j]", "g.h j"),
        ("with a.b as c: c.d(e)", "a.b e"),
        ("f'{a.b!r:>{c.d}}'", "a.b c.d"),
        ("x = a.b; y = lambda: x", "a.b"),
    ],
)
def test_reads(source: str, expected: str) -> None:
    """What running a statement reads is told as whole chains of attributes, nested functions left out."""
    assert chains(source) == set(expected.split())


def test_reads_of_a_function() -> None:
    """The code of a function reads its globals; its locals and parameters are no chains."""
    code = first_function("def f(a, b):\n    a.x; b.y\n    c = a.z(b.w)\n    return g.h(c.k, a).l + super(C, b).m\n")
    assert reads(code) == {("g", "h"), ("super",), ("C",)}


@pytest.mark.parametrize(
    ("source", "expected", "of_method"),
    [
        ("def f(a): return a.x", "x", ""),
        ("def f(a): return g.x + a.y.z", "y z", "z"),
        ("def f(a, b): return a.x, b.y", "x y", "y"),
        ("def f(a): return [each.x for each in a.all]", "x all", "x"),
        ("def f(a): return sum(each.x for each in a)", "x", "x"),
        ("def f(a):\n    b = g\n    return b.x, g().y, g[0].z", "x y z", "x y z"),
        ("def f(a): a.x = 1", "", ""),
    ],
)
def test_what_is_asked_of_what_was_given(source: str, expected: str, of_method: str) -> None:
    """Attributes of parameters, locals and results are told; those of globals, and a method's own, are not."""
    code = first_function(source)
    assert asked_of_given(code, is_method=False) == set(expected.split())
    assert asked_of_given(code, is_method=True) == set(of_method.split())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a): return [x for x in a]", True),
        ("def f(a): return 1 in a", True),
        ("def f(a): return len(a)", True),
        ("def f(a): return a.x", False),
    ],
)
def test_going_through_items_shows(source: str, expected: bool) -> None:
    """Loops, memberships and functions that count are told from the rest."""
    assert goes_through_items(first_function(source)) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return C['db']", [("db",)]),
        ("return C['db']['url'] + C.get('x').get('y')['z']", [("db", "url"), ("x", "y", "z")]),
        ("return C['a'] if C['b'] else C[0]", [("b",), ("a",), (0,)]),
        ("return m.C['a'], m.D", []),
        ("return C", None),
        ("return C.keys()", None),
        ("return C[k]", None),
        ("C['a'] = 1", None),
        ("return C['a'], len(C)", None),
        ("return C.get('a', 1)", None),
        ("return (C or {})['a']", None),
        ("return list(C['a'] for _ in k)", None),
    ],
)
def test_items_read(body: str, expected: list[tuple[object, ...]] | None) -> None:
    """Items are known where the keys are written out, and nothing else is done with the container."""
    assert items_read(first_function(f"def f(k):\n    {body}\n"), ("C",)) == expected


def test_items_read_of_an_attribute() -> None:
    """The container may be had by attributes."""
    code = first_function("def f(): return m.C['a'], m.D['b'], n.C['c']")
    assert items_read(code, ("m", "C")) == [("a",)]


def test_reads_with_long_arguments() -> None:
    """Names beyond the 256th are read right."""
    many = "".join(f"x{i} = 'c{i}'\n" for i in range(700))
    assert chains(many + "late.attribute.other(x3)") == {"late.attribute.other"}


@pytest.mark.skipif(not HAS_TYPE_PARAMETERS, reason="needs type parameters")
def test_reads_with_type_parameters() -> None:
    """The hidden scope of type parameters runs at once; bounds and the values of aliases are evaluated later."""
    assert chains("class C[T: bound.x](B.y[T]):\n  z = k.l") == {"B.y", "k.l"}
    assert "late" not in chains("type A = late")


def test_binds() -> None:
    """Everything that a module stores or deletes itself is bound by it; functions bind nothing."""
    source = """
        import a.b, c as d
        from e import f as g
        x = y = 1
        x: int = 2
        del z
        for i in j: k = 1
        with l as m: pass
        class C:
            n = 1
            global o
            o = 2
        def func():
            global p
            p = 1
        [q := r for s in t]
        any((u := v) for w in t)
    """
    assert binds(code_of(source)) == {*"adgxyzikmCoqu", "func"}


def test_nested_functions_in_source_order() -> None:
    """Functions and lambdas of a module and its classes are found by their paths, those in functions are not."""
    source = """
        @decorate
        def f(x=lambda: 1):
            def inner(): pass
        class C:
            def m(self): pass
            class D:
                @property
                def p(self): pass
                @p.setter
                def p(self, v): pass
        g = [lambda: i for i in y]
    """
    paths = [code.co_qualname for code in nested(code_of(source))]
    assert paths[:5] == ["<lambda>", "f", "C.m", "C.D.p", "C.D.p"]
    assert paths[5].endswith("<lambda>")


@pytest.mark.skipif(not HAS_TYPE_PARAMETERS, reason="needs type parameters")
def test_nested_functions_of_generic_definitions() -> None:
    """Type parameters, bounds and aliases are not functions; what they belong to is found."""
    source = "class C[T]:\n  def m[U: int](self): pass\ndef f[T: (int, str)](): pass\ntype A[T] = list[T]\ntype B = int"
    assert [code.co_qualname for code in nested(code_of(source))] == ["C.m", "f"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("def f(): return 1", "def f(): return 2", ["f"]),
        ("def f(): return 1", "\n\ndef f():\n    # comment\n    return 1", []),
        ("def f(): 'doc'", "def f(): 'other'", ["f"]),
        ("def f(): return 1", "def f():\n  'doc'\n  return 1", ["f"]),
        ("def f():\n  def g(): return 1", "def f():\n  def g(): return 2", ["f"]),
        ("def f(a): return a", "def f(b): return b", None),
        ("def f(a): return a", "def f(a=1): return a", None),
        ("def f(a=1): return a", "def f(a=2): return a", None),
        ("def f(a=1): return a", "def f(a=1.0): return a", None),
        ("def f(a=0.0): return a", "def f(a=-0.0): return a", None),
        ("def f(a, b): 1", "def f(a, *, b): 1", None),
        ("def f(a): 1", "def f(a, /): 1", None),
        ("def f(*a): 1", "def f(*b): 1", None),
        ("def f(): return 1", "def f(): yield 1", None),
        ("def f(): return 1", "async def f(): return 1", None),
        ("def f(): return 1", "def g(): return 1", None),
        ("def f(): return 1", "@d\ndef f(): return 1", None),
        ("def f() -> int: return 1", "def f() -> str: return 1", None),
        ("x = 1", "x = 2", None),
        ("x = 'a'", "x = 'b'", None),
        ("x = 1", "x = True", None),
        ("x = (1, 2)", "x = (1, 2.0)", None),
        ("x = a.b", "x = a.c", None),
        ("x = a", "y = a", None),
        ("if a: x = 1", "if a: x = 1\nelse: x = 2", None),
        ("try: x = 1\nexcept A: y = 2", "try: x = 1\nfinally: y = 2", None),
        ("f = lambda: 1", "f = lambda: 2", ["<lambda>"]),
        ("f = lambda: 1, lambda: 2", "f = lambda: 1, lambda: 3", ["<lambda>"]),
        ("x = [i for i in y]", "x = [i + 1 for i in y]", None),
        ("x = all(i for i in y)", "x = all(not i for i in y)", None),
        ("class C:\n def m(self): return 1", "class C:\n def m(self): return 2", ["C.m"]),
        ("class C:\n def m(self): return 1", "\n\n\nclass C:\n def m(self):\n  self.x = 2", ["C.m"]),
        ("class C:\n def m(self): return 1", "\n" * 600 + "class C:\n def m(self): return 1", []),
        ("class C:\n x = 1", "class C:\n x = 2", None),
        ("class C:\n 'doc'", "class C:\n 'other'", None),
        ("class C: pass", "class C(B): pass", None),
        ("class C:\n def m(self): return 1", "class C:\n def m(self): return super().m()", None),
        ("class C:\n class D:\n  def m(self): 1", "class C:\n class D:\n  def m(self): return 2", ["C.D.m"]),
        ("class C:\n class D:\n  x = 1", "class C:\n class D:\n  x = 2", None),
        ("class C:\n def a(self): 1\n def b(self): 1", "class C:\n def b(self): 1\n def a(self): 1", None),
        ("def f():\n  class C:\n    def m(self): 1", "\ndef f():\n  class C:\n    def m(self): 1", []),
        ("x: int = 1", "x: str = 1", None),
    ],
)
def test_same_shape(old: str, new: str, expected: list[str] | None) -> None:
    """Two versions of a statement have one shape if they differ in bodies of functions only, and then say which."""
    assert shape(old, new) == expected


@pytest.mark.skipif(not HAS_TYPE_PARAMETERS, reason="needs type parameters")
def test_same_shape_of_generic_definitions() -> None:
    """Type parameters, their bounds and aliases belong to the statement; the function below does not."""
    assert shape("def f[T](x: T): return 1", "def f[T](x: T): return 2") == ["f"]
    assert shape("def f[T](x: T): return 1", "def f[U](x: U): return 1") is None
    assert shape("def f[T: int](x: T): return 1", "def f[T: str](x: T): return 1") is None
    assert shape("class C[T]:\n def m(self): 1", "\nclass C[T]:\n def m(self): return 2") == ["C.m"]
    assert shape("type A = int", "\ntype A = int") == []
    assert shape("type A = int", "type A = str") is None


def test_same_shape_where_an_argument_gets_longer() -> None:
    """A line number or a name that needs a longer instruction moves jumps, but is no difference."""
    body = "class C:\n    for i in range(3):\n        if i: x = i\n    def m(self): return 1\n"
    assert shape(body, "\n" * 70_000 + body) == []


def test_same_code() -> None:
    """Code is the same if nothing but positions differs, however deep."""
    source = "def f(a):\n    class C:\n        def m(self): return [i for i in a if i > 2.0]\n    return C, lambda: a\n"
    assert same_code(code_of(source), code_of("# one\n" * 300 + source))
    assert not same_code(code_of(source), code_of(source.replace("2.0", "2")))
    assert not same_code(code_of(source), code_of(source.replace("lambda: a", "lambda: f")))


def test_same_lines() -> None:
    """Code that has moved as a whole tells by how much; code whose lines moved apart does not."""
    source = "def f(a):\n    b = a\n    def g():\n        return b\n    return g\n"
    old = first_function(source)
    assert same_lines(old, first_function("\n\n\n" + source)) == 3
    assert same_lines(old, first_function(source)) == 0
    assert same_lines(old, first_function(source.replace("    b = a\n", "    b = a\n\n"))) is None
    assert same_lines(old, first_function(source.replace("    def g", "\n    def g"))) is None
    assert same_lines(old, first_function("\n" + source.replace("b = a", "b = 1"))) is None


def test_same_lines_of_a_function_with_a_class_inside() -> None:
    """Where a class knows its line, the line is among the instructions, and the move is more than a shift."""
    source = "def f():\n    class C: pass\n    return C\n"
    moved = same_lines(first_function(source), first_function("\n\n" + source))
    assert moved == (None if CLASSES_KNOW_LINES else 2)


def test_class_facts() -> None:
    """What a class body notes about its source is told for each class."""
    facts = class_facts(code_of("x = 1\nclass C:\n    class D: pass\n    def m(self): self.attribute = 1\n"))
    if CLASSES_KNOW_LINES:
        assert facts["C"] == {"__firstlineno__": 2, "__static_attributes__": ("attribute",)}
        assert facts["C.D"]["__firstlineno__"] == 3
    else:
        assert facts == {}


INSIDE = """
    def outer():
        from a.b import c as d
        def inner():
            import e.f
            return e.f, unused
        return d, inner

    def plain():
        return elsewhere
"""


def test_own_imports() -> None:
    """The imports of a function itself are told, also those that it stores in no global."""
    outer = first_function(dedent(INSIDE))
    assert [site[:4] for site in own_imports(outer)] == [("a.b", 0, "c", None)]


def test_names_where_imported() -> None:
    """Functions that import something tell all their names, however deep they stand; others tell none."""
    found = names_where_imported([code_of(dedent(INSIDE))])
    assert {"a.b", "e.f", "unused"} <= found
    assert "elsewhere" not in found
