"""Objects that many units act upon: each holds what a fresh process would, nothing twice, nothing left over."""

from __future__ import annotations

from . import Edit, Scenario, add, sub

ROUTES = """
    class App:
        def __init__(self):
            self.routes = {}

        def route(self, path):
            def register(function):
                self.routes[path] = function
                return function
            return register

    app = App()

    @app.route("/")
    def index():
        return "index"

    @app.route("/about")
    def about():
        return "about"
"""
PLUGINS = {
    "hub.py": """
        HOOKS = []

        def hook(f):
            HOOKS.append(f)
            return f
    """,
    "one.py": """
        from hub import hook

        @hook
        def first():
            return 1
    """,
    "two.py": """
        from hub import hook

        @hook
        def second():
            return 2
    """,
}

SCENARIOS = (
    Scenario(
        "A registered function that gets a new body stays where it was registered.",
        {"web.py": ROUTES},
        ("import web", "app = web.app"),
        (
            Edit(
                {"web.py": sub('return "about"', 'return "ABOUT"')},
                ("swap web:about",),
                holds=("app is web.app", "app.routes['/about']() == 'ABOUT'"),
            ),
        ),
    ),
    Scenario(
        "A route that is renamed leaves its old path.",
        {"web.py": ROUTES},
        ("import web", "app = web.app"),
        (
            Edit(
                {"web.py": sub('"/about"', '"/who"')},
                ("run web:17 def about",),
                same=("sorted(web.app.routes)",),
                holds=("app is web.app", "app.routes['/who'] is web.about"),
            ),
        ),
    ),
    Scenario(
        "A route that goes leaves the app, a new one joins it, and the app stays.",
        {"web.py": ROUTES},
        ("import web", "app = web.app"),
        (
            Edit(
                {"web.py": lambda text: text[: text.index('\n@app.route("/about")')]},
                ("remove web.about",),
                same=("list(web.app.routes)",),
                holds=("app is web.app",),
            ),
            Edit(
                {"web.py": add('\n@app.route("/new")\ndef new():\n    return "new"\n')},
                ("run web:17 def new",),
                same=("list(web.app.routes)",),
                holds=("app is web.app",),
            ),
        ),
    ),
    Scenario(
        "Hooks of several modules keep their order in one list.",
        PLUGINS,
        ("import one, two, hub", "hooks = hub.HOOKS"),
        (
            Edit(
                {"one.py": sub("def first()", "def first(n=1)")},
                same=("[f.__name__ for f in hub.HOOKS]",),
                holds=("hooks is hub.HOOKS",),
            ),
            Edit(
                {"two.py": sub("def second", "def deuxieme")},
                same=("[f.__name__ for f in hub.HOOKS]",),
                holds=("hooks is hub.HOOKS",),
            ),
            Edit({"one.py": "X = 1\n"}, same=("[f.__name__ for f in hub.HOOKS]",), holds=("hooks is hub.HOOKS",)),
        ),
    ),
    Scenario(
        "Items that are assigned to a dictionary follow their statements.",
        {
            "a.py": """
            TABLE = {}
            TABLE['one'] = 1
            TABLE['two'] = 2
        """
        },
        ("import a",),
        (
            Edit({"a.py": sub("= 2", "= 22")}, same=("a.TABLE",)),
            Edit({"a.py": sub("TABLE['one'] = 1\n", "")}, same=("a.TABLE",)),
            Edit({"a.py": sub("'two'", "'deux'")}, same=("a.TABLE",)),
        ),
    ),
    Scenario(
        "Attributes that are assigned to a class or an object from outside follow their statements.",
        {
            "a.py": """
            class K:
                pass

            K.x = 1
            K.y = 2
            obj = K()
            obj.z = 3
        """
        },
        ("import a",),
        (
            Edit({"a.py": sub("K.x = 1", "K.x = 11")}, same=("a.K.x",)),
            Edit({"a.py": sub("K.y = 2\n", "")}, same=("hasattr(a.K, 'y')",)),
            Edit({"a.py": sub("obj.z = 3", "obj.z = 33")}, same=("a.obj.z",)),
        ),
    ),
    Scenario(
        "Classes that `__init_subclass__` registers are there once, under their new names.",
        {
            "base.py": """
                class Plugin:
                    registry = {}

                    def __init_subclass__(cls, **kw):
                        super().__init_subclass__(**kw)
                        Plugin.registry[cls.__name__] = cls
            """,
            "impl.py": """
                from base import Plugin

                class A(Plugin):
                    n = 1

                class B(Plugin):
                    n = 2
            """,
        },
        ("import impl, base", "A = impl.A"),
        (
            Edit(
                {"impl.py": sub("n = 1", "n = 10")},
                same=("list(base.Plugin.registry)",),
                holds=("base.Plugin.registry['A'] is A is impl.A",),
            ),
            Edit({"impl.py": sub("class B", "class C")}, same=("sorted(base.Plugin.registry)",)),
            Edit(
                {
                    "impl.py": """
                    from base import Plugin

                    class A(Plugin):
                        n = 10
                """
                },
                same=("sorted(base.Plugin.registry)",),
            ),
        ),
    ),
    Scenario(
        "A class decorator's registry holds the class that survives.",
        {
            "a.py": """
                KNOWN = {}

                def known(cls):
                    KNOWN[cls.__name__.lower()] = cls
                    return cls

                @known
                class Cat:
                    legs = 4

                @known
                class Bird:
                    legs = 2
            """
        },
        ("import a", "Cat = a.Cat"),
        (
            Edit(
                {"a.py": sub("legs = 4", "legs = 3")},
                same=("list(a.KNOWN)",),
                holds=("a.KNOWN['cat'] is Cat is a.Cat",),
            ),
            Edit({"a.py": sub("class Bird", "class Owl")}, same=("list(a.KNOWN)",)),
        ),
    ),
    Scenario(
        "Implementations of a `singledispatch` function are there once.",
        {
            "a.py": """
                from functools import singledispatch

                @singledispatch
                def show(x):
                    return "any"

                @show.register
                def _(x: int):
                    return "int"

                @show.register(str)
                def _(x):
                    return "str"
            """
        },
        ("import a", "show = a.show"),
        (
            Edit(
                {"a.py": sub('return "int"', 'return "INT"')},
                holds=("show is a.show",),
                same=("a.show(1)", "a.show('s')", "a.show(1.5)"),
            ),
            Edit(
                {"a.py": sub("register(str)", "register(float)")},
                holds=("show is a.show",),
                same=("a.show(1)", "a.show(1.5)"),
            ),
        ),
    ),
    Scenario(
        "A set of functions holds each once.",
        {
            "a.py": """
            SEEN = set()

            def mark(f):
                SEEN.add(f)
                return f

            @mark
            def f():
                return 1
        """
        },
        ("import a", "seen = a.SEEN"),
        (
            Edit({"a.py": sub("def f()", "def f(n=2)")}, holds=("seen is a.SEEN == {a.f}",)),
            Edit({"a.py": sub("@mark\ndef f(", "@mark\ndef g(")}, holds=("seen is a.SEEN == {a.g}",)),
        ),
    ),
    Scenario(
        "A registry's maker that changes takes all its actors along, across modules.",
        PLUGINS,
        ("import one, two, hub", "from hub import HOOKS"),
        (
            Edit(
                {"hub.py": sub("HOOKS = []", "HOOKS = ['start']")},
                same=("[getattr(f, '__name__', f) for f in hub.HOOKS]", "HOOKS is hub.HOOKS"),
            ),
        ),
    ),
    Scenario(
        "The registering decorator itself may change, and registers all anew.",
        PLUGINS,
        ("import one, two, hub",),
        (
            Edit(
                {"hub.py": sub("HOOKS.append(f)", "HOOKS.append((f.__name__, f))")},
                same=("[name for name, f in hub.HOOKS]",),
            ),
        ),
    ),
    Scenario(
        "What a cell registered stays.",
        PLUGINS,
        ("import one, two, hub", "def mine(): return 'mine'"),
        (
            Edit(
                {"one.py": sub("def first()", "def first(n=1)")},
                before=("hub.hook(mine)",),
                holds=("hub.HOOKS.count(mine) == 1", "[f.__name__ for f in hub.HOOKS] == ['first', 'second', 'mine']"),
                differs=("hub.HOOKS",),
            ),
        ),
    ),
    Scenario(
        "Handlers of a logger are there once.",
        {
            "a.py": """
                import logging

                class Keep(logging.Handler):
                    def emit(self, record):
                        pass

                log = logging.getLogger("scenario")
                log.handlers.clear()
                log.addHandler(Keep())
                log.setLevel(logging.INFO)
            """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("logging.INFO", "logging.DEBUG")},
                same=("a.log.level", "len(a.log.handlers)"),
                differs=("a.log",),
            ),
        ),
    ),
    Scenario(
        "A handler or filter that has a name takes the place of the one before, also of one that another module made.",
        {
            "made.py": """
                import logging

                class Keep(logging.Handler):
                    def __init__(self, size):
                        super().__init__()
                        self.size = size

                def make():
                    return Keep(1)

                filter = logging.Filter("a")
            """,
            "a.py": """
                import logging
                import made
                from made import Keep, make

                log = logging.getLogger("scenario.named")
                log.handlers.clear()
                log.filters.clear()
                first = make()
                second = Keep(2)
                log.addHandler(first)
                log.addHandler(second)
                log.addFilter(made.filter)
            """,
        },
        ("import a, logging",),
        (
            Edit(
                {"a.py": sub("Keep(2)", "Keep(3)")},
                before=("a.log.addHandler(logging.NullHandler())",),
                same=("[each.size for each in a.log.handlers[:2]]",),
                holds=("a.log.handlers[:2] == [a.first, a.second]", "len(a.log.handlers) == 3"),
                differs=("a.log",),
            ),
            Edit(
                {"made.py": sub("Keep(1)", "Keep(4)")},
                same=("[each.size for each in a.log.handlers[:2]]",),
                holds=("a.log.handlers[:2] == [a.first, a.second]", "len(a.log.handlers) == 3"),
                differs=("a.log",),
            ),
            Edit(
                {"made.py": sub('Filter("a")', 'Filter("b")')},
                same=("[each.name for each in a.log.filters]",),
                differs=("a.log",),
            ),
            Edit({"a.py": sub("log.addHandler(first)\n", "")}, holds=("len(a.log.handlers) == 2",), differs=("a.log",)),
        ),
    ),
    Scenario(
        "A group of commands across files keeps each command once.",
        {
            "cli.py": """
                class Group:
                    def __init__(self):
                        self.commands = {}

                    def command(self, f):
                        self.commands[f.__name__] = Command(f)
                        return self.commands[f.__name__]

                class Command:
                    def __init__(self, callback):
                        self.callback = callback

                main = Group()
            """,
            "verbs.py": """
                from cli import main

                @main.command
                def push():
                    return 'push'

                @main.command
                def pull():
                    return 'pull'
            """,
        },
        ("import verbs, cli", "main = cli.main"),
        (
            Edit(
                {"verbs.py": sub("return 'push'", "return 'PUSH'")},
                ("swap verbs:push",),
                holds=("main.commands['push'].callback() == 'PUSH'",),
            ),
            Edit(
                {"verbs.py": sub("def pull", "def fetch")},
                same=("list(cli.main.commands)",),
                holds=("main is cli.main",),
            ),
            Edit(
                {"verbs.py": sub("def push()", "def push(force=False)")},
                same=("list(cli.main.commands)",),
                holds=("main is cli.main",),
            ),
        ),
    ),
    Scenario(
        "What `+=` had put into an imported container is taken back.",
        {
            "c.py": """
                L = ['base']
            """,
            "a.py": """
                import c

                c.L += ['a']
            """,
        },
        ("import a, c",),
        (
            Edit({"a.py": sub("'a'", "'b'")}, same=("c.L",)),
            Edit({"a.py": sub("c.L += ['b']\n", "")}, same=("c.L",)),
        ),
    ),
    Scenario(
        "Of several functions under one name, only the one that was edited leaves its registry.",
        {
            "a.py": """
                import functools

                @functools.singledispatch
                def f(x):
                    return 'base'

                @f.register
                def _(x: int):
                    return 'int'

                @f.register(str)
                def _(x):
                    return 'str'
            """,
        },
        ("import a",),
        (Edit({"a.py": sub("x: int", "x: float")}, same=("a.f(1)", "a.f(1.0)", "a.f('')")),),
    ),
    Scenario(
        "A new entry stands where a fresh process has it: before those of the units below.",
        {
            "reg.py": """
                ORDER, TABLE = [], {}

                def put(f):
                    ORDER.append(f)
                    TABLE[f.__name__] = f
                    return f
            """,
            "a.py": """
                from reg import put

                class Command:
                    made = []

                    def __init__(self, name):
                        self.name = name
                        Command.made.append(self)

                @put
                def one(): ...

                @put
                def three(): ...

                x = Command("x")
                z = Command("z")
                NUMBERS = []
                NUMBERS.append(1)
                NUMBERS.append(3)
            """,
        },
        ("import a, reg",),
        (
            Edit(
                {
                    "a.py": sub(
                        "@put\ndef three(",
                        "@put\ndef two(): ...\n\n@put\ndef half(): ...\n\n@put\ndef three(",
                    )
                },
                ("run a:13 def two", "run a:16 def half"),
                same=("[f.__name__ for f in reg.ORDER]", "list(reg.TABLE)"),
            ),
            Edit(
                {"a.py": sub('z = Command("z")', 'y = Command("y")\nz = Command("z")')},
                same=("[c.name for c in a.Command.made]",),
            ),
            Edit({"a.py": sub('"x"', '"xx"')}, same=("[c.name for c in a.Command.made]",)),
            Edit({"a.py": sub("NUMBERS.append(3)", "NUMBERS.append(2)\nNUMBERS.append(3)")}, same=("a.NUMBERS",)),
            Edit(
                {"a.py": sub("NUMBERS.append(2)\nNUMBERS.append(3)", "NUMBERS.append(3)\nNUMBERS.append(2)")},
                same=("a.NUMBERS",),
            ),
            Edit({"a.py": sub("@put\ndef one(): ...\n\n", "")}, same=("[f.__name__ for f in reg.ORDER]",)),
        ),
    ),
    Scenario(
        "What was put into a list that came by a star import is taken back as well.",
        {
            "c.py": "class A: ...\nNAMES = []\n",
            "a.py": "from c import *\nX = 1\nNAMES.append(A)\n",
        },
        ("import a, c",),
        (
            Edit({"a.py": sub("NAMES.append(A)\n", "")}, same=("c.NAMES",), holds=("a.NAMES is c.NAMES",)),
            Edit({"a.py": sub("X = 1\n", "X = 1\nNAMES.append(A)\n")}, same=("len(c.NAMES)",)),
        ),
    ),
    Scenario(
        "Of an object that two statements have registered, one entry goes with one of the statements.",
        {
            "hub.py": """
                HOOKS = []

                def hook(f):
                    HOOKS.append(f)
                    return f
            """,
            "web.py": """
                from hub import HOOKS, hook

                @hook
                def first():
                    return 1

                hook(first)

                @hook
                def last():
                    return 2
            """,
        },
        ("import hub, web",),
        (
            Edit(
                {"web.py": sub("hook(first)\n", "hook(first), 1\n")},
                same=("[f.__name__ for f in hub.HOOKS]",),
            ),
            Edit(
                {"web.py": sub("hook(first), 1\n", "")},
                same=("[f.__name__ for f in hub.HOOKS]",),
            ),
        ),
    ),
    Scenario(
        "What runs twice in one reload is registered once.",
        {
            "hub.py": """
                HOOKS = []

                def hook(f):
                    HOOKS.append(f)
                    return f
            """,
            "web.py": """
                from hub import hook

                class Base:
                    kind = "base"

                @hook
                class Page(Base):
                    title = "page"
                    kinds = [cls.__name__ for cls in Base.__subclasses__()]
            """,
        },
        ("import hub, web",),
        (
            Edit(
                {"web.py": sub('title = "page"', 'title = "a page"')},
                same=("[cls.__name__ for cls in hub.HOOKS]",),
            ),
            Edit(
                {"web.py": sub("@hook\n", "@hook\n@hook\n")},
                same=("[cls.__name__ for cls in hub.HOOKS]",),
            ),
        ),
    ),
    Scenario(
        "What a loop registers is registered anew, each round of it, where the registry would not have it twice.",
        {
            "a.py": """
                KINDS = {None: None}

                def register(kind):
                    if kind.name in KINDS:
                        raise ValueError(kind.name)
                    KINDS[kind.name] = kind

                class Small:
                    name = "small"

                class Large:
                    name = "large"

                class Other:
                    name = "other"

                for kind in (Small, Large):
                    register(kind)
            """
        },
        ("import a", "from a import KINDS, Large"),
        (
            Edit(
                {"a.py": sub("(Small, Large)", "(Small, Other, Large)")},
                same=("list(KINDS)",),
                holds=("KINDS is a.KINDS", "KINDS['large'] is Large is a.Large"),
            ),
            Edit(
                {"a.py": sub("(Small, Other, Large)", "(Other,)")},
                same=("list(KINDS)",),
                holds=("KINDS is a.KINDS",),
            ),
        ),
    ),
    Scenario(
        "A registered class that loops in its body is told from others like any class.",
        {
            "a.py": """
                KINDS = {}
                ORDER = []

                def register(name):
                    def take(kind):
                        KINDS[name] = kind
                        ORDER.append(kind)
                        return kind
                    return take

                @register("one")
                class One:
                    names = [name.upper() for name in "ab"]

                    for letter in "ab":
                        last = letter

                @register("two")
                class Two:
                    names = 1
            """
        },
        ("import a", "kinds, order = a.KINDS, a.ORDER"),
        (
            Edit(
                {"a.py": sub('register("one")', 'register("first")')},
                ("run a:11 class One",),
                same=("list(kinds)", "[kind.__name__ for kind in order]"),
                holds=("kinds is a.KINDS", "order is a.ORDER"),
            ),
        ),
    ),
    Scenario(
        "A statement that runs again sees of a registry what it would in a fresh process, not what came later.",
        {
            "hub.py": """
                TAB = {}

                def tab(name):
                    def deco(f):
                        TAB[name] = f
                        return f
                    return deco

                def total():
                    return sum(f() for f in TAB.values())

                FIRST = total() * 2

                @tab("own")
                def own():
                    return 5

                LAST = total()
            """,
            "plug.py": "from hub import tab\n@tab('plug')\ndef plug():\n    return 7\n",
        },
        ("import hub", "import plug"),
        (
            Edit({"hub.py": sub("FIRST = total() * 2", "FIRST = total() * 3")}, same=("hub.FIRST, hub.LAST",)),
            Edit({"hub.py": sub("LAST = total()", "LAST = total() + 1\nNEW = total()")}, same=("hub.LAST, hub.NEW",)),
        ),
    ),
    Scenario(
        "A container of a class that methods reach by `cls`, `self` or the metaclass is followed like one with a name.",
        {
            "base.py": """
            class Base:
                made = []
                marks = {}

                def __init_subclass__(cls):
                    cls.made.append(cls)

                @classmethod
                def register(cls, f):
                    cls.marks[f.__name__] = f
                    return f

                @classmethod
                def named(cls, name):
                    def decorate(f):
                        cls.marks[name] = f
                        return f
                    return decorate

            class Meta(type):
                kinds = []

                def __new__(mcs, name, bases, namespace):
                    cls = super().__new__(mcs, name, bases, namespace)
                    type(cls).kinds.append(cls)
                    return cls

            class Model(metaclass=Meta):
                pass

            class Variable:
                known = {}
                order = []

                def __init__(self, name):
                    self.known[name] = self
                    type(self).order.append(self)
        """,
            "user.py": """
            from base import Base, Meta, Model, Variable

            class User(Base):
                pass

            class Item(Base):
                pass

            MADE = [cls.__name__ for cls in Base.made]

            @Base.register
            def first():
                return 1

            @User.named("other")
            def second():
                return 2

            MARKS = list(Base.marks)

            class Shelf(Model):
                pass

            class Shop(Model):
                pass

            KINDS = [cls.__name__ for cls in Meta.kinds]

            rate = Variable("rate")
            size = Variable("size")
            KNOWN = list(Variable.known)
            COUNT = len(Variable.order)
        """,
        },
        ("import user, base",),
        (
            Edit(
                {"user.py": sub("class Item", "class Order(Base):\n    pass\n\nclass Item")},
                ("run user:6 class Order", "run user:12 MADE = [cls.__name__ for cls in Base.made]"),
                same=("[cls.__name__ for cls in base.Base.made]",),
            ),
            Edit(
                {"user.py": sub("@User.named", "@Base.register\ndef between():\n    return 3\n\n@User.named")},
                same=("list(base.Base.marks)",),
            ),
            Edit({"user.py": sub("class Shop", "class Rack(Model):\n    pass\n\nclass Shop")}),
            Edit({"user.py": sub("size =", 'step = Variable("step")\nsize =')}),
            Edit(
                {
                    "user.py": lambda text: (
                        text.replace("class Order(Base):\n    pass\n", "")
                        .replace("@Base.register\ndef between", "def between")
                        .replace('@User.named("other")\n', "")
                        .replace("class Rack(Model):\n    pass\n", "")
                        .replace('step = Variable("step")\n', "")
                    )
                },
                same=("list(base.Base.marks), list(base.Variable.known), [c.__name__ for c in base.Meta.kinds]",),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "What goes and returns as it was is seen to run: a registry takes back its entries, a value follows.",
        {
            "kit.py": """
                REGISTRY = {}

                class Task:
                    def __new__(cls, function):
                        if function.__name__ in REGISTRY:
                            raise KeyError(function.__name__)
                        self = object.__new__(cls)
                        self.function = function
                        REGISTRY[function.__name__] = self
                        return self

                def rate():
                    return 2
            """,
            "jobs.py": """
                import kit

                @kit.Task
                def clean():
                    return 1

                RATE = kit.rate()
            """,
        },
        ("import kit, jobs", "held = [vars(kit).get(name) for name in ('Task', 'rate')]"),
        (
            Edit(
                {
                    "kit.py": lambda text: text.replace("class Task", "class Job").replace("def rate", "def factor"),
                    "jobs.py": lambda text: text.replace("@kit.Task", "@kit.Job").replace("kit.rate", "kit.factor"),
                },
                same=("list(kit.REGISTRY)", "kit.REGISTRY['clean'] is jobs.clean"),
            ),
            Edit(
                {
                    "kit.py": lambda text: text.replace("class Job", "class Task").replace("def factor", "def rate"),
                    "jobs.py": lambda text: text.replace("@kit.Job", "@kit.Task").replace("kit.factor", "kit.rate"),
                },
                same=("list(kit.REGISTRY)", "kit.REGISTRY['clean'] is jobs.clean"),
                holds=("held == [kit.Task, kit.rate]",),
            ),
            Edit({"kit.py": sub("return 2", "return 3")}, same=("jobs.RATE",)),
            Edit(
                {"kit.py": sub("class Task", "class Job"), "jobs.py": sub("@kit.Task", "@kit.Job")},
                same=("list(kit.REGISTRY)", "kit.REGISTRY['clean'] is jobs.clean"),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "a function gets a decorator that refuses a name which it has, and runs again as what it may look at changes",
        {
            "app/__init__.py": """
                from app import kit
                from app.kit import *
                from app import jobs, later
            """,
            "app/kit.py": """
                from functools import partial
                import app

                TASKS = {}

                class task:
                    def __new__(cls, func=None, *, size=0):
                        if func is None:
                            return partial(task, size=size)
                        if func.__name__ in TASKS:
                            raise KeyError(f"already exists: {func.__name__}")
                        self = object.__new__(cls)
                        self.func, self.text, self.size = func, func.__doc__, app.kit.keep(size)
                        TASKS[func.__name__] = self
                        return self

                    def __call__(self):
                        return self.func()

                def keep(value):
                    return value
            """,
            "app/jobs.py": """
                import app

                def first():
                    return 1

                @app.task(size=2)
                def second():
                    return 2
            """,
            "app/later.py": """
                from app import kit

                @kit.app.task()
                def third():
                    return 3
            """,
        },
        ("import app",),
        (
            Edit(
                {
                    "app/jobs.py": sub("def first", "@app.task(size=2)\ndef first"),
                    "app/later.py": sub("task()", "task(size=3)"),
                },
                same=("list(app.kit.TASKS)", "app.kit.TASKS['first'] is app.jobs.first", "app.jobs.first()"),
            ),
            Edit(
                {"app/jobs.py": sub("@app.task(size=2)\ndef first", "def first")},
                same=("list(app.kit.TASKS)", "app.jobs.first()"),
            ),
        ),
    ),
    Scenario(
        "A registry whose methods load it, or raise, is asked and changed past them.",
        {
            "app/book.py": """
                ASKED = []

                class Lazy(dict):
                    def _load(self, *_):
                        ASKED.append("dict")
                        raise RuntimeError("not loaded")

                    __iter__ = keys = values = items = __contains__ = __delitem__ = copy = _load

                    def __len__(self):
                        ASKED.append("length")
                        return 0

                    def entry(self, name):
                        def enter(function):
                            dict.__setitem__(self, name, function)
                            return function
                        return enter

                class Checked(list):
                    def _load(self, *_):
                        ASKED.append("list")
                        raise RuntimeError("not loaded")

                    __iter__ = clear = extend = __contains__ = __setitem__ = _load

                    def __len__(self):
                        ASKED.append("length")
                        return 0

                BOOK, ORDER = Lazy(), Checked()

                def names():
                    return list(dict.keys(BOOK)), [each.__name__ for each in list.__iter__(ORDER)]
            """,
            "app/plugins.py": """
                from app.book import BOOK, ORDER

                @BOOK.entry("a")
                def a():
                    return 1

                @BOOK.entry("b")
                def b():
                    return 2

                ORDER.append(a)
                ORDER.append(b)
            """,
        },
        ("import app.plugins, app.book", "kept = app.book.BOOK, app.book.ORDER"),
        (
            Edit(
                {"app/plugins.py": sub('"b"', '"c"')},
                same=("app.book.names()", "app.book.ASKED"),
                holds=("kept[0] is app.book.BOOK",),
            ),
            Edit(
                {"app/plugins.py": sub("ORDER.append(b)", "")},
                same=("app.book.names()", "app.book.ASKED"),
                holds=("kept[1] is app.book.ORDER",),
            ),
            Edit(
                {"app/plugins.py": sub('@BOOK.entry("c")\ndef b():\n    return 2\n', "")},
                same=("app.book.names()", "app.book.ASKED"),
                holds=("kept[0] is app.book.BOOK",),
            ),
        ),
    ),
    Scenario(
        "What a statement puts into a registry by name, or under a key written out, is taken out alone.",
        {
            "shop/kinds.py": """
                from collections import OrderedDict

                PRICES, SIZES, HOOKS, TAGS = {}, OrderedDict(), [], set()
            """,
            "shop/toys.py": """
                from .kinds import HOOKS, PRICES, SIZES, TAGS

                class Ball:
                    pass

                class Cube:
                    pass

                def check():
                    return 1

                PRICES["ball"] = 3
                PRICES["cube"] = 4
                SIZES["ball"] = Ball
                SIZES["cube"] = 2
                HOOKS.append(check)
                TAGS.add(Ball)
            """,
        },
        ("import shop.toys, shop.kinds as k", "held = k.PRICES, k.SIZES, k.HOOKS, k.TAGS"),
        tuple(
            Edit(
                {"shop/toys.py": sub(old, new)},
                before=("k.PRICES['user_x'] = k.SIZES['user_x'] = 5",),
                events=events,
                holds=(
                    "all(a is b for a, b in zip(held, (k.PRICES, k.SIZES, k.HOOKS, k.TAGS)))",
                    "k.PRICES['user_x'] == k.SIZES['user_x'] == 5",
                ),
            )
            for old, new, events in (
                ('PRICES["ball"] = 3', 'PRICES["ball"] = 5', ('run shop.toys:12 PRICES["ball"] = 5',)),
                ('PRICES["ball"]', 'PRICES["round"]', ('run shop.toys:12 PRICES["round"] = 5',)),
                ('SIZES["ball"] = Ball', 'SIZES["round"] = Cube', ('run shop.toys:14 SIZES["round"] = Cube',)),
                ('SIZES["cube"] = 2\n', "", ()),
                ("HOOKS.append(check)\n", "", ()),
                ("TAGS.add(Ball)\n", "", ()),
            )
        ),
    ),
    Scenario(
        "What a statement has a method put into a registry by name is taken out alone, where it is known what ran.",
        {
            "kinds.py": """
                class Kinds:
                    def __init__(self):
                        self.by_name = {}

                    def add(self, name, kind):
                        self.by_name[name] = kind

                KINDS = Kinds()
            """,
            "toys.py": """
                from kinds import KINDS

                class Ball:
                    pass

                class Cube:
                    pass

                KINDS.add("ball", Ball)
                KINDS.add("cube", Cube)
            """,
        },
        ("import toys, kinds", "held = kinds.KINDS.by_name"),
        tuple(
            Edit(
                {"toys.py": sub(old, new)},
                before=("held['user_x'] = 5",),
                events=events,
                holds=("held is kinds.KINDS.by_name", "held['user_x'] == 5"),
            )
            for old, new, events in (
                ('add("ball", Ball)', 'add("round", Ball)', ('run toys:9 KINDS.add("round", Ball)',)),
                ('KINDS.add("cube", Cube)\n', "", ()),
            )
        ),
        recorded=True,
    ),
    Scenario(
        "A key that several statements set has the value of the last of them, whichever is edited or goes.",
        {
            "shop/book.py": """
                class Shelf:
                    sizes = {}

                class Strict(dict):
                    pass

                PRICES, STRICT = {}, Strict()
            """,
            "shop/first.py": """
                from .book import *

                PRICES["ball"] = 1
                Shelf.sizes["ball"] = 1
                STRICT["ball"] = 1
            """,
            "shop/last.py": """
                from .book import *

                PRICES["ball"] = 2
                PRICES.update(cube=2)
                Shelf.sizes["ball"] = 2
                STRICT["ball"] = 2
            """,
        },
        ("import shop.first, shop.last, shop.book as b",),
        tuple(
            Edit({f"shop/{name}.py": sub(old, new)}, same=("b.PRICES", "b.Shelf.sizes", "dict.items(b.STRICT)"))
            for name, old, new in (
                ("first", 'PRICES["ball"] = 1', 'PRICES["ball"] = 3'),
                ("first", 'PRICES["ball"] = 3', 'PRICES["cube"] = 3'),
                ("first", 'sizes["ball"] = 1', 'sizes["ball"] = 3'),
                ("first", 'STRICT["ball"] = 1', 'STRICT["ball"] = 3'),
                ("last", "PRICES.update(cube=2)\n", ""),
                ("last", 'Shelf.sizes["ball"] = 2\n', ""),
                ("last", 'STRICT["ball"] = 2\n', ""),
            )
        ),
    ),
    Scenario(
        "A method that was registered is taken back when its object is another one, and when the statement goes.",
        {
            "till.py": """
                class Till:
                    def __init__(self, number):
                        self.number = number

                    def close(self, *args):
                        return self.number
            """,
            "shop.py": """
                import logging
                import signal

                from till import Till

                till = Till(1)
                log = logging.getLogger("till.closing")
                log.addFilter(till.close)
                signal.signal(signal.SIGABRT, till.close)
            """,
        },
        (
            "import logging, signal",
            "logging.getLogger('till.closing').filters.clear()",
            "before = signal.signal(signal.SIGABRT, signal.SIG_DFL)",
            "import till, shop",
            "filters = logging.getLogger('till.closing').filters",
        ),
        (
            Edit(
                {"shop.py": sub("Till(1)", "Till(number=2)")},
                same=("[each() for each in filters]", "signal.getsignal(signal.SIGABRT)()"),
                differs=("shop.log",),
            ),
            Edit(
                {"till.py": sub("def __init__(self, number):", "def __init__(self, number, size=1):")},
                same=("[each() for each in filters]", "signal.getsignal(signal.SIGABRT)()"),
                differs=("shop.log",),
            ),
            Edit(
                {
                    "shop.py": lambda text: text.replace("log.addFilter(till.close)\n", "").replace(
                        "signal.signal(signal.SIGABRT, till.close)\n", ""
                    )
                },
                same=("len(filters)", "signal.getsignal(signal.SIGABRT) is signal.SIG_DFL"),
                differs=("shop.log",),
            ),
        ),
    ),
    Scenario(
        "Plain items that change places, or come in between, stand in a dictionary as their statements do.",
        {
            "table.py": """
                TABLE = {"first": 0}
            """,
            "shop.py": """
                from table import TABLE
                KEY = "c"
                TABLE["a"] = 1
                TABLE["b"] = 2
                TABLE[KEY] = 3
            """,
            "list.py": """
                import shop
                from table import TABLE
                KEYS = list(TABLE)
            """,
        },
        ("import list, shop", "held = shop.TABLE"),
        (
            Edit(
                {
                    "shop.py": """
                        from table import TABLE
                        KEY = "c"
                        TABLE[KEY] = 3
                        TABLE["a"] = 1
                        TABLE["b"] = 2
                    """
                },
                same=("list.KEYS",),
                holds=("held is shop.TABLE", "list.KEYS == ['first', 'c', 'a', 'b']"),
            ),
            Edit(
                {
                    "shop.py": """
                        from table import TABLE
                        KEY = "c"
                        TABLE[KEY] = 3
                        TABLE["d"] = 4
                        TABLE["b"] = 2
                        TABLE["a"] = 1
                    """
                },
                same=("list.KEYS",),
                holds=("held is shop.TABLE",),
            ),
            Edit(
                {
                    "shop.py": """
                        from table import TABLE
                        KEY = "c"
                        TABLE["a"] = 1
                        TABLE["b"] = 2
                        TABLE[KEY] = 3
                    """
                },
                same=("list.KEYS",),
            ),
        ),
    ),
    Scenario(
        "What a cell has put into a dictionary stays behind the items that change places.",
        {
            "shop.py": """
                TABLE = {}
                TABLE.setdefault("a", 1)
                TABLE.update(b=2)
            """
        },
        ("import shop", "held = shop.TABLE"),
        (
            Edit(
                {"shop.py": 'TABLE = {}\nTABLE.update(b=2)\nTABLE.setdefault("a", 1)\n'},
                before=("held['mine'] = 5",),
                holds=("held is shop.TABLE", "list(held) == ['b', 'a', 'mine']"),
                differs=("shop.TABLE",),
            ),
        ),
    ),
    *(
        Scenario(
            f"Functions that change places do so in what has them as well: {name}.",
            {
                "shop.py": f"""
                    from collections import OrderedDict, defaultdict, deque
                    class Names(dict): pass
                    class Hooks(list): pass
                    HELD = {maker}

                    def hook(function):
                        {act}
                        return function

                    @hook
                    def one(): pass

                    @hook
                    def two(): pass

                    @hook
                    def three(): pass
                """
            },
            ("import shop", "held = shop.HELD"),
            (
                Edit(
                    {"shop.py": sub("def one(): pass\n\n@hook\ndef two()", "def two(): pass\n\n@hook\ndef one()")},
                    same=(f"[getattr(each, '__name__', each) for each in {read}]",),
                    holds=("held is shop.HELD",),
                ),
            ),
        )
        for name, maker, act, read in (
            ("an ordered dictionary", "OrderedDict()", "HELD[function.__name__] = function", "shop.HELD"),
            ("a class below dict", "Names()", "HELD[function.__name__] = function", "shop.HELD"),
            ("a class below list", "Hooks()", "HELD.append(function)", "shop.HELD"),
            ("inserted at the beginning", "[]", "HELD.insert(0, function)", "shop.HELD"),
            ("appended at the left", "deque()", "HELD.appendleft(function)", "shop.HELD"),
            ("lists in a dictionary", "{}", 'HELD.setdefault("k", []).append(function)', 'shop.HELD["k"]'),
            ("a list for each", "defaultdict(list)", "HELD[function.__name__].append(function)", "shop.HELD"),
        )
    ),
    Scenario(
        "A registry keeps its order when its function puts entries to another place, and again to the end.",
        {
            "bus.py": """
                HANDLERS = []

                def on(function):
                    HANDLERS.append(function)
                    return function
            """,
            "shop.py": """
                from bus import on

                @on
                def log():
                    return 1

                @on
                def mail():
                    return 2
            """,
        },
        ("import shop, bus", "held = bus.HANDLERS"),
        (
            Edit({"bus.py": sub("append(", "insert(0, ")}, same=("bus.HANDLERS[0].__name__",)),
            Edit(
                {"bus.py": sub("insert(0, ", "append(")},
                same=("bus.HANDLERS[0].__name__",),
                holds=("held is bus.HANDLERS",),
            ),
        ),
    ),
    Scenario(
        "What a class is registered as by its name is taken out of the list when it, or its base, runs again.",
        {
            "base.py": """
                from abc import ABC, abstractmethod

                class Base(ABC):
                    kinds = []

                    def __init_subclass__(cls, **options):
                        super().__init_subclass__(**options)
                        Base.kinds.append(cls.__name__)

                    @abstractmethod
                    def get(self):
                        ...

                class Memory(Base):
                    def get(self):
                        return 1

                class Disk(Base):
                    def get(self):
                        return 2
            """
        },
        ("import base", "kinds = base.Base.kinds"),
        tuple(
            Edit(
                {"base.py": lambda text, old=old, new=new: text.replace(old, new)},
                same=("base.Base.kinds",),
                holds=("kinds is base.Base.kinds",),
            )
            for old, new in (
                ("return 1", "return 1\n\n    size = 3"),
                ("class Base(ABC):", "class Base(ABC):\n    @abstractmethod\n    def put(self):\n        ...\n"),
                ("class Memory", "class Store"),
                ("class Disk(Base):\n    def get(self):\n        return 2\n", ""),
            )
        ),
    ),
    Scenario(
        "What plugins put in that are found by a text, in a list or by an import in a function does not come twice.",
        {
            "shop/__init__.py": "",
            "shop/till.py": """
                class Till:
                    def __init__(self):
                        self.goods = []

                    def add(self, name, price):
                        self.goods.append((name, price))

                class Table(dict):
                    def add(self, name, price):
                        self[name] = price
            """,
            "shop/tea.py": """
                def offer(names):
                    names.append("tea")

                def fill(till):
                    till.add("tea", 1)
            """,
            "shop/pot.py": """
                def offer(names):
                    names.append("pot")

                def fill(till):
                    till.add("pot", 20)
            """,
            "shop/named.py": """
                from importlib import import_module
                from shop.till import Table, Till

                NAMES, till, table = [], Till(), Table()
                for each in ("tea", "pot"):
                    import_module(f"shop.{each}").offer(NAMES)
                for each in ("tea", "pot"):
                    import_module(f"shop.{each}").fill(till)
                for each in ("tea", "pot"):
                    import_module(f"shop.{each}").fill(table)
            """,
            "shop/inside.py": """
                from shop.till import Table, Till

                def offer_all(names):
                    from shop import pot, tea
                    tea.offer(names)
                    pot.offer(names)

                def fill_all(till):
                    from shop import pot, tea
                    for each in (tea, pot):
                        each.fill(till)

                NAMES, till, table = [], Till(), Table()
                offer_all(NAMES)
                fill_all(till)
                fill_all(table)
            """,
            "shop/handed.py": """
                from shop import pot, tea
                from shop.till import Table, Till

                NAMES, till, table = [], Till(), Table()

                def offer_all():
                    tea.offer(NAMES)
                    pot.offer(NAMES)

                offer_all()
                [fill(till) for fill in (tea.fill, pot.fill)]

                def each_of(fills, till):
                    for fill in fills:
                        fill(till)

                each_of([tea.fill, pot.fill], table)
            """,
        },
        ("from shop import handed, inside, named",),
        tuple(
            Edit(
                {"shop/pot.py": sub(old, new)},
                same=(
                    *(f"{module}.NAMES" for module in ("named", "inside", "handed")),
                    *(f"{module}.till.goods" for module in ("named", "inside", "handed")),
                    *(f"dict({module}.table)" for module in ("named", "inside", "handed")),
                ),
            )
            for old, new in (('append("pot")', 'append("kettle")'), ('add("pot"', 'add("kettle"'), ("20)", "25)"))
        ),
        recorded=True,
    ),
)
