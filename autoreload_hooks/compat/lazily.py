"""Packages that import their files when something of them is asked for: half of `compat` is needed by edits only.

It must never import a file that comes after the one with the name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


def lazily(package: dict[str, Any]) -> Callable[[str], Any]:
    """The `__getattr__` of a package, given its namespace: its `__all__`, and in `HOMES` the files to look in."""

    def find(name: str) -> Any:
        if name in package["__all__"]:
            for home in package["HOMES"]:
                found = vars(importlib.import_module(f"{package['__name__']}.{home}")).get(name)
                if found is not None:
                    package[name] = found
                    return found
        raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")

    return find
