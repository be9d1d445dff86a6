"""Which units read a name, ran a function or looked at an attribute.

It must never change anything, nor run code of the user: it looks only where looking runs nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from types import CodeType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.outline import Chain, Outline, Unit, imports, mentions_attribute
from autoreload_hooks.program import LiveModule, Program, absolute, module_namespace, with_nested

from .edits import ModuleEdit

ENTRIES: Final = 1000  #: how many entries of a container are looked at
LOOKERS: Final = frozenset({"vars", "dir", "getmembers", "__dict__", "getattr", "hasattr"})
"""What a function uses to go through the names of a module, or to ask for a name that it is told."""
LOOKS_THROUGH_TEXTS: Final = ("vars(", "dir(", "getmembers(", "__dict__", "getattr(", "hasattr(")
LOOKS_THROUGH: Final = re.compile(
    r"""\b(?:vars|dir|getmembers)\(|__dict__|\b(?:get|has)attr\(\s*[\w.]+\s*,\s*(?!["'])"""
)
"""A statement in which something of the kind is done; a name that is written out is read by itself."""
IMPORTS_TEXT: Final = re.compile(r"\b(?:import_module|__import__)\(")


@dataclass(frozen=True, slots=True)
class Asking:
    """A unit that may ask some module for a name."""

    live: LiveModule
    unit: Unit
    chains: list[Chain] = field(default_factory=list)  #: what it reads with the name somewhere behind the first
    by_text: bool = False  #: whether it imports what it names in a string
    entries: bool = False  #: whether it may have the module from a container
    through: bool = False  #: whether it goes through all names of something


@dataclass(frozen=True, slots=True)
class Places:
    """Where a name occurs, whichever module's name it may be."""

    asking: list[Asking]  #: the units that may ask modules for it
    codes: list[CodeType]  #: the functions that ran in a unit and may look at it
    inside: bool  #: whether it may be imported in a class body

    @property
    def nowhere(self) -> bool:
        """Whether it occurs nowhere."""
        return not (self.asking or self.codes or self.inside)


class Readers:
    """Which units read a name, ran a function, or looked at an attribute.

    The units of edited modules are those of the new outline; what ran in them is taken from their partners.
    """

    def __init__(self, program: Program, outlines: dict[str, Outline], edits: Iterable[ModuleEdit]) -> None:
        self.program = program
        self.outlines = outlines
        self.before = {pair.new: pair.old for edit in edits for pair in edit.pairs if pair.new and pair.old}
        self.now: dict[Unit, set[int]] = {}  #: what ran inside units that ran again in this reload
        self._by_code: dict[int, list[tuple[LiveModule, Unit]]] | None = None
        self._codes: dict[int, CodeType] = {}  # the code objects of `_by_code`, kept alive
        self._through: list[tuple[LiveModule, Unit]] | None = None
        self._lost_reads: dict[Unit, frozenset[Chain]] = {}
        self._inner_imports: dict[str, list[tuple[LiveModule, Unit, list[ast.Import | ast.ImportFrom]]]] = {}
        self._mentions: dict[str, list[LiveModule]] = {}
        self._places: dict[str, Places] = {}

    def holds(self, code: CodeType) -> bool:
        """Whether this very object is one of a code object's holders."""
        return self._by_code is not None and id(code) in self._codes

    def units(self, live: LiveModule) -> list[Unit]:
        """A module's units, by its new outline if it was edited."""
        return self.outline(live).units

    def outline(self, live: LiveModule) -> Outline:
        """What a module is made of, by its new text if it was edited."""
        return self.outlines.get(live.name) or live.outline

    def anywhere(self, module: str, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that read a module's name, under whatever name others have imported it."""
        names = [(module, name)]
        for source, local in names:
            yield from list(self.of_name(source, local))
            for each in self.program.bindings.of(source, local):
                if (each.importer, each.local) not in names:
                    names.append((each.importer, each.local))

    def of_name(self, module: str, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that read a module's name: by that name, through the module, or in functions that they ran."""
        live = self.program.module(module)
        if live is None:
            return
        if self._may_read(live, name):
            for unit in self.units(live):
                if unit.mentions(name) and any(chain[0] == name for chain in self._reads(live, unit)):
                    yield live, unit
        places = self._places_of(name)
        if places.nowhere:
            return
        if places.asking and (target := self.program.loaded(module)) is not None:
            yield from self._through_module(target, name, places.asking)
        if places.codes:
            yield from self._in_functions(live, name, places.codes)
        yield from self._in_class_bodies(module, name)

    def _reads(self, live: LiveModule, unit: Unit) -> frozenset[Chain]:
        """What a unit reads, and what functions read that it made, that ran at import and that are gone since.

        Of such a function (the `key=lambda ...` of a sort) only what it gave is left, and nothing tells what it read.
        """
        if not live.has_lost_functions:
            return unit.reads
        if (known := self._lost_reads.get(unit)) is None:
            codes = live.codes(self.before.get(unit, unit))
            lost = [code for code, now in zip_longest(unit.functions, codes) if code is not None and now is None]
            lost = [code for code in lost if code.co_name not in unit.silent]
            known = unit.reads.union(*(reads(inner) for code in lost for inner in with_nested([code])))
            self._lost_reads[unit] = known
        return known

    def may_be_read(self, live: LiveModule, name: str) -> bool:
        """Whether `of_name` may find anything: a quick no."""
        return not self._places_of(name).nowhere or self._may_read(live, name)

    def of_code(self, code: int) -> Iterator[tuple[LiveModule, Unit]]:
        """The units inside which a code object ran."""
        yield from self._index().get(code, ())

    def of_attribute(self, owner: type, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that read an attribute of a class (of a subclass, of an instance)."""
        for live in self.program.mine():
            if live.name not in self.outlines and not live.mentions_name(name):
                continue
            for unit in self.units(live):
                if any(
                    name in chain[1:] and self._asks(live.namespace, chain, owner, name) for chain in unit.reads
                ) or self._asks_members(live, unit, owner, name):
                    yield live, unit
        for code_id, units in self._index().items():
            code = self._codes.get(code_id)
            if code is not None and name in code.co_names:
                space = self._namespace_of(code)
                if _is_method_of(owner, code, space) or any(
                    self._asks(space, chain, owner, name) for chain in reads(code) if name in chain[1:]
                ):
                    yield from units

    def of_owner(self, owner: Any, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that read an attribute of this very object, themselves or in functions that they ran."""
        for live in self._mentioning(name):
            for unit in self.units(live):
                if name in unit.text and self._reads_of(live.namespace, unit.reads, owner, name):
                    yield live, unit
        for code_id, units in self._index().items():
            code = self._codes.get(code_id)
            if (
                code is not None
                and name in code.co_names
                and self._reads_of(self._namespace_of(code), reads(code), owner, name)
            ):
                yield from units

    def _reads_of(self, namespace: dict[str, Any], chains: Iterable[Chain], owner: Any, name: str) -> bool:
        """Whether one of these chains asks an object for an attribute."""
        found = (self.program.owners(namespace, chain) for chain in chains if name in chain[1:])
        return any(asked is owner and attr == name for owners in found for asked, attr in owners)

    def _asks_members(self, live: LiveModule, unit: Unit, owner: type, name: str) -> bool:
        """Whether a unit asks for the attribute of what it makes of the class, or takes from a container with it."""
        if unit.is_import or not mentions_attribute(unit.node, name):
            return False
        values = [self.program.value(live.namespace, chain) for chain in (*unit.calls, *unit.reads)]
        if any(value is owner for value in values):
            return True
        entries = [entry for value in values for entry in plain_entries(value)]
        return any(entry is owner or owner in type(entry).__mro__ for entry in entries)

    def _asks(self, namespace: dict[str, Any], chain: Chain, owner: type, name: str) -> bool:
        """Whether a chain asks a class for an attribute."""
        for asked, attr in self.program.owners(namespace, chain):
            if attr == name and owner in (asked.__mro__ if isinstance(asked, type) else type(asked).__mro__):
                return True
        return False

    def _may_read(self, live: LiveModule, name: str) -> bool:
        """A quick no: the name is nowhere loaded by the module's own level."""
        return live.name in self.outlines or live.outlined or live.loads(name)

    def _in_class_bodies(self, module: str, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The class statements in whose body the name is imported."""
        for live, unit, nodes in self._with_inner_imports(name):
            if any(
                self._is_import_of(live, node, module, name)
                or (_is_import_as_whole(node, module) and mentions_attribute(unit.node, name))
                for node in nodes
            ):
                yield live, unit

    def _with_inner_imports(self, name: str) -> list[tuple[LiveModule, Unit, list[ast.Import | ast.ImportFrom]]]:
        """The class statements that may import a name: asked once for all modules that the name passes."""
        if name not in self._inner_imports:
            lives = [live for live in self.program.mine() if live.has_inner_imports and live.mentions_name(name)]
            units = ((live, unit) for live in lives for unit in self.units(live) if unit.is_class)
            found = ((live, unit, list(imports(unit.node))) for live, unit in units)
            self._inner_imports[name] = [each for each in found if each[2]]
        return self._inner_imports[name]

    def _is_import_of(self, live: LiveModule, node: ast.Import | ast.ImportFrom, module: str, name: str) -> bool:
        if not isinstance(node, ast.ImportFrom) or all(alias.name != name for alias in node.names):
            return False
        return absolute(node.module or "", node.level, live.record.package) == module

    def _places_of(self, name: str) -> Places:
        """Where a name occurs: asked once for all modules that the name passes, until a unit runs."""
        if name not in self._places:
            index = self._index()
            codes = [code for key in index if (code := self._codes.get(key)) is not None]
            named = [code for code in codes if _may_look_at(code, name)]
            self._places[name] = Places(self._asking(name), named, bool(self._with_inner_imports(name)))
        return self._places[name]

    def _asking(self, name: str) -> list[Asking]:
        """The units that may ask modules for a name, or go through all their names."""
        found = []
        for live in self._mentioning(name):
            for unit in self.units(live):
                if unit.mentions(name):
                    chains = [chain for chain in self._reads(live, unit) if name in chain[1:]]
                    inside = mentions_attribute(unit.node, name)
                    by_text = inside and IMPORTS_TEXT.search(unit.text) is not None
                    entries = inside and ("[" in unit.text or " in " in unit.text)
                    if chains or by_text or entries:
                        found.append(Asking(live, unit, chains, by_text, entries))
        return found + [Asking(live, unit, through=True) for live, unit in self._looking_through()]

    def _through_module(self, module: ModuleType, name: str, asking: list[Asking]) -> Iterator[tuple[LiveModule, Unit]]:
        """Those of these units that ask this very module."""
        for each in asking:
            if self._asks_module(each, module, name):
                yield each.live, each.unit

    def _asks_module(self, asking: Asking, module: ModuleType, name: str) -> bool:
        """Whether a unit reads the name of the module, had from wherever: from a container, or imported by text."""
        unit, space = asking.unit, asking.live.namespace
        if asking.through:
            return self._has_whole(space, unit.reads, module)
        if asking.by_text and re.search(rf"[\"']{re.escape(module.__name__)}[\"']", unit.text):
            return True
        if any(self._is_read_of(space, chain, module, name) for chain in asking.chains):
            return True
        values = [self.program.value(space, chain) for chain in unit.reads] if asking.entries else []
        return any(entry is module for value in values for entry in plain_entries(value))

    def _looking_through(self) -> list[tuple[LiveModule, Unit]]:
        """The units that go through all names of some object, as `vars(module)` does."""
        if self._through is None:
            lives = [live for live in self.program.mine() if live.mentions(*LOOKS_THROUGH_TEXTS)]
            units = ((live, unit) for live in lives for unit in self.units(live))
            self._through = [(live, unit) for live, unit in units if LOOKS_THROUGH.search(unit.text)]
        return self._through

    def _has_whole(self, namespace: dict[str, Any], chains: Iterable[Chain], module: ModuleType) -> bool:
        """Whether one of these chains stands for the module itself."""
        wholes = (chain[:-1] if chain[-1] == "__dict__" else chain for chain in chains)
        return any(self.program.value(namespace, chain) is module for chain in wholes if chain)

    def _runs_through(self, code: CodeType, namespace: dict[str, Any], module: ModuleType) -> bool:
        """Whether a function goes through all names of a module, or asks for one that it is told."""
        names = LOOKERS.intersection(code.co_names)
        if names <= {"getattr", "hasattr"} and any(
            isinstance(const, str) and const in module_namespace(module) for const in code.co_consts
        ):
            return False
        return bool(names) and self._has_whole(namespace, reads(code), module)

    def _mentioning(self, name: str) -> list[LiveModule]:
        """The modules that may read a name as an attribute: asked once for all modules that the name passes."""
        if name not in self._mentions:
            self._mentions[name] = [live for live in self.program.mine() if live.may_ask_for(name)]
        return self._mentions[name]

    def _is_read_of(self, namespace: dict[str, Any], chain: Chain, module: ModuleType, name: str) -> bool:
        return any(asked is module and attr == name for asked, attr in self.program.owners(namespace, chain))

    def _in_functions(
        self, live: LiveModule, name: str, codes: Iterable[CodeType]
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that ran one of these functions, if it reads the name."""
        target = self.program.loaded(live.name)
        for code in codes:
            units = self._index().get(id(code), ())
            space = self._namespace_of(code)
            if target is not None and self._runs_through(code, space, target):
                yield from units
                continue
            if name not in code.co_names and not _within(code, name):
                continue
            if _imports_by_text(code, live.name):
                yield from units
                continue
            if _imports_from(code, live.name) and space is not live.namespace:
                yield from units
                continue
            for chain in reads(code):
                if (chain[0] == name and space is live.namespace) or (
                    target is not None and name in chain[1:] and self._is_read_of(space, chain, target, name)
                ):
                    yield from units
                    break

    def _namespace_of(self, code: CodeType) -> dict[str, Any]:
        return self.program.namespace_of_file(code.co_filename)

    def _index(self) -> dict[int, list[tuple[LiveModule, Unit]]]:
        """What ran where, over all modules with recordings."""
        if self._by_code is None:
            self._by_code = {}
            for live in self.program.mine():
                if self._may_have_run(live):
                    for unit in self.units(live):
                        self._enter(live, unit)
        return self._by_code

    def _may_have_run(self, live: LiveModule) -> bool:
        """Whether units of a module ran functions, as recorded; or may have run some that this reload can change."""
        if live.record.ran or live.name in self.outlines:
            return True
        if live.record.complete:
            return False
        return not self.program.imports_of(live).isdisjoint(self.outlines) or live.mentions(
            "import_module", "__import__"
        )

    def _enter(self, live: LiveModule, unit: Unit) -> None:
        source = self.before.get(unit, unit) if live.name in self.outlines else unit
        assert self._by_code is not None
        for code in self.program.ran_codes(live, source):
            self._codes[id(code)] = code
            self._by_code.setdefault(id(code), []).append((live, unit))

    def ran(self, live: LiveModule, unit: Unit, codes: Iterable[CodeType]) -> None:
        """A unit ran again in this reload, and these code objects in it."""
        index = self._index()
        self._places.clear()
        for units in index.values():
            units[:] = [entry for entry in units if entry[1] is not unit]
        for code in codes:
            self._codes[id(code)] = code
            index.setdefault(id(code), []).append((live, unit))


def _is_import_as_whole(node: ast.Import | ast.ImportFrom, module: str) -> bool:
    """Whether a statement imports a module itself, under whatever name."""
    if isinstance(node, ast.Import):
        return any(alias.name == module for alias in node.names)
    return any(alias.name == module.rpartition(".")[2] for alias in node.names)


def _is_method_of(owner: type, code: CodeType, namespace: dict[str, Any]) -> bool:
    """Whether code belongs to a class: what it reads through `self` or `cls` is that class's."""
    return code.co_qualname.startswith(f"{owner.__qualname__}.") and namespace.get("__name__") == owner.__module__


def _imports_from(code: CodeType, module: str) -> bool:
    """Whether a function may import from a module: its name, without leading dots, is among the code's."""
    return any(name == module or module.endswith(f".{name}") for name in code.co_names)


def _imports_by_text(code: CodeType, module: str) -> bool:
    """Whether a function imports a module that it names in a string."""
    return module in code.co_consts and not {"__import__", "import_module"}.isdisjoint(code.co_names)


def plain_entries(value: Any) -> list[Any]:
    """The first entries of a plain container, keys and values alike; nothing of anything else."""
    if isinstance(value, dict):
        return [entry for pair in list(value.items())[:ENTRIES] for entry in pair]
    return list(value)[:ENTRIES] if isinstance(value, (list, tuple, set, frozenset)) else []


def _may_look_at(code: CodeType, name: str) -> bool:
    """Whether a function mentions a name, or looks for names that it is told."""
    return name in code.co_names or not LOOKERS.isdisjoint(code.co_names) or _within(code, name)


def _within(code: CodeType, name: str) -> bool:
    """Whether a comprehension or class body of a code object mentions a name."""
    return any(isinstance(c, CodeType) and (name in c.co_names or _within(c, name)) for c in code.co_consts)
