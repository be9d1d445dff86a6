"""Loaders that compile something else than the text: what was edited is made as they make it."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from typing import Any

import pytest
from helpers import Project, Shell

from autoreload_hooks.sources import Unseen, rewrites, rewritten


class Tenfold(ast.NodeTransformer):
    """Makes numbers ten times as large, and tags functions."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Numbers only."""
        return ast.copy_location(ast.Constant(node.value * 10), node) if type(node.value) is int else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """With a decorator that a new statement defines."""
        self.generic_visit(node)
        node.decorator_list.append(ast.copy_location(ast.Name("tagged", ast.Load()), node))
        return node


class OfSyntax(SourceFileLoader):
    """Rewrites the syntax, as typeguard and beartype do."""

    def source_to_code(self, data: Any, path: Any, *rest: Any, _optimize: int = -1) -> Any:  # type: ignore[override]
        """With statements of its own at the top."""
        tree = Tenfold().visit(ast.parse(data, path))
        tree.body[:0] = ast.parse(
            "import functools\ndef tagged(f):\n    f.tag = functools.partial(int, 1)\n    return f"
        ).body
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True, optimize=_optimize)


class OfText(SourceFileLoader):
    """Rewrites the text, and leaves the rest to Python's own loader."""

    def source_to_code(self, data: Any, path: Any, *rest: Any, _optimize: int = -1) -> Any:  # type: ignore[override]
        """With lines above, so that all others move."""
        return super().source_to_code(b"import os\n\n" + data.replace(b"TEN", b"10"), path, *rest, _optimize=_optimize)  # type: ignore[call-arg]


class Hidden(SourceFileLoader):
    """Compiles where nobody can see it."""

    def source_to_code(self, data: Any, path: Any, *rest: Any, _optimize: int = -1) -> Any:  # type: ignore[override]
        """By a builtin that is not called by its name here."""
        return eval("compile(data, path, 'exec')", {"data": data, "path": path})


class Picky(SourceFileLoader):
    """Does not take every text."""

    def source_to_code(self, data: Any, path: Any, *rest: Any, _optimize: int = -1) -> Any:  # type: ignore[override]
        """By an error that compiling does not raise."""
        if b"bad" in data:
            raise LookupError("nothing bad here")
        return super().source_to_code(data, path, *rest, _optimize=_optimize)  # type: ignore[call-arg]


@pytest.fixture
def loads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have a loader load `shop`."""

    class Finder:
        def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
            spec = PathFinder.find_spec(name, path, target) if name == "shop" else None
            if spec is not None and spec.origin is not None:
                spec.loader = request.param(spec.name, spec.origin)
            return spec

    sys.meta_path.insert(0, Finder())  # type: ignore[arg-type]  # restored by `conftest`
    yield
    assert "compile" not in globals()
    assert "compile" not in vars(importlib._bootstrap_external)  # type: ignore[attr-defined]


def of(loader: type) -> Any:
    """For a test about one loader."""
    return pytest.mark.parametrize("loads", [loader], indirect=True)


BEFORE = """
    X = 1
    def price(): return 2
    class Item:
        kind = 3
        def cost(self): return self.kind + 4
    item = Item()
"""


@of(OfSyntax)
@pytest.mark.usefixtures("loads")
def test_edited_code_has_the_syntax_of_its_loader(project: Project, shell: Shell) -> None:
    """In new bodies, new statements and new methods, and back again."""
    project({"shop.py": BEFORE})
    shell.load("2").cell("import shop\nkept = shop.price, shop.Item")
    project.edit("shop.py", BEFORE.replace("return 2", "return 5").replace("+ 4", "+ 5"))

    assert shell.value("shop.X, kept[0](), shop.item.cost(), kept[0].tag()") == (10, 50, 80, 1)

    more = "        def more(self): return 6\n    Z = 7\n"
    project.edit("shop.py", BEFORE.replace("X = 1", "X = 2").replace("    item =", more + "    item ="))

    assert shell.value("shop.X, shop.Z, kept[0](), shop.item.more(), shop.Item.more.tag()") == (20, 70, 20, 60, 1)
    project.edit("shop.py", BEFORE)
    assert shell.value("shop.X, kept[0](), shop.item.cost(), hasattr(shop, 'Z')") == (10, 20, 70, False)
    assert shell.value("kept == (shop.price, shop.Item)")
    assert "autoreload]" not in shell.output


@of(OfText)
@pytest.mark.usefixtures("loads")
def test_edited_code_has_the_text_of_its_loader(project: Project, shell: Shell) -> None:
    """Also where other lines come of it, and in errors."""
    project({"shop.py": "X = TEN\ndef f(): return TEN\n"})
    shell.load("2").cell("import shop\nkept = shop.f")
    project.edit("shop.py", "X = TEN\ndef f(): return TEN + 1\n")

    assert shell.value("shop.X, kept()") == (10, 11)
    project.edit("shop.py", "X = TEN + 2\ndef f(): return TEN + 1\ndef g(): return TEN\n")
    assert shell.value("shop.X, kept(), shop.g()") == (12, 11, 10)
    project.edit("shop.py", "X = TEN +\n")
    assert "SyntaxError" in shell.cell("pass")
    project.edit("shop.py", "X = TEN\n")
    assert shell.value("shop.X, hasattr(shop, 'f')") == (10, False)


@of(Hidden)
@pytest.mark.usefixtures("loads")
def test_where_nobody_can_see_what_a_loader_compiles_it_is_told(project: Project, shell: Shell) -> None:
    """The edit is followed as if it were Python's own."""
    project({"shop.py": "X = 1\n"})
    shell.load("2").cell("import shop")
    project.edit("shop.py", "X = 2\n")

    told = shell.cell("print(shop.X)")

    assert "(own-loader)" in told
    assert told.endswith("2\n")


@of(Picky)
@pytest.mark.usefixtures("loads")
def test_what_a_loader_raises_is_told(project: Project, shell: Shell) -> None:
    """As an import would raise it; the mended file is live."""
    project({"shop.py": "X = 1\n"})
    shell.load("2").cell("import shop")
    project.edit("shop.py", "X = 'bad'\n")

    told = shell.cell("print(shop.X)")

    assert "LookupError: nothing bad here" in told.replace("'", "")
    assert told.endswith("1\n")
    project.edit("shop.py", "X = 3\n")
    assert shell.value("shop.X") == 3


def test_types_are_still_checked(project: Project, shell: Shell) -> None:
    """By the import hook of typeguard, in functions that were edited and in new ones."""
    typeguard = pytest.importorskip("typeguard")
    project({"checked.py": "def f(x: int) -> int: return x\n"})
    shell.load("2")
    with typeguard.install_import_hook("checked"):
        shell.cell("import checked")
        project.edit("checked.py", "def f(x: int) -> int:\n    y = x\n    return y\ndef g(x: str): return x\n")

        shell.cell("checked.f('a')", fails=True)
        assert type(shell.error) is typeguard.TypeCheckError
        shell.cell("checked.g(1)", fails=True)
        assert type(shell.error) is typeguard.TypeCheckError
        assert shell.value("checked.f(1)") == 1


def test_assertions_still_explain_themselves(project: Project, shell: Shell, pytestconfig: pytest.Config) -> None:
    """By the import hook of pytest."""
    from _pytest.assertion.rewrite import AssertionRewritingHook

    hook = AssertionRewritingHook(pytestconfig)
    hook.mark_rewrite("test_shop")
    sys.meta_path.insert(0, hook)  # restored by `conftest`
    project({"test_shop.py": "def test():\n    assert [1] == [2]\n"})
    shell.load("2").cell("import test_shop")
    project.edit("test_shop.py", "def test():\n    a = 1\n    assert a == 3\ndef more():\n    assert [1] == [4]\n")

    shell.cell("test_shop.test()", fails=True)
    assert "assert 1 == 3" in str(shell.error)
    shell.cell("test_shop.more()", fails=True)
    assert "assert [1] == [4]" in str(shell.error)


def test_what_a_loader_compiles_is_seen() -> None:
    """Python's own loader rewrites nothing; another's syntax or text is what it hands to `compile`."""
    assert not rewrites(SourceFileLoader("m", "m.py"))
    assert not rewrites(None)
    assert isinstance(rewritten(OfSyntax("m", "m.py"), b"X = 1\n", "m.py"), ast.Module)
    assert rewritten(OfText("m", "m.py"), b"X = TEN\n", "m.py") == "import os\n\nX = 10\n"
    with pytest.raises(Unseen):
        rewritten(Hidden("m", "m.py"), b"X = 1\n", "m.py")
