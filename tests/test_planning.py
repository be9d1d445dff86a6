"""What an edit means: pairs of units, kinds of change, and plans as values."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from textwrap import dedent
from typing import NoReturn

import pytest
from helpers import Project, Shell
from session import Session, session

import autoreload_hooks
from autoreload_hooks.compat import HAS_MONITORING
from autoreload_hooks.outline import Outline, Unit
from autoreload_hooks.outline.units import BY_TEXT
from autoreload_hooks.planning import Kind, Pair, classify, pair_units
from autoreload_hooks.planning.cutting import without
from autoreload_hooks.planning.held import Instances
from autoreload_hooks.planning.importers import imported_by_text
from autoreload_hooks.planning.ran import Ran
from autoreload_hooks.program import LiveModule
from autoreload_hooks.recordings import ModuleRecord
from autoreload_hooks.sources import Source


@pytest.fixture
def live(project: Project) -> Iterator[Session]:
    """A session that follows all modules."""
    with session() as opened:
        yield opened


ALIVE: list[Outline] = []


def pairs(old: str, new: str) -> list[Pair]:
    """The pairs of two versions, classified, in the order of the new source."""
    before, after = Outline.of(dedent(old), "m.py"), Outline.of(dedent(new), "m.py")
    ALIVE[:] = [before, after]
    found = [classify(*pair) for pair in pair_units(before.units, after.units)]
    return sorted(found, key=lambda pair: (pair.new is None, pair.unit.index))


def kinds(old: str, new: str) -> list[str]:
    """What happened to each unit, in the order of the new source; removed ones last."""
    return [f"{pair.unit.label}: {pair.kind.value}" for pair in pairs(old, new)]


# -- pairing and kinds ---------------------------------------------------------------------------------------------
def test_the_same_text_is_unchanged_or_moved() -> None:
    """Only the line tells them apart."""
    assert ["X = 1: unchanged", "Y = 2: unchanged"] == kinds("X = 1\nY = 2\n", "X = 1\nY = 2\n")
    assert ["X = 1: unchanged", "Y = 2: moved"] == kinds("X = 1\nY = 2\n", "X = 1\n\nY = 2\n")


def test_units_pair_by_what_they_bind() -> None:
    """Whatever else changes, and wherever they stand."""
    old = "X = 1\n\ndef f():\n    return 1\n"
    new = "def f():\n    return 2\n\nX = 2\n"

    assert ["def f: new body", "X = 2: changed"] == kinds(old, new)


def test_units_that_bind_nothing_pair_by_likeness() -> None:
    """An edited call is the same call; one that is quite another is new."""
    assert ["register('one', 2): changed"] == kinds("register('one', 1)\n", "register('one', 2)\n")
    assert ["start(): added", "register('one', 1): removed"] == kinds("register('one', 1)\n", "start()\n")


def test_several_binders_of_a_name_pair_by_text_then_by_order() -> None:
    """One that stays as it was is itself, whichever of them it is."""
    assert ["X = 2: moved", "X = 1: removed"] == kinds("X = 1\nX = 2\n", "X = 2\n")
    assert ["X = 5: changed", "X = 2: unchanged"] == kinds("X = 1\nX = 2\n", "X = 5\nX = 2\n")
    assert ["X = 1: unchanged", "X = 3: added", "X = 2: moved"] == kinds("X = 1\nX = 2\n", "X = 1\nX = 3\nX = 2\n")


def test_what_is_known_of_an_unchanged_unit_is_what_a_new_look_would_find() -> None:
    """Also where several units share a line."""
    old = "import a, b\nx = 1; y = a.n\nf(); g()\ns.t = h(x)\ndel y\nclass C(a.B):\n    k = x\nf(); g()\n"
    before, after, fresh = (Outline.of(text, "m.py") for text in (old, "# note\nf()\n" + old, "# note\nf()\n" + old))
    for unit in before.units:
        known(unit)
    found = [classify(*pair) for pair in pair_units(before.units, after.units)]

    assert len(before.units) == sum(pair.kind is Kind.MOVED for pair in found)
    assert [known(unit) for unit in fresh.units] == [known(unit) for unit in after.units]


def known(unit: Unit) -> list[object]:
    """All that the text of a unit tells."""
    return [getattr(unit, name) for name in BY_TEXT]


def test_layout_and_comments_are_no_change() -> None:
    """What the compiler makes of it decides."""
    (pair,) = pairs("X = {'a':1}\n", "X = {  # note\n    'a': 1,\n}\n")

    assert Kind.BODY is pair.kind
    assert () == pair.bodies


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("def f():\n    return 1\n", "def f():\n    return 2\n", Kind.BODY),
        ("def f(a):\n    return 1\n", "def f(b):\n    return 1\n", Kind.CHANGED),
        ("def f(a=1):\n    return 1\n", "def f(a=2):\n    return 1\n", Kind.CHANGED),
        ("def f():\n    return 1\n", "@d\ndef f():\n    return 1\n", Kind.CHANGED),
        ("def f():\n    return 1\n", "async def f():\n    return 1\n", Kind.CHANGED),
        ("def f():\n    return 1\n", "def f():\n    yield 1\n", Kind.CHANGED),
        ("def f():\n    return 1\n", "f = 1\n", Kind.CHANGED),
        ("f = lambda: 1\n", "f = lambda: 2\n", Kind.BODY),
        ("class K:\n    def m(self): return 1\n", "class K:\n    def m(self): return 2\n", Kind.BODY),
        ("class K:\n    x = 1\n", "class K:\n    x = 2\n", Kind.CHANGED),
        ("class K:\n    def m(self): ...\n", "class K:\n    def n(self): ...\n", Kind.CHANGED),
        ("if a:\n    def f(): return 1\n", "if a:\n    def f(): return 2\n", Kind.BODY),
        ("if a:\n    def f(): return 1\n", "if b:\n    def f(): return 1\n", Kind.CHANGED),
        ("X = [i for i in a]\n", "X = [j for j in a if j]\n", Kind.CHANGED),
        ("def f():\n    x = 1\n    def g(): return 1\n", "def f():\n    x = 1\n    def g(): return x\n", Kind.BODY),
    ],
)
def test_kinds_of_change(old: str, new: str, kind: Kind) -> None:
    """Inside of functions it is a new body; whatever a statement does when it runs is a change."""
    (pair,) = pairs(old, new)

    assert kind is pair.kind


def test_new_bodies_are_named() -> None:
    """Each function that differs, as (old, new); others of the unit are not."""
    (pair,) = pairs(
        "class K:\n    def a(self): return 1\n    def b(self): return 1\n",
        "class K:\n    def a(self): return 1\n    def b(self): return 2\n",
    )

    assert [("K.b", "K.b")] == [(old.co_qualname, new.co_qualname) for old, new in pair.bodies]


def test_a_future_import_changes_what_it_changes() -> None:
    """Annotations compile in another way; features that have become the rule do not."""
    text = "def f(n: int): ...\n"

    assert Kind.CHANGED is pairs(text, "from __future__ import annotations\n" + text)[-1].kind
    assert Kind.MOVED is pairs(text, "from __future__ import generator_stop\n" + text)[-1].kind


def test_what_the_module_imports_may_change_the_code_of_what_mentions_it() -> None:
    """Calls through an imported name are other instructions (3.12); what does not mention it has only moved."""
    text = "def f(): return m.g()\ndef h(): return 1\n"

    assert [Kind.ADDED, Kind.BODY, Kind.MOVED] == [pair.kind for pair in pairs(text, "import m\n" + text)]


def test_one_name_of_an_import_comes_and_goes_alone() -> None:
    """The other names of the statement are untouched."""
    found = pairs("from m import a, b\n", "from m import a, c\n")

    assert [({"a"}, Kind.BODY), ({"c"}, Kind.ADDED), ({"b"}, Kind.REMOVED)] == [
        (set(p.unit.binds), p.kind) for p in found
    ]


# -- plans ---------------------------------------------------------------------------------------------------------
PROGRAM = {
    "low.py": "LIMIT = 1\n\ndef f():\n    return LIMIT\n\ndef g():\n    return 2\n\nGONE = 3\n",
    "high.py": "from low import LIMIT, f\n\nTWICE = LIMIT * 2\nMADE = f()\nOTHER = 5\n",
}


def test_without_an_edit_the_plan_is_empty(live: Session, project: Project) -> None:
    """And it is false."""
    project(PROGRAM)
    live.cell("import high")
    plan = live.reloader.plan()

    assert not plan
    assert () == plan.edits
    assert "Nothing to do: no followed file has changed." == str(plan)


def test_a_plan_says_what_and_because_of_what(live: Session, project: Project) -> None:
    """Swaps, certain runs, runs that may follow, removals; asking changes nothing."""
    project(PROGRAM)
    live.cell("import high")
    project.edit("low.py", "LIMIT = 2\n\ndef f():\n    return LIMIT\n\ndef g():\n    return 3\n")
    plan = live.reloader.plan()

    assert ["low"] == [edit.name for edit in plan.edits]
    assert ("low:g",) == plan.swaps
    assert ["low:1 LIMIT = 2, because its source changed"] == [str(run) for run in plan.runs]
    assert ("low.GONE",) == plan.removals
    assert "high:4 MADE = f()" in {str(run).partition(",")[0] for run in plan.may_run}
    assert 1 == live.value("high.LIMIT")
    assert "may run   high:4 MADE = f(), because " in str(plan)


def test_a_plan_foresees_readers_in_other_modules(live: Session, project: Project) -> None:
    """Under whatever name a value was imported, and on through what is computed of it; holders of a function stay."""
    project(
        {
            "low.py": "N = 1\ndef f(n=1):\n    return n\n",
            "mid.py": "from low import N as M, f\nD = M * 2\nHELD = [f]\nMADE = f()\n",
            "high.py": "import mid\nfrom mid import *\nE = D + 1\nF = mid.D\nother = 5\n",
        }
    )
    live.cell("import high")
    project.edit("low.py", "N = 3\ndef f(n=2):\n    return n\n")
    plan = live.reloader.plan()
    foreseen = {str(run) for run in plan.may_run}

    assert {
        "mid:2 D = M * 2, because low.N may differ",
        "mid:4 MADE = f(), because low:f changed",
        "high:3 E = D + 1, because mid.D may differ",
        "high:4 F = mid.D, because mid.D may differ",
    } == foreseen

    report = live.check()
    assert {f"run {text.partition(',')[0]}" for text in foreseen} <= set(report.events)


def test_a_plan_can_be_asked_for_again_and_is_then_carried_out(live: Session, project: Project) -> None:
    """Planning is pure: the check afterwards does the same as without it."""
    project(PROGRAM)
    live.cell("import high")
    project.sub("low.py", "LIMIT = 1", "LIMIT = 4")
    first, second = live.reloader.plan(), live.reloader.plan()
    assert str(first) == str(second)

    live.check()

    assert (4, 8, 4) == tuple(live.value(f"high.{name}") for name in ("LIMIT", "TWICE", "MADE"))
    assert [str(run).partition(",")[0] for run in first.runs] == ["low:1 LIMIT = 4"]
    assert not live.reloader.plan()


# -- who ran, who reads --------------------------------------------------------------------------------------------
def index_of(**sources: str) -> tuple[Ran, dict[str, LiveModule]]:
    """An empty index and a module of each source; if one is spread, its first function ran in its last unit."""
    lives = {}
    for name, source in sources.items():
        record = ModuleRecord(name, f"{name}.py", True, 0, "", {}, source=Source(f"{name}.py", None, source.encode()))
        lives[name] = LiveModule(record)
    index = Ran(lambda live: index.enter(live, live.outline.units[-1], live.outline.units[0].functions))
    return index, lives


@pytest.mark.parametrize("asked", [0, 10])
def test_functions_are_found_by_the_names_that_they_mention(asked: int) -> None:
    """Themselves, in a comprehension, or by whatever name they are told; whether few or many names were asked for."""
    source = "def f(): a\ndef g(): [b for c in d]\ndef h(): getattr(a, e)\nX = 1\n"
    index, lives = index_of(m=source)
    for unit in lives["m"].outline.units[:2]:
        index.enter(lives["m"], unit, unit.functions)
    for number in range(asked):
        index.mentioning(f"other{number}")
    last = lives["m"].outline.units[2]
    index.enter(lives["m"], last, last.functions)

    def found(name: str) -> set[str]:
        return {code.co_name for code in index.mentioning(name)}

    assert [{"f", "h"}, {"g", "h"}, {"g", "h"}, {"h"}] == [found("a"), found("b"), found("d"), found("nowhere")]


def test_what_ran_before_counts_no_more_once_a_unit_has_run_again() -> None:
    """In that unit; in others it still ran."""
    index, lives = index_of(m="def f(): pass\nX = f()\nY = f()\n")
    made, first, second = lives["m"].outline.units
    index.enter(lives["m"], first, made.functions)
    index.enter(lives["m"], second, made.functions)
    index.leave(first)

    assert [(lives["m"], second)] == index.units(id(made.functions[0]))


def test_a_module_is_outlined_only_when_somebody_asks_for_its_units() -> None:
    """That a function ran somewhere in it is known without."""
    index, lives = index_of(low="def f(): pass\nX = f()\n", high="def g(): pass\nY = g()\n")
    codes = {name: compile(f"def {name}(): pass", "m.py", "exec").co_consts[0] for name in "fg"}
    for name, live in zip("fg", lives.values(), strict=True):
        index.enter_module(live, [codes[name]])

    assert [codes["f"]] == [code for code in index.codes.values() if code.co_name == "f"]
    assert not lives["low"].outlined
    index.units(id(codes["f"]))
    assert (True, False) == (lives["low"].outlined, lives["high"].outlined)


class Sly(dict[str, object]):
    """A dictionary whose methods are not to be run."""

    def items(self) -> NoReturn:  # type: ignore[override]
        """Not to be run."""
        raise AssertionError

    __iter__ = keys = values = items  # type: ignore[assignment]


def test_who_holds_instances_is_known_without_running_code(live: Session, project: Project) -> None:
    """Themselves, or in plain containers of whatever class; a builtin class is nobody's."""
    project(
        {"low.py": "class A: pass\nclass B: pass\nONE = A()\nSOME = [1, A()]\n", "high.py": "from low import SOME\n"}
    )
    live.cell("import high, low")
    low = sys.modules["low"]
    low.SLY = Sly(key=low.B())
    instances = Instances(live.reloader.program)

    assert {("low", "ONE"), ("low", "SOME"), ("high", "SOME")} == set(instances.named([low.A]))
    assert [("low", "SLY")] == instances.named([low.B, int])


@pytest.mark.skipif(not HAS_MONITORING, reason="before 3.12 names stand in for recordings")
def test_a_new_body_may_run_what_ran_it(live: Session, project: Project) -> None:
    """Units in which the function ran, and no others."""
    project(PROGRAM)
    live.cell("import high")
    project.sub("low.py", "return LIMIT", "return LIMIT + 1")
    plan = live.reloader.plan()

    assert ("low:f",) == plan.swaps
    assert () == plan.runs
    assert ["high:4 MADE = f(), because low:f changed"] == [str(run) for run in plan.may_run]


def test_files_that_do_not_compile_are_named(live: Session, project: Project) -> None:
    """They stay out of the plan, which says why."""
    project(PROGRAM)
    live.cell("import high")
    project.edit("low.py", "LIMIT = (\n")
    plan = live.reloader.plan()

    assert plan
    assert () == plan.edits
    assert "low" in plan.broken[0]
    assert "broken    " in str(plan)


def test_pinned_units_are_not_planned(live: Session, project: Project) -> None:
    """Neither for their own change nor for what they read."""
    project({"a.py": "N = 1\nX = [N]  # autoreload: keep\nY = [N]\n"})
    live.cell("import a")
    project.edit("a.py", "N = 2\nX = [N, N]  # autoreload: keep\nY = [N]\n")
    plan = live.reloader.plan()

    assert ["a:1 N = 2"] == [str(run).partition(",")[0] for run in plan.runs]
    assert ["a:3 Y = [N]"] == [str(run).partition(",")[0] for run in plan.may_run]


def test_an_uncovered_binder_is_planned(live: Session, project: Project) -> None:
    """When the last binder goes, the one before it gives the value."""
    project({"a.py": "X = 1\nX = 2\n"})
    live.cell("import a")
    project.edit("a.py", "X = 1\n")

    assert ["a:1 X = 1, because it is the last to bind X now"] == [str(run) for run in live.reloader.plan().runs]


def test_with_full_all_units_of_an_edited_module_are_planned(live: Session, project: Project) -> None:
    """And none of another."""
    project(PROGRAM)
    live.cell("import high")
    live.reloader.full = True
    project.sub("low.py", "return 2", "return 3")

    assert {"low"} == {run.module for run in live.reloader.plan().runs}
    assert 4 == len(live.reloader.plan().runs)


def test_a_compiling_decorator_makes_a_body_a_change(live: Session, project: Project) -> None:
    """What numba and its like have compiled takes a new body only by decorating again."""
    project(
        {
            "numba/__init__.py": "def njit(f):\n    return f\n",
            "a.py": """
                import numba
                from numba import njit

                @numba.njit
                def f():
                    return 1

                @njit
                def g():
                    return 1
            """,
        }
    )
    live.cell("import a")
    project.edit("a.py", lambda text: text.replace("return 1", "return 2"))

    assert {"a:4 def f", "a:8 def g"} == {str(run).partition(",")[0] for run in live.reloader.plan().runs}


def test_the_plan_is_public(shell: Shell, project: Project) -> None:
    """`autoreload_hooks.plan()` gives the value, `%autoreload plan` shows it, and neither does anything."""
    project(PROGRAM)
    shell.load()
    shell.cell("import high")
    project.sub("low.py", "LIMIT = 1", "LIMIT = 7")
    plan = autoreload_hooks.plan()

    assert "run       low:1 LIMIT = 7, because its source changed" in str(plan)
    assert str(plan) == shell.magic("autoreload plan").rstrip("\n")
    assert 1 == shell.namespace["high"].LIMIT
    assert 7 == shell.value("high.LIMIT")


def test_a_plan_needs_the_extension() -> None:
    """Without it there is nothing to ask."""
    with pytest.raises(RuntimeError, match="load_ext autoreload_hooks"):
        autoreload_hooks.plan()


# -- files that are gone -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "places", "left"),
    [
        ("x = 1\nf()\ny = 2\n", [1], "x = 1\n\ny = 2\n"),
        ("x = 1\n@f\n@f(\n  1)\ndef g():\n    pass\ny = 2\n", [1], "x = 1\n\n\n\n\n\ny = 2\n"),
        ("x = 1; f(); y = 2\n", [1], "x = 1; pass; y = 2\n"),
        ("x = 'ä'; f('ö'); y = 'ü'\n", [1], "x = 'ä'; pass; y = 'ü'\n"),
        ("x = 1\nf(\n 1); y = 2\n", [1], "x = 1\n(0\n); y = 2\n"),
        ("x = 1; f(\n 1,\n 2)\ny = 2\n", [1], "x = 1; (0\n\n)\ny = 2\n"),
        ("x = 1; f(1); f(2)\n", [1, 2], "x = 1; pass; pass\n"),
        ("x = 1\n\x0c\ny = '''\x0c\n\u2028\n'''\nf()\n", [2], "x = 1\n\x0c\ny = '''\x0c\n\u2028\n'''\n\n"),
        ("if x:\n    f()\n    x = 2\ny = 2\n", [0], "\n\n\ny = 2\n"),
    ],
)
def test_statements_are_cut_where_they_stand(text: str, places: list[int], left: str) -> None:
    """What shares a line with them stays, and so does every character that ends no line for Python."""
    live = LiveModule(ModuleRecord("m", "m.py", True, 1, "", {}, source=Source("m.py", None, text.encode())))
    edit = without(live, [live.outline.units[place] for place in places])

    assert edit is not None
    assert left.encode() == edit.data
    assert len(places) == len(edit.pairs_of(Kind.REMOVED))


def test_what_cannot_be_cut_is_left_whole() -> None:
    """The text that stays would begin with another statement: a docstring, by then."""
    text = "f()\n'''text'''\n"
    live = LiveModule(ModuleRecord("m", "m.py", True, 1, "", {}, source=Source("m.py", None, text.encode())))

    assert without(live, live.outline.units[:1]) is None


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("import_module('a.b')", [r"a\.b"]),
        ("importlib.import_module('.b', __package__)", [".*b"]),
        ("import_module(f'.{x}', 'a')", [".*.*"]),
        ("__import__(f'{__name__}.{x}')", [r"pkg\.m\..*"]),
        ("import_module(__package__ + '.b')", [r"pkg\.b"]),
        ("import_module(f'a.{x!r}')", [r"a\..*"]),
        ("import_module('%s.b' % x)", [".*"]),
        ("list(map(import_module, names))", [".*"]),
        ("getattr(importlib, 'import_module')(x)", [".*"]),
        ("from importlib import import_module as load", [".*"]),
        ("from importlib import import_module", []),
    ],
)
def test_what_a_text_may_name_is_a_pattern(text: str, patterns: list[str]) -> None:
    """As far as the syntax says what the text is; anything, where the function is handed on."""
    assert patterns == list(imported_by_text(Outline.of(text, "m.py"), "pkg.m", "pkg"))
