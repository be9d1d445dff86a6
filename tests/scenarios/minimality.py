"""What must not run: everything whose source and inputs are as they were."""

from __future__ import annotations

from . import Edit, Scenario, add, sub

SHOP = {
    "prices.py": """
        APPLE = 3
        PEAR = 4
    """,
    "basket.py": """
        from prices import APPLE, PEAR

        OPENED = []

        class Basket:
            items = []

            def add(self, name):
                self.items.append(name)

            def total(self):
                return sum(globals()[name] for name in self.items)

        def pie(n=1):
            return APPLE * n

        BASKET = Basket()
        OPENED.append("basket")
        PIES = [pie(2)]
        PEARS = [PEAR]
    """,
}
CELLS = ("import basket, prices", "from basket import BASKET, pie", "kept = basket.OPENED, basket.BASKET, basket.PEARS")
KEPT = "kept[0] is basket.OPENED and kept[1] is basket.BASKET is BASKET and kept[2] is basket.PEARS"

SCENARIOS = (
    Scenario(
        "An annotation that is added, changed or removed leaves the value of its name alone.",
        {"a.py": "y: int = 1\ncache = {}\nz: int = 2\n\nclass A:\n    seen = []\n"},
        ("import a", "a.cache[1] = 2", "cache, seen = a.cache, a.A.seen"),
        (
            Edit(
                {"a.py": sub("cache = {}", "from typing import Any\ncache: dict[Any, int] = {}")},
                same=("a.__annotations__",),
                holds=("a.cache is cache", "cache == {1: 2}"),
            ),
            Edit(
                {"a.py": sub("dict[Any, int]", "dict[int, int]")},
                same=("a.__annotations__",),
                holds=("a.cache is cache",),
            ),
            Edit(
                {"a.py": sub("seen = []", "seen: list = []")},
                same=("a.A.__annotations__",),
                holds=("a.A.seen is seen",),
            ),
            Edit(
                {"a.py": lambda text: text.replace("z: int", "z: str").replace(": dict[int, int]", "")},
                same=("a.__annotations__",),
                holds=("a.cache is cache",),
            ),
        ),
    ),
    Scenario(
        "Annotations that are texts by a future import are in the order of the source.",
        {"a.py": "from __future__ import annotations\n\nx: int = 1\ny = 2\nz: int = 3\n"},
        ("import a",),
        (
            Edit({"a.py": sub("y = 2", "y: str = 2")}, same=("list(a.__annotations__.items())",)),
            Edit({"a.py": sub("x: int = 1", "x: int = 5")}, same=("list(a.__annotations__.items())", "a.x")),
        ),
    ),
    Scenario(
        "Of a dictionary only the items count that a statement, or a function that ran in it, has read.",
        {
            "conf.py": "CONF = {'db': {'url': 'u', 'pool': 1}, 'log': 'x', 'rows': [1, 2]}\n",
            "a.py": """
                import conf
                from conf import CONF

                def url():
                    return CONF["db"]["url"]

                def log():
                    return conf.CONF.get("log")

                def everything():
                    return len(CONF)

                engine = [url()]
                logger = [log()]
                whole = [everything()]
            """,
        },
        ("import a", "engine, logger = a.engine, a.logger"),
        (
            Edit(
                {"conf.py": sub("'pool': 1", "'pool': 2")},
                same=("a.engine", "a.logger", "a.CONF"),
                holds=("a.engine is engine", "a.logger is logger"),
            ),
            Edit({"conf.py": sub("'x'", "'y'")}, same=("a.engine", "a.logger"), holds=("a.engine is engine",)),
            Edit({"conf.py": sub("'u'", "'v'")}, same=("a.engine", "a.logger")),
            Edit({"conf.py": sub("'rows': [1, 2]", "'more': 1, 'rows': [1, 2]")}, same=("a.whole",)),
        ),
        recorded=True,
    ),
    Scenario(
        "A comment, a blank line or a docstring-like string moves lines and runs nothing.",
        SHOP,
        CELLS,
        (
            Edit({"basket.py": lambda text: "# A comment.\n\n" + text}, (), holds=(KEPT,)),
            Edit({"basket.py": sub("OPENED = []", "OPENED = []  # where it was opened")}, (), holds=(KEPT,)),
            Edit({"basket.py": sub("BASKET = Basket()", "\n\n\nBASKET  =  Basket( )")}, (), holds=(KEPT,)),
        ),
    ),
    Scenario(
        "A new body of a method swaps code and runs nothing.",
        SHOP,
        CELLS,
        (
            Edit(
                {"basket.py": sub("self.items.append(name)", "self.items.insert(0, name)")},
                ("swap basket:Basket.add",),
                holds=(KEPT,),
            ),
        ),
    ),
    Scenario(
        "One constant of two drags only its own readers along.",
        SHOP,
        CELLS,
        (
            Edit(
                {"prices.py": sub("APPLE = 3", "APPLE = 5")},
                ("run prices:1 APPLE = 5", "rebind basket.APPLE", "run basket:19 PIES = [pie(2)]"),
                holds=(KEPT,),
                same=("basket.PIES",),
            ),
        ),
    ),
    Scenario(
        "A file that is touched, or saved again as it was, runs nothing.",
        SHOP,
        CELLS,
        (Edit({"basket.py": lambda text: text, "prices.py": lambda text: text}, (), holds=(KEPT,)),),
    ),
    Scenario(
        "Layout within an expression is no change of what it says.",
        {
            "a.py": """
            X = {'a': 1, 'b': [1, 2]}

            def f(a, b = 2):
                return (a, b)
        """
        },
        ("import a", "x = a.X"),
        (
            Edit(
                {
                    "a.py": """
                    X = {
                        'a': 1,
                        'b': [1, 2],
                    }


                    def f(a, b=2):
                        return a, b
                """
                },
                holds=("x is a.X",),
            ),
        ),
    ),
    Scenario(
        "A default argument that changes runs the definition and what called it, and the function stays.",
        SHOP,
        CELLS,
        (
            Edit(
                {"basket.py": sub("def pie(n=1)", "def pie(n=2)")},
                ("run basket:14 def pie", "run basket:19 PIES = [pie(2)]"),
                holds=(KEPT, "pie is basket.pie", "pie() == 6"),
            ),
        ),
    ),
    Scenario(
        "A function that nobody called at import drags nobody along.",
        {
            "a.py": """
            def unused():
                return 1

            def used():
                return 2

            V = [used()]
            H = [unused]
        """
        },
        ("import a", "v, h = a.V, a.H"),
        (
            Edit(
                {"a.py": sub("return 1", "return 10")},
                ("swap a:unused",),
                holds=("v is a.V", "h is a.H", "h[0]() == 10"),
            ),
        ),
    ),
    Scenario(
        "A new unit runs alone.",
        SHOP,
        CELLS,
        (
            Edit(
                {"basket.py": add("EXTRA = len(PIES)\n")},
                ("run basket:21 EXTRA = len(PIES)",),
                holds=(KEPT,),
                same=("basket.EXTRA",),
            ),
        ),
    ),
    Scenario(
        "An import that is added runs alone.",
        SHOP,
        CELLS,
        (Edit({"basket.py": lambda text: "import json\n" + text}, ("run basket:1 import json",), holds=(KEPT,)),),
    ),
    Scenario(
        "A branch of an `if` that did not run may change without running anything else.",
        {
            "a.py": """
            import sys
            if sys.platform == 'nowhere':
                X = [1]
            else:
                X = [2]
            Y = [X]
        """
        },
        ("import a", "y = a.Y"),
        (Edit({"a.py": sub("[1]", "[1, 1]")}, holds=("y is a.Y",)),),
    ),
    Scenario(
        "A class attribute that changes leaves the readers of others alone.",
        {
            "a.py": """
            class K:
                x = 1
                y = 2
        """,
            "b.py": """
            from a import K
            X = [K.x]
            Y = [K.y]
        """,
        },
        ("import b", "x, y = b.X, b.Y"),
        (
            Edit(
                {"a.py": sub("y = 2", "y = 3")},
                ("run a:1 class K", "run b:3 Y = [K.y]"),
                holds=("x is b.X",),
                same=("b.Y",),
            ),
        ),
    ),
    Scenario(
        "A method called at import counts for the units that ran it, a same-named method of another class does not.",
        {
            "a.py": """
                class A:
                    def get(self):
                        return 1

                class B:
                    def get(self):
                        return 2

                FROM_A = [A().get()]
                FROM_B = [B().get()]
            """
        },
        ("import a", "from_b = a.FROM_B"),
        (
            Edit(
                {"a.py": sub("return 1", "return 11")},
                ("swap a:A.get", "run a:9 FROM_A = [A().get()]"),
                holds=("from_b is a.FROM_B",),
                same=("a.FROM_A",),
            ),
        ),
    ),
    Scenario(
        "Being passed is not being called.",
        {
            "a.py": """
                def handler():
                    return 1

                class App:
                    def __init__(self, h):
                        self.h = h

                APP = App(handler)
            """
        },
        ("import a", "app = a.APP"),
        (Edit({"a.py": sub("return 1", "return 2")}, ("swap a:handler",), holds=("app is a.APP", "app.h() == 2")),),
    ),
    Scenario(
        "Many names that follow one constant are followed on, to whoever reads them in whichever way.",
        {
            "low.py": "N = 1\nOTHER = 1\n",
            "mid.py": "from low import N\n" + "".join(f"X{number} = N + {number}\n" for number in range(40)),
            "high.py": """
                import mid

                def last():
                    return mid.X39 + len([mid.X38 for _ in "ab"])

                def told(name):
                    return getattr(mid, name)

                def other():
                    from low import OTHER
                    return OTHER

                class Table:
                    from mid import X7

                Y0 = mid.X0
                Y1 = [mid.X1]
                LAST = last()
                TOLD = told("X30")
                SUM = sum(value for name, value in vars(mid).items() if name.startswith("X"))
                OTHER = other()
            """,
        },
        ("import high",),
        (
            Edit(
                {"low.py": sub("N = 1", "N = 2")},
                (
                    "run low:1 N = 2",
                    "rebind mid.N",
                    *(f"run mid:{2 + number} X{number} = N + {number}" for number in range(40)),
                    "run high:13 class Table",
                    "run high:16 Y0 = mid.X0",
                    "run high:17 Y1 = [mid.X1]",
                    "run high:18 LAST = last()",
                    'run high:19 TOLD = told("X30")',
                    "run high:20 SUM = sum(value for name, value in vars(mid).items() if n...",
                ),
                same=("high.Table.X7", "high.LAST", "high.SUM"),
            ),
            Edit({"low.py": sub("N = 2", "N = 3")}, same=("high.Table.X7", "high.LAST", "high.SUM", "high.TOLD")),
        ),
    ),
    Scenario(
        "A part of a value is read: where that is what it was, nothing runs again.",
        {
            "conf.py": """
                from types import SimpleNamespace

                class Settings:
                    def __init__(self):
                        self.url = "u"

                TABLE = {"url": "u", "size": 1}
                space = SimpleNamespace(url="u", size=1)
                settings = Settings()
            """,
            "use.py": """
                import conf
                from conf import TABLE, settings, space

                class Engine:
                    def __init__(self, url):
                        self.url = url
                        self.pool = []

                def whole():
                    return dict(TABLE)

                by_attribute = Engine(settings.url)
                by_module = Engine(conf.settings.url)
                by_key = Engine(TABLE["url"])
                by_space = Engine(space.url)
                COPY = whole()
            """,
        },
        ("import conf, use", "pools = [use.by_attribute, use.by_module, use.by_key, use.by_space]"),
        (
            Edit(
                {
                    "conf.py": lambda text: (
                        text.replace('self.url = "u"', 'self.url = "u"\n        self.more = 1')
                        .replace('"size": 1', '"size": 2')
                        .replace("size=1", "size=2")
                    )
                },
                same=("use.COPY",),
                holds=("pools == [use.by_attribute, use.by_module, use.by_key, use.by_space]",),
            ),
            Edit(
                {"conf.py": lambda text: text.replace('"u"', '"v"')},
                same=("[each.url for each in (use.by_attribute, use.by_module, use.by_key, use.by_space)]",),
            ),
        ),
    ),
    Scenario(
        "What functions note, count or keep while they compute a value is theirs: it goes on.",
        {
            "hub.py": """
                class Metrics:
                    def __init__(self):
                        self.calls = {}

                    def count(self, name):
                        self.calls[name] = self.calls.get(name, 0) + 1

                class Log:
                    def __init__(self):
                        self.lines = []

                    def info(self, line):
                        self.lines.append(line)

                metrics, log, KEPT = Metrics(), Log(), {}
            """,
            "a.py": """
                from hub import KEPT, log, metrics

                class Data(list):
                    pass

                def load(name):
                    log.info("loading " + name)
                    metrics.count("load")
                    if name not in KEPT:
                        KEPT[name] = Data(name)
                    return KEPT[name]

                FIRST = load("a")
                SECOND = load("b")
            """,
        },
        (
            "import a, hub",
            "first, m, l, k = a.FIRST, hub.metrics, hub.log, hub.KEPT",
            "m.count('mine'); l.info('mine')",
        ),
        (
            Edit(
                {"a.py": sub('load("b")', 'load("c")')},
                ('run a:14 SECOND = load("c")',),
                holds=(
                    "(hub.metrics, hub.log, hub.KEPT) == (m, l, k)",
                    "(m.calls, 'mine' in l.lines) == ({'load': 3, 'mine': 1}, True)",
                    "a.FIRST is first and a.SECOND == ['c']",
                ),
                differs=("hub.metrics", "hub.log", "hub.KEPT", "a.metrics", "a.log", "a.KEPT"),
            ),
        ),
    ),
    Scenario(
        "Whoever a function numbers is numbered once: those below the edited one go on from it.",
        {
            "a.py": """
                COUNT = 0
                REG = {}

                def reg(function):
                    global COUNT
                    COUNT += 1
                    function.number = COUNT
                    REG[function.__name__] = function
                    return function

                @reg
                def first():
                    return 1

                @reg
                def second():
                    return 2

                @reg
                def third():
                    return 3

                ORDER = sorted(REG, key=lambda name: REG[name].number)
            """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("def second()", "def second(more=1)")},
                events=(
                    "run a:15 def second",
                    "run a:19 def third",
                    "run a:23 ORDER = sorted(REG, key=lambda name: REG[name].number)",
                ),
                same=("a.ORDER", "list(a.REG)"),
                holds=("[each.number for each in a.REG.values()] == [1, 4, 5]", "a.COUNT == 5"),
                differs=("a.COUNT", "a.second", "a.third", "a.REG"),
            ),
        ),
    ),
)
