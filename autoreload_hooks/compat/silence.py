"""Have no warnings shown while something is compiled, or have them raised.

It must never have any module forget what it has shown already.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal


@contextmanager
def warnings_are(action: Literal["ignore", "error"]) -> Iterator[None]:
    """Meanwhile, warnings are ignored, or raised.

    `warnings.catch_warnings` tells the interpreter that the filters have changed, and all modules show once more what
    they have shown once. The filters are looked through for each warning, so that an entry more is enough.
    https://github.com/python/cpython/blob/3.13/Python/_warnings.c (already_warned, get_filter)
    """
    entry = (action, None, Warning, None, 0)
    filters: Any = warnings.filters
    filters.insert(0, entry)
    try:
        yield
    finally:
        for entries in (filters, warnings.filters):  # another thread may have copied them, and gives them back
            _remove(entries, entry)


def _remove(entries: Any, gone: object) -> None:
    place = next((place for place, each in enumerate(entries) if each is gone), None)
    if place is not None:
        del entries[place]
