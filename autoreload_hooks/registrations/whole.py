"""All that is known of the objects which units share, and all that is done about them, for one reload.

It must never decide anything itself: it brings the parts together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import CodeType

from autoreload_hooks.outline import Outline
from autoreload_hooks.program import LiveModule, Ordering, Program
from autoreload_hooks.transaction import Transaction

from .acting import Acting
from .arriving import Arriving
from .assigning import Assigning
from .building import Building
from .contents import Contents
from .earlier import Earlier
from .guarding import Guarding
from .hiding import Hiding
from .items import Items
from .keys import Keys
from .later import FreshOrder, Later
from .makers import Makers
from .reaching import Reaching
from .reading import Reading
from .sharing import Sharing
from .standard import Overloads
from .taking import Taking
from .touching import Touching
from .undoing import Undoing


class Registrations:
    """Who put what where, for one reload."""

    def __init__(
        self,
        program: Program,
        tx: Transaction,
        new: Mapping[str, Outline],
        fresh_order: FreshOrder,
        departing: Collection[str] = (),
    ) -> None:
        """`new` are the new outlines of the edited modules: functions may have their new lines already.

        The files of the modules `departing` are gone.
        """
        self.ordering = Ordering(program, lambda live: new.get(live.name) or live.outline)
        self.later = Later(program, self.ordering, new, fresh_order)
        # -- who does what
        self.sharing = Sharing(program, new)
        building = Building(program, self.sharing)
        self.makers = Makers(program, building)
        self.acting = Acting(program, self.sharing, building, self.makers)
        self.keys = Keys(program, tx, self.makers)
        self.touching = Touching(program, self.sharing, building, self.makers, self.acting, self.keys)
        self.reading = Reading(program)
        self.hiding = Hiding(program, self.reading, self.later, self.acting, self.makers)
        # -- what was there
        self.contents = Contents(program, self.makers, self.ordering, departing)
        self.guarding = Guarding(tx, self.sharing, self.makers, self.contents)
        self.reaching = Reaching(program, tx)
        # -- what goes, and what comes
        self.overloads = Overloads(tx)
        self.taking = Taking(tx)
        self.items = Items(program, building, self.acting, self.makers, self.taking)
        self.earlier = Earlier(program)
        self.undoing = Undoing(
            program,
            tx,
            self.ordering,
            self.sharing,
            building,
            self.makers,
            self.acting,
            self.contents,
            self.items,
            self.taking,
            self.earlier,
        )
        self.assigning = Assigning(program, tx, self.makers, self.acting, self.contents, self.items, self.taking)
        self.arriving = Arriving(self.sharing, self.makers, self.acting, self.taking, self.later)

    def follow_overloads(self, live: LiveModule, gone: Iterable[CodeType]) -> None:
        """`typing` keeps overloads by line: those that moved follow, those whose code is `gone` are left out."""
        self.overloads.follow(live.name, {id(code) for code in gone})

    def put_in_place(self) -> None:
        """Entries that came again at the end of a container go back to where they were."""
        self.taking.put_back()
        self.overloads.sort()
