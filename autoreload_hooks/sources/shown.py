"""Which text of a file Python shows in tracebacks and for `inspect`: that of the code which runs.

It must never show a text for longer than the file is known to hold another one.
"""

from __future__ import annotations

import io
import linecache

from .text import Source, decode


class Shown:
    """The files of edits that failed: what runs is what they held before."""

    def __init__(self) -> None:
        self._paths: set[str] = set()

    def show_running(self, source: Source) -> None:
        """Show a text, whatever the file holds: without a time, `linecache` does not compare the two."""
        try:
            lines = io.StringIO(decode(source.data)).readlines()  # as Python counts them
        except SyntaxError:
            return
        linecache.cache[source.path] = (len(source.data), None, lines, source.path)
        self._paths.add(source.path)

    def show_file(self, path: str) -> None:
        """Show what the file holds."""
        linecache.cache.pop(path, None)
        self._paths.discard(path)

    def close(self) -> None:
        """Show all files as they are."""
        for path in list(self._paths):
            self.show_file(path)
