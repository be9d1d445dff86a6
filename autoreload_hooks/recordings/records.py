"""What is known of each tracked module, and all of them by name.

It must never find anything out itself: who does writes it down here.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from types import CodeType
from typing import TYPE_CHECKING, Any

from autoreload_hooks.sources import Source

if TYPE_CHECKING:
    from autoreload_hooks.compat.bytecode import Names

CodeRef = weakref.ref[CodeType]


@dataclass(slots=True, eq=False)
class ModuleRecord:
    """What is known of a tracked module."""

    name: str  #: its name in `sys.modules`
    path: str  #: its file
    mine: bool  #: whether it belongs to the user, not to an installed package
    order: int  #: sequence number of the start of its execution
    package: str | None  #: what its relative imports are relative to
    namespace: dict[str, Any]  #: its `__dict__`
    initialising: bool = False  #: whether its top-level code is still running
    codes: list[CodeRef] = field(default_factory=list)
    #: every function's code object outside other functions, methods included, in source order
    surveyed: bool = False  #: whether that is all of them, so that none need be looked for
    ran: dict[int, tuple[CodeRef, ...]] = field(default_factory=dict)
    #: a line of a module-level statement -> the tracked code objects that ran inside it
    complete: bool = False  #: whether `ran` has everything that ran
    source: Source | None = None  #: the text that runs, where it is known
    edited_before: bool = False  #: the file differs from what runs, and the old text is not known
    names: tuple[str, ...] = ()  #: the names in its top-level code, what it imports among them
    finished: int = 0  #: the next number when its top-level code had run, where that was seen
    brought: set[str] = field(default_factory=set)
    #: the modules that statements have found in a folder and imported when they ran once more: they came no later
    inner_names: set[str] | None = None  #: those in functions that import something, once somebody asked
    by_text: bool = False  #: whether they may have a module that a string names, once somebody asked
    named_by: str | None = None
    #: the module that had a function import it first, by a text; "" if a statement did, None if that is not known
    known: Names | None = None  #: `names` told apart by what is done with them, once somebody asked
    old_code: CodeType | None = None  #: from the `.pyc`: a code tree like the one that runs, where no text is known


class Records(dict[str, ModuleRecord]):
    """Every tracked module by name; what is found out about all of them holds as long as `version` stays the same."""

    version = 0  #: how often a module came, went or was taken for another

    def changed(self) -> None:
        """Something that others have looked up may be another now."""
        self.version += 1

    def get(self, name: object, default: None = None) -> ModuleRecord | None:  # type: ignore[override]
        """The record of a module; a class may have anything for its `__module__`, also what has no hash."""
        return super().get(name, default) if type(name) is str else default

    def __contains__(self, name: object) -> bool:
        return type(name) is str and super().__contains__(name)

    def __setitem__(self, name: str, record: ModuleRecord) -> None:
        self.version += 1
        super().__setitem__(name, record)

    def __delitem__(self, name: str) -> None:
        self.version += 1
        super().__delitem__(name)

    def discard(self, name: str) -> None:
        """Track a module no more, if it was tracked."""
        if name in self:
            del self[name]
