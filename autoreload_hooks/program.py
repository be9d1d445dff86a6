"""The modules of the program as they run now: outline, live code and recordings of each unit.

It must never change anything of the user's: it answers questions about the process, and forgets on demand.
"""

from __future__ import annotations

import ast
import functools
import gc
import re
import sys
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import CellType, CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from .compat.bytecode import Names, import_sites, names, reads
from .outline import Chain, Outline, Unit, imports
from .sources import code_of, decode
from .transaction import MISSING

if TYPE_CHECKING:
    from .bindings import BindingTable
    from .recordings import ModuleRecord

CodeRef = weakref.ref[CodeType]
FEW: Final = 4  #: so many code objects are quickly found one by one
NEAR: Final = 20_000  #: how many objects are looked at for the code of an adopted module
DEPTH: Final = 12  #: how far calls are followed by name where nothing was recorded


@dataclass(eq=False)
class LiveModule:
    """A module of the user: its record, the outline of the source that runs, and what is known of each unit."""

    record: ModuleRecord
    _outline: Outline | None = None
    _codes: dict[Unit, list[CodeRef]] = field(default_factory=dict)
    _unsorted: dict[Unit, list[CodeRef]] = field(default_factory=dict)  #: as recorded at import
    _ran: dict[Unit, tuple[CodeRef, ...]] = field(default_factory=dict)
    _imported: frozenset[str] | None = None
    _calls: frozenset[Chain] | None = None
    _indented: tuple[object, bool] = (None, True)  #: the source that was asked for imports, and the answer
    _ran_ids: tuple[object, frozenset[int]] = (None, frozenset())  #: the recording that was asked, and the answer
    reached: dict[int, CodeRef] | None = None
    #: where not everything was recorded, what its own level seems to have run, by id; None until it is looked for
    piece: tuple[str, bytes] | None = None  #: what was sketched last: its text, and what that compiles to
    imports: frozenset[str] | None = None  #: every module that it imports, directly or not; None until it is looked for

    @property
    def name(self) -> str:
        """The module's name."""
        return self.record.name

    @property
    def namespace(self) -> dict[str, Any]:
        """The module's `__dict__`."""
        return self.record.namespace

    @property
    def outlined(self) -> bool:
        """Whether its outline has been made already."""
        return self._outline is not None

    @property
    def outline(self) -> Outline:
        """The outline of the source that runs; made when first asked for."""
        if self._outline is None:
            source = self.record.source
            self._outline = Outline.of(decode(source.data) if source else "", self.record.path)
            self._spread()
        assert self._outline is not None
        return self._outline

    def loads(self, name: str) -> bool:
        """Whether the module's own level may load a name: a quick no before the outline is made."""
        known = self._known
        if known is None:
            if not self.mentions_name(name):
                return False
            known = self._known_by_code()
        return known is None or name in known.loaded

    @property
    def _known(self) -> Names | None:
        """What the module's own level does with names, where that is known and code tells all."""
        known = self.record.known
        return None if known is None or known.by_text or self.has_lost_functions else known

    def _known_by_code(self) -> Names | None:
        """What the module's own level does with names, from the code that runs; None where an outline tells as much."""
        source, record = self.record.source, self.record
        if source is None or record.edited_before or self.outlined or record.known is not None:
            return None
        code = code_of(source)
        record.known = names(code) if code is not None else None
        return self._known

    def mentions_name(self, name: str) -> bool:
        """Whether a name occurs in the source."""
        source = self.record.source
        return source is None or source.mentions(name.encode())

    def mentions(self, *texts: str) -> bool:
        """Whether the source contains one of these texts: a quick no before the outline is made."""
        source = self.record.source
        if source is None:
            return True
        data = source.data
        return any(text.encode() in data for text in texts)

    def may_ask_for(self, name: str) -> bool:
        """Whether the module's own level may read a name of some object: a quick no before the outline is made."""
        known = self._known
        if known is not None:
            return name in known.attributes
        return self.mentions(f".{name}", f'"{name}"', f"'{name}'")

    @property
    def has_inner_imports(self) -> bool:
        """Whether something is imported in a class body, function or compound statement, as indentation tells."""
        source = self.record.source
        if source is None:
            return True
        if self._indented[0] is not source:
            found = re.search(rb"^[ \t]+(?:from|import) ", source.data, re.MULTILINE)
            self._indented = source, found is not None
        return self._indented[1]

    def rebinds(self, name: str) -> bool:
        """Whether the source may bind a name more than once: a quick no by its code, or its text."""
        source, known = self.record.source, self._known
        if source is None or (known is not None and name not in known.rebound):
            return False
        lines = re.findall(rb"^(?![ \t]*#).*\b" + name.encode() + rb"\b.*", source.data, re.MULTILINE)
        return len(lines) > 1 and len(self.outline.binders.get(name, ())) > 1

    def advance(self, outline: Outline, codes: dict[Unit, list[CodeRef]], ran: dict[Unit, tuple[CodeRef, ...]]) -> None:
        """From now on this outline is what runs; what is known of its units is kept by lines as well."""
        self.drop_outline()
        self._outline, self._codes, self._ran = outline, codes, ran
        self._imported = self._calls = self.reached = self.piece = self.record.known = None
        self.record.codes = [ref for unit in outline.units for ref in codes.get(unit, ()) if ref() is not None]
        self.record.ran = {}
        for unit in outline.units:
            if refs := ran.get(unit):
                self.record.ran[unit.first] = (*self.record.ran.get(unit.first, ()), *refs)

    def drop_outline(self) -> None:
        """Forget the outline: it is made again, and all that is known handed to its units, when it is asked for."""
        self._outline, self._codes, self._ran, self._unsorted = None, {}, {}, {}

    @property
    def imported(self) -> frozenset[str]:
        """The names that the module's own level imports."""
        if self._imported is None:
            self._imported = self._outline.imported if self._outline is not None else self._imported_by_code()
        return self._imported

    def _imported_by_code(self) -> frozenset[str]:
        """The same without an outline, from the code that runs."""
        source = self.record.source
        if source is None or not source.mentions(b"import"):
            return frozenset()
        code = code_of(source)
        sites = import_sites(code) if code is not None else ()
        return frozenset(site.local for site in sites if site.local is not None)

    @property
    def calls(self) -> frozenset[Chain]:
        """The chains of what the module's own level may call."""
        if self._calls is None:
            units = (unit for unit in self.outline.units if not unit.is_import)
            self._calls = frozenset(chain for unit in units for chain in unit.calls)
        return self._calls

    @property
    def attributes(self) -> frozenset[str]:
        """The names of all attributes that the module's own level asks for."""
        return frozenset(name for unit in self.outline.units for name in unit.attributes)

    @property
    def ran_ids(self) -> frozenset[int]:
        """The ids of the code objects that were recorded to have run inside its units."""
        ran = self.record.ran
        if self._ran_ids[0] is not ran:
            self._ran_ids = ran, frozenset(id(ref()) for refs in ran.values() for ref in refs)
        return self._ran_ids[1]

    def all_codes(self) -> list[CodeType]:
        """The live code objects of the module's functions, in the order of the source."""
        if not self.record.codes:
            self.record.codes = [weakref.ref(code) for code in codes_near(self.namespace, self.record.path)]
        return [code for ref in self.record.codes if (code := ref()) is not None]

    def move_on(self, renamed: dict[int, CodeRef], below: int, delta: int) -> Callable[[], None]:
        """The source has changed and its units have not: other code objects, other lines; returns what undoes it."""
        record = self.record
        codes, ran = record.codes, record.ran
        if len(renamed) > FEW:
            record.codes = [renamed.get(id(ref()), ref) for ref in codes]
        elif renamed:
            record.codes = _renamed(codes, renamed)
        record.ran = {line + delta * (line >= below): refs for line, refs in ran.items()} if delta else ran
        self.drop_outline()

        def undo() -> None:
            record.codes, record.ran = codes, ran
            self.drop_outline()

        return undo

    def code_refs(self, unit: Unit) -> list[CodeRef]:
        """The live code objects of the functions that a unit defines, in the order of `unit.functions`."""
        if unit in self._unsorted:
            self._codes[unit] = _aligned(unit, self._unsorted.pop(unit))
        return self._codes.get(unit, [])

    def codes(self, unit: Unit) -> list[CodeType | None]:
        """The same, dereferenced: None for what has died."""
        return [ref() for ref in self.code_refs(unit)]

    @property
    def has_lost_functions(self) -> bool:
        """Whether a function that ran at the module's own level is gone, so that nobody knows what it read."""
        ran = self.record.ran
        return not self.record.complete or any(ref() is None for refs in ran.values() for ref in refs)

    def ran_refs(self, unit: Unit) -> tuple[CodeRef, ...]:
        """What was recorded to have run inside a unit."""
        return self._ran.get(unit, ())

    def rename_codes(self, follow: Callable[[Iterable[CodeRef]], tuple[CodeRef, ...]]) -> None:
        """Have the recordings speak of the code objects that the functions run now."""
        self.record.ran = {line: follow(refs) for line, refs in self.record.ran.items()}
        self._ran = {unit: follow(refs) for unit, refs in self._ran.items()}

    def _spread(self) -> None:
        """Hand what was recorded by lines at import to the units that those lines belong to."""
        assert self._outline is not None
        units = self._outline.units
        starts = [unit.first for unit in units]

        def at(line: int) -> Unit | None:
            place = bisect_right(starts, line) - 1
            return units[place] if place >= 0 else None

        self.all_codes()
        for ref in self.record.codes:
            code = ref()
            unit = at(code.co_firstlineno) if code is not None else None
            if unit is not None:
                self._unsorted.setdefault(unit, []).append(ref)
        for line, refs in self.record.ran.items():
            if (unit := at(line)) is not None:
                self._ran[unit] = self._ran.get(unit, ()) + tuple(refs)


def _renamed(codes: list[CodeRef], renamed: dict[int, CodeRef]) -> list[CodeRef]:
    """The same references, but to other code objects in some places."""
    ids = [id(ref()) for ref in codes]
    found = codes.copy()
    for key, ref in renamed.items():
        if key in ids:
            found[ids.index(key)] = ref
    return found


def _aligned(unit: Unit, refs: list[CodeRef]) -> list[CodeRef]:
    """Put live code objects into the order of `unit.functions`; a place whose code is dead gets a dead reference."""
    waiting: dict[tuple[str, int], list[CodeRef]] = {}
    for ref in refs:
        if (code := ref()) is not None:
            waiting.setdefault((code.co_qualname, code.co_firstlineno), []).append(ref)
    aligned = []
    for code in unit.functions:
        found = waiting.get((code.co_qualname, code.co_firstlineno))
        aligned.append(found.pop(0) if found else weakref.ref(_dead_code()))
    return aligned


def codes_near(namespace: dict[str, Any], path: str) -> list[CodeType]:
    """The code objects of a file that the functions around a namespace run, by line: for modules seen only later."""
    found: dict[int, CodeType] = {}
    seen: set[int] = set()
    todo: list[Any] = list(namespace.values())
    while todo and len(seen) < NEAR:
        value = todo.pop()
        if id(value) in seen or isinstance(value, (ModuleType, str, bytes, int, float)):
            continue
        seen.add(id(value))
        if isinstance(value, FunctionType):
            if value.__code__.co_filename == path and "<locals>" not in value.__code__.co_qualname:
                found[id(value.__code__)] = value.__code__
            todo += [cell.cell_contents for cell in value.__closure__ or () if cell != CellType()]
            todo += value.__dict__.values()
        elif isinstance(value, type):
            if value.__module__ == namespace.get("__name__"):
                todo += type.__getattribute__(value, "__dict__").values()
        elif isinstance(value, (staticmethod, classmethod, property, list, tuple, dict)) or callable(value):
            todo += gc.get_referents(value)
    return sorted(found.values(), key=lambda code: code.co_firstlineno)


def with_nested(codes: Iterable[CodeType]) -> Iterator[CodeType]:
    """Code objects, each with all that are nested in it."""
    for code in codes:
        yield code
        yield from with_nested(const for const in code.co_consts if isinstance(const, CodeType))


def _dead_code() -> CodeType:
    """A code object that nobody holds."""
    return compile("", "", "exec")


class Program:
    """All modules that are followed, and who reads what in them."""

    def __init__(self, records: dict[str, ModuleRecord], bindings: BindingTable) -> None:
        self.records = records
        self.bindings = bindings
        self._modules: dict[str, LiveModule] = {}

    def module(self, name: str) -> LiveModule | None:
        """A followed module by name."""
        record = self.records.get(name)
        if record is None:
            return None
        live = self._modules.get(name)
        if live is None or live.record is not record:
            live = self._modules[name] = LiveModule(record)
        return live

    def mine(self) -> Iterator[LiveModule]:
        """The user's own modules, in the order of their import."""
        for name, record in list(self.records.items()):
            if record.mine and (live := self.module(name)) is not None:
                yield live

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

    def with_recordings(self) -> Iterator[LiveModule]:
        """The user's modules in whose units functions were seen to run."""
        for name, record in list(self.records.items()):
            if record.ran and record.mine and (live := self.module(name)) is not None:
                yield live

    def has_run(self, owner: LiveModule, codes: Iterable[CodeType]) -> bool:
        """Whether some of a module's code objects, or what is nested in them, ran inside a unit, as far as is known."""
        return Runs(self).has_run(owner, codes)

    def without_recordings(self) -> Iterator[LiveModule]:
        """The user's modules in whose units functions may have run that nobody saw."""
        for name, record in list(self.records.items()):
            if record.mine and not record.complete and (live := self.module(name)) is not None:
                yield live

    def reached_by(self, live: LiveModule) -> dict[int, CodeRef]:
        """What a module's own level seems to have run; looked for once, until units run again."""
        if live.reached is None:
            found = self.reached(live.namespace, live.calls, live.attributes)
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
        return live.imports

    def prepare(self, name: str) -> None:
        """Find out what `has_run` will need to know of a module."""
        record = self.records.get(name)
        if record is not None and record.mine and not record.complete and (live := self.module(name)) is not None:
            self.imports_of(live)

    def units_ran(self) -> None:
        """Names may hold other functions now, and other modules may be imported."""
        for live in self._modules.values():
            live.reached = live.imports = None

    def mentioning(self, word: str) -> Iterator[LiveModule]:
        """The user's modules in whose source a word occurs."""
        wanted = word.encode()
        for name, record in list(self.records.items()):
            if record.mine and (record.source is None or record.source.mentions(wanted)):
                live = self.module(name)
                if live is not None:
                    yield live

    def forget(self, name: str) -> None:
        """Drop what is known of a module."""
        self._modules.pop(name, None)

    def loaded(self, name: str) -> ModuleType | None:
        """The module object of a followed module, if it is still the one that was imported."""
        module, record = sys.modules.get(name), self.records.get(name)
        if not isinstance(module, ModuleType) or record is None or module_namespace(module) is not record.namespace:
            return None
        return module

    def namespace_of_file(self, path: str) -> dict[str, Any]:
        """The globals of the code of a file: those of the followed module that was read from it."""
        for record in self.records.values():
            if record.path == path:
                return record.namespace
        return {}

    # -- values -------------------------------------------------------------------------------------------------
    def value(self, namespace: dict[str, Any], chain: Chain) -> Any:
        """What a chain of names is now, or MISSING; looks only where looking runs no code of the user."""
        value = namespace.get(chain[0], MISSING)
        for name in chain[1:]:
            value = attribute(value, name)
        return value

    def owners(self, namespace: dict[str, Any], chain: Chain) -> Iterator[tuple[Any, str]]:
        """Each step of a chain as (the object asked, the name): a module or class, and what was read of it."""
        value = namespace.get(chain[0], MISSING)
        for name in chain[1:]:
            if value is MISSING:
                return
            yield value, name
            value = attribute(value, name)

    # -- who ran, who reads -------------------------------------------------------------------------------------
    def ran(self, live: LiveModule, unit: Unit) -> set[int]:
        """The ids of the code objects that ran inside a unit: as recorded, else as the names in the source say."""
        recorded = {id(code) for ref in live.ran_refs(unit) if (code := ref()) is not None}
        if live.record.complete:
            return recorded
        return recorded | self._reached(live, unit)

    def ran_codes(self, live: LiveModule, unit: Unit) -> list[CodeType]:
        """The same as code objects, where they are known."""
        recorded = [code for ref in live.ran_refs(unit) if (code := ref()) is not None]
        if live.record.complete:
            return recorded
        return recorded + list(self._reached_codes(live, unit).values())

    def foreseen_codes(self, live: LiveModule, unit: Unit) -> list[CodeType]:
        """What will run inside a unit: what ran the last time, and, for one that is new, what its names say."""
        return self.ran_codes(live, unit) or list(self._reached_codes(live, unit).values())

    def _reached(self, live: LiveModule, unit: Unit) -> set[int]:
        return set(self._reached_codes(live, unit))

    def _reached_codes(self, live: LiveModule, unit: Unit) -> dict[int, CodeType]:
        """Follow the names that a unit calls to functions and classes, and on through their code."""
        if unit.is_import:
            return {}
        return self.reached(live.namespace, unit.calls, unit.attributes)

    def reached(
        self, namespace: dict[str, Any], chains: Iterable[Chain], attributes: Iterable[str] = ()
    ) -> dict[int, CodeType]:
        """The code of the user's functions that what these chains name may run, by `id`.

        Names are followed transitively; attribute names (those that are asked of the results, and those that methods
        ask of anything) only within the classes that are instantiated on the way.
        """
        found: dict[int, CodeType] = {}
        todo = [(namespace, chain, frozenset(attributes), 0) for chain in chains]
        while todo:
            namespace, chain, asked, depth = todo.pop()
            value = self.value(namespace, chain)
            functions = list(callables(value))
            if isinstance(value, type):
                functions += _members(value, asked)
            while functions:
                function = functions.pop()
                if id(function.__code__) in found or depth >= DEPTH or not self.follows(function):
                    continue
                codes = list(_and_nested(function.__code__))
                found |= {id(code): code for code in codes}
                names = frozenset(name for code in codes for name in code.co_names)
                if isinstance(value, type):
                    functions += _members(value, names)
                todo += [(function.__globals__, chain, names, depth + 1) for code in codes for chain in reads(code)]
        return found

    def follows(self, function: FunctionType) -> bool:
        """Whether a function is of a module of the user."""
        name = function.__globals__.get("__name__")
        record = self.records.get(name) if isinstance(name, str) else None
        return record is not None and record.mine

    def holders_of_module(self, module: ModuleType) -> Iterator[LiveModule]:
        """The user's modules in whose namespace a module is held under some name."""
        for live in self.mine():
            if any(value is module for value in list(live.namespace.values())):
                yield live

    def imported_by(self, live: LiveModule, node: ast.stmt) -> Iterator[str]:
        """The absolute names of the followed modules that a statement imports."""
        for child in imports(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield from self._known(alias.name)
            else:
                base = absolute(child.module or "", child.level, live.record.package)
                yield from self._known(base)
                for alias in child.names:
                    yield from (name for name in self._known(f"{base}.{alias.name}") if name == f"{base}.{alias.name}")

    def imports_unknown(self, live: LiveModule, node: ast.stmt) -> bool:
        """Whether a statement imports a module that is not loaded."""
        for child in imports(node):
            if isinstance(child, ast.Import):
                names = [alias.name for alias in child.names]
            else:
                names = [absolute(child.module or "", child.level, live.record.package)]
            if any(name not in sys.modules for name in names):
                return True
        return False

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
            if live.reached is not None or live is owner or owner.name in self.program.imports_of(live)
        )


def absolute(module: str, level: int, package: str | None) -> str:
    """A relative import's module by its full name."""
    if not level:
        return module
    parts = (package or "").split(".")
    base = ".".join(parts[: len(parts) - level + 1])
    return f"{base}.{module}" if module and base else module or base


def attribute(value: Any, name: str) -> Any:
    """An attribute of a module, class or plain instance without running any code of the user, or MISSING."""
    if isinstance(value, ModuleType):
        return module_namespace(value).get(name, MISSING)
    if isinstance(value, type):
        for base in type.__getattribute__(value, "__mro__"):
            entries = type.__getattribute__(base, "__dict__")
            if name in entries:
                return entries[name]
        return MISSING
    try:
        state = object.__getattribute__(value, "__dict__")
    except (AttributeError, TypeError):
        return MISSING
    return state.get(name, MISSING) if type(state) is dict else MISSING


def module_namespace(module: ModuleType) -> dict[str, Any]:
    """A module's `__dict__`, past any `__getattribute__` of its own (lazy modules load at any other touch)."""
    return ModuleType.__getattribute__(module, "__dict__")  # type: ignore[no-any-return]


def callables(value: Any) -> Iterable[FunctionType]:
    """The Python functions that calling a value may run at once."""
    if isinstance(value, FunctionType):
        yield value
        wrapped = value.__dict__.get("__wrapped__")
        if wrapped is not None and wrapped is not value:
            yield from callables(wrapped)
    elif isinstance(value, (staticmethod, classmethod)):
        yield from callables(value.__func__)
    elif isinstance(value, functools._lru_cache_wrapper):
        yield from callables(value.__wrapped__)
    elif isinstance(value, functools.partial):
        yield from callables(value.func)
    elif isinstance(value, type):
        names = ("__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__", "__get__")
        for name in names:
            yield from callables(attribute(value, name))
        metaclass = type(value)
        if metaclass is not type:
            for name in ("__new__", "__init__", "__call__", "__prepare__"):
                yield from callables(attribute(metaclass, name))
    elif isinstance(call := attribute(type(value), "__call__"), FunctionType):
        yield call


def _members(cls: type, names: Iterable[str]) -> Iterator[FunctionType]:
    """The functions that asking an instance of a class for these names may run: methods, properties."""
    for name in names:
        member = attribute(cls, name)
        for value in (member.fget, member.fset) if isinstance(member, property) else (member,):
            if isinstance(value, (FunctionType, staticmethod, classmethod)):
                yield from callables(value)


def _and_nested(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions within it, which it may call or hand on."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _and_nested(constant)


def live_object(path: str, namespace: dict[str, Any]) -> Any:
    """The object of a qualified name such as `A.B.f`, or MISSING."""
    first, *rest = path.split(".")
    value = namespace.get(first, MISSING)
    for name in rest:
        value = attribute(value, name)
    return value


def is_exported(name: str, listed: Any) -> bool:
    """Whether a star import gives a name, by the value of `__all__` (anything but a list or tuple: there is none)."""
    return name in listed if isinstance(listed, (list, tuple)) else not name.startswith("_")
