"""Which of some modules are asked for a name, and by what: asked for all of them at once.

It must never change anything, nor run code of the user: it looks only where looking runs nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import CodeType, ModuleType
from typing import Any, Final, NamedTuple

from autoreload_hooks.compat.bytecode.imports import own_imports
from autoreload_hooks.compat.containers import elements, ordered_items
from autoreload_hooks.outline import Chain, Unit
from autoreload_hooks.program import IMPORT_BY_TEXT, LiveModule, Program, absolute, is_a

ENTRIES: Final = 1000  #: how many entries of a container are looked at
LOOKERS: Final = frozenset({"vars", "dir", "getmembers", "__dict__", "getattr", "hasattr", "globals"})
"""What a function uses to go through the names of a module, or to ask for a name that it is told."""
OWN_NAMES: Final = re.compile(
    r"\b(?:globals|locals)\(\)(?!\s*(?:\[|\.(?:get|setdefault|update|pop)\b))|\b(?:vars|dir)\(\)"
)
"""A statement that goes through all names of its own module."""
GOES_THROUGH: Final = frozenset({"values", "items", "keys", "copy", "list", "dict", "sorted", "tuple", "set"})
"""What a function does with `globals()` that goes through all names of its module."""
QUOTED: Final = re.compile(r"""["']([^"']+)(?=["'])""")
"""What stands between two quotes."""
_SEQUENCES: Final = (list, tuple, set, frozenset)


class Asking(NamedTuple):
    """A unit that may ask some module for a name."""

    live: LiveModule
    unit: Unit
    chains: tuple[Chain, ...] = ()  #: what it reads with the name somewhere behind the first
    by_text: bool = False  #: whether it imports what it names in a string
    entries: bool = False  #: whether it may have the module from a container
    through: bool = False  #: whether it goes through all names of something


class Targets:
    """Some modules that have the same name, found by whatever may ask them for it."""

    def __init__(self, program: Program, name: str, lives: Iterable[LiveModule]) -> None:
        self.program = program
        self.name = name
        self.named = {live.name: live for live in lives}  #: by the module's name

    @cached_property
    def loaded(self) -> dict[int, LiveModule]:
        """By the id of the module object, which `sys.modules` keeps alive."""
        found = ((self.program.loaded(name), live) for name, live in self.named.items())
        return {id(module): live for module, live in found if module is not None}

    @cached_property
    def spaces(self) -> dict[int, LiveModule]:
        """By the id of the namespace."""
        return {id(live.namespace): live for live in self.named.values()}

    @cached_property
    def ends(self) -> dict[str, list[LiveModule]]:
        """By what an import may call the module: its name, or the end of it."""
        found: dict[str, list[LiveModule]] = {}
        for name, live in self.named.items():
            found.setdefault(name, []).append(live)
            while name := name.partition(".")[2]:
                found.setdefault(name, []).append(live)
        return found

    # -- units --------------------------------------------------------------------------------------------------
    def asked_by(self, asking: Asking) -> Iterator[LiveModule]:
        """The modules whose name a unit reads, had from wherever: from a container, or imported by text."""
        unit, space = asking.unit, asking.live.namespace
        if asking.through:
            if id(space) in self.spaces and not unit.is_definition and OWN_NAMES.search(unit.text):
                yield self.spaces[id(space)]
            yield from self._wholes(space, unit.reads)
            return
        if asking.by_text:
            yield from self.quoted_in(unit)
        yield from self._asked(space, asking.chains)
        if asking.entries:
            values = (self.program.value(space, chain) for chain in unit.reads)
            yield from self._of_objects(each for value in values for each in (value, *plain_entries(value)))

    def imported_by(
        self, reader: LiveModule, unit: Unit, nodes: list[ast.Import | ast.ImportFrom]
    ) -> Iterator[LiveModule]:
        """The modules from which a class statement imports the name in its body, or as a whole."""
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and any(alias.name == self.name for alias in node.names):
                yield from self._of_names([absolute(node.module or "", node.level, reader.record.package)])
        if self.name in unit.attributes:
            for node in nodes:
                for alias in node.names:
                    yield from (
                        self._of_names([alias.name])
                        if isinstance(node, ast.Import)
                        else (live for live in self.ends.get(alias.name, ()) if _last(live.name) == alias.name)
                    )

    # -- functions ----------------------------------------------------------------------------------------------
    def looked_at(self, code: CodeType, space: dict[str, Any], chains: frozenset[Chain]) -> Iterator[LiveModule]:
        """The modules whose name a function reads, which has this namespace and reads these chains."""
        lookers = LOOKERS.intersection(code.co_names)
        if "globals" in lookers and id(space) in self.spaces and GOES_THROUGH.intersection(code.co_names):
            yield self.spaces[id(space)]
        if lookers := lookers - {"globals"}:
            told = lookers <= {"getattr", "hasattr"}
            for live in self._wholes(space, chains):
                if not (told and any(isinstance(text, str) and text in live.namespace for text in code.co_consts)):
                    yield live
        if "getattr" in lookers and not IMPORT_BY_TEXT.isdisjoint(
            code.co_names
        ):  # a package that loads its modules lazily
            inside = f"{space.get('__name__')}."
            yield from (live for name, live in self.named.items() if name.startswith(inside))
        if self.name not in code.co_names and not mentions_within(code, self.name):
            return
        if not IMPORT_BY_TEXT.isdisjoint(code.co_names):
            texts = [text for text in code.co_consts if isinstance(text, str)]
            yield from self._of_names(f"{space.get('__name__')}{text}" if text[:1] == "." else text for text in texts)
        for word in code.co_names:
            yield from (live for live in self.ends.get(word, ()) if live.namespace is not space)
        if id(space) in self.spaces and any(chain[0] == self.name for chain in chains):
            yield self.spaces[id(space)]
        yield from self._asked(space, [chain for chain in chains if self.name in chain[1:]])

    def at_hand(self, space: dict[str, Any], chains: Iterable[Chain], *, within: bool = False) -> Iterator[LiveModule]:
        """The modules for which some chains stand, or that are in a container for which one stands.

        `within`: so are those of the packages for which one stands.
        """
        for chain in chains:
            value = self.program.value(space, chain)
            yield from self._of_objects((value, *plain_entries(value)))
            if within and is_a(value, ModuleType):
                inside = f"{value.__name__}."
                yield from (live for name, live in self.named.items() if name.startswith(inside))

    def imported_in(self, code: CodeType, space: dict[str, Any]) -> Iterator[LiveModule]:
        """The modules that a function imports itself, by a statement or by a text that stands in it."""
        for site in own_imports(code):
            base = absolute(site.module, site.level, space.get("__package__"))
            yield from self._of_names([base if site.name is None else f"{base}.{site.name}"])
        if not IMPORT_BY_TEXT.isdisjoint(code.co_names):
            yield from self._of_names(text for text in code.co_consts if isinstance(text, str))

    def quoted_in(self, unit: Unit) -> Iterator[LiveModule]:
        """The modules of which a unit has the name, or the end of it, in quotes; or that of something in them."""
        for text in QUOTED.findall(unit.text):
            for name in (text, text.replace(":", ".").removesuffix(f".{self.name}")):
                yield from self.ends.get(name.lstrip("."), ())

    # -- both ---------------------------------------------------------------------------------------------------
    def _asked(self, space: dict[str, Any], chains: Iterable[Chain]) -> Iterator[LiveModule]:
        """The modules that are asked for the name on the way along some chains."""
        steps = (step for chain in chains for step in self.program.owners(space, chain))
        yield from self._of_objects(asked for asked, name in steps if name == self.name)

    def _wholes(self, space: dict[str, Any], chains: Iterable[Chain]) -> Iterator[LiveModule]:
        """The modules for which some chains stand, or whose namespaces they are."""
        wholes = (chain[:-1] if chain[-1] == "__dict__" else chain for chain in chains)
        values = [self.program.value(space, chain) for chain in wholes if chain]
        yield from self._of_objects(values)
        yield from (self.spaces[id(value)] for value in values if id(value) in self.spaces)

    def _of_objects(self, values: Iterable[Any]) -> Iterator[LiveModule]:
        for value in values:
            if is_a(value, ModuleType) and (live := self.loaded.get(id(value))) is not None:
                yield live

    def _of_names(self, names: Iterable[str]) -> Iterator[LiveModule]:
        yield from (self.named[name] for name in names if name in self.named)


def by_name(names: dict[tuple[str, str], LiveModule]) -> dict[str, list[LiveModule]]:
    """Names of modules, as (module, name), sorted by the name: mostly it is the same in all of them."""
    found: dict[str, list[LiveModule]] = {}
    for (_, name), live in names.items():
        found.setdefault(name, []).append(live)
    return found


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def plain_entries(value: Any) -> list[Any]:
    """The first entries of a plain container, keys and values alike; nothing of anything else."""
    if issubclass(type(value), dict):
        return [entry for pair in ordered_items(value)[:ENTRIES] for entry in pair]
    return elements(value, ENTRIES) if issubclass(type(value), _SEQUENCES) else []


def mentions_within(code: CodeType, name: str) -> bool:
    """Whether a comprehension or class body of a code object mentions a name."""
    return any(isinstance(c, CodeType) and (name in c.co_names or mentions_within(c, name)) for c in code.co_consts)
