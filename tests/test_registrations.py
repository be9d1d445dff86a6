"""What units put into shared objects, and into books of the standard library, is taken back before it is put again."""

from __future__ import annotations

import abc
import logging
import signal
import subprocess
import sys
import textwrap
import typing
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import Project
from session import Session, session


@pytest.fixture
def live(project: Project) -> Iterator[Session]:
    """A session that follows all modules."""
    with session() as opened:
        yield opened


@pytest.fixture(autouse=True)
def standard_books() -> Iterator[None]:
    """Give the standard library its own books back."""
    filters, handler = list(warnings.filters), signal.getsignal(signal.SIGTERM)
    yield
    warnings.filters[:] = filters  # type: ignore[index]
    signal.signal(signal.SIGTERM, handler)


# -- lists, dictionaries and sets ----------------------------------------------------------------------------------
def test_an_entry_goes_back_to_its_place(live: Session, project: Project) -> None:
    """A function that runs again is where it was among the others, in lists and in dictionaries."""
    project(
        {
            "a.py": """
            ORDER, TABLE = [], {}

            def put(f):
                ORDER.append(f)
                TABLE[f.__name__] = f
                return f

            @put
            def one(): ...

            @put
            def two(): ...

            @put
            def three(): ...
        """
        }
    )
    live.cell("import a")
    order = live.value("a.ORDER")
    project.sub("a.py", "def two()", "def two(n=1)")
    live.check()

    assert ["run a:11 def two"] == live.events
    assert order is live.value("a.ORDER")
    assert ["one", "two", "three"] == [f.__name__ for f in order] == list(live.value("a.TABLE"))


def test_what_stands_below_a_shared_object_is_found(live: Session, project: Project) -> None:
    """Containers within attributes of objects, some levels deep, and records made around a function."""
    project(
        {
            "a.py": """
            class Route:
                def __init__(self, path, f):
                    self.path, self.f = path, f

            class Router:
                def __init__(self):
                    self.by_method = {"GET": [], "POST": []}

                def get(self, path):
                    def add(f):
                        self.by_method["GET"].append(Route(path, f))
                        return f
                    return add

            class App:
                def __init__(self):
                    self.router = Router()

            app = App()

            @app.router.get("/a")
            def a(): ...

            @app.router.get("/b")
            def b(): ...
        """
        }
    )
    live.cell("import a\napp = a.app")
    project.sub("a.py", '"/a"', '"/x"')
    live.check()

    assert ["run a:21 def a"] == live.events
    assert ["/x", "/b"] == [route.path for route in live.value("app.router.by_method['GET']")]
    assert live.value("app is a.app")


def test_makers_are_found_through_imports(live: Session, project: Project) -> None:
    """By name, under an alias, through a module; across modules every actor runs again."""
    project(
        {
            "hub.py": "NAMES = []\n",
            "one.py": "from hub import NAMES as names\nnames.append('one')\n",
            "two.py": "import hub\nhub.NAMES.append('two')\n",
        }
    )
    live.cell("import one, two, hub")
    project.sub("two.py", "'two'", "'TWO'")
    live.check()
    assert ["one", "TWO"] == live.value("hub.NAMES")

    project.edit("one.py", "from hub import NAMES as names\n")
    live.check()

    assert ["TWO"] == live.value("hub.NAMES")
    assert live.value("one.names is hub.NAMES")


def test_a_subclass_that_registers_itself_by_its_base_is_there_once(live: Session, project: Project) -> None:
    """The first parameter of `__init_subclass__` stands for the class that is made."""
    project(
        {
            "a.py": """
            class Base:
                subs = []

                def __init_subclass__(cls):
                    cls.subs.append(cls)

            class One(Base):
                x = 1

            class Two(Base):
                x = 2
        """
        }
    )
    live.cell("import a\nOne = a.One")
    project.sub("a.py", "x = 1", "x = 10")
    live.check()

    assert live.value("a.Base.subs == [a.One, a.Two] and a.One is One")


def test_a_unit_that_raises_leaves_what_it_acts_on_as_it_was(live: Session, project: Project) -> None:
    """Lists, dictionaries and sets have the content that they had."""
    project({"a.py": "L, D, S = [1], {1: 1}, {1}\nX = 1\n"})
    live.cell("import a")
    project.edit("a.py", "L, D, S = [1], {1: 1}, {1}\nL.append(2)\nD[2] = 2\nS.add(2)\nX = 1 // 0\n")
    live.check()

    assert ["ZeroDivisionError" in failure.text for failure in live.report.failures] == [True]
    assert ([1], {1: 1}, {1}) == (live.value("a.L"), live.value("a.D"), live.value("a.S"))


def test_what_was_assigned_to_attributes_and_items_goes_with_its_statement(live: Session, project: Project) -> None:
    """Of functions, classes and dictionaries."""
    project(
        {"a.py": "def f(): ...\nclass K: ...\nTABLE = {}\nf.tag = 1\nK.tag: int = 2\nTABLE['k'] = 3\nTABLE['l'] = 4\n"}
    )
    live.cell("import a\nf, K, table = a.f, a.K, a.TABLE")
    project.edit("a.py", "def f(): ...\nclass K: ...\nTABLE = {}\nTABLE['l'] = 4\n")
    live.check()

    assert live.value("not hasattr(f, 'tag') and not hasattr(K, 'tag')")
    assert {"l": 4} == live.value("a.TABLE")


def test_an_object_that_refuses_is_made_anew(live: Session, project: Project) -> None:
    """An application that has begun to serve takes no more routes: it is made again with all actors, and told."""
    project(
        {
            "a.py": """
            class App:
                def __init__(self):
                    self.routes, self.started = [], False

                def add(self, name):
                    if self.started:
                        raise RuntimeError("too late")
                    self.routes.append(name)

            app = App()
            app.add("one")
        """
        }
    )
    live.cell("import a\na.app.started = True")
    project.edit("a.py", lambda text: text + 'app.add("two")\n')
    live.check()

    assert ["one", "two"] == live.value("a.app.routes")
    assert ["made-anew"] == [note.slug for note in live.report.notes]


def test_implementations_of_a_generic_function_are_exchanged(live: Session, project: Project) -> None:
    """One that goes is dispatched no more, one that changes its type is there under the new one."""
    project(
        {
            "a.py": """
            from functools import singledispatch

            @singledispatch
            def show(x):
                return "any"

            @show.register
            def _(x: int):
                return "int"

            @show.register
            def _(x: str):
                return "str"
        """
        }
    )
    live.cell("import a\nshow = a.show\nshow(1), show('')")
    project.sub("a.py", "x: str", "x: float")
    live.check()

    assert ["int", "any", "str"] == [live.value(f"show({x})") for x in ("1", "''", "1.5")]
    project.edit("a.py", lambda text: text[: text.index("@show.register")])
    live.check()
    assert ["any", "any"] == [live.value(f"show({x})") for x in ("1", "1.5")]


# -- the standard library ------------------------------------------------------------------------------------------
def test_functions_for_the_end_of_the_process_are_called_once(project: Project, tmp_path: Path) -> None:
    """`atexit` has the last version, whether by decorator or by call, and none that has gone."""
    project({"a.py": ""})
    first = """
        import atexit

        def bye(): print("bye 1")

        @atexit.register
        def decorated(): print("decorated 1")

        @atexit.register
        def gone(): print("gone")

        class Till:
            def __init__(self, number): self.number = number
            def close(self): print("closed", self.number)
            @classmethod
            def lock(cls): print("locked")

        till = Till(1)
        other = Till(3)
        atexit.register(bye)
        atexit.register(till.close)
        atexit.register(till.lock)
        atexit.register(other.close)
    """
    second = """
        import atexit

        def bye(n=2): print("bye", n)

        @atexit.register
        def decorated(n=2): print("decorated", n)

        class Till:
            def __init__(self, number): self.number = number
            def close(self): print("closed", self.number)
            @classmethod
            def lock(cls): print("locked")

        till = Till(number=2)
        other = Till(3)
        atexit.register(bye, 3)
        atexit.register(till.close)
        atexit.register(till.lock)
    """
    script = f"""
        import sys
        sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(project.root)!r}]
        from pathlib import Path
        from helpers import Project
        from session import session
        project = Project(Path({str(project.root)!r}))
        project.write("a.py", {first!r})
        with session() as live:
            live.cell("import a")
            project.edit("a.py", {second!r})
            live.check()
            assert not live.report.failures, live.report
    """
    out = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)

    assert ["locked", "closed 2", "bye 3", "decorated 2"] == out.stdout.split("\n")[:-1]


def test_handlers_and_filters_of_loggers_are_there_once(live: Session, project: Project) -> None:
    """Also those that are made on the spot; the others keep their places."""
    project(
        {
            "a.py": """
            import logging

            class Keep(logging.Handler):
                def __init__(self, name):
                    super().__init__()
                    self.label = name

            class Only(logging.Filter): ...

            log = logging.getLogger("a test of registrations")
            log.handlers.clear()
            log.filters.clear()
            named = logging.NullHandler()
            log.addHandler(named)
            log.addHandler(Keep("first"))
            log.addHandler(Keep("second"))
            log.addFilter(Only("x"))
        """
        }
    )
    live.cell("import a")
    log = logging.getLogger("a test of registrations")
    project.sub("a.py", '"second"', '"zweiter"')
    live.check()
    assert ["", "first", "zweiter"] == labels(log)

    project.sub("a.py", '"x"', '"y"')
    live.check()
    assert ["y"] == [each.name for each in log.filters]

    project.sub("a.py", 'log.addHandler(Keep("first"))\n', "")
    live.check()
    assert ["", "zweiter"] == labels(log)
    project.sub("a.py", "log.addHandler(named)\n", "")
    live.check()
    assert ["zweiter"] == labels(log)


def labels(log: logging.Logger) -> list[str]:
    """What the handlers of a logger are called."""
    return [getattr(handler, "label", "") for handler in log.handlers]


def test_virtual_subclasses_are_taken_back(live: Session, project: Project) -> None:
    """What is no longer registered with an abstract class is no subclass of it."""
    project(
        {
            "a.py": """
                from abc import ABC

                class Shape(ABC): ...
                class Box: ...
                class Bag: ...

                Shape.register(Box)
            """
        }
    )
    live.cell("import a\nbox, bag = a.Box(), a.Bag()")
    assert live.value("isinstance(box, a.Shape)")
    project.sub("a.py", "register(Box)", "register(Bag)")
    live.check()

    assert live.value("isinstance(bag, a.Shape) and not isinstance(box, a.Shape)")
    assert isinstance(live.value("a.Shape"), abc.ABCMeta)


def test_a_signal_has_the_handler_of_the_source(live: Session, project: Project) -> None:
    """The new one, or Python's own when the statement has gone; not if somebody else has set another since."""
    text = "import signal\n\ndef stop(*a): ...\n\nsignal.signal(signal.SIGTERM, stop)\n"
    project({"a.py": text})
    live.cell("import a")
    assert live.value("a.stop") is signal.getsignal(signal.SIGTERM)
    project.edit("a.py", "import signal\n\ndef stop(*a): ...\n")
    live.check()
    assert signal.SIG_DFL is signal.getsignal(signal.SIGTERM)

    project.edit("a.py", text)
    live.check()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    project.edit("a.py", "import signal\n\ndef stop(*a): ...\n")
    live.check()
    assert signal.SIG_IGN is signal.getsignal(signal.SIGTERM)


def actions() -> list[str]:
    """What the filters of the test above do."""
    return [entry[0] for entry in warnings.filters if "a test of ours" in str(getattr(entry[1], "pattern", entry[1]))]


def test_overloads_are_those_of_the_source(live: Session, project: Project) -> None:
    """`typing.get_overloads` has each once, in order, none that has gone."""
    project(
        {
            "a.py": """
            from typing import overload

            @overload
            def f(n: int) -> int: ...
            @overload
            def f(n: str) -> str: ...
            @overload
            def f(n: bytes) -> bytes: ...
            def f(n):
                return n
        """
        }
    )
    live.cell("import a")
    project.edit("a.py", lambda text: "# moved\n\n" + text.replace("@overload\ndef f(n: str) -> str: ...\n", ""))
    live.check()
    found = typing.get_overloads(live.value("a.f"))

    assert [{"n", "return"}] * 2 == [set(f.__annotations__) for f in found]
    assert sorted(f.__code__.co_firstlineno for f in found) == [f.__code__.co_firstlineno for f in found] == [5, 7]


def test_a_failing_edit_puts_registrations_back(live: Session, project: Project) -> None:
    """Handlers, signals, virtual subclasses and filters are as they were."""
    text = """
        import logging, signal, warnings
        from abc import ABC

        class Shape(ABC): ...
        class Box: ...

        def stop(*a): ...

        Shape.register(Box)
        signal.signal(signal.SIGTERM, stop)
        warnings.filterwarnings("ignore", "a test of ours", UserWarning)
        log = logging.getLogger("another test of registrations")
        handler = logging.NullHandler()
        log.addHandler(handler)
        LAST = 1
    """
    project({"a.py": text})
    live.cell("import a")
    before = live.value("list(a.log.handlers), a.signal.getsignal(a.signal.SIGTERM)"), actions()
    lines = [
        line
        for line in textwrap.dedent(text).splitlines()
        if not line.startswith(("Shape.r", "signal.s", "warn", "log."))
    ]
    project.edit("a.py", "\n".join(lines).replace("LAST = 1", "LAST = 1 // 0") + "\n")
    live.check()

    assert 1 == len(live.report.failures)
    assert live.value("issubclass(a.Box, a.Shape)")
    assert before == (live.value("list(a.log.handlers), a.signal.getsignal(a.signal.SIGTERM)"), actions())


def test_a_failing_edit_takes_new_registrations_out_again(live: Session, project: Project) -> None:
    """Also those that a function of another module entered for a unit that nobody had seen run."""
    project(
        {
            "reg.py": "ALL = []\ndef register(f):\n    ALL.append(f)\n    return f\n",
            "a.py": "from reg import register\n\n@register\ndef one(): ...\n\nLAST = 1\n",
        }
    )
    live.cell("import a, reg")
    before = list(live.value("reg.ALL"))
    project.sub("a.py", "LAST = 1\n", "@register\ndef two(): ...\n\nLAST = 1 // 0\n")
    live.check()

    assert 1 == len(live.report.failures)
    assert before == live.value("reg.ALL")
