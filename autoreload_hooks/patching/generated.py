"""Classes of which a decorator or metaclass writes a part: dataclasses, attrs, named tuples.

It must never apply such a decorator itself: it has been applied to the new class, and what it wrote is taken over.
"""

from __future__ import annotations

import dataclasses
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import cell_contents, functions_in, repoint_class_cells, set_class_attribute
from autoreload_hooks.patching.classes import are_classes, is_layout_descriptor, merge_classes
from autoreload_hooks.patching.frameworks import rebuild_dataclass
from autoreload_hooks.patching.inherited import namespace
from autoreload_hooks.patching.instances import below, fill, instances_of
from autoreload_hooks.patching.kinds import How, Kind, full_name
from autoreload_hooks.patching.layouts import is_generated
from autoreload_hooks.transaction import MISSING

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

# ---- dataclasses, attrs


def have_fields(old: Any, new: Any) -> bool:
    """Are both classes, and has the new one fields of dataclasses or attrs?"""
    return are_classes(old, new) and any(name in namespace(new) for name in ("__dataclass_fields__", "__attrs_attrs__"))


def merge_with_fields(patcher: Patcher, old: type, new: type, how: How) -> type:
    """As any class; instances that lack a new field get its default."""
    before = {name for name in field_names(old) if not _is_inherited(old, name)}  # what instances have themselves
    for twin in _earlier_twins(new, how):
        if _is_meant(new, twin):
            continue
        repoint_class_cells(namespace(new).values(), twin, old)  # nothing to undo, as in `point_cells`
        patcher.remember(twin, old)
    survivor = merge_classes(patcher, old, new, how)
    defaults = {name: default for name, default in _defaults(new) if name not in before}
    defaults = {name: default for name, default in defaults.items() if not _is_inherited(survivor, name)}
    if survivor is old:
        rebuild_dataclass(patcher, old)
        fill(patcher, old, defaults)
    elif defaults:
        patcher.defaults.append((survivor, defaults))  # its instances are still to be moved
    return survivor


WITH_FIELDS: Final = Kind(
    name="dataclass, attrs class",
    matches=have_fields,
    merge=merge_with_fields,
    survives="the old class, also with `slots=True`, as long as the slots are the same",
    how="The methods that the decorator wrote for the new class are taken over. Old instances that lack a new field "
    "get its default; a default factory is called for each of them.",
    refused="Other slots, as for any class. A new field without a default is missing in old instances; see "
    "`__autoreload_migrate__`.",
)


def field_names(cls: type) -> frozenset[str]:
    """The names of the fields of a dataclass or attrs class."""
    attributes = getattr(cls, "__attrs_attrs__", ())
    return frozenset({*getattr(cls, "__dataclass_fields__", ()), *(attribute.name for attribute in attributes)})


def _defaults(cls: type) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """For each field that has a default, what makes one for an instance."""
    for name, field in getattr(cls, "__dataclass_fields__", {}).items():
        if field.default_factory is not dataclasses.MISSING:
            yield name, partial(_call, field.default_factory)
        elif field.default is not dataclasses.MISSING:
            yield name, partial(_return, field.default)
    for attribute in getattr(cls, "__attrs_attrs__", ()):
        default = attribute.default
        if type(default).__name__ == "Factory":
            yield attribute.name, default.factory if default.takes_self else partial(_call, default.factory)
        elif default is not _nothing(type(attribute)):
            yield attribute.name, partial(_return, default)


def _call(factory: Callable[[], Any], obj: Any) -> Any:
    del obj
    return factory()


def _return(value: Any, obj: Any) -> Any:
    del obj
    return value


def _nothing(kind: type) -> Any:
    """What attrs takes for "no default", without importing attrs."""
    return getattr(sys.modules[kind.__module__], "NOTHING", MISSING)


def _is_inherited(cls: type, name: str) -> bool:
    """Do instances find the default in their class?"""
    for base in cls.__mro__:
        if name in base.__dict__:
            return not is_layout_descriptor(base.__dict__[name], base)
    return False


def _earlier_twins(new: type, how: How) -> list[type]:
    """The class that the body made, where a decorator has made another one of it: with `slots=True`."""
    if "__slots__" not in namespace(new):
        return []
    siblings: list[type] = []
    for base in new.__bases__:
        siblings += type.__subclasses__(base)
    return [
        cls
        for cls in siblings
        if cls is not new
        and cls.__qualname__ == new.__qualname__
        and cls.__module__ == new.__module__
        and how.made(cls)
    ]


def _is_meant(new: type, twin: type) -> bool:
    """Do methods that a decorator wrote for a class mean the one that the body made?

    `@dataclass(frozen=True, slots=True)` does so before Python 3.14, and they go on meaning it in a fresh process.
    """
    written = [value for value in namespace(new).values() if is_generated(value)]
    for function in (function for value in written for function in functions_in(value)):
        names = dict(zip(map(id, function.__closure__ or ()), function.__code__.co_freevars, strict=True))
        if any(content is twin and names[id(cell)] != "__class__" for cell, content in cell_contents(function)):
            return True
    return False


# ---- named tuples


def derive_from_named_tuples(old: Any, new: Any) -> bool:
    """Are both classes, with a named tuple among their bases that the statement itself makes?"""
    return are_classes(old, new) and any(True for _ in _made_bases(old, new))


def _made_bases(old: Any, new: Any) -> Iterator[tuple[Any, Any]]:
    """The named tuples that a class is based on, and for which there is no other statement."""
    if not (issubclass(old, tuple) and issubclass(new, tuple)):
        return
    for mine, theirs in zip(old.__bases__, new.__bases__, strict=False):
        if mine is not theirs and are_named_tuples(mine, theirs):
            yield mine, theirs


def merge_derived(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Merge the named tuples first, so that old instances find the defaults of new fields."""
    for mine, theirs in _made_bases(old, new):
        patcher.part(mine, theirs, how)
    return merge_classes(patcher, old, new, how)


DERIVED: Final = Kind(
    name="class based on namedtuple(...)",
    matches=derive_from_named_tuples,
    merge=merge_derived,
    survives="the old class, and the old named tuple below it",
    how="Both are merged, one after the other.",
    refused="As for a named tuple, and as for a class.",
)


def are_named_tuples(old: Any, new: Any) -> bool:
    """Are both named tuples?"""
    return are_classes(old, new) and all(
        issubclass(cls, tuple) and {"_fields", "_field_defaults", "_make"} <= namespace(cls).keys()
        for cls in (old, new)
    )


def merge_named_tuples(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """As any class; old instances, which are shorter, read the defaults of new fields."""
    before, after = old._fields, new._fields
    has_shorter = namespace(old).get("__repr__") is _shown  # from an earlier edit
    survivor = merge_classes(patcher, old, new, how)
    if (before == after and not has_shorter) or survivor is not old:
        return survivor
    lengths = [tuple.__len__(each) for each in instances_of(old, *below(old))]
    if not lengths:
        return old
    if after[: len(before)] != before:
        text = "instances made before hold their values by position, which now have other names: make them anew"
        patcher.note("fields-by-position", full_name(old), text)
        return old
    if (shortest := min(lengths)) >= len(after):
        return old
    written = dict(namespace(old))
    for index, name in enumerate(after):
        if index >= shortest and name in new._field_defaults:
            _set(patcher, old, name, property(_Item(index, new._field_defaults[name]), doc=getattr(new, name).__doc__))
    _set(patcher, old, "__repr__", _shown)
    _set(patcher, old, "_asdict", _as_dictionary)
    for name in {"_replace", "__replace__"} & namespace(new).keys():
        _set(patcher, old, name, _replaced)
    patcher.committed.append(partial(_write_back, old, written))
    return old


def _write_back(cls: Any, written: Mapping[str, Any]) -> None:
    """No instance is shorter than the others any more: they have all been made anew, and need nothing of ours."""
    if any(tuple.__len__(each) < len(cls._fields) for each in instances_of(cls, *below(cls))):
        return
    for name, value in list(namespace(cls).items()):
        if name in written and value is not written[name]:
            set_class_attribute(cls, name, written[name])


def _set(patcher: Patcher, cls: type, name: str, value: Any) -> None:
    patcher.tx.set_class_attr(cls, name, value)


@dataclasses.dataclass(frozen=True, slots=True)
class _Item:
    """Reads one item of a tuple; a tuple that is too short has the default."""

    index: int
    default: Any

    def __call__(self, values: Any) -> Any:
        return tuple.__getitem__(values, self.index) if tuple.__len__(values) > self.index else self.default


def _shown(self: Any) -> str:
    """The `repr` of a named tuple, of which some instances are shorter than others."""
    shown = (f"{name}={getattr(self, name, MISSING)!r}" for name in self._fields if _has(self, name))
    return f"{type(self).__name__}({', '.join(shown)})"


def _as_dictionary(self: Any) -> dict[str, Any]:
    """The fields of a named tuple by name, with the defaults of those that it is too short for."""
    return {name: getattr(self, name) for name in self._fields if _has(self, name)}


def _replaced(self: Any, /, **values: Any) -> Any:
    """Another named tuple, as long as the class says, with other values in some fields."""
    if unknown := [name for name in values if name not in self._fields]:
        raise TypeError(f"Got unexpected field names: {unknown!r}")
    merged = {**_as_dictionary(self), **values}
    return self._make(merged[name] for name in self._fields if name in merged)


def _has(obj: Any, name: str) -> bool:
    try:
        operator.attrgetter(name)(obj)
    except IndexError:  # a field without default that came later
        return False
    return True


NAMED_TUPLE: Final = Kind(
    name="NamedTuple, namedtuple",
    matches=are_named_tuples,
    merge=merge_named_tuples,
    survives="the old class",
    how="Fields, defaults and methods are taken over. Old instances read the defaults of fields that were added at "
    "the end.",
    refused="Fields that are removed, renamed or moved: old instances hold their values by position, and are reported.",
)
