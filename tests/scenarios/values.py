"""Values made from other values, and values made by functions that were recorded."""

from __future__ import annotations

from . import Edit, Scenario, sub

SCENARIOS = (
    Scenario(
        "What Python itself calls while a statement runs counts as called: properties, operators, special methods.",
        {
            "a.py": """
            class Money:
                def __init__(self, amount):
                    self.amount = amount

                @property
                def cents(self):
                    return self.amount * 100

                def __add__(self, other):
                    return self.amount + other

                def __len__(self):
                    return 1

                def __enter__(self):
                    return self.amount

                def __exit__(self, *details):
                    return None

            def __getattr__(name):
                if name.startswith("_"):
                    raise AttributeError(name)
                return len(name)

            purse = Money(5)
            RATE = 3
        """,
            "b.py": """
            import a
            from a import Money, purse
            CENTS = purse.cents
            MORE = purse + 1
            HELD = [purse]
            SIZE = len(purse)
            with Money(2) as AMOUNT:
                TWICE = AMOUNT * 2
            WORD = a.anything

            def later():
                from a import RATE
                return RATE * 2

            LATER = later()
        """,
        },
        ("import b", "held = b.HELD"),
        (
            Edit(
                {"a.py": sub("self.amount * 100", "self.amount * 1000")},
                same=("b.CENTS",),
                holds=("b.HELD is held",),
            ),
            Edit(
                {"a.py": sub("self.amount + other", "self.amount - other")}, same=("b.MORE",), holds=("b.HELD is held",)
            ),
            Edit({"a.py": sub("return 1", "return 7")}, same=("b.SIZE",)),
            Edit({"a.py": sub("return self.amount\n", "return self.amount + 1\n")}, same=("(b.AMOUNT, b.TWICE)",)),
            Edit({"a.py": sub("return len(name)", "return -len(name)")}, same=("b.WORD",)),
            Edit({"a.py": sub("RATE = 3", "RATE = 4")}, same=("b.LATER",)),
        ),
    ),
    Scenario(
        "Every unit that read an edited constant runs again, whatever it does with it.",
        {
            "conf.py": """
                SIZE = 2
                NAME = 'n'
            """,
            "use.py": """
                from conf import NAME, SIZE

                DOUBLE = SIZE * 2
                TABLE = {SIZE: "size"}
                SQUARES = [i * i for i in range(SIZE)]
                TEXT = f"size {SIZE}"
                PAIR = (lambda n=SIZE: n)

                def default(n=SIZE):
                    return n

                class Box:
                    size = SIZE
                    half = size / 2

                def note(n: "x" = SIZE) -> None:
                    return n

                STILL = NAME
            """,
        },
        ("import use",),
        (
            Edit(
                {"conf.py": sub("SIZE = 2", "SIZE = 3")},
                (
                    "run conf:1 SIZE = 3",
                    "rebind use.SIZE",
                    "run use:3 DOUBLE = SIZE * 2",
                    'run use:4 TABLE = {SIZE: "size"}',
                    "run use:5 SQUARES = [i * i for i in range(SIZE)]",
                    'run use:6 TEXT = f"size {SIZE}"',
                    "run use:7 PAIR = (lambda n=SIZE: n)",
                    "run use:9 def default",
                    "run use:12 class Box",
                    "run use:16 def note",
                ),
                same=("use.default()", "use.Box.half", "use.PAIR()", "use.SQUARES", "use.TEXT"),
            ),
        ),
    ),
    Scenario(
        "What comes out equal stays the old object, and there it stops.",
        {
            "a.py": """
            PARTS = ['x', 'y']
            JOINED = ''.join(PARTS)
            LENGTH = len(JOINED)
        """
        },
        ("import a", "joined = a.JOINED"),
        (
            Edit(
                {"a.py": sub("['x', 'y']", "['xy']")},
                ("run a:1 PARTS = ['xy']", "run a:2 JOINED = ''.join(PARTS)"),
                holds=("a.JOINED is joined",),
            ),
        ),
    ),
    Scenario(
        "Equal in value but of another type is not equal.",
        {
            "a.py": "ONE = 1\n",
            "b.py": """
            from a import ONE
            TEXT = str(ONE)
        """,
        },
        ("import b",),
        (
            Edit(
                {"a.py": "ONE = 1.0\n"},
                ("run a:1 ONE = 1.0", "rebind b.ONE", "run b:2 TEXT = str(ONE)"),
                same=("b.TEXT",),
            ),
            Edit(
                {"a.py": "ONE = True\n"},
                ("run a:1 ONE = True", "rebind b.ONE", "run b:2 TEXT = str(ONE)"),
                same=("b.TEXT",),
            ),
        ),
    ),
    Scenario(
        "The order of a dictionary's keys belongs to its value.",
        {
            "a.py": """
            D = {'x': 1, 'y': 2}
            FIRST = next(iter(D))
        """
        },
        ("import a",),
        (Edit({"a.py": sub("{'x': 1, 'y': 2}", "{'y': 2, 'x': 1}")}, same=("a.FIRST",)),),
    ),
    Scenario(
        "A value that a function made is made anew when the function changes.",
        {
            "a.py": """
            def build():
                return {'v': 1}

            TABLE = build()
            OTHER = [0]
        """
        },
        ("import a", "other = a.OTHER"),
        (
            Edit(
                {"a.py": sub("'v': 1", "'v': 2")},
                ("swap a:build", "run a:4 TABLE = build()"),
                same=("a.TABLE",),
                holds=("a.OTHER is other",),
            ),
        ),
    ),
    Scenario(
        "A function deep inside a call counts as well, in whichever module.",
        {
            "deep.py": """
                def core(n):
                    return n + 1
            """,
            "mid.py": """
                import deep

                def wrap(n):
                    return deep.core(n) * 10
            """,
            "top.py": """
                from mid import wrap
                VALUE = wrap(1)
            """,
        },
        ("import top",),
        (
            Edit(
                {"deep.py": sub("n + 1", "n + 2")}, ("swap deep:core", "run top:2 VALUE = wrap(1)"), same=("top.VALUE",)
            ),
        ),
    ),
    Scenario(
        "A constant that a recorded function read counts as read by the unit.",
        {
            "a.py": """
            FACTOR = 2

            def scale(n):
                return n * FACTOR

            FIVE = scale(5)
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("FACTOR = 2", "FACTOR = 3")},
                ("run a:1 FACTOR = 3", "run a:6 FIVE = scale(5)"),
                same=("a.FIVE",),
            ),
        ),
    ),
    Scenario(
        "An instance is made anew when what ran in `__init__` changes, not when another method does.",
        {
            "a.py": """
                class Cache:
                    def __init__(self):
                        self.items = {"k": 1}

                    def get(self, key):
                        return self.items.get(key)

                CACHE = Cache()
            """
        },
        ("import a", "cache = a.CACHE"),
        (
            Edit(
                {"a.py": sub("self.items.get(key)", "self.items.get(key, 0)")},
                ("swap a:Cache.get",),
                same=("a.CACHE.get('q')",),
                holds=("a.CACHE is cache",),
            ),
            Edit(
                {"a.py": sub('"k": 1', '"k": 2')},
                ("swap a:Cache.__init__", "run a:8 CACHE = Cache()"),
                same=("a.CACHE.items",),
            ),
        ),
    ),
    Scenario(
        "Whole chains of attributes are read: one setting that changes does not touch the readers of another.",
        {
            "conf.py": """
                class settings:
                    URL = 'u'
                    DEBUG = False
            """,
            "engine.py": """
                from conf import settings
                ENGINE = [settings.URL]
                VERBOSE = settings.DEBUG
            """,
        },
        ("import engine", "first = engine.ENGINE"),
        (
            Edit(
                {"conf.py": sub("DEBUG = False", "DEBUG = True")},
                ("run conf:1 class settings", "run engine:3 VERBOSE = settings.DEBUG"),
                same=("engine.VERBOSE",),
                holds=("engine.ENGINE is first",),
            ),
            Edit(
                {"conf.py": sub("'u'", "'uu'")},
                ("run conf:1 class settings", "run engine:2 ENGINE = [settings.URL]"),
                same=("engine.ENGINE",),
            ),
        ),
    ),
    Scenario(
        "A decorator's argument and a base class are read when the statement runs.",
        {
            "a.py": """
                TIMES = 2

                def repeat(n):
                    def deco(f):
                        def inner():
                            return [f()] * n
                        return inner
                    return deco

                @repeat(TIMES)
                def word():
                    return "w"

                Base = dict

                class Bag(Base):
                    pass
            """
        },
        ("import a", "from a import word"),
        (
            Edit(
                {"a.py": sub("TIMES = 2", "TIMES = 3")},
                ("run a:1 TIMES = 3", "run a:10 def word"),
                same=("a.word()", "word()"),
            ),
        ),
    ),
    Scenario(
        "A generator expression and a comprehension read when they run, a lambda's body does not.",
        {
            "a.py": """
            N = 2
            ALL = tuple(N for _ in 'ab')
            LATER = lambda: N
        """
        },
        ("import a", "later = a.LATER"),
        (
            Edit(
                {"a.py": sub("N = 2", "N = 4")},
                ("run a:1 N = 4", "run a:2 ALL = tuple(N for _ in 'ab')"),
                same=("a.ALL", "later()"),
            ),
        ),
    ),
    Scenario(
        "A dispatch table keeps its functions when one of them gets a new body.",
        {
            "a.py": """
            def f():
                return 1

            def g():
                return 2

            TABLE = {'f': f, 'g': g}
        """
        },
        ("import a", "table = a.TABLE"),
        (
            Edit(
                {"a.py": sub("return 1", "return 11")},
                ("swap a:f",),
                same=("a.TABLE['f']()",),
                holds=("a.TABLE is table",),
            ),
        ),
    ),
    Scenario(
        "Objects with an odd equality count by identity, and stop nothing.",
        {
            "odd.py": """
                class Odd:
                    def __eq__(self, other):
                        raise RuntimeError('odd')
                    __hash__ = None
            """,
            "a.py": """
                from odd import Odd
                N = 1
                ODD = [Odd(), N]
                AFTER = N + 1
            """,
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("N = 1", "N = 2")},
                ("run a:2 N = 2", "run a:3 ODD = [Odd(), N]", "run a:4 AFTER = N + 1"),
                same=("a.AFTER",),
            ),
        ),
    ),
    Scenario(
        "A walrus, a tuple of targets and a chained assignment bind all their names.",
        {
            "a.py": """
            x = y = 1
            p, (q, *r) = 1, (2, 3, 4)
            if (w := x + 1) > 1:
                z = w
            S = (x, y, p, q, r, w, z)
        """
        },
        ("import a",),
        (
            Edit(
                {
                    "a.py": """
                        x = y = 5
                        p, (q, *r) = 1, (2, 3, 5)
                        if (w := x + 1) > 1:
                            z = w
                        S = (x, y, p, q, r, w, z)
                    """
                },
                same=("a.S",),
            ),
        ),
    ),
    Scenario(
        "A value read through a class's subclass or instance is read from the class.",
        {
            "a.py": """
                class Base:
                    limit = 1

                class Sub(Base):
                    pass
            """,
            "b.py": """
                from a import Sub
                L = Sub.limit + 1
                obj = Sub()
                M = obj.limit + 2
            """,
        },
        ("import b",),
        (Edit({"a.py": sub("limit = 1", "limit = 5")}, same=("b.L", "b.M")),),
    ),
    Scenario(
        "An equal value that a function gives after its edit drags nothing along.",
        {
            "a.py": """
            def n():
                return 2

            N = n()
            M = N + 1
        """
        },
        ("import a",),
        (Edit({"a.py": sub("return 2", "return len('ab')")}, ("swap a:n", "run a:4 N = n()"), same=("a.M",)),),
    ),
    Scenario(
        "What a function in a class body read counts for the attribute that it gave.",
        {
            "c.py": """
                N = 1
            """,
            "a.py": """
                from c import N

                def make():
                    return [N]

                class A:
                    made = make()
                    kept = []
            """,
        },
        ("import a", "kept = a.A.kept"),
        (Edit({"c.py": sub("1", "5")}, same=("a.A.made",), holds=("a.A.kept is kept",)),),
    ),
    Scenario(
        "A cached function gives what it would now to a statement that runs again.",
        {
            "c.py": """
                N = 1
            """,
            "a.py": """
                import functools
                from c import N

                @functools.lru_cache
                def f(x):
                    return x + N

                D = f(1)
            """,
        },
        ("import a",),
        (Edit({"c.py": sub("1", "5")}, same=("a.D", "a.f(1)")),),
    ),
    Scenario(
        "A function that is gone once it has run had read what it had read.",
        {
            "c.py": """
                N = 1
            """,
            "a.py": """
                from c import N

                D = sorted([1, 2, 3], key=lambda x: -x if N > 1 else x)
            """,
        },
        ("import a",),
        (Edit({"c.py": sub("1", "5")}, same=("a.D",)),),
    ),
    Scenario(
        "An attribute of a class that is read through an instance under another name is read.",
        {
            "a.py": """
                class E(Exception):
                    code = 1

                try:
                    raise E
                except E as error:
                    D = error.code
            """,
        },
        ("import a",),
        (Edit({"a.py": sub("code = 1", "code = 2")}, same=("a.D",)),),
    ),
    Scenario(
        "What a statement assigned to an attribute of an object is read through that object, in any module.",
        {
            "c.py": """
                class Part:
                    pass

                CONF = Part()
                CONF.deep = Part()
                CONF.deep.n = 1
            """,
            "a.py": """
                import c

                D = c.CONF.deep.n
            """,
        },
        ("import a",),
        (Edit({"c.py": sub("n = 1", "n = 5")}, same=("a.D",)),),
    ),
    Scenario(
        "Names that stand as text in `globals()[...]`, `exec(...)` and the like are read and bound.",
        {
            "c.py": """
                N = 1
            """,
            "a.py": """
                from c import N

                D = vars()['N'] + globals()['N']
                exec('E = N * 2')
                F = 'N' in globals()
            """,
        },
        ("import a",),
        (
            Edit({"c.py": sub("N = 1", "N = 5")}, same=("a.D", "a.E")),
            Edit({"a.py": sub("E = N * 2", "G = N * 3")}, same=("a.G", "hasattr(a, 'E')")),
        ),
    ),
    Scenario(
        "A docstring is a value: who read it, or copied it from another function, has the new one.",
        {
            "a.py": """
                import functools

                def documented(other):
                    return lambda f: functools.wraps(other)(f)

                def plain(n):
                    "one"
                    return n

                @documented(plain)
                def fancy(n):
                    return [n]

                if True:
                    def own(n):
                        return n
                    own.__doc__ = plain.__doc__
            """,
            "b.py": "from a import plain\nTEXT = plain.__doc__\n",
        },
        ("import a, b",),
        (
            Edit({"a.py": sub('"one"', '"two"')}, same=("a.fancy.__doc__", "a.own.__doc__", "b.TEXT")),
            Edit(
                {"a.py": lambda t: t.replace('"two"', '"three"').replace("def plain(n)", "def plain(n=1)")},
                same=("a.fancy.__doc__", "a.own.__doc__", "b.TEXT"),
            ),
        ),
    ),
    Scenario(
        "What the cache of a function answered while a module was imported follows as what the function answered.",
        {
            "conf.py": """
                import functools

                class Conf:
                    def port(self):
                        return 80

                @functools.lru_cache
                def get(name="main"):
                    return name, Conf().port()

                FIRST = get()
                SECOND = get()
            """,
            "web.py": "from conf import get\ndef ask():\n    return get()\nTHIRD = get()\nFOURTH = ask()\n",
        },
        ("import web",),
        (
            Edit({"conf.py": sub("return 80", "return 81")}, same=("web.FOURTH",)),
            Edit({"conf.py": sub("return name,", "return name.upper(),")}, same=("web.FOURTH",)),
        ),
    ),
    Scenario(
        "What a cached function reads of a registry is asked again when an entry comes or is another.",
        {
            "hub.py": """
                TAB = {}

                def tab(name):
                    def deco(f):
                        TAB[name] = f
                        return f
                    return deco
            """,
            "plug.py": "from hub import tab\n@tab('a')\ndef one():\n    return 1\n",
            "app.py": """
                import functools
                import plug
                from hub import TAB

                @functools.cache
                def total():
                    return sum(f() for f in TAB.values())
            """,
        },
        ("import app", "app.total()"),
        (
            Edit({"plug.py": lambda text: text + "@tab('b')\ndef two():\n    return 2\n"}, same=("app.total()",)),
            Edit({"plug.py": sub("return 1", "return 10")}, same=("app.total()",)),
        ),
    ),
    Scenario(
        "What a cached function reads of a class or an enumeration is asked again when that is another.",
        {
            "kinds.py": """
                import enum
                import functools

                @functools.lru_cache
                def size(n):
                    return n * Size.SMALL.value + Kind.level

                class Size(enum.Enum):
                    SMALL = 3

                class Kind:
                    level = 5
            """,
        },
        ("import kinds", "kinds.size(2)"),
        (
            Edit({"kinds.py": sub("SMALL = 3", "SMALL = 4")}, same=("kinds.size(2)",)),
            Edit({"kinds.py": sub("level = 5", "level = 6")}, same=("kinds.size(2)",)),
        ),
    ),
    Scenario(
        "A class attribute is made again when a method that it calls reads something else, and stays otherwise.",
        {
            "base.py": "LEVEL = 3\n",
            "shop.py": """
                import base

                class Kind:
                    level = base.LEVEL

                    @property
                    def price(self):
                        return self.level * 2

                def ask(n):
                    from base import LEVEL
                    return LEVEL + n

                class Item:
                    price: int = Kind().price
                    more = ask(3)
                    sold = []
            """,
        },
        ("import shop", "sold = shop.Item.sold; sold.append(1)"),
        (
            Edit(
                {"base.py": "LEVEL = 4\n"},
                same=("shop.Item.price, shop.Item.more",),
                holds=("shop.Item.sold is sold",),
                differs=("shop.Item",),
            ),
        ),
    ),
)
