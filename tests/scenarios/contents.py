"""What objects hold, rather than which they are: lists that units fill, members of enums, what constructors give."""

from __future__ import annotations

from scenarios import Edit, Scenario, add, sub

CHAIN = "PARTS = ['a']\nPARTS = PARTS + ['b']\nPARTS = PARTS + ['c']\nCOUNT = len(PARTS)\n"
NAMES = "NAMES = []\nNAMES.append('x')\nNAMES.append('y')\nNAMES.append('z')\nCOUNT = len(NAMES)\n"
REGISTRY = """
    class Registry:
        def __init__(self):
            self.items = {}
            self.title = "tools"

        def register(self, f):
            self.items[f.__name__] = f
            return f

        def named(self, name):
            def decorate(f):
                self.items[name] = f
                return f
            return decorate

        def names(self):
            return sorted(self.items)

        def heading(self):
            return self.title.upper()

        def __len__(self):
            return len(self.items)

        def __contains__(self, name):
            return name in self.items

    registry = Registry()
"""
TOOLS = """
    from core import registry

    @registry.register
    def saw():
        return 1

    @registry.named("plane")
    def smooth():
        return 2
"""
SHOP = """
    from core import registry
    import tools

    NAMES = sorted(registry.items)
    LISTED = registry.names()
    COUNT = len(registry)
    HAS_FILE = "file" in registry
    VALUES = [f() for f in registry.items.values()]
    HEADING = registry.heading()
    TITLE = registry.title

    class Runner:
        table = dict(registry.items)

    class Names:
        def __init__(self):
            self.names = sorted(registry.items)

    names = Names()
    KEYS = list(Runner.table)
"""

SCENARIOS = (
    Scenario(
        "What a statement adds in place to an imported container is taken back when the statement changes or goes.",
        {
            "hub.py": """
            NAMES = {"base"}
            STEPS = ["base"]
        """,
            "a.py": """
            from hub import NAMES, STEPS
            NAMES |= {"a"}
            STEPS += ["a"]
        """,
            "b.py": """
            from a import STEPS
            COUNT = len(STEPS)
            STEPS.append("b")
        """,
        },
        ("import b", "import a, hub"),
        (
            Edit(
                {"a.py": sub('{"a"}\nSTEPS += ["a"]', '{"c"}\nSTEPS += ["c", "d"]')},
                same=("sorted(hub.NAMES)", "hub.STEPS", "b.COUNT"),
                holds=("a.STEPS is hub.STEPS is b.STEPS",),
            ),
            Edit({"a.py": sub('STEPS += ["c", "d"]\n', "")}, same=("hub.STEPS", "b.COUNT")),
        ),
    ),
    Scenario(
        "A chain of assignments is carried through from any of its links.",
        {"a.py": CHAIN},
        ("import a",),
        (
            Edit({"a.py": sub("['a']", "['A']")}),
            Edit({"a.py": sub("['b']", "['B', 'BB']")}),
            Edit({"a.py": sub("['c']", "['C']")}, ("run a:3 PARTS = PARTS + ['C']", "run a:4 COUNT = len(PARTS)")),
        ),
    ),
    Scenario(
        "A link that goes or is put in between leaves the others right.",
        {"a.py": CHAIN},
        ("import a",),
        (
            Edit({"a.py": sub("PARTS = PARTS + ['b']\n", "")}),
            Edit({"a.py": sub("PARTS = PARTS + ['c']\n", "PARTS = PARTS + ['x']\nPARTS = PARTS + ['c']\n")}),
            Edit({"a.py": sub("PARTS = PARTS + ['c']\n", "")}),
        ),
    ),
    Scenario(
        "Plain values that were appended cannot be told apart: the list is made anew, and what was computed of it.",
        {"a.py": NAMES},
        ("import a",),
        (
            Edit({"a.py": sub("'y'", "'Y'")}),
            Edit({"a.py": sub("NAMES.append('x')\n", "")}),
            Edit(
                {"a.py": sub("NAMES.append('z')\n", "NAMES.append('z')\nNAMES.append('zz')\n")},
                ("run a:4 NAMES.append('zz')", "run a:5 COUNT = len(NAMES)"),
            ),
        ),
    ),
    Scenario(
        "What was computed of a registry follows its entries into other modules; what holds it is not made anew.",
        {
            "reg.py": "ALL = []\ndef register(f):\n    ALL.append(f)\n    return f\n",
            "plug.py": "from reg import register\n\n@register\ndef one(): ...\n",
            "app.py": """
                import plug
                from reg import ALL

                class Server:
                    def __init__(self, all):
                        self.all = all

                SERVER = Server(ALL)
                NAMES = [f.__name__ for f in ALL]
            """,
        },
        ("import app", "server = app.SERVER"),
        (
            Edit(
                {"plug.py": add("\n@register\ndef two(): ...\n")},
                ("run plug:6 def two", "run app:9 NAMES = [f.__name__ for f in ALL]"),
                holds=("server is app.SERVER and len(server.all) == 2",),
            ),
            Edit({"plug.py": sub("@register\ndef one(): ...\n", "")}, holds=("server is app.SERVER",)),
        ),
    ),
    Scenario(
        "What was computed of a member of an enum follows the member's value.",
        {
            "a.py": """
                from enum import Enum

                class Colour(Enum):
                    RED = 1
                    BLUE = 2

                FIRST = Colour.RED.value
            """,
            "b.py": "from a import Colour\nNAMES = {Colour.RED: 'r', Colour.BLUE: 'b'}\n",
        },
        ("import a, b", "red, Colour = a.Colour.RED, a.Colour"),
        (
            Edit(
                {"a.py": sub("RED = 1", "RED = 10")},
                same=("a.Colour(10).name", "b.NAMES[a.Colour.RED]"),
                holds=("red is a.Colour.RED and Colour is a.Colour",),
            ),
            Edit({"a.py": sub("BLUE = 2", "BLUE = 2\n    GREEN = 3")}, holds=("red is a.Colour.RED",)),
            Edit({"a.py": sub("    GREEN = 3\n", "")}, holds=("red is a.Colour.RED",)),
        ),
    ),
    Scenario(
        "What was made by a generated constructor is made anew when that changes.",
        {"a.py": "from typing import NamedTuple\n\nclass N(NamedTuple):\n    x: int = 1\n\nDEFAULT = N().x\n"},
        ("import a",),
        (Edit({"a.py": sub("x: int = 1", "x: int = 4")}, same=("a.N().x",)),),
    ),
    Scenario(
        "An order of two definitions that matters is taken from the new source.",
        {"pick.py": "def choose():\n    return 1\n\ndef choose():\n    return 2\n\nGOT = choose()\n"},
        ("import pick",),
        (Edit({"pick.py": "def choose():\n    return 2\n\ndef choose():\n    return 1\n\nGOT = choose()\n"}),),
    ),
    Scenario(
        "What a class collects of its subclasses is such a container too, and so is what a text is executed in.",
        {
            "a.py": """
                class Plugin:
                    known = {}

                    def __init_subclass__(cls, name):
                        Plugin.known[name] = cls
            """,
            "b.py": "from a import Plugin\n\nclass One(Plugin, name='one'):\n    pass\n",
            "c.py": "import b\nfrom a import Plugin\n\nNAMES = sorted(Plugin.known)\n",
            "d.py": "space = {'__builtins__': {}}\nexec('def f(): return 1', space)\nf = space['f']\n",
            "e.py": "from d import f\n\nX = f()\n",
        },
        ("import a, b, c, d, e",),
        (
            Edit({"b.py": sub("name='one'", "name='first'")}, same=("c.NAMES",)),
            Edit({"b.py": add("\nclass Two(Plugin, name='two'):\n    pass\n")}, same=("c.NAMES",)),
            Edit({"d.py": sub("return 1", "return 2")}, same=("d.f()", "e.f()", "e.X"), holds=("d.f is e.f",)),
        ),
    ),
    Scenario(
        "What a metaclass keeps of the classes that it makes goes with them.",
        {
            "a.py": """
                class Meta(type):
                    made = {}

                    def __new__(mcs, name, bases, entries):
                        cls = super().__new__(mcs, name, bases, entries)
                        mcs.made[name] = cls
                        return cls

                class Base(metaclass=Meta):
                    pass
            """,
            "b.py": "from a import Base\n\nclass One(Base):\n    pass\n",
            "c.py": "import b\nfrom a import Meta\n\nNAMES = sorted(Meta.made)\n",
        },
        ("import a, b, c",),
        (
            Edit(
                {"b.py": sub("pass", "x = 1")},
                before=("one, One = b.One(), b.One",),
                holds=("one.x == 1", "b.One is One is a.Meta.made['One']"),
            ),
            Edit({"b.py": sub("One", "Two")}, same=("c.NAMES", "sorted(a.Meta.made)")),
            Edit({"b.py": sub("Two", "One")}, same=("c.NAMES", "sorted(a.Meta.made)")),
        ),
    ),
    Scenario(
        "What a loop in a class body fills is filled anew when what it goes through changes.",
        {
            "a.py": """
                class Lexer:
                    keywords = ("if", "else")
                    table = {}
                    for keyword in keywords:
                        table[keyword.upper()] = keyword
                    cache = {}
            """,
        },
        ("import a", "a.Lexer.cache['x'] = 1"),
        (
            Edit(
                {"a.py": sub('"else")', '"while")')},
                same=("a.Lexer.table",),
                holds=("a.Lexer.cache == {'x': 1}",),
                differs=("a.Lexer",),
            ),
            Edit({"a.py": sub(".upper()", ".title()")}, same=("a.Lexer.table",), differs=("a.Lexer",)),
        ),
    ),
    Scenario(
        "A statement that fills one table by another fills it again when an entry comes.",
        {
            "table.py": """
                PARTS = {}
                PARTS["bolt"] = dict(price=1)
                PRICES = {}
                LABELS = {}

                def fill():
                    for name, part in PARTS.items():
                        PRICES[name] = part["price"] * 2

                def label(parts=PARTS, labels=LABELS):
                    for name in parts:
                        labels[name] = name.upper()
            """,
            "shop.py": "import table\ntable.fill()\ntable.label()\n",
        },
        ("import shop, table",),
        (
            Edit(
                {"table.py": sub("PRICES = {}\n", 'PARTS["nut"] = dict(price=7)\nPRICES = {}\n')},
                same=("table.PRICES, table.LABELS",),
            ),
            Edit({"table.py": sub("price=7", "price=8")}, same=("table.PRICES",)),
        ),
    ),
    Scenario(
        "What was put into an item of a table is put into it again when the item is made anew.",
        {
            "table.py": """
                PARTS = {}
                PARTS["bolt"] = dict(check=[lambda size: size > 1])
                PARTS["bolt"]["label"] = [lambda: "bolt"]
                PARTS["bolt"].update(price=[lambda: 3])
                PARTS["nut"] = dict(check=[lambda size: size > 2])
            """,
            "more.py": "import table\ntable.PARTS['bolt']['more'] = 4\n",
        },
        ("import table, more",),
        (
            Edit(
                {"table.py": sub("size > 1]", "size > 1], weigh=[lambda: 9]")},
                same=("list(table.PARTS['bolt'])", "table.PARTS['bolt']['weigh'][0]()"),
            ),
        ),
    ),
    Scenario(
        "What was computed of an object follows what decorators have registered with it, and nothing else of it does.",
        {"core.py": REGISTRY, "tools.py": TOOLS, "shop.py": SHOP},
        ("import core, tools, shop",),
        (
            Edit(
                {"tools.py": add("\n@registry.register\ndef file():\n    return 3\n")},
                (
                    "run tools:11 def file",
                    "run shop:4 NAMES = sorted(registry.items)",
                    "run shop:5 LISTED = registry.names()",
                    "run shop:6 COUNT = len(registry)",
                    'run shop:7 HAS_FILE = "file" in registry',
                    "run shop:8 VALUES = [f() for f in registry.items.values()]",
                    "run shop:12 class Runner",
                    "run shop:19 names = Names()",
                    "run shop:20 KEYS = list(Runner.table)",
                ),
                same=("shop.names.names",),
            ),
            Edit({"tools.py": sub('named("plane")', 'named("chisel")')}, same=("shop.names.names",)),
            Edit({"tools.py": sub("@registry.register\ndef saw", "def saw")}, same=("shop.names.names",)),
            Edit({"tools.py": sub("def saw", "@registry.register\ndef saw")}, same=("shop.names.names",)),
        ),
    ),
    Scenario(
        "Listeners of an object, and entries of a class that is a dictionary, are followed as well.",
        {
            "bus.py": """
            class Bus:
                def __init__(self):
                    self.by_event = {}

                def on(self, event):
                    def decorate(f):
                        self.by_event.setdefault(event, []).append(f)
                        return f
                    return decorate

                def fire(self, event, value):
                    return [f(value) for f in self.by_event.get(event, [])]

            class App:
                def __init__(self):
                    self.bus = Bus()

            class Table(dict):
                def put(self, f):
                    self[f.__name__] = f
                    return f

            app = App()
            table = Table()

            @app.bus.on("open")
            @table.put
            def same(x):
                return x

            OUT = app.bus.fire("open", 3)
            COUNTS = {event: len(found) for event, found in app.bus.by_event.items()}
            KEYS = sorted(table)
            """,
        },
        ("import bus",),
        (
            Edit(
                {"bus.py": sub("OUT =", '@app.bus.on("open")\n@table.put\ndef more(x):\n    return x + 1\n\nOUT =')},
                same=("list(bus.table)",),
            ),
            Edit({"bus.py": sub('@app.bus.on("open")\n@table.put\ndef more', '@app.bus.on("shut")\ndef more')}),
            Edit({"bus.py": sub('@app.bus.on("open")\n', "")}),
        ),
    ),
    Scenario(
        "A decorator of an object has put an entry into it when the edit fails: it is gone again.",
        {"core.py": REGISTRY, "tools.py": TOOLS},
        ("import core, tools",),
        (
            Edit(
                {"tools.py": add("\n@registry.register\ndef file():\n    return 3\n1 / 0\n")},
                fails="ZeroDivisionError",
                holds=("sorted(core.registry.items) == ['plane', 'saw']",),
            ),
            Edit({"tools.py": sub("1 / 0\n", "")}, same=("sorted(core.registry.items)",)),
        ),
    ),
    Scenario(
        "Instances that enter a weak container of their class, or share their attributes by one of it, are followed.",
        {
            "a.py": """
                import weakref

                class Node:
                    alive = weakref.WeakSet()
                    names = weakref.WeakValueDictionary()

                    def __init__(self, name):
                        self.name = name
                        Node.alive.add(self)
                        self.names[name] = self

                class Shared:
                    _state = {}

                    def __init__(self, **state):
                        self.__dict__ = self._state
                        self._state.update(state)

                class Level:
                    _state = {}

                    def __init__(self, level):
                        self.__dict__ = self._state
                        self.level = level

                one = Node("one")
                two = Node("two")
                NAMES = sorted(node.name for node in Node.alive), sorted(Node.names)
                first = Shared(left=1)
                second = Shared(right=2)
                SIDES = first.right, second.left
                low = Level(1)
                high = Level(2)
                LEVELS = low.level, high.level
            """
        },
        ("import a", "alive = a.Node.alive"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace('Node("two")', 'Node("second")\nthree = Node("three")')
                        .replace("left=1", "left=5")
                        .replace("Level(2)", "Level(3)")
                    )
                },
                same=("a.NAMES, a.SIDES, a.LEVELS",),
                holds=("alive is a.Node.alive",),
            ),
            Edit({"a.py": sub('three = Node("three")\n', "")}, same=("a.NAMES, a.SIDES, a.LEVELS",)),
        ),
        recorded=True,
    ),
    Scenario(
        "A text in memory into which an object of C writes is made anew when what is written there changes.",
        {
            "a.py": """
                import csv
                import io
                import pickle

                text = io.StringIO()
                writer = csv.writer(text)
                writer.writerow([1, 2])
                TEXT = text.getvalue()
                rows = io.StringIO()
                table = csv.DictWriter(rows, ["a", "b"])
                table.writeheader()
                table.writerow({"a": 1, "b": 2})
                ROWS = rows.getvalue()
                data = io.BytesIO()
                pickler = pickle.Pickler(data)
                pickler.dump(1)
                DATA = data.getvalue()
            """
        },
        ("import a",),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("[1, 2]", "[1, 3]").replace('"a": 1', '"a": 3').replace("dump(1)", "dump(2)")
                    )
                },
                same=("a.TEXT, a.ROWS, a.DATA, a.text.getvalue()",),
            ),
            Edit(
                {"a.py": sub("TEXT =", "writer.writerow([4])\nTEXT =")},
                same=("a.TEXT, a.ROWS, a.DATA, a.text.getvalue()",),
            ),
        ),
    ),
    Scenario(
        "What is computed of a context variable follows its value, however it is set, and without it if nobody does.",
        {
            "core.py": """
                from contextvars import ContextVar

                level = ContextVar("level", default=0)
                user = ContextVar("user", default="nobody")
                last = ContextVar("last")

                def put(value):
                    return level.set(value)
            """,
            "a.py": """
                from core import last, level, put, user

                put(1)
                LEVEL = level.get()
                token = user.set("ann")
                USER = user.get()
                last.set("one")
                ONE = last.get()
                last.set("two")
                TWO = last.get()
            """,
        },
        ("import core, a", "level = core.level"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("put(1)", "put(2)").replace("ann", "bob").replace('"one"', '"first"')
                    )
                },
                same=("a.LEVEL, a.USER, a.ONE, a.TWO, level.get(), core.user.get(), core.last.get()",),
                holds=("level is core.level",),
            ),
            Edit(
                {"a.py": lambda text: text.replace('token = user.set("bob")\n', "").replace('last.set("two")\n', "")},
                same=("a.LEVEL, a.USER, a.ONE, a.TWO, core.user.get(), core.last.get()",),
            ),
        ),
    ),
)
