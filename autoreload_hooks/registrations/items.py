"""Entries that statements set under keys written out: `TABLE["a"] = 1` gives this one entry, and no other may give it.

It must never take an entry out of a dictionary that anything else fills but by such statements: a loop, a method or a
function may have set the very key.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, OrderedDict, defaultdict
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.behaviours import Kinds
from autoreload_hooks.compat.containers import elements
from autoreload_hooks.outline import Chain, Unit, chain_of, chains
from autoreload_hooks.program import SCALARS, LiveModule, Program

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .acting import Acting
from .building import Building
from .makers import Makers
from .taking import Taking

_DICTIONARIES: Final = Kinds((dict, OrderedDict, defaultdict))
_EMPTY: Final = (("dict",), ("OrderedDict",), ("collections", "OrderedDict"))
Key = tuple[type, Any]  #: with its type, as 1 and True are equal


class Items:
    """What statements set under which keys of dictionaries, in one reload."""

    def __init__(self, program: Program, building: Building, acting: Acting, makers: Makers, taking: Taking) -> None:
        self.program = program
        self.building = building
        self.acting = acting
        self.makers = makers
        self.taking = taking
        self._set: dict[int, Counter[Key] | None] = {}  # by the dictionary's id: how many statements set each key

    def take_out(
        self, live: LiveModule, unit: Unit, chain: Chain, shared: Any, readers: Readers, now: Unit | None
    ) -> bool:
        """Take out the entries that only a unit has set; whether that undoes all that it has done to a dictionary."""
        gone = self.only_of(live, unit, chain, shared, readers, now)
        if gone:
            held = enumerate(elements(shared))
            self.taking.drop(shared, [at for at, key in held if type(key) in SCALARS and (type(key), key) in gone])
        return gone is not None

    def only_of(
        self, live: LiveModule, unit: Unit, chain: Chain, shared: Any, readers: Readers, now: Unit | None
    ) -> set[Key] | None:
        """The keys of a dictionary that go with a unit; None if others may have set them, or if it has done more.

        Those that the unit sets as well which takes its place, `now`, stay until that has run.
        """
        keys = self._own_keys(live, unit, shared)
        kept = self._own_keys(live, now, shared) if now is not None else Counter[Key]()
        if not keys or kept is None:
            return None
        others = self._keys_of_all(live, chain, shared, readers)
        if others is None or any(others[key] > kept[key] for key in keys | kept):
            return None
        gone = keys.keys() - kept.keys()
        made = self._made_with(live, chain, readers) if gone else set()
        return gone if made is not None and gone.isdisjoint(made) else None

    def _own_keys(self, live: LiveModule, unit: Unit, shared: Any) -> Counter[Key] | None:
        """The keys that a statement sets in a dictionary; None if it may do anything else to that, or asks it."""
        if type(shared) not in _DICTIONARIES or not isinstance(unit.node, ast.Assign):
            return None
        keys = Counter[Key]()
        for target in unit.node.targets:
            chain = chain_of(target.value) if isinstance(target, ast.Subscript) else None
            if not isinstance(target, ast.Subscript) or chain is None:
                return None
            if self.program.value(live.namespace, chain) is shared:
                if not isinstance(target.slice, ast.Constant):
                    return None
                keys[type(target.slice.value), target.slice.value] += 1
        codes = self.program.ran_codes(live, unit)
        spaces = [(live.namespace, frozenset(chains(unit.node.value)))]
        spaces += [(self.program.namespace_of_file(code.co_filename), self.program.reads_of(code)) for code in codes]
        if any(self._leads_to(shared, space, chain) for space, read in spaces for chain in read):
            return None
        return keys if id(shared) not in self.building.changed_inside(live, unit, codes) else None

    def _leads_to(self, shared: Any, space: dict[str, Any], chain: Chain) -> bool:
        return any(self.program.value(space, chain[:end]) is shared for end in range(1, len(chain) + 1))

    def _keys_of_all(self, live: LiveModule, chain: Chain, shared: Any, readers: Readers) -> Counter[Key] | None:
        """How many statements of the new sources set each key of a dictionary; None if anything else fills it."""
        if id(shared) not in self._set:
            self._set[id(shared)] = self._find_keys(live, chain, shared, readers)
        return self._set[id(shared)]

    def _find_keys(self, live: LiveModule, chain: Chain, shared: Any, readers: Readers) -> Counter[Key] | None:
        found = Counter[Key]()
        for other, unit in set(readers.anywhere(*self.makers.home_of_chain(live, chain))):
            if self.acting.acts_upon(other, unit, shared, readers):
                keys = self._own_keys(other, unit, shared)
                if keys is None:
                    return None
                found += keys
        return found

    def _made_with(self, live: LiveModule, chain: Chain, readers: Readers) -> set[Key] | None:
        """The keys that a dictionary has from the statement that makes it; None if that does not say them."""
        maker = self.makers.of(live.namespace, chain, readers)
        value = _value_of(maker[1].node, self.makers.home_of_chain(live, chain)[1]) if maker is not None else None
        if isinstance(value, ast.Call) and chain_of(value.func) in _EMPTY and not value.args and not value.keywords:
            return set()
        if not isinstance(value, ast.Dict) or not all(isinstance(key, ast.Constant) for key in value.keys):
            return None
        return {(type(key.value), key.value) for key in value.keys if isinstance(key, ast.Constant)}


def _value_of(node: ast.stmt, name: str) -> ast.expr | None:
    """What an assignment gives a name, as in `SIZES, PRICES = {}, {}`; None where that is not written out."""
    value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    for target in node.targets if isinstance(node, ast.Assign) else ():
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            pairs = zip(target.elts, value.elts, strict=True)
            return next((each for to, each in pairs if isinstance(to, ast.Name) and to.id == name), None)
    return value


def says(unit: Unit, key: object) -> bool:
    """Whether a key stands in the text of a statement: in quotes, as the name of a parameter or of a definition."""
    if isinstance(key, str):
        return key in unit.text and re.search(rf"(?<!\w){re.escape(key)}(?!\w)", unit.text) is not None
    return repr(key) in unit.text
