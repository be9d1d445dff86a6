"""The helpers of the tests do what the tests rely on."""

from __future__ import annotations

import pathlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
from helpers import SECOND, Clock, Interpreter, Project, Shell, as_bytes, flatten, is_installed


def test_clock_advances_by_two_seconds() -> None:
    """Two ticks differ on every file system, also on those that keep whole seconds only."""
    clock = Clock()
    first = clock.tick()

    assert first + 2 * SECOND == clock.tick()


def test_nested_and_flat_trees_are_the_same() -> None:
    """A tree may be written as nested dictionaries or with slashes."""
    assert [("pkg/a.py", "x"), ("b.py", "y")] == list(flatten({"pkg": {"a.py": "x"}, "b.py": "y"}))


def test_text_is_dedented_and_bytes_are_not() -> None:
    """Tests can indent their sources, and can write any bytes."""
    assert b"x = 1\n" == as_bytes("\n    x = 1\n")
    assert b"  \xff" == as_bytes(b"  \xff")


def test_project_is_importable_at_once(project: Project) -> None:
    """What has been written can be imported, also a file that was added to a listed folder."""
    project({"pkg": {"__init__.py": "", "a.py": "x = 1"}})
    first = project.load("pkg.a").x
    project({"pkg/b.py": "x = 2"})

    assert (1, 2) == (first, project.load("pkg.b").x)


@pytest.mark.parametrize(
    ("how", "difference"),
    [("write", 2 * SECOND), ("replace", 2 * SECOND), ("same-mtime", 0), ("older", -20 * SECOND)],
)
def test_edit_moves_the_mtime_as_asked(project: Project, how: str, difference: int) -> None:
    """Editors save in different ways, and the mtime may go forward, back, or nowhere."""
    path = project({"a.py": "x = 1"}).path("a.py")
    before = path.stat()
    project.edit("a.py", "x = 2", how=how)  # type: ignore[arg-type]

    assert difference == path.stat().st_mtime_ns - before.st_mtime_ns
    assert (how == "replace") == (path.stat().st_ino != before.st_ino)
    assert "x = 2" == project.read("a.py")


def test_edit_takes_a_function_of_the_text(project: Project) -> None:
    """An edit can be said as a change of the old text."""
    project({"a.py": "x = 1"}).edit("a.py", lambda text: text + "\ny = 2")

    assert "x = 1\ny = 2" == project.read("a.py")


def test_sub_insists_that_the_old_text_is_there(project: Project) -> None:
    """A replacement that replaces nothing is a mistake in the test."""
    project({"a.py": "x = 1"})

    with pytest.raises(AssertionError, match="is not in"):
        project.sub("a.py", "x = 3", "x = 4")


def test_touch_changes_the_mtime_only(project: Project) -> None:
    """A touched file has the same content and another mtime."""
    path = project({"a.py": "x = 1"}).path("a.py")
    before = path.stat().st_mtime_ns
    project.touch("a.py")

    assert before < path.stat().st_mtime_ns
    assert "x = 1" == project.read("a.py")


def test_delete_and_rename_move_files(project: Project) -> None:
    """Files and folders can go, and files can move; a moved file keeps its mtime."""
    project({"a.py": "x = 1", "pkg/b.py": ""})
    before = project.path("a.py").stat().st_mtime_ns
    moved = project.rename("a.py", "new/c.py")
    project.delete("pkg")

    assert before == moved.stat().st_mtime_ns
    assert ["new", "new/c.py"] == sorted(str(path.relative_to(project.root)) for path in project.root.rglob("*"))


def test_interpreter_restores_what_imports_change(tmp_path: Path) -> None:
    """Modules, paths, finders, hooks and the bytecode switch are as before, and the lists are the same objects."""
    state = Interpreter()
    path, meta_path, hooks = sys.path, list(sys.meta_path), list(sys.path_hooks)
    Project(tmp_path)({"gone.py": ""}).load("gone")
    sys.modules["made_by_hand"] = ModuleType("made_by_hand")
    sys.meta_path.insert(0, object())  # type: ignore[arg-type]
    sys.path_hooks.append(lambda path: None)  # type: ignore[arg-type, return-value]
    sys.dont_write_bytecode = True
    state.restore()

    assert path is sys.path
    assert str(tmp_path) not in sys.path
    assert (meta_path, hooks) == (sys.meta_path, sys.path_hooks)
    assert {"gone", "made_by_hand"}.isdisjoint(sys.modules)
    assert str(tmp_path) not in sys.path_importer_cache
    assert not sys.dont_write_bytecode


def test_bytecode_is_written(project: Project) -> None:
    """Whatever the environment says, tests run with bytecode files."""
    project({"a.py": "x = 1"}).load("a")

    assert list(project.root.glob("__pycache__/a.*.pyc"))


def test_installed_modules_stay(project: Project) -> None:
    """Modules of the standard library and of installed packages are told from those of a test."""
    mine = project({"a.py": ""}).load("a")

    assert [True, True, True, False] == [is_installed(each) for each in (pytest, sys, pathlib, mine)]


def test_cell_runs_and_returns_what_it_printed(shell: Shell) -> None:
    """Each cell gives its own output, and all output is kept."""
    shell.cell("x = 1; print('one')")

    assert "two\n" == shell.cell("print('two')")
    assert "one\ntwo\n" == shell.output
    assert 1 == shell.namespace["x"]


def test_value_is_the_value_of_a_cell(shell: Shell) -> None:
    """A value is asked for by a cell, so that what happens before cells happens."""
    seen: list[str] = []
    shell.ip.events.register("pre_run_cell", lambda info: seen.append(info.raw_cell))

    assert 3 == shell.value("1 + 2")
    assert ["1 + 2"] == seen


def test_cell_raises_what_it_raised(shell: Shell) -> None:
    """A cell that fails makes the test fail, unless it should."""
    with pytest.raises(ZeroDivisionError):
        shell.cell("1 / 0")
    with pytest.raises(AssertionError, match="expected to fail"):
        shell.cell("1", fails=True)
    with pytest.raises(AssertionError, match="is no"):
        shell.cell("1 / 0", fails=KeyError)

    assert "ZeroDivisionError" in shell.cell("1 / 0", fails=ZeroDivisionError)


def test_shell_goes_without_a_trace(tmp_path: Path) -> None:
    """After a shell is closed the main module is pytest's own again and the next shell is a new one."""
    main = sys.modules["__main__"]
    first = Shell(tmp_path)
    first.close()
    second = Shell(tmp_path)
    second.close()

    assert first.ip is not second.ip
    assert main is sys.modules["__main__"]
