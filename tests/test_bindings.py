"""Imports are recorded by what they import and by who imports."""

from __future__ import annotations

import pytest
from helpers import Project

from autoreload_hooks.bindings import USER, Binding, BindingTable, absolute
from autoreload_hooks.compat import ImportSite, import_sites


def sites(source: str) -> tuple[ImportSite, ...]:
    """The imports of a module with this source."""
    return import_sites(compile(source, "module.py", "exec"))


def table(**importers: str) -> BindingTable:
    """A table in which each importer (`__` for a dot) has this source, outside any package."""
    filled = BindingTable()
    for name, source in importers.items():
        name = name.replace("__", ".")
        filled.record(name, name.rpartition(".")[0], sites(source))
    return filled


def test_a_from_import_is_found_by_its_source_and_name() -> None:
    """`from a import x as z` in b is found by (a, x)."""
    assert (Binding("b", "z", "a", "x"),) == table(b="from a import x as z").of("a", "x")


def test_a_name_that_nobody_imports_has_no_bindings() -> None:
    """What nobody imports has no bindings."""
    assert () == table(b="from a import x").of("a", "y")


def test_all_importers_of_a_name_are_found_in_the_order_of_recording() -> None:
    """Several importers of one name are all found, in order."""
    found = table(b="from a import x", c="from a import x as y").of("a", "x")

    assert ["b", "c"] == [binding.importer for binding in found]


def test_an_import_of_a_module_binds_no_name_of_it() -> None:
    """`import a` and `import a.b as c` are no bindings of names."""
    assert () == table(b="import a\nimport a.c as d").by("b")


def test_relative_imports_are_resolved_with_the_importers_package() -> None:
    """The dots of a relative import count from the importer's package."""
    found = table(pkg__sub__m="from ..a import x\nfrom . import y\nfrom .. import z").by("pkg.sub.m")

    assert [("pkg.a", "x"), ("pkg.sub", "y"), ("pkg", "z")] == [(b.source, b.name) for b in found]


@pytest.mark.parametrize(
    ("module", "level", "package", "name"),
    [
        ("a.b", 0, "p", "a.b"),
        ("a", 1, "p", "p.a"),
        ("", 1, "p.q", "p.q"),
        ("a", 2, "p.q", "p.a"),
        ("", 3, "p.q.r", "p"),
        ("a", 1, None, "a"),
    ],
)
def test_dots_are_counted_as_python_does(module: str, level: int, package: str | None, name: str) -> None:
    """One dot is the package itself, each further one its parent."""
    assert name == absolute(module, level, package)


def test_star_imports_are_found_by_their_source() -> None:
    """`from a import *` is known for its source and is no binding of a name."""
    filled = table(b="from a import *", c="from a import x")

    assert ("b",) == filled.stars_of("a")
    assert () == filled.by("b")


def test_imported_modules_are_in_source_order_with_their_packages() -> None:
    """Every form of import counts, packages before what is in them, each module once."""
    filled = table(pkg__m="import a.b.c\nfrom .n import x\nfrom d import *\nimport a.b")

    assert ("a", "a.b", "a.b.c", "pkg", "pkg.n", "d") == filled.imported_modules("pkg.m")


def test_a_submodule_imported_by_name_is_an_imported_module(project: Project) -> None:
    """`from pkg import sub` imports the module pkg.sub where that is one."""
    project({"pkg": {"__init__.py": "x = 1", "sub.py": ""}})
    project.load("pkg.sub")

    assert ("pkg", "pkg.sub") == table(m="from pkg import sub, x").imported_modules("m")


def test_recording_again_adds() -> None:
    """The notebook records each cell: what it bound before stays."""
    filled = BindingTable()
    filled.record(USER, None, sites("from a import x"))
    filled.record(USER, None, sites("from a import y"))
    filled.record(USER, None, sites("from a import y"))

    assert ["x", "y"] == [binding.local for binding in filled.by(USER)]
    assert ("a",) == filled.imported_modules(USER)


def test_recording_again_replaces_when_told_so() -> None:
    """A module that ran again has the imports of its new source only."""
    filled = table(b="from a import x\nfrom c import *")
    filled.record("b", None, sites("from a import y"), replace=True)

    assert () == filled.of("a", "x")
    assert () == filled.stars_of("c")
    assert (Binding("b", "y", "a", "y"),) == filled.of("a", "y")


def test_replacing_after_a_question_replaces_too() -> None:
    """It makes no difference whether somebody asked in between."""
    filled = table(b="from a import x\nfrom c import *", d="from a import x")
    assert len(filled.of("a", "x")) == 2
    filled.record("b", None, sites(""), replace=True)

    assert ["d"] == [binding.importer for binding in filled.of("a", "x")]
    assert () == filled.stars_of("c")
    assert () == filled.imported_modules("b")


def test_forgetting_an_importer_leaves_the_others() -> None:
    """A module that has gone binds nothing any more."""
    filled = table(b="from a import x", c="from a import x")
    filled.forget("b")

    assert ["c"] == [binding.importer for binding in filled.of("a", "x")]


def test_what_is_only_expected_is_asked_for_when_its_text_has_the_name() -> None:
    """Of an expected importer the imports are read at the first question that could concern it."""
    texts = {"b": "from a import x", "c": "from a import y"}
    asked: list[str] = []

    def sites_of(name: str) -> tuple[ImportSite, ...]:
        asked.append(name)
        return sites(texts[name])

    filled = BindingTable(sites_of, lambda name, word: word in texts[name])
    filled.expect("b", None)
    filled.expect("c", None)

    assert [] == asked
    assert (Binding("c", "y", "a", "y"),) == filled.of("a", "y")
    assert ["c"] == asked
    assert ("a",) == filled.imported_modules("b")
    assert (Binding("b", "x", "a", "x"),) == filled.of("a", "x")
    assert ["c", "b"] == asked


def test_an_expected_importer_is_complete_for_every_question() -> None:
    """Star imports and the bindings of one importer are found without its having been recorded."""
    filled = BindingTable(lambda name: sites("from a import *\nfrom a import x"), lambda name, word: True)
    filled.expect("b", None)

    assert ("b",) == filled.stars_of("a")
    assert (Binding("b", "x", "a", "x"),) == filled.by("b")


def test_after_many_questions_everything_expected_is_read() -> None:
    """Searching all texts again and again would cost more than reading all imports once."""
    asked: list[str] = []
    filled = BindingTable(lambda name: (asked.append(name), ())[1], lambda name, word: False)
    filled.expect("b", None)
    for number in range(100):
        filled.of("a", f"x{number}")

    assert ["b"] == asked
