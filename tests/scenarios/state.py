"""What the user has, and what the program has built up."""

from __future__ import annotations

from . import Edit, Scenario, add, sub

SCENARIOS = (
    Scenario(
        "A cache that was filled at run time survives an edit of the function that fills it.",
        {
            "a.py": """
            CACHE = {}

            def get(k):
                if k not in CACHE:
                    CACHE[k] = k * 2
                return CACHE[k]
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("k * 2", "k * 3")},
                ("swap a:get",),
                before=("a.get(1)",),
                holds=("a.CACHE == {1: 2}", "a.get(2) == 6"),
                differs=("a.CACHE",),
            ),
        ),
    ),
    Scenario(
        "A counter stays where it was when another line changes.",
        {
            "a.py": """
            COUNT = 0
            STEP = 1

            def tick():
                global COUNT
                COUNT += STEP
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("STEP = 1", "STEP = 5")},
                ("run a:2 STEP = 5",),
                before=("a.tick()\na.tick()",),
                holds=("a.COUNT == 2", "a.tick() is None and a.COUNT == 7"),
                differs=("a.COUNT",),
            ),
        ),
    ),
    Scenario(
        "What the user set on a class, a function and a module stays.",
        {
            "a.py": """
            class K:
                x = 1

                def m(self):
                    return 1

            def f():
                return 1
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("return 1", "return 2")},
                before=("a.K.user_mark = 'k'; a.f.user_mark = 'f'; a.user_mark = 'm'",),
                holds=("a.K.user_mark + a.f.user_mark + a.user_mark == 'kfm'",),
            ),
            Edit(
                {"a.py": sub("x = 1", "x = 2")},
                ("run a:1 class K",),
                holds=("a.K.user_mark + a.f.user_mark + a.user_mark == 'kfm'",),
            ),
            Edit(
                {"a.py": sub("def f()", "def f(n=1)")},
                ("run a:7 def f",),
                holds=("a.K.user_mark + a.f.user_mark + a.user_mark == 'kfm'",),
            ),
        ),
    ),
    Scenario(
        "A constant that the user overrode stays so until its own source changes.",
        {
            "a.py": """
            DEBUG = False
            OTHER = 1
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("OTHER = 1", "OTHER = 2")},
                ("run a:2 OTHER = 2",),
                before=("a.DEBUG = True",),
                holds=("a.DEBUG is True",),
                differs=("a.DEBUG",),
            ),
            Edit({"a.py": sub("DEBUG = False", "DEBUG = None")}, ("run a:1 DEBUG = None",), same=("a.DEBUG",)),
        ),
    ),
    Scenario(
        "The idiom `try: STATE except NameError` sees the state that is there.",
        {
            "a.py": """
            try:
                STATE
            except NameError:
                STATE = {}
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("STATE = {}", "STATE = {'new': 1}")},
                ("run a:1 try:",),
                before=("a.STATE['k'] = 1",),
                holds=("a.STATE == {'k': 1}",),
                differs=("a.STATE",),
            ),
        ),
    ),
    Scenario(
        "The idiom `if name not in globals()` sees the state that is there, also when all runs.",
        {
            "a.py": """
            if 'STATE' not in globals():
                STATE = {}

            N = 1
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("N = 1", "N = 2")},
                before=("a.STATE['k'] = 1",),
                holds=("a.STATE == {'k': 1}",),
                differs=("a.STATE",),
            ),
        ),
        full=True,
    ),
    Scenario(
        "The idiom `globals().get` keeps the very object, also when all runs.",
        {
            "a.py": """
            STATE = globals().get('STATE') or {}
            N = 1
        """
        },
        ("import a", "state = a.STATE"),
        (
            Edit(
                {"a.py": sub("N = 1", "N = 2")},
                before=("a.STATE['k'] = 1",),
                holds=("a.STATE is state", "state == {'k': 1}"),
                differs=("a.STATE",),
            ),
        ),
        full=True,
    ),
    Scenario(
        "Instances stay, with their attributes, and have the new methods.",
        {
            "a.py": """
                class Point:
                    def __init__(self, x):
                        self.x = x

                    def show(self):
                        return f'<{self.x}>'
            """
        },
        ("import a", "from a import Point", "p = Point(3)"),
        (
            Edit(
                {"a.py": sub("<{self.x}>", "({self.x})")},
                ("swap a:Point.show",),
                same=("p.show()", "type(p) is a.Point"),
            ),
            Edit(
                {"a.py": add("\n    def twice(self):\n        return self.x * 2\n")},
                ("run a:1 class Point",),
                same=("p.twice()", "isinstance(p, Point)"),
            ),
        ),
    ),
    Scenario(
        "A monkeypatched function stays patched while the rest of the module changes.",
        {
            "a.py": """
            def f():
                return 1

            def g():
                return f()
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("return f()", "return f() + 1")},
                ("swap a:g",),
                before=("a.f = lambda: 100",),
                holds=("a.g() == 101",),
                differs=("a.f",),
            ),
        ),
    ),
    Scenario(
        "A monkeypatched method stays while another method of the class changes.",
        {
            "a.py": """
            class K:
                def m(self):
                    return 1

                def n(self):
                    return 2
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("return 2", "return 3")},
                before=("def fake(self): return 'fake'\na.K.m = fake",),
                holds=("a.K().m() == 'fake'", "a.K().n() == 3"),
                differs=("a.K",),
            ),
        ),
    ),
    Scenario(
        "A class attribute that the program counts in stays while the class changes.",
        {
            "a.py": """
            class K:
                made = 0
                tag = 't'

                def __init__(self):
                    K.made += 1
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("tag = 't'", "tag = 'u'")},
                ("run a:1 class K",),
                before=("a.K()\na.K()",),
                holds=("a.K.made == 2", "a.K.tag == 'u'"),
                differs=("a.K",),
            ),
        ),
    ),
    Scenario(
        "A pinned unit never runs again.",
        {
            "a.py": """
            N = 1
            CONNECTION = [N]  # autoreload: keep
            READER = [N]
        """
        },
        ("import a", "connection = a.CONNECTION"),
        (
            Edit(
                {"a.py": sub("N = 1", "N = 2")},
                ("run a:1 N = 2", "run a:3 READER = [N]"),
                holds=("a.CONNECTION is connection", "a.READER == [2]"),
                differs=("a.CONNECTION",),
            ),
            Edit(
                {"a.py": sub("CONNECTION = [N]", "CONNECTION = [N, N]")},
                (),
                holds=("a.CONNECTION is connection",),
                differs=("a.CONNECTION",),
            ),
        ),
    ),
    Scenario(
        "A memo of a decorated function goes when its body changes and stays when another does.",
        {
            "a.py": """
            import functools

            @functools.cache
            def f(n):
                return n

            def g():
                return 1
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("return 1", "return 2")},
                ("swap a:g",),
                before=("a.f(1)",),
                holds=("a.f.cache_info().currsize == 1",),
            ),
            Edit({"a.py": sub("return n", "return n + 1")}, ("swap a:f",), holds=("a.f(1) == 2",)),
        ),
    ),
    Scenario(
        "A random or timed value made once stays as long as its line does.",
        {
            "a.py": """
            import uuid
            TOKEN = uuid.uuid4().hex
            N = 1
        """
        },
        ("import a", "token = a.TOKEN"),
        (Edit({"a.py": sub("N = 1", "N = 2")}, ("run a:3 N = 2",), holds=("a.TOKEN == token",), differs=("a.TOKEN",)),),
    ),
    Scenario(
        "What a cell made from the old value is the user's, what it imported follows.",
        {"a.py": "N = 1\n"},
        ("from a import N", "mine = N * 10"),
        (Edit({"a.py": "N = 2\n"}, ("run a:1 N = 2", "rebind __main__.N"), holds=("mine == 10", "N == 2")),),
    ),
    Scenario(
        "A cached property keeps the instance's value when another member changes.",
        {
            "a.py": """
                import functools

                class K:
                    n = 1

                    @functools.cached_property
                    def heavy(self):
                        return [1]

                    def m(self):
                        return 1
            """
        },
        ("import a", "k = a.K()", "heavy = k.heavy"),
        (Edit({"a.py": sub("n = 1", "n = 2")}, ("run a:3 class K",), holds=("k.heavy is heavy", "k.n == 2")),),
    ),
    Scenario(
        "What functions made once while a unit ran is made anew if they changed, and what was made later is not.",
        {
            "tools.py": """
                class Parser:
                    def __init__(self, rules):
                        self.table = build(rules)

                def build(rules):
                    return sorted(rules)
            """,
            "a.py": """
                from tools import Parser

                _shared = None
                _late = None

                def shared():
                    global _shared
                    if _shared is None:
                        _shared = Parser("ab")
                    return _shared

                def late():
                    global _late
                    if _late is None:
                        _late = Parser("xy")
                    return _late

                def kept():
                    try:
                        return kept.parser
                    except AttributeError:
                        kept.parser = Parser("cd")
                        return kept.parser

                SIZE = len(shared().table)
                FIRST = kept().table[0]
                OTHER = 1
            """,
        },
        ("import a", "x = a.late()"),
        (
            Edit(
                {"tools.py": sub("sorted(rules)", "sorted(rules + 'z', reverse=True)")},
                same=("a._shared.table", "a.kept.parser.table", "a.SIZE", "a.FIRST"),
                holds=("a._late is x",),
                differs=("a._late",),
            ),
            Edit({"a.py": sub("OTHER = 1", "OTHER = 2")}, ("run a:27 OTHER = 2",), differs=("a._late",)),
        ),
    ),
    Scenario(
        "A class that has to become a new one keeps what it held as its state, and what others set on it.",
        {
            "a.py": """
                class Root:
                    pass

                class Cache:
                    kept = {}
                    count = 0

                    def get(self):
                        return "own"

                class Slots:
                    __slots__ = ("x",)
                    one = None

                    @classmethod
                    def get(cls):
                        if cls.one is None:
                            cls.one = cls()
                        return cls.one
            """
        },
        ("import a", "from a import Cache, Slots"),
        (
            Edit(
                {
                    "a.py": lambda text: text.replace("class Cache:", "class Cache(Root):").replace(
                        '("x",)', '("x", "y")'
                    )
                },
                before=(
                    "Cache.kept['k'] = 1; Cache.count = 5; Cache.get = lambda self: 'mine'",
                    "one = Slots.get(); one.x = 3",
                ),
                holds=(
                    "Cache.kept == {'k': 1}",
                    "Cache.count == 5",
                    "Cache().get() == 'mine'",
                    "Slots.get().x == 3",
                    "Slots.get() is one",
                ),
                differs=("a.Cache", "a.Slots"),
            ),
        ),
    ),
    Scenario(
        "Keys are found where their hash is another.",
        {
            "a.py": """
                from dataclasses import dataclass

                @dataclass(frozen=True)
                class Point:
                    x: int

                class Key:
                    def __init__(self, name):
                        self.name = name

                    def __eq__(self, other):
                        return self.name == other.name

                    def __hash__(self):
                        return hash(self.name)
            """
        },
        ("import a", "p, k = a.Point(1), a.Key('k')", "d, s = {p: 'point', k: 'key'}, {p, k}"),
        (
            Edit(
                {
                    "a.py": lambda text: text.replace("x: int", "x: int\n    y: int = 0").replace(
                        "hash(self.name)", "hash((1, self.name))"
                    )
                },
                same=("(d[p], d[k], p in s, k in s, d[a.Point(1)], d[a.Key('k')])",),
            ),
        ),
    ),
    Scenario(
        "What a module has made of a class keeps its state where the class gets a base and has to be a new one.",
        {
            "store.py": """
                class Named:
                    label = "named"

                    def __repr__(self):
                        return self.label

                class Memory:
                    def __init__(self):
                        self.rows = []

                memory = Memory()
                SHELF = {"first": Memory(), "kind": Memory}
                NAME = repr(memory)
                IS_NAMED = isinstance(memory, Named)
                COUNT = len(Memory().rows)
            """,
            "page.py": """
                from store import Memory, Named, memory

                def is_named(thing):
                    return isinstance(thing, Named)

                mine = [Memory()]
                ASKED = is_named(memory)
            """,
        },
        ("import store, page", "memory, shelf = store.memory, store.SHELF"),
        (
            Edit(
                {"store.py": sub("class Memory:", "class Memory(Named):")},
                before=(
                    "memory.rows.append(1)",
                    "shelf['first'].rows.append(2)",
                    "page.mine[0].rows.append(3)",
                ),
                differs=("store.memory", "store.SHELF", "page.mine", "page.memory"),
                same=("store.NAME", "store.IS_NAMED", "page.ASKED", "store.Memory.__mro__"),
                holds=(
                    "memory is store.memory is page.memory and memory.rows == [1]",
                    "shelf is store.SHELF and shelf['first'].rows == [2] and page.mine[0].rows == [3]",
                    "type(memory) is type(page.mine[0]) is shelf['kind'] is store.Memory",
                ),
            ),
        ),
    ),
    Scenario(
        "A class that becomes generic, or abstract with nothing left to define, leaves its instances their state.",
        {
            "store.py": """
                from abc import ABC
                from typing import Generic, TypeVar

                T = TypeVar("T")

                class Box:
                    def __init__(self):
                        self.rows = []

                class Drawer:
                    def __init__(self):
                        self.rows = []

                box, drawer = Box(), Drawer()
            """
        },
        ("import store", "box, drawer = store.box, store.drawer"),
        (
            Edit(
                {
                    "store.py": lambda text: text.replace("class Box:", "class Box(Generic[T]):").replace(
                        "class Drawer:", "class Drawer(ABC):"
                    )
                },
                before=("box.rows.append(1)", "drawer.rows.append(2)"),
                differs=("store.box", "store.drawer"),
                holds=(
                    "box is store.box and drawer is store.drawer and (box.rows, drawer.rows) == ([1], [2])",
                    "type(box) is store.Box and type(drawer) is store.Drawer",
                ),
            ),
        ),
    ),
    Scenario(
        "An instance is made anew where the base that its class gets says how that is done.",
        {
            "store.py": """
                class Counted:
                    def __init__(self):
                        self.count = 7

                class Memory:
                    pass

                memory = Memory()
            """
        },
        ("import store",),
        (
            Edit(
                {"store.py": sub("class Memory:", "class Memory(Counted):")},
                same=("store.memory.count",),
            ),
        ),
    ),
    Scenario(
        "An instance is made anew where its class asks the new base by `super()`; what asked for its class is, too.",
        {
            "store.py": """
                class Counted:
                    def __init__(self):
                        self.count = 7

                class Memory:
                    def __init__(self):
                        super().__init__()
                        self.rows = []

                memory = Memory()
                SEEN = []
                SEEN.append(isinstance(Memory(), Counted))
                KINDS = [Memory]
                COUNTED = [issubclass(kind, Counted) for kind in KINDS]
            """
        },
        ("import store",),
        (
            Edit(
                {"store.py": sub("class Memory:", "class Memory(Counted):")},
                same=("vars(store.memory)", "store.SEEN", "store.COUNTED"),
            ),
        ),
    ),
    Scenario(
        "A function that is dispatched by class looks once more where a class has other bases.",
        {
            "kinds.py": """
                from functools import singledispatch

                class Plain:
                    pass

                class Round(Plain):
                    pass

                class Ring(Plain):
                    pass

                @singledispatch
                def name(thing):
                    return "thing"

                @name.register
                def _(thing: Round):
                    return "round"

                ring = Ring()
                NAME = name(ring)
            """
        },
        ("import kinds", "ring = kinds.ring"),
        (
            Edit(
                {"kinds.py": sub("class Ring(Plain)", "class Ring(Round)")},
                same=("kinds.NAME", "kinds.name(ring)"),
                differs=("kinds.name",),
                holds=("ring is kinds.ring",),
            ),
        ),
    ),
    Scenario(
        "A cache is emptied when what it remembers is of old code, whoever keeps it, and stays when it is not.",
        {
            "deco.py": """
                import functools

                def log(f):
                    @functools.wraps(f)
                    def wrapper(*args):
                        return f(*args)
                    return wrapper

                def memo(f):
                    kept = {}
                    def wrapper(n):
                        found = kept.get(n)
                        if found is None:
                            found = f(n)
                            kept[n] = found
                        return found
                    wrapper.kept = kept
                    return wrapper

                class Memo:
                    def __init__(self, f):
                        self.f = f
                        self.kept = {}

                    def __call__(self, n):
                        try:
                            return self.kept[n]
                        except KeyError:
                            value = self.kept[n] = self.f(n)
                            return value

                def counted(f):
                    calls = {}
                    def wrapper(n):
                        calls[n] = calls.get(n, 0) + 1
                        return f(n)
                    wrapper.calls = calls
                    return wrapper
            """,
            "rate.py": "def rate():\n    return 2\n",
            "shop.py": """
                import functools
                from deco import Memo, counted, log, memo
                from rate import rate

                @log
                @functools.lru_cache
                def below(n):
                    return n * rate()

                @memo
                def kept(n):
                    return n * rate()

                @Memo
                def held(n):
                    return n * rate()

                @counted
                def often(n):
                    return n * rate()

                @memo
                def other(n):
                    return [n]

                def make():
                    @functools.cache
                    def inner(n):
                        return n * rate()
                    return lambda n: inner(n)

                TABLE = {"made": make()}
                FIRST = kept(1)
            """,
        },
        (
            "import shop",
            "def ask(): return [f(3) for f in (shop.below, shop.kept, shop.held, shop.often, shop.TABLE['made'])]",
            "ask(); own = shop.other(3); cache = shop.kept.kept",
        ),
        (
            Edit(
                {"rate.py": sub("return 2", "return 5")},
                same=("ask()", "shop.FIRST"),
                holds=("shop.other(3) is own", "shop.often.calls[3] == 2", "cache is shop.kept.kept"),
                differs=("shop.held", "shop.kept", "shop.often", "shop.other"),
            ),
            Edit(
                {"shop.py": sub("def kept(n):\n    return n", "def kept(n):\n    return 100 + n")},
                same=("ask()", "shop.FIRST"),
                holds=("shop.other(3) is own",),
                differs=("shop.held", "shop.kept", "shop.often", "shop.other"),
            ),
            Edit({"shop.py": lambda text: text.replace("n * rate()", "n + rate()") + "1 / 0\n"}, fails="ZeroDivision"),
        ),
    ),
    Scenario(
        "Instances made before a field of a dataclass came follow its default, also one that is another later.",
        {
            "a.py": """
                from dataclasses import dataclass, field

                @dataclass
                class A:
                    x: int = 1
            """
        },
        ("import a", "held = a.A(5)"),
        (
            Edit({"a.py": sub("x: int = 1", "x: int = 1\n    y: list = None")}, same=("repr(held)",)),
            Edit({"a.py": sub("y: list = None", "y: list = field(default_factory=list)")}, same=("repr(held)",)),
            Edit(
                {"a.py": sub("y: list = field(default_factory=list)", "y: list = field(default_factory=dict)")},
                before=("held.y.append(1)",),
                holds=("held.y == [1]",),
            ),
        ),
    ),
    Scenario(
        "Named tuples made before a field came at the end have its default, wherever that is asked for.",
        {
            "a.py": """
                from collections import namedtuple
                from typing import NamedTuple

                class A(namedtuple("A", "x", defaults=(1,))):
                    __slots__ = ()

                class B(NamedTuple):
                    x: int = 1
            """
        },
        ("import a", "one, other = a.A(5), a.B(5)"),
        (
            Edit(
                {
                    "a.py": lambda text: text.replace('"x", defaults=(1,)', '"x y", defaults=(1, 2)').replace(
                        "x: int = 1", "x: int = 1\n    y: int = 2"
                    )
                },
                same=tuple(
                    f"{name}{asked}"
                    for name in ("one", "other")
                    for asked in (".y", ".__repr__()", "._asdict()", "._replace(x=7)")
                ),
                differs=("a.A", "a.B"),
            ),
        ),
    ),
    Scenario(
        "Instances that could not follow their class follow it when the edit is taken back.",
        {"a.py": "class A:\n    def f(self):\n        return 1\n"},
        ("import a", "x = a.A()", "x.n = 1"),
        (
            Edit(
                {"a.py": sub("class A:", "class A(dict):")},
                holds=("not isinstance(x, a.A)",),
                notes=("instances-stay", "stale-holder"),
            ),
            Edit({"a.py": sub("class A(dict):", "class A:")}, same=("type(x) is a.A", "x.f()")),
            Edit({"a.py": sub("return 1", "return 2")}, same=("type(x) is a.A", "x.f()")),
        ),
    ),
    Scenario(
        "The one instance that a decorator has made of a class stays when the class changes, however it is kept.",
        {
            "m.py": """
                from functools import lru_cache

                def by_table(cls):
                    made = {}

                    def get():
                        if cls not in made:
                            made[cls] = cls()
                        return made[cls]
                    return get

                def by_name(cls):
                    made = None

                    def get():
                        nonlocal made
                        if made is None:
                            made = cls()
                        return made
                    return get

                class by_attribute:
                    def __init__(self, cls):
                        self.cls, self.made = cls, None

                    def __call__(self):
                        if self.made is None:
                            self.made = self.cls()
                        return self.made

                @by_table
                class A:
                    pass

                @by_name
                class B:
                    pass

                @by_attribute
                class C:
                    pass

                @lru_cache
                class D:
                    pass
            """
        },
        ("import m", "made = [m.A(), m.B(), m.C(), m.D()]", "[setattr(each, 'rows', [1]) for each in made]"),
        (
            Edit(
                {"m.py": lambda text: text.replace("    pass", "    def size(self):\n        return len(self.rows)")},
                holds=("made == [m.A(), m.B(), m.C(), m.D()]", "[each.size() for each in made] == [1, 1, 1, 1]"),
            ),
        ),
    ),
)
