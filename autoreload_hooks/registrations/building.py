"""Objects that several statements build: each puts something into them, by calling a method or a function for it.

It must never change anything, nor run code of the user: what a function does is read from its source.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from itertools import islice
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import inherits
from autoreload_hooks.outline import (
    FUNCTIONS,
    Chain,
    Effect,
    Unit,
    chain_of,
    class_members,
    decorating,
    effects,
    mangled,
    own_nodes,
    puts_into,
)
from autoreload_hooks.program import LiveModule, Program, attribute, callables, class_of, defaults_of, family_of, is_a
from autoreload_hooks.transaction import MISSING

from .asking import PUTS, asks_for_value, fetches, first_call
from .calling import Callee, MayRun
from .containers import DEPTH, WEAK, containers_of, is_plain_instance, state_of
from .definitions import body
from .receivers import begins_with_first
from .sharing import Sharing

_LENGTH: Final[dict[type, Callable[[Any], int]]] = {
    kind: kind.__len__ for kind in (list, dict, set, deque, tuple)
}  # of a subclass, too, but not by its own methods

_MAKES: Final = frozenset({"list", "dict", "set", "deque", "OrderedDict", "defaultdict"})

_OF_ITEMS: Final = ("__setitem__", "__delitem__")
_SETS: Final = ("fit", "partial_fit", "set_")
"""The same where what they put is an attribute, as in the estimators of scikit-learn."""
_IN_C: Final = frozenset({"_io", "_hashlib", "_md5", "_sha1", "_sha2", "_blake2", "_hmac", "array", "zlib"})
"""The modules of objects without a dictionary that methods put something into: `StringIO`, hashes, arrays."""
Place = tuple[dict[str, Any], ast.AST, frozenset[str]]
"""A statement or a function: its namespace, its syntax, and the names that are its own."""
Names = tuple[dict[str, Any], Chain]
"""A namespace, and the chain of names by which it has an object."""


class Building:
    """Which objects a statement has put something into that nobody can tell from what others have put there."""

    def __init__(self, program: Program, sharing: Sharing) -> None:
        self.program = program
        self.definition = sharing.definition
        self.calling = sharing.calling
        self.handing = sharing.handing
        self.receivers = sharing.receivers
        self._puts: dict[tuple[ast.AST, bool], tuple[Chain, ...]] = {}
        self._effects: dict[ast.AST, tuple[Effect, ...]] = {}

    def put_into(
        self,
        live: LiveModule,
        unit: Unit,
        codes: Iterable[CodeType],
        now: Unit | None = None,
        *,
        empty_too: bool = False,
    ) -> Iterator[Names]:
        """What a unit, or a function that ran in it, called methods and functions for, as these put something into it.

        A call whose value is used asks for something; one that stands for itself changes something. Of the user's
        own functions their source tells whether that was to put something into a list, dictionary or set of the
        object (or into one of an object that it has); of others their names do, if the object holds anything at all.

        `now` is the statement that takes the place of this one: an item that it assigns as well is left out.
        `empty_too`: what holds nothing may have been made anew since.
        """
        codes = list(codes)
        seen: set[int] = set()
        again = {effect.item for effect in self._effects_of(now.node)} - {""} if now is not None else set[str]()
        for namespace, node, hidden in self._places(live, unit, [] if asks_for_value(unit) else codes):
            for effect in self._effects_of(node):
                if node is unit.node and effect.item in again:
                    continue
                if effect.target[0] in hidden:
                    continue
                space, chain = self._object_of(namespace, effect)
                obj = self.program.value(space, chain) if chain else MISSING
                if type(obj) is ContextVar:
                    sets_again = now is not None and any(_sets(each, effect) for each in self._effects_of(now.node))
                    if effect.method == "set" and not sets_again:
                        yield space, chain
                    continue
                if effect.result and (node is not unit.node or namespace.get(effect.result) is not obj):
                    continue
                if obj is not MISSING and id(obj) not in seen:
                    effect = effect._replace(target=chain)
                    found = list(self._taken_in(space, effect, obj, codes, empty_too=empty_too))
                    if found:
                        seen.add(id(obj))
                    yield from ((space, each) for each in found[:1])

    def _object_of(self, namespace: dict[str, Any], effect: Effect) -> Names:
        """By which names the object of an effect is had; by none where that is not known."""
        chain = effect.target
        if effect.returned:
            function = self.program.value(namespace, chain)
            is_own = is_a(function, FunctionType) and self.program.follows(function)
            node = self.definition(function.__code__) if is_own else None
            returns = [each for each in own_nodes(body(node)) if isinstance(each, ast.Return)] if node else []
            chains = [chain_of(each.value) for each in returns if each.value is not None]
            chain = next((each for each in chains if each and each[0] not in function.__code__.co_varnames), ())
            return (function.__globals__, chain) if chain else (namespace, ())
        if effect.method in _OF_ITEMS and self.program.value(namespace, chain) is MISSING:
            return namespace, chain[:-1]  # a property stands for the object: `df.loc[0] = 1`
        return namespace, chain

    def changed(self, live: LiveModule, unit: Unit, codes: list[CodeType], *, counting: bool = True) -> Iterator[int]:
        """The ids of what a unit, or a function that ran in it, puts something into by a name of its module.

        Without `counting`, what functions merely raise by and by is left out.
        """
        yield from self._changed_at(next(self._places(live, unit, [])), MayRun(codes), counting=counting)
        yield from self.changed_inside(live, unit, codes, counting=counting)

    def changed_inside(
        self, live: LiveModule, unit: Unit, codes: list[CodeType], *, counting: bool = True
    ) -> Iterator[int]:
        """The same of what functions do that ran in a unit, and not of what it does itself."""
        ran = MayRun(codes)
        for place in islice(self._places(live, unit, codes), 1, None):
            yield from self._changed_at(place, ran, counting=counting)
        yield from self._changed_of_classes(live, unit, codes, counting=counting)
        yield from self._changed_defaults(codes, counting=counting)

    def _changed_at(self, place: Place, ran: MayRun, *, counting: bool) -> Iterator[int]:
        namespace, node, hidden = place
        inside = body(node) if isinstance(node, FUNCTIONS) else node
        for chain in (*self._puts_of(node, counting=counting), *self.calling.filled(namespace, inside, ran)):
            if chain[0] not in hidden:
                yield id(self.program.value(namespace, chain))

    def _changed_of_classes(
        self, live: LiveModule, unit: Unit, codes: Iterable[CodeType], *, counting: bool
    ) -> Iterator[int]:
        """The ids of what methods that ran put something into by their first parameter: `cls.registry.append(f)`."""
        for code in codes:
            node = self.definition(code) if code.co_argcount else None
            chains = self._puts_of(node, counting=counting) if node is not None else ()
            found = [
                chain for chain in chains if len(chain) > 1 and node is not None and begins_with_first(chain, node)
            ]
            if node is not None and found and (first := self.receivers.first_of(live, unit, code)) is not None:
                yield from (id(self.receivers.resolve({}, chain, node, first)) for chain in found)

    def _changed_defaults(self, codes: Iterable[CodeType], *, counting: bool) -> Iterator[int]:
        """The ids of what functions that ran put something into as the default of a parameter: `def on(f, to=REG)`."""
        for code in codes:
            namespace = self.program.namespace_of_file(code.co_filename)
            function = self.program.value(namespace, tuple(code.co_qualname.split(".")))
            defaults = defaults_of(function) if is_a(function, FunctionType) else {}
            if defaults and (node := self.definition(code)) is not None:
                chains = self._puts_of(node, counting=counting)
                yield from (id(defaults[chain[0]]) for chain in chains if len(chain) == 1 and chain[0] in defaults)

    def filled(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> set[int]:
        """The same of what a statement is there for: to fill it, or to have it filled."""
        return set(self.changed(live, unit, [] if asks_for_value(unit) else codes, counting=False))

    def puts_once(self, codes: Iterable[CodeType]) -> bool:
        """Whether functions put no more than one thing somewhere, taken together."""
        nodes = (self.definition(code) for code in codes)
        return sum(len(self._puts_of(node)) for node in nodes if node is not None) <= 1

    def makes_places(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> bool:
        """Whether a unit, or a function that ran in it, makes the list or dictionary first in which an entry goes."""
        return any(makes_places(node) for _, node, _ in self._places(live, unit, codes))

    def is_made_by(self, live: LiveModule, unit: Unit, namespace: dict[str, Any], chain: Chain) -> bool:
        """Whether a unit made an object, or the one that has it, by calling its class: to do it again makes another.

        So does a class statement, of what stands in it.
        """
        if isinstance(unit.node, ast.ClassDef):
            return not class_members(unit.node).keys().isdisjoint(chain[1:])
        value = first_call(_given_to(chain[0], unit.node))
        called = chain_of(value.func) if isinstance(value, ast.Call) and not fetches(value) else None
        maker = self.program.value(live.namespace, called) if called else None
        along = (self.program.value(namespace, chain[:end]) for end in range(1, len(chain) + 1))
        kind = next((type(value) for value in along if not is_a(value, ModuleType)), ModuleType)
        if is_a(maker, type):
            return inherits(kind, maker)
        if called is None or maker is MISSING:
            return False
        if is_a(maker, FunctionType) and self.program.follows(maker):
            return True
        return _package(getattr(maker, "__module__", None)) == _package(kind.__module__)  # `numpy.zeros(3)`

    def _places(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> Iterator[Place]:
        """The unit, and the functions that ran in it."""
        yield live.namespace, unit.node, frozenset()
        for code in codes:
            if (found := self.definition(code)) is not None:
                hidden = frozenset(code.co_varnames) | frozenset(code.co_cellvars) | frozenset(code.co_freevars)
                yield self.program.namespace_of_file(code.co_filename), found, hidden

    def _taken_in(
        self, namespace: dict[str, Any], effect: Effect, obj: Any, codes: list[CodeType], *, empty_too: bool
    ) -> Iterator[Chain]:
        """The chain of an object that took something in; of a class, that of its container."""
        is_class = is_a(obj, type)
        rests: Iterable[Chain] = ()
        if type(obj).__module__ in _IN_C and effect.method:
            yield effect.target
            return
        if effect.method in _OF_ITEMS and self._is_of_others(obj):
            yield effect.target
            return
        if not (self._is_own_class(obj) if is_class else is_plain_instance(obj)):
            return
        if not effect.method:
            yield from self._taken_in_by(namespace, effect, obj, codes, empty_too=empty_too)
            return
        member = attribute(obj if is_class else type(obj), effect.method)
        own = [function for function in callables(member) if self.program.follows(function)]
        parts = [obj, *(value for value in list(state_of(obj).values()) if is_plain_instance(value))]
        if own or any(map(self._is_own_class, family_of(obj))):  # `parser.feed(text)` of a base calls methods of ours
            called = dict.fromkeys([*codes, *(function.__code__ for function in own)])
            rests = [rest for code in called for rest in self._by_method(code, parts, empty_too=empty_too)]
            rests += [rest for code in codes for rest in self._by_callback(code, obj, empty_too=empty_too)]
        if not own and not rests:
            holds = effect.method.startswith(PUTS) and (empty_too or any(containers_of(obj, DEPTH)))
            holds |= effect.method.startswith(_SETS)
            rests = ((),) if holds and not is_class else ()
        for rest in rests:
            yield (*effect.target, *rest) if is_class else effect.target

    def _taken_in_by(
        self, namespace: dict[str, Any], effect: Effect, obj: Any, codes: list[CodeType], *, empty_too: bool
    ) -> Iterator[Chain]:
        """The same where a function gets the object: it puts something into it, or has a method of it do that."""
        called = list(self.calling.called(namespace, effect.called))
        if not called and not is_a(obj, type):  # `xml.sax.parse(file, handler)` calls methods of the handler
            found = (rest for code in codes for rest in self._by_method(code, [obj], empty_too=empty_too))
            yield from (effect.target for _ in found)
        for function, skip in called:
            name = effect.keyword or "".join(function.__code__.co_varnames[effect.place + skip :][:1])
            place = function.__code__.co_varnames.index(name) if name in function.__code__.co_varnames else -1
            for rest in self._by_parameter(function.__code__, place, [obj], empty_too=empty_too):
                yield (*effect.target, *rest) if is_a(obj, type) else effect.target
            callee = Callee(function.__code__, function.__globals__, skip)
            for asked in self.handing.asked_by(callee, MayRun(codes)):
                chain = (*effect.target, *asked.rest)
                if asked.name == name and self.handing.takes_in(self.program.value(namespace, chain), asked.method):
                    inner = Effect(chain, asked.method)
                    value = self.program.value(namespace, chain)
                    yield from self._taken_in(namespace, inner, value, codes, empty_too=empty_too)

    def taken_in(self, obj: Any, codes: Iterable[CodeType]) -> Iterator[Chain]:
        """The attributes of an object into which its methods, where they are among these functions, put something."""
        parts = [obj, *(value for value in list(state_of(obj).values()) if is_plain_instance(value))]
        for code in codes:
            if code.co_name != "__init__":  # which makes another one
                yield from self._by_method(code, parts, empty_too=True, counting=True)

    def _is_of_others(self, obj: Any) -> bool:
        """Whether an object that takes items is neither a plain container, nor does its class say how it takes them."""
        if is_a(obj, (*_LENGTH, type, ModuleType, FunctionType)):
            return False
        functions = [f for name in _OF_ITEMS for f in callables(attribute(type(obj), name))]
        return not any(self.program.follows(function) for function in functions)

    def _is_own_class(self, cls: type) -> bool:
        record = self.program.records.get(cls.__module__)
        return record is not None and record.mine

    def _by_method(
        self, code: CodeType, parts: list[Any], *, empty_too: bool, counting: bool = False
    ) -> Iterator[Chain]:
        """What a method that ran puts something into, of objects one of which it belongs to."""
        cls = class_of(code, self.program.namespace_of_file(code.co_filename)) if code.co_argcount else None
        owners = [part for part in parts if cls in family_of(part)]
        yield from self._by_parameter(code, 0, owners, empty_too=empty_too, counting=counting)

    def _by_callback(self, code: CodeType, obj: Any, *, empty_too: bool) -> Iterator[Chain]:
        """What a function that ran puts something into of an object that it may have been called with: `hook(self)`."""
        cls = class_of(code, self.program.namespace_of_file(code.co_filename))
        for place in range(0 if cls is None else 1, code.co_argcount):
            yield from self._by_parameter(code, place, [obj], empty_too=empty_too)

    def _by_parameter(
        self, code: CodeType, place: int, owners: list[Any], *, empty_too: bool, counting: bool = False
    ) -> Iterator[Chain]:
        """The attributes (and theirs) of what a function gets that it puts something into, and that hold something."""
        node = self.definition(code) if owners and 0 <= place < code.co_argcount else None
        within = code.co_qualname.split(".")[-2:-1]  # the class whose private names these are
        for chain in self._puts_of(node, counting=counting) if node is not None else ():
            if chain[0] == code.co_varnames[place]:
                rest = tuple(mangled(within[0], name) for name in chain[1:]) if within else chain[1:]
                sizes = [size for owner in owners if (size := _size(owner, rest)) is not None]
                if any(sizes) or (sizes and empty_too):
                    yield rest

    def _puts_of(self, node: ast.AST, *, counting: bool = False) -> tuple[Chain, ...]:
        if (known := self._puts.get((node, counting))) is None:
            is_function = isinstance(node, FUNCTIONS)
            found = puts_into(body(node) if is_function else node, counting=counting or not is_function)
            known = self._puts[node, counting] = tuple(found)
        return known

    def _effects_of(self, node: ast.AST) -> tuple[Effect, ...]:
        if (known := self._effects.get(node)) is None:
            inside = [*effects(body(node)), *decorating(body(node))] if isinstance(node, FUNCTIONS) else effects(node)
            known = self._effects[node] = tuple(inside)
        return known


def _given_to(name: str, node: ast.stmt) -> ast.expr | None:
    """What an assignment gives a name: of `a, b = [], Till()` its own part, where the statement tells that apart."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(values):
            if not any(isinstance(each, ast.Starred) for each in names + values):
                parts = zip(names, values, strict=True)
                return next((value for each, value in parts if isinstance(each, ast.Name) and each.id == name), None)
    return node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None


def _sets(effect: Effect, other: Effect) -> bool:
    """Whether a call sets the very context variable that another one sets: then the value that it had goes."""
    return effect.method == "set" and effect.target == other.target


def _package(module: object) -> str | None:
    return module.partition(".")[0] if is_a(module, str) else None


def makes_places(node: ast.AST) -> bool:
    """`table.setdefault(name, []).append(x)`, or `table[name] = []`."""
    for child in own_nodes(body(node) if isinstance(node, FUNCTIONS) else node):
        if isinstance(child, ast.Attribute) and child.attr == "setdefault":
            return True
        if isinstance(child, ast.Assign) and any(isinstance(target, ast.Subscript) for target in child.targets):
            value = child.value
            name = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
            if isinstance(value, (ast.List, ast.Dict)) or name in _MAKES:
                return True
    return False


def _size(obj: Any, chain: Chain) -> int | None:
    """How much what stands at the end of a chain of attributes holds; None if it is no container."""
    for name in chain:
        found = attribute(obj, name)
        obj = attribute(type(obj), name) if found is MISSING and not is_a(obj, type) else found
    if obj is MISSING or is_a(obj, (type, ModuleType, FunctionType)):
        return None
    length = next((length for kind, length in _LENGTH.items() if is_a(obj, kind)), None)
    if length is not None:
        return length(obj)
    return sum(map(len, containers_of(obj, 1))) if type(obj).__module__ in WEAK else None
