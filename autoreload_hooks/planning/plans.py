"""What a reload would do: the units that certainly run, those that may, and because of what.

It must never change anything: a plan is a value, made from edits and from questions to the program.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType

from autoreload_hooks.compat.bytecode import reads
from autoreload_hooks.outline import FUNCTIONS, Unit, imports
from autoreload_hooks.program import Program
from autoreload_hooks.recordings.folders import lists_data, lists_folder, names_in

from .edits import Kind, ModuleEdit, Pair, differing_codes
from .readers import Readers


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A unit that runs again, and why."""

    module: str
    unit: Unit
    because: str

    def __str__(self) -> str:
        return f"{self.module}:{self.unit.first} {self.unit.label}, because {self.because}"


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a reload would do."""

    edits: tuple[ModuleEdit, ...] = ()
    runs: tuple[Run, ...] = ()  #: units that certainly run
    may_run: tuple[Run, ...] = ()  #: units that run if what they read comes out different
    broken: tuple[str, ...] = ()  #: edited modules that stay out, as they do not compile, and why

    def __bool__(self) -> bool:
        return bool(self.edits or self.broken)

    @property
    def swaps(self) -> tuple[str, ...]:
        """The functions that get new code, as `module:qualname`."""
        return tuple(
            f"{edit.name}:{new.co_qualname}"
            for edit in self.edits
            for pair in edit.pairs_of(Kind.BODY)
            for _, new in pair.bodies
        )

    @property
    def removals(self) -> tuple[str, ...]:
        """The names that go, as `module.name`."""
        return tuple(f"{edit.name}.{name}" for edit in self.edits for name in edit.gone)

    def __str__(self) -> str:
        if not self:
            return "Nothing to do: no followed file has changed."
        lines = [f"{'gone  ' if edit.departs else 'edited'}    {edit.name}" for edit in self.edits]
        lines += [f"broken    {reason}" for reason in self.broken]
        lines += [f"swap      {swap}" for swap in self.swaps]
        lines += [f"run       {run}" for run in self.runs]
        lines += [f"may run   {run}" for run in self.may_run]
        lines += [f"remove    {name}" for name in self.removals]
        return "\n".join(lines)


def certain_runs(edits: Iterable[ModuleEdit]) -> Iterator[Run]:
    """The units that run whatever comes out: changed and added ones."""
    for edit in edits:
        for pair in edit.pairs_of(Kind.CHANGED, Kind.ADDED):
            if pair.new is not None and (pair.kind is Kind.ADDED or not pair.new.keeps):
                reason = "it was added" if pair.kind is Kind.ADDED else "its source changed"
                yield Run(edit.name, pair.new, reason)


def uncovered_binders(edits: Iterable[ModuleEdit]) -> Iterator[Run]:
    """Unchanged units that are now the last to bind a name, as the one after them has gone or moved."""
    for edit in edits:
        if edit.old is None:
            continue
        for pair in edit.pairs_of(Kind.SAME, Kind.MOVED, Kind.BODY):
            assert pair.old is not None
            assert pair.new is not None
            for name in pair.new.binds:
                if edit.new.last_binder(name) is pair.new and edit.old.last_binder(name) is not pair.old:
                    yield Run(edit.name, pair.new, f"it is the last to bind {name} now")
                    break
        for pair in edit.pairs_of(Kind.REMOVED):
            assert pair.old is not None
            for name in pair.old.binds:
                last = edit.new.last_binder(name)
                if last is not None and last.is_compound and name not in last.gives:
                    yield Run(edit.name, last, f"it may be the last to bind {name} now")


def displaced_readers(program: Program, edits: Iterable[ModuleEdit]) -> Iterator[Run]:
    """Unchanged units that read a name with several binders, and have another one above them than before."""
    for edit in edits:
        if edit.old is None:
            continue
        partners = {pair.new: pair.old for pair in edit.pairs}
        several = [name for o in (edit.old, edit.new) for name, units in o.binders.items() if len(units) > 1]
        for pair in edit.pairs_of(Kind.SAME, Kind.MOVED, Kind.BODY):
            assert pair.old is not None
            assert pair.new is not None
            names = (
                [name for name in dict.fromkeys(several) if name in _read_by(program, edit, pair)] if several else []
            )
            for name in names:
                now = edit.new.binder_before(name, pair.new.index)
                if now is not None and partners.get(now) is not edit.old.binder_before(name, pair.old.index):
                    yield Run(edit.name, pair.new, f"{name} is what another statement gives it now")
                    break


def _read_by(program: Program, edit: ModuleEdit, pair: Pair) -> set[str]:
    """The names that a unit reads, itself or in functions of its module that ran in it."""
    assert pair.old is not None
    assert pair.new is not None
    codes = program.ran_codes(edit.live, pair.old)
    own = [code for code in codes if code.co_filename == edit.live.record.path]
    return {chain[0] for chain in pair.new.reads} | {chain[0] for code in own for chain in reads(code)}


def imports_that_appeared(
    program: Program, edits: Iterable[ModuleEdit], importable: Mapping[str, Sequence[str]]
) -> Iterator[Run]:
    """Statements that handle a missing import, of what was not there and can be imported now."""
    for edit in edits:
        wanted = importable.get(edit.name, ())
        for unit in edit.new.units if wanted else ():
            nodes = list(imports(unit.node)) if unit.is_compound else []
            found = [name for name in program.unknown_imports(edit.live, nodes) if name in wanted]
            if found:
                yield Run(edit.name, unit, f"{found[0]} can be imported now")


def listings_that_differ(program: Program, edits: Iterable[ModuleEdit], listing: Collection[str]) -> Iterator[Run]:
    """Statements that list the files of a folder, themselves or in functions, in modules where such came or went."""
    for edit in edits:
        for pair in edit.pairs if edit.name in listing else ():
            if pair.old is None or pair.new is None or pair.new.is_definition or pair.new.is_import:
                continue
            ran = [*program.ran_codes(edit.live, pair.old), pair.new.code]
            if lists_folder(names_in(ran)) and not lists_data(ran):
                yield Run(edit.name, pair.new, "other files are there")


def make_plan(
    program: Program,
    edits: Sequence[ModuleEdit],
    importable: Mapping[str, Sequence[str]] | None = None,
    listing: Collection[str] = (),
    *,
    predict: bool = True,
) -> Plan:
    """Put together what a reload of these edits would do; `predict` also says what may follow from it.

    `importable`: by module, the names of what it did not find when it ran and can import now; `listing`: the
    modules that list a folder in which files have come or gone.
    """
    runs = (
        *listings_that_differ(program, edits, listing),
        *imports_that_appeared(program, edits, importable or {}),
        *certain_runs(edits),
        *uncovered_binders(edits),
        *displaced_readers(program, edits),
    )
    if not predict:
        return Plan(tuple(edits), runs)
    forecast = Forecast(program, edits)
    return Plan(tuple(edits), runs, tuple(forecast.may_run(runs)))


class Forecast:
    """Which units may run because of others, in any module, if what they read comes out different."""

    def __init__(self, program: Program, edits: Sequence[ModuleEdit]) -> None:
        self.program = program
        self.edits = edits
        self.readers = Readers(program, {edit.name: edit.new for edit in edits}, edits)
        self.before = {pair.new: pair.old for edit in edits for pair in edit.pairs if pair.new is not None}

    def may_run(self, runs: Sequence[Run]) -> Iterator[Run]:
        """The runs that may follow from new bodies and from these runs, nearest first."""
        seen = {run.unit for run in runs}
        codes = [(edit, code) for edit in self.edits for code in differing_codes(edit)]
        found = [run for edit, code in codes for run in self._of_code(code, f"{edit.name}:{code.co_qualname}")]
        found += [each for run in runs for each in self._of_run(run)]
        while found:
            run = found.pop(0)
            if run.unit not in seen and not run.unit.keeps:
                seen.add(run.unit)
                yield run
                found += self._of_run(run)

    def _of_code(self, code: CodeType, label: str) -> Iterator[Run]:
        for live, unit in self.readers.of_code(id(code)):
            yield Run(live.name, unit, f"{label} changed")

    def _of_run(self, run: Run) -> Iterator[Run]:
        """What reads the names that a unit binds; of a function that stays the same object, what ran it."""
        live, old = self.program.module(run.module), self.before.get(run.unit, run.unit)
        if live is not None and old is not None and _is_bare_function(old) and _is_bare_function(run.unit):
            for code in live.codes(old):
                if code is not None:
                    yield from self._of_code(code, f"{run.module}:{code.co_qualname}")
            return
        for name in run.unit.binds:
            for owner, unit in self.readers.anywhere(run.module, name):
                if not unit.is_import:
                    yield Run(owner.name, unit, f"{run.module}.{name} may differ")


def _is_bare_function(unit: Unit) -> bool:
    """Whether a unit is a function without decorators: it survives in place, and whoever holds it has the new one."""
    return isinstance(unit.node, FUNCTIONS) and not unit.node.decorator_list
