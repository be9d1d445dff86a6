"""Whole modules: what `--full` runs, and what survives it."""

from __future__ import annotations

from . import Edit, Scenario, sub

MODULE = "LOG = ['ran']\n\ndef f():\n    return 1\n\nclass K:\n    x = 1\n\nN = 1\n"

SCENARIOS = (
    Scenario(
        "With `--full` every unit of an edited module runs, and functions and classes survive.",
        {
            "a.py": MODULE,
            "b.py": """
            from a import f
            M = [1]
        """,
        },
        ("import a, b", "from a import f, K", "k = K()", "m = b.M"),
        (
            Edit(
                {"a.py": sub("return 1", "return 2")},
                ("run a:1 LOG = ['ran']", "run a:3 def f", "run a:6 class K", "run a:9 N = 1"),
                same=("f()", "b.f is f"),
                holds=("f is a.f and K is a.K and type(k) is K", "m is b.M"),
            ),
        ),
        full=True,
    ),
    Scenario(
        "With `--full` a pinned unit does not run.",
        {
            "a.py": """
            X = [1]  # autoreload: keep
            Y = 1
        """
        },
        ("import a", "x = a.X"),
        (Edit({"a.py": sub("Y = 1", "Y = 2")}, ("run a:2 Y = 2",), holds=("x is a.X",)),),
        full=True,
    ),
    Scenario(
        "With `--full` a registry is there once.",
        {
            "a.py": """
                FOUND = []

                def find(f):
                    FOUND.append(f)
                    return f

                @find
                def one():
                    return 1

                @find
                def two():
                    return 2
            """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("return 1", "return 10")}, same=("[f.__name__ for f in a.FOUND]", "[f() for f in a.FOUND]")
            ),
        ),
        full=True,
    ),
)
