"""What the running interpreter allows, as named behaviours; the only place that looks at its version.

It must never act on an object: it only answers questions.
"""

from __future__ import annotations
import __future__

import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Generic, TypeGuard, TypeVar, overload


class Refused(Exception):  # noqa: N818  (an outcome, not an error)
    """The interpreter does not allow what was asked: a normal outcome, and nothing has been changed.

    `slug` names the reason for machines ("layout", "free-threaded"), `reason` says it in a sentence.
    """

    def __init__(self, slug: str, reason: str) -> None:
        super().__init__(slug, reason)
        self.slug: str = slug
        self.reason: str = reason

    def __str__(self) -> str:
        return f"{self.reason} [{self.slug}]"


_T = TypeVar("_T")


@overload
def is_a(value: Any, kind: type[_T]) -> TypeGuard[_T]: ...
@overload
def is_a(value: Any, kind: tuple[type, ...]) -> bool: ...
def is_a(value: Any, kind: type | tuple[type, ...]) -> bool:
    """What `isinstance` says where it does not ask the value itself, which may have a `__class__` that runs.

    A proxy, as that of a request, has its `__class__` looked up by a function of the user's, and may raise.
    """
    return issubclass(type(value), kind)


def home_of(cls: type) -> str:
    """The module that a class says to be of, past any attribute access of a metaclass; "" where that is no text.

    A class made in C has no `__module__` in its namespace: Python derives it from its name.
    """
    module = type.__dict__["__module__"].__get__(cls)
    return module if type(module) is str else ""


def qualname_of(cls: type) -> str:
    """The qualified name of a class, past any attribute access of a metaclass."""
    name: str = type.__dict__["__qualname__"].__get__(cls)
    return name


class ByKind(Generic[_T]):
    """What is known of some types, asked for by identity: no metaclass of the user's hashes or compares its classes."""

    __slots__ = ("_known",)

    def __init__(self, known: Mapping[type, _T]) -> None:
        self._known = {id(kind): (kind, value) for kind, value in known.items()}

    def __contains__(self, kind: type) -> bool:
        return id(kind) in self._known

    def __getitem__(self, kind: type) -> _T:
        return self._known[id(kind)][1]

    def get(self, kind: type) -> _T | None:
        """What is known of this very type, or None."""
        found = self._known.get(id(kind))
        return found[1] if found is not None else None


class Kinds:
    """Some types, asked for by identity."""

    __slots__ = ("_known",)

    def __init__(self, kinds: Iterable[type]) -> None:
        self._known = {id(kind): kind for kind in kinds}

    def __contains__(self, kind: type) -> bool:
        return id(kind) in self._known

    def __iter__(self) -> Iterator[type]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)


def is_among(kind: type, kinds: Iterable[type]) -> bool:
    """Is a type one of some others? No metaclass is asked whether two are equal."""
    return id(kind) in map(id, kinds)


def inherits(cls: type, base: type) -> bool:
    """Is a class another one, or below it?"""
    return is_among(base, type.__dict__["__mro__"].__get__(cls))


FUTURE_FLAGS: Final = (
    sum({feature.compiler_flag for name in __future__.all_feature_names if (feature := getattr(__future__, name))})
    & ~0xFFFF
)
"""Which flags of a code object say which `from __future__` imports hold? Those below are used for something else.
https://docs.python.org/3/library/__future__.html"""

IS_CPYTHON: Final[bool] = sys.implementation.name == "cpython"
"""Is this CPython, with code objects and reference counts as CPython has them? https://peps.python.org/pep-0421/"""

FREE_THREADED: Final[bool] = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
"""Is this a free-threaded build, where reference counts say nothing and two steps are never one?
https://docs.python.org/3/howto/free-threading-python.html"""

HAS_MONITORING: Final[bool] = sys.version_info >= (3, 12)
"""Is there `sys.monitoring`, with events local to one code object? https://peps.python.org/pep-0669/"""

INLINES_COMPREHENSIONS: Final[bool] = sys.version_info >= (3, 12)
"""Are list, set and dict comprehensions part of the code around them? https://peps.python.org/pep-0709/"""

HAS_TYPE_PARAMETERS: Final[bool] = sys.version_info >= (3, 12)
"""Is there `def f[T]()`, with a hidden scope around the function, and `__type_params__`?
https://peps.python.org/pep-0695/"""

WARNS_OF_KIND: Final[bool] = sys.version_info >= (3, 13)
"""Does giving a function the code of another kind (generator, coroutine) warn?
https://docs.python.org/3/whatsnew/3.13.html"""

LOSES_SPECIALISATION: Final[bool] = sys.version_info >= (3, 13)
"""Does an assignment to `__code__` make every later call of the function slower, for ever?
https://github.com/python/cpython/blob/3.13/Objects/funcobject.c (Function versions)"""

METHOD_CALLS_FLAGGED: Final[bool] = sys.version_info >= (3, 12)
"""Is LOAD_METHOD only a flag of LOAD_ATTR? https://docs.python.org/3/library/dis.html#opcode-LOAD_ATTR"""

DOCSTRING_FLAG: Final[int] = 0x4000000 if sys.version_info >= (3, 14) else 0
"""Which flag tells that the first constant of a function is its docstring? (0: a string there is one.)
https://docs.python.org/3/library/inspect.html#inspect.CO_HAS_DOCSTRING"""

CLASSES_KNOW_LINES: Final[bool] = sys.version_info >= (3, 13)
"""Does a class body store `__firstlineno__` and `__static_attributes__`?
https://docs.python.org/3/reference/datamodel.html#type.__firstlineno__"""

LAZY_ANNOTATIONS: Final[bool] = sys.version_info >= (3, 14)
"""Are annotations kept as code (`__annotate__`) and evaluated on demand? https://peps.python.org/pep-0649/"""

HAS_LAZY_IMPORTS: Final[bool] = sys.version_info >= (3, 15)
"""Is there a `lazy import` statement? https://peps.python.org/pep-0810/"""

OBJECT_BASES_ASSIGNABLE: Final[bool] = sys.version_info >= (3, 15)
"""May the `__bases__` of a class right below `object` be assigned? Before: "deallocator differs".
https://github.com/python/cpython/issues/48806"""

HAS_JIT: Final[bool] = bool(getattr(getattr(sys, "_jit", None), "is_enabled", bool)()) or (
    sys.version_info[:2] == (3, 13) and "_Py_JIT" in str(sysconfig.get_config_var("PY_CORE_CFLAGS"))
)
"""Does a second compiler trust function versions, so that they are better left alone? https://peps.python.org/pep-0744/"""


def behaviours() -> dict[str, bool | str]:
    """Every named behaviour and its answer here, with the version of Python: for bug reports."""
    answers = {name: value for name, value in globals().items() if name.isupper() and isinstance(value, bool)}
    return {"PYTHON": f"{sys.implementation.name} {sys.version.split()[0]}", **answers}
