"""The public names, used as users may use them: type-checked, never run."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

import autoreload_hooks
from autoreload_hooks.planning import Plan

version: str = autoreload_hooks.__version__
plan: Plan = autoreload_hooks.plan()


def use(shell: InteractiveShell) -> None:
    """Load and unload the extension as IPython does."""
    autoreload_hooks.load_ipython_extension(shell)
    autoreload_hooks.unload_ipython_extension(shell)
