"""What a statement does to objects: it acts upon them, puts something into them, calls their methods, sets attributes.

It must never take being read, or being passed on, for being acted upon.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple

from .nodes import Chain, chain_of, chains, innermost, own_nodes, owner_of

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


def assigned(node: ast.AST) -> Iterator[Chain]:
    """The attributes of plain names that a piece of syntax assigns or deletes, in branches too: ("f", "tag")."""
    for child in own_nodes(node):
        if isinstance(child, ast.Attribute) and not isinstance(child.ctx, ast.Load):
            chain = chain_of(child)
            if chain is not None and len(chain) == 2:
                yield chain


def assigned_to(node: ast.stmt) -> list[ast.expr]:
    """What a plain statement assigns to; `setattr(x, "tag", 1)` and `vars(x)["tag"] = 1` assign to `x.tag`."""
    match node:
        case ast.Assign(targets=targets):
            return [_as_attribute(each) for target in targets for each in _parts(target)]
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return [_as_attribute(target)]
        case ast.Expr(ast.Call(func=ast.Name("setattr"), args=[owner, ast.Constant(str(name)), _], keywords=[])):
            return [_attribute(owner, name)]
    return []


def _parts(target: ast.expr) -> Iterator[ast.expr]:
    """What a target is made of: `TABLE["a"], TABLE["b"] = 1, 2` assigns to both."""
    match target:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for each in elements:
                yield from _parts(each)
        case ast.Starred(value=inner):
            yield from _parts(inner)
        case _:
            yield target


def _as_attribute(target: ast.expr) -> ast.expr:
    match target:
        case ast.Subscript(
            value=ast.Call(func=ast.Name("vars"), args=[owner]) | ast.Attribute(value=owner, attr="__dict__"),
            slice=ast.Constant(str(name)),
        ):
            return _attribute(owner, name)
    return target


def _attribute(owner: ast.expr, name: str) -> ast.expr:
    return ast.copy_location(ast.Attribute(owner, name, ast.Store()), owner)


def set_by_name(node: ast.AST) -> Iterator[Chain]:
    """The chains of the objects whose attributes a piece of syntax sets or deletes by `setattr` and `delattr`."""
    for child in own_nodes(node):
        match child:
            case ast.Call(func=ast.Name("setattr" | "delattr"), args=[target, *_]) if chain := owner_of(target):
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


def _receivers(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions whose objects one node acts upon."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield innermost(node.func.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exec":
        yield from node.args[1:]
    if isinstance(node, ast.Call) and _fills(node):
        yield from node.args[:1]
    elif isinstance(node, (ast.Assign, ast.Delete)):
        yield from (innermost(t.value) for t in node.targets if isinstance(t, (ast.Attribute, ast.Subscript)))
        if isinstance(node, ast.Assign) and any(getattr(t, "attr", "") == "__dict__" for t in node.targets):
            yield node.value  # `self.__dict__ = self.shared`: its attributes are entries of that
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        if isinstance(node.target, (ast.Attribute, ast.Subscript)):
            yield innermost(node.target.value)
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
                yield node.target
        elif isinstance(node, ast.AugAssign):
            yield node.target
    for decorator in getattr(node, "decorator_list", ()):
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        yield innermost(call.value) if isinstance(call, ast.Attribute) else call


class Effect(NamedTuple):
    """A call that is made for what it does to an object."""

    target: Chain  #: the object, or the function that returns it
    method: str = ""  #: the method of it that is called
    called: Chain = ()  #: else the function that gets it
    place: int = 0  #: and as which of its arguments,
    keyword: str = ""  #: or by which name
    item: str = ""  #: what is assigned, if that is an item: to assign it again makes no difference
    result: str = ""  #: a name that gets what the call returns: an effect only if that is the object itself
    returned: bool = False  #: whether the object is what the function `target` returns


def effects(node: ast.AST) -> Iterator[Effect]:
    """The calls that a piece of syntax makes for what they do, as what they give is dropped; items that it assigns."""
    for child in own_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(call := _each(child.value), ast.Call):
            yield from _effects_of_call(call)
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


def _each(value: ast.expr) -> ast.expr:
    """What is done for each entry where a statement is a comprehension: `[setup(app) for setup in SETUPS]`."""
    return value.elt if isinstance(value, (ast.ListComp, ast.SetComp)) else value


def decorating(node: ast.AST) -> Iterator[Effect]:
    """The methods by which a piece of syntax decorates what it defines: `@app.register`."""
    for child in own_nodes(node):
        for decorator in getattr(child, "decorator_list", ()):
            func = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(func, ast.Attribute) and (chain := chain_of(func.value)):
                yield Effect(chain, func.attr)


def _is_fluent(node: ast.AST) -> bool:
    """`query = query.where(...)`: it may be the object itself that the method returns."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
    )


def _is_in_place(call: ast.Call) -> bool:
    """`frame.drop(columns=["a"], inplace=True)`"""
    return any(each.arg == "inplace" and getattr(each.value, "value", False) is True for each in call.keywords)


def _effects_of_call(call: ast.Call) -> Iterator[Effect]:
    if isinstance(call.func, ast.Attribute) and (chain := chain_of(call.func.value)):
        yield Effect(chain, "__setitem__" if _is_in_place(call) else call.func.attr)
    for keyword in call.keywords:  # `numpy.add(X, 1, out=X)`
        if keyword.arg == "out" and (chain := chain_of(keyword.value)):
            yield Effect(chain, "__setitem__")
    if isinstance(call.func, ast.Name) and call.func.id == "print":
        for keyword in call.keywords:
            if keyword.arg == "file" and (chain := chain_of(keyword.value)):
                yield Effect(chain, "write")
    if isinstance(call.func, ast.Call):  # `registry.register("name")(cls)`, as a decorator does it
        yield from _effects_of_call(call.func)
    inner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):  # `query.where(...).limit(3)`
        yield from _effects_of_call(inner)
    if isinstance(inner, ast.Call) and isinstance(call.func, ast.Attribute) and (chain := chain_of(inner.func)):
        yield Effect(chain, call.func.attr, returned=True)
    if called := chain_of(call.func) or _method_of_any(call.func):
        for place, argument in enumerate(call.args):
            if isinstance(argument, (ast.Name, ast.Attribute)) and (chain := chain_of(argument)):
                yield Effect(chain, called=called, place=place)
        for keyword in call.keywords:
            if (
                keyword.arg
                and isinstance(keyword.value, (ast.Name, ast.Attribute))
                and (chain := chain_of(keyword.value))
            ):
                yield Effect(chain, called=called, keyword=keyword.arg)


def _method_of_any(func: ast.expr) -> Chain:
    """The method of something without a name: `import_module(text).setup(app)`."""
    return ("", func.attr) if isinstance(func, ast.Attribute) else ()


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
            inner = innermost(place)
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


def _fills(call: ast.Call) -> bool:
    """Whether a call has its first argument changed: `heappush(QUEUE, job)`."""
    func = call.func
    return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in FILLERS
