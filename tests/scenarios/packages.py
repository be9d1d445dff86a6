"""Packages, new and deleted files, and modules that become something else."""

from __future__ import annotations

from . import Edit, Scenario, sub


def adding(name: str, value: int = 1) -> str:
    """A module with one function, which a decorator of the module `reg` registers."""
    return f"from reg import add\n\n@add\ndef {name}():\n    return {value}\n"


SCENARIOS = (
    Scenario(
        "An `__init__` that re-exports is followed from its submodules.",
        {
            "kit/__init__.py": """
                from .tool import *
                from . import tool
                VERSION = 1
            """,
            "kit/tool.py": """
                __all__ = ['cut', 'SHARP']
                SHARP = 1

                def cut():
                    return SHARP
            """,
        },
        ("import kit", "from kit import cut, SHARP"),
        (
            Edit(
                {"kit/tool.py": sub("SHARP = 1", "SHARP = 2")},
                ("run kit.tool:2 SHARP = 2", "rebind kit.SHARP", "rebind __main__.SHARP"),
                same=("SHARP", "cut()", "kit.SHARP"),
            ),
            Edit(
                {"kit/__init__.py": sub("VERSION = 1", "VERSION = 2")},
                ("run kit:3 VERSION = 2",),
                same=("kit.VERSION",),
            ),
        ),
    ),
    Scenario(
        "A submodule that is added is imported by the edit that needs it.",
        {"kit/__init__.py": "", "kit/a.py": "X = 1\n"},
        ("import kit.a",),
        (
            Edit(
                {
                    "kit/b.py": "Y = 5\n",
                    "kit/a.py": """
                from .b import Y
                X = Y
            """,
                },
                same=("kit.a.X",),
            ),
            Edit(
                {"kit/b.py": "Y = 6\n"}, ("run kit.b:1 Y = 6", "rebind kit.a.Y", "run kit.a:2 X = Y"), same=("kit.a.X",)
            ),
        ),
    ),
    Scenario(
        "A name of a package that a submodule hides is the submodule.",
        {
            "kit/__init__.py": "from .run import run\n",
            "kit/run.py": """
            def run():
                return 1
        """,
        },
        ("import kit",),
        (Edit({"kit/run.py": sub("return 1", "return 2")}, ("swap kit.run:run",), same=("kit.run()",)),),
    ),
    Scenario(
        "A namespace package's modules are followed.",
        {
            "space/left.py": "X = 1\n",
            "space/right.py": """
            from space.left import X
            Y = X + 1
        """,
        },
        ("import space.right",),
        (
            Edit(
                {"space/left.py": "X = 2\n"},
                ("run space.left:1 X = 2", "rebind space.right.X", "run space.right:2 Y = X + 1"),
                same=("space.right.Y",),
            ),
        ),
    ),
    Scenario(
        "A module's code goes on when its file is deleted, and follows again when it is back.",
        {"a.py": "X = 1\n", "b.py": "Y = 1\n"},
        ("import a, b",),
        (
            Edit({"b.py": "Y = 2\n"}, ("run b:1 Y = 2",)),
            Edit({"a.py": sub("X = 1", "X = 3")}, ("run a:1 X = 3",), same=("a.X",)),
        ),
    ),
    Scenario(
        "An import inside a package that moves a name between submodules is followed.",
        {
            "kit/__init__.py": "",
            "kit/a.py": """
                def f():
                    return 'f'
            """,
            "kit/b.py": "",
            "use.py": "from kit.a import f\n",
        },
        ("import use, kit.b",),
        (
            Edit(
                {
                    "kit/a.py": "",
                    "kit/b.py": """
                    def f():
                        return 'f'
                """,
                    "use.py": "from kit.b import f\n",
                },
                same=("use.f()", "use.f is kit.b.f", "use.f.__module__"),
            ),
        ),
    ),
    Scenario(
        "A package attribute set by the import system stays when the `__init__` runs anew.",
        {"kit/__init__.py": "N = 1\n", "kit/a.py": "X = 1\n"},
        ("import kit.a",),
        (Edit({"kit/__init__.py": "N = 2\n"}, ("run kit:1 N = 2",), same=("kit.a.X", "kit.N")),),
        full=True,
    ),
    Scenario(
        "A deep relative import reads through packages.",
        {
            "top/__init__.py": "LEVEL = 1\n",
            "top/mid/__init__.py": "from .. import LEVEL\n",
            "top/mid/low.py": """
                from . import LEVEL as level
                from .. import LEVEL
                BOTH = (level, LEVEL)
            """,
        },
        ("import top.mid.low",),
        (Edit({"top/__init__.py": "LEVEL = 2\n"}, same=("top.mid.low.BOTH", "top.mid.LEVEL")),),
    ),
    Scenario(
        "Files of other encodings and line ends are read as Python reads them.",
        {
            "a.py": b"# -*- coding: latin-1 -*-\r\nX = '\xe9'\r\n\r\ndef f():\r\n    return X\r\n",
            "b.py": b"\xef\xbb\xbfY = '\xc3\xa9'\n",
        },
        ("import a, b",),
        (
            Edit(
                {"a.py": b"# -*- coding: latin-1 -*-\r\nX = '\xe8'\r\n\r\ndef f():\r\n    return X * 2\r\n"},
                ("swap a:f", "run a:2 X = '\xe8'"),
                same=("a.f()",),
            ),
            Edit({"b.py": b"\xef\xbb\xbfY = '\xc3\xa8'\n"}, ("run b:1 Y = '\xe8'",), same=("b.Y",)),
        ),
    ),
    Scenario(
        "A future import that comes changes how the module compiles.",
        {
            "a.py": """
            X = 1

            def f(n: X) -> X:
                return n
        """
        },
        ("import a", "f = a.f"),
        (
            Edit(
                {
                    "a.py": """
                    from __future__ import annotations
                    X = 1

                    def f(n: X) -> X:
                        return n
                """
                },
                same=("f.__annotations__",),
                holds=("f is a.f",),
            ),
        ),
    ),
    Scenario(
        "What a module defines goes on under the new name of its file.",
        {
            "pkg/__init__.py": "from .old import K, f\n",
            "pkg/old.py": """
                class K:
                    def m(self):
                        return 1

                    def gone(self):
                        return 0

                def f():
                    return K()

                DEFAULT = f()
            """,
        },
        ("import pkg", "from pkg import K, f", "k, held = K(), [f]"),
        (
            Edit(
                {
                    "pkg/__init__.py": "from .new import K, f\n",
                    "pkg/old.py": None,
                    "pkg/new.py": """
                        class K:
                            def m(self):
                                return 2

                        def f():
                            return K()

                        DEFAULT = f()
                    """,
                },
                same=("k.m()", "f().m()", "K.__module__", "f.__module__", "hasattr(k, 'gone')"),
                holds=(
                    "K is pkg.K is pkg.new.K",
                    "type(k) is K",
                    "type(pkg.new.DEFAULT) is K",
                    "held[0] is f is pkg.f",
                ),
                notes=("file-gone",),
            ),
            Edit({"pkg/new.py": sub("return 2", "return 3")}, same=("k.m()", "pkg.new.DEFAULT.m()")),
        ),
    ),
    Scenario(
        "A function of a module that becomes a package stays there, also if a part of the package has one like it.",
        {"gen.py": "def make(cls):\n    return [cls, 'of a class', 1]\n"},
        ("import gen", "from gen import make"),
        (
            Edit(
                {
                    "gen.py": None,
                    "gen/__init__.py": "from . import dicts\n\ndef make(cls):\n    return [cls, 'of a class', 2]\n",
                    "gen/dicts.py": "def make(cls):\n    return [cls, 'of a dict', 1]\n",
                },
                same=("gen.make.__module__", "make(0)", "gen.dicts.make(0)"),
                holds=("gen.make is make",),
            ),
        ),
    ),
    Scenario(
        "The code of a module that becomes a package names the package's file.",
        {"a.py": "X = 1\n\ndef f():\n    def g():\n        return 1\n    return g\n"},
        ("import a", "from a import f", "g = f()"),
        (
            Edit(
                {"a.py": None, "a/__init__.py": "X = 1\n\ndef f():\n    def g():\n        return 1\n    return g\n"},
                same=("f.__code__.co_filename[-13:]", "f().__code__.co_filename[-13:]"),
                holds=("f is a.f", "g.__code__.co_filename == a.__file__"),
            ),
        ),
    ),
    Scenario(
        "A name that had covered a submodule gives way to it when it goes.",
        {
            "pkg/__init__.py": "from pkg.codes import codes\nimport pkg.user\n",
            "pkg/codes.py": "codes = {}\n",
            "pkg/user.py": "import pkg.codes\n",
        },
        ("import pkg",),
        (Edit({"pkg/__init__.py": "import pkg.user\n"}, same=("pkg.codes.__name__", "pkg.codes.codes")),),
    ),
    Scenario(
        "A definition that goes to a module that is there, from one that is gone, is still the same object.",
        {"old.py": "class K:\n    def m(self):\n        return 'old'\n", "new.py": "X = 1\n"},
        ("import new", "import sys", "from importlib import import_module"),
        (
            Edit(
                {"new.py": "X = 1\n\nclass K:\n    def m(self):\n        return 'new'\n", "old.py": None},
                before=("K = import_module('old').K; k = K()",),
                holds=("new.K is K", "k.m() == 'new'"),
                notes=("file-gone",),
            ),
        ),
    ),
    Scenario(
        "What a module had registered goes with its file, once nobody imports it, and comes again with it.",
        {
            "kit/__init__.py": "from .base import Base, KINDS\nfrom . import plain, round\n",
            "kit/base.py": """
                from collections import defaultdict

                KINDS, HOOKS = {}, defaultdict(list)

                def kind(name):
                    def decorate(cls):
                        KINDS[name] = cls
                        return cls
                    return decorate

                class Base:
                    below = []

                    def __init_subclass__(cls):
                        Base.below.append(cls)
            """,
            "kit/plain.py": "from .base import Base, kind\n\n@kind('plain')\nclass Plain(Base):\n    pass\n",
            "kit/round.py": """
                from .base import HOOKS, KINDS, Base, kind

                SEEN = []

                def radius():
                    return 1

                @kind("round")
                class Round(Base):
                    def size(self):
                        return radius()

                HOOKS["open"].append(radius)
                KINDS["other"] = Round
                Base.shape = "round"
            """,
        },
        ("import kit", "user_round = getattr(kit, 'round', None) and kit.round.Round()"),
        (
            Edit(
                {"kit/round.py": None, "kit/__init__.py": sub(", round", "")},
                before=("kit.round.SEEN.append(1)", "user_modules = [kit.round]"),
                same=("list(kit.KINDS)", "len(kit.Base.below)", "dict(kit.base.HOOKS)", "hasattr(kit.Base, 'shape')"),
                holds=("user_round.size() == 1",),
                notes=("file-gone",),
            ),
            Edit(
                {
                    "kit/round.py": """
                        from .base import HOOKS, KINDS, Base, kind

                        SEEN = []

                        def radius():
                            return 1

                        @kind("round")
                        class Round(Base):
                            def size(self):
                                return radius() + 1

                        HOOKS["open"].append(radius)
                        KINDS["other"] = Round
                        Base.shape = "round"
                    """,
                    "kit/__init__.py": sub("import plain", "import plain, round"),
                },
                same=("list(kit.KINDS)", "len(kit.Base.below)", "len(kit.base.HOOKS['open'])", "kit.Base.shape"),
                holds=(
                    "type(user_round) is kit.KINDS['other'] and user_round.size() == 2",
                    "kit.round is user_modules[0] and kit.round.SEEN == [1]",
                ),
                differs=("kit.round.SEEN",),
            ),
        ),
    ),
    Scenario(
        "A definition that moves to a new file, and back as the file goes, is still the same object.",
        {
            "old.py": """
                RATE = 2

                def rate(x):
                    return x * RATE

                class Till:
                    def total(self, x):
                        return rate(x)

                class Desk(Till):
                    def total(self, x):
                        return super().total(x) + 1
            """,
            "user.py": "from old import Desk, Till, rate\n\nTILL = Till()\n",
        },
        ("import user", "from old import Desk, Till, rate", "mine, desk, held = Till(), Desk(), [rate]"),
        (
            Edit(
                {
                    "old.py": "from new import RATE, Desk, Till, rate\n",
                    "new.py": """
                        RATE = 2

                        def rate(x):
                            return x * RATE

                        class Till:
                            def total(self, x):
                                return rate(x)

                        class Desk(Till):
                            def total(self, x):
                                return super().total(x) + 1
                    """,
                },
                same=("mine.total(1)", "desk.total(1)", "Till.__module__"),
                holds=("type(mine) is Till is user.Till", "isinstance(desk, Till)", "held[0] is rate is user.rate"),
            ),
            Edit(
                {
                    "new.py": None,
                    "old.py": """
                        RATE = 3

                        def rate(x):
                            return x * RATE

                        class Till:
                            def total(self, x):
                                return rate(x) + 5

                        class Desk(Till):
                            def total(self, x):
                                return super().total(x) + 1
                    """,
                },
                same=("mine.total(1)", "desk.total(1)", "held[0](1)", "Till.__module__", "rate.__module__"),
                holds=("type(mine) is Till is user.Till", "isinstance(desk, Till)", "held[0] is rate is user.rate"),
                notes=("file-gone",),
            ),
            Edit(
                {"old.py": sub("RATE = 3", "RATE = 4")}, same=("mine.total(1)", "user.TILL.total(1)", "desk.total(1)")
            ),
        ),
    ),
    Scenario(
        "A file gets another name, and its old one back: its definitions are the same objects all the time.",
        {
            "kit/__init__.py": "from .first import Tool\nfrom . import loose\n",
            "kit/loose.py": "def loose():\n    return 1\n",
            "kit/first.py": "class Tool:\n    def use(self):\n        return 1\n",
        },
        ("import kit", "from kit import Tool", "tool = Tool()"),
        (
            Edit(
                {
                    "kit/__init__.py": "from .other import Tool\nfrom . import slack\n",
                    "kit/loose.py": None,
                    "kit/slack.py": "def loose():\n    return 1\n",
                    "kit/first.py": None,
                    "kit/other.py": "class Tool:\n    def use(self):\n        return 1\n",
                },
                before=("user_loose = kit.loose.loose",),
                same=("Tool.__module__", "type(tool) is Tool is kit.Tool"),
                holds=("user_loose is kit.slack.loose",),
                notes=("file-gone", "file-gone"),
            ),
            Edit(
                {
                    "kit/__init__.py": "from .first import Tool\nfrom . import loose\n",
                    "kit/slack.py": None,
                    "kit/loose.py": "def loose():\n    return 1\n",
                    "kit/other.py": None,
                    "kit/first.py": "class Tool:\n    def use(self):\n        return 1\n",
                },
                same=("Tool.__module__", "type(tool) is Tool is kit.Tool"),
                holds=("user_loose is kit.loose.loose",),
                notes=("file-gone", "file-gone"),
            ),
            Edit({"kit/first.py": sub("return 1", "return 2")}, ("swap kit.first:Tool.use",), same=("tool.use()",)),
        ),
    ),
    Scenario(
        "Who holds methods or a run of a generator of what moves to a new file has the methods that are there.",
        {
            "old.py": """
                BASE = 1

                def count(n):
                    for i in range(n):
                        yield i + BASE

                class Desk:
                    def total(self):
                        return BASE

                    @staticmethod
                    def plain():
                        return BASE

                    @classmethod
                    def made(cls):
                        return BASE
            """
        },
        (
            "from old import Desk, count",
            "desk = Desk()",
            "total, plain, made, any_desk = desk.total, Desk.plain, Desk.made, [Desk.total]",
        ),
        (
            Edit(
                {
                    "old.py": "from new import BASE, Desk, count\n",
                    "new.py": """
                        BASE = 2

                        def count(n):
                            for i in range(n):
                                yield i + BASE

                        class Desk:
                            def total(self):
                                return BASE

                            @staticmethod
                            def plain():
                                return BASE

                            @classmethod
                            def made(cls):
                                return BASE
                    """,
                },
                before=("user_run = count(3); user_first = next(user_run)",),
                same=("total()", "plain()", "made()", "any_desk[0](desk)"),
                holds=("user_first == 1", "total.__func__ is Desk.total is any_desk[0]", "plain is Desk.plain"),
            ),
            Edit({"new.py": sub("return BASE", "return BASE + 1")}, same=("total()", "plain()", "made()")),
        ),
    ),
    Scenario(
        "A base that is told of its subclasses moves to a new file with its registry, and back.",
        {
            "kit/__init__.py": """
                FOUND = {}

                class Command:
                    def __init_subclass__(cls, name=None):
                        if name:
                            FOUND[name] = cls

                from . import build
            """,
            "kit/build.py": "from . import Command\n\nclass Build(Command, name='build'):\n    pass\n",
        },
        ("import kit", "from kit import FOUND", "made = kit.build.Build()"),
        (
            Edit(
                {
                    "kit/base.py": """
                        FOUND = {}

                        class Command:
                            def __init_subclass__(cls, name=None):
                                if name:
                                    FOUND[name] = cls
                    """,
                    "kit/__init__.py": "from .base import FOUND, Command\n\nfrom . import build\n",
                },
                same=("list(FOUND)", "FOUND is kit.FOUND", "type(made) is FOUND['build']"),
            ),
            Edit(
                {
                    "kit/base.py": None,
                    "kit/__init__.py": """
                        FOUND = {}

                        class Command:
                            def __init_subclass__(cls, name=None):
                                if name:
                                    FOUND[name] = cls

                        from . import build
                    """,
                },
                same=("list(FOUND)", "FOUND is kit.FOUND", "type(made) is FOUND['build']"),
                notes=("file-gone",),
            ),
        ),
    ),
    Scenario(
        "A package that imports what it finds in its folder has the modules that come, and has not those that go.",
        {
            "core.py": """
                TABLE = {}

                def plugin(function):
                    TABLE[function.__name__] = function
                    return function
            """,
            "plugins/__init__.py": """
                import pkgutil
                from importlib import import_module

                FOUND = {each.name: import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)}

                from core import TABLE

                NAMES = sorted(TABLE)
                RUN = {name: module.run() for name, module in FOUND.items()}
            """,
            "plugins/one.py": """
                from core import plugin

                @plugin
                def first():
                    return 1

                def run():
                    return "one"
            """,
            "listed/__init__.py": """
                from pathlib import Path

                def modules():
                    return sorted(each.stem for each in Path(__file__).parent.glob("*.py") if each.stem != "__init__")

                __all__ = modules()
            """,
            "listed/left.py": "SIDE = 1",
            "user.py": """
                from listed import *

                SIDES = [left.SIDE]
            """,
        },
        ("import core, plugins, user", "found = plugins.FOUND['one']"),
        (
            Edit(
                {
                    "plugins/two.py": """
                        from core import plugin

                        @plugin
                        def second():
                            return 2

                        def run():
                            return "two"
                    """,
                    "listed/right.py": "SIDE = 2",
                },
                same=("plugins.NAMES, plugins.RUN, sorted(plugins.FOUND)", "user.right.SIDE"),
                holds=("plugins.FOUND['one'] is found",),
            ),
            Edit({"plugins/two.py": sub("two", "second")}, same=("plugins.NAMES, plugins.RUN",)),
            Edit({"plugins/notes.txt": "nothing"}, events=()),
            Edit(
                {"plugins/three.py": "def run():\n    return 1 / 0\n"},
                fails="ZeroDivisionError",
            ),
            Edit({"plugins/three.py": "def run():\n    return 3\n"}, same=("plugins.RUN",)),
            Edit(
                {"plugins/three.py": None},
                same=("plugins.RUN, sorted(plugins.FOUND)",),
                notes=("file-gone",),
                differs=("plugins.three",),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "Of what shares its lines with others, and has odd characters in it, only what registers goes with the file.",
        {
            "reg.py": "ROUTES = []\n\ndef add(f):\n    ROUTES.append(f)\n    return f\n",
            "plug.py": """
                from reg import ROUTES, add

                TEXT = "äöü\u2028\x85"; add("ü"); MORE = "ß"; add(
                    "ö"); LAST = 1
                \x0c
                @add
                def hook():
                    return "\x0c"

                PAGE = '''
                \x1c\x0c
                '''
                ROUTES += ["more"]
                one = add(lambda: 1)
                one_more: object = add(object())
            """,
            "app.py": "import reg\nimport plug\n",
        },
        ("import app, reg",),
        (
            Edit(
                {"plug.py": None, "app.py": "import reg\n"},
                before=("held = [app.plug]",),
                same=("reg.ROUTES",),
                holds=("held[0].LAST == 1 and held[0].hook()",),
                notes=("file-gone",),
            ),
        ),
    ),
    Scenario(
        "What came back and is imported by nobody registers nothing, until somebody imports it.",
        {
            "reg.py": "ROUTES = []\n\ndef add(f):\n    ROUTES.append(f.__name__)\n    return f\n",
            "inner.py": adding("inner"),
            "plug.py": "import inner\nfrom reg import add\n\n@add\ndef hook():\n    return 1\n",
            "app.py": "import reg\nimport plug\n",
        },
        ("import app, reg",),
        (
            Edit(
                {"plug.py": None, "inner.py": None, "app.py": "import reg\n"},
                same=("reg.ROUTES",),
                notes=("file-gone", "file-gone"),
            ),
            Edit(
                {
                    "inner.py": adding("inner", 2),
                    "plug.py": "import inner\nfrom reg import add\n\n@add\ndef hook():\n    return 1\n",
                },
                events=(),
                same=("reg.ROUTES",),
            ),
            Edit({"app.py": "import reg\nimport plug\n"}, same=("reg.ROUTES", "app.plug.inner.inner()")),
        ),
    ),
    Scenario(
        "Nothing happens to what cells or texts import while its file is away, nor when it is back.",
        {
            "reg.py": "ROUTES = []\n\ndef add(f):\n    ROUTES.append(f.__name__)\n    return f\n",
            "named.py": adding("named"),
            "kit/__init__.py": "",
            "kit/built.py": adding("built"),
            "typed.py": adding("typed"),
            "part.py": adding("part"),
            "called.py": adding("called"),
            "other.py": "N = 1\n",
            "app.py": """
                import importlib
                import reg

                importlib.import_module("named")
                for name in ("built",):
                    importlib.import_module(f"kit.{name}")
            """,
        },
        ("import app, other, reg, typed", "from part import part", "import_called = __import__('called').called"),
        (
            Edit(
                {
                    **dict.fromkeys(("named.py", "kit/built.py", "typed.py", "part.py", "called.py"), None),
                    "other.py": "N = 2\n",
                },
                events=("run other:1 N = 2",),
                holds=("len(reg.ROUTES) == 5",),
                fresh=("import other",),
                same=("other.N",),
                notes=("file-gone",) * 5,
            ),
            Edit(
                {
                    "named.py": adding("named"),
                    "kit/built.py": adding("built"),
                    "typed.py": adding("typed"),
                    "part.py": adding("part"),
                    "called.py": adding("called"),
                },
                events=(),
                fresh=(
                    "import app, other, reg, typed",
                    "from part import part",
                    "import_called = __import__('called').called",
                ),
            ),
        ),
    ),
    Scenario(
        "A plugin that is named no more goes with its file, also where its name was computed for the import.",
        {
            "reg.py": "ROUTES = []\n\ndef add(f):\n    ROUTES.append(f.__name__)\n    return f\n",
            "settings.py": "PLUGINS = ['one', 'two']\n",
            "kit/__init__.py": "",
            "kit/one.py": adding("one"),
            "kit/two.py": adding("two", 2),
            "app.py": """
                from importlib import import_module
                import reg
                import settings

                for name in settings.PLUGINS:
                    import_module("kit." + name)
            """,
        },
        ("import app, reg",),
        (
            Edit(
                {"kit/two.py": None, "settings.py": "PLUGINS = ['one']\n"},
                same=("reg.ROUTES",),
                notes=("file-gone",),
                differs=("kit.two",),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "A package that comes to list its folder by an edit has the modules that come, until it lists no more.",
        {
            "plugins/__init__.py": """
                import importlib, os
                FOUND = []
                STATE = []

                def load():
                    return []

                load()
            """,
            "plugins/one.py": "from plugins import FOUND\nFOUND.append('one')\n",
        },
        ("import plugins", "state = plugins.STATE"),
        (
            Edit(
                {
                    "plugins/__init__.py": sub(
                        "return []",
                        "for name in sorted(os.listdir(os.path.dirname(__file__))):\n"
                        "        if name.endswith('.py') and name[0] != '_':\n"
                        "            importlib.import_module(f'{__name__}.{name[:-3]}')",
                    )
                },
                same=("plugins.FOUND",),
            ),
            Edit({"plugins/two.py": "from plugins import FOUND\nFOUND.append('two')\n"}, same=("plugins.FOUND",)),
            Edit({"plugins/__init__.py": sub("os.listdir(os.path.dirname(__file__))", "['one.py', 'two.py']")}),
            Edit({"plugins/three.py": "1 / 0"}, events=(), holds=("plugins.STATE is state",)),
        ),
    ),
    Scenario(
        "A statement that lists modules runs again when one comes, not one that lists other files.",
        {
            "shop/__init__.py": """
                import importlib, pkgutil
                from pathlib import Path

                class Pages:
                    def __init__(self, files):
                        self.files = [file.name for file in files]
                        self.read = {}

                HERE = Path(__file__).parent
                PAGES = Pages(HERE.glob("*.html"))
                NAMES = sorted(each.name for each in pkgutil.iter_modules(__path__))
                STEMS = sorted(file.stem for file in HERE.iterdir() if file.suffix != ".html" and file.stem[0] != "_")
                PARTS = [importlib.import_module(f"{__name__}.{name}") for name in NAMES]
            """,
            "shop/cart.py": "",
        },
        ("import shop", "pages = shop.PAGES", "pages.read[1] = 2"),
        (
            Edit(
                {"shop/till.py": ""},
                same=("shop.NAMES", "[part.__name__ for part in shop.PARTS]"),
                holds=("shop.PAGES is pages and pages.read == {1: 2}",),
                differs=("shop.PAGES",),
            ),
        ),
    ),
    Scenario(
        "What is computed of what plugins have registered follows when one of them changes, comes, goes and returns.",
        {
            "app/__init__.py": "",
            "reg.py": "ITEMS = {}\n\ndef add(f):\n    ITEMS[f.__name__] = f\n    return f\n",
            "app/plugins/__init__.py": """
                import importlib
                import pkgutil

                for each in pkgutil.iter_modules(__path__):
                    importlib.import_module(f"{__name__}.{each.name}")
            """,
            "app/plugins/one.py": adding("one"),
            "app/plugins/two.py": adding("two"),
            "shop.py": "import app.plugins\nfrom reg import ITEMS\n\nNAMES = sorted(ITEMS)\n",
        },
        ("import shop", "items = shop.ITEMS"),
        (
            Edit({"app/plugins/two.py": sub("def two", "def second")}, same=("shop.NAMES, sorted(items)",)),
            Edit(
                {"app/plugins/two.py": None},
                same=("shop.NAMES, sorted(items)",),
                notes=("file-gone",),
                differs=("app.plugins.two",),
            ),
            Edit(
                {"app/plugins/two.py": adding("two")},
                same=("shop.NAMES, sorted(items)",),
                holds=("items is shop.ITEMS",),
            ),
            Edit(
                {"app/plugins/zoo.py": adding("zoo")},
                same=("shop.NAMES, sorted(items)",),
            ),
        ),
        recorded=True,
    ),
)
