"""Enumerations: members that come, go, get another name or another value, and combinations of flags."""

from __future__ import annotations

from . import Edit, Scenario, sub

COLOUR = """
    from enum import Enum

    class Colour(Enum):
        RED = 1
        BLUE = 2
"""
RIGHTS = """
    from enum import KEEP, STRICT, Flag, IntFlag

    class Right(Flag):
        READ = 1
        WRITE = 2
"""
SHAPE = """
    from dataclasses import dataclass
    from enum import Enum

    @dataclass(frozen=True)
    class Size:
        width: int
        height: int = 2

    class Shape(Size, Enum):
        SMALL = 1, 2
        LARGE = 30, 4
"""

SCENARIOS = (
    *(
        Scenario(
            f"A member of an enumeration becomes a {kind} of the same name, and a member again.",
            {"a.py": COLOUR},
            ("import a", "held = a.Colour.BLUE"),
            (
                Edit({"a.py": sub("BLUE = 2", text)}, same=(f"a.Colour.{call}", "list(a.Colour)"), fresh=("import a",)),
                Edit(
                    {"a.py": sub(text, "BLUE = 2")},
                    same=("held is a.Colour.BLUE", "list(a.Colour)"),
                    fresh=("import a", "held = a.Colour.BLUE"),
                ),
            ),
        )
        for kind, text, call in (
            ("method", "def BLUE(self): return 5", "RED.BLUE()"),
            ("property", "@property\n    def BLUE(self): return 5", "RED.BLUE"),
            ("class method", "@classmethod\n    def BLUE(cls): return 5", "BLUE()"),
        )
    ),
    Scenario(
        "A member that is renamed, with its old name as an alias, is the same object, there and back.",
        {"a.py": COLOUR},
        ("import a", "held = a.Colour.RED", "table = {held: 1}"),
        (
            Edit(
                {"a.py": sub("RED = 1", "CRIMSON = 1\n    RED = CRIMSON")},
                same=("held is a.Colour.RED", "held is a.Colour.CRIMSON", "held.name", "table[a.Colour.RED]"),
            ),
            Edit(
                {"a.py": sub("CRIMSON = 1\n    RED = CRIMSON", "RED = 1")},
                same=("held is a.Colour.RED", "held.name", "table[a.Colour.RED]", "hasattr(a.Colour, 'CRIMSON')"),
            ),
            Edit(
                {"a.py": sub("RED = 1", "CRIMSON = 3\n    RED = 1")},
                same=("held is a.Colour.RED", "a.Colour.CRIMSON.name", "a.Colour.CRIMSON.value"),
            ),
        ),
    ),
    Scenario(
        "A member that becomes an alias of another one is that one, for whoever holds it.",
        {"a.py": COLOUR},
        ("import a", "held = [a.Colour.BLUE]"),
        (Edit({"a.py": sub("BLUE = 2", "BLUE = 1")}, same=("held[0] is a.Colour.RED", "a.Colour.BLUE.name")),),
    ),
    Scenario(
        "A combination of flags gets a name, and loses it.",
        {"a.py": RIGHTS},
        ("import a", "both = a.Right.READ | a.Right.WRITE", "table = {both: 1}"),
        (
            Edit(
                {"a.py": sub("WRITE = 2", "WRITE = 2\n    ALL = 3")},
                same=("both is a.Right.ALL", "both == a.Right.READ | a.Right.WRITE", "table[a.Right(3)]", "both.name"),
            ),
            Edit(
                {"a.py": lambda text: text.replace("WRITE = 2", "WRITE = 4").replace("ALL = 3", "ALL = 5")},
                same=("both == a.Right.READ | a.Right.WRITE", "both.value", "table[a.Right(5)]"),
            ),
            Edit(
                {"a.py": sub("    ALL = 5\n", "")},
                same=("both == a.Right.READ | a.Right.WRITE", "both.name", "both in table"),
            ),
        ),
    ),
    Scenario(
        "A combination of flags that are numbers follows a flag of it that has another value.",
        {"a.py": RIGHTS.replace("(Flag)", "(IntFlag)")},
        ("import a", "both = a.Right.READ | a.Right.WRITE", "held = [both]"),
        (
            Edit(
                {"a.py": sub("WRITE = 2", "WRITE = 4")},
                same=("int(both)", "a.Right.WRITE in both", "held[0] is a.Right.READ | a.Right.WRITE"),
            ),
        ),
    ),
    Scenario(
        "Flags of which the class refuses combinations now do not keep those of before.",
        {"a.py": RIGHTS.replace("(Flag)", "(Flag, boundary=KEEP)")},
        ("import a", "odd = a.Right(16)"),
        (
            Edit(
                {"a.py": sub("KEEP)", "STRICT)")},
                holds=("not any(each.value == 16 for each in a.Right._value2member_map_.values())",),
                fresh=("import a",),
            ),
        ),
    ),
    Scenario(
        "Members that are data classes follow new values and new fields, also as keys.",
        {"a.py": SHAPE},
        ("import a", "small = a.Shape.SMALL", "table = {small: 1}"),
        (
            Edit(
                {"a.py": sub("SMALL = 1, 2", "SMALL = 5, 2")}, same=("small is a.Shape.SMALL", "table[a.Shape.SMALL]")
            ),
            Edit(
                {"a.py": sub("height: int = 2", "height: int = 2\n    depth: int = 9")},
                same=("small is a.Shape.SMALL", "repr(small)", "table[a.Shape.SMALL]"),
            ),
            Edit(
                {"a.py": lambda text: text.replace("SMALL = 5, 2", "SMALL = 1, 2").replace("    depth: int = 9\n", "")},
                same=("small is a.Shape.SMALL", "repr(small)", "table[a.Shape.SMALL]"),
            ),
        ),
    ),
    Scenario(
        "Constants of a class become an enumeration, and constants again: who holds a member has the constant then.",
        {
            "conf.py": "NEW = 'new'\n",
            "state.py": """
                import conf
                from enum import Enum

                class State:
                    NEW = conf.NEW
                    PAID = 'paid'
            """,
            "order.py": """
                from state import State

                class Order:
                    first = State.NEW

                    def __init__(self, state=State.NEW):
                        self.state = state

                TABLE = {State.NEW: 1, State.PAID: 2}
                LAST = State.PAID
            """,
        },
        ("import order", "from state import State"),
        (
            Edit(
                {"state.py": sub("class State:", "class State(str, Enum):")}, same=("order.Order().state", "State.NEW")
            ),
            Edit({"conf.py": sub("'new'", "'newer'")}, same=("order.Order().state", "order.TABLE")),
            Edit(
                {"state.py": sub("class State(str, Enum):", "class State:")},
                before=("user_order, user_held = order.Order(State.PAID), [State.NEW]",),
                same=("order.Order().state", "order.TABLE", "State.NEW"),
                holds=("type(user_order.state) is str and user_order.state == 'paid'", "user_held == ['newer']"),
            ),
            Edit({"state.py": sub("class State:", "class State(Enum):")}, same=("order.Order().state", "order.TABLE")),
            Edit({"state.py": sub("class State(Enum):", "class State:")}, same=("order.Order().state", "order.TABLE")),
        ),
    ),
    Scenario(
        "Members follow the constructor of their enumeration, whose statement has run it.",
        {
            "m.py": """
                from enum import Enum

                class Planet(Enum):
                    EARTH = (2, 1)
                    MARS = (6, 3)

                    def __init__(self, mass, radius):
                        self.weight = mass / radius
            """
        },
        ("import m", "earth = m.Planet.EARTH"),
        (
            Edit(
                {"m.py": sub("mass / radius", "mass * radius")},
                same=("m.Planet.EARTH.weight", "m.Planet.MARS.weight"),
                holds=("m.Planet.EARTH is earth",),
            ),
        ),
    ),
)
