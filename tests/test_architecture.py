"""Rules for the code of the package that no linter knows; which module may import which is import-linter's to check."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import autoreload_hooks

PACKAGE = Path(autoreload_hooks.__file__).parent
MODULES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
EDGE = {"__init__", "__main__", "demo", "magics"}
"""Where IPython is known. The package itself names its type only."""

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

every_module = pytest.mark.parametrize("name", MODULES)


def imported(tree: ast.Module) -> Iterator[str]:
    """The absolute names that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module)


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """The functions and classes that others may use, and the same within the classes."""
    for node in body:
        if isinstance(node, DEFINITIONS) and not node.name.startswith("_") and not completes_another(node):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def completes_another(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Is it the setter of a property or an overload, whose docstring stands elsewhere?"""
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    return f"{node.name}.setter" in decorators or "overload" in decorators


def of(name: str) -> str:
    """The module of the package that a file belongs to: `compat/heap.py` is of `compat`."""
    return name.partition("/")[0].removesuffix(".py")


@every_module
def test_only_the_edge_imports_ipython(name: str) -> None:
    """The reloader works without IPython; the magics bring the two together."""
    roots = {module.partition(".")[0] for module in imported(MODULES[name])}

    assert of(name) in EDGE or roots.isdisjoint({"IPython", "traitlets"})


@every_module
def test_only_compat_asks_for_the_version(name: str) -> None:
    """Everywhere else behaviours are asked for by name."""
    asks = {"version_info", "hexversion"} & {
        node.attr for node in ast.walk(MODULES[name]) if isinstance(node, ast.Attribute)
    }

    assert of(name) == "compat" or not asks


@every_module
def test_every_module_and_public_name_has_a_docstring(name: str) -> None:
    """Whoever reads a module finds what each public thing is for."""
    tree = MODULES[name]
    silent = [node.name for node in public(tree.body) if not ast.get_docstring(node)]

    assert ast.get_docstring(tree)
    assert [] == silent


@every_module
def test_no_module_prints(name: str) -> None:
    """Words for the user are data until the edge shows them, which writes to a stream that it was given."""
    calls = [node.func for node in ast.walk(MODULES[name]) if isinstance(node, ast.Call)]

    assert of(name) == "magics" or "print" not in {func.id for func in calls if isinstance(func, ast.Name)}


@every_module
def test_no_handler_takes_everything_unnamed(name: str) -> None:
    """Every `except` names what it expects."""
    assert [] == [
        node.lineno for node in ast.walk(MODULES[name]) if isinstance(node, ast.ExceptHandler) and not node.type
    ]


def test_only_the_importer_touches_the_meta_path() -> None:
    """Hooks are installed and removed in one place."""
    touching = {
        name
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "meta_path"
    }

    assert {"importer"} == {of(name) for name in touching}
