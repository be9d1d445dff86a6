"""Iterators and random generators that statements draw from: what one has taken is gone for those that come after.

So if one of them runs again, what it draws from is made anew, and all that draw from it do so in order.
It must never make anew what functions draw from as well, unless it is random: what a counter has given is state.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import BuiltinFunctionType, MethodType, ModuleType
from typing import Any, Final

from autoreload_hooks.outline import Chain, Unit, chain_of, own_nodes
from autoreload_hooks.planning import Run
from autoreload_hooks.program import LiveModule, attribute, is_a, module_namespace, with_nested
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .context import Context

READERS: Final = ("read", "readline", "readlines")
"""The methods of files that take something from them."""
SEED: Final = "seed"
"""How a function is called that has a random generator begin anew."""
_ITERATORS: Final = frozenset({"builtins", "itertools", "_csv", "_io"})
"""The modules of iterators that are made of nothing but their arguments; a cursor of a database is more."""
_RANDOM: Final = frozenset({("random", "Random"), ("_generator", "Generator"), ("mtrand", "RandomState")})
"""Random generators of Python and of numpy: the last part of the module, and the class."""


class Drawing:
    """What is drawn from in one reload."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda

    def begin_anew(self, live: LiveModule, *units: Unit | None) -> bool:
        """Have what these units draw from made anew, if it has not been; whether anything is to run first.

        They are a unit that is about to run, or has gone, and what it takes the place of.
        """
        waits = False
        readers = self.context.readers
        for unit in filter(None, units):
            for chain in set(self._drawn_by(live, unit)):
                maker = self.context.registrations.makers.of(live.namespace, chain, readers)
                if maker is None or maker[1] in units or maker[1] in self.agenda.count:
                    continue
                if is_random(self._value(live, chain)) or not self._is_drawn_by_functions(maker[0], maker[1]):
                    self.agenda.schedule(Run(maker[0].name, maker[1], f"{unit.label} draws from it"))
                    waits = waits or maker[1] in self.agenda.runs
        return waits

    def was_seeded(self, live: LiveModule, unit: Unit) -> None:
        """A unit has run: if it seeds a generator that all share, as `random.seed(3)` does, those below draw again."""
        seeded = [each for chain in unit.calls if chain[-1] == SEED for each in self._seeded_by(live, chain)]
        if not seeded:
            return
        readers, program = self.context.readers, self.context.program
        for each in readers.units(live)[unit.index + 1 :]:
            called = [self._value(live, chain) for chain in each.calls]
            for code in readers.codes_in(live, each):
                space = program.namespace_of_file(code.co_filename)
                called += [program.value(space, chain) for chain in program.reads_of(code)]
            if any(_bound_to(value) is generator for value in called for generator in seeded):
                self.agenda.schedule(Run(live.name, each, f"{unit.label} ran"))

    def _seeded_by(self, live: LiveModule, chain: Chain) -> Iterator[Any]:
        """The generators that a function seeds: its own, or, as `numpy.random.seed` has none, those of its module."""
        module = self._value(live, chain[:-1]) if len(chain) > 1 else MISSING
        beside = module_namespace(module).values() if is_a(module, ModuleType) else ()
        own = _bound_to(self._value(live, chain))
        yield from filter(is_random, [own] if own is not MISSING else map(_bound_to, list(beside)))

    def _drawn_by(self, live: LiveModule, unit: Unit) -> Iterator[Chain]:
        """The chains of the iterators and random generators from which a unit draws itself."""
        if unit.is_import or not any(map(self._may_be_drawn_from, self._values(live, unit))):
            return
        for node in own_nodes(unit.node):
            for taken, method in _taken(node):
                chain = chain_of(taken)
                value = self._value(live, chain) if chain else MISSING
                if chain and self._may_be_drawn_from(value) and _draws(value, method):
                    yield chain

    def _values(self, live: LiveModule, unit: Unit) -> Iterator[Any]:
        for chain in unit.reads:
            yield from (self._value(live, chain[:end]) for end in range(1, len(chain) + 1))

    def _value(self, live: LiveModule, chain: Chain) -> Any:
        return self.context.program.value(live.namespace, chain)

    def _may_be_drawn_from(self, value: Any) -> bool:
        """Whether a value is an iterator, of Python's or of the user's own, or a random generator."""
        if is_random(value):
            return True
        if is_a(value, type) or attribute(type(value), "__next__") is MISSING:
            return False
        module = type(value).__module__
        record = self.context.program.records.get(module)
        return module in _ITERATORS or (record is not None and record.mine)

    def _is_drawn_by_functions(self, home: LiveModule, maker: Unit) -> bool:
        """Whether functions mention a name that a unit gives: they may have drawn from it ever since."""
        readers = self.context.readers
        for name in maker.binds:
            for live in {id(each): each for each in (home, *readers.mentioning(name))}.values():
                for unit in readers.units(live):
                    if unit.mentions(name) and any(name in code.co_names for code in with_nested(unit.functions)):
                        return True
        return False


def is_random(value: Any) -> bool:
    """Whether a value is a random generator."""
    kinds = type.__getattribute__(type(value), "__mro__")
    named = ((kind.__module__, kind.__name__) for kind in kinds[:-1])
    return any(type(module) is str and (module.rpartition(".")[2], name) in _RANDOM for module, name in named)


def _bound_to(function: Any) -> Any:
    """What a method is bound to, as `random.choice` is to the generator that all share."""
    return function.__self__ if is_a(function, (MethodType, BuiltinFunctionType)) else MISSING


def _taken(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """What some syntax takes the entries of, hands to a call, or calls a method of, which is named then."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            yield node.func.value, node.func.attr
        yield from ((each, "") for each in node.args)
    elif isinstance(node, (ast.For, ast.comprehension)):
        yield node.iter, ""
    elif isinstance(node, (ast.Starred, ast.YieldFrom)) or (
        isinstance(node, ast.Assign) and any(isinstance(each, (ast.Tuple, ast.List)) for each in node.targets)
    ):
        yield node.value, ""


def _draws(value: Any, method: str) -> bool:
    """Whether to call a method of something, or to hand it on, takes something from it."""
    if is_random(value):
        return method != ""
    return method in READERS if type(value).__module__ == "_io" and method else True
