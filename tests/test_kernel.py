"""The extension in a real Jupyter kernel, as a notebook has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import Project

import autoreload_hooks

pytest.importorskip("ipykernel")
manager = pytest.importorskip("jupyter_client.manager")

PACKAGES = str(Path(autoreload_hooks.__file__).parent.parent)


class Kernel:
    """A running kernel: cells are sent to it, and what they show comes back."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.shown: list[tuple[str, str]] = []  #: stream and text of all that the last cell wrote

    def cell(self, code: str, *, silent: bool = False) -> str:
        """Run a cell to its end and return what it wrote to standard output; what it raises fails the test."""
        self.shown = []
        reply = self.client.execute_interactive(code, silent=silent, output_hook=self._show, timeout=60)
        assert "ok" == reply["content"]["status"], reply["content"]
        return self.written("stdout")

    def written(self, stream: str) -> str:
        """What the last cell wrote to a stream."""
        return "".join(text for name, text in self.shown if name == stream)

    def _show(self, message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            self.shown.append((message["content"]["name"], message["content"]["text"]))


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for all tests of this file: starting it takes its time."""
    folder = tmp_path_factory.mktemp("notebook")
    environment = os.environ | {"PYTHONPATH": PACKAGES, "IPYTHONDIR": str(folder / "ipython")}
    kernels, client = manager.start_new_kernel(kernel_name="python3", env=environment, cwd=str(folder))
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        kernels.shutdown_kernel(now=True)


@pytest.fixture
def kernel(notebook: Kernel, project: Project) -> Iterator[Kernel]:
    """The kernel with the extension loaded in mode 2, and with the project on its path."""
    notebook.cell(f"import sys; sys.path.insert(0, {str(project.root)!r})")
    notebook.cell("%load_ext autoreload_hooks\n%autoreload 2")
    yield notebook
    notebook.cell("%unload_ext autoreload_hooks")
    notebook.cell("del sys.path[0]\nfor name in ('m', 'n'): sys.modules.pop(name, None)\n%reset -f")


def test_an_edit_reaches_the_next_cell(project: Project, kernel: Kernel) -> None:
    """The very first one too, in names that were imported and in objects that are alive."""
    project({"m.py": "LIMIT = 1\nclass A:\n    def f(self): return LIMIT"})
    kernel.cell("from m import LIMIT, A\na = A()")

    project.edit("m.py", "LIMIT = 2\nclass A:\n    def f(self): return LIMIT * 10")

    assert "2 20 True\n" == kernel.cell("print(LIMIT, a.f(), isinstance(a, A))")


def test_an_edit_reaches_a_cell_that_awaits(project: Project, kernel: Kernel) -> None:
    """Cells with `await` run in the kernel's own loop."""
    project({"m.py": "x = 1"})
    kernel.cell("import asyncio\nawait asyncio.sleep(0)\nfrom m import x")

    project.edit("m.py", "x = 2")

    assert "2\n" == kernel.cell("await asyncio.sleep(0)\nprint(x)")


def test_a_failure_is_shown_on_standard_error_once(project: Project, kernel: Kernel) -> None:
    """Notebooks show it in red below the cell, which runs on the version before."""
    project({"m.py": "x = 1"})
    kernel.cell("import m")
    project.edit("m.py", "x = 2\nx = (")

    first = kernel.cell("print(m.x)"), kernel.written("stderr")
    second = kernel.cell("print(m.x)"), kernel.written("stderr")

    assert "1\n" == first[0]
    assert first[1].startswith("[autoreload of m failed: ")
    assert ("1\n", "") == second


def test_a_silent_execution_reloads_nothing_and_loses_nothing(project: Project, kernel: Kernel) -> None:
    """Frontends run code of their own between cells; the next cell that the user runs sees the edit."""
    project({"m.py": "x = 1"})
    kernel.cell("from m import x")
    project.edit("m.py", "x = 2")

    kernel.cell("before = x", silent=True)

    assert "1 2\n" == kernel.cell("print(before, x)")


def test_a_restarted_section_may_load_the_extension_again(project: Project, kernel: Kernel) -> None:
    """The first cell of a notebook is run again and again."""
    project({"m.py": "x = 1"})
    for _ in range(2):
        kernel.cell("%load_ext autoreload_hooks\n%autoreload 2 # always\nfrom m import x")
    kernel.cell("%reload_ext autoreload_hooks\n%autoreload 2\nfrom m import x")

    project.edit("m.py", "x = 2")

    assert "2\n" == kernel.cell("print(x)")
    assert "" == kernel.written("stderr")
