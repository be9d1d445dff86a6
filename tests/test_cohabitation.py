"""Other import hooks work as ever, and what they import is followed."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import subprocess
import sys
import types
import zipfile
import zipimport
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import Project

from autoreload_hooks.importer import Importer


@pytest.fixture
def importer() -> Iterator[Importer]:
    """An installed importer."""
    installed = Importer()
    installed.install()
    yield installed
    installed.uninstall()


def codes(importer: Importer, name: str) -> list[str]:
    """The functions in the record of a module."""
    return [code.co_qualname for ref in importer.records[name].codes if (code := ref())]


def test_namespace_packages_are_imported_and_their_modules_followed(project: Project, importer: Importer) -> None:
    """The package has no file; what is in it has one."""
    project({"space": {"m.py": "def f():\n    return 1\n"}})
    module = project.load("space.m")

    assert 1 == module.f()
    assert "space" not in importer.records
    assert ["f"] == codes(importer, "space.m")


def test_modules_in_an_archive_share_a_loader_that_stays_as_it_is(project: Project, importer: Importer) -> None:
    """Zipimport's loader serves many modules: a stand-in is taken away before each module runs."""
    archive = project.root / "archive.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("z1.py", "def f():\n    return 1\nX = __loader__\nY = __spec__.loader\n")
        file.writestr("z2.py", "import z1\nX = z1.f()\n")
    sys.path.insert(0, str(archive))
    z2, z1 = project.load("z2"), project.load("z1")

    assert type(z1.__loader__) is zipimport.zipimporter
    assert z1.__loader__ is z2.__loader__ is z1.__spec__.loader is z1.X is z1.Y
    assert ["f"] == codes(importer, "z1")
    assert [] == importer.sources.changed()
    assert [] == importer.sources.deleted()


def test_extension_and_frozen_modules_are_left_alone(importer: Importer) -> None:
    """There is no source to follow."""
    for name in ("_testcapi", "_json", "zlib", "__hello__", "math"):
        sys.modules.pop(name, None)
        importlib.import_module(name) if importlib.util.find_spec(name) else None

    assert {} == importer.records


def test_an_editable_install_is_the_users(project: Project, importer: Importer) -> None:
    """The finder that setuptools makes for it finds, and what it finds is followed."""
    editable = pytest.importorskip("setuptools.command.editable_wheel")
    project(
        {"elsewhere": {"src": {"edit_me": {"__init__.py": "from .m import f\n", "m.py": "def f():\n    return 1\n"}}}}
    )
    target = str(project.path("elsewhere/src/edit_me"))
    project.write("__editable___edit_me_finder.py", editable._finder_template("edit_me", {"edit_me": target}, {}))
    finder = project.load("__editable___edit_me_finder")
    finder.install()
    module = project.load("edit_me")

    assert 1 == module.f()
    assert ["f"] == codes(importer, "edit_me.m")
    assert importer.records["edit_me.m"].mine


def test_typeguards_hook_still_checks(project: Project, importer: Importer) -> None:
    """It puts its own loader in place and compiles an instrumented text."""
    typeguard = pytest.importorskip("typeguard")
    project({"checked.py": "def f(x: int) -> int:\n    return x\nX = f(1)\n"})
    with typeguard.install_import_hook("checked"):
        importer.notice()
        importer.install()
        module = project.load("checked")

    with pytest.raises(typeguard.TypeCheckError):
        module.f("text")
    assert module.f.__code__ in [ref() for ref in importer.records["checked"].codes]
    assert "get_code" not in vars(module.__loader__)
    assert type(module.__loader__).__name__ == "TypeguardLoader"


def test_beartypes_hook_still_checks(project: Project) -> None:
    """It hooks the path, which cannot be undone: another process does it."""
    pytest.importorskip("beartype")
    project({"checked": {"__init__.py": "def f(x: int) -> int:\n    return x\nX = f(1)\n"}})
    script = """
from autoreload_hooks.importer import Importer
from beartype.claw import beartype_package
beartype_package("checked")
importer = Importer()
importer.install()
import checked
try:
    checked.f("text")
except Exception as error:
    found = vars(checked.__loader__)
    print(type(error).__module__.partition(".")[0], "checked" in importer.records, "exec_module" in found)
"""
    assert "beartype True False" == in_another_process(project, script)


def test_pytests_rewritten_assertions_still_explain(project: Project) -> None:
    """Its loader is its hook itself, shared by all modules."""
    project({
        "conftest.py": "from autoreload_hooks.importer import Importer\nimporter = Importer()\nimporter.install()\n",
        "test_it.py": "import conftest\ndef test_it():\n    x = 1\n    assert x == 2\n",
        "test_them.py": """
            import sys, conftest, test_it
            def test_them():
                importer = conftest.importer
                assert test_it.__spec__.loader is test_it.__loader__ is __loader__
                importer.install()
                importer.notice()
                assert 'test_it' in importer.records
            """,
    })  # fmt: skip
    out = in_another_process(
        project, "import pytest; pytest.main(['-q', '-p', 'no:cacheprovider', 'test_it.py', 'test_them.py'])"
    )

    assert "assert 1 == 2" in out
    assert "1 failed, 1 passed" in out


def in_another_process(project: Project, script: str) -> str:
    """Run a script where the project and the package can be imported, and return what it prints."""
    root = Path(sys.modules["autoreload_hooks"].__file__ or "").parents[1]
    script = f"import sys; sys.path[:0] = [{str(project.root)!r}, {str(root)!r}]\n" + script
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=project.root)
    return done.stdout.strip() + done.stderr.strip()


def lazily(name: str) -> types.ModuleType:
    """Import a module lazily, as the documentation of importlib shows."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_a_lazy_module_is_not_loaded_by_being_followed(project: Project, importer: Importer) -> None:
    """It loads when its user wants it, and is followed from then on."""
    project({"log.py": "loaded = []\n", "lazy.py": "import log\nlog.loaded.append(1)\nx = 1\n"})
    module = lazily("lazy")
    importer.notice()
    importer.adopt(list(sys.modules.values()))
    importer.sources.changed()

    assert type(module).__name__ == "_LazyModule"
    assert 1 == module.x
    importer.notice()
    assert vars(module) is importer.records["lazy"].namespace
    project.edit("lazy.py", "x = 2\n")
    assert ["lazy"] == importer.sources.changed()


class LazyFinder(importlib.abc.MetaPathFinder):
    """A hook that makes one module lazy."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find one."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path) if fullname == "lazy" else None
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def test_a_module_that_a_hook_makes_lazy_is_followed_when_it_runs(project: Project, importer: Importer) -> None:
    """The loader inside the lazy one is the one that is watched."""
    sys.meta_path.insert(1, LazyFinder())
    project({"lazy.py": "def f():\n    return 1\nX = f()\n"})
    module = project.load("lazy")

    assert type(module).__name__ == "_LazyModule"
    assert "lazy" not in importer.records
    assert 1 == module.X
    assert ["f"] == codes(importer, "lazy")
    assert {"name", "path"} == set(vars(module.__spec__.loader))


class Rewriting(importlib.machinery.SourceFileLoader):
    """A loader that changes the text and runs the module itself."""

    def source_to_code(self, data: Any, path: Any, *args: Any, **kwargs: Any) -> Any:
        """Compile another text."""
        return super().source_to_code(bytes(data).replace(b"one", b"two"), path, *args, **kwargs)

    def get_code(self, fullname: str) -> types.CodeType:
        """Go past the cache."""
        return self.source_to_code(self.get_data(self.path), self.path)  # type: ignore[no-any-return]

    def exec_module(self, module: types.ModuleType) -> None:
        """Run it."""
        module.before = 1  # type: ignore[attr-defined]
        super().exec_module(module)


class RewritingFinder(importlib.abc.MetaPathFinder):
    """Finds modules for `Rewriting`."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find one."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None and fullname == "rewritten":
            return importlib.util.spec_from_file_location(
                fullname, spec.origin, loader=Rewriting(fullname, spec.origin)
            )
        return None


def test_a_loader_that_rewrites_sources_does_so(project: Project, importer: Importer) -> None:
    """Its own `exec_module` runs; the code that it made is the one that is known."""
    sys.meta_path.insert(1, RewritingFinder())
    project({"rewritten.py": "def f():\n    return 'one'\nX = f()\n"})
    module = project.load("rewritten")

    assert ("two", 1) == (module.X, module.before)
    assert module.f.__code__ is importer.records["rewritten"].codes[0]()
    assert {"name", "path"} == set(vars(module.__loader__))


class OwnWay(importlib.abc.Loader):
    """A loader that knows nothing of code objects and serves all modules."""

    def create_module(self, spec: Any) -> types.ModuleType | None:
        """Leave it to Python."""
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        """Run it."""
        source = Path(module.__file__ or "").read_text()
        exec(source, vars(module))


class OwnWayFinder(importlib.abc.MetaPathFinder):
    """Finds modules for one `OwnWay`."""

    loader = OwnWay()

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find one."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None and fullname.startswith("own"):
            return importlib.util.spec_from_file_location(fullname, spec.origin, loader=self.loader)
        return None


def test_a_loader_that_shows_no_code_is_followed_by_its_file(project: Project, importer: Importer) -> None:
    """The module counts as adopted: its text is known, not what ran."""
    sys.meta_path.insert(1, OwnWayFinder())
    project({"own1.py": "def f():\n    return 1\nX = f()\n", "own2.py": "import own1\n"})
    module = project.load("own2").own1

    assert module.__loader__ is module.__spec__.loader is OwnWayFinder.loader
    assert {} == vars(OwnWayFinder.loader)
    assert not importer.records["own1"].complete
    project.edit("own1.py", "def f():\n    return 2\nX = f()\n")
    assert ["own1"] == importer.sources.changed()


class Instance(importlib.abc.MetaPathFinder):
    """Puts an `exec_module` of its own on the loader's instance, and leaves it there."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find one."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path) if fullname == "instance" else None
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            original = spec.loader.exec_module

            def exec_module(module: types.ModuleType) -> None:
                module.before = 1  # type: ignore[attr-defined]
                original(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def test_what_others_put_on_a_loader_stays(project: Project, importer: Importer) -> None:
    """Somebody else's `exec_module` runs, and is still there afterwards."""
    sys.meta_path.insert(1, Instance())
    project({"instance.py": "def f():\n    return 1\nX = f()\n"})
    module = project.load("instance")

    assert (1, 1) == (module.X, module.before)
    assert {"name", "path", "exec_module"} == set(vars(module.__loader__))
    assert ["f"] == codes(importer, "instance")


class Strange(importlib.machinery.SourceFileLoader):
    """Makes something that is no module."""

    def create_module(self, spec: Any) -> Any:
        """Make it."""
        return types.SimpleNamespace()

    def exec_module(self, module: Any) -> None:
        """Run it."""
        exec(self.get_data(self.path), vars(module))


class StrangeFinder(importlib.abc.MetaPathFinder):
    """Finds modules for `Strange`."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find one."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path) if fullname == "strange" else None
        if spec is None or spec.origin is None:
            return None
        return importlib.util.spec_from_file_location(fullname, spec.origin, loader=Strange(fullname, spec.origin))


def test_what_is_no_module_is_imported_all_the_same(project: Project, importer: Importer) -> None:
    """A loader may create anything."""
    sys.meta_path.insert(1, StrangeFinder())
    project({"strange.py": "x = 1\n"})
    module: Any = project.load("strange")
    importer.notice()

    assert 1 == module.x
    assert "strange" not in importer.records
    assert {"name", "path"} == set(vars(module.__loader__))


def test_a_hook_that_asks_for_the_spec_gets_one_that_is_watched(project: Project, importer: Importer) -> None:
    """Hooks that call `importlib.util.find_spec` within an import, as wrapt's does, wrap what will be executed."""

    class Asking(importlib.abc.MetaPathFinder):
        asking = False

        def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
            if self.asking:
                return None
            self.asking = True
            try:
                return importlib.util.find_spec(fullname)
            finally:
                self.asking = False

    sys.meta_path.insert(0, Asking())
    project({"m.py": "def f():\n    return 1\nX = f()\n"})
    module = project.load("m")

    assert ["f"] == codes(importer, "m")
    assert {"name", "path"} == set(vars(module.__loader__))


def test_wrapts_hook_still_fires(project: Project, importer: Importer) -> None:
    """Its loader stands around the one that is watched."""
    wrapt = pytest.importorskip("wrapt")
    seen: list[str] = []
    wrapt.register_post_import_hook(lambda module: seen.append(module.__name__), "hooked")
    project({"hooked.py": "def f():\n    return 1\n"})
    module = project.load("hooked")
    importer.notice()

    assert ["hooked"] == seen
    assert vars(module) is importer.records["hooked"].namespace


def test_two_importers_do_not_disturb_each_other(project: Project, importer: Importer) -> None:
    """Each sees every import."""
    second = Importer()
    second.install()
    project({"m.py": "def f():\n    return 1\nX = f()\n"})
    module = project.load("m")
    second.uninstall()

    assert {"name", "path"} == set(vars(module.__loader__))
    assert ["f"] == codes(second, "m")


def test_a_finder_without_find_spec_is_passed_over(project: Project, importer: Importer) -> None:
    """As the import system does."""
    sys.meta_path.insert(1, types.SimpleNamespace())  # type: ignore[arg-type]
    project({"m.py": "x = 1\n"})

    assert 1 == project.load("m").x


def test_a_module_that_puts_another_object_in_its_place_is_imported(project: Project, importer: Importer) -> None:
    """`sys.modules[__name__] = ...` is an old habit."""
    project({"m.py": "import sys\nclass M:\n    x = 1\nsys.modules[__name__] = M()\n"})
    module = project.load("m")
    importer.notice()

    assert 1 == module.x
    assert "M" in importer.records["m"].namespace
