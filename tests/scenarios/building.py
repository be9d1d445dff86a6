"""Objects that several statements build, each by what it calls or assigns."""

from __future__ import annotations

from . import Edit, Scenario, add, sub

SCENARIOS = (
    Scenario(
        "An object into which several statements put something is built anew when one of them changes or goes.",
        {
            "bus.py": """
                class Entry:
                    def __init__(self, value):
                        self.value = value

                class Bus:
                    def __init__(self):
                        self.entries = []
                        self.by_number = {}

                    def add(self, value):
                        self.entries.append(Entry(value))
                        self.by_number[len(self.by_number)] = value

                    def total(self):
                        return sum(entry.value for entry in self.entries)

                bus = Bus()
            """,
            "first.py": """
                from bus import bus

                HELD = [bus]

                if HELD:
                    bus.add(1)
                bus.add(10)
                TOTAL = bus.total()
            """,
            "second.py": """
                import first
                from bus import bus

                def fill():
                    bus.add(100)

                fill()
                TOTAL = bus.total()
            """,
        },
        ("import bus as home, first, second", "from first import bus, HELD", "held = HELD"),
        (
            Edit(
                {"first.py": sub("add(1)", "add(2)")},
                (
                    "run bus:17 bus = Bus()",
                    "run first:5 if HELD:",
                    "run first:7 bus.add(10)",
                    "run first:8 TOTAL = bus.total()",
                    "run second:7 fill()",
                    "run second:8 TOTAL = bus.total()",
                ),
                before=("bus.note = 'mine'",),
                same=("[entry.value for entry in bus.entries]", "bus.by_number", "first.TOTAL", "second.TOTAL"),
                holds=("bus is home.bus is first.bus is second.bus is held[0]", "HELD is held", "bus.note == 'mine'"),
                differs=("bus.bus", "first.bus", "first.HELD", "second.bus"),
            ),
            Edit(
                {"bus.py": sub("Entry(value)", "Entry(value + 1)")},
                same=("[entry.value for entry in bus.entries]", "bus.by_number", "first.TOTAL", "second.TOTAL"),
                holds=("bus is home.bus is first.bus is second.bus is held[0]", "HELD is held", "bus.note == 'mine'"),
                differs=("bus.bus", "first.bus", "first.HELD", "second.bus"),
            ),
            Edit(
                {"first.py": sub("bus.add(10)\n", "")},
                same=("[entry.value for entry in bus.entries]", "bus.by_number", "first.TOTAL", "second.TOTAL"),
                holds=("bus is home.bus is first.bus is second.bus is held[0]", "HELD is held"),
                differs=("bus.bus", "first.bus", "first.HELD", "second.bus"),
            ),
            Edit(
                {"second.py": sub("fill()\nTOTAL", "fill()\nbus.add(1000)\nTOTAL")},
                ("run second:8 bus.add(1000)", "run second:9 TOTAL = bus.total()"),
                same=("[entry.value for entry in bus.entries]", "bus.by_number", "first.TOTAL", "second.TOTAL"),
                holds=("bus is home.bus is first.bus is second.bus is held[0]", "HELD is held"),
                differs=("bus.bus", "first.bus", "first.HELD", "second.bus"),
            ),
        ),
    ),
    Scenario(
        "To ask an object is not to put something into it, whatever it keeps of the answer.",
        {
            "a.py": """
                import logging

                class Settings:
                    def __init__(self):
                        self.values = {}
                        self.known = {}
                        self.reads = 0

                    def set(self, name, value):
                        self.values[name] = value

                    def get(self, name):
                        self.reads += 1
                        return self.known.setdefault(name, self.values.get(name, 0))

                settings = Settings()
                settings.set("size", 1)
                SIZE = settings.get("size")
                OTHER = settings.get("other")
                log = logging.getLogger("a")
                log.debug("made")
            """
        },
        ("import a", "before = a.settings, dict(a.settings.known)"),
        (
            Edit(
                {"a.py": sub('get("other")', 'get("size")')},
                ('run a:19 OTHER = settings.get("size")',),
                same=("a.OTHER",),
                holds=("a.settings is before[0]", "before[1].items() <= a.settings.known.items()"),
                differs=("a.settings", "a.log"),
            ),
            Edit({"a.py": sub('"made"', '"done"')}, ('run a:21 log.debug("done")',), differs=("a.settings", "a.log")),
            Edit(
                {"a.py": sub('set("size", 1)', 'set("size", 2)')},
                (
                    "run a:16 settings = Settings()",
                    'run a:17 settings.set("size", 2)',
                    'run a:18 SIZE = settings.get("size")',
                    'run a:19 OTHER = settings.get("size")',
                ),
                same=("a.SIZE", "a.OTHER", "a.settings.values"),
                holds=("a.settings is before[0]",),
                differs=("a.log",),
            ),
        ),
    ),
    Scenario(
        "An object of somebody else's class is built anew if a statement of the user's made it by calling that class.",
        {
            "a.py": """
                import argparse

                parser = argparse.ArgumentParser("a", add_help=False)
                parser.add_argument("--one", default=1)
                parser.add_argument("--two", default=2)
                OPTIONS = vars(parser.parse_args([]))
            """
        },
        ("import a", "parser = a.parser"),
        (
            Edit(
                {"a.py": sub("--one", "--uno")},
                (
                    'run a:3 parser = argparse.ArgumentParser("a", add_help=False)',
                    'run a:4 parser.add_argument("--uno", default=1)',
                    'run a:5 parser.add_argument("--two", default=2)',
                    "run a:6 OPTIONS = vars(parser.parse_args([]))",
                ),
                same=("a.OPTIONS",),
                holds=("a.parser is parser",),
            ),
            Edit(
                {"a.py": sub('parser.add_argument("--two", default=2)\n', "")},
                same=("a.OPTIONS",),
                holds=("a.parser is parser",),
            ),
        ),
    ),
    Scenario(
        "What is put in by items, by a function that gets the object, or by a method of the class is put in as well.",
        {
            "a.py": """
                class Table:
                    shared = {}

                    def __init__(self):
                        self.rows = {}
                        self.parts = []

                    def __setitem__(self, key, value):
                        self.rows[key] = value

                    def __delitem__(self, key):
                        del self.rows[key]

                    def __len__(self):
                        return len(self.rows)

                    @classmethod
                    def share(cls, name, value):
                        cls.shared[name] = value

                def extend(table, part):
                    table.parts.append(part)

                table = Table()
                table["a"] = 1
                table["b"] = 2
                del table["b"]
                SIZE = len(table)
                extend(table, "x")
                PARTS = "".join(table.parts)
                Table.share("one", 1)
                SHARED = sorted(Table.shared)
            """
        },
        ("import a", "from a import Table, table"),
        tuple(
            Edit(
                {"a.py": sub(old, new)},
                same=("table.rows", "table.parts", "a.SIZE", "a.PARTS", "Table.shared", "a.SHARED"),
                holds=("table is a.table", "Table is a.Table is type(table)"),
            )
            for old, new in (
                ('table["a"] = 1', 'table["z"] = 1'),
                ('del table["b"]\n', ""),
                ('table["b"] = 2\n', ""),
                ('extend(table, "x")', 'extend(table, "y")'),
                ("parts.append(part)", "parts.append(part + part)"),
                ('share("one", 1)', 'share("two", 1)'),
                ('Table.share("two", 1)\n', ""),
            )
        ),
    ),
    Scenario(
        "An attribute that a statement no longer assigns is what the object's class says; what the user set stays.",
        {
            "a.py": """
                class Settings:
                    debug = False

                    def __init__(self):
                        self.level = 1

                settings = Settings()
                settings.debug = True
                settings.level = 5
                SHOWN = settings.debug, settings.level
            """,
            "b.py": "from a import settings\nsettings.extra = 'b'\nEXTRA = settings.extra\n",
        },
        ("import a, b", "from a import settings"),
        (
            Edit(
                {"a.py": sub("level = 5", "level = 6")},
                ("run a:9 settings.level = 6", "run a:10 SHOWN = settings.debug, settings.level"),
                before=("settings.mine = 1",),
                same=("a.SHOWN",),
                holds=("settings.mine == 1",),
                differs=("a.settings", "b.settings"),
            ),
            Edit(
                {"a.py": sub("settings.level = 6\n", "")},
                same=("a.SHOWN", "settings.level", "settings.extra"),
                holds=("settings is a.settings is b.settings", "settings.mine == 1"),
                differs=("a.settings", "b.settings"),
            ),
            Edit(
                {"a.py": sub("settings.debug = True\n", "")},
                same=("a.SHOWN", "settings.debug", "settings.extra"),
                holds=("settings is a.settings is b.settings", "settings.mine == 1", "'debug' not in vars(settings)"),
                differs=("a.settings", "b.settings"),
            ),
            Edit(
                {"b.py": sub("settings.extra = 'b'\nEXTRA = settings.extra\n", "")},
                same=("hasattr(settings, 'extra')",),
                holds=("settings is a.settings is b.settings", "settings.mine == 1"),
                differs=("a.settings", "b.settings"),
            ),
        ),
    ),
    Scenario(
        "A place that was made for an entry goes with it.",
        {
            "a.py": """
                from collections import defaultdict

                class Bus:
                    def __init__(self):
                        self.handlers = {}
                        self.others = defaultdict(list)

                    def on(self, name):
                        def register(function):
                            self.handlers.setdefault(name, []).append(function)
                            self.others[name].append(function)
                            return function
                        return register

                bus = Bus()

                @bus.on("open")
                def first():
                    return 1

                @bus.on("open")
                def second():
                    return 2

                @bus.on("close")
                def third():
                    return 3
            """
        },
        ("import a", "bus = a.bus", "from a import first"),
        tuple(
            Edit(
                {"a.py": sub(old, new)},
                same=(
                    "{name: [f() for f in found] for name, found in bus.handlers.items()}",
                    "{name: [f() for f in found] for name, found in bus.others.items()}",
                ),
                holds=("bus is a.bus", "first is a.first"),
            )
            for old, new in (
                ('@bus.on("close")', '@bus.on("shut")'),
                ('@bus.on("open")\ndef first', '@bus.on("first")\ndef first'),
                ('\n@bus.on("shut")\ndef third():\n    return 3\n', ""),
            )
        ),
    ),
    Scenario(
        "An array whose items are assigned is made anew when they are assigned no more, and not when they get others.",
        {
            "a.py": """
                from array import array

                numbers = array("i", [0, 0, 0])
                numbers[0] = 5
                TOTAL = sum(numbers)
            """
        },
        ("import a", "from a import numbers"),
        (
            Edit(
                {"a.py": sub("= 5", "= 6")},
                ("run a:4 numbers[0] = 6", "run a:5 TOTAL = sum(numbers)"),
                same=("a.numbers.tolist()", "a.TOTAL"),
            ),
            Edit(
                {"a.py": sub("[0] = 6", "[1] = 6")},
                same=("a.numbers.tolist()", "a.TOTAL"),
                holds=("numbers is a.numbers",),
            ),
            Edit({"a.py": sub("numbers[1] = 6\n", "")}, same=("numbers.tolist()", "a.TOTAL")),
        ),
    ),
    Scenario(
        "What is put in between two statements that give a name its value is put in again with them.",
        {
            "a.py": """
                CONF = {"z": 0}
                CONF.update(a=1)
                CONF |= {"q": 1}
                LIST = [0]
                LIST += [1]
                LIST.extend([2])
                SEEN = sum(LIST), sorted(CONF)
            """
        },
        ("import a",),
        tuple(
            Edit({"a.py": sub(old, new)}, same=("a.CONF", "a.LIST", "a.SEEN"))
            for old, new in (
                ("a=1", "b=1"),
                ('"q": 1', '"r": 1'),
                ("LIST += [1]\n", ""),
                ("extend([2])", "extend([3])"),
                ("CONF.update(b=1)\n", ""),
            )
        ),
    ),
    Scenario(
        "What is put into a part of an object is put in again, and so is what goes into slots.",
        {
            "a.py": """
                from dataclasses import dataclass, field

                @dataclass
                class Plan:
                    steps: list = field(default_factory=list)
                    size: int = 0

                class State:
                    __slots__ = ("values",)

                    def __init__(self):
                        self.values = {}

                class App:
                    __slots__ = ("plugins", "state")

                    def __init__(self):
                        self.state = State()
                        self.plugins = []

                    def install(self, plugin):
                        self.plugins.append(plugin)
                        plugin.start(self)

                class Plugin:
                    def __init__(self, name):
                        self.name = name

                    def start(self, app):
                        app.state.values[self.name] = 1

                def make():
                    app = App()
                    app.plugins.append(Plugin("first"))
                    return app

                plan = Plan()
                plan.steps.append(1)
                plan.steps.append(2)
                plan.size = 3
                app = make()
                app.state.values["x"] = 1
                app.install(Plugin("one"))
                two = Plugin("two")
                app.install(two)
                SEEN = sum(plan.steps), plan.size, sorted(app.state.values), len(app.plugins)
            """
        },
        ("import a", "from a import plan, app"),
        tuple(
            Edit(
                {"a.py": sub(old, new)},
                same=("plan", "app.state.values", "[plugin.name for plugin in app.plugins]", "a.SEEN"),
                holds=("plan is a.plan", "app is a.app"),
            )
            for old, new in (
                ("append(1)", "append(5)"),
                ("plan.steps.append(2)\n", ""),
                ("plan.size = 3\n", ""),
                ('"x"] = 1', '"y"] = 1'),
                ('Plugin("one")', 'Plugin("three")'),
                ("app.install(two)\n", ""),
                ('Plugin("first")', 'Plugin("zero")'),
            )
        ),
    ),
    Scenario(
        "Who goes through what a registry holds does so again when something goes from it.",
        {
            "a.py": """
                HOOKS = {}

                def hook(name):
                    def register(function):
                        HOOKS[name] = function
                        return function
                    return register

                @hook("a")
                def first():
                    return 1

                @hook("b")
                def second():
                    return 2

                GIVEN = [function() for function in HOOKS.values()]
            """
        },
        ("import a",),
        (
            Edit({"a.py": sub('@hook("b")\ndef second():\n    return 2\n', "")}, same=("a.GIVEN", "list(a.HOOKS)")),
            Edit({"a.py": sub('@hook("a")', '@hook("c")')}, same=("a.GIVEN", "list(a.HOOKS)")),
        ),
    ),
    Scenario(
        "A chain of calls, an operator, another name or a function that hands it out put something into an object too.",
        {
            "a.py": """
                class Group:
                    def __init__(self):
                        self.items = []

                    def add(self, item):
                        self.items.append(item)
                        return self

                    def __rshift__(self, item):
                        self.items.append(item)
                        return self

                    def __enter__(self):
                        return self

                    def __exit__(self, *error):
                        return None

                group = Group()
                group = group.add(1)
                same = group.add(2)
                group >> 3

                with group as alias:
                    alias.add(5)

                def the_group():
                    return group

                the_group().add(6)
                TOTAL = sum(group.items)
            """
        },
        ("import a", "from a import group"),
        tuple(
            Edit(
                {"a.py": sub(old, new)},
                same=("group.items", "a.TOTAL", "a.same is group"),
                holds=("group is a.group is a.alias",),
            )
            for old, new in (
                ("add(2)", "add(20)"),
                (">> 3", ">> 30"),
                ("alias.add(5)", "alias.add(50)"),
                ("the_group().add(6)\n", ""),
                ("group = group.add(1)", "group = group.add(10)"),
            )
        ),
    ),
    Scenario(
        "A method of somebody else's that does not say that it puts something in has no other line run again.",
        {
            "a.py": """
                from email.message import Message

                message = Message()
                message.add_header("To", "you")
                message.add_header("From", "me")
                message.as_string()
                NAMES = message.keys()
            """
        },
        ("import a", "from a import message"),
        (
            Edit(
                {"a.py": sub("as_string", "as_bytes")}, ("run a:6 message.as_bytes()",), holds=("message is a.message",)
            ),
            Edit(
                {"a.py": sub('"To", "you"', '"Cc", "all"')},
                (
                    "run a:3 message = Message()",
                    'run a:4 message.add_header("Cc", "all")',
                    'run a:5 message.add_header("From", "me")',
                    "run a:6 message.as_bytes()",
                    "run a:7 NAMES = message.keys()",
                ),
                same=("a.NAMES", "message.items()"),
                holds=("message is a.message",),
            ),
        ),
    ),
    Scenario(
        "What was fetched is not fetched again for a line that puts something into it.",
        {
            "a.py": """
                FETCHED = []

                class Frame:
                    def __init__(self, values):
                        self.columns = {"a": values}

                    def __setitem__(self, name, values):
                        self.columns[name] = values

                def load_values():
                    FETCHED.append(1)
                    return [1, 2, 3]

                frame = Frame(load_values())
                frame["b"] = [4]
                NAMES = sorted(frame.columns)
            """
        },
        ("import a", "fetched = a.FETCHED"),
        (
            Edit(
                {"a.py": sub('frame["b"] = [4]', 'frame["c"] = [4]')},
                ('run a:15 frame["c"] = [4]', "run a:16 NAMES = sorted(frame.columns)"),
                holds=("a.NAMES == ['a', 'b', 'c']", "fetched is a.FETCHED and fetched == [1]"),
                differs=("a.NAMES", "a.frame"),
            ),
        ),
    ),
    Scenario(
        "What is fitted, and what is computed column by column, is computed again below the statement that changed.",
        {
            "a.py": """
                class Mean:
                    def fit(self, rows):
                        self.mean = sum(rows) / len(rows)
                        return self

                    def predict(self, factor):
                        return self.mean * factor

                class Frame:
                    def __init__(self):
                        self.__columns = {"a": [1, 2]}

                    def __getitem__(self, name):
                        return self.__columns[name]

                    def __setitem__(self, name, column):
                        self.__columns[name] = column

                model = Mean()
                model.fit([1, 3])
                PREDICTED = model.predict(2)
                frame = Frame()
                frame["b"] = [n * 2 for n in frame["a"]]
                frame["c"] = [n + 1 for n in frame["b"]]
                SUM = sum(frame["c"])
            """
        },
        ("import a", "model, frame = a.model, a.frame"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("[1, 3]", "[1, 5]")
                        .replace('[n * 2 for n in frame["a"]]', '[n * 5 for n in frame["a"]]')
                        .replace("return n * 2", "return n * 3")
                    )
                },
                same=("(a.PREDICTED, frame['c'], a.SUM)",),
                holds=("model is a.model", "frame is a.frame"),
            ),
        ),
    ),
    Scenario(
        "A function that runs in a pool of threads while a statement waits for it has run in that statement.",
        {
            "a.py": """
                from concurrent.futures import ThreadPoolExecutor

                def work(n):
                    return n * 2

                with ThreadPoolExecutor(1) as pool:
                    WORKED = list(pool.map(work, [1, 2]))
            """
        },
        ("import a",),
        (Edit({"a.py": sub("n * 2", "n * 3")}, same=("a.WORKED",), differs=("a.pool",)),),
        recorded=True,
    ),
    Scenario(
        "An object that another module has made is made anew for what is put into it by way of that module.",
        {
            "core.py": """
                class Registry:
                    def __init__(self):
                        self.items = {}
                        self.log = []

                    def add(self, name, value):
                        self.items[name] = value
                        self.log.append((name, value))

                registry = Registry()
                registry.add("core", 1)
                NAME, OTHER = "name", "other"
            """,
            "a.py": """
                import core
                import core as c

                core.registry.add(core.NAME, 5)
                c.registry.add("as", 6)
                ITEMS = list(core.registry.items.items())
            """,
        },
        ("import core, a", "registry = core.registry"),
        (
            Edit(
                {"a.py": sub("core.NAME", "core.OTHER")},
                same=("registry.items, registry.log, a.ITEMS",),
                holds=("registry is core.registry",),
            ),
            Edit({"a.py": sub(", 6", ", 7")}, same=("registry.items, registry.log, a.ITEMS",)),
            Edit(
                {"a.py": sub("core.registry.add(core.OTHER, 5)\n", "")}, same=("registry.items, registry.log, a.ITEMS",)
            ),
        ),
    ),
    Scenario(
        "What a decorator is called with by hand, as `registry.register('name')(cls)`, is registered as by decorating.",
        {
            "kit/__init__.py": "",
            "kit/registry.py": """
                from functools import partial

                class Registry:
                    def __init__(self):
                        self.items = {}

                    def put(self, name, item):
                        self.items[name] = item

                    def register(self, name):
                        def decorate(item):
                            self.items[name] = item
                            return item
                        return decorate

                    def by_call(self, name):
                        return lambda item: self.put(name, item)

                    def by_part(self, name):
                        return partial(self.put, name)
            """,
            "kit/toys.py": "class Toy:\n    pass\n\n\nclass Ball(Toy):\n    pass\n",
            "kit/all.py": """
                from .registry import Registry
                from .toys import Ball, Toy

                KINDS = Registry()
                KINDS.register("toy")(Toy)
                KINDS.register("ball")(Ball)
                KINDS.by_call("other")(Ball)
                KINDS.by_part("last")(Ball)
            """,
        },
        ("from kit.all import KINDS", "kinds = KINDS"),
        (
            Edit(
                {"kit/all.py": sub('register("ball")', 'register("round")')},
                same=("list(KINDS.items)", "kinds is KINDS"),
            ),
            Edit(
                {
                    "kit/all.py": lambda text: text.replace('"cube"', '"die"').replace("Ball", "Cube"),
                    "kit/toys.py": sub("Ball", "Cube"),
                },
                same=("list(KINDS.items)", "kinds is KINDS"),
            ),
            Edit({"kit/all.py": sub('KINDS.register("toy")(Toy)\n', "")}, same=("list(KINDS.items)",)),
            Edit({"kit/all.py": sub('"other"', '"another"')}, same=("list(KINDS.items)",)),
            Edit({"kit/all.py": sub('KINDS.by_part("last")(Cube)\n', "")}, same=("list(KINDS.items)",)),
            Edit({"kit/registry.py": sub("self.items[name]", "self.items[name.upper()]")}, same=("list(KINDS.items)",)),
        ),
    ),
    Scenario(
        "Who takes over what another object holds, as an application the routes of a router, follows when it changes.",
        {
            "web/__init__.py": "",
            "web/router.py": """
                class Router:
                    def __init__(self):
                        self.routes = {}
                        self.parts = []

                    def get(self, path):
                        def decorate(view):
                            self.routes[path] = view
                            return view
                        return decorate

                    def include(self, other):
                        for path, view in other.routes.items():
                            self.routes["/" + path] = view

                    def mount(self, other):
                        self.parts.append(other)
            """,
            "web/users.py": """
                from .router import Router

                router = Router()

                @router.get("a")
                def a():
                    return 1
            """,
            "web/app.py": """
                from . import users
                from .router import Router
                from .users import router as of_users

                def make():
                    made = Router()
                    made.include(of_users)
                    return made

                app = Router()
                app.include(users.router)

                @app.get("/")
                def home():
                    return 0

                made = make()
                held = Router()
                held.mount(of_users)
            """,
        },
        ("from web.app import app, made, held", "of_user = app"),
        (
            Edit(
                {"web/users.py": add("\n@router.get('b')\ndef b():\n    return 2\n")},
                same=("sorted(app.routes)", "list(made.routes)", "app is of_user"),
            ),
            Edit({"web/users.py": sub("'b'", "'c'")}, same=("sorted(app.routes)", "list(made.routes)")),
            Edit({"web/users.py": sub("return 2", "return 3")}, ("swap web.users:b",), same=("made.routes['/c']()",)),
            Edit(
                {"web/users.py": sub("\n@router.get('c')\ndef b():\n    return 3\n", "")},
                same=("sorted(app.routes)", "list(made.routes)", "app is of_user"),
            ),
        ),
    ),
)
