"""A module's source as a list of units: one top-level statement each, with what it binds and what it reads.

It must never run a line of the source, nor look at a live module: the text is all it knows.
"""

from .acting import FILLERS, Effect, acted_upon, assigned_to, decorating, effects, puts_into
from .binding import binding_nodes, bound_directly, class_members, given_value, mangled, written_by_text
from .importing import dead_imports, imports
from .nodes import (
    CLASS_OF,
    FUNCTIONS,
    Chain,
    chain_of,
    chains,
    own_calls,
    own_nodes,
    owner_of,
    says_the_same,
    spelling,
)
from .reading import called, loads_name, operated
from .texts import LOOKS_THROUGH, bound_by_text
from .units import Outline, Unit

__all__ = [
    "CLASS_OF",
    "FILLERS",
    "FUNCTIONS",
    "LOOKS_THROUGH",
    "Chain",
    "Effect",
    "Outline",
    "Unit",
    "acted_upon",
    "assigned_to",
    "binding_nodes",
    "bound_by_text",
    "bound_directly",
    "called",
    "chain_of",
    "chains",
    "class_members",
    "dead_imports",
    "decorating",
    "effects",
    "given_value",
    "imports",
    "loads_name",
    "mangled",
    "operated",
    "own_calls",
    "own_nodes",
    "owner_of",
    "puts_into",
    "says_the_same",
    "spelling",
    "written_by_text",
]
