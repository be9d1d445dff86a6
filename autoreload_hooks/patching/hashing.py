"""Keys whose hash is another after an edit: the dictionaries and sets that hold them are filled again.

Python puts a key where its hash says once, when it is put in: later `d[k]` would look for it elsewhere. It must never
touch what holds no such key, nor what holds a key that has no hash now.
"""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from autoreload_hooks.compat.behaviours import Kinds
from autoreload_hooks.compat.containers import ordered_items
from autoreload_hooks.patching.instances import below


def hash_again(classes: Iterable[type]) -> None:
    """Fill the dictionaries and sets again whose keys are instances of these classes or of those below: one heap pass.

    Runs the `__hash__` and `__eq__` of the user's.
    """
    family = Kinds(each for cls in classes for each in (cls, *below(cls)) if each.__hash__ is not None)
    if not family:
        return
    for obj in gc.get_objects():
        for kind in (dict, set):
            if issubclass(type(obj), kind) and any(type(key) in family for key in kind.__iter__(obj)):
                _fill_again(obj)


def _fill_again(container: Any) -> None:
    """Put all entries in once more; where a `__hash__` or `__eq__` raises, or two keys have become one, it stays."""
    kind: Any = next(each for each in (OrderedDict, dict, set) if issubclass(type(container), each))
    try:
        filled = kind(
            list(set.__iter__(container)) if kind is set else ordered_items(container)
        )  # anew: a copy keeps hashes
    except Exception:
        return
    if len(filled) == kind.__len__(container):
        kind.clear(container)
        kind.update(container, filled)
