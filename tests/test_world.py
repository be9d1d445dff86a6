"""The outlines of modules that others wrote: nothing surprises, and an edit that changes nothing plans nothing."""

from __future__ import annotations

import ast
import dis
import os
import sysconfig
import warnings
from pathlib import Path

import pytest

from autoreload_hooks.outline import Outline
from autoreload_hooks.planning import Kind, classify, pair_units
from autoreload_hooks.sources import decode

STDLIB = Path(sysconfig.get_path("stdlib"))
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
EVERY = sorted(
    path
    for path in [*STDLIB.glob("*.py"), *STDLIB.glob("*/*.py")]
    if path.relative_to(STDLIB).parts[0]
    not in {"site-packages", "test", "lib2to3", "idlelib", "turtledemo", "__phello__"}
)
SAMPLE = EVERY if THOROUGH else EVERY[::8]

pytestmark = pytest.mark.slow


def outline(path: Path) -> Outline:
    """Outline a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # escapes of old modules
        return Outline.of(decode(path.read_bytes()), str(path))


def kinds(old: Outline, new: Outline) -> set[Kind]:
    """What happened to the units of two versions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {classify(*pair).kind for pair in pair_units(old.units, new.units)}


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: str(path.relative_to(STDLIB)))
def test_modules_of_the_standard_library(path: Path) -> None:
    """Every statement is in a unit; bindings are those of the compiled code; moved lines are moved and no more."""
    old, new = outline(path), outline(path)
    assert {Kind.SAME} >= kinds(old, new)
    below = Outline.of("# a comment\n\n" + old.text, str(path)) if not has_cookie(old.text) else new
    assert {Kind.SAME, Kind.MOVED} >= kinds(old, below)
    assert {Kind.ADDED, Kind.REMOVED}.isdisjoint(kinds(old, Outline.of(laid_out(old), str(path))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for unit in old.units:
            assert unit.text.splitlines() == old.text.splitlines()[unit.first - 1 : unit.last] or "\x0c" in old.text
            assert all(isinstance(chain, tuple) for chain in unit.reads)
            assert {code.co_firstlineno for code in unit.functions} <= set(range(unit.first, unit.last + 1))
            assert isinstance(unit.label, str)
            assert unit.module is old
        names = {name for name in stored(old) if not name.startswith("__")}
    assert names <= old.binders.keys()


def has_cookie(text: str) -> bool:
    """Whether one of the first lines says how the file is encoded."""
    return "coding" in "".join(text.splitlines(keepends=True)[:2])


def laid_out(source: Outline) -> str:
    """The same statements as Python itself writes them: other lines, other layout."""
    return ast.unparse(source.tree)


class Imported(ast.NodeTransformer):
    """What is left of a module that is imported, not run as a script nor read by a type checker."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """Such an `if` is its `else`."""
        is_never = "__main__" in ast.unparse(node.test) or "TYPE_CHECKING" in ast.unparse(node.test)
        self.generic_visit(node)
        return (node.orelse or [ast.copy_location(ast.Pass(), node)]) if is_never else node


def stored(source: Outline) -> set[str]:
    """The names that the module's own code object stores under."""
    code = compile(Imported().visit(ast.parse(source.text)), source.path, "exec", dont_inherit=True)
    return {i.argval for i in dis.get_instructions(code) if i.opname == "STORE_NAME"}
