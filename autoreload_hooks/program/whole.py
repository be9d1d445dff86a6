"""All modules that are followed, and who ran and reads what in them.

It must never change anything of the user's: it answers questions about the process, and forgets on demand.
"""

from __future__ import annotations

import ast
import sys
import weakref
from collections.abc import Iterable, Iterator
from enum import EnumMeta
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.behaviours import is_a, is_among
from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.compat.bytecode.imports import own_imports
from autoreload_hooks.outline import CLASS_OF, Chain, Unit, chains, imports
from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    from autoreload_hooks.bindings import BindingTable
    from autoreload_hooks.recordings import ModuleRecord, Records

from .lookups import (
    absolute,
    and_nested,
    attribute,
    callables,
    gives_computed_values,
    implied,
    members,
    module_namespace,
)
from .modules import CodeRef, LiveModule, alive, with_nested
from .texts import Texts

IMPORT_BY_TEXT: Final = frozenset({"__import__", "import_module"})
"""What imports a module that a string names."""
DEPTH: Final = 12  #: how far calls are followed by name where nothing was recorded


class Program:
    """All modules that are followed, and who reads what in them."""

    def __init__(self, records: Records, bindings: BindingTable) -> None:
        self.records = records
        self.bindings = bindings
        self._modules: dict[str, LiveModule] = {}
        self._read_by: dict[int, tuple[CodeRef, frozenset[Chain]]] = {}
        self.texts = Texts(self.mine)
        self._mine: tuple[int, list[LiveModule]] = (-1, [])  # which version of the records was asked, and the answer
        self._files: tuple[int, dict[str, list[ModuleRecord]]] = (-1, {})

    def module(self, name: str) -> LiveModule | None:
        """A followed module by name."""
        record: ModuleRecord | None = dict.get(self.records, name) if type(name) is str else None  # asked very often
        if record is None:
            return None
        live = self._modules.get(name)
        if live is None or live.record is not record:
            live = self._modules[name] = LiveModule(record)
        return live

    def mine(self) -> list[LiveModule]:
        """The user's own modules, in the order of their import."""
        version = self.records.version
        if self._mine[0] != version:
            names = [name for name, record in list(self.records.items()) if record.mine]
            self._mine = version, [live for name in names if (live := self.module(name)) is not None]
        return self._mine[1]

    def rename_codes(self, renamed: dict[int, CodeRef]) -> None:
        """Have recordings follow functions that run other code now; `renamed`: id of the old code object to the new."""

        def follow(refs: Iterable[CodeRef]) -> tuple[CodeRef, ...]:
            return tuple(renamed.get(id(ref()), ref) for ref in refs)

        if not renamed:
            return
        for live in self.with_recordings():
            if not live.ran_ids.isdisjoint(renamed):
                live.rename_codes(follow)
        for live in self.without_recordings():
            reached = live.reached or {}
            for key in reached.keys() & renamed.keys():
                if (code := renamed[key]()) is not None:
                    reached[id(code)] = renamed[key]
            for unit, refs in list(live.reached_in.items()):
                if any(id(ref()) in renamed for ref in refs):
                    del live.reached_in[unit]

    def with_recordings(self) -> Iterator[LiveModule]:
        """The user's modules in whose units functions were seen to run."""
        yield from (live for live in self.mine() if live.record.ran)

    def has_run(self, owner: LiveModule, codes: Iterable[CodeType]) -> bool:
        """Whether some of a module's code objects, or what is nested in them, ran inside a unit, as far as is known."""
        return Runs(self).has_run(owner, codes)

    def without_recordings(self) -> Iterator[LiveModule]:
        """The user's modules in whose units functions may have run that nobody saw."""
        yield from (live for live in self.mine() if not live.record.complete)

    def reached_by(self, live: LiveModule) -> dict[int, CodeRef]:
        """What a module's own level seems to have run; looked for once, until units run again."""
        if live.reached is None:
            units = live.outline.units
            calls = [*live.calls, *(each for unit in units for each in _makes_members(live, unit))]
            found = self.reached(live.namespace, calls, live.attributes, self._operands(live, units))
            for unit in units if live.habits.imports_by_text else ():
                found |= self._reached_by_text(live, unit)
            live.reached = {key: weakref.ref(code) for key, code in found.items()}
        return live.reached

    def imports_of(self, live: LiveModule) -> frozenset[str]:
        """Every module that a module imports, directly or not: no other's functions can it have run by name."""
        if live.imports is None:
            seen = {live.name}
            todo = [live.name]
            while todo:
                for name in self.bindings.imported_modules(todo.pop()):
                    if name not in seen and name in self.records:
                        seen.add(name)
                        todo.append(name)
            live.imports = frozenset(seen)
            found = (self.module(name) for name in seen)
            live.imports_inside = any(each.habits.inner_imports for each in found if each is not None)
        return live.imports

    def may_import(self, live: LiveModule, name: str) -> bool:
        """Whether a module may import another one, directly or not: also in functions that are called."""
        return name in self.imports_of(live) or live.imports_inside

    def prepare(self, name: str) -> None:
        """Find out what `has_run` will need to know of a module."""
        record = self.records.get(name)
        if record is not None and record.mine and not record.complete and (live := self.module(name)) is not None:
            self.imports_of(live)

    def units_ran(self) -> None:
        """Names may hold other functions now, and other modules may be imported."""
        self._read_by.clear()
        for live in self._modules.values():
            live.reached = live.imports = None
            live.reached_in.clear()

    def mentioning(self, word: str) -> Iterator[LiveModule]:
        """The user's modules in whose source a word occurs."""
        yield from (live for live in self.mine() if live.mentions_name(word))

    def noted_in(self, word: str) -> list[LiveModule]:
        """The same for a word that every reload asks for: the answer is kept."""
        return self.texts.having(word, lambda live: live.mentions_name(word))

    def forget(self, name: str) -> None:
        """Drop what is known of a module."""
        self._modules.pop(name, None)
        self._mine, self._files = (-1, []), (-1, {})

    def importers_of(self, module: str, name: str) -> list[tuple[str, str]]:
        """Under which (module, name) a name of a module has been imported, directly or from one that imports it."""
        found = {(module, name)}
        todo = [(module, name)]
        for source, local in todo:
            keys = [(each.importer, each.local) for each in self.bindings.of(source, local)]
            keys += [(importer, local) for importer in self._with_star(source, local)]
            for key in keys:
                if key not in found:
                    found.add(key)
                    todo.append(key)
        return todo[1:]

    def _with_star(self, source: str, name: str) -> Iterator[str]:
        """The modules that have a name of another one by a star import."""
        for importer in self.bindings.stars_of(source):
            live = self.module(importer)
            if live is not None and name in live.namespace:
                yield importer

    def loaded(self, name: str) -> ModuleType | None:
        """The module object of a followed module, if it is still the one that was imported."""
        module, record = sys.modules.get(name), self.records.get(name)
        if not is_a(module, ModuleType) or record is None or module_namespace(module) is not record.namespace:
            return None
        return module

    def namespace_of_file(self, path: str) -> dict[str, Any]:
        """The globals of the code of a file: those of the followed module that was read from it."""
        return next((record.namespace for record in self.of_file(path)), {})

    def of_file(self, path: str) -> list[ModuleRecord]:
        """The records of the modules that were read from a file; mostly one."""
        version = self.records.version
        if self._files[0] != version:
            files: dict[str, list[ModuleRecord]] = {}
            for record in list(self.records.values()):
                files.setdefault(record.path, []).append(record)
            self._files = version, files
        return self._files[1].get(path, [])

    # -- values -------------------------------------------------------------------------------------------------
    def value(self, namespace: dict[str, Any], chain: Chain) -> Any:
        """What a chain of names is now, or MISSING; looks only where looking runs no code of the user."""
        value = self._first(namespace, chain)
        for name in chain[1:]:
            value = type(value) if name == CLASS_OF and value is not MISSING else attribute(value, name)
        return value

    def owners(self, namespace: dict[str, Any], chain: Chain) -> Iterator[tuple[Any, str]]:
        """Each step of a chain as (the object asked, the name): a module or class, and what was read of it."""
        value = self._first(namespace, chain)
        for name in chain[1:]:
            if value is MISSING:
                return
            yield value, name
            value = attribute(value, name)

    def _first(self, namespace: dict[str, Any], chain: Chain) -> Any:
        """What a chain begins with; what an import gave and a `del` took away is asked of where it came from."""
        value = namespace.get(chain[0], MISSING)
        if value is MISSING and len(chain) > 1:
            live = self.module(name) if type(name := namespace.get("__name__")) is str else None
            if live is not None and live.namespace is namespace and (given := live.deleted.get(chain[0])) is not None:
                module, name = given
                value = sys.modules.get(module, MISSING)
                return value if name is None else attribute(value, name)
        return value

    # -- who ran, who reads -------------------------------------------------------------------------------------
    def ran(self, live: LiveModule, unit: Unit) -> set[int]:
        """The ids of the code objects that ran inside a unit: as recorded, else as the names in the source say."""
        recorded = set(map(id, alive(live.ran_refs(unit))))
        if live.record.complete:
            return recorded
        return recorded | self._reached(live, unit)

    def ran_codes(self, live: LiveModule, unit: Unit) -> list[CodeType]:
        """The same as code objects, where they are known."""
        recorded = alive(live.ran_refs(unit))
        if live.record.complete:
            return recorded
        return recorded + list(self._reached_codes(live, unit).values())

    def foreseen_codes(self, live: LiveModule, unit: Unit) -> list[CodeType]:
        """What will run inside a unit: what ran the last time, and, for one that is new, what its names say."""
        return self.ran_codes(live, unit) or list(self._reach(live, unit).values())

    def _reached(self, live: LiveModule, unit: Unit) -> set[int]:
        return set(self._reached_codes(live, unit))

    def _reached_codes(self, live: LiveModule, unit: Unit) -> dict[int, CodeType]:
        """What a unit seems to have run; looked for once, until something is edited that can be called."""
        known = live.reached_in.get(unit)
        if known is not None and None not in (codes := [ref() for ref in known]):
            return {id(code): code for code in codes if code is not None}
        found = self._reach(live, unit)
        live.reached_in[unit] = list(map(weakref.ref, found.values()))
        return found

    def _reach(self, live: LiveModule, unit: Unit) -> dict[int, CodeType]:
        """Follow the names that a unit calls to functions and classes, and on through their code."""
        if unit.is_import:
            return {}
        calls = [*unit.calls, *_makes_members(live, unit)]
        found = self.reached(live.namespace, calls, unit.attributes, self._operands(live, [unit]))
        return found | self._reached_by_text(live, unit)

    def _reached_by_text(self, live: LiveModule, unit: Unit) -> dict[int, CodeType]:
        """The same of what a unit asks of modules that it imports by their names in quotes."""
        found: dict[int, CodeType] = {}
        if any(name in unit.text for name in IMPORT_BY_TEXT):
            for given, name in self.imported_inside(unit.code, live.namespace):
                found |= self.reached(given, [(name,)], unit.attributes)
        return found

    def _operands(self, live: LiveModule, units: Iterable[Unit]) -> set[Chain]:
        """What units read that only give numbers, texts and the like, which may come of an operation on what was read.

        Of anything else (a cache that is made with an instance, say) it is not supposed: to make it anew is a loss.
        """
        return {
            chain
            for unit in units
            if not unit.is_import and gives_computed_values(live.namespace, unit.binds)
            for chain in chains(unit.node)
        }

    def reached(
        self,
        namespace: dict[str, Any],
        called: Iterable[Chain],
        attributes: Iterable[str] = (),
        operands: Iterable[Chain] = (),
    ) -> dict[int, CodeType]:
        """The code of the user's functions that what these chains name may run, by `id`.

        What is `called` runs; of the `operands` Python may run properties and special methods.

        Names are followed transitively; attribute names (those that are asked of the results, and those that methods
        ask of anything) only within the classes that are instantiated, or whose methods are called, on the way.
        """
        found: dict[int, CodeType] = {}
        todo = [(namespace, chain, frozenset(attributes), 0, False) for chain in called]
        todo += [(namespace, chain, frozenset(attributes), 0, True) for chain in operands]
        while todo:
            namespace, chain, asked, depth, operated = todo.pop()
            value = self.value(namespace, chain)
            if value is MISSING and len(chain) == 1 and depth == 0:
                value = self._imported_before(namespace, chain[0])
            functions = list(implied(namespace, chain) if operated else callables(value))
            cls = value if is_a(value, type) else self._class_asked(namespace, chain)
            if is_a(value, type):
                functions += members(value, asked)
            elif value is MISSING and cls is not None:  # a method of an instance
                functions += members(cls, chain[-1:])
            elif is_a(value, classmethod) and cls is not None:  # it may make one of the class
                functions += callables(cls)
            while functions:
                function = functions.pop()
                if id(function.__code__) in found or depth >= DEPTH or not self.follows(function):
                    continue
                codes = list(and_nested(function.__code__))
                found |= {id(code): code for code in codes}
                names = frozenset(name for code in codes for name in code.co_names)
                if cls is not None:
                    functions += members(cls, names)
                read = [chain for code in codes for chain in self.reads_of(code)]
                todo += [
                    (given, (name,), names, depth + 1, False)
                    for code in codes
                    for given, name in self.imported_inside(code, function.__globals__)
                ]
                todo += [(function.__globals__, chain, names, depth + 1, False) for chain in read]
                if operated or operands:
                    todo += [(function.__globals__, chain, names, depth + 1, True) for chain in read]
        return found

    def reads_of(self, code: CodeType) -> frozenset[Chain]:
        """What a function reads; kept while it lives, without keeping it alive."""
        ref, chains = self._read_by.get(id(code), (None, frozenset()))
        if ref is None or ref() is not code:
            chains = reads(code)
            self._read_by[id(code)] = weakref.ref(code), chains
        return chains

    def imported_inside(self, code: CodeType, namespace: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
        """What a function imports itself, and may call: the namespace of each module, and a name in it."""
        for site in own_imports(code):
            package = namespace.get("__package__")
            base = absolute(site.module, site.level, package if is_a(package, str) else None)
            record = self.records.get(base if site.name is None else f"{base}.{site.name}")
            if record is not None:
                yield from ((record.namespace, name) for name in code.co_names if name in record.namespace)
            elif site.name is not None and (record := self.records.get(base)) is not None:
                yield record.namespace, site.name
        if not IMPORT_BY_TEXT.isdisjoint(code.co_names):
            package = f"{namespace.get('__package__')}."
            for text in (each for each in code.co_consts if type(each) is str):
                record = self.records.get(package + text[1:] if text[:1] == "." else text)
                if record is not None:
                    yield from ((record.namespace, name) for name in code.co_names if name in record.namespace)

    def _imported_before(self, namespace: dict[str, Any], name: str) -> Any:
        """What a module has imported under a name that is gone since, as a function has deleted it; or MISSING."""
        live = self.module(str(namespace.get("__name__")))
        for unit in live.outline.binders.get(name, ()) if live is not None and live.namespace is namespace else ():
            if isinstance(unit.node, ast.ImportFrom) and live is not None:
                record = self.records.get(absolute(unit.node.module or "", unit.node.level, live.record.package))
                names = [alias.name for alias in unit.node.names if (alias.asname or alias.name) == name]
                if record is not None and names:
                    return record.namespace.get(names[0], MISSING)
        return MISSING

    def _class_asked(self, namespace: dict[str, Any], chain: Chain) -> type | None:
        """The class whose method a chain names, asked for through it or through an instance."""
        asked = [owner for owner, _ in self.owners(namespace, chain)][-1:]
        if not asked or is_a(asked[0], ModuleType):
            return None
        return asked[0] if is_a(asked[0], type) else type(asked[0])

    def follows(self, function: FunctionType) -> bool:
        """Whether a function is of a module of the user."""
        name = function.__globals__.get("__name__")
        record = self.records.get(name) if isinstance(name, str) else None
        return record is not None and record.mine

    def names_holding(self, obj: Any, *, in_objects: bool = False) -> Iterator[tuple[str, str]]:
        """The (module, name) under which the user's modules have an object, or a container with it.

        `in_objects`: or an instance that has it as an attribute.
        """
        for live in self.mine():
            for name, value in list(live.namespace.items()):
                if value is obj or any(part is obj for part in _parts(value, in_objects=in_objects)):
                    yield live.name, name

    def imported_by(self, live: LiveModule, nodes: Iterable[ast.Import | ast.ImportFrom]) -> Iterator[str]:
        """The absolute names of the followed modules that import statements import."""
        for child in nodes:
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield from self._known(alias.name)
            else:
                base = absolute(child.module or "", child.level, live.record.package)
                yield from self._known(base)
                for alias in child.names:
                    yield from (name for name in self._known(f"{base}.{alias.name}") if name == f"{base}.{alias.name}")

    def starred_by(self, live: LiveModule, node: ast.stmt) -> Iterator[str]:
        """The absolute names of the followed modules of which a statement imports a star."""
        for child in imports(node):
            if isinstance(child, ast.ImportFrom) and any(alias.name == "*" for alias in child.names):
                name = absolute(child.module or "", child.level, live.record.package)
                if name in self.records:
                    yield name

    def unknown_imports(self, live: LiveModule, nodes: Iterable[ast.Import | ast.ImportFrom]) -> Iterator[str]:
        """The modules that import statements import and that are not loaded; a name of a package may be one."""
        for child in nodes:
            if isinstance(child, ast.Import):
                names = [alias.name for alias in child.names]
            else:
                base = absolute(child.module or "", child.level, live.record.package)
                names = [base]
                if (package := sys.modules.get(base)) is not None:
                    given = module_namespace(package) if is_a(package, ModuleType) else {}
                    lacks = [alias.name for alias in child.names if alias.name not in given and alias.name != "*"]
                    names = [f"{base}.{name}" for name in lacks] if "__path__" in given else []
            yield from (name for name in names if name not in sys.modules)

    def reachable(self, name: str) -> set[str]:
        """Every followed module that a module imports, directly or not, as recorded."""
        seen: set[str] = set()
        todo = [name]
        while todo:
            for imported in self.bindings.imported_modules(todo.pop()):
                if imported not in seen and imported in self.records:
                    seen.add(imported)
                    todo.append(imported)
        return seen

    def _known(self, name: str) -> Iterator[str]:
        """A dotted name's packages and itself, as far as they are followed."""
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            if (prefix := ".".join(parts[:end])) in self.records:
                yield prefix


class Runs:
    """What ran inside units, asked for many modules at once, while nothing runs."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._seen: set[int] | None = None
        self._unseen: list[LiveModule] = []

    def has_run(self, owner: LiveModule, codes: Iterable[CodeType]) -> bool:
        """Whether some of a module's code objects, or what is nested in them, ran inside a unit, as far as is known."""
        if self._seen is None:
            self._seen = set().union(*(live.ran_ids for live in self.program.with_recordings()))
            self._unseen = list(self.program.without_recordings())
        wanted = {id(code) for code in with_nested(codes)}
        return not self._seen.isdisjoint(wanted) or any(
            not wanted.isdisjoint(self.program.reached_by(live))
            for live in self._unseen
            if live.reached is not None
            or live is owner
            or live.habits.imports_by_text
            or self.program.may_import(live, owner.name)
        )


def _parts(value: Any, *, in_objects: bool) -> Iterable[Any]:
    """What is in a plain container, or in the attributes of an instance."""
    if type(value) is dict:
        return list(value.values())
    if is_among(type(value), (list, tuple, set)):
        return list(value)
    if not in_objects or is_a(value, (type, ModuleType, FunctionType)) or not type(value).__dictoffset__:
        return ()
    try:
        return list(object.__getattribute__(value, "__dict__").values())
    except (AttributeError, TypeError):
        return ()


def _makes_members(live: LiveModule, unit: Unit) -> list[Chain]:
    """The class of which a unit makes instances as it defines it: an enumeration."""
    name = unit.node.name if isinstance(unit.node, ast.ClassDef) else ""
    return [(name,)] if name and is_a(live.namespace.get(name), EnumMeta) else []
