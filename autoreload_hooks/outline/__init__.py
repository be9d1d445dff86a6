"""A module's source as a list of units: one top-level statement each, with what it binds and what it reads.

It must never run a line of the source, nor look at a live module: the text is all it knows.
"""

from .syntax import (
    FILLERS,
    FUNCTIONS,
    Chain,
    Effect,
    acted_upon,
    binding_nodes,
    bound_by_text,
    bound_directly,
    called,
    chain_of,
    chains,
    class_members,
    dead_imports,
    effects,
    given_value,
    imports,
    loads_name,
    mangled,
    operated,
    own_nodes,
    puts_into,
)
from .units import FUTURES, Outline, Unit

__all__ = [
    "FILLERS",
    "FUNCTIONS",
    "FUTURES",
    "Chain",
    "Effect",
    "Outline",
    "Unit",
    "acted_upon",
    "binding_nodes",
    "bound_by_text",
    "bound_directly",
    "called",
    "chain_of",
    "chains",
    "class_members",
    "dead_imports",
    "effects",
    "given_value",
    "imports",
    "loads_name",
    "mangled",
    "operated",
    "own_nodes",
    "puts_into",
]
