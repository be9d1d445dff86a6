"""An edit of bodies explained without an outline: cuts that hold, and no explanation where nothing is proven."""

from __future__ import annotations

import ast
import random
import sysconfig
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autoreload_hooks.compat.bytecode import class_facts, same_shape
from autoreload_hooks.outline import Outline
from autoreload_hooks.program import LiveModule
from autoreload_hooks.recordings import ModuleRecord, survey
from autoreload_hooks.sketch import Sketch, difference, sketch_of

PATH = "module.py"


def compiled(text: str) -> CodeType:
    """The module's code object."""
    return compile(text, PATH, "exec", dont_inherit=True)


def functions(code: CodeType) -> list[CodeType]:
    """The code objects of a module's functions, in the order of the source."""
    refs: list[weakref.ref[CodeType]] = []
    survey(code, refs)
    return [function for ref in refs if (function := ref()) is not None]


def each_class(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The classes in a module, of several with one name all, and what they know of their source."""
    for statement in ast.parse(text).body:
        alone = compile(ast.Module([statement], type_ignores=[]), PATH, "exec", dont_inherit=True)
        yield from class_facts(alone).items()


def live(code: CodeType, namespace: dict[str, Any] | None = None) -> LiveModule:
    """A module that runs some code, as the importer would record it."""
    codes: list[weakref.ref[CodeType]] = []
    survey(code, codes)
    return LiveModule(ModuleRecord("module", PATH, True, 0, None, namespace or {}, codes=codes, complete=True))


def sketch(old: str, new: str, *, ran: Iterable[str] = (), namespace: dict[str, Any] | None = None) -> Sketch | None:
    """Explain an edit, and hold the explanation against what compiling both whole texts says."""
    before, after = compiled(old), None
    module = live(before, namespace)
    found = sketch_of(
        module,
        old,
        new,
        imported=lambda: Outline.of(old, PATH).imported,
        ran=lambda codes: any(code.co_qualname in ran for code in codes),
    )
    if found is not None:
        after = compiled(new)
        shape = same_shape(before, after)
        assert shape is not None, "the edit is more than new bodies"
        assert [old.co_qualname for old, _ in shape] == [code.co_qualname for code in found.changed]
        swapped = {id(code): now for code, now in (*found.swaps, *found.moves)}
        assert [swapped.get(id(code), code) for code in module.all_codes()] == functions(after)
        known = list(each_class(new))
        assert all((facts.path, facts.new) in known for facts in found.facts)
    return found


MODULE = '''\
"""Words."""
import os


LIMIT = 10


def first(x):
    return x + 1


@staticmethod
def second(x):
    """Text.

def hidden(): pass
    """
    return os.path.join(x, "2")


class Thing:
    """A thing."""

    size = 1

    def method(self):
        return 3

    def other(self):
        return [n for n in range(4)]


TABLE = {
"def third(): return 5": lambda: 5,
}


def last(x):
    return x + 6
'''


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("x + 1", "x - 1", "first"),
        ('"2"', '"22"', "second"),
        ("return 3", "self.size = 3", "Thing.method"),
        ("range(4)", "range(44)", "Thing.other"),
        ("lambda: 5", "lambda: 55", "<lambda>"),
        ("x + 6", "x - 6", "last"),
        ("def hidden(): pass", "def hidden(): return", "second"),
    ],
)
def test_a_new_body_is_explained(old: str, new: str, name: str) -> None:
    """The one function that differs gets the code that it has in the new module; nothing else is swapped."""
    found = sketch(MODULE, MODULE.replace(old, new))

    assert found is not None
    assert [name] == [code.co_qualname for code in found.changed]
    assert len(found.swaps) == 1
    assert () == found.moves


@pytest.mark.parametrize("more", ["\n", "\n\n\n", "    # words\n", "    y = 0\n"])
def test_what_stands_below_moves(more: str) -> None:
    """Code below an edit that adds lines is the same code at its new lines."""
    found = sketch(MODULE, MODULE.replace("    return x + 1\n", more + "    return x + 1\n"))

    assert found is not None
    assert more.count("\n") == found.delta
    assert ["second", "Thing.method", "Thing.other", "<lambda>", "last"] == [old.co_qualname for old, _ in found.moves]


@pytest.mark.parametrize("old", ["\n\nLIMIT", "\n\ndef first", "\n@staticmethod", "class Thing", "TABLE", "\ndef last"])
def test_a_comment_between_statements_changes_no_function(old: str) -> None:
    """Comments and empty lines on the module's own level only move what is below."""
    found = sketch(MODULE, MODULE.replace(old, "\n# words\n\n" + old))

    assert found is not None
    assert () == found.changed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 10", "LIMIT = 11"),
        ("size = 1", "size = 2"),
        ("def first(x)", "def first(x, y)"),
        ("def first(x)", "def first(x=1)"),
        ("def first", "def primary"),
        ("@staticmethod", "@classmethod"),
        ("class Thing:", "class Thing(dict):"),
        ("import os", "import os, sys"),
        ('"""Words."""', '"""Other words."""'),
        ("def third(): return 5", "def third(): return 6"),
        ("    return x + 1", "    global os\n    import os\n    return x + 1"),
        ("def last(x):", "def added(): pass\ndef last(x):"),
        ("\n\ndef last(x):\n    return x + 6\n", ""),
        ("    return x + 1", "    return x +"),
        ("    return x + 1", "    return '\\d'"),
    ],
)
def test_anything_else_is_left_to_the_outline(old: str, new: str) -> None:
    """Whatever is not plainly a new body has no explanation here, be it wrong or worth a warning."""
    assert old in MODULE
    module = live(compiled(MODULE))

    assert sketch_of(module, MODULE, MODULE.replace(old, new), imported=frozenset, ran=lambda _: False) is None


def test_code_that_ran_while_a_unit_ran_is_left_to_the_outline() -> None:
    """A unit that called the function has to run again, and only outlines know units."""
    new = MODULE.replace("x + 1", "x - 1")

    assert sketch(MODULE, new, ran=["second"]) is not None
    assert sketch(MODULE, new, ran=["first"]) is None


def test_code_made_in_another_way_is_left_to_the_outline() -> None:
    """Where a loader has changed the code, compiling the text does not tell what runs."""
    module = live(compiled(MODULE.replace("x + 1", "x + 100")))

    new = MODULE.replace("x + 1", "x - 1")
    assert sketch_of(module, MODULE, new, imported=frozenset, ran=lambda _: False) is None


def test_functions_that_a_decorator_compiles_are_left_to_the_outline() -> None:
    """A new body reaches what a compiler made only by decorating again."""

    def jit(function: Any) -> Any:
        return function

    text = "@jit\ndef f():\n    return 1\n"
    assert sketch(text, text.replace("1", "2"), namespace={"jit": jit}) is not None

    jit.__module__ = "numba.core.decorators"
    assert sketch(text, text.replace("1", "2"), namespace={"jit": jit}) is None


def test_flags_of_the_module_hold_for_its_parts() -> None:
    """A body is compiled with what the module imports from the future."""
    text = "from __future__ import annotations\n\n\ndef f():\n    def g(x: int): return x\n    return g\n"

    assert sketch(text, text.replace("return x", "return -x")) is not None


@pytest.mark.parametrize(
    "text",
    [
        # in all of them the first `def f` is text; what is edited only looks like its body
        'X = """\ndef f():\n    return 1\n"""\n\n\ndef f():\n    return 2\n',
        'X = [\n"""\n""", """\ndef f():\n    return 1\n"""]\n\n\ndef f():\n    return 2\n',
        'class C:\n    X = """\nclass C:\n    y = 1\n    # """\n    def m(self):\n        return 1\n',
        'X = """\nfoo\n# """\ndef f():\n    return 1\n',
        'X = \'\'\'\nclass D:\n    """\'\'\'\ndef f():\n    return 1\n""""""\n',
        "if (X := 1):\n    pass\n    \\\ndef f():\n        return 1\n",
    ],
)
@pytest.mark.parametrize("edit", [("return 1", "return 3"), ("y = 1", "y = 1 "), ("foo", "foo "), ("# ", "#  ")])
def test_text_that_looks_like_code_is_never_taken_for_it(text: str, edit: tuple[str, str]) -> None:
    """What stands in a string has no live code at its lines, so nothing is proven of it."""
    if edit[0] in text:
        new = text.replace(*edit, 1)
        sketch(text, new)  # compares with the whole
        sketch(text, new.replace("m(self):\n        return 1", "m(self):\n        return 4"))


BLOCKS = [
    "X = 1",
    "import os",
    "",
    "# words",
    'X = """\ndef f():\n    return 1\n"""',
    "X = '''\nclass C:\n    def m(self):\n        return 1\n'''",
    "Y = [\n\"\"\"\n\"\"\", '''\n@d\ndef f(): return 1\n''',\n]",
    "def f():\n    return 1",
    "def f(x=1):\n    '''Text.\n\ndef g(): pass\n'''\n    return lambda: x",
    "def g():\n    # words\n    def inner():\n        return 1\n    return inner",
    "@staticmethod\ndef f():\n    return os.getcwd()",
    "@(\n    staticmethod\n)\ndef f():\n    return 1",
    "class C:\n    '''Text.'''\n    a = 1\n    def m(self):\n        self.a = 1\n    def n(self): return 1",
    "class C:\n    class D:\n        def m(self):\n            return 1\n    # '''\n    def o(self): return 1",
    "if X:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2",
    "try:\n    def f():\n        return 1\nexcept E:\n    pass\nfinally:\n    pass",
    "async def h():\n    return f'''{1}\ndef f(): pass\n'''",
    "F = lambda x: 1; G = lambda x: 1",
    "    \\\nZ = 1",
    "class E:\n    x = 1\n    \\\ndef f(self): return 1",
]
EDITS = [
    ("return 1", "return 2"), ("1", "12"), ("\n", "\n\n"), ("\n", "\n# w\n"), ("words", "'''"), ("def f", "def ff"),
    ("'''", '"""'), ("return", "x = 0; return"), ("    return", "    y = 1\n    return"), ("m(self):", "m(self): # c"),
    ("x", "y"), ("pass", "return"), ("# ", "#"), (" = ", "  = "), ("lambda x: 1", "lambda x: 2"), ("Text", "\n\nText"),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@example(blocks=[BLOCKS[13], BLOCKS[7]], edits=[(EDITS[0], 3)])
@given(
    blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=6),
    edits=st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 8)), min_size=1, max_size=2),
)
def test_an_explanation_says_what_compiling_the_whole_says(
    blocks: list[str], edits: list[tuple[tuple[str, str], int]]
) -> None:
    """Whatever the text and the edit: live code becomes what the new module has, or there is no explanation."""
    old = new = "\n".join(blocks) + "\n"
    for (before, after), place in edits:
        parts = new.split(before)
        if len(parts) > 1:
            place %= len(parts) - 1
            new = before.join(parts[: place + 1]) + after + before.join(parts[place + 1 :])
    try:
        compiled(old)
    except SyntaxError:
        return
    sketch(old, new)


@given(st.text("ab\n", max_size=30), st.text("ab\n", max_size=30), st.text("ab\n", max_size=9))
def test_the_difference_is_what_is_left_between_common_ends(start: str, end: str, middle: str) -> None:
    """Both ends are as long as they can be, and do not overlap."""
    old, new = start + end, start + middle + end
    first, last = difference(old, new)

    assert old[:first] == new[:first]
    assert old[len(old) - last :] == new[len(new) - last :]
    assert first + last <= min(len(old), len(new))
    assert first == min(len(old), len(new)) or old[first] != new[first]


def edited(text: str, chance: random.Random) -> str:
    """The text with one function's body changed somewhere, or with a comment more."""
    places = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and len(node.body) > 1]
    lines = text.split("\n")
    if not places or chance.random() < 0.2:
        lines.insert(chance.randrange(len(lines)), chance.choice(["# words", ""]))
        return "\n".join(lines)
    node = chance.choice(places).body[-1]
    line = lines[node.lineno - 1]
    if line[: node.col_offset].strip() or not line.isascii():
        return text
    indent = line[: node.col_offset]
    if chance.random() < 0.5:
        lines.insert(node.lineno - 1, f"{indent}words = 1")
    else:
        lines[node.lineno - 1] = f"{indent}words = 1; {line.lstrip()}"
    return "\n".join(lines)


def test_the_next_edit_of_a_piece_finds_what_it_compiled_to() -> None:
    """And is explained in the same way; another piece, or another text of it, is compiled."""
    texts = [
        f"import os\n\n\ndef f(a=1):\n    return [os.path.join(str(n), {n}.5, -0.0) for n in range(a)]\n"
        for n in (1, 2, 3)
    ]
    first = sketch(texts[0], texts[1])
    assert first is not None
    assert first.piece is not None
    assert first.piece.text in texts[1]
    other = first.piece._replace(text=first.piece.text + "#", code=b"nothing")
    found, running = [], compiled(texts[1])
    for piece in (None, first.piece, other):
        module = live(running)
        module.piece = piece
        explained = sketch_of(module, texts[1], texts[2], imported=lambda: frozenset({"os"}), ran=lambda _: False)
        assert explained is not None
        found.append((explained.swaps, explained.changed, explained.piece))

    assert found[0] == found[1] == found[2]
    assert found[0][0][0][1] == functions(compiled(texts[2]))[0]


@pytest.mark.parametrize("first", ["_super = super", "import os"])
def test_super_is_compiled_as_in_the_module(first: str) -> None:
    """The compiler looks whether the module's own level mentions it."""
    texts = [f"{first}\n\n\ndef f(self):\n    return super(K, self).f({n})\n" for n in (1, 2)]
    explained = sketch(*texts)

    assert explained is not None
    assert explained.swaps[0][1] == functions(compiled(texts[1]))[0]


@pytest.mark.slow
def test_edits_of_the_standard_library_are_explained_rightly() -> None:
    """For edits all over the standard library, sketches agree with compiling the whole, and most edits have one."""
    chance = random.Random(1)
    library = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for folder in (".", "asyncio", "json", "email") for path in (library / folder).glob("*.py"))
    tried = found = 0
    for path in chance.sample(files, 60):
        text = path.read_text(encoding="utf-8")
        for _ in range(4):
            new = edited(text, chance)
            try:
                compiled(new)
            except SyntaxError:
                continue  # the edit has gone into a string or the like
            tried += 1
            found += sketch(text, new) is not None

    assert tried > 100
    assert found > tried * 0.7
