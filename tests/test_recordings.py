"""What ran inside a module's statements is known, and nothing runs slower afterwards."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Iterator
from types import CodeType
from typing import Any

import pytest
from helpers import Project

from autoreload_hooks.compat import HAS_MONITORING, HAS_TYPE_PARAMETERS
from autoreload_hooks.importer import Importer
from autoreload_hooks.recordings import HOT, ModuleRecord, Recorder, Records, can_call, survey

needs_monitoring = pytest.mark.skipif(not HAS_MONITORING, reason="this Python cannot watch single functions")


@pytest.fixture
def importer() -> Iterator[Importer]:
    """An installed importer."""
    installed = Importer()
    installed.install()
    yield installed
    installed.uninstall()


def ran(record: ModuleRecord) -> dict[int, list[str]]:
    """What ran by line, as qualified names."""
    return {line: [code.co_qualname for ref in refs if (code := ref())] for line, refs in record.ran.items()}


def events_left(importer: Importer) -> list[str]:
    """The functions of tracked modules on which an event is still on."""
    monitoring: Any = sys.monitoring
    return [
        code.co_qualname
        for record in importer.records.values()
        for ref in record.codes
        if (code := ref()) is not None and any(monitoring.get_local_events(tool, code) for tool in (3, 4))
    ]


# -- the code of a module before it runs --------------------------------------------------------------------------
def names(source: str) -> list[str]:
    """The qualified names of the functions in the code of a module."""
    code = compile(source, "m.py", "exec")
    found: list[weakref.ref[CodeType]] = []
    survey(code, found)
    return [inner.co_qualname for ref in found if (inner := ref()) is not None]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(): pass\ndef g(): pass", ["f", "g"]),
        (
            "class C:\n    def f(self):\n        def inner(): pass\n    class D:\n        def g(self): pass",
            ["C.f", "C.D.g"],
        ),
        ("f = lambda: 1\ng = [lambda: x for x in ()]", 2),
        ("x = [y for y in ()]\nz = (y for y in ())", []),
        ("async def f(): pass\ndef g(): yield", ["f", "g"]),
        ("if x:\n    def f(): pass\nelse:\n    def f(): pass", ["f", "f"]),
    ],
)
def test_the_functions_of_a_module_are_those_outside_functions(source: str, expected: list[str] | int) -> None:
    """Methods and lambdas count; comprehensions, class bodies and what is inside functions do not."""
    found = names(source)

    assert expected == (len(found) if isinstance(expected, int) else found)


@pytest.mark.skipif(not HAS_TYPE_PARAMETERS, reason="this Python has no type parameters")
def test_functions_with_type_parameters_are_found() -> None:
    """The hidden scope around them is looked into."""
    assert ["f", "C.g"] == [
        name.rpartition(">.")[2] for name in names("def f[T](): pass\nclass C[T]:\n    def g(self): pass")
    ]


@pytest.mark.parametrize(
    "source",
    [
        "",
        '"""Doc."""\nimport a\nfrom b import c\nX = 1\nY = [1, Z]\ndef f(x=1): return g(x)\n',
        "class C:\n    x = 1\n    def f(self): return super().f()\n    class D:\n        y = 2\n",
        "class C:\n    def f(self): return __class__\n",
        "X = " + " + ".join(["1"] * 300),
    ],
)
def test_definitions_and_imports_run_no_function(source: str) -> None:
    """Most modules only define: there is nothing to record."""
    assert not can_call(compile(source, "m.py", "exec"))


@pytest.mark.parametrize(
    "source",
    [
        "f()", "@f\ndef g(): pass", "class C(B): pass", "class C(metaclass=M): pass", "x = y + 1",
        "x = y.z",
        "x[1] = 2", "for x in y: pass", "with x: pass", "if x: pass", "x = -y", "x = f'{y}'", "x = [*y]", "del x.y",
        "x = y < 2",
        "class C:\n    x = f()", "class C:\n    @f\n    def g(self): pass", "x = [z for z in y]", "raise X", "x, y = z",
        "from a import *", "class C:\n    class D(B): pass", "x = {y: 1}", "x = {y}", "assert x", "x += 1",
    ],
)  # fmt: skip
def test_everything_else_may_run_a_function(source: str) -> None:
    """Calls, decorators, operators, attributes, bases: Python may call something of the user's."""
    assert can_call(compile(source, "m.py", "exec"))


# -- recordings at import -----------------------------------------------------------------------------------------
@needs_monitoring
def test_functions_that_ran_are_recorded_by_line(project: Project, importer: Importer) -> None:
    """Calls, decorators, what decorated functions run, methods: each at the line of its statement."""
    project(
        {
            "m.py": """
        def f():
            return g()
        def g():
            return 1
        def deco(function):
            def inner():
                return function()
            return inner
        X = f()
        @deco
        def h():
            return 2
        Y = h()
        class C:
            def __init__(self):
                self.x = g()
        Z = C()
        def unused():
            return 3
        """
        }
    )
    project.load("m")
    record = importer.records["m"]

    assert {
        9: ["f", "g"], 10: ["deco"], 13: ["deco.<locals>.inner", "h"], 17: ["C.__init__", "g"],
    } == ran(record)  # fmt: skip
    assert record.complete


@needs_monitoring
def test_functions_of_other_modules_are_recorded(project: Project, importer: Importer) -> None:
    """A function of a module imported before, directly or through another, counts like one's own."""
    project({
        "a.py": "def f():\n    return 1\n",
        "b.py": "import a\ndef g():\n    return a.f()\n",
        "c.py": "import b\nX = b.g()\n",
        "d.py": "from b import g\nX = g()\n",
    })  # fmt: skip
    project.load("b")
    project.load("c")
    project.load("d")

    assert {2: ["g", "f"]} == ran(importer.records["c"])
    assert {2: ["g", "f"]} == ran(importer.records["d"])


@needs_monitoring
def test_what_runs_in_an_imported_module_belongs_to_that_module(project: Project, importer: Importer) -> None:
    """An import statement runs another module's statements, not its own."""
    project({"a.py": "def f():\n    return 1\nX = f()\n", "b.py": "import a\nY = a.f() + 1\n"})
    project.load("b")

    assert {3: ["f"]} == ran(importer.records["a"])
    assert {2: ["f"]} == ran(importer.records["b"])


@needs_monitoring
def test_class_bodies_and_comprehensions_count_for_their_statement(project: Project, importer: Importer) -> None:
    """What a class body or a comprehension runs is recorded at the module-level statement."""
    project({"m.py": "def f(x=0):\n    return x\nclass C:\n    x = 1\n    y = f()\nX = [f(y) for y in (1, 2)]\n"})
    project.load("m")
    recorded = ran(importer.records["m"])

    assert [["f"], ["f"]] == list(recorded.values())
    assert 3 <= min(recorded) <= 5
    assert 6 == max(recorded)


@needs_monitoring
def test_no_event_is_left_on(project: Project, importer: Importer) -> None:
    """After the import the user's code runs at full speed, whether the import succeeded or not."""
    project({"m.py": "def f():\n    return 1\nX = f()\n", "bad.py": "import m\nX = m.f()\ndef g():\n    1 / 0\ng()\n"})
    project.load("m")
    with pytest.raises(ZeroDivisionError):
        project.load("bad")

    assert [] == events_left(importer)
    assert not importer.recorder.active


@needs_monitoring
def test_a_function_that_runs_very_often_is_switched_off(project: Project, importer: Importer) -> None:
    """Recording must not slow a loop at import; the record says that it may lack something."""
    project({"m.py": f"def f(x):\n    return x\nfor x in range({HOT * 3}):\n    f(x)\n"})
    module = project.load("m")
    record = importer.records["m"]

    assert {4: ["f"]} == ran(record)
    assert not record.complete
    assert id(module.f.__code__) in importer.recorder.hot
    assert importer.recorder._counts == {}


@needs_monitoring
def test_loops_and_recursion_count_once_for_each_line(project: Project, importer: Importer) -> None:
    """A function that ran often is recorded where it ran, on every line."""
    project(
        {
            "m.py": """
        def f(x):
            return f(x - 1) if x else 0
        X = [f(50) for x in range(40)]
        Y = f(1), [f(x) for x in range(50)]
        Z = f(1)
        """
        }
    )
    project.load("m")
    record = importer.records["m"]

    assert {3: ["f"], 4: ["f"], 5: ["f"]} == ran(record)
    assert record.complete


@needs_monitoring
def test_what_was_switched_off_is_recorded_again_the_next_time(project: Project, importer: Importer) -> None:
    """Being hot once does not last."""
    project(
        {"m.py": f"def f(x):\n    return x\nfor x in range({HOT * 3}):\n    f(x)\n", "n.py": "from m import f\nf(1)\n"}
    )
    project.load("m")
    project.load("n")

    assert {2: ["f"]} == ran(importer.records["n"])
    assert importer.records["n"].complete


@needs_monitoring
def test_being_hot_in_one_module_harms_no_other(project: Project, importer: Importer) -> None:
    """Modules that run before, within or after the hot one have complete records."""
    project({
        "a.py": "from m import f\nX = f(1)\nimport b\nY = f(1)\nimport c\n",
        "m.py": "def f(x):\n    return x\n",
        "b.py": f"from m import f\nfor x in range({HOT * 3}):\n    f(x)\n",
        "c.py": "from m import f\nX = f(1)\n",
    })  # fmt: skip
    project.load("a")

    assert {"a": True, "b": False, "c": True} == {name: importer.records[name].complete for name in "abc"}
    assert {2: ["f"], 4: ["f"]} == ran(importer.records["a"])
    assert {3: ["f"]} == ran(importer.records["b"])
    assert {2: ["f"]} == ran(importer.records["c"])


@needs_monitoring
def test_functions_run_by_a_thread_are_not_attributed(project: Project, importer: Importer) -> None:
    """A thread has no module's statement below it on its stack."""
    project(
        {
            "m.py": """
        import threading
        def work():
            return 1
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        """
        }
    )
    project.load("m")

    assert "work" not in str(ran(importer.records["m"]))


@needs_monitoring
def test_two_modules_imported_by_two_threads_have_their_own_recordings(project: Project, importer: Importer) -> None:
    """Each thread's functions belong to the module that it runs."""
    text = (
        "import gate\ndef f{0}():\n    return 1\ngate.barrier.wait(20)\nX = f{0}()\ngate.barrier.wait(20)\nY = f{0}()\n"
    )
    project(
        {
            "gate.py": "import threading\nbarrier = threading.Barrier(2)\n",
            "a.py": text.format(1),
            "b.py": text.format(2),
        }
    )
    project.load("gate")
    threads = [threading.Thread(target=project.load, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert {5: ["f1"], 7: ["f1"]} == ran(importer.records["a"])
    assert {5: ["f2"], 7: ["f2"]} == ran(importer.records["b"])


@needs_monitoring
def test_without_a_free_tool_number_imports_work_and_nothing_is_recorded(project: Project, importer: Importer) -> None:
    """Profilers may have taken all numbers: then the record says that it knows nothing."""
    monitoring: Any = sys.monitoring
    for tool in (3, 4):
        monitoring.use_tool_id(tool, "somebody")
    try:
        project({"m.py": "def f():\n    return 1\nX = f()\n"})
        assert 1 == project.load("m").X
    finally:
        for tool in (3, 4):
            monitoring.free_tool_id(tool)

    assert {} == importer.records["m"].ran
    assert not importer.records["m"].complete


@pytest.mark.skipif(HAS_MONITORING, reason="this Python can watch single functions")
def test_without_monitoring_nothing_is_recorded(project: Project, importer: Importer) -> None:
    """On an older Python the record says that it knows nothing, unless there was nothing to know."""
    project({"m.py": "def f():\n    return 1\nX = f()\n", "n.py": "def f():\n    return 1\n"})
    project.load("m")
    project.load("n")

    assert {} == importer.records["m"].ran
    assert not importer.records["m"].complete
    assert importer.records["n"].complete


@needs_monitoring
def test_a_module_without_calls_switches_nothing_on(project: Project, importer: Importer) -> None:
    """A module that only defines takes no tool number."""
    project({"m.py": "def f():\n    return 1\nclass C:\n    def g(self):\n        return 2\n"})
    project.load("m")

    assert importer.records["m"].complete
    assert importer.recorder.monitoring.tool is None


@needs_monitoring
def test_a_modules_getattr_counts_for_who_imports_from_it(project: Project, importer: Importer) -> None:
    """`from a import x` runs the module's `__getattr__` if it has no x."""
    project({"a.py": "def __getattr__(name):\n    if name != 'x':\n        raise AttributeError(name)\n    return 1\n"})
    project({"b.py": "from a import x\n"})
    project.load("a")
    project.load("b")

    assert {1: ["__getattr__"]} == ran(importer.records["b"])


def test_codes_are_the_very_objects_that_live_functions_run(project: Project, importer: Importer) -> None:
    """Methods too, in source order; the module's own code object is not kept alive."""
    project({"m.py": "def f():\n    pass\nclass C:\n    @property\n    def p(self):\n        pass\ng = lambda: 1\n"})
    module = project.load("m")
    codes = [ref() for ref in importer.records["m"].codes]

    assert codes[0] is module.f.__code__
    assert codes[1] is module.C.p.fget.__code__
    assert codes[2] is module.g.__code__
    gc.collect()
    assert not [found for found in gc.get_referrers(module.f.__code__) if isinstance(found, CodeType)]


# -- recordings in a reload ---------------------------------------------------------------------------------------
@needs_monitoring
def test_a_unit_is_told_what_ran_within_it(project: Project, importer: Importer) -> None:
    """All tracked functions count, and nothing is left on."""
    project({"a.py": "def f():\n    return 1\ndef g():\n    return 2\n"})
    a = project.load("a")
    with importer.recorder.unit() as found:
        a.f()

    assert [a.f.__code__] == found
    assert [] == events_left(importer)


@needs_monitoring
def test_a_unit_of_a_module_sees_what_that_module_imports(project: Project, importer: Importer) -> None:
    """Given the module, only what it reaches is watched."""
    project({"a.py": "def f():\n    return 1\n", "b.py": "import a\n", "c.py": "def h():\n    return 1\n"})
    a, _, c = project.load("a"), project.load("b"), project.load("c")
    with importer.recorder.unit("b") as found:
        a.f()
        c.h()

    assert [a.f.__code__] == found


@needs_monitoring
def test_a_unit_that_calls_nothing_switches_nothing_on(project: Project, importer: Importer) -> None:
    """The unit's code says whether it could run a function."""
    project({"a.py": "def f():\n    return 1\n"})
    a = project.load("a")
    with importer.recorder.unit("a", compile("LIMIT = 2", "a.py", "exec")) as found:
        a.f()

    assert [] == found


@needs_monitoring
def test_code_tracked_in_a_unit_counts(project: Project, importer: Importer) -> None:
    """New functions of a reload are tracked by hand."""
    project({"a.py": ""})
    project.load("a")
    space: dict[str, Any] = {}
    code = compile("def f():\n    return 1\nf()\n", "a.py", "exec")
    with importer.recorder.unit() as found:
        importer.recorder.track(code)
        exec(code, space)

    assert [space["f"].__code__] == found


@needs_monitoring
def test_what_a_module_imported_by_a_unit_runs_is_that_modules(project: Project, importer: Importer) -> None:
    """A unit may import a new module: its functions run inside its own statements."""
    project({"a.py": "def f():\n    return 1\n", "b.py": "import a\nX = a.f()\n"})
    project.load("a")
    with importer.recorder.unit() as found:
        project.load("b")

    assert [] == found
    assert {2: ["f"]} == ran(importer.records["b"])


@needs_monitoring
def test_units_follow_each_other_in_a_session(project: Project, importer: Importer) -> None:
    """In a session functions are switched on once; each unit has its own list, and an exception harms nothing."""
    project({"a.py": "def f():\n    return 1\ndef g():\n    1 / 0\n"})
    a = project.load("a")
    with importer.recorder.session():
        with importer.recorder.unit() as first:
            a.f()
        with pytest.raises(ZeroDivisionError), importer.recorder.unit() as second:
            a.g()
        assert importer.recorder.active

    assert [a.f.__code__] == first
    assert [a.g.__code__] == second
    assert [] == events_left(importer)


def test_a_recorder_that_is_closed_can_be_used_again() -> None:
    """Closing gives the tool number back; the next recording takes one again."""
    recorder = Recorder(lambda names, done: ())
    space: dict[str, Any] = {}
    code = compile("def f():\n    return 1\n", "m.py", "exec")
    exec(code, space)
    for _ in range(2):
        with recorder.unit() as found:
            recorder.track(code)
            space["f"]()
        assert ([space["f"].__code__] if HAS_MONITORING else []) == found
        recorder.close()
        recorder.close()
    if HAS_MONITORING:
        monitoring: Any = sys.monitoring
        assert monitoring.get_tool(4) is None


def test_the_version_of_the_records_tells_that_a_module_came_or_went() -> None:
    """Also that one took the place of another; asking does not."""
    records = Records()
    seen = [records.version]

    def note() -> None:
        seen.append(records.version)

    records["a"] = record = ModuleRecord("a", "a.py", True, 0, "", {})
    note()
    records["a"] = record
    note()
    assert records.get("a") is records["a"]
    assert seen[-1] == records.version
    records.discard("a")
    note()
    records.discard("a")
    assert seen[-1] == records.version
    assert sorted(set(seen)) == seen
