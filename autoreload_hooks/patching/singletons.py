"""Instances that a wrapper around a class has made since, as a decorator that makes a class a singleton.

It must never keep what the wrapper is given when it is made: only what has come to be there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autoreload_hooks.patching.kinds import is_class
from autoreload_hooks.transaction import MISSING


def has_made_since(parts: Iterable[Any], before: Any, after: Any) -> bool:
    """Whether a part of a wrapper is an instance of a class that it is around, or a container of such instances.

    `after` is what it begins with: nothing, or an empty container.
    """
    if before is MISSING or not (after is None or (type(after) in (dict, list) and not after)):
        return False
    if after is not None and type(before) is not type(after):
        return False
    made = [before] if after is None else [*(before.values() if type(before) is dict else before)]
    classes = [part for part in parts if is_class(part)]
    return bool(made) and all(any(type(each) is cls for cls in classes) for each in made)
