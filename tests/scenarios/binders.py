"""Names that several units bind: chains, temporaries, `del`, `+=`, branches."""

from __future__ import annotations

from . import Edit, Scenario, sub

CHAIN = "PARTS = ['a']\nPARTS = PARTS + ['b']\nPARTS = PARTS + ['c']\nCOUNT = len(PARTS)\n"

LINE = "from core import area, Kind, LIMIT\n"

SCENARIOS = (
    Scenario(
        "An augmented assignment is a link of the chain.",
        {
            "a.py": """
            N = 1
            N += 10
            N *= 2
            M = N
        """
        },
        ("import a",),
        (
            Edit({"a.py": sub("N = 1\n", "N = 2\n")}, same=("a.N", "a.M")),
            Edit({"a.py": sub("+= 10", "+= 20")}, same=("a.N", "a.M")),
            Edit({"a.py": sub("N *= 2\n", "")}, same=("a.N", "a.M")),
        ),
    ),
    Scenario(
        "An augmented list is built anew, never twice as long.",
        {
            "a.py": """
            L = ['x']
            L += ['y']
            L += ['z']
        """
        },
        ("import a",),
        (
            Edit({"a.py": sub("['y']", "['yy']")}, same=("a.L",)),
            Edit({"a.py": sub("['x']", "['xx']")}, same=("a.L",)),
            Edit({"a.py": sub("L += ['z']\n", "")}, same=("a.L",)),
        ),
    ),
    Scenario(
        "A name that is deleted at the end is there for the units that need it, and gone afterwards.",
        {
            "a.py": """
            tmp = 2
            A = tmp * 2
            B = 7
            del tmp
        """
        },
        ("import a",),
        (
            Edit({"a.py": sub("tmp * 2", "tmp * 3")}, same=("a.A", "hasattr(a, 'tmp')")),
            Edit({"a.py": sub("tmp = 2", "tmp = 5")}, same=("a.A", "hasattr(a, 'tmp')")),
            Edit({"a.py": sub("del tmp\n", "")}, same=("a.A", "a.tmp")),
        ),
    ),
    Scenario(
        "An import that is deleted at the end is there for the statement that needs it again, and gone afterwards.",
        {
            "made.py": "def entered(n):\n    return n\n",
            "a.py": """
            import math as numbers
            from made import entered

            X = entered(numbers.sqrt(4))
            for n in (1, 2):
                entered(n)

            del numbers, entered
        """,
        },
        ("import a",),
        (
            Edit(
                {"made.py": sub("return n", "return n + 1")},
                same=("a.X", "hasattr(a, 'numbers')", "hasattr(a, 'entered')"),
            ),
        ),
    ),
    Scenario(
        "A loop's variable is a temporary like any other.",
        {
            "a.py": """
            SUM = 0
            for i in range(3):
                SUM += i
            LAST = i
            del i
        """
        },
        ("import a",),
        (
            Edit({"a.py": sub("range(3)", "range(5)")}, same=("a.SUM", "a.LAST")),
            Edit({"a.py": sub("SUM = 0", "SUM = 100")}, same=("a.SUM", "a.LAST")),
        ),
    ),
    Scenario(
        "When the last binder goes, the one before gives the value.",
        {
            "a.py": """
            X = 1
            X = 2
        """,
            "b.py": "from a import X\n",
        },
        ("import b",),
        (Edit({"a.py": "X = 1\n"}, ("run a:1 X = 1", "rebind b.X"), same=("b.X",)),),
    ),
    Scenario(
        "A default that a `try` replaces is right in either case.",
        {
            "a.py": """
                FAST = None
                try:
                    import nowhere_to_be_found as FAST
                except ImportError:
                    pass
                KIND = 'slow' if FAST is None else 'fast'
            """
        },
        ("import a",),
        (
            Edit({"a.py": sub("nowhere_to_be_found", "json")}, same=("a.KIND",)),
            Edit({"a.py": sub("json", "nowhere_to_be_found")}, same=("a.KIND",)),
        ),
    ),
    Scenario(
        "Overloads of one name and its implementation stay one chain.",
        {
            "a.py": """
                from typing import overload

                @overload
                def f(n: int) -> int: ...
                @overload
                def f(n: str) -> str: ...
                def f(n):
                    return n

                V = f(1)
            """,
            "b.py": "from a import f\n",
        },
        ("import b", "from a import f"),
        (
            Edit(
                {"a.py": sub("return n", "return n * 2")}, ("swap a:f", "run a:10 V = f(1)"), same=("f(2)", "b.f is f")
            ),
            Edit({"a.py": sub("@overload\ndef f(n: str) -> str: ...\n", "")}, same=("f(3)", "b.f is f")),
        ),
    ),
    Scenario(
        "A property's setter is one chain with its getter.",
        {
            "a.py": """
                class K:
                    _x = 1

                    @property
                    def x(self):
                        return self._x

                    @x.setter
                    def x(self, value):
                        self._x = value
            """
        },
        ("import a", "k = a.K()"),
        (
            Edit(
                {"a.py": sub("self._x = value", "self._x = value * 2")},
                ("swap a:K.x",),
                before=("k.x = 1",),
                holds=("setattr(k, 'x', 5) or k.x == 10",),
            ),
            Edit(
                {"a.py": sub("_x = 1\n", "_x = 2\n")}, ("run a:1 class K",), holds=("setattr(k, 'x', 4) or k.x == 8",)
            ),
        ),
    ),
    Scenario(
        "An underscore that many units bind troubles nobody.",
        {
            "a.py": """
            _ = 1
            A = _
            _ = 2
            B = _
        """
        },
        ("import a",),
        (Edit({"a.py": sub("_ = 1", "_ = 5")}, same=("a.A", "a.B", "a._")),),
    ),
    Scenario(
        "A function that is wrapped under its own name stays the object that importers hold.",
        {
            "a.py": """
                def f(n):
                    return n


                def twice(g):
                    return lambda n: g(g(n))


                f = twice(f)
            """,
            "b.py": "from a import f\n",
        },
        ("import b", "from a import f"),
        (Edit({"a.py": sub("return n\n", "return n + 1\n")}, same=("f(1)", "b.f is f", "b.f(1)")),),
    ),
    Scenario(
        "The branch that runs gives the name.",
        {
            "a.py": """
                MODE = 1
                if MODE == 1:
                    def act():
                        return 'one'
                elif MODE == 2:
                    def act():
                        return 'two'
                else:
                    act = None
            """
        },
        ("import a", "from a import act"),
        (
            Edit({"a.py": sub("return 'one'", "return 'eins'")}, ("swap a:act",), same=("a.act()", "act()")),
            Edit({"a.py": sub("MODE = 1\n", "MODE = 2\n")}, same=("a.act()", "act()")),
            Edit({"a.py": sub("MODE = 2\n", "MODE = 3\n")}, same=("a.act", "act")),
        ),
    ),
    Scenario(
        "A `match`, a `while` and a `with` at the top are units as any other.",
        {
            "a.py": """
                import contextlib

                KIND = "b"
                match KIND:
                    case "a":
                        CODE = 1
                    case other:
                        CODE = 2
                n = 3
                POWER = 1
                while n:
                    POWER *= 2
                    n -= 1
                with contextlib.suppress(ZeroDivisionError):
                    SAFE = 1
                    BAD = 1 / 0
            """
        },
        ("import a",),
        (
            Edit({"a.py": sub('KIND = "b"', 'KIND = "a"')}, same=("a.CODE", "hasattr(a, 'other')")),
            Edit({"a.py": sub("n = 3", "n = 4")}, same=("a.POWER", "a.n")),
            Edit({"a.py": sub("SAFE = 1", "SAFE = 2")}, same=("a.SAFE",)),
        ),
    ),
    Scenario(
        "A statement between other binders of a name goes, and those after it start from the one before.",
        {
            "a.py": """
                X = 1
                X += 5
                X *= 2
                L = [1]
                L += [2]
                L += [3]
                N = len(L)
            """,
        },
        ("import a",),
        (
            Edit(
                {"a.py": lambda text: text.replace("X += 5\n", "").replace("L += [2]\n", "")},
                same=("a.X", "a.L", "a.N"),
            ),
            Edit({"a.py": sub("X *= 2", "X *= 2\nX -= 1")}, same=("a.X",)),
        ),
    ),
    Scenario(
        "What a function assigns by `global` comes after the statement that gave the name its first value.",
        {
            "c.py": """
                N = 1
            """,
            "a.py": """
                from c import N

                count = 0

                def setup():
                    global count
                    count = N

                setup()
                D = count + 1
            """,
        },
        ("import a",),
        (Edit({"c.py": sub("1", "5")}, same=("a.count", "a.D")),),
    ),
    Scenario(
        "A function that made way for what it gave runs again when what it read has changed.",
        {
            "c.py": """
                N = 1
            """,
            "a.py": """
                from c import N

                def f():
                    return N

                f = f()
            """,
        },
        ("import a",),
        (Edit({"c.py": sub("1", "5")}, same=("a.f",)),),
    ),
    Scenario(
        "Each round of a loop that defines a function makes one of its own.",
        {
            "c.py": """
                N = 1
            """,
            "a.py": """
                from c import N

                fs = []
                for i in range(N):
                    def f(i=i):
                        return i
                    fs.append(f)
            """,
        },
        ("import a",),
        (Edit({"c.py": sub("1", "3")}, same=("[f() for f in a.fs]",)),),
    ),
    Scenario(
        "A class that another branch defines is that class, whatever the two have in common.",
        {
            "a.py": """
                BIG = False
                if BIG:
                    class A:
                        kind = 'big'
                else:
                    class A:
                        kind = 'small'

                x = A()
            """,
        },
        ("import a",),
        (Edit({"a.py": sub("BIG = False", "BIG = True")}, same=("a.A.kind", "a.x.kind")),),
    ),
    Scenario(
        "What reads a name between two imports of it reads what the first of them gives.",
        {
            "c.py": "N = 1\nM = 5\n",
            "other.py": "N = 7\n",
            "a.py": """
                from c import *
                D = N + 1
                from c import N
            """,
            "b.py": """
                from c import *
                D = N + 1
                N = 100
                E = N + 1
            """,
            "e.py": """
                from c import *
                D = N + M
                from other import *
                E = N + M
            """,
        },
        ("import a, b, e",),
        (
            Edit({"c.py": sub("N = 1", "N = 2")}, same=("a.D", "a.N", "b.D, b.N, b.E", "e.D, e.N, e.E")),
            Edit({"b.py": sub("D = N + 1", "D = N + 2")}, ("run b:2 D = N + 2",), same=("b.D, b.N, b.E",)),
            Edit({"e.py": sub("D = N + M", "D = N * M")}, same=("e.D, e.N, e.E",)),
            Edit({"e.py": sub("E = N + M", "E = N * M")}, ("run e:4 E = N * M",), same=("e.D, e.N, e.E",)),
            Edit({"other.py": sub("7", "8")}, same=("e.D, e.N, e.E",)),
            Edit({"c.py": sub("N = 2", "N = 8"), "other.py": sub("8", "9")}, same=("b.D, b.N, b.E", "e.D, e.N, e.E")),
        ),
    ),
    Scenario(
        "A unit that stands above a function with the name of a builtin reads the builtin.",
        {
            "a.py": """
                first = list

                def map(f, values):
                    return "mine"

                D = map(str, (1, 2))
            """,
        },
        ("import a",),
        (Edit({"a.py": sub("first = list", "first, second = map, filter")}, same=("a.first", "a.second", "a.D")),),
    ),
    Scenario(
        "A branch that was not taken covers nothing: what stands above it follows its edits.",
        {
            "a.py": """
                import os

                flag = False
                X = 1
                Z = [1]

                def f(a=1):
                    return a

                class Base:
                    kind = "base"

                class A(Base):
                    x = 1

                    def __init__(self):
                        super().__init__()
                        self.y = "y"

                class Dummy:
                    pass

                if flag:
                    X = 100
                    A = Dummy
                    f = None
                try:
                    import nowhere_to_be_found
                except ImportError:
                    pass
                else:
                    X, Z = nowhere_to_be_found.BOTH

                    def f():
                        pass

                    class A:
                        pass

                if X > 5:
                    X = 5
                for Z in ():
                    pass
                Y = X
                B = A
            """
        },
        ("import a", "from a import X, A, f", "obj = A()"),
        (
            Edit({"a.py": sub("X = 1\n", "X = 2\n")}, same=("X", "a.X", "a.Y")),
            Edit({"a.py": sub("X = 2\n", "X = 9\n")}, same=("X", "a.X", "a.Y")),
            Edit({"a.py": sub("X = 9\n", "X = 3\n")}, same=("X", "a.X", "a.Y")),
            Edit({"a.py": sub("Z = [1]", "Z = [1, 2]")}, same=("a.Z",)),
            Edit(
                {"a.py": sub("    x = 1\n", "    x = 2\n    z = 3\n")},
                same=("A.x", "obj.z", "A().y", "a.B is A"),
                holds=("type(obj) is A is a.A",),
            ),
            Edit({"a.py": sub("import os\n", "import os\nimport sys\n")}, same=("A().y",)),
            Edit({"a.py": sub('    kind = "base"', '    kind = "other"\n    new = 1')}, same=("obj.new", "A().y")),
            Edit({"a.py": sub("a=1", "a=2")}, same=("f()",), holds=("f is a.f",)),
            Edit({"a.py": sub("flag = False", "flag = True")}, same=("a.X", "a.A.__name__", "a.B.__name__", "a.f")),
            Edit({"a.py": sub("X = 100", "X = 4")}, same=("a.X", "a.Y")),
            Edit({"a.py": sub("X = 3\n", "X = 8\n")}, same=("a.X", "a.Y")),
            Edit({"a.py": sub("flag = True", "flag = False")}, same=("a.X", "a.Y", "a.A().y", "a.f()")),
        ),
    ),
    Scenario(
        "Where the last statement that binds a name goes, the name holds what the one before gives, and nothing else.",
        {
            "a.py": """
                N = 1

                class A:
                    k = 1

                    def m(self):
                        return "first"

                if N:
                    class A:
                        k = 2
                        extra = 3

                        def m(self):
                            return "second"

                X = 1
                X = (X, 2)
                if N > 5:
                    X = [N]
                Z = N
                if N > 5:
                    Z = 1
            """
        },
        ("import a", "from a import A", "obj = A()"),
        (
            Edit({"a.py": sub("X = (X, 2)\n", "")}, same=("a.X",)),
            Edit({"a.py": sub("Z = N\n", "")}, same=("hasattr(a, 'Z')",)),
            Edit({"a.py": sub("if N:", "if N > 5:")}, same=("A.k", "hasattr(A, 'extra')", "obj.m()")),
            Edit({"a.py": sub("k = 1", "k = N")}, same=("A.k", "obj.m()")),
            Edit({"a.py": sub("N = 1\n", "N = 6\n")}, same=("a.A.k", "a.X", "a.Z")),
        ),
    ),
    Scenario(
        "A statement in which a function reads a name of several binders has it read what the name holds there.",
        {
            "a.py": """
                N = 1

                def read():
                    return N

                FIRST = read()
                N = (N, 2)
                SECOND = read()
                if FIRST == 7:
                    N = 0
                N = [N]
            """
        },
        ("import a",),
        (
            Edit({"a.py": sub("SECOND = read()", "SECOND = read(), 1")}, same=("a.FIRST", "a.SECOND", "a.N")),
            Edit({"a.py": sub("FIRST = read()", "FIRST = read(), 1")}, same=("a.FIRST", "a.SECOND", "a.N")),
            Edit({"a.py": sub("N = 1\n", "N = 3\n")}, same=("a.FIRST", "a.SECOND", "a.N")),
            Edit({"a.py": sub("FIRST = read(), 1\n", "THIRD = read()\nFIRST = 7\n")}, same=("a.THIRD", "a.N")),
            Edit({"a.py": sub("N = (N, 2)\n", "")}, same=("a.THIRD", "a.SECOND", "a.N")),
        ),
    ),
    Scenario(
        "A class that comes to stand below another binder of a name reads what that gives, in its body as well.",
        {"a.py": "N = 1\n\nclass A:\n    k = N\n\nN = 2\n"},
        ("import a",),
        (
            Edit({"a.py": "N = 1\nN = 2\n\nclass A:\n    k = N\n"}, same=("a.A.k",)),
            Edit({"a.py": "N = 1\n\nclass A:\n    k = N\n\nN = 2\n"}, same=("a.A.k",)),
        ),
    ),
    Scenario(
        "A text that a function adds to begins anew when it is made again, and a number that it counts goes on.",
        {
            "a.py": """
                '''Codes.'''
                CODES = {1: "one"}
                COUNT = 0

                def describe():
                    global __doc__, COUNT
                    __doc__ += "".join(f" {code}: {name}" for code, name in CODES.items())
                    COUNT += 1

                describe()
            """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub('{1: "one"}', '{1: "one", 2: "two"}')},
                same=("a.__doc__",),
                differs=("a.COUNT",),
                holds=("a.COUNT == 2",),
            ),
            Edit(
                {"a.py": sub("Codes.", "All codes.")},
                same=("a.__doc__",),
                differs=("a.COUNT",),
                holds=("a.COUNT == 3",),
            ),
            Edit(
                {"a.py": sub('f" {code}', 'f"\\n{code}')},
                same=("a.__doc__",),
                differs=("a.COUNT",),
                holds=("a.COUNT == 4",),
            ),
        ),
    ),
    Scenario(
        "Functions that are deleted at the end have what they name, deleted as well, when they run again.",
        {
            "kit.py": "def wrap(f):\n    return ['wrapped', f]\n\ndef needed(f):\n    return 1\n",
            "ops.py": """
                import math
                from kit import needed, wrap

                def is_wanted(f):
                    return needed(f) > 0

                def should(f):
                    return is_wanted(f)

                locals().update({n: wrap(f) for n, f in vars(math).items() if callable(f) and should(f)})
                del math, needed, wrap
                del is_wanted, should
            """,
        },
        ("import ops",),
        (
            Edit({"kit.py": sub("'wrapped'", "'again'")}, same=("ops.floor[0]", "hasattr(ops, 'needed')")),
            Edit({"kit.py": sub("return 1", "return 2")}, same=("hasattr(ops, 'should')",)),
        ),
        recorded=True,
    ),
    Scenario(
        "A star import that comes gives no name that its module has deleted, whatever runs there in the same edit.",
        {"a.py": "tmp = 2\nA = tmp * 2\ndel tmp\n", "b.py": "B = 1\n"},
        ("import a, b",),
        (
            Edit(
                {"a.py": sub("tmp * 2", "tmp * 3"), "b.py": "from a import *\nB = 1\n"},
                same=("b.A", "hasattr(b, 'tmp')", "hasattr(a, 'tmp')"),
            ),
        ),
    ),
    Scenario(
        "A definition that comes to stand below an import of its name is another object than the imported one.",
        {
            "core.py": """
                def area():
                    return 1

                class Kind:
                    pass

                LIMIT = 1
            """,
            "a.py": """
                def area():
                    return 100
                class Kind:
                    size = 2
                LIMIT = 100
                from core import area, Kind, LIMIT
                FOUND = area(), hasattr(Kind, "size"), LIMIT
            """,
            "b.py": """
                def area():
                    return 100
                class Kind:
                    size = 2
                LIMIT = 100
                from core import *
                FOUND = area(), hasattr(Kind, "size"), LIMIT
            """,
        },
        ("import a, b, core", "area, Kind = core.area, core.Kind"),
        (
            Edit(
                {
                    "a.py": lambda text: LINE + text.replace(LINE, ""),
                    "b.py": lambda text: "from core import *\n" + text.replace("from core import *\n", ""),
                },
                same=("a.FOUND, b.FOUND, area(), hasattr(Kind, 'size')",),
            ),
            Edit(
                {
                    "a.py": lambda text: text.replace(LINE, "").replace("FOUND", LINE + "FOUND"),
                    "b.py": lambda text: text.replace("from core import *\n", "").replace(
                        "FOUND", "from core import *\nFOUND"
                    ),
                },
                same=("a.FOUND, b.FOUND, area(), hasattr(Kind, 'size')",),
            ),
            Edit(
                {"a.py": sub(LINE, ""), "b.py": sub("from core import *\n", "")},
                same=("a.FOUND, b.FOUND, area(), hasattr(Kind, 'size')",),
            ),
        ),
    ),
    Scenario(
        "A class that statements below decorate stays what it is, with its state, its methods and instances.",
        {
            "shop.py": """
                from dataclasses import dataclass

                def counted(cls, items):
                    cls.items_at_start = len(items)
                    return cls

                class Item:
                    price: int = 1
                    sold = []

                    def label(self):
                        return "item"

                    def cost(self):
                        return self.price * 2

                _first = [Item(), Item()]
                Item = counted(Item, _first)
                Item = dataclass(Item)

                class Tea(Item):
                    def cost(self):
                        return super().cost() + 1

                COST = Tea().cost()
            """,
            "menu.py": "from shop import Item\nKINDS = [Item]\n",
        },
        (
            "import shop, menu",
            "item, tea = shop.Item(), shop.Tea()",
            "was, label = [shop.Item], shop.Item.label",
            "shop.Item.sold.append(7)",
        ),
        (
            Edit(
                {
                    "shop.py": sub(
                        'return "item"', 'return "item"\n\n    def twice(self):\n        return self.cost() * 2'
                    )
                },
                same=("item.cost()", "tea.twice()", "shop.COST", "type(shop._first[0]) is shop.Item"),
                holds=("type(item) is shop.Item is was[0] is menu.KINDS[0]", "shop.Item.label is label"),
            ),
            Edit(
                {"shop.py": sub("    sold = []\n", "    sold = []\n    kind: str = 'plain'\n")},
                same=("item.kind", "repr(item)", "tea == shop.Tea(1, 'plain')"),
                holds=("shop.Item is was[0]", "shop.Item.sold == [7]"),
            ),
            Edit({"shop.py": sub("* 2\n\n_first", "* 3\n\n_first")}, same=("item.cost()", "shop.COST")),
            Edit(
                {"shop.py": sub("counted(Item, _first)", "counted(Item, [])")},
                same=("shop.Item.items_at_start",),
                holds=("shop.Item is was[0]", "shop.Item.sold == [7]"),
            ),
            Edit(
                {"shop.py": sub("Item = dataclass(Item)\n", "")},
                holds=("shop.Item is was[0]", "shop.Item.label is label"),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "A class that a statement below it decorates counts anew when all that made instances make them again.",
        {
            "shop.py": """
                def marked(cls):
                    cls.mark = "x"
                    return cls

                class Item:
                    made = 0

                    def __init__(self, name="tea"):
                        Item.made += 1
                        self.number = Item.made

                Item = marked(Item)
                TEA = Item()
            """,
            "menu.py": "from shop import Item\nCAKE = Item()\nROLLS = [Item(), Item()]\n",
        },
        ("import shop, menu",),
        (
            Edit(
                {"shop.py": sub('"tea"', '"tea", price=1')},
                same=("shop.Item.made", "shop.TEA.number", "menu.CAKE.number", "menu.ROLLS[1].number"),
            ),
            Edit(
                {"shop.py": sub("    made = 0", "    made = 0\n    kind = 'food'")},
                same=("shop.Item.made", "shop.Item.kind", "menu.CAKE.number"),
            ),
            Edit(
                {"shop.py": sub("price=1", "price=2"), "menu.py": sub("CAKE = Item()\n", "")},
                same=("shop.Item.made", "menu.ROLLS[0].number"),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "Instances of a class that statements below it decorate become those of the one with other slots.",
        {
            "shop.py": """
                def counted(cls, number):
                    cls.number = number
                    return cls

                class Item:
                    __slots__ = ("name",)

                    def __init__(self, name):
                        self.name = name

                Item = counted(Item, 1)
            """
        },
        ("import shop", "shelf = [shop.Item('tea')]"),
        (
            Edit(
                {"shop.py": sub('("name",)', '("name", "price")')},
                same=("shelf[0].name", "type(shelf[0]) is shop.Item", "hasattr(shelf[0], 'price')"),
            ),
        ),
    ),
)
