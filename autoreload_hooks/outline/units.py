"""A module's source as a list of units: one top-level statement each, with what it binds and what it reads.

It must never run a line of the source, nor look at a live module: the text is all it knows.
"""

from __future__ import annotations
import __future__

import ast
import io
import re
import weakref
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import Final, TypeGuard

from autoreload_hooks.compat import LAZY_ANNOTATIONS
from autoreload_hooks.compat.behaviours import FUTURE_FLAGS
from autoreload_hooks.compat.bytecode import nested, reads
from autoreload_hooks.compat.silence import warnings_are

from .acting import acted_upon, assigned, assigned_to, set_by_name
from .binding import bound_directly, names_bound, targets
from .importing import dead_imports
from .nodes import FUNCTIONS, WORD, Chain, chain_of, own_calls, own_nodes, owner_of, says_the_same
from .reading import called, run_by_threads
from .texts import LOOKS_THROUGH, asked_by_text, read_by_text

READS_TEXT: Final = re.compile(r"\b(?:getattr|hasattr|exec|eval|globals|vars|locals)\(")
GETTERS: Final = re.compile(r"\b(?:attrgetter|methodcaller)\(")
KEEP: Final = re.compile(r"#\s*autoreload:\s*keep\b")
THREAD: Final = "Thread("
LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
COMPOUND: Final = (ast.If, ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While, ast.Match)


BY_TEXT: Final = (
    *("binds", "deletes", "reads", "calls", "acts_upon"),
    *("assigns", "attributes", "asked_by_getters", "sets", "sets_anywhere", "sets_by_name"),
)
"""What is known of a unit by its text alone, wherever it stands."""


@dataclass(eq=False, slots=False)
class Unit:
    """One top-level statement; an import statement gives one unit for each name that it imports."""

    owner: weakref.ref[Outline] = field(repr=False)  #: the outline, weakly: without a circle both go at once
    index: int  #: its place in the outline
    node: ast.stmt = field(repr=False)  #: its syntax tree, with the positions of the file
    text: str  #: its lines, as they are written
    silent: frozenset[str] = frozenset()  #: names that it was seen not to bind though it might: the other branch ran
    gives: frozenset[str] = frozenset()  #: names that it was seen to bind, of those that it might

    @property
    def module(self) -> Outline:
        """The outline it belongs to, which whoever works with its units keeps."""
        outline = self.owner()
        assert outline is not None
        return outline

    @property
    def first(self) -> int:
        """The line where it begins, decorators included."""
        decorators: list[ast.expr] = getattr(self.node, "decorator_list", [])
        return min(self.node.lineno, *(d.lineno for d in decorators)) if decorators else self.node.lineno

    @property
    def last(self) -> int:
        """The line where it ends."""
        return self.node.end_lineno or self.node.lineno

    @cached_property
    def binds(self) -> frozenset[str]:
        """The module's names that it binds or deletes; a star import binds "*"."""
        return names_bound([self.node])

    @cached_property
    def deletes(self) -> frozenset[str]:
        """The names that are gone after it."""
        return frozenset(targets(self.node.targets)) if isinstance(self.node, ast.Delete) else frozenset()

    def says_what(self, other: Unit) -> bool:
        """Whether it says what another one says, whatever their layout."""
        return says_the_same(self.node, other.node)

    @cached_property
    def code(self) -> CodeType:
        """Its code object, as it would be within the module."""
        return self.module.compile(self.node, self.text, warns=self.module.warns)

    def compiles_alike(self, imported: frozenset[str]) -> bool:
        """Whether it makes no difference to its code that the module imports these names, or does not."""
        return not imported or imported.isdisjoint(WORD.findall(self.text))

    def mentions(self, name: str) -> bool:
        """Whether its text may have a name in it: a quick no before it is compiled."""
        return name in self.text or not self.text.isascii()  # Python folds some letters into others

    @cached_property
    def reads(self) -> frozenset[Chain]:
        """The chains of names that running it reads, functions that it calls not included."""
        return reads(self.code).union(read_by_text(self.node)) if READS_TEXT.search(self.text) else reads(self.code)

    @cached_property
    def annotations_asked_for(self) -> frozenset[str]:
        """The names in lazy annotations which a decorator, a base or a metaclass is likely to evaluate at once."""
        node = self.node
        is_made_by_others = getattr(node, "decorator_list", ()) or getattr(node, "bases", ())
        if not is_made_by_others or not self.is_definition or not self.module.annotated_lazily:
            return frozenset()
        return frozenset(child.id for each in _annotations(node) for child in ast.walk(each) if _is_name(child))

    @cached_property
    def assigns(self) -> frozenset[Chain]:
        """The chains of the attributes that it assigns: `("f", "tag")` for `f.tag = 1`."""
        node = self.node
        targets = assigned_to(node) or getattr(node, "targets", None) or [getattr(node, "target", None)]
        return frozenset(chain for t in targets if isinstance(t, ast.Attribute) and (chain := owner_of(t)))

    @cached_property
    def sets(self) -> tuple[Chain, ...]:
        """The attributes of plain names that it, as a plain statement, assigns or deletes: `("K", "kind")`."""
        node = self.node
        if isinstance(node, ast.AugAssign):
            return ()
        todo = list(node.targets) if isinstance(node, ast.Delete) else assigned_to(node)
        found = []
        for target in todo:
            if isinstance(target, (ast.Tuple, ast.List)):
                todo += target.elts
            elif isinstance(target, ast.Attribute) and (chain := chain_of(target)) and len(chain) == 2:
                found.append(chain)
        return tuple(found)

    @cached_property
    def sets_anywhere(self) -> frozenset[Chain]:
        """The same of a statement of any kind, in its branches too."""
        return frozenset(assigned(self.node)) if "." in self.text else frozenset()

    @cached_property
    def sets_by_name(self) -> tuple[Chain, ...]:
        """The chains of the objects of which it sets or deletes attributes whose names it computes, by `setattr`."""
        if "attr(" not in self.text or self.is_definition:
            return ()
        return tuple(set_by_name(self.node))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of all attributes that it asks for, of whatever."""
        found = frozenset(child.attr for child in own_nodes(self.node) if isinstance(child, ast.Attribute))
        return found | self.asked_by_getters

    @cached_property
    def asked_by_getters(self) -> frozenset[str]:
        """The names of attributes that getters ask for which it makes: `attrgetter("price")`."""
        return frozenset(asked_by_text(self.node)) if GETTERS.search(self.text) else frozenset()

    @cached_property
    def calls(self) -> frozenset[Chain]:
        """The chains of what running it may call: by name, as decorator, base class or operand, or by a thread."""
        return self.run_by_threads.union(called(self.node))

    @cached_property
    def run_by_threads(self) -> frozenset[Chain]:
        """The chains of what threads run that it makes, if somebody in the module waits for threads."""
        return frozenset(run_by_threads(self.node)) if THREAD in self.text and self.module.joins else frozenset()

    @cached_property
    def acts_upon(self) -> tuple[Chain, ...]:
        """The chains of the objects that it acts upon itself."""
        return tuple(acted_upon(self.node))

    @cached_property
    def functions(self) -> tuple[CodeType, ...]:
        """The code objects of the functions that it defines itself, methods included, in source order."""
        return tuple(nested(self.code))

    def know_like(self, other: Unit) -> None:
        """It has the same text as a unit of another outline: what was found out of that one holds for it too.

        Where several units share their text, only syntax tells them apart.
        """
        if self.is_import or ";" in self.text:
            return
        known = other.__dict__
        self.__dict__.update({name: known[name] for name in BY_TEXT if name in known})

    @cached_property
    def annotated(self) -> frozenset[str]:
        """The names that it annotates in the module, in whatever branch."""
        return frozenset(self._annotated())

    @property
    def annotations(self) -> int:
        """How many annotations of names of the module it has."""
        return sum(1 for _ in self._annotated())

    def _annotated(self) -> Iterator[str]:
        for child in own_nodes(self.node, classes=False) if ":" in self.text else ():
            if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name) and child.simple:
                yield child.target.id

    @property
    def keeps(self) -> bool:
        """Whether it is marked never to run again."""
        return KEEP.search(self.text) is not None

    @property
    def is_import(self) -> bool:
        """Whether it is a plain import statement."""
        return isinstance(self.node, (ast.Import, ast.ImportFrom))

    @property
    def is_compound(self) -> bool:
        """Whether it is an `if`, `try`, `with`, loop or `match`: what it binds shows only when it runs."""
        return isinstance(self.node, COMPOUND)

    @cached_property
    def has_loop(self) -> bool:
        """Whether names of the module are bound in a loop."""
        return self.is_compound and any(isinstance(node, LOOPS) for node in own_nodes(self.node, classes=False))

    @property
    def is_class(self) -> bool:
        """Whether it is a `class`."""
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_definition(self) -> bool:
        """Whether it is a `def` or a `class`."""
        return isinstance(self.node, (*FUNCTIONS, ast.ClassDef))

    @property
    def label(self) -> str:
        """A few words that name it: for reports and plans."""
        if self.is_definition:
            return f"{'class' if isinstance(self.node, ast.ClassDef) else 'def'} {self.node.name}"  # type: ignore[attr-defined]
        words = self.text.strip().partition("\n")[0]
        return words if len(words) <= 60 else words[:57] + "..."

    def __repr__(self) -> str:
        outline = self.owner()
        return f"<{outline.path if outline else 'gone'}:{self.first} {self.label}>"


@dataclass(eq=False, slots=False)
class Outline:
    """The units of one version of a module's source."""

    path: str  #: the file's name, as code objects will have it
    text: str = field(repr=False)  #: the whole source
    tree: ast.Module = field(repr=False)  #: its syntax tree
    units: list[Unit] = field(default_factory=list)
    warns: bool = False  #: whether the compiler's warnings are shown when the code of a unit is first made

    @classmethod
    def of(cls, text: str, path: str, rewritten: ast.Module | None = None, *, warns: bool = False) -> Outline:
        """Outline a source text; raises SyntaxError as compiling it would.

        Where a loader has rewritten the syntax, its statements are those of the module. With `warns`, the compiler
        shows what it warns of: it does so once for each text.
        """
        with nullcontext() if warns else warnings_are("ignore"):
            written = ast.parse(text, path)
        tree = written if rewritten is None else rewritten
        if _misplaces_future(tree):
            compile(tree, path, "exec", dont_inherit=True)  # raises, as units on their own would not
        outline = cls(path, text, tree, warns=warns)
        lines = io.StringIO(text).readlines()  # as Python counts them: a form feed ends none
        places = {_place(node) for node in written.body}
        for place, node in enumerate(tree.body):
            for part in _parts(node):
                if not _says_nothing(node) or place == 0:
                    unit = Unit(weakref.ref(outline), len(outline.units), part, "")
                    is_written = rewritten is None or _place(node) in places
                    unit.text = "".join(lines[unit.first - 1 : unit.last]) if is_written else ast.unparse(node)
                    outline.units.append(unit)
        return outline

    @cached_property
    def looking_through(self) -> list[Unit]:
        """The units that may go through all names of some object, as `vars(module)` does."""
        return [unit for unit in self.units if LOOKS_THROUGH.search(unit.text.encode())]

    @cached_property
    def joins(self) -> bool:
        """Whether a statement waits for a thread: `thread.join()`, which of a text would have an argument."""
        return "join(" in self.text and any(
            chain is not None and len(chain) > 1 and chain[-1] == "join" and not call.args
            for unit in self.units
            for call, chain in own_calls(unit.node)
        )

    @cached_property
    def flags(self) -> int:
        """The compiler flags of the module's `from __future__` imports.

        The compiler says so itself: features that have become the rule it takes for no feature, and notes nothing.
        """
        imports: list[ast.stmt] = [n for n in self.tree.body if isinstance(n, ast.ImportFrom) and _is_future(n)]
        if not imports:
            return 0
        code: CodeType = compile(ast.Module(imports, type_ignores=[]), self.path, "exec", dont_inherit=True)
        flags: int = code.co_flags & FUTURE_FLAGS
        return flags

    @property
    def annotated_lazily(self) -> bool:
        """Whether annotations belong to the module as a whole (PEP 649), and not to the statements."""
        return LAZY_ANNOTATIONS and not self.flags & __future__.annotations.compiler_flag

    @cached_property
    def code(self) -> CodeType:
        """The whole module's code object; raises SyntaxError for what the parser alone lets through."""
        with warnings_are("ignore"):
            code: CodeType = compile(self.tree, self.path, "exec", flags=self.flags, dont_inherit=True)
        return code

    def compile(self, node: ast.stmt, text: str, *, warns: bool = False) -> CodeType:
        """Compile one statement, whose text is given, as the module would."""
        if isinstance(node, ast.AnnAssign) and self.annotated_lazily:
            node = _without_annotation(node)
        is_import = isinstance(node, (ast.Import, ast.ImportFrom))
        body = [node] if is_import else [*dead_imports(node, text, self.imported), node]
        module = ast.Module(body, type_ignores=[])
        with nullcontext() if warns else warnings_are("ignore"):
            code: CodeType = compile(module, self.path, "exec", flags=self.flags, dont_inherit=True)
        return code

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names that the module's own level imports anywhere, and `super` where it does anything with that."""
        names: set[str] = set()
        for unit in self.units:
            if "super" in unit.text and not unit.is_definition:
                own = own_nodes(unit.node, classes=False)
                names.update(child.id for child in own if isinstance(child, ast.Name) and child.id == "super")
            if "import" in unit.text:
                for child in own_nodes(unit.node):
                    if isinstance(child, (ast.Import, ast.ImportFrom)):
                        names.update(bound_directly(child))
        return frozenset(names - {"*"})

    @cached_property
    def annotated(self) -> frozenset[str]:
        """The names that the module's own level annotates."""
        return frozenset(name for unit in self.units for name in unit.annotated)

    @cached_property
    def binders(self) -> dict[str, list[Unit]]:
        """The units that bind or delete each name, in order."""
        binders: dict[str, list[Unit]] = {}
        for unit in self.units:
            for name in unit.binds - unit.silent:
                binders.setdefault(name, []).append(unit)
        return binders

    def hush(self, unit: Unit, silent: frozenset[str]) -> None:
        """Note which names a unit was seen not to bind."""
        if unit.silent != silent:
            unit.silent = silent
            self.__dict__.pop("binders", None)
            self.__dict__.pop("names", None)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that are there when the module has run."""
        return frozenset(name for name, units in self.binders.items() if name not in units[-1].deletes)

    def last_binder(self, name: str) -> Unit | None:
        """The unit that gives a name its final value."""
        units = self.binders.get(name)
        return units[-1] if units else None

    def binder_before(self, name: str, index: int) -> Unit | None:
        """The last unit before place `index` that binds a name."""
        before = [unit for unit in self.binders.get(name, ()) if unit.index < index]
        return before[-1] if before else None

    def unit_at(self, line: int) -> Unit | None:
        """The unit that a line belongs to (the first, where several share it)."""
        place = bisect_left(self._lasts, line)
        found = self.units[place] if place < len(self.units) else None
        return found if found is not None and found.first <= line else None

    @cached_property
    def _lasts(self) -> list[int]:
        """The lines where units end, in order."""
        return [unit.last for unit in self.units]


def _misplaces_future(tree: ast.Module) -> bool:
    """Whether `from __future__` imports something unknown, or stands below other statements."""
    body = tree.body[1:] if ast.get_docstring(tree, clean=False) is not None else tree.body
    futures = [place for place, node in enumerate(body) if isinstance(node, ast.ImportFrom) and _is_future(node)]
    names = {alias.name for place in futures for alias in getattr(body[place], "names", ())}
    return futures != list(range(len(futures))) or not names <= set(__future__.all_feature_names)


def _place(node: ast.stmt) -> tuple[object, ...]:
    return type(node), node.lineno, node.col_offset


def _is_future(node: ast.ImportFrom) -> bool:
    return node.module == "__future__" and not node.level


def _parts(node: ast.stmt) -> Iterable[ast.stmt]:
    """An import statement as one statement for each name; anything else as it is."""
    if isinstance(node, ast.Import) and len(node.names) > 1:
        return [ast.copy_location(ast.Import([alias]), node) for alias in node.names]
    if isinstance(node, ast.ImportFrom) and len(node.names) > 1 and node.module != "__future__":
        return [ast.copy_location(ast.ImportFrom(node.module, [alias], node.level), node) for alias in node.names]
    return [node]


def _says_nothing(node: ast.stmt) -> bool:
    """A bare constant or `pass`: nothing that runs (alone in a module it would be taken for its docstring)."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _without_annotation(node: ast.AnnAssign) -> ast.stmt:
    """An annotated assignment less its annotation: from 3.14 on that belongs to the module as a whole (PEP 649)."""
    if node.value is None:
        return ast.copy_location(ast.Pass(), node)
    return ast.copy_location(ast.Assign([node.target], node.value), node)


def _is_name(node: ast.AST) -> TypeGuard[ast.Name]:
    """Is it a plain name?"""
    return isinstance(node, ast.Name)


def _annotations(node: ast.stmt) -> Iterator[ast.expr]:
    """The annotations of a function's parameters and result, or those in the body of a class."""
    if isinstance(node, ast.ClassDef):
        yield from (each.annotation for each in node.body if isinstance(each, ast.AnnAssign))
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        given = (child.annotation for child in ast.walk(node.args) if isinstance(child, ast.arg))
        yield from (each for each in (*given, node.returns) if each is not None)
