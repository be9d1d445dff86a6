"""How the magics are connected to a shell, and how every trace of that is taken back.

It must never reload anything: the magics do, when the shell calls them.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from IPython.core.error import InputRejected
from IPython.core.getipython import get_ipython

from autoreload_hooks.compat.bytecode.imports import ImportSite
from autoreload_hooks.reloader import Reloader
from autoreload_hooks.report import Note
from autoreload_hooks.selection import Mode

from .commands import INTERRUPTED, AutoreloadMagics
from .sites import file_sites, held, script_names, text_sites

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

RIVAL: Final = "IPython.extensions.autoreload"
"""IPython's own extension, which has the same magics."""


def load(shell: InteractiveShell) -> None:
    """Start to follow edits in a shell; a second time changes nothing."""
    if _connection(shell) is None:
        Connection(AutoreloadMagics(shell)).open()


def unload(shell: InteractiveShell) -> None:
    """Stop to follow edits and leave no trace in the shell."""
    connection = _connection(shell)
    if connection is not None:
        connection.close()


def loaded(shell: InteractiveShell | None = None) -> Reloader | None:
    """The reloader of a shell (the running one, unless another is given) if the extension is loaded in it."""
    shell = get_ipython() if shell is None else shell
    connection = None if shell is None else _connection(shell)
    return None if connection is None else connection.magics.reloader


def _connection(shell: InteractiveShell) -> Connection | None:
    """The connection of a shell; the magics that have it are among the shell's configurables."""
    ours = (each for each in shell.configurables if isinstance(each, AutoreloadMagics))
    return next((magics.connection for magics in ours if magics.connection is not None), None)


class InterruptedCellError(InputRejected):
    """The cell after an interrupted reload does not run; shown as one line."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows."""
        return [f"[autoreload] KeyboardInterrupt: {self}"]


class Rejection(ast.NodeTransformer):
    """Keeps the next cell from running: the one way that IPython knows."""

    def visit(self, node: ast.AST) -> ast.AST:  # noqa: ARG002
        """Reject the cell."""
        raise InterruptedCellError(f"{INTERRUPTED}, and this cell did not run")


class Connection:
    """What the extension does to a shell, each step with its reverse."""

    def __init__(self, magics: AutoreloadMagics) -> None:
        self.magics = magics  #: the magics that the shell calls
        self.shell: Any = magics.shell
        self.hooks: dict[str, Callable[..., None]] = {
            "pre_run_cell": self.pre_run_cell,
            "post_execute": self.post_execute,
            "post_run_cell": self.post_first_cell,
        }  #: what is called at which event
        self._rejection = Rejection()
        self._scripts = [
            Scripts(self, "safe_execfile", lambda name: name),
            Scripts(self, "safe_run_module", _main_file),
        ]

    def open(self) -> None:
        """Have the shell call the magics, and learn what it has bound so far."""
        self.shell.register_magics(self.magics)
        self.shell.configurables.append(self.magics.settings)
        for event, hook in self.hooks.items():
            self.shell.events.register(event, hook)
        for scripts in self._scripts:
            scripts.watch()
        self.magics.connection = self
        self._take_over()
        with self.magics.guarding_the_cell():
            self.magics.record(self._past_sites())

    def close(self) -> None:
        """Take back whatever the shell and the interpreter were given."""
        self.magics.connection = None
        for event, hook in self.hooks.items():
            _remove(self.shell.events.callbacks[event], hook)
        for scripts in self._scripts:
            scripts.unwatch()
        self._admit_cells()
        manager = self.shell.magics_manager
        for name, magic in self.magics.magics["line"].items():
            if manager.magics["line"].get(name) == magic:
                del manager.magics["line"][name]
        if manager.registry.get(type(self.magics).__name__) is self.magics:
            del manager.registry[type(self.magics).__name__]
        _remove(self.shell.configurables, self.magics)
        _remove(self.shell.configurables, self.magics.settings)
        self.magics.reloader.uninstall()

    # Hooks

    def pre_run_cell(self, info: ExecutionInfo) -> None:
        """Before a cell: reload; an interrupt stops the cell too, which IPython would only show, and go on."""
        self._stay_in_charge()
        try:
            self.magics.pre_run_cell(info)
        except KeyboardInterrupt:
            self.shell.ast_transformers.insert(0, self._rejection)

    def post_execute(self) -> None:
        """After a cell: learn what it has bound."""
        self._admit_cells()
        self._stay_in_charge()
        self.magics.post_execute_hook()

    def post_first_cell(self, result: Any) -> None:
        """After the cell that loaded the extension, which began without it: learn what that has bound, this once."""
        _remove(self.shell.events.callbacks["post_run_cell"], self.hooks["post_run_cell"])
        with self.magics.guarding_the_cell():
            self.magics.record(self.magics.cell_sites(result.info))

    def _admit_cells(self) -> None:
        _remove(self.shell.ast_transformers, self._rejection)

    # What was bound before

    def _past_sites(self) -> Iterator[ImportSite]:
        """What startup files, scripts and earlier cells imported."""
        for path in self._past_files():
            yield from file_sites(path)
        manager = self.shell.history_manager
        for text in [] if manager is None else list(manager.input_hist_parsed):
            if isinstance(text, str):  # the list is the user's `In`, who may do anything to it
                yield from text_sites(text, self.magics.transformed)
                for script in script_names(text):  # those of `%run -i`
                    yield from file_sites(script)

    def _past_files(self) -> Iterator[str | Path]:
        """The files that IPython ran in the user's namespace, as far as it can be told."""
        profile = getattr(self.shell, "profile_dir", None)
        if profile is not None:
            yield from sorted(Path(profile.startup_dir).glob("*.py"))
        yield from getattr(self.shell.parent, "exec_files", ())
        yield from filter(None, [getattr(self.shell.parent, "file_to_run", "")])
        yield from getattr(self.shell, "_main_mod_cache", ())  # those of `%run`

    # IPython's own extension

    def _stay_in_charge(self) -> None:
        """See, at next to no cost, whether IPython's own extension has been loaded since."""
        if self.shell.magics_manager.magics["line"].get("autoreload") != self.magics.autoreload:
            self._take_over()

    def _take_over(self) -> None:
        """Do the work of IPython's own extension where it is loaded too: two of them would undo each other's."""
        for rival in _rivals(self.shell):
            self._adopt(rival)
            _silence(rival, self.shell)
            self.shell.register_magics(self.magics)
            message = "IPython's own extension is loaded in this session too; autoreload_hooks does its work"
            self.magics.say_once(Note("taken-over", message, "autoreload"))

    def _adopt(self, rival: Any) -> None:
        """Go on with the mode and the modules that were chosen with IPython's own extension."""
        theirs, selection = rival._reloader, self.magics.reloader.selection
        selection.tag(*theirs.modules)
        selection.skip(*theirs.skip_modules)
        if theirs.enabled:
            self.magics.settings.mode = (Mode.ALL if theirs.check_all else Mode.EXPLICIT).value


class Scripts:
    """Learns what `%run` and startup files bind, for which IPython has no event: a method of the shell is wrapped."""

    def __init__(self, connection: Connection, method: str, path_of: Callable[[str], str]) -> None:
        self._connection = connection
        self._shell = connection.shell
        self._method = method
        self._path_of = path_of
        self._mine: Any = None  # the wrapper
        self._before: Any = None  # what the shell itself held, if not its class

    def watch(self) -> None:
        """Wrap the method."""
        run = getattr(self._shell, self._method)

        @functools.wraps(run)
        def running(target: Any, *where: Any, **options: Any) -> Any:
            try:
                return run(target, *where, **options)
            finally:
                self._ran(target, where)

        self._before = vars(self._shell).get(self._method)
        self._mine = running
        setattr(self._shell, self._method, running)

    def unwatch(self) -> None:
        """Give the shell its method back, unless somebody has wrapped it once more."""
        if vars(self._shell).get(self._method) is not self._mine:
            return
        if self._before is None:
            delattr(self._shell, self._method)
        else:
            setattr(self._shell, self._method, self._before)

    def _ran(self, target: Any, where: tuple[Any, ...]) -> None:
        magics = self._connection.magics
        if magics.connection is None or not where:
            return
        with magics.guarding_the_cell():
            magics.reloader.importing_cell(held(file_sites(self._path_of(str(target))), where[0]))


def _main_file(name: str) -> str:
    """The file that `%run -m name` runs."""
    for candidate in (f"{name}.__main__", name):
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(candidate)
            if spec is not None and spec.origin is not None:
                return spec.origin
    return ""


def _rivals(shell: Any) -> list[Any]:
    """The magics of IPython's own extension that a shell knows."""
    hooks = [hook for hooks in shell.events.callbacks.values() for hook in hooks]
    known = [getattr(hook, "__self__", None) for hook in hooks] + list(shell.configurables)
    return list({id(each): each for each in known if type(each).__module__ == RIVAL}.values())


def _silence(rival: Any, shell: Any) -> None:
    """Have a shell neither call IPython's own extension nor take it for loaded."""
    rival._reloader.enabled = False  # its hook may be called once more, for the cell that is about to run
    for hooks in shell.events.callbacks.values():
        hooks[:] = [hook for hook in hooks if getattr(hook, "__self__", None) is not rival]
    _remove(shell.configurables, rival)
    shell.extension_manager.loaded -= {RIVAL, "autoreload"}


def _remove(items: list[Any], gone: object) -> None:
    """Take something out of a list of the shell, by identity (methods: by equality), if it is there."""
    items[:] = [each for each in items if each is not gone and not (callable(each) and each == gone)]
