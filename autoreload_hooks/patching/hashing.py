"""Keys whose hash is another after an edit: the dictionaries and sets that hold them are filled again.

Python puts a key where its hash says once, when it is put in: later `d[k]` would look for it elsewhere. It must never
touch what holds no such key, nor what holds a key that has no hash now.
"""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from autoreload_hooks.patching.instances import below


def hash_again(classes: Iterable[type]) -> None:
    """Fill the dictionaries and sets again whose keys are instances of these classes or of those below: one heap pass.

    Runs the `__hash__` and `__eq__` of the user's.
    """
    family = {each for cls in classes for each in (cls, *below(cls)) if each.__hash__ is not None}
    if not family:
        return
    for obj in gc.get_objects():
        if issubclass(type(obj), (dict, set)) and len(obj) and not family.isdisjoint(map(type, obj)):
            _fill_again(obj)


def _fill_again(container: Any) -> None:
    keys = list(container)
    try:
        for key in keys:
            hash(key)
    except Exception:  # nothing is lost: it stays as it is
        return
    if issubclass(type(container), set):
        set.clear(container)
        set.update(container, keys)
        return
    kind: Any = OrderedDict if issubclass(type(container), OrderedDict) else dict
    items = [(key, value) for key, value in kind.items(container)]
    kind.clear(container)
    for key, value in items:
        kind.__setitem__(container, key, value)
