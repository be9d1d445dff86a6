"""A session without a shell: a reloader, a namespace, and cells that look for edits first.

It does what the magics do around a cell and nothing else, so that many small programs can be tried in short time.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autoreload_hooks.compat.bytecode import import_sites
from autoreload_hooks.reloader import Reloader
from autoreload_hooks.report import Report
from autoreload_hooks.selection import Mode


class Session:
    """What the user has: a namespace, and a reloader that follows all modules."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.reloader = Reloader(self.namespace)
        self.reloader.selection.mode = Mode.ALL
        self.report = Report()  #: what the last check said

    def check(self) -> Report:
        """Look for edits as before a cell; return and keep the report."""
        self.report = self.reloader.check()
        return self.report

    def cell(self, code: str) -> None:
        """Look for edits, then run a cell whose imports are recorded."""
        self.check()
        compiled = compile(textwrap.dedent(code), "<cell>", "exec")
        exec(compiled, self.namespace)
        self.reloader.importing_cell(import_sites(compiled))

    def value(self, expression: str) -> Any:
        """The value of an expression; no edits are looked for."""
        return eval(expression, self.namespace)

    @property
    def events(self) -> list[str]:
        """The log of the last check."""
        return list(self.report.events)


@contextmanager
def session() -> Iterator[Session]:
    """A session that leaves no trace."""
    opened = Session()
    opened.reloader.install()
    try:
        yield opened
    finally:
        opened.reloader.uninstall()
        opened.namespace.clear()
