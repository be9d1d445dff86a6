"""Functions and classes of every kind: they survive in place, through any number of edits."""

from __future__ import annotations

from . import Edit, Scenario, add, sub

SCENARIOS = (
    Scenario(
        "A module's annotations are those of its own names, and its functions keep theirs.",
        {
            "a.py": """
            X: int = 1

            def f(y: int): pass
        """
        },
        ("import a",),
        (
            Edit(
                {
                    "a.py": """
                    X: str = 1

                    def f(y: bytes): pass
                """
                },
                holds=("a.__annotations__ == {'X': str}", "a.f.__annotations__ == {'y': bytes}"),
            ),
            Edit({"a.py": sub("X: str = 1", "X = 1")}, holds=("not a.__annotations__",)),
        ),
    ),
    Scenario(
        "An object that stands for a base gives other bases when its method is edited.",
        {
            "a.py": """
            class P:
                x = 1

            class Q:
                y = 2

            class Alias:
                def __mro_entries__(self, bases):
                    return (P,)

            class A(Alias()):
                pass
        """
        },
        ("import a", "held = a.A()"),
        (
            Edit(
                {"a.py": sub("return (P,)", "return (P, Q)")},
                None,
                same=("held.y", "[c.__name__ for c in a.A.__mro__]"),
            ),
        ),
    ),
    Scenario(
        "Functions in a table that a class keeps have their new lines, whatever the class is made of anew.",
        {
            "a.py": """
                class K:
                    def first(self):
                        return 1

                    table = {"one": lambda: 1, "more": [lambda: 2, (lambda: 3,)]}
            """
        },
        ("import a", "table, one = a.K.table, a.K.table['one']"),
        (
            Edit(
                {"a.py": sub("def first(self):", "zero = 0\n\n    def first(self, n=1):")},
                same=("one()",),
                holds=("a.K.table is table", "table['one'] is one"),
            ),
            Edit({"a.py": sub("lambda: 1", "lambda: 10")}, same=("a.K.table['one']()",)),
            Edit({"a.py": lambda text: "\n\n" + text}),
        ),
    ),
    Scenario(
        "A class that a package exports as its own has its new line.",
        {
            "pkg/__init__.py": """
                from pkg.k import K

                setattr(K, "__module__", "pkg")
            """,
            "pkg/k.py": """
                from collections.abc import MutableSet

                def first():
                    return 1

                class K(MutableSet):
                    def method(self):
                        self.n = first()
            """,
        },
        ("import pkg.k", "K = pkg.K"),
        (
            Edit({"pkg/k.py": sub("return 1", "n = 1\n    return n")}, holds=("pkg.K is K",)),
            Edit({"pkg/k.py": sub("self.n", "self.m")}, holds=("pkg.K is K",)),
            Edit({"pkg/k.py": lambda text: "import os\n" + text}, holds=("pkg.K is K",)),
        ),
    ),
    Scenario(
        "A function that calls through a name which the module begins to import runs the instructions for that.",
        {
            "a.py": """
                def where():
                    return os.getcwd()
            """
        },
        ("import a",),
        (
            Edit({"a.py": lambda text: "import os\n" + text}, same=("a.where() != ''",)),
            Edit({"a.py": sub("import os\n", "")}),
        ),
    ),
    Scenario(
        "Instances and subclasses follow a class that becomes abstract, generic, and plain again.",
        {
            "a.py": """
                from abc import ABC
                from typing import Generic, TypeVar

                T = TypeVar('T')

                class K:
                    def m(self):
                        return self.x, [base.__name__ for base in type(self).__mro__]
            """,
            "b.py": """
                from a import K

                class Sub(K):
                    pass
            """,
        },
        ("import a, b", "k, s = a.K(), b.Sub()", "k.x, s.x = 1, 2"),
        (
            Edit(
                {"a.py": sub("class K:", "class K(ABC):")},
                same=("k.m()", "s.m()", "isinstance(k, a.K)", "isinstance(s, a.K)", "type(b.Sub).__name__"),
                holds=("type(k) is a.K", "type(s) is b.Sub"),
            ),
            Edit(
                {"a.py": sub("class K(ABC):", "class K(Generic[T]):")},
                same=("k.m()", "s.m()", "isinstance(k, a.K)", "isinstance(s, a.K)", "type(b.Sub).__name__"),
                holds=("type(k) is a.K", "type(s) is b.Sub"),
            ),
            Edit(
                {"a.py": sub("class K(Generic[T]):", "class K:")},
                same=("k.m()", "s.m()", "isinstance(k, a.K)", "isinstance(s, a.K)"),
                holds=("type(k) is a.K", "type(s) is b.Sub"),
            ),
        ),
    ),
    Scenario(
        "A class keeps its identity while attributes, methods and its docstring come and go.",
        {
            "a.py": """
                class K:
                    '''Doc.'''
                    x = 1

                    def m(self):
                        return 1
            """,
            "b.py": """
                from a import K

                class Sub(K):
                    def n(self):
                        return self.m()
            """,
        },
        ("import a, b", "k, s = a.K(), b.Sub()", "K = a.K"),
        (
            Edit(
                {
                    "a.py": """
                        class K:
                            y = 2

                            def m(self, n=5):
                                return n

                            def extra(self):
                                return 'e'
                    """
                },
                ("run a:1 class K",),
                same=("k.m()", "s.n()", "s.extra()", "hasattr(k, 'x')"),
                holds=("K is a.K is b.K",),
            ),
            Edit(
                {
                    "a.py": """
                    class K:
                        def m(self):
                            return 'last'
                """
                },
                ("run a:1 class K",),
                same=("s.n()", "hasattr(s, 'extra')"),
                holds=("K is a.K", "isinstance(s, K)"),
            ),
        ),
    ),
    Scenario(
        "A dataclass gets a new field; its instances and its equality go on working.",
        {
            "a.py": """
            from dataclasses import dataclass

            @dataclass
            class P:
                x: int
                y: int = 2
        """
        },
        ("import a", "p = a.P(1)", "P = a.P"),
        (
            Edit(
                {"a.py": add("    z: int = 3\n")},
                ("run a:3 class P",),
                same=("repr(a.P(1))", "a.P(1) == a.P(1, 2, 3)"),
                holds=("P is a.P", "repr(p) == 'P(x=1, y=2, z=3)'"),
            ),
            Edit({"a.py": sub("y: int = 2", "y: int = 20")}, same=("a.P(1).y",), holds=("P is a.P",)),
            Edit({"a.py": sub("    z: int = 3\n", "")}, same=("repr(a.P(1))",), holds=("P is a.P",)),
        ),
    ),
    Scenario(
        "A frozen dataclass, one with an order and one with a factory follow.",
        {
            "a.py": """
                from dataclasses import dataclass, field

                @dataclass(frozen=True, order=True)
                class V:
                    major: int = 1
                    tags: tuple = field(default=())

                @dataclass
                class Bag:
                    items: list = field(default_factory=list)

                V1 = V()
            """
        },
        ("import a", "V = a.V"),
        (
            Edit(
                {"a.py": sub("major: int = 1", "major: int = 2")}, same=("a.V1", "a.V() > a.V(1)"), holds=("V is a.V",)
            ),
            Edit({"a.py": sub("default_factory=list", "default_factory=lambda: [0]")}, same=("a.Bag()",)),
        ),
    ),
    Scenario(
        "A method of an enum gets its new body without any line running.",
        {
            "a.py": """
                from enum import Enum

                class C(Enum):
                    A = 1

                    def label(self):
                        return self.name
            """
        },
        ("import a", "A = a.C.A"),
        (Edit({"a.py": sub("self.name", "self.name.lower()")}, ("swap a:C.label",), same=("A.label()",)),),
    ),
    Scenario(
        "Slots that stay the same let the class survive.",
        {
            "a.py": """
                class S:
                    __slots__ = ('x',)

                    def __init__(self):
                        self.x = 1

                    def m(self):
                        return self.x
            """
        },
        ("import a", "s, S = a.S(), a.S"),
        (
            Edit(
                {"a.py": sub("return self.x", "return self.x * 2")},
                ("swap a:S.m",),
                same=("s.m()",),
                holds=("S is a.S",),
            ),
            Edit(
                {"a.py": add("\n    def n(self):\n        return self.x\n")},
                ("run a:1 class S",),
                same=("s.n()",),
                holds=("S is a.S",),
            ),
        ),
    ),
    Scenario(
        "A base class that changes reaches classes and instances below it, in the notebook too.",
        {
            "a.py": """
                class Base:
                    def who(self):
                        return 'base'
            """,
            "b.py": """
                from a import Base

                class Mid(Base):
                    pass
            """,
        },
        ("import b", "class Mine(b.Mid):\n    pass", "mine = Mine()"),
        (
            Edit({"a.py": sub("'base'", "'BASE'")}, ("swap a:Base.who",), same=("mine.who()",)),
            Edit({"a.py": add("    level = 3\n")}, same=("mine.level",)),
        ),
    ),
    Scenario(
        "A class gets other bases, and its instances their methods.",
        {
            "a.py": """
                class A:
                    def m(self):
                        return 'a'

                class B:
                    def m(self):
                        return 'b'

                class K(A):
                    pass
            """
        },
        ("import a", "k = a.K()", "K = a.K"),
        (
            Edit(
                {"a.py": sub("class K(A)", "class K(B)")},
                ("run a:9 class K",),
                same=("k.m()", "a.K.__mro__[1].__name__"),
                holds=("K is a.K",),
            ),
        ),
    ),
    Scenario(
        "A definition that moves to another module keeps its object there.",
        {
            "a.py": """
                def f():
                    return helper()

                def helper():
                    return 'a'
            """,
            "b.py": """
                def helper():
                    return 'b'
            """,
            "c.py": "import a, b\n",
        },
        ("import a, b, c", "held = [getattr(a, 'f', None)]"),
        (
            Edit(
                {
                    "a.py": """
                        def helper():
                            return 'a'
                    """,
                    "b.py": """
                        def helper():
                            return 'b'

                        def f():
                            return helper()
                    """,
                },
                same=("b.f()", "b.f.__module__", "hasattr(a, 'f')", "b.f.__globals__['__name__']"),
                holds=("held == [b.f]", "held[0]() == 'b'"),
            ),
        ),
    ),
    Scenario(
        "A class that moves to another module is known there under its new module.",
        {
            "a.py": """
            class K:
                def m(self):
                    return __name__
        """,
            "b.py": "X = 1\n",
        },
        ("import a, b", "kept = getattr(a, 'K', None)", "k = kept and kept()"),
        (
            Edit(
                {
                    "a.py": "Y = 1\n",
                    "b.py": """
                    X = 1

                    class K:
                        def m(self):
                            return __name__
                """,
                },
                same=("b.K().m()", "b.K.__module__", "hasattr(a, 'K')"),
                holds=("b.K is kept", "type(k) is b.K", "k.m() == 'b'"),
            ),
        ),
    ),
    Scenario(
        "A factory's class, made by a call, is a value like any other.",
        {
            "a.py": """
                def make(n):
                    class Made:
                        size = n
                    return Made

                Small = make(1)
                Large = make(9)
            """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("make(9)", "make(10)")},
                ("run a:7 Large = make(10)",),
                same=("a.Large.size", "a.Small.size"),
            ),
        ),
    ),
    Scenario(
        "A metaclass and `__set_name__` are run as Python runs them.",
        {
            "a.py": """
                class Meta(type):
                    def __new__(mcls, name, bases, ns):
                        cls = super().__new__(mcls, name, bases, ns)
                        cls.stamp = name.upper()
                        return cls

                class Field:
                    def __set_name__(self, owner, name):
                        self.name = name

                class Model(metaclass=Meta):
                    title = Field()
                    count = 1
            """
        },
        ("import a", "Model = a.Model"),
        (
            Edit(
                {"a.py": sub("count = 1", "count = 2\n    other = Field()")},
                same=("a.Model.other.name", "a.Model.stamp"),
                holds=("Model is a.Model",),
            ),
            Edit({"a.py": sub("name.upper()", "name.lower()")}, same=("a.Model.stamp",), holds=("Model is a.Model",)),
        ),
    ),
    Scenario(
        "A context manager and a cached property made by decorators follow.",
        {
            "a.py": """
                import contextlib, functools

                @contextlib.contextmanager
                def opened(n=1):
                    yield n

                class K:
                    @functools.cached_property
                    def heavy(self):
                        return 1
            """
        },
        ("import a", "from a import opened"),
        (
            Edit({"a.py": sub("yield n", "yield n * 2")}, ("swap a:opened",), same=("opened().__enter__()",)),
            Edit({"a.py": sub("n=1", "n=4")}, same=("opened().__enter__()",), holds=("opened is a.opened",)),
            Edit({"a.py": sub("return 1", "return 2")}, ("swap a:K.heavy",), same=("a.K().heavy",)),
        ),
    ),
    Scenario(
        "Pickles of instances can be read after edits.",
        {
            "a.py": """
            class K:
                def __init__(self):
                    self.v = 1

                def m(self):
                    return self.v
        """
        },
        ("import a, pickle", "k = a.K()", "data = pickle.dumps(k)"),
        (
            Edit(
                {"a.py": add("\n    w = 5\n")},
                ("run a:1 class K",),
                same=("pickle.loads(data).w",),
                holds=("type(pickle.loads(data)) is a.K", "pickle.dumps(k) == data"),
            ),
        ),
    ),
    Scenario(
        "An exception class is caught by those who imported it earlier.",
        {
            "a.py": """
            class Oops(Exception):
                code = 1

            def fail():
                raise Oops('x')
        """
        },
        (
            "import a",
            "from a import Oops, fail",
            "def caught():\n    try:\n        fail()\n    except Oops as error:\n        return error.code",
        ),
        (
            Edit(
                {"a.py": sub("code = 1", "code = 2")},
                ("run a:1 class Oops",),
                same=("caught()",),
                holds=("Oops is a.Oops",),
            ),
        ),
    ),
    Scenario(
        "A class without annotations has no empty dictionary of them either.",
        {
            "a.py": """
                class K:
                    x: int = 1
            """
        },
        ("import a", "K = a.K"),
        (
            Edit(
                {"a.py": sub("x: int = 1", "x = 1")},
                same=("'__annotations__' in vars(K)",),
                holds=("K is a.K",),
            ),
        ),
    ),
    Scenario(
        "A module's docstring follows, also where it mentions a name that the module imports.",
        {
            "a.py": '''
                """Uses json."""
                import json
            '''
        },
        ("import a",),
        (Edit({"a.py": sub("Uses json", "Uses json well")}, ('run a:1 """Uses json well."""',), same=("a.__doc__",)),),
    ),
    Scenario(
        "The home that a package gives to its classes stays when their statements run again.",
        {
            "pkg": {
                "__init__.py": """
                    from .core import K
                    for _each in [K]:
                        _each.__module__ = "pkg"
                """,
                "core.py": """
                    class K:
                        n = 1
                """,
            }
        },
        ("import pkg", "K = pkg.K"),
        (Edit({"pkg/core.py": sub("n = 1", "n = 2")}, same=("K.__module__", "K.n"), holds=("K is pkg.K",)),),
    ),
    Scenario(
        "Classes of a metaclass that becomes an ABCMeta are abstract classes from then on.",
        {
            "a.py": """
                class Meta(type):
                    pass

                class K(metaclass=Meta):
                    pass

                class L(K):
                    def m(self):
                        return 1
            """
        },
        ("import a", "k = a.L()", "K = a.K"),
        (
            Edit(
                {
                    "a.py": lambda t: (
                        "from abc import ABCMeta, abstractmethod\n"
                        + t.replace("(type)", "(ABCMeta)").replace(
                            "pass\n\nclass L", "@abstractmethod\n    def m(self): ...\n\nclass L"
                        )
                    )
                },
                same=("isinstance(k, K)", "isinstance(1, K)", "sorted(K.__abstractmethods__)", "k.m()"),
                holds=("K is a.K", "type(k) is a.L"),
            ),
            Edit({"a.py": sub("(ABCMeta)", "(ABCMeta, type)")}, same=("isinstance(k, K)", "isinstance(1, K)")),
        ),
    ),
    Scenario(
        "A private attribute of a class goes with its line, under the name that the class has it by.",
        {
            "a.py": """
                class _Key(tuple):
                    __cached = None
                    __size = 3

                    def size(self):
                        return self.__size
            """,
        },
        ("import a", "k = a._Key((1,))"),
        (
            Edit({"a.py": sub("    __cached = None\n", "")}, same=("k.size()", "hasattr(k, '_Key__cached')")),
            Edit({"a.py": sub("__size = 3", "__size = 4")}, same=("k.size()",)),
        ),
    ),
    Scenario(
        "A second name of a method that becomes a wrapper of it leaves the method what it is.",
        {
            "deco.py": """
                import functools

                def synonym(function):
                    def decorate(other):
                        @functools.wraps(function)
                        def inner(self, *args):
                            return function(self, *args)

                        inner.__name__ = other.__name__
                        return inner

                    return decorate
            """,
            "a.py": """
                from deco import synonym

                class Plain:
                    def mark(self, x=1):
                        return x

                    markIt = mark

                class Error(Exception):
                    __slots__ = ("one",)

                    def mark(self, x=1):
                        return x

                    markIt = mark
            """,
        },
        ("import a", "Plain, Error, mark = a.Plain, a.Error, a.Plain.mark"),
        (
            Edit(
                {
                    "a.py": lambda text: text.replace('("one",)', '("one", "two")').replace(
                        "    markIt = mark\n", "    @synonym(mark)\n    def markIt(self): ...\n"
                    )
                },
                holds=(
                    "a.Plain.mark is mark and mark.__code__.co_name == 'mark'",
                    "a.Error.mark is not a.Error.markIt",
                ),
                same=("a.Error().mark(2), a.Error().markIt(3), a.Plain().markIt(4)",),
            ),
        ),
    ),
    Scenario(
        "An enumeration or a named tuple that becomes a dataclass keeps nothing of what it was.",
        {
            "shop.py": """
                from dataclasses import dataclass
                from enum import Enum
                from typing import NamedTuple

                class Color(Enum):
                    RED = 1
                    BLUE = 2

                class Point(NamedTuple):
                    x: int
                    y: int = 0
            """,
        },
        ("import shop",),
        (
            Edit(
                {
                    "shop.py": lambda text: text.replace(
                        "class Color(Enum):\n    RED = 1\n    BLUE = 2\n",
                        "@dataclass\nclass Color:\n    red: int = 1\n",
                    ).replace("class Point(NamedTuple):", "@dataclass\nclass Point:")
                },
                same=(
                    "sorted(vars(shop.Color))",
                    "sorted(vars(shop.Point))",
                    "repr(shop.Color())",
                    "repr(shop.Point(3))",
                ),
            ),
            Edit(
                {
                    "shop.py": lambda text: text.replace(
                        "@dataclass\nclass Color:\n    red: int = 1\n",
                        "class Color(Enum):\n    RED = 1\n    GREEN = 2\n",
                    ).replace("@dataclass\nclass Point:", "class Point(NamedTuple):")
                },
                same=(
                    "sorted(vars(shop.Point))",
                    "repr(list(shop.Color))",
                    "repr(shop.Point(3))",
                ),
            ),
        ),
    ),
    Scenario(
        "What a decorator has written for a class means the class that lives.",
        {
            "shop.py": """
                from dataclasses import dataclass

                @dataclass
                class Item:
                    name: str = "tea"
            """,
        },
        (
            "import shop",
            "item = shop.Item()",
            "def refused(item, name):\n    try: setattr(item, name, 1)\n    except AttributeError: return True",
        ),
        (
            Edit(
                {"shop.py": sub("@dataclass", "@dataclass(frozen=True)")},
                ("run shop:3 class Item",),
                holds=("refused(item, 'price')", "refused(shop.Item(), 'name')"),
            ),
        ),
    ),
    Scenario(
        "A class that gets `__init_subclass__` by a base tells the subclasses that it has.",
        {
            "shop.py": """
                class Base:
                    pass

                class Named:
                    names = []

                    def __init_subclass__(cls):
                        Named.names.append(cls.__name__)

                class Item(Base):
                    pass

                class Tea(Item):
                    pass
            """,
        },
        ("import shop",),
        (Edit({"shop.py": sub("class Item(Base)", "class Item(Base, Named)")}, same=("shop.Named.names",)),),
    ),
    Scenario(
        "What evaluates the annotations of a class, and lambdas of a unit that ran again, know their lines.",
        {
            "shop.py": """
                RATE = 2
                PAIR = (lambda a: a * RATE, RATE)

                class Item:
                    price: int
            """,
        },
        ("import shop",),
        (
            Edit(
                {"shop.py": sub("RATE = 2\n", "RATE = 3\n")},
                ("run shop:1 RATE = 3", "run shop:2 PAIR = (lambda a: a * RATE, RATE)"),
            ),
            Edit(
                {"shop.py": sub("RATE = 3\n", "RATE = 3\n\n")},
                (),
                same=(
                    "shop.PAIR[0].__code__.co_firstlineno",
                    "getattr(getattr(shop.Item, '__annotate__', None), '__code__', None) and"
                    " shop.Item.__annotate__.__code__.co_firstlineno",
                ),
            ),
        ),
    ),
    Scenario(
        "Instances of a class that gets other slots are replaced by new ones with their state, wherever they are held.",
        {
            "shop.py": """
                class Item:
                    def __init__(self, name):
                        self.name = name
                        self.next = None

                    def label(self):
                        return self.name

                class Tea(Item):
                    pass
            """,
            "stock.py": """
                from shop import Item, Tea

                FIRST, SECOND = Item("first"), Tea("second")
                FIRST.next = SECOND
                ALL = [FIRST, (SECOND, {FIRST: 1})]
            """,
        },
        (
            "import shop, stock",
            "mine, tea = shop.Item('mine'), shop.Tea('tea')",
            "mine.next, tea.next = tea, mine",
            "held = {'a': [mine], 'b': (tea, {mine: 1}, {tea})}; label = mine.label; each = iter([mine])",
            "many = [shop.Item(str(number)) for number in range(300)]",
        ),
        (
            Edit(
                {"shop.py": sub("class Item:\n", 'class Item:\n    __slots__ = ("name", "next", "price")\n')},
                holds=(
                    "type(mine) is shop.Item and type(tea) is shop.Tea",
                    "not hasattr(mine, '__dict__')",
                    "mine.next is tea and tea.next is mine",
                    "held['a'][0] is mine and held['b'][0] is tea",
                    "held['b'][1] == {mine: 1} and held['b'][2] == {tea}",
                    "label.__self__ is mine and label() == 'mine' and next(each) is mine",
                    "type(stock.FIRST) is shop.Item and stock.FIRST.next is stock.SECOND",
                    "all(type(one) is shop.Item and one.name == str(place) for place, one in enumerate(many))",
                ),
            ),
            Edit(
                {"shop.py": sub('class Item:\n    __slots__ = ("name", "next", "price")\n', "class Item:\n")},
                holds=(
                    "type(mine) is shop.Item and type(tea) is shop.Tea",
                    "vars(mine) == {'name': 'mine', 'next': tea}",
                    "held['b'][1] == {mine: 1} and held['b'][2] == {tea}",
                ),
            ),
        ),
    ),
    Scenario(
        "Instances of a dataclass that gets slots have the defaults of new fields, those of its subclasses as well.",
        {
            "shop.py": """
                from dataclasses import dataclass, field

                @dataclass
                class Item:
                    name: str
            """,
            "teas.py": """
                from shop import Item

                class Tea(Item):
                    def label(self):
                        return self.name
            """,
        },
        ("import shop, teas", "item, tea = shop.Item('item'), teas.Tea('tea')", "both = {'i': item, 't': (tea,)}"),
        (
            Edit(
                {
                    "shop.py": lambda text: text.replace("@dataclass\n", "@dataclass(slots=True)\n").replace(
                        "name: str\n", "name: str\n    tags: list = field(default_factory=list)\n"
                    )
                },
                same=("item, tea",),
                holds=("both['i'] is item and both['t'][0] is tea", "type(tea) is teas.Tea and tea.label() == 'tea'"),
            ),
            Edit({"shop.py": sub("(slots=True)", "(slots=True, order=True)")}, same=("item, tea",)),
            Edit({"shop.py": sub("(slots=True, order=True)", "")}, same=("item, tea",)),
        ),
    ),
    Scenario(
        "Instances that somebody holds who cannot be given another one stay, and the others are replaced.",
        {
            "shop.py": """
                import weakref

                class Item:
                    def label(self):
                        return 1

                    def each(self):
                        yield self.label()
                        yield self.label()

                class Open:
                    closed = []

                    def __del__(self):
                        self.closed.append(1)
            """,
        },
        (
            "import shop, weakref",
            "free, weak, busy, opened = shop.Item(), shop.Item(), shop.Item(), shop.Open()",
            "ref = weakref.ref(weak); running = busy.each(); next(running)",
        ),
        (
            Edit(
                {
                    "shop.py": lambda text: (
                        text.replace("class Item:\n", 'class Item:\n    __slots__ = ("__weakref__",)\n')
                        .replace("return 1", "return 2")
                        .replace("class Open:\n", 'class Open:\n    __slots__ = ("__weakref__",)\n')
                    )
                },
                notes=("instances-stay", "instances-stay", "stale-holder", "stale-holder"),
                holds=(
                    "type(free) is shop.Item and type(weak) is not shop.Item and type(busy) is not shop.Item",
                    "ref() is weak and next(running) == 2",
                    "[each.label() for each in (free, weak, busy)] == [2, 2, 2]",
                    "shop.Open.closed == [] and type(opened) is not shop.Open",
                ),
            ),
        ),
    ),
    Scenario(
        "Instances that were replaced are back when the edit fails in the end.",
        {
            "shop.py": """
                class Item:
                    def __init__(self):
                        self.name = "tea"

                RATE = 1
            """,
        },
        ("import shop", "item = shop.Item(); held = [item]; state, number = vars(item), id(item)"),
        (
            Edit(
                {
                    "shop.py": lambda text: text.replace("Item:\n", 'Item:\n    __slots__ = ("name",)\n').replace(
                        "RATE = 1", "RATE = 1 / 0"
                    )
                },
                fails="ZeroDivisionError",
                holds=(
                    "id(item) == number and held[0] is item and type(item) is shop.Item",
                    "vars(item) is state and state == {'name': 'tea'}",
                ),
            ),
        ),
    ),
    Scenario(
        "Subclasses that a cell or a function has made are made anew on a class that gets other slots.",
        {
            "shop.py": """
                class Item:
                    def __init__(self, name):
                        self.name = name

                    def label(self):
                        return self.name
            """,
            "kinds.py": """
                import shop

                def kind(rate):
                    class Kind(shop.Item):
                        __slots__ = ("extra",)

                        def label(self):
                            return f"{super().label()} {rate}"

                    return Kind

            """,
        },
        (
            "import shop, kinds",
            "Kind = kinds.kind(7)",
            "class Own(shop.Item):\n    cups = 3\n    def label(self): return 'own ' + super().label()",
            "class Below(Own): pass",
            "kind, own, below = Kind('kind'), Own('own'), Below('below')",
            "kind.extra = own.more = 1",
            "held = {Own: [Kind, Below], 'one': own}",
        ),
        (
            Edit(
                {"shop.py": sub("class Item:\n", 'class Item:\n    __slots__ = ("name", "price")\n')},
                holds=(
                    "[type(kind), type(own), type(below)] == [Kind, Own, Below]",
                    "issubclass(Below, Own) and issubclass(Own, shop.Item) and issubclass(Kind, shop.Item)",
                    "[each.label() for each in (kind, own, below)] == ['kind 7', 'own own', 'own below']",
                    "(kind.extra, own.more, own.cups) == (1, 1, 3) and held == {Own: [Kind, Below], 'one': own}",
                    "[cls.__name__ for cls in shop.Item.__subclasses__()] == ['Kind', 'Own']",
                ),
            ),
            Edit(
                {"shop.py": sub("return self.name", "return self.name.upper()")},
                holds=("[each.label() for each in (kind, own, below)] == ['KIND 7', 'own OWN', 'own BELOW']",),
            ),
        ),
    ),
    Scenario(
        "A subclass in whose making code of the user's takes part is not made anew behind its back: it is told of.",
        {
            "shop.py": """
                class Item:
                    made = []

                    def __init_subclass__(cls):
                        Item.made.append(cls.__name__)

                    def label(self):
                        return 1
            """,
        },
        ("import shop", "class Own(shop.Item): pass", "own = Own()"),
        (
            Edit(
                {
                    "shop.py": lambda text: text.replace("Item:\n", "Item:\n    __slots__ = ('name',)\n").replace(
                        "1", "2"
                    )
                },
                differs=("shop.Item", "shop.TEA"),
                notes=("subclass-stays", "stale-holder", "stale-holder"),
                holds=("type(own) is Own and own.label() == 2 and not issubclass(Own, shop.Item)",),
            ),
        ),
    ),
    Scenario(
        "What is defined in a branch stays the same object when the statement comes to define more, or less.",
        {
            "shop.py": """
                import functools, sys

                if sys.version_info >= (3, 8):
                    class Item:
                        rate = 7

                        def label(self):
                            return self.rate

                    def total(*items):
                        return sum(item.label() for item in items)

                    @functools.lru_cache
                    def parts(name):
                        return [name]

                try:
                    from nowhere import Lid
                except ImportError:
                    class Lid:
                        open = False

                    class Box(Item):
                        lid = Lid
            """,
            "till.py": """
                from shop import Box, Item, total

                TOTAL = Item().label() + Box().label()
            """,
        },
        (
            "import shop, till",
            "item, box, total, Item = shop.Item(), shop.Box(), shop.total, shop.Item",
            "parts = shop.parts; one = parts('lid')",
        ),
        (
            Edit(
                {"shop.py": sub("    def total", "    EXTRA = 1\n\n    def total")},
                same=("till.TOTAL",),
                holds=(
                    "type(item) is shop.Item is Item and isinstance(box, Item)",
                    "total is shop.total is till.total",
                    "parts is shop.parts and parts('lid') is one",
                ),
            ),
            Edit(
                {
                    "shop.py": lambda text: text.replace("rate = 7", "rate = 8").replace(
                        "    EXTRA = 1\n", "    def helper():\n        return 1\n"
                    )
                },
                same=("till.TOTAL", "item.label()"),
                holds=(
                    "type(item) is shop.Item is Item and isinstance(box, Item)",
                    "total is shop.total is till.total",
                ),
            ),
            Edit(
                {"shop.py": sub("        open = False\n", "        open = True\n\n    class Cup:\n        pass\n")},
                same=("shop.Box.lid.open",),
                holds=("type(box) is shop.Box is till.Box and box.lid is shop.Lid",),
            ),
            Edit(
                {"shop.py": sub("\n    class Cup:\n        pass\n", "")},
                holds=("type(box) is shop.Box is till.Box and box.lid is shop.Lid", "not hasattr(shop, 'Cup')"),
            ),
        ),
    ),
    Scenario(
        "A definition that is put into a branch, or taken out of one, or into one of its own, stays the same object.",
        {
            "shop.py": """
                class Item:
                    def label(self):
                        return 1

                def total(item):
                    return item.label()
            """,
        },
        ("import shop", "item, total, Item = shop.Item(), shop.total, shop.Item"),
        (
            Edit(
                {
                    "shop.py": """
                        if True:
                            class Item:
                                def label(self):
                                    return 2

                            def total(item):
                                return item.label() * 2
                    """
                },
                same=("total(item)",),
                holds=("type(item) is shop.Item is Item and shop.total is total",),
            ),
            Edit(
                {
                    "shop.py": """
                        if True:
                            class Item:
                                def label(self):
                                    return 3
                        if Item:
                            def total(item):
                                return item.label() * 3
                    """
                },
                same=("total(item)",),
                holds=("type(item) is shop.Item is Item and shop.total is total",),
            ),
            Edit(
                {
                    "shop.py": """
                        def total(item):
                            return item.label() * 4

                        class Item:
                            def label(self):
                                return 4
                    """
                },
                same=("total(item)",),
                holds=("type(item) is shop.Item is Item and shop.total is total",),
            ),
        ),
    ),
    Scenario(
        "What moves to a new module stays the same object, also where it is edited on the way.",
        {
            "a.py": """
                class Base:
                    def kind(self):
                        return "base"

                class Spec(Base):
                    __slots__ = ("name",)

                    def __init__(self, name):
                        self.name = name

                    def show(self):
                        return self.name

                def make(name):
                    return Spec(name)

                def unused():
                    return 1

                MADE = make("one")
            """,
            "b.py": """
                import a
                from a import Base, make

                class Sub(Base):
                    pass
            """,
        },
        ("import a, b", "from a import Spec, make", "kept = a.Base, make('two')"),
        (
            Edit(
                {
                    "a.py": """
                        from c import Base, make
                        from d import Spec

                        MADE = make("one")
                    """,
                    "c.py": """
                        from d import Spec

                        class Base:
                            def kind(self):
                                return "base"

                        def make(name):
                            return Spec(name)
                    """,
                    "d.py": """
                        class Spec:
                            __slots__ = ("size", "name")

                            def __init__(self, name, size=0):
                                self.size = size
                                self.name = name

                            def show(self):
                                return "spec", self.name
                    """,
                },
                same=("Spec.__module__", "make.__module__", "b.Base.__module__", "make.__globals__['__name__']"),
                holds=(
                    "kept[0] is a.Base is b.Base is b.Sub.__base__",
                    "make is a.make is b.make",
                    "type(kept[1]) is a.Spec is Spec",
                    "kept[1].show() == ('spec', 'two')",
                ),
            ),
            Edit({"d.py": sub('"spec"', '"SPEC"')}, holds=("kept[1].show() == ('SPEC', 'two')",)),
        ),
    ),
    Scenario(
        "A decorator below another one keeps the plain function, and so does what the upper one copies of it.",
        {
            "deco.py": """
                from functools import wraps

                def outer(f):
                    @wraps(f)
                    def wrapper():
                        return f() + 1
                    return wrapper

                class Inner:
                    def __init__(self, f):
                        self.__name__, self.__annotations__ = f.__name__, f.__annotations__
                        self.__wrapped__ = self.plain = f

                    def __call__(self):
                        return self.plain() * 10
            """,
            "a.py": """
                from deco import Inner, outer

                @outer
                def f():
                    return 1
            """,
        },
        ("import a", "from a import f"),
        (
            Edit(
                {"a.py": sub("@outer\n", "@outer\n@Inner\n")},
                same=(
                    "f()",
                    "type(f.plain).__name__",
                    "type(f.__wrapped__).__name__",
                    "f.plain is f.__wrapped__.plain is f.__wrapped__.__wrapped__",
                ),
                holds=("f is a.f",),
            ),
            Edit({"a.py": sub("return 1", "return 2")}, same=("f()", "f.plain()")),
            Edit({"a.py": sub("@Inner\n", "")}, same=("f()", "hasattr(f, 'plain')")),
        ),
    ),
    Scenario(
        "What comes to stand around a function or class where it is only mentioned does not take its place elsewhere.",
        {
            "a.py": """
                import functools
                from typing import Generic, TypeVar

                T = TypeVar("T", bound=int)
                S = TypeVar("S")
                STEP = 1

                class Box:
                    def __init__(self, content):
                        self.content = content

                class Kind(Generic[T]):
                    pass

                class Shelf(Generic[S]):
                    pass

                class Row(Shelf[Kind]):
                    pass

                def f(n=STEP):
                    return n

                def around(content):
                    def get():
                        return content

                    return get

                def found():
                    return f

                class Uses:
                    kind = Kind
                    one = f
                    two = f
                    three = property(f)

                    def own(self=None):
                        return 1

                    own_too = own

                get = around(f)
            """,
            "b.py": "import a\n\ndef found():\n    return a.f\n\ng = found()\n",
        },
        ("import a, b", "from a import Kind, f", "kind = Kind()", "own = a.Uses.own"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("bound=int", "bound=str")
                        .replace("STEP = 1", "STEP = 2")
                        .replace("Shelf[Kind]", "Shelf[Kind[T]]")
                        .replace("kind = Kind", "kind = Box(Kind)")
                        .replace("one = f", "one = staticmethod(f)")
                        .replace("two = f", "two = functools.partial(f)")
                        .replace("property(f)", "property(functools.cache(f))")
                        .replace("own_too = own", "own_too = staticmethod(own)")
                        .replace("around(f)", "around(functools.cache(f))")
                    ),
                    "b.py": lambda text: (
                        "import functools\n" + text.replace("g = found()", "g = functools.cache(found())")
                    ),
                },
                same=("type(a.f)", "type(a.Kind)", "type(b.g)", "type(a.Uses.__dict__['own'])"),
                holds=("isinstance(kind, a.Kind)", "a.Kind is Kind", "a.f is f", "a.Uses.own is own", "f() == 2"),
            ),
        ),
    ),
    Scenario(
        "A function that becomes a coroutine or a generator is asked again by all who asked what it is.",
        {
            "a.py": """
                import inspect

                def kind_of(function):
                    return inspect.iscoroutinefunction(function), inspect.isgeneratorfunction(function)

                def task():
                    return 1

                KIND = kind_of(task)
            """,
            "b.py": """
                import a

                KINDS = {"task": a.kind_of(a.task)}
                IS_GENERATOR = a.inspect.isgeneratorfunction(a.task)
            """,
        },
        ("import a, b", "held = a.task"),
        (
            Edit({"a.py": sub("def task", "async def task")}, holds=("held is a.task",)),
            Edit({"a.py": sub("async def task", "def task")}, holds=("held is a.task",)),
            Edit({"a.py": sub("return 1", "yield 1")}, holds=("held is a.task",)),
        ),
    ),
    Scenario(
        "What the methods that a decorator wrote mean is what they mean in a fresh process.",
        {
            "shop.py": """
                from dataclasses import dataclass

                @dataclass(frozen=True, slots=True)
                class Item:
                    name: str

                def outcome(item):
                    try:
                        item.other = 1
                    except Exception as error:
                        return type(error).__name__
            """
        },
        ("import shop", "item = shop.Item('tea')"),
        (
            Edit(
                {"shop.py": sub("name: str\n", "name: str\n\n    def label(self):\n        return self.name\n")},
                same=("item.label()", "shop.outcome(item)", "type(item) is shop.Item"),
            ),
            Edit(
                {"shop.py": sub("name: str\n", "name: str\n    price: int = 1\n")},
                same=("shop.outcome(shop.Item('cup'))",),
            ),
        ),
    ),
    Scenario(
        "A named tuple is what it is in a fresh process once no instance is shorter than the others.",
        {
            "shop.py": """
                from typing import NamedTuple

                class Item(NamedTuple):
                    name: str
                    price: int = 2

                TEA = Item("tea")
            """
        },
        ("import shop",),
        (
            Edit(
                {"shop.py": sub("price: int = 2\n", "price: int = 2\n    size: int = 3\n")},
                same=("repr(shop.TEA)", "shop.Item._replace.__module__", "type(vars(shop.Item)['size']).__name__"),
            ),
            Edit(
                {"shop.py": sub("size: int = 3\n", "size: int = 3\n    kind: str = 'plain'\n")},
                before=("cup = shop.Item('cup')",),
                same=("repr(shop.TEA)", "shop.Item('cup')"),
                holds=("cup.kind == 'plain'", "repr(cup).endswith(\"size=3, kind='plain')\")"),
                differs=("shop.Item", "shop.TEA"),
            ),
            Edit(
                {"shop.py": sub("'plain'", "'other'")},
                holds=("cup.kind == 'other'", "repr(cup).endswith(\"kind='other')\")"),
                differs=("shop.Item", "shop.TEA"),
            ),
            Edit(
                {"shop.py": sub("'other'", "'last'")},
                before=("del cup",),
                same=("repr(shop.TEA)", "shop.Item._replace.__module__", "type(vars(shop.Item)['kind']).__name__"),
            ),
        ),
    ),
    Scenario(
        "A function that stands for a class says the line of the class, and what its methods assign.",
        {
            "shop.py": """
                from functools import wraps

                def called(cls):
                    @wraps(cls)
                    def make(*args):
                        return cls(*args)
                    return make

                class Item:
                    def __init__(self, name):
                        self.name = name

                item = called(Item)

                @called
                class Tea:
                    def __init__(self):
                        self.kind = "green"
            """
        },
        ("import shop", "held = shop.item"),
        (
            Edit(
                {"shop.py": sub("from functools", "import re\n\nfrom functools")},
                same=("[vars(each).get('__firstlineno__') for each in (shop.item, shop.Tea, shop.Tea.__wrapped__)]",),
                holds=("shop.item is held",),
            ),
            Edit(
                {"shop.py": sub("self.name = name", "self.name = self.label = name")},
                same=("sorted(vars(shop.item).get('__static_attributes__', ()))",),
                holds=("shop.item is held",),
            ),
        ),
    ),
    Scenario(
        "An instance without attributes follows its class to a builtin base: a new one is as good.",
        {
            "shop.py": """
                import enum

                class Shelf:
                    def label(self):
                        return "shelf"

                class Size(enum.Enum):
                    SMALL = 1
                    LARGE = 2
            """
        },
        ("import shop", "held = [shop.Shelf(), shop.Size.LARGE]"),
        (
            Edit(
                {"shop.py": lambda text: text.replace("class Shelf", "class Shelf(dict)").replace("Enum", "IntEnum")},
                same=("held[0] == {}", "held[0].label()", "held[1] == 2", "type(held[0]) is shop.Shelf"),
            ),
        ),
    ),
    Scenario(
        "What has been pickled can be pickled once more when its class, or the base of its class, has other slots.",
        {
            "m.py": """
                class Point:
                    __slots__ = ("x",)

                    def __init__(self):
                        self.x = 1
            """
        },
        (
            "import copy, pickle, m\nfrom m import Point",
            "class Mine(Point):\n    __slots__ = ('mine',)",
            "point, mine = Point(), Mine()\ncopies = pickle.dumps(point), copy.copy(mine)",
        ),
        (
            Edit(
                {"m.py": lambda text: text.replace('("x",)', '("x", "y")').replace("x = 1", "x = self.y = 1")},
                same=("copy.copy(Point()).y",),
                holds=(
                    "pickle.loads(pickle.dumps(point)).x == 1",
                    "pickle.loads(copies[0]).x == 1",
                    "copy.copy(Mine()).y == 1",
                ),
            ),
        ),
    ),
    Scenario(
        "The lambdas in a dictionary are told by their keys, also by those who had taken one out.",
        {
            "m.py": "T = {'a': lambda x: x + 1, 'b': lambda x: x + 2}\n",
            "n.py": "from m import T\nB = T['b']\n",
        },
        ("import m, n", "a, b = m.T['a'], m.T['b']"),
        (
            Edit(
                {"m.py": "T = {'c': lambda x: x + 3, 'b': lambda x: x + 20, 'a': lambda x: x + 10}\n"},
                same=("n.B(0)", "m.T['c'](0)"),
                holds=("(a(0), b(0)) == (10, 20)", "m.T['a'] is a and m.T['b'] is b is n.B"),
            ),
            Edit({"m.py": "T = {'b': lambda x: x + 5, 'a': abs}\n"}, same=("n.B(0)",), holds=("b(0) == 5",)),
        ),
    ),
    Scenario(
        "A key whose class has lost its hash is found by what it is.",
        {
            "m.py": """
                class Key:
                    def __eq__(self, other):
                        return type(other) is Key

                    def __hash__(self):
                        return 1
            """
        },
        ("import m", "key = m.Key()\ntable, keys = {key: 1}, {key}"),
        (
            Edit({"m.py": "class Key:\n    pass\n"}, holds=("table[key] == 1", "key in keys", "m.Key() not in keys")),
            Edit(
                {"m.py": "class Key:\n    def __hash__(self): return 5\n"},
                holds=("table[key] == 1", "key in keys", "hash(key) == 5"),
            ),
        ),
    ),
    Scenario(
        "Methods that a class gets are relabelled as the package has relabelled it and the others.",
        {
            "shop/__init__.py": """
                from .labels import relabel
                from .goods import Tea, Till

                relabel(globals(), __name__)
                del relabel
            """,
            "shop/labels.py": """
                def relabel(names, label):
                    for value in names.values():
                        if getattr(value, "__module__", "").startswith("shop."):
                            value.__module__ = label
                            if isinstance(value, type):
                                relabel(vars(value), label)
            """,
            "shop/goods.py": """
                from dataclasses import dataclass
                from functools import wraps

                def logged(function):
                    @wraps(function)
                    def wrapper(*args):
                        return function(*args)
                    return wrapper

                @dataclass
                class Tea:
                    price: int = 1

                    @logged
                    def taxed(self):
                        return self.price * 2

                class Till:
                    def add(self):
                        return 1
            """,
        },
        ("import shop",),
        (
            Edit(
                {"shop/goods.py": sub("price: int = 1", "price: int = 1\n    count: int = 1")},
                same=("shop.Tea.__init__.__module__", "shop.Tea.__repr__.__module__", "shop.Tea.taxed.__module__"),
            ),
            Edit({"shop/goods.py": sub("taxed(self)", "taxed(self, rate=2)")}, same=("shop.Tea.taxed.__module__",)),
            Edit(
                {"shop/goods.py": add("\n    @classmethod\n    def open(cls):\n        return cls()\n")},
                same=("shop.Till.open.__module__", "shop.Till.add.__module__", "shop.Till.__module__"),
            ),
        ),
    ),
    Scenario(
        "A function that is handed all names of a module, and lists those of the classes among them, runs again.",
        {
            "shop/__init__.py": """
                from .goods import Tea
                from .pages import pages

                PAGES = pages(globals())
            """,
            "shop/pages.py": """
                def pages(names):
                    classes = [each for each in names.values() if isinstance(each, type)]
                    return sorted(name for each in classes for name in vars(each) if not name.startswith("_"))
            """,
            "shop/goods.py": """
                class Tea:
                    def cup(self):
                        return 1
            """,
        },
        ("import shop",),
        (Edit({"shop/goods.py": add("\n    def pot(self):\n        return 3\n")}, same=("shop.PAGES",)),),
    ),
)
