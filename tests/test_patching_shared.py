"""Objects that units of the user's modules share, among themselves and with the standard library."""

from __future__ import annotations

import gc
import signal
import typing
from collections.abc import Iterator

import pytest
from helpers import Project
from session import Session, session


@pytest.fixture
def live() -> Iterator[Session]:
    """A session that follows all modules."""
    with session() as opened:
        yield opened


APP = """
class App:
    def __init__(self):
        self.routes, self.serving = {}, False
    def get(self, path):
        assert not self.serving, "the application serves"
        def register(function):
            self.routes[path] = function
            return function
        return register
    def __call__(self, path):
        self.serving = True
        return self.routes[path]()
"""
WEB = """
from app import App
app = App()

@app.get("/")
def index():
    return "index"
"""


def test_object_that_refuses_is_made_anew(project: Project, live: Session) -> None:
    """Where an object will not be acted upon any more, it and all that acts upon it run again, and this is told."""
    project({"app.py": APP, "web.py": WEB})
    live.cell("import web; from web import app; holder = [app]; app('/')")
    project.edit("web.py", WEB + "@app.get('/more')\ndef more():\n    return 'more'\n")
    report = live.check()
    assert [note.slug for note in report.notes] == ["made-anew"]
    assert live.value("app('/'), app('/more'), holder[0] is app is web.app") == ("index", "more", True)


def test_error_of_ones_own_makes_nothing_anew(project: Project, live: Session) -> None:
    """An actor that fails by itself fails the reload: the object that it acts upon stays."""
    project({"app.py": APP, "web.py": WEB})
    live.cell("from web import app; first = app; app.serving = False")
    project.edit("web.py", WEB + "app.get('/x')(1 / 0)\n")
    report = live.check()
    assert [failure.module for failure in report.failures] == ["web"]
    assert live.value("app is first, list(app.routes)") == (True, ["/"])


GROUP = """
class Group:
    def __init__(self, function, options):
        self.function, self.options, self.members = function, options, {}
    def member(self, function):
        self.members[function.__name__] = function
        return function

def group(**options):
    return lambda function: Group(function, options)
"""


def test_actors_fill_what_was_made_anew_in_place(project: Project, live: Session) -> None:
    """When the object that a decorator returned is made anew, whoever had put something into it does so again."""
    cli = "from group import group\n@group(a=1)\ndef cli(): pass\n"
    one = "from cli import cli\n@cli.member\ndef one(): return 1\n"
    project({"group.py": GROUP, "cli.py": cli, "one.py": one})
    live.cell("import one; from cli import cli; first = cli")
    project.edit("cli.py", cli.replace("a=1", "b=2"))
    live.check()
    assert live.value("cli is first, cli.options, cli.members == {'one': one.one}") == (True, {"b": 2}, True)


HELP = """
import inspect

class Command:
    def __init__(self, function):
        self.function, self.help = function, inspect.cleandoc(function.__doc__ or "no help")
    def __call__(self):
        return self.function()

class Loud(Command):
    def __init__(self, function):
        super().__init__(function)
        self.text = f"Loud: {self.help}"
"""


def test_copied_docstring_follows_in_place(project: Project, live: Session) -> None:
    """A docstring that a decorator copied into an instance follows without a run."""
    text = 'from command import Command\n@Command\ndef go():\n    """Old\n    help."""\n    return 1\n'
    project({"command.py": HELP, "cli.py": text})
    live.cell("from cli import go; first = go")
    project.edit("cli.py", text.replace("Old", "New").replace("1", "2"))
    assert live.check().events == ("swap cli:go",)
    assert live.value("go is first, go.help, go()") == (True, "New\nhelp.", 2)


def test_docstring_that_became_another_text(project: Project, live: Session) -> None:
    """Where a decorator made another text of the docstring, or had none to copy, it is applied again."""
    text = "from command import Loud\n@Loud\ndef go(): return 1\n"
    project({"command.py": HELP, "cli.py": text})
    live.cell("from cli import go; first = go")
    project.edit("cli.py", text.replace("return 1", "'new'"))
    live.check()
    assert live.value("go is first, go.text") == (True, "Loud: new")
    project.edit("cli.py", text.replace("return 1", "'newer'"))
    live.check()
    assert live.value("go is first, go.text") == (True, "Loud: newer")


# ---- the standard library


def edited(project: Project, live: Session, before: str, *changes: str, cell: str = "import m") -> None:
    """Import a module `m` with this text, and edit it by replacing texts: old, new, old, new ..."""
    project({"m.py": before})
    live.cell(cell)
    text = before
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    project.edit("m.py", text)
    assert live.check().failures == ()


DISPATCH = """
from functools import singledispatch
@singledispatch
def show(x): return "any"
@show.register
def _(x: int): return "int"
@show.register
def _(x: str): return "str"
"""


def test_implementation_that_goes_is_no_longer_dispatched(project: Project, live: Session) -> None:
    """A `singledispatch` function forgets the implementations of statements that went, and keeps the others."""
    edited(project, live, DISPATCH, '@show.register\ndef _(x: str): return "str"\n', "", cell="from m import show")
    assert live.value("show(1), show('x'), len(show.registry)") == ("int", "any", 2)


def test_implementation_of_another_type(project: Project, live: Session) -> None:
    """An implementation that is for another type now is not dispatched for the one before."""
    edited(project, live, DISPATCH, "x: str", "x: bytes", cell="from m import show; show('x')")
    assert live.value("show(1), show('x'), show(b'')") == ("int", "any", "str")


METHOD = """
from functools import singledispatchmethod
class A:
    @singledispatchmethod
    def f(self, x): return "any"
    @f.register
    def _(self, x: int): return "int"
"""


def test_functions_of_one_name_in_a_class_stay_apart(project: Project, live: Session) -> None:
    """Implementations that all have one name do not become each other when one comes or goes."""
    added = METHOD + '    @f.register\n    def _(self, x: str): return "str"\n'
    edited(project, live, METHOD, METHOD, added, cell="from m import A; a = A(); a.f(1)")
    assert live.value("a.f(1), a.f('')") == ("int", "str")
    project.edit("m.py", METHOD)
    live.check()
    assert live.value("a.f(1), a.f(''), a.f(b'')") == ("int", "any", "any")


OVERLOADS = """
from typing import overload
@overload
def f(x: int) -> int: ...
@overload
def f(x: str) -> str: ...
def f(x): return x
"""


@pytest.fixture
def _no_overloads() -> None:
    """Those of modules of earlier tests, which had the same name, are forgotten."""
    typing.clear_overloads()


def overloads(live: Session) -> list[str]:
    """What the overloads of `f` take, as `typing` says."""
    types: list[str] = live.value("[o.__annotations__['x'].__name__ for o in __import__('typing').get_overloads(f)]")
    return types


@pytest.mark.usefixtures("_no_overloads")
def test_overload_added_above_others(project: Project, live: Session) -> None:
    """Overloads that move are known by their new lines: one that comes does not take the place of another."""
    first = "@overload\ndef f(x: bytes) -> bytes: ...\n"
    edited(project, live, OVERLOADS, "import overload\n", "import overload\n" + first, cell="from m import f")
    assert overloads(live) == ["bytes", "int", "str"]


@pytest.mark.usefixtures("_no_overloads")
def test_overload_removed(project: Project, live: Session) -> None:
    """An overload that goes is forgotten."""
    edited(project, live, OVERLOADS, "@overload\ndef f(x: int) -> int: ...\n", "", cell="from m import f")
    assert overloads(live) == ["str"]


VIRTUAL = """
from abc import ABC
class S(ABC):
    @classmethod
    def __subclasshook__(cls, other): return True if hasattr(other, "go") else NotImplemented
class X: pass
class Y: pass
S.register(X)
S.register(Y)
class Z:
    def go(self): pass
"""


def test_virtual_subclass_that_is_no_longer_registered(project: Project, live: Session) -> None:
    """`S.register(X)` is undone when it goes; others stay registered."""
    cell = "from m import *; x, y, z = X(), Y(), Z(); [isinstance(each, S) for each in (x, y, z)]"
    edited(project, live, VIRTUAL, "S.register(X)\n", "", cell=cell)
    assert live.value("[isinstance(each, S) for each in (x, y, z)]") == [False, True, True]


def test_subclass_hook_is_asked_anew(project: Project, live: Session) -> None:
    """A `__subclasshook__` with another body is asked again about classes that it has judged."""
    cell = "from m import *; x, z = X(), Z(); [isinstance(each, S) for each in (x, z)]"
    edited(project, live, VIRTUAL, '"go"', '"stop"', cell=cell)
    assert live.value("[isinstance(each, S) for each in (x, z)]") == [True, False]


def test_registered_class_stays_registered(project: Project, live: Session) -> None:
    """A class that a decorator registers with an abstract one is an instance's virtual class after an edit."""
    text = "from abc import ABC\nclass S(ABC): pass\n@S.register\nclass X:\n    n = 1\n"
    edited(project, live, text, "n = 1", "n = 2", cell="from m import *; x = X(); first = X")
    assert live.value("isinstance(x, S), x.n, X is first") == (True, 2, True)


LOGGING = """
import logging
logger = logging.getLogger("of.this.test")
logger.handlers.clear()
logger.addHandler(logging.NullHandler())
logger.addHandler(logging.StreamHandler())
logger.setLevel(10)
"""


def test_handler_of_a_logger(project: Project, live: Session) -> None:
    """A handler goes with the statement that added it, and is replaced when that changes."""
    edited(project, live, LOGGING, "logging.StreamHandler()", "logging.StreamHandler(None)")
    kinds = "[type(each).__name__ for each in m.logger.handlers]"
    assert live.value(kinds) == ["NullHandler", "StreamHandler"]
    project.edit("m.py", LOGGING.replace("logger.addHandler(logging.StreamHandler())\n", ""))
    live.check()
    assert live.value(kinds) == ["NullHandler"]


def test_handlers_that_cannot_be_told_apart_stay(project: Project, live: Session) -> None:
    """If others have added handlers of the same kind, none is taken for the statement's own."""
    cell = "import m, logging; m.logger.addHandler(logging.StreamHandler())"
    edited(project, live, LOGGING, "logger.addHandler(logging.StreamHandler())\n", "", cell=cell)
    assert live.value("len(m.logger.handlers)") == 3


def test_warnings_filter(project: Project, live: Session) -> None:
    """A filter of `warnings` goes with its statement, and comes once with its new version."""
    text = "import warnings\nclass W(UserWarning): pass\nwarnings.filterwarnings('error', category=W)\n"
    edited(project, live, text, "'error'", "'ignore'")
    mine = "[f[0] for f in __import__('warnings').filters if f[2] is m.W]"
    assert live.value(mine) == ["ignore"]
    project.edit("m.py", text.replace("warnings.filterwarnings('error', category=W)\n", ""))
    live.check()
    assert live.value(mine) == []


@pytest.mark.skipif(not hasattr(signal, "SIGUSR2"), reason="a system without signals of the user's own")
def test_signal_handler(project: Project, live: Session) -> None:
    """A signal is Python's own again when the statement that handled it goes."""
    text = "import signal\ndef handler(*args): pass\nsignal.signal(signal.SIGUSR2, handler)\n"
    edited(project, live, text, "signal.signal(signal.SIGUSR2, handler)\n", "")
    assert signal.getsignal(signal.SIGUSR2) is signal.SIG_DFL


def test_failed_edit_takes_nothing_back(project: Project, live: Session) -> None:
    """What was taken back comes again if the reload fails."""
    project({"m.py": LOGGING})
    live.cell("import m; before = list(m.logger.handlers)")
    project.edit("m.py", LOGGING.replace("logger.addHandler(logging.StreamHandler())\n", "1 / 0\n"))
    assert live.check().failures
    assert live.value("m.logger.handlers == before")


# ---- what others have done


def test_attribute_set_from_outside_moves_with_the_class(project: Project, live: Session) -> None:
    """Where a new class must take the place of the old one, it has what the user set on that; its slots are its own."""
    text = "class A:\n    __slots__ = ('x',)\n    gone = 1\n"
    cell = "from m import A; A.extra = 'mine'"
    edited(project, live, text, "('x',)\n    gone = 1", "('x', 'y')", cell=cell)
    assert live.value("A.extra, hasattr(A, 'gone'), A.__slots__") == ("mine", False, ("x", "y"))


def test_frozen_objects_follow(project: Project, live: Session) -> None:
    """Functions that `gc.freeze` has hidden are found, and hidden again."""
    text = "def make(n):\n    def f(): return n\n    return f\n"
    try:
        edited(
            project,
            live,
            text,
            "return n",
            "return [n]",
            cell="import gc; from m import make; f = [make(1)]; gc.freeze()",
        )
        assert live.value("f[0](), gc.get_freeze_count() > 1000") == ([1], True)
    finally:
        gc.unfreeze()
