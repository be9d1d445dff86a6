"""Names that travel: from-imports, stars, aliases, re-exports, relative imports, cycles, cells."""

from __future__ import annotations

from . import Edit, Scenario, add, sub

SCENARIOS = (
    Scenario(
        "A from-import follows the value.",
        {
            "tariff.py": "RATE = 3\n",
            "invoice.py": """
            from tariff import RATE

            def due(n):
                return n * RATE
        """,
        },
        ("import invoice", "from tariff import RATE as rate"),
        (
            Edit(
                {"tariff.py": "RATE = 4\n"},
                ("run tariff:1 RATE = 4", "rebind invoice.RATE", "rebind __main__.rate"),
                same=("invoice.due(2)", "rate"),
            ),
        ),
    ),
    Scenario(
        "An alias follows under its own name.",
        {"tariff.py": "RATE = 3\n", "invoice.py": "from tariff import RATE as CHARGE\n"},
        ("import invoice",),
        (
            Edit(
                {"tariff.py": "RATE = 4\n"},
                ("run tariff:1 RATE = 4", "rebind invoice.CHARGE"),
                same=("invoice.CHARGE",),
            ),
        ),
    ),
    Scenario(
        "A star import follows values and brings new names.",
        {
            "words.py": """
            GREEN = 'g'
            _hidden = 0
        """,
            "page.py": """
            from words import *
            TITLE = GREEN * 2
        """,
        },
        ("import page", "from words import *"),
        (
            Edit(
                {
                    "words.py": """
                    GREEN = 'gr'
                    BLUE = 'b'
                    _hidden = 0
                """
                },
                (
                    "run words:1 GREEN = 'gr'",
                    "rebind page.GREEN",
                    "rebind __main__.GREEN",
                    "run words:2 BLUE = 'b'",
                    "rebind page.BLUE",
                    "rebind __main__.BLUE",
                    "run page:2 TITLE = GREEN * 2",
                ),
                same=("page.TITLE", "BLUE", "GREEN"),
            ),
        ),
    ),
    Scenario(
        "A name that leaves a star-imported module leaves its importers, and returns with its source.",
        {
            "words.py": """
            GREEN = 'g'
            BLUE = 'b'
        """,
            "page.py": "from words import *\n",
        },
        ("import page",),
        (
            Edit(
                {"words.py": "GREEN = 'g'\n"},
                ("remove words.BLUE", "remove page.BLUE"),
                same=("hasattr(page, 'BLUE')",),
            ),
            Edit(
                {
                    "words.py": """
                    GREEN = 'g'
                    BLUE = 'b'
                """
                },
                ("run words:2 BLUE = 'b'", "rebind page.BLUE"),
                same=("page.BLUE",),
            ),
        ),
    ),
    Scenario(
        "An edit of `__all__` changes what a star import gives.",
        {
            "words.py": """
            __all__ = ['GREEN']
            GREEN = 'g'
            BLUE = 'b'
        """,
            "page.py": "from words import *\n",
        },
        ("import page",),
        (
            Edit({"words.py": sub("['GREEN']", "['GREEN', 'BLUE']")}, same=("page.BLUE",)),
            Edit({"words.py": sub("['GREEN', 'BLUE']", "['BLUE']")}, same=("hasattr(page, 'GREEN')", "page.BLUE")),
        ),
    ),
    Scenario(
        "A re-export passes a value on through two modules and a package.",
        {
            "shelf/__init__.py": "from .deep import DEPTH\n",
            "shelf/deep.py": "from .floor import DEPTH\n",
            "shelf/floor.py": "DEPTH = 10\n",
            "client.py": """
                from shelf import DEPTH as d
                DOUBLE = d * 2
            """,
        },
        ("import client", "from client import DOUBLE"),
        (
            Edit(
                {"shelf/floor.py": "DEPTH = 11\n"},
                (
                    "run shelf.floor:1 DEPTH = 11",
                    "rebind shelf.deep.DEPTH",
                    "rebind shelf.DEPTH",
                    "rebind client.d",
                    "run client:2 DOUBLE = d * 2",
                    "rebind __main__.DOUBLE",
                ),
                same=("DOUBLE", "client.d"),
            ),
        ),
    ),
    Scenario(
        "Relative imports with one and two dots follow.",
        {
            "firm/__init__.py": "",
            "firm/base.py": "NAME = 'Ltd'\n",
            "firm/desk/__init__.py": "",
            "firm/desk/card.py": """
                from ..base import NAME
                from . import ink
                LINE = NAME + ink.COLOUR
            """,
            "firm/desk/ink.py": "COLOUR = 'red'\n",
        },
        ("import firm.desk.card",),
        (
            Edit({"firm/base.py": "NAME = 'Inc'\n"}, same=("firm.desk.card.LINE",)),
            Edit(
                {"firm/desk/ink.py": "COLOUR = 'blue'\n"},
                ("run firm.desk.ink:1 COLOUR = 'blue'", "run firm.desk.card:3 LINE = NAME + ink.COLOUR"),
                same=("firm.desk.card.LINE",),
            ),
        ),
    ),
    Scenario(
        "Modules that import each other in a circle are run in the order of a fresh import.",
        {
            "left.py": """
                BASE = 1
                import right
                TOTAL = BASE + right.PART
            """,
            "right.py": """
                import left
                PART = left.BASE * 10
            """,
        },
        ("import left",),
        (
            Edit(
                {"left.py": sub("BASE = 1", "BASE = 2")},
                ("run left:1 BASE = 2", "run right:2 PART = left.BASE * 10", "run left:3 TOTAL = BASE + right.PART"),
                same=("left.TOTAL", "left.right.PART"),
            ),
        ),
    ),
    Scenario(
        "A module read through its attribute is read as a name is.",
        {
            "store.py": """
            LIMIT = 5
            OTHER = 0
        """,
            "door.py": """
            import store as s
            HALF = s.LIMIT // 2
            SEEN = s.OTHER
        """,
        },
        ("import door",),
        (
            Edit(
                {"store.py": sub("LIMIT = 5", "LIMIT = 9")},
                ("run store:1 LIMIT = 9", "run door:2 HALF = s.LIMIT // 2"),
                same=("door.HALF",),
            ),
        ),
    ),
    Scenario(
        "An import that was added gives its name, one that went takes it along.",
        {
            "a.py": """
            ONE = 1
            TWO = 2
        """,
            "b.py": "from a import ONE\n",
        },
        ("import b",),
        (
            Edit({"b.py": "from a import ONE, TWO\n"}, ("run b:1 from a import ONE, TWO",), same=("b.TWO",)),
            Edit({"b.py": "from a import TWO\n"}, ("remove b.ONE",), same=("hasattr(b, 'ONE')",)),
            Edit(
                {
                    "a.py": """
                ONE = 1
                TWO = 3
            """
                },
                ("run a:2 TWO = 3", "rebind b.TWO"),
                same=("b.TWO",),
            ),
        ),
    ),
    Scenario(
        "An import from another module brings the other object, and leaves the first as it was.",
        {
            "a.py": """
                def f():
                    return 'a'
            """,
            "c.py": """
                def f():
                    return 'c'
            """,
            "b.py": """
                from a import f
                import c
            """,
        },
        ("import a, b, c", "from b import f"),
        (
            Edit(
                {
                    "b.py": """
                    from c import f
                    import c
                """
                },
                ("run b:1 from c import f", "rebind __main__.f"),
                same=("f()", "a.f()", "b.f is c.f"),
            ),
        ),
    ),
    Scenario(
        "A name that the user has assigned since the import stays the user's.",
        {"a.py": "SIZE = 1\n", "b.py": "from a import SIZE\n"},
        ("import a, b", "from a import SIZE"),
        (
            Edit(
                {"a.py": "SIZE = 2\n"},
                ("run a:1 SIZE = 2",),
                before=("SIZE = 'mine'\nb.SIZE = 'mine too'",),
                holds=("SIZE == 'mine'", "b.SIZE == 'mine too'", "a.SIZE == 2"),
                differs=("b.SIZE",),
            ),
        ),
    ),
    Scenario(
        "Imports under `try`, `if` and `with`, and in functions by `global`, are followed.",
        {
            "a.py": """
                X = 1
                Y = 1
                Z = 1
                W = 1
            """,
            "b.py": """
                import contextlib

                try:
                    from a import X
                except ImportError:
                    X = None
                if X:
                    from a import Y
                with contextlib.suppress(ImportError):
                    from a import Z

                def late():
                    global W
                    from a import W

                late()
            """,
        },
        ("import b",),
        (
            Edit(
                {
                    "a.py": """
            X = 2
            Y = 2
            Z = 2
            W = 2
        """
                },
                same=("(b.X, b.Y, b.Z, b.W)",),
            ),
        ),
    ),
    Scenario(
        "An optional import that begins to work is taken at the next edit.",
        {
            "b.py": """
            try:
                import extra
            except ImportError:
                extra = None
            HAS = extra is not None
        """
        },
        ("import b",),
        (
            Edit(
                {
                    "extra.py": "X = 1\n",
                    "b.py": """
                        try:
                            import extra
                            OK = 1
                        except ImportError:
                            extra = None
                        HAS = extra is not None
                    """,
                },
                same=("b.HAS", "b.extra.X", "b.OK"),
            ),
        ),
    ),
    Scenario(
        "A `TYPE_CHECKING` block binds nothing and is no binder.",
        {
            "a.py": """
                class Thing:
                    pass
            """,
            "b.py": """
                from typing import TYPE_CHECKING
                if TYPE_CHECKING:
                    from a import Thing

                def make() -> 'Thing':
                    return 1
            """,
        },
        ("import a, b",),
        (Edit({"b.py": sub("return 1", "return 2")}, ("swap b:make",), same=("b.make()", "hasattr(b, 'Thing')")),),
    ),
    Scenario(
        "A name of an import that has gone from its source goes from the importer too.",
        {
            "a.py": """
            ONE = 1
            TWO = 2
        """,
            "b.py": """
            from a import ONE, TWO
            USED = ONE
        """,
        },
        ("import b",),
        (
            Edit(
                {
                    "a.py": "ONE = 1\n",
                    "b.py": """
                    from a import ONE
                    USED = ONE
                """,
                },
                ("remove a.TWO", "remove b.TWO"),
                same=("hasattr(b, 'TWO')",),
            ),
        ),
    ),
    Scenario(
        "A lazily imported module is followed from its first import on.",
        {
            "lazy.py": "VALUE = 1\n",
            "b.py": """
            def get():
                from lazy import VALUE
                return VALUE
        """,
        },
        ("import b", "b.get()"),
        (Edit({"lazy.py": "VALUE = 2\n"}, ("run lazy:1 VALUE = 2",), same=("b.get()",)),),
    ),
    Scenario(
        "A module's `__getattr__` and `__dir__` follow as functions do.",
        {
            "a.py": """
            def __getattr__(name):
                if name == 'old':
                    return 1
                raise AttributeError(name)
        """
        },
        ("import a", "a.old"),
        (Edit({"a.py": sub("return 1", "return 2")}, ("swap a:__getattr__",), same=("a.old",)),),
    ),
    Scenario(
        "A cell that imports twice, by two ways, has both names right.",
        {
            "a.py": """
            def f():
                return 1
        """,
            "b.py": "from a import f as g\n",
        },
        ("from a import f", "from b import g", "import a"),
        (
            Edit(
                {
                    "a.py": """
            def f(x=2):
                return x
        """
                },
                ("run a:1 def f",),
                same=("f()", "g()", "f is g is a.f"),
            ),
        ),
    ),
    Scenario(
        "An alias of an import that changes takes the old alias away.",
        {"a.py": "X = 1\n", "b.py": "from a import X as one\n"},
        ("import b",),
        (
            Edit(
                {"b.py": "from a import X as eins\n"},
                ("remove b.one", "run b:1 from a import X as eins"),
                same=("b.eins", "hasattr(b, 'one')"),
            ),
        ),
    ),
    Scenario(
        "A new module is imported by the edit that asks for it, and is followed from then on.",
        {"b.py": "X = 1\n"},
        ("import b",),
        (
            Edit(
                {
                    "fresh.py": "Y = 2\n",
                    "b.py": """
                from fresh import Y
                X = Y
            """,
                },
                same=("b.X",),
            ),
            Edit({"fresh.py": "Y = 3\n"}, ("run fresh:1 Y = 3", "rebind b.Y", "run b:2 X = Y"), same=("b.X",)),
        ),
    ),
    Scenario(
        "Whoever goes through all names of a module has read each of them.",
        {
            "c.py": """
                LIMIT = 1
                NAMES = ['a']
            """,
            "a.py": """
                import c
                import importlib

                UPPER = {k: v for k, v in vars(c).items() if k.isupper()}
                BY_DICT = c.__dict__['LIMIT']
                NAMES = [n for n in dir(c) if n[0] != '_']
                name = 'LIM' + 'IT'
                ASKED = getattr(c, name)
                MODULES = [c]
                FOUND = [m.LIMIT for m in MODULES]
                IMPORTED = __import__('c').LIMIT + importlib.import_module('c').LIMIT

                def option(name):
                    return getattr(c, name, None)

                OPTION = option('LIMIT')
                MISSING = getattr(c, 'MORE', 0)
            """,
        },
        ("import a",),
        (
            Edit(
                {"c.py": sub("LIMIT = 1", "LIMIT = 2")},
                same=("a.UPPER", "a.BY_DICT", "a.ASKED", "a.FOUND", "a.IMPORTED", "a.OPTION"),
            ),
            Edit({"c.py": add("MORE = 3\n")}, same=("a.UPPER", "a.NAMES", "a.MISSING")),
        ),
    ),
    Scenario(
        "A module imported in a class body is read there.",
        {
            "c.py": """
                LIMIT = 1
            """,
            "a.py": """
                class A:
                    import c

                    top = c.LIMIT
            """,
        },
        ("import a",),
        (Edit({"c.py": sub("1", "2")}, same=("a.A.top",)),),
    ),
    Scenario(
        "A `try` that imports runs again if it uses what it imported, or handles that it is not there.",
        {
            "c.py": """
                LIMIT = 1
                EXTRA = 1
            """,
            "a.py": """
                try:
                    from c import LIMIT as top
                except ImportError:
                    top = 0
                else:
                    next_one = top + 1
                try:
                    from c import EXTRA
                except ImportError:
                    EXTRA = None
                HAS = EXTRA is not None
            """,
        },
        ("import a",),
        (
            Edit({"c.py": sub("LIMIT = 1", "LIMIT = 2")}, same=("a.top", "a.next_one")),
            Edit({"c.py": sub("EXTRA = 1\n", "")}, same=("a.EXTRA", "a.HAS")),
            Edit({"c.py": add("EXTRA = 3\n")}, same=("a.EXTRA", "a.HAS")),
        ),
    ),
    Scenario(
        "Of two star imports, or a star import and an assignment, the last one gives the name.",
        {
            "c.py": """
                Y = 1
            """,
            "d.py": """
                Z = 1
            """,
            "a.py": """
                X = 'own'
                from c import *
                from d import *
                D = X
            """,
        },
        ("import a",),
        (
            Edit({"c.py": add("X = 2\n")}, same=("a.X", "a.D")),
            Edit({"d.py": add("X = 3\n")}, same=("a.X", "a.D")),
            Edit({"d.py": sub("X = 3\n", "")}, same=("a.X", "a.D")),
            Edit({"c.py": sub("X = 2\n", "")}, same=("a.X", "a.D")),
        ),
    ),
    Scenario(
        "A decorator that appends to `__all__` gives its function to star importers.",
        {
            "c.py": """
                __all__ = []

                def public(f):
                    __all__.append(f.__name__)
                    return f

                @public
                def f():
                    return 1

                def g():
                    return 2
            """,
            "a.py": """
                from c import *
            """,
        },
        ("import a",),
        (Edit({"c.py": sub("def g()", "@public\ndef g()")}, same=("a.g()", "hasattr(a, 'f')")),),
    ),
    Scenario(
        "A module's `__getattr__` is not asked for a name that nobody imports any more.",
        {
            "old.py": "ALL = 1\nNONE = 0\n",
            "a.py": "from old import ALL\nX = 1\n",
        },
        ("import a, old",),
        (
            Edit(
                {
                    "old.py": """
                        _ALL = 1

                        def __getattr__(name):
                            try:
                                value = globals()[name] = globals()["_" + name]
                            except KeyError:
                                raise AttributeError(name) from None
                            return value
                    """,
                    "a.py": "X = 2\n",
                },
                same=("'ALL' in vars(old)",),
            ),
        ),
    ),
    Scenario(
        "A definition that moves under `if TYPE_CHECKING` is gone.",
        {
            "a.py": """
                from typing import TYPE_CHECKING

                class Options(dict):
                    width: int
            """,
        },
        ("import a",),
        (
            Edit(
                {
                    "a.py": sub(
                        "class Options(dict):\n    width", "if TYPE_CHECKING:\n    class Options(dict):\n        width"
                    )
                },
                same=("hasattr(a, 'Options')",),
            ),
        ),
    ),
    Scenario(
        "A star import that goes brings nothing new, and one that comes covers nothing that was set from outside.",
        {
            "c.py": "N = 1\n",
            "other.py": "Z = 1\n",
            "a.py": "from c import *\nX = 1\n",
            "b.py": "from other import *\nY = 1\n",
        },
        ("import a, b, c, other", "b.mark, c.mark, other.mark = 'b', 'c', 'other'"),
        (
            Edit(
                {
                    "c.py": "N = 1\nM = 2\n",
                    "a.py": "X = 1\n",
                    "b.py": "from other import *\nY = 1\nfrom c import *\n",
                },
                same=("hasattr(a, 'M')", "b.M"),
                holds=("b.mark == 'b'",),
            ),
        ),
    ),
    Scenario(
        "A name that is imported twice is rebound, and no import runs again for it.",
        {"c.py": "N = 1\n", "a.py": "from c import N\nfrom c import N\nD = N\n"},
        ("import a, c",),
        (Edit({"c.py": sub("1", "2")}, ("run c:1 N = 2", "rebind a.N", "run a:3 D = N"), same=("a.D",)),),
    ),
    Scenario(
        "A name that one star import gives no more is had of another one that gives it.",
        {
            "t/__init__.py": "from .base import *\nfrom .made import *\n",
            "t/base.py": "class B:\n    pass\n\nN = 1\n",
            "t/made.py": "from .base import B\n\nN = 2\n\nclass D(B):\n    pass\n",
        },
        ("import t, t.base, t.made", "from t import N"),
        (
            Edit({"t/made.py": sub("N = 2", "__all__ = ['D']\nN = 2")}, same=("t.N", "N")),
            Edit({"t/made.py": sub("__all__ = ['D']\n", "")}, same=("t.N", "N")),
        ),
    ),
    Scenario(
        "Star imports that come together with the lists of what the modules export give all that is listed.",
        {
            "t/__init__.py": "",
            "t/base.py": "class B:\n    pass\n",
            "t/made.py": "from .base import B\n\nclass D(B):\n    pass\n",
        },
        ("import t, t.base, t.made",),
        (
            Edit(
                {
                    "t/__init__.py": add("from .base import *\nfrom .made import *\n\n__all__ = ['B', 'D']\n"),
                    "t/base.py": sub("class B", "__all__ = ['B']\n\nclass B"),
                    "t/made.py": sub("class D", "__all__ = ['D']\n\nclass D"),
                }
            ),
        ),
    ),
    Scenario(
        "What a package gives lazily stays with its importers while the statement that makes it lazy runs again.",
        {
            "kit/__init__.py": """
                from .lazy import install

                if not install(__name__, {"Thing": "kit.part", "SIZE": "kit.part"}):
                    from .part import SIZE, Thing
            """,
            "kit/lazy.py": """
                import importlib
                import sys

                def install(name, where):
                    def __getattr__(wanted):
                        if wanted not in where:
                            raise AttributeError(wanted)
                        value = getattr(importlib.import_module(where[wanted]), wanted)
                        setattr(sys.modules[name], wanted, value)
                        return value

                    sys.modules[name].__getattr__ = __getattr__
                    return True
            """,
            "kit/part.py": "SIZE = 1\n\nclass Thing:\n    pass\n",
            "user.py": "from kit import SIZE, Thing\n\nclass Other(Thing):\n    pass\n\nTWICE = SIZE * 2\n",
        },
        ("import user", "from user import Thing, Other"),
        (
            Edit(
                {"kit/lazy.py": sub("return True", "return bool(1)")},
                same=("user.TWICE", "user.SIZE"),
                holds=("Thing is user.Thing is user.Other.__base__",),
                differs=("kit.SIZE", "kit.Thing"),
            ),
            Edit(
                {"kit/part.py": sub("SIZE = 1", "SIZE = 2")},
                same=("user.TWICE", "user.SIZE"),
                holds=("Thing is user.Thing is user.Other.__base__",),
                differs=("kit.SIZE", "kit.Thing"),
            ),
            Edit(
                {
                    "kit/__init__.py": sub('{"Thing": "kit.part", "SIZE": "kit.part"}', '{"Thing": "kit.part"}'),
                    "user.py": sub("SIZE, Thing", "Thing\n\nSIZE = 5"),
                },
                same=("user.TWICE", "user.SIZE"),
                holds=("Thing is user.Thing is user.Other.__base__",),
                differs=("kit.SIZE", "kit.Thing"),
            ),
        ),
    ),
    Scenario(
        "An optional module that appears is taken up, with or without another edit.",
        {
            "settings.py": """
                try:
                    from local_settings import HOST
                except ImportError:
                    HOST = "localhost"
                URL = "http://" + HOST
            """,
            "fast.py": """
                try:
                    import speedups
                except ImportError:
                    def compute():
                        return "slow"
                else:
                    def compute():
                        return "fast"
            """,
        },
        ("import settings, fast",),
        (
            Edit({"local_settings.py": 'HOST = "local"\n'}, same=("settings.URL",)),
            Edit({"speedups.py": "", "fast.py": sub('"slow"', '"slower"')}, same=("fast.compute()",)),
            Edit({"local_settings.py": 'HOST = "other"\n'}, same=("settings.URL",)),
        ),
    ),
    Scenario(
        "What a module has begun to import by an edit is seen to run in its statements from then on.",
        {
            "rates.py": "def rate():\n    return 1\n",
            "direct.py": "RATE = 0\n",
            "gone.py": "RATE = 0\n",
            "inside.py": "RATE = 0\n",
        },
        ("import rates, direct, gone, inside",),
        (
            Edit(
                {
                    "direct.py": "import rates\nRATE = rates.rate()\n",
                    "gone.py": "from rates import rate\nRATE = rate()\ndel rate\n",
                    "inside.py": "def get():\n    from rates import rate\n    return rate()\n\nRATE = get()\n",
                },
                same=("direct.RATE",),
            ),
            Edit({"rates.py": sub("1", "2")}, same=("direct.RATE, gone.RATE, inside.RATE",)),
            Edit({"rates.py": sub("2", "3")}, same=("direct.RATE, gone.RATE, inside.RATE",)),
        ),
    ),
    Scenario(
        "What functions import themselves is seen to run, though others have imported it before.",
        {
            "rates.py": "def rate():\n    return 1\n",
            "late.py": "def get():\n    from rates import rate\n    return rate()\n",
            "shop.py": "import late\nRATE = late.get()\n",
        },
        ("import rates, shop",),
        (
            Edit({"rates.py": sub("1", "2")}, same=("shop.RATE",)),
            Edit(
                {
                    "late.py": sub(
                        "from rates import rate\n    return rate()", "import rates as r\n    return r.rate() * 5"
                    )
                }
            ),
            Edit({"rates.py": sub("2", "3")}, same=("shop.RATE",)),
        ),
    ),
    Scenario(
        "A version that is asked of a module which comes with an edit follows, though the function is deleted.",
        {"kit/__init__.py": "__version__ = '0'\n"},
        ("import kit",),
        (
            Edit(
                {
                    "kit/__init__.py": """
                        from ._version import get_version
                        __version__ = get_version()
                        del get_version
                    """,
                    "kit/_version.py": "TEXT = '1'\ndef get_version():\n    return TEXT\n",
                }
            ),
            Edit({"kit/_version.py": sub("'1'", "'2'")}, same=("kit.__version__",)),
            Edit({"kit/_version.py": sub("'2'", "'3'")}, same=("kit.__version__",)),
        ),
    ),
    Scenario(
        "A package that begins to say by stars and `__all__` what it has gives it to those who import all of it.",
        {
            "shop/__init__.py": "from .goods.base import Base, Item\nfrom .goods.kinds import Tea\n",
            "shop/goods/__init__.py": "",
            "shop/goods/base.py": "class Base:\n    pass\n\nclass Item:\n    pass\n",
            "shop/goods/kinds.py": "from .base import Base, Item\n\nclass Tea(Base):\n    pass\n",
        },
        ("import shop, shop.goods.base, shop.goods.kinds", "item = shop.Item()"),
        (
            Edit(
                {
                    "shop/__init__.py": "from .goods import *\n",
                    "shop/goods/__init__.py": "from .base import *\nfrom .kinds import *\n\n"
                    "__all__ = ['Base', 'Item', 'Tea']\n",
                    "shop/goods/base.py": lambda text: "__all__ = ['Base', 'Item']\n" + text,
                    "shop/goods/kinds.py": lambda text: "__all__ = ['Tea']\n" + text,
                },
                same=("isinstance(item, shop.Item)", "shop.Base is shop.goods.Base is shop.Tea.__bases__[0]"),
            ),
            Edit({"shop/goods/base.py": sub("'Base', ", ""), "shop/goods/__init__.py": sub("'Base', ", "")}),
            Edit({"shop/goods/base.py": sub("['Item']", "['Base', 'Item']")}),
        ),
    ),
    Scenario(
        "A statement has what it imports, and its package the submodule of that name which is imported later.",
        {"shop/__init__.py": "import typing\nX = typing.List\nZ = 1\n", "shop/typing.py": "Y = 2\n"},
        ("import shop", "import shop.typing", "from shop import typing"),
        (
            Edit(
                {"shop/__init__.py": sub("List", "Dict")}, ("run shop:2 X = typing.Dict",), same=("typing.Y", "shop.X")
            ),
            Edit({"shop/__init__.py": sub("import typing\nX = typing.Dict\n", "")}, same=("typing.Y", "shop.typing.Y")),
            Edit(
                {"shop/__init__.py": add("import json as typing\nX = typing.dumps(Z)\n")}, same=("typing.Y", "shop.X")
            ),
            Edit({"shop/__init__.py": add("def typing():\n    return 3\nX = typing()\n")}, same=("typing.Y", "shop.X")),
            Edit(
                {"shop/__init__.py": lambda _: "from .typing import Y\nimport typing\nX = typing.List\n"},
                same=("shop.X", "shop.typing.__name__", "typing.__name__"),
            ),
        ),
    ),
    Scenario(
        "A helper that is handed the names of a package, to load others lazily, finds those of a fresh import.",
        {
            "shop/__init__.py": """
                from typing import TYPE_CHECKING
                from .lazily import lazy

                if TYPE_CHECKING:
                    from .goods import tea
                else:
                    lazy(globals(), {"tea": ".goods"})
            """,
            "shop/lazily.py": """
                import importlib

                def lazy(namespace, places):
                    there, package = set(namespace), namespace["__name__"]

                    def __getattr__(name):
                        if name in places:
                            return getattr(importlib.import_module(places[name], package), name)
                        raise AttributeError(name)

                    namespace["__getattr__"] = __getattr__

                    def __dir__():
                        return sorted(there | set(places))

                    namespace["__dir__"] = __dir__
            """,
            "shop/goods.py": "from .other import milk\ntea = 1\n",
            "shop/other.py": "milk = 2\n",
        },
        ("import shop", "tea = shop.tea"),
        (
            Edit(
                {
                    "shop/__init__.py": lambda text: text.replace(
                        "import tea\n", "import tea\n    from .other import milk\n"
                    ).replace('".goods"', '".goods", "milk": ".other"')
                },
                same=("dir(shop)", "shop.milk"),
            ),
            Edit(
                {
                    "shop/__init__.py": """
                        from .lazily import lazy

                        lazy(globals(), {"milk": ".other", "tea": ".goods"})
                    """
                },
                same=("dir(shop)", "shop.milk"),
            ),
            Edit(
                {"shop/__init__.py": "from .goods import tea\n"},
                same=("hasattr(shop, '__dir__')", "'__getattr__' in vars(shop)", "shop.tea"),
            ),
        ),
        recorded=True,
    ),
)
