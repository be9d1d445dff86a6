"""What units put into objects that they share: found by identity, taken out before the unit runs again or goes.

It must never touch a container that the unit does not act upon, nor take out an entry that it cannot tell to be the
unit's: then it says who has to make the object anew.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.containers import contents, size
from autoreload_hooks.outline import FILLERS, Chain, Unit, chain_of, own_nodes
from autoreload_hooks.program import LiveModule, Ordering, Program, is_a
from autoreload_hooks.transaction import Transaction

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .acting import Acting
from .applications import have_built_anew
from .assigning import targets
from .building import Building
from .containers import CONTAINERS, DEPTH, PLAIN_CONTAINERS, containers_of
from .contents import Contents
from .definitions import body
from .earlier import Earlier
from .items import Items
from .makers import Makers
from .offered import offered
from .sharing import Sharing
from .standard import take_back
from .taking import Share, Taking

PLACING: Final = frozenset({"append", "appendleft", "extend", "extendleft", "insert"})
NAMES: Final = frozenset({"__name__", "__qualname__"})
HAVE_HOMES: Final = (FunctionType, type)
"""What says in which module, and under which name, it was defined."""


class Undoing:
    """What is taken out of shared objects in one reload."""

    def __init__(
        self,
        program: Program,
        tx: Transaction,
        ordering: Ordering,
        sharing: Sharing,
        building: Building,
        makers: Makers,
        acting: Acting,
        contents: Contents,
        items: Items,
        taking: Taking,
        earlier: Earlier,
    ) -> None:
        self.program = program
        self.tx = tx
        self.ordering = ordering
        self.sharing = sharing
        self.building = building
        self.makers = makers
        self.acting = acting
        self.contents = contents
        self.items = items
        self.taking = taking
        self.earlier = earlier

    def take_back(
        self, live: LiveModule, unit: Unit, readers: Readers, made: list[Any], now: Unit | None
    ) -> Iterator[tuple[LiveModule, Unit, str]]:
        """Take out what a unit had put into shared objects; `now` takes its place, if anything does.

        Yields what has to be made anew because its entries cannot be told apart: the makers of such containers, each
        with the reason.
        """
        told: set[int] = set()
        codes = self.program.ran_codes(live, unit)
        self.taking.begin(sorts=any(self._sorts(code) for code in codes))
        for maker, chain in self._take_out(live, unit, readers, made, codes, told, now):
            yield *maker, f"{unit.label} acted upon {'.'.join(chain)}"
        if now is not None and self._is_built_upon(live, unit, readers):
            now = None  # to assign the item once more is not enough
        for owner, chain in self.building.put_into(live, unit, codes, now):
            if id(self.program.value(owner, chain)) not in told:
                for maker in self.makers.behind(owner, chain, unit, readers):
                    yield *maker, f"{unit.label} acted upon {'.'.join(chain)}"
        take_back(self.program, self.tx, live, unit, self.taking, self.earlier)

    def _sorts(self, code: CodeType) -> bool:
        """Whether a function puts entries to places of its own, or to others than before its edit."""
        before, now = self.sharing.definition(code), self.sharing.definition_now(code)
        return not FILLERS.isdisjoint(code.co_names) or (
            before is not None and now is not None and before is not now and _placing(before) != _placing(now)
        )

    def _take_out(
        self,
        live: LiveModule,
        unit: Unit,
        readers: Readers,
        made: list[Any],
        codes: list[CodeType],
        told: set[int],
        now: Unit | None,
    ) -> Iterator[tuple[tuple[LiveModule, Unit], Chain]]:
        """Take the entries of a unit out of the containers that it acts upon; to `told` are added those that had any.

        Yields the makers of the others that it has filled, with the chain by which it has them.
        """
        makes_places = partial(self.building.makes_places, live, unit, codes)
        share = partial(self._share, live, unit, readers)
        by_label = any(not NAMES.isdisjoint(code.co_names) for code in codes)
        acted_upon = list(self.sharing.shared(live, unit))
        given = self._offered(live, unit, codes, {id(shared) for _, _, shared in acted_upon})
        for owner, chain, shared in acted_upon:  # a class, and a container that it has: first of all how both are
            self.contents.note(live, unit, owner, chain, shared, readers.place_of(live, unit))
        for owner, chain, shared in acted_upon:
            before = unit.module.binder_before(chain[0], unit.index) if chain[0] in unit.binds else None
            if owner is live.namespace and before is not None and not before.is_import:
                continue  # its own, as in `NAMES += [...]`: the binder before makes it anew
            have_built_anew(self.tx, shared)
            wanted = [*made, *self._put_in(shared, given, share)]
            found = self.taking.take_out(
                shared,
                wanted,
                partial(_largest, share, shared),
                makes_places,
                self.contents.is_own,
                labels=by_label,
            )
            found = found or id(shared) in self.taking.containers()  # by way of the class or object that has it
            if found and not self._is_item_built_upon(live, unit, readers):
                told.add(id(shared))
                continue
            if not found and self.items.take_out(live, unit, chain, shared, readers, now):
                told.add(id(shared))
                continue
            if not is_a(shared, CONTAINERS) or not size(shared):
                continue
            if type(shared) in PLAIN_CONTAINERS and id(shared) not in self.building.filled(live, unit, codes):
                continue  # it was only read
            if (maker := self.makers.of(owner, chain, readers)) is not None and maker[1] is not unit:
                yield maker, chain

    def _offered(self, live: LiveModule, unit: Unit, codes: list[CodeType], acted_upon: set[int]) -> list[Any]:
        """What a unit puts somewhere by name; nothing if functions that ran put more than one thing somewhere.

        Nor what itself is acted upon, as the application in `setup(app)`.
        """
        is_known = live.record.complete or not codes  # else more may have run than names tell
        found = offered(self.program, live.namespace, unit) if is_known and self.building.puts_once(codes) else []
        return [] if any(id(each) in acted_upon for _, each in found) else [each for _, each in found]

    def _put_in(self, shared: Any, given: list[Any], share: Share) -> list[Any]:
        """What of that a container, or an object of the user's, has from the unit.

        Each of its containers that has it must have it from all who put it somewhere: the unit's is among them then.
        """
        if not is_a(shared, CONTAINERS) and not self.contents.is_own(shared):
            return []
        containers = list(containers_of(shared, DEPTH)) if given else []
        things = {id(each): each for each in given}.values()
        for each in things:
            times = {sum(value is each for value in contents(container)) for container in containers} - {0}
            own = 1 if is_a(shared, set) else sum(other is each for other in given)
            if times != {share(shared, each)[1] + own}:
                return []  # it may have been another one then
        return list(things)

    def _is_built_upon(self, live: LiveModule, unit: Unit, readers: Readers) -> bool:
        """Whether statements below a unit go on with the object whose item it assigns."""
        items = (target for target in targets(unit) if isinstance(target, ast.Subscript))
        roots = {chain[0] for target in items if (chain := chain_of(target.value))}
        below = readers.units(live)[unit.index + 1 :]
        return any(chain[0] in roots for each in below for chain in each.acts_upon)

    def _is_item_built_upon(self, live: LiveModule, unit: Unit, readers: Readers) -> bool:
        """Whether other statements put something into the very item that a unit assigns: `TABLE["a"]["b"] = 1`."""
        for target in targets(unit):
            chain = chain_of(target.value) if isinstance(target, ast.Subscript) else None
            if isinstance(target, ast.Subscript) and chain:
                key, word = ast.dump(target.slice), _word_of(target.slice)
                others = (
                    each for _, each in readers.anywhere(*self.makers.home_of_chain(live, chain)) if each is not unit
                )
                if any(word in each.text and each.acts_upon and _goes_into(each, chain[-1], key) for each in others):
                    return True
        return False

    def _share(self, live: LiveModule, unit: Unit, readers: Readers, container: Any, entry: Any) -> tuple[int, int]:
        """Of an entry that is there more than once: how many of them are of units before this one, and of others."""
        units: dict[Unit, LiveModule] = {}
        home = self.program.module(str(getattr(entry, "__module__", ""))) if is_a(entry, HAVE_HOMES) else None
        if home is not None:
            units = {each: other for other, each in readers.anywhere(home.name, entry.__qualname__.partition(".")[0])}
            if (maker := self.ordering.outline(home).last_binder(entry.__qualname__)) is not None:
                units[maker] = home
        for chain, value in offered(self.program, live.namespace, unit):
            if value is entry:
                named = readers.anywhere(*self.makers.home_of_chain(live, chain))
                units |= {each: other for other, each in named}
        others = [
            (other, each)
            for each, other in units.items()
            if unit not in (each, readers.before.get(each)) and self.acting.acts_upon(other, each, container, readers)
        ]
        times = [
            (max(1, sum(value is entry for _, value in offered(self.program, other.namespace, each))), other, each)
            for other, each in others
        ]
        before = sum(n for n, other, each in times if not self.ordering.is_after(other, each.index, live, unit))
        return before, sum(n for n, _, _ in times)


def _placing(node: ast.AST) -> list[str]:
    """The methods by which a function puts entries into lists, each of which has a place for them."""
    names = [each.attr for each in own_nodes(body(node)) if isinstance(each, ast.Attribute)]
    return [name for name in names if name in PLACING]


def _largest(share: Share, whole: Any, container: Any, entry: Any) -> tuple[int, int]:
    """The share in a container, or in the whole object that has it, if more units are known to act upon that."""
    return max(share(container, entry), share(whole, entry), key=lambda each: each[1])


def _word_of(key: ast.expr) -> str:
    """What stands in each text that has this key: a quick no."""
    if isinstance(key, ast.Name):
        return key.id
    value = getattr(key, "value", None)
    return value if isinstance(value, str) and value.isidentifier() else ""


def _goes_into(unit: Unit, name: str, key: str) -> bool:
    """Whether a statement goes on from an item of what has a name; `key` is the syntax of the item's key."""
    return any(
        isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Load)
        and (chain := chain_of(node.value))
        and chain[-1] == name
        and ast.dump(node.slice) == key
        for node in own_nodes(unit.node)
    )
