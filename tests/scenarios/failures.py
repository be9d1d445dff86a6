"""Edits that fail: nothing has changed anywhere, and the mended file is picked up by itself."""

from __future__ import annotations

from . import Edit, Scenario, sub

PROGRAM = {
    "low.py": """
        N = 1

        def f():
            return N

        class K:
            x = 1

            def m(self):
                return self.x

        LIST = []
        LIST.append(f)
    """,
    "high.py": """
        from low import *
        import low
        M = N + f()

        class Sub(K):
            y = 2
    """,
}
CELLS = ("import high, low", "from low import N, f, K", "k = K()", "before = low.f, low.K, low.LIST, high.Sub")
SAME = (
    "before[0] is low.f is f is high.f and before[1] is low.K is K "
    "and before[2] is low.LIST == [f] and before[3] is high.Sub"
)

SCENARIOS = (
    Scenario(
        "An unknown or a late import from `__future__` is the error that Python makes of it.",
        PROGRAM,
        CELLS,
        (
            Edit({"low.py": sub("N = 1", "from __future__ import nonsense\nN = 1")}, fails="nonsense"),
            Edit({"low.py": sub("from __future__ import nonsense\nN = 1", "N = 1")}, holds=(SAME,)),
            Edit({"low.py": sub("N = 1", "N = 1\nfrom __future__ import annotations")}, fails="SyntaxError"),
        ),
    ),
    Scenario(
        "A syntax error changes nothing, and names file and line; the mended file is live.",
        PROGRAM,
        CELLS,
        (
            Edit({"low.py": sub("return N", "return N +")}, (), fails="low.py", holds=(SAME,)),
            Edit(
                {"low.py": sub("return N +", "return N + 1")},
                ("swap low:f", "run high:3 M = N + f()"),
                holds=(SAME,),
                same=("high.M", "f()"),
            ),
        ),
    ),
    Scenario(
        "An edit that fails, is taken back, and fails once more in the same way, is told once more.",
        PROGRAM,
        CELLS,
        (
            Edit({"low.py": sub("return N", "return N +")}, (), fails="low.py", holds=(SAME,)),
            Edit({"low.py": sub("return N +", "return N")}, (), holds=(SAME,)),
            Edit({"low.py": sub("return N", "return N +")}, (), fails="low.py", holds=(SAME,)),
            Edit({"low.py": sub("return N +", "return N")}, (), holds=(SAME,)),
            Edit({"low.py": sub("N = 1", "N = None")}, (), fails="TypeError", holds=(SAME,)),
            Edit({"low.py": sub("N = None", "N = 1")}, (), holds=(SAME,)),
            Edit({"low.py": sub("N = 1", "N = None")}, (), fails="TypeError", holds=(SAME,)),
        ),
    ),
    Scenario(
        "An import that cannot be found changes nothing, and is tried again when it can be.",
        {"a.py": "X = 1\n"},
        ("import a",),
        (
            Edit(
                {
                    "a.py": """
                import absent_helper
                X = absent_helper.Y
            """
                },
                (),
                fails="absent_helper",
            ),
            Edit({"absent_helper.py": "Y = 7\n"}, same=("a.X",)),
        ),
    ),
    Scenario(
        "A name that cannot be imported changes nothing.",
        {
            "a.py": "X = 1\n",
            "b.py": """
            from a import X
            Y = X
        """,
        },
        ("import b",),
        (
            Edit(
                {
                    "b.py": """
                from a import X, Z
                Y = X + Z
            """
                },
                (),
                fails="Z",
            ),
            Edit(
                {
                    "b.py": """
                from a import X
                Y = X + 1
            """
                },
                same=("b.Y",),
            ),
        ),
    ),
    Scenario(
        "A broken decorator, base class or default undoes the definition.",
        {
            "a.py": """
            def f(n=1):
                return n

            class K:
                x = 1
        """
        },
        ("import a", "f, K = a.f, a.K"),
        (
            Edit(
                {"a.py": sub("n=1", "n=undefined_default")},
                (),
                fails="undefined_default",
                holds=("f is a.f and f() == 1",),
            ),
            Edit(
                {"a.py": lambda t: t.replace("undefined_default", "1").replace("class K:", "class K(undefined_base):")},
                (),
                fails="undefined_base",
                holds=("K is a.K",),
            ),
            Edit(
                {"a.py": lambda t: "@undefined_decorator\n" + t.replace("undefined_base", "object")},
                (),
                fails="undefined_decorator",
                holds=("f is a.f and f() == 1",),
            ),
            Edit(
                {"a.py": lambda t: t.replace("@undefined_decorator\n", "").replace("return n", "return n + 1")},
                holds=("f is a.f and f() == 2",),
            ),
        ),
    ),
    Scenario(
        "A file that does not decode, or holds a null byte, changes nothing.",
        {"a.py": "X = 1\n"},
        ("import a",),
        (
            Edit({"a.py": b"X = '\xff'\n"}, (), fails="a.py", holds=("a.X == 1",)),
            Edit({"a.py": b"X = 1\0\n"}, (), fails="null byte", holds=("a.X == 1",)),
            Edit({"a.py": b"# coding: latin-1\nX = '\xe9'\n"}, same=("a.X",)),
        ),
    ),
    Scenario(
        "A module that a failed edit imported is imported again by the next.",
        {"a.py": "X = 1\n"},
        ("import a",),
        (
            Edit(
                {
                    "other.py": "V = 1\n",
                    "a.py": """
                import other
                X = other.V
                1 / 0
            """,
                },
                (),
                fails="ZeroDivisionError",
            ),
            Edit(
                {
                    "other.py": "V = 2\n",
                    "a.py": """
                import other
                X = other.V
            """,
                },
                same=("a.X",),
            ),
        ),
    ),
    Scenario(
        "A class whose body raises stays as it was, with its instances.",
        {
            "a.py": """
            class K:
                x = 1

                def m(self):
                    return 'old'
        """
        },
        ("import a", "k = a.K()"),
        (
            Edit(
                {
                    "a.py": """
                        class K:
                            x = 2

                            def m(self):
                                return 'new'

                            raise RuntimeError('in the body')
                    """
                },
                (),
                fails="in the body",
                holds=("k.x == 1 and k.m() == 'old'",),
            ),
            Edit(
                {
                    "a.py": """
                    class K:
                        x = 2

                        def m(self):
                            return 'new'
                """
                },
                holds=("k.x == 2 and k.m() == 'new'", "type(k) is a.K"),
            ),
        ),
    ),
    Scenario(
        "An edit of a function's signature with an error elsewhere leaves defaults and code alone.",
        {
            "a.py": """
            def f(a, b=1, *, c=2):
                'doc'
                return a, b, c

            X = 1
        """
        },
        ("import a", "f = a.f"),
        (
            Edit(
                {
                    "a.py": """
                    def f(a, b=10, *, c=20):
                        'new doc'
                        return c, b, a

                    X = missing_name
                """
                },
                (),
                fails="missing_name",
                holds=("f(0) == (0, 1, 2) and f.__doc__ == 'doc'",),
            ),
        ),
    ),
    Scenario(
        "An error in a dependent module undoes the edit of the one that it depends on.",
        PROGRAM,
        CELLS,
        (
            Edit({"low.py": sub("N = 1", "N = None")}, (), fails="TypeError", holds=(SAME, "low.N == N == 1")),
            Edit({"low.py": sub("N = None", "N = 2")}, holds=(SAME,), same=("high.M", "N")),
        ),
    ),
    Scenario(
        "An exception at the end undoes what ran before it, in all modules.",
        PROGRAM,
        CELLS,
        (
            Edit(
                {
                    "low.py": lambda t: (
                        t.replace("N = 1", "N = 5").replace("x = 1", "x = 9") + "NEW = 1\nLIST.append(1)\n1 / 0\n"
                    )
                },
                (),
                fails="ZeroDivisionError",
                holds=(SAME,),
            ),
            Edit(
                {"low.py": sub("1 / 0\n", "")},
                same=("high.M", "low.NEW", "low.K.x"),
                holds=("before[1] is low.K is K and k.x == 9",),
            ),
        ),
    ),
    Scenario(
        "A unit that raises after it changed a shared list leaves the list as it was.",
        {"a.py": "L = [1]\nN = 0\n"},
        ("import a", "held = a.L"),
        (
            Edit(
                {"a.py": "L = [1]\nL.append(2)\nN = 1 // 0\n"},
                (),
                fails="ZeroDivisionError",
                holds=("held is a.L == [1]",),
            ),
            Edit({"a.py": "L = [1]\nL.append(2)\nN = 1\n"}, holds=("held is a.L == [1, 2]",)),
        ),
    ),
    Scenario(
        "An instance that stays with its old layout and whose attribute access never ends is named, not asked.",
        {
            "a.py": """
                class Tokens:
                    __slots__ = ("items",)

                    def __init__(self):
                        self.items = {}

                    def __getattr__(self, name):
                        return self.items[name]
            """
        },
        (
            "import a",
            "held = [a.Tokens()]",
            "def keep(each): yield each",
            "running = keep(held[0]); next(running)",
        ),
        (
            Edit(
                {"a.py": lambda text: text.replace("items", "entries").replace('("entries",)', '("entries", "names")')},
                notes=("instances-stay", "stale-holder"),
                holds=("not hasattr(type(held[0]), '__missing__')",),
            ),
        ),
    ),
    Scenario(
        "An edit that fails in a module which was not edited holds up no other edit.",
        {
            "conf.py": "N = 2\n",
            "a.py": "from conf import N\nA = 100 // N\n",
            "other.py": "def f():\n    return 1\n\nVALUE = f()\n",
        },
        ("import conf, a, other",),
        (
            Edit({"conf.py": "N = 0\n"}, fails="ZeroDivisionError"),
            Edit(
                {"other.py": lambda text: text.replace("1", "2")},
                holds=("other.f() == other.VALUE == 2", "a.A == 50"),
                fresh=("import other",),
            ),
            Edit({"conf.py": "N = 4\n"}, same=("(a.A, other.VALUE)",), fresh=("import conf, a, other",)),
        ),
    ),
    Scenario(
        "A cache that does not let itself be emptied keeps nothing else from following, and is named.",
        {
            "shop.py": """
                def remembering(function):
                    known = {}

                    def ask(n):
                        if n not in known:
                            known[n] = function(n)
                        return known[n]

                    def cache_clear():
                        raise SystemExit("not now")

                    ask.__wrapped__, ask.cache_clear = function, cache_clear
                    return ask

                @remembering
                def price(n):
                    return n + 1

                class Item:
                    kind = "old"
            """,
        },
        ("import shop", "ask = shop.price"),
        (
            Edit(
                {"shop.py": lambda text: text.replace("n + 1", "n + 2").replace("old", "new")},
                before=("ask(3)",),
                same=("shop.Item.kind, shop.price(5)",),
                holds=("ask(3) == 4",),
                differs=("shop.price",),
                notes=("cache-kept",),
            ),
            Edit({"shop.py": sub("new", "newer")}, same=("shop.Item.kind",), differs=("shop.price",)),
        ),
    ),
)
