"""What units put into objects that they share, and how it is taken out before they run again or go.

It must never take anything out of a container that no unit acts upon; what it keeps of other objects is only for a
reload that is undone.
"""

from .containers import can_be_told, is_plain_instance, registers, state_of
from .contents import Content
from .definitions import body
from .keys import Keyed, items_given
from .pictures import Look, is_data
from .placing import Ordered, orders_of
from .sorting import EntryPlaces, sort_entries
from .touching import Touch, registers_elsewhere
from .whole import Registrations

__all__ = [
    "Content",
    "EntryPlaces",
    "Keyed",
    "Look",
    "Ordered",
    "Registrations",
    "Touch",
    "body",
    "can_be_told",
    "is_data",
    "is_plain_instance",
    "items_given",
    "orders_of",
    "registers",
    "registers_elsewhere",
    "sort_entries",
    "state_of",
]
