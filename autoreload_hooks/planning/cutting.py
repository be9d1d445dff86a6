"""The text of a module without some of its statements; all others stay where they are.

It must never give a text that does not say the same as before in all that stays.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Collection

from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule

from .edits import Kind, ModuleEdit, edit_of


def without(live: LiveModule, going: Collection[Unit]) -> ModuleEdit | None:
    """The edit that leaves a module all but these statements; None if they cannot be told from the others."""
    source = live.record.source
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source.data if source is not None else b"").readline)
        data = _cut(live.outline.text, [unit.node for unit in going]).encode(encoding)
        edit = edit_of(live, live.read(data, live.outline.path), data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    stays = [unit for unit in live.outline.units if unit not in set(going)]
    kept = {pair.old for pair in edit.pairs if pair.new is not None and pair.old is not None and _is_like(pair.kind)}
    removed = {pair.old for pair in edit.pairs_of(Kind.REMOVED)}
    is_right = kept == set(stays) and removed == set(going) and not edit.pairs_of(Kind.ADDED)
    return edit if is_right and not any(pair.bodies for pair in edit.pairs) else None


def _is_like(kind: Kind) -> bool:
    return kind in (Kind.SAME, Kind.MOVED, Kind.BODY)


def _cut(text: str, nodes: Collection[ast.stmt]) -> str:
    """Blank some statements; where one shares a line with others, something takes its place that does nothing."""
    lines = io.StringIO(text).readlines()  # as Python counts them: a form feed ends none
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)]) - 1
        last = (node.end_lineno or node.lineno) - 1
        start = 0 if decorators else _place(lines[first], node.col_offset)
        end = _place(lines[last], node.end_col_offset or 0)
        before, after = lines[first][:start], lines[last][end:]
        is_alone = not before.strip() and (not after.strip() or after.lstrip().startswith("#"))
        if is_alone:
            lines[first : last + 1] = ["\n"] * (last + 1 - first)
        elif first == last:
            lines[first] = f"{before}pass{after}"
        else:
            lines[first : last + 1] = [f"{before}(0\n", *["\n"] * (last - first - 1), f"){after}"]
    return "".join(lines)


def _place(line: str, offset: int) -> int:
    """The character of a line at which its byte `offset` is, as syntax trees count in UTF-8."""
    return len(line.encode()[:offset].decode())
