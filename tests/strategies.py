"""Random small programs of a few modules, and random edits of them, as data that knows what depends on what.

A program is made of items: one statement each, with what it binds, reads and runs. From these alone `allowed` says
which units an edit may run; nothing here asks the code under test.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

QUICK = [Phase.explicit, Phase.generate]  # to find a smaller example may take minutes: the other profile does
COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("quick", max_examples=25, phases=QUICK, derandomize=True, **COMMON)  # type: ignore[arg-type]
settings.register_profile("thorough", max_examples=300, **COMMON)  # type: ignore[arg-type]
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

Place = tuple[str, str]
"""A module and a name in it."""


@dataclass(frozen=True)
class Item:
    """One statement of a module."""

    name: str  #: what it binds, or what it is called if it binds nothing
    kind: str  #: which of the kinds below it is
    value: int = 0  #: what an edit changes
    reads: tuple[str, ...] = ()  #: the names that it reads when it runs, or that its body reads when called
    target: str = ""  #: the module that it imports, the function that it calls, the registry that it acts upon
    note: str = ""  #: a comment after it, which says nothing

    def text(self) -> str:
        """Its source."""
        return KINDS[self.kind](self) + (f"  # {self.note}" if self.note and self.kind not in BLOCKS else "")

    @property
    def runs(self) -> str:
        """What of its source counts as its own: the text without comments and without function bodies."""
        return BODILESS.get(self.kind, KINDS[self.kind])(self)


def _sum(item: Item, first: str) -> str:
    return " + ".join([first, *(f"size({name})" for name in item.reads)])


def _function(item: Item) -> str:
    return f"def {item.name}(n=1):\n    return n + {_sum(item, str(item.value))}"


def _class(item: Item, method: int | None = None) -> str:
    base = f"({item.target})" if item.target else ""
    body = item.value % 7 if method is None else method
    return (
        f"class {item.name}{base}:\n    level = {_sum(item, str(item.value // 7))}\n\n"
        f"    def m_{item.name}(self):\n        return {body}"
    )


KINDS: dict[str, Callable[[Item], str]] = {
    "constant": lambda i: f"{i.name} = {('%d', '(%d, 0)', '%r', '[%d]')[i.value % 4] % (i.value // 4)}",
    "derived": lambda i: f"{i.name} = {_sum(i, str(i.value))}",
    "function": _function,
    "decorated": lambda i: f"@plain\n{_function(i)}",
    "class": _class,
    "call": lambda i: f"{i.name} = {i.target}({i.value})",
    "from": lambda i: f"from {i.target} import {i.reads[0]}",
    "alias": lambda i: f"from {i.target} import {i.reads[0]} as {i.name}",
    "star": lambda i: f"from {i.target} import *",
    "import": lambda i: f"import {i.target} as {i.name}",
    "attribute": lambda i: f"{i.name} = size({i.target}.{i.reads[0]}) + {i.value}",
    "branch": lambda i: f"if {i.value} % 2:\n    {i.name} = {_sum(i, '1')}\nelse:\n    {i.name} = {_sum(i, '2')}",
    "registry": lambda i: f"{i.name} = []",
    "register": lambda i: f"{i.target}.append({i.reads[0]})",
    "state": lambda i: f"{i.name} = {{}}",
}
"""How each kind of item is written."""

BLOCKS = {"function", "decorated", "class", "branch"}
BODILESS: dict[str, Callable[[Item], str]] = {
    "function": lambda i: f"def {i.name}(n=1)",
    "decorated": lambda i: f"@plain def {i.name}(n=1)",
    "class": lambda i: _class(i, 0),
}
CALLABLE = {"function", "decorated"}
VALUES = {"constant", "derived", "call", "attribute", "branch"}
EDITABLE = {"constant", "derived", "function", "decorated", "class", "call", "attribute", "branch"}
PRELUDE = """
def size(value):
    return value if isinstance(value, int) else len(str(value))

def plain(f):
    def inner(n=1):
        return f(n)
    return inner
"""


@dataclass(frozen=True)
class Program:
    """Modules as lists of items; `m0` imports all others, directly or not."""

    modules: dict[str, tuple[Item, ...]] = field(default_factory=dict)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Show its sources: what Hypothesis tells of a failure."""
        for name, text in self.files().items():
            printer.text("" if "helper" in name else f"\n# {name}\n{text}")

    def files(self) -> dict[str, str]:
        """The sources, and a module of helpers that is never edited."""
        head = "from helper_functions import plain, size\n\n"
        texts = {
            f"{name}.py": head + "\n".join(item.text() for item in items) + "\n" for name, items in self.modules.items()
        }
        return {**texts, "helper_functions.py": PRELUDE}

    def item_at(self, module: str, line: int) -> Item:
        """The item that begins at a line."""
        at = 3
        for item in self.modules[module]:
            if at == line:
                return item
            at += item.text().count("\n") + 1
        raise AssertionError(f"nothing begins at {module}:{line}")

    def every(self) -> Iterator[tuple[str, Item]]:
        """Each item with its module."""
        for module, items in self.modules.items():
            yield from ((module, item) for item in items)

    def resolve(self, module: str, name: str) -> Place:
        """Where the object of a name is made: imports are followed."""
        item = next((item for item in reversed(self.modules[module]) if item.name == name), None)
        if item is not None and item.kind not in {"from", "alias"}:
            return module, name
        if item is not None:
            return self.resolve(item.target, item.reads[0])
        star = next(i for i in self.modules[module] if i.kind == "star" and name in self.visible(i.target))
        return self.resolve(star.target, name)

    def visible(self, module: str) -> dict[str, Item]:
        """The names of a module that can be read, with the item that makes each."""
        names: dict[str, Item] = {}
        for item in self.modules[module]:
            if item.kind == "star":
                names |= {n: i for n, i in self.visible(item.target).items() if i.kind != "import"}
            elif item.kind in {"from", "alias"}:
                names[item.name] = self.visible(item.target)[item.reads[0]]
            elif item.kind not in {"register"}:
                names[item.name] = item
        return names


def allowed(old: Program, new: Program) -> set[tuple[str, str]]:
    """The items (module, name) that the rules of dependency allow to run after an edit, at most.

    An item runs if it is new or differs in what is its own; if something that it reads may have come out different; or
    if a function that ran inside it has changed. Whoever acts on an object joins whoever else acts on it.
    """
    before = {(module, item.name): item for module, item in old.every()}
    runs: set[Place] = set()  # items that run
    differs: set[Place] = set()  # names whose value, or code, may differ
    more = Counter((module, item.name) for module, item in new.every())
    more.subtract((module, item.name) for module, item in old.every())
    for module, item in new.every():
        was = before.get((module, item.name))
        if was is None or was.runs != item.runs or was.kind != item.kind or more[module, item.name] > 0:
            runs.add((module, item.name))
            differs.add((module, item.name))
        elif was.value != item.value or was.reads != item.reads:
            differs.add((module, item.name))
    gone = before.keys() - {(module, item.name) for module, item in new.every()}
    struck = {
        _registry(old, module, before[module, name]) for module, name in gone if before[module, name].kind == "register"
    }
    while True:
        size = len(runs), len(differs), len(struck)
        for module, item in new.every():
            place = module, item.name
            if item.kind == "register" and (
                (place in runs and before.get(place) not in (None, item)) or _touches(new, module, item, differs, runs)
            ):
                struck.add(_registry(new, module, item))
            if place in runs:
                differs.add(place)
            elif item.kind in CALLABLE:
                if _touches(new, module, item, differs, runs):
                    differs.add(place)  # what it gives when called
            elif item.kind == "register":
                if _registry(new, module, item) in struck | runs or _touches(new, module, item, differs, runs):
                    runs.add(place)
            elif item.kind == "registry":
                if place in struck:
                    runs.add(place)
            elif _touches(new, module, item, differs, runs):
                runs.add(place)
        if size == (len(runs), len(differs), len(struck)):
            return runs


def _registry(program: Program, module: str, item: Item) -> Place:
    return program.resolve(module, item.target)


def _touches(program: Program, module: str, item: Item, differs: set[Place], runs: set[Place]) -> bool:
    """Whether something that an item reads, calls or derives from may differ."""
    names = [(module, name) for name in item.reads]
    if item.kind in {"call", "class"} and item.target:
        names.append((module, item.target))
    if item.kind in {"from", "alias", "import", "star", "register", "registry", "state"}:
        names = []
    if item.kind == "attribute":
        inner = next(i for i in program.modules[module] if i.name == item.target)
        names = [(inner.target, item.reads[0])]
    return any(program.resolve(*name) in differs for name in names)


# -- making programs ---------------------------------------------------------------------------------------------------
@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program of two to four modules."""
    count = draw(st.integers(2, 4))
    modules: dict[str, tuple[Item, ...]] = {}
    for index in reversed(range(count)):
        name = f"m{index}"
        below = [f"m{i}" for i in range(index + 1, count)]
        modules[name] = ()
        items = [Item(f"mod_{other}", "import", target=other) for other in below]
        modules[name] = tuple(items)
        for _ in range(draw(st.integers(2, 6))):
            item = draw(_items(Program(modules), name, below))
            modules[name] = (*modules[name], item)
    return Program(dict(sorted(modules.items())))


@st.composite
def _items(draw: st.DrawFn, program: Program, module: str, below: list[str]) -> Item:
    """One more item for the end of a module, which reads only what is there."""
    visible = program.visible(module)
    name = _unused(program, module)
    values = [n for n, item in visible.items() if item.kind in VALUES]
    functions = [n for n, item in visible.items() if item.kind in CALLABLE]
    classes = [n for n, item in visible.items() if item.kind == "class"]
    registries = [n for n, item in visible.items() if item.kind == "registry"]
    kinds = ["constant", "constant", "function", "class", "state", "registry"]
    kinds += ["derived", "function", "branch"] if values else []
    kinds += ["call", "call", "decorated"] if functions else []
    kinds += ["register"] if registries and (functions or classes) else []
    kinds += ["from", "alias", "star", "attribute"] if below else []
    kind = draw(st.sampled_from(kinds))
    value = draw(st.integers(0, 40))
    some = st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple) if values else st.just(())
    if kind in {"constant", "state", "registry"}:
        return Item(name, kind, value)
    if kind in {"derived", "function", "decorated", "branch"}:
        return Item(name, kind, value, draw(some))
    if kind == "class":
        return Item(name, kind, value, draw(some), draw(st.sampled_from([*classes, "", ""])))
    if kind == "call":
        return Item(name, kind, value, (), draw(st.sampled_from(functions)))
    if kind == "register":
        entry = draw(st.sampled_from([*functions, *classes]))
        return Item(name, kind, value, (entry,), draw(st.sampled_from(registries)))
    return draw(_imports(program, name, kind, value, below))


@st.composite
def _imports(draw: st.DrawFn, program: Program, name: str, kind: str, value: int, below: list[str]) -> Item:
    """An item that takes something from another module."""
    other = draw(st.sampled_from(below))
    names = {n: item for n, item in program.visible(other).items() if item.kind != "import"}
    numbers = [n for n, item in names.items() if item.kind in VALUES]
    if kind == "star":  # once: the same line twice cannot be told apart
        stars = {item.target for item in program.modules[name.partition("_")[0]] if item.kind == "star"}
        return Item(name, "constant", value) if other in stars else Item(name, "star", target=other)
    if kind == "attribute" and numbers:
        return Item(name, kind, value, (draw(st.sampled_from(numbers)),), f"mod_{other}")
    if not names:
        return Item(name, "constant", value)
    chosen = draw(st.sampled_from(sorted(names)))
    return Item(
        chosen if kind == "from" else name, "from" if kind == "from" else "alias", reads=(chosen,), target=other
    )


def _unused(program: Program, module: str) -> str:
    """A name that no item of the program has."""
    taken = {item.name for _, item in program.every()}
    return next(n for i in range(1000) if (n := f"{module}_{i}") not in taken)


# -- making edits ------------------------------------------------------------------------------------------------------
@st.composite
def edits(draw: st.DrawFn, program: Program) -> Program:
    """A version of a program with one to three changes that a fresh process can import."""
    for _ in range(draw(st.integers(1, 3))):
        change = draw(st.sampled_from([_change, _change, _change, _add, _remove, _comment]))
        program = draw(change(program))
    return program


@st.composite
def _change(draw: st.DrawFn, program: Program) -> Program:
    """Another value, body or argument for one item."""
    found = [(module, item) for module, item in program.every() if item.kind in EDITABLE]
    if not found:
        return program
    module, item = draw(st.sampled_from(found))
    return _with(program, module, item, replace(item, value=draw(st.integers(0, 40))))


@st.composite
def _add(draw: st.DrawFn, program: Program) -> Program:
    """One more item at the end of a module."""
    module = draw(st.sampled_from(sorted(program.modules)))
    below = [name for name in program.modules if name > module]
    item = draw(_items(program, module, below))
    return Program(program.modules | {module: (*program.modules[module], item)})


@st.composite
def _remove(draw: st.DrawFn, program: Program) -> Program:
    """One item less, which nobody needs."""
    found = [
        (module, item)
        for module, item in program.every()
        if item.kind != "import" and not _is_needed(program, module, item)
    ]
    if not found:
        return program
    module, item = draw(st.sampled_from(found))
    return _with(program, module, item, None)


@st.composite
def _comment(draw: st.DrawFn, program: Program) -> Program:
    """Another comment somewhere."""
    module, item = draw(st.sampled_from(list(program.every())))
    return _with(program, module, item, replace(item, note=draw(st.sampled_from(["one", "two words", ""]))))


def _is_needed(program: Program, module: str, item: Item) -> bool:
    """Whether another item reads what one binds, by whatever way."""
    names = program.visible(item.target) if item.kind == "star" else {item.name: item}
    for other, reader in program.every():
        if other == module and (set(reader.reads) | {reader.target}) & names.keys() and reader is not item:
            return True
        if reader.kind in {"from", "alias", "attribute"} and set(reader.reads) & names.keys():
            return True
        if reader.kind == "star" and other != module:
            rest = program.modules[other]
            if any((set(r.reads) | {r.target}) & names.keys() for r in rest):
                return True
    return False


def _with(program: Program, module: str, old: Item, new: Item | None) -> Program:
    items = [new if item is old else item for item in program.modules[module]]
    return Program(program.modules | {module: tuple(item for item in items if item is not None)})


@st.composite
def breakages(draw: st.DrawFn, program: Program) -> dict[str, str]:
    """The files of a version in which one module raises, somewhere, after other edits of it."""
    module = draw(st.sampled_from(sorted(program.modules)))
    changed = program
    for item in program.modules[module]:
        if item.kind in EDITABLE and draw(st.booleans()):
            changed = _with(changed, module, item, replace(item, value=item.value + 4 * draw(st.integers(1, 5))))
    fault = draw(
        st.sampled_from(
            ["1 / 0", "undefined_name", "def broken(:", "raise RuntimeError('fault')", "import no_such_module"]
        )
    )
    lines = [item.text() for item in changed.modules[module]]
    lines.insert(draw(st.integers(0, len(lines))), fault)
    return {f"{module}.py": "from helper_functions import plain, size\n\n" + "\n".join(lines) + "\n"}


@st.composite
def comments(draw: st.DrawFn, program: Program) -> dict[str, str]:
    """The files of a program with comments and blank lines between items, and nothing else."""
    chance = random.Random(draw(st.integers(0, 1000)))
    files = program.files()
    name = draw(st.sampled_from([f"{module}.py" for module in program.modules]))
    blocks = ["from helper_functions import plain, size", *(i.text() for i in program.modules[name[:-3]])]
    return files | {name: "\n".join(chance.choice(["", "# a comment\n", "\n\n"]) + block for block in blocks) + "\n"}
