"""Take out names that no unit binds any more, and take back what units that changed or went had done to shared objects.

It must never take what it cannot tell apart: the unit that makes the shared object runs again.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.bytecode import binds
from autoreload_hooks.outline import Unit, bound_by_text, chain_of, own_nodes
from autoreload_hooks.planning import Kind, ModuleEdit, Run
from autoreload_hooks.program import LiveModule, is_a, is_exported, module_namespace
from autoreload_hooks.registrations import body
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .assigned import is_from_outside
from .context import Context
from .following import Following
from .making import has_made
from .searching import Searched, Searching

GIVEN_BY_IMPORT: Final[dict[str, Callable[[ModuleSpec], Any]]] = {
    "__name__": lambda spec: spec.name,
    "__doc__": lambda _: None,
    "__package__": lambda spec: spec.parent,
    "__loader__": lambda spec: spec.loader,
    "__spec__": lambda spec: spec,
    "__file__": lambda spec: spec.origin,
    "__cached__": lambda spec: spec.cached,
    "__path__": lambda spec: MISSING if spec.submodule_search_locations is None else spec.submodule_search_locations,
}
"""What a module has before its first line has run: `importlib._bootstrap._init_module_attrs`."""


class Removing:
    """What goes in one reload."""

    def __init__(self, context: Context, agenda: Agenda, searching: Searching, following: Following) -> None:
        self.context = context
        self.agenda = agenda
        self.searching = searching
        self.following = following

    def take_out(self, edit: ModuleEdit) -> None:
        """Names that no unit binds any more go, and what removed units had put into shared objects."""
        namespace = edit.live.namespace
        others = [pair.old for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED) if pair.old is not None]
        self.context.registrations.follow_overloads(
            edit.live, [code for old in others for code in edit.live.codes(old) if code is not None]
        )
        for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED):
            assert pair.old is not None
            readers = self.context.readers
            for owner, giver in self.context.registrations.assigning.take_away(edit.live, pair.old, pair.new, readers):
                if giver is not pair.new:
                    self.agenda.schedule(Run(owner.name, giver, f"{pair.old.label} was removed"))
        taken, self.context.registrations.assigning.taken[:] = list(self.context.registrations.assigning.taken), []
        for obj, name, before in taken:
            self.following.attribute_taken(obj, name, before)
        for pair in edit.pairs_of(Kind.REMOVED):
            assert pair.old is not None
            codes = self.context.program.ran_codes(edit.live, pair.old)
            self.context.registrations.guarding.look_at_hand(edit.live, pair.old, codes)
            self.take_back(edit.live, pair.old, None)
            self._follow_links(edit, pair.old)
        self._leave_stars(edit)
        gone = [name for name in edit.gone if name in namespace and not self._is_from_outside(edit, name)]
        gone += [name for name in self._dynamic_names(edit) if name in namespace and name not in edit.new.binders]
        gone += [name for name in self._star_names(edit) if name in namespace and name not in edit.new.names]
        made = self._made_by_removed(edit)
        for name in made & namespace.keys() if edit.departs else ():
            self.context.patching.retire(namespace[name])
            self.context.removed.append((edit.name, name, namespace[name]))
        for name in dict.fromkeys(gone):
            old = namespace[name]
            if name in made:
                self.context.patching.retire(old)
            if name in GIVEN_BY_IMPORT:
                self._give_back(edit, name)
                continue
            if is_a(old, ModuleType) and module_namespace(old).get("__name__") == f"{edit.name}.{name}":
                continue  # the import system set it
            fallback = self._from_star(edit, name)
            if fallback is MISSING:  # what it had covered: the import system sets a submodule but once
                fallback = sys.modules.get(f"{edit.name}.{name}", MISSING)
            if fallback is not MISSING:
                namespace[name] = fallback
            else:
                del namespace[name]
                self.context.events.append(f"remove {edit.name}.{name}")
            self.context.removed.append((edit.name, name, old))
            self.following.name_changed(edit.live, name, old, fallback)

    def _made_by_removed(self, edit: ModuleEdit) -> set[str]:
        """The names of what statements that are gone had made, and not fetched from elsewhere."""
        units = [pair.old for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED) if pair.old is not None]
        return {
            name for unit in units if not unit.is_import and not self.context.has_moved(unit) for name in unit.binds
        }

    def _give_back(self, edit: ModuleEdit, name: str) -> None:
        """A name that every module has is no longer assigned: it holds what the import system gives."""
        namespace = edit.live.namespace
        old, spec = namespace[name], namespace.get("__spec__")
        given = GIVEN_BY_IMPORT[name](spec) if isinstance(spec, ModuleSpec) else old
        if given is MISSING:
            del namespace[name]
        elif given is not old:
            namespace[name] = given
        if given is not old:
            self.following.name_changed(edit.live, name, old, given)

    def _is_from_outside(self, edit: ModuleEdit, name: str) -> bool:
        """Whether somebody assigned a name that the source no longer gives: it is theirs and stays."""
        giver = edit.old.last_binder(name) if edit.old is not None else None
        value = edit.live.namespace[name]
        return giver is not None and is_from_outside(self.context.program, edit.live, giver, name, value)

    def _follow_links(self, edit: ModuleEdit, old: Unit) -> None:
        """A unit went whose name others bind as well: what reads the name at its place reads another value now."""
        if isinstance(old.node, ast.Import):  # packages are bound over and over, to the same object
            return
        before = [
            p.new.index for p in edit.pairs if p.new is not None and p.old is not None and p.old.index < old.index
        ]
        for name in old.binds & edit.new.binders.keys():
            self.following.value_covered(edit.live, max(before, default=-1), name)

    def _from_star(self, edit: ModuleEdit, name: str) -> Any:
        """What a star import, which the removed name had covered, gives under that name."""
        for unit in edit.new.binders.get("*", ()):
            for source in self.context.program.starred_by(edit.live, unit.node):
                exported = self.context.program.records[source].namespace
                if name in exported and is_exported(name, exported.get("__all__")):
                    return exported[name]
        return MISSING

    def _dynamic_names(self, edit: ModuleEdit) -> Iterator[str]:
        """The names that units which changed or went had bound through functions: by `global`, or by `globals()`."""
        for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED):
            if pair.old is not None:
                for code in self.context.program.ran_codes(edit.live, pair.old):
                    if self.context.program.namespace_of_file(code.co_filename) is edit.live.namespace:
                        yield from binds(code)
                    if pair.new is None and hands_names(pair.old.node):
                        definition = self.context.registrations.sharing.definition(code)
                        yield from items_given(definition) if definition is not None else ()
                yield from bound_by_text(pair.old.node)

    def _leave_stars(self, edit: ModuleEdit) -> None:
        """What a module imports no star of any more gives it no new names either."""
        if edit.old is None or "*" not in edit.old.binders:
            return
        before, now = (
            {
                source
                for unit in outline.binders.get("*", ())
                for source in self.context.program.starred_by(edit.live, unit.node)
            }
            for outline in (edit.old, edit.new)
        )
        for source in before - now:
            self.context.tx.on_undo(self.context.program.bindings.leave_star(source, edit.name))

    def _star_names(self, edit: ModuleEdit) -> Iterator[str]:
        """The names that came by a star import which is no longer there."""
        for pair in edit.pairs_of(Kind.REMOVED, Kind.CHANGED):
            if pair.old is None or "*" not in pair.old.binds:
                continue
            for source in self.context.program.starred_by(edit.live, pair.old.node):
                exported = self.context.program.records[source].namespace
                for name, value in list(exported.items()):
                    if not name.startswith("__") and edit.live.namespace.get(name, MISSING) is value:
                        yield name

    def take_back(self, live: LiveModule, unit: Unit, now: Unit | None) -> bool:
        """Undo what a unit that changed or went had put into shared objects; what cannot be told apart is made anew.

        `now` takes its place, if anything does.
        Returns whether something is to be made anew that has not been in this reload.
        """
        waits = False
        for owner, maker, because in self.context.registrations.undoing.take_back(
            live, unit, self.context.readers, self._made_by(live, unit), now
        ):
            if maker not in self.agenda.count and owner.name in self.context.loaded:  # else it was not there yet
                self.agenda.schedule(Run(owner.name, maker, because))
                self.context.rebuilt.add(maker)
                waits = waits or maker in self.agenda.runs
        return waits

    def _may_have_made(self, live: LiveModule, unit: Unit, name: str) -> bool:
        """Whether what a name holds may be of the unit's making: of a function it is known."""
        value = live.namespace[name]
        if unit.is_import or not is_a(value, FunctionType):
            return not unit.is_import
        return has_made(self.context.program, live, unit, {}, name, value)

    def _made_by(self, live: LiveModule, unit: Unit) -> list[Any]:
        """The objects that a unit is known to have made: what its names hold, and the functions that run its code.

        The names of a loop hold what its last round made, or merely took up: of the others nothing would be known.
        """
        names = [name for name in unit.binds if name in live.namespace and unit.module.last_binder(name) is unit]
        held = [live.namespace[name] for name in names if self._may_have_made(live, unit, name)]
        searched = [Searched(ref, list(held)) for ref in live.code_refs(unit)]
        made = [] if unit.has_loop else held
        for functions in self.searching.functions(searched).values():
            made += [function for function in functions if all(function is not each for each in made)]
        return made


def items_given(function: ast.AST) -> Iterator[str]:
    """The texts under which a function assigns items of something that it is given."""
    for node in own_nodes(body(function)):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            match target:
                case ast.Subscript(value=ast.Name(), slice=ast.Constant(str(name))):
                    yield name


def hands_names(node: ast.AST) -> bool:
    """Whether a statement hands all names of its module to a function: `fill(globals())`."""
    calls = (each for each in own_nodes(node) if isinstance(each, ast.Call))
    handed = (each for call in calls for each in (*call.args, *(keyword.value for keyword in call.keywords)))
    return any(isinstance(each, ast.Call) and chain_of(each.func) in (("globals",), ("locals",)) for each in handed)
