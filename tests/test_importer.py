"""The hook notes every import of the user's modules, and nobody can tell that it is there."""

from __future__ import annotations

import importlib
import importlib.resources
import importlib.util
import inspect
import marshal
import os
import pickle
import pkgutil
import py_compile
import runpy
import shutil
import subprocess
import sys
import threading
import time
import traceback
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import SECOND, Project

from autoreload_hooks.bindings import Binding
from autoreload_hooks.compat import HAS_MONITORING
from autoreload_hooks.importer import Importer
from autoreload_hooks.importer.adoption import runs
from autoreload_hooks.sources import process_started, read


@pytest.fixture
def importer() -> Iterator[Importer]:
    """An installed importer."""
    installed = Importer()
    installed.install()
    yield installed
    installed.uninstall()


def shape(module: types.ModuleType) -> dict[str, Any]:
    """All that the import system left on a module, in comparable form."""
    spec = module.__spec__
    assert spec is not None
    assert spec.loader is module.__loader__
    return {
        "names": [name for name in vars(module) if name.startswith("__")],
        "loader": (type(module.__loader__), vars(module.__loader__)),
        "spec": {key: value for key, value in vars(spec).items() if key != "loader"},
        "file": module.__file__,
        "package": module.__package__,
        "type": type(module),
    }


# -- installing ---------------------------------------------------------------------------------------------------
def test_installing_puts_one_finder_in_front_and_uninstalling_takes_it_away() -> None:
    """Both may be done twice; nothing else changes its place, and the list stays the same object."""
    finders, before = sys.meta_path, list(sys.meta_path)
    importer = Importer()
    importer.install()
    importer.install()

    assert before == sys.meta_path[1:]
    assert importer.installed
    importer.uninstall()
    importer.uninstall()
    assert finders is sys.meta_path
    assert before == sys.meta_path
    assert not importer.installed


def test_uninstalling_leaves_no_trace(project: Project) -> None:
    """Not a finder, not an attribute of a loader, not a monitoring tool; imports work as ever."""
    project({"m.py": "def f():\n    return 1\nX = f()\n", "n.py": "Y = 1\n"})
    importer = Importer()
    importer.install()
    module = project.load("m")
    importer.uninstall()

    assert {"name", "path"} == set(vars(module.__loader__))
    assert 1 == project.load("n").Y
    assert "n" not in importer.records
    if HAS_MONITORING:
        monitoring: Any = sys.monitoring
        assert [None, None] == [monitoring.get_tool(3), monitoring.get_tool(4)]


def test_who_asked_for_a_module_first_is_known(project: Project, importer: Importer) -> None:
    """A statement, or a function that was given a text: packages come as what is in them."""
    project({"pkg/__init__.py": "", "pkg/a.py": "import b\n", "b.py": "", "d.py": ""})
    project({"m.py": "import importlib\nimportlib.import_module('pkg.a')\n__import__('d')\n"})
    exec("import m")

    assert {"m": "", "pkg": "m", "pkg.a": "m", "b": "", "d": "m"} == {
        name: importer.records[name].named_by for name in ("m", "pkg", "pkg.a", "b", "d")
    }


def test_what_was_not_found_is_looked_for_when_its_folder_changes(project: Project, importer: Importer) -> None:
    """Only imports of the user's modules count, and only what is not loaded; nothing is told twice."""
    project({"m.py": "try:\n    import extra\nexcept ImportError:\n    extra = None\n", "pkg/__init__.py": ""})
    project({"pkg/a.py": "try:\n    from . import more\nexcept ImportError:\n    more = None\n"})
    project.load("m")
    project.load("pkg.a")
    with pytest.raises(ImportError):
        importlib.import_module("not_there_at_all")
    assert [] == importer.missing.appeared()

    project({"extra.py": "", "not_there_at_all.py": ""})
    assert ["m"] == importer.missing.appeared()
    assert {"m": ["extra"]} == importer.missing.found()
    assert [] == importer.missing.appeared()
    importer.missing.settle(["extra"])
    assert {} == importer.missing.found()
    project({"extra.py": "X = 1\n"})
    assert {"m": ["extra"]} == importer.missing.found()
    project.load("extra")
    assert {} == importer.missing.found()


LISTS = "import importlib, pkgutil\nNAMES = [m.name for m in pkgutil.iter_modules(__path__)]\n"


def test_folders_are_looked_at_as_long_as_somebody_lists_them(project: Project, importer: Importer) -> None:
    """What has come or gone is told until the module has run again; one that is forgotten lists nothing."""
    project({"p/__init__.py": LISTS, "p/one.py": ""})
    project.load("p")
    assert [] == importer.listing.differing()

    project({"p/two.py": "", "p/notes.txt": ""})
    assert (["p"], {"p"}) == (importer.listing.differing(), importer.listing.fresh)
    assert (["p"], set()) == (importer.listing.differing(), importer.listing.fresh)
    importer.listing.settle(["p", "not_there"])
    assert [] == importer.listing.differing()
    project({"p/three.py": ""})
    project.delete("p/two.py")
    assert ["p"] == importer.listing.differing()
    project.delete("p/three.py")
    project({"p/two.py": ""})
    assert [] == importer.listing.differing()

    importer.forget("p")
    project({"p/four.py": ""})
    assert [] == importer.listing.differing()
    assert not importer.listing.follows


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (LISTS, True),
        ("import os\nNAMES = [__import__('p.' + n) for n in os.listdir(__path__[0]) if n == 'one']\n", True),
        ("import pkgutil\nNAMES = [m.name for m in pkgutil.iter_modules(__path__)]\n", True),
        ("from pathlib import Path\n__all__ = [f.stem for f in Path(__file__).parent.glob('o*.py')]\n", True),
        ("from pathlib import Path\n__all__ = ['PAGES']\nPAGES = list(Path(__file__).parent.glob('*.html'))\n", False),
        ("from pathlib import Path\nPAGES = list(Path(__file__).parent.glob('*.html'))\n", False),
        ("import importlib\nNAMES = [importlib.import_module('p.one')]\nGLOBAL = globals()\n", False),
    ],
)
def test_who_lists_a_folder_for_its_modules(project: Project, importer: Importer, text: str, *, listed: bool) -> None:
    """Who only lists data that lie beside him does not."""
    project({"p/__init__.py": text, "p/one.py": ""})
    project.load("p")

    assert listed == importer.listing.follows


def test_the_first_place_is_taken_again_when_others_came_before(project: Project, importer: Importer) -> None:
    """Hooks that are installed later stand in front until the next look."""

    class Other:
        def find_spec(self, *args: Any) -> None:
            return None

    other = Other()
    sys.meta_path.insert(0, other)  # type: ignore[arg-type]
    project({"m.py": ""})
    project.load("m")
    importer.notice()

    assert other is sys.meta_path[1]


# -- invisible ----------------------------------------------------------------------------------------------------
TREE = {
    "pkg": {
        "__init__.py": "from .m import f\n",
        "m.py": "def f():\n    '''Doc.'''\n    return 1\nX = f()\n",
        "d.txt": "data",
    }
}


def test_an_imported_module_looks_as_without_the_hook(project: Project, importer: Importer) -> None:
    """Names, loader, spec, file, package and type are those of a plain import, with and without a `.pyc`."""
    project(TREE)
    importer.uninstall()
    plain = {name: shape(project.load(name)) for name in ("pkg", "pkg.m")}
    for warm in (True, False):
        for name in plain:
            del sys.modules[name]
        if not warm:
            shutil.rmtree(project.path("pkg/__pycache__"))
        importer.install()

        assert plain == {name: shape(project.load(name)) for name in plain}


def test_sources_resources_and_walks_work(project: Project, importer: Importer) -> None:
    """inspect, importlib.resources and pkgutil find what they look for."""
    project(TREE)
    pkg = project.load("pkg")

    assert "def f" in inspect.getsource(pkg.f)
    assert "data" == importlib.resources.files("pkg").joinpath("d.txt").read_text()
    assert ["m"] == [info.name for info in pkgutil.iter_modules(pkg.__path__)]
    assert ["pkg.m"] == [info.name for info in pkgutil.walk_packages(pkg.__path__, "pkg.")]
    assert b"data" == pkgutil.get_data("pkg", "d.txt")


def test_finding_without_importing_shows_nothing_unusual(project: Project, importer: Importer) -> None:
    """`importlib.util.find_spec` gives a loader as Python made it, which can be pickled."""
    project({"pkg": {"__init__.py": "", "m.py": "x = 1"}})
    spec = importlib.util.find_spec("pkg.m")
    assert spec is not None

    assert {"name", "path"} == set(vars(spec.loader))
    assert vars(spec.loader) == vars(pickle.loads(pickle.dumps(spec.loader)))
    assert "pkg.m" not in importer.records


def test_loaders_of_imported_modules_can_be_pickled(project: Project, importer: Importer) -> None:
    """Nothing of ours hangs on them."""
    project(TREE)
    module = project.load("pkg.m")

    assert vars(module.__loader__) == vars(pickle.loads(pickle.dumps(module.__loader__)))
    assert module.f is pickle.loads(pickle.dumps(module.f))


def test_modules_run_as_scripts_are_none_of_ours(project: Project, importer: Importer) -> None:
    """`runpy` (`python -m`) runs the code itself."""
    project({"script.py": "X = __name__\n"})

    assert "__main__" == runpy.run_module("script", run_name="__main__")["X"]
    assert {} == importer.records


def lines(error: BaseException) -> list[tuple[str, int | None, str]]:
    """A traceback's frames: file, line and function."""
    return [(Path(f.filename).name, f.lineno, f.name) for f in traceback.extract_tb(error.__traceback__)]


@pytest.mark.parametrize(
    "text", ["def f():\n    1 / 0\nf()\n", "def f(:\n", "import no_such_module\n", "from sys import nope\n"]
)
@pytest.mark.parametrize("writes_no_bytecode", [True, False])
def test_tracebacks_are_cut_as_usual(project: Project, importer: Importer, text: str, writes_no_bytecode: bool) -> None:
    """An error during an import shows the user's frames only, whatever it is."""
    sys.dont_write_bytecode = writes_no_bytecode
    project({"bad.py": text})

    def attempt() -> tuple[list[tuple[str, int | None, str]], str]:
        try:
            import bad  # noqa: F401
        except Exception as error:
            return lines(error), repr(error)
        raise AssertionError("it should have failed")

    hooked = attempt()
    importer.uninstall()

    assert attempt() == hooked


def test_a_warning_that_points_to_the_importer_still_does(project: Project, importer: Importer) -> None:
    """`warnings.warn(stacklevel=2)` at import time names the file with the import statement."""
    project({"old.py": "import warnings\nwarnings.warn('old', stacklevel=2)\n", "user.py": "import old\n"})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        project.load("user")

    assert ["user.py"] == [Path(warning.filename).name for warning in caught]


def test_the_same_pyc_is_written(project: Project, importer: Importer) -> None:
    """What is compiled at import is cached as without the hook."""
    project({"m.py": "def f():\n    return 1\n"})
    cached = Path(importlib.util.cache_from_source(project.load("m").__file__))
    hooked = cached.read_bytes()
    cached.unlink()
    importer.uninstall()
    del sys.modules["m"]
    project.load("m")
    plain = cached.read_bytes()

    assert plain[:16] == hooked[:16]
    assert marshal.loads(plain[16:]) == marshal.loads(hooked[16:])


def test_no_pyc_is_written_where_none_is_wanted(project: Project, importer: Importer) -> None:
    """`sys.dont_write_bytecode` is respected."""
    sys.dont_write_bytecode = True
    project({"m.py": "x = 1\n"})
    project.load("m")

    assert not project.path("__pycache__").exists()


def test_the_pyc_serves_imports(project: Project, importer: Importer) -> None:
    """A valid `.pyc` is what runs: a text of the same size and mtime is not even compiled."""
    project({"m.py": "x = 1\n"})
    py_compile.compile(str(project.path("m.py")))
    project.edit("m.py", "x = ?\n", how="same-mtime")

    assert 1 == project.load("m").x


def test_a_pyc_from_a_save_earlier_in_the_same_second_is_not_taken(project: Project, importer: Importer) -> None:
    """Same size and same second: Python alone would run the old code."""
    project({"m.py": "x = 1\n"})
    path = project.path("m.py")
    cached = Path(py_compile.compile(str(path)) or "")
    second = path.stat().st_mtime_ns // SECOND * SECOND
    os.utime(path, ns=(second + 100, second + 100))
    os.utime(cached, ns=(second + 200, second + 200))
    assert 1 == project.load("m").x
    project.edit("m.py", "x = 2\n")
    os.utime(path, ns=(second + 300, second + 300))
    os.utime(cached, ns=(second + 200, second + 200))
    del sys.modules["m"]

    assert 2 == project.load("m").x
    assert b"x = 2\n" == importer.records["m"].source.data  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", list(py_compile.PycInvalidationMode))
def test_every_kind_of_pyc_is_read_as_python_reads_it(
    project: Project, importer: Importer, mode: py_compile.PycInvalidationMode
) -> None:
    """By mtime, by checked hash, by unchecked hash (which is never out of date)."""
    project({"m.py": "x = 1\n"})
    py_compile.compile(str(project.path("m.py")), invalidation_mode=mode)
    project.edit("m.py", "x = 2 + 3\n")

    assert (1 if mode is py_compile.PycInvalidationMode.UNCHECKED_HASH else 5) == project.load("m").x


def test_a_damaged_pyc_fails_or_heals_as_without_the_hook(project: Project, importer: Importer) -> None:
    """The loader itself deals with what cannot be read."""
    project({"m.py": "x = 1\n"})
    cached = Path(py_compile.compile(str(project.path("m.py"))) or "")
    cached.write_bytes(cached.read_bytes()[:12])

    assert 1 == project.load("m").x


# -- records ------------------------------------------------------------------------------------------------------
def test_a_record_says_what_was_imported(project: Project, importer: Importer) -> None:
    """Name, path, package, namespace, order of execution and the very text."""
    project(TREE)
    pkg = project.load("pkg")
    first, second = importer.records["pkg"], importer.records["pkg.m"]

    assert ["pkg", "pkg.m"] == [first.name, second.name]
    assert ["pkg", "pkg"] == [first.package, second.package]
    assert first.order < second.order
    assert vars(pkg) is first.namespace
    assert str(project.path("pkg/m.py")) == second.path
    assert first.mine
    assert not first.initialising
    assert project.path("pkg/m.py").read_bytes() == second.source.data  # type: ignore[union-attr]
    assert (Binding("pkg", "f", "pkg.m", "f"),) == importer.bindings.of("pkg.m", "f")


def test_bindings_are_known_without_a_pyc_and_after_an_edit(project: Project, importer: Importer) -> None:
    """What a module imports is read from what runs, even when its file says something else by now."""
    sys.dont_write_bytecode = True
    project({"a.py": "x = 1\n", "b.py": "from a import x as y\n"})
    project.load("b")
    project.edit("b.py", "from a import z\n")

    assert (Binding("b", "y", "a", "x"),) == importer.bindings.of("a", "x")
    assert () == importer.bindings.of("a", "z")


def test_a_failed_import_leaves_nothing(project: Project, importer: Importer) -> None:
    """No record, no binding, nothing on a loader; the next attempt works."""
    project({"a.py": "def f():\n    return 1\n", "bad.py": "from a import f\nf()\nraise KeyError\n"})
    with pytest.raises(KeyError):
        project.load("bad")

    assert ["a"] == list(importer.records)
    assert () == importer.bindings.of("a", "f")
    project.edit("bad.py", "from a import f\nX = f()\n")
    assert 1 == project.load("bad").X
    assert [] == importer.sources.changed()


def test_a_module_is_initialising_while_it_runs(project: Project, importer: Importer) -> None:
    """Others can see that it is not complete yet."""
    project({"m.py": "import hook\nhook.seen.append(hook.records['m'].initialising)\n", "hook.py": "seen = []\n"})
    hook = project.load("hook")
    hook.records = importer.records
    project.load("m")

    assert [True] == hook.seen
    assert not importer.records["m"].initialising


def test_modules_that_import_each_other_are_recorded(project: Project, importer: Importer) -> None:
    """A cycle is nothing special."""
    project({"a.py": "import b\ndef f():\n    return b.g()\n", "b.py": "import a\ndef g():\n    return 1\n"})
    project.load("a")

    assert ["a", "b"] == sorted(importer.records, key=lambda name: importer.records[name].order)


def test_an_edit_made_while_the_module_was_running_is_noticed(project: Project, importer: Importer) -> None:
    """The text that counts is the one that was compiled, not the one there at the end."""
    project({"m.py": "import edit\nedit.now()\nx = 1\n", "edit.py": ""})
    project.load("edit").now = lambda: project.edit("m.py", "x = 2\n")
    project.load("m")

    assert ["m"] == importer.sources.changed()


def test_a_module_imported_again_has_a_new_record(project: Project, importer: Importer) -> None:
    """Deleted from sys.modules and imported anew: the old namespace is forgotten."""
    project({"m.py": "def f():\n    return 1\n"})
    first = project.load("m")
    del sys.modules["m"]
    project.edit("m.py", "def f():\n    return 2\n")
    second = project.load("m")

    assert first is not second
    assert vars(second) is importer.records["m"].namespace
    assert [] == importer.sources.changed()


def test_a_module_that_has_gone_is_forgotten(project: Project, importer: Importer) -> None:
    """What is no longer in sys.modules is not followed."""
    project({"m.py": "from os import sep\n"})
    project.load("m")
    importer.notice()
    del sys.modules["m"]
    importer.notice()

    assert "m" not in importer.records
    assert () == importer.bindings.by("m")


def test_no_module_is_kept_alive_by_its_record_being_forgotten(project: Project, importer: Importer) -> None:
    """Records hold namespaces, never modules."""
    project({"m.py": "x = 1\n"})
    reference = weakref.ref(project.load("m"))
    del sys.modules["m"]
    importer.notice()

    assert reference() is None


def test_threads_import_as_ever(project: Project, importer: Importer) -> None:
    """Many threads, many modules, some the same: everything is imported once and recorded."""
    text = "import common\ndef f(x):\n    return x\nX = [f(i) for i in range(5)]\n"
    project({"common.py": "def g():\n    return 1\nY = g()\n", **{f"m{i}.py": text for i in range(20)}})

    def load(name: str) -> None:
        sys.settrace(None)  # importlib's locks let two threads in when coverage traces them, with no hook installed too
        project.load(name)

    threads = [threading.Thread(target=load, args=(f"m{i % 20}",)) for i in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert {"common", *(f"m{i}" for i in range(20))} == set(importer.records)
    assert not any(record.initialising for record in importer.records.values())
    assert not importer.recorder.active


# -- whose it is --------------------------------------------------------------------------------------------------
def test_installed_packages_and_python_itself_are_not_the_users(importer: Importer, tmp_path: Path) -> None:
    """Below the standard library, site-packages or dist-packages of any environment, or this package."""
    assert importer.is_mine(str(tmp_path / "m.py"))
    assert not importer.is_mine(os.__file__)
    assert not importer.is_mine(pytest.__file__)
    assert not importer.is_mine(str(tmp_path / ".venv/lib/python3/site-packages/x/m.py"))
    assert not importer.is_mine("/usr/lib/python3/dist-packages/m.py")
    assert not importer.is_mine(inspect.getfile(Importer))


def test_a_third_partys_module_costs_a_name(project: Project, importer: Importer) -> None:
    """It has no record until somebody asks, and then one without text."""
    project({"site-packages": {"other.py": "def f():\n    return 1\nX = f()\n"}})
    sys.path.insert(0, str(project.path("site-packages")))
    other = project.load("other")

    assert {} == importer.records
    assert str(project.path("site-packages/other.py")) == importer.sources.others["other"]
    record = importer.record_for("other")
    assert record is not None
    assert not record.mine
    assert vars(other) is record.namespace
    assert record is importer.record_for("other")
    assert record.old_code is not None
    assert other.f.__code__ in record.old_code.co_consts
    assert importer.record_for("no_such_module") is None


def test_differing_modules_are_the_users_and_others_each_with_a_record(project: Project, importer: Importer) -> None:
    """Edited files of the user, of third parties, and those edited before they were adopted."""
    project({"m.py": "x = 1\n", "old.py": "x = 1\n", "site-packages": {"other.py": "x = 1\n"}})
    sys.path.insert(0, str(project.path("site-packages")))
    importer.uninstall()
    old = project.load("old")
    project.edit("old.py", "x = 2\n")
    importer.install()
    importer.adopt([old])
    project.load("m")
    project.load("other")
    importer.sources.changed_others_now()

    assert ["old"] == importer.differing()
    project.edit("m.py", "x = 2\n")
    project.edit("site-packages/other.py", "x = 2\n")
    importer.sources.changed_others_now()
    assert ["m", "other", "old"] == importer.differing()
    assert "other" in importer.records
    for name in ("m", "other"):
        importer.sources.accept(name)
    importer.records["old"].edited_before = False
    assert [] == importer.differing()


# -- adopted modules ----------------------------------------------------------------------------------------------
@pytest.fixture
def late() -> Importer:
    """An importer that has not been installed."""
    return Importer()


def test_this_package_does_not_follow_itself(late: Importer) -> None:
    """Not even while it is developed."""
    late.adopt(list(sys.modules.values()))

    assert not [name for name in (*late.records, *late.sources.others) if name.startswith("autoreload_hooks")]


def test_modules_that_were_there_before_are_adopted(project: Project, late: Importer) -> None:
    """The user's with their text, a third party's by name, others not at all."""
    project({"m.py": "from n import x\n", "n.py": "x = 1\n"})
    module = project.load("m")
    late.adopt(list(sys.modules.values()))
    record = late.records["m"]

    assert {"m", "n"} <= set(late.records)
    assert vars(module) is record.namespace
    assert not record.edited_before
    assert not record.complete
    assert b"from n import x\n" == record.source.data  # type: ignore[union-attr]
    assert (Binding("m", "x", "n", "x"),) == late.bindings.of("n", "x")
    assert "pytest" in late.sources.others
    assert "sys" not in late.sources.others
    assert "__main__" not in late.records


def test_a_file_edited_before_it_was_adopted_is_known_to_be(project: Project, late: Importer) -> None:
    """The `.pyc` is that of another text: its code stands for the one that runs."""
    project({"m.py": "from os import sep\ndef f():\n    return 1\n"})
    module = project.load("m")
    project.edit("m.py", "def f():\n    return 2\n")
    late.adopt([module])
    record = late.records["m"]

    assert record.edited_before
    assert {"m"} == late.unknown
    assert record.old_code is not None
    assert module.f.__code__ in record.old_code.co_consts
    assert (Binding("m", "sep", "os", "sep"),) == late.bindings.of("os", "sep")


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("def f():\n    return 1\n", False),
        ("def f():\n    return 2\n", True),
        ("# moved\ndef f():\n    return 1\n", True),
        ("def f():\n    return 1\ndef g():\n    return 1\n", True),
        ("", True),
        ("def f(:", True),
    ],
)
def test_without_a_pyc_the_functions_tell(project: Project, late: Importer, text: str, edited: bool) -> None:
    """The file was written while the process ran: it is what runs if it would make the functions that are there."""
    sys.dont_write_bytecode = True
    project({"m.py": "def f():\n    return 1\n"})
    module = project.load("m")
    project.edit("m.py", text)
    late.adopt([module])

    assert edited == late.records["m"].edited_before
    assert late.records["m"].old_code is None


def test_a_file_older_than_the_process_is_what_runs(late: Importer) -> None:
    """Without a `.pyc` too, nothing has to be compiled to know that."""
    source = read(inspect.getfile(Project))
    assert source.stamp is not None

    assert runs(source, {}, source.stamp[1] + 1)
    assert not sys.platform.startswith("linux") or 0 < process_started() < time.time_ns()


def test_a_module_loaded_by_path_is_noticed(project: Project, importer: Importer) -> None:
    """It did not pass the finder; a look at the size of sys.modules tells that somebody came."""
    project({"plugin.py": "x = 1\n"})
    importer.notice()
    spec = importlib.util.spec_from_file_location("by_path", project.path("plugin.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["by_path"] = module
    spec.loader.exec_module(module)
    importer.notice()

    assert vars(module) is importer.records["by_path"].namespace
    project.edit("plugin.py", "x = 2\n")
    assert ["by_path"] == importer.sources.changed()


def test_a_module_made_by_hand_is_none_of_ours(project: Project, importer: Importer) -> None:
    """Without a file there is nothing to follow, and whatever stands in sys.modules is left alone."""
    made = types.ModuleType("made")
    sys.modules["made"] = made
    sys.modules["odd"] = object()  # type: ignore[assignment]
    made.__file__ = 5  # type: ignore[assignment]
    importer.notice()

    assert not {"made", "odd"} & set(importer.records)


class Touchy(types.ModuleType):
    """A module that must not be asked for anything."""

    def __getattribute__(self, name: str) -> Any:
        raise ImportError(f"somebody asked for {name}")


class Importing(types.ModuleType):
    """A module that imports what it is asked for, as lazy packages do."""

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(f"no_such_package.{name}")


@pytest.mark.parametrize("kind", [Touchy, Importing])
def test_no_module_is_asked_for_an_attribute(importer: Importer, kind: type[types.ModuleType]) -> None:
    """Lazy modules load at the first question, others raise: `__dict__` is read past them."""
    sys.modules["touchy"] = kind("touchy")
    importer.adopt(list(sys.modules.values()))
    importer.notice()

    assert "touchy" not in importer.records
    del sys.modules["touchy"]


def test_a_module_still_running_in_another_thread_is_initialising(project: Project, late: Importer) -> None:
    """It is adopted as such and settles when it has run."""
    project({"gate.py": "import threading\nbegun, go = threading.Event(), threading.Event()\n"})
    project({"m.py": "import gate\ngate.begun.set()\ngate.go.wait(60)\n"})
    gate = project.load("gate")
    thread = threading.Thread(target=project.load, args=("m",))
    thread.start()
    gate.begun.wait(60)
    late.notice()

    assert late.records["m"].initialising
    gate.go.set()
    thread.join(60)
    late.notice()
    assert not late.records["m"].initialising


# -- importlib.reload ---------------------------------------------------------------------------------------------
def test_reload_by_the_user_runs_the_module_again(project: Project, importer: Importer) -> None:
    """Without a reloader `importlib.reload` does what it always does, and the record is that of the new text."""
    project({"m.py": "x = 1\n"})
    module = project.load("m")
    order = importer.records["m"].order
    project.edit("m.py", "x = 2\n")

    assert module is importlib.reload(module)
    assert 2 == module.x
    assert [] == importer.sources.changed()
    assert order < importer.records["m"].order
    assert {"name", "path"} == set(vars(module.__loader__))


def test_reload_by_the_user_is_handed_over(project: Project, importer: Importer) -> None:
    """Whoever set `on_reload` decides, and may do the default."""
    project({"m.py": "x = 1\n"})
    module = project.load("m")
    calls: list[types.ModuleType] = []

    def on_reload(module: types.ModuleType, default: Callable[[], None]) -> None:
        calls.append(module)
        if len(calls) == 2:
            default()

    importer.on_reload = on_reload
    project.edit("m.py", "x = 2\n")
    importlib.reload(module)
    assert 1 == module.x
    importlib.reload(module)

    assert 2 == module.x
    assert [module, module] == calls


def test_a_failed_reload_keeps_the_record(project: Project, importer: Importer) -> None:
    """What runs is still what is known."""
    project({"m.py": "x = 1\n"})
    module = project.load("m")
    record = importer.records["m"]
    project.edit("m.py", "x = 2\n1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        importlib.reload(module)

    assert record is importer.records["m"]
    assert ["m"] == importer.sources.changed()


# -- processes ----------------------------------------------------------------------------------------------------
def test_an_installed_importer_does_not_disturb_the_end_of_the_process(project: Project) -> None:
    """Imports at exit, a sweep in flight, a fork: the process ends quietly."""
    project({"m.py": "def f():\n    return 1\nX = f()\n"})
    script = """
import atexit, os, sys
from autoreload_hooks.importer import Importer
from autoreload_hooks.importer.adoption import runs
from autoreload_hooks.sources import process_started, read
importer = Importer()
importer.install()
importer.adopt(list(sys.modules.values()))
import m
atexit.register(lambda: __import__("colorsys"))
importer.sources.changed_others()
pid = os.fork() if hasattr(os, "fork") else None
if pid == 0:
    importer.sources._third._swept = -100.0
    importer.sources.changed_others()
    import wave
elif pid is not None:
    assert os.waitpid(pid, 0)[1] == 0
"""
    path = os.pathsep.join([str(project.root), str(Path(inspect.getfile(Importer)).parents[2])])
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", script],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ("", 0) == (done.stderr.replace(fork_warning(done.stderr), ""), done.returncode)


def fork_warning(text: str) -> str:
    """What Python says about a fork while a thread runs: it is right, and ends are what is tested here."""
    kept = [line for line in text.splitlines(keepends=True) if "DeprecationWarning" in line or "os.fork()" in line]
    return "".join(kept)
