"""Which units went through the names of a class: what it has or lacks counts for them, whichever name it is.

It must never change anything, nor run code of the user.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import EnumType
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.bytecode import asks_for_kind, goes_through_items
from autoreload_hooks.outline import Unit, chain_of, own_nodes
from autoreload_hooks.program import (
    LiveModule,
    class_of,
    family_of,
    gives_computed_values,
    is_a,
    module_namespace,
)

from .targets import plain_entries

if TYPE_CHECKING:
    from .readers import Readers

LISTS: Final = frozenset({"dir", "getmembers", "getmembers_static"})
"""What lists all names of an object, those of its class with them."""
_INSPECTS: Final = frozenset(
    {
        *("get_type_hints", "get_annotations", "fields", "fields_dict", "asdict"),
        *("__annotations__", "__dataclass_fields__", "__members__"),
        *("model_json_schema", "model_fields", "schema", "schema_json", "TypeAdapter", "create_model"),
    }
)
"""What looks at the fields, members and annotations of a class, of the libraries that are known to."""
_INSPECTS_CALLS: Final = frozenset(
    {
        *("signature", "getfullargspec", "get_type_hints", "get_annotations", "Depends", "Security"),
        *("iscoroutinefunction", "isgeneratorfunction", "isasyncgenfunction"),
        *("__defaults__", "__kwdefaults__", "__code__", "__annotations__"),
    }
)
"""What looks at the signature of a function, or at what a call of it gives."""
_DICTIONARY: Final = frozenset({"vars", "__dict__"})
_OF_CLASSES: Final = frozenset({"type", "__class__", "__mro__", "mro"})
_ASKS: Final = frozenset({"getattr", "hasattr", "getattr_static", "attrgetter", "methodcaller"})
_PREFIX: Final = 2  #: so many letters of a name at least are written out where the rest is computed


def going_through(readers: Readers, owner: type, name: str) -> Iterator[tuple[LiveModule, Unit]]:
    """The units that listed the names of a class, of one below it or of an instance; or asked by a computed name.

    Such as what a metaclass or an `__init_subclass__` does with `dir(cls)`, or `getattr(cls, "on_" + event)`.
    """
    for live, unit in readers.askers.looking_through():
        if unit not in readers.looks:
            readers.looks[unit] = _looks(unit)
        if readers.looks[unit] and readers.reaches(live.namespace, unit.reads, owner):
            yield live, unit
    if _is_found_by_library(readers, owner, name):
        yield from readers.of_methods(owner)
    for code, units in readers.looking_codes():
        space = readers.namespace_of(code)
        cls = class_of(code, space)
        if _lists(code, cls) or _asks(readers, code, name):
            for live, unit in units:
                if readers.has_to_do_with(live, unit, owner) or _hands_whole(readers, live, unit, owner):
                    yield live, unit


def _hands_whole(readers: Readers, live: LiveModule, unit: Unit, cls: type) -> bool:
    """Whether a statement hands all names of a module to a function, a class among them: `relabel(globals())`."""
    for call in (node for node in own_nodes(unit.node) if isinstance(node, ast.Call) and (node.args or node.keywords)):
        for given in (*call.args, *(keyword.value for keyword in call.keywords)):
            if any(value is cls for value in _names_handed(readers, live, given).values()):
                return True
    return False


def _names_handed(readers: Readers, live: LiveModule, given: ast.expr) -> dict[str, Any]:
    """The names of a module that an expression stands for: `globals()`, `vars(module)`, `module.__dict__`."""
    match given:
        case ast.Call(func=ast.Name("globals" | "locals" | "vars"), args=[]):
            return live.namespace
        case ast.Call(func=ast.Name("vars"), args=[owner]) | ast.Attribute(value=owner, attr="__dict__"):
            value = readers.program.value(live.namespace, chain) if (chain := chain_of(owner)) else None
            return module_namespace(value) if is_a(value, ModuleType) else {}
        case _:
            return {}


def _is_found_by_library(readers: Readers, cls: type, name: str) -> bool:
    """Whether a base from elsewhere looks for names that begin like this one: `visit_` of `ast.NodeVisitor`."""
    if "_" not in name:
        return False
    records = readers.program.records
    foreign = [base for base in cls.__mro__[1:] if (found := records.get(base.__module__)) is None or not found.mine]
    entries = (value for base in foreign for value in type.__getattribute__(base, "__dict__").values())
    functions = (value for value in entries if type(value) is FunctionType)
    asking = (each.__code__ for each in functions if not _ASKS.isdisjoint(_names(each.__code__)))
    return any(text.endswith("_") and name.startswith(text) for code in asking for text in _texts(code))


def listing_subclasses(readers: Readers, cls: type) -> Iterator[tuple[LiveModule, Unit]]:
    """The units that asked a base of a class for its subclasses, themselves or in functions that ran in them."""
    bases = cls.__mro__[1:-1]
    for live in readers.mentioning(_SUBCLASSES):
        for unit in readers.units(live):
            if _SUBCLASSES in unit.attributes and any(readers.reaches(live.namespace, unit.reads, b) for b in bases):
                yield live, unit
    for code, units in readers.looking_codes():
        if _SUBCLASSES in _names(code):
            for live, unit in units:
                if any(readers.has_to_do_with(live, unit, base) for base in bases):
                    yield live, unit


def inspecting(readers: Readers, obj: Any) -> Iterator[tuple[LiveModule, Unit]]:
    """The units that have the signature, fields or members of a function or class read, by whatever inspects it."""
    iterates = issubclass(type(obj), EnumType)
    inspects = _INSPECTS if issubclass(type(obj), type) else _INSPECTS_CALLS
    for live, unit in readers.anywhere(obj.__module__, obj.__qualname__.partition(".")[0]):
        if live.name == obj.__module__ and obj.__qualname__.partition(".")[0] in unit.binds:
            continue
        codes = readers.codes_in(live, unit)
        if any(not inspects.isdisjoint(chain) for chain in unit.reads) or any(
            not inspects.isdisjoint(_names(code)) or (iterates and goes_through_items(code)) for code in codes
        ):
            yield live, unit


def asking_for_kind(readers: Readers, cls: type) -> Iterator[tuple[LiveModule, Unit]]:
    """The units that computed something of a class or an instance, and looked at what class it is of on the way."""
    for live in readers.program.mine():
        held = [name for name, value in list(live.namespace.items()) if _is_one(cls, value)]
        for owner, unit in [each for name in held for each in readers.anywhere(live.name, name)]:
            if (not unit.binds or gives_computed_values(owner.namespace, unit.binds)) and (
                any(asks_for_kind(code) for code in (unit.code, *readers.codes_in(owner, unit)))
                or any(_is_dispatched(readers.program.value(owner.namespace, chain)) for chain in unit.calls)
            ):
                yield owner, unit


def _is_one(cls: type, value: Any) -> bool:
    """Whether a value is a class or one below it, or an instance, or a container with one among its first entries."""
    return any(base is cls for each in (value, *plain_entries(value)) for base in family_of(each))


def _is_dispatched(value: Any) -> bool:
    """Whether a value is a `singledispatch` function."""
    return type(value) is FunctionType and "dispatch" in value.__dict__ and "registry" in value.__dict__


def looks(code: CodeType) -> bool:
    """A quick no: a function that has none of the means to go through names."""
    return not _MEANS.isdisjoint(_names(code))


_SUBCLASSES: Final = "__subclasses__"
_MEANS: Final = LISTS | _DICTIONARY | _ASKS | {_SUBCLASSES}


def _names(code: CodeType) -> frozenset[str]:
    """The names that a function and the comprehensions in it mention."""
    inner = (const for const in code.co_consts if isinstance(const, CodeType) and const.co_name[0] == "<")
    return frozenset(code.co_names).union(*map(_names, inner))


def _lists(code: CodeType, cls: type | None) -> bool:
    """Whether a function lists names that may be those of a class: in a method, `self.__dict__` is the instance's."""
    mentioned = _names(code)
    if not LISTS.isdisjoint(mentioned):
        return True
    if _DICTIONARY.isdisjoint(mentioned):
        return False
    of_instance = (
        cls is not None
        and not issubclass(cls, type)
        and is_a(type.__getattribute__(cls, "__dict__").get(code.co_name), FunctionType)
    )
    return not (of_instance and _OF_CLASSES.isdisjoint(mentioned))


def _asks(readers: Readers, code: CodeType, name: str) -> bool:
    """Whether a function asks for names in strings, and this one may be among them."""
    if _ASKS.isdisjoint(_names(code)):
        return False
    return any(_begins_or_ends(name, text) for text in _texts(code)) or readers.is_quoted_near(code, name)


def lists_or_asks(code: CodeType, name: str) -> bool:
    """Whether a function goes through the names of something, or asks for one that it has as a text."""
    mentioned = _names(code)
    if not LISTS.isdisjoint(mentioned) or not _DICTIONARY.isdisjoint(mentioned):
        return True
    return not _ASKS.isdisjoint(mentioned) and any(_begins_or_ends(name, text) for text in _texts(code))


def _begins_or_ends(name: str, text: str) -> bool:
    return text == name or (len(text) >= _PREFIX and (name.startswith(text) or name.endswith(text)))


def _texts(code: CodeType) -> Iterator[str]:
    for const in code.co_consts:
        if isinstance(const, str):
            yield const
        elif isinstance(const, (tuple, frozenset)):
            yield from (each for each in const if isinstance(each, str))
        elif isinstance(const, CodeType) and const.co_name[0] == "<":
            yield from _texts(const)


def _looks(unit: Unit) -> bool:
    """Whether a statement itself lists names, or asks by a name that is not written out."""
    for node in own_nodes(unit.node):
        if isinstance(node, ast.Attribute) and node.attr == "__dict__":
            return True
        if isinstance(node, ast.Call):
            name = (chain_of(node.func) or ("",))[-1]
            if name in LISTS or name == "vars":
                return True
            if name in _ASKS and not (len(node.args) > 1 and isinstance(node.args[1], ast.Constant)):
                return True
    return False
