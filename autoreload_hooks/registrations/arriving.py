"""Entries that a unit has added for the first time: they go before those of the units that run after it.

It must never guess whose an entry is: where that cannot be told, the list is made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any

from autoreload_hooks.outline import Chain, Unit
from autoreload_hooks.program import LiveModule, is_a

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .acting import Acting
from .containers import DEPTH, can_be_told, containers_of
from .items import says
from .later import Later
from .makers import Makers
from .placing import Ordered
from .sharing import Sharing
from .taking import Taking


class Arriving:
    """What has come into containers in one reload."""

    def __init__(self, sharing: Sharing, makers: Makers, acting: Acting, taking: Taking, later: Later) -> None:
        self.sharing = sharing
        self.makers = makers
        self.acting = acting
        self.taking = taking
        self.later = later

    def place_new(
        self, live: LiveModule, unit: Unit, orders: list[Ordered], readers: Readers
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """Move what a unit has added for the first time before what the units had put there that run after it.

        Yields the makers of the lists in which that cannot be told: they are made anew.
        """
        self.taking.note_added(unit, orders)
        again = self.taking.containers()
        orders = [ordered for ordered in orders if id(ordered.container) not in again and ordered.added()]
        below = readers.units(live)[unit.index + 1 :] if orders else []
        made = {id(obj) for each in below for obj in self._made_by(live, each, readers)}
        above = readers.units(live)[: unit.index] if made else []
        made -= {id(live.namespace.get(name)) for each in above for name in each.binds}  # `same = first`, below

        def is_below(part: Any) -> bool:
            return id(part) in made or (is_a(part, FunctionType) and id(part.__code__) in made)

        def is_later(part: Any) -> bool:
            return is_below(part) or self.later.is_of_later_module(part, live, unit)

        untold = self._untold(live, unit, orders, below, is_below, readers)
        for each in orders:
            if id(each.container) not in untold:
                each.put_before(is_later)
            elif (maker := self.makers.of(*untold[id(each.container)], readers)) is not None and maker[1] is not unit:
                yield maker

    def covered_again(
        self, live: LiveModule, unit: Unit, orders: list[Ordered], readers: Readers
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that run after one and name a key under which that has put something else: they do so again.

        So do loops that act upon the dictionary, whatever keys they go through.
        """
        replaced = {id(each.container): found for each in orders if (found := each.replaced())}
        for owner, chain, shared in self.sharing.shared(live, unit, readers.codes_in(live, unit)) if replaced else ():
            keys = {key for each in containers_of(shared, DEPTH) for key in replaced.get(id(each), ())}
            home = self.sharing.program.module(str(owner.get("__name__"))) if keys else None
            for other, each in readers.anywhere(*self.makers.home_of_chain(home, chain)) if home is not None else ():
                if (
                    each is not unit
                    and (each.is_compound or any(says(each, key) for key in keys))
                    and self.later.runs_after(other, each.index, live, unit)
                    and self.acting.acts_upon(other, each, shared, readers)
                ):
                    yield other, each

    def _untold(
        self,
        live: LiveModule,
        unit: Unit,
        orders: list[Ordered],
        below: list[Unit],
        is_below: Callable[[Any], bool],
        readers: Readers,
    ) -> dict[int, tuple[dict[str, Any], Chain]]:
        """The lists that units below act upon too, though none of the entries shows it: by id, with their names."""
        lists = {id(each.container) for each in orders if type(each.container) is list and not each.holds(is_below)}
        return {
            id(shared): (owner, chain)
            for owner, chain, shared in (self.sharing.shared(live, unit, readers.codes_in(live, unit)) if lists else ())
            if id(shared) in lists and any(self.acting.acts_upon(live, each, shared, readers) for each in below)
        }

    def _made_by(self, live: LiveModule, unit: Unit, readers: Readers) -> Iterator[Any]:
        """What a unit has made, as far as it shows without a search: values of its names, and code."""
        if not unit.is_import:
            values = [live.namespace.get(name) for name in unit.binds if unit.module.last_binder(name) is unit]
            yield from filter(can_be_told, values)
            yield from filter(None, live.codes(readers.before.get(unit, unit)))
