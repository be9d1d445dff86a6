"""Objects that units of the user's modules share, among themselves and with the standard library."""

from __future__ import annotations

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
