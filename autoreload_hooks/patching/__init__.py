"""Merging what a unit made anew into what it made before: old and new in, the survivor out.

It must never decide what runs, and never look for who holds an object beyond what was merged.
"""

from __future__ import annotations

from autoreload_hooks.patching.departed import Departed
from autoreload_hooks.patching.kinds import How, Kind
from autoreload_hooks.patching.patcher import Patcher
from autoreload_hooks.patching.table import KINDS
from autoreload_hooks.patching.values import same_value

__all__ = ["KINDS", "Departed", "How", "Kind", "Patcher", "same_value"]
