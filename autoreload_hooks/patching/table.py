"""Which kinds of objects there are: the one table, in the order in which it is asked.

It must never be repeated: the page `docs/kinds.md` is made from it.
"""

from __future__ import annotations

from typing import Final

from autoreload_hooks.patching.classes import CLASS
from autoreload_hooks.patching.functions import FUNCTION
from autoreload_hooks.patching.kinds import Kind

KINDS: Final[tuple[Kind, ...]] = (FUNCTION, CLASS)
