"""Which object takes the place of which, and how a change is made that can be taken back.

It must never look for who holds one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

Pairs = Mapping[int, tuple[Any, Any]]
"""By the id of an old object: it, and the new one."""


class Do(Protocol):
    """How a change is made: `Transaction.do`."""

    def __call__(self, act: Callable[[], object], undo: Callable[[], object]) -> object:
        """Act, and remember how to take it back."""


def new_for(pairs: Pairs, value: Any) -> Any:
    """What stands for `value` from now on."""
    pair = pairs.get(id(value))
    return value if pair is None else pair[1]
