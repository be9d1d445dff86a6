"""The hidden step of one run of a unit: which old object each new one is merged into.

It must never let a decorator see a new function where an old one goes on.
"""

from __future__ import annotations

import ast
import builtins
import weakref
from abc import ABCMeta
from collections.abc import Callable, Iterable, Iterator
from functools import _lru_cache_wrapper
from types import CellType, CodeType, FunctionType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_among
from autoreload_hooks.compat.bytecode import attributes_set, nested
from autoreload_hooks.compat.classes import functions_in, repoint_class_cells
from autoreload_hooks.compat.functions import LABELS
from autoreload_hooks.outline import (
    FUNCTIONS,
    Unit,
    acted_upon,
    chains,
    class_members,
    given_value,
    mangled,
    puts_into,
    written_by_text,
)
from autoreload_hooks.planning import Kind, wrapped_by
from autoreload_hooks.program import CodeRef, LiveModule, is_a, live_object
from autoreload_hooks.registrations import body
from autoreload_hooks.transaction import MISSING

from .context import Context
from .covering import decorators_of
from .following import Following
from .making import has_made
from .pairing import own_definitions, partners_of_functions
from .searching import Searched, Searching, member_of
from .special import is_set_by_others

MAKES_CLASSES: Final = frozenset({"__init_subclass__", "__new__", "__init__", "__prepare__"})
MARK: Final = "\0autoreload: the survivor goes here"


class Survivors:
    """The hidden step of one run of a unit: new functions are merged below their first decorator."""

    def __init__(
        self,
        context: Context,
        searching: Searching,
        following: Following,
        live: LiveModule,
        unit: Unit,
        old: Unit | None,
        before: dict[str, Any],
    ) -> None:
        self.context = context
        self.searching = searching
        self.following = following
        self.live = live
        self.unit = unit
        self.before = before
        self.origin, self.old = context.moved_from(unit) or (live, old)
        self._refs: list[CodeRef] = []
        self._survived: dict[int, FunctionType] = {}
        self._states: list[tuple[FunctionType, dict[str, Any]]] = []  # what decorators found on those
        self._standing: dict[tuple[str, str], bool] = {}  # by qualified name of a class, and name: what was found out
        self._ran: set[int] | None = None  # the ids of what ran with the old statement, where it was asked
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
            old = self.before.get(name, self.returning(name))
            if is_a(old, type) and (self.origin is not self.live or self.may_merge(name, old)):
                self.context.patching.prepare(old)
        elif self.old is not None and _makes_by_call(self.unit.node):
            for name in self.unit.binds & self.old.binds:
                self.context.patching.prepare(self.before.get(name))

    def returning(self, name: str) -> Any:
        """What a definition that is added had made before, where it was removed from or has moved from; or MISSING."""
        if self.origin is not self.live:
            gone = {removed: held for module, removed, held in self.context.removed if module == self.origin.name}
            return self.origin.namespace.get(name, gone.get(name, MISSING))
        if self.old is None and getattr(self.unit.node, "name", None) == name:
            return self.context.remembered(self.live.name, name)
        return MISSING

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
        survivor = self.context.patching.function(old, new, left=self._left_on(old), written=self._written_on(old))
        self._refs[place] = weakref.ref(survivor.__code__)
        self.following.function_merged(code, survivor.__code__)
        if self.context.has_changed(old):
            self.following.function_changed(code, self.unit)
        return survivor

    def _left_on(self, function: FunctionType) -> set[str]:
        """The attributes that the old decorators left on a function, where the decorators are others now."""
        if self.old is None or not function.__dict__:
            return set()
        if _decorators_on(function, self.old.node) == _decorators_on(function, self.unit.node):
            return self._set_by_others().intersection(function.__dict__)
        assigned = {
            chain[1] for unit in self.unit.module.units for chain in unit.assigns if chain[0] == function.__name__
        }
        return set(function.__dict__) - assigned

    def _written_on(self, function: FunctionType) -> set[str]:
        """The attributes that units which changed or went had assigned to a function: they are nobody else's."""
        if not decorators_of(self.old) and decorators_of(self.unit):
            return set(LABELS)  # others wrote on what the name held, and that is what the decorator makes now
        edit = self.context.edits.get(self.live.name)
        gone = edit.pairs_of(Kind.CHANGED, Kind.REMOVED) if edit is not None else []
        olds = [pair.old for pair in gone if pair.old is not None]
        return {chain[1] for old in olds for chain in old.sets_anywhere if chain[0] == function.__name__}

    def may_merge(self, name: str, old: Any) -> bool:
        """Whether an old value may be merged with what the unit makes: only what the old unit itself made."""
        if self.context.is_unknown(self.live):
            return self.unit.is_definition and getattr(old, "__module__", None) == self.live.name
        if self.old is None:
            return old is not MISSING and (old is self.returning(name) or self._is_left_to_unit(name, old))
        if self._is_named_back(old):
            return True
        if self.unit.is_import or self.old.is_import or self._is_of_another_name(name, old):
            return False
        if is_a(old, FunctionType) and any(old.__code__ is ref() for ref in self.origin.code_refs(self.old)):
            return True
        if self.unit.is_definition and self.old.is_definition:
            return True
        if (is_a(old, type) and self._is_own(name, old)) or self._is_left_to_unit(name, old):
            return True
        return _makes_by_call(self.unit.node) and _makes_by_call(self.old.node)

    def _is_named_back(self, old: Any) -> bool:
        """Whether an old value had its own name from a definition that is gone, and this unit defines it instead.

        Its name here was an alias: a new name that was tried out, and is taken back.
        """
        edit = self.context.edits.get(self.live.name)
        if edit is None or not self.unit.is_definition or self.old is None or self.old.is_definition:
            return False
        is_own = is_a(old, (FunctionType, type)) and old.__module__ == self.live.name
        return is_own and old.__qualname__ in edit.gone

    def _is_left_to_unit(self, name: str, old: Any) -> bool:
        """Whether an old value is the module's own function or class, and no other statement binds its name now.

        The one that made it has gone, as it was put into a branch or taken out of one.
        """
        return self._is_own(name, old) and self.context.binders_of(self.live, name) == [self.unit]

    def _is_own(self, name: str, old: Any) -> bool:
        """Whether an old value is a function or class that the module defined under this name, or a cache of one."""
        if not issubclass(type(old), (FunctionType, type, _lru_cache_wrapper)):
            return False
        return getattr(old, "__module__", None) == self.live.name and getattr(old, "__qualname__", None) == name

    def _is_of_another_name(self, name: str, old: Any) -> bool:
        """Whether an old value is what another statement defines, here or elsewhere: this one gave it a name too."""
        if not is_a(old, (FunctionType, type)) or type(old.__module__) is not str:
            return False
        home = self.context.program.module(old.__module__)
        if home is None or (home in (self.live, self.origin) and old.__qualname__ == name):
            return False
        giver = self.context.outline(home.name).last_binder(old.__qualname__.partition(".")[0])
        if giver is None or giver.is_import:  # a package may say that a class is its own
            return False
        return live_object(old.__qualname__, home.namespace) is old

    def giver(self, name: str) -> Unit | None:
        """The old unit that gave a name the value that it had: another one where the last of several has gone."""
        if self.old is None or self.origin is not self.live:
            return self.old
        edit = self.context.edits.get(self.live.name)
        outline = edit.old if edit is not None else self.live.outline
        binders = self.context.binders_of(self.live, name, outline) if outline is not None else []
        return binders[-1] if binders else self.old

    def is_giver(self, name: str) -> bool:
        """Whether the unit's old version gave a name its value."""
        return self.giver(name) is self.old

    def made_before(self, name: str, old: Any) -> bool:
        """Whether an old value is the very function or class that the old unit defined, and stands nowhere else now."""
        if self.old is None or self.origin is not self.live or name not in self.old.binds:
            return False
        if self.context.has_moved(self.old):
            return False
        return has_made(self.context.program, self.origin, self.old, self.before, name, old)

    def keeps(self, qualname: str, name: str, value: Any) -> bool:
        """Whether a class keeps its value of a name: the statement and all that it reads are unchanged.

        `value` is what the class has now: if a statement says plainly what it gives, and that is something else, then
        a decorator or the metaclass has put it there.
        """
        before = _class_at(self.old.node, qualname) if self.old is not None else None
        now = _class_at(self.unit.node, qualname)
        if before is None or now is None:
            return False
        old, new = class_members(before).get(name), class_members(now).get(name)
        if self.origin is not self.live and isinstance(new, (*FUNCTIONS, ast.ClassDef)):
            return False  # it has come from another module, and looks up global names here
        if name == "__module__" and old is None and new is None:  # the statement gives what it gave before
            return self.origin is self.live and _decorators(before) == _decorators(now)
        if is_set_by_others(self.context.program, self.live, name, (before, now)):
            return name not in self._set_by_others()
        constant = getattr(new, "value", None)
        has_others = bool(_decorators(before)) and _decorators(before) != _decorators(now)
        if isinstance(constant, ast.Constant) and (has_others or not self.context.same_value(constant.value, value)):
            return False  # a decorator may have set it
        return self._stands(qualname, name, before, now)

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
        if old is None or new is None or isinstance(new, (ast.Import, ast.ImportFrom)):
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

    def _made_names(self, old: Any) -> set[str] | None:
        if self.old is None:
            return None
        if not is_a(old, type):
            return self._set_by_others()
        giver = self.giver(old.__qualname__.partition(".")[0]) or self.old
        node = _class_at(giver.node, old.__qualname__)
        return {*class_members(node), *written_by_text(node)} | self._set_by_others() if node is not None else None

    def _copied_by_wraps(self, old: Any) -> set[str]:
        """The attributes that a likeness has from what it is a likeness of, as far as that has other ones now."""
        wrapped = wrapped_by(old)
        changed = self.context.changed_attributes if wrapped is not MISSING else {}
        return {name for name, owners in changed.items() if any(owner is wrapped for owner in owners)}

    def _set_by_others(self) -> set[str]:
        """The attributes that what ran with the old statement may have set."""
        assert self.old is not None
        return set_by_what_ran(self.context, self.origin, self.old)


def set_by_what_ran(context: Context, live: LiveModule, unit: Unit) -> set[str]:
    """The attributes that what ran with a statement may have set: decorators, metaclasses, hooks."""
    ran = context.program.ran_codes(live, unit)
    if not live.record.complete:  # the hook may be gone, or be another, by now
        names = MAKES_CLASSES | {chain[-1] for chain in unit.calls}
        ran += [code for code in context.kept.values() if code.co_name in names]
    found: set[str] = set().union(*map(attributes_set, ran))
    return found | _keywords(unit.node) if ran else found


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


def _makes_by_call(node: ast.stmt) -> bool:
    """Whether a statement assigns what a call (or a lambda) makes, rather than something that is there already."""
    value = getattr(node, "value", None) if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    return isinstance(value, (ast.Call, ast.Lambda))


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


def _content(cell: CellType) -> Any:
    """What a cell holds, or MISSING."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING
