"""Which units read a name, ran a function or looked at an attribute.

It must never change anything, nor run code of the user: it looks only where looking runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from types import CodeType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import inherits
from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.outline import Chain, Outline, Unit
from autoreload_hooks.program import LiveModule, Program, alive, class_of, family_of, with_nested

from .askers import Askers
from .edits import ModuleEdit
from .given import Given
from .held import Instances
from .ran import Ran
from .targets import Targets, by_name, plain_entries
from .through import looks
from .words import Words

MANGLED: Final = re.compile(r"_[^_].*?__")
"""A private name of a class, as it is in its body."""


class Readers:
    """Which units read a name, ran a function, or looked at an attribute.

    The units of edited modules are those of the new outline; what ran in them is taken from their partners.
    """

    def __init__(self, program: Program, outlines: dict[str, Outline], edits: Iterable[ModuleEdit]) -> None:
        self.program = program
        self.outlines = outlines
        self.before = {pair.new: pair.old for edit in edits for pair in edit.pairs if pair.new and pair.old}
        self._index: Ran | None = None
        self.looks: dict[Unit, bool] = {}  #: which units go through names themselves, as far as it was asked
        self._with: dict[str, list[tuple[LiveModule, Unit]]] = {}  # by name, in whose text it occurs
        self._lookers: dict[int, bool] = {}  # whether each of them may go through names, where it was asked
        self._classes: dict[int, tuple[CodeType, frozenset[tuple[str, str]]]] = {}  # by id: see `_classes_of`
        self._lost_reads: dict[Unit, frozenset[Chain]] = {}
        self._has_lost: dict[str, bool] = {}  # of modules
        self._own: dict[tuple[str, str], list[Unit]] = {}  # by module and name, who reads it there
        self.words = Words(program, outlines)
        self.askers = Askers(program, self.words, self.outline, self.reads_of)
        self.given = Given(self)
        self.instances = Instances(program)  #: who holds instances
        self._version = program.records.version  # of the modules that were asked for what follows
        self._spaces: dict[str, dict[str, Any]] = {}  # the namespaces that belong to files
        self._again: set[Unit] = set()  # the units that ran in this reload

    def holds(self, code: CodeType) -> bool:
        """Whether this very object is one of a code object's holders."""
        return self._index is not None and id(code) in self._index.codes

    def units(self, live: LiveModule) -> list[Unit]:
        """A module's units, by its new outline if it was edited."""
        return self.outline(live).units

    def outline(self, live: LiveModule) -> Outline:
        """What a module is made of, by its new text if it was edited."""
        return self.outlines.get(live.name) or live.outline

    def place_of(self, live: LiveModule, unit: Unit) -> int:
        """At which place of its module's new outline a unit stands; of one that went, at which it would."""
        if unit.module is self.outline(live):
            return unit.index
        places = [(old.index, new.index) for new, old in self.before.items() if old.module is unit.module]
        above = [(old, new) for old, new in places if old <= unit.index]
        old, new = max(above, default=(-1, -1))
        return new if old == unit.index else max((each for _, each in above), default=-1) + 1

    def anywhere(self, module: str, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that read a module's name, under whatever name others have imported it."""
        if type(module) is not str:  # what a class says of its module may be anything
            return
        names = {key: self.program.module(key[0]) for key in [(module, name), *self.program.importers_of(module, name)]}
        followed = {key: live for key, live in names.items() if live is not None}
        for local, lives in by_name(followed).items():
            for _, owner, reader in list(self.of_names(local, lives)):
                yield owner, reader

    def of_name(self, module: str, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that read a module's name: by that name, through the module, or in functions that they ran."""
        live = self.program.module(module)
        if live is not None:
            for _, reader, unit in self.of_names(name, [live]):
                yield reader, unit

    def of_names(self, name: str, lives: list[LiveModule]) -> Iterator[tuple[LiveModule, LiveModule, Unit]]:
        """The same for one name of many modules at once; each with the module that has the name."""
        for live in lives:
            if live.name in self.outlines or live.loads(name):
                for unit in self._own_readers(live, name):
                    yield live, live, unit
        targets = Targets(self.program, name, lives)
        for asking in self.askers.asking(name):
            for live in targets.asked_by(asking):
                yield live, asking.live, asking.unit
        for code in self.index.mentioning(name):
            for live in targets.looked_at(code, self.namespace_of(code), self.chains_of(code)):
                for reader, unit in self.index.units(id(code)):
                    yield live, reader, unit
        yield from self.given.of_modules(targets, name)
        for reader, unit, nodes in self.askers.with_inner_imports(name):
            for live in targets.imported_by(reader, unit, nodes):
                yield live, reader, unit

    def _own_readers(self, live: LiveModule, name: str) -> list[Unit]:
        """The units of a module that read a name of it themselves; found out once."""
        if (known := self._own.get((live.name, name))) is None:
            units = (unit for unit in self.units(live) if unit.mentions(name))
            known = [
                unit
                for unit in units
                if any(chain[0] == name for chain in self.reads_of(live, unit)) or name in unit.annotations_asked_for
            ]
            self._own[live.name, name] = known
        return known

    def chains_of(self, code: CodeType) -> frozenset[Chain]:
        """What a function reads."""
        return self.program.reads_of(code)

    def reads_of(self, live: LiveModule, unit: Unit) -> frozenset[Chain]:
        """What a unit reads, and what functions read that it made, that ran at import and that are gone since.

        Of such a function (the `key=lambda ...` of a sort) only what it gave is left, and nothing tells what it read.
        """
        if (has_lost := self._has_lost.get(live.name)) is None:
            has_lost = self._has_lost[live.name] = live.has_lost_functions
        if not has_lost:
            return unit.reads
        if (known := self._lost_reads.get(unit)) is None:
            codes = live.codes(self.before.get(unit, unit))
            lost = [code for code, now in zip_longest(unit.functions, codes) if code is not None and now is None]
            lost = [code for code in lost if code.co_name not in unit.silent]
            known = unit.reads.union(*(reads(inner) for code in lost for inner in with_nested([code])))
            self._lost_reads[unit] = known
        return known

    def of_code(self, code: int) -> Iterator[tuple[LiveModule, Unit]]:
        """The units inside which a code object ran."""
        yield from self.index.units(code)

    def of_attribute(self, owner: type, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that read an attribute of a class (of a subclass, of an instance)."""
        for live, unit in self.units_with(name):
            if (
                any(name in chain[1:] and self._asks(live.namespace, chain, owner, name) for chain in unit.reads)
                or self._asks_members(live, unit, owner, name)
                or self.given.of_class(live, unit, owner, name)
            ):
                yield live, unit
            elif name in unit.asked_by_getters:
                yield from self._users_of_getter(live, unit, owner)
        for code in self.index.mentioning(name):
            space = self.namespace_of(code)
            cls = class_of(code, space) if name in code.co_names else None
            if (cls is not None and inherits(cls, owner)) or any(
                self._asks(space, chain, owner, name) for chain in self.chains_of(code) if name in chain[1:]
            ):  # by `self`, or by `super()`
                yield from self.index.units(id(code))
            elif (cls is not None and inherits(owner, cls)) or name in self.given.asked_by(code):
                units = self.index.units(id(code))  # if it ran with such an object as `self`, or was given one
                yield from ((live, unit) for live, unit in units if self.has_to_do_with(live, unit, owner))

    def _users_of_getter(self, live: LiveModule, getter: Unit, owner: type) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that use a getter which has a name, as `price = attrgetter("price")`, and have such an object."""
        for name in getter.binds:
            for user, unit in list(self.anywhere(live.name, name)):
                if unit is not getter and self.has_to_do_with(user, unit, owner):
                    yield user, unit

    def of_methods(self, owner: type) -> Iterator[tuple[LiveModule, Unit]]:
        """The units in which methods of a class ran, and not only its constructor."""
        for key, code in list(self.index.codes.items()):
            if "." in code.co_qualname and code.co_name != "__init__":
                cls = class_of(code, self.namespace_of(code))
                if cls is not None and inherits(cls, owner):
                    yield from self.index.units(key)

    def has_to_do_with(self, live: LiveModule, unit: Unit, owner: type) -> bool:
        """Whether a unit, or a function that ran in it, reads a class, one below it, or an instance."""
        if self.reaches(live.namespace, unit.reads, owner):
            return True
        name = owner.__module__, owner.__qualname__
        return any(name in self._classes_of(code) for code in self.codes_in(live, unit))

    def _classes_of(self, code: CodeType) -> frozenset[tuple[str, str]]:
        """By module and name, the classes that a function belongs to or reads, with their bases; looked up once."""
        if id(code) not in self._classes:
            space = self.namespace_of(code)
            values = [class_of(code, space), *self.reached(space, self.chains_of(code))]
            found = (each for value in values for each in family_of(value))  # not by hash: a metaclass may have its own
            self._classes[id(code)] = code, frozenset((each.__module__, each.__qualname__) for each in found)
        return self._classes[id(code)][1]

    def reaches(self, namespace: dict[str, Any], chains: Iterable[Chain], owner: type) -> bool:
        """Whether one of these chains, or what it begins with, is a class, one below it, or an instance."""
        return any(_is_of(value, owner) for value in self.reached(namespace, chains))

    def reached(self, namespace: dict[str, Any], chains: Iterable[Chain]) -> Iterator[Any]:
        """The values of chains, of what they begin with, and the entries of plain containers among them."""
        for chain in chains:
            for value in (
                self.program.value(namespace, chain),
                *(each for each, _ in self.program.owners(namespace, chain)),
            ):
                yield value
                yield from plain_entries(value)

    def looking_codes(self) -> Iterator[tuple[CodeType, list[tuple[LiveModule, Unit]]]]:
        """The functions that ran in units and have the means to go through names; and the units."""
        for key, code in list(self.index.codes.items()):
            if key not in self._lookers:
                self._lookers[key] = looks(code)
            if self._lookers[key] and (units := self.index.units(key)):
                yield code, units

    def is_quoted_near(self, code: CodeType, name: str) -> bool:
        """Whether a name stands in quotes in the module in whose file a function stands."""
        live = self.program.module(str(self.namespace_of(code).get("__name__")))
        return live is not None and live.mentions(f'"{name}"', f"'{name}'")

    def of_owner(self, owner: Any, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that read an attribute of this very object, themselves or in functions that they ran."""
        yield from self.of_owners([owner], name)

    def of_owners(self, owners: list[Any], name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The same of one of some objects: looked for all of them at once."""
        wanted = set(map(id, owners))
        for live in self.mentioning(name):
            for unit in self.units(live):
                if name in unit.text and self._reads_of(live.namespace, unit.reads, wanted, name):
                    yield live, unit
        for code in self.index.mentioning(name):
            if name in code.co_names and self._reads_of(self.namespace_of(code), self.chains_of(code), wanted, name):
                yield from self.index.units(id(code))
        yield from ((live, unit) for _, live, unit in self.given.of_objects(owners, name))

    def of_instance(self, obj: Any, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that had methods of this very object run which read an attribute of it."""
        family = type(obj).__mro__
        for code in self.index.mentioning(name):
            if name in code.co_names and class_of(code, self.namespace_of(code)) in family:
                for live, unit in self.index.units(id(code)):
                    ends = (chain[:end] for chain in unit.reads for end in range(1, len(chain) + 1))
                    if any(self.program.value(live.namespace, chain) is obj for chain in ends):
                        yield live, unit

    def _reads_of(self, namespace: dict[str, Any], chains: Iterable[Chain], wanted: set[int], name: str) -> bool:
        """Whether one of these chains asks one of some objects, by `id`, for an attribute."""
        found = (self.program.owners(namespace, chain) for chain in chains if name in chain[1:])
        return any(id(asked) in wanted and attr == name for owners in found for asked, attr in owners)

    def _asks_members(self, live: LiveModule, unit: Unit, owner: type, name: str) -> bool:
        """Whether a unit asks for the attribute of what it makes of the class, or takes from a container with it."""
        if unit.is_import or name not in unit.attributes:
            return False
        values = [self.program.value(live.namespace, chain) for chain in (*unit.calls, *unit.reads)]
        if any(value is owner for value in values):
            return True
        entries = [entry for value in values for entry in plain_entries(value)]
        return any(entry is owner or owner in type(entry).__mro__ for entry in entries)

    def _asks(self, namespace: dict[str, Any], chain: Chain, owner: type, name: str) -> bool:
        """Whether a chain asks a class for an attribute."""
        return any(attr == name and owner in family_of(asked) for asked, attr in self.program.owners(namespace, chain))

    def units_with(self, name: str) -> list[tuple[LiveModule, Unit]]:
        """The units in whose text a name may occur: asked once for all classes that have an attribute of that name."""
        if name not in self._with:
            private = MANGLED.match(name) is not None  # written in another way
            units = ((live, unit) for live in self.words.containing(name) for unit in self.units(live))
            self._with[name] = [(live, unit) for live, unit in units if private or unit.mentions(name)]
        return self._with[name]

    def mentioning(self, name: str) -> list[LiveModule]:
        """The modules that may read a name as an attribute."""
        return self.words.mentioning(name)

    def namespace_of(self, code: CodeType) -> dict[str, Any]:
        """The namespace of the module in whose file a function stands; empty where that is not known."""
        path = code.co_filename
        if path not in self._spaces and (found := self.program.namespace_of_file(path)):
            self._spaces[path] = found
        return self._spaces.get(path, {})

    @property
    def index(self) -> Ran:
        """What ran where, over all modules with recordings."""
        if self._index is None:
            self._index = Ran(self._enter_units)
            for live in self.program.mine():
                record = live.record
                if record.complete and not record.ran and live.name not in self.outlines:
                    continue
                if not self._may_have_run(live):
                    continue
                if live.record.complete and live.name not in self.outlines and not live.has_lost_functions:
                    refs = (ref for refs in live.record.ran.values() for ref in refs)
                    self._index.enter_module(live, alive(refs))
                else:
                    self._enter_units(live)
        return self._index

    def _enter_units(self, live: LiveModule) -> None:
        for unit in self.units(live):
            self.index.enter(live, unit, self._ran_before(live, unit))

    def _may_have_run(self, live: LiveModule) -> bool:
        """Whether units of a module ran functions, as recorded; or may have run some that this reload can change."""
        if live.record.ran or live.name in self.outlines:
            return True
        return live.habits.imports_by_text or any(self.program.may_import(live, name) for name in self.outlines)

    def _ran_before(self, live: LiveModule, unit: Unit) -> list[CodeType]:
        """What ran in a unit before this reload."""
        source = self.before.get(unit, unit) if live.name in self.outlines else unit
        codes = self.program.ran_codes(live, source)
        if not live.record.complete or any(ref() is None for ref in live.ran_refs(source)):
            codes += self._gone_with_their_names(live, source)
        return codes

    def _gone_with_their_names(self, live: LiveModule, unit: Unit) -> Iterator[CodeType]:
        """Functions that ran in a unit and are gone, as those that a module deletes: their code, from the source."""
        for chain in unit.calls:
            maker = live.outline.binder_before(chain[0], unit.index) if chain[0] not in live.namespace else None
            if maker is not None and maker.is_definition:
                yield from maker.functions

    def ran(self, live: LiveModule, unit: Unit, codes: Iterable[CodeType]) -> None:
        """A unit ran again in this reload, and these code objects in it."""
        self._again.add(unit)
        self.instances.forget([live.name])
        self.index.spread(live)
        self.index.leave(unit)
        self.index.enter(live, unit, codes)
        if self.program.records.version != self._version:
            self._version = self.program.records.version
            self._forget_modules()

    def _forget_modules(self) -> None:
        """Modules came or went: what was found out about all of them holds no more."""
        self._own.clear()
        self._with.clear()
        self.words.forget()
        self.askers.forget()

    def codes_in(self, live: LiveModule, unit: Unit) -> list[CodeType]:
        """The functions that ran inside a unit: in this reload, or else the last time before it."""
        if unit in self._again:
            return self.index.codes_in(unit)
        return self.program.ran_codes(live, self.before.get(unit, unit))


def _is_of(value: Any, owner: type) -> bool:
    """Whether a value is a class, one below it, or an instance of one of them."""
    names = owner.__module__, owner.__qualname__  # a class that is just being made anew is not yet the one that stays
    return any(each is owner or (each.__module__, each.__qualname__) == names for each in family_of(value))
