"""Kinds of classes of which somebody else writes a part: dataclasses, named tuples, frameworks."""

from __future__ import annotations

import collections
import contextlib
import copy
import ctypes
import gc
import inspect
import pickle
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from patching_lab import Lab

from autoreload_hooks.patching.hashing import hash_again
from autoreload_hooks.patching.table import KINDS, kinds_page

DC = "from dataclasses import dataclass, field\n"
PD = "from pydantic import BaseModel, field_validator, computed_field, Field\n"


def test_page_of_kinds_is_current() -> None:
    """`docs/kinds.md` is what the table makes of it."""
    page = Path(__file__).parent.parent / "docs" / "kinds.md"
    assert page.read_text(encoding="utf-8") == kinds_page()


def test_kinds_are_documented() -> None:
    """Every kind says what survives, how, and what cannot follow."""
    for kind in KINDS:
        assert all((kind.name, kind.survives, kind.how, kind.refused))
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_table_can_be_printed() -> None:
    """The page can be made from the command line."""
    run = subprocess.run(
        [sys.executable, "-m", "autoreload_hooks.patching"], capture_output=True, text=True, check=True
    )
    assert run.stdout == kinds_page()


# ---- dataclasses


def test_dataclass_method() -> None:
    """A dataclass whose fields did not change keeps everything."""
    lab = Lab(DC + "@dataclass(frozen=True)\nclass P:\n    x: int = 1\n    def f(self): return self.x\n")
    cls, p = lab.P, lab.P(5)
    held, init = {p: "kept"}, lab.P.__init__
    lab.sub("return self.x", "return self.x * 10")
    assert (lab.P is cls, p.f(), held[lab.P(5)], lab.P.__init__ is init) == (True, 50, "kept", True)


def test_dataclass_fields() -> None:
    """Fields come and go; old instances have the defaults of new ones, also those of a factory."""
    lab = Lab(DC + "@dataclass\nclass P:\n    x: int\n    z: int = 0\n@dataclass\nclass Sub(P): pass\n")
    p, sub = lab.P(5), lab.Sub(6)
    lab.sub("    z: int = 0\n", "    y: int = 7\n    tags: list = field(default_factory=lambda: ['a'])\n")
    assert (repr(lab.P(1)), repr(p)) == ("P(x=1, y=7, tags=['a'])", "P(x=5, y=7, tags=['a'])")
    assert (p.tags is not lab.P(1).tags, sub.tags, p == lab.P(5)) == (True, ["a"], True)
    assert str(inspect.signature(lab.P)).startswith("(x: int, y: int = 7, tags: list = ")
    assert isinstance(p, lab.P)


def test_dataclass_defaults_do_not_change_old_instances() -> None:
    """Another default is for new instances only."""
    lab = Lab(DC + "@dataclass\nclass P:\n    x: int = 1\n    tags: list = field(default_factory=lambda: ['a'])\n")
    p = lab.P()
    lab.sub("x: int = 1", "x: int = 2", "['a']", "['b']")
    assert (lab.P(), p.x, p.tags) == (lab.P(2, ["b"]), 1, ["a"])


def test_plain_class_becomes_dataclass() -> None:
    """A plain class may become a dataclass and back, frozen too."""
    source = "class P:\n    def __init__(self, x): self.x = x\n"
    lab = Lab(DC + source)
    p = lab.P(5)
    lab.edit(DC + "@dataclass(frozen=True)\nclass P:\n    x: int\n    y: list = field(default_factory=list)\n")
    assert (p == lab.P(5), repr(p)) == (True, "P(x=5, y=[])")
    lab.edit(DC + source, made_names={"x", "y"})
    assert (p.x, p == lab.P(5), repr(p).startswith("<lab.P object"), hasattr(lab.P, "__dataclass_fields__")) == (
        5,
        False,
        True,
        False,
    )


@pytest.mark.parametrize("base", ["", "(Base)"])
def test_dataclass_with_slots(base: str) -> None:
    """With `slots=True` the class survives as long as the slots are the same; both classes that are made vanish."""
    lab = Lab(
        DC + "class Base:\n    __slots__ = ()\n    all = []\n"
        "    def __init_subclass__(cls): Base.all.append(cls)\n    def f(self): return 0\n"
        f"@dataclass(slots=True)\nclass P{base}:\n    x: int = 1\n    def f(self): return 'old'\n"
    )
    cls, p, count = lab.P, lab.P(5), len(lab.Base.all)
    lab.sub("'old'", "'new', __class__", units=lambda text: "class Base" not in text)
    assert (lab.P is cls, p.f(), lab.P().f(), p == lab.P(5)) == (True, ("new", cls), ("new", cls), True)
    gc.collect()
    assert len(lab.Base.all) <= count
    assert [each for each in lab.Base.__subclasses__() if each is not cls] == [
        each for each in lab.Base.all if each is not cls
    ]


def test_dataclass_with_other_slots() -> None:
    """With other slots the new class survives; an old instance keeps its values and runs the new methods."""
    lab = Lab(DC + "@dataclass(slots=True)\nclass P:\n    x: int = 1\n    def f(self): return 'old'\n")
    p = lab.P(5)
    lab.sub("x: int = 1", "x: int = 1\n    y: int = 2", "'old'", "'new'")
    assert (repr(lab.P()), p.x, p.f(), repr(p)) == ("P(x=1, y=2)", 5, "new", "P(x=5)")
    assert "instances-stay" in [slug for slug, _, _ in lab.notes]


# ---- typing


def test_named_tuple() -> None:
    """A named tuple survives; old instances read the defaults of new fields, and show them."""
    lab = Lab("from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    def f(self): return 1\n")
    cls, p = lab.P, lab.P(5)
    lab.sub("x: int", "x: int\n    y: int = 7", "return 1", "return self.y")
    assert (lab.P is cls, p.y, p.f(), repr(p), repr(lab.P(1)), lab.P(1)) == (
        True,
        7,
        7,
        "P(x=5, y=7)",
        "P(x=1, y=7)",
        (1, 7),
    )
    assert (lab.P._fields, lab.P(1)._replace(y=3), lab.P._make([1, 2]).y, p[0]) == (("x", "y"), (1, 3), 2, 5)
    lab.sub("    x: int\n", "")
    assert [slug for slug, _, _ in lab.notes] == ["fields-by-position"]


def test_namedtuple_function() -> None:
    """A class made by `collections.namedtuple` survives when its fields are edited."""
    lab = Lab("from collections import namedtuple\nP = namedtuple('P', 'x y')\n")
    cls = lab.P
    lab.sub("'x y'", "'x y z', defaults=[3]")
    assert (lab.P is cls, lab.P(1, 2), lab.P(1, 2).z) == (True, (1, 2, 3), 3)


def test_typed_dict() -> None:
    """A TypedDict survives with its new keys."""
    lab = Lab("from typing import TypedDict, NotRequired\nclass T(TypedDict):\n    a: int\n    b: NotRequired[int]\n")
    cls = lab.T
    lab.sub("a: int", "a: str\n    c: float", "b: NotRequired[int]", "b: int")
    assert lab.T is cls
    assert (sorted(cls.__required_keys__), sorted(cls.__optional_keys__)) == (["a", "b", "c"], [])
    assert typing.get_type_hints(cls) == {"a": str, "b": int, "c": float}


def test_protocol() -> None:
    """`isinstance` of a runtime protocol asks for the new members."""
    lab = Lab(
        "from typing import Protocol, runtime_checkable\n@runtime_checkable\nclass P(Protocol):\n    def f(self): ...\n"
        "class A:\n    def f(self): ...\nclass B:\n    def g(self): ...\n"
    )
    cls = lab.P
    assert (isinstance(lab.A(), cls), isinstance(lab.B(), cls)) == (True, False)
    lab.sub("class P(Protocol):\n    def f", "class P(Protocol):\n    def g")
    assert lab.P is cls
    assert (isinstance(lab.A(), cls), isinstance(lab.B(), cls)) == (False, True)


def test_generic() -> None:
    """Aliases of a generic class go on working."""
    lab = Lab(
        "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n"
        "    def __init__(self, v: T): self.v = v\n    def get(self) -> T: return self.v\n"
    )
    alias = lab.Box[int]
    box = alias(2)
    lab.sub("return self.v", "return [self.v]")
    assert (box.get(), alias(3).get(), isinstance(box, lab.Box), lab.Box[int] == alias) == ([2], [3], True, True)


def test_exception() -> None:
    """Exceptions survive, also with another builtin base of the same shape."""
    lab = Lab("class E(Exception):\n    def __str__(self): return 'old'\n")
    cls, error = lab.E, lab.E(1)
    lab.sub("'old'", "'new'", "E(Exception)", "E(ValueError)")
    assert (lab.E is cls, str(error), isinstance(error, ValueError)) == (True, "new", True)
    with pytest.raises(lab.E):
        raise error


def test_copies_and_pickles() -> None:
    """Old instances can be copied and pickled."""
    lab = Lab(DC + "@dataclass(slots=True)\nclass P:\n    x: int = 1\n    def f(self): return 1\n")
    p = lab.P(3)
    lab.sub("return 1", "return 2")
    assert (copy.deepcopy(p), pickle.loads(pickle.dumps(p)), type(copy.copy(p)) is lab.P) == (p, p, True)


# ---- ctypes


def test_structure() -> None:
    """A structure with the same fields survives; with others the new one does, and old ones keep their memory."""
    lab = Lab(
        "import ctypes\nclass S(ctypes.Structure):\n    _fields_ = [('x', ctypes.c_int)]\n"
        "    def f(self): return 'old'\n"
    )
    cls, s = lab.S, lab.S(5)
    lab.sub("'old'", "'new'")
    assert (lab.S is cls, s.f(), lab.S(7).x) == (True, "new", 7)
    lab.sub("ctypes.c_int)", "ctypes.c_int), ('y', ctypes.c_int * 9)")
    assert (lab.S is cls, type(s) is cls, ctypes.sizeof(s), s.x) == (False, True, ctypes.sizeof(ctypes.c_int), 5)
    assert lab.S(1).y[8] == 0


# ---- other people's


def test_attrs() -> None:
    """An attrs class survives with the same slots, without slots whatever its fields are."""
    pytest.importorskip("attrs")
    lab = Lab(
        "import attrs\n@attrs.define\nclass P:\n    x: int = 1\n    def f(self): return 'old', __class__\n"
        "@attrs.define(slots=False)\nclass Q:\n    x: int = attrs.field(default=1, converter=lambda v: v)\n"
    )
    cls, p, q = lab.P, lab.P(5), lab.Q(5)
    lab.sub(
        "'old'", "'new'", "lambda v: v)", "lambda v: v * 10)\n    y: int = 2\n    z: list = attrs.Factory(list)\n"
        "    w: int = attrs.Factory(lambda self: self.x, takes_self=True)\n"
    )  # fmt: skip
    assert (lab.P is cls, p.f(), p == lab.P(5), lab.P(3).x) == (True, ("new", cls), True, 3)
    assert (q.x, lab.Q(3).x, repr(q)) == (5, 30, "Q(x=5, y=2, z=[], w=5)")
    lab.sub("x: int = 1\n    def", "x: int = 1\n    y: int = 2\n    def")
    assert (repr(lab.P(3)), p.x, lab.P is cls) == ("P(x=3, y=2)", 5, False)


class Hashed:
    """A key whose hash and equality the test decides."""

    def __init__(self, number: int) -> None:
        self.number, self.fails = number, False

    def __hash__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        if self.fails:
            raise ValueError("not now")
        return isinstance(other, Hashed) and self.number == other.number


@pytest.mark.parametrize("kind", [dict, collections.OrderedDict, set])
def test_keys_are_put_in_again_unless_one_would_be_lost(kind: Callable[..., Any]) -> None:
    """Containers whose keys raise, or have become one, stay as they are."""
    one, two = Hashed(1), Hashed(2)
    holder = kind([(one, "one"), (two, "two")]) if kind is not set else {one, two}
    if kind is collections.OrderedDict:
        holder.move_to_end(one)
    order = [*holder]
    one.number = 3
    hash_again([Hashed])
    assert one in holder
    assert kind is set or [*holder] == order

    one.number = two.number
    hash_again([Hashed])
    assert len(holder) == 2
    one.fails = two.fails = True
    hash_again([Hashed])
    assert len(holder) == 2


def test_pydantic_fields() -> None:
    """A model survives with its new fields, and old instances have their defaults."""
    pytest.importorskip("pydantic")
    lab = Lab(PD + "class U(BaseModel):\n    n: int\nclass G(BaseModel):\n    u: list[U] = []\n")
    cls, u, g = lab.U, lab.U(n=5), lab.G
    lab.add("", units=lambda text: False)
    lab.sub("    n: int\n", "    n: int\n    name: str = 'x'\n", units=lambda text: "class G" not in text)
    assert (lab.U is cls, lab.U(n=1).model_dump(), u.name) == (True, {"n": 1, "name": "x"}, "x")
    with pytest.raises(ValueError):
        lab.U(n=1, name=5)
    assert g(u=[{"n": 1}]).model_dump() == {"u": [{"n": 1, "name": "x"}]}
    assert g(u=[u]).u[0] is u


def test_pydantic_private_attributes() -> None:
    """Old instances get the defaults of private attributes that come."""
    pytest.importorskip("pydantic")
    source = "from pydantic import BaseModel, PrivateAttr\nclass A(BaseModel):\n    x: int = 1\n"
    lab = Lab(source)
    a = lab.A()
    lab.edit(source + "    _p: int = 7\n    _q: list = PrivateAttr(default_factory=list)\n")
    assert (a._p, a._q, a == lab.A()) == (7, [], True)


def test_pydantic_enumeration() -> None:
    """A model that has an enumeration in a field knows its new members, also where it shows them."""
    pytest.importorskip("pydantic")
    source = "import enum\nfrom pydantic import BaseModel\nclass E(enum.Enum):\n    X = 'x'\n"
    lab = Lab(source + "class A(BaseModel):\n    e: E = E.X\n")
    lab.sub("X = 'x'\n", "X = 'x'\n    Y = 'y'\n", units=lambda text: "class E" in text)
    assert lab.A.model_json_schema()["$defs"]["E"]["enum"] == ["x", "y"]


def test_pydantic_generics() -> None:
    """What a generic model is parametrised to follows, under its name, in fields, as a base and in the cache."""
    pytest.importorskip("pydantic")
    lab = Lab(
        PD + "from typing import Generic, TypeVar\nT = TypeVar('T')\n"
        "class Page(BaseModel, Generic[T]):\n    items: list[T] = []\nInts = Page[int]\n"
        "class R(BaseModel):\n    page: Page[int]\n"
    )
    ints, response = lab.Ints, lab.R
    page = ints(items=["1"])
    lab.sub("items: list[T] = []", "items: list[T] = []\n    number: int = 1", units=lambda text: "class Page" in text)
    assert lab.Page[int] is ints
    assert (ints().number, page.number, page.items, response(page={}).page.number) == (1, 1, [1], 1)


def test_pydantic_methods() -> None:
    """Validators and computed fields follow, and validated instances are of the class that survived."""
    pytest.importorskip("pydantic")
    lab = Lab(
        PD + "class U(BaseModel):\n    n: int = 2\n"
        "    @field_validator('n')\n    @classmethod\n    def check(cls, v): return cls, v\n"
        "    @computed_field\n    @property\n    def twice(self) -> int: return 2\n"
    )
    cls, u = lab.U, lab.U()
    lab.sub("return cls, v", "return [cls, v]", "return 2", "return 20")
    assert lab.notes == []
    assert (lab.U is cls, u.twice, lab.U(n=1).n, type(lab.U.model_validate({})) is cls) == (True, 20, [cls, 1], True)


def test_pydantic_type_adapter() -> None:
    """A type adapter that was made before validates by the new fields."""
    pydantic = pytest.importorskip("pydantic")
    lab = Lab(PD + "class U(BaseModel):\n    n: int\n")
    adapter = pydantic.TypeAdapter(list[lab.U])
    lab.sub("n: int", "n: int\n    m: int = 3")
    assert adapter.validate_python([{"n": 1}])[0].model_dump() == {"n": 1, "m": 3}


def test_pydantic_undo() -> None:
    """Undoing gives a model its fields back, and the models that use it."""
    pytest.importorskip("pydantic")
    lab = Lab(PD + "class U(BaseModel):\n    n: int\nclass G(BaseModel):\n    u: U\n")
    u = lab.U(n=1)
    lab.sub("n: int", "n: str\n    m: int = 3", units=lambda text: "class G" not in text, commit=False)
    lab.rollback()
    assert (lab.U(n=1) == u, lab.G(u={"n": 2}).model_dump(), hasattr(u, "m")) == (True, {"u": {"n": 2}}, False)


MODELS = {
    "function": "Base = declarative_base()\n",
    "class": "class Base(DeclarativeBase): pass\n",
}
TABLES = """
class User(Base):
    __tablename__ = 'u'
    id = Column(Integer, primary_key=True)
    items = relationship('Item', back_populates='user')
class Item(Base):
    __tablename__ = 'i'
    id = Column(Integer, primary_key=True)
    text = Column(String(5), default=lambda: 'old')
    user_id = Column(ForeignKey('u.id'))
    user = relationship('User', back_populates='items')
    def f(self): return 1
"""


def only_item(text: str) -> bool:
    """The unit that the tests of SQLAlchemy edit."""
    return text.startswith("class Item")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("base", MODELS)
@pytest.mark.parametrize("configured", [True, False])
def test_mapped_class_gains_a_column(base: str, configured: bool) -> None:
    """A mapped class stays, in its relationships too, with the columns and methods that are added."""
    pytest.importorskip("sqlalchemy")
    lab = Lab("from sqlalchemy import *\nfrom sqlalchemy.orm import *\n" + MODELS[base] + TABLES)
    cls = lab.Item
    user = lab.User(items=[lab.Item()]) if configured else None
    lab.sub(
        "    user_id", "    name = Column(String)\n    next_id = Column(ForeignKey('i.id'))\n    user_id",
        "return 1", "return self.name",
        "'old'", "'new'", "String(5)", "String(9)", units=only_item,
    )  # fmt: skip
    assert (lab.Item is cls, lab.notes) == (True, [])
    assert [each.name for each in cls.__table__.columns if each.name == "name"] == ["name"]
    if configured:
        assert user.items[0].name is None
        assert lab.User(items=[lab.Item(name="b")]).items[0].f() == "b"
    with save(lab, lab.Item(name="c")) as session:
        found = session.query(lab.Item).filter(lab.Item.name == "c").one()
        assert (found.f(), found.text, cls.__table__.c.text.type.length) == ("c", "new", 9)


@contextlib.contextmanager
def save(lab: Lab, obj: object) -> Iterator[Any]:
    """Store an object in a new database, and give a session."""
    engine = lab.create_engine("sqlite://")
    lab.Base.metadata.create_all(engine)
    with lab.Session(engine) as session:
        session.add(obj)
        session.commit()
        yield session
    engine.dispose()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("base", MODELS)
@pytest.mark.parametrize("configured", [True, False])
@pytest.mark.parametrize("column", ["x = Column(Integer)", "x = Column(ForeignKey('i.id'), index=True)"])
def test_mapped_class_loses_a_column(base: str, configured: bool, column: str) -> None:
    """With a column less it is the same class, which knows no more of it, and undoing gives it back at its place."""
    pytest.importorskip("sqlalchemy")
    tables = f"""
class Item(Base):
    __tablename__ = 'i'
    id = Column(Integer, primary_key=True)
    {column}
    name = Column(String)
"""
    lab = Lab("from sqlalchemy import *\nfrom sqlalchemy.orm import *\n" + MODELS[base] + tables)
    cls = lab.Item
    assert not configured or cls().x is None
    lab.sub(f"    {column}\n", "", units=only_item, commit=False)
    assert (lab.Item is cls, lab.notes, cls.__table__.c.keys()) == (True, [], ["id", "name"])
    assert not cls.__table__.indexes
    with pytest.raises(TypeError, match="'x' is an invalid"):
        cls(x=3)
    with save(lab, cls(id=3)) as session:
        assert session.query(cls).one().id == 3
    lab.rollback()
    assert (cls.__table__.c.keys(), len(cls.__table__.indexes)) == (["id", "x", "name"], int("index" in column))
    with save(lab, cls(id=3, x=3)) as session:
        assert session.query(cls).one().x == 3


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("base", MODELS)
@pytest.mark.parametrize("configured", [True, False])
def test_mapped_class_has_another_key(base: str, configured: bool) -> None:
    """With another primary key the new class takes the place of the old one, and undoing gives that back."""
    pytest.importorskip("sqlalchemy")
    tables = "class Item(Base):\n    __tablename__ = 'i'\n    id = Column(Integer, primary_key=True)\n"
    lab = Lab("from sqlalchemy import *\nfrom sqlalchemy.orm import *\n" + MODELS[base] + tables)
    old = lab.Item
    assert not configured or old().id is None
    lab.sub("    id =", "    key =", units=only_item, commit=False)
    assert any(one is old and other is lab.Item for one, other in lab.patcher.replaced)
    assert lab.Base.metadata.tables["i"] is lab.Item.__table__
    with save(lab, lab.Item(key=3)) as session:
        assert session.query(lab.Item).one().key == 3
    lab.rollback()
    assert lab.Base.metadata.tables["i"] is old.__table__
    with save(lab, lab.Item(id=3)) as session:
        assert session.query(lab.Item).one().id == 3


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("base", MODELS)
@pytest.mark.parametrize(
    "edit",
    [
        ("back_populates='items')", "back_populates='items', lazy='joined')"),
        ("back_populates='items')", "back_populates='items', cascade='all')"),
        ("Column(ForeignKey('u.id'))", "Column(ForeignKey('u.id', ondelete='CASCADE'))"),
        ("String(5)", "String(5), index=True"),
    ],
)
def test_mapped_class_has_another_relationship_or_key(base: str, edit: tuple[str, str]) -> None:
    """What is mapped in another way is exchanged in the class that is there, and both sides of a relationship agree."""
    pytest.importorskip("sqlalchemy")
    lab = Lab("from sqlalchemy import *\nfrom sqlalchemy.orm import *\n" + MODELS[base] + TABLES)
    cls, user = lab.Item, lab.User(items=[lab.Item()])
    order = cls.__table__.c.keys()
    lab.sub(*edit, units=only_item, commit=False)
    assert (lab.Item is cls, lab.notes, cls.__table__.c.keys()) == (True, [], order)
    user.items.append(item := cls())
    assert item.user is user
    with save(lab, user) as session:
        assert [each.user for each in session.query(cls)] == [user, user]
    lab.rollback()
    other = lab.User()
    assert lab.Item(user=other) in other.items
    with save(lab, other) as session:
        assert session.query(cls).one().user is other


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("base", MODELS)
@pytest.mark.parametrize(
    ("edit", "stays"),
    [
        (("a = Column", "c = Column(Integer)\n    a = Column"), True),
        (("synonym('a')", "synonym('b')"), True),
        (("a + '-'", "a + '+'"), False),
    ],
)
def test_mapped_class_with_an_expression(base: str, edit: tuple[str, str], stays: bool) -> None:
    """A class with an expression stays as long as that is the same; synonyms are exchanged."""
    pytest.importorskip("sqlalchemy")
    tables = """
class Item(Base):
    __tablename__ = 'i'
    id = Column(Integer, primary_key=True)
    a = Column(String)
    b = Column(String)
    both = column_property(a + '-' + b)
    other = synonym('a')
"""
    lab = Lab("from sqlalchemy import *\nfrom sqlalchemy.orm import *\n" + MODELS[base] + tables)
    cls = lab.Item
    assert cls(other="x").a == "x"
    lab.sub(*edit, units=only_item)
    assert (lab.Item is cls, lab.notes) == (stays, [])
    with save(lab, lab.Item(a="a", b="b")) as session:
        one = session.query(lab.Item).one()
        assert (one.both, one.other) == ("a+b" if "+'" in edit[1] else "a-b", "b" if "'b'" in edit[1] else "a")


def test_what_returns_is_what_went() -> None:
    """A method or member that was taken out of a class, and comes back, is the one that somebody held meanwhile."""
    lab = Lab("import enum\nclass A:\n    def f(self): return 1\nclass E(enum.Enum):\n    A = 1\n    B = 2\n")
    method, member = lab.A().f, lab.E.B
    lab.sub("    def f(self): return 1\n", "    pass\n", "    B = 2\n", "")
    assert not hasattr(lab.A, "f")
    assert list(lab.E) == [lab.E.A]
    lab.sub("    pass\n", "    def f(self): return 3\n", "    A = 1\n", "    A = 1\n    B = 2\n")
    assert (method(), lab.E.B is member, lab.E(2) is member) == (3, True, True)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("base", MODELS)
def test_mapped_class_undo(base: str) -> None:
    """Undoing takes an added column away again."""
    pytest.importorskip("sqlalchemy")
    lab = Lab("from sqlalchemy import *\nfrom sqlalchemy.orm import *\n" + MODELS[base] + TABLES)
    user = lab.User(items=[lab.Item()])
    lab.sub(
        "    user_id", "    name = Column(String)\n    user_id", "return 1", "return 2", units=only_item, commit=False
    )
    assert user.items[0].f() == 2
    lab.rollback()
    assert ("name" in lab.Item.__table__.c, hasattr(lab.Item, "name"), user.items[0].f()) == (False, False, 1)
    with save(lab, lab.Item()) as session:
        assert session.query(lab.Item).one().text == "old"
    lab.sub("    user_id", "    name = Column(String)\n    user_id", units=only_item)
    with save(lab, lab.Item(name="x")) as session:
        assert session.query(lab.Item).one().name == "x"


def test_numpy_and_pandas_values() -> None:
    """Values of numpy and pandas in a class are no obstacle, and equal arrays stay."""
    pytest.importorskip("pandas")
    lab = Lab(
        "import numpy as np, pandas as pd\nclass A:\n    w = np.arange(3)\n    d = pd.DataFrame({'a': [1]})\n"
        "    t = (w, 1)\n    def f(self, x=w): return 1\n"
    )
    a, w = lab.A(), lab.A.w
    lab.sub("return 1", "return 2")
    assert (a.f(), lab.A.w is w, lab.notes) == (2, True, [])
