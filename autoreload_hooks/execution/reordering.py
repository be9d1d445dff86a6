"""Statements that change places: those that act upon one object do so in their new order.

It must never run a statement, nor have one run that has changed places with nothing that it has to do with.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from autoreload_hooks.outline import FILLERS, Outline, Unit
from autoreload_hooks.planning import Kind, ModuleEdit, Pair, Run
from autoreload_hooks.program import LiveModule, is_exported
from autoreload_hooks.registrations import EntryPlaces, Touch, sort_entries

from .agenda import Agenda
from .context import Context

ORDERS = FILLERS | {"sort", "sorted"}
"""What has entries in an order of their own."""


class Reordering:
    """What follows in one reload when unchanged statements stand in another order."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda
        self._touched: dict[Unit, list[Touch]] = {}
        self._registered: dict[Unit, list[object]] = {}

    def follow(self, edit: ModuleEdit) -> None:
        """Sort what statements have registered that changed places; have those run that change the same otherwise."""
        if edit.old is None:
            return
        self._follow_stars(edit)
        pairs = [pair for pair in edit.pairs if pair.old is not None and pair.new is not None]
        moved = _moved(pairs)
        self._sort(edit.live, pairs, moved)
        for upper, lower in _inverted(pairs, moved):
            assert upper.new is not None
            assert lower.new is not None
            is_left = lower.kind in (Kind.SAME, Kind.MOVED, Kind.BODY) and lower.new not in self.agenda.runs
            if is_left and self._meet(edit.live, upper.new, lower.new):
                self.agenda.schedule(Run(edit.name, lower.new, f"it stands below {upper.new.label} now"))

    # -- what they change ---------------------------------------------------------------------------------------------
    def _meet(self, live: LiveModule, upper: Unit, lower: Unit) -> bool:
        """Whether two statements change the same, and not by registering what they make."""
        above = self._touches(live, upper)
        below = self._touches(live, lower) if above else []
        return any(
            one.meets(other)
            for one in above
            for other in below
            if not (self._registers(live, upper, one.obj) and self._registers(live, lower, one.obj))
        )

    def _touches(self, live: LiveModule, unit: Unit) -> list[Touch]:
        if unit not in self._touched:
            touching = self.context.registrations.touching
            self._touched[unit] = touching.touched(live, unit, self.context.readers)
        return self._touched[unit]

    def _registers(self, live: LiveModule, unit: Unit, obj: object) -> bool:
        if unit not in self._registered:
            found = self.context.registrations.touching.registered_in(live, unit, self.context.readers)
            self._registered[unit] = [shared for _, _, shared in found]
        return any(shared is obj for shared in self._registered[unit])

    # -- what they have registered ------------------------------------------------------------------------------------
    def _sort(self, live: LiveModule, pairs: list[Pair], moved: list[Pair]) -> None:
        """Put into their new order the entries of lists and dictionaries that are of statements which have moved."""
        touching, readers = self.context.registrations.touching, self.context.readers
        places = EntryPlaces()
        for pair in pairs:
            assert pair.old is not None
            assert pair.new is not None
            for value in touching.made(live, pair.old):
                places.note(value, pair.old.index, pair.new.index)
        for pair in moved:
            unit = pair.new
            if unit is None or any(not ORDERS.isdisjoint(code.co_names) for code in readers.codes_in(live, unit)):
                continue
            for owner, chain, shared in touching.registered_in(live, unit, readers):
                self.context.registrations.contents.note(live, unit, owner, chain, shared)
                sort_entries(self.context.tx, shared, places)

    # -- what star imports give ----------------------------------------------------------------------------------------
    def _follow_stars(self, edit: ModuleEdit) -> None:
        """A star import and another statement give a name, and another of them than before is the last."""
        assert edit.old is not None
        partners = {pair.new: pair.old for pair in edit.pairs}
        for name in dict.fromkeys(self._given_by_stars(edit, edit.old)):
            before = self.context.binders_of(edit.live, name, edit.old)[-1:]
            now = self.context.binders_of(edit.live, name)[-1:]
            if before and now and partners.get(now[0]) is not before[0]:
                self.agenda.schedule(Run(edit.name, now[0], f"it is the last to bind {name} now"))

    def _given_by_stars(self, edit: ModuleEdit, old: Outline) -> Iterator[str]:
        """The names that star imports of a module give, or gave, and other statements too."""
        program = self.context.program
        for unit in (*old.binders.get("*", ()), *edit.new.binders.get("*", ())):
            for source in program.starred_by(edit.live, unit.node):
                exported = program.records[source].namespace
                listed = exported.get("__all__")
                yield from (name for name in exported if name in edit.new.binders and is_exported(name, listed))


def _moved(pairs: list[Pair]) -> list[Pair]:
    """The fewest statements that have moved past others, if the rest has stayed."""
    places = [pair.old.index for pair in pairs if pair.old is not None]
    if all(one < other for one, other in pairwise(places)):
        return []
    last: list[int] = []  # by length, the lowest old place with which a run of that length ends
    ends: list[int] = []
    before: list[int] = []
    for at, place in enumerate(places):
        length = bisect_left(last, place)
        before.append(ends[length - 1] if length else -1)
        last[length:] = [place, *last[length + 1 :]]
        ends[length:] = [at, *ends[length + 1 :]]
    stayed, at = set[int](), ends[-1]
    while at >= 0:
        stayed.add(at)
        at = before[at]
    return [pair for at, pair in enumerate(pairs) if at not in stayed]


def _inverted(pairs: list[Pair], moved: list[Pair]) -> Iterator[tuple[Pair, Pair]]:
    """The pairs of statements that have changed places, as they stand now: one above, one below."""
    places = {id(pair): at for at, pair in enumerate(pairs)}
    is_moved = set(map(id, moved))
    for one in moved:
        for other in pairs:
            if other is one or (id(other) in is_moved and places[id(other)] < places[id(one)]):
                continue
            upper, lower = sorted((one, other), key=lambda pair: places[id(pair)])
            assert upper.old is not None
            assert lower.old is not None
            if upper.old.index > lower.old.index:
                yield upper, lower
