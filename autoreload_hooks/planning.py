"""What an edit means: which units moved, which bodies changed, which units run again and because of what.

It must never change anything: plans are values, made from outlines and from questions to the program.
"""

from __future__ import annotations
import __future__

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import Enum
from itertools import zip_longest
from types import CodeType, ModuleType
from typing import Any, Final

from .compat.bytecode import reads, same_shape
from .outline import Chain, Outline, Unit, chain_of, imports, mentions_attribute
from .program import LiveModule, Program, absolute, attribute, module_namespace, with_nested

LIKE: Final = 0.6  #: how alike two statements that bind nothing must be to count as one, edited
ENTRIES: Final = 1000  #: how many entries of a container are looked at
LOOKERS: Final = frozenset({"vars", "dir", "getmembers", "__dict__", "getattr", "hasattr"})
"""What a function uses to go through the names of a module, or to ask for a name that it is told."""
LOOKS_THROUGH_TEXTS: Final = ("vars(", "dir(", "getmembers(", "__dict__", "getattr(", "hasattr(")
LOOKS_THROUGH: Final = re.compile(
    r"""\b(?:vars|dir|getmembers)\(|__dict__|\b(?:get|has)attr\(\s*[\w.]+\s*,\s*(?!["'])"""
)
"""A statement in which something of the kind is done; a name that is written out is read by itself."""
IMPORTS_TEXT: Final = re.compile(r"\b(?:import_module|__import__)\(")
COMPILERS: Final = frozenset({"numba", "jax", "torch", "tensorflow", "triton", "taichi", "pythran", "Cython"})
"""Packages whose decorators compile or trace what they get: a new body reaches them only by decorating again."""


class Kind(Enum):
    """What happened to a unit, from least to most."""

    SAME = "unchanged"
    MOVED = "moved"
    BODY = "new body"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A unit before and after the edit."""

    old: Unit | None  #: None for an added unit
    new: Unit | None  #: None for a removed one
    kind: Kind
    bodies: tuple[tuple[CodeType, CodeType], ...] = ()  #: functions whose code differs: (old, new), as compiled anew

    @property
    def unit(self) -> Unit:
        """The unit as it is now, or as it was."""
        unit = self.new or self.old
        assert unit is not None
        return unit


@dataclass(frozen=True, slots=True, eq=False)
class ModuleEdit:
    """What has become of one module's source."""

    live: LiveModule
    old: Outline | None  #: None where the old text is not known: the module runs as a whole
    new: Outline
    pairs: tuple[Pair, ...]
    data: bytes  #: the very bytes that were read

    @property
    def name(self) -> str:
        """The module's name."""
        return self.live.name

    @property
    def gone(self) -> list[str]:
        """The names that no unit binds any more."""
        before = self.old.names if self.old is not None else frozenset[str]()
        return sorted(name for name in before - self.new.names if name != "*" and name not in self.new.binders)

    def pairs_of(self, *kinds: Kind) -> list[Pair]:
        """The pairs of these kinds, in the order of the source."""
        return [pair for pair in self.pairs if pair.kind in kinds]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A unit that runs again, and why."""

    module: str
    unit: Unit
    because: str

    def __str__(self) -> str:
        return f"{self.module}:{self.unit.first} {self.unit.label}, because {self.because}"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a reload would do."""

    edits: tuple[ModuleEdit, ...] = ()
    runs: tuple[Run, ...] = ()  #: units that certainly run
    may_run: tuple[Run, ...] = ()  #: units that run if what they read comes out different
    broken: tuple[str, ...] = ()  #: edited modules that stay out, as they do not compile, and why

    def __bool__(self) -> bool:
        return bool(self.edits or self.broken)

    @property
    def swaps(self) -> tuple[str, ...]:
        """The functions that get new code, as `module:qualname`."""
        return tuple(
            f"{edit.name}:{new.co_qualname}"
            for edit in self.edits
            for pair in edit.pairs_of(Kind.BODY)
            for _, new in pair.bodies
        )

    @property
    def removals(self) -> tuple[str, ...]:
        """The names that go, as `module.name`."""
        return tuple(f"{edit.name}.{name}" for edit in self.edits for name in edit.gone)

    def __str__(self) -> str:
        if not self:
            return "Nothing to do: no followed file has changed."
        lines = [f"edited    {edit.name}" for edit in self.edits]
        lines += [f"broken    {reason}" for reason in self.broken]
        lines += [f"swap      {swap}" for swap in self.swaps]
        lines += [f"run       {run}" for run in self.runs]
        lines += [f"may run   {run}" for run in self.may_run]
        lines += [f"remove    {name}" for name in self.removals]
        return "\n".join(lines)


# -- pairing -----------------------------------------------------------------------------------------------------
def pair_units(old: Sequence[Unit], new: Sequence[Unit]) -> Iterator[tuple[Unit | None, Unit | None]]:
    """Pair the units of two outlines: by what they bind, then by their order, then by likeness."""
    start, end = _common_ends(old, new)
    yield from zip(old[:start], new[:start], strict=True)
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    groups: dict[frozenset[str], tuple[list[Unit], list[Unit]]] = {}
    for side, units in enumerate((middle_old, middle_new)):
        for unit in units:
            groups.setdefault(unit.binds, ([], []))[side].append(unit)
    for binds, (before, after) in groups.items():
        yield from _pair_group(before, after, by_order=bool(binds))
    if end:
        yield from zip(old[-end:], new[-end:], strict=True)


def _common_ends(old: Sequence[Unit], new: Sequence[Unit]) -> tuple[int, int]:
    """How many units at the start and at the end have the same text."""
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i].text != new[i].text), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if old[-1 - i].text != new[-1 - i].text), rest)
    return start, end


def _pair_group(old: list[Unit], new: list[Unit], *, by_order: bool) -> Iterator[tuple[Unit | None, Unit | None]]:
    """Pair units that bind the same names: equal ones first, then by order, or by likeness where nothing is bound."""
    if by_order and len(old) == len(new) == 1:
        yield old[0], new[0]
        return
    for equal in (_same_text, _same_syntax):
        for unit in list(new):
            partner = next((candidate for candidate in old if equal(candidate, unit)), None)
            if partner is not None:
                old.remove(partner)
                new.remove(unit)
                yield partner, unit
    if by_order:
        while old and new:
            yield old.pop(0), new.pop(0)
    else:
        for unit in list(new):
            partner = max(old, key=lambda candidate: _likeness(candidate, unit), default=None)
            if partner is not None and _likeness(partner, unit) >= LIKE:
                old.remove(partner)
                new.remove(unit)
                yield partner, unit
    yield from ((unit, None) for unit in old)
    yield from ((None, unit) for unit in new)


def _same_text(old: Unit, new: Unit) -> bool:
    return old.text == new.text


def _same_syntax(old: Unit, new: Unit) -> bool:
    return old.dump == new.dump


def _likeness(old: Unit, new: Unit) -> float:
    return SequenceMatcher(None, old.text, new.text).ratio()


def classify(old: Unit | None, new: Unit | None) -> Pair:
    """Say what happened to a unit; texts are compared first, syntax trees and code only where the texts differ."""
    if old is None or new is None:
        return Pair(old, new, Kind.ADDED if old is None else Kind.REMOVED)
    if old.text == new.text:
        if old.module.flags == new.module.flags:
            return Pair(old, new, Kind.SAME if old.first == new.first else Kind.MOVED)
        if not (old.module.flags ^ new.module.flags) & __future__.annotations.compiler_flag:
            return Pair(old, new, Kind.BODY)  # the code only notes it
    if type(old.node) is not type(new.node):
        return Pair(old, new, Kind.CHANGED)
    bodies = same_shape(old.code, new.code)
    if bodies is None and old.module.flags == new.module.flags and old.dump == new.dump:
        bodies = []  # the compiler leaves traces of how lines were broken
    if bodies is None:
        return Pair(old, new, Kind.CHANGED)
    return Pair(old, new, Kind.BODY, tuple(bodies))


def edit_of(live: LiveModule, new: Outline, data: bytes, *, whole: bool = False) -> ModuleEdit:
    """Compare a module's outline with that of its new source; `whole` has every unit run."""
    known = live.record.source is not None and not live.record.edited_before
    old = live.outline if known else None
    pairs = [classify(*pair) for pair in pair_units(old.units if old else [], new.units)]
    if whole:
        pairs = [Pair(p.old, p.new, Kind.CHANGED) if p.old and p.new else p for p in pairs]
    pairs = [_made_for_good(live, _decorated_by_compiler(live, pair)) for pair in pairs]
    for pair in pairs:
        if pair.old is not None and pair.new is not None and pair.kind in (Kind.SAME, Kind.MOVED, Kind.BODY):
            pair.new.silent = pair.old.silent
    pairs.sort(key=lambda pair: (pair.new is None, pair.unit.index))
    return ModuleEdit(live, old, new, tuple(pairs), data)


def _made_for_good(live: LiveModule, pair: Pair) -> Pair:
    """A new body of a function that is gone already, as what it did when its unit ran is what stayed: a change."""
    if pair.kind is Kind.BODY and pair.old is not None and pair.bodies:
        codes = live.codes(pair.old)
        changed = {id(old) for old, _ in pair.bodies}
        places = [place for place, code in enumerate(pair.old.functions) if id(code) in changed]
        if any(place >= len(codes) or codes[place] is None for place in places):
            return Pair(pair.old, pair.new, Kind.CHANGED)
    return pair


def _decorated_by_compiler(live: LiveModule, pair: Pair) -> Pair:
    """A body-only edit under a decorator that compiles what it gets is a change."""
    if pair.kind is Kind.BODY and any(
        home(live, d) in COMPILERS for d in getattr(pair.unit.node, "decorator_list", ())
    ):
        return Pair(pair.old, pair.new, Kind.CHANGED)
    return pair


def home(live: LiveModule, decorator: Any) -> str:
    """The top-level package that a decorator comes from."""
    chain = chain_of(getattr(decorator, "func", decorator))
    value = live.namespace.get(chain[0]) if chain else None
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0]
    return str(getattr(value, "__module__", "") or "").partition(".")[0] if callable(value) else ""


# -- planning ----------------------------------------------------------------------------------------------------
def certain_runs(edits: Iterable[ModuleEdit]) -> Iterator[Run]:
    """The units that run whatever comes out: changed and added ones."""
    for edit in edits:
        for pair in edit.pairs_of(Kind.CHANGED, Kind.ADDED):
            if pair.new is not None and not pair.new.keeps:
                reason = "it was added" if pair.kind is Kind.ADDED else "its source changed"
                yield Run(edit.name, pair.new, reason)


def uncovered_binders(edits: Iterable[ModuleEdit]) -> Iterator[Run]:
    """Unchanged units that are now the last to bind a name, as the one after them has gone or moved."""
    for edit in edits:
        if edit.old is None:
            continue
        for pair in edit.pairs_of(Kind.SAME, Kind.MOVED, Kind.BODY):
            assert pair.old is not None
            assert pair.new is not None
            for name in pair.new.binds:
                if edit.new.last_binder(name) is pair.new and edit.old.last_binder(name) is not pair.old:
                    yield Run(edit.name, pair.new, f"it is the last to bind {name} now")
                    break


def displaced_readers(edits: Iterable[ModuleEdit]) -> Iterator[Run]:
    """Unchanged units that read a name with several binders, and have another one above them than before."""
    for edit in edits:
        if edit.old is None:
            continue
        partners = {pair.new: pair.old for pair in edit.pairs}
        several = [name for o in (edit.old, edit.new) for name, units in o.binders.items() if len(units) > 1]
        for pair in edit.pairs_of(Kind.SAME, Kind.MOVED, Kind.BODY):
            assert pair.old is not None
            assert pair.new is not None
            for name in dict.fromkeys(several):
                if name not in pair.new.text or all(chain[0] != name for chain in pair.new.reads):
                    continue
                now = edit.new.binder_before(name, pair.new.index)
                if now is not None and partners.get(now) is not edit.old.binder_before(name, pair.old.index):
                    yield Run(edit.name, pair.new, f"{name} is what another statement gives it now")
                    break


def make_plan(program: Program, edits: Sequence[ModuleEdit], *, predict: bool = True) -> Plan:
    """Put together what a reload of these edits would do; `predict` also says what may follow from it."""
    runs = (*certain_runs(edits), *uncovered_binders(edits), *displaced_readers(edits))
    if not predict:
        return Plan(tuple(edits), runs)
    readers = Readers(program, {edit.name: edit.new for edit in edits}, edits)
    seen = {run.unit for run in runs}
    may_run: list[Run] = []
    names = [(run.module, name, f"{run.module}.{name}") for run in runs for name in run.unit.binds]
    codes = [(id(code), f"{edit.name}:{code.co_qualname}") for edit in edits for code in swapped_codes(edit)]
    found = [(live, unit, f"{label} changed") for code, label in codes for live, unit in readers.of_code(code)]
    found += [
        (live, unit, f"{label} may differ")
        for module, name, label in names
        for live, unit in readers.of_name(module, name)
    ]
    while found:
        live, unit, because = found.pop(0)
        if unit in seen or unit.keeps:
            continue
        seen.add(unit)
        run = Run(live.name, unit, because)
        may_run.append(run)
        for name in unit.binds:
            found += [(owner, u, f"{run.module}.{name} may differ") for owner, u in readers.of_name(run.module, name)]
    return Plan(tuple(edits), runs, tuple(may_run))


def swapped_codes(edit: ModuleEdit) -> Iterator[CodeType]:
    """The live code objects that an edit's new bodies replace."""
    for pair in edit.pairs_of(Kind.BODY):
        assert pair.old is not None
        codes = edit.live.codes(pair.old)
        for old, _ in pair.bodies:
            place = next((i for i, code in enumerate(pair.old.functions) if code is old), None)
            live = codes[place] if place is not None and place < len(codes) else None
            if live is not None:
                yield live


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
        return (self.outlines.get(live.name) or live.outline).units

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


def subclass_units(program: Program, readers: Readers, cls: type) -> Iterator[tuple[LiveModule, Unit]]:
    """The class statements of a class's subclasses, and the units that bound instances of it, in any module."""
    family = list(_subclasses(cls))
    for live in program.mine():
        namespace = live.namespace
        wanted = {sub.__qualname__.partition(".")[0] for sub in family if sub.__module__ == live.name}
        wanted |= {name for name, value in list(namespace.items()) if type(value) in (cls, *family)}
        if wanted:
            outline = readers.outlines.get(live.name) or live.outline
            for name in wanted:
                unit = outline.last_binder(name)
                if unit is not None and not unit.is_import:
                    yield live, unit


def _subclasses(cls: type) -> Iterator[type]:
    for sub in list[type](type.__subclasses__(cls)):
        yield sub
        yield from _subclasses(sub)


def copies_from_bases(cls: type, program: Program) -> bool:
    """Whether subclasses or instances of a class may hold copies of what it is made of.

    So it is where it or an ancestor has a metaclass, an `__init_subclass__`, generated members or a base from outside.
    """
    if type(cls) is not type:
        return True
    for base in cls.__mro__[:-1]:
        if (
            "__init_subclass__" in base.__dict__
            or "__dataclass_fields__" in base.__dict__
            or "__attrs_attrs__" in base.__dict__
            or "_field_defaults" in base.__dict__
        ):
            return True
        record = program.records.get(base.__module__)
        if (record is None or not record.mine) and base.__module__ not in ("builtins", "typing", "abc", "__main__"):
            return True
    return attribute(cls, "__init_subclass__") is not attribute(object, "__init_subclass__")
