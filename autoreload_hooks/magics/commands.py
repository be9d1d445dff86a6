"""`%autoreload` and `%aimport`, and what happens before and after each cell.

It must never change the shell: connecting to it is done elsewhere.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.machinery import BuiltinImporter, ExtensionFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO, TypeVar, cast

from IPython.core import magic_arguments
from IPython.core.error import UsageError as IPythonUsageError
from IPython.core.magic import Magics, line_magic, magics_class

from autoreload_hooks.compat.bytecode.imports import ImportSite
from autoreload_hooks.reloader import NOTHING, Reloader
from autoreload_hooks.report import Note, Report, failure_text, note_text, reloaded_text
from autoreload_hooks.selection import Mode, is_glob

from .settings import AutoreloadHooks
from .sites import held, text_sites

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

    from .connection import Connection

Function = TypeVar("Function", bound=Callable[..., Any])

LOGGER: Final = "autoreload"
"""Where `--log` writes: the name that IPython's own extension uses."""

INTERRUPTED: Final = "the reload was interrupted: it changed nothing"

ITEM: Final = re.compile(r"-?\s*(?P<name>[\w*?\[\]!]+(\.[\w*?\[\]!]+)*)(\s+as\s+(?P<alias>\w+))?")
"""One item of `%aimport`: `pkg.sub`, `pkg.sub as s`, `-pkg`, `pkg*`."""


class UsageError(IPythonUsageError, ValueError):
    """A line that a magic does not understand: shown as one line, and a ValueError to those who call the magic."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows; it asks for this by name, as it knows only its own class to be one line."""
        return [f"UsageError: {self}"]


class InterruptedReload(KeyboardInterrupt):
    """An interrupt while a reload was asked for: shown as one line, as the frames are all of this package."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows."""
        return [f"[autoreload] KeyboardInterrupt: {INTERRUPTED}"]


class Wish(NamedTuple):
    """One item of an `%aimport` line."""

    name: str  #: module, package or glob
    alias: str | None = None  #: z of `x as z`
    skip: bool = False  #: whether a minus sign stands before it

    @property
    def imports(self) -> bool:
        """Whether there is a module to import."""
        return not self.skip and not is_glob(self.name)

    @classmethod
    def parse(cls, line: str) -> list[Wish]:
        """The items of a line; UsageError where one is none."""
        return [cls._parse_item(item.strip()) for item in line.split(",")]

    @classmethod
    def _parse_item(cls, item: str) -> Wish:
        match = ITEM.fullmatch(item)
        if match is None or not (match["alias"] or "_").isidentifier():
            raise UsageError(f"%aimport takes names of modules, separated by commas; {item!r} is none")
        wish = cls(match["name"], match["alias"], item.startswith("-"))
        if wish.alias and not wish.imports:
            raise UsageError(f"%aimport {item}: nothing is imported that could have another name")
        return wish


def _magic(function: Function) -> Function:
    """Make a line magic of a method, whose help is made from its docstring and arguments."""
    return cast("Function", line_magic(magic_arguments.magic_arguments()(function)))


def _argument(*names: str, **options: Any) -> Callable[[Function], Function]:
    """One argument of a magic, as `argparse` describes it."""
    return cast("Callable[[Function], Function]", magic_arguments.argument(*names, **options))


def _uncommented(line: str) -> str:
    return line.partition("#")[0].strip()


@magics_class
class AutoreloadMagics(Magics):
    """`%autoreload` and `%aimport`, and what happens before and after each cell."""

    shell: InteractiveShell

    def __init__(self, shell: InteractiveShell, **kwargs: Any) -> None:
        settings = AutoreloadHooks(config=getattr(shell, "config", None))  # first, as a wrong setting raises
        super().__init__(shell, **kwargs)
        self.settings = settings  #: what is configured, and what the magics set
        self.connection: Connection | None = None  #: what has the shell call the hooks
        self.reloader = Reloader(user_namespace=shell.user_ns)
        self.reloader.install()
        self._lock = threading.RLock()
        self._reloading = False
        self._depth = 0  # cells run cells: `%rerun`, `%%capture`
        self._waiting: list[ImportSite] = []  # what the running cells import
        self._told: set[str] = set()
        self._hand_settings_on()

    # Magics

    @_magic
    @_argument("mode", nargs="?", default="now", help="As above. A minus sign after it (2-) means --full.")
    @_argument("-p", "--print", action="store_true", help="Print the name of each module reloaded.")
    @_argument("-l", "--log", action="store_true", help="Log the name of each module reloaded, at level INFO.")
    @_argument("--hide-errors", action="store_true", help="Do not show why a reload failed.")
    @_argument("--full", action="store_true", help="Run a changed module as a whole, not only what the edit concerns.")
    def autoreload(self, line: str = "") -> None:
        """Reload edited modules in place: before each cell, or now.

        %autoreload            the same as %autoreload now
        %autoreload now        reload what was edited, at once, and try again what failed
        %autoreload 0          or off: reload nothing by itself
        %autoreload 1          or explicit: before each cell, reload what `%aimport name` chose
        %autoreload 2          or all: before each cell, reload all but what `%aimport -name` excludes
        %autoreload 3          or complete: the same as 2
        %autoreload plan       show what would be done, and do nothing

        After an edit the next cell runs as if Python had been restarted with the new sources, and everything that you
        hold stays alive: functions, classes and their instances are updated in place, and names that were bound with
        `from module import name` follow, in cells and in other modules. Only what the edit concerns runs again.

        A reload that fails changes nothing and says so once; the mended file is picked up by itself. What cannot
        follow an edit is named. The options of a line with a mode hold until the next such line; those of
        `%autoreload now` hold for that time only. A comment (`# ...`) may follow.
        """
        arguments = magic_arguments.parse_argstring(self.autoreload, _uncommented(line))
        word = arguments.mode.lower().removesuffix("-")
        arguments.full |= arguments.mode.endswith("-")
        if word == "plan":
            sys.stdout.write(f"{self.reloader.plan()}\n")
        elif word in ("", "now"):
            self._reload_now(arguments)
        else:
            self._configure(word, arguments)

    @_magic
    @_argument("modules", nargs="*", help="As above, separated by commas.")
    def aimport(self, line: str = "", stream: TextIO | None = None) -> None:
        """Choose the modules to follow, or list them.

        %aimport                 list what is followed and what is left alone
        %aimport foo, bar        import the modules, and follow them in mode 1
        %aimport foo as f        the same, and bind it to another name
        %aimport pkg.sub         the same for a submodule; binds `pkg`, as the import statement does
        %aimport pkg.sub as s    binds the submodule
        %aimport -foo            leave a module alone, in every mode
        %aimport pkg*, -*_test   follow, or leave alone, all modules with such names; nothing is imported

        A package stands for everything below it; of several names the most precise one counts. If one of the modules
        cannot be imported, nothing changes.
        """
        line = _uncommented(line)
        if line:
            self._follow(Wish.parse(line))
        else:
            (stream or sys.stdout).write(self._listing())

    def _listing(self) -> str:
        selection = self.reloader.selection
        everything = selection.mode in (Mode.ALL, Mode.COMPLETE)
        followed = "all-except-skipped" if everything else " ".join(sorted(selection.tagged))
        return f"Modules to reload:\n{followed}\n\nModules to skip:\n{' '.join(sorted(selection.skipped))}\n"

    def _follow(self, wishes: list[Wish]) -> None:
        """Import first: a module that cannot be imported leaves everything as it was."""
        modules = {wish.name: importlib.import_module(wish.name) for wish in wishes if wish.imports}
        for wish in wishes:
            (self.reloader.selection.skip if wish.skip else self.reloader.selection.tag)(wish.name)
            if wish.imports:
                self._bind(wish, modules[wish.name])

    def _bind(self, wish: Wish, module: ModuleType) -> None:
        top = wish.name.partition(".")[0]
        local = wish.alias or top
        self.shell.push({local: module if wish.alias else sys.modules[top]})
        self.reloader.importing_cell([ImportSite(wish.name, 0, None, local, 1)])
        loader = getattr(getattr(module, "__spec__", None), "loader", None)
        if loader is BuiltinImporter or isinstance(loader, ExtensionFileLoader):
            message = "this module is compiled and cannot be reloaded: restart Python to use a new build of it"
            self.say_note(Note("compiled-module", message, wish.name))

    def _configure(self, word: str, arguments: Any) -> None:
        try:
            mode = Mode.parse(word)
        except ValueError as error:
            raise UsageError(str(error)) from None
        settings = self.settings
        settings.mode, settings.full, settings.hide_errors = mode.value, arguments.full, arguments.hide_errors
        settings.print, settings.log = arguments.print, arguments.log

    def _reload_now(self, arguments: Any) -> None:
        settings = self.settings
        self.reloader.full = arguments.full or settings.full
        try:
            report = self._reload(self.reloader.now)
        except KeyboardInterrupt:
            raise InterruptedReload from None
        finally:
            self.reloader.full = settings.full
        self._tell(
            report,
            to_stdout=arguments.print or settings.print,
            to_log=arguments.log or settings.log,
            failures=not (arguments.hide_errors or settings.hide_errors),
        )

    # Settings

    def _hand_settings_on(self) -> None:
        for name in ("mode", "full", "included", "excluded", "watch"):
            self._setting_changed({"name": name, "old": [], "new": getattr(self.settings, name)})
        self.settings.observe(self._setting_changed)

    def _setting_changed(self, change: Mapping[str, Any]) -> None:
        """Hand one setting on, but not the others: `%aimport` may have gone beyond them since."""
        selection, old, new = self.reloader.selection, change["old"], change["new"]
        match change["name"]:
            case "mode":
                selection.mode = self.settings.wanted
            case "full":
                self.reloader.full = new
            case "included":
                selection.forget(*old)
                selection.tag(*new)
            case "excluded":
                selection.forget(*old)
                selection.skip(*new)
            case "watch":
                self.reloader.watch_files(new)

    # Around each cell

    def pre_run_cell(self, info: ExecutionInfo | None = None) -> None:
        """Reload what was edited. Whatever goes wrong here, the cell runs; only an interrupt is passed on."""
        self._depth += 1
        self.reloader.idle_since = None
        with self.guarding_the_cell():
            self._waiting += self.cell_sites(info)
            if self.settings.wanted is not Mode.OFF:
                self.reloader.user_namespace = self.shell.user_ns  # an embedded shell changes it
                settings, report = self.settings, self._reload(self.reloader.check)
                if report is NOTHING:  # most cells: reading settings takes longer than the check
                    return
                self._tell(report, to_stdout=settings.print, to_log=settings.log, failures=not settings.hide_errors)

    def post_execute_hook(self) -> None:
        """Learn what the cell has bound."""
        self._depth = max(0, self._depth - 1)
        if self._waiting:
            with self.guarding_the_cell():
                self.record(self._waiting)
            if not self._depth:
                self._waiting = []
        if not self._depth:
            self.reloader.idle_since = time.monotonic()

    def cell_sites(self, info: ExecutionInfo | None) -> tuple[ImportSite, ...]:
        """The import statements of a cell; there is nothing to read where nobody says what runs."""
        raw = getattr(info, "raw_cell", None) or ""
        if "import" not in raw:
            return ()
        text = getattr(info, "transformed_cell", None)  # newer IPythons tell
        return text_sites(text or self.transformed(raw), self.transformed)

    def transformed(self, raw: str) -> str:
        """The Python that IPython makes of a cell; the cell as it is where that fails."""
        try:
            return str(self.shell.transform_cell(raw))
        except Exception:  # the user's transformers raise what they like; IPython shows it when the cell runs
            return raw

    def record(self, sites: Iterable[ImportSite]) -> None:
        """Tell the reloader what the user's namespace got by import statements."""
        sites = held(sites, self.shell.user_ns)
        if sites:
            self.reloader.importing_cell(sites)

    @contextlib.contextmanager
    def guarding_the_cell(self) -> Iterator[None]:
        """A mistake of this package must not cost the user a cell: it is told, once."""
        try:
            yield
        except (Exception, SystemExit, GeneratorExit) as error:
            text = f"the reloader itself failed ({type(error).__name__}: {error}); the cell runs all the same"
            self.say_once(Note("internal-error", text, "autoreload_hooks"), details=traceback.format_exc())

    def _reload(self, act: Callable[[], Report]) -> Report:
        """One reload at a time: other threads wait; code that a reload runs, and that runs cells, gets none."""
        with self._lock:
            if self._reloading:
                return Report()
            self._reloading = True
            try:
                return act()
            finally:
                self._reloading = False

    # Words to the user

    def say_once(self, note: Note, *, details: str = "") -> None:
        """Tell a note, unless it has been told."""
        if note_text(note) not in self._told:
            self._told.add(note_text(note))
            self.say_note(note)
            sys.stderr.write(details)

    def say_note(self, note: Note) -> None:
        """Tell a note."""
        sys.stderr.write(note_text(note) + "\n")

    def _tell(self, report: Report, *, to_stdout: bool, to_log: bool, failures: bool) -> None:
        for text in map(reloaded_text, report.reloaded):
            if to_stdout:
                sys.stdout.write(text + "\n")
            if to_log:
                logging.getLogger(LOGGER).info(text)
        for failure in report.failures if failures else ():
            sys.stderr.write(failure_text(failure) + "\n")
        for note in report.notes:
            self.say_note(note)
