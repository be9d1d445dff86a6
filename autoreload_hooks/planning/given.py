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

    def asked_by(self, code: CodeType) -> frozenset[str]:
        """The attributes that one of the indexed functions asks of what it is given."""
        if (known := self._names.get(id(code))) is None:
            is_method = class_of(code, self.readers.namespace_of(code)) is not None
            known = self._names[id(code)] = asked_of_given(code, is_method=is_method)
        return known

    def of_class(self, live: LiveModule, unit: Unit, owner: type, name: str) -> bool:
        """Whether a unit itself, or a lambda in it, asks for an attribute of a class that it has at hand."""
        return self._asks(unit, name) and self.readers.has_to_do_with(live, unit, owner)

    def of_object(self, obj: Any, name: str) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that ask for an attribute of this very object, which they have from a container at hand."""
        for live, unit in self.readers.units_with(name):
            if self._asks(unit, name) and self._is_among(obj, live.namespace, unit.reads):
                yield live, unit
        for code in self.readers.index.mentioning(name):
            if name in self.asked_by(code):
                space, chains = self.readers.namespace_of(code), self.readers.chains_of(code)
                has_itself = self._is_among(obj, space, chains)
                for live, unit in self.readers.index.units(id(code)):
                    if has_itself or self._is_among(obj, live.namespace, unit.reads):
                        yield live, unit

    def of_modules(self, targets: Targets, name: str) -> Iterator[tuple[LiveModule, LiveModule, Unit]]:
        """The units with functions that ask for a name of one of some modules: (that module, the unit's, the unit)."""
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
                    found = [*own, *targets.at_hand(live.namespace, unit.reads, within=by_text)]
                    found += targets.named.values() if imports else ()
                elif _quotes(unit, name):
                    found = [*targets.at_hand(live.namespace, unit.reads)]
                    found += targets.quoted_in(unit) if imports else ()
                else:
                    found = []
                if goes_through:
                    found += [*looked_at, *targets.at_hand(live.namespace, unit.reads)]
                    found += targets.quoted_in(unit) if imports else ()
                yield from ((target, live, unit) for target in found)

    def _is_among(self, obj: Any, namespace: dict[str, Any], chains: Iterable[Chain]) -> bool:
        """Whether an object stands at the end of one of these chains, or is in a container that does."""
        level = list(self.readers.reached(namespace, chains))  # with the entries of containers
        for _ in range(WITHIN):
            if any(each is obj for each in level):
                return True
            level = [entry for each in level for entry in plain_entries(each)]
        return False

    def _asks(self, unit: Unit, name: str) -> bool:
        if unit.is_import or not unit.mentions(name):
            return False
        if name in unit.attributes and not any(name in chain[1:] for chain in unit.reads):
            return True
        lambdas = (code for code in unit.functions if code.co_name == "<lambda>") if "lambda" in unit.text else ()
        return any(name in asked_of_given(code, is_method=False) for code in lambdas)


def _quotes(unit: Unit, name: str) -> bool:
    """Whether a name stands at the end of a text in quotes."""
    return f'{name}"' in unit.text or f"{name}'" in unit.text
