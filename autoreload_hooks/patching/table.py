"""Which kinds of objects there are: the one table, in the order in which it is asked.

It must never be repeated: the page `docs/kinds.md` is made from it.
"""

from __future__ import annotations

from typing import Final

from autoreload_hooks.patching.classes import CLASS
from autoreload_hooks.patching.containers import CONTAINER
from autoreload_hooks.patching.enums import ENUM
from autoreload_hooks.patching.functions import FUNCTION
from autoreload_hooks.patching.kinds import Kind
from autoreload_hooks.patching.wrappers import CACHE, DISPATCHER, METHOD, PARTIAL, PROPERTY, WRAPPER

KINDS: Final[tuple[Kind, ...]] = (
    DISPATCHER,
    FUNCTION,
    ENUM,
    CLASS,
    PROPERTY,
    METHOD,
    PARTIAL,
    CACHE,
    WRAPPER,
    CONTAINER,
)
