"""What a mapper of SQLAlchemy maps: its columns and relationships are added, changed and taken away.

SQLAlchemy itself can add; it has no way to take away, so that is done in each of its books.

It must never have a mapper configured: what another class gives is perhaps not there yet.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator
from copy import copy
from functools import partial
from itertools import chain
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat import delete_class_attribute, set_class_attribute
from autoreload_hooks.compat.behaviours import is_a
from autoreload_hooks.patching.inherited import namespace
from autoreload_hooks.transaction import MISSING, ChangedAttribute

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher

_IN_PLACE: Final = ("nullable", "default", "onupdate", "server_default", "comment", "doc", "info")
_OF_KEYS: Final = ("ondelete", "onupdate", "deferrable", "initially", "match")


def properties(mapper: Any) -> dict[str, Any]:
    """The columns and relationships of a mapper by name, without having it configured."""
    return dict(mapper._props)


def columns_of(prop: Any) -> list[Any]:
    """The columns of a mapped attribute; a relationship has none."""
    return list(getattr(prop, "columns", ()))


def are_alike(old: Any, new: Any) -> bool:
    """Are two mapped attributes such that one can become the other? None stands for one that is not there."""
    return old is not None and new is not None and _essence(old) == _essence(new)


def _essence(prop: Any) -> tuple[Any, ...]:
    """What cannot be changed of a column or relationship once it is mapped."""
    kind = type(prop).__name__.removesuffix("Property")
    if columns := columns_of(prop):
        return kind, getattr(prop, "deferred", None), tuple(map(_essence_of_column, columns))
    given = [getattr(getattr(prop, "_init_args", None), name, None) for name in _RESOLVED]
    arguments = [getattr(each, "argument", None) for each in given]
    fixed = [getattr(prop, name, None) for name in _FIXED]
    tables = [id(each) for each in arguments if hasattr(each, "metadata")]  # another one may have the same name
    return kind, *map(_told, fixed), *map(_told, arguments), *tables


_FIXED: Final = (
    "name",
    "composite_class",
    "argument",
    "lazy",
    "back_populates",
    "backref",
    "viewonly",
    "passive_deletes",
    "passive_updates",
    "post_update",
    "collection_class",
    "innerjoin",
    "join_depth",
    "single_parent",
    "_cascade",
    "cascade",
)
_RESOLVED: Final = ("secondary", "primaryjoin", "secondaryjoin", "order_by", "foreign_keys", "remote_side")
"""What a relationship is given, and what of it is looked up when it is configured."""


def _essence_of_column(column: Any) -> tuple[Any, ...]:
    if getattr(column, "table", None) is None:  # an expression, as in `column_property(first + last)`
        return str(column), *(each.value for each in _parts(column) if type(each).__name__ == "BindParameter")
    keys = tuple(key.target_fullname for key in _sorted_keys(column))
    names = ("name", "primary_key", "index", "unique")
    return (*(getattr(column, name, None) for name in names), keys)


def _parts(expression: Any) -> Iterator[Any]:
    """An expression, and all that it is made of."""
    visitors: Any = sys.modules["sqlalchemy.sql.visitors"]
    yield from visitors.iterate(expression)


def _told(value: Any) -> str:
    """What somebody wrote, as far as it can be compared."""
    if is_a(value, FunctionType):
        code = value.__code__
        value = code.co_names, code.co_consts, code.co_code
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))


def is_backref(prop: Any, key: str) -> bool:
    """Was this relationship made by the one on the other side? Then the class statement does not speak of it."""
    for other in getattr(prop, "_reverse_property", ()):
        backref = getattr(other, "backref", None)
        if (backref[0] if isinstance(backref, tuple) else backref) == key:
            return True
    return False


def made_by(prop: Any) -> list[Any]:
    """The relationships that this one has had made on the other side, by its `backref`."""
    return [other for other in getattr(prop, "_reverse_property", ()) if is_backref(other, other.key)]


def follow_columns(patcher: Patcher, old: Any, new: Any) -> None:
    """Types, defaults and the like of columns that stay."""
    for mine, theirs in zip(columns_of(old), columns_of(new), strict=True):
        if _shown(mine) == _shown(theirs) and not _keys_differ(mine, theirs):
            continue
        names = ["type", *_IN_PLACE] if type(theirs.type).__name__ != "NullType" else [*_IN_PLACE]
        for name in names:
            if hasattr(mine, name):
                patcher.tx.set_attr(mine, name, getattr(theirs, name))
        for key, other in zip(*map(_sorted_keys, (mine, theirs)), strict=True):
            for name in _OF_KEYS:
                for each in filter(None, (key, key.constraint)):
                    patcher.tx.set_attr(each, name, getattr(other, name))
        mine.__dict__.pop("comparator", None)


def _sorted_keys(column: Any) -> list[Any]:
    return sorted(column.foreign_keys, key=attrgetter("target_fullname"))


def _keys_differ(old: Any, new: Any) -> bool:
    return any(
        getattr(mine, name) != getattr(theirs, name)
        for mine, theirs in zip(*map(_sorted_keys, (old, new)), strict=True)
        for name in _OF_KEYS
    )


def _shown(column: Any) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", repr(column))


def add_property(patcher: Patcher, cls: type, key: str, prop: Any) -> None:
    """Add a column or relationship to a class that is mapped already."""
    columns = columns_of(prop)
    added = _copied(columns[0]) if columns else prop
    patcher.tx.on_undo(_books(cls, key))
    if columns:
        setattr(cls, key, added)  # the declarative base adds it to table and mapper
    else:
        _configure_later(patcher, cls, key, prop)
    patcher.changed_attributes.append(ChangedAttribute(cls, key))


def _configure_later(patcher: Patcher, cls: Any, key: str, prop: Any) -> None:
    """Add a relationship without looking for what it leads to, which a unit further down may define."""
    mapper = cls.__mapper__
    configured = mapper.configured
    mapper.configured = False
    mapper.add_property(key, prop)
    if configured:
        mapper.registry._flag_new_mapper(mapper)
        configure_at_end(patcher, mapper.registry)


def configure_at_end(patcher: Patcher, registry: Any) -> None:
    """Have mappers configured when everything has run that they may lead to."""
    patcher.at_end.append(partial(configure, registry))


def configure(registry: Any) -> None:
    """Instances that are there may be asked for a new relationship before anything else has it configured."""
    try:
        registry.configure()
    except Exception:  # as in a fresh process, it is told when the class is used
        forget_failures(registry)


def _copied(column: Any) -> Any:
    """A copy of a column that belongs to a table already: its foreign keys are the table's by then."""
    copy = column._copy()
    for key in column.foreign_keys:
        if key.constraint is not None:
            copy.append_foreign_key(key._copy())
    return copy


def can_be_added(cls: Any, key: str) -> bool:
    """Is it a relationship, or a column of the class's own table that does not identify its rows?"""
    columns = columns_of(cls.__mapper__._props[key])
    own = [column for column in columns if getattr(column, "table", None) is cls.__table__ and not column.primary_key]
    return not columns or len(columns) == len(own) == 1


def can_be_taken_away(cls: Any, key: str, staying: Collection[Any]) -> bool:
    """Can it be added, and is nothing else made of it, as one of the relationships or expressions that stay?"""
    mapper = cls.__mapper__
    columns = columns_of(mapper._props[key])
    special = [mapper.polymorphic_on, mapper.version_id_col, *chain.from_iterable(map(_columns_used, staying))]
    return (
        can_be_added(cls, key)
        and not mapper._inheriting_mappers
        and not any(column is each for column in columns for each in special)
    )


def all_properties(registry: Any) -> list[Any]:
    """The columns and relationships of all classes that stand in the same books."""
    mappers = [manager.mapper for manager in list(registry._managers)]
    return [prop for mapper in mappers for prop in mapper._props.values()]


def _columns_used(prop: Any) -> Iterator[Any]:
    """The columns that a relationship leads along (none before it is configured), or that an expression is made of."""
    for pair in getattr(prop, "local_remote_pairs", None) or ():
        yield from pair
    for column in columns_of(prop):
        if getattr(column, "table", None) is None:
            yield from _parts(column)


def take_away(patcher: Patcher, cls: Any, key: str) -> None:
    """Take a column or relationship away from a class that is mapped, with what has been made of it."""
    mapper, manager = cls.__mapper__, cls._sa_class_manager
    prop = mapper._props[key]
    for other in made_by(prop):
        take_away(patcher, other.parent.class_, other.key)
    patcher.tx.on_undo(_books(cls, key))
    delete_class_attribute(cls, key)
    for book in (manager.local_attrs, manager, mapper._props, mapper._init_properties):
        book.pop(key, None)
    name = _columns_book(mapper)
    columns = getattr(mapper, name)
    setattr(mapper, name, type(columns)([item for item in columns.items() if item[0] != key]))
    for column in columns_of(prop):
        _take_column(mapper, cls.__table__, column)
    if hasattr(prop, "_reverse_property"):
        _unlink(patcher, prop)
    _forget(cls)
    patcher.changed_attributes.append(ChangedAttribute(cls, key))


def _take_column(mapper: Any, table: Any, column: Any) -> None:
    mapper._columntoproperty.pop(column, None)
    for held in mapper._cols_by_table.values():
        held.discard(column)
    table._columns.remove(column)
    for key in column.foreign_keys:
        table.foreign_keys.discard(key)
        for keys in table.metadata._fk_memos.values():
            keys[:] = [each for each in keys if each is not key]
    for book in (table.constraints, table.indexes):
        for each in [each for each in book if any(column is one for one in getattr(each, "columns", ()))]:
            book.discard(each)


def _unlink(patcher: Patcher, prop: Any) -> None:
    """Have the relationships on the other side, and what watches its keys, know no more of this one."""
    for other in list(prop._reverse_property):
        patcher.tx.do(partial(other._reverse_property.discard, prop), partial(other._reverse_property.add, prop))
    if getattr(prop, "_dependency_processor", None) is not None:
        for mapper in prop.mapper.self_and_descendants:
            watching = mapper._dependency_processors
            patcher.tx.guard_list(watching)
            watching[:] = [each for each in watching if getattr(each, "prop", None) is not prop]


def put_in_order(cls: Any, new: Any) -> None:
    """Have columns and relationships in the order of the class statement."""
    mapper, table = cls.__mapper__, cls.__table__
    places = {key: place for place, key in enumerate(new.__table__._columns._index) if isinstance(key, str)}
    held, index = table._columns._collection, table._columns._index
    held.sort(key=lambda entry: places.get(entry[0], len(places)))
    index.update({place: entry[:2] for place, entry in enumerate(held)})
    order = {key: place for place, key in enumerate(new.__mapper__._props)}

    def by_place(item: tuple[str, Any]) -> int:
        return order.get(item[0], len(order))

    _refill(mapper._props, dict(sorted(mapper._props.items(), key=by_place)))
    name = _columns_book(mapper)
    columns = getattr(mapper, name)
    setattr(mapper, name, type(columns)(sorted(columns.items(), key=by_place)))
    _forget(cls)


def _columns_book(mapper: Any) -> str:
    return "_columns" if "_columns" in vars(mapper) else "columns"  # since 2.1, 2.0


def _forget(cls: Any) -> None:
    """Have manager and mapper ask anew for what they have remembered."""
    cls._sa_class_manager._reset_memoizations()
    cls.__mapper__._expire_memoizations()


def _books(cls: Any, key: str) -> Callable[[], None]:
    """What brings all books of a mapped class back to what they hold now."""
    mapper, manager, table = cls.__mapper__, cls._sa_class_manager, cls.__table__
    attribute, name = namespace(cls).get(key, MISSING), _columns_book(mapper)
    columns, configured = getattr(mapper, name), mapper.configured
    setattr(mapper, name, type(columns)(columns.items()))  # it is added to, and the old one kept
    held = [partial(_refill, book, book.copy()) for book in _containers(mapper, manager, table)]

    def restore() -> None:
        if attribute is not MISSING:
            set_class_attribute(cls, key, attribute)
        elif key in namespace(cls):
            delete_class_attribute(cls, key)
        for refill in held:
            refill()
        setattr(mapper, name, columns)
        mapper.configured = configured
        if not configured:
            mapper.registry._flag_new_mapper(mapper)
        _forget(cls)

    return restore


def _containers(mapper: Any, manager: Any, table: Any) -> Iterator[Any]:
    yield from (manager.local_attrs, manager, mapper._props, mapper._init_properties, mapper._columntoproperty)
    yield from mapper._cols_by_table.values()
    yield from (table._columns._collection, table._columns._index, table._columns._colset)
    yield from (table.foreign_keys, table.constraints, table.indexes, *table.metadata._fk_memos.values())


def _refill(book: Any, content: Any) -> None:
    if isinstance(book, list):
        book[:] = content
    elif isinstance(book, dict):
        dict.clear(book)
        dict.update(book, content)
    else:
        book.clear()
        book.update(content)


def forget_failures(registry: Any) -> None:
    """A class has been edited: mappers that could not be configured may be tried again."""
    for manager in list(registry._managers):
        manager.mapper.__dict__.pop("_configure_failed", None)
        for prop in manager.mapper._props.values():
            if prop._configure_started and not prop._configure_finished:
                prop._configure_started = False  # else it would be passed over


def leave(patcher: Patcher, cls: Any) -> None:
    """A class is mapped no longer: it is not configured any more with the rest, and what it had made elsewhere goes."""
    made = [each for prop in properties(cls.__mapper__).values() for each in made_by(prop)]
    for each in made:
        if each.parent is not cls.__mapper__:
            take_away(patcher, each.parent.class_, each.key)
    _out_of_managers(patcher, cls)


def _out_of_managers(patcher: Patcher, cls: Any) -> None:
    mapper, manager = cls.__mapper__, cls._sa_class_manager
    registry = mapper.registry
    if registry._managers.pop(manager, None):
        patcher.tx.on_undo(partial(registry._flag_new_mapper, mapper))
        patcher.tx.on_undo(partial(registry._managers.__setitem__, manager, True))


# ---- a class has another mapper and another table


def forget_resolved(patcher: Patcher, gone: Any) -> None:
    """Relationships of other classes that had been found to lead to a mapper are looked up anew."""
    for prop in all_properties(gone.registry):
        if prop.parent is not gone and _is_configured(prop) and prop.mapper is gone:
            _look_up_anew(patcher, prop)


def forget_secondary(patcher: Patcher, table: Any) -> None:
    """The same of relationships that go by way of a table, which is another one by now."""
    for registry in getattr(sys.modules.get("sqlalchemy.orm.mapper"), "_all_registries", set)():
        for prop in all_properties(registry) if registry.metadata is table.metadata else ():
            if _is_configured(prop) and prop.secondary is table:
                _look_up_anew(patcher, prop)


def _is_configured(prop: Any) -> bool:
    """Whether it is a relationship of which has been found out where it leads to."""
    return "entity" in getattr(prop, "__dict__", ()) and hasattr(prop, "_init_args")


def _look_up_anew(patcher: Patcher, prop: Any) -> None:
    cls, key = prop.parent.class_, prop.key
    if is_backref(prop, key) or key not in namespace(cls) or prop.parent._props.get(key) is not prop:
        return  # the other side makes it, or a class above has it
    again = _as_given(prop)
    take_away(patcher, cls, key)
    patcher.tx.on_undo(_books(cls, key))
    _configure_later(patcher, cls, key, again)


def _as_given(prop: Any) -> Any:
    """A relationship as it was written down, without what has been found out since."""
    again = copy(prop)
    for name in _FOUND_OUT & vars(again).keys():
        del again.__dict__[name]
    again._configure_started = again._configure_finished = False
    again._reverse_property, again._dependency_processor, again.local_remote_pairs = set(), None, ()
    given = [copy(each) for each in prop._init_args]
    for each in given:
        each.resolved = None
    again._init_args = type(prop._init_args)(*given)
    if again.backref is not None:
        again.back_populates = None  # it was set when the other side was made
    return again


_FOUND_OUT: Final = frozenset(
    {"entity", "mapper", "target", "_join_condition", "_clsregistry_resolvers", "_is_self_referential"}
    | {"primaryjoin", "secondaryjoin", "secondary", "direction", "local_columns", "remote_columns", "_lazy_strategy"}
    | {"synchronize_pairs", "secondary_synchronize_pairs", "_calculated_foreign_keys"}
    | {"_strategies", "cascade_iterator", "comparator", "_property_key", "_overlaps_found"}
)
"""What a relationship knows only once it is configured."""


def resolve_keys(patcher: Patcher, table: Any) -> None:
    """A table has come into the books: its foreign keys, and those of other tables that name it, mean what is there."""
    tables, memos = table.metadata.tables, table.metadata._fk_memos
    for (name, column), keys in list(memos.items()):
        target = tables[name].columns.get(column) if name in tables else None
        for key in keys if target is not None else ():
            if key.parent.table is table or name == table.key:
                patcher.tx.on_undo(partial(_point, key, vars(key).get("column", MISSING)))
                key._set_target_column(target)


def _point(key: Any, target: Any) -> None:
    if target is MISSING:
        vars(key).pop("column", None)
    else:
        key.column = target


def leave_family(patcher: Patcher, cls: Any) -> None:
    """A class that is mapped with those above it is about to be mapped once more: they know no more of the old one."""
    mapper, above = cls.__mapper__, cls.__mapper__.inherits
    if cls.__table__ is above.local_table:
        for key in [key for key in properties(mapper) if key not in above._props and can_be_added(cls, key)]:
            take_away(patcher, cls, key)
    kinds = mapper.polymorphic_map
    for identity in [identity for identity, each in kinds.items() if each is mapper]:
        patcher.tx.del_item(kinds, identity)
    below = above._inheriting_mappers
    before = below._storage
    patcher.tx.do(
        partial(setattr, below, "_storage", [ref for ref in before if ref() is not mapper]),
        partial(setattr, below, "_storage", before),
    )
    for each in above.iterate_to_root():
        each._expire_memoizations()
    _out_of_managers(patcher, cls)
