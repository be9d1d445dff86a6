"""Who asks for an attribute of something that was handed to it: a parameter, a local variable, the entry of a list.

No name tells whose attribute that is. So it is taken for that of a class, or of a module, if the unit in which it was
asked has the class, an instance or the module at hand: reads it by a name, or has it in a container that it reads.
It must never change anything, nor run code of the user.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import CodeType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.bytecode import asked_of_given
from autoreload_hooks.outline import Chain, Unit
from autoreload_hooks.program import IMPORT_BY_TEXT, LiveModule, class_of

from .targets import Targets, plain_entries
from .through import lists_or_asks

if TYPE_CHECKING:
    from .readers import Readers

WITHIN: Final = 2  #: how deep in containers an object is looked for: `[("name", function)]`

GIVE_MODULES: Final = IMPORT_BY_TEXT | {"modules"}
"""What gives a module that a string names, as `sys.modules` does."""


class Given:
    """What functions and units ask of what they are given; each is looked at once."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self._names: dict[int, frozenset[str]] = {}  # by the id of a code object that the index keeps alive
        self._asking: dict[tuple[Unit, str], bool] = {}  # whether a unit asks for a name itself

    def asked_by(self, code: CodeType) -> frozenset[str]:
        """The attributes that one of the indexed functions asks of what it is given."""
        if (known := self._names.get(id(code))) is None:
            is_method = class_of(code, self.readers.namespace_of(code)) is not None
            known = self._names[id(code)] = asked_of_given(code, is_method=is_method)
        return known

    def of_class(self, live: LiveModule, unit: Unit, owner: type, name: str) -> bool:
        """Whether a unit itself, or a lambda in it, asks for an attribute of a class that it has at hand."""
        return self._asks(unit, name) and self.readers.has_to_do_with(live, unit, owner)

    def of_objects(self, objects: Iterable[Any], name: str) -> Iterator[tuple[Any, LiveModule, Unit]]:
        """The units that ask for an attribute of one of these very objects, which they have from a container at hand.

        Each with the object; it is looked for all of them at once.
        """
        wanted = {id(obj): obj for obj in objects}
        if not wanted:
            return
        near: dict[Unit, list[Any]] = {}
        behind: dict[tuple[int, Chain], list[Any]] = {}  # by the `id` of a namespace, and a chain in it

        def near_unit(live: LiveModule, unit: Unit) -> list[Any]:
            if (known := near.get(unit)) is None:
                known, space = near.setdefault(unit, []), live.namespace
                for chain in unit.reads:
                    key = id(space), chain
                    if key not in behind:
                        behind[key] = self._among(wanted, space, [chain])
                    known += behind[key]
            return known

        for live, unit in self.readers.units_with(name):
            if self._asks(unit, name):
                found = {id(obj): obj for obj in near_unit(live, unit)}
                yield from ((obj, live, unit) for obj in found.values())
        for code in self.readers.index.mentioning(name):
            if name in self.asked_by(code):
                has_itself = self._among(wanted, self.readers.namespace_of(code), self.readers.chains_of(code))
                for live, unit in self.readers.index.units(id(code)):
                    if not (near_it := [*has_itself, *near_unit(live, unit)]):
                        continue
                    found = {id(obj): obj for obj in near_it}
                    yield from ((obj, live, unit) for obj in found.values())

    def of_modules(self, targets: Targets, name: str) -> Iterator[tuple[LiveModule, LiveModule, Unit]]:
        """The units with functions that ask for a name of one of some modules: (that module, the unit's, the unit)."""
        at_hand = _AtHand(targets, name)
        for code in self.readers.index.mentioning(name):
            asks, by_text = name in self.asked_by(code), "getattr" in code.co_names
            goes_through = lists_or_asks(code, name)
            if not (asks or by_text or goes_through):
                continue
            imports = not GIVE_MODULES.isdisjoint(code.co_names)
            space, chains = self.readers.namespace_of(code), self.readers.chains_of(code)
            own = list(targets.at_hand(space, chains, within=by_text)) if asks else []
            looked_at = list(targets.imported_in(code, space)) if goes_through else []
            for live, unit in self.readers.index.units(id(code)):
                if asks:
                    found = [*own, *at_hand.of(live, unit, within=by_text)]
                    found += targets.named.values() if imports else ()
                elif at_hand.quotes(unit):
                    found = [*at_hand.of(live, unit)]
                    found += at_hand.quoted_in(unit) if imports else ()
                else:
                    found = []
                if goes_through:
                    found += [*looked_at, *at_hand.of(live, unit)]
                    found += at_hand.quoted_in(unit) if imports else ()
                if found:
                    yield from ((target, live, unit) for target in found)

    def _among(self, wanted: dict[int, Any], namespace: dict[str, Any], chains: Iterable[Chain]) -> list[Any]:
        """Which of some objects, by `id`, stand at the end of one of these chains, or are in a container that does."""
        found: set[int] = set()
        level = list(self.readers.reached(namespace, chains))  # with the entries of containers
        for deeper in reversed(range(WITHIN)):
            found |= wanted.keys() & set(map(id, level))
            if deeper and len(found) < len(wanted):
                level = [entry for each in level for entry in plain_entries(each)]
        return [wanted[key] for key in found]

    def _asks(self, unit: Unit, name: str) -> bool:
        """Whether a unit, or a lambda in it, asks for a name of what it does not name; found out once."""
        if (known := self._asking.get((unit, name))) is None:
            known = self._asking[unit, name] = self._finds_out(unit, name)
        return known

    def _finds_out(self, unit: Unit, name: str) -> bool:
        if unit.is_import or not unit.mentions(name):
            return False
        if name in unit.attributes and not any(name in chain[1:] for chain in unit.reads):
            return True
        lambdas = (code for code in unit.functions if code.co_name == "<lambda>") if "lambda" in unit.text else ()
        return any(name in asked_of_given(code, is_method=False) for code in lambdas)


class _AtHand:
    """What units have at hand of some modules: looked for once, however many functions ran in each of them."""

    def __init__(self, targets: Targets, name: str) -> None:
        self.targets = targets
        self.name = name
        self._found: dict[tuple[Unit, bool], list[LiveModule]] = {}
        self._by: dict[tuple[int, Chain, bool], list[LiveModule]] = {}  # by the `id` of a namespace, and a chain in it
        self._in_quotes = f'{name}"', f"{name}'"
        self._quoting: dict[Unit, bool] = {}
        self._quoted: dict[Unit, list[LiveModule]] = {}

    def of(self, live: LiveModule, unit: Unit, *, within: bool = False) -> list[LiveModule]:
        """The modules for which something stands that a unit reads."""
        if (known := self._found.get((unit, within))) is None:
            known = self._found[unit, within] = []
            space = live.namespace
            for chain in unit.reads:
                key = id(space), chain, within
                if key not in self._by:
                    self._by[key] = list(self.targets.at_hand(space, [chain], within=within))
                known += self._by[key]
        return known

    def quotes(self, unit: Unit) -> bool:
        """Whether the name stands at the end of a text in quotes."""
        if (known := self._quoting.get(unit)) is None:
            text = unit.text
            known = self._quoting[unit] = self.name in text and any(each in text for each in self._in_quotes)
        return known

    def quoted_in(self, unit: Unit) -> list[LiveModule]:
        """The modules of which a unit has the name in quotes."""
        if (known := self._quoted.get(unit)) is None:
            known = self._quoted[unit] = list(self.targets.quoted_in(unit))
        return known
