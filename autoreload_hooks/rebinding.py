"""Every recorded name that held the old value comes to hold the new one, wherever it was imported.

It must never touch a name that holds anything else: whoever assigned it since keeps what they assigned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .bindings import Binding, BindingTable
from .program import is_exported
from .transaction import MISSING, Transaction


class Rebinder:
    """Follows recorded imports from the module that binds a name to those that imported it."""

    def __init__(
        self,
        table: BindingTable,
        namespace_of: Callable[[str], dict[str, Any] | None],
        tx: Transaction,
        lost: set[Binding],
    ) -> None:
        """`lost` holds the bindings whose name went with its source: when that returns, they return."""
        self.table = table
        self.namespace_of = namespace_of
        self.tx = tx
        self.lost = lost

    def imported(self, names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of some names, as (module, name), those that somebody may have imported."""
        return self.table.imported(names)

    def namespaces(self, module: str, name: str) -> Iterator[dict[str, Any]]:
        """The namespaces into which a name was imported, as far as imports were recorded."""
        found = (self.namespace_of(binding.importer) for binding in self.bindings(module, name))
        yield from (namespace for namespace in found if namespace is not None)

    def follow(self, module: str, name: str, old: Any, new: Any) -> list[tuple[str, str]]:
        """Give `new` (MISSING: nothing) to every importer that still holds `old`; returns (importer, local name)."""
        followed = []
        held: list[tuple[dict[str, Any], str]] = []
        is_plain = old is not MISSING and new is not MISSING and not self.lost
        for binding in self.bindings(module, name):
            namespace = self.namespace_of(binding.importer)
            if namespace is None:
                continue
            current = namespace.get(binding.local, MISSING)
            if is_plain and current is old and not self.table.is_doubled(binding):  # hundreds may be such
                held.append((namespace, binding.local))
                followed.append((binding.importer, binding.local))
                continue
            if not self._still_holds(binding, current, old) or self._is_covered(binding, current):
                continue
            if new is MISSING:
                self._lose(binding)
                self.tx.del_item(namespace, binding.local)
            elif current is MISSING:
                self._regain(binding)
                self.tx.set_item(namespace, binding.local, new)
            else:
                self._regain(binding)
                held.append((namespace, binding.local))
            followed.append((binding.importer, binding.local))
        if held:
            self.tx.replace_items(held, old, new)
        return followed

    def refresh(self, binding: Binding, value: Any) -> Iterator[tuple[str, str]]:
        """Give an importer a value that its source's `__getattr__` makes, if it is another than it has."""
        namespace = self.namespace_of(binding.importer)
        current = namespace.get(binding.local, MISSING) if namespace is not None else MISSING
        returns = current is MISSING and binding in self.lost
        if namespace is not None and current is not value and (returns or type(current) is type(value)):
            self._regain(binding)
            self.tx.set_item(namespace, binding.local, value)
            yield binding.importer, binding.local

    def bindings(self, module: str, name: str) -> Iterator[Binding]:
        """The recorded imports of a name, star imports included."""
        yield from self.table.of(module, name)
        if (stars := self.table.stars_of(module)) and self.exports(module, name):
            yield from (Binding(importer, name, module, name) for importer in stars)

    def follow_all(self, module: str, old: Any, new: Any) -> Iterator[tuple[str, str, Any, Any]]:
        """Follow a change of `__all__`: star importers get what is listed now, and lose what is not.

        Yields (importer, name, value before, value now).
        """
        namespace = self.namespace_of(module) or {}
        before, now = ({name for name in namespace if is_exported(name, listed)} for listed in (old, new))
        for importer in self.table.stars_of(module):
            target = self.namespace_of(importer)
            if target is None:
                continue
            for name in sorted(before ^ now):
                value, current = namespace[name], target.get(name, MISSING)
                if name in now and current is MISSING:
                    self.tx.set_item(target, name, value)
                    yield importer, name, MISSING, value
                elif name in before and current is value and not self._is_imported(importer, module, name):
                    self.tx.del_item(target, name)
                    yield importer, name, value, MISSING

    def _is_imported(self, importer: str, module: str, name: str) -> bool:
        """Whether an importer also imports a name by itself, or has it of another module by a star import."""
        if any(binding.importer == importer and binding.local == name for binding in self.table.of(module, name)):
            return True
        others = (source for source in self.table.stars_by(importer) if source != module)
        return any(name in (self.namespace_of(other) or {}) and self.exports(other, name) for other in others)

    def exports(self, module: str, name: str) -> bool:
        """Whether `from module import *` gives a name."""
        return is_exported(name, (self.namespace_of(module) or {}).get("__all__"))

    def _still_holds(self, binding: Binding, current: Any, old: Any) -> bool:
        if current is MISSING:
            return binding in self.lost or (old is MISSING and self._is_star(binding))
        return current is old and old is not MISSING

    def _is_covered(self, binding: Binding, current: Any) -> bool:
        """Whether a later import bound the same name, and what it brought is what the name holds."""
        for other in self.table.later(binding):
            namespace = self.namespace_of(other.source)
            if namespace is not None and namespace.get(other.name, MISSING) is current:
                return True
        return False

    def _is_star(self, binding: Binding) -> bool:
        return binding.importer in self.table.stars_of(binding.source)

    def _lose(self, binding: Binding) -> None:
        if binding not in self.lost:
            self.tx.do(lambda: self.lost.add(binding), lambda: self.lost.discard(binding))

    def _regain(self, binding: Binding) -> None:
        if self.lost and binding in self.lost:
            self.tx.do(lambda: self.lost.discard(binding), lambda: self.lost.add(binding))
