"""A source text as a list of units, and what each of them says of itself."""

from __future__ import annotations
import __future__

import ast

import pytest

from autoreload_hooks.outline import (
    Outline,
    Unit,
    acted_upon,
    bound_by_text,
    called,
    chain_of,
    chains,
    class_members,
    imports,
    own_nodes,
    says_the_same,
    spelling,
)


def outline(text: str) -> Outline:
    """Outline a text."""
    return Outline.of(text, "module.py")


ALIVE: list[Outline] = []


def unit(text: str) -> Unit:
    """The only unit of a text; its outline is kept, as whoever works with units does."""
    made = outline(text)
    ALIVE[:] = [made]
    (only,) = made.units
    return only


# -- nodes ---------------------------------------------------------------------------------------------------------
def test_what_others_hang_on_nodes_is_not_followed() -> None:
    """Debuggers give each node its parent, the `Load()` that all names share among them: that is a circle."""
    tree = ast.parse("x.y = f(a, *b, k=c)\n")
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node  # type: ignore[attr-defined]
    try:
        assert {("f",)} == set(called(tree.body[0]))
        found = list(own_nodes(tree))
    finally:
        for node in ast.walk(tree):
            vars(node).pop("parent", None)

    seen = [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]
    assert sorted(map(ast.dump, seen)) == sorted(map(ast.dump, found))


# -- units ---------------------------------------------------------------------------------------------------------
def test_each_statement_is_a_unit_with_its_lines() -> None:
    """A unit has the lines of its statement, decorators included, and its place."""
    made = outline("X = 1\n\n# note\n@deco\n@other\ndef f():\n    return 1\n\nfor i in X:\n    pass\n")

    assert [(1, 1), (4, 7), (9, 10)] == [(u.first, u.last) for u in made.units]
    assert [0, 1, 2] == [u.index for u in made.units]
    assert "@deco\n@other\ndef f():\n    return 1\n" == made.units[1].text


def test_an_import_of_several_names_is_a_unit_for_each() -> None:
    """So one name of them can come or go without the others."""
    made = outline("from __future__ import annotations, division\nimport a, b.c\nfrom m import x, y as z\n")

    assert [["annotations", "division"], ["a"], ["b"], ["x"], ["z"]] == [sorted(u.binds) for u in made.units]


@pytest.mark.parametrize("text", ["from __future__ import nonsense\n", "X = 1\nfrom __future__ import division\n"])
def test_what_python_refuses_of_the_future_is_refused(text: str) -> None:
    """Though each statement on its own would compile."""
    with pytest.raises(SyntaxError):
        outline(text)


def test_what_says_nothing_is_no_unit_except_as_docstring() -> None:
    """`pass` and bare constants run nothing; the first string of a module is its `__doc__`."""
    made = outline("'''Doc.'''\n'''more'''\npass\n...\nX = 1\n")

    assert [{"__doc__"}, {"X"}] == [set(u.binds) for u in made.units]


def test_a_line_belongs_to_its_unit() -> None:
    """Every line of a statement finds it, lines between statements find none."""
    made = outline("def f():\n    return (\n        1\n    )\n\nX = 1\n")

    assert [made.units[0], made.units[0], None, made.units[1]] == [made.unit_at(line) for line in (1, 4, 5, 6)]


def test_a_form_feed_ends_no_line() -> None:
    """Lines are counted as Python counts them."""
    made = outline("X = 1\n\x0cY = 2\n")

    assert [1, 2] == [u.first for u in made.units]
    assert "Y = 2" in made.units[1].text


def test_a_syntax_error_is_raised_as_by_compiling() -> None:
    """Also where the parser alone lets it through."""
    with pytest.raises(SyntaxError) as caught:
        outline("X = (\n")
    assert ("module.py", 1) == (caught.value.filename, caught.value.lineno)
    with pytest.raises(SyntaxError):
        outline("return 1\n").code


# -- names ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x = y = 1", "x y"),
        ("(a, [b, *c]), d[0], e.f = v", "a b c"),
        ("x: int = 1", "x"),
        ("x += 1", "x"),
        ("del x, (y, z)", "x y z"),
        ("def f(a=(w := 1)):\n    inner = 1", "f"),
        ("async def f(): ...", "f"),
        ("class K:\n    inner = 1\n    def m(self): ...", "K"),
        ("import a.b.c", "a"),
        ("import a.b as c", "c"),
        ("from a import *", "*"),
        ("for i, (j, k) in v:\n    x = 1\nelse:\n    y = 1", "i j k x y"),
        ("while (n := f()):\n    x = n", "n x"),
        ("with f() as (a, b), g() as c.d:\n    x = 1", "a b x"),
        ("try:\n    import a\nexcept E as e:\n    a = 1\nelse:\n    b = 1\nfinally:\n    c = 1", "a b c e"),
        ("try:\n    pass\nexcept* E as group:\n    pass", "group"),
        ("match v:\n    case {'k': a, **rest}: b = 1\n    case [c, *d] | K(x=c, y=d) as e: pass", "a b c d e rest"),
        ("if t:\n    def f(): ...\n    class K: ...\n    from m import x as y", "K f y"),
        ("[x for x in v if (w := x)]", "w"),
        ("lambda: (w := 1)", ""),
        ("f(x)", ""),
        ("if __name__ == '__main__':\n    x = 1\nelse:\n    y = 1", "y"),
        ("if TYPE_CHECKING:\n    from m import T", ""),
        ("if typing.TYPE_CHECKING:\n    from m import T\nelse:\n    T = 1", "T"),
        ("if __name__ != '__main__':\n    x = 1", "x"),
    ],
)
def test_what_a_unit_binds(text: str, names: str) -> None:
    """Every form of binding in the module's namespace counts, those in functions and classes do not."""
    assert set(names.split()) == unit(text).binds - {"__doc__"}


@pytest.mark.skipif(not hasattr(ast, "TypeAlias"), reason="the syntax is new in 3.12")
def test_a_type_alias_binds_its_name() -> None:
    """And no parameter of it."""
    assert {"Pair"} == unit("type Pair[T] = tuple[T, T]").binds


def test_binders_are_listed_in_order_and_the_last_decides() -> None:
    """A name is there at the end unless its last binder deletes it."""
    made = outline("X = 1\nX += 1\nY = X\ndel Y\n")

    assert [0, 1] == [u.index for u in made.binders["X"]]
    assert made.last_binder("X") is made.units[1]
    assert made.last_binder("nothing") is None
    assert made.binder_before("X", 1) is made.units[0]
    assert made.binder_before("X", 0) is None
    assert {"X"} == made.names


def test_a_branch_that_was_seen_not_to_run_binds_nothing() -> None:
    """What was observed counts for more than what the text might do."""
    made = outline("X = 1\nif X > 5:\n    X = 2\n")
    assert made.last_binder("X") is made.units[1]

    made.hush(made.units[1], frozenset({"X"}))

    assert made.last_binder("X") is made.units[0]
    made.hush(made.units[1], frozenset({"X"}))
    assert {"X"} == made.names


def test_names_that_are_written_as_text_are_bound() -> None:
    """`globals()` with constant names says what it binds."""
    text = "globals()['a'] = 1\nglobals().update(b=1)\nglobals().update({'c': 1, d: 2})\nglobals()[e] = 1\n"

    assert ["a", "b", "c"] == [name for u in outline(text).units for name in bound_by_text(u.node)]


def test_members_of_a_class_body() -> None:
    """Each name has its statement, or None where several bind it."""
    made = outline("class K:\n    x = 1\n    def m(self): ...\n    y = 1\n    y = 2\n")
    members = class_members(made.units[0].node)

    assert {"x", "m", "y"} == members.keys()
    assert members["y"] is None


# -- what it reads, calls and acts upon ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("A = settings.db.URL + B", {("settings", "db", "URL"), ("B",)}),
        ("def f(n=LIMIT):\n    return OTHER", {("LIMIT",)}),
        ("X = [i * N for i in range(M)]", {("N",), ("M",), ("range",)}),
        ("class K(Base):\n    x = 1\n    y = x + Z", {("Base",), ("Z",)}),
        ("f(a)[b].c = d", {("f",), ("a",), ("b",), ("d",)}),
        ("X = getattr(settings, 'URL', None)", {("getattr",), ("settings",), ("settings", "URL")}),
    ],
)
def test_what_a_unit_reads_when_it_runs(text: str, read: set[tuple[str, ...]]) -> None:
    """Whole chains; bodies of functions do not run."""
    assert read <= unit(text).reads
    assert ("OTHER",) not in unit(text).reads


def test_chains_of_syntax() -> None:
    """A name with its attributes is a chain, anything else is none."""
    node = unit("x.y.z(a.b)").node

    assert {("x", "y", "z"), ("a", "b")} <= set(chains(node))
    assert chain_of(node.value) is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("f(g, key=h)", "f"),
        ("sorted(g, key=h)", "g h sorted"),
        ("@deco\n@made(1)\ndef f(n=call()): ...", "call deco made"),
        ("class K(Base, metaclass=Meta): ...", "Base Meta"),
        ("X = a + b", "a b"),
        ("X = a[b]", "a b"),
        ("for x in it: ...", "it x"),
        ("with cm as y: ...", "cm y"),
        ("X = -a", "a"),
        ("X = a < b", "a b"),
        ("X = [y for y in it]", "it y"),
        ("X = a", ""),
    ],
)
def test_what_a_unit_may_call(text: str, names: str) -> None:
    """Calls, decorators, bases, operators, loops and `with` are calls; a plain read is none."""
    assert {(name,) for name in names.split()} == set(called(unit(text).node))


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("registry.append(x)", {("registry",)}),
        ("app.routes['/'] = x", {("app", "routes")}),
        ("K.x = y", {("K",)}),
        ("del table['k']", {("table",)}),
        ("items += [x]", {("items",)}),
        ("obj.n += 1", {("obj",), ("obj", "n")}),
        ("K.x: int = 1", {("K",)}),
        ("@app.route('/')\ndef f(): ...", {("app",)}),
        ("@register\nclass K: ...", {("register",)}),
        ("app.group('x')['y'].add(z)", {("app",)}),
        ("f(items)", set()),
        ("x = items", set()),
    ],
)
def test_what_a_unit_acts_upon(text: str, objects: set[tuple[str, ...]]) -> None:
    """Receivers of calls, assignments, `+=`, `del` and decorators; not what is passed."""
    assert objects == set(acted_upon(unit(text).node))


def test_attributes_that_a_unit_asks_for_and_assigns() -> None:
    """Names of attributes, of whatever they are asked."""
    made = unit("f.tag = g().size")

    assert {"tag", "size"} == made.attributes
    assert {("f", "tag")} == made.assigns
    assert "size" in made.attributes
    assert "other" not in made.attributes


def test_imports_that_run_with_a_statement() -> None:
    """Those in branches and class bodies, not those in functions or for type checkers."""
    text = """
if a:
    import one
else:
    def f():
        import no
class K:
    from m import two
if TYPE_CHECKING:
    import never
"""
    found = [alias.name for u in outline(text).units for node in imports(u.node) for alias in node.names]

    assert ["one", "two"] == found
    assert {"one"} == outline(text).imported & {"one", "no"}


# -- kinds, marks, code --------------------------------------------------------------------------------------------
def test_kinds_of_units() -> None:
    """A unit knows whether it is an import, a definition, a class or a compound."""
    made = outline("import a\ndef f(): ...\nclass K: ...\nif a:\n    pass\n").units

    assert [True, False, False, False] == [u.is_import for u in made]
    assert [False, True, True, False] == [u.is_definition for u in made]
    assert [False, False, True, False] == [u.is_class for u in made]
    assert [False, False, False, True] == [u.is_compound for u in made]


def test_labels_are_short() -> None:
    """A definition is called by its name, anything else by its first words."""
    source = outline(f"def f():\n    pass\nclass K:\n    pass\nX = {'1 + ' * 40}1\n")
    made = source.units

    assert ["def f", "class K"] == [u.label for u in made[:2]]
    assert made[2].label.endswith("...")
    assert 60 == len(made[2].label)
    assert "<module.py:1 def f>" == repr(made[0])


@pytest.mark.parametrize(
    ("mark", "keeps"), [("# autoreload: keep", True), ("#autoreload:keep it", True), ("# keep", False)]
)
def test_a_unit_is_pinned_by_its_comment(mark: str, keeps: bool) -> None:
    """The words are those of the documentation."""
    assert keeps is unit(f"X = connect()  {mark}\n").keeps


def test_code_of_a_unit_is_as_in_the_module() -> None:
    """Lines, flags and calls through imported names are those of the whole."""
    made = outline("from __future__ import annotations\nfrom os import path\n\ndef f():\n    return path.join('a')\n")
    (function,) = made.units[-1].functions
    (whole,) = [c for c in made.code.co_consts if hasattr(c, "co_code")]

    assert whole == function
    assert made.flags == __future__.annotations.compiler_flag


@pytest.mark.parametrize("first", ["_super = super", "if X:\n    super = len", "def g():\n    return super", ""])
def test_super_is_compiled_as_in_the_module(first: str) -> None:
    """The compiler looks whether the module's own level mentions it."""
    made = outline(f"{first}\n\nclass K:\n    def f(self):\n        return super(K, self).f(1)\n")
    (inner,) = [code for code in made.code.co_consts if getattr(code, "co_name", "") == "K"]

    assert inner in made.units[-1].code.co_consts


@pytest.mark.parametrize("feature", sorted(set(__future__.all_feature_names) - {"barry_as_FLUFL"}))
def test_a_future_import_is_what_the_compiler_takes_it_for(feature: str) -> None:
    """Features that have become the rule leave no trace in the code."""
    text = f"from __future__ import {feature}\n\ndef f(n: int):\n    return n\n"
    module = compile(text, "module.py", "exec", dont_inherit=True)
    made = outline(text)

    assert [code for code in module.co_consts if hasattr(code, "co_code")][-1] == made.units[-1].functions[0]


def test_functions_of_a_unit_are_its_own() -> None:
    """Methods of nested classes and lambdas are, what is inside functions is not."""
    made = unit("class K:\n    class In:\n        def m(self):\n            def no(): ...\n    f = lambda self: 1\n")

    assert ["K.In.m", "K.<lambda>"] == [code.co_qualname for code in made.functions]


def test_annotated_names_are_those_of_the_module() -> None:
    """Also in branches; not those of classes, of attributes or in parentheses."""
    made = outline("x: int\nif x:\n    y: int = 1\nclass K:\n    z: int\nx.a: int = 1\n(w): int = 1\n")

    assert {"x", "y"} == made.annotated


def test_data_is_no_part_of_what_runs_with_a_statement() -> None:
    """Constants, and containers of nothing else, of which a table may have thousands, are not gone through."""
    statement = unit("TABLE = {'a': [1, -2], 'c': [1, 2], 'b': (f(3), 'c')}\n").node

    kinds = [type(node).__name__ for node in own_nodes(statement)]

    assert sorted(kinds) == ["Assign", "Call", "Dict", "List", "Name", "Name", "Tuple"]  # the list holds `-2`
    assert list(own_nodes(statement)) == list(own_nodes(statement))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = [1, 2]\n", "x = [1, True]\n"),
        ("x = [1, 2]\n", "x = [1, 2.0]\n"),
        ("x = [1, 2]\n", "x = [1, 2, 3]\n"),
        ("x = [1, 2]\n", "x = (1, 2)\n"),
        ("x = {'a': 1}\n", "x = {'a': 1, **{}}\n"),
        ("def f(a, /, b): pass\n", "def f(a, b, /): pass\n"),
        ("x: int = 1\n", "x: str = 1\n"),
        ("x = a + b\n", "x = a - b\n"),
        ("import a\n", "import a as b\n"),
        ("from . import a\n", "from .. import a\n"),
    ],
)
def test_syntax_that_says_something_else(old: str, new: str) -> None:
    """Every difference that makes one is seen, and what says the same is equal whatever its layout."""
    before, after = unit(old).node, unit(new).node

    assert not says_the_same(before, after)
    assert spelling(before) != spelling(after)
    for same in (old, new):
        one, other = unit(same).node, unit(same.replace(", ", " ,\\\n    ")).node
        assert says_the_same(one, other)
        assert spelling(one) == spelling(other)
