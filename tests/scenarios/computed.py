"""What objects remember of what they computed, and what libraries compute of classes and objects."""

from __future__ import annotations

from . import Edit, Scenario, add, sub

MODELS = ("m.Model", "m.Outer", "n.model", "n.MANY")
SETTINGS = ("conf.Model", "main.settings")
"""What holds a class of pydantic, which keeps an address in a text."""

SCENARIOS = (
    Scenario(
        "An object that is made anew has forgotten what it had computed, whichever way it keeps that.",
        {
            "m.py": """
                import functools

                class Stored:
                    def __init__(self, function):
                        self.function = function

                    def __set_name__(self, owner, name):
                        self.name = name

                    def __get__(self, obj, cls):
                        obj.__dict__[self.name] = value = self.function(obj)
                        return value

                class Graph:
                    def __init__(self):
                        self.edges = []

                    def add(self, *edges):
                        self.edges.extend(edges)

                    @functools.cached_property
                    def cached(self):
                        return list(self.edges)

                    @Stored
                    def stored(self):
                        return list(self.edges)

                    @property
                    def once(self):
                        try:
                            return self._once
                        except AttributeError:
                            self._once = list(self.edges)
                        return self._once

                    def named(self):
                        if not hasattr(self, "_named"):
                            setattr(self, "_named", list(self.edges))
                        return self._named

                    @functools.lru_cache(maxsize=None)
                    def remembered(self, n=1):
                        return list(self.edges) * n

                @functools.lru_cache
                def outside(graph):
                    return list(graph.edges)

                class Holder:
                    def __init__(self, graph):
                        self.graph = graph

                    @functools.cached_property
                    def size(self):
                        return len(self.graph.edges)

                g = Graph()
                g.add(1)
                holder = Holder(g)
                V = [g.cached, g.stored, g.once, g.named(), g.remembered(), g.remembered(n=2), outside(g)]
                N = holder.size
            """
        },
        ("import m", "g, holder = m.g, m.holder"),
        (
            Edit(
                {"m.py": sub("g.add(1)", "g.add(3, 4)")},
                same=("m.g.cached", "m.g.once", "m.g.remembered()", "m.outside(m.g)"),
                holds=("m.g is g", "m.holder is holder"),
            ),
            Edit({"m.py": sub("g.add(3, 4)", "g.add(1)")}, holds=("m.g is g", "m.holder is holder")),
        ),
    ),
    Scenario(
        "What a library computes of a class or its instances follows the fields of the class.",
        {
            "m.py": """
                import attrs
                from pydantic import BaseModel

                class Model(BaseModel):
                    x: str = "e"

                class Outer(BaseModel):
                    many: list[Model] = [Model()]

                @attrs.define
                class Record:
                    a: int = 1

                @attrs.define
                class Below(Record):
                    c: int = 0

                def dumped(obj):
                    return obj.model_dump_json()

                def packed(obj):
                    return attrs.astuple(obj)
            """,
            "n.py": """
                import attrs
                import m
                from m import Record, Below

                model, record, below = m.Model(), Record(), Below()
                MANY = [m.Model(x="f"), m.Model()]
                A = model.model_dump()
                B = m.dumped(model)
                C = [each.model_dump() for each in MANY]
                D = attrs.asdict(record)
                E = m.packed(below)
                F = sorted(m.Model.model_json_schema()["properties"])
                G = m.Outer().model_dump()
                UNLIKE = [model.x, record.a]
            """,
        },
        ("import n",),
        (
            Edit({"m.py": sub('x: str = "e"\n', 'x: str = "e"\n    y: int = 2\n')}, differs=MODELS),
            Edit({"m.py": sub("a: int = 1\n", "a: int = 1\n    b: int = 2\n")}, differs=MODELS),
            Edit({"m.py": sub("    y: int = 2\n", "")}, differs=MODELS),
            Edit({"m.py": sub("    b: int = 2\n", "")}, differs=MODELS),
        ),
    ),
    Scenario(
        "A method that remembers its results forgets them when a method or an attribute that it asks for is another.",
        {
            "m.py": """
                import functools

                class Price:
                    tax = 2

                    @functools.cache
                    def total(self, n):
                        return self.net(n) * self.tax

                    @functools.cache
                    def label(self):
                        return [self.shown]

                    def net(self, n):
                        return n

                    @property
                    def shown(self):
                        return "a"

                class Dear(Price):
                    def net(self, n):
                        return n * 10
            """
        },
        ("import m", "cheap, dear = m.Price(), m.Dear()", "label = (cheap.total(1), dear.total(1), cheap.label())[2]"),
        (
            Edit(
                {"m.py": sub("return n\n", "return n + 1\n")},
                same=("m.Price().total(1)",),
                holds=("cheap.total(1) == 4", "dear.total(1) == 20", "cheap.label() is label"),
            ),
            Edit({"m.py": sub("n * 10", "n * 20")}, holds=("dear.total(1) == 40", "cheap.label() is label")),
            Edit({"m.py": sub("tax = 2", "tax = 3")}, holds=("dear.total(1) == 60", "cheap.label() is label")),
            Edit({"m.py": sub('"a"', '"b"')}, holds=("cheap.label() == ['b']",)),
        ),
    ),
    Scenario(
        "Settings that a cached function makes follow the defaults of their class, whoever wrote its constructor.",
        {
            "conf.py": """
                import attrs
                import dataclasses
                from pydantic import BaseModel

                class Model(BaseModel):
                    url: str = "a"

                @attrs.define
                class Record:
                    url: str = "b"

                @dataclasses.dataclass
                class Data:
                    url: str = "c"
            """,
            "main.py": """
                import functools
                import conf

                @functools.lru_cache
                def model():
                    return conf.Model()

                @functools.lru_cache(maxsize=None)
                def record():
                    return conf.Record()

                @functools.cache
                def data():
                    return conf.Data()

                settings = model()
                URLS = [settings.url, record().url, data().url]
                other = 1
            """,
        },
        ("import main",),
        (
            Edit(
                {"conf.py": sub('"a"', '"aa"')},
                same=("main.model().url", "main.model() is main.settings"),
                differs=SETTINGS,
            ),
            Edit(
                {"conf.py": sub('"b"', '"bb"')},
                same=("main.record().url", "main.model() is main.settings"),
                differs=SETTINGS,
            ),
            Edit({"conf.py": sub('"c"', '"cc"')}, same=("main.data().url",), differs=SETTINGS),
            Edit(
                {"conf.py": sub('"aa"', '"a"')},
                same=("main.model().url", "main.model() is main.settings"),
                differs=SETTINGS,
            ),
        ),
    ),
    Scenario(
        "What was computed of a group follows the commands in it, at whatever depth.",
        {
            "m.py": """
                import click

                @click.group()
                def cli():
                    pass

                @cli.group()
                def sub():
                    pass

                @sub.command()
                @click.option("--n", default=3)
                def go(n):
                    click.echo(f"go {n}")
            """,
            "n.py": """
                from click.testing import CliRunner
                from m import cli

                OUT = CliRunner().invoke(cli, ["sub", "go"]).output
                DEFAULTS = [each.default for each in cli.commands["sub"].commands["go"].params]
            """,
        },
        ("import n", "import m", "cli = m.cli"),
        (Edit({"m.py": sub("default=3", "default=7")}, same=("n.OUT", "n.DEFAULTS"), holds=("m.cli is cli",)),),
    ),
    Scenario(
        "A function that goes through the names of a module which it is given runs again when a name comes or goes.",
        {
            "feats.py": "def feat_a():\n    return 1\n\ndef feat_b():\n    return 2\n",
            "main.py": """
                import importlib
                import inspect
                import feats

                def listed(module, prefix="feat_"):
                    return [name for name in dir(module) if name.startswith(prefix)]

                def held(module):
                    return [name for name in vars(module) if name.startswith("feat_")]

                def members(module):
                    return [name for name, _ in inspect.getmembers(module, inspect.isfunction)]

                def has(module):
                    return hasattr(module, "feat_c"), getattr(module, "feat_c", None) is None

                def imported(name):
                    return sorted(name for name in importlib.import_module(name).__dict__ if name[:5] == "feat_")

                def inside():
                    import feats as found
                    return [name for name in dir(found) if name[:5] == "feat_"]

                class Table:
                    def __init__(self, *modules):
                        self.names = [name for each in modules for name in dir(each) if name[:5] == "feat_"]

                def other(number):
                    return getattr(number, "real", None)

                A = listed(feats)
                B = held(feats)
                C = members(feats)
                D = has(feats)
                E = imported("feats")
                F = inside()
                G = Table(feats).names
                UNLIKE = other(3)
            """,
        },
        ("import main",),
        (
            Edit({"feats.py": add("\n\ndef feat_c():\n    return 3\n")}),
            Edit({"feats.py": sub("feat_a", "feat_d")}),
            Edit({"feats.py": sub("def feat_c", "def gone")}),
            Edit({"feats.py": sub("return 1", "return 4")}, ("swap feats:feat_d",)),
        ),
    ),
    Scenario(
        "A docstring that the standard library reads follows, as does what a decorator made of the source.",
        {
            "k.py": """
                import inspect

                def kept(function):
                    function.source = inspect.getsource(function)
                    return function

                def f():
                    "One."

                class C:
                    "Two."

                @kept
                def g():
                    return 1
            """,
            "m.py": """
                import inspect
                import k

                A = inspect.getdoc(k.f)
                B = inspect.getdoc(k.C)
                D = [getattr(k, name).__doc__ for name in ("f", "C")]
            """,
        },
        ("import m",),
        (
            Edit({"k.py": sub("One.", "Uno.")}),
            Edit({"k.py": sub("Two.", "Due.")}),
            Edit({"k.py": sub("return 1", "return 2")}),
        ),
        recorded=True,
    ),
)
