"""What a kind of object is to this package: how it is told, how it is merged, and what is promised of it.

It must never know which kinds there are: the table of all of them is in `table`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

HASH: Final = "__hash__"


def keep_nothing(class_name: str, name: str, new: Any) -> bool:
    """Every name of a class body takes its new value."""
    del class_name, name, new
    return False


def make_everything(obj: Any) -> bool:
    """The run made every object that is asked about."""
    del obj
    return True


def make_nothing(obj: Any) -> bool:
    """The run made no object."""
    del obj
    return False


def leave_unknown(obj: Any) -> None:
    """Nobody knows which attributes the old statement left on this class or function."""
    del obj


class How(NamedTuple):
    """What the caller of a merge knows of the unit that ran."""

    made: Callable[[Any], bool]  #: was this object made by the run?
    keep: Callable[[str, str, Any], bool] = keep_nothing
    #: (qualified class name, name, new value): are source and inputs as before?
    left: Callable[[Any], Collection[str] | None] = leave_unknown  #: the attributes that the old statement left
    place: str = ""  #: the qualified name of the definition at whose place objects are merged, if it is one


class Kind(NamedTuple):
    """One row of the table: how objects of one kind are updated."""

    name: str  #: what the kind is called
    matches: Callable[[Any, Any], bool]  #: are (old, new) both of this kind?
    merge: Callable[[Patcher, Any, Any, How], Any]  #: the survivor of (old, new); raises Refused
    survives: str  #: which object survives
    how: str  #: what is done to it
    refused: str  #: what cannot follow, and what happens then
    prepare: Callable[[Patcher, Any], None] | None = None  #: what must be done before a class statement runs again
    retire: Callable[[Patcher, Any], None] | None = None  #: what must be done when the statement is gone


def is_class(obj: Any) -> bool:
    """Is it a class? Asks its type only: `isinstance` would ask `__class__`, which may be anything."""
    return issubclass(type(obj), type)


def said(obj: Any, name: str) -> Any:
    """What an object has under a name, or None, past its own `__getattr__`: a proxy may connect when it is asked."""
    try:
        return object.__getattribute__(obj.__func__ if type(obj) is MethodType else obj, name)
    except AttributeError:
        return None


def full_name(obj: Any) -> str:
    """How an object is called when people are told about it: `module.Class.method`."""
    try:
        name = said(obj, "__qualname__") or said(obj, "__name__")
        if not isinstance(name, str):
            return f"an instance of {full_name(type(obj))}"
        module = said(obj, "__module__")
        return f"{module}.{name}" if isinstance(module, str) and module != "builtins" else name
    except Exception:  # whatever a property of that name raises
        return f"an object at {id(obj):#x}"
