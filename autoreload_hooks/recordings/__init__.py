"""What ran while a module's top-level code ran: which of the user's functions, inside which statement.

It must never slow code that runs later, nor break an import: what cannot be recorded is marked as unknown.
"""

from .recorder import HOT, Recorder
from .records import CodeRef, ModuleRecord, Records
from .runs import Run
from .surveying import can_call, survey

__all__ = ["HOT", "CodeRef", "ModuleRecord", "Recorder", "Records", "Run", "can_call", "survey"]
