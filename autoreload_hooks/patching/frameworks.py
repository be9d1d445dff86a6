"""Classes of which somebody else has compiled a part: pydantic, ctypes.

It must never import a framework: a class of its can only be there if it has been imported.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from functools import partial
from types import FunctionType, GenericAlias, MethodType, UnionType
from typing import TYPE_CHECKING, Any, Final, get_args

from autoreload_hooks.compat import Refused, delete_class_attribute, set_class_attribute
from autoreload_hooks.patching.classes import are_classes, finish_class, merge_header, merge_members
from autoreload_hooks.patching.inherited import namespace
from autoreload_hooks.patching.instances import below, fill, instances_of
from autoreload_hooks.patching.kinds import How, Kind, full_name
from autoreload_hooks.patching.layouts import replace_class
from autoreload_hooks.patching.values import same_value
from autoreload_hooks.transaction import MISSING, ChangedAttribute

if TYPE_CHECKING:
    from autoreload_hooks.patching.patcher import Patcher


def keep_namespace(patcher: Patcher, cls: type) -> None:
    """Have everything that a framework may write into a class taken back if the transaction is undone."""
    patcher.tx.on_undo(partial(_restore, cls, namespace(cls)))


def _restore(cls: type, before: dict[str, Any]) -> None:
    now = namespace(cls)
    for name in now.keys() - before.keys():
        delete_class_attribute(cls, name)
    for name, value in before.items():
        if now.get(name, MISSING) is not value:
            set_class_attribute(cls, name, value)


# ---- pydantic


_WRITTEN: Final = "__pydantic_"
_BUILT: Final = frozenset({"__pydantic_core_schema__", "__pydantic_validator__", "__pydantic_serializer__"})


def are_models(old: Any, new: Any) -> bool:
    """Are both models of pydantic 2?"""
    return are_classes(old, new) and all(
        _BUILT & namespace(cls).keys() and hasattr(cls, "model_rebuild") for cls in (old, new)
    )


def merge_models(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """As any class; what pydantic has compiled is compiled again for the old class, and for models that use it."""
    mark = patcher.tx.mark()
    before, private = _fields(old), _private(old)
    keep_namespace(patcher, old)
    try:
        merge_header(patcher, old, new)
        written = frozenset(name for name in {**namespace(old), **namespace(new)} if name.startswith(_WRITTEN))
        merge_members(patcher, old, new, how, ignore=written)
        finish_class(patcher, old, new)
        for name in written - _BUILT:
            if name in namespace(new):
                _take_over(patcher, old, name, namespace(new)[name])
        _bind_decorators(patcher, old, new)
        _rebuild(old)
    except Refused as refused:
        patcher.tx.undo_to(mark)
        return replace_class(patcher, old, new, how, refused.reason)
    fill(patcher, old, {name: partial(_default, field) for name, field in _fields(old).items() if name not in before})
    _fill_private(patcher, old, {name: each for name, each in _private(old).items() if name not in private})
    for made in [each for each in type.__subclasses__(old) if _parameters(each).get("origin") is old]:
        _parametrise_again(patcher, old, made, how)
    _rebuild_adapters(patcher, [old, *rebuild_users(patcher, old)])
    return old


def rebuild_dataclass(patcher: Patcher, cls: type) -> None:
    """Compile a data class of pydantic again, which has what was compiled for its twin."""
    rebuild: Any = getattr(sys.modules.get("pydantic.dataclasses"), "rebuild_dataclass", None)
    if rebuild is None or "__pydantic_validator__" not in namespace(cls):
        return
    keep_namespace(patcher, cls)
    module = sys.modules.get(cls.__module__)
    try:
        rebuild(cls, force=True, raise_errors=False, _types_namespace=dict(vars(module)) if module else None)
    except Exception as error:  # as where a name of a field is not there yet
        patcher.note("misbehaves", full_name(cls), f"pydantic cannot compile it again: {error}")


def rebuild_users(patcher: Patcher, cls: type) -> list[Any]:
    """Compile the models again that have compiled a class, a model or an enumeration; returns them."""
    users = _users(cls)
    for model in users:
        keep_namespace(patcher, model)
        _rebuild(model)
    return users


def _parameters(model: type) -> dict[str, Any]:
    found = namespace(model).get("__pydantic_generic_metadata__")
    return found if isinstance(found, dict) else {}


def _parametrise_again(patcher: Patcher, generic: Any, made: Any, how: How) -> None:
    """`Page[int]` is a class of its own, which pydantic makes once and keeps: it becomes what would be made now."""
    kept: Any = getattr(sys.modules.get("pydantic._internal._generics"), "_GENERIC_TYPES_CACHE", None)
    kept = kept.get() if isinstance(kept, ContextVar) else kept
    keys = [key for key, value in list(kept.items()) if value is made] if hasattr(kept, "items") else []
    if not keys:
        return
    for key in keys:
        del kept[key]
    try:
        args = _parameters(made)["args"]
        twin = generic[args if len(args) > 1 else args[0]]
        merge_models(patcher, made, twin, how)
    except Exception as error:  # pydantic's own books are no promise of its
        patcher.note("subclass-stays", full_name(made), f"stays as it was: {error}")
    finally:
        for key in {*keys, *(key for key, value in list(kept.items()) if value is not made and _is_twin(value, made))}:
            kept[key] = made


def _is_twin(value: Any, made: type) -> bool:
    return _parameters(value) == _parameters(made)


def _take_over(patcher: Patcher, model: type, name: str, value: Any) -> None:
    """Set what pydantic has written; what it says, not which object it is, tells whether it has changed."""
    if repr(namespace(model).get(name, MISSING)) != repr(value):
        patcher.changed_attributes.append(ChangedAttribute(model, name))
    set_class_attribute(model, name, value)


def _fields(model: Any) -> dict[str, Any]:
    found = getattr(model, "__pydantic_fields__", None)
    return dict(found if found is not None else model.model_fields)


def _default(field: Any, obj: Any) -> Any:
    del obj
    if field.is_required():
        raise ValueError("it has no default")
    return field.get_default(call_default_factory=True)


def _private(model: type) -> dict[str, Any]:
    """The private attributes of a model, but for those of which the default is made of the other fields."""
    found = namespace(model).get("__private_attributes__", {})
    return {name: each for name, each in found.items() if not getattr(each, _OF_FIELDS, False)}


_OF_FIELDS: Final = "default_factory_takes_validated_data"


def _fill_private(patcher: Patcher, model: type, added: dict[str, Any]) -> None:
    """Old instances get the defaults of private attributes that came, in the dictionary that pydantic has for these."""
    for obj in instances_of(model, *below(model)) if added else ():
        state = getattr(obj, _STATE, None)
        for name, attribute in added.items():
            if name in (state or {}):
                continue
            try:
                make = attribute.default_factory
                default = attribute.get_default() if make is None else make()
            except Exception as error:  # the user's own factory; the others go on
                told = f"an old instance could not be given one: {error}"
                patcher.note("no-default", f"{full_name(model)}.{name}", told)
                continue
            if type(default).__name__ != "PydanticUndefinedType":
                now = {**(state or {}), name: default}
                write: Any = partial(object.__setattr__, obj, _STATE)
                patcher.tx.do(partial(write, now), partial(write, state))
                state = now


_STATE: Final = "__pydantic_private__"


def _bind_decorators(patcher: Patcher, model: Any, twin: type) -> None:
    """Validators and serializers are kept as methods bound to the class that they were found in."""
    for decorators in vars_of(model.__pydantic_decorators__):
        for decorator in decorators.values() if isinstance(decorators, dict) else ():
            method = decorator.func
            if type(method) is FunctionType:
                decorator.func = patcher.survivor(method)
            elif type(method) is MethodType and method.__self__ is twin:
                decorator.func = MethodType(patcher.survivor(method.__func__), model)
                decorator.cls_ref = decorator.cls_ref.replace(str(id(twin)), str(id(model)))


def vars_of(obj: Any) -> Iterator[Any]:
    """The values of an instance's attributes."""
    names = [*getattr(obj, "__dict__", ()), *getattr(type(obj), "__slots__", ())]
    yield from (getattr(obj, name, None) for name in names)


def _rebuild(model: Any) -> None:
    """Compile a model again. Raises Refused where pydantic cannot, although it could before."""
    complete = model.__pydantic_complete__
    module = sys.modules.get(model.__module__)
    try:
        model.model_rebuild(force=True, raise_errors=False, _types_namespace=dict(vars(module)) if module else None)
    except Exception as error:
        raise Refused("pydantic", f"pydantic cannot compile it again: {error}") from error
    if complete and not model.__pydantic_complete__:
        raise Refused("pydantic", "pydantic cannot compile it again")


def _users(model: type) -> list[Any]:
    """The other models of which a field holds `model`, directly or through models; the innermost first."""
    base = getattr(sys.modules.get("pydantic.main"), "BaseModel", None)
    models = [each for each in below(base) if "__pydantic_fields__" in each.__dict__] if base is not None else []
    found: list[Any] = []
    changed = [model]
    while changed:
        changed = [
            each
            for each in models
            if each is not model and all(each is not known for known in found) and _holds(each, changed)
        ]
        found += changed
    return found


def _holds(model: Any, wanted: list[Any]) -> bool:
    types = (field.annotation for field in _fields(model).values())
    return any(each is cls for each in _inside(types) for cls in wanted)


def _inside(types: Iterable[Any]) -> Iterator[Any]:
    """The types that annotations consist of."""
    waiting = list(types)
    while waiting:
        each = waiting.pop()
        yield each
        waiting += get_args(each)
        if isinstance(each, (UnionType, GenericAlias)) or hasattr(each, "__origin__"):
            waiting.append(getattr(each, "__origin__", None))


def _rebuild_adapters(patcher: Patcher, changed: list[Any]) -> None:
    """Type adapters have compiled these classes as well."""
    module = sys.modules.get("pydantic.type_adapter")
    kind = getattr(module, "TypeAdapter", None)
    for adapter in gc.get_referrers(kind) if kind is not None else ():
        if type(adapter) is kind and any(each is cls for each in _inside([adapter._type]) for cls in changed):
            patcher.tx.on_undo(partial(adapter.__dict__.update, dict(adapter.__dict__)))
            adapter.rebuild(force=True, raise_errors=False)


MODEL: Final = Kind(
    name="pydantic model",
    matches=are_models,
    merge=merge_models,
    survives="the old class",
    how="Fields, validators and configuration are taken over, and the model is compiled again, with the models and "
    "type adapters that use it. Old instances get the defaults of new fields.",
    refused="A model that pydantic cannot compile again: the new class survives.",
)


# ---- ctypes


def are_structures(old: Any, new: Any) -> bool:
    """Are both structures or unions of ctypes?"""
    return are_classes(old, new) and type(old).__module__ == type(new).__module__ == "_ctypes"


def merge_structures(patcher: Patcher, old: Any, new: Any, how: How) -> Any:
    """Methods follow; `_fields_` may be set only once, so with other fields the new class survives."""
    fields, others = (namespace(cls).get("_fields_") for cls in (old, new))
    if type(old) is not type(new) or old.__bases__ != new.__bases__ or not same_value(fields, others):
        patcher.note(
            "instances-stay", full_name(new), "old structures keep their memory and their class: make them anew"
        )
        raise Refused("ctypes", "its fields cannot be set again")
    merge_members(
        patcher, old, new, how, ignore=frozenset({"_fields_", "_pack_", "_anonymous_", "_align_", "_layout_"})
    )
    finish_class(patcher, old, new)
    return old


STRUCTURE: Final = Kind(
    name="ctypes Structure, Union",
    matches=are_structures,
    merge=merge_structures,
    survives="the old class, if its fields are the same",
    how="Methods and other attributes follow.",
    refused="Other fields: the new class survives; old instances keep their memory and their class.",
)
