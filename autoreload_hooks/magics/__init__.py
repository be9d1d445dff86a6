"""The edge to IPython: the magics, the configuration, and the hooks around each cell.

It must never decide what an edit means: it asks the reloader and tells the user what the answer was.
"""

from __future__ import annotations

from .commands import AutoreloadMagics
from .connection import load, loaded, unload
from .settings import AutoreloadHooks

__all__ = ["AutoreloadHooks", "AutoreloadMagics", "load", "loaded", "unload"]
