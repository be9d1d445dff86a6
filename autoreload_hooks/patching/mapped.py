"""Classes that SQLAlchemy maps to tables.

Such a class cannot be made twice: its table and its name stand in books of its base, and other mappers refer to it.
So its statement runs with empty books, and what has come in there is added to the old class.

It must never import SQLAlchemy: a mapped class can only be there if it has been imported.
"""

from __future__ import annotations

import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import Refused, delete_class_attribute, set_class_attribute
from autoreload_hooks.patching.classes import MAPPING_BOOKS, are_classes, finish_class, merge_members
from autoreload_hooks.patching.inherited import namespace
from autoreload_hooks.patching.kinds import How, Kind
from autoreload_hooks.patching.values import same_value
from autoreload_hooks.transaction import ChangedAttribute

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

_OF_THE_MAPPER: Final = frozenset(
    {"__table__", "__mapper__", "_sa_class_manager", "__init__", "_sa_original_init", "__tablename__"}
)
_IN_PLACE: Final = ("nullable", "default", "onupdate", "server_default", "comment", "doc", "info", "index", "unique")


def are_mapped(old: Any, new: Any) -> bool:
    """Are both classes mapped by SQLAlchemy to a table of their own?"""
    return are_classes(old, new) and all({"__mapper__", "__table__"} <= namespace(cls).keys() for cls in (old, new))


# ---- before the class statement runs


def prepare_mapped(patcher: Patcher, old: Any) -> None:
    """Give the base other books while the statement runs; where that cannot be, take the old class out of them."""
    owner = next((base for base in old.__mro__ if "_sa_registry" in base.__dict__), None)
    if owner is None or old.__mapper__.inherits is not None or "__tablename__" not in namespace(old):
        _take_out(patcher, old)
        return
    real = owner._sa_registry
    names: Any = {"constructor": real.constructor}
    if hasattr(real, "type_annotation_map"):
        names["type_annotation_map"] = real.type_annotation_map
    metadata = type(real.metadata)(schema=real.metadata.schema, naming_convention=real.metadata.naming_convention)
    other = type(real)(metadata=metadata, class_registry={}, **names)
    before = {name: owner.__dict__[name] for name in MAPPING_BOOKS if name in owner.__dict__}
    _write(owner, {name: metadata if name == "metadata" else other for name in before})
    patcher.tx.on_undo(partial(_write, owner, before))
    patcher.after_unit.append(partial(_write, owner, before))


def _write(owner: type, books: dict[str, Any]) -> None:
    for name, book in books.items():
        set_class_attribute(owner, name, book)


def _take_out(patcher: Patcher, cls: Any) -> None:
    """Take a class and its table out of the books, where they may be only once."""
    table, names = cls.__table__, cls.registry._class_registry
    metadata = table.metadata
    if metadata.tables.get(table.key) is table:
        metadata.remove(table)
        patcher.tx.on_undo(partial(metadata._add_table, table.name, table.schema, table))
    if names.get(cls.__name__) is cls:
        _book("remove_class")(cls.__name__, cls, names)
        patcher.tx.on_undo(partial(_enter_again, cls, names))


def _enter_again(cls: type, names: Any) -> None:
    if (new := names.get(cls.__name__)) is not None:
        _book("remove_class")(cls.__name__, new, names)
    _book("add_class")(cls.__name__, cls, names)


def _book(name: str) -> Any:
    """A function of SQLAlchemy's that writes into the books; since 2.1 its name begins with an underscore."""
    books: Any = sys.modules["sqlalchemy.orm.clsregistry"]
    return getattr(books, name, None) or getattr(books, "_" + name)


# ---- afterwards


def merge_mapped(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Add to the old class what the new one has besides; with less, or a relationship of another kind, it is new."""
    mapper, other = old.__mapper__, new.__mapper__
    if other.registry is mapper.registry:
        raise Refused("mapped", "its mapper and its table are made once")
    if not _can_stay(old, new):
        _take_out(patcher, old)
        _move_in(patcher, new, mapper.registry)
        return new
    for key, prop in _properties(other).items():
        if key in _properties(mapper):
            _follow_columns(patcher, _properties(mapper)[key], prop)
        else:
            _add(patcher, old, key, prop)
    keys = frozenset({*_properties(mapper), *_properties(other)})
    other.registry.dispose()
    merge_members(patcher, old, new, how, ignore=_OF_THE_MAPPER | keys)
    finish_class(patcher, old, new)
    return old


def _properties(mapper: Any) -> dict[str, Any]:
    """The columns and relationships of a mapper by name, without having it configured."""
    return dict(mapper._props)


def _columns(prop: Any) -> list[Any]:
    return list(getattr(prop, "columns", ()))


def _can_stay(old: Any, new: Any) -> bool:
    """Can the old class become the new one? Only if nothing is taken away, and nothing is mapped in another way."""
    mine, theirs = _properties(old.__mapper__), _properties(new.__mapper__)
    return (
        old.__table__.key == new.__table__.key
        and old.__bases__ == new.__bases__
        and all(
            same_value(namespace(old).get(name), namespace(new).get(name))
            for name in ("__table_args__", "__mapper_args__")
        )
        and {*old.__mapper__.validators} == {*new.__mapper__.validators}
        and all(
            _essence(prop) == _essence(theirs[key]) if key in theirs else _is_backref(old, key)
            for key, prop in mine.items()
        )
    )


def _is_backref(cls: Any, key: str) -> bool:
    """Was this relationship made by the one on the other side? Then the class statement does not speak of it."""
    for other in getattr(cls.__mapper__._props[key], "_reverse_property", ()):
        backref = getattr(other, "backref", None)
        if (backref[0] if isinstance(backref, tuple) else backref) == key:
            return True
    return False


def _essence(prop: Any) -> tuple[Any, ...]:
    """What cannot be changed of a column or relationship once it is mapped."""
    columns = tuple(
        (column.name, column.primary_key, tuple(sorted(key.target_fullname for key in column.foreign_keys)))
        for column in _columns(prop)
    )
    names = ("lazy", "uselist", "back_populates", "backref", "viewonly", "passive_deletes")
    return (
        type(prop).__name__.removesuffix("Property"),
        columns,
        "" if columns else tuple(str(getattr(prop, name, None)) for name in names if name != "uselist"),
        "" if columns else str(getattr(prop, "argument", None) if isinstance(prop.argument, str) else ""),
    )


def _follow_columns(patcher: Patcher, old: Any, new: Any) -> None:
    """Types, defaults and the like of columns that stay."""
    for mine, theirs in zip(_columns(old), _columns(new), strict=True):
        if _shown(mine) == _shown(theirs):
            continue
        names = ["type", *_IN_PLACE] if type(theirs.type).__name__ != "NullType" else [*_IN_PLACE]
        for name in names:
            if hasattr(mine, name):
                patcher.tx.set_attr(mine, name, getattr(theirs, name))
        mine.__dict__.pop("comparator", None)


def _shown(column: Any) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", repr(column))


def _add(patcher: Patcher, cls: Any, key: str, prop: Any) -> None:
    """Add a column or relationship to a class that is mapped already."""
    columns = _columns(prop)
    added = _copied(columns[0]) if columns else prop
    patcher.tx.on_undo(partial(_remove, cls, key, added if columns else None))
    if columns:
        setattr(cls, key, added)  # the declarative base adds it to table and mapper
    else:
        cls.__mapper__.add_property(key, added)
    patcher.changed_attributes.append(ChangedAttribute(cls, key))


def _copied(column: Any) -> Any:
    """A copy of a column that belongs to a table already: its foreign keys are the table's by then."""
    copy = column._copy()
    for key in column.foreign_keys:
        if key.constraint is not None:
            copy.append_foreign_key(key._copy())
    return copy


def _remove(cls: Any, key: str, column: Any) -> None:
    """Take back what `_add` has added; SQLAlchemy itself has no way to."""
    mapper, manager = cls.__mapper__, cls._sa_class_manager
    delete_class_attribute(cls, key)
    for book in (manager.local_attrs, manager, mapper._props):
        book.pop(key, None)
    manager._reset_memoizations()
    if column is not None and column.table is cls.__table__:
        name = "_columns" if "_columns" in vars(mapper) else "columns"  # since 2.1, 2.0
        columns = getattr(mapper, name)
        setattr(mapper, name, type(columns)([item for item in columns.items() if item[0] != key]))
        mapper._columntoproperty.pop(column, None)
        for held in mapper._cols_by_table.values():
            held.discard(column)
        cls.__table__._columns.remove(column)
        cls.__table__.foreign_keys.difference_update(column.foreign_keys)
        cls.__table__.constraints.difference_update([each.constraint for each in column.foreign_keys])
    mapper._expire_memoizations()


def _move_in(patcher: Patcher, new: Any, registry: Any) -> None:
    """Enter a class that was made with other books in those of its base."""
    table, other, manager = new.__table__, new.__mapper__.registry, new._sa_class_manager
    memos = table.metadata._fk_memos
    registry.metadata._add_table(table.name, table.schema, table)
    patcher.tx.on_undo(partial(registry.metadata.remove, table))
    for key in list(memos):
        registry.metadata._fk_memos[key].extend(memos[key])
    table.metadata = registry.metadata
    other._managers.pop(manager, None)
    registry._managers[manager] = True
    manager.registry = registry
    new.__mapper__.registry = registry
    registry._flag_new_mapper(new.__mapper__)
    names = registry._class_registry
    _book("add_class")(new.__name__, new, names)
    patcher.tx.on_undo(partial(_book("remove_class"), new.__name__, new, names))


MAPPED: Final = Kind(
    name="class mapped by SQLAlchemy",
    matches=are_mapped,
    merge=merge_mapped,
    survives="the old class, with its table, its mapper and its place in relationships",
    how="The class statement runs with books of its own, so that there is no second table of its name; new columns "
    "and relationships are then added to the old class, and methods follow.",
    refused="Columns or relationships that are removed or mapped in another way, and classes that inherit a mapper: "
    "the new class survives, and instances that were loaded before belong to the old one.",
    prepare=prepare_mapped,
)


# ---- tables that no class is mapped to


def are_tables(old: Any, new: Any) -> bool:
    """Are both tables of SQLAlchemy, made by a call of `Table`?"""
    kinds = {(type(each).__module__, type(each).__name__) for each in (old, new)}
    return kinds == {("sqlalchemy.sql.schema", "Table")}


def prepare_table(patcher: Patcher, old: Any) -> None:
    """Take a table out of its `MetaData`, where one of its name may be only once."""
    metadata = old.metadata
    if metadata.tables.get(old.key) is old:
        patcher.tx.on_undo(partial(_put_back_table, metadata, old))
        metadata.remove(old)


def _put_back_table(metadata: Any, table: Any) -> None:
    if (other := metadata.tables.get(table.key)) is not None:
        metadata.remove(other)
    metadata._add_table(table.name, table.schema, table)


def merge_tables(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """The new table takes the place of the old one."""
    del how
    patcher.replaced.append((old, new))
    return new


TABLE: Final = Kind(
    name="SQLAlchemy `Table`",
    matches=are_tables,
    merge=merge_tables,
    survives="the new table",
    how="It takes the place of the old one in its `MetaData`, and wherever the old one is held.",
    refused="Nothing.",
    prepare=prepare_table,
)
