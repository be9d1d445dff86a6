"""What happened to each unit of a module: units are paired, and every pair is classified.

It must never change anything: an edit is a value, made from two outlines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from types import CodeType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.bytecode import differing, same_shape
from autoreload_hooks.outline import Outline, Unit, chain_of, given_value
from autoreload_hooks.program import LiveModule, attribute, callables, is_a, note_branches, with_nested

LIKE: Final = 0.6  #: how alike two statements that bind nothing must be to count as one, edited
COMPILERS: Final = frozenset({"numba", "jax", "torch", "tensorflow", "triton", "taichi", "pythran", "Cython"})
"""Packages whose decorators compile or trace what they get: a new body reaches them only by decorating again."""


READS_SOURCE: Final = frozenset({"getsource", "getsourcelines", "findsource", "get_instructions", "Bytecode"})
"""How a decorator of the user's own gets at the text or the instructions of what it decorates."""


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
    departs: bool = False  #: whether the file is gone, and this is what is left of the module for those who hold of it
    is_unwanted: bool = False  #: whether nobody imports it, so that what it had registered goes too

    @property
    def name(self) -> str:
        """The module's name."""
        return self.live.name

    @property
    def gone(self) -> list[str]:
        """The names that no unit binds any more; what departs keeps its names, for its own code, until it returns."""
        if self.departs:
            return []
        before = (self.old.names if self.old is not None else frozenset[str]()) | (self.live.left or frozenset[str]())
        return sorted(name for name in before - self.new.names if name != "*" and name not in self.new.binders)

    def pairs_of(self, *kinds: Kind) -> list[Pair]:
        """The pairs of these kinds, in the order of the source."""
        return [pair for pair in self.pairs if pair.kind in kinds]


def pair_units(old: Sequence[Unit], new: Sequence[Unit]) -> Iterator[tuple[Unit | None, Unit | None]]:
    """Pair the units of two outlines: by what they bind, then by their order, then by likeness.

    Statements with branches that bind some other names than before pair by the names that they still bind.
    """
    start, end = _common_ends(old, new)
    yield from zip(old[:start], new[:start], strict=True)
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    groups: dict[frozenset[str], tuple[list[Unit], list[Unit]]] = {}
    for side, units in enumerate((middle_old, middle_new)):
        for unit in units:
            groups.setdefault(unit.binds, ([], []))[side].append(unit)
    came: list[Unit] = []
    went: list[Unit] = []
    for binds, (before, after) in groups.items():
        for one, other in _pair_group(before, after, by_order=bool(binds)):
            if one is not None and other is not None:
                yield one, other
            elif one is not None:
                went.append(one)
            elif other is not None:
                came.append(other)
    yield from _pair_by_overlap(went, came)
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
    """Pair units that bind the same names: equal ones first, then by order, or by likeness where nothing is bound.

    What is decorated alike is paired first: an implementation does not become an overload that was put above it.
    """
    if by_order and len(old) == len(new) == 1:
        yield old[0], new[0]
        return
    for equal in (_same_text, _same_syntax, *((_same_kind,) if by_order else ())):
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
            if (partner := _most_like(old, unit, LIKE)) is not None:
                old.remove(partner)
                new.remove(unit)
                yield partner, unit
    yield from ((unit, None) for unit in old)
    yield from ((None, unit) for unit in new)


def _pair_by_overlap(old: list[Unit], new: list[Unit]) -> Iterator[tuple[Unit | None, Unit | None]]:
    """Pair what is left: a statement with branches, or one that was put into some, by the names that both bind."""
    for unit in new:
        most = max((_overlap(each, unit) for each in old), default=0)
        if most:
            alike = [each for each in old if _overlap(each, unit) == most]
            partner = max(alike, key=lambda each: likeness(each, unit)) if len(alike) > 1 else alike[0]
            old.remove(partner)
            yield partner, unit
        else:
            yield None, unit
    yield from ((unit, None) for unit in old)


def _overlap(old: Unit, new: Unit) -> int:
    if old.is_import or new.is_import or not (old.is_compound or new.is_compound):
        return 0
    return len((old.binds & new.binds) - {"*"})


def _same_text(old: Unit, new: Unit) -> bool:
    return old.text == new.text


def _same_syntax(old: Unit, new: Unit) -> bool:
    return old.says_what(new)


def _same_kind(old: Unit, new: Unit) -> bool:
    """Are both definitions with the same decorators, or both statements of another kind?"""
    mine, theirs = ([ast.dump(each) for each in getattr(unit.node, "decorator_list", ())] for unit in (old, new))
    return type(old.node) is type(new.node) and mine == theirs


def likeness(old: Unit, new: Unit) -> float:
    """How much two units have in common, up to 1."""
    return SequenceMatcher(None, old.text, new.text).ratio()


def _most_like(old: list[Unit], unit: Unit, least: float) -> Unit | None:
    """The first of the units that have most in common with one, if that is enough; most are ruled out by a bound."""
    matcher = SequenceMatcher(None, b=unit.text)
    best, found = least, None
    for candidate in old:
        matcher.set_seq1(candidate.text)
        for bound in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio):
            how_much = bound()
            if how_much < best or (found is not None and how_much == best):
                break
        else:
            best, found = how_much, candidate
    return found


def classify(old: Unit | None, new: Unit | None) -> Pair:
    """Say what happened to a unit; texts are compared first, syntax trees and code only where the texts differ."""
    if old is None or new is None:
        return Pair(old, new, Kind.ADDED if old is None else Kind.REMOVED)
    if old.text == new.text and old.module.flags == new.module.flags:
        if not old.compiles_alike(old.module.imported ^ new.module.imported):
            return Pair(old, new, Kind.BODY)  # the same is done by other instructions
        new.know_like(old)
        return Pair(old, new, Kind.SAME if old.first == new.first else Kind.MOVED)
    if is_annotated_otherwise(old, new):
        return Pair(old, new, Kind.BODY)
    if type(old.node) is not type(new.node):
        return Pair(old, new, Kind.CHANGED)
    bodies = same_shape(old.code, new.code)
    if bodies is None and old.module.flags == new.module.flags and old.says_what(new):
        bodies = []  # the compiler leaves traces of how lines were broken
    if bodies is None:
        return Pair(old, new, Kind.CHANGED)
    if not bodies and old.text == new.text:  # only a `from __future__` import makes a difference, and none to it
        return Pair(old, new, Kind.SAME if old.first == new.first else Kind.MOVED)
    return Pair(old, new, Kind.BODY, tuple(bodies))


def is_annotated_otherwise(old: Unit, new: Unit) -> bool:
    """Do two assignments give a name the same, and differ in nothing but its annotation? Then the value stays."""
    return (
        _annotation(old) != _annotation(new)
        and (given := given_value(old.node)) is not None
        and given == given_value(new.node)
        and old.module.flags == new.module.flags
        and not (old.functions or new.functions)
    )


def _annotation(unit: Unit) -> str:
    return ast.dump(unit.node.annotation) if isinstance(unit.node, ast.AnnAssign) else ""


def edit_of(live: LiveModule, new: Outline, data: bytes, *, whole: bool = False) -> ModuleEdit:
    """Compare a module's outline with that of its new source; `whole` has every unit run."""
    known = live.record.source is not None and not live.record.edited_before
    old = live.outline if known else None
    if old is not None:
        note_branches(live, old)
    pairs = [classify(*pair) for pair in pair_units(old.units if old else [], new.units)]
    if whole:
        pairs = [Pair(p.old, p.new, Kind.CHANGED) if p.old and p.new else p for p in pairs]
    pairs = [_made_for_good(live, _decorated_by_compiler(live, pair)) for pair in pairs]
    for pair in pairs:
        if pair.old is not None and pair.new is not None and pair.kind in (Kind.SAME, Kind.MOVED, Kind.BODY):
            pair.new.silent, pair.new.gives = pair.old.silent, pair.old.gives
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
    """A body-only edit under a decorator that compiles what it gets, or reads its source, is a change."""
    if pair.bodies and "@" in pair.unit.text:
        decorators = (d for node in ast.walk(pair.unit.node) for d in getattr(node, "decorator_list", ()))
        if any(compiles(live, decorator) for decorator in decorators):
            return Pair(pair.old, pair.new, Kind.CHANGED)
    return pair


def compiles(live: LiveModule, decorator: Any) -> bool:
    """Whether a decorator compiles what it gets, or reads the source of it: then a new body is to be decorated."""
    if home(live, decorator) in COMPILERS:
        return True
    chain = chain_of(getattr(decorator, "func", decorator))
    value = live.namespace.get(chain[0]) if chain else None
    for name in chain[1:] if chain else ():
        value = attribute(value, name)
    codes = with_nested(function.__code__ for function in callables(value))
    return any(not READS_SOURCE.isdisjoint(code.co_names) for code in codes)


def home(live: LiveModule, decorator: Any) -> str:
    """The top-level package that a decorator comes from."""
    chain = chain_of(getattr(decorator, "func", decorator))
    value = live.namespace.get(chain[0]) if chain else None
    if is_a(value, ModuleType):
        return str(value.__name__).partition(".")[0]
    return str(getattr(value, "__module__", "") or "").partition(".")[0] if callable(value) else ""


def swapped_codes(edit: ModuleEdit) -> Iterator[CodeType]:
    """The live code objects that an edit's new bodies replace by what does something else, itself or within."""
    yield from (live for live, new in _swapped(edit) if differing(live, new))


def differing_codes(edit: ModuleEdit) -> Iterator[CodeType]:
    """The live code objects that do something else after an edit: where only what is inside them differs, that."""
    for live, new in _swapped(edit):
        yield from (old for old, _ in differing(live, new))


def _swapped(edit: ModuleEdit) -> Iterator[tuple[CodeType, CodeType]]:
    """The live code objects that an edit's new bodies replace, and what replaces them."""
    for pair in edit.pairs_of(Kind.BODY):
        assert pair.old is not None
        codes = edit.live.codes(pair.old)
        for old, new in pair.bodies:
            place = next((i for i, code in enumerate(pair.old.functions) if code is old), None)
            live = codes[place] if place is not None and place < len(codes) else None
            if live is not None:
                yield live, new
