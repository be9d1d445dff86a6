"""Names that a module's `__getattr__` gives are asked for again, where the module may give something else now.

It must never ask twice for one state of things: to ask runs code of the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from autoreload_hooks.bindings import Binding
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .context import Context
from .following import Following


class Asking:
    """The modules that are asked in one reload."""

    def __init__(self, context: Context, agenda: Agenda, following: Following) -> None:
        self.context = context
        self.agenda = agenda
        self.following = following
        self._asked = (-1, -1)  # how much had changed when modules were asked for what they give

    def ask_modules_again(self) -> bool:
        """Names that a module's `__getattr__` gave to importers are asked for again, if the module has changed.

        Returns whether anything is to run; it is asked once for each state of things.
        """
        state = len(self.context.changed_names), len(self.context.events)
        if state == self._asked:
            return False
        self._asked = state
        changed = {module for module, _ in self.context.changed_names} | set(self.context.edits)
        changed |= {sketch.live.name for sketch in self.context.sketches}
        changed |= {
            package for module in changed if "." in module for package in packages_of(module)
        }  # they may give what these have
        for module in sorted(changed):
            record = self.context.program.records.get(module)
            if record is None or "__getattr__" not in record.namespace:
                continue
            target = self.context.program.loaded(module)
            if target is None:
                continue
            self._ask_for_removed(target)
            for binding in self.context.program.bindings.from_source(module):
                if binding.name not in record.namespace:
                    self._ask_again(target, binding)
        return bool(self.agenda.runs)

    def _ask_for_removed(self, module: ModuleType) -> None:
        """Names that a module has lost: importers have what its `__getattr__` gives now, if it gives them at all."""
        for key, old in list(self.following.to_ask.items()):
            if key[0] != module.__name__:
                continue
            del self.following.to_ask[key]
            try:
                now = getattr(module, key[1])
            except (AttributeError, ImportError):
                now = MISSING
            for importer, local in self.context.rebinding.follow(*key, old, now) if now is not old else ():
                self.context.events.append(f"{'rebind' if now is not MISSING else 'remove'} {importer}.{local}")
                if (follower := self.context.program.module(importer)) is not None:
                    self.following.name_changed(follower, local, old, now)

    def _ask_again(self, module: ModuleType, binding: Binding) -> None:
        live = self.context.program.module(binding.importer)
        if live is not None and not any(
            unit.is_import or unit.is_compound
            for unit in self.context.outline(live.name).binders.get(binding.local, ())
        ):
            return  # it does not import it any more, and to ask may set a name
        try:
            value = getattr(module, binding.name)
        except AttributeError:
            return  # a submodule, or no longer given: its importer keeps what it has
        for importer, local in self.context.rebinding.refresh(binding, value):
            self.context.events.append(f"rebind {importer}.{local}")
            if (follower := self.context.program.module(importer)) is not None:
                self.following.name_changed(follower, local, MISSING, value)


def packages_of(module: str) -> Iterator[str]:
    """The packages that a module is in: `a.b` and `a` for `a.b.c`."""
    while "." in module:
        module = module.rpartition(".")[0]
        yield module
