"""New bodies: the code is swapped in every live function that runs the old one, and no line of the module runs."""

from __future__ import annotations

from . import Edit, Scenario, sub

GROWN = "    n = 1\n    n += 1\n    n += 1\n    n += 1\n    return n\n"

SCENARIOS = (
    Scenario(
        "A function, a method, a static and a class method, a property and a lambda get new code where they are.",
        {
            "a.py": """
                def plain(n):
                    return n + 1

                class K:
                    def method(self):
                        return "m1"

                    @staticmethod
                    def static():
                        return "s1"

                    @classmethod
                    def cls(cls):
                        return "c1"

                    @property
                    def prop(self):
                        return "p1"

                    class Inner:
                        def deep(self):
                            return "d1"

                short = lambda n: n + 1
                RAN = [0]
            """
        },
        (
            "import a",
            "k = a.K()",
            "bound = k.method",
            "inner = a.K.Inner()",
            "ran = a.RAN",
            "from a import plain, short",
        ),
        (
            Edit(
                {"a.py": lambda t: t.replace("n + 1", "n + 2").replace('1"', '2"')},
                (
                    "swap a:plain",
                    "swap a:K.method",
                    "swap a:K.static",
                    "swap a:K.cls",
                    "swap a:K.prop",
                    "swap a:K.Inner.deep",
                    "swap a:<lambda>",
                ),
                same=("plain(1)", "bound()", "a.K.static()", "a.K.cls()", "k.prop", "inner.deep()", "short(1)"),
                holds=("ran is a.RAN",),
            ),
        ),
    ),
    Scenario(
        "The original behind decorators gets the new code, the wrappers stay.",
        {
            "a.py": """
                import functools

                def logged(f):
                    @functools.wraps(f)
                    def inner(*args):
                        CALLS.append(f.__name__)
                        return f(*args)
                    return inner

                CALLS = []

                @logged
                @logged
                def work(n):
                    return n * 2
            """
        },
        ("import a", "from a import work"),
        (
            Edit({"a.py": sub("n * 2", "n * 3")}, ("swap a:work",), same=("work(2)",), holds=("work is a.work",)),
            Edit(
                {"a.py": sub("return f(*args)", "return [f(*args)]")},
                ("swap a:logged",),
                same=("work(2)",),
                holds=("work is a.work", "'work' in a.CALLS"),
                differs=("a.CALLS",),
            ),
        ),
    ),
    Scenario(
        "Only the wrapper within a decorator has changed: what was decorated keeps its state, in any module.",
        {
            "d.py": """
                def counted(f):
                    count = 0

                    def wrapper():
                        nonlocal count
                        count += 1
                        return f() + count
                    return wrapper
            """,
            "a.py": """
                from functools import lru_cache
                from d import counted

                @counted
                def zero():
                    return 0

                def pair():
                    n = 0
                    def put(value):
                        nonlocal n
                        n = value
                    def get():
                        return n
                    return put, get

                put, get = pair()

                @lru_cache
                def doubled(n):
                    def double(m):
                        return m * 2
                    return double(n)
            """,
        },
        ("import a", "from a import zero, put, get, doubled", "zero(), zero(), put(5), doubled(1)"),
        (
            Edit(
                {"d.py": sub("f() + count", "f() - count")},
                ("swap d:counted",),
                holds=("zero is a.zero", "zero() < 0"),
                differs=("a.zero",),
            ),
            Edit(
                {"a.py": sub("return n\n", "return n * 10\n")},
                ("swap a:pair",),
                holds=("get is a.get", "put(6) is None and get() == 60"),
                differs=("a.zero", "a.put", "a.get"),
            ),
            Edit(
                {"a.py": sub("m * 2", "m * 20")},
                ("swap a:doubled",),
                same=("doubled(1)",),
                holds=("doubled is a.doubled",),
                differs=("a.zero", "a.put", "a.get"),
            ),
            Edit(
                {"d.py": sub("    return wrapper", "    wrapper.tag = 1\n    return wrapper")},
                same=("zero.tag",),
                holds=("zero is a.zero",),
                differs=("a.zero", "a.put", "a.get"),
            ),
        ),
    ),
    Scenario(
        "Closures that a factory made earlier get the new code of the inner function.",
        {
            "a.py": """
            def adder(n):
                def add(m):
                    return n + m
                return add
        """
        },
        ("import a", "add1, add2 = a.adder(1), a.adder(2)"),
        (
            Edit(
                {"a.py": sub("return n + m", "return (n + m) * 10")},
                ("swap a:adder",),
                same=("add1(1)", "add2(1)", "a.adder(3)(1)"),
            ),
        ),
    ),
    Scenario(
        "Code that moved tells its new lines.",
        {
            "a.py": """
                def f():
                    raise ValueError('here')

                class K:
                    def m(self):
                        return 1

                g = [lambda: 0, lambda: 1]
            """
        },
        ("import a, inspect", "f, k = a.f, a.K()"),
        (
            Edit(
                {"a.py": lambda text: "# one\n# two\n\n" + text},
                (),
                same=(
                    "f.__code__.co_firstlineno",
                    "k.m.__code__.co_firstlineno",
                    "a.g[1].__code__.co_firstlineno",
                    "inspect.getsource(f)",
                    "inspect.getsource(a.K)",
                ),
            ),
        ),
    ),
    Scenario(
        "What ran in the statements between functions with longer or shorter bodies is still known at the next edit.",
        {
            "base.py": """
                def build(n):
                    return n * 10
            """,
            "a.py": """
                from base import build

                def one():
                    return 1

                FIRST = build(1)

                def two():
                    return 2

                SECOND = build(2)
            """,
        },
        ("import base, a",),
        (
            Edit(
                {"a.py": lambda text: text.replace("    return 1\n", GROWN).replace("2\n\n", "3\n\n")},
                ("swap a:one", "swap a:two"),
                same=("a.one()", "a.two()"),
            ),
            Edit(
                {"base.py": sub("10", "100")},
                ("swap base:build", "run a:10 FIRST = build(1)", "run a:15 SECOND = build(2)"),
                same=("a.FIRST", "a.SECOND"),
            ),
            Edit(
                {"a.py": lambda text: text.replace(GROWN, "    return 1\n").replace("3\n\n", "2\n\n")},
                ("swap a:one", "swap a:two"),
                same=("a.one()", "a.two()"),
            ),
            Edit(
                {"base.py": sub("100", "1000")},
                ("swap base:build", "run a:6 FIRST = build(1)", "run a:11 SECOND = build(2)"),
                same=("a.FIRST", "a.SECOND"),
            ),
        ),
    ),
    Scenario(
        "Closures follow an edit of theirs after one of the function that made them.",
        {
            "a.py": """
                def make(n):
                    step = 1

                    def inner(x):
                        return x + n

                    return inner

                add = make(1)
            """
        },
        ("import a", "mine = a.make(10)", "from a import add"),
        (
            Edit({"a.py": sub("step = 1", "step = 2")}),
            Edit({"a.py": sub("x + n", "x * n")}, same=("(add(3), mine(3))",)),
            Edit({"a.py": sub("x * n", "x - n")}, same=("(add(3), mine(3))",)),
        ),
    ),
    Scenario(
        "What a function is for is no part of what it does: no line runs for another docstring.",
        {
            "a.py": """
                from functools import lru_cache

                def load():
                    "Load it."
                    return object()

                @lru_cache
                def kept():
                    "Keep it."
                    return object()

                def usage():
                    "Use it."
                    return usage.__doc__

                LOADED = load()
                HELP = usage()
            """
        },
        ("import a", "loaded, kept = a.LOADED, a.kept()"),
        (
            Edit(
                {"a.py": lambda text: text.replace("it.", "all of it.")},
                ("swap a:load", "swap a:kept", "swap a:usage", "run a:17 HELP = usage()"),
                same=("a.load.__doc__", "a.kept.__doc__", "a.HELP"),
                holds=("a.LOADED is loaded", "a.kept() is kept"),
            ),
        ),
    ),
    Scenario(
        "A docstring follows, in the wrapper that copied it too.",
        {
            "a.py": """
                import functools

                def wrap(f):
                    @functools.wraps(f)
                    def inner():
                        return f()
                    return inner

                @wrap
                def shown():
                    '''Old words.'''

                def plain():
                    '''Old words.'''

                class K:
                    '''Old words.'''

                    def m(self):
                        '''Old words.'''
            """
        },
        ("import a", "from a import shown, plain, K"),
        (
            Edit(
                {"a.py": lambda t: t.replace("Old words", "New words")},
                same=("shown.__doc__", "plain.__doc__", "K.__doc__", "K.m.__doc__"),
                holds=("K is a.K", "shown is a.shown"),
            ),
        ),
    ),
    Scenario(
        "A method that begins to use `super` or `__class__` gets the cell that it needs.",
        {
            "a.py": """
                class Base:
                    def m(self):
                        return 'base'

                class Sub(Base):
                    def m(self):
                        return 'sub'
            """
        },
        ("import a", "s = a.Sub()"),
        (
            Edit(
                {"a.py": sub("return 'sub'", "return super().m() + ' sub'")},
                same=("s.m()",),
                holds=("type(s) is a.Sub",),
            ),
            Edit({"a.py": sub("return super().m() + ' sub'", "return __class__.__name__")}, same=("s.m()",)),
            Edit({"a.py": sub("return __class__.__name__", "return 'sub'")}, same=("s.m()",)),
        ),
    ),
    Scenario(
        "Generators, coroutines and async generators are functions as well.",
        {
            "a.py": """
            def gen():
                yield 1

            async def coro():
                return 1

            async def agen():
                yield 1
        """
        },
        ("import a, asyncio", "gen, coro = a.gen, a.coro"),
        (
            Edit(
                {"a.py": lambda t: t.replace(" 1", " 2")},
                ("swap a:gen", "swap a:coro", "swap a:agen"),
                same=("list(gen())", "asyncio.run(coro())"),
            ),
            Edit(
                {"a.py": sub("def gen():\n    yield 2", "def gen():\n    return [3]")},
                same=("list(gen())",),
                holds=("gen is a.gen",),
            ),
        ),
    ),
    Scenario(
        "A keyword default, an annotation and a function's name are no body.",
        {
            "a.py": """
            def f(a, *, b=1):
                return a, b
        """
        },
        ("import a", "from a import f"),
        (
            Edit({"a.py": sub("b=1", "b=2")}, ("run a:1 def f",), same=("f(0)",), holds=("f is a.f",)),
            Edit(
                {"a.py": sub("a, *, b=2", "a: int, *, b: str = 2")},
                same=("sorted(f.__annotations__)",),
                holds=("f is a.f",),
            ),
            Edit({"a.py": sub("a: int, *, b: str = 2", "b, /, *a")}, same=("f(1, 2)",), holds=("f is a.f",)),
        ),
    ),
    Scenario(
        "A callback that somebody holds runs the new code.",
        {
            "a.py": """
            def on_event():
                return 'old'
        """
        },
        ("import a, functools", "held = [a.on_event]; part = functools.partial(a.on_event); table = {'e': a.on_event}"),
        (
            Edit(
                {"a.py": sub("old", "new")},
                ("swap a:on_event",),
                holds=("held[0]() == part() == table['e']() == 'new'",),
            ),
        ),
    ),
    Scenario(
        "A comprehension, a nested class and a conditional function in a body are part of it.",
        {
            "a.py": """
                def f(n):
                    class C:
                        v = [i for i in range(n)]
                    if n:
                        def g():
                            return C.v
                    return g()
            """
        },
        ("import a", "from a import f"),
        (Edit({"a.py": sub("range(n)", "range(n + 1)")}, ("swap a:f",), same=("f(2)",)),),
    ),
    Scenario(
        "A function under `if`, `try`, `with` and `for` has a body as any other.",
        {
            "a.py": """
                import contextlib
                RUNS = []
                if True:
                    RUNS.append('if')
                    def f():
                        return 1
                try:
                    RUNS.append('try')
                    def g():
                        return 1
                finally:
                    pass
            """
        },
        ("import a", "f, g = a.f, a.g"),
        (
            Edit(
                {"a.py": lambda t: t.replace("return 1", "return 2")},
                ("swap a:f", "swap a:g"),
                same=("f() + g()", "a.RUNS"),
            ),
        ),
    ),
    Scenario(
        "Functions within a class attribute that is kept move with their lines, also when the class ran before.",
        {
            "shop.py": """
                import os

                class Item:
                    DEFAULTS = {"name": lambda: "item", "tags": list,
                                "price": lambda: 1}

                    def label(self):
                        return 1
            """
        },
        ("import shop", "held = shop.Item.DEFAULTS['price']"),
        (
            Edit({"shop.py": sub("return 1", "return 1\n\n    size = 2")}),
            Edit(
                {"shop.py": sub("import os\n", "import os\nimport re\n")},
                same=("[f.__code__.co_firstlineno for f in shop.Item.DEFAULTS.values() if f is not list]",),
                holds=("held is shop.Item.DEFAULTS['price']",),
            ),
            Edit({"shop.py": sub("lambda: 1", "lambda: 2")}, same=("shop.Item.DEFAULTS['price']()",)),
        ),
    ),
)
