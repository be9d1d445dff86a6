"""Who asks for an attribute of something that was handed to it: a parameter, a local variable, the entry of a list.

No name tells whose attribute that is. So it is taken for that of a class, or of a module, if the unit in which it was
asked has the class, an instance or the module at hand: reads it by a name, or has it in a container that it reads.
It must never change anything, nor run code of the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType
from typing import TYPE_CHECKING

from autoreload_hooks.compat.bytecode import asked_of_given
from autoreload_hooks.outline import Unit
from autoreload_hooks.program import LiveModule, class_of

from .targets import Targets

if TYPE_CHECKING:
    from .readers import Readers


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

    def of_modules(self, targets: Targets, name: str) -> Iterator[tuple[LiveModule, LiveModule, Unit]]:
        """The units with functions that ask for a name of one of some modules: (that module, the unit's, the unit)."""
        for code in self.readers.index.mentioning(name):
            asks, by_text = name in self.asked_by(code), "getattr" in code.co_names
            if asks or by_text:
                for live, unit in self.readers.index.units(id(code)):
                    if asks or f'"{name}"' in unit.text or f"'{name}'" in unit.text:
                        for target in targets.at_hand(live.namespace, unit.reads):
                            yield target, live, unit

    def _asks(self, unit: Unit, name: str) -> bool:
        if unit.is_import or not unit.mentions(name):
            return False
        if name in unit.attributes and not any(name in chain[1:] for chain in unit.reads):
            return True
        lambdas = (code for code in unit.functions if code.co_name == "<lambda>") if "lambda" in unit.text else ()
        return any(name in asked_of_given(code, is_method=False) for code in lambdas)
