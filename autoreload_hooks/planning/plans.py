"""What a reload would do: the units that certainly run, those that may, and because of what.

It must never change anything: a plan is a value, made from edits and from questions to the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from autoreload_hooks.outline import Unit
from autoreload_hooks.program import Program

from .edits import Kind, ModuleEdit, differing_codes
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
        lines = [f"edited    {edit.name}" for edit in self.edits]
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
            if pair.new is not None and not pair.new.keeps:
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


def displaced_readers(edits: Iterable[ModuleEdit]) -> Iterator[Run]:
    """Unchanged units that read a name with several binders, and have another one above them than before."""
    for edit in edits:
        if edit.old is None:
            continue
        partners = {pair.new: pair.old for pair in edit.pairs}
        several = [name for o in (edit.old, edit.new) for name, units in o.binders.items() if len(units) > 1]
        for pair in edit.pairs_of(Kind.SAME, Kind.MOVED, Kind.BODY):
            assert pair.old is not None
            assert pair.new is not None
            for name in dict.fromkeys(several):
                if name not in pair.new.text or all(chain[0] != name for chain in pair.new.reads):
                    continue
                now = edit.new.binder_before(name, pair.new.index)
                if now is not None and partners.get(now) is not edit.old.binder_before(name, pair.old.index):
                    yield Run(edit.name, pair.new, f"{name} is what another statement gives it now")
                    break


def make_plan(program: Program, edits: Sequence[ModuleEdit], *, predict: bool = True) -> Plan:
    """Put together what a reload of these edits would do; `predict` also says what may follow from it."""
    runs = (*certain_runs(edits), *uncovered_binders(edits), *displaced_readers(edits))
    if not predict:
        return Plan(tuple(edits), runs)
    readers = Readers(program, {edit.name: edit.new for edit in edits}, edits)
    seen = {run.unit for run in runs}
    may_run: list[Run] = []
    names = [(run.module, name, f"{run.module}.{name}") for run in runs for name in run.unit.binds]
    codes = [(id(code), f"{edit.name}:{code.co_qualname}") for edit in edits for code in differing_codes(edit)]
    found = [(live, unit, f"{label} changed") for code, label in codes for live, unit in readers.of_code(code)]
    found += [
        (live, unit, f"{label} may differ")
        for module, name, label in names
        for live, unit in readers.of_name(module, name)
    ]
    while found:
        live, unit, because = found.pop(0)
        if unit in seen or unit.keeps:
            continue
        seen.add(unit)
        run = Run(live.name, unit, because)
        may_run.append(run)
        for name in unit.binds:
            found += [(owner, u, f"{run.module}.{name} may differ") for owner, u in readers.of_name(run.module, name)]
    return Plan(tuple(edits), runs, tuple(may_run))
