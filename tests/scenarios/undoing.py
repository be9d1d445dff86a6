"""What the statements of a failed reload did to objects is undone, and done once when the file is mended."""

from __future__ import annotations

from . import Edit, Scenario

OTHER = """
    X = 1
    HELD = []

    def set_x(value):
        global X
        X = value

    class Conf:
        level = 1
        names = {"a": []}
"""
PROGRAM = """
import array
import collections
import functools
import io
import json
import other

class Box:
    def __init__(self):
        self.items = []
        self.size = 0

    def add(self, item):
        self.items.append(item)
        self.size += 1

    @classmethod
    def count(cls):
        cls.made = getattr(cls, "made", 0) + 1

class Slim:
    __slots__ = ("one", "two")

class Meta(type):
    registry = {}

    def __init__(cls, *args):
        cls.registry[cls.__name__] = cls

class Plugin(metaclass=Meta):
    hooks = []

class Rows(list):
    pass

def tagged(function):
    return function

@tagged
def f():
    return 1

def counter():
    count = 0

    def step():
        nonlocal count
        count += 1
        return count

    return step

@functools.singledispatch
def shown(value):
    return "any"

def put(value):
    TABLE["x"].append(value)

box = Box()
box.add(1)
empty = Box.__new__(Box)
slim = Slim()
slim.one = 1
rows = Rows([1])
rows.label = "rows"
step = counter()
TABLE = {"x": [], "y": {"z": set()}}
COUNTS = collections.Counter(a=1)
ORDERED = collections.OrderedDict(a=1, b=2)
TEXT = bytearray(b"one")
QUEUE = collections.deque([1], maxlen=3)
PAIR = ([], box)
NUMBERS = array.array("i", [1, 2])
LINES = io.StringIO()
LINES.write("one")
"""
DOES = (
    "box.size = 5",
    "box.add(2)",
    "box.other = 1",
    "del box.size",
    "empty.items = 1",
    "box.__dict__ = {}",
    "Box.kind = 1",
    "Box.count()",
    "del Box.add",
    "Box.add.tag = 1",
    "setattr(Box, 'add', len)",
    "slim.two = 2",
    "del slim.one",
    "rows.append(2)",
    "rows.label = 'other'",
    "f.tag = 1",
    "f.__doc__ = 'doc'",
    "f.__defaults__ = ()",
    "step()",
    "TABLE['x'].append(1)",
    "TABLE['y']['z'].add(1)",
    "TABLE['y']['w'] = 1",
    "put(3)",
    "COUNTS['a'] += 1",
    "COUNTS.update('bc')",
    "ORDERED.move_to_end('a')",
    "ORDERED['c'] = 3",
    "TEXT += b'two'",
    "TEXT[0] = 0",
    "QUEUE.append(2)",
    "PAIR[0].append(1)",
    "PAIR[1].size = 9",
    "[each.append(1) for each in PAIR[:1]]",
    "NUMBERS.append(3)",
    "NUMBERS[0] = 5",
    "print('two', file=LINES)",
    "other.X = 5",
    "other.Y = 5",
    "del other.X",
    "other.set_x(5)",
    "other.HELD.append(1)",
    "other.Conf.level = 2",
    "other.Conf.names['a'].append(1)",
    "setattr(other.Conf, 'level', 3)",
    "setattr(other, 'X', 3)",
    "vars(other).update(X=3)",
    "globals()['box'].add(7)",
    "shown.register(int, str)",
    "class More(Plugin): pass",
    "Plugin.hooks.append(1)",
    "with open(__file__) as file: box.add(file.read())",
    "for value in range(3): box.add(value)",
    "if box: box.add(4); f.tag = 2",
    "@tagged\ndef g(): pass\ng.tag = f.tag = 1",
)
HELD = ("import a, other", "held = a.box, a.box.items, a.f, a.Box, a.TABLE['x'], other.Conf, vars(a.box)")
DATA = "list(a.NUMBERS) == [1, 2] and a.LINES.getvalue() == 'one'"
SAME = "held[:6] == (a.box, a.box.items, a.f, a.Box, a.TABLE['x'], other.Conf) and held[6] is vars(a.box)"
OUTSIDE = "import atexit, abc, copyreg, logging, os, signal, sys, warnings\nuser_log = logging.getLogger('undoing')\n"


def failing(program: str, does: str) -> Edit:
    """An edit that does something and fails right after it."""
    return Edit({"a.py": f"{program}\n{does}\nraise ValueError({does!r})\n"}, fails="ValueError", holds=(SAME, DATA))


def tagging(text: str, name: str) -> str:
    """The program, with a decorator that leaves a tag on what it decorates."""
    return text.replace("    return function\n", f"    function.{name} = 1\n    return function\n")


SCENARIOS = (
    *(
        Scenario(
            f"Part {part + 1}: what failed statements did is undone, and done once by the mended file.",
            {"a.py": PROGRAM, "other.py": OTHER},
            HELD,
            (
                *(failing(PROGRAM, each) for each in DOES[part::4]),
                Edit({"a.py": f"{PROGRAM}\nbox.add(2)\nput(3)\nother.set_x(5)\nstep()\n"}),
                Edit({"a.py": PROGRAM}, differs=("other.X", "a.step")),
            ),
        )
        for part in range(4)
    ),
    Scenario(
        "What a decorator left on a function goes when the reload fails, and comes when it does not.",
        {"a.py": PROGRAM, "other.py": OTHER},
        HELD,
        (
            failing(tagging(PROGRAM, "tag"), ""),
            Edit({"a.py": tagging(PROGRAM, "tag")}, same=("a.f.tag",)),
            failing(tagging(PROGRAM, "sign"), "f.tag = 3"),
            Edit({"a.py": tagging(PROGRAM, "tag")}, holds=("vars(a.f) == {'tag': 1}",)),
        ),
    ),
    Scenario(
        "The names of a class, and of a function, stand in their order again.",
        {
            "a.py": """
                def d(f):
                    f.one = f.two = f.three = 1
                    return f

                class A:
                    one = 1
                    def two(self): pass
                    three = 3

                @d
                def f(): pass
            """
        },
        ("import a", "names = list(vars(a.A)), list(vars(a.f))"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("def two(self): pass", "pass").replace("f.two = ", "") + "\n1 / 0\n"
                    )
                },
                fails="ZeroDivisionError",
                holds=("names == (list(vars(a.A)), list(vars(a.f)))",),
            ),
        ),
    ),
    Scenario(
        "What failed statements entered into books of the standard library is taken out.",
        {"a.py": OUTSIDE + "class Shape(abc.ABC): pass\n"},
        ("import a", "import signal, warnings, os, copyreg, sys", "before = list(warnings.filters), list(sys.path)"),
        (
            Edit(
                {
                    "a.py": OUTSIDE
                    + "class Shape(abc.ABC): pass\n"
                    + "Shape.register(int)\n"
                    + "user_log.addHandler(logging.NullHandler())\nuser_log.setLevel(10)\nuser_log.isEnabledFor(10)\n"
                    + "warnings.filterwarnings('ignore', 'nothing of that kind')\n"
                    + "os.environ['UNDOING'] = '1'\n"
                    + "sys.path.append('nowhere')\n"
                    + "signal.signal(signal.SIGUSR1, signal.SIG_IGN)\n"
                    + "copyreg.pickle(Shape, str)\n"
                    + "1 / 0\n"
                },
                fails="ZeroDivisionError",
                holds=(
                    "not issubclass(int, a.Shape)",
                    "a.user_log.handlers == [] and a.user_log.level == 0 and not a.user_log.isEnabledFor(10)",
                    "before == (list(warnings.filters), list(sys.path))",
                    "'UNDOING' not in os.environ and os.getenv('UNDOING') is None",
                    "os.system('test -z \"$UNDOING\"') == 0",
                    "signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL",
                    "a.Shape not in copyreg.dispatch_table",
                ),
            ),
        ),
    ),
    Scenario(
        "A class that a failed reload made is no subclass of its base any more.",
        {"a.py": "class Base: pass\n"},
        ("import a",),
        (
            Edit(
                {"a.py": "class Base: pass\nclass More(Base): pass\n1 / 0\n"},
                fails="ZeroDivisionError",
                holds=("a.Base.__subclasses__() == []",),
            ),
            Edit(
                {"a.py": "class Base: pass\nclass More(Base): pass\n"}, holds=("a.Base.__subclasses__() == [a.More]",)
            ),
        ),
    ),
    Scenario(
        "A cache keeps what it remembers when a reload fails before anybody has asked it.",
        {"a.py": "import functools\n\n@functools.lru_cache\ndef f(x):\n    return [x]\n"},
        ("import a", "one = a.f(1)"),
        (
            Edit(
                {"a.py": lambda text: text.replace("[x]", "[x, x]") + "\nY = 1 / 0\n"},
                fails="ZeroDivisionError",
                holds=("a.f(1) is one",),
            ),
            Edit(
                {"a.py": lambda text: text.replace("Y =", "Y = f(2) +")},
                fails="ZeroDivisionError",
                holds=("a.f(1) == [1] and a.f(2) == [2]",),
            ),
            Edit({"a.py": lambda text: text.replace("Y = f(2) + 1 / 0", "")}, same=("a.f(1)", "a.f(2)")),
        ),
    ),
    Scenario(
        "A module that is imported for the first time may change what others have: it is undone as well.",
        {"a.py": PROGRAM, "other.py": OTHER, "late.py": "import a, other\na.box.add(2)\nother.Conf.level = 7\n"},
        HELD,
        (
            failing(PROGRAM, "import late"),
            Edit({"a.py": f"{PROGRAM}\nimport late\n"}),
        ),
    ),
)
