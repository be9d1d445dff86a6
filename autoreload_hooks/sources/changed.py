"""What has become of the user's files since they were looked at last.

It must never look at a file itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changed:
    """What is known to have become of the user's files."""

    names: list[str]  #: the modules to reload: those that were edited, or wait for what has come by now
    gone: Sequence[str] = ()  #: those whose file is not there any more
    listing: Sequence[str] = ()  #: of `names`, those that list a folder in which files have come or gone
