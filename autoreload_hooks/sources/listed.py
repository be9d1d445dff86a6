"""Files and the stamps that they should have, in the form in which a look at all of them is quick.

It must never read a file.
"""

from __future__ import annotations

import os
from collections.abc import Collection

from .text import Stamp, stamp_of, stamp_or_none


class Listed:
    """Modules, their files, and the stamps that were seen last: parallel lists, in the order of import.

    `before` is the list that this one takes the place of: mostly it has the same files.
    """

    def __init__(
        self, names: list[str], paths: list[str], stamps: list[Stamp | None], before: Listed | None = None
    ) -> None:
        self.names = names
        self.paths = paths
        self.stamps = stamps
        known = before is not None and before.paths == paths
        self._encoded: list[bytes] = before._encoded if before and known else list(map(os.fsencode, paths))
        # as the system takes them: a tenth less to do per look

    def now(self) -> list[Stamp | None]:
        """The stamps that the files have now; None for those that are not there."""
        try:  # everything in C: this is what each cell waits for
            return list(map(stamp_of, map(os.stat, self._encoded)))
        except (OSError, ValueError):
            return [stamp_or_none(path) for path in self.paths]

    def differing(self) -> list[str]:
        """The modules whose files have another stamp now."""
        now = self.now()
        if now == self.stamps:
            return []
        return [name for name, before, after in zip(self.names, self.stamps, now, strict=True) if before != after]

    def of(self, paths: Collection[str]) -> Listed:
        """The part of it that these files are."""
        part = [index for index, path in enumerate(self.paths) if path in paths] if paths else []
        return Listed(*([items[index] for index in part] for items in (self.names, self.paths, self.stamps)))  # type: ignore[arg-type]
