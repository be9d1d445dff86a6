"""Values that are read in a roundabout way: of what was handed over, by inspecting it, or by going through it."""

from __future__ import annotations

from autoreload_hooks.compat import LAZY_ANNOTATIONS

from . import Edit, Scenario, add, sub

EVALUATED = ("home.typed", "use.typed", "use.HINT") if LAZY_ANNOTATIONS else ()
"""From Python 3.14 on, annotations that somebody has evaluated stay: see the limitations."""

SCENARIOS = (
    Scenario(
        "An attribute of a class is followed through parameters, locals, loops, lambdas and containers.",
        {
            "kinds.py": """
                class Small:
                    weight = 1
                    other = 0

                class Large:
                    weight = 20

                ALL = {"small": Small, "large": Large}
                one = Small()
            """,
            "use.py": """
                import kinds
                from kinds import ALL, Large, Small, one

                def weight_of(kind):
                    return kind.weight

                def by_local():
                    kind = Small
                    return kind.weight

                def total():
                    return sum(kind.weight for kind in ALL.values())

                class Box:
                    capacity = Small.weight * 100

                class SmallBox(Small):
                    half = Small.weight / 2

                PARAMETER = weight_of(Small)
                INSTANCE = weight_of(one)
                LOCAL = by_local()
                ENTRIES = [kind.weight for kind in ALL.values()]
                TOTAL = total()
                HEAVIEST = max([Small, Large], key=lambda kind: kind.weight).__name__
                capacity = lambda size=Small.weight: size
                CAPACITY = capacity()
                UNRELATED = weight_of(Large)
            """,
        },
        ("import kinds, use",),
        (
            Edit(
                {"kinds.py": sub("weight = 1\n", "weight = 100\n")},
                same=(
                    "(use.PARAMETER, use.INSTANCE, use.LOCAL, use.ENTRIES, use.TOTAL, use.HEAVIEST)",
                    "(use.Box.capacity, use.SmallBox.half, use.CAPACITY, use.UNRELATED)",
                ),
            ),
            Edit({"kinds.py": sub("other = 0\n", "other = 1\n")}, ("run kinds:1 class Small",)),
        ),
    ),
    Scenario(
        "A name of a module is followed that was handed to a function, or stands in a list.",
        {
            "one.py": "SIZE = 1\n",
            "two.py": "SIZE = 2\n",
            "use.py": """
                import one, two

                def size_of(module):
                    return module.SIZE

                def ask(module, name):
                    return getattr(module, name)

                SIZE = size_of(one)
                SIZES = [module.SIZE for module in (one, two)]
                ASKED = ask(one, "SIZE")
            """,
        },
        ("import one, use",),
        (Edit({"one.py": sub("1", "10")}, same=("(use.SIZE, use.SIZES, use.ASKED)",)),),
    ),
    Scenario(
        "What goes through the members of an enumeration, or asks for fields and annotations, looks again.",
        {
            "kinds.py": """
                from dataclasses import dataclass, fields
                from enum import Enum

                class Colour(Enum):
                    RED = 1

                    @classmethod
                    def names(cls):
                        return [each.name for each in cls]

                @dataclass
                class Point:
                    x: int = 0

                    @classmethod
                    def columns(cls):
                        return [each.name for each in fields(cls)]

                class Plain:
                    a: int = 1

                NAMES = Colour.names()
                COLUMNS = Point.columns()
            """,
            "use.py": """
                from kinds import Colour, Plain

                def choices(kind):
                    return [(each.name, each.value) for each in kind]

                CHOICES = choices(Colour)
                KEYS = list(Plain.__annotations__)
            """,
        },
        ("import kinds, use", "from kinds import Colour", "red = Colour.RED"),
        (
            Edit(
                {
                    "kinds.py": lambda text: (
                        text.replace("RED = 1", "RED = 1\n    BLUE = 2")
                        .replace("x: int = 0", "x: int = 0\n    y: int = 0")
                        .replace("a: int = 1", "a: int = 1\n    b: str = ''")
                    )
                },
                same=("(kinds.NAMES, kinds.COLUMNS, use.CHOICES, use.KEYS)",),
                holds=("Colour.RED is red is kinds.Colour.RED",),
            ),
            Edit({"kinds.py": sub("RED = 1", "RED = 5")}, same=("use.CHOICES",)),
        ),
    ),
    Scenario(
        "Who reads the signature, the defaults, the annotations or an attribute of a function looks again.",
        {
            "settings.py": "LIMIT = 10\nKIND = int\n",
            "marks.py": """
                def marked(times):
                    def mark(f):
                        f.times = times
                        return f
                    return mark
            """,
            "home.py": """
                from marks import marked
                from settings import KIND, LIMIT

                def page(first, limit=LIMIT):
                    return first, limit

                def typed(value: KIND):
                    return value

                @marked(LIMIT)
                def go():
                    pass
            """,
            "use.py": """
                import inspect
                from typing import get_type_hints
                from home import go, page, typed

                def names(function):
                    return list(inspect.signature(function).parameters)

                NAMES = names(page)
                DEFAULTS = page.__defaults__
                HINT = get_type_hints(typed)["value"].__name__
                TIMES = go.times
            """,
        },
        ("import home, use", "from home import page"),
        (
            Edit(
                {"settings.py": "LIMIT = 20\nKIND = str\n"},
                same=("(use.NAMES, use.DEFAULTS, use.TIMES)",),
                holds=("page is home.page",),
                differs=EVALUATED,
            ),
            Edit(
                {"home.py": sub("first, limit=LIMIT", "start, limit=LIMIT, *more")},
                same=("use.NAMES",),
                differs=EVALUATED,
            ),
        ),
    ),
    Scenario(
        "What was computed of a container within a container, of a dispatcher or of a virtual base class follows.",
        {
            "hub.py": """
                from abc import ABC
                from functools import singledispatch

                GROUPS = {}

                def register(group, name):
                    def keep(f):
                        GROUPS.setdefault(group, {})[name] = f
                        return f
                    return keep

                @singledispatch
                def show(value):
                    return "object"

                class Shape(ABC):
                    pass

                class Square:
                    pass
            """,
            "parts.py": """
                from hub import Shape, Square, register, show

                @register("model", "small")
                def small():
                    pass

                @show.register
                def show_int(value: int):
                    return "int"
            """,
            "use.py": """
                import parts
                from hub import GROUPS, Shape, Square, show

                KINDS = {group: sorted(names) for group, names in GROUPS.items()}
                SHOWN = [show(value) for value in (1, "a")]
                IS_SHAPE = isinstance(Square(), Shape)

                if len(GROUPS) > 1:
                    raise ValueError("too many groups")
            """,
        },
        ("import hub, parts, use",),
        (
            Edit(
                {"parts.py": lambda text: text.replace('"small"', '"tiny"').replace(": int", ": str")},
                same=("(use.KINDS, use.SHOWN, use.IS_SHAPE)",),
                differs=("parts.show_int",),  # what `singledispatch` has asked itself before
            ),
            Edit(
                {"parts.py": add("\nShape.register(Square)\n")},
                same=("use.IS_SHAPE",),
                differs=("parts.show_int",),
            ),
            Edit({"parts.py": add('\n@register("other", "b")\ndef b():\n    pass\n')}, fails="too many groups"),
        ),
    ),
    Scenario(
        "What a package loads lazily is followed through its function.",
        {
            "pkg/__init__.py": """
                import importlib

                LAZY = {"light": ".inner"}

                def __getattr__(name):
                    if name in LAZY:
                        return getattr(importlib.import_module(LAZY[name], __name__), name)
                    raise AttributeError(name)
            """,
            "pkg/inner.py": "light = 1\n",
            "use.py": "import pkg\nfrom pkg import light\nVALUE = pkg.light * 10\n",
        },
        ("import use", "from pkg import light"),
        (Edit({"pkg/inner.py": "light = 2\n"}, same=("light", "use.light", "use.VALUE")),),
        recorded=True,
    ),
    Scenario(
        "What copied the docstring of a function or class has the new one, also where its names are deleted.",
        {
            "kit.py": """
                import functools

                class Curry:
                    def __init__(self, f):
                        self.f = f
                        self.__doc__ = getattr(f, "__doc__", None)

                class Wrap:
                    def __init__(self, f):
                        functools.update_wrapper(self, f)
            """,
            "tools.py": """
                def join(a):
                    'Join tham.'
                    return a

                class Catch:
                    'Catch tham.'

                    def run(self):
                        return 1
            """,
            "both.py": "from kit import *\nfrom tools import *\nimport bound\n",
            "bound.py": """
                import both

                join, catch = both.Curry(both.join), both.Curry(both.Catch)
                held = both.Wrap(both.join)
                del both
            """,
        },
        ("import both, bound",),
        (
            Edit(
                {"tools.py": lambda text: text.replace("tham", "them")},
                same=("[each.__doc__ for each in (bound.join, bound.catch, bound.held)]",),
            ),
        ),
    ),
    Scenario(
        "What a getter of the standard library asks of classes and instances by a text is read there.",
        {
            "a.py": """
                import operator
                from operator import attrgetter

                class Cheap:
                    price = 1

                class Dear(Cheap):
                    price = 5

                KINDS = [Cheap, Dear]
                ITEMS = [Cheap(), Dear()]
                PRICES = list(map(attrgetter("price"), KINDS))
                SORTED = [type(item).__name__ for item in sorted(ITEMS, key=operator.attrgetter("price"))]
                FIRST = attrgetter("price")(ITEMS[0])
            """
        },
        ("import a",),
        (
            Edit({"a.py": sub("price = 1", "price = 9")}, same=("a.PRICES, a.SORTED, a.FIRST",)),
            Edit({"a.py": sub("price = 5", "price = 50")}, same=("a.PRICES, a.SORTED, a.FIRST",)),
        ),
    ),
    *(
        Scenario(
            f"What a getter reads that has a name of its own is read where it is used: {use}.",
            {
                "goods.py": """
                    class Item:
                        price = 1
                """,
                "tools.py": """
                    from operator import attrgetter
                    price = attrgetter("price")
                    def total(items):
                        return sum(map(price, items))
                """,
                "till.py": f"""
                    from goods import Item
                    from tools import price, total
                    import tools
                    KINDS = [Item]
                    PRICE = {use}
                """,
            },
            ("import till",),
            (
                Edit(
                    {"goods.py": sub("price = 1", "price = 5")},
                    same=("till.PRICE",),
                    holds=("till.KINDS[0].price == 5",),
                ),
                Edit({"goods.py": sub("price = 5", "price = 1")}, same=("till.PRICE",)),
            ),
        )
        for use in ("price(Item)", "list(map(price, KINDS))", "tools.price(Item())", "total([Item])")
    ),
    Scenario(
        "What a decorator or a base made of annotations follows what their names mean, also where they are lazy.",
        {
            "kinds.py": "Number = int\nText = str\n",
            "m.py": """
                from dataclasses import dataclass, fields

                from kinds import Number, Text

                Both = Number | Text

                class Noted:
                    def __init_subclass__(cls):
                        cls.kinds = dict(cls.__annotations__)

                def kinds_of(function):
                    function.kinds = dict(function.__annotations__)
                    return function

                @dataclass
                class Point:
                    x: Number
                    y: Both = 1

                class Mine(Noted):
                    x: Number

                @kinds_of
                def area(x: Number, y: Both) -> Text: ...

                KINDS = [field.type for field in fields(Point)]
            """,
        },
        ("import m", "Point, Mine, area = m.Point, m.Mine, m.area"),
        (
            Edit(
                {"kinds.py": sub("int", "float")},
                same=("m.KINDS", "m.Mine.kinds", "m.area.kinds", "m.Both"),
                holds=("m.Point is Point and m.Mine is Mine and m.area is area",),
            ),
            Edit({"m.py": sub("Number | Text", "Number | bytes")}, same=("m.KINDS", "m.area.kinds")),
        ),
    ),
)
