"""A module's source as a list of units: one top-level statement each, with what it binds and what it reads.

It must never run a line of the source, nor look at a live module: the text is all it knows.
"""

from __future__ import annotations
import __future__

import ast
import io
import re
import warnings
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import Final

from .compat import LAZY_ANNOTATIONS
from .compat.bytecode import binds, nested, reads

Chain = tuple[str, ...]
"""A name and the attributes read from it: `("settings", "URL")` for `settings.URL`."""

NAMESPACES: Final = frozenset({"globals", "vars", "locals"})
"""Builtins that give a module's names to its own level."""
READS_TEXT: Final = re.compile(r"\b(?:getattr|hasattr|exec|eval|globals|vars|locals)\(")
KEEP: Final = re.compile(r"#\s*autoreload:\s*keep\b")
WORD: Final = re.compile(r"\w+")
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
CALLS_BACK: Final = frozenset({
    "all", "any", "dict", "enumerate", "filter", "frozenset", "isinstance", "issubclass", "iter", "len", "list", "map",
    "max", "min", "next", "partial", "print", "reduce", "repr", "reversed", "set", "setattr", "sorted", "str", "sum",
    "tuple", "zip",
})  # fmt: skip
"""Builtins that call what they get, or its methods; to be passed to anything else is not to be called."""
COMPOUND: Final = (ast.If, ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While, ast.Match)


@dataclass(eq=False, slots=False)
class Unit:
    """One top-level statement; an import statement gives one unit for each name that it imports."""

    owner: weakref.ref[Outline] = field(repr=False)  #: the outline, weakly: without a circle both go at once
    index: int  #: its place in the outline
    node: ast.stmt = field(repr=False)  #: its syntax tree, with the positions of the file
    text: str  #: its lines, as they are written
    silent: frozenset[str] = frozenset()  #: names that it was seen not to bind though it might: the other branch ran

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
        return frozenset(_targets(self.node.targets)) if isinstance(self.node, ast.Delete) else frozenset()

    @cached_property
    def dump(self) -> str:
        """What it says, whatever its layout."""
        return ast.dump(self.node)

    @cached_property
    def code(self) -> CodeType:
        """Its code object, as it would be within the module."""
        return self.module.compile(self.node, self.text)

    def mentions(self, name: str) -> bool:
        """Whether its text may have a name in it: a quick no before it is compiled."""
        return name in self.text or not self.text.isascii()  # Python folds some letters into others

    @cached_property
    def reads(self) -> frozenset[Chain]:
        """The chains of names that running it reads, functions that it calls not included."""
        return reads(self.code).union(_read_by_text(self.node)) if READS_TEXT.search(self.text) else reads(self.code)

    @cached_property
    def assigns(self) -> frozenset[Chain]:
        """The chains of the attributes that it assigns: `("f", "tag")` for `f.tag = 1`."""
        targets = getattr(self.node, "targets", None) or [getattr(self.node, "target", None)]
        return frozenset(chain for t in targets if isinstance(t, ast.Attribute) and (chain := chain_of(t)))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of all attributes that it asks for, of whatever."""
        return frozenset(child.attr for child in _own_nodes(self.node) if isinstance(child, ast.Attribute))

    @cached_property
    def calls(self) -> frozenset[Chain]:
        """The chains of what running it may call: by name, as decorator, base class or operand."""
        return frozenset(called(self.node))

    @cached_property
    def functions(self) -> tuple[CodeType, ...]:
        """The code objects of the functions that it defines itself, methods included, in source order."""
        return tuple(nested(self.code))

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

    @classmethod
    def of(cls, text: str, path: str) -> Outline:
        """Outline a source text; raises SyntaxError as compiling it would."""
        tree = ast.parse(text, path)
        if _misplaces_future(tree):
            compile(tree, path, "exec", dont_inherit=True)  # raises, as units on their own would not
        outline = cls(path, text, tree)
        lines = io.StringIO(text).readlines()  # as Python counts them: a form feed ends none
        for place, node in enumerate(tree.body):
            for part in _parts(node):
                if not _says_nothing(node) or place == 0:
                    unit = Unit(weakref.ref(outline), len(outline.units), part, "")
                    unit.text = "".join(lines[unit.first - 1 : unit.last])
                    outline.units.append(unit)
        return outline

    @cached_property
    def flags(self) -> int:
        """The compiler flags of the module's `from __future__` imports."""
        names = [
            alias.name
            for node in self.tree.body
            if isinstance(node, ast.ImportFrom) and _is_future(node)
            for alias in node.names
        ]
        flags = 0
        for name in names:
            flags |= getattr(__future__, name).compiler_flag
        return flags

    @cached_property
    def code(self) -> CodeType:
        """The whole module's code object; raises SyntaxError for what the parser alone lets through."""
        code: CodeType = compile(self.tree, self.path, "exec", flags=self.flags, dont_inherit=True)
        return code

    def compile(self, node: ast.stmt, text: str) -> CodeType:
        """Compile one statement, whose text is given, as the module would."""
        if LAZY_ANNOTATIONS and isinstance(node, ast.AnnAssign):
            node = _without_annotation(node)
        is_import = isinstance(node, (ast.Import, ast.ImportFrom))
        body = [node] if is_import else [*dead_imports(node, text, self.imported), node]
        module = ast.Module(body, type_ignores=[])
        code: CodeType = compile(module, self.path, "exec", flags=self.flags, dont_inherit=True)
        return code

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names that the module's own level imports anywhere."""
        names: set[str] = set()
        for unit in self.units:
            if "import" in unit.text:
                for child in _own_nodes(unit.node):
                    if isinstance(child, (ast.Import, ast.ImportFrom)):
                        names.update(_bound_directly(child))
        return frozenset(names - {"*"})

    @property
    def annotations(self) -> int:
        """How many annotations of names there are on the module's own level."""
        nodes = (child for unit in self.units if ":" in unit.text for child in _own_nodes(unit.node, classes=False))
        return sum(isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name) and bool(n.simple) for n in nodes)

    @cached_property
    def annotated(self) -> frozenset[str]:
        """The names that the module's own level annotates."""
        nodes = (child for unit in self.units if ":" in unit.text for child in _own_nodes(unit.node, classes=False))
        return frozenset(
            n.target.id for n in nodes if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name) and n.simple
        )

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
        return next((unit for unit in self.units if unit.first <= line <= unit.last), None)


def _misplaces_future(tree: ast.Module) -> bool:
    """Whether `from __future__` imports something unknown, or stands below other statements."""
    body = tree.body[1:] if ast.get_docstring(tree, clean=False) is not None else tree.body
    futures = [place for place, node in enumerate(body) if isinstance(node, ast.ImportFrom) and _is_future(node)]
    names = {alias.name for place in futures for alias in getattr(body[place], "names", ())}
    return futures != list(range(len(futures))) or not names <= set(__future__.all_feature_names)


def _is_future(node: ast.ImportFrom) -> bool:
    return node.module == "__future__" and not node.level


def dead_imports(node: ast.stmt, text: str, imported: frozenset[str]) -> list[ast.stmt]:
    """Dead code, to stand before `node`, that tells the compiler which names in `text` the module imports.

    From 3.12 on calls through an imported name are compiled in another way (`is_import_originated` in compile.c).
    """
    names = imported.intersection(WORD.findall(text)) if imported else None
    if not names or _is_text(node):  # a docstring must stay the first statement
        return []
    imports = ast.Import([ast.alias(name) for name in sorted(names)])
    dead = ast.If(ast.Constant(False), [imports], [])
    return [ast.fix_missing_locations(ast.copy_location(dead, node))]


def _is_text(node: ast.stmt) -> bool:
    """Is it a text that stands for itself: a docstring, where it comes first?"""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def names_bound(nodes: Iterable[ast.stmt]) -> frozenset[str]:
    """The module's names that statements bind or delete; a star import binds "*"."""
    return frozenset(name for node in nodes for name in _bound(node))


def class_members(node: ast.ClassDef) -> dict[str, ast.stmt | None]:
    """What a class body's own statements bind: name to the one statement, or to None where several do."""
    members: dict[str, ast.stmt | None] = {}
    for statement in node.body:
        for name in _bound(statement):
            members[name] = None if name in members else statement
    return members


def imports(node: ast.stmt) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements that run with a statement: neither those in functions nor those for type checkers."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop(0)
        if isinstance(current, (ast.Import, ast.ImportFrom)):
            yield current
        elif isinstance(current, (ast.stmt, ast.excepthandler, ast.match_case)) and not isinstance(current, FUNCTIONS):
            todo += _live_branches(current) or ast.iter_child_nodes(current)


def chains(node: ast.AST) -> Iterator[Chain]:
    """The chains of names that a piece of syntax reads, nested functions left out."""
    for child in _own_nodes(node):
        if isinstance(child, (ast.Name, ast.Attribute)) and (chain := chain_of(child)):
            yield chain


def chain_of(node: ast.expr) -> Chain | None:
    """`a.b.c` as a chain, or None for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return (node.id, *reversed(names))


def called(node: ast.AST) -> Iterator[Chain]:
    """The chains of what a piece of syntax may call, nested functions left out."""
    for child in _own_nodes(node):
        for value in _callable_places(child):
            if isinstance(value, (ast.Name, ast.Attribute)) and (chain := chain_of(value)):
                yield chain


def _callable_places(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        yield _innermost(node.func)
        yield node.func
        if isinstance(node.func, ast.Name) and node.func.id in CALLS_BACK:
            yield from node.args
            yield from (keyword.value for keyword in node.keywords)
    elif isinstance(node, ast.ClassDef):
        yield from node.bases
        yield from (keyword.value for keyword in node.keywords)
    elif isinstance(
        node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.For, ast.withitem, ast.comprehension)
    ):
        yield from (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
    for decorator in getattr(node, "decorator_list", ()):
        yield decorator.func if isinstance(decorator, ast.Call) else decorator


def bound_by_text(node: ast.AST) -> Iterator[str]:
    """The names that `globals()["name"] = ...`, `globals().update(name=...)` and `exec("name = ...")` bind."""
    for child in _own_nodes(node):
        match child:
            case ast.Call(func=ast.Name("exec"), args=[ast.Constant(str(text)), *_]):
                if (code := _compiled_text(text)) is not None:
                    yield from binds(code)
            case ast.Subscript(
                value=ast.Call(func=ast.Name("globals")), slice=ast.Constant(str(name)), ctx=ast.Store()
            ):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name("globals")), attr="update")):
                yield from (keyword.arg for keyword in child.keywords if keyword.arg)
                for argument in child.args:
                    keys = argument.keys if isinstance(argument, ast.Dict) else []
                    yield from (
                        key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    )


def loads_name(node: ast.AST, name: str) -> bool:
    """Whether a piece of syntax reads a name itself, nested functions left out."""
    return any(
        isinstance(child, ast.Name) and child.id == name and isinstance(child.ctx, ast.Load)
        for child in _own_nodes(node)
    )


def mentions_attribute(node: ast.AST, name: str) -> bool:
    """Whether an attribute of this name is asked of anything in a piece of syntax, nested functions left out."""
    return any(isinstance(child, ast.Attribute) and child.attr == name for child in _own_nodes(node))


def _read_by_text(node: ast.AST) -> Iterator[Chain]:
    """The chains that `getattr(object, "name")` reads, and the names that stand as text in `globals()["name"]`."""
    for child in _own_nodes(node):
        match child:
            case ast.Call(func=ast.Name("getattr" | "hasattr"), args=[target, ast.Constant(str(name)), *_]):
                if chain := chain_of(target):
                    yield (*chain, name)
            case ast.Call(func=ast.Name("exec" | "eval"), args=[ast.Constant(str(text)), *_]):
                if (code := _compiled_text(text)) is not None:
                    yield from reads(code)
            case ast.Subscript(value=ast.Call(func=ast.Name(function), args=[]), slice=ast.Constant(str(name))):
                if function in NAMESPACES and isinstance(child.ctx, ast.Load):
                    yield (name,)
            case ast.Compare(
                left=ast.Constant(str(name)), comparators=[ast.Call(func=ast.Name(function), args=[])]
            ) if function in NAMESPACES:
                yield (name,)


def _compiled_text(text: str) -> CodeType | None:
    """The code of a text that a statement executes, None where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code: CodeType = compile(text, "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return code


def acted_upon(node: ast.AST) -> Iterator[Chain]:
    """The chains of the objects that a piece of syntax acts upon itself.

    That is: receivers of method calls, of attribute and item assignments, of `+=` and `del`, and what stands behind a
    decorator. Being passed as an argument is not being acted upon.
    """
    for child in _own_nodes(node):
        for receiver in _receivers(child):
            if isinstance(receiver, (ast.Name, ast.Attribute)) and (chain := chain_of(receiver)):
                yield chain


def _receivers(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions whose objects one node acts upon."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield _innermost(node.func.value)
    elif isinstance(node, (ast.Assign, ast.Delete)):
        yield from (_innermost(t.value) for t in node.targets if isinstance(t, (ast.Attribute, ast.Subscript)))
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        if isinstance(node.target, (ast.Attribute, ast.Subscript)):
            yield _innermost(node.target.value)
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
                yield node.target
        elif isinstance(node, ast.AugAssign):
            yield node.target
    for decorator in getattr(node, "decorator_list", ()):
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        yield _innermost(call.value) if isinstance(call, ast.Attribute) else call


def _innermost(node: ast.expr) -> ast.expr:
    """The object at the start of a chain of calls and items: `app` of `app.group("x")["y"]`."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        inner = node.func if isinstance(node, ast.Call) else node.value
        node = inner.value if isinstance(node, ast.Call) and isinstance(inner, ast.Attribute) else inner
    return node


def _own_nodes(node: ast.AST, *, classes: bool = True) -> Iterator[ast.AST]:
    """The nodes that run with a statement: not the bodies of functions that it defines."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        yield current
        if isinstance(current, FUNCTIONS):
            todo += [*current.decorator_list, *current.args.defaults, *filter(None, current.args.kw_defaults)]
        elif isinstance(current, ast.Lambda):
            todo += [*current.args.defaults, *filter(None, current.args.kw_defaults)]
        elif classes or not isinstance(current, ast.ClassDef):
            todo += ast.iter_child_nodes(current)


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


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds or deletes in the namespace where it runs."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name
    elif _is_text(node):
        yield "__doc__"
    yield from _bound_within(node)


def _bound_within(node: ast.stmt) -> Iterator[str]:
    """The names bound by what is nested in a statement: targets, walrus, `except ... as`, bodies of compounds."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        if current is not node and isinstance(current, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)):
            yield from _bound_directly(current)
            continue
        if isinstance(current, ast.Name) and isinstance(current.ctx, (ast.Store, ast.Del)):
            yield current.id
        elif isinstance(current, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and current.name:
            yield current.name
        elif isinstance(current, ast.MatchMapping) and current.rest:
            yield current.rest
        elif isinstance(current, ast.TypeAlias if hasattr(ast, "TypeAlias") else ()):
            todo.append(current.name)
            continue
        todo += _live_branches(current) or _same_scope_children(current, is_root=current is node)


def _live_branches(node: ast.AST) -> list[ast.AST]:
    """Of an `if` that can never be true in an imported module, what is left to run: its test and its `else`."""
    if isinstance(node, ast.If) and _is_never(node.test):
        return [node.test, *node.orelse]
    return []


def _is_never(test: ast.expr) -> bool:
    """`__name__ == "__main__"`, and `TYPE_CHECKING` under any name of `typing`."""
    if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__":
        return isinstance(test.ops[0], ast.Eq) and getattr(test.comparators[0], "value", None) == "__main__"
    return getattr(test, "id", getattr(test, "attr", None)) == "TYPE_CHECKING"


def _bound_directly(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)
    else:
        yield node.name  # type: ignore[attr-defined]


def _same_scope_children(node: ast.AST, *, is_root: bool) -> Iterable[ast.AST]:
    """The children that bind in the same namespace: a comprehension's own targets do not, its walrus does."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return [*node.decorator_list] if is_root else []
    if isinstance(node, ast.Lambda):
        return []
    if isinstance(node, ast.comprehension):
        return [node.iter, *node.ifs]
    return ast.iter_child_nodes(node)


def _targets(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, (ast.Tuple, ast.List)):
            yield from _targets(node.elts)
