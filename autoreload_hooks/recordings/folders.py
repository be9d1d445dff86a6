"""What tells that code lists a folder, and that it does so for what it imports: the names that it mentions.

It must never look into a folder.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from types import CodeType
from typing import Final

LISTS_FOLDER: Final = frozenset({
    "iter_modules", "walk_packages", "listdir", "scandir", "glob", "iglob", "rglob", "iterdir",
})  # fmt: skip
"""What lists the files of a folder."""

_OF_MODULES: Final = frozenset({"import_module", "__import__", "iter_modules", "walk_packages"})
"""What says that these are modules: who lists his data, or only finds his folder by `__file__`, has nothing of it."""

_PATTERN: Final = re.compile(r".*\*\.(?P<ending>\w+)")
_TOLD: Final = {word: re.compile(rf"\b{word}\b") for word in sorted(LISTS_FOLDER | _OF_MODULES | {"__all__"})}


def lists_folder(names: Collection[str]) -> bool:
    """Whether code that mentions these names lists a folder."""
    return not LISTS_FOLDER.isdisjoint(names)


def lists_modules(names: Collection[str]) -> bool:
    """Whether code that mentions these names lists a folder for the modules in it."""
    return lists_folder(names) and not _OF_MODULES.isdisjoint(names)


def lists_data(codes: Iterable[CodeType]) -> bool:
    """Whether code that lists a folder asks for files of other kinds than modules: `glob("*.html")`."""
    inner = [code for each in codes for code in _with_nested(each)]
    found = [_PATTERN.fullmatch(const) for code in inner for const in code.co_consts if isinstance(const, str)]
    endings = {pattern["ending"] for pattern in found if pattern is not None}
    return bool(endings) and not any(ending.startswith("py") for ending in endings)


def names_in(codes: Iterable[CodeType]) -> set[str]:
    """The names that code mentions, and what is nested in it."""
    return {name for code in codes for inner in _with_nested(code) for name in inner.co_names}


def words_in(text: str) -> set[str]:
    """Those of the names that tell something here which occur in a text."""
    return {word for word, pattern in _TOLD.items() if word in text and pattern.search(text)}


def _with_nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _with_nested(const)
