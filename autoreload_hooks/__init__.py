"""Reload edited code as if the process had been restarted, and keep everything that it holds.

Load it with `%load_ext autoreload_hooks`, then `%autoreload 2`. Importing this package imports nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .planning import Plan

__version__ = "0.1.0"

__all__ = ["__version__", "load_ipython_extension", "plan", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Start to follow edits in `shell`; IPython calls this for `%load_ext autoreload_hooks`."""
    from .magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Stop to follow edits and leave no trace; IPython calls this for `%unload_ext autoreload_hooks`."""
    from .magics import unload

    unload(shell)


def plan() -> Plan:
    """Return what would be done if a cell ran now; nothing is done.

    Raises:
        RuntimeError: if the extension is not loaded.
    """
    from .magics import loaded

    reloader = loaded()
    if reloader is None:
        raise RuntimeError("autoreload_hooks is not loaded: run `%load_ext autoreload_hooks` first")
    return reloader.plan()
