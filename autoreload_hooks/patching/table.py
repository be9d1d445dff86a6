"""Which kinds of objects there are: the one table, in the order in which it is asked.

It must never be repeated: the page `docs/kinds.md` is made from it.
"""

from __future__ import annotations

from typing import Final

from autoreload_hooks.patching.classes import CLASS
from autoreload_hooks.patching.containers import CONTAINER
from autoreload_hooks.patching.decorated import INSTANCE, WRAPPER
from autoreload_hooks.patching.enums import ENUM
from autoreload_hooks.patching.frameworks import MODEL, STRUCTURE
from autoreload_hooks.patching.functions import FUNCTION
from autoreload_hooks.patching.generated import DERIVED, NAMED_TUPLE, WITH_FIELDS
from autoreload_hooks.patching.kinds import Kind
from autoreload_hooks.patching.mapped import MAPPED, TABLE
from autoreload_hooks.patching.wrappers import CACHE, DISPATCHER, METHOD, PARTIAL, PROPERTY

KINDS: Final[tuple[Kind, ...]] = (
    DISPATCHER,
    FUNCTION,
    ENUM,
    NAMED_TUPLE,
    DERIVED,
    MODEL,
    MAPPED,
    TABLE,
    STRUCTURE,
    WITH_FIELDS,
    CLASS,
    PROPERTY,
    METHOD,
    PARTIAL,
    CACHE,
    WRAPPER,
    INSTANCE,
    CONTAINER,
)


def kinds_page() -> str:
    """The text of `docs/kinds.md`: the table, kind by kind."""
    parts = [_HEAD]
    for kind in KINDS:
        title = kind.name[0].upper() + kind.name[1:] if " " in kind.name and "." not in kind.name else kind.name
        parts.append(
            f"## {title}\n\n**Survives:** {kind.survives}.\n\n{kind.how}\n\n**Cannot follow:** {kind.refused}\n"
        )
    return "\n".join([*parts, _TAIL])


_HEAD: Final = """# Kinds

What happens to an object when the statement that made it runs again, kind by kind. The kinds are asked in this order,
and only objects that the statement itself made are merged. This page is made from the table in the code:
`python -m autoreload_hooks.patching > docs/kinds.md`.
"""

_TAIL: Final = """## Anything else

**Survives:** the old value if the new one is equal and of the same type in every part and order; otherwise the new one.

A function that becomes a class, a class that becomes a value and so on: the new object survives, and whoever holds the
old one is given the new one, where that can be found and changed.
"""
