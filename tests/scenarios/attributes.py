"""What statements write on functions and classes that other statements make, and what goes with them."""

from __future__ import annotations

from . import Edit, Scenario, add, sub

SCENARIOS = (
    Scenario(
        "What a branch had written on a function goes with the branch.",
        {
            "a.py": """
                def plain():
                    'Said elsewhere.'

                if True:
                    def f(n):
                        return n

                    f.__doc__ = plain.__doc__
                    f.tag = 1
            """
        },
        ("import a", "f = a.f"),
        (
            Edit({"a.py": sub("    f.__doc__ = plain.__doc__\n    f.tag = 1\n", "")}, holds=("a.f is f",)),
            Edit({"a.py": add("    f.__doc__ = 'Again.'\n")}, holds=("a.f is f",)),
        ),
    ),
    Scenario(
        "A function has the docstring and the names of its `def` when the statement is gone that gave it others.",
        {
            "a.py": """
                def f():
                    'Own.'

                f.__doc__ = 'Given.'
                f.__name__ = 'g'
                f.__module__ = 'pkg'
            """
        },
        ("import a", "f = a.f"),
        (
            Edit(
                {"a.py": sub("f.__doc__ = 'Given.'\nf.__name__ = 'g'\nf.__module__ = 'pkg'\n", "")},
                holds=("a.f is f",),
            ),
        ),
    ),
    Scenario(
        "A class attribute that the metaclass fills is filled anew, and what a method has counted since stays.",
        {
            "a.py": """
                class Options:
                    def __init__(self, name):
                        self.name = name

                class Meta(type):
                    def __init__(cls, name, bases, names):
                        super().__init__(name, bases, names)
                        cls.options = Options(name)

                class K(metaclass=Meta):
                    options = None
                    count = 0

                    def hit(self):
                        type(self).count += 1
            """
        },
        ("import a", "K = a.K", "K().hit()"),
        (
            Edit(
                {"a.py": sub("self.name = name", "self.name = name.lower()\n        self.many = False")},
                holds=("a.K is K", "K.options.name == 'k'", "K.count == 1"),
                differs=("a.K",),
            ),
        ),
    ),
    Scenario(
        "What a class computes of an enumeration follows when a member is added to it.",
        {
            "a.py": """
                from enum import Enum

                class Color(Enum):
                    RED = 1

                class Picker:
                    names = [color.name for color in Color]
                    everything = set(Color)

                    def pick(self, among=everything):
                        return len(among)
            """
        },
        ("import a", "picker = a.Picker()"),
        (
            Edit(
                {"a.py": sub("    RED = 1\n", "    RED = 1\n    BLUE = 2\n")},
                same=("picker.pick()", "len(a.Picker.everything)", "a.Picker.names"),
            ),
        ),
    ),
    Scenario(
        "A branch that defines a name only where there is none finds no definition of its own old version.",
        {
            "a.py": """
                if True:
                    class ExceptionGroup(Exception):
                        pass

                try:
                    STATE
                except NameError:
                    STATE = []
            """
        },
        ("import a",),
        (
            Edit(
                {
                    "a.py": """
                        try:
                            ExceptionGroup
                        except NameError:
                            class ExceptionGroup(Exception):
                                pass
                        else:
                            ExceptionGroup = ExceptionGroup

                        try:
                            STATE
                        except NameError:
                            STATE = [0]
                    """
                },
                before=("a.STATE.append(1)",),
                same=("a.ExceptionGroup.__module__",),
                holds=("a.STATE == [1]",),
                differs=("a.STATE",),
            ),
        ),
    ),
    Scenario(
        "An annotation in a branch that is not reached is none.",
        {"a.py": "Number: type = int\n\nKEPT: int = 1\n"},
        ("import a",),
        (
            Edit(
                {"a.py": "CHECKING = False\nif CHECKING:\n    Number: type = int\n\nKEPT: int = 1\n"},
                same=("hasattr(a, 'Number')",),
            ),
        ),
    ),
    Scenario(
        "What a loop had set on classes, under names that it computes, goes with the loop.",
        {
            "a.py": """
                NAMES = ['read', 'write']

                class One:
                    def own(self):
                        return 'own'

                class Two(One):
                    pass

                def deprecated(name):
                    def method(self):
                        return name
                    return method

                for name in ('clear', 'own', 'copy'):
                    f = deprecated(name)
                    setattr(One, name, f)
                    setattr(Two, name, f)

                for name in NAMES:
                    setattr(One, name, len(name))
            """
        },
        ("import a", "one = a.One()"),
        (
            Edit({"a.py": sub("('clear', 'own', 'copy')", "('clear',)")}, same=("one.own()", "one.clear()")),
            Edit(
                {"a.py": sub("for name in NAMES:\n    setattr(One, name, len(name))\n", "")},
                same=("one.own()", "hasattr(one, 'read')"),
            ),
        ),
    ),
    Scenario(
        "A loop that takes from a class, or wraps what it has, finds the class as its statement makes it.",
        {
            "a.py": """
                class Stats:
                    unit = 'm'

                    def calc_mean(self):
                        return 1

                    def calc_top(self):
                        return 2

                def shown(function):
                    return lambda self: f'<{function(self)}>'

                for name, value in list(Stats.__dict__.items()):
                    if name.startswith('calc_'):
                        setattr(Stats, name[5:], shown(value))
                        globals()[name[5:]] = value
                        delattr(Stats, name)

                del name, value
            """
        },
        ("import a", "stats = a.Stats()"),
        (
            Edit({"a.py": sub("'m'", "'km'")}, same=("stats.mean()", "stats.unit", "hasattr(stats, 'calc_top')")),
            Edit({"a.py": sub("return 1", "return 10")}, same=("stats.mean()", "stats.top()")),
        ),
    ),
    Scenario(
        "A loop over a module's own names reaches what takes the place of one of them.",
        {
            "pkg/__init__.py": """
                from pkg.api import get, stream

                __all__ = ['get', 'stream']

                space = vars()
                for name in __all__:
                    setattr(space[name], '__module__', 'pkg')
            """,
            "pkg/api.py": """
                from contextlib import contextmanager

                def get():
                    return 1

                def stream():
                    yield 1
            """,
        },
        ("import pkg",),
        (
            Edit(
                {"pkg/api.py": sub("def stream", "@contextmanager\ndef stream")},
                same=("pkg.stream.__module__", "pkg.get.__module__"),
                differs=("pkg.space",),
            ),
        ),
    ),
    Scenario(
        "What a function finds in `globals()` is found again when a name is added.",
        {
            "a.py": """
                class Base:
                    pass

                class First(Base):
                    code = 1

                known = {}

                def find():
                    for value in globals().values():
                        if isinstance(value, type) and issubclass(value, Base) and value is not Base:
                            known[value.code] = value

                find()
                del find

                class Finder:
                    def __init__(self):
                        self.mapping = dict(known)

                finder = Finder()
            """
        },
        ("import a",),
        (
            Edit(
                {"a.py": sub("known = {}", "class Second(Base):\n    code = 2\n\nknown = {}")},
                same=("list(a.known)", "list(a.finder.mapping)"),
            ),
        ),
    ),
    Scenario(
        "Closures that a method made before follow when its class is made anew.",
        {
            "a.py": """
                class Request:
                    size = 1

                    @classmethod
                    def application(cls, function):
                        def inner():
                            return function(cls.size)
                        return inner
            """,
            "b.py": """
                from a import Request

                @Request.application
                def app(size):
                    return size
            """,
        },
        ("import b", "app = b.app"),
        (
            Edit({"a.py": sub("size = 1", "# More.\n    size = 2")}, same=("app()",)),
            Edit(
                {"a.py": sub("return function(cls.size)", "return -function(cls.size)")},
                same=("b.app()",),
            ),
        ),
    ),
    Scenario(
        "A method that a module's own decorator of another module made is that of its class, whatever it says it is.",
        {
            "a.py": """
                from contextlib import contextmanager

                Kind = int

                class Client:
                    @contextmanager
                    def stream(self, kind: Kind = 1):
                        yield kind

                Client.__module__ = 'pkg'
            """
        },
        ("import a", "client = a.Client()"),
        (Edit({"a.py": sub("Kind = int", "Kind = str")}, same=("a.Client.stream.__annotations__",)),),
    ),
    Scenario(
        "A generator of methods that keeps their text by a name of its own is as free to choose it as ever.",
        {
            "gen.py": """
                import linecache

                def generate(cls):
                    text = f'def size(self): return {cls.width}\\n'
                    entry = (len(text), None, text.splitlines(True), '')
                    name, count = f'<generated {cls.__qualname__}>', 1
                    while linecache.cache.setdefault(name, entry) != entry:
                        name, count = f'<generated {cls.__qualname__}-{count}>', count + 1
                    space = {}
                    exec(compile(text, name, 'exec'), space)
                    cls.size = space['size']
                    cls.text = name
                    return cls
            """,
            "a.py": """
                from gen import generate

                @generate
                class K:
                    width = 1
            """,
        },
        ("import linecache; linecache.clearcache()", "import a", "k = a.K()"),
        (Edit({"a.py": sub("width = 1", "width = 2")}, same=("k.size()", "k.text")),),
    ),
    Scenario(
        "A star import of a module gives nothing that its package exports.",
        {
            "pkg/__init__.py": "from pkg.version import version\n\n__all__ = ['version']\n",
            "pkg/version.py": "version = 1\n",
            "pkg/cli.py": "from pkg.version import version\n\n__all__ = ['main']\n\nmain = 1\n",
            "pkg/old.py": "from pkg.cli import *\n",
        },
        ("import pkg.old",),
        (Edit({"pkg/version.py": sub("1", "2")}, same=("pkg.version",)),),
    ),
    Scenario(
        "A name that a module's `__getattr__` gives from now on is given to those who had imported it.",
        {
            "a.py": "version = '1'\n",
            "b.py": "from a import version as known\n",
        },
        ("import b",),
        (
            Edit(
                {
                    "a.py": """
                        def __getattr__(name):
                            if name == 'version':
                                return '2'
                            raise AttributeError(name)
                    """
                },
                same=("b.known",),
            ),
        ),
    ),
    Scenario(
        "What a statement sets on a function is set again when the function is made anew.",
        {
            "tools.py": """
                import functools

                def after(post):
                    @functools.wraps(post)
                    def decorate(f):
                        return lambda *args: post(f(*args))

                    return decorate
            """,
            "a.py": """
                from tools import after

                def total(values):
                    "Add."
                    return sum(values)

                totals = after(total)
                totals.__name__ = "totals"
                totals.__doc__ = "Add up what comes."
            """,
        },
        ("import a",),
        (
            Edit(
                {"tools.py": sub("    return decorate", "    decorate.post = post\n    return decorate")},
                same=("a.totals.__name__", "a.totals.__doc__"),
            ),
            Edit({"a.py": sub('"Add."', '"Sum."')}, same=("a.totals.__name__", "a.totals.__doc__")),
            Edit({"a.py": sub("Add up", "Sum up")}, same=("a.totals.__doc__",)),
        ),
    ),
    Scenario(
        "A decorator that adds to a docstring adds to what the definition says, and what it added goes with it.",
        {
            "docs.py": """
                def priced(function=None, *, unit="euros"):
                    if function is None:
                        return lambda f: priced(f, unit=unit)
                    if " In: " in function.__doc__:
                        raise ValueError(function.__doc__)
                    function.__doc__ += f" In: {unit}"
                    return function
            """,
            "a.py": """
                from docs import priced

                class Till:
                    @priced(unit="cents")
                    def total(self):
                        "The total."
                        return 1

                @priced
                def price():
                    "The price."
                    return 2

                def rate():
                    "The rate."
                    return 3
            """,
        },
        ("import a", "a.rate.__doc__ = 'Mine.'"),
        (
            Edit({"a.py": sub("class Till:", "class Till(dict):")}, same=("a.Till.total.__doc__",)),
            Edit({"docs.py": sub("In:", "In")}, same=("a.Till.total.__doc__", "a.price.__doc__")),
            Edit({"a.py": sub('"The price."', '"A price."')}, same=("a.price.__doc__",)),
            Edit({"a.py": sub("@priced\n", "")}, same=("a.price.__doc__",)),
            Edit({"a.py": sub("def rate():", "def rate(n=1):")}, same=("a.rate.__doc__",)),
            Edit({"a.py": add("\nprice.__doc__ += ' Net.'\n")}, same=("a.price.__doc__",)),
            Edit({"a.py": sub('"A price."', '"Its price."')}, same=("a.price.__doc__",)),
        ),
    ),
    Scenario(
        "What a decorator of somebody else's writes on a function that all classes share is of the last of them.",
        {
            "a.py": """
                from attrs import define

                @define
                class First:
                    x: int = 1

                @define
                class Last:
                    y: int = 1

                LABELS = [cls.__replace__.__qualname__ for cls in (First, Last) if hasattr(cls, "__replace__")]
            """
        },
        ("import a",),
        (
            Edit({"a.py": sub("x: int = 1", "x: int = 2")}, same=("a.LABELS", "a.First().x")),
            Edit({"a.py": sub("y: int = 1", "y: int = 2")}, same=("a.LABELS", "a.Last().y")),
        ),
    ),
    Scenario(
        "A wrapper that a package calls its own stays its own when it is made again.",
        {
            "kit/__init__.py": """
                from .tools import plain, opened

                for value in (plain, opened):
                    value.__module__ = __name__
            """,
            "kit/tools.py": """
                from contextlib import contextmanager

                def plain():
                    return 1

                @contextmanager
                def opened(size=1):
                    yield size
            """,
        },
        ("import kit", "from kit import opened"),
        (
            Edit(
                {"kit/tools.py": sub("size=1", "size=2")},
                same=("opened.__module__", "kit.plain.__module__", "opened().__enter__()"),
                holds=("opened is kit.opened is kit.tools.opened",),
            ),
        ),
    ),
    Scenario(
        "A class attribute that a constructor or a method made is made anew when what that runs is another.",
        {
            "w.py": """
                class Below:
                    def __init__(self):
                        self.size = 1

                    @classmethod
                    def make(cls):
                        return cls()

                class Other:
                    def __init__(self):
                        self.other = 1

                class Plain:
                    pass

                class Above(Below):
                    def __init__(self):
                        super().__init__()
                        self.kept = []

                class Swapped(Below):
                    pass

                class Lost(Below):
                    def __init__(self):
                        self.own = 1

                def made():
                    return Plain()

                class Same:
                    def __init__(self):
                        self.kept = []

                    def size(self):
                        return 1
            """,
            "a.py": """
                import w

                class Uses:
                    above = w.Above()
                    plain = w.Plain()
                    listed = [w.made()]
                    swapped = w.Swapped()
                    lost = w.Lost.make()
                    same = w.Same()
            """,
        },
        ("import a, w", "same = a.Uses.same", "same.kept.append(1)"),
        (
            Edit(
                {
                    "w.py": lambda text: (
                        text.replace("self.size = 1", "self.size = 2")
                        .replace("class Plain:\n    pass", "class Plain:\n    def __init__(self):\n        self.n = 1")
                        .replace("class Swapped(Below)", "class Swapped(Other)")
                        .replace("    def __init__(self):\n        self.own = 1", "    pass")
                        .replace("return 1", "return 2")
                    )
                },
                same=("vars(a.Uses.above)", "vars(a.Uses.plain)", "vars(a.Uses.listed[0])", "vars(a.Uses.lost)"),
                holds=("a.Uses.same is same", "same.kept == [1]", "a.Uses.swapped.other == 1"),
                differs=("a.Uses",),
            ),
        ),
    ),
    Scenario(
        "A class attribute that an operation, an item, a property or a method of an instance gave follows these.",
        {
            "w.py": """
                class Result:
                    def __init__(self):
                        self.size = 1

                class Maker:
                    def __add__(self, other):
                        return Result()

                    def __getitem__(self, key):
                        return Result()

                    @property
                    def result(self):
                        return Result()

                    def make(self):
                        return Result()

                maker = Maker()

                def added():
                    return maker + 1
            """,
            "a.py": """
                import w

                class Uses:
                    total = w.maker + 1
                    item = w.maker[1]
                    result = w.maker.result
                    made = w.maker.make()
                    added = w.added()
            """,
        },
        ("import a, w",),
        (Edit({"w.py": sub("self.size = 1", "self.size = 2")}),),
        recorded=True,
    ),
    Scenario(
        "What `functools.wraps` has copied of a function or class follows, and so does who asked for what has gone.",
        {
            "a.py": """
                import functools

                def likeness(of):
                    @functools.wraps(of)
                    def like(*args):
                        return of(*args)

                    return like

                class Like:
                    def __init__(self, of):
                        functools.update_wrapper(self, of)

                class K:
                    size = 1

                    def gone(self):
                        pass

                def f():
                    pass

                f.tag = 1
                f.gone = 1
                one = likeness(K)
                two = Like(K)
                three = likeness(f)
                four = functools.cache(three)
                listed = [likeness(f)]

                class Uses:
                    own = likeness(f)

                HAS = hasattr(f, "gone")
                GONE = getattr(f, "gone", None)
            """
        },
        ("import a", "one, three = a.one, a.three", "one.mine = 1"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("size = 1", "size = 2\n    more = 1")
                        .replace("    def gone(self):\n        pass\n", "")
                        .replace("f.tag = 1", "f.tag = 2")
                        .replace("f.gone = 1\n", "")
                    )
                },
                same=("a.four.tag", "a.listed[0].tag", "a.one.size", "vars(a.two)['more']"),
                holds=("a.one is one", "a.three is three", "one.mine == 1"),
                differs=("a.one", "a.two"),
            ),
        ),
    ),
    Scenario(
        "A special name by which a decorator has marked the bases of a class stays on them, and goes with its own.",
        {
            "a.py": """
                def mark(cls):
                    for base in cls.__mro__[:-1]:
                        base.__marked__ = True
                    return cls

                class Hooks:
                    def __init_subclass__(cls):
                        cls.__hooked__ = True

                class Base:
                    size = 1

                class Hooked(Hooks):
                    size = 1

                @mark
                class Above(Base):
                    pass
            """
        },
        ("import a", "Base = a.Base"),
        (
            Edit(
                {
                    "a.py": lambda text: text.replace("size = 1", "size = 2").replace("__hooked__", "__told__"),
                },
                holds=("a.Base is Base",),
            ),
            Edit({"a.py": sub("class Base:\n", "class Base:\n    __slots__ = ('one',)\n")}),
        ),
    ),
    Scenario(
        "Who asks a class for its docstring follows an object that gives it; who asks a likeness of it runs once.",
        {
            "e.py": """
                class Text:
                    def __init__(self, text):
                        self.text = text

                    def __get__(self, obj, owner=None):
                        return self.text

                class E:
                    'old'
                    __doc__ = Text(__doc__)
            """,
            "a.py": """
                import functools
                from e import E

                class Asks:
                    def __init__(self, of):
                        self.text = getattr(of, "__doc__", None)

                def likeness(of):
                    @functools.wraps(of)
                    def like():
                        pass

                    return like

                asks = Asks(E)
                like = likeness(E)
                again = Asks(like)
            """,
        },
        ("import a, e",),
        (
            Edit(
                {"e.py": sub("old", "new")},
                (
                    "run e:8 class E",
                    "run a:15 asks = Asks(E)",
                    "run a:16 like = likeness(E)",
                    "run a:17 again = Asks(like)",
                ),
                same=("a.asks.text", "a.like.__doc__", "a.again.text"),
                differs=("a.like",),  # which has an empty dictionary of annotations of its own
            ),
        ),
    ),
    Scenario(
        "A class is edited whatever its metaclass says of being equal and of hashing.",
        {
            "shop.py": """
                class Meta(type):
                    def __eq__(cls, other):
                        return cls.__name__ == getattr(other, "__name__", None)

                class Item(metaclass=Meta):
                    price = 1

                    def cost(self):
                        return self.price

                class Book(Item):
                    pages = 9

                item, book = Item(), Book()
                TOTAL = Item.price + book.pages
            """,
        },
        ("import shop", "kept = shop.Item, shop.Book, shop.item"),
        (
            Edit(
                {"shop.py": sub("price = 1", "price = 2")},
                same=("shop.TOTAL, shop.item.cost(), shop.book.cost()",),
                holds=("kept[0] is shop.Item and kept[1] is shop.Book and kept[2] is shop.item",),
            ),
            Edit(
                {"shop.py": sub("return self.price", "return -self.price")},
                same=("shop.item.cost(), shop.book.cost()",),
                holds=("kept[0] is shop.Item and kept[2] is shop.item",),
            ),
            Edit(
                {
                    "shop.py": sub(
                        "class Item(metaclass=Meta):", "class Item(metaclass=Meta):\n    __slots__ = ('a',)\n"
                    )
                },
                same=("shop.Item.__slots__, type(shop.item) is shop.Item, type(shop.book) is shop.Book",),
            ),
            Edit(
                {"shop.py": sub("\n    __slots__ = ('a',)\n", "")},
                same=("hasattr(shop.Item, '__slots__'), type(shop.item) is shop.Item, shop.item.cost()",),
            ),
        ),
    ),
    Scenario(
        "What is assigned to the class of an object by way of the object is the class's, and goes with its statement.",
        {
            "core.py": """
                class Box:
                    size = 0
                    depth = 0

                box = Box()
            """,
            "a.py": """
                from core import box

                type(box).size = 1
                box.__class__.depth = 2
                setattr(type(box), "name", "one")
                FOUND = box.size, box.depth, getattr(box, "name", "")
            """,
        },
        ("import core, a", "box = core.box"),
        (
            Edit(
                {"a.py": lambda text: text.replace("size = 1", "size = 5").replace("= 2", "= 6").replace("one", "two")},
                same=("a.FOUND", "core.Box.size, core.Box.depth"),
                holds=("box is core.box",),
            ),
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace("type(box).size = 5\n", "")
                        .replace("box.__class__.depth = 6\n", "")
                        .replace('setattr(type(box), "name", "two")\n', "")
                    )
                },
                same=("a.FOUND", "core.Box.size, core.Box.depth, hasattr(core.Box, 'name')"),
                holds=("box is core.box",),
            ),
        ),
    ),
    Scenario(
        "What `setattr`, `vars` and `__dict__` give an object goes like what is assigned, in loops as well.",
        {
            "core.py": "class Opts:\n    pass\n\nopts = Opts()\n",
            "a.py": """
                import core
                from core import opts

                setattr(opts, "x", 1)
                setattr(core, "DEBUG", True)
                vars(opts)["y"] = 2
                opts.__dict__["z"] = 3
                for name, value in {"a": 1, "b": 2}.items():
                    setattr(opts, name, value)
                FOUND = sorted(vars(opts))
            """,
        },
        ("import core, a", "opts = core.opts"),
        (
            Edit(
                {
                    "a.py": lambda text: (
                        text.replace('"x"', '"u"')
                        .replace('"DEBUG"', '"TRACE"')
                        .replace('"y"', '"v"')
                        .replace('"z"', '"w"')
                    )
                },
                same=("sorted(vars(core.opts)), a.FOUND", "hasattr(core, 'DEBUG')"),
                holds=("opts is core.opts",),
            ),
            Edit(
                {"a.py": lambda text: text.replace('setattr(opts, "u", 1)\n', "").replace(', "b": 2', "")},
                same=("sorted(vars(core.opts)), a.FOUND",),
                holds=("opts is core.opts",),
            ),
        ),
    ),
    Scenario(
        "What no method of a class sets any more goes from an instance that holds one of its own methods.",
        {
            "a.py": """
                class Part:
                    def __init__(self):
                        self.may_be_empty = False

                class Word(Part):
                    def __init__(self, text):
                        super().__init__()
                        self.text = text
                        self.find = self.find_all

                    def find_all(self, place, more=True):
                        return place, more

                    def then(self, action):
                        self.actions = [action]
                        return self
            """,
            "b.py": "from a import Word\n\nclass Words:\n    one = Word('a').then(len)\n",
        },
        ("import a, b",),
        (
            Edit(
                {
                    "a.py": lambda text: text.replace("class Part:", "from abc import ABC\n\nclass Part(ABC):").replace(
                        "self.may_be_empty =", "self._empty ="
                    )
                },
                same=("sorted(vars(b.Words.one))", "b.Words.one.find(1)"),
            ),
            Edit({"a.py": sub("self.text", "self.word")}, same=("sorted(vars(b.Words.one))", "b.Words.one.find(1)")),
        ),
    ),
    Scenario(
        "An object that opens itself when it is asked for anything is asked for nothing.",
        {
            "a.py": """
                class Log:
                    asked = None

                class Closed:
                    def __init__(self):
                        self.number = 1

                    def __getattr__(self, name):
                        Log.asked = name
                        raise AttributeError(name)
            """,
            "b.py": """
                from a import Closed

                shop = Closed()
                SHOPS = [Closed()]

                class Street:
                    shop = Closed()
            """,
        },
        ("import a, b",),
        (
            Edit(
                {"a.py": sub("self.number = 1", "self.number = 2")},
                same=("vars(b.shop), vars(b.SHOPS[0]), vars(b.Street.shop), a.Log.asked",),
            ),
            Edit({"b.py": sub("shop = Closed()\nSHOPS", "shop = Closed() or 1\nSHOPS")}, same=("a.Log.asked",)),
            Edit({"b.py": sub("class Street:", "class Street:\n    kind = 1")}, same=("a.Log.asked",)),
        ),
    ),
    Scenario(
        "What a decorator of a library has set on a class goes with it.",
        {
            "m.py": """
                from typing import Protocol, runtime_checkable

                @runtime_checkable
                class Can(Protocol):
                    def go(self): ...

                class Car:
                    def go(self): return 1
            """
        },
        ("import m", "m.Can.mine = 1"),
        (
            Edit(
                {"m.py": lambda text: text.replace("@runtime_checkable\n", "").replace(", runtime_checkable", "")},
                same=("getattr(m.Can, '_is_runtime_protocol', False)",),
                holds=("m.Can.mine == 1",),
            ),
        ),
    ),
)
