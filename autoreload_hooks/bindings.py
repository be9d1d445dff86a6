"""Who bound which name from where: `from a import x as z` in module b, in the notebook, anywhere.

It must never look at a live namespace: what was really bound is for the asker to check.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from .compat.bytecode.imports import ImportSite

USER: Final = "__main__"
"""The importer name of the notebook's namespace."""

STAR: Final = "*"

QUESTIONS: Final = 30
"""After so many searches through all texts, reading all imports once is cheaper."""


class Binding(NamedTuple):
    """The importer's name `local` was bound by `from source import name`."""

    importer: str  #: the module (or USER) whose namespace holds the name
    local: str  #: the name there
    source: str  #: the module it was imported from, by its absolute name
    name: str  #: the name in that module


class BindingTable:
    """All recorded imports, found by what they import or by who imports.

    Recording is cheap, as it happens at import: names are resolved when the first question is asked. Of an importer
    that is only expected, `sites_of` says what it imports, and `mentions` whether a name may occur in its text.
    """

    def __init__(
        self,
        sites_of: Callable[[str], Iterable[ImportSite]] = lambda _: (),
        mentions: Callable[[str, str], bool] = lambda _, __: True,
    ) -> None:
        self._sites_of = sites_of
        self._mentions = mentions
        self._expected: dict[str, str | None] = {}  # importers and their packages, with sites not yet asked for
        self._questions = 0  # how often all the expected were gone through
        self._sites: dict[str, tuple[str | None, tuple[ImportSite, ...]]] = {}
        self._waiting: dict[str, None] = {}  # importers whose sites are not yet in the indexes below
        self._by_importer: dict[str, dict[Binding, None]] = {}
        self._doubled: dict[str, set[str]] = {}  # of each importer, the names that it imports from several places
        self._by_source: dict[tuple[str, str], dict[Binding, None]] = {}
        self._stars: dict[str, dict[str, None]] = {}

    def record(self, importer: str, package: str | None, sites: Iterable[ImportSite], *, replace: bool = False) -> None:
        """Remember the imports that `importer` (whose `__package__` is `package`) makes.

        Args:
            importer: the module's name, or USER.
            package: what relative imports are relative to.
            sites: its imports, in source order.
            replace: forget what was recorded for this importer before.
        """
        sites = tuple(sites)
        if replace:
            self.forget(importer)
        else:
            self._resolve(importer)
        known = self._sites.get(importer, (package, ()))[1]
        if sites := (*known, *(site for site in sites if site not in known)):
            self._sites[importer] = package, sites
            self._waiting[importer] = None  # what is in the indexes already stays where it is

    def expect(self, importer: str, package: str | None) -> None:
        """The same as `record` with `replace`, but what it imports is asked for only when somebody wants to know."""
        if importer in self._sites:
            self.forget(importer)
        self._expected[importer] = package

    def of(self, source: str, name: str) -> tuple[Binding, ...]:
        """Return every binding of `from source import name`, whoever made it."""
        self._settle(name)
        return tuple(self._by_source.get((source, name), ()))

    def imported(self, names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return those of some names, as (source, name), that somebody imported by name or by a star import."""
        names = list(names)
        if self._expected or self._waiting:
            for name in {name for _, name in names}:
                self._settle(name)
            self._settle(STAR)
        known, stars = self._by_source, self._stars
        return [key for key in names if known.get(key) or stars.get(key[0])]

    def from_source(self, source: str) -> list[Binding]:
        """Return every binding of any name of a module."""
        self._settle(source.rpartition(".")[2])
        return [binding for key, found in self._by_source.items() if key[0] == source for binding in found]

    def stars_of(self, source: str) -> tuple[str, ...]:
        """Return the importers that did `from source import *`."""
        self._settle(STAR)
        return tuple(self._stars.get(source, ()))

    def stars_by(self, importer: str) -> tuple[str, ...]:
        """Return the modules of which `importer` did `from module import *`, in source order."""
        self._resolve(importer)
        self._settle()
        package, sites = self._sites.get(importer, (None, ()))
        sources = (absolute(site.module, site.level, package) for site in sites if site.name == STAR)
        return tuple(dict.fromkeys(source for source in sources if importer in self._stars.get(source, ())))

    def leave_star(self, source: str, importer: str) -> Callable[[], None]:
        """Note that `importer` does no longer `from source import *`; returns what takes that back."""
        self._resolve(importer)
        self._settle()
        stars = self._stars.get(source, {})
        if importer not in stars:
            return lambda: None
        del stars[importer]
        return lambda: stars.update({importer: None})

    def by(self, importer: str) -> tuple[Binding, ...]:
        """Return the bindings that `importer` made, in source order; star imports are not among them."""
        self._resolve(importer)
        self._settle()
        return tuple(self._by_importer.get(importer, ()))

    def later(self, binding: Binding) -> list[Binding]:
        """Return the bindings of the same name that its importer made after it, in source order."""
        if self._expected or self._waiting:
            self._resolve(binding.importer)
            self._settle()
        if not self.is_doubled(binding):
            return []
        made = self._by_importer[binding.importer]
        if binding not in made:
            return []
        same = [each for each in made if each.local == binding.local]
        return same[same.index(binding) + 1 :]

    def is_doubled(self, binding: Binding) -> bool:
        """Whether its importer imports the name from several places, as far as that has been asked for."""
        return binding.local in self._doubled.get(binding.importer, ())

    def imported_modules(self, importer: str, bound: Container[str] | None = None) -> tuple[str, ...]:
        """Return every loaded or named module that `importer` imports in any form, in source order, packages first.

        What `from package import name` names counts as a module if there is one of that name. With `bound`, imports
        that would have given another name than these are left out: they did not run (`if TYPE_CHECKING:`).
        """
        self._resolve(importer)
        package, sites = self._sites.get(importer, (None, ()))
        if bound is not None:
            sites = tuple(site for site in sites if site.local is None or site.local in bound)
        found = dict.fromkeys(module for site in sites for module in modules_of(site, package))
        found.pop(importer, None)
        return tuple(found)

    def is_expected(self, importer: str) -> bool:
        """Whether what `importer` imports has yet to be asked for."""
        return importer in self._expected

    def forget(self, importer: str) -> None:
        """Drop everything that `importer` has bound."""
        self._expected.pop(importer, None)
        package, sites = self._sites.pop(importer, (None, ()))
        self._waiting.pop(importer, None)
        self._doubled.pop(importer, None)
        for binding in self._by_importer.pop(importer, ()):
            self._by_source[binding.source, binding.name].pop(binding, None)
        for site in sites:
            if site.name == STAR:
                self._stars.get(absolute(site.module, site.level, package), {}).pop(importer, None)

    def _settle(self, name: str | None = None) -> None:
        """Index what was recorded since the last question, and of the expected those in whose text `name` occurs."""
        if name is not None and self._expected:
            self._questions += 1
            every = self._questions > QUESTIONS
            for importer in list(self._expected):
                if every or self._mentions(importer, name):
                    self._resolve(importer)
        while self._waiting:
            importer = next(iter(self._waiting))
            del self._waiting[importer]
            if importer in self._sites:
                self._index(importer, *self._sites[importer])

    def _resolve(self, importer: str) -> None:
        """Ask what an expected importer imports."""
        if importer in self._expected:
            package = self._expected.pop(importer)
            if sites := tuple(self._sites_of(importer)):
                self._sites[importer] = package, sites
                self._waiting[importer] = None

    def _index(self, importer: str, package: str | None, sites: tuple[ImportSite, ...]) -> None:
        made = self._by_importer.get(importer, {})
        names = {binding.local for binding in made}
        for site in sites:
            if site.name is None:
                continue
            source = absolute(site.module, site.level, package)
            if site.name == STAR:
                self._stars.setdefault(source, {})[importer] = None
            elif site.local is not None:
                binding = Binding(importer, site.local, source, site.name)
                if site.local in names and binding not in made:
                    self._doubled.setdefault(importer, set()).add(site.local)
                names.add(site.local)
                made.pop(binding, None)  # the latest import of a name is the last
                made[binding] = None
                self._by_source.setdefault((source, site.name), {})[binding] = None
        if made:
            self._by_importer[importer] = made


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
