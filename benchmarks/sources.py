"""The programs that are edited: ordinary code of any length, with one place that changes.

It must never make two versions that differ in more than the text of that place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

PLACE: Final = "<version>"
"""Stands where the versions differ."""

FUNCTION: Final = '''\
def step_{n}(items, limit={n}):
    """Step {n} of the work."""
    found = []
    for item in items:
        if item > limit and item % 2:
            found.append(item * {n})
        elif not item:
            break
    return {{"step": {n}, "found": found}}


'''
CLASS: Final = '''\
class Part{n}:
    """Part {n} of the whole."""

    weight = {n}

    def total(self, count):
        return self.weight * count

    def label(self):
        return f"part {{self.weight}}"


'''
EDITED: Final = f"def edited(x):\n    doubled = x * 2\n    return doubled + {PLACE}\n\n\n"
METHOD: Final = f"""\
class Model:
    def __init__(self, number):
        self.number = number

    def edited(self, x):
        doubled = x * 2
        return doubled + {PLACE}


"""


def ordinary(lines: int, first: int = 0) -> str:
    """About so many lines of functions and classes."""
    parts = range(first, first + max(1, lines // 11))
    return "".join((CLASS if n % 5 == 0 else FUNCTION).format(n=n) for n in parts)


def around(definition: str, lines: int) -> str:
    """A definition in the middle of a module of so many lines."""
    half = (lines - definition.count("\n")) // 2
    return ordinary(half) + definition + ordinary(half, 100_000)


@dataclass(frozen=True)
class Case:
    """An edit: the files, what is run before, and what shows that the edit is live."""

    files: dict[str, str]  #: module -> text
    definition: str  #: what is edited: the least that must be compiled and run
    setup: str  #: a cell
    expression: str  #: a cell whose value is that of the version
    offset: int = 2  #: by how much it is more for each place
    places: int = 1  #: in how many places the version stands, or is seen
    patch: str = "{module}.edited.__code__ = edited.__code__"  #: the least that makes a new definition live
    edited: tuple[str, ...] = field(default=("edited_module",))  #: the modules with the place

    def value(self, version: int) -> int:
        """What the expression is once a version is live."""
        return (version + self.offset) * self.places


def body(lines: int) -> Case:
    """A function's body in a module of so many lines."""
    text = around(EDITED, lines)
    return Case({"edited_module": text}, EDITED, "import edited_module", "edited_module.edited(1)")


def method(instances: int) -> Case:
    """A method of a class that has so many instances."""
    setup = f"from edited_module import Model\nmodels = [Model(n) for n in range({instances})]"
    text = ordinary(50) + METHOD + ordinary(40, 100)
    patch = "{module}.Model.edited.__code__ = Model.edited.__code__"
    return Case({"edited_module": text}, METHOD, setup, "models[-1].edited(1)", patch=patch)


def constant(importers: int) -> Case:
    """A constant that so many modules import by name."""
    definition = f"LIMIT = {PLACE}\n"
    names = [f"importer_{n}" for n in range(importers)]
    importer = "from edited_module import LIMIT\n\n\ndef get():\n    return LIMIT\n"
    setup = f"import edited_module, importlib\nmodules = [importlib.import_module(name) for name in {names}]"
    patch = "for each in ({module}, *modules): each.LIMIT = LIMIT"
    files = {"edited_module": definition + ordinary(50)} | dict.fromkeys(names, importer)
    return Case(files, definition, setup, "sum(m.get() for m in modules)", 0, importers, patch)


def files(count: int) -> Case:
    """Functions in so many files, all edited at once."""
    names = [f"edited_{n}" for n in range(count)]
    setup = f"import importlib\nmodules = [importlib.import_module(name) for name in {names}]"
    text = around(EDITED, 100)
    expression = "sum(m.edited(1) for m in modules)"
    return Case(dict.fromkeys(names, text), EDITED, setup, expression, places=count, edited=tuple(names))


def tiny(count: int) -> dict[str, str]:
    """So many small modules in packages of a hundred."""
    found = {f"pack_{n}/__init__": "" for n in range((count + 99) // 100)}
    for n in range(count):
        found[f"pack_{n // 100}/small_{n}"] = (
            f'"""Module {n}."""\nimport os\n\nLIMIT = {n}\n\n\ndef get(x):\n    return x + LIMIT\n\n\n'
            "class Holder:\n    def get(self):\n        return LIMIT\n"
        )
    return found
