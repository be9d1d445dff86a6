"""What is distributed, and that what must be said in several places is the same in all of them."""

from __future__ import annotations

import configparser
import importlib.metadata
import importlib.resources
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import autoreload_hooks

ROOT = Path(__file__).parent.parent
TAG = "# PYVERSIONS"
IGNORED = {".git", ".tox", ".mypy_cache", ".ruff_cache", ".pytest_cache", "__pycache__", "build"}


def text(name: str) -> str:
    """The text of a file of the checkout."""
    return (ROOT / name).read_text(encoding="utf-8")


def ini(name: str) -> configparser.ConfigParser:
    """A configuration file of the checkout."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text(name))
    return parser


def classified() -> list[str]:
    """The Pythons that the package's classifiers name."""
    return re.findall(r"Python :: (3\.\d+)$", ini("setup.cfg")["metadata"]["classifiers"], re.MULTILINE)


def run_by_tox() -> list[str]:
    """The Pythons that tox runs the tests on with the newest IPython."""
    return [f"3.{minor}" for minor in re.findall(r"^py3(\d+)$", ini("tox.ini")["tox"]["env_list"], re.MULTILINE)]


def in_ci() -> list[str]:
    """The Pythons that the workflow calls tox with."""
    (line,) = re.findall(rf"python: \[(.*)\]  {TAG}", text(".github/workflows/ci.yml"))
    return re.findall(r"3\.\d+", line)


def oldest() -> dict[str, str]:
    """The oldest Python, wherever it is named."""
    tools = tomllib.loads(text("pyproject.toml"))["tool"]
    return {
        "python_requires": ini("setup.cfg")["options"]["python_requires"].removeprefix(">="),
        "mypy": tools["mypy"]["python_version"],
        "ruff": tools["ruff"]["target-version"].replace("py3", "3."),
    }


def test_every_list_of_pythons_is_the_same() -> None:
    """What the classifiers promise is what tox and the workflow test."""
    assert ["3.11", "3.12", "3.13", "3.14", "3.15"] == classified()
    assert classified() == run_by_tox()
    assert classified() == in_ci()


def test_the_oldest_python_is_the_same_everywhere() -> None:
    """Installers and tools go by the oldest Python that is tested."""
    assert {classified()[0]} == set(oldest().values())


def test_every_list_of_pythons_is_tagged() -> None:
    """Searching for the tag finds every place that a new Python has to be added to."""
    files = (path for path in ROOT.rglob("*") if path.suffix in {".cfg", ".ini", ".toml", ".yml"})
    tagged = {path.relative_to(ROOT).as_posix() for path in files if TAG in path.read_text(encoding="utf-8")}

    assert {"setup.cfg", "tox.ini", "pyproject.toml", ".github/workflows/ci.yml"} == {
        name for name in tagged if not IGNORED.intersection(Path(name).parts)
    }


def test_metadata_is_said_once() -> None:
    """There is no [project] table beside [metadata]: setuptools would drop the requirements."""
    assert "project" not in tomllib.loads(text("pyproject.toml"))
    assert "ipython>=8" == ini("setup.cfg")["options"]["install_requires"].strip()


def test_installed_version_is_the_package_s_own() -> None:
    """What pip shows and what the package says of itself are the same."""
    try:
        installed = importlib.metadata.version("autoreload_hooks")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package is not installed, it runs from the checkout")

    assert autoreload_hooks.__version__ == installed


def test_changelog_tells_of_this_version() -> None:
    """Whoever looks what is in a version finds it."""
    assert f"\n## {autoreload_hooks.__version__}" in text("CHANGELOG.md")


def test_package_says_that_it_is_typed() -> None:
    """Type checkers use the package's annotations only if the marker is distributed."""
    assert importlib.resources.files(autoreload_hooks).joinpath("py.typed").is_file()


def test_import_is_cheap() -> None:
    """Importing the package imports neither IPython nor any module of its own."""
    names = "[name for name in sys.modules if name.startswith(('IPython', 'autoreload_hooks.'))]"
    code = f"import sys, autoreload_hooks; print({names})"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(autoreload_hooks.__file__).parents[1],
    )

    assert "[]" == shown.stdout.strip()


def test_plan_without_the_extension_says_what_to_do() -> None:
    """Asking for the plan before the extension is loaded is answered by what to do."""
    with pytest.raises(RuntimeError, match="%load_ext autoreload_hooks"):
        autoreload_hooks.plan()
