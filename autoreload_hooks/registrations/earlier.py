"""What names held before this reload gave them something else: what statements had registered then is to be taken back.

It must never keep alive what nobody else does.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from autoreload_hooks.outline import Chain
from autoreload_hooks.program import LiveModule, Program, is_a, module_namespace

from .containers import can_be_told


class Earlier:
    """The objects that took their leave from names in one reload."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._held: dict[tuple[str, str], list[weakref.ref[Any]]] = {}  # by module and name

    def note(self, names: Iterable[tuple[str, str]], old: Any) -> None:
        """Names, as (module, name), hold something else than this object from now on."""
        if not can_be_told(old):
            return
        try:
            ref = weakref.ref(old)
        except TypeError:  # nobody can ask whether it is still there
            return
        for key in names:
            self._held.setdefault(key, []).append(ref)

    def values(self, live: LiveModule, chain: Chain) -> list[Any]:
        """What a chain of names was, as far as its last name is one that changed, and what it is."""
        module: Any = self.program.value(live.namespace, chain[:-1]) if len(chain) > 1 else None
        home = module_namespace(module).get("__name__") if is_a(module, ModuleType) else live.name
        held = self._held.get((str(home), chain[-1]), []) if len(chain) == 1 or is_a(module, ModuleType) else []
        known = [each for ref in held if (each := ref()) is not None]
        return [*known, self.program.value(live.namespace, chain)]
