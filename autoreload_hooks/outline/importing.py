"""The import statements that run with a statement, and dead code that tells the compiler what a module imports.

It must never import anything, nor look for a module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .nodes import FUNCTIONS, WORD, is_text, live_branches


def imports(node: ast.stmt) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements that run with a statement: neither those in functions nor those for type checkers."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop(0)
        if isinstance(current, (ast.Import, ast.ImportFrom)):
            yield current
        elif isinstance(current, (ast.stmt, ast.excepthandler, ast.match_case)) and not isinstance(current, FUNCTIONS):
            todo += live_branches(current) or ast.iter_child_nodes(current)


def dead_imports(node: ast.stmt, text: str, imported: frozenset[str]) -> list[ast.stmt]:
    """Dead code, to stand before `node`, that tells the compiler which names in `text` the module imports.

    From 3.12 on calls through an imported name are compiled in another way (`is_import_originated` in compile.c), and
    so is `super` where the module's own level mentions it (`can_optimize_super_call`).
    """
    names = imported.intersection(WORD.findall(text)) if imported else None
    if not names or is_text(node):  # a docstring must stay the first statement
        return []
    imports = ast.Import([ast.alias(name) for name in sorted(names)])
    dead = ast.If(ast.Constant(False), [imports], [])
    return [ast.fix_missing_locations(ast.copy_location(dead, node))]
