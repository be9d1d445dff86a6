"""Checks, failures and plans of a reloader, without a shell."""

from __future__ import annotations

import gc
import importlib
import linecache
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from helpers import Project
from session import Session, session

from autoreload_hooks.report import Report
from autoreload_hooks.selection import Mode


@pytest.fixture
def live(project: Project) -> Iterator[Session]:
    """A session that follows all modules."""
    with session() as opened:
        yield opened


# -- checks --------------------------------------------------------------------------------------------------------
def test_a_check_without_an_edit_says_nothing(live: Session, project: Project) -> None:
    """And leaves no report behind."""
    project({"a.py": "X = 1\n"})
    live.cell("import a")

    assert Report() == live.check()
    assert [] == live.reloader.reports


def test_an_edit_is_found_once(live: Session, project: Project) -> None:
    """Its report is kept."""
    project({"a.py": "X = 1\n"})
    live.cell("import a")
    project.edit("a.py", "X = 2\n")

    assert ("a",) == live.check().reloaded
    assert ("a",) == live.reloader.reports[-1].reloaded
    assert Report() == live.check()


def test_a_file_that_was_only_touched_is_no_edit(live: Session, project: Project) -> None:
    """Content decides, not time."""
    project({"a.py": "X = [1]\n"})
    live.cell("import a")
    project.touch("a.py")

    assert Report() == live.check()


def test_mode_decides_what_a_check_reloads(live: Session, project: Project) -> None:
    """Off: nothing. Explicit: what is tagged. `now` reloads whatever is not excluded."""
    project({"a.py": "X = 1\n", "b.py": "X = 1\n", "c.py": "X = 1\n"})
    live.cell("import a, b, c")
    for name in "abc":
        project.edit(f"{name}.py", "X = 2\n")
    selection = live.reloader.selection
    selection.mode = Mode.OFF
    assert Report() == live.check()
    selection.mode = Mode.EXPLICIT
    selection.tag("b")
    assert ("b",) == live.check().reloaded
    selection.skip("c")
    assert ("a",) == live.reloader.now().reloaded
    assert [2, 2, 1] == [live.value(f"{name}.X") for name in "abc"]
    assert Report() == live.reloader.now()


def test_a_deleted_file_is_told_once_and_may_return(live: Session, project: Project) -> None:
    """Its code keeps running; when the file is back it is compared."""
    project({"a.py": "X = 1\n"})
    live.cell("import a")
    project.delete("a.py")
    report = live.check()

    assert [("file-gone", "a")] == [(note.slug, note.subject) for note in report.notes]
    assert Report() == live.check()
    assert 1 == live.value("a.X")
    project({"a.py": "X = 3\n"})
    assert ("a",) == live.check().reloaded
    assert 3 == live.value("a.X")


def test_what_a_deleted_file_had_registered_is_planned_and_goes_at_once(live: Session, project: Project) -> None:
    """`%autoreload now` and the plan know of files that nobody imports any more, as the next check does."""
    project(
        {
            "kit.py": "ITEMS = []\n",
            "part.py": "import kit\n\nkit.ITEMS.append('part')\n",
            "app.py": "import kit\nimport part\n",
        }
    )
    live.cell("import app, kit")
    project.delete("part.py")
    project.edit("app.py", "import kit\n")
    live.reloader.selection.mode = Mode.OFF

    assert str(live.reloader.plan()).splitlines()[:2] == ["edited    app", "gone      part"]
    assert ["part"] == live.value("kit.ITEMS")
    assert ("app",) == live.reloader.now().reloaded
    assert [] == live.value("kit.ITEMS")


def test_a_departure_is_told_once_and_named_in_the_log(live: Session, project: Project) -> None:
    """The note says what became of what the module had registered, also where its file went earlier."""
    project(
        {"kit.py": "ITEMS = []\n", "part.py": "import kit\n\nkit.ITEMS.append(1)\n", "app.py": "import kit, part\n"}
    )
    live.cell("import app, kit")
    project.delete("part.py")
    (first,) = live.check().notes
    project.edit("app.py", "import kit\n")
    (second,) = live.check().notes

    assert ("file-gone", "part", True) == (first.slug, first.subject, "keeps running" in first.message)
    assert ("file-gone", "part", True) == (second.slug, second.subject, "is taken back" in second.message)
    assert ["depart part", "remove app.part", "run kit:1 ITEMS = []"] == live.events
    assert [] == live.value("kit.ITEMS")
    project.edit("app.py", "import kit\nX = 1\n")
    assert () == live.check().notes


def test_a_mistake_about_files_that_are_gone_costs_no_edit(
    live: Session, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told; whatever else was edited is followed."""
    project({"part.py": "X = 1\n", "app.py": "import part\nY = 1\n"})
    live.cell("import app")
    project.delete("part.py")
    project.edit("app.py", "Y = 2\n")

    def fails(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("autoreload_hooks.reloading.departures", fails)
    report = live.check()

    assert ["internal-error", "file-gone"] == [note.slug for note in report.notes]
    assert 2 == live.value("app.Y")


def test_whatever_stands_among_the_modules_hinders_no_departure(
    live: Session, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import of what is no module is nothing to wonder about."""
    odd = type("Odd", (), {"__slots__": ("x",)})()
    odd.x = 1
    monkeypatch.setitem(sys.modules, "odd", odd)
    project(
        {"kit.py": "ITEMS = []\n", "part.py": "import kit\n\nkit.ITEMS.append(1)\n", "app.py": "import kit, part\n"}
    )
    live.cell("import app, kit")
    project.delete("part.py")
    project.edit("app.py", "import kit\nfrom odd import x\n")

    assert ("app",) == live.check().reloaded
    assert ([], 1) == live.value("(kit.ITEMS, app.x)")


def test_files_that_are_skipped_are_not_told_of(live: Session, project: Project) -> None:
    """Neither edited nor deleted."""
    project({"a.py": "X = 1\n"})
    live.cell("import a")
    live.reloader.selection.skip("a")
    project.delete("a.py")

    assert Report() == live.check()


def test_only_so_many_reports_are_kept(live: Session, project: Project) -> None:
    """A long session does not grow."""
    project({"a.py": "X = 0\n"})
    live.cell("import a")
    for number in range(1, 140):
        project.edit("a.py", f"X = {number}\n")
        live.check()

    assert 139 == live.value("a.X")
    assert 139 > len(live.reloader.reports) > 10


# -- failures ------------------------------------------------------------------------------------------------------
def test_a_failure_is_told_once(live: Session, project: Project) -> None:
    """Until the file is edited again; `now` tells it again; a different error is told."""
    project({"a.py": "X = 1\n"})
    live.cell("import a")
    project.edit("a.py", "X = (\n")
    (failure,) = live.check().failures
    assert ("a", True) == (failure.module, "a.py" in failure.text)
    assert Report() == live.check()
    assert 1 == len(live.reloader.now().failures)
    project.edit("a.py", "X = (  # still\n")
    live.check()
    project.edit("a.py", "X = 1 / 0\n")
    assert "ZeroDivisionError" in live.check().failures[0].text
    project.edit("a.py", "X = 2\n")
    assert ("a",) == live.check().reloaded
    assert 2 == live.value("a.X")


def test_a_failed_file_keeps_others_from_nothing(live: Session, project: Project) -> None:
    """What has nothing to do with it is reloaded, now and later."""
    project({"a.py": "X = 1\n", "b.py": "X = 1\n"})
    live.cell("import a, b")
    project.edit("a.py", "X = (\n")
    project.edit("b.py", "X = 2\n")
    report = live.check()

    assert (("b",), 1) == (report.reloaded, len(report.failures))
    project.edit("b.py", "X = 3\n")
    report = live.check()
    assert (("b",), ()) == (report.reloaded, report.failures)


def test_files_that_hang_together_fail_together(live: Session, project: Project) -> None:
    """An importer of a broken module keeps its old version with it, until both are good."""
    project({"low.py": "N = 1\n", "high.py": "from low import N\nM = N\n"})
    live.cell("import high")
    project.edit("low.py", "N = 2 +\n")
    project.edit("high.py", "from low import N\nM = N * 10\n")
    report = live.check()

    assert ((), ["low"]) == (report.reloaded, [failure.module for failure in report.failures])
    assert 1 == live.value("high.M")
    project.edit("low.py", "N = 2\n")
    assert {"low", "high"} == set(live.check().reloaded)
    assert 20 == live.value("high.M")


def test_an_error_in_another_file_is_tried_again_when_that_is_mended(live: Session, project: Project) -> None:
    """The files that an error went through are watched, followed or not."""
    project({"a.py": "X = 1\n", "helper_later.py": "VALUE = 1 / 0\n"})
    live.cell("import a")
    project.edit("a.py", "import helper_later\nX = helper_later.VALUE\n")
    assert 1 == len(live.check().failures)
    assert Report() == live.check()
    project.edit("helper_later.py", "VALUE = 7\n")
    assert ("a",) == live.check().reloaded
    assert 7 == live.value("a.X")


def test_a_missing_module_is_tried_again_when_it_is_there(live: Session, project: Project) -> None:
    """Without anything else being saved."""
    project({"a.py": "X = 1\n"})
    live.cell("import a")
    project.edit("a.py", "import comes_later.sub\nX = 2\n")
    assert "comes_later" in live.check().failures[0].text
    assert Report() == live.check()
    project({"comes_later/__init__.py": "", "comes_later/sub.py": ""})

    assert ("a",) == live.check().reloaded


def test_what_fails_elsewhere_is_tried_once(live: Session, project: Project) -> None:
    """A module of which lines run again because of an edit; it is told once more when the edit is made once more."""
    project({"a.py": "X = 1\n", "b.py": "import a, c\nc.TRIED.append(a.X)\nY = 1 / a.X\n", "c.py": "TRIED = []\n"})
    live.cell("import b")
    project.edit("a.py", "X = 0\n")
    (failure,) = live.check().failures
    tried = list(live.value("b.c.TRIED"))

    assert "b" == failure.module
    assert Report() == live.check()
    assert tried == live.value("b.c.TRIED")
    project.edit("a.py", "X = 2\n")
    assert ("a",) == live.check().reloaded
    project.edit("a.py", "X = 0\n")
    assert ["b"] == [failure.module for failure in live.check().failures]


def test_a_failure_is_not_told_again_because_of_what_else_ran(live: Session, project: Project) -> None:
    """A healthy edit is followed, and that is all."""
    project({"a.py": "X = 1\n", "o.py": "X = [1]\n"})
    live.cell("import o, a")
    project.edit("a.py", "X = 1 / 0\n")
    assert 1 == len(live.check().failures)
    project.edit("o.py", "X = [2]\n")
    report = live.check()

    assert (("o",), ()) == (report.reloaded, report.failures)


def test_an_optional_module_that_fails_is_tried_again_when_it_is_mended(live: Session, project: Project) -> None:
    """It is told once, whatever else is edited."""
    project({"a.py": "try:\n    import opt\nexcept ImportError:\n    opt = None\n", "o.py": "X = [1]\n"})
    live.cell("import a, o")
    project({"opt.py": "1 / 0\n"})
    assert ["a"] == [failure.module for failure in live.check().failures]
    for text in ("X = [2]\n", "X = [3]\n"):
        assert Report() == live.check()
        project.edit("o.py", text)
        report = live.check()
        assert (("o",), ()) == (report.reloaded, report.failures)

    project.edit("opt.py", "X = 1\n")
    assert ("a",) == live.check().reloaded
    assert 1 == live.value("a.opt.X")


PLUGINS = {
    "plugins/__init__.py": """
        import importlib, pkgutil
        FOUND = []
        for each in pkgutil.iter_modules(__path__):
            importlib.import_module(f"{__name__}.{each.name}")
    """,
    "plugins/one.py": "from plugins import FOUND\nFOUND.append('one')\n",
}
TWO = "from plugins import FOUND\nFOUND.append('two')\n"


def test_a_plugin_that_comes_is_found_however_one_asks(live: Session, project: Project) -> None:
    """By `plan` and `now` in any mode, and by a check as soon as the mode or an exclusion lets it."""
    project({**PLUGINS, "o.py": ""})
    live.cell("import plugins")
    selection = live.reloader.selection
    for mode in (Mode.OFF, Mode.EXPLICIT):
        selection.mode = mode
        project({"plugins/two.py": TWO})
        assert Report() == live.check()
        assert "other files are there" in str(live.reloader.plan())
    assert ("plugins",) == live.reloader.now().reloaded
    assert ["one", "two"] == live.value("plugins.FOUND")
    assert Report() == live.reloader.now()

    project({"plugins/three.py": TWO.replace("two", "three")})
    selection.mode = Mode.ALL
    selection.skip("plugins")
    assert Report() == live.check()
    selection.tag("plugins")
    assert ("plugins",) == live.check().reloaded
    assert Report() == live.check()
    assert ["one", "two", "three"] == live.value("plugins.FOUND")


def test_a_function_that_begins_to_list_its_folder_has_it_looked_at(live: Session, project: Project) -> None:
    """Also where nothing but its body was edited; and no more once it ceases to."""
    text = "import pkgutil\n\ndef found():\n    return []\n"
    project({"p/__init__.py": text, "p/one.py": ""})
    live.cell("import p")
    listing = live.reloader.importer.listing
    assert "p" not in listing.modules

    project.edit("p/__init__.py", text.replace("[]", "[each.name for each in pkgutil.iter_modules(__path__)]"))
    assert ("swap p:found",) == live.check().events
    assert "p" in listing.modules
    assert ["one"] == live.value("p.found()")

    project.edit("p/__init__.py", text)
    assert ("swap p:found",) == live.check().events
    assert "p" not in listing.modules


def test_a_plugin_that_was_interrupted_is_tried_again(live: Session, project: Project) -> None:
    """Nothing of it stays before."""
    project({**PLUGINS, "state.py": "INTERRUPTS = True\n"})
    live.cell("import plugins, state")
    project({"plugins/two.py": "import state\nif state.INTERRUPTS:\n    raise KeyboardInterrupt\n" + TWO})
    with pytest.raises(KeyboardInterrupt):
        live.check()
    assert ["one"] == live.value("plugins.FOUND")

    live.value("vars(state)")["INTERRUPTS"] = False
    assert ("plugins",) == live.check().reloaded
    assert ["one", "two"] == live.value("plugins.FOUND")


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ({"plugins/two.py": "1 / 0\n"}, {"plugins/two.py": TWO}),
        ({"plugins/two.py": "1 /\n"}, {"plugins/two.py": TWO}),
        ({"plugins/two/__init__.py": "1 / 0\n"}, {"plugins/two/__init__.py": TWO}),
        ({"plugins/two.py": "import aid\n" + TWO, "aid.py": "1 / 0\n"}, {"aid.py": ""}),
        ({"plugins/two.py": "import aid\nassert aid.GOOD\n" + TWO, "aid.py": "GOOD = 0\n"}, {"aid.py": "GOOD = 1\n"}),
        ({"plugins/two.py": "import not_yet\n" + TWO}, {"not_yet.py": ""}),
    ],
)
def test_a_plugin_that_fails_is_told_once_and_tried_again_when_it_is_mended(
    live: Session, project: Project, bad: dict[str, str], good: dict[str, str]
) -> None:
    """Itself, or whatever it imports; other edits and other plugins do not wait for that."""
    project({**PLUGINS, "o.py": "X = [1]\n"})
    live.cell("import plugins, o")
    project(bad)
    assert ["plugins"] == [failure.module for failure in live.check().failures]
    assert Report() == live.check()
    project.edit("o.py", "X = [2]\n")
    report = live.check()
    assert (("o",), ()) == (report.reloaded, report.failures)
    assert Report() == live.check()
    assert 1 == len(live.reloader.now().failures)

    for path, text in good.items():
        project({path: text})
    assert ("plugins",) == live.check().reloaded
    assert ["one", "two"] == live.value("plugins.FOUND")
    assert Report() == live.check()


def test_a_package_that_was_there_before_is_followed(project: Project) -> None:
    """Its text says that it lists its folder."""
    project(PLUGINS)
    project.load("plugins")
    with session() as opened:
        opened.cell("import plugins")
        project({"plugins/two.py": TWO})
        opened.check()
        assert ["one", "two"] == opened.value("plugins.FOUND")


def test_an_interrupt_undoes_and_goes_on_to_the_user(live: Session, project: Project) -> None:
    """Nothing has changed, and the edit is still to be made."""
    project({"a.py": "X = 1\nY = 1\n"})
    live.cell("import a")
    project.edit("a.py", "X = 2\nraise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        live.check()

    assert (1, 1) == (live.value("a.X"), live.value("a.Y"))
    project.edit("a.py", "X = 3\n")
    live.check()
    assert 3 == live.value("a.X")


def test_exits_are_failures_like_any_other(live: Session, project: Project) -> None:
    """A module that calls `sys.exit` ends nothing."""
    project({"a.py": "X = 1\n"})
    live.cell("import a")
    project.edit("a.py", "X = 2\nraise SystemExit\n")

    assert 1 == len(live.check().failures)
    assert 1 == live.value("a.X")


def test_methods_that_a_reload_calls_at_its_end_may_fail(live: Session, project: Project) -> None:
    """A cache of the user's that will not be emptied keeps no edit from being followed, and is named."""
    project(
        {
            "a.py": """
                import functools

                class Cached:
                    def __init__(self, function):
                        functools.update_wrapper(self, function)

                    def __call__(self):
                        return self.__wrapped__()

                    def cache_clear(self):
                        raise SystemExit("not now")

                @Cached
                def f():
                    return 1
            """
        }
    )
    live.cell("import a")
    project.edit("a.py", lambda text: text.replace("return 1", "return 2"))

    report = live.check()

    assert (("a",), ()) == (report.reloaded, report.failures)
    assert ["cache-kept a.f"] == [f"{note.slug} {note.subject}" for note in report.notes]
    assert "SystemExit: not now" in report.notes[0].message
    assert 2 == live.value("a.f()")
    project.edit("a.py", lambda text: text.replace('raise SystemExit("not now")', "pass"))
    assert ("a",) == live.check().reloaded
    assert 2 == live.value("a.f()")


def test_modules_that_a_failed_edit_imported_are_forgotten(live: Session, project: Project) -> None:
    """The next attempt imports them again."""
    project({"a.py": "X = 1\n", "b.py": "Y = 1\n"})
    live.cell("import a")
    project.edit("a.py", "import b\n1 / 0\n")
    live.check()

    assert "b" not in sys.modules
    assert live.reloader.importer.record_for("b") is None


# -- the rest ------------------------------------------------------------------------------------------------------
def test_a_reload_that_the_user_asks_for_is_merged(live: Session, project: Project) -> None:
    """`importlib.reload` runs the module as a whole, and functions and classes survive."""
    project({"a.py": "LOG = []\n\ndef f():\n    return 1\n\nclass K:\n    x = 1\n"})
    live.cell("import a\nfrom a import f, K\na.LOG.append('kept?')")
    project.edit("a.py", "LOG = []\n\ndef f():\n    return 2\n\nclass K:\n    x = 2\n")
    module = importlib.reload(live.value("a"))

    assert live.value("f is a.f and K is a.K and f() == K.x == 2")
    assert [] == module.LOG
    assert ("a",) == live.reloader.reports[-1].reloaded
    assert Report() == live.check()


def test_a_reload_that_the_user_asks_for_raises_what_it_raises(live: Session, project: Project) -> None:
    """And has changed nothing."""
    project({"a.py": "X = 1\n"})
    live.cell("import a")
    project.edit("a.py", "X = 2\n1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        importlib.reload(live.value("a"))

    assert 1 == live.value("a.X")


def test_a_module_that_becomes_a_package_is_one(live: Session, project: Project) -> None:
    """Its path, package and spec follow, and submodules can be imported; the reverse as well."""
    project({"a.py": "X = 1\n\ndef f():\n    return 1\n"})
    live.cell("import a\nf = a.f")
    project.delete("a.py")
    project({"a/__init__.py": "from .sub import Y\nX = 1\n\ndef f():\n    return Y\n", "a/sub.py": "Y = 5\n"})
    live.check()
    assert live.value("f is a.f and f() == 5 and a.__path__ == [a.__file__.removesuffix('/__init__.py')]")
    assert "a" == live.value("a.__package__") == live.value("a.__spec__.parent")

    project.delete("a")
    project({"a.py": "X = 1\n\ndef f():\n    return 6\n"})
    live.check()
    assert live.value("f is a.f and f() == 6 and not hasattr(a, '__path__') and a.__package__ == ''")


def test_the_source_that_tracebacks_show_is_the_new_one(live: Session, project: Project) -> None:
    """`linecache` has the lines of the file as it is."""
    project({"a.py": "def f():\n    return 1\n"})
    live.cell("import a")
    path = live.value("a.__file__")
    assert "    return 1\n" == linecache.getline(path, 2)
    project.edit("a.py", "def f():\n    return 22222\n")
    live.check()

    assert "    return 22222\n" == linecache.getline(path, 2)


def test_the_collector_is_as_it_was(live: Session, project: Project) -> None:
    """Running or not, and what was frozen stays frozen."""
    project({"a.py": "X = 1\n\nclass K:\n    x = 1\n"})
    live.cell("import a")
    gc.disable()
    gc.freeze()
    try:
        project.edit("a.py", "X = 2\n\nclass K:\n    x = 2\n")
        live.check()
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()
    project.edit("a.py", "X = 3\n\nclass K:\n    x = 2\n")
    live.check()

    assert gc.isenabled()
    assert 0 == gc.get_freeze_count()


def test_a_module_that_is_still_being_imported_waits(live: Session, project: Project) -> None:
    """In another thread, until its import has ended."""
    project(
        {
            "slow.py": "import threading\nBEGUN, GO = threading.Event(), threading.Event()\nimport gate\nX = 1\n",
            "gate.py": "import slow\nslow.BEGUN.set()\nslow.GO.wait(60)\n",
        }
    )
    thread = threading.Thread(target=lambda: importlib.import_module("slow"), daemon=True)
    thread.start()
    while "slow" not in sys.modules or not hasattr(sys.modules["slow"], "BEGUN"):
        thread.join(0.001)
    assert sys.modules["slow"].BEGUN.wait(60)
    project.sub("slow.py", "X = 1", "X = 2")
    live.check()
    assert not hasattr(sys.modules["slow"], "X")
    sys.modules["slow"].GO.set()
    thread.join(60)
    live.check()

    assert 2 == sys.modules["slow"].X


def test_the_reloader_leaves_no_trace(project: Project) -> None:
    """After uninstalling imports and `importlib.reload` are Python's own."""
    before = list(sys.meta_path)
    project({"a.py": "X = []\n"})
    with session() as opened:
        opened.cell("import a")
        module = opened.value("a")
    project.edit("a.py", "X = [2]\n")
    old = module.X

    assert before == sys.meta_path
    assert importlib.reload(module).X is not old


def test_loading_waits_for_nothing_that_only_edits_need() -> None:
    """What carries out an edit is imported by the first one, or while nobody waits."""
    code = """
import sys
from autoreload_hooks.magics import load
from autoreload_hooks.reloader import Reloader
reloader = Reloader()
reloader.install()
heavy = {"autoreload_hooks." + name for name in ("reloading", "planning", "execution", "patching", "outline")}
print(sorted(heavy & set(sys.modules)))
reloader.idle_since = 0.0
reloader.importer.sources.chore()
print("autoreload_hooks.reloading" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True"]


@pytest.mark.parametrize("writes_bytecode", [True, False])
def test_what_is_prepared_in_the_background_compiles_nothing(project: Project, writes_bytecode: bool) -> None:
    """Compiling silently would set the filters of `warnings`, which are those of all threads, under the user's feet."""
    project({"a.py": "import b\n", "b.py": "X = 1\n"})
    sys.dont_write_bytecode = not writes_bytecode
    project.load("a")
    sys.dont_write_bytecode = False
    with session() as opened:
        importer = opened.reloader.importer
        before = importer.must_compile("a")
        opened.reloader.idle_since = 0.0
        importer.sources.chore()

        assert before is not writes_bytecode
        assert importer.bindings.is_expected("a") is not writes_bytecode
        assert ("b",) == importer.bindings.imported_modules("a")


def test_what_a_module_reads_is_not_asked_of_an_old_pyc(live: Session, project: Project) -> None:
    """A module that has come to read a name reads it in the next edit too, though its `.pyc` knows nothing of it."""
    text = "from base import LIMIT\nX = 0\n\n\ndef f():\n    return 1\n"
    project({"base.py": "LIMIT = 1\n", "user.py": text})
    live.cell("import user")

    project.edit("user.py", text.replace("X = 0", "X = LIMIT * 2"))
    live.check()
    assert sys.modules["user"].X == 2

    project.edit("user.py", text.replace("X = 0", "X = LIMIT * 2").replace("return 1", "return 2"))
    project.edit("base.py", "LIMIT = 5\n")
    live.check()
    assert (sys.modules["user"].f(), sys.modules["user"].X) == (2, 10)


def test_what_a_class_holds_is_not_asked_what_it_is(live: Session, project: Project) -> None:
    """A proxy may load something when it is asked for its class, or raise."""
    text = """
        class Unbound:
            asked = 0
            @property
            def __class__(self):
                Unbound.asked += 1
                raise RuntimeError("outside of a request")

        class Closed:
            def __getattribute__(self, name):
                raise RuntimeError("nothing to see")

        class Item:
            request, closed = Unbound(), Closed()
            price = 1
            def cost(self, request=request, closed=closed):
                return self.price

        item = Item()
    """
    project({"shop.py": text})
    live.cell("import shop\nkept = shop.Item, shop.item")
    for changed in ("price = 2", "price = 2\n            more = 3"):
        project.edit("shop.py", text.replace("price = 1", changed).replace("return self", "return 0 + self"))
        report = live.check()

        assert (("shop",), (), ()) == (report.reloaded, report.failures, report.notes)
        assert live.value("shop.item.cost(), shop.Unbound.asked") == (2, 0)
        assert live.value("kept[0] is shop.Item")


def test_while_an_edit_is_broken_what_runs_is_shown(live: Session, project: Project) -> None:
    """In tracebacks and by `inspect`; the edit's own lines in what is told of it."""
    text = "def f():\n    return 1\n\ndef boom():\n    raise ValueError\n"
    project({"m.py": text, "n.py": "import m\nX = m.f()\n"})
    live.cell("import m, n, inspect, traceback")
    project.edit("m.py", f"#\n#\n{text}X = 1 / 0  # here\n")
    report = live.check()

    assert "X = 1 / 0  # here" in report.failures[0].text
    assert live.value("inspect.getsource(m.f)") == "def f():\n    return 1\n"
    shown = "try: m.boom()\nexcept ValueError: shown = traceback.format_exc()"
    live.cell(shown)
    assert "line 5, in boom\n    raise ValueError" in live.value("shown")
    project.edit("m.py", f"#\n{text}Y = 2 / 0\n")
    assert "Y = 2 / 0" in live.check().failures[0].text
    project.edit("m.py", f"#\n{text}Y = 2\n")
    assert live.check().reloaded == ("m",)
    live.cell(shown)
    assert "line 6, in boom\n    raise ValueError" in live.value("shown")


def test_nothing_is_shown_for_longer_than_edits_are_followed(live: Session, project: Project) -> None:
    """Without a reloader Python shows the file."""
    project({"m.py": "X = 1\n"})
    live.cell("import m")
    project.edit("m.py", "X = (\n")
    live.check()

    assert linecache.getline(live.value("m.__file__"), 1) == "X = 1\n"
    live.reloader.uninstall()
    assert linecache.getline(live.value("m.__file__"), 1) == "X = (\n"
