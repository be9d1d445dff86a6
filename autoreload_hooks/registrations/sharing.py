"""Which objects a unit acts upon, itself or in functions that ran inside it, and where these functions stand.

It must never change anything, nor run code of the user.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from autoreload_hooks.outline import Chain, Outline, Unit, acted_upon
from autoreload_hooks.program import LiveModule, Program, is_a
from autoreload_hooks.transaction import MISSING

from .calling import Calling, MayRun
from .containers import dispatch_registry
from .definitions import body, functions_within
from .handing import Handing
from .receivers import Receivers


class Sharing:
    """Who acts upon what, for one reload."""

    def __init__(self, program: Program, outlines: Mapping[str, Outline]) -> None:
        """`outlines` are the new ones of the edited modules: functions may have their new lines already."""
        self.program = program
        self.outlines = outlines
        self._definitions: dict[tuple[str, str, int, bool], ast.AST | None] = {}
        self.calling = Calling(program, self.definition)
        self.handing = Handing(program, self.definition, self.calling)
        now = Calling(program, self.definition_now)
        self._now = now, Handing(program, self.definition_now, now)
        self.receivers = Receivers(program)
        self._acts: dict[ast.AST, tuple[Chain, ...]] = {}
        self._functions: dict[Unit, dict[tuple[str, int], ast.AST]] = {}

    def shared(
        self, live: LiveModule, unit: Unit, codes: Iterable[CodeType] | None = None, *, now: bool = False
    ) -> Iterator[tuple[dict[str, Any], Chain, Any]]:
        """The objects that a unit acts upon, itself or in functions that ran inside it: (namespace, chain, object).

        `codes` are the functions' code objects where they are not those that are known to have run. `now`: they do
        what their new text says, and else what they did when they ran.
        """
        calling, handing = self._now if now else (self.calling, self.handing)
        definition = self.definition_now if now else self.definition
        codes = self.program.ran_codes(live, unit) if codes is None else list(codes)
        ran = MayRun(codes)
        seen: set[int] = set()
        places: list[tuple[dict[str, Any], ast.AST, Any]] = [(live.namespace, unit.node, None)]
        places += [
            (self.program.namespace_of_file(code.co_filename), found, self.receivers.first_of(live, unit, code))
            for code in codes
            if (found := definition(code)) is not None
        ]
        for namespace, node, first in places:
            acts_upon = unit.acts_upon if node is unit.node else self._acts_of(node)
            inside = node if node is unit.node else body(node)
            filled = (*calling.filled(namespace, inside, ran), *handing.taking_in(namespace, inside, ran))
            for chain in (*acts_upon, *filled):
                shared = self.receivers.resolve(namespace, chain, node, first)
                if (
                    shared is not MISSING
                    and id(shared) not in seen
                    and (not is_a(shared, (ModuleType, FunctionType)) or dispatch_registry(shared) is not None)
                ):
                    seen.add(id(shared))
                    yield *self.receivers.by_name(namespace, chain, node, first), shared

    def _acts_of(self, function: ast.AST) -> tuple[Chain, ...]:
        """What a function acts upon when it runs, whoever asks."""
        if (known := self._acts.get(function)) is None:
            known = self._acts[function] = tuple(acted_upon(body(function)))
        return known

    def definition(self, code: CodeType) -> ast.AST | None:
        """The syntax of a function that ran, found by its name and line; no code object is kept for that."""
        return self._definition(code, now=False)

    def definition_now(self, code: CodeType) -> ast.AST | None:
        """The same of a function that is going to run: where old and new stand at one line, the new one."""
        return self._definition(code, now=True)

    def _definition(self, code: CodeType, *, now: bool) -> ast.AST | None:
        key = code.co_filename, code.co_name, code.co_firstlineno, now
        if key not in self._definitions:
            self._definitions[key] = self._look_for(code, now=now)
        return self._definitions[key]

    def _within(self, unit: Unit) -> dict[tuple[str, int], ast.AST]:
        if (known := self._functions.get(unit)) is None:
            known = self._functions[unit] = functions_within(unit.node)
        return known

    def _look_for(self, code: CodeType, *, now: bool) -> ast.AST | None:
        for record in self.program.of_file(code.co_filename):
            if record.mine and (live := self.program.module(record.name)):
                outlines = [live.outline, self.outlines.get(record.name)]
                for outline in filter(None, reversed(outlines) if now else outlines):
                    unit = outline.unit_at(code.co_firstlineno)
                    if unit is not None and (found := self._within(unit).get((code.co_name, code.co_firstlineno))):
                        return found
        return None
