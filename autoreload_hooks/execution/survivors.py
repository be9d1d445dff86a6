"""The hidden step of one run of a unit: which old object each new one is merged into.

It must never let a decorator see a new function where an old one goes on.
"""

from __future__ import annotations

import ast
import weakref
from collections.abc import Iterable, Iterator
from types import CellType, CodeType, FunctionType
from typing import Any, Final

from autoreload_hooks.compat.bytecode import nested
from autoreload_hooks.compat.classes import functions_in, repoint_class_cells
from autoreload_hooks.outline import Unit
from autoreload_hooks.program import CodeRef, LiveModule, is_a
from autoreload_hooks.transaction import MISSING

from .claims import Claims, makes_by_call
from .context import Context
from .pairing import own_definitions, partners_of_functions
from .searching import Searched, Searching, member_of
from .showing import Showing
from .standing import Standing

MARK: Final = "\0autoreload: the survivor goes here"


class Survivors:
    """The hidden step of one run of a unit: new functions are merged below their first decorator."""

    def __init__(
        self,
        context: Context,
        searching: Searching,
        showing: Showing,
        live: LiveModule,
        unit: Unit,
        old: Unit | None,
        before: dict[str, Any],
    ) -> None:
        self.context = context
        self.searching = searching
        self.showing = showing
        self.live = live
        self.unit = unit
        self.before = before
        self.claims = Claims(context, live, unit, old, before)
        self.standing = Standing(context, self.claims)
        self.origin, self.old = self.claims.origin, self.claims.old
        self._refs: list[CodeRef] = []
        self._survived: dict[int, FunctionType] = {}
        self._states: list[tuple[FunctionType, dict[str, Any]]] = []  # what decorators found on those
        self._targets: dict[tuple[str, int], list[tuple[int, FunctionType | None]]] = {}

    def code(self) -> CodeType:
        """The unit's code, with the hidden step where there are functions to survive."""
        unit = self.unit
        old_refs = self.origin.code_refs(self.old) if self.old is not None else []
        has_functions = any(ref() is not None for ref in old_refs)
        unknown = self.context.is_unknown(self.live)
        if has_functions or unknown:
            code = self._with_hidden_step()
        else:
            makes_code = unit.is_definition or unit.functions  # new one for each run
            code = unit.module.compile(unit.node, unit.text) if makes_code else unit.code
        own = list(nested(code))
        self._refs = [weakref.ref(function) for function in own]
        if unknown:
            self._find_targets_by_name(own)
        elif self.old is not None and has_functions:
            self._find_targets(self.old, old_refs, own)
        return code

    def _find_targets_by_name(self, own: list[CodeType]) -> None:
        """Where the old text is not known: the functions that stand under the names of the new ones."""
        for place, code in enumerate(own):
            root = self.before.get(code.co_qualname.partition(".")[0])
            value = member_of(root, code.co_qualname) if "." in code.co_qualname else root
            found = (f for f in functions_in(value, 2) if f.__qualname__ == code.co_qualname)
            key = code.co_qualname, code.co_firstlineno
            self._targets.setdefault(key, []).append((place, next(found, None)))

    def prepare(self) -> None:
        """Look around before the unit runs; make way for a class that is made again."""
        if self.old is not None and isinstance(self.unit.node, ast.ClassDef):
            name = self.unit.node.name
            old = self.before.get(name, self.claims.returning(name))
            if is_a(old, type) and (self.origin is not self.live or self.claims.may_merge(name, old)):
                self.context.patching.prepare(old)
        elif self.old is not None and self.unit.is_import and isinstance(self.old.node, ast.ClassDef):
            name = self.old.node.name  # it may have moved to a module that is about to be imported
            if self.claims.made_before(name, old := self.before.get(name)):
                self.context.patching.prepare(old)
        elif self.old is not None and makes_by_call(self.unit.node):
            for name in self.unit.binds & self.old.binds:
                self.context.patching.prepare(self.before.get(name))

    def has_survived(self, old: Any) -> bool:
        """Whether an old value is a function that went through the hidden step of this run."""
        return id(old) in self._survived

    def own(self, cls: type) -> None:
        """Have `super()` in the methods that survived mean the class that they are in now.

        Their last class may be gone for good, as where another branch had defined it meanwhile.
        """
        for function in [f for value in list(vars(cls).values()) for f in functions_in(value)]:
            if id(function) not in self._survived or "__class__" not in function.__code__.co_freevars:
                continue
            cell = (function.__closure__ or ())[function.__code__.co_freevars.index("__class__")]
            if is_a(before := _content(cell), type) and before is not cls and before.__qualname__ == cls.__qualname__:
                self.context.tx.on_undo(repoint_class_cells([function], before, cls))

    def finish(self, near: Iterable[Any]) -> None:
        """Let go of the twins of what survived; what the unit acts upon, or what ran in it reads, may hold them."""
        self.context.patching.drop_twins(near)

    def note_attributes(self) -> None:
        """Decorators may have set other attributes on functions that survived, or some no more."""
        for function, before in self._states:
            for name in list({**before, **function.__dict__}):
                if not self.context.same_value(before.get(name, MISSING), function.__dict__.get(name, MISSING)):
                    self.context.patching.changed_faces.append((function, name))

    def refs(self) -> list[CodeRef]:
        """The code objects that the unit's functions run now, in order: where the same stays, the old ones."""
        kept = self.context.patching.codes_kept
        codes = ((ref, ref()) for ref in self._refs)
        return [weakref.ref(kept[id(code)][1]) if id(code) in kept else ref for ref, code in codes]

    def returned(self) -> Iterator[CodeType]:
        """The code objects of functions that had gone and have returned as they were, with the code that they had."""
        kept = self.context.patching.codes_kept
        before = set() if self.old is None else {id(ref()) for ref in self.origin.code_refs(self.old)}
        for ref in self._refs:
            if (code := ref()) is not None and id(code) in kept and id(kept[id(code)][1]) not in before:
                yield kept[id(code)][1]

    def _with_hidden_step(self) -> CodeType:
        """Compile the unit with one more decorator below all others: a constant that is replaced by our step."""
        definitions = list(own_definitions(self.unit.node))
        for node in definitions:
            node.decorator_list.append(ast.copy_location(ast.Constant(MARK), node))
        try:
            code = self.unit.module.compile(self.unit.node, self.unit.text)
        finally:
            for node in definitions:
                node.decorator_list.pop()
        return _with_constant(code, MARK, self.step)

    def _find_targets(self, old: Unit, old_refs: list[CodeRef], own: list[CodeType]) -> None:
        """Pair new functions with the live ones that they shall become: by qualified name, then by order."""
        roots = [self.origin.namespace.get(name) for name in old.binds] + [self.before.get(name) for name in old.binds]
        found = self.searching.functions([Searched(ref, roots) for ref in old_refs])
        running = [found.get(id(ref()), []) for ref in old_refs]
        partners = partners_of_functions(old.node, old.functions[: len(old_refs)], self.unit.node, own)
        for place, code in enumerate(own):
            live = running[partners[place]] if place in partners else []
            entry = place, live[0] if len(live) == 1 else None
            self._targets.setdefault((code.co_qualname, code.co_firstlineno), []).append(entry)

    def step(self, new: Any) -> Any:
        """Called with each new function before any decorator sees it; returns the function that goes on."""
        if not is_a(new, FunctionType):
            return new
        entry = self._targets.get((new.__code__.co_qualname, new.__code__.co_firstlineno))
        if not entry:
            return new
        place, old = entry[0] if len(entry) == 1 else entry.pop(0)
        if old is None or self.has_survived(old):
            return new  # in a loop, each round makes a function of its own
        self._survived[id(old)] = old
        self._states.append((old, dict(old.__dict__)))
        code = old.__code__
        survivor = self.context.patching.function(
            old, new, left=self.standing.left_on_function(old), written=self.standing.written_on(old)
        )
        self._refs[place] = weakref.ref(survivor.__code__)
        self.showing.function_merged(code, survivor.__code__)
        if self.context.has_changed(old):
            self.showing.function_changed(code, self.unit)
        return survivor


def _with_constant(code: CodeType, mark: str, value: Any) -> CodeType:
    """A code object in which one constant is another, whatever it is; class bodies within it included."""
    consts = tuple(
        value if const == mark else _with_constant(const, mark, value) if _is_class_like(const) else const
        for const in code.co_consts
    )
    return code.replace(co_consts=consts)


def _is_class_like(const: object) -> bool:
    """A code object that runs as part of another: class bodies and type parameters, not functions."""
    return isinstance(const, CodeType) and (MARK in const.co_consts or any(_is_class_like(c) for c in const.co_consts))


def _content(cell: CellType) -> Any:
    """What a cell holds, or MISSING."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING
