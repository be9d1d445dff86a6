"""Changing a class in place."""

from __future__ import annotations

import abc
import collections.abc
import dataclasses
import enum
import functools
import weakref
from typing import Any

import pytest

from autoreload_hooks.compat import (
    OBJECT_BASES_ASSIGNABLE,
    Refused,
    assign_bases,
    assign_metaclass,
    class_cells,
    class_references,
    clear_abc_caches,
    clear_all_abc_caches,
    delete_class_attribute,
    drop_class,
    repoint_class_cells,
    set_class_attribute,
    update_abstract_methods,
)


def raises(slug: str) -> Any:
    """A refusal with that slug is expected."""
    return pytest.raises(Refused, match=rf"\[{slug}\]")


class Root:
    """Something below `object`."""

    def name(self) -> str:
        """Who answers."""
        return "root"


class Other(Root):
    """Another base."""

    def name(self) -> str:
        """Who answers."""
        return "other"


def decorate(function: Any) -> Any:
    """A decorator as people write them."""

    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


def make() -> type:
    """A class whose methods use `super()` in every way that a class can hold them."""

    class Sample(Root):
        def plain(self) -> str:
            return super().name()

        @classmethod
        def of_class(cls) -> object:
            return __class__  # type: ignore[name-defined]

        @property
        def prop(self) -> str:
            return super().name()

        @decorate
        @decorate
        def decorated(self) -> str:
            return super().name()

        @functools.cached_property
        def cached(self) -> str:
            return super().name()

    return Sample


def test_class_cells_are_shared() -> None:
    """All methods of a class body have one cell for it."""
    cls = make()
    assert [cell.cell_contents for cell in class_cells(vars(cls).values(), cls)] == [cls]
    assert class_cells(vars(cls).values(), Root) == []


@pytest.mark.parametrize("name", ["plain", "of_class", "prop", "decorated", "cached"])
def test_repoint_class_cells(name: str) -> None:
    """A method that moves to another class has its `super()` follow, through decorators, and back."""
    old, new = make(), type("New", (Root,), {})
    value = vars(old)[name]
    undo = repoint_class_cells([value], old, new)
    assert class_cells([value], old) == []
    assert len(class_cells([value], new)) == 1
    undo()
    assert len(class_cells([value], old)) == 1


def test_assign_bases() -> None:
    """A class gets other bases, its instances follow, and undoing restores them."""
    cls = type("Sample", (Root,), {})
    instance = cls()
    undo = assign_bases(cls, (Other,))
    assert instance.name() == "other"
    assert cls in Other.__subclasses__()
    undo()
    assert instance.name() == "root"
    assert cls not in Other.__subclasses__()


def test_assign_bases_below_object() -> None:
    """Whether a class right below `object` can get another base is a named behaviour."""
    cls = type("Sample", (), {})
    if OBJECT_BASES_ASSIGNABLE:
        undo = assign_bases(cls, (Root,))
        assert cls().name() == "root"
        undo()
        assert cls.__bases__ == (object,)
    else:
        with raises("layout"):
            assign_bases(cls, (Root,))


def test_assign_bases_refuses() -> None:
    """Another layout, an impossible order and a cycle are refused, and nothing has changed."""
    cls = type("Sample", (Root,), {})
    below = type("Below", (cls,), {})
    for slug, bases in [("layout", (dict,)), ("mro", (Root, Other)), ("bases", (below,))]:
        with raises(slug):
            assign_bases(cls, bases)
        assert cls.__mro__ == (cls, Root, object)


def test_assign_metaclass() -> None:
    """A class gets another metaclass where both are classes of the user."""
    one = type("One", (type,), {"tag": "one"})
    two = type("Two", (one,), {"tag": "two"})
    cls: Any = one("Sample", (), {})
    undo = assign_metaclass(cls, two)
    assert (type(cls), cls.tag) == (two, "two")
    undo()
    assert (type(cls), cls.tag) == (one, "one")


def test_assign_metaclass_refuses() -> None:
    """To or from `type`, and against a base's metaclass, is refused."""
    one, two = type("One", (type,), {}), type("Two", (type,), {})
    base = one("Base", (), {})
    for cls, metaclass in [(Root, one), (base, type), (one("Sub", (base,), {}), two)]:
        before = type(cls)
        with raises("metaclass"):
            assign_metaclass(cls, metaclass)
        assert type(cls) is before


def test_class_attributes_past_the_metaclass() -> None:
    """An Enum's own refusal to change a member is passed by; builtin classes are refused."""

    class Color(enum.Enum):
        RED = 1

    set_class_attribute(Color, "RED", "red")
    assert Color.RED == "red"  # type: ignore[comparison-overlap]
    delete_class_attribute(Color, "RED")
    delete_class_attribute(Color, "RED")
    assert "RED" not in vars(Color)
    with raises("immutable"):
        set_class_attribute(int, "x", 1)


def test_update_abstract_methods() -> None:
    """A class whose abstract method got a body can be instantiated."""

    class Sample(abc.ABC):
        @abc.abstractmethod
        def method(self) -> None: ...

    set_class_attribute(Sample, "method", lambda self: None)
    with pytest.raises(TypeError):
        Sample()
    update_abstract_methods(Sample)
    Sample()
    update_abstract_methods(Root)
    assert not hasattr(Root, "__abstractmethods__")


class Sized(abc.ABC):  # noqa: B024  (answers by its hook)
    """Answers by what a class can do."""

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        """Is there a length?"""
        return hasattr(other, "__len__")


def test_clear_abc_caches() -> None:
    """An abstract class forgets what it thought of a class before that changed."""
    cls = type("Sample", (Root,), {})
    assert not issubclass(cls, Sized)
    set_class_attribute(cls, "__len__", lambda self: 1)
    assert not issubclass(cls, Sized)
    clear_abc_caches(Sized)
    clear_abc_caches(Root)
    assert issubclass(cls, Sized)


def test_clear_all_abc_caches() -> None:
    """Every abstract class forgets, wrong positive answers too, and generic functions dispatch anew."""
    cls = type("Sample", (Root,), {"__len__": lambda self: 1})
    generic = functools.singledispatch(lambda value: "any")
    generic.register(collections.abc.Sized, lambda value: "sized")
    assert issubclass(cls, Sized)
    assert generic(cls()) == "sized"
    delete_class_attribute(cls, "__len__")
    assert clear_all_abc_caches() > 10
    assert not issubclass(cls, Sized)
    assert generic(cls()) == "any"


def untouched_classes() -> dict[str, type]:
    """Classes of many kinds that nobody holds but this dictionary."""

    class Plain:
        pass

    class Slots:
        __slots__ = ("a", "b", "c")

    class Sub(Root):
        def name(self) -> str:
            return super().name()

    class Abstract(abc.ABC):
        @abc.abstractmethod
        def method(self) -> None: ...

    @dataclasses.dataclass
    class Data:
        x: int = 1

    @dataclasses.dataclass(frozen=True, order=True)
    class Frozen:
        x: int
        y: str = "a"

    class Error(ValueError):
        pass

    class Dict(dict[str, int]):
        pass

    found = locals()
    return {name: found[name] for name in list(found)}


@pytest.mark.parametrize("name", list(untouched_classes()))
def test_class_references(name: str) -> None:
    """An untouched class has no spare references, whatever its kind; a holder or an instance is one."""
    cls = untouched_classes()[name]
    assert class_references(cls) == 0
    held = [cls]
    assert class_references(cls) == 1
    held.clear()
    instance = cls.__new__(cls) if name != "Abstract" else cls
    assert class_references(cls) == 1
    del instance
    assert class_references(cls) == 0


def test_class_references_of_decorated_methods() -> None:
    """Decorators around methods that use `super()` are still the class's own."""
    cls = make()
    assert class_references(cls) == 0


def test_drop_class() -> None:
    """A class that nobody holds is no longer among the subclasses of its base."""
    dropped = make()
    ref = weakref.ref(dropped)
    assert dropped in Root.__subclasses__()
    del dropped
    assert drop_class(ref)
    assert ref() is None


def test_drop_class_that_is_held() -> None:
    """A class that somebody still holds is moved out of the way."""
    held = make()
    assert drop_class(weakref.ref(held))
    assert held not in Root.__subclasses__()
