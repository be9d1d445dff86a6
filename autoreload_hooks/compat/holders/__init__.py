"""What holds an object, and putting another one in its place there.

It must never change anything otherwise than through the `do` that it is given, and never call code of the user.
"""

from .finding import Find, Holder, holder_of, holders, is_frame, is_held_by, is_of_ours, is_ours, name_of
from .pairs import Do
from .rebuilding import is_rebuilt
from .replacing import replace_everywhere

__all__ = [
    "Do",
    "Find",
    "Holder",
    "holder_of",
    "holders",
    "is_frame",
    "is_held_by",
    "is_of_ours",
    "is_ours",
    "is_rebuilt",
    "name_of",
    "replace_everywhere",
]
