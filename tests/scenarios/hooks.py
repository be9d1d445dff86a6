"""What Python calls by itself: metaclasses, hooks of classes, special methods.

A statement that would have run them, had they been there, or without them, now that they are gone, runs again.
"""

from __future__ import annotations

from . import Edit, Scenario, add, sub

METACLASSES = """
    class M1(type):
        def kind(cls):
            return 1

    class M2(type):
        def kind(cls):
            return 2

        def more(cls):
            return cls.__name__
"""

SCENARIOS = (
    Scenario(
        "Classes below a class whose metaclass is another have that, in other modules and in cells.",
        {
            "k.py": METACLASSES,
            "a.py": "from k import M1, M2\n\nclass A(metaclass=M1):\n    pass\n",
            "b.py": "from a import A\n\nclass B(A):\n    pass\n",
        },
        ("import a, b", "class C(b.B): pass", "before = a.A, b.B, C", "c = C()"),
        (
            Edit(
                {"a.py": sub("metaclass=M1", "metaclass=M2")},
                same=("b.B.kind()", "C.kind()", "C.more()", "type(C).__name__", "isinstance(c, a.A)"),
                holds=("before == (a.A, b.B, C)",),
                events=("run a:3 class A",),
            ),
            Edit(
                {"a.py": sub("metaclass=M2", "metaclass=M1")},
                same=("b.B.kind()", "C.kind()", "hasattr(C, 'more')"),
                holds=("before == (a.A, b.B, C)",),
            ),
        ),
    ),
    Scenario(
        "A metaclass that makes classes in another way makes those below anew, and what it left on them goes with it.",
        {
            "k.py": "class M(type):\n    pass\n",
            "a.py": "from k import M\n\nclass A(metaclass=M):\n    pass\n",
            "b.py": "from a import A\n\nclass B(A):\n    pass\n\nb = B()\n",
        },
        ("import a, b", "A, B, x = a.A, b.B, b.B()"),
        (
            Edit(
                {
                    "k.py": """
                        class M(type):
                            def __new__(mcs, name, bases, entries):
                                entries['tag'] = name
                                return super().__new__(mcs, name, bases, entries)
                    """
                },
                same=("x.tag", "A.tag"),
                holds=("a.A is A", "b.B is B"),
            ),
            Edit({"k.py": "class M(type):\n    pass\n"}, same=("hasattr(x, 'tag')",), holds=("b.B is B",)),
        ),
    ),
    Scenario(
        "Subclasses are made anew for an `__init_subclass__` that is added, and without one that is removed.",
        {
            "a.py": "class A:\n    pass\n",
            "b.py": "from a import A\n\nclass B(A):\n    pass\n\nMADE = []\nMADE.append(1)\n",
        },
        ("import a, b", "B, x = b.B, b.B()", "B.mine = 5"),
        (
            Edit(
                {
                    "a.py": """
                        class A:
                            def __init_subclass__(cls):
                                cls.tag = cls.__name__
                    """
                },
                same=("x.tag", "b.MADE"),
                holds=("b.B is B", "x.mine == 5"),
                differs=("b.B",),
            ),
            Edit(
                {"a.py": "class A:\n    pass\n"},
                same=("hasattr(x, 'tag')", "b.MADE"),
                holds=("b.B is B", "x.mine == 5"),
                differs=("b.B",),
            ),
        ),
    ),
    Scenario(
        "Instances that module code made are made anew when their class gets a constructor, by its body or by a base.",
        {
            "a.py": "class Base:\n    pass\n\nclass Other:\n    n = 1\n\nclass A(Base):\n    n = 0\n",
            "b.py": "from a import A\n\none = A()\n\ndef make():\n    return A()\n\ntwo = make()\nN = one.n, two.n\n",
        },
        ("import a, b", "A, other = a.A, a.Other"),
        (
            Edit(
                {"a.py": add("\n    def __init__(self):\n        self.n = 5\n")},
                same=("b.one.n", "b.two.n", "b.N"),
                holds=("a.A is A", "type(b.one) is A"),
            ),
            Edit({"a.py": sub("\n    def __init__(self):\n        self.n = 5\n", "")}, same=("b.one.n", "b.N")),
            Edit(
                {
                    "a.py": sub(
                        "class Base:\n    pass",
                        "class Base:\n    def __new__(cls):\n        made = super().__new__(cls)\n"
                        "        made.n = 7\n        return made",
                    )
                },
                same=("b.one.n", "b.two.n", "b.N"),
            ),
        ),
    ),
    Scenario(
        "Plain values that operators and builtins gave follow the methods that their class gets.",
        {
            "a.py": "class A:\n    def __init__(self, n):\n        self.n = n\n",
            "b.py": """
                from a import A

                one = A(1)
                SAME = one == A(1)
                TRUE = bool(one)
                SHOWN = f'{one}'[0]

                if one:
                    WAY = 1
                else:
                    WAY = 2
            """,
            "c.py": "from b import one\n\nheld = [one]\n",
        },
        ("import a, b, c", "one = b.one"),
        (
            Edit({"a.py": add("\n    def __eq__(self, other):\n        return self.n == other.n\n")}, same=("b.SAME",)),
            Edit({"a.py": add("\n    def __bool__(self):\n        return False\n")}, same=("b.TRUE", "b.WAY")),
            Edit(
                {"a.py": add("\n    def __repr__(self):\n        return 'A'\n")},
                same=("b.SHOWN",),
                holds=("b.one is one", "c.held[0] is one"),
            ),
        ),
    ),
    Scenario(
        "A descriptor that learns its name is told it where it is used, and a class is subscripted anew.",
        {
            "a.py": """
                class D:
                    def __get__(self, obj, cls=None):
                        return getattr(self, 'name', None)

                class Box:
                    pass
            """,
            "b.py": """
                from a import Box, D

                class K:
                    x = D()

                try:
                    ALIAS = Box[int]
                except TypeError:
                    ALIAS = None
            """,
        },
        ("import a, b", "K, k = b.K, b.K()"),
        (
            Edit(
                {
                    "a.py": lambda text: text.replace(
                        "class Box:\n    pass",
                        "class Box:\n    def __class_getitem__(cls, key):\n        return key.__name__",
                    ).replace(
                        "class Box", "    def __set_name__(self, owner, name):\n        self.name = name\n\nclass Box"
                    )
                },
                same=("k.x", "b.ALIAS"),
                holds=("b.K is K",),
            ),
        ),
    ),
    Scenario(
        "Abstract classes and protocols forget what they answered when what they ask for has changed.",
        {
            "h.py": "NEED = 'f'\n",
            "a.py": """
                from abc import ABC
                from typing import Protocol, runtime_checkable
                import h

                @runtime_checkable
                class P(Protocol):
                    x: int

                class Q(ABC):
                    @classmethod
                    def __subclasshook__(cls, other):
                        return hasattr(other, h.NEED)
            """,
        },
        (
            "import a, h",
            "class K:\n    x = 1\n    def f(self): pass",
            "P = a.P",
            "answers = isinstance(K(), P), issubclass(K, a.Q)",
        ),
        (
            Edit({"a.py": sub("x: int", "x: int\n    y: int")}, same=("isinstance(K(), P)",), holds=("a.P is P",)),
            Edit({"a.py": sub("x: int\n    y: int", "x: int")}, same=("isinstance(K(), P)",)),
            Edit({"h.py": "NEED = 'g'\n"}, same=("issubclass(K, a.Q)",)),
        ),
    ),
    Scenario(
        "What runs in functions that an earlier reload made is known to the next one.",
        {"a.py": "def f():\n    return 1\n", "b.py": "from a import f\n\nX = f()\n"},
        ("import a, b",),
        (
            Edit({"a.py": "def f(n=2):\n    return n\n"}, same=("b.X",)),
            Edit({"a.py": "def f(n=2):\n    return n + 1\n"}, same=("b.X",)),
        ),
    ),
    Scenario(
        "What methods find through `self` and `super()` is read where they ran, whoever of the family has it.",
        {
            "a.py": """
                class Base:
                    kind = 'base'

                    def kinds(self):
                        return self.kind

                    def f(self):
                        return 1

                class Other:
                    def f(self):
                        return 100

                class Aside(Base):
                    pass
            """,
            "b.py": """
                from a import Aside, Base, Other

                class Mid(Base):
                    kind = 'mid'

                    def f(self):
                        return super().f() + 1

                class Leaf(Mid):
                    pass
            """,
            "c.py": """
                from b import Leaf

                LEAF = Leaf().kinds(), Leaf().f()
            """,
            "d.py": "from a import Aside\n\nASIDE = Aside().kinds()\n",
        },
        ("import a, b, c, d", "leaf = b.Leaf()"),
        (
            Edit(
                {"b.py": sub("kind = 'mid'", "kind = 'other'")},
                ("run b:3 class Mid", "run c:3 LEAF = Leaf().kinds(), Leaf().f()"),
                same=("c.LEAF", "leaf.kinds()"),
            ),
            Edit({"b.py": sub("Mid(Base)", "Mid(Other, Base)")}, same=("c.LEAF", "leaf.f()")),
            Edit({"b.py": sub("Mid(Other, Base)", "Mid(Base)")}, same=("c.LEAF", "leaf.f()")),
        ),
    ),
    Scenario(
        "What a decorator of somebody else's has set on a method goes with the decorator.",
        {
            "a.py": """
                from unittest import expectedFailure

                class A:
                    @expectedFailure
                    def f(self):
                        return 1
            """
        },
        ("import a",),
        (
            Edit({"a.py": sub("@expectedFailure", "# no decorator")}, same=("vars(a.A.f)",)),
            Edit({"a.py": sub("# no decorator", "@expectedFailure")}, same=("vars(a.A.f)",)),
        ),
    ),
    Scenario(
        "What was had through a wrapper is had again when the wrapper is given something else, in a class as well.",
        {
            "w.py": """
                class Times:
                    def __init__(self, f, k):
                        self.f = f
                        self.k = k

                    def __call__(self):
                        return self.f() * self.k

                def times(k):
                    return lambda f: Times(f, k)
            """,
            "a.py": """
                from functools import partialmethod
                from w import times

                class A:
                    def mul(self, k):
                        return 4 * k

                    double = partialmethod(mul, 2)

                    @staticmethod
                    @times(2)
                    def one():
                        return 1

                D = A().double()
                T = A.one()
            """,
        },
        ("import a",),
        (
            Edit({"a.py": sub("(mul, 2)", "(mul, 3)")}, same=("a.D", "a.A().double()")),
            Edit({"a.py": sub("@times(2)", "@times(3)")}, same=("a.T", "a.A.one()")),
        ),
    ),
    Scenario(
        "A method that a base of somebody else's finds by how its name begins is called for what was visited.",
        {
            "v.py": """
                import ast

                class Names(ast.NodeVisitor):
                    def __init__(self):
                        self.names = []

                    def visit_Name(self, node):
                        self.names.append(node.id)

                def names(text):
                    visitor = Names()
                    visitor.visit(ast.parse(text))
                    return visitor.names
            """,
            "a.py": "from v import Names, names\n\nFOUND = names('f(x)')\nidle = Names()\n",
        },
        ("import a", "idle = a.idle"),
        (
            Edit(
                {"v.py": sub("    def visit_Name", "    def visit_Call(self, node): pass\n\n    def visit_Name")},
                same=("a.FOUND",),
                holds=("a.idle is idle",),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "What decorators and constructors have set goes when they no longer set it; what others have set stays.",
        {
            "d.py": """
                def tagged(f):
                    def wrapper():
                        return f()
                    wrapper.tag = 1
                    return wrapper

                def noted(f):
                    f.note = 1
                    return f

                def having(**entries):
                    def decorate(cls):
                        for name, value in entries.items():
                            setattr(cls, name, value)
                        return cls
                    return decorate
            """,
            "a.py": """
                from enum import Enum
                from d import having, noted, tagged

                @tagged
                def f():
                    return 1

                @noted
                def g():
                    return 1

                @having(one=1, two=2)
                class K:
                    pass

                class E(Enum):
                    A = 1

                    def __init__(self, value):
                        self.more = value
            """,
        },
        ("import a, d", "f, g, K, A = a.f, a.g, a.K, a.E.A", "f.mine = g.mine = K.mine = 5"),
        (
            Edit(
                {
                    "d.py": lambda text: text.replace("    wrapper.tag = 1\n", "").replace("f.note = 1", "f.other = 2"),
                    "a.py": lambda text: text.replace(", two=2", "").replace("more", "less"),
                },
                same=("hasattr(f, 'tag')", "hasattr(g, 'note')", "hasattr(K, 'two')", "hasattr(A, 'more')"),
                holds=("f is a.f", "g is a.g", "K is a.K", "A is a.E.A", "f.mine == g.mine == K.mine == 5"),
                differs=("a.f", "a.g", "a.K"),
            ),
        ),
    ),
    Scenario(
        "Entries in a dictionary that a metaclass gives to each class are made again with the class.",
        {
            "base.py": """
                class Meta(type):
                    def __new__(mcs, name, bases, body):
                        cls = super().__new__(mcs, name, bases, body)
                        cls.rules = {}
                        return cls

                class Checker(metaclass=Meta):
                    @classmethod
                    def register(cls, **kinds):
                        return cls._register(**kinds)

                    @classmethod
                    def _register(cls, kind):
                        def decorate(rule):
                            cls.rules.setdefault(kind, []).append(rule)
                            return rule

                        return decorate
            """,
            "a.py": """
                from base import Checker

                class Finder(Checker):
                    pass

                @Finder.register(kind="x")
                class X: ...

                @Finder.register(kind="y")
                class Y: ...
            """,
        },
        ("import a",),
        (
            Edit(
                {"base.py": sub("metaclass=Meta):\n", "metaclass=Meta):\n    found = ()\n\n")},
                same=("sorted(a.Finder.rules)", "[len(rules) for rules in a.Finder.rules.values()]"),
            ),
        ),
    ),
    Scenario(
        "Whoever went through the names of a class does so again when a method comes or goes.",
        {
            "a.py": """
                class Hooked:
                    def __init_subclass__(cls):
                        cls.handlers = sorted(name for name in dir(cls) if name.startswith('on_'))
                        cls.listens = getattr(cls, 'on_' + 'stop', None) is not None

                    def on_start(self):
                        return 1

                class Plain:
                    def on_start(self):
                        return 1

                class Collecting:
                    def __init__(self):
                        self.made = True
                        self.handlers = [name for name in dir(self) if name.startswith('on_')]

                    def on_start(self):
                        return 1

                def handlers(cls):
                    return sorted(name for name in vars(cls) if name.startswith('on_'))
            """,
            "b.py": """
                from a import Collecting, Hooked, Plain, handlers

                class Sub(Hooked):
                    pass

                BY_FUNCTION = handlers(Plain)
                BY_ITSELF = [name for name in dir(Plain) if name.startswith('on_')]
                LISTENS = [hasattr(Plain, 'on_' + name) for name in ('start', 'stop')]
                one = Collecting()
                MADE = [name for name in one.handlers]
            """,
        },
        ("import a, b", "one = b.one"),
        tuple(
            Edit({"a.py": change})
            for change in (
                sub("class Plain:\n", "class Plain:\n    def on_stop(self):\n        return 2\n\n"),
                sub("class Hooked:\n", "class Hooked:\n    def on_stop(self):\n        return 2\n\n"),
                sub("class Collecting:\n", "class Collecting:\n    def on_stop(self):\n        return 2\n\n"),
                sub("class Plain:\n    def on_stop(self):\n        return 2\n\n", "class Plain:\n"),
                sub("class Hooked:\n    def on_stop(self):\n        return 2\n\n", "class Hooked:\n"),
            )
        ),
    ),
    Scenario(
        "A method that comes to a class or goes from it has nothing run again that did not go through its names.",
        {
            "a.py": """
                class Meta(type):
                    def __new__(mcs, name, bases, body):
                        return super().__new__(mcs, name, bases, body)

                class Base(metaclass=Meta):
                    def __init__(self):
                        self.__dict__.update(kept=1)

                    def f(self):
                        return 1
            """,
            "b.py": """
                from a import Base

                class Sub(Base):
                    pass

                one = Base()
            """,
        },
        ("import a, b", "Sub, one = b.Sub, b.one"),
        (
            Edit(
                {"a.py": add("\n    def g(self):\n        return 2\n")},
                events=("run a:5 class Base",),
                holds=("one.g() == 2 and b.one is one and b.Sub is Sub",),
            ),
            Edit(
                {"a.py": sub("\n    def g(self):\n        return 2\n", "")},
                events=("run a:5 class Base",),
                holds=("not hasattr(one, 'g')",),
            ),
        ),
    ),
    Scenario(
        "Whoever listed the subclasses of a class lists them again when one is added, or gets other bases.",
        {
            "a.py": """
                class Base:
                    pass

                def found():
                    return sorted(cls.__name__ for cls in Base.__subclasses__())
            """,
            "b.py": """
                from a import Base

                class One(Base):
                    pass

                class Below(One):
                    pass
            """,
            "c.py": """
                import a, b

                BY_FUNCTION = a.found()
                BY_ITSELF = {cls for cls in a.Base.__subclasses__()}
            """,
        },
        ("import a, b, c",),
        (
            Edit({"b.py": add("\nclass Two(Base):\n    pass\n")}),
            Edit({"b.py": sub("Below(One)", "Below(Base)")}),
            Edit({"b.py": sub("Below(Base)", "Below(One)")}),
        ),
    ),
    Scenario(
        "What `__set_name__` puts into its class and what `__prepare__` gives are made anew with it.",
        {
            "field.py": """
                PREFIX = "col_"

                class Field:
                    def __set_name__(self, owner, name):
                        owner.columns.append(PREFIX + name)

                class Meta(type):
                    @classmethod
                    def __prepare__(cls, name, bases):
                        return {"given": 1}
            """,
            "a.py": """
                from field import Field, Meta

                class Table:
                    columns = []
                    name = Field()

                class Made(metaclass=Meta):
                    value = given

                SQL = ",".join(Table.columns)
            """,
        },
        ("import field, a", "from a import Table"),
        (
            Edit({"a.py": sub("name = Field()", "name = Field()\n    age = Field()")}, same=("Table.columns", "a.SQL")),
            Edit(
                {"field.py": lambda text: text.replace("col_", "c_").replace('"given": 1', '"given": 2')},
                same=("(Table.columns, a.SQL, a.Made.value, a.Made.given)",),
                holds=("Table is a.Table",),
            ),
        ),
        recorded=True,
    ),
)
