"""Which attributes a class or function has of its old statement, and which of them the new one would give again.

It must never run anything to find out, nor say that one stands while something that its statement reads has changed.
"""

from __future__ import annotations

import ast
import builtins
from abc import ABCMeta
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_among
from autoreload_hooks.compat.bytecode import attributes_set
from autoreload_hooks.compat.functions import LABELS
from autoreload_hooks.outline import (
    FUNCTIONS,
    Unit,
    acted_upon,
    chain_of,
    chains,
    class_members,
    given_value,
    mangled,
    puts_into,
    written_by_text,
)
from autoreload_hooks.planning import Kind, wrapped_by
from autoreload_hooks.program import LiveModule, is_a
from autoreload_hooks.registrations import body
from autoreload_hooks.transaction import MISSING

from .claims import Claims
from .context import Context
from .covering import decorators_of
from .pairing import own_definitions
from .special import is_set_by_others

DOCSTRING: Final = "__doc__"
MAKES_CLASSES: Final = frozenset({"__init_subclass__", "__new__", "__init__", "__prepare__"})


class Standing:
    """What stands of what the old version of one unit has given to classes and functions."""

    def __init__(self, context: Context, claims: Claims) -> None:
        self.context = context
        self.claims = claims
        self.live, self.unit = claims.live, claims.unit
        self.origin, self.old = claims.origin, claims.old
        self._standing: dict[tuple[str, str], bool] = {}  # by qualified name of a class, and name: what was found out
        self._ran: set[int] | None = None  # the ids of what ran with the old statement, where it was asked

    def made_names(self, old: Any) -> Callable[[Any], set[str] | None]:
        """The attributes that the old statement left on a class or function, and on the functions in it; None: unknown.

        A class body did, or a decorator, a metaclass or an `__init_subclass__` that ran with it.
        """
        names = self._made_names(old)

        def left_on(obj: Any) -> set[str] | None:
            if is_a(obj, type):
                return names if obj is old else None
            return (names or set()) | self._copied_by_wraps(obj)

        return left_on

    def left_on_function(self, function: FunctionType) -> set[str]:
        """The attributes that the old decorators left on a function, where the decorators are others now."""
        if self.old is None or not function.__dict__:
            return set()
        if _decorators_on(function, self.old.node) == _decorators_on(function, self.unit.node):
            return self.set_by_others().intersection(function.__dict__)
        return set(function.__dict__) - self._assigned_to(function)

    def _assigned_to(self, function: FunctionType) -> set[str]:
        """The attributes that statements of the module assign to a function."""
        return {chain[1] for unit in self.unit.module.units for chain in unit.assigns if chain[0] == function.__name__}

    def written_on(self, function: FunctionType) -> set[str]:
        """The attributes that units which changed or went had assigned to a function: they are nobody else's."""
        if not decorators_of(self.old) and decorators_of(self.unit):
            return set(LABELS)  # others wrote on what the name held, and that is what the decorator makes now
        edit = self.context.edits.get(self.live.name)
        gone = edit.pairs_of(Kind.CHANGED, Kind.REMOVED) if edit is not None else []
        olds = [pair.old for pair in gone if pair.old is not None]
        written = {chain[1] for old in olds for chain in old.sets_anywhere if chain[0] == function.__name__}
        if self.old is not None and _decorators_on(function, self.old.node) != _decorators_on(function, self.unit.node):
            written |= {DOCSTRING} - self._assigned_to(function)
        if any(each is function for each in self.context.patching.made_of_docstrings):
            written.add(DOCSTRING)  # it runs again for that
        return written

    def _made_names(self, old: Any) -> set[str] | None:
        if self.old is None:
            return None
        if not is_a(old, type):
            return self.set_by_others()
        giver = self.claims.giver(old.__qualname__.partition(".")[0]) or self.old
        node = _class_at((self.old if giver in self.claims.decorating() else giver).node, old.__qualname__)
        return {*class_members(node), *written_by_text(node)} | self.set_by_others() if node is not None else None

    def set_by_others(self) -> set[str]:
        """The attributes that what ran with the old statement may have set."""
        assert self.old is not None
        makers = [self.old, *self.claims.decorating()]
        return set().union(*(set_by_what_ran(self.context, self.origin, each) for each in makers))

    def keeps(self, qualname: str, name: str, value: Any) -> bool:
        """Whether a class keeps its value of a name: the statement and all that it reads are unchanged.

        `value` is what the class has now: if a statement says plainly what it gives, and that is something else, then
        a decorator or the metaclass has put it there.
        """
        before = _class_at(self.old.node, qualname) if self.old is not None else None
        now = _class_at(self.unit.node, qualname)
        if before is None or now is None:
            return False
        if type(value) is int and self._is_counted_anew(name):
            return False
        old, new = class_members(before).get(name), class_members(now).get(name)
        if self.origin is not self.live and isinstance(new, (*FUNCTIONS, ast.ClassDef)):
            return False  # it has come from another module, and looks up global names here
        if name == "__module__" and old is None and new is None:  # the statement gives what it gave before
            return self.origin is self.live and _decorators(before) == _decorators(now)
        if not self.claims.decorating() and is_set_by_others(self.context.program, self.live, name, (before, now)):
            return name not in self.set_by_others()
        constant = getattr(new, "value", None)
        has_others = bool(_decorators(before)) and _decorators(before) != _decorators(now)
        if isinstance(constant, ast.Constant) and (has_others or not self.context.same_value(constant.value, value)):
            return False  # a decorator may have set it
        return self._stands(qualname, name, before, now)

    def _is_counted_anew(self, name: str) -> bool:
        """Whether all statements that had functions set an attribute of a class, as its instances count, run again.

        It is asked of classes that statements below decorate. What stands between a class and those runs again with it.
        """
        below = self.claims.decorating()
        if not below or self.old is None:
            return False
        between = self.old.module.units[self.old.index : below[-1].index + 1]
        setting = [
            (live, unit)
            for live in self.context.program.mine()
            for unit in live.outline.units
            if any(_may_set(code, name) for code in self.context.program.ran_codes(live, unit))
        ]
        return bool(setting) and all(unit in between or self.context.begins_anew(live, unit) for live, unit in setting)

    def _stands(self, qualname: str, name: str, before: ast.ClassDef, now: ast.ClassDef) -> bool:
        """Whether the statement that gives a class a name, and all that it reads, are unchanged; found out once."""
        key = qualname, name
        if key not in self._standing:
            self._standing[key] = True  # for a statement that reads its own name, or two that read each other's
            self._standing[key] = self._finds_standing(qualname, name, before, now)
        return self._standing[key]

    def _finds_standing(self, qualname: str, name: str, before: ast.ClassDef, now: ast.ClassDef) -> bool:
        members = class_members(now)
        old, new = class_members(before).get(name), members.get(name)
        if old is None or new is None or isinstance(new, (ast.Import, ast.ImportFrom)) or _only_annotates(new):
            return False
        if name in self.context.registrations.makers.anew.get(self.unit, ()) or _gives(old) != _gives(new):
            return False
        for other in {mangled(now.name, chain[0]) for chain in chains(new)} & members.keys() - {name}:
            if not isinstance(members[other], FUNCTIONS) and not self._stands(qualname, other, before, now):
                return False
        if any(self._is_displaced(chain[0]) for chain in chains(new)) or self._reads_what_was_prepared(new, now):
            return False
        return not self._reads_changed(new) and self._is_filled_alike(qualname, name, before, now)

    def _reads_changed(self, statement: ast.stmt) -> bool:
        """Whether a statement of a class body reads something that this edit changed, or would run it."""
        if self._ran is None:
            self._ran = self.context.ids_that_ran(self.origin, self.old) if self.old is not None else set()
        return self.context.reads_changed(self.live, statement, self._ran)

    def _reads_what_was_prepared(self, statement: ast.stmt, node: ast.ClassDef) -> bool:
        """Whether a statement of a class body finds a name only in what the metaclass has prepared for the body."""
        if is_among(type(self.live.namespace.get(node.name)), (type, ABCMeta)):
            return False
        own = {
            each.id for each in ast.walk(statement) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        }
        known = own, self.live.namespace, class_members(node), vars(builtins)
        read = (mangled(node.name, chain[0]) for chain in chains(statement) if chain[0][:2] != "__")
        return any(all(name not in each for each in known) for name in read)

    def _is_filled_alike(self, qualname: str, name: str, before: ast.ClassDef, now: ast.ClassDef) -> bool:
        """Whether the other statements of a class body that act upon a name's value are, and read, what they did."""
        old, new = (_acting_upon(node, name) for node in (before, now))
        if list(map(ast.dump, old)) != list(map(ast.dump, new)) or self._is_filled_by_hooks(name):
            return False
        members = class_members(now)
        for statement in new:
            for other in {mangled(now.name, chain[0]) for chain in chains(statement)} & members.keys() - {name}:
                if not isinstance(members[other], FUNCTIONS) and not self._stands(qualname, other, before, now):
                    return False
            if self._reads_changed(statement):
                return False
        return True

    def _is_filled_by_hooks(self, name: str) -> bool:
        """Whether what ran with the old statement, a `__set_name__` for one, puts something into an attribute."""
        for code in self.context.program.ran_codes(self.origin, self.old) if self.old is not None else ():
            node = self.context.registrations.sharing.definition(code) if name in code.co_names else None
            given = {arg.arg for arg in node.args.args} if isinstance(node, FUNCTIONS) else set()
            if node is not None and any(c[0] in given and c[1:] == (name,) for c in puts_into(body(node))):
                return True
        return False

    def _is_displaced(self, name: str) -> bool:
        """Whether another statement than before gives a name at the place of the unit."""
        edit = self.context.edits.get(self.live.name)
        if edit is None or edit.old is None or self.old is None or self.origin is not self.live:
            return False
        now = edit.new.binder_before(name, self.unit.index)
        return now is not None and self.context.partners.get(now) is not edit.old.binder_before(name, self.old.index)

    def _copied_by_wraps(self, old: Any) -> set[str]:
        """The attributes that a likeness has from what it is a likeness of, as far as that has other ones now."""
        wrapped = wrapped_by(old)
        changed = self.context.changed_attributes if wrapped is not MISSING else {}
        return {name for name, owners in changed.items() if any(owner is wrapped for owner in owners)}


def set_by_what_ran(context: Context, live: LiveModule, unit: Unit) -> set[str]:
    """The attributes that what ran with a statement may have set: decorators, metaclasses, hooks."""
    ran = context.program.ran_codes(live, unit)
    if not live.record.complete:  # the hook may be gone, or be another, by now
        names = MAKES_CLASSES | {chain[-1] for chain in unit.calls}
        ran += [code for code in context.kept.values() if code.co_name in names]
    ran += _decorators_of_others(context, live, unit)
    found: set[str] = set().union(*map(attributes_set, ran))
    return found | _keywords(unit.node) if ran else found


def _decorators_of_others(context: Context, live: LiveModule, unit: Unit) -> list[CodeType]:
    """The functions of libraries that a class is decorated with, as `runtime_checkable`: nothing records that they run.

    The import of a decorator may have gone with it.
    """
    removed = {name: value for module, name, value in context.removed if module == live.name}
    given = [each.func if isinstance(each, ast.Call) else each for each in getattr(unit.node, "decorator_list", ())]
    found = (context.program.value({**removed, **live.namespace}, chain) for each in given if (chain := chain_of(each)))
    return [each.__code__ for each in found if is_a(each, FunctionType) and not context.program.follows(each)]


def _may_set(code: CodeType, name: str) -> bool:
    """Whether a function may set an attribute; most do not even know its name."""
    return (name in code.co_names or name in code.co_consts) and name in attributes_set(code)


def _decorators_on(function: FunctionType, node: ast.stmt) -> list[str]:
    """The decorators that a statement puts on a function, be it in the body of a class."""
    found = [each for each in own_definitions(node) if each.name == function.__name__]
    return [ast.dump(decorator) for each in found for decorator in each.decorator_list]


def _keywords(node: ast.stmt) -> set[str]:
    """The names by which a statement hands something to its decorators and its metaclass: they may be set as such."""
    calls = [each for each in getattr(node, "decorator_list", ()) if isinstance(each, ast.Call)]
    return {each.arg for call in (node, *calls) for each in getattr(call, "keywords", ()) if each.arg}


def _decorators(node: ast.ClassDef) -> list[str]:
    return [ast.dump(decorator) for decorator in (*node.decorator_list, *node.keywords)]


def _only_annotates(member: ast.AST) -> bool:
    """Whether a statement of a class body gives no value: where the name has one, a metaclass or decorator gave it."""
    return isinstance(member, ast.AnnAssign) and member.value is None


def _class_at(node: ast.stmt, qualname: str) -> ast.ClassDef | None:
    """The one class statement of a qualified name within a statement; None where several branches have one."""
    found: list[ast.stmt] = [node]
    for name in qualname.split("."):
        classes = [cls for statement in found for cls in _classes_in(statement) if cls.name == name]
        if len(classes) != 1:
            return None
        found = classes[0].body
    return classes[0]


def _gives(statement: ast.stmt) -> object:
    """What a statement of a class body is, but for the annotation of a name."""
    return given_value(statement) or ast.dump(statement)


def _classes_in(node: ast.stmt) -> Iterator[ast.ClassDef]:
    """The class statements that a statement runs itself, those in other classes left out."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop(0)
        if isinstance(current, ast.ClassDef):
            yield current
        elif isinstance(current, (ast.stmt, ast.excepthandler, ast.match_case)) and not isinstance(current, FUNCTIONS):
            todo += ast.iter_child_nodes(current)


def _acting_upon(node: ast.ClassDef, name: str) -> list[ast.stmt]:
    """The statements of a class body that act upon what a name holds, as a loop that fills a dictionary."""
    return [
        statement
        for statement in node.body
        if not isinstance(statement, (*FUNCTIONS, ast.ClassDef))
        and any((mangled(node.name, chain[0]), *chain[1:]) == (name,) for chain in acted_upon(statement))
    ]
