"""What the user types, and what happens around each cell."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import warnings
from io import StringIO
from pathlib import Path

import pytest
from helpers import Project, Shell
from IPython.core.error import UsageError
from traitlets import TraitError

import autoreload_hooks
from autoreload_hooks.magics import AutoreloadMagics, load, loaded, unload
from autoreload_hooks.magics.commands import INTERRUPTED
from autoreload_hooks.reloader import Reloader
from autoreload_hooks.selection import Mode

RIVAL = "IPython.extensions.autoreload"


def reloader(shell: Shell) -> Reloader:
    """The reloader of a shell in which the extension is loaded."""
    found = loaded(shell.ip)
    assert found is not None
    return found


def listing(shell: Shell) -> list[str]:
    """What `%aimport` says: the lines after the two headings."""
    lines = shell.magic("aimport").split("\n")
    assert [lines[0], lines[2], lines[3], lines[5]] == ["Modules to reload:", "", "Modules to skip:", ""]
    return [lines[1], lines[4]]


# %autoreload


@pytest.mark.parametrize(
    ("line", "mode", "full"),
    [
        ("0", Mode.OFF, False),
        ("off", Mode.OFF, False),
        ("OFF", Mode.OFF, False),
        ("1", Mode.EXPLICIT, False),
        ("explicit", Mode.EXPLICIT, False),
        ("2", Mode.ALL, False),
        ("all", Mode.ALL, False),
        ("3", Mode.COMPLETE, False),
        ("Complete", Mode.COMPLETE, False),
        ("2-", Mode.ALL, True),
        ("1-", Mode.EXPLICIT, True),
        ("3 --full", Mode.COMPLETE, True),
        ("2  # in every notebook", Mode.ALL, False),
        ("2 --full # as a whole", Mode.ALL, True),
    ],
)
def test_a_line_sets_the_mode(shell: Shell, line: str, mode: Mode, full: bool) -> None:
    """By word or number, in any case, with a suffix or an option for whole modules; comments are no error."""
    shell.load(line)

    assert (mode, full) == (reloader(shell).selection.mode, reloader(shell).full)


def test_the_options_of_a_mode_hold_until_the_next(shell: Shell) -> None:
    """A line says everything; it adds nothing to the lines before."""
    shell.load("2- --print")

    shell.magic("autoreload 2")

    assert not reloader(shell).full
    assert "" == shell.cell("pass")


@pytest.mark.parametrize("line", ["4", "-1", "2 3", "on", "2 --loud", "plan 2", "2,"])
def test_anything_else_is_an_error_and_changes_nothing(shell: Shell, line: str) -> None:
    """A mode that does not exist must not look as if it worked."""
    shell.load("1")

    with pytest.raises(UsageError):
        shell.magic(f"autoreload {line}")

    assert Mode.EXPLICIT is reloader(shell).selection.mode


def test_an_unknown_mode_is_a_value_error_too(shell: Shell) -> None:
    """As with IPython's own extension."""
    shell.load()

    with pytest.raises(ValueError, match="Unrecognized autoreload mode"):
        shell.magic("autoreload 4")


def test_wrong_uses_are_shown_in_one_line(shell: Shell) -> None:
    """No traceback through this package."""
    shell.load()

    first = shell.cell("%autoreload 4", fails=True)
    second = shell.cell("%aimport a b", fails=True)

    assert first.startswith("UsageError: Unrecognized autoreload mode")
    assert second.startswith("UsageError: %aimport takes names of modules")
    assert (1, 1) == (first.count("\n"), second.count("\n"))


def test_the_help_is_a_manual(shell: Shell) -> None:
    """`%autoreload?` says all there is to say."""
    shell.load()

    autoreload, aimport = shell.cell("%autoreload?"), shell.cell("%aimport?")

    for part in ("%autoreload now", "%autoreload plan", "explicit", "complete", "--print", "--hide-errors", "--full"):
        assert part in autoreload
    for part in ("%aimport pkg.sub as s", "-foo", "pkg*"):
        assert part in aimport


@pytest.mark.parametrize("line", ["autoreload", "autoreload now", "autoreload NOW", "autoreload # at once"])
def test_now_reloads_at_once_in_every_mode(project: Project, shell: Shell, line: str) -> None:
    """What was not tagged is reloaded too."""
    project({"m.py": "x = 1"})
    shell.load("off").cell("import m")
    project.edit("m.py", "x = 2")
    assert 1 == shell.value("m.x")

    shell.magic(line)

    assert 2 == shell.value("m.x")


def test_now_respects_exclusions(project: Project, shell: Shell) -> None:
    """Who excludes a module means it."""
    project({"m.py": "x = 1", "n.py": "x = 1"})
    shell.load("off").cell("import m, n")
    shell.magic("aimport -m")
    project.edit("m.py", "x = 2")
    project.edit("n.py", "x = 2")

    shell.magic("autoreload")

    assert (1, 2) == shell.value("m.x, n.x")


def test_off_reloads_nothing_until_it_is_on_again(project: Project, shell: Shell) -> None:
    """An edit made meanwhile is not lost."""
    project({"m.py": "x = 1"})
    shell.load("2").cell("import m")
    shell.magic("autoreload 0")
    project.edit("m.py", "x = 2")
    before = shell.value("m.x")

    shell.magic("autoreload 2")

    assert (1, 2) == (before, shell.value("m.x"))


def test_nothing_happens_before_a_mode_is_set(project: Project, shell: Shell) -> None:
    """Loading the extension switches nothing on."""
    project({"m.py": "x = 1"})
    shell.load(None).cell("import m")
    project.edit("m.py", "x = 2")

    assert 1 == shell.value("m.x")


def test_plan_shows_what_would_be_done_and_does_nothing(project: Project, shell: Shell) -> None:
    """The plan names the module and what would run."""
    project({"m.py": "x = 1"})
    shell.load("off").cell("import m")
    project.edit("m.py", "x = 2")

    plan = shell.magic("autoreload plan")

    assert "m" in plan
    assert "x" in plan
    assert 1 == shell.value("m.x")
    assert plan == f"{autoreload_hooks.plan()}\n"


# What is told


def edited(project: Project, shell: Shell, *, line: str, text: str = "x = 2") -> str:
    """What the next cell says after an edit of a module that was followed with `%autoreload LINE`."""
    project({"m.py": "x = 1"})
    shell.load(line).cell("import m")
    project.edit("m.py", text)
    return shell.cell("pass")


def test_a_reload_is_silent(project: Project, shell: Shell) -> None:
    """What works needs no words."""
    assert "" == edited(project, shell, line="2")


@pytest.mark.parametrize("line", ["2 -p", "2 --print", "3 -p -l"])
def test_reloads_are_printed_on_request(project: Project, shell: Shell, line: str) -> None:
    """In the words of IPython's own extension."""
    assert "Reloading 'm'.\n" == edited(project, shell, line=line)


@pytest.mark.parametrize(
    ("line", "logged"), [("2 -l", ["Reloading 'm'."]), ("2 --log -p", ["Reloading 'm'."]), ("2", [])]
)
def test_reloads_are_logged_on_request(
    project: Project, shell: Shell, caplog: pytest.LogCaptureFixture, line: str, logged: list[str]
) -> None:
    """At level INFO, to the logger of IPython's own extension."""
    with caplog.at_level(logging.INFO, logger="autoreload"):
        edited(project, shell, line=line)

    assert [("autoreload", logging.INFO, text) for text in logged] == caplog.record_tuples


def test_the_options_of_now_hold_once(project: Project, shell: Shell) -> None:
    """What was set with the mode stays."""
    project({"m.py": "x = 1"})
    shell.load("2").cell("import m")
    project.edit("m.py", "x = 2")

    first = shell.magic("autoreload now -p --full")
    project.edit("m.py", "x = 3")

    assert ("Reloading 'm'.\n", "") == (first, shell.cell("pass"))
    assert not reloader(shell).full


@pytest.mark.parametrize(("text", "error"), [("x = (", "SyntaxError"), ("x = 2\n1 / 0\n", "ZeroDivisionError")])
def test_a_failure_is_told_once_and_changes_nothing(project: Project, shell: Shell, text: str, error: str) -> None:
    """The mended file is picked up by itself."""
    told = edited(project, shell, line="2", text=text)

    assert told.startswith("[autoreload of m failed: ")
    assert error in told
    assert f'File "{project.path("m.py")}", line {text.count("(") or 2}' in told
    assert "" == shell.cell("assert m.x == 1")
    project.edit("m.py", "x = 3")
    assert "" == shell.cell("assert m.x == 3")


def test_failures_are_hidden_on_request(project: Project, shell: Shell) -> None:
    """Nothing is changed all the same."""
    assert "" == edited(project, shell, line="2 --hide-errors", text="x = (")
    assert 1 == shell.value("m.x")


# %aimport


def test_the_listing_names_what_is_followed(shell: Shell) -> None:
    """In mode 2 everything is; the headings are those of IPython's own extension."""
    shell.load("1")
    shell.magic("aimport json, -math, -decimal, html")

    explicit = listing(shell)
    shell.magic("autoreload 2")

    assert ["html json", "decimal math"] == explicit
    assert ["all-except-skipped", "decimal math"] == listing(shell)


def test_the_listing_goes_to_a_stream_on_request(shell: Shell) -> None:
    """Programs that call the magic can read it."""
    shell.load("1")
    magics = shell.ip.magics_manager.registry["AutoreloadMagics"]
    stream = StringIO()

    magics.aimport("", stream=stream)

    assert "Modules to reload:\n\n\nModules to skip:\n\n" == stream.getvalue()


@pytest.mark.parametrize(
    ("line", "bound"),
    [
        ("pkg", {"pkg": "pkg"}),
        ("pkg, other", {"pkg": "pkg", "other": "other"}),
        ("other as o", {"o": "other"}),
        ("pkg.sub", {"pkg": "pkg"}),
        ("pkg.sub as s", {"s": "pkg.sub"}),
        ("pkg.sub.deep as d,other", {"d": "pkg.sub.deep", "other": "other"}),
        ("-other, pkg", {"pkg": "pkg"}),
        ("-pkg.sub", {}),
        ("- pkg", {}),
        ("pkg*", {}),
        ("other  # needed below", {"other": "other"}),
        ("-missing", {}),
    ],
)
def test_aimport_binds_what_the_import_statement_binds(
    project: Project, shell: Shell, line: str, bound: dict[str, str]
) -> None:
    """The top package for `pkg.sub`, the submodule for `pkg.sub as s`, nothing for what is excluded."""
    project({"pkg": {"__init__.py": "", "sub": {"__init__.py": "", "deep.py": ""}}, "other.py": ""})
    shell.load("1")
    before = set(shell.namespace)

    shell.magic(f"aimport {line}")

    new = {name: shell.namespace[name] for name in set(shell.namespace) - before}
    assert bound == {name: module.__name__ for name, module in new.items()}
    assert all(module is sys.modules[module.__name__] for module in new.values())


def test_aimport_follows_only_what_it_names(project: Project, shell: Shell) -> None:
    """That is mode 1."""
    project({"m.py": "x = 1", "n.py": "x = 1"})
    shell.load("1").cell("%aimport m\nimport n")
    project.edit("m.py", "x = 2")
    project.edit("n.py", "x = 2")

    assert (2, 1) == shell.value("m.x, n.x")


def test_a_package_stands_for_its_submodules(project: Project, shell: Shell) -> None:
    """Followed or left alone; the most precise name counts."""
    files = {"__init__.py": "", "a.py": "x = 1", "b.py": "x = 1"}
    project({"p": files, "q": files})
    shell.load("1").cell("import p.a, p.b, q.a, q.b")
    shell.magic("aimport p, -p.b, -q, q.b")
    for path in ("p/a.py", "p/b.py", "q/a.py", "q/b.py"):
        project.edit(path, "x = 2")

    explicit = shell.value("p.a.x, p.b.x, q.a.x, q.b.x")
    shell.magic("autoreload 2")

    assert (2, 1, 1, 2) == explicit == shell.value("p.a.x, p.b.x, q.a.x, q.b.x")


@pytest.mark.parametrize("line", ["json, missing_", "missing_, json", "-math, json.missing_ as j"])
def test_a_module_that_does_not_exist_changes_nothing(shell: Shell, line: str) -> None:
    """It is an ImportError, and the rest of the line does not count."""
    shell.load("1")
    before = set(shell.namespace)

    with pytest.raises(ModuleNotFoundError):
        shell.magic(f"aimport {line}")

    assert ["", ""] == listing(shell)
    assert before == set(shell.namespace)


@pytest.mark.parametrize(
    "line", ["a b", "a as", "a as b.c", "a as 1b", "-a as b", "a* as b", "a,,b", ".a", "a.", "from a", "--a", "a;b"]
)
def test_what_is_no_name_is_an_error(shell: Shell, line: str) -> None:
    """It says what is expected."""
    shell.load("1")

    with pytest.raises(UsageError, match="%aimport"):
        shell.magic(f"aimport {line}")

    assert ["", ""] == listing(shell)


def test_a_compiled_module_cannot_be_reloaded_and_says_so(shell: Shell) -> None:
    """Python cannot load such a file twice."""
    shell.load("1")

    told = shell.magic("aimport math")

    assert "[autoreload] math: this module is compiled and cannot be reloaded" in told
    assert "math" in shell.namespace
    assert "" == shell.magic("aimport json")


# Cells bind names


IMPORTS = {
    "plain": "from m import x",
    "star": "from m import *",
    "parts": "from m import (\n    x,\n)",
    "if": "if True:\n    from m import x\nelse:\n    from os import path as x",
    "try": "try:\n    from m import missing as x\nexcept ImportError:\n    from m import x",
    "with": "import contextlib\nwith contextlib.nullcontext():\n    from m import x",
    "for": "for _ in range(2):\n    from m import x",
    "global": "def get():\n    global x\n    from m import x\nget()",
    "async": "import asyncio\nawait asyncio.sleep(0)\nfrom m import x",
    "fails later": "from m import x\nraise LookupError",
    "%time": "%time from m import x",
    "%%time": "%%time\nfrom m import x",
    "%%capture": "%%capture\nfrom m import x",
    "%%prun": "%%prun -q\nfrom m import x",
    "magics beside": "%precision 3\nfrom m import x",
    "a cell in a cell": "get_ipython().run_cell('from m import x')",
    "%run": "%run -i script.py",
    "%run in its own namespace": "%run script.py",
    "%run -m": "%run -m script",
}


@pytest.mark.parametrize("code", IMPORTS.values(), ids=IMPORTS.keys())
@pytest.mark.parametrize("when", ["before", "with", "after"])
def test_names_that_a_cell_imported_follow(
    project: Project, shell: Shell, monkeypatch: pytest.MonkeyPatch, code: str, when: str
) -> None:
    """However the cell did it, and whether it ran before, with or after `%load_ext`."""
    project({"m.py": "x = 1", "script.py": "from m import x"})
    monkeypatch.chdir(project.root)
    loading = "%load_ext autoreload_hooks\n%autoreload 2\n"
    cells = {"before": [code, loading], "with": [loading + code], "after": [loading, code]}[when]
    if (when, code[:2]) == ("with", "%%"):
        pytest.skip("a cell magic is the whole cell")
    if (when, code[:3]) == ("before", "get"):
        pytest.skip("nobody remembers what such a cell was")
    for cell in cells:
        shell.ip.run_cell(cell, store_history=True)
    assert 1 == shell.namespace["x"]

    project.edit("m.py", "x = 2")

    assert 2 == shell.value("x")


def test_a_name_that_the_user_assigned_since_stays(project: Project, shell: Shell) -> None:
    """In the importing cell, in a later one, or before the extension was loaded."""
    project({"m.py": "x = 1000\ny = 1000\nz = 1000"})
    shell.ip.run_cell("from m import x", store_history=True)
    shell.ip.run_cell("x = 5", store_history=True)
    shell.load("2").cell("from m import y\ny = 6")
    shell.cell("from m import z")
    shell.cell("z = 7")

    project.edit("m.py", "x = 2\ny = 2\nz = 2")

    assert (5, 6, 7) == shell.value("x, y, z")


def test_the_latest_import_of_a_name_counts(project: Project, shell: Shell) -> None:
    """One that failed is none."""
    project({"m.py": "x = 1000\ny = 1001", "n.py": "x = 2000"})
    shell.load("2")
    shell.cell("from m import x as a, x as b, y as c")
    shell.cell("from m import y as a")
    shell.cell("from n import x as b")
    shell.cell("from n import missing as c", fails=ImportError)

    project.edit("m.py", "x = -1\ny = -2")
    project.edit("n.py", "x = -3")

    assert (-2, -3, -2) == shell.value("a, b, c")


def test_modules_bound_by_aimport_stay_the_same(project: Project, shell: Shell) -> None:
    """A module is never replaced."""
    project({"pkg": {"__init__.py": "", "sub.py": "x = 1"}})
    shell.load("1").cell("%aimport pkg.sub as s")
    module = shell.namespace["s"]

    project.edit("pkg/sub.py", "x = 2")

    assert 2 == shell.value("s.x")
    assert module is shell.namespace["s"]


@pytest.mark.parametrize("value", ["None", "'text'", "[]", "[0, None]"])
def test_the_user_may_rebind_the_history(project: Project, shell: Shell, value: str) -> None:
    """`In` is a name like any other."""
    project({"m.py": "x = 1"})
    shell.cell(f"In = {value}")
    shell.load("2").cell("from m import x")
    shell.cell(f"In = {value}")

    project.edit("m.py", "x = 2")

    assert 2 == shell.value("x")


def test_a_history_that_was_emptied_or_filled_with_anything_is_no_error(shell: Shell) -> None:
    """It is the user's list."""
    shell.cell("In[:] = [None, 3, 'from m import (', 'import m', '%time from x import y']")

    assert "" == shell.load("2").cell("pass")


def test_warnings_of_a_cell_are_shown_once(project: Project, shell: Shell, recwarn: pytest.WarningsRecorder) -> None:
    """Reading the cell's imports must not show them a second time."""
    project({"m.py": "x = 1"})
    shell.load("2")

    shell.cell("from m import x\ntext = '\\d'")

    assert not [warning for warning in recwarn if warning.filename in ("<cell>", "<unknown>")]


# Around a cell


def test_a_mistake_of_this_package_does_not_cost_a_cell(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once, with its traceback, and the cell runs."""
    shell.load("2")

    def broken() -> None:
        raise LookupError("of ours")

    monkeypatch.setattr(reloader(shell), "check", broken)

    first, second = shell.cell("done = 1"), shell.cell("done = 2")

    assert "(internal-error)" in first
    assert "LookupError: of ours" in first
    assert "Traceback" in first
    assert "" == second
    assert 2 == shell.namespace["done"]


def test_an_interrupt_changes_nothing_and_stops_the_cell(project: Project, shell: Shell) -> None:
    """The next cell tries again."""
    project({"m.py": "x = 1", "n.py": "interrupts = True"})
    shell.load("2").cell("import m, n\nran = 0")
    project.edit("m.py", "import n\nx = 2\nif n.interrupts: raise KeyboardInterrupt\n")

    told = shell.cell("ran = 1", fails=True)

    assert told.strip() == f"[autoreload] KeyboardInterrupt: {INTERRUPTED}, and this cell did not run"
    assert (0, 1) == (shell.namespace["ran"], shell.namespace["m"].x)
    shell.namespace["n"].interrupts = False
    assert (1, 2) == shell.value("ran + 1, m.x")


def test_code_that_a_reload_runs_may_run_cells(project: Project, shell: Shell) -> None:
    """No reload begins within another."""
    project({"m.py": "x = 1"})
    shell.load("2").cell("import m")

    project.edit("m.py", "from IPython import get_ipython\nx = 2\nget_ipython().run_cell('inner = 3')\n")

    assert (2, 3) == shell.value("m.x, inner")


def test_one_reload_at_a_time(project: Project, shell: Shell) -> None:
    """A kernel may run cells in other threads: these wait, and see the edit whole."""
    project({"gate.py": "import threading\nopen, begun = threading.Event(), threading.Event()", "m.py": "x = y = 1"})
    shell.load("2").cell("import gate, m")
    project.edit("m.py", "import gate\nx = 2\ngate.begun.set()\ngate.open.wait(10)\ny = 2")
    gate, module = shell.namespace["gate"], shell.namespace["m"]
    magics = shell.ip.magics_manager.registry["AutoreloadMagics"]
    seen = []

    def cell() -> None:
        magics.pre_run_cell(None)
        seen.append((module.x, module.y))

    threads = [threading.Thread(target=cell) for _ in range(2)]
    threads[0].start()
    gate.begun.wait(10)
    threads[1].start()
    gate.open.set()
    for thread in threads:
        thread.join()

    assert [(2, 2), (2, 2)] == seen


def test_a_cell_without_an_edit_looks_at_no_history(shell: Shell) -> None:
    """The cost of a cell does not grow with the session."""

    class Untouchable(list[str]):
        def __iter__(self) -> None:  # type: ignore[override]
            raise AssertionError

    shell.load("2").cell("pass")
    shell.ip.history_manager.input_hist_parsed = Untouchable()

    assert "" == shell.cell("import json")


# Loading and unloading


def traces(shell: Shell) -> dict[str, object]:
    """All that an extension could leave in a shell or in the interpreter."""
    ip = shell.ip
    manager = ip.magics_manager
    return {
        "hooks": {event: list(hooks) for event, hooks in ip.events.callbacks.items()},
        "magics": {kind: sorted(table) for kind, table in manager.magics.items()},
        "registry": [name for name, magics in manager.registry.items() if isinstance(magics, AutoreloadMagics)],
        "configurables": [type(each).__name__ for each in ip.configurables if "utoreload" in type(each).__name__],
        "transformers": list(ip.ast_transformers),
        "overridden": sorted(set(vars(ip)) & {"safe_execfile", "safe_run_module", "run_cell", "run_code"}),
        "meta_path": list(sys.meta_path),
        "extensions": set(ip.extension_manager.loaded),
    }


def test_unloading_leaves_no_trace(project: Project, shell: Shell) -> None:
    """Hooks, magics, configuration, wrapped methods and the finder go."""
    project({"m.py": "x = 1"})
    shell.cell("import m")
    before = traces(shell)
    shell.load("2").cell("from m import x")
    project.edit("m.py", "x = 2")
    shell.cell("del x")

    shell.unload()

    assert before == traces(shell)
    assert loaded(shell.ip) is None
    assert "not found" in shell.cell("%autoreload 2", fails=True)


def test_loading_again_changes_nothing(shell: Shell) -> None:
    """Neither by `%load_ext` nor by a direct call."""
    shell.load("2")
    before, first = traces(shell), reloader(shell)

    shell.magic("load_ext autoreload_hooks")
    load(shell.ip)

    assert before == traces(shell)
    assert first is reloader(shell)


def test_reloading_the_extension_doubles_nothing(shell: Shell) -> None:
    """Every hook and magic is there once."""
    shell.load(None)
    shell.cell("pass")
    counted = {name: len(hooks) for name, hooks in shell.ip.events.callbacks.items()}

    shell.magic("reload_ext autoreload_hooks")
    shell.cell("pass")

    assert counted == {name: len(hooks) for name, hooks in shell.ip.events.callbacks.items()}
    assert 1 == sum(isinstance(each, AutoreloadMagics) for each in shell.ip.configurables)


def test_unloading_what_is_not_loaded_is_no_error(shell: Shell) -> None:
    """Nothing is there to be taken back."""
    before = traces(shell)

    unload(shell.ip)

    assert before == traces(shell)


def test_a_method_that_somebody_else_wrapped_since_stays_wrapped(shell: Shell) -> None:
    """Taking ours out from below another wrapper would take that out too."""
    shell.load(None)
    ours = shell.ip.safe_execfile
    shell.ip.safe_execfile = lambda *arguments, **options: ours(*arguments, **options)
    theirs = shell.ip.safe_execfile

    shell.unload()

    assert theirs is shell.ip.safe_execfile
    del shell.ip.safe_execfile


# IPython's own extension


@pytest.mark.parametrize("first", ["autoreload", "autoreload_hooks"])
def test_the_work_of_the_other_extension_is_taken_over(project: Project, shell: Shell, first: str) -> None:
    """Whichever is loaded first; it is said once, and the mode and names that it was given stay."""
    project({"m.py": "x = 1", "n.py": "x = 1"})
    second = ({"autoreload", "autoreload_hooks"} - {first}).pop()
    theirs = "%autoreload 2\n%aimport -n"

    shell.cell(f"%load_ext {first}\n" + (theirs if first == "autoreload" else ""))
    shell.cell(f"%load_ext {second}\n" + (theirs if second == "autoreload" else ""))
    shell.cell("import m, n")
    project.edit("m.py", "x = 2")
    project.edit("n.py", "x = 2")

    assert (2, 1) == shell.value("m.x, n.x")
    assert 1 == shell.output.count("(taken-over)")
    assert not [
        hook
        for hooks in shell.ip.events.callbacks.values()
        for hook in hooks
        if RIVAL in type(getattr(hook, "__self__", None)).__module__
    ]
    assert loaded(shell.ip) is not None


def test_the_other_extension_can_be_loaded_again_and_again(project: Project, shell: Shell) -> None:
    """Old notebooks do so in each cell that begins a section; it is said once."""
    project({"m.py": "x = 1"})
    shell.load("2").cell("from m import x")

    for _ in range(3):
        shell.magic("load_ext autoreload")
        shell.magic("autoreload 2")
        shell.cell("pass")
    project.edit("m.py", "x = 2")

    assert 2 == shell.value("x")
    assert 1 == shell.output.count("(taken-over)")


def test_after_unloading_the_other_extension_works_again(shell: Shell) -> None:
    """Nothing keeps it from being loaded."""
    shell.cell("%load_ext autoreload")
    shell.load("2")
    shell.unload()

    shell.cell("%load_ext autoreload\n%autoreload 2")

    assert RIVAL == type(shell.ip.magics_manager.registry["AutoreloadMagics"]).__module__


# Configuration


def test_settings_come_from_the_configuration(project: Project, shell: Shell) -> None:
    """With `c.InteractiveShellApp.extensions` nothing has to be typed."""
    project({"m.py": "x = 1", "n.py": "x = 1"})
    shell.ip.config.AutoreloadHooks.mode = "2"
    shell.ip.config.AutoreloadHooks.excluded = ["n"]
    shell.ip.config.AutoreloadHooks.print = True
    shell.load(None).cell("import m, n")
    project.edit("m.py", "x = 2")
    project.edit("n.py", "x = 2")

    assert "Reloading 'm'.\n" == shell.cell("pass")
    assert (2, 1) == shell.value("m.x, n.x")


@pytest.mark.parametrize("mode", [1, "1", "explicit", "Explicit"])
def test_included_modules_are_followed_in_mode_1(project: Project, shell: Shell, mode: str | int) -> None:
    """The mode may be given as a number."""
    project({"m.py": "x = 1"})
    shell.ip.config.AutoreloadHooks.mode = mode
    shell.ip.config.AutoreloadHooks.included = ["m*"]
    shell.load(None).cell("import m")
    project.edit("m.py", "x = 2")

    assert 2 == shell.value("m.x")


def test_a_wrong_mode_in_the_configuration_is_an_error(shell: Shell) -> None:
    """It says what there is, and nothing is loaded."""
    shell.ip.config.AutoreloadHooks.mode = "sometimes"
    before = traces(shell)

    with pytest.raises(TraitError, match="2 or all"):
        shell.load(None)

    assert before == traces(shell)


def test_settings_can_be_changed_in_the_session(shell: Shell) -> None:
    """`%config` shows them and sets them; names given by `%aimport` stay."""
    shell.ip.config.AutoreloadHooks.excluded = ["json"]
    shell.load(None).magic("aimport -html")

    shell.magic("config AutoreloadHooks.mode = '2'")
    shell.magic("config AutoreloadHooks.excluded = ['math']")
    shell.magic("config AutoreloadHooks.full = True")

    assert ["all-except-skipped", "html math"] == listing(shell)
    assert reloader(shell).full
    assert "AutoreloadHooks.hide_errors" in shell.magic("config AutoreloadHooks")


def test_a_configured_name_does_not_come_back(shell: Shell) -> None:
    """What the user typed since counts, whatever else is set."""
    shell.ip.config.AutoreloadHooks.excluded = ["json"]
    shell.load("1").magic("aimport json")

    shell.magic("autoreload 1 -p")

    assert ["json", ""] == listing(shell)


def test_a_configured_ipython_follows_startup_files_too(project: Project, tmp_path: Path) -> None:
    """The whole way: a profile with a configuration and a startup file, and a real IPython."""
    project(
        {
            "m.py": "x = 1",
            "profile_default/ipython_config.py": """
                c.InteractiveShellApp.extensions = ["autoreload_hooks"]
                c.AutoreloadHooks.mode = "2"
                c.TerminalInteractiveShell.term_title = False
                """,
            "profile_default/startup/00.py": "from m import x",
            "cells.ipy": """
                import pathlib
                print("before", x)
                get_ipython().run_cell("path = pathlib.Path('m.py'); _ = path.write_text('x = 2000')")
                get_ipython().run_cell("print('after', x)")
                """,
        }
    )
    folders = [str(Path(autoreload_hooks.__file__).parent.parent), str(project.root)]
    command = [sys.executable, "-m", "IPython", "--ipython-dir", str(project.root), "--no-banner", "cells.ipy"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(folders), "HOME": str(tmp_path)}

    ran = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=False)

    assert ["before 1", "after 2000"] == ran.stdout.splitlines(), ran.stderr


# The package


def test_the_plan_of_a_session_that_is_not_loaded_is_an_error(shell: Shell) -> None:
    """It says what to do."""
    with pytest.raises(RuntimeError, match="load_ext"):
        autoreload_hooks.plan()


def test_only_the_shell_that_loaded_it_has_a_reloader(shell: Shell) -> None:
    """Without an argument it is the running shell's."""
    assert loaded() is None

    shell.load()

    assert loaded() is loaded(shell.ip) is not None


def test_what_was_warned_of_once_is_not_shown_again(project: Project, shell: Shell) -> None:
    """Neither by cells that import something, which are compiled to see what, nor by edits."""
    project({"m.py": "import warnings\ndef f():\n    warnings.warn('once', stacklevel=1)\n", "n.py": "X = 1\n"})
    shell.load("2")
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("default")
        shell.cell("import m, n\nm.f()")
        for number in range(3):
            project.edit("n.py", f"import os\nX = {number}\ndef g(): return {number}\n")
            shell.cell("import os\nm.f()")

    assert ["once"] == [str(each.message) for each in shown]


def test_what_the_compiler_warns_of_is_shown_once(project: Project, shell: Shell) -> None:
    """For each text, whether a body or more has changed, and only for what was edited."""
    project({"m.py": "X = 1\ndef f():\n    return 1\n"})
    shell.load("2").cell("import m")

    body = "def f():\n    return {} is 1\n"
    for before, number, expected in (("X = 2", 1, 1), ("X = 2", 2, 1), ("X = 3\n", 2, 0)):
        project.edit("m.py", f"{before}\n{body.format(number)}")
        with warnings.catch_warnings(record=True) as shown:
            warnings.simplefilter("default")
            shell.cell("pass")
        assert len(shown) == expected
