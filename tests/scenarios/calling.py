"""What calls do to the containers that they are handed, and to the attributes of objects and modules."""

from __future__ import annotations

from . import Edit, Scenario, sub

SCENARIOS = (
    Scenario(
        "A container that is handed to a function which puts something into it is built anew.",
        {
            "tools.py": """
                def put(table, name, *, into=None):
                    table[name] = name * 2
                    if into is not None:
                        into.append(name)

                def fill(rows, name):
                    put({}, name, into=rows)
            """,
            "a.py": """
                import heapq
                from tools import fill, put

                TABLE = {}
                ROWS = []
                QUEUE = []
                SAME = TABLE
                put(TABLE, "a")
                put(SAME, "b")
                fill(ROWS, "x")
                fill(rows=ROWS, name="y")
                heapq.heappush(QUEUE, (2, "two"))
                heapq.heappush(QUEUE, (1, "one"))
                COPY = dict(TABLE)
                COUNT = len(ROWS)
            """,
        },
        ("import tools, a",),
        (
            Edit(
                {"a.py": lambda text: text.replace('"a"', '"A"').replace('"x"', '"X"').replace("(2,", "(0,")},
                same=("(a.TABLE, a.ROWS, sorted(a.QUEUE), a.COPY, a.COUNT)",),
                holds=("a.SAME is a.TABLE",),
            ),
            Edit({"tools.py": sub("name * 2", "name * 3")}, same=("(a.TABLE, a.COPY, a.ROWS)",)),
            Edit({"a.py": sub('put(SAME, "b")\nfill(ROWS, "X")\n', "")}, same=("(a.TABLE, a.ROWS, a.COPY, a.COUNT)",)),
        ),
    ),
    Scenario(
        "What a method or a function assigns as it is told reaches those who read it afterwards.",
        {
            "hub.py": """
                LEVEL = 0

                def setup(level):
                    global LEVEL
                    LEVEL = level

                class Settings:
                    size = 0

                    def configure(self, size):
                        self.size = size

                settings = Settings()
            """,
            "early.py": "import hub\nLEVEL = hub.LEVEL\n",
            "a.py": """
                import early
                import hub
                from hub import settings

                hub.setup(3)
                settings.configure(5)
                LEVEL = hub.LEVEL
                SIZE = settings.size
            """,
        },
        ("import hub, a, early", "from hub import settings"),
        (
            Edit(
                {"a.py": lambda text: text.replace("setup(3)", "setup(4)").replace("configure(5)", "configure(6)")},
                same=("(a.LEVEL, a.SIZE, early.LEVEL, hub.LEVEL)",),
                holds=("settings is hub.settings",),
            ),
            Edit(
                {"a.py": sub("hub.setup(4)\nsettings.configure(6)\n", "")},
                same=("(a.LEVEL, a.SIZE, hub.LEVEL, settings.size)",),
                holds=("settings is hub.settings",),
            ),
        ),
    ),
    Scenario(
        "A statement that reads an attribute and replaces it goes on from what it was before.",
        {
            "other.py": "count = 1\n",
            "a.py": """
                import other

                def wrapped(f, tag):
                    return lambda self: [*f(self), tag]

                class K:
                    size = 1

                    def tags(self):
                        return ["own"]

                def f():
                    pass

                class Settings:
                    def __init__(self):
                        self.level = 1

                settings = Settings()
                f.order = 1
                K.size += 10
                K.tags = wrapped(K.tags, "x")
                f.order = f.order + 10
                settings.level += 10
                other.count += 10
                SUM = K.size + f.order + settings.level + other.count
            """,
        },
        ("import other, a", "from a import K, settings", "k = K()"),
        (
            Edit(
                {"a.py": lambda text: text.replace("+= 10", "+= 20").replace("+ 10\n", "+ 20\n").replace('"x"', '"y"')},
                same=("(K.size, k.tags(), a.f.order, settings.level, other.count, a.SUM)",),
                holds=("K is a.K", "settings is a.settings"),
            ),
            Edit({"a.py": sub("    size = 1\n", "    size = 2\n")}, same=("(K.size, a.SUM)",)),
            Edit(
                {"a.py": sub("K.size += 20\n", "")},
                same=("(K.size, a.SUM)",),
            ),
        ),
    ),
    Scenario(
        "An attribute that a statement gave under another name goes.",
        {
            "m.py": "def f():\n    pass\n\nclass K:\n    pass\n",
            "a.py": """
                import m

                m.K.one = 1
                m.f.one = 1
                m.one = 1
            """,
        },
        ("import m, a", "k = m.K()"),
        (
            Edit(
                {"a.py": lambda text: text.replace(".one", ".two")},
                same=("(hasattr(k, 'one'), k.two, hasattr(m.f, 'one'), m.f.two, hasattr(m, 'one'), m.two)",),
            ),
        ),
    ),
    Scenario(
        "What a chain of calls, a stream, a hash or a queue was given is given anew.",
        {
            "a.py": """
                import hashlib
                import io
                from collections import deque

                class Query:
                    def __init__(self):
                        self.parts = []

                    def where(self, part):
                        self.parts.append(part)
                        return self

                query = Query().where("a")
                query.where("b").where("c")
                stream = io.StringIO()
                stream.write("one ")
                print("two", file=stream)
                digest = hashlib.md5()
                digest.update(b"one")
                DIGEST = digest.hexdigest()
                TEXT = stream.getvalue()
                WAITING = deque()

                def job(f):
                    WAITING.appendleft(f)
                    return f

                @job
                def first():
                    pass

                @job
                def second():
                    pass
            """
        },
        ("import a", "query = a.query"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace('"b"', '"B"').replace("one", "ONE").replace("@job\ndef first", "def first")
                    )
                },
                same=("(query.parts, a.TEXT, a.DIGEST, [f.__name__ for f in a.WAITING])",),
                holds=("query is a.query",),
                differs=("a.stream", "a.digest"),
            ),
        ),
    ),
    Scenario(
        "An entry that another one had covered comes again, and others keep what was counted for them.",
        {
            "hub.py": """
                KEPT = {}
                CALLS = {}

                def keep(name):
                    def mark(f):
                        KEPT[name] = f
                        return f
                    return mark

                def counted(f):
                    CALLS[f.__name__] = 0
                    def call():
                        CALLS[f.__name__] += 1
                        return f()
                    return call
            """,
            "first.py": "from hub import keep\n\n@keep('k')\ndef one():\n    return 1\n",
            "second.py": """
                import first
                from hub import counted, keep

                @keep("k")
                def two():
                    return 2

                @counted
                def load():
                    return 1

                @counted
                def save():
                    return 1
            """,
        },
        ("import hub, second", "second.load()", "second.load()"),
        (
            Edit(
                {"second.py": lambda text: text.replace('@keep("k")\n', "").replace("def save", "def store")},
                same=("hub.KEPT['k']()",),
                holds=("hub.CALLS == {'load': 2, 'store': 0}",),
                differs=("hub.CALLS",),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "A function that calls a method of what it gets acts upon that, whether it is handed on or named.",
        {
            "app.py": """
            class App:
                def __init__(self):
                    self.pages = []
                    self.by_name = {}

                def page(self, f):
                    self.pages.append(f)
                    return f

                def name(self, key, value):
                    self.by_name[key] = value

            app = App()
        """,
            "pages.py": """
            def setup(app, title="home"):
                app.name("title", title)

                @app.page
                def index():
                    return title

                extend(app)

            def extend(where):
                where.name("extra", 1)
        """,
            "main.py": """
            import pages
            from app import app

            pages.setup(app)
            COUNT = len(app.pages)
            NAMES = dict(app.by_name)
        """,
        },
        ("import main", "from app import app", "held = app"),
        (
            Edit(
                {"pages.py": sub("extend(app)\n", "extend(app)\n    app.page(extend)\n")},
                same=("len(app.pages), app.by_name",),
                holds=("app is held",),
            ),
            Edit({"pages.py": sub('("extra", 1)', '("more", 2)')}, same=("len(app.pages), app.by_name",)),
            Edit({"main.py": sub("setup(app)", 'setup(title="shop", app=app)')}, same=("app.by_name",)),
            Edit({"main.py": sub('pages.setup(title="shop", app=app)\n', "")}, same=("len(app.pages), app.by_name",)),
        ),
    ),
    Scenario(
        "What a constructor has registered of its object goes with the statement, and comes once where it runs again.",
        {
            "bus.py": """
            class Bus:
                def __init__(self):
                    self.listeners = []

                def on(self, f):
                    self.listeners.append(f)

            bus = Bus()
            PLAIN = []
        """,
            "control.py": """
            class Control:
                def __init__(self, bus, plain):
                    bus.on(self.heard)
                    plain.append(self)

                def heard(self, x):
                    return x
        """,
            "main.py": """
            from bus import PLAIN, bus
            from control import Control

            one = Control(bus, PLAIN)
            two = Control(bus, PLAIN)
            COUNTS = len(bus.listeners), len(PLAIN)
        """,
        },
        ("import main", "from bus import bus, PLAIN"),
        (
            Edit({"main.py": sub("two = Control(bus, PLAIN)\n", "")}, same=("len(bus.listeners), len(PLAIN)",)),
            Edit(
                {"main.py": sub("COUNTS", "three = Control(bus, PLAIN)\nCOUNTS")},
                same=("len(bus.listeners), len(PLAIN)",),
            ),
            Edit({"bus.py": sub("append(f)", "extend([f])")}, same=("len(bus.listeners), len(PLAIN)",)),
            Edit({"control.py": sub("        bus.on(self.heard)\n", "")}, same=("bus.listeners",)),
            Edit({"control.py": sub("plain.append", "bus.on(self.heard)\n        bus.on(len)\n        plain.append")}),
        ),
    ),
    Scenario(
        "What was computed of a container or object follows a function that begins or ceases to put something into it.",
        {
            "a.py": """
            class Registry:
                kinds = []

                def __init__(self):
                    self.items = []

                def register(self, f):
                    return f

                @classmethod
                def kind(cls, f):
                    return f

            registry, TABLE, OTHER = Registry(), [], []

            def fill(table):
                pass

            def fill_other():
                pass

            @registry.register
            @Registry.kind
            def first():
                return 1

            fill(TABLE)
            fill_other()
            COUNTS = len(registry.items), len(Registry.kinds), len(TABLE), len(OTHER)
        """
        },
        ("import a",),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("register(self, f):\n", "register(self, f):\n        self.items.append(f)\n")
                        .replace("kind(cls, f):\n", "kind(cls, f):\n        cls.kinds.append(f)\n")
                        .replace("fill(table):\n    pass", "fill(table):\n    table.append(1)")
                        .replace("fill_other():\n    pass", "fill_other():\n    OTHER.append(1)")
                    )
                }
            ),
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("        self.items.append(f)\n", "")
                        .replace("        cls.kinds.append(f)\n", "")
                        .replace("    table.append(1)", "    pass")
                        .replace("    OTHER.append(1)", "    pass")
                    )
                }
            ),
        ),
    ),
    Scenario(
        "What a base from elsewhere, a callback or a lambda puts into an object is put there once.",
        {
            "a.py": """
                import ast
                from html.parser import HTMLParser

                class Tags(HTMLParser):
                    def __init__(self):
                        super().__init__()
                        self.names = []

                    def handle_starttag(self, tag, attributes):
                        self.names.append(tag)

                class Names(ast.NodeVisitor):
                    def __init__(self):
                        self.names = {}

                    def visit_Name(self, node):
                        self.names[node.id] = node

                class Trainer:
                    def __init__(self, hooks):
                        self.hooks = hooks
                        self.history = []

                    def fit(self, steps):
                        for step in range(steps):
                            for hook in self.hooks:
                                hook(self, step)

                class Bus:
                    def __init__(self):
                        self.hooks = []

                    def on(self, hook):
                        self.hooks.append(hook)

                    def emit(self, value):
                        for hook in self.hooks:
                            hook(value)

                def note(trainer, step):
                    trainer.history.append(step)

                SEEN = []
                tags = Tags()
                tags.feed("<p>")
                names = Names()
                names.visit(ast.parse("one + two"))
                trainer = Trainer([note])
                trainer.fit(2)
                bus = Bus()
                bus.on(lambda value: SEEN.append(value))
                bus.emit(1)
                FOUND = list(tags.names), list(names.names), len(trainer.history), list(SEEN)
            """
        },
        ("import a", "tags, trainer = a.tags, a.trainer"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("<p>", "<b>")
                        .replace("one + two", "one + three")
                        .replace("fit(2)", "fit(3)")
                        .replace("emit(1)", "emit(2)")
                    )
                },
                same=("a.FOUND, tags.names, trainer.history",),
                holds=("tags is a.tags", "trainer is a.trainer"),
                differs=("a.tags", "a.names"),
            ),
            Edit(
                {
                    "a.py": lambda text: text.replace("append(tag)", "append(tag * 2)").replace(
                        "append(step)", "append(-step)"
                    )
                },
                same=("a.FOUND, tags.names, trainer.history",),
                differs=("a.tags", "a.names"),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "Who called a cached function that answered from its cache follows it, also by an import inside.",
        {
            "core.py": """
                import functools

                @functools.lru_cache
                def rate(x=0):
                    return x * 2 + 3
            """,
            "a.py": """
                def price(x=0):
                    from core import rate
                    return x + rate()

                PRICE = price(1)
            """,
        },
        ("import core, a",),
        (
            Edit({"a.py": sub("return x", "return 3 + x")}, same=("a.PRICE",)),
            Edit({"core.py": sub("return x", "return 2 + x")}, same=("a.PRICE",)),
        ),
    ),
    *(
        Scenario(
            f"What a thread fills that statements make, start and wait for is filled anew: {maker}.",
            {
                "shop.py": f"""
                    import threading
                    from threading import Thread
                    RATE = 1
                    HELD = {{}}
                    LINES = []
                    def fill(key="a"):
                        HELD[key] = RATE * 2
                        LINES.append(key)
                    {maker}
                    SEEN = sorted(HELD.items())
                """
            },
            ("import shop",),
            (
                Edit({"shop.py": sub("RATE * 2", "RATE * 3")}, same=("shop.SEEN",), differs=("shop.thread",)),
                Edit({"shop.py": sub("RATE = 1", "RATE = 5")}, same=("shop.SEEN",), differs=("shop.thread",)),
                Edit({"shop.py": sub("append(key)", "append(key * 2)")}, differs=("shop.thread",)),
                Edit({"shop.py": sub("RATE * 3", "RATE * 2")}, same=("shop.SEEN",), differs=("shop.thread",)),
            ),
        )
        for maker in (
            "thread = Thread(target=fill); thread.start(); thread.join()",
            "thread = threading.Thread(target=fill, args=('b',)); thread.start(); thread.join(timeout=5)",
        )
    ),
    Scenario(
        "What a thread runs for which nobody waits is not run once more when it is edited.",
        {
            "shop.py": """
                from threading import Thread
                LINES = []
                def serve():
                    LINES.append(1)
                thread = Thread(target=serve, daemon=True)
                thread.start()
            """
        },
        ("import shop", "held = shop.thread; held.join()"),
        (
            Edit(
                {"shop.py": sub("append(1)", "append(2)")},
                holds=("shop.thread is held", "shop.LINES == [1]"),
                differs=("shop.LINES", "shop.thread"),
            ),
        ),
    ),
)
