"""Classes: the old one becomes its new version."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest
from patching_lab import Lab

from autoreload_hooks.compat import OBJECT_BASES_ASSIGNABLE

A = """
class A:
    "Old."
    K = 1
    def __init__(self, n=0): self.n = n
    def f(self): return 1
    def g(self): return self.f()
"""


def test_class_and_methods_stay() -> None:
    """A class and its methods keep their identity, and everybody who holds them sees the new version."""
    lab = Lab(A)
    cls, a, f, g = lab.A, lab.A(5), lab.A.f, lab.A(5).g
    lab.sub("return 1", "return 2", "K = 1", "K = 7", '"Old."', '"New."')
    assert lab.A is cls
    assert lab.A.f is f
    assert (a.f(), f(a), g(), a.K, cls.__doc__) == (2, 2, 2, 7, "New.")


def test_members_come_and_go() -> None:
    """Methods and attributes are added and removed as in the source."""
    lab = Lab(A)
    a = lab.A(5)
    lab.sub(
        "def f(self): return 1", "def h(self): return self.n", "K = 1", "L = 3", "return self.f()", "return self.h()"
    )
    assert (a.h(), a.g(), a.L) == (5, 5, 3)
    assert not hasattr(a, "f")
    assert not hasattr(a, "K")


def test_class_without_change_is_left_alone() -> None:
    """A class that runs again without a change is not touched."""
    lab = Lab(A)
    lab.edit(A)
    assert lab.patcher.changed == set()
    assert lab.tx.changes == []


def test_undo_restores_the_class() -> None:
    """Undoing gives the class, its methods and its bases back."""
    lab = Lab("class B: x = 1\nclass C: x = 2\n" + A.replace("class A", "class A(B)"))
    before = dict(lab.A.__dict__)
    code = lab.A.f.__code__
    lab.sub("class A(B)", "class A(C)", "return 1", "return super().x", "K = 1", "L: int = 2", commit=False)
    lab.rollback()
    skipped = {"__annotations__", "__annotations_cache__"}
    assert {k: v for k, v in lab.A.__dict__.items() if k not in skipped} == before
    assert lab.A.f.__code__ is code
    assert lab.A.__bases__ == (lab.B,)
    assert lab.A().f() == 1


def test_super_means_the_old_class() -> None:
    """`super()` in new and in changed methods means the class that survived."""
    lab = Lab(
        "class B:\n    def f(self): return 'b'\nclass A(B):\n    def f(self): return 'a'\n    def g(self): return 1\n"
    )
    a = lab.A()
    lab.sub(
        "return 'a'", "return super().f() + __class__.__name__", "return 1", "return [super(A, self).f() for _ in 'x']"
    )
    assert (a.f(), lab.A().f(), a.g()) == ("bA", "bA", ["b"])


def test_new_method_with_super() -> None:
    """A method that was added may use `super()`, also inside a decorator's wrapper."""
    lab = Lab(
        "def deco(f):\n    def w(*a): return f(*a)\n    return w\n"
        "class B:\n    def f(self): return 'b'\nclass A(B):\n    pass\n"
    )
    a = lab.A()
    lab.sub(
        "    pass",
        "    @deco\n    def f(self): return super().f() + 'a'\n    @property\n    def p(self): return super().f()",
    )
    assert (a.f(), a.p, lab.A().f()) == ("ba", "b", "ba")


@pytest.mark.parametrize(
    ("old", "new", "read", "value"),
    [
        ("def f(self): return 1", "@property\n    def f(self): return 1", lambda a: a.f, 1),
        ("def f(self): return 1", "f = 7", lambda a: a.f, 7),
        ("def f(self): return 1", "@classmethod\n    def f(cls): return cls.K", lambda a: (a.f(), type(a).f()), (1, 1)),
        ("def f(self): return 1", "@staticmethod\n    def f(): return 8", lambda a: a.f(), 8),
        ("K = 1", "class K: x = 4", lambda a: a.K.x, 4),
    ],
    ids=["property", "attribute", "classmethod", "staticmethod", "class"],
)
def test_member_of_another_kind(old: str, new: str, read: Callable[[Any], Any], value: Any) -> None:
    """A member may become one of another kind, and back."""
    lab = Lab(A)
    a = lab.A()
    lab.sub(old, new)
    assert (read(a), read(lab.A())) == (value, value)
    lab.edit(A)
    assert (a.f(), a.K) == (1, 1)


def test_state_of_the_class_stays() -> None:
    """What others set on a class stays; so does a value of the body whose source and inputs are unchanged."""
    lab = Lab("class A:\n    all = []\n    K = 1\n    def f(self): return 1\n")
    lab.A.all.append("x")
    lab.A._cache = {1: 2}
    lab.A.patched = lambda self: "mine"
    lab.sub("return 1", "return 2", keep=lambda cls, name, new: name == "all", made_names={"all", "K", "f"})
    assert (lab.A.all, lab.A._cache, lab.A().patched(), lab.A().f()) == (["x"], {1: 2}, "mine", 2)


def test_kept_number_replaces_no_other() -> None:
    """A value of the body that stays is not put wherever an equal number is."""
    lab = Lab("class A:\n    K = 1\n    def f(self): return 1\n")
    lab.A.K = 99
    lab.sub("    def f", "    L = 1\n    def f", keep=lambda cls, name, new: name == "K")
    assert (lab.A.K, lab.A.L, lab.A().f()) == (99, 1, 1)


def test_kept_list_is_the_one_that_methods_use() -> None:
    """A value of the body that stays is also the one in defaults of methods."""
    lab = Lab("class A:\n    all = []\n    def f(self, to=all): to.append(1)\n    def g(self): return 1\n")
    lab.A().f()
    lab.sub("return 1", "return 2", keep=lambda cls, name, new: name == "all")
    lab.A().f()
    assert lab.A.all == [1, 1]


def test_equal_values_stay() -> None:
    """A value of the body that is equal stays the old object."""
    lab = Lab("class A:\n    table = {'a': [1]}\n    def f(self): return 1\n")
    table = lab.A.table
    lab.sub("return 1", "return 2")
    assert lab.A.table is table


def test_patch_of_a_method_stays() -> None:
    """A method that the user replaced stays replaced if its own source is unchanged."""
    lab = Lab(A)

    def patch(self: Any) -> str:
        return "patched"

    lab.A.f = patch
    lab.sub("K = 1", "K = 2", keep=lambda cls, name, new: name == "f")
    assert (lab.A().f(), lab.A.K) == ("patched", 2)


def test_nested_class_stays() -> None:
    """Nested classes are merged like their owner."""
    lab = Lab("class A:\n    class In:\n        def f(self): return 1\n")
    inner, obj = lab.A.In, lab.A.In()
    lab.sub("return 1", "return 2")
    assert lab.A.In is inner
    assert obj.f() == 2


def test_descriptor_with_set_name() -> None:
    """A descriptor of the body knows its name, and the class that survived."""
    lab = Lab(
        """
        class Field:
            def __init__(self, tag): self.tag = tag
            def __set_name__(self, owner, name): self.name, self.owner = name, owner
            def __get__(self, obj, owner=None): return self if obj is None else (self.tag, self.name)
        class A:
            x = Field(1)
        """
    )
    a = lab.A()
    lab.sub("x = Field(1)", "x = Field(2)\n    y = Field(3)")
    assert (a.x, a.y, lab.A.x.owner is lab.A, lab.A.y.owner is lab.A) == ((2, "x"), (3, "y"), True, True)


def test_bases_are_assigned() -> None:
    """Other bases are assigned, and instances follow."""
    lab = Lab("class One:\n    def who(self): return 1\nclass Two:\n    def who(self): return 2\nclass A(One): pass\n")
    a, cls = lab.A(), lab.A
    lab.sub("A(One)", "A(Two)")
    assert lab.A is cls
    assert (a.who(), isinstance(a, lab.Two), isinstance(a, lab.One)) == (2, True, False)


@pytest.mark.parametrize("old", ["A:", "A(Mixin):"])
def test_bases_straight_under_object(old: str) -> None:
    """Where the bases cannot be assigned the new class takes the old one's place, with instances and subclasses."""
    new = "A(Mixin):" if old == "A:" else "A:"
    lab = Lab("class Mixin:\n    x = 1\nclass A: \n    def f(self): return 1\nclass Sub(A): pass\n".replace("A: ", old))
    cls, a, sub = lab.A, lab.A(), lab.Sub()
    lab.sub(f"class {old}", f"class {new}", "return 1", "return __class__", units=lambda text: "Sub" not in text)
    if OBJECT_BASES_ASSIGNABLE:
        assert lab.A is cls
    assert type(a) is lab.A
    assert isinstance(sub, lab.A)
    assert (a.f(), sub.f()) == (lab.A, lab.A)
    assert hasattr(a, "x") == (new != "A:") == hasattr(sub, "x")


def test_metaclass() -> None:
    """Another metaclass is assigned; from `type` to another one, the new class takes the old one's place."""
    lab = Lab("class M1(type): x = 1\nclass M2(type): x = 2\nclass A(metaclass=M1): pass\nclass B: pass\n")
    cls, b = lab.A, lab.B()
    lab.sub("metaclass=M1", "metaclass=M2", "class B:", "class B(metaclass=M1):")
    assert lab.A is cls
    assert (lab.A.x, lab.B.x, type(b) is lab.B) == (2, 1, True)


def test_other_slots() -> None:
    """With other slots the new class survives; old instances keep their values and run the new methods."""
    lab = Lab(
        """
        class B:
            __slots__ = ()
            def f(self): return 'b'
        class A(B):
            __slots__ = ('x', '__weakref__')
            def __init__(self): self.x = 1
            def f(self): return 'old'
        """
    )
    a, cls = lab.A(), lab.A
    lab.sub("('x', ", "('x', 'y', ", "self.x = 1", "self.x = 1; self.y = 2", "'old'", "super().f() + 'new'")
    assert lab.A is not cls
    assert (lab.A().y, lab.A().f(), a.x, a.f()) == (2, "bnew", 1, "bnew")
    assert [slug for slug, _, _ in lab.notes] == ["instances-stay"]


def test_subclasses_elsewhere_follow_a_replaced_class() -> None:
    """An instance of a subclass that was made elsewhere runs the new methods, also where a running function has it."""
    lab = Lab("class A:\n    __slots__ = ('x',)\n    def f(self): return 'old'\n")
    mine = type("Mine", (lab.A,), {})
    obj = mine()
    lab.sub("('x',)", "('x', 'y')", "'old'", "'new'")
    assert obj.f() == "new"
    assert isinstance(obj, lab.A) or [slug for slug, _, _ in lab.notes] == ["instances-stay"]


def test_abstract_methods() -> None:
    """Which methods are abstract follows, in subclasses too."""
    lab = Lab("from abc import ABC, abstractmethod\nclass A(ABC):\n    def f(self): pass\nclass B(A): pass\n")
    lab.B()
    lab.sub("    def f", "    @abstractmethod\n    def f", units=lambda text: "class B" not in text)
    with pytest.raises(TypeError):
        lab.A()
    with pytest.raises(TypeError):
        lab.B()
    lab.sub("    @abstractmethod\n", "", units=lambda text: "class B" not in text)
    assert (lab.A().f(), lab.B().f()) == (None, None)


def test_abstract_class_forgets_what_it_found() -> None:
    """`isinstance` of an abstract class is asked again after a class has changed."""
    lab = Lab("class A:\n    def __len__(self): return 0\n")
    from collections.abc import Sized

    a = lab.A()
    assert isinstance(a, Sized)
    lab.sub("__len__", "size")
    assert not isinstance(a, Sized)
    lab.sub("size", "__len__")
    assert isinstance(a, Sized)


def test_registries_hold_the_survivor_once() -> None:
    """Whoever catches the twin holds the old class, once."""
    lab = Lab(
        """
        import weakref
        REG, SEEN, KEYS, WEAK, WEAK_SET = {}, [], {}, weakref.WeakValueDictionary(), weakref.WeakSet()
        class Base:
            all = []
            def __init_subclass__(cls):
                Base.all.append(cls)
                REG[cls.__name__] = cls
                SEEN.append((cls, 1))
                KEYS[cls] = cls.x
                WEAK['it'] = cls
                WEAK_SET.add(cls)
        class A(Base):
            x = 1
            def f(self): return 1
        """
    )
    cls = lab.A
    lab.sub("return 1", "return 2", "x = 1", "x = 2", units=lambda text: text.startswith("class A"))
    gc.collect()
    assert lab.A is cls
    assert lab.Base.all == [cls]
    assert lab.REG == {"A": cls}
    assert all(item is cls for item, _ in lab.SEEN)
    assert lab.KEYS == {cls: 2}
    assert lab.WEAK["it"] is cls
    assert list(lab.WEAK_SET) == [cls]
    assert lab.Base.__subclasses__() == [cls]


def test_twin_is_not_listed_among_subclasses() -> None:
    """The twin vanishes from `__subclasses__()` at once."""
    lab = Lab("class B: pass\nclass A(B):\n    def f(self): return super()\n")
    lab.sub("return super()", "return 1", units=lambda text: "class B" not in text)
    assert lab.B.__subclasses__() == [lab.A]


def test_annotations() -> None:
    """Annotations of a class follow, without being evaluated."""
    lab = Lab("class A:\n    x: int\n    def f(self, a: int) -> str: ...\n")
    assert lab.A.__annotations__ == {"x": int}
    lab.sub("x: int", "x: str\n    y: float", "a: int", "a: bytes")
    assert lab.A.__annotations__ == {"x": str, "y": float}
    assert lab.A.f.__annotations__ == {"a": bytes, "return": str}
    lab.sub("x: str\n    y: float", "pass")
    assert lab.A.__annotations__ == {}


def test_unresolved_annotations_are_no_obstacle() -> None:
    """An annotation that cannot be evaluated yet stops nothing."""
    source = "from __future__ import annotations\n" if sys.version_info < (3, 14) else ""
    lab = Lab(f"{source}class A:\n    x: Missing\n    def f(self, a: Missing): return 1\n")
    a = lab.A()
    lab.sub("return 1", "return 2")
    assert a.f(None) == 2


def test_migration() -> None:
    """`__autoreload_migrate__` is told, for each old instance, which attributes came and went."""
    lab = Lab(
        "class A:\n    def __init__(self): self.x = 1\n"
        "    def __autoreload_migrate__(self, added, removed):\n        self.y = self.x; self.told = (added, removed)\n"
    )
    a = lab.A()
    lab.sub("self.x = 1", "self.z = 1")
    assert (a.y, a.told) == (1, ({"z"}, {"x"}))


def test_migration_that_fails_is_told() -> None:
    """A migration that raises stops nothing else and is reported."""
    lab = Lab(
        "class A:\n    def __init__(self): self.x = 1\n"
        "    def __autoreload_migrate__(self, *a): 1 / 0\n    def f(self): return 1\n"
    )
    a = lab.A()
    lab.sub("self.x = 1", "self.z = 1", "return 1", "return 2")
    assert a.f() == 2
    assert [slug for slug, _, _ in lab.notes] == ["migration"]


@pytest.mark.parametrize("name", ["__eq__", "__hash__", "__repr__", "__getattr__", "__bool__"])
def test_objects_that_misbehave(name: str) -> None:
    """Values whose special methods raise do not keep the rest from following."""
    lab = Lab(
        f"class Bad:\n    def {name}(self, *a): raise RuntimeError\n"
        "class A:\n    bad = Bad()\n    def f(self, x=Bad()): return 1\n    def __eq__(self, o): raise RuntimeError\n"
    )
    a = lab.A()
    lab.sub("return 1", "return 2")
    assert a.f() == 2
    assert lab.notes == []


def test_metaclass_that_refuses_attributes() -> None:
    """A metaclass that refuses to set attributes is no obstacle."""
    lab = Lab(
        "class M(type):\n    def __setattr__(cls, *a): raise RuntimeError\n"
        "    def __delattr__(cls, *a): raise RuntimeError\n    __hash__ = type.__hash__\n"
        "    def __eq__(cls, o): raise RuntimeError\n"
        "class A(metaclass=M):\n    x = 1\n    y = 1\n    def f(self): return 1\n"
    )
    cls, a = lab.A, lab.A()
    lab.sub("x = 1", "x = 2", "    y = 1\n", "", "return 1", "return 2")
    assert lab.A is cls
    assert (a.x, a.f(), hasattr(a, "y")) == (2, 2, False)


def test_frozen_instances_move() -> None:
    """Instances that refuse attributes follow a class that is replaced."""
    lab = Lab(
        "class M: m = 1\nclass A:\n    def __setattr__(self, *a): raise RuntimeError\n    def f(self): return 1\n"
    )
    a = lab.A()
    lab.sub("class A:", "class A(M):", "return 1", "return 2")
    assert (a.f(), a.m, isinstance(a, lab.A)) == (2, 1, True)


def test_changed_attributes_are_told() -> None:
    """The attributes of classes that changed are listed, and functions that changed by their id."""
    lab = Lab(A)
    lab.sub("return 1", "return 2", "K = 1", "K = 2", commit=False)
    names = {name for cls, name, _ in lab.patcher.changed_attributes if cls is lab.A}
    assert "K" in names
    assert not names & {"f", "g", "__init__"}
    assert lab.patcher.changed == {id(lab.A.f)}


@pytest.mark.parametrize(
    "source",
    [
        "class B: pass\nclass A(B):\n    def f(self, x=1): return super(), __class__\n    K = 1\n",
        "import functools\ndef deco(f):\n    @functools.wraps(f)\n    def w(): return f()\n    return w\n"
        "@deco\ndef f(x=1): return 1\n",
        "from dataclasses import *\n@dataclass(slots=True)\nclass P:\n    x: int = 1\n",
        "from enum import *\nclass C(Enum):\n    A = 1\n    B = 7\n",
        "import functools\n@functools.cache\ndef f(x=1): return 1\n",
        "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int = 1\n",
    ],
    ids=["class", "wrapper", "dataclass", "enum", "cache", "named tuple"],
)
def test_heap_is_searched_only_for_what_was_caught(source: str, heap_searches: list[str]) -> None:
    """As long as nobody has caught a twin, nobody's holders are looked for."""
    lab = Lab(source)
    heap_searches.clear()
    lab.edit(source.replace("1", "2"))
    assert heap_searches == []


BOOKS = """
class Field:
    def __init__(self, help): self.help = help
    def __get__(self, obj, cls=None): return self

class Books(type):
    def __init__(cls, name, bases, names):
        cls.fields = {key: value for key, value in names.items() if isinstance(value, Field)}
        cls.ordered = [*cls.fields.values()]

class A(metaclass=Books):
    log = Field("log")
    kind = [1]
    def f(self): return 1
"""


def test_books_of_a_metaclass_hold_what_stays_in_the_class() -> None:
    """An equal attribute stays the old object; the books that the class takes over from its twin hold that, too.

    The old books are empty: what a statement had put into them is taken out before it runs again.
    """
    lab = Lab(BOOKS)
    before = vars(lab.A)["log"]
    lab.A.fields.clear()
    lab.A.ordered.clear()
    lab.sub("return 1", "return 2")

    assert vars(lab.A)["log"] is before
    assert lab.A.fields["log"] is before
    assert lab.A.ordered[0] is before
