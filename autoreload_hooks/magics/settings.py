"""What the user configured, in a file or in the session.

It must never act on a setting: the magics watch them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import Bool, Integer, List, TraitError, Unicode, Union, validate
from traitlets.config import Configurable

from autoreload_hooks.selection import Mode


class AutoreloadHooks(Configurable):
    """Reload edited modules in place: see `%autoreload?`.

    In `ipython_config.py`: `c.InteractiveShellApp.extensions = ["autoreload_hooks"]`, `c.AutoreloadHooks.mode = "2"`.
    """

    mode = Union(
        [Unicode(), Integer()],
        default_value=Mode.OFF.value,
        help="When modules are reloaded: 0 or off, 1 or explicit, 2 or all, 3 or complete.",
    ).tag(config=True)
    included = List(Unicode(), help="Modules, packages or globs to follow, as by `%aimport name`.").tag(config=True)
    excluded = List(Unicode(), help="Modules, packages or globs to leave alone, as by `%aimport -name`.").tag(
        config=True
    )
    print = Bool(False, help="Print the name of each module reloaded.").tag(config=True)
    log = Bool(False, help="Log the name of each module reloaded, at level INFO.").tag(config=True)
    hide_errors = Bool(False, help="Do not show why a reload failed.").tag(config=True)
    full = Bool(False, help="Run a changed module as a whole, not only what the edit concerns.").tag(config=True)
    watch = Bool(
        None,
        allow_none=True,
        help="Have the system tell which files were touched, where it can; None: if the extra [watch] is installed.",
    ).tag(config=True)

    @validate("mode")
    def _known_mode(self, proposal: Mapping[str, Any]) -> str:
        try:
            return Mode.parse(str(proposal["value"])).value
        except ValueError as error:
            raise TraitError(str(error)) from None

    @property
    def wanted(self) -> Mode:
        """The mode as the selection knows it."""
        return Mode(self.mode)
