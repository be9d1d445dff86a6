"""Containers in which a module keeps code objects of functions: `INTERNAL = {f.__code__, g.__code__}`.

It must never look beyond what the user's modules hold by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import is_among
from autoreload_hooks.planning import Kind

from .context import Context

MANY: Final = 10_000  #: a container with more entries is a table of data


class HeldCode:
    """The code objects that containers hold, in one reload."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def follow(self) -> None:
        """Have containers hold the code that functions run now, and no code of functions that are gone."""
        gone = self._gone()
        for container in self._containers() if gone or self.context.renamed else ():
            held = list(container)
            kept = [self._now(entry) for entry in held if id(entry) not in gone]
            if len(kept) == len(held) and all(one is other for one, other in zip(kept, held, strict=True)):
                continue
            if isinstance(container, list):
                self.context.tx.guard_list(container)
                container[:] = kept
            elif isinstance(container, set):
                self.context.tx.guard_set(container)
                container.clear()
                container.update(kept)
            else:
                self.context.tx.guard(container)
                values = {id(self._now(key)): value for key, value in container.items()}
                container.clear()
                container.update({key: values[id(key)] for key in kept})

    def _containers(self) -> Iterator[Any]:
        """The lists, sets and dictionaries of the user's modules in which, or by which, code objects stand."""
        if not self.context.program.noted_in("__code__"):
            return
        for live in self.context.program.mine():
            for name, value in list(live.namespace.items()):
                kind = type(value)
                is_plain = kind is list or kind is set or (kind is dict and name != "__builtins__")  # in every module
                if is_plain and len(value) < MANY and is_among(CodeType, map(type, value)):
                    yield value

    def _now(self, entry: Any) -> Any:
        """What runs instead of a code object; anything else as it is."""
        while type(entry) is CodeType and (ref := self.context.renamed.get(id(entry))) is not None:
            new = ref()
            if new is None or new is entry or new.co_name != entry.co_name:
                break
            entry = new
        return entry

    def _gone(self) -> set[int]:
        """The ids of the code objects whose functions stand in the sources no more."""
        gone = set()
        for edit in self.context.plan.edits:
            pairs = edit.pairs_of(Kind.CHANGED, Kind.REMOVED)
            now = {code.co_qualname for pair in pairs if pair.new is not None for code in pair.new.functions}
            for pair in pairs:
                for code in edit.live.codes(pair.old) if pair.old is not None else ():
                    if code is not None and code.co_qualname not in now:
                        gone.add(id(code))
        return gone
