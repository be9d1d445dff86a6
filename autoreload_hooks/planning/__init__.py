"""What an edit means: which units moved, which bodies changed, which units run again and because of what.

It must never change anything: plans are values, made from outlines and from questions to the program.
"""

from .departing import departures
from .edits import (
    LIKE,
    Kind,
    ModuleEdit,
    Pair,
    classify,
    compiles,
    differing_codes,
    edit_of,
    is_annotated_otherwise,
    likeness,
    pair_units,
    swapped_codes,
)
from .factories import made_with, makers_of_instances
from .families import copies_from_bases, instances_are_its_own, is_made_by_others, subclass_units, subclasses
from .implied import MAKES_INSTANCES, gives_plain_values, implied_calls
from .importers import Importers
from .likenesses import likenesses, names_of, wrapped_by
from .parts import Change
from .plans import Plan, Run, certain_runs, displaced_readers, make_plan, uncovered_binders
from .readers import Readers
from .shown import computing_of_bases, computing_of_class, computing_of_function
from .targets import by_name, plain_entries
from .through import asking_for_kind, going_through, inspecting, listing_subclasses

__all__ = [
    "LIKE",
    "MAKES_INSTANCES",
    "Change",
    "Importers",
    "Kind",
    "ModuleEdit",
    "Pair",
    "Plan",
    "Readers",
    "Run",
    "asking_for_kind",
    "by_name",
    "certain_runs",
    "classify",
    "compiles",
    "computing_of_bases",
    "computing_of_class",
    "computing_of_function",
    "copies_from_bases",
    "departures",
    "differing_codes",
    "displaced_readers",
    "edit_of",
    "gives_plain_values",
    "going_through",
    "implied_calls",
    "inspecting",
    "instances_are_its_own",
    "is_annotated_otherwise",
    "is_made_by_others",
    "likeness",
    "likenesses",
    "listing_subclasses",
    "made_with",
    "make_plan",
    "makers_of_instances",
    "names_of",
    "pair_units",
    "plain_entries",
    "subclass_units",
    "subclasses",
    "swapped_codes",
    "uncovered_binders",
    "wrapped_by",
]
