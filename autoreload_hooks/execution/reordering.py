"""Statements that change places: those that act upon one object do so in their new order.

It must never run a statement, nor have one run that has changed places with nothing that it has to do with.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from autoreload_hooks.outline import FILLERS, Outline, Unit
from autoreload_hooks.planning import Kind, ModuleEdit, Pair, Run
from autoreload_hooks.program import LiveModule, is_exported
from autoreload_hooks.registrations import EntryPlaces, Keyed, Touch, items_given, sort_entries

from .agenda import Agenda
from .context import Context

ORDERS: Final = FILLERS | {"sort", "sorted", "insert", "appendleft", "move_to_end"}
"""What has entries in an order of their own."""


class Reordering:
    """What follows in one reload when unchanged statements stand in another order."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda
        self._touched: dict[Unit, list[Touch]] = {}
        self._registered: dict[Unit, set[int]] = {}  # the ids of the objects in which each has registered something
        self._keyed: list[tuple[Keyed, ModuleEdit]] = []  # the dictionaries of which keys may stand in another order

    def follow(self, edit: ModuleEdit) -> None:
        """Sort what statements have registered that changed places; have those run that change the same otherwise."""
        if edit.old is None:
            return
        self._follow_stars(edit)
        pairs = [pair for pair in edit.pairs if pair.old is not None and pair.new is not None]
        moved = _moved(pairs)
        self._note_items(edit, moved)
        self._sort(edit.live, pairs, moved)
        for upper, lower in self._inverted(edit.live, pairs, moved):
            assert upper.new is not None
            assert lower.new is not None
            is_left = lower.kind in (Kind.SAME, Kind.MOVED, Kind.BODY) and lower.new not in self.agenda.runs
            if is_left and self._meet(edit.live, upper.new, lower.new):
                self.agenda.schedule(Run(edit.name, lower.new, f"it stands below {upper.new.label} now"))

    def sort_items(self) -> None:
        """All has run: the keys that plain statements give dictionaries stand as these statements do."""
        for keyed, edit in self._keyed:
            self.context.registrations.keys.sort(keyed, edit.new.units, self.context.readers)

    def _note_items(self, edit: ModuleEdit, moved: list[Pair]) -> None:
        """Remember the dictionaries to which statements give items that have moved, or come in between."""
        assert edit.old is not None
        came = [pair for pair in edit.pairs_of(Kind.ADDED, Kind.CHANGED) if pair.new is not None]
        giving = [pair.new for pair in (*moved, *came) if pair.new is not None and any(items_given(pair.new.node))]
        if not giving:
            return
        registrations, readers = self.context.registrations, self.context.readers
        for keyed in registrations.keys.keyed(edit.live, edit.old.units, readers):
            self._keyed.append((keyed, edit))
            for unit in giving:
                registrations.contents.note(edit.live, unit, edit.live.namespace, keyed.chain, keyed.table)

    # -- what they change ---------------------------------------------------------------------------------------------
    def _meet(self, live: LiveModule, upper: Unit, lower: Unit) -> bool:
        """Whether two statements change the same, and not by registering what they make."""
        both = self._registers(live, upper) & self._registers(live, lower)
        above = [touch for touch in self._touches(live, upper) if id(touch.obj) not in both]
        return any(one.meets(other) for one in above for other in self._touches(live, lower))

    def _inverted(self, live: LiveModule, pairs: list[Pair], moved: list[Pair]) -> Iterator[tuple[Pair, Pair]]:
        """The pairs of statements that have changed places and touch the same, as they stand now: above, below."""
        acting = [pair for pair in moved if pair.new is not None and self._touches(live, pair.new)]
        if not acting:
            return
        touching: dict[int, list[int]] = {}  # by the id of an object: where the statements stand that touch it
        changing: dict[int, list[int]] = {}  # the same without those that register something in it
        for at, pair in enumerate(pairs):
            for key in {id(touch.obj) for touch in self._touches(live, pair.new)} if pair.new is not None else ():
                touching.setdefault(key, []).append(at)
                if pair.new is not None and key not in self._registers(live, pair.new):
                    changing.setdefault(key, []).append(at)
        places = {id(pair): at for at, pair in enumerate(pairs)}
        is_moved = {places[id(pair)] for pair in acting}
        for one in acting:
            assert one.new is not None
            at = places[id(one)]
            keys, registered = {id(touch.obj) for touch in self._touches(live, one.new)}, self._registers(live, one.new)
            others = {each for key in keys for each in (changing if key in registered else touching).get(key, ())}
            for other in sorted(others - {at}):
                upper, lower = pairs[min(at, other)], pairs[max(at, other)]
                assert upper.old is not None
                assert lower.old is not None
                if upper.old.index > lower.old.index and not (other in is_moved and other < at):
                    yield upper, lower

    def _touches(self, live: LiveModule, unit: Unit) -> list[Touch]:
        if unit not in self._touched:
            touching = self.context.registrations.touching
            self._touched[unit] = touching.touched(live, unit, self.context.readers)
        return self._touched[unit]

    def _registers(self, live: LiveModule, unit: Unit) -> set[int]:
        if unit not in self._registered:
            found = self.context.registrations.touching.registered_in(live, unit, self.context.readers)
            self._registered[unit] = {id(shared) for _, _, shared in found}
        return self._registered[unit]

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
        shared_ones: dict[int, object] = {}
        for pair in moved:
            unit = pair.new
            if unit is None or touching.places_entries(live, unit, ORDERS, readers):
                continue
            for owner, chain, shared in touching.registered_in(live, unit, readers):
                self.context.registrations.contents.note(live, unit, owner, chain, shared)
                shared_ones |= {id(shared): shared}
                shared_ones |= {id(each): each for each in touching.filled_in(live, unit, readers)}
        sort_entries(self.context.tx, shared_ones.values(), places)

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
        last[length : length + 1] = [place]
        ends[length : length + 1] = [at]
    stayed, at = set[int](), ends[-1]
    while at >= 0:
        stayed.add(at)
        at = before[at]
    return [pair for at, pair in enumerate(pairs) if at not in stayed]
