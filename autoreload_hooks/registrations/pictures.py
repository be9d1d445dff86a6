"""Copies of what containers hold, and objects by their containers, to tell later whether that has changed.

It must never call a method of the user: only plain containers and attributes are looked at.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from autoreload_hooks.program import is_a

from .containers import CONSTANTS, DEPTH, PLAIN_CONTAINERS, WIDTH, is_plain_instance, state_of

ITSELF: Final = ""  #: the part of an object that is a list or dictionary itself, as of `class Registry(dict)`


def picture_of(obj: Any, depth: int = DEPTH) -> dict[str, Any]:
    """What an object holds by the names of its attributes: containers, what parts of it have of these, plain values."""
    shown: dict[str, Any] = {}
    if is_a(obj, dict):
        shown[ITSELF] = copied(dict(dict.items(obj)))
    elif is_a(obj, (list, deque)):
        shown[ITSELF] = copied(list(list.__iter__(obj) if is_a(obj, list) else deque.__iter__(obj)))
    elif is_a(obj, set):
        shown[ITSELF] = set(set.__iter__(obj))
    for name, value in list(state_of(obj).items())[:WIDTH]:
        if type(value) in CONSTANTS:
            shown[name] = value
        elif type(value) in PLAIN_CONTAINERS:
            shown[name] = copied(value) if len(value) <= WIDTH else len(value)
        elif depth > 1 and (is_a(value, PLAIN_CONTAINERS) or is_plain_instance(value)):
            shown[name] = picture_of(value, depth - 1)
    return shown


def copied(container: Any, depth: int = DEPTH) -> Any:
    """A copy of a plain container, in which the containers are copies too; all else is the same."""
    if type(container) not in PLAIN_CONTAINERS:
        return container
    copy = container.copy()
    if depth and len(container) <= WIDTH:
        if type(copy) is dict:
            copy.update((key, copied(value, depth - 1)) for key, value in container.items())
        elif type(copy) is not set:
            for place, value in enumerate(container):
                copy[place] = copied(value, depth - 1)
    return copy
