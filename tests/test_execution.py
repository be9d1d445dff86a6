"""A plan is carried out: code swapped, units run, what they made settled at once."""

from __future__ import annotations

import gc
import inspect
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from helpers import Project
from session import Session, session

from autoreload_hooks.compat import HAS_MONITORING
from autoreload_hooks.execution import Execution
from autoreload_hooks.execution.context import Context


@pytest.fixture
def live(project: Project) -> Iterator[Session]:
    """A session that follows all modules."""
    with session() as opened:
        yield opened


def play(live: Session, project: Project, name: str, *versions: str) -> list[list[str]]:
    """Import a module of the first version, save the others one by one, and return the log of each."""
    project({f"{name}.py": versions[0]})
    live.cell(f"import {name}")
    logs = []
    for version in versions[1:]:
        project.edit(f"{name}.py", version)
        assert () == live.check().failures
        logs.append(live.events)
    return logs


# -- code ----------------------------------------------------------------------------------------------------------
def test_new_code_reaches_every_function_that_runs_the_old(live: Session, project: Project) -> None:
    """In closures, attributes, containers, bound methods, wherever it is held."""
    project(
        {
            "a.py": """
                def make():
                    def inner():
                        return 'old'
                    return inner

                class K:
                    def m(self):
                        return 'old'
            """
        }
    )
    live.cell("import a\nheld = {'k': [a.make()]}\nbound = a.K().m\nalone = a.K.m")
    project.edit("a.py", lambda text: text.replace("'old'", "'new'"))
    live.check()

    assert ["swap a:make", "swap a:K.m"] == live.events
    assert ["new"] * 3 == [live.value(x) for x in ("held['k'][0]()", "bound()", "alone(None)")]


def test_moved_code_tells_its_lines_and_the_source_is_found(live: Session, project: Project) -> None:
    """Tracebacks and `inspect` speak of the file as it is."""
    text = "def f():\n    raise ValueError\n\nclass K:\n    def m(self):\n        return 1\n"
    (log,) = play(live, project, "a", text, "# one\n# two\n" + text)
    with pytest.raises(ValueError) as caught:
        live.value("a.f()")

    assert [] == log
    assert 4 == caught.traceback[-1].lineno + 1
    assert "    def m(self):\n        return 1\n" == inspect.getsource(live.value("a.K.m"))
    assert inspect.getsource(live.value("a.K")).startswith("class K")


def test_a_class_whose_methods_change_stays_untouched_otherwise(live: Session, project: Project) -> None:
    """A new body of a method runs no line of the class body."""
    text = "RAN = []\n\nclass K:\n    RAN.append(1)\n\n    def m(self):\n        return 1\n"
    (log,) = play(live, project, "a", text, text.replace("return 1", "return 2"))

    assert ["swap a:K.m"] == log
    assert [1] == live.value("a.RAN")


# -- units ---------------------------------------------------------------------------------------------------------
def test_a_unit_runs_with_the_names_as_they_are_at_its_place(live: Session, project: Project) -> None:
    """What a later unit binds over is not what it sees, and the name has its last value afterwards."""
    first = "n = 1\nA = n + 1\nn = 10\nB = n + 1\n"
    play(live, project, "a", first, first.replace("A = n + 1", "A = n + 5"))

    assert (10, 6, 11) == tuple(live.value(f"a.{name}") for name in "nAB")


def test_a_compound_that_stops_binding_uncovers_the_binder_before(live: Session, project: Project) -> None:
    """The name has again what the unit before gave it."""
    text = "M = None\ntry:\n    import json as M\nexcept ImportError:\n    pass\nK = M is None\n"
    play(live, project, "a", text, text.replace("json", "nowhere_to_be_found"))

    assert (None, True) == (live.value("a.M"), live.value("a.K"))


def test_an_equal_value_stays_the_old_object(live: Session, project: Project) -> None:
    """And nobody who read it runs."""
    first, second = play(
        live, project, "a",
        "X = [1, 2]\nY = [X]\n", "X = [1] + [2]\nY = [X]\n", "X = [1] + [3]\nY = [X]\n",
    )  # fmt: skip

    assert ["run a:1 X = [1] + [2]"] == first
    assert ["run a:1 X = [1] + [3]", "run a:2 Y = [X]"] == second
    assert live.value("a.Y[0] is a.X")


def test_only_what_the_unit_made_is_merged(live: Session, project: Project) -> None:
    """A name that comes to hold another function is bound; the first function stays what it was."""
    text = "def foo():\n    return 'foo'\n\ndef bar():\n    return 'bar'\n\nf = foo\n"
    play(live, project, "a", text, text.replace("f = foo", "f = bar"))

    assert ("foo", "bar", "bar") == tuple(live.value(f"a.{name}()") for name in ("foo", "bar", "f"))
    assert live.value("a.f is a.bar")


def test_a_definition_that_returns_is_the_object_that_went(live: Session, project: Project) -> None:
    """If somebody still holds it."""
    text = "class K:\n    def m(self):\n        return 1\n\ndef f():\n    return 1\n"
    project({"a.py": text})
    live.cell("import a\nK, f, k = a.K, a.f, a.K()")
    project.edit("a.py", "X = 1\n")
    live.check()
    assert ["remove a.K", "remove a.f"] == [event for event in live.events if event.startswith("remove")]
    project.edit("a.py", text.replace("return 1", "return 2"))
    live.check()

    assert live.value("K is a.K and f is a.f and k.m() == f() == 2")


def test_a_removed_name_uncovers_what_a_star_import_gives(live: Session, project: Project) -> None:
    """As it would be after a restart."""
    project({"base.py": "X = 'base'\n", "a.py": "from base import *\nX = 'own'\n"})
    live.cell("import a")
    project.edit("a.py", "from base import *\n")
    live.check()

    assert "base" == live.value("a.X")


def test_a_star_import_that_goes_takes_its_names(live: Session, project: Project) -> None:
    """Those that still hold what it gave, not those that were assigned since."""
    project({"base.py": "X = 'base'\nY = 'base'\n", "a.py": "from base import *\nZ = 1\n"})
    live.cell("import a\na.Y = 'mine'")
    project.edit("a.py", "Z = 1\n")
    live.check()

    assert ["remove a.X"] == live.events
    assert "mine" == live.value("a.Y")


def test_definitions_that_change_place_by_name(live: Session, project: Project) -> None:
    """Of several definitions of one name the last one is what the name and its readers have."""
    text = "def f():\n    return 1\n\ndef f():\n    return 2\n"
    play(live, project, "a", text, "def f():\n    return 1\n", text)

    assert 2 == live.value("a.f()")


def test_a_function_that_gets_a_decorator_is_decorated_for_its_holders(live: Session, project: Project) -> None:
    """Whoever held the plain function holds the decorated one; the decorator holds the plain one."""
    text = "def twice(f):\n    def inner():\n        return f() * 2\n    return inner\n\ndef f():\n    return 1\n"
    project({"a.py": text})
    live.cell("import a\nfrom a import f\nheld = [f]")
    project.edit("a.py", text.replace("def f()", "@twice\ndef f()"))
    live.check()

    assert [2, 2, 2] == [live.value(x) for x in ("a.f()", "f()", "held[0]()")]


def test_caches_that_may_lie_are_emptied(live: Session, project: Project) -> None:
    """Those of functions that changed, that run what changed, or that read what changed; no others."""
    text = """
import functools

N = 1

def helper():
    return 1

@functools.cache
def reads():
    return N

@functools.cache
def runs():
    return helper()

@functools.cache
def other():
    return 0

class K:
    @staticmethod
    @functools.cache
    def cached():
        return N
"""
    project({"a.py": text})
    calls = "a.reads(), a.runs(), a.other(), a.K.cached()"
    sizes = "[f.cache_info().currsize for f in (a.reads, a.runs, a.other, a.K.cached)]"
    live.cell(f"import a\n{calls}")
    project.sub("a.py", "N = 1", "N = 2")
    live.check()
    assert [0, 1, 1, 0] == live.value(sizes)

    live.cell(calls)
    project.sub("a.py", "return 1", "return 2")
    live.check()
    assert [1, 0, 1, 1] == live.value(sizes)


def test_class_attributes_that_change_reach_subclasses_that_copied_them(live: Session, project: Project) -> None:
    """Where a base registers or generates: subclasses run again, bases first, and what was instantiated."""
    project(
        {
            "base.py": "class Base:\n    size = 1\n\n    def __init_subclass__(cls):\n        cls.copied = cls.size\n",
            "sub.py": "from base import Base\n\nclass Sub(Base):\n    pass\n\nONE = Sub()\n",
        }
    )
    live.cell("import sub")
    project.sub("base.py", "size = 1", "size = 2")
    live.check()

    assert 2 == live.value("sub.Sub.copied") == live.value("sub.ONE.copied")


def test_modules_without_known_text_are_merged_by_name(project: Project) -> None:
    """A module that was imported and edited before anybody looked runs as a whole, and its objects survive."""
    project({"a.py": "def f():\n    return 1\n\nclass K:\n    def m(self):\n        return 1\n\nX = [1]\n"})
    module = project.load("a")
    f, cls, k = module.f, module.K, module.K()
    project.edit("a.py", "def f():\n    return 2\n\nclass K:\n    def m(self):\n        return 2\n\nX = [2]\n")
    with session() as opened:
        opened.check()

        assert f is module.f
        assert cls is module.K
        assert (2, 2, [2]) == (f(), k.m(), module.X)


# -- failures and limits -------------------------------------------------------------------------------------------
def test_what_begins_and_fails_is_told(live: Session, project: Project) -> None:
    """The module that failed, and those of which lines had begun to run."""
    project({"low.py": "N = 1\n", "high.py": "from low import N\nM = 1 / N\n"})
    live.cell("import high")
    project.sub("low.py", "N = 1", "N = 0")
    (failure,) = live.check().failures

    assert "high" == failure.module
    assert ("low", "high") == failure.began
    assert "high.py" in failure.text
    assert (1, 1) == (live.value("high.N"), live.value("high.M"))


def test_circles_come_to_an_end(live: Session, project: Project) -> None:
    """Modules whose values depend on each other run a few times at most."""
    project(
        {
            "one.py": "import two\nN = 1\n\ndef get():\n    return getattr(two, 'M', 0) + N\n\nX = get()\n",
            "two.py": "import one\nM = getattr(one, 'X', 0) + 1\n",
        }
    )
    live.cell("import one")
    project.sub("one.py", "N = 1", "N = 2")
    live.check()

    assert () == live.report.failures
    assert 10 > len(live.events)


def test_a_unit_sees_and_writes_its_module_as_locals_and_globals(live: Session, project: Project) -> None:
    """In compounds too: `globals()`, `locals()`, `exec` and `del` do as in a module."""
    play(
        live, project, "a",
        "if True:\n    X = 1\n",
        "if True:\n    X = 1\n    Y = globals() is locals() or sorted(locals()) == sorted(globals())\n"
        "    exec('Z = 5')\n    tmp = len(locals())\n    del tmp\n",
    )  # fmt: skip

    assert (True, 5) == (live.value("a.Y"), live.value("a.Z"))
    assert not live.value("hasattr(a, 'tmp')")


@pytest.mark.skipif(not HAS_MONITORING, reason="names stand in for recordings before 3.12")
def test_an_edited_function_that_ran_elsewhere_costs_neither_the_heap_nor_other_modules(
    live: Session, project: Project, heap_searches: list[str]
) -> None:
    """Its own module is outlined, and those that ran it; its functions are found by their names."""
    project({"low.py": "def f():\n    return 1\n", "high.py": "from low import f\nX = f()\n"})
    project({"other.py": "def g():\n    return 1\nY = g()\n"})
    live.cell("import high, other")
    project.sub("low.py", "return 1", "return 2")
    heap_searches.clear()
    live.check()

    assert ["swap low:f", "run high:2 X = f()"] == live.events
    assert [] == heap_searches
    outlined = {name: live.reloader.program.module(name).outlined for name in ("low", "high", "other")}
    assert {"low": True, "high": True, "other": False} == outlined


@pytest.mark.skipif(not HAS_MONITORING, reason="names stand in for recordings before 3.12")
def test_who_registers_a_class_is_found_without_the_heap(
    live: Session, project: Project, heap_searches: list[str]
) -> None:
    """A registry is what the statement is known to act upon; `super()` holds the class as well."""
    low = """
        FOUND = {}
        MADE = []

        def register(cls):
            FOUND[cls.__name__] = cls
            return cls

        class Base:
            kind = 1

            def __init_subclass__(cls):
                super().__init_subclass__()
                MADE.append(cls)
    """
    high = """
        from low import *

        @register
        class One(Base):
            def size(self):
                return super().__sizeof__()
    """
    project({"low.py": low, "high.py": high})
    live.cell("import high\nkept = high.One")
    project.sub("low.py", "FOUND[cls.__name__] = cls", "FOUND[cls.__qualname__] = cls")
    project.sub("low.py", "kind = 1", "kind = 2")
    heap_searches.clear()
    live.check()

    assert "run high:3 class One" in live.events
    assert live.value("high.FOUND['One'] is high.MADE[0] is high.One is kept and len(high.MADE) == 1")
    assert [] == heap_searches


def test_first_decorators_of_many_functions_cost_one_search(
    live: Session, project: Project, heap_searches: list[str]
) -> None:
    """Who held them plain holds them decorated: a list that nothing leads to from the module is one such holder."""
    tools = "def twice(f):\n    def wrapper():\n        return 2 * f()\n    return wrapper\n"
    plain = "from tools import twice\n" + "".join(f"\ndef f{i}():\n    return {i}\n" for i in range(10))
    project({"tools.py": tools, "m.py": plain, "other.py": "from m import *\n"})
    live.cell("import m, other\nfrom m import f3\nkept = [f for n, f in vars(m).items() if n[0] == 'f']")
    project.sub("m.py", "\ndef f", "\n@twice\ndef f")
    heap_searches.clear()
    live.check()

    assert list(range(0, 20, 2)) == live.value("[f() for f in kept]")
    assert live.value("kept[3] is m.f3 is other.f3 is f3 and kept[9] is other.f9")
    assert len(heap_searches) <= 1


def test_first_decorators_cost_no_search_where_only_imports_hold_the_functions(
    live: Session, project: Project, heap_searches: list[str]
) -> None:
    """The reference counts say that nobody else does."""
    tools = "def twice(f):\n    def wrapper():\n        return 2 * f()\n    return wrapper\n"
    project(
        {"tools.py": tools, "m.py": "from tools import twice\n\ndef f():\n    return 1\n", "n.py": "from m import f\n"}
    )
    live.cell("import m, n\nfrom m import f")
    project.sub("m.py", "def f", "@twice\ndef f")
    heap_searches.clear()
    live.check()

    assert live.value("f() == n.f() == 2 and f is n.f is m.f")
    assert [] == heap_searches


@pytest.mark.skipif(not HAS_MONITORING, reason="names stand in for recordings before 3.12")
def test_what_a_decorator_enters_in_a_dictionary_of_its_module_is_found_without_the_heap(
    live: Session, project: Project, heap_searches: list[str]
) -> None:
    """The function that ran reads the dictionary; the wrapper that it enters there is a twin."""
    tools = """
        FOUND = {}

        def dispatched(f):
            def wrapper():
                return f()
            wrapper.original = f
            FOUND[f.__name__] = wrapper
            return wrapper
    """
    project({"tools.py": tools, "m.py": "from tools import dispatched\n\n@dispatched\ndef f(x=1):\n    return x\n"})
    live.cell("import m, tools\nfrom m import f")
    project.sub("m.py", "x=1", "x=2")
    heap_searches.clear()
    live.check()

    assert live.value("f() == 2 and tools.FOUND == {'f': f} and m.f is f")
    assert [] == heap_searches


@pytest.mark.skipif(not HAS_MONITORING, reason="names stand in for recordings before 3.12")
def test_what_ran_in_a_reload_is_recorded_as_at_import(live: Session, project: Project) -> None:
    """A unit that was added or edited runs again for what it ran then, no longer for what it ran before."""
    text = "def one():\n    return 1\n\ndef two():\n    return 2\n\nX = one()\n"
    play(live, project, "a", text, text.replace("X = one()", "X = two()"))
    project.sub("a.py", "return 1", "return 11")
    live.check()
    assert ["swap a:one"] == live.events

    project.sub("a.py", "return 2", "return 22")
    live.check()
    assert ["swap a:two", "run a:7 X = two()"] == live.events


def test_odd_objects_in_a_module_stop_nothing(live: Session, project: Project) -> None:
    """Whatever their `__eq__`, `__hash__`, `__bool__`, `__getattr__`, `__class__` do."""
    text = """
class Odd:
    def __eq__(self, other): raise RuntimeError
    def __hash__(self): raise RuntimeError
    def __bool__(self): raise RuntimeError
    def __getattr__(self, name): raise RuntimeError(name)
    @property
    def __class__(self): raise RuntimeError
    def __repr__(self): raise RuntimeError

ODD = Odd()
N = 1
ALL = [ODD, N]
"""
    (log,) = play(live, project, "a", text, text.replace("N = 1", "N = 2"))

    assert ["run a:11 N = 2", "run a:12 ALL = [ODD, N]"] == log


def test_lambdas_and_nested_classes_survive_in_place(live: Session, project: Project) -> None:
    """A lambda that is assigned, a class in a class, a function under a condition."""
    text = (
        "short = lambda n=1: n\n\nclass A:\n    class B:\n        x = 1\n\nif A:\n    def f(n=1):\n        return n\n"
    )
    project({"a.py": text})
    live.cell("import a\nkept = a.short, a.A.B, a.f")
    project.edit("a.py", text.replace("n=1", "n=2").replace("x = 1", "x = 2"))
    live.check()
    kept: tuple[Any, ...] = live.value("kept")

    assert (2, 2, 2) == (live.value("a.short()"), kept[1].x, kept[2]())
    assert live.value("kept[1] is a.A.B and kept[2] is a.f")
    assert isinstance(kept[0], types.FunctionType)


def test_a_failed_reload_leaves_no_answers_of_the_new_bases(live: Session, project: Project) -> None:
    """What a `singledispatch` function found out while the class had another base is forgotten with the edit."""
    kinds = """
        from functools import singledispatch

        class Plain:
            pass

        class Round(Plain):
            pass

        class Ring(Plain):
            pass

        @singledispatch
        def name(thing):
            return "thing"

        @name.register
        def _(thing: Round):
            return "round"

        NAME = name(Ring())
    """
    project({"kinds.py": kinds})
    live.cell("import kinds")
    project.edit("kinds.py", lambda text: text.replace("class Ring(Plain)", "class Ring(Round)") + "\n1 / 0\n")
    live.check()

    assert live.report.failures
    assert live.value("(kinds.NAME, kinds.name(kinds.Ring()))") == ("thing", "thing")


def test_a_web_application_follows_after_its_first_request(live: Session, project: Project) -> None:
    """Starlette builds a chain of middleware and handlers at the first request: an edit has it built anew."""
    site = """
        from starlette.applications import Starlette
        from starlette.middleware import Middleware
        from starlette.responses import PlainTextResponse

        app = Starlette()

        def missing(request, error):
            return PlainTextResponse("no such page", status_code=404)

        app.add_exception_handler(404, missing)
    """
    ask = """
        import asyncio

        def ask(path):
            sent = []

            async def receive():
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(message):
                sent.append(message)

            scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
            asyncio.run(app(scope, receive, send))
            return sent[0]["status"], sent[1]["body"]
    """
    project({"site_of_mine.py": site})
    live.cell("import site_of_mine\nfrom site_of_mine import app\nkept = app")
    live.cell(ask)
    assert (404, b"no such page") == live.value("ask('/')")
    project.sub("site_of_mine.py", "def missing", "def lost")
    project.sub("site_of_mine.py", "add_exception_handler(404, missing)", "add_exception_handler(404, lost)")
    project.sub("site_of_mine.py", '"no such page", status_code=404', '"lost", status_code=410')
    live.check()

    assert (410, b"lost") == live.value("ask('/')")
    front = "\nclass Front:\n    def __init__(self, app):\n        self.app = app\n"
    front += "\n    async def __call__(self, *given):\n        await PlainTextResponse('front')(*given)\n"
    project.edit("site_of_mine.py", lambda text: f"{text}{front}\napp.add_middleware(Front)\n")
    live.check()

    assert (200, b"front") == live.value("ask('/')")
    project.sub("site_of_mine.py", "app.add_middleware(Front)\n", "")
    live.check()

    assert (410, b"lost") == live.value("ask('/')")
    assert live.value("site_of_mine.app is app is kept")


def test_what_a_library_has_wrapped_around_a_function_goes_with_it(live: Session, project: Project) -> None:
    """A record that an application has made of the arguments of a middleware goes with the function."""
    site = """
        class Layer:
            def __init__(self, kind, **given):
                self.kind, self.given, self.rest = kind, given, ()

        class App:
            def __init__(self):
                self.layers = []

            def layer(self, function):
                self.layers.insert(0, Layer(Layer, dispatch=function))
                return function
    """
    project({"lib/site-packages/webs.py": site})
    sys.path.insert(0, str(project.path("lib/site-packages")))
    project({"site_of_mine.py": "from webs import App\napp = App()\n@app.layer\ndef mark(): return 1\n"})
    live.cell("import site_of_mine")
    project.sub("site_of_mine.py", "@app.layer\n", "")
    live.check()

    assert live.value("site_of_mine.app.layers") == []


def test_tables_mixins_and_bases_of_sqlalchemy_follow(live: Session, project: Project) -> None:
    """A `Table` is made once more, a mixin's new column reaches the mapped classes, and a base keeps its tables."""
    pytest.importorskip("sqlalchemy")
    project(
        {
            "m.py": """
                from sqlalchemy import Column, MetaData, String, Table
                from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

                meta = MetaData()
                table = Table("users", meta, Column("id", String))
                NAMES = [column.name for column in table.columns]

                class Stamp:
                    at: Mapped[int] = mapped_column(default=5)

                class Base(DeclarativeBase):
                    pass

                class User(Stamp, Base):
                    __tablename__ = "u"
                    id: Mapped[int] = mapped_column(primary_key=True)
            """
        }
    )
    live.cell("import m\nfrom m import Base, User")
    project.sub("m.py", "DeclarativeBase):\n    pass", "DeclarativeBase):\n    def f(self): return 1")
    live.check()
    assert live.value("(list(Base.metadata.tables), User().f(), m.Base is Base)") == (["u"], 1, True)

    project.sub("m.py", 'Column("id", String))', 'Column("id", String), Column("name", String))')
    project.sub("m.py", "default=5)", "default=5)\n    by: Mapped[str] = mapped_column(default='me')")
    live.check()
    assert [] == list(live.report.failures)
    assert live.value("(m.NAMES, [c.name for c in m.meta.tables['users'].columns])") == (["id", "name"], ["id", "name"])
    assert live.value("sorted(column.name for column in m.User.__table__.columns)") == ["at", "by", "id"]


def test_arrays_computed_of_an_array_follow(live: Session, project: Project) -> None:
    """What is computed below of an array into which a statement puts something else is computed again."""
    pytest.importorskip("numpy")
    text = "import numpy as np\nX = np.zeros(2)\nX[0] = {}\nX[1] = X[0] * 2\nTWICE, SUM = X * 2, X.sum()\n"
    project({"m.py": text.format(1)})
    live.cell("import m")
    project.write("m.py", text.format(3))
    live.check()

    assert live.value("(m.X.tolist(), m.TWICE.tolist(), float(m.SUM))") == ([3, 6], [6, 12], 9)


# -- objects that must not be asked ----------------------------------------------------------------------------------
def test_values_are_not_asked_for_their_class(live: Session, project: Project) -> None:
    """A proxy whose `__class__` raises, and an instance of a class with odd books, hinder nobody."""
    project(
        {
            "proxy.py": """
                class Proxy:
                    def __init__(self, get):
                        object.__setattr__(self, "_get", get)

                    @property
                    def __class__(self):
                        return type(object.__getattribute__(self, "_get")())

                class Odd:
                    pass

                Odd.__module__ = ["proxy"]
            """,
            "web.py": """
                from proxy import Odd, Proxy

                def look():
                    raise RuntimeError("outside of a request")

                request = Proxy(look)
                odd = Odd()

                class Page:
                    made = [request, odd]

                def keep(f, kept={}):
                    kept[f.__name__] = f, odd, request
                    return f

                @keep
                def page():
                    return 1
            """,
            "app.py": "from web import Page, odd, page, request\nSIZE = page()\n",
        }
    )
    live.cell("import app, web\nrequest, odd, page = web.request, web.odd, web.page")
    for old, new in (
        ("return 1", "return 2"),
        ("made = [request, odd]", "made = [odd, request]\n\n    def show(self):\n        return 1"),
        ("@keep\n", "@keep\n@keep\n"),
        ("Page:", "Page(Odd):"),
        ("request = Proxy(look)", "request = Proxy( look )\nother = request"),
    ):
        project.edit("web.py", lambda text, old=old, new=new: text.replace(old, new))
        assert live.check().failures == ()

    assert live.value("app.SIZE, app.page is page, app.odd is odd") == (2, True, True)
    assert live.value("web.other is web.request is app.request")


# -- afterwards ----------------------------------------------------------------------------------------------------
def test_all_of_a_reload_goes_at_once(live: Session, project: Project) -> None:
    """No circle of references keeps it, or the old code that it holds, for the garbage collector to find."""
    gc.collect()
    gc.disable()
    try:
        play(live, project, "a", "def f():\n    return 1\nX = f()\n", "def f():\n    return 2\nX = f()\n")
        left = [each for each in gc.get_objects() if type(each) in (Execution, Context)]
    finally:
        gc.enable()

    assert [] == left
