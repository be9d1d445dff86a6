"""The main job, played with a real IPython shell and real files: cells, edits, and what the cells see.

It must never take part in a reload: it sees what a person in front of the shell would see.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

FILES: Final = {
    "shop/__init__.py": "",
    "shop/settings.py": """\
        VAT = 20
        """,
    "shop/basket.py": """\
        from .settings import VAT


        class Basket:
            def __init__(self):
                self.prices = []

            def add(self, price):
                self.prices.append(price)

            def total(self):
                return sum(self.prices)


        def with_vat(price):
            return price * (100 + VAT) // 100
        """,
}
"""The project that is edited."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is typed, and what it should give."""

    code: str  #: the lines of the cell
    value: Any = None  #: the value of its last line
    told: tuple[str, ...] = ()  #: what the reloader should say before the cell runs; nothing else may be said


@dataclass(frozen=True, slots=True)
class Edit:
    """What is changed in a file and saved."""

    path: str  #: below the project's folder
    old: str  #: the text that is there
    new: str  #: the text that takes its place


@dataclass(frozen=True, slots=True)
class Scene:
    """One promise, and the steps that show it."""

    title: str  #: the promise
    steps: tuple[Cell | Edit, ...] = field(default=())  #: in the order in which they are played


SCENES: Final = (
    Scene(
        "Import something and use it.",
        (
            Cell("%load_ext autoreload_hooks"),
            Cell("%autoreload 2"),
            Cell("from shop.basket import Basket, with_vat\nfrom shop.settings import VAT"),
            Cell("basket = Basket()\nbasket.add(100)\nbasket.add(50)"),
            Cell("basket.total(), with_vat(100), VAT", (150, 120, 20)),
        ),
    ),
    Scene(
        "A function is edited: the next call is new, though it was imported by name.",
        (
            Edit("shop/basket.py", "return price * (100 + VAT) // 100", "return round(price * (1 + VAT / 100), 2)"),
            Cell("with_vat(99)", 118.8),
        ),
    ),
    Scene(
        "A class is edited: an instance made before has the new methods, and keeps what it holds.",
        (
            Edit(
                "shop/basket.py",
                "        return sum(self.prices)\n",
                "        return sum(self.prices) - self.discount()\n\n    def discount(self):\n        return 10\n",
            ),
            Cell("basket.total(), basket.prices, isinstance(basket, Basket)", (140, [100, 50], True)),
        ),
    ),
    Scene(
        "A constant is edited: whoever imported it follows, another module and the notebook alike.",
        (
            Edit("shop/settings.py", "VAT = 20", "VAT = 7"),
            Cell("with_vat(100), VAT", (107.0, 7)),
        ),
    ),
    Scene(
        "An edit is broken: it is told once, and the version before it still runs.",
        (
            Edit("shop/basket.py", "        return 10\n", "        return 10 +\n"),
            Cell("basket.total()", 140, ("SyntaxError", "basket.py", "line 15")),
            Cell("basket.total()", 140),
        ),
    ),
    Scene(
        "The edit is mended: the next cell has it.",
        (
            Edit("shop/basket.py", "        return 10 +\n", "        return 10 + 5\n"),
            Cell("basket.total()", 135),
        ),
    ),
)
"""What is played."""


class Stage:
    """A folder with the project, a shell, and the text that a person would see."""

    def __init__(self, folder: Path, shell: InteractiveShell, out: TextIO, *, colours: bool) -> None:
        self.folder = folder  #: where the project is
        self.shell = shell  #: where the cells run
        self.broken = 0  #: how many promises did not hold
        self._out = out
        self._colours = colours

    def play(self, scene: Scene) -> None:
        """Play all steps of a scene."""
        self._say(f"\n# {scene.title}\n", "1")
        for step in scene.steps:
            if isinstance(step, Edit):
                self.edit(step)
            else:
                self.cell(step)

    def edit(self, edit: Edit) -> None:
        """Save an edit, and show it as a difference."""
        path = self.folder / edit.path
        old = path.read_text(encoding="utf-8")
        new = old.replace(edit.old, edit.new)
        path.write_text(new, encoding="utf-8")
        self._say(f"\n  {edit.path} is saved:\n", "2")
        for line in difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""):
            if not line.startswith(("---", "+++", "@@")):
                self._say(f"    {line[0]} {line[1:]}\n", "31" if line[0] == "-" else "32")

    def cell(self, cell: Cell) -> None:
        """Run a cell, show it with all that it printed, and compare it with what was promised."""
        prompt = f"In [{self.shell.execution_count}]: "
        self._say(f"\n{prompt}", "34")
        self._say(cell.code.replace("\n", "\n" + "...: ".rjust(len(prompt))) + "\n")
        value, printed = self._run(cell.code)
        told, out, result = printed.partition(prompt.replace("In ", "Out"))
        self._say(told)
        self._say(out, "31")
        self._say(result)
        for complaint in complaints(cell, value, told):
            self.broken += 1
            self._say(f"  NOT AS PROMISED: {complaint}\n", "1;31")

    def _run(self, code: str) -> tuple[Any, str]:
        """The value of a cell (what it raised, if it did), and what was printed meanwhile."""
        buffer = io.StringIO()
        with contextlib.redirect_stdout(buffer), contextlib.redirect_stderr(buffer):
            result = self.shell.run_cell(code, store_history=True)
        return result.error_before_exec or result.error_in_exec or result.result, buffer.getvalue()

    def _say(self, text: str, colour: str = "") -> None:
        self._out.write(f"\x1b[{colour}m{text}\x1b[0m" if colour and self._colours else text)


def complaints(cell: Cell, value: Any, told: str) -> Iterator[str]:
    """What a cell gave that was not promised."""
    if value != cell.value:
        yield f"the value should be {cell.value!r}"
    for part in cell.told:
        if part not in told:
            yield f"the reloader should have said {part!r}"
    if told and not cell.told:
        yield "nothing should have been said"


def play(out: TextIO | None = None, *, colours: bool | None = None) -> int:
    """Play all scenes and return how many promises did not hold.

    Args:
        out: where the text goes; standard output if it is not given.
        colours: whether the text is coloured; if it is not given, on a terminal it is.
    """
    out = sys.stdout if out is None else out
    if colours is None:
        colours = out.isatty() and "NO_COLOR" not in os.environ
    with project() as folder, real_shell(folder) as shell:
        stage = Stage(folder, shell, out, colours=colours)
        for scene in SCENES:
            stage.play(scene)
    out.write("\n" + (f"{stage.broken} not as promised.\n" if stage.broken else "All as promised.\n"))
    return stage.broken


@contextlib.contextmanager
def project() -> Iterator[Path]:
    """A folder with the project, importable while the demo runs."""
    with tempfile.TemporaryDirectory(prefix="autoreload-hooks-") as name:
        folder = Path(name)
        for path, text in FILES.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(textwrap.dedent(text), encoding="utf-8")
        sys.path.insert(0, name)
        try:
            yield folder
        finally:
            sys.path.remove(name)
            for module in [module for module in sys.modules if module.partition(".")[0] == "shop"]:
                del sys.modules[module]


@contextlib.contextmanager
def real_shell(folder: Path) -> Iterator[InteractiveShell]:
    """A shell that leaves the user's profile and history alone."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.ipython_dir = str(folder / ".ipython")
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config)
    try:
        yield shell
    finally:
        extensions: Any = shell.extension_manager
        extensions.unload_extension("autoreload_hooks")
        shell.restore_sys_module_state()
        InteractiveShell.clear_instance()
