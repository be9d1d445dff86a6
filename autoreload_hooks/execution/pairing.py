"""Which function of a statement's old text each function of its new text is.

It must never look at what runs: only texts and code are compared.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import Any

from autoreload_hooks.outline import FUNCTIONS


def partners_of_functions(
    old: ast.stmt, old_codes: Sequence[CodeType], new: ast.stmt, new_codes: Sequence[CodeType]
) -> dict[int, int]:
    """By place among the new functions, the place among the old: by qualified name, then by order.

    Where one of several came or went, those with the same decorators are paired first: an implementation does not
    become an overload that was put above it.
    """
    befores, afters = _by_name(old_codes), _by_name(new_codes)
    found: dict[int, int] = {}
    for name, places in afters.items():
        others = befores.get(name, [])
        if len(places) != len(others) and others:
            found |= _pair_decorated_alike(old, old_codes, others, new, new_codes, places)
        found |= zip(places, others, strict=False)
    return found


def _by_name(codes: Sequence[CodeType]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, code in enumerate(codes):
        found.setdefault(code.co_qualname, []).append(place)
    return found


def _pair_decorated_alike(
    old: ast.stmt,
    old_codes: Sequence[CodeType],
    old_places: list[int],
    new: ast.stmt,
    new_codes: Sequence[CodeType],
    new_places: list[int],
) -> Iterator[tuple[int, int]]:
    """Pair, and take out of both lists, the places of functions with the same decorators."""
    before = {place: _decorators_above(old_codes[place], old) for place in old_places}
    for place in list(new_places):
        decorators = _decorators_above(new_codes[place], new)
        partner = next((each for each in old_places if before[each] == decorators), None)
        if partner is not None:
            old_places.remove(partner)
            new_places.remove(place)
            yield place, partner


def _decorators_above(code: CodeType, node: ast.stmt) -> list[str]:
    """The decorators that stand above the function of this code in a statement."""
    for each in own_definitions(node):
        line = min(part.lineno for part in (each, *each.decorator_list))
        if (each.name, line) == (code.co_name, code.co_firstlineno):
            return [ast.dump(decorator) for decorator in each.decorator_list]
    return []


def own_definitions(node: ast.stmt) -> Iterator[Any]:
    """The `def` statements that a statement runs itself: in class bodies and compounds, not inside functions."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop(0)
        if isinstance(current, FUNCTIONS):
            yield current
        elif isinstance(current, ast.stmt | ast.excepthandler | ast.match_case):
            todo += [child for child in ast.iter_child_nodes(current) if not isinstance(child, ast.expr)]
