"""What a statement binds, reads, calls, imports and acts upon, as its syntax tree says.

It must never run anything: a tree is all it looks at.
"""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Final, NamedTuple

from autoreload_hooks.compat.bytecode import binds, reads

Chain = tuple[str, ...]
"""A name and the attributes read from it: `("settings", "URL")` for `settings.URL`."""

NAMESPACES: Final = frozenset({"globals", "vars", "locals"})
"""Builtins that give a module's names to its own level."""
WORD: Final = re.compile(r"\w+")
WITHOUT_NODES: Final = frozenset(
    {"ctx", "op", "ops", "id", "attr", "asname", "module", "level", "kind", "type_comment"}
)
"""Fields of nodes that hold texts, operators, or whether a name is read or bound."""
MUTATORS: Final = frozenset({
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft", "insert",
    "intersection_update", "move_to_end", "pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault",
    "sort", "symmetric_difference_update", "update",
})  # fmt: skip
"""The methods of Python's containers that change what these hold."""
FILLERS: Final = frozenset({
    "heapify", "heappop", "heappush", "heappushpop", "heapreplace", "insort", "insort_left", "insort_right", "shuffle",
})  # fmt: skip
"""The functions of `heapq`, `bisect` and `random` that change the list which is their first argument."""
OPERATORS: Final[dict[type[ast.operator], str]] = {
    ast.LShift: "__lshift__",
    ast.RShift: "__rshift__",
    ast.BitOr: "__or__",
}
"""What libraries have stand for doing something: `extract >> load`, `log << line`."""
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
CALLS_BACK: Final = frozenset({
    "all", "any", "dict", "enumerate", "filter", "frozenset", "isinstance", "issubclass", "iter", "len", "list", "map",
    "max", "min", "next", "partial", "print", "reduce", "repr", "reversed", "set", "setattr", "sorted", "str", "sum",
    "tuple", "zip",
})  # fmt: skip
"""Builtins that call what they get, or its methods; to be passed to anything else is not to be called."""


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


@functools.lru_cache(maxsize=8)  # the old and the new statement of a class are asked for each attribute in turn
def given_value(node: ast.stmt) -> tuple[str, str] | None:
    """What a plain assignment gives which name, without its annotation; None for anything else."""
    match node:
        case ast.Assign(targets=[ast.Name(name)], value=value):
            return name, ast.dump(value)
        case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value, simple=1):
            return name, ast.dump(value)
    return None


def class_members(node: ast.ClassDef) -> dict[str, ast.stmt | None]:
    """What a class body's own statements bind, as the class has it: name to statement, or to None for several."""
    members: dict[str, ast.stmt | None] = {}
    for statement in node.body:
        for name in map(functools.partial(mangled, node.name), _bound(statement)):
            members[name] = None if name in members else statement
    return members


def mangled(cls: str, name: str) -> str:
    """A name as it is in the body of a class: `__private` belongs to the class alone.

    https://docs.python.org/3/reference/expressions.html#private-name-mangling
    """
    prefix = cls.lstrip("_")
    return f"_{prefix}{name}" if prefix and name.startswith("__") and not name.endswith("__") else name


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
    for child in own_nodes(node):
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
    for child in own_nodes(node):
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
        yield from (child for child in children(node) if isinstance(child, ast.expr))
    for decorator in getattr(node, "decorator_list", ()):
        yield decorator.func if isinstance(decorator, ast.Call) else decorator


def bound_by_text(node: ast.AST) -> Iterator[str]:
    """The names that `globals()["name"] = ...`, `globals().update(name=...)` and `exec("name = ...")` bind.

    And `setattr(sys.modules[__name__], "name", ...)`.
    """
    for child in own_nodes(node):
        match child:
            case ast.Call(func=ast.Name("exec"), args=[ast.Constant(str(text)), *_]):
                if (code := _compiled_text(text)) is not None:
                    yield from binds(code)
            case ast.Subscript(
                value=ast.Call(func=ast.Name("globals")), slice=ast.Constant(str(name)), ctx=ast.Store()
            ):
                yield name
            case ast.Call(
                func=ast.Name("setattr"),
                args=[
                    ast.Subscript(value=ast.Attribute(attr="modules"), slice=ast.Name("__name__")),
                    ast.Constant(str(name)),
                    *_,
                ],
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
        for child in own_nodes(node)
    )


def read_by_text(node: ast.AST) -> Iterator[Chain]:
    """The chains that `getattr(object, "name")` reads, and the names that stand as text in `globals()["name"]`."""
    for child in own_nodes(node):
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


def assigned(node: ast.AST) -> Iterator[Chain]:
    """The attributes of plain names that a piece of syntax assigns or deletes, in branches too: ("f", "tag")."""
    for child in own_nodes(node):
        if isinstance(child, ast.Attribute) and not isinstance(child.ctx, ast.Load):
            chain = chain_of(child)
            if chain is not None and len(chain) == 2:
                yield chain


def set_by_name(node: ast.AST) -> Iterator[Chain]:
    """The chains of the objects whose attributes a piece of syntax sets or deletes by `setattr` and `delattr`."""
    for child in own_nodes(node):
        match child:
            case ast.Call(func=ast.Name("setattr" | "delattr"), args=[target, *_]) if chain := chain_of(target):
                yield chain


def acted_upon(node: ast.AST) -> Iterator[Chain]:
    """The chains of the objects that a piece of syntax acts upon itself.

    That is: receivers of method calls, of attribute and item assignments, of `+=` and `del`, and what stands behind a
    decorator. Being passed as an argument is not being acted upon.
    """
    for child in own_nodes(node):
        for receiver in _receivers(child):
            if isinstance(receiver, (ast.Name, ast.Attribute)) and (chain := chain_of(_past_class(receiver))):
                yield chain


def _past_class(node: ast.expr) -> ast.expr:
    """`x.kinds` for `type(x).kinds` and `x.__class__.kinds`: what a class has is looked for by way of `x`."""
    if not isinstance(node, ast.Attribute):
        return node
    match node.value:
        case ast.Call(func=ast.Name("type"), args=[ast.Name() as inner]):
            return ast.Attribute(inner, node.attr)
        case ast.Attribute(value=ast.Name() as inner, attr="__class__"):
            return ast.Attribute(inner, node.attr)
    return node


class Effect(NamedTuple):
    """A call that is made for what it does to an object."""

    target: Chain  #: the object, or the function that returns it
    method: str = ""  #: the method of it that is called
    called: Chain = ()  #: else the function that gets it
    place: int = 0  #: and as which of its arguments
    item: str = ""  #: what is assigned, if that is an item: to assign it again makes no difference
    result: str = ""  #: a name that gets what the call returns: an effect only if that is the object itself
    returned: bool = False  #: whether the object is what the function `target` returns


def effects(node: ast.AST) -> Iterator[Effect]:
    """The calls that a piece of syntax makes for what they do, as what they give is dropped; items that it assigns."""
    for child in own_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Call):
            yield from _effects_of_call(child.value)
        elif isinstance(child, ast.Expr) and isinstance(child.value, ast.BinOp):  # `first >> second`
            if (method := OPERATORS.get(type(child.value.op))) and (chain := chain_of(child.value.left)):
                yield Effect(chain, method)
        elif _is_fluent(child):
            func, name = child.value.func, child.targets[0].id  # type: ignore[attr-defined]
            if chain := chain_of(func.value):
                yield Effect(chain, func.attr, result=name)
        elif isinstance(child, (ast.Assign, ast.Delete, ast.AugAssign)):
            method = "__delitem__" if isinstance(child, ast.Delete) else "__setitem__"
            for target in [child.target] if isinstance(child, ast.AugAssign) else child.targets:
                if isinstance(target, ast.Subscript) and (chain := chain_of(target.value)):
                    is_same_again = isinstance(child, ast.Assign)
                    yield Effect(chain, method, item=ast.dump(target) if is_same_again else "")


def _is_fluent(node: ast.AST) -> bool:
    """`query = query.where(...)`: it may be the object itself that the method returns."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
    )


def _effects_of_call(call: ast.Call) -> Iterator[Effect]:
    if isinstance(call.func, ast.Attribute) and (chain := chain_of(call.func.value)):
        yield Effect(chain, call.func.attr)
    if isinstance(call.func, ast.Name) and call.func.id == "print":
        for keyword in call.keywords:
            if keyword.arg == "file" and (chain := chain_of(keyword.value)):
                yield Effect(chain, "write")
    inner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):  # `query.where(...).limit(3)`
        yield from _effects_of_call(inner)
    if isinstance(inner, ast.Call) and isinstance(call.func, ast.Attribute) and (chain := chain_of(inner.func)):
        yield Effect(chain, call.func.attr, returned=True)
    if called := chain_of(call.func):
        for place, argument in enumerate(call.args):
            if isinstance(argument, (ast.Name, ast.Attribute)) and (chain := chain_of(argument)):
                yield Effect(chain, called=called, place=place)


def puts_into(node: ast.AST, *, counting: bool = True) -> Iterator[Chain]:
    """The chains of what a piece of syntax puts something into, or takes out of, or assigns: `self.items.append(x)`.

    Of a name alone only what it holds: to assign the name puts nothing into it. Without `counting`, an item that is
    raised (`self.calls[name] += 1`, or by way of `get`) is left out.
    """
    for child in own_nodes(node):
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr in MUTATORS:
            places: list[ast.expr] = [child.func.value]
        elif isinstance(child, ast.Call) and _fills(child):
            places = child.args[:1]
        elif isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id == "exec":
            places = child.args[1:]
        elif isinstance(child, (ast.Assign, ast.Delete)):
            places = child.targets
        else:
            places = [child.target] if isinstance(child, (ast.AugAssign, ast.AnnAssign)) else []
        for place in places:
            inner = _innermost(place)
            if not counting and _counts(child, inner):
                continue
            holds = inner is not place or isinstance(child, (ast.Call, ast.AugAssign))
            chain = chain_of(_past_class(inner)) if holds or isinstance(inner, ast.Attribute) else None
            if chain is not None:
                yield chain


def _counts(node: ast.AST, container: ast.expr) -> bool:
    """Whether an assignment gives a container an item that it computes of the one that is there."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.target, ast.Subscript)
    chain = chain_of(container) if isinstance(node, ast.Assign) else None
    value: ast.expr | None = getattr(node, "value", None)
    return chain is not None and value is not None and any(read[: len(chain)] == chain for read in chains(value))


def _receivers(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions whose objects one node acts upon."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield _innermost(node.func.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exec":
        yield from node.args[1:]
    if isinstance(node, ast.Call) and _fills(node):
        yield from node.args[:1]
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


def _fills(call: ast.Call) -> bool:
    """Whether a call has its first argument changed: `heappush(QUEUE, job)`."""
    func = call.func
    return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in FILLERS


def _innermost(node: ast.expr) -> ast.expr:
    """The object at the start of a chain of calls and items: `app` of `app.group("x")["y"]`."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        inner = node.func if isinstance(node, ast.Call) else node.value
        node = inner.value if isinstance(node, ast.Call) and isinstance(inner, ast.Attribute) else inner
    return node


def own_nodes(node: ast.AST, *, classes: bool = True) -> Iterator[ast.AST]:
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
            todo += children(current)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below one, in order, operators and the contexts of names left out, which say nothing here.

    Only its fields: other libraries hang more on nodes, as a `parent` on each and on the one `Load()` that all share.
    """
    found: list[ast.AST] = []
    held = vars(node)
    for name in _fields_with_nodes(node._fields):
        value = held.get(name)
        if type(value) is list:
            found += [each for each in value if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


@functools.cache
def _fields_with_nodes(fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in fields if name not in WITHOUT_NODES)


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
            yield from bound_directly(current)
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


def binding_nodes(node: ast.stmt, name: str) -> Iterator[ast.AST]:
    """What binds a name within a compound statement: definitions, imports and assignments; else the bare name."""
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)):
            if name in bound_directly(current):
                yield current
        elif _is_assignment(current, name) or _is_bare(current, name):
            yield current
        else:
            todo += _live_branches(current) or _same_scope_children(current, is_root=False)


def _is_bare(node: ast.AST, name: str) -> bool:
    """A target, or what an `except` or a pattern binds."""
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    return isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name == name


def _is_assignment(node: ast.AST, name: str) -> bool:
    """`name = ...`, and no part of what stands to the left."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


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


def bound_directly(node: ast.AST) -> Iterator[str]:
    """The names that an import statement binds."""
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
    return children(node)


def targets(nodes: Iterable[ast.expr]) -> Iterator[str]:
    """The plain names among assignment targets, unpacked ones included."""
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, (ast.Tuple, ast.List)):
            yield from targets(node.elts)
