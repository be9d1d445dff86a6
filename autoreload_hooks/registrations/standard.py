"""Registrations with the standard library, and the way back that each part of it offers itself.

It must never guess which of several alike registrations a statement made: then nothing is taken back.
"""

from __future__ import annotations

import abc
import ast
import atexit
import logging
import signal
import sys
import typing
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import clear_all_abc_caches, unregister_virtual
from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.outline import Chain, Unit, chain_of
from autoreload_hooks.transaction import MISSING, Transaction

from .earlier import Earlier, is_one
from .taking import Taking

if TYPE_CHECKING:
    from autoreload_hooks.program import LiveModule, Program


def take_back(
    program: Program, tx: Transaction, live: LiveModule, unit: Unit, taking: Taking, earlier: Earlier
) -> None:
    """Take back what the call of a statement, or its decorators, registered; names may have held others then."""
    node = unit.node
    calls = [node.value] if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else []
    for call in calls:
        function, owner = _called(program, live, chain_of(call.func))
        if (way := _way_back(function)) is not None:
            way(Call(program, tx, live, call, owner, taking, earlier))
    for decorator in getattr(node, "decorator_list", ()):
        function, _ = _called(program, live, chain_of(decorator))
        value = live.namespace.get(getattr(node, "name", ""), MISSING)
        if function is atexit.register and value is not MISSING:
            _take_back_exit(tx, value)
        if isinstance(decorator, ast.Call) and decorator.args and isinstance(decorator.args[0], ast.Constant):
            _take_back_accessor(program, tx, live, decorator, value)


def _called(program: Program, live: LiveModule, chain: Chain | None) -> tuple[Any, Any]:
    """What a chain of names calls, and the object whose method it is, without running code of the user."""
    if chain is None:
        return MISSING, None
    function = program.value(live.namespace, chain)
    if function is not MISSING or len(chain) == 1:
        return function, None
    owner = program.value(live.namespace, chain[:-1])
    kinds = type.__dict__["__mro__"].__get__(type(owner))
    return next((kind.__dict__[chain[-1]] for kind in kinds if chain[-1] in kind.__dict__), MISSING), owner


class Call:
    """A call that stands alone in a module: what it called, and with what."""

    def __init__(
        self,
        program: Program,
        tx: Transaction,
        live: LiveModule,
        node: ast.Call,
        owner: Any,
        taking: Taking,
        earlier: Earlier,
    ) -> None:
        self.program = program
        self.tx = tx
        self.live = live
        self.node = node
        self.owner = owner  #: the object whose method is called
        self.taking = taking
        self.earlier = earlier

    def value(self, place: int) -> Any:
        """An argument that is a name or a chain of names; or MISSING."""
        argument = self.node.args[place] if place < len(self.node.args) else None
        return self.program.value(self.live.namespace, chain_of(argument) or ("",)) if argument else MISSING

    def values(self, place: int) -> list[Any]:
        """The same with what the name held before."""
        argument = self.node.args[place] if place < len(self.node.args) else None
        chain = chain_of(argument) if argument is not None else None
        return self.earlier.values(self.live, chain) if chain else []

    def take_out(self, existing: list[Any]) -> None:
        """Take the argument, or what it was, out of those that are registered; what comes again goes to its place."""
        given = [*self.values(0), self.made_here(existing)]
        self.taking.drop(existing, [i for i, each in enumerate(existing) if any(is_one(each, one) for one in given)])

    def made_here(self, existing: list[Any]) -> Any:
        """The argument, also where it is made on the spot (`addHandler(StreamHandler())`); or MISSING.

        If there are as many objects of that class as such statements in the module, they stand in the same order.
        """
        if not self.node.args or not isinstance(argument := self.node.args[0], ast.Call):
            return self.value(0)
        kind = self.program.value(self.live.namespace, chain_of(argument.func) or ("",))
        alike = [each for each in existing if type(each) is kind]
        statements = [call for call in self._calls() if self._is_alike(call, argument)]
        place = next((place for place, call in enumerate(statements) if call is self.node), None)
        return alike[place] if place is not None and len(alike) == len(statements) else MISSING

    def _calls(self) -> Iterator[ast.Call]:
        for unit in self.live.outline.units:
            if isinstance(unit.node, ast.Expr) and isinstance(unit.node.value, ast.Call):
                yield unit.node.value

    def _is_alike(self, call: ast.Call, argument: ast.Call) -> bool:
        """Does another statement make an object of the same class, and give it to the same method?"""
        if chain_of(call.func) != chain_of(self.node.func) or not call.args:
            return False
        return isinstance(call.args[0], ast.Call) and chain_of(call.args[0].func) == chain_of(argument.func)


def _way_back(function: Any) -> Callable[[Call], None] | None:
    """What takes back a call of this function."""
    return next((way for known, way in _WAYS.items() if function is known), None)


def _take_back_accessor(program: Program, tx: Transaction, live: LiveModule, call: ast.Call, value: Any) -> None:
    """`@register_dataframe_accessor("geo")`: pandas has set a descriptor on the class, which knows the accessor."""
    function, _ = _called(program, live, chain_of(call.func))
    name = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    if not str(getattr(function, "__module__", "")).startswith("pandas.") or not isinstance(name, str):
        return
    for kind in ("DataFrame", "Series", "Index"):
        cls: Any = getattr(sys.modules["pandas"], kind)
        held = cls.__dict__.get(name)
        if getattr(held, "_accessor", None) is value:
            tx.do(partial(delattr, cls, name), partial(setattr, cls, name, held))
            tx.do(partial(cls._accessors.discard, name), partial(cls._accessors.add, name))


def _take_back_exit(tx: Transaction, function: Any) -> None:
    tx.do(partial(atexit.unregister, function), partial(atexit.register, function))


def _exit(call: Call) -> None:
    for function in call.values(0):
        if function is not MISSING:
            _take_back_exit(call.tx, function)


def _virtual_subclass(call: Call) -> None:
    cls = call.value(0)
    if is_a(cls, type) and isinstance(call.owner, abc.ABCMeta):
        call.tx.on_undo(unregister_virtual(call.owner, cls))
        clear_all_abc_caches()


def _handler(call: Call) -> None:
    if isinstance(call.owner, logging.Logger):
        call.take_out(call.owner.handlers)


def _filter(call: Call) -> None:
    if isinstance(call.owner, logging.Filterer):
        call.take_out(call.owner.filters)


def _signal(call: Call) -> None:
    """Python's own handler comes back, if the statement's is still there."""
    number = call.value(0)
    now = signal.getsignal(number) if isinstance(number, int) else None
    if not callable(now) or not any(is_one(each, now) for each in call.values(1)):
        return
    own = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    try:
        call.tx.do(partial(signal.signal, number, own), partial(signal.signal, number, now))
    except ValueError:  # only the main thread may
        return


def _warnings(call: Call) -> None:
    """Find out which entry the call makes, and drop that."""
    arguments = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    if not all(isinstance(each, ast.Constant) or chain_of(each) for each in arguments):
        return
    code = compile(ast.Expression(call.node), "<warnings>", "eval")
    try:
        with warnings.catch_warnings():
            warnings.resetwarnings()
            eval(code, call.live.namespace.copy())
            made = list(warnings.filters)
    except Exception:  # its arguments are no longer what they were
        return
    before = list(warnings.filters)
    for entry in made:
        if entry in before:
            call.tx.do(partial(set_filters, [e for e in before if e != entry]), partial(set_filters, before))


def set_filters(entries: list[Any]) -> None:
    """Set the filters; entering and leaving the context tells the interpreter that they have changed."""
    filters: Any = warnings.filters
    filters[:] = entries
    with warnings.catch_warnings():
        pass


_WAYS: Final[dict[Any, Callable[[Call], None]]] = {
    atexit.register: _exit,
    abc.ABCMeta.register: _virtual_subclass,
    logging.Logger.addHandler: _handler,
    logging.Filterer.addFilter: _filter,
    signal.signal: _signal,
    warnings.filterwarnings: _warnings,
    warnings.simplefilter: _warnings,
}
"""Functions that register something, and what takes that back."""


# ---- overloads, which `typing` keeps by module, qualified name and line


class Overloads:
    """The overloads of edited modules, in the books of `typing`."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self._books: list[dict[int, Any]] = []

    def follow(self, module: str, gone: set[int]) -> None:
        """Enter overloads under the lines where they stand now; leave out those whose code (by id) is `gone`."""
        modules: Any = getattr(typing, "_overload_registry", {})
        for book in list(modules.get(module, {}).values()):
            functions = [each for each in book.values() if id(_function(each).__code__) not in gone]
            after = {_function(each).__code__.co_firstlineno: each for each in functions}
            self._books.append(book)
            if list(after) != list(book):
                self._refill(book, after)

    def sort(self) -> None:
        """Have overloads that were entered again stand in the order of their lines."""
        for book in self._books:
            if list(book) != sorted(book):
                self._refill(book, dict(sorted(book.items())))

    def _refill(self, book: dict[int, Any], entries: dict[int, Any]) -> None:
        self.tx.do(partial(_fill, book, entries), partial(_fill, book, dict(book)))


def _function(overload: Any) -> FunctionType:
    found: FunctionType = getattr(overload, "__func__", overload)
    return found


def _fill(book: dict[int, Any], entries: dict[int, Any]) -> None:
    book.clear()
    book.update(entries)
