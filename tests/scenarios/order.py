"""What runs first: dependencies before dependents, and each unit at its place."""

from __future__ import annotations

from . import Edit, Scenario, add, sub

SCENARIOS = (
    Scenario(
        "Files that are saved together are taken together, what is imported first.",
        {
            "units.py": "GRAM = 1\n",
            "scale.py": """
                from units import GRAM
                KILO = GRAM * 1000
            """,
            "till.py": """
                from scale import KILO
                LABEL = f'{KILO} g'
            """,
        },
        ("import till",),
        (
            Edit(
                {"till.py": sub("} g", "} gram"), "scale.py": sub("1000", "1_001"), "units.py": "GRAM = 2\n"},
                (
                    "run units:1 GRAM = 2",
                    "rebind scale.GRAM",
                    "run scale:2 KILO = GRAM * 1_001",
                    "rebind till.KILO",
                    "run till:2 LABEL = f'{KILO} gram'",
                ),
                same=("till.LABEL",),
            ),
        ),
    ),
    Scenario(
        "A unit between two others sees what stood before it, not what comes after.",
        {
            "steps.py": """
            a = 1
            b = a + 1
            a = 10
            c = a + 1
        """
        },
        ("import steps",),
        (
            Edit(
                {
                    "steps.py": """
                a = 2
                b = a + 1
                a = 10
                c = a + 1
            """
                },
                same=("(steps.a, steps.b, steps.c)",),
            ),
            Edit(
                {
                    "steps.py": """
                a = 2
                b = a + 1
                a = 20
                c = a + 1
            """
                },
                same=("(steps.a, steps.b, steps.c)",),
            ),
        ),
    ),
    Scenario(
        "A definition that moves within its file changes nothing but lines.",
        {
            "room.py": """
            def one():
                return 1

            def two():
                return 2

            SUM = one() + two()
        """
        },
        ("import room", "keep = room.one, room.two"),
        (
            Edit(
                {
                    "room.py": """
                    def two():
                        return 2

                    def one():
                        return 1

                    SUM = one() + two()
                """
                },
                (),
                holds=("keep == (room.one, room.two)", "room.one.__code__.co_firstlineno == 4"),
            ),
        ),
    ),
    Scenario(
        "A helper that is added above its first use is there when that runs.",
        {"room.py": "VALUE = 1\n"},
        ("import room",),
        (
            Edit(
                {
                    "room.py": """
                    def helper():
                        return 5

                    VALUE = helper()
                """
                },
                ("run room:1 def helper", "run room:4 VALUE = helper()"),
            ),
        ),
    ),
    Scenario(
        "New code of a helper is live before a dependent unit runs, across modules.",
        {
            "tools.py": """
                def double(n):
                    return n * 2
            """,
            "use.py": """
                from tools import double
                EIGHT = double(4)
                NINE = 9
            """,
        },
        ("import use",),
        (
            Edit(
                {"tools.py": sub("n * 2", "n + n + 1"), "use.py": sub("NINE = 9", "NINE = double(5)")},
                ("swap tools:double", "run use:2 EIGHT = double(4)", "run use:3 NINE = double(5)"),
                same=("use.EIGHT", "use.NINE"),
            ),
        ),
    ),
    Scenario(
        "A long chain of modules is followed from end to end.",
        {f"link{i}.py": f"from link{i + 1} import V\nV = V + 1\n" for i in range(5)} | {"link5.py": "V = 0\n"},
        ("import link0",),
        (Edit({"link5.py": "V = 100\n"}, same=("link0.V",)),),
    ),
    Scenario(
        "A diamond of imports runs each unit once.",
        {
            "top.py": "X = 1\n",
            "left.py": """
                from top import X
                L = X * 2
            """,
            "right.py": """
                from top import X
                R = X * 3
            """,
            "low.py": """
                from left import L
                from right import R
                S = L + R
            """,
        },
        ("import low",),
        (
            Edit(
                {"top.py": "X = 10\n"},
                (
                    "run top:1 X = 10",
                    "rebind left.X",
                    "rebind right.X",
                    "run left:2 L = X * 2",
                    "rebind low.L",
                    "run right:2 R = X * 3",
                    "rebind low.R",
                    "run low:3 S = L + R",
                ),
                same=("low.S",),
            ),
        ),
    ),
    Scenario(
        "A cell's name is rebound before the cell runs, however far the value has travelled.",
        {
            "a.py": "N = 1\n",
            "b.py": """
            import a
            M = a.N + 1
        """,
            "c.py": "from b import M\n",
        },
        ("from c import M",),
        (
            Edit(
                {"a.py": "N = 5\n"},
                ("run a:1 N = 5", "run b:2 M = a.N + 1", "rebind c.M", "rebind __main__.M"),
                same=("M",),
            ),
        ),
    ),
    Scenario(
        "A class is made again before its subclass in another module.",
        {
            "base.py": """
                from dataclasses import dataclass

                @dataclass
                class Base:
                    x: int = 1
            """,
            "sub.py": """
                from dataclasses import dataclass
                from base import Base

                @dataclass
                class Sub(Base):
                    y: int = 2

                ONE = Sub()
            """,
        },
        ("import sub",),
        (Edit({"base.py": add("    z: int = 3\n")}, same=("repr(sub.ONE)", "repr(sub.Sub(1, 2, 3))")),),
    ),
    Scenario(
        "A package runs before its modules: what one of them needs from another has run.",
        {
            "kit": {
                "__init__.py": "from . import first, last\n",
                "first.py": "from .make import field\n",
                "make.py": """
                    from . import small
                    from operator import itemgetter

                    def make(index):
                        return itemgetter(index)

                    def field(index=0):
                        return make(index)
                """,
                "small.py": "ONE = 1\n",
                "last.py": """
                    from .make import field
                    PAIR = field()("ab"), 1
                """,
            }
        },
        ("import kit",),
        (
            Edit(
                {
                    "kit/make.py": lambda t: (
                        t.replace("from operator import itemgetter", "import string as text")
                        .replace("make(index):", "make(index: int):")
                        .replace("return itemgetter(index)", "return lambda of: text.capwords(of[index])")
                    ),
                },
                same=("kit.last.PAIR",),
            ),
            Edit(
                {
                    "kit/make.py": lambda t: (
                        t.replace("import string as text", "")
                        .replace("index: int", "index: float")
                        .replace("text.capwords(of[index])", "of[-1]")
                    ),
                    "kit/last.py": sub(", 1", ", 2"),
                },
                same=("kit.last.PAIR",),
            ),
        ),
    ),
    Scenario(
        "What is imported in a circle is not made before the units above it in its module have run.",
        {
            "app": {
                "__init__.py": "from .conv import Conv\n",
                "conv.py": "class Conv: pass\n",
                "json.py": "from .conv import Conv\n",
                "plans": {
                    "__init__.py": "from ._unions import tag\n",
                    "_unions.py": """
                        from app import Conv

                        def tag(c: Conv): ...
                    """,
                },
            }
        },
        ("import app.plans, app.json",),
        (
            Edit(
                {
                    "app/__init__.py": "from .conv import Base, Conv\n",
                    "app/conv.py": "class Base: pass\nclass Conv(Base): pass\n",
                    "app/json.py": "from .conv import Base, Conv\nfrom .plans import through\n",
                    "app/plans/new.py": "ONE = 1\n",
                    "app/plans/__init__.py": "from .new import ONE\nfrom ._unions import tag, through\n",
                    "app/plans/_unions.py": lambda t: (
                        t.replace("import Conv", "import Base, Conv") + "\ndef through(c: Base): ...\n"
                    ),
                },
                same=("app.json.through.__annotations__",),
            ),
        ),
    ),
    Scenario(
        "What a later unit sets on a class, or deletes from it, it does again when the class statement runs again.",
        {
            "a.py": """
                class K:
                    __slots__ = ()
                    kind: type
                    default = None

                class L(K):
                    __slots__ = ()

                del (K.__slots__, L.__slots__)
                K.kind = L
                K.default = L
                MADE = K.default()
            """
        },
        ("import a", "K = a.K"),
        (
            Edit(
                {"a.py": sub("default = None", "default = None\n    other = 1")},
                (
                    "run a:1 class K",
                    "run a:7 class L",
                    "run a:10 del (K.__slots__, L.__slots__)",
                    "run a:11 K.kind = L",
                    "run a:12 K.default = L",
                    "run a:13 MADE = K.default()",
                ),
                same=("a.K.kind is a.L", "a.K.default is a.L", "'__slots__' in vars(K)"),
                holds=("K is a.K",),
            ),
            Edit(
                {
                    "a.py": lambda t: (
                        t.replace("del (K.__slots__, L.__slots__)\n", "")
                        .replace("K.default = L\n", "")
                        .replace("K.default()", "K.other")
                    )
                },
                same=("hasattr(a.K, 'kind')", "a.K.default", "vars(K)['__slots__']", "vars(a.L)['__slots__']"),
                holds=("K is a.K",),
            ),
        ),
    ),
    Scenario(
        "A class statement runs with its metaclass as it is at its place, not as a later unit leaves it.",
        {
            "a.py": """
                class Meta(type):
                    def __new__(mcls, name, bases, ns):
                        return super().__new__(mcls, name, bases, ns)

                class K(metaclass=Meta):
                    n = 1

                def _failing(*args, **kwargs):
                    raise TypeError("no other classes")

                Meta.__new__ = staticmethod(_failing)
            """
        },
        ("import a", "K = a.K"),
        (
            Edit(
                {"a.py": sub("n = 1", "n = 2")},
                same=("a.K.n", "a.Meta.__new__ is a._failing"),
                holds=("K is a.K",),
            ),
        ),
    ),
    Scenario(
        "A new entry of a module that runs before another comes before the entries of that.",
        {
            "hub.py": """
                HOOKS, BY_NAME = [], {}

                def hook(f):
                    HOOKS.append(f)
                    BY_NAME[f.__name__] = f
                    return f
            """,
            "one.py": """
                from hub import hook

                @hook
                def first():
                    return 1
            """,
            "two.py": """
                from hub import hook
                import one

                @hook
                def last():
                    return 3
            """,
        },
        ("import hub, two",),
        (
            Edit(
                {"one.py": add("\n@hook\ndef second():\n    return 2\n")},
                ("run one:7 def second",),
                same=("[f.__name__ for f in hub.HOOKS]", "list(hub.BY_NAME)"),
            ),
            Edit(
                {"hub.py": sub("HOOKS.append", "pass; HOOKS.append")},
                same=("[f.__name__ for f in hub.HOOKS]", "list(hub.BY_NAME)"),
            ),
        ),
    ),
    Scenario(
        "A new entry of a module that imports another comes after the entries of that if it is below the import.",
        {
            "hub.py": """
                HOOKS = []

                def hook(f):
                    HOOKS.append(f)
                    return f
            """,
            "one.py": """
                from hub import hook

                import two

                @hook
                def last():
                    return 9
            """,
            "two.py": """
                from hub import hook

                @hook
                def middle():
                    return 5
            """,
        },
        ("import hub, one",),
        (
            Edit(
                {"one.py": sub("\nimport two\n", "\n@hook\ndef first():\n    return 1\n\nimport two\n")},
                same=("[f.__name__ for f in hub.HOOKS]",),
            ),
            Edit(
                {"one.py": sub("@hook\ndef last", "@hook\ndef then():\n    return 7\n\n@hook\ndef last")},
                same=("[f.__name__ for f in hub.HOOKS]",),
            ),
        ),
    ),
    Scenario(
        "What reads a registry above later entries holds what it held there, whatever comes below.",
        {
            "room.py": """
                HOOKS = []

                def hook(f):
                    HOOKS.append(f)
                    return f

                @hook
                def first():
                    return 1

                NAMES = [f.__name__ for f in HOOKS]

                @hook
                def last():
                    return 9
            """,
        },
        ("import room",),
        (
            Edit(
                {"room.py": add("\n@hook\ndef more():\n    return 10\n")},
                ("run room:17 def more",),
                same=("room.NAMES",),
            ),
            Edit(
                {"room.py": sub("@hook\ndef first", "@hook\ndef zero():\n    return 0\n\n@hook\ndef first")},
                same=("room.NAMES",),
            ),
        ),
    ),
    Scenario(
        "The names of a module stand in the order of its statements, whichever were added, removed or moved.",
        {
            "room.py": """
                import os

                def one():
                    return 1

                def three():
                    return 3

                SUM = one() + three()
            """,
            "view.py": """
                import room

                NAMES = [name for name in vars(room) if not name.startswith("_")]
            """,
        },
        ("import room, view",),
        (
            Edit(
                {"room.py": sub("def three", "def two():\n    return 2\n\ndef three")},
                same=("[name for name in vars(room) if name[0] != '_']", "view.NAMES"),
            ),
            Edit(
                {"room.py": sub("import os\n", "import os\nimport sys, re\nZERO = 0\n")},
                same=("[name for name in vars(room) if name[0] != '_']", "view.NAMES"),
            ),
            Edit(
                {
                    "room.py": lambda text: text.replace("def one():\n    return 1\n\n", "").replace(
                        "SUM =", "def one():\n    return 1\n\nSUM ="
                    )
                },
                same=("[name for name in vars(room) if name[0] != '_']",),
                differs=("view.NAMES",),  # nothing came and nothing went
            ),
            Edit(
                {"room.py": sub("SUM = one() + three()", "SUM = one()\nMORE = 1 / 0")},
                fails="ZeroDivisionError",
                holds=("not hasattr(room, 'MORE') and room.SUM == 4",),
            ),
        ),
    ),
    Scenario(
        "A statement that goes through the names of its module finds those above it; one may ask for a name.",
        {
            "room.py": """
                def on_open():
                    return "open"

                CALLS = [value() for name, value in list(globals().items()) if name.startswith("on_")]
                KNOWN = sorted(name for name in dir() if name.startswith("on_"))
                if "conn" not in globals():
                    conn = object()

                def on_close():
                    return "close"
            """,
        },
        ("import room", "conn = room.conn"),
        (
            Edit(
                {"room.py": sub("CALLS", 'def on_order():\n    return "order"\n\nCALLS')},
                same=("room.CALLS", "room.KNOWN"),
                holds=("room.conn is conn", "room.on_close() == 'close'"),
            ),
            Edit(
                {"room.py": sub('return "close"', 'return "closed"\n\ndef on_end():\n    return "end"')},
                same=("room.CALLS", "room.KNOWN"),
                holds=("room.conn is conn", "(room.on_close(), room.on_end()) == ('closed', 'end')"),
            ),
        ),
    ),
    Scenario(
        "A new module finds what it imports as the edit has left it, also where that imports the package in turn.",
        {
            "kit/__init__.py": "from . import base\nSIZE = base.size()\n",
            "kit/base.py": "import kit\n\ndef size():\n    return 1\n",
        },
        ("import kit",),
        (
            Edit(
                {
                    "kit/__init__.py": "from .shape import Shape\nfrom . import base\nSIZE = base.size()\n",
                    "kit/shape.py": """
                        from .base import LIMIT, size
                        from .other import Other

                        class Shape(Other):
                            limit = LIMIT
                    """,
                    "kit/other.py": "from kit.base import Base\n\nclass Other(Base):\n    pass\n",
                    "kit/base.py": """
                        import kit

                        LIMIT = 5

                        class Base:
                            pass

                        def size():
                            return LIMIT
                    """,
                },
                same=("kit.SIZE", "kit.Shape.limit"),
                holds=("kit.Shape.__mro__[2] is kit.base.Base",),
            ),
        ),
    ),
    Scenario(
        "A name that a function takes from its module again is there while a statement above that reads it runs.",
        {
            "kit/__init__.py": """
                from typing import TYPE_CHECKING

                from .lazy import install

                if TYPE_CHECKING or not install():
                    from .part import thing
            """,
            "kit/lazy.py": """
                import sys

                def install():
                    space = sys._getframe(1).f_globals
                    del space["TYPE_CHECKING"], space["install"]
                    space["answer"] = 1
                    return True
            """,
            "kit/part.py": "thing = 1\n",
        },
        ("import kit",),
        (
            Edit(
                {"kit/lazy.py": sub('["answer"] = 1', '["answer"] = 2')},
                same=("kit.answer", "hasattr(kit, 'TYPE_CHECKING')", "hasattr(kit, 'install')"),
            ),
        ),
    ),
    Scenario(
        "A branch that is not taken, and a package that is not installed, change nothing in the order.",
        {
            "kit/__init__.py": "",
            "kit/query.py": "import kit.quick\n\ndef find(kind: kit.quick.KIND = 1):\n    return kind\n",
            "kit/quick.py": """
                import kit.flags

                if kit.flags.FAST:
                    import no_such_package
                    from kit.late import KIND
                else:
                    KIND = int
            """,
            "kit/flags.py": "FAST = False\n",
            "kit/late.py": "from kit.query import find\nKIND = str\nFOUND = find()\n",
        },
        ("import kit.query, kit.late",),
        (
            Edit(
                {
                    "kit/quick.py": lambda text: text + "\nHeaders = list[KIND]\n",
                    "kit/query.py": sub(
                        "def find", "def head(found: kit.quick.Headers):\n    return found\n\ndef find"
                    ),
                    "kit/late.py": sub("from kit.query import find", "from kit.query import find, head"),
                },
                same=("kit.query.head([1])", "kit.quick.Headers", "kit.late.FOUND"),
            ),
        ),
    ),
    Scenario(
        "What a module imports for type checkers only has no say in the order.",
        {
            "kit/__init__.py": "from kit.wire import WIRE\n",
            "kit/base.py": "import kit.notes\nBASE = 1\n",
            "kit/notes.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from kit.wire import WIRE\n",
            "kit/wire.py": "from kit.base import BASE\nWIRE = BASE\n",
        },
        ("import kit",),
        (
            Edit(
                {
                    "kit/base.py": add("def double(n):\n    return n * 2\n"),
                    "kit/wire.py": "from kit.base import BASE\nfrom kit.more import MORE\nWIRE = MORE\n",
                    "kit/more.py": "from kit.base import BASE, double\nMORE = double(BASE)\n",
                },
                same=("kit.wire.WIRE",),
            ),
        ),
    ),
    Scenario(
        "A statement that runs again does not see what those below have put into objects, classes and tables.",
        {
            "core.py": """
            class Variable:
                known = {}
                order = []

                def __init__(self, name):
                    self.name = name
                    type(self).known[name] = self
                    self.order.append(self)

            class Registry:
                def __init__(self):
                    self.items = {}

                def register(self, f):
                    self.items[f.__name__] = f
                    return f

                def names(self):
                    return sorted(self.items)

            class Table(dict):
                def put(self, f):
                    self[f.__name__] = f
                    return f

            PLAIN = {}

            def give(name, value):
                PLAIN[name] = value
                return value
        """,
            "a.py": """
            from core import PLAIN, Registry, Table, Variable, give

            registry, table = Registry(), Table()
            rate = Variable("rate")
            width = give("width", 1)

            @registry.register
            @table.put
            def first():
                return 1

            UNIT = 1
            KNOWN = UNIT, sorted(Variable.known), [each.name for each in Variable.order]
            PUT = UNIT, sorted(registry.items), registry.names(), sorted(table)
            GIVEN = UNIT, sorted(PLAIN)
            size = Variable("size")
            same = rate
            depth = give("depth", 2)

            @registry.register
            @table.put
            def second():
                return 2
        """,
            "b.py": """
            from a import registry, table
            from core import Variable

            step = Variable("step")

            @registry.register
            @table.put
            def third():
                return 3
        """,
        },
        ("import a, b, core",),
        (
            Edit(
                {"a.py": sub("UNIT = 1", "UNIT = 2")},
                same=("list(core.Variable.known), list(a.registry.items), list(a.table), core.PLAIN",),
            ),
            Edit(
                {"a.py": sub("UNIT = 2\n", 'more = Variable("more")\nUNIT = 2\n')},
                same=("list(core.Variable.known)",),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "What statements have registered that change places is sorted as they stand now, and none of them runs.",
        {
            "a.py": """
                HOOKS, TABLE = [], {}

                def hook(function):
                    HOOKS.append(function)
                    return function

                class Registry:
                    def __init__(self):
                        self.items = {}
                        self.names = []

                    def register(self, function):
                        self.items[function.__name__] = function
                        self.names.append(function.__name__)
                        return function

                class Plugin:
                    known = []

                    def __init_subclass__(cls):
                        cls.known.append(cls)

                registry = Registry()

                @hook
                def first():
                    return 1

                @registry.register
                def second():
                    return 2

                class Third(Plugin):
                    pass

                @hook
                def fourth():
                    return 4

                @registry.register
                def fifth():
                    return 5

                class Sixth(Plugin):
                    pass

                NAMES = [each.__name__ for each in (*HOOKS, *registry.items.values(), *Plugin.known)]
            """
        },
        ("import a", "hooks, items = a.HOOKS, a.registry.items"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("@hook\ndef first():\n    return 1\n\n", "")
                        .replace("@registry.register\ndef second():\n    return 2\n\n", "")
                        .replace("class Third(Plugin):\n    pass\n\n", "")
                        .replace(
                            "NAMES = ",
                            "class Third(Plugin):\n    pass\n\n@registry.register\ndef second():\n    return 2\n\n"
                            "@hook\ndef first():\n    return 1\n\nNAMES = ",
                        )
                    )
                },
                events=("run a:47 NAMES = [each.__name__ for each in (*HOOKS, *registry.ite...",),
                same=(
                    "a.NAMES, a.registry.names, list(a.registry.items)",
                    "[each.__name__ for each in a.Plugin.known]",
                ),
                holds=("hooks is a.HOOKS", "items is a.registry.items"),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "Of statements that give the same and change places, the one that stands below now gives it.",
        {
            "stars.py": """
                def area():
                    return 1

                LIMIT = 1
            """,
            "a.py": """
                from stars import *
                def area():
                    return 100
                LIMIT = 100
                AREA = area() + LIMIT
                TABLE = {}
                rows = []

                class Box:
                    size = 0

                    def __init__(self):
                        self.marks = []

                    def mark(self, text):
                        self.marks.append(text)

                def put(value):
                    TABLE["put"] = value

                def level(value):
                    global LEVEL
                    LEVEL = value

                box = Box()
                other = Box()
                TABLE["item"] = 1
                TABLE["item"] = 2
                TABLE.update(both=1)
                TABLE.update(both=2)
                put(1)
                put(2)
                level(1)
                level(2)
                box.size = 1
                box.size = 2
                other.mark("one")
                other.mark("two")
                rows.append(1)
                rows.extend([2])
                FOUND = TABLE["item"], TABLE["both"], TABLE["put"], LEVEL, box.size, other.marks[-1], rows[-1]
            """,
        },
        ("import a, stars", "box = a.box"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("from stars import *\n", "")
                        .replace("AREA = area", "from stars import *\nAREA = area")
                        .replace('TABLE["item"] = 1\nTABLE["item"] = 2', 'TABLE["item"] = 2\nTABLE["item"] = 1')
                        .replace(
                            "TABLE.update(both=1)\nTABLE.update(both=2)", "TABLE.update(both=2)\nTABLE.update(both=1)"
                        )
                        .replace("put(1)\nput(2)", "put(2)\nput(1)")
                        .replace("level(1)\nlevel(2)", "level(2)\nlevel(1)")
                        .replace("box.size = 1\nbox.size = 2", "box.size = 2\nbox.size = 1")
                        .replace('other.mark("one")\nother.mark("two")', 'other.mark("two")\nother.mark("one")')
                        .replace("rows.append(1)\nrows.extend([2])", "rows.extend([2])\nrows.append(1)")
                    )
                },
                same=("a.AREA, a.area(), a.LIMIT, a.TABLE, a.FOUND",),
                holds=("box is a.box",),
            ),
            Edit(
                {
                    "a.py": lambda text: text.replace("from stars import *\n", "").replace(
                        "def area", "from stars import *\ndef area"
                    )
                },
                same=("a.AREA, a.area(), a.LIMIT",),
            ),
        ),
    ),
    Scenario(
        "Statements that change places and have nothing to do with each other do not run.",
        {
            "a.py": """
                import logging

                TABLE = {}
                rows = []
                log = logging.getLogger("places")
                log.setLevel(10)
                log.debug("here")
                TABLE["one"] = 1
                rows.append(1)
                cache = {}

                def one():
                    return 1

                def two():
                    return 2
            """
        },
        ("import a", "a.cache['mine'] = 1"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace('log.debug("here")\nTABLE["one"] = 1\nrows.append(1)\n', "")
                        .replace("def one():\n    return 1\n\n", "")
                        .replace("cache = {}", 'cache = {}\nrows.append(1)\nTABLE["one"] = 1\nlog.debug("here")')
                        + "\ndef one():\n    return 1\n"
                    )
                },
                events=(),
                differs=("a.cache", "a.log"),
            ),
        ),
    ),
    Scenario(
        "A statement that goes through all names finds neither its own nor submodules that others have imported since.",
        {
            "shop/__init__.py": """
                from .goods import item as item

                NAMES = [name for name in globals() if not name.startswith("_")]

                for key, value in list(locals().items()):
                    if getattr(value, "__module__", "").startswith("shop."):
                        value.__module__ = __name__
            """,
            "shop/goods.py": "def item():\n    return 1\n",
            "shop/later.py": "from . import deeper\n",
            "shop/deeper.py": "DEEP = 1\n",
        },
        ("import shop, shop.later",),
        (
            Edit(
                {
                    "shop/goods.py": lambda text: text + "\ndef tea():\n    return 2\n",
                    "shop/__init__.py": sub("item as item\n", "item as item\nfrom .goods import tea as tea\n"),
                },
                same=("shop.NAMES", "shop.key", "shop.value is shop.tea", "shop.tea.__module__"),
            ),
            Edit({"shop/__init__.py": sub("if not name", "if True and not name")}, same=("shop.NAMES",)),
            Edit({"shop/__init__.py": sub("= __name__", "= str(__name__)")}, same=("shop.key",)),
        ),
    ),
    Scenario(
        "What a function imports when it is called has been brought up to date before it is called.",
        {
            "shop/__init__.py": "",
            "shop/rates.py": "VAT = 20\n",
            "shop/goods.py": "def prices():\n    return [1]\n",
            "shop/tea.py": "def prices():\n    return [2]\n",
            "shop/all.py": """
                import importlib

                def collect():
                    from shop import goods
                    from . import tea
                    return goods.prices() + tea.prices()

                def load():
                    return [importlib.import_module("shop." + name).prices() for name in ("goods", "tea")]
            """,
            "shop/till.py": """
                from shop.all import collect
                PRICES = collect()
            """,
            "shop/window.py": """
                from shop.all import load
                SHOWN = load()
            """,
            "shop/list.py": """
                import importlib
                LISTED = [importlib.import_module("shop." + name).prices() for name in ("goods", "tea")]
            """,
        },
        ("import shop.till, shop.window, shop.list",),
        (
            Edit(
                {"shop/tea.py": "from shop.rates import VAT\n\ndef prices():\n    return [2 * VAT]\n"},
                same=("shop.till.PRICES", "shop.window.SHOWN", "shop.list.LISTED"),
            ),
            Edit(
                {
                    "shop/goods.py": "from .tea import EXTRA\n\ndef prices():\n    return [1, EXTRA]\n",
                    "shop/tea.py": add("EXTRA = VAT\n"),
                },
                same=("shop.till.PRICES", "shop.window.SHOWN", "shop.list.LISTED"),
            ),
        ),
        recorded=True,
    ),
    Scenario(
        "A submodule that comes stands among the names of its package where its import stands.",
        {
            "shop/__init__.py": """
                from .goods import tea

                for key in list(globals()):
                    pass
            """,
            "shop/goods.py": "tea = 1\n",
        },
        ("import shop",),
        (
            Edit(
                {
                    "shop/__init__.py": sub("from .goods", "from .cups import cup\nfrom .goods"),
                    "shop/cups.py": "cup = 1\n",
                },
                same=("shop.key", "[name for name in vars(shop) if name[0] != '_']"),
            ),
        ),
    ),
)
