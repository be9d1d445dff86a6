"""What makes what: factories of fields, modules that a string names, caches and single objects kept by functions."""

from __future__ import annotations

from scenarios import Edit, Scenario, add, sub

PLUG = "from base import reg\n\n@reg\ndef one():\n    return 1\n"

SCENARIOS = (
    Scenario(
        "An instance that a field's factory or a constructor makes follows its class.",
        {
            "conf.py": """
            from dataclasses import asdict, dataclass, field

            @dataclass
            class Opt:
                rate: float = 0.1

            @dataclass
            class Conf:
                opt: Opt = field(default_factory=Opt)

            class Plain:
                def __init__(self):
                    self.opt = Opt()

            base = Conf()
            plain = Plain()
            said = asdict(base)
        """,
            "use.py": """
            from dataclasses import asdict
            from conf import Conf

            many = [Conf() for _ in range(2)]
            said = asdict(Conf())
        """,
        },
        ("import conf, use",),
        (
            Edit({"conf.py": sub("0.1", "0.3")}, same=("conf.base", "conf.plain.opt", "use.many", "use.said")),
            Edit({"conf.py": sub("= 0.3", "= 0.3\n    steps: int = 9")}, same=("conf.said", "use.many", "use.said")),
            Edit({"conf.py": sub("rate:", "speed:")}, same=("conf.said", "use.many", "use.said")),
        ),
    ),
    Scenario(
        "Who asks the functions in a container for an attribute, a docstring or defaults follows them.",
        {
            "a.py": """
            def tag(text):
                def put(f):
                    f.tag = text
                    return f
                return put

            @tag("x")
            def f(n="d"):
                "old"

            TABLE = {"f": f}
            PAIRS = [("f", f)]
            tags = [each.tag for each in TABLE.values()]
            named = [each.tag for _, each in PAIRS]
            docs = TABLE["f"].__doc__
            defaults = [each.__defaults__ for _, each in PAIRS]

            def ask(pairs):
                return [each.tag for _, each in pairs]

            asked = ask(PAIRS)
        """
        },
        ("import a",),
        (
            Edit({"a.py": sub('@tag("x")', '@tag("y")')}),
            Edit({"a.py": sub("f.tag = text", "f.tag = text * 2")}),
            Edit({"a.py": sub('"old"', '"new"')}),
            Edit({"a.py": sub('n="d"', 'n="e"')}),
        ),
    ),
    Scenario(
        "What a new module registers is seen by modules that run after its import in a fresh process.",
        {
            "base.py": """
            TABLE = {}

            def reg(f):
                TABLE[f.__name__] = f
                return f
        """,
            "plug.py": PLUG,
            "main.py": """
            from base import TABLE
            import plug

            names = sorted(TABLE)
            got = TABLE["one"]()
            values = [f() for f in TABLE.values()]
        """,
        },
        ("import base, plug, main",),
        (
            Edit(
                {
                    "plug.py": add("import more\n"),
                    "more.py": "from base import reg\n\n@reg\ndef two():\n    return 2\n",
                },
                same=("main.names",),
            ),
            Edit({"main.py": add('other = TABLE["two"]()\n')}),
            Edit(
                {
                    "plug.py": "from moved import one\nimport more\n",
                    "moved.py": "from base import reg\n\n@reg\ndef one():\n    return 1\n",
                }
            ),
        ),
    ),
    Scenario(
        "What a failing edit's new module had registered is taken out again.",
        {
            "base.py": "TABLE = {}\nclass Kind:\n    all = []\n",
            "main.py": "import base\n",
        },
        ("import base, main",),
        (
            Edit(
                {
                    "main.py": "import base\nimport more\n1 / 0\n",
                    "more.py": "import base\nbase.TABLE['k'] = 1\nbase.Kind.all.append(2)\n",
                },
                fails="ZeroDivisionError",
                holds=("base.TABLE == {}", "base.Kind.all == []"),
            ),
        ),
    ),
    Scenario(
        "What is had from modules that a string names follows them, time and again.",
        {
            "pack/__init__.py": """
            import importlib

            from . import shown

            def __getattr__(name):
                if name == "lazy":
                    return importlib.import_module("pack.late").lazy
                raise AttributeError(name)
        """,
            "pack/late.py": "def lazy():\n    return 'l'\n",
            "pack/shown.py": "X = 1\ndef small():\n    return 's'\n",
            "use.py": """
            import importlib
            import sys
            import pack

            def load(path):
                module, _, name = path.rpartition(".")
                return getattr(importlib.import_module(module), name)

            def ask(name):
                return getattr(pack, name).X

            times = 1
            small = importlib.import_module("pack.shown").small() * times
            lazily = pack.lazy()
            loaded = load("pack.shown.X")
            asked = ask("shown")
            direct = getattr(pack, "shown").X
            listed = sys.modules["pack.shown"].X
        """,
        },
        ("import pack, use",),
        (
            Edit({"pack/shown.py": sub("X = 1", "X = 2")}),
            Edit({"use.py": sub("times = 1", "times = 2")}),
            Edit({"pack/shown.py": sub("'s'", "'t'")}),
            Edit({"pack/late.py": sub("'l'", "'m'")}),
            Edit({"pack/late.py": sub("'m'", "'n'")}),
        ),
    ),
    Scenario(
        "A cached or lazily made object is made anew once when what it was made of changes, and stays the one.",
        {
            "a.py": """
            import functools

            class Conn:
                def __init__(self, url):
                    self.url = url

            URL = "one"

            @functools.lru_cache(maxsize=None)
            def cached():
                return Conn(URL)

            kept = None

            def lazily():
                global kept
                if kept is None:
                    kept = Conn(URL)
                return kept

            first = cached()
            second = lazily()
            """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub('"one"', '"two"')},
                same=("a.first.url", "a.second.url"),
                holds=("a.cached() is a.first", "a.lazily() is a.second"),
            ),
            Edit(
                {"a.py": sub("self.url = url", "self.url = url * 2")},
                same=("a.first.url", "a.second.url"),
                holds=("a.cached() is a.first", "a.lazily() is a.second"),
            ),
        ),
    ),
    Scenario(
        "Defaults, class attributes and decorators' arguments that were computed of a registry follow its entries.",
        {
            "base.py": "TABLE = {}\n\ndef reg(f):\n    TABLE[f.__name__] = f\n    return f\n",
            "plug.py": PLUG,
            "main.py": """
            import functools
            import plug
            from base import TABLE

            def count():
                return len(TABLE)

            def f(n=len(TABLE), names=tuple(TABLE), table=TABLE, counted=count()):
                return n, names, counted

            class K:
                names = sorted(TABLE)
                table = TABLE

            size = lambda n=len(TABLE): n

            @functools.lru_cache(maxsize=len(TABLE) + 5)
            def g():
                return 1

            def held(table=TABLE):
                return len(table)
        """,
        },
        ("import main, base",),
        (
            Edit(
                {"plug.py": add("@reg\ndef two():\n    return 2\n")},
                (
                    "run plug:6 def two",
                    "run main:8 def f",
                    "run main:11 class K",
                    "run main:15 size = lambda n=len(TABLE): n",
                    "run main:17 def g",
                ),
                same=("main.f()", "main.size()", "main.g.cache_parameters()", "main.held()"),
                holds=("main.K.table is base.TABLE",),
            ),
            Edit({"plug.py": sub("def one", "def uno")}, same=("main.f()", "main.size()")),
        ),
    ),
    Scenario(
        "An annotated assignment that goes through the names of a module follows a new name.",
        {"a.py": "A = 1\n", "m.py": "import a\nnames: list = [x for x in dir(a) if x < '_']\n"},
        ("import m",),
        (Edit({"a.py": add("B = 2\n")}),),
    ),
    Scenario(
        "What a metaclass gives an attribute that the class only annotates is made anew.",
        {
            "forms.py": """
                class Options:
                    def __init__(self):
                        self.many = False

                class FormType(type):
                    def __new__(meta, name, bases, namespace):
                        cls = super().__new__(meta, name, bases, namespace)
                        cls.options = Options()
                        return cls

                class Form(metaclass=FormType):
                    options: object
            """
        },
        ("import forms",),
        (
            Edit({"forms.py": sub("self.many = False", "self.strict = True")}, same=("vars(forms.Form.options)",)),
            Edit({"forms.py": sub("cls.options = Options()", "cls.options = 3")}, same=("forms.Form.options",)),
        ),
    ),
)
