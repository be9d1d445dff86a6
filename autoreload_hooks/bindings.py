"""Who bound which name from where: `from a import x as z` in module b, in the notebook, anywhere.

It must never look at a live namespace: what was really bound is for the asker to check.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .compat.bytecode import ImportSite

USER: Final = "__main__"
"""The importer name of the notebook's namespace."""

STAR: Final = "*"


@dataclass(frozen=True, slots=True)
class Binding:
    """The importer's name `local` was bound by `from source import name`."""

    importer: str  #: the module (or USER) whose namespace holds the name
    local: str  #: the name there
    source: str  #: the module it was imported from, by its absolute name
    name: str  #: the name in that module


class BindingTable:
    """All recorded imports, found by what they import or by who imports.

    Recording is cheap, as it happens at import: names are resolved when the first question is asked.
    """

    def __init__(self) -> None:
        self._sites: dict[str, tuple[str | None, tuple[ImportSite, ...]]] = {}
        self._waiting: set[str] = set()  # importers whose sites are not yet in the indexes below
        self._by_importer: dict[str, dict[Binding, None]] = {}
        self._by_source: dict[tuple[str, str], dict[Binding, None]] = {}
        self._stars: dict[str, dict[str, None]] = {}

    def record(
        self, importer: str, package: str | None, sites: Iterable[ImportSite], *, replace: bool = False
    ) -> None:
        """Remember the imports that `importer` (whose `__package__` is `package`) makes.

        Args:
            importer: the module's name, or USER.
            package: what relative imports are relative to.
            sites: its imports, in source order.
            replace: forget what was recorded for this importer before.
        """
        sites = tuple(sites)
        if importer in self._sites:
            if replace:
                self.forget(importer)
            else:
                known = self._sites[importer][1]
                self._index(importer, package, sites)
                sites = known + tuple(site for site in sites if site not in known)
        else:
            self._waiting.add(importer)
        if sites:
            self._sites[importer] = package, sites
        if replace and sites:
            self._waiting.add(importer)

    def of(self, source: str, name: str) -> tuple[Binding, ...]:
        """Return every binding of `from source import name`, whoever made it."""
        self._settle()
        return tuple(self._by_source.get((source, name), ()))

    def stars_of(self, source: str) -> tuple[str, ...]:
        """Return the importers that did `from source import *`."""
        self._settle()
        return tuple(self._stars.get(source, ()))

    def by(self, importer: str) -> tuple[Binding, ...]:
        """Return the bindings that `importer` made, in source order; star imports are not among them."""
        self._settle()
        return tuple(self._by_importer.get(importer, ()))

    def imported_modules(self, importer: str) -> tuple[str, ...]:
        """Return every loaded or named module that `importer` imports in any form, in source order, packages first.

        What `from package import name` names counts as a module if there is one of that name.
        """
        package, sites = self._sites.get(importer, (None, ()))
        return tuple(dict.fromkeys(module for site in sites for module in modules_of(site, package)))

    def forget(self, importer: str) -> None:
        """Drop everything that `importer` has bound."""
        package, sites = self._sites.pop(importer, (None, ()))
        if importer in self._waiting:
            self._waiting.discard(importer)
            return
        for binding in self._by_importer.pop(importer, ()):
            self._by_source[binding.source, binding.name].pop(binding, None)
        for site in sites:
            if site.name == STAR:
                self._stars.get(absolute(site.module, site.level, package), {}).pop(importer, None)

    def _settle(self) -> None:
        """Index what was recorded since the last question."""
        while self._waiting:
            importer = self._waiting.pop()
            if importer in self._sites:
                self._index(importer, *self._sites[importer])

    def _index(self, importer: str, package: str | None, sites: tuple[ImportSite, ...]) -> None:
        for site in sites:
            if site.name is None:
                continue
            source = absolute(site.module, site.level, package)
            if site.name == STAR:
                self._stars.setdefault(source, {})[importer] = None
            elif site.local is not None:
                binding = Binding(importer, site.local, source, site.name)
                self._by_importer.setdefault(importer, {})[binding] = None
                self._by_source.setdefault((source, site.name), {})[binding] = None


def absolute(module: str, level: int, package: str | None) -> str:
    """Return the full name of the module that `from ..module import` means within `package`."""
    if not level:
        return module
    base = (package or "").rsplit(".", level - 1)[0]
    return f"{base}.{module}" if base and module else base or module


def modules_of(site: ImportSite, package: str | None) -> Iterator[str]:
    """Yield the modules that one import statement's alias imports: packages first, then what is in them."""
    name = absolute(site.module, site.level, package)
    end = name.find(".")
    while end > 0:
        yield name[:end]
        end = name.find(".", end + 1)
    if name:
        yield name
    if site.name not in (None, STAR) and f"{name}.{site.name}" in sys.modules:
        yield f"{name}.{site.name}"
