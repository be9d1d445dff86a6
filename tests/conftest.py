"""Fixtures for all tests: a clean interpreter, a project of files, a real shell."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import Interpreter, Project, Shell


@pytest.fixture(autouse=True)
def interpreter(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Interpreter]:
    """Restore what imports change, and write bytecode meanwhile: a stale `.pyc` is one of the enemies.

    Other files of tests, and of scenarios, are out of sight: they are modules of the user's as well, and would be
    asked at every edit.
    """
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # for the processes that a test starts
    state = Interpreter()
    for name in [name for name in sys.modules if name.startswith(("test_", "scenarios."))]:
        if name != request.module.__name__:
            del sys.modules[name]
    sys.dont_write_bytecode = False
    yield state
    state.restore()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Files in a folder on `sys.path`: `project({"pkg": {"a.py": "x = 1"}})`, then `project.edit("pkg/a.py", ...)`."""
    root = tmp_path / "project"
    root.mkdir()
    return Project(root)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A real IPython shell, without history and without the extension: `shell.load()` loads it in mode 2."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    real = Shell(tmp_path / "ipython")
    yield real
    real.close()


@pytest.fixture(scope="session")
def heap_searches() -> list[str]:
    """Every search for the holders of an object, as the interpreter itself reports it."""
    seen: list[str] = []
    sys.addaudithook(lambda event, args: seen.append(event) if event == "gc.get_referrers" else None)
    return seen
