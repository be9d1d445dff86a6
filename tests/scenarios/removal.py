"""What goes, and what comes back."""

from __future__ import annotations

from . import Edit, Scenario, sub

SCENARIOS = (
    Scenario(
        "What somebody assigned to a name stays theirs when the source no longer gives the name.",
        {
            "a.py": """
            LIMIT = 3
            MODEL = None
            ITEMS = []
            COUNT = 0

            def f():
                return 1

            class C:
                pass

            def count():
                global COUNT
                COUNT += 1
        """
        },
        ("import a", "a.LIMIT, a.MODEL, a.f, a.C = 4, 'trained', len, dict", "a.ITEMS.append(1)", "a.count()"),
        (
            Edit(
                {
                    "a.py": """
                    def count():
                        global COUNT
                        COUNT += 1
                """
                },
                ("remove a.COUNT", "remove a.ITEMS"),
                holds=("(a.LIMIT, a.MODEL, a.f, a.C) == (4, 'trained', len, dict)",),
                differs=("a.LIMIT", "a.MODEL", "a.f", "a.C"),
                same=("hasattr(a, 'ITEMS')", "hasattr(a, 'COUNT')"),
                fresh=("import a",),
            ),
        ),
    ),
    Scenario(
        "A function that has gone from the source goes everywhere, and returns as the object that it was.",
        {
            "a.py": """
            def f():
                return 1

            def g():
                return 2
        """,
            "b.py": "from a import f, g\n",
        },
        ("import b", "from a import g", "held = g"),
        (
            Edit(
                {
                    "a.py": """
                    def f():
                        return 1
                """,
                    "b.py": "from a import f\n",
                },
                ("remove a.g", "remove __main__.g", "remove b.g"),
                same=("hasattr(b, 'g')",),
                holds=("'g' not in globals()", "held() == 2"),
                fresh=("import b",),
            ),
            Edit(
                {
                    "a.py": """
                    def f():
                        return 1

                    def g():
                        return 2
                """,
                    "b.py": "from a import f, g\n",
                },
                same=("g()", "b.g is g"),
                fresh=("import b", "from a import g"),
            ),
        ),
    ),
    Scenario(
        "A constant that has gone takes its units along, the rest stays.",
        {
            "a.py": """
            A = 1
            B = 2
            C = 3
        """
        },
        ("import a",),
        (
            Edit(
                {
                    "a.py": """
            A = 1
            C = 3
        """
                },
                ("remove a.B",),
                same=("sorted(n for n in vars(a) if n.isupper())",),
            ),
        ),
    ),
    Scenario(
        "A name that was injected from outside stays when the source changes around it.",
        {
            "a.py": """
            A = 1
            B = 2
        """
        },
        ("import a",),
        (
            Edit(
                {"a.py": "A = 3\n"},
                ("remove a.B", "run a:1 A = 3"),
                before=("a.user_flag = 'on'",),
                holds=("a.user_flag == 'on'",),
            ),
        ),
    ),
    Scenario(
        "A name that the user assigned in place of a removed one stays.",
        {
            "a.py": """
            def f():
                return 1
        """
        },
        ("from a import f",),
        (Edit({"a.py": "X = 1\n"}, before=("f = 'mine'",), holds=("f == 'mine'",), fresh=("import a",)),),
    ),
    Scenario(
        "A class that has gone and returns is the class of the instances that stayed.",
        {
            "a.py": """
            class Item:
                def price(self):
                    return 1
        """
        },
        ("import a", "item = a.Item()"),
        (
            Edit({"a.py": "X = 1\n"}, same=("hasattr(a, 'Item')",), holds=("item.price() == 1",), fresh=("import a",)),
            Edit(
                {
                    "a.py": """
                    class Item:
                        def price(self):
                            return 1
                """
                },
                same=("a.Item().price()",),
                fresh=("import a",),
            ),
        ),
    ),
    Scenario(
        "A method, a class attribute and a property that have gone are gone from old instances.",
        {
            "a.py": """
                class Item:
                    tag = "t"

                    @property
                    def size(self):
                        return 1

                    def price(self):
                        return 1

                    def name(self):
                        return "n"
            """
        },
        ("import a", "item = a.Item()"),
        (
            Edit(
                {
                    "a.py": """
                    class Item:
                        def name(self):
                            return 'n'
                """
                },
                same=(
                    "[n for n in ('tag', 'size', 'price', 'name') if hasattr(a.Item, n)]",
                    "hasattr(item, 'size')",
                    "item.name()",
                ),
            ),
        ),
    ),
    Scenario(
        "A branch that no longer runs takes its names along.",
        {
            "a.py": """
            FAST = True
            if FAST:
                MODE = 'fast'
                SPEED = 9
            else:
                MODE = 'slow'
        """
        },
        ("import a",),
        (Edit({"a.py": sub("FAST = True", "FAST = False")}, same=("a.MODE", "hasattr(a, 'SPEED')")),),
    ),
    Scenario(
        "A loop's names follow what it loops over.",
        {
            "a.py": """
            NAMES = ['x', 'y']
            for name in NAMES:
                globals()[f'get_{name}'] = name
        """
        },
        ("import a",),
        (Edit({"a.py": sub("['x', 'y']", "['x', 'y', 'z']")}, same=("a.get_z", "a.name")),),
    ),
    Scenario(
        "A docstring of a module comes, changes and goes.",
        {"a.py": "X = 1\n"},
        ("import a",),
        (
            Edit(
                {
                    "a.py": """
                '''First.'''
                X = 1
            """
                },
                same=("a.__doc__",),
            ),
            Edit(
                {
                    "a.py": """
                '''Second.'''
                X = 1
            """
                },
                same=("a.__doc__",),
            ),
            Edit({"a.py": "X = 1\n"}, same=("a.__doc__",)),
        ),
    ),
    Scenario(
        "A decorator that goes leaves the plain function, one that comes wraps it, for all importers.",
        {
            "a.py": """
                import functools

                def loud(f):
                    @functools.wraps(f)
                    def inner():
                        return f().upper()
                    return inner

                @loud
                def say():
                    return 'hi'
            """,
            "b.py": "from a import say\n",
        },
        ("import b", "from a import say"),
        (
            Edit({"a.py": sub("@loud\ndef say", "def say")}, same=("say()", "b.say()", "b.say is say")),
            Edit({"a.py": sub("def say", "@loud\ndef say")}, same=("say()", "b.say()", "b.say is say")),
        ),
    ),
    Scenario(
        "A function becomes a class, a class a value, a value a function.",
        {
            "a.py": """
            def thing():
                return 1
        """,
            "b.py": "from a import thing\n",
        },
        ("import b", "from a import thing"),
        (
            Edit(
                {
                    "a.py": """
                    class thing:
                        pass
                """
                },
                ("run a:1 class thing", "rebind b.thing", "rebind __main__.thing"),
                same=("b.thing is thing", "type(thing).__name__"),
            ),
            Edit(
                {"a.py": "thing = 3\n"},
                ("run a:1 thing = 3", "rebind b.thing", "rebind __main__.thing"),
                same=("b.thing", "thing"),
            ),
            Edit(
                {
                    "a.py": """
                    def thing():
                        return 4
                """
                },
                ("run a:1 def thing", "rebind b.thing", "rebind __main__.thing"),
                same=("b.thing()", "thing()"),
            ),
        ),
    ),
    Scenario(
        "A renamed function is a new name; the old name goes.",
        {
            "a.py": """
            def old_name():
                return 1

            VALUE = old_name()
        """
        },
        ("import a",),
        (
            Edit(
                {
                    "a.py": """
                    def new_name():
                        return 1

                    VALUE = new_name()
                """
                },
                same=("hasattr(a, 'old_name')", "a.new_name()"),
            ),
        ),
    ),
    Scenario(
        "Everything goes when a file is emptied, and comes when it is filled.",
        {
            "a.py": """
            X = 1

            def f():
                return X
        """
        },
        ("import a",),
        (
            Edit({"a.py": ""}, ("remove a.X", "remove a.f"), same=("hasattr(a, 'X')",)),
            Edit(
                {
                    "a.py": """
                X = 1

                def f():
                    return X
            """
                },
                ("run a:1 X = 1", "run a:3 def f"),
                same=("a.f()",),
            ),
        ),
    ),
    Scenario(
        "An assignment to an item or attribute goes, and what had been there before comes back.",
        {
            "c.py": """
                N = 1
            """,
            "a.py": """
                import c

                T = {'a': 1}
                T['a'] = 2

                class A:
                    x = 1

                A.x = 2
                A.y = 3
                c.N = 5
                c.M = 6
            """,
        },
        ("import a, c",),
        (
            Edit({"a.py": sub("T['a'] = 2\n", "")}, same=("a.T",)),
            Edit({"a.py": sub("A.x = 2\nA.y = 3\n", "")}, same=("a.A.x", "hasattr(a.A, 'y')")),
            Edit({"a.py": sub("c.N = 5\nc.M = 6\n", "")}, same=("c.N", "hasattr(c, 'M')")),
        ),
    ),
    Scenario(
        "Nothing runs again in a module whose file is gone: what it reads may be gone with it.",
        {"c.py": "N = 1\nM = 2\n", "a.py": "import c\nD = c.N + c.M\n", "b.py": "import c\nE = c.M\n"},
        ("import a, b",),
        (
            Edit(
                {"a.py": None, "c.py": "M = 3\n"},
                ("remove c.N", "run c:1 M = 3", "run b:2 E = c.M"),
                same=("b.E",),
                holds=("a.D == 3",),
                fresh=("import b",),
                notes=("file-gone",),
            ),
        ),
    ),
    Scenario(
        "A name that every module has is what Python gives once the source says nothing else of it.",
        {
            "kit/__init__.py": """
                import os
                __spec__ = __spec__
                __path__ = [os.path.join(os.path.dirname(__file__), "inner")]
                __name__ = "other"
                __loader__ = None
                WHO = __name__
            """,
            "kit/inner/part.py": "X = 1\n",
            "kit/part.py": "X = 2\n",
        },
        ("import kit",),
        (
            Edit(
                {"kit/__init__.py": "WHO = __name__\n"},
                same=("kit.__name__", "kit.__path__ == [kit.__file__.rpartition('/')[0]]", "kit.WHO"),
                holds=("kit.__loader__ is kit.__spec__.loader",),
            ),
            Edit({"kit/__init__.py": "WHO = __name__\nfrom .part import X\n"}, same=("kit.X",)),
        ),
    ),
    Scenario(
        "What a decorator had set on a class goes with the decorator, also where the class has moved to a new file.",
        {
            "deco.py": """
                def shared(cls):
                    def make(kind):
                        return "shared"
                    cls.make = classmethod(make)
                    return cls
            """,
            "core.py": """
                from deco import shared

                class Base:
                    @classmethod
                    def make(kind):
                        return "base"

                @shared
                class Hue(Base):
                    def get(self):
                        return 1
            """,
            "page.py": "from core import *\n",
        },
        ("import page", "from page import Hue", "hue = Hue()"),
        (
            Edit(
                {
                    "deco.py": None,
                    "core.py": None,
                    "base.py": """
                        class Base:
                            @classmethod
                            def make(kind):
                                return "base"

                        class Hue(Base):
                            def get(self):
                                return 2
                    """,
                    "page.py": "from base import *\n",
                },
                same=("hue.get()", "Hue.make()", "'make' in vars(Hue)", "type(hue) is Hue is page.Hue"),
                notes=("file-gone", "file-gone"),
            ),
        ),
    ),
    Scenario(
        "A registry that moves to a new file is filled once; nothing is entered in the one that is gone.",
        {
            "old.py": """
                FOUND = {}

                class Entry:
                    def __init__(self, f):
                        if f.__name__ in FOUND:
                            raise KeyError(f"{f.__name__} is there already")
                        FOUND[f.__name__] = self
                        self.f = f

                    def __call__(self):
                        return self.f()
            """,
            "api.py": "from old import Entry, FOUND\n",
            "a.py": "import api\n\n@api.Entry\ndef f():\n    return 1\n\n@api.Entry\ndef g():\n    return 2\n",
        },
        ("import a, api",),
        (
            Edit(
                {
                    "old.py": None,
                    "new.py": """
                        FOUND = {}

                        class Entry:
                            def __init__(self, f, rank=0):
                                self.rank = rank
                                if f.__name__ in FOUND:
                                    raise KeyError(f"{f.__name__} is there already")
                                FOUND[f.__name__] = self
                                self.f = f

                            def __call__(self):
                                return self.f()
                    """,
                    "api.py": "from new import Entry, FOUND\n",
                    "a.py": sub("return 2", "return 3"),
                },
                same=("a.f()", "a.g()", "list(api.FOUND)", "a.f.rank"),
                holds=("api.FOUND['f'] is a.f",),
                notes=("file-gone",),
            ),
        ),
    ),
    Scenario(
        "What a metaclass prepares for a class, or its body writes by `locals()`, goes when it is given no more.",
        {
            "a.py": """
                class Meta(type):
                    @classmethod
                    def __prepare__(mcs, name, bases):
                        return {"first": 1, "second": 2}

                class A(metaclass=Meta):
                    pass

                class B:
                    for _name in ("first", "second"):
                        locals()[_name] = 1
            """
        },
        ("import a", "a.A.mine = a.B.mine = 5"),
        (
            Edit(
                {"a.py": lambda text: text.replace(', "second": 2', "").replace('"second"', '"third"')},
                same=("hasattr(a.A, 'second')", "hasattr(a.B, 'second')", "a.B.third", "a.A.mine", "a.B.mine"),
            ),
        ),
    ),
    Scenario(
        "A class goes that its package has relabelled as its own.",
        {
            "shop/__init__.py": """
                from .errors import Closed, SoldOut

                for value in list(globals().values()):
                    if getattr(value, "__module__", "").startswith("shop."):
                        value.__module__ = __name__
            """,
            "shop/errors.py": """
                class SoldOut(Exception):
                    pass

                class Closed(Exception):
                    pass
            """,
        },
        ("import shop, shop.errors",),
        (
            Edit(
                {
                    "shop/__init__.py": sub("Closed, ", ""),
                    "shop/errors.py": sub("\n\nclass Closed(Exception):\n    pass", ""),
                },
                same=("hasattr(shop, 'Closed')", "hasattr(shop.errors, 'Closed')", "shop.SoldOut.__module__"),
            ),
        ),
    ),
)
