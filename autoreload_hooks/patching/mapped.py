"""Classes that SQLAlchemy maps to tables.

Such a class cannot be made twice: its table and its name stand in books of its base, and other mappers refer to it.
So its statement runs with empty books, and what has come in there is added to the old class.

It must never import SQLAlchemy: a mapped class can only be there if it has been imported.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import Refused, set_class_attribute
from autoreload_hooks.compat.behaviours import home_of, qualname_of
from autoreload_hooks.patching.classes import MAPPING_BOOKS, are_classes, finish_class, merge_header, merge_members
from autoreload_hooks.patching.inherited import namespace
from autoreload_hooks.patching.kinds import How, Kind
from autoreload_hooks.patching.mappers import (
    add_property,
    all_properties,
    are_alike,
    can_be_added,
    can_be_taken_away,
    configure,
    configure_at_end,
    follow_columns,
    forget_failures,
    forget_resolved,
    forget_secondary,
    is_backref,
    leave,
    leave_family,
    made_by,
    properties,
    put_in_order,
    resolve_keys,
    take_away,
)
from autoreload_hooks.patching.values import same_value

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

_OF_THE_MAPPER: Final = frozenset(
    {"__table__", "__mapper__", "_sa_class_manager", "__init__", "_sa_original_init", "__tablename__"}
)


def are_mapped(old: Any, new: Any) -> bool:
    """Are both classes mapped by SQLAlchemy, to a table of their own or to that of a class above?"""
    return are_classes(old, new) and all("__mapper__" in namespace(cls) for cls in (old, new))


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
    patcher.at_end.append(partial(_move_rest_in, patcher, other, real))


def _write(owner: type, books: dict[str, Any]) -> None:
    for name, book in books.items():
        set_class_attribute(owner, name, book)


def retire_mapped(patcher: Patcher, old: Any) -> None:
    """A class is mapped no longer: its books know neither it nor its table."""
    _take_out(patcher, old)
    leave(patcher, old)
    forget_resolved(patcher, old.__mapper__)


def _take_out(patcher: Patcher, cls: Any) -> None:
    """Take a class and its table out of the books, where they may be only once."""
    table, names = cls.__table__, cls.registry._class_registry
    metadata = table.metadata
    if cls.__mapper__.inherits is not None:
        leave_family(patcher, cls)
    if "__table__" in namespace(cls) and metadata.tables.get(table.key) is table:
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
    """Take away from the old class and add to it what differs; where what identifies its rows differs, it is new."""
    mapper, other = old.__mapper__, new.__mapper__
    if other.registry is mapper.registry:
        configure_at_end(patcher, mapper.registry)
        raise Refused("mapped", "its mapper and its table are made once")
    forget_failures(mapper.registry)
    if not (_can_stay(old, new) and _has_taken_bases(patcher, old, new)):
        retire_mapped(patcher, old)
        _move_in(patcher, new, mapper.registry)
        configure_at_end(patcher, mapper.registry)
        return new
    mine, theirs = properties(mapper), properties(other)
    for key, prop in mine.items():
        if key in properties(mapper) and not are_alike(prop, theirs.get(key)) and not is_backref(prop, key):
            take_away(patcher, old, key)
    for key, prop in theirs.items():
        if key in properties(mapper):
            follow_columns(patcher, mine[key], prop)
        else:
            add_property(patcher, old, key, prop)
    put_in_order(old, new)
    keys = frozenset({*mine, *theirs})
    _dispose(other)
    merge_members(patcher, old, new, how, ignore=_OF_THE_MAPPER | keys)
    finish_class(patcher, old, new)
    return old


def _can_stay(old: Any, new: Any) -> bool:
    """Can the old class become the new one? Only if its table and what identifies its rows are the same."""
    mine, theirs = properties(old.__mapper__), properties(new.__mapper__)
    going = [prop for key, prop in mine.items() if not are_alike(prop, theirs.get(key))]
    going += [other for prop in going for other in made_by(prop)]
    staying = [prop for prop in all_properties(old.__mapper__.registry) if prop not in going]
    return (
        old.__table__.key == new.__table__.key
        and new.__mapper__.inherits is None
        and all(
            same_value(namespace(old).get(name), namespace(new).get(name))
            for name in ("__table_args__", "__mapper_args__")
        )
        and {*old.__mapper__.validators} == {*new.__mapper__.validators}
        and all(
            prop not in going or is_backref(prop, key) or can_be_taken_away(old, key, staying)
            for key, prop in mine.items()
        )
        and all(can_be_added(new, key) for key in theirs if not are_alike(mine.get(key), theirs[key]))
    )


def _has_taken_bases(patcher: Patcher, old: type, new: type) -> bool:
    """Give the old class the bases of the new one, as where a mixin came or went; whether that could be done."""
    mark = patcher.tx.mark()
    try:
        merge_header(patcher, old, new)
    except Refused:
        patcher.tx.undo_to(mark)
        return False
    return True


def _dispose(mapper: Any) -> None:
    """Let go of a mapper whose class does not stay."""
    registry, manager = mapper.registry, mapper.class_manager
    registry._dispose_manager_and_mapper(manager)
    registry._managers.pop(manager, None)


def _move_rest_in(patcher: Patcher, other: Any, real: Any) -> None:
    """Classes that came with a module that was imported while the base had other books are entered in the real ones."""
    rest = [manager.class_ for manager in list(other._managers)]
    for cls in rest:
        _move_in(patcher, cls, real)
    if rest:
        configure(real)


def _move_in(patcher: Patcher, new: Any, registry: Any) -> None:
    """Enter a class that was made with other books in those of its base."""
    table, other, manager = new.__table__, new.__mapper__.registry, new._sa_class_manager
    memos = table.metadata._fk_memos
    registry.metadata._add_table(table.name, table.schema, table)
    patcher.tx.on_undo(partial(registry.metadata.remove, table))
    for key in list(memos):
        own = [each for each in memos[key] if each.parent.table is table]
        registry.metadata._fk_memos[key].extend(own)
    table.metadata = registry.metadata
    resolve_keys(patcher, table)
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
    how="The class statement runs with books of its own, so that there is no second table of its name; columns and "
    "relationships that are new, gone or others are then added to the old class or taken away from it, and methods "
    "and mixins follow.",
    refused="Another table, other primary keys, expressions or arguments of the mapper, and classes that inherit one: "
    "the new class survives, and relationships and foreign keys of others lead to it.",
    prepare=prepare_mapped,
    retire=retire_mapped,
)


# ---- tables that no class is mapped to


def are_tables(old: Any, new: Any) -> bool:
    """Are both tables of SQLAlchemy, made by a call of `Table`?"""
    kinds = {(home_of(type(each)), qualname_of(type(each))) for each in (old, new)}
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
    forget_secondary(patcher, old)
    return new


TABLE: Final = Kind(
    name="SQLAlchemy `Table`",
    matches=are_tables,
    merge=merge_tables,
    survives="the new table",
    how="It takes the place of the old one in its `MetaData`, and wherever the old one is held.",
    refused="Nothing.",
    prepare=prepare_table,
    retire=prepare_table,
)
