"""Give live functions new code where only their bodies changed or moved, and classes the facts that moved along.

It must never run a unit: what a changed body makes stale is put on the agenda.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple

from autoreload_hooks.compat import Refused
from autoreload_hooks.compat.bytecode import class_facts
from autoreload_hooks.compat.classes import functions_in
from autoreload_hooks.compat.lines import in_file, moved
from autoreload_hooks.outline import Unit
from autoreload_hooks.planning import Kind, ModuleEdit, Pair, Run, differing_codes, swapped_codes
from autoreload_hooks.program import LiveModule, is_a, live_object
from autoreload_hooks.sketch import Sketch

from .agenda import Agenda
from .context import Context
from .searching import Searched, Searching, member_of

NOWHERE: Final[Mapping[int, int]] = {}


class Swap(NamedTuple):
    """A code object and the one that takes its place."""

    old: CodeType
    new: CodeType
    roots: list[Any]  #: what the unit's names hold: where its functions are
    differs: bool | None = None  #: whether the new one does something else, where that is known
    known: int = 1  #: how many holders of the old code are known that are no functions: this is one


class Swapping:
    """The swaps of one reload, those of sketches and those of its plan."""

    def __init__(self, context: Context, agenda: Agenda, searching: Searching) -> None:
        self.context = context
        self.agenda = agenda
        self.searching = searching

    def follow_sketch(self, sketch: Sketch) -> None:
        """Swap what the sketch says; the module has other code and lines from then on, for whoever asks."""
        live, namespace = sketch.live, sketch.live.namespace
        roots = [namespace.get(name) for name in sketch.names]
        self.context.events += [f"swap {live.name}:{code.co_qualname}" for code in sketch.changed]
        changed = {id(code) for code in sketch.changed}
        self.context.changed_codes |= {id(code): code for code in sketch.doing_otherwise}
        held = Counter(map(id, (*sketch.changed, *sketch.doing_otherwise)))
        swaps = [  # the sketch holds the old code, too
            Swap(old, new, roots, id(old) in changed, known=2 + held[id(old)]) for old, new in sketch.swaps
        ]
        if sketch.delta:
            places = {id(f.__code__): f for f in namespace.values() if is_a(f, FunctionType)}
            swaps += [
                Swap(old, new, [places.get(id(old), namespace.get(old.co_qualname.partition(".")[0]))], False, known=2)
                for old, new in sketch.moves
            ]
        self._swap(swaps, held)
        renamed = {id(old): weakref.ref(new) for old, new in (*sketch.swaps, *sketch.moves)}
        self.context.tx.on_undo(live.move_on(renamed, sketch.below, sketch.delta, sketch.lines))
        if sketch.delta:  # before the facts, which are of the new lines
            self._move_classes(live, sketch.below, sketch.delta)
        for facts in sketch.facts:
            cls = _class_at(facts.path, namespace)
            if is_a(cls, type) and facts.old.items() <= type.__getattribute__(cls, "__dict__").items():
                self._set_facts(live, {facts.path: facts.new})

    def _move_classes(self, live: LiveModule, below: int, delta: int) -> None:
        """The classes from a line on are some lines further down now."""
        values = [(name, _class_at(name, live.namespace)) for name in live.namespace]
        todo = [("", name, value) for name, value in values if is_a(value, type)]
        while todo:
            path, name, cls = todo.pop()
            path = f"{path}.{name}" if path else name
            entries = type.__getattribute__(cls, "__dict__")
            line = entries.get("__firstlineno__")
            if cls.__qualname__ != path or not _is_made_by(live, cls):
                continue
            if isinstance(line, int) and line >= below:
                self._move_annotate(live, cls, delta)
                self.context.tx.set_attr(cls, "__firstlineno__", line + delta, setter=type.__setattr__)
            todo += [(path, inner, value) for inner, value in entries.items() if is_a(value, type)]

    def swap_all(self) -> None:
        """Swap the code objects of all units whose functions only got new bodies or moved, in all modules at once."""
        swaps: list[Swap] = []
        for edit in self.context.plan.edits:
            self._follow_bodies(edit)
            kinds = (Kind.BODY, Kind.MOVED, Kind.SAME) if _is_in_another_file(edit) else (Kind.BODY, Kind.MOVED)
            for pair in edit.pairs_of(*kinds):
                swaps += self._swaps_of(edit, pair)
        self._swap(swaps)
        for edit in self.context.plan.edits:
            known: dict[str, dict[str, Any]] = {}
            for pair in edit.pairs_of(Kind.BODY, Kind.MOVED):
                if pair.old is not None and pair.new is not None and "class" in pair.new.text:
                    facts = class_facts(pair.new.code)
                    known |= {path: facts[path] for path in facts if _may_be_made_by(pair.old, edit.live, path)}
            self._set_facts(edit.live, known)

    def _follow_bodies(self, edit: ModuleEdit) -> None:
        """Units in which functions ran that have another body now run again.

        A method of its own: a variable left over would count as somebody who holds the code.
        """
        for code in differing_codes(edit):
            for live, unit in self.context.readers.of_code(id(code)):
                self.agenda.schedule(Run(live.name, unit, f"{code.co_qualname} changed"))
            self.context.changed_codes[id(code)] = code
        self.context.changed_codes |= {id(code): code for code in swapped_codes(edit)}

    def _swaps_of(self, edit: ModuleEdit, pair: Pair) -> Iterator[Swap]:
        """What the functions of one unit run now, and what they shall run."""
        old, new = pair.old, pair.new
        assert old is not None
        assert new is not None
        refs = edit.live.code_refs(old)
        after = self.context.progress[edit.name].codes[new] = list(refs)
        changed = {id(before) for before, _ in pair.bodies}
        roots = [edit.live.namespace.get(name) for name in old.binds]
        for place, ref in enumerate(refs):
            live = ref()
            if live is None:
                continue
            now = self._new_code(pair, place, live)
            if (
                live == now
                and live.co_filename == now.co_filename
                and place < len(old.functions)
                and id(old.functions[place]) not in changed
            ):
                continue
            after[place] = weakref.ref(now)
            if pair.kind is Kind.BODY and id(old.functions[place]) in changed:
                self.context.events.append(f"swap {edit.name}:{now.co_qualname}")
            yield Swap(live, now, roots)

    def _new_code(self, pair: Pair, place: int, live: CodeType) -> CodeType:
        """The code at one place of a unit: moved by some lines, or as it is compiled anew."""
        assert pair.old is not None
        assert pair.new is not None
        path = pair.new.module.path
        is_moved = pair.kind is Kind.MOVED
        copy = moved(live, pair.new.first - pair.old.first) if is_moved else live if pair.kind is Kind.SAME else None
        if copy is not None:
            return copy if copy.co_filename == path else in_file(copy, path)
        return pair.new.functions[place]

    def follow_inner(self, merged: Iterable[tuple[CodeType, CodeType]]) -> None:
        """Functions run other code now because their unit ran: closures that they made before follow."""
        outer = {id(old): (old, new) for old, new in merged if old is not new}  # each once: what holds codes is counted
        inner = [Swap(old, new, []) for pair in outer.values() for old, new in _inner_pairs(*pair)]
        found = self.searching.functions([Searched(weakref.ref(swap.old), [], known=2, nested=True) for swap in inner])
        for swap in inner:
            if functions := found.get(id(swap.old)):
                self._swap_functions(functions, swap)

    def _swap(self, swaps: list[Swap], held: Mapping[int, int] = NOWHERE) -> None:
        """Swap code objects in every live function that runs the old ones, nested code included.

        `held` says of code objects, by `id`, how often a sketch has them besides.
        """
        if not swaps:
            return
        inner = [Swap(old, new, swap.roots) for swap in swaps for old, new in _inner_pairs(swap.old, swap.new)]
        searched = [Searched(weakref.ref(swap.old), swap.roots, known=swap.known) for swap in swaps]
        searched += [  # its outer holds it, too
            Searched(weakref.ref(swap.old), swap.roots, known=2 + held.get(id(swap.old), 0), nested=True)
            for swap in inner
        ]
        found = self.searching.functions(searched)
        for swap in (*swaps, *inner):
            functions = found.get(id(swap.old), [])
            if functions:
                self._swap_functions(functions, swap)

    def _swap_functions(self, functions: list[FunctionType], swap: Swap) -> None:
        old, new, roots = swap.old, swap.new, swap.roots
        members = [member for root in roots if (member := member_of(root, old.co_qualname)) is not None]
        self.context.renamed[id(old)] = weakref.ref(new)
        try:
            self.context.patching.swap_code(functions, new, copies=[*roots, *members], differs=swap.differs)
        except Refused as refused:
            self.context.note(refused.slug, old.co_qualname, refused.reason)

    def decorate_again(self) -> None:
        """Where decorators made something else of a docstring that has changed, the definitions run again."""
        for function in self.context.patching.made_of_docstrings:
            live = self.context.program.module(function.__globals__.get("__name__", ""))
            unit = (
                self.context.outline(live.name).unit_at(function.__code__.co_firstlineno) if live is not None else None
            )
            if live is not None and unit is not None:
                self.agenda.schedule(Run(live.name, unit, f"the docstring of {function.__qualname__} changed"))

    def _set_facts(self, live: LiveModule, known: dict[str, dict[str, Any]]) -> None:
        """What classes know of their source: the first line, and which attributes methods assign."""
        for path, facts in known.items():
            cls = _class_at(path, live.namespace)
            if is_a(cls, type) and cls.__qualname__ == path and _is_made_by(live, cls):
                entries = type.__getattribute__(cls, "__dict__")
                before, now = (lines.get("__firstlineno__") for lines in (entries, facts))
                if isinstance(before, int) and isinstance(now, int):
                    self._move_annotate(live, cls, now - before)
                for name, value in facts.items():  # to set `__module__` takes the line away
                    if name in entries and entries[name] != value:
                        self.context.tx.set_attr(cls, name, value, setter=type.__setattr__)

    def _move_annotate(self, live: LiveModule, cls: type, delta: int) -> None:
        """What evaluates the annotations of a class moves with it."""
        function = type.__getattribute__(cls, "__dict__").get("__annotate_func__")
        if delta and is_a(function, FunctionType) and function.__code__.co_filename == live.record.path:
            code = moved(function.__code__, delta)
            if code is not None:
                self.context.patching.swap_code([function], code, differs=False)


def _is_in_another_file(edit: ModuleEdit) -> bool:
    """Whether a module has become a package, or a package a module: code knows its file."""
    return edit.old is not None and edit.old.path != edit.new.path


def _class_at(path: str, namespace: dict[str, Any]) -> Any:
    """What has a qualified name, by way of the function that a decorator may have put in the place of a class."""
    first, _, rest = path.partition(".")
    value = namespace.get(first)
    if type(value) is FunctionType and is_a(wrapped := value.__dict__.get("__wrapped__"), type):
        value = wrapped
    return live_object(f"cls.{rest}", {"cls": value}) if rest else value


def _may_be_made_by(unit: Unit, live: LiveModule, path: str) -> bool:
    """Whether a class may be that of a statement by its line: branches may have classes of one name."""
    cls = _class_at(path, live.namespace)
    line = cls.__dict__.get("__firstlineno__") if is_a(cls, type) else None
    return line is None or unit.first <= line <= unit.last


def _is_made_by(live: LiveModule, cls: type) -> bool:
    """Whether a class was made by a module; packages give another `__module__` to what they export."""
    if cls.__module__ == live.name:
        return True
    members = type.__getattribute__(cls, "__dict__").values()
    return any(function.__globals__ is live.namespace for value in list(members) for function in functions_in(value))


def _inner_pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The code objects nested in two versions of a function that correspond: by qualified name, then by order."""
    waiting: dict[str, list[CodeType]] = {}
    for const in new.co_consts:
        if isinstance(const, CodeType):
            waiting.setdefault(const.co_qualname, []).append(const)
    for const in old.co_consts:
        if isinstance(const, CodeType) and (found := waiting.get(const.co_qualname)):
            partner = found.pop(0)
            yield const, partner
            yield from _inner_pairs(const, partner)
