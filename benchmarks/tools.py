"""The reloaders that are compared, each in a real IPython shell, and the least that anything could do.

It must never help one of them: they are started as their users start them.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from .sources import PLACE, Case

NAMES: Final = ("floor", "ours", "ipython", "jurigged", "marimo")
"""The floor stats the user's files before each cell, and does by hand what an edit needs."""


class Session:
    """A shell without history, and one reloader in it."""

    def __init__(self, name: str, root: Path) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        root.mkdir()
        sys.path.insert(0, str(root))
        self.name = name
        self.root = root
        config = Config()
        config.HistoryManager.enabled = False
        self.shell: Any = InteractiveShell.instance(config=config)
        self.watcher: Any = None

    def start(self) -> None:
        """Load the reloader."""
        getattr(self, f"_start_{self.name}", lambda: None)()

    def cell(self, text: str) -> Any:
        """Run a cell, silently; returns its value, raises what it raises."""
        result = self._silently(self.shell.run_cell, text, store_history=False)
        result.raise_error()
        return result.result

    def saved(self, case: Case, version: int) -> None:
        """Files were saved: those tools that do not look by themselves are told, without the delay of a watcher."""
        if self.name == "jurigged":
            for name in case.edited:
                self._silently(self.watcher.refresh, str(self.root / f"{name}.py"))
        elif self.name == "floor":
            for name in case.edited:
                self._patch(case, name, version)

    def _silently(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return call(*arguments, **options)

    def _before_each_cell(self, hook: Callable[[], object]) -> None:
        self.shell.events.register("pre_run_cell", lambda _: hook())

    def _extension(self, name: str) -> None:
        self._silently(self.shell.run_line_magic, "load_ext", name)
        self._silently(self.shell.run_line_magic, "autoreload", "2")

    def _start_ours(self) -> None:
        self._extension("autoreload_hooks")

    def _start_ipython(self) -> None:
        self._extension("autoreload")

    def _start_jurigged(self) -> None:
        jurigged, register = import_module("jurigged"), import_module("jurigged.register")
        folder = str(self.root)
        self.watcher = jurigged.watch(folder + "/**/*.py", autostart=False, debounce=0, logger=lambda _: None)
        register.registry.auto_register(filter=lambda path: path.startswith(folder))

    def _start_marimo(self) -> None:
        reloader = import_module("marimo._runtime.reload.autoreload").ModuleReloader()
        self._before_each_cell(lambda: reloader.check(sys.modules, reload=True, skip_non_user_modules=True))

    def _start_floor(self) -> None:
        known: list[str] = []
        count = 0

        def look() -> None:
            nonlocal count
            if count != len(sys.modules):
                count = len(sys.modules)
                paths = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
                known[:] = [path for path in paths if path and path.startswith(str(self.root))]
            for path in known:
                os.stat(path)

        self._before_each_cell(look)

    def _patch(self, case: Case, name: str, version: int) -> None:
        """Read the file, find the difference, compile the one definition, run it and put it in place."""
        before, now = case.files[name], (self.root / f"{name}.py").read_text()
        low, high = 0, len(before)
        while low + 1 < high:
            middle = (low + high) // 2
            if before[low:middle] == now[low:middle]:
                low = middle
            else:
                high = middle
        made: dict[str, Any] = {}
        exec(compile(case.definition.replace(PLACE, str(version)), name, "exec"), made)
        patch = case.patch.format(module="module")
        exec(patch, self.shell.user_ns | made | {"module": sys.modules[name]})
