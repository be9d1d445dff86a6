"""Questions about the program as it runs: which code a unit has, what ran inside it, what names stand for."""

from __future__ import annotations

import functools
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from helpers import Project
from session import Session, session

from autoreload_hooks.compat import HAS_MONITORING
from autoreload_hooks.compat.bytecode import names
from autoreload_hooks.outline import Outline, imports
from autoreload_hooks.program import (
    LiveModule,
    absolute,
    attribute,
    callables,
    codes_near,
    is_exported,
    live_object,
    module_namespace,
)
from autoreload_hooks.transaction import MISSING

SOURCE = """
import functools

LIMIT = 3

def helper(n):
    return inner(n) + LIMIT

def inner(n):
    return n

class K:
    def __init__(self):
        self.n = helper(1)

    def unused(self):
        return 1

A = helper(2)
B = K()
C = functools.partial(helper, 1)
"""


@pytest.fixture
def live(project: Project) -> Iterator[Session]:
    """A session that follows all modules."""
    with session() as opened:
        yield opened


def module(opened: Session, name: str) -> LiveModule:
    """What is known of a module."""
    found = opened.reloader.program.module(name)
    assert found is not None
    return found


def ran_in(opened: Session, name: str, label: str) -> set[str]:
    """The names of the functions that ran inside the unit of this label."""
    of = module(opened, name)
    (unit,) = [unit for unit in of.outline.units if unit.label == label]
    return {code.co_qualname for code in opened.reloader.program.ran_codes(of, unit)}


# -- modules -------------------------------------------------------------------------------------------------------
def test_a_followed_module_is_known_by_name(live: Session, project: Project) -> None:
    """Its record, namespace and outline; what is not followed is not known."""
    project({"a.py": SOURCE})
    live.cell("import a")
    a = module(live, "a")

    assert a is module(live, "a")
    assert "a" == a.name
    assert a.namespace is sys.modules["a"].__dict__
    assert not a.outlined
    assert {"LIMIT", "helper", "K", "B"} <= a.outline.names
    assert a.outlined
    assert live.reloader.program.module("nowhere") is None
    assert a in list(live.reloader.program.mine())
    live.reloader.program.forget("a")
    assert a is not module(live, "a")


def test_code_of_a_unit_is_what_its_functions_run(live: Session, project: Project) -> None:
    """The very code objects, in the order of the source, methods included."""
    project({"a.py": SOURCE})
    live.cell("import a")
    a, mod = module(live, "a"), sys.modules["a"]
    (unit,) = [u for u in a.outline.units if u.label == "class K"]

    assert [mod.K.__init__.__code__, mod.K.unused.__code__] == a.codes(unit)
    assert [] == a.codes(a.outline.units[0])
    assert {mod.helper.__code__, mod.inner.__code__} <= set(a.all_codes())


def test_a_quick_no_by_the_code(live: Session, project: Project) -> None:
    """What its code does not load, ask for or bind it cannot read; this needs no outline.

    Where nothing is recorded, a function may have run that is gone: then the text answers.
    """
    project({"a.py": SOURCE})
    live.cell("import a")
    a = module(live, "a")

    assert a.loads("functools")
    assert not a.loads("nothing_of_the_kind")
    assert a.loads("LIMIT") is not HAS_MONITORING  # only functions do
    assert a.may_ask_for("partial")
    assert not a.may_ask_for("unheard_of")
    assert not a.may_ask_for("helper")
    assert not a.habits.inner_imports
    assert not a.outlined
    assert not a.rebinds("nothing_of_the_kind")
    assert not a.rebinds("LIMIT")
    assert {"functools"} == a.imported


def test_an_adopted_module_is_known_by_its_live_functions(project: Project) -> None:
    """A module that was imported before anybody followed it has its code found around its namespace."""
    project({"a.py": SOURCE})
    mod = project.load("a")
    with session() as opened:
        a = module(opened, "a")
        (unit,) = [u for u in a.outline.units if u.label == "def helper"]

        assert [mod.helper.__code__] == a.codes(unit)
        assert "helper" in ran_in(opened, "a", "A = helper(2)")


def test_code_is_found_behind_wrappers_and_in_containers(project: Project) -> None:
    """In closures, class members, partials and lists; not what other files have."""
    project(
        {
            "w.py": """
            import functools

            def wrap(f):
                @functools.wraps(f)
                def inner():
                    return f()
                return inner

            @wrap
            def behind():
                return 1

            class K:
                @property
                def prop(self):
                    return 1

                @staticmethod
                def static():
                    return 1

            LIST = [lambda: 1]
            EMPTY = (lambda: (lambda: later))()
        """
        }
    )
    mod = project.load("w")
    names = {code.co_qualname for code in codes_near(mod.__dict__, mod.__file__ or "")}

    assert {"wrap", "behind", "K.prop", "K.static", "<lambda>"} <= names
    assert not any("<locals>" in name for name in names)


# -- what ran ------------------------------------------------------------------------------------------------------
def test_what_ran_inside_a_unit(live: Session, project: Project) -> None:
    """All the user's functions that ran, however deep; defining is not running."""
    project({"a.py": SOURCE})
    live.cell("import a")

    assert {"helper", "inner"} == ran_in(live, "a", "A = helper(2)")
    assert {"K.__init__", "helper", "inner"} == ran_in(live, "a", "B = K()")
    assert set() == ran_in(live, "a", "class K")
    assert set() == ran_in(live, "a", "import functools")
    assert set() == ran_in(live, "a", "LIMIT = 3")


def test_what_ran_is_known_for_code_anywhere(live: Session, project: Project) -> None:
    """A function of one module that ran while another was imported has run."""
    project({"a.py": SOURCE, "b.py": "from a import inner\nX = inner(1)\n"})
    live.cell("import b")
    program, mod = live.reloader.program, sys.modules["a"]

    assert program.has_run(module(live, "a"), [mod.inner.__code__])
    assert not program.has_run(module(live, "a"), [mod.K.unused.__code__])


def test_names_are_followed_where_nothing_was_recorded(live: Session, project: Project) -> None:
    """Transitively by name; attribute names only within a class that is instantiated."""
    project(
        {
            "a.py": """
            class Cache:
                def __init__(self):
                    self.fill()

                def fill(self):
                    return deep()

                def get(self):
                    return 1

            class Other:
                def get(self):
                    return 2

            def deep():
                return 3

            MADE = Cache().get()
        """
        }
    )
    live.cell("import a")
    program, space = live.reloader.program, sys.modules["a"].__dict__
    reached = {code.co_qualname for code in program.reached(space, [("Cache",)], ["get"]).values()}

    assert {"Cache.__init__", "Cache.fill", "Cache.get", "deep"} == reached


@pytest.mark.skipif(not HAS_MONITORING, reason="nothing is recorded before 3.12")
def test_recordings_decide_where_there_are_any(live: Session, project: Project) -> None:
    """A function that is named but did not run has not run."""
    project({"a.py": "def f():\n    return 1\n\nX = f() if False else 0\nY = f()\n"})
    live.cell("import a")

    assert set() == ran_in(live, "a", "X = f() if False else 0")
    assert {"f"} == ran_in(live, "a", "Y = f()")


def test_recordings_follow_an_edit(live: Session, project: Project) -> None:
    """After any number of new bodies a unit is still known to have run the function."""
    project({"a.py": "def f():\n    return 1\n\nX = f()\n"})
    live.cell("import a")
    for value in (2, 1, 3, 3, 2):
        project.edit("a.py", f"def f():\n    return {value}\n\nX = f()\n")
        live.check()

        assert value == live.value("a.X")
        assert {"f"} == ran_in(live, "a", "X = f()")


# -- values --------------------------------------------------------------------------------------------------------
class Loud:
    """Code that must not run when somebody only looks."""

    value = property(lambda self: 1 / 0)

    def __init__(self) -> None:
        self.own = 5

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def test_values_are_looked_up_without_running_code(live: Session) -> None:
    """Modules, classes and plain instances are asked for what they hold; no property, no `__getattr__`."""
    space = {"loud": Loud(), "Loud": Loud, "functools": functools, "n": 1}
    program = live.reloader.program

    assert 5 == program.value(space, ("loud", "own"))
    assert isinstance(program.value(space, ("Loud", "value")), property)
    assert functools.wraps is program.value(space, ("functools", "wraps"))
    assert MISSING is program.value(space, ("loud", "value"))
    assert MISSING is program.value(space, ("nothing", "at", "all"))
    assert MISSING is program.value(space, ("n", "real"))
    assert MISSING is attribute(Loud, "nothing")


def test_each_step_of_a_chain_has_its_owner(live: Session) -> None:
    """Who was asked for what; it ends where nothing is."""
    space = {"loud": Loud()}

    assert [(space["loud"], "own"), (5, "real")] == list(live.reloader.program.owners(space, ("loud", "own", "real")))
    assert [] == list(live.reloader.program.owners(space, ("nothing", "x")))


def test_a_module_that_loads_when_touched_is_not_touched() -> None:
    """A module's own `__getattribute__` is gone round."""

    class Lazy(ModuleType):
        def __getattribute__(self, name: str) -> Any:
            raise RuntimeError(name)

    assert "lazy" == module_namespace(Lazy("lazy"))["__name__"]


def test_qualified_names_are_found() -> None:
    """Through nested classes; what is not there is MISSING."""

    class A:
        class B:
            x = 1

    assert A.B is live_object("A.B", {"A": A})
    assert MISSING is live_object("A.C", {"A": A})
    assert MISSING is live_object("Z", {"A": A})


def test_what_calling_a_value_runs() -> None:
    """Functions and what they wrap, `__init__` and metaclass of classes, `__call__` of instances."""

    def f() -> None: ...

    @functools.wraps(f)
    def g() -> None: ...

    class Meta(type):
        def __call__(cls) -> Any: ...

    class K(metaclass=Meta):
        def __init__(self) -> None: ...

    class Callable:
        def __call__(self) -> None: ...

    class Static:
        __new__ = staticmethod(f)

    assert [g, f] == list(callables(g))
    assert [f] == list(callables(staticmethod(f)))
    assert {K.__init__, Meta.__call__} == set(callables(K))
    assert [Callable.__call__] == list(callables(Callable()))
    assert [f] == list(callables(Static))
    assert [] == list(callables(5))
    f.__wrapped__ = f  # type: ignore[attr-defined]
    assert [f] == list(callables(f))


# -- imports -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("module", "level", "package", "full"),
    [
        ("a.b", 0, None, "a.b"),
        ("", 1, "p", "p"),
        ("m", 1, "p.q", "p.q.m"),
        ("m", 2, "p.q", "p.m"),
        ("", 2, "p.q", "p"),
        ("m", 1, None, "m"),
    ],
)
def test_relative_imports_have_full_names(module: str, level: int, package: str | None, full: str) -> None:
    """Each dot after the first goes one package up."""
    assert full == absolute(module, level, package)


def test_modules_that_a_statement_imports(live: Session, project: Project) -> None:
    """Packages first, then the module, then the names that are modules; only what is followed."""
    project(
        {
            "p/__init__.py": "",
            "p/a.py": "X = 1\n",
            "p/b.py": "from . import a\nimport p.a\nfrom .a import X\nimport json, no_such_thing_at_all\n",
        }
    )
    project.edit("p/b.py", "from . import a\nimport p.a\nfrom .a import X\nimport json\n")
    live.cell("import p.b")
    b = module(live, "p.b")
    names = [list(live.reloader.program.imported_by(b, imports(unit.node))) for unit in b.outline.units]

    assert [["p", "p.a"], ["p", "p.a"], ["p", "p.a"], []] == names
    assert [] == [
        name for unit in b.outline.units for name in live.reloader.program.unknown_imports(b, imports(unit.node))
    ]
    assert {"p", "p.a"} <= live.reloader.program.reachable("p.b")


def test_modules_are_found_by_name_word_and_file(live: Session, project: Project) -> None:
    """What is not there is not found, and is no error."""
    project({"a.py": "X = 1\n", "b.py": "import a as other\n", "c.py": "Y = 1\n"})
    live.cell("import b, c")
    program = live.reloader.program
    a = program.loaded("a")
    assert a is not None

    assert program.loaded("nowhere") is None
    assert {"a"} == {of.name for of in program.mentioning("X")} & {"a", "b", "c"}
    assert {"b"} == {of.name for of in program.mentioning("other")} & {"a", "b", "c"}
    assert a.__dict__ is program.namespace_of_file(a.__file__ or "")
    assert {} == program.namespace_of_file("nowhere.py")


def test_a_module_that_was_replaced_is_not_the_loaded_one(live: Session, project: Project) -> None:
    """What stands in `sys.modules` must be what was imported."""
    project({"a.py": "X = 1\n"})
    live.cell("import a")
    sys.modules["a"] = ModuleType("a")

    assert live.reloader.program.loaded("a") is None


def test_what_a_star_import_gives() -> None:
    """What `__all__` lists; without a list or tuple whatever is not private."""
    assert is_exported("x", ["x"])
    assert not is_exported("y", ("x",))
    assert is_exported("y", None)
    assert not is_exported("_y", None)


@pytest.mark.parametrize("name", ["*.py", "collections/*.py", "email/*.py", "logging/*.py", "unittest/*.py"])
def test_names_of_code_are_all_that_units_say(name: str) -> None:
    """What the code of a module seems to load, ask for and bind is never less than what its units do."""
    library = Path(sysconfig.get_paths()["stdlib"])
    texts = [path.read_text(encoding="utf-8") for path in sorted(library.glob(name))[:60] if path.exists()]
    assert texts
    for text in texts:
        outline = Outline.of(text, "module.py")
        known = names(compile(text, "module.py", "exec", dont_inherit=True))
        chains = [chain for unit in outline.units for chain in unit.reads]
        if known.by_text:
            continue
        assert set() == {chain[0] for chain in chains} - known.loaded
        assert set() == {attribute for chain in chains for attribute in chain[1:]} - known.attributes
        assert set() == {name for name, units in outline.binders.items() if len(units) > 1} - {"*"} - known.rebound
