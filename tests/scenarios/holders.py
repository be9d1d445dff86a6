"""Others that hold what an edit replaces: containers, attributes, closures, bound methods, partials."""

from __future__ import annotations

import typing

from . import Edit, Scenario, sub

HAS_ALIASES = hasattr(typing, "TypeAliasType")

METHODS = """
    import functools

    def loud(f):
        def inner(*args):
            return ("loud", f(*args))
        return inner

    def soft(f):
        @functools.wraps(f)
        def inner(*args):
            return ("soft", f(*args))
        return inner

    class Counting:
        def __init__(self, f):
            self.f = f
        def __call__(self, *args):
            return ("counted", self.f(*args))
        def __get__(self, instance, owner):
            return functools.partial(self, instance)

    class A:
        @loud
        def m(self):
            return 1
        @classmethod
        @loud
        def c(cls):
            return 2
"""

SCENARIOS = (
    Scenario(
        "A container of code objects holds those that the functions run now, and none of functions that are gone.",
        {
            "a.py": """
                internal = set()
                order = []

                def mark(f):
                    internal.add(f.__code__)
                    order.append(f.__code__)
                    return f
            """,
            "b.py": """
                from a import mark

                @mark
                def first():
                    return 1

                class K:
                    @mark
                    def method(self):
                        return 2

                    @mark
                    def other(self):
                        return 3
            """,
        },
        ("import a, b",),
        (
            Edit({"b.py": sub("return 1", "return 10")}),
            Edit({"b.py": lambda text: "import os\n" + text}),
            Edit({"b.py": sub("class K:", "class K:\n    size = 1\n")}),
            Edit({"b.py": sub("    @mark\n    def other(self):\n        return 3\n", "")}),
        ),
    ),
    Scenario(
        "A decorated function that gets another decorator is the new one for those who hold it.",
        {
            "a.py": """
                def one(f):
                    def inner():
                        return 'one ' + f()
                    return inner

                def two(f):
                    def inner():
                        return 'two ' + f()
                    return inner

                @one
                def f():
                    return 'f'

                HELD = [f]
            """
        },
        ("import a", "from a import f", "mine = {'f': f}"),
        (Edit({"a.py": sub("@one\ndef f", "@two\ndef f")}, same=("f()", "a.HELD[0]()", "mine['f']()")),),
    ),
    Scenario(
        "A class with another layout is replaced wherever it is held.",
        {
            "a.py": """
                class S:
                    __slots__ = ('x',)

                    def m(self):
                        return 'old'
            """,
            "b.py": """
                from a import S
                TABLE = {'s': S}
            """,
        },
        ("import a, b", "from a import S", "mine = [S]"),
        (
            Edit(
                {"a.py": sub("('x',)", "('x', 'y')")},
                same=("S is a.S is b.S is b.TABLE['s'] is mine[0]", "S.__slots__"),
            ),
        ),
    ),
    Scenario(
        "A bound method, a partial and a weak reference stay good.",
        {
            "a.py": """
            class K:
                def m(self, n=1):
                    return n

            def f(n):
                return n
        """
        },
        (
            "import a, functools, weakref",
            "k = a.K()",
            "bound = k.m",
            "part = functools.partial(a.f, 3)",
            "ref = weakref.ref(a.K)",
        ),
        (
            Edit(
                {"a.py": lambda t: t.replace("n=1", "n=2").replace("return n\n", "return n * 10\n")},
                same=("bound()", "part()"),
                holds=("ref() is a.K",),
            ),
        ),
    ),
    Scenario(
        "Dictionaries keyed by functions and classes keep their keys.",
        {
            "a.py": """
            def f():
                return 1

            class K:
                x = 1
        """
        },
        ("import a", "table = {a.f: 'f', a.K: 'K'}"),
        (
            Edit(
                {"a.py": lambda t: t.replace("def f()", "def f(n=0)").replace("x = 1", "x = 2")},
                holds=("table[a.f] == 'f' and table[a.K] == 'K'",),
            ),
        ),
    ),
    Scenario(
        "A value that a container of another module holds under an unread name is that module's data.",
        {"a.py": "LIMIT = [1]\n", "b.py": "STORE = {}\n"},
        ("import a, b", "b.STORE['limit'] = a.LIMIT"),
        (
            Edit(
                {"a.py": "LIMIT = [2]\n"},
                ("run a:1 LIMIT = [2]",),
                holds=("b.STORE == {'limit': [1]}", "a.LIMIT == [2]"),
                differs=("b.STORE",),
            ),
        ),
    ),
    Scenario(
        "A generator that has begun goes on with its old code, a new one has the new.",
        {
            "a.py": """
            def count():
                yield 1
                yield 2
        """
        },
        ("import a", "running = a.count(); first = next(running)"),
        (
            Edit(
                {"a.py": sub("yield 2", "yield 20")},
                ("swap a:count",),
                holds=("next(running) == 2", "list(a.count()) == [1, 20]"),
            ),
        ),
    ),
    Scenario(
        "A thread's target that waits is not disturbed.",
        {
            "a.py": """
                import threading

                GATE = threading.Event()
                DONE = []

                def work():
                    GATE.wait()
                    DONE.append(result())

                def result():
                    return 'old'
            """
        },
        ("import a, threading", "t = threading.Thread(target=a.work, daemon=True); t.start()"),
        (
            Edit(
                {"a.py": sub("'old'", "'new'")},
                ("swap a:result",),
                holds=("a.GATE.set() or t.join() or a.DONE == ['new']",),
                differs=("a.GATE", "a.DONE"),
            ),
        ),
    ),
    Scenario(
        "Who holds a member of an enumeration, a partial function or a class weakly, holds what takes its place.",
        {
            "a.py": """
                from enum import Enum
                from functools import partial
                from weakref import WeakKeyDictionary, WeakValueDictionary

                class E(Enum):
                    A = 1

                job = partial(max, 1)

                class K:
                    pass
            """
        },
        (
            "import a",
            "A, job, K = a.E.A, a.job, a.K",
            "held = {'A': A, 'job': job, A: 'A'}",
            "weak, named = a.WeakKeyDictionary({K: 1}), a.WeakValueDictionary(K=K)",
            "del K",
        ),
        (
            Edit(
                {"a.py": sub("E(Enum):", "E(int, Enum):")},
                same=("A + 1",),
                holds=("A is a.E.A", "held['A'] is A", "held[A] == 'A'"),
            ),
            Edit(
                {"a.py": sub("job = partial(max, 1)", "def job(n):\n    return n")},
                same=("job(5)",),
                holds=("job is a.job", "held['job'] is job"),
            ),
            Edit(
                {"a.py": sub("class K:\n    pass", "class K:\n    __slots__ = ('x', '__weakref__')")},
                same=("weak[a.K]",),
                holds=("named['K'] is a.K",),
            ),
        ),
    ),
    Scenario(
        "A definition that goes to another module and is edited at once is still the same object.",
        {
            "a.py": "class K:\n    def f(self):\n        return 1\n\ndef f():\n    return [1, 2, 3]\n",
            "b.py": "X = 1\n",
            "c.py": "import b\nfrom a import K, f\n",
        },
        ("import a, b, c", "from c import K, f", "k = K()"),
        (
            Edit(
                {
                    "a.py": "from b import K, f\n",
                    "b.py": "X = 1\n\nclass K:\n    def f(self):\n        return 2\n\ndef f():\n    return [1, 2, 4]\n",
                },
                same=("k.f()", "f()", "K.__module__"),
                holds=("K is a.K is b.K is c.K", "f is a.f is b.f is c.f", "type(k) is K"),
            ),
        ),
    ),
    Scenario(
        "A cache that remembers an object which was replaced forgets it.",
        {
            "a.py": """
                import functools

                class Kind:
                    __slots__ = ("one",)

                @functools.lru_cache
                def name_of(kind):
                    return kind, kind.__slots__
            """
        },
        ("import a, typing", "a.name_of(a.Kind)", "found = typing.Optional[a.Kind]"),
        (
            Edit(
                {"a.py": sub('("one",)', '("one", "two")')},
                holds=(
                    "a.name_of(a.Kind) == (a.Kind, ('one', 'two'))",
                    "typing.Optional[a.Kind].__args__[0] is a.Kind",
                ),
            ),
        ),
    ),
    Scenario(
        "Who holds a closure, a bound method, a partial or what a decorator made gets what takes its place.",
        {
            "a.py": """
                import functools

                class K:
                    def ask(self):
                        return "asked"

                class Around:
                    def __init__(self, function):
                        self.function = function

                    def __call__(self):
                        return "around"

                def made(n):
                    def inner():
                        return n

                    return inner

                def plain(n):
                    return n

                def deco(function):
                    def wrapper():
                        return "wrapped"

                    return wrapper

                REGISTRY = {"a": made(1)}
                closure = made(3)
                method = K().ask
                part = functools.partial(plain, 1)
                cached = functools.cache(lambda: 3)
                found = REGISTRY.get("a")

                @deco
                def wrapped():
                    return 1

                @Around
                def decorated():
                    return 1
            """
        },
        ("import a", "held = [a.closure, a.method, a.part, a.cached, a.wrapped, a.decorated]", "found = [a.found]"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("closure = made(3)", "class closure:\n    pass")
                        .replace("method = K().ask", "def method():\n    return 1")
                        .replace("part = functools.partial(plain, 1)", "part = None")
                        .replace("cached = functools.cache(lambda: 3)", "def cached():\n    return 2")
                        .replace('found = REGISTRY.get("a")', "def found():\n    return 2")
                        .replace("@deco\ndef wrapped():\n    return 1", "wrapped = None")
                        .replace("@Around\ndef decorated():\n    return 1", "decorated = made(4)")
                    )
                },
                same=("held[1]()", "held[2]", "held[3]()", "held[4]", "held[5]()", "a.REGISTRY['a']()"),
                holds=("held[0] is a.closure", "held[1] is a.method", "found[0] is a.REGISTRY['a']"),
            ),
        ),
    ),
    Scenario(
        "Who holds a decorated method has what its decorators make of it now, however they come and go.",
        {
            "a.py": """
                import functools

                def a(function):
                    def wrapper(*args):
                        return "a", function(*args)

                    return wrapper

                def b(function):
                    @functools.wraps(function, assigned=("__name__", "__qualname__"))
                    def wrapper(*args):
                        return "b", function(*args)

                    return wrapper

                HOOKS = []

                def hook(function):
                    HOOKS.append(function)
                    return HOOKS

                class K:
                    def one(self):
                        return 1

                    @a
                    def two(self):
                        return 2

                    @a
                    @b
                    def three(self):
                        return 3

                    @functools.lru_cache(3)
                    def four(self):
                        return 4

                    @staticmethod
                    def five():
                        return 5

                    @classmethod
                    @b
                    def six(cls):
                        return 6

                    @hook
                    def seven(self):
                        return 7
            """
        },
        (
            "import a",
            "k = a.K()",
            "bound = [k.one, k.two, k.three, k.four, k.five, k.six]",
            "own = [a.K.one, a.K.two, a.K.three, a.K.four, a.K.five]",
        ),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("    def one", "    @a\n    def one")
                        .replace("    @a\n    def two", "    def two")
                        .replace("    @a\n    @b\n    def three", "    @b\n    @a\n    def three")
                        .replace("lru_cache(3)", "lru_cache(4)")
                        .replace("def five", "@a\n    def five".replace("\n    ", "\n        ")[:2] + "\n    def five")
                        .replace("@classmethod\n    @b", "@classmethod")
                        .replace("    @hook\n", "")
                    )
                },
                same=("[each() for each in bound]", "type(a.HOOKS)"),
                holds=(
                    "own == [a.K.one, a.K.two, a.K.three, a.K.four, a.K.five]",
                    "[each.__func__ for each in bound[:4]] == own[:4]",
                ),
            ),
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("    @a\n    def one", "    def one")
                        .replace("    def two", "    @a\n    def two")
                        .replace("    @b\n    @a\n    def three", "    @a\n    @b\n    def three")
                        .replace("@a\n    def five", "def five")
                    )
                },
                same=("[each() for each in bound]",),
                holds=("own == [a.K.one, a.K.two, a.K.three, a.K.four, a.K.five]",),
            ),
        ),
    ),
    Scenario(
        "A bound method that somebody holds follows decorators that come, go and change.",
        {"a.py": METHODS},
        ("import a", "x = a.A()", "bound, made = x.m, x.c"),
        tuple(
            Edit({"a.py": lambda text, old=old, new=new: text.replace(old, new)}, same=("bound()", "made()"))
            for old, new in (
                ("    @loud\n", ""),
                ("    def m(", "    @loud\n    def m("),
                ("    def c(", "    @loud\n    def c("),
                ("    @loud\n", "    @soft\n"),
                ("    @soft\n", "    @loud\n    @soft\n"),
                ("    @loud\n    @soft\n", "    @Counting\n"),
                ("    @Counting\n", "    @functools.cache\n"),
                ("    @functools.cache\n", "    @loud\n"),
            )
        ),
    ),
    Scenario(
        "An implementation stays the same function when an overload is put above it, or taken out.",
        {
            "a.py": """
                from typing import overload

                @overload
                def f(x: int) -> int: ...
                def f(x=1):
                    return x

                class A:
                    @overload
                    def m(self, x: int) -> int: ...
                    def m(self, x=1):
                        return x
            """
        },
        ("import a", "held, bound = [a.f], a.A().m"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("return x", "return [x]")
                        .replace("def f(x=1)", "@overload\ndef f(x: str) -> str: ...\ndef f(x=1)")
                        .replace("def m(self, x=1)", "@overload\n    def m(self, x: str): ...\n    def m(self, x=1)")
                    )
                },
                same=("held[0] is a.f", "held[0]()", "bound()", "bound.__func__ is a.A.m"),
            ),
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("return [x]", "return (x,)")
                        .replace("@overload\ndef f(x: str) -> str: ...\n", "")
                        .replace("@overload\n    def m(self, x: str): ...\n    ", "")
                    )
                },
                same=("held[0] is a.f", "held[0]()", "bound()", "bound.__func__ is a.A.m"),
            ),
        ),
    ),
    Scenario(
        "A definition that got a new name, with the old one as an alias, is the same when that is taken back.",
        {"a.py": "def f():\n    return 1\n\nclass A:\n    def m(self):\n        return 2\n"},
        ("import a", "held, x = [a.f, a.A], a.A()"),
        (
            *(
                Edit({"a.py": text}, same=("held == [a.f, a.A]", "type(x) is a.A", "x.m()", "held[0].__name__"))
                for text in (
                    "def g():\n    return 1\nf = g\nclass B:\n    def m(self):\n        return 2\nA = B\n",
                    "def f():\n    return 1\n\nclass A:\n    def m(self):\n        return 2\n",
                    "def f():\n    return 1\ndef g():\n    return 3\n\nclass A:\n    def m(self):\n        return 2\n",
                )
            ),
        ),
    ),
    *(
        [
            Scenario(
                "An alias of types that somebody holds is the new one.",
                {"a.py": "type Numbers = list[int]\nSAME = [Numbers]\n"},
                ("import a", "from a import Numbers", "held = [Numbers]"),
                (
                    Edit(
                        {"a.py": sub("list[int]", "list[float]")},
                        same=("held[0] is a.Numbers", "Numbers is a.Numbers", "held[0].__value__"),
                    ),
                ),
            )
        ]
        if HAS_ALIASES
        else []
    ),
)
