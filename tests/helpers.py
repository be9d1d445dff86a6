"""What the tests act with: files with a clock of their own, and a real IPython shell.

Nothing here knows how the extension works; nothing here waits for time to pass.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import io
import os
import shutil
import site
import sys
import sysconfig
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

Tree = Mapping[str, Any]
"""Files to write: `{"pkg": {"a.py": "x = 1"}}` or `{"pkg/a.py": "x = 1"}`, text or bytes."""

How = Literal["write", "replace", "older", "same-mtime"]
"""How an editor saves: in place; by a new file moved over the old; with an mtime before, or equal to, the old one."""

SECOND = 1_000_000_000
"""One second in nanoseconds."""


class Clock:
    """Time for files: it starts well in the past and goes on by two seconds at each tick.

    Two seconds, as some file systems know no finer mtime.
    """

    def __init__(self) -> None:
        self.now = (int(time.time()) - 100_000) * SECOND

    def tick(self) -> int:
        """Go on, and return the new time in nanoseconds."""
        self.now += 2 * SECOND
        return self.now


class Project:
    """Source files in a folder on `sys.path`, which are written, edited and removed as a person would.

    Calling it writes files: `project({"pkg": {"__init__.py": "", "a.py": "x = 1"}})`. Text is dedented, bytes stay.
    """

    def __init__(self, root: Path, clock: Clock | None = None) -> None:
        self.root = root  #: the folder that stands on `sys.path`
        self.clock = clock or Clock()  #: where the files' mtimes come from

    def __call__(self, files: Tree) -> Project:
        """Write `files`, have the folder on `sys.path`, and return the project."""
        for path, content in flatten(files):
            self.write(path, content)
        if str(self.root) not in sys.path:
            sys.path.insert(0, str(self.root))
        importlib.invalidate_caches()
        return self

    def path(self, name: str) -> Path:
        """Return where the file `name` is (or would be)."""
        return self.root / name

    def read(self, name: str) -> str:
        """Return the text of a file."""
        return self.path(name).read_text(encoding="utf-8")

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file and the folders above it, at the clock's next tick."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_bytes(content))
        self._stamp(path, self.clock.tick())
        return path

    def edit(self, name: str, change: str | bytes | Callable[[str], str], *, how: How = "write") -> Path:
        """Give an existing file a new text, or the one that `change` makes of its old text."""
        path = self.path(name)
        before = path.stat().st_mtime_ns
        content = change(self.read(name)) if callable(change) else change
        if how == "replace":
            self._replace(path, as_bytes(content))
        else:
            path.write_bytes(as_bytes(content))
        self._stamp(path, {"older": before - 20 * SECOND, "same-mtime": before}.get(how) or self.clock.tick())
        return path

    def sub(self, name: str, old: str, new: str, *, how: How = "write") -> Path:
        """Replace `old`, which must be there, by `new` in a file."""
        assert old in self.read(name), f"{old!r} is not in {name}"
        return self.edit(name, lambda text: text.replace(old, new), how=how)

    def touch(self, name: str) -> Path:
        """Give a file a new mtime and leave its content alone."""
        path = self.path(name)
        self._stamp(path, self.clock.tick())
        return path

    def delete(self, name: str) -> None:
        """Remove a file, or a folder with all it holds."""
        path = self.path(name)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        self._stamp(path.parent, self.clock.tick())

    def rename(self, old: str, new: str) -> Path:
        """Move a file, which keeps its mtime as it does in life."""
        target = self.path(new)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path(old).rename(target)
        for folder in {self.path(old).parent, target.parent}:
            self._stamp(folder, self.clock.tick())
        return target

    def load(self, name: str) -> ModuleType:
        """Import the module `name` of this project."""
        return importlib.import_module(name)

    def _replace(self, path: Path, content: bytes) -> None:
        """Save as careful editors do: the new file is complete before it takes the old one's place."""
        aside = path.with_name(path.name + ".new")
        aside.write_bytes(content)
        aside.replace(path)

    def _stamp(self, path: Path, mtime: int) -> None:
        """Set the mtime of a file and of its folder: the import system lists a folder again only if that differs."""
        os.utime(path, ns=(mtime, mtime))
        if path != self.root:
            os.utime(path.parent, ns=(self.clock.now, self.clock.now))


class Shell:
    """A real IPython shell whose cells raise what they raise and whose output is kept."""

    def __init__(self, folder: Path) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.ipython_dir = str(folder)
        InteractiveShell.clear_instance()
        self.ip = InteractiveShell.instance(config=config)  #: the `InteractiveShell` itself
        self.output = ""  #: all that cells, magics and the extension have printed, standard error too
        self.error: BaseException | None = None  #: what the last cell raised
        self._extension = "autoreload_hooks"

    @property
    def namespace(self) -> dict[str, Any]:
        """The user's namespace; looking into it is no cell."""
        namespace: dict[str, Any] = self.ip.user_ns
        return namespace

    def load(self, mode: str | None = "2") -> Shell:
        """Load the extension and set `%autoreload MODE`, unless that is None."""
        self.magic(f"load_ext {self._extension}")
        if mode is not None:
            self.magic(f"autoreload {mode}")
        return self

    def unload(self) -> None:
        """Unload the extension if it is loaded."""
        extensions: Any = self.ip.extension_manager
        if self._extension in extensions.loaded:
            self.magic(f"unload_ext {self._extension}")

    def magic(self, line: str) -> str:
        """Run a line magic, which is not a cell: no edits are looked for. Return what it printed."""
        name, _, rest = line.partition(" ")
        with self._captured() as buffer:
            self.ip.run_line_magic(name, rest)
        return buffer.getvalue()

    def cell(self, code: str, *, fails: type[BaseException] | bool = False) -> str:
        """Run a cell and return what was printed meanwhile, by the reloader too.

        What the cell raises is raised, unless `fails` says that it should fail (or with which type).
        """
        self._run(code, fails=fails)
        return self._last

    def value(self, expression: str) -> Any:
        """Run `expression` as a cell (edits are looked for first) and return its value."""
        return self._run(expression, fails=False).result

    def close(self) -> None:
        """Unload the extension, empty the namespace and give `sys.modules` its own `__main__` back."""
        self.unload()
        atexit.unregister(self.ip.atexit_operations)
        self.ip.restore_sys_module_state()
        self.ip.user_ns.clear()
        type(self.ip).clear_instance()

    def _run(self, code: str, *, fails: type[BaseException] | bool) -> Any:
        with self._captured() as buffer:
            result = self.ip.run_cell(textwrap.dedent(code), store_history=False)
        self._last = buffer.getvalue()
        self.error = result.error_before_exec or result.error_in_exec
        if not fails and self.error is not None:
            raise self.error
        assert not fails or self.error is not None, "the cell was expected to fail"
        assert isinstance(fails, bool) or isinstance(self.error, fails), f"{self.error!r} is no {fails}"
        return result

    @contextlib.contextmanager
    def _captured(self) -> Iterator[io.StringIO]:
        buffer = io.StringIO()
        with contextlib.redirect_stdout(buffer), contextlib.redirect_stderr(buffer):
            yield buffer
        self.output += buffer.getvalue()


class Interpreter:
    """The state of the interpreter that imports change, kept so that it can be restored."""

    def __init__(self) -> None:
        self.modules = dict(sys.modules)
        watched: list[list[Any]] = [sys.meta_path, sys.path, sys.path_hooks]
        self.lists = [(items, list(items)) for items in watched]
        self.importers = dict(sys.path_importer_cache)
        self.writes_no_bytecode = sys.dont_write_bytecode

    def restore(self) -> None:
        """Give everything back its content; what is installed stays, as much of it can be imported only once."""
        for items, before in self.lists:
            items[:] = before
        replace(sys.path_importer_cache, self.importers)
        later = {name: module for name, module in list(sys.modules.items()) if name not in self.modules}
        replace(sys.modules, self.modules | {name: module for name, module in later.items() if is_installed(module)})
        sys.dont_write_bytecode = self.writes_no_bytecode
        importlib.invalidate_caches()


def replace(mapping: dict[str, Any], content: dict[str, Any]) -> None:
    """Give a dictionary that others hold a new content; it never looks empty meanwhile."""
    for key in [key for key in mapping if key not in content]:
        mapping.pop(key, None)
    mapping.update(content)


def is_installed(module: object) -> bool:
    """Is this a module of the standard library, of an installed package, or of the package under test?"""
    namespace = getattr(module, "__dict__", {})  # never by getattr: a lazy module would import what it stands for
    name, path = namespace.get("__name__", ""), namespace.get("__file__")
    if str(name).partition(".")[0] == "autoreload_hooks" or name in sys.builtin_module_names:
        return True
    return isinstance(path, str) and path.startswith(installed_folders())


def installed_folders() -> tuple[str, ...]:
    """Return the folders of the standard library and of installed packages."""
    paths = sysconfig.get_paths()
    folders = {paths[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib")} | set(site.getsitepackages())
    return tuple(folder.rstrip(os.sep) + os.sep for folder in folders)


def flatten(files: Tree, above: str = "") -> Iterator[tuple[str, str | bytes]]:
    """Yield `path, content` of every file of a nested dictionary."""
    for name, content in files.items():
        if isinstance(content, Mapping):
            yield from flatten(content, f"{above}{name}/")
        else:
            yield above + name, content


def as_bytes(content: str | bytes) -> bytes:
    """Return what to write: text is dedented (a first empty line goes) and encoded, bytes stay."""
    return content if isinstance(content, bytes) else textwrap.dedent(content).removeprefix("\n").encode()
