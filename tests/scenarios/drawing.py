"""Iterators and random generators: what a statement has taken is gone for the next."""

from __future__ import annotations

from scenarios import Edit, Scenario, add, sub

SCENARIOS = (
    Scenario(
        "Statements that draw from an iterator draw anew, in order, when one of them changes, comes or goes.",
        {
            "a.py": """
            import itertools

            def parts():
                yield "p"
                yield "q"

            ids = itertools.count()
            first = next(ids)
            class Node:
                number = next(ids)
            texts = map(str, [1, 2, 3])
            shown = list(texts)
            stream = parts()
            head = next(stream)
            rest = list(stream)
        """
        },
        ("import a",),
        (
            Edit({"a.py": sub("first = next(ids)", "first = next(ids), 'first'")}),
            Edit({"a.py": sub("list(texts)", "[*texts, 'end']")}),
            Edit({"a.py": sub('yield "q"', 'yield "r"')}),
            Edit({"a.py": sub("first =", "zeroth = next(ids)\nfirst =")}, same=("next(a.ids)",)),
            Edit({"a.py": sub("zeroth = next(ids)\n", "")}, same=("a.Node.number",)),
        ),
    ),
    Scenario(
        "A counter from which functions draw as well goes on: what it has given is state.",
        {
            "a.py": """
            import itertools

            ids = itertools.count()

            def number():
                return next(ids)

            first = next(ids)
        """
        },
        ("import a", "mine = [a.number(), a.number()]"),
        (
            Edit(
                {"a.py": sub("first = next(ids)", "first = next(ids) * 10")},
                holds=("a.first == 30", "a.number() == 4"),
                differs=("a.first", "a.ids"),
            ),
        ),
    ),
    Scenario(
        "A seeded random generator begins anew for the statements that draw from it.",
        {
            "seeds.py": "SEED = 3\n",
            "a.py": """
            import random
            from seeds import SEED

            rng = random.Random(SEED)
            one = rng.random()
            two = rng.randint(0, 1000)
            random.seed(SEED)

            def draw():
                return random.randint(0, 1000)

            three = random.random()
            four = draw()
        """,
        },
        ("import a, random",),
        (
            Edit({"a.py": sub("one = rng.random()", "one = rng.random() * 2")}, same=("a.rng.random()",)),
            Edit({"seeds.py": "SEED = 4\n"}, same=("random.random()",)),
            Edit({"a.py": add("five = rng.random()\n")}),
        ),
    ),
)
