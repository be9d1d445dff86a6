"""One module of the user as it runs now: its outline, its live code, and what is known of each unit.

It must never change anything of the user's.
"""

from __future__ import annotations

import gc
import re
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CellType, CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.compat.bytecode import Names, import_sites, names
from autoreload_hooks.compat.silence import warnings_are
from autoreload_hooks.outline import LOOKS_THROUGH, Chain, Outline, Unit
from autoreload_hooks.sources import Unseen, code_of, decode, imports_by_text, imports_inside, rewrites, rewritten

if TYPE_CHECKING:
    from autoreload_hooks.recordings import ModuleRecord

from .lookups import given_by_import

CodeRef = weakref.ref[CodeType]
FEW: Final = 4  #: so many code objects are quickly found one by one
WORDS: Final = re.compile(rb"[\w\x80-\xff]+")  #: names, and what looks like them
DELETES: Final = re.compile(rb"^[ \t]*del ", re.MULTILINE)
NEAR: Final = 20_000  #: how many objects are looked at for the code of an adopted module


class Sketched(NamedTuple):
    """Some whole statements of the source that runs, for the next edit of the same ones."""

    start: int  #: where they begin in the source, in characters
    text: str
    code: bytes  #: what they compile to, marshalled: nobody holds that code


class Habits(NamedTuple):
    """What few modules do, by their texts: a quick no before the outline is made."""

    inner_imports: bool  #: whether something is imported in a class body, function or compound statement
    looks_through: bool  #: whether it may go through the names of something
    imports_by_text: bool  #: whether it may import what a string names

    @classmethod
    def of(cls, data: bytes) -> Habits:
        """Look at a source."""
        return cls(
            imports_inside(data),
            LOOKS_THROUGH.search(data) is not None,
            imports_by_text(data),
        )


ANY_HABITS: Final = Habits(inner_imports=True, looks_through=True, imports_by_text=True)
"""Of a source that is not known."""


def alive(refs: Iterable[CodeRef]) -> list[CodeType]:
    """The code objects that are still there."""
    return [code for ref in refs if (code := ref()) is not None]


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
    _habits: tuple[object, Habits] = (None, ANY_HABITS)  #: the source that was asked, and the answer
    _deleted: tuple[object, dict[str, tuple[str, str | None]]] = (None, {})  #: the same for names that were deleted
    _ran_ids: tuple[object, frozenset[int]] = (None, frozenset())  #: the recording that was asked, and the answer
    reached: dict[int, CodeRef] | None = None
    #: where not everything was recorded, what its own level seems to have run, by id; None until it is looked for
    reached_in: dict[Unit, list[CodeRef]] = field(default_factory=dict)  #: the same by unit, where it was asked
    piece: Sketched | None = None  #: what was sketched last
    imports: frozenset[str] | None = None  #: every module that it imports, directly or not; None until it is looked for
    wrapping: tuple[object, list[str]] = (None, [])  #: the source that was asked, and which of its names have wrappers
    is_opaque: bool = False  #: whether its loader compiles something else than the text, nobody can see what
    left: frozenset[str] | None = None  #: the names that it has kept since its file went; None while that is there
    imports_inside: bool = False  #: whether one of these imports something in a function, as far as `imports` is known

    def __post_init__(self) -> None:
        self.name = self.record.name  #: the module's name

    @property
    def namespace(self) -> dict[str, Any]:
        """The module's `__dict__`."""
        return self.record.namespace

    @property
    def has_departed(self) -> bool:
        """Whether its file went, and with it what it had given to others."""
        return self.left is not None

    @property
    def outlined(self) -> bool:
        """Whether its outline has been made already."""
        return self._outline is not None

    @property
    def outline(self) -> Outline:
        """The outline of the source that runs; made when first asked for."""
        if self._outline is None:
            source = self.record.source
            data, path = source.data if source else b"", self.record.path
            try:
                self._outline = self.read(data, path)
            except ValueError:  # of the loader, which was content with it when the module was imported
                self._outline = Outline.of(decode(data), path)
            self._spread()
        assert self._outline is not None
        return self._outline

    def read(self, data: bytes, path: str, *, warns: bool = False) -> Outline:
        """The outline of a text of the module, with the syntax that its loader makes of it.

        Raises SyntaxError, ValueError and the like as compiling it would.
        """
        text = decode(data)
        if not self.is_rewritten:
            return Outline.of(text, path, warns=warns)
        try:
            with warnings_are("ignore"):
                found = rewritten(self.loader, data, path)
        except Unseen:
            self.is_opaque = True
            return Outline.of(text, path, warns=warns)
        text, tree = (found, None) if isinstance(found, str) else (text, found)
        return Outline.of(text, path, tree, warns=warns)

    @property
    def loader(self) -> object:
        """What has loaded the module, as that says itself."""
        return self.namespace.get("__loader__")

    @property
    def is_rewritten(self) -> bool:
        """Whether its loader may compile something else than the text."""
        return rewrites(self.loader)

    def loads(self, name: str) -> bool:
        """Whether the module's own level may load a name: a quick no before the outline is made."""
        if self._outline is not None:
            return True
        known = self._known
        if known is None:
            if not self.mentions_name(name):
                return False
            known = self._known_by_code()
        return known is None or name in known.loaded

    @property
    def _known(self) -> Names | None:
        """What the module's own level does with names, where that is known and code tells all."""
        record = self.record
        known = record.known
        if known is None or known.by_text:
            return None
        return None if (record.ran or not record.complete) and self.has_lost_functions else known

    def _known_by_code(self) -> Names | None:
        """What the module's own level does with names, from the code that runs; None where an outline tells as much."""
        source, record = self.record.source, self.record
        if source is None or record.edited_before or self._outline is not None or record.known is not None:
            return None
        code = code_of(source)
        record.known = names(code) if code is not None else None
        return self._known

    def mentions_name(self, name: str) -> bool:
        """Whether a name occurs in the source."""
        source = self.record.source
        return source is None or source.mentions(name.encode())

    def words(self) -> frozenset[bytes] | None:
        """All words of the source, names among them; None where there is no source."""
        source = self.record.source
        return None if source is None else frozenset(WORDS.findall(source.data))

    def mentions(self, *texts: str, data: bytes | None = None) -> bool:
        """Whether the source contains one of these texts: a quick no before the outline is made.

        `data` is the source, where it is at hand.
        """
        source = self.record.source
        if source is None:
            return True
        data = source.data if data is None else data
        return any(text.encode() in data for text in texts)

    def may_ask_for(self, name: str, data_of: Callable[[LiveModule], bytes | None] | None = None) -> bool:
        """Whether the module's own level may read a name of some object: a quick no before the outline is made.

        `data_of` gives the source, where it is at hand.
        """
        known = self._known
        if known is not None:
            return name in known.attributes
        return self.mentions(f".{name}", f'"{name}"', f"'{name}'", data=data_of(self) if data_of else None)

    @property
    def habits(self) -> Habits:
        """What its source does that few modules do; looked for once."""
        source = self.record.source
        if source is None:
            return ANY_HABITS
        if self._habits[0] is not source:
            self._habits = source, Habits.of(source.data)
        return self._habits[1]

    @property
    def deleted(self) -> dict[str, tuple[str, str | None]]:
        """The names that an import gave and a statement deleted later, each with its module, and its name there."""
        source = self.record.source
        if source is None:
            return {}
        if self._deleted[0] is not source:
            self._deleted = source, dict(self._find_deleted()) if DELETES.search(source.data) else {}
        return self._deleted[1]

    def _find_deleted(self) -> Iterator[tuple[str, tuple[str, str | None]]]:
        for unit in self.outline.units:
            for name in unit.deletes:
                giver = self.outline.binder_before(name, unit.index)
                if giver is not None and (given := given_by_import(giver, name, self.record.package)) is not None:
                    yield name, given

    def only_bodies_changed(self, before: object) -> None:
        """Its text differs from another one in bodies of functions only: which names have wrappers is as it was."""
        if self.wrapping[0] is before:
            self.wrapping = self.record.source, self.wrapping[1]

    @property
    def may_rebind(self) -> bool:
        """Whether the source may bind any name more than once: a quick no."""
        known = self.record.known
        return known is None or known.by_text or bool(known.rebound)

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
        self.record.ran, self.record.surveyed = {}, True
        for unit in outline.units:
            if refs := ran.get(unit):
                self.record.ran[unit.first] = (*self.record.ran.get(unit.first, ()), *refs)

    def drop_outline(self) -> None:
        """Forget the outline: it is made again, and all that is known handed to its units, when it is asked for."""
        self._outline, self._codes, self._ran, self._unsorted = None, {}, {}, {}
        self.reached_in.clear()

    @property
    def imported(self) -> frozenset[str]:
        """The names that the module's own level imports, and `super` where it does anything with that."""
        if self._imported is None:
            self._imported = self._outline.imported if self._outline is not None else self._imported_by_code()
        return self._imported

    def _imported_by_code(self) -> frozenset[str]:
        """The same without an outline, from the code that runs."""
        source = self.record.source
        if source is None or not (source.mentions(b"import") or source.mentions(b"super")):
            return frozenset()
        code = code_of(source)
        if code is None:
            return frozenset()
        return frozenset(site.local for site in import_sites(code) if site.local is not None) | (
            {"super"}.intersection(code.co_names)
        )

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
        record = self.record
        if not (record.codes or record.surveyed):
            record.codes = [weakref.ref(code) for code in codes_near(self.namespace, record.path)]
            record.surveyed = True
        return alive(record.codes)

    def move_on(
        self, renamed: dict[int, CodeRef], below: int, delta: int, lines: Mapping[int, int]
    ) -> Callable[[], None]:
        """The source has changed and its units have not: other code objects, other lines; returns what undoes it.

        `lines` gives those that moved in another way than the ones `below`.
        """
        record = self.record
        codes, ran = record.codes, record.ran
        if len(renamed) > FEW:
            record.codes = [renamed.get(id(ref()), ref) for ref in codes]
        elif renamed:
            record.codes = _renamed(codes, renamed)
        if delta or lines:
            record.ran = {}
            for line, refs in ran.items():
                now = lines.get(line, line + delta * (line >= below))
                record.ran[now] = (*record.ran.get(now, ()), *refs)
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
        if ran or not self.record.complete:
            return not self.record.complete or any(ref() is None for refs in ran.values() for ref in refs)
        return False

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
        if id(value) in seen or is_a(value, (ModuleType, str, bytes, int, float)):
            continue
        seen.add(id(value))
        if is_a(value, FunctionType):
            if value.__code__.co_filename == path and "<locals>" not in value.__code__.co_qualname:
                found[id(value.__code__)] = value.__code__
            todo += [cell.cell_contents for cell in value.__closure__ or () if cell != CellType()]
            todo += value.__dict__.values()
        elif is_a(value, type):
            if value.__module__ == namespace.get("__name__"):
                todo += type.__getattribute__(value, "__dict__").values()
        elif is_a(value, (staticmethod, classmethod, property, list, tuple, dict)) or callable(value):
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
